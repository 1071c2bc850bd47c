"""The learning rate that training begins with where none is given, by the network and the optimizer.

`docs/defaults.md` has the measurements that the table was made from, and shows that networks train with it.
"""

from __future__ import annotations

import functools
from typing import TypeAlias

import numpy as np

from ..network.architecture import Architecture
from ..network.costs import COSTS
from .optimizers import Optimizer

ARTICLE = 3.0
"""That of the article and the book: gradient descent, the quadratic cost, sigmoid neurons."""

_COLUMNS = {"sigmoid": 0, "softmax": 0, "tanh": 1, "linear": 3}
_RECTIFIER = 2  # the column of all others, functions of the user's own among them

_Row: TypeAlias = tuple[float, float, float, float]
_RATES: dict[str, _Row] = {
    #                       σ     tanh  rectifier linear
    "quadratic":           (1.0,  0.5,  0.3,      0.1),
    "cross-entropy":       (0.3,  0.1,  0.1,      0.01),
    "log-likelihood":      (0.3,  0.1,  0.1,      0.01),
    "mean-squared-error":  (0.5,  0.2,  0.2,      0.03),
    "mean-absolute-error": (1.0,  0.2,  0.2,      0.03),
    "huber":               (1.0,  0.3,  0.3,      0.05),
    "hinge":               (0.1,  0.03, 0.03,     0.003),
}  # fmt: skip
"""Of gradient descent, by cost and the activation of the hidden layers, for ten outputs.

The error that flows back from the outputs has a size of its own with each cost: σ′ ≤ 1/4 makes that of the quadratic cost
small, and regression divides by the number of outputs. Activations without bounds bear smaller steps than σ."""
_ADAPTIVE: _Row = (0.003, 0.003, 0.003, 0.001)
"""Of optimizers that divide the gradient by its own size, whatever the cost."""


def default_rate(architecture: Architecture, optimizer: Optimizer) -> float:
    """The learning rate η that training of such a network begins with.

    >>> from chainrule.network.architecture import dense
    >>> from chainrule.training.optimizers import adam, momentum, sgd
    >>> net, rectifiers = dense([784, 30, 10]), dense([784, 30, 10], "relu", cost="log-likelihood")
    >>> [default_rate(net, each) for each in (sgd(), momentum(), adam())]
    [3.0, 0.1, 0.003]
    >>> [default_rate(rectifiers, each) for each in (sgd(), momentum(), adam())]
    [0.1, 0.01, 0.003]
    """
    cost, (*hidden, output) = architecture.cost, architecture.activations
    known = [_COLUMNS.get(each, _RECTIFIER) if isinstance(each, str) else _RECTIFIER for each in hidden]
    column = max(known, default=_COLUMNS["linear"])  # without hidden layers, inputs act on outputs as they are
    far, near = (_reach(optimizer, gradient) for gradient in (1.0, 0.01))
    if far < 10 * near:
        rate = _ADAPTIVE[column]
    elif far == 1 and cost == "quadratic" and {"sigmoid"}.issuperset(architecture.activations):
        return ARTICLE
    elif isinstance(cost, str) and COSTS[cost].regression:
        rate = _RATES[cost][column] * min(architecture.sizes[-1], 10) / 10
    elif isinstance(cost, str) and (cost != "quadratic" or output in ("sigmoid", "softmax")):
        rate = _RATES[cost][column]
    else:  # the error is the difference itself, or, with a cost of the user's own, perhaps
        rate = _RATES["mean-squared-error"][column] / 5
    return float(f"{rate / (far or 1):.1g}")  # 0 where an optimizer takes no notice of a steady gradient


@functools.cache
def _reach(optimizer: Optimizer, gradient: float) -> float:
    """How far a step goes at η = 1 where the gradient has been the same number for long: of momentum, 1/(1 − μ) times it."""
    w, state = np.zeros((1, 1)), [np.zeros((1, 1)) for _ in optimizer.state]
    new = w
    for t in range(1, 501):
        new, *state = optimizer.update(w, np.full((1, 1), gradient), *state, 1.0, *optimizer.numbers(t))
    return abs(float(new[0, 0]))
