"""A dimension error that nothing caught, on a terminal: the user's own lines, and the error drawn instead of written."""

from __future__ import annotations

import os
import sys
from types import TracebackType

_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def install() -> None:
    """See to it that Python tells an uncaught `DimensionError` so, unless a hook of somebody else's is in place."""
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = tell


def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Draw a dimension error where standard error is a terminal; anything else, and anywhere else, is Python's to tell."""
    stream = sys.stderr
    errors = sys.modules.get("chainrule.core.errors")  # it cannot be one, if what makes one is not even imported
    if errors is None or not isinstance(error, errors.DimensionError) or stream is None or not stream.isatty():
        sys.__excepthook__(kind, error, trace)
        return
    import traceback  # only where it is needed: most programs end without an error

    from .drawing import draw
    from .screen import Screen

    steps = [step for step in traceback.extract_tb(trace) if not os.path.abspath(step.filename).startswith(_HERE)]
    print("Traceback (most recent call last):\n" + "".join(traceback.format_list(steps)), file=stream)
    draw(error, Screen(stream))
