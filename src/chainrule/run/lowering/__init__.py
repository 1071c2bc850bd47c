"""Programs as loops: `program.py` assembles them in the language of `loops/`; `compiled` makes a function of a program.

`nests.py` writes loops over arrays. Operations are in `operations.py` and `elementwise.py` (number by number), `reductions.py`,
`contractions.py` (tile by tile in `tiles.py`, over windows in `places.py`, behind a pooling in `winners.py`),
`moving.py`, `solving.py` and `views.py`. Threads share a step by `sharing.py`, and sums over examples by `lots.py`.
`binding.py` calls the machine code from Python.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

from ...core.messages import message
from ...core.nouns import Program
from ...loops.noun import LOOP, loop_of
from ...loops.places import ADDED_AT, AT, UPDATED_AT
from ..checked import leaves
from ..loops.processor import IN_BROWSER
from . import looping  # noqa: F401  # which enters its operations
from .program import Called, is_left, lowered
from .refusal import Unsupported
from .views import VIEWS

__all__ = ["Unsupported", "compiled", "pays", "trusting"]

LARGEST = 2**17
"""The largest array size for loops. Beyond it, memory traffic dominates, and NumPy is as fast."""
MOST = 10_000
"""The most equations for loops; compiling that many takes a second or two."""
FEW = 40
"""Up to this many arithmetic equations on single numbers, Python itself is as fast as a call."""
_SHARE = 2
"""From this many equations with loops for each one that NumPy computes, a mixed program is faster than NumPy alone."""
_ARITHMETIC = {"add", "subtract", "multiply", "divide", "negative", "identity"}


def compiled(program: Program) -> Callable[..., Any] | str:
    """A function that computes the program, or the reason why there is none: the equation that cannot be written.

    The function takes the program's arguments, nested as they were. It raises `BranchError` if a branch goes another way, and
    `ValueError` if the arguments do not match the program's. llvmlite must be installed.

    >>> from chainrule.core.tracing import trace
    >>> import numpy as np
    >>> compiled(trace(lambda x: np.sum(x * x), [np.ones(3)]))(np.array([1.0, 2.0, 3.0]))
    np.float64(14.0)
    """
    run = trusting(program)
    return run if isinstance(run, str) else functools.partial(_checked, program, run)


def trusting(program: Program, calls: bool = False) -> Callable[..., Any] | str:
    """The same for arguments that are known to match the program's: nothing is checked, so a call costs half a microsecond.

    With `calls`, NumPy computes the equations that have no loops; the function's `called` attribute lists them.

    If a matrix is singular, a branch goes another way, or an index is out of bounds, NumPy runs the program and reports it.
    """
    from ..loops import machine_code
    from ..loops.processor import processor
    from .binding import bound

    try:
        loops = lowered(program, machine_code.register_bytes(), processor().fuses, calls)
        called = tuple(step.equation for step in loops.steps if isinstance(step, Called))
        if called and not any(each.body for each in loops.functions):
            return message("none of its operations has loops")
        run = bound(program, loops, machine_code.compiled(loops.functions))
        vars(run)["called"] = called
        return run
    except Unsupported as unsupported:
        return unsupported.reason
    except RuntimeError as error:
        return str(error)


def pays(program: Program) -> bool:
    """Whether compiling loops pays off, judged by the program alone.

    >>> from chainrule.core.tracing import trace
    >>> import numpy as np
    >>> pays(trace(lambda x: x * x, [np.ones(3)])), pays(trace(lambda x: x * x, [2.0]))
    (True, False)
    """
    parts = [e for part in program.parts() for e in part.equations if e.primitive is not LOOP]
    whole = [e for e in parts if e.primitive not in (AT, ADDED_AT, UPDATED_AT)]
    shapes = [operand.shape for e in whole for operand in (*e.targets, *e.inputs)]
    few, largest = (0, math.inf) if IN_BROWSER else (FEW, LARGEST)  # there, Python is slow, and NumPy has no vectors
    convolved = any(e.primitive.name == "windowed_einsum" for e in whole)  # which NumPy does part by part
    if len(parts) > MOST or (not convolved and any(math.prod(shape) > largest for shape in shapes)):
        return False
    called = sum(map(is_left, program.equations))
    looking = sum(e.primitive.name in VIEWS for e in program.equations)
    if len(program.equations) - looking - called < _SHARE * called:
        return False
    return any(shapes) or _weight(program) > few


def _weight(program: Program) -> int:
    """The number of operations of a program, in units of scalar arithmetic."""
    return sum(
        loop_of(e).count * _weight(loop_of(e)) if e.primitive is LOOP
        else 1 if e.primitive.name in _ARITHMETIC else FEW // 2
        for e in program.equations
    )  # fmt: skip


def _checked(program: Program, run: Callable[..., Any], *args: object) -> Any:
    leaves(program, args)
    return run(*args)
