"""Networks of different shapes, tried in processes of their own; those that fall behind are ended early.

python examples/sweep.py [--processes 2] [--examples 5000]

Networks of one shape are trained side by side in one process by `chainrule.fit_many`. For others, a network and all that `fit`
takes can be pickled, so that joblib sends them to its processes; so do Dask and Ray. Each process has one core.
"""

import argparse
import itertools
import time

import joblib

import chainrule as cr

HIDDEN = [[16], [32], [64], [128], [32, 32], [64, 32]]
ACTIVATIONS = ["sigmoid", "tanh", "relu"]
BEHIND = 0.8  # a network that reads less than this share of the images after three epochs is ended


def pruned(epoch):
    """Whether a network is ended after this epoch."""
    return epoch.number == 3 and epoch.validation.accuracy < BEHIND


def tried(layers, activation, train, valid, epochs):
    """One network of the sweep, by the share of images that it reads right."""
    net = cr.Network(layers, activation=activation, cost="log-likelihood", initializer="he", seed=0)
    net.fit(*train, epochs=epochs, learning_rate=0.1, validation=valid, callbacks=[pruned])
    return net.score(*valid), layers, activation


def sweep(examples=5000, processes=2, epochs=10):
    """All networks, the best first, each with its share of images read right."""
    train, valid, _ = cr.datasets.mnist()
    train, valid = (train[0][:examples], train[1][:examples]), (valid[0][:2000], valid[1][:2000])
    # large networks first, so that none of them runs alone at the end
    shapes = sorted(([784, *hidden, 10] for hidden in HIDDEN), key=lambda layers: -layers[1])
    with joblib.parallel_config("loky", n_jobs=processes, inner_max_num_threads=1):
        found = joblib.Parallel()(
            joblib.delayed(tried)(*each, train, valid, epochs) for each in itertools.product(shapes, ACTIVATIONS)
        )
    return sorted(found, key=lambda each: -each[0])


def main():
    """Try them all, and print the scores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--examples", type=int, default=5000)
    given = parser.parse_args()
    began = time.perf_counter()
    for score, layers, activation in sweep(given.examples, given.processes):
        print(f"{score:6.1%}  {activation:8} {layers}")
    print(f"{time.perf_counter() - began:.1f} s in {given.processes} processes")


if __name__ == "__main__":
    main()
