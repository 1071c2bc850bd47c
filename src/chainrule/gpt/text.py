"""Text as tokens: each line is a document, each of its letters a token, and one more token begins and ends a document."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..data.errors import HEAD_SIZE, DataError, describe, reason_of
from ..regular_files import open_regular
from .model import BLOCK

MOST_LETTERS = 2000
LARGEST = 2**26  # bytes of a file; a text that is longer is cut into 4 million pieces, which nobody waits for


def names() -> list[str]:
    """The 5,163 first names that come with the package, in the alphabet's order: of the United States census of 1990.

    Returns:
        Names in lowercase.

    Examples:
        >>> names()[:3]
        ['aaron', 'abbey', 'abbie']
    """
    packed = (resources.files("chainrule.data") / "names" / "names.txt.gz").read_bytes()
    return gzip.decompress(packed).decode("ascii").split()


def lines_of(path: str | Path) -> list[str]:
    """The lines of a text file, without empty ones.

    Args:
        path: The file, in UTF-8.

    Returns:
        Its lines, without the spaces around them.

    Raises:
        DataError: There is no such file, or it is not text, or has no letter.
    """
    try:
        if (size := Path(path).stat().st_size) > LARGEST:
            raise DataError(
                "{path} has {size:,} bytes; a small GPT takes texts of up to {most:,}.",
                path=path,
                size=size,
                most=LARGEST,
            )
        with open_regular(path) as file:
            content = file.read()
    except OSError as error:
        raise DataError("{path} cannot be read: {error}.", path=path, error=reason_of(error)) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            "{path} is {what}; a small GPT learns from plain text in UTF-8, one name or sentence per line.",
            path=path,
            what=describe(content[:HEAD_SIZE]),
        ) from error
    found = [line.strip() for line in text.splitlines() if line.strip()]
    if len(found) < 2:
        raise DataError("{path} has fewer than two lines with text; put one name or sentence on each line.", path=path)
    return found


@dataclass(frozen=True)
class Letters:
    """The letters that a network knows; the token behind the last one begins and ends a document.

    Attributes:
        all: The letters, each once, in order.

    Examples:
        >>> letters = Letters.of(["anna", "hanna"])
        >>> letters.all, letters.end
        ('ahn', 3)
        >>> tokens, targets, share = letters.pieces(["anna"])
        >>> tokens[0, :5].tolist(), targets[0, :5].tolist(), share[0, :6].tolist()
        ([3, 0, 2, 2, 0], [0, 2, 2, 0, 3], [0.2, 0.2, 0.2, 0.2, 0.2, 0.0])
    """

    all: str

    @classmethod
    def of(cls, lines: Sequence[str]) -> Letters:
        """Those of some lines."""
        found = "".join(sorted(set().union(*lines)))
        if len(found) > MOST_LETTERS:
            raise DataError(
                "The text has {count:,} different characters; a small GPT learns up to {most:,}.",
                count=len(found),
                most=MOST_LETTERS,
            )
        return cls(found)

    @property
    def end(self) -> int:
        """The token that begins and ends a document."""
        return len(self.all)

    def tokens(self, line: str) -> list[int]:
        """The tokens of a beginning: the one that begins a document, and those of its letters."""
        unknown = next((letter for letter in line if letter not in self.all), None)
        if unknown is not None:
            raise DataError("The network does not know {letter!r}; it was not in its text.", letter=unknown)
        return [self.end, *map(self.all.index, line)]

    def pieces(self, lines: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Tokens, those that come next, and the share of each place in the mean: one row for each piece of a document.

        A document longer than a block is cut into several pieces. What is behind its end is padding with the share 0.
        """
        found = list(self._pieces(lines))
        tokens, targets = (np.full((len(found), BLOCK), self.end) for _ in range(2))
        share = np.zeros((len(found), BLOCK))
        for row, piece in enumerate(found):
            size = len(piece) - 1
            tokens[row, :size], targets[row, :size], share[row, :size] = piece[:-1], piece[1:], 1 / size
        return tokens, targets, share

    def _pieces(self, lines: Sequence[str]) -> Iterator[list[int]]:
        number = {letter: token for token, letter in enumerate(self.all)}
        for line in lines:
            document = [self.end, *(number[letter] for letter in line), self.end]
            for start in range(0, len(document) - 1, BLOCK):
                yield document[start : start + BLOCK + 1]
