"""What may be typed in the Derive view, and what is refused before anything runs."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.show.language import say
from chainrule.web.expressions import MOST_CHARACTERS, shapes_of, understood
from chainrule.web.fields import RefusedError


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
        ("", "web.no_expression"),
        ("x +", "web.no_expression"),
        ("import os", "web.no_expression"),
        ("x = 1", "web.no_expression"),
        ("sin = x; sin", "web.no_expression"),
        ("x, y = z; x", "web.no_expression"),
        ("3 + 4", "web.no_variable"),
        ("__import__('os').system('true') + x", "web.not_on_the_list"),
        ("x.__class__", "web.not_on_the_list"),
        ("(lambda: x)()", "web.not_on_the_list"),
        ("[x for _ in x]", "web.not_on_the_list"),
        ("np.load(x)", "web.not_on_the_list"),
        ("np.sum(x, out=x)", "web.not_on_the_list"),
        ("x['a']", "web.not_on_the_list"),
        ("x[y]", "web.not_on_the_list"),
        ("'a' * x", "web.not_on_the_list"),
        ("x" * (MOST_CHARACTERS + 1), "web.long"),
        ("+".join(["x"] * 200), "web.many_parts"),
        ("+".join("abcdghijklmno"), "web.many_names"),
        ("(" * 500 + "x" + ")" * 500, "web.no_expression"),
    ],
)
def test_anything_else_is_refused_in_words(text, key):
    def run():
        typed = understood(text)
        typed.function(*[1.0] * len(typed.names))

    with pytest.raises(RefusedError) as refusal:
        run()
    assert refusal.value.key == key
    for language in ("en", "zh"):
        assert say(language, key, **refusal.value.values)


def test_whole_numbers_without_end_end():
    assert understood("x + 9**9**9").function(1.0) == np.inf


def test_an_array_that_would_be_large_is_refused_before_it_is_made():
    typed = understood("sum(outer(x, x))")
    with pytest.raises(RefusedError, match=r"web\.size"):
        cr.derive(typed.function, [cr.Spec((5_000,))])


@pytest.mark.parametrize("text", ["w=3y4", "w", "w=-1", "w=1.5", "w=¹"])
def test_shapes_that_are_none_are_refused(text):
    with pytest.raises(RefusedError, match=r"web\.shape"):
        shapes_of(text, ["w"])


def test_a_shape_of_another_variable_is_refused():
    with pytest.raises(RefusedError, match=r"web\.no_such_name"):
        shapes_of("v=3", ["w"])


@pytest.mark.parametrize("text", ["w=501x100", "w=0", "w=99999999999999999999"])
def test_sizes_that_are_too_large_are_refused(text):
    with pytest.raises(RefusedError, match=r"web\.size"):
        shapes_of(text, ["w"])
