"""Pictures in folders, one folder for each class, as data sets: grays or colors of one size, labels in the folders' order.

First the files are listed, then they are read: between the two, who learns divides them, and `needs_color` looks at those
that are learned from.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .datasets import Dataset
from .errors import DataError, sizes_text
from .images import read_colors, read_grays

_ENDS = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff"})
_VALID = ("valid", "val", "validation")
_FEWEST = 12
CHANNELS = 3
"""Red, green and blue."""

_SAMPLE = 600  # pictures that are compared in grays and in colors
_THUMBNAIL = 8  # rows and columns of their thumbnails
_COLORLESS = 2.0  # how much red, green and blue of a thumbnail differ in what is a gray picture, of 255
_LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601, as Pillow makes grays
_PENALTY = 0.1  # of the mean square of a thumbnail's length
_CERTAIN = 2.0  # standard errors


class Files(NamedTuple):
    """Files of pictures and their classes.

    Attributes:
        paths: The n files.
        labels: The number of the class of each.
    """

    paths: tuple[Path, ...]
    labels: NDArray[np.int64]

    def select(self, places: NDArray[np.intp]) -> Files:
        """Those at some places.

        Args:
            places: Indices of files.

        Returns:
            The files and their labels.
        """
        return Files(tuple(self.paths[place] for place in places), self.labels[places])


class Pictures(NamedTuple):
    """The pictures of a folder.

    Attributes:
        classes: The names of the classes.
        undivided: All pictures, if the folder does not divide them.
        train: Those to learn from, if the folder has `train` and `test`.
        valid: Those to validate with, if it also has `valid`, `val` or `validation`.
        test: Those to test with.
    """

    classes: tuple[str, ...]
    undivided: Files | None = None
    train: Files | None = None
    valid: Files | None = None
    test: Files | None = None


class ColorNeed(NamedTuple):
    """Whether classes of pictures need their colors, and how that was found.

    Attributes:
        color: Whether they do.
        by_gray: The share of the sample whose class is told by grays; 0 where no picture has colors.
        by_color: The share whose class is told by colors; 0 where no picture has colors.
        size: The number of pictures in the sample.
    """

    color: bool
    by_gray: float
    by_color: float
    size: int


def has_pictures(folder: str | os.PathLike[str]) -> bool:
    """Whether a folder has folders of pictures, or `train` with such folders.

    Args:
        folder: The folder.

    Returns:
        Whether it has.

    Examples:
        >>> import tempfile
        >>> has_pictures(tempfile.mkdtemp())
        False
    """
    folder = Path(folder)
    return bool(_classes(folder) or _classes(folder / "train"))


def find_pictures(folder: str | os.PathLike[str]) -> Pictures:
    """List the pictures of a folder: `cats/1.png`, `dogs/2.jpg`, …, or `train/cats/1.png` and `test/cats/2.png`.

    What is no picture by the end of its name is left out.

    Args:
        folder: The folder.

    Returns:
        The files of the pictures.

    Raises:
        DataError: There are fewer than two classes, or too few pictures.
    """
    folder = Path(folder)
    if _classes(folder / "train") and _classes(folder / "test"):
        classes = _classes(folder / "train")
        valid = next((folder / name for name in _VALID if _classes(folder / name)), None)
        return Pictures(
            classes,
            None,
            _list_files(folder / "train", classes),
            None if valid is None else _list_files(valid, classes),
            _list_files(folder / "test", classes),
        )
    classes = _classes(folder)
    files = _list_files(folder, classes)
    if len(files.paths) < _FEWEST:
        raise DataError(
            "{path} has {count} pictures; at least {least} are needed, to learn from some and test on others.",
            path=folder,
            count=len(files.paths),
            least=_FEWEST,
        )
    return Pictures(classes, files)


def read_pictures(files: Files, color: bool, size: tuple[int, ...] | None = None) -> Dataset:
    """Read pictures of one size.

    Args:
        files: The files.
        color: Whether to read colors.
        size: The rows and columns that the pictures must have; `None` is those of the first.

    Returns:
        The pictures, n × rows × columns, or n × 3 × rows × columns with colors, and their labels; both read-only.

    Raises:
        DataError: A picture is damaged or has another size than the others.
    """
    pictures = list[NDArray[np.uint8]]()
    for path in files.paths:
        picture = _read(path, color)
        size = picture.shape[-2:] if size is None else size
        _require_size(path, picture, size)
        pictures.append(picture)
    images, labels = np.stack(pictures), files.labels.copy()
    images.flags.writeable = labels.flags.writeable = False
    return Dataset(images, labels)


def read_picture(path: str | os.PathLike[str], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """A picture as a network takes it.

    Args:
        path: The picture.
        shape: The rows and columns that it must have; with 3 in front of them, it is read in color.

    Returns:
        Its grays or colors, of this shape.

    Raises:
        DataError: It is no picture, or has another size.
    """
    picture = _read(Path(path), len(shape) == CHANNELS)
    _require_size(Path(path), picture, shape[-2:])
    return picture


def needs_color(files: Files) -> ColorNeed:
    """Whether colors tell the classes of pictures apart better than grays do.

    Of a sample, a linear classifier is fitted to thumbnails in grays and to thumbnails in colors, and tells the class of each
    picture from all others but this one (ridge regression, leave-one-out in closed form: T. Hastie, R. Tibshirani,
    J. Friedman, *The Elements of Statistical Learning*, section 7.10). Colors are needed if they tell more by two standard
    errors of the difference, as McNemar's test has it.

    Args:
        files: The pictures to learn from.

    Returns:
        Whether colors are needed, with the shares that were told.

    Raises:
        DataError: A picture is damaged.
    """
    sample = files.select(
        np.unique(np.linspace(0, len(files.paths) - 1, min(_SAMPLE, len(files.paths))).astype(np.intp))
    )
    colors = np.stack([_thumbnail(read_colors(path)) for path in sample.paths])  # n × 3 × 8 × 8
    if np.ptp(colors, axis=1).max() <= _COLORLESS:
        return ColorNeed(False, 0.0, 0.0, len(sample.paths))
    grays = np.einsum("c,nchw->nhw", _LUMA, colors)
    by_gray, by_color = (_tells_class(pixels.reshape(len(pixels), -1), sample.labels) for pixels in (grays, colors))
    gained, lost = int((by_color & ~by_gray).sum()), int((by_gray & ~by_color).sum())
    color = gained - lost > _CERTAIN * np.sqrt(gained + lost)
    return ColorNeed(bool(color), float(by_gray.mean()), float(by_color.mean()), len(sample.paths))


def _tells_class(features: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether ridge regression on the other examples names the class of each: n truth values for n × p features."""
    centered = features - features.mean(axis=0)
    gram = centered @ centered.T + 1.0  # a constant feature, which is the bias
    regularized = gram + (_PENALTY * np.trace(gram) / len(gram) + 1e-9) * np.eye(len(gram))
    wanted = np.equal.outer(labels, np.unique(labels)).astype(np.float64)
    inverse = np.linalg.inv(regularized)
    # The residual of an example that was left out, without fitting again.
    left_out = wanted - (inverse @ wanted) / np.diag(inverse)[:, None]
    is_right: NDArray[np.bool_] = wanted[np.arange(len(wanted)), left_out.argmax(axis=1)] == 1
    return is_right


def _thumbnail(picture: NDArray[np.number]) -> NDArray[np.float64]:
    """A picture's channels in at most 8 × 8 cells, each the mean of its pixels; of 0 … 255."""
    cells = np.asarray(picture, np.float64)
    for axis in (1, 2):
        size = cells.shape[axis]
        starts = np.arange(0, min(_THUMBNAIL, size)) * size // min(_THUMBNAIL, size)
        sums, counts = np.add.reduceat(cells, starts, axis), np.diff([*starts, size])
        cells = sums / counts.reshape((-1, 1) if axis == 1 else -1)
    return np.pad(cells, ((0, 0), *((0, _THUMBNAIL - size) for size in cells.shape[1:])))


def _classes(folder: Path) -> tuple[str, ...]:
    """The folders that have pictures, sorted."""
    if not folder.is_dir():
        return ()
    return tuple(sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and any(_pictures(entry))))


def _pictures(folder: Path) -> Iterator[Path]:
    """The pictures of a folder, unsorted."""
    for path in folder.iterdir():
        if path.suffix.lower() in _ENDS and not path.name.startswith(".") and path.is_file():
            yield path


def _list_files(folder: Path, classes: tuple[str, ...]) -> Files:
    """The pictures of each class, in their order."""
    if len(classes) < 2:
        raise DataError("{path} has pictures of one class alone; give a folder for each class.", path=folder)
    strange = set(_classes(folder)) - set(classes)
    if strange:
        raise DataError(
            "{path} has pictures of {name!r}, a class that the others have not.", path=folder, name=min(strange)
        )
    of_class = [sorted(_pictures(folder / name)) if (folder / name).is_dir() else [] for name in classes]
    labels = np.repeat(np.arange(len(classes), dtype=np.int64), [len(paths) for paths in of_class])
    return Files(tuple(path for paths in of_class for path in paths), labels)


def _read(path: Path, color: bool) -> NDArray[np.uint8]:
    """The grays of a picture, rows × columns, or its colors, 3 × rows × columns."""
    picture: NDArray[np.uint8] = np.rint(read_colors(path) if color else read_grays(path)).astype(np.uint8)
    return picture


def _require_size(path: Path, picture: NDArray[np.uint8], size: tuple[int, ...]) -> None:
    if picture.shape[-2:] != size:
        raise DataError(
            "{path} is {given}, and the others are {size}; make all pictures of one size.",
            path=path,
            given=sizes_text(picture.shape[-2:]),
            size=sizes_text(size),
        )
