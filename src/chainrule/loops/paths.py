"""Where an operation stands: the chain of calls that leads to it, and the counters of the enclosing loops.

Two operations with the same chain are the same operation in the user's code, executed again.
"""

from __future__ import annotations

import bisect
import contextvars
import dis
import inspect
import sys
from types import CodeType, FrameType
from typing import Any, NamedTuple

from ..core.location import is_machinery
from ..core.traced import Tape
from ..program.inplace.memory import Turning


class Counter(NamedTuple):
    """The variable of a `for` and its value; an object is represented by its id. `steps` is the loop of a `Turning`."""

    name: str
    value: int
    is_number: bool
    steps: Any = None


class Checkpoint:
    """`with checkpoint(every=m)`: the outermost loop inside is counted as blocks of m turns."""

    def __init__(self, every: int):
        self.every = every
        self.depth = 0  # loops around the block
        self.loop: Any = None
        self.value: Any = None
        self.index = -1

    def blocks(self, counters: list[Counter], loops: list[Any]) -> list[Counter]:
        """The counters, with two in place of that of the checkpointed loop: the turn in its block, and the block."""
        at = len(counters) - 1 - self.depth
        if at < 0 or loops[at] is None:
            return counters
        name, value, _, _ = counters[at]
        if loops[at] != self.loop:
            self.loop, self.index = loops[at], 0
        elif value != self.value:
            self.index += 1
        self.value = value
        block, turn = divmod(self.index, self.every)
        return [*counters[:at], Counter(name, turn, True), Counter("block", block, True), *counters[at + 1 :]]


CHECKPOINT: contextvars.ContextVar[Checkpoint | None] = contextvars.ContextVar("checkpoint", default=None)
COUNTING: set[CodeType] = set()  # functions of this package whose loops count turns of the user's


class Place(NamedTuple):
    """The number of a chain of calls, and the counters of the enclosing loops, innermost first.

    `call` is the number of the call of a NumPy function in which this is one of several operations, if it is.
    """

    path: int
    counters: tuple[Counter, ...]
    call: int = 0


CALL: contextvars.ContextVar[int] = contextvars.ContextVar("call", default=0)


_CHAINS: list[tuple[int, CodeType | None, int]] = [(0, None, 0)]  # the outer chain, and the call at its end
_numbers: dict[tuple[int, int, int], int] = {}
_offsets: dict[int, tuple[CodeType, list[int], list[tuple[int, int, str]]]] = {}  # by id; the code is kept alive here


def place_of(frame: FrameType, tape: Tape) -> Place:
    """Where a frame stands, within the function that is traced."""
    calls: list[tuple[CodeType, int]] = []
    counters: list[Counter] = []
    around: list[Any] = []  # of each counter, its loop; `None` if `steps` counts it
    short: list[int] = []
    each: FrameType | None = frame
    while each is not None and each is not tape.outermost:
        code = each.f_code
        if not is_machinery(code.co_filename) or code in COUNTING:
            _, offsets, loops = _offsets.get(id(code)) or _read(code)
            # On Python 3.11, a frame's offset may be in the inline cache after its call.
            offset = offsets[bisect.bisect_right(offsets, each.f_lasti) - 1]
            calls.append((code, offset))
            for first, last, name in loops:
                if first < offset < last:
                    value = _variable(each, name)
                    if not issubclass(type(value), Turning):
                        counters.append(_counter(name, value))
                        around.append((code, first))
                        continue
                    for called, count, loop in zip((name, "block"), value.counts, value.loops, strict=False):
                        if loop is None:  # a short loop, whose turns are operations of their own
                            short.append((len(value.counts) << 8) + count)
                        else:
                            counters.append(Counter(called, count, True, loop))
                            around.append(None)
        each = each.f_back
    number = 0
    for code, offset in reversed(calls):
        key = (number, id(code), offset)
        if key not in _numbers:
            _numbers[key] = len(_CHAINS)
            _CHAINS.append((number, code, offset))
        number = _numbers[key]
    for count in short:
        number = further(number, count)
    if (checkpoint := CHECKPOINT.get()) is not None:
        counters = checkpoint.blocks(counters, around)
    return Place(number, tuple(counters), CALL.get())


def _counter(name: str, value: Any) -> Counter:
    return Counter(name, value, True) if type(value) is int else Counter(name, id(value), False)


def _variable(frame: FrameType, name: str) -> Any:
    found = frame.f_locals
    value = found.get(name)
    _forget(frame, found)
    return value


def variables(frame: FrameType) -> dict[str, Any]:
    """The local variables of a frame."""
    found = frame.f_locals
    known = dict(found)
    _forget(frame, found)
    return known


def _forget(frame: FrameType, found: Any) -> None:
    if frame.f_code.co_flags & inspect.CO_OPTIMIZED and isinstance(found, dict):
        found.clear()  # a copy up to Python 3.12; it would keep objects alive that only the user should hold


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
