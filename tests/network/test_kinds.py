"""Normalized layers and dropout: gradients against finite differences, both forms, prediction, files, what is refused."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.exchange.errors import FileFormatError
from chainrule.network.architecture import stacked
from chainrule.network.costs import COSTS
from chainrule.network.equations import programs
from chainrule.network.kinds import NORMALIZATIONS
from chainrule.network.layers import NetworkError
from chainrule.training.settings import SettingsError

CASES = [  # every cost after each normalization, with and without dropout and with both activations in turn
    (normalization, (0.0, 0.5)[at % 2], ("sigmoid", "relu")[at // 2 % 2], cost)
    for normalization in NORMALIZATIONS
    for at, cost in enumerate(COSTS)
]
STEPS = [  # every cost with each normalization, and each of both with every regularizer
    (cost, normalization, ({}, {"l2": 0.3}, {"l1": 0.2})[(i + k) % 3])
    for i, cost in enumerate(COSTS)
    for k, normalization in enumerate(NORMALIZATIONS)
]


def tried(architecture, m=4):
    """Learned parameters, masks, x and y of a small network."""
    random = np.random.default_rng(0)
    shapes = architecture.shapes
    parameters = [0.5 * random.normal(size=shapes[name]) for name in architecture.learned]
    masks = [2.0 * (random.random((architecture.sizes[layer - 1], m)) > 0.5) for _, layer in architecture.masks]
    x = random.random((architecture.sizes[0], m))
    y = np.eye(architecture.sizes[-1])[:, random.integers(0, architecture.sizes[-1], m)]
    return parameters, masks, x, y


@pytest.mark.parametrize(("normalization", "dropout", "activation", "cost"), CASES)
def test_gradients_equal_finite_differences_in_both_forms(normalization, dropout, activation, cost):
    architecture = stacked([5, 4, 6, 3], activation, cost=cost, normalization=normalization, dropout=[dropout] * 3)
    parameters, masks, x, y = tried(architecture)
    made = programs(architecture, 4)
    assert len(masks) == (3 if dropout else 0)
    gradients = made.backprop(*parameters, *masks, x, y)
    fast = programs(architecture, 4, form="fast").backprop(*parameters, *masks, x, y)
    random = np.random.default_rng(1)
    for place, (gradient, other) in enumerate(zip(gradients, fast, strict=True)):
        np.testing.assert_allclose(other, gradient, rtol=1e-9, atol=1e-12)
        direction = random.normal(size=gradient.shape)
        costs = []
        for step in (1e-6, -1e-6):
            moved = [*parameters[:place], parameters[place] + step * direction, *parameters[place + 1 :]]
            costs.append(made.cost(*moved, *masks, x, y))
        assert (costs[0] - costs[1]) / 2e-6 == pytest.approx(np.sum(gradient * direction), rel=5e-5, abs=1e-6)


def test_the_derivative_of_a_normalized_layer_can_be_read():
    net = cr.Network([784, 30, 10], normalization="batch", dropout=0.5, seed=0)
    assert list(net.architecture.shapes) == [
        "w2", "b2", "gamma2", "mean2", "variance2", "w3", "b3",
    ]  # fmt: skip
    forward, backward = str(net.forward_program), str(net.backward_program)
    assert "s2 = w2 @ a1" in forward
    assert "u2 = (s2 - mean2) / np.sqrt(variance2 + 1e-05)" in forward
    assert "z2 = gamma2 * u2 + b2" in forward
    assert "dC_dgamma2" in backward
    assert "keep2" not in forward + backward  # nothing is dropped in what is shown


def test_layer_normalization_is_worked_by_hand():
    """s = (1, 3): mean 2, variance 1, so u = (−1, 1) but for ε, and z = γ u + b = (−2, 4) + (1, 1)."""
    net = cr.Network([2, 2, 2], activation="linear", output="linear", normalization="layer", dtype="float64")
    w = np.array([[1.0, 0.0], [0.0, 3.0]])
    for place, array in enumerate((w, np.ones((2, 1)), np.array([[2.0], [4.0]]), np.eye(2), np.zeros((2, 1)))):
        net.parameters[place][...] = array
    u = 1 / np.sqrt(1 + 1e-5)
    np.testing.assert_allclose(net(np.array([[1.0, 1.0]])), [[1 - 2 * u, 1 + 4 * u]], rtol=1e-12)


def test_running_moments_are_those_of_the_batches():
    train, _, _ = cr.datasets.mnist()
    net = cr.Network([784, 6, 10], normalization="batch", seed=0, dtype="float64")
    w2, mean, variance = net.parameters[0].copy(), net.parameters[3].copy(), net.parameters[4].copy()
    assert (mean == 0).all()
    assert (variance == 1).all()
    x = train.images[:50]
    net.fit(x, train.labels[:50], epochs=1, batch_size=50, learning_rate=0.1)
    s = w2 @ (x.reshape(50, -1) / 255).T
    np.testing.assert_allclose(net.parameters[3], 0.1 * s.mean(axis=1, keepdims=True), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(net.parameters[4], 0.9 + 0.1 * s.var(axis=1, keepdims=True), rtol=1e-9)


@pytest.mark.parametrize("normalization", [each for each in NORMALIZATIONS if each != "none"])
def test_normalized_networks_learn_and_come_back_from_a_file(normalization, tmp_path):
    train, valid, _ = cr.datasets.mnist()
    net = cr.Network([784, 20, 20, 10], activation="relu", cost="log-likelihood", normalization=normalization, seed=0)
    net.fit(train.images[:2000], train.labels[:2000], epochs=3, learning_rate=0.1)
    assert net.score(valid.images[:500], valid.labels[:500]) > 0.8
    net.save(tmp_path / "net.safetensors")
    again = cr.load(tmp_path / "net.safetensors")
    assert again.architecture == net.architecture
    assert np.array_equal(again(valid.images[:5]), net(valid.images[:5]))


def test_dropout_drops_its_share_and_is_off_at_prediction():
    from chainrule.training.runner import Examples, NumpyRunner, learner_of
    from chainrule.training.settings import settings

    architecture = stacked([3, 400, 2], "linear", "linear", "mean-squared-error", dropout=0.25)
    parameters = [np.ones(shape) for shape in architecture.shapes.values()]
    chosen = settings(4, epochs=1, batch_size=4, learning_rate=1e-30)
    examples = Examples(np.ones((4, 3)), np.zeros((4, 2)))
    learner = learner_of(architecture, parameters, chosen.rule.optimizer, np.random.default_rng(0))
    runner = NumpyRunner(architecture, learner, examples, chosen.rule)
    outputs = np.empty((50, 4, 2))
    runner.run(np.tile(np.arange(4), (50, 1)), outputs, [1e-30] * 50, 0)
    kept = (outputs[..., 0] - 1) * 0.75 / 4  # how many of the 400, each with a2 = 4, came through
    assert np.array_equal(outputs[..., 0], outputs[..., 1])
    np.testing.assert_allclose(kept, np.round(kept), atol=1e-6)
    assert kept.mean() / 400 == pytest.approx(0.75, abs=0.01)
    assert kept.std() > 5
    net = cr.Network([784, 30, 10], dropout=0.9, seed=0)
    image = np.random.default_rng(0).random((1, 784)).astype(np.float32)
    assert np.array_equal(net(image), cr.Network([784, 30, 10], seed=0)(image))


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"normalization": "group"}, f"There is no normalization 'group'; choose one of {', '.join(NORMALIZATIONS)}."),
        (
            {"normalization": ["batch", "layer"]},
            "There are 2 normalizations for 1 hidden layers; give one for each, or one.",
        ),
        ({"dropout": 1.0}, "A dropout is 1.0; it must be a share of activations, from 0 to below 1: 0.5."),
        ({"dropout": [0.1, 0.2, 0.3]}, "There are 3 dropouts for 1 hidden layers; give one for each, or one."),
    ],
)
def test_what_makes_no_network(keywords, message):
    with pytest.raises(NetworkError) as error:
        cr.Network([784, 30, 10], **keywords)
    assert str(error.value) == message


def test_a_batch_of_one_cannot_be_normalized():
    net = cr.Network([784, 5, 10], normalization="batch", seed=0)
    with pytest.raises(SettingsError) as error:
        net.fit(np.zeros((11, 784)), np.zeros(11, int), batch_size=10)
    assert str(error.value) == (
        "batch_size is 10, which leaves a batch of one of 11 examples; batch normalization needs at least two in each."
    )


def test_damaged_files_of_normalized_networks_are_refused(tmp_path):
    from dataclasses import replace

    from chainrule.exchange import network_file

    path = tmp_path / "net.safetensors"
    cr.Network([4, 3, 2], normalization="batch", seed=0).save(path)
    good = network_file.load(path)
    cases = [
        (
            {"architecture": {**good.architecture, "normalizations": ["group"]}},
            "There is no normalization 'group'; choose one of none, batch, layer.",
        ),
        (
            {"architecture": {**good.architecture, "normalizations": ["batch"] * 3}},
            "The layers are described as ['batch', 'batch', 'batch'], which makes no sense (zip() argument 2 is longer than "
            "argument 1).",
        ),
        (
            {"arrays": {name: array for name, array in good.arrays.items() if name != "mean2"}},
            "mean2 is missing, where the sizes 4, 3, 2 ask for w2, b2 to w3, b3 and those of the normalized layers.",
        ),
        (
            {"arrays": {**good.arrays, "variance2": -good.arrays["variance2"]}},
            "variance2 has a number below 0, where variances are expected.",
        ),
    ]
    for changes, message in cases:
        with pytest.raises(FileFormatError) as error:
            network_file.save(path, replace(good, **changes))
        assert str(error.value) == f"{path} cannot be saved: {message}"


@pytest.mark.parametrize(("cost", "normalization", "strength"), STEPS)
def test_a_step_follows_the_whole_cost(cost, normalization, strength):
    """With η = 1 a step is −∂/∂w of C/m + λ/2 Σ w² or λ Σ |w|, checked by `check_grad` against finite differences."""
    from chainrule.training.step import UpdateRule, training_step

    architecture = stacked([5, 4, 3], "gelu", cost=cost, normalization=normalization)
    parameters, _, x, y = tried(architecture)
    learned = architecture.learned
    given = dict(zip(learned, parameters, strict=True))

    def whole(*values):
        total = programs(architecture, 4).cost(*values, x, y) / 4
        for name, w in zip(learned, values, strict=True):
            if name.startswith("w"):
                total = (
                    total + 0.5 * strength.get("l2", 0.0) * np.sum(w**2) + strength.get("l1", 0.0) * np.sum(np.abs(w))
                )
        return total

    assert cr.check_grad(whole, tuple(parameters)).ok
    shapes = architecture.shapes
    start = [given.get(name, np.zeros(shape)) for name, shape in shapes.items()]
    stepped = training_step(architecture, 4, "float64", UpdateRule(**strength))(*start, x, y, 1.0)
    after = dict(zip(shapes, stepped, strict=False))
    for name, gradient in zip(learned, cr.grad(whole, wrt=tuple(range(len(learned))))(*parameters), strict=True):
        np.testing.assert_allclose(given[name] - after[name], gradient, rtol=1e-9, atol=1e-12)
