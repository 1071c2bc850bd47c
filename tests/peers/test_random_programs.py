"""Programs at random, out of the operations of the registry: value, gradient and directional derivative are JAX's.

However they are computed: rule by rule, by the pass that is compiled at the second call, as a printed program, equation by
equation, in buffers, through `compile` on NumPy, and, of operations that have loops, natively.

`CHAINRULE_RANDOM_PROGRAMS=5000 pytest -m peers tests/peers/test_random_programs.py` tries that many, 30 are tried otherwise.
"""

import os
import warnings

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.simplification import simplify
from chainrule.run import checked
from chainrule.run.buffered import buffered

pytestmark = pytest.mark.peers
hypothesis = pytest.importorskip("hypothesis")
jax = pytest.importorskip("jax")
jax.config.update("jax_enable_x64", True)
st = hypothesis.strategies

COUNT = int(os.environ.get("CHAINRULE_RANDOM_PROGRAMS", "30"))
N = 3  # every value is a N×N matrix
STEPS = np.array([-1.0, 0.1, 1.0])

# Each takes an np and matrices, and gives a matrix; all are bounded, so that long chains stay within numbers.
ONE = {
    "tanh": lambda np, a: np.tanh(a),
    "sin": lambda np, a: np.sin(a),
    "arctan": lambda np, a: np.arctan(a),
    "arcsinh": lambda np, a: np.arcsinh(a),
    "exp of minus a square": lambda np, a: np.exp(-a * a),
    "log1p of a square": lambda np, a: np.log1p(a * a),
    "sqrt": lambda np, a: np.sqrt(a * a + 0.5),
    "cbrt": lambda np, a: np.cbrt(a * a + 1.0),
    "square": lambda np, a: np.square(np.tanh(a)),
    "transpose": lambda np, a: a.T,
    "cumsum": lambda np, a: np.cumsum(np.tanh(a), axis=0),
    "cumprod": lambda np, a: np.cumprod(np.tanh(a), axis=1),
    "prod": lambda np, a: a + np.prod(np.tanh(a), axis=1, keepdims=True),
    "sort": lambda np, a: np.sort(a, axis=1),
    "softmax": lambda np, a: np.exp(a - np.max(a, axis=1, keepdims=True)),
    "mean": lambda np, a: a - np.mean(a, axis=0),
    "var": lambda np, a: a / (1 + np.var(a, axis=1, keepdims=True)),
    "norm": lambda np, a: a / (1 + np.linalg.norm(a)),
    "norms": lambda np, a: a / (1 + np.linalg.norm(a, axis=1, keepdims=True)),
    "inv": lambda np, a: np.linalg.inv(np.tanh(a) + 4 * np.eye(N)),
    "cholesky": lambda np, a: np.linalg.cholesky(np.tanh(a) @ np.tanh(a).T + np.eye(N)),
    "slogdet": lambda np, a: a * np.linalg.slogdet(np.tanh(a) + 4 * np.eye(N))[1],
    "eigvalsh": lambda np, a: np.tanh(a) + np.linalg.eigvalsh(np.tanh(a) @ np.tanh(a).T + np.diag(np.arange(3.0))),
    "diagonal": lambda np, a: a + np.diagonal(a),
    "diag": lambda np, a: np.diag(np.diagonal(a)) + a[0],
    "tril": lambda np, a: np.tril(a) + np.triu(a, 1).T,
    "trace": lambda np, a: a * np.trace(np.tanh(a)),
    "roll": lambda np, a: np.roll(a, 1, axis=1),
    "flip": lambda np, a: np.flip(a, 0),
    "rot90": lambda np, a: np.rot90(a),
    "take": lambda np, a: np.take(a, np.array([2, 0, 0]), axis=1),
    "rows by index": lambda np, a: a[np.array([[0, 1, 2], [2, 2, 0], [1, 0, 1]]), np.array([0, 2, 1])],
    "slices": lambda np, a: np.concatenate([a[1:], a[:1]], axis=0),
    "pad": lambda np, a: np.pad(a, ((1, 0), (0, 0)))[:N],
    "repeat": lambda np, a: np.repeat(a, 2, axis=0)[1 : N + 1],
    "tile": lambda np, a: np.tile(a, (1, 2))[:, 2 : N + 2],
    "diff": lambda np, a: np.pad(np.diff(a, axis=0), ((0, 1), (0, 0))),
    "where": lambda np, a: np.where(a > 0.1, np.log(np.where(a > 0.1, a, 1.0)), a * a),
    "einsum": lambda np, a: np.einsum("ij,kj->ki", a, np.tanh(a)),
    "logaddexp": lambda np, a: np.logaddexp(a, 0.3),
    "times itself": lambda np, a: np.tanh(a) * np.tanh(a) * (a * a) / (1 + a * a),
    "logistic": lambda np, a: 1 / (1 + np.exp(-a)),
    "growth": lambda np, a: np.sin(a) / (np.exp(-2 * np.tanh(a)) + 1),
    "softplus": lambda np, a: np.log(1 + np.exp(np.tanh(a))) + np.log1p(np.exp(a)),
    "linspace": lambda np, a: np.linspace(a[0], np.tanh(a[1]), N),
    "gradient": lambda np, a: np.gradient(a, 0.5, axis=0),
    "nanmedian": lambda np, a: a - np.nanmedian(np.where(np.eye(N) == 1, np.nan, a), axis=1, keepdims=True),
    "quantile": lambda np, a: a - np.quantile(a, 0.3, axis=0),
    "lstsq": lambda np, a: np.linalg.lstsq(np.tanh(a) + 4 * np.eye(N), a)[0],
    "along an axis": lambda np, a: np.apply_along_axis(lambda row: np.sin(row) * row[0], 1, a),
    "polynomial": lambda np, a: np.polyval(np.tanh(a[0]), np.tanh(a)),
    "interp": lambda np, a: np.interp(np.tanh(a), STEPS, np.sin(a[0])),
}
TWO = {
    "add": lambda np, a, b: a + b,
    "subtract": lambda np, a, b: a - b,
    "multiply": lambda np, a, b: a * np.tanh(b),
    "divide": lambda np, a, b: a / (2 + b * b),
    "matmul": lambda np, a, b: np.tanh(a) @ np.tanh(b),
    "maximum": lambda np, a, b: np.maximum(a, b + 0.01),
    "hypot": lambda np, a, b: np.hypot(a + 0.01, b + 2.0),
    "arctan2": lambda np, a, b: np.arctan2(a, b * b + 1.0),
    "solve": lambda np, a, b: np.linalg.solve(np.tanh(a) + 4 * np.eye(N), b),
    "kron": lambda np, a, b: np.kron(np.tanh(a), b[:1, :1]),
    "tensordot": lambda np, a, b: np.tensordot(np.tanh(a), np.tanh(b), axes=((0,), (1,))),
    "outer": lambda np, a, b: np.outer(a[0], np.tanh(b[1])),
    "power": lambda np, a, b: (1.0 + np.tanh(a) ** 2) ** np.tanh(b),
}

LOOPS = [
    "tanh", "sin", "arctan", "exp of minus a square", "log1p of a square", "sqrt", "square", "transpose", "softmax", "mean",
    "norms", "rows by index", "take", "slices", "where", "logaddexp", "add", "subtract", "multiply", "divide", "matmul",
    "arcsinh", "cbrt", "cumsum", "prod", "cholesky", "tril", "roll", "flip",
    "maximum", "hypot", "power", "times itself", "logistic", "growth", "softplus", "linspace", "gradient", "along an axis",
]  # fmt: skip


def steps_of(names, most):
    return st.lists(
        st.tuples(st.sampled_from(names), st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=most
    )


steps = steps_of([*ONE, *TWO], 8)


def program(np, plan, x, y):
    values = [x, y]
    for name, first, second in plan:
        a, b = values[first % len(values)], values[second % len(values)]
        values.append(ONE[name](np, a) if name in ONE else TWO[name](np, a, b))
    return np.sum(np.tanh(values[-1])) + np.sum(np.tanh(values[-2]) * values[-1])


@hypothesis.settings(max_examples=COUNT, deadline=None, derandomize=COUNT == 30, database=None)
@hypothesis.given(steps, st.integers(0, 2**16))
def test_value_gradient_and_jvp_are_those_of_jax(plan, seed):
    # At a norm of 0, as of x − x, JAX has no number, where 0 is taken here (test_edges.py).
    hypothesis.assume(agree(plan, seed))


@hypothesis.settings(max_examples=COUNT, deadline=None, derandomize=COUNT == 30, database=None)
@hypothesis.given(steps_of(LOOPS, 5), st.integers(0, 2**16))
def test_loops_agree_with_jax(plan, seed):
    pytest.importorskip("llvmlite")
    hypothesis.assume(agree(plan, seed, "native"))


def agree(plan, seed, executor="numpy"):
    """Compare with JAX; false where JAX has no number."""
    random = np.random.default_rng(seed)
    x, y, u, v = random.normal(size=(4, N, N))

    def ours(x, y):
        return program(np, plan, x, y)

    their_value, theirs = jax.value_and_grad(lambda x, y: program(jax.numpy, plan, x, y), (0, 1))(x, y)
    if not all(np.isfinite(each).all() for each in theirs):
        return False
    both = cr.value_and_grad(ours, (0, 1))
    compiled = cr.compile(both, executor)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".* (runs|and) on NumPy: ", RuntimeWarning)  # of what has no loops
        found = [both(x, y), both(x, y), compiled(x, y), compiled(x, y)]
        found += [(their_value, cr.derive(ours, (x, y), form=form)(x, y)) for form in ("textbook", "fast")]
    printed = simplify(cr.trace(both, (x, y), loops=False), "fast")  # as training has it
    bound = buffered(printed, {"x": x.copy(), "y": y.copy()})
    for _ in range(2):  # what the first step leaves in the buffers must not matter
        bound.step()
    found += [(bound.outputs[0], bound.outputs[1:]), checked.run(printed, [x, y])]
    for value, gradients in found:
        close(value, their_value)
        for one, each in zip(gradients, theirs, strict=True):
            close(one, each)
    along = sum(np.sum(g * d) for g, d in zip(theirs, (u, v), strict=True))
    forward = cr.compile(lambda x, y, u, v: cr.jvp(ours, (x, y), (u, v)))
    for value, slope in (cr.jvp(ours, (x, y), (u, v)), forward(x, y, u, v)):
        close(value, their_value)
        close(slope, along)
    return True


def close(one, other):
    other = np.asarray(other)
    np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-9 * max(1.0, float(np.max(np.abs(other)))))


@pytest.mark.wide
@pytest.mark.parametrize("name", [*ONE, *TWO])
def test_every_step(name):
    assert agree([(name, 0, 1)], 7)
