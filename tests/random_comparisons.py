"""Compare functions written at random with NumPy's complex numbers, with finite differences and, where it is installed, with JAX.

    python -m tests.random_comparisons --minutes 60
    python -m tests.random_comparisons --seed 1234 --count 1

The functions are those of `inplace/random_programs.py`, `loops/random_writes.py`, `branches/random_branches.py`,
`random_slices.py` and `random_triangles.py` there, `peers/test_random_programs.py` and `random_functions.py`. They are tried
under nested transforms, also where they return the arrays that they have written to, and at arguments of other lengths, axes and
kinds. Printed are the seeds of wrong results, and at the end how much was compared; the exit status is 1 if anything was wrong.
"""

import argparse
import functools
import importlib.util
import re
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path
from unittest import mock

import numpy as np

import chainrule as cr
from chainrule.branches import by_values

from . import random_functions
from .branches import random_branches, random_slices, random_triangles
from .inplace import random_programs
from .loops import random_writes
from .program.texts import executed

_STEP = 1e-5
_HAS_JAX = all(importlib.util.find_spec(name) for name in ("jax", "hypothesis", "pytest"))


def _close(found, wanted, within=1e-7):
    np.testing.assert_allclose(
        found, wanted, rtol=within, atol=within * max(1.0, float(np.max(np.abs(wanted), initial=0.0)))
    )


def _all_close(found, wanted):
    for one, other in zip(found, wanted, strict=True):
        _close(one, other)


def _returning(text):
    """The program with the arrays that it writes to as its results, in place of a number."""
    names = re.findall(r"np\.sum\(np\.tanh\(0\.5 \* (v\d+)\)\)$", text, re.MULTILINE)
    return text.replace("    return total", f"    return total, {', '.join(names)}")


def in_place(seed):
    """The checks of a function of twelve numbers that writes in place, by name."""
    text, x = random_programs.source(seed), random_programs.argument(seed)
    f, arrays = random_programs.made(text, seed), random_programs.made(_returning(text), seed)
    rows, along = np.stack([x, 0.97 * x, x[::-1]]), np.cos(np.arange(12.0) + seed)
    try:
        slopes = [random_programs.slopes(text, row) for row in rows]
    except (IndexError, ValueError):  # a mask that chooses others there: NumPy cannot run it, either
        return "", {}
    parts = list(zip(*[arrays(row.copy()) for row in rows], strict=True))
    moved = [random_programs.slopes(text, x + sign * _STEP * along) for sign in (1, -1)]

    def summed(rows):
        return np.sum(cr.vmap(f)(rows) ** 2)

    totals = np.array([random_programs.value(text, row) for row in rows])
    in_rows = 2 * totals[:, np.newaxis] * np.stack(slopes)
    return text, {
        "grad": lambda: _close(cr.grad(f)(x), slopes[0]),
        "derive": lambda: _close(cr.derive(f, (x,))(x), slopes[0]),
        "jvp": lambda: _close(cr.jvp(f, (x,), (along,))[1], slopes[0] @ along),
        "trace of arrays": lambda: _all_close(cr.trace(arrays, (x,))(x), arrays(x.copy())),
        "jacobian of arrays": lambda: _close(cr.jacobian(arrays)(x)[0], slopes[0]),
        "compile of arrays": lambda: _all_close(cr.compile(arrays, "numpy")(x), arrays(x.copy())),
        "compile of grad": lambda: _close(cr.compile(cr.grad(f))(x), slopes[0]),
        "vmap of arrays": lambda: _all_close(cr.vmap(arrays)(rows), map(np.stack, parts)),
        "compile of vmap of arrays": lambda: _all_close(
            cr.compile(cr.vmap(arrays), "numpy")(rows), map(np.stack, parts)
        ),
        "vmap of grad": lambda: _close(cr.vmap(cr.grad(f))(rows), slopes),
        "grad of vmap": lambda: _close(cr.grad(summed)(rows), in_rows),
        "jvp of vmap": lambda: _close(cr.jvp(summed, (rows,), (rows,))[1], np.sum(in_rows * rows)),
        "jvp of grad": lambda: _close(
            cr.jvp(cr.grad(f), (x,), (along,))[1], (moved[0] - moved[1]) / (2 * _STEP), within=1e-4
        ),
        "hvp": lambda: _close(cr.hvp(f, (x,), (along,))[0], (moved[0] - moved[1]) / (2 * _STEP), within=1e-4),
    }


def in_loops(seed):
    """The checks of a function whose loops write to arrays; none if NumPy cannot run it."""
    written = random_writes.written(seed)
    if written is None:
        return "", {}
    f, args, text = written
    wanted = random_writes.slopes(text, args)
    every = (0, 1, 2, 3)
    rows = tuple(np.stack([each, 0.9 * np.asarray(each)]) for each in args)
    others = random_writes.slopes(text, tuple(0.9 * np.asarray(each)[()] for each in args))
    directional = sum(np.sum(slope * each) for slope, each in zip(wanted, args, strict=True))
    return text, {
        "grad": lambda: _all_close(cr.grad(f, every)(*args), wanted),
        "derive": lambda: _all_close(cr.derive(f, args)(*args), wanted),
        "jvp": lambda: _close(cr.jvp(f, args, args)[1], directional),
        "compile of grad": lambda: _all_close(cr.compile(cr.grad(f, every), "numpy")(*args), wanted),
        "vmap": lambda: _close(cr.vmap(f)(*rows), [f(*args), f(*(0.9 * np.asarray(each)[()] for each in args))]),
        "vmap of grad": lambda: _all_close(
            cr.vmap(cr.grad(f, every))(*rows), [np.stack(pair) for pair in zip(wanted, others, strict=True)]
        ),
    }


def in_branches(seed):
    """The checks of a function of branches and `while` loops: its derivative, traced at one point, beside `grad` at others."""
    with tempfile.TemporaryDirectory() as folder:
        f = random_branches.function(seed, Path(folder))
        first, *points = random_branches.arguments(seed, 4)
        program = cr.derive(f, first, wrt=(0, 1, 2))

    def agree(point):
        try:
            slopes = program(*point)
        except cr.BranchError as error:  # a branch that could not stay one
            raise cr.TracingError(str(error)) from error
        _all_close(slopes, cr.grad(f, (0, 1, 2))(*point))

    return random_branches.source(seed), {
        f"derive at {place}": functools.partial(agree, point) for place, point in enumerate([first, *points])
    }


def in_slices(seed):
    """The checks of two functions of loops over parts of a square, some of which grow from turn to turn, at other sizes, too."""
    texts, checks = [], {}
    for kind in (random_slices, random_triangles):
        random = np.random.default_rng(seed)
        points = [(0.5 * random.normal(size=(n, n)), 0.7 * random.normal(size=n)) for n in (6, 6, 8, 3, 2)]
        with tempfile.TemporaryDirectory() as folder:
            f = kind.function(seed, Path(folder))
            kept = [point for point in points if np.isfinite(f(*point))]
            if not kept:
                continue
            texts.append(kind.source(seed))
            run, name = executed(cr.derive(f, kept[0], wrt=(0, 1))), kind.__name__.rpartition(".")[2]
        for place, point in enumerate(kept):
            checks[f"derive of {name} at {place}"] = functools.partial(_agree_or_refuse, run, f, point)
    return "\n\n".join(texts), checks


def turn_by_turn(seed):
    """The checks of functions whose loops are recorded once while `grad` runs them, beside their turns one by one."""
    kind = (random_branches, random_slices, random_triangles)[seed % 3]
    random = np.random.default_rng(seed)
    if kind is random_branches:
        points = random_branches.arguments(seed, 4)
    else:
        points = [(0.5 * random.normal(size=(n, n)), 0.7 * random.normal(size=n)) for n in (6, 4, 6)]
    folder = tempfile.TemporaryDirectory()  # which stays until the checks are done, since sources are read by then
    f = kind.function(seed, Path(folder.name))
    every = tuple(range(len(points[0])))
    recorded, as_they_are = cr.value_and_grad(f, every), cr.value_and_grad(f, every)

    def agree(point, folder=folder):
        with mock.patch.multiple(by_values, _WORTH=0, _FIRST=1, _FIRST_OF_WHILE=1):
            value, found = recorded(*point)
        with mock.patch.multiple(by_values, _WORTH=np.inf):
            wanted, slopes = as_they_are(*point)
        _all_close((value, *found), (wanted, *slopes))

    kept = [point for point in points if np.isfinite(f(*point))]
    return kind.source(seed), {f"grad at {k}": functools.partial(agree, point) for k, point in enumerate(kept)}


def _agree_or_refuse(run, f, point):
    """That a text gives the gradient, unless it is not made for the arguments."""
    try:
        slopes = run(*point)
    except ValueError as error:
        if not str(error).startswith("made "):
            raise
        raise cr.TracingError(str(error)) from error
    _all_close(slopes, cr.grad(f, (0, 1))(*point))


def at_other_arguments(seed):
    """The checks of a function of everything that users write, at other arguments, too; a failing one is made short."""
    text, sets = random_functions.source(seed), random_functions.argument_sets(seed)
    reported = set()
    with tempfile.TemporaryDirectory() as name:
        found = random_functions.verdicts(random_functions.loaded(Path(name), text), sets)

    def check(kind, number, said):
        if said.startswith("refused"):
            raise cr.TracingError(said)
        cause = random_functions.cause(said)
        if said in ("right", "LOOSE"):
            return
        if cause in reported:  # the shortest program of it is already shown
            raise AssertionError(said)
        reported.add(cause)
        with tempfile.TemporaryDirectory() as name:
            small, (first, then) = random_functions.minimal(text, sets, kind, number, Path(name))
        raise AssertionError(f"{said}\n{small}\nderived with {first}\ncalled with {then}")

    return text, {
        f"{kind} at {number}": functools.partial(check, kind, number, said) for (kind, number), said in found.items()
    }


def beside_jax(seed):
    """The checks of a program of the registry's operations beside JAX; none where that is not installed."""
    if not _HAS_JAX:
        return "", {}
    from .peers import test_random_programs as peers

    random = np.random.default_rng(seed)
    names = [*peers.ONE, *peers.TWO]
    plan = [
        (names[random.integers(len(names))], *map(int, random.integers(0, 41, 2))) for _ in range(random.integers(1, 9))
    ]
    return f"{plan}", {"value, gradient and jvp beside JAX": lambda: peers.agree(plan, seed)}


KINDS = {
    "in place": in_place,
    "in loops": in_loops,
    "in branches": in_branches,
    "in slices": in_slices,
    "turn by turn": turn_by_turn,
    "at other arguments": at_other_arguments,
    "beside JAX": beside_jax,
}


def compare(seed, kind):
    """How many checks of a seed were right and refused, and what was wrong: its name, the error and the function's text."""
    count, wrong = Counter(), []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        text, checks = KINDS[kind](seed)
        for name, check in checks.items():
            try:
                check()
                count["right"] += 1
            except cr.TracingError:
                count["refused"] += 1
            except Exception:
                count["wrong"] += 1
                wrong.append((name, traceback.format_exc(limit=-2), text))
    return count, wrong


def main():
    """Compare until the time is over or so many seeds were tried."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=60.0, help="stop after so long (default: 60)")
    parser.add_argument("--count", type=int, default=sys.maxsize, help="stop after so many seeds")
    parser.add_argument("--seed", type=int, help="the first seed (default: a new one)")
    options = parser.parse_args()
    first = options.seed if options.seed is not None else int(np.random.SeedSequence().generate_state(1)[0])
    begun, total, seed = time.monotonic(), Counter(), first
    while seed < first + options.count and time.monotonic() < begun + 60 * options.minutes:
        for kind in KINDS:
            count, wrong = compare(seed, kind)
            total += count
            for name, error, text in wrong:
                print(f"seed {seed}, {kind}, {name}:\n{error}\n{text}\n", flush=True)
        seed += 1
    print(
        f"seeds {first} to {seed - 1}: {total['right'] + total['wrong']} checks, {total['wrong']} wrong, "
        f"{total['refused']} refused"
    )
    return 1 if total["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
