"""Plain arrays that a trace has read stay as they were, whatever the function does to them afterwards.

Small ones are copied, which takes no time. Larger ones are made read-only until the trace ends, with the array that they
are a part of, so that a change is an error with its line.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .nouns import Array
from .traced import Tape

_SMALL = 2048  # numbers, which are copied in a microsecond


def kept(inputs: tuple[Any, ...], tape: Tape) -> tuple[Any, ...]:
    """The operands of an operation, each as it will be when the derivative is taken."""
    return tuple([keep(each, tape) if isinstance(each, np.ndarray) else each for each in inputs])


def keep(array: Array, tape: Tape) -> Array:
    """The array itself where nothing can change it until the trace ends, or else a copy."""
    if array.size <= _SMALL:
        return array.copy()
    if array.base is None and not array.flags.writeable:
        return array
    return array.copy() if tape.lasting or not freeze(array, tape) else array


def freeze(array: Array, tape: Tape) -> bool:
    """Make an array read-only until the trace ends, and those that it is a part of; false where that could not be undone."""
    chain = [array]
    while isinstance(base := chain[-1].base, np.ndarray):
        chain.append(base)
    if not chain[-1].flags.owndata:  # the memory of another library
        return False
    for each in chain:
        if each.flags.writeable:
            each.flags.writeable = False
            tape.frozen.append(each)
    return True
