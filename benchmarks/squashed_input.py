"""How much worse does a network learn when its input is squashed by σ, as the article says, instead of scaled to 0…1?

Writes what `chainrule article` says beside its first step: `python benchmarks/squashed_input.py`, about a minute.
"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import numpy as np

import chainrule as cr
from chainrule.textbook import sigmoid

SEEDS, EPOCHS = (0, 1, 2), 10


def main() -> None:
    """Train both ways from several seeds, and keep the mean share of test digits that are read right."""
    train, _, test = cr.datasets.mnist()
    ways = {"scaled": lambda gray: gray / np.float32(255), "squashed": lambda gray: sigmoid(gray.astype(np.float32))}
    found: dict[str, object] = {"source": "benchmarks/squashed_input.py", "epochs": EPOCHS, "seeds": len(SEEDS)}
    for name, way in ways.items():
        shares = []
        for seed in SEEDS:
            net = cr.Network([784, 30, 10], seed=seed)
            net.fit(way(train.images), train.labels, epochs=EPOCHS, executor="numpy")
            shares.append(net.score(way(test.images), test.labels))
            print(name, seed, shares[-1], flush=True)
        found[name] = round(float(np.mean(shares)), 4)
    path = Path(str(resources.files("chainrule.explain"))) / "squashed_input.json"
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
