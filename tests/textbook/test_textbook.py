"""The oracle itself: by hand, by finite differences, and as the book says it behaves."""

import ast
import inspect
import random
import textwrap
from decimal import Decimal, localcontext

import numpy as np
import pytest

from chainrule import textbook
from chainrule.textbook import Network, sigmoid, sigmoid_prime


def column(*values):
    return np.array(values, dtype=float).reshape(-1, 1)


def random_example(sizes):
    return np.random.rand(sizes[0], 1), np.random.rand(sizes[-1], 1)


# By hand
# -------
#
# Two inputs, two hidden neurons, one output; neurons count from 0.
#
#   x = (1, 0.5)     w² = (0.2  −0.4)    b² = ( 0.1)     w³ = (0.5  −1.5)    b³ = 0.25     y = 1
#                         (0.6   0.8)         (−0.5)
#
# 2 Feedforward      z²_0 = 0.2·1 − 0.4·0.5 + 0.1                  =  0.1
#                    z²_1 = 0.6·1 + 0.8·0.5 − 0.5                  =  0.5
#                    a²_0 = 1/(1 + e^−0.1)                         =  0.52497918747893998610
#                    a²_1 = 1/(1 + e^−0.5)                         =  0.62245933120185456464
#                    z³   = 0.5·a²_0 − 1.5·a²_1 + 0.25             = −0.42119940306331185391
#                    a³   = 1/(1 + e^0.42119940306331185391)       =  0.39622977916928439515
# 3 Output error     σ'(z³) = a³ (1 − a³)                          =  0.23923174126874451716
#                    δ³   = (a³ − 1) · σ'(z³)                      = −0.14444100125554649690      BP1
# 4 Backpropagated   σ'(z²_0) = a²_0 (1 − a²_0)                    =  0.24937604019289196782
#   error            σ'(z²_1) = a²_1 (1 − a²_1)                    =  0.23500371220159448907
#                    δ²_0 =  0.5 · δ³ · σ'(z²_0)                   = −0.01801006246730236120      BP2
#                    δ²_1 = −1.5 · δ³ · σ'(z²_1)                   =  0.05091625723375289581
# 5 Output           ∂C/∂b³    = δ³,  ∂C/∂b²_j = δ²_j                                             BP3
#                    ∂C/∂w³_00 = a²_0 · δ³                         = −0.07582851947778135032      BP4
#                    ∂C/∂w³_01 = a²_1 · δ³                         = −0.08990864903965370792
#                    ∂C/∂w²_00 = 1   · δ²_0                        = −0.01801006246730236120
#                    ∂C/∂w²_01 = 0.5 · δ²_0                        = −0.00900503123365118060
#                    ∂C/∂w²_10 = 1   · δ²_1                        =  0.05091625723375289581
#                    ∂C/∂w²_11 = 0.5 · δ²_1                        =  0.02545812861687644791

Z2 = ("0.1", "0.5")
A2 = ("0.52497918747893998610", "0.62245933120185456464")
Z3 = "-0.42119940306331185391"
A3 = "0.39622977916928439515"
D3 = "-0.14444100125554649690"
D2 = ("-0.01801006246730236120", "0.05091625723375289581")
W3 = ("-0.07582851947778135032", "-0.08990864903965370792")
W2 = (
    ("-0.01801006246730236120", "-0.00900503123365118060"),
    ("0.05091625723375289581", "0.02545812861687644791"),
)


def hand_network():
    net = Network([2, 2, 1])
    net.weights = [np.array([[0.2, -0.4], [0.6, 0.8]]), np.array([[0.5, -1.5]])]
    net.biases = [column(0.1, -0.5), column(0.25)]
    return net, column(1, 0.5), column(1)


def assert_to_the_digit(got, literals):
    """Twenty digits by hand, as nearly as a float64 below 1 holds them."""
    np.testing.assert_allclose(got, np.array(literals, dtype=float), rtol=0, atol=2e-16)


def test_the_calculation_by_hand_is_right():
    """The digits above once more, neuron by neuron, in decimal arithmetic: no NumPy, no binary rounding."""

    def is_about(exact, literal):
        return abs(exact - Decimal(literal)) <= Decimal("0.5e-20")

    with localcontext(prec=40):
        one, half = Decimal(1), Decimal("0.5")
        z2_0 = Decimal("0.2") * one + Decimal("-0.4") * half + Decimal("0.1")
        z2_1 = Decimal("0.6") * one + Decimal("0.8") * half + Decimal("-0.5")
        a2_0 = 1 / (1 + (-z2_0).exp())
        a2_1 = 1 / (1 + (-z2_1).exp())
        z3 = Decimal("0.5") * a2_0 + Decimal("-1.5") * a2_1 + Decimal("0.25")
        a3 = 1 / (1 + (-z3).exp())
        δ3 = (a3 - 1) * a3 * (1 - a3)
        δ2_0 = Decimal("0.5") * δ3 * a2_0 * (1 - a2_0)
        δ2_1 = Decimal("-1.5") * δ3 * a2_1 * (1 - a2_1)
        assert (z2_0, z2_1) == (Decimal(Z2[0]), Decimal(Z2[1]))
        assert is_about(a2_0, A2[0])
        assert is_about(a2_1, A2[1])
        assert is_about(z3, Z3)
        assert is_about(a3, A3)
        assert is_about(δ3, D3)
        assert is_about(δ2_0, D2[0])
        assert is_about(δ2_1, D2[1])
        assert is_about(a2_0 * δ3, W3[0])
        assert is_about(a2_1 * δ3, W3[1])
        assert is_about(one * δ2_0, W2[0][0])
        assert is_about(half * δ2_0, W2[0][1])
        assert is_about(one * δ2_1, W2[1][0])
        assert is_about(half * δ2_1, W2[1][1])


def test_feedforward_by_hand(monkeypatch):
    net, x, _ = hand_network()
    seen = []

    def recording(z):
        seen.append((z, sigmoid(z)))
        return sigmoid(z)

    monkeypatch.setattr(textbook, "sigmoid", recording)
    assert_to_the_digit(net.feedforward(x), [[A3]])
    (z2, a2), (z3, a3) = seen
    assert_to_the_digit(z2.ravel(), Z2)
    assert_to_the_digit(a2.ravel(), A2)
    assert_to_the_digit(z3, [[Z3]])
    assert_to_the_digit(a3, [[A3]])


def test_backprop_by_hand():
    net, x, y = hand_network()
    nabla_b, nabla_w = net.backprop(x, y)
    assert_to_the_digit(nabla_b[1], [[D3]])
    assert_to_the_digit(nabla_b[0].ravel(), D2)
    assert_to_the_digit(nabla_w[1], [W3])
    assert_to_the_digit(nabla_w[0], W2)


def test_a_step_by_hand():
    """w ← w − (η/m) ∂C/∂w with η = 0.5, m = 2 and the same example twice: w − 0.5 ∂C/∂w."""
    net, x, y = hand_network()
    net.update_mini_batch([(x, y), (x, y)], 0.5)
    assert_to_the_digit(
        net.weights[0],
        [
            [0.2 - 0.5 * float(W2[0][0]), -0.4 - 0.5 * float(W2[0][1])],
            [0.6 - 0.5 * float(W2[1][0]), 0.8 - 0.5 * float(W2[1][1])],
        ],
    )
    assert_to_the_digit(net.weights[1], [[0.5 - 0.5 * float(W3[0]), -1.5 - 0.5 * float(W3[1])]])
    assert_to_the_digit(net.biases[0].ravel(), [0.1 - 0.5 * float(D2[0]), -0.5 - 0.5 * float(D2[1])])
    assert_to_the_digit(net.biases[1], [[0.25 - 0.5 * float(D3)]])


# By finite differences
# ---------------------


def disagreement(net, x, y, h=1e-5):
    """How far backprop is from central differences of C: the worst of the arrays, relative."""

    def C():
        return 0.5 * np.sum((net.feedforward(x) - y) ** 2)

    worst = 0.0
    for parameters, nabla in zip((net.biases, net.weights), net.backprop(x, y), strict=True):
        for p, claimed in zip(parameters, nabla, strict=True):
            measured = np.empty_like(p)
            for i in np.ndindex(p.shape):
                there = p[i]
                p[i] = there + h
                above = C()
                p[i] = there - h
                below = C()
                p[i] = there
                measured[i] = (above - below) / (2 * h)
            worst = max(worst, np.linalg.norm(claimed - measured) / np.linalg.norm(measured))
    return worst


TOLERANCE = 1e-6


@pytest.mark.parametrize("sizes", [[3, 2], [1, 1], [3, 4, 2], [4, 1, 3], [2, 5, 4, 3], [3, 4, 2, 5, 3]], ids=str)
def test_gradients_agree_with_finite_differences(sizes):
    for _ in range(5):
        assert disagreement(Network(sizes), *random_example(sizes)) < TOLERANCE


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (" * sigmoid_prime(zs[-1])", ""),
        (", delta) * sp", ", delta)"),
        ("zs[-back]", "zs[-back + 1]"),
        ("self.weights[-back + 1].transpose()", "self.weights[-back + 1]"),
        ("self.weights[-back + 1]", "self.weights[-back]"),
        ("activations[-2].transpose()", "activations[-1].transpose()"),
        ("activations[-back - 1].transpose()", "activations[-back].transpose()"),
        ("nabla_b[-back] = delta", "nabla_b[-back] = sp"),
        ("range(2, self.num_layers)", "range(2, self.num_layers - 1)"),
    ],
)
def test_planted_faults_are_caught(right, wrong):
    """Every layer has three neurons, so that no fault shows as a wrong shape."""
    source = textwrap.dedent(inspect.getsource(Network.backprop))
    assert source.count(right) == 1
    namespace = dict(vars(textbook))
    exec(source.replace(right, wrong), namespace)
    faulty = type("Faulty", (Network,), {"backprop": namespace["backprop"]})([3, 3, 3, 3])
    assert disagreement(faulty, *random_example([3, 3, 3, 3])) > 1000 * TOLERANCE


def test_another_cost_is_a_subclass_with_another_cost_derivative():
    """The cross-entropy cost: ∇_a C = (a − y) / (a (1 − a)), so that δ^L = a^L − y."""

    class CrossEntropy(Network):
        def cost_derivative(self, output_activations, y):
            return (output_activations - y) / (output_activations * (1 - output_activations))

    net = CrossEntropy([3, 4, 2])
    x, y = random_example([3, 4, 2])
    nabla_b, _ = net.backprop(x, y)
    np.testing.assert_allclose(nabla_b[-1], net.feedforward(x) - y, rtol=1e-12)


# The note on negative indices
# ----------------------------


@pytest.mark.parametrize("sizes", [[7, 2], [7, 5, 2], [7, 5, 3, 2], [7, 6, 5, 3, 2]], ids=str)
def test_the_note_on_negative_indices_is_true(sizes):
    net = Network(sizes)
    L = net.num_layers
    w = {layer: net.weights[layer - 2] for layer in range(2, L + 1)}  # w[layer], counting from 1 at the input
    activations = [f"a{layer}" for layer in range(1, L + 1)]
    for back in range(1, L):
        layer = L - back + 1
        assert net.weights[-back] is w[layer]
        assert net.weights[-back].shape == (sizes[layer - 1], sizes[layer - 2])
        assert activations[-back - 1] == f"a{layer - 1}"
        if back > 1:
            assert net.weights[-back + 1] is w[layer + 1]
    # Why the loop starts from back = 2: for back = 1 the later layer would be the *first*.
    assert net.weights[-1 + 1] is w[2]
    assert [L - back + 1 for back in range(2, L)] == list(range(L - 1, 1, -1))  # l = L − 1, L − 2, …, 2 of the book


# SGD, evaluate, sigmoid
# ----------------------


def test_sgd_prints_how_many_are_right(capsys):
    net = Network([2, 2])
    net.weights, net.biases = [np.eye(2)], [column(0, 0)]  # the larger input wins
    test_data = [(column(1, 0), 0), (column(0, 1), 1), (column(0, 1), 0)]
    assert net.evaluate(test_data) == 2
    assert net.SGD([(column(1, 0), column(1, 0))], 3, 10, 0.0, test_data=test_data) is None
    assert capsys.readouterr().out == "Epoch 0: 2 / 3\nEpoch 1: 2 / 3\nEpoch 2: 2 / 3\n"


@pytest.mark.parametrize("test_data", [None, []])
def test_sgd_without_test_data_prints_that_it_is_done(capsys, test_data):
    Network([2, 2]).SGD([(column(1, 0), column(1, 0))], 2, 10, 3.0, test_data)
    assert capsys.readouterr().out == "Epoch 0 complete\nEpoch 1 complete\n"


class Recording(Network):
    """Keeps the mini-batches that it is trained on."""

    def __init__(self, sizes):
        super().__init__(sizes)
        self.batches = []

    def update_mini_batch(self, mini_batch, eta):
        self.batches.append([int(x[0, 0]) for x, _ in mini_batch])
        super().update_mini_batch(mini_batch, eta)


def test_an_epoch_is_the_shuffled_data_in_batches_the_last_one_short():
    data = [(column(i), column(0)) for i in range(7)]
    net = Recording([1, 1])
    random.seed(5)
    net.SGD(data, 2, 3, 0.1)
    assert [len(batch) for batch in net.batches] == [3, 3, 1, 3, 3, 1]
    random.seed(5)
    order = list(range(7))
    for epoch in (net.batches[:3], net.batches[3:]):
        random.shuffle(order)  # as the book: the order of one epoch is shuffled to give the next
        assert [i for batch in epoch for i in batch] == order
    assert [int(x[0, 0]) for x, _ in data] == list(range(7))


def test_a_short_batch_divides_by_its_own_size():
    net = Network([2, 3, 1])
    x, y = random_example([2, 3, 1])
    _, nabla_w = net.backprop(x, y)
    expected = [w - 3.0 * nw for w, nw in zip(net.weights, nabla_w, strict=True)]
    net.SGD([(x, y)], 1, 10, 3.0)
    for w, e in zip(net.weights, expected, strict=True):
        np.testing.assert_array_equal(w, e)


def test_sgd_takes_what_python_3_makes_of_zip(capsys):
    """The book passes zip(…), which on Python 3 could be gone through once; there are several epochs."""
    xs, ys, digits = [column(i) for i in range(4)], [column(0)] * 4, [0] * 4
    net = Recording([1, 1])
    net.SGD(zip(xs, ys, strict=True), 2, 2, 0.1, test_data=zip(xs, digits, strict=True))
    assert [sorted(net.batches[i] + net.batches[i + 1]) for i in (0, 2)] == [[0, 1, 2, 3]] * 2
    assert capsys.readouterr().out == "Epoch 0: 4 / 4\nEpoch 1: 4 / 4\n"


def test_training_learns_which_side_of_a_line_a_point_is_on(capsys):
    points = [np.random.rand(2, 1) for _ in range(60)]
    points = [x for x in points if abs(x[0, 0] - x[1, 0]) > 0.1]
    digits = [int(x[1, 0] > x[0, 0]) for x in points]
    training_data = [(x, np.eye(2)[:, [digit]]) for x, digit in zip(points, digits, strict=True)]
    net = Network([2, 3, 2])
    net.SGD(training_data, 100, 5, 3.0, test_data=zip(points, digits, strict=True))
    n = len(points)
    assert capsys.readouterr().out.splitlines()[-1] == f"Epoch 99: {n} / {n}"


def test_sigmoid_is_the_formula_and_overflows_in_silence():
    z = np.linspace(-700, 700, 2001)
    np.testing.assert_array_equal(sigmoid(z), 1.0 / (1.0 + np.exp(-z)))
    np.testing.assert_array_equal(sigmoid_prime(z), sigmoid(z) * (1 - sigmoid(z)))
    far = np.array([-np.inf, -1e4, 0.0, 1e4, np.inf])
    np.testing.assert_array_equal(sigmoid(far), [0, 0, 0.5, 1, 1])  # any warning is an error here
    np.testing.assert_array_equal(sigmoid(far.astype(np.float32)), [0, 0, 0.5, 1, 1])


# The interface
# -------------


def test_the_interface_is_the_books():
    assert {
        name: [f"{p.name}={p.default}" if p.default is not p.empty else p.name for p in parameters]
        for name, f in vars(Network).items()
        if inspect.isfunction(f)
        for parameters in [inspect.signature(f).parameters.values()]
    } == {
        "__init__": ["self", "sizes"],
        "feedforward": ["self", "a"],
        "SGD": ["self", "training_data", "epochs", "mini_batch_size", "eta", "test_data=None"],
        "update_mini_batch": ["self", "mini_batch", "eta"],
        "backprop": ["self", "x", "y"],
        "evaluate": ["self", "test_data"],
        "cost_derivative": ["self", "output_activations", "y"],
    }
    assert list(vars(Network([2, 3, 1]))) == ["num_layers", "sizes", "biases", "weights"]
    for f in (sigmoid, sigmoid_prime):
        assert list(inspect.signature(f).parameters) == ["z"]


def test_backprop_returns_lists_in_the_shapes_of_biases_and_weights():
    net = Network([4, 3, 2])
    result = net.backprop(*random_example([4, 3, 2]))
    assert type(result) is tuple
    assert [type(part) for part in result] == [list, list]
    assert [[a.shape for a in part] for part in result] == [[(3, 1), (2, 1)], [(3, 4), (2, 3)]]


def test_weights_and_biases_are_standard_normal():
    net = Network([784, 100, 10])
    for values in (*net.weights, Network([1, 2000]).biases[0]):
        assert abs(values.mean()) < 4 / np.sqrt(values.size)
        assert values.std() == pytest.approx(1, abs=4 / np.sqrt(2 * values.size))


def test_it_stands_alone():
    """The oracle must not lean on what it judges: NumPy and the standard library only."""
    imported = set()
    for node in ast.walk(ast.parse(inspect.getsource(textbook))):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add("." * node.level + (node.module or ""))
    assert imported == {"collections.abc", "numpy", "numpy.typing", "random", "typing"}
