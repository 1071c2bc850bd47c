"""A network that has learned to tell some digits apart helps another to learn other digits, of which there are few.

python examples/transfer.py

Its convolutions are copied and frozen, so that only the last layer learns; then they may learn, too, with a small rate.
"""

import chainrule as cr
from chainrule.layers import Conv, Flatten, MaxPool

FEW = 5  # examples of each new digit


def network(seed):
    """Five digits, by two convolutions, which are layers 2 and 4."""
    layers = [Conv(8, 5), MaxPool(2), Conv(16, 5), MaxPool(2), Flatten(), 5]
    return cr.Network(layers, input=(1, 28, 28), activation="relu", cost="log-likelihood", initializer="he", seed=seed)


def digits(data, wanted, each=None):
    """The images of some digits, of each as many as wanted, labeled from 0."""
    images, labels = data
    rows = [(labels == digit).nonzero()[0][:each] for digit in wanted]
    chosen = sorted(row for some in rows for row in some)
    return images[chosen], labels[chosen] - wanted[0]


def compared(each=2000, epochs=40):
    """The accuracy on new digits: of a network of its own; of one with the other's convolutions; after these have learned."""
    train, _, test = cr.datasets.mnist()
    few, new = digits(train, range(5, 10), FEW), digits(test, range(5, 10))
    known = network(0)
    known.fit(*digits(train, range(5), each), epochs=3, learning_rate=0.02)

    alone, helped = network(1), network(1)
    alone.fit(*few, epochs=epochs, learning_rate=0.02)
    for mine, its in zip(helped.parameters[:4], known.parameters[:4], strict=True):  # w2, b2, w4, b4
        mine[...] = its
    helped.fit(*few, epochs=epochs, learning_rate=0.02, freeze=[2, 4])
    frozen = helped.score(*new)
    helped.fit(*few, epochs=epochs, learning_rate=0.005)  # goes on from there, now with all layers
    return alone.score(*new), frozen, helped.score(*new)


def main():
    """Compare them, and print how much each reads."""
    alone, frozen, after = compared()
    print(f"Of {FEW} images of each of five digits learned, of the others are read right:")
    print(f"{alone:6.1%}  by a network of its own")
    print(f"{frozen:6.1%}  with the convolutions of one that has learned other digits, frozen")
    print(f"{after:6.1%}  after these have learned, too")


if __name__ == "__main__":
    main()
