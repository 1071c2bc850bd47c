"""Data sets of labeled images: MNIST, which comes with the package, and others published as IDX files.

Rows are examples: `images[i]` is one image and `labels[i]` its label. `idx.py` reads the files; `inputs.py` makes
activations of images.
"""

import hashlib
import io
import os
from functools import cache
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .errors import DataError
from .idx import decode_idx, read_idx

__all__ = ["Dataset", "load", "load_folder", "load_test", "mnist", "mnist_test"]

TRAINING_DIGITS = 50_000
"""How many digits of MNIST are learned from."""
VALIDATION_DIGITS = 10_000
"""How many digits of MNIST measure the learning."""

# The names under which MNIST is published, and SHA-256 of the compressed files in this package.
_FILES = {
    "train-images-idx3-ubyte": "0b367032e93c5d0cea0925647cfdb18614af8ee15f83e6f2fc2ad904a6835971",
    "train-labels-idx1-ubyte": "1787548bbe0bff1ec2ecdc0ef292b02df999e2d1a6002d27500982c652b17203",
    "t10k-images-idx3-ubyte": "1a1a05eab793c14bb050b398624a11b0ffd1a2953baed553b1b9bd079e2a20be",
    "t10k-labels-idx1-ubyte": "b91679a0acfe4ba0e50a2437a903084cba1f5f92592b016a25a7dfd00455798b",
}

CLASSES = "classes.txt"
"""The file in a folder of images that names their classes, one a line, from label 0 on; it may be missing."""

# Of MNIST's 60,000 training images the last 10,000 are for validation, as in the book.
_VALIDATION_SHARE = 6


class Dataset(NamedTuple):
    """Images with their labels; unpacks as `images, labels`, so that `net.fit(*train)` reads well.

    Attributes:
        images: n × rows × columns, `uint8`; 0 is paper and 255 is ink; read-only.
        labels: n, `int64`; read-only.

    Examples:
        >>> train, valid, test = mnist()
        >>> images, labels = test
        >>> images[0].shape, int(labels[0])
        ((28, 28), 7)
        >>> test
        Dataset(images: uint8 10,000 × 28 × 28, labels: int64 10,000)
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __repr__(self) -> str:
        described = (
            f"{name}: {array.dtype} {' × '.join(f'{size:,}' for size in array.shape)}"
            for name, array in self._asdict().items()
        )
        return f"Dataset({', '.join(described)})"


@cache
def mnist() -> tuple[Dataset, Dataset, Dataset]:
    """The MNIST handwritten digits, split as in Nielsen's book; read once per process, never downloaded.

    Returns:
        `(train, valid, test)`: 50,000, 10,000 and 10,000 images of 28 × 28 and their digits 0 to 9. The first
        two are the training file in its order, the third is the test file.

    Raises:
        DataError: a file of the package is missing or damaged.

    References:
        Y. LeCun, C. Cortes, C. J. C. Burges; see `mnist/LICENSE.md` for the license and the checksums.

    Examples:
        >>> [len(part.labels) for part in mnist()]
        [50000, 10000, 10000]
    """
    train_images, train_labels, *_ = _FILES
    return _split(_labeled(_bundled(train_images), _bundled(train_labels)), mnist_test())


@cache
def mnist_test() -> Dataset:
    """The test digits of MNIST alone, which are read in a sixth of the time of `mnist`.

    Returns:
        The third part of what `mnist` returns.

    Raises:
        DataError: A file of the package is missing or damaged.

    Examples:
        >>> mnist_test() is mnist()[2]
        True
    """
    *_, images, labels = _FILES
    return _labeled(_bundled(images), _bundled(labels))


def load(images: str | os.PathLike[str], labels: str | os.PathLike[str]) -> Dataset:
    """Read one file of images and the file of their labels.

    Args:
        images: An IDX file of three dimensions, n × rows × columns, plain or gzip-compressed.
        labels: An IDX file of one dimension, n.

    Returns:
        The images and labels, read-only. Labels may be any of 0 to 255; a network says which ones it can learn.

    Raises:
        DataError: A file cannot be read or has other dimensions, or the numbers of images and labels differ.

    Examples:
        >>> load("t10k-images", "t10k-labels")
        Traceback (most recent call last):
        chainrule.data.errors.DataError: t10k-images does not exist; give an IDX file.
    """
    pixels, classes = read_idx(images), read_idx(labels)
    if pixels.ndim != 3:
        raise DataError(
            "{images} is {axes}-dimensional, where images (3-dimensional) are expected.",
            images=images,
            axes=pixels.ndim,
        )
    if classes.ndim != 1:
        raise DataError(
            "{labels} is {axes}-dimensional, where labels (1-dimensional) are expected.",
            labels=labels,
            axes=classes.ndim,
        )
    if len(pixels) != len(classes):
        raise DataError(
            "{images} has {count:,} images, and {labels} has {other:,} labels; the numbers must be equal.",
            images=images,
            count=len(pixels),
            labels=labels,
            other=len(classes),
        )
    return _labeled(pixels, classes)


def load_folder(folder: str | os.PathLike[str]) -> tuple[Dataset, Dataset, Dataset]:
    """Read a data set published in the same files as MNIST, such as Fashion-MNIST: four files in one folder.

    The files are `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and
    `t10k-labels-idx1-ubyte`, with or without `.gz`, also with a dot before `idx`. A plain file is preferred to a compressed one.

    Args:
        folder: The folder.

    Returns:
        `(train, valid, test)`. As with MNIST, the last sixth (rounded down) of the training file is for validation.

    Raises:
        DataError: A file is missing or cannot be read, the numbers of images and labels differ, training and test images
            differ in size, or there are fewer than 6 training images.

    Examples:
        >>> load_folder("no-such-folder")
        Traceback (most recent call last):
        chainrule.data.errors.DataError: no-such-folder is not a folder; give one with files named like MNIST's.
    """
    folder = Path(folder)
    train_images, train_labels, test_images, test_labels = _files_in(folder)
    train, test = load(train_images, train_labels), load(test_images, test_labels)
    if train.images.shape[1:] != test.images.shape[1:]:
        train_size, test_size = (" × ".join(map(str, part.images.shape[1:])) for part in (train, test))
        raise DataError(
            "{folder} has training images of {train} and test images of {test}; they must be of one size.",
            folder=folder,
            train=train_size,
            test=test_size,
        )
    if len(train.labels) < _VALIDATION_SHARE:
        raise DataError(
            "{folder} has {count} training images, where at least {least} are expected, since the last sixth is "
            "for validation.",
            folder=folder,
            count=len(train.labels),
            least=_VALIDATION_SHARE,
        )
    return _split(train, test)


def load_test(folder: str | os.PathLike[str]) -> Dataset:
    """The test images alone of a folder with files named as `load_folder` says.

    Args:
        folder: The folder.

    Returns:
        The third part of what `load_folder` returns.

    Raises:
        DataError: One of the four files is missing, or one of the test images' cannot be read.

    Examples:
        >>> load_test("no-such-folder")
        Traceback (most recent call last):
        chainrule.data.errors.DataError: no-such-folder is not a folder; give one with files named like MNIST's.
    """
    *_, images, labels = _files_in(Path(folder))
    return load(images, labels)


def class_names(folder: str | os.PathLike[str]) -> tuple[str, ...]:
    """The names of the classes in a folder of images, from label 0 on; none if it has no `classes.txt`.

    Args:
        folder: The folder.

    Returns:
        The names, without empty lines.

    Raises:
        DataError: The file is not UTF-8 text.
        OSError: The file cannot be read.

    Examples:
        >>> class_names("no-such-folder")
        ()
    """
    path = Path(folder) / CLASSES
    if not path.is_file():
        return ()
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise DataError(
            "{path} is not UTF-8 text; it must have the names of the classes, one per line.", path=path
        ) from None
    return tuple(line.strip() for line in lines if line.strip())


def _bundled(stem: str) -> NDArray[np.uint8]:
    """One of the package's own files, which must be identical to the published one."""
    name = f"{stem}.gz"
    try:
        content = (resources.files("chainrule.data") / "mnist" / name).read_bytes()
    except OSError as error:
        raise DataError("{name} is missing from the package; install chainrule again.", name=name) from error
    if hashlib.sha256(content).hexdigest() != _FILES[stem]:
        raise DataError("{name} in the package is damaged (its SHA-256 differs); install chainrule again.", name=name)
    return decode_idx(io.BytesIO(content), name)


def _files_in(folder: Path) -> list[Path]:
    """The four files of a folder, all of them found before one is read, so that a missing one is reported at once."""
    if not folder.is_dir():
        raise DataError("{folder} is not a folder; give one with files named like MNIST's.", folder=folder)
    return [_find(folder, stem) for stem in _FILES]


def _find(folder: Path, stem: str) -> Path:
    dotted = stem.replace("-idx", ".idx")
    for name in (stem, dotted, f"{stem}.gz", f"{dotted}.gz"):
        # Some archives unpack to folders of these names.
        if (folder / name).is_file():
            return folder / name
    raise DataError(
        "{folder} has no file {stem} or {stem}.gz; give a folder with files named like MNIST's, or with a folder of pictures for "
        "each class.",
        folder=folder,
        stem=stem,
    )


def _labeled(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Dataset:
    # Labels as bytes would wrap around in a user's arithmetic.
    wide = labels.astype(np.int64)
    wide.flags.writeable = False
    return Dataset(images, wide)


def _split(train: Dataset, test: Dataset) -> tuple[Dataset, Dataset, Dataset]:
    """Take the validation images from the end of the training images; all arrays are views."""
    count = len(train.labels)
    first = count - count // _VALIDATION_SHARE
    return (
        Dataset(train.images[:first], train.labels[:first]),
        Dataset(train.images[first:], train.labels[first:]),
        test,
    )
