"""Where the time of a native step goes: its loops read the processor's clock in front of each part.

Started by `peers.py` as the part `profile`, or alone: `python benchmarks/profile_step.py A`. Prints one JSON object: for each
part of a step its median over many steps in µs, the mean of the threads, and for products the floating-point operations,
all done in full. What a thread waits for the others is a part of its own.
"""

from __future__ import annotations

import json
import re
import sys
import time

from measure import bind, product_rate

STEPS = 400
"""Steps whose medians are taken, at most; and seconds that all may take."""
LONGEST = 4.0
AT_ONCE = 3  # steps of a call, of which the last one is looked at: those before it have filled the caches
MOST = 250  # marks of a step
WAITING = "waiting for the other thread"


def ticks_a_second() -> float:
    """How fast the processor's clock is."""
    import numpy as np

    from chainrule.run.loops import machine_code, system
    from chainrule.run.loops.language import INDEX, Call, Function, constant

    now = Function("now", ("x",), (), (Call("tick", ("x",), (constant(0, INDEX),)),))
    read, ticks = machine_code.compiled([*system.FUNCTIONS, now]).function("now"), np.zeros(2, np.int64)
    read(ticks.ctypes.data)
    began = time.perf_counter()
    time.sleep(0.2)
    read(ticks[1:].ctypes.data)
    return float(ticks[1] - ticks[0]) / (time.perf_counter() - began)


def marked(chunk: type, threads: int) -> type:
    """A chunk that notes the time in front of each part of a step, for each thread in a place of its own."""
    from chainrule.run.loops.language import INDEX, Call, constant, get

    class Marked(chunk):
        def mark(self, what: str) -> None:
            if not hasattr(self, "marks"):
                self.marks, self.ticks = [], self.reserve(8 * MOST * threads)
            here = constant(self.ticks + 8 * len(self.marks), INDEX)
            self.block.add(Call("tick", ("memory",), (here + get("part", INDEX) * (8 * MOST),)))
            self.marks.append(what)

        def meet(self) -> None:
            if self.shared:
                during = self.marks[-1]
                self.mark(WAITING)
                super().meet()
                self.mark(during)

    return Marked


def profile(work) -> dict:
    """The parts of a step of a work in native loops with every product done in full."""
    import numpy as np

    import chainrule as cr
    from chainrule.data.inputs import as_activations, one_hot
    from chainrule.training import native
    from chainrule.training.optimizers import adam, sgd
    from chainrule.training.runner import Examples, learner_of
    from chainrule.training.step import UpdateRule
    from works import pictures

    native.Chunk = marked(native.Chunk, work.threads)
    native.cores, native._SPARSE = lambda: work.threads, 2.0
    x, labels = pictures(work.images)
    random, network = np.random.default_rng(0), cr.Network(**work.network)
    targets = one_hot(labels, work.sizes[-1]).astype(np.float32)
    examples = Examples(None, targets, None, x, lambda rows: as_activations(rows, work.sizes[0]), labels)
    rule = UpdateRule(adam() if work.deep else sgd())
    learner = learner_of(network.architecture, network.parameters, rule.optimizer, random)
    runner = native.NativeRunner(network.architecture, learner, examples, rule, work.batch)
    runner.begin()
    chunk = runner._made.chunk
    names, size = chunk.marks, 8 * MOST * work.threads
    rows, began = [], time.perf_counter()
    while len(rows) < STEPS and time.perf_counter() - began < LONGEST:
        order = random.permutation(len(labels))[: AT_ONCE * work.batch].reshape(AT_ONCE, work.batch)
        runner.learn(order, [work.rate / work.batch] * AT_ONCE, AT_ONCE * len(rows))
        ticks = runner._memory[chunk.ticks : chunk.ticks + size].view(np.int64).reshape(work.threads, MOST)
        rows.append(np.diff(ticks[:, : len(names)]))
    medians = np.median(np.array(rows[1:]), axis=0).mean(axis=0) / ticks_a_second() * 1e6
    spent = dict.fromkeys(names[:-1], 0.0)  # the last one is the step's end
    for name, us in zip(names, medians, strict=False):
        spent[name] += float(us)
    flop = {
        e.target.name: 2 * int(np.prod(e.target.shape)) * int(e.inputs[0].shape[1])
        for e in chunk.program.equations
        if e.primitive.name == "matmul"
    }
    return {
        "described": work.described(),
        "threads": work.threads,
        "gflop_a_second": round(product_rate(work.threads) / 1e9, 1),
        "parts": [
            {"what": said(name), "us": round(us, 2), "flop": sum(flop.get(each, 0) for each in name.split(", "))}
            for name, us in spent.items()
        ],
    }


def said(what: str) -> str:
    """What a part makes, without the names of what is computed on the way."""
    names = what.split(", ")
    return ", ".join([name for name in names if not re.fullmatch(r"(cost_)?v\d+", name)] or names)


def main() -> None:
    """Profile one work, by its name."""
    name = sys.argv[1]
    bind(2 if name.endswith("two threads") else 1)
    from works import WORKS

    print(json.dumps(profile(WORKS[name]), ensure_ascii=False))


if __name__ == "__main__":
    main()
