"""The learning rate where none is given: what it is for whom, and that whatever is trained has it and says so."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.network.activations import ACTIVATIONS
from chainrule.network.architecture import stacked
from chainrule.network.costs import COSTS
from chainrule.training.loop import DivergenceError
from chainrule.training.optimizers import OPTIMIZERS, Optimizer, adam, momentum, sgd
from chainrule.training.rates import default_rate
from chainrule.training.settings import SettingsError


@pytest.fixture(scope="module")
def digits():
    train, _, _ = cr.datasets.mnist()
    return train.images[:400], train.labels[:400]


@pytest.mark.parametrize("sizes", [[784, 30, 10], [784, 100, 10], [784, 10], [784, 30, 30, 10]])
def test_the_articles_networks_begin_with_3(sizes):
    assert default_rate(stacked(sizes), sgd()) == 3.0


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_each_has_a_rate_of_one_digit(optimizer):
    rates = {
        (activation, cost): default_rate(stacked([784, 30, 10], activation, cost=cost), OPTIMIZERS[optimizer]())
        for activation in ACTIVATIONS
        for cost in COSTS
    }
    assert [each for each, rate in rates.items() if not 1e-4 < rate <= 3.0] == []
    assert [each for each, rate in rates.items() if rate != float(f"{rate:.0e}")] == []


def test_optimizers_are_known_by_what_they_do_and_not_by_name():
    network = stacked([784, 30, 10], "relu", cost="log-likelihood")
    plain = default_rate(network, sgd())
    assert default_rate(network, momentum(0.99)) == plain / 100
    assert default_rate(network, adam(beta1=0.5)) == default_rate(network, adam())
    half = Optimizer("mine", lambda w, g, rate: (w - 0.5 * rate * g,))
    signs = Optimizer("mine", lambda w, g, rate: (w - rate * np.sign(g),))
    assert default_rate(network, half) == 2 * plain
    assert default_rate(network, signs) == default_rate(network, adam())
    still = Optimizer("mine", lambda w, g, rate: (w + rate * (g - g),))
    assert default_rate(network, still) > 0


def test_the_layer_that_bears_least_decides():
    def rate(*activations):
        return default_rate(stacked([784, 30, 20, 10], activations, cost="cross-entropy"), sgd())

    assert rate("sigmoid", "relu") == rate("relu", "sigmoid") == rate("relu", "relu") < rate("sigmoid", "sigmoid")
    assert rate("relu", "linear") == rate("linear", "linear") < rate("relu", "relu")
    assert rate(np.abs, "tanh") == rate("relu", "tanh")


def test_the_mean_over_few_outputs_takes_smaller_steps():
    few, ten, many = (default_rate(stacked([5, 9, n], "tanh", cost="huber"), sgd()) for n in (1, 10, 100))
    assert few == pytest.approx(ten / 10)
    assert many == ten
    assert default_rate(stacked([5, 9, 10], "tanh", "linear", "quadratic"), sgd()) == default_rate(
        stacked([5, 9, 2], "tanh", cost="mean-squared-error"), sgd()
    )


def test_what_trains_keeps_the_number_that_was_used(digits, tmp_path):
    net = cr.Network([784, 10, 10], activation="relu", cost="log-likelihood", seed=0)
    history = net.fit(*digits, epochs=1, optimizer="adam")
    rate = net.default_learning_rate("adam")
    assert rate == history.epochs[0].learning_rate == history.settings["learning_rate"] == 0.003
    assert net.provenance["runs"][0]["learning_rate"] == rate
    given = cr.Network([784, 10, 10], activation="relu", cost="log-likelihood", seed=0)
    given.fit(*digits, epochs=1, optimizer="adam", learning_rate=rate)
    assert [p.tobytes() for p in net.parameters] == [p.tobytes() for p in given.parameters]
    net.save(tmp_path / "net.safetensors")
    assert cr.load(tmp_path / "net.safetensors").provenance["runs"][0]["learning_rate"] == rate


def test_a_checkpoint_goes_on_with_the_number_that_was_used(digits, tmp_path, monkeypatch):
    def stop(epoch):
        return epoch.number == 1

    net = cr.Network([784, 10, 10], activation="tanh", seed=0)
    net.fit(*digits, epochs=2, optimizer="nesterov", checkpoint=tmp_path / "c", callbacks=[stop])
    used = net.default_learning_rate("nesterov")
    monkeypatch.setattr("chainrule.model.default_rate", lambda *_: 1e-9)  # another version's table
    _, history = cr.resume(tmp_path / "c", *digits)
    assert [epoch.learning_rate for epoch in history.epochs] == [used, used]


def test_an_unknown_optimizer_is_named_as_ever(digits):
    with pytest.raises(SettingsError, match=r"^There is no optimizer 'adm'; choose one of sgd, "):
        cr.Network([784, 10], seed=0).fit(*digits, optimizer="adm")


def test_after_a_burst_no_more_than_the_default_is_advised(digits):
    net = cr.Network([784, 10, 10], activation="relu", cost="mean-squared-error", seed=0)
    with pytest.raises(DivergenceError) as error:
        net.fit(*digits, epochs=3, learning_rate=1e20)
    assert error.value.smaller == net.default_learning_rate()
