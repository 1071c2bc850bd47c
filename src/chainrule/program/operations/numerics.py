"""Interpolation, convolution, differences and sums that stand for derivatives and integrals, polynomials."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..binding import bind
from ..dims import Shape, ShapeMismatch
from ..primitive import primitive, ufunc_dtype
from ..refusing import refuse
from ..traced import FUNCTIONS, Traced
from .compositions import composition


def _along(axis, part):
    return (slice(None),) * axis + (part,)


def _array(x):
    return x if isinstance(x, Traced) else np.asarray(x)


def _at(a, places):
    """np.take, which NumPy does not tell of traced places."""
    take = FUNCTIONS[np.take] if isinstance(a, Traced) or isinstance(places, Traced) else np.take
    return take(a, places)


# ---- convolution -----------------------------------------------------------------------------------------------------------


def _convolved(a: Shape, v: Shape, mode: str) -> Shape:
    if len(a) != 1 or len(v) != 1 or not a[0] or not v[0]:
        raise ShapeMismatch("a convolution needs two vectors", (0, 1))
    long, short = max(a[0], v[0]), min(a[0], v[0])
    return ({"full": long + short - 1, "same": long, "valid": long - short + 1}[mode],)


def _convolve_error(g, other, size, mode):
    """The full convolution's error is g among zeros; that of one factor, its correlation with the other factor."""
    long, short = max(size, np.shape(other)[0]), min(size, np.shape(other)[0])
    before = {"full": 0, "same": (short - 1) // 2, "valid": short - 1}[mode]
    whole = np.pad(g, ((before, long + short - 1 - np.shape(g)[0] - before),))
    reverse = other[::-1]
    return np.convolve(whole, reverse, mode="valid")


convolve = primitive(
    "convolve", shape=_convolved, dtype=lambda a, v, mode: ufunc_dtype(np.multiply)(a, v),
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


@composition(np.convolve)
def _convolve(a, v, mode="full"):
    return bind(convolve, (a, v), (("mode", mode),))


@composition(np.correlate)
def _correlate(a, v, mode="valid"):
    if np.shape(a)[0] < np.shape(v)[0]:
        return np.convolve(a, v[::-1], "full")[_centered(np.shape(a)[0], np.shape(v)[0], mode)]
    return np.convolve(a, v[::-1], mode)


def _centered(short, long, mode):
    """The part of a full correlation that NumPy keeps where the first vector is the shorter: it swaps them, and turns back."""
    start = {"full": 0, "same": short - 1 - (short - 1) // 2, "valid": short - 1}[mode]
    return slice(start, start + {"full": long + short - 1, "same": long, "valid": long - short + 1}[mode])


# ---- interpolation ---------------------------------------------------------------------------------------------------------


@composition(np.interp)
def _interp(x, xp, fp, left=None, right=None, period=None):
    if period is not None:
        refuse(
            "np.interp(…, period=…) has no derivative here",
            "reduce x with %, and give the first point again behind the last",
        )
    x, xp, fp = map(_array, (x, xp, fp))
    last = np.shape(xp)[0] - 1
    if last == 0:
        return np.where(
            x == xp[0], fp[0], np.where(x < xp[0], fp[0] if left is None else left, fp[0] if right is None else right)
        )
    place = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, last - 1)
    low_x, low_f = _at(xp, place), _at(fp, place)
    slope = (_at(fp, place + 1) - low_f) / (_at(xp, place + 1) - low_x)
    inside = slope * (x - low_x) + low_f
    below = np.where(x < xp[0], fp[0] if left is None else left, inside)
    return np.where(x > xp[last], fp[last] if right is None else right, np.where(x == xp[last], fp[last], below))


# ---- differences and sums --------------------------------------------------------------------------------------------------


def _steps(x, axis, ndim):
    return np.reshape(np.diff(x), tuple(-1 if place == axis else 1 for place in range(ndim)))


@composition(np.trapezoid)
def _trapezoid(y, x=None, dx=1.0, axis=-1):
    axis = normalize_axis_index(axis, np.ndim(y))
    width = dx if x is None else _steps(x, axis, np.ndim(y)) if np.ndim(x) == 1 else np.diff(x, axis=axis)
    return np.sum(width * (y[_along(axis, slice(1, None))] + y[_along(axis, slice(None, -1))]) / 2.0, axis=axis)


@composition(np.gradient)
def _gradient(f, *varargs, axis=None, edge_order=1):
    axes = tuple(range(np.ndim(f))) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(normalize_axis_index(each, np.ndim(f)) for each in axes)
    spacings = varargs * len(axes) if len(varargs) == 1 else varargs or (1.0,) * len(axes)
    found = []
    for each, spacing in zip(axes, spacings, strict=True):
        if np.ndim(spacing):
            spacing = np.reshape(np.diff(spacing), (-1, *(1,) * (np.ndim(f) - each - 1)))
        found.append(_slopes(f, each, spacing, edge_order))
    return found[0] if len(found) == 1 else tuple(found)


def _slopes(f, axis, steps, edge_order):
    """The slopes of the parabolas through three neighbors, of any distances; at an edge, of a line or of the last parabola."""
    left, middle, right = (f[_along(axis, slice(*part))] for part in ((None, -2), (1, -1), (2, None)))
    if np.ndim(steps):
        before, behind = steps[:-1], steps[1:]
        inside = ((middle - left) * (behind / before) + (right - middle) * (before / behind)) / (before + behind)
        first, second, last_but_one, last = steps[:1], steps[1:2], steps[-2:-1], steps[-1:]
    else:
        inside = (right - left) / (2.0 * steps)
        first = second = last_but_one = last = steps
    edges = []
    for places, near, far in (((0, 1, 2), first, second), ((-1, -2, -3), last, last_but_one)):
        sign = 1 if places[0] == 0 else -1
        row = [np.expand_dims(f[_along(axis, place)], axis) for place in places[: edge_order + 1]]
        line = sign * (row[1] - row[0]) / near
        if edge_order == 2:
            line = line + near * (line - sign * (row[2] - row[1]) / far) / (near + far)
        edges.append(line)
    return np.concatenate([edges[0], inside, edges[1]], axis=axis)


@composition(np.ediff1d)
def _ediff1d(ary):
    return np.diff(np.reshape(ary, -1))


# ---- polynomials -----------------------------------------------------------------------------------------------------------


@composition(np.vander)
def _vander(x, N=None, increasing=False):
    powers = np.arange(np.shape(x)[0] if N is None else N)
    columns = [
        np.ones_like(x) if power == 0 else x**power for power in map(int, powers if increasing else powers[::-1])
    ]
    return np.stack(columns, axis=1)


@composition(np.polyval)
def _polyval(p, x):
    total = 0.0
    for place in range(np.shape(p)[0]):
        total = total * x + p[place]
    return total


@composition(np.unwrap)
def _unwrap(p, axis=-1):
    """A jump over more than half a turn is made up for by whole turns, which are constant."""
    axis = normalize_axis_index(axis, np.ndim(p))
    jump = np.diff(p, axis=axis)
    turns = -np.round(jump / (2 * np.pi)) * (np.abs(jump) >= np.pi)
    whole = 2 * np.pi * np.cumsum(turns, axis=axis)
    return np.concatenate([p[_along(axis, slice(0, 1))], p[_along(axis, slice(1, None))] + whole], axis=axis)


# ---- choices ---------------------------------------------------------------------------------------------------------------


@composition(np.select)
def _select(condlist, choicelist, default=0):
    found = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        found = np.where(condition, choice, found)
    return found


@composition(np.choose)
def _choose(a, choices):
    return np.select([a == place for place in range(len(choices))], list(choices))


@composition(np.piecewise)
def _piecewise(x, condlist, funclist, *args):
    conditions = condlist if isinstance(condlist, (list, tuple)) else [condlist]
    pieces = [each(x, *args) if callable(each) else each for each in funclist]
    default = pieces[len(conditions)] if len(pieces) > len(conditions) else 0.0
    return np.select(list(conditions), pieces[: len(conditions)], default)


@composition(np.full_like)
def _full_like(a, fill_value):
    value = fill_value.astype(a.dtype) if isinstance(fill_value, Traced) else np.asarray(fill_value, a.dtype)
    return np.broadcast_to(value, np.shape(a))


FUNCTIONS[np.empty_like] = lambda prototype: np.zeros(prototype.shape, prototype.dtype)
FUNCTIONS[np.iscomplexobj] = lambda x: False
FUNCTIONS[np.isrealobj] = lambda x: True
FUNCTIONS[np.result_type] = lambda *args: np.result_type(*(a.dtype if isinstance(a, Traced) else a for a in args))
FUNCTIONS[np.iscomplex] = lambda x: x != x
