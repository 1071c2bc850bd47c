"""The recipe of the preset `fast` in JAX and in PyTorch, as a whole process: `python recipes.py jax|torch`.

The same network from the same weights, the same batches' size, rates and smoothed labels; prints how many of the 10,000
test images are read right.
"""

import sys

import numpy as np

import chainrule as cr
from chainrule.data.inputs import as_activations, one_hot


def prepared():
    """Images, smoothed labels, weights to begin with, and of each epoch its order and rates."""
    recipe = cr.PRESETS["fast"]
    train, _, test = cr.datasets.mnist()
    epochs, m, rate = (recipe.fit[key] for key in ("epochs", "batch_size", "learning_rate"))
    smoothing = np.float32(recipe.fit["regularization"].label_smoothing)
    x, y = as_activations(train.images, 784), one_hot(train.labels, 10) * (1 - smoothing) + smoothing / 10
    steps, random = len(x) // m, np.random.default_rng(0)
    rates = (rate * (1 - np.arange(epochs * steps) / (epochs * steps))).astype(np.float32).reshape(epochs, steps)
    orders = [random.permutation(len(x))[: steps * m].reshape(steps, m) for _ in range(epochs)]
    net = cr.Network(**recipe.network, seed=0)
    return x, y, list(zip(net.weights, net.biases, strict=True)), orders, rates, test


def with_jax():
    """One jit of a scan over each epoch."""
    import jax
    import jax.numpy as jnp

    x, y, pairs, orders, rates, test = prepared()
    x, y = jnp.asarray(x), jnp.asarray(y)

    def outputs(parameters, a):
        for layer, (w, b) in enumerate(parameters, start=1):
            a = a @ w + b
            a = jax.nn.relu(a) if layer < len(parameters) else a
        return a

    def step(parameters, given):
        rows, rate = given

        def cost(parameters):
            return -jnp.mean(jnp.sum(y[rows] * jax.nn.log_softmax(outputs(parameters, x[rows])), axis=1))

        return jax.tree.map(lambda p, g: p - rate * g, parameters, jax.grad(cost)(parameters)), None

    run = jax.jit(lambda parameters, order, rate: jax.lax.scan(step, parameters, (order, rate))[0], donate_argnums=0)
    parameters = [(jnp.asarray(w.T), jnp.asarray(b[:, 0])) for w, b in pairs]
    for order, rate in zip(orders, rates, strict=True):
        parameters = run(parameters, order, rate)
    return np.asarray(outputs(parameters, as_activations(test.images, 784))), test.labels


def with_torch():
    """Eager: modules, autograd, a fused optimizer."""
    import torch

    torch.set_num_threads(1)
    x, y, pairs, orders, rates, test = prepared()
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    layers = []
    for w, b in pairs:
        linear = torch.nn.Linear(w.shape[1], w.shape[0])
        linear.weight.data.copy_(torch.from_numpy(w))
        linear.bias.data.copy_(torch.from_numpy(b[:, 0]))
        layers += [linear, torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.SGD(net.parameters(), lr=0.0, fused=True)
    for order, rate in zip(orders, rates.tolist(), strict=True):
        for rows, each in zip(torch.from_numpy(order), rate, strict=True):
            optimizer.param_groups[0]["lr"] = each
            optimizer.zero_grad(set_to_none=True)
            torch.nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
            optimizer.step()
    with torch.no_grad():
        return net(torch.from_numpy(as_activations(test.images, 784))).numpy(), test.labels


if __name__ == "__main__":
    outputs, labels = {"jax": with_jax, "torch": with_torch}[sys.argv[1]]()
    print(int(np.count_nonzero(outputs.argmax(axis=1) == labels)))
