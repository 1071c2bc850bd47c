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
from ..program.inplace.storage import assignment, part_of
from .noun import LOOP, additions, loop_of, place_in
from .places import ADDED_AT, AT, Affine

Rows = list[tuple[str, str]]
_SHARING = {"identity", "T", "reshape", "getitem", "at", "broadcast_to", "transpose", "swapaxes", "astype", "loop"}
_INTO = {"add": "+=", "added_at": "+=", "subtract": "-="}


def _statements(equation: Equation, plan: Layout, program: Program) -> Rows:
    taken = {name for name, _ in program.arguments} | {each.name for each in program.constants}
    taken |= {each.name for each in (*program.inputs, *(target for e in program.equations for target in e.targets))}
    return _Writer(equation, [plan.node(each) for each in equation.inputs], taken).rows


STATEMENTS["loop"] = _statements


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
        waiting = []
        for place, operand in enumerate(loop.outputs):
            chain = self._chain(place)
            if chain:
                for link in chain:
                    self.plan.inlined.pop(link, None)
                    self.symbols[link] = self._symbol(self.into[place])
                self.claimed |= dict.fromkeys(chain, "")
            else:
                waiting.append((place, operand))
        for place, operand in waiting:
            made = self.made.get(operand.name)
            free = operand.name not in self.claimed and operand.name not in self.plan.inlined
            if made is not None and free and (made.primitive is not LOOP or self.into[place].isidentifier()):
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

    def _chain(self, place: int) -> list[str]:
        """The links of a sum that is accumulated with `+=`; a number of the user's is summed as the user wrote it."""
        if place >= self.loop.carried or ("history", place) in self.results:
            return []
        links = additions(self.loop, place)
        written = all(each.target.shape or each.origin.derivative_of for each in links)
        return [each.target.name for each in links] if written else []

    def _leaves(self, node: Node) -> set[str]:
        """The symbols of the body that a tree reads."""
        if isinstance(node, Operation):
            return set().union(*map(self._leaves, node.operands))
        return {node.name} if isinstance(node, Symbol) else set()

    def _settle(self, ends: list[tuple[str, Operand]]) -> None:
        """Write a carried value directly only if no later line reads the old one; otherwise at the end of the iteration."""
        loop = self.loop
        self.lines = lines = [each for each in loop.equations if each.target.name not in self.plan.inlined]
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
            chained = self._chain(place) != []
            if _is_zero(first) and before.shape:
                written = _array("zeros", before.shape, before.dtype)
            elif chained and before.shape and not _is_new(first):
                written = f"{written}.copy()" if isinstance(first, (Symbol, Constant)) else f"np.array({written})"
            if (self.uses[before.name] or chained) and written != name:
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
        written = [(into, expression(self._named(self.plan.node(operand))).text, operand) for into, operand in ends]
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

    def _line(self, equation: Equation) -> Rows:
        """The rows of an equation of the body."""
        tree = self.plan.tree(equation)
        names = []
        if equation.primitive.name in _INTO and self.claimed.get(equation.target.name) == "":
            array = self._name(equation.target)
            added = expression(self._named(tree.operands[1])).text
            if equation.primitive is ADDED_AT:
                index = dict(equation.params)["index"].beside(1)
                place = Operation(
                    Equation((), AT, (), (("index", index),)),
                    (self._symbol(array), *map(self._named, tree.operands[2:])),
                )
                return [(f"{expression(place).text} += {added}", shape_text(index.shape))]
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
        return [(f"{', '.join(names)} = {expression(self._named(tree)).text}", note)]

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
        return [*rows, (assignment(equation, name, nodes), shape_text(part_of(equation)))]

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


def _array(name: str, shape: Shape, dtype: np.dtype[Any]) -> str:
    sizes = tuple(map(int, shape))
    kind = {"float64": "", "bool": ", bool"}.get(dtype.name, f", np.{dtype}")
    return f"np.{name}({sizes[0] if len(sizes) == 1 else sizes}{kind})"


def _is_zero(node: Node) -> bool:
    """Whether a tree is all +0; −0 is another number."""
    if isinstance(node, Operation):
        return node.equation.primitive.name == "broadcast_to" and _is_zero(node.operands[0])
    return isinstance(node, Constant) and not node.shape and str(node.value) in ("0.0", "0", "False")


def _is_new(node: Node) -> bool:
    """Whether a tree makes an array that nothing else holds."""
    return isinstance(node, Operation) and node.equation.primitive.name not in _SHARING
