"""How long somebody waits: for `import chainrule`, for a network to be ready to learn in native loops, for its answers.

Started by `peers.py`; alone, `python benchmarks/waiting.py` prints the figures. Each of the first two is measured in new
processes; a network is *known* when its loops were compiled by an earlier process, and *new* when other ones were.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

IMPORT = "import time; t = time.perf_counter(); {}; print(time.perf_counter() - t)"
IMPORTS = (
    "import chainrule",
    "from chainrule import Network, grad",
)  # parts are imported where they are first asked for
LEARN = """
import sys, time, numpy as np, chainrule as cr
x, y = np.zeros((10, 784), np.uint8), np.arange(10)
net, began = cr.Network([784, int(sys.argv[1]), 10], seed=0), time.perf_counter()
net.fit(x, y, epochs=1, executor="native")
print(time.perf_counter() - began)
"""


def seconds(code: str, *given: object, cache: str = "") -> float:
    """What a new process measures; with bytecode, as an installed package has it."""
    environment = os.environ | ({"CHAINRULE_CACHE": cache} if cache else {})
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-c", code, *map(str, given)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return float(done.stdout)


def medians(name: str, found: list[float], target: float, unit: str) -> dict:
    """A row of the table, its times in the unit of its target."""
    scale = {"s": 1, "ms": 1e3, "µs": 1e6}[unit]
    low, middle, high = (scale * each(found) for each in (min, statistics.median, max))
    return {"what": name, "median": middle, "least": low, "most": high, "target": target, "unit": unit}


def waiting(rounds: int = 9) -> list[dict]:
    """The rows of the table."""
    first, new, known = [], [], []
    for _ in range(max(1, rounds // 3)):
        with tempfile.TemporaryDirectory() as cache:
            first.append(seconds(LEARN, 30, cache=cache))
            new += [seconds(LEARN, 31 + k, cache=cache) for k in range(3)]
            known += [seconds(LEARN, 31 + k, cache=cache) for k in range(3)]
    rows = [
        *(medians(f"`{each}`", [seconds(IMPORT.format(each)) for _ in range(rounds)], 0.25, "s") for each in IMPORTS),
        medians("`fit` of the machine's first network, one batch", first, 7.0, "s"),
        medians("`fit` of a new network, one batch", new, 2.0, "s"),
        medians("`fit` of a known network, one batch", known, 0.3, "s"),
    ]
    import chainrule as cr

    net, (_, _, test) = cr.Network([784, 30, 10], seed=0), cr.datasets.mnist()
    for what, images, target, unit in (
        ("`predict` one digit", test.images[:1], 30.0, "µs"),
        ("`predict` 10,000 digits", test.images, 15.0, "ms"),
    ):
        found = []
        for k in range(110):
            began = time.perf_counter()
            net.predict(images)
            if k >= 10:
                found.append(time.perf_counter() - began)
        rows.append(medians(what, found, target, unit))
    return rows


if __name__ == "__main__":
    print(json.dumps(waiting(), indent=1, ensure_ascii=False))
