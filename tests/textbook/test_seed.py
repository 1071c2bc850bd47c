"""`textbook.Network` is the article's network: the article's own code, run, gives the same bits."""

import inspect

import numpy as np
import pytest

from chainrule import textbook

SIZES = [[784, 10], [1, 1], [3, 2], [784, 30, 10], [2, 3, 1], [4, 1, 4], [3, 4, 5, 2], [2, 6, 3, 5, 4]]


def both(article, sizes):
    """The article's network and ours from the same seed."""
    networks = []
    for cls in (article.Network, textbook.Network):
        np.random.seed(len(sizes))
        networks.append(cls(sizes))
    return networks


def examples(sizes, m):
    return [(np.random.rand(sizes[0], 1), np.random.rand(sizes[-1], 1)) for _ in range(m)]


def assert_same_bits(one, other):
    assert [a.shape for a in one] == [a.shape for a in other]
    assert [a.dtype for a in one] == [a.dtype for a in other]
    assert [a.tobytes() for a in one] == [a.tobytes() for a in other]


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_a_seed_gives_the_articles_weights_and_biases(article, sizes):
    theirs, ours = both(article, sizes)
    assert (theirs.num_layers, theirs.sizes) == (ours.num_layers, ours.sizes)
    assert_same_bits(theirs.weights, ours.weights)
    assert_same_bits(theirs.biases, ours.biases)


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_backprop_gives_the_articles_gradients(article, sizes):
    theirs, ours = both(article, sizes)
    for x, y in examples(sizes, 5):
        their_b, their_w = theirs.backprop(x, y)
        our_b, our_w = ours.backprop(x, y)
        assert_same_bits(their_b, our_b)
        assert_same_bits(their_w, our_w)


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("m", [1, 3, 10])
def test_a_step_gives_the_articles_weights_and_biases(article, sizes, m):
    theirs, ours = both(article, sizes)
    for _ in range(3):
        batch = examples(sizes, m)
        theirs.update_mini_batch(batch, 3.0)
        ours.update_mini_batch(batch, 3.0)
    assert_same_bits(theirs.weights, ours.weights)
    assert_same_bits(theirs.biases, ours.biases)


def test_the_articles_feedforward_gives_our_output(article):
    net = textbook.Network([784, 30, 10])
    x = np.random.rand(784, 1)
    namespace = {"self": net, "x": x, "np": np, "sigmoid": textbook.sigmoid}
    exec(article.feedforward, namespace)
    assert [a.shape for a in namespace["activations"]] == [(784, 1), (30, 1), (10, 1)]
    assert_same_bits([namespace["activation"]], [net.feedforward(x)])


def test_every_line_of_the_article_is_in_the_class(article):
    """A fragment lost in the assembly would leave the tests above comparing less than they say."""
    methods = [name for name, _ in inspect.getmembers(article.Network, inspect.isfunction)]
    assert methods == ["__init__", "backprop", "cost_derivative", "update_mini_batch"]
    lines = [line for line in article.source.splitlines() if line.strip()]
    assert len(lines) == 41 + 2  # the article's, and the two headings that it leaves out
