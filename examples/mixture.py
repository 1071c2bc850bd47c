"""Two clouds of points, found by going up the slope of their likelihood; logsumexp never overflows.

python examples/mixture.py
"""

import numpy as np

import chainrule as cr


def logsumexp(x, axis):
    """The logarithm of a sum of exponentials, the largest taken out first."""
    top = np.max(x, axis=axis, keepdims=True)
    return np.log(np.sum(np.exp(x - top), axis=axis)) + np.squeeze(top, axis)


def cost(mixture, points):
    """Minus the mean log-likelihood; the mixture is a dict, and so is its gradient."""
    scores = mixture["weights"] - logsumexp(mixture["weights"], 0)
    scale = np.exp(mixture["log_scales"])
    distances = np.sum(((points[:, None, :] - mixture["means"]) / scale[:, None]) ** 2, axis=2)
    return -np.mean(logsumexp(scores - 0.5 * distances - 2 * mixture["log_scales"] - np.log(2 * np.pi), 1))


def fit(points, clusters=2, steps=400, rate=0.3):
    """Gradient descent from points at random."""
    random = np.random.default_rng(0)
    mixture = {
        "weights": np.zeros(clusters),
        "means": points[random.choice(len(points), clusters, replace=False)],
        "log_scales": np.zeros(clusters),
    }
    slopes = cr.compile(cr.grad(cost))
    for _ in range(steps):
        found = slopes(mixture, points)
        mixture = {name: value - rate * found[name] for name, value in mixture.items()}
    return mixture


def clouds(random, count=300):
    """Points around (−2, 0), a third of them, and around (2, 1)."""
    first = random.normal(size=(count // 3, 2)) * 0.5 + [-2, 0]
    return np.concatenate([first, random.normal(size=(count - count // 3, 2)) * 0.8 + [2, 1]])


def main() -> None:
    """Fit, and print what was found."""
    mixture = fit(clouds(np.random.default_rng(1)))
    shares = np.exp(mixture["weights"]) / np.sum(np.exp(mixture["weights"]))
    for share, mean, scale in zip(shares, mixture["means"], np.exp(mixture["log_scales"]), strict=True):
        print(f"{share:.0%} of the points around ({mean[0]:+.2f}, {mean[1]:+.2f}), {scale:.2f} wide")
    print("as they were made: 33% around (-2, 0), 0.5 wide, and 67% around (2, 1), 0.8 wide")


if __name__ == "__main__":
    main()
