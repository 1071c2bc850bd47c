"""The hooks of a trace, as `core/hooks.py` lists them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from types import FrameType
from typing import Any, NoReturn

import numpy as np

from ..core import hooks
from ..core.binding import bind
from ..core.dims import ShapeMismatch
from ..core.errors import TracingError
from ..core.location import refusal_in
from ..core.messages import message
from ..core.primitive import PRIMITIVES, Primitive
from ..core.structure import Tree, flatten
from ..core.symbols import Array, Params
from ..core.traced import Tape, Traced, current
from ..core.tracing import LEAF_TYPES
from . import dimension_errors, names, refusing
from .draws import Draws
from .inplace import memory, writing
from .interception import Interception
from .keeping import changed, keep, release
from .part_names import part_names
from .sizes.keeping import asks_for_sizes, creation_of, keep_sizes, with_sizes


class TracingHooks(hooks.Hooks):
    """Finds the user's names, explains failures with the user's line, and protects arrays that were read."""

    def closed(self, tape: Tape, error: BaseException | None) -> None:
        """Make arrays that were read writable again, and explain NumPy's errors with the user's line."""
        late = changed(tape) if tape.freezing or tape.writes else None
        if tape.frozen:
            release(tape.frozen)
        if late is not None and error is None:
            what = message("an array is changed after the trace has read it here, through a view that was taken before")
            raise TracingError(refusal_in(*late, what, "make a new array instead"))
        if isinstance(error, AttributeError) and isinstance(error.obj, Traced):
            raise AttributeError(dimension_errors.refusal_at(error, *refusing.missing(str(error.name)))) from None
        if isinstance(error, (ValueError, TypeError, SystemError)):
            if isinstance(error.__cause__, TracingError):  # libraries bury ours where they fill a plain array, or go on
                raise error.__cause__ from None
            if "sequence of integers" in str(error):  # NumPy's own complaint about a size that is traced
                what = message("a traced value cannot be an index or a count")
                raise TracingError(
                    dimension_errors.refusal_at(error, what, "pass a plain int to the function")
                ) from None
            if str(error).startswith("Iterator operand"):  # NumPy's own complaint of np.nditer
                what = message("np.nditer takes plain arrays")
                raise TracingError(
                    dimension_errors.refusal_at(error, what, "write it for whole arrays, or loop over np.ravel(x)")
                ) from None
            if "Can't differentiate w.r.t. type" in str(error):  # autograd's complaint, within a library
                what = message("autograd does not differentiate traced arrays")
                raise TracingError(dimension_errors.refusal_at(error, what, "write cr.grad instead of it")) from None
            if tape.frozen and "read-only" in str(error):
                what = message("an array is changed after the trace has read it")
                raise TracingError(dimension_errors.refusal_at(error, what, "make a new array instead")) from None
        if error is not None:
            dimension_errors.explain_complaint(error)

    def running(self, function: Callable[..., Any], once: bool) -> hooks.Running:
        """Bind stand-ins for the function; if it becomes a program, refuse random numbers and clocks."""
        if not once:
            return Interception(function)
        keeps = asks_for_sizes()

        def run(args: Sequence[object]) -> AbstractContextManager[Callable[..., Any]]:
            running = Draws(function, args).beside(args)
            return with_sizes(function, running) if keeps else running

        return run

    def part_names(self, function: Callable[..., Any], arguments: Sequence[tuple[str, Tree]]) -> list[str]:
        """The names that the source gives to parts of the arguments, as in `W, b = params`."""
        return part_names(function, arguments)

    def placed(self, node: Traced) -> None:
        """Keep the sizes of arguments in the shapes of what is made of them."""
        keep_sizes(node)

    def keep(self, array: Array, tape: Tape) -> Any:
        """A copy of a small array; a large one is read-only until the recording ends. It keeps the user's name.

        An array that is made of sizes is made anew by the program.
        """
        creation = creation_of(array) if tape.places is not None else None
        if creation is not None:
            return bind(PRIMITIVES["full"], (), (("fill", creation),), tape)
        kept = keep(array, tape)
        name = tape.constants.get(id(array), "")
        if not name and tape.freezing and tape.naming:
            name = names.outside(array)
        if name:
            tape.constants[id(kept)] = name
        return kept

    def stored_name(self, frame: FrameType, outermost: FrameType | None) -> str | tuple[str, ...]:
        """The name under which the bytecode stores the result."""
        return names.stored_name(frame, outermost)

    def compares(self, frame: FrameType | None) -> bool:
        """Whether the bytecode is at a comparison."""
        return names.compares(frame)

    def recorded(self, node: Traced) -> None:
        """Warn if a column is combined with a row."""
        dimension_errors.warn_of_column_and_row(node)

    def failed(self, error: Exception, primitive: Primitive, inputs: Sequence[Any], params: Params) -> None:
        """Explain shapes that do not match with the user's symbols, and refuse operands that are not numbers."""
        for operand in inputs:
            # what is no number has no shape either that could be wrong
            if isinstance(operand, np.ndarray) and operand.dtype.kind not in "fbiuc":
                refusing.refuse_no_number(operand)
        if isinstance(error, (ValueError, IndexError, ShapeMismatch)):
            dimension_errors.mismatch(primitive, tuple(inputs), params)

    def admit(self, primitive: Primitive, dtype: np.dtype[Any]) -> None:
        """Refuse complex numbers where the rules of the operation do not hold for them."""
        if dtype.kind != "c":
            super().admit(primitive, dtype)
        if primitive.name not in refusing.COMPLEX:
            refusing.refuse_complex(primitive.name)

    call = staticmethod(refusing.call)  # which refuses unsupported arguments by name

    def refuse_call(self, function: Callable[..., Any], method: str = "", keyword: str = "") -> NoReturn:
        """Refuse the function, saying what to write instead."""
        refusing.refuse_call(function, method, keyword)

    def newest(self, array: Traced) -> Any:
        """The newest version of its block."""
        return memory.newest(array)

    def read(self, node: Traced) -> None:
        """A view of a block is one, too; other nodes keep what they have read."""
        memory.read(node)

    def write_ufunc(self, ufunc: np.ufunc, method: str, inputs: Any, keywords: Any) -> Any:
        """Write what the ufunc gives to a traced array."""
        return writing.write_ufunc(ufunc, method, inputs, keywords)

    def returned(self, result: Any) -> Any:
        """The newest versions of arrays that were written to."""
        tape = current.get()
        if tape is not None:
            memory.require_unchanged(tape)
        if tape is None or not (tape.written or tape.allocates):
            return result
        leaves, tree = flatten(result, LEAF_TYPES)
        return tree.build(iter([memory.newest(each) if isinstance(each, Traced) else each for each in leaves]))


hooks.active = TracingHooks()
