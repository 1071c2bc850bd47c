"""A loop in mathematics: recurrences for carried values, Σ for sums, and an index on the values of each iteration.

What an iteration writes to an array stands on the left with its place, as in `y[t] = …`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from ..core.layout import Layout, Node, Operation, layout
from ..core.nouns import Constant, Equation, Operand, Program, Symbol
from ..core.primitive import PRIMITIVES
from ..program.notation import STATEMENTS, Line
from .noun import LOOP, Give, additions, chain, loop_of
from .places import ADDED_AT, AT, Affine, inner
from .text import names_in, variable

_TOTAL = inner(
    "total", shape=lambda x, over: x, dtype=lambda x, over: np.dtype(x), derivative=None,
    python="total({0}, {over})", latex=r"\sum {0}",
)  # fmt: skip


def _lines(equation: Equation, plan: Layout, program: Program, depth: int) -> Iterator[Line]:
    yield from _Recurrence(equation, list(map(plan.node, equation.inputs)), program, depth, ()).lines()


STATEMENTS["loop"] = _lines
NESTED: dict[str, Callable[[Equation, Sequence[str], Sequence[Node], Program, int], Iterator[Line]]] = {}
"""How other operations that hold programs are written in a loop."""


class _Recurrence:
    """One loop; `given` are its equation's inputs as trees, `around` the counters of the enclosing loops."""

    def __init__(
        self, equation: Equation, given: Sequence[Node], program: Program, depth: int, around: tuple[str, ...]
    ):
        self.loop = loop = loop_of(equation)
        self.given, self.program, self.depth = given, program, depth
        self.results: dict[Give, Symbol] = dict(zip(loop.gives, equation.targets, strict=True))
        self.counter = replace(loop.counter, name=variable(loop, names_in(program) | {*around}))
        self.around = around
        self.symbols: dict[str, Node] = dict(
            zip((each.name for each in loop.inputs[loop.carried + 1 :]), given[loop.carried :], strict=True)
        )
        self.symbols[loop.counter.name] = self.counter
        first, last = str(loop.start), str(loop.start + loop.step * (loop.count - 1))
        self.count = str(loop.count)  # how many iterations there are
        if not loop.is_counted:
            turns = self.results.get(("turns", 0)) or (given[loop.over - 1] if loop.over is not None else None)
            self.count = turns.name if isinstance(turns, Symbol) else "n"
            last = f"{self.count} − 1"
        if loop.reverse:
            first, last = last, first
        self.over = f"{self.counter.name} = {first}, …, {last}"

    def lines(self) -> Iterator[Line]:
        """Its lines in order: first values, the iteration, sums, and final values that have names of their own."""
        loop = self.loop
        plan = layout(loop)
        steady = {each.name for each in loop.inputs[loop.carried :]}
        for each in loop.equations:
            if each.primitive is AT and all(o.name in steady or isinstance(o, Constant) for o in each.inputs):
                plan.inlined[each.target.name] = each
        sums = {place: links for place in range(loop.carried) if (links := additions(loop, place))}
        sums = {place: links for place, links in sums.items() if ("last", place) in self.results}
        within = {link.target.name for links in sums.values() for link in links}
        written: dict[str, str] = {}  # the versions of arrays that are written to: their names
        for place in set(range(loop.carried)) - {*sums}:
            writes = chain(loop, place)
            if writes and ("history", place) not in self.results and not any(map(_has_arrays, writes)):
                name = (self.results.get(("last", place)) or loop.inputs[place]).name
                if getattr(self.given[place], "name", "") != name:
                    yield self._line(name, self.given[place])
                for symbol in (loop.inputs[place], *(target for _, target in writes)):
                    written[symbol.name] = name
                    plan.inlined.pop(symbol.name, None)
                    self.symbols[symbol.name] = Symbol(name, symbol.shape, symbol.dtype, "named")
        names: dict[str, str] = {}
        carried: set[str] = set()
        uses = Counter(each.name for each in loop.operands() if isinstance(each, Symbol))
        for place, operand in enumerate(loop.outputs):
            if place in sums or (place < loop.carried and loop.inputs[place].name in written):
                continue
            if place < loop.carried:
                before = loop.inputs[place]
                history = self.results.get(("history", place))
                result = history or self.results.get(("last", place)) or before
                unnamed = before.name.startswith(("v", "q"))
                base = (result if unnamed or history is not None else before).name.partition("[")[0].rstrip("_")
                carried.add(base)
                self.symbols[before.name] = self._at(base, loop.row_before(), before)
                if uses[before.name]:
                    yield self._line(f"{base}[{self._index(self.count if loop.reverse else 0)}]", self.given[place])
                after = self._at(base, loop.row_after(), before)
            else:
                after = self._at(self._stack(place), loop.row(), operand)
            if isinstance(operand, Symbol) and operand.name not in steady:
                names.setdefault(operand.name, after.name)
        for each in loop.equations:
            if each.target.name in plan.inlined or each.target.name in within:
                continue
            if each.target.name in written and each.primitive is not LOOP:
                yield self._written(each, written[each.target.name], plan)
                continue
            for target in each.targets:
                if target.name in written:
                    continue
                apart = "1" if target.name in carried else ""
                name = names.get(target.name) or f"{target.name}{apart}[{self._index(self.counter.name)}]"
                self.symbols[target.name] = Symbol(name, target.shape, target.dtype, "named")
            if each.primitive is LOOP:
                around = (*self.around, self.counter.name)
                targets = tuple(self._renamed(target) for target in each.targets)
                made = Equation(targets, each.primitive, each.inputs, each.params, each.origin)
                given = [self._named(plan.node(operand)) for operand in each.inputs]
                yield from _Recurrence(made, given, self.program, self.depth, around).lines()
                continue
            left = tuple(self._renamed(target).name for target in each.targets)
            if each.primitive.name in NESTED:
                given = [self._named(plan.node(operand)) for operand in each.inputs]
                yield from NESTED[each.primitive.name](each, left, given, self.program, self.depth)
                continue
            yield Line(left, self._named(plan.tree(each)), self.program, self.depth)
        for place, operand in enumerate(loop.outputs):
            name = names.get(operand.name, "")
            if place < loop.carried and loop.inputs[place].name in written:
                continue
            if place not in sums and (operand.name in plan.inlined or name != self._after(place, operand)):
                yield self._line(self._after(place, operand), self._named(plan.node(operand)))
        for place, links in sums.items():
            yield from self._sum(place, links, plan)
        for (kind, place), target in self.results.items():
            if kind == "last" and place not in sums and loop.inputs[place].name not in written:
                row = self._index(0 if loop.reverse else self.count)
                found = Symbol(f"{self._base(place)}[{row}]", target.shape, target.dtype, "named")
                yield self._line(target.name, found)

    def _sum(self, place: int, links: Sequence[Equation], plan: Layout) -> Iterator[Line]:
        target = self.results[("last", place)]
        first = self.given[place]
        begun = not _is_zero(first)
        if begun and getattr(first, "name", "") != target.name:
            yield self._line(target.name, first)
        for link in reversed(links):
            if link.primitive is ADDED_AT:
                yield self._written(link, target.name, plan)
                begun = True
                continue
            whole = link.inputs[1]
            total = Equation(
                (Symbol("·", whole.shape, target.dtype),), _TOTAL, (whole,), (("over", self.over),), link.origin
            )
            tree: Node = Operation(total, (self._named(plan.node(whole)),))
            sign = " −" if link.primitive.name == "subtract" else " +"
            if not begun and sign == " −":
                negative = Equation(total.targets, PRIMITIVES["negative"], total.targets, (), link.origin)
                tree = Operation(negative, (tree,))
            yield self._line(target.name + (sign if begun else ""), tree)
            begun = True

    def _written(self, link: Equation, name: str, plan: Layout) -> Line:
        """A write: what stands at a place, or is added there."""
        place = str(dict(link.params)["index"])
        for number, each in enumerate(link.inputs[2:], 2):
            place = place.replace(f"{{{number}}}", getattr(self._named(plan.node(each)), "name", ""))
        sign = " +" if link.primitive.name.startswith("added") else ""
        return self._line(f"{name}[{place.replace(', ', ',')}]{sign}", self._named(plan.node(link.inputs[1])))

    # ---- names -----------------------------------------------------------------------------------------------------------

    def _index(self, last: object) -> str:
        return ",".join([*self.around, str(last)])

    def _at(self, base: str, row: Affine, like: Operand) -> Symbol:
        index = str(row).replace("{1}", self.counter.name)
        return Symbol(f"{base}[{self._index(index)}]", like.shape, np.dtype(float), "named")

    def _base(self, place: int) -> str:
        before = self.symbols[self.loop.inputs[place].name]
        assert isinstance(before, Symbol)
        return before.name.partition("[")[0]

    def _stack(self, place: int) -> str:
        return self.results["stack", place].name.partition("[")[0]

    def _after(self, place: int, operand: Operand) -> str:
        loop = self.loop
        if place < loop.carried:
            return self._at(self._base(place), loop.row_after(), operand).name
        return self._at(self._stack(place), loop.row(), operand).name

    def _line(self, name: str, tree: Node) -> Line:
        return Line((name,), tree, self.program, self.depth)

    def _renamed(self, target: Symbol) -> Symbol:
        found = self.symbols[target.name]
        assert isinstance(found, Symbol)
        return found

    def _named(self, node: Node) -> Node:
        if isinstance(node, Operation):
            return Operation(node.equation, tuple(map(self._named, node.operands)))
        return self.symbols.get(node.name, node) if isinstance(node, Symbol) else node


def _has_arrays(link: tuple[Equation, Symbol]) -> bool:
    return bool(getattr(dict(link[0].params).get("index"), "has_arrays", False))


def _is_zero(node: Node) -> bool:
    if isinstance(node, Operation):
        return node.equation.primitive.name == "broadcast_to" and _is_zero(node.operands[0])
    return isinstance(node, Constant) and not node.shape and bool(node.value == 0)
