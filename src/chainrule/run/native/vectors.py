"""Whether vectors can be had, and so which kind of processor code is written for."""

from __future__ import annotations

import functools

from ..loops.cache import numba_version, proven
from ..loops.processor import KINDS, VARIABLE, Processor, imitate, processor


@functools.cache
def no_vectors() -> str:
    """Nothing, where vectors can be compiled and compute rightly; else why they cannot."""
    kind = processor()
    if kind.lanes == 1:
        return f"{VARIABLE} is {kind.name}"
    numba = f"Numba {numba_version()}"
    wrong = proven(f"{numba}, {kind.name}", _tried)
    return f"{numba} does not compile vectors: {wrong}" if wrong else ""


def _tried() -> str:
    imitate()
    try:
        from .elementwise import usable
    except Exception as error:  # whatever a Numba raises whose insides are others
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return usable()


def kind_for(dtype: str) -> Processor:
    """The kind of processor that code for a type of number is written for: there are vectors of float32 alone."""
    return KINDS["plain"] if dtype != "float32" or no_vectors() else processor()
