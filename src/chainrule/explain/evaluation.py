"""Evaluates the data of an explanation with values: fills slots, decides conditions, expands repetitions."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from operator import ge, gt, le, lt
from typing import Any

import numpy as np

from ..show.numbers import class_text, decimals_of, figure, mean, rounded
from .recording import of_example
from .vocabulary import Bar, Choice, Each, Expression, Item, Name, Picture, Shade, Slot, Worked


def _apart(before: float, after: float) -> int:
    """The number of decimals that distinguishes two numbers, at least 3."""
    tried = range(3, 16) if before != after else ()
    return next((each for each in tried if figure(before, each) != figure(after, each)), tried[-1] if tried else 3)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "and": lambda *each: all(each),
    "or": lambda *each: any(each),
    "not": lambda a: not a,
    "abs": np.abs,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "min": np.min,
    "max": lambda *each: max(map(np.max, each)),
    "sum": np.sum,
    "mean": lambda a: mean(np.asarray(a)),
    "norm": lambda *each: np.sqrt(sum(np.sum(np.square(a)) for a in each)),
    "size": np.size,
    "count": np.count_nonzero,
    "largest": lambda values, axis: np.unravel_index(np.argmax(np.abs(values)), np.shape(values))[axis],
    "at": lambda values, *index: values[index[0] if len(index) == 1 else index],
    "row": lambda values, at: values[at],
    "column": of_example,
    "decimals": decimals_of,
    "apart": _apart,
}
"""What an expression may call. Arithmetic and comparisons go element by element; `largest` is the place of the largest size
on an axis, and `count` how many hold."""
_WRITTEN: Mapping[str, Callable[[Any, int, bool], str]] = {
    "figure": lambda value, decimals, sign: figure(value, decimals, sign),
    "rounded": lambda value, decimals, sign: rounded(value, decimals, signed=sign),
    "fixed": lambda value, decimals, sign: f"{value:.{decimals}f}".replace("-", "−"),
    "count": lambda value, decimals, sign: f"{value:,.0f}",
    "share": lambda value, decimals, sign: f"{100 * value:.0f} %",
    "plain": lambda value, decimals, sign: "−" * (value < 0) + f"{abs(value):g}",
}


class Evaluator:
    """Evaluates data over these values, with these names of classes."""

    def __init__(self, values: Mapping[str, Any], classes: Sequence[str] = ()):
        self.values, self.classes = values, classes

    def value(self, expression: Expression) -> Any:
        """What an expression comes to: a number, an array, or whether something holds."""
        if isinstance(expression, str):
            return self.values[expression]
        if not isinstance(expression, tuple):
            return expression
        function, *arguments = expression
        if function in ("and", "or"):  # what does not matter is not computed
            stop = function == "or"
            return next((stop for each in arguments if bool(self.value(each)) == stop), not stop)
        return FUNCTIONS[str(function)](*map(self.value, arguments))

    def text(self, slot: Slot) -> str:
        """A slot as it is written."""
        value = self.value(slot.value)
        if slot.format == "class":
            return class_text(int(value), self.classes)
        return _WRITTEN[slot.format](float(value), int(self.value(slot.decimals)), slot.sign)

    def give(self, items: Iterable[Item]) -> tuple[Any, ...]:
        """These items evaluated, in order: slots filled, choices decided, repetitions written out."""
        return tuple(found for item in items for found in self._given(item))

    def one(self, item: Any) -> Any:
        """An item that gives exactly one, as in a place of a sentence or in a cell."""
        (found,) = self._given(item)
        return found

    def _given(self, item: Any) -> Iterator[Any]:
        if isinstance(item, Choice):
            yield from next((self.give(items) for condition, items in item.cases if self.value(condition)), ())
        elif isinstance(item, Each):
            yield from self._each(item)
        elif isinstance(item, Slot):
            yield Slot(self.text(item), kind=item.kind, strong=item.strong)
        elif isinstance(item, Name):
            yield replace(item, index=self._index(item.index))
        elif isinstance(item, Picture):
            caption, instead = self.give(item.caption), self.give(item.instead)
            yield replace(item, index=self._index(item.index), caption=caption, instead=instead)
        elif isinstance(item, Worked):
            yield replace(item, index=self._index(item.index), beside=self.give(item.beside))
        elif isinstance(item, Bar | Shade):
            top = float(self.value(item.top))
            item = replace(item, value=float(self.value(item.value)) / top if top else 0.0, top=1)
            yield replace(item, text=self.one(item.text)) if isinstance(item, Shade) else item
        elif isinstance(item, tuple):
            yield self.give(item)
        elif isinstance(item, Mapping):
            yield {key: self.one(each) for key, each in item.items()}
        elif is_dataclass(item) and not isinstance(item, type):
            yield replace(item, **{each.name: self.one(getattr(item, each.name)) for each in fields(item)})
        else:
            yield item

    def _index(self, index: tuple[Expression, ...]) -> tuple[int, ...]:
        return tuple(int(self.value(each)) for each in index)

    def _each(self, item: Each) -> Iterator[Any]:
        order = np.argsort(-np.abs(self.value(item.by)), kind="stable")
        for at in order[: item.most]:
            yield from self._within({item.variable: int(at)}).give(item.items)
        if len(order) > item.most:
            yield from self._within({"others": order[item.most :]}).give(item.rest)

    def _within(self, known: dict[str, Any]) -> Evaluator:
        return Evaluator(ChainMap(known, self.values), self.classes)  # type: ignore[arg-type]  # it is only read
