"""Writes to views that NumPy makes read-only, such as a diagonal: each does or raises what it does in NumPy.

`np.add.at` alone writes through some of them, as NumPy does. Each case runs with values, and under `vmap`, where only shapes
are known.
"""

import numpy as np
import pytest

import chainrule as cr

from .test_written_bases import X, assert_near, slopes_of

VIEWS = {
    "diagonal": np.diagonal,
    "part of a diagonal": lambda a: np.diagonal(a)[::2],
    "diagonal of a stack": lambda a: np.diagonal(a.reshape(2, 2, 4)),
    "broadcast row": lambda a: np.broadcast_to(a[0], (2, 4)),
    "windows": lambda a: np.lib.stride_tricks.sliding_window_view(a[1], 2),
}

WRITES = {
    "number": lambda v, s: v.__setitem__(0, s),
    "places": lambda v, s: v.__setitem__([0, 1], s),
    "view of the view": lambda v, s: v[1:].__setitem__(0, s),
    "operator": lambda v, s: v.__iadd__(s),
    "out": lambda v, s: np.multiply(v, s, out=v),
    "copyto": np.copyto,
    "copyto where": lambda v, s: np.copyto(v, s, where=np.ones(v.shape, bool)),
    "put": lambda v, s: np.put(v, [0], s),
    "putmask": lambda v, s: np.putmask(v, np.ones(v.shape, bool), s),
    "fill": lambda v, s: v.fill(s),
}

PLACES = {
    "number": lambda x: 1,
    "slice": lambda x: slice(1, None),
    "repeated": lambda x: [0, 1, 0],
    "mask": lambda x: np.array([True, False]),
    "traced": lambda x: np.argsort(x[0, :2]),
}


def result_or_error(f, *args):
    """What a call gives, or the error that it raises."""
    try:
        return f(*args)
    except (ValueError, IndexError) as error:
        return error


def check(f):
    """Compare the value, the slopes and `vmap` with NumPy, or the error that NumPy raises; the result is whether none is."""
    rows = np.stack([X, 0.9 * X.T])
    wanted = result_or_error(f, X)
    actual = result_or_error(cr.value_and_grad(f), X.copy())
    of_many = result_or_error(cr.vmap(f), rows)
    if isinstance(wanted, Exception):
        assert (type(actual), str(actual)) == (type(wanted), str(wanted))
        assert (type(of_many), str(of_many)) == (type(wanted), str(wanted))
        return False
    assert_near(actual[0], wanted)
    assert_near(actual[1], slopes_of(f, X))
    assert_near(of_many, [f(row) for row in rows])
    assert_near(cr.derive(f, (X,))(X.copy()), actual[1])
    return True


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("view", VIEWS)
def test_a_write_to_a_read_only_view_raises_what_numpy_raises(view, write):
    def f(x):
        a = x * 1.0
        WRITES[write](VIEWS[view](a), x[1, 2] * x[0, 1])
        return np.sum(a**3)

    assert not check(f)


@pytest.mark.parametrize("places", PLACES)
@pytest.mark.parametrize("view", VIEWS)
def test_add_at_writes_through_where_numpy_does(view, places):
    for ufunc in (np.add, np.subtract):

        def f(x, ufunc=ufunc):
            a = x * 1.0
            v = VIEWS[view](a)
            ufunc.at(v, PLACES[places](x), x[1, 2] * x[0, 1])
            return np.sum(a**3) + np.sum(v**2)

        check(f)


COPIES = {
    "copy": lambda v: v.copy(),
    "array": np.array,
    "ravel": lambda v: v.ravel(),
    "flatten": lambda v: v.flatten(),
    "part of a ravel": lambda v: v.ravel()[:2],
    "times one": lambda v: v * 1.0,
}


@pytest.mark.parametrize("copied", COPIES)
@pytest.mark.parametrize("view", VIEWS)
def test_the_text_writes_to_a_copy_of_a_view(view, copied):
    """What the function copies, its text must not write to in place, where it is the view that NumPy makes read-only."""

    def f(x):
        y = COPIES[copied](VIEWS[view](x * 1.5))
        y[0] = 0.5 * y[1] + np.sin(x[0, 1])
        y[1] *= y[0]
        return np.sum(y**2)

    np.testing.assert_allclose(cr.trace(f, (X,))(X), f(X), rtol=1e-12)
    assert_near(cr.derive(f, (X,))(X), slopes_of(f, X))
