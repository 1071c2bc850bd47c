"""Accuracy over seeds 0–9, fixed in advance: the last and the best epoch of each, on the 10,000 test images.

The test set is scored after every epoch only to report the best one, as the book does; nothing is chosen by it.
"""

import argparse
import json
import statistics
from pathlib import Path

import numpy as np

import chainrule as cr
from machine import line, machine

HERE = Path(__file__).parent
CASES = {
    "default": {"sizes": [784, 30, 10]},
    "large": {"sizes": [784, 30, 10], "initializer": "large"},
    "hidden-100": {"sizes": [784, 100, 10]},
    "no-hidden": {"sizes": [784, 10]},
    "article": {"sizes": [784, 30, 10], "train": 1000, "test": 100},
    "article-no-hidden": {"sizes": [784, 10], "train": 1000, "test": 100},
}
COMMANDS = {
    "default": "chainrule train",
    "large": "chainrule train --initializer large",
    "hidden-100": "chainrule train --layers 784,100,10",
    "no-hidden": "chainrule train --layers 784,10",
    "article": "chainrule train --train-size 1000 --test-size 100",
    "article-no-hidden": "chainrule train --layers 784,10 --train-size 1000 --test-size 100",
}


def run(case: dict, seed: int, epochs: int = 30) -> dict:
    """Train one network, and score it after every epoch."""
    train, _, test = cr.datasets.mnist()
    n, k = case.get("train", 50_000), case.get("test", 10_000)
    net = cr.Network(case["sizes"], seed=seed, initializer=case.get("initializer", "default"))
    images, labels = test.images[:k], test.labels[:k]
    history = net.fit(train.images[:n], train.labels[:n], epochs=epochs, validation=(images, labels))
    correct = [epoch.validation.correct for epoch in history.epochs]
    answered = np.unique(net.predict(test.images))
    return {
        "seed": seed,
        "last": correct[-1],
        "best": max(correct),
        "best_epoch": int(np.argmax(correct)) + 1,
        "of": k,
        "lost_digits": [digit for digit in range(10) if digit not in answered],
    }


def page(result: dict) -> str:
    """The page of these figures."""
    parts = [
        "# Accuracy over ten seeds",
        "",
        "Made by `python benchmarks/accuracy.py`; do not edit by hand. Seeds 0–9 were fixed in advance; 30 epochs",
        "of batches of 10, η = 3.0. Right answers on the test set after the last epoch, and after the best one. A digit is",
        "*lost* when the network never answers it.",
        "",
        "| command | last epoch: mean (least–most) | best epoch: mean | runs that lost a digit |",
        "|---|---|---|---|",
    ]
    for name, runs in result["cases"].items():
        of = runs[0]["of"]
        last = [100 * each["last"] / of for each in runs]
        best = [100 * each["best"] / of for each in runs]
        lost = [each for each in runs if each["lost_digits"]]
        whole = [100 * each["last"] / of for each in runs if not each["lost_digits"]]
        note = f"{len(lost)} of {len(runs)}"
        if lost and whole:
            note += f"; the others average {statistics.mean(whole):.2f} %"
        parts.append(
            f"| `{COMMANDS[name]}` | **{statistics.mean(last):.2f} %** ({min(last):.2f}–{max(last):.2f}) "
            f"| {statistics.mean(best):.2f} % | {note} |"
        )
    for name, runs in result["cases"].items():
        parts += [
            "",
            f"## `{COMMANDS[name]}`",
            "",
            "| seed | last | best | at epoch | lost |",
            "|---|---|---|---|---|",
        ]
        for each in runs:
            lost = ", ".join(map(str, each["lost_digits"])) or "–"
            last = f"{each['last']:,} of {each['of']:,}"
            parts.append(f"| {each['seed']} | {last} | {each['best']:,} | {each['best_epoch']} | {lost} |")
    return "\n".join([*parts, "", line(result["machine"]) + ".", ""])


def main() -> None:
    """Run the cases, print them, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one seed of the article's example; nothing is written")
    if parser.parse_args().quick:
        print(json.dumps({name: run(CASES[name], 0, 10) for name in ("article", "article-no-hidden")}, indent=1))
        return
    result = {"machine": machine(), "cases": {}}
    for name, case in CASES.items():
        result["cases"][name] = [run(case, seed) for seed in range(10)]
        print(name, [each["last"] for each in result["cases"][name]], flush=True)
    (HERE / "results" / "accuracy.json").write_text(json.dumps(result, indent=1) + "\n")
    (HERE.parent / "docs" / "accuracy.md").write_text(page(result), encoding="utf-8")


if __name__ == "__main__":
    main()
