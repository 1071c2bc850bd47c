"""Windows of arrays, and sums of products over them: convolution and correlation, along any axes.

`windows` is NumPy's `sliding_window_view`; its adjoint adds windows up where they lie. An Einstein sum over the windows of an
array is one operation, `windowed_einsum`, in which an axis of an operand, or of the result, is a sum of two indices:

- `fcij,nc(y+i)(x+j)->nfyx`: images a, and weights w that slide over them, w ⋆ a;
- `nfyx,nc(y+i)(x+j)->fcij`: the error of the weights, δ ⋆ a;
- `nfyx,fcij->nc(y+i)(x+j)`: the error of the images, δ ∗ w, in which each δ adds the weights where they lay.

So its derivative is of its own kind, by exchanging terms. Steps (`2y+i`), places apart in a window (`y+2i`), channels, groups
and any number of axes are cases of the one. `over_windows.py` finds such sums in what a user writes.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ...core.binding import bind
from ...core.dims import Shape, ShapeMismatch, require_same
from ...core.location import refuse
from ...core.messages import message
from ...core.primitive import first_dtype, primitive
from ...core.symbols import Params
from .. import helpers
from ..examples import of_shapes
from .common import dispatched, implements


def _windows_shape(shape: Shape, size: tuple[int, ...], axis: tuple[int, ...]) -> Shape:
    places = list(shape)
    for along, width in zip(axis, size, strict=True):
        places[along] = places[along] - (width - 1)
        if places[along] < 0:
            raise ShapeMismatch(message("the windows are larger than the array"), (0, 0))
    return (*places, *size)


def _overlapped_shape(g: Shape, axis: tuple[int, ...]) -> Shape:
    wide = list(g[: len(g) - len(axis)])
    for along, width in zip(axis, g[len(g) - len(axis) :], strict=True):
        wide[along] = wide[along] + (width - 1)
    return tuple(wide)


def _windows_rule(g, y, x, size, axis):
    return overlap_add(g, axis)


windows = primitive(
    "windows", shape=_windows_shape, dtype=first_dtype, derivative=_windows_rule,
    python="np.lib.stride_tricks.sliding_window_view({0}, {size}, axis={axis})", latex=r"\operatorname{windows}({0})",
    examples=of_shapes(
        (((6,),), {"size": (3,), "axis": (0,)}), (((2, 5, 4),), {"size": (2, 3), "axis": (1, 2)}),
        (((3, 4),), {"size": (2,), "axis": (0,)}), (((7,),), {"size": (3, 2), "axis": (0, 0)}),
    ),
)  # fmt: skip
overlap_add = dispatched(primitive(
    "overlap_add", helper=helpers.overlap_add, shape=_overlapped_shape, dtype=first_dtype,
    derivative=lambda g, y, x, axis: np.lib.stride_tricks.sliding_window_view(g, np.shape(x)[np.ndim(g) :], axis),
    python="overlap_add({0}, {axis})", latex=r"\operatorname{overlap}({0})",
    examples=of_shapes(
        (((4, 3),), {"axis": (0,)}), (((2, 4, 2, 2, 3),), {"axis": (1, 2)}), (((2, 4, 2),), {"axis": (0,)}),
        (((4, 3, 2),), {"axis": (0, 0)}),
    ),
))  # fmt: skip


@implements(np.lib.stride_tricks.sliding_window_view)
def _windows(x, window_shape, axis=None, *, subok=False, writeable=False):
    if writeable:
        refuse(
            "windows that are written to have no derivative here", "leave writeable out, and write to the array itself"
        )
    size = tuple(window_shape) if np.iterable(window_shape) else (window_shape,)
    axes = tuple(range(np.ndim(x))) if axis is None else normalize_axis_tuple(axis, np.ndim(x), allow_duplicate=True)
    if len(size) != len(axes):
        raise ValueError(f"{len(size)} sizes of windows are given for {len(axes)} axes")
    return bind(windows, (x,), (("size", tuple(map(int, size))), ("axis", axes)))


# ---- Einstein sums over windows ------------------------------------------------------------------------------------------


class Part(NamedTuple):
    """An index, and by how many places its next value is further on."""

    letter: str
    step: int


Term: TypeAlias = "tuple[tuple[Part, ...], ...]"
"""For each axis of an array the one or two indices that add up to its place."""


class Subscripts(NamedTuple):
    """The subscripts of an Einstein sum over windows: the terms of its two operands and of its result."""

    one: Term
    other: Term
    result: Term

    def __str__(self) -> str:
        return f"{written_term(self.one)},{written_term(self.other)}->{written_term(self.result)}"

    @property
    def windowed(self) -> int | None:
        """Which of the three has the windows: 0 or 1 for an operand, 2 for the result."""
        return next((k for k, term in enumerate(self) if any(len(axis) > 1 for axis in term)), None)


def written_term(term: Term) -> str:
    """A term as subscripts have it: `nc(2y+i)`."""

    def axis(parts: tuple[Part, ...]) -> str:
        text = "+".join(f"{step if step > 1 else ''}{index}" for index, step in parts)
        return f"({text})" if len(parts) > 1 else text

    return "".join(map(axis, term))


_AXIS = re.compile(r"\((\d*)(\w)\+(\d*)(\w)\)|(\w)")


@functools.lru_cache(maxsize=1024)
def read(subscripts: str) -> Subscripts:
    """The terms of subscripts.

    Examples:
        >>> read("c(2y+i),ci->y").one
        ((Part(letter='c', step=1),), (Part(letter='y', step=2), Part(letter='i', step=1)))
    """
    terms = [
        tuple(
            (Part(single, 1),) if single else (Part(y, int(s or 1)), Part(i, int(d or 1)))
            for s, y, d, i, single in _AXIS.findall(term)
        )
        for term in subscripts.replace("->", ",").split(",")
    ]
    return Subscripts(*terms)


def sizes_of(terms: Subscripts, one: Shape, other: Shape, shape: Shape | None) -> dict[str, int]:
    """How many values each index takes; where no array tells, as many as fit."""
    sizes: dict[str, int] = {}
    places: dict[str, tuple[int, int]] = {}
    shapes = (one, other) if shape is None else (one, other, shape)
    for position, (term, wide) in enumerate(zip(terms, shapes, strict=False)):
        at = min(position, 1)
        if len(term) != len(wide):
            what = message(
                "{labels} names {count} axes, and there are {axes}",
                labels=written_term(term),
                count=len(term),
                axes=len(wide),
            )
            raise ShapeMismatch(what, (at, at))
        for k, (axis, size) in enumerate(zip(term, wide, strict=True)):
            index = axis[0].letter
            if len(axis) == 1 and index in sizes:
                where, its = places[index]
                what = message("the sizes along {label} differ", label=index)
                require_same(sizes[index], size, what, (where, at), (its, k))
            elif len(axis) == 1:
                sizes[index], places[index] = size, (at, k)
    for position, (term, wide) in enumerate(zip(terms, shapes, strict=False)):
        at = min(position, 1)
        for axis, size in zip(term, wide, strict=True):
            for part, *rest in (axis, axis[::-1]):
                if part.letter not in sizes and any(each.letter not in sizes for each in rest):
                    raise ShapeMismatch(message("nothing tells how wide the windows are"), (at, at))
                if part.letter not in sizes:
                    sizes[part.letter] = (int(size) - reach(rest, sizes)) // part.step + 1
            if len(axis) > 1 and (reach(axis, sizes) > size or min(sizes[part.letter] for part in axis) < 1):
                raise ShapeMismatch(message("the windows are larger than the array"), (at, at))
    return sizes


def reach(axis: Sequence[Part], sizes: Mapping[str, int]) -> int:
    """How many places of an axis its indices lead to, from the first to the last."""
    return 1 + sum(part.step * (int(sizes[part.letter]) - 1) for part in axis)


def _result_shape(one: Shape, other: Shape, subscripts: str, shape: Shape | None = None) -> Shape:
    terms = read(subscripts)
    sizes = sizes_of(terms, one, other, shape)
    if shape is not None:
        return shape
    return tuple(sizes[axis[0].letter] if len(axis) == 1 else reach(axis, sizes) for axis in terms.result)


def _error(position):
    """The rule of an operand: its term and the result's change places."""

    def rule(g, y, one, other, subscripts, shape=None):
        terms, operands = read(subscripts), (one, other)
        mine, rest = (terms.one, terms.other)[:: 1 - 2 * position]
        made, rest_of = Subscripts(terms.result, rest, mine), operands[1 - position]
        params = params_of(made, np.shape(g), np.shape(rest_of), np.shape(operands[position]))
        return windowed_einsum(dict(params)["subscripts"], g, rest_of, dict(params)["shape"])

    return rule


def _case(
    subscripts: str, one: Shape, other: Shape, shape: Shape | None = None
) -> tuple[tuple[Shape, ...], dict[str, object]]:
    return (one, other), {"shape": shape, "subscripts": subscripts}


windowed_einsum = dispatched(primitive(
    "windowed_einsum", helper=helpers.windowed_einsum, shape=_result_shape, params={"shape": None},
    dtype=lambda one, other, subscripts, shape=None: np.result_type(np.dtype(one), np.dtype(other)),
    derivative=(_error(0), _error(1)),
    python="windowed_einsum('{subscripts}', {0}, {1}, shape={shape})",  # its mathematics hangs on the subscripts: notation.py
    examples=of_shapes(
        _case("i,(y+i)->y", (3,), (7,)), _case("i,(2y+3i)->y", (2,), (8,)), _case("c(2y+i),ci->cy", (2, 6), (2, 2)),
        _case("fcij,nc(y+i)(x+j)->nfyx", (3, 2, 2, 2), (2, 2, 4, 3)),
        _case("nfyx,nc(y+i)(x+j)->fcij", (2, 3, 3, 2), (2, 2, 4, 3)),
        _case("nfyx,fcij->nc(y+i)(x+j)", (2, 3, 2, 2), (3, 2, 2, 2)),
        _case("cy,i->c(2y+3i)", (2, 2), (2,), (2, 7)), _case("c(2y+i),cy->ci", (2, 7), (2, 3), (2, 2)),
    ),
))  # fmt: skip


def params_of(terms: Subscripts, one: Shape, other: Shape, shape: Shape) -> Params:
    """The params of an Einstein sum over windows, in which the result's shape is only said if the operands do not tell it."""
    subscripts = str(terms)
    try:
        told = _result_shape(one, other, subscripts) == shape
    except ShapeMismatch:
        told = False
    return ("shape", None if told else tuple(map(int, shape))), ("subscripts", subscripts)
