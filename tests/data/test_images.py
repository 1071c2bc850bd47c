"""Digits read back from files of every kind that people save, against MNIST's own framing; and the files refused."""

import io
import struct
import subprocess
import sys
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

from chainrule.data.datasets import mnist
from chainrule.data.errors import DataError
from chainrule.data.images import frame, read_digit, read_digits

DIGITS = mnist()[2].images


def pasted(digit, rng, scale):
    """Ink between 0 and 1: the digit, each pixel a square, somewhere on a sheet up to half as large again."""
    ink = np.kron(digit, np.ones((scale, scale))) / 255
    height, width = (int(side * rng.uniform(1, 1.5)) for side in ink.shape)
    y, x = int(rng.integers(0, height - len(ink) + 1)), int(rng.integers(0, width - len(ink) + 1))
    sheet = np.zeros((height, width))
    sheet[y : y + len(ink), x : x + len(ink)] = ink
    return sheet


def dark_on_light(ink):
    return np.rint(255 * (1 - ink)).astype(np.uint8)


def saved(gray, path, **options):
    Image.fromarray(np.clip(np.rint(gray), 0, 255).astype(np.uint8)).save(path, **options)
    return path


def difference(read, digit):
    """The mean difference in gray. A center of mass that lies between two pixels may round to either."""
    shifts = [np.roll(read, (y, x), (0, 1)) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    return min(np.abs(shifted.astype(int) - digit).mean() for shifted in shifts)


def center(image):
    grays = image.astype(float)
    return [float(grays.sum(other) @ np.arange(28) / grays.sum()) for other in (1, 0)]


def test_framing_what_is_framed_changes_nothing():
    worst = [np.abs(frame(digit).astype(int) - digit).max() for digit in DIGITS[::8]]
    # MNIST's makers rounded some grays and a few centers otherwise; a peak of 254 becomes 255.
    assert np.mean(np.array(worst) <= 1) > 0.999


@pytest.mark.parametrize("scale", [1, 2, 3, 10])
@pytest.mark.parametrize("most", [1, 255, 0.001, 1e9])
def test_the_size_and_depth_of_a_drawing_do_not_matter(scale, most):
    for digit in DIGITS[:20]:
        pad = np.pad(np.kron(digit, np.ones((scale, scale))), ((5, 40), (17, 3))) / 255 * most
        assert np.abs(frame(pad).astype(int) - digit).max() <= 1


def test_a_drawing_keeps_its_proportions_and_its_mass_comes_to_the_middle():
    rng = np.random.default_rng(0)
    for _ in range(200):
        height, width = rng.integers(1, 300, 2)
        pad = np.zeros((320, 310))
        pad[7 : 7 + height, 5 : 5 + width] = 1
        framed = frame(pad)
        rows, columns = framed.any(1).sum(), framed.any(0).sum()
        cell = max(height, width) / 20
        assert max(rows, columns) == 20
        assert abs(rows - height / cell) <= 1
        assert abs(columns - width / cell) <= 1
        assert framed.max() == 255
        # To half a pixel, and the rounding of grays.
        assert np.abs(np.array(center(framed)) - 14).max() <= 0.501


def test_a_lopsided_drawing_stays_within_the_frame():
    pad = np.zeros((200, 60))
    pad[:, 30:32] = 0.2
    pad[180:, :] = 1
    framed = frame(pad)
    rows, columns = framed.any(1).nonzero()[0], framed.any(0).nonzero()[0]
    assert (rows[0], rows[-1]) == (0, 19)  # the middle of its mass would be at 14 if it could reach over the edge
    assert len(columns) == 6


@pytest.mark.parametrize(
    ("drawing", "message"),
    [
        (np.zeros((28, 28)), "the drawing is blank; draw a digit."),
        (np.zeros(784), "the drawing has 1 dimensions, where rows and columns of gray are expected."),
        (np.ones((28, 28, 3)), "the drawing has 3 dimensions, where rows and columns of gray are expected."),
        (np.ones((0, 28)), "the drawing must hold ink as finite numbers, 0 where nothing is drawn."),
        (np.full((28, 28), -1.0), "the drawing must hold ink as finite numbers, 0 where nothing is drawn."),
        (np.full((28, 28), np.nan), "the drawing must hold ink as finite numbers, 0 where nothing is drawn."),
        (np.full((28, 28), np.inf), "the drawing must hold ink as finite numbers, 0 where nothing is drawn."),
    ],
)
def test_drawings_refused(drawing, message):
    with pytest.raises(DataError) as refused:
        frame(drawing)
    assert str(refused.value) == message


@pytest.mark.wide
@pytest.mark.parametrize("light", [False, True])
@pytest.mark.parametrize(("ending", "noise", "mean"), [("png", 0, 1), ("png", 8, 1.5), ("jpg", 0, 3), ("jpg", 8, 4)])
def test_digits_on_paper_are_read_as_mnist_has_them(tmp_path, light, ending, noise, mean):
    rng = np.random.default_rng(1)
    differences, centers = [], []
    for digit in DIGITS[light:45:2]:
        gray = 235 - 205 * pasted(digit, rng, int(rng.integers(5, 12)))
        gray += rng.normal(0, noise, gray.shape) if noise else 0
        read = read_digit(saved(255 - gray if light else gray, tmp_path / f"digit.{ending}"))
        differences.append(difference(read, digit))
        centers.append(np.abs(np.array(center(read)) - 14).max())
    assert np.mean(differences) < mean
    # Where a stroke ends faintly, its box may be off by one of its 20 pixels, and all grays shift with it.
    assert max(differences) < 15
    assert max(centers) <= 0.501


def test_the_oracle_can_fail():
    """A digit read wrongly differs by far more than the tests above allow."""
    flipped = [difference(digit[:, ::-1], digit) for digit in DIGITS[:75]]
    others = [difference(DIGITS[i + 1], digit) for i, digit in enumerate(DIGITS[:75])]
    thinner = [difference(np.minimum(digit, np.roll(digit, 1, 1)), digit) for digit in DIGITS[:75]]
    assert np.mean(flipped) > 20
    assert np.mean(others) > 20
    assert np.mean(thinner) > 7


@pytest.mark.parametrize("dark", [False, True])
def test_a_picture_of_mnist_comes_out_as_it_is(tmp_path, dark):
    changed = 0
    for digit in DIGITS[dark:500:2]:
        read = read_digit(saved(255 - digit if dark else digit, tmp_path / "digit.png"))
        changed += not np.array_equal(read, digit)
    assert changed == 0


def test_the_mean_pictures_of_mnist_survive_jpeg(tmp_path):
    differences = [
        difference(read_digit(saved(digit, tmp_path / "digit.jpg", quality=90)), digit) for digit in DIGITS[:50]
    ]
    assert np.mean(differences) < 5


def variants(gray):
    """The same dark-on-light picture in the modes that its formats have, as `(name, image, ending)`."""
    image = Image.fromarray(gray)
    clear = Image.new("LA", image.size)
    clear.putalpha(Image.fromarray(255 - gray))  # black everywhere, opaque where there is ink
    chalk = Image.new("RGBA", image.size, "white")
    chalk.putalpha(Image.fromarray(255 - gray))  # white ink on nothing
    blue = Image.merge("RGB", (image, image, Image.new("L", image.size, 255)))
    palette = Image.merge("RGB", (image, image, image)).quantize(64)
    palette_clear = palette.copy()
    palette_clear.info["transparency"] = palette.getpixel((0, 0))  # the paper's color is declared transparent
    return [
        ("gray", image, "png"),
        ("gray", image, "jpg"),
        ("color", image.convert("RGB"), "png"),
        ("color", image.convert("RGB"), "jpg"),
        ("four inks", image.convert("CMYK"), "jpg"),
        ("opaque", image.convert("RGBA"), "png"),
        ("clear", clear, "png"),
        ("clear color", clear.convert("RGBA"), "png"),
        ("white on nothing", chalk, "png"),
        ("blue", blue, "png"),
        ("palette", palette, "png"),
        ("clear palette", palette_clear, "png"),
        ("two colors", image.convert("1", dither=Image.Dither.NONE), "png"),
        ("16 bits", Image.fromarray(gray.astype(np.uint16) * 257), "png"),
        ("palette", image, "gif"),
        ("gray", image, "bmp"),
        ("color", image.convert("RGB"), "bmp"),
        ("gray", image, "tiff"),
        ("16 bits", Image.fromarray(gray.astype(np.uint16) * 257), "tiff"),
        ("clear color", clear.convert("RGBA"), "tiff"),
        ("lossy", image, "webp"),
        ("lossy", clear.convert("RGBA"), "webp"),
    ]


@pytest.mark.wide
@pytest.mark.parametrize("which", range(22))
def test_every_mode_of_image(tmp_path, which):
    rng = np.random.default_rng(2)
    differences = []
    for digit in DIGITS[:12]:
        name, image, ending = variants(dark_on_light(pasted(digit, rng, 9)))[which]
        path = tmp_path / f"digit.{ending}"
        image.save(path)
        differences.append(difference(read_digit(path), digit))
    # Two colors have no grays at the strokes' edges.
    assert np.mean(differences) < {"two colors": 12, "palette": 2, "clear palette": 2}.get(
        name, 5 if ending in ("jpg", "webp") else 0.5
    )


ORIENTED = {
    1: lambda gray: gray,
    2: lambda gray: gray[:, ::-1],
    3: lambda gray: gray[::-1, ::-1],
    4: lambda gray: gray[::-1],
    5: lambda gray: gray.T,
    6: lambda gray: np.rot90(gray),
    7: lambda gray: gray[::-1, ::-1].T,
    8: lambda gray: np.rot90(gray, -1),
}


@pytest.mark.parametrize("orientation", ORIENTED)
@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_a_photograph_is_turned_as_its_orientation_says(tmp_path, orientation, ending):
    rng = np.random.default_rng(3)
    exif = Image.Exif()
    exif[0x0112] = orientation
    for digit in DIGITS[:5]:
        upright = dark_on_light(pasted(digit, rng, 10))
        held = saved(ORIENTED[orientation](upright), tmp_path / f"digit.{ending}", exif=exif)
        assert difference(read_digit(held), digit) < (10 if ending == "jpg" else 0.5)


def test_an_orientation_that_is_none_is_upright(tmp_path):
    exif = Image.Exif()
    upright = dark_on_light(pasted(DIGITS[0], np.random.default_rng(3), 10))
    for wrong in (0, 9, 65_535):
        exif[0x0112] = wrong
        assert difference(read_digit(saved(upright, tmp_path / "digit.png", exif=exif)), DIGITS[0]) < 0.5


def test_a_photograph_of_many_pixels(tmp_path):
    digit = DIGITS[0]
    sheet = np.full((3000, 4000), 240.0)
    sheet[1000:2120, 1500:2620] -= 200 * np.kron(digit, np.ones((40, 40))) / 255
    for ending in ("jpg", "png"):
        assert difference(read_digit(saved(sheet, tmp_path / f"digit.{ending}")), digit) < 4


def refusal(path):
    with pytest.raises(DataError) as refused:
        read_digit(path)
    return str(refused.value).replace(str(path), "FILE")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "FILE is an empty file, where a PNG, JPEG, GIF, WebP, BMP or TIFF image is expected."),
        (b"this is a seven", "FILE is text, where a PNG, JPEG, GIF, WebP, BMP or TIFF image is expected."),
        (b"<html>404", "FILE is an HTML page, where a PNG, JPEG, GIF, WebP, BMP or TIFF image is expected."),
        (b"GIF89a" + bytes(20), "FILE is a GIF image that is damaged; save it again."),
        (
            b"\x00\x00\x00\x18ftypheic",
            "FILE is a HEIC or AVIF image, where a PNG, JPEG, GIF, WebP, BMP or TIFF image is expected.",
        ),
        (b"%!PS-Adobe", "FILE is text, where a PNG, JPEG, GIF, WebP, BMP or TIFF image is expected."),
    ],
)
def test_files_that_are_no_images(tmp_path, content, message):
    path = tmp_path / "digit.png"
    path.write_bytes(content)
    assert refusal(path) == message


def test_what_is_no_file(tmp_path):
    assert refusal(tmp_path / "missing.png") == "FILE does not exist; give a PNG, JPEG, GIF, WebP, BMP or TIFF image."
    assert refusal(tmp_path) == "FILE is a folder; give a PNG, JPEG, GIF, WebP, BMP or TIFF image."


@pytest.mark.parametrize(("ending", "kind"), [("png", "a PNG image"), ("jpg", "a JPEG image")])
def test_a_truncated_image(tmp_path, ending, kind):
    path = saved(dark_on_light(pasted(DIGITS[0], np.random.default_rng(0), 9)), tmp_path / f"digit.{ending}")
    content = path.read_bytes()
    for end in (20, len(content) // 4, len(content) // 2):
        path.write_bytes(content[:end])
        assert refusal(path).startswith(f"FILE is {kind} that is damaged")
        assert refusal(path).endswith("; save it again.")
        assert "object at" not in refusal(path)


def declared(width, height):
    """A PNG of a few bytes that declares its size, gray, and holds no pixels."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    ihdr = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", ihdr) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [8193, 10_000, 100_000])  # within Pillow's limits, where it warns, where it refuses
@pytest.mark.parametrize("action", ["error", "ignore"])
def test_a_decompression_bomb_is_refused_unopened(tmp_path, side, action):
    (tmp_path / "bomb.png").write_bytes(declared(side, side))
    with warnings.catch_warnings():
        warnings.simplefilter(action, Image.DecompressionBombWarning)
        message = refusal(tmp_path / "bomb.png")
    assert message.startswith("FILE has too many pixels (")
    assert message.endswith("); scale it down to 67,108,864 at most.")


QUICKLY = {"compress_level": 1}


@pytest.mark.parametrize(
    ("mode", "ending", "side", "options", "most"),
    [("RGBA", "png", 5_800, QUICKLY, 33_554_432), ("RGB", "png", 5_800, QUICKLY, 33_554_432),
     ("RGB", "jpg", 4_800, {"progressive": True}, 22_369_621)],
)  # fmt: skip
def test_what_takes_more_memory_may_have_fewer_pixels(tmp_path, mode, ending, side, options, most):
    Image.new(mode, (side, side), "white").save(tmp_path / f"digit.{ending}", **options)
    assert refusal(tmp_path / f"digit.{ending}") == (
        f"FILE has too many pixels ({side**2:,} pixels); scale it down to {most:,} at most."
    )


MEMORY = """
import sys
from chainrule.data.images import read_digit

def most():
    return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) // 1024

read_digit(sys.argv[1])
before = most()
read_digit(sys.argv[2])
print(most() - before)
"""


@pytest.mark.wide
@pytest.mark.skipif(sys.platform != "linux", reason="only there does a process know the most memory that it has held")
@pytest.mark.parametrize(
    ("mode", "ending", "options"),
    [("RGBA", "png", QUICKLY), ("RGB", "png", QUICKLY), ("I;16", "png", QUICKLY), ("RGB", "jpg", {}),
     ("RGB", "jpg", {"progressive": True})],
)  # fmt: skip
def test_a_large_picture_is_read_in_bounded_memory(tmp_path, mode, ending, options):
    side = 4_700 if "progressive" in options else 5_700
    paths = [tmp_path / f"{name}.{ending}" for name in ("small", "large")]
    for path, size in zip(paths, (200, side), strict=True):
        picture = Image.new(mode, (size, size), 65_535 if mode == "I;16" else "white")
        box = [round(size * share) for share in (0.45, 0.2, 0.55, 0.8)]
        picture.paste(0 if mode == "I;16" else "black", box)
        picture.save(path, **options)
    told = subprocess.run([sys.executable, "-c", MEMORY, *paths], capture_output=True, text=True, check=True)
    assert int(told.stdout) < 300  # MB; 640 where all of it is copied as it is converted


@pytest.mark.parametrize("size", [(1, 1), (4, 100), (28, 3)])
def test_an_image_too_small(tmp_path, size):
    path = saved(np.zeros(size), tmp_path / "digit.png")
    assert refusal(path) == f"FILE is {size[1]} × {size[0]} pixels, too small or too narrow to show a digit."


def test_a_strip(tmp_path):
    path = saved(np.zeros((5, 5000)), tmp_path / "digit.png")
    assert refusal(path) == "FILE is 5000 × 5 pixels, too small or too narrow to show a digit."


def test_an_image_all_of_whose_pixels_are_clear(tmp_path):
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(tmp_path / "digit.png")
    assert refusal(tmp_path / "digit.png") == "FILE shows no digit: it is blank, or its ink is too faint."


def test_a_28_by_28_image_of_one_gray(tmp_path):
    for gray in (0, 7, 255):
        path = saved(np.full((28, 28), gray), tmp_path / "digit.png")
        assert refusal(path) == "FILE shows no digit: it is blank, or its ink is too faint."


def test_bytes_that_name_another_format_are_not_handed_to_its_reader(tmp_path):
    content = io.BytesIO()
    Image.fromarray(DIGITS[0]).save(content, "PCX")
    (tmp_path / "digit.png").write_bytes(content.getvalue())
    said = refusal(tmp_path / "digit.png")
    assert said.startswith("FILE is unknown data (it begins 0a 05")
    assert said.endswith("), where a PNG, JPEG, GIF, WebP, BMP or TIFF image is expected.")


@pytest.mark.parametrize(("kind", "options"), [("GIF", {}), ("TIFF", {}), ("WEBP", {"lossless": True})])
def test_of_several_pictures_in_a_file_the_first_is_read(tmp_path, kind, options):
    first, second = (
        Image.fromarray(dark_on_light(np.pad(digit, 20) / 255).repeat(4, 0).repeat(4, 1)) for digit in DIGITS[:2]
    )
    first.save(tmp_path / "digits", kind, save_all=True, append_images=[second], **options)
    assert difference(read_digit(tmp_path / "digits"), DIGITS[0]) < 2


# ---- several digits


def test_a_number_is_read_from_left_to_right(tmp_path):
    page = np.zeros((300, 620))
    places = [(30, 20), (90, 170), (60, 320), (100, 470)]
    for digit, (y, x) in zip(DIGITS[:4], places, strict=True):
        page[y : y + 140, x : x + 140] = np.kron(digit, np.ones((5, 5))) / 255
    digits = read_digits(saved(dark_on_light(page), tmp_path / "number.png"))
    assert [difference(each.image, digit) < 12 for each, digit in zip(digits, DIGITS[:4], strict=True)] == [True] * 4
    for each, digit, (y, x) in zip(digits, DIGITS[:4], places, strict=True):
        rows, columns = (np.flatnonzero((digit > 25).any(axis)) for axis in (1, 0))
        expected = (x + 5 * columns[0], y + 5 * rows[0], x + 5 * columns[-1] + 5, y + 5 * rows[-1] + 5)
        np.testing.assert_allclose(each.box, expected, atol=5)


def test_a_number_is_no_digit(tmp_path):
    page = np.concatenate(list(DIGITS[:3]), axis=1).repeat(4, 0).repeat(4, 1)
    said = refusal(saved(255 - np.pad(page, 20), tmp_path / "number.png"))
    assert said == "FILE shows 3 digits side by side; crop it to one, or read all with chainrule predict."


def test_boxes_count_pixels_of_the_file_as_it_is_seen(tmp_path):
    """A large JPEG is decoded at a fraction of its size, and turned."""
    page = np.zeros((2400, 3200))
    page[800:1600, 1200:2000] = np.kron(DIGITS[0], np.ones((29, 29)))[:800, :800] / 255
    (left, top, right, bottom) = read_digits(saved(dark_on_light(page), tmp_path / "seen.jpg"))[0].box
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter to the right
    held = saved(np.rot90(dark_on_light(page)), tmp_path / "held.jpg", exif=exif)
    np.testing.assert_allclose(read_digits(held)[0].box, (left, top, right, bottom), atol=10)
    rows, columns = (np.flatnonzero((DIGITS[0] > 25).any(axis)) * 29 for axis in (1, 0))
    expected = (1200 + columns[0], 800 + rows[0], 1200 + columns[-1] + 29, 800 + rows[-1] + 29)
    np.testing.assert_allclose((left, top, right, bottom), expected, atol=30)


def test_an_image_of_mnist_is_one_digit_as_it_is(tmp_path):
    [digit] = read_digits(saved(DIGITS[0], tmp_path / "digit.png"))
    assert np.array_equal(digit.image, DIGITS[0])
    rows, columns = (np.flatnonzero(DIGITS[0].any(axis)) for axis in (1, 0))
    assert digit.box == (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
