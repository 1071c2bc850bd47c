"""Arguments that are legal and rarely given: every way to run a function gives NumPy's value, or an error that explains itself.

Each function of a table is run recorded, compiled for NumPy and for native loops, and as a gradient twice: as it is recorded,
and compiled. The reductions and scans of the registry are thrown all axes at, on arrays without axes, empty ones and of one
number.
"""

import itertools

import numpy as np
import pytest

import chainrule as cr
from chainrule.calculus import backward_cache
from chainrule.program import names

pytestmark = pytest.mark.unnamed
V, M, T = np.array([1.0, -2.0, 0.5]), np.arange(6.0).reshape(2, 3) / 7 - 0.3, np.arange(24.0).reshape(2, 3, 4) / 9
NONE, ROWS, COLUMNS, ONE, NUMBER = np.zeros(0), np.zeros((0, 3)), np.zeros((2, 0)), np.array([[0.5]]), np.array(0.7)
TIES = np.array([0.0, 1.0, 1.0, 3.0])
nan, inf = np.nan, np.inf

CALLS = {
    # closeness, of infinities too
    "isclose to infinity": (lambda x: x * np.isclose(x, inf), V),
    "isclose to infinities": (lambda x: np.where(np.isclose(x, np.array([inf, -inf, 0.5])), 1.0, x), V),
    "isclose of nan": (lambda x: np.isclose(x * nan, nan, equal_nan=True) * 1.0 + x, V),
    "isclose from the left": (lambda x: np.isclose(1, x) + x, V),
    "allclose to infinity": (lambda x: x * np.allclose(x, inf), V),
    "allclose of nan": (lambda x: x * np.allclose(x * nan, nan, equal_nan=True), V),
    # choices
    "choose by a list": (lambda x: np.choose([0, 1, 0], [x, 10 * x]), V),
    "choose by a tuple": (lambda x: np.choose((1, 1, 0), (x, 10 * x)), V),
    "choose out of range": (lambda x: np.choose([0, 2, 0], [x, 10 * x]), V),
    "choose below the range": (lambda x: np.choose([0, -1, 0], [x, 10 * x]), V),
    "choose, wrapped": (lambda x: np.choose([0, -1, 5], [x, 10 * x], mode="wrap"), V),
    "choose, clipped": (lambda x: np.choose([0, -1, 5], [x, 10 * x], mode="clip"), V),
    "choose by a traced place": (lambda x: np.choose(np.argmax(x), [x, 10 * x, 100 * x]), V),
    "choose a row": (lambda x: np.choose(np.array([1, 0, 1]), x), M),
    "piecewise, overlapping": (lambda x: np.piecewise(x, [x > -3, x > 0], [lambda v: v**2, lambda v: 3 * v]), V),
    "piecewise of a subset": (lambda x: np.piecewise(x, [x > 0], [lambda v: v - np.mean(v), lambda v: v * np.sum(v)]), V),
    "piecewise of a row": (lambda x: np.piecewise(x, [True, False, True], [1.0]) + x, V),
    "piecewise with a default": (lambda x: np.piecewise(x, [x > 0, x < -1], [5.0, np.sin, np.cos]), V),
    "piecewise of nothing": (lambda x: np.piecewise(x, [x > 9], [lambda v: v / np.size(v), lambda v: 2 * v]), V),
    "piecewise of too many": (lambda x: np.piecewise(x, [x > 0], [1.0, 2.0, 3.0]), V),
    "piecewise of a number": (lambda x: np.piecewise(x, [x > 0, x < 0], [lambda v: v**2, 1.0]), NUMBER),
    "piecewise with arguments": (lambda x: np.piecewise(x, [x > 0], [lambda v, k, p: k * v**p, 0.0], 3.0, p=2), V),
    # places
    "insert, unsorted": (lambda x: np.insert(x, [2, 0], [9.0, 8.0]), V),
    "insert, negative": (lambda x: np.insert(x, [-1, 1], x[:2]), V),
    "insert several at one": (lambda x: np.insert(x, 1, [7.0, 8.0, 9.0]), V),
    "insert one, negative": (lambda x: np.insert(x, -1, x[0]), V),
    "insert twice at one": (lambda x: np.insert(x, [1, 1, 0], [1.0, 2.0, 3.0]), V),
    "insert at a slice": (lambda x: np.insert(x, slice(0, 2), x[:2]), V),
    "insert at a mask": (lambda x: np.insert(x, np.array([True, False, True]), 4.0), V),
    "insert rows": (lambda x: np.insert(x, [1], [[1.0], [2.0]], axis=0), M),
    "insert columns": (lambda x: np.insert(x, 1, [1.0, 2.0], axis=1), M),
    "insert beyond": (lambda x: np.insert(x, 7, 1.0), V),
    "compress, short": (lambda x: np.compress([False, True], x), V),
    "compress rows, short": (lambda x: np.compress([True], x, axis=0), M),
    "compress, long": (lambda x: np.compress([True, False, True, False], x), V),
    "compress, too long": (lambda x: np.compress([True, False, True, True], x), V),
    "compress a number": (lambda x: np.compress([True], x, axis=0), NUMBER),
    "pad a number": (lambda x: np.pad(x, 1), NUMBER),
    "convolve a number": (lambda x: np.convolve(x, [1.0, 2.0]), NUMBER),
    "convolve with a number": (lambda x: np.convolve(V, x), NUMBER),
    "correlate a number": (lambda x: np.correlate([1.0, 2.0], x), NUMBER),
    "expand_dims at a list": (lambda x: np.expand_dims(x, [0, 1]), V),
    "pad by axis": (lambda x: np.pad(x, {0: (1, 2)}), M),
    "pad by axis from the back": (lambda x: np.pad(x, {-1: 1}, constant_values=2.0), M),
    "digitize, falling": (lambda x: x * np.digitize(x, [1.0, 0.5, -2.0]), V),
    "digitize, mixed": (lambda x: x * np.digitize(x, [1.0, -2.0, 0.5]), V),
    # nothing, and too few
    "variance of nothing": (lambda x: np.var(x, axis=1), ROWS),
    "variance along nothing": (lambda x: np.var(x, axis=1), COLUMNS),
    "variance of too few": (lambda x: np.var(x, ddof=5), V),
    "deviation of too few": (lambda x: np.std(x, ddof=3), V),
    "covariance of too few": (lambda x: np.cov(x), ONE),
    "median of nothing": (lambda x: np.median(x), NONE),
    "median along nothing": (lambda x: np.median(x, axis=1, keepdims=True), COLUMNS),
    "quantile of nothing": (lambda x: np.quantile(x, 0.5), NONE),
    "quantile out of range": (lambda x: np.quantile(x, 1.5), V),
    "products of nothing": (lambda x: np.tensordot(x, np.zeros((3, 0)), axes=1), ROWS),
    "products along nothing": (lambda x: np.tensordot(x, np.zeros((0, 4)), axes=1), COLUMNS),
    "division by nothing": (lambda x: x / 0, V),
    "remainder of nothing": (lambda x: x % 0.0, V),
    "a power of zero": (lambda x: (0.0 * x) ** -1, V),
    "logarithms of nothing": (lambda x: np.log(x * 0), V),
    "slopes along a list of axes": (lambda x: np.gradient(x, axis=[0, 1])[1], M),
    # lists for arrays
    "a list of one": (lambda x: np.dot([2.0, 1.0, 0.0], x) + np.inner(x, [1.0, 2.0, 3.0]), V),
    "weights as a list": (lambda x: np.average(x, weights=[1, 2, 3]), V),
    "powers of a list": (lambda x: np.polyval([1.0, 2.0], x) + np.interp(x, [0, 1], [2, 4]), V),
    "ldexp of the small": (lambda x: np.ldexp(x * 2.0**-1000, 1500), V),
    "unknown numbers": (lambda x: np.nanmax(x * nan) + np.sum(x), V),
    "no deviation": (lambda x: np.nanstd(0 * x + 1), V),
}  # fmt: skip

REDUCED = [
    np.sum, np.mean, np.max, np.min, np.prod, np.var, np.std, np.any, np.all, np.median, np.ptp, np.nansum, np.nanmean, np.nanvar,
    np.nanstd, np.nanmax, np.nanmin, np.nanprod, np.nanmedian, np.count_nonzero, np.average, np.linalg.norm,
    lambda x, axis: np.quantile(x, 0.3, axis=axis), lambda x, axis: np.nanquantile(x, [0.2, 1.0], axis=axis),
    lambda x, axis: np.logaddexp.reduce(x, axis=axis), lambda x, axis: np.sum(x, axis=axis, keepdims=True),
]  # fmt: skip
ALONG = [
    np.cumsum, np.cumprod, np.sort, np.argsort, np.argmax, np.argmin, np.nancumsum, np.diff, np.flip, np.squeeze, np.expand_dims,
    np.trapezoid, np.unwrap, lambda x, axis: np.repeat(x, 2, axis=axis), lambda x, axis: np.roll(x, 1, axis=axis),
    lambda x, axis: np.take(x, [0], axis=axis), lambda x, axis: np.delete(x, 0, axis=axis),
    lambda x, axis: np.concatenate([x, x], axis=axis), lambda x, axis: np.stack([x, x], axis=axis),
    lambda x, axis: np.append(x, x, axis=axis), lambda x, axis: np.insert(x, 0, 1.0, axis=axis),
    lambda x, axis: np.split(x, 1, axis=axis)[0], lambda x, axis: np.linspace(x, 1.0, 3, axis=axis),
    lambda x, axis: np.partition(x, 0, axis=axis),
]  # fmt: skip
AXES = [None, 0, -1, 1, -2, 2, (), (0,), (0, 1), (-1, 0), (0, 0), [0], [0, 1], 7]
ARRAYS = [V, M, T, NONE, ROWS, COLUMNS, ONE, NUMBER, TIES]


def outcome(call, *arguments):
    """A value, or the error in place of it."""
    try:
        return np.asarray(call(*arguments))
    except (cr.ChainruleError, ValueError, IndexError, TypeError, ZeroDivisionError) as error:
        return error


def faults(function, x, native):
    """What is wrong in any way to run a function: a value that is not NumPy's, an error that does not explain itself."""
    right = outcome(function, x)

    def cost(x):
        return np.sum(function(x) * 1.0)

    slopes = []

    def value():
        found, slope = cr.value_and_grad(cost)(x)
        slopes.append(slope)
        return found

    ways = {
        "value": outcome(value),
        "trace": outcome(lambda: cr.trace(function, [x])(x)),
        "numpy": outcome(cr.compile(function, executor="numpy"), x),
    }
    if native:
        ways["native"] = outcome(cr.compile(function, executor="native"), x)
    found = [each for way, value in ways.items() for each in fault(way, value, right)]
    if isinstance(right, Exception) or right.dtype.kind != "f":
        return found
    slopes.append(outcome(cr.grad(cost), x))
    if all(not isinstance(slope, Exception) for slope in slopes):
        same = all(np.allclose(slope, slopes[0], rtol=1e-12, atol=1e-14, equal_nan=True) for slope in slopes)
        return found if same else [*found, f"recorded and compiled: {slopes}"]
    plain = [repr(slope) for slope in slopes if not isinstance(slope, cr.ChainruleError)]
    return found + plain


def fault(way, value, right):
    if isinstance(right, Exception):
        if not isinstance(value, Exception):
            yield f"{way}: {value}, and NumPy says {right!r}"
    elif isinstance(value, Exception):
        if not isinstance(value, cr.ChainruleError):
            yield f"{way}: {value!r}, and NumPy gives {right}"
    elif way == "value":
        if not np.allclose(value, np.sum(right * 1.0), rtol=1e-12, atol=1e-13, equal_nan=True):
            yield f"{way}: {value}, and NumPy gives the sum of {right}"
    elif (value.shape, value.dtype) != (right.shape, right.dtype):
        yield f"{way}: {value!r}, and NumPy gives {right!r}"
    elif not np.allclose(value, right, rtol=1e-12, atol=1e-14, equal_nan=True):
        yield f"{way}: {value}, and NumPy gives {right}"


@pytest.fixture(autouse=True)
def compiled_at(monkeypatch):
    """The first gradient is recorded and the second compiled, and they are held against each other: here once is enough."""
    monkeypatch.setattr(backward_cache, "COMPILE_AT", 2)


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """Nothing is printed here, and to find names would take longer than all else."""
    monkeypatch.setattr(names, "stored_name", lambda frame, outermost: "")
    with np.errstate(all="ignore"):
        yield


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CALLS)
def test_odd_arguments(name):
    assert not faults(*CALLS[name], native=True)


@pytest.mark.wide
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("at", range(len(REDUCED) + len(ALONG)))
def test_axes_of_every_kind(at):
    """A function on half of the pairs of an array and axes, as on a chess board, and the next function on the other half."""
    function, found = [*REDUCED, *ALONG][at], {}
    for number, ((row, x), (column, axis)) in enumerate(itertools.product(enumerate(ARRAYS), enumerate(AXES))):
        if (row + column + at) % 2:
            continue

        def call(x, axis=axis):
            return function(x, axis=axis)

        if isinstance(axis, list) and isinstance(outcome(call, x), TypeError):
            continue  # NumPy takes no list there; the library may
        if axis == () and not x.size:
            continue  # some of NumPy's own functions cannot make the shape
        if wrong := faults(call, x, native=number % 5 == 0):
            found[x.shape, str(axis)] = wrong[0]
    assert not found


def test_planted_passes_that_are_compiled_wrong_are_seen(monkeypatch):
    monkeypatch.setattr(backward_cache, "_compiled", lambda *args: None)
    assert not faults(np.cumsum, V, native=False)
    backward_cache.clear()
    wrong = backward_cache.BackwardPass(None, lambda *args: (np.zeros(3),), (), (), (), (0,))
    monkeypatch.setattr(backward_cache, "_compiled", lambda *args: wrong)
    assert faults(np.cumsum, V, native=False)


def test_a_gradient_inside_a_compiled_one():
    assert cr.grad(lambda a: cr.compile(lambda b: a * b)(2.0))(3.0) == 2.0
    assert cr.grad(lambda a: cr.compile(lambda b: a * b)(a))(3.0) == 6.0
