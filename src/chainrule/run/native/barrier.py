"""Where threads wait for one another, as LLVM IR: a moment awake, then asleep, so that other programs have the processor."""

# mypy: disable-error-code="import-untyped, no-untyped-call, call-arg, misc"
# Numba and llvmlite have no types, and an intrinsic is called with one argument less than it is written with.

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import llvmlite.ir as ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from ..loops.processor import processor
from .vector import I32, I64, Value, data_of

_AWAKE = {"avx512": 2000, "avx2": 2000, "sse4.2": 2000}
"""How often a thread looks before it sleeps, where the processor can pause between two looks: about 100 µs, as long as the
shortest sleep lasts."""
_LOOKS = 10_000  # where it cannot
_APART = 8  # of the barrier's two numbers: each has a cache line


@intrinsic
def meet(typing: Any, barrier: Any, parts: Any, doze: Any, nap: Any) -> Any:
    """Wait until all `parts` threads have come here. `barrier` holds how many have, and how often all had.

    `doze` is the address of a function that sleeps, and `nap` what it is told.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Sequence[Value]) -> Value:
        came = data_of(context, builder, signature.args[0], args[0])
        times = builder.gep(came, [I64(_APART)])
        parts, doze, nap = args[1:]
        with builder.if_then(builder.icmp_signed(">", parts, I64(1))):
            before = builder.load_atomic(times, "acquire", 8)
            arrived = builder.atomic_rmw("add", came, I64(1), "acq_rel")
            last = builder.icmp_signed("==", builder.add(arrived, I64(1)), parts)
            with builder.if_else(last) as (opens, waits):
                with opens:
                    builder.store_atomic(I64(0), came, "monotonic", 8)
                    builder.store_atomic(builder.add(before, I64(1)), times, "release", 8)
                with waits:
                    _wait(builder, times, before, doze, nap)
        return context.get_dummy_value()

    return types.void(barrier, types.intp, types.intp, types.intp), generate


def _wait(builder: Any, times: Value, before: Value, doze: Value, nap: Value) -> None:
    """Until `times` holds another number."""
    awake = _AWAKE.get(processor().name, 0)
    start, function = builder.basic_block, builder.function
    look, pause, sleep, done = (function.append_basic_block(name) for name in ("look", "pause", "sleep", "done"))
    after = function.append_basic_block("still")
    builder.branch(look)
    builder.position_at_end(look)
    looks = builder.phi(I64)
    looks.add_incoming(I64(0), start)
    builder.cbranch(builder.icmp_signed("==", builder.load_atomic(times, "acquire", 8), before), after, done)
    builder.position_at_end(after)
    builder.cbranch(builder.icmp_signed("<", looks, I64(awake or _LOOKS)), pause, sleep)
    builder.position_at_end(pause)
    if awake:
        kind = ir.FunctionType(ir.VoidType(), [])
        builder.call(cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.sse2.pause"), [])
    more = builder.add(looks, I64(1))
    builder.branch(look)
    builder.position_at_end(sleep)
    kind = ir.FunctionType(ir.VoidType(), [I32])
    builder.call(builder.inttoptr(doze, kind.as_pointer()), [builder.trunc(nap, I32)])
    builder.branch(look)
    looks.add_incoming(more, pause)
    looks.add_incoming(looks, sleep)
    builder.position_at_end(done)
