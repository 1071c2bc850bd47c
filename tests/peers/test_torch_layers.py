"""The layers of `chainrule.layers` beside PyTorch's: outputs, and the gradient of every parameter, in float64."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.layers import BatchNorm, Dense, Flatten, LayerNorm, Residual, RMSNorm
from chainrule.network.equations import programs

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.peers

F = torch.nn.functional


def dense(a, w, b):
    return a @ w.T + b.reshape(-1)


def batch_norm(a, gamma, beta):
    return F.batch_norm(a, None, None, gamma.reshape(-1), beta.reshape(-1), training=True)


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


@pytest.mark.parametrize("form", ["textbook", "fast"])
@pytest.mark.parametrize("name", CASES)
def test_gradients(name, form):
    layers, example, theirs = CASES[name]
    net = cr.Network(layers, input=example, cost="log-likelihood", seed=0, dtype="float64")
    random = np.random.default_rng(1)
    parameters = [random.normal(size=net.architecture.shapes[each]) for each in net.architecture.learned]
    x, y = random.normal(size=(7, *net.architecture.input)), np.eye(3)[random.integers(0, 3, 7)]
    made = programs(net.architecture, 7, form=form)
    given = [*parameters, net.architecture.inputs(x.reshape(7, -1)), y.T]
    tensors = [torch.tensor(each, requires_grad=True) for each in parameters]
    cost = F.cross_entropy(theirs(torch.tensor(x), tensors), torch.tensor(y), reduction="sum")
    cost.backward()
    np.testing.assert_allclose(made.cost(*given), cost.item(), rtol=1e-10)
    for each, ours, tensor in zip(net.architecture.learned, made.backprop(*given), tensors, strict=True):
        np.testing.assert_allclose(ours, tensor.grad.numpy(), rtol=1e-9, atol=1e-11, err_msg=each)
