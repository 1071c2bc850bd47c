"""A generator as an argument of a compiled function: the numbers are those of the function itself, anew at each call."""

import warnings

import numpy as np
import pytest

import chainrule as cr
from chainrule.calculus import generators

X = np.array([1.0, 2.0, 3.0])
EXECUTORS = ["numpy", "auto"]


def everything(w, x, rng):
    """Draws that are added, compared, looked up by, and made of traced numbers."""
    noise = rng.normal(0.0, 0.3, size=x.shape)
    moved = rng.normal(x * w, scale=np.exp(w))
    wide = rng.uniform(-w, w, (2, 3)) + rng.exponential(w * 2.0) + rng.standard_normal()
    keep = rng.random(3) < 0.5
    first, order = rng.integers(3), rng.permutation(3)
    return np.sum((noise * w + moved) * keep) + np.sum(wide * x) + x[first] + np.sum(x[order] * np.arange(3.0)) * w


def pair(seed):
    return np.random.default_rng(seed), np.random.default_rng(seed)


@pytest.mark.parametrize("executor", EXECUTORS)
def test_a_compiled_function_draws_what_the_function_does(executor):
    fast, (ours, theirs) = cr.compile(everything, executor), pair(1)
    found = [fast(0.5 + k, X, ours) for k in range(4)]
    assert found == pytest.approx([everything(0.5 + k, X, theirs) for k in range(4)], rel=1e-13)
    assert ours.bit_generator.state == theirs.bit_generator.state
    assert fast(0.5, X, np.random.default_rng(1)) == pytest.approx(found[0], rel=1e-13)  # any generator will do


@pytest.mark.parametrize("executor", EXECUTORS)
def test_gradients_are_slopes_at_the_same_draws(executor):
    fast, step = cr.compile(cr.value_and_grad(everything, (0, 1)), executor), 1e-6
    for seed in range(3):
        value, (slope, slopes) = fast(0.5, X, np.random.default_rng(seed))
        at = [everything(0.5 + sign * step, X, np.random.default_rng(seed)) for sign in (1, -1, 0)]
        assert value == pytest.approx(at[2], rel=1e-12)
        assert slope == pytest.approx((at[0] - at[1]) / (2 * step), rel=1e-6)
        along = [everything(0.5, X + sign * step * X**2, np.random.default_rng(seed)) for sign in (1, -1)]
        assert slopes @ X**2 == pytest.approx((along[0] - along[1]) / (2 * step), rel=1e-6)


def test_it_is_traced_once_whatever_generator_is_given():
    runs = []

    def f(x, rng):
        runs.append(1)
        return np.sum(x * rng.standard_normal(x.shape))

    fast = cr.compile(f)
    values = {float(fast(X, np.random.default_rng(seed))) for seed in range(40)}
    assert (len(values), len(runs)) == (40, 2)  # once to see what is drawn, once traced


def test_generators_in_nests_and_several_of_them():
    def f(batch, other):
        return np.sum(batch["x"] * batch["rng"].random(3)) + other.normal() + batch["rng"].random()

    fast = cr.compile(f)
    (a, b), (c, d) = pair(1), pair(2)
    for _ in range(3):
        assert fast({"x": X, "rng": a}, c) == pytest.approx(f({"x": X, "rng": b}, d), rel=1e-14)
    assert fast({"x": X, "rng": a}, other=c) == pytest.approx(f({"x": X, "rng": b}, d), rel=1e-14)


def test_a_branch_on_what_is_drawn():
    def f(x, rng):
        return x * 2.0 if rng.random() < 0.5 else -x

    fast = cr.compile(f)
    results = set()
    for seed in range(20):
        try:
            results.add(float(fast(1.0, np.random.default_rng(seed))))
        except cr.BranchError:
            results.add("another way")
    assert results == {2.0 if np.random.default_rng(0).random() < 0.5 else -1.0, "another way"}


def test_other_kinds_of_bits():
    fast = cr.compile(lambda x, rng: np.sum(x * rng.gamma(2.0, 3.0, size=3)))
    for kind in (np.random.PCG64, np.random.Philox, np.random.MT19937):
        one, other = (np.random.Generator(kind(7)) for _ in range(2))
        assert fast(X, one) == pytest.approx(np.sum(X * other.gamma(2.0, 3.0, size=3)), rel=1e-14)


def refused(f, *args):
    with pytest.raises(cr.TracingError) as error:
        cr.compile(f)(*args)
    return str(error.value).splitlines()[0].partition(": ")[2]


def test_what_cannot_be_drawn_anew():
    rng = np.random.default_rng(0)

    def shuffles(x, rng):
        rng.shuffle(np.arange(3.0))
        return np.sum(x)

    assert refused(shuffles, X, rng) == "shuffle cannot be drawn anew at each call; write x[rng.permutation(len(x))]."
    assert refused(lambda x, rng: x * rng.spawn(1)[0].random(), X, rng) == (
        "spawn cannot be drawn anew at each call; pass two generators."
    )
    assert refused(cr.grad(lambda x, rng: np.sum(x * rng.gamma(x, 1.0))), X, rng) == (
        "gamma is drawn with traced numbers; draw standard numbers, and compute with them."
    )
    hidden = np.random.default_rng(1)
    assert refused(lambda x, rng: x * rng.random() * hidden.random(), X, rng).startswith("random numbers are drawn")
    with pytest.raises(ValueError, match="scale < 0"):
        cr.compile(lambda x, rng: x * rng.normal(0.0, -1.0))(X, rng)


def test_a_function_that_draws_otherwise_in_its_second_run():
    count = []

    def other_kind(x, rng):
        count.append(1)
        return x * (rng.random() if len(count) % 2 else rng.standard_normal())

    def more(x, rng):
        count.append(1)
        return x * sum(rng.random() for _ in range(len(count)))

    def fewer(x, rng):
        count.append(1)
        return x * sum(rng.random() for _ in range(2 - len(count) % 2))

    rng = np.random.default_rng(0)
    assert (
        refused(other_kind, X, rng)
        == "standard_normal is drawn here, and was not in the run before; draw the same in each run."
    )
    count.clear()
    assert refused(more, X, rng) == "random is drawn here, and was not in the run before; draw the same in each run."
    count[:] = [1]
    assert refused(fewer, X, rng).endswith("fewer numbers are drawn than in the run before; draw the same in each run.")


def test_nothing_is_warned_of():
    fast = cr.compile(lambda x, rng: x + rng.random(3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for seed in range(50):
            fast(X, np.random.default_rng(seed))


def test_a_planted_fault_is_seen(monkeypatch):
    standard, names, _ = generators._SCALED["normal"]
    monkeypatch.setitem(generators._SCALED, "normal", (standard, names, lambda z, loc=0.0, scale=1.0: loc - scale * z))
    with pytest.raises(AssertionError):
        test_a_compiled_function_draws_what_the_function_does("numpy")
