"""Sizes of arguments are symbols in the text of a derivative, which then computes the derivative for other sizes, too."""

import numpy as np
import pytest

import chainrule as cr

pytestmark = pytest.mark.names
RANDOM = np.random.default_rng(5)


def layer(w, b, x, y):
    a = np.tanh(x @ w + b)
    return np.mean((a - y) ** 2)


def likelihood(w, b, x, y):
    z = x @ w + b
    m = z - z.mean(axis=1, keepdims=True)
    return (
        -np.sum(y * np.log(np.exp(z) / np.exp(z).sum(axis=1, keepdims=True))) / len(x)
        + m.std(axis=0).sum() / x.shape[1]
    )


def flattened(x, w):
    h = x.reshape(x.shape[0], -1) @ np.vstack([w] * 1)
    spread = np.broadcast_to(h.sum(axis=0), h.shape)
    return np.sum(spread * h[::-1] ** 2) + np.concatenate([x.ravel(), w.ravel()]).mean() + h[:, 1:].var()


def of_parts(x):
    m = x.shape[0]
    u = x[1:-1] ** 2 + x[: m - 2] * np.var(x[: m // 2])
    return np.sum(u) / m + 1 / m * u[0] + (m - 1) ** 0.5 * np.mean(np.concatenate([u, x]))


def repeated(x, y):
    for _ in range(4):
        x = x - np.mean(x * y) + 0.1 * x * y.shape[0]
    return np.sum(x**2) / y.size


def center(x):
    c = x - np.mean(x, axis=0)
    return c / np.sqrt(np.mean(c**2, axis=0) + 0.1)


def called(x, y):
    return np.mean(center(x) * y) + np.sum(center(y[:, ::-1]) ** 3 * y)


def two_means(x, y):
    return np.mean(x**2) * np.mean(y**3) + np.sum(x) / (x.shape[0] + y.shape[0]) - np.sum(y) / (2 * len(x))


CASES = {
    layer: "ki,i,nk,ni", likelihood: "ki,i,nk,ni", flattened: "npq,ri", of_parts: "n", repeated: "n,n", called: "nk,nk",
    two_means: "n,k",
}  # fmt: skip


def arguments(shapes, sizes):
    sizes = dict(sizes, r=sizes.get("p", 1) * sizes.get("q", 1))
    return [RANDOM.uniform(0.2, 0.9, [sizes[each] for each in shape]) for shape in shapes.split(",")]


@pytest.mark.parametrize(
    "first", [dict.fromkeys("nkipq", 4), {"n": 6, "k": 5, "i": 4, "p": 2, "q": 3}], ids=["one size", "several"]
)
@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_the_text_is_right_for_other_sizes(f, first):
    """Sizes that happen to be equal are told apart."""
    scope = {}
    program = cr.derive(f, arguments(CASES[f], first))
    exec(str(program), scope)
    for other in ({"n": 7, "k": 3, "i": 5, "p": 4, "q": 2}, {"n": 9, "k": 8, "i": 2, "p": 1, "q": 5}):
        args = arguments(CASES[f], other)
        wanted = cr.grad(f, tuple(range(len(args))))(*args)
        found = scope[program.name](*args)
        for one, its in zip(found if len(args) > 1 else [found], wanted, strict=True):
            np.testing.assert_allclose(one, its, rtol=1e-10, atol=1e-12)


def test_it_says_where_sizes_come_from_and_divides_by_them():
    text = str(cr.derive(layer, [cr.Spec(shape) for shape in [(784, 7), (7,), (10, 784), (10, 7)]], wrt="w"))
    assert "    m = w.shape[1]\n    p = x.shape[0]\n" in text
    assert "2 / (p * m) * ((a - y) * (1 - a ** 2))" in text


def test_the_shape_of_an_argument_is_written_as_that():
    text = str(cr.derive(lambda x, w: np.sum(x[1:] ** 2) * np.sum(w), (np.ones((3, 2)), np.ones(4))))
    assert "np.s_[1:], x.shape)" in text
    assert "w.shape)" in text
    assert "shape[" not in text


def test_a_size_of_which_a_factor_is_1_stays():
    text = str(cr.derive(lambda x: np.mean(x**2), (np.ones(2),)))
    assert "dC_dx = 2 / n * x" in text


def test_the_users_name_of_a_size_is_taken():
    text = str(cr.derive(lambda x: np.mean(x**3), [cr.Spec((cr.Dim("batch", 10),))]))
    assert "    batch = x.shape[0]\n" in text


def test_names_in_use_are_not_taken():
    def mean(x, n):
        m = np.exp(x)
        return np.mean(m * n)

    text = str(cr.derive(mean, (np.ones(4), 2.0)))
    assert "    p = x.shape[0]\n" in text


def test_the_fast_form_has_numbers():
    text = str(cr.derive(layer, arguments(CASES[layer], dict.fromkeys("nki", 4)), form="fast"))
    assert "shape[" not in text
