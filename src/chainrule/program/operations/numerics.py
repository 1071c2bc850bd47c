"""Convolution, interpolation, numerical derivatives and integrals, polynomials, and piecewise selection."""

import functools

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ...core.binding import bind
from ...core.dims import Shape, ShapeMismatch, require_same
from ...core.location import refuse
from ...core.primitive import PRIMITIVES, elementwise, primitive, ufunc_dtype
from ...core.traced import FUNCTIONS, Traced
from .. import helpers
from ..composed import rules_of
from ..inplace.memory import laid_out, layout_of
from ..sizes.numbers import Sized, sizes_in
from .common import along, array_of, common_dtype, implements, of_sizes_at_hand, part_of, register, strongly_typed
from .creating import filled


def _take(a, places):
    """np.take; dispatched here if only the indices are traced, which NumPy does not do."""
    take = FUNCTIONS[np.take] if isinstance(a, Traced) or isinstance(places, Traced) else np.take
    return take(a, places)


# ---- convolution -----------------------------------------------------------------------------------------------------------


def _convolve_shape(a: Shape, v: Shape, mode: str) -> Shape:
    if len(a) != 1 or len(v) != 1 or not a[0] or not v[0]:
        raise ShapeMismatch("a convolution needs two vectors", (0, 1))
    long, short = max(a[0], v[0]), min(a[0], v[0])
    return ({"full": long + short - 1, "same": long, "valid": long - short + 1}[mode],)


def _convolve_error(g, other, size, mode):
    """The error of a factor: the error of the full convolution, g padded with zeros, correlated with the other factor."""
    long, short = max(size, np.shape(other)[0]), min(size, np.shape(other)[0])
    before = {"full": 0, "same": (short - 1) // 2, "valid": short - 1}[mode]
    whole = np.pad(g, ((before, long + short - 1 - np.shape(g)[0] - before),))
    reverse = other[::-1]
    return np.convolve(whole, reverse, mode="valid")


convolve = primitive(
    "convolve", shape=_convolve_shape, dtype=lambda a, v, mode: ufunc_dtype(np.multiply)(a, v),
    derivative=(
        lambda g, y, a, v, mode: _convolve_error(g, v, np.shape(a)[0], mode),
        lambda g, y, a, v, mode: _convolve_error(g, a, np.shape(v)[0], mode),
    ),
    python="np.convolve({0}, {1}, mode='{mode}')", latex=r"{0} * {1}",
    examples=lambda random: [
        ((random.normal(size=a), random.normal(size=v)), {"mode": mode})
        for a, v in ((5, 3), (3, 5), (4, 2), (4, 4)) for mode in ("full", "same", "valid")
    ],
)  # fmt: skip


def _vector(a):
    """A scalar as a vector of one element, as NumPy takes it."""
    return a if np.ndim(a) else np.reshape(a, 1)


@implements(np.correlate)
def _correlate(a, v, mode="valid"):
    if not np.ndim(a) or not np.ndim(v):
        raise ValueError("np.correlate needs two vectors.")
    if np.shape(a)[0] < np.shape(v)[0]:  # NumPy swaps them, and reverses the result
        return np.convolve(v, a[::-1], mode)[::-1]
    return np.convolve(a, v[::-1], mode)


# ---- interpolation---------------------------------------------------------------------------------------------------------


def _piecewise_linear(x, xp, fp):
    """The interpolation in NumPy, for its derivative; at a node it takes the slope of the segment to the right."""
    x, xp, fp = (each.astype(np.float64) for each in (x, xp, fp))
    last = np.shape(xp)[0] - 1
    if last == 0:
        return np.broadcast_to(fp, np.shape(x))
    place = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, last - 1)
    low_x, low_f = _take(xp, place), _take(fp, place)
    slope = (_take(fp, place + 1) - low_f) / (_take(xp, place + 1) - low_x)
    inside = np.where(x < xp[0], fp[0], slope * (x - low_x) + low_f)
    return np.where(x >= xp[last], fp[last], inside)


def _interp_shape(x: Shape, xp: Shape, fp: Shape) -> Shape:
    if not len(xp) == 1 == len(fp):
        raise ShapeMismatch("an interpolation needs a vector of places and a vector of values", (1, 2))
    require_same(xp[0], fp[0], "the sizes differ", (1, 2), (0, 0))
    return x


interp = primitive(
    "interp", shape=_interp_shape, dtype=lambda *dtypes: np.dtype(np.float64), derivative=rules_of(_piecewise_linear, 3),
    python="np.interp({0}, {1}, {2})",
    examples=lambda random: [
        ((x, np.array([-1.0, 0.1, 2.0]), random.normal(size=3)), {})
        for x in (np.array(0.7), np.array([-2.0, -0.5, 0.6, 3.0]), np.array([[0.3], [1.5]]))
    ],
)  # fmt: skip


@implements(np.interp)
def _interp(x, xp, fp, left=None, right=None, period=None):
    if period is not None:
        refuse(
            "np.interp(…, period=…) has no derivative here",
            "reduce x with %, and give the first point again behind the last",
        )
    x, xp, fp = map(array_of, (x, xp, fp))
    if right is not None:
        return np.where(x > xp[-1], right, np.interp(x, xp, fp, left=left))
    if left is not None:
        return np.where(x < xp[0], left, np.interp(x, xp, fp))
    return bind(interp, (x, xp, fp))


# ---- differences and sums --------------------------------------------------------------------------------------------------


def _steps(x, axis, ndim):
    return np.reshape(np.diff(x), tuple(-1 if place == axis else 1 for place in range(ndim)))


@implements(np.trapezoid)
def _trapezoid(y, x=None, dx=1.0, axis=-1):
    axis = normalize_axis_index(axis, np.ndim(y))
    width = dx if x is None else _steps(x, axis, np.ndim(y)) if np.ndim(x) == 1 else np.diff(x, axis=axis)
    return np.sum(width * (part_of(y, axis, 1) + part_of(y, axis, None, -1)) / 2.0, axis=axis)


@implements(np.gradient)
def _gradient(f, *varargs, axis=None, edge_order=1):
    axes = tuple(range(np.ndim(f))) if axis is None else normalize_axis_tuple(axis, np.ndim(f))
    f = f if np.result_type(f).kind == "f" else f.astype(np.float64)
    spacings = varargs or (1.0,)
    spacings = spacings * len(axes) if len(spacings) == 1 and np.ndim(spacings[0]) == 0 else spacings
    if len(spacings) != len(axes):
        raise TypeError("invalid number of arguments")
    found = [_slopes(f, *pair, edge_order) for pair in zip(axes, spacings, strict=True)]
    return found[0] if len(found) == 1 else tuple(found)


def _slopes(f, axis, spacing, edge_order):
    """The slopes of parabolas through three neighbors, evenly spaced or not; at the edges, of a line or of the last parabola."""
    size, is_even = np.shape(f)[axis], np.ndim(spacing) == 0
    if not is_even and np.shape(spacing) != (size,):
        raise ValueError(f"np.gradient needs a place for each of {size} numbers, and there are {np.size(spacing)}.")
    if not 1 <= edge_order <= 2 or size <= edge_order:
        raise ValueError(f"np.gradient needs at least {edge_order + 1} numbers, and edge_order 1 or 2.")

    def part(*limits):
        return part_of(f, axis, *limits)

    def step(place):
        return spacing if is_even else np.expand_dims(steps[along(axis, place)], axis)

    def edge(near, far):
        """The weights of three values in the slope at the first of them."""
        both = near + far
        return -(near + both) / (near * both), both / (near * far), -near / (far * both)

    if is_even:
        inside = (part(2, None) - part(None, -2)) / (2.0 * spacing)
    else:
        steps = _steps(spacing, axis, np.ndim(f))
        before, behind = part_of(steps, axis, None, -1), part_of(steps, axis, 1)
        both = before + behind
        inside = -behind / (before * both) * part(None, -2) + (behind - before) / (before * behind) * part(1, -1)
        inside = inside + before / (behind * both) * part(2, None)
    if edge_order == 1:
        first, last = (part(1, 2) - part(0, 1)) / step(0), (part(-1, None) - part(-2, -1)) / step(-1)
    else:
        a, b, c = edge(step(0), step(1))
        first = a * part(0, 1) + b * part(1, 2) + c * part(2, 3)
        c, b, a = (-share for share in edge(step(-1), step(-2)))
        last = a * part(-3, -2) + b * part(-2, -1) + c * part(-1, None)
    return np.concatenate([first, inside, last], axis=axis).astype(f.dtype)


# ---- polynomials -----------------------------------------------------------------------------------------------------------


@implements(np.vander)
def _vander(x, N=None, increasing=False):
    powers = np.arange(np.shape(x)[0] if N is None else N)
    x = x.astype(np.promote_types(x.dtype, int))
    if not powers.size:
        return np.zeros((np.shape(x)[0], 0), x.dtype)
    columns = [
        np.ones_like(x) if power == 0 else x**power for power in map(int, powers if increasing else powers[::-1])
    ]
    return np.stack(columns, axis=1)


@implements(np.polyval)
def _polyval(p, x):
    p, x = array_of(p), array_of(x)
    if not np.shape(p)[0]:
        return np.zeros_like(x)
    total = 0
    for place in range(np.shape(p)[0]):
        total = total * x + p[place]
    return total


@implements(np.unwrap)
def _unwrap(p, axis=-1):
    """Jumps of more than half a period are corrected by whole periods, which are constant."""
    axis = normalize_axis_index(axis, np.ndim(p))
    jump = np.diff(p, axis=axis)
    turns = np.sign(jump) * ((np.pi - np.abs(jump)) // (2 * np.pi))
    whole = 2 * np.pi * np.cumsum(turns, axis=axis)
    return np.concatenate([part_of(p, axis, 0, 1), part_of(p, axis, 1) + whole], axis=axis)


# ---- choices ---------------------------------------------------------------------------------------------------------------


@implements(np.select)
def _select(condlist, choicelist, default=0):
    found = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        found = np.where(condition, choice, found)
    return found


@implements(np.choose)
def _choose(a, choices, *, mode="raise"):
    a = array_of(a)
    if a.dtype.kind not in "biu":
        raise TypeError(f"np.choose takes whole numbers for places, and is given {a.dtype}.")
    return bind(choose, (a, *map(strongly_typed, choices)), (("mode", mode),))


def _choose_rule(g, y, places, *choices, mode="raise"):
    """The error of a choice is g where that choice was taken, else 0."""
    last = len(choices) - 1
    taken = np.clip(places, 0, last) if mode == "clip" else places % (last + 1) if mode == "wrap" else places
    return [None, *(np.where(taken == place, g, 0.0) for place in range(last + 1))]


choose = primitive(
    "choose", helper=helpers.choose, shape=elementwise, params={"mode": "raise"}, derivative=_choose_rule,
    dtype=lambda places, *choices, mode="raise": common_dtype(*choices),
    python="choose({*}, mode='{mode}')", latex=r"\operatorname{choose}({*}, {mode})",
    examples=lambda random: [
        ((np.array([[1, 0, 1], [0, 0, 1]]), random.normal(size=(2, 3)), random.normal(size=3)), {}),
        ((np.array([[1, 0, 7], [-3, 0, 1]]), random.normal(size=(2, 3)), random.normal(size=())), {"mode": "clip"}),
        ((np.array([5, -1]), random.normal(size=2), random.normal(size=2), random.normal(size=2)), {"mode": "wrap"}),
    ],
)  # fmt: skip


@implements(np.piecewise)
def _piecewise(x, condlist, funclist, *args, **keywords):
    """Where several conditions hold, the last one wins; a function gets the elements for which its condition holds."""
    conditions = _conditions(condlist, np.ndim(x))
    if len(conditions) == len(funclist) - 1:
        conditions.append(~functools.reduce(np.logical_or, conditions))
    if len(conditions) != len(funclist):
        count = len(conditions)
        raise ValueError(f"with {count} condition(s), either {count} or {count + 1} functions are expected")
    x = array_of(x)
    found = filled(np.shape(x), 0, x.dtype, x)
    for condition, piece in zip(conditions, funclist, strict=True):
        if np.shape(condition) != np.shape(x):
            raise IndexError(
                f"a condition of shape {np.shape(condition)} says nothing of numbers of shape {np.shape(x)}"
            )
        value = _piece(piece, x, condition, args, keywords) if callable(piece) else piece
        value = value.astype(x.dtype) if hasattr(value, "dtype") else x.dtype.type(value)
        found = np.where(condition, value, found)
    return found


def _conditions(condlist, ndim):
    """The conditions of np.piecewise as a list; a single one may be given without its list."""
    rows = (list, np.ndarray)
    if isinstance(condlist, (bool, np.bool_)) or (
        ndim
        and not isinstance(condlist[0], rows)
        and not np.ndim(condlist[0] if isinstance(condlist[0], Traced) else 0)
    ):
        condlist = [condlist]
    traced = [isinstance(each, list) and any(isinstance(part, Traced) for part in each) for each in condlist]
    return [
        np.stack(each) if nest else each if isinstance(each, Traced) else np.asarray(each, bool)
        for each, nest in zip(condlist, traced, strict=True)
    ]


def _piece(function, x, condition, args, keywords):
    """The values of a function of the elements for which a condition holds, at their positions.

    An elementwise function gets all elements, so that their number need not become a condition of the program.
    """
    start = bind(PRIMITIVES["identity"], (x,)) if isinstance(x, Traced) else None
    try:
        value = function(x if start is None else start, *args, **keywords)
        if start is not None and _is_elementwise(value, start):
            return value
    except (ValueError, IndexError, TypeError):  # elements outside the function's domain
        pass
    there = np.compress(np.reshape(condition, -1), np.reshape(x, -1))
    if not np.size(there):
        return np.zeros((), x.dtype)
    value = np.broadcast_to(function(there, *args, **keywords), np.shape(there))
    places = np.maximum(np.cumsum(np.reshape(condition, -1)) - 1, 0)  # of each element in `value`
    return np.reshape(_take(value, places), np.shape(x))


def _is_elementwise(value, start):
    """Whether a value was computed from `start` by elementwise operations and scalars alone."""
    waiting, seen = [value], set()
    while waiting:
        node = waiting.pop()
        if node is start or (np.ndim(node) == 0 and not (isinstance(node, Traced) and node.id > start.id)):
            continue
        if not isinstance(node, Traced) or node.id < start.id or not (node.primitive and node.primitive.elementwise):
            return False
        if node.id not in seen:
            seen.add(node.id)
            waiting += node.inputs
    return True


@implements(np.full_like)
def _full_like(a, fill_value, dtype=None, order="K", subok=True, shape=None):
    dtype = (a if isinstance(a, Traced) else np.asarray(a)).dtype if dtype is None else np.dtype(dtype)
    if isinstance(fill_value, Sized) and isinstance(a, Traced) and (dtype.kind in "fc" or isinstance(fill_value, int)):
        return filled(np.shape(a) if shape is None else sizes_in(shape), 1, dtype, a) * fill_value.operand
    value = fill_value.astype(dtype) if isinstance(fill_value, Traced) else np.asarray(fill_value, dtype)
    sizes = np.shape(a) if shape is None else shape
    if not isinstance(value, Traced) or sizes == ():
        return np.broadcast_to(value, sizes)
    like = layout_of(a) if isinstance(a, Traced) else a
    fill = functools.partial(np.broadcast_to, value, sizes)
    # A number is repeated as new memory; a row would be a view of it.
    make = functools.partial(np.copy, fill()) if value.ndim else fill
    return laid_out(make, lambda filling: np.full_like(like, filling, dtype, order, shape=shape))


register(
    {
        np.convolve: lambda a, v, mode="full": bind(convolve, (_vector(a), _vector(v)), (("mode", mode),)),
        np.empty_like: lambda prototype, dtype=None, order="K", subok=True, shape=None: np.zeros_like(
            prototype, dtype, shape=shape
        ),
        np.iscomplexobj: lambda x: x.dtype.kind == "c",
        np.isrealobj: lambda x: x.dtype.kind != "c",
        np.result_type: lambda *args: np.result_type(*(a.dtype if isinstance(a, Traced) else a for a in args)),
        np.iscomplex: lambda x: np.imag(x) != 0 if x.dtype.kind == "c" else x != x,
    }
)

of_sizes_at_hand(np.convolve, np.correlate, np.interp, np.polyval, np.vander)
