"""The mistake that is shown where none is named: one from which a step visibly learns, chosen by rule."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.shipped import shipped
from chainrule.explain.mistakes import instructive

TEST = cr.datasets.mnist()[2]


@pytest.fixture(scope="module")
def book():
    """The network in the package, and the test digits that it reads wrong."""
    net = cr.load(shipped("book"))
    return net, np.flatnonzero(net.predict(TEST.images) != TEST.labels)


def stepped(net, index, rate=0.1):
    """Cost and the right answer's activation, before and after a step, by hand."""
    w2, b2, w3, b3 = (np.asarray(each, np.float64) for each in net.parameters)
    x = TEST.images[index].reshape(-1, 1) / 255
    label = int(TEST.labels[index])
    y = np.eye(10)[:, [label]]

    def forward():
        a2 = 1 / (1 + np.exp(-(w2 @ x + b2)))
        return a2, 1 / (1 + np.exp(-(w3 @ a2 + b3)))

    a2, a3 = forward()
    before = 0.5 * np.sum((a3 - y) ** 2), a3[label, 0]
    d3 = (a3 - y) * a3 * (1 - a3)
    d2 = (w3.T @ d3) * a2 * (1 - a2)
    w2, b2, w3, b3 = w2 - rate * d2 @ x.T, b2 - rate * d2, w3 - rate * d3 @ a2.T, b3 - rate * d3
    a3 = forward()[1]
    return before, (0.5 * np.sum((a3 - y) ** 2), a3[label, 0])


def learns(net, index):
    (cost, truth), (new_cost, new_truth) = stepped(net, index)
    return new_cost <= 0.9 * cost and new_truth >= truth + 0.05


def chosen(net, wrong, **settings):
    return instructive(
        net.architecture, net.parameters, TEST.images[wrong].reshape(-1, 784).T / 255, TEST.labels[wrong], **settings
    )


def test_it_is_the_first_from_which_a_step_visibly_learns(book):
    net, wrong = book
    place = chosen(net, wrong)
    assert [learns(net, at) for at in wrong[: place + 1]] == [False] * place + [True]
    made = net.explain(TEST.images[wrong[place]], TEST.labels[wrong[place]])
    assert abs(made.values["δ3"][made.label, 0]) > 0.01


def test_where_no_step_does_it_is_the_one_that_learns_most(book):
    net, wrong = book
    place = chosen(net, wrong[:12], learning_rate=1e-4)
    costs = [[float(cost) for cost, _ in stepped(net, at, 1e-4)] for at in wrong[:12]]
    assert place == int(np.argmax([(before - after) / before for before, after in costs]))


def test_no_more_than_fifty_are_tried(book):
    net, wrong = book
    place = chosen(net, wrong)
    dull = next(at for at in wrong if not learns(net, at))
    assert chosen(net, np.array([*[dull] * 49, wrong[place]])) == 49
    assert chosen(net, np.array([*[dull] * 50, wrong[place]])) == 0


def test_normalized_networks_too_take_a_step_in_what_they_learn():
    net = cr.Network([784, 8, 10], seed=0, normalization="batch")
    wrong = np.flatnonzero(net.predict(TEST.images[:200]) != TEST.labels[:200])[:5]
    place = chosen(net, wrong)
    step = net.explain(TEST.images[wrong[place]], TEST.labels[wrong[place]]).one_step()
    others = [net.explain(TEST.images[at], TEST.labels[at]).one_step() for at in wrong]
    visible = [
        each.cost[1] <= 0.9 * each.cost[0] and each.activations[1][label] >= each.activations[0][label] + 0.05
        for each, label in zip(others, TEST.labels[wrong], strict=True)
    ]
    falls = [1 - each.cost[1] / each.cost[0] for each in others]
    assert place == (visible.index(True) if any(visible) else int(np.argmax(falls)))
    assert step.cost[1] < step.cost[0]
