"""The book's network3: its chapter 6's snippets as they stand, and its printed lines."""

import random

import numpy as np
import pytest

import chainrule as cr
from chainrule.compat import network3
from chainrule.compat.network3 import ConvPoolLayer, FullyConnectedLayer, Network, SoftmaxLayer
from chainrule.data.errors import DataError
from chainrule.network.layers import NetworkError

# The import lines of the book are `import network3` and `from network3 import …`; nothing else is changed.
START = """
from chainrule.compat import network3
from chainrule.compat.network3 import Network
from chainrule.compat.network3 import ConvPoolLayer, FullyConnectedLayer, SoftmaxLayer
training_data, validation_data, test_data = network3.load_data_shared()
mini_batch_size = 10
"""

SHALLOW = """
net = Network([
        FullyConnectedLayer(n_in=784, n_out=100),
        SoftmaxLayer(n_in=100, n_out=10)], mini_batch_size)
net.SGD(training_data, 60, mini_batch_size, 0.1,
            validation_data, test_data)
"""

CONVOLUTION = """
net = Network([
        ConvPoolLayer(image_shape=(mini_batch_size, 1, 28, 28),
                      filter_shape=(20, 1, 5, 5),
                      poolsize=(2, 2)),
        FullyConnectedLayer(n_in=20*12*12, n_out=100),
        SoftmaxLayer(n_in=100, n_out=10)], mini_batch_size)
net.SGD(training_data, 60, mini_batch_size, 0.1,
            validation_data, test_data)
"""

RECTIFIERS = """
from chainrule.compat.network3 import ReLU
net = Network([
        ConvPoolLayer(image_shape=(mini_batch_size, 1, 28, 28),
                      filter_shape=(20, 1, 5, 5),
                      poolsize=(2, 2),
                      activation_fn=ReLU),
        ConvPoolLayer(image_shape=(mini_batch_size, 20, 12, 12),
                      filter_shape=(40, 20, 5, 5),
                      poolsize=(2, 2),
                      activation_fn=ReLU),
        FullyConnectedLayer(n_in=40*4*4, n_out=100, activation_fn=ReLU),
        SoftmaxLayer(n_in=100, n_out=10)], mini_batch_size)
net.SGD(training_data, 60, mini_batch_size, 0.03,
            validation_data, test_data, lmbda=0.1)
"""

DROPOUT = """
from chainrule.compat.network3 import ReLU
expanded_training_data, _, _ = network3.load_data_shared(
        "../data/mnist_expanded.pkl.gz")
net = Network([
        ConvPoolLayer(image_shape=(mini_batch_size, 1, 28, 28),
                      filter_shape=(20, 1, 5, 5),
                      poolsize=(2, 2),
                      activation_fn=ReLU),
        ConvPoolLayer(image_shape=(mini_batch_size, 20, 12, 12),
                      filter_shape=(40, 20, 5, 5),
                      poolsize=(2, 2),
                      activation_fn=ReLU),
        FullyConnectedLayer(
            n_in=40*4*4, n_out=1000, activation_fn=ReLU, p_dropout=0.5),
        FullyConnectedLayer(
            n_in=1000, n_out=1000, activation_fn=ReLU, p_dropout=0.5),
        SoftmaxLayer(n_in=1000, n_out=10, p_dropout=0.5)],
        mini_batch_size)
net.SGD(expanded_training_data, 40, mini_batch_size, 0.03,
            validation_data, test_data)
"""


def few(monkeypatch, count):
    sets = tuple(cr.datasets.Dataset(images[:count], labels[:count]) for images, labels in cr.datasets.mnist())
    monkeypatch.setattr(network3.datasets, "mnist", lambda: sets)


@pytest.mark.parametrize(
    ("snippet", "epochs", "batches"),
    [(SHALLOW, 60, 2), (CONVOLUTION, 60, 2), (RECTIFIERS, 60, 2), (DROPOUT, 40, 12)],
    ids=["shallow", "convolution", "rectifiers", "dropout"],
)
def test_the_books_snippets_run(monkeypatch, capsys, snippet, epochs, batches):
    few(monkeypatch, 25)
    scope = {}
    exec(START + snippet, scope)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "Training mini-batch number 0"
    validated = [line.removeprefix(f"Epoch {at}: validation accuracy ") for at, line in enumerate(
        line for line in printed if line.startswith("Epoch")
    )]  # fmt: skip
    assert len(validated) == epochs
    shares = [float(each.removesuffix("%")) for each in validated]
    last = max(at for at in range(epochs) if shares[at] == max(shares))  # of equal ones, the book takes the last
    assert printed[-3:-1] == [
        "Finished training network.",
        f"Best validation accuracy of {max(shares):.2f}% obtained at iteration {(last + 1) * batches - 1}",
    ]
    best = [at for at, share in enumerate(shares) if share == max(shares[: at + 1])]
    assert sum(line == "This is the best validation accuracy to date." for line in printed) == len(best)
    tested = [line for line in printed if line.startswith("The corresponding test accuracy is ")]
    assert len(tested) == len(best)
    assert printed[-1] == tested[-1].replace("The corresponding", "Corresponding").replace("is", "of")
    assert len(printed) == 1 + epochs + 2 * len(best) + 3


def test_the_printed_text_to_the_letter(capsys):
    """Nothing is learned; outputs are all alike, so that every answer is 0: of 20 digits, as many as a mini-batch takes."""
    net = Network([FullyConnectedLayer(4, 3), SoftmaxLayer(3, 2)], 5)
    images = np.zeros((5012, 4), np.float32)
    digits = np.array([0, 0, 0, 0, 1] + [1] * 5007)
    net.layers[0].w[...] = 0
    net.layers[-1].b[...] = 5, 0
    net.SGD((images, digits), 2, 5, 1e-12, (images[:9], digits[:9]), (images[:11], digits[:11]))
    assert (
        capsys.readouterr().out
        == """\
Training mini-batch number 0
Training mini-batch number 1000
Epoch 0: validation accuracy 80.00%
This is the best validation accuracy to date.
The corresponding test accuracy is 40.00%
Training mini-batch number 2000
Epoch 1: validation accuracy 80.00%
This is the best validation accuracy to date.
The corresponding test accuracy is 40.00%
Finished training network.
Best validation accuracy of 80.00% obtained at iteration 2003
Corresponding test accuracy of 40.00%
"""
    )
    assert net.test_mb_predictions(1).tolist() == [0] * 5


def test_the_start():
    np.random.seed(0)
    one, two, three = (
        ConvPoolLayer((20, 1, 5, 5), (10, 1, 28, 28)), FullyConnectedLayer(2880, 100), SoftmaxLayer(100, 10),
    )  # fmt: skip
    assert np.std(one.w) == pytest.approx(np.sqrt(1 / 125), rel=0.1), "20 · 25 / 4"
    assert np.std(two.w) == pytest.approx(0.1, rel=0.01)
    assert np.std(two.b) == pytest.approx(1, rel=0.2)
    assert not three.w.any()
    assert not three.b.any()
    drawn = [each.copy() for layer in (one, two, three) for each in (layer.w, layer.b)]
    net = Network([one, two, three], 10)
    for ours, before in zip(net.params, drawn, strict=True):
        np.testing.assert_array_equal(ours, before.astype(np.float32))


def test_the_same_seed_gives_the_same_run_and_another_does_not(capsys, monkeypatch):
    few(monkeypatch, 30)
    weights = []
    for seed in (3, 3, 4):
        random.seed(seed)
        np.random.seed(seed)
        net = Network([FullyConnectedLayer(784, 8, p_dropout=0.5), SoftmaxLayer(8, 10)], 10)
        data = network3.load_data_shared("mnist_expanded.pkl.gz")
        net.SGD(data[0], 1, 10, 0.1, *data[1:])
        weights.append(net.layers[-1].w.copy())
    np.testing.assert_array_equal(weights[0], weights[1])
    assert np.abs(weights[0] - weights[2]).max() > 1e-3


def test_the_expanded_data():
    random.seed(1)
    (images, digits), valid, test = network3.load_data_shared("../data/mnist_expanded.pkl.gz")
    ours = cr.datasets.mnist()[0]
    assert (images.shape, images.dtype, digits.shape) == ((250_000, 784), np.float32, (250_000,))
    assert (network3.size(valid), network3.size(test)) == (10_000, 10_000)
    np.testing.assert_array_equal(np.bincount(digits), 5 * np.bincount(ours.labels))
    assert (digits[:1000].reshape(-1, 5).std(axis=1) > 0).mean() > 0.9, "shuffled"


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: Network([FullyConnectedLayer(784, 10)], 10), NetworkError, "The last layer must be a SoftmaxLayer"),
        (
            lambda: Network([FullyConnectedLayer(784, 30), SoftmaxLayer(20, 10)], 10),
            NetworkError,
            "Layer 2 says that it takes 20 of each example, and is given 30.",
        ),
        (
            lambda: Network([ConvPoolLayer((4, 1, 5, 5), (20, 1, 28, 28)), SoftmaxLayer(576, 10)], 10),
            NetworkError,
            "The image_shape of layer 1 begins with 20; it must begin with the mini-batch size, 10.",
        ),
        (
            lambda: Network([SoftmaxLayer(784, 10)], 10).SGD(([], []), 1, 20, 0.1, ([], []), ([], [])),
            NetworkError,
            "The network was made for mini-batches of 10, and is to learn from mini-batches of 20.",
        ),
        (
            lambda: network3.load_data_shared("digits.pkl.gz"),
            DataError,
            "digits.pkl.gz is not among the book's data, which are mnist.pkl.gz and mnist_expanded.pkl.gz.",
        ),
    ],
)
def test_what_does_not_fit_is_refused(make, error, said):
    with pytest.raises(error) as refused:
        make()
    assert said in str(refused.value)
