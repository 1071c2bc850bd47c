"""The parts of a command: arguments, options and headings; and the readers that turn typed text into values."""

from __future__ import annotations

import contextlib
import difflib
import importlib
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar

from ..core.messages import Message, listed, message

T = TypeVar("T")

_DIGITS = 18  # no number here has more


@dataclass(frozen=True)
class Argument:
    """A positional argument (`NET`), or an option (`--epochs 30`, `flags` not empty).

    Attributes:
        name: The name in messages and, without dashes, in what is parsed.
        words: What it is for, in the help.
        flags: How the option may be typed.
        shown: The value in the help: the default, or a stand-in such as `FILE`; empty for an option without a value.
        read: Turns typed text into the value. It raises `ValueError` with what would be right, and with the nearest such
            word where there is one.
        count: How many values a positional argument takes: "" one, "?" at most one, "+" one or more.
        defaulted: Whether `shown` is the default.
    """

    name: str
    words: str
    flags: tuple[str, ...] = ()
    shown: str = ""
    read: Callable[[str], object] = str
    count: str = ""
    defaulted: bool = False

    @property
    def key(self) -> str:
        """The name of its value in what is parsed."""
        return self.name.lstrip("-").replace("-", "_").lower()

    @property
    def is_flag(self) -> bool:
        """Whether it is an option without a value."""
        return bool(self.flags) and not self.shown

    @property
    def default(self) -> object:
        """The value if nothing is typed."""
        if not self.defaulted:
            return False if self.is_flag else None
        # A name is its own value: reading it would import its table for every command line.
        return self.shown if isinstance(self.read, TableName) else self.read(self.shown)


def flag(typed: str, words: str) -> Argument:
    """An option without a value.

    Args:
        typed: How it is typed, `"--json"`.
        words: What it is for, in the help.

    Returns:
        The option.

    Examples:
        >>> flag("--json", "print JSON").default
        False
    """
    return Argument(typed, words, (typed,))


def optional(typed: str, words: str, read: Callable[[str], object] = str) -> Argument:
    """An option that is `None` where it is not typed.

    Args:
        typed: How it is typed, with a stand-in for its value: `"-o, --output FILE"`.
        words: What it is for, in the help.
        read: Turns typed text into the value.

    Returns:
        The option.

    Examples:
        >>> optional("-o, --output FILE", "where to save it").flags
        ('-o', '--output')
    """
    flags, _, shown = typed.rpartition(" ")
    names = tuple(flags.split(", "))
    return Argument(names[-1], words, names, shown, read)


def option(typed: str, words: str, read: Callable[[str], object] = str) -> Argument:
    """An option with a default.

    Args:
        typed: How it is typed, with its default: `"--epochs 30"`.
        words: What it is for, in the help.
        read: Turns typed text, and the default, into the value.

    Returns:
        The option.

    Examples:
        >>> option("--epochs 30", "how many epochs", whole).default
        30
    """
    return replace(optional(typed, words, read), defaulted=True)


class Values(SimpleNamespace):
    """The values of a command's arguments, by their keys; `typed` are the keys of those that were typed."""


@dataclass(frozen=True)
class Heading:
    """A heading over the options that follow it, in the help."""

    words: str


@dataclass(frozen=True)
class Command:
    """A command.

    Attributes:
        name: Its name, as it is typed.
        purpose: What it does, in one line.
        usage: How it is typed.
        listed: Its arguments, and headings over its options, in the order of the help.
        words: A glossary: terms and what they mean.
        examples: Command lines and what they do.
    """

    name: str
    purpose: str
    usage: str
    listed: tuple[Argument | Heading, ...]
    words: tuple[tuple[str, str], ...]
    examples: tuple[tuple[str, str], ...]

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """The arguments without the headings between them."""
        return tuple(each for each in self.listed if isinstance(each, Argument))


# ---- reading values --------------------------------------------------------------------------------------------------


def _reader(convert: Callable[[str], T], fits: Callable[[T], object], right: Message) -> Callable[[str], T]:
    """A reader of what can be converted and fits; it refuses anything else by saying what would be `right`."""

    def read(text: str) -> T:
        with contextlib.suppress(ValueError):
            value = convert(text)
            if fits(value):
                return value
        raise ValueError(right)

    return read


rate = _reader(float, lambda value: 0 < value < math.inf, message("a number above 0, such as 3.0"))
penalty = _reader(float, lambda value: 0 <= value < math.inf, message("a number from 0, such as 0.1"))
share = _reader(float, lambda value: 0 <= value < 1, message("a share from 0 to below 1, such as 0.2"))


def _whole(least: int, right: Message, most: float = math.inf) -> Callable[[str], int]:
    def read(text: str) -> int:
        if text.isdecimal() and len(text) > _DIGITS and most == math.inf:
            raise ValueError(message("a whole number from {least} of at most {most} digits", least=least, most=_DIGITS))
        if not text.isdecimal() or not least <= int(text[: _DIGITS + 1]) <= most:
            raise ValueError(right)
        return int(text)

    return read


whole = _whole(1, message("a whole number from 1"))
seed = _whole(0, message("a whole number from 0"))
port = _whole(1, message("a whole number from 1 to 65535"), 65535)
step = _whole(1, message("a step from 1 to 6"), 6)


def _parts(mark: str, read: Callable[[str], T]) -> Callable[[str], tuple[T, ...]]:
    """A reader of several values with a mark between them."""
    return lambda text: tuple(read(part.strip()) for part in text.split(mark))


place = _reader(
    _parts(":", _parts(",", seed)),
    lambda found: len(found) == 2 and len(found[0]) == 1 and len(found[1]) in (1, 3),
    message("a layer, from 1 at the input, and a neuron, from 0, such as 2:13; of maps a place, such as 2:3,18,7"),
)
pair = _reader(
    _parts(",", seed), lambda found: len(found) == 2, message("two answers with a comma between them, such as 3,8")
)
names = _reader(_parts(",", str), all, message("names with commas between them, such as w,b"))
_LAYER = re.compile(r"[^\W\d].*|\d+x[\dx]+")  # words, or the size of an image
_SIZES = re.compile(r"\d+(?:\s*(?:[-–/;>→]|\s)+\s*\d+)+")  # as in 784-30-10
_GLUED = re.compile(r"\b(conv|pool|dropout)(?=[\d.])")  # as in conv8x5


def _layer(text: str) -> int | str:
    text = " ".join(text.replace("×", "x").split())
    return text if _LAYER.fullmatch(text) else whole(text)


def layers(text: str) -> tuple[int | str, ...]:
    """Read layers: numbers of neurons, layers of the package as `layers.py` reads them, and names of the user's own.

    Raises `ValueError` as a reader does; it names the layer that is none.

    >>> layers("28x28, conv 20x5, pool 2, 100, 10")
    ('28x28', 'conv 20x5', 'pool 2', 100, 10)
    """
    right = message("layers with commas between them, such as 784,30,10 or conv 20x5, pool 2, 100, 10")
    parts = [*map(str.strip, text.split(","))]
    near = spaced(", ".join(parts))
    if _SIZES.fullmatch(text.strip()):
        near = ",".join(re.findall(r"\d+", text))
    sizes = list[int | str]()
    for place, part in enumerate(parts):
        with contextlib.suppress(ValueError):
            layer = _layer(part)
            if isinstance(layer, int) or not (layer[0].isdigit() if place else layer.isidentifier()):
                sizes.append(layer)
                continue
        if near != ", ".join(parts):
            raise ValueError(right, f'"{near}"' if " " in near else near)
        raise ValueError(
            message("{right}; {part!r} is none", right=right, part=part) if part and len(parts) > 1 else right
        )
    if len(sizes) < 2:
        raise ValueError(right)
    return tuple(sizes)


def spaced(text: str) -> str:
    """Layers with a space behind each word: `conv 8x5, pool 2` for `conv8x5, pool2`."""
    return _GLUED.sub(r"\1 ", text)


def layers_or_file(text: str) -> tuple[int | str, ...] | str:
    """Read layers, or the name of a file."""
    alike = _SIZES.fullmatch(text) is not None or spaced(text) != text
    return layers(text) if "," in text or text.isdecimal() or (alike and not Path(text).exists()) else text


def chapter(text: str) -> int:
    """Read the number of a chapter of the book whose experiments can be run."""
    return int(one_of("1", "3", "5", "6")(text))


def nearest(word: str, known: Iterable[str], cutoff: float = 0.5) -> str:
    """The known word that is most similar to this one.

    Args:
        word: The word.
        known: The known words.
        cutoff: The least similarity, from 0 to 1.

    Returns:
        The word; empty if none is similar enough.

    Examples:
        >>> nearest("trian", ["train", "explain"])
        'train'
    """
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)), "")


def one_of(*choices: str) -> Callable[[str], str]:
    """A reader of one of a few words."""

    def read(text: str) -> str:
        if text not in choices:
            near = nearest(text, choices, cutoff=0.7)
            right = message("{listed} or {last}", listed=listed(choices[:-1]), last=choices[-1])
            raise ValueError(right, *([near] if near else []))
        return text

    return read


@dataclass(frozen=True)
class TableName:
    """A reader of one of the names in a table of the package, which is imported when something is typed.

    Attributes:
        table: The module below the package, and the table in it, `"network.costs:COSTS"`.
    """

    table: str

    def __call__(self, text: str) -> str:
        """The name, or a refusal that lists the names."""
        module, _, attribute = self.table.partition(":")
        return one_of(*getattr(importlib.import_module(f"..{module}", __package__), attribute))(text)
