"""Lines in their parts: what they say in mathematics and in dimensions, and that they say the same as the printed text."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.primitive import namespace
from chainrule.core.python import function_text
from chainrule.network.activations import ACTIVATIONS
from chainrule.program.formulas import formulas
from chainrule.program.symbol_names import symbol_text
from chainrule.run import checked
from chainrule.show import mathml

from .mathematics import value_of

ARTICLE = """\
z² = w² a¹ + b²                     30×1 = 30×[784 · 784]×1 + 30×1
a² = σ(z²)                          30×1 = σ(30×1)
z³ = w³ a² + b³                     10×1 = 10×[30 · 30]×1 + 10×1
a³ = σ(z³)                          10×1 = σ(10×1)
δ³ = (a³ − y) ⊙ σ′(z³)              10×1 = (10×1 − 10×1) ⊙ σ′(10×1)
∂C/∂b³ = δ³                         10×1 = 10×1
∂C/∂w³ = δ³ a²ᵀ                     10×30 = 10×[1 · 1]×30
δ² = (w³ᵀ δ³) ⊙ σ′(z²)              30×1 = (30×[10 · 10]×1) ⊙ σ′(30×1)
∂C/∂b² = δ²                         30×1 = 30×1
∂C/∂w² = δ² a¹ᵀ                     30×784 = 30×[1 · 1]×784
"""

NETWORKS = [
    {"activation": activation} for activation in ACTIVATIONS if activation not in ("softmax", "gelu", "elu")
] + [
    {"activation": ["gelu", "elu"]},
    {"normalization": "batch"},
    {"normalization": "layer"},
    {"cost": "cross-entropy"},
    {"cost": "log-likelihood"},
    {"cost": "hinge"},
    {"cost": "huber"},
    {"cost": "mean-squared-error"},
]


def example(program):
    random = np.random.default_rng(0)
    return [random.uniform(0.1, 0.9, symbol.shape) for symbol in program.inputs]


def test_the_articles_network_in_mathematics_and_dimensions():
    found = formulas(cr.Network([784, 30, 10], seed=0).backward_program)
    assert "".join(f"{rule.text:<36}{rule.dimensions}\n" for rule in found) == ARTICLE


def test_examples_are_columns_and_a_sum_says_over_what_it_runs():
    *_, rule, _ = formulas(cr.Network([3, 2], seed=0).programs(4).backprop)
    assert (rule.text, rule.dimensions) == ("∂C/∂b² = Σ[m] δ²", "2×1 = Σ[m] 2×4")
    assert rule.terms[0].under == "m"


@pytest.mark.parametrize("settings", NETWORKS, ids=str)
def test_parts_and_printed_lines_compute_the_same(settings):
    """Each line, read as mathematics, gives the value of the printed line."""
    layers = [5, 4, 3, 2] if settings.get("activation") == ["gelu", "elu"] else [5, 4, 2]
    for program in (cr.Network(layers, seed=0, **settings).programs(3)).__dict__.values():
        values = checked.values(program, example(program))
        printed = function_text(program)  # before long lines are broken
        for rule in formulas(program):
            assert rule.target.name == program.name or f"    {rule.python} " in printed
            for tie in rule.ties:
                left, right = rule.terms[tie.left], rule.terms[tie.right]
                assert left.shape[tie.left_axis] == right.shape[tie.right_axis] == tie.size
            if not any(term.kind == "function" and term.under for term in rule.terms):
                written = eval(rule.python.partition(" = ")[2], namespace(), values)
                np.testing.assert_allclose(value_of(rule.terms, values), written, rtol=1e-12)


@pytest.mark.parametrize("settings", NETWORKS, ids=str)
def test_places_point_at_the_symbols_in_python(settings):
    layers = [5, 4, 3, 2] if settings.get("activation") == ["gelu", "elu"] else [5, 4, 2]
    for rule in formulas(cr.Network(layers, seed=0, **settings).programs(3).backprop):
        assert [place.name for place in rule.places] == [
            rule.target.name,
            *(term.name for term in rule.terms if term.kind == "symbol"),
        ]
        assert all(rule.python.startswith(place.name, place.column) for place in rule.places)
        shapes = [term.shape for term in rule.terms if term.kind == "symbol"]
        assert [place.shape for place in rule.places[1:]] == shapes


@pytest.mark.names
def test_writes_are_words_in_mathematics_and_assignments_in_python():
    def f(x, w):
        u = np.zeros(5)
        u[0] = x[0]
        u[1:] = w * u[0]
        u[2] += x[1] + 1.0
        return np.sum(u**2)

    program = cr.trace(f, [cr.Spec((2,)), cr.Spec((4,))])
    printed, found = str(program), formulas(program)
    assert [(rule.text, rule.python) for rule in found] == [
        ("u1 = np.zeros(5)", "u = np.zeros(5)"),
        ("u2 = u1 with x[0] at [0]", "u[0] = x[0]"),
        ("u3 = u2 with u2[0] w at [1:]", "u[1:] = w * u[0]"),
        ("u4 = u3 plus x[1] + 1 at [2]", "u[2] += x[1] + 1.0"),
        ("f = Σ u4²", "f = np.sum(u ** 2)"),
    ]
    assert all(f"    {rule.python} " in printed for rule in found[:-1])
    assert [(place.name, place.shape) for place in found[1].places] == [("u", (5,)), ("x", (2,))]
    assert found[1].dimensions == "(5,) = (5,) with (2,)[0] at [0]"
    assert r"u_{1} \;\text{with}\; x_{[0]} \;\text{at}\; [0]" in program.latex()
    assert ">with</mo>" in mathml.formula(found[1])
    assert "\N{INVISIBLE TIMES}" not in mathml.formula(found[1])


@pytest.mark.names
def test_brackets_transposes_and_powers_of_a_users_function():
    def f(w, x):
        u = (w @ x).T @ w
        v = 2 * (x - u.T[:1]) ** 2
        return np.sum(np.maximum(v, 0.0) * v) - np.mean(-v, axis=0)[0]

    found = {rule.target.name: rule for rule in formulas(cr.trace(f, [np.ones((2, 2)), np.ones((2, 2))]))}
    assert found["u"].text == "u = (w x)ᵀ w"
    assert found["v"].text == "v = 2 (x − uᵀ[:1])²"
    assert found["v"].dimensions == "2×2 = (2×2 − 2×2[:1])²"
    assert found["f"].text == "f = (Σ max(v, 0) ⊙ v) − mean[axis 0](−v)[0]"


def test_a_number_stands_in_front():
    def f(x, s):
        return np.sum(x * 5) * 2 + np.sum(x) * s * 3

    (line,) = formulas(cr.trace(f, (np.ones(3), 1.0)))
    assert line.text == "f = (2 Σ 5 x) + 3 ((Σ x) s)"


@pytest.mark.parametrize(
    ("f", "text", "dimensions"),
    [
        (lambda x: np.exp(2 * x), "f = exp(2 x)", "(3,) = exp((3,))"),
        (lambda x: 1 / (2 * x), "f = 1 / (2 x)", "(3,) = 1 / ((3,))"),
        (lambda x: 1 - 2 * x, "f = 1 − 2 x", "(3,) = 1 − (3,)"),
        (lambda x: (x + 1) * (3 * x + 1), "f = (x + 1) ⊙ (3 x + 1)", "(3,) = ((3,) + 1) ⊙ ((3,) + 1)"),
    ],
)
def test_a_factor_leaves_no_space_behind_a_bracket_in_dimensions(f, text, dimensions):
    f.__name__ = "f"
    (line,) = formulas(cr.trace(f, (np.ones(3),)))
    assert (line.text, line.dimensions) == (text, dimensions)


@pytest.mark.parametrize(
    ("f", "dimensions"),
    [
        (lambda s, x: s**2 * np.sin(s) + 3 * s, "()"),
        (lambda s, x: s * np.sum(x) + s, "(Σ 3×2) + ()"),
        (lambda s, x: 2 * (s + 1) * x, "3×2"),  # a number times an array changes no size
        (lambda s, x: np.maximum(x, s) / s, "max(3×2, ()) / ()"),
        (lambda s, x: x**2 * x, "(3×2)² ⊙ 3×2"),
    ],
)
def test_a_part_made_of_single_numbers_is_one_number_in_dimensions(f, dimensions):
    def named(s, x):
        result = f(s, x)
        return result

    (line,) = cr.trace(named, (2.0, np.ones((3, 2)))).shape_table()
    assert line.dimensions == dimensions


def test_the_derivative_of_one_number_shows_no_symbols_in_dimensions():
    rows = cr.derive(lambda x: x**2 * np.sin(x), (2.0,)).shape_table()
    assert [row.dimensions for row in rows] == ["()"]


def test_a_sum_stands_after_a_minus_and_after_other_signs_in_brackets():
    """As books print the costs of cross-entropy and log-likelihood; brackets only where the sum would seem to reach further."""

    def cost(a, y):
        return -np.sum(y * np.log(a))

    def beside(a, y):
        return np.sum(y) - -np.sum(a), -np.sum(a) + np.sum(y), (-np.sum(a)) * np.sum(y)

    (line,) = formulas(cr.trace(cost, [cr.Spec((4,))] * 2))
    assert line.text == "cost = −Σ y ⊙ ln(a)"
    results = [rule.text.removeprefix("beside = ") for rule in formulas(cr.trace(beside, [cr.Spec((4,))] * 2))]
    assert results == ["(Σ y) − (−Σ a)", "(−Σ a) + (Σ y)", "(−Σ a) Σ y"]


def test_vectors_tie_at_their_only_axis():
    (rule,) = formulas(cr.trace(lambda w, x: w @ x, [np.ones((2, 3)), np.ones(3)]))
    assert rule.dimensions == "(2,) = 2×[3 · (3,)]"


def test_a_planted_bracket_is_seen():
    """The comparison above is one that a lost bracket fails."""
    program = cr.Network([5, 4, 2], seed=0).programs(3).backprop
    values = checked.values(program, example(program))
    rule = next(each for each in formulas(program) if each.target.name == "δ3")
    opening, *_, closing = (at for at, term in enumerate(rule.terms[:5]) if term.kind == "bracket")
    without = [term for at, term in enumerate(rule.terms) if at not in (opening, closing)]
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(value_of(without, values), values["δ3"])


def test_symbols_in_mathematics():
    names = ["w2", "a12", "dC_dw10", "δ_a3", "eta", "x_0", "mean2", "hidden_layer"]
    assert [symbol_text(name) for name in names] == [
        "w²", "a¹²", "∂C/∂w¹⁰", "δ_a3", "η", "x_0", "mean²", "hidden_layer",
    ]  # fmt: skip
