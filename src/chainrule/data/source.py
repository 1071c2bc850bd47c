"""Which data a network was trained on: where they are, their fingerprint, and which part was used.

The network's file keeps this, so that later commands use the network's own data.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .codes import unpack

__all__ = ["Source", "fingerprint_of"]


@dataclass(frozen=True)
class Source:
    """Where data are, and which part of them was used.

    Attributes:
        path: The folder or the file of images, absolute; empty for the bundled MNIST.
        labels: The file of labels, where `path` is a file.
        fingerprint: Of all images and labels, see `fingerprint_of`; empty for MNIST.
        shape: Rows and columns of an image, with 3 in front of them in color.
        train_size: How many training images were used, from the first; `None` for all.
        test_size: The same for test images.
        expand: Whether shifted copies of the images were used as well.
        target: The column that was learned, where `path` is a table.
        numbers: Whether its values are numbers, not classes.
        without: The columns that were left out.
        pictures: Whether `path` has a folder of pictures for each class.
        learned: The packed codes of the examples that were learned from or validated with (`codes.py`), where a command
            divided the data; empty where the data say themselves what is for testing.
        comma: Whether the table was read with a decimal comma.

    Examples:
        >>> Source.read(Source(path="/data/shapes", shape=(8, 8)).plain()).shape
        (8, 8)
    """

    path: str = ""
    labels: str = ""
    fingerprint: str = ""
    shape: tuple[int, ...] = (28, 28)
    train_size: int | None = None
    test_size: int | None = None
    expand: bool = False
    target: str = ""
    numbers: bool = False
    without: tuple[str, ...] = ()
    pictures: bool = False
    learned: str = ""
    comma: bool = False

    def plain(self) -> dict[str, Any]:
        """The source as values that JSON can hold."""
        left = ["pictures"] * (not self.pictures) + ["target", "numbers", "without"] * (not self.target)
        left += [name for name in ("learned", "comma") if not getattr(self, name)]
        found = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}
        return {name: value for name, value in found.items() if name not in left}

    @staticmethod
    def read(plain: Mapping[str, Any]) -> "Source | None":
        """A source from the JSON of a file; `None` if it is invalid."""
        texts = [plain.get(name) for name in ("path", "labels", "fingerprint")]
        sizes = [plain.get(name) for name in ("train_size", "test_size")]
        shape, expand = plain.get("shape"), plain.get("expand")
        if (
            not all(isinstance(each, str) for each in texts)
            or not all(each is None or (type(each) is int and each > 0) for each in sizes)
            or not isinstance(shape, list)
            or not all(type(each) is int and each > 0 for each in shape)
            or not isinstance(expand, bool)
        ):
            return None
        target, numbers, without = plain.get("target", ""), plain.get("numbers", False), plain.get("without", [])
        pictures, learned, comma = plain.get("pictures", False), plain.get("learned", ""), plain.get("comma", False)
        truths = all(isinstance(truth, bool) for truth in (numbers, pictures, comma))
        if not isinstance(target, str) or not truths or not isinstance(without, list) or not isinstance(learned, str):
            return None
        try:
            unpack(learned)
        except ValueError:
            return None
        of_tables = (target, numbers, tuple(map(str, without)), pictures, learned, comma)
        return Source(str(texts[0]), str(texts[1]), str(texts[2]), tuple(shape), sizes[0], sizes[1], expand, *of_tables)


def fingerprint_of(arrays: Iterable[NDArray[np.generic]]) -> str:
    """A fingerprint of arrays: the first half of the SHA-256 of their shapes, types and bytes.

    Examples:
        >>> fingerprint_of([np.zeros((1, 2), np.uint8)]) == fingerprint_of([np.zeros((2, 1), np.uint8)])
        False
    """
    code = hashlib.sha256()
    for array in arrays:
        code.update(repr((array.shape, array.dtype.str)).encode())
        code.update(np.ascontiguousarray(array).data)
    return code.hexdigest()[:32]
