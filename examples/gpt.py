"""A small GPT that invents names: its network in plain NumPy is chainrule.gpt.model; chainrule derives what trains it.

python examples/gpt.py               # learn 5,163 first names, and write twenty
python examples/gpt.py own.txt       # learn from a text of your own, one name or sentence per line
python examples/gpt.py --derivative  # the derivative that trains it, as a program
"""

from __future__ import annotations

import sys
import textwrap

import numpy as np

import chainrule as cr
from chainrule.gpt import model
from chainrule.gpt.learning import Lesson, Progress, learn
from chainrule.gpt.text import Letters, lines_of, names


def derivative(line: str = "emma") -> cr.Program:
    """The derivative of the cost of a line with respect to all weights."""
    letters = Letters.of(names())
    tokens, targets, share = letters.pieces([line])
    weights = model.first_weights(letters.end + 1, np.random.default_rng(0))
    return cr.derive(model.cost, (*weights, tokens[0], targets[0], share[0]), wrt=model.WEIGHTS)


def trained(lines: list[str], steps: int = 10_000) -> Lesson:
    """Train on lines, and tell every thousand steps how far it has come."""

    def tell(report: Progress) -> None:
        if report.step % 1000 == 0:
            print(f"step {report.step:6,}   cost {report.cost:.3f}   of unseen lines {report.held_out:.3f}")

    return learn(lines, steps, progress=tell)


def main() -> None:
    """Print the derivative, or train and write."""
    if sys.argv[1:] == ["--derivative"]:
        print(derivative())
        return
    lesson = trained(lines_of(sys.argv[1]) if sys.argv[1:] else names())
    print(f"{lesson.reports[-1].seconds:.1f} s; {lesson.runs}")
    print(textwrap.fill(", ".join(lesson.gpt.write(20)), 100))


if __name__ == "__main__":
    main()
