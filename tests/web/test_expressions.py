"""What may be typed in the Derive view, and what is refused before anything runs."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.show.language import translated
from chainrule.web.expressions import MOST_CHARACTERS, place_of, points_of, understood
from chainrule.web.fields import RefusedError

DEEP = "The expression is nested too deeply: at most {most} brackets, powers or functions inside one another."
NO_EXPRESSION = "That cannot be read as an expression; write something like x² sin(x) or x**2 * sin(x)."
NOT_ON_THE_LIST = "{part} is not among what can be typed here."
NO_FINITE = "{part} is larger than any number a computer can hold, or not a number at all."


@pytest.mark.parametrize(
    ("text", "names", "values", "result"),
    [
        ("x**2", ("x",), (3.0,), 9.0),
        ("x^2 + pi", ("x",), (1.0,), 1 + np.pi),
        ("np.sin(x) * np.exp(-x**2 / 2)", ("x",), (0.5,), np.sin(0.5) * np.exp(-0.125)),
        (
            "0.5 * np.sum((sigmoid(w @ x + b) - y)**2)",
            ("w", "x", "b", "y"),
            (np.ones((2, 3)), np.ones(3), -3.0, 0.5),
            0.0,
        ),
        ("s = x[0] * x[1]\nt = s.T\nnp.linalg.norm(x) + t", ("x",), (np.array([3.0, 4.0]),), 17.0),
        ("sum(where(x > 0, x, 0.1 * x), axis=0)", ("x",), (np.array([1.0, -1.0]),), 0.9),
        ("mean(x[1:, 0], axis=(0,))", ("x",), (np.arange(6.0).reshape(3, 2),), 3.0),
    ],
)
def test_expressions_are_what_numpy_makes_of_them(text, names, values, result):
    typed = understood(text)
    assert typed.names == names
    assert float(typed.function(*values)) == pytest.approx(result, abs=1e-15)


def test_it_is_differentiated_under_the_typed_names():
    typed = understood("z = w @ x; a = tanh(z); sum(a)")
    program = cr.derive(typed.function, [cr.Spec((2, 3)), cr.Spec((3,))], wrt="w")
    assert "z = w @ x" in str(program)
    assert "a = np.tanh(z)" in str(program)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", NO_EXPRESSION),
        ("x +", NO_EXPRESSION),
        ("import os", NOT_ON_THE_LIST),
        ("x = 1", "There is no variable in it to differentiate by; write x somewhere."),
        ("2 3 x", NO_EXPRESSION),
        ("x y = 3", NO_EXPRESSION),
        ("|x", NO_EXPRESSION),
        ("x!", NOT_ON_THE_LIST),
        ("x^inf", NOT_ON_THE_LIST),
        ("log⁻¹ x", NOT_ON_THE_LIST),
        ("np", NOT_ON_THE_LIST),
        ("sigmoid_prime x", NOT_ON_THE_LIST),
        ("ﬁ + x", NOT_ON_THE_LIST),
        ("1e400 x", NO_FINITE),
        ("x**9**9**9", NO_FINITE),
        ("x" + "¹" * 1900, NO_FINITE),
        ("x⁻" + "⁹" * 400, NO_FINITE),
        ("sin" + "²" * 1900 + " x", NO_FINITE),
        ("sin^" + "2" * 1900 + " x", NO_FINITE),
        ("9" * 1900 + " x", NO_FINITE),
        ("x" + "⁻" * 50 + "¹", NO_EXPRESSION),
        ("x¹⁻²", NO_EXPRESSION),
        ("x + 9**9**9", NO_FINITE),
        ("0/0 + x", NO_FINITE),
        ("log(0) x", NO_FINITE),
        ("sin = x; sin", NO_EXPRESSION),
        ("x, y = z; x", NO_EXPRESSION),
        ("3 + 4", "There is no variable in it to differentiate by; write x somewhere."),
        ("__import__('os').system('true') + x", NOT_ON_THE_LIST),
        ("x.__class__", NOT_ON_THE_LIST),
        ("(lambda: x)()", NOT_ON_THE_LIST),
        ("[x for _ in x]", NOT_ON_THE_LIST),
        ("np.load(x)", NOT_ON_THE_LIST),
        ("np.sum(x, out=x)", NOT_ON_THE_LIST),
        ("x['a']", NOT_ON_THE_LIST),
        ("x[y]", NOT_ON_THE_LIST),
        ("'a' * x", NOT_ON_THE_LIST),
        ("x" * (MOST_CHARACTERS + 1), "The text is longer than {most:,} characters."),
        ("+".join(["x"] * 401), "The expression is too long: it may have {most} numbers, names and signs."),
        ("+".join("abcdghijklmno"), "The expression has more than {most} variables."),
        ("(" * 41 + "x" + ")" * 41, DEEP),
        ("-" * 200 + "x", DEEP),
        ("√" * 200 + "x", DEEP),
        ("sin " * 200 + "x", DEEP),
        ("^".join("x" * 100), DEEP),
        ("|" * 300 + "x", DEEP),
    ],
)
def test_anything_else_is_refused_in_words(text, key):
    def run():
        typed = understood(text)
        typed.function(*[1.0] * len(typed.names))

    with pytest.raises(RefusedError) as refusal:
        run()
    assert refusal.value.args[0].template == key
    for language in ("en", "zh"):
        assert translated(refusal.value, language)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2x", "2 * x"), ("2 x", "2 * x"), ("2(x+1)", "2 * (x + 1)"), ("x(x+1)", "x * (x + 1)"), ("x y", "x * y"),
        ("(x+1)(x-1)", "(x + 1) * (x - 1)"), ("2πx", "2 * pi * x"), ("3x^2+2x+1", "3 * x ** 2 + 2 * x + 1"),
        ("x⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹", "x ** 1e+20"), ("x⁺²", "x ** 2"),
        ("x²", "x ** 2"), ("x³y", "x ** 3 * y"), ("x⁻¹²", "x ** (-12)"), ("xⁿ", "x ** n"), ("x^2^3", "x ** 2 ** 3"),
        ("-x^2", "-x ** 2"), ("x^-2", "x ** (-2)"), ("e^x", "exp(x)"), ("e^-x²", "exp(-x ** 2)"), ("e x", "e * x"),
        ("sin x", "sin(x)"), ("sinx", "sin(x)"), ("sin 2x cos y", "sin(2 * x) * cos(y)"), ("x sin x", "x * sin(x)"),
        ("sin²x + cos^2 x", "sin(x) ** 2 + cos(x) ** 2"), ("sin⁻¹ x", "arcsin(x)"), ("sin(x)^2", "sin(x) ** 2"),
        ("sin -x", "sin(-x)"), ("tan x/2", "tan(x) / 2"), ("1/2x", "1 / 2 * x"), ("ln x", "log(x)"), ("lg x", "log10(x)"),
        ("√x", "sqrt(x)"), ("√(x+1)y", "sqrt(x + 1) * y"), ("2√x", "2 * sqrt(x)"), ("∛x", "cbrt(x)"),
        ("|x|", "abs(x)"), ("2|x-1||y|", "2 * abs(x - 1) * abs(y)"), ("||x|-1|", "abs(abs(x) - 1)"),
        ("x×y·z÷2−1", "x * y * z / 2 - 1"), ("（x＋1）²", "(x + 1) ** 2"), ("x≥0", "x >= 0"), ("xᵀ@x", "x.T @ x"),
        ("σ(x) + σ", "sigmoid(x) + σ"), ("np.sin(x)", "sin(x)"), ("y = x**2", "x ** 2"), ("f(x) = x^2", "x ** 2"),
        ("d/dx x^2", "x ** 2"), ("√-x", "sqrt(-x)"), ("sin --x", "sin(--x)"), ("e² x", "exp(2) * x"), ("x²^3", "(x ** 2) ** 3"),
        ("sin²x^3 cos x", "sin(x ** 3) ** 2 * cos(x)"), ("sum(x[0, 1:], axis=(0,))", "sum(x[0, 1:], axis=(0,))"),
        ("√√x", "sqrt(sqrt(x))"),
        ("|x|(|y| + 1)", "abs(x) * (abs(y) + 1)"), ("|(|x|)|", "abs(abs(x))"), ("sin cos x sin y", "sin(cos(x)) * sin(y)"),
        ("z = 2x; z(z+1)", "z = 2 * x\nz * (z + 1)"), ("2e3x", "2000.0 * x"),
    ],
)  # fmt: skip
def test_what_people_type_is_read_as_they_mean_it(text, read):
    assert understood(text).read == read


@pytest.mark.parametrize(
    ("text", "names", "by", "result"),
    [
        ("y = a x", ("a", "x"), ("a", "x"), "y"), ("f(x) = a x", ("a", "x"), ("x",), "f"), ("d/dx a x", ("a", "x"), ("x",), "f"),
        ("g(t, s) = s t", ("s", "t"), ("s", "t"), "g"), ("d/dx", ("d", "dx"), ("d", "dx"), "f"),
    ],
)  # fmt: skip
def test_what_is_differentiated_by_what_is_what_was_typed(text, names, by, result):
    typed = understood(text)
    assert (typed.names, typed.by, typed.result) == (names, by, result)


def test_a_number_that_is_too_large_is_named_as_it_was_typed():
    with pytest.raises(RefusedError) as refusal:
        understood("1e400x")
    assert str(refusal.value).startswith("1e400 is larger than any number")


def test_a_sum_of_sixty_terms_is_fine():
    terms = "+".join(f"x**{k}*sin({k}*x)" for k in range(1, 61))
    typed = understood(terms)
    x = 0.3
    expected = sum(k * x ** (k - 1) * np.sin(k * x) + x**k * k * np.cos(k * x) for k in range(1, 61))
    assert float(cr.derive(typed.function, [x])(x)) == pytest.approx(expected)


@pytest.mark.parametrize("at", ["x = 0×5", "x=0x3", "x = (0,)", "x = []"])
def test_an_array_without_numbers_is_not_called_too_large(at):
    with pytest.raises(RefusedError, match=r"x would have no numbers|neither a value nor a shape"):
        points_of(at, ["x"])


def test_an_array_that_would_be_large_is_refused_before_it_is_made():
    typed = understood("sum(outer(x, x))")
    with pytest.raises(RefusedError, match="more than 50,000 numbers"):
        cr.derive(typed.function, [cr.Spec((5_000,))])


@pytest.mark.parametrize(
    "text",
    [
        "2x + ¿)¿ sin",
        "x + os¿.path¿",
        "x² ¿!¿",
        "sin(x) + ¿1e400¿ x",
        "u = 2x; ¿x y z = 3¿; x",
        "3 ¿4¿ x",
        "|x| + (2¿x¿",
    ],
)
def test_the_place_of_what_is_wrong_is_known(text):
    before, wrong, after = text.split("¿")
    with pytest.raises(RefusedError) as refusal:
        understood(before + wrong + after)
    assert (before + wrong + after)[slice(*place_of(refusal.value))].startswith(wrong)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("σ(x) + ¿y @ x¿", (3,)), ("z = 2x\n1 + sum(z) + ¿x[7]¿", (3,)), ("3 |x| + ¿log(0)¿", ()),
        ("e^-x + ¿sum(x, axis=3)¿", (3,)), ("πx + ¿solve(x, x)¿", (3,)),
    ],
)  # fmt: skip
def test_the_place_of_what_cannot_be_computed_is_known(text, at):
    before, wrong, after = text.split("¿")
    typed = understood(before + wrong + after)
    with pytest.raises(Exception) as refusal:  # noqa: PT011
        cr.derive(typed.function, [cr.Spec(() if name == "y" else at) for name in typed.names])
    assert (before + wrong + after)[slice(*place_of(refusal.value))] == wrong


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("", {"x": (), "w": ()}), ("x = 1.5", {"x": 1.5, "w": ()}), ("x=−2, w = 2×3", {"x": -2.0, "w": (2, 3)}),
        ("w = [[1, 2], [3, 4]]; x=.5", {"x": 0.5, "w": [[1.0, 2.0], [3.0, 4.0]]}),
        ("x = [1, -2e3]", {"x": [1.0, -2000.0], "w": ()}),
        ("x = (4,), w = (2, 3)", {"x": (4,), "w": (2, 3)}), ("ｘ＝４", {"x": 4.0, "w": ()}),
        ("x = (), w = (1,)", {"x": (), "w": (1,)}), ("x=3x1,w=30*784", {"x": (3, 1), "w": (30, 784)}),
    ],
)  # fmt: skip
def test_values_and_shapes_are_read(text, points):
    found = points_of(text, ["x", "w"])
    assert {name: each if isinstance(each, tuple) else each.tolist() for name, each in found.items()} == points


@pytest.mark.parametrize(
    "text",
    ["w=3y4", "w", "w=", "w=¹", "w=[1, [2]]", "w=[]", "w=[true]", "w=NaN", "w=[1e999]", "w=1/2", "w=[[[[[1]]]]]"],
)
def test_what_is_neither_a_value_nor_a_shape_is_refused(text):
    with pytest.raises(RefusedError, match="is neither a value nor a shape"):
        points_of(text, ["w"])


def test_a_value_of_another_variable_is_refused():
    with pytest.raises(RefusedError, match="is not a variable of the expression"):
        points_of("v=3", ["w"])


@pytest.mark.parametrize("text", ["w=501x100", "w=(99999999999999999999,)"])
def test_sizes_that_are_too_large_are_refused(text):
    with pytest.raises(RefusedError, match="more than 50,000 numbers"):
        points_of(text, ["w"])


def test_the_inverse_of_the_hyperbolic_cosine_is_read_as_such():
    for text in ("arccosh(x)", "acosh x", "cosh⁻¹ x"):
        assert float(understood(text).function(2.0)) == np.arccosh(2.0)
