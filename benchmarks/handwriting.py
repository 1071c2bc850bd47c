"""How well the shipped networks read handwriting that is not MNIST's, and digits as a camera sees them.

scikit-learn's 8×8 digits (UCI, 1,797 by 43 writers) are scaled up and framed as a drawing is. Photographs are made here:
MNIST's digits written on textured paper, seen from an angle under uneven light, with noise and blur, kept as JPEG; they
go through `read_digit`, and one that it refuses counts as wrong. Settings are chosen on photographs of validation digits,
reported are those of test digits.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

import chainrule as cr
from chainrule.data.errors import DataError
from chainrule.data.images import frame, read_digit
from chainrule.data.shipped import shipped
from machine import line, machine

HERE = Path(__file__).parent
PHOTOGRAPHS = 200  # of each set


def small_digits() -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's digits, framed: n × 28 × 28 and their labels."""
    from sklearn.datasets import load_digits

    found = load_digits()
    framed = []
    for image in found.images:
        large = Image.fromarray((image * 255 / 16).astype(np.uint8)).resize((128, 128), Image.Resampling.BICUBIC)
        framed.append(frame(np.asarray(large)))
    return np.stack(framed), found.target


def photograph(digit: np.ndarray, random: np.random.Generator) -> Image.Image:
    """A digit (28 × 28, ink high) on paper, as a telephone's camera might see it."""
    side = 480
    size = int(random.integers(140, 300))
    ink = np.asarray(Image.fromarray(digit).resize((size, size), Image.Resampling.BICUBIC), float) / 255
    ink = np.clip((ink - 0.3) / 0.4, 0, 1)  # a pen's edge is sharper than MNIST's pixels
    page = np.zeros((side, side))
    top, left = random.integers(60, side - size - 60, 2)
    page[top : top + size, left : left + size] = ink
    corners = np.array([[0, 0], [side, 0], [side, side], [0, side]], float)
    bent = corners + random.uniform(-45, 45, (4, 2))
    equations = []
    for (x, y), (u, v) in zip(corners, bent, strict=True):
        equations += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    seen = np.linalg.solve(np.array(equations), bent.reshape(-1))
    flat = Image.fromarray((page * 255).astype(np.uint8))
    ink = (
        np.asarray(flat.transform((side, side), Image.Transform.PERSPECTIVE, tuple(seen), Image.Resampling.BILINEAR))
        / 255
    )
    down, right = np.mgrid[0:side, 0:side] / side - 0.5
    angle = random.uniform(0, 2 * np.pi)
    light = 1 + random.uniform(0.05, 0.4) * (down * np.cos(angle) + right * np.sin(angle))
    if random.random() < 0.3:  # the edge of a shadow, out of focus
        shade = 1 / (1 + np.exp(-(down * np.sin(angle) - right * np.cos(angle) + random.uniform(-0.3, 0.3)) * 60))
        light = light * (1 - random.uniform(0.1, 0.35) * shade)
    grain = Image.fromarray(random.normal(128, 60, (side // 4, side // 4)).clip(0, 255).astype(np.uint8))
    texture = np.asarray(grain.resize((side, side), Image.Resampling.BICUBIC), float) / 128 - 1
    paper = random.uniform(0.6, 0.9) * (1 + 0.02 * texture)
    pen = random.uniform(0.08, 0.35)
    gray = light * (paper * (1 - ink) + pen * ink) * 255 + random.normal(0, random.uniform(1, 6), (side, side))
    picture = Image.fromarray(gray.clip(0, 255).astype(np.uint8))
    return picture.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 1.8)))


def photographs(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """The first digits, photographed and read again: images, labels, and how many were refused."""
    random = np.random.default_rng(0)
    framed, kept = [], []
    with tempfile.TemporaryDirectory() as folder:
        for k in range(PHOTOGRAPHS):
            path = Path(folder) / "digit.jpg"
            photograph(images[k], random).save(path, quality=int(random.integers(50, 95)))
            try:
                framed.append(read_digit(path))
                kept.append(k)
            except DataError as refusal:
                print(f"  photograph {k}: {refusal}")
    return np.stack(framed), labels[kept], PHOTOGRAPHS - len(kept)


def page(result: dict) -> str:
    """The page of these figures."""
    networks = result["networks"]
    parts = [
        "# Handwriting that is not MNIST's",
        "",
        "Made by `python benchmarks/handwriting.py`; do not edit by hand. How many the shipped networks read right, in",
        "percent: `predict` uses the reader, `explain` the book's. scikit-learn's digits (UCI, 43 writers) are 8×8 pixels,",
        "scaled up and framed. Photographs are MNIST's digits drawn on textured paper, seen from an angle under uneven",
        "light, with noise and blur, kept as JPEG, then found and framed; one that is refused counts as wrong.",
        "",
        f"| read right | of | {' | '.join(networks)} |",
        f"|---|---|{'---|' * len(networks)}",
    ]
    for name, first in next(iter(networks.values())).items():
        shares = (f"{100 * each[name]['right'] / each[name]['of']:.1f}" for each in networks.values())
        parts.append(f"| {name} | {first['of']:,} | {' | '.join(shares)} |")
    return "\n".join([*parts, "", line(result["machine"]) + ".", ""])


def main() -> None:
    """Measure every shipped network, print it, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="*", help="files of other networks; nothing is written then")
    chosen = parser.parse_args()
    _, valid, test = cr.datasets.mnist()
    sets = {"photographs of validation digits": photographs(*valid), "photographs of test digits": photographs(*test)}
    sets["scikit-learn's 8×8 digits"] = (*small_digits(), 0)
    sets["MNIST validation"], sets["MNIST test"] = (*valid, 0), (*test, 0)
    results = {}
    for path in map(Path, chosen.networks or [shipped(name) for name in ("book", "reader")]):
        net = cr.load(path)
        results[path.stem] = {}
        for name, (images, labels, refused) in sets.items():
            right = int(np.count_nonzero(net.predict(images) == labels))
            results[path.stem][name] = {"right": right, "of": len(labels) + refused, "refused": refused}
            print(f"{path.stem}: {name}: {right:,} of {len(labels) + refused:,} right, {refused} refused", flush=True)
    if not chosen.networks:
        found = {"machine": machine(), "networks": results}
        (HERE / "results" / "handwriting.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        (HERE.parent / "docs" / "handwriting.md").write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
