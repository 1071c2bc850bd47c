"""Gives traced arrays NumPy's protocols for ufuncs and functions, and Python's operators, when imported."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from . import hooks
from .binding import bind
from .location import user_frame
from .primitive import UFUNCS, Primitive
from .traced import FUNCTIONS, LIBRARIES, METHODS, Traced


def array_ufunc(self: Traced, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
    """NumPy's protocol for ufuncs."""
    if "out" in keywords or method == "at":
        return hooks.active.write_ufunc(ufunc, method, inputs, keywords)
    if method != "__call__" and (ufunc, method) not in METHODS:
        hooks.active.refuse_call(ufunc, method)
    if method != "__call__":
        return hooks.active.call(getattr(ufunc, method), METHODS[ufunc, method], inputs, keywords)
    if keywords:
        hooks.active.refuse_call(ufunc, keyword=next(iter(keywords)))
    return _operate(ufunc, *inputs)


def array_function(self: Traced, function: Callable[..., Any], types: Any, args: Any, keywords: Any) -> Any:
    """NumPy's protocol for its other functions."""
    ours = FUNCTIONS.get(function)
    if ours is None:
        hooks.active.refuse_call(function)
    return hooks.active.call(function, ours, args, keywords)


BINARY = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide, "pow": np.power, "matmul": np.matmul,
    "mod": np.remainder, "floordiv": np.floor_divide, "and": np.bitwise_and, "or": np.bitwise_or,
    "xor": np.bitwise_xor, "lshift": np.left_shift, "rshift": np.right_shift,
}  # fmt: skip
COMPARISONS = {
    "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal,
}  # fmt: skip


def _binary(ufunc: np.ufunc, reverse: bool) -> Callable[[Traced, Any], Any]:
    def forward(self: Traced, other: Any) -> Any:
        inputs = (other, self) if reverse else (self, other)
        primitive = UFUNCS.get(ufunc)
        return bind(primitive, inputs) if primitive is not None else _operate(ufunc, *inputs)

    return forward


def _in_place(ufunc: np.ufunc) -> Callable[[Traced, Any], Any]:
    """`x += 1` writes to an array; a number is bound anew."""

    def update(self: Traced, other: Any) -> Any:
        if self.shape or isinstance(self.value, np.ndarray):
            return hooks.active.write_ufunc(ufunc, "__call__", (self, other), {"out": (self,)})
        return _operate(ufunc, self, other)

    return update


def _comparison(ufunc: np.ufunc) -> Callable[[Traced, Any], Any]:
    def compare(self: Traced, other: Any) -> Any:
        if other is None or isinstance(other, str):
            return NotImplemented
        result = _operate(ufunc, self, other)
        if result.name and not hooks.active.compares(user_frame()):
            result.name = ""  # `y = max(a, b)` compares, and stores something else
        return result

    return compare


def _operate(ufunc: np.ufunc, *inputs: Any) -> Any:
    if function := FUNCTIONS.get(ufunc):
        return hooks.active.call(ufunc, function, inputs, {})
    primitive = UFUNCS.get(ufunc) or _declared_late(ufunc)
    return bind(primitive, inputs) if primitive is not None else hooks.active.refuse_call(ufunc)


def _declared_late(ufunc: np.ufunc) -> Primitive | None:
    """The primitive of another library's ufunc, whose declarations are imported now."""
    for library, declare in LIBRARIES.items():
        if getattr(sys.modules.get(library), ufunc.__name__, None) is ufunc:
            declare()
    return UFUNCS.get(ufunc)


for name, ufunc in BINARY.items():
    setattr(Traced, f"__{name}__", _binary(ufunc, reverse=False))
    setattr(Traced, f"__r{name}__", _binary(ufunc, reverse=True))
    setattr(Traced, f"__i{name}__", _in_place(ufunc))
for name, ufunc in COMPARISONS.items():
    setattr(Traced, f"__{name}__", _comparison(ufunc))
for name, ufunc in {"neg": np.negative, "abs": np.absolute, "invert": np.invert}.items():
    setattr(Traced, f"__{name}__", lambda self, ufunc=ufunc: _operate(ufunc, self))
others = {
    "array_ufunc": array_ufunc,
    "array_function": array_function,
    "pos": lambda self: FUNCTIONS[np.positive](self),
    "divmod": lambda self, other: (self // other, self % other),
    "rdivmod": lambda self, other: (other // self, other % self),
    "copy": np.copy,
    "deepcopy": lambda self, memo: np.copy(self),
}
for name, method in others.items():
    setattr(Traced, f"__{name}__", method)
