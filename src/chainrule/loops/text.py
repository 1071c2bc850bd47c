"""A loop in Python: a `for` with the user's names, rows of arrays for histories and stacks, and `+=` for sums."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..core.dims import Shape, shape_text
from ..core.layout import Layout, Node, Operation, layout
from ..core.nouns import Constant, Equation, Operand, Program, Symbol
from ..core.python import STATEMENTS, expression
from ..core.template import param_text
from ..program.inplace.storage import ALIASES, TAKES_OVER, assignment, may_share, part_of
from .noun import LOOP, additions, chain, loop_of, place_in
from .places import AT, Affine, Places

Rows = list[tuple[str, str]]
_PASSING = ALIASES | {"at", "swapaxes", "astype", "loop"}
_SHARING = _PASSING | {"call", "calls"}
_INTO = {"add": "+=", "subtract": "-="}


def _statements(equation: Equation, plan: Layout, program: Program) -> Rows:
    taken = {name for name, _ in program.arguments} | {each.name for each in program.constants}
    taken |= {each.name for each in (*program.inputs, *(target for e in program.equations for target in e.targets))}
    taken |= set(plan.names.values())
    targets = tuple(replace(each, name=plan.names.get(each.name, each.name)) for each in equation.targets)
    return _Writer(replace(equation, targets=targets), [plan.node(each) for each in equation.inputs], taken).rows


def _takes_over(equation: Equation) -> dict[str, int]:
    """The arrays that a loop writes to, and which operands they are before."""
    loop = loop_of(equation)
    found = zip(loop.gives, equation.targets, strict=True)
    return {
        target.name: place
        for (kind, place), target in found
        if kind == "last" and ("history", place) not in loop.gives and chain(loop, place)
    }


STATEMENTS["loop"] = _statements
TAKES_OVER["loop"] = _takes_over


class _Writer:
    """Writes one loop; `given` are its equation's inputs as trees, `taken` the names in use around it."""

    def __init__(self, equation: Equation, given: Sequence[Node], taken: set[str]):
        self.loop = loop = loop_of(equation)
        self.equation, self.given, self.taken = equation, given, set(taken)
        self.rows: Rows = []
        self.head: Rows = []
        self.results = dict(zip(loop.gives, equation.targets, strict=True))
        self.symbols: dict[str, Node] = {}  # what stands for each symbol of the body
        self.uses = Counter(each.name for each in loop.operands() if isinstance(each, Symbol))
        self.made = {target.name: each for each in loop.equations for target in each.targets}
        self.counter = self._fresh(loop.counter.name)
        self.symbols[loop.counter.name] = Symbol(self.counter, (), loop.counter.dtype)
        for symbol, tree in zip(loop.inputs[loop.carried + 1 :], given[loop.carried :], strict=True):
            self.symbols[symbol.name] = tree
        self._write()

    # ---- names -----------------------------------------------------------------------------------------------------------

    def _fresh(self, name: str, temporary: bool = False) -> str:
        if temporary or name in self.taken:
            stem = "v" if temporary else name
            name = next(each for k in itertools.count(1) if (each := f"{stem}{k}") not in self.taken)
        self.taken.add(name)
        return name

    def _row(self, array: str, row: Affine, shape: Shape) -> str:
        made = Operation(
            Equation((), AT, (), (("index", place_in(row, shape)),)),
            (Symbol(array, (), np.dtype(float)), self._counter),
        )
        return expression(made).text

    @property
    def _counter(self) -> Symbol:
        found = self.symbols[self.loop.counter.name]
        assert isinstance(found, Symbol)
        return found

    def _named(self, node: Node) -> Node:
        """A tree of the body with the names used in the text."""
        if isinstance(node, Operation):
            return Operation(node.equation, tuple(map(self._named, node.operands)))
        return self.symbols.get(node.name, node) if isinstance(node, Symbol) else node

    # ---- the loop --------------------------------------------------------------------------------------------------------

    def _write(self) -> None:
        loop = self.loop
        self.plan = layout(loop)
        steady = {each.name for each in loop.inputs[loop.carried :]}
        for each in loop.equations:  # a row of a loop-invariant array is read where it is used
            if each.primitive is AT and all(o.name in steady or isinstance(o, Constant) for o in each.inputs):
                self.plan.inlined[each.target.name] = each
        self.into = [self._destination(place) for place in range(len(loop.outputs))]
        ends: list[tuple[str, Operand]] = []  # written at the end of the iteration
        self.claimed: dict[str, str] = {}
        self.copied: set[str] = set()  # views of arrays that are written to while the views are in use
        links = {place: self._links(place) for place in range(loop.carried)}
        self.roots = {each.name: frozenset({each.name}) for each in loop.inputs}  # whose memory a symbol may share
        for equation in self._lines():
            for target in equation.targets:
                self.roots[target.name] = self._roots(self.plan.tree(equation), target)
        self.kept = {place for place in links if links[place] and self._is_in_place(place, links[place])}
        waiting = []
        for place, operand in enumerate(loop.outputs):
            if place not in self.kept:
                waiting.append((place, operand))
                continue
            for equation, link in links[place]:
                self.symbols[link.name] = self._symbol(self.into[place])
                self.claimed[link.name] = self.into[place] if equation.primitive is LOOP else ""
        for place, operand in waiting:
            made = self.made.get(operand.name)
            free = operand.name not in self.claimed and operand.name not in self.plan.inlined
            if (
                made is not None
                and free
                and (made.primitive is not LOOP or (self.into[place].isidentifier() and not links.get(place)))
            ):
                self.claimed[operand.name] = self.into[place]
            else:
                ends.append((self.into[place], operand))
        self._settle(ends)
        self._begin()
        self._turn(ends)

    def _symbol(self, name: str) -> Symbol:
        return Symbol(name, (), np.dtype(float), "named")

    def _destination(self, place: int) -> str:
        """Where an output goes: a row, or the name of a carried value."""
        loop, history = self.loop, self.results.get(("history", place))
        if place >= loop.carried:
            return self._row(self._result(("stack", place)), loop.row(), loop.outputs[place].shape)
        before = loop.inputs[place]
        if history is not None:
            array = self._result(("history", place))
            self.symbols[before.name] = self._symbol(self._row(array, loop.row_before(), before.shape))
            return self._row(array, loop.row_after(), before.shape)
        name = self._result(("last", place)) if ("last", place) in self.results else self._fresh(before.name)
        self.symbols[before.name] = self._symbol(name)
        return name

    def _result(self, give: tuple[str, int]) -> str:
        return self.results[give].name  # type: ignore[index]

    def _lines(self) -> list[Equation]:
        return [each for each in self.loop.equations if each.target.name not in self.plan.inlined]

    def _links(self, place: int) -> list[tuple[Equation, Symbol]]:
        """The writes and additions that may be done to a carried value itself; a number of the user's is summed as written."""
        if ("history", place) in self.results:
            return []
        sums = additions(self.loop, place)
        if not all(each.target.shape or each.origin.derivative_of for each in sums):
            return []
        links = chain(self.loop, place)
        for _, target in links:
            self.plan.inlined.pop(target.name, None)
        return links

    def _roots(self, node: Node, target: Symbol | None = None) -> frozenset[str]:
        """The inputs whose memory a tree's result may share."""
        if not isinstance(node, Operation):
            return self.roots.get(node.name, frozenset())
        equation = node.equation
        if equation.primitive is LOOP and target is not None:
            found = loop_of(equation)
            kind, place = found.gives[equation.targets.index(target)]
            alike = [
                each for each in node.operands if getattr(each, "shape", None) == target.shape and self._roots(each)
            ]
            if kind == "last" and chain(found, place):
                return self._roots(node.operands[place])
            return self._roots(alike[0]) if kind == "last" and alike else frozenset()
        if may_share(equation):
            return frozenset().union(*map(self._roots, node.operands))
        if equation.primitive.writes or (equation.target.shape and equation.primitive.name in _PASSING):
            return self._roots(node.operands[0])
        return frozenset()

    def _is_in_place(self, place: int, links: Sequence[tuple[Equation, Symbol]]) -> bool:
        """Whether nothing reads an older version of a carried array after a write; views that are in use are copied."""
        lines = self._lines()
        reads = [self._leaves(self.plan.tree(each)) for each in lines]
        others = [self.plan.node(each) for number, each in enumerate(self.loop.outputs) if number != place]
        ends: set[str] = set().union(*map(self._leaves, others))
        source = self.loop.inputs[place].name
        versions = {source, *(target.name for _, target in links)}
        written = []
        for equation, target in links:
            at = lines.index(equation)
            written.append(at)
            if source in ends | self._beside(equation, target) or any(source in each for each in reads[at + 1 :]):
                return False
            source = target.name
        copied = set()
        for at, line in enumerate(lines):
            for target in line.targets:
                if self.loop.inputs[place].name not in self.roots[target.name] or target.name in versions:
                    continue
                used = [number for number, each in enumerate(reads) if target.name in each]
                if target.name in ends:
                    used.append(len(lines))
                nested = {number for number in written if lines[number].primitive is LOOP}
                if any(at < number < use or (number == use and use in nested) for number in written for use in used):
                    if line.primitive is LOOP or may_share(line):
                        return False
                    copied.add(target.name)
        self.copied |= copied
        return True

    def _leaves(self, node: Node) -> set[str]:
        """The symbols of the body that a tree reads."""
        if isinstance(node, Operation):
            return set().union(*map(self._leaves, node.operands))
        return {node.name} if isinstance(node, Symbol) else set()

    def _settle(self, ends: list[tuple[str, Operand]]) -> None:
        """Write a carried value directly only if no later line reads the old one; otherwise at the end of the iteration."""
        loop = self.loop
        self.lines = lines = self._lines()
        reads = [self._leaves(self.plan.tree(each)) for each in lines]
        last: set[str] = set()  # what is read at the end of the iteration
        settled = False
        while not settled:
            settled = True
            for _, operand in ends:
                last |= self._leaves(self.plan.node(operand))
            for place, operand in enumerate(loop.outputs[: loop.carried]):
                if self.claimed.get(operand.name) != self.into[place] or ("history", place) in self.results:
                    continue
                before = loop.inputs[place].name
                at = next(k for k, each in enumerate(lines) if operand in each.targets)
                if before in last | self._beside(lines[at], operand) or any(before in each for each in reads[at + 1 :]):
                    del self.claimed[operand.name]
                    ends.append((self.into[place], operand))
                    settled = False

    def _beside(self, equation: Equation, target: Operand) -> set[str]:
        """What a nested loop reads, except for the initial value of what becomes this target."""
        if equation.primitive is not LOOP:
            return set()
        kind, place = loop_of(equation).gives[[each.name for each in equation.targets].index(target.name)]
        others = [each for k, each in enumerate(equation.inputs) if k != place or kind != "last"]
        return set().union(*(self._leaves(self.plan.node(each)) for each in others))

    def _begin(self) -> None:
        """Write what comes before the loop: arrays for rows, and initial values."""
        loop = self.loop
        for give, target in self.results.items():
            shape, dtype = loop.type_of(give)
            if give[0] == "stack":
                self.rows.append((f"{target.name} = {_array('empty', shape, dtype)}", shape_text(shape)))
        for place in range(loop.carried):
            first, before = self.given[place], loop.inputs[place]
            history = self.results.get(("history", place))
            if history is not None:
                shape, dtype = loop.type_of(("history", place))
                name = "zeros" if _is_zero(first) else "empty"
                self.rows.append((f"{history.name} = {_array(name, shape, dtype)}", shape_text(shape)))
                if name == "empty":
                    row = loop.count if loop.reverse else 0
                    self.rows.append((f"{history.name}[{row}] = {expression(first).text}", shape_text(before.shape)))
                continue
            name = self.into[place]
            written = expression(first).text
            kept = place in self.kept
            if _is_zero(first) and before.shape:
                written = _array("zeros", before.shape, before.dtype)
            elif kept and isinstance(first, Constant) and first.name:
                written += ".copy()" if before.shape else "[()]"  # a number, which `+=` does not change
            elif kept and before.shape and written != name and not _is_new(first):
                written = f"{written}.copy()" if isinstance(first, (Symbol, Constant)) else f"np.array({written})"
            if (self.uses[before.name] or kept) and written != name:
                self.rows.append((f"{name} = {written}", shape_text(before.shape)))

    def _turn(self, ends: list[tuple[str, Operand]]) -> None:
        """Write the `for` and its body."""
        loop = self.loop
        stop = loop.start + loop.step * loop.count
        numbers = [loop.start, stop] if loop.start or loop.step < 0 else [stop]
        over = f"range({', '.join(map(str, [*numbers, loop.step] if loop.step < 0 else numbers))})"
        self.rows.append((f"for {self.counter} in {f'reversed({over})' if loop.reverse else over}:", ""))
        body: Rows = []
        for line in self.lines:
            body += self._line(line)
        written = [(into, self._apart(into, operand), operand) for into, operand in ends]
        rows = {
            self.into[place]
            for place in range(len(loop.outputs))
            if place >= loop.carried or ("history", place) in self.results
        }
        body += [(f"{into} = {text}", shape_text(operand.shape)) for into, text, operand in written if into in rows]
        names = [(into, text, operand) for into, text, operand in written if into not in rows and into != text]
        befores = {self._name(each): each.name for each in loop.inputs[: loop.carried]}
        reads = [self._leaves(self.plan.node(operand)) for *_, operand in names]
        if not any(befores[into] in read for k, (into, *_) in enumerate(names) for read in reads[k + 1 :]):
            body += [(f"{into} = {text}", shape_text(operand.shape)) for into, text, operand in names]
        else:
            left, right = (", ".join(texts) for texts in zip(*(each[:2] for each in names), strict=True))
            body.append((f"{left} = {right}", ", ".join(shape_text(operand.shape) for *_, operand in names)))
        self.rows += [(f"    {code}", note) for code, note in body or [("pass", "")]]
        for (kind, place), target in self.results.items():
            if kind == "last" and (whole := self.results.get(("history", place))) is not None:
                self.rows.append(
                    (f"{target.name} = {whole.name}[{0 if loop.reverse else loop.count}]", shape_text(target.shape))
                )

    def _apart(self, into: str, operand: Operand) -> str:
        """What is written at the end of an iteration: a copy if the next iteration writes to the array."""
        node = self.plan.node(operand)
        text = expression(self._named(node)).text
        arrays = {self.loop.inputs[place].name for place in self.kept}
        return f"np.array({text})" if operand.shape and into.isidentifier() and self._roots(node) & arrays else text

    def _line(self, equation: Equation) -> Rows:
        """The rows of an equation of the body."""
        tree = self.plan.tree(equation)
        names = []
        if self.claimed.get(equation.target.name) == "":
            array = self._name(equation.target)
            nodes = list(map(self._named, tree.operands))
            if equation.primitive.writes:
                return [(assignment(equation, array, nodes), shape_text(_part(equation)))]
            added = expression(nodes[1]).text
            return [(f"{array} {_INTO[equation.primitive.name]} {added}", shape_text(equation.target.shape))]
        if equation.primitive.writes and (rows := self._assignments(equation, tree)):
            return rows
        for target in equation.targets:
            name = self.claimed.get(target.name) or self._fresh(target.name, target.kind == "temporary")
            names.append(name)
            self.symbols[target.name] = self._symbol(name)
        note = ", ".join(shape_text(target.shape) for target in equation.targets)
        if equation.primitive is LOOP:
            inner = replace(equation, targets=tuple(map(self._as, equation.targets)))
            return _Writer(inner, list(map(self._named, tree.operands)), self.taken).rows
        text = expression(self._named(tree)).text
        if equation.target.name in self.copied and "[" not in names[0]:
            text = f"np.array({text})"
        return [(f"{', '.join(names)} = {text}", note)]

    def _assignments(self, equation: Equation, tree: Operation) -> Rows:
        """A write as an assignment to a copy, or to the array itself if it ends here; none if it reads what is overwritten."""
        nodes = list(map(self._named, tree.operands))
        target, source = equation.target, expression(nodes[0]).text
        claimed, ends = self.claimed.get(target.name), self._ends(equation)
        if claimed and (
            claimed == source or any(claimed.partition("[")[0] in self._leaves(each) for each in nodes[1:])
        ):
            return []
        name = claimed or (source if ends else self._fresh(target.name, target.kind == "temporary"))
        begin = (
            source if ends or "[" in name else f"{source}.copy()" if source.isidentifier() else f"np.array({source})"
        )
        self.symbols[target.name] = self._symbol(name)
        rows = [] if name == source else [(f"{name} = {begin}", shape_text(target.shape))]
        return [*rows, (assignment(equation, name, nodes), shape_text(_part(equation)))]

    def _ends(self, equation: Equation) -> bool:
        """Whether a write may be done to the array itself: this turn has made it, and nothing reads it after the write."""
        source = equation.inputs[0]
        made = self.made.get(source.name)
        if (
            made is None
            or made.primitive.name in _SHARING
            or source.name in self.claimed
            or source in self.loop.outputs
        ):
            return False
        place = self.lines.index(equation)
        views = [each for each in self.lines[:place] if each.primitive.name in _SHARING]
        return all(source.name not in self._leaves(self.plan.tree(each)) for each in (*self.lines[place + 1 :], *views))

    def _as(self, target: Symbol) -> Symbol:
        return replace(target, name=self._name(target))

    def _name(self, symbol: Symbol) -> str:
        found = self.symbols[symbol.name]
        assert isinstance(found, Symbol)
        return found.name


def _part(equation: Equation) -> Shape:
    """The shape of what is written."""
    index = dict(equation.params)["index"]
    return index.shape if isinstance(index, Places) else part_of(equation)


def _array(name: str, shape: Shape, dtype: np.dtype[Any]) -> str:
    kind = {"float64": "", "bool": ", bool"}.get(dtype.name, f", np.{dtype}")
    return f"np.{name}({param_text(shape[0] if len(shape) == 1 and type(shape) is tuple else shape)}{kind})"


def _is_zero(node: Node) -> bool:
    """Whether a tree is all +0; −0 is another number."""
    if isinstance(node, Operation):
        return node.equation.primitive.name == "broadcast_to" and _is_zero(node.operands[0])
    return isinstance(node, Constant) and not node.shape and str(node.value) in ("0.0", "0", "False")


def _is_new(node: Node) -> bool:
    """Whether a tree makes an array that nothing else holds."""
    return isinstance(node, Operation) and node.equation.primitive.name not in _SHARING
