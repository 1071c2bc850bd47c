"""The blur of a camera, found from a picture and the same picture blurred: the derivative of a convolution is one, too.

python examples/convolution.py
"""

import numpy as np

import chainrule as cr

BLUR = np.array([[0, 0, 0, 1, 4], [0, 0, 2, 6, 1], [0, 3, 8, 3, 0], [1, 6, 2, 0, 0], [4, 1, 0, 0, 0]]) / 42


def blurred(w, a):
    """Each place becomes the sum of the 5 × 5 places around it, weighted by w."""
    windows = np.lib.stride_tricks.sliding_window_view(a, (5, 5))
    return np.einsum("ij,yxij->yx", w, windows)


def cost(w, a, y):
    """How far a picture, blurred by w, is from the one that was taken."""
    return np.sum((blurred(w, a) - y) ** 2)


def picture():
    """A picture: sixteen handwritten digits in rows of four."""
    return np.block([[*row] for row in cr.datasets.mnist()[2].images[:16].reshape(4, 4, 28, 28) / 255])


def main() -> None:
    """Find the blur, and compare it with the one that was used."""
    a = picture()
    w = cr.minimize(lambda w: cost(w, a, blurred(BLUR, a)), np.zeros((5, 5))).x
    print("\n".join("  ".join(f"{42 * each:5.2f}" for each in row) for row in w))
    print(f"the blur that was found, times 42; it is off by {np.max(np.abs(w - BLUR)):.0e} at most")


if __name__ == "__main__":
    main()
