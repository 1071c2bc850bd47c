"""The few functions that printed programs call beside NumPy's. They change nothing that they are given.

Their source is printed in front of a program that uses them, so each is complete in itself.
"""

import numpy as np


def sigmoid(z):
    """Squash any number into 0 to 1; where exp overflows, 0 is right."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z))


def sigmoid_prime(z):
    """The slope of the sigmoid."""
    return sigmoid(z) * (1 - sigmoid(z))


def scatter(g, index, shape):
    """Zeros, but for g at an index: the derivative of taking x[index]."""
    result = np.zeros(shape, np.result_type(g))
    result[index] = g
    return result


def put(g, axis, indices, shape):
    """Zeros, with g added at places of an axis: the derivative of np.take."""
    result = np.zeros(shape, np.result_type(g))
    np.add.at(result, (slice(None),) * axis + (indices,), g)
    return result


def relu(z):
    """What is positive stays, the rest becomes 0."""
    return np.where(z > 0, z, 0)


def relu_prime(z):
    """The slope of the rectifier: 1 where z is positive, 0 elsewhere."""
    return np.heaviside(z, 0)


def softmax(z, axis=0):
    """Positive numbers that sum to 1 along an axis; no exp overflows."""
    e = np.exp(z - np.max(z, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def stop_gradient(x):
    """The very value, which a derivative takes for a constant."""
    return x


def recurrence(x, a, axis):
    """Sums that decay along an axis: each is x plus a times the one before."""
    result = np.array(np.broadcast_to(x, np.broadcast_shapes(np.shape(x), np.shape(a))), np.result_type(x, a))
    moved, decay = np.moveaxis(result, axis, 0), np.moveaxis(np.broadcast_to(a, np.shape(result)), axis, 0)
    for place in range(1, len(moved)):
        moved[place] += decay[place] * moved[place - 1]
    return result


def products_of_others(x, axis):
    """For each number of an axis the product of all others there; it needs no division, so numbers may be 0."""
    before, after = np.ones_like(x), np.ones_like(x)
    start, rest = (slice(None),) * axis + (slice(1, None),), (slice(None),) * axis + (slice(None, -1),)
    before[start] = np.cumprod(x[rest], axis=axis, dtype=np.result_type(x))
    after[rest] = np.flip(np.cumprod(np.flip(x[start], axis), axis=axis, dtype=np.result_type(x)), axis)
    return before * after


def add_along(g, indices, axis, shape):
    """Zeros, with g added at indices along an axis: the derivative of np.take_along_axis."""
    result = np.zeros(shape, np.result_type(g))
    places = list(np.ogrid[tuple(slice(size) for size in np.shape(indices))])
    places[axis] = indices
    np.add.at(result, tuple(places), g)
    return result


def add_at(g, index, shape):
    """Zeros, with g added at an index that may name a place twice: the derivative of x[index]."""
    result = np.zeros(shape, np.result_type(g))
    np.add.at(result, index, g)
    return result


def updated(x, value, index):
    """The array with other numbers at an index."""
    result = np.array(x)
    result[index] = value
    return result


def added(x, value, index):
    """The array with numbers added at an index, once for each time that it names a place."""
    result = np.array(x)
    np.add.at(result, index, value)
    return result


def on_diagonal(g, offset, axis1, axis2, shape):
    """Zeros, but for g on the diagonals of two axes: the derivative of np.diagonal."""
    result = np.zeros(shape, np.result_type(g))
    rows = np.arange(np.shape(g)[-1]) + max(-offset, 0)
    moved = np.moveaxis(result, (axis1, axis2), (-2, -1))
    moved[..., rows, rows + offset] = g
    return result


def cofactors(a):
    """The slopes of det(a): det(a) times its transposed inverse; they exist where there is no inverse, too."""
    try:
        return np.linalg.det(a)[..., None, None] * np.swapaxes(np.linalg.inv(a), -1, -2)
    except np.linalg.LinAlgError:
        u, s, v = np.linalg.svd(a)
        others = np.stack([np.prod(np.delete(s, place, -1), -1) for place in range(s.shape[-1])], -1)
        return (np.linalg.det(u) * np.linalg.det(v))[..., None, None] * ((u * others[..., None, :]) @ v)


def choose(places, *choices, mode="raise"):
    """At each place the number of the choice that is named there."""
    return np.choose(places, choices, mode=mode)


def first_max(x, axis=None, keepdims=False):
    """The largest along axes; of several that are equally large, the error goes to the first alone."""
    return np.max(x, axis=axis, keepdims=keepdims)


def winners(x, largest, axis):
    """True at the first place along axes where x is the largest, which keeps those axes."""
    at = np.moveaxis(x == largest, axis, range(-len(axis), 0))
    flat = np.reshape(at, (*at.shape[: at.ndim - len(axis)], -1))
    first = flat & (np.cumsum(flat, axis=-1) == 1)
    return np.moveaxis(np.reshape(first, at.shape), range(-len(axis), 0), axis)


def overlap_add(g, axis):
    """Windows added up where they lie in an array: the derivative of taking its windows along these axes."""
    places, size = np.shape(g)[: np.ndim(g) - len(axis)], np.shape(g)[np.ndim(g) - len(axis) :]
    wide = list(places)
    for along, width in zip(axis, size):
        wide[along] += width - 1
    result = np.zeros(wide, np.result_type(g))
    for place in np.ndindex(size):
        first = [sum(p for a, p in zip(axis, place) if a == along) for along in range(len(places))]
        result[tuple(slice(start, start + n) for start, n in zip(first, places))] += g[(..., *place)]
    return result


def windowed_einsum(subscripts, one, other, shape=None):
    """An Einstein sum in which two indices may add up: in 'fcij,nc(y+i)(x+j)->nfyx', weights slide over images.

    An index may have a step, as in (2y+i). The shape is the result's, where those of the arrays do not tell it.
    """

    def axes(term):  # each with its indices and their steps: (2y+i) is [("y", 2), ("i", 1)]
        parts = enumerate(term.replace(")", "(").split("("))  # what stands in brackets is every second one
        split = [axis for k, part in parts for axis in ([part.split("+")] if k % 2 else part)]
        return [[(each[-1], int(each[:-1] or 1)) for each in axis] for axis in split]

    terms = [axes(term) for term in subscripts.replace("->", ",").split(",")]
    given = [*zip(terms[0], np.shape(one)), *zip(terms[1], np.shape(other)), *zip(terms[2], shape or ())]
    sizes = {axis[0][0]: n for axis, n in given if len(axis) == 1}
    for axis, n in given:  # where no array tells, as many places as fit
        for (index, step), *rest in (axis, axis[::-1]):
            if index not in sizes:
                sizes[index] = (n - 1 - sum(by * (sizes[each] - 1) for each, by in rest)) // step + 1

    def reach(axis):
        return 1 + sum(step * (sizes[index] - 1) for index, step in axis)

    def seen(x, term):  # a view with an axis for each index
        parts = [(*axis[k], by) for k in (1, 0) for axis, by in zip(term, x.strides) if k < len(axis)]
        sides, strides = [sizes[index] for index, _, _ in parts], [step * by for _, step, by in parts]
        return np.lib.stride_tricks.as_strided(x, sides, strides)

    if any(reach(axis) > n or (len(axis) == 1 and reach(axis) < n) for axis, n in given):
        raise ValueError(f"the shapes {np.shape(one)} and {np.shape(other)} do not fit {subscripts}")
    letters = ["".join(axis[k][0] for k in (1, 0) for axis in term if k < len(axis)) for term in terms]
    views = [seen(np.asarray(one), terms[0]), seen(np.asarray(other), terms[1])]
    whole = int(np.prod([sizes[each] for each in letters[2]]))
    if letters[2] == "".join(axis[0][0] for axis in terms[2]):  # a matrix product needs a copy of all windows
        return np.einsum("{},{}->{}".format(*letters), *views, optimize=max(view.size for view in views) < 2**26)
    result = np.zeros(shape or [reach(axis) for axis in terms[2]], np.result_type(*views))
    places, into = [axis[1][0] for axis in terms[2] if len(axis) == 2], seen(result, terms[2])
    once = np.einsum("{},{}->{}".format(*letters), *views, optimize=True) if whole < 2**26 else None
    for place in np.ndindex(into.shape[: len(places)]):
        if once is None:
            at = dict(zip(places, place))
            parts = [view[tuple(at.get(each, slice(None)) for each in own)] for view, own in zip(views, letters)]
            rest = ["".join(each for each in own if each not in at) for own in letters]
            into[place] += np.einsum("{},{}->{}".format(*rest), *parts, optimize=True)
        else:
            into[place] += once[place]
    return result


def newton_root(function, slope, start, *given, tolerance=1e-12, steps=100):
    """Where a function is 0, by Newton's method; a step that does not make it smaller is halved."""
    x = np.array(start, float)[()]
    value = function(x, *given)
    first, near, ahead = np.max(np.abs(value), initial=0.0), False, np.inf
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        for turn in range(steps + 1):
            size = np.max(np.abs(value), initial=0.0)
            if size == 0:
                return x
            rate = slope(x, *given)
            try:
                step = np.linalg.solve(rate, value) if np.ndim(x) else value / rate
            except np.linalg.LinAlgError:
                break
            # A function that is small only because its root is at infinity has as far to go as it has come.
            ahead = np.max(np.abs(step))
            near = ahead <= np.cbrt(tolerance) * np.max(np.abs([x, x - start]))
            if near and size <= tolerance * min(1.0, first):
                return x
            if ahead <= 4 * np.finfo(float).eps * np.max(np.abs(x)):
                break
            moved = function(x - step, *given)
            for _ in range(50):
                if np.max(np.abs(moved)) < size:
                    break
                step = step / 2
                moved = function(x - step, *given)
            if turn == steps or not np.max(np.abs(moved)) < size:
                break
            x, value = x - step, moved
    if (near or ahead <= tolerance) and size <= np.sqrt(tolerance) * max(1.0, first):
        return x
    raise ValueError(f"Newton's method found no root near {start}; begin elsewhere.")
