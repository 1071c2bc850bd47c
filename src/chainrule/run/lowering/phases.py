"""Splits the axes of maps that a program reshapes, such as 24 rows into 12 × 2 for pooling, wherever they occur.

A pooled convolution computes maps n × f × 24 × 24, and sees them as n × f × 12 × 2 × 12 × 2. As loops, all that belongs to the
maps has the finer axes from the start: sums over windows and what is computed number by number, with derivatives. So places
that are pooled together are axes of their own, *phases*, and can lie outermost: then neighbors that are pooled apart, the
lanes of vectors, are adjacent in memory.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from ...core.dims import shape_text
from ...core.nouns import Equation, Operand, Program, Symbol
from ...core.primitive import PRIMITIVES
from ...program.operations.windows import read
from . import reductions
from .operations import ELEMENTWISE

WINDOWED = "windowed_einsum"
Axis: TypeAlias = "tuple[str, int]"
"""An axis of a symbol; or an index of a sum over windows, by the symbol that it computes."""
Parts: TypeAlias = "tuple[int, ...]"


def aligned(one: Sequence[int], other: Sequence[int]) -> Iterator[tuple[list[int], list[int]]]:
    """Groups of adjacent axes of two shapes with as many elements, that correspond in a reshape.

    >>> list(aligned((10, 24, 24), (10, 12, 2, 12, 2)))
    [([0], [0]), ([1], [1, 2]), ([2], [3, 4])]
    """
    left, right = list(range(len(one))), list(range(len(other)))
    while left or right:
        pair: tuple[list[int], list[int]] = ([], [])
        sizes = [1, 1]
        while not (pair[0] or pair[1]) or sizes[0] != sizes[1]:
            side = 0 if (sizes[0] <= sizes[1] and left) or not right else 1
            rest, shape = (left, one) if side == 0 else (right, other)
            pair[side].append(rest.pop(0))
            sizes[side] *= shape[pair[side][-1]]
            if not pair[0] and left:
                pair[0].append(left.pop(0))
                sizes[0] *= one[pair[0][-1]]
            if not pair[1] and right:
                pair[1].append(right.pop(0))
                sizes[1] *= other[pair[1][-1]]
        yield pair


class _Classes:
    """Axes that have the same parts, since what is computed of them has."""

    def __init__(self, program: Program):
        self.parent: dict[Axis, Axis] = {}
        self.found: dict[Axis, set[Parts]] = {}  # by class, once all are joined
        told: list[tuple[Axis, Parts]] = []
        windowed: set[Axis] = set()
        for equation in program.equations:
            name, target = equation.primitive.name, equation.target
            if name in ELEMENTWISE:
                for each in equation.inputs:
                    self._join_last(target, each)
            elif name == WINDOWED:
                terms = read(str(dict(equation.params)["subscripts"]))
                for operand, term in zip((*equation.inputs, target), terms, strict=True):
                    for k, axis in enumerate(term):
                        windowed.update((target.name, ord(part.letter)) for part in axis if len(axis) > 1)
                        if len(axis) == 1 and operand.name:
                            self.join((operand.name, k), (target.name, ord(axis[0].letter)))
            elif name == "reshape":
                (source,) = equation.inputs
                for one, other in aligned(_shape(source), _shape(target)):
                    if len(one) == len(other) == 1:
                        self.join((source.name, one[0]), (target.name, other[0]))
                    elif len(one) == 1:
                        told.append(((source.name, one[0]), tuple(_shape(target)[k] for k in other)))
                    elif len(other) == 1:
                        told.append(((target.name, other[0]), tuple(_shape(source)[k] for k in one)))
            elif name in reductions.JOINS:
                for k, own in enumerate(_kept(equation)):
                    if own is not None:
                        self.join((equation.inputs[0].name, own), (target.name, k))
        at_windows = {self.root(each) for each in windowed}
        for place, parts in told:
            if self.root(place) in at_windows and min(parts, default=1) > 1:
                self.found.setdefault(self.root(place), set()).add(parts)

    def root(self, axis: Axis) -> Axis:
        """The representative of an axis's class."""
        while axis in self.parent:
            axis = self.parent[axis]
        return axis

    def join(self, one: Axis, other: Axis) -> None:
        """Say that two axes have the same parts."""
        roots = self.root(one), self.root(other)
        if roots[0] != roots[1]:
            self.parent[roots[0]] = roots[1]

    def _join_last(self, target: Symbol, operand: Operand) -> None:
        shape, wide = _shape(operand), _shape(target)
        for k in range(1, len(shape) + 1):
            if shape[-k] == wide[-k] and operand.name:
                self.join((operand.name, len(shape) - k), (target.name, len(wide) - k))

    def parts(self, axis: Axis, size: int) -> Parts:
        """What an axis is split into: itself, if nothing is known, or several things."""
        found = self.found.get(self.root(axis), set())
        return next(iter(found)) if len(found) == 1 else (size,)


def _shape(operand: Operand) -> tuple[int, ...]:
    return tuple(map(int, operand.shape))


def _kept(equation: Equation) -> list[int | None]:
    """For each axis of a reduction's result that of its operand; none for one that is kept with size 1."""
    params, ndim = dict(equation.params), len(equation.inputs[0].shape)
    gone = reductions.axes_of(params["axis"], ndim)
    return [None if axis in gone else axis for axis in range(ndim) if params["keepdims"] or axis not in gone]


def in_phases(program: Program) -> Program:
    """The program with maps whose axes are split as finely as it sees them anywhere."""
    if not any(equation.primitive.name == WINDOWED for equation in program.equations):
        return program
    return _Splitting(program).made()


class _Splitting:
    """Rewrites equations. A symbol that is split has another name; its own stands for what it was, where that is read."""

    def __init__(self, program: Program):
        self.program, self.classes = program, _Classes(program)
        self.equations: list[Equation] = []
        self.split: dict[str, Symbol] = {}  # by name of the whole
        self.whole: set[str] = {each.name for each in program.inputs}
        self.seen: dict[tuple[str, tuple[int, ...]], Operand] = {}

    def made(self) -> Program:
        """The program."""
        if not self.classes.found:
            return self.program
        for equation in self.program.equations:
            self._rewrite(equation)
        for operand in (*self.program.outputs, *(each.symbol for each in self.program.conditions)):
            self._whole(operand)
        return replace(self.program, equations=tuple(self.equations))

    def _parts(self, operand: Operand) -> list[Parts]:
        return [self.classes.parts((operand.name, k), size) for k, size in enumerate(_shape(operand))]

    def _finer(self, operand: Operand) -> tuple[int, ...]:
        """The shape of a symbol that is split."""
        return tuple(itertools.chain(*self._parts(operand)))

    def _target(self, symbol: Symbol) -> Symbol:
        shape = self._finer(symbol)
        if shape == _shape(symbol):
            self.whole.add(symbol.name)
            return symbol
        made = self.split[symbol.name] = replace(symbol, name=f"{symbol.name} in phases", shape=shape)
        return made

    def _add(self, name: str, inputs: Sequence[Operand], target: Symbol, like: Equation, **params: object) -> None:
        made = tuple(sorted(params.items()))
        self.equations.append(Equation((target,), PRIMITIVES[name], tuple(inputs), made, like.origin))

    def _whole(self, operand: Operand) -> Operand:
        """A symbol as it was."""
        if isinstance(operand, Symbol) and operand.name not in self.whole:
            self._add("reshape", [self.split[operand.name]], operand, self.equations[-1], shape=_shape(operand))
            self.whole.add(operand.name)
        return operand

    def _as(self, operand: Operand, shape: tuple[int, ...]) -> Operand:
        """An operand, reshaped."""
        source = self.split.get(operand.name, operand)
        if _shape(source) == shape:
            return source
        if (operand.name, shape) not in self.seen:
            name = f"{operand.name} as {shape_text(shape)}"
            dtype = operand.dtype if isinstance(operand, Symbol) else operand.value.dtype  # type: ignore[union-attr]
            made = Symbol(name, shape, dtype)
            self._add(
                "reshape",
                [source],
                made,
                self.equations[-1] if self.equations else self.program.equations[0],
                shape=shape,
            )
            self.seen[operand.name, shape] = made
        return self.seen[operand.name, shape]

    def _rewrite(self, equation: Equation) -> None:
        name, params = equation.primitive.name, dict(equation.params)
        operands = (*equation.inputs, *equation.targets)
        touched = any(self._finer(o) != _shape(o) for o in operands if o.name)
        if not touched:
            self._unchanged(equation)
        elif name in ELEMENTWISE:
            parts = self._parts(equation.target)
            inputs = [self._beside(each, parts) for each in equation.inputs]
            targets = tuple(map(self._target, equation.targets))
            given = tuple((key, targets[0].shape if key == "shape" else value) for key, value in equation.params)
            self.equations.append(replace(equation, inputs=tuple(inputs), targets=targets, params=given))
        elif name == WINDOWED:
            terms = read(str(params["subscripts"]))
            letters = dict.fromkeys(part.letter for term in terms for axis in term for part in axis)
            sizes = {a: self.classes.parts((equation.target.name, ord(a)), 0) for a in letters}
            params["parts"] = tuple((letter, each) for letter, each in sizes.items() if len(each) > 1)
            inputs = [self._as(each, self._finer(each)) for each in equation.inputs]
            made = tuple(sorted(params.items()))
            self.equations.append(
                replace(equation, inputs=tuple(inputs), targets=(self._target(equation.target),), params=made)
            )
        elif name in reductions.JOINS:
            (source,) = equation.inputs
            gone, parts = reductions.axes_of(params["axis"], len(source.shape)), self._parts(source)
            places = list(itertools.accumulate(map(len, parts), initial=0))
            params["axis"] = tuple(k for axis in gone for k in range(places[axis], places[axis + 1]))
            inputs = [self._as(source, self._finer(source))]
            target, finer = (
                equation.target,
                tuple(
                    size
                    for axis, each in enumerate(parts)
                    for size in ([1] * len(each) if axis in gone else each)
                    if params["keepdims"] or axis not in gone
                ),
            )
            own = self._target(target)
            result = own if finer == _shape(own) else replace(own, name=f"{own.name} kept", shape=finer)
            self._add(name, inputs, result, equation, **params)
            if result is not own:
                self._add("reshape", [result], own, equation, shape=_shape(own))
        elif name == "reshape":
            (source,) = equation.inputs
            found = self._as(source, self._finer(source))
            target = self._target(equation.target)
            self._add(name, [found], target, equation, shape=_shape(target))
        else:
            self._unchanged(equation)

    def _unchanged(self, equation: Equation) -> None:
        self.equations.append(replace(equation, inputs=tuple(map(self._whole, equation.inputs))))
        self.whole.update(each.name for each in equation.targets)

    def _beside(self, operand: Operand, parts: Sequence[Parts]) -> Operand:
        """An operand of an elementwise equation, with axes for all parts."""
        shape = _shape(operand)
        if not operand.name or not shape:
            return operand
        finer: tuple[int, ...] = ()
        for size, each in zip(shape, parts[len(parts) - len(shape) :], strict=True):
            finer += each if size == math.prod(each) else (1,) * len(each)
        return self._as(operand, finer)


def orders_of(program: Program) -> dict[tuple[int, ...], list[int]]:
    """By shape the order of the axes of arrays in phases, outermost first: phases before the places that they belong to."""
    found: dict[tuple[int, ...], list[int]] = {}
    for equation in program.equations:
        params = dict(equation.params)
        if equation.primitive.name != WINDOWED or "parts" not in params:
            continue
        parts = dict(params["parts"])
        for operand, term in zip((*equation.inputs, equation.target), read(str(params["subscripts"])), strict=True):
            first, phases, last, place = list[int](), list[int](), list[int](), 0
            for axis in term:
                count = len(parts.get(axis[0].letter, "1")) if len(axis) == 1 else 1
                own = range(place, place + count)
                (last if last or count > 1 else first).append(own[0])
                phases += own[1:]
                place += count
            if phases:
                found[_shape(operand)] = [*first, *phases, *last]
    return found


def phases_in(order: Sequence[int]) -> list[int]:
    """Which axes are phases, given their order in memory: those that lie outside an axis before them.

    >>> phases_in([0, 1, 3, 5, 2, 4])
    [3, 5]
    """
    return [axis for k, axis in enumerate(order) if any(other < axis for other in order[k + 1 :])]
