"""The shape table: rows made of any program, set as a table at any width, and a dimension error drawn."""

import io
import re

import numpy as np
import pytest

import chainrule as cr
from chainrule.network.architecture import stacked
from chainrule.network.equations import programs
from chainrule.program.shape_table import shape_table
from chainrule.program.symbol_names import symbol_text
from chainrule.show.dimensions import dimensions
from chainrule.show.drawing import draw
from chainrule.show.numbers import duration
from chainrule.show.screen import Screen

pytestmark = pytest.mark.uncompiled

SHAPES_784_30_10 = """\
forward     shape     equation                  with dimensions
  a¹        784×10    xᵀ                        the batch, one column each
  z²        30×10     w² a¹ + b²                30×784 · 784×10 + 30×1
  a²        30×10     σ(z²)                     30×10
  z³        10×10     w³ a² + b³                10×30 · 30×10 + 10×1
  a³        10×10     σ(z³)                     10×10

backward    shape     equation                  with dimensions
  δ³        10×10     (a³ − y) ⊙ σ′(z³)         (10×10 − 10×10) ⊙ 10×10
  ∂C/∂w³    10×30     δ³ a²ᵀ                    10×10 · 10×30
  ∂C/∂b³    10×1      Σ[m] δ³                   Σ[m] 10×10
  δ²        30×10     (w³ᵀ δ³) ⊙ σ′(z²)         (30×10 · 10×10) ⊙ 30×10
  ∂C/∂w²    30×784    δ² a¹ᵀ                    30×10 · 10×784
  ∂C/∂b²    30×1      Σ[m] δ²                   Σ[m] 30×10

parameters  shape     count
  w²        30×784    23,520
  b²        30×1          30
  w³        10×30        300
  b³        10×1          10
  total               23,860   95 kB as float32, as much again for the gradients

A gradient has the shape of its parameter. In a product the inner sizes match:
30×784 · 784×10 = 30×10.

For the backward pass, 35 kB of values are kept for 10 examples.
Your arrays have one example per row, the equations one per column: a1 = x.T. A
shape is rows × columns.
"""


def rows(f, *shapes, derive=False):
    specs = [cr.Spec(shape) for shape in shapes]
    program = cr.derive(f, specs) if derive else cr.trace(f, specs)
    return [(row.symbol, row.equation, row.dimensions) for row in shape_table(program)]


def drawn(thing, width=80, encoding="utf-8"):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")
    screen = Screen(stream, width=width, depth="none")
    thing.draw(screen) if hasattr(thing, "draw") else draw(thing, screen)
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)


def network(sizes, m):
    of = programs(stacked(sizes), m)
    return dimensions(of.feedforward, of.backprop)


# ---- rows ------------------------------------------------------------------------------------------------------------


@pytest.mark.names
def test_any_function_has_a_shape_table():
    def f(w, b, x, y):
        z = np.tanh(w @ x + b)
        c = 0.5 * np.sum((z - y) ** 2, axis=0)
        return np.sum(c)

    assert rows(f, (3, 4), (3, 1), (4, 5), (3, 5)) == [
        ("z", "tanh(w x + b)", "tanh(3×4 · 4×5 + 3×1)"),
        ("c", "0.5 Σ[axis 0] (z − y)²", "Σ[axis 0] (3×5 − 3×5)²"),
        ("f", "Σ c", "Σ (5,)"),
    ]


@pytest.mark.names
def test_gradients_and_errors_have_their_signs():
    def f(w, x):
        z = w @ x
        return np.sum(1 / (1 + np.exp(-z)))

    found = rows(f, (3, 4), (4, 5), derive=True)
    assert ("∂C/∂x", "wᵀ δ_z", "4×3 · 3×5") in found
    assert ("∂C/∂w", "δ_z xᵀ", "3×5 · 5×4") in found
    assert any(symbol == "δ_z" and "σ′(z)" in equation for symbol, equation, _ in found)


@pytest.mark.names
def test_brackets_stay_where_dimensions_need_them():
    def f(a, b, x):
        u = np.exp(a @ x) * (b + 1.0)
        v = (u - b) / (u * u)
        w = (a @ x).T
        s = np.sum(v, axis=(0, 1)) * w
        return np.maximum(s, 0.0) + np.maximum(w, s)

    assert [(equation, sizes) for _, equation, sizes in rows(f, (3, 4), (3, 5), (4, 5))] == [
        ("exp(a x) ⊙ (b + 1)", "exp(3×4 · 4×5) ⊙ (3×5 + 1)"),
        ("(u − b) / (u ⊙ u)", "(3×5 − 3×5) / (3×5 ⊙ 3×5)"),
        ("(a x)ᵀ", "(3×4 · 4×5)ᵀ"),
        ("(Σ v) w", "(Σ 3×5) 5×3"),
        ("max(s, 0) + max(w, s)", "max(5×3, 0) + max(5×3, 5×3)"),
    ]


def test_only_the_axis_of_the_batch_is_called_m():
    def f(x):
        return np.sum(x, axis=1)

    named = cr.trace(f, [cr.Spec((cr.Dim("n", 3), cr.Dim("m", 3)))])
    assert [row.equation for row in shape_table(named)] == ["Σ[m] x"]
    assert rows(f, (3, 3)) == [("f", "Σ[axis 1] x", "Σ[axis 1] 3×3")]


def test_every_row_has_its_symbols_shape():
    of = programs(stacked([5, 4, 3, 2]), 7)
    for row in shape_table(of.backprop):
        if row.symbol.startswith("∂C/∂"):
            wanted = {symbol_text(symbol.name): symbol.shape for symbol in of.backprop.inputs}[row.symbol[4:]]
            assert row.shape == wanted


# ---- the table -------------------------------------------------------------------------------------------------------


def test_the_table_of_the_articles_network():
    assert str(network([784, 30, 10], 10)) == SHAPES_784_30_10


def test_a_network_shows_its_dimensions():
    net = cr.Network([784, 30, 10], seed=0)
    assert str(net.dimensions()) == SHAPES_784_30_10
    assert "24 bytes as float64" in str(cr.Network([2, 1], dtype="float64").dimensions(3))


def test_colors_do_not_get_into_the_text(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "3")
    assert "\x1b" not in str(network([2, 1], 1))


def test_two_layers_and_one_example():
    text = str(network([3, 2], 1))
    assert "  a¹        3×1       xᵀ                        one example, as a column\n" in text
    assert "  ∂C/∂b²    2×1       δ²                        2×1\n" in text
    assert "2×3 · 3×1 = 2×1.\n\nFor the backward pass, 28 bytes of values are kept for one example.\n" in text


@pytest.mark.parametrize(
    ("sizes", "m", "encoding"),
    [
        ([784, 30, 10], 10, "utf-8"),
        ([784, 30, 10], 10, "ascii"),
        ([784, 1000, 100, 100, 10], 1000, "utf-8"),
        ([7, 6, 5, 4, 3], 2, "ascii"),
    ],
    ids=str,
)
def test_columns_stand_under_one_another(sizes, m, encoding):
    lines = drawn(network(sizes, m), encoding=encoding).splitlines()
    shape, equation, sizes_at = (lines[0].index(word) for word in ("shape", "equation", "with dimensions"))
    symbols = [
        line for line in lines[: lines.index(next(x for x in lines if x.startswith("param")))] if line[:2] == "  "
    ]
    assert len(symbols) == 2 * (len(sizes) - 1) + 1 + 3 * (len(sizes) - 1)
    for line in symbols:
        for at in (shape, equation, sizes_at):
            assert line[at - 2 : at] == "  "
            assert line[at] != " "
    assert max(map(len, lines)) <= 80


def test_dimensions_go_below_where_there_is_no_room_beside():
    lines = drawn(network([784, 30, 10], 10), width=50).splitlines()
    at = lines.index("  z²        30×10   w² a¹ + b²")
    assert lines[at + 1] == "                    30×784 · 784×10 + 30×1"
    assert max(map(len, lines)) <= 50


# ---- a dimension error -----------------------------------------------------------------------------------------------


def failure(f, *shapes):
    with pytest.raises(cr.DimensionError) as caught:
        cr.trace(f, [cr.Spec(shape) for shape in shapes])
    return caught.value


def layer(w2, b2, x, ones):
    a1 = np.vstack([x, ones])
    z2 = w2 @ a1 + b2
    return np.sum(z2)


def test_a_dimension_error_is_drawn():
    error = failure(layer, (30, 784), (30, 1), (784, 10), (1, 10))
    line = layer.__code__.co_firstlineno
    assert drawn(error).splitlines() == [
        "DimensionError: z2 = w2 @ a1 + b2".ljust(57) + f"test_shape_table.py:{line + 2}",
        "",
        "  w2 @ a1: the inner dimensions differ",
        "",
        "      w2       a1",
        "    30×784   785×10",
        "        └──≠──┘",
        "",
        "  w2  30 × 784  given",
        f"  a1  785 × 10  made at test_shape_table.py:{line + 1}   a1 = np.vstack([x, ones])",
        "",
        "  w2 expects 784 inputs and gets 785.",
    ]
    assert "        +--!=-+" in drawn(error, encoding="ascii")
    assert "  a1  785 × 10  made at test_shape_table.py:" in drawn(error, width=40)


@pytest.mark.parametrize("shapes", [((2, 10), (3, 1)), ((1000, 3), (30,)), ((5, 3, 4), (13, 4)), ((3,), (4,))], ids=str)
def test_the_bracket_ties_the_sizes_at_fault(shapes):
    error = failure(lambda longer_name, x: np.sum(longer_name + x), *shapes)
    lines = drawn(error).splitlines()
    sizes, bracket = next((lines[at - 1], line) for at, line in enumerate(lines) if "≠" in line)
    left, right = bracket.index("└"), bracket.index("┘")
    assert (left + right) / 2 == bracket.index("≠")
    for at, shape, axis in zip((left, right), shapes, error.axes, strict=True):
        (size,) = (found[0] for found in re.finditer(r"\d+", sizes) if found.start() <= at < found.end())
        assert size == str(shape[axis])


def test_an_error_without_two_sizes_has_no_figure():
    lines = drawn(failure(lambda w, x: np.sum(w @ np.tanh(x)), (3, 2), ())).splitlines()
    assert lines[2:] == [
        "  w @ np.tanh(x): a matrix product needs at least one axis on each side",
        "",
        "  w           3 × 2  given",
        "  np.tanh(x)  ()     made here",
    ]


def test_times_are_as_exact_as_one_wants_to_know():
    assert [duration(seconds) for seconds in (0, 0.0995, 0.9949, 0.995, 59.94, 59.96, 3599.6)] == [
        "0 ms",
        "0.10 s",
        "0.99 s",
        "1.0 s",
        "59.9 s",
        "1 min 0 s",
        "1 h 0 min",
    ]
