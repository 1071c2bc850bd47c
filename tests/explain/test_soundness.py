"""`check`: right gradients pass, planted faults are named."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.soundness import soundness
from chainrule.network import equations
from chainrule.network.costs import COSTS
from chainrule.program import operations
from chainrule.program.operations import activations

SETTINGS = [
    {}, {"activation": "relu", "cost": "log-likelihood"}, {"activation": "gelu"}, {"activation": "elu"},
    {"cost": "cross-entropy"}, {"cost": "hinge"}, {"cost": "huber"}, {"normalization": "batch"},
    {"normalization": "layer", "dropout": 0.5},
]  # fmt: skip


def examples(net, m=6):
    random = np.random.default_rng(4)
    y = np.eye(net.sizes[-1])[:, random.integers(0, net.sizes[-1], m)]
    return random.uniform(size=(net.sizes[0], m)), y


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_every_kind_of_network_is_sound(settings):
    net = cr.Network([9, 6, 4], seed=1, **settings)
    found = soundness(net.architecture, net.parameters, *examples(net))
    assert found.ok
    assert found.worst.relative_error < 1e-5
    assert {each.parameter for each in found.parameters} == set(net.architecture.learned)
    assert all(each.compared == min(5, np.prod(each.shape)) for each in found.parameters)
    assert found.shown == pytest.approx(found.derived)


@pytest.fixture
def fresh():
    """Programs are kept; a planted fault must not outlive its test."""
    equations.programs.cache_clear()
    yield
    equations.programs.cache_clear()


def test_a_wrong_derivative_is_named(monkeypatch, fresh):
    assert operations is not None
    right = activations.sigmoid_prime

    def wrong(z):
        return 1.01 * right(z)

    monkeypatch.setattr(activations, "sigmoid_prime", wrong)
    net = cr.Network([9, 6, 4], seed=1)
    found = soundness(net.architecture, net.parameters, *examples(net))
    assert not found.ok
    assert found.worst.parameter in ("w2", "b2")  # its fault is twice that of the last layer
    assert found.worst.relative_error == pytest.approx(0.0201, rel=0.05)


def test_a_cost_that_is_not_the_gradients_is_seen(monkeypatch, fresh):
    """The old fault: people are shown one cost, and another is differentiated."""
    net = cr.Network([9, 6, 4], seed=1)
    given = examples(net)
    equations.programs(net.architecture, 6, form="fast", distributions=True)
    plain = COSTS["quadratic"]
    monkeypatch.setitem(COSTS, "quadratic", type(plain)(lambda a, y: np.sum((a - y) ** 2), plain.output))
    found = soundness(net.architecture, net.parameters, *given)
    assert not found.ok
    assert found.together == pytest.approx(0.5)
