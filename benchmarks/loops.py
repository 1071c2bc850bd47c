"""Long loops: what recording, finding, deriving, compiling and running their gradients costs, beside `jax.lax.scan` of JAX.

    python benchmarks/loops.py            # 1,000, 10,000 and 100,000 operations
    python benchmarks/loops.py --quick    # 1,000 alone, printed

Writes `benchmarks/results/loops.json` and `docs/loops.md`. What happens once is told in seconds of the processor, since machines
are shared; runs are the best of many calls. All of them, JAX's too, are of one process; memory is the peak of one of its own.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import numpy as np

import chainrule as cr
from chainrule.core.derivative import differentiate
from chainrule.core.simplification import simplify
from chainrule.core.structure import LEAF, Tree
from chainrule.loops import rolling
from chainrule.run import lowering

try:
    if "--memory" in sys.argv:
        raise ImportError
    import jax

    jax.config.update("jax_enable_x64", True)
except ImportError:
    jax = None

HERE = Path(__file__).resolve().parent
RANDOM = np.random.default_rng(0)
H = 0.01
W, V, B, C = (RANDOM.normal(size=shape) * 0.3 for shape in ((32, 32), (32, 4), 32, 32))
STEPS, NUMBERS = 100, 1_000_000


def pendulum(count):
    """A pendulum, on numbers."""

    def function(theta, omega, g, length):
        energy = 0.0
        for _ in range(count):
            alpha = -g / length * np.sin(theta)
            theta = theta + H * omega
            omega = omega + H * alpha
            energy = energy + H * omega * omega
        return energy

    def scanned(theta, omega, g, length):
        def step(carry, _):
            theta, omega, energy = carry
            alpha = -g / length * jax.numpy.sin(theta)
            theta, omega = theta + H * omega, omega + H * alpha
            return (theta, omega, energy + H * omega * omega), None

        return jax.lax.scan(step, (theta, omega, 0.0), None, length=count)[0][2]

    return function, scanned, (0.7, 0.1, 9.81, 1.2), 10


def recurrent(count):
    """A recurrent network of 32 hidden neurons."""

    def function(w, v, b, c, x):
        h = np.zeros(32)
        loss = 0.0
        for t in range(count):
            h = np.tanh(w @ h + v @ x[t] + b)
            loss = loss + (c @ h) ** 2
        return loss

    def scanned(w, v, b, c, x):
        def step(carry, x):
            h, loss = carry
            h = jax.numpy.tanh(w @ h + v @ x + b)
            return (h, loss + (c @ h) ** 2), None

        return jax.lax.scan(step, (jax.numpy.zeros(32), 0.0), x)[0][1]

    return function, scanned, (W, V, B, C, RANDOM.normal(size=(count, 4))), 9


def smoothed(count):
    """`y[t] = np.tanh(a * y[t - 1] + b * x[t])`, in place."""

    def function(a, b, x):
        y = np.zeros(count)
        y[0] = a
        for t in range(1, count):
            y[t] = np.tanh(a * y[t - 1] + b * x[t])
        return np.sum(y**2)

    def scanned(a, b, x):
        def step(before, x):
            after = jax.numpy.tanh(a * before + b * x)
            return after, after

        return a**2 + jax.numpy.sum(jax.lax.scan(step, a, x[1:])[1] ** 2)

    return function, scanned, (0.5, 0.3, RANDOM.normal(size=count)), 7


def filled(count):
    """`y[k] = a * x[k]`: places filled one by one."""

    def function(a, x):
        y = np.zeros(count)
        for k in range(count):
            y[k] = a * x[k]
        return np.sum(y**2)

    def scanned(a, x):
        return jax.numpy.sum(jax.lax.scan(lambda carry, x: (carry, a * x), 0.0, x)[1] ** 2)

    return function, scanned, (0.5, RANDOM.normal(size=count)), 3


def once(function, *args):
    """What a function gives, and the seconds of the processor that it took."""
    begun = time.process_time()
    result = function(*args)
    return result, time.process_time() - begun


def best(function, *args, calls=40):
    """What a function gives, and the seconds that the fastest call took."""
    least = np.inf
    for _ in range(calls):
        begun = time.perf_counter()
        result = function(*args)
        least = min(least, time.perf_counter() - begun)
    return result, least


def measure(make, operations):
    *_, each = make(3)
    count = operations // each
    function, scanned, args, _ = make(count)
    spent = []
    rolled = rolling.rolled

    def clocked(*given):
        found, seconds = once(rolled, *given)
        spent.append(seconds)
        return found

    cr.loops.hooks.rolled = clocked
    try:
        program, traced = once(cr.trace, function, args)
    finally:
        cr.loops.hooks.rolled = rolled
    names = [symbol.name for symbol in program.inputs]
    results = Tree(tuple, tuple(range(len(names))), (LEAF,) * len(names))
    derived, deriving = once(lambda: simplify(differentiate(simplify(program, "textbook"), names, results), "fast"))
    run, compiling = once(lowering.trusting, derived)
    given = [np.float64(each) if isinstance(each, float) else each for each in args]
    found, running = best(run, *given)
    told = {
        "work": make.__doc__.rstrip("."), "operations": operations, "turns": count, "lines": str(derived).count("\n"),
        "record": traced - sum(spent), "find": sum(spent), "derive": deriving, "compile": compiling, "run": running,
    }  # fmt: skip
    if jax is not None:
        gradient = jax.jit(jax.grad(scanned, tuple(range(len(args)))))
        theirs, told["first call of JAX"] = once(lambda: jax.block_until_ready(gradient(*args)))
        _, told["run of JAX"] = best(lambda: jax.block_until_ready(gradient(*args)))
        worst = max(
            float(np.max(np.abs(np.asarray(a) - b)) / (1e-300 + np.max(np.abs(b))))
            for a, b in zip(theirs, found, strict=True)
        )
        assert worst < 1e-6, worst
    print(told)
    return told


def filling():
    """How the time of a gradient grows with the number of places that are filled one by one."""
    found = {}
    for count in (1_000, 10_000):
        function, _, args, _ = filled(count)
        run = cr.compile(cr.grad(function, (0, 1)), executor="native")
        run(*args)
        found[str(count)] = best(run, *args)[1]
    return found


def heat(u, c):
    for _ in range(STEPS):
        u[1:-1] += c * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u**2)


def remembered(numbers):
    """Derive and run `heat`, and print the peak of the process in bytes."""
    run = lowering.trusting(cr.derive(heat, [cr.Spec((numbers,)), cr.Spec(())], form="fast"))
    slopes = run(np.linspace(0, 1, numbers) ** 2, np.float64(0.1))
    assert all(np.isfinite(each).all() for each in slopes)
    status = Path("/proc/self/status").read_text()  # getrusage would tell the peak of the process that began this one
    print(int(status.partition("VmHWM:")[2].split()[0]) * 1024)


def memory():
    def peak(numbers):
        ended = subprocess.run([sys.executable, __file__, "--memory", str(numbers)], capture_output=True, check=True)
        return int(ended.stdout.split()[-1])

    return {"numbers": NUMBERS, "steps": STEPS, "bytes": peak(NUMBERS), "bytes of ten numbers": peak(10)}


def page(found):
    sys.path.insert(0, str(HERE))
    from machine import line

    def number(value):
        return f"{value:.2g}" if value < 1 else f"{value:,.0f}" if value >= 100 else f"{value:.3g}"

    rows = []
    for each in found["loops"]:
        ratio = f"{each['run'] / each['run of JAX']:.2f}" if "run of JAX" in each else "–"
        seconds = [f"{each[name]:.3f}" for name in ("record", "find", "derive", "compile")]
        theirs = f"{each['first call of JAX']:.3f}" if "first call of JAX" in each else "–"
        cells = [each["work"], f"{each['operations']:,}", f"{each['turns']:,}", *seconds, theirs]
        rows.append(f"| {' | '.join([*cells, number(each['run'] * 1e6), ratio])} |")
    fill, peak = found["filling"], found["memory"]
    waits = [each["find"] + each["derive"] + each["compile"] for each in found["loops"]]
    lines = sorted(each["lines"] for each in found["loops"])
    most, least = (peak[name] / 2**30 for name in ("bytes", "bytes of ten numbers"))
    states = (peak["steps"] + 1) * peak["numbers"] * 8 / 2**30
    theirs = f"; JAX {found['jax']}" if found["jax"] else ""
    seconds = " | ".join(f"{each}, s" for each in ("record", "find the loop", "derive", "compile", "JAX's first call"))
    return f"""# Long loops

Written by `benchmarks/loops.py`, on {line(found["machine"])}{theirs}. Gradients of all arguments, in float64, beside
`jax.lax.scan` with `jit`; that both agree is checked. Seconds are those of the processor.

| | operations | turns | {seconds} | run, µs | run / JAX's run |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|
{chr(10).join(rows)}

*Record*: the function runs once, and each of its operations is noted. From then on, at most {max(waits):.2f} s
pass until there is machine code. A derivative, printed, has {lines[0]} to {lines[-1]} lines, whatever the number of turns.

Filling 10,000 places one by one, forward and backward, takes {fill["10000"] / fill["1000"]:.1f} times as long as filling 1,000:
{number(fill["10000"] * 1e6)} µs beside {number(fill["1000"] * 1e6)}.

{peak["steps"]} steps of heat on {peak["numbers"]:,} numbers, in place, with the derivative in both arguments, take a process
of {most:.2f} GiB, of which {states:.2f} GiB are the array after each step; for ten numbers it has {least:.2f}.
"""


def main():
    if "--memory" in sys.argv:
        remembered(int(sys.argv[-1]))
        return
    quick = "--quick" in sys.argv
    works = (pendulum, recurrent, smoothed, filled)
    loops = [measure(make, each) for each in ([1_000] if quick else [1_000, 10_000, 100_000]) for make in works]
    if quick:
        return
    sys.path.insert(0, str(HERE))
    from machine import machine

    found = {
        "machine": machine(), "jax": None if jax is None else jax.__version__,
        "loops": loops, "filling": filling(), "memory": memory(),
    }  # fmt: skip
    (HERE / "results" / "loops.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (HERE.parent / "docs" / "loops.md").write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
