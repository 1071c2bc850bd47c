"""Training by L-BFGS: it comes to where the gradient is 0, with SciPy and without, and refuses what it does not have."""

import importlib.util

import numpy as np
import pytest

import chainrule as cr
from chainrule.training import lbfgs
from chainrule.training.callbacks import Every
from chainrule.training.optimizers import Lbfgs
from chainrule.training.settings import SettingsError, grouped

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(80, 5))
LABELS = (X[:, 0] + 0.5 * X[:, 1] * X[:, 2] > 0).astype(int)
NUMBERS = np.stack([np.sin(X[:, 0]), X[:, 1] ** 2], axis=1)


@pytest.fixture(params=["SciPy", "own"])
def which(request, monkeypatch):
    """By SciPy's L-BFGS-B, or where there is no SciPy."""
    if request.param == "SciPy":
        pytest.importorskip("scipy")
    else:
        found = importlib.util.find_spec
        monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name == "scipy" else found(name, *a))
    return request.param


def network(sizes=(5, 6, 2), cost="log-likelihood", **given):
    return cr.Network(list(sizes), activation="tanh", cost=cost, seed=0, **{"dtype": "float64", **given})


def total(net, x, y, l2, weights=1.0):
    """The cost per example with its penalty, and the gradients of weights and biases, written with `net.backprop`."""
    weights = np.broadcast_to(weights, len(x))
    parts = [net.backprop(x[k : k + 1], y[k : k + 1]) for k in range(len(x))]
    biases = [sum(w * p[0][k] for w, p in zip(weights, parts, strict=True)) / len(x) for k in range(len(net.biases))]
    slopes = [sum(w * p[1][k] for w, p in zip(weights, parts, strict=True)) / len(x) for k in range(len(net.weights))]
    return biases, [g + l2 / len(x) * w for g, w in zip(slopes, net.weights, strict=True)]


def largest(gradients):
    return max(np.abs(each).max() for each in gradients)


@pytest.mark.parametrize("weights", [None, np.linspace(0.5, 2, 80)], ids=["alike", "weighted"])
@pytest.mark.parametrize(
    ("cost", "sizes", "y"),
    [
        ("log-likelihood", (5, 6, 2), LABELS),
        ("cross-entropy", (5, 6, 1), LABELS),
        ("mean-squared-error", (5, 6, 2), NUMBERS),
        ("quadratic", (5, 6, 2), LABELS),
    ],
)
def test_it_comes_to_where_the_gradient_is_0(which, cost, sizes, y, weights):
    net = network(sizes, cost, target_scale="none" if cost == "mean-squared-error" else None)
    settings = {"regularization": cr.Regularization(l2=2.0), "sample_weight": weights}
    history = net.fit(X, y, epochs=1000, optimizer=Lbfgs(tolerance=1e-6), **settings)
    assert history.executor == "numpy"
    assert len(history.epochs) < 1000
    biases, slopes = total(net, X, y, 2.0, 1.0 if weights is None else weights)
    assert largest([*biases, *slopes]) < 1e-4  # L-BFGS-B also ends where the cost no longer falls
    costs = [epoch.train.cost for epoch in history.epochs]
    assert costs[-1] < 0.7 * costs[0]


def test_the_cost_and_the_answers_of_an_epoch_are_those_of_the_weights_after_it(which):
    net, told = network(), []

    def look(moment):
        score = moment.network.evaluate(X, LABELS)
        told.append((moment.train.cost, score.cost, moment.train.correct, score.correct, moment.learning_rate))

    history = net.fit(X, LABELS, epochs=12, optimizer="lbfgs", callbacks=[look])
    assert len(told) == len(history.epochs) == 12
    for cost, again, correct, same, rate in told:
        assert cost == pytest.approx(again, rel=1e-12)
        assert correct == same
        assert rate == 1.0
    assert history.settings["optimizer"] == "lbfgs"
    assert "batch_size" not in history.settings
    assert history.rows()[-1]["train_cost"] == told[-1][0]


def test_scipys_and_our_own_come_to_the_same_minimum(monkeypatch):
    """Of logistic regression, which has one."""
    pytest.importorskip("scipy")
    nets = [network((5, 1), "cross-entropy") for _ in range(2)]
    for net in nets:
        net.fit(X, LABELS, epochs=500, optimizer=Lbfgs(1e-9), regularization=cr.Regularization(l2=1.0))
        monkeypatch.setattr(lbfgs.importlib.util, "find_spec", lambda name: None)
    for one, other in zip(*(net.parameters for net in nets), strict=True):
        np.testing.assert_allclose(one, other, atol=2e-4)


def test_float32_learns_too(which):
    net = network(dtype="float32")
    history = net.fit(X, LABELS, epochs=100, optimizer="lbfgs", regularization=cr.Regularization(l2=0.1))
    assert history.epochs[-1].train.cost == pytest.approx(net.evaluate(X, LABELS).cost, rel=1e-5)
    assert net.score(X, LABELS) == 1.0
    assert {each.dtype for each in net.parameters} == {np.dtype("float32")}


def test_batch_normalization_ends_with_the_moments_of_all_examples(which):
    net = network(normalization="batch", scale="none")
    net.fit(X + 3, LABELS, epochs=20, optimizer="lbfgs")
    parameters = net.architecture.by_name(net.parameters)
    z = parameters["w2"] @ (X + 3).T
    np.testing.assert_allclose(parameters["mean2"], z.mean(axis=1, keepdims=True), rtol=1e-9)
    np.testing.assert_allclose(parameters["variance2"], z.var(axis=1, keepdims=True), rtol=1e-9)


def test_patience_and_validation(which):
    net = network((5, 12, 2))
    flipped = np.where(RANDOM.random(80) < 0.25, 1 - LABELS, LABELS)  # so that it learns too much
    history = net.fit(X[:50], flipped[:50], epochs=300, optimizer="lbfgs", validation=(X[50:], LABELS[50:]), patience=5)
    assert len(history.epochs) == history.best + 5
    assert net.evaluate(X[50:], LABELS[50:]) == history.epochs[history.best - 1].validation
    net, told = network(), []
    net.fit(X, LABELS, epochs=300, optimizer="lbfgs", callbacks=[told.append, lambda moment: moment.number == 3])
    assert [each.number for each in told] == [1, 2, 3]


def test_ctrl_c_keeps_what_was_learned(which):
    def stop(moment):
        if moment.number == 4:
            raise KeyboardInterrupt

    net = network()
    history = net.fit(X, LABELS, epochs=300, optimizer="lbfgs", callbacks=[stop])
    assert (history.interrupted, len(history.epochs)) == (True, 4)
    assert net.evaluate(X, LABELS).cost == pytest.approx(history.epochs[-1].train.cost)


def test_what_is_frozen_stays(which):
    net = network()
    before = [each.copy() for each in net.parameters]
    net.fit(X, LABELS, epochs=20, optimizer="lbfgs", freeze=2)
    assert [np.array_equal(*each) for each in zip(before, net.parameters, strict=True)] == [True, True, False, False]


def test_where_there_is_nothing_to_learn_there_is_one_epoch(which):
    net = network((5, 2), initializer="zeros")
    history = net.fit(np.zeros((4, 5)), [0, 1, 0, 1], epochs=9, optimizer="lbfgs")
    assert [epoch.train.cost for epoch in history.epochs] == pytest.approx([np.log(2)])


def test_it_can_be_diagnosed_and_saved(tmp_path):
    net = network()
    net.fit(X, LABELS, epochs=30, optimizer="lbfgs")
    assert isinstance(net.diagnose(X, LABELS), tuple)
    net.save(tmp_path / "net.safetensors")
    again = cr.load(tmp_path / "net.safetensors")
    assert again.provenance["runs"][-1]["optimizer"] == "lbfgs"
    assert isinstance(again.diagnose(X, LABELS), tuple)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"batch_size": 16}, "learns from all examples in each step, whose length it finds; leave batch_size=16 out."),
        (
            {"learning_rate": 0.1},
            "learns from all examples in each step, whose length it finds; leave learning_rate=0.1 out.",
        ),
        (
            {"schedule": "cosine"},
            "learns from all examples in each step, whose length it finds; leave schedule='cosine' out.",
        ),
        ({"clip_norm": 1.0}, "goes down a smooth cost as it is; leave clip_norm=1.0 out."),
        ({"l1": 0.5}, "goes down a smooth cost as it is; leave l1=0.5 out."),
        ({"max_norm": 2.0}, "goes down a smooth cost as it is; leave max_norm=2.0 out."),
        ({"executor": "native"}, "runs on NumPy; leave executor='native' out."),
        ({"checkpoint": "run"}, "goes down one cost, without stops; leave checkpoint out."),
        ({"callbacks": [Every(2, print)]}, "has one step in an epoch; give the callback without Every."),
    ],
)
def test_what_it_does_not_have(settings, says):
    net = network()
    before = [each.tobytes() for each in net.parameters]
    with pytest.raises(SettingsError) as error:
        net.fit(X, LABELS, epochs=2, optimizer="lbfgs", **grouped(settings))
    assert str(error.value) == f"The optimizer 'lbfgs' {says}"
    assert before == [each.tobytes() for each in net.parameters]


def test_dropout_and_augmentation_are_refused():
    with pytest.raises(SettingsError) as error:
        network(dropout=0.2).fit(X, LABELS, optimizer="lbfgs")
    assert str(error.value) == (
        "The optimizer 'lbfgs' goes down one cost, and dropout makes another in each step; leave it out."
    )
    images = RANDOM.integers(0, 255, (20, 8, 8), np.uint8)
    with pytest.raises(
        SettingsError, match=r"^The optimizer 'lbfgs' goes down one cost, without stops; leave augment out\.$"
    ):
        cr.Network([64, 2], seed=0).fit(images, [0, 1] * 10, optimizer="lbfgs", augment="light")


def test_others_than_fit_refuse_it():
    says = "The optimizer 'lbfgs' is for fit alone; choose one of sgd, momentum, nesterov, rmsprop, adam, adamw."
    net = network()
    for refused in (
        lambda: cr.fit_many([5, 2], X, LABELS, optimizer="lbfgs"),
        lambda: net.find_learning_rate(X, LABELS, optimizer="lbfgs"),
        lambda: net.default_learning_rate("lbfgs"),
    ):
        with pytest.raises(SettingsError) as error:
            refused()
        assert str(error.value) == says


def test_a_callback_cannot_write_weights():
    def write(moment):
        moment.network.weights[0][...] = 0

    with pytest.raises(
        SettingsError, match=r"^A callback changed weights, from which the optimizer 'lbfgs' cannot go on\.$"
    ):
        network().fit(X, LABELS, optimizer="lbfgs", callbacks=[write])
