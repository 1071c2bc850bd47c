"""Plain arrays that a trace has read stay as they were, whatever the function does to them afterwards.

Small ones are copied, which takes no time. Larger ones are made read-only until the trace ends, with the array that they
are a part of, so that a change is an error with its line. A view that was taken before can still be written to: what a
program is made of is compared when the trace ends, and so is what the gradient of a function that writes to arrays has read.
For other gradients that is not done: in the gradient of np.sum(x * k * x), two checksums of one array of 10,000 or 100,000
numbers would take a third more time, and a copy of one that has millions as much memory again.
"""

from __future__ import annotations

import itertools
import threading
import zlib
from types import CodeType

import numpy as np

from ..core.location import user_frame
from ..core.nouns import Array
from ..core.traced import Tape

_SMALL = 8192  # elements, which are copied faster than made read-only


def keep(array: Array, tape: Tape) -> Array:
    """The array if nothing can change it until the trace ends, else a copy."""
    if array.size <= _SMALL and not tape.freezing:  # a program tells its constants apart by which array they are
        return array.copy(order="K")
    if tape.freezing or (tape.writes and not tape.lasting):
        if not freeze(array, tape.frozen):
            return array.copy(order="K")
        read = _read.setdefault(id(tape), {})
        if id(array) not in read:
            frame = user_frame()
            read[id(array)] = (array, _checksum(array), frame and frame.f_code, frame.f_lineno if frame else 0)
        return array
    return array.copy(order="K") if tape.lasting or not freeze(array, tape.frozen) else array


def changed(tape: Tape) -> tuple[CodeType | None, int] | None:
    """The line that has read an array for a program, where the array is not as it was then; nothing is known after it."""
    read = _read.pop(id(tape), {}).values()
    return next(((code, line) for array, before, code, line in read if _checksum(array) != before), None)


def _checksum(array: Array) -> int:
    return zlib.crc32(np.ascontiguousarray(array).view(np.uint8).data)


def freeze(array: Array, frozen: dict[int, Array]) -> bool:
    """Make an array, and those that it is a view of, read-only.

    Args:
        array: The array.
        frozen: Takes what was made read-only, by id, for `release`.

    Returns:
        False if that could not be undone, and was not done.
    """
    if id(array) in frozen:
        return True
    chain = [array] if array.base is None else _chain(array)
    if not chain[-1].flags.owndata:  # the memory of another library
        return False
    with _LOCK:
        for part, whole in itertools.pairwise(chain):
            if part.flags.writeable and not whole.flags.writeable and id(whole) not in _reads:
                return False  # what is part of a read-only array cannot be made writable again
        for each in chain:
            key = id(each)
            if key not in frozen and (key in _reads or each.flags.writeable):
                frozen[key] = each
                _reads[key] = _reads.get(key, 0) + 1
                each.flags.writeable = False
    return True


def release(frozen: dict[int, Array]) -> None:
    """Make arrays writable again that were made read-only, but for those that something else has made read-only, too."""
    with _LOCK:
        for key, array in frozen.items():
            _reads[key] -= 1
            if not _reads[key]:
                _unread[key] = array
        for key, array in sorted(_unread.items(), key=_depth) if len(_unread) > 1 else list(_unread.items()):
            if _reads[key]:  # read again since it was left here
                del _unread[key]
            elif not isinstance(array.base, np.ndarray) or array.base.flags.writeable:
                array.flags.writeable = True
                del _unread[key], _reads[key]


def _depth(pair: tuple[int, Array]) -> int:
    return len(_chain(pair[1]))


def _chain(array: Array) -> list[Array]:
    """An array, the array that it is a view of, and so on."""
    chain = [array]
    while isinstance(base := chain[-1].base, np.ndarray):
        chain.append(base)
    return chain


_reads: dict[
    int, int
] = {}  # by the id of an array that is read-only: how many traces, or parts of them, have made it so
_unread: dict[int, Array] = {}  # those of them that nothing needs to be so any more, but one that they are a part of
# What programs are made of, by the id of the tape and then its own: the array, its checksum, and the line that has read it.
_read: dict[int, dict[int, tuple[Array, int, CodeType | None, int]]] = {}
_LOCK = threading.Lock()
