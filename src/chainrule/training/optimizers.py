"""Optimizers in plain NumPy, which are traced into the training step.

Each optimizer is one function: from a parameter w, its gradient g (the mean over the batch), its state, and the numbers
of this step, to the new parameter and the new state. The state starts at zero. The same settings give the same object,
by which the training step that was made for it is found again.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ParamSpec, SupportsIndex

import numpy as np

from ..core.nouns import Array

__all__ = ["Lbfgs", "Optimizer", "adam", "momentum", "rmsprop", "sgd"]

Update = Callable[..., tuple[Array, ...]]
Given = ParamSpec("Given")


@dataclass(frozen=True)
class Optimizer:
    """A rule that turns gradients into steps.

    Attributes:
        name: Its name.
        update: `update(w, g, *state, rate, *numbers)` returns the new parameter and the new state, all of the shape of w.
        state: The names of its state arrays, of which each parameter has one set, zero at first.
        numbers: `numbers(t)` are the numbers that `update` takes at step t, counted from 1.
        made_by: The function that made it, with its arguments.
    """

    name: str
    update: Update
    state: tuple[str, ...] = ()
    numbers: Callable[[int], tuple[float, ...]] = lambda t: ()
    made_by: tuple[Callable[..., Optimizer], tuple[Any, ...]] | None = field(default=None, repr=False, compare=False)

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        """One of these below is pickled as what made it."""
        return self.made_by or super().__reduce_ex__(protocol)


def _once(maker: Callable[Given, Optimizer]) -> Callable[Given, Optimizer]:
    """What makes optimizers, so that the same settings give the same object, whichever of them are left out."""
    signature, cached = inspect.signature(maker), functools.cache(maker)

    @functools.wraps(maker)
    def made(*given: Given.args, **named: Given.kwargs) -> Optimizer:
        bound = signature.bind(*given, **named)
        bound.apply_defaults()
        return cached(*bound.args)

    return made


@_once
def sgd() -> Optimizer:
    """Gradient descent, w ← w − η g: the book's equations (20) and (21).

    Examples:
        >>> float(sgd().update(1.0, 0.5, 0.1)[0])
        0.95
    """

    def update(w: Array, g: Array, rate: Array) -> tuple[Array, ...]:
        return (w - rate * g,)

    return Optimizer("sgd", update, made_by=(sgd, ()))


@_once
def momentum(friction: float = 0.9, nesterov: bool = False) -> Optimizer:
    """Gradient descent with momentum: v ← μ v + g; w ← w − η v.

    These are the book's equations (107) and (108) with −η taken out of v.

    Args:
        friction: μ, from 0 to 1.
        nesterov: Whether the step looks ahead, w ← w − η (g + μ v): Sutskever et al., "On the importance of initialization
            and momentum" (2013).

    Returns:
        The optimizer `"momentum"`, or `"nesterov"`.

    Examples:
        >>> momentum(0.5).update(1.0, 1.0, 2.0, 0.1)
        (0.8, 2.0)
    """

    def update(w: Array, g: Array, v: Array, rate: Array) -> tuple[Array, ...]:
        v = friction * v + g
        return (w - rate * (g + friction * v if nesterov else v), v)

    name = "nesterov" if nesterov else "momentum"
    return Optimizer(name, update, ("v",), made_by=(momentum, (friction, nesterov)))


@_once
def rmsprop(memory: float = 0.99, epsilon: float = 1e-8) -> Optimizer:
    """Steps divided by the recent size of the gradient: s ← α s + (1 − α) g²; w ← w − η g / (√s + ε).

    Tieleman and Hinton, *Neural Networks for Machine Learning*, lecture 6.5 (2012).

    Args:
        memory: α, from 0 to 1: how slowly s changes.
        epsilon: ε, which keeps a step from dividing by 0.

    Returns:
        The optimizer `"rmsprop"`.

    Examples:
        >>> rmsprop(memory=0.75).state
        ('s',)
    """

    def update(w: Array, g: Array, s: Array, rate: Array) -> tuple[Array, ...]:
        s = memory * s + (1 - memory) * (g * g)
        return (w - rate * g / (np.sqrt(s) + epsilon), s)

    return Optimizer("rmsprop", update, ("s",), made_by=(rmsprop, (memory, epsilon)))


@_once
def adam(beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8, weight_decay: float = 0.0) -> Optimizer:
    """Adam: Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015), algorithm 1.

    The numbers of a step are 1 / (1 − β₁ᵗ) and 1 / √(1 − β₂ᵗ), which correct both means for their start at zero.

    Args:
        beta1: β₁, from 0 to 1: how slowly the mean of g changes.
        beta2: β₂, from 0 to 1: how slowly the mean of g² changes.
        epsilon: ε, which keeps a step from dividing by 0.
        weight_decay: The share of w, times η, that is subtracted besides; above 0, this is AdamW: Loshchilov and Hutter,
            "Decoupled Weight Decay Regularization" (2019), algorithm 2.

    Returns:
        The optimizer `"adam"`, or `"adamw"`.

    Examples:
        >>> adam().numbers(1)[0]
        10.000000000000002
    """

    def update(w: Array, g: Array, m: Array, s: Array, rate: Array, first: Array, second: Array) -> tuple[Array, ...]:
        m = beta1 * m + (1 - beta1) * g
        s = beta2 * s + (1 - beta2) * (g * g)
        kept = w - (rate * weight_decay) * w if weight_decay else w
        return (kept - (rate * first) * m / (second * np.sqrt(s) + epsilon), m, s)

    def numbers(t: int) -> tuple[float, ...]:
        return 1 / (1 - beta1**t), 1 / (1 - beta2**t) ** 0.5

    made_by = adam, (beta1, beta2, epsilon, weight_decay)
    return Optimizer("adamw" if weight_decay else "adam", update, ("m", "s"), numbers, made_by)


@dataclass(frozen=True)
class Lbfgs:
    """L-BFGS, for small tables, in `Network.fit` alone: each step is on all examples, in a direction that
    the curvature of the last steps says, as far as the cost falls.

    Args:
        tolerance: It is done when no number of the gradient is larger, or the cost no longer falls.

    References:
        Liu and Nocedal, "On the limited memory BFGS method for large scale optimization" (1989).

    Examples:
        >>> import chainrule as cr
        >>> net = cr.Network([2, 4, 1], cost="cross-entropy", activation="tanh", seed=0)
        >>> x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
        >>> history = net.fit(x, y, epochs=200, optimizer=Lbfgs(tolerance=1e-3))
        >>> net.predict(x).tolist()
        [0, 1, 1, 0]
    """

    tolerance: float = 1e-5

    @property
    def name(self) -> str:
        """Its name."""
        return "lbfgs"


def lbfgs_of(optimizer: object) -> Lbfgs | None:
    """L-BFGS, if it is asked for, by its name or itself.

    Examples:
        >>> lbfgs_of("lbfgs"), lbfgs_of("adam")
        (Lbfgs(tolerance=1e-05), None)
    """
    if isinstance(optimizer, str):
        return Lbfgs() if optimizer == "lbfgs" else None
    return optimizer if isinstance(optimizer, Lbfgs) else None


OPTIMIZERS: dict[str, Callable[[], Optimizer]] = {
    "sgd": sgd,
    "momentum": momentum,
    "nesterov": lambda: momentum(nesterov=True),
    "rmsprop": rmsprop,
    "adam": adam,
    "adamw": lambda: adam(weight_decay=0.01),
}
