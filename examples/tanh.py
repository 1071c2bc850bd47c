"""A function written as in a textbook, and its derivatives, as many as you like.

python examples/tanh.py [--plot tanh.png]
"""

import argparse

import numpy as np

import chainrule as cr


def tanh(x):
    """The hyperbolic tangent."""
    y = np.exp(-2.0 * x)
    return (1.0 - y) / (1.0 + y)


def derivatives(x, count=6):
    """The function and its first derivatives at each x: an array of count + 1 rows."""
    f, rows = tanh, []
    for _ in range(count + 1):
        fast = cr.compile(f)
        rows.append([fast(float(each)) for each in x])
        f = cr.grad(f)
    return np.array(rows)


def main() -> None:
    """Print the derivatives at 0.5, and the program of the first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plot", help="a picture to write; needs matplotlib, the extra 'plot'")
    file = parser.parse_args().plot
    for order, (value,) in enumerate(derivatives([0.5])):
        print(f"derivative {order} of tanh at 0.5: {value:+.12f}")
    print()
    print(cr.derive(tanh, (0.5,)))
    if file:
        import matplotlib.pyplot as plt

        x = np.linspace(-4, 4, 200)
        plt.plot(x, derivatives(x).T)
        plt.savefig(file)


if __name__ == "__main__":
    main()
