"""Conversion between recorded nodes and programs: nodes become a program, and a program is replayed on nodes."""

from __future__ import annotations

import keyword
import linecache
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import CodeType
from typing import Any

import numpy as np

from .binding import bind
from .dims import Dim, Shape
from .layout import canonical
from .location import line_at, refuse, source_line
from .messages import message
from .nouns import Block, Condition, Constant, Equation, Kind, Operand, Origin, Program, Symbol
from .primitive import HELPERS
from .structure import Tree
from .traced import Tape, Traced

_USED_BY_TEXT = {
    *keyword.kwlist,
    *("np", "scipy", "slice", "range", "min", "reversed", "bool", "int", "complex", "len", "list", "ValueError"),
}


def leaf(tape: Tape, name: str, shape: Shape, dtype: np.dtype[Any], value: Any = None) -> Traced:
    """An input node, which no operation made."""
    node = Traced(tape, None, (), (), value, shape, dtype)
    node.name, node.kind = name, "input"
    return node


def program_of(
    name: str,
    inputs: Sequence[Traced],
    outputs: Sequence[Any],
    arguments: tuple[tuple[str, Tree], ...],
    results: Tree,
    conditions: Iterable[tuple[Traced, bool, Origin]] = (),
) -> Program:
    """Make a program from the nodes that the outputs and conditions depend on."""
    conditions = list({(id(condition[0]), condition[1]): condition for condition in conditions}.values())
    made = _needed([*outputs, *(condition[0] for condition in conditions)], inputs)
    for node in made:
        if node.primitive is None:
            instead = message("pass it as an argument, which makes it an input of the program")
            told = {"name": name, "value": node.name or "an array"}
            refuse("{name} uses {value}, which belongs to a trace around it", instead, **told)
    sizes: dict[str, int] = {}
    for size in (size for node in inputs for size in node.shape if isinstance(size, Dim)):
        if sizes.setdefault(size.name, size) != size:
            both = {"name": size.name, "one": int(sizes[size.name]), "other": int(size)}
            refuse("{name} is {one} and {other} in the arguments", "give different sizes different names", **both)
    arguments = tuple((printable(argument), tree) for argument, tree in arguments)
    symbols = _symbols(inputs, [each for node in made for each in node.siblings or (node,)], arguments)
    constants: dict[int, Constant] = {}
    origins: dict[tuple[int, int], Origin] = {}  # one look at the file a line, however often it ran
    equations = tuple(
        Equation(
            tuple(symbols[id(each)] for each in node.siblings or (node,)),
            node.primitive,
            tuple(_operand(each, node, symbols, constants) for each in node.inputs),
            node.params,
            _origin(node, symbols, origins),
        )
        for node in made
        if node.primitive is not None
    )
    program = Program(
        name=printable(name),
        inputs=tuple(symbols[id(node)] for node in inputs),
        equations=equations,
        outputs=tuple(_operand(output, None, symbols, constants) for output in outputs),
        arguments=arguments,
        results=results,
        conditions=tuple(
            Condition(symbols[id(resolved(node))], expected, origin) for node, expected, origin in conditions
        ),
    )
    return canonical(program).check()


def printable(name: str) -> str:
    """The name, or with an underscore, as `sigmoid_`, if printed programs use it for something else."""
    name = re.sub(r"\W", "_", name)
    return f"{name}_" if name in HELPERS or name in _USED_BY_TEXT else name


def replay(program: Program, inputs: Mapping[str, Any], tape: Tape) -> dict[str, Any]:
    """Replay a program on nodes, and return the node of every symbol by name."""
    nodes: dict[str, Any] = dict(inputs)
    for equation in program.equations:
        operands = tuple(nodes[o.name] if isinstance(o, Symbol) else o.value for o in equation.inputs)
        tape.constants.update({id(o.value): o.name for o in equation.inputs if isinstance(o, Constant) and o.name})
        if all(type(o) in (float, int, bool, complex) for o in operands):  # an operator would leave them Python's
            operands = tuple(np.asarray(operand)[()] for operand in operands)
        made = bind(equation.primitive, operands, equation.params, tape)
        for target, node in zip(equation.targets, (made,) if isinstance(made, Traced) else made, strict=True):
            node.name, node.kind = target.name if target.kind != "temporary" else "", target.kind
            node.origin = equation.origin
            nodes[target.name] = node
    return nodes


def _needed(outputs: Sequence[Any], inputs: Sequence[Traced]) -> list[Traced]:
    """The nodes that outputs depend on, in order; the first result of an operation stands for all its results."""
    known = {id(node) for node in inputs}
    found: dict[int, Traced] = {}
    waiting = [output for output in outputs if isinstance(output, Traced)]
    while waiting:
        node = resolved(waiting.pop())
        node = node.siblings[0] if node.siblings else node
        if id(node) not in found and id(node) not in known:
            found[id(node)] = node
            waiting += [each for each in node.inputs if isinstance(each, Traced)]
    return sorted(found.values(), key=lambda node: node.id)


def resolved(node: Traced) -> Traced:
    """The node, or the argument behind it if it is a derivative's placeholder for one, which has no line of its own."""
    while node.primitive is not None and node.primitive.name == "identity" and not node.name:
        (passed_on,) = node.inputs
        if not isinstance(passed_on, Traced):
            break
        node = passed_on
    return node


def _symbols(
    inputs: Sequence[Traced], nodes: Sequence[Traced], arguments: Sequence[tuple[str, Tree]]
) -> dict[int, Symbol]:
    """The symbol of every node; a name that is bound more than once is numbered in the order of binding: x1, or k1_1."""
    symbols: dict[int, Symbol] = {}
    taken = {name for name, _ in arguments} | {b.name for n in nodes for _, b in n.params if isinstance(b, Block)}
    waiting = iter(inputs)
    for argument, tree in arguments:
        for path, _ in tree.paths(argument):
            node = next(waiting)
            name = argument if tree.is_leaf else printable(node.name or path)
            while name in taken and not tree.is_leaf:
                name += "_"
            taken.add(name)
            symbols[id(node)] = Symbol(name, node.shape, node.dtype, "input")
    wanted = {id(node): node.name and printable(node.name) for node in nodes}
    count = Counter(wanted.values())
    once = {name for name, times in count.items() if times == 1} - taken
    taken |= once | {""}
    last: Counter[str] = Counter()

    def numbered(stem: str) -> str:
        while True:
            last[stem] += 1
            if (name := f"{stem}{'_' * stem[-1].isdigit()}{last[stem]}") not in taken:
                taken.add(name)
                return name

    for node in nodes:
        name = wanted[id(node)]
        kind: Kind = "temporary" if not name else "named" if node.kind == "temporary" else node.kind
        # What has no name is numbered apart (and again in `canonical`), so that a user's own v is v1, v2, … in order.
        symbols[id(node)] = Symbol(name if name in once else numbered(name or "·"), node.shape, node.dtype, kind)
    return symbols


def _operand(each: Any, user: Traced | None, symbols: Mapping[int, Symbol], constants: dict[int, Constant]) -> Operand:
    if isinstance(each, Traced):
        return symbols[id(resolved(each))]
    if id(each) in constants:
        return constants[id(each)]
    if isinstance(each, np.generic) and user is not None and (made := user.primitive) and made.takes_numbers:
        # np.float64(2) is printed as 2.0 where that, with all such numbers, gives the same number type.
        plain = each.item()
        types = [type(o.item()) if isinstance(o, np.generic) else getattr(o, "dtype", type(o)) for o in user.inputs]
        if isinstance(plain, (bool, int, float, complex)) and made.dtype(*types, **dict(user.params)) == user.dtype:
            return Constant(plain)
    if isinstance(each, (np.ndarray, np.generic)):
        copy = np.array(each)
        copy.flags.writeable = False
        name = user.tape.constants.get(id(each), "") if user is not None else ""
        return constants.setdefault(id(each), Constant(copy, printable(name) if name else f"c{len(constants) + 1}"))
    return Constant(each)


def _origin(node: Traced, symbols: Mapping[int, Symbol], known: dict[tuple[int, int], Origin]) -> Origin:
    if node.origin is not None:
        return node.origin
    key = (id(node.code), node.offset)
    place = known.get(key) or known.setdefault(key, place_of(node.code, line_at(node.code, node.offset)))
    if node.source is not None:
        forward = symbols.get(id(node.source))
        if node.source.origin is not None:
            place = node.source.origin
        elif node.source.code is not None:
            place = place_of(node.source.code, line_at(node.source.code, node.source.offset))
        rule = node.source.primitive.name if node.source.primitive is not None else ""
        return replace(place, derivative_of=forward.name if forward else node.source.name or "·", rule=rule)
    return place


def place_of(code: CodeType | None, line: int) -> Origin:
    """The place and the text of a line of code."""
    if code is None:
        return Origin()
    linecache.checkcache(code.co_filename)
    function = "" if code.co_name.startswith("<") else code.co_qualname.rpartition("<locals>.")[2]
    return Origin(code.co_filename, line, source_line(code, line), "", function, code.co_firstlineno)
