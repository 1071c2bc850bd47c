"""Make the two networks that come with the package: `python benchmarks/ship.py [book] [reader]`.

The book's is what `chainrule train` gives with nothing else said. The reader is for handwriting that is not MNIST's, and
is to know what it cannot read. It learns from three things: MNIST's training images; 40 % of the 1, 4, 7 and 9 among them
once more, in ways of writing that MNIST hardly has (`chainrule.data.styles`); and 10,000 drawings that are no digits
(`nondigits.py`), each under a digit drawn at random. All of them are moved, turned, slanted, scaled, thickened or
thinned, bent, made paler and noisy, anew for each epoch.

Its settings were chosen on validation data: MNIST's validation images, photographs of them, and the first half of
scikit-learn's digits (`handwriting.py`). Both networks are trained on the NumPy executor, so the same versions and
processor give the same bits.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.data.augmentation import Augmentation
from chainrule.data.styles import restyled
from nondigits import nondigits

SHIPPED = Path(cr.__file__).parent / "data" / "shipped"
STYLED = 0.4  # of the 1, 4, 7 and 9
NONDIGITS = 10_000
HANDWRITING = Augmentation(shift=1.5, rotation=15, slant=15, scale=0.15, stroke=1.5, elastic=1, contrast=0.3, noise=0.1)
NETWORKS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "book": ({"layers": [784, 30, 10]}, {}),
    "reader": (
        {"layers": [784, 512, 10], "activation": "relu", "cost": "log-likelihood", "initializer": "he"},
        {
            "epochs": 45,
            "batch_size": 50,
            "learning_rate": 0.03,
            "optimizer": "nesterov",
            "schedule": "linear",
            "regularization": cr.Regularization(label_smoothing=0.05),
            "augment": HANDWRITING,
        },
    ),
}


def handwriting(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the reader learns from."""
    random = np.random.default_rng(0)
    styled = restyled(images, labels, random)
    chosen = random.random(len(styled.labels)) < STYLED
    others = nondigits(images, NONDIGITS, random)
    return (
        np.concatenate([images, styled.images[chosen], others]),
        np.concatenate([labels, styled.labels[chosen], random.integers(0, 10, NONDIGITS)]),
    )


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
        net.fit(*(handwriting(*train) if name == "reader" else train), **fit, executor="numpy")
        path = options.folder / f"{name}.safetensors"
        net.save(path)
        print(f"{path.name}: {path.stat().st_size:,} bytes, {net.evaluate(*valid).correct:,} of 10,000 validation")
        print(f"  and {net.evaluate(*test).correct:,} of 10,000 test images read right", flush=True)


if __name__ == "__main__":
    main()
