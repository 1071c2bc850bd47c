"""Conversions that traced arrays refuse: to a plain number, an index or a plain array; and writing to them.

Each refusal says what to write instead.
"""

from __future__ import annotations

import importlib
import os
import sys
from types import FunctionType
from typing import Any, NoReturn

import numpy as np

from ..core import operators
from ..core.location import PACKAGE, is_machinery, refuse, user_frame
from ..core.messages import message
from ..core.traced import CLASS_OF, FUNCTIONS, Traced
from . import dimension_errors, names
from .advice import GENERAL, JOIN, LIBRARY, instead_of_math, instead_of_plain
from .inplace.memory import holds_traced, newest
from .reach import names_in
from .refusing import refuse_index
from .sizes.numbers import note_numbers
from .stand_ins import is_needed, load, stand_in

_CALLS_FOR_THE_USER = os.path.join(PACKAGE, "branches", "")
"""The part of this package from which functions are called that the user's code calls, such as `set`."""


def _class_of(self: Traced) -> type:
    """To the user's code and other libraries, the class of a plain array or number, so that branches go as they do there."""
    code = sys._getframe(2).f_code
    ours = code.co_filename.startswith(PACKAGE) or is_machinery(code.co_filename)
    if ours and code is not np.isscalar.__code__:
        return type(self)
    return np.ndarray if self.shape or isinstance(self.value, np.ndarray) else self.dtype.type


def _refuse_assignment() -> None:
    """Refuse `buffer[…] = x`, for which NumPy would convert x to a plain number or array.

    The array comes from outside, or from a call that is not followed, as of `rng.normal`; or the traced function does not lead
    to the running one by name, so that none of its calls is followed.
    """
    frame = user_frame()
    if frame is None or not names.assigns_item(frame):
        return
    load()
    used = set(names_in(frame.f_code))
    if any(frame.f_globals.get(name) is np for name in used) and is_needed(np, used):
        refuse(
            "a traced value cannot be put into an array in {function}, to which the traced function does not lead by name",
            "import its module with an import statement, and call it as {function}(…)",
            function=f"{frame.f_globals.get('__name__', '')}.{frame.f_code.co_qualname}".removeprefix("__main__."),
        )
    refuse(
        "a traced value cannot be put into an array that comes from outside of the function, or from a call that is not followed",
        "copy it first, as in b = np.array(b)",
    )


class _Conversions(Traced):
    """The methods added to `Traced`."""

    __pandas_priority__ = 5000  # above a data frame's: `series * x` is left to `x.__rmul__`

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        _refuse_assignment()
        if names.takes_item(user_frame()):
            refuse_index(self.shape)
        library = names.library_function()
        if library:
            refuse("{library} makes plain arrays of traced ones", LIBRARY.get(library, GENERAL), library=library)
        refuse(
            "a traced array cannot be made into a plain NumPy array",
            instead_of_plain(dimension_errors.running_text(), JOIN),
        )

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        """NumPy, or what array_api_compat has for plain arrays, for functions that ask an array for a module of functions."""
        load()
        compat = "array_api_compat"
        return importlib.import_module(f"{compat}.numpy") if compat in sys.modules else stand_in(np)

    def __reduce_ex__(self, protocol: Any) -> Any:
        contents = newest(self)
        if not isinstance(contents, np.ndarray):  # as it is where the function has made the numbers itself
            refuse("a traced array cannot be pickled", "pickle the result of the derivative instead")
        return contents.__reduce_ex__(protocol)

    def __delitem__(self, index: Any) -> NoReturn:
        refuse("del would take a part out of an array", "write np.delete(x, index), or np.concatenate of what stays")

    def __float__(self) -> NoReturn:
        _refuse_assignment()
        running = dimension_errors.running_text()
        called, ours = instead_of_math(running)
        if called:
            refuse("{name} would cut the value off from its derivative", "write {ours} instead", name=called, ours=ours)
        library = names.library_function()
        if library:
            refuse("{library} makes plain numbers of traced ones", LIBRARY.get(library, GENERAL), library=library)
        refuse(
            "float(), and whatever calls it, would cut the value off from its derivative",
            instead_of_plain(running, message("keep the value as it is, and use np functions on it")),
        )

    def __int__(self) -> int:
        _refuse_assignment()
        if self.value is None:
            refuse(
                "int() would cut the value off from its derivative",
                "keep the value as it is, or pass a plain int to the function",
            )
        return self._whole(np.trunc(self) if self.dtype.kind == "f" else self)

    def _whole(self, whole: Any) -> int:
        """A whole number as Python's own; that it is this one becomes a condition of the program."""
        found = int(whole.value)
        bool(np.equal(whole, found))
        return found

    def __hash__(self) -> int:
        """Its identity; to the user's code, to which keys and elements of sets are the same if they are equal, its value."""
        file = sys._getframe(1).f_code.co_filename
        is_own = file.startswith(PACKAGE) and not file.startswith(_CALLS_FOR_THE_USER)
        return id(self) if is_own else self._hash_by_value()

    def _hash_by_value(self) -> int:
        if self.shape or self.dtype.kind not in "biu":
            refuse(
                "a traced array or float is a key, an element of a set, or an argument of a function with a cache",
                "use a plain int or its place, as in enumerate(x), or call the function without its cache",
            )
        if self.dtype.kind != "b" and self.value is None:
            refuse(
                "a traced whole number is a key, and here only shapes are known",
                "write np.where(i == key, a, b) for each key",
            )
        return hash(bool(self) if self.dtype.kind == "b" else self._whole(self))

    def __complex__(self) -> NoReturn:
        refuse("complex() would cut the value off from its derivative", "write x + 0j, or x + 1j * y")

    def __index__(self) -> int:
        if self.value is None or self.dtype.kind not in "iu" or self.shape:
            if names.takes_item(user_frame()):
                refuse_index(())
            refuse("a traced value cannot be an index or a count", "pass a plain int to the function")
        return self._whole(self)

    def __round__(self, digits: int | None = None) -> Any:
        return np.round(self, digits) if digits is not None else int(np.round(self))

    def __trunc__(self) -> int:
        return int(self)

    def __format__(self, spec: str) -> str:
        return repr(self) if self.value is None or not spec else format(self.value, spec)

    def item(self, *place: int) -> Any:
        """One number of the array, as NumPy's `item`; it stays traced."""
        if not place and self.size != 1:
            raise ValueError("can only convert an array of size 1 to a Python scalar")
        if not place:
            single: Any = np.reshape(self, ())
            return single if self.dtype.kind == "c" else FUNCTIONS[float](single)
        return self[place] if len(place) > 1 else np.reshape(self, -1)[place[0]]

    def tolist(self) -> Any:
        """Nested lists of traced numbers, as long as the array at hand."""
        note_numbers(self.shape)
        return [each.tolist() for each in self] if self.shape else self


for _name, _method in vars(_Conversions).items():
    if isinstance(_method, FunctionType) or _name == "__pandas_priority__":
        setattr(Traced, _name, _method)


def _leaving_sparse(own: Any) -> Any:
    """The operator @, which leaves a sparse array on its right to that array's own operator."""

    def multiply(self: Traced, other: Any) -> Any:
        usual = (
            type(other) is Traced or type(other) is np.ndarray
        )  # asked first, since each attribute they lack takes long
        return own(self, other) if usual or not hasattr(other, "tocoo") else NotImplemented

    return multiply


setattr(Traced, "__matmul__", _leaving_sparse(getattr(Traced, "__matmul__")))  # noqa: B009, B010  # it is set there, too


def _taking_lists(own: Any) -> Any:
    """An operator for which a list that holds traced values is an array, as it is for NumPy."""

    def operate(self: Traced, other: Any) -> Any:
        kind = type(other)
        return own(
            self, FUNCTIONS[np.array](other) if (kind is list or kind is tuple) and holds_traced(other) else other
        )

    return operate


for _operator in (*operators.BINARY, *(f"r{each}" for each in operators.BINARY), *operators.COMPARISONS):
    setattr(Traced, f"__{_operator}__", _taking_lists(getattr(Traced, f"__{_operator}__")))
CLASS_OF[0] = _class_of
