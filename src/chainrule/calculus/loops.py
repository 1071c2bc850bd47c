"""A program as compiled loops, where it can be: with the extra, and if all its operations have loops."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from ..core.nouns import Program


def loops(program: Program, required: bool = False) -> Callable[..., Any] | None:
    """The program as compiled loops, for arguments that are known to be like its own; nothing where there are none.

    Where they are required, a warning says why there are none; else they also have to pay.

    Raises `ImportError` where they are required and the extra is missing.
    """
    try:
        import llvmlite.binding  # type: ignore[import-untyped]  # noqa: F401  # the loops are compiled by it
    except (ImportError, OSError) as error:
        if not required:
            return None
        raise ImportError("executor='native' needs Numba; install it with: pip install 'chainrule[native]'.") from error
    from ..run import native

    if not required and not native.pays(program):
        return None
    found = native.trusting(program)
    if not isinstance(found, str):
        return found
    if required:
        warnings.warn(f"{program.name} runs on NumPy: {found}", RuntimeWarning, stacklevel=6)
    return None
