"""Hundreds of visitors at once on one server of the page: each opens it, asks, and some train; errors are counted.

`python benchmarks/visitors.py [COUNT]` starts `chainrule app` in a process of its own, and writes `results/visitors.json` and
`docs/visitors.md`. The visitors are here, on the same machine, so that they take some of its time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import chainrule as cr
from machine import line, machine

HERE = Path(__file__).parent
PIXELS = cr.datasets.mnist()[2].images[0].ravel().tolist()
ASKED: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "the page": ("GET", "/", None),
    "a digit read": ("POST", "/api/predict", {"pixels": PIXELS}),
    "a derivative typed": ("POST", "/api/derive", {"expression": "x * sin(x**2)"}),
    "all 10,000 test digits": ("GET", "/api/examples?part=test", None),
}
"""What each visitor asks for, one after the other."""
TRAIN = {"eta": 3.0, "epochs": 1, "seed": 1}


async def asked(port: int, method: str, path: str, body: dict[str, Any] | None) -> tuple[int, int]:
    """The status of an answer, and its bytes."""
    raw = b"" if body is None else json.dumps(body).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\naccept-encoding: gzip\r\nconnection: close\r\n"
    kind = "content-type: application/json\r\n" if raw else ""
    writer.write(f"{head}{kind}content-length: {len(raw)}\r\n\r\n".encode() + raw)
    await writer.drain()
    answer = await reader.read(-1)
    writer.close()
    return int(answer.split(b" ", 2)[1]), len(answer.partition(b"\r\n\r\n")[2])


async def visit(port: int, told: dict[str, list[float]], sizes: dict[str, int], errors: list[str]) -> None:
    """One visitor, who asks for everything in turn."""
    for name, (method, path, body) in ASKED.items():
        begun = time.perf_counter()
        try:
            status, size = await asked(port, method, path, body)
        except (OSError, ValueError, IndexError) as error:
            errors.append(f"{name}: {error!r}")
            continue
        if status != 200:
            errors.append(f"{name}: {status}")
        told[name].append(time.perf_counter() - begun)
        sizes[name] = size


async def trained(port: int, errors: list[str]) -> None:
    """One visitor who trains for an epoch, and waits for a place."""
    status, _ = await asked(port, "POST", "/api/train", TRAIN)
    if status != 200:
        errors.append(f"a run of training: {status}")


async def all_at_once(port: int, count: int, training: int) -> dict[str, Any]:
    """What so many visitors see who come in one moment, so many of whom train."""
    told: dict[str, list[float]] = {name: [] for name in ASKED}
    sizes: dict[str, int] = {}
    errors: list[str] = []
    begun = time.perf_counter()
    runs = [asyncio.create_task(trained(port, errors)) for _ in range(training)]
    await asyncio.gather(*(visit(port, told, sizes, errors) for _ in range(count)))
    seconds = time.perf_counter() - begun
    await asyncio.gather(*runs)
    kinds = {
        name: {"median": statistics.median(each), "worst": max(each), "bytes": sizes[name]}
        for name, each in told.items()
    }
    return {"errors": len(errors), "which": sorted(set(errors))[:5], "seconds": seconds, "asked": kinds}


def memory(process: int) -> float:
    """The most memory that a process has taken, in MB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text(encoding="utf-8"))
    return int(found[1]) / 1000 if found else 0.0


def measured(count: int, training: int) -> dict[str, Any]:
    """All figures."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = free.getsockname()[1]
    command = [sys.executable, "-m", "chainrule", "app", "--no-browser", "--port", str(number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as server:
        assert server.stdout is not None
        found = re.search(r":(\d+)/", server.stdout.readline())
        assert found
        port = int(found[1])
        asyncio.run(all_at_once(port, 1, 0))  # the page is made for the first
        before = memory(server.pid)
        load = os.getloadavg()[0]
        figures = asyncio.run(all_at_once(port, count, training))
        after = memory(server.pid)
        server.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(30)
    return {
        "count": count,
        "training": training,
        "load": load,
        "memory": [before, after],
        **figures,
        "machine": machine(),
    }


def report(found: dict[str, Any]) -> str:
    """The page of the report."""
    rows = "\n".join(
        f"| {name} | {each['bytes'] / 1000:,.0f} kB | {each['median']:.2f} s | {each['worst']:.2f} s |"
        for name, each in found["asked"].items()
    )
    return f"""# Many visitors at once

Made by `python benchmarks/visitors.py`; do not edit by hand. {found["count"]} visitors come to one `chainrule app` in the same
moment, and each asks for everything below, one after the other; {found["training"]} others train the book's network there for an
epoch meanwhile, each in a process, and wait for a place. Visitors and server share the machine, whose load was
{found["load"]:.1f} before they came.

| what each asks for | size | median | slowest |
|---|---|---|---|
{rows}

| | |
|---|---|
| errors, of {found["count"] * len(found["asked"]) + found["training"]:,} questions | {found["errors"]} |
| until all have everything | {found["seconds"]:.1f} s |
| the server's memory, with one visitor and at most | {found["memory"][0]:.0f} MB, {found["memory"][1]:.0f} MB |

What a visitor draws, teaches and trains in the browser asks the server nothing more.

{line(found["machine"])}
"""


def main() -> None:
    """Measure, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=500)
    parser.add_argument("--training", type=int, default=8, help="how many of them train on the server")
    chosen = parser.parse_args()
    found = measured(chosen.count, chosen.training)
    (HERE / "results" / "visitors.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (HERE.parent / "docs" / "visitors.md").write_text(report(found), encoding="utf-8")
    print(report(found))
    if found["errors"]:
        raise SystemExit("\n".join(found["which"]))


if __name__ == "__main__":
    main()
