"""Weights of examples and classes, label smoothing, numbers instead of classes, augmentation, metrics and callbacks."""

import math

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.augmentation import Augmentation
from chainrule.data.errors import DataError
from chainrule.network.activations import ACTIVATIONS
from chainrule.network.architecture import stacked
from chainrule.network.costs import COSTS
from chainrule.network.layers import NetworkError
from chainrule.schema.inputs import Inputs
from chainrule.training.optimizers import Optimizer
from chainrule.training.runner import Examples, NumpyRunner, learner_of
from chainrule.training.schedules import Plateau
from chainrule.training.settings import SettingsError, grouped, settings

PAIRS = [(COSTS[cost].output, cost) for cost in COSTS] + [
    (output, cost) for output in ACTIVATIONS for cost in COSTS if not COSTS[cost].only
]


@pytest.fixture(scope="module")
def digits():
    train, valid, _ = cr.datasets.mnist()
    return (train.images[:300], train.labels[:300]), (valid.images[:100], valid.labels[:100])


def stepped(architecture, examples, indices, rate=0.5):
    """The parameters after one step, all from the same start."""
    random = np.random.default_rng(3)
    parameters = [random.normal(size=shape) for shape in architecture.shapes.values()]
    rule = settings(9, epochs=1, batch_size=2, learning_rate=rate).rule
    learner = learner_of(architecture, parameters, rule.optimizer, np.random.default_rng(0))
    runner = NumpyRunner(architecture, learner, examples, rule)
    runner.run(np.array([indices]), np.empty((1, len(indices), architecture.sizes[-1])), [rate], 0)
    return parameters


@pytest.mark.wide
@pytest.mark.parametrize(("output", "cost"), PAIRS)
def test_an_example_of_weight_two_counts_like_two_of_it(output, cost):
    architecture = stacked([4, 5, 3], "tanh", output, cost)
    random = np.random.default_rng(0)
    x, y = random.random((3, 4)), np.eye(3)[[2, 0, 1]]
    weights = np.array([[2.0], [0.0], [1.0]])
    heavy = stepped(architecture, Examples(x, y, weights), [0, 1, 2])
    twice = stepped(architecture, Examples(x, y), [0, 0, 2])
    for one, other in zip(heavy, twice, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


def test_the_weighted_cost_is_what_is_reported(digits):
    (images, labels), _ = digits
    net, weights = cr.Network([784, 6, 10], seed=0, dtype="float64"), np.linspace(0, 2, 300)
    y = np.eye(10)[labels]
    wanted = np.sum(weights * 0.5 * np.sum((net(images) - y) ** 2, axis=1)) / 300
    history = net.fit(images, labels, epochs=1, batch_size=300, sample_weight=weights)
    assert history.epochs[0].train.cost == pytest.approx(wanted, rel=1e-12)


def test_balanced_classes_have_equal_totals(digits):
    (images, labels), _ = digits
    few = np.flatnonzero((labels < 2) & (np.cumsum(labels == 1) <= 5))
    counts = np.bincount(labels[few])
    both = {0: len(few) / (2 * counts[0]), 1: len(few) / (2 * counts[1])}
    one, other = (cr.Network([784, 6, 10], seed=0) for _ in range(2))
    one.fit(images[few], labels[few], epochs=2, class_weight="balanced")
    other.fit(images[few], labels[few], epochs=2, class_weight=both)
    assert all(np.array_equal(a, b) for a, b in zip(one.parameters, other.parameters, strict=True))


def test_label_smoothing_moves_the_target():
    """C of uniform outputs with log-likelihood is ln 10 for any target that sums to 1; with smoothing δ = a − y′."""
    architecture = stacked([4, 3], cost="log-likelihood")
    x, y = np.random.default_rng(0).random((1, 4)), np.array([[0.0, 1.0, 0.0]])
    smoothed = 0.7 * y + 0.1
    before = stepped(architecture, Examples(x, smoothed), [0], rate=1e-9)
    a = np.exp(before[0] @ x.T + before[1])
    a /= a.sum()
    after = stepped(architecture, Examples(x, smoothed), [0], rate=1.0)
    np.testing.assert_allclose(before[1] - after[1], a - smoothed.T, atol=1e-7)
    net = cr.Network([784, 10], cost="log-likelihood", initializer="zeros", dtype="float64")
    images, labels = np.zeros((5, 784)), np.arange(5)
    history = net.fit(images, labels, epochs=1, batch_size=5, regularization=cr.Regularization(label_smoothing=0.3))
    assert history.epochs[0].train.cost == pytest.approx(math.log(10))


@pytest.mark.parametrize(
    ("outputs", "label", "wanted"),
    [(1, 0, [-0.35]), (1, 1, [0.35]), (3, [1, 0, 0], [0.35, -0.35, -0.35])],
)
@pytest.mark.parametrize("executor", ["numpy", "native"])
def test_an_output_that_decides_alone_is_smoothed_between_two_classes(outputs, label, wanted, executor):
    """From weights 0, a = 1/2; y′ is 0.15 or 0.85; with cross-entropy −∂C/∂b = y′ − a."""
    net = cr.Network([2, outputs], cost="cross-entropy", initializer="zeros")
    regularization = cr.Regularization(label_smoothing=0.3)
    net.fit(
        np.ones((4, 2)), np.array([label] * 4), epochs=1, batch_size=4, learning_rate=1.0, executor=executor,
        regularization=regularization,
    )  # fmt: skip
    np.testing.assert_allclose(net.biases[0].ravel(), wanted, atol=1e-6)


def test_a_line_is_fitted_and_its_score_is_the_share_explained():
    random = np.random.default_rng(0)
    x = random.normal(size=(200, 2)) * 5
    y = 3 * x[:, 0] - x[:, 1] + 2
    net = cr.Network([2, 1], cost="mean-squared-error", seed=0, dtype="float64", scale="none")
    history = net.fit(x, y, epochs=40, learning_rate=0.01, validation=(x, y), patience=30)
    np.testing.assert_allclose(np.concatenate([*net.weights, *net.biases], axis=1), [[3, -1, 2]], atol=1e-3)
    assert net.score(x, y) == pytest.approx(1, abs=1e-6)
    assert net.score(x, np.full(200, np.mean(y))) < 0  # worse than their mean, which explains them all
    assert history.epochs[-1].train.correct is None
    assert math.isnan(history.epochs[-1].train.accuracy)
    assert history.rows()[-1]["validation_accuracy"] is None
    np.testing.assert_allclose(net.predict(x[:3]), y[:3], atol=1e-2)


@pytest.mark.parametrize("cost", ["mean-squared-error", "mean-absolute-error", "huber"])
def test_regression_of_a_curve(cost):
    x = np.linspace(-1, 1, 100).reshape(-1, 1)
    y = np.stack([np.sin(3 * x[:, 0]), x[:, 0] ** 2], axis=1)
    net = cr.Network([1, 20, 2], activation="tanh", cost=cost, seed=0)
    net.fit(x, y, epochs=150, learning_rate=0.02, optimizer="adam")
    assert net.score(x, y) > 0.98


@pytest.mark.parametrize(("executor", "near"), [("numpy", 0), ("native", 1e-6)])
def test_augmentation_varies_what_is_learned_and_nothing_else(digits, executor, near):
    """Native loops read bytes themselves where nothing is varied, and round them in their own way."""
    if executor == "native":
        pytest.importorskip("llvmlite")
    images, labels = digits[0]
    before = images.copy()
    nets = [cr.Network([784, 8, 10], seed=0) for _ in range(3)]
    kinds = [None, Augmentation(), Augmentation(shift=2)]
    costs = [
        net.fit(images.reshape(-1, 784) if kind else images, labels, epochs=3, augment=kind, executor=executor)
        .epochs[-1]
        .train.cost
        for net, kind in zip(nets, kinds, strict=True)
    ]
    assert np.array_equal(images, before)
    assert costs[0] == pytest.approx(costs[1], rel=near, abs=0)
    assert costs[2] > costs[0]


def test_metrics_and_callbacks(digits):
    train, valid = digits
    told = []

    def second_best(a, labels):
        return np.mean([label in row.argsort()[-2:] for row, label in zip(a, labels, strict=True)])

    net = cr.Network([784, 8, 10], seed=0)
    history = net.fit(
        *train,
        epochs=9,
        validation=valid,
        metrics={"top2": second_best},
        callbacks=[told.append, lambda e: e.number == 4],
    )
    assert [(each.number, each.train, each.metrics) for each in told] == [
        (each.number, each.train, each.metrics) for each in history.epochs
    ]
    assert len(history.epochs) == 4
    assert not history.interrupted
    row = history.rows()[-1]
    assert row["top2"] == second_best(net(valid[0]), valid[1]) > row["validation_accuracy"]


def test_ctrl_c_while_validating_keeps_the_epoch(digits):
    train, valid = digits

    def stop(a, labels):
        raise KeyboardInterrupt

    history = cr.Network([784, 8, 10], seed=0).fit(*train, epochs=2, validation=valid, metrics={"stop": stop})
    assert history.interrupted
    assert [(epoch.number, epoch.validation) for epoch in history.epochs] == [(1, None)]


def test_the_plateau_schedule_lowers_the_rate(digits):
    train, valid = digits
    schedule = Plateau(factor=0.1, patience=1)
    history = cr.Network([784, 8, 10], seed=0).fit(
        *train, epochs=30, learning_rate=20.0, schedule=schedule, validation=valid
    )
    costs = [epoch.validation.cost for epoch in history.epochs]
    wanted = [20.0 * schedule.after(costs[:k]) for k in range(30)]
    assert [epoch.learning_rate for epoch in history.epochs] == pytest.approx(wanted)
    assert len(set(wanted)) > 1


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        (
            {"schedule": "plateau"},
            "The schedule 'plateau' needs validation=(x, y), by which it sees what becomes better.",
        ),
        (
            {"schedule": Plateau()},
            "The schedule 'plateau' needs validation=(x, y), by which it sees what becomes better.",
        ),
        (
            {"metrics": {"m": lambda a, y: 0.0}},
            "metrics need validation=(x, y), by which it sees what becomes better.",
        ),
        ({"label_smoothing": 1.0}, "label_smoothing is 1.0; it must be below 1, and labels must be classes."),
        (
            {"sample_weight": [1.0]},
            "sample_weight has the shape (1,); it must be one number from 0 for each of 300 examples, not all 0.",
        ),
        ({"sample_weight": ["much"] * 300}, "sample_weight is not an array of numbers; give one for each example."),
        ({"sample_weight": [1.0, -2.0] * 150}, "sample_weight[1] is -2.0; it must be a number from 0."),
        (
            {"class_weight": "even"},
            "class_weight is 'even'; it must be 'balanced' or a dictionary with a number for each class.",
        ),
        (
            {"class_weight": [1, 2]},
            "class_weight is [1, 2]; it must be 'balanced' or a dictionary with a number for each class.",
        ),
        (
            {"optimizer": None},
            "There is no optimizer None; choose one of sgd, momentum, nesterov, rmsprop, adam, adamw.",
        ),
        ({"schedule": 3}, "There is no schedule 3; choose one of constant, step, linear, cosine, one-cycle, plateau."),
        ({"augment": {}}, "There is no augmentation {}; choose one of none, light, elastic, strong."),
        ({"metrics": [len]}, "metrics must be a dictionary of functions by name."),
        ({"callbacks": print}, "callbacks must be a list of functions."),
        (
            {"validation": "a tenth"},
            "validation must be a pair, (x, y), or the share of the examples to hold out, such as 0.1.",
        ),
        ({"validation": 1.5}, "validation is 1.5 of 300 examples; some must be left to learn from."),
        ({"validation": -0.1}, "validation is -0.1; it must be a number above 0 and below 1, such as 0.1."),
        ({"validation": (np.zeros((0, 784)), [])}, "There are no examples to score."),
        ({"class_weight": {3: -1.0}}, "class_weight[3] is -1.0; it must be a number from 0."),
        ({"class_weight": {11: 1.0}}, "class_weight names the class 11; the labels are 0 to 9."),
    ],
)
def test_settings_that_make_no_sense(keywords, message, digits):
    net = cr.Network([784, 5, 10], seed=0)
    before = [p.tobytes() for p in net.parameters]
    with pytest.raises(SettingsError) as error:
        net.fit(*digits[0], epochs=1, **grouped(keywords))
    assert str(error.value) == message
    assert before == [p.tobytes() for p in net.parameters]


def test_numbers_of_numpy_are_numbers(tmp_path):
    images, labels = np.eye(4, dtype=np.float32), np.arange(4) % 2
    numbers = {
        "epochs": 2,
        "batch_size": 2,
        "learning_rate": 1.0,
        "l2": 1.0,
        "label_smoothing": 0.5,
        "class_weight": {0: 2.0},
    }
    plain = cr.Network([4, 3, 2], seed=1, dropout=0.5)
    plain.fit(images, labels, **grouped(numbers))
    given = {name: np.float32(value) if isinstance(value, float) else value for name, value in numbers.items()}
    given |= {"epochs": np.int64(2), "batch_size": np.uint8(2), "class_weight": {np.int8(0): np.float32(2)}}
    net = cr.Network(np.array([4, 3, 2]), seed=np.int64(1), dropout=np.float32(0.5))
    net.fit(images, labels, **grouped(given), checkpoint=tmp_path / "run")
    net.save(tmp_path / "net")
    again, _ = cr.resume(tmp_path / "run", images, labels)
    assert all(np.array_equal(p, q) for p, q in zip(net.parameters, plain.parameters, strict=True))
    assert all(np.array_equal(p, q) for p, q in zip(again.parameters, plain.parameters, strict=True))
    assert net.provenance == plain.provenance == cr.load(tmp_path / "net").provenance


def test_parameters_that_were_replaced_are_those_that_learn():
    images, labels = np.eye(4, dtype=np.float32), np.arange(4) % 2
    net = cr.Network([4, 3, 2], seed=1)
    net.fit(images, labels, epochs=1)
    net.parameters = [np.full_like(p, 0.5) for p in net.parameters]
    net.fit(images, labels, epochs=1)
    assert not any((p == 0.5).all() for p in net.parameters)


def test_numbers_must_be_finite():
    net = cr.Network([2, 1], cost="huber")
    with pytest.raises(DataError, match=r"^Column 0 is inf in row 1; give finite numbers\.$"):
        net.fit([[0.0, 0.0], [math.inf, 0.0]], [1.0, 2.0])
    with pytest.raises(DataError, match=r"^y\[1\] is nan; give finite numbers\.$"):
        net.fit([[0.0, 0.0], [7.0, 0.0]], [1.0, math.nan])


def test_weights_do_not_change_how_a_cost_is_measured():
    a, y = np.random.default_rng(0).random((3, 5)), np.eye(3)[:, [0, 1, 2, 1, 0]]
    for cost in COSTS:
        measured = stacked([1, 3], cost=cost).measured
        assert measured(a, y, np.ones((1, 5))) == pytest.approx(measured(a, y), rel=1e-12)


def test_bytes_become_inputs_when_they_are_asked_for():
    pixels, asked = np.arange(12, dtype=np.uint8).reshape(4, 3), []

    def convert(rows):
        asked.append(len(rows))
        return rows / np.float32(255)

    examples = Examples(None, np.zeros((4, 2), np.float32), None, pixels, convert)
    assert examples.rows([1, 3]).tolist() == (pixels[[1, 3]] / np.float32(255)).tolist()
    assert examples.inputs is examples.inputs
    assert asked == [2, 4]
    with pytest.raises(ValueError, match=r"^Examples need their inputs, or bytes and a function that converts them\.$"):
        _ = Examples(None, np.zeros((4, 2))).inputs


def test_native_loops_read_the_bytes_themselves(monkeypatch):
    pytest.importorskip("llvmlite")
    images = np.random.default_rng(0).integers(0, 256, (2500, 5), np.uint8)
    converted, original = [], Inputs.scaled

    def watched(inputs, numbers, *args, **keywords):
        converted.append(len(numbers))
        return original(inputs, numbers, *args, **keywords)

    monkeypatch.setattr(Inputs, "scaled", watched)
    cr.Network([5, 4, 3], seed=0).fit(images, np.arange(2500) % 3, epochs=1, batch_size=10, executor="native")
    assert converted == [2000]


@pytest.mark.parametrize(
    ("cost", "message"),
    [
        (
            lambda a, y: (a - y) ** 2,
            "The cost gives an array of 2×2; it must give one number, summed over the examples: np.sum(…).",
        ),
        (
            lambda a, y: (np.sum(a), np.sum(y)),
            "The cost gives several results; it must give one number, summed over the examples: np.sum(…).",
        ),
        (
            lambda a, y: np.sum(y),
            "The cost does not depend on the output activations; it must measure them by the desired ones.",
        ),
        (
            lambda a, y: 3.0,
            "The cost does not depend on the output activations; it must measure them by the desired ones.",
        ),
    ],
)
def test_a_cost_of_ones_own_is_one_number(cost, message):
    net = cr.Network([4, 2], cost=cost, seed=0)
    with pytest.raises(NetworkError) as error:
        net.fit(np.eye(4), [0, 1, 0, 1], epochs=1, batch_size=2)
    assert str(error.value) == message


def test_an_optimizer_of_the_same_name_with_another_state_begins_anew():
    net = cr.Network([4, 2], seed=0)
    net.fit(np.eye(4), [0, 1, 0, 1], epochs=1, optimizer="adam")
    mine = Optimizer("adam", lambda w, g, rate: (w - rate * g,))
    assert len(net.fit(np.eye(4), [0, 1, 0, 1], epochs=1, optimizer=mine).epochs) == 1


@pytest.mark.wide
@pytest.mark.parametrize(
    "cost", ["quadratic", "cross-entropy", "log-likelihood", "mean-squared-error", "huber", "hinge"]
)
@pytest.mark.parametrize("executor", ["numpy", "native", "jax"])
def test_the_cost_of_weighted_examples_is_the_sum_of_each_ones(cost, executor):
    """Told of a whole batch at once; from a rate of almost nothing, so that it is that of the weights before."""
    pytest.importorskip({"native": "llvmlite", "jax": "jax"}.get(executor, "numpy"))
    random = np.random.default_rng(0)
    x, weights = random.random((1100, 4)), random.uniform(0, 2, 1100)
    y = random.integers(0, 3, 1100) if cost not in ("mean-squared-error", "huber") else random.normal(size=(1100, 3))
    net = cr.Network([4, 5, 3], cost=cost, seed=0, target_scale="none")
    costs = [net.evaluate(x[[k]], y[[k]]).cost for k in range(0, 1100)]
    history = net.fit(x, y, epochs=1, batch_size=64, learning_rate=1e-9, sample_weight=weights, executor=executor)
    assert history.epochs[0].train.cost == pytest.approx(np.mean(weights * costs), rel=1e-5)
