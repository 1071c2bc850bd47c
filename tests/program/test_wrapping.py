"""Long lines of printed programs: broken within brackets, and the same statements."""

import ast
import random

import numpy as np
import pytest

import chainrule as cr
from chainrule.program.wrapping import WIDTH, wrap_lines

OPERATORS = ("+", "-", "*", "/", "//", "%", "@", "**", "<", "<=", "==", "!=", "|", "&", "^", "and", "or")


def random_expression(draw: random.Random, depth: int) -> str:
    """An expression of Python with names of some length, as `ast.unparse` would not write it: with brackets too many."""
    if depth == 0:
        return draw.choice(
            ["weights", "-0.25", "δ_out[1:n - 1, ::2]", "x.shape", "np.s_[:-lag]", "None", "'a, b + (c'"]
        )

    def part():
        return random_expression(draw, depth - draw.randint(1, 2) if depth > 1 else 0)

    return draw.choice([
        lambda: f"{part()} {draw.choice(OPERATORS)} {part()} {draw.choice(OPERATORS)} {part()}",
        lambda: f"-({part()})",
        lambda: f"(not {part()})",
        lambda: f"({part()} if {part()} else {part()})",
        lambda: f"({part()} {draw.choice(['is', 'is not', 'in', 'not in'])} {part()})",
        lambda: f"np.where({part()}, {part()}, out={part()})",
        lambda: f"scatter({part()}, *{draw.choice(['rows', '(a, b)'])}, **options)",
        lambda: f"({part()})[{part()}:{part()}, -1].T",
        lambda: f"({part()},)",
        lambda: f"[{part()} for name, value in enumerate(({part()})) if {part()}]",
        lambda: f"{{'first': {part()}, **others}}",
        lambda: f"np.sum(lambda a, b=({part()}): {part()})",
    ])()  # fmt: skip


def statement(draw: random.Random) -> str:
    expression = random_expression(draw, 5)
    return draw.choice([
        f"total = {expression}",
        f"first, (second, third) = total[0] = {expression}",
        f"total[i, {expression}] += {expression}",
        f"return {expression}, {expression}",
        f"if {expression}:\n        pass",
        f"while not ({expression}):  # a comment, (with a bracket\n        pass",
        f"for name, value in zip({expression}, {expression}):\n        pass",
        f"raise ValueError({'made where ' + expression + '; make it again'!r})",
        expression,
    ])  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_random_statements_stay_the_same(seed):
    draw = random.Random(seed)
    wrapped_lines = 0
    for _ in range(40):
        source = f"def function(x, *rest):\n    {statement(draw)}\n"
        wrapped = wrap_lines(source)
        assert ast.dump(ast.parse(wrapped)) == ast.dump(ast.parse(source)), source
        assert wrap_lines(wrapped) == wrapped or max(map(len, wrapped.split("\n"))) > WIDTH
        assert wrapped == source or max(map(len, source.split("\n"))) > WIDTH
        wrapped_lines += wrapped.count("\n") - source.count("\n")
    assert wrapped_lines > 40


def test_what_can_be_broken_is_short():
    """Only a name, a string within an expression, or what stands before a loop's brackets may be longer."""
    draw = random.Random(7)
    for _ in range(300):
        terms = [f"np.outer(δ_{k}, weights_{k})[{k}:]" for k in range(draw.randint(3, 12))]
        for line in (
            "total = " + " + ".join(terms),
            "total = scale * (" + " - ".join(terms) + ")",
            "return " + ", ".join(terms),
            f"total = np.stack([{', '.join(terms)}], axis=0)",
            f"def function({', '.join(f'parameter_{k}=None' for k in range(12))}):\n    pass",
            f"raise ValueError({'made where ' + ' + '.join(terms)!r})",
        ):
            wrapped = wrap_lines(line)
            assert all(len(part) <= WIDTH for part in wrapped.split("\n")), wrapped


def test_a_comment_stays_behind_its_statement():
    line = f"v1 = {' + '.join(['scatter(-δ_run1, np.s_[i - 1], x.shape)'] * 3)}  # (n,), m×n"
    assert wrap_lines(line).split("\n") == [
        "v1 = (",
        "    scatter(-δ_run1, np.s_[i - 1], x.shape)",
        "    + scatter(-δ_run1, np.s_[i - 1], x.shape)",
        "    + scatter(-δ_run1, np.s_[i - 1], x.shape)",
        ")  # (n,), m×n",
    ]


def test_the_last_factor_of_a_product_is_opened():
    line = f"    v4 = 0.9950124791926823 * ({' + '.join(['scatter(v3 * p, np.s_[1:], (2,))'] * 2)})  # of two numbers"
    assert wrap_lines(line).split("\n") == [
        "    v4 = 0.9950124791926823 * (",
        "        scatter(v3 * p, np.s_[1:], (2,)) + scatter(v3 * p, np.s_[1:], (2,))",
        "    )  # of two numbers",
    ]


def test_strings_of_several_lines_and_comments_stay():
    for source in (f'text = """{"a" * 60}\n{"b, " * 60}\n"""', f"    # {'a comment, ' * 30}", f"{'name' * 40} = 1"):
        assert wrap_lines(source) == source


def test_no_line_of_a_printed_derivative_is_long():
    def function(x, y):
        first = np.sin(x) * np.cos(y) + np.exp(-x * y) - np.tanh(x / (1 + y * y)) * np.log(1 + x * x + y * y)
        second = np.sqrt(first * first + 1) / (1 + np.exp(-first)) - np.arctan(first) * np.sinh(x) / np.cosh(y)
        return np.sum(first * second * np.where(x > y, x * first - y * second, x * y * first * second))

    x, y = np.linspace(0.1, 1, 5), np.linspace(1.2, 0.3, 5)
    derivative = cr.derive(function, (x, y))
    assert all(len(line) <= WIDTH for line in str(derivative).split("\n"))
    scope = {}
    exec(str(derivative), scope)
    for own, expected in zip(scope["dC"](x, y) if "dC" in scope else derivative(x, y), derivative(x, y), strict=True):
        np.testing.assert_array_equal(own, expected)
