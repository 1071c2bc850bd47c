"""The book's own runs again, from its own seed: where its scripts say how chance starts, its figures come out to the digit.

The scripts of the book's figures (`fig/overfitting.py`, `fig/weight_initialization.py`, `fig/more_data.py`) start NumPy's and
Python's generators from 12345678. Here `compat/network2.py` goes through them in the same order, in float64, on pixels
divided by 256 as in the book's file, and with the order that Python 2's `random.shuffle` made of a seed.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import tempfile
import time
from collections.abc import MutableSequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import chainrule as cr
from chainrule.cli.reproduction_screen import label
from chainrule.compat import network2
from chainrule.reproduction.comparison import value
from chainrule.reproduction.experiments import Run
from chainrule.reproduction.results import Results
from chainrule.reproduction.rows import ROWS, Figure, Training
from machine import machine

PATH = Path(__file__).parent / "results" / "book_seed.json"
SEED = 12345678
SIZES = (100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000)
NAMED = {row.name: row for row in ROWS}


@dataclass(frozen=True)
class Script:
    """Rows that one script trains one after another, on one network, from one start of the generators.

    Where it hands on its list of images and not a copy, the next row starts from the order that the last one left.
    """

    rows: tuple[str, ...]
    hands_on: bool = False


SCRIPTS = (
    Script(("overfitting-1000",)),
    Script(("regularized-1000",)),
    Script(("overfitting-all",)),
    Script(("regularized-30",)),
    Script(("start-30-default", "start-30-large"), hands_on=True),
    Script(("start-100-default", "start-100-large"), hands_on=True),
    Script(tuple(f"images-{n}" for n in SIZES)),
)


def shuffle_as_python_2(items: MutableSequence[object]) -> None:
    """What `random.shuffle` did in Python 2: from the last on, each changes places with one before it or itself."""
    for last in range(len(items) - 1, 0, -1):
        other = int(random.random() * (last + 1))
        items[last], items[other] = items[other], items[last]


def columns(data: cr.Dataset, learned: bool) -> list[tuple[np.ndarray, np.ndarray | int]]:
    """Images and labels as the book's loader has them; the labels of those that are learned from are columns."""
    rows = data.images.reshape(len(data.images), 784, 1).astype(np.float32) / np.float32(256)
    return [
        (x, network2.vectorized_result(digit) if learned else int(digit))
        for x, digit in zip(rows, data.labels, strict=True)
    ]


def go_through(script: Script, results: Results) -> None:
    """Train a script's rows, and keep each."""
    train, valid, test = cr.datasets.mnist()
    training_data = columns(train, learned=True)
    held_out = {"test": columns(test, learned=False), "valid": columns(valid, learned=False)}
    orders: list[list[int]] = []

    def shuffle(order: list[int]) -> None:
        shuffle_as_python_2(order)
        orders.append(order)

    random.seed(SEED)
    np.random.seed(SEED)
    first = NAMED[script.rows[0]].experiment
    assert isinstance(first, Training)
    net = network2.Network(first.sizes, cost=network2.CrossEntropyCost)
    usual, random.shuffle = random.shuffle, shuffle
    try:
        for name in script.rows:
            experiment = NAMED[name].experiment
            assert isinstance(experiment, Training)
            if experiment.initializer == "large":
                net.large_weight_initializer()
            evaluated = held_out[experiment.scored_on]
            started = time.perf_counter()
            with contextlib.redirect_stdout(io.StringIO()):
                _, scored, _, training = net.SGD(
                    training_data[: experiment.images],
                    experiment.epochs,
                    10,
                    experiment.learning_rate,
                    lmbda=experiment.l2,
                    evaluation_data=evaluated,
                    monitor_evaluation_accuracy=not experiment.only_last,
                    monitor_training_accuracy=experiment.on_training,
                )
            if experiment.only_last:
                scored = [net.accuracy(evaluated)]
            if script.hands_on:
                training_data = [training_data[at] for at in orders[-1]]
            run = Run(
                SEED,
                tuple(100 * right / len(evaluated) for right in scored),
                tuple(100 * right / experiment.images for right in training),
                executor="compat.network2",
                seconds=round(time.perf_counter() - started, 2),
            )
            results.add(experiment, run)
            results.save({"machine": machine()})
            print(name, [(each.book, value(each, run)) for each in compared(name)], f"{run.seconds} s", flush=True)
    finally:
        random.shuffle = usual


def compared(name: str) -> list[Figure]:
    """The figures of a row that were run."""
    return [each for each in NAMED[name].figures if each.statistic != "quoted"]


def values(name: str, results: Results) -> list[tuple[Figure, float]]:
    """The figures of a row that were run, and their values in the book's own run."""
    experiment = NAMED[name].experiment
    runs = results.of(experiment) if experiment is not None else ()
    return [(each, value(each, run)) for run in runs for each in compared(name)]


def equal(figure: Figure, ours: float) -> bool:
    """Whether a value is the book's, to the digits that it prints."""
    return f"{ours:.{figure.decimals}f}" == f"{figure.book:.{figure.decimals}f}"


def comes_out(name: str, results: Results) -> bool:
    """Whether the book's own run gives all its figures of a row here too."""
    found = values(name, results)
    return bool(found) and all(equal(each, ours) for each, ours in found)


def count(results: Results) -> str:
    """How many of the figures come out, of how many."""
    found = [equal(*pair) for script in SCRIPTS for name in script.rows for pair in values(name, results)]
    return f"{sum(found)} of {len(found)}"


def page(results: Results) -> list[str]:
    """The table of the book's own runs, as lines."""
    lines = ["| row | figure | book | the same run here |", "|---|---|---|---|"]
    for script in SCRIPTS:
        for name in script.rows:
            for each, ours in values(name, results):
                told = (f"{number:.{each.decimals}f}" for number in (each.book, ours))
                lines.append(f"| `{name}` | {label(each)} | {' | '.join(told)} |")
    return lines


def main() -> None:
    """Go through the scripts whose rows are not there yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the first script only; nothing is written")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        results = Results(Path(folder) / "runs.json" if quick else PATH)
        for script in SCRIPTS[:1] if quick else SCRIPTS:
            if not all(results.of(NAMED[name].experiment) for name in script.rows):
                go_through(script, results)


if __name__ == "__main__":
    main()
