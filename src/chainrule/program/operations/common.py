"""What the declarations share: how NumPy's functions get their traced forms, and how the axes of their arguments are read."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ...core.binding import bind
from ...core.primitive import DISPATCHERS, HELPERS, PRIMITIVES, Primitive, primitive
from ...core.template import FIELD
from ...core.traced import FUNCTIONS, Traced
from ..sizes.numbers import TAKEN, note_shapes, sizes_in


def implements(*functions: Any) -> Callable[[Any], Any]:
    """Register the traced form of these NumPy functions; used as a decorator."""

    def enter(ours: Any) -> Any:
        register(dict.fromkeys(functions, ours))
        return ours

    return enter


def register(forms: dict[Any, Callable[..., Any]]) -> None:
    """Register traced forms, keyed by the NumPy functions that they implement."""
    FUNCTIONS.update(forms)


def common_dtype(*dtypes: Any, **params: object) -> np.dtype[Any]:
    """The dtype rule of operations that join their inputs: the common dtype."""
    return np.result_type(*({float: 0.0, int: 0, complex: 0j}.get(d, np.dtype(d)) for d in dtypes))


def unlisted(name: str, **declared: Any) -> Primitive:
    """Declare an operation that is not among those that are tried on examples of real numbers."""
    primitive(name, **{"examples": lambda random: [], **declared})
    return PRIMITIVES.pop(name)


def of_sizes_at_hand(*functions: Callable[..., Any]) -> None:
    """Let functions note the sizes of the arrays that they take, since what they compute is made for these."""
    for function in functions:
        FUNCTIONS[function] = _noting_sizes(FUNCTIONS[function])


def _noting_sizes(ours: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(ours)
    def noted(*args: Any, **keywords: Any) -> Any:
        if TAKEN.get() is not None:
            note_shapes((args, tuple(keywords.values())))
        return ours(*args, **keywords)

    return noted


def dispatched(declared: Primitive):
    """The helper that an operation's text calls; with a traced argument, it records the operation instead.

    The text says which arguments are operands and which are params: `put({0}, {axis}, {1}, {shape})`.
    """
    helper, fields = HELPERS[declared.helper], FIELD.findall(declared.python.source)
    signature = inspect.signature(helper)

    @functools.wraps(helper)
    def call(*args, **keywords):
        if Traced not in map(type, (*args, *keywords.values())):
            return helper(*args, **keywords)
        bound = signature.bind(*args, **keywords)
        bound.apply_defaults()
        given = {**declared.params, **dict(zip(fields, map(sizes_in, bound.args), strict=False))}
        operands = tuple(given[field] for field in sorted(filter(str.isdigit, fields)))
        return bind(declared, operands, tuple((field, each) for field, each in given.items() if not field.isdigit()))

    DISPATCHERS[declared.helper] = call
    return call


# ---- axes ----------------------------------------------------------------------------------------------------------------


def lines_along(a, axis, numbers=False):
    """An array and one of its axes, counted from the front.

    Without an axis, the array is flattened, as NumPy does; so is a scalar if `numbers` is set.
    """
    if axis is None or (numbers and np.ndim(a) == 0):
        a, axis = np.reshape(a, -1), 0 if axis is None else axis
    return a, normalize_axis_index(axis, np.ndim(a))


def along(axis, part):
    """The index that takes a part of one axis, counted from the front, and all of the others."""
    return (slice(None),) * axis + (part,)


def part_of(x, axis, start=None, stop=None):
    """The elements from `start` to `stop` along an axis."""
    return x[along(axis, slice(start, stop))]


def array_of(x):
    """The argument as an array, unless it is traced."""
    return x if isinstance(x, Traced) else np.asarray(x)


def ndim_of(x):
    """np.ndim, which takes long to ask of a traced array."""
    return len(x.shape) if type(x) is Traced else np.ndim(x)


def transposed(x):
    """Each matrix of a stack transposed; of a single matrix, plain .T."""
    return np.transpose(x) if ndim_of(x) <= 2 else np.swapaxes(x, -1, -2)


def strongly_typed(x):
    """A Python number as a NumPy scalar of its own dtype, as functions that are not ufuncs take it."""
    return np.asarray(x)[()] if isinstance(x, (bool, int, float)) else x


def float64_of(x):
    """An array or a number cast to float64; also a Python number, which is of weak type without it."""
    return x.astype(np.float64) if hasattr(x, "astype") else np.asarray(x, np.float64)[()]


def dtype_by(function):
    """A dtype rule that asks NumPy, by calling the function on an array of one element."""
    return lambda dtype, **params: function(np.zeros(1, dtype)).dtype
