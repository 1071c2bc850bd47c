"""The default learning rate, by the network and the optimizer.

`docs/defaults.md` has the measurements that the table was made from, and shows that networks train with it.
"""

from __future__ import annotations

import functools

import numpy as np

from ..network.architecture import Architecture
from ..network.costs import COSTS, Rates
from .optimizers import Optimizer

ARTICLE = 3.0
"""That of the article and the book: gradient descent, the quadratic cost, sigmoid neurons."""

_FAMILIES = ("sigmoid", "tanh", "rectifier", "linear")
"""As `Rates` orders them."""
_UNKNOWN: Rates = (0.1, 0.04, 0.04, 0.006)
"""Where the error is the difference itself, or, with a cost of the user's own, perhaps."""
_ADAPTIVE: Rates = (0.003, 0.003, 0.003, 0.001)
"""Of optimizers that divide the gradient by its own size, whatever the cost."""


def default_rate(architecture: Architecture, optimizer: Optimizer) -> float:
    """The learning rate with which a network is trained unless another is given.

    Args:
        architecture: The layers and the cost.
        optimizer: The optimizer.

    Returns:
        η.

    Examples:
        >>> from chainrule.network.architecture import stacked
        >>> from chainrule.training.optimizers import adam, momentum, sgd
        >>> net, rectifiers = stacked([784, 30, 10]), stacked([784, 30, 10], "relu", cost="log-likelihood")
        >>> [default_rate(net, each) for each in (sgd(), momentum(), adam())]
        [3.0, 0.1, 0.003]
        >>> [default_rate(rectifiers, each) for each in (sgd(), momentum(), adam())]
        [0.1, 0.01, 0.003]
    """
    weighing = [layer for layer in architecture.stack if any(each.meaning.decayed for each in layer.parameters)]
    cost, families = architecture.declared_cost, [_FAMILIES.index(layer.applied.family) for layer in weighing]
    column = max(families[:-1], default=_FAMILIES.index("linear"))  # without hidden layers, inputs act on outputs
    far, near = (_reach(optimizer, gradient) for gradient in (1.0, 0.01))
    quadratic, sigmoid = COSTS["quadratic"], {layer.activation for layer in weighing} == {"sigmoid"}
    if far < 10 * near:
        rate = _ADAPTIVE[column]
    elif far == 1 and cost is quadratic and sigmoid and architecture.dense:
        return ARTICLE
    elif cost.regression and cost.rates is not None:
        rate = cost.rates[column] * min(architecture.sizes[-1], 10) / 10
    elif cost.rates is not None and (cost is not quadratic or families[-1] == 0):
        rate = cost.rates[column]
    else:
        rate = _UNKNOWN[column]
    return float(f"{rate / (far or 1):.1g}")  # 0 where an optimizer takes no notice of a steady gradient


@functools.cache
def _reach(optimizer: Optimizer, gradient: float) -> float:
    """The size of a step at η = 1 after a long constant gradient: for momentum, 1/(1 − μ) times the gradient."""
    w, state = np.zeros((1, 1)), [np.zeros((1, 1)) for _ in optimizer.state]
    new = w
    for t in range(1, 501):
        new, *state = optimizer.update(w, np.full((1, 1), gradient), *state, 1.0, *optimizer.numbers(t))
    return abs(float(new[0, 0]))
