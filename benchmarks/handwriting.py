"""How well the shipped networks read handwriting that is not MNIST's, what they say of what is no digit, and what is found
in photographs.

- scikit-learn's 8×8 digits (UCI, 1,797) are scaled up and framed as a drawing is. The first half was looked at
  when the reader's settings were chosen; the second half was not.
- Ways of writing that MNIST hardly has, letters, signs, scribbles and solid shapes are drawn by `strokes.py`, from strokes
  that nothing was trained on.
- USPS (16×16), optdigits (UCI; 32×32, from which scikit-learn's 8×8 were made) and Semeion (UCI; 16×16) are not in this
  repository. They are read if `--elsewhere` names a folder with `usps.h5`, `optdigits-orig.windep` and `semeion.data`.
- Photographs are made by `photographs.py`, kept as JPEG, and go through `read_digits`; one that is refused, or of which
  another count of digits is found, counts as wrong.

Settings, and the least activation with which an answer is sure, were chosen on MNIST's validation images, photographs of
them, the first half of scikit-learn's digits, USPS and optdigits.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import chainrule as cr
from chainrule.certainty import SURE, certainty
from chainrule.data.errors import DataError
from chainrule.data.images import frame, read_digits
from chainrule.data.shipped import shipped
from machine import line, machine
from photographs import Scene, photograph
from strokes import LETTERS, STYLES, scribble, solid, written

HERE = Path(__file__).parent
PHOTOGRAPHS = 100  # of each scene
EACH = 40  # drawings of each path
SCENES = {
    "the digit 29 to 62 % high, plain paper": Scene(),
    "80 to 98 % high (a margin of 2 to 20 %)": Scene(height=(0.8, 0.98)),
    "10 to 30 % high (a margin of 70 to 90 %)": Scene(height=(0.1, 0.3)),
    "3 to 5 % high, 2,000 pixels wide": Scene(height=(0.03, 0.05), side=2000),
    "ruled paper, gray to black lines": Scene(paper="ruled"),
    "squared paper, gray to black lines": Scene(paper="squared"),
    "squared paper, lines as black as the ink": Scene(paper="squared", line=(0.9, 1.0)),
    "the edge of a shadow": Scene(shadow=1.0),
    "the edge of a table": Scene(table=1.0),
}
NUMBERS = {
    "numbers of 2 to 4 digits, 10 to 40 % apart": Scene(height=(0.15, 0.4)),
    "1 to 4 % apart": Scene(height=(0.15, 0.4), gap=(0.01, 0.04)),
    "touching": Scene(height=(0.15, 0.4), gap=(-0.04, 0.0)),
    "on ruled paper": Scene(height=(0.15, 0.4), paper="ruled"),
}


def small_digits() -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's digits, framed: n × 28 × 28 and their labels."""
    from sklearn.datasets import load_digits

    found = load_digits()
    return enlarged(found.images / 16), found.target


def enlarged(images: np.ndarray) -> np.ndarray:
    """Images of few pixels, ink from 0 to 1, scaled up and framed as a drawing is: n × 28 × 28."""
    grays = (images * 255).astype(np.uint8)
    return np.stack(
        [frame(np.asarray(Image.fromarray(each).resize((128, 128), Image.Resampling.BICUBIC))) for each in grays]
    )


def elsewhere(folder: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Collections as they were published, framed, with their labels."""
    import h5py

    with h5py.File(folder / "usps.h5") as file:
        usps = {part: (np.asarray(file[part]["data"]), np.asarray(file[part]["target"])) for part in ("test", "train")}
    lines = (folder / "optdigits-orig.windep").read_text(encoding="ascii").split()
    first = next(k for k, line in enumerate(lines) if len(line) == 32)
    count = (len(lines) - first) // 33  # 32 rows, and the digit; a sign of the file's end may follow
    bitmaps = np.array(lines[first : first + 33 * count]).reshape(count, 33)
    semeion = np.loadtxt(folder / "semeion.data")
    return {
        **{f"USPS, {part}": (enlarged(x.reshape(-1, 16, 16).clip(0, 1)), digits) for part, (x, digits) in usps.items()},
        "optdigits, test": (
            enlarged(np.array([[list(row) for row in rows] for rows in bitmaps[:, :32]]) == "1"),
            bitmaps[:, 32].astype(int),
        ),
        "Semeion": (enlarged(semeion[:, :256].reshape(-1, 16, 16)), semeion[:, 256:].argmax(1)),
    }


def seen(picture: Image.Image, folder: Path, quality: int) -> list[np.ndarray]:
    """The digits that are found in a picture, once it is saved; none where it is refused."""
    path = folder / "picture.jpg"
    picture.save(path, quality=quality)
    try:
        return [digit.image for digit in read_digits(path)]
    except DataError:
        return []


def photographs(images: np.ndarray, scene: Scene, lengths: tuple[int, int], count: int) -> list[tuple[list[int], list]]:
    """So many photographs: which images each shows, and the digits that are found in it."""
    random = np.random.default_rng(0)
    made, first = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(count):
            shown = list(range(first, first + int(random.integers(lengths[0], lengths[1] + 1))))
            first = shown[-1] + 1
            picture = photograph([images[k] for k in shown], random, scene)
            made.append((shown, seen(picture, Path(folder), int(random.integers(60, 95)))))
    return made


def drawings() -> tuple[dict[str, tuple[np.ndarray, np.ndarray]], dict[str, np.ndarray]]:
    """Other ways of writing with their digits; and what is no digit. All framed."""
    random = np.random.default_rng(0)
    styles = {
        name: (
            np.stack([frame(written(path, random)) for _, path in paths for _ in range(EACH)]),
            np.array([digit for digit, _ in paths for _ in range(EACH)]),
        )
        for name, paths in STYLES.items()
    }
    others = {
        f"{len(LETTERS)} letters and signs": [
            written(path, random) for path in LETTERS.values() for _ in range(EACH // 4)
        ],
        "scribbles": [scribble(random) for _ in range(300)],
        "solid squares, discs, triangles": [solid(random) for _ in range(300)],
    }
    return styles, {name: np.stack([frame(each) for each in made]) for name, made in others.items()}


def sure(net: cr.Network, images: np.ndarray) -> np.ndarray:
    """Which of the network's answers are sure."""
    return np.array([certainty(outputs, image).sure for outputs, image in zip(net(images), images, strict=True)])


def share(part: int | np.integer, whole: int) -> dict[str, int]:
    """A count of a count, as plain numbers."""
    return {"count": int(part), "of": int(whole)}


def measured(net: cr.Network, sets: dict, pictures: dict, numbers: dict, labels: np.ndarray, others: dict) -> dict:
    """All figures of a network."""
    read, unsure = {}, {}
    for name, (images, truth) in sets.items():
        right = net.predict(images) == truth
        read[name] = share(right.sum(), len(truth))
        certain = sure(net, images)
        unsure[f"right: {name}"] = share((right & ~certain).sum(), right.sum())
        unsure[f"wrong: {name}"] = share((~right & ~certain).sum(), (~right).sum())
    photographed = {"right": [], "wrong": []}
    for name, made in {**pictures, **numbers}.items():
        count = 0
        for shown, found in made:
            answers = net.predict(np.stack(found)) if found else np.array([])
            whole = len(found) == len(shown) and bool(np.all(answers == labels[shown]))
            count += whole
            if len(shown) == len(found) == 1:
                photographed["right" if whole else "wrong"].append(bool(sure(net, np.stack(found))[0]))
        read[name] = share(count, len(made))
    for which, answers in photographed.items():
        unsure[f"{which}: photographs"] = share(len(answers) - sum(answers), len(answers))
    for name, images in others.items():
        unsure[name] = share((~sure(net, images)).sum(), len(images))
    return {"read": read, "unsure": unsure}


def page(result: dict) -> str:
    """The page of these figures."""
    networks, found = result["networks"], result["found"]

    def table(head: str, which: str, names: list[str], titles: dict[str, str] | None = None) -> list[str]:
        rows = [f"| {head} | of | {' | '.join(networks)} |", f"|---|---|{'---|' * len(networks)}"]
        for name in names:
            figures = [each[which][name] for each in networks.values()]
            of = " / ".join(dict.fromkeys(f"{figure['of']:,}" for figure in figures))
            shares = (f"{100 * figure['count'] / figure['of']:.1f}" if figure["of"] else "–" for figure in figures)
            rows.append(f"| {(titles or {}).get(name, name)} | {of} | {' | '.join(shares)} |")
        return [*rows, ""]

    sets = list(result["sets"])
    parts = [
        "# Handwriting that is not MNIST's",
        "",
        "Made by `python benchmarks/handwriting.py`; do not edit by hand. `predict` uses the reader, a convolutional network,",
        "`explain` the book's network. All figures are percent. Settings were chosen on",
        "validation data: MNIST's validation images, photographs of them, the first half of scikit-learn's digits (UCI; 8×8",
        "pixels, scaled up and framed, as all of few pixels), USPS (16×16) and optdigits (32×32).",
        "",
        "## Read right",
        "",
        *table("framed images", "read", sets),
        "The styles are drawn from strokes on which nothing was trained. Nothing was trained on scikit-learn's digits, USPS,",
        "optdigits or Semeion either; the last three are not in this repository (`--elsewhere`). Of nine readers, which differ",
        "in their layers and in how many digits of few pixels they learned from, the one is kept that reads all of these well,",
        "so that these figures are a little better than those of unseen collections would be. The test of optdigits has the",
        "digits of scikit-learn's, before they were scaled to 8×8. Its images fill their box: a 1 is a thick bar.",
        "",
        "Photographs are MNIST's test digits drawn on textured paper, seen from an angle under uneven light, with noise and",
        "blur, kept as JPEG, then found and framed. One that is refused, or in which another count of digits is found, counts as",
        "wrong; a number is right when all its digits are.",
        "",
        *table("photographs", "read", list(SCENES)),
        *table("photographs of numbers", "read", list(NUMBERS)),
        f"Found as what they are, before any network reads: {found['count']:,} of {found['of']:,} photographs.",
        "",
        "## Unsure",
        "",
        f"An answer is sure if the reader gives it an activation of {SURE} at least, whichever network has answered. This was",
        "chosen on MNIST's validation images, without any drawing that is no digit. Letters and signs are drawn from strokes on",
        "which nothing was trained; those that could be digits (O, I, l, S, Z, B, b, G, g, q, y …) are not among them.",
        "",
        *table("what is no digit, told as unsure", "unsure", list(result["others"])),
        *table(
            "right answers, told as unsure", "unsure", [f"right: {name}" for name in [*sets, "photographs"]],
            {f"right: {name}": name for name in [*sets, "photographs"]},
        ),
        *table(
            "wrong answers, told as unsure", "unsure", [f"wrong: {name}" for name in ["MNIST test", "photographs"]],
            {f"wrong: {name}": name for name in ["MNIST test", "photographs"]},
        ),
    ]  # fmt: skip
    return "\n".join([*parts, line(result["machine"]) + ".", ""])


def main() -> None:
    """Measure every shipped network, print it, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="*", help="files of other networks; nothing is written then")
    parser.add_argument("--validation", action="store_true", help="photograph validation digits, and write nothing")
    parser.add_argument("--count", type=int, default=PHOTOGRAPHS, help="photographs of each scene")
    parser.add_argument("--elsewhere", type=Path, help="a folder with the files of USPS, optdigits and Semeion")
    chosen = parser.parse_args()
    _, valid, test = cr.datasets.mnist()
    images, labels = valid if chosen.validation else test
    pictures, numbers = {}, {}
    for name, scene in SCENES.items():
        pictures[name] = photographs(images, scene, (1, 1), chosen.count)
        print(f"{name}: {sum(len(found) == 1 for _, found in pictures[name])} of {chosen.count} found", flush=True)
    for name, scene in NUMBERS.items():
        numbers[name] = photographs(images, scene, (2, 4), chosen.count)
        right = sum(len(found) == len(shown) for shown, found in numbers[name])
        print(f"{name}: {right} of {chosen.count} found", flush=True)
    styles, others = drawings()
    small, truth = small_digits()
    half = len(truth) // 2
    sets = {
        "scikit-learn's digits, first half (looked at)": (small[:half], truth[:half]),
        "scikit-learn's digits, second half": (small[half:], truth[half:]),
        **(elsewhere(chosen.elsewhere) if chosen.elsewhere else {}),
        **styles,
        "MNIST validation": valid,
        "MNIST test": test,
    }
    everything = [*pictures.values(), *numbers.values()]
    right = sum(len(found) == len(shown) for made in everything for shown, found in made)
    found = share(right, sum(len(made) for made in everything))
    results = {}
    for path in map(Path, chosen.networks or [shipped(name) for name in ("book", "reader")]):
        results[path.stem] = measured(cr.load(path), sets, pictures, numbers, labels, others)
        for kind, figures in results[path.stem].items():
            for name, figure in figures.items():
                print(f"{path.stem}: {kind}: {name}: {figure['count']:,} of {figure['of']:,}", flush=True)
    if not (chosen.networks or chosen.validation):
        result = {"machine": machine(), "networks": results, "found": found, "sets": list(sets), "others": list(others)}
        (HERE / "results" / "handwriting.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        (HERE.parent / "docs" / "handwriting.md").write_text(page(result), encoding="utf-8")


if __name__ == "__main__":
    main()
