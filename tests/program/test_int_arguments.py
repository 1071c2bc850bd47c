"""Int arguments in everything that NumPy takes: a printed derivative holds for others, or refuses them."""

import inspect

import numpy as np
import pytest

import chainrule as cr

from .texts import executed, slopes_by_differences

R = np.random.default_rng(13)
VECTORS = [(R.normal(size=n), k) for n, k in ((6, 3), (8, 4), (7, 2), (6, 5), (12, 3), (6, 1))]
MATRICES = [(R.normal(size=(n, n)), k) for n, k in ((4, 2), (5, 3), (3, 1), (6, 4))]
REFUSALS = (ValueError, IndexError, TypeError)

HOLD = [
    lambda x, k: np.sum(x[-k:] ** 2) + x[0],
    lambda x, k: np.sum(x[:k] ** 2) + x[-1],
    lambda x, k: np.prod(x[:-k]) + x[0],
    lambda x, k: np.sum(x[k:] * x[:-k]),
    lambda x, k: np.sum(x[::k] ** 2),
    lambda x, k: np.sum(x[1::k] ** 2),
    lambda x, k: np.sum(x[len(x) // 2 :] ** 3),
    lambda x, k: np.sum(np.concatenate([x[:k], x * 2]) ** 2),
    lambda x, k: np.sum(np.concatenate([np.ones(k), x]) ** 2 * np.arange(len(x) + k)),
    lambda x, k: np.sum(np.hstack([x, x[:k]]) ** 3),
    lambda x, k: np.sum(np.stack([x[:k], x[-k:]]) ** 3),
    lambda x, k: np.sum(np.outer(x, x[:k]) ** 2),
    lambda x, k: np.sum(np.linspace(0, 1, k)[:, None] * x),
    lambda x, k: np.sum(x[np.arange(k)] ** 2),
    lambda x, k: np.sum(np.ones((k, len(x))) @ x),
    lambda x, k: np.sum(np.eye(len(x), k) @ np.ones(k) * x),
    lambda x, k: np.sum(np.eye(len(x), k=k) @ x),
    lambda x, k: np.sum(x**k) / k,
    lambda x, k: np.sum(x) / (len(x) - k + 1),
    lambda x, k: x[len(x) % k] ** 2 + x[0],
    lambda x, k: x[len(x) // (k + 1)] ** 2 + x[0],
    lambda x, k: x[abs(-k)] * x[0],
    lambda x, k: np.cumsum(x)[k - 1] ** 2,
    lambda x, k: np.sum(np.sort(x)[:k]),
    lambda x, k: np.sum(x[np.argsort(x)[-k:]] ** 2),
    lambda x, k: np.sum(np.where(np.arange(len(x)) < k, x**2, -x)),
    lambda x, k: np.sum(x * (np.arange(len(x)) >= k)),
    lambda x, k: np.sum(x[: len(x) - len(x) % k].reshape(-1, k).sum(axis=0) ** 2),
    lambda x, k: np.sum(np.diff(x, n=1)[:k] ** 2),
    lambda x, k: np.sum(np.gradient(x) ** 2) * k,
    lambda x, k: x[:k] @ x[-k:],
    lambda x, k: np.einsum("i,i->", x[:k], x[:k]),
    lambda x, k: np.max(x[:k]) * np.min(x[k - 1 :]),
    lambda x, k: np.mean(x[:k]) * np.var(x),
    lambda x, k: np.sum(np.full(k, x[0]) * np.full(k, 2.0)),
    lambda x, k: np.sum(np.broadcast_to(x[0], (k,)) ** 2) + np.sum(np.broadcast_to(x, (k, len(x))) ** 3),
    lambda x, k: np.sum(np.abs(np.fft.rfft(x)[:k]) ** 2),
    lambda x, k: sum([x[i] * i for i in range(k)]),
    lambda x, k: sum(x[i] ** i for i in range(k)),
    lambda x, k: np.sum(np.array([x[i] for i in range(0, len(x), k)]) ** 2),
    lambda x, k: sum(x[i] * x[j] for i in range(len(x)) for j in range(i + 1, len(x)) if j - i <= k),
    lambda x, k: x[k - len(x)] ** 2,
    lambda x, k: np.sum(np.tri(len(x), k=k - 2) @ x),
    lambda x, k: np.sum(x) * float(k) / float(len(x)),
    lambda x, k: np.mean(np.arange(k, len(x) + 9) * x[0]) * x[1],
    lambda x, k: np.sum(x) / x.size + x.shape[0] * x.ndim * x[0],
]
MAY_REFUSE = [
    lambda x, k: np.sum(x) * len(str(k)),
    lambda x, k: np.sum(x[::-1] * x) + np.sum(x[k - 1 :: -1]),
    lambda x, k: np.sum(np.tile(x, k) ** 2),
    lambda x, k: np.sum(np.repeat(x, k) ** 2),
    lambda x, k: np.sum(np.roll(x, k) * x),
    lambda x, k: np.sum(np.roll(x, -k) * x),
    lambda x, k: np.sum(x[np.arange(0, len(x), k)] ** 2),
    lambda x, k: np.sum(x * np.sqrt(k)) + np.log(k + 1.0) * x[0],
    lambda x, k: np.sum(x[: max(k, 2)] ** 2),
    lambda x, k: np.sum(x[: min(k, 3)] ** 2),
    lambda x, k: np.sum(np.pad(x, k) ** 2 * np.arange(len(x) + 2 * k)),
    lambda x, k: np.sum(np.convolve(x, np.ones(k)) ** 2),
    lambda x, k: np.sum(np.convolve(x, np.ones(k) / k, mode="valid") ** 2),
    lambda x, k: np.sum(np.resize(x, (k, 2)) ** 2),
    lambda x, k: np.polyval(x, 1.0 / k),
    lambda x, k: np.sum(np.vander(x, k) ** 2),
    lambda x, k: np.sum(np.expand_dims(x, 0).repeat(2, axis=0) ** 2) * k,
    lambda x, k: sum([x[0] * 2] * k) + np.sum(np.array([1.0] * k)) * x[1],
    lambda x, k: np.sum(np.array([[x[i] * x[j] for j in range(k)] for i in range(k)])),
    lambda x, k: np.sum(x[[0, 1, k]] ** 2),
    lambda x, k: np.sum(x) * (len(x) > 2 * k),
    lambda x, k: np.sum(x) * int(len(x) > 2 * k),
    lambda x, k: np.sum(np.round(x * 4) / 4 * x, axis=0) * round(k / 2),
    lambda x, k: x[divmod(len(x), k)[1]] * x[0] + x[1],
    lambda x, k: np.sum(x) * (k & 1) + np.sum(x**2) * (k << 1),
    lambda x, k: np.sum(x) * 2**k + 0.5**k * x[0],
    lambda x, k: np.sum(x) * np.log(k + 1) + np.exp(-k) * x[0],
]
HOLD_OF_MATRICES = [
    lambda A, k: np.sum(A[:k, :k] ** 2),
    lambda A, k: np.sum(np.linalg.inv(A[:k, :k] + 5 * np.eye(k))),
    lambda A, k: np.trace(A @ A) / len(A) * k,
    lambda A, k: A[k] @ A[:, k],
    lambda A, k: np.sum(np.kron(A, np.eye(k)) ** 2),
    lambda A, k: np.sum(A.ravel()[: k * len(A)] ** 2),
    lambda A, k: np.sum(A[:, :k].sum(axis=1) ** 2),
    lambda A, k: np.sum(np.linalg.solve(A[:k, :k] + 5 * np.eye(k), np.ones(k))),
    lambda A, k: np.sum(A.reshape(-1)[::k] ** 2),
    lambda A, k: np.sum(A[None, :, k] * A[:, k, None]),
    lambda A, k: np.sum(np.cov(A[: k + 1])),
    lambda A, k: np.sum(A[np.arange(len(A)), np.argmax(A, axis=1)] ** 2) * k,
    lambda A, k: np.sum(A * np.arange(len(A))[:, None] ** k),
    lambda A, k: np.linalg.det(A[1:, 1:]) * k,
    lambda A, k: np.sum(np.linalg.norm(A, axis=1)[:k]),
    lambda A, k: np.sum(np.outer(A[0], A[k])),
    lambda A, k: np.sum(np.block([[A, np.zeros((len(A), k))]]) ** 2),
]
MAY_REFUSE_OF_MATRICES = [
    lambda A, k: np.sum(np.diag(A, k - 1) ** 2),
    lambda A, k: np.sum(np.linalg.matrix_power(A, k)),
    lambda A, k: np.sum(A[[k, 0]] * A[:2]),
    lambda A, k: np.sum(np.triu(A, k) ** 2),
    lambda A, k: np.sum(np.rot90(A, k) * A),
    lambda A, k: np.sum(np.delete(A, k, axis=0) ** 2),
    lambda A, k: np.sum(np.take(A, [0, k], axis=1) ** 2),
    lambda A, k: np.sum(np.lib.stride_tricks.sliding_window_view(A, k, axis=0).mean(axis=-1) ** 2),
]


def outcomes(f, first, others):
    """Whether the text is right at each of the arguments that f itself takes; `None` where it refuses them."""
    run = executed(cr.derive(f, first, wrt=0))
    for args in (first, *others):
        try:
            wanted = slopes_by_differences(f, args)
        except (IndexError, ValueError):
            continue
        try:
            slopes = run(*args)
        except REFUSALS:
            yield None
        else:
            yield np.shape(slopes) == np.shape(wanted) and np.allclose(slopes, wanted, rtol=1e-5, atol=1e-6)


def of(table, arguments):
    """The functions of a table with the arguments, by what stands there."""
    named = [(each, inspect.getsource(each).strip().partition(": ")[2].rstrip(",")) for each in table]
    return [pytest.param(each, arguments, id=source) for each, source in named]


@pytest.mark.wide
@pytest.mark.parametrize(("f", "arguments"), of(HOLD, VECTORS) + of(HOLD_OF_MATRICES, MATRICES))
def test_it_holds_for_other_arguments(f, arguments):
    for first in arguments[:2]:
        assert set(outcomes(f, first, arguments)) == {True}


@pytest.mark.parametrize(("f", "arguments"), of(MAY_REFUSE, VECTORS) + of(MAY_REFUSE_OF_MATRICES, MATRICES))
def test_it_is_right_or_refused(f, arguments):
    for first in arguments[:2]:
        assert False not in set(outcomes(f, first, arguments))
