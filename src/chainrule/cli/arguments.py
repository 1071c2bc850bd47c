"""What a command is made of: arguments, headings, commands; and how typed text is read into values."""

from __future__ import annotations

import difflib
import importlib
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

LAYERS = (784, 30, 10)
FLAG = ""  # the value of an option that takes none
_DIGITS = 18  # no number here has more


@dataclass(frozen=True)
class Argument:
    """An argument in its place (`NET`), or an option (`--epochs 30`, `flags` not empty).

    `read` turns the typed text into the value; it raises `ValueError` with what would be right, and with
    the nearest such word where there is one. `shown` is the value in
    the help: the default, or a stand-in such as `FILE`.
    """

    name: str
    words: str
    flags: tuple[str, ...] = ()
    shown: str = ""
    default: object = None
    read: Callable[[str], object] = str
    count: str = ""  # of an argument in its place: "" one, "?" at most one, "+" any number from one

    @property
    def key(self) -> str:
        """Its name in what is parsed."""
        return self.name.lstrip("-").replace("-", "_").lower()


@dataclass(frozen=True)
class Heading:
    """What the options after it are about, in the help."""

    words: str


@dataclass(frozen=True)
class Command:
    """A command: what it is for, in one line; how it is typed; its arguments; words to know; examples."""

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


def whole(text: str) -> int:
    """A whole number from 1."""
    _require_short(text, 1)
    if not text.isdecimal() or int(text) < 1:
        raise ValueError("a whole number from 1")
    return int(text)


def seed(text: str) -> int:
    """A whole number from 0."""
    _require_short(text, 0)
    if not text.isdecimal():
        raise ValueError("a whole number from 0")
    return int(text)


def _require_short(text: str, least: int) -> None:
    """Refuse a whole number of too many digits by its length, since from `least` it is."""
    if text.isdecimal() and len(text) > _DIGITS:
        raise ValueError(f"a whole number from {least} of at most {_DIGITS} digits")


def port(text: str) -> int:
    """A port: a whole number from 1 to 65535."""
    if not text.isdecimal() or not 0 < int(text[:_DIGITS]) < 65536:
        raise ValueError("a whole number from 1 to 65535")
    return int(text)


def rate(text: str) -> float:
    """A number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise ValueError("a number above 0, such as 3.0")
    return value


def layers(text: str) -> tuple[int, ...]:
    """Two or more whole numbers with commas."""
    parts = [part.strip() for part in text.split(",")]
    try:
        sizes = tuple(map(whole, parts))
    except ValueError:
        sizes = ()
    if len(sizes) < 2:
        raise ValueError("the neurons of two layers or more with commas between them, such as 784,30,10")
    return sizes


def chapter(text: str) -> int:
    """A chapter of the book whose experiments can be run."""
    return int(one_of("1", "3", "5")(text))


def nearest(word: str, known: Iterable[str], cutoff: float = 0.5) -> str:
    """The known word that is most like this one, nothing where none is alike by more than `cutoff`, of 1."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)), "")


def names(text: str) -> tuple[str, ...]:
    """Names with commas."""
    parts = tuple(part.strip() for part in text.split(","))
    if not all(parts):
        raise ValueError("names with commas between them, such as w,b")
    return parts


def one_of(*choices: str) -> Callable[[str], str]:
    """One of a few words."""

    def read(text: str) -> str:
        if text not in choices:
            near = nearest(text, choices, cutoff=0.7)
            raise ValueError(f"{', '.join(choices[:-1])} or {choices[-1]}", *([near] if near else []))
        return text

    return read


def named(table: str) -> Callable[[str], str]:
    """One of the names in a table of the package, `"network.costs:COSTS"`, which is read only when it is needed."""

    def read(text: str) -> str:
        module, _, attribute = table.partition(":")
        return one_of(*getattr(importlib.import_module(f"..{module}", __package__), attribute))(text)

    return read


def penalty(text: str) -> float:
    """A number from 0."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise ValueError("a number from 0, such as 0.1")
    return value


def share(text: str) -> float:
    """A share of a whole."""
    try:
        value = penalty(text)
    except ValueError:
        value = math.inf
    if value >= 1:
        raise ValueError("a share from 0 to below 1, such as 0.2")
    return value


def place(text: str) -> tuple[int, int]:
    """A neuron: its layer, a colon, and its number."""
    layer, colon, neuron = text.partition(":")
    if not colon or not (layer.isdecimal() and neuron.isdecimal()) or max(len(layer), len(neuron)) > _DIGITS:
        raise ValueError("a layer, from 1 at the input, and a neuron, from 0, such as 2:13")
    return int(layer), int(neuron)


def pair(text: str) -> tuple[int, int]:
    """Two answers with a comma."""
    parts = text.split(",")
    if len(parts) != 2 or not all(part.strip().isdecimal() and len(part) <= _DIGITS for part in parts):
        raise ValueError("two answers with a comma between them, such as 3,8")
    return int(parts[0]), int(parts[1])


def step(text: str) -> int:
    """A step from 1 to 6."""
    if text not in ("1", "2", "3", "4", "5", "6"):
        raise ValueError("a step from 1 to 6")
    return int(text)
