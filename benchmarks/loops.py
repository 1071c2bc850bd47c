"""Long loops: what recording, finding, deriving, compiling and running their gradients costs, beside `jax.lax.scan` of JAX.

    python benchmarks/loops.py            # 1,000, 10,000 and 100,000 operations
    python benchmarks/loops.py --quick    # 1,000 alone

Times are the best of five calls, but for those that happen once. All of them, JAX's too, are of one process on one machine.
"""

import os
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import chainrule as cr
from chainrule.core.derivative import differentiate
from chainrule.core.simplification import simplify
from chainrule.core.structure import LEAF, Tree
from chainrule.loops import rolling
from chainrule.run import lowering

try:
    import jax

    jax.config.update("jax_enable_x64", True)
except ImportError:
    jax = None

RANDOM = np.random.default_rng(0)
H = 0.01
W, V, B, C = (RANDOM.normal(size=shape) * 0.3 for shape in ((32, 32), (32, 4), 32, 32))


def pendulum(count):
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


def timed(function, *args, calls=1):
    best = np.inf
    for _ in range(calls):
        begun = time.perf_counter()
        result = function(*args)
        best = min(best, time.perf_counter() - begun)
    return result, best


def measure(make, operations):
    *_, each = make(3)
    count = operations // each
    function, scanned, args, _ = make(count)
    spent = []
    rolled = rolling.rolled

    def clocked(*given):
        found, seconds = timed(rolled, *given)
        spent.append(seconds)
        return found

    cr.loops.hooks.rolled = clocked
    try:
        program, traced = timed(cr.trace, function, args)
    finally:
        cr.loops.hooks.rolled = rolled
    names = [symbol.name for symbol in program.inputs]
    results = Tree(tuple, tuple(range(len(names))), (LEAF,) * len(names))
    derived, deriving = timed(lambda: simplify(differentiate(simplify(program, "textbook"), names, results), "fast"))
    run, compiling = timed(lowering.trusting, derived)
    given = [np.float64(each) if isinstance(each, float) else each for each in args]
    found, running = timed(run, *given, calls=5)
    told = [traced - sum(spent), sum(spent), deriving, compiling, running]
    print(f"{make.__name__:10} {operations:7,} operations, {count:6,} turns:", end=" ")
    print(
        "record {:.3f} s, find {:.3f} s, derive {:.3f} s, compile {:.3f} s, run {:.3g} ms".format(
            *told[:4], told[4] * 1e3
        )
    )
    if jax is None:
        return
    gradient = jax.jit(jax.grad(scanned, tuple(range(len(args)))))
    theirs, first = timed(lambda: jax.block_until_ready(gradient(*args)))
    _, again = timed(lambda: jax.block_until_ready(gradient(*args)), calls=5)
    worst = max(
        float(np.max(np.abs(np.asarray(a) - b)) / (1e-300 + np.max(np.abs(b))))
        for a, b in zip(theirs, found, strict=True)
    )
    assert worst < 1e-6, worst
    print(f"{'':10} JAX: first call {first:.3f} s, run {again * 1e3:.3g} ms; ours takes {running / again:.2f} of that")


if __name__ == "__main__":
    for operations in [1_000] if "--quick" in sys.argv else [1_000, 10_000, 100_000]:
        for make in (pendulum, recurrent):
            measure(make, operations)
