"""The methods of traced arrays, each NumPy's function of the same name; and those of ufuncs, such as np.add.reduce."""

import builtins
import functools
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ...core.binding import bind
from ...core.location import refuse
from ...core.primitive import PRIMITIVES, UFUNCS
from ...core.traced import FUNCTIONS, METHODS, Traced
from ..inplace.memory import laid_out
from ..refusing import call
from . import (  # noqa: F401  # they register what is used below
    compositions,
    indexing,
    linalg,
    ordering,
    rearranging,
    stepwise,
    triangles,
)
from . import keywords as _keywords  # noqa: F401
from .reductions import reduction
from .scanning import logcumsumexp, logsumexp
from .shapes import copy_of


def _astype(self, dtype, order="K", casting="unsafe", subok=True, copy=True):
    dtype = np.dtype(dtype)
    if self.dtype.kind == "c" != dtype.kind:
        refuse("complex numbers are cast to {dtype}", "write np.real(z), or np.abs(z)", dtype=dtype)
    if not np.can_cast(self.dtype, dtype, casting):
        raise TypeError(f"Cannot cast array data from {self.dtype!r} to {dtype!r} according to the rule {casting!r}")
    if dtype == self.dtype:
        return copy_of(self, order) if copy else self
    cast = functools.partial(bind, PRIMITIVES["astype"], (self,), (("dtype", dtype.name),))
    return laid_out(cast, functools.partial(np.array, dtype=dtype, order=order))


FUNCTIONS[np.astype] = lambda x, dtype, /, *, copy=True: _astype(x, dtype, copy=copy)


def _view(self, dtype=None, type=np.ndarray):  # NumPy's name
    is_class = isinstance(dtype, builtins.type) and issubclass(dtype, np.ndarray)
    kind, dtype = (dtype, None) if is_class else (type, dtype)
    if kind is not np.ndarray:
        refuse(
            "a traced array does not become an object of {type}, a subclass of np.ndarray",
            "keep the array in an attribute of an object",
            type=kind.__name__,
        )
    if dtype is not None and np.dtype(dtype) != self.dtype:
        refuse(".view({dtype}) reads the bits of numbers as others", "write .astype({dtype})", dtype=np.dtype(dtype))
    return self


def _as_method(name, ours):
    """A method of traced arrays that refuses unsupported arguments."""

    def method(self, *args, **keywords):
        return call(method, ours, (self, *args), keywords)

    method.__name__, method.__module__ = f".{name}", ""
    return method


OWN: dict[str, Any] = {
    "reshape": lambda self, *shape, order="C", copy=None: FUNCTIONS[np.reshape](
        self, shape[0] if len(shape) == 1 else shape, order
    ),
    "transpose": lambda self, *axes: FUNCTIONS[np.transpose](self, (axes[0] if len(axes) == 1 else axes) or None),
    "clip": lambda self, min=None, max=None: FUNCTIONS[np.clip](self, min, max),
    "copy": lambda self, order="C": copy_of(self, order),
    "conjugate": lambda self: np.conjugate(self) if self.dtype.kind == "c" else self,
    "view": _view,
    "conj": lambda self: np.conjugate(self) if self.dtype.kind == "c" else self,
    "astype": _astype,
    "compress": lambda self, condition, axis=None: FUNCTIONS[np.compress](condition, self, axis),
    "ravel": lambda self, order="C": FUNCTIONS[np.ravel](self, order),
    "flatten": lambda self, order="C": copy_of(FUNCTIONS[np.ravel](self, order)),
}
"""Methods that are not simply NumPy's function of their name."""

for _name, _method in OWN.items():
    setattr(Traced, _name, _as_method(_name, _method))

for _name in (
    "sum", "mean", "var", "std", "prod", "any", "all", "max", "min", "argmax", "argmin", "argsort", "argpartition", "cumsum",
    "cumprod", "dot", "squeeze", "swapaxes", "round", "repeat", "take", "diagonal", "trace", "searchsorted",
    "nonzero",
):  # fmt: skip
    setattr(Traced, _name, _as_method(_name, FUNCTIONS[getattr(np, _name)]))

setattr(Traced, "mT", property(lambda self: np.swapaxes(self, -1, -2)))  # noqa: B010  # beside .T
setattr(Traced, "real", property(lambda self: np.real(self)))  # noqa: B010
setattr(Traced, "imag", property(lambda self: np.imag(self)))  # noqa: B010


# ---- methods of ufuncs -----------------------------------------------------------------------------------------------


def _reduce(function):
    def reduce(array, axis=0, dtype=None, out=None, keepdims=False, initial=None, where=True):
        given = {"dtype": dtype, "out": out, "initial": initial, "where": None if where is True else where}
        given = {keyword: value for keyword, value in given.items() if value is not None}
        return function(array, axis=axis, keepdims=keepdims, **given)

    return reduce


_REDUCTIONS: tuple[tuple[np.ufunc, Any], ...] = (
    (np.add, np.sum), (np.multiply, np.prod), (np.maximum, np.max), (np.minimum, np.min), (np.logical_and, np.all),
    (np.logical_or, np.any), (np.logaddexp, reduction(logsumexp)),
)  # fmt: skip
for _ufunc, _function in _REDUCTIONS:
    METHODS[_ufunc, "reduce"] = _reduce(_function)


def _accumulate(function):
    def accumulate(array, axis=0):
        return function(array, axis=normalize_axis_index(axis, np.ndim(array)))

    return accumulate


METHODS[np.add, "accumulate"], METHODS[np.multiply, "accumulate"] = _accumulate(np.cumsum), _accumulate(np.cumprod)
METHODS[np.logaddexp, "accumulate"] = _accumulate(lambda array, axis: bind(logcumsumexp, (array,), (("axis", axis),)))


def _outer(ufunc):
    """All pairs: A gets a new last axis for each axis of B, and B a new first axis for each axis of A."""

    def outer(A, B):
        behind, before = (1,) * np.ndim(B), (1,) * np.ndim(A)
        return ufunc(np.reshape(A, (*np.shape(A), *behind)), np.reshape(B, (*before, *np.shape(B))))

    return outer


for _ufunc in {*UFUNCS, *(each for each in FUNCTIONS if isinstance(each, np.ufunc))}:
    if _ufunc.nin == 2 and _ufunc.signature is None:
        METHODS[_ufunc, "outer"] = _outer(_ufunc)
