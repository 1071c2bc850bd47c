"""An uncaught dimension error on a terminal: the user's own lines of the traceback, and the error as a drawing."""

from __future__ import annotations

import os
import sys
from types import TracebackType

_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def install() -> None:
    """Have Python report an uncaught `DimensionError` this way, unless another hook is already installed."""
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = tell


def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Draw a dimension error if standard error is a terminal; leave everything else to Python."""
    stream = sys.stderr
    errors = sys.modules.get("chainrule.dimensions")  # if it was never imported, there is no such error
    if errors is None or not isinstance(error, errors.DimensionError) or stream is None or not stream.isatty():
        sys.__excepthook__(kind, error, trace)
        return
    import traceback  # only where it is needed: most programs end without an error

    from .drawing import draw
    from .screen import Screen

    steps = [step for step in traceback.extract_tb(trace) if not os.path.abspath(step.filename).startswith(_HERE)]
    print("Traceback (most recent call last):\n" + "".join(traceback.format_list(steps)), file=stream)
    draw(error, Screen(stream))
