"""Conversions that traced arrays refuse: to a plain number, an index or a plain array; and writing to them.

Each refusal says what to write instead.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any, NoReturn

import numpy as np

from ..core.location import refusal, refuse, user_frame
from ..core.messages import message
from ..core.traced import FUNCTIONS, UNSET, Traced
from . import dimension_errors, names
from .advice import ADVICE, GENERAL, JOIN, LIBRARY, instead_of_math, instead_of_plain
from .refusing import refuse_assignment, refuse_index


class _Conversions(Traced):
    """The methods added to `Traced`."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        refuse_assignment()
        if names.takes_item(user_frame()):
            refuse_index(self.shape)
        library = names.library_function()
        if library:
            refuse("{library} makes plain arrays of traced ones", LIBRARY.get(library, GENERAL), library=library)
        refuse(
            "a traced array cannot be made into a plain NumPy array",
            instead_of_plain(dimension_errors.running_text(), JOIN),
        )

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        refuse(
            "item assignment would overwrite an array",
            "write np.where(mask, new, old), np.concatenate or np.stack, which make a new one",
        )

    def __delitem__(self, index: Any) -> NoReturn:
        refuse("del would take a part out of an array", "write np.delete(x, index), or np.concatenate of what stays")

    def __float__(self) -> NoReturn:
        refuse_assignment()
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

    def __int__(self) -> NoReturn:
        refuse_assignment()
        refuse(
            "int() would cut the value off from its derivative",
            "keep the value as it is, or pass a plain int to the function",
        )

    def __complex__(self) -> NoReturn:
        refuse("complex numbers are not differentiated", "treat the real and the imaginary part as two arrays")

    def __index__(self) -> NoReturn:  # noqa: PLE0305  # it never returns
        if names.takes_item(user_frame()):
            refuse_index(())
        refuse("a traced value cannot be an index or a count", "pass a plain int to the function")

    def __round__(self, digits: int = 0) -> NoReturn:
        refuse("round() would cut the value off from its derivative", "keep the value as it is")

    def __trunc__(self) -> NoReturn:
        refuse("math.trunc would cut the value off from its derivative", "write np.trunc instead")

    def __format__(self, spec: str) -> str:
        return repr(self) if self.value is None or not spec else format(self.value, spec)

    def item(self, *_: Any) -> NoReturn:
        """Refused: the number would have no derivative."""
        refuse(
            ".item() would cut the value off from its derivative", "keep the value as it is, and use np functions on it"
        )

    tolist = item

    def __getattr__(self, attribute: str) -> Any:
        if attribute in UNSET:
            return UNSET[attribute]
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        function: Any = getattr(np, attribute, None)
        otherwise = ADVICE.get(function, message("write it with operations that have a derivative here"))
        instead = message("write {code}", code=f"np.{attribute}(…)") if function in FUNCTIONS else otherwise
        raise AttributeError(refusal("a traced array has no .{attribute}", instead, attribute=attribute))


for _name, _method in vars(_Conversions).items():
    if isinstance(_method, FunctionType):
        setattr(Traced, _name, _method)
