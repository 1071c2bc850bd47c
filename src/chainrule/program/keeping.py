"""Plain arrays that a trace has read stay as they were, whatever the function does to them afterwards.

Small ones are copied, which takes no time. Larger ones are made read-only until the trace ends, with the array that they
are a part of, so that a change is an error with its line.
"""

from __future__ import annotations

import itertools
import threading

import numpy as np

from ..core.nouns import Array
from ..core.traced import Tape

_SMALL = 8192  # numbers, which are copied in less time than it takes to make them read-only


def keep(array: Array, tape: Tape) -> Array:
    """The array itself where nothing can change it until the trace ends, or else a copy."""
    if tape.freezing:  # a program tells its constants apart by which array they are
        return array if freeze(array, tape) else array.copy()
    if array.size <= _SMALL:
        return array.copy()
    return array.copy() if tape.lasting or not freeze(array, tape) else array


def freeze(array: Array, tape: Tape) -> bool:
    """Make an array read-only until the trace ends, and those that it is a part of; false where that could not be undone."""
    if id(array) in tape.frozen:
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
            if key not in tape.frozen and (key in _reads or each.flags.writeable):
                tape.frozen[key] = each
                _reads[key] = _reads.get(key, 0) + 1
                each.flags.writeable = False
    return True


def release(tape: Tape) -> None:
    """Make writable again what a trace has made read-only, unless another one, in another thread, still reads it."""
    with _LOCK:
        for key, array in tape.frozen.items():
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
    """An array, what it is a part of, and so on."""
    chain = [array]
    while isinstance(base := chain[-1].base, np.ndarray):
        chain.append(base)
    return chain


_reads: dict[int, int] = {}  # by the id of an array that traces have made read-only: how many of them read it
_unread: dict[int, Array] = {}  # those of them that none reads any more, but one that they are a part of
_LOCK = threading.Lock()
