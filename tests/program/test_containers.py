"""Numbers and containers of Python, keywords of NumPy: what a traced value meets in code that nobody wrote for it.

Values are NumPy's, slopes those of finite differences, interpreted and compiled; a whole number that is taken out of the trace
becomes a condition.
"""

import builtins
import collections
import fractions
import math
import sys
import threading
import types

import numpy as np
import pytest

import chainrule as cr
from chainrule.program import interception

A = np.array([[2.2, 0.3, -1.1], [0.1, 1.5, 0.7]])
MASK = A > 0.2
PLAIN = np.arange(12.0).reshape(4, 3)

METHODS = (
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull", "median_unbiased",
    "normal_unbiased", "lower", "higher", "midpoint", "nearest",
)  # fmt: skip
KEYWORDS = {
    "np.sum(x, where=MASK)": lambda x: np.sum(x, where=MASK), "sum along": lambda x: np.sum(x, axis=1, where=MASK, initial=2.0),
    "x.sum(initial=3.0)": lambda x: x.sum(initial=3.0), "positional": lambda x: np.sum(x, 0, float, None, True),
    "where of values": lambda x: np.sum(x, where=x > 0.2), "np.prod": lambda x: np.prod(x, where=MASK, initial=2.0, axis=1),
    "np.mean(where)": lambda x: np.mean(x, where=MASK), "mean along": lambda x: x.mean(1, np.float64, where=MASK),
    "np.std(where)": lambda x: np.std(x, axis=1, where=MASK), "np.var(where)": lambda x: np.var(x, where=MASK, ddof=1, keepdims=True),
    "correction": lambda x: np.var(x, correction=1) + np.std(x, correction=1), "mean of its own": lambda x: np.var(x, mean=np.mean(x)),
    "np.max(initial)": lambda x: np.max(x, initial=1.0), "np.max(where)": lambda x: np.max(x, where=MASK, initial=-5.0, axis=0),
    "np.min(initial)": lambda x: x.min(axis=1, initial=0.2), "np.any(where)": lambda x: x * np.any(x > 1, axis=1, where=MASK, keepdims=True),
    "np.all(where)": lambda x: x * np.all(x > 0.2, where=MASK), "np.nansum": lambda x: np.nansum(x, where=MASK, initial=1.0),
    "np.nanmean": lambda x: np.nanmean(x, where=MASK), "np.nanstd": lambda x: np.nanstd(x, axis=1, where=MASK), "np.nanmax": lambda x: np.nanmax(x, where=MASK, initial=0.5),
    "np.cumsum": lambda x: np.cumsum(x, 0, float) + x.cumsum(axis=1, dtype=float), "np.add.reduce": lambda x: np.add.reduce(x, axis=1, where=MASK, initial=1.0),
    "np.maximum.reduce": lambda x: np.maximum.reduce(x, axis=1, initial=0.5), "np.argmax": lambda x: x * np.argmax(x, axis=1, keepdims=True),
    "np.maximum.accumulate": lambda x: np.maximum.accumulate(x, axis=1), "np.minimum.accumulate": lambda x: np.minimum.accumulate(x),
    "np.take(clip)": lambda x: np.take(x, [0, 9], mode="clip"), "x.take(wrap)": lambda x: x.take([0, -8], axis=1, mode="wrap"), "np.take(raise)": lambda x: np.take(x, 1, 1, mode="raise"),
    "np.diff(prepend)": lambda x: np.diff(x, prepend=0.0), "np.diff(append)": lambda x: np.diff(x, append=x[:, :1], axis=1), "np.diff(both)": lambda x: np.diff(x, 2, 0, prepend=1, append=x[:1]),
    "np.ediff1d": lambda x: np.ediff1d(x, to_begin=1.0, to_end=[2.0, x[0, 0]]), "x.conj()": lambda x: x.conj(),
    "astype": lambda x: x.astype(float, copy=False) + x.astype("float64", order="C"), "copy": lambda x: x.copy(order="F") + np.copy(x, order="C"),
    "zeros_like": lambda x: x + np.zeros_like(x, dtype=float) + np.full_like(x, 2.0, dtype=float), "ones_like": lambda x: np.ones_like(x, shape=(2,)) * x[0, 0],
    "np.concatenate": lambda x: np.concatenate([x, x], dtype=float),
    **{f"quantile, {method}": lambda x, m=method: np.quantile(x, [0.3, 0.61], axis=1, method=m) for method in METHODS},
    "percentile": lambda x: np.percentile(x, 40, method="nearest", keepdims=True), "np.median": lambda x: np.median(x, overwrite_input=False),
    "index by a tuple": lambda x: x[:, (0,)], "index by nested tuples": lambda x: x[(0, 1), (1, 1)], "index by a list of traced places": lambda x: x[0, [np.argmax(x[0]), 1]],
}  # fmt: skip
ORDERS = {
    "np.reshape": lambda x: np.reshape(x, (3, 2), order="F"), "x.reshape": lambda x: x.reshape(3, 2, order="F"), "-1": lambda x: x.reshape(-1, order="F"),
    "x.ravel": lambda x: x.ravel("F"), "np.ravel": lambda x: np.ravel(x, order="F"), "x.flatten": lambda x: x.flatten("F"),
    "C": lambda x: x.reshape((3, 2), order="C") + np.ravel(x, "C")[:2], "three axes": lambda x: x.reshape(1, 3, 2, order="F") + x.T.reshape(1, 3, 2, order="F"),
    "three axes, flat": lambda x: np.stack([x, 2 * x]).ravel(order="F"), "to three": lambda x: np.stack([x, 2 * x]).reshape(3, 4, order="F"),
}  # fmt: skip
NUMBERS = {
    "float": lambda x: float(x[0, 0]) * 2, "float of a truth": lambda x: x[0, 0] * float(x[0, 0] >= 0), "int": lambda x: x[0, int(x[0, 0])],
    "int of a float": lambda x: x[0, 0] * int(x[0, 0] * 7), "a list at a place": lambda x: [10.0, 20.0, 30.0][np.argmax(x[0])] * x[0, 0],
    "a plain array at a place": lambda x: PLAIN[np.argmax(x[:, 0])] @ x[0], "a count": lambda x: sum(x[0, i] for i in range(int(np.sum(x > 1)))),
    "a pivot": lambda x: x[np.argmax(np.abs(x[:, 1]))] * 2, "math": lambda x: math.sin(x[0, 0]) + math.sqrt(x[0, 0]) + math.atan2(x[0, 1], x[1, 1]),
    "round": lambda x: x * round(x[0, 0]), "round to places": lambda x: x * round(x[0, 0], 1), "item": lambda x: x[0, 0].item() * x.item(1),
    "floor": lambda x: x[0, math.floor(x[0, 0]) - 1], "trunc": lambda x: x * math.trunc(x[0, 0]), "lists": lambda x: sum(x.tolist()[0]),
    "an array of one number": lambda x: x[0, :1] * x[0, 0], "of one, in two axes": lambda x: x[:1, :1] ** 2,
}  # fmt: skip


@pytest.mark.wide
@pytest.mark.parametrize("name", [*KEYWORDS, *ORDERS, *NUMBERS])
def test_value_and_slope(name):
    f = (KEYWORDS | ORDERS | NUMBERS)[name]
    expected = np.asarray(f(A))
    for _ in range(2):
        found = np.asarray(cr.trace(f, [A])(A))
        assert found.shape == expected.shape and found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=1e-14)
    total = lambda x: np.sum(np.sin(f(x)))  # noqa: E731
    assert cr.check_grad(total, [A]).ok
    np.testing.assert_allclose(cr.compile(cr.grad(total))(A), cr.grad(total)(A), rtol=1e-14)


@pytest.mark.parametrize("order", ["F", "C"])
def test_orders_are_numpys_on_every_shape(order):
    random = np.random.default_rng(2)
    for shape, new in (
        ((2, 3), (6,)),
        ((2, 3, 4), (4, 6)),
        ((2, 3, 4), (3, -1, 2)),
        ((6,), (2, 3)),
        ((1, 4), (2, 2, 1)),
        ((0, 3), (3, 0)),
    ):
        x = random.normal(size=shape)
        for f in (lambda x: x.reshape(new, order=order), lambda x: np.ravel(x, order)):  # noqa: B023
            np.testing.assert_array_equal(cr.trace(f, [x])(x), f(x))
            g = random.normal(size=f(x).shape)
            flat = cr.vjp(f, x)[1](g)[0]
            np.testing.assert_allclose(np.sum(flat * x), np.sum(g * f(x)))  # a permutation, turned back


def test_a_result_of_one_number_in_an_array():
    f = lambda x: x[:, None].T @ x[:, None] * 0.5  # noqa: E731
    x = np.array([1.0, 2.0])
    value, slope = cr.value_and_grad(f)(x)
    assert value == 2.5
    assert slope.tolist() == [1, 2]
    np.testing.assert_allclose(cr.hessian(f)(x), np.eye(2))
    np.testing.assert_allclose(cr.compile(cr.grad(f))(x), x)


def test_a_whole_number_that_leaves_the_trace_is_a_condition():
    def pivoted(x):
        k = int(np.argmax(np.abs(x)))
        return x[k] * [1.0, 10.0, 100.0][k]

    x = np.array([0.5, -2.0, 1.0])
    assert cr.grad(pivoted)(x).tolist() == [0, 10, 0]
    assert cr.grad(pivoted)(x[::-1].copy() * np.array([1.0, 1.0, 9.0])).tolist() == [0, 0, 100]
    program = cr.trace(pivoted, [x])
    assert program(x) == -20.0
    with pytest.raises(cr.BranchError):
        program(np.array([5.0, 0.0, 0.0]))
    compiled = cr.compile(cr.grad(pivoted))
    for each in (x, np.array([5.0, 0.0, 0.0]), x):
        try:
            np.testing.assert_array_equal(compiled(each), cr.grad(pivoted)(each))
        except cr.BranchError:
            assert np.argmax(np.abs(each)) == 0


def test_math_raises_what_python_raises():
    for f, error in (
        (lambda x: math.sqrt(-x), ValueError),
        (lambda x: math.exp(1000 * x), OverflowError),
        (lambda x: math.log(0 * x), ValueError),
    ):
        with pytest.raises(error):
            f(1.0)
        with pytest.raises(error):
            cr.grad(f)(1.0)


# ---- float, which is Python's -------------------------------------------------------------------------------------------


def module(source):
    made = types.ModuleType("users")
    exec(source, vars(made))
    return made


def test_float_is_bound_only_where_it_is_only_called_and_not_left_behind():
    users = module("def f(x): return float(x) * 2\ndef g(x): return float(x) if isinstance(x, float) else x * 3")
    for _ in range(2):
        assert cr.grad(users.f)(3.0) == 2
        assert "float" not in vars(users)
    with pytest.raises(cr.TracingError, match="float"):  # a number of NumPy's is a float, so the branch is taken
        cr.grad(users.g)(3.0)
    both = module(
        "import numpy as np\ndef f(x): return helper(x) + np.zeros(1, dtype=float)[0]\ndef helper(x): return float(x)"
    )
    with pytest.raises(cr.TracingError, match="float"):
        cr.grad(both.f)(3.0)
    assert "float" not in vars(both)
    own = module("float = abs\ndef f(x): return float(x) * 2")
    assert cr.grad(own.f)(-3.0) == -2
    assert vars(own)["float"] is abs
    assert not interception._places


def test_float_is_given_back_after_an_error_and_to_other_threads():
    users = module(
        "import sys\ndef f(x):\n    seen.append(float('2.5'))\n    met.set()\n    go.wait(5)\n    raise KeyError(float(x))\n"
    )
    users.seen, users.met, users.go = [], threading.Event(), threading.Event()

    def run():
        with pytest.raises(KeyError):
            cr.grad(users.f)(1.0)

    thread = threading.Thread(target=run)
    thread.start()
    users.met.wait(5)
    during = vars(users)["float"]
    assert during("1.5") == 1.5 and type(during(2)) is float and isinstance(2.0, during) and not isinstance(2, during)
    assert np.zeros(2, during).dtype == float and issubclass(np.float64, during)
    users.go.set()
    thread.join(5)
    assert "float" not in vars(users)
    assert users.seen == [2.5]
    assert builtins.float is float


# ---- where it went wrong -------------------------------------------------------------------------------------------------


def test_a_line_of_the_users_is_blamed_and_none_of_an_installed_package(tmp_path, monkeypatch):
    package = tmp_path / "lib" / "site-packages" / "installed.py"
    package.parent.mkdir(parents=True)
    package.write_text("import numpy as np\ndef helper(x):\n    return np.unique(x)\n")
    monkeypatch.syspath_prepend(str(package.parent))
    import installed

    def f(x):
        return np.sum(installed.helper(x))  # here

    with pytest.raises(cr.TracingError) as error:
        cr.grad(f)(A)
    assert str(error.value).startswith("test_containers.py:")
    assert "np.sum(installed.helper(x))" in str(error.value)
    with pytest.raises(cr.TracingError, match=r"test_containers\.py"):
        cr.grad(installed.helper)(A)
    del sys.modules["installed"]


# ---- what a message advises ----------------------------------------------------------------------------------------------

X = np.array([0.5, -1.2, 2.0])
IN_A_QUEUE = collections.deque([np.eye(3)])  # in which nothing is bound anew
ADVISED = {
    "np.dot(a, x)": (lambda x: IN_A_QUEUE[0].dot(x), lambda x: np.dot(np.eye(3), x)),
    "a @ x": (lambda x: IN_A_QUEUE[0].dot(x), lambda x: np.eye(3) @ x),
    "order='F'": (lambda x: np.outer(x, x).ravel("A"), lambda x: np.outer(x, x).ravel(order="C")),
    "np.sum": (lambda x: math.fsum(each for each in x), lambda x: np.sum(x)),
    "np.trapezoid(y, x)": (None, lambda x: np.trapezoid(x, np.array([0.0, 1.0, 3.0]))),
    "write start + step * np.arange(n)": (lambda x: np.arange(x[0], 3.0), lambda x: x[0] + 1.0 * np.arange(3)),
    "np.polyval(coefficients[::-1], x)": (lambda x: np.polynomial.polynomial.polyval(2.0, x), lambda x: np.polyval(x[::-1], 2.0)),
    "np.stack([…])": (lambda x: np.fromiter(x, float), lambda x: np.stack([x[0], x[1], x[2]])),
    "np.sort(x), since x is real": (lambda x: np.sort_complex(x), lambda x: np.sort(x)),
    "scipy.special.i0(x)": (lambda x: np.i0(x), lambda x: __import__("scipy.special").special.i0(x)),
    "np.concatenate([…], axis=…)": (lambda x: np.r_["0,2", x, x], lambda x: np.concatenate([x[None], x[None]], axis=0)),
}  # fmt: skip


@pytest.mark.parametrize("advice", ADVISED)
def test_advice_gives_numpys_value(advice):
    refused, followed = ADVISED[advice]
    if refused is not None:
        with pytest.raises(cr.TracingError) as error:
            cr.grad(lambda x: np.sum(refused(x)))(X)
        assert advice.split("(")[0].removeprefix("write ") in str(error.value)
        np.testing.assert_allclose(followed(X), refused(X), rtol=1e-12)
    np.testing.assert_allclose(cr.trace(followed, [X])(X), followed(X), rtol=1e-14)
    assert cr.check_grad(lambda x: np.sum(np.sin(followed(x))), [X]).ok


def test_an_array_is_what_the_users_code_takes_it_for():
    """A branch on the kind of an argument goes as it does for a plain array or number."""

    def kind(value):
        if isinstance(value, np.ndarray):
            return "array"
        return "number" if isinstance(value, float) and np.isscalar(value) else "other"

    def f(x):
        filled = np.zeros(3)
        filled[0] = x[0]
        assert [kind(each) for each in (x, x[1:], x * 2.0, filled)] == ["array"] * 4
        assert [kind(each) for each in (x[0], np.sum(x), x[0] * 2.0)] == ["number"] * 3
        assert type(x) is not np.ndarray
        return np.sum(x * filled)

    np.testing.assert_allclose(cr.grad(f)(X), [2 * X[0], 0, 0])
    np.testing.assert_allclose(
        cr.grad(lambda x: fractions.Fraction(1, 2) * x[0])(X), [0.5, 0, 0]
    )  # which asks for a float
