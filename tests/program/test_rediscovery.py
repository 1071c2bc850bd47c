"""Handed the article's own feedforward loop, the project writes the article's own `backprop`, line for line.

The loop is taken from the article where that lies beside the repository, and stands below in any case.
"""

import inspect
import linecache
import textwrap

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import chainrule as cr
from chainrule import textbook
from chainrule.program import helpers

from . import texts

SIZES = [[3, 2], [3, 4, 2], [2, 5, 3, 4], [4, 3, 2, 5, 2]]


def sigmoid(z):
    """The article's formula; it gives no code for it."""
    return 1.0 / (1.0 + np.exp(-z))


def cost(biases, weights, x, y):
    """The article's loop, and the quadratic cost that it differentiates."""
    activation = x
    activations = [x]
    zs = []
    for b, w in zip(biases, weights):  # noqa: B905  # the article's line
        z = np.dot(w, activation) + b
        zs.append(z)
        activation = sigmoid(z)
        activations.append(activation)
    return 0.5 * np.sum((activation - y) ** 2)


@pytest.fixture(params=["written here", "from the article"])
def loop(request):
    """The cost, and the sigmoid that it calls."""
    if request.param == "written here":
        return cost
    article = request.getfixturevalue("article")
    body = article.feedforward.replace("self.", "") + "return 0.5 * np.sum((activation - y) ** 2)\n"
    scope = {"np": np, "sigmoid": sigmoid}
    source = "def cost(biases, weights, x, y):\n" + textwrap.indent(body, "    ")
    linecache.cache["<article>"] = len(source), None, source.splitlines(keepends=True), "<article>"
    exec(compile(source, "<article>", "exec"), scope)
    return scope["cost"]


def example(sizes, columns=1, seed=0):
    """Biases, weights, inputs and desired outputs."""
    random = np.random.default_rng(seed)
    biases = [random.normal(size=(n, 1)) for n in sizes[1:]]
    weights = [random.normal(size=(n, m)) for m, n in zip(sizes, sizes[1:], strict=False)]
    return biases, weights, random.random((sizes[0], columns)), random.random((sizes[-1], columns))


def derived(loop, args, form="textbook"):
    return cr.derive(loop, args, wrt=("biases", "weights"), form=form)


ONE = """\
def cost_gradient(biases, weights, x, y):
    # x: p×1
    # y: m×1
    if not (len(biases) == len(weights) == 2):
        raise ValueError(
            'made for len(biases) = 2, len(weights) = 2; make it again for other arguments'
        )
    b1, b2 = biases                               # n×1, m×1
    w1, w2 = weights                              # n×p, m×n
    if not (
        np.ndim(b1) == np.ndim(b2) == np.ndim(w1) == 2
        and b1.shape[1] == b2.shape[1] == 1
        and len(w1) == len(b1)
        and np.shape(w2) == (len(b2), len(b1))
        and np.shape(x) == (w1.shape[1], 1)
        and np.shape(y) == (len(b2), 1)
    ):
        raise ValueError('made for the shapes in its comments; make it again for other arguments')
    z1 = w1 @ x + b1                              # n×1
    activation1 = sigmoid(z1)                     # n×1
    z2 = w2 @ activation1 + b2                    # m×1
    activation2 = sigmoid(z2)                     # m×1
    δ_z2 = (activation2 - y) * sigmoid_prime(z2)  # m×1
    dC_db2 = δ_z2                                 # m×1
    dC_dw2 = δ_z2 @ activation1.T                 # m×n
    δ_z1 = (w2.T @ δ_z2) * sigmoid_prime(z1)      # n×1
    dC_db1 = δ_z1                                 # n×1
    dC_dw1 = δ_z1 @ x.T                           # n×p
    return ([dC_db1, dC_db2], [dC_dw1, dC_dw2])
"""
TEN = """\
def cost_gradient(biases, weights, x, y):
    # x: p×q
    # y: m×q
    if not (len(biases) == len(weights) == 2):
        raise ValueError(
            'made for len(biases) = 2, len(weights) = 2; make it again for other arguments'
        )
    b1, b2 = biases                               # n×1, m×1
    w1, w2 = weights                              # n×p, m×n
    if not (
        np.ndim(b1) == np.ndim(b2) == np.ndim(w1) == np.ndim(x) == 2
        and b1.shape[1] == b2.shape[1] == 1
        and len(w1) == len(b1)
        and np.shape(w2) == (len(b2), len(b1))
        and len(x) == w1.shape[1]
        and np.shape(y) == (len(b2), x.shape[1])
    ):
        raise ValueError('made for b1 n×1, b2 m×1; make it again for other arguments')
    z1 = w1 @ x + b1                              # n×q
    activation1 = sigmoid(z1)                     # n×q
    z2 = w2 @ activation1 + b2                    # m×q
    activation2 = sigmoid(z2)                     # m×q
    δ_z2 = (activation2 - y) * sigmoid_prime(z2)  # m×q
    dC_db2 = np.sum(δ_z2, axis=1, keepdims=True)  # m×1
    dC_dw2 = δ_z2 @ activation1.T                 # m×n
    δ_z1 = (w2.T @ δ_z2) * sigmoid_prime(z1)      # n×q
    dC_db1 = np.sum(δ_z1, axis=1, keepdims=True)  # n×1
    dC_dw1 = δ_z1 @ x.T                           # n×p
    return ([dC_db1, dC_db2], [dC_dw1, dC_dw2])
"""


PRELUDE = "\n\n".join(["import numpy as np\n", *map(inspect.getsource, (helpers.sigmoid, helpers.sigmoid_prime)), ""])


@pytest.mark.names
@pytest.mark.parametrize(("columns", "text"), [(1, ONE), (10, TEN)], ids=["one", "ten"])
def test_the_four_equations(loop, columns, text):
    assert str(derived(loop, example([784, 30, 10], columns))) == PRELUDE + text


@pytest.mark.names
def test_the_fast_form(loop):
    text = str(derived(loop, example([784, 30, 10]), "fast"))
    assert "δ_z2 = (activation2 - y) * (activation2 * (1.0 - activation2))" in text
    assert "δ_z1 = (w2.T @ δ_z2) * (activation1 * (1.0 - activation1))" in text
    assert "sigmoid_prime" not in text


@pytest.mark.parametrize("form", ["textbook", "fast"])
@pytest.mark.parametrize("columns", [1, 10])
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_what_is_printed_is_the_gradient(loop, sizes, columns, form):
    args = example(sizes, columns, seed=len(sizes))
    program = derived(loop, args, form)
    texts.text(program, args)
    scope = {}
    exec(str(program), scope)
    printed = scope["cost_gradient"](*args)
    agree(printed, cr.grad(loop, ("biases", "weights"))(*args))
    agree(printed, by_autograd(*args))


@pytest.mark.parametrize("form", ["textbook", "fast"])
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_it_is_the_articles_backprop(loop, sizes, form):
    args = biases, weights, x, y = example(sizes)
    by_hand = textbook.Network(sizes)
    by_hand.biases, by_hand.weights = biases, weights
    agree(derived(loop, args, form)(*args), by_hand.backprop(x, y))


@pytest.mark.parametrize("columns", [1, 10])
def test_finite_differences(loop, columns):
    assert cr.check_grad(loop, example([4, 3, 2], columns)).compared > 20


def test_the_forward_pass_is_the_articles_bit_for_bit(loop):
    args = example([784, 30, 10], 10)
    texts.equal(cr.trace(loop, args)(*args), loop(*args))


def test_a_far_too_large_weighted_input_gives_the_limit_and_no_warning():
    biases, weights, x, y = example([3, 2])
    args = [b - 2000.0 for b in biases], weights, x, y
    gradient_b, gradient_w = derived(cost, example([3, 2]))(*args)
    assert not np.any(gradient_b[0]) and not np.any(gradient_w[0])


def by_autograd(biases, weights, x, y):
    def the_same(biases, weights):
        a = x
        for b, w in zip(biases, weights, strict=True):
            a = 1.0 / (1.0 + anp.exp(-(anp.dot(w, a) + b)))
        return 0.5 * anp.sum((a - y) ** 2)

    return autograd.grad(the_same, (0, 1))(biases, weights)


def agree(one, other):
    for ours, theirs in zip(one, other, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            assert a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)
