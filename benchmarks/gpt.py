"""The small GPT's training step beside plain Python, NumPy and C by hand, PyTorch and JAX; and its losses beside plain Python.

    python benchmarks/gpt.py            # 1,000 losses in float64, and a step's time, rounds of all in turn
    python benchmarks/gpt.py --quick    # ten losses and one short round, printed

Writes `benchmarks/results/gpt.json` and `docs/gpt.md`. A step is one name in a block of 16 places, forward, backward and Adam on
all 4,192 parameters, in float32, on one thread. Times are the best of rounds in which all take their turn, since machines are
shared.
"""

import ctypes
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

for name in ("OPENBLAS", "OMP", "MKL"):
    os.environ.setdefault(f"{name}_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import numpy as np

import chainrule as cr
import gpt_by_hand
import machine
from chainrule.gpt import learning, model, text

HERE = Path(__file__).resolve().parent
QUICK = "--quick" in sys.argv
C_FLAGS = ("-O3", "-march=native", "-ffast-math")
LOSSES, ROUNDS, CHUNK = (10, 1, 64) if QUICK else (1000, 12, 500)
JS_STEPS = 64  # of a call in Node


def begun(count, dtype):
    """First weights, pieces of names in random order, and the numbers of as many steps."""
    lines, random = text.names(), np.random.default_rng(0)
    letters = text.Letters.of(lines)
    tokens, targets, share = letters.pieces([lines[k] for k in random.permutation(len(lines))[:count]])
    weights = tuple(each.astype(dtype) for each in model.first_weights(letters.end + 1, random))
    return weights, tokens, targets, share.astype(dtype), learning.numbers_of(0, count, count).astype(dtype)


def agreement(folder):
    """The greatest differences between the losses of runs and those of plain Python, from the same weights, in float64."""
    weights, *rest = begun(LOSSES, np.float64)
    zeros = tuple(map(np.zeros_like, weights))
    found, *_ = cr.compile(learning.learned)(weights, zeros, zeros, *rest)
    plain = np.array(list(gpt_by_hand.on_numbers(weights, *rest)))
    in_wide_c = in_c(folder, weights, rest)() if compiler() else None
    return {
        "steps": LOSSES,
        "greatest_difference": float(np.abs(found - plain).max()),
        "of_c": None if in_wide_c is None else float(np.abs(in_wide_c - plain).max()),
        "first_and_last_hundred": [float(np.mean(plain[:100])), float(np.mean(plain[-100:]))],
    }


def ours():
    """Chainrule's derived program, as machine code."""
    weights, *rest = begun(CHUNK, np.float32)
    zeros = tuple(map(np.zeros_like, weights))
    run = cr.compile(learning.learned, "native")
    started = time.perf_counter()
    run(weights, zeros, zeros, *rest)
    first = time.perf_counter() - started
    return (lambda: run(weights, zeros, zeros, *rest)), CHUNK, first


def by_hand(function, count, dtype):
    """A step that is written by hand."""
    args = begun(count, dtype)
    return (lambda: list(function(*args))), count, None


def compiler():
    """The C compiler, if there is one."""
    return shutil.which("gcc") or shutil.which("cc") or shutil.which("clang")


def in_c(folder, weights, rows):
    """What runs `gpt.c` from these weights over all rows and gives the cost before each step, in their number type."""
    letters, dtype = len(weights[0]), weights[0].dtype
    library = folder / f"gpt-{dtype}.so"
    flags = [*C_FLAGS, f"-DLETTERS={letters}", *(["-DWIDE"] if dtype == np.float64 else [])]
    part = library.with_suffix(".o")
    subprocess.run([compiler(), *flags, "-fPIC", "-c", str(HERE / "gpt.c"), "-o", str(part)], check=True)
    # Linked without -ffast-math, with which the whole process would take subnormal numbers for 0 from then on.
    subprocess.run([compiler(), "-shared", str(part), "-o", str(library), "-lm"], check=True)
    learn = ctypes.CDLL(str(library)).learn
    *others, w2, wlm = weights
    flat = np.concatenate([each.ravel() for each in (*others, w2.T, wlm)])
    tokens, targets, share, numbers = rows
    given = [np.ascontiguousarray(each, np.int64) for each in (tokens, targets)]
    given += [np.ascontiguousarray(each, dtype) for each in (share, numbers)]
    count, costs = len(tokens), np.empty(len(tokens), dtype)

    def run():
        held = [flat.copy(), np.zeros_like(flat), np.zeros_like(flat), *given]
        learn(
            *(ctypes.c_void_p(each.ctypes.data) for each in held),
            ctypes.c_int64(count),
            ctypes.c_void_p(costs.ctypes.data),
        )
        return costs

    return run


def by_hand_in_c(folder):
    """C by hand, in float32."""
    if compiler() is None:
        raise RuntimeError("there is no C compiler")
    weights, *rows = begun(CHUNK, np.float32)
    return in_c(folder, weights, rows), CHUNK, None


def in_jax(scans):
    """The same lines of the model with JAX's NumPy; a compiled function of a step, or of all steps by `lax.scan`."""
    import jax

    lines = Path(model.__file__).read_text(encoding="utf-8").replace("import numpy as np", "import jax.numpy as np")
    scope = {"__name__": "model_in_jax"}
    exec(compile(lines.replace("np.random.Generator", "object"), model.__file__, "exec"), scope)
    slope = jax.value_and_grad(scope["cost"], argnums=tuple(range(len(model.WEIGHTS))))

    def step(state, row):
        weights, means, squares = state
        tokens, targets, share, (rate, one, two) = row
        cost, gradient = slope(*weights, tokens, targets, share)
        made = [
            learning.ADAM.update(*each, rate, one, two) for each in zip(weights, gradient, means, squares, strict=True)
        ]
        return tuple(zip(*made, strict=True)), cost

    update = learning.ADAM.update  # of which `np.sqrt` gets JAX's arrays
    update.__globals__["np"] = jax.numpy
    weights, *rows = begun(CHUNK, np.float32)
    zeros = tuple(map(np.zeros_like, weights))
    state = jax.tree.map(jax.numpy.asarray, (weights, zeros, zeros))
    started = time.perf_counter()
    if scans:
        every = jax.jit(lambda state, rows: jax.lax.scan(step, state, rows))
        rows = tuple(map(jax.numpy.asarray, rows))
        run = lambda: jax.block_until_ready(every(state, rows))  # noqa: E731
        count = CHUNK
    else:
        one, count = jax.jit(step), 64
        single = [tuple(map(jax.numpy.asarray, row)) for row in zip(*(each[:count] for each in rows), strict=True)]

        def run():
            now = state
            for row in single:
                now, _ = one(now, row)
            jax.block_until_ready(now)

    run()
    first = time.perf_counter() - started
    update.__globals__["np"] = np
    return run, count, first


def in_torch(compiles):
    """PyTorch, with its attention and its fused Adam; eager, or by `torch.compile`."""
    import torch
    from torch.nn import functional

    torch.set_num_threads(1)
    count = 32 if QUICK else 64
    weights, tokens, targets, share, numbers = begun(count, np.float32)
    w = [torch.nn.Parameter(torch.tensor(each)) for each in weights]
    optimizer = torch.optim.Adam(w, lr=0.01, betas=(0.85, 0.99), fused=True)
    tokens, targets, share = torch.tensor(tokens), torch.tensor(targets), torch.tensor(share)

    def norm(x):
        return functional.rms_norm(x, (16,), eps=1e-5)

    def split(x):
        return x.view(16, 4, 4).transpose(0, 1)

    def cost(ids, wanted, parts):
        wte, wpe, wq, wk, wv, wo, w1, w2, wlm = w
        x = norm(wte[ids] + wpe)
        n = norm(x)
        q, k, v = split(n @ wq.T), split(n @ wk.T), split(n @ wv.T)
        o = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + o.transpose(0, 1).reshape(16, 16) @ wo.T
        x = x + torch.relu(norm(x) @ w1.T) @ w2.T
        return (parts * functional.cross_entropy(x @ wlm.T, wanted, reduction="none")).sum()

    made = torch.compile(cost) if compiles else cost

    def run():
        for k in range(count):
            optimizer.param_groups[0]["lr"] = float(numbers[k, 0])
            optimizer.zero_grad(set_to_none=True)
            made(tokens[k], targets[k], share[k]).backward()
            optimizer.step()

    started = time.perf_counter()
    run()
    return run, count, time.perf_counter() - started


NODE = """import { instantiate } from %s;
const { inputs, run } = await instantiate();
const given = %s;
const leaves = (nest) => ArrayBuffer.isView(nest) ? [nest] : Object.values(nest).flatMap(leaves);
leaves(inputs).forEach((each, k) => each.set(typeof each[0] === "bigint" ? given[k].map(BigInt) : given[k]));
let best = 1e9;
const end = performance.now() + %d;
while (performance.now() < end) {
  const from = performance.now();
  run();
  best = Math.min(best, performance.now() - from);
}
console.log(best * 1000 / %d);
"""


def in_node(folder):
    """WebAssembly in Node: µs a step, the best of some seconds."""
    weights, *rest = begun(JS_STEPS, np.float32)
    zeros = tuple(map(np.zeros_like, weights))
    args = (weights, zeros, zeros, *rest)
    cr.webassembly(cr.trace(learning.learned, args)).save(folder / "steps.mjs")
    flat = [np.asarray(each).ravel().tolist() for each in (*weights, *zeros, *zeros, *rest)]
    script = NODE % (json.dumps(str(folder / "steps.mjs")), json.dumps(flat), 300 if QUICK else 3000, JS_STEPS)
    (folder / "run.mjs").write_text(script, encoding="utf-8")

    def run():
        done = subprocess.run(["node", str(folder / "run.mjs")], capture_output=True, text=True, check=True)
        return float(done.stdout)

    return run


def alone():
    """µs a step of chainrule's loops for the processor that CHAINRULE_NATIVE_CPU names, in a process of its own."""

    def run():
        environment = {**os.environ, "CHAINRULE_NATIVE_CPU": "avx2"}
        command = [sys.executable, __file__, "--alone", *(["--quick"] if QUICK else [])]
        return float(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)

    return run


def best_of(run, count, seconds):
    """The least µs a step within some seconds."""
    best, end = float("inf"), time.perf_counter() + seconds
    while True:
        started = time.perf_counter()
        run()
        now = time.perf_counter()
        best = min(best, (now - started) / count * 1e6)
        if now > end:
            return best


def product_rate():
    """GFLOP/s of a product of 1024 × 1024 matrices in float32."""
    a = np.random.default_rng(0).normal(size=(1024, 1024)).astype(np.float32)
    started = time.perf_counter()
    a @ a
    return 2 * 1024**3 / (time.perf_counter() - started) / 1e9


PAGE = """# A small GPT's training step

Written by `python benchmarks/gpt.py`. A step is one name in a block of 16 places: forward, backward, and Adam on all 4,192
parameters, in float32, on one thread. The network is `src/chainrule/gpt/model.py`, in plain NumPy; chainrule derives its
backward pass, and compiles {chunk} steps into one function. JAX runs the same lines with its own NumPy; PyTorch has its own
attention, normalization and fused Adam. C by hand is [gpt.c](../benchmarks/gpt.c), compiled by `gcc {flags}`.
Plain Python takes a number at a time, in float64, and leaves out what is only padding. Each time is the best of {rounds} rounds
in which all take turns.

| | µs a step | ÷ chainrule | first call, s |
|---|---:|---:|---:|
{rows}

In the same rounds, a product of 1024 × 1024 matrices ran at up to {rate:.0f} GFLOP/s; the 385 kFLOP of a step's products alone
would take {bound:.1f} µs at that rate.

**Its losses are right.** From the same first weights, in float64, the losses of {steps:,} steps differ from those of plain Python
by at most {difference:.1e}{of_c}; they fall from {begin:.2f} (mean of the first hundred) to {end:.2f} (of the last).

{missing}{machine}.
"""


def contenders(folder):
    """By name what times a round, and how long the first call took; what is not installed is left out."""
    made, firsts, missing = {}, {}, {}
    for name, make in {
        "chainrule, native": ours,
        "C by hand": lambda: by_hand_in_c(folder),
        "NumPy by hand": lambda: by_hand(gpt_by_hand.in_numpy, 64, np.float32),
        "plain Python": lambda: by_hand(gpt_by_hand.on_numbers, 1 if QUICK else 4, np.float64),
        "JAX, a step in jit": lambda: in_jax(False),
        "JAX, lax.scan": lambda: in_jax(True),
        "PyTorch, eager": lambda: in_torch(False),
        "PyTorch, compiled": lambda: in_torch(True),
    }.items():
        if QUICK and name == "PyTorch, compiled":  # which takes a minute
            continue
        try:
            run, count, firsts[name] = make()
        except Exception as error:
            missing[name] = f"{type(error).__name__}: {error}".splitlines()[0]
            continue
        made[name] = lambda run=run, count=count: best_of(run, count, 0.05 if QUICK else 0.6)
    for name, make in {"chainrule, AVX2": alone, "chainrule, WebAssembly in Node": lambda: in_node(folder)}.items():
        made[name] = make()
    return made, firsts, missing


def measured():
    """All of it."""
    found = {"machine": machine.machine(), "us": {}, "rounds": ROUNDS, "chunk": CHUNK}
    rates = []
    with tempfile.TemporaryDirectory() as folder:
        found["agreement"] = agreement(Path(folder))
        made, found["first_call_seconds"], found["missing"] = contenders(Path(folder))
        for _ in range(ROUNDS):
            rates.append(product_rate())
            for name in list(made):
                try:
                    found["us"][name] = min(found["us"].get(name, float("inf")), made[name]())
                except Exception as error:
                    found["missing"][name] = f"{type(error).__name__}: {error}".splitlines()[0]
                    del made[name]
    found["gflop_a_second"] = max(rates)
    for name in ("torch", "jax"):
        if name in sys.modules:
            found["machine"][name] = sys.modules[name].__version__
    return found


def page(found):
    """The page."""
    us, agreed = found["us"], found["agreement"]
    first = us["chainrule, native"]
    rows = []
    for name, value in sorted(us.items(), key=lambda each: each[1]):
        seconds = found["first_call_seconds"].get(name)
        rows.append(f"| {name} | {value:,.1f} | {value / first:,.1f} | {'' if seconds is None else f'{seconds:.1f}'} |")
    versions = [f", {name} {found['machine'][name]}" for name in ("torch", "jax") if name in found["machine"]]
    return PAGE.format(
        chunk=found["chunk"],
        flags=" ".join(C_FLAGS),
        rounds=found["rounds"],
        rows="\n".join(rows),
        rate=found["gflop_a_second"],
        bound=385 / found["gflop_a_second"],
        steps=agreed["steps"],
        difference=agreed["greatest_difference"],
        of_c="" if agreed["of_c"] is None else f", those of C by at most {agreed['of_c']:.1e}",
        begin=agreed["first_and_last_hundred"][0],
        end=agreed["first_and_last_hundred"][1],
        missing="".join(f"{name} is missing: {reason}.\n\n" for name, reason in found["missing"].items()),
        machine=machine.line(found["machine"]) + "".join(versions),
    )


def main():
    """Measure, print, and write unless --quick."""
    if "--alone" in sys.argv:
        run, count, _ = ours()
        print(best_of(run, count, 0.05 if QUICK else 0.6))
        return
    found = measured()
    print(page(found))
    agreed = found["agreement"]
    assert agreed["greatest_difference"] < 1e-3
    assert (agreed["of_c"] or 0) < 1e-3
    if not QUICK:
        (HERE / "results" / "gpt.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        (HERE.parent / "docs" / "gpt.md").write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
