"""What a view shows when its base is written to, before or after the view is read: every view, and views of views.

The oracle is NumPy: its value, and finite differences of it. In `VIEWS` and `WRITES`, `a` is a square of numbers.
"""

import functools

import numpy as np
import pytest

import chainrule as cr

VIEWS = {
    "broadcast_to": lambda a: np.broadcast_to(a, (2, *a.shape)),
    "transpose": np.transpose,
    "T": lambda a: a.T,
    "reshape": lambda a: np.reshape(a, (2, -1)),
    "slice": lambda a: a[1:],
    "steps": lambda a: a[::-2],
    "row": lambda a: a[0],
    "column": lambda a: a[..., 1],
    "ravel": np.ravel,
    "diagonal": np.diagonal,
    "swapaxes": lambda a: np.swapaxes(a, 0, -1),
    "moveaxis": lambda a: np.moveaxis(a, 0, -1),
    "rollaxis": lambda a: np.rollaxis(a, a.ndim - 1),
    "flip": np.flip,
    "newaxis": lambda a: a[:, np.newaxis],
    "expand_dims": lambda a: np.expand_dims(a, 0),
    "squeeze": lambda a: np.squeeze(a[:1]),
    "of one number": lambda a: np.reshape(np.ravel(a)[1:2], ()),
    "with an ellipsis": lambda a: a[0, ...],
    "split": lambda a: np.split(a, 2)[1],
    "windows": lambda a: np.lib.stride_tricks.sliding_window_view(a, 2, axis=0),
    "einsum": lambda a: np.einsum("i...->...i", a),
    "real": np.real,
    "view": lambda a: a.view(),
    "itself": np.asarray,
}


def write_row(a, x):
    a[0] = np.sin(x[2])


def write_number(a, x):
    a[0, 1] = x[1, 1] * x[0, 0]


def add_rows(a, x):
    a[1:] += a[:-1] * x[0]


def write_all(a, x):
    a *= x[::-1]


def write_places(a, x):
    a[[0, 2]] = a[[1, 0]] * x[:2]


def write_where(a, x):
    a[a > 0.8] = x[3, 3]


def add_at(a, x):
    np.add.at(a, [0, 1, 0], x[:3])


def write_out(a, x):
    np.add(a[1:], x[1], out=a[:-1])


def write_in_a_loop(a, x):
    for k in range(4):
        a[k] = a[k - 1] * x[k] + 0.5


def write_through_a_view(a, x):
    a.T[::-1][0] = x[0] * x[1]


WRITES = [
    write_row, write_number, add_rows, write_all, write_places, write_where, add_at, write_out, write_in_a_loop,
    write_through_a_view,
]  # fmt: skip


def weighted(a):
    """A number that depends on every element in another way."""
    return np.sum(np.tanh(0.5 * a) * np.cos(np.arange(float(a.size))).reshape(a.shape))


def read_after(view, write, x):
    a = x * 1.0
    v = view(a)
    write(a, x)
    return weighted(v)


def read_before(view, write, x):
    a = x * 1.0
    v = view(a)
    before = weighted(v)
    write(a, x)
    return before * weighted(a)


def read_before_and_after(view, write, x):
    a = np.ones((4, 4))
    v = view(a)
    write(a, x)
    before = np.mean(x) * np.sum(v)
    write(a, x)
    return before + weighted(a) * weighted(v)


def read_beside_a_copy(view, write, x):
    a = x * 1.0
    copy = a.copy()
    write(copy, x)
    v = view(a)
    return weighted(copy) + weighted(v)


def read_in_a_loop(view, write, x):
    a, total = x * 1.0, 0.0
    for _ in range(5):
        v = view(a)
        copy = a.copy()
        write(copy, x)
        total = total + weighted(v) * weighted(copy)
        a = 0.5 * copy
    return total


READS = [read_after, read_before, read_before_and_after, read_beside_a_copy, read_in_a_loop]


def slopes_of(f, x):
    """Finite differences."""
    steps = 1e-6 * np.eye(x.size).reshape(x.size, *x.shape)
    return np.reshape([(f(x + step) - f(x - step)) / 2e-6 for step in steps], x.shape)


X = np.random.default_rng(1).uniform(0.4, 1.4, (4, 4))


def assert_near(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=1e-6, atol=1e-8)


def check_texts(f):
    """Compare the value and the slopes, recorded and by the printed text, with NumPy's; the result is the slopes."""
    value, slopes = f(X), slopes_of(f, X)
    actual_value, actual_slopes = cr.value_and_grad(f)(X.copy())
    assert_near(actual_value, value)
    assert_near(actual_slopes, slopes)
    assert_near(cr.trace(f, (X,))(X.copy()), value)
    assert_near(cr.derive(f, (X,))(X.copy()), slopes)
    return slopes


def check_transforms(f, slopes):
    """Compare what transforms make of the function with NumPy's."""
    along, rows = np.cos(np.arange(16.0)).reshape(4, 4), np.stack([X, 0.9 * X.T])
    assert_near(cr.jvp(f, (X,), (along,))[1], np.sum(slopes * along))
    assert_near(cr.vmap(f)(rows), [f(row) for row in rows])
    assert_near(cr.vmap(cr.grad(f))(rows), [slopes, slopes_of(f, rows[1])])
    assert_near(cr.compile(f, "numpy")(X.copy()), f(X))
    assert_near(cr.compile(cr.grad(f), "numpy")(X.copy()), slopes)


@pytest.mark.wide
@pytest.mark.parametrize("read", READS, ids=lambda read: read.__name__)
@pytest.mark.parametrize("name", VIEWS)
def test_a_view_shows_what_its_base_holds(name, read):
    number = [*VIEWS].index(name)
    for place, write in enumerate(WRITES[(number + READS.index(read)) % 5 :: 5]):
        f = functools.partial(read, VIEWS[name], write)
        slopes = check_texts(f)
        if not place:
            check_transforms(f, slopes)


@pytest.mark.wide
@pytest.mark.parametrize("name", VIEWS)
def test_a_view_of_a_view_shows_what_its_base_holds(name):
    """Each pair that NumPy allows, with another read and write."""
    number, first = [*VIEWS].index(name), VIEWS[name]
    for place, second in enumerate(VIEWS.values() if first(X).ndim else ()):

        def view(a, second=second):
            return second(first(a))

        try:
            view(X)
        except (ValueError, IndexError):
            continue
        check_texts(functools.partial(READS[place % 5], view, WRITES[(number + place // 5) % 10]))
