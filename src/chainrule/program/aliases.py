"""Whether `y += 1` would change more than y: another name that is in use holds the same array, or a part of it.

On a trace `y += 1` binds y anew, which is what NumPy computes unless the array is seen under another name. Python's own
count of references says in most cases that it is not; else the names in the running functions are looked through.
"""

from __future__ import annotations

import dataclasses
import dis
import functools
import os
import sys
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import Any

from . import names
from .traced import Traced

VIEWS = frozenset({"getitem", "transpose", "T", "reshape", "diagonal", "broadcast_to"})
"""The operations whose result NumPy may make a part of what they are given."""

_CALCULUS = os.path.join(os.path.dirname(os.path.dirname(__file__)), "calculus") + os.sep
_TRACING = os.path.join(os.path.dirname(__file__), "tracing.py")
_LIBRARY = frozenset({"builtins", "numpy", "types", "functools", "_frozen_importlib"})  # whose objects hold no arrays
_DEPTH, _WIDTH = 3, 256  # how deep, and in how long a container, an array is looked for


def alias(array: Traced, references: int) -> tuple[str, bool] | None:
    """The name of another holder of an array that an operator like += would change, and whether it holds only a part.

    `references` is what `sys.getrefcount(array)` says in the method of the operator.
    """
    if references <= _ALONE:
        return None
    frames = list(_users())
    for position, frame in enumerate(frames):
        target = names.kept_under(frame) if position == 0 else ""
        spared = position == 0 and not target  # the array's own place in a list, or behind a name that is not known
        for name, held in _locals(frame):
            if (name == target and held is array) or name.startswith("."):
                continue
            for found in _within(held, _DEPTH):
                if _root(found) is not array:
                    continue
                if spared and found is array:
                    spared = False
                elif _in_use(frame.f_code, frame.f_lasti, name):
                    return name, found is not array
    return None


def _users() -> Iterator[FrameType]:
    """The frames of the traced function and of what it calls, from the innermost one on."""
    frame: FrameType | None = sys._getframe(1)
    found: list[tuple[FrameType, bool]] = []
    while frame is not None:
        file = frame.f_code.co_filename
        found.append((frame, file.startswith(_CALCULUS) or file == _TRACING))
        frame = frame.f_back
    last = max((position for position, (_, ours) in enumerate(found) if ours), default=len(found))
    return (frame for frame, _ in found[:last] if not names.is_ours(frame.f_code.co_filename))


def _locals(frame: FrameType) -> Iterator[tuple[str, Any]]:
    yield from list(frame.f_locals.items())
    if frame.f_locals is not frame.f_globals:
        for name in frame.f_code.co_names:
            held = frame.f_globals.get(name)
            if isinstance(held, (Traced, list, tuple, dict)):
                yield name, held


def _within(held: Any, depth: int) -> Iterator[Traced]:
    """The traced arrays that a value is, or holds in containers."""
    if isinstance(held, Traced):
        yield held
    elif depth:
        parts: Any = ()
        if isinstance(held, (list, tuple, set)) and len(held) <= _WIDTH:
            parts = held
        elif isinstance(held, dict) and len(held) <= _WIDTH:
            parts = list(held.values())
        elif dataclasses.is_dataclass(held) or type(held).__module__ not in _LIBRARY:
            parts = list(getattr(held, "__dict__", {}).values()) if not isinstance(held, type) else ()
        for part in parts:
            yield from _within(part, depth - 1)


def _root(array: Traced) -> Traced:
    """The array that this one is a part of."""
    while array.primitive is not None and array.primitive.name in VIEWS and isinstance(array.inputs[0], Traced):
        array = array.inputs[0]
    return array


def _in_use(code: CodeType, at: int, name: str) -> bool:
    """Whether a function may still read a name: later, on the way round a loop, or earlier in the statement that runs."""
    loads, jumps, ends = _reads(code)
    behind = [place for place in loads.get(name, ()) if place > at]
    around = min((target for place, target in jumps if place > at >= target), default=at + 1)
    start = max((place for place in ends if place < at), default=0)
    before = [place for place in loads.get(name, ()) if start < place <= at]
    return bool(behind) or any(around <= place for place in loads.get(name, ())) or len(before) > 1


@functools.lru_cache(maxsize=1024)
def _reads(code: CodeType) -> tuple[dict[str, list[int]], list[tuple[int, int]], list[int]]:
    """Where a code reads each name, where it jumps back to, and where its statements end."""
    loads: dict[str, list[int]] = {}
    jumps: list[tuple[int, int]] = []
    ends: list[int] = []
    for step in dis.get_instructions(code):
        read = step.opname.startswith(("LOAD_", "STORE_FAST_LOAD"))
        for name in (step.argval if isinstance(step.argval, tuple) else (step.argval,)) if read else ():
            loads.setdefault(str(name), []).append(step.offset)
        if "JUMP_BACKWARD" in step.opname and isinstance(step.argval, int):
            jumps.append((step.offset, step.argval))
        if step.opname.startswith(("STORE_", "POP_TOP", "RESUME")):
            ends.append(step.offset)
    for nested in code.co_consts:  # a function that is made here reads its names whenever it is called
        if isinstance(nested, CodeType):
            for name in nested.co_freevars:
                loads.setdefault(name, []).append(len(code.co_code))
    return loads, jumps, ends


class _Probe:
    def __iadd__(self, other: object) -> _Probe:
        self.count = sys.getrefcount(self)
        return self


def _references_of_one_name() -> int:
    probe = _Probe()
    probe += 1
    return probe.count


_ALONE = _references_of_one_name()
