"""The book's `network3.py` on Python 3, without Theano: the convolutional networks of chapter 6, and dropout.

Its names, arguments, defaults and printed lines are the book's, and so is what it computes:

- Mini-batches are taken in the order of the data, without shuffling, and what is left at the end is not used.
- λ is divided by the number of mini-batches, not by that of the examples as in chapter 3.
- Weights start with the standard deviation 1/√n_out, those of the softmax layer and its biases at 0.
- `p_dropout` drops activations that go into a layer; when it predicts, its weights count 1 − p.
- A convolution adds its biases and applies its activation after pooling.

What differs:

- The gradients are what chainrule derives from the forward pass, run as machine code where that can be had.
- Filters slide over the image as they are, where Theano turns them by half a turn; the same is learned.
- `load_data_shared` makes the expanded data itself, when asked for the book's file of them by its name.
- An `activation_fn` of your own is a function in plain NumPy.
- If the cost becomes infinite or NaN, training ends with an error.

`floatX` stands for Theano's setting of that name, the number type of networks made from then on.
"""

import os
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .. import model
from ..core.nouns import Array
from ..data import datasets
from ..data.augmentation import expand
from ..data.errors import DataError
from ..data.inputs import as_activations
from ..dimensions import count_text
from ..network.activations import ACTIVATIONS, ActivationFunction, linear, tanh
from ..network.layers import Layer, NetworkError
from ..network.makers import Conv, Dense, Dropout, Flatten, MaxPool, Part
from ..program.operations.activations import relu, sigmoid
from ..reproduction.chapter6 import thinned
from ..training.history import Epoch, Silent
from ..training.settings import Regularization

__all__ = [
    "ConvPoolLayer", "FullyConnectedLayer", "Network", "ReLU", "SoftmaxLayer", "linear", "load_data_shared", "sigmoid", "size",
    "tanh",
]  # fmt: skip

Data: TypeAlias = tuple[Array, NDArray[np.int64]]

ReLU = relu
floatX: Literal["float32", "float64"] = "float32"

_OFTEN = 1000  # mini-batches between two lines
_NAMES = {each.function: name for name, each in ACTIVATIONS.items()}


def load_data_shared(filename: str | os.PathLike[str] = "../data/mnist.pkl.gz") -> list[Data]:
    """Return training, validation and test data: the bundled digits, whatever the folder of the file.

    Args:
        filename: The book's file, `mnist.pkl.gz`, or `mnist_expanded.pkl.gz`, for which each training image is joined by its
            four copies, moved by one pixel, and all are shuffled by Python's global generator (`random.seed`).

    Returns:
        Three pairs (images, digits): images n×784, `float32` in 0…1; digits n, `int64`.

    Raises:
        DataError: The file is another one.

    Examples:
        >>> training_data, validation_data, test_data = load_data_shared()
        >>> training_data[0].shape, size(test_data)
        ((50000, 784), 10000)
    """
    name = Path(filename).name
    if name not in ("mnist.pkl.gz", "mnist_expanded.pkl.gz"):
        raise DataError(
            "{path} is not among the book's data, which are mnist.pkl.gz and mnist_expanded.pkl.gz.", path=filename
        )
    training, *others = datasets.mnist()
    if name == "mnist_expanded.pkl.gz":
        images, digits = expand(*training)
        order = list(range(len(images)))
        random.shuffle(order)
        training = datasets.Dataset(images[order], digits[order])
    return [(as_activations(images, 784), digits.copy()) for images, digits in (training, *others)]


def size(data: Data) -> int:
    """Return the number of examples."""
    return len(data[0])


class ConvPoolLayer:
    """A convolution and max pooling. `w` is filters × maps × rows × columns, `b` one number per filter.

    Args:
        filter_shape: The number of filters, the number of maps that come in, the rows and the columns of a filter.
        image_shape: The mini-batch size, the number of maps that come in, and their rows and columns.
        poolsize: The rows and columns of a window of which the largest number is taken.
        activation_fn: The activation, a function in plain NumPy.
    """

    p_dropout = 0.0

    def __init__(
        self,
        filter_shape: tuple[int, int, int, int],
        image_shape: tuple[int, int, int, int],
        poolsize: tuple[int, int] = (2, 2),
        activation_fn: ActivationFunction = sigmoid,
    ) -> None:
        self.filter_shape, self.image_shape, self.poolsize = filter_shape, image_shape, poolsize
        self.activation_fn = activation_fn
        n_out = filter_shape[0] * np.prod(filter_shape[2:]) // np.prod(poolsize)
        self.w: Array = np.random.normal(0.0, np.sqrt(1.0 / n_out), filter_shape)
        self.b: Array = np.random.normal(0.0, 1.0, filter_shape[0])


class FullyConnectedLayer:
    """A fully connected layer. `w` is n_in × n_out, `b` one number per neuron.

    Args:
        n_in: The number of activations that come in.
        n_out: The number of neurons.
        activation_fn: The activation, a function in plain NumPy.
        p_dropout: The share of the activations that come in which is dropped in training.
    """

    def __init__(
        self, n_in: int, n_out: int, activation_fn: ActivationFunction = sigmoid, p_dropout: float = 0.0
    ) -> None:
        self.n_in, self.n_out, self.activation_fn, self.p_dropout = n_in, n_out, activation_fn, p_dropout
        self.w: Array = np.random.normal(0.0, np.sqrt(1.0 / n_out), (n_in, n_out))
        self.b: Array = np.random.normal(0.0, 1.0, n_out)


class SoftmaxLayer:
    """The output layer, with softmax and the log-likelihood cost. `w` is n_in × n_out, `b` one number per neuron.

    Args:
        n_in: The number of activations that come in.
        n_out: The number of classes.
        p_dropout: The share of the activations that come in which is dropped in training.
    """

    def __init__(self, n_in: int, n_out: int, p_dropout: float = 0.0) -> None:
        self.n_in, self.n_out, self.p_dropout = n_in, n_out, p_dropout
        self.w: Array = np.zeros((n_in, n_out))
        self.b: Array = np.zeros(n_out)


AnyLayer: TypeAlias = ConvPoolLayer | FullyConnectedLayer | SoftmaxLayer


class Network:
    """A network of these layers, trained by mini-batch stochastic gradient descent. Book: chapter 6.

    `w` and `b` of the layers are from now on the network's own numbers: write into them (`w[...] = …`) to change it.
    `test_mb_predictions(i)`, once `SGD` has been called, gives the answers to the test images of mini-batch i.

    Args:
        layers: The layers, the last of which is a `SoftmaxLayer`.
        mini_batch_size: The number of examples in a mini-batch.

    Raises:
        NetworkError: The layers do not fit each other, or the mini-batches.

    Examples:
        >>> net = Network([FullyConnectedLayer(n_in=784, n_out=100), SoftmaxLayer(n_in=100, n_out=10)], 10)
        >>> [layer.w.shape for layer in net.layers]
        [(784, 100), (100, 10)]
    """

    test_mb_predictions: Callable[[int], Array]

    def __init__(self, layers: Sequence[AnyLayer], mini_batch_size: int) -> None:
        self.layers, self.mini_batch_size = layers, mini_batch_size
        if not layers or not isinstance(layers[-1], SoftmaxLayer):
            raise NetworkError("The last layer must be a SoftmaxLayer, since it has the cost.")
        first = layers[0]
        example = first.image_shape[1:] if isinstance(first, ConvPoolLayer) else (first.n_in,)
        drops = any(layer.p_dropout for layer in layers)
        self._network = model.Network(
            _parts(layers), input=example, cost="log-likelihood", initializer="zeros", dtype=floatX,
            seed=int(np.random.randint(2**31)) if drops else 0,  # nothing else is drawn by it
        )  # fmt: skip
        self._check()
        arrays = iter(self._network.parameters)
        for layer, w, b in zip(layers, arrays, arrays, strict=True):
            w[...], b.reshape(-1)[...] = layer.w if isinstance(layer, ConvPoolLayer) else layer.w.T, layer.b
            layer.w, layer.b = w if isinstance(layer, ConvPoolLayer) else w.T, b.reshape(-1)

    @property
    def params(self) -> list[Array]:
        """w and b of each layer."""
        return [each for layer in self.layers for each in (layer.w, layer.b)]

    def SGD(
        self,
        training_data: Data,
        epochs: int,
        mini_batch_size: int,
        eta: float,
        validation_data: Data,
        test_data: Data | None,
        lmbda: float = 0.0,
    ) -> None:
        """Train, and print the accuracies after each epoch: on validation data and, where they are the best so far, on test data.

        Ctrl-C ends training early and keeps what was learned.

        Args:
            training_data: Images n×n_1 and n digits, as from `load_data_shared`.
            epochs: The number of epochs.
            mini_batch_size: The number of examples in a mini-batch, the one that the network was made for.
            eta: The learning rate η.
            validation_data: The same for validation.
            test_data: The same for tests; `None` for none.
            lmbda: The regularization parameter λ, which is divided by the number of mini-batches.

        Raises:
            DataError: The images do not match the network or the digits.
            NetworkError: The network was made for mini-batches of another size.
            SettingsError: A setting is invalid, or there is no whole mini-batch of some data.
            DivergenceError: The cost became NaN or infinite; the network then has its last good weights.
        """
        if mini_batch_size != self.mini_batch_size:
            raise NetworkError(
                "The network was made for mini-batches of {own}, and is to learn from mini-batches of {given}.",
                own=self.mini_batch_size,
                given=mini_batch_size,
            )
        training, validation = self._whole(training_data), self._whole(validation_data)
        test = None if test_data is None else self._whole(test_data)
        batches = size(training) // mini_batch_size
        accuracy = {"validation": 0.0, "test": 0.0}
        best = None

        def after(epoch: Epoch) -> None:
            nonlocal best
            assert epoch.validation is not None
            found = epoch.validation.accuracy
            print(f"Epoch {epoch.number - 1}: validation accuracy {found:.2%}")
            if found >= accuracy["validation"]:
                print("This is the best validation accuracy to date.")
                accuracy["validation"], best = found, epoch.number * batches - 1
                if test is not None:
                    accuracy["test"] = self._network.score(*test)
                    print(f"The corresponding test accuracy is {accuracy['test']:.2%}")

        if test is not None:
            images = test[0]
            self.test_mb_predictions = lambda i: np.asarray(
                self._network.predict(images[i * mini_batch_size : (i + 1) * mini_batch_size])
            )
        self._network.fit(
            *training, epochs=epochs, batch_size=mini_batch_size, learning_rate=eta, shuffle=False,
            regularization=Regularization(l2=lmbda * mini_batch_size),  # `fit` divides it by the number of examples
            validation=validation, progress=_Numbers(batches), callbacks=[after],
        )  # fmt: skip
        print("Finished training network.")
        if best is not None:
            print(f"Best validation accuracy of {accuracy['validation']:.2%} obtained at iteration {best}")
            if test is not None:
                print(f"Corresponding test accuracy of {accuracy['test']:.2%}")

    # ---- not in the book ---------------------------------------------------------------------------------------------

    def _whole(self, data: Data) -> Data:
        """The examples of whole mini-batches."""
        images, digits = data
        kept = len(images) // self.mini_batch_size * self.mini_batch_size
        return images[:kept], digits[:kept]

    def _check(self) -> None:
        """Raise `NetworkError` if a layer is given something else than what it says."""
        architecture = self._network.architecture
        first = {each.layer for each in architecture.parameters}
        given = [architecture.examples[number - 2] for number in sorted(first)]
        for number, (layer, example) in enumerate(zip(self.layers, given, strict=True), start=1):
            says = layer.image_shape[1:] if isinstance(layer, ConvPoolLayer) else (layer.n_in,)
            if says != example:
                raise NetworkError(
                    "Layer {number} says that it takes {says} of each example, and is given {given}.",
                    number=number,
                    says=count_text(says),
                    given=count_text(example),
                )
            if isinstance(layer, ConvPoolLayer) and layer.image_shape[0] != self.mini_batch_size:
                raise NetworkError(
                    "The image_shape of layer {number} begins with {found}; it must begin with the mini-batch size, {size}.",
                    number=number,
                    found=layer.image_shape[0],
                    size=self.mini_batch_size,
                )


class _Numbers(Silent):
    """Prints the number of every thousandth mini-batch."""

    def __init__(self, batches: int):
        self._batches, self._next = batches, 0

    def progressed(self, epoch: int, done: int, total: int, seconds: float) -> None:
        """Print those that have been learned from."""
        learned = (epoch - 1) * self._batches + done * self._batches // total
        while self._next < learned:
            print(f"Training mini-batch number {self._next}")
            self._next += _OFTEN


def _parts(layers: Sequence[AnyLayer]) -> list[Part]:
    """The layers in chainrule's terms."""
    parts: list[Part] = []
    for before, layer in zip([None, *layers], layers, strict=False):
        if isinstance(layer, ConvPoolLayer):
            filters, _, *kernel = layer.filter_shape
            convolved = Conv(filters, (kernel[0], kernel[1]), "linear")
            parts += [convolved, _activated(MaxPool(layer.poolsize), layer.activation_fn)]
            continue
        if isinstance(before, ConvPoolLayer):
            parts.append(Flatten())
        if layer.p_dropout:
            parts.append(Dropout(layer.p_dropout))
        made = thinned(layer.n_out, layer.p_dropout) if layer.p_dropout else Dense(layer.n_out)
        parts.append(_activated(made, layer.activation_fn) if isinstance(layer, FullyConnectedLayer) else made)
    return parts


def _activated(layer: Layer, activation: ActivationFunction) -> Layer:
    return replace(layer, activation=_NAMES.get(activation, activation))
