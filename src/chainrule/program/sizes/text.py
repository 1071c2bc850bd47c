"""Sizes and int arguments in the text of a program: lines that name sizes, and numbers written with those names."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, cast

from ...core.dims import Shape, shape_text
from ...core.layout import Node
from ...core.nouns import TEXTS, Constant, Program
from ...core.python import Rows, guard_rows
from ...core.structure import Tree
from ...core.template import Piece
from ..notation import Spelled
from ..symbol_names import COUNTERS, SIZES
from .equalities import fits_any_shape
from .mathematics import tree_of
from .numbers import FixedSize, Ratio, Sized, number_of, plain
from .programs import Axes, counters_in, keeps_sizes, mapped, own_parts, statics_in
from .terms import ARGUMENT, AXES, TURN, Axis, Terms

_checks: ContextVar[bool] = ContextVar("checks", default=True)


@contextmanager
def without_checks() -> Iterator[None]:
    """Texts that are written inside do not check their arguments, as for a learner, who gets them with the arguments."""
    token = _checks.set(False)
    try:
        yield
    finally:
        _checks.reset(token)


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


def _with_names(program: Program, checked: bool = True) -> tuple[Program, Rows, Callable[[], Rows]]:
    """The program with names in the place of sizes; the lines that refuse other lists, keys and values than it was made with;
    and those that refuse other shapes, and name the sizes which have been written by then.

    Only the arguments of a program that is not called by another one are `checked`.
    """
    checked = checked and _checks.get()
    statics = [each for name, tree in program.arguments for each in statics_in(tree, name)]
    checks = _checks_of_containers(program.arguments) if checked else []
    checks += [row for path, value in statics if not isinstance(value, Sized) for row in _check(path, value)]
    if not keeps_sizes(program):
        return program, checks, lambda: _checks_of_shapes(program) if checked else []
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
        found = [(name, *axes.places[axis]) for axis, name in names.items() if axis in written and axis.axis != TURN]
        sizes = ((name, path if axis == ARGUMENT else f"{path}.shape[{axis}]") for name, path, axis in found)
        named = ((f"{name} = {text}", "") for name, text in sizes if name != text)
        return [*(_checks_of_shapes(program, _changed, axes.places) if checked else []), *named]

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
    return made, checks, rows


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


def _checks_of_containers(arguments: Iterable[tuple[str, Tree]]) -> Rows:
    """The lines that refuse lists of another length and dictionaries with other keys, or with these in another order."""
    tests: dict[str, list[str]] = {}
    parts = [(tree, name) for name, tree in arguments]
    for tree, path in parts:  # to which their own parts are added
        parts += [(child, tree.part(path, key)) for child, key in zip(tree.children, tree.keys, strict=True)]
        if not tree.leaves and tree.keys:  # whose values are checked
            continue
        if tree.kind is dict:
            tests.setdefault(repr(list(tree.keys)), []).append(f"list({path})")
        elif tree.kind in (tuple, list):
            tests.setdefault(str(len(tree.keys)), []).append(f"len({path})")
    sides = [[*sides, value] for value, sides in tests.items()]
    made = ", ".join(f"{one} = {side[-1]}" for side in sides for one in side[:-1])
    return guard_rows(_fails(sides), f"for {made if len(made) <= _MOST else 'these lists and keys'}") if sides else []


def _fails(equal: Sequence[Sequence[str]]) -> str:
    """The test whether any of some groups of expressions are not equal."""
    if [*map(len, equal)] == [2]:
        return " != ".join(equal[0])
    return f"not ({' and '.join(map(' == '.join, equal))})"


def _checks_of_shapes(
    program: Program,
    change: Callable[[Any], Any] = lambda size: size,
    places: Mapping[Axis, tuple[str, int]] = MappingProxyType({}),
) -> Rows:
    """The lines that refuse arrays of other shapes, unless the text computes the same of any.

    Args:
        program: The program.
        change: What comments write in the place of a size.
        places: The input and its axis, or the argument, that a size is.
    """
    counted = {name for name, axis, _ in program.demands if axis == AXES}
    numbers = [size for each in program.inputs for size in each.shape]
    if not any(isinstance(size, (Sized, FixedSize)) for size in numbers):
        fits = "" in counted or (not counted and fits_any_shape(program))
        if fits and (len(program.inputs) == 1 or not numbers):
            return []
        counted = {each.name for each in program.inputs}
    shapes = {each.name: shape_text(tuple(map(change, each.shape))) for each in program.inputs}
    alike, tests, shown, settled = dict[object, str](), dict[str, list[str]](), dict[str, None](), set[str]()
    for each in program.inputs:
        first = alike.setdefault(_terms_of_shape(each.shape) or each.name, each.name)
        sizes = {k: _of_arguments(size, places) for k, size in enumerate(each.shape) if not _is_own(size, each.name, k)}
        if not sizes and each.name not in counted:
            continue
        shown |= dict.fromkeys((first, each.name))
        shape = f"np.shape({each.name})"
        if first != each.name and first not in settled:
            tests.setdefault(f"np.shape({first})", []).append(shape)
        elif len(sizes) == len(each.shape) > 0:
            settled.add(each.name)
            tests.setdefault(f"({', '.join(sizes.values())}{',' * (len(sizes) == 1)})", []).append(shape)
        else:
            tests = {str(len(each.shape)): [], **tests}  # before what takes the axes for granted
            tests[str(len(each.shape))].append(f"np.ndim({each.name})")
            for axis, size in sizes.items():
                tests.setdefault(size, []).append(_size_of(each.name, axis))
    sides = [[*arrays, size] for size, arrays in tests.items()]
    fixed = {each.name for each in program.inputs if any(not isinstance(size, Sized) for size in each.shape)}
    lists = [[f"{name} {shapes[name]}" for name in shown if name in fixed or not only] for only in (False, True)]
    made = [", ".join(each) for each in lists if each and len(", ".join(each)) <= _SHORT]
    return guard_rows(_fails(sides), f"for {[*made, 'the shapes in its comments'][0]}") if sides else []


def _is_own(size: object, name: str, axis: int) -> bool:
    """Whether the size of an input's axis is no number, and not made of other sizes."""
    alone = size.terms.alone if isinstance(size, Sized) else None
    return isinstance(alone, Axis) and (alone.input, alone.axis) == (name, axis)


def _of_arguments(size: int, places: Mapping[Axis, tuple[str, int]]) -> str:
    """A size as Python, by the arguments that it is made of: `2 * len(x)`."""
    if not isinstance(size, Sized) or not all(axis in places for axis in size.terms.axes()):
        return str(int(size))
    return size.terms.piece(lambda axis: _size_of(*places[axis])).text


def _size_of(name: str, axis: int) -> str:
    return name if axis == ARGUMENT else f"{name}.shape[{axis}]" if axis else f"len({name})"


def _terms_of_shape(shape: Sequence[object]) -> tuple[Terms, ...]:
    """What the sizes of a shape are made of, if all are made of sizes; else none."""
    found = tuple(size.terms for size in shape if isinstance(size, Sized))
    return found if len(found) == len(shape) else ()


_PRODUCT = re.compile(r"\b(\d+) \* ([A-Za-z])")
"""A number of a size, which comments write as `4n`."""
_SHORT = 27
"""Shapes of so many characters leave the line that refuses others short enough."""
_MOST = 60
"""A message lists lengths and keys of so many characters."""
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
