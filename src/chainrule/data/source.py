"""Which data a network was trained on: where they lie, how they are told from others, and which part was used.

It is kept in the network's file, so that whatever is asked of the network later is asked on its own data.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Source", "fingerprint_of"]


@dataclass(frozen=True)
class Source:
    """Where data lie, and what was made of them.

    Attributes:
        path: the folder or the file of images, absolute; nothing for MNIST, which is in the package.
        labels: the file of labels, where `path` is a file.
        fingerprint: of all images and labels, see `fingerprint_of`; nothing for MNIST.
        shape: rows and columns of an image.
        train_size, test_size: how many images were used, from the first; nothing where all were.
        expand: whether moved copies of the images were learnt from too.

    Example:
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

    def plain(self) -> dict[str, Any]:
        """It as JSON."""
        return {name: list(value) if name == "shape" else value for name, value in asdict(self).items()}

    @staticmethod
    def read(plain: Mapping[str, Any]) -> "Source | None":
        """A source out of a file; nothing where the file does not say one that makes sense."""
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
        return Source(str(texts[0]), str(texts[1]), str(texts[2]), tuple(shape), sizes[0], sizes[1], expand)


def fingerprint_of(arrays: Iterable[NDArray[np.generic]]) -> str:
    """A text that tells arrays from others: the first half of the SHA-256 of their shapes and bytes.

    Example:
        >>> fingerprint_of([np.zeros((1, 2), np.uint8)]) == fingerprint_of([np.zeros((2, 1), np.uint8)])
        False
    """
    code = hashlib.sha256()
    for array in arrays:
        code.update(repr((array.shape, array.dtype.str)).encode())
        code.update(np.ascontiguousarray(array).data)
    return code.hexdigest()[:32]
