"""A loop in Python: a `for` with the user's names, rows of arrays for histories and stacks, and `+=` for sums."""

from __future__ import annotations

import builtins
import re
from collections import Counter
from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from typing import Any

import numpy as np

from ..core.border import printable
from ..core.dims import Shape, shape_text
from ..core.layout import Layout, Node, Operation, layout
from ..core.nouns import Constant, Equation, Operand, Program, Symbol
from ..core.python import ARRANGEMENTS, STATEMENTS, expression
from ..core.template import param_text
from ..program.headings import remarks
from ..program.inplace.storage import (
    ALIASES,
    CONTINUES,
    LENT,
    TAKES_OVER,
    assignment,
    may_share,
    owned,
    part_of,
    takes_number,
)
from ..program.symbol_names import COUNTERS, numbered
from .noun import LOOP, Loop, additions, chain, loop_of, place_in
from .places import AT, Affine, Places

Rows = list[tuple[str, str]]
_PASSING = ALIASES | {"at", "swapaxes", "astype", "loop"}
_SHARING = _PASSING | {"call", "calls"}
_INTO = {"add": "+=", "subtract": "-="}
NESTED: dict[str, Callable[[Equation, Sequence[str], Sequence[Node], Set[str]], Rows]] = {}
"""How other operations that hold programs are written in a loop: with the names of their results, their inputs as trees, and the
names in use."""


def _statements(equation: Equation, plan: Layout, program: Program) -> Rows:
    taken = {name for name, _ in program.arguments} | {each.name for each in program.inputs}
    taken |= {plan.names.get(each.name, each.name) for each in program.constants}
    lines = (each for each in program.equations if each.target.name not in plan.inlined)
    taken |= {plan.names.get(target.name, target.name) for line in lines for target in line.targets}
    targets = tuple(replace(each, name=plan.names.get(each.name, each.name)) for each in equation.targets)
    given = [plan.node(each) for each in equation.inputs]
    foreign = {place for place, each in enumerate(equation.inputs) if each in program.inputs}
    later = program.equations[program.equations.index(equation) + 1 :]
    read = {each.name for each in program.outputs} | {each.name for line in later for each in line.inputs}
    over = {place for place in _continued(equation) if equation.inputs[place].name not in read}
    return _Writer(replace(equation, targets=targets), given, taken, names_in(program), foreign, over).rows


def row_put(node: Node) -> tuple[Node, Node] | None:
    """What is put into zeros at one place of the first axis, and the place; `None` of anything else."""
    if not isinstance(node, Operation) or node.equation.primitive.name != "put" or dict(node.equation.params)["axis"]:
        return None
    row, place = node.operands
    return None if node.equation.inputs[1].shape else (row, place)


def names_in(program: Program) -> frozenset[str]:
    """The names of all symbols in a program and in its loops."""
    parts = [part for part in program.parts() if part is program or isinstance(part, Loop)]
    return frozenset(
        each.name for part in parts for each in (*part.inputs, *(t for e in part.equations for t in e.targets))
    )


def variable(loop: Loop, names: Set[str]) -> str:
    """The name of a loop's counter: the user's, or where there is none a letter with which none of the names begins."""
    if loop.counter.name.strip("_"):
        return loop.counter.name
    free = [each for each in COUNTERS if not any(name.startswith(each) for name in names)]
    apart = (each for each in COUNTERS if not any(re.fullmatch(rf"{each}[\d_]*", name) for name in names))
    return next(iter(free), next(apart, "turn"))


def _takes_over(equation: Equation) -> dict[str, int]:
    """The arrays that a loop writes to, and which operands they are before."""
    loop = loop_of(equation)
    found = zip(loop.gives, equation.targets, strict=True)
    return {
        target.name: place
        for (kind, place), target in found
        if kind == "last" and ("history", place) not in loop.gives and chain(loop, place)
    }


def _lent(equation: Equation) -> set[str]:
    """The carried arrays that a loop does not write to, and that are others, or views of them: without a turn what they were."""
    loop = loop_of(equation)
    own = owned(loop) if loop.is_counted else set()
    return {
        target.name
        for (kind, place), target in zip(loop.gives, equation.targets, strict=True)
        if kind == "last" and target.shape and loop.outputs[place].name not in own and not chain(loop, place)
    }


def _continues(equation: Equation) -> dict[str, int]:
    """The values of the user's that a loop carries on, and which operands they are before."""
    gives, places = loop_of(equation).gives, _continued(equation)
    given = zip(gives, equation.targets, strict=True)
    return {target.name: place for (kind, place), target in given if kind == "last" and place in places}


def _continued(equation: Equation) -> list[int]:
    """The carried values, but those of which all are kept, that are what a symbol of the same name was."""
    loop = loop_of(equation)
    return [
        place
        for place, (operand, before) in enumerate(zip(equation.inputs, loop.inputs[: loop.carried], strict=False))
        if isinstance(operand, Symbol) and operand.name == before.name and equation.inputs.count(operand) == 1
        if ("history", place) not in loop.gives
    ]


def _name_results(program: Program, plan: Layout) -> Layout:
    """The layout, in which the values that x has had are `xs` where x itself is something else, and values that have no number
    within the loop have none, if nothing else has that name.
    """
    names: dict[str, str] = {}
    inside = names_in(program)
    given = {each.name for each in program.inputs} | {name for name, _ in program.arguments}
    given |= {each.name for each in program.constants}
    lines = [each for each in program.equations if each.target.name not in plan.inlined]
    targets = [target.name for line in lines for target in line.targets]

    def rename(target: str, name: str) -> None:
        taken = given | {names.get(each, each) for each in targets}
        if name not in taken and printable(name) == name and not hasattr(builtins, name):  # no `as`, no `abs`
            names[target] = name

    loops = [(loop_of(each), each.targets) for each in lines if each.primitive is LOOP]
    results = [
        (loop, give, target.name)
        for loop, found in loops
        for give, target in zip(loop.gives, found, strict=True)
        if give[0] != "turns"
    ]
    for loop, (kind, place), target in results:
        stem = loop.inputs[place].name if kind == "history" else ""
        if stem and (target != stem or loop.flag is not None) and target.startswith(stem) and f"{stem}s" not in inside:
            rename(target, f"{stem}s")
    for loop, (kind, place), target in results:
        if kind == "last" and loop.flag is not None and ("history", place) in loop.gives:
            rename(target, loop.inputs[place].name)
    for loop, (kind, place), target in results:
        value = loop.outputs[place]
        if kind == "stack" and isinstance(value, Symbol) and value.kind == "named" and target.startswith(value.name):
            rename(target, value.name)
    return replace(plan, names={**plan.names, **names}) if names else plan


STATEMENTS["loop"] = _statements
TAKES_OVER["loop"] = _takes_over
LENT["loop"] = _lent
CONTINUES["loop"] = _continues
ARRANGEMENTS.insert(0, _name_results)  # others write lines, with these names


_WORDS = {"logical_or": ("or", 0), "logical_and": ("and", 1), "logical_not": ("not", 2)}
"""How operations on truth values are written where they are tested, and how strongly that binds."""


def in_test(node: Node, strength: int = 0) -> str:
    """A tree as what `if` and `while` test, in brackets if it binds less: `not a > 0 and b`."""
    name = node.equation.primitive.name if isinstance(node, Operation) else ""
    if not isinstance(node, Operation) or node.equation.target.shape or name not in _WORDS:
        return expression(node).text
    word, own = _WORDS[name]
    parts = [in_test(each, own) for each in node.operands]
    text = f" {word} ".join(parts) if len(parts) > 1 else f"{word} {parts[0]}"
    return f"({text})" if own < strength else text


class _Writer:
    """Writes one loop; `given` are its equation's inputs as trees, `taken` the names in use around it, `names` all names of the
    program, `foreign` those of the inputs that are arguments of the user's, and `over` those whose names the loop may have.
    """

    def __init__(
        self,
        equation: Equation,
        given: Sequence[Node],
        taken: Set[str],
        names: Set[str],
        foreign: Set[int] = frozenset(),
        over: Set[int] = frozenset(),
    ):
        self.loop = loop = loop_of(equation)
        self.equation, self.given, self.taken, self.names = equation, given, set(taken), names
        self.foreign, self.over = foreign, over
        self.rows: Rows = []
        self.head: Rows = []
        self.results = dict(zip(loop.gives, equation.targets, strict=True))
        self.symbols: dict[str, Node] = {}  # what stands for each symbol of the body
        self.uses = Counter(each.name for each in loop.operands() if isinstance(each, Symbol))
        self.made = {target.name: each for each in loop.equations for target in each.targets}
        self.counter = self._fresh(variable(loop, names))
        self.symbols[loop.counter.name] = Symbol(self.counter, (), loop.counter.dtype)
        for symbol, tree in zip(loop.inputs[loop.carried + 1 :], given[loop.carried :], strict=True):
            self.symbols[symbol.name] = tree
        self._write()

    # ---- names -----------------------------------------------------------------------------------------------------------

    def _fresh(self, name: str, temporary: bool = False) -> str:
        if temporary or name in self.taken:
            stem = name.rstrip("0123456789").rstrip("_")  # of x1, if x is what the loop carries
            known = "v" if temporary else stem if any(each.name == stem for each in self.loop.inputs) else name
            name = next(each for each in numbered(known, always=True) if each not in self.taken)
        self.taken.add(name)
        return name

    def _results_of_call(self, equation: Equation) -> list[str]:
        """The names of what a function gives: those that it has for it, with one number for each call if there are several."""
        several = sum(len(each.targets) > 1 and each.primitive is not LOOP for each in self.loop.equations) > 1
        block = next((value for _, value in equation.params if isinstance(value, Program)), None)
        given = block.outputs if block is not None else equation.targets
        stems = [each.name if getattr(each, "kind", "temporary") != "temporary" else "" for each in given]
        found = zip(*(numbered(stem, several) for stem in filter(None, stems)), strict=False)
        names = iter(next((each for each in found if self.taken.isdisjoint(each)), ()))
        chosen = [next(names) if stem else "" for stem in stems]
        self.taken |= {*chosen}
        return [name or self._fresh("v", temporary=True) for name in chosen]

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
            operands = tuple(map(self._named, node.operands))
            if node.equation.primitive.name == "T" and isinstance(operands[0], Constant):  # `F.T` of an array F
                return replace(operands[0], name=f"{operands[0].name}.T".removesuffix(".T.T"))
            return Operation(node.equation, operands)
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
            free = free and not self.into[place].endswith(".append")
            if (
                made is not None
                and free
                and (made.primitive is not LOOP or (self.into[place].isidentifier() and not links.get(place)))
            ):
                self.claimed[operand.name] = self.into[place]
            else:
                ends.append((self.into[place], operand))
        self._settle(ends)
        self.test = self._test()
        if self.test is not None:
            ends = [each for each in ends if each[0] != self.into[loop.flag or 0]]
        self._begin()
        self._turn(ends)

    def _symbol(self, name: str) -> Symbol:
        return Symbol(name, (), np.dtype(float), "named")

    def _destination(self, place: int) -> str:
        """Where an output goes: a row, or the name of a carried value."""
        loop, history = self.loop, self.results.get(("history", place))
        if place >= loop.carried and loop.flag is not None:
            return f"{self._result(('stack', place))}.append"
        if place >= loop.carried:
            return self._row(self._result(("stack", place)), loop.row(), loop.outputs[place].shape)
        before = loop.inputs[place]
        if history is not None and loop.flag is None:
            array = self._result(("history", place))
            self.symbols[before.name] = self._symbol(self._row(array, loop.row_before(), before.shape))
            return self._row(array, loop.row_after(), before.shape)
        if ("last", place) in self.results:
            name = self._result(("last", place))
        else:
            name = (
                expression(self.given[place]).text
                if place in self.over
                else self._fresh(before.name.removesuffix("__"))
            )
        self.symbols[before.name] = self._symbol(name)
        return name

    def _result(self, give: tuple[str, int]) -> str:
        return self.results[give].name  # type: ignore[index]

    def _lines(self) -> list[Equation]:
        return [each for each in self.loop.equations if each.target.name not in self.plan.inlined]

    def _links(self, place: int) -> list[tuple[Equation, Symbol]]:
        """The writes and additions that may be done to a carried value itself; a number of the user's is summed as written."""
        if ("history", place) in self.results or place == self.loop.flag:
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
        if equation.primitive.writes or (equation.primitive.name in _PASSING and not takes_number(equation)):
            return self._roots(node.operands[0])
        return frozenset()

    def _is_in_place(self, place: int, links: Sequence[tuple[Equation, Symbol]]) -> bool:
        """Whether nothing reads an older version of a carried array after a write; views that are in use are copied."""
        lines = self._lines()
        reads = [leaves(self.plan.tree(each)) for each in lines]
        others = [self.plan.node(each) for number, each in enumerate(self.loop.outputs) if number != place]
        ends: set[str] = set().union(*map(leaves, others))
        source = self.loop.inputs[place].name
        versions = {source, *(target.name for _, target in links)}
        written = []
        for equation, target in links:
            at = lines.index(equation)
            written.append(at)
            if source in ends | read_beside(equation, target, self.plan) or any(
                source in each for each in reads[at + 1 :]
            ):
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

    def _settle(self, ends: list[tuple[str, Operand]]) -> None:
        """Write a carried value directly only if no later line reads the old one; otherwise at the end of the iteration."""
        loop = self.loop
        self.lines = lines = self._lines()
        reads = [leaves(self.plan.tree(each)) for each in lines]
        last: set[str] = set()  # what is read at the end of the iteration
        settled = False
        while not settled:
            settled = True
            for _, operand in ends:
                last |= leaves(self.plan.node(operand))
            for place, operand in enumerate(loop.outputs[: loop.carried]):
                is_row = ("history", place) in self.results and loop.flag is None
                if self.claimed.get(operand.name) != self.into[place] or is_row:
                    continue
                before = loop.inputs[place].name
                at = next(k for k, each in enumerate(lines) if operand in each.targets)
                if before in last | read_beside(lines[at], operand, self.plan) or any(
                    before in each for each in reads[at + 1 :]
                ):
                    del self.claimed[operand.name]
                    ends.append((self.into[place], operand))
                    settled = False

    def _begin(self) -> None:
        """Write what comes before the loop: arrays for rows, and initial values."""
        loop = self.loop
        made = {target.name: number for number, each in enumerate(loop.equations) for target in each.targets}
        for give, target in sorted(self.results.items(), key=lambda each: made.get(loop.outputs[each[0][1]].name, -1)):
            shape, dtype = target.shape, target.dtype
            if give[0] == "stack" and loop.flag is not None:
                self.rows.append((f"{target.name} = []", ""))
            elif give[0] == "turns":
                self.rows.append((f"{target.name} = 0", shape_text(())))
            elif give[0] == "stack":
                self.rows.append((f"{target.name} = {_array('empty', shape, dtype)}", shape_text(shape)))
        for place in range(loop.carried):
            first, before = self.given[place], loop.inputs[place]
            history = self.results.get(("history", place))
            if place == loop.flag and self.test is not None:
                continue
            if history is not None and loop.flag is None:
                shape, dtype = history.shape, history.dtype
                name = "zeros" if _is_zero(first) else "empty"
                self.rows.append((f"{history.name} = {_array(name, shape, dtype)}", shape_text(shape)))
                if name == "empty":
                    row = loop.count if loop.reverse else 0
                    self.rows.append((f"{history.name}[{row}] = {expression(first).text}", shape_text(before.shape)))
                continue
            name = self.into[place]
            written = expression(first).text
            kept = place in self.kept or self._is_written_within(place)
            if _is_zero(first) and before.shape:
                written = _array("zeros", before.shape, before.dtype)
            elif kept and isinstance(first, Constant) and first.name:
                written += ".copy()" if before.shape else "[()]"  # a number, which `+=` does not change
            elif kept and before.shape and (written != name or place in self.foreign) and not _is_new(first):
                written = f"{written}.copy()" if isinstance(first, (Symbol, Constant)) else f"np.array({written})"
            used = self.uses[before.name] or kept or history is not None or not loop.is_counted
            if used and written != name:
                self.rows.append((f"{name} = {written}", shape_text(before.shape)))
        for (kind, place), target in self.results.items():
            if kind == "history" and loop.flag is not None:
                self.rows.append((f"{target.name} = [{_kept(self.into[place], loop.inputs[place])}]", ""))

    def _is_written_within(self, place: int) -> bool:
        """Whether a nested loop writes to a carried array of which a `while` keeps what it was."""
        operand = self.loop.outputs[place]
        made = self.made.get(operand.name)
        if made is None or made.primitive is not LOOP or self.claimed.get(operand.name) != self.into[place]:
            return False
        return operand.name in _takes_over(made)

    def _turn(self, ends: list[tuple[str, Operand]]) -> None:
        """Write the `for` and its body."""
        loop = self.loop
        numbers = [loop.start, loop.stop] if loop.start or loop.step < 0 else [loop.stop]
        over = f"range({', '.join(map(str, [*numbers, loop.step] if loop.step < 0 else numbers))})"
        if loop.over is not None:
            over = f"range({expression(self.given[loop.over - 1]).text})"
        if loop.flag is None:
            self.rows.append((f"for {self.counter} in {f'reversed({over})' if loop.reverse else over}:", ""))
        else:
            self.rows.append((f"while {self.into[loop.flag] if self.test is None else self.test}:", ""))
        body: Rows = []
        for line, above in zip(self.lines, remarks(self.lines), strict=True):
            body += [(each, "") for each in above]
            body += self._line(line)
        written = [(into, self._apart(into, operand), operand) for into, operand in ends]
        rows = {
            self.into[place]
            for place in range(len(loop.outputs))
            if place >= loop.carried or (("history", place) in self.results and loop.flag is None)
        }
        body += [
            (
                f"{into}({_kept(text, operand)})" if into.endswith(".append") else f"{into} = {text}",
                shape_text(operand.shape),
            )
            for into, text, operand in written
            if into in rows
        ]
        names = [(into, text, operand) for into, text, operand in written if into not in rows and into != text]
        befores = {self._name(each): each.name for each in loop.inputs[: loop.carried]}
        reads = [leaves(self.plan.node(operand)) for *_, operand in names]
        if not any(befores[into] in read for k, (into, *_) in enumerate(names) for read in reads[k + 1 :]):
            body += [(f"{into} = {text}", shape_text(operand.shape)) for into, text, operand in names]
        else:
            left, right = (", ".join(texts) for texts in zip(*(each[:2] for each in names), strict=True))
            body.append((f"{left} = {right}", ", ".join(shape_text(operand.shape) for *_, operand in names)))
        for (kind, place), target in self.results.items() if loop.flag is not None else ():
            if kind == "history":
                before = loop.inputs[place]
                body.append((f"{target.name}.append({_kept(self.into[place], before)})", shape_text(before.shape)))
            elif kind == "turns":
                body.append((f"{target.name} += 1", shape_text(())))
        self.rows += [(f"    {code}", note) for code, note in body or [("pass", "")]]
        for (kind, place), target in self.results.items() if loop.flag is None else ():
            if kind == "last" and (whole := self.results.get(("history", place))) is not None:
                self.rows.append(
                    (f"{target.name} = {whole.name}[{0 if loop.reverse else loop.count}]", shape_text(target.shape))
                )

    def _test(self) -> str | None:
        """The test of a `while` in the names of what it carries; `None` if the first one is another expression."""
        loop = self.loop
        if loop.flag is None:
            return None
        carried = [(place, each) for place, each in enumerate(loop.outputs[: loop.carried]) if place != loop.flag]
        places = {each.name: place for place, each in carried if isinstance(each, Symbol)}
        steady = {each.name: place for place, each in enumerate(loop.inputs) if place > loop.carried}

        known = isinstance(self.given[loop.flag], Constant)  # perhaps since the first values of the test are numbers

        def at_first(node: Node) -> Any:
            """What the test is of the first values, which are numbers; `None` where one is none."""
            if isinstance(node, Operation):
                values = [at_first(each) for each in node.operands]
                equation = node.equation
                run = equation.primitive.function(equation.params, len(values))
                return None if any(each is None for each in values) else run(*values)
            if isinstance(node, Symbol):
                place = places.get(node.name, steady.get(node.name, 0) - 1)
                node = self.given[place] if place >= 0 else node
            return node.value if isinstance(node, Constant) else None

        def alike(node: Node, first: Node) -> Node | None:
            if isinstance(node, Operation):
                if known:
                    first = Operation(node.equation, (first,) * len(node.operands))
                if not isinstance(first, Operation) or len(node.operands) != len(first.operands):
                    return None
                own, other = node.equation, first.equation
                parts = [alike(*pair) for pair in zip(node.operands, first.operands, strict=True)]
                if own.primitive is not other.primitive or own.params != other.params or None in parts:
                    return None
                return Operation(own, tuple(each for each in parts if each is not None))
            if isinstance(node, Symbol):
                if node.name in places and node.name not in self.plan.inlined:
                    place = places[node.name]
                    return self._symbol(self.into[place]) if known or self.given[place] == first else None
                place = steady.get(node.name, 0)
                return self.given[place - 1] if place and (known or self.given[place - 1] == first) else None
            return node if known or node == first else None

        test = self.plan.node(loop.outputs[loop.flag])
        if known and not at_first(test):
            return None
        found = alike(test, self.given[loop.flag])
        return None if found is None else in_test(found)

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
                return [(assignment(equation, array, nodes), shape_text(written_shape(equation)))]
            place, added, shape = "", nodes[1], equation.target.shape
            if (row := row_put(added)) is not None:
                place, added, shape = f"[{expression(row[1]).text}]", row[0], shape[1:]
            into = _INTO[equation.primitive.name]
            return [(f"{array}{place} {into} {expression(added).text}", shape_text(shape))]
        if equation.primitive.writes and (rows := self._assignments(equation, tree)):
            return rows
        nested = equation.primitive is LOOP or equation.primitive.name in NESTED
        several = len(equation.targets) > 1 and not nested
        given = self._results_of_call(equation) if several else [""] * len(equation.targets)
        for target, own in zip(equation.targets, given, strict=True):
            name = self.claimed.get(target.name) or own or self._fresh(target.name, target.kind == "temporary")
            names.append(name)
            self.symbols[target.name] = self._symbol(name)
        note = ", ".join(shape_text(target.shape) for target in equation.targets)
        if equation.primitive is LOOP:
            inner = replace(equation, targets=tuple(map(self._as, equation.targets)))
            return _Writer(inner, list(map(self._named, tree.operands)), self.taken, self.names).rows
        if nested:
            return NESTED[equation.primitive.name](equation, names, list(map(self._named, tree.operands)), self.taken)
        text = expression(self._named(tree)).text
        if equation.target.name in self.copied and "[" not in names[0]:
            text = f"np.array({text})"
        return [(f"{', '.join(names)} = {text}", note)]

    def _assignments(self, equation: Equation, tree: Operation) -> Rows:
        """A write as an assignment to a copy, or to the array itself if it ends here; none if it reads what is overwritten."""
        nodes = list(map(self._named, tree.operands))
        target, source = equation.target, expression(nodes[0]).text
        claimed, ends = self.claimed.get(target.name), self._ends(equation)
        if claimed and (claimed == source or any(claimed.partition("[")[0] in leaves(each) for each in nodes[1:])):
            return []
        name = claimed or (source if ends else self._fresh(target.name, target.kind == "temporary"))
        begin = (
            source if ends or "[" in name else f"{source}.copy()" if source.isidentifier() else f"np.array({source})"
        )
        self.symbols[target.name] = self._symbol(name)
        rows = [] if name == source else [(f"{name} = {begin}", shape_text(target.shape))]
        return [*rows, (assignment(equation, name, nodes), shape_text(written_shape(equation)))]

    def _ends(self, equation: Equation) -> bool:
        """Whether a write may be done to the array itself: this turn has made it, and nothing reads it after the write."""
        source = equation.inputs[0]
        made = self.made.get(source.name)
        if (
            made is None
            or made.primitive.name in _SHARING
            or may_share(made)
            or source.name in self.claimed
            or source in self.loop.outputs
        ):
            return False
        place = self.lines.index(equation)
        views = [each for each in self.lines[:place] if each.primitive.name in _SHARING]
        return all(source.name not in leaves(self.plan.tree(each)) for each in (*self.lines[place + 1 :], *views))

    def _as(self, target: Symbol) -> Symbol:
        return replace(target, name=self._name(target))

    def _name(self, symbol: Symbol) -> str:
        found = self.symbols[symbol.name]
        assert isinstance(found, Symbol)
        return found.name


def leaves(node: Node) -> set[str]:
    """The names of the symbols that a tree reads."""
    if isinstance(node, Operation):
        return set().union(*map(leaves, node.operands))
    return {node.name} if isinstance(node, Symbol) else set()


def read_beside(equation: Equation, target: Operand, plan: Layout) -> set[str]:
    """What a loop within a block reads, except for the initial value of what becomes this target; nothing of other equations."""
    if equation.primitive is not LOOP:
        return set()
    kind, place = loop_of(equation).gives[[each.name for each in equation.targets].index(target.name)]
    others = [each for k, each in enumerate(equation.inputs) if k != place or kind != "last"]
    return set().union(*(leaves(plan.node(each)) for each in others))


def written_shape(equation: Equation) -> Shape:
    """The shape of what is written."""
    index = dict(equation.params)["index"]
    return index.shape if isinstance(index, Places) else part_of(equation)


def _kept(text: str, like: Operand) -> str:
    """What a list keeps: of an array a copy, since it may be written to later."""
    if not like.shape:
        return text
    return f"{text}.copy()" if text.isidentifier() else f"np.array({text})"


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
