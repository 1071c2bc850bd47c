"""Refuses what cannot be traced, in one sentence: the user's line, what is wrong there, and what to write instead.

`advice.py` has the advice for each function, `dimension_errors.py` describes the line.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from ..core.dims import Shape
from ..core.errors import TracingError
from ..core.location import refuse
from ..core.messages import Message, message
from ..core.nouns import Array
from ..core.traced import FUNCTIONS, Traced, current
from . import names
from .advice import ADVICE, GENERAL, WINDOWS
from .inplace.memory import WRITERS, held, settled
from .inplace.plain import WRITING, traced_where_symbolic
from .sizes.numbers import TAKEN, note_shapes

_SILENT = {"dtype": None, "out": None, "casting": "same_kind"}  # keywords that have no effect with these values


COMPLEX: set[str] = set()
"""The names of operations that are right for complex numbers, too."""
FOR_COMPLEX: dict[Callable[..., Any], Callable[..., Any]] = {}
"""What is called instead of our version of a function where that is given complex numbers: mostly the version itself."""


def holds_complex(values: Iterable[Any]) -> bool:
    """Whether one of these arguments is a traced array of complex numbers, or a list that holds one."""
    for value in values:
        kind = type(value)
        if kind is Traced:
            if value.dtype.kind == "c":
                return True
        elif (kind is tuple or kind is list) and holds_complex(value):
            return True
    return False


def refuse_complex(name: str) -> NoReturn:
    """Refuse an operation on complex numbers whose derivative is that of real ones."""
    told = message("treat the real and the imaginary part as two arrays, np.real(z) and np.imag(z)")
    refuse("{name} of complex numbers has no derivative here", told, name=name)


_ARE_THEMSELVES = frozenset({Traced, np.ndarray, int, float, str})  # where nothing was written to


def call(
    function: Callable[..., Any], ours: Callable[..., Any], args: Sequence[Any], keywords: Mapping[str, Any]
) -> Any:
    """Call our version of a NumPy function or method; arguments that it does not support are refused by name."""
    if holds_complex(args) or (keywords and holds_complex(keywords.values())):
        ours = ours if ours in WRITERS else FOR_COMPLEX.get(ours) or refuse_complex(_written(function))
    if keywords and isinstance(out := keywords.get("out"), Traced):
        made = call(function, ours, args, {key: each for key, each in keywords.items() if key != "out"})
        FUNCTIONS[np.copyto](out, made)
        return out
    if TAKEN.get() is not None:
        _keep_sizes(function, args, keywords)
    tape = current.get()
    if tape is not None and (tape.written or tape.allocates) and tape.source is None and ours not in WRITERS:
        if tape.written or not _ARE_THEMSELVES.issuperset(map(type, args)):
            args = settled(tuple(args))
        keywords = settled(dict(keywords)) if keywords else keywords
    try:
        made = ours(*args, **keywords)
        return made if type(made) is Traced and made.memory is None else held(made)
    except TypeError as error:
        if isinstance(error, TracingError):
            raise
        signature = inspect.signature(ours)
        try:
            signature.bind(*args, **keywords)
        except TypeError:
            unknown = [keyword for keyword in keywords if keyword not in signature.parameters]
            silent = [keyword for keyword in unknown if keyword in _SILENT and keywords[keyword] == _SILENT[keyword]]
            if silent:  # as helpers hand on what they were not given
                return call(function, ours, args, {k: v for k, v in keywords.items() if k not in silent})
            if unknown:
                refuse_call(function, keyword=unknown[0])
            refuse(
                "{subject} is not differentiated with these arguments",
                "call it as {subject}{signature}",
                subject=_written(function),
                signature=signature,
            )
        raise


def _keep_sizes(function: Callable[..., Any], args: Sequence[Any], keywords: Mapping[str, Any]) -> None:
    """Let plain arrays of sizes that a function takes be traced; what writes to places does so for the sizes at hand."""
    if function in WRITING:
        note_shapes(args)
    else:
        traced_where_symbolic((args, keywords))


def _written(function: Callable[..., Any]) -> str:
    """A function as users write it: `np.linalg.norm`, `.sum`."""
    if isinstance(of := getattr(function, "__self__", None), np.ufunc):
        return f"np.{of.__name__}.{function.__name__}"
    if function.__name__.startswith("_") and (
        public := names.library_function()
    ):  # scipy.special.zeta calls _riemann_zeta
        return public
    module = getattr(function, "__module__", None) or (
        "numpy" if getattr(np, function.__name__, None) is function else ""
    )
    return f"{module}.{function.__name__}".replace("numpy", "np") if module.startswith("numpy") else function.__name__


def refuse_call(function: Callable[..., Any], method: str = "", keyword: str = "") -> NoReturn:
    """Refuse a function that has no derivative here, with its advice if it has any; a method of it; or a keyword."""
    if method:
        _refuse_method(function, method)
    if keyword:
        refuse(
            "{subject} is not differentiated", "leave the keyword out", subject=f"{_written(function)}(…, {keyword}=…)"
        )
    refuse("{subject} has no derivative here", ADVICE.get(function, GENERAL), subject=_written(function))


def _refuse_method(ufunc: Callable[..., Any], method: str) -> NoReturn:
    """Refuse a method of a ufunc, such as `np.add.at`."""
    if method == "at":
        refuse(
            "{name} would overwrite an array",
            "write np.where(mask, new, old); for np.add.at(b, i, x), b + np.eye(b.size)[:, i] @ x",
            name=f"np.{ufunc.__name__}.at",
        )
    refuse(
        "np.{name}.{method} is not differentiated",
        "write it with np.sum, np.max or a loop",
        name=ufunc.__name__,
        method=method,
    )


def missing(attribute: str) -> tuple[Message, Message]:
    """What is wrong where a traced array is asked for an attribute of arrays that it lacks, and what to write instead."""
    function: Any = getattr(np, attribute, None)
    general = WINDOWS if attribute == "strides" else message("write it with operations that have a derivative here")
    instead = (
        message("write {code}", code=f"np.{attribute}(…)") if function in FUNCTIONS else ADVICE.get(function, general)
    )
    return message("a traced array has no .{attribute}", attribute=attribute), instead


def refuse_no_number(array: Array) -> NoReturn:
    """Refuse an operand that does not contain numbers."""
    if array.shape:
        told = message("make it an array of numbers, with .astype(float)")
        refuse("an array of {dtype} is not differentiated", told, dtype=array.dtype)
    refuse("{value!r} is not a number", "give a number, or an array of numbers", value=array.item())


def refuse_index(shape: Shape) -> NoReturn:
    """Refuse `plain[x]`, for which Python and NumPy need plain numbers."""
    if not shape:
        refuse(
            "a traced value cannot be an index",
            "pass a plain int to the function, or write np.choose(place, array) to take one of an array",
        )
    refuse(
        "a plain array cannot be indexed by a traced one",
        "write np.take_along_axis(array, places, axis), or np.extract(mask, array)",
    )
