"""The few functions that printed programs call beside NumPy's. They change nothing that they are given.

Their source is printed in front of a program that uses them, so each is complete in itself.
"""

import numpy as np


def sigmoid(z):
    """Squash any number into 0 to 1; where exp overflows, 0 is right."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z))


def sigmoid_prime(z):
    """The slope of the sigmoid."""
    return sigmoid(z) * (1 - sigmoid(z))


def scatter(g, index, shape):
    """Zeros, but for g at an index: the derivative of taking x[index]."""
    result = np.zeros(shape, np.result_type(g))
    result[index] = g
    return result


def put(g, axis, indices, shape):
    """Zeros, with g added at places of an axis: the derivative of np.take."""
    result = np.zeros(shape, np.result_type(g))
    np.add.at(result, (slice(None),) * axis + (indices,), g)
    return result


def relu(z):
    """What is positive stays, the rest becomes 0."""
    return np.where(z > 0, z, 0)


def relu_prime(z):
    """The slope of the rectifier: 1 where z is positive, 0 elsewhere."""
    return np.heaviside(z, 0)


def softmax(z, axis=0):
    """Positive numbers that sum to 1 along an axis; no exp overflows."""
    e = np.exp(z - np.max(z, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def stop_gradient(x):
    """The very value, which a derivative takes for a constant."""
    return x
