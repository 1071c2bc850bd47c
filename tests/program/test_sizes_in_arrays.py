"""Functions of NumPy that make arrays of sizes, or take sizes: the text, made at one shape, is right at others or refuses them."""

import numpy as np
import pytest

import chainrule as cr

from .lengths import function_of, require_right_or_refused, waves

HOLD = """\
np.full(len(x), x[0])
np.full((len(x), 2), x[:2])
np.full(shape=len(x), fill_value=x[0])
np.full(len(x), len(x)) * x
np.full(len(x), 1 / len(x)) * x
np.full(3, len(x) * 1.0) * x[:3]
np.full_like(x, len(x)) * x
np.full_like(x, 1 / len(x)) * x
np.linspace(x[0], x[1], len(x))
np.linspace(x[0], x[1], len(x), endpoint=False)
np.linspace(0, x[1], 2 * len(x) + 1)
np.linspace(x[:2], x[1:3], len(x))
np.logspace(x[0], 1, len(x))
np.geomspace(1 + x[0] ** 2, 10, len(x))
np.roll(x, len(x) // 2) * x
np.roll(np.outer(x, x), (len(x) // 2, 1), axis=(0, 1))
np.fft.fftshift(x)
np.fft.ifftshift(np.arange(len(x))) * x
np.fft.irfft(x)
np.fft.irfft(np.fft.rfft(x))
np.pad(x, 1)
np.pad(x, (1, len(x)))
np.lib.stride_tricks.sliding_window_view(x, 2)
np.lib.stride_tricks.sliding_window_view(x, 3).mean(axis=1)
np.outer(x, x)[np.arange(len(x)), np.arange(len(x))]
np.outer(x, x)[np.arange(len(x) - 1), np.arange(1, len(x))]
np.outer(x, x)[np.arange(len(x)), 0].mean()
np.outer(x, x)[np.arange(len(x)), np.argsort(x)].mean()
np.outer(x, x)[np.arange(len(x)), ::2]
np.outer(x, x)[0, np.arange(len(x))]
np.outer(x, x)[None, np.arange(len(x)), np.arange(len(x))]
np.outer(x, x)[np.arange(len(x))[:, None], [0, 1]]
np.multiply.outer(x, np.outer(x, x))[np.arange(len(x)), :, np.arange(len(x))]
np.multiply.outer(x, np.outer(x, x))[1:, np.arange(len(x)), np.arange(len(x))]
np.maximum.accumulate(x)
np.minimum.accumulate(np.outer(x, x), axis=1)
np.cumprod(np.outer(x, x) + 2, axis=0)
np.einsum('ii->i', np.outer(x, x))
np.bincount(np.arange(len(x)) % 2) * x[:2]
np.histogram(x, bins=[-9, 0, 9])[0] * x[0]
np.linalg.matrix_power(np.outer(x, x), 0) @ x
np.piecewise(x, [x < 0], [lambda t: t * t, 0.0])
np.mean(x) * np.array(0.5)
np.var(x) * np.array(0.5) + np.array(1.0)
np.mean(x) * np.float32(0.5)"""
REFUSED = """\
np.vectorize(lambda t: t * t)(x)
np.vectorize(lambda t, u: t * u)(x, 2.0)
np.outer(x, x)[np.diag_indices_from(np.outer(x, x))]
np.broadcast_to(np.arange(3), (len(x), 3)) * x[0]
np.fft.fft(x, 8).real
np.fft.rfft(x, 4).real
np.fft.irfft(x, 7)
np.take(x, [7], mode='wrap')
np.take(x, [7], mode='clip')
np.polyadd(x, [1, 2])
np.poly(x)
len(x.flat) * x
sum(v * v for v in x.flat)
np.array([v * v for v in x.flat])
sum(np.unstack(x))
np.mgrid[:len(x), :2][0] * x[0]
np.mean(x[-3:])
np.pad(x, 1, constant_values=3)
np.pad(x, 2, mode='reflect')
x[x > 0]"""
ROWS = """\
np.diag(x, 1)
np.diagonal(x)
np.trace(x, 1)
np.linalg.svd(x + 3 * np.eye(*x.shape))[1]
np.linalg.qr(x + 3 * np.eye(*x.shape))[1]
np.full(x.shape, x[0])
np.pad(x, ((1, 0), (0, 2)))
x[np.arange(len(x)), np.argmax(x, axis=1)].mean()
x[np.argmax(x, axis=0), np.arange(x.shape[1])].mean()
np.ogrid[:x.shape[0], :x.shape[1]][1] * x
sum(np.unstack(x))
np.maximum.accumulate(x, axis=1)"""


def of_array(expression):
    """Each number of an array counts otherwise."""
    return function_of(
        f"v = np.asarray({expression})\nreturn np.sum(v * np.cos(1.0 + np.arange(v.size)).reshape(v.shape))"
    )


@pytest.mark.parametrize("expression", HOLD.split("\n"))
def test_an_array_of_sizes_holds_for_other_lengths(expression):
    require_right_or_refused(of_array(expression), (waves(5),), [(waves(size),) for size in (8, 4, 3)])


@pytest.mark.parametrize("expression", REFUSED.split("\n"))
def test_what_is_of_one_length_refuses_others(expression):
    if "unstack" in expression and not hasattr(np, "unstack"):
        pytest.skip("NumPy 2.1")
    others = [(waves(size),) for size in (8, 4, 3, 2, 12)]
    require_right_or_refused(of_array(expression), (waves(5),), others, holds=False)


@pytest.mark.parametrize("expression", ROWS.split("\n"))
def test_what_takes_rows_holds_for_other_shapes_or_refuses_them(expression):
    if "unstack" in expression and not hasattr(np, "unstack"):
        pytest.skip("NumPy 2.1")
    others = [(waves(*shape),) for shape in [(6, 3), (3, 3), (5, 7)]]
    require_right_or_refused(of_array(expression), (waves(4, 5),), others, holds=False)


@pytest.mark.parametrize(
    "line",
    [
        "np.roll(x, n) * x",
        "np.pad(x, n)",
        "np.full(n, 1 / n) * x[0]",
        "np.linspace(x[0], x[1], n)",
        "np.full(n, x[0])",
        "x[n:9:2]",
        "x * (n & 1)",
        "x * (n & 7)",
        "x[: n >> 1]",
    ],
)
def test_an_int_argument_stays_one(line):
    f = function_of(f"v = {line}\nreturn np.sum(v * np.cos(1.0 + np.arange(v.size)))", "x, n")
    require_right_or_refused(f, (waves(12), 5), [(waves(12), n) for n in (2, 4, 7, 6)])


def test_a_power_by_the_bits_of_an_int_argument_holds_for_others():
    lines = "r = x * 0 + 1\nwhile n > 0:\n    if n & 1: r = r * x\n    x = x * x\n    n >>= 1\nreturn np.sum(r)"
    require_right_or_refused(function_of(lines, "x, n"), (waves(3), 5), [(waves(3), n) for n in (2, 4, 7, 13)])


@pytest.mark.parametrize(
    "lines",
    [
        "return -(z - np.log(np.sum(np.exp(z), axis=1, keepdims=True)))[np.arange(len(y)), y].mean()",
        "o = np.zeros_like(z); o[np.arange(len(y)), y] = 1; return np.sum((z - o) ** 2 * o)",
        "o = np.zeros((len(y), 3)); o[np.arange(len(y)), y] = 1; return np.sum((z - o) ** 2 * z)",
        "e = z * 2; e[np.arange(len(y)), y] -= 1; return np.mean(e**3)",
        "e = z * 2; e[y, y] = 1; return np.mean(e**3)",
    ],
)
def test_a_row_is_taken_by_its_label(lines):
    """The loss of a softmax, and labels as vectors, for other numbers of rows."""
    others = [(waves(4, 3), np.array([2, 1, 0, 0])), (waves(2, 3), np.array([0, 2])), (waves(5, 3), np.array([1] * 5))]
    f = function_of(lines, "z, y")
    require_right_or_refused(f, (waves(3, 3), np.array([0, 2, 1])), others, holds="y, y" not in lines)


@pytest.mark.parametrize(
    "lines",
    [
        "i = np.where(x > 0)[0]; return np.sum(x[i] ** 2 * i)",
        "i = np.where(x > 0); return np.sum(x[i] ** 2)",
        "i = np.flatnonzero(x > 0); return np.sum(x[i] ** 3) * len(i)",
        "i = np.nonzero(x)[0]; return np.sum(x[i] ** 3)",
        "i = (x > 0).nonzero()[0]; return np.sum(x[i] ** 3)",
        "i = np.argwhere(x > 0); return np.sum(x[i[:, 0]] ** 3)",
        "i, j = np.where(np.outer(x, x) > 0); return np.sum(np.outer(x, x)[i, j] * i)",
        "y = x * 1; y[np.where(x < 0)] = 0; return np.sum(y**2)",
        "return x[np.flatnonzero(x > 0)[-1]] ** 2",
    ],
)
def test_places_of_a_mask_are_those_of_the_numbers_at_hand(lines):
    f, x = function_of(lines), waves(5)
    others = [(x[::-1].copy(),), (waves(8),), (-x,), (np.roll(x, 1),)]
    require_right_or_refused(f, (x,), others, holds=False)
    for (each,) in [(x,), *others]:
        np.testing.assert_allclose(cr.grad(f)(each), [*cr.derive(f, (each,))(each)])
        require_right_or_refused(f, (each,), [])


def test_places_of_no_mask_are_none():
    with pytest.raises(ValueError, match="either both or neither of x and y should be given"):
        cr.grad(lambda x: np.sum(np.where(x > 0, x)))(waves(3))
    np.testing.assert_array_equal(cr.grad(lambda x: np.sum(x[np.where(x > 9)]))(waves(3)), np.zeros(3))
