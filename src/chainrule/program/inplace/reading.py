"""What arrays from outside do: NumPy's functions, methods and operators give arrays that the traced function has made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...core.location import refuse
from ...core.traced import current
from ..operations.gathering import index_plain
from .memory import holds_traced, opened, settled
from .outside import Outside, outside
from .plain import WRITING, WRITING_METHODS, fresh


def run(function: Callable[..., Any], args: Sequence[Any], keywords: Mapping[str, Any], writes: bool = False) -> Any:
    """Call NumPy's function on the arrays themselves."""
    targets = [each for each in (*args[:writes], *outs(keywords)) if type(each) is Outside]
    for each in targets:
        _require_writable(each, holds_traced((args, keywords)))
    result = function(*opened(tuple(args)), **opened(dict(keywords)))
    return next((each for each in targets if each.from_outside is result), None) if targets else seen(result, args)


def outs(keywords: Mapping[str, Any]) -> tuple[Any, ...]:
    """The arrays that a call writes its results to."""
    out = keywords.get("out")
    return out if type(out) is tuple else (out,)


def seen(result: Any, given: Sequence[Any]) -> Any:
    """A result as the function is to see it: a view of an array from outside, or an array that the function has made."""
    tape = current.get()
    if type(result) is np.ndarray and result.dtype.kind in "fbiuc" and tape is not None and tape.allocates:
        shared = any(type(each) is Outside and np.may_share_memory(each.from_outside, result) for each in given)
        return outside(result) if shared else fresh(result, tape)
    return type(result)(seen(each, given) for each in result) if type(result) in (list, tuple) else result


def _require_writable(array: Outside, traced: bool) -> None:
    """Refuse to write traced values to an array from outside, or anything once the trace has read it."""
    if traced:
        refuse(
            "a traced value cannot be put into an array that comes from outside of the function",
            "copy it first, as in b = np.array(b)",
        )
    base: Any = array
    tape = current.get()
    while isinstance(base, np.ndarray):
        if tape is not None and id(base) in tape.frozen:
            refuse("an array is changed after the trace has read it", "make a new array instead")
        base = base.base


def _set_item(self: Outside, index: Any, value: Any) -> None:
    _require_writable(self, holds_traced((index, value)))
    self.from_outside[settled(index)] = settled(value)


def _get_item(self: Outside, index: Any) -> Any:
    if holds_traced(index):
        return index_plain(self.from_outside, index)
    return run(np.ndarray.__getitem__, (self, index), {})


def _method(name: str) -> Callable[..., Any]:
    own, function = getattr(np.ndarray, name), getattr(np, name, None)
    writes = name in WRITING_METHODS

    def method(self: Outside, *args: Any, **keywords: Any) -> Any:
        traced = not writes and function is not None and holds_traced((args, keywords))
        return run(function if traced and function else own, (self, *args), keywords, writes)

    return method


def _set_shape(self: Outside, shape: Any) -> None:
    """Do it to the array itself, too, as NumPy would."""
    _SHAPE.__set__(self, shape)
    if type(self.from_outside) is np.ndarray:
        self.from_outside.shape = shape


def _copied(self: Outside, memo: Any = None) -> Any:
    return run(np.ndarray.copy, (self,), {})


_SHAPE: Any = vars(np.ndarray)["shape"]


def _install() -> None:
    methods: dict[str, Callable[..., Any]] = {
        "__array_ufunc__": lambda self, ufunc, method, *inputs, **keywords: run(
            ufunc if method == "__call__" else getattr(ufunc, method), inputs, keywords, method == "at"
        ),
        "__array_function__": lambda self, function, types, args, keywords: run(
            function, args, keywords, function in WRITING
        ),
        "__getitem__": _get_item,
        "__setitem__": _set_item,
        "__copy__": _copied,
        "__deepcopy__": _copied,
        "__reduce_ex__": lambda self, protocol: self.from_outside.__reduce_ex__(protocol),
        "__repr__": lambda self: repr(self.from_outside),
        "__str__": lambda self: str(self.from_outside),
    }
    names = [name for name in dir(np.ndarray) if not name.startswith("_") and callable(getattr(np.ndarray, name))]
    for name, method in {**{name: _method(name) for name in names if name != "view"}, **methods}.items():
        setattr(Outside, name, method)
    setattr(Outside, "shape", property(_SHAPE.__get__, _set_shape))  # noqa: B010  # beside the others


_install()
