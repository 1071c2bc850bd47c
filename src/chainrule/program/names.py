"""Finds, in the user's bytecode, the name under which the result of the running operation is stored, and related facts.

The instruction after the call stores the result, or returns it, and then the caller's next instruction does. Names are
optional: on an unknown version of Python none are found, and symbols become v1, v2, ….
"""

from __future__ import annotations

import bisect
import dis
import functools
import itertools
import linecache
import os
import sys
from types import CodeType, FrameType, FunctionType

from ..core.location import PACKAGE, SCIPY, is_machinery, line_at, source_line
from .inplace.outside import original


class _Parts(tuple[str, ...]):
    """The names of the parts of a value that is being unpacked, as by `a, b = x`."""

    __slots__ = ()


# How a `with` block is left; from Python 3.15 on, None is a constant that all code shares.
_LEAVES = frozenset(("LOAD_CONST", "LOAD_COMMON_CONSTANT", "PRECALL", "CALL", "POP_TOP"))
_STORES = frozenset({"STORE_FAST", "STORE_NAME", "STORE_DEREF", "STORE_GLOBAL"})
_RETURN = object()
_SUBSCRIPT = next(
    (place for place, (name, _) in enumerate(getattr(dis, "_nb_ops", ())) if name == "NB_SUBSCR"), -1
)  # 3.14
_TRACED = os.path.join(PACKAGE, "core", "traced.py")
_OPERATIONS = os.path.join(PACKAGE, "program", "operations", "")

# Keyed by id, since hashing a code object costs two microseconds; the code is kept alive beside its table.
_tables: dict[int, tuple[CodeType, list[int], list[object]]] = {}


def target_name(frame: FrameType) -> str:
    """The name under which a frame's running operation stores its result; empty if it is not stored."""
    after = _after(frame.f_code, frame.f_lasti)
    return after if isinstance(after, str) else ""


def stored_name(frame: FrameType | None, outermost: FrameType | None) -> str | tuple[str, ...]:
    """The name under which the frame's running call stores its result, or None. Frames outside `outermost` are not searched.

    A result that is unpacked, as by `w, v = …`, has the names of its parts. If an operation combines others (`np.std`), only
    its final result gets the name.
    """
    inner: FrameType | None = sys._getframe(1)
    part = None
    while inner is not None and inner is not frame:
        if inner.f_code.co_name == "<genexpr>" and inner.f_code.co_filename == _TRACED:
            part = inner.f_locals.get("position")
        if inner.f_code.co_filename.startswith(_OPERATIONS) and _after(inner.f_code, inner.f_lasti) is not _RETURN:
            return ""
        inner = inner.f_back
    while frame is not None and frame is not outermost:
        after = _after(frame.f_code, frame.f_lasti)
        if isinstance(after, _Parts):
            return after[part] if part is not None and part < len(after) else ""
        if isinstance(after, (str, tuple)):
            return after if "·" not in after else ""  # which converted code stores
        if after is not _RETURN:
            return ""
        frame = frame.f_back
        while frame is not None and frame is not outermost and is_machinery(frame.f_code.co_filename):
            frame = frame.f_back
    return ""


def variable(value: object) -> str:
    """The user's variable that holds a value now, in the innermost function that has one."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if not is_machinery(frame.f_code.co_filename):
            for name, held in frame.f_locals.items():
                if original(held) is value and name.isidentifier():
                    return name
        frame = frame.f_back
    return ""


def outside(value: object) -> str:
    """The user's variable that holds an array from outside: of the running functions, of those around, or of their modules."""
    found = variable(value)
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not found:
        if not is_machinery(frame.f_code.co_filename):
            named = (name for name in frame.f_code.co_names if original(frame.f_globals.get(name)) is value)
            found = next(named, "")
        frame = frame.f_back
    return found


def library_function() -> str:
    """The SciPy function or class that the user's running line has called, or None."""
    frame: FrameType | None = sys._getframe(1)
    name = ""
    while frame is not None and is_machinery(frame.f_code.co_filename):
        if frame.f_code.co_filename.startswith(SCIPY):
            name = frame.f_code.co_name
            if name == "__init__":
                name = type(frame.f_locals.get("self")).__name__
            elif name == "wrapper":  # around a function of SciPy's, whose name is told
                name = next((f.__name__ for f in frame.f_locals.values() if isinstance(f, FunctionType)), name)
        frame = frame.f_back
    return name


def compares(frame: FrameType | None) -> bool:
    """Whether a frame is running a comparison itself, not a call that compares, such as `max(a, b)`."""
    return frame is not None and dis.opname[frame.f_code.co_code[frame.f_lasti]].startswith("COMPARE")


def assigns_item(frame: FrameType | None) -> bool:
    """Whether a frame is running `buffer[…] = value`."""
    return frame is not None and dis.opname[frame.f_code.co_code[frame.f_lasti]].startswith(
        ("STORE_SUBSCR", "STORE_SLICE")
    )


def takes_item(frame: FrameType | None) -> bool:
    """Whether a frame is running `array[…]`."""
    if frame is None:
        return False
    name, argument = dis.opname[frame.f_code.co_code[frame.f_lasti]], frame.f_code.co_code[frame.f_lasti + 1]
    return name.startswith("BINARY_SUBSCR") or (name == "BINARY_OP" and argument == _SUBSCRIPT)


@functools.lru_cache(4096)
def calls_attribute(code: CodeType, offset: int) -> bool:
    """Whether the instruction at an offset looks up an attribute of a variable in order to call it, as in `np.ndarray(3)`."""
    steps = [step for step in dis.get_instructions(code) if step.opname not in ("EXTENDED_ARG", "NOP", "CACHE")]
    place = next((place for place, step in enumerate(steps) if step.offset == offset), 0)
    before, holder, after = (
        steps[near] for near in (max(place - 2, 0), max(place - 1, 0), min(place + 1, len(steps) - 1))
    )
    if steps[place].opname == "LOAD_METHOD" or after.opname == "PUSH_NULL":
        return True
    # Until Python 3.12 the empty slot of a call lies below the variable.
    has_slot = before.opname == "PUSH_NULL" or (holder.opname == "LOAD_GLOBAL" and (holder.arg or 0) & 1 == 1)
    is_method = sys.version_info >= (3, 12) and (steps[place].arg or 0) & 1 == 1
    return (has_slot or is_method) and after.opname not in ("LOAD_ATTR", "LOAD_METHOD")


def text_at(code: CodeType, offset: int) -> str:
    """The source text of the instruction at an offset; the whole statement if Python has no column numbers."""
    first, last, start, end = next(itertools.islice(code.co_positions(), offset // 2, None), (None,) * 4)
    if first is None or last is None or start is None or end is None:
        return source_line(code, line_at(code, offset))
    lines = [linecache.getline(code.co_filename, number).encode() for number in range(first, last + 1)]
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    return b"".join(lines).decode(errors="replace")


def _after(code: CodeType, offset: int) -> object:
    known = _tables.get(id(code))
    if known is None:
        if len(_tables) >= 4096:
            _tables.clear()
        known = _tables[id(code)] = (code, *_table(code))
    _, offsets, found = known
    # On Python 3.11 a caller's offset lies in the inline cache behind its call: the call is the last one before it.
    position = bisect.bisect_right(offsets, offset) - 1
    return found[position] if position >= 0 else ""


def _table(code: CodeType) -> tuple[list[int], list[object]]:
    """For each instruction, where its value goes: a name, `_RETURN`, or unknown."""
    try:
        steps = [step for step in dis.get_instructions(code) if step.opname not in ("EXTENDED_ARG", "NOP", "CACHE")]
        offsets = [step.offset for step in steps]
        unpacking = [
            _Parts(_unpacked(steps, position + 1, int(step.arg or 0))) if step.opname == "UNPACK_SEQUENCE" else None
            for position, step in enumerate(steps)
        ]
        return offsets, [each or _use(steps, offsets, position + 1) for position, each in enumerate(unpacking)]
    except (ValueError, KeyError, IndexError):  # a bytecode that this Python's own `dis` cannot read
        return [], []


def _unpacked(steps: list[dis.Instruction], position: int, count: int) -> tuple[str, ...]:
    """The names under which `count` values are stored one by one; empty if they are not."""
    found: list[str] = []
    for step in steps[position:]:
        if step.opname in _STORES:
            found.append(str(step.argval))
        elif step.opname == "STORE_FAST_STORE_FAST":  # two stores in one instruction, on Python 3.13
            found += map(str, step.argval)
        elif step.opname.startswith("STORE_FAST_"):  # a store, and then something else
            found.append(str(step.argval[0]))
        else:
            return ()
        if len(found) >= count:
            return tuple("" if name == "_" else name for name in found[:count])
    return ()


def stored_in(code: CodeType) -> set[str]:
    """The names to which a function assigns."""
    found: set[str] = set()
    for step in dis.get_instructions(code):
        if step.opname.startswith("STORE_"):
            names = step.argval if isinstance(step.argval, tuple) else (step.argval,)
            found.update(map(str, names if step.opname == "STORE_FAST_STORE_FAST" else names[:1]))
    return found


def _use(steps: list[dis.Instruction], offsets: list[int], position: int) -> object:
    if position < len(steps) and steps[position].opname == "CALL" and steps[position - 1].opname == "PRECALL":
        position += 1  # one call in two instructions, on Python 3.11
    if position < len(steps) and steps[position].opname == "COPY":
        position += 1  # `a = b = w @ x` copies the value before it stores it
    while position < len(steps) and steps[position].opname == "SWAP":
        # `return` from inside `with`: the value waits below while the block is left. (`a, b = …` swaps as well.)
        position += 1
        while position < len(steps) and steps[position].opname in _LEAVES:
            position += 1
        if position < len(steps) and steps[position].opname not in ("SWAP", "RETURN_VALUE"):
            return ""
    while position < len(steps) and steps[position].opname == "JUMP_FORWARD":
        position = bisect.bisect_left(offsets, steps[position].argval)  # `z = w @ x if wide else x` goes on behind else
    if position >= len(steps):
        return ""
    step = steps[position]
    if step.opname in _STORES:
        return str(step.argval)
    if step.opname.startswith("STORE_FAST_"):  # a superinstruction of Python 3.13: (STORE_FAST a, STORE_FAST b)
        return str(step.argval[0] if isinstance(step.argval, tuple) else step.argval)
    if step.opname == "UNPACK_SEQUENCE":
        return _unpacked(steps, position + 1, int(step.arg or 0))
    if step.opname == "RETURN_VALUE":
        return _RETURN
    if step.opname.startswith("LOAD_FAST") and position + 1 < len(steps) and steps[position + 1].opname == "STORE_ATTR":
        return str(steps[position + 1].argval)
    return ""
