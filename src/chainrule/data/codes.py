"""Short codes of examples, by which a network's file remembers the rows or images that it was trained on.

A code is 48 bits of a hash of all that an example has. Only data that a command divides itself are remembered in this way,
a table, one file of images, pictures in folders by class: of others, their files say what is for testing.
"""

import base64
import binascii
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["codes_of_images", "codes_of_rows", "mark_known", "pack", "unpack"]

_BYTES = 6
_MAX_CODES = 2**20  # 8 MB of text, half of what the head of a file may have


def codes_of_rows(columns: Iterable[NDArray[np.generic]]) -> list[bytes]:
    """The code of each row of a table.

    Args:
        columns: Its columns, n values each: numbers, or texts and `None`.

    Returns:
        n codes; equal rows have equal ones.

    Examples:
        >>> one, other, same = codes_of_rows([np.array([1.0, 2.0, 1.0])])
        >>> one == same, one == other
        (True, False)
    """
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [_code(repr(row).encode()) for row in rows]


def codes_of_images(images: NDArray[np.generic], labels: NDArray[np.generic]) -> list[bytes]:
    """The code of each image with its label.

    Args:
        images: n images.
        labels: n labels.

    Returns:
        n codes; equal images with equal labels have equal ones.
    """
    return [_code(image.tobytes() + repr(label).encode()) for image, label in zip(images, labels.tolist(), strict=True)]


def mark_known(codes: Iterable[bytes], known: Iterable[bytes]) -> NDArray[np.bool_]:
    """Which examples are among the known ones.

    Of equal examples, as many are as there are known ones: a row may well stand twice in a table, once to learn from and once
    to test with.

    Args:
        codes: The code of each example.
        known: The codes of the known ones.

    Returns:
        A truth for each example.

    Examples:
        >>> mark_known([b"x", b"y", b"x", b"x"], [b"x", b"x", b"z"]).tolist()
        [True, False, True, False]
    """
    unmatched, marks = Counter(known), list[bool]()
    for code in codes:
        marks.append(unmatched[code] > 0)
        unmatched[code] -= marks[-1]
    return np.array(marks, bool)


def pack(codes: Sequence[bytes]) -> str:
    """Codes as a text for a file, eight letters each; empty where there are too many for one."""
    return base64.b64encode(b"".join(codes)).decode("ascii") if len(codes) <= _MAX_CODES else ""


def unpack(text: str) -> list[bytes]:
    """The codes in such a text.

    Raises:
        ValueError: It holds none.

    Examples:
        >>> codes = codes_of_rows([np.array([1.0, 2.0])])
        >>> unpack(pack(codes)) == codes
        True
    """
    try:
        joined = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(text[:20]) from error
    if len(joined) % _BYTES:
        raise ValueError(text[:20])
    return [joined[start : start + _BYTES] for start in range(0, len(joined), _BYTES)]


def _code(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_BYTES).digest()
