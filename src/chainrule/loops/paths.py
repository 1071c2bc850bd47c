"""Where an operation stands: the chain of calls that leads to it, and the counters of the enclosing loops.

Two operations with the same chain are the same operation in the user's code, executed again.
"""

from __future__ import annotations

import bisect
import dis
import inspect
import sys
from types import CodeType, FrameType
from typing import Any, NamedTuple

from ..core.location import is_machinery
from ..core.traced import Tape


class Counter(NamedTuple):
    """The variable of a `for` and its value; an object is represented by its id."""

    name: str
    value: int
    is_number: bool


class Place(NamedTuple):
    """The number of a chain of calls, and the counters of the enclosing loops, innermost first."""

    path: int
    counters: tuple[Counter, ...]


_CHAINS: list[tuple[int, CodeType | None, int]] = [(0, None, 0)]  # the outer chain, and the call at its end
_numbers: dict[tuple[int, int, int], int] = {}
_offsets: dict[int, tuple[CodeType, list[int], list[tuple[int, int, str]]]] = {}  # by id; the code is kept alive here


def place_of(frame: FrameType, tape: Tape) -> Place:
    """Where a frame stands, within the function that is traced."""
    calls: list[tuple[CodeType, int]] = []
    counters: list[Counter] = []
    each: FrameType | None = frame
    while each is not None and each is not tape.outermost:
        code = each.f_code
        if not is_machinery(code.co_filename):
            _, offsets, loops = _offsets.get(id(code)) or _read(code)
            # On Python 3.11, a frame's offset may be in the inline cache after its call.
            offset = offsets[bisect.bisect_right(offsets, each.f_lasti) - 1]
            calls.append((code, offset))
            for first, last, name in loops:
                if first < offset < last:
                    value = _variable(each, name)
                    counters.append(
                        Counter(name, value, True) if type(value) is int else Counter(name, id(value), False)
                    )
        each = each.f_back
    number = 0
    for code, offset in reversed(calls):
        key = (number, id(code), offset)
        if key not in _numbers:
            _numbers[key] = len(_CHAINS)
            _CHAINS.append((number, code, offset))
        number = _numbers[key]
    return Place(number, tuple(counters))


def _variable(frame: FrameType, name: str) -> Any:
    variables = frame.f_locals
    value = variables.get(name)
    if frame.f_code.co_flags & inspect.CO_OPTIMIZED and isinstance(variables, dict):
        variables.clear()  # a copy up to Python 3.12; it would keep objects alive that only the user should hold
    return value


def further(path: int, number: int) -> int:
    """The chain of the `number`-th operation that is done with a result of this one."""
    key = (path, 0, number)
    if key not in _numbers:
        _numbers[key] = len(_CHAINS)
        _CHAINS.append((path, None, sys.maxsize + number))
    return _numbers[key]


def in_source(path: int) -> tuple[int, ...]:
    """The offsets of a chain of calls, outermost first; they sort the operations of an iteration in source order.

    The operations of a call come before those that are then done with its result at the same place.
    """
    found = [sys.maxsize]
    while path:
        path, _, offset = _CHAINS[path]
        found.append(offset)
    return tuple(reversed(found))


def _read(code: CodeType) -> tuple[CodeType, list[int], list[tuple[int, int, str]]]:
    """The offsets of a code object's instructions, and its loops, innermost first: their start, end and variable."""
    try:
        steps = [step for step in dis.get_instructions(code) if step.opname not in ("CACHE", "EXTENDED_ARG")]
    except (ValueError, KeyError, IndexError):  # bytecode that this Python's own `dis` cannot read
        steps = []
    loops = []
    for position, step in enumerate(steps):
        if step.opname == "FOR_ITER":
            stored = next(
                (each for each in steps[position + 1 : position + 4] if each.opname != "UNPACK_SEQUENCE"), step
            )
            name = str(stored.argval) if stored.opname.startswith("STORE_") and isinstance(stored.argval, str) else ""
            loops.append((step.offset, step.argval, name))
    found = (code, [step.offset for step in steps] or [0], loops[::-1])
    _offsets[id(code)] = found
    return found
