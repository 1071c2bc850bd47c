"""Make the two networks that come with the package: `python benchmarks/ship.py [book] [reader]`.

The book's is what `chainrule train` gives with nothing else said. The reader is for handwriting that is not MNIST's: all
its training images are moved, turned, slanted, scaled, thickened or thinned, bent, made paler and noisy, anew for each
epoch. Its settings were chosen on validation images, MNIST's and photographed ones (`benchmarks/handwriting.py`).
Both are trained on the NumPy executor, so the same versions and processor give the same bits.
"""

import argparse
from pathlib import Path
from typing import Any

import chainrule as cr
from chainrule.data.augmentation import Augmentation

SHIPPED = Path(cr.__file__).parent / "data" / "shipped"
HANDWRITING = Augmentation(shift=1.5, rotation=15, slant=15, scale=0.15, stroke=1.5, elastic=1, contrast=0.3, noise=0.1)
NETWORKS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "book": ({"sizes": [784, 30, 10]}, {}),
    "reader": (
        {"sizes": [784, 256, 10], "activation": "relu", "cost": "log-likelihood", "initializer": "he"},
        {
            "epochs": 60,
            "batch_size": 50,
            "learning_rate": 0.03,
            "optimizer": "nesterov",
            "schedule": "linear",
            "label_smoothing": 0.05,
            "augment": HANDWRITING,
        },
    ),
}


def main() -> None:
    """Train those that are named, all by default, and write them into the package."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", choices=[*NETWORKS, []])
    parser.add_argument("--folder", type=Path, default=SHIPPED)
    options = parser.parse_args()
    train, valid, test = cr.datasets.mnist()
    for name in options.names or NETWORKS:
        network, fit = NETWORKS[name]
        net = cr.Network(**network, seed=0)
        net.fit(*train, **fit, executor="numpy")
        path = options.folder / f"{name}.safetensors"
        net.save(path)
        print(f"{path.name}: {path.stat().st_size:,} bytes, {net.evaluate(*valid).correct:,} of 10,000 validation")
        print(f"  and {net.evaluate(*test).correct:,} of 10,000 test images read right", flush=True)


if __name__ == "__main__":
    main()
