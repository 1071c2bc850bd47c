"""`find_nan`: the equation that made a NaN is named, with its line and what it was given, forward and backward."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.calculus import nan
from chainrule.show.language import translated

pytestmark = [pytest.mark.filterwarnings("ignore::RuntimeWarning"), pytest.mark.names]
X = np.array([3.0, 0.5, 2.0])


def roots(x):
    y = x - 1.0
    z = np.sqrt(y)
    return np.sum(z * 2.0)


def length(x):
    d = x - x
    r = np.sqrt(np.sum(d**2))
    return r


def shares(x):
    s = np.exp(x * 500.0)
    return np.sum(s / np.sum(s))


def line(f, number):
    return f"test_nan.py:{f.__code__.co_firstlineno + number}"


def told(f, *args):
    with pytest.raises(cr.NanError) as error:
        cr.find_nan(f)(*args)
    assert isinstance(error.value, FloatingPointError)
    return error.value.args[0]


TRANSFORMS = {
    "grad": cr.grad,
    "value_and_grad": cr.value_and_grad,
    "compiled": lambda f: cr.compile(cr.grad(f)),
    "compiled to NumPy": lambda f: cr.compile(cr.grad(f), "numpy"),
    "jacobian": cr.jacobian,
}


def test_a_forward_pass():
    said = f"{line(roots, 2)}: np.sqrt(y) is NaN at [1], where y is -0.5"
    assert told(roots, X) == said
    for transform in TRANSFORMS.values():
        assert told(transform(roots), X) == said
    assert told(cr.trace(roots, (X,)), X) == said
    assert told(cr.derive(roots, (X,)), X) == said


def test_a_backward_pass():
    assert cr.find_nan(length)(X) == 0
    assert told(cr.grad(length), X) == (
        f"{line(length, 2)}: in the derivative of r = np.sqrt(np.sum(d**2)), np.broadcast_to(1.0 / (2 * r), (3,)) * (2 * d) "
        "is NaN at [0], where np.broadcast_to(1.0 / (2 * r), (3,)) is inf, and 2 * d is 0"
    )


def test_names_that_no_user_gave_are_written_out():
    assert told(shares, X) == f"{line(shares, 2)}: s / np.sum(s) is NaN at [0], where s is inf, and np.sum(s) is inf"


def test_numbers_and_operations_of_whole_arrays():
    def ratio(a, b):
        return {"ratio": a / b}

    def total(x):
        return np.sum(x)

    assert told(ratio, np.float64(0), np.float64(0)) == f"{line(ratio, 1)}: a / b is NaN, where a is 0, and b is 0"
    infinite = np.array([np.inf, 1.0, -np.inf])
    assert told(total, infinite) == f"{line(total, 1)}: np.sum(x) is NaN, where x lies between -inf and inf"


def test_what_is_given():
    assert told(roots, np.array([[2.0, 2.0], [np.nan, 1.0]])) == "roots is given NaN: x[1, 0] is NaN"
    constant = np.array([1.0, np.nan, 2.0])

    def scaled(x):
        return np.sum(x * constant)

    assert told(scaled, X) == "scaled reads NaN from outside, in an array of (3,)"
    assert told(lambda p: np.sum(p["w"] * 2.0), {"w": np.nan}) == "function is given NaN: p_w is NaN"


def test_a_nan_that_is_left_out_is_none():
    def safe(x):
        return np.sum(np.where(x > 1.0, np.log(x - 1.0), 0.0))

    np.testing.assert_array_equal(cr.find_nan(cr.grad(safe))(X), cr.grad(safe)(X))

    def unsafe(x):  # the first NaN is left out, the second is not
        return np.where(x > 1.0, np.log(x - 1.0), np.sqrt(x - 2.0))

    assert told(unsafe, X).startswith(f"{line(unsafe, 1)}: np.sqrt(x - 2.0) is NaN at [1]")


def test_the_first_is_named():
    def several(x):
        a = np.log(x - 1.0)
        b = np.sqrt(x - 1.0)
        return b + a

    assert told(several, X).startswith(f"{line(several, 1)}: np.log(")


def test_keywords_settings_and_what_comes_back():
    def f(x, *, scale=1.0, kind="root"):
        return np.sqrt(x * scale) if kind == "root" else x * scale

    found = cr.find_nan(f)
    np.testing.assert_array_equal(found(X, scale=2.0), f(X, scale=2.0))
    np.testing.assert_array_equal(found(X, scale=-2.0, kind="other"), -2 * X)
    with pytest.raises(cr.NanError, match=r"np\.sqrt\(x \* scale\) is NaN at \[0\], where x \* scale is -6$"):
        found(X, scale=-2.0)
    assert found.__name__ == "find_nan_f"


def test_within_other_transforms_nothing_is_looked_for():
    np.testing.assert_allclose(cr.compile(cr.grad(cr.find_nan(lambda x: np.sum(x**2))))(X), 2 * X)


def test_a_nan_that_is_not_found_again():
    def f(x):
        return x * 2.0

    assert told(lambda x: f(np.asarray(x)) * (np.nan if type(x) is np.ndarray else 1.0), X) == (
        "the result of the lambda holds NaN, but none arises where its equations are computed one by one"
    )


def test_the_sentence_in_chinese():
    with pytest.raises(cr.NanError) as error:
        cr.find_nan(roots)(X)
    assert translated(error.value.args[0], "zh") == f"{line(roots, 2)}：np.sqrt(y) 在 [1] 处是 NaN，其中 y 为 -0.5"


def test_a_planted_fault_is_seen(monkeypatch):
    """Following what is not NaN would name another equation."""
    monkeypatch.setattr(nan, "_feeds", lambda *args: False)
    with pytest.raises(AssertionError):
        test_a_forward_pass()


def walk(x, c):
    y = np.zeros(12)
    y[0] = x
    for t in range(1, 12):
        y[t] = np.sqrt(y[t - 1] - c)
    return np.sum(y)


def table(x, c):
    s = 0.0
    for i in range(3):
        for j in range(4):
            s = s + np.sqrt(x[i] - c[j])
    return s


def distances(x):
    s = 0.0
    for t in range(5):
        s = s + np.sqrt(np.sum((x[t] - x[2]) ** 2))
    return s


def test_a_loop_tells_its_turn():
    for make in (cr.trace, cr.derive):
        assert told(make(walk, (500.0, 0.1)), 5.0, 0.9) == (
            f"{line(walk, 4)}: np.sqrt(y[t - 1] - c) is NaN, where t is 4, and y[t - 1] - c is -0.499266"
        )
    args = (np.array([3.0, 2.0, 0.25]), np.array([0.1, 0.2, 0.3, 0.2]))
    assert told(cr.trace(table, (args[0] + 1, args[1])), *args) == (
        f"{line(table, 4)}: np.sqrt(x[i] - c[j]) is NaN, where i is 2, and j is 2, and x[i] - c[j] is -0.05"
    )


def test_a_loop_backward_tells_its_turn():
    said = told(cr.derive(distances, (np.arange(5.0) + 1,)), np.arange(5.0))
    assert said.startswith(f"{line(distances, 3)}: in the derivative of s = s + np.sqrt(np.sum((x[t] - x[2]) ** 2)), ")
    assert "is NaN, where t is 2, and" in said
