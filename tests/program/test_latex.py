r"""Programs as mathematics: LaTeX that LaTeX takes, with brackets where mathematics needs them."""

import re
from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.binding import bind
from chainrule.core.layout import Operation
from chainrule.core.nouns import Equation, Symbol
from chainrule.core.primitive import PRIMITIVES
from chainrule.program.latex import LATEX
from chainrule.program.notation import _called
from chainrule.program.symbol_names import symbol_latex

from . import checks
from .functions import functions

pytestmark = pytest.mark.uncompiled

CASES = functions(np)

WRITTEN = {
    r"(a + b) \odot c": lambda a, b, c: (a + b) * c,
    r"a + b \odot c": lambda a, b, c: a + b * c,
    r"a - (b - c)": lambda a, b, c: a - (b - c),
    r"\frac{a}{b + c}": lambda a, b, c: a / (b + c),
    r"(\frac{a}{b})^{c}": lambda a, b, c: (a / b) ** c,
    r"(a + b)^T": lambda a, b, c: (a + b).T,
    r"(a^T)^{2}": lambda a, b, c: a.T**2,
    r"(a \, b) \odot c": lambda a, b, c: (a @ b) * c,
    r"-(a + b)": lambda a, b, c: -(a + b),
    r"e^{a + b} \odot c": lambda a, b, c: np.exp(a + b) * c,
    r"(e^{a})^{2}": lambda a, b, c: np.exp(a) ** 2,
    r"(\sum (a + b)) c": lambda a, b, c: np.sum(a + b) * c,
    r"a + (\sum b)": lambda a, b, c: a + np.sum(b),
    r"\sqrt{a + b}": lambda a, b, c: np.sqrt(a + b),
    r"\left|a - b\right|": lambda a, b, c: np.abs(a - b),
    r"\tanh(a)^{2}": lambda a, b, c: np.tanh(a) ** 2,
    r"\operatorname{sign}(a + b)": lambda a, b, c: np.sign(a + b),
    r"(a + b)_{[0]}": lambda a, b, c: (a + b)[0],
    r"-2 a": lambda a, b, c: a * -2.0,
    r"1 \cdot 10^{-5} a": lambda a, b, c: 1e-5 * a,
    r"6 a": lambda a, b, c: 6 * a,
    r"6 a^{2}": lambda a, b, c: a**2 * 6,
    r"2 (a + b)": lambda a, b, c: (a + b) * 2.0,
    r"6 (a \odot b)": lambda a, b, c: 6 * (a * b),
    r"6 a \odot b": lambda a, b, c: 6 * a * b,
    r"2 (a \, b)": lambda a, b, c: 2 * (a @ b),
    r"2 \sum a": lambda a, b, c: 2 * np.sum(a),
    r"2 \sum a \odot b": lambda a, b, c: np.sum(a * b) * 2,
    r"2 ((\sum a) + b)": lambda a, b, c: 2 * (np.sum(a) + b),
    r"2 (-a)": lambda a, b, c: 2 * -a,
    r"a_{[0, 0]} b": lambda a, b, c: b * a[0, 0],
    r"a_{[0, 0]} b_{[0, 1]}": lambda a, b, c: a[0, 0] * b[0, 1],
    r"a_{[0, 0]} \cdot (b + c)": lambda a, b, c: a[0, 0] * (b + c),
    r"(\sum a) + b": lambda a, b, c: np.sum(a) + b,
    r"b - (-2 a)": lambda a, b, c: b - a * -2.0,
    r"(-2 a)^{2}": lambda a, b, c: (-2.0 * a) ** 2,
    r"-2 a \odot b": lambda a, b, c: -2.0 * a * b,
    r"2 (1 - a)": lambda a, b, c: 2 * (1 - a),
    r"a^{-1} \, (2 b)": lambda a, b, c: np.linalg.solve(a, 2 * b),
    r"a^{-1} \, b + c": lambda a, b, c: np.linalg.solve(a, b) + c,
    r"[a > b] \odot c": lambda a, b, c: (a > b) * c,
    r"a_{[0]}^T \, b_{[0]}": lambda a, b, c: a[0] @ b[0],
    r"2 \tanh(a)": lambda a, b, c: 2 * np.tanh(a),
    r"\frac{2 a}{3}": lambda a, b, c: 2 * a / 3,
    r"\frac{a}{b^{2}}": lambda a, b, c: a / b / b,
    r"\frac{a}{b \odot c}": lambda a, b, c: a / b / c,
    r"\frac{a}{b^{2} \odot c}": lambda a, b, c: a / b / c / b,
    r"\frac{a + c}{2 b}": lambda a, b, c: (a + c) / 2 / b,
    r"\sum_{\mathrm{axis}\,0} a \odot b": lambda a, b, c: np.sum(a * b, axis=0),
    r"\sum a": lambda a, b, c: np.sum(a, axis=(0, 1)),
    r"\operatorname{mean}_{\mathrm{axis}\,1}(a)": lambda a, b, c: np.mean(a, axis=-1),
    r"\max_{\mathrm{axis}\,0}(a)": lambda a, b, c: np.max(a, axis=0),
    r"\prod_{\mathrm{axis}\,1} a": lambda a, b, c: np.prod(a, axis=1),
    r"\ln \sum_{\mathrm{axis}\,1} e^{a}": lambda a, b, c: np.logaddexp.reduce(a, axis=1),
}


@pytest.mark.parametrize(("text", "function"), WRITTEN.items(), ids=WRITTEN)
def test_written(text, function):
    assert cr.trace(function, [cr.Spec((2, 2))] * 3, naming=False).latex() == rf"\text{{function}} &= {text}"


def valid(text):
    """Braces match, and nothing has two superscripts or two subscripts."""
    assert text.count("{") == text.count("}") and text.count("(") == text.count(")")
    group = r"(?:\{(?:[^{}]|\{[^{}]*\})*\}|\w)"
    assert not re.search(rf"\^{group}\^|_{group}_|\^{group}_{group}\^", text), text
    assert not re.search(r"\\(?:operatorname|mathrm)\{[^{}]*(?<!\\)_", text), text  # LaTeX would lower what follows


@pytest.mark.parametrize("name", PRIMITIVES)
def test_every_operation_is_written(name):
    primitive = PRIMITIVES[name]
    for inputs, params in checks.examples(primitive):
        positions = [p for p, each in enumerate(inputs) if checks.is_float(each)]

        def operate(*w2, inputs=inputs, params=params, positions=positions):
            full = list(inputs)
            for position, each in zip(positions, w2, strict=True):
                full[position] = each
            return bind(primitive, tuple(full), params)

        valid(cr.trace(operate, [inputs[p] for p in positions]).latex())


@pytest.mark.parametrize("name", CASES)
def test_every_derivative_is_written(name):
    function, args = CASES[name]
    text = cr.derive(function, args).latex()
    valid(text)
    assert r"\frac{\partial C}{\partial" in text or name == "tanh_chain" or r"\text{" in text


def test_the_slope_of_a_reciprocal():
    assert cr.derive(lambda x: 1 / x, (2.0,)).latex() == r"\frac{\partial C}{\partial x} &= -\frac{1}{x^{2}}"


def test_sizes_have_the_names_that_they_have_in_python():
    def cost(w, x, y):
        return np.mean((x @ w - y) ** 2) - np.var(w) / len(y) ** 0.5

    made = cr.derive(cost, (np.ones(3), np.ones((7, 3)), np.ones(7)), wrt="w")
    assert made.latex().split(" \\\\\n") == [
        "m &= 7",
        "n &= 3",
        r"v_{1} &= -\frac{2}{n m^{0.5}} (w - \operatorname{mean}(w))",
        r"\frac{\partial C}{\partial w} &= (\frac{2}{m} (x \, w - y)) \, x + v_{1} - \frac{\sum v_{1}}{n}",
    ]
    for size, named in (("m", "x"), ("n", "w")):
        assert f"{size} = {named}.shape[0]" in str(made)


def test_the_network_of_the_book():
    def cost(w2, b2, w3, b3, a1, y):
        z2 = cr.name("z2", w2 @ a1 + b2)
        a2 = cr.name("a2", 1 / (1 + np.exp(-z2)))
        z3 = cr.name("z3", w3 @ a2 + b3)
        a3 = cr.name("a3", 1 / (1 + np.exp(-z3)))
        return 0.5 * np.sum((a3 - y) ** 2)

    shapes = [(3, 4), (3, 1), (2, 3), (2, 1), (4, 1), (2, 1)]
    program = cr.derive(cost, [cr.Spec(shape) for shape in shapes], wrt="w2, b2, w3, b3")
    assert program.latex().split(" \\\\\n") == [
        r"z^{2} &= w^{2} \, a^{1} + b^{2}",
        r"a^{2} &= \sigma(z^{2})",
        r"z^{3} &= w^{3} \, a^{2} + b^{3}",
        r"a^{3} &= \sigma(z^{3})",
        r"\delta_{z^{3}} &= (a^{3} - y) \odot \sigma'(z^{3})",
        r"\frac{\partial C}{\partial b^{3}} &= \delta_{z^{3}}",
        r"\frac{\partial C}{\partial w^{3}} &= \delta_{z^{3}} \, (a^{2})^T",
        r"\delta_{z^{2}} &= ((w^{3})^T \, \delta_{z^{3}}) \odot \sigma'(z^{2})",
        r"\frac{\partial C}{\partial b^{2}} &= \delta_{z^{2}}",
        r"\frac{\partial C}{\partial w^{2}} &= \delta_{z^{2}} \, (a^{1})^T",
    ]


@pytest.mark.parametrize(("name", "text"), [
    ("w", "w"), ("w2", "w^{2}"), ("weights_0", r"\mathrm{weights}_{0}"), ("δ3", r"\delta^{3}"), ("eta", r"\eta"),
    ("dC_dw2", r"\frac{\partial C}{\partial w^{2}}"), ("δ_z1", r"\delta_{z^{1}}"), ("snake_case_name", r"\mathrm{snake}_{\mathrm{case\_name}}"),
    ("w_0_i", "w_{0,i}"), ("p_scale", r"p_{\mathrm{scale}}"), ("x1", "x_{1}"), ("dC_dv12", r"\frac{\partial C}{\partial v_{12}}"),
    ("x1_0", "x_{1,0}"),
])  # fmt: skip
def test_symbols(name, text):
    assert symbol_latex(name) == text


def test_how_far_a_triangle_a_diagonal_and_a_roll_are_off():
    def moved(a):
        return np.tril(a, -1) + np.tril(a) + np.diag(np.diagonal(a, 1), 1) + np.roll(a, 2, axis=0)

    written = cr.trace(moved, (np.ones((3, 3)),)).latex()
    assert r"\operatorname{tril}(a, -1) + \operatorname{tril}(a)" in written
    assert r"\operatorname{diag}(\operatorname{diagonal}(a, 1), 1)" in written
    assert r"\operatorname{roll}_{\mathrm{axis}\,0}(a, 2)" in written


def alone(primitive, inputs, params):
    """The tree of one operation on symbols x_0, x_1, …, and those symbols."""
    symbols = tuple(Symbol(f"x_{at}", np.shape(each), np.asarray(each).dtype) for at, each in enumerate(inputs))
    types = primitive.infer(symbols, params)
    targets = tuple(Symbol(f"y_{at}", *each) for at, each in enumerate(types))
    return Operation(Equation(targets, primitive, symbols, params), symbols)


@pytest.mark.parametrize("name", PRIMITIVES)
def test_a_template_is_read_completely(name):
    """Written again, what was read of a template says each of its words and signs in its order, and every operand."""
    primitive = PRIMITIVES[name]
    template = primitive.latex or _called(primitive)
    for inputs, params in checks.examples(primitive):
        operation = alone(primitive, inputs, params)
        written = LATEX.part(operation).content
        if primitive.name == "multiply" and any(each.shape == () for each in operation.operands):
            continue  # `6 x`
        if primitive.name == "windowed_einsum":  # its sign hangs on the subscripts
            assert sorted(re.findall(r"x_\{\d\}", written)) == ["x_{0}", "x_{1}"]
            continue
        words = re.findall(r"\\[a-z]+|[^\W\d_]+", re.sub(r"\{[a-z_]+\}", "", template))
        words = ["\\frac" if each == "\\tfrac" else each for each in words]
        found = iter(re.findall(r"\\[a-z]+|[^\W\d_]+", written))
        assert all(word in found for word in words), (template, written)
        if "{0}" in template:
            assert all(f"x_{{{at}}}" in written for at in re.findall(r"\{(\d)\}", template)), written


def test_an_operation_without_a_template_is_a_function_of_its_name_and_params():
    declared = PRIMITIVES["std"]
    operation = alone(replace(declared, latex=""), (np.ones((2, 3)),), (("axis", 1), ("ddof", 1), ("keepdims", False)))
    assert LATEX.part(operation).content == r"\operatorname{std}_{\mathrm{axis}\,1}(x_{0}, \mathrm{ddof} = 1)"
    operation = alone(replace(declared, latex=""), (np.ones((2, 3)),), (("axis", 1), ("ddof", 0), ("keepdims", False)))
    assert LATEX.part(operation).content == r"\operatorname{std}_{\mathrm{axis}\,1}(x_{0})"
