"""Ink told from paper: photographs under uneven light, shadows, tables, tight crops; and what shows no digit, refused.

The pictures are made from MNIST's own images, so that what should be read is known: `frame` of the ink alone.
"""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from chainrule.data.datasets import mnist
from chainrule.data.errors import DataError
from chainrule.data.images import frame, read_digit
from chainrule.data.ink import find_digits, find_ink
from chainrule.data.lines import printed_lines
from chainrule.data.shapes import span

DIGITS = mnist()[2].images


def pen(digit, rng, margin, scale=None):
    """The digit as a pen would write it, ink of 0 or 1 with soft edges, somewhere on a sheet larger by this factor."""
    scale = scale or int(rng.integers(6, 13))
    large = Image.fromarray(digit).resize((28 * scale, 28 * scale), Image.Resampling.BICUBIC)
    stroke = 1 / (1 + np.exp(-15 * (np.asarray(large) / 255 - 0.5)))
    stroke[stroke < 0.01] = 0
    height, width = (int(28 * scale * rng.uniform(1, margin)) for _ in range(2))
    y, x = (int(rng.integers(0, side - 28 * scale + 1)) for side in (height, width))
    sheet = np.zeros((height, width))
    sheet[y : y + 28 * scale, x : x + 28 * scale] = stroke
    return sheet


def across(shape, rng):
    """A coordinate from about −½ to ½ in a random direction."""
    y, x = np.mgrid[-0.5 : 0.5 : shape[0] * 1j, -0.5 : 0.5 : shape[1] * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    return x * np.cos(angle) + y * np.sin(angle)


def slanting(shape, rng):
    return 0.75 + rng.uniform(0.25, 0.5) * across(shape, rng)


def vignette(shape, rng):
    y, x = np.mgrid[-0.5 : 0.5 : shape[0] * 1j, -0.5 : 0.5 : shape[1] * 1j]
    return 1 - rng.uniform(0.5, 1) * (x * x + y * y)


def soft_shadow(shape, rng):
    return 1 - rng.uniform(0.2, 0.5) / (1 + np.exp(-(across(shape, rng) - rng.uniform(-0.2, 0.2)) / 0.08))


def hard_shadow(shape, rng):
    return 1 - rng.uniform(0.2, 0.5) / (1 + np.exp(-(across(shape, rng) - rng.uniform(-0.25, 0.25)) / 0.01))


def photograph(ink, rng, light):
    """The ink on textured paper under some light, out of focus, with the sensor's noise; values of gray."""
    height, width = ink.shape
    texture = Image.fromarray(rng.normal(size=(height // 4 + 1, width // 4 + 1))).resize((width, height))
    paper = rng.uniform(0.7, 0.95)
    albedo = paper * (1 + ink * (rng.uniform(0.15, 0.45) - 1)) * (1 + 0.015 * np.asarray(texture))
    lens = Image.fromarray(np.clip(255 * albedo * light(ink.shape, rng), 0, 255).astype(np.uint8))
    return np.asarray(lens.filter(ImageFilter.GaussianBlur(1.2))) + rng.normal(0, 5, ink.shape)


def saved(gray, path):
    Image.fromarray(np.clip(np.rint(gray), 0, 255).astype(np.uint8)).save(path)
    return path


def difference(read, expected):
    shifts = [np.roll(read, (y, x), (0, 1)) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    return min(np.abs(shifted.astype(int) - expected).mean() for shifted in shifts)


def read_all(tmp_path, picture, count, seed=0):
    """How far each digit's picture, as JPEG, is read from what should be read; infinity where it is refused."""
    rng = np.random.default_rng(seed)
    differences = []
    for digit in DIGITS[:count]:
        ink, gray = picture(digit, rng)
        try:
            differences.append(difference(read_digit(saved(gray, tmp_path / "digit.jpg")), frame(ink)))
        except DataError:
            differences.append(np.inf)
    return np.array(differences)


@pytest.mark.parametrize("light", [slanting, vignette, soft_shadow])
def test_photographs(tmp_path, light):
    def picture(digit, rng):
        ink = pen(digit, rng, margin=2.5)
        return ink, photograph(ink, rng, light)

    differences = read_all(tmp_path, picture, 24)
    assert np.mean(differences) < 4
    assert np.mean(differences < 12) >= 0.97


def test_chalk_on_a_blackboard(tmp_path):
    def picture(digit, rng):
        ink = pen(digit, rng, margin=2)
        return ink, 255 - photograph(ink, rng, slanting)

    assert np.mean(read_all(tmp_path, picture, 20)) < 4


def test_chalk_that_leaves_a_blackboard_in_slanting_light(tmp_path):
    """No one gray explains such a board, and where the stroke leaves it, nothing around says what is chalk."""

    def picture(digit, rng):
        ink = pen(digit, rng, margin=1, scale=7)
        (top, bottom), (left, right) = span(ink > 0.1, 0), span(ink > 0.1, 1)
        ink = np.pad(ink[top:bottom, left:right], ((0, 10), (10, 10)))
        return ink, 255 - photograph(ink, rng, slanting)

    assert np.mean(read_all(tmp_path, picture, 20) < 12) >= 0.7


def test_hard_shadows_are_seen_through_for_the_most_part(tmp_path):
    def picture(digit, rng):
        ink = pen(digit, rng, margin=2.5)
        return ink, photograph(ink, rng, hard_shadow)

    differences = read_all(tmp_path, picture, 24)
    assert np.mean(differences < 12) >= 0.8


def test_the_edge_of_a_table_is_no_ink(tmp_path):
    def picture(digit, rng):
        ink = pen(digit, rng, margin=1.2)
        ink = np.pad(ink, ((60, 10), (10, 10)))
        gray = photograph(ink, rng, slanting)
        gray[:40] = 60 + rng.normal(0, 5, gray[:40].shape)
        return ink, gray

    differences = read_all(tmp_path, picture, 20)
    assert np.mean(differences < 12) >= 0.9


def test_ruled_paper(tmp_path):
    def picture(digit, rng):
        ink = pen(digit, rng, margin=2.5)
        gray = photograph(ink, rng, slanting)
        gray[::40] *= 0.85
        gray[1::40] *= 0.85
        return ink, gray

    differences = read_all(tmp_path, picture, 20)
    assert np.mean(differences < 16) >= 0.9


@pytest.mark.parametrize("light", [False, True])
def test_a_digit_cropped_to_its_box(light):
    changed, refused = 0, 0
    for digit in DIGITS[:50]:
        (top, bottom), (left, right) = span(digit > 25, 0), span(digit > 25, 1)
        ink = np.kron(digit[top:bottom, left:right], np.ones((9, 9)))
        try:
            found, inside = find_ink(ink if light else 255 - ink, "digit")
        except DataError:
            refused += 1
            continue
        changed += np.abs(found - ink / 255).mean() > 0.05 or inside.mean() < 0.3
    # An upright 1, cropped so, has more ink than paper.
    assert refused + changed <= 6


def test_a_small_digit_on_a_large_sheet_is_looked_at_from_nearer():
    rng = np.random.default_rng(0)
    for digit in DIGITS[:5]:
        ink = np.kron(digit, np.ones((8, 8))) / 255
        sheet = np.zeros((2000, 1500))
        sheet[900 : 900 + len(ink), 300 : 300 + len(ink)] = ink
        found, _ = find_ink(230 - 200 * sheet + rng.normal(0, 5, sheet.shape), "sheet")
        assert max(found.shape) < 400
        assert difference(frame(np.maximum(found - 0.15, 0)), digit) < 8


def beside(digits, gap, height=120):
    """Digits of one height side by side, so many of their height apart, with paper around; ink of 0 to 1."""
    row = np.zeros((height, 0))
    for digit in digits:
        (top, bottom), (left, right) = span(digit > 76, 0), span(digit > 76, 1)
        size = (round((right - left) * height / (bottom - top)), height)
        box = Image.fromarray(digit[top:bottom, left:right]).resize(size, Image.Resampling.BICUBIC)
        ink = np.clip((np.asarray(box) / 255 - 0.3) / 0.4, 0, 1)
        between = round(gap * height) if row.size else 0
        wide = np.zeros((height, row.shape[1] + between + ink.shape[1]))
        wide[:, : row.shape[1]] = row
        wide[:, wide.shape[1] - ink.shape[1] :] += ink
        row = np.minimum(wide, 1)
    return np.pad(row, 40)


def on_paper(ink):
    return 235 - 200 * ink


@pytest.mark.parametrize(("gap", "least"), [(0.3, 0.97), (0.04, 0.95), (0.0, 0.85), (-0.03, 0.8)])
def test_digits_side_by_side_are_told_apart(gap, least):
    """Down to those that touch: each comes out as it does alone."""
    rng = np.random.default_rng(0)
    apart, differences = [], []
    for _ in range(24):
        digits = DIGITS[rng.integers(0, 10_000, rng.integers(2, 5))]
        try:
            found = find_digits(on_paper(beside(digits, gap)), "number")
        except DataError:
            found = []
        lefts = [each.box[0] for each in found]
        apart.append(len(found) == len(digits) and lefts == sorted(lefts))
        if apart[-1] and gap > 0:
            for one, digit in zip(found, digits, strict=True):
                differences.append(difference(frame(one.ink * one.inside), frame(beside([digit], 0))))
    assert np.mean(apart) >= least
    assert np.mean(differences or [0]) < 3


def test_a_pair_of_digits_is_refused_where_one_is_asked_for():
    pair = on_paper(beside(DIGITS[:2], 0.2))
    with pytest.raises(DataError) as refused:
        find_ink(pair, "pair.png")
    assert (
        str(refused.value)
        == "pair.png shows 2 digits side by side; crop it to one, or read all with chainrule predict."
    )


def test_boxes_are_in_pixels_of_the_picture():
    sheet = np.zeros((1500, 2000))
    ink = beside(DIGITS[[0, 2]], 0.3)[40:-40, 40:-40]
    sheet[700 : 700 + ink.shape[0], 300 : 300 + ink.shape[1]] = ink
    found = find_digits(on_paper(sheet), "sheet")
    left, top, _, _ = found[0].box
    _, _, right, bottom = found[1].box
    np.testing.assert_allclose((left, top, right, bottom), (300, 700, 300 + ink.shape[1], 820), atol=5)


@pytest.mark.parametrize(("gap", "least"), [(0.1, 13), (0.3, 19)])  # of 20; a narrow pair may be a broken 1
def test_digits_one_above_another_are_told(gap, least):
    told = 0
    for first, second in zip(DIGITS[:40:2], DIGITS[1:40:2], strict=True):
        upper, lower = (beside([digit], 0)[40:-40] for digit in (first, second))
        width = max(upper.shape[1], lower.shape[1])
        centered = [
            np.pad(each, ((0, 0), ((width - each.shape[1]) // 2, -((each.shape[1] - width) // 2))))
            for each in (upper, lower)
        ]
        stack = np.concatenate([centered[0], np.zeros((round(gap * 120), width)), centered[1]])
        try:
            find_digits(on_paper(np.pad(stack, 40)), "stack")
        except DataError as refused:
            told += str(refused) == "stack shows digits one above another; crop it to one line."
    assert told >= least


def test_digits_that_touch_too_much_are_told():
    ink = np.zeros((200, 500))
    ink[60:140, 60:440] = 1
    ink[90:110, 75:425:20] = 0
    with pytest.raises(DataError) as refused:
        find_digits(on_paper(ink), "row")
    assert str(refused.value) == "row shows digits that touch; write them farther apart, or crop it to one digit."


def lined(ink, rng, squared, dark):
    """The same ink on paper with printed lines, some of them through the digit."""
    lines = np.zeros_like(ink)
    for axis in (0, 1)[: 2 if squared else 1]:
        apart, first = int(rng.integers(50, 90)), int(rng.integers(0, 40))
        slope = rng.uniform(-0.08, 0.08)
        y, x = np.indices(ink.shape)[:: 1 if axis == 0 else -1]
        lines[(y - slope * x - first) % apart < 2] = dark
    return np.maximum(ink, lines)


@pytest.mark.wide
@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("dark", [0.4, 0.7, 1.0])
def test_printed_lines_are_no_ink(squared, dark):
    rng = np.random.default_rng(0)
    differences = []
    for digit in DIGITS[:20]:
        ink = np.pad(beside([digit], 0), 60)
        page = on_paper(lined(ink, rng, squared, dark)) + rng.normal(0, 3, ink.shape)
        try:
            found, inside = find_ink(page, "page")
        except DataError:
            differences.append(np.inf)
            continue
        differences.append(difference(frame(found * inside), frame(ink)))
    assert np.mean(np.array(differences) < 12) >= 0.9


def test_lined_paper_without_a_digit_is_blank():
    rng = np.random.default_rng(0)
    for squared in (False, True):
        with pytest.raises(DataError, match=r"^page shows no digit"):
            find_digits(on_paper(lined(np.zeros((400, 400)), rng, squared, 1.0)), "page")


@pytest.mark.parametrize("size", [60, 90, 120])
def test_a_digit_so_small_that_its_picture_seems_blank(size):
    rng = np.random.default_rng(0)
    for digit in DIGITS[:6]:
        ink = beside([digit], 0, size)[40:-40, 40:-40]
        sheet = np.zeros((1500, 2000))
        y, x = rng.integers(100, 1200, 2)
        sheet[y : y + ink.shape[0], x : x + ink.shape[1]] = ink
        found, inside = find_ink(on_paper(sheet) + rng.normal(0, 4, sheet.shape), "sheet")
        assert difference(frame(found * inside), frame(ink)) < 12


def test_a_whole_digit_at_the_border_beats_a_fragment_within():
    """A drop of ink, or a stroke that broke off, is no digit while a whole one touches the border."""
    for digit in DIGITS[:30]:
        ink = beside([digit], 0)[40:]
        width = ink.shape[1]
        page = np.pad(ink, ((0, 60), (0, 0)))
        page[150:165, width // 2 : width // 2 + 30] = 1
        found = find_digits(on_paper(page), "page")
        assert found[0].box[3] - found[0].box[1] >= 100


@pytest.mark.parametrize("where", [np.s_[:6], np.s_[-6:], np.s_[:, :6], np.s_[:, -6:], np.s_[:, 2:6]])
def test_a_line_along_the_border_is_no_digit(where):
    for digit in DIGITS[:15]:
        ink = beside([digit], 0)
        page = ink.copy()
        page[where] = 1
        found, inside = find_ink(on_paper(page), "page")
        assert difference(frame(found * inside), frame(ink)) < 8


def test_the_parts_of_one_digit_are_not_taken_for_several():
    refused = 0
    for digit in DIGITS[:500]:
        try:
            find_ink(255 - digit, "digit")
        except DataError:
            refused += 1
    assert refused <= 1


BLANK = "page shows no digit: it is blank, or its ink is too faint."


@pytest.mark.parametrize("side", [28, 90, 300, 700])
@pytest.mark.parametrize(
    "noise",
    [
        lambda rng, n: np.full((n, n), float(rng.integers(0, 256))),
        lambda rng, n: 230 + rng.normal(0, 3, (n, n)),
        lambda rng, n: rng.uniform(0, 255, (n, n)),
        lambda rng, n: 255.0 * (rng.random((n, n)) < 0.5),
    ],
)
def test_blank_and_noise(side, noise):
    rng = np.random.default_rng(0)
    for _ in range(3):
        with pytest.raises(DataError) as refused:
            find_ink(noise(rng, side), "page")
        assert str(refused.value) == BLANK


@pytest.mark.parametrize("side", [28, 90, 300, 700])
@pytest.mark.parametrize(
    "page",
    [
        lambda rng, n: 128 + rng.normal(0, 20, (n, n)),
        lambda rng, n: 255.0 * (rng.random((n, n)) < 0.98),
        lambda rng, n: 255.0 * (rng.random((n, n)) < 0.999),
        lambda rng, n: np.linspace(100, 250, n) + rng.normal(0, 3, (n, n)),
        lambda rng, n: np.linspace(100, 250, n)[:, None] ** 2 / 250 + np.zeros((n, n)),
    ],
)
def test_dust_light_and_patterns_are_no_digits(side, page):
    rng = np.random.default_rng(0)
    for _ in range(3):
        with pytest.raises(DataError, match=r"^page shows "):
            find_ink(page(rng, side), "page")


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ([(3, 3, 3, 4)], "page shows no digit but a speck; crop it to one digit, at least 5 pixels high."),
        ([(0, 0, 100, 60)], "page shows no digit apart from its edges; crop it to one digit with paper all around."),
        (
            [(y, x, 6, 6) for y in (10, 40, 70) for x in (10, 40, 70)],
            "page shows specks all over, and no digit; crop it to one digit on plain paper.",
        ),
        (
            [(20, 20, 50, 10), (20, 60, 50, 10)],
            "page shows 2 digits side by side; crop it to one, or read all with chainrule predict.",
        ),
    ],
)
def test_refusals(page, message):
    gray = np.full((100, 100), 240.0)
    for y, x, height, width in page:
        gray[y : y + height, x : x + width] = 20
    with pytest.raises(DataError) as refused:
        find_ink(gray, "page")
    assert str(refused.value) == message


def test_dust_beside_a_digit_is_left_out():
    gray = np.full((200, 200), 240.0)
    gray[60:140, 90:105] = 20
    gray[10:13, 180:183] = 20
    _, inside = find_ink(gray, "page")
    assert (span(inside, 0), span(inside, 1)) == ((60, 140), (90, 105))


def test_a_stroke_that_does_not_go_through_the_picture_is_no_printed_line():
    page = np.zeros((200, 200), bool)
    page[100:102, 20:160] = True  # 70 % of the width, without a gap
    assert not printed_lines(page).any()
    page[100:102] = True
    assert printed_lines(page)[100:102].all()


@pytest.mark.parametrize(
    ("strokes", "refusal"),
    [
        ([(10 + 25 * k, 60) for k in range(13)], "page shows 13 shapes in a row; crop it to 12 digits at most."),
        ([(40, 20), (80, 120)], "page shows digits one above another; crop it to one line."),
    ],
)
def test_what_is_no_single_row_of_digits_is_refused(strokes, refusal):
    page = np.full((200, 350), 250.0)
    for left, top in strokes:
        page[top : top + 60, left : left + 8] = 20
    with pytest.raises(DataError) as error:
        find_digits(page, "page")
    assert str(error.value) == refusal
