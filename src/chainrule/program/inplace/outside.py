"""Arrays from outside of a traced function, as that function sees them: globals, closures, arguments that are not traced.

An `Outside` is a view of the user's array, bound to its name during the trace. It is an ndarray to NumPy and to compiled
libraries; only what NumPy makes of it differs: a copy or a sum is an array that the function has made, to which traced numbers
may be written (`plain.py`), and traced places and factors are taken, as in `table[places]` and `table.dot(x)`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.symbols import Array


class Outside(np.ndarray):
    """A view of an array from outside; what it does is installed by `reading.py`."""

    _own: Array | None = None

    @property
    def from_outside(self) -> Array:
        """The array itself, which is what operations are recorded with."""
        if self._own is None:  # a part that NumPy has made of it
            self._own = self.view(np.ndarray)
        return self._own


def outside(value: Any) -> Any:
    """An array as the traced function is to see it, also in a tuple; anything else itself."""
    if type(value) is np.ndarray and value.dtype.kind in "fbiuc":
        seen = value.view(Outside)
        seen._own = value
        return seen
    return tuple(map(outside, value)) if type(value) is tuple else value


def original(value: Any) -> Any:
    """The array itself, if the value is one from outside; else the value."""
    return value.from_outside if type(value) is Outside else value
