"""Chapter 4: batches, costs, activations, and how the steps are taken."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.messages import message
from ..practice.exercise import Exercise
from .functions import sigmoid


def _batch(w: Any, b: Any, x: Any, y: Any) -> Any:
    z = w @ x + b
    return 0.5 * np.sum((z - y) ** 2)


def _mean(w: Any, b: Any, x: Any, y: Any) -> Any:
    z = w @ x + b
    m = x.shape[1]
    return np.sum((z - y) ** 2) / (2 * m)


def _cross_entropy(z: Any, y: Any) -> Any:
    a = sigmoid(z)
    return -np.sum(y * np.log(a) + (1 - y) * np.log(1 - a))


def _tanh(w: Any, x: Any, y: Any) -> Any:
    z = w @ x
    a = np.tanh(z)
    return 0.5 * np.sum((a - y) ** 2)


def _relu(w: Any, x: Any, y: Any) -> Any:
    z = w @ x
    a = np.where(z > 0, z, 0)
    return 0.5 * np.sum((a - y) ** 2)


def _decay(w: Any, b: Any, x: Any, y: Any, lam: Any) -> Any:
    z = w @ x + b
    return 0.5 * np.sum((z - y) ** 2) + 0.5 * lam * np.sum(w**2)


def _momentum(w: Any, g: Any, v: Any, eta: Any, mu: Any) -> Any:
    new_v = mu * v - eta * g
    new_w = w + new_v
    return new_v, new_w


def _adam(w: Any, g: Any, m: Any, v: Any, t: Any) -> Any:
    new_m = 0.9 * m + 0.1 * g
    new_v = 0.999 * v + 0.001 * g**2
    m_hat = new_m / (1 - 0.9**t)
    v_hat = new_v / (1 - 0.999**t)
    new_w = w - 0.01 * m_hat / (np.sqrt(v_hat) + 1e-8)
    return new_m, new_v, new_w


_BATCH = {"w": (4, 3), "b": (4, 1), "x": (3, 5), "y": (4, 5)}
TITLE = message("Training")
EXERCISES = (
    Exercise(
        "batch",
        message("C = ½ Σ (w x + b − y)² over five examples, each a column: each adds to the gradients."),
        _batch,
        _BATCH,
        ("w", "b"),
        (
            message("b is 4×1 and the errors are 4×5: what is done with the five?"),
            message("b is added to each column, so its gradient is the sum of the columns."),
            message(
                "With e = w x + b − y: ∂C/∂w = e xᵀ, and ∂C/∂b is the sum of e over axis 1, which stays a column (keepdims)."
            ),
        ),
    ),
    Exercise(
        "mean",
        message(
            "C = 1/(2m) Σ (w x + b − y)², the mean over the m = 5 examples: the size of a step no longer depends on m."
        ),
        _mean,
        _BATCH,
        ("w", "b"),
        (
            message("What does a constant in front of C do to its slopes?"),
            message("Both gradients have the 1/m, each once."),
            message("With e = (w x + b − y) / m: ∂C/∂w = e xᵀ, and ∂C/∂b is the sum of e over axis 1"),
        ),
    ),
    Exercise(
        "cross_entropy",
        message(
            "C = −Σ (y ln a + (1 − y) ln(1 − a)) with a = σ(z): a cost whose error at z stays large where a is wrong, however "
            "flat σ is there."
        ),
        _cross_entropy,
        {"z": (3, 5), "y": np.array([[0, 1, 1, 0, 1], [1, 1, 0, 0, 0], [0, 0, 1, 1, 0.0]])},
        ("z",),
        (
            message("The slope of C at a has a and 1 − a below. What is the slope of σ?"),
            message("∂C/∂a = (a − y) / (a (1 − a)), and σ′(z) = a (1 − a): what is left?"),
            message("∂C/∂z = a − y"),
        ),
    ),
    Exercise(
        "tanh",
        message("C = ½ Σ (tanh(w x) − y)²: another activation, another slope."),
        _tanh,
        {"w": (4, 3), "x": (3, 5), "y": (4, 5)},
        ("w",),
        (
            message("Only the slope of the activation is another one; all else is as with σ."),
            message("The slope of tanh at z is 1 − tanh(z)²."),
            message("With a = tanh(w x): ∂C/∂w = ((a − y) ⊙ (1 − a²)) xᵀ"),
        ),
    ),
    Exercise(
        "relu",
        message("C = ½ Σ (a − y)² with z = w x, and a = z where z is above 0, else 0: errors pass, or do not."),
        _relu,
        {"w": (4, 3), "x": (3, 5), "y": (4, 5)},
        ("w",),
        (
            message("Where z is below 0, what happens to C if z moves a little?"),
            message("The slope is 1 where z > 0, and 0 elsewhere: a mask."),
            message("∂C/∂w = ((a − y) ⊙ (z > 0)) xᵀ"),
        ),
    ),
    Exercise(
        "decay",
        message("C = ½ Σ (w x + b − y)² + ½ lam Σ w²: large weights cost something, biases do not."),
        _decay,
        {**_BATCH, "lam": 0.7},
        ("w", "b"),
        (
            message("C is a sum of two parts: so is its slope at w."),
            message("The second part adds lam · w to the gradient of w, and nothing to that of b."),
            message("With e = w x + b − y: ∂C/∂w = e xᵀ + lam w, and ∂C/∂b is the sum of e over axis 1"),
        ),
    ),
    Exercise(
        "momentum",
        message(
            "Momentum: a velocity v keeps a share mu of itself, goes downhill by eta times the gradient g, and moves w."
        ),
        _momentum,
        {"w": (4, 3), "g": (4, 3), "v": (4, 3), "eta": 0.25, "mu": 0.9},
        (),
        (
            message("Two lines: the new velocity first, then w moves by it."),
            message("The minus stands in the velocity; w then adds the new velocity, not the old one."),
            message("new_v = mu · v − eta · g, and new_w = w + new_v"),
        ),
    ),
    Exercise(
        "adam",
        message(
            "Step number t of Adam. The new m is a running mean of the gradient g, 0.9 m + 0.1 g; the new v is one of g², "
            "0.999 v + 0.001 g². As both began at 0, they are corrected: m̂ is the new m divided by 1 − 0.9ᵗ, v̂ the new v divided "
            "by 1 − 0.999ᵗ. Then w goes down by 0.01 m̂ / (√v̂ + 10⁻⁸)."
        ),
        _adam,
        {
            "w": (4, 3),
            "g": (4, 3),
            "m": (4, 3),
            "v": np.random.default_rng(2).uniform(0.1, 1, (4, 3)),
            "t": 3.0,
        },
        (),
        (
            message("Five lines: two running means, two corrections, one step."),
            message("What moves w is the corrected m over the root of the corrected v."),
            message("new_w = w − 0.01 · m̂ / (√v̂ + 10⁻⁸) with m̂ = new_m / (1 − 0.9ᵗ) and v̂ = new_v / (1 − 0.999ᵗ)"),
        ),
    ),
)
