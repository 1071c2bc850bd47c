"""A Gaussian process that learns how smooth its data are: the derivative goes through a Cholesky factorization.

python examples/gaussian_process.py
"""

import numpy as np

import chainrule as cr


def cost(settings, x, y):
    """Minus the log-likelihood, up to a constant."""
    scale, noise = np.exp(settings["log_scale"]), np.exp(settings["log_noise"])
    kernel = np.exp(-0.5 * ((x[:, None] - x[None, :]) / scale) ** 2) + noise * np.eye(len(x))
    lower = np.linalg.cholesky(kernel)
    whitened = np.linalg.solve(lower, y)
    diagonal = np.sum(lower * np.eye(len(x)), axis=1)
    return 0.5 * np.sum(whitened**2) + np.sum(np.log(diagonal))


def fit(x, y, steps=200, rate=0.02):
    """Gradient descent on both settings."""
    settings = {"log_scale": 0.0, "log_noise": -1.0}
    slopes = cr.compile(cr.grad(cost))
    for _ in range(steps):
        found = slopes(settings, x, y)
        settings = {name: float(value - rate * found[name]) for name, value in settings.items()}
    return settings


def main() -> None:
    """Fit a noisy sine, whose noise has a variance of 0.01."""
    random = np.random.default_rng(0)
    x = np.sort(random.uniform(-3, 3, 40))
    settings = fit(x, np.sin(2 * x) + 0.1 * random.normal(size=40))
    scale, noise = np.exp(settings["log_scale"]), np.exp(settings["log_noise"])
    print(f"the data are smooth over {scale:.2f}, under noise of variance {noise:.4f}; they were made with 0.01")


if __name__ == "__main__":
    main()
