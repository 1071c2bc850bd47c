"""`check_grad(…, mine=…)` says what is right, what is wrong, and which mistake it is, in both languages."""

import re

import numpy as np
import pytest

import chainrule as cr

pytestmark = pytest.mark.names  # what is said has the names of the user's variables


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def cost(w1, b1, w2, b2, x, y):
    z1 = w1 @ x + b1
    a1 = sigmoid(z1)
    z2 = w2 @ a1 + b2
    a2 = sigmoid(z2)
    return 0.5 * np.sum((a2 - y) ** 2)


def arguments(seed=0):
    normal = np.random.default_rng(seed).normal
    return [normal(size=size) for size in ((4, 3), (4, 1), (2, 4), (2, 1), (3, 5), (2, 5))]


def backward(w1, b1, w2, b2, x, y):
    z1 = w1 @ x + b1
    a1 = sigmoid(z1)
    a2 = sigmoid(w2 @ a1 + b2)
    d2 = (a2 - y) * a2 * (1 - a2)
    d1 = (w2.T @ d2) * a1 * (1 - a1)
    return d1 @ x.T, d1.sum(axis=1, keepdims=True), d2 @ a1.T, d2.sum(axis=1, keepdims=True)


PARAMETERS = "w1, b1, w2, b2"


def check(mine, **options):
    return cr.check_grad(cost, arguments(), mine=mine, wrt=PARAMETERS, **options)


def test_what_is_right_is_said_to_be_right():
    found = check(backward)
    assert found.ok and not found.mistakes
    assert str(found) == "Right: dC_dw1, dC_db1, dC_dw2, dC_db2."
    assert found.text("zh") == "正确：dC_dw1、dC_db1、dC_dw2、dC_db2。"


def test_a_mistake_is_named_with_the_line_of_the_derivative_and_numbers():
    def mine(*args):
        dw1, db1, dw2, db2 = backward(*args)
        return dw1, db1, dw2, -db2

    found = check(mine)
    assert not found.ok
    (mistake,) = found.mistakes
    assert (mistake.name, mistake.symbol) == ("sign", "dC_db2")
    assert mistake.line == "dC_db2 = np.sum(δ_z2, axis=1, keepdims=True)"
    first, where, second, third = str(found).splitlines()
    assert first == "dC_db2 has the wrong sign."
    assert where == f"Wrong from here on: {mistake.yours}"
    assert re.fullmatch(r"test_check_grad\.py:\d+: return dw1, db1, dw2, -db2", mistake.yours)
    assert second == "The derivative: dC_db2 = np.sum(∂C/∂z2, axis=1, keepdims=True)"
    assert third.startswith("dC_db2[") and ": yours is " in third
    assert len(repr(found)) < 700  # the sentences are printed
    assert found.text("zh").startswith("dC_db2 的符号反了。\n从这里开始出错：test_check_grad.py:")


def test_gradients_by_name_and_errors_on_the_way():
    def mine(w1, b1, w2, b2, x, y):
        a1 = sigmoid(w1 @ x + b1)
        a2 = sigmoid(w2 @ a1 + b2)
        return {"δ_z2": a2 - y, "dw2": (a2 - y) @ a1.T, "dC_db2": np.sum(a2 - y, axis=1, keepdims=True), "a2": a2}

    (mistake,) = check(mine).mistakes
    assert (mistake.name, mistake.symbol) == ("slope", "δ_z2")


def test_right_numbers_in_other_dimensions():
    def mine(*args):
        dw1, db1, dw2, db2 = backward(*args)
        return dw1.T, db1[:, 0], dw2, db2

    found = check(mine)
    assert [(each.name, each.symbol) for each in found.mistakes] == [("transposed", "dC_dw1"), ("dimensions", "dC_db1")]
    assert "dC_db1 has the dimensions (4,), where 4×1 is right; a sum with keepdims=True keeps its axis." in str(found)


def test_a_square_gradient_that_is_transposed():
    w, x = np.arange(9.0).reshape(3, 3), np.array([1.0, -1.0, 2.0])

    def mine(w, x):
        return np.outer(x, 2 * (w @ x))

    found = cr.check_grad(lambda w, x: np.sum((w @ x) ** 2), (w, x), mine=mine, wrt="w")
    assert [each.name for each in found.mistakes] == ["transposed"]
    assert str(found).startswith("dC_dw is transposed.\n")


def test_two_mistakes_are_named_both():
    def mine(w1, b1, w2, b2, x, y):
        a1 = sigmoid(w1 @ x + b1)
        d2 = sigmoid(w2 @ a1 + b2) - y
        d1 = (w2.T @ d2) * a1 * (1 - a1)
        return d1 @ x.T / 5, d1.sum(axis=1, keepdims=True), d2 @ a1.T, d2.sum(axis=1, keepdims=True)

    assert [each.name for each in check(mine).mistakes] == ["slope", "scale"]


def test_what_is_unknown_is_not_named_but_located():
    def mine(*args):
        dw1, db1, dw2, db2 = backward(*args)
        return np.cos(dw1), db1, dw2, db2

    found = check(mine)
    assert not found.ok and not found.mistakes
    assert str(found).splitlines()[:3] == [
        "dC_dw1 is the first that is wrong; no mistake known here gives its numbers.",
        "The derivative: dC_dw1 = ∂C/∂z1 @ x.T",
        "In dimensions: 4×3 = 4×[5 · 5]×3",
    ]


def test_the_learner_s_line_is_the_one_where_the_numbers_part():
    def mine(w1, b1, w2, b2, x, y):
        a1 = sigmoid(w1 @ x + b1)
        a2 = sigmoid(w2 @ a1 + b2)
        d2 = (a2 - y) * a2 * (1 - a2)
        back = w2.T @ d2
        d1 = back * a1 * (1 + a1)
        return d1 @ x.T, d1.sum(axis=1, keepdims=True), d2 @ a1.T, d2.sum(axis=1, keepdims=True)

    (mistake,) = check(mine).mistakes
    assert (mistake.name, mistake.symbol) == ("part-sign", "δ_z1")
    assert mistake.yours.endswith(": d1 = back * a1 * (1 + a1)")


def test_dimensions_that_do_not_fit_are_shown_below_the_symbols_before_anything_is_run():
    ran = []

    def mine(w1, b1, w2, b2, x, y):
        a1 = sigmoid(w1 @ x + b1)
        d2 = sigmoid(w2 @ a1 + b2) - y
        d1 = (w2 @ d2) * a1 * (1 - a1)
        ran.append(True)
        return d1 @ x.T, d1, d2 @ a1.T, d2

    found = check(mine)
    assert not found.ok and not ran
    first, code, sizes = str(found).splitlines()
    assert re.fullmatch(
        r"test_check_grad\.py:\d+: the dimensions of w2 @ d2 do not fit: 2×4 · 2×5, where 4 ≠ 2\.", first
    )
    assert code == "    d1 = (w2 @ d2) * a1 * (1 - a1)"
    assert sizes == "          2×4  2×5   4×5       4×5"
    assert found.text("zh").splitlines()[0].endswith("w2 @ d2 的维度对不上：2×4 · 2×5，而 4 ≠ 2。")


def test_a_function_that_stops_says_where():
    def mine(w1, b1, w2, b2, x, y):
        raise ValueError("not yet")

    found = check(mine)
    assert not found.ok
    assert str(found).startswith("test_check_grad.py:")
    assert str(found).endswith('raise ValueError("not yet") stops: not yet')


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (lambda *args: backward(*args)[:3], "3 arrays are given, where 4 are wanted"),
        (lambda *args: {"dw7": 1.0}, "'dw7' is no symbol of the derivative, which has z1"),
        (lambda *args: tuple(np.array(["1"]) for _ in range(4)), "dC_dw1 is not made of numbers"),
    ],
)
def test_what_cannot_be_compared(given, said):
    found = check(given)
    assert not found.ok and str(found).startswith(said)


def test_a_bias_of_zero_hides_nothing():
    """The forgotten bias changes no number at the arguments themselves."""
    args = arguments()
    args[1][:] = 0.0

    def mine(w1, b1, w2, b2, x, y):
        return backward(w1, 0 * b1, w2, b2, x, y)

    found = cr.check_grad(cost, args, mine=mine, wrt=PARAMETERS)
    assert not found.ok
    assert (found.mistakes[0].name, found.mistakes[0].symbol) == ("summand", "z1")


def test_arguments_that_mine_writes_into_stay():
    args = arguments()

    def mine(w1, b1, w2, b2, x, y):
        found = backward(w1, b1, w2, b2, x, y)
        w1 -= found[0]
        return found

    assert cr.check_grad(cost, args, mine=mine, wrt=PARAMETERS).ok
    np.testing.assert_array_equal(args[0], arguments()[0])


def test_nested_arguments_and_one_that_sees_no_arguments():
    def nested(layers, x):
        for each in layers:
            x = np.tanh(each["w"] @ x)
        return np.sum(x)

    normal = np.random.default_rng(0).normal
    layers, x = [{"w": normal(size=(3, 2))}, {"w": normal(size=(2, 3))}], normal(size=(2, 4))
    right = cr.grad(nested)(layers, x)
    assert cr.check_grad(nested, (layers, x), mine=lambda layers, x: right, wrt="layers").ok
    assert cr.check_grad(nested, (layers, x), mine=cr.grad(nested), wrt="layers").ok


def test_without_mine_what_is_compared_can_be_chosen():
    assert cr.check_grad(cost, arguments(), wrt="w2").compared == 8
    assert cr.check_grad(cost, arguments(), wrt="w2").text("zh") == "比较过的 8 个导数都对。"
