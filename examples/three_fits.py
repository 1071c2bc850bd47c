"""Fit a line, fit a sine, read the digits: the same twelve lines three times. Only the function grows.

python examples/three_fits.py [--plot fits.png]
"""

import argparse

import numpy as np

import chainrule as cr


def fit(f, parameters, x, y, rate, steps, batch=32):
    """The twelve lines: parameters with which f(parameters, x) comes near y. Columns are examples."""

    def cost(parameters, x, y):
        return np.sum((f(parameters, x) - y) ** 2) / x.shape[1]

    gradient = cr.compile(cr.grad(cost))
    random = np.random.default_rng(0)
    for _ in range(steps):
        chosen = random.integers(0, x.shape[1], batch)
        slopes = gradient(parameters, x[:, chosen], y[:, chosen])
        parameters = [p - rate * slope for p, slope in zip(parameters, slopes, strict=True)]
    return parameters


def line(parameters, x):
    """One weight and one bias."""
    w, b = parameters
    return w @ x + b


def curve(parameters, x):
    """A line, bent by a hidden layer of tanh."""
    w1, b1, w2, b2 = parameters
    return w2 @ np.tanh(w1 @ x + b1) + b2


def reader(parameters, x):
    """The article's network, 784-30-10: the same once more, with σ in place of tanh."""
    w2, b2, w3, b3 = parameters
    a2 = 1 / (1 + np.exp(-(w2 @ x + b2)))
    return 1 / (1 + np.exp(-(w3 @ a2 + b3)))


def layer(random, outputs, inputs):
    """Weights and biases to begin with."""
    return [random.normal(size=(outputs, inputs)) / np.sqrt(inputs), np.zeros((outputs, 1))]


def fit_a_line(steps=500):
    """Points around y = 2x − 1. Gives the parameters, and the points."""
    random = np.random.default_rng(1)
    x = random.uniform(-1, 1, (1, 200))
    y = 2 * x - 1 + 0.1 * random.normal(size=x.shape)
    return fit(line, layer(random, 1, 1), x, y, 0.1, steps), x, y


def fit_a_sine(steps=10_000):
    """Points of a sine over two of its waves."""
    random = np.random.default_rng(2)
    x = random.uniform(-1, 1, (1, 400))
    y = np.sin(2 * np.pi * x)
    begin = [3 * random.normal(size=(30, 1)), random.normal(size=(30, 1)), *layer(random, 1, 30)]
    return fit(curve, begin, x, y, 0.05, steps), x, y


def read_the_digits(steps=20_000):
    """Handwritten digits. Gives the parameters, and the fraction of 10,000 new ones that they read right."""
    train, _, test = cr.datasets.mnist()
    random = np.random.default_rng(3)
    x = np.reshape(train.images, (-1, 784)).T / 255
    y = np.eye(10)[:, train.labels]
    parameters = fit(reader, layer(random, 30, 784) + layer(random, 10, 30), x, y, 1.0, steps)
    digits = np.argmax(reader(parameters, np.reshape(test.images, (-1, 784)).T / 255), axis=0)
    return parameters, float(np.mean(digits == test.labels))


def plot(file, by_line, by_curve, parameters):
    """Both fits over their points, and what thirty hidden neurons look for in a digit."""
    import matplotlib.pyplot as plt

    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 4))
    for axes, f, (found, x, y) in ((left, line, by_line), (middle, curve, by_curve)):
        grid = np.linspace(-1, 1, 300)[None]
        axes.plot(x[0], y[0], ".", color="0.7")
        axes.plot(grid[0], f(found, grid)[0])
    tiles = np.reshape(parameters[0], (5, 6, 28, 28)).transpose(0, 2, 1, 3).reshape(140, 168)
    right.imshow(tiles, cmap="RdBu")
    right.set_axis_off()
    figure.savefig(file)


def main() -> None:
    """Fit all three, and say how well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plot", help="a picture to write; needs matplotlib, the extra 'plot'")
    file = parser.parse_args().plot
    by_line, by_curve = fit_a_line(), fit_a_sine()
    (w, b), _, _ = by_line
    print(f"a line:     y = {w.item():.2f} x {b.item():+.2f}, from points around y = 2 x - 1")
    found, x, y = by_curve
    print(f"a sine:     at most {np.max(np.abs(curve(found, x) - y)):.2f} off, with 30 hidden neurons")
    parameters, right = read_the_digits()
    print(f"the digits: {right:.2%} of 10,000 new ones read right")
    if file:
        plot(file, by_line, by_curve, parameters)
    print()
    print(
        "  “There is nothing ‘neural’ in a neural network, nothing ‘deep’ in deep learning. What really works in it is called"
    )
    print(
        "  calculus. So I would rather call this field differentiable computing, and the building of models differentiable"
    )
    print(
        "  programming.”   Wang Yin (王垠), as the article that this project comes from quotes him, in our translation"
    )


if __name__ == "__main__":
    main()
