"""Chapter 2: the chain rule on numbers, vectors and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.messages import message
from ..practice.exercise import Exercise
from .functions import sigmoid


def _square(u: Any) -> Any:
    return np.sin(u**2)


def _branches(u: Any, v: Any) -> Any:
    return u * v + np.sin(u)


def _neuron(v: Any, c: Any, s: Any, t: Any) -> Any:
    z = v * s + c
    a = sigmoid(z)
    return 0.5 * (a - t) ** 2


def _dot(v: Any, x: Any, t: Any) -> Any:
    p = v @ x
    return 0.5 * (p - t) ** 2


def _slopes(z: Any, r: Any) -> Any:
    a = sigmoid(z)
    return np.sum(r * a)


def _weights(w: Any, b: Any, a: Any, y: Any) -> Any:
    z = w @ a + b
    return 0.5 * np.sum((z - y) ** 2)


def _product(p: Any, q: Any, y: Any) -> Any:
    s = p @ q
    return 0.5 * np.sum((s - y) ** 2)


TITLE = message("The chain rule")
EXERCISES = (
    Exercise(
        "square",
        message("C = sin(u²): the slope of a chain is the product of its slopes."),
        _square,
        {"u": 0.35},
        ("u",),
        (
            message("Two functions stand one in the other: which slope has each of them?"),
            message("The outer slope is taken at u², the inner one at u."),
            message("∂C/∂u = cos(u²) · 2u"),
        ),
    ),
    Exercise(
        "branches",
        message("C = u v + sin(u): u reaches C in two ways, and their slopes add up."),
        _branches,
        {"u": 0.8, "v": -1.3},
        ("u", "v"),
        (
            message("Follow each way from u to C by itself; v has only one."),
            message("Through u v the slope is v, through sin(u) it is cos(u)."),
            message("∂C/∂u = v + cos(u), and ∂C/∂v = u"),
        ),
    ),
    Exercise(
        "neuron",
        message(
            "C = ½ (a − t)² with a = σ(z) and z = v s + c: a neuron is a chain of three. The slope of σ, which the article calls "
            "sigmoid_prime, is a (1 − a)."
        ),
        _neuron,
        {"v": 0.7, "c": -0.4, "s": 1.6, "t": 0.9},
        ("v", "c"),
        (
            message("Go back step by step: from C to a, from a to z, from z to v and c."),
            message("C changes with a by a − t, a with z by a (1 − a), and z with v by s."),
            message("∂C/∂c = (a − t) a (1 − a), and ∂C/∂v = ∂C/∂c · s"),
        ),
    ),
    Exercise(
        "dot",
        message("C = ½ (v · x − t)²: a slope for each number of a vector, all at once."),
        _dot,
        {"v": (4,), "x": (4,), "t": 0.5},
        ("v",),
        (
            message("If one number of v grows a little, by how much does v · x grow?"),
            message("v · x grows by the number of x at the same place; C then by the error times that."),
            message("∂C/∂v = (v · x − t) x"),
        ),
    ),
    Exercise(
        "slopes",
        message("C = Σ r σ(z): a function that is applied number by number has a slope at each number."),
        _slopes,
        {"z": (4, 1), "r": (4, 1)},
        ("z",),
        (
            message("No number of z reaches another number of a. So nothing is mixed: * and not @."),
            message("The slope of σ at z is σ(z) (1 − σ(z))."),
            message("∂C/∂z = r ⊙ σ(z) ⊙ (1 − σ(z))"),
        ),
    ),
    Exercise(
        "weights",
        message("C = ½ Σ (w a + b − y)²: a gradient has the dimensions of what it is taken of."),
        _weights,
        {"w": (4, 3), "b": (4, 1), "a": (3, 1), "y": (4, 1)},
        ("w", "b"),
        (
            message("w is 4×3: which product of a 4×1 and a 3×1 is 4×3?"),
            message("The error is e = w a + b − y; ∂C/∂b is e."),
            message("∂C/∂w = e aᵀ"),
        ),
    ),
    Exercise(
        "product",
        message("C = ½ Σ (p q − y)²: the derivative of a matrix product is two matrix products."),
        _product,
        {"p": (4, 3), "q": (3, 2), "y": (4, 2)},
        ("p", "q"),
        (
            message("The error e = p q − y is 4×2. Which product of e and q is as large as p?"),
            message("The factor that stays is transposed, and stays on its side."),
            message("∂C/∂p = e qᵀ, and ∂C/∂q = pᵀ e"),
        ),
    ),
)
