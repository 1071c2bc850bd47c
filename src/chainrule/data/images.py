"""Pictures of handwritten digits, from a file or a drawing pad, framed as MNIST's images are.

MNIST's makers scaled each digit to fit 20 × 20 pixels, keeping its proportions, and moved it in 28 × 28 so that its
center of mass lies in the middle. `frame` does this with ink alone; `read_digit` and `read_digits` read a file and first
tell ink from paper (`ink.py`).
"""

import functools
import io
import math
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..core.messages import message
from .errors import HEAD_SIZE, DataError, describe, existing_file
from .ink import FAINT, find_digits, find_ink
from .shapes import span

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 28
"""The height and width of a framed image, in pixels."""
BOX = 20
"""The height or width, whichever is larger, of the digit in it."""

_MOST_PIXELS = 2**26
_MOST_BYTES = 2**27  # of a decoded picture
_STRIP_PIXELS = 2**20  # turned into grays at once
_DECODED_SIDE = 1024
_LEAST_CONTRAST = 20
_Mode: TypeAlias = Literal["L", "RGB"]  # as Pillow calls grays and colors
_FORMATS = ("PNG", "JPEG", "GIF", "WebP", "BMP", "TIFF")
_EXPECTED = message("a PNG, JPEG, GIF, WebP, BMP or TIFF image")


@dataclass(frozen=True, eq=False)
class Digit:
    """One of the digits in a picture.

    Attributes:
        image: 28 × 28, `uint8`, framed as MNIST's; 0 is paper and 255 is ink.
        box: Left, top, right and bottom in pixels of the picture; right and bottom are the first beyond the digit.
    """

    image: NDArray[np.uint8]
    box: tuple[int, int, int, int]


def read_digit(path: str | os.PathLike[str]) -> NDArray[np.uint8]:
    """Read a picture of one digit, find the digit, and frame it as MNIST does.

    Ink may be dark on light or light on dark; paper may be ruled or squared, lit unevenly, noisy, or transparent; a
    photograph is turned as its EXIF orientation says. A picture that is already framed is returned as it is.

    Args:
        path: A PNG, JPEG, GIF, WebP, BMP or TIFF file of at most 67 million pixels (34 million if its colors must be
            decoded). If the file has several pictures, the first is read.

    Returns:
        28 × 28, `uint8`; 0 is paper and 255 is ink.

    Raises:
        DataError: The file is no such image, is damaged or too large, or shows no digit or more than one.

    References:
        Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits", on how it was made.

    Examples:
        >>> import tempfile
        >>> from PIL import Image, ImageDraw
        >>> page = Image.new("L", (200, 300), "white")
        >>> ImageDraw.Draw(page).line([(90, 100), (110, 220)], fill="black", width=14)
        >>> path = Path(tempfile.mkdtemp()) / "one.png"
        >>> page.save(path)
        >>> read_digit(path).shape
        (28, 28)
    """
    gray, _ = _opened(path)
    return _digit(gray, message("{path}", path=path))


def read_digits(path: str | os.PathLike[str]) -> list[Digit]:
    """Read a picture of a number: all its digits from left to right, each framed as MNIST does.

    Digits that touch one another are cut apart where there is little ink between them.

    Args:
        path: As in `read_digit`.

    Returns:
        The digits, at least one.

    Raises:
        DataError: As `read_digit`, or the digits stand one above another, or touch too much to be told apart.

    Examples:
        >>> import tempfile
        >>> from PIL import Image, ImageDraw
        >>> page = Image.new("L", (300, 200), "white")
        >>> for x in (90, 150, 210):
        ...     ImageDraw.Draw(page).line([(x, 50), (x, 150)], fill="black", width=14)
        >>> path = Path(tempfile.mkdtemp()) / "number.png"
        >>> page.save(path)
        >>> len(read_digits(path))
        3
    """
    gray, scale = _opened(path)
    framed = _framed_already(gray)
    if framed is not None:
        (top, bottom), (left, right) = span(framed > 0, 0), span(framed > 0, 1)
        return [Digit(framed, (left, top, right, bottom))]
    digits = []
    for found in find_digits(gray, message("{path}", path=path)):
        left, top, right, bottom = (round(edge * scale) for edge in found.box)
        digits.append(Digit(_frame(found.ink, found.inside), (left, top, right, bottom)))
    return digits


def read_grays(path: str | os.PathLike[str]) -> NDArray[np.number]:
    """Read a picture as it is, in grays: no digit is looked for in it.

    Args:
        path: As in `read_digit`; a large JPEG is read at a half, a quarter or an eighth of its size.

    Returns:
        Rows × columns, 0 is black and 255 is white.

    Raises:
        DataError: The file is no such image, is damaged or too large.
    """
    return _opened(path)[0]


def read_colors(path: str | os.PathLike[str]) -> NDArray[np.number]:
    """Read a picture as it is, in colors.

    Args:
        path: As in `read_grays`.

    Returns:
        Red, green and blue, 3 × rows × columns, from 0 to 255; what is transparent is white.

    Raises:
        DataError: The file is no such image, is damaged or too large.

    Examples:
        >>> import tempfile
        >>> from PIL import Image
        >>> path = Path(tempfile.mkdtemp()) / "red.png"
        >>> Image.new("RGB", (3, 2), "red").save(path)
        >>> read_colors(path).max(axis=(1, 2)).tolist()
        [255, 0, 0]
    """
    colors, _ = _opened(path, "RGB")
    return np.moveaxis(colors, -1, 0)


def digit_in(data: bytes) -> NDArray[np.uint8]:
    """Read a picture of one digit from memory; like `read_digit`.

    Args:
        data: The content of a PNG, JPEG, GIF, WebP, BMP or TIFF file.

    Returns:
        28 × 28, 0 is paper and 255 is ink.

    Raises:
        DataError: As `read_digit`.
    """
    gray, _ = _decode(io.BytesIO(data), message("the image"))
    return _digit(gray, message("the image"))


def _opened(path: str | os.PathLike[str], mode: _Mode = "L") -> tuple[NDArray[np.number], float]:
    path = Path(path)
    existing_file(path, _EXPECTED)
    with path.open("rb") as file:
        return _decode(file, message("{path}", path=path), mode)


def _digit(gray: NDArray[np.number], name: str) -> NDArray[np.uint8]:
    framed = _framed_already(gray)
    return _frame(*find_ink(gray, name)) if framed is None else framed


def _framed_already(gray: NDArray[np.number]) -> NDArray[np.uint8] | None:
    """The picture itself, light on dark, if it is one of MNIST's; otherwise None.

    Even its dust is kept, so that a network reads from the file what it was tested on.
    """
    if gray.shape == (SIDE, SIDE):
        for drawing in (np.rint(gray), 255 - np.rint(gray)):
            if drawing.any() and np.abs(frame(drawing) - drawing.astype(np.float64)).max() <= 1:
                framed: NDArray[np.uint8] = drawing.astype(np.uint8)
                return framed
    return None


def frame(ink: ArrayLike) -> NDArray[np.uint8]:
    """Frame a drawn digit as MNIST does: scaled to fit 20 × 20, its center of mass in the middle of 28 × 28.

    Args:
        ink: h × w, 0 where nothing is drawn and larger where there is more ink, on any scale.

    Returns:
        28 × 28, `uint8`; 0 is paper and 255 is the most ink. Each pixel is the average of the area that it covers.

    Raises:
        DataError: The drawing is not a matrix, is empty, or holds negative values or NaN.

    References:
        Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits", on how it was made.

    Examples:
        >>> pad = np.zeros((280, 280))
        >>> pad[20:220, 30:50] = 1
        >>> framed = frame(pad)
        >>> rows, columns = framed.nonzero()
        >>> [int(edge) for edge in (rows.min(), rows.max(), columns.min(), columns.max())]
        [4, 23, 14, 15]
    """
    drawing = np.asarray(ink, np.float64)
    if drawing.ndim != 2:
        raise DataError(
            "the drawing has {axes} dimensions, where rows and columns of gray are expected.", axes=drawing.ndim
        )
    if drawing.size == 0 or not 0 <= drawing.min() <= drawing.max() < np.inf:
        raise DataError("the drawing must hold ink as finite numbers, 0 where nothing is drawn.")
    most = drawing.max()
    if most == 0:
        raise DataError("the drawing is blank; draw a digit.")
    return _frame(drawing / most, drawing > FAINT * most)


def _frame(ink: NDArray[np.float64], inside: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Frame ink of 0 to about 1 by the box around `inside`; fainter ink fades out around the box."""
    spans = [span(inside, axis) for axis in (0, 1)]
    cell = max(end - start for start, end in spans) / BOX
    rows, columns = (_averages(ink.sum(axis=1 - axis), spans[axis], cell) for axis in (0, 1))
    # Clipped after averaging, so that the noise of single pixels averages out before.
    framed = np.clip(rows @ ink @ columns.T, 0, 1)
    image: NDArray[np.uint8] = np.rint(framed * (255 / framed.max())).astype(np.uint8)
    return image


def _averages(profile: NDArray[np.float64], ends: tuple[int, int], cell: float) -> NDArray[np.float64]:
    """The 28 × n matrix that averages an axis of n pixels over 28 cells, the middle one at the center of mass.

    Args:
        profile: The ink at each of the n pixels.
        ends: Where the digit begins and ends.
        cell: The size of a cell, in pixels.
    """
    n = len(profile)
    # MNIST moved digits by whole cells, so the cells are laid along the digit's box, not around its center of mass.
    count = int(np.ceil((ends[1] - ends[0]) / cell - 1e-9))
    start = (ends[0] + ends[1] - count * cell) / 2
    center = (profile @ (np.arange(n) + 0.5) / profile.sum() - start) / cell
    first = min(max(SIDE // 2 - round(center - 0.5), 0), SIDE - count)
    edges = start + cell * (np.arange(SIDE + 1) - first)
    covered = np.clip(edges[:, None] - np.arange(n), 0, 1)
    averages: NDArray[np.float64] = np.diff(covered, axis=0) / cell
    return averages


def _decode(file: BinaryIO, name: str, mode: _Mode = "L") -> tuple[NDArray[np.number], float]:
    """Read an image file: its grays, h × w, or with mode "RGB" its colors, h × w × 3 (0 is black, 255 is white).

    Returns:
        The picture, and how many pixels of the file one of its pixels spans.
    """
    # Imported here, so that the package works without Pillow where no picture is read.
    from PIL import Image, UnidentifiedImageError

    looks = describe(file.read(HEAD_SIZE))
    if looks not in [f"a {each} image" for each in _FORMATS]:
        raise DataError(
            "{picture} is {looks}, where a PNG, JPEG, GIF, WebP, BMP or TIFF image is expected.",
            picture=name,
            looks=looks,
        )
    most = _MOST_PIXELS
    try:
        file.seek(0)
        # These formats only: Pillow runs external programs for some of the others.
        with Image.open(file, formats=_FORMATS) as opened:
            pixels, most = opened.width * opened.height, _most_pixels(opened, mode)
            if pixels > most:
                raise Image.DecompressionBombError(f"{pixels:,} pixels")
            # A JPEG can be decoded directly in gray and at an eighth of its size, which is enough to find ink.
            opened.draft(mode, (_DECODED_SIDE, _DECODED_SIDE))
            picture = _gray(opened) if mode == "L" else _colors(opened)
            scale = math.sqrt(pixels / math.prod(picture.shape[:2]))
            return _upright(picture, opened.getexif().get(_ORIENTATION, 1)), scale
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DataError(
            "{picture} has too many pixels ({error}); scale it down to {most:,} at most.",
            picture=name,
            error=error,
            most=most,
        ) from error
    except UnidentifiedImageError as error:  # its message names a Python object
        raise DataError("{picture} is {looks} that is damaged; save it again.", picture=name, looks=looks) from error
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as error:
        raise DataError(
            "{picture} is {looks} that is damaged ({error}); save it again.", picture=name, looks=looks, error=error
        ) from error


def _most_pixels(image: "Image", mode: _Mode) -> int:
    """How many pixels a picture may have, by its header: as many as fit in `_MOST_BYTES` while it is decoded.

    Pillow keeps a color in 4 bytes, and a progressive JPEG in 6 bytes per pixel before it scales it down.
    """
    if image.format in ("JPEG", "MPO"):  # several JPEGs in one file, as some phones save
        pixel_bytes = 6 if image.info.get("progressive") else 4 if image.mode == "CMYK" or mode == "RGB" else 1
    else:
        pixel_bytes = 1 if image.mode in ("1", "L", "P") and mode == "L" else 4
    return min(_MOST_PIXELS, _MOST_BYTES // pixel_bytes)


_ORIENTATION = 0x0112  # the tag in EXIF that says how a camera was held


def _upright(picture: NDArray[np.number], orientation: object) -> NDArray[np.number]:
    """The picture turned as EXIF says, without a copy; an orientation that EXIF does not know is upright."""
    if orientation in (5, 6, 7, 8):
        picture = picture.swapaxes(0, 1)
    down, right = orientation in (3, 4, 7, 8), orientation in (2, 3, 6, 7)
    return picture[:: -1 if down else 1, :: -1 if right else 1]


def _gray(image: "Image") -> NDArray[np.number]:
    """The grays of an opened picture, made strip by strip, so that a large picture is held in color only once."""
    if image.mode.startswith("I"):
        # 16-bit gray, which Pillow would clip, not scale.
        return _in_strips(image, np.float32, lambda strip: np.asarray(strip) / 257)
    if not image.has_transparency_data:
        return _in_strips(image, np.uint8, lambda strip: np.asarray(strip.convert("L")))
    # Transparency is white paper, unless that hides the ink.
    for paper in ("white", "black"):
        page = _in_strips(image, np.uint8, functools.partial(_on_paper, paper, "L"))
        if np.ptp(page) > _LEAST_CONTRAST:
            break
    return page


def _colors(image: "Image") -> NDArray[np.number]:
    """The colors of an opened picture, h × w × 3, on white paper where it is transparent."""
    if image.mode.startswith("I"):
        return np.repeat(_gray(image)[:, :, None], 3, axis=2)
    if not image.has_transparency_data:
        return _in_strips(image, np.uint8, lambda strip: np.asarray(strip.convert("RGB")), 3)
    return _in_strips(image, np.uint8, functools.partial(_on_paper, "white", "RGB"), 3)


def _on_paper(paper: str, mode: _Mode, image: "Image") -> NDArray[np.number]:
    from PIL import Image

    return np.asarray(Image.alpha_composite(Image.new("RGBA", image.size, paper), image.convert("RGBA")).convert(mode))


def _in_strips(
    image: "Image", dtype: type[np.number], convert: Callable[["Image"], NDArray[np.number]], *channels: int
) -> NDArray[np.number]:
    """What `convert` makes of each strip of rows, stacked."""
    picture: NDArray[np.number] = np.empty((image.height, image.width, *channels), dtype)
    rows = max(1, _STRIP_PIXELS // max(1, image.width))
    for top in range(0, image.height, rows):
        bottom = min(top + rows, image.height)
        picture[top:bottom] = convert(image.crop((0, top, image.width, bottom)))
    return picture
