"""Programs compiled to loops: machine code if the extra is installed, or WebAssembly where Python runs in a browser.

NumPy computes what has no loops between them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from ..core.dims import shape_text
from ..core.messages import Message, listed, message
from ..core.nouns import Equation, Program
from ..run.loops.processor import IN_BROWSER

_TOLD = 5  # equations that are named


def loops(program: Program, required: bool = False) -> tuple[Callable[..., Any] | None, Message]:
    """The program as compiled loops, which do not check their arguments, and a sentence that says what runs where.

    There are none, and it runs on NumPy, if no operation has loops; and, if they are not `required`, if the extra is missing or
    the loops would gain nothing. If they are, a warning says which equations NumPy computes.

    Raises:
        ImportError: Loops are `required`, and the extra is not installed.
    """
    name = program.name
    try:
        if not IN_BROWSER:
            import llvmlite.binding  # type: ignore[import-untyped]  # noqa: F401  # the loops are compiled by it
    except (ImportError, OSError) as error:
        if not required:
            missing = message("llvmlite is not installed")
            return None, message("{name} runs on NumPy: {reason}", name=name, reason=missing)
        raise ImportError(
            "executor='native' needs llvmlite; install it with: pip install 'chainrule[native]'."
        ) from error
    from ..run import lowering

    if not required and not lowering.pays(program):
        return None, message("{name} runs on NumPy: {reason}", name=name, reason=message("loops would gain nothing"))
    found = lowering.trusting(program, calls=True)
    if isinstance(found, str):
        said = message("{name} runs on NumPy: {reason}", name=name, reason=found)
    elif called := _told(found.called):  # type: ignore[attr-defined]
        said = (
            message("{name} runs as WebAssembly, and on NumPy: {listed}", name=name, listed=called)
            if IN_BROWSER
            else message("{name} runs as machine code, and on NumPy: {listed}", name=name, listed=called)
        )
    elif IN_BROWSER:
        return found, message("{name} runs as WebAssembly", name=name)
    else:
        return found, message("{name} runs as machine code", name=name)
    if required:
        warnings.warn(said, RuntimeWarning, stacklevel=6)
    return None if isinstance(found, str) else found, said


def _told(equations: Sequence[Equation]) -> str:
    """Equations in a few words, alike ones once: `inv(3×3) (model.py:14)`."""
    each = dict.fromkeys(
        f"{e.primitive.name}({', '.join(shape_text(o.shape) for o in e.inputs)})"
        + (f" ({e.origin.place})" if e.origin.place else "")
        for e in equations
    )
    return listed([*list(each)[:_TOLD], *(["…"] if len(each) > _TOLD else [])])
