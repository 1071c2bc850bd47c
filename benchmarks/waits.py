"""How long somebody waits for each command of the README, of start.md and of the commands' help: whole processes.

`python benchmarks/waits.py [--only "*export*"] [--quick]` writes `results/waits.json` after each command, and `docs/waits.md`.
Each runs first with an empty folder of compiled loops, as on the day of the installation, and then three times with a full one.
What runs for longer than ten minutes is ended. `--quick` runs a few fast ones and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
import signal
import socket
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import chainrule as cr
from chainrule.cli.commands import COMMANDS
from chainrule.data.shipped import shipped
from chainrule.exercises import EXERCISES
from machine import line as line_of
from machine import machine
from processes import Process, arguments_of, in_words, median, run, started

HERE = Path(__file__).parent
ROOT = HERE.parent
RESULTS = HERE / "results" / "waits.json"
PAGES = ("README.md", "docs/site/en/start.md")
LONGEST = 600.0
"""Seconds after which a command is ended."""
RUNS = 3
"""How often a command runs with compiled loops at hand, where a run takes less than `ONCE` seconds."""
ONCE = 60.0
QUICK = (
    "chainrule --version",
    "chainrule train --help",
    "chainrule train --epochs 0",
    "chainrule predict photo.png",
    "chainrule evaluate net.safetensors",
    "chainrule export net.safetensors page.html",
)
ALONE = ("chainrule --version", "chainrule --help", *(f"chainrule {name} --help" for name in COMMANDS))
"""Command lines that no page has to name."""
ONNX = "digits.onnx --verify 1000"
"""How a command line ends that is left out where onnxruntime is not installed."""
REFUSED = ("chainrule train --epochs 0", "chainrule evaluate no.safetensors")
"""Command lines that are refused, with exit code 1 or 2."""


@dataclass(frozen=True)
class Target:
    """What a command is to take at most, in processor seconds.

    Attributes:
        line: The command line.
        before: What it took on 1 December 2026, as a range.
        most: What it is to take; for training this comes on top of a multiple of the API's.
        times: The multiple of what the same training, scoring and saving takes by the API.
    """

    line: str
    before: str
    most: float
    times: float = 0.0


TARGETS = (
    Target("chainrule train", "4.7–5.4", 0.5, times=1.3),
    Target("chainrule train --train-size 1000 --test-size 100", "7.3–8.8", 0.5, times=1.3),
    Target("chainrule train --preset fast", "8.8–10.4", 2.5),
    Target("chainrule train --preset sprint", "68–128", 6.0),
    Target("chainrule export net.safetensors page.html", "5.5", 1.5),
    Target("chainrule site public", "8", 2.5),
    Target("chainrule --version", "0.45", 0.12),
    Target("chainrule --help", "0.45", 0.12),
)

BY_API = """
import sys
import chainrule as cr
options = dict(each.partition("=")[::2] for each in sys.argv[1:])
train, valid, test = cr.datasets.mnist()
count, tested = int(options.get("train-size", 50_000)), int(options.get("test-size", 10_000))
preset = cr.PRESETS.get(options.get("preset"))
net = cr.Network(**preset.network, seed=0) if preset else cr.Network([784, 30, 10], seed=0)
settings = preset.fit if preset else {"epochs": 30, "batch_size": 10, "learning_rate": 3.0}
validated = (each[: max(1000, 3 * count)] for each in valid)
net.fit(train.images[:count], train.labels[:count], validation=tuple(validated), **settings)
print(net.evaluate(test.images[:tested], test.labels[:tested]).accuracy)
net.save("by_api.safetensors")
"""
"""The same training, scoring and saving as `chainrule train`, as a program."""


# ---- which commands --------------------------------------------------------------------------------------------------------


def lines_of_page(text: str) -> Iterator[str]:
    """The command lines in a page's blocks of sh, from chainrule on, whatever stands before it."""
    for block in re.findall(r"^```sh\n(.*?)^```$", text, re.S | re.M):
        for part in re.split(r"&&|\n", block):
            if found := re.search(r"(?:^|[\s/])(chainrule(?: .*)?)$", part.partition("  #")[0].strip()):
                yield found[1]


def every_line() -> list[str]:
    """All command lines: of the targets, of pages, of the help's examples, and those that only tell something."""
    pages = (line for page in PAGES for line in lines_of_page((ROOT / page).read_text(encoding="utf-8")))
    examples = (line for command in COMMANDS.values() for line, _ in command.examples)
    every = dict.fromkeys([*(each.line for each in TARGETS), *ALONE, *REFUSED, *pages, *examples])
    return [line for line in every if not (line.endswith(ONNX) and find_spec("onnxruntime") is None)]


# ---- the folder that they run in --------------------------------------------------------------------------------------------


def furnish(folder: Path, cache: Path, *, all_of_it: bool) -> None:
    """Fill a folder with all files that the command lines name, or those alone that need no training."""
    shutil.copy(shipped("book"), folder / "net.safetensors")
    test = cr.datasets.mnist_test()
    for name, place in (("photo", 2), ("1", 2), ("2", 1), ("six", 259)):
        Image.fromarray(255 - test.images[place]).resize((280, 280)).save(folder / f"{name}.png")
    (folder / "fashion").mkdir()
    for name, array in (
        ("train-images-idx3-ubyte", test.images[:600]),
        ("train-labels-idx1-ubyte", test.labels[:600]),
        ("t10k-images-idx3-ubyte", test.images[600:1000]),
        ("t10k-labels-idx1-ubyte", test.labels[600:1000]),
    ):
        head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
        (folder / "fashion" / name).write_bytes(head + array.astype(np.uint8).tobytes())
    (folder / "model.py").write_text(
        "import numpy as np\n\n\ndef cost(w, x):\n    return np.sum(np.tanh(w @ x) ** 2)\n", encoding="utf-8"
    )
    random = np.random.default_rng(0)
    rows = random.uniform(1, 9, (400, 3))
    table = [f"{a:.2f},{b:.2f},{c:.2f},{3 * a + b - c:.2f}" for a, b, c in rows]
    (folder / "prices.csv").write_text("\n".join(["size,age,noise,price", *table, ""]), encoding="utf-8")
    without = [each.rpartition(",")[0] for each in table[:50]]
    (folder / "rows.csv").write_text("\n".join(["size,age,noise", *without, ""]), encoding="utf-8")
    submissions = folder / "submissions"
    submissions.mkdir()
    for student in ("anna", "ben"):
        for name in ("square", "delta"):
            (submissions / f"{student}_{name}.py").write_text(EXERCISES[name].solution, encoding="utf-8")
    for line in TRAINED if all_of_it else ():
        run(arguments_of(line), folder, cache)


TRAINED = ("chainrule train --gpt --steps 500", "chainrule train prices.csv --target price -o table.safetensors")
"""What trains the networks that the command lines name."""


def prepare(line: str, folder: Path) -> None:
    """Make a folder as if the line had never run in it, and as the line needs it."""
    for name in ("public", "practice", "results.csv", "results.html", "sheets.html", "sheets-key.html"):
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    network = folder / "table.safetensors" if "rows.csv" in line else shipped("book")
    shutil.copy(network, folder / "net.safetensors")


# ---- one command -------------------------------------------------------------------------------------------------------------


def finished(line: str, folder: Path, cache: Path) -> dict[str, Any] | None:
    """How long a line takes; `None` where it is ended after `LONGEST` seconds."""
    with started(arguments_of(line), folder, cache) as process:
        while not process.ended() and time.perf_counter() - process.began < LONGEST:
            time.sleep(0.002)
        late = not process.ended()
        process.send(signal.SIGKILL)
    if late:
        return None
    if bool(process.code) != (line in REFUSED):
        raise RuntimeError(f"{line} ended with {process.code}: {process.err[-2000:]}")
    return process.run


def answer_of_app(line: str, folder: Path, cache: Path) -> dict[str, Any]:
    """How long it takes until the page answers: from the start of the process to the last byte of the page."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with started([*arguments_of(line), "--no-browser", "--port", str(port)], folder, cache) as process:
        wait_until(process, lambda: answers(f"http://127.0.0.1:{port}/"))
        seconds = time.perf_counter() - process.began
        process.send(signal.SIGINT)
    return process.run | {"seconds": round(seconds, 3)}


def answer_of_practice(line: str, folder: Path, cache: Path) -> dict[str, Any]:
    """How long it takes from the start of the process to the judgment of a file that is already written."""
    path, solution = exercise_of(line, folder)
    path.parent.mkdir()
    path.write_text(solution, encoding="utf-8")
    with started(arguments_of(line), folder, cache) as process:
        wait_until(process, lambda: JUDGED in process.printed())
        seconds = time.perf_counter() - process.began
        process.send(signal.SIGINT)
    return process.run | {"seconds": round(seconds, 3)}


def keystroke_of_practice(line: str, folder: Path, cache: Path) -> dict[str, Any]:
    """How long it takes from saving a file to its judgment, where the process has waited for that a while."""
    path, solution = exercise_of(line, folder)
    with started(arguments_of(line), folder, cache) as process:
        wait_until(process, lambda: ASKS in process.printed())
        time.sleep(2)
        began = time.perf_counter()
        path.write_text(solution, encoding="utf-8")
        wait_until(process, lambda: JUDGED in process.printed())
        seconds = time.perf_counter() - began
        process.send(signal.SIGINT)
    return process.run | {"seconds": round(seconds, 3), "processor_seconds": None}


JUDGED, ASKS = "✓ ", "type"
"""What practice prints before a judgment, and once it waits for a file to be saved."""
ANSWERS: dict[str, tuple[str, Callable[[str, Path, Path], dict[str, Any]]]] = {
    "chainrule app": ("from the start until the page answers", answer_of_app),
    "chainrule app net.safetensors": ("from the start until the page answers", answer_of_app),
    "chainrule practice": ("from the start to the judgment of a file", answer_of_practice),
    "chainrule practice --exercise delta": ("from saving a file to its judgment", keystroke_of_practice),
}
"""Command lines that go on until they are stopped: what is waited for, and how that is measured."""


def exercise_of(line: str, folder: Path) -> tuple[Path, str]:
    """The file of the exercise that a line of practice asks for, and a right solution."""
    name = line.partition("--exercise ")[2] or next(iter(EXERCISES))
    return folder / "practice" / f"{[*EXERCISES].index(name) + 1:02}_{name}.py", EXERCISES[name].solution


def answers(address: str) -> bool:
    """Whether a page answers."""
    try:
        with urllib.request.urlopen(address, timeout=LONGEST) as answer:
            return bool(answer.read())
    except OSError:
        return False


def wait_until(process: Process, holds: Callable[[], bool]) -> None:
    """Wait until something holds. Raises `RuntimeError` where the process ends before, or takes too long."""
    while not holds():
        if process.ended() or time.perf_counter() - process.began > LONGEST:
            raise RuntimeError(f"{shlex.join(process.command)} gave no answer: {process.printed()}")
        time.sleep(0.002)


def measured(line: str, folder: Path, cache: Path, warm: int) -> dict[str, Any]:
    """The runs of a line: the first one, in an empty cache, and some behind it. Without a first one it took too long."""
    what, measure = ANSWERS.get(line, ("", finished))
    runs: list[dict[str, Any]] = []
    for _ in range(1 + warm):
        prepare(line, folder)
        spent = measure(line, folder, cache)
        if spent is None:
            break
        runs.append(spent)
        if len(runs) == 2 and spent["seconds"] > ONCE:
            break
    return {"command": line, "what": what, "first": runs[0] if runs else None, "runs": runs[1:]}


def by_api(line: str, folder: Path, cache: Path, warm: int) -> dict[str, Any]:
    """The runs of the same training, scoring and saving as a program."""
    options = re.findall(r"--([\w-]+) (\S+)", line)
    command = [sys.executable, "-c", BY_API, *(f"{name}={value}" for name, value in options)]
    first, *runs = (run(command, folder, cache).run for _ in range(1 + warm))
    return {"first": first, "runs": runs}


# ---- the page ----------------------------------------------------------------------------------------------------------------


def most(target: Target, found: dict[str, Any]) -> float | None:
    """What a command is to take at most, in processor seconds; `None` where the API beside it was not measured."""
    if not target.times:
        return target.most
    beside = found["api"].get(target.line)
    return None if beside is None else target.times * median(beside["runs"]) + target.most


def table_of_targets(found: dict[str, Any]) -> list[str]:
    """The table of targets, with how many times as much as its target each command takes."""
    rows = [
        "| command | once | of the processor, s | by the API, s | target, s | times the target |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for target in TARGETS:
        kept, limit = found["commands"].get(target.line), most(target, found)
        if kept is None or not kept["runs"] or limit is None:
            continue
        spent = median(kept["runs"])
        beside = f"{median(found['api'][target.line]['runs']):.2f}" if target.times else ""
        rows.append(
            f"| `{target.line}` | {target.before} | {spent:.2f} | {beside} | ≤ {limit:.2f} | {spent / limit:.2f} |"
        )
    return rows


def rows_of(kept: list[dict[str, Any]], *, what: bool = False) -> list[str]:
    """The rows of a table of commands."""
    rows = [
        f"| command |{' until |' if what else ''} first: seconds | of the processor, s | later: seconds | of the processor, s |",
        f"|---|{'---|' if what else ''}--:|--:|--:|--:|",
    ]
    for each in kept:
        first, runs = each["first"], each["runs"]
        cells = ["longer than ten minutes", "", "", ""] if first is None else []
        for some in [] if first is None else [[first], runs]:
            for which in ("seconds", "processor_seconds"):
                cells.append(in_words(some, which) if some and some[0][which] is not None else "")
        head = [f"`{each['command']}`", *([each["what"]] if what else []), *cells]
        rows.append(f"| {' | '.join(head)} |")
    return rows


def page(found: dict[str, Any]) -> str:
    """The page of these figures."""
    kept = [found["commands"][line] for line in every_line() if line in found["commands"]]
    loads = [run["load"] for each in kept for run in each["runs"]]
    quiet = (
        "which nothing else used"
        if max(loads, default=0) < 3
        else f"which others used, too (load up to {max(loads):.0f})"
    )
    return f"""# How long commands take

Made by `python benchmarks/waits.py`; do not edit by hand. Every command line of the README, of
*Ten minutes* and of the commands' help, as a process of its own, from its start to its end: the interpreter,
imports, reading data, compiling, what the command does, and whatever it says afterwards.

Seconds are those of the clock; of the processor, those of all its threads and of the processes that it starts. The first run
finds an empty folder of compiled loops, later ones find what it left there: the median of {RUNS}, with the least and the most.
What takes longer than {ONCE:.0f} s has one later run; what takes longer than {LONGEST / 60:.0f} minutes is ended.

## Targets

What a command is to take at most in a later run, and how many times as much it takes. *Once* is what it took before whole
processes were measured; *by the API* a program that trains, scores and saves the same.

{NEWLINE.join(table_of_targets(found))}

## First answers

Commands that go on until they are stopped: how long it takes until they answer first; of the processor, until they have ended.

{NEWLINE.join(rows_of([each for each in kept if each["what"]], what=True))}

## Every command

{NEWLINE.join(rows_of([each for each in kept if not each["what"]]))}

{line_of(found["machine"])}, {quiet}.
"""


NEWLINE = "\n"


def main() -> None:
    """Measure what is asked for, print it, and write the results after each command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few fast commands, once; nothing is written")
    parser.add_argument("--only", nargs="+", default=["*"], help="lines of these forms; others keep their results")
    parser.add_argument("--runs", type=int, default=RUNS, help="how many behind the first")
    parser.add_argument("--page", action="store_true", help="measure nothing; write the page of the results anew")
    chosen = parser.parse_args()
    found: dict[str, Any] = {"machine": machine(), "commands": {}, "api": {}}
    if RESULTS.exists() and not chosen.quick:
        kept = json.loads(RESULTS.read_text(encoding="utf-8"))
        if chosen.page or kept["machine"] == found["machine"]:
            found = kept
    lines = (
        [*QUICK, *ANSWERS]
        if chosen.quick
        else [line for line in every_line() if any(fnmatchcase(line, each) for each in chosen.only)]
    )
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "folder"
        folder.mkdir()
        if not chosen.page:
            furnish(folder, Path(place) / "furnished", all_of_it=not chosen.quick)
        for number, line in enumerate([] if chosen.page else lines):
            cache, warm = Path(place) / f"cache{number}", 0 if chosen.quick else chosen.runs
            found["commands"][line] = measured(line, folder, cache, warm)
            if any(each.times for each in TARGETS if each.line == line):
                found["api"][line] = by_api(line, folder, cache, warm)
            print(json.dumps(found["commands"][line]), flush=True)
            if not chosen.quick:
                write(found)
    if not chosen.quick:
        write(found)
        print("\n".join(table_of_targets(found)))


def write(found: dict[str, Any]) -> None:
    """Write results and page."""
    RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (ROOT / "docs" / "waits.md").write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
