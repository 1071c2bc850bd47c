"""A loop in mathematics: recurrences for carried values, Σ for sums, and an index on the values of each iteration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from ..core.layout import Layout, Node, Operation, layout
from ..core.nouns import Constant, Equation, Operand, Program, Symbol
from ..core.primitive import PRIMITIVES
from ..program.notation import STATEMENTS, Line
from .noun import LOOP, Give, additions, loop_of
from .places import ADDED_AT, AT, Affine, inner

_TOTAL = inner(
    "total", shape=lambda x, over: x, dtype=lambda x, over: np.dtype(x), derivative=None,
    python="total({0}, {over})", latex=r"\sum {0}",
)  # fmt: skip


def _lines(equation: Equation, plan: Layout, program: Program, depth: int) -> Iterator[Line]:
    yield from _Recurrence(equation, list(map(plan.node, equation.inputs)), program, depth, ()).lines()


STATEMENTS["loop"] = _lines


class _Recurrence:
    """One loop; `given` are its equation's inputs as trees, `around` the counters of the enclosing loops."""

    def __init__(
        self, equation: Equation, given: Sequence[Node], program: Program, depth: int, around: tuple[str, ...]
    ):
        self.loop = loop = loop_of(equation)
        self.given, self.program, self.depth = given, program, depth
        self.results: dict[Give, Symbol] = dict(zip(loop.gives, equation.targets, strict=True))
        self.counter = loop.counter
        self.around = around
        self.symbols: dict[str, Node] = dict(
            zip((each.name for each in loop.inputs[loop.carried + 1 :]), given[loop.carried :], strict=True)
        )
        first, last = loop.start, loop.start + loop.step * (loop.count - 1)
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
        names: dict[str, str] = {}
        uses = Counter(each.name for each in loop.operands() if isinstance(each, Symbol))
        for place, operand in enumerate(loop.outputs):
            if place in sums:
                continue
            if place < loop.carried:
                before = loop.inputs[place]
                result = self.results.get(("history", place)) or self.results.get(("last", place)) or before
                base = (result if before.name.startswith(("v", "q")) else before).name.partition("[")[0]
                self.symbols[before.name] = self._at(base, loop.row_before(), before)
                if uses[before.name]:
                    yield self._line(f"{base}[{self._index(loop.count if loop.reverse else 0)}]", self.given[place])
                after = self._at(base, loop.row_after(), before)
            else:
                after = self._at(self._stack(place), loop.row(), operand)
            if isinstance(operand, Symbol) and operand.name not in steady:
                names.setdefault(operand.name, after.name)
        for each in loop.equations:
            if each.target.name in plan.inlined or each.target.name in within:
                continue
            for target in each.targets:
                name = names.get(target.name) or f"{target.name}[{self._index(self.counter.name)}]"
                self.symbols[target.name] = Symbol(name, target.shape, target.dtype, "named")
            if each.primitive is LOOP:
                around = (*self.around, self.counter.name)
                targets = tuple(self._renamed(target) for target in each.targets)
                made = Equation(targets, each.primitive, each.inputs, each.params, each.origin)
                given = [self._named(plan.node(operand)) for operand in each.inputs]
                yield from _Recurrence(made, given, self.program, self.depth, around).lines()
                continue
            left = tuple(self._renamed(target).name for target in each.targets)
            yield Line(left, self._named(plan.tree(each)), self.program, self.depth)
        for place, operand in enumerate(loop.outputs):
            name = names.get(operand.name, "")
            if place not in sums and (operand.name in plan.inlined or name != self._after(place, operand)):
                yield self._line(self._after(place, operand), self._named(plan.node(operand)))
        for place, links in sums.items():
            yield from self._sum(place, links, plan)
        for (kind, place), target in self.results.items():
            if kind == "last" and place not in sums:
                row = self._index(0 if loop.reverse else loop.count)
                found = Symbol(f"{self._base(place)}[{row}]", target.shape, target.dtype, "named")
                yield self._line(target.name, found)

    def _sum(self, place: int, links: Sequence[Equation], plan: Layout) -> Iterator[Line]:
        target = self.results[("last", place)]
        first = self.given[place]
        begun = not _is_zero(first)
        if begun:
            yield self._line(target.name, first)
        for link in reversed(links):
            added = self._named(plan.node(link.inputs[1]))
            if link.primitive is ADDED_AT:
                index = dict(link.params)["index"].beside(1)
                counters = [self._named(plan.node(each)) for each in link.inputs[2:]]
                place_text = str(index)
                for number, each in enumerate(counters, 1):
                    place_text = place_text.replace(f"{{{number}}}", getattr(each, "name", ""))
                yield self._line(f"{target.name}[{place_text.replace(', ', ',')}] +", added)
                begun = True
                continue
            whole = link.inputs[1]
            total = Equation(
                (Symbol("·", whole.shape, target.dtype),), _TOTAL, (whole,), (("over", self.over),), link.origin
            )
            tree: Node = Operation(total, (added,))
            sign = " −" if link.primitive.name == "subtract" else " +"
            if not begun and sign == " −":
                negative = Equation(total.targets, PRIMITIVES["negative"], total.targets, (), link.origin)
                tree = Operation(negative, (tree,))
            yield self._line(target.name + (sign if begun else ""), tree)
            begun = True

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


def _is_zero(node: Node) -> bool:
    if isinstance(node, Operation):
        return node.equation.primitive.name == "broadcast_to" and _is_zero(node.operands[0])
    return isinstance(node, Constant) and not node.shape and float(node.value) == 0
