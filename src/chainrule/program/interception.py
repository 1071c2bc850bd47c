"""SciPy's functions that are no ufuncs: they ask no argument how it computes, so they are made to ask.

Each gets a code that hands traced arguments to what stands for it here, and all others to its own code, which is kept. So
it also works under a name that was bound before, as by `from scipy.special import logsumexp`. Its signature, its text and
what it does with plain arrays stay as they are. It happens once, when a trace begins in a process that has imported
SciPy; a function that does not look as expected is left alone, and refuses traced arrays as before.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import FunctionType
from typing import Any

from ..core.traced import FUNCTIONS, LIBRARIES, Traced
from .refusing import call

LIBRARY = "scipy.special"
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "logsumexp": ("a", "axis", "b", "keepdims", "return_sign"),
    "softmax": ("x", "axis"),
    "log_softmax": ("x", "axis"),
    "polygamma": ("n", "x"),
}
_ASKS = "_asks_for_traced_arrays"  # in the module of the functions, where their new code looks for it
_waiting = set(ARGUMENTS)
_lock = threading.Lock()


def intercept() -> None:
    """Make the functions ask, if their library is there and has them, and they do not already."""
    if not _waiting or (library := sys.modules.get(LIBRARY)) is None:
        return
    with _lock:
        for name in tuple(_waiting):
            function = getattr(library, name, None)
            if function is not None:  # another thread may be in the midst of importing it
                _make_ask(function, ARGUMENTS[name])
                _waiting.discard(name)


def _make_ask(function: Any, arguments: tuple[str, ...]) -> None:
    if type(function) is not FunctionType:
        return
    own = function.__code__
    as_expected = own.co_varnames[: own.co_argcount] == arguments and not own.co_kwonlyargcount and not own.co_freevars
    if not as_expected or own.co_flags & 12:  # which takes *args or **keywords
        return
    plain = FunctionType(own, function.__globals__, function.__name__, function.__defaults__)
    plain.__module__, plain.__qualname__ = function.__module__, function.__qualname__
    scope: dict[str, Any] = {}
    listed = ", ".join(arguments)
    exec(f"def {function.__name__}({listed}): return {_ASKS}[{function.__name__!r}]({listed})", scope)
    code = scope[function.__name__].__code__
    function.__globals__.setdefault(_ASKS, {})[function.__name__] = _asking(function, plain)
    function.__code__ = code.replace(co_filename=own.co_filename, co_firstlineno=own.co_firstlineno)


def _asking(function: FunctionType, plain: FunctionType) -> Callable[..., Any]:
    def ask(*arguments: Any) -> Any:
        for each in arguments:
            kind = type(each)
            if kind is Traced or (kind in (list, tuple) and any(type(part) is Traced for part in each)):
                LIBRARIES[LIBRARY]()
                return call(function, FUNCTIONS[function], arguments, {})
        return plain(*arguments)

    return ask
