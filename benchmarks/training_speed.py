"""A training step on the default install, beside plain batched NumPy written by hand: a short check without any peer.

Both run alternating, epoch by epoch, in one process on one thread; reported are the medians over the epochs, and the
ratio of each pair. Ours includes what `fit` always does: summing up cost and accuracy of its own forward passes.
"""

import argparse
import json
import os
import statistics
import time

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np

import chainrule as cr
from chainrule.data.inputs import as_activations, one_hot
from machine import machine


def by_hand(x, y, order, w2, b2, w3, b3, rate, batch):
    """One epoch of plain batched NumPy, as a careful programmer writes it: rows are examples, no Python per image."""
    for k in range(0, len(order), batch):
        rows = order[k : k + batch]
        a1, t = x[rows], y[rows]
        a2 = 1 / (1 + np.exp(-(a1 @ w2.T + b2)))
        a3 = 1 / (1 + np.exp(-(a2 @ w3.T + b3)))
        d3 = (a3 - t) * a3 * (1 - a3)
        d2 = (d3 @ w3) * a2 * (1 - a2)
        w3 -= rate * (d3.T @ a2)
        b3 -= rate * d3.sum(0)
        w2 -= rate * (d2.T @ a1)
        b2 -= rate * d2.sum(0)


def difference(hidden: int, x, y, labels, batch: int) -> float:
    """How far the weights are apart after one pass over these images; later, rounding makes two networks of them."""
    net = cr.Network([784, hidden, 10], seed=0)
    w2, b2, w3, b3 = (p.copy() for p in net.parameters)
    hand = [w2, b2[:, 0].copy(), w3, b3[:, 0].copy()]
    order = np.random.default_rng(np.random.SeedSequence(0).spawn(2)[1]).permutation(len(x))
    by_hand(x, y, order, *hand, np.float32(3.0 / batch), batch)
    net.fit(x, labels, epochs=1, batch_size=batch)
    return max(float(np.abs(o - h).max()) for o, h in zip(net.weights, (hand[0], hand[2]), strict=True))


def measure(hidden: int, epochs: int, images: int, batch: int = 10) -> dict[str, object]:
    """Time both on `[784, hidden, 10]`; check that they compute the same."""
    train, _, _ = cr.datasets.mnist()
    x = as_activations(train.images[:images], 784)
    y = one_hot(train.labels[:images], 10)
    net = cr.Network([784, hidden, 10], seed=0)
    w2, b2, w3, b3 = (p.copy() for p in net.parameters)
    hand = [w2, b2[:, 0].copy(), w3, b3[:, 0].copy()]
    order_of = np.random.default_rng(np.random.SeedSequence(0).spawn(2)[1])  # the network's own shuffling
    pairs = []
    apart = difference(hidden, x[:1000], y[:1000], train.labels[:1000], batch)
    for _ in range(epochs):
        order = order_of.permutation(images)
        started = time.perf_counter()
        by_hand(x, y, order, *hand, np.float32(3.0 / batch), batch)
        middle = time.perf_counter()
        history = net.fit(x, train.labels[:images], epochs=1, batch_size=batch)
        pairs.append((middle - started, history.seconds))
    steps = images / batch
    return {
        "sizes": [784, hidden, 10],
        "batch": batch,
        "epochs": epochs,
        "by_hand_us": round(statistics.median(hand for hand, _ in pairs) / steps * 1e6, 1),
        "chainrule_us": round(statistics.median(ours for _, ours in pairs) / steps * 1e6, 1),
        "ratio_median": round(statistics.median(ours / hand for hand, ours in pairs), 3),
        "ratio_range": [round(min(o / h for h, o in pairs), 3), round(max(o / h for h, o in pairs), 3)],
        "largest_weight_difference_after_1000_images": apart,
    }


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one small case")
    quick = parser.parse_args().quick
    cases = [(30, 2, 10_000)] if quick else [(30, 9, 50_000), (100, 7, 50_000)]
    result = {"machine": machine(), "rows": [measure(*case) for case in cases]}
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
