"""Chapter 3: the five steps of the article one by one, then all of backpropagation."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.messages import message
from ..practice.exercise import Exercise
from .functions import sigmoid


def _feedforward(w2: Any, b2: Any, w3: Any, b3: Any, x: Any) -> Any:
    z2 = w2 @ x + b2
    a2 = sigmoid(z2)
    z3 = w3 @ a2 + b3
    a3 = sigmoid(z3)
    return a2, a3


def _output_error(z3: Any, y: Any) -> Any:
    a3 = sigmoid(z3)
    return 0.5 * np.sum((a3 - y) ** 2)


def _delta(z2: Any, w3: Any, b3: Any, y: Any) -> Any:
    a2 = sigmoid(z2)
    z3 = w3 @ a2 + b3
    return 0.5 * np.sum((z3 - y) ** 2)


def _layer(w: Any, b: Any, a: Any, d: Any) -> Any:
    z = w @ a + b
    return np.sum(d * z)


def _update(w: Any, b: Any, dw: Any, db: Any, eta: Any) -> Any:
    new_w = w - eta * dw
    new_b = b - eta * db
    return new_w, new_b


def _backprop(w2: Any, b2: Any, w3: Any, b3: Any, x: Any, y: Any) -> Any:
    z2 = w2 @ x + b2
    a2 = sigmoid(z2)
    z3 = w3 @ a2 + b3
    a3 = sigmoid(z3)
    return 0.5 * np.sum((a3 - y) ** 2)


def _layers(weights: Any, biases: Any, x: Any, y: Any) -> Any:
    a = x
    for w, b in zip(weights, biases, strict=True):
        z = w @ a + b
        a = sigmoid(z)
    return 0.5 * np.sum((a - y) ** 2)


TITLE = message("The five steps")
EXERCISES = (
    Exercise(
        "feedforward",
        message(
            "The first steps, x in and forward: z² = w² x + b², a² = σ(z²), and the same again from a² to a³. As in the article, "
            "² and ³ number the layers here; nothing is squared."
        ),
        _feedforward,
        {"w2": (4, 3), "b2": (4, 1), "w3": (2, 4), "b3": (2, 1), "x": (3, 1)},
        (),
        (
            message("Each layer does the same: weigh, add the bias, apply σ."),
            message("What goes into the second layer is a2, and no longer x or z2."),
            message("a2 = sigmoid(w2 @ x + b2), and a3 = sigmoid(w3 @ a2 + b3)"),
        ),
    ),
    Exercise(
        "output_error",
        message(
            "The error of the output, δ³ = ∂C/∂z³ where C = ½ Σ (a³ − y)² and a³ = σ(z³): here the way back begins."
        ),
        _output_error,
        {"z3": (2, 1), "y": (2, 1)},
        ("z3",),
        (
            message("From C to a³ is one slope, from a³ to z³ another. The chain rule multiplies them."),
            message("The slope of C at a³ is a³ − y; that of σ at z³ is a³ (1 − a³)."),
            message("δ³ = (a³ − y) ⊙ σ′(z³)"),
        ),
    ),
    Exercise(
        "delta",
        message(
            "The error flows back. Layer 3 has no σ this time: z³ = w³ a² + b³ is the answer, and its error is e = z³ − y. What "
            "is δ² = ∂C/∂z², where a² = σ(z²)?"
        ),
        _delta,
        {"z2": (4, 1), "w3": (2, 4), "b3": (2, 1), "y": (2, 1)},
        ("z2",),
        (
            message("e is 2×1 and z2 is 4×1: which matrix made of w3's numbers leads from one to the other?"),
            message(
                "w³ᵀ e is the error of a². From a² back to z² it is multiplied by the slope of σ, number by number."
            ),
            message("δ² = (w³ᵀ e) ⊙ σ′(z²)"),
        ),
    ),
    Exercise(
        "layer",
        message("From the error d = ∂C/∂z of a layer with z = w a + b to the slope of C at each weight and bias."),
        _layer,
        {"w": (4, 3), "b": (4, 1), "a": (3, 1), "d": (4, 1)},
        ("w", "b"),
        (
            message(
                "A weight's slope is the error of the neuron that it leads to, times the activation that it comes from."
            ),
            message("All of these products, 4×3 of them, are one matrix product; a bias's activation is 1."),
            message("∂C/∂w = d aᵀ, and ∂C/∂b = d"),
        ),
    ),
    Exercise(
        "update",
        message("Gradient descent: with the gradients dw and db, move w and b a little downhill; eta says how far."),
        _update,
        {"w": (4, 3), "b": (4, 1), "dw": (4, 3), "db": (4, 1), "eta": 0.25},
        (),
        (
            message("The gradient points to where the cost rises."),
            message("Downhill is minus; the step is eta times the gradient."),
            message("new_w = w − eta · dw, and new_b = b − eta · db"),
        ),
    ),
    Exercise(
        "backprop",
        message("All of backpropagation through two layers: forward first, then δ³, δ², and four gradients."),
        _backprop,
        {"w2": (4, 3), "b2": (4, 1), "w3": (2, 4), "b3": (2, 1), "x": (3, 1), "y": (2, 1)},
        ("w2", "b2", "w3", "b3"),
        (
            message("Write down δ³ and δ² first. Each gives the two gradients of its layer."),
            message("δ³ = (a³ − y) ⊙ σ′(z³); δ² comes from δ³ through w³, transposed, and σ′(z²)."),
            message("δ² = (w³ᵀ δ³) ⊙ σ′(z²); ∂C/∂b = δ, and ∂C/∂w³ = δ³ a²ᵀ, ∂C/∂w² = δ² xᵀ"),
        ),
    ),
    Exercise(
        "layers",
        message(
            "The same for any number of layers, weights and biases in lists: a loop forward, and a loop back. The gradients are "
            "lists, too, in the same order."
        ),
        _layers,
        {
            "weights": [(4, 3), (5, 4), (2, 5)],
            "biases": [(4, 1), (5, 1), (2, 1)],
            "x": (3, 1),
            "y": (2, 1),
        },
        ("weights", "biases"),
        (
            message("Keep all activations on the way forward: each is needed on the way back."),
            message("Go through the layers from the last to the first, and carry one δ along."),
            message(
                "For each layer l from the last: ∂C/∂bˡ = δ, ∂C/∂wˡ = δ aˡ⁻¹ᵀ, then δ = (wˡᵀ δ) ⊙ aˡ⁻¹ (1 − aˡ⁻¹)."
            ),
        ),
    ),
)
