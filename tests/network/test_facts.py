"""What simplification may use: each desired output sums to 1, and so do the results of a softmax, whoever wrote it.

The forms of cost and softmax are those that people write; whether a fact holds is seen from the labels, not from a name.
"""

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.python import function_text
from chainrule.network.architecture import stacked
from chainrule.network.equations import programs


def kept(z):
    e = np.exp(z)
    return e / np.sum(e, axis=0, keepdims=True)


def dropped(z):
    e = np.exp(z)
    return e / e.sum(axis=0)


def twice(z):
    return np.exp(z) / np.sum(np.exp(z), axis=0)


def steady(z):
    e = np.exp(z - np.max(z, axis=0, keepdims=True))
    return e / np.sum(e, axis=0, keepdims=True)


def steady_dropped(z):
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


def logistic(z):
    return 1 / (1 + np.exp(-z))


def likelihood(a, y):
    return -np.sum(y * np.log(a))


def likelihood_inside(a, y):
    return np.sum(-y * np.log(a))


def mean_likelihood(a, y):
    return -np.mean(np.sum(y * np.log(a), axis=0))


def entropy(a, y):
    return -np.sum(y * np.log(a) + (1 - y) * np.log(1 - a))


def mean_entropy(a, y):
    return np.mean(-y * np.log(a) - (1 - y) * np.log(1 - a))


def errors(output, cost, m, **facts):
    """The lines of δ at the output."""
    text = function_text(programs(stacked([4, 3], cost=cost, output=output), m, **facts).backprop)
    return [line.split("  #")[0].strip() for line in text.splitlines() if line.strip().startswith("δ2 =")]


SOFTMAXES = ["softmax", kept, dropped, twice, steady, steady_dropped]


@pytest.mark.parametrize("m", [1, 5])
@pytest.mark.parametrize("cost", ["likelihood", "likelihood_inside", "mean_likelihood"])
@pytest.mark.parametrize("output", SOFTMAXES)
def test_a_likelihood_of_ones_own_behind_any_softmax_has_the_books_error(output, cost, m):
    mean = " / 5" if cost == "mean_likelihood" and m == 5 else ""
    wanted = f"δ2 = (a2 - y){mean}" if mean else "δ2 = a2 - y"
    assert errors(output, globals()[cost], m) == [wanted]


@pytest.mark.parametrize("output", ["sigmoid", logistic])
def test_a_cross_entropy_of_ones_own_has_the_books_error(output):
    assert errors(output, entropy, 5) == ["δ2 = a2 - y"]
    assert errors(output, mean_entropy, 5) == ["δ2 = (a2 - y) / 15"]


@pytest.mark.parametrize("output", SOFTMAXES)
@pytest.mark.parametrize("distributions", [True, False])
def test_the_error_is_what_finite_differences_measure(output, distributions):
    """Also of desired outputs that are no distributions, of which the fact is not used."""
    random = np.random.default_rng(3)
    w, b, x, y = random.normal(size=(3, 4)), random.normal(size=(3, 1)), random.random((4, 5)), random.random((3, 5))
    if distributions:
        y /= y.sum(axis=0)
    made = programs(stacked([4, 3], cost=likelihood, output=output), 5, distributions=distributions)
    found = made.backprop(w, b, x, y)
    for place, given in enumerate((w, b)):
        measured = np.zeros_like(given)
        for index in np.ndindex(given.shape):
            sides = []
            for step in (1e-6, -1e-6):
                moved = [w.copy(), b.copy()]
                moved[place][index] += step
                sides.append(float(made.cost(*moved, x, y)))
            measured[index] = (sides[0] - sides[1]) / 2e-6
        np.testing.assert_allclose(found[place], measured, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("executor", ["numpy", "native"])
def test_training_sees_from_the_labels_whether_the_fact_holds(executor):
    """With numbers that sum to 2, δ = a Σy − y: one step against the same by hand, which a − y would miss."""
    random = np.random.default_rng(0)
    x, y = random.random((8, 4)), random.random((8, 3))
    y *= 2 / y.sum(axis=1, keepdims=True)
    net = cr.Network([4, 3], cost=likelihood, output="softmax", seed=0, dtype="float64")
    w, b = (each.copy() for each in net.parameters)
    net.fit(x, y, epochs=1, batch_size=8, learning_rate=0.5, executor=executor)
    z = np.exp(w @ x.T + b)
    error = 2 * z / z.sum(axis=0) - y.T
    np.testing.assert_allclose(net.weights[0], w - 0.5 / 8 * error @ x, rtol=1e-12)
    np.testing.assert_allclose(net.biases[0], b - 0.5 / 8 * error.sum(axis=1, keepdims=True), rtol=1e-12)


@pytest.mark.parametrize("executor", ["numpy", "native"])
def test_a_likelihood_of_ones_own_learns_as_the_built_in_one_does(executor):
    random = np.random.default_rng(0)
    x, labels = random.random((60, 4)), random.integers(0, 3, 60)
    nets = [
        cr.Network([4, 6, 3], cost=cost, output="softmax", seed=0, dtype="float64")
        for cost in ("log-likelihood", likelihood)
    ]
    histories = [net.fit(x, labels, epochs=3, learning_rate=0.3, executor=executor) for net in nets]
    for one, other in zip(*(net.parameters for net in nets), strict=True):
        np.testing.assert_array_equal(one, other)
    assert histories[0].epochs[-1].train.cost == histories[1].epochs[-1].train.cost


def test_a_cost_of_ones_own_is_finite_where_outputs_are_rounded_to_0():
    net = cr.Network([2, 3], cost=likelihood, output="softmax", seed=0)
    net.weights[0][...] = [[900, 0], [0, 0], [-900, 0]]
    assert np.isfinite(net.evaluate(np.array([[1.0, 0.0]]), [2]).cost)


def test_sums_over_rows_may_meet_matrices_and_columns_that_meet_rows_may_not():
    assert stacked([3, 4], cost=lambda a, y: np.sum((a - np.mean(a, axis=0) - y) ** 2))
    with pytest.raises(cr.DimensionError, match="the numbers of axes differ"):
        programs(stacked([3, 4], cost=lambda a, y: np.sum((a - y[:, 0]) ** 2)), 4)
