"""Mistakes by name, as sentences: where a program parts from the derivative."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..core.messages import Message, message
from ..core.nouns import Operand
from .mutations import INSTEAD, SLOPED, WORDS
from .parts import Factor, Part, written

UPDATED = message("{symbol} is made with {weight} as it is after the step, where {weight} before it belongs.")
WHOLE = message("{symbol} is cut to whole numbers.")
PART_TOO_MANY = message("{symbol} has a part too many: {part}.")
_FACTOR_TOO_MANY = message("{symbol} has a factor too many: {factor}.")
_DIVISOR_TOO_MANY = message("{symbol} is divided by {factor}, which it should not be.")
_TOO_EARLY = message("{part} is added too early in {symbol}: to what is multiplied, not to the result.")
_LEFT_OUT = tuple(WORDS[name].template for name in ("factor", "divisor", "summand"))
_TOO_MANY = (PART_TOO_MANY.template, _FACTOR_TOO_MANY.template, _DIVISOR_TOO_MANY.template)


@dataclass(frozen=True)
class Found:
    """Where a program parts from the derivative: the kind of mistake, its symbol and sentence, the numbers made there, and what
    they are called in the program."""

    name: str
    symbol: str
    said: Message
    habit: tuple[object, ...]
    numbers: tuple[Any, ...] = field(default=(), compare=False, repr=False)
    operand: Operand | None = field(default=None, compare=False, repr=False)
    ratio: float = field(default=1.0, compare=False, repr=False)
    known: bool = True  # whether what stands there has a name, or is right elsewhere
    within: bool = field(default=False, compare=False, repr=False)  # a function that is not linear, such as cos


def mistake(name: str, words: Message, symbol: str, part: Part, /, **values: object) -> Found:
    """A mistake in a symbol, with the numbers that the learner's part has, and what is alike wherever it is made again."""
    said = message(words.template, "", **{"symbol": symbol, **values})
    own = rf"([^a-zA-Z_]*){re.escape(symbol.removeprefix('dC_d'))}([^a-zA-Z_]*)"  # 0.1 * w1 in dC_dw1
    texts = (re.sub(own, r"\1@\2", str(value)) if re.fullmatch(rf"(?=.*\W){own}", str(value)) else str(value)
             for place, value in values.items() if place != "symbols")  # fmt: skip
    habit = (name, words.template, *(re.sub(r"\d+", "", each) for each in texts))
    return Found(name, symbol, said, habit, (part.values[0],), part.operand)


def each_once(found: Iterable[Found]) -> list[Found]:
    """Each mistake once, though it was met on several ways; a part that is left out and too many is at the wrong place."""
    once = list({(each.name, each.symbol, str(each.said)): each for each in found}.values())
    for one in once:
        for other in once:
            part = one.said.values.get("part")
            kinds = (one.said.template, other.said.template)
            if kinds == (PART_TOO_MANY.template, WORDS["summand"].template) and part == other.said.values["part"]:
                said = message(_TOO_EARLY.template, "", symbol=other.symbol, part=part)
                moved = replace(other, said=said, habit=(_TOO_EARLY.template, part))
                return each_once([moved, *(each for each in once if each.said.values.get("part") != part)])
    return once


def how_many(found: Iterable[Found]) -> int:
    """How many mistakes these are: one that is made in several symbols is one."""
    return len({each.habit for each in found})


def is_guessed(found: Sequence[Found]) -> bool:
    """Whether several unknown things stand where others belong: then it is another formula altogether."""
    return how_many(each for each in found if not each.known) > 1


def contradictory(found: Sequence[Found]) -> bool:
    """Whether something is left out and something else too many in one symbol: then it is another formula altogether."""
    kinds = [
        {each.symbol for each in found if each.said.template in templates}
        for templates in (_LEFT_OUT, _TOO_MANY, (INSTEAD.template,))
    ]
    return any(one & other for one, other in itertools.combinations(kinds, 2))


def left_out(each: Factor, symbol: str, mine: Part, right: Part) -> Found:
    """A factor or a divisor is missing; a slope, where the chain rule asks for one."""
    words = "factor" if each.right > 0 else "divisor"
    rule = right.made.origin.rule if right.made is not None else ""
    name = "slope" if rule in SLOPED and each.right > 0 and each.part.made is not None else words
    return mistake(name, WORDS[words], symbol, mine, factor=written([(each.part, abs(each.right))]))


def too_many(extra: Sequence[Factor], symbol: str, mine: Part) -> list[Found]:
    """Factors and divisors that do not belong there, as one mistake each."""
    above = [(each.part, each.mine) for each in extra if each.mine > 0]
    below = [(each.part, -each.mine) for each in extra if each.mine < 0]
    found = [mistake("again", _FACTOR_TOO_MANY, symbol, mine, factor=written(above))] if above else []
    return [*found, mistake("divided", _DIVISOR_TOO_MANY, symbol, mine, factor=written(below))] if below else found


def otherwise(each: Factor, symbol: str, mine: Part) -> Found:
    """A factor that both have, one of them oftener."""
    factor, more = each.part.text, each.mine - each.right
    if each.mine * each.right < 0:
        name = "divided" if each.mine < 0 else "multiplied"
    elif each.mine == 2 * each.right:
        name = "twice"
    elif abs(each.mine) > abs(each.right):
        return too_many([replace(each, mine=more)], symbol, mine)[0]
    else:
        name = "factor" if each.right > 0 else "divisor"
        factor = written([(each.part, abs(more))])
    return mistake(name, WORDS[name], symbol, mine, factor=factor)
