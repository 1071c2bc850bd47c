"""The book's experiments over many seeds: its figures beside ours, as `chainrule reproduce` compares them, with curves.

Runs are kept one by one, so that a stopped run goes on; `--take` takes in those that `chainrule reproduce` kept.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

import book_seed
from chainrule.cli.reproduction_screen import about, label, notes, number
from chainrule.reproduction.comparison import ENOUGH, Compared, Outcome, outcome
from chainrule.reproduction.experiments import run
from chainrule.reproduction.results import Results
from chainrule.reproduction.rows import LONG, ROWS, Convolutional, Darkness, Experiment, Row
from curves import Axis, Curve, plot
from machine import line, machine

HERE = Path(__file__).parent
PATH = HERE / "results" / "book.json"
PAGE = HERE.parent / "docs" / "book.md"
PICTURES = HERE.parent / "docs" / "pictures"
SEEDS, ROUND = 15, 5
QUICK = ("darkness", "lengths-4", "bad-10-lambda-1000", "bad-10-eta-1")
TINY = Convolutional((4, 8), (20,), 0.1, 1, activation="relu", dropout=0.2, images=2_000)
NAMED = {row.name: row for row in ROWS}

# Why the book's figure lies outside the range of our runs, for each row where it does and its own seed does not tell.
REASONS = {
    "quadratic-30": "its peak, and all epochs of the transcript but one, hold. Early epochs differ most from run to run, since "
    "some learn the last digits late; the book's run was a quick one. No seed of it is known.",
    "rate-0.001": "the statistic: with so small a rate single runs end between 13.30 and 31.07 %, with the book's figure in "
    "their midst; it is below the best of each three, so it was not chosen as the best of three.",
    "bad-10-eta-1": "one run on 100 images under settings that are meant to be bad: an image is a whole point, and from one "
    "epoch to the next a run jumps by ten of them or more, the book's as ours; its three other epochs lie within.",
}
PARTED = (
    "`overfitting-all` starts as the book's run does, whose stored results have 91.36, 92.75 and 93.07 after the first three "
    "epochs, as ours. Then rounding parts them, and without regularization nothing brings them together again."
)
OWN_SEED = (
    "the seed of the book's run lies outside the range of ours: from that seed the same run gives its figures here too, "
    "as the table below shows."
)


def experiments(rows: Sequence[Row]) -> list[Experiment]:
    """What the rows need, each once, the quickest first."""
    found = {row.experiment: None for row in rows if row.experiment is not None}
    return sorted(found, key=lambda experiment: experiment.seconds)


def missing(results: Results, rows: Sequence[Row], seeds: int) -> list[tuple[Experiment, int]]:
    """The runs that are not there yet: five seeds of everything, then the next five."""
    found = []
    for first in range(0, seeds, ROUND):
        for experiment in experiments(rows):
            kept = {each.seed for each in results.of(experiment)}
            wanted = range(1) if isinstance(experiment, Darkness) else range(seeds)
            found += [(experiment, seed) for seed in wanted[first : first + ROUND] if seed not in kept]
    return found


# ---- the page --------------------------------------------------------------------------------------------------------


def page(results: Results, made_on: str) -> str:
    """The table of all rows, what was missed and why, and the curves."""
    outcomes = [outcome(row, results.of(row.experiment) if row.experiment else ()) for row in ROWS]
    judged = [each for each in outcomes if each.holds is not None]
    missed = [each for each in judged if not each.holds]
    parts = [
        "# The book, reproduced",
        "",
        "Made by `python benchmarks/book.py`; do not edit by hand. The figures of chapters 1, 3, 5 and 6 of Michael Nielsen's",
        "*Neural Networks and Deep Learning* beside ours, in % of images read right where nothing else is said. `chainrule",
        "reproduce` runs them on your machine.",
        "",
        "Batches of 10 throughout, weights and cost as the book has them, λ/n for weights only; seeds 0 to "
        f"{SEEDS - 1} were fixed in advance.",
        "*Small weights* are the book's N(0, 1/n), *large weights* its N(0, 1); biases are N(0, 1) in both. A figure *holds*",
        "where it lies within the range of our runs, or within 0.2 points of it. A length holds within the rounding of the",
        "book's figure, and the number of an epoch within the range. Where the book chose the best of three runs, ours are",
        "taken in threes, and a range is that of the best of each three. Where it does not say which epoch a figure is from, it",
        f"is taken for the best one, as wherever it does say. With fewer than {ENOUGH} values nothing is said. A run *loses* a",
        "digit where it ends with less than a fifth of its images read right; such runs are set apart, except under settings",
        "that are meant to be bad.",
        "",
        "Chapter 6 is run as its code has it: without shuffling, λ over the number of mini-batches, weights N(0, 1/n_out), those",
        "of the last layer 0. Of three runs the one with the best epoch on validation images counts, and a figure is its test",
        "accuracy after that epoch. Rows that take long are run by name: `python benchmarks/book.py --row dropout --seeds 3`.",
        "",
        f"**{sum(each.holds is True for each in judged)} of {len(judged)} rows hold.**",
    ]
    for chapter in sorted({row.chapter for row in ROWS}):
        parts += ["", f"## Chapter {chapter}", "", "| row | figure | book | ours: middle (least–most) | runs | |"]
        parts.append("|---|---|---|---|---|---|")
        for found in outcomes:
            if found.row.chapter == chapter:
                parts += list(_lines(found))
        told = [(each.row.name, note) for each in outcomes if each.row.chapter == chapter for note in notes(each)]
        if told:
            parts += ["", *(f"- `{name}`: {note}." for name, note in told)]
        parts += [
            f"\n![{title}](pictures/book-{name}.svg)"
            for name, (there, title, _) in PLOTS.items()
            if there == chapter and (PICTURES / f"book-{name}.svg").exists()
        ]
    parts += ["", "## What is missed, and why", ""]
    own = Results(book_seed.PATH)
    parts += [f"- `{each.row.name}`: {_reason(each.row, own)}" for each in missed] or ["Nothing."]
    parts += [
        "",
        "## The book's own runs, from its own seed",
        "",
        "Made by `python benchmarks/book_seed.py`. The scripts of some of its figures start both generators from 12345678. Run",
        "by `chainrule.compat.network2` in float64, on pixels divided by 256 as in the book's file and in the order that Python",
        f"2's `random.shuffle` made, {book_seed.count(own)} figures come out to the digit, among them those of",
        f"`start-100`, for which the book prints no η (it is 0.1). {PARTED}",
        "",
        *book_seed.page(own),
    ]
    executors = sorted({run.executor for each in outcomes for run in each.runs if run.executor})
    return "\n".join([*parts, "", f"Executors: {', '.join(executors)}. {made_on}.", ""])


def _reason(row: Row, own: Results) -> str:
    if row.name not in REASONS and book_seed.comes_out(row.name, own):
        return OWN_SEED
    return REASONS.get(row.name, "no reason was found.")


def _lines(found: Outcome) -> list[str]:
    lines = []
    for at, each in enumerate(found.compared):
        name = f"`{found.row.name}` {about(found.row)}" if at == 0 else ""
        figure = each.figure
        book = "" if figure.book is None else number(figure, figure.book, figure.decimals)
        ours = _ours(each)
        verdict = {True: "holds", False: "**missed**", None: ""}[each.holds]
        waits = figure.statistic == "quoted" or not found.runs
        none = "not run" if waits else "0" if found.row.vote == 1 else f"{len(found.runs)} of {found.row.vote} networks"
        runs = f"{len(each.values)}" if each.values else none
        best_of = min(found.row.best_of, len(found.runs))
        if best_of > 1 and each.values:
            runs += f" × best of {best_of}"
        lines.append(f"| {name} | {label(figure)} | {book} | {ours} | {runs} | {verdict} |")
    return lines


def _ours(each: Compared) -> str:
    if not each.values:
        return ""
    least, most = (number(each.figure, value) for value in (min(each.values), max(each.values)))
    middle = f"**{number(each.figure, each.median)}**"
    return f"{middle} ({least}–{most})" if len(each.values) > 1 else middle


# ---- the curves ------------------------------------------------------------------------------------------------------


def _curve(
    results: Results, name: str, title: str, color: str, points: Sequence[tuple[float, float]] = (), first: int = 0
) -> Curve:
    """A row's scores over the epochs, from epoch `first` on: of the runs that count, or of the best of each three."""
    row = NAMED[name]
    found = outcome(row, results.of(row.experiment) if row.experiment else ())
    columns = list(zip(*(each.scored[first:] for each in found.counted), strict=True))
    return Curve(
        title,
        color,
        [first + at for at in range(len(columns))],
        [min(values) for values in columns],
        [statistics.median(values) for values in columns],
        [max(values) for values in columns],
        points,
    )


_EPOCHS = Axis("epoch", 0, 29, (0, 5, 10, 15, 20, 25, 29))


def _peak(results: Results) -> str:
    transcript = [(each.at, each.book) for each in NAMED["quadratic-30"].figures if each.statistic == "epoch"]
    curves = [
        _curve(results, "quadratic-30", "30 hidden, η = 3", "a", transcript),
        _curve(results, "quadratic-100", "100 hidden", "z"),
        _curve(results, "no-hidden", "no hidden layer", "w"),
    ]
    y = Axis("test images read right, %", 88, 98, range(88, 99, 2))
    return plot(PLOTS["chapter-1"][1], _EPOCHS, y, curves)


def _overfitting(results: Results) -> str:
    curves = [
        _curve(results, "regularized-1000", "λ = 0.1", "a", [(399, 86.95)], 1),
        _curve(results, "overfitting-1000", "λ = 0", "d", [(374, 82.27), (399, 82.23)], 1),
    ]
    x = Axis("epoch", 0, 400, (0, 100, 200, 300, 400))
    return plot(PLOTS["overfitting"][1], x, Axis("test images read right, %", 70, 90, range(70, 91, 5)), curves)


def _start(results: Results) -> str:
    curves = [
        _curve(results, "start-100-default", "100 hidden, small", "a", [(0, 92.95), (29, 97.81)]),
        _curve(results, "start-100-large", "100 hidden, large", "z", [(0, 89.94), (29, 97.42)]),
        _curve(results, "start-30-default", "30 hidden, small", "w", [(0, 92.70), (29, 96.50)]),
        _curve(results, "start-30-large", "30 hidden, large", "d", [(0, 86.43), (29, 96.37)]),
    ]
    y = Axis("validation images read right, %", 86, 98, range(86, 99, 2))
    return plot(PLOTS["start"][1], _EPOCHS, y, curves)


def _fewer(results: Results) -> str:
    rows = [row for row in ROWS if row.name.startswith("images-")]
    compared = {
        int(row.name.removeprefix("images-")): outcome(
            row, results.of(row.experiment) if row.experiment else ()
        ).compared
        for row in rows
    }
    there = {n: figures for n, figures in compared.items() if figures[0].values}
    book, machine_ = ([(n, figures[at].figure.book) for n, figures in compared.items()] for at in (0, 1))
    curves = [
        Curve(
            "network",
            "a",
            list(there),
            [min(figures[0].values) for figures in there.values()],
            [figures[0].median for figures in there.values()],
            [max(figures[0].values) for figures in there.values()],
            book,
        ),
        Curve("support vector machine", "g", points=machine_),
    ]
    x = Axis("images learned from", 100, 50_000, (100, 1_000, 10_000, 50_000), logarithmic=True)
    return plot(PLOTS["images"][1], x, Axis("validation images read right, %", 20, 100, range(20, 101, 20)), curves)


def _lengths(results: Results) -> str:
    curves = []
    for layers, color in ((4, "d"), (3, "w"), (2, "z")):
        row = NAMED[f"lengths-{layers}"]
        figures = outcome(row, results.of(row.experiment) if row.experiment else ()).compared
        there = [each for each in figures if each.values]
        curves.append(
            Curve(
                f"{layers} hidden layers",
                color,
                [each.figure.at + 2 for each in there],
                [min(each.values) for each in there],
                [each.median for each in there],
                [max(each.values) for each in there],
                [(each.figure.at + 2, each.figure.book) for each in figures],
            )
        )
    y = Axis("length of δ before training", 0.001, 1, (0.001, 0.01, 0.1, 1), logarithmic=True)
    return plot(PLOTS["lengths"][1], Axis("layer", 2, 5, (2, 3, 4, 5)), y, curves)


# Where each picture stands, its title, and what draws it.
PLOTS: dict[str, tuple[int, str, Callable[[Results], str]]] = {
    "chapter-1": (1, "Chapter 1: quadratic cost, large weights; circles: the book's transcript", _peak),
    "overfitting": (3, "1,000 images, with and without regularization; circles: the book", _overfitting),
    "start": (3, "Large and small weights at the start; circles: the book", _start),
    "images": (3, "Fewer images; circles and squares: the book", _fewer),
    "lengths": (5, "The error δ from layer to layer; circles: the book", _lengths),
}


def write_pages(results: Results, made_on: str) -> None:
    """Write the pictures, and the page that shows them."""
    for name, (_, _, drawn) in PLOTS.items():
        (PICTURES / f"book-{name}.svg").write_text(drawn(results), encoding="utf-8")
    PAGE.write_text(page(results, made_on), encoding="utf-8")


def machines_of(path: Path) -> list[dict[str, str]]:
    """The machines on which the runs of a file were made."""
    found: list[dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))["machines"] if path.exists() else []
    return found


def main() -> None:
    """Make the runs that are missing, keep each, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one seed of a few small rows; nothing is written")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--row", action="append", choices=list(NAMED), help="only this row; may be given again")
    parser.add_argument("--executor", default="auto")
    parser.add_argument("--take", action="append", default=[], metavar="FILE", help="take in the runs of another file")
    parser.add_argument("--output", default=str(PATH), metavar="FILE", help="where runs are kept")
    given = parser.parse_args()
    if given.quick:
        for name in QUICK:
            row = NAMED[name]
            found = outcome(row, [run(row.experiment, 0, given.executor)])
            print(name, json.dumps([(each.figure.book, each.values) for each in found.compared]))
        print("chapter 6, on few images", run(TINY, 0, given.executor).scored)
        return
    results, machines = Results(given.output), machines_of(Path(given.output))
    for path in given.take:
        results.take(Results(path))
    quick_enough = [row for row in ROWS if row.experiment is None or row.experiment.seconds <= LONG]
    rows = [NAMED[name] for name in given.row] if given.row else quick_enough
    todo = missing(results, rows, given.seeds)
    if (todo or given.take or not machines) and machine() not in machines:
        machines.append(machine())
    for at, (experiment, seed) in enumerate(todo, start=1):
        made = run(experiment, seed, given.executor)
        results.add(experiment, made)
        results.save({"machines": machines})
        print(f"{at} of {len(todo)}: seed {seed}, {made.seconds} s, {experiment}", flush=True)
    results.save({"machines": machines})
    if Path(given.output) == PATH:
        write_pages(results, "; ".join(map(line, machines)))


if __name__ == "__main__":
    main()
