"""Networks that are trained side by side learn what each would learn alone, whatever stands beside it."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.errors import ChainruleError
from chainrule.network import architecture
from chainrule.training import many, step
from chainrule.training.choice import has_llvmlite
from chainrule.training.history import Score
from chainrule.training.settings import SettingsError

RANDOM = np.random.default_rng(5)
X = RANDOM.random((47, 6)).astype(np.float32)
LABELS = (X[:, 0] > X[:, 1]).astype(int) + (X[:, 2] > 0.5)
EXECUTORS = [
    "numpy",
    pytest.param("native", marks=pytest.mark.skipif(not has_llvmlite(), reason="llvmlite is not installed")),
]


def alone(seed, many, network, fit):
    """The network that `fit` trains with the order that all networks share."""
    net = cr.Network([6, 5, 3], seed=seed, **network)
    net._random = np.random.default_rng(0)
    history = net.fit(X, LABELS, executor="numpy", **fit)
    return net, history


CASES = {
    "the book's": ({}, {}),
    "softmax, momentum, a schedule": (
        {"cost": "log-likelihood", "activation": "relu"},
        {"optimizer": "momentum", "schedule": "cosine", "learning_rate": 0.05},
    ),
    "dropout": ({"dropout": [0.1, 0.4], "activation": "tanh"}, {"learning_rate": 0.5}),
    "batch normalization, Adam": ({"normalization": "batch"}, {"optimizer": "adam", "learning_rate": 0.01}),
    "layer normalization, clipped": (
        {"normalization": "layer"},
        {"clipping": cr.Clipping(norm=0.1), "learning_rate": 0.5},
    ),
    "one at a time, in float64": ({"dtype": "float64"}, {"batch_size": 1, "learning_rate": 0.5}),
    "regression": ({"cost": "mean-squared-error"}, {"learning_rate": 0.1}),
}


@pytest.mark.wide
@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("case", CASES)
def test_each_learns_what_it_learns_alone(case, executor):
    network, fit = CASES[case]
    fit = {"epochs": 3, "batch_size": 10, **fit}
    found = cr.fit_many(cr.Network([6, 5, 3], **network), X, LABELS, seeds=range(4), executor=executor, **fit)
    assert [each.executor for each in found.histories] == [executor] * 4
    for seed in (0, 3):
        expected, history = alone(seed, found, network, fit)
        for a, b in zip(found.networks[seed].parameters, expected.parameters, strict=True):
            np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-4 * np.abs(b).max())
        for one, other in zip(found.histories[seed].epochs, history.epochs, strict=True):
            assert one.train.cost == pytest.approx(other.train.cost, rel=1e-4)
            assert one.train.correct is None or abs(one.train.correct - other.train.correct) <= 1


@pytest.mark.parametrize("executor", EXECUTORS)
def test_each_has_its_own_rate_and_penalties(executor):
    found = cr.fit_many(
        [6, 5, 3], X, LABELS, learning_rate=[0.3, 1.0], l2=[0.0, 2.0], l1=[0.0, 0.5], epochs=2, executor=executor
    )
    assert len(found) == len({tuple(each.values()) for each in found.settings}) == 8
    for given, one in zip(found.settings, found.networks, strict=True):
        penalties = cr.Regularization(given["l2"], given["l1"])
        fit = {"epochs": 2, "learning_rate": given["learning_rate"], "regularization": penalties}
        expected, _ = alone(0, found, {}, fit)
        for a, b in zip(one.parameters, expected.parameters, strict=True):
            np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-4 * np.abs(b).max())


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("network", [{}, {"dropout": 0.3, "cost": "cross-entropy"}], ids=["plain", "dropout"])
def test_a_network_has_the_same_bits_alone_and_among_others(network, executor):
    """Also among those that have penalties, that diverge, and that are more than one group."""
    made, fit = cr.Network([6, 5, 3], **network), {"epochs": 4, "executor": executor}
    many = cr.fit_many(made, X, LABELS, seeds=range(40), learning_rate=[0.7, 1e30], l2=[0.0, 1.0], **fit)
    for seed, penalty in ((0, 0.0), (17, 1.0), (39, 0.0)):
        (one,) = cr.fit_many(made, X, LABELS, seeds=seed, learning_rate=0.7, l2=penalty, **fit).networks
        place = [each["seed"] == seed and each["l2"] == penalty for each in many.settings].index(True)
        for a, b in zip(one.parameters, many.networks[place].parameters, strict=True):
            assert np.array_equal(a, b) and np.isfinite(a).all()


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("network", [{}, {"dropout": 0.3}], ids=["plain", "dropout"])
def test_with_orders_of_their_own_they_are_those_of_fit(network, executor):
    """47 examples leave a batch of 7."""
    made = cr.Network([6, 5, 3], **network)
    found = cr.fit_many(made, X, LABELS, seeds=[2, 5], order=None, epochs=3, executor=executor)
    for seed, one in zip((2, 5), found.networks, strict=True):
        expected = cr.Network([6, 5, 3], seed=seed, **network)
        expected.fit(X, LABELS, epochs=3, executor=executor)
        for a, b in zip(one.parameters, expected.parameters, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
        assert one._random.random() == expected._random.random()


@pytest.mark.parametrize("executor", EXECUTORS)
def test_one_that_diverges_keeps_its_last_good_weights_and_leaves_the_others(executor):
    net = cr.Network([6, 5, 3], cost="mean-squared-error", activation="relu")
    found = cr.fit_many(net, X, LABELS, learning_rate=[0.01, 1e3], epochs=20, executor=executor)
    assert [history.diverged for history in found.histories] == [False, True]
    assert len(found.histories[0].epochs) == 20 > len(found.histories[1].epochs)
    assert all(np.isfinite(each).all() for one in found.networks for each in one.parameters)
    assert found.order == (0, 1) and found.best is found.networks[0]
    assert "diverged" in str(found)


@pytest.mark.parametrize("executor", EXECUTORS)
def test_patience_ends_each_by_itself_and_keeps_its_best_weights(executor):
    random = np.random.default_rng(1)
    held = random.random((30, 6)).astype(np.float32), random.integers(0, 3, 30)
    found = cr.fit_many([6, 5, 3], X, LABELS, seeds=range(6), epochs=60, validation=held, patience=3, executor=executor)
    lengths = {len(history.epochs) for history in found.histories}
    assert len(lengths) > 1
    for one, history, score in zip(found.networks, found.histories, found.scores, strict=True):
        assert len(history.epochs) in (history.best + 3, 60)
        assert score == history.epochs[history.best - 1].validation
        best = one.evaluate(*held)
        assert (best.correct, best.cost) == (score.correct, pytest.approx(score.cost, rel=1e-5))


def test_callbacks_end_some_or_all():
    seen = []

    def halve(standing):
        seen.append(repr(standing))
        if standing.epoch in (2, 4):
            costs = np.where(standing.running, standing.train.costs, np.inf)
            return costs > np.median(costs[standing.running])
        return standing.epoch == 6

    found = cr.fit_many([6, 5, 3], X, LABELS, seeds=range(8), epochs=50, executor="numpy", callbacks=[halve])
    assert sorted(len(each.epochs) for each in found.histories) == [2, 2, 2, 2, 4, 4, 6, 6]
    assert len(seen) == 6 and seen[-1].startswith("<epoch 6 of 50: 2 of 8 networks run, C = 0.")


def test_a_schedule_by_validation_is_each_networks_own():
    fit = {"epochs": 12, "learning_rate": 3.0, "schedule": "plateau", "validation": (X[::-1], 2 - LABELS)}
    found = cr.fit_many([6, 5, 3], X, LABELS, seeds=range(3), executor="numpy", **fit)
    for seed in range(3):
        _, history = alone(seed, found, {}, fit)
        own = [each.learning_rate for each in found.histories[seed].epochs]
        assert own == [each.learning_rate for each in history.epochs] and len(set(own)) > 1


def test_what_comes_of_it():
    found = cr.fit_many([6, 5, 3], X, LABELS, seeds=[7, 8], epochs=2, executor="numpy", optimizer="momentum")
    assert repr(found).startswith("<2 networks; the best has seed=")
    assert str(found).split()[:5] == ["seed", "cost", "accuracy", "epochs", str(found.settings[found.order[0]]["seed"])]
    (row, _) = found.rows()
    assert (row["seed"], row["epochs"], row["diverged"]) == (7, 2, False)
    assert isinstance(found.scores[0], Score) and row["cost"] == found.scores[0].cost
    one = found.networks[0]
    assert one.provenance["seed"] == 7 and one.provenance["runs"][0]["epochs"] == 2
    before = [each.copy() for each in one._last.state]
    one.fit(X, LABELS, epochs=1, optimizer="momentum", executor="numpy")  # it goes on from its state
    assert one._last.steps == 15 and not np.array_equal(before[0], one._last.state[0])


def test_more_than_there_is_room_for_is_counted():
    found = cr.fit_many([6, 3], X, LABELS, seeds=range(23), epochs=1, executor="numpy")
    assert str(found).splitlines()[-1] == "and 3 others; rows() gives them all"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"seeds": []}, "There is no value of seed; give one, or several in a list."),
        ({"seeds": [-1]}, "The seed is -1; it must be a whole number from 0."),
        ({"learning_rate": [1.0, 0.0]}, "learning_rate is 0.0; it must be a number above 0, such as 3.0."),
        ({"order": "own"}, "order is 'own'; it must be a seed, a whole number from 0, or None."),
        ({"patience": 3}, "patience needs validation=(x, y), by which it sees what becomes better."),
        ({"callbacks": print}, "callbacks must be a list of functions."),
        (
            {"callbacks": [lambda standing: [True, False, True]]},
            "A callback gave (3,) values; it must give a truth value, or one for each of the 1 networks.",
        ),
    ],
)
def test_refusals(given, message):
    with pytest.raises(SettingsError) as refused:
        cr.fit_many([6, 5, 3], X, LABELS, executor="numpy", **{"epochs": 1, **given})
    assert str(refused.value) == message


@pytest.mark.wide
@pytest.mark.parametrize("executor", ["numpy", "native", "jax"])
@pytest.mark.parametrize("cost", ["log-likelihood", "cross-entropy", "quadratic", "mean-squared-error", "huber"])
@pytest.mark.parametrize("order", [0, None], ids=["shared", "own"])
def test_weights_of_examples_are_those_of_fit(executor, cost, order):
    pytest.importorskip({"native": "llvmlite", "jax": "jax"}.get(executor, "numpy"))
    random = np.random.default_rng(1)
    x, weights = random.random((45, 6)).astype(np.float32), random.uniform(0, 3, 45)
    y = random.integers(0, 3, 45) if cost not in ("mean-squared-error", "huber") else random.normal(size=(45, 3))
    how = {"epochs": 3, "batch_size": 10, "learning_rate": 0.1, "shuffle": False, "sample_weight": weights}
    template = cr.Network([6, 5, 3], cost=cost, activation="tanh")
    found = cr.fit_many(template, x, y, seeds=range(5), order=order, executor=executor, validation=(x, y), **how)
    plain = cr.fit_many(template, x, y, seeds=range(5), order=order, executor=executor, **how | {"sample_weight": None})
    for seed, net in enumerate(found.networks):
        alone = template.again(seed)
        history = alone.fit(x, y, executor="numpy", **how)
        for one, other in zip(net.parameters, alone.parameters, strict=True):
            np.testing.assert_allclose(one, other, rtol=2e-4, atol=1e-5)
        costs = [epoch.train.cost for epoch in found.histories[seed].epochs]
        assert costs == pytest.approx([epoch.train.cost for epoch in history.epochs], rel=1e-4)
        assert not np.allclose(net.parameters[0], plain.networks[seed].parameters[0], rtol=1e-3)


def test_weighted_networks_have_the_same_bits_alone_and_among_others():
    pytest.importorskip("llvmlite")
    how = {"epochs": 2, "executor": "native", "class_weight": {0: 3.0}, "sample_weight": np.linspace(0.1, 2, len(X))}
    many = cr.fit_many([6, 5, 3], X, LABELS, seeds=range(7), **how)
    alone = cr.fit_many([6, 5, 3], X, LABELS, seeds=[4], **how)
    assert [p.tobytes() for p in many.networks[4].parameters] == [p.tobytes() for p in alone.networks[0].parameters]


def test_a_cost_that_takes_no_single_example_is_weighted_one_by_one_and_not_side_by_side(monkeypatch):
    def refused(function, a, y):
        raise ChainruleError("It cannot be mapped.")

    how = {"epochs": 2, "sample_weight": np.linspace(0.5, 1, len(X))}
    costs = [cr.Network([6, 3], seed=0).fit(X, LABELS, **how).epochs[-1].train.cost]
    for module in (architecture, step):
        monkeypatch.setattr(module, "each_cost", refused)
    architecture._each_traced.cache_clear()
    many.steps_of_many.cache_clear()
    costs.append(cr.Network([6, 3], seed=0).fit(X, LABELS, **how).epochs[-1].train.cost)
    assert costs[1] == pytest.approx(costs[0], rel=1e-5)
    with pytest.raises(SettingsError) as error:
        cr.fit_many([6, 3], X, LABELS, executor="numpy", **how)
    architecture._each_traced.cache_clear()
    assert str(error.value) == (
        "Networks side by side cannot weight examples by a cost that takes no single one; leave sample_weight out."
    )
