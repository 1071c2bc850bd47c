"""Programs compiled to native loops, if the extra is installed and all operations of the program have loops."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from ..core.messages import message
from ..core.nouns import Program


def loops(program: Program, required: bool = False) -> Callable[..., Any] | None:
    """The program as compiled loops, which do not check their arguments; `None` if it runs on NumPy instead.

    That is so if an operation has no loops, of which a warning tells if they are `required`; and, if they are not, if the
    extra is missing or the loops would gain nothing.

    Raises:
        ImportError: Loops are `required`, and the extra is not installed.
    """
    try:
        import llvmlite.binding  # type: ignore[import-untyped]  # noqa: F401  # the loops are compiled by it
    except (ImportError, OSError) as error:
        if not required:
            return None
        raise ImportError(
            "executor='native' needs llvmlite; install it with: pip install 'chainrule[native]'."
        ) from error
    from ..run import lowering

    if not required and not lowering.pays(program):
        return None
    found = lowering.trusting(program)
    if not isinstance(found, str):
        return found
    if required:
        said = message("{name} runs on NumPy: {reason}", name=program.name, reason=found)
        warnings.warn(said, RuntimeWarning, stacklevel=6)
    return None
