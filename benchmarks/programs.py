"""Programs as people write them, differentiated: which run as they stand, which after the change that a refusal names, how fast.

    python benchmarks/programs.py                # all, as `docs/programs.md` shows them: ten minutes on two processors
    python benchmarks/programs.py --only NAME    # those whose names contain it; printed, nothing is written
    python benchmarks/programs.py --freeze       # that each runs in NumPy and has slopes that finite differences find

The programs stand in `real_programs/`. Those that call a library need it (`pip install -e ".[programs]"`); where it is missing
they are left out, and the page says so. Writes `benchmarks/results/programs.json` and the page.
"""

import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")

import argparse
import ast
import collections
import functools
import importlib
import importlib.util
import json
import multiprocessing
import multiprocessing.connection
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
import zlib
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

import chainrule as cr
from machine import line, machine

HERE = Path(__file__).parent
FOLDER, RESULTS, PAGE = HERE / "real_programs", HERE / "results" / "programs.json", HERE.parent / "docs" / "programs.md"
RTOL = 1e-5  # of a program's largest slope
LIMIT = 60.0  # seconds for one program with all contenders
PART = 20.0  # seconds for one contender
NAMES = {"autograd": "autograd", "jax": "JAX"}
GOALS = {"unmodified": 0.80, "after": 0.95}
QUICK = (
    "rosenbrock_of_two", "logistic_regression", "loop_while", "ackley", "dixon_price", "principal_components", "elastic_net",
    "heat_explicit", "gauss_elimination", "exponential_smoothing",
)  # fmt: skip


class Program(NamedTuple):
    """A program: its family, the function, the one after the change that a refusal names, and where its pattern is from."""

    family: str
    name: str
    function: Callable[..., Any]
    after: Callable[..., Any] | None
    origin: str


def collected() -> tuple[list[Program], dict[str, str]]:
    """All programs, and the families that need a library that is not there."""
    found, missing = [], {}
    for path in sorted(FOLDER.glob("*.py")):
        if path.stem in ("__init__", "entering"):
            continue
        try:
            module = importlib.import_module(f"real_programs.{path.stem}")
        except ImportError as error:
            missing[path.stem] = str(error.name)
            continue
        found += [
            Program(path.stem, name, each, getattr(module, f"{name}_after", None), each.origin)
            for name, each in vars(module).items()
            if hasattr(each, "arguments")
        ]
    return found, missing


def arguments(program: Program) -> list[Any]:
    """New arguments of a program, always the same."""
    random = np.random.default_rng(zlib.crc32(program.name.encode()))
    return list(program.function.arguments(random))  # type: ignore[attr-defined]


def fresh(args: list[Any]) -> list[Any]:
    """Copies, since programs write to what they are given."""
    return [np.array(each) if np.ndim(each) else float(each) for each in args]


def number(value: Any) -> float:
    """The one number that a program gave."""
    return float(np.asarray(value).reshape(()))


def directions(args: list[Any]) -> Iterator[list[Any]]:
    """Along which the slope is compared: each number, or twenty random directions where there are more than forty."""
    if sum(map(np.size, args)) <= 40:
        for k, each in enumerate(args):
            for place in np.ndindex(np.shape(each)):
                along = [np.zeros(np.shape(other)) for other in args]
                along[k][place] = 1.0
                yield along
    else:
        random = np.random.default_rng(0)
        yield from ([random.choice([-1.0, 1.0], np.shape(each)) for each in args] for _ in range(20))


def slope(function: Callable[..., Any], args: list[Any], along: list[Any]) -> tuple[float, float]:
    """The slope along a direction by central differences of falling steps, extrapolated, and how well they agree (Ridders)."""

    def central(step: float) -> float:
        ends = []
        for sign in (1, -1):
            moved = [a + sign * step * d for a, d in zip(args, along, strict=True)]
            ends.append(number(function(*fresh(moved))))
        return (ends[0] - ends[1]) / (2 * step)

    step, best, error, table = 2e-3, 0.0, np.inf, []
    for _ in range(9):
        row = [central(step)]
        for k, before in enumerate(table[-1] if table else []):
            row.append((row[k] * 2.0 ** (k + 1) - before) / (2.0 ** (k + 1) - 1))
            off = max(abs(row[-1] - row[-2]), abs(row[-1] - before))
            if off < error:
                best, error = row[-1], off
        table.append(row)
        step /= np.sqrt(2.0)
    return best, error


class Truth(NamedTuple):
    """A program's value by NumPy, and its slopes."""

    value: float
    slopes: np.ndarray
    error: float


def truth(function: Callable[..., Any], args: list[Any]) -> Truth:
    """What is right for a program, by NumPy and finite differences alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pairs = [slope(function, args, along) for along in directions(args)]
        value = number(function(*fresh(args)))
    return Truth(value, np.array([found for found, _ in pairs]), float(max(error for _, error in pairs)))


def agrees(found: tuple[Any, Any], right: Truth, args: list[Any]) -> bool:
    """Whether a value and a gradient are right."""
    value, gradient = found
    gradient = [np.asarray(each, float) for each in gradient]
    if any(np.shape(g) != np.shape(a) for g, a in zip(gradient, args, strict=True)):
        return False
    slopes = np.array([sum(np.sum(g * d) for g, d in zip(gradient, along, strict=True)) for along in directions(args)])
    scale = np.abs(right.slopes).max()
    return bool(
        np.isclose(number(value), right.value, rtol=1e-8, atol=1e-12)
        and np.all(np.abs(slopes - right.slopes) <= RTOL * scale + 3 * right.error)
    )


def swapped(program: Program, numpy: ModuleType, scipy: str) -> Callable[..., Any]:
    """The program with another library's functions under the names that its file imports from NumPy and SciPy."""
    path = FOLDER / f"{program.family}.py"
    name = f"real_programs.{program.family}_for_{numpy.__name__.replace('.', '_')}"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        base = getattr(node, "module", None) or ""
        for alias in node.names:
            bound, full = alias.asname or alias.name, f"{base}.{alias.name}".strip(".")
            root, _, rest = full.partition(".")
            if root == "numpy" and "random" not in rest:
                theirs = functools.reduce(
                    lambda at, part: getattr(at, part, None), rest.split(".") if rest else [], numpy
                )
            elif root == "scipy":
                theirs = _imported(f"{scipy}.{rest}")
            else:
                continue
            if theirs is not None:
                setattr(module, bound, theirs)
    return getattr(module, program.name)


def _imported(full: str) -> Any:
    """A module, or what a module has, by its dotted name; None if there is none."""
    for name, rest in ((full, ""), (full.rpartition(".")[0], full.rpartition(".")[2])):
        try:
            found = importlib.import_module(name)
        except ImportError:
            continue
        return getattr(found, rest, None) if rest else found
    return None


def by_autograd(program: Program, positions: tuple[int, ...]) -> Callable[..., Any]:
    """Value and gradient by autograd."""
    import autograd.numpy

    function = swapped(program, autograd.numpy, "autograd.scipy")
    from autograd import make_vjp

    def run(*args: Any) -> Any:
        pullback, value = make_vjp(function, positions)(*args)
        return value, pullback(np.ones(np.shape(value))[()])

    return run


def by_jax(program: Program, positions: tuple[int, ...]) -> tuple[Callable[..., Any], ...]:
    """Value and gradient by JAX, operation by operation and jitted, which refuses more; and what puts arguments where JAX is."""
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update(
        "jax_cpu_enable_async_dispatch", False
    )  # it would wait for a thread, where others want the processor
    function = swapped(program, jax.numpy, "jax.scipy")
    plain = jax.value_and_grad(lambda *args: jax.numpy.reshape(function(*args), ()), positions)
    jitted = jax.jit(plain)

    def waiting(run: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args: jax.block_until_ready(run(*args))

    return waiting(plain), waiting(jitted), lambda args: [jax.numpy.asarray(each) for each in args]


class _TookTooLongError(Exception):
    pass


def _too_long(*_: object) -> None:
    raise _TookTooLongError(f"it took longer than {PART:.0f} s")


def attempt(run: Callable[..., Any], right: Truth, args: list[Any]) -> dict[str, Any]:
    """Whether a value and gradient are right, wrong, not numbers at all, or refused, with what was said."""
    given = fresh(args)
    signal.setitimer(signal.ITIMER_REAL, PART)
    began = time.perf_counter()
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            found = run(*given)
        took = time.perf_counter() - began
        signal.setitimer(signal.ITIMER_REAL, 0)
        found = found[0], [np.asarray(each) for each in found[1]]
        same = all(np.array_equal(one, other) for one, other in zip(given, args, strict=True))
        finite = all(map(np.all, map(np.isfinite, found[1])))
        outcome = "right" if same and agrees(found, right, args) else "wrong" if finite else "NaN"
    except Exception as error:
        signal.setitimer(signal.ITIMER_REAL, 0)
        return {"outcome": "refused", "said": short(error)}
    warned = [str(each.message) for each in said if "runs " in str(each.message)]
    return {"outcome": outcome, "first_s": took, **({"said": warned[0]} if warned else {})}


def short(error: BaseException) -> str:
    """An error's kind and first sentence, without places on this machine."""
    text = str(error).strip().splitlines() or [""]
    said = re.sub(r"\S*/([\w.]+\.py)", r"\1", text[0])
    return f"{type(error).__name__}: {said}"[:400]


def timed(calls: dict[str, Callable[[], Any]], seconds: float) -> dict[str, float]:
    """The median processor time of each in microseconds, which other programs do not change; they take turns."""
    times: dict[str, list[float]] = {each: [] for each in calls}
    repeats = {}
    for each, call in calls.items():
        call()
        began = time.process_time()
        call()
        repeats[each] = max(1, int(0.0005 / max(time.process_time() - began, 1e-7)))
    began = time.perf_counter()
    while time.perf_counter() - began < seconds * len(calls) or len(next(iter(times.values()))) < 3:
        for each, call in calls.items():
            start = time.process_time()
            for _ in range(repeats[each]):
                call()
            times[each].append((time.process_time() - start) / repeats[each])
    return {each: statistics.median(found) * 1e6 for each, found in times.items()}


def tried(program: Program, seconds: float, peers: bool, tell: Callable[[str, Any], None]) -> None:
    """Try one program in every way, and tell of each as soon as it is known."""
    args = arguments(program)
    positions = tuple(range(len(args)))
    right = truth(program.function, args)
    tell("numbers", sum(map(np.size, args)))
    calls: dict[str, Callable[[], Any]] = {}

    def compared(
        key: str, run: Callable[..., Any], given: list[Any] | None = None, right: Truth = right
    ) -> dict[str, Any]:
        found = attempt(run, right, args)
        tell(key, found)
        if found["outcome"] == "right" and given is not None:
            calls[key] = functools.partial(run, *given)
        return found

    def ours(function: Callable[..., Any], mark: str, right: Truth) -> bool:
        gradient = cr.value_and_grad(function, positions)
        found = compared(f"{mark}grad", gradient, fresh(args), right)
        if found["outcome"] == "right":
            again = attempt(gradient, right, args)  # the second call runs a compiled backward pass
            if again["outcome"] != "right":
                tell(f"{mark}grad", again)
            compared(f"{mark}native", cr.compile(cr.value_and_grad(function, positions), "native"), fresh(args), right)
        return found["outcome"] == "right"

    if not ours(program.function, "", right) and program.after is not None:
        ours(program.after, "after_", truth(program.after, args))
    if peers:
        compared("autograd", by_autograd(program, positions), fresh(args))
    tell("times", timed(calls, seconds) if calls else {})
    if peers:
        plain, jitted, on_device = by_jax(program, positions)
        if compared("jitted", jitted, on_device(args))["outcome"] == "right":
            tell("times", timed(calls, seconds))
        else:
            compared("jax", plain)


def _worker(programs: list[Program], seconds: float, peers: bool, pipe: Any) -> None:
    """Try the programs that are asked for, one after another, in a process that may be killed."""
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    signal.signal(signal.SIGALRM, _too_long)
    processors = sorted(os.sched_getaffinity(0))  # one for all contenders: none waits for a thread that another delays
    os.sched_setaffinity(0, {processors[os.getpid() % len(processors)]})
    while (at := pipe.recv()) is not None:
        try:
            tried(programs[at], seconds, peers, lambda key, value: pipe.send((key, value)))
        except Exception as error:
            pipe.send(("broken", short(error)))
        pipe.send(("done", True))


class Worker:
    """A process that tries programs; whatever happens to it, the others are tried."""

    def __init__(self, *given: Any) -> None:
        forks = multiprocessing.get_context("fork")
        self.pipe, theirs = forks.Pipe()
        self.process = forks.Process(target=_worker, args=(*given, theirs), daemon=True)
        self.process.start()
        theirs.close()

    def ask(self, at: int) -> None:
        """Have it try the program at this place."""
        self.at, self.until = at, time.monotonic() + LIMIT
        self.pipe.send(at)

    def stop(self) -> None:
        """End it."""
        self.process.kill()
        self.process.join()


def all_tried(programs: list[Program], seconds: float, processes: int, peers: bool) -> dict[str, dict[str, Any]]:
    """What became of each program."""
    found: dict[str, dict[str, Any]] = {
        each.name: {"family": each.family, "origin": each.origin, "changed": each.after is not None}
        for each in programs
    }
    waiting = collections.deque(range(len(programs)))
    workers: list[Worker] = []
    while waiting or workers:
        while waiting and len(workers) < processes:
            workers.append(Worker(programs, seconds, peers))
            workers[-1].ask(waiting.popleft())
        ready = multiprocessing.connection.wait([each.pipe for each in workers], timeout=1.0)
        for worker in list(workers):
            row, over = found[programs[worker.at].name], False
            if worker.pipe in ready:
                try:
                    key, value = worker.pipe.recv()
                except EOFError:
                    key, value = "stopped", "its process ended"
                over = key in ("done", "stopped")
                if key != "done":
                    row[key] = value
            if time.monotonic() > worker.until and not over:
                row["stopped"], over = f"after {LIMIT:.0f} s", True
            if not over:
                continue
            print(told(programs[worker.at].name, row), flush=True)
            if waiting and "stopped" not in row:
                worker.ask(waiting.popleft())
            else:
                worker.stop()
                workers.remove(worker)
    return found


def outcome(row: dict[str, Any], key: str) -> str:
    """`right`, `wrong`, `NaN`, `refused`, or nothing if it was not tried."""
    return row.get(key, {}).get("outcome", "")


def told(name: str, row: dict[str, Any]) -> str:
    """One program's row as a line for the terminal."""
    said = {
        key: outcome(row, key)
        for key in ("grad", "native", "after_grad", "after_native", "autograd", "jitted")
        if key in row
    }
    return f"{name}: {said} {row.get('broken', '')}{row.get('stopped', '')}"


def in_place(row: dict[str, Any]) -> bool:
    """Whether a program is of the family that is written in place."""
    return row["family"].startswith("in_place")


def wholly_native(row: dict[str, Any], mark: str = "") -> bool:
    """Whether all of it runs as machine code."""
    return outcome(row, f"{mark}native") == "right" and "said" not in row[f"{mark}native"]


def counts(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """How many programs are right, and in which way; and how fast."""
    unmodified = [row for row in rows if outcome(row, "grad") == "right"]
    wrong = [
        row for row in rows if any(outcome(row, k) == "wrong" for k in ("grad", "native", "after_grad", "after_native"))
    ]
    after = [row for row in rows if row in unmodified or outcome(row, "after_grad") == "right"]

    def ratios(ours: tuple[str, ...], theirs: str) -> list[float]:
        pairs = [(row.get("times", {}).get(key), row.get("times", {}).get(theirs)) for row in rows for key in ours]
        return [other / mine for mine, other in pairs if mine and other]

    return {
        "programs": len(rows), "unmodified": len(unmodified), "after": len(after), "wrong": len(wrong),
        "nan": sum("NaN" in (outcome(row, "grad"), outcome(row, "after_grad")) for row in rows),
        "native": sum(wholly_native(row) or wholly_native(row, "after_") for row in rows),
        "native_unmodified": sum(map(wholly_native, rows)),
        "autograd": sum(outcome(row, "autograd") == "right" for row in rows),
        "autograd_wrong": sum(outcome(row, "autograd") == "wrong" for row in rows),
        "jax": sum("right" in (outcome(row, "jax"), outcome(row, "jitted")) for row in rows),
        "jax_wrong": sum("wrong" in (outcome(row, "jax"), outcome(row, "jitted")) for row in rows),
        "beside_autograd": ratios(("grad", "after_grad"), "autograd"),
        "beside_jax": ratios(("native", "after_native"), "jitted"),
    }  # fmt: skip


def share(part: int, whole: int) -> str:
    """`82 of 156 (53 %)`."""
    return f"{part} of {whole} ({100 * part / whole:.0f} %)" if whole else "–"


def middle(ratios: list[float]) -> str:
    """The median of ratios, and of how many."""
    return f"{statistics.median(ratios):.1f} × ({len(ratios)})" if ratios else "–"


def summary(results: dict[str, Any], peers: bool = True) -> list[str]:
    """The counts as a table: real programs, and those written in place."""
    rows = list(results["programs"].values())
    groups = {
        "real programs": [row for row in rows if not in_place(row)],
        "written in place": [row for row in rows if in_place(row)],
    }
    found = {name: counts(group) for name, group in groups.items()}
    lines = {
        "as they stand": lambda c: share(c["unmodified"], c["programs"]),
        "as they stand or after the change": lambda c: share(c["after"], c["programs"]),
        "wrong": lambda c: str(c["wrong"]),
        "not a number, where the slope is one": lambda c: str(c["nan"]),
        "wholly machine code": lambda c: share(c["native"], c["programs"]),
        "autograd: right (wrong)": lambda c: f"{share(c['autograd'], c['programs'])} ({c['autograd_wrong']})",
        "JAX: right (wrong)": lambda c: f"{share(c['jax'], c['programs'])} ({c['jax_wrong']})",
        "`grad`, times as fast as autograd": lambda c: middle(c["beside_autograd"]),
        "compiled natively, times as fast as JAX's jit": lambda c: middle(c["beside_jax"]),
    }
    return [
        f"| | {' | '.join(found)} |",
        "|---|" + "--:|" * len(found),
        *(
            f"| {name} | {' | '.join(of(c) for c in found.values())} |"
            for name, of in lines.items()
            if peers or not re.search("autograd|JAX", name)
        ),
    ]


def families(results: dict[str, Any]) -> list[str]:
    """The counts by file of programs, as a table."""
    groups: dict[str, list[dict[str, Any]]] = collections.defaultdict(list)
    for row in results["programs"].values():
        groups[row["family"]].append(row)
    table = [
        "| file | programs | as they stand | or after the change | machine code | autograd | JAX |",
        "|---|" + "--:|" * 6,
    ]
    for family, rows in groups.items():
        found = counts(rows)
        numbers = (found[key] for key in ("programs", "unmodified", "after", "native", "autograd", "jax"))
        table.append(f"| `{family}.py` | {' | '.join(map(str, numbers))} |")
    return table


def entry(row: dict[str, Any], key: str) -> str:
    """What a table says of one way to run a program."""
    found = outcome(row, key)
    return {"right": "yes", "wrong": "**wrong**", "": "–"}.get(found, found)


def ratio(row: dict[str, Any], ours: tuple[str, ...], theirs: str) -> str:
    """How many times as fast ours is as theirs, or who refused."""
    times = row.get("times", {})
    mine = next((times[key] for key in ours if key in times), None)
    if mine and times.get(theirs):
        return f"{times[theirs] / mine:.1f} ×"
    return {"": "–", "right": "–"}.get(outcome(row, theirs), outcome(row, theirs))


def sentences(results: dict[str, Any]) -> list[str]:
    """What refused programs were told, sorted by how often."""
    said = collections.defaultdict(list)
    for name, row in results["programs"].items():
        if outcome(row, "grad") == "refused":
            text = re.sub(r"\s*\(\w+\.py:\d+\)|^\w+: |\w+\.py:\d+:? ?", "", row["grad"]["said"])
            said[text].append(name)
    ordered = sorted(said.items(), key=lambda pair: -len(pair[1]))
    return [f"| {text.replace('|', '/')} | {len(names)} | {', '.join(names)} |" for text, names in ordered]


def page(results: dict[str, Any]) -> str:
    """The results as a page."""
    rows, before = results["programs"], results.get("before")
    about = results["about"]
    table = [
        "| program | after | as it stands | after the change | machine code | `grad` / autograd | native / JAX's jit |",
        "|---|---|---|---|---|--:|--:|",
    ]
    for name, row in rows.items():
        native = next((row[key] for key in ("native", "after_native") if key in row), None)
        kind = "–"
        if native:
            kind = "all" if "said" not in native else "NumPy for some"
            kind = {"right": kind, "wrong": "**wrong**"}.get(native["outcome"], native["outcome"])
        after = entry(row, "after_grad") if row["changed"] else "–"
        speeds = ratio(row, ("grad", "after_grad"), "autograd"), ratio(row, ("native", "after_native"), "jitted")
        family = row["family"].replace("_", " ")
        stands = entry(row, "grad") if "grad" in row else row.get("broken", row.get("stopped", "–"))
        table.append(f"| {name} | {family}, {row['origin']} | {stands} | {after} | {kind} | {' | '.join(speeds)} |")
    earlier = [f"At {before['commit']}, before work on them began:", "", *before["summary"], ""] if before else []
    changed = (
        f" (changed since in {', '.join(results['changed'])})" if results["changed"] else ", and are as they were then"
    )
    later = results.get("timed", results["commit"]) != results["commit"]
    timed = f"; they, and what autograd and JAX did, are those of {results['timed']}" if later else ""
    missing = ", ".join(f"`{family}` ({what})" for family, what in results["missing"].items())
    return "\n".join(
        [
            "# Programs as people write them",
            "",
            f"Written by `benchmarks/programs.py` at {results['commit']}, on {line(about)}; autograd {results['autograd']}, "
            f"JAX {results['jax']}, float64, one thread. The programs stand in `benchmarks/real_programs/`, each with where its "
            f"pattern is from. They were collected at {results['frozen']}, before any work on them{changed}.",
            "",
            "Each is a function of arrays and numbers that gives one number, and runs in NumPy. It counts as right if its value "
            f"is NumPy's within 1e-8, its gradient that of central differences (nine steps, extrapolated) within {RTOL:g} of its "
            "largest slope, twice in a row, and its arguments are left as they were. *After the change* is the program as its "
            "refusal says to write it, where one was written. Times are of value and gradient, medians of the processor's "
            f"time over turns within one process, as ratios{timed}.",
            *([f"Left out, since a library is missing: {missing}."] if missing else []),
            "",
            *summary(results),
            "",
            *earlier,
            "## By origin",
            "",
            *families(results),
            "",
            "## What was refused",
            "",
            "| what was said | of how many | of which |",
            "|---|--:|---|",
            *sentences(results),
            "",
            "## Each program",
            "",
            "*NumPy for some*: operations that have no loops are called between those that are compiled.",
            "",
            *table,
            "",
        ]
    )


def frozen(programs: list[Program]) -> None:
    """That each program runs in NumPy, is the same after its change, and has slopes that finite differences find."""
    faults = 0
    warnings.simplefilter("ignore")
    for program in programs:
        args = arguments(program)
        try:
            right = truth(program.function, args)
            scale = np.abs(right.slopes).max()
            problems = [
                *(["its value is not finite"] if not np.isfinite(right.value) else []),
                *(["its slopes are zero"] if not scale > 1e-9 else []),
                *([f"its slopes are known to {right.error / scale:.1e} only"] if right.error > 3e-6 * scale else []),
            ]
            if program.after is not None:
                other = number(program.after(*fresh(args)))
                problems += [] if np.isclose(other, right.value, rtol=1e-6) else [f"changed it gives {other}"]
        except Exception as error:
            problems = [short(error)]
        if problems:
            faults += 1
            print(f"{program.family}: {program.name}: {'; '.join(problems)}")
    print(f"{len(programs)} programs, {faults} at fault")
    sys.exit(faults > 0)


def kept_of(found: dict[str, dict[str, Any]], known: dict[str, dict[str, Any]]) -> None:
    """Take over from an earlier run what autograd and JAX did, and the times."""
    for name, row in found.items():
        row.pop("times", None)
        row |= {key: known[name][key] for key in ("autograd", "jax", "jitted", "times") if key in known.get(name, {})}


def asked_of_git(*words: str) -> str:
    """What git says in this tree; nothing where there is no repository."""
    return subprocess.run(["git", "-C", str(HERE), *words], capture_output=True, text=True, check=False).stdout.strip()


def again(commit: str) -> None:
    """Run this command with the package as it was at an earlier commit."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "package.tar"
        subprocess.run(["git", "-C", str(HERE.parent), "archive", "-o", str(archive), commit, "src"], check=True)
        shutil.unpack_archive(archive, folder, filter="data")
        paths = os.pathsep.join([f"{folder}/src", os.environ.get("PYTHONPATH", "")])
        subprocess.run([sys.executable, __file__, "--of", commit], check=True, env=os.environ | {"PYTHONPATH": paths})


def collection() -> dict[str, Any]:
    """The commit that the programs were collected in, and what of them is other since, changes after a refusal left out."""
    first, *_ = asked_of_git("log", "--reverse", "--format=%h", "--", str(FOLDER)).split() or [""]
    changed = []
    for path in sorted(FOLDER.glob("*.py")) if first else []:
        then = parts(asked_of_git("show", f"{first}:./{path.relative_to(HERE)}"))
        now = parts(path.read_text(encoding="utf-8"))
        changed += [f"{path.stem}.{name}" for name in sorted(then | now) if then.get(name) != now.get(name)]
    return {"frozen": first or "an unknown commit", "changed": changed}


def parts(text: str) -> dict[str, str]:
    """The functions, classes and data of a file, by name."""
    found = {}
    for node in ast.parse(text).body:
        names = [getattr(node, "name", "")] if not isinstance(node, ast.Assign) else [ast.unparse(node.targets[0])]
        found |= {name: ast.dump(node) for name in names if name and not name.endswith("_after")}
    return found


def main() -> None:
    """Try the programs, and write the results and the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=0.08, help="for each contender on each program")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="programs tried at once")
    parser.add_argument("--only", default="", help="programs or families whose names contain it; nothing is written")
    parser.add_argument("--alone", action="store_true", help="without autograd and JAX; nothing is written")
    parser.add_argument(
        "--ours", action="store_true", help="keep the times, and what autograd and JAX did, of the last run"
    )
    parser.add_argument("--quick", action="store_true", help="ten programs, briefly; nothing is written")
    parser.add_argument("--freeze", action="store_true", help="only check the programs themselves")
    parser.add_argument(
        "--before", metavar="COMMIT", help="try the package of an earlier commit, and keep what came of it"
    )
    parser.add_argument("--of", help=argparse.SUPPRESS)  # the commit that the package is of, where it is an earlier one
    parser.add_argument("--page", action="store_true", help="only write the page, from the results that are there")
    options = parser.parse_args()
    if options.page:
        PAGE.write_text(page(json.loads(RESULTS.read_text(encoding="utf-8"))), encoding="utf-8")
        return
    if options.before:
        again(options.before)
        return
    programs, missing = collected()
    if options.quick:
        programs = [each for each in programs if each.name in QUICK]
    programs = [each for each in programs if options.only in each.name or options.only in each.family]
    if options.freeze:
        frozen(programs)
    cr.compile(cr.grad(np.sin), "native")(1.0)  # what all need is imported once, before the processes are made
    for each in ("autograd.numpy", "autograd.scipy.stats", "jax.numpy", "jax.scipy.stats"):
        importlib.import_module(each)
    found = all_tried(
        programs,
        0.02 if options.quick else options.seconds,
        options.processes,
        peers=not (options.alone or options.of or options.ours),
    )
    results = {"programs": found, "missing": missing}
    print("\n".join(summary(results)))
    bad = [name for name, row in found.items() if counts([row])["wrong"] or "broken" in row]
    if bad:
        print("wrong or broken:", ", ".join(bad))
    if options.quick or options.only or options.alone:
        sys.exit(bool(bad))
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    results = {
        "about": machine(), "commit": asked_of_git("rev-parse", "--short", "HEAD"), **collection(),
        "autograd": metadata.version("autograd"), "jax": metadata.version("jax"), **results,
    }  # fmt: skip
    results["timed"] = results["commit"]
    if options.ours:
        results["timed"] = known.get("timed", known["commit"])
        kept_of(found, known["programs"])
    if options.of:
        results = {
            **known,
            "before": {"commit": options.of, "summary": summary(results, peers=False), "programs": found},
        }
    elif "before" in known:
        results["before"] = known["before"]
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    if "programs" in results:
        PAGE.write_text(page(results), encoding="utf-8")


if __name__ == "__main__":
    main()
