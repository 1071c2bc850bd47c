"""The search for a learning rate: what it suggests, that it changes nothing, how its curve is drawn, what it refuses."""

import io

import numpy as np
import pytest

import chainrule as cr
from chainrule.show.rate_curve import draw
from chainrule.show.screen import Screen
from chainrule.training import rate_search
from chainrule.training.optimizers import momentum
from chainrule.training.runner import Examples, NumpyRunner, learner_of
from chainrule.training.settings import SettingsError
from chainrule.training.step import UpdateRule

RELU = {"activation": "relu", "cost": "log-likelihood", "initializer": "he"}
# The best rates of a grid, by the validation cost after an epoch of all digits (docs/defaults.md), and a factor of 3.
CASES = {
    "quadratic": ({}, "sgd", 3.0),
    "quadratic, momentum": ({}, "momentum", 0.1),
    "quadratic, adam": ({}, "adam", 0.005),
    "cross-entropy": ({"activation": "tanh", "cost": "cross-entropy"}, "sgd", 0.1),
    "relu": (RELU, "sgd", 0.1),
    "relu, nesterov": (RELU, "nesterov", 0.01),
    "relu, rmsprop": (RELU, "rmsprop", 0.002),
    "relu, adam": (RELU, "adam", 0.002),
    "relu, adamw": (RELU, "adamw", 0.002),
}


@pytest.fixture(scope="module")
def digits():
    train, _, _ = cr.datasets.mnist()
    return train.images[:5000], train.labels[:5000]


@pytest.mark.wide
@pytest.mark.parametrize("name", CASES)
def test_the_suggestion_is_near_the_best_rate(name, digits):
    keywords, optimizer, best = CASES[name]
    net = cr.Network([784, 30, 10], seed=0, **keywords)
    before = [p.copy() for p in net.parameters]
    found = net.find_learning_rate(*digits, optimizer=optimizer)
    assert best / 3 <= found.suggested <= 3 * best
    assert all(np.array_equal(p, q) for p, q in zip(net.parameters, before, strict=True))
    assert list(found.rates) == sorted(found.rates)
    assert found == net.find_learning_rate(*digits, optimizer=optimizer)
    assert f"start with {found.suggested:g}" in str(found)


def test_the_runs_of_the_search_are_those_of_learning():
    """The longest run with a rate is what `fit` does: the same batches lead to the same costs."""
    random = np.random.default_rng(0)
    x, y = random.normal(size=(8, 3)), random.normal(size=(8, 2))
    net = cr.Network([3, 2], cost="mean-squared-error", seed=0, dtype="float64", scale="none", target_scale="none")
    rule = UpdateRule(momentum())
    parameters = [each.copy() for each in net.parameters]
    learner = learner_of(net.architecture, parameters, rule.optimizer, np.random.default_rng(1))
    runner = NumpyRunner(net.architecture, learner, Examples(x, y), rule)
    runs = rate_search._Runs(learner, runner, len(x), 8, 16)
    pieces = [runs.costs([0.1, 0.3], share)[0.3] for share in (0.25, 0.5, 1)]
    costs = [
        epoch.train.cost
        for epoch in net.fit(x, y, epochs=16, batch_size=8, optimizer="momentum", learning_rate=0.3).epochs
    ]
    assert pieces == pytest.approx([costs[3], np.mean(costs[6:8]), np.mean(costs[12:16])])


def test_a_network_with_dropout_weights_and_few_examples_is_searched_too():
    random = np.random.default_rng(0)
    x, y = random.normal(size=(7, 4)), random.normal(size=(7, 1))
    net = cr.Network([4, 9, 1], activation="tanh", cost="huber", dropout=0.2, normalization="layer", seed=0)
    found = net.find_learning_rate(x, y, batch_size=100, optimizer="adam", lowest=0.003, highest=0.3)
    assert {0.01, 0.02, 0.05} <= set(found.rates) <= {0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3}
    assert found.suggested == float(f"{found.suggested:.0e}")


def test_a_cost_below_zero_is_searched_too():
    random = np.random.default_rng(0)
    x, y = random.random((40, 4)), random.normal(size=(40, 1))
    net = cr.Network([4, 1], output="linear", cost=lambda a, y: np.sum((a - y) ** 2 - 100), seed=0)
    found = net.find_learning_rate(x, y)
    assert max(found.costs) < -90
    same = cr.Network([4, 1], output="linear", cost=lambda a, y: np.sum((a - y) ** 2), seed=0)
    assert found.suggested == pytest.approx(same.find_learning_rate(x, y).suggested, rel=2)


def test_learning_after_a_search_is_as_without_it(digits):
    one, other = (cr.Network([784, 6, 10], seed=0) for _ in range(2))
    one.find_learning_rate(*digits, steps=50)
    for net in (one, other):
        net.fit(digits[0][:100], digits[1][:100], epochs=2)
    assert all(np.array_equal(p, q) for p, q in zip(one.parameters, other.parameters, strict=True))


def test_what_finds_nothing(digits):
    net = cr.Network([784, 6, 10], seed=0)
    with pytest.raises(SettingsError) as error:
        net.find_learning_rate(*digits, lowest=1.0, highest=0.5)
    assert str(error.value) == "The rates go from 1.0 to 0.5; they must rise, from above 0."
    with pytest.raises(SettingsError) as error:
        cr.Network([784, 10], cost="hinge", seed=0).find_learning_rate(*digits, lowest=1e6, highest=1e9)
    assert str(error.value) == "The cost falls at none of these rates; start lower, or choose another initializer."


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"lowest": "a"}, "lowest is 'a'; it must be a number above 0, such as 0.1."),
        (
            {"optimizer": None},
            "There is no optimizer None; choose one of sgd, momentum, nesterov, rmsprop, adam, adamw.",
        ),
        (
            {"batch_size": 1},
            "batch_size is 1, which leaves a batch of one of 5,000 examples; batch normalization needs at least two in "
            "each.",
        ),
    ],
)
def test_what_makes_no_search(keywords, message, digits):
    with pytest.raises(SettingsError) as error:
        cr.Network([784, 5, 10], normalization="batch").find_learning_rate(*digits, **keywords)
    assert str(error.value) == message


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_curve_is_drawn_within_its_width(encoding):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    found = rate_search.RateSearch((1.0, 10.0, 100.0, 1000.0), (4.0, 2.0, 1.0, 3.0), 100.0)
    draw(found, Screen(stream, width=26, depth="none"))
    stream.seek(0)
    head, *lines, tail = stream.read().splitlines()
    assert head == "cost C"
    assert tail.endswith("start with 100")
    mark = "━" if encoding == "utf-8" else "="
    assert lines[0] == "     4 " + mark * 6
    assert lines[9] == "     1 " + " " * 12 + mark * 6
    assert lines[10].index("▲" if encoding == "utf-8" else "^") == 7 + 12
    assert lines[11] == "       1             1,000"
    assert max(map(len, lines)) <= 26
