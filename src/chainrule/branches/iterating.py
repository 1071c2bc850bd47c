"""What a `for` loops over, where its body is recorded once: how many turns it has, and what its variable is in all of them."""

from __future__ import annotations

import builtins
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..core.location import user_frame
from ..core.traced import Tape, Traced
from ..loops.induction import InductionVariable, LoopCounter
from ..loops.noun import COUNT
from ..program.operations.gathering import index_plain
from ..program.sizes.numbers import VaryingError, plain, size_in
from ..program.symbol_names import COUNTERS

BUILTINS: dict[Any, str] = {builtins.range: "range", enumerate: "enumerate", zip: "zip", reversed: "reversed"}
"""The functions whose results can be looped over once; a converted `for` calls them for each pass."""


class Iterable:
    """A call of one of these functions."""

    __slots__ = ("args", "function", "keywords")

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]):
        self.function, self.args, self.keywords = function, tuple(map(size_in, args)), keywords

    def __iter__(self) -> Iterator[Any]:
        return iter(self.called())

    def called(self) -> Any:
        """What the call gives, with what it takes itself called first."""
        args = (each.called() if type(each) is Iterable else each for each in self.args)
        return self.function(*args, **self.keywords)


def is_enumerated(iterable: Any) -> bool:
    """Whether a loop is over `enumerate(x)`, counted from 0."""
    is_it = type(iterable) is Iterable and iterable.function is enumerate
    return is_it and len(iterable.args) == 1 and not iterable.keywords


def turns_of(iterable: Any) -> Any:
    """The number of turns of a loop, which may vary with the loops around it; `None` where its turns are to run one by one."""
    if isinstance(iterable, Traced):
        return iterable.shape[0] if iterable.shape else None
    if type(iterable) is np.ndarray:
        return len(iterable) if iterable.ndim and iterable.dtype.kind in "fbiuc" else None
    if type(iterable) is range:
        return len(iterable)
    if type(iterable) is not Iterable:
        return None
    name, args, keywords = BUILTINS[iterable.function], iterable.args, iterable.keywords
    if name == "range":
        return None if keywords else _length_of_range(*args)
    if name == "zip":
        counts = [turns_of(each) for each in args]
        if any(type(each) is InductionVariable for each in counts):
            raise VaryingError
        if None in counts or not counts or (keywords.get("strict") and len({*counts}) > 1):
            return None
        return min(each for each in counts if each is not None)
    return turns_of(args[0]) if args else None


def _length_of_range(*args: Any) -> Any:
    if not args or any(type(part) is not InductionVariable and not _is_whole(part) for part in args):
        return None
    start, stop, step = (0, *args, 1) if len(args) == 1 else (*args, 1)[:3]
    length = start - stop if type(step) is int and step < 0 else stop - start
    if type(length) is InductionVariable and step in (1, -1) and length.extremes[0] >= 0:
        return length
    if type(length) is InductionVariable or type(step) is InductionVariable:
        raise VaryingError
    step = abs(step)
    return (length + step - 1) // step if length > 0 else 0


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, (bool, Traced))


def counter_of(iterable: Any, count: int, name: str, tape: Tape, turns: Any, tried: int, spare: str) -> LoopCounter:
    """The counter of a loop: the loop variable itself, where that is a whole number that grows or falls by 1.

    Args:
        iterable: What is looped over.
        count: The number of turns, or the most that there may be.
        name: The name of the loop variable.
        tape: The recording.
        turns: The number of turns, which may vary.
        tried: How many turns have been shown before, of those that may stand for all.
        spare: A name for the counter, where it has none and is to have one.
    """
    values, is_variable = range(count), False
    args = iterable.args if type(iterable) is Iterable and iterable.function is range else ()
    first = args[0] if len(args) > 1 else 0
    if type(iterable) is range or (args and type(first) is int):
        values = range(first, first + count) if args and args[2:] in ((), (1,)) else range(*args) if args else iterable
        is_variable = values.step == 1 or (values.step == -1 and type(count) is int)
    is_variable = is_variable or is_enumerated(iterable)
    is_varying = type(turns) is InductionVariable
    is_variable = is_variable and (not is_varying or values == range(count))
    values = values if is_variable else range(count)
    node = Traced(tape, None, (), (), None, (), COUNT)
    node.name, node.kind = name if is_variable else "_", "input"
    shown = _shown(iterable, values, turns, node, tape)
    tape.layouts[node.id] = np.asarray(shown[tried])
    return LoopCounter(node, values, turns, shown[tried], len(shown) - 1 - tried, spare)


_spares: weakref.WeakKeyDictionary[Tape, dict[Any, str]] = weakref.WeakKeyDictionary()
"""The letters of a recording's loops, by file and line: a loop that is recorded again has the same one."""


def spare_name(tape: Tape) -> str:
    """A letter for the counter of the loop at the user's line, which no variable there has, nor the counter of another loop."""
    frame, names = user_frame(), _spares.setdefault(tape, {})
    if frame is None:
        return ""
    code, taken = frame.f_code, {*names.values()}
    place = code.co_filename, frame.f_lineno
    taken.update(code.co_varnames, code.co_names, code.co_freevars, code.co_cellvars)
    names.setdefault(place, next((each for each in COUNTERS if each not in taken), ""))
    return names[place]


def _shown(iterable: Any, values: range, turns: Any, node: Traced, tape: Tape) -> list[int]:
    """The values of a counter in turns that may stand for all: the first, the last, and one between them.

    Where the number of turns varies, indexes are in bounds with the first, where the loops around stand as they are now.
    """
    if type(turns) is not InductionVariable:
        return list(dict.fromkeys((values[0], values[-1], values[len(values) // 2])))
    count = plain(turns.at({each: each.shown for each, _ in turns.terms}))
    counter = LoopCounter(node, values, turns, 0, 0, "")
    item, first = item_of(iterable, counter), values[0]
    if type(item) is InductionVariable:
        low, high = map(plain, item.extremes)
        start = plain(item.at({each: 0 if each is counter else each.shown for each, _ in item.terms}))
        first = (min(max(start, low), high) - start) * plain(dict(item.terms)[counter])
    return list(dict.fromkeys((first, *(each for each in (count - 1, count // 2) if each >= 0))))


def item_of(iterable: Any, counter: LoopCounter) -> Any:
    """What the loop variable is, in the turns of a counter."""
    first, step = counter.values[0], counter.values.step
    return item_at(iterable, InductionVariable(-step * first, ((counter, step),)))


def item_at(iterable: Any, turn: Any) -> Any:
    """What the loop variable is in a turn, which is counted from 0."""
    if isinstance(iterable, Traced):
        return iterable[turn]
    if type(iterable) is np.ndarray:
        return index_plain(iterable, turn)
    if type(iterable) is range:
        return iterable.start + iterable.step * turn
    name, args, keywords = BUILTINS[iterable.function], iterable.args, iterable.keywords
    if name == "range":
        start, _, step = (0, *args, 1) if len(args) == 1 else (*args, 1)[:3]
        return start + step * turn
    if name == "zip":
        return tuple(item_at(each, turn) for each in args)
    if name == "reversed":
        count = turns_of(args[0])
        assert count is not None
        return item_at(args[0], count - 1 - turn)
    start = keywords.get("start", args[1] if len(args) > 1 else 0)
    return start + turn, item_at(args[0], turn)


def without_first(iterable: Any, count: int) -> Any:
    """What is looped over, without its first items."""
    if type(iterable) is not Iterable:
        return iterable[count:]
    name, args, keywords = BUILTINS[iterable.function], iterable.args, iterable.keywords
    if name == "range":
        return range(*args)[count:]
    if name == "zip":
        return Iterable(zip, tuple(without_first(each, count) for each in args), keywords)
    if name == "reversed":
        (whole,) = (each.called() if type(each) is Iterable else each for each in args)
        return Iterable(reversed, (whole[: len(whole) - count],), {})
    start = keywords.get("start", args[1] if len(args) > 1 else 0)
    return Iterable(enumerate, (without_first(args[0], count), start + count), {})
