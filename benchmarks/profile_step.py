"""Where the time of a native step goes: reads the processor's clock between the loops of the generated source.

Started by `peers.py` as the part `profile`, or alone: `python benchmarks/profile_step.py A`. Prints one JSON object: for each
part of a step its median over many steps in µs, the mean of the threads, and for products the floating-point operations,
all done in full. What a thread waits for the others is a part of its own.
"""

from __future__ import annotations

import dataclasses
import json
import re
import statistics
import sys
import time

from measure import bind, product_rate

STEPS = 400
"""Steps whose medians are taken, at most; and seconds that all may take."""
LONGEST = 4.0
WAITING = "waiting for the other thread"
_HEAD = "    for k in range(sizes[5]"
TICK = '''
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic


@intrinsic
def tick(typing, ticks, place):
    """Write the time-stamp counter at a place."""

    def generate(context, builder, signature, args):
        i64 = ir.IntType(64)
        kind = ir.FunctionType(i64, [])
        clock = cgutils.get_or_insert_function(builder.module, kind, "llvm.readcyclecounter")
        builder.store(builder.call(clock, []), builder.gep(args[0], [args[1]]))
        return context.get_dummy_value()

    return types.void(ticks, types.intp), generate

'''


def with_ticks(source: str) -> tuple[str, list[str]]:
    """Generated source that notes the time before each part of a step, and what the parts are: comments at its depth, and
    meetings.
    """
    head, _, body = source.partition(_HEAD)
    thread = "thread[0] * (sizes[5] // BATCH * PARTS + 1)" if "thread[0]" in head else "0"
    names, lines = [], []
    for line in body.split("\n"):
        if line.startswith(("        # ", "        meet(")):
            lines.append(f"        tick(ticks, {thread} + k * PARTS + {len(names)})")
            names.append(WAITING if "meet(" in line else line.strip("# "))
        if line.startswith("    restore("):
            lines.append(f"    tick(ticks, {thread} + sizes[5] // BATCH * PARTS)")
        lines.append(line)
        stored = re.match(r" {12,}store\(memory, at_(\w+)", line)
        if stored and names and stored[1] not in re.split(r"\W+", names[-1]):
            names[-1] += f"; {stored[1]}"
    batch = re.match(r" // (\d+)", body)
    assert batch is not None
    text = _HEAD + "\n".join(lines).replace("PARTS", str(len(names))).replace("BATCH", batch[1])
    head = re.sub(r"(@numba\.cfunc\('void\(.*)\)'", r"\1, CPointer(int64))'", head)
    head = re.sub(r"def steps\(sizes, (.*)\):", r"def steps(sizes, \1, ticks):", head)
    return head.replace("\nimport numpy as np\nfrom", f"\nimport numpy as np\n{TICK}\nfrom", 1) + text, names


def profile(work) -> dict:
    """The parts of a step of a work in native loops with every product done in full."""
    import numpy as np

    import chainrule as cr
    from chainrule.training import native
    from works import pictures

    found: dict = {}
    runs: list = []
    real_chunk, real_run_threads = native.chunk, native.run_threads

    def chunk(task, kind):
        made = real_chunk(task, kind)
        source, found["names"] = with_ticks(made.source)
        found["flop"] = {
            e.target.name: 2 * int(np.prod(e.target.shape)) * int(e.inputs[0].shape[1])
            for e in task.program.equations
            if e.primitive.name == "matmul"
        }
        return dataclasses.replace(made, source=source, kinds=(*made.kinds, "int64"))

    def run_threads(steps, arrays, parts):
        count = arrays[5].size // work.batch
        ticks = np.zeros((parts, count * len(found["names"]) + 1), np.int64)
        began = time.perf_counter()
        real_run_threads(lambda *given: steps(*given, ticks.reshape(-1)), arrays, parts)
        runs.append((ticks, time.perf_counter() - began))

    native.chunk, native.run_threads, native._SPARSE = chunk, run_threads, 2.0  # a share of zeros that no data has
    x, labels = pictures(work.images)
    settings = {"batch_size": work.batch, "learning_rate": work.rate, "optimizer": "adam" if work.deep else "sgd"}
    began = time.perf_counter()

    def enough(epoch) -> bool:
        steps = sum(each.shape[1] for each, _ in runs) // len(found["names"])
        return steps >= STEPS or time.perf_counter() - began > LONGEST

    cr.Network(**work.network).fit(x, labels, epochs=100, executor="native", callbacks=[enough], **settings)
    rate = statistics.median((each.max() - each.min()) / seconds for each, seconds in runs)
    shape = (work.threads, -1, len(found["names"]))
    parts = np.concatenate([np.diff(each).reshape(shape) for each, _ in runs[1:] or runs], axis=1)
    medians = np.median(parts, axis=1).mean(axis=0) / rate * 1e6
    flop, spent = found["flop"], dict.fromkeys(found["names"], 0.0)
    for name, us in zip(found["names"], medians, strict=True):
        spent[name] += float(us)
    return {
        "described": work.described(),
        "threads": work.threads,
        "gflop_a_second": round(product_rate(work.threads) / 1e9, 1),
        "parts": [
            {"what": name, "us": round(us, 2), "flop": flop.get(name.partition(" = ")[0], 0)}
            for name, us in spent.items()
        ],
    }


def main() -> None:
    """Profile one work, by its name."""
    name = sys.argv[1]
    bind(2 if name.endswith("two threads") else 1)
    from works import WORKS

    print(json.dumps(profile(WORKS[name]), ensure_ascii=False))


if __name__ == "__main__":
    main()
