"""Advanced indexing with masks and several arrays: the arrays are inputs, and a param says where each stands in the index.

How many elements a mask selects depends on its values, so the count becomes a condition of the program.
"""

import functools
import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...core.binding import bind
from ...core.dims import Shape, broadcast
from ...core.location import refuse, user_frame
from ...core.primitive import DISPATCHERS, PRIMITIVES, first_dtype, primitive
from ...core.symbols import Array
from ...core.traced import FUNCTIONS, GETITEM, Traced, current
from .. import helpers
from ..inplace.memory import laid_out, moving, newest, settled
from ..sizes.bounds import is_same
from ..sizes.numbers import is_sized, note_numbers, sizes_in
from .common import along, implements, lines_along, part_of
from .compositions import nest
from .indexing import Index, bind_take, getitem_shape, index_basic, parts_of, plain_part


@dataclass(frozen=True)
class Slot:
    """The slot of an input in an index, printed as `{1}`; for a mask, `count` is the number of elements that it selects."""

    position: int
    count: int | None = None

    def __str__(self) -> str:
        return f"{{{self.position}}}"


def _placeholder_index(index: Index, shapes: tuple[Shape, ...]) -> tuple[Any, ...]:
    """The index with zeros for its arrays, which gives a result of the same shape."""
    parts: list[Any] = []
    for part in index.value():
        if isinstance(part, Slot):
            shape = shapes[part.position - 1]
            masked = part.count is not None
            parts += [np.zeros((part.count,), int)] * len(shape) if masked else [np.zeros(shape, int)]
        else:
            parts.append(part)
    return tuple(parts)


def gather_shape(shape: Shape, *indices: Shape, index: Index) -> Shape:
    """The shape of an array indexed with arrays of these shapes."""
    stand_in = np.broadcast_to(np.zeros((), np.bool_), shape)
    result: Shape = stand_in[_placeholder_index(index, indices)].shape
    if not index.has_arrays or not is_sized((*shape, *itertools.chain(*indices))):
        return result
    found = _sizes_gathered(shape, indices, index)
    return found if found == result else result


def _sizes_gathered(shape: Shape, indices: tuple[Shape, ...], index: Index) -> Shape:
    """The shape by the sizes of the array and of the indices; what these give stands first, unless they are side by side."""
    kept: list[int] = []
    arrays: list[Shape] = []
    places: list[tuple[int, int]] = []  # of what takes part in the index arrays: in the index, and in what is kept
    axes = {
        part: len(indices[part.position - 1]) if part.count is not None else 1
        for part in index.parts
        if isinstance(part, Slot)
    }
    taken = sum(axes.get(part, 1) for part in index.parts if part is not None and part is not Ellipsis)
    left = [*shape]
    for place, part in enumerate(index.parts if Ellipsis in index.parts else (*index.parts, Ellipsis)):
        count = len(shape) - taken if part is Ellipsis else 0 if part is None else axes.get(part, 1)
        sizes, left = tuple(left[:count]), left[count:]
        if isinstance(part, (Slot, int)) or hasattr(part, "terms"):
            places.append((place, len(kept)))
            if isinstance(part, Slot):
                arrays.append(indices[part.position - 1] if part.count is None else (part.count,))
        else:
            kept += sizes if part is Ellipsis else getitem_shape(sizes, Index((part,)))
    numbers = [place for place, _ in places]
    together = numbers == [*range(numbers[0], numbers[0] + len(numbers))]
    first = places[0][1] if together else 0
    return (*kept[:first], *broadcast(*arrays), *kept[first:])


def _examples(wrapped):
    def generate(random):
        mask = np.array([[True, False, True], [False, True, False]])
        i, j = np.array([0, 1, 1, 0]), np.array([2, 0, 0, 1])
        for shape, parts, arrays in [
            ((2, 3), (Slot(1, 3),), [mask]),
            ((2, 3), (Slot(1), Slot(2)), [i, j]),
            ((2, 3, 4), ((None, None, None), Slot(1), Slot(2)), [j, j]),
            ((2, 3, 2), (Slot(1), (0, 2, None), Slot(2)), [i, i]),
            ((3, 2), (Slot(1, 2), 0), [np.array([True, False, True])]),
            ((2, 3), (Slot(1), 1), [i]),
        ]:
            x, index = random.normal(size=shape), Index(parts, wrapped)
            if wrapped:
                g = random.normal(size=gather_shape(shape, *(each.shape for each in arrays), index=index))
                yield (g, *arrays), {"index": index, "shape": shape}
            else:
                yield (x, *arrays), {"index": index}

    return generate


_gather = primitive(
    "gather", shape=gather_shape, dtype=first_dtype,
    derivative=(lambda g, y, x, *indices, index: add_at(g, index, indices, np.shape(x)), None),
    python="{0}[{index}]", latex="{0}_{[{index}]}", examples=_examples(False),
)  # fmt: skip
_add_at = primitive(
    "add_at", helper=helpers.add_at, shape=lambda g, *indices, index, shape: shape,
    dtype=first_dtype,
    derivative=(lambda g, y, x, *indices, index, shape: gather(g, index, indices), None),
    python="add_at({0}, {index}, {shape})", latex=r"\operatorname{add\_at}({0})", examples=_examples(True),
)  # fmt: skip


def gather(x, index, indices):
    """`x` indexed with these arrays in the slots of the index."""
    if isinstance(x, Traced) or any(isinstance(each, Traced) for each in indices):
        return bind(_gather, (x, *indices), (("index", Index(index.parts)),))
    return x[with_arrays(index, indices)]


def add_at(g, index, indices, shape):
    """Zeros of a shape, with `g` added at the index with these arrays in its slots."""
    if isinstance(g, Traced) or any(isinstance(each, Traced) for each in indices):
        return bind(_add_at, (g, *indices), (("index", Index(index.parts, True)), ("shape", shape)))
    return helpers.add_at(g, with_arrays(index, indices), shape)


def with_arrays(index: Index, indices: tuple[Any, ...]) -> tuple[Any, ...]:
    """The index with these arrays in its slots."""
    return tuple(indices[part.position - 1] if isinstance(part, Slot) else part for part in index.value())


# ---- NumPy's signatures ------------------------------------------------------------------------------------------------


_BASIC = frozenset({int, slice, type(None), type(Ellipsis)})


def index_part(part: Any) -> Any:
    """A list, a tuple, a range or what makes itself an array, as a series does, as an array; anything else itself."""
    if isinstance(part, (list, tuple, range)):
        return nest(part) if part else np.asarray(part, int)
    plain = isinstance(part, (int, np.ndarray, np.generic, Traced)) or not hasattr(part, "__array__")
    return part if plain else np.asarray(part)


def is_truth(part: Any) -> bool:
    """Whether a part of an index is a single truth value, as a mask of an array without axes; which it is becomes a condition."""
    return isinstance(part, (bool, np.bool_)) or (
        isinstance(part, (np.ndarray, Traced)) and part.dtype == bool and not part.shape
    )


@implements(GETITEM)
def _index(array: Any, index: Any) -> Any:
    tape = array.tape
    return _index_now(newest(array), settled(index)) if tape.written or tape.allocates else _index_now(array, index)


def _index_now(array: Any, index: Any) -> Any:
    parts = parts_of(index)
    # `issuperset` also raises the error that a caller in C, such as brentq, has left behind it.
    if _BASIC.issuperset(map(type, parts)) and moving(parts) is None:
        return index_basic(array, parts)
    if len(parts) == 1 and is_truth(parts[0]):
        repeated = index_basic(array, (None,))
        return repeated if bool(parts[0]) else repeated[:0]
    if any(isinstance(part, (bool, np.bool_)) for part in parts):
        refuse("an index by a truth value has no derivative here", "write np.where, or x[None] for a new axis")
    return _indexed(array, tuple(map(index_part, parts)))


def _indexed(array: Any, parts: tuple[Any, ...]) -> Any:
    """An array at an index with places, masks, or what moves with the turns of a loop."""
    variable = moving(parts)
    if variable is not None:
        arrays = any(isinstance(part, (np.ndarray, Traced)) for part in parts)
        if not arrays and (place := variable.place(parts, array.shape)) is not None:
            index, counters = place
            return index.read(array, counters)
        parts = as_numbers(parts)
    if any(isinstance(part, (np.ndarray, Traced)) for part in parts):
        return _gathered(array, parts)
    return index_basic(array, parts)


def as_numbers(parts: tuple[Any, ...]) -> tuple[Any, ...]:
    """An index with the variables of loops as traced numbers."""
    return tuple(part.node if part is not None and moving((part,)) is part else part for part in parts)


def index_plain(array: Array, index: Any) -> Any:
    """A plain array at an index with traced places or masks, or with turns of `steps`."""
    parts = tuple(map(index_part, parts_of(index)))
    if not any(isinstance(part, (np.ndarray, Traced)) for part in parts):
        array = bind(PRIMITIVES["identity"], (array,), (), current.get())
    return _indexed(array, parts)


def _gathered(array: Any, parts: tuple[Any, ...]) -> Any:
    arrays = [part for part in parts if isinstance(part, (np.ndarray, Traced))]
    before = next(place for place, part in enumerate(parts) if part is arrays[0])
    if (
        len(arrays) == 1
        and arrays[0].dtype.kind in "iu"
        and len(parts) == before + 1
        and all(isinstance(part, slice) and part == slice(None) for part in parts[:before])
    ):
        take = functools.partial(bind_take, array, arrays[0], before)
        # Behind other axes, NumPy lays out those of the places first.
        return laid_out(take, lambda a, places: a[(*parts[:before], places)]) if before else take()
    index = slots(parts)
    if (
        isinstance(array, Traced) and array.value is None
    ):  # let NumPy raise its own error for indices out of range, as far as they are known
        known = (each if isinstance(each, np.ndarray) else None for each in arrays)
        plain = _placeholder_index(index, tuple(each.shape for each in arrays))
        if all(each.count is None for each in index.parts if isinstance(each, Slot)):
            filled = iter(known)
            exact = (next(filled) if isinstance(part, Slot) else None for part in index.parts)
            plain = tuple(part if each is None else each for part, each in zip(plain, exact, strict=True))
        np.broadcast_to(np.zeros((), np.bool_), array.shape)[plain]
    return gather(array, index, tuple(arrays))


def slots(parts: tuple[Any, ...]) -> Index:
    """The index with a slot for each array."""
    pattern: list[Any] = []
    position = 0
    for part in parts:
        if not isinstance(part, (np.ndarray, Traced)):
            pattern.append(plain_part(part))
            continue
        position += 1
        if part.dtype.kind not in "biu":
            raise IndexError("arrays used as indices must be of integer (or boolean) type")
        if part.dtype.kind == "b" and not part.shape:
            refuse("an index by a truth value has no derivative here", "write np.where, or x[None] for a new axis")
        pattern.append(Slot(position, count_of(part) if part.dtype.kind == "b" else None))
    return Index(tuple(pattern))


def count_of(mask: Any) -> int:
    """How many elements a mask selects; for a traced mask, this becomes a condition of the program."""
    if not isinstance(mask, Traced):
        return int(np.sum(mask))
    if mask.value is None:
        refuse(
            "an index by a mask needs the values, and here only shapes are known",
            "write np.where(mask, a, b), or use numbers, not shapes, and a loop, not vmap",
        )
    count = int(np.sum(mask.value))
    if any(_is_count_condition(condition, mask, count) for condition, *_ in mask.tape.conditions):
        return count
    frame = user_frame()
    mask.tape.conditions.append((np.sum(mask) == count, True, frame and frame.f_code, frame.f_lineno if frame else 0))
    return count


flatnonzero = primitive(
    "flatnonzero", shape=lambda mask, count: (count,), dtype=lambda mask, count: np.dtype(np.intp), derivative=None,
    python="np.flatnonzero({0})", latex=r"\operatorname{flatnonzero}({0})",
    examples=lambda random: [((np.array([True, False, True]),), {"count": 2})],
)  # fmt: skip


@implements(np.flatnonzero)
def _flatnonzero(a):
    """How many there are becomes a condition of the program."""
    mask = np.reshape(a if a.dtype.kind == "b" else a != 0, -1)
    return bind(flatnonzero, (mask,), (("count", count_of(mask)),))


@implements(np.nonzero)
def _nonzero(a):
    if not np.ndim(a):
        raise ValueError("Calling nonzero on 0d arrays is not allowed. Use np.atleast_1d(scalar).nonzero() instead.")
    places = np.flatnonzero(a)
    return (places,) if np.ndim(a) == 1 else np.unravel_index(places, np.shape(a))


@implements(np.argwhere)
def _argwhere(a):
    return np.stack(np.nonzero(a if np.ndim(a) else np.reshape(a, 1)), axis=1)[:, : np.ndim(a)]


def _is_count_condition(condition: Traced, mask: Traced, count: int) -> bool:
    """Whether a condition is np.sum(mask) == count."""
    if condition.primitive is None or condition.primitive.name != "equal":
        return False
    total, number = condition.inputs
    summed = isinstance(total, Traced) and total.primitive is not None and total.primitive.name == "sum"
    return summed and total.inputs[0] is mask and not isinstance(number, Traced) and number == count


def _dispatch_add_at(g, index, shape):
    parts = parts_of(index)
    arrays = tuple(part for part in parts if isinstance(part, (np.ndarray, Traced)))
    return add_at(g, slots(parts), arrays, sizes_in(shape))


DISPATCHERS["add_at"] = _dispatch_add_at


@implements(np.compress)
def _compress(condition, a, axis=None):
    a, axis = lines_along(a, axis, numbers=True)
    condition = condition if isinstance(condition, Traced) else np.asarray(condition, bool)
    if np.ndim(condition) != 1:
        raise ValueError("np.compress needs a condition of one axis.")
    size, count = np.shape(a)[axis], np.shape(condition)[0]
    if not isinstance(condition, Traced) or not is_same(size, count):
        note_numbers([size, count])  # a condition may be shorter
    if count < size:  # a short condition selects nothing beyond its end
        a = part_of(a, axis, 0, count)
    elif count > size:
        if isinstance(condition, Traced) or condition[size:].any():
            raise IndexError(f"a condition of {count} truth values is out of bounds for axis {axis} with size {size}")
        condition = condition[:size]
    parts = along(axis, condition)
    return a[parts] if isinstance(a, Traced) else gather(np.asarray(a), slots(parts), (condition,))


FUNCTIONS[np.extract] = lambda condition, arr: np.compress(np.reshape(condition, -1), np.reshape(arr, -1))
