"""Gradients beside autograd and JAX, in one run: traced, seen before, compiled; medians, and compile times apart.

    python benchmarks/derivatives.py [--seconds 0.8]      # five minutes

Writes `benchmarks/results/derivatives.json` and `docs/derivatives.md`. The contenders take turns, so that whatever else the
machine does meets all of them; before anything is timed, their gradients are compared.
"""

import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
if hasattr(
    os, "sched_setaffinity"
):  # one processor for all: no contender waits for a thread that another program delays
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import argparse
import functools
import gc
import json
import statistics
import time
import warnings
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import autograd
import autograd.numpy
import jax
import numpy as np

import chainrule as cr
from chainrule.calculus import backward_cache
from chainrule.calculus.loops import loops
from chainrule.core.simplification import simplify
from chainrule.core.tracing import trace
from machine import line, machine
from workloads import workloads

jax.config.update("jax_enable_x64", True)

HERE = Path(__file__).parent
RESULTS, PAGE = HERE / "results" / "derivatives.json", HERE.parent / "docs" / "derivatives.md"
MAX_NODES = backward_cache.MAX_NODES
CONTENDERS = {
    "plain": "the function alone",
    "autograd": "autograd",
    "jax": "JAX",
    "traced": "`grad`, first",
    "seen": "`grad`, seen",
    "numpy": "compiled, NumPy",
    "native": "compiled, native",
    "auto": "`compile`",
    "jitted": "JAX, jitted",
}
TARGETS = (  # what ours is to be, beside whom, and how many times as fast
    ("`grad`, seen", "seen", "autograd", 2.0),
    ("`compile(grad)`", "auto", "autograd", 7.0),
    ("`compile(grad)`", "auto", "jitted", 1.0),
)


def contenders(name: str) -> tuple[dict[str, tuple[Callable[[], Any], float]], str]:
    """What each contender does for one gradient, and how long its first took; and which executor `compile` chose."""
    function, args = workloads(np)[name]
    positions = tuple(range(len(args)))
    by_autograd = autograd.grad(workloads(autograd.numpy)[name][0], positions)
    by_jax = jax.grad(workloads(jax.numpy)[name][0], positions)
    jitted, on_device = jax.jit(by_jax), [jax.numpy.asarray(each) for each in args]
    gradient = cr.grad(function, positions)
    compiled = {each: cr.compile(cr.grad(function, positions), each) for each in ("numpy", "native", "auto")}

    def traced() -> Any:
        backward_cache.MAX_NODES = 0  # nothing is looked up, nothing compiled
        return gradient(*args)

    def seen() -> Any:
        backward_cache.MAX_NODES = MAX_NODES
        return gradient(*args)

    backward_cache.clear()
    calls = {
        "plain": lambda: function(*args),
        "autograd": lambda: by_autograd(*args),
        "jax": lambda: jax.block_until_ready(by_jax(*on_device)),
        "traced": traced,
        "seen": seen,
        **{each: functools.partial(compiled[each], *args) for each in compiled},
        "jitted": lambda: jax.block_until_ready(jitted(*on_device)),
    }
    first: dict[str, tuple[Callable[[], Any], float]] = {}
    expected = by_autograd(*args)
    for each, call in calls.items():
        if each == "native":
            llvm_is_there()
        began = time.perf_counter()
        found = call()
        took = time.perf_counter() - began
        if each != "plain":
            for one, other in zip(found, expected, strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-10, err_msg=f"{name}: {each}")
        for _ in range(2 if each != "seen" else 2 + MAX_NODES // backward_cache.NODES_A_RECORDING):
            call()  # what is seen again is compiled before it is timed
        first[each] = call, took
    program = simplify(trace(cr.grad(function, positions), args), "fast")
    return first, "NumPy" if loops(program)[0] is None else "native"


def llvm_is_there() -> None:
    """Import what compiles loops, which is done once and not part of compiling one function."""
    cr.compile(np.sin, "native")(np.ones(3))


def measured(name: str, seconds: float) -> dict[str, Any]:
    """The median time of one gradient by each contender, in microseconds, and of its first, in milliseconds."""
    found, chosen = contenders(name)
    times: dict[str, list[float]] = {each: [] for each in found}
    repeats = {}
    for each, (call, _) in found.items():
        call(), call()
        began = time.perf_counter()
        call()
        repeats[each] = max(1, int(0.0005 / max(time.perf_counter() - began, 1e-7)))
    gc.collect()
    gc.freeze()  # what JAX keeps is not searched again and again while others are timed
    began = time.perf_counter()
    while time.perf_counter() - began < seconds * len(found) or len(times["jax"]) < 7:
        for each, (call, _) in found.items():
            start = time.perf_counter()
            for _ in range(repeats[each]):
                call()
            times[each].append((time.perf_counter() - start) / repeats[each])
    return {"chosen": chosen} | {
        each: {"microseconds": statistics.median(times[each]) * 1e6, "first_milliseconds": first * 1e3}
        for each, (_, first) in found.items()
    }


def number(microseconds: float) -> str:
    """Three digits, as people write them."""
    return f"{microseconds:,.0f}" if microseconds >= 100 else f"{microseconds:.3g}"


def page(results: dict[str, Any]) -> str:
    """The results as a page."""
    rows = results["workloads"]
    table = [
        "| µs for one gradient | " + " | ".join(CONTENDERS.values()) + " |",
        "|---|" + "--:|" * len(CONTENDERS),
        *(
            f"| {name} | " + " | ".join(number(row[each]["microseconds"]) for each in CONTENDERS) + " |"
            for name, row in rows.items()
        ),
    ]
    times = [
        "| | seen / autograd | `compile` / autograd | `compile` / JAX, jitted | `compile` chose |",
        "|---|--:|--:|--:|---|",
    ]
    first = ["| ms for the first | NumPy | native | JAX, jitted |", "|---|--:|--:|--:|"]
    for name, row in rows.items():
        us = {each: row[each]["microseconds"] for each in CONTENDERS}
        ratios = [us[other] / us[ours] for _, ours, other, _ in TARGETS]
        times.append(f"| {name} | {' | '.join(f'{ratio:.1f} ×' for ratio in ratios)} | {row['chosen']} |")
        ms = [row[each]["first_milliseconds"] for each in ("numpy", "native", "jitted")]
        first.append(f"| {name} | {' | '.join(f'{each:,.0f}' for each in ms)} |")
    aims = ["| target | met on | missed on |", "|---|--:|---|"]
    for ours, contender, other, wanted in TARGETS:
        missed = [
            f"{name} ({ratio:.2f} ×)"
            for name, row in rows.items()
            if (ratio := row[other]["microseconds"] / row[contender]["microseconds"]) < wanted
        ]
        goal = f"{ours}: {wanted:g} × as fast as {CONTENDERS[other]}"
        aims.append(f"| {goal} | {len(rows) - len(missed)} of {len(rows)} | {', '.join(missed) or '–'} |")
    return "\n".join(
        [
            "# Derivatives, beside autograd and JAX",
            "",
            f"Written by `benchmarks/derivatives.py`, on {line(results['machine'])}; autograd {results['autograd']}, JAX "
            f"{results['jax']}, float64, everything on one processor. Medians of rounds in which all took turns"
            f"{results['load']}. Each gradient is with respect to all arguments; that all agree is checked before anything is "
            "timed.",
            "",
            *table,
            "",
            "*First*: traced, and the backward pass computed rule by rule, as at the first call. *Seen*: traced again, and the "
            "compiled backward pass run. *Compiled*: one program for values and errors, traced once; *native*, as loops. "
            "`compile` chooses one of the two by the program.",
            "",
            "How many times as fast:",
            "",
            *times,
            "",
            *aims,
            "",
            "To trace, derive and compile, with NumPy, JAX and LLVM imported before:",
            "",
            *first,
            "",
        ]
    )


def main() -> None:
    """Measure, and write the results and the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=0.8, help="for each contender on each function")
    parser.add_argument("--quick", action="store_true", help="three functions, briefly; nothing is written")
    parser.add_argument("--page", action="store_true", help="only write the page, from the results that are there")
    options = parser.parse_args()
    warnings.simplefilter("error", RuntimeWarning)
    if not options.page:
        rows = {}
        for name in list(workloads(np))[: 3 if options.quick else None]:
            rows[name] = measured(name, 0.05 if options.quick else options.seconds)
            print(name, {each: round(rows[name][each]["microseconds"], 1) for each in CONTENDERS}, flush=True)
        if options.quick:
            return
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
        busy = f" (the machine was busy with other work: load {load:.0f})" if load > 2 * (os.cpu_count() or 1) else ""
        results = {
            "machine": machine(), "autograd": metadata.version("autograd"),
            "jax": jax.__version__, "load": busy, "workloads": rows,
        }  # fmt: skip
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(json.loads(RESULTS.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
