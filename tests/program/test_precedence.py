"""Brackets: every operator inside every other, on either side, and nests as deep as Python's parser does not go.

The text is held against the same equations run one by one, which share no brackets with it.
"""

import itertools
import re

import numpy as np
import pytest

from chainrule.core.primitive import PRIMITIVES
from chainrule.core.python import function_text
from chainrule.core.tracing import trace

from . import texts

pytestmark = pytest.mark.uncompiled

A, B, C = np.random.default_rng(0).uniform(0.5, 2.0, (3, 3, 3))
SIDES = ("left", "right")
OPERATORS = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "matmul": lambda a, b: a @ b,
    "power": lambda a, b: a**b,
    "remainder": lambda a, b: a % b,
    "floor_divide": lambda a, b: a // b,
    "greater": lambda a, b: (a > b) * 1.0,
    "less_equal": lambda a, b: (a <= b) * 1.0,
    "equal": lambda a, b: (a == b) * 1.0,
    "negative": lambda a, b: -a,
    "negative of the right": lambda a, b: a * -b,
    "T": lambda a, b: a.T + 0 * b,
    "getitem": lambda a, b: a[:, ::-1],
    "exp": lambda a, b: np.exp(a),
    "negative number, left": lambda a, b: -2.0 * a,
    "negative number, right": lambda a, b: a - -2.0,
    "negative base": lambda a, b: (-2) ** (a > b),
    "negative exponent": lambda a, b: a**-1.0,
}


def test_every_infix_operation_is_nested():
    """So that a new operator cannot be left out."""
    infix = {name for name, each in PRIMITIVES.items() if re.search(r"\{0\} \S+ \{1\}", each.python.source)}
    named = {name.partition(" ")[0] for name in OPERATORS}
    assert infix - named == {"greater_equal", "less", "not_equal"}  # written and bracketed as their likes are


def nest(inner, outer, side):
    """Check one operator inside another."""

    def function(a, b, c):
        within = OPERATORS[inner](a, b)
        return OPERATORS[outer](within, c) if side == "left" else OPERATORS[outer](c, within)

    args = [A, B, C]
    with np.errstate(all="ignore"):
        program = trace(function, args, naming=False)
        texts.equal(program(*args), function(*args))
        texts.text(program, args)


@pytest.mark.parametrize("outer", OPERATORS)
def test_every_operator_inside_every_other(outer):
    found = []
    for inner, side in itertools.product(OPERATORS, SIDES):
        try:
            nest(inner, outer, side)
        except Exception as error:
            error.add_note(f"{inner} {side} inside {outer}")
            found.append(error)
    if found:
        raise ExceptionGroup(f"{outer} is not written rightly around {len(found)} others", found)


WRITTEN = {
    "a - (b - c)": lambda a, b, c: a - (b - c),
    "a + (b + c)": lambda a, b, c: a + (b + c),
    "a * (b * c)": lambda a, b, c: a * (b * c),
    "a * (b / c)": lambda a, b, c: a * (b / c),
    "a + b + c": lambda a, b, c: a + b + c,
    "a + b * c": lambda a, b, c: a + b * c,
    "(a + b) * c": lambda a, b, c: (a + b) * c,
    "a ** (b ** c)": lambda a, b, c: a**b**c,
    "(a ** b) ** c": lambda a, b, c: (a**b) ** c,
    "-a ** b": lambda a, b, c: -(a**b),
    "(-a) ** b": lambda a, b, c: (-a) ** b,
    "a ** (-b)": lambda a, b, c: a**-b,
    "a - (-b)": lambda a, b, c: a - (-b),
    "-(-a)": lambda a, b, c: -(-a),
    "(a @ b) * c": lambda a, b, c: (a @ b) * c,
    "a @ b @ c": lambda a, b, c: a @ b @ c,
    "a @ (b @ c)": lambda a, b, c: a @ (b @ c),
    "a @ b + c": lambda a, b, c: a @ b + c,
    "a - (b @ c)": lambda a, b, c: a - b @ c,
    "(a + b).T @ c": lambda a, b, c: (a + b).T @ c,
    "(a * b)[0]": lambda a, b, c: (a * b)[0],
    "(-a).T": lambda a, b, c: (-a).T,
    "(a > b) == c": lambda a, b, c: (a > b) == c,
    "(-2.0) ** c": lambda a, b, c: (-2.0) ** c,
    "a * (-2.0)": lambda a, b, c: a * -2.0,
    "a - (-2.0)": lambda a, b, c: a - -2.0,
    "-2.0 * a": lambda a, b, c: -2.0 * a,
    "a * (-np.inf)": lambda a, b, c: a * -np.inf,
    "np.tanh(a) ** 2": lambda a, b, c: np.tanh(a) ** 2,
}


@pytest.mark.parametrize(("text", "function"), WRITTEN.items(), ids=WRITTEN)
def test_brackets_stand_where_they_are_needed_and_nowhere_else(text, function):
    with np.errstate(all="ignore"):
        program = trace(function, [A, B, C], naming=False)
    (line,) = re.findall(r"return (.*)", function_text(program))
    assert line == text


def test_a_nest_of_400_is_cut_before_pythons_parser_gives_up():
    def deep(x):
        for _ in range(400):
            x = np.tanh(-x) + 1.0
        return x

    program = trace(deep, [A], naming=False, loops=False)
    texts.equal(program(A), deep(A))
    texts.text(program, [A])
    assert max(line.count("(") for line in str(program).splitlines()) < 50


def test_a_chain_of_400_is_cut_though_it_has_one_operand():
    def chain(x):
        for _ in range(400):
            x = np.tanh(-x)
        return x

    program = trace(chain, [A], naming=False, loops=False)
    texts.equal(program(A), chain(A))
    assert max(line.count("(") for line in str(program).splitlines()) < 50


def test_a_line_has_few_operands_though_it_is_not_deep():
    def tree(x):
        level = [x * (k + 2) for k in range(64)]
        while len(level) > 1:
            level = [one + other for one, other in zip(level[::2], level[1::2], strict=True)]
        return level[0]

    program = trace(tree, [A], naming=False, loops=False)
    texts.text(program, [A])
    assert max(len(re.findall(r"\w+", line.partition("#")[0])) for line in str(program).splitlines()) < 20


def test_a_sum_of_400_terms():
    def wide(x):
        total = 0.0
        for k in range(400):
            total = total + k * x
        return total

    program = trace(wide, [A], naming=False, loops=False)
    texts.equal(program(A), wide(A))
    texts.text(program, [A])


def test_template_strengths_come_from_pythons_grammar():
    from chainrule.core.template import POWER, PRIMARY, PRODUCT, SUM, UNARY, Piece, parse_python

    strengths = {"{0} + {1}": SUM, "{0} @ {1}": PRODUCT, "-{0}": UNARY, "{0} ** {1}": POWER, "{0}.T": PRIMARY}
    assert {source: parse_python(source).strength for source in strengths} == strengths
    assert parse_python("2 * ({0} % {1})").write([Piece("a + b", SUM), Piece("c")], {}, {}).text == "2 * ((a + b) % c)"
