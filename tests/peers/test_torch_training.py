"""Layers, costs, optimizers and schedules beside PyTorch's, on shared weights."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.network.architecture import stacked
from chainrule.network.costs import smoothed
from chainrule.network.equations import programs
from chainrule.training import optimizers, schedules
from chainrule.training.step import UpdateRule, training_step
from chainrule.training.weights import example_weights

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.peers

F = torch.nn.functional
ACTIVATIONS = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky-relu": lambda z: F.leaky_relu(z, 0.01),
    "elu": F.elu,
    "gelu": lambda z: F.gelu(z, approximate="tanh"),
    "softplus": F.softplus,
    "linear": lambda z: z,
    "softmax": lambda z: torch.softmax(z, dim=0),
}
COSTS = {  # summed over the batch, from the output's weighted input z and its activation a; columns are examples
    "quadratic": lambda z, a, y: 0.5 * ((a - y) ** 2).sum(),
    "cross-entropy": lambda z, a, y: F.binary_cross_entropy_with_logits(z, y, reduction="sum"),
    "log-likelihood": lambda z, a, y: F.cross_entropy(z.T, y.T, reduction="sum"),
    "mean-squared-error": lambda z, a, y: F.mse_loss(a, y) * y.shape[1],
    "mean-absolute-error": lambda z, a, y: F.l1_loss(a, y) * y.shape[1],
    "huber": lambda z, a, y: F.huber_loss(a, y) * y.shape[1],
    "hinge": lambda z, a, y: F.relu(1 - (2 * y - 1) * a).sum(),
}
OUTPUTS = {"cross-entropy": ["sigmoid"] * 3, "log-likelihood": ["softmax"] * 3}  # their own, before which all are tried


def hidden(start, count):
    """So many of the activations, from one on, and from the first again after the last."""
    names = [*ACTIVATIONS] * 2
    return names[start % len(ACTIVATIONS) :][:count]


def told(each):
    return each if isinstance(each, str) else " ".join(each)


CASES = [  # every activation is once in a hidden layer before every cost, and every cost after each of its outputs
    (hidden(at + 3 * turn, 3), output, cost)
    for at, cost in enumerate(COSTS)
    for turn, output in enumerate(OUTPUTS.get(cost, ["sigmoid", "tanh", "linear", "softmax"]))
]


@pytest.mark.parametrize("form", ["textbook", "fast"])
@pytest.mark.parametrize(("activations", "output", "cost"), CASES, ids=told)
def test_gradients_of_every_layer_and_cost(activations, output, cost, form):
    architecture = stacked([6, 5, 4, 4, 3], activations, output, cost)
    random = np.random.default_rng(2)
    parameters = [random.normal(size=shape) for shape in architecture.shapes.values()]
    x, y = random.random((6, 7)), np.eye(3)[:, random.integers(0, 3, 7)]
    ours = programs(architecture, 7, form=form).backprop(*parameters, x, y)
    theirs = [torch.tensor(parameter, requires_grad=True) for parameter in parameters]
    a = torch.tensor(x)
    for w, b, activation in zip(theirs[::2], theirs[1::2], architecture.activations, strict=True):
        z = w @ a + b
        a = ACTIVATIONS[activation](z)
    COSTS[cost](z, a, torch.tensor(y)).backward()
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other.grad.numpy(), rtol=1e-9, atol=1e-11)


OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.05),
    "adam": lambda p: torch.optim.Adam(p, lr=0.05),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.01),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_step_by_step(name):
    random = np.random.default_rng(0)
    start, gradients = random.normal(size=(4, 3)), random.normal(size=(12, 4, 3))
    theirs = torch.tensor(start, requires_grad=True)
    peer = OPTIMIZERS[name]([theirs])
    optimizer = optimizers.OPTIMIZERS[name]()
    w, state = start, [np.zeros_like(start) for _ in optimizer.state]
    for t, g in enumerate(gradients, start=1):
        theirs.grad = torch.tensor(g)
        peer.step()
        w, *state = optimizer.update(w, g, *state, 0.05, *optimizer.numbers(t))
        np.testing.assert_allclose(w, theirs.detach().numpy(), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_whole_runs_of_fit(name):
    """Three epochs of whole batches of MNIST, through the buffered executor, with L2 where PyTorch couples it too."""
    train, _, _ = cr.datasets.mnist()
    images, labels = train.images[:64], train.labels[:64]
    net = cr.Network([784, 8, 10], activation="tanh", cost="cross-entropy", seed=0, dtype="float64")
    theirs = [torch.tensor(p.copy(), requires_grad=True) for p in net.parameters]
    peer = OPTIMIZERS[name](theirs)
    net.fit(images, labels, epochs=3, batch_size=64, learning_rate=0.05, optimizer=name)
    x, y = torch.tensor(images.reshape(64, 784).T / 255), torch.tensor(np.eye(10)[labels].T)
    for _ in range(3):
        peer.zero_grad()
        z = theirs[2] @ torch.tanh(theirs[0] @ x + theirs[1]) + theirs[3]
        (F.binary_cross_entropy_with_logits(z, y, reduction="sum") / 64).backward()
        peer.step()
    for one, other in zip(net.parameters, theirs, strict=True):
        np.testing.assert_allclose(one, other.detach().numpy(), rtol=0, atol=1e-8)


SCHEDULES = {
    "linear": (schedules.linear(), lambda o: torch.optim.lr_scheduler.LinearLR(o, 1.0, 1e-300, 20)),
    "cosine": (schedules.cosine(), lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 20)),
    "step": (schedules.step(0.25, 0.5), lambda o: torch.optim.lr_scheduler.StepLR(o, 5, 0.5)),
    "one-cycle": (schedules.one_cycle(), lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 1.0, total_steps=20)),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_step_by_step(name):
    ours, make = SCHEDULES[name]
    peer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = make(peer)
    for t in range(20):
        assert ours(t, 20) == pytest.approx(peer.param_groups[0]["lr"], rel=1e-9, abs=1e-12)
        peer.step()
        schedule.step()


def test_plateau_epoch_by_epoch():
    costs = [1.0, 0.8, 0.79999, 0.9, 0.8, 0.7, 0.71, 0.71, 0.71, 0.71, 0.71, 0.71, 0.71, 0.6, 0.6, 0.6, 0.6]
    for patience in (0, 1, 3):
        peer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(peer, factor=0.5, patience=patience)
        for done, cost in enumerate(costs, start=1):
            schedule.step(cost)
            ours = schedules.Plateau(factor=0.5, patience=patience).after(costs[:done])
            assert ours == peer.param_groups[0]["lr"]


NORMALIZATIONS = {
    "batch": lambda s: F.batch_norm(s.T, None, None, training=True).T,
    "layer": lambda s: F.layer_norm(s.T, (s.shape[0],)).T,
}


REGULARIZERS = [{}, {"l2": 0.3}, {"l1": 0.2}]
STEPS = [  # every activation before every cost; each after both normalizations, and with all regularizers
    (hidden(first, 2), cost, [*NORMALIZATIONS][:: 1 if at % 2 else -1], REGULARIZERS[(at + first) % 3])
    for at, cost in enumerate(COSTS)
    for first in range(0, len(ACTIVATIONS), 2)
]


@pytest.mark.wide
@pytest.mark.parametrize(("activations", "cost", "normalizations", "regularizer"), STEPS, ids=told)
def test_a_step_of_every_layer_cost_normalization_and_regularizer(activations, cost, normalizations, regularizer):
    """One step with dropout's masks given: what it takes away from each parameter is PyTorch's gradient."""
    architecture = stacked([6, 5, 4, 3], activations, cost=cost, normalization=normalizations, dropout=0.5)
    random = np.random.default_rng(2)
    shapes = architecture.shapes
    start = {name: 0.5 * random.normal(size=shape) for name, shape in shapes.items()}
    keep = [2.0 * (random.random((rows, 7)) > 0.5) for rows in (5, 4)]
    x, y = random.random((6, 7)), np.eye(3)[:, random.integers(0, 3, 7)]
    made = training_step(architecture, 7, "float64", UpdateRule(**regularizer))(*start.values(), *keep, x, y, 1.0)
    ours = dict(zip(shapes, made, strict=False))
    theirs = {name: torch.tensor(array, requires_grad=True) for name, array in start.items()}
    a = torch.tensor(x)
    for layer, (activation, normalization, mask) in enumerate(zip(activations, normalizations, keep, strict=True), 2):
        u = NORMALIZATIONS[normalization](theirs[f"w{layer}"] @ a)
        a = ACTIVATIONS[activation](theirs[f"gamma{layer}"] * u + theirs[f"b{layer}"]) * torch.tensor(mask)
    z = theirs["w4"] @ a + theirs["b4"]
    total = COSTS[cost](z, ACTIVATIONS[architecture.activations[-1]](z), torch.tensor(y)) / 7
    for name in ("w2", "w3", "w4"):
        total = (
            total
            + regularizer.get("l2", 0) / 2 * (theirs[name] ** 2).sum()
            + regularizer.get("l1", 0) * theirs[name].abs().sum()
        )
    total.backward()
    for name in architecture.learned:
        np.testing.assert_allclose(start[name] - ours[name], theirs[name].grad.numpy(), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_label_smoothing_and_class_weights(share):
    """PyTorch divides by the sum of the weights, not by m, where classes are weighted."""
    random = np.random.default_rng(0)
    z, labels = random.normal(size=(8, 4)), random.integers(0, 4, 8)
    a = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    y = smoothed(np.eye(4)[labels], share, 4)
    peer = F.cross_entropy(torch.tensor(z), torch.tensor(labels), label_smoothing=share)
    assert stacked([1, 4], cost="log-likelihood").measured(a.T, y.T) / 8 == pytest.approx(peer.item(), rel=1e-12)
    each = {0: 1.0, 1: 2.0, 2: 0.5, 3: 3.0}
    weights = example_weights(8, labels, None, each, np.float64)
    peer = F.cross_entropy(
        torch.tensor(z), torch.tensor(labels), weight=torch.tensor(list(each.values()), dtype=torch.float64)
    )
    ours = stacked([1, 4], cost="log-likelihood").measured(a.T, np.eye(4)[labels].T, weights.T) / weights.sum()
    assert ours == pytest.approx(peer.item(), rel=1e-12)
