"""The hooks of a trace through which the rest of the package takes part, and their defaults.

The defaults suffice to trace, differentiate, simplify, print and run programs. The subclass of `Hooks` that is assigned to
`active` (`program/tracing_hooks.py`) finds the user's names, explains failures with them, and protects arrays.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from types import FrameType
from typing import Any, NoReturn, TypeAlias

import numpy as np

from .location import refuse
from .primitive import Primitive
from .structure import Tree
from .symbols import Array, Params
from .traced import Tape, Traced

Running: TypeAlias = "Callable[[Sequence[Any]], AbstractContextManager[Callable[..., Any]]]"  # by the arguments


class Hooks:
    """What a trace does besides recording; here the minimum for correct programs."""

    def closed(self, tape: Tape, error: BaseException | None) -> None:
        """A recording has ended, perhaps by an error; a clearer one may be raised in its place."""

    def running(self, function: Callable[..., Any], once: bool) -> Running:
        """What surrounds a run of a function, and gives what is called there; `once`, where it becomes a program."""
        return lambda args: contextlib.nullcontext(function)

    def part_names(self, function: Callable[..., Any], arguments: Sequence[tuple[str, Tree]]) -> list[str]:
        """The names of the leaves of a function's arguments."""
        return [name for argument, tree in arguments for name, _ in tree.paths(argument)]

    def keep(self, array: Array, tape: Tape) -> Any:
        """A plain array that is read, so that it cannot change any more while the recording is read; or a node for it."""
        return array.copy(order="K")

    def stored_name(self, frame: FrameType, outermost: FrameType | None) -> str | tuple[str, ...]:
        """The name under which the user's running line stores its result: several names where it is unpacked."""
        return ""

    def placed(self, node: Traced) -> None:
        """An operation was recorded for a program, at the running line."""

    def finished(self, tape: Tape, outputs: list[Any], mark: int) -> list[Any]:
        """The outputs of a recording that becomes a program, made again with what was recorded after the mark as loops."""
        return outputs

    def compares(self, frame: FrameType | None) -> bool:
        """Whether the user's running line compares, rather than calling something that does, such as `max`."""
        return True

    def recorded(self, node: Traced) -> None:
        """An elementwise operation on two operands was recorded, and its result has two axes or more."""

    def failed(self, error: Exception, primitive: Primitive, inputs: Sequence[Any], params: Params) -> None:
        """An operation could not be done; a clearer error may be raised in place of this one."""

    def admit(self, primitive: Primitive, dtype: np.dtype[Any]) -> None:
        """An operation gives what is not real: complex numbers, objects, text; here all of that is refused."""
        refuse(
            "an array of {dtype} is not differentiated", "make it an array of numbers, with .astype(float)", dtype=dtype
        )

    def call(self, function: Callable[..., Any], ours: Callable[..., Any], args: Any, keywords: Any) -> Any:
        """Call what stands for a function of NumPy's."""
        return ours(*args, **keywords)

    def refuse_call(self, function: Callable[..., Any], method: str = "", keyword: str = "") -> NoReturn:
        """Refuse a function that is not differentiated, its method, or one of its keywords."""
        called = ".".join(filter(None, (function.__name__, method)))
        refuse("{subject} has no derivative here", "write it with operations that have one", subject=called)

    def newest(self, array: Traced) -> Any:
        """What is in an array now, if it may have been written to."""
        return array

    def read(self, node: Traced) -> None:
        """A node has been made of arrays that may be written to."""

    def write_ufunc(self, ufunc: np.ufunc, method: str, inputs: Any, keywords: Any) -> Any:
        """Call a ufunc that writes to arrays, by `out=`, as `at`, or as an operator like +=; here refused."""
        self.refuse_call(ufunc, keyword="out")

    def returned(self, result: Any) -> Any:
        """What a traced function returns, as it is then."""
        return result


active = Hooks()
