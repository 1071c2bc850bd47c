"""What cannot be traced is refused with the line that does it and the way to write it instead, word for word."""

import collections
import copy
import dataclasses
import math
import pickle
import re

import numpy as np
import pytest
import scipy.integrate
import scipy.interpolate
import scipy.linalg
import scipy.ndimage
import scipy.optimize
import scipy.special
import scipy.stats

import chainrule as cr
from chainrule import Spec, TracingError
from chainrule.program.reach import WRITES, names_in

X = np.array([1.0, 2.0, 3.0])
NO_OUTSIDE = "a traced value cannot be put into an array that comes from outside of the function; copy it first, as in b = np.array(b)."
OUTSIDE = np.zeros(3)
GENERAL = "write it with np functions, or declare it with @chainrule.primitive, which takes a derivative by hand"
NO_ARRAY = "a traced array cannot be made into a plain NumPy array; to join traced values, write np.stack([…]) instead of np.array([…])."
NO_FLOAT = "float(), and whatever calls it, would cut the value off from its derivative; keep the value as it is, and use np functions on it."
NO_PLAIN = NO_ARRAY.partition(";")[0]
NO_ITERATION = (
    "a traced number cannot be iterated over or unpacked; use it as it is, or loop over the array that it comes from."
)
NO_INT = (
    "int() would cut the value off from its derivative; keep the value as it is, or pass a plain int to the function."
)
IN_A_QUEUE = collections.deque([scipy.special.logsumexp, np.eye(3), np.arange(3.0)])
NO_COUNT = "a traced value cannot be an index or a count; pass a plain int to the function."


def fills(x):
    buffer = OUTSIDE
    buffer[0] = x[0]


def fills_a_slice(x):
    OUTSIDE[:] = x


def adds_to(x):
    buffer = OUTSIDE
    buffer += x


def writes_out(x):
    np.exp(x, out=OUTSIDE)


def adds_at(x):
    np.add.at(OUTSIDE, [0, 1, 1], x)


def multiplies_at(x):
    y = x * 1.0
    np.multiply.at(y, [0, 0], x[:2])


def takes_out(x):
    del x[0]


def unpacks(x):
    _, _ = np.sum(x)


def loops(x):
    for _ in np.sum(x):
        pass


WINDOWS = (
    "write np.lib.stride_tricks.sliding_window_view(x, shape)[::step] instead of np.lib.stride_tricks.as_strided(…)"
)
REFUSALS = {
    "del x[0]": (takes_out, "del would take a part out of an array; write np.delete(x, index), or np.concatenate of what stays."),
    "_, _ = np.sum(x)": (unpacks, NO_ITERATION),
    "for _ in np.sum(x)": (loops, NO_ITERATION),
    "len(x[0])": (lambda x: len(x[0]),
                  "a traced number has no length; use it as it is, or write np.size(x) for how many numbers x holds."),
    "np.fromiter(x, float)": (lambda x: np.fromiter(x, float), f"{NO_FLOAT.partition(';')[0]}; write np.stack([…]) instead of np.fromiter(…)."),
    "as_strided(x": (lambda x: np.lib.stride_tricks.as_strided(x, (2, 2), (8, 8)), f"{NO_PLAIN}; {WINDOWS}."),
    'np.r_["-1", x]': (lambda x: np.r_["-1", x], "np.r_ and np.c_ take no text beside traced values; "
                       "write np.concatenate([…], axis=…)."),
    "np.arange(x[0])": (lambda x: np.arange(x[0]), f"{NO_PLAIN}; write start + step * np.arange(n), with a plain int for n."),
    "np.random.normal(x)": (lambda x: np.random.normal(x),
                            f"{NO_PLAIN}; draw plain numbers, and scale and move them: mean + scale * np.random.normal(size=…)."),
    "np.zeros(x[0])": (lambda x: np.zeros(x[0]), NO_COUNT),
    "x << 1": (lambda x: x << 1, "np.left_shift has no derivative here; work on bits outside of the traced function."),
    "x + None": (lambda x: x + None, "None is not a number; give a number, or an array of numbers."),
    "x @ None": (lambda x: x @ None, "None is not a number; give a number, or an array of numbers."),
    "None @ x": (lambda x: None @ x, "None is not a number; give a number, or an array of numbers."),
    "np.dot(x, None)": (lambda x: np.dot(x, None), "None is not a number; give a number, or an array of numbers."),
    'x * "2"': (lambda x: x * "2", "'2' is not a number; give a number, or an array of numbers."),
    "x * [[1.0], [2.0, 3.0]]": (lambda x: x * [[1.0], [2.0, 3.0]],
                                "rows of different lengths are no array; give them one length, or work on each of them."),
    "buffer[0] = x[0]": (fills, NO_OUTSIDE),
    "OUTSIDE[:] = x": (fills_a_slice, NO_OUTSIDE),
    "buffer += x": (adds_to, NO_OUTSIDE),
    "np.exp(x, out=OUTSIDE)": (writes_out, NO_OUTSIDE),
    "np.add.at(OUTSIDE": (adds_at, NO_OUTSIDE),
    "np.multiply.at(y": (multiplies_at, "np.multiply.at is not differentiated; write it as a loop."),
    "range(x[0])": (lambda x: range(x[0]), NO_COUNT),
    "[1, 2][x[0]]": (lambda x: [1, 2][x[0]],
                     "a traced value cannot be an index; pass a plain int to the function, or write np.choose(place, array) to take one "
                     "of an array."),
    "IN_A_QUEUE[2][np.argsort(x)]": (
        lambda x: IN_A_QUEUE[2][np.argsort(x)],
        "a plain array cannot be indexed by a traced one; write np.take_along_axis(array, places, axis), or np.extract(mask, array)."),
    "np.arange(3.0)[x > 1]": (
        lambda x: np.arange(3.0)[x > 1],
        "a plain array cannot be indexed by a traced one; write np.take_along_axis(array, places, axis), or np.extract(mask, array)."),
    "np.array([x[0], None])": (lambda x: np.array([x[0], None]), "an array of object is not differentiated; make it an array of numbers, "
                               "with .astype(float)."),
    "np.asarray(x, device=None)": (lambda x: np.asarray(x, device=None), "np.asarray(…, device=…) is not differentiated; leave the keyword out."),
    'getattr(np, "arr" + "ay")([x[0]])': (lambda x: getattr(np, "arr" + "ay")([x[0]]), NO_ARRAY),
    "np.polyadd([x[0], 1.0], [2.0])": (lambda x: np.polyadd([x[0], 1.0], [2.0]), NO_ARRAY),
    "np.float64(x[0])": (lambda x: np.float64(x[0]),
                         f"{NO_PLAIN}; leave the conversion out, since it is an array already."),
    "np.nditer(x)": (lambda x: np.nditer(x), "np.nditer takes plain arrays; write it for whole arrays, or loop over np.ravel(x)."),
    "np.full(x[0], 3.0)": (lambda x: np.full(x[0], 3.0), NO_COUNT),
    "list(map(float, x))": (lambda x: list(map(float, x)), NO_FLOAT),
    "math.comb(3, x[0])": (lambda x: math.comb(3, x[0]), "a traced value cannot be an index or a count; pass a plain int to the function."),
    "x.ravel('K')": (lambda x: x.ravel("K"), "order='K' hangs on how an array lies in memory; write order='C' or order='F'."),
    "np.sum(x, 0, None, np.zeros(()))": (lambda x: np.sum(x, 0, None, np.zeros(())), "np.sum(…, out=…) is not differentiated; leave the keyword out."),
    "IN_A_QUEUE[1].dot(x)": (lambda x: IN_A_QUEUE[1].dot(x), f"{NO_PLAIN}; the array in front of the dot is plain: write np.dot(a, x), or a @ x, for a.dot(x)."),
    "np.add(x, 1, where=x > 0)": (lambda x: np.add(x, 1, where=x > 0),
                                  "np.add(…, where=…) is not differentiated; leave the keyword out."),
    "np.nextafter(x, 1)": (lambda x: np.nextafter(x, 1),
                           "np.nextafter has no derivative here; compute it on plain numbers outside of the traced function."),
    "np.add.reduceat(x, [0])": (lambda x: np.add.reduceat(x, [0]),
                                "np.add.reduceat is not differentiated; write it with np.sum, np.max or a loop."),
    "np.unique(x)": (lambda x: np.unique(x),
                     "np.unique has no derivative here; its result's shape hangs on values; write np.where(mask, a, b), or x[mask]."),
    "np.linalg.eigvals(np.outer(x, x))": (
        lambda x: np.linalg.eigvals(np.outer(x, x)),
        "np.linalg.eigvals has no derivative here; its result is complex; treat the real and the imaginary part as two arrays, "
        "or use np.linalg.eigvalsh if the matrix is symmetric."),
    "IN_A_QUEUE[0](x)": (
        lambda x: IN_A_QUEUE[0](x),
        "logsumexp makes plain arrays of traced ones; call it by its own name in the function; or write np.logaddexp.reduce(x, axis=…)."),
    "scipy.linalg.lu_factor(np.outer(x, x))": (
        lambda x: scipy.linalg.lu_factor(np.outer(x, x)),
        f"lu_factor makes plain arrays of traced ones; {GENERAL}."),
    'scipy.linalg.solve(np.eye(3), x, assume_a="banded")': (
        lambda x: scipy.linalg.solve(np.eye(3), x, assume_a="banded"),
        "scipy.linalg with assume_a='banded' has no derivative here; leave assume_a out."),
    "scipy.stats.burr.logpdf(x, 2.0, 1.0)": (
        lambda x: scipy.stats.burr.logpdf(x, 2.0, 1.0),
        "scipy.stats.burr has no derivative here; write its formula out with NumPy and scipy.special."),
    "scipy.stats.vonmises.cdf(x, 2.0)": (
        lambda x: scipy.stats.vonmises.cdf(x, 2.0),
        "the probabilities of scipy.stats.vonmises have no derivative here; write its formula out with NumPy and scipy.special."),
    "scipy.stats.norm.ppf(x)": (
        lambda x: scipy.stats.norm.ppf(x),
        "ppf makes plain arrays of traced ones; write it with scipy.special, as ndtri for the normal one."),
    "scipy.linalg.lstsq(np.outer(x, x), x)": (
        lambda x: scipy.linalg.lstsq(np.outer(x, x), x), "lstsq makes plain arrays of traced ones; write np.linalg.lstsq(…)."),
    "scipy.interpolate.PchipInterpolator(np.arange(3.0), x)": (
        lambda x: scipy.interpolate.PchipInterpolator(np.arange(3.0), x),
        "PchipInterpolator makes plain arrays of traced ones; write np.interp(…), or solve for the coefficients with np.linalg.solve(…)."),
    "scipy.interpolate.interp1d(x, np.arange(3.0))": (
        lambda x: scipy.interpolate.interp1d(x, np.arange(3.0)),
        "an interpolation of this kind has no derivative here; write np.interp(…), or solve for the coefficients with np.linalg.solve(…)."),
    "scipy.integrate.dblquad(lambda s, t: x[0] * s * t, 0, 1, 0, 1)": (
        lambda x: scipy.integrate.dblquad(lambda s, t: x[0] * s * t, 0, 1, 0, 1),
        "dblquad makes plain numbers of traced ones; write one scipy.integrate.quad(…) within another."),
    "scipy.special.zeta(x)": (lambda x: scipy.special.zeta(x),
                              f"zeta has no derivative here; {GENERAL}."),
    "np.polynomial.polynomial.polyval(2.0, x)": (
        lambda x: np.polynomial.polynomial.polyval(2.0, x),
        f"{NO_PLAIN}; write np.polyval(coefficients[::-1], x) instead of np.polynomial."),
    "scipy.special.polygamma(x, x)": (lambda x: scipy.special.polygamma(x, x),
                                      "scipy.special.polygamma has no derivative with respect to n; pass n as a plain int."),
    "scipy.special.polygamma([1, 2, 3], x)": (
        lambda x: scipy.special.polygamma([1, 2, 3], x),
        "scipy.special.polygamma of several orders at once has no derivative here; pass a plain int for n, and np.stack the results."),
    "np.linspace(0, x[0], x[0])": (lambda x: np.linspace(0, x[0], x[0]), NO_COUNT),
    "scipy.special.bdtr(1, 2, x)": (lambda x: scipy.special.bdtr(1, 2, x),
                                    f"bdtr has no derivative here; {GENERAL}."),
    "np.cross(x[:2], x[:2])": (lambda x: np.cross(x[:2], x[:2]),
                               "np.cross of vectors that are not of 3 numbers has no derivative here; write the products out."),
    "np.quantile(x, x[0])": (lambda x: np.quantile(x, x[0]),
                             "np.quantile has no derivative with respect to q here; pass q as a plain number."),
    'np.pad(x, 1, mode="linear_ramp")': (
        lambda x: np.pad(x, 1, mode="linear_ramp"),
        "np.pad(…, mode='linear_ramp') has no derivative here; write one of constant, edge, wrap, reflect, symmetric."),
    "x & 3": (lambda x: x & 3, "& on float64 numbers has no derivative here; use it on truth values, such as x > 0."),
    "x[True, 0]": (lambda x: x[True, 0], "an index by a truth value has no derivative here; write np.where, or x[None] for a new axis."),
    "complex(x[0])": (lambda x: complex(x[0]),
                      "complex() would cut the value off from its derivative; write x + 0j, or x + 1j * y."),
    "x * np.array([1, 2, 3], object)": (
        lambda x: x * np.array([1, 2, 3], object),
        "an array of object is not differentiated; make it an array of numbers, with .astype(float)."),
}  # fmt: skip


@pytest.mark.parametrize("traced_by", ["grad", "trace"])
@pytest.mark.parametrize(("line", "case"), REFUSALS.items(), ids=REFUSALS)
def test_refused(line, case, traced_by):
    function, said = case
    with pytest.raises(TracingError) as error:
        if traced_by == "grad":
            cr.grad(function)(X)
        else:
            cr.trace(function, [X])
    first, *rest = str(error.value).splitlines()
    place, _, sentence = first.partition(": ")
    assert sentence == said
    assert place.startswith("test_refusals.py:") and int(place.rpartition(":")[2]) > 10
    assert line in rest[0]


def sized(x, makes):
    filled = np.zeros(3)
    filled[0] = x[0]
    return np.sum(makes(x)) + filled[0]


@pytest.mark.parametrize("makes", [lambda x: np.zeros(x[0]), lambda x: np.arange(x[0]), lambda x: np.ones((2, x[0]))])
def test_a_traced_size_is_refused_where_a_function_writes_to_arrays_too(makes):
    with pytest.raises(TracingError) as error:
        cr.grad(sized)(X, makes)
    assert f"test_refusals.py:{makes.__code__.co_firstlineno}: " in str(error.value)


def test_only_writing_counts_as_writing():
    def reads(x):
        return x[0] * x[1:] ** 2 + -x[:-1] @ x[1:]

    def adds(x):
        x += 1
        return x

    assert WRITES not in names_in(reads.__code__)
    assert WRITES in names_in(adds.__code__)


def test_no_bystander_on_the_line_is_blamed():
    """The call that runs is the one that is told, whatever else stands on its line."""

    def casts(x):
        return list(map(float, x))[1] + math.sqrt(4.0)

    def adds_up(x):
        return float(2) + math.fsum(each for each in x) + math.exp(1.0)

    def joins(x):
        return np.polyadd([x[0], x[1]], [1.0, 2.0]) + np.sum(np.fromiter([3.0], float))

    for f, said in (
        (casts, "float(), and whatever calls it, would cut the value off from its derivative; keep the value as it is"),
        (adds_up, "math.fsum would cut the value off from its derivative; write np.sum instead"),
        (joins, "to join traced values, write np.stack([…]) instead of np.array([…])"),
    ):
        with pytest.raises(TracingError) as error:
            cr.grad(f)(X)
        assert said in str(error.value)


def test_the_line_is_the_one_that_does_it():
    with pytest.raises(TracingError) as error:
        cr.grad(fills)(X)
    assert (
        str(error.value) == f"test_refusals.py:{fills.__code__.co_firstlineno + 2}: {NO_OUTSIDE}\n    buffer[0] = x[0]"
    )
    assert (
        error.value.__suppress_context__ or error.value.__context__ is None
    )  # NumPy's own complaint is not shown beside it


def test_an_array_that_is_changed_after_it_was_read():
    """A program would be made of the new values, and the derivative of the old ones."""
    buffer = np.ones(3)

    def f(x):
        y = x * buffer[:2].sum() + x * buffer
        buffer[0] = 7.0
        return np.sum(y)

    with pytest.raises(TracingError) as error:
        cr.trace(f, [X])
    assert str(error.value) == (
        f"test_refusals.py:{f.__code__.co_firstlineno + 2}: an array is changed after the trace has read it; "
        "make a new array instead.\n    buffer[0] = 7.0"
    )
    buffer[0] = 7.0  # it may be written to again

    def changes_before(x):
        scratch = np.zeros(3)
        scratch[0] = 2.0
        part = scratch[:2]
        return np.sum(x[:2] * part) + np.sum(x * scratch)

    assert cr.trace(changes_before, [X])(X) == 4


@pytest.mark.parametrize("first", ["the array", "the view"])
def test_an_array_and_a_view_of_it_are_read(first):
    table = np.array([1.0, 2.0, 4.0])
    rows = table[:2]

    def f(x):
        once, again = (table, rows) if first == "the array" else (rows, table)
        return np.sum(x[: len(once)] * once) + np.sum(x[: len(again)] * again)

    assert cr.trace(f, [X])(X) == f(X)
    rows[0] = table[2] = 7.0  # both may be written to again


def test_a_branch_where_only_shapes_are_known():
    with pytest.raises(TracingError, match=r"a branch on a value needs the value, and here only shapes are known; write "
                                           r"np\.where\(condition, a, b\), or use numbers, not shapes, and a loop, not vmap\."):  # fmt: skip
        cr.trace(lambda x: x if x[0] > 0 else -x, [Spec((3,))])


def test_a_mask_where_only_shapes_are_known():
    with pytest.raises(TracingError, match="an index by a mask needs the values, and here only shapes are known"):
        cr.trace(lambda x: x[x > 0], [Spec((3,))])


def test_the_truth_of_an_array():
    with pytest.raises(
        ValueError, match=r"the truth of an array of 3 elements is ambiguous; write np\.any\(…\) or np\.all"
    ):
        cr.grad(lambda x: np.sum(x) if x > 0 else 0.0)(X)
    assert cr.grad(lambda x: np.sum(x) if np.all(x > 0) and not np.any(x < 0) else 0.0)(X).tolist() == [1, 1, 1]


def test_an_unknown_attribute():
    with pytest.raises(AttributeError, match=r"a traced array has no \.tofile; write it with operations that have"):
        cr.grad(lambda x: x.tofile())(X)
    with pytest.raises(AttributeError, match=r"a traced array has no \.strides; write np\.lib\.stride_tricks\.sliding"):
        cr.grad(lambda x: x.strides)(X)
    with pytest.raises(AttributeError, match=r"a traced array has no \.where; write np\.where\(…\)\."):
        cr.grad(lambda x: x.where())(X)


def test_use_after_the_trace():
    kept = []
    cr.grad(lambda x: kept.append(x * 2) or np.sum(x))(X)
    for use in (lambda x: x + 1, lambda x: np.sum(x), lambda x: X * x):
        with pytest.raises(
            TracingError, match="an array from a finished trace is used; return it from the traced function"
        ):
            use(kept[0])
    assert "value=array([2., 4., 6.])" in repr(kept[0])


ABOUT_FUNCTIONS = [
    (lambda: cr.grad(lambda x: x * 2)(X),
     "grad needs a function whose result is one number, and the lambda gives an array of shape (3,); sum it with np.sum, or use jacobian."),
    (lambda: cr.hessian(lambda x: x[:2])(X),
     "hessian needs a function whose result is one number, and the lambda gives an array of shape (2,); sum it with np.sum, or use "
     "jacobian twice."),
    (lambda: cr.grad(lambda x: 1j)(X),
     "grad needs a function whose result is one number, and the lambda gives a complex one; return its real part, or the square of "
     "its absolute value."),
    (lambda: cr.grad(lambda x: "x")(X),
     "grad needs a function whose result is one number, and the lambda gives a str; return a float."),
    (lambda: cr.jacobian(lambda x: None)(X),
     "jacobian needs a function whose result is an array, and the lambda gives nothing; write a return."),
    (lambda: cr.jacobian(lambda x: np.argmax(x))(X),
     "jacobian needs a function whose result is an array, and the lambda gives numbers of type int64, which have no slope; return floats."),
    (lambda: cr.vjp(lambda x: "x", X),
     "vjp needs a function whose result is an array, and the lambda gives a str; return an array, or a nest of them."),
    (lambda: cr.jvp(lambda x: None, (X,), (X,)),
     "jvp needs a function whose result is an array, and the lambda gives nothing; write a return."),
    (lambda: cr.compile(lambda x: None)(X), "the lambda returns nothing; write a return."),
    (lambda: cr.grad(lambda x: x, 1.0)(X), "wrt is 1.0; give a position, a name, or a tuple of them."),
    (lambda: cr.grad(lambda x: x)(X, X), "the lambda takes 1 argument, and is given 2; leave the others out."),
    (lambda: cr.grad(np.sum(X)), "grad takes a function, and is given a float64; write f itself where f(x) stands."),
    (lambda: cr.jvp(lambda x: x, X, X), "jvp takes the arguments in a tuple, and is given an array of shape (3,); write jvp(f, (x,), …)."),
    (lambda: cr.derive(lambda x: np.sum(x), X),
     "derive takes the arguments in a tuple, and is given an array of shape (3,); write derive(f, (x,), …)."),
    (lambda: cr.derive(lambda x: np.sum(x), (X,), form="quick"), "there is no form 'quick'; choose one of textbook, fast."),
    (lambda: cr.grad(lambda p: p["a"] ** 2 * p["b"])({"a": 3, "b": 2.0}),
     "p['a'] is 3, an int, and derivatives are taken of floats; write 3.0."),
    (lambda: cr.grad(lambda p: p[1][0])([X, (2, X)]), "p[1][0] is 2, an int, and derivatives are taken of floats; write 2.0."),
    (lambda: cr.grad(lambda x: 2.0)(None),
     "x is None, and derivatives are taken of floats; pass floats, arrays of them, or tuples, lists, dicts and dataclasses of these."),
    (lambda: cr.grad(lambda x: 2.0)({1.0}),
     "x is of type set, and derivatives are taken of floats; pass floats, arrays of them, or tuples, lists, dicts and dataclasses of these."),
    (lambda: cr.grad(lambda x: np.sum(x))(np.ma.array(X, mask=[0, 1, 0])),
     "x is a MaskedArray, which computes in its own way; pass np.asarray(x)."),
    (lambda: cr.grad(lambda x: None)(X),
     "grad needs a function whose result is one number, and the lambda gives nothing; write a return."),
    (lambda: cr.grad(lambda x: (np.sum(x),))(X),
     "grad needs a function whose result is one number, and the lambda gives a tuple; return one of its parts."),
    (lambda: cr.grad(lambda x: np.argmax(x))(X),
     "grad needs a function whose result is one number, and the lambda gives a number of type int64, which has no slope; "
     "return a float."),
    (lambda: cr.grad(lambda x: x * 2.0)(1), "x is 1, an int, and derivatives are taken of floats; write 1.0."),
    (lambda: cr.grad(lambda x: np.sum(x))(np.arange(3)),
     "x is of int64, and derivatives are taken of floats; pass x.astype(float)."),
    (lambda: cr.grad(lambda x: np.sum(x), 1)(X), "the lambda is called without an argument number 1; count from 0 to 0."),
    (lambda: cr.grad(lambda x, y: np.sum(x), "z")(X, X), "the lambda has no argument 'z'; name one of x, y."),
    (lambda: cr.derive(lambda x: x, [X]),
     "derive needs a function whose result is one number, and the lambda gives an array of shape (3,); sum it with np.sum, or derive np.sum(v * it), which is the "
     "derivative along v."),
    (lambda: cr.grad(lambda x: x, (0, True))(X), "wrt is (0, True); give a position, a name, or a tuple of them."),
    (lambda: cr.derive(lambda x: np.sum(x), [X], wrt=0.5), "wrt is 0.5; give a position, a name, or a tuple of them."),
    (lambda: cr.derive(lambda x: np.sum(x), [X], wrt=["x", None]),
     "wrt is ['x', None]; give a position, a name, or a tuple of them."),
    (lambda: cr.derive(lambda x: np.sum(x), [X], wrt=1),
     "the lambda is called without an argument number 1; count from 0 to 0."),
    (lambda: cr.derive(lambda x, y: np.sum(x), [X, X], wrt=("x", -3)),
     "the lambda is called without an argument number -3; count from 0 to 1."),
    (lambda: cr.derive(lambda x: np.sum(x), [X], wrt="w"), "the lambda has no argument 'w'; name one of x."),
    (lambda: cr.derive(lambda x, n: np.sum(x * n), [X, np.arange(3)], wrt="n"),
     "n holds no floats, and derivatives are taken of floats; leave it out of wrt."),
    (lambda: cr.derive(lambda x, n: np.sum(x * n), [X, 3], wrt=(0, 1)),
     "n holds no floats, and derivatives are taken of floats; leave it out of wrt."),
    (lambda: cr.derive(lambda n: n * 2, [3]),
     "the lambda has no float argument to take the derivative of; pass floats, or arrays of them."),
    (lambda: cr.check_grad(lambda n: n * 2.0, [3]), "check_grad needs a float argument, and is given none; pass floats, or arrays"),
    (lambda: cr.vjp(lambda x: (x, x), X)[1](X),
     "the error given to a vjp does not nest as the function's result does; give one for each part of it."),
    (lambda: cr.jvp(lambda x: x, (X,), ((X, X),)),
     "the tangents of jvp do not nest as its primals do; give one for each of them."),
    (lambda: cr.hvp(lambda x: np.sum(x**2), (X,), ()),
     "the tangents of hvp do not nest as its primals do; give one for each of them."),
    (lambda: cr.jvp(lambda p: np.sum(p["w"]), ({"w": X},), ({"w": X[:2]},)),
     "p['w'] is of shape (3,), and its tangent of shape (2,); give one of the same shape."),
    (lambda: cr.hvp(lambda x: np.sum(x**2), (X,), (X[:2],)),
     "x is of shape (3,), and its tangent of shape (2,); give one of the same shape."),
    (lambda: cr.grad(lambda x, y=2.0: np.sum(x) * y, "y")(X), "the lambda is called without a value for 'y'; pass one in the call."),
    (lambda: cr.grad(lambda x, *, y=2.0: np.sum(x) * y, "y")(X, y=3.0),
     "the lambda takes 'y' by keyword alone; let it be given by position."),
    (lambda: cr.check_grad(lambda x: np.sum(x), X),
     "check_grad takes the arguments in a tuple, and is given an array of shape (3,); write check_grad(f, (x,), …)."),
]  # fmt: skip


@pytest.mark.parametrize(("call", "said"), ABOUT_FUNCTIONS)
def test_refused_of_a_function_or_its_arguments(call, said):
    with pytest.raises(TracingError) as error:
        call()
    place, _, sentence = str(error.value).partition(": ")
    assert place.startswith("test_refusals.py:") and sentence.startswith(said)


def test_a_setting_in_a_dataclass_may_be_an_int():
    @dataclasses.dataclass
    class Layer:
        w: float
        power: int

    assert cr.grad(lambda layer: layer.w**layer.power)(Layer(3.0, 2)) == Layer(6.0, 2)


def test_what_looks_like_a_change_in_place_and_is_none():
    """`x += 1` binds x anew: only for a part of another array would that be something else."""

    def f(x):
        x += 1
        total = x[0]
        for each in x[1:]:
            total += each * 2
        return total

    assert cr.grad(f)(X).tolist() == [1, 2, 2]


@pytest.mark.parametrize(("index", "said"), [
    (5, "index 5 is out of bounds for axis 0 with size 3; the array is of shape (3,)."),
    ((0, 0), "too many indices for array: array is 1-dimensional, but 2 were indexed; the array is of shape (3,)."),
])  # fmt: skip
def test_an_index_beyond_the_array(index, said):
    with pytest.raises(IndexError) as error:
        cr.grad(lambda x: x[index])(X)
    assert re.fullmatch(rf"test_refusals.py:\d+: {re.escape(said)}\n    cr.grad.*", str(error.value))


def test_a_program_on_arguments_that_nest_otherwise():
    """The printed text would take them apart in the wrong way, or leave a part out."""
    pair = cr.trace(lambda p: p[0] * p[1], ((1.0, 2.0),))
    table = cr.trace(lambda p: np.sum(p["w"]) * p["b"][0], ({"w": X, "b": [2.0]},))
    assert pair((3.0, 4.0)) == 12 and table({"w": X, "b": [3.0]}) == 18
    with pytest.raises(ValueError, match="made for list"):  # since the function may go through its keys in their order
        table({"b": [3.0], "w": X})
    for program, argument, said in [
        (pair, [1.0, 2.0], "p is a list, and was a tuple when the program was traced; pass a tuple."),
        (pair, (1.0, 2.0, 3.0), "p has 3 parts, and had 2 when the program was traced; pass the same."),
        (pair, (1.0, X), "p[1] is of shape (3,), and the program is of one of shape (); trace it for this one."),
        (table, {"w": X, "c": [2.0]}, "p has the keys 'w', 'c', and had 'w', 'b' when the program was traced; pass the same."),
        (table, {"w": X, "b": [[2.0]]}, "p['b'][0] is a list, and the program is of one of shape (); trace it for this one."),
        (table, {"w": X[:2], "b": [2.0]}, "p['w'] is of shape (2,), and the program is of one of shape (3,); trace it for this one."),
    ]:  # fmt: skip
        with pytest.raises(TypeError) as error:
            program(argument)
        assert str(error.value) == said


_KINDS = "?bhilBHILefdgFDG"
_NO_NUMBERS = [np.array([1, 2, 3], object), np.array(["1", "2", "3"]), np.array([1, 2, 3], "m8[s]")]


def _raised(program, argument):
    """What a program says of an argument, if it refuses it."""
    with pytest.raises(TypeError) as error:
        program(argument)
    return str(error.value)


@pytest.mark.parametrize("many", [False, True], ids=["number", "array"])
@pytest.mark.parametrize("kind", _KINDS)
def test_a_program_takes_the_dtype_that_it_was_traced_with(kind, many):
    """Of another one its text would compute something else, such as whole numbers, or with fewer digits."""
    traced = np.array([1, 2, 3] if many else 2, kind)
    program = cr.trace(lambda x: x * x + x, (traced,))
    for other in _KINDS:
        argument = np.array([3, 0, 1] if many else 3, other)
        if argument.dtype == traced.dtype:
            for same in (argument, argument[()]):
                found = program(same)
                assert found.dtype == traced.dtype
                np.testing.assert_array_equal(found, same * same + same)
            continue
        for value in (argument, argument[()]):
            begun = f"x is of {argument.dtype}, and the program is of one of {traced.dtype}; "
            if np.can_cast(argument.dtype, traced.dtype, "same_kind"):
                assert _raised(program, value) == f"{begun}pass np.{traced.dtype}(x)."
                program(getattr(np, str(traced.dtype))(value))
            else:
                assert _raised(program, value) == f"{begun}trace it for this one."


def test_a_program_takes_pythons_numbers_as_numpys():
    for number, kind in [(2.5, float), (2 + 1j, complex)]:
        program = cr.trace(lambda x: x * x, (number,))
        assert program(number) == program(np.dtype(kind).type(number)) == number * number
    program = cr.trace(lambda x: x / 2, (2.0,))
    assert _raised(program, 3) == "x is of int64, and the program is of one of float64; pass np.float64(x)."
    assert _raised(program, True) == "x is of bool, and the program is of one of float64; pass np.float64(x)."
    assert _raised(program, 1j) == "x is of complex128, and the program is of one of float64; trace it for this one."


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_a_program_takes_no_array_that_computes_otherwise():
    program = cr.trace(lambda x: x * x, (np.ones((2, 2)),))
    compiled = cr.compile(lambda x: x * x, "numpy")
    for run in (program, compiled):
        run(np.ones((2, 2)))
        for other in (np.matrix([[1.0, 2.0], [3.0, 4.0]]), np.ma.ones((2, 2))):
            said = f"x is a {type(other).__name__}, which computes in its own way; pass np.asarray(x)."
            assert _raised(run, other).partition("\n")[0].endswith(said)
            run(np.asarray(other))
    for argument in _NO_NUMBERS:
        said = f"x is an array of {argument.dtype}; make it an array of numbers, with .astype(float)."
        assert _raised(cr.trace(lambda x: x * x, (X,)), argument).partition("\n")[0].endswith(said)


def test_arguments_that_hold_no_real_numbers():
    for argument, said in [
        (np.array([1, None]), "x is an array of object; make it an array of numbers, with .astype(float)."),
    ]:
        with pytest.raises(TracingError, match=re.escape(said)):
            cr.grad(lambda x: np.sum(x))(argument)


def test_an_error_of_the_wrong_shape():
    _, pull = cr.vjp(lambda x: x * 2, X)
    with pytest.raises(
        TracingError,
        match=r"an error of shape \(2,\) is given for a result of shape \(3,\); give one of the same shape",
    ):
        pull(np.ones(2))


# ---- what looks as if it could fail, and works ---------------------------------------------------------------------


def test_comparison_with_none_and_text():
    assert cr.grad(lambda x: np.sum(x) if x != None else 0.0)(X).tolist() == [1, 1, 1]  # noqa: E711
    assert cr.grad(lambda x: np.sum(x) if not (x == "relu") else 0.0)(X).tolist() == [1, 1, 1]
    assert cr.grad(lambda x: np.sum(x) * (x is not None))(X).tolist() == [1, 1, 1]


def test_a_traced_number_has_no_length():
    def f(x):
        with pytest.raises(TypeError, match="a traced number has no length"):
            len(x)
        with pytest.raises(TypeError, match="a traced number cannot be iterated over"):
            iter(x)
        return x * 2

    assert cr.grad(f)(1.0) == 2


def test_copies_and_hashes():
    assert cr.grad(lambda x: np.sum(copy.deepcopy({"x": [copy.copy(x)]})["x"][0] * x))(X).tolist() == (2 * X).tolist()
    with pytest.raises(TracingError, match="a traced array or float is a key"):  # as NumPy refuses arrays
        cr.grad(lambda x: np.sum(x) * {x: 1.0}[x])(X)


def test_array_like():
    assert cr.grad(lambda x: np.sum(np.array([[x[0], 2.0], [x[1] * 3, x[2]]], like=x)))(X).tolist() == [1, 3, 1]


def test_a_value_can_be_printed():
    said = []
    cr.grad(lambda x: said.append(f"{x[1]:.3f} {x[1]}") or np.sum(x))(X)
    assert said[0].startswith("2.000 <traced ")


def test_the_ways_out_of_an_index_work():
    plain = np.arange(3.0) + 10

    def f(x):
        places, mask = np.argsort(-x), x > 1
        return (
            np.sum(x * np.choose(np.argmax(x), plain))
            + np.take_along_axis(plain, places, 0)[0]
            + np.extract(mask, plain)[0]
        )

    assert f(X) == 6 * 12 + 12 + 11
    assert cr.grad(f)(X).tolist() == [12, 12, 12]


RICCATI = np.array([[1.0, 0.2], [0.1, 2.0]]), np.array([[1.0, 0.0], [0.5, 1.0]]), np.eye(2), np.diag([1.0, 2.0])
IMAGE = np.random.default_rng(3).normal(size=(6, 7))
WEIGHTS = np.array([[1.0, 2.0, 0.0], [0.0, 3.0, 1.0], [0.5, 0.0, 4.0]])


def from_a_pickle(x):
    w = pickle.loads(pickle.dumps(np.ones(3)))
    w[0] = x[0]
    return np.sum(w * x)


def draws(x):
    return np.sum(np.random.default_rng(1).normal(x, 2.0))


def riccati(a):
    return np.sum(WEIGHTS[:2, :2] * scipy.linalg.solve_continuous_are(a, *RICCATI[1:]))


def riccati_from_its_solution(a):
    b, q, r = RICCATI[1:]
    return np.sum(WEIGHTS[:2, :2] * scipy.linalg.solve_continuous_lyapunov((a - b @ GAIN).T, -(q + GAIN.T @ r @ GAIN)))


GAIN = np.linalg.solve(RICCATI[3], RICCATI[1].T @ scipy.linalg.solve_continuous_are(*RICCATI))


def in_windows(weights):
    def f(x):
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, 1, mode="symmetric"), weights.shape)
        return np.sum(np.sin(np.sum(windows * weights, axis=(-2, -1))))

    return f


def in_rows(function):
    return lambda x: np.sum(
        np.sin(np.stack([function(np.pad(row, 1, mode="symmetric"), WEIGHTS[1], "valid") for row in x]))
    )


FILTERS = "np.sum(windows * {}, axis=(-2, -1)), with windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, n, mode='symmetric')"
ADVISED = {
    "pickle": (from_a_pickle, "copy it first, as in b = np.array(b)", lambda x: x[0] ** 2 + x[1] + x[2], X),
    "rng.normal": (
        draws, "mean + scale * np.random.normal(size=…)",
        lambda x: np.sum(x + 2.0 * np.random.default_rng(1).normal(size=3)), X,
    ),
    "solve_continuous_are": (
        riccati, "scipy.linalg.solve_continuous_lyapunov((a - b @ k).T, -(q + k.T @ r @ k))", riccati_from_its_solution, RICCATI[0],
    ),
    "correlate": (
        lambda x: np.sum(np.sin(scipy.ndimage.correlate(x, WEIGHTS))), FILTERS.format("weights"), in_windows(WEIGHTS), IMAGE,
    ),
    "convolve": (
        lambda x: np.sum(np.sin(scipy.ndimage.convolve(x, WEIGHTS))), FILTERS.format("weights[::-1, ::-1]"),
        in_windows(WEIGHTS[::-1, ::-1]), IMAGE,
    ),
    "uniform_filter": (
        lambda x: np.sum(np.sin(scipy.ndimage.uniform_filter(x, 3))), FILTERS.format("weights"), in_windows(np.full((3, 3), 1 / 9)),
        IMAGE,
    ),
    "convolve1d": (
        lambda x: np.sum(np.sin(scipy.ndimage.convolve1d(x, WEIGHTS[1]))),
        "np.convolve(np.pad(x, n, mode='symmetric'), weights, 'valid')", in_rows(np.convolve), IMAGE,
    ),
    "correlate1d": (
        lambda x: np.sum(np.sin(scipy.ndimage.correlate1d(x, WEIGHTS[1]))),
        "np.correlate(np.pad(x, n, mode='symmetric'), weights, 'valid')", in_rows(np.correlate), IMAGE,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ADVISED)
def test_what_is_advised_has_the_value_and_the_slopes(name):
    refused, advice, instead, x = ADVISED[name]
    with pytest.raises(cr.TracingError) as error:
        cr.grad(refused)(x)
    assert advice in str(error.value)
    assert instead(x) == pytest.approx(refused(x), rel=1e-12)
    slopes = cr.grad(instead)(x)
    for place in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[place] = 1e-6
        assert slopes[place] == pytest.approx((refused(x + step) - refused(x - step)) / 2e-6, rel=1e-6, abs=1e-7)


def test_only_numbers_that_are_not_traced_are_pickled():
    def f(x):
        return np.sum(pickle.loads(pickle.dumps(x)))

    with pytest.raises(cr.TracingError, match="a traced array cannot be pickled; pickle the result of the derivative"):
        cr.grad(f)(X)


def test_a_mask_that_takes_another_number_names_its_line():
    def f(x):
        return np.sum(x[x > 1])

    text = re.sub(" +", " ", str(cr.trace(f, [X])))
    assert f"if not (np.sum(v1) == 2): # test_refusals.py:{f.__code__.co_firstlineno + 1}" in text


def test_keywords_that_say_nothing_are_taken():
    """Helpers hand on what they were not given."""

    def f(x):
        return np.sum(np.vstack([x, x], dtype=None, casting="same_kind"), out=None) + x.sum(dtype=None)

    assert cr.grad(f)(X).tolist() == [3, 3, 3]
    with pytest.raises(TracingError, match=r"np\.vstack\(…, casting=…\) is not differentiated"):
        cr.grad(lambda x: np.vstack([x, x], dtype=None, casting="unsafe"))(X)
