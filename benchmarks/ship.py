"""Make the networks that come with the package: `python benchmarks/ship.py [book] [reader]`.

The book's is what `chainrule train` gives with nothing else said. The reader, of four layers of convolutions, is for
handwriting that is not MNIST's, and is to know what it cannot read. It learns from MNIST's training images, and from
- 40 % of the 1, 4, 7 and 9 among them once more, in ways of writing that MNIST hardly has (`chainrule.data.styles`);
- 10,000 drawings that are no digits (`nondigits.py`), each under a digit drawn at random;
- 15,000 of MNIST's images, 3,000 of its 1 and 3,000 of those other ways of writing once more, scaled down to 6 to 24 pixels and
  up again, half of them made as wide as high, as in other collections of digits.
All of them are moved, turned, slanted, scaled, thickened or thinned, bent, made paler and noisy, anew for each epoch.

Settings were chosen on validation data: MNIST's validation images, photographs of them, the first half of scikit-learn's
digits, USPS and optdigits (`handwriting.py`). The same versions, executor and processor give the
same bits.
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
FEW_PIXELS = {"any": 15_000, "one": 3_000, "styled": 3_000}
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
    Conv(16, 3, activation="relu"),
    Conv(16, 3, activation="relu"),
    MaxPool(2),
    Conv(32, 3, activation="relu"),
    Conv(32, 3, activation="relu"),
    MaxPool(2),
    Flatten(),
    Dense(48, activation="relu"),
    Dense(10),
]
RELU = {"cost": "log-likelihood", "initializer": "he"}
NETWORKS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "book": ({"layers": [784, 30, 10]}, {"executor": "numpy"}),
    "reader": ({"layers": READER, "input": (1, 28, 28), **RELU}, {**LEARNING, "epochs": 30, "executor": "native"}),
}


def coarse(images: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Digits of few pixels: their ink scaled to 6 to 24 rows, perhaps made as wide as high, and framed again."""
    made = []
    for image in images:
        rows, columns = (np.flatnonzero(image.any(axis=axis)) for axis in (1, 0))
        ink = Image.fromarray(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
        high = int(random.integers(6, 25))
        wide = high if random.random() < 0.5 else max(2, round(high * ink.width / ink.height))
        small = ink.resize((wide, high), Image.Resampling.BOX)
        made.append(frame(np.asarray(small.resize((16 * wide, 16 * high), Image.Resampling.BICUBIC))))
    return np.stack(made)


def handwriting(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the reader learns from."""
    random = np.random.default_rng(0)
    styled = restyled(images, labels, random)
    chosen = random.random(len(styled.labels)) < STYLED
    others = nondigits(images, NONDIGITS, random)
    wrong = random.integers(0, 10, NONDIGITS)
    again = random.choice(len(images), FEW_PIXELS["any"], replace=False)
    again = np.concatenate([again, random.choice(np.flatnonzero(labels == 1), FEW_PIXELS["one"], replace=False)])
    drawn = random.choice(len(styled.labels), FEW_PIXELS["styled"], replace=False)
    few = coarse(images[again], random), coarse(styled.images[drawn], random)
    return (
        np.concatenate([images, styled.images[chosen], others, *few]),
        np.concatenate([labels, styled.labels[chosen], wrong, labels[again], styled.labels[drawn]]),
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
        net.fit(*(train if name == "book" else handwriting(*train)), **fit)
        path = options.folder / f"{name}.safetensors"
        net.save(path)
        print(f"{path.name}: {path.stat().st_size:,} bytes, {net.evaluate(*valid).correct:,} of 10,000 validation")
        print(f"  and {net.evaluate(*test).correct:,} of 10,000 test images read right", flush=True)


if __name__ == "__main__":
    main()
