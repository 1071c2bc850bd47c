"""Activation functions of plain or traced arrays, with their derivatives: σ, ReLU and softmax."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.primitive import elementwise, primitive, ufunc_dtype
from .. import helpers
from ..examples import anywhere, of_shapes
from .common import common_dtype, dispatched

sigmoid = dispatched(primitive(
    "sigmoid", helper=helpers.sigmoid, shape=elementwise, derivative=lambda g, y, z: g * sigmoid_prime(z),
    python="sigmoid({0})", latex=r"\sigma({0})", examples=anywhere,
))  # fmt: skip
sigmoid_prime: Callable[..., Any] = dispatched(primitive(
    "sigmoid_prime", helper=helpers.sigmoid_prime, shape=elementwise, derivative=lambda g, y, z: g * (y * (1 - 2 * sigmoid(z))),
    python="sigmoid_prime({0})", latex=r"\sigma'({0})", examples=anywhere,
))  # fmt: skip
relu = dispatched(primitive(
    "relu", helper=helpers.relu, shape=elementwise, dtype=lambda z: common_dtype(z, int),
    derivative=lambda g, y, z: g * relu_prime(z), python="relu({0})", examples=anywhere,
))  # fmt: skip
# The derivative at 0 is taken to be 0, as is usual.
relu_prime: Callable[..., Any] = dispatched(primitive(
    "relu_prime", helper=helpers.relu_prime, shape=elementwise, dtype=lambda z: ufunc_dtype(np.heaviside)(z, int),
    derivative=None, python="relu_prime({0})", latex=r"\operatorname{relu}'({0})", examples=anywhere,
))  # fmt: skip


def softmax_rule(g, y, z, axis=0):
    """The error of softmax's input."""
    return y * (g - np.sum(g * y, axis=axis, keepdims=True))


softmax = dispatched(primitive(
    "softmax", helper=helpers.softmax, shape=lambda z, axis: z, params={"axis": 0}, derivative=softmax_rule,
    dtype=lambda z, axis: ufunc_dtype(np.exp)(z), python="softmax({0}, axis={axis})",
    examples=of_shapes((((3, 4),), {"axis": 0}), (((2, 3),), {"axis": 1}), (((4,),), {"axis": 0})),
))  # fmt: skip
