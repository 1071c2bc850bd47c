"""Processor features that loops cannot express: threads that wait for each other, flushing subnormal numbers, the clock.

Each is a function that other functions call. Its body is empty, which is right for a single thread and for targets without the
feature; machine code replaces it with instructions of its own.
"""

from __future__ import annotations

from .language import Call, Function

MEET = Function("meet", ("barrier", "thread"), (), ())
"""Wait until all threads have arrived: spin for a moment, then sleep, so that other programs get the processor.

`barrier` holds how many have arrived and, a cache line apart, how often all have; `thread` holds this thread's part, the number
of parts, the address of a sleep function, and its argument.
"""
FLUSH = Function("flush", ("thread",), (), ())
"""From now on, treat subnormal numbers as 0. The δ of saturated neurons become that small, and an operation on such a number
takes as long as a hundred others. The state that `RESTORE` needs is saved after the first four numbers of `thread`.
"""
RESTORE = Function("restore", ("thread",), (), ())
TICK = Function("tick", ("ticks",), ("place",), ())
"""Write the processor's clock, an i64, `place` bytes after the start of `ticks`."""
FUNCTIONS = (MEET, FLUSH, RESTORE, TICK)
PARTS, STATE = 8, 32  # offsets in `thread` of the number of threads and of the state for `RESTORE`
_AWAKE = 2000
"""How often a thread checks before it sleeps, if the processor can pause between checks: about 100 µs, as long as the shortest
sleep."""
_LOOKS = 10_000  # if it cannot
_FLUSHED = 0x8040  # MXCSR bits: denormals-are-zero and flush-to-zero


def call(function: Function) -> Call:
    """A call of one of these functions, on the caller's arrays with the same names."""
    return Call(function.name, function.arrays, ())


def instructions(function: Function, intel: bool) -> str:
    """One of these functions as LLVM text. Only x86 processors can pause between checks and need to be told to flush."""
    if function in (FLUSH, RESTORE) and not intel:
        return f"define internal void @{function.name}(ptr %thread) {{\nret void\n}}\n"
    return {"meet": _meet(intel), "flush": _FLUSH, "restore": _RESTORE, "tick": _TICK}[function.name]


def _meet(intel: bool) -> str:
    pause = "call void @llvm.x86.sse2.pause()\n" if intel else ""
    declared = "declare void @llvm.x86.sse2.pause()\n" if intel else ""
    return f"""define internal void @meet(ptr %came, ptr %thread) noinline {{
%at = getelementptr i8, ptr %thread, i64 {PARTS}
%parts = load i64, ptr %at
%several = icmp sgt i64 %parts, 1
br i1 %several, label %several_, label %done
several_:
%times = getelementptr i8, ptr %came, i64 64
%before = load atomic i64, ptr %times acquire, align 8
%arrived = atomicrmw add ptr %came, i64 1 acq_rel
%all = add i64 %arrived, 1
%last = icmp eq i64 %all, %parts
br i1 %last, label %opens, label %look
opens:
store atomic i64 0, ptr %came monotonic, align 8
%again = add i64 %before, 1
store atomic i64 %again, ptr %times release, align 8
br label %done
look:
%looks = phi i64 [ 0, %several_ ], [ %more, %pause ], [ %looks, %sleep ]
%now = load atomic i64, ptr %times acquire, align 8
%same = icmp eq i64 %now, %before
br i1 %same, label %still, label %done
still:
%awake = icmp slt i64 %looks, {_AWAKE if intel else _LOOKS}
br i1 %awake, label %pause, label %sleep
pause:
{pause}%more = add i64 %looks, 1
br label %look
sleep:
%at_doze = getelementptr i8, ptr %thread, i64 16
%doze = load ptr, ptr %at_doze
%at_nap = getelementptr i8, ptr %thread, i64 24
%nap = load i32, ptr %at_nap
call void %doze(i32 %nap)
br label %look
done:
ret void
}}
{declared}"""


_FLUSH = f"""define internal void @flush(ptr %thread) noinline {{
%state = getelementptr i8, ptr %thread, i64 {STATE}
call void @llvm.x86.sse.stmxcsr(ptr %state)
%usual = load i32, ptr %state
%flushed = or i32 %usual, {_FLUSHED}
%word = alloca i32
store i32 %flushed, ptr %word
call void @llvm.x86.sse.ldmxcsr(ptr %word)
ret void
}}
declare void @llvm.x86.sse.stmxcsr(ptr)
declare void @llvm.x86.sse.ldmxcsr(ptr)
"""
_RESTORE = f"""define internal void @restore(ptr %thread) noinline {{
%state = getelementptr i8, ptr %thread, i64 {STATE}
call void @llvm.x86.sse.ldmxcsr(ptr %state)
ret void
}}
"""
_TICK = """define internal void @tick(ptr %ticks, i64 %place) noinline {
%now = call i64 @llvm.readcyclecounter()
%at = getelementptr i8, ptr %ticks, i64 %place
store i64 %now, ptr %at
ret void
}
declare i64 @llvm.readcyclecounter()
"""
