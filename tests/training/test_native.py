"""The native executor learns what the NumPy executor learns, within rounding, whatever the network and the rule."""

import platform

import numpy as np
import pytest

import chainrule as cr

no_vectors = lambda: ""
from chainrule.training import native
from chainrule.training.choice import Choice, numpy_seconds
from chainrule.training.loop import DivergenceError
from chainrule.training.optimizers import OPTIMIZERS
from chainrule.training.settings import grouped

pytest.importorskip("llvmlite")

RANDOM = np.random.default_rng(8)
IMAGES = np.where(RANDOM.random((95, 37)) < 0.6, 0.0, RANDOM.random((95, 37))).astype(np.float32)
LABELS = RANDOM.integers(0, 7, 95)


def learned(executor, network, fit, images=IMAGES, labels=LABELS, sizes=(37, 21, 7)):
    net = cr.Network(list(sizes), seed=3, **network)
    history = net.fit(images, labels, executor=executor, **grouped({"epochs": 2, "learning_rate": 0.05, **fit}))
    assert history.executor == executor
    return net, history


def agree(network, fit, sizes=(37, 21, 7), rtol=2e-4, **given):
    one, told = learned("native", network, fit, sizes=sizes, **given)
    other, expected = learned("numpy", network, fit, sizes=sizes, **given)
    for name, a, b in zip(one.architecture.shapes, one.parameters, other.parameters, strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol * np.abs(b).max(), err_msg=name)
    for a, b in zip(told.epochs, expected.epochs, strict=True):
        assert a.train.cost == pytest.approx(b.train.cost, rel=1e-4)
        assert abs((a.train.correct or 0) - (b.train.correct or 0)) <= 1
    return one


SLOW = {"learning_rate": 0.002}
CASES = {  # each compiles a step of its own, which takes longer than all else: what goes together stands together
    "the book's, three layers": ({}, {}, (37, 21, 18, 7)),
    "softmax after batch normalization": (
        {"cost": "log-likelihood", "activation": "relu", "normalization": "batch"},
        {"optimizer": "momentum", **SLOW},
        (37, 12, 7),
    ),
    "cross-entropy, large batches, penalties": (
        {"cost": "cross-entropy", "activation": "tanh"},
        {"batch_size": 40, "optimizer": "nesterov", "l1": 0.1, "l2": 0.3, "max_norm": 2.0, **SLOW},
    ),
    "one at a time, dropout, layer normalization": (
        {"activation": "leaky-relu", "dropout": [0.2, 0.5], "normalization": "layer"},
        {"batch_size": 1},
    ),
    "clipped": ({"activation": "elu"}, {"clip_norm": 0.1, "clip_value": 0.02, "optimizer": "adamw", **SLOW}),
    "weighted": (
        {"activation": "gelu"},
        {"sample_weight": np.linspace(0.5, 2, 95), "label_smoothing": 0.1, "optimizer": "adam", **SLOW},
    ),
    "softplus, a schedule": (
        {"activation": "softplus", "cost": "log-likelihood"},
        {"schedule": "cosine", "optimizer": "rmsprop", **SLOW},
    ),
    "float64": ({"dtype": "float64", "dropout": [0.2]}, {"optimizer": "adam", **SLOW}, (37, 7)),
    "hinge": ({"cost": "hinge", "activation": "linear"}, {}, (37, 7)),
}


@pytest.mark.parametrize("name", CASES)
def test_learns_as_numpy_does(name):
    agree(*CASES[name])


def test_every_optimizer_is_among_them():
    assert {fit.get("optimizer", "sgd") for _, fit, *_ in CASES.values()} == set(OPTIMIZERS)


@pytest.mark.parametrize("cost", ["mean-squared-error", "mean-absolute-error", "huber"])
def test_regression(cost):
    labels = np.sin(IMAGES[:, :2]).astype(np.float32)
    agree({"cost": cost}, {}, sizes=(37, 2), labels=labels)


def test_the_choice_follows_the_work():
    net = cr.Network([784, 30, 10], seed=0)
    from chainrule.training.settings import settings

    short, long = (settings(50_000, epochs=e, batch_size=10, learning_rate=3.0) for e in (1, 30))
    assert net.executor_for(50_000, short) == Choice("numpy")
    assert net.executor_for(50_000, long) == Choice("native")
    assert numpy_seconds(net.architecture, 50_000, 30, 10, long.rule.optimizer) > 5


@pytest.mark.skipif(no_vectors() != "" or platform.machine() not in ("x86_64", "AMD64"), reason="where they cost time")
def test_numbers_too_small_to_be_normal_are_0_while_it_learns_and_not_after():
    small = np.full_like(IMAGES[:90], 1e-39)  # whole batches: a rest would be learned by NumPy
    changed = {}
    for executor in ("native", "numpy"):
        net, _ = learned(executor, {"initializer": "zeros"}, {"learning_rate": 3.0}, images=small, labels=LABELS[:90])
        changed[executor] = np.count_nonzero(net.parameters[0])
    assert changed["native"] == 0 < changed["numpy"]
    assert np.float32(1e-39) * np.float32(0.5) > 0


@pytest.mark.parametrize("executor", ["native", "numpy"])
def test_what_a_callback_does_to_the_weights_stays(executor):
    net = cr.Network([37, 9, 7], seed=3)

    def forget(epoch):
        net.weights[0][...] = epoch.number

    net.fit(IMAGES, LABELS, epochs=2, learning_rate=0.1, executor=executor, callbacks=[forget])
    assert (net.weights[0] == 2).all()
    assert not (net.weights[1] == cr.Network([37, 9, 7], seed=3).weights[1]).any()


def test_the_bits_of_a_weighted_cost_do_not_tell_where_chunks_end(monkeypatch):
    costs = []
    for seconds in (0.0, 1.0):  # one batch a chunk, and as many as come
        monkeypatch.setattr(native, "_LONGEST", seconds)
        _, history = learned("native", {}, {"batch_size": 2, "sample_weight": np.linspace(0.5, 2, 95)})
        costs.append([epoch.train.cost for epoch in history.epochs])
    assert costs[0] == costs[1]


def test_both_name_the_first_step_whose_cost_is_no_number():
    """The cost overflows while the outputs are still numbers."""
    images, numbers = np.eye(4, dtype=np.float32), np.full((4, 1), 1e3)
    said = []
    for executor in ("native", "numpy"):
        net = cr.Network([4, 1], cost="mean-squared-error", initializer="zeros")
        with pytest.raises(DivergenceError) as error:
            net.fit(
                np.tile(images, (50, 1)),
                np.tile(numbers, (50, 1)),
                learning_rate=100.0,
                batch_size=4,
                executor=executor,
            )
        said.append((error.value.epoch, error.value.step))
    assert said[0] == said[1]
    assert said[0][1] < 20
