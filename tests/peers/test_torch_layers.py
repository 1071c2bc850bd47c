"""The layers of `chainrule.layers` beside PyTorch's: outputs, and the gradient of every parameter, in float64."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.layers import (
    Attention,
    AveragePool,
    BatchNorm,
    Conv,
    Dense,
    Embedding,
    Flatten,
    LayerNorm,
    MaxPool,
    Recurrent,
    Residual,
    RMSNorm,
)
from chainrule.network.equations import programs

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.peers

F = torch.nn.functional


def dense(a, w, b):
    return a @ w.T + b.reshape(-1)


def batch_norm(a, gamma, beta):
    return F.batch_norm(a, None, None, gamma.reshape(-1), beta.reshape(-1), training=True)


def recurrent(a, w, u, b, lstm=False):
    """All states of PyTorch's recurrent layer, whose two biases are one here."""
    h = torch.zeros(1, len(a), u.shape[1], dtype=torch.double)
    flags = (
        True,
        1,
        0.0,
        True,
        False,
        True,
    )  # with biases, one layer, no dropout, training, one direction, examples first
    weights = (w, u, b.reshape(-1), torch.zeros(len(b), dtype=torch.double))
    return torch.lstm(a, (h, h), weights, *flags)[0] if lstm else torch.rnn_tanh(a, h, weights, *flags)[0]


def attention(a, heads, *parameters, causal=False):
    """PyTorch's attention without biases."""
    module = torch.nn.MultiheadAttention(a.shape[2], heads, bias=False, batch_first=True).double()
    given = {"in_proj_weight": torch.cat(parameters[:3]), "out_proj.weight": parameters[3]}
    mask = torch.ones(a.shape[1], a.shape[1], dtype=torch.bool).triu(1) if causal else None
    found, _ = torch.func.functional_call(module, given, (a, a, a), {"attn_mask": mask, "need_weights": False})
    return found


CASES = {  # the layers, an example, and the same in PyTorch, whose rows are examples: from x and the parameters in order
    "batch normalization of columns": (
        [Dense(6, "tanh"), BatchNorm(), 3], 4,
        lambda x, p: dense(batch_norm(torch.tanh(dense(x, *p[:2])), *p[2:4]), *p[4:]),
    ),
    "batch normalization of images": (
        [BatchNorm("relu"), Flatten(), 3], (2, 3, 4),
        lambda x, p: dense(torch.relu(batch_norm(x, *p[:2])).flatten(1), *p[2:]),
    ),
    "batch normalization of sequences": (
        [BatchNorm(), Flatten(), 3], (5, 4),
        lambda x, p: dense(batch_norm(x.transpose(1, 2), *p[:2]).transpose(1, 2).flatten(1), *p[2:]),
    ),
    "layer normalization of columns": (
        [LayerNorm(), 3], 4,
        lambda x, p: dense(F.layer_norm(x, (4,), p[0].reshape(-1), p[1].reshape(-1)), *p[2:]),
    ),
    "layer normalization of sequences": (
        [LayerNorm(), Flatten(), 3], (5, 4),
        lambda x, p: dense(F.layer_norm(x, (4,), p[0].reshape(-1), p[1].reshape(-1)).flatten(1), *p[2:]),
    ),
    "layer normalization of images": (
        [LayerNorm(), Flatten(), 3], (2, 3, 4),
        lambda x, p: dense(F.group_norm(x, 1, p[0].reshape(-1), p[1].reshape(-1)).flatten(1), *p[2:]),
    ),
    "root-mean-square normalization": (
        [RMSNorm(), Flatten(), 3], (5, 4),
        lambda x, p: dense(F.rms_norm(x, (4,), p[0].reshape(-1), 1e-5).flatten(1), *p[1:]),
    ),
    "convolution": (
        [Conv(3, 3, "tanh"), Flatten(), 3], (2, 6, 7),
        lambda x, p: dense(torch.tanh(F.conv2d(x, p[0], p[1].reshape(-1))).flatten(1), *p[2:]),
    ),
    "convolution with stride, padding and groups": (
        [Conv(4, (2, 3), "tanh", stride=(2, 1), padding=(1, 2), groups=2), Conv(3, 3, "relu", padding="same"), Flatten(), 3],
        (2, 6, 7),
        lambda x, p: dense(
            torch.relu(F.conv2d(torch.tanh(
                F.conv2d(x, p[0], p[1].reshape(-1), stride=(2, 1), padding=(1, 2), groups=2)
            ), p[2], p[3].reshape(-1), padding=1)).flatten(1), *p[4:]
        ),
    ),
    "convolution of a signal": (
        [Conv(3, (1, 5), "tanh", stride=(1, 2)), Flatten(), 3], (2, 1, 20),
        lambda x, p: dense(
            torch.tanh(F.conv1d(x[:, :, 0], p[0][:, :, 0], p[1].reshape(-1), stride=2)).flatten(1), *p[2:]
        ),
    ),
    "max pooling of windows that overlap": (
        [Conv(3, 2, "relu"), MaxPool((3, 2), stride=(2, 1)), Conv(2, 2), Flatten(), 3], (2, 8, 7),
        lambda x, p: dense(torch.sigmoid(F.conv2d(
            F.max_pool2d(torch.relu(F.conv2d(x, p[0], p[1].reshape(-1))), (3, 2), (2, 1)), p[2], p[3].reshape(-1)
        )).flatten(1), *p[4:]),
    ),
    "average pooling": (
        [Conv(3, 2, "relu"), AveragePool(2), AveragePool(2, stride=1), Flatten(), 3], (2, 8, 7),
        lambda x, p: dense(
            F.avg_pool2d(F.avg_pool2d(torch.relu(F.conv2d(x, p[0], p[1].reshape(-1))), 2), 2, 1).flatten(1), *p[2:]
        ),
    ),
    "recurrent": (
        [Recurrent(4), 3], (5, 6), lambda x, p: dense(recurrent(x, *p[:3])[:, -1], *p[3:]),
    ),
    "states of all places": (
        [Recurrent(4, whole=True), Flatten(), 3], (5, 6),
        lambda x, p: dense(recurrent(x, *p[:3]).flatten(1), *p[3:]),
    ),
    "long short-term memory": (
        [Recurrent(4, "lstm", whole=True), Recurrent(2, "lstm"), 3], (5, 6),
        lambda x, p: dense(recurrent(recurrent(x, *p[:3], lstm=True), *p[3:6], lstm=True)[:, -1], *p[6:]),
    ),
    "attention": (
        [Attention(2), Attention(), Flatten(), 3], (5, 6),
        lambda x, p: dense(attention(attention(x, 2, *p[:4]), 1, *p[4:8]).flatten(1), *p[8:]),
    ),
    "causal attention": (
        [Attention(3, causal=True), Flatten(), 3], (5, 6),
        lambda x, p: dense(attention(x, 3, *p[:4], causal=True).flatten(1), *p[4:]),
    ),
    "embedding": (
        [Embedding(7, 4), Flatten(), 3], 5, lambda x, p: dense(F.embedding(x.long(), p[0]).flatten(1), *p[1:]),
    ),
    "embedding with positions": (
        [Embedding(7, 4, positions=True), Dense(6, "tanh"), Flatten(), 3], 5,
        lambda x, p: dense(torch.tanh(dense(F.embedding(x.long(), p[0]) + p[1], *p[2:4])).flatten(1), *p[4:]),
    ),
    "residual": (
        [5, Residual([7, Dense(5, "linear")], "relu"), 3], 4,
        lambda x, p: dense(
            torch.relu((a := torch.sigmoid(dense(x, *p[:2]))) + dense(torch.sigmoid(dense(a, *p[2:4])), *p[4:6])), *p[6:]
        ),
    ),
    "fully connected at each place": (
        [Dense(6, "tanh"), Flatten(), 3], (5, 4),
        lambda x, p: dense(torch.tanh(dense(x, *p[:2])).flatten(1), *p[2:]),
    ),
}  # fmt: skip


@pytest.mark.wide
@pytest.mark.parametrize("form", ["textbook", "fast"])
@pytest.mark.parametrize("name", CASES)
def test_gradients(name, form):
    layers, example, theirs = CASES[name]
    net = cr.Network(layers, input=example, cost="log-likelihood", seed=0, dtype="float64")
    random = np.random.default_rng(1)
    parameters = [random.normal(size=net.architecture.shapes[each]) for each in net.architecture.learned]
    shape, y = (7, *net.architecture.input), np.eye(3)[random.integers(0, 3, 7)]
    x = random.normal(size=shape)
    if net.architecture.vocabulary is not None:
        x = random.integers(0, net.architecture.vocabulary, shape).astype(float)
    made = programs(net.architecture, 7, form=form)
    given = [*parameters, net.architecture.inputs(x.reshape(7, -1)), y.T]
    tensors = [torch.tensor(each, requires_grad=True) for each in parameters]
    cost = F.cross_entropy(theirs(torch.tensor(x), tensors), torch.tensor(y), reduction="sum")
    cost.backward()
    np.testing.assert_allclose(made.cost(*given), cost.item(), rtol=1e-10)
    for each, ours, tensor in zip(net.architecture.learned, made.backprop(*given), tensors, strict=True):
        np.testing.assert_allclose(ours, tensor.grad.numpy(), rtol=1e-9, atol=1e-11, err_msg=each)


@pytest.mark.parametrize(("size", "stride"), [(2, None), (3, 2), ((2, 3), 1)])
def test_the_first_of_several_largest_gets_the_error_as_in_pytorch(size, stride):
    """The error of the images themselves, whose numbers are few, so that most windows have several largest."""
    x, weight = np.random.default_rng(0).integers(0, 3, (4, 2, 7, 8)) / 2, np.random.default_rng(1)
    layer = MaxPool(size, stride)
    given = torch.tensor(x, requires_grad=True)
    theirs = F.max_pool2d(given, size, stride)
    weights = weight.normal(size=tuple(theirs.shape))
    (theirs * torch.tensor(weights)).sum().backward()

    def cost(x):
        return np.sum(weights * layer.weighted_input(x, [])[0])

    np.testing.assert_array_equal(layer.weighted_input(x, [])[0], theirs.detach().numpy())
    np.testing.assert_allclose(cr.grad(cost)(x), given.grad.numpy(), rtol=1e-12, atol=1e-15)
    shared = MaxPool(size, stride, ties="share")
    errors = cr.grad(lambda x: np.sum(weights * shared.weighted_input(x, [])[0]))(x)
    assert np.abs(errors - given.grad.numpy()).max() > 0.1
    np.testing.assert_allclose(errors.sum(), weights.sum(), rtol=1e-12)
