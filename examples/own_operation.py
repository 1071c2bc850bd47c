"""An operation with a derivative of one's own: declared once, it prints, runs and is checked like the built-in ones.

python examples/own_operation.py
"""

import numpy as np

import chainrule as cr


@cr.primitive(lambda g, y, x: g * (1 - np.exp(-y)), latex=r"\ln(1 + e^{{0}})")
def softplus(x):
    """ln(1 + exp(x)), without overflow; its slope is the sigmoid, 1 - exp(-y)."""
    return np.logaddexp(0, x)


def cost(w, x, y):
    """A layer of softplus, and its squared error."""
    return np.sum((softplus(w @ x) - y) ** 2)


ARGS = np.array([[0.5, -1.0], [2.0, 0.3]]), np.ones((2, 3)), np.zeros((2, 3))


def main() -> None:
    """Check the derivative, and print it."""
    print(
        f"{cr.check_grad(cost, ARGS).compared} derivatives agree with finite differences; this is how they are computed:"
    )
    print()
    print(cr.derive(cost, ARGS, wrt="w"))


if __name__ == "__main__":
    main()
