"""Ink told from paper: photographs under uneven light, shadows, tables, tight crops; and what shows no digit, refused.

The pictures are made from MNIST's own images, so that what should be read is known: `frame` of the ink alone.
"""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from chainrule.data.datasets import mnist
from chainrule.data.errors import DataError
from chainrule.data.images import frame, read_digit
from chainrule.data.ink import find_ink, span

DIGITS = mnist()[2].images


def pen(digit, rng, margin, scale=None):
    """The digit as a pen would write it, ink of 0 or 1 with soft edges, somewhere on a sheet larger by this factor."""
    scale = scale or int(rng.integers(8, 20))
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
        ink = pen(digit, rng, margin=3)
        return ink, photograph(ink, rng, light)

    differences = read_all(tmp_path, picture, 40)
    assert np.mean(differences) < 4
    assert np.mean(differences < 12) >= 0.97


def test_chalk_on_a_blackboard(tmp_path):
    def picture(digit, rng):
        ink = pen(digit, rng, margin=2)
        return ink, 255 - photograph(ink, rng, slanting)

    assert np.mean(read_all(tmp_path, picture, 30)) < 4


def test_hard_shadows_are_seen_through_for_the_most_part(tmp_path):
    def picture(digit, rng):
        ink = pen(digit, rng, margin=3)
        return ink, photograph(ink, rng, hard_shadow)

    differences = read_all(tmp_path, picture, 40)
    assert np.mean(differences < 12) >= 0.8


def test_the_edge_of_a_table_is_no_ink(tmp_path):
    def picture(digit, rng):
        ink = pen(digit, rng, margin=1.2)
        ink = np.pad(ink, ((60, 10), (10, 10)))
        gray = photograph(ink, rng, slanting)
        gray[:40] = 60 + rng.normal(0, 5, gray[:40].shape)
        return ink, gray

    differences = read_all(tmp_path, picture, 30)
    assert np.mean(differences < 12) >= 0.9


def test_ruled_paper(tmp_path):
    def picture(digit, rng):
        ink = pen(digit, rng, margin=3)
        gray = photograph(ink, rng, slanting)
        gray[::40] *= 0.85
        gray[1::40] *= 0.85
        return ink, gray

    differences = read_all(tmp_path, picture, 30)
    assert np.mean(differences < 16) >= 0.9


@pytest.mark.parametrize("light", [False, True])
def test_a_digit_cropped_to_its_box(light):
    changed, refused = 0, 0
    for digit in DIGITS[:100]:
        (top, bottom), (left, right) = span(digit > 25, 0), span(digit > 25, 1)
        ink = np.kron(digit[top:bottom, left:right], np.ones((9, 9)))
        try:
            found, inside = find_ink(ink if light else 255 - ink, "digit")
        except DataError:
            refused += 1
            continue
        changed += np.abs(found - ink / 255).mean() > 0.05 or inside.mean() < 0.3
    # An upright 1, cropped so, has more ink than paper.
    assert refused + changed <= 12


def test_a_small_digit_on_a_large_sheet_is_looked_at_from_nearer():
    rng = np.random.default_rng(0)
    for digit in DIGITS[:5]:
        ink = np.kron(digit, np.ones((8, 8))) / 255
        sheet = np.zeros((2000, 1500))
        sheet[900 : 900 + len(ink), 300 : 300 + len(ink)] = ink
        found, _ = find_ink(230 - 200 * sheet + rng.normal(0, 5, sheet.shape), "sheet")
        assert max(found.shape) < 400
        assert difference(frame(np.maximum(found - 0.15, 0)), digit) < 8


def test_a_pair_of_digits_is_refused():
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(100):
        pair = np.concatenate(DIGITS[rng.integers(0, 10_000, 2)], axis=1)
        try:
            find_ink(255 - np.kron(pair, np.ones((6, 6))), "pair.png")
        except DataError as error:
            refused += str(error) == "pair.png shows several shapes side by side; crop it to one digit."
    assert refused >= 90  # where the digits nearly touch, they are one shape


def test_the_parts_of_one_digit_are_not_taken_for_several():
    refused = 0
    for digit in DIGITS[:1000]:
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
    for _ in range(5):
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
    for _ in range(5):
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
        ([(20, 20, 50, 10), (20, 60, 50, 10)], "page shows several shapes side by side; crop it to one digit."),
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
