"""chainrule beside its peers, all in one run: `python benchmarks/peers.py [--quick] [--only PART …]`.

Parts are the works A, B, C of `works.py`, the profile of a step of A and C, the sweeps, the starts, waiting, and whole
processes. Writes each part's figures to `results/peers.json` as soon as they are there, and then the page
`docs/benchmarks.md` (see `page.py`), which also tells what `results/peers-*.json`, figures of other machines, say of the
targets. Installed sizes are measured by `sizes.py`.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from contenders import CONTENDERS
from machine import machine
from page import page
from waiting import waiting
from works import SWEEPS, WORKS, Work

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "peers.json"
PEERS = ("numba", "torch", "jax", "scikit-learn")
SWEPT = ["chainrule, native", "chainrule, NumPy", "C by hand", "NumPy by hand", "JAX, jit of a scan", "PyTorch, eager"]
STARTED = [name for name in CONTENDERS if name not in ("C by hand", "the book's code", "chainrule, native")]
PROFILED = ("A", "C", "C, two threads")
CACHES = ("CHAINRULE_CACHE", "NUMBA_CACHE_DIR", "TORCHINDUCTOR_CACHE_DIR", "XDG_CACHE_HOME")
QUIET = 12  # times ten seconds that a part of more than one thread waits for the machine to be quiet
SLOW = 1800  # seconds after which a part has failed


def measure(work: Work, rounds: int, names: list[str], environment: dict[str, str] | None = None) -> dict:
    """What `measure.py` prints, in a process of its own."""
    command = [sys.executable, str(HERE / "measure.py"), json.dumps(dataclasses.asdict(work)), str(rounds), *names]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=SLOW, env=os.environ | (environment or {}), check=False
    )
    if done.returncode:
        sys.exit(done.stderr)
    found: dict = json.loads(done.stdout.splitlines()[-1])
    return found


def busy(threads: int) -> str:
    """Why more than one thread cannot be measured now, if it cannot: other programs' load."""
    cores = os.cpu_count() or 1
    if threads > cores:
        return f"there are {cores} cores"
    for _ in range(QUIET if threads > 1 else 1):  # the parts before this one are in the average of a minute, too
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
        if load <= 0.5 * cores or threads == 1:
            break
        time.sleep(10)
    return f"the load was {load:.1f} on {cores} cores, of other programs" if threads > 1 and load > 0.5 * cores else ""


def profile(name: str) -> dict:
    """What `profile_step.py` prints, in a process of its own."""
    command = [sys.executable, str(HERE / "profile_step.py"), name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SLOW, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    found: dict = json.loads(done.stdout.splitlines()[-1])
    return found


def starts(names: list[str]) -> dict:
    """Each alone in a new process, first with empty caches, then with those that it left."""
    found = {}
    for name in names:
        with tempfile.TemporaryDirectory() as cache:
            kept = dict.fromkeys(CACHES, cache)
            found[name] = [measure(WORKS["A"], 0, [name], kept) for _ in range(2)]
    return found


def whole_processes() -> dict:
    """Seconds from start to end, and right answers of 10,000, of the preset `fast` and of its recipe elsewhere."""
    with tempfile.TemporaryDirectory() as folder:
        train = [sys.executable, "-m", "chainrule", "train", "--preset", "fast", "--seed", "0", "--json"]
        train += ["-o", str(Path(folder) / "net.safetensors")]
        commands = {"chainrule train --preset fast": train}
        for name, module in (("JAX", "jax"), ("PyTorch, eager", "torch")):
            commands[f"the same recipe in {name}"] = [sys.executable, str(HERE / "recipes.py"), module]
        found = {}
        for name, command in commands.items():
            for _ in range(2):  # the first fills the caches
                began = time.perf_counter()
                done = subprocess.run(command, capture_output=True, text=True, timeout=SLOW, check=False)
                seconds = time.perf_counter() - began
            if done.returncode:
                found[name] = {"missing": done.stderr.strip().splitlines()[-1][:200]}
                continue
            text = done.stdout.strip()
            correct = json.loads(text)["correct"] if text.startswith("{") else int(text.splitlines()[-1])
            found[name] = {"seconds": round(seconds, 1), "correct": correct}
    return found


def run(part: str, rounds: int) -> dict | list:
    """One part's figures."""
    if part in WORKS:
        reason = busy(WORKS[part].threads)
        return (
            {"described": WORKS[part].described(), "not_measured": reason}
            if reason
            else measure(WORKS[part], rounds, list(CONTENDERS))
        )
    if part in SWEEPS:
        return {work.name: measure(work, rounds, SWEPT) for work in SWEEPS[part]}
    if part == "profile":
        return {name: profile(name) for name in PROFILED}
    others = {"starts": lambda: starts(STARTED), "waiting": waiting, "whole processes": whole_processes}
    return others[part]()


def about() -> dict:
    """The machine, and the versions of the peers."""
    versions = {}
    for peer in PEERS:
        try:
            versions[peer] = importlib.metadata.version(peer)
        except importlib.metadata.PackageNotFoundError:
            versions[peer] = "not installed"
    compiler = shutil.which("cc")
    if compiler:
        told = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False).stdout
        versions["C compiler"] = told.partition("\n")[0]
    return {**machine(), **versions}


def main() -> None:
    """Measure the parts, and write the page."""
    parts = [*WORKS, "profile", *SWEEPS, "starts", "waiting", "whole processes"]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="work A on few images, once, and its profile; nothing is written"
    )
    parser.add_argument("--only", nargs="+", choices=parts, metavar="PART", help=", ".join(parts))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--page", action="store_true", help="write the page anew from the figures that are there")
    chosen = parser.parse_args()
    if chosen.quick:
        print(json.dumps(measure(dataclasses.replace(WORKS["A"], images=2_000), 1, list(CONTENDERS)), indent=1))
        print(json.dumps(profile("A"), indent=1, ensure_ascii=False))
        return
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for part in [] if chosen.page else chosen.only or parts:
        known[part] = run(part, chosen.rounds)
        known["about"] = about()
        RESULTS.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(part, "done", flush=True)
    page(known)


if __name__ == "__main__":
    main()
