"""A network's programs are the book's four equations, and its numbers the textbook's, for every depth."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import textbook
from chainrule.core.python import function_text
from chainrule.network.architecture import stacked
from chainrule.network.equations import programs
from chainrule.network.layers import NetworkError
from chainrule.program.sizes.text import without_checks

BP = """\
def backprop(w2, b2, w3, b3, a1, y):
    # w2: 30×784
    # b2: 30×1
    # w3: 10×30
    # b3: 10×1
    # a1: 784×1
    # y: 10×1
    z2 = w2 @ a1 + b2                     # 30×1
    a2 = sigmoid(z2)                      # 30×1
    z3 = w3 @ a2 + b3                     # 10×1
    a3 = sigmoid(z3)                      # 10×1
    δ3 = (a3 - y) * sigmoid_prime(z3)     # 10×1
    dC_db3 = δ3                           # 10×1
    dC_dw3 = δ3 @ a2.T                    # 10×30
    δ2 = (w3.T @ δ3) * sigmoid_prime(z2)  # 30×1
    dC_db2 = δ2                           # 30×1
    dC_dw2 = δ2 @ a1.T                    # 30×784
    return (dC_dw2, dC_db2, dC_dw3, dC_db3)"""

BP_BATCH = """\
    δ3 = (a3 - y) * sigmoid_prime(z3)             # 10×10
    dC_db3 = np.sum(δ3, axis=1, keepdims=True)    # 10×1
    dC_dw3 = δ3 @ a2.T                            # 10×30
    δ2 = (w3.T @ δ3) * sigmoid_prime(z2)          # 30×10
    dC_db2 = np.sum(δ2, axis=1, keepdims=True)    # 30×1
    dC_dw2 = δ2 @ a1.T                            # 30×784"""


def test_the_backward_pass_is_the_books_four_equations():
    with without_checks():
        assert function_text(cr.Network([784, 30, 10], seed=0).backward_program) == BP


def test_a_batch_sums_over_its_columns():
    text = function_text(programs(stacked([784, 30, 10]), 10).backprop)
    squeezed = [line.split() for line in text.splitlines()]
    assert all(line.split() in squeezed for line in BP_BATCH.splitlines())


def test_two_layers_have_no_backpropagated_error():
    text = function_text(cr.Network([784, 10], seed=0).backward_program)
    assert "δ2 = (a2 - y) * sigmoid_prime(z2)" in text
    assert ".T @" not in text


def test_latex_is_the_books():
    lines = cr.Network([784, 30, 10], seed=0).backward_program.latex().splitlines()
    assert r"\delta^{3} &= (a^{3} - y) \odot \sigma'(z^{3}) \\" in lines
    assert r"\delta^{2} &= ((w^{3})^T \, \delta^{3}) \odot \sigma'(z^{2}) \\" in lines
    assert r"\frac{\partial C}{\partial b^{3}} &= \delta^{3} \\" in lines
    assert r"\frac{\partial C}{\partial w^{2}} &= \delta^{2} \, (a^{1})^T" in lines


@pytest.mark.parametrize("sizes", [[5, 3], [7, 4, 3], [6, 5, 4, 3], [8, 6, 5, 4, 3]])
@pytest.mark.parametrize("form", ["textbook", "fast"])
def test_gradients_equal_the_textbook_on_two_to_five_layers(sizes, form):
    np.random.seed(len(sizes))
    oracle = textbook.Network(sizes)
    random = np.random.default_rng(len(sizes))
    x, y = random.random((sizes[0], 4)), random.random((sizes[-1], 4))
    flat = [array for pair in zip(oracle.weights, oracle.biases, strict=True) for array in pair]
    gradients = programs(stacked(sizes), 4, form=form).backprop(*flat, x, y)
    summed_b = [np.zeros_like(b) for b in oracle.biases]
    summed_w = [np.zeros_like(w) for w in oracle.weights]
    for column in range(4):
        nabla_b, nabla_w = oracle.backprop(x[:, [column]], y[:, [column]])
        summed_b = [s + g for s, g in zip(summed_b, nabla_b, strict=True)]
        summed_w = [s + g for s, g in zip(summed_w, nabla_w, strict=True)]
    for given, wanted in zip(
        gradients, [g for pair in zip(summed_w, summed_b, strict=True) for g in pair], strict=True
    ):
        np.testing.assert_allclose(given, wanted, rtol=0, atol=1e-12)


def test_gradients_equal_finite_differences_of_the_cost_program():
    random = np.random.default_rng(0)
    made = programs(stacked([4, 3, 2]), 5)
    args = [random.normal(size=symbol.shape) for symbol in made.cost.inputs]
    gradients = made.backprop(*args)
    for position, gradient in enumerate(gradients):
        direction = random.normal(size=gradient.shape)
        ahead, behind = (
            [*args[:position], args[position] + s * direction, *args[position + 1 :]] for s in (1e-6, -1e-6)
        )
        slope = (made.cost(*ahead) - made.cost(*behind)) / 2e-6
        assert slope == pytest.approx(np.sum(gradient * direction), rel=1e-6)


def test_sizes_carry_the_books_names():
    symbols = {
        equation.target.name: equation.target.shape
        for equation in programs(stacked([784, 30, 10]), 10).backprop.equations
    }
    assert [repr(size) for size in symbols["dC_dw2"]] == ["n2 = 30", "n1 = 784"]
    assert [repr(size) for size in symbols["δ3"]] == ["n3 = 10", "m = 10"]


def test_silent_rank_promotion_is_refused():
    with pytest.raises(cr.DimensionError) as error:
        programs(stacked([3, 4], cost=lambda a, y: np.sum((a - y[:, 0]) ** 2)), 4)
    assert str(error.value).splitlines()[1:] == [
        "  4×4 meets (4,): the numbers of axes differ",
        "    a2      : 4 × 4",
        "    y[:, 0] : (4,)",
        "  In a network every array is features × examples: give both two axes.",
    ]


@pytest.mark.parametrize(
    ("m", "keywords"),
    [
        (4, {"cost": lambda a, y: np.sum((a.T - y) ** 2)}),
        (4, {"cost": lambda a, y: np.sum((a - y) ** 2 * np.arange(4.0)[None, :])}),
        (4, {"cost": lambda a, y: np.sum((a - y.reshape(4, 4)) ** 2)}),
        (1, {"cost": lambda a, y: np.sum((a - y) ** 2 @ np.ones((1, 1)))}),
        (4, {"output": lambda z: z @ np.ones((4, 4))}),
        (3, {"layers": [3, 3, 4], "activation": lambda z: z.T}),
    ],
)
def test_functions_that_fit_batches_of_one_size_only_are_told_so(m, keywords):
    with pytest.raises(NetworkError) as error:
        programs(stacked(**{"layers": [3, 4], **keywords}), m)
    assert str(error.value).startswith(
        f"A function of your own fits a batch of {m}, but not one of 5; it must fit any number of examples, which are the "
        "columns.\n"
    )
    assert isinstance(error.value.__cause__, cr.DimensionError)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ([], "The layers are []; a network needs at least two, an input and an output layer: [784, 10]."),
        (
            [784],
            "The layers are [784]; a network needs at least two, an input and an output layer: [784, 10].",
        ),
        ([784, 0, 10], "Layer 2 has 0 neurons; every layer needs at least 1."),
        ([784, -3, 10], "Layer 2 has -3 neurons; every layer needs at least 1."),
        (
            [784, 3.5, 10],
            "The layers are [784, 3.5, 10]; they must be whole numbers, from the input to the output: [784, 30, 10].",
        ),
        (
            [True, 10],
            "The layers are [True, 10]; they must be whole numbers, from the input to the output: [784, 30, 10].",
        ),
        (
            "784",
            "The layers are '784'; they must be whole numbers, from the input to the output: [784, 30, 10].",
        ),
        (
            [784, 10**7, 10],
            "The layers [784, 10000000, 10] make 7,950,000,010 parameters; at most 500,000,000 are allowed.",
        ),
    ],
)
def test_layers_that_make_no_sense(sizes, message):
    with pytest.raises(NetworkError) as error:
        cr.Network(sizes)
    assert str(error.value) == message
