"""Which versions of an array share a variable in printed text, so that a write is printed as an assignment.

A write is an assignment if nothing after it reads the old contents, under any name. A view that is made before the write and
read after it becomes a copy; if the whole array, or a view that has more elements, is read after it, the whole array is copied.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from ...core.dims import Shape, shape_text
from ...core.layout import ORDERS, Layout, Node, Operation
from ...core.nouns import Condition, Equation, Operand, Program, Symbol
from ...core.python import ARRANGEMENTS, STATEMENTS, expression
from ...core.template import FIELD, PRIMARY
from ..operations.gathering import gather_shape
from ..operations.updating import shifted
from .memory import VIEWS

ALIASES = VIEWS | {"identity", "stop_gradient"}
"""The operations whose result may share the operand's memory."""
_NOT_OURS = frozenset({""})
"""The owner of memory that a program must not write to: of its inputs, its constants and read-only views."""
_READ_ONLY = frozenset({"broadcast_to", "diagonal", "windows"})
"""Views that NumPy does not write to, but which show what is written to their bases."""


def read_first(program: Program, plan: Layout, consumers: dict[str, Equation]) -> None:
    """Put each write on a line, and each read of the old contents on an earlier one, its own if it would otherwise come later."""
    order = {equation.target.name: place for place, equation in enumerate(program.equations)}
    writes = {each.inputs[0]: each for each in reversed(program.equations) if each.primitive.writes}
    if not writes:
        return
    for equation in program.equations:
        if equation.primitive.writes or equation.target in writes:
            plan.inlined.pop(equation.target.name, None)
    for equation in program.equations:
        write = min(
            (writes[operand] for operand in equation.inputs[equation.primitive.writes :] if operand in writes),
            key=lambda each: order[each.target.name],
            default=None,
        )
        if write is None:
            continue
        line = equation
        while line.target.name in plan.inlined and line.target.name in consumers:
            line = consumers[line.target.name]
        if order[line.target.name] > order[write.target.name] or line.target.name in plan.inlined:
            plan.inlined.pop(equation.target.name, None)
        if equation.target.name not in plan.inlined:
            plan.first.setdefault(write.target.name, []).append(equation)


def arrange(program: Program, plan: Layout) -> Layout:
    """The layout, with the program's writes as assignments."""
    if not any(each.primitive.writes or each.primitive.name in TAKES_OVER for each in program.equations):
        return plan
    lines = list(plan.lines(program))
    last: dict[str, int] = {}
    own = replace(plan, names={})  # symbols by their own names, whatever names they are written with
    for number, line in enumerate(lines):
        for node in [own.node(line.symbol)] if isinstance(line, Condition) else own.tree(line).operands:
            for symbol in _symbols(node):
                last[symbol.name] = number
    for output in program.outputs:
        for symbol in _symbols(own.node(output)):
            last[symbol.name] = len(lines)
    copied: set[str] = set()
    while True:
        stored = _Storage(program, own, lines, last, frozenset(copied))
        if stored.parts <= copied:
            return stored.layout(plan)
        copied |= stored.parts


def _symbols(node: Node) -> Iterator[Symbol]:
    if isinstance(node, Operation):
        for operand in node.operands:
            yield from _symbols(operand)
    elif isinstance(node, Symbol):
        yield node


class _Storage:
    """Where each line's array is stored if the parts in `copied` are copies; `parts` are those that have to be."""

    def __init__(
        self,
        program: Program,
        plan: Layout,
        lines: list[Equation | Condition],
        last: dict[str, int],
        copied: frozenset[str],
    ):
        self.program, self.lines, self.copied = program, lines, copied
        self.parts: set[str] = set()
        self.whole: set[str] = set()  # the targets of writes that copy the array first
        self.chains: dict[str, list[str]] = {}  # the versions that share a variable, by the first
        first: dict[str, str] = {}  # a version → the first of its chain
        owners: dict[str, frozenset[str]] = {}  # of the memory that a symbol may share; `_NOT_OURS` for inputs
        sharing: dict[str, set[str]] = {}  # the symbols that may share an owner's memory
        for number, line in enumerate(lines):
            if isinstance(line, Condition):
                continue
            written = TAKES_OVER[line.primitive.name](line) if line.primitive.name in TAKES_OVER else {}
            if line.primitive.writes:
                written = {line.target.name: 0}
            for target, position in written.items():
                source = line.inputs[position]
                shared = _owners_of(source, owners)
                owner = next(iter(shared)) if len(shared) == 1 else ""
                beside = [each for each in line.inputs if each != source] if line.primitive.name in TAKES_OVER else []
                read = set().union(*({each.name for each in _symbols(plan.node(each))} for each in beside))
                later = {each for each in sharing.get(owner, ()) if last.get(each, -1) > number or each in read}
                if owner and line.inputs.count(source) == 1 and all(self._is_part(each, source) for each in later):
                    self.parts |= later
                    owners[target] = shared
                    first[target] = first.get(source.name, source.name)
                elif line.primitive.writes:
                    self.whole.add(target)
                    owners[target], first[target] = frozenset({target}), target
            continued = CONTINUES[line.primitive.name](line) if line.primitive.name in CONTINUES else {}
            for target, position in continued.items():
                source = line.inputs[position]
                ends = last.get(source.name, -1) <= number
                if target not in first and ends and (target not in written or source in program.inputs):
                    first[target] = first.get(source.name, source.name)
            borrowed = frozenset() if written or line.target.name in copied else _owners_of(plan.tree(line), owners)
            lent = LENT[line.primitive.name](line) if line.primitive.name in LENT else ()
            for each in line.targets:
                owners.setdefault(each.name, _NOT_OURS if each.name in lent else borrowed or frozenset({each.name}))
                for owner in owners[each.name]:
                    sharing.setdefault(owner, set()).add(each.name)
        for target, begun in first.items():
            chain = self.chains.setdefault(begun, [begun])
            if target != begun:
                chain.append(target)

    def _is_part(self, name: str, whole: Operand) -> bool:
        """Whether a symbol is a view of an array that is written to, and may become a copy, which is not larger than that."""
        if name == whole.name or name in self.copied:
            return False
        made = next(e for e in self.lines if isinstance(e, Equation) and any(t.name == name for t in e.targets))
        return made.primitive.name in VIEWS and math.prod(made.target.shape) <= math.prod(whole.shape)

    def layout(self, plan: Layout) -> Layout:
        """A layout with these names and assignments."""
        names = dict(plan.names)
        own = {target.name: target for equation in self.program.equations for target in equation.targets}
        given = {symbol.name for symbol in self.program.inputs} | {name for name, _ in self.program.arguments}
        taken = given | own.keys() | {*names.values()} | {constant.name for constant in self.program.constants}
        for begun, chain in self.chains.items():
            telling = [name for name in chain if name in own and own[name].kind in ("named", "error")]
            stem = _beginning(telling)
            if begun in given or not stem.isidentifier() or stem in taken:
                stem = begun
            taken.add(stem)
            names |= dict.fromkeys(chain, stem)
        plan = replace(plan, names=names)
        statements = dict(plan.statements)
        for line in self.lines:
            if isinstance(line, Condition):
                continue
            target = line.target.name
            name = names.get(target, target)
            shape = shape_text(line.target.shape)
            if line.primitive.writes:
                source = expression(plan.node(line.inputs[0])).text
                copy = f"{source}.copy()" if isinstance(line.inputs[0], Symbol) else f"np.array({source})"
                begin = [(f"{name} = {copy}", shape)] if target in self.whole else []
                statements[target] = [
                    *begin,
                    (assignment(line, name, plan.tree(line).operands), shape_text(part_of(line))),
                ]
            elif target in self.copied:
                statements[target] = [(f"{name} = {_bracketed(line, plan)}.copy()", shape)]
            elif any(each.name in names for each in line.targets) and line.primitive.name not in STATEMENTS:
                left = ", ".join(names.get(each.name, each.name) for each in line.targets)
                shapes = ", ".join(shape_text(each.shape) for each in line.targets)
                statements[target] = [(f"{left} = {expression(plan.tree(line)).text}", shapes)]
        return replace(plan, statements=statements)


def part_of(line: Equation) -> Shape:
    """The shape of what is written."""
    shapes = [operand.shape for operand in line.inputs[2:]]
    index = dict(line.params)["index"]
    shape: Shape = gather_shape(line.target.shape, *shapes, index=shifted(index, -1))
    return shape


def _beginning(names: list[str]) -> str:
    """The common prefix of all names, which are a stem and numbers."""
    pairs = zip(min(names, default=""), max(names, default=""), strict=False)
    return "".join(one for one, _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _owners_of(node: Node, owners: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The owners of the memory that a tree's result may share; none if its memory is its own."""
    if not isinstance(node, Operation):
        return owners.get(node.name, _NOT_OURS) if isinstance(node, Symbol) else _NOT_OURS
    equation = node.equation
    if may_share(equation):
        return _NOT_OURS.union(*(_owners_of(operand, owners) for operand in node.operands))
    if equation.primitive.name not in ALIASES or takes_number(equation):
        return frozenset()
    shared = _owners_of(node.operands[0], owners)
    return shared | _NOT_OURS if equation.primitive.name in _READ_ONLY else shared


def takes_number(equation: Equation) -> bool:
    """Whether it takes one number out of an array, which NumPy copies; `np.reshape(a, ())` and `a[0, ...]` are views."""
    return (
        not equation.target.shape
        and equation.primitive.name in ("getitem", "at")
        and "..." not in str(dict(equation.params)["index"])
    )


def owned(program: Program) -> set[str]:
    """The arrays that a program makes in memory of their own, which can be written to."""
    found: set[str] = set()
    for each in program.equations:
        source = each.inputs[0] if each.inputs else None
        is_view = each.primitive.name in ALIASES and isinstance(source, Symbol)
        if not (is_view or may_share(each) or each.primitive.name in _READ_ONLY):
            lent = LENT[each.primitive.name](each) if each.primitive.name in LENT else ()
            found.update(target.name for target in each.targets if target.name not in lent)
    return found


def may_share(equation: Equation) -> bool:
    """Whether it calls a function whose results may share memory with what it is given, or with each other."""
    return any(getattr(value, "shares", False) for _, value in equation.params)


def _bracketed(line: Equation, plan: Layout) -> str:
    piece = expression(plan.tree(line))
    return piece.text if piece.strength >= PRIMARY else f"({piece.text})"


def assignment(line: Equation, name: str, nodes: Sequence[Node]) -> str:
    """A write as a statement: `y[1:3] = x`, `y[0] += x`, `np.add.at(y, places, x)`; `nodes` are the trees of its inputs."""
    operands = [expression(node).text for node in nodes]
    index = dict(line.params)["index"]
    if line.primitive.name == "added" and index.has_arrays:
        places = FIELD.sub(lambda slot: operands[int(slot[1])], str(replace(index, wrapped=True)))
        return f"np.add.at({name}, {places}, {operands[1]})"
    written = FIELD.sub(lambda slot: operands[int(slot[1])], str(index))
    if line.primitive.name in ("updated", "updated_at"):
        return f"{name}[{written}] = {operands[1]}"
    value = nodes[1]
    if isinstance(value, Operation) and value.equation.primitive.name == "negative":
        return f"{name}[{written}] -= {expression(value.operands[0]).text}"
    return f"{name}[{written}] += {operands[1]}"


TAKES_OVER: dict[str, Callable[[Equation], dict[str, int]]] = {}
"""For operations that are statements of several lines: the results that may be made in the memory of an operand, and which."""
LENT: dict[str, Callable[[Equation], set[str]]] = {}
"""For such operations: the results whose memory may be another's, or cannot be written to."""
CONTINUES: dict[str, Callable[[Equation], dict[str, int]]] = {}
"""For such operations: the results that are what an operand was, changed, and may have its name once nothing reads that."""
ORDERS.append(read_first)
ARRANGEMENTS.append(arrange)
