"""Heat maps and figures: pixels are decoded again and held against the ramps, and shapes become the right pictures."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

import chainrule as cr
from chainrule.core.primitive import namespace
from chainrule.program.formulas import formulas
from chainrule.show.colors import DARK, LIGHT, shade
from chainrule.show.equation import Group, equation, groups
from chainrule.show.figure import Column, figure, shrink
from chainrule.show.heat import Scale, heat, pooled, scale
from chainrule.show.markup import Html, Speaker
from chainrule.show.picture import Look, numbers, picture, summary
from chainrule.show.style import style_sheet
from chainrule.show.svg import Change, curve_of_neurons, slope_chart

SAY = Speaker(("en",))
ONE = Scale(1.0, diverging=False)


def pixels(address):
    kind, _, content = address.partition(",")
    assert kind == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content))).convert("RGB"))


def color(text):
    return [int(text[at : at + 2], 16) for at in (1, 3, 5)]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda palette: palette.theme)
@pytest.mark.parametrize("diverging", [False, True])
def test_pixels_are_the_colors_of_the_ramp(palette, diverging):
    values = np.linspace(-1 if diverging else 0, 1, 35).reshape(5, 7)
    seen = pixels(heat(values, Scale(1.0, diverging), palette.theme))
    stops = palette.diverging if diverging else palette.sequential
    for value, pixel in zip(values.ravel(), seen.reshape(-1, 3), strict=True):
        wanted = color(shade(stops, (value + 1) / 2 if diverging else value))
        assert np.abs(pixel.astype(int) - wanted).max() <= 3  # half a level


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda palette: palette.theme)
@pytest.mark.parametrize("diverging", [False, True])
def test_zero_is_exactly_the_paper_and_nan_is_neither(palette, diverging):
    seen = pixels(heat([[0.0, np.nan, np.inf]], Scale(2.0, diverging), palette.theme))[0]
    stops = palette.diverging if diverging else palette.sequential
    assert seen.tolist() == [color(palette["paper"]), color(palette["ink3"]), color(stops[-1])]


def test_strength_fades_towards_paper():
    full, faint = pixels(heat([[1.0, 1.0]], Scale(1.0, True), "light", [[1.0, 0.22]]))[0]
    assert full.tolist() == color(LIGHT.diverging[-1])
    assert np.abs(faint - np.array(color(shade(LIGHT.diverging, 0.61)))).max() <= 3


def test_a_scale_is_shared_clipped_and_never_zero():
    values = np.concatenate([np.linspace(-1, 1, 999), [50.0]])
    assert scale(values, share=0.995).top < 1.1
    assert scale([0.5], [-2.0]) == Scale(2.0, True)
    assert scale(np.zeros(3)) == Scale(1.0, False)
    assert scale([np.nan, np.inf, 0.5]).top == 0.5
    assert scale(np.concatenate([np.zeros(999), [3.0]]), share=0.5).top == 3.0


def test_large_matrices_are_pooled_and_keep_their_extremes():
    values = np.zeros((1000, 300))
    values[999, 299], values[0, 0] = -7.0, 5.0
    small = pooled(values)
    assert max(small.shape) <= 256
    assert small[0, 0] == 5.0
    assert small[-1, -1] == -7.0


SHAPES = {
    "a number": ((1, 1), Look(ONE), (1, 1)),
    "ten answers": ((10, 1), Look(ONE), (10, 1)),
    "thirty neurons": ((30, 1), Look(ONE, marked=[13]), (30, 1)),
    "a row": ((1, 30), Look(ONE), (1, 30)),
    "a matrix": ((10, 30), Look(ONE), (10, 30)),
    "an image": ((784, 1), Look(ONE, image=(28, 28), image_axis=0), (28, 28)),
    "an image as a row": ((1, 784), Look(ONE, image=(28, 28), image_axis=1), (28, 28)),
    "a stack of images": ((30, 784), Look(ONE, image=(28, 28), image_axis=1, chosen=13), (28, 28)),
    "a bar code": ((784, 1), Look(ONE, image=(28, 28), image_axis=0, lying=True), (1, 784)),
    "one axis": ((5,), Look(ONE), (1, 5)),
    "three axes": ((4, 3, 2), Look(ONE), (3, 2)),
    "nothing": ((), Look(ONE), (1, 1)),
}


@pytest.mark.parametrize(("shape", "look", "shown"), SHAPES.values(), ids=SHAPES)
def test_each_shape_has_its_picture(shape, look, shown):
    values = np.random.default_rng(0).uniform(size=shape)
    drawn = picture(values, look, SAY)
    assert drawn.shown.shape == shown
    addresses = re.findall(r'src="(data:[^"]+)"', drawn.html)
    if values.size > 1:
        assert pixels(addresses[0]).shape[:2] == shown
    else:
        assert f"{float(values.ravel()[0]):.3f}" in drawn.html


def test_the_card_on_top_is_the_chosen_row():
    values = np.zeros((30, 784))
    values[13] = np.linspace(0, 1, 784)
    drawn = picture(values, Look(ONE, (28, 28), 1, 13), SAY)
    assert drawn.caption == "1 of 30: row 13"
    np.testing.assert_array_equal(drawn.shown.ravel(), values[13])
    assert "cr-stack" in drawn.html


def test_up_to_ten_rows_have_every_index_and_longer_columns_the_marked_one():
    ten = picture(np.ones((10, 1)), Look(ONE), SAY).html
    assert re.findall(r">(\d)</span>", ten) == list("0123456789")
    assert re.findall(r">(\d+)</span>", picture(np.ones((30, 1)), Look(ONE, marked=[13]), SAY).html) == ["13"]


def test_the_summary_and_the_table_say_the_numbers():
    values = np.array([[0.0, -0.25], [0.5, 4e-7]])
    assert summary(values, SAY) == "2×2 numbers from −0.250 to 0.500, mean 0.063; 25% of them are 0."
    shown = numbers([(Html("w"), (2, 2), picture(values, Look(scale(values)), SAY))], SAY)
    assert re.findall(r"<td>([^<]+)</td>", shown) == ["0", "−0.250", "0.500", "≈ 0"]
    assert re.findall(r'<th scope="row">(\d)</th>', shown) == ["0", "1"]


def test_a_table_of_too_many_numbers_has_one_row_and_says_which():
    values = np.zeros((60, 60))
    values[41, 3] = 2.0
    shown = numbers([(Html("w"), (60, 60), picture(values, Look(scale(values)), SAY))], SAY)
    assert len(re.findall("<td>[^<]", shown)) == 60
    assert "60×60, of which this table has 1 of 60: row 41" in shown  # the picture shows them all
    assert re.findall(r'<th scope="row">(\d+)</th>', shown) == ["41"]


def parts_of(text, network=(784, 30, 10)):
    return next(
        each for each in formulas(cr.Network(list(network), seed=0).backward_program) if each.target.name == text
    )


def texts(found):
    return ["".join(term.text for term in group.terms) for group in found]


def test_terms_are_grouped_over_their_pictures_and_ties_follow():
    line = parts_of("δ2")
    found, places = groups(line.terms)
    assert texts(found) == ["(w³ᵀ", "δ³)", "⊙", "σ′(z²)"]
    assert [group.symbol.name if group.symbol else "" for group in found] == ["w3", "δ3", "", "z2"]
    (tie,) = line.ties
    assert (places[tie.left], places[tie.right]) == (0, 1)
    assert set(places) == {at for at, term in enumerate(line.terms) if term.text}


def test_a_group_shows_what_it_says():
    line = parts_of("δ2")
    w, _, _, slope = groups(line.terms)[0]
    values = {"w3": np.arange(6.0).reshape(2, 3), "z2": np.array([[0.0], [1.0]])}
    np.testing.assert_array_equal(w.value(values), values["w3"].T)
    s = 1 / (1 + np.exp(-values["z2"]))
    np.testing.assert_allclose(slope.value(values), s * (1 - s), rtol=1e-15)


def test_functions_of_more_than_a_symbol_stay_signs():
    def f(w, x):
        return np.sum(np.maximum(w @ x, 0.0) ** 2)

    for line in formulas(cr.trace(f, [np.ones((2, 3)), np.ones((3, 1))])):
        found, _ = groups(line.terms)
        assert "".join(texts(found)) == "".join(term.text for term in line.terms)


@pytest.mark.parametrize("sizes", [(784, 10), (784, 30, 10), (784, 160, 10), (20, 12, 11, 3), (3, 50, 400, 2)], ids=str)
def test_every_symbol_of_every_line_has_its_dimension_and_ties_say_equal_sizes(sizes):
    program = cr.Network(list(sizes), seed=0).backward_program
    random = np.random.default_rng(1)
    values = {symbol.name: random.normal(size=symbol.shape) for symbol in program.inputs}
    for line in formulas(program):
        values[line.target.name] = eval(line.python.partition(" = ")[2], namespace(), values)
        shown = equation(line, values, lambda group, value: Look(scale(value)), SAY)
        sizes_shown = [re.sub("</?b>", "", each) for each in re.findall(r'<div class="cr-dim"[^>]*>(.*?)</div>', shown)]
        symbols = [line.target, *(term for term in line.terms if term.kind == "symbol")]
        assert sizes_shown == [symbol.size for symbol in symbols]
        assert re.findall(r'class="cr-agree"[^>]*>([^<]+)<', shown) == [tie.text for tie in line.ties]
        assert shown.count("cr-spoken") == len(symbols)


def column(width, fixed=0, shape=(30, 1)):
    return Column(Html("<mi>w</mi>"), shape, picture(np.ones((3, 1)), Look(ONE), SAY).__class__(
        Html(), width, fixed, "", np.ones((1, 1))))  # fmt: skip


def test_pictures_shrink_until_the_figure_fits_and_no_further_than_they_can_be_seen():
    assert shrink([column(100), "=", column(100)], 712, 12) == 1
    factor = shrink([column(216), "=", column(216), column(216), "+", column(216)], 712, 12)
    assert 0.5 < factor < 1
    assert 4 * 216 * factor + 2 * 20 + 5 * 12 <= 712
    assert shrink([column(216)] * 20, 350, 5) == pytest.approx(0.35, abs=0.03)


def test_operators_are_read_once():
    one = Column(Html("<mi>w</mi>"), (30, 1), picture(np.ones((30, 1)), Look(ONE), SAY))
    assert figure([one, "=", one]).count("aria-hidden") == 1
    assert figure([column(10), "=", column(10)]).count("=</mo>") == 1  # without pictures there is one row of signs


# ---- drawings --------------------------------------------------------------------------------------------------------


def sigma(z):
    return 1 / (1 + np.exp(-z))


def test_neurons_stand_on_the_curve_and_the_slope_is_the_derivative():
    z = np.array([-30.0, -1.0, 0.5, 9.0])
    drawn = curve_of_neurons(sigma, z, 1)
    assert drawn.count('class="cr-dot"') == 4
    assert "σ′ = 0.197" in drawn  # σ(−1)(1 − σ(−1))
    assert drawn.count('class="cr-flat"') == 2
    assert "aria-hidden" in drawn


def test_a_rectifier_is_flat_on_one_side_only():
    drawn = curve_of_neurons(lambda z: np.maximum(z, 0), np.array([-2.0, 3.0]), 1, slope_name="f′")
    assert drawn.count('class="cr-flat"') == 1
    assert "f′ = 1.000" in drawn


def test_labels_of_a_slope_chart_keep_apart():
    drawn = slope_chart([Change("3", 0.30, 0.31, "truth"), Change("8", 0.31, 0.30, "answer"), Change("1", 0, 1)])
    left = [float(y) for x, y in re.findall(r'<text x="([\d.]+)" y="([\d.]+)" text-anchor="end"', drawn)]
    assert abs(left[0] - left[1]) >= 20 - 0.1
    assert drawn.count("<text") == 4
    assert ">3</tspan> 0.300" in drawn.replace("  ", " ")


# ---- style -----------------------------------------------------------------------------------------------------------


def test_every_rule_of_the_style_stands_below_its_class_and_asks_for_nothing_outside():
    sheet = re.sub(r"/\*.*?\*/", "", style_sheet(), flags=re.S)
    assert "url(" not in sheet
    assert "@import" not in sheet
    assert "http" not in sheet
    sheet = re.sub(r"@font-face \{ font-family: cr-[^}]*\}", "", sheet)  # fonts that are there, under names of its own
    for selectors in re.findall(r"([^{}]+)\{[^{}]*\}", sheet):
        for selector in selectors.split(","):
            assert selector.strip().startswith(".cr"), selector
    assert LIGHT["w"] in sheet
    assert DARK["w"] in sheet


def test_group_without_a_symbol_has_no_shape():
    assert Group(()).shape == ()


@pytest.mark.parametrize(("z", "anchor"), [(-5.0, "end"), (0.4, "end"), (1.0, "end")])
def test_the_slope_of_a_low_neuron_stands_above_the_curve(z, anchor):
    drawn = curve_of_neurons(lambda value: np.maximum(value, 0), np.array([z, 3.0]), 0)
    x, y, side = re.search(r'x="([\d.]+)" y="([\d.]+)" text-anchor="(\w+)"[^>]*><tspan', drawn).groups()
    place = re.search(r'class="cr-pick" cx="([\d.]+)" cy="([\d.]+)"', drawn)
    assert side == anchor
    assert float(y) == pytest.approx(float(place[2]) - 12, abs=0.1)
    assert float(x) >= 98  # the words need 90, and begin within the drawing


def test_the_slope_at_a_flat_upper_end_stands_below_the_curve():
    drawn = curve_of_neurons(lambda value: 1 / (1 + np.exp(-value)), np.array([7.0, 0.0]), 0)
    y = float(re.search(r'y="([\d.]+)" text-anchor="start"[^>]*><tspan', drawn)[1])
    assert y > float(re.search(r'class="cr-pick" cx="[\d.]+" cy="([\d.]+)"', drawn)[1]) + 15


def test_a_small_number_keeps_its_digits():
    assert "0.00320" in picture(np.array(0.0032), Look(ONE), SAY).html
