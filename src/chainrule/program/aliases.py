"""Detects whether `y += 1` would also change another name that is in use and holds the same array, or a view of it.

In a trace `y += 1` rebinds y, which gives NumPy's result unless the array has another name. In most cases Python's reference
count shows that it has none; otherwise the names in the running functions are searched.
"""

from __future__ import annotations

import dis
import functools
import gc
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

import numpy as np

from ..core.location import PACKAGE, is_machinery
from ..core.traced import Traced
from . import names

_VIEWS = frozenset({"getitem", "transpose", "T", "reshape", "diagonal", "broadcast_to", "einsum"})

_CALCULUS = os.path.join(PACKAGE, "calculus", "")
_TRACING = os.path.join(PACKAGE, "core", "tracing.py")
_LIBRARY = frozenset({"numpy", "types", "_frozen_importlib"})  # whose objects hold no arrays
_DEPTH, _WIDTH = 6, 256  # how deep, and in how long a container, an array is looked for
_MAX_OBJECTS = 4096  # objects that are looked into
_NO_HOLDERS = (type(None), str, bytes, int, float, complex, np.generic, np.dtype, ModuleType, CodeType, FrameType)


def is_part(array: Traced) -> bool:
    """Whether NumPy may have made an array as a view of another."""
    return _whole(array) is not None


def alias(array: Traced, references: int) -> tuple[str, bool] | None:
    """The name of another holder of an array that an operator like += would change, and whether it is only a view.

    `references` is `sys.getrefcount(array)` in the method of the operator.
    """
    root = _root(array)
    if references <= _ALONE and root is array:
        return None
    frames = list(_users())
    target = names.target_name(frames[0]) if frames else ""
    seen: set[int] = set()
    if frames and target in (*frames[0].f_code.co_cellvars, *frames[0].f_code.co_freevars):
        seen |= {id(cell) for frame in frames for cell in _cells(frame, target)}
    holders: list[tuple[FrameType, str, bool, Traced]] = []
    for position, frame in enumerate(frames):
        same = position == 0 or target in frames[0].f_code.co_freevars  # a variable of the function around
        for name, held in _locals(frame):
            if not name.startswith(".") and not (same and name == target and held is array):
                same_root = (each for each in _within(held, _DEPTH, seen) if _root(each) is root)
                holders += [(frame, name, isinstance(held, Traced), each) for each in same_root]
    places = [each for each in holders if each[0] is frames[0] and not each[2] and each[3] is array]
    if not target and len(places) == 1:  # what is updated is a part of a container: its own place
        holders.remove(places[0])
    used = [each for each in holders if _in_use(each[0].f_code, each[0].f_lasti, each[1])]
    for _, name, _, found in sorted(used, key=lambda each: not each[2]):
        return name, found is not array
    return None


def _users() -> Iterator[FrameType]:
    """The frames of the traced function and of the functions that it calls, innermost first."""
    frame: FrameType | None = sys._getframe(1)
    found: list[tuple[FrameType, bool]] = []
    while frame is not None:
        file = frame.f_code.co_filename
        found.append((frame, file.startswith(_CALCULUS) or file == _TRACING))
        frame = frame.f_back
    last = max((position for position, (_, ours) in enumerate(found) if ours), default=len(found))
    return (frame for frame, _ in found[:last] if not is_machinery(frame.f_code.co_filename))


def _locals(frame: FrameType) -> Iterator[tuple[str, Any]]:
    yield from list(frame.f_locals.items())
    if frame.f_locals is not frame.f_globals:
        for name in frame.f_code.co_names:
            held = frame.f_globals.get(name)
            if held is not None and not isinstance(held, (ModuleType, FunctionType)):
                yield name, held


def _cells(frame: FrameType, name: str) -> Iterator[Any]:
    """The cells in which functions of a frame look up a variable of this name, which an operator rebinds for them too."""
    for held in list(frame.f_locals.values()):
        if isinstance(held, FunctionType):
            cells = zip(held.__code__.co_freevars, held.__closure__ or (), strict=True)
            yield from (cell for each, cell in cells if each == name)


def _within(held: Any, depth: int, seen: set[int]) -> Iterator[Traced]:
    """The traced arrays that a value is, or contains in containers not seen yet."""
    if isinstance(held, Traced):
        yield held
    elif depth and not isinstance(held, _NO_HOLDERS) and id(held) not in seen and len(seen) < _MAX_OBJECTS:
        seen.add(id(held))
        for part in _parts(held):
            yield from _within(part, depth - 1, seen)


def _parts(held: Any) -> Iterable[Any]:
    """The values in a container."""
    if isinstance(held, dict):
        return list(held.values()) if len(held) <= _WIDTH else ()
    if isinstance(held, (list, tuple, set)):
        return held if len(held) <= _WIDTH else ()
    if isinstance(held, np.ndarray):
        return held.ravel().tolist() if held.dtype == object and held.size <= _WIDTH else ()
    if isinstance(held, FunctionType):
        return [held.__defaults__, held.__kwdefaults__, held.__closure__]
    if isinstance(held, type):
        return list(vars(held).values()) if held.__module__ not in (*_LIBRARY, "builtins") else ()
    if type(held).__module__ in _LIBRARY:
        return ()
    return [each for each in gc.get_referents(held) if not isinstance(each, type)][:_WIDTH]


def _whole(array: Traced) -> Traced | None:
    """The array that this one is a view of; a number taken from an array is a copy."""
    if array.primitive is None or array.primitive.name not in _VIEWS or not isinstance(array.inputs[0], Traced):
        return None
    params = dict(array.params)
    if array.primitive.name == "getitem" and array.shape == () and Ellipsis not in params["index"].parts:
        return None
    if array.primitive.name == "einsum":  # without a sum, of one array, NumPy gives a part of it
        before, _, after = params["subscripts"].partition("->")
        if set(before) != set(after):
            return None
    return array.inputs[0]


def _root(array: Traced) -> Traced:
    """The array that owns the memory of this one."""
    while (whole := _whole(array)) is not None:
        array = whole
    return array


def _in_use(code: CodeType, at: int, name: str) -> bool:
    """Whether a function may still read a name: later, in the next iteration of a loop, or in the current statement."""
    reads = _reads(code)
    loads = reads.loads.get(name, ())
    start = max((place for place in reads.ends if place < at), default=0)
    if len([place for place in loads if start < place <= at]) > 1:
        return True
    bound = min((place for place in reads.stores.get(name, ()) if place > at), default=None)
    if bound is not None and not any(at < place < bound for place in (*loads, *reads.turns)):
        return False  # it is bound anew before it is read, as in y = center(y)
    around = min((target for place, target in reads.jumps if place > at >= target), default=at + 1)
    return any(place > at or place >= around for place in loads)


_BINDS = frozenset({"STORE_FAST", "STORE_NAME", "STORE_DEREF", "STORE_GLOBAL"})
_OF_NAMES = ("LOAD_FAST", "LOAD_NAME", "LOAD_DEREF", "LOAD_GLOBAL", "LOAD_CLOSURE", "LOAD_FROM_DICT", "STORE_FAST_LOAD")


@dataclass
class _Reads:
    """The offsets at which a code object reads and binds each name, its backward jumps, branches, and ends of statements."""

    loads: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    stores: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    jumps: list[tuple[int, int]] = field(default_factory=list)
    turns: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)


@functools.lru_cache(maxsize=1024)
def _reads(code: CodeType) -> _Reads:
    found = _Reads()
    for step in dis.get_instructions(code):
        names_of = step.argval if isinstance(step.argval, tuple) else (step.argval,)
        binds = {"STORE_FAST_LOAD_FAST": 1, "STORE_FAST_STORE_FAST": 2}.get(step.opname)
        if binds is None:  # how many of its names the step binds; it reads the others
            binds = len(names_of) if step.opname in _BINDS else 0
        for name in names_of[:binds]:
            found.stores[str(name)].append(step.offset)
        for name in names_of[binds:] if step.opname.startswith(_OF_NAMES) else ():
            found.loads[str(name)].append(step.offset)
        if "JUMP" in step.opname or step.opname == "FOR_ITER":
            found.turns.append(step.offset)
        if "JUMP_BACKWARD" in step.opname and isinstance(step.argval, int):
            found.jumps.append((step.offset, step.argval))
        if step.opname.startswith(("STORE_", "POP_TOP", "RESUME")):
            found.ends.append(step.offset)
    for nested in code.co_consts:  # a function that is made here reads its names whenever it is called
        if isinstance(nested, CodeType):
            for name in nested.co_freevars:
                found.loads[name].append(len(code.co_code))
    return found


class _Probe:
    def __iadd__(self, other: object) -> _Probe:
        self.count = sys.getrefcount(self)
        return self


def _references_of_one_name() -> int:
    probe = _Probe()
    probe += 1
    return probe.count


_ALONE = _references_of_one_name()
