"""Sizes that an operation needs to be equal are one letter in the text of a derivative, and it refuses others than NumPy would.

Of arguments of any sizes, a text computes what `grad` does for them, or it raises `ValueError`; of those that fit its letters it
computes.
"""

import inspect
import itertools

import numpy as np
import pytest

import chainrule as cr

from .texts import executed

pytestmark = pytest.mark.names


def differences(x, y):
    return np.sum(x - y)


def products(a, x):
    return np.sum(a @ x)


def batch(w, b, x):
    return np.sum(w @ x + b)


def layers(w2, b2, w3, b3, x, y):
    a2 = np.tanh(w2 @ x + b2)
    return np.sum((np.tanh(w3 @ a2 + b3) - y) ** 2)


def apart(x, y):
    return np.sum(x**2) * np.sum(y**3)


def compared(x, y):
    if len(x) == len(y):
        return np.sum(x * y)
    return np.sum(x**2)


def normalized(x, scale):
    return np.sum((x - np.mean(x, axis=1, keepdims=True)) * scale)


def attention(X, Wq, Wk, Wv, M):
    S = (X @ Wq) @ (X @ Wk).T / np.sqrt(Wq.shape[1]) + M
    A = np.exp(S - np.max(S, axis=1, keepdims=True))
    return np.sum((A / np.sum(A, axis=1, keepdims=True)) @ (X @ Wv))


def recurrent(V, U, x, h):
    for t in range(len(x)):
        h = np.tanh(V @ x[t] + U @ h)
    return np.sum(h)


def lstm(W, U, b, x, h, c):
    n = len(h)
    for t in range(len(x)):
        z = W @ x[t] + U @ h + b
        i, f, o = (1 / (1 + np.exp(-z[k * n : (k + 1) * n])) for k in range(3))
        c = f * c + i * np.tanh(z[3 * n :])
        h = o * np.tanh(c)
    return np.sum(h)


def joined(x, y, w):
    return np.sum(np.concatenate([x, y]) @ w)


def helper(w, x):
    return np.tanh(w @ x)


def called(u, w, x):
    return np.sum(helper(u, helper(w, x)) + x)


SHAPES = {
    differences: "nm,nm", products: "nm,m", batch: "nm,n1,mp", layers: "nm,n1,pn,p1,m1,p1", apart: "n,m", compared: "n,n",
    normalized: "nm,m", attention: "nm,mp,mp,mq,nn", recurrent: "nm,nn,pm,n", lstm: "4m,4n,4,pm,n,n", joined: "n,m,s",
    called: "nm,mn,n",
}  # fmt: skip
"""What fits together: `4` is 4 n, and `s` is n + m."""
EXAMPLES = {
    "apart": {"n": 2, "m": 3, "p": 4, "q": 5}, "equal": {"n": 2, "m": 2, "p": 2, "q": 2}, "ones": dict.fromkeys("nmpq", 1),
}  # fmt: skip


def shapes_of(f, sizes):
    sizes = sizes | {"1": 1, "4": 4 * sizes["n"], "s": sizes["n"] + sizes["m"]}
    return [tuple(sizes[letter] for letter in shape) for shape in SHAPES[f].split(",")]


def arrays(shapes, seed=0):
    random = np.random.default_rng(seed)
    return [random.normal(size=shape) for shape in shapes]


def other_shapes(f, number):
    """Shapes of which each axis is 1, 2, 3, 4 or 8, the more of them as in one that fits."""
    random = np.random.default_rng(len(SHAPES[f]))
    for _ in range(number):
        fitting = shapes_of(f, dict(zip("nmpq", random.integers(1, 4, 4).tolist(), strict=True)))
        yield [
            tuple(random.choice([1, 2, 3, 4, 8]) if random.random() < 0.2 else k for k in shape) for shape in fitting
        ]


def gradients(function, args):
    """The gradients that a function computes, or None if it refuses the arguments."""
    try:
        with np.errstate(all="ignore"):
            made = function(*args)
    except (ValueError, IndexError):
        return None
    return made if isinstance(made, tuple) else (made,)


def check(f, example, number=60):
    """Fail unless the text for an example is right for other arguments or refuses them."""
    made = cr.derive(f, arrays(shapes_of(f, EXAMPLES[example])))
    run, reference = executed(made), cr.grad(f, tuple(range(len(inspect.signature(f).parameters))))
    fitting = [shapes_of(f, dict(zip("nmpq", k, strict=True))) for k in ([3, 4, 2, 5], [4, 3, 5, 2], [2, 2, 2, 2])]
    for k, shapes in enumerate(itertools.chain(fitting, other_shapes(f, number))):
        args = arrays(shapes, k)
        found = gradients(run, args)
        if found is None:
            assert k >= len(fitting) or example == "ones", (
                f"{f.__name__}, made for {example}, refuses {shapes}, which fit"
            )
            continue
        wanted = gradients(reference, args)
        assert wanted is not None, f"{f.__name__}, made for {example}, takes {shapes}, which do not fit"
        for one, other in zip(found, wanted, strict=True):
            assert np.shape(one) == np.shape(other), f"{f.__name__}, made for {example}, for {shapes}"
            assert np.allclose(one, other), f"{f.__name__}, made for {example}, for {shapes}"


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("f", SHAPES, ids=lambda f: f.__name__)
def test_a_text_is_right_for_any_arguments_or_refuses_them(f, example):
    check(f, example)


def last_column(x):
    for k in range(x.shape[1]):
        last = x[0, k]
    return np.mean(x**2) * last


@pytest.mark.parametrize(
    "f", [lambda x: np.sin(np.mean(x)), last_column, lambda x: np.var(x) + np.sum(x, axis=1)[0] * x.size]
)
@pytest.mark.parametrize("shape", [(3, 1), (1, 3), (3, 2), (1, 1), (2, 2)])
def test_numbers_that_are_made_of_fixed_and_other_sizes_are_those_at_hand(f, shape):
    run = executed(cr.derive(f, arrays([shape])))
    for other in [(3, 1), (5, 1), (1, 5), (3, 2), (4, 2), (2, 4), (1, 1)]:
        args = arrays([other], 1)
        found = gradients(run, args)
        if found is None:
            assert other != shape
        else:
            np.testing.assert_allclose(found[0], cr.grad(f)(*args))


OF_ANY_RANK = {
    "mean": lambda x: np.mean(x**2), "mean of rows": lambda x: np.sum(np.mean(x, axis=0) ** 2), "variance": np.var, "std": np.std,
    "cumulated": lambda x: np.sum(np.cumsum(x) ** 2), "sorted": lambda x: np.sum(np.sort(x) * x), "sums": lambda x: np.sum(np.sum(x, axis=0) ** 2),
    "softmax": lambda x: np.sum(np.exp(x - np.max(x, axis=-1, keepdims=True)) ** 2), "product": lambda x: np.prod(x) + np.sum(x**2),
    "part": lambda x: np.mean(x[1:] ** 2), "running": lambda x: np.sum(np.maximum.accumulate(x) ** 2), "elements": lambda x: np.sum(np.sin(x) * x),
    "flat": lambda x: np.sum(np.cumsum(np.ravel(x)) ** 2), "greatest": lambda x: np.max(np.abs(x)) * np.sum(x),
}  # fmt: skip


@pytest.mark.parametrize("name", OF_ANY_RANK)
@pytest.mark.parametrize("shape", [(3,), (3, 4), (2, 3, 4), (1,), (3, 1)], ids=str)
def test_a_text_is_right_for_another_number_of_axes_or_refuses_it(name, shape):
    f = OF_ANY_RANK[name]
    if name == "part" and shape[0] == 1:
        return
    run = executed(cr.derive(f, arrays([shape])))
    for other in [(3,), (4,), (3, 4), (3, 3), (4, 1), (1, 4), (2, 3, 4), (3, 3, 3), (1, 1, 3)]:
        args = arrays([other], 1)
        if name == "part" and other[0] == 1:  # the mean of nothing
            continue
        try:
            found = run(*args)
        except (ValueError, IndexError) as error:
            assert str(error).startswith(("made for ", "tuple index out of range")), error
            assert len(other) != len(shape) or 1 in shape or name == "running"
        else:
            np.testing.assert_allclose(found, cr.grad(f)(*args), err_msg=f"{shape}, then {other}")
