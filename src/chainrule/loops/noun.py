"""The noun: a loop is a program that runs repeatedly, and an equation holds it as a param.

Its inputs are the carried values, the counter, and the loop-invariant values. Its outputs are the next carried values, followed
by other values kept from each iteration. The equation's inputs are the initial carried values and the loop-invariant ones.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from ..core.dims import Shape
from ..core.errors import ProgramError
from ..core.nouns import Constant, Equation, Operand, Program, Symbol
from ..core.primitive import PRIMITIVES, Primitive, dtype_of
from ..core.rewrite import TRIMMED, without_dead_code
from ..core.structure import LEAF, Tree
from ..core.symbols import Params
from ..program.operations.callbacks import operand_of
from ..program.operations.indexing import Index
from .places import Affine, Places, inner

COUNT = np.dtype(np.int64)

Give = tuple[Literal["last", "history", "stack", "turns"], int]
"""A result of a loop: a carried value after the last iteration ("last"), or its initial value and its value after each iteration
("history"); or another output, of each iteration ("stack"); or how many iterations there were ("turns"). The number is the place
of the output."""


@dataclass(frozen=True)
class Loop(Program):
    """`for t in range(start, …)`: `count` iterations, between which the counter changes by `step`, 1 or −1.

    With `reverse`, the last iteration runs first; the rows of histories and stacks stay in forward order. With a `flag`, the
    place of a carried truth value, it is a `while`, which runs as long as that is true; with `over`, the place of an input, that
    input is the number of iterations. The `count` is then that of the run which was traced.
    """

    count: int = 0
    carried: int = 0
    gives: tuple[Give, ...] = ()
    start: int = 0
    step: int = 1
    reverse: bool = False
    flag: int | None = None
    over: int | None = None
    __hash__ = Program.__hash__

    @property
    def is_counted(self) -> bool:
        """Whether each run has as many iterations as that which was traced."""
        return self.flag is None and self.over is None

    @property
    def counter(self) -> Symbol:
        """The user's loop variable."""
        return self.inputs[self.carried]

    @property
    def turns(self) -> range:
        """The values of the counter, in the order in which the iterations run."""
        turns = range(self.start, self.stop, self.step)
        return turns[::-1] if self.reverse else turns

    def resized(self, change: Callable[[Any], Any]) -> Loop:
        """The loop with another number of turns."""
        return replace(self, count=change(self.count))

    @property
    def stop(self) -> int:
        """The value of the counter after the last iteration."""
        return self.start + self.count if self.step == 1 else self.start - self.count

    def again(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """The loop-invariant inputs."""
        return inputs[self.carried :]

    def row(self, after: int = 0) -> Affine:
        """The row of a stack, or that row of a history plus `after`."""
        return Affine(after - self.start * self.step, (self.step,))

    def row_before(self) -> Affine:
        """The row of a history before an iteration."""
        return self.row(int(self.reverse))

    def row_after(self) -> Affine:
        """The row of a history after an iteration."""
        return self.row(int(not self.reverse))

    def type_of(self, give: Give) -> tuple[Shape, np.dtype[Any]]:
        """The shape and dtype of a result."""
        kind, place = give
        if kind == "turns":
            return (), COUNT
        operand = self.inputs[place] if place < self.carried else self.outputs[place]
        rows = () if kind == "last" else (self.count + int(kind == "history"),)
        return (*rows, *operand.shape), np.dtype(dtype_of(operand))

    def check(self) -> Loop:
        """Check, besides what every program must satisfy, that carried values keep their shapes and dtypes."""
        super().check()
        for before, after in zip(self.inputs, self.outputs[: self.carried], strict=False):
            if before.shape != after.shape or (not isinstance(after, Constant) and before.dtype != after.dtype):
                raise ProgramError(f"{self.name}: {before} is carried on as {after}.")
        return self


def loop_of(equation: Equation) -> Loop:
    """The loop that an equation holds."""
    loop: Loop = dict(equation.params)["body"]
    return loop


def looped(program: Program, **fields: Any) -> Loop:
    """A program as a loop."""
    held = {name: getattr(program, name) for name in ("inputs", "equations", "outputs", "conditions")}
    name = f"for {program.inputs[fields['carried']].name}"
    return reshaped(Loop(name=name, arguments=(), results=LEAF, **held, **fields))


def reshaped(loop: Loop) -> Loop:
    """The loop with arguments and results that match its current inputs and outputs."""
    count = len(loop.outputs)
    results = Tree(tuple, tuple(range(count)), (LEAF,) * count)
    return replace(loop, arguments=tuple((each.name, LEAF) for each in loop.inputs), results=results)


def alone(loop: Loop) -> Program:
    """A program whose only equation is the loop."""
    inputs = tuple(each for each in loop.inputs if each != loop.counter)
    targets = tuple(Symbol(f"{kind}_{place}", *loop.type_of((kind, place))) for kind, place in loop.gives)
    equation = Equation(targets, LOOP, inputs, (("body", loop),))
    arguments = tuple((each.name, LEAF) for each in inputs)
    return Program(
        "loop", inputs, (equation,), targets, arguments, Tree(tuple, tuple(range(len(targets))), (LEAF,) * len(targets))
    )


def additions(loop: Loop, place: int) -> list[Equation]:
    """The additions and subtractions, last first, that turn a carried value into its next value; empty if other operations
    contribute or anything else reads an intermediate value."""
    uses = Counter(each.name for each in loop.operands() if isinstance(each, Symbol))
    made = {each.target.name: each for each in loop.equations}
    found: list[Equation] = []
    operand = loop.outputs[place]
    while isinstance(operand, Symbol) and uses[operand.name] == 1:
        if operand == loop.inputs[place]:
            return found
        equation = made.get(operand.name)
        if equation is None or equation.primitive.name not in ("add", "subtract", "added_at"):
            return []
        if equation.inputs[0].shape != operand.shape:
            return []
        found.append(equation)
        operand = equation.inputs[0]
    return []


def chain(loop: Loop, place: int) -> list[tuple[Equation, Symbol]]:
    """The writes or additions, in order, that turn a carried value into its next value, and the version that each makes; empty if
    the next value is made otherwise. A nested loop that writes or adds to the value is one of them."""
    if sums := additions(loop, place):
        return [(each, each.target) for each in reversed(sums)]
    made = {target.name: (each, target) for each in loop.equations for target in each.targets}
    found: list[tuple[Equation, Symbol]] = []
    operand: Any = loop.outputs[place]
    while operand != loop.inputs[place]:
        equation, target = made.get(operand.name, (None, None))
        if equation is None or target is None:
            return []
        source = 0
        if equation.primitive is LOOP:
            kind, source = loop_of(equation).gives[equation.targets.index(target)]
            if kind != "last" or not chain(loop_of(equation), source):
                return []
        elif not equation.primitive.writes:
            return []
        found.insert(0, (equation, target))
        operand = equation.inputs[source]
    return found


def _bare(value: Any) -> Any:
    """A number rather than an array without axes, which `+=` would change."""
    return value[()] if isinstance(value, np.ndarray) else value


class _Loops(Primitive):
    """The operation whose function runs a loop."""

    def function(self, params: Params, arity: int) -> Callable[..., Any]:
        """The printed loop, compiled once per params."""
        if (arity, params) not in self._functions:
            loop: Loop = dict(params)["body"]
            run, dtypes = alone(loop)._function, [loop.type_of(give)[1] for give in loop.gives]
            self._functions[arity, params] = lambda *args: tuple(
                np.asarray(each, dtype)[()] for each, dtype in zip(run(*map(_bare, args)), dtypes, strict=True)
            )
        return self._functions[arity, params]


RULE: list[Callable[..., Any]] = []
_plain = inner(
    "loop", shape=lambda *shapes, body: tuple(body.type_of(give)[0] for give in body.gives),
    dtype=lambda *dtypes, body: tuple(body.type_of(give)[1] for give in body.gives),
    derivative=lambda g, y, *inputs, body: RULE[0](g, y, inputs, body), python="loop({*}, {body})",
    results=lambda *nodes: nodes,
)  # fmt: skip
LOOP = _Loops(**vars(_plain))


def _trimmed(equation: Equation, needed: Set[str]) -> list[Equation]:
    """A loop without unneeded results, carried values and inputs. A value carried unchanged becomes loop-invariant."""
    loop = loop_of(equation)
    before, equation = equation, replace(equation, inputs=tuple(map(_as_number, equation.inputs)))
    wanted = [
        (give, target) for give, target in zip(loop.gives, equation.targets, strict=True) if target.name in needed
    ]
    beside: list[Equation] = []
    histories = {place: target for (kind, place), target in wanted if kind == "history" and loop.is_counted}
    for (kind, place), target in [each for each in wanted if each[0][0] == "last" and each[0][1] in histories]:
        index = Index((0 if loop.reverse else loop.count,))
        beside.append(
            Equation(
                (replace(target, kind="temporary"),),
                PRIMITIVES["getitem"],
                (histories[place],),
                (("index", index),),
                equation.origin,
            )
        )
        wanted.remove(((kind, place), target))
    stacked = sorted({place for (kind, place), _ in wanted if kind == "stack"})
    carried = {place for (kind, place), _ in wanted if kind in ("last", "history")}
    if wanted and loop.flag is not None:
        carried.add(loop.flag)
    inner: Any = loop
    while True:
        kept = sorted(carried)
        inner = without_dead_code(replace(loop, outputs=tuple(loop.outputs[place] for place in (*kept, *stacked))))
        read = {each.name for each in inner.operands() if isinstance(each, Symbol)}
        read |= set() if loop.over is None else {loop.inputs[loop.over].name}
        more = {place for place, each in enumerate(loop.inputs[: loop.carried]) if each.name in read} - carried
        if not more:
            break
        carried |= more
    steady = [
        place for place in kept
        if place not in histories and place != loop.flag
        and _is_steady(loop.inputs[place], loop.outputs[place], equation.inputs[place])
    ]  # fmt: skip
    for give, target in [each for each in wanted if each[0][0] == "last" and each[0][1] in steady]:
        beside.append(Equation((target,), PRIMITIVES["identity"], (equation.inputs[give[1]],), (), equation.origin))
        wanted.remove((give, target))
    if not wanted:
        return beside
    kept = [place for place in kept if place not in steady]
    same = [(loop.inputs[place], equation.inputs[place]) for place in steady]
    same += zip(loop.inputs[loop.carried + 1 :], equation.inputs[loop.carried :], strict=True)
    merged: dict[Any, Symbol] = {}
    instead: dict[str, Operand] = {}
    for symbol, operand in same:
        if symbol.name not in read:
            continue
        if (
            isinstance(operand, Constant)
            and not operand.name
            and symbol.dtype == np.float64
            and takes_number(inner, symbol, operand)
        ):
            number: Any = operand.value  # real, as its symbol; float() forgets sizes
            instead[symbol.name] = operand if isinstance(number, float) else Constant(number * 1.0)
        elif (known := merged.setdefault(operand, symbol)) is not symbol:
            instead[symbol.name] = known
    taken = {each.name for each in (*inner.inputs, *(target for e in inner.equations for target in e.targets))}
    for number, constant in enumerate(inner.constants):  # inserted by simplification
        name = next(each for each in (f"{constant.name}_{k}" for k in itertools.count(number)) if each not in taken)
        taken.add(name)
        lifted = Symbol(name, constant.shape, np.dtype(dtype_of(constant)), "input")
        inner = _with_constant(inner, constant, lifted)
        same.append((lifted, constant))
        read.add(name)
    new = {
        (kind == "stack", place): number
        for number, (kind, place) in enumerate([*(("", p) for p in kept), *(("stack", p) for p in stacked)])
    }
    rest = [(symbol, operand) for symbol, operand in same if symbol.name in read and symbol.name not in instead]
    over = None
    if loop.over is not None:
        turns = instead.get(loop.inputs[loop.over].name, loop.inputs[loop.over])
        over = len(kept) + 1 + [symbol.name for symbol, _ in rest].index(turns.name)
    inner = replace(
        with_operands(inner, instead),
        inputs=(*(loop.inputs[place] for place in kept), loop.counter, *(symbol for symbol, _ in rest)),
        carried=len(kept), over=over, flag=None if loop.flag is None else new[False, loop.flag],
        gives=tuple((kind, 0 if kind == "turns" else new[kind == "stack", place]) for (kind, place), _ in wanted),
    )  # fmt: skip
    outputs = [
        each for place, each in zip((*sorted(carried), *stacked), inner.outputs, strict=True) if place not in steady
    ]
    inner = reshaped(replace(inner, outputs=tuple(outputs)))
    inputs = (*(equation.inputs[place] for place in kept), *(operand for _, operand in rest))
    made = replace(equation, targets=tuple(target for _, target in wanted), inputs=inputs, params=(("body", inner),))
    return [before if made == before else made, *beside]


TRIMMED["loop"] = _trimmed


def _as_number(operand: Operand) -> Operand:
    """An array without axes as a number of Python's, where there is one."""
    plain = operand_of(operand) if isinstance(operand, Constant) else operand
    return Constant(plain) if isinstance(plain, (bool, int, float)) else operand


def _is_steady(before: Symbol, after: Operand, first: Operand) -> bool:
    """Whether a carried value never changes: it is passed on as is, or is always its initial number."""
    return after == before or (isinstance(after, Constant) and after == first and not after.name)


def _with_constant(loop: Loop, constant: Constant, instead: Symbol) -> Loop:
    def read(operands: Sequence[Operand]) -> tuple[Operand, ...]:
        return tuple(instead if each == constant else each for each in operands)

    equations = tuple(replace(each, inputs=read(each.inputs)) for each in loop.equations)
    return replace(loop, equations=equations, outputs=read(loop.outputs))


def takes_number(program: Program, symbol: Symbol, number: Constant) -> bool:
    """Whether everything that reads a symbol can take the number itself instead."""
    reading = [each for each in program.equations if symbol in each.inputs]
    swapped = [tuple(number if each == symbol else each for each in equation.inputs) for equation in reading]
    return not symbol.shape and all(
        equation.primitive is not LOOP
        and (equation.primitive.name == "branch" or equation.primitive.takes_numbers)
        and equation.primitive.infer(inputs, equation.params) == tuple((t.shape, t.dtype) for t in equation.targets)
        for equation, inputs in zip(reading, swapped, strict=True)
    )


def with_operands(program: Any, instead: dict[str, Operand]) -> Any:
    """A program with some symbols replaced by other operands."""
    if not instead:
        return program

    def read(operands: Sequence[Operand]) -> tuple[Operand, ...]:
        return tuple(instead.get(each.name, each) if isinstance(each, Symbol) else each for each in operands)

    equations = tuple(replace(each, inputs=read(each.inputs)) for each in program.equations)
    conditions = tuple(replace(each, symbol=read([each.symbol])[0]) for each in program.conditions)
    return replace(program, equations=equations, outputs=read(program.outputs), conditions=conditions)


def place_in(row: Affine, shape: Shape) -> Places:
    """A row of a history or a stack whose rows have this shape."""
    return Places((row,), shape)
