"""Basic indexing with ints, slices, None and an ellipsis, which are kept in a param; and `take` along an axis.

Masks and several arrays are in `gathering.py`.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...core.binding import bind
from ...core.dims import Shape
from ...core.errors import TracingError
from ...core.location import refusal
from ...core.messages import message
from ...core.primitive import DISPATCHERS, first_dtype, primitive
from ...core.symbols import Params
from ...core.traced import Traced
from .. import helpers
from ..inplace.memory import held
from ..sizes.bounds import assume, is_same, lesser
from ..sizes.numbers import note_numbers, size_in, sizes_in
from .common import dispatched


@dataclass(frozen=True)
class Index:
    """A hashable index, printed as `1:3, 0`. `parts` holds ints, None, Ellipsis, and slices as tuples."""

    parts: tuple[Any, ...]
    wrapped: bool = False  # written as an argument: `np.s_[1:3, 0]`, `(2, 0)`, `2`

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.parts, self.wrapped)))  # needed several times per operation

    def __hash__(self) -> int:
        known: int = self.__dict__["_hash"]
        return known

    @functools.cached_property
    def params(self) -> Params:
        """The params of an operation with this index, whose function is made here as its text has it, without reading that."""
        params = (("index", self),)
        if len(_getitem._functions) < 512:
            _getitem._functions[1, params] = operator.itemgetter(self.value())
        return params

    @property
    def has_arrays(self) -> bool:
        """Whether arrays stand in it, by their positions among the inputs."""
        return any(not isinstance(part, (int, tuple, type(None), type(Ellipsis))) for part in self.parts)

    def value(self) -> tuple[Any, ...]:
        """The index as NumPy takes it."""
        return tuple(slice(*part) if isinstance(part, tuple) else part for part in self.parts)

    def resized(self, change: Callable[[Any], Any]) -> Index:
        """The index with other numbers in the place of those in it."""
        return Index(change(self.parts), self.wrapped)

    def __str__(self) -> str:
        written = ", ".join(written_slice(*part) if isinstance(part, tuple) else _plain(part) for part in self.parts)
        if not self.wrapped:
            return written
        if any(isinstance(part, tuple) for part in self.parts):
            return f"np.s_[{written}]"
        return written if len(self.parts) == 1 else f"({written})"


def _plain(part: Any) -> str:
    return "..." if part is Ellipsis else str(part)


def written_slice(start: Any, stop: Any, step: Any) -> str:
    """A slice as it stands in brackets."""
    written = f"{'' if start is None else start}:{'' if stop is None else stop}"
    return written if step is None else f"{written}:{step}"


def getitem_shape(shape: Shape, index: Index) -> Shape:
    """NumPy's, in which a size with a name keeps it, as n does in x[1:], which has n − 1 numbers."""
    result = _numpys_shape(shape, index)
    if _INTEGERS.issuperset(map(type, shape)):
        return result
    found = tuple(_sizes_of_parts(shape, index.parts))
    return found if found == result else result


_INTEGERS = {int}


@functools.lru_cache(maxsize=4096)
def _numpys_shape(shape: Shape, index: Index) -> Shape:
    stand_in = np.broadcast_to(np.zeros((), np.bool_), tuple(map(int, shape)))
    result: Shape = stand_in[index.value()].shape
    return result


def _sizes_of_parts(shape: Shape, parts: tuple[Any, ...]) -> Iterator[int]:
    taken = sum(part is not None and part is not Ellipsis for part in parts)
    sizes = iter(shape)
    for part in parts if Ellipsis in parts else (*parts, Ellipsis):
        if part is None:
            yield 1
        elif part is Ellipsis:
            yield from itertools.islice(sizes, len(shape) - taken)
        elif isinstance(part, tuple):
            start, stop, step = part
            size = next(sizes)
            end = size if stop is None else lesser(stop, size) if assume("ge", stop, 0) else size + size_in(stop)
            whole = start is stop is None and step == -1
            begin = 0 if start is None else size_in(start)  # one of 0 may be another for other sizes
            if not whole and not assume("ge", begin, 0):
                begin = size + begin
                assume("ge", begin, 0)  # NumPy begins at the beginning where there is less
            length = end - begin
            if step is None or step == 1 or whole:
                yield size if whole else length
            elif assume("gt", step, 0):
                yield (length + step - 1) // step
            else:
                note_numbers((size, start, stop, step))
                yield len(range(size)[start:stop:step])
        else:
            next(sizes)


def _has_steps(index: Index) -> bool:
    return any(isinstance(part, tuple) and part[2] for part in index.parts)


def _getitem_rule(g, y, x, index):
    """If all elements are taken in order, a reshape suffices."""
    if is_same(math.prod(np.shape(y)), math.prod(np.shape(x))) and not _has_steps(index):
        return np.reshape(g, np.shape(x))
    return scatter(g, index, np.shape(x))


_getitem = primitive(
    "getitem", shape=getitem_shape, dtype=first_dtype,
    derivative=_getitem_rule,
    python="{0}[{index}]", latex="{0}_{[{index}]}",
    examples=lambda random: [
        ((random.normal(size=(3, 4)),), {"index": Index(parts)})
        for parts in [(1,), (0, 2), ((None, None, 2), 1), ((None, None, None), None, (1, 3, None)), (Ellipsis, -1), ((2, 0, -1),)]
    ],
)  # fmt: skip
_scatter = primitive(
    "scatter", helper=helpers.scatter, shape=lambda g, index, shape: shape, dtype=first_dtype,
    derivative=lambda g, y, x, index, shape: g[index.value()],
    python="scatter({0}, {index}, {shape})", latex=r"\operatorname{scatter}({0})",
    examples=lambda random: [((random.normal(size=(2,)),), {"index": Index(((0, 2, None),), True), "shape": (4,)})],
)  # fmt: skip


def scatter(g: Any, index: Index, shape: Shape) -> Any:
    """Zeros of a shape with g at an index."""
    if isinstance(g, Traced):
        return bind(_scatter, (g,), (("index", Index(index.parts, True)), ("shape", shape)))
    return helpers.scatter(g, index.value(), shape)


put = dispatched(primitive(
    "put", helper=helpers.put, shape=lambda g, indices, axis, shape: shape,
    dtype=first_dtype,
    derivative=(lambda g, y, x, i, axis, shape: np.take(g, i, axis=axis), None),
    python="put({0}, {axis}, {1}, {shape})", latex=r"\operatorname{put}({0})",
    examples=lambda random: [((random.normal(size=(3, 2)), np.array([0, 2, 0])), {"axis": 0, "shape": (4, 2)})],
))  # fmt: skip
_take = primitive(
    "take", shape=lambda shape, indices, axis: (*shape[:axis], *indices, *shape[axis + 1 :]), dtype=first_dtype,
    derivative=(lambda g, y, x, i, axis: put(g, axis, i, np.shape(x)), None),
    python="np.take({0}, {1}, axis={axis})", latex=r"{0}_{[{1}]}",
    examples=lambda random: [
        ((random.normal(size=(3, 4)), np.array([0, 2, 0])), {"axis": 0}),
        ((random.normal(size=(3, 4)), np.array([[1, 1], [3, 0]])), {"axis": 1}),
    ],
)  # fmt: skip


def index_basic(array: Traced, parts: tuple[Any, ...]) -> Any:
    """An array indexed with ints, slices, None and an ellipsis."""
    try:
        found = basic(parts)
        basic_shape = getitem_shape(array.shape, found)
    except IndexError as error:
        raise IndexError(refusal(message(str(error)), "the array is of shape {shape}", shape=array.shape)) from None
    if basic_shape == array.shape and all(map(is_same, basic_shape, array.shape)) and not _has_steps(found):
        return held(array)
    return bind(_getitem, (array,), found.params)


def basic(parts: tuple[Any, ...]) -> Index:
    """An index of ints, slices, None and an ellipsis."""
    found, plain = [], True
    for part in parts:
        kept = plain_part(part)
        plain = plain and (_PLAIN.issuperset(map(type, kept)) if type(kept) is tuple else type(kept) in _PLAIN)
        found.append(kept)
    kind = _cached_index if plain else Index  # numbers made of sizes equal others that are made of something else
    return kind(tuple(found))


_cached_index = functools.lru_cache(maxsize=4096)(Index)
_PLAIN = {int, type(None), type(Ellipsis)}


def parts_of(index: Any) -> tuple[Any, ...]:
    """The index as a tuple."""
    return index if isinstance(index, tuple) else (index,)


def plain_part(part: Any) -> Any:
    """A part of a basic index in the form in which params keep it."""
    if type(part) is not slice:
        return _integer(part)
    found = part.start, part.stop, part.step
    return found if _PLAIN.issuperset(map(type, found)) else tuple(map(_integer, found))


def _integer(part: Any) -> Any:
    if part is None or part is Ellipsis or type(part) is int:
        return part
    if hasattr(part, "terms"):  # it is made of sizes
        return part.operand
    try:
        return operator.index(part)
    except TracingError:
        raise
    except TypeError:
        raise IndexError(
            f"{part!r} is no index: ints, slices, None and dots are, and arrays of ints or truths"
        ) from None


_PLACE = np.dtype(np.intp)


def bind_take(array, indices, axis):
    """np.take along an axis."""
    if isinstance(indices, np.ndarray) and indices.size:  # checked here, since the array may have no values
        size, low, high = np.shape(array)[axis], indices.min(), indices.max()
        if low < -size or high >= size:
            wrong = low if low < -size else high
            raise IndexError(f"index {wrong} is out of bounds for axis {axis} with size {size}")
    if indices.dtype.itemsize > _PLACE.itemsize:  # a browser's Python has 32 bits; brackets take wider ones
        indices = indices.astype(_PLACE)
    return bind(_take, (array, indices), (("axis", axis),))


DISPATCHERS["scatter"] = lambda g, index, shape: scatter(g, basic(parts_of(index)), sizes_in(shape))
