"""What a new network costs before its first batch, and a step then, of this tree beside another; writes `results/compiling.json`.

`python benchmarks/compiling.py` measures this tree; `--beside FOLDER` another one in turn with it, such as an earlier version's,
checked out there. Each fit is measured in a new process with an empty cache, then in one that finds what that left.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from machine import machine

HERE = Path(__file__).parent
NETWORKS = {
    "`[784, 30, 10]`": {"layers": [784, 30, 10]},
    "`[784, 100, 60, 30, 10]`, ReLU, Adam": {"layers": [784, 100, 60, 30, 10], "activation": "relu"},
    "the same, batch normalization, dropout": {
        "layers": [784, 100, 60, 30, 10],
        "activation": "relu",
        "normalization": "batch",
        "dropout": [0.2, 0.5, 0.5, 0.5],
    },
}
FIRST = """
import json, sys, time, numpy as np, chainrule as cr
given = json.loads(sys.argv[1])
x = np.where(np.random.default_rng(0).random((10, 784)) < 0.8, 0, 0.5).astype(np.float32)
net, wall, processor = cr.Network(seed=0, **given), time.perf_counter(), time.process_time()
rule = {"optimizer": "adam", "learning_rate": 0.001} if "activation" in given else {"learning_rate": 1.0}
net.fit(x, np.arange(10), epochs=1, batch_size=10, executor="native", **rule)
print(json.dumps([time.perf_counter() - wall, time.process_time() - processor]))
"""
STEP = """
import json, sys, time, numpy as np
sys.path.insert(0, sys.argv[2])
import chainrule as cr, works
from chainrule.data.inputs import as_activations, one_hot
from chainrule.training import native
from chainrule.training.optimizers import adam, sgd
from chainrule.training.runner import Examples, learner_of
from chainrule.training.step import UpdateRule
work, random = works.WORKS[sys.argv[1]], np.random.default_rng(0)
native.cores = lambda: work.threads
net, (grays, labels) = cr.Network(**work.network), works.pictures(work.images)
targets = one_hot(labels, 10).astype(np.float32)
examples = Examples(None, targets, None, grays, lambda grays: as_activations(grays, 784), labels)
rule = UpdateRule(adam() if work.deep else sgd())
learner = learner_of(net.architecture, [each.copy() for each in net.parameters], rule.optimizer, random)
runner, found = native.NativeRunner(net.architecture, learner, examples, rule, work.batch), []
runner.begin()
for _ in range(30):
    order = random.permutation(work.images)[: min(work.steps, 2000 if work.batch < 100 else 40) * work.batch]
    order = order.reshape(-1, work.batch)
    began = time.perf_counter()
    runner.learn(order, [0.001] * len(order), 0)
    found.append((time.perf_counter() - began) / len(order) * 1e6)
print(json.dumps(min(found)))
"""


def measured(tree: Path, code: str, *given: object, cache: str) -> object:
    """What a new process prints that has the package of a tree."""
    environment = os.environ | {"CHAINRULE_CACHE": cache, "PYTHONPATH": str(tree / "src"), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code, *map(str, given)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)


def waited(tree: Path, network: dict, rounds: int) -> dict[str, float]:
    """The first fit of a network and a later process's, in seconds, and the bytes that are kept."""
    new, known, size = [], [], 0
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as cache:
            new.append(measured(tree, FIRST, json.dumps(network), cache=cache))
            known.append(measured(tree, FIRST, json.dumps(network), cache=cache))
            size = sum(each.stat().st_size for each in Path(cache).rglob("*") if each.is_file())
    return {
        "new_s": statistics.median(wall for wall, _ in new),
        "new_processor_s": statistics.median(spent for _, spent in new),
        "known_s": statistics.median(wall for wall, _ in known),
        "kept_bytes": size,
    }


def main() -> None:
    """Measure the trees by turns, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--beside", type=Path, help="the folder of another tree")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one round of one network; nothing is written")
    given = parser.parse_args()
    trees = {"here": HERE.parent, **({"beside": given.beside.resolve()} if given.beside else {})}
    networks = dict(list(NETWORKS.items())[: 1 if given.quick else None])
    found: dict = {"about": machine(), "waits": {}, "steps_us": {}}
    for name, network in networks.items():
        rounds = 1 if given.quick else given.rounds
        found["waits"][name] = {key: waited(tree, network, rounds) for key, tree in trees.items()}
        print(name, found["waits"][name], flush=True)
    if given.quick:
        return
    with tempfile.TemporaryDirectory() as cache:
        for name in ("A", "B", "C", "C, two threads"):
            by_tree: dict[str, list] = {key: [] for key in trees}
            for _ in range(given.rounds):
                for key, tree in trees.items():
                    by_tree[key].append(measured(tree, STEP, name, HERE, cache=f"{cache}/{key}"))
            found["steps_us"][name] = {key: min(each) for key, each in by_tree.items()}
            print(name, found["steps_us"][name], flush=True)
    (HERE / "results" / "compiling.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
