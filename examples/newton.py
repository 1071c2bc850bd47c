"""Down Rosenbrock's valley in a few steps: Newton's method with an exact Hessian, and without ever forming it.

python examples/newton.py
"""

import numpy as np

import chainrule as cr


def rosenbrock(x):
    """A narrow, curved valley; its lowest point is all ones."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


gradient = cr.compile(cr.grad(rosenbrock))
hessian = cr.compile(cr.hessian(rosenbrock))
product = cr.compile(lambda x, v: cr.hvp(rosenbrock, (x,), (v,))[0])


def by_hessian(x, steps=20):
    """Newton's method: each step goes to the lowest point of the parabola that fits best."""
    for _ in range(steps):
        x = x - np.linalg.solve(hessian(x), gradient(x))
    return x


def by_products(x, steps=20):
    """The same, each step found by conjugate gradients from products H v alone: for many more unknowns than 10."""
    for _ in range(steps):
        x = x - conjugate_gradients(lambda v, x=x: product(x, v), gradient(x))
    return x


def conjugate_gradients(times, b, tolerance=1e-12):
    """The solution of H s = b."""
    s, r = np.zeros_like(b), b
    direction = r
    for _ in range(2 * b.size):
        if r @ r <= tolerance**2:
            break
        along = times(direction)
        step = (r @ r) / (direction @ along)
        s, before = s + step * direction, r
        r = r - step * along
        direction = r + (r @ r) / (before @ before) * direction
    return s


def main() -> None:
    """Go down both ways from the same place, and say how high each still is after some steps."""
    start = np.full(10, 1.2)
    print("steps   with the Hessian   with its products only")
    for steps in (0, 1, 2, 4, 6, 8):
        heights = [rosenbrock(method(start, steps)) for method in (by_hessian, by_products)]
        print(f"{steps:5}   {heights[0]:16.1e}   {heights[1]:22.1e}")


if __name__ == "__main__":
    main()
