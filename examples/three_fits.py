"""Fit a line, fit a sine, read the digits: the same twelve lines three times. Only the function grows.

python examples/three_fits.py [--plot fits.png]
"""

import argparse
import inspect

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
    begin = [6 * random.normal(size=(30, 1)), 4 * random.normal(size=(30, 1)), *layer(random, 1, 30)]
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


def drawn(x, y, fitted, rows=11, columns=64):
    """Points as `.` and the fit through them as `o`, for any terminal."""
    picture = np.full((rows, columns), " ")
    for values, mark in ((y, "."), (fitted, "o")):
        column = np.round((x + 1) / 2 * (columns - 1)).astype(int)
        row = np.round((np.max(y) - values) / (np.max(y) - np.min(y)) * (rows - 1)).astype(int)
        picture[np.clip(row, 0, rows - 1), column] = mark
    return ["".join(line).rstrip() for line in picture]


def shaded(images, rows=12):
    """Images side by side, dark where there is ink."""
    reduced = images[:, 2:26, 2:26].reshape(-1, rows, 2, 12, 2).mean((2, 4))
    inks = np.array(list(" .:+#"))[np.minimum(reduced // 52, 4).astype(int)]
    return ["   ".join("".join(np.repeat(line, 2)) for line in row).rstrip() for row in inks.transpose(1, 0, 2)]


def show(title, function, parameters, picture, result):
    """One of the three: what was fitted, how many numbers that took, and how it went."""
    print(f"{title}    {function}    {sum(p.size for p in parameters):,} numbers\n")
    print("\n".join(f"    {line}".rstrip() for line in picture))
    print(f"\n    {result}\n")


def plot(file, by_line, by_curve, parameters):
    """Both fits over their points, and what thirty hidden neurons look for in a digit."""
    import matplotlib.pyplot as plt

    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
    for axes, f, title, (found, x, y) in ((left, line, "a line", by_line), (middle, curve, "a sine", by_curve)):
        grid = np.linspace(-1, 1, 300)[None]
        axes.plot(x[0], y[0], ".", color="0.7")
        axes.plot(grid[0], f(found, grid)[0])
        axes.set_title(title)
    tiles = np.pad(np.reshape(parameters[0], (5, 6, 28, 28)), ((0, 0), (0, 0), (1, 1), (1, 1)))
    most = np.max(np.abs(tiles))
    right.imshow(tiles.transpose(0, 2, 1, 3).reshape(150, 180), cmap="RdBu", vmin=-most, vmax=most)
    right.set_title("the digits: the weights of 30 neurons")
    right.set_axis_off()
    figure.savefig(file, dpi=150)


def main() -> None:
    """Fit all three, and show how well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plot", help="a picture to write; needs matplotlib, the extra 'plot'")
    file = parser.parse_args().plot

    print(inspect.getsource(fit))

    by_line = found, x, y = fit_a_line()
    w, b = (each.item() for each in found)
    result = f"found y = {w:.2f} x {'-' if b < 0 else '+'} {abs(b):.2f}; the points were made around y = 2 x - 1"
    show("a line", "w x + b", found, drawn(x[0], y[0], line(found, x)[0]), result)

    by_curve = found, x, y = fit_a_sine()
    off = np.sqrt(np.mean((curve(found, x) - y) ** 2))
    picture = drawn(x[0], y[0], curve(found, x)[0])
    show("a sine", "w2 tanh(w1 x + b1) + b2", found, picture, f"{off:.3f} off, on average")

    parameters, right = read_the_digits()
    images = cr.datasets.mnist()[2].images[:4]
    digits = np.argmax(reader(parameters, np.reshape(images, (-1, 784)).T / 255), axis=0)
    result = f"read as {', '.join(map(str, digits))}; of 10,000 new ones {right:.2%} are read right"
    show("the digits", "sigmoid(w3 sigmoid(w2 x + b2) + b3)", parameters, shaded(images), result)

    if file:
        plot(file, by_line, by_curve, parameters)
    print("The same twelve lines fitted all three. Wang Yin, as quoted by the article that this project comes from:\n")
    print(
        "    \"There is nothing 'neural' in a neural network, nothing 'deep' in deep learning. What really works in it"
    )
    print(
        "    is called calculus. So I would rather call this field differentiable computing, and the building of models"
    )
    print('    differentiable programming."    (our translation)')


if __name__ == "__main__":
    main()
