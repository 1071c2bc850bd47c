"""Chapter 5: softmax, dropout, skipped layers, normalization, convolution, attention."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.messages import message
from ..practice.exercise import Exercise
from .functions import sigmoid, softmax


def _softmax(z: Any, r: Any) -> Any:
    p = softmax(z)
    return np.sum(r * p)


def _log_likelihood(z: Any, y: Any) -> Any:
    p = softmax(z)
    return -np.sum(y * np.log(p))


def _dropout(w: Any, x: Any, y: Any, mask: Any, keep: Any) -> Any:
    h = w @ x
    d = h * mask / keep
    return 0.5 * np.sum((d - y) ** 2)


def _residual(w: Any, x: Any, y: Any) -> Any:
    h = sigmoid(w @ x)
    s = x + h
    return 0.5 * np.sum((s - y) ** 2)


def _normalization(gamma: Any, beta: Any, x: Any, r: Any) -> Any:
    mean = np.mean(x, axis=0)
    c = x - mean
    var = np.mean(c**2, axis=0)
    std = np.sqrt(var + 1e-5)
    n = c / std
    out = gamma * n + beta
    return np.sum(r * out)


def _convolution(k: Any, x: Any, r: Any) -> Any:
    z = np.zeros(6)
    for i in range(6):
        z[i] = np.sum(k * x[i : i + 3])
    return np.sum(r * z)


def _attention(Q: Any, K: Any, V: Any, r: Any) -> Any:
    s = Q @ K.T / np.sqrt(3)
    a = softmax(s)
    out = a @ V
    return np.sum(r * out)


TITLE = message("Layers of all kinds")
EXERCISES = (
    Exercise(
        "softmax",
        message(
            "C = Σ r p with p = softmax(z). Each row is an example now, and p is eᶻ divided by the sum of its row: each z moves "
            "every p of its row."
        ),
        _softmax,
        {"z": (4, 3), "r": (4, 3)},
        ("z",),
        (
            message("If one z grows, its own p grows, and all other p of the row shrink: there are two parts."),
            message(
                "pⱼ changes with its own zⱼ by pⱼ (1 − pⱼ), and another pᵢ of the row by −pᵢ pⱼ. Multiply each by its r, and add "
                "up over the row."
            ),
            message("∂C/∂z = p ⊙ (r − s), where s is the sum of r ⊙ p over each row (axis 1, keepdims)"),
        ),
    ),
    Exercise(
        "log_likelihood",
        message(
            "C = −Σ y ln p with p = softmax(z), where each row of y is one 1 and else 0: the slopes of the two together become "
            "simple."
        ),
        _log_likelihood,
        {"z": (4, 3), "y": np.eye(3)[[0, 2, 1, 2]]},
        ("z",),
        (
            message("The slope of −ln p is −1/p; what does softmax's slope multiply it with?"),
            message("p of softmax's slope cancels the 1/p. One term is left where y is 1, and one everywhere."),
            message("∂C/∂z = p − y"),
        ),
    ),
    Exercise(
        "dropout",
        message(
            "C = ½ Σ (d − y)² with d = w x ⊙ mask / keep. The mask is 0 where a neuron is dropped and 1 elsewhere, and keep is "
            "the share that is kept: what was dropped on the way forward is dropped on the way back."
        ),
        _dropout,
        {
            "w": (4, 3),
            "x": (3, 5),
            "y": (4, 5),
            "mask": np.array([[1, 0, 1, 1, 0], [1, 1, 1, 0, 1], [0, 1, 1, 1, 1], [1, 1, 0, 1, 0.0]]),
            "keep": 0.8,
        },
        ("w",),
        (
            message("A neuron that was dropped has no part in C: which slope does it have?"),
            message("The error goes through the same mask, and is divided by keep as the activations were."),
            message("∂C/∂w = ((d − y) ⊙ mask / keep) xᵀ"),
        ),
    ),
    Exercise(
        "residual",
        message("C = ½ Σ (x + σ(w x) − y)²: x goes on beside the layer, and so does the error."),
        _residual,
        {"w": (4, 4), "x": (4, 5), "y": (4, 5)},
        ("w", "x"),
        (
            message("x reaches C in two ways. What do slopes of two ways do?"),
            message("Beside the layer the error passes as it is; through it as ever, by wᵀ and σ′."),
            message("With e = x + h − y and d = e ⊙ h (1 − h): ∂C/∂w = d xᵀ, and ∂C/∂x = e + wᵀ d"),
        ),
    ),
    Exercise(
        "normalization",
        message(
            "Batch normalization over the rows of x: c = x − mean, n = c / std, out = gamma n + beta, and C = Σ r out. Mean and "
            "std are made of x, too, so that each row moves all others."
        ),
        _normalization,
        {"gamma": (3,), "beta": (3,), "x": (6, 3), "r": (6, 3)},
        ("gamma", "beta", "x"),
        (
            message("gamma and beta first: each belongs to a column, so its gradient is a sum over the rows."),
            message(
                "x reaches n in three ways. By itself it has d / std, where d = r gamma. The way by the mean takes the mean of d "
                "from d, and the way by std takes n times the mean of d n."
            ),
            message(
                "With d = r gamma: ∂C/∂gamma = Σ r n, ∂C/∂beta = Σ r, and ∂C/∂x = (d − mean of d − n · mean of (d n)) / std, all "
                "sums and means over axis 0"
            ),
        ),
    ),
    Exercise(
        "convolution",
        message(
            "A kernel k slides over x: z[i] = Σ k x[i : i + 3] at six places, and C = Σ r z. Each k is used six times."
        ),
        _convolution,
        {"k": (3,), "x": (8,), "r": (6,)},
        ("k", "x"),
        (
            message("Do as on the way forward: a loop over the six places. What does place i add to each gradient?"),
            message("Begin with zeros. Windows overlap, so add with +=, and do not replace."),
            message("For each i: dC_dk += r[i] · x[i : i + 3], and dC_dx[i : i + 3] += r[i] · k"),
        ),
    ),
    Exercise(
        "attention",
        message(
            "Attention: s = Q Kᵀ / √3, a = softmax(s) row by row, out = a V, and C = Σ r out. All of it comes together here."
        ),
        _attention,
        {"Q": (4, 3), "K": (5, 3), "V": (5, 2), "r": (4, 2)},
        ("Q", "K", "V"),
        (
            message(
                "Three steps back: through a V, through softmax, through Q Kᵀ / √3. Each was an exercise of its own."
            ),
            message(
                "∂C/∂V = aᵀ r, and the error of a is r Vᵀ; then softmax: d = a ⊙ (r Vᵀ − its sum with a over each row)."
            ),
            message("With d also divided by √3: ∂C/∂Q = d K, and ∂C/∂K = dᵀ Q"),
        ),
    ),
)
