"""Pictures in folders, one folder for each class, as data sets: grays of one size, labels in the order of the folders' names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .datasets import Dataset
from .errors import DataError, sizes_text
from .images import read_grays

_ENDS = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff"})
_VALID = ("valid", "val", "validation")
_FEWEST = 12


class Pictures(NamedTuple):
    """The pictures of a folder.

    Attributes:
        classes: The names of the classes.
        every: All pictures, if they are not divided.
        train: Those to learn from, if the folder has `train` and `test`.
        valid: Those to validate with, if it also has `valid`, `val` or `validation`.
        test: Those to test with.
    """

    classes: tuple[str, ...]
    every: Dataset | None = None
    train: Dataset | None = None
    valid: Dataset | None = None
    test: Dataset | None = None


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


def load_pictures(folder: str | os.PathLike[str]) -> Pictures:
    """Read the pictures of a folder: `cats/1.png`, `dogs/2.jpg`, …, or `train/cats/1.png` and `test/cats/2.png`.

    Colors become grays. What is no picture by the end of its name is left out.

    Args:
        folder: The folder.

    Returns:
        The pictures.

    Raises:
        DataError: There are fewer than two classes, or a picture is damaged or has another size than the others.
    """
    folder = Path(folder)
    if _classes(folder / "train") and _classes(folder / "test"):
        classes = _classes(folder / "train")
        valid = next((folder / name for name in _VALID if _classes(folder / name)), None)
        train = _read(folder / "train", classes)
        size = train.images.shape[1:]
        held = None if valid is None else _read(valid, classes, size)
        return Pictures(classes, None, train, held, _read(folder / "test", classes, size))
    classes = _classes(folder)
    every = _read(folder, classes)
    if len(every.labels) < _FEWEST:
        raise DataError(
            "{path} has {count} pictures; at least {least} are needed, to learn from some and test on others.",
            path=folder,
            count=len(every.labels),
            least=_FEWEST,
        )
    return Pictures(classes, every)


def read_picture(path: str | os.PathLike[str], size: tuple[int, ...]) -> NDArray[np.uint8]:
    """A picture as a network takes it.

    Args:
        path: The picture.
        size: The rows and columns that it must have.

    Returns:
        Its grays.

    Raises:
        DataError: It is no picture, or has another size.
    """
    grays: NDArray[np.uint8] = np.rint(read_grays(path)).astype(np.uint8)
    if grays.shape != size:
        raise DataError(
            "{path} is {given}, and the others are {size}; make all pictures of one size.",
            path=path,
            given=sizes_text(grays.shape),
            size=sizes_text(size),
        )
    return grays


def _classes(folder: Path) -> tuple[str, ...]:
    """The folders that have pictures, sorted."""
    if not folder.is_dir():
        return ()
    return tuple(sorted(each.name for each in folder.iterdir() if each.is_dir() and _pictures(each)))


def _pictures(folder: Path) -> list[Path]:
    """The pictures of a folder, sorted."""
    found = (each for each in folder.iterdir() if each.suffix.lower() in _ENDS and not each.name.startswith("."))
    return sorted(each for each in found if each.is_file())


def _read(folder: Path, classes: tuple[str, ...], size: tuple[int, ...] | None = None) -> Dataset:
    """The pictures of each class, in their order."""
    if len(classes) < 2:
        raise DataError("{path} has pictures of one class alone; give a folder for each class.", path=folder)
    strange = set(_classes(folder)) - set(classes)
    if strange:
        raise DataError(
            "{path} has pictures of {name!r}, a class that the others have not.", path=folder, name=min(strange)
        )
    images, labels = list[NDArray[np.uint8]](), list[int]()
    for label, name in enumerate(classes):
        for path in _pictures(folder / name) if (folder / name).is_dir() else ():
            if size is None:
                first = read_grays(path).shape
                size = int(first[0]), int(first[1])
            images.append(read_picture(path, size))
            labels.append(label)
    made, numbers = np.stack(images), np.array(labels, np.int64)
    made.flags.writeable = numbers.flags.writeable = False
    return Dataset(made, numbers)
