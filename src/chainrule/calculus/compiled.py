"""`compile`: a function traced once per shapes, number types and structure of its arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from ..program.nouns import Program
from ..program.rewrites import simplify
from ..program.structure import flatten
from ..program.traced import Traced
from ..program.tracing import LEAF_TYPES, trace
from .arguments import named_after

T = TypeVar("T")


def compile(f: Callable[..., T]) -> Callable[..., T]:
    """Trace `f` once per shapes, number types and structure of its arguments, and run its fast form from then on.

    What `f` reads from outside is frozen at the first call. A branch that goes another way later raises `BranchError`.

    >>> import numpy as np
    >>> fast = compile(lambda x: np.sum(x ** 2))
    >>> fast(np.array([1.0, 2.0]))
    np.float64(5.0)
    """
    programs: dict[tuple[object, ...], Program] = {}

    def compiled(*args: Any) -> T:
        parts = [flatten(arg, LEAF_TYPES) for arg in args]
        leaves = [each for found, _ in parts for each in found]
        if any(isinstance(each, Traced) for each in leaves):
            return f(*args)
        key = (*(tree for _, tree in parts), *((np.shape(each), np.asarray(each).dtype) for each in leaves))
        program = programs.get(key)
        if program is None:
            if len(programs) >= 128:
                programs.clear()
            program = programs[key] = simplify(trace(f, args), "fast")
        result: T = program(*args)
        return result

    return named_after(compiled, f, "compile")
