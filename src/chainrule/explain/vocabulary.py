"""The vocabulary of an explanation as data: sentences with slots, equations, tables, pictures, and choices between them.

Data of this kind are made from a program alone and hold no numbers: `evaluation` fills the slots and decides the choices from
recorded values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeAlias

from ..show.language import SOURCE, Language, template_in

Expression: TypeAlias = "float | str | tuple[Expression, ...]"
"""A number; the name of a value; or a call, (function, argument, …), of one of `evaluation.FUNCTIONS`."""
Format: TypeAlias = Literal["figure", "rounded", "fixed", "count", "share", "plain", "class"]


@dataclass(frozen=True)
class Slot:
    """A number to fill in: its value, format, decimals, sign and color, and whether it stands out.

    `count` separates thousands, `share` is in whole percent, `plain` is as short as possible, `class` names a class; the
    others are those of `show.numbers`.
    """

    value: Expression
    format: Format = "figure"
    decimals: Expression = 3
    sign: bool = False
    kind: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Name:
    """A symbol by its name in the program, with the index of one of its elements."""

    symbol: str
    index: tuple[Expression, ...] = ()
    strong: bool = False


@dataclass(frozen=True)
class Sentence:
    """A text by its English, and what its `{places}` are filled with; `role` says what it is for, such as `heading`."""

    text: str
    slots: Mapping[str, Part] = field(default_factory=dict)
    role: str = ""


@dataclass(frozen=True)
class Inline:
    """Parts that follow one another on a line, such as `w²[1,0] × a¹[0]`."""

    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Choice:
    """The items of the first case whose condition holds; none where no condition holds."""

    cases: tuple[tuple[Expression, tuple[Item, ...]], ...]


@dataclass(frozen=True)
class Each:
    """Items repeated for the elements of a vector, from the largest in size to the smallest, at most `most` times.

    In the items, `variable` is the index of the element. Where elements are left over, the items of `rest` follow; in them,
    `others` are the indices of those elements.
    """

    variable: str
    by: Expression
    most: int
    items: tuple[Item, ...]
    rest: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Bar:
    """A number as a bar, relative to the largest; without a color, to the right where it is positive and else to the left."""

    value: Expression
    top: Expression
    kind: str = ""


@dataclass(frozen=True)
class Shade:
    """A cell whose color says how large a number is, relative to the largest, with a text on it."""

    value: Expression
    top: Expression
    text: Part = ""


@dataclass(frozen=True)
class Row:
    """A row of a table; `role` is `head`, `sum`, or nothing."""

    cells: tuple[Part, ...]
    role: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of cells; `align` has a sign for each column: `<`, `>` or `^`. A `caption` stands above."""

    align: str
    rows: tuple[Item, ...]
    caption: Part = ""


@dataclass(frozen=True)
class Picture:
    """A drawing: its kind, the value, element or layer that it shows, its caption, and what is said `instead` of it where
    nothing can be drawn."""

    name: str
    symbol: str = ""
    index: tuple[Expression, ...] = ()
    layer: int = 0
    caption: tuple[Item, ...] = ()
    instead: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Code:
    """Lines of Python, each with its comment."""

    lines: tuple[tuple[str, Part], ...]


@dataclass(frozen=True)
class Worked:
    """An element of an equation with its numbers, and what stands beside them."""

    index: tuple[Expression, ...]
    beside: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Equation:
    """A line of the program in a step, printed by the notation.

    `meaning` says what its symbol stands for in this line, where it may be a new value, and `lasting` what it stands for
    everywhere. `elements` are worked out with numbers, `signs` explains the signs that occur here first, `notes` follow, and
    `origin` names the forward lines of which this is the derivative. A `brief` line is like another of its step, and need
    not be shown in full.
    """

    symbol: str
    step: int
    meaning: Sentence
    lasting: Sentence
    layer: int = 0
    elements: tuple[Item, ...] = ()
    signs: tuple[Sentence, ...] = ()
    notes: tuple[Item, ...] = ()
    origin: tuple[str, ...] = ()
    brief: bool = False


@dataclass(frozen=True)
class Section:
    """A part under a title: a step by its number, or a question by its name."""

    name: str
    title: Sentence
    items: tuple[Item, ...]
    number: int = 0


Part: TypeAlias = "str | Slot | Name | Sentence | Inline | Choice | Bar | Shade | Picture"
"""What stands within a line or a cell; a text only after evaluation."""
Item: TypeAlias = "Part | Each | Row | Table | Code | Worked | Equation | Section"
"""Anything that an explanation is made of."""

TRUE: Expression = ("==", 0, 0)


def sentence(english: str, role: str = "", /, **slots: Part) -> Sentence:
    """A sentence from its English text and the values of its `{places}`."""
    return Sentence(english, slots, role)


def listed(parts: Sequence[Part], joint: str = "{words}, {word}", last: str = "") -> Part:
    """Parts joined as each language joins two of them; the last one perhaps in another way."""
    words, *more = parts
    for place, part in enumerate(more, 1):
        words = Sentence(last if last and place == len(more) else joint, {"words": words, "word": part})
    return words


def otherwise(*items: Item) -> tuple[Expression, tuple[Item, ...]]:
    """The case that holds where no other does."""
    return TRUE, items


def where(condition: Expression, *items: Item) -> Choice:
    """Items that stand only where a condition holds."""
    return Choice(((condition, items),))


def either(condition: Expression, one: Item, other: Item = "") -> Choice:
    """One item where a condition holds, and another where it does not."""
    return Choice(((condition, (one,)), otherwise(other)))


def as_data(item: Any, language: Language = SOURCE) -> Any:
    """An item as plain data for JSON, its texts in a language: objects that name their class under `is`, without defaults.

    >>> as_data(Sentence("C is {cost}.", {"cost": Slot("C", decimals=4)}))
    {'is': 'Sentence', 'text': 'C is {cost}.', 'slots': {'cost': {'is': 'Slot', 'value': 'C', 'decimals': 4}}}
    """
    if isinstance(item, tuple):
        return [as_data(each, language) for each in item]
    if isinstance(item, Mapping):
        return {key: as_data(each, language) for key, each in item.items()}
    if not hasattr(item, "__dataclass_fields__"):
        return item
    own = {each.name: getattr(item, each.name) for each in fields(item)}
    defaults = {each.name: each.default for each in fields(item)}
    kept = {name: as_data(each, language) for name, each in own.items() if each != defaults[name] and each != {}}
    if isinstance(item, Sentence):
        kept["text"] = template_in(language, item.text)
    return {"is": type(item).__name__, **kept}


def names_in(item: Any) -> set[str]:
    """The names that the expressions of an item ask for, whichever of its cases holds.

    >>> sorted(names_in(either(("<", "after cost", "cost"), Slot(("at", "a3", "label")))))
    ['a3', 'after cost', 'cost', 'label']
    """
    if isinstance(item, Choice):
        return set().union(*(_asked(condition) | names_in(items) for condition, items in item.cases))
    if isinstance(item, tuple):
        return set().union(*map(names_in, item))
    if isinstance(item, Mapping):
        return names_in(tuple(item.values()))
    if not hasattr(item, "__dataclass_fields__"):
        return set()
    own = {each.name: getattr(item, each.name) for each in fields(item)}
    asked = [own.pop(name) for name in ("value", "decimals", "top", "by") if name in own]
    asked += [*own.pop("index", ()), *([item.symbol] if isinstance(item, Picture) and item.symbol else [])]
    return set().union(names_in(tuple(own.values())), *map(_asked, asked))


def _asked(expression: Expression) -> set[str]:
    """The names in an expression."""
    if isinstance(expression, str):
        return {expression}
    return set().union(*map(_asked, expression[1:])) if isinstance(expression, tuple) else set()
