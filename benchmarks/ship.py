"""Make the networks that come with the package: `python benchmarks/ship.py [book] [reader]`.

The book's is what `chainrule train` gives with nothing else said. The reader, of two layers of convolutions, is for
handwriting that is not MNIST's, and is to know what it cannot read. It learns from
three things: MNIST's training images; 40 % of the 1, 4, 7 and 9 among them once more, in ways of writing that MNIST hardly has
(`chainrule.data.styles`); and 10,000 drawings that are no digits (`nondigits.py`), each under a digit drawn at random. It
also learns from 15,000 of MNIST's images once more, scaled down to 6 to 14 pixels and up again, as in pictures of few
pixels. All of them are moved, turned, slanted, scaled, thickened or thinned, bent, made paler and noisy, anew for each epoch.

Settings were chosen on validation data: MNIST's validation images, photographs of them, and the first half of scikit-learn's
digits (`handwriting.py`). The same versions, executor and processor give the same bits.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import chainrule as cr
from chainrule.data.augmentation import Augmentation
from chainrule.data.images import frame
from chainrule.data.styles import restyled
from chainrule.layers import Conv, Dense, Flatten, MaxPool
from nondigits import nondigits

SHIPPED = Path(cr.__file__).parent / "data" / "shipped"
STYLED = 0.4  # of the 1, 4, 7 and 9
NONDIGITS = 10_000
FEW_PIXELS = 15_000
HANDWRITING = Augmentation(shift=1.5, rotation=15, slant=15, scale=0.15, stroke=1.5, elastic=1, contrast=0.3, noise=0.1)
LEARNING = {
    "batch_size": 50,
    "learning_rate": 0.03,
    "optimizer": "nesterov",
    "schedule": "linear",
    "regularization": cr.Regularization(label_smoothing=0.05),
    "augment": HANDWRITING,
}
READER = [
    Conv(16, 5, activation="relu"),
    MaxPool(2),
    Conv(32, 5, activation="relu"),
    MaxPool(2),
    Flatten(),
    Dense(64, activation="relu"),
    Dense(10),
]
RELU = {"cost": "log-likelihood", "initializer": "he"}
NETWORKS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "book": ({"layers": [784, 30, 10]}, {"executor": "numpy"}),
    "reader": ({"layers": READER, "input": (1, 28, 28), **RELU}, {**LEARNING, "epochs": 30, "executor": "native"}),
}


def coarse(images: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Digits of few pixels: their ink scaled to 6 to 14 rows, perhaps made as wide as high, and framed again."""
    made = []
    for image in images:
        rows, columns = (np.flatnonzero(image.any(axis=axis)) for axis in (1, 0))
        ink = Image.fromarray(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
        high = int(random.integers(6, 15))
        wide = high if random.random() < 0.5 else max(2, round(high * ink.width / ink.height))
        small = ink.resize((wide, high), Image.Resampling.BOX)
        made.append(frame(np.asarray(small.resize((16 * wide, 16 * high), Image.Resampling.BICUBIC))))
    return np.stack(made)


def handwriting(images: np.ndarray, labels: np.ndarray, few: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """What the reader learns from, `few` digits of few pixels among them."""
    random = np.random.default_rng(0)
    styled = restyled(images, labels, random)
    chosen = random.random(len(styled.labels)) < STYLED
    others = nondigits(images, NONDIGITS, random)
    wrong = random.integers(0, 10, NONDIGITS)
    again = random.choice(len(images), few, replace=False)
    return (
        np.concatenate([images, styled.images[chosen], others, *([coarse(images[again], random)] if few else [])]),
        np.concatenate([labels, styled.labels[chosen], wrong, labels[again]]),
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
        net.fit(*(train if name == "book" else handwriting(*train, FEW_PIXELS if name == "reader" else 0)), **fit)
        path = options.folder / f"{name}.safetensors"
        net.save(path)
        print(f"{path.name}: {path.stat().st_size:,} bytes, {net.evaluate(*valid).correct:,} of 10,000 validation")
        print(f"  and {net.evaluate(*test).correct:,} of 10,000 test images read right", flush=True)


if __name__ == "__main__":
    main()
