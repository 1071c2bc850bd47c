"""What simplification makes of sums, powers and costs written by hand: how it reads, and that it is the same derivative."""

import functools
import inspect
import warnings

import numpy as np
import pytest

import chainrule as cr
from chainrule.calculus import programs
from chainrule.core.nouns import Constant
from chainrule.core.rewrite import Apply
from chainrule.core.simplification import TABLES, in_derivative, simplify
from chainrule.program import algebra

X = np.array([0.7, -1.3, 2.1, -0.2])


def lines(function, args, form="textbook", **options):
    """The lines of a derivative, without comments."""
    text = str(cr.derive(function, args, form=form, **options))
    body = text[text.rindex("\ndef ") :].splitlines()[2:]
    return [code for line in body if (code := line.partition("#")[0].strip())]


POLYNOMIALS = {
    "x x": (lambda x: x * x, "2 * x", lambda x: 2 * x),
    "x x x": (lambda x: x * x * x, "3 * x ** 2", lambda x: 3 * x**2),
    "x x x x x": (lambda x: x * x * x * x * x, "5 * x ** 4", lambda x: 5 * x**4),
    "x² x³": (lambda x: x**2 * x**3, "5 * x ** 4", lambda x: 5 * x**4),
    "2 x x + 3 x + 1": (lambda x: 2 * x * x + 3 * x + 1, "3 + 4 * x", lambda x: 4 * x + 3),
    "x³ − x x x": (lambda x: x**3 - x * x * x, "0.0", lambda x: 0 * x),
    "tan x": (np.tan, "1 + np.tan(x) ** 2", lambda x: 1 / np.cos(x) ** 2),
    "sin² + cos²": (lambda x: np.sin(x) ** 2 + np.cos(x) ** 2, "0.0", lambda x: 0 * x),
    "sin sin": (lambda x: np.sin(x) * np.sin(x), "2 * (np.sin(x) * np.cos(x))", lambda x: np.sin(2 * x)),
    "eˣ eˣ": (lambda x: np.exp(x) * np.exp(x), "2 * np.exp(x) ** 2", lambda x: 2 * np.exp(2 * x)),
    "tanh": (np.tanh, "1 - np.tanh(x) ** 2", lambda x: 1 / np.cosh(x) ** 2),
}


@pytest.mark.parametrize(("function", "text", "slope"), POLYNOMIALS.values(), ids=POLYNOMIALS)
def test_a_derivative_reads_as_in_a_book(function, text, slope):
    assert lines(function, [0.5]) == [f"dC_dx = {text}", "return dC_dx"]
    total = lambda x: np.sum(function(x))  # noqa: E731
    for form in ("textbook", "fast"):
        assert float(cr.derive(function, [0.5], form=form)(0.5)) == pytest.approx(slope(0.5), rel=1e-12, abs=1e-12)
        for dtype in ("float64", "float32"):
            x = X.astype(dtype)
            found = cr.derive(total, [x], form=form)(x)
            assert found.dtype == dtype
            np.testing.assert_allclose(found, slope(X), rtol=1e-5 if dtype == "float32" else 1e-12, atol=1e-12)


def bare(function, args):
    """The derivative before it is simplified."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(programs, "simplify", lambda program, form: program)
        return cr.derive(function, args)


@pytest.mark.parametrize(("function", "text", "slope"), POLYNOMIALS.values(), ids=POLYNOMIALS)
@pytest.mark.parametrize("form", ["textbook", "fast"])
def test_no_number_is_lost_where_there_was_one(function, text, slope, form):
    before, after = bare(function, [1.0]), cr.derive(function, [1.0], form=form)
    for x in (0.0, -0.0, 1e-300, -1e-160, 1.0, -1.0, 30.0, 1e15, -1e60, 1e100, np.inf, -np.inf, np.nan):
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            one, other = float(before(np.float64(x))), float(after(np.float64(x)))
        if np.isfinite(one):
            assert other == pytest.approx(one, rel=1e-9, abs=1e-9 * max(1, abs(one)))
        else:
            assert not np.isfinite(other) or text == "0.0"


M = 50
RANDOM = np.random.default_rng(0)
W, B, INPUTS = RANDOM.normal(size=(3, 5)), RANDOM.normal(size=(3, 1)), RANDOM.normal(size=(5, M))
CLASSES = np.eye(3)[:, RANDOM.integers(0, 3, M)]
SHARES = RANDOM.random((3, M))


def logistic(w, b, x, y):
    a = 1 / (1 + np.exp(-(w @ x + b)))
    return -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))


def logistic_with_minus_inside(w, b, x, y):
    a = 1 / (1 + np.exp(-(w @ x + b)))
    loss = -y * np.log(a) - (1 - y) * np.log(1 - a)
    return np.sum(loss) / (3 * M)


def softmax(w, b, x, y):
    u = np.exp(w @ x + b)
    a = u / np.sum(u, axis=0)
    return -np.sum(y * np.log(a)) / M


def softmax_kept(w, b, x, y):
    u = np.exp(w @ x + b)
    a = u / np.sum(u, axis=0, keepdims=True)
    return -np.mean(np.sum(y * np.log(a), axis=0))


COSTS = {
    "logistic": (logistic, "(a - y) / 150"),
    "logistic, minus inside": (logistic_with_minus_inside, "(a - y) / 150"),
    "softmax": (softmax, "(a * np.sum(y, axis=0, keepdims=True) - y) / 50"),
    "softmax, keepdims": (softmax_kept, "(a * np.sum(y, axis=0, keepdims=True) - y) / 50"),
}


@pytest.mark.names
@pytest.mark.parametrize("form", ["textbook", "fast"])
@pytest.mark.parametrize(("cost", "error"), COSTS.values(), ids=COSTS)
def test_a_cost_by_hand_fuses_with_its_output(cost, error, form):
    args = (W, B, INPUTS, SHARES)
    if form == "textbook" and "np.mean" in inspect.getsource(cost):  # the sizes that a mean divides by are symbols
        error = error.replace("/ 150", "/ (n * p)").replace("/ 50", "/ p")
    assert any(line.endswith(f"= {error}") for line in lines(cost, args, form, wrt="w, b"))
    found = cr.derive(cost, args, wrt="w, b", form=form)(*args)
    for gradient, expected in zip(found, bare(lambda *each: cost(*each), args)(*args), strict=False):
        np.testing.assert_allclose(gradient, expected, rtol=1e-9, atol=1e-12)
    cr.check_grad(cost, args)


@pytest.mark.parametrize("cost", [logistic, softmax_kept])
def test_it_has_a_gradient_where_an_output_is_saturated(cost):
    args = (W * 80, B, INPUTS, CLASSES)
    with np.errstate(all="ignore"):
        assert all(np.isfinite(each).all() for each in cr.derive(cost, args, wrt="w, b")(*args))


@pytest.mark.parametrize(
    "cost",
    [
        lambda w, x, y: (lambda a: np.sum(-y * np.log(a) - (1 - y) * np.log(1 - a)))(1 / (1 + np.exp(-(w @ x)))),
        lambda w, x, y: (lambda a: np.sum(-2 * y * np.log(a) - (1 - y) * np.log(1 - a)))(1 / (1 + np.exp(-(w @ x)))),
        lambda w, x, y: (lambda a: np.sum(y * np.log(a) - (1 - y) * np.log(1 - a)))(1 / (1 + np.exp(-(w @ x)))),
        lambda w, x, y: (lambda a: np.sum(-y * np.log(a) - (2 - y) * np.log(1 - a)))(1 / (1 + np.exp(-(w @ x)))),
        lambda w, x, y: (lambda u: -np.sum(y * np.log(u / np.sum(u, axis=1, keepdims=True))))(np.exp(w @ x)),
        lambda w, x, y: (lambda u: -np.sum(y * np.log(u / np.sum(u))))(np.exp(w @ x)),
        lambda w, x, y: (lambda u: -np.sum(y * np.log(u / (1 + np.sum(u, axis=0)))))(np.exp(w @ x)),
        lambda w, x, y: (lambda u: -np.sum(y * np.log(u / np.sum(u * u, axis=0))))(np.exp(w @ x)),
    ],
)
@pytest.mark.parametrize("form", ["textbook", "fast"])
def test_what_only_looks_like_it_keeps_its_derivative(cost, form):
    args = (W, INPUTS, SHARES)
    found = cr.derive(cost, args, wrt="w", form=form)(*args)
    np.testing.assert_allclose(found, bare(cost, args)(*args)[0], rtol=1e-9, atol=1e-12)
    step = 1e-6 * np.eye(15).reshape(15, 3, 5)
    measured = [(cost(W + each, *args[1:]) - cost(W - each, *args[1:])) / 2e-6 for each in step]
    np.testing.assert_allclose(found.ravel(), measured, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("function", "args"), [(logistic, (W, B, INPUTS, SHARES)), (lambda x: np.sum(x * x * x), (X,))]
)
def test_the_value_of_the_textbook_form_keeps_its_bits(function, args):
    program = simplify(cr.trace(function, args), "textbook")
    assert float(program(*args)) == float(function(*args))


def twice(rule):
    """A rule that forgets to count: what it finds is doubled."""

    @functools.wraps(rule)
    def wrong(scope, equation):
        found = rule(scope, equation)
        return None if found is None else Apply("multiply", (Constant(2.0), found))

    return wrong


@pytest.mark.parametrize(
    ("rule", "function", "args"),
    [
        ("_one_power", lambda x: np.sum(np.tan(x)), (X,)),
        ("_like_terms", lambda x: np.sum(x * x * x), (X,)),
        ("_logistic_error", logistic, (W, B, INPUTS, SHARES)),
        ("_softmax_error", softmax, (W, B, INPUTS, SHARES)),
        ("_share_error", softmax, (W, B, INPUTS, SHARES)),
    ],
)
def test_a_planted_fault_is_caught(monkeypatch, rule, function, args):
    table, *others = TABLES["textbook"]
    faulty = tuple(in_derivative(twice(getattr(algebra, rule))) if each.__name__ == rule else each for each in table)
    assert rule in [each.__name__ for each in table]
    right = bare(function, args)(*args)
    monkeypatch.setitem(TABLES, "textbook", [faulty, *others])
    found = cr.derive(function, args)(*args)
    first = (found[0], right[0]) if isinstance(found, tuple) else (found, right)
    assert not np.allclose(*first, rtol=1e-9)


def test_a_matrix_of_ones_is_no_number():
    program = cr.derive(lambda a, x: np.sum(a @ x), [np.ones((3, 4)), np.ones((4, 2))])
    assert r"v_{1} &= \mathbf{1}_{3 \times 2}" in program.latex()
    seven = cr.derive(lambda a, x: np.sum(7 * (a @ x)), [np.ones((3, 4)), np.ones((4, 2))])
    assert r"7 \, \mathbf{1}_{3 \times 2}" in seven.latex()


def test_an_infinite_power_can_be_written():
    program = cr.derive(lambda x: x**np.inf, [0.5])
    assert r"\infty" in program.latex()


def sums_that_grow(x):
    total = 0.0
    for _ in range(100):
        total = total + np.sum(x)
        x = x + 0.5
    return total


def halves(x):
    for _ in range(100):
        x = -(x / 2.0) * 2.0 - 0.0
    return np.sum(x)


def powers(x):
    y = x
    for _ in range(100):
        y = y * x
    return np.sum(y)


@pytest.mark.parametrize("function", [sums_that_grow, halves, powers])
def test_a_chain_of_a_hundred_levels_is_simplified(function):
    """However many passes it takes; at first interpreted, then as the simplified program."""
    x = np.array([0.9, -1.1, 1.05])
    gradient = cr.grad(function)
    first = gradient(x)
    for other in (gradient(x), gradient(x), cr.derive(function, [x])(x), cr.compile(gradient)(x)):
        assert np.allclose(other, first, rtol=1e-12)


OWN = {
    "x - x": lambda x: x - x,
    "x·x - x·x": lambda x: np.where(np.isnan(x * x - x * x), -1.0, x),
    "3 x - 2 x - x": lambda x: 3 * x - 2 * x - x,
    "(x / x) x": lambda x: (x / x) * x,
    "x (1 - 2 / x)": lambda x: x * (1 - 2 / x),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("executor", ["numpy", "native"])
@pytest.mark.parametrize("name", OWN)
def test_what_is_no_number_in_a_function_is_none_when_compiled(name, executor):
    x = np.array([0.0, -0.0, 1.5, np.inf, -np.inf, np.nan])
    np.testing.assert_array_equal(cr.compile(OWN[name], executor=executor)(x), OWN[name](x))


@pytest.mark.parametrize("power", [0, 1])
def test_a_slope_that_is_a_number_is_derived_again(power):
    def slope(x):
        return 2.0 * cr.grad(lambda x: x**power)(x)

    for form in ("textbook", "fast"):
        assert cr.derive(slope, (np.float64(0.7),), form=form)(np.float64(0.7)) == 0


# ---- transposes ------------------------------------------------------------------------------------------------------


def test_the_error_of_a_transposed_factor_is_one_product():
    def cost(w, x):
        return np.sum((x @ w.T) ** 2)

    random = np.random.default_rng(0)
    w, x = random.normal(size=(3, 4)), random.normal(size=(5, 4))
    assert "dC_dw = v1.T @ x" in lines(cost, (w, x))
    for form in ("textbook", "fast"):
        slope_w, slope_x = cr.derive(cost, (w, x), form=form)(w, x)
        np.testing.assert_allclose(slope_w, 2 * (x @ w.T).T @ x, rtol=1e-12)
        np.testing.assert_allclose(slope_x, 2 * (x @ w.T) @ w, rtol=1e-12)


def test_the_errors_of_stacks_of_products_have_one_transpose():
    def cost(q, k):
        return np.sum(np.tanh(q @ k.transpose(0, 2, 1)))

    random = np.random.default_rng(0)
    q, k = random.normal(size=(2, 5, 3)), random.normal(size=(2, 4, 3))
    assert lines(cost, (q, k))[-3:] == [
        "dC_dq = v1 @ k",
        "dC_dk = np.transpose(v1, (0, 2, 1)) @ q",
        "return (dC_dq, dC_dk)",
    ]
    slope = 1 - np.tanh(np.einsum("hid,hjd->hij", q, k)) ** 2
    for form in ("textbook", "fast"):
        slope_q, slope_k = cr.derive(cost, (q, k), form=form)(q, k)
        np.testing.assert_allclose(slope_q, np.einsum("hij,hjd->hid", slope, k), rtol=1e-12)
        np.testing.assert_allclose(slope_k, np.einsum("hij,hid->hjd", slope, q), rtol=1e-12)


def test_a_transpose_of_a_transpose_is_one():
    def cost(x, y):
        return np.sum(x.transpose(1, 2, 0).transpose(1, 0, 2) * y)

    x, y = np.ones((2, 3, 4)), np.random.default_rng(0).normal(size=(4, 3, 2))
    assert lines(cost, (x, y), wrt="x")[-2] == "dC_dx = np.transpose(y, (2, 1, 0))"
    np.testing.assert_array_equal(cr.derive(cost, (x, y), wrt="x")(x, y), y.transpose(2, 1, 0))


def test_a_product_that_is_read_elsewhere_stays_and_is_turned():
    def cost(a, b):
        product = a.T @ b
        return np.sum(product.T * np.sin(product.T)) + np.sum(product)

    random = np.random.default_rng(0)
    args = random.normal(size=(3, 2)), random.normal(size=(3, 4))
    assert cr.check_grad(cost, args).ok


@pytest.mark.parametrize(
    ("function", "axis"),
    [
        (lambda x: np.sum(np.sum(x, axis=0), axis=(1, 2)), (0, 2, 3)),
        (lambda x: np.sum(np.sum(x, axis=-1)), None),
        (lambda x: np.sum(np.sum(x, axis=1, keepdims=True), axis=(1, 3), keepdims=True), (1, 3)),
    ],
)
def test_a_sum_of_a_sum_is_one_sum_where_it_is_run(function, axis):
    x = np.arange(120.0).reshape(2, 3, 4, 5)
    program = simplify(cr.trace(function, [x]), "fast")
    (equation,) = program.equations
    assert dict(equation.params)["axis"] == axis
    np.testing.assert_allclose(program(x), function(x), rtol=1e-15)
    kept = simplify(cr.trace(lambda x: np.sum(np.sum(x, axis=1), axis=1, keepdims=True), [x]), "fast")
    assert [each.primitive.name for each in kept.equations].count("sum") == 2


def _huber_of_a_quotient(x, y):
    r = np.abs(x / y - 1)
    return np.sum(np.where(r < 1, r * r / 2, r - 0.5))


def _huber_of_two_masks(x, y):
    r = np.abs(x / y - 1)
    inside = np.where(np.abs(x / y - 1) < 1, r * r / 2, 0.0)
    return np.sum(inside + np.where(np.abs(x / y - 1) < 1, 0.0, r - 0.5))


def _three_pieces(x, y):
    r = np.log(x / y)
    return np.sum(np.where(r < -1, r / 3, np.where(r < 1, r * r / 2, r - 0.5)))


def _selected_twice(x, y):
    r = np.sqrt(x) / y
    chosen = np.where(r > 1, r * x, np.exp(-r))
    return np.sum(np.where(x > y, chosen * r, np.where(r > 1, r, chosen)))


SELECTIONS = {f.__name__: f for f in (_huber_of_a_quotient, _huber_of_two_masks, _three_pieces, _selected_twice)}


def _sure_masks(program):
    """The selections whose mask, a combination of others, is the same for every truth of what it combines."""
    made = {target.name: each for each in program.equations for target in each.targets}
    connectives = {"logical_or": np.logical_or, "logical_and": np.logical_and, "logical_not": np.logical_not}

    def truth(operand, random, known):
        equation = made.get(operand.name)
        if equation is None or equation.primitive.name not in connectives:
            return known.setdefault(operand, random.integers(2) > 0)
        return connectives[equation.primitive.name](*(truth(each, random, known) for each in equation.inputs))

    masks = [each.inputs[0] for each in program.equations if each.primitive.name == "where"]
    random = np.random.default_rng(0)
    return [mask for mask in masks if len({bool(truth(mask, random, {})) for _ in range(64)}) == 1]


@pytest.mark.parametrize("form", ["textbook", "fast"])
@pytest.mark.parametrize("name", SELECTIONS)
def test_no_selection_is_by_a_mask_that_is_always_the_same(name, form):
    f, args = SELECTIONS[name], (np.array([0.3, 1.2, 2.9, 9.0]), np.array([1.0, 2.0, 0.7, 1.5]))
    program = cr.derive(f, args, form=form)
    assert not _sure_masks(program)
    for found, wanted in zip(program(*args), cr.grad(f, (0, 1))(*args), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-13)
    cr.check_grad(f, args)


@pytest.mark.names
def test_the_factors_of_a_huber_cost_stand_alone():
    found = lines(_huber_of_a_quotient, (X, np.full(4, 2.0)))
    assert found[-4:-1] == ["v4 = δ_r * np.sign(v2)", "dC_dx = v4 / y", "dC_dy = -(v4 * v1 / y)"]


@pytest.mark.parametrize("form", ["textbook", "fast"])
@pytest.mark.parametrize("places", [(-1,), (0,), (1, -1), (-2, 0, -1), (1, 1)])
def test_rows_that_are_read_by_either_end_are_counted_as_often_as_they_are_read(places, form):
    def f(x):
        first, last = x
        return np.sum(first + last) + sum(np.sum(x[place]) for place in places)

    for x in (np.array([0.3, 1.2]), np.array([[0.3, 1.2, 0.5], [0.1, 0.2, 0.7]])):
        wanted = np.ones_like(x)
        for place in places:
            wanted[place] += 1
        np.testing.assert_array_equal(cr.derive(f, (x,), form=form)(x), wanted)
        np.testing.assert_array_equal(cr.derive(lambda x, f=f: f(x.T), (x.T,), form=form)(x.T), wanted.T)
