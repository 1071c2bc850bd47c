"""Sizes and int arguments in the text of a program: lines that name sizes, and numbers written with those names."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterator, Sequence, Set
from typing import Any, cast

from ...core.dims import Shape, shape_text
from ...core.layout import Node
from ...core.nouns import TEXTS, Constant, Program
from ...core.python import Rows, guard_rows
from ...core.template import Piece
from ..notation import Spelled
from ..symbol_names import COUNTERS, SIZES
from .equalities import unrefused
from .mathematics import tree_of
from .numbers import FixedSize, Ratio, Sized, number_of, plain
from .programs import Axes, counters_in, keeps_sizes, mapped, own_parts, statics_in
from .ranks import RANK
from .terms import ARGUMENT, TURN, Axis, Terms


class _Written(Spelled):
    """A number with its text, which names sizes once it is asked for."""

    write: Callable[[], Piece]
    spell: Callable[[], Node]

    @property
    def piece(self) -> Piece:
        """Its text."""
        return self.write()

    @property
    def tree(self) -> Node:
        """It as mathematics."""
        return self.spell()

    def __repr__(self) -> str:
        return self.piece.text

    __str__ = __repr__


class _WrittenSize(_Written, int):
    """A whole number with its text; so is its sum with another one, by `plus`."""

    weak_type = int
    plus: Callable[[int], int]
    shown: str  # in a comment: `4n`

    def __add__(self, other: int) -> int:
        return self.plus(other) if other else self

    __radd__ = __add__

    def __sub__(self, other: int) -> int:
        return self + -other


class _WrittenRatio(_Written, float):
    """A number with its text."""

    weak_type = float


class _WrittenShape(tuple[int, ...]):
    """The shape of an input, as `x.shape`."""

    text: str

    def __str__(self) -> str:
        return self.text


def _with_names(program: Program) -> tuple[Program, Callable[[], Rows]]:
    """The program with names in the place of sizes, and the lines that name those which have been written by then."""
    statics = (each for name, tree in program.arguments for each in statics_in(tree, name))
    asserted = [row for path, value in statics if not isinstance(value, Sized) for row in _check(path, value)]
    asserted += _checks_of_ranks(program)
    if not keeps_sizes(program):
        return program, lambda: [*asserted, *_checks_of_shapes(program, lambda size: size)]
    axes, names, written = Axes(program), dict[Axis, str](), set[Axis]()
    taken = _names_in(program)
    counters = _counters_apart(axes, taken)
    names |= {Axis(old, TURN, old): new for old, new in counters.items()}
    taken |= counters_in(program)
    if any(axis.axis == TURN for axis in axes.places):  # a loop, whose counter may get one of these
        taken |= {*COUNTERS}

    def name_of(axis: Axis) -> str:
        if axis not in names and axis.axis in (ARGUMENT, TURN) and axis.input == axis.name:
            names[axis] = axis.name
        if axis not in names:
            wanted = itertools.chain([axis.name], SIZES, map("n{}".format, itertools.count(1)))
            names[axis] = next(each for each in wanted if each.isidentifier() and each not in taken)
            taken.add(names[axis])
        return names[axis]

    def rows() -> Rows:
        checks = _checks_of_shapes(program, _changed)
        found = [(name, *axes.places[axis]) for axis, name in names.items() if axis in written and axis.axis != TURN]
        sizes = ((name, path if axis == ARGUMENT else f"{path}.shape[{axis}]") for name, path, axis in found)
        return [*asserted, *((f"{name} = {text}", "") for name, text in sizes if name != text), *checks]

    def change(number: Sized) -> Any:
        value = plain(number)
        if not axes.has(number):
            return value

        def write() -> Piece:
            written.update(number.terms.axes())
            return number.terms.piece(name_of)

        made = (_WrittenRatio if isinstance(number, Ratio) else _WrittenSize)(value)
        made.write, made.spell = write, functools.partial(tree_of, number.terms, name_of)
        if isinstance(made, _WrittenSize):
            made.plus = lambda other: _changed(number_of(number.terms.plus(Terms(other))))
            made.shown = _PRODUCT.sub(r"\1\2", number.terms.piece(name_of).text)
        return made

    def _changed(number: Any) -> Any:
        return change(number) if isinstance(number, Sized) else number

    shapes = {found: each.name for each in program.inputs[::-1] if (found := _terms_of_shape(each.shape))}

    def whole(shape: Shape) -> _WrittenShape | None:
        name = shapes.get(_terms_of_shape(shape))
        if name is None:
            return None
        made = _WrittenShape(map(change, cast("Sequence[Sized]", shape)))
        made.text = f"{name}.shape"
        return made

    for size in (size for each in program.inputs for size in each.shape if isinstance(size, Sized) and axes.has(size)):
        for axis in size.terms.axes():
            name_of(axis)
    made = mapped(program, change, whole, counters)
    for number in _numbers(program):  # in the order of the equations, whoever asks first
        for axis in number.terms.axes() if axes.has(number) else ():
            name_of(axis)
    return made, rows


def _names_in(program: Program) -> set[str]:
    """The names of all but the counters of loops."""
    taken = {name for name, _ in program.arguments}
    for part in own_parts(program):
        written = part.inputs if part is program else part.inputs[: getattr(part, "carried", 0)]
        taken |= {target.name for equation in part.equations for target in equation.targets}
        taken |= {symbol.name for symbol in written} | {block.name for block in part.blocks}
        taken |= {constant.name for constant in part.constants}
    return taken


def _counters_apart(axes: Axes, taken: Set[str]) -> dict[str, str]:
    """Other letters for the counters that are called as something else, since sizes are to be written with them."""
    counters = {axis.input for axis in axes.places if axis.axis == TURN}
    stems = {name.rstrip("0123456789_") for name in taken | counters}
    free = (each for each in COUNTERS if each not in stems)
    return dict(zip(sorted(counters & taken), free, strict=False))


def _checks_of_ranks(program: Program) -> Rows:
    """The lines that refuse arrays of more or fewer axes."""
    needed = {name for name, axis, _ in program.demands if axis == RANK}
    sides = [f"{each.name}.ndim == {len(each.shape)}" for each in program.inputs if each.name in needed]
    if len(sides) == 1:
        return guard_rows(sides[0].replace("==", "!="), f"for {sides[0].replace('==', '=')}")
    made = " and ".join(sides)
    return guard_rows(f"not ({made})", f"for {made.replace('==', '=')}") if sides else []


def _checks_of_shapes(program: Program, change: Callable[[Any], Any]) -> Rows:
    """The lines that refuse arrays of other shapes, where the operations in the text would not."""
    demanded = {*unrefused(program)}
    alike, tests, shown = dict[object, str](), dict[str, list[str]](), dict[str, None]()
    shapes = {each.name: tuple(map(change, each.shape)) for each in program.inputs}
    for each in program.inputs:
        first = alike.setdefault(_terms_of_shape(each.shape) or each.name, each.name)
        sizes = enumerate(each.shape)
        axes = [k for k, size in sizes if isinstance(size, FixedSize) or (each.name, k) in demanded]
        texts = (_text_of(shapes[each.name][axis]) for axis in axes)  # which names the sizes that are written
        if first != each.name and axes:
            tests.setdefault(f"{first}.shape", []).append(f"{each.name}.shape")
            shown |= {first: None}
        elif len(axes) == len(each.shape) > 1:
            tests.setdefault(f"({', '.join(texts)})", []).append(f"{each.name}.shape")
        else:
            for axis, size in zip(axes, texts, strict=True):
                tests.setdefault(size, []).append(f"{each.name}.shape[{axis}]")
        if axes:
            shown |= {each.name: None}
    sides = [[*arrays, size] for size, arrays in tests.items()]
    if sum(map(len, sides)) == 2:
        ((one, other),) = sides
        return guard_rows(f"{one} != {other}", f"for {one} = {other}")
    made = ", ".join(f"{name} {shape_text(shapes[name])}" for name in shown)
    made = made if len(made) <= _SHORT else "the shapes in its comments"
    return guard_rows(f"not ({' and '.join(map(' == '.join, sides))})", f"for {made}") if tests else []


def _text_of(size: int) -> str:
    return size.piece.text if isinstance(size, _Written) else str(size)


def _terms_of_shape(shape: Sequence[object]) -> tuple[Terms, ...]:
    """What the sizes of a shape are made of, if all are made of sizes; else none."""
    found = tuple(size.terms for size in shape if isinstance(size, Sized))
    return found if len(found) == len(shape) else ()


_PRODUCT = re.compile(r"\b(\d+) \* ([A-Za-z])")
"""A number of a size, which comments write as `4n`."""
_SHORT = 27
"""Shapes of so many characters leave the line that refuses others short enough."""
_LONG = 40
"""A value of more characters is not repeated in the message that refuses another one."""


def _check(path: str, value: Any) -> Rows:
    """The lines that refuse another value of an argument, or of its part, where the value can be written."""
    written = repr(value)
    if not _is_written(value):
        return [(f"# {path} is fixed: an object of the class {type(value).__name__}", "")]
    test = f"{path} is not {written}" if value is None or isinstance(value, bool) else f"{path} != {written}"
    own = f"{path} = {written}" if len(written) <= _LONG else f"one value of {path}"
    return guard_rows(test, f"for {own}")


def _is_written(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return all(map(_is_written, value))
    if isinstance(value, dict):
        return all(map(_is_written, (*value, *value.values())))
    return type(value) in (bool, int, str, bytes, type(None))


def _numbers(program: Program) -> Iterator[Sized]:
    """The numbers that are made of sizes among its operands and params."""

    def inside(value: Any) -> Iterator[Sized]:
        if isinstance(value, Sized):
            yield value
        elif isinstance(value, Program):
            yield from () if value.name.isidentifier() else _numbers(value)
        elif type(value) is tuple:
            for each in value:
                yield from inside(each)
        if hasattr(value, "resized"):
            numbers: list[Any] = []

            def note(number: Any) -> Any:
                numbers.append(number)
                return number

            value.resized(note)
            yield from inside(tuple(numbers))

    for equation in program.equations:
        for operand in equation.inputs:
            yield from inside(operand.value if isinstance(operand, Constant) else None)
        for _, value in equation.params:
            yield from inside(value)


TEXTS["presented"] = _with_names
