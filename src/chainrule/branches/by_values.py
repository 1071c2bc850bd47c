"""Long loops of a function that runs by values, as in `grad`: the first turns run, and the rest is recorded as one equation.

A branch is taken as the values say. What a loop would cost turn by turn, in operations, decides whether it is recorded; its body
must do nothing but compute, since it does not run in every turn.
"""

from __future__ import annotations

import builtins
import cmath
import dis
import math
import weakref
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from types import FunctionType, ModuleType
from typing import Any, TypeVar

import numpy as np

from ..core.location import is_library
from ..core.traced import Tape, Traced, current
from ..loops.paths import CHECKPOINT
from ..program.inplace.memory import JOURNAL
from ..program.inplace.outside import outside
from ..program.reach import is_foreign
from .conversion import converted
from .iterating import is_enumerated, item_at, turns_of, without_first
from .reached import codes_in, content_of
from .recording import Branches
from .repeating import For, Variables, While

R = TypeVar("R")
_FIRST = 2
"""The turns of a `for` that run before the rest is recorded, so that what is carried has settled."""
_FIRST_OF_WHILE = 32
"""Those of a `while`, of which one does not know how many are left."""
_WORTH = 400
"""The operations that a loop must save: recording one costs about as much."""
_LOOPS = frozenset(code for name, code in dis.opmap.items() if name == "FOR_ITER" or "JUMP_BACKWARD" in name)
_KNOWN = frozenset({*dir(builtins), *dir(np), *dir(np.ndarray), *dir(np.linalg), *dir(np.fft), *dir(math), *dir(cmath)})
"""The names of what has no loop of the user's."""
_FEWEST = 64
"""The turns of a `for` that is recorded once in a program, where none runs before."""
_for_programs: ContextVar[bool] = ContextVar("for_programs", default=False)
"""Whether what runs is recorded as a program that runs later, too."""
_without_loops: ContextVar[bool] = ContextVar("without_loops", default=False)
"""Whether derivatives within what runs are recorded turn by turn, too."""
_unsuited: weakref.WeakSet[Any] = weakref.WeakSet()
"""The code of bodies that could not be recorded, and are not tried again."""


class ByValues(Branches):
    """The runtime of functions that run by values."""

    collects = False
    is_within = False  # whether the derivative is part of what another one is taken of

    def traced(self, test: Any) -> bool:
        """Whether a branch on this value takes both sides: in a turn that stands for all, where it has no value."""
        return super().traced(test) and test.value is None

    def count(
        self,
        iterable: Any,
        turn: Callable[..., tuple[Any, ...]],
        targets: int,
        values: tuple[Any, ...],
        names: tuple[str, ...],
        later: tuple[str, ...],
    ) -> tuple[Any, tuple[Any, ...]]:
        """What of a `for` is to run turn by turn, and the variables before that."""
        tape = _running_tape()
        if tape is None:
            return super().count(iterable, turn, targets, values, names, later)
        count = turns_of(iterable)
        if count is None or count <= 2 * _FIRST or turn.__code__ in _unsuited:
            return iterable, values

        rest, left = iterable, count
        if not _for_programs.get():
            start = tape.count
            for place in range(_FIRST):
                values = turn(item_at(iterable, place), *values)
            rest, left = without_first(iterable, _FIRST), count - _FIRST
            if (tape.count - start) // _FIRST * left < _WORTH:
                return rest, values
        elif count < _FEWEST:
            return iterable, values

        name = names[0] if (targets == 1) != is_enumerated(rest) else ""
        variables = Variables([*[self.undefined] * targets, *values[targets:]], names, self.undefined)
        loop = For(tape, rest, left, name, turn, later, variables)
        after = self._tried(turn, loop)
        return (rest, values) if after is None else (loop.rest, after)

    def repeats(self, test: Any, values: tuple[Any, ...]) -> bool:
        """Whether a `while` may be one whose test is traced from some turn on."""
        if _running_tape() is None:
            return super().repeats(test, values)
        # The second derivative of a `while` is that of its turns.
        return isinstance(test, Traced) and not _for_programs.get() and not self.is_within

    def repeat(
        self,
        test: Any,
        again: Callable[..., Any],
        turn: Callable[..., tuple[Any, ...]],
        values: tuple[Any, ...],
        names: tuple[str, ...],
        later: tuple[str, ...],
        needed: tuple[str, ...],
    ) -> tuple[Any, ...] | None:
        """The variables after a `while`."""
        tape = _running_tape()
        if tape is None:
            return super().repeat(test, again, turn, values, names, later, needed)
        start, turns = tape.count, 0
        while test:
            if turns == _FIRST_OF_WHILE and tape.count - start >= _WORTH and turn.__code__ not in _unsuited:
                variables = Variables(list(values), names, self.undefined)
                loop = While(tape, variables, later, needed, False, test, again, turn)
                if (after := self._tried(turn, loop)) is not None:
                    return after
            values = turn(*values)
            test = again(*values)
            turns += 1
        return values

    def one_by_one(self, iterable: Any) -> Any:
        """What is looped over turn by turn."""
        return iterable if _running_tape() is not None else super().one_by_one(iterable)

    def _tried(self, turn: Any, loop: For | While) -> tuple[Any, ...] | None:
        """The variables after a loop that is recorded; `None` where it cannot be, whatever stands against it."""
        # The arrays from outside that a turn reads are to take its number as an index.
        cells = [cell for function in loop.functions for cell in function.__closure__ or ()]
        arrays = [(cell, held) for cell in cells if type(held := content_of(cell)) is np.ndarray]
        for cell, array in arrays:
            cell.cell_contents = outside(array)
        try:
            after = loop.recorded_loop()
        except Exception:  # the turns run as they are, and raise the user's own errors
            _unsuited.add(turn.__code__)
            return None
        finally:
            for cell, array in arrays:
                cell.cell_contents = array
            self.fixed.clear()
            self.choices.clear()
        self.regions += 1
        return after


def _running_tape() -> Tape | None:
    """The recording, where a function runs by values; none within a turn that stands for all, or where blocks are looked for."""
    return current.get() if JOURNAL.get() is None and CHECKPOINT.get() is None else None


def with_long_loops(function: Callable[..., Any], record: Callable[[Callable[..., Any]], R]) -> R:
    """Let a function be recorded as a program in which long loops are recorded once, its own and those of functions that it
    differentiates.

    Args:
        function: The function.
        record: Records it, or what stands for it.

    Returns:
        What is recorded; without such loops, where that fails.
    """
    token = _for_programs.set(True)
    try:
        return record(converted(function, ByValues()))
    except Exception:  # the function, as it is, does what this one cannot, or raises its own error
        pass
    finally:
        _for_programs.reset(token)
    return record(function)


def without_loops(record: Callable[[], R]) -> R:
    """Record turn by turn, in the derivatives that are taken within, too.

    Args:
        record: Records something.

    Returns:
        What is recorded.
    """
    token = _without_loops.set(True)
    try:
        return record()
    finally:
        _without_loops.reset(token)


def by_values(function: Callable[..., Any], run: Callable[..., tuple[R, int]]) -> Callable[..., R]:
    """Let a function of the user's run with its long loops recorded, where it is not recorded as a program to read.

    A function that has recorded few operations, and no loop, runs as it is the next time, if its arguments are as large.

    Args:
        function: The function.
        run: Runs it, or what stands for it, which comes first, on arguments; gives a result, and how many operations were
            recorded.

    Returns:
        Takes the arguments, and gives the result. Where the function fails after a loop that was recorded, as it may where it
        needs a plain number of it, it runs once more as it is.
    """
    runtime = ByValues()
    whole = converted(function, runtime) if _may_loop(function) else function
    short: list[object] = []  # the sizes of arguments with which it records little

    def computed(args: Sequence[Any], *others: Any) -> R:
        tape = current.get()
        runtime.is_within = tape is not None and tape.open
        if tape is not None and tape.open and tape.places is not None:
            return run(whole if _for_programs.get() else function, args, *others)[0]
        sizes = [*map(_size, args)]
        if whole is function or sizes == short or _without_loops.get():
            result, count = run(function, args, *others)
            if count > _WORTH:
                short.clear()
            return result
        regions = runtime.regions
        try:
            result, count = run(whole, args, *others)
        except Exception:
            if runtime.regions == regions:
                raise
            return run(function, args, *others)[0]
        if runtime.regions == regions and count <= _WORTH:
            short[:] = sizes
        return result

    return computed


def _may_loop(function: Callable[..., Any]) -> bool:
    """Whether a function, or one that it calls, may have a loop; what calls only NumPy is not written anew for nothing."""
    waiting, seen = [function], set()
    while waiting:
        each = waiting.pop()
        if type(each) is not FunctionType:
            return True
        if each in seen or is_library(each.__code__.co_filename):
            continue
        seen.add(each)
        cells = each.__closure__ or ()
        scope = each.__globals__ | dict(zip(each.__code__.co_freevars, map(content_of, cells), strict=True))
        for code in codes_in(each.__code__):
            if not _LOOPS.isdisjoint(code.co_code[::2]):
                return True
            for name in (*code.co_names, *code.co_freevars):
                held = scope.get(name)
                if isinstance(held, ModuleType) and not is_foreign(held.__name__):
                    return True  # whose functions are called as attributes
                if name not in scope and name not in _KNOWN:
                    return True  # a method of an object
                if callable(held) and not is_foreign(getattr(held, "__module__", None) or "builtins"):
                    waiting.append(held)
    return False


def _size(argument: Any) -> object:
    """A number that is another one where a loop over an argument would have another number of turns."""
    if type(argument) is int:
        return argument
    return len(argument) if type(argument) in (list, tuple, dict) else getattr(argument, "size", 0)
