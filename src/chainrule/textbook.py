"""The article's network by hand: backpropagation in NumPy and nothing else.

This is the `Network` of the article and of chapters 1 and 2 of Michael Nielsen's *Neural Networks and Deep
Learning*, with its names. `Network.backprop`, read from top to bottom, is the five steps of backpropagation.
It is also what every gradient of chainrule is held against: so nothing here is derived by program, nothing is
made fast, and nothing else of chainrule is imported.

The dimensions beside the lines are those of `Network([784, 30, 10])`. Layers count from 1 at the input, so L
is 3 here, and the input layer has neither weights nor biases:

    layer l    neurons    w^l                    b^l
       1         784
       2          30      weights[0]: 30×784     biases[0]: 30×1
       3          10      weights[1]: 10×30      biases[1]: 10×1

A row of w^l belongs to a neuron of layer l, a column to a neuron of layer l − 1: w^l_jk leads from k to j.
Every x, y, z, a, b and δ is a column, n×1. A flat array of n numbers will not do: NumPy adds it to a column
as if it were a row, and the sum is a table of n×n.
"""
# ruff: noqa: B905, RUF007  (the lines are the article's own: zip without strict=, and no pairwise)

import random
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.floating]


class Network:
    """A network of sigmoid neurons with the quadratic cost C = ½‖y − a^L‖², trained by gradient descent.

    `sizes` holds the number of neurons of each layer, the input first. Weights and biases start from N(0, 1),
    drawn from NumPy's global generator: `np.random.seed` makes them repeatable. Book: chapter 1.

    >>> net = Network([784, 30, 10])
    >>> [w.shape for w in net.weights], [b.shape for b in net.biases]
    ([(30, 784), (10, 30)], [(30, 1), (10, 1)])
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        self.num_layers = len(sizes)
        self.sizes = sizes
        self.biases: list[Array] = [np.random.randn(y, 1) for y in sizes[1:]]
        self.weights: list[Array] = [np.random.randn(y, x) for x, y in zip(sizes[:-1], sizes[1:])]

    def feedforward(self, a: Array) -> Array:
        """Return the activations of the last layer, 10×1, for the input `a`, 784×1. Book: chapter 1.

        >>> Network([784, 30, 10]).feedforward(np.zeros((784, 1))).shape
        (10, 1)
        """
        for b, w in zip(self.biases, self.weights):
            a = sigmoid(np.dot(w, a) + b)
        return a

    def backprop(self, x: Array, y: Array) -> tuple[list[Array], list[Array]]:
        """Return `(nabla_b, nabla_w)`, the gradient of C for one input x, 784×1, and desired output y, 10×1.

        Both are lists with the shapes of `biases` and `weights`: `nabla_w[0]` is ∂C/∂w^2, 30×784. Book:
        chapter 2, which numbers the four equations of backpropagation BP1 to BP4.

        >>> nabla_b, nabla_w = Network([784, 30, 10]).backprop(np.zeros((784, 1)), np.ones((10, 1)))
        >>> [nb.shape for nb in nabla_b], [nw.shape for nw in nabla_w]
        ([(30, 1), (10, 1)], [(30, 784), (10, 30)])
        """
        nabla_b: list[Array] = [np.zeros(b.shape) for b in self.biases]
        nabla_w: list[Array] = [np.zeros(w.shape) for w in self.weights]

        # 1 Input: a^1 = x
        activation = x  # 784×1
        activations = [x]  # a^1, a^2, …, a^L
        zs: list[Array] = []  # z^2, z^3, …, z^L: one fewer, the input has no z

        # 2 Feedforward: z^l = w^l a^(l−1) + b^l and a^l = σ(z^l), for l = 2, 3, …, L
        for b, w in zip(self.biases, self.weights):
            z = np.dot(w, activation) + b  # 30×1 = 30×784 · 784×1 + 30×1; 10×1 = 10×30 · 30×1 + 10×1
            zs.append(z)
            activation = sigmoid(z)  # 30×1; 10×1
            activations.append(activation)

        # 3 Output error: δ^L = ∇_a C ⊙ σ'(z^L)  (BP1)
        delta = self.cost_derivative(activations[-1], y) * sigmoid_prime(zs[-1])  # 10×1 = 10×1 ⊙ 10×1
        # 5 Output, for layer L: ∂C/∂b^L_j = δ^L_j  (BP3)  and  ∂C/∂w^L_jk = a^(L−1)_k δ^L_j  (BP4)
        nabla_b[-1] = delta  # 10×1
        nabla_w[-1] = np.dot(delta, activations[-2].transpose())  # 10×30 = 10×1 · 1×30

        # The equation's l counts layers from the input, the loop counts them back from the end, where [-back] is layer
        # L − back + 1. So back = 1 was layer L, done above, and back = 2 is layer L − 1. Then [-back + 1] is one layer
        # *later*, the w^(l+1) of BP2, and [-back - 1] is one layer *earlier*, the a^(l−1) of BP4.
        #
        # 4 Backpropagated error: δ^l = ((w^(l+1))ᵀ δ^(l+1)) ⊙ σ'(z^l), for l = L − 1, L − 2, …, 2  (BP2)
        for back in range(2, self.num_layers):
            z = zs[-back]  # 30×1
            sp = sigmoid_prime(z)  # 30×1
            delta = np.dot(self.weights[-back + 1].transpose(), delta) * sp  # 30×1 = (30×10 · 10×1) ⊙ 30×1
            # 5 Output, for this layer: ∂C/∂b^l_j = δ^l_j  (BP3)  and  ∂C/∂w^l_jk = a^(l−1)_k δ^l_j  (BP4)
            nabla_b[-back] = delta  # 30×1
            nabla_w[-back] = np.dot(delta, activations[-back - 1].transpose())  # 30×784 = 30×1 · 1×784
        return (nabla_b, nabla_w)

    def cost_derivative(self, output_activations: Array, y: Array) -> Array:
        """Return ∇_a C = a^L − y, 10×1, for the quadratic cost; another cost overrides this. Book: chapter 2.

        >>> Network([1, 1]).cost_derivative(np.array([[0.75]]), np.array([[1.0]]))
        array([[-0.25]])
        """
        return output_activations - y

    def update_mini_batch(self, mini_batch: Sequence[tuple[Array, Array]], eta: float) -> None:
        """Take one step, w ← w − (η/m) Σ ∂C_x/∂w and likewise b, for the m examples (x, y). Book: chapter 1.

        >>> net, x, y = Network([1, 1]), np.array([[0.0]]), np.array([[1.0]])
        >>> before = net.feedforward(x)
        >>> net.update_mini_batch([(x, y)], eta=3.0)
        >>> bool(net.feedforward(x) > before)
        True
        """
        nabla_b: list[Array] = [np.zeros(b.shape) for b in self.biases]
        nabla_w: list[Array] = [np.zeros(w.shape) for w in self.weights]
        for x, y in mini_batch:
            delta_nabla_b, delta_nabla_w = self.backprop(x, y)
            nabla_b = [nb + dnb for nb, dnb in zip(nabla_b, delta_nabla_b)]  # 30×1 and 10×1
            nabla_w = [nw + dnw for nw, dnw in zip(nabla_w, delta_nabla_w)]  # 30×784 and 10×30
        self.weights = [w - (eta / len(mini_batch)) * nw for w, nw in zip(self.weights, nabla_w)]
        self.biases = [b - (eta / len(mini_batch)) * nb for b, nb in zip(self.biases, nabla_b)]

    def SGD(
        self,
        training_data: Iterable[tuple[Array, Array]],
        epochs: int,
        mini_batch_size: int,
        eta: float,
        test_data: Iterable[tuple[Array, int]] | None = None,
    ) -> None:
        """Train, and print after every epoch how many of the test data come out right. Book: chapter 1.

        An epoch shuffles the examples (x, y) and takes one step a mini-batch, the last of which may be short.
        The order comes from Python's global generator (`random.seed`); the caller's list keeps its own.

        >>> Network([1, 1]).SGD([(np.array([[0.0]]), np.array([[1.0]]))], 2, 10, 3.0)
        Epoch 0 complete
        Epoch 1 complete
        """
        examples = list(training_data)  # a zip can be gone through only once
        tests = [] if test_data is None else list(test_data)
        for j in range(epochs):
            random.shuffle(examples)
            for k in range(0, len(examples), mini_batch_size):
                self.update_mini_batch(examples[k : k + mini_batch_size], eta)
            print(f"Epoch {j}: {self.evaluate(tests)} / {len(tests)}" if tests else f"Epoch {j} complete")

    def evaluate(self, test_data: Iterable[tuple[Array, int]]) -> int:
        """Return for how many (x, digit) the largest activation is that of neuron `digit`. Book: chapter 1.

        >>> Network([1, 1]).evaluate([(np.array([[0.5]]), 0)])
        1
        """
        return sum(int(np.argmax(self.feedforward(x)) == digit) for x, digit in test_data)


def sigmoid(z: Array) -> Array:
    """Return σ(z) = 1/(1 + e^(−z)), of any shape, element by element. Book: chapter 1.

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    with np.errstate(over="ignore"):  # far left e^(−z) becomes inf, and 1/inf is the 0 that is meant
        a: Array = 1.0 / (1.0 + np.exp(-z))
    return a


def sigmoid_prime(z: Array) -> Array:
    """Return σ'(z) = σ(z) (1 − σ(z)), of any shape, element by element. Book: chapter 2.

    >>> sigmoid_prime(np.array([-1000.0, 0.0, 1000.0]))
    array([0.  , 0.25, 0.  ])
    """
    return sigmoid(z) * (1 - sigmoid(z))
