"""Activation functions beside σ and tanh: ReLU and softmax, with their derivatives, and logaddexp for softplus."""

import numpy as np

from ...core.binding import bind
from ...core.dims import Shape
from ...core.primitive import DISPATCHERS, elementwise, primitive, ufunc_dtype
from ...core.traced import Traced
from .. import helpers
from ..examples import anywhere, of_shapes, pairs


def _relu_dtype(z):
    return np.result_type(0 if z is int else 0.0 if z is float else np.dtype(z), 0)


def _relu_prime_dtype(z):
    return np.heaviside.resolve_dtypes((z if not isinstance(z, type) else np.dtype(z), int, None))[-1]


_relu = primitive(
    "relu", helper=helpers.relu, shape=elementwise, dtype=_relu_dtype,
    derivative=lambda g, y, z: g * relu_prime(z), python="relu({0})", latex=r"\operatorname{relu}({0})", examples=anywhere,
)  # fmt: skip
# The derivative at 0 is taken to be 0, as is usual.
_relu_prime = primitive(
    "relu_prime", helper=helpers.relu_prime, shape=elementwise, dtype=_relu_prime_dtype, derivative=None,
    python="relu_prime({0})", latex=r"\operatorname{relu}'({0})", examples=anywhere,
)  # fmt: skip
logaddexp = primitive(
    "logaddexp", ufunc=np.logaddexp, shape=elementwise,
    derivative=(lambda g, y, a, b: g * np.exp(a - y), lambda g, y, a, b: g * np.exp(b - y)),
    python="np.logaddexp({0}, {1})", latex=r"\ln(e^{{0}} + e^{{1}})", examples=pairs,
)  # fmt: skip


def _softmax_rule(g, y, z, axis=0):
    return y * (g - np.sum(g * y, axis=axis, keepdims=True))


def _same_shape(z: Shape, axis: int = 0) -> Shape:
    return z


_softmax = primitive(
    "softmax", helper=helpers.softmax, shape=_same_shape, params={"axis": 0}, derivative=_softmax_rule,
    dtype=lambda z, axis=0: ufunc_dtype(np.exp)(z), python="softmax({0}, axis={axis})",
    latex=r"\operatorname{softmax}({0})",
    examples=of_shapes((((3, 4),), {"axis": 0}), (((2, 3),), {"axis": 1}), (((4,),), {"axis": 0})),
)  # fmt: skip


def relu(z):
    """ReLU, max(z, 0), of a plain or traced array."""
    return bind(_relu, (z,)) if isinstance(z, Traced) else helpers.relu(z)


def relu_prime(z):
    """The derivative of ReLU: 1 where z > 0, else 0."""
    return bind(_relu_prime, (z,)) if isinstance(z, Traced) else helpers.relu_prime(z)


def softmax(z, axis=0):
    """Softmax, eᶻ / Σ eᶻ along an axis, of a plain or traced array."""
    return bind(_softmax, (z,), (("axis", axis),)) if isinstance(z, Traced) else helpers.softmax(z, axis)


DISPATCHERS.update(relu=relu, relu_prime=relu_prime, softmax=softmax)
