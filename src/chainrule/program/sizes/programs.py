"""Sizes and int arguments in programs: which are one and the same, and which are fixed, or compared, and asserted."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from ...core.border import place_of
from ...core.dims import Shape
from ...core.nouns import Condition, Constant, Equation, Operand, Origin, Program, Symbol
from ...core.primitive import UFUNCS
from ...core.structure import Tree
from .bounds import is_certain, without_implied
from .equalities import Equalities, compared, demanded, fits_any_shape, with_ones
from .keeping import with_ints
from .numbers import (
    TAKEN,
    Comparison,
    FixedSize,
    Sized,
    StrictSize,
    VaryingError,
    changes_by_turn,
    number_of,
    plain,
    terms_of,
)
from .terms import AXES, TURN, Axis, Terms

ASSUMED = "size"
"""The rule of conditions on sizes that no line of the user's has compared."""


class Axes:
    """The inputs whose sizes numbers of a program are made of."""

    def __init__(self, program: Program):
        self.places: dict[Axis, tuple[str, int]] = {}
        for symbol in program.inputs:
            for axis, size in enumerate(symbol.shape):
                found, place = axis_of(size), (symbol.name, axis)
                if found is not None and (found not in self.places or place == (found.input, found.axis)):
                    self.places[found] = place
        self.places |= {found: (found.input, found.axis) for found in map(axis_of, kept_ints(program)) if found}
        counters = (part.counter.name for part in own_parts(program) if hasattr(part, "counter"))  # of loops
        self.places |= {Axis(name, TURN, name): (name, TURN) for name in counters}

    def has(self, number: Sized) -> bool:
        """Whether a number is made of sizes of the inputs alone."""
        return all(axis in self.places for axis in number.terms.axes())


def kept_ints(program: Program) -> Iterator[Sized]:
    """The int arguments that a program takes as they come."""
    for name, tree in program.arguments:
        for _, value in statics_in(tree, name):
            if isinstance(value, Sized):
                yield value


def statics_in(tree: Tree, path: str) -> Iterator[tuple[str, Any]]:
    """The Python expression of each static part of an argument, and what that is; of all of it, where it is static."""
    if tree.fixed is not None:
        yield path, tree.fixed[1]
        return
    named = zip(tree.keys, tree.children, strict=True)
    parts = [each for key, child in named for each in statics_in(child, tree.part(path, key))]
    is_plain = tree.kind in (tuple, list, dict) and not any(isinstance(value, Sized) for _, value in parts)
    yield from [(path, tree.build(iter(())))] if parts and is_plain and not tree.leaves else parts


def axis_of(size: object) -> Axis | None:
    """The axis whose size a number is, if it is one and nothing else."""
    alone = size.terms.alone if isinstance(size, Sized) else None
    return alone if isinstance(alone, Axis) else None


def axes_of(shape: Sequence[Any]) -> tuple[Axis, ...]:
    """The axes of a shape, if they are all its sizes are made of; else none."""
    found = tuple(axis for size in shape if (axis := axis_of(size)) is not None)
    return found if len(found) == len(shape) else ()


def own_parts(program: Program) -> Iterator[Program]:
    """The program and the bodies of its loops, which are written in its function."""
    yield program
    for block in program.blocks:
        if not block.name.isidentifier():
            yield from own_parts(block)


def counters_in(program: Program) -> set[str]:
    """The names of the counters of its loops."""
    return {part.counter.name for part in own_parts(program) if hasattr(part, "counter")}


def keeps_sizes(program: Program) -> bool:
    """Whether the inputs of a program know their sizes, or its arguments themselves."""
    sizes = itertools.chain(*(symbol.shape for symbol in program.inputs), kept_ints(program))
    return any(isinstance(size, Sized) for size in sizes)


def mapped(
    program: Program,
    change: Callable[[Any], Any],
    whole: Callable[[Shape], Any] = lambda shape: None,
    counters: Mapping[str, str] = MappingProxyType({}),
) -> Program:
    """The program with other numbers in the place of those that are made of sizes, in its loops, too.

    Args:
        program: The program.
        change: What stands in the place of a number.
        whole: What stands in the place of a shape; `None` for its sizes, each changed.
        counters: Other names of loops' counters.
    """
    own = program.counter if hasattr(program, "counter") else None

    def shape(sizes: Shape) -> Shape:
        return whole(sizes) or tuple(change(size) if isinstance(size, Sized) else size for size in sizes)

    changed: dict[int, Symbol] = {}

    def symbol(each: Symbol) -> Symbol:
        if id(each) not in changed:
            name = counters.get(each.name, each.name) if each == own else each.name
            changed[id(each)] = replace(each, shape=shape(each.shape), name=name) if each.shape or each == own else each
        return changed[id(each)]

    def operand(each: Operand) -> Operand:
        if isinstance(each, Symbol):
            return symbol(each)
        return Constant(change(each.value), each.name) if isinstance(each.value, Sized) else each

    def param(value: Any) -> Any:
        if isinstance(value, Sized):
            return change(value)
        if type(value) is tuple:
            return whole(value) or tuple(map(param, value))
        if isinstance(value, Program):
            value = value if value.name.isidentifier() else mapped(value, change, whole, counters)
        return value.resized(param) if hasattr(value, "resized") else value

    equations = tuple(
        replace(
            each,
            targets=tuple(map(symbol, each.targets)),
            inputs=tuple(map(operand, each.inputs)),
            params=tuple((name, param(value)) for name, value in each.params),
        )
        for each in program.equations
    )
    conditions = tuple(replace(each, symbol=symbol(each.symbol)) for each in program.conditions)
    outputs = tuple(map(operand, program.outputs))
    inputs = tuple(map(symbol, program.inputs))
    return replace(program, inputs=inputs, equations=equations, outputs=outputs, conditions=conditions)


def owned(program: Program) -> Program:
    """The program, whose numbers are made of the sizes of its own arguments, so that a function is the same in all calls."""
    if not keeps_sizes(program):
        return program
    sizes = [*itertools.chain(*(symbol.shape for symbol in program.inputs))]
    if any(changes_by_turn(sizes, name) for name in counters_in(program)):  # of a loop around it, called as one in it
        raise VaryingError
    program = unified(program) if keeps_sizes(program) else program
    axes = Axes(program)

    def change(number: Sized) -> Any:
        if axes.has(number):
            return number_of(number.terms.filled(own))
        if changes_by_turn([number]):  # of a loop around the function
            raise VaryingError
        return plain(number)

    def own(axis: Axis, size: int | float) -> Terms:
        return Terms(1, ((Axis(*axes.places[axis], axis.name), size, 1),))

    return mapped(program, change)


def unified(program: Program, noted: Iterable[Any] = ()) -> Program:
    """The program in which sizes that its operations need to be equal are made of one; `noted` is what was asked of sizes."""
    equal = Equalities(_axes_in_order(program), noted)
    for equality in (*demanded(program), *compared(noted)):
        equal.add(equality)

    def solved(number: Sized) -> Any:
        return number_of(equal.solved(number.terms), type(number) is StrictSize)

    inputs = tuple(_with_sizes(replace(each, shape=with_ones(each)), solved) for each in program.inputs)
    demands = ((axis.input, axis.axis, why.origin) for axis, why in equal.reasons.items())
    return replace(
        mapped(program, solved), inputs=inputs, demands=(*program.demands, *demands, *_numbers_of_axes(program))
    )


def _numbers_of_axes(program: Program) -> list[tuple[str, int, Origin]]:
    """The inputs whose numbers of axes a program demands; one without a name, if it computes the same of any."""
    names = [""] if fits_any_shape(program) else [each.name for each in program.inputs]
    return [(name, AXES, Origin()) for name in names]


def _with_sizes(symbol: Symbol, change: Callable[[Sized], Any]) -> Symbol:
    """An input with other sizes; those that are plain numbers now are fixed."""

    def size(old: int) -> Any:
        if old == 0:
            return FixedSize(0)
        new = change(old) if isinstance(old, Sized) else old
        if isinstance(new, Sized):
            return FixedSize(1) if new.terms.value == 1 else new
        return new if new is old else FixedSize(new)

    return replace(symbol, shape=tuple(map(size, symbol.shape)))


def _axes_in_order(program: Program) -> Iterator[Axis]:
    """The sizes of the inputs, those with the user's names first."""
    axes = [axis for each in program.inputs for size in each.shape if (axis := axis_of(size)) is not None]
    yield from sorted(dict.fromkeys(axes), key=lambda axis: not axis.name)


def _in_sizes_of(program: Program) -> Callable[[Terms], Terms]:
    """The function that writes what was made of the sizes of a program's inputs by what these are made of now."""
    now = {(each.name, axis): size for each in program.inputs for axis, size in enumerate(each.shape)}

    def current(axis: Axis, size: int | float) -> Terms:
        found = terms_of(now.get((axis.input, axis.axis)))
        return Terms(1, ((axis, size, 1),)) if found is None else found

    return lambda terms: terms.filled(current)


def with_fixed(program: Program, taken: Iterable[Any]) -> Program:
    """The program for the sizes and the int arguments at hand, as far as these numbers are made of them."""
    terms, now = (each if isinstance(each, Terms) else terms_of(each) for each in taken), _in_sizes_of(program)
    fixed = {axis for each in terms if each is not None for axis in now(each).axes()}
    if not fixed:
        return program

    def change(number: Sized) -> Any:
        is_fixed = fixed.intersection(number.terms.axes())
        return number_of(number.terms.filled(terms_now), type(number) is StrictSize) if is_fixed else number

    def terms_now(axis: Axis, size: int | float) -> Terms:
        return Terms(size) if axis in fixed else Terms(1, ((axis, size, 1),))

    def changed(tree: Tree) -> Tree:
        if tree.fixed is not None and isinstance(tree.fixed[1], Sized):
            return replace(tree, fixed=(int, change(tree.fixed[1])))
        return replace(tree, children=tuple(map(changed, tree.children)))

    inputs = tuple(_with_sizes(each, change) for each in program.inputs)
    arguments = tuple((name, changed(tree)) for name, tree in program.arguments)
    return _without_facts(replace(mapped(program, change), inputs=inputs, arguments=arguments))


def _without_facts(program: Program) -> Program:
    """The program without comparisons of plain numbers, which nothing can change."""
    facts = {
        each.target.name
        for each in program.equations
        if all(isinstance(operand, Constant) and type(operand.value) in (int, float) for operand in each.inputs)
        and each.inputs
    }.intersection(each.symbol.name for each in program.conditions)
    equations = tuple(each for each in program.equations if each.target.name not in facts)
    conditions = tuple(each for each in program.conditions if each.symbol.name not in facts)
    return replace(program, equations=equations, conditions=conditions)


def with_assumptions(program: Program) -> Program:
    """A program that has just been traced, for the arguments at hand, as far as the function has looked at their numbers.

    What it has compared is a condition; what it has given to NumPy or Python as a plain number is fixed. Int arguments that
    it has not looked at are arguments of the program.
    """
    noted = TAKEN.get()
    if noted is None:  # sizes are not kept
        return replace(program, demands=(*_numbers_of_axes(program),))
    arguments = tuple((name, with_ints(tree, name, make=lambda number: number)) for name, tree in program.arguments)
    program = unified(replace(program, arguments=arguments), noted)
    now = _in_sizes_of(program)
    used = {symbol.name for part in program.parts() for symbol in _symbols(part)}
    names = (name for name in map("is{}".format, itertools.count(1)) if name not in used)
    equations: list[Equation] = []
    conditions: list[Condition] = []
    comparisons = (
        replace(each, left=_changed(each.left, now), right=_changed(each.right, now))
        for each in noted
        if isinstance(each, Comparison)
    )
    comparisons = (each for each in comparisons if not is_certain(each))
    for each, name in zip(without_implied(comparisons), names, strict=False):
        target = Symbol(name, (), np.dtype(bool))
        operands = (Constant(each.left), Constant(each.right))
        origin = replace(place_of(each.code, each.line), rule=ASSUMED if each.is_assumed else "")
        equations.append(Equation((target,), UFUNCS[each.ufunc], operands, (), origin))
        conditions.append(Condition(target, each.holds, origin))
    program = replace(
        program, equations=(*equations, *program.equations), conditions=(*conditions, *program.conditions)
    )
    return with_fixed(program, (each for each in noted if not isinstance(each, Comparison)))


def _changed(number: Any, change: Callable[[Terms], Terms]) -> Any:
    return number_of(change(number.terms)) if isinstance(number, Sized) else number


def _symbols(program: Program) -> Iterator[Symbol]:
    yield from program.inputs
    for equation in program.equations:
        yield from equation.targets


def of_call(own: Sequence[Shape], given: Sequence[Shape], results: Sequence[Shape]) -> tuple[Shape, ...]:
    """The shapes of a call's results, by the sizes that it is given."""
    found = {
        axis: terms
        for shapes in zip(own, given, strict=True)
        for mine, size in zip(*shapes, strict=True)
        if (axis := axis_of(mine)) is not None and (terms := terms_of(size)) is not None
    }

    def change(size: int) -> Any:
        if not isinstance(size, Sized):
            return size
        whole = all(axis in found for axis in size.terms.axes())
        return number_of(size.terms.filled(lambda axis, _: found[axis])) if whole else plain(size)

    return tuple(tuple(map(change, shape)) for shape in results)
