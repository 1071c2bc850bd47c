"""The book's `network3` against the same networks in PyTorch: from the same weights, the same weights after some steps."""

import copy

import numpy as np
import pytest

from chainrule.compat import network3
from chainrule.compat.network3 import ConvPoolLayer, FullyConnectedLayer, Network, ReLU, SoftmaxLayer, linear, tanh

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.peers
SIZE = 5  # of a mini-batch
TORCH = {network3.sigmoid: torch.sigmoid, tanh: torch.tanh, ReLU: torch.relu, linear: lambda z: z}


def conv(maps, side, filters, activation, pool=(2, 2)):
    return ConvPoolLayer((filters, maps, 3, 3), (SIZE, maps, side, side), pool, activation)


NETWORKS = {
    "dense": lambda: [FullyConnectedLayer(784, 12), SoftmaxLayer(12, 10)],
    "convolution": lambda: [
        conv(1, 28, 4, network3.sigmoid), FullyConnectedLayer(4 * 13 * 13, 12), SoftmaxLayer(12, 10)
    ],
    "pools that leave a row": lambda: [conv(1, 28, 3, tanh, (3, 4)), SoftmaxLayer(3 * 8 * 6, 10)],
    "two convolutions": lambda: [
        conv(1, 28, 4, ReLU), conv(4, 13, 5, ReLU), FullyConnectedLayer(5 * 5 * 5, 12, ReLU), SoftmaxLayer(12, 10),
    ],
    "dropout": lambda: [
        conv(1, 28, 4, ReLU), FullyConnectedLayer(4 * 13 * 13, 12, ReLU, 0.5), FullyConnectedLayer(12, 12, linear, 0.25),
        SoftmaxLayer(12, 10, 0.5),
    ],
    "dropout of the input": lambda: [FullyConnectedLayer(784, 12, tanh, 0.2), SoftmaxLayer(12, 10)],
}  # fmt: skip


@pytest.fixture(scope="module")
def data():
    images, digits = network3.load_data_shared()[0]
    return images[:28].astype(np.float64), digits[:28]


def forward(layers, parameters, x, masks=None):
    """The book's equations: `output_dropout` with masks, `output` without."""
    for layer, w, b in zip(layers, parameters[::2], parameters[1::2], strict=True):
        if isinstance(layer, ConvPoolLayer):
            z = torch.nn.functional.conv2d(x.reshape(-1, *layer.image_shape[1:]), w)
            z = torch.nn.functional.max_pool2d(z, layer.poolsize) + b.reshape(1, -1, 1, 1)
        else:
            x = x.reshape(len(x), layer.n_in)
            if layer.p_dropout and masks is None:
                z = (1 - layer.p_dropout) * (x @ w) + b
            else:
                z = (x * next(masks) if layer.p_dropout else x) @ w + b
        x = TORCH[layer.activation_fn](z) if not isinstance(layer, SoftmaxLayer) else torch.softmax(z, 1)
    return x


def trained(layers, parameters, images, digits, epochs, eta, lmbda, random):
    """Steps of gradient descent on the mean of −ln a_y and ½ λ Σ w² over the number of mini-batches, in the data's order."""
    parameters = [torch.tensor(each, requires_grad=True) for each in parameters]
    batches = len(images) // SIZE
    dropped = [layer for layer in layers if layer.p_dropout]
    for step in range(epochs * batches):
        k = slice(step % batches * SIZE, (step % batches + 1) * SIZE)
        masks = iter([torch.tensor(random.random((SIZE, layer.n_in)) >= layer.p_dropout) for layer in dropped])
        a = forward(layers, parameters, torch.tensor(images[k]), masks)
        cost = -torch.log(a[torch.arange(SIZE), torch.tensor(digits[k])]).mean()
        cost = cost + 0.5 * lmbda * sum((w**2).sum() for w in parameters[::2]) / batches
        for each, gradient in zip(parameters, torch.autograd.grad(cost, parameters), strict=True):
            each.data -= eta * gradient
    return parameters


@pytest.mark.wide
@pytest.mark.parametrize("name", NETWORKS)
def test_the_same_weights_after_some_steps(monkeypatch, capsys, data, name):
    monkeypatch.setattr(network3, "floatX", "float64")
    np.random.seed(1)
    images, digits = data
    net = Network(NETWORKS[name](), SIZE)
    start = [each.copy() for each in net.params]
    theirs = trained(net.layers, start, images, digits, 4, 0.2, 0.3, copy.deepcopy(net._network._random))
    net.SGD((images, digits), 4, SIZE, 0.2, (images, digits), (images, digits), lmbda=0.3)
    assert "Finished" in capsys.readouterr().out
    for ours, other, before in zip(net.params, theirs, start, strict=True):
        np.testing.assert_allclose(ours, other.detach().numpy(), rtol=0, atol=1e-10)
        assert np.abs(ours - before).max() > 1e-4
    answers = forward(net.layers, [each.detach() for each in theirs], torch.tensor(images[:SIZE])).argmax(1)
    assert net.test_mb_predictions(0).tolist() == answers.tolist()


def test_single_precision(capsys, data):
    """`floatX` as it is, which machine code computes where it can be had."""
    np.random.seed(2)
    images, digits = data
    net = Network(NETWORKS["two convolutions"](), SIZE)
    start = [each.astype(np.float64) for each in net.params]
    net.SGD((images, digits), 4, SIZE, 0.2, (images, digits), None)
    theirs = trained(net.layers, start, images, digits, 4, 0.2, 0.0, np.random.default_rng(0))
    for ours, other in zip(net.params, theirs, strict=True):
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, other.detach().numpy(), rtol=0, atol=1e-5)
