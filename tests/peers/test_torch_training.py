"""Layers, costs, optimizers and schedules beside PyTorch's, on shared weights."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.network.architecture import dense
from chainrule.network.equations import programs
from chainrule.training import optimizers, schedules

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
OUTPUTS = {"cross-entropy": ["sigmoid"], "log-likelihood": ["softmax"]}
CASES = [
    (hidden, output, cost)
    for hidden in ACTIVATIONS
    for cost in COSTS
    for output in OUTPUTS.get(cost, ["sigmoid", "tanh", "linear", "softmax"])
]


@pytest.mark.parametrize("form", ["textbook", "fast"])
@pytest.mark.parametrize(("hidden", "output", "cost"), CASES)
def test_gradients_of_every_layer_and_cost(hidden, output, cost, form):
    architecture = dense([6, 5, 4, 3], hidden, output, cost)
    random = np.random.default_rng(2)
    parameters = [random.normal(size=shape) for _, shape in architecture.parameters()]
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
