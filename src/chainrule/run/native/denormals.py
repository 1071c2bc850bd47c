"""Numbers too small to be normal, which take a processor a hundred times as long as others: taken as 0 in the loops."""

# mypy: disable-error-code="import-untyped, no-untyped-call, call-arg, misc"
# Numba and llvmlite have no types, and an intrinsic is called with one argument less than it is written with.

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import llvmlite.ir as ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from .vector import I32, Value

_FLUSH = 0x8040  # of MXCSR: denormals are zeros, and results that would be are flushed to zero


def _control(builder: Any, name: str, word: Value) -> None:
    """Store the floating-point control word, or load it. Other processors than x86 need neither to be fast."""
    i8 = ir.IntType(8).as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [i8])
    if builder.module.triple.startswith(("x86_64", "i386", "i686")):
        function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.x86.sse.{name}")
        builder.call(function, [builder.bitcast(word, i8)])


@intrinsic
def flush(typing: Any) -> Any:
    """From now on take numbers below 1.2e-38 as 0: the δ of neurons that are sure become so small, and each operation
    on such a number takes as long as a hundred others. Returns what `restore` takes to undo it.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        word = cgutils.alloca_once_value(builder, I32(0))
        _control(builder, "stmxcsr", word)
        usual = builder.load(word)
        builder.store(builder.or_(usual, I32(_FLUSH)), word)
        _control(builder, "ldmxcsr", word)
        return usual

    return types.int32(), generate


@intrinsic
def restore(typing: Any, usual: Any) -> Any:
    """Treat small numbers as before `flush`."""

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        _control(builder, "ldmxcsr", cgutils.alloca_once_value(builder, args[0]))
        return context.get_dummy_value()

    return types.void(types.int32), generate
