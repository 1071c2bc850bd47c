"""The book's `network2.py` on Python 3: the network of chapter 3, with two costs, L2 regularization, and monitoring.

Its names, arguments, defaults and printed lines are the book's. What differs:

- Data may be any iterable of (x, y), such as Python 3's `zip`. The caller's list keeps its order, while the book shuffles
  it. `random.shuffle` gives another order in Python 3 than in Python 2 for the same seed.
- `SGD` runs the training step that chainrule derives from the forward pass: the book's rule in float64, equal within
  rounding. If you replace backprop, update_mini_batch, σ or the cost's delta, it calls update_mini_batch.
- The cost on evaluation data takes desired outputs as long as the output layer; in the book they have length 10.
- `SGD` has the argument `early_stopping_n`, which came after the book.
- A cost may be a class, as in the book's text, or an instance, as in the scripts of its figures; `save` takes both.
- `save` replaces the file atomically, and `load` checks everything that it reads.

An oddity of the book is kept: in training data y is a column, in the other sets it is the digit, and `convert` says that
y is not in the form that the method expects. `accuracy` expects digits, so it takes training data with `convert=True`;
`total_cost` expects columns, so it takes the other sets with `convert=True`. `SGD` calls both this way.
"""

import os
import random
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..core.messages import listed, message
from ..data.errors import HEAD_SIZE, DataError, describe, reason_of, sizes_text
from ..data.inputs import as_labels, one_hot
from ..exchange import atomic, plain_json
from ..exchange.errors import FileFormatError, shown
from ..exchange.plain_json import Json, JsonProblem
from ..exchange.safetensors import LARGEST
from ..network.architecture import stacked
from ..textbook import Array, sigmoid, sigmoid_prime
from ..training.runner import Examples, NumpyRunner, learner_of
from ..training.settings import SettingsError, require_whole
from ..training.step import UpdateRule
from .mnist_loader import vectorized_result

__all__ = [
    "CrossEntropyCost", "Network", "QuadraticCost", "load", "sigmoid", "sigmoid_prime", "vectorized_result",
]  # fmt: skip

Example: TypeAlias = tuple[Array, Array | int]
Learn: TypeAlias = Callable[[Sequence[Sequence[int]]], None]
Monitored: TypeAlias = tuple[list[float], list[int], list[float], list[int]]

_BATCH = 1000  # examples fed forward at once


class Cost(Protocol):
    """A cost function: `fn` is its value, and `delta` the output error δ^L."""

    @staticmethod
    def fn(a: Array, y: Array) -> float:
        """Return the cost of one example.

        Args:
            a: The output, n_L×1.
            y: The desired output, n_L×1.

        Returns:
            C.
        """

    @staticmethod
    def delta(z: Array, a: Array, y: Array) -> Array:
        """Return the output error.

        Args:
            z: The weighted input of the last layer, n_L×1.
            a: Its output, n_L×1.
            y: The desired output, n_L×1.

        Returns:
            δ^L = ∂C/∂z^L, n_L×1.
        """


class QuadraticCost:
    """The quadratic cost, C = ½‖y − a‖². Book: chapter 1, equation (6)."""

    @staticmethod
    def fn(a: Array, y: Array) -> float:
        """Return the cost of one example, or the sum over several.

        Args:
            a: The outputs, n_L×m.
            y: The desired outputs, n_L×m.

        Returns:
            C, summed over the m columns.

        Examples:
            >>> QuadraticCost.fn(np.array([[0.5], [1.0]]), np.array([[0.0], [1.0]]))
            0.125
        """
        return float(0.5 * np.sum((a - y) ** 2))

    @staticmethod
    def delta(z: Array, a: Array, y: Array) -> Array:
        """Return the output error. Book: chapter 2, equation (30).

        Args:
            z: The weighted input of the last layer, n_L×m.
            a: Its output, n_L×m.
            y: The desired output, n_L×m.

        Returns:
            δ^L = (a − y) ⊙ σ'(z), n_L×m.

        Examples:
            >>> QuadraticCost.delta(np.array([[0.0]]), np.array([[0.5]]), np.array([[1.0]]))
            array([[-0.125]])
        """
        return (a - y) * sigmoid_prime(z)


class CrossEntropyCost:
    """The cross-entropy cost, C = −Σ_j [y_j ln a_j + (1 − y_j) ln(1 − a_j)]. Book: chapter 3, equation (63)."""

    @staticmethod
    def fn(a: Array, y: Array) -> float:
        """Return the cost of one example, or the sum over several.

        For an output that is exactly right, 0 · ln 0 is taken as 0; for one that is exactly wrong, ∞ is taken as the
        largest number.

        Args:
            a: The outputs, n_L×m, in 0…1.
            y: The desired outputs, n_L×m.

        Returns:
            C, summed over the m columns.

        Examples:
            >>> CrossEntropyCost.fn(np.array([[1.0], [0.0]]), np.array([[1.0], [0.0]]))
            0.0
        """
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return float(np.sum(np.nan_to_num(-y * np.log(a) - (1 - y) * np.log(1 - a))))

    @staticmethod
    def delta(z: Array, a: Array, y: Array) -> Array:
        """Return the output error. Book: chapter 3, equation (66).

        Args:
            z: The weighted input of the last layer; not used, but other costs need it.
            a: Its output, n_L×m.
            y: The desired output, n_L×m.

        Returns:
            δ^L = a − y, n_L×m.

        Examples:
            >>> CrossEntropyCost.delta(np.array([[0.0]]), np.array([[0.5]]), np.array([[1.0]]))
            array([[-0.5]])
        """
        return a - y


class Network:
    """A network of sigmoid neurons, trained by gradient descent on one of two costs. Book: chapter 3.

    Weights and biases start as `default_weight_initializer` draws them, and may be assigned: `weights` are n_l×n_(l−1) and
    `biases` n_l×1, `float64`.

    Args:
        sizes: The number of neurons in each layer, the input first.
        cost: `QuadraticCost`, `CrossEntropyCost`, or a cost of your own with `fn` and `delta`.

    Examples:
        >>> net = Network([784, 30, 10], cost=CrossEntropyCost)
        >>> [w.shape for w in net.weights], [b.shape for b in net.biases]
        ([(30, 784), (10, 30)], [(30, 1), (10, 1)])
    """

    def __init__(self, sizes: Sequence[int], cost: type[Cost] | Cost = CrossEntropyCost) -> None:
        self.num_layers = len(sizes)
        self.sizes = sizes
        self.default_weight_initializer()
        self.cost = cost

    def default_weight_initializer(self) -> None:
        """Draw the biases from N(0, 1), and the weights from N(0, 1/n), where n is the number of the neuron's inputs."""
        self.biases: list[Array] = [np.random.randn(k, 1) for k in self.sizes[1:]]
        self.weights: list[Array] = [np.random.randn(k, j) / np.sqrt(j) for j, k in pairwise(self.sizes)]

    def large_weight_initializer(self) -> None:
        """Draw biases and weights from N(0, 1), as in chapter 1."""
        self.biases = [np.random.randn(k, 1) for k in self.sizes[1:]]
        self.weights = [np.random.randn(k, j) for j, k in pairwise(self.sizes)]

    def feedforward(self, a: Array) -> Array:
        """Return the network's output. Book: chapter 2, equation (25).

        Args:
            a: The input, n_1×1, or m inputs, n_1×m.

        Returns:
            The output, n_L×1, or the outputs, n_L×m.

        Examples:
            >>> Network([784, 30, 10]).feedforward(np.zeros((784, 1))).shape
            (10, 1)
        """
        for b, w in zip(self.biases, self.weights, strict=True):
            a = sigmoid(np.dot(w, a) + b)
        return a

    def SGD(
        self,
        training_data: Iterable[tuple[Array, Array]],
        epochs: int,
        mini_batch_size: int,
        eta: float,
        lmbda: float = 0.0,
        evaluation_data: Iterable[tuple[Array, int]] | None = None,
        monitor_evaluation_cost: bool = False,
        monitor_evaluation_accuracy: bool = False,
        monitor_training_cost: bool = False,
        monitor_training_accuracy: bool = False,
        early_stopping_n: int = 0,
    ) -> Monitored:
        """Train by mini-batch stochastic gradient descent, and print what is monitored after each epoch.

        Shuffles use Python's global generator (`random.seed`). The training data are copied once, as `float64`.

        Args:
            training_data: Pairs (x, y) of columns, n_1×1 and n_L×1.
            epochs: The number of epochs.
            mini_batch_size: The number of examples in a mini-batch, from 1.
            eta: The learning rate η.
            lmbda: The regularization parameter λ.
            evaluation_data: Pairs (x, digit), needed to monitor the evaluation or to stop early.
            monitor_evaluation_cost: Whether to measure the cost on the evaluation data.
            monitor_evaluation_accuracy: Whether to count the correct answers on the evaluation data.
            monitor_training_cost: Whether to measure the cost on the training data.
            monitor_training_accuracy: Whether to count the correct answers on the training data.
            early_stopping_n: The number of epochs without a better evaluation accuracy after which training stops; 0 means never.

        Returns:
            (evaluation cost, evaluation accuracy, training cost, training accuracy): lists with one value per epoch, empty if not
            monitored. An accuracy is the number of correct answers.

        Raises:
            SettingsError: A setting is invalid.
            DataError: An x or y is not a column of the right length.

        Examples:
            >>> xor = [(np.array([[i], [j]]), np.array([[i ^ j]])) for i in (0, 1) for j in (0, 1)]
            >>> Network([2, 3, 1]).SGD(xor, 1, 4, 3.0)
            Epoch 0 training complete
            <BLANKLINE>
            ([], [], [], [])
        """
        examples = list(training_data)  # a zip can be gone through only once
        held_out = [] if evaluation_data is None else list(evaluation_data)
        require_whole("mini_batch_size", mini_batch_size)
        if not examples:
            raise SettingsError("There are no examples to learn from.")
        for setting, value in (
            ("monitor_evaluation_cost", monitor_evaluation_cost),
            ("monitor_evaluation_accuracy", monitor_evaluation_accuracy),
            ("early_stopping_n", early_stopping_n > 0),
        ):
            if value and not held_out:
                raise SettingsError(
                    "{setting} needs evaluation_data=[(x, digit), …], by which it is measured.", setting=setting
                )

        n, total = len(examples), len(held_out)
        monitored: Monitored = ([], [], [], [])
        evaluation_cost, evaluation_accuracy, training_cost, training_accuracy = monitored
        learn = self._learn(examples, eta, lmbda)
        order = list(range(n))
        right: list[int] = []  # of the evaluation data, in each epoch
        for j in range(epochs):
            random.shuffle(order)
            learn([order[k : k + mini_batch_size] for k in range(0, n, mini_batch_size)])
            print(f"Epoch {j} training complete")
            if monitor_training_cost:
                training_cost.append(self.total_cost(examples, lmbda))
                print(f"Cost on training data: {training_cost[-1]}")
            if monitor_training_accuracy:
                training_accuracy.append(self.accuracy(examples, convert=True))
                print(f"Accuracy on training data: {training_accuracy[-1]} / {n}")
            if monitor_evaluation_cost:
                evaluation_cost.append(self.total_cost(held_out, lmbda, convert=True))
                print(f"Cost on evaluation data: {evaluation_cost[-1]}")
            if monitor_evaluation_accuracy or early_stopping_n > 0:
                right.append(self.accuracy(held_out))
            if monitor_evaluation_accuracy:
                evaluation_accuracy.append(right[-1])
                print(f"Accuracy on evaluation data: {right[-1]} / {total}")
            print()
            if early_stopping_n > 0 and j - right.index(max(right)) >= early_stopping_n:
                break
        return monitored

    def update_mini_batch(self, mini_batch: Sequence[tuple[Array, Array]], eta: float, lmbda: float, n: int) -> None:
        """Take one step of gradient descent on a mini-batch. Book: chapter 3, equations (93) and (94).

        w ← (1 − ηλ/n) w − (η/m) Σ ∂C_x/∂w, and b ← b − (η/m) Σ ∂C_x/∂b.

        Args:
            mini_batch: The m examples (x, y), columns.
            eta: The learning rate η.
            lmbda: The regularization parameter λ.
            n: The size of the whole training set.

        Examples:
            >>> net, x, y = Network([1, 1]), np.array([[0.0]]), np.array([[1.0]])
            >>> before = net.feedforward(x)
            >>> net.update_mini_batch([(x, y)], eta=3.0, lmbda=0.0, n=1)
            >>> bool(net.feedforward(x) > before)
            True
        """
        nabla_b: list[Array] = [np.zeros(b.shape) for b in self.biases]
        nabla_w: list[Array] = [np.zeros(w.shape) for w in self.weights]
        for x, y in mini_batch:
            of_x_b, of_x_w = self.backprop(x, y)
            nabla_b = [nb + each for nb, each in zip(nabla_b, of_x_b, strict=True)]
            nabla_w = [nw + each for nw, each in zip(nabla_w, of_x_w, strict=True)]
        rate, decay = eta / len(mini_batch), 1 - eta * (lmbda / n)
        self.weights = [decay * w - rate * nw for w, nw in zip(self.weights, nabla_w, strict=True)]
        self.biases = [b - rate * nb for b, nb in zip(self.biases, nabla_b, strict=True)]

    def backprop(self, x: Array, y: Array) -> tuple[list[Array], list[Array]]:
        """Return the gradient of C_x, without regularization. Book: chapter 2, equations (BP1) to (BP4).

        `chainrule.textbook` explains every step. Only δ^L depends on the cost here.

        Args:
            x: The input, n_1×1.
            y: The desired output, n_L×1.

        Returns:
            `(nabla_b, nabla_w)`: lists of arrays with the shapes of `biases` and `weights`.

        Examples:
            >>> nabla_b, nabla_w = Network([2, 3, 1]).backprop(np.zeros((2, 1)), np.ones((1, 1)))
            >>> [b.shape for b in nabla_b], [w.shape for w in nabla_w]
            ([(3, 1), (1, 1)], [(3, 2), (1, 3)])
        """
        zs, activations = [], [x]  # z^2 … z^L; a^1 … a^L
        for b, w in zip(self.biases, self.weights, strict=True):
            zs.append(np.dot(w, activations[-1]) + b)
            activations.append(sigmoid(zs[-1]))
        δ = self.cost.delta(zs[-1], activations[-1], y)
        nabla_b, nabla_w = [δ], [np.dot(δ, activations[-2].T)]  # from the last layer to the first, until returned
        later, here, before = reversed(self.weights[1:]), reversed(zs[:-1]), reversed(activations[:-2])
        for w, z, a in zip(later, here, before, strict=True):  # w^(l+1), z^l, a^(l−1), for l = L − 1, …, 2
            δ = np.dot(w.T, δ) * sigmoid_prime(z)
            nabla_b.append(δ)
            nabla_w.append(np.dot(δ, a.T))
        return nabla_b[::-1], nabla_w[::-1]

    def accuracy(self, data: Iterable[Example], convert: bool = False) -> int:
        """Return the number of correct answers: those where the largest output is that of the correct neuron.

        Args:
            data: Pairs (x, y); y is the digit or, with `convert`, a column n_L×1.
            convert: Whether y is a column, as in training data.

        Returns:
            The number of correct answers.

        Raises:
            DataError: An x or y has the wrong shape.

        Examples:
            >>> Network([1, 1]).accuracy([(np.array([[0.5]]), 0)])
            1
        """
        examples = list(data)
        y = self._columns_of(examples).argmax(axis=0) if convert else self._digits_of(examples)
        return int(np.count_nonzero(self._outputs(examples).argmax(axis=0) == y))

    def total_cost(self, data: Iterable[Example], lmbda: float, convert: bool = False) -> float:
        """Return the mean cost of the n examples, plus (λ/2n) Σ w² over all weights. Book: chapter 3, equation (87).

        As in the book, n is the number of these examples, not of the training data.

        Args:
            data: Pairs (x, y); y is a column n_L×1 or, with `convert`, the digit.
            lmbda: The regularization parameter λ.
            convert: Whether y is the digit, as in validation and test data.

        Returns:
            The cost.

        Raises:
            SettingsError: There are no examples.
            DataError: An x or y has the wrong shape.

        Examples:
            >>> net = Network([1, 1], cost=QuadraticCost)
            >>> net.weights, net.biases = [np.array([[2.0]])], [np.array([[0.0]])]
            >>> net.total_cost([(np.array([[0.0]]), np.array([[1.0]]))], lmbda=0.5)  # ½ (0.5 − 1)² + ½ 0.5 2²
            1.125
        """
        examples = list(data)
        if not examples:
            raise SettingsError("There are no examples to measure the cost of.")
        n, a = len(examples), self._outputs(examples)
        y = one_hot(self._digits_of(examples), len(a), np.float64).T if convert else self._columns_of(examples)
        if _are_own(self.cost.fn):
            cost = self.cost.fn(a, y) / n
        else:  # it may not sum over columns
            cost = sum(float(self.cost.fn(a[:, [k]], y[:, [k]])) for k in range(n)) / n
        return cost + 0.5 * (lmbda / n) * sum(float(np.sum(w * w)) for w in self.weights)

    def save(self, filename: str | os.PathLike[str]) -> None:
        """Write the network to a file as the book does: JSON with sizes, weights, biases and the name of the cost.

        A cost of your own is written by name, and `load` will not know it.

        Args:
            filename: The file, which is replaced atomically.

        Raises:
            FileFormatError: The network has a NaN, or arrays that do not match its sizes; then no file is written.

        Examples:
            >>> import tempfile
            >>> filename = Path(tempfile.mkdtemp()) / "net.json"
            >>> Network([2, 3, 1]).save(filename)
            >>> load(filename).sizes
            [2, 3, 1]
        """
        about = message("{path} cannot be saved", path=filename)
        data: dict[str, Json] = {
            "sizes": [int(n) for n in self.sizes],
            "weights": [w.tolist() for w in self.weights],
            "biases": [b.tolist() for b in self.biases],
            "cost": (self.cost if isinstance(self.cost, type) else type(self.cost)).__name__,
        }
        try:
            text = plain_json.text(data)
        except JsonProblem as problem:
            raise FileFormatError("{about}: it {problem}.", about=about, problem=problem) from problem
        _validated(data, about)
        atomic.write_text(filename, text)

    # ---- not in the book ---------------------------------------------------------------------------------------------

    def _learn(self, examples: Sequence[tuple[Array, Array]], eta: float, lmbda: float) -> Learn:
        """A function that learns from the mini-batches of an epoch, each a list of positions in `examples`."""

        def as_the_book(batches: Sequence[Sequence[int]]) -> None:
            for batch in batches:
                self.update_mini_batch([examples[i] for i in batch], eta, lmbda, len(examples))

        return _compiled_step(self, examples, eta, lmbda) or as_the_book

    def _parameters(self) -> list[Array]:
        return [each for pair in zip(self.weights, self.biases, strict=True) for each in pair]

    def _outputs(self, examples: Sequence[Example]) -> Array:
        """The outputs of all examples, as columns."""
        xs = [x for x, _ in examples]
        if not _are_own(self.feedforward, sigmoid):  # it may not take several columns
            return np.column_stack([self.feedforward(x) for x in xs])
        n_in = self.weights[0].shape[1]
        pieces = [self.feedforward(_rows(xs[k : k + _BATCH], n_in, "x", k).T) for k in range(0, len(xs), _BATCH)]
        return np.hstack(pieces or [np.empty((len(self.biases[-1]), 0))])

    def _columns_of(self, examples: Sequence[Example]) -> Array:
        return _rows([y for _, y in examples], len(self.biases[-1]), "y").T

    def _digits_of(self, examples: Sequence[Example]) -> NDArray[np.intp]:
        return as_labels([np.asarray(y) for _, y in examples], len(self.biases[-1]), len(examples))


def load(filename: str | os.PathLike[str]) -> Network:
    """Read a network from a file that `save` wrote, here or in the book's own code.

    Args:
        filename: The file.

    Returns:
        The network, with one of the two costs.

    Raises:
        FileFormatError: The file is missing, in another format, or inconsistent.

    Examples:
        >>> load("net.json")
        Traceback (most recent call last):
        chainrule.exchange.errors.FileFormatError: net.json does not exist; give the path of a network in the book's JSON.
    """
    about = message("{path} cannot be loaded", path=filename)
    try:
        data = plain_json.parse(_text_of(Path(filename)))
    except JsonProblem as problem:
        raise FileFormatError("{about}: it {problem}.", about=about, problem=problem) from problem
    if not isinstance(data, dict):
        raise FileFormatError(
            "{about}: it is not a JSON object, where one with {listed} is expected.",
            about=about,
            listed=listed(_KEYS),
        )
    for key in _KEYS:
        if key not in data:
            raise FileFormatError(
                "{about}: it has no {key}, where {listed} are expected.", about=about, key=key, listed=listed(_KEYS)
            )
    cost = next((each for each in _COSTS if each.__name__ == data["cost"]), None)
    if cost is None:
        names = " or ".join(each.__name__ for each in _COSTS)
        raise FileFormatError(
            "{about}: its cost is {cost}, where {listed} is expected.",
            about=about,
            cost=shown(str(data["cost"])),
            listed=names,
        )
    sizes, weights, biases = _validated(data, about)
    net = Network(sizes, cost=cost)
    net.weights, net.biases = weights, biases
    return net


_KEYS = ("sizes", "weights", "biases", "cost")
_COSTS: tuple[type[Cost], ...] = (QuadraticCost, CrossEntropyCost)

# The functions as defined here, to detect those that a user has replaced in a subclass, on an instance, or in this module.
_OWN: tuple[object, ...] = (
    Network.update_mini_batch, Network.backprop, Network.feedforward, sigmoid, sigmoid_prime,
    QuadraticCost.fn, CrossEntropyCost.fn,
)  # fmt: skip
_DERIVED = {QuadraticCost.delta: "quadratic", CrossEntropyCost.delta: "cross-entropy"}  # chainrule's own costs


def _are_own(*functions: object) -> bool:
    return all(getattr(function, "__func__", function) in _OWN for function in functions)


def _compiled_step(net: Network, examples: Sequence[tuple[Array, Array]], eta: float, lmbda: float) -> Learn | None:
    """A function equivalent to calling `update_mini_batch`, by chainrule's training step; None if it would not be equivalent."""
    cost = _DERIVED.get(net.cost.delta)
    if cost is None or not _are_own(net.update_mini_batch, net.backprop, sigmoid, sigmoid_prime):
        return None
    architecture = stacked([int(size) for size in net.sizes], cost=cost)
    parameters = [np.array(each, np.float64, order="C") for each in net._parameters()]
    if [each.shape for each in parameters] != list(architecture.shapes.values()):
        return None
    inputs = _rows([x for x, _ in examples], net.sizes[0], "x")
    targets = _rows([y for _, y in examples], net.sizes[-1], "y")
    rule = UpdateRule(l2=lmbda / len(examples))
    learner = learner_of(
        architecture, parameters, rule.optimizer, np.random.default_rng(0)
    )  # nothing is drawn: no dropout
    runner = NumpyRunner(architecture, learner, Examples(inputs, targets), rule)

    def learn(batches: Sequence[Sequence[int]]) -> None:
        for place, now in zip(parameters, net._parameters(), strict=True):
            place[...] = now
        full = [batch for batch in batches if len(batch) == len(batches[0])]
        try:
            with np.errstate(over="ignore"):  # an overflow in σ gives its correct limit
                for alike in (full, batches[len(full) :]):
                    if alike:
                        outputs = np.empty((len(alike), len(alike[0]), len(parameters[-1])))
                        runner.run(np.array(alike), outputs, [eta] * len(alike), 0)
        finally:  # Ctrl-C keeps what was learned; copies, so that arrays that a user kept from an epoch do not change
            net.weights = [w.copy() for w in parameters[::2]]
            net.biases = [b.copy() for b in parameters[1::2]]

    return learn


def _rows(columns: Sequence[Array | int], size: int, name: str, first: int = 0) -> Array:
    """Columns as the rows of one float64 array: the x or y of the examples from number `first` on."""
    for k, column in enumerate(columns):
        if np.shape(column) != (size, 1):
            found = np.shape(column)
            raise DataError(
                "{name} of example {number} has the shape {shape}; it must be a column, {column}.",
                name=name,
                number=first + k,
                shape=found,
                column=(size, 1),
            )
    if not columns:
        return np.empty((0, size))
    return np.concatenate(columns, dtype=np.float64).reshape(-1, size)


def _text_of(path: Path) -> str:
    try:
        if not path.is_file():
            # Reading a pipe or a device might never end.
            if path.exists():
                raise FileFormatError(
                    "{path} is not a regular file; give the path of a network in the book's JSON.", path=path
                )
            raise FileFormatError("{path} does not exist; give the path of a network in the book's JSON.", path=path)
        size = path.stat().st_size
        if size > LARGEST:
            raise FileFormatError(
                "{path} has {size:,} bytes, where at most {most:,} are accepted.", path=path, size=size, most=LARGEST
            )
        content = path.read_bytes()
    except OSError as error:
        raise FileFormatError("{path} cannot be read: {error}.", path=path, error=reason_of(error)) from error
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        looks = describe(content[:HEAD_SIZE])
        raise FileFormatError(
            "{path} is {looks}, where a network in the book's JSON is expected.", path=path, looks=looks
        ) from error


def _validated(data: dict[str, Json], about: str) -> tuple[list[int], list[Array], list[Array]]:
    """The sizes, weights and biases, checked to agree."""
    given = data["sizes"]
    sizes = [n for n in given if type(n) is int and n > 0] if isinstance(given, list) else []
    if len(sizes) < 2 or sizes != given:
        raise FileFormatError(
            "{about}: its sizes are {found}, where two or more whole numbers from 1 are expected.",
            about=about,
            found=shown(repr(given)),
        )
    asked = message("where the sizes {sizes} ask for", sizes=shown(", ".join(map(str, sizes))))

    def arrays(key: str, shapes: Sequence[tuple[int, int]]) -> list[Array]:
        tables = data[key]
        if not isinstance(tables, list) or len(tables) != len(shapes):
            if not isinstance(tables, list):
                raise FileFormatError(
                    "{about}: it has no list of {key}, {asked} {count}.",
                    about=about,
                    key=key,
                    asked=asked,
                    count=len(shapes),
                )
            raise FileFormatError(
                "{about}: it has {found} {key}, {asked} {count}.",
                about=about,
                found=len(tables),
                key=key,
                asked=asked,
                count=len(shapes),
            )
        return [
            _table(table, shape, message("{about}: {key}[{index}]", about=about, key=key, index=k), asked)
            for k, (table, shape) in enumerate(zip(tables, shapes, strict=True))
        ]

    return sizes, arrays("weights", [(k, j) for j, k in pairwise(sizes)]), arrays("biases", [(k, 1) for k in sizes[1:]])


def _table(table: Json, shape: tuple[int, int], about: str, asked: str) -> Array:
    """A list of lists of numbers as an array of this shape. NumPy alone would accept "1" and True as numbers."""
    rows = table if isinstance(table, list) else []
    lengths = [len(row) if isinstance(row, list) else -1 for row in rows]
    if len(rows) != shape[0] or any(length != shape[1] for length in lengths):
        is_table = len(set(lengths)) == 1 and lengths[0] >= 0
        if not is_table:
            raise FileFormatError(
                "{about} is not a table of numbers, {asked} {wanted}.",
                about=about,
                asked=asked,
                wanted=sizes_text(shape),
            )
        raise FileFormatError(
            "{about} is {sized}, {asked} {wanted}.",
            about=about,
            sized=sizes_text((len(rows), lengths[0])),
            asked=asked,
            wanted=sizes_text(shape),
        )
    if not all(type(number) in (int, float) for row in rows for number in row):
        raise FileFormatError("{about} holds a value that is not a number.", about=about)
    try:
        return np.array(rows, np.float64)
    except OverflowError as error:
        raise FileFormatError("{about} holds a number that no float64 can hold.", about=about) from error
