"""What is exported as WebAssembly beside jax-js and TensorFlow Playground, in Node.

    python benchmarks/javascript.py --playground FOLDER    # a clone of TensorFlow Playground
    python benchmarks/javascript.py --quick                # one short round, printed; without a clone, of jax-js alone

Writes `results/javascript.json` and `docs/javascript.md`. It takes Node and npm, which puts jax-js, and esbuild for the
Playground's TypeScript, into a folder that goes away again. `javascript.mjs` runs all in one process.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import chainrule as cr
from machine import line, machine

HERE = Path(__file__).resolve().parent
RESULTS, PAGE = HERE / "results" / "javascript.json", HERE.parent / "docs" / "javascript.md"
JAX_JS, ESBUILD = "0.1.25", "0.28.2"
ROUNDS, SECONDS = 15, 0.3  # how long a turn takes, of the processor's time
NUMBERS = 1000
BATCH, RATE, POINTS, PLANE = 10, 0.03, 250, [2, 4, 2, 1]  # what the Playground begins with
PEERS = {"jax-js": ("small", "large", "gradient"), "TensorFlow Playground": ("playground",)}
TOLD = {
    "small": "a step of `[784, 30, 10]`, sigmoid, quadratic cost, ten examples",
    "large": "a step of `[784, 512, 512, 10]`, rectifiers, softmax, 128 examples",
    "gradient": f"the gradient of Rosenbrock's function of {NUMBERS:,} numbers",
    "playground": "a step of the Playground's first network, `[2, 4, 2, 1]`, tanh, ten examples, in float64",
}


def digits(net: cr.Network, count: int, rate: float, batch: int) -> dict[str, Any]:
    """A network, and the digits that it learns from."""
    train, *_ = cr.datasets.mnist()
    return {
        "parameters": [each.tolist() for each in net.parameters], "batch": batch, "rate": rate, "classes": 10,
        "images": (np.reshape(train.images[:count], (count, -1)) / 255).tolist(), "labels": train.labels[:count].tolist(),
        "rectifiers": len(net.weights) > 2,
    }  # fmt: skip


def plane(net: cr.Network) -> dict[str, Any]:
    """The Playground's network, and points in a circle and around it, as its first data are."""
    random = np.random.default_rng(0)
    labels = np.repeat([1.0, -1.0], POINTS // 2)
    radius = np.where(labels > 0, random.uniform(0, 2.5, POINTS), random.uniform(3.5, 5, POINTS))
    angle = random.uniform(0, 2 * np.pi, POINTS)
    order = random.permutation(POINTS)
    points = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)[order]
    return {
        "parameters": [each.tolist() for each in net.parameters], "points": points.tolist(),
        "labels": labels[order].tolist(), "batch": BATCH, "rate": RATE, "layers": PLANE,
    }  # fmt: skip


def rosenbrock(x: Any) -> Any:
    """Rosenbrock's function."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def halved(a: Any, y: Any) -> Any:
    """The Playground's cost."""
    return 0.5 * np.sum((a - y) ** 2)


def prepare(folder: Path, playground: Path | None) -> str:
    """Put into a folder what `javascript.mjs` measures.

    Args:
        folder: It.
        playground: A clone of TensorFlow Playground, if it is measured.

    Returns:
        The commit of the clone.
    """
    small = cr.Network([784, 30, 10], seed=0)
    large = cr.Network([784, 512, 512, 10], seed=0, activation="relu", cost="log-likelihood")
    given = {"small": digits(small, 1000, 3.0, 10), "large": digits(large, 1280, 0.1, 128)}
    small.webassembly(1000).save(folder / "small.mjs")
    large.webassembly(1280, batch_size=128).save(folder / "large.mjs")
    x = np.sin(np.arange(NUMBERS, dtype=np.float32))
    cr.webassembly(cr.derive(rosenbrock, (x,))).save(folder / "gradient.mjs")
    given["gradient"] = {"x": x.tolist()}
    packages, commit = [f"@jax-js/jax@{JAX_JS}"], ""
    if playground:
        packages.append(f"esbuild@{ESBUILD}")
        net = cr.Network(PLANE, seed=0, activation="tanh", output="tanh", cost=halved, dtype="float64")
        net.webassembly(POINTS, batch_size=BATCH).save(folder / "playground.mjs")
        given["playground"] = plane(net)
        commit, source = (
            subprocess.run(["git", "-C", playground, *asked], check=True, capture_output=True, text=True).stdout
            for asked in (["rev-parse", "HEAD"], ["show", "HEAD:src/nn.ts"])
        )
        (folder / "nn.ts").write_text(source, encoding="utf-8")
    (folder / "given.json").write_text(json.dumps(given))
    subprocess.run(["npm", "install", "--silent", "--no-save", *packages], cwd=folder, check=True)
    if playground:
        fields = '{"compilerOptions": {"useDefineForClassFields": false}}'  # as in its own build
        made = ["nn.ts", "--format=esm", "--outfile=nn.mjs", f"--tsconfig-raw={fields}", "--log-level=error"]
        subprocess.run([folder / "node_modules" / ".bin" / "esbuild", *made], cwd=folder, check=True)
    return commit.strip()


def measured(rounds: int, seconds: float, playground: Path | None) -> dict[str, Any]:
    """All figures: of each task and way, the microseconds of a step, round by round."""
    with tempfile.TemporaryDirectory() as folder:
        commit = prepare(Path(folder), playground)
        command = ["node", HERE / "javascript.mjs", folder, str(rounds), str(seconds)]
        ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    node = subprocess.run(["node", "--version"], check=True, capture_output=True, text=True).stdout.strip()
    return {"steps": json.loads(ran), "node": node, "jax-js": JAX_JS, "playground": commit, "machine": machine()}


def document(found: dict[str, Any]) -> str:
    """The page of the figures."""
    rows = []
    for peer, tasks in PEERS.items():
        for task in tasks:
            if task in found["steps"]:
                ours, theirs = found["steps"][task]["chainrule"], found["steps"][task][peer]
                ratio = statistics.median(there / here for here, there in zip(ours, theirs, strict=True))
                rows.append(f"| {TOLD[task]} | {peer} | {min(theirs):,.1f} | {min(ours):,.2f} | {ratio:.3g} |")
    table = "\n".join(rows)
    rounds = len(next(iter(found["steps"].values()))["chainrule"])
    return f"""# In JavaScript

Made by `python benchmarks/javascript.py`; do not edit by hand. What `cr.webassembly` and `Network.webassembly` export, beside
jax-js {found["jax-js"]} and TensorFlow Playground (commit {found["playground"][:7]}), in one process of Node {found["node"]}.
Before anything is timed, it is checked that each pair, from the same weights, comes to the same numbers.

jax-js computes by WebAssembly, its `jit` of a whole step with the update in it, from batches that it has as arrays already.
Node gives it one thread; in a page that is isolated it may use more, and a GPU where there is one: neither was measured. The
Playground is `nn.ts` alone, without what it draws. Networks are in float32, but for the Playground's, whose numbers are
JavaScript's own.

Times are of the processor, in {rounds} rounds in which all take their turn: the least microseconds of a step, and the median of
the rounds' ratios.

| | beside | µs there | µs here | there ÷ here |
|---|---|--:|--:|--:|
{table}

{line(found["machine"])}
"""


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round; nothing is written")
    parser.add_argument("--playground", type=Path, help="a clone of TensorFlow Playground")
    chosen = parser.parse_args()
    if not chosen.quick and not chosen.playground:
        parser.error("--playground is missing")
    rounds, seconds = (1, 0.02) if chosen.quick else (ROUNDS, SECONDS)
    found = measured(rounds, seconds, chosen.playground)
    print(document(found))
    if not chosen.quick:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(document(found), encoding="utf-8")


if __name__ == "__main__":
    main()
