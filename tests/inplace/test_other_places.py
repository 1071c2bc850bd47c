"""Writes through views, whose text holds for other lengths: a place that is counted from an end stays there."""

import pytest

from ..program.lengths import function_of, require_right_or_refused, waves

RIGHT = """\
z = y[:-1]; z[-1] *= 2
y = y[:-1]; y[-1] *= 2
y[..., -1] *= 2
y[-1, ...] *= 2
y.flat[-1] = x[0]
y.flat[1:] = x[0]
z = y[::-1]; z[0] *= 3
z = y[::-1]; z[1] *= 3
z = y[::-1]; z[-1] *= 3
y[-2:][-1] = x[0] ** 2
y[1:][0] = x[0] ** 2
y[1:][:-1] *= 2
y[:-1][1:] *= 2
y[:-1][:-1] *= 3
y[::2][-1] = 3 * x[0]
y[::2][1:] *= x[0]
y[1::2][...] = x[0]
y[1::2] *= 2
z = y[1:-1]; z[len(z) - 1] *= 2
n = len(x); z = y[1:]; z[n - 2] *= 2
z = y[None, :]; z[0, -1] *= 2
z = y[:, None]; z[-1] *= 2
z = y.reshape(1, -1); z[0, -1] = 7
z = y[:-1]; z += x[1:]
z = y[:-1]; z[...] = x[1:]
z = y[:-1]; z.fill(x[0])
z = y[1:]; z.sort()
np.multiply(y[:-1], 2, out=y[:-1])
np.add(x[1:], x[:-1], out=y[1:])
z = y[:-1]; z[[-1]] *= 2
z = y[len(y) // 2:]; z[-1] *= 2
z = y[:len(y) // 2]; z[-1] *= 2
z = np.atleast_2d(y); z[0, -1] *= 2
for z in (y[:-1], y[1:]): z[-1] *= 2
z = y[:-1]; z[-1] *= x[0]; z[-1] *= x[1]
a = np.zeros(len(x)); b = a[:-1]; b[-1] = x[0]; y = y + a
a = np.zeros((len(x), 2)); b = a[:, 1]; b[:] = x; b[-1] *= 3; y = a
y[1:3] = y[-2:]
y[:2] += y[-2:]
y[:5] = x[0]
y[:5] *= x[0]"""
ROWS = """\
y.T[0, -1] = x[0, 0] ** 2
y.T[-1] = x[0, 0] ** 2
y.T[:-1][-1] *= 2
y.swapaxes(0, 1)[0, -1] *= 2
y[:, :-1][:, -1] *= 2
y[:-1, :-1][-1, -1] *= 2
z = y[-1]; z[-1] *= 2
z = y[:, -1]; z[:] = x[:, 0]
y[..., -1] *= 2
y[..., -1, -1] *= 3
y[0, ..., -1] *= 3
y[::-1, ::-1][0, 0] *= 2
np.flipud(y)[0] *= 2
np.rot90(y)[0, 0] *= 2
np.moveaxis(y, 0, 1)[-1] *= 2
for i in range(len(y)): y[i][1:] *= 2
for i in range(len(y)): y[i, 1:][-1] *= 2
a = np.zeros((3, len(x))).T; a[-1] = x[0, 0]; y = a
z = y.reshape(y.shape[0], 1, y.shape[1]); z[-1, 0, -1] *= 2
z = y.reshape(-1); z[5] *= 2
y.flat[-1] = x[0, 0] ** 2
z = y.ravel(); z[-1] *= 2
z = y.reshape(1, -1); z[0, -1] *= 2
np.einsum('ii->i', y[:2, :2])[:] = x[0, 0]
np.fill_diagonal(y[1:], x[0, 1])
np.put_along_axis(y, np.zeros((len(x), 1), int), 0, axis=1)"""
REFUSED = [
    "y[..., -3:-1] *= 2",
    "y[-2:][0] = x[0] ** 2",
    "y[::-1][:2] = x[0] * 3",
    "z = y[1:]; z[z > 0] *= 2",
    "y[5:] = 0",
    "z = y[5:]; z[:] = 0",
    "y[::-2] *= 2",
    "y[:0:-1] *= x[0]",
    "np.put(y, [-1], x[0])",
    "y[1:3] = y[-4:-2] * x[0]",
    "y[-4:-2] = y[1:3] + x[1:3]",
    "z = y[:-1]\nfor i in range(len(z)): z[-i - 1] *= 2",
]


def written(lines):
    return function_of(f"y = x * 1.0\n{lines}\nreturn np.sum(y**2 * np.cos(1.0 + np.arange(y.size)).reshape(y.shape))")


@pytest.mark.parametrize("lines", RIGHT.split("\n"))
def test_a_write_through_a_view_holds_for_other_lengths(lines):
    require_right_or_refused(written(lines), (waves(5),), [(waves(size),) for size in (8, 4, 3, 7)])


@pytest.mark.parametrize("lines", REFUSED)
def test_a_write_that_is_of_one_length_refuses_others(lines):
    require_right_or_refused(written(lines), (waves(5),), [(waves(size),) for size in (8, 4, 3, 2)], holds=False)


@pytest.mark.parametrize("lines", ROWS.split("\n"))
def test_a_write_through_a_view_of_rows_holds_for_other_shapes_or_refuses_them(lines):
    others = [(waves(*shape),) for shape in [(6, 3), (3, 3), (2, 4)]]
    require_right_or_refused(written(lines), (waves(4, 5),), others, holds=False)


@pytest.mark.parametrize(
    "lines",
    [
        "y[n] = 3",
        "y[n] *= 3",
        "z = y[2:]; z[n] = 3",
        "z = y[n:]; z[-2] = 3; z[0] *= 4",
        "y[-n] *= 3",
        "z = y[:-n]; z[-1] *= 3",
        "y[n:2 * n] *= 3",
    ],
)
def test_a_write_at_an_int_argument_holds_for_others(lines):
    f = function_of(f"y = x * 1.0\n{lines}\nreturn np.sum(y**2)", "x, n")
    require_right_or_refused(f, (waves(12), 6), [(waves(12), n) for n in (4, 7, 2)] + [(waves(15), 5)])
