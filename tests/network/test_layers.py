"""Every activation with every cost: gradients against finite differences, values by definition, both forms, saturation."""

import math

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.python import function_text
from chainrule.layers import Conv, Flatten, MaxPool
from chainrule.network.activations import ACTIVATIONS
from chainrule.network.architecture import stacked
from chainrule.network.costs import COSTS
from chainrule.network.equations import programs
from chainrule.network.initializers import INITIALIZERS
from chainrule.network.layers import NetworkError

PAIRS = [(hidden, output, cost) for hidden in ACTIVATIONS for cost in COSTS for output in [COSTS[cost].output]] + [
    ("sigmoid", output, cost) for output in ("tanh", "relu", "linear") for cost in COSTS if not COSTS[cost].only
]


def tried(architecture, m=4, seed=0, spread=1.0):
    random = np.random.default_rng(seed)
    parameters = [spread * random.normal(size=shape) for shape in architecture.shapes.values()]
    x = random.random((architecture.sizes[0], m))
    y = np.eye(architecture.sizes[-1])[:, random.integers(0, architecture.sizes[-1], m)]
    return parameters, x, y


@pytest.mark.wide
@pytest.mark.parametrize(("hidden", "output", "cost"), PAIRS)
def test_gradients_equal_finite_differences_in_both_forms_and_float32_stays_float32(hidden, output, cost):
    architecture = stacked([5, 4, 3], hidden, output, cost)
    made = programs(architecture, 4)
    parameters, x, y = tried(architecture)
    gradients = made.backprop(*parameters, x, y)
    fast = programs(architecture, 4, form="fast").backprop(*parameters, x, y)
    narrow = [each.astype(np.float32) for each in (*parameters, x, y)]
    single = programs(architecture, 4, "float32", "fast").backprop(*narrow)
    random = np.random.default_rng(1)
    for place, (gradient, other, small) in enumerate(zip(gradients, fast, single, strict=True)):
        np.testing.assert_allclose(gradient, other, rtol=1e-9, atol=1e-12)
        assert small.dtype == np.float32
        np.testing.assert_allclose(gradient, small, rtol=1e-3, atol=1e-4)
        direction = random.normal(size=gradient.shape)
        costs = []
        for step in (1e-6, -1e-6):
            moved = [*parameters[:place], parameters[place] + step * direction, *parameters[place + 1 :]]
            costs.append(made.cost(*moved, x, y))
        assert (costs[0] - costs[1]) / 2e-6 == pytest.approx(np.sum(gradient * direction), rel=2e-5, abs=1e-7)


DEFINITIONS = {
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": math.tanh,
    "relu": lambda z: max(z, 0.0),
    "leaky-relu": lambda z: z if z > 0 else 0.01 * z,
    "elu": lambda z: z if z > 0 else math.exp(z) - 1,
    "gelu": lambda z: z * 0.5 * (1 + math.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))),
    "softplus": lambda z: math.log(1 + math.exp(z)),
    "linear": lambda z: z,
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_by_definition(name):
    z = np.random.default_rng(0).normal(size=(3, 4)) * 2
    if name == "softmax":
        wanted = np.array([[math.exp(e) for e in row] for row in z.tolist()])
        wanted /= wanted.sum(axis=0)
    else:
        wanted = np.vectorize(DEFINITIONS[name])(z)
    np.testing.assert_allclose(ACTIVATIONS[name].function(z), wanted, rtol=1e-12)


def test_gelu_is_near_its_exact_form():
    z = np.linspace(-3, 3, 25)
    exact = [v * 0.5 * (1 + math.erf(v / math.sqrt(2))) for v in z]
    np.testing.assert_allclose(ACTIVATIONS["gelu"].function(z), exact, atol=1e-3)


def test_costs_worked_by_hand():
    a, y = np.array([[0.5, 0.25], [0.2, 0.75]]), np.array([[1.0, 0.0], [0.0, 1.0]])
    half = 0.5 * (0.25 + 0.04 + 0.0625 + 0.0625)
    wanted = {
        "quadratic": half,
        "cross-entropy": -(math.log(0.5) + math.log(0.8) + math.log(0.75) + math.log(0.75)),
        "log-likelihood": -(math.log(0.5) + math.log(0.75)),
        "mean-squared-error": half,  # two outputs: the mean is half the sum
        "mean-absolute-error": (0.5 + 0.2 + 0.25 + 0.25) / 2,
        "huber": half / 2,
        "hinge": (1 - 0.5) + (1 + 0.2) + (1 + 0.25) + (1 - 0.75),
    }
    assert {name: stacked([1, len(a)], cost=name).measured(a, y) for name in COSTS} == pytest.approx(wanted)


@pytest.mark.parametrize("cost", ["cross-entropy", "log-likelihood"])
def test_where_the_book_fuses_by_hand_simplification_finds_a_minus_y(cost):
    text = function_text(programs(stacked([5, 4, 3], cost=cost), 1).backprop)
    assert "    δ3 = a3 - y  " in text


@pytest.mark.parametrize("cost", ["cross-entropy", "log-likelihood"])
def test_saturated_outputs_have_finite_gradients_and_costs(cost):
    """Outputs that have been rounded to exactly 0 and 1, one of them wrongly."""
    architecture = stacked([5, 3], cost=cost)
    parameters, x, y = tried(architecture, spread=500.0)
    made = programs(architecture, 4)
    a = made.feedforward(*parameters, x)
    assert ((a == 0) | (a == 1)).any()
    assert all(np.isfinite(each).all() for each in made.backprop(*parameters, x, y))
    assert math.isfinite(architecture.measured(a, y))
    assert architecture.measured(a.astype(np.float32), y.astype(np.float32)) > 1


def test_functions_of_the_users_own():
    def swish(z):
        return z / (1 + np.exp(-z))

    def cubic(a, y):
        return np.sum(np.abs(a - y) ** 3)

    net = cr.Network([784, 8, 10], activation=swish, output="tanh", cost=cubic, seed=0)
    train, _, _ = cr.datasets.mnist()
    history = net.fit(train.images[:300], train.labels[:300], epochs=3, learning_rate=0.1)
    costs = [epoch.train.cost for epoch in history.epochs]
    assert costs == sorted(costs, reverse=True)


def test_a_layer_each_has_its_own_activation():
    net = cr.Network([784, 6, 5, 10], activation=["tanh", "relu"], seed=0)
    assert net.architecture.activations == ("tanh", "relu", "sigmoid")
    text = str(net.backward_program)
    assert "a2 = np.tanh(z2)" in text
    assert "δ3 = (w4.T @ δ4) * relu_prime(z3)" in text


@pytest.mark.parametrize("name", INITIALIZERS)
def test_initializers(name):
    random, chosen = np.random.default_rng(0), INITIALIZERS[name]
    w, b = chosen.weight(random, (200, 300), ACTIVATIONS["relu"]), chosen.bias(random, (200, 1), ACTIVATIONS["relu"])
    assert (w.shape, b.shape) == ((200, 300), (200, 1))
    spread = {"default": 300**-0.5, "large": 1, "glorot": (2 / 500) ** 0.5, "he": (2 / 300) ** 0.5, "zeros": 0}
    if name == "orthogonal":
        np.testing.assert_allclose(w @ w.T, np.eye(200), atol=1e-12)
    else:
        assert w.std() == pytest.approx(spread[name], rel=0.01)
    for activation in ACTIVATIONS.values():
        bias = chosen.bias(random, (200, 1), activation)
        bounded = activation.family in ("sigmoid", "tanh")
        assert (bias.std() > 0.8) == (name == "large" or (name == "default" and bounded))
    assert (b.std() > 0.8) == (name == "large")
    assert (b == 0.1).all() == (name == "default"), "rectifiers begin switched on"


@pytest.mark.wide
@pytest.mark.parametrize("activation", ["relu", "leaky-relu", "elu", "gelu"])
@pytest.mark.parametrize("cost", ["quadratic", "log-likelihood"])
def test_narrow_convolutions_of_rectifiers_learn_at_the_default_rate(activation, cost):
    """With few inputs, a negative bias outweighs them, and the maps of a kernel would be 0 for every image."""
    train, valid, _ = cr.datasets.mnist()
    layers = [Conv(4, 3), MaxPool(2), Flatten(), 30, 10]
    for seed in range(3):
        net = cr.Network(layers, input=(1, 28, 28), activation=activation, cost=cost, seed=seed)
        net.fit(train.images[:500], train.labels[:500], epochs=4)
        assert net.score(valid.images[:500], valid.labels[:500]) > 0.5


def test_hes_two_is_for_rectifiers_and_not_for_an_output_layer():
    net = cr.Network([300, 400, 400, 400, 500], activation=["relu", "sigmoid", np.abs], initializer="he", seed=0)
    found = [w.var() * w.shape[1] for w in net.weights]
    assert found == pytest.approx([2, 1, 2, 1], rel=0.02)


@pytest.mark.parametrize("cost", ["mean-squared-error", "huber", "hinge"])
def test_a_linear_output_begins_without_biases(cost):
    net, sigmoid = (cr.Network([5, 4, 3], cost=each, seed=0) for each in (cost, "quadratic"))
    assert not net.biases[-1].any()
    assert sigmoid.biases[-1].all()
    pairs = zip([*net.weights, net.biases[0]], [*sigmoid.weights, sigmoid.biases[0]], strict=True)
    assert all(np.array_equal(one, other) for one, other in pairs)  # all else is drawn as ever


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        (
            {"activation": "sine"},
            "There is no activation 'sine'; choose one of sigmoid, tanh, relu, leaky-relu, elu, gelu, softplus, linear, softmax.",
        ),
        (
            {"cost": "zero"},
            f"There is no cost 'zero'; choose one of {', '.join(COSTS)}.",
        ),
        (
            {"cost": "cross-entropy", "output": "relu"},
            "The cost 'cross-entropy' needs 'sigmoid' as output activation, not 'relu'.",
        ),
        (
            {"activation": ["tanh", "tanh"]},
            "There are 2 activations for 1 hidden layers; give one for each, or one.",
        ),
    ],
)
def test_what_makes_no_network(keywords, message):
    with pytest.raises(NetworkError) as error:
        cr.Network([784, 30, 10], **keywords)
    assert str(error.value) == message


@pytest.mark.parametrize("cost", ["cross-entropy", "log-likelihood"])
def test_saved_networks_keep_their_functions(cost, tmp_path):
    net = cr.Network([784, 5, 10], activation="relu", cost=cost, seed=0)
    net.save(tmp_path / "net.safetensors")
    assert cr.load(tmp_path / "net.safetensors").architecture == net.architecture
