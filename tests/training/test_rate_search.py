"""The search for a learning rate: what it suggests, that it changes nothing, how its curve is drawn, what it refuses."""

import io

import numpy as np
import pytest

import chainrule as cr
from chainrule.show.chart import chart
from chainrule.show.screen import Screen
from chainrule.training.settings import SettingsError

# What the book (3.0 and 0.5) and practice (0.1, 0.001 to 0.01) take for such networks.
CASES = {
    "quadratic": ({}, "sgd", 0.6, 5.0),
    "cross-entropy": ({"cost": "cross-entropy"}, "sgd", 0.2, 1.0),
    "relu": ({"activation": "relu", "cost": "log-likelihood", "initializer": "he"}, "sgd", 0.03, 0.3),
    "adam": ({"activation": "relu", "cost": "log-likelihood", "initializer": "he"}, "adam", 0.0005, 0.02),
}


@pytest.fixture(scope="module")
def digits():
    train, _, _ = cr.datasets.mnist()
    return train.images[:5000], train.labels[:5000]


@pytest.mark.parametrize("name", CASES)
def test_the_suggestion_is_what_such_networks_are_trained_with(name, digits):
    keywords, optimizer, low, high = CASES[name]
    net = cr.Network([784, 30, 10], seed=0, **keywords)
    before = [p.copy() for p in net.parameters]
    found = net.find_learning_rate(*digits, optimizer=optimizer)
    assert low <= found.suggested <= high
    assert all(np.array_equal(p, q) for p, q in zip(net.parameters, before, strict=True))
    assert list(found.rates) == sorted(found.rates)
    assert found == net.find_learning_rate(*digits, optimizer=optimizer)
    assert f"begin with {found.suggested:g}" in str(found)


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
    assert str(error.value) == "The cost falls at none of these rates; begin lower, or from another initializer."


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"lowest": "a"}, "lowest is 'a'; it must be a number above 0, such as 0.1."),
        ({"optimizer": None}, "There is no optimizer None; there is sgd, momentum, nesterov, rmsprop, adam, adamw."),
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
    chart(Screen(stream, width=26, depth="none"), [1, 10, 100, 1000], [4, 2, 1, 3], logarithmic=True, marked=100)
    stream.seek(0)
    lines = stream.read().splitlines()
    mark = "━" if encoding == "utf-8" else "="
    assert lines[0] == "     4 " + mark * 6
    assert lines[9] == "     1 " + " " * 12 + mark * 6
    assert lines[10].index("▲" if encoding == "utf-8" else "^") == 7 + 12
    assert lines[11] == "       1             1,000"
    assert max(map(len, lines)) <= 26
