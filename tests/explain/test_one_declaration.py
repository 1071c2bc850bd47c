"""A new operation is declared in one place, and appears rightly in all that is written of a program: Python, LaTeX, MathML,
the line of a terminal, the line in dimensions, the line with numbers; in the explanation, on the page, and in compiled loops."""

import re

import numpy as np
import pytest

import chainrule as cr
from chainrule.calculus.declaring import withdraw
from chainrule.explain.numbers import Calculator
from chainrule.program.formulas import formulas, spaced
from chainrule.run import checked
from chainrule.show.mathml import formula
from chainrule.web import derivative
from chainrule.web.expressions import Typed


def squashed(x, *, scale=1.0):
    return x / (scale + np.abs(x))


def joined(a, b):
    return a * b + a


W, X = np.array([[0.5, -1.0]]), np.array([[2.0], [1.5]])


@pytest.fixture
def declare():
    made = []

    def enter(function, derivative, **settings):
        made.append(function.__name__)
        return cr.primitive(derivative, **settings)(function)

    yield enter
    for name in made:
        withdraw(name)


def written(function, *args):
    """What is written of z = … in all six ways."""
    program = cr.trace(function, args)
    (line,) = (each for each in formulas(program) if each.target.name == "z")
    values = checked.values(program, args)
    numbers = Calculator(program, values).numbers("z", (0, 0))
    return {
        "python": next(each.strip() for each in str(program).splitlines() if each.strip().startswith("z =")),
        "latex": next(each for each in program.latex().split(" \\\\\n") if each.startswith("z ")),
        "mathml": formula(line),
        "line": line.text,
        "dimensions": line.dimensions,
        "numbers": [spaced([term.text for term in stage], stage) for stage in numbers.stages],
        "result": numbers.result,
    }


def slope(g, y, x, scale):
    return g * scale / (scale + np.abs(x)) ** 2


def test_a_function_without_a_template(declare):
    squash = declare(squashed, slope)

    def f(w, x):
        z = squash(w @ x, scale=2.0)
        return np.sum(z)

    found = written(f, W, X)
    assert found["python"].startswith("z = squashed(w @ x, scale=2.0)")
    assert found["latex"] == r"z &= \operatorname{squashed}(w \, x, \mathrm{scale} = 2.0)"
    assert "<mi>squashed</mi><mrow><mo" in found["mathml"] and "<mi>scale</mi>" in found["mathml"]
    assert found["line"] == "z = squashed(w x, scale = 2.0)"
    assert found["dimensions"] == "1×1 = squashed(1×[2 · 2]×1, scale = 2.0)"
    assert found["numbers"] == ["squashed(−1.00 × 1.500 + 0.50 × 2.000, scale = 2.0)"]
    assert found["result"] == pytest.approx(-0.5 / 2.5)


def test_a_function_with_a_sign(declare):
    squash = declare(squashed, slope, latex=r"\varphi'({0})")

    def f(w, x):
        z = squash(w) * 2.0
        return np.sum(z @ x)

    found = written(f, W, X)
    assert found["latex"] == r"z &= 2 \varphi'(w)"
    assert found["line"] == "z = 2 φ′(w)"
    assert "<mi>φ</mi>" in found["mathml"] and "′</mo>" in found["mathml"]
    assert found["dimensions"] == "1×2 = φ′(1×2)"
    assert found["numbers"] == ["φ′(0.500) × 2", "0.333 × 2"]


def test_brackets_that_grow_are_brackets(declare):
    squash = declare(squashed, slope, latex=r"\operatorname{squash}\left({0}\right) + \left[{0}\right]")

    def f(w, x):
        z = squash(w)
        return np.sum(z @ x)

    found = written(f, W, X)
    assert found["latex"] == r"z &= \operatorname{squash}\left(w\right) + \left[w\right]"
    assert found["line"] == "z = squash(w) + [w]"
    assert found["dimensions"] == "1×2 = squash(1×2) + [1×2]"


def test_a_fraction_between_two_operands(declare):
    join = declare(joined, (lambda g, y, a, b: g * (b + 1), lambda g, y, a, b: g * a), latex=r"\frac{{0}}{{1}}")

    def f(w, x):
        z = join(w + 1.0, x.T) * w
        return np.sum(z)

    found = written(f, W, X)
    assert found["python"].startswith("z = joined(w + 1.0, x.T) * w")
    assert found["latex"] == r"z &= \frac{w + 1}{x^T} \odot w"
    assert "<mfrac displaystyle" in found["mathml"]
    assert found["line"] == "z = (w + 1) / xᵀ ⊙ w"
    assert found["dimensions"] == "1×2 = (1×2 + 1) / 1×2 ⊙ 1×2"
    assert found["numbers"] == ["(0.500 + 1) / 2.000 × 0.500", "4.500 × 0.500"]


def test_a_sign_between_two_operands(declare):
    join = declare(joined, (lambda g, y, a, b: g * (b + 1), lambda g, y, a, b: g * a), latex=r"{0} \star {1}")

    def f(w, x):
        z = join(w + 1.0, join(x.T, w))
        return np.sum(z)

    found = written(f, W, X)
    assert found["latex"] == r"z &= (w + 1) \star (x^T \star w)"
    assert found["line"] == "z = (w + 1) ⋆ (xᵀ ⋆ w)"
    assert found["mathml"].count("⋆") == 2
    assert found["dimensions"] == "1×2 = (1×2 + 1) ⋆ (1×2 ⋆ 1×2)"
    assert found["numbers"] == ["(0.500 + 1) ⋆ (2.000 ⋆ 0.500)", "1.500 ⋆ 3.000"]


def test_loops_given_for_it_run_it_and_its_derivative(declare, monkeypatch):
    """One line of `ARITHMETIC`; without one, what is compiled says which operation it cannot write."""
    pytest.importorskip("llvmlite")
    from chainrule.run import lowering
    from chainrule.run.lowering import operations

    join = declare(joined, (lambda g, y, a, b: g * (b + 1), lambda g, y, a, b: g * a))

    def f(w, x):
        return np.sum(np.sin(join(w, x.T)))

    backward = cr.derive(f, (W, X))
    assert "joined(1×2, 1×2)" in lowering.compiled(backward)
    monkeypatch.setitem(operations.ARITHMETIC, "joined", lambda block, a, b: a * b + a)
    cosine = np.cos(W * X.T + W)
    for found, right in zip(lowering.compiled(backward)(W, X), (cosine * (X.T + 1), (cosine * W).T), strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-12)
    monkeypatch.setitem(operations.ARITHMETIC, "joined", lambda block, a, b: a * b - a)
    assert abs(lowering.compiled(backward)(W, X)[0] - cosine * (X.T + 1)).max() > 0.1


@pytest.mark.parametrize(
    ("latex", "shown", "markup"),
    [("", "squashed(z)", "<mi>squashed</mi>"), (r"\psi({0})", "ψ(z)", "<mi>ψ</mi>")],
)
def test_explanation_and_page_have_it(declare, monkeypatch, latex, shown, markup):
    squash = declare(squashed, slope, latex=latex)

    def f(w, x):
        z = w @ x
        a = squash(z)
        return np.sum(a**2)

    made = cr.explain(f, (W, X))
    assert shown in re.sub(r"(?<=\() | (?=\))", "", str(made))
    assert markup in made._repr_html_()
    typed = Typed(("w", "x"), f, ("w",), "f", "")
    monkeypatch.setattr(derivative, "understood", lambda text: typed)  # the page takes NumPy's functions alone
    page = derivative.derived("", "w = 1×2, x = 2×1", "en")
    assert any(markup in line for line in page["forward"])
    assert ["a", "1×1", shown, "1×1"] in page["dimensions"]
