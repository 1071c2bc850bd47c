"""Networks of tables on the command line: learning from one, testing, answers for rows, and one row explained."""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..core.messages import message
from ..core.nouns import Array
from ..data.source import Source
from ..data.tables import read_table
from ..exchange.atomic import write_text
from ..explain.terminal import draw
from ..model import Network
from ..schema.inputs import Inputs
from ..show.language import Language, say, translated
from ..show.numbers import percent, read_right, rounded
from ..show.screen import Cell, Screen
from ..training.settings import grouped
from .arguments import Values
from .commands import EVALUATE
from .confusion import matrix, pairs
from .destination import require_writable, save
from .entries import entry, with_words
from .errors import CommandError, UsageError
from .lessons import EXPLAIN
from .parsing import command_line
from .streams import output, print_json
from .tables import HIDDEN, Parts, Rows, defaults, fingerprint, parts_of, rows_of
from .training_screen import TrainingScreen, network_line

_SETTINGS = (
    "epochs", "batch_size", "learning_rate", "optimizer", "schedule", "l2", "l1", "max_norm", "clip_norm", "patience",
    "executor",
)  # fmt: skip
_NOT_FOR_TABLES = (
    "labels", "train_size", "test_size", "expand", "augment", "preset", "scale", "functions", "find_rate", "checkpoint",
    "resume", "more_epochs", "steps",
)  # fmt: skip
_IMPORTANT = 10  # columns whose importance is shown
_SHUFFLES = 3  # how often a column is shuffled for its importance


def is_of_table(net: Network) -> bool:
    """Whether a network has learned from a table."""
    return bool(net.schema.inputs.columns)


# ---- train -----------------------------------------------------------------------------------------------------------


def train(values: Values) -> int:
    """Learn from a table, save, test."""
    for name in _NOT_FOR_TABLES:
        if name in values.typed:
            raise UsageError("--{name} is not for tables; leave it out.", name=name.replace("_", "-"))
    require_writable(values.output)
    parts = parts_of(values.data, values.target, values.task, values.without or (), values.missing)
    for name, value in defaults(parts.numbers).items():
        if name not in values.typed:
            setattr(values, name, value)
    net = _network(values, parts)
    settings = {name: getattr(values, name) for name in (*_SETTINGS, "label_smoothing")}
    settings["class_weight"] = "balanced" if values.balanced else None
    if values.learning_rate is None:
        settings["learning_rate"] = net.default_learning_rate(values.optimizer)
    screen = TrainingScreen(*output(values, aside=values.json))
    header = {**settings, "executor": "native" if values.executor == "auto" else values.executor}
    screen.header(net, parts, header)
    _told(screen.screen, net, screen.language)
    history = net.fit(*parts.train, **grouped(settings), validation=tuple(parts.valid), progress=screen)
    screen.close()
    path, as_asked = save(net, values.output, values.lang)
    test, fits = net.evaluate(*parts.test), net.score(*parts.test)
    screen.closing(history, test, str(path), path.stat().st_size, fits)
    saved = {"net": path, "lang": values.lang}
    screen.offer(
        [
            (command_line(EXPLAIN, saved, example=0), message("one row, step by step")),
            (
                command_line(EVALUATE, saved),
                message("how far off it is, and by which columns")
                if parts.numbers
                else message("what it confuses with what, and by which columns"),
            ),
        ]
    )
    if values.json:
        print_json(
            {
                "target": parts.target, "task": "numbers" if parts.numbers else "classes", "score": fits,
                "correct": test.correct, "total": test.total, "seconds": history.seconds, "executor": history.executor,
                "file": str(path), "inputs": list(net.schema.inputs.names), "epochs": history.rows(),
            }
        )  # fmt: skip
    return 130 if history.interrupted else int(not as_asked)


def _network(values: Values, parts: Parts) -> Network:
    """The network that was asked for, or one with a hidden layer, for a table's columns and its answers."""
    inputs = Inputs(None, values.missing).fit(_complete(parts, values.missing), None)
    outputs = 1 if parts.numbers else len(np.unique(parts.train.labels.astype(str)))
    size = inputs.size or 0
    layers = values.layers or (size, HIDDEN, outputs)
    if (layers[0], layers[-1]) != (size, outputs):
        raise UsageError(
            "--layers begins with {first} and ends with {last}, and the table has {inputs} inputs and {outputs} answers:",
            f"--layers {','.join(map(str, (size, *layers[1:-1], outputs)))}",
            first=layers[0],
            last=layers[-1],
            inputs=size,
            outputs=outputs,
        )
    net = Network(
        layers, seed=values.seed, activation=values.activation, cost=values.cost, normalization=values.normalization,
        dropout=values.dropout, initializer=values.initializer, missing=values.missing,
    )  # fmt: skip
    net.schema = replace(net.schema, inputs=inputs)
    path = str(Path(parts.name).resolve())
    net.source = Source(
        path, "", fingerprint(path), (len(inputs.columns),), None, None, False, parts.target, parts.numbers,
        tuple(values.without or ()),
    )  # fmt: skip
    return net


def _complete(parts: Parts, missing: str | None) -> Any:
    """The rows to learn from, without those that are dropped."""
    rows = parts.train.rows
    kept = Inputs(None, missing).complete(rows)
    return rows if kept is None else rows.selected(kept)


def _told(screen: Screen, net: Network, language: Language) -> None:
    """Say what the columns are."""
    for line in net.schema.lines():
        screen.text((translated(line, language), "ink2"), indent=2 * line.startswith(" "))
    screen.line()


# ---- a network's own table ---------------------------------------------------------------------------------------------


def own_rows(net: Network, values: Values, again: str) -> tuple[str, Rows]:
    """The rows to test a network with: those of a table that was named, or the test rows of its own.

    Args:
        net: The network.
        values: The values of the command's arguments.
        again: A command that names other data, for messages.

    Returns:
        The name of the table, and the rows.

    Raises:
        CommandError: The table is unknown, has moved, or has changed.
    """
    source = net.source
    if source is None or not source.target:
        raise CommandError("{file} does not say which table it was trained on.", file=values.net)
    columns, missing = [each.name for each in net.schema.inputs.columns], net.schema.inputs.missing
    if values.data is not None:
        table = read_table(values.data, _numbers_of(net))
        for name in (*columns, source.target):
            if name not in table.columns:
                raise CommandError(
                    "{path} has no column {name!r}, which the network needs.", path=values.data, name=name
                )
        rows = rows_of(table, columns, source.target, missing)
        return values.data, rows if source.numbers else Rows(rows.rows, _labels(net, rows.labels))
    if not Path(source.path).exists():
        raise CommandError(
            "The data that {file} was trained on are no longer at {path}; if they have moved, name them:",
            again,
            file=values.net,
            path=source.path,
        )
    if fingerprint(source.path) != source.fingerprint:
        raise CommandError(
            "The data at {path} are no longer those that {file} was trained on; to use them all the same, name them:",
            again,
            path=source.path,
            file=values.net,
        )
    task = "numbers" if source.numbers else "classes"
    parts = parts_of(source.path, source.target, task, source.without, missing)
    return Path(source.path).name, parts.test


def _labels(net: Network, labels: Array) -> Array:
    """Labels of a file as those that the network knows."""
    if labels.dtype.kind != "f":
        return labels
    if all(isinstance(each, str) for each in net.schema.outputs.labels) and net.schema.outputs.labels:
        texts = np.empty(len(labels), object)
        texts[:] = [f"{each:g}" for each in labels]
        return texts
    return labels.astype(np.int64)


def _numbers_of(net: Network) -> list[str]:
    return [each.name for each in net.schema.inputs.columns if not each.levels]


# ---- evaluate --------------------------------------------------------------------------------------------------------


def evaluate(net: Network, values: Values) -> int:
    """Test on rows of a table: the confusion matrix or the residuals, and how much each column matters.

    Args:
        net: The network.
        values: The values of the command's arguments.

    Returns:
        The exit code.
    """
    name, rows = own_rows(net, values, command_line(EVALUATE, values, data="DATA"))
    score = net.evaluate(*rows)
    fits, matters = net.score(*rows), importance(net, rows)
    answers = net.predict(rows.rows)
    found: dict[str, Any] = {"score": fits, "cost": score.cost, "correct": score.correct, "total": score.total}
    residuals = np.zeros(0)
    counts = np.zeros((net.sizes[-1],) * 2, int)
    if net.numeric:
        residuals = rows.labels - answers
        found["residuals"] = {str(share): float(np.quantile(residuals, share)) for share in (0, 0.25, 0.5, 0.75, 1)}
    else:
        truth, _ = net.outputs.desired(rows.labels, len(rows), net.sizes[-1], net.dtype)
        said, _ = net.outputs.desired(answers, len(rows), net.sizes[-1], net.dtype)
        assert truth is not None
        assert said is not None
        np.add.at(counts, (truth, said), 1)
        found |= {"classes": list(net.classes), "confusion": counts.tolist()}
    found["importance"] = dict(matters)
    if values.json:
        print_json(found)
        return 0
    screen, language = output(values)
    phrase = functools.partial(say, language)
    entry(screen, phrase("network"), *network_line(net.architecture, language))
    entry(screen, phrase("data"), name, phrase("{count:,} to test", count=len(rows)))
    share = f"R² = {fits:.3f}" if net.numeric else percent(fits)
    entry(screen, phrase("test"), share, read_right(score.correct, score.total, language))
    screen.line()
    if net.numeric:
        screen.text((phrase("Residuals, what is true minus what it answers:"), "ink2"))
        heads = [
            phrase("least"),
            phrase("a quarter below"),
            phrase("half below"),
            phrase("a quarter above"),
            phrase("most"),
        ]
        numbers: list[Cell] = [rounded(float(np.quantile(residuals, each))) for each in (0, 0.25, 0.5, 0.75, 1)]
        screen.table([[(each, "ink3") for each in heads], numbers], ">>>>>", gap=3)
    else:
        _draw_confusion(screen, net.classes, counts, phrase)
    screen.line()
    screen.text((phrase("How much worse it is where a column is shuffled among the rows:"), "ink2"))
    screen.table([[column, f"{worse:+.3f}".replace("-", "−")] for column, worse in matters[:_IMPORTANT]], "<>", gap=3)
    screen.line()
    with_words(screen, [(command_line(EXPLAIN, values, data=None, example=0), phrase("one row, step by step"))])
    return 0


def _draw_confusion(screen: Screen, classes: Sequence[str], counts: Array, phrase: Callable[..., str]) -> None:
    names = classes or [str(each) for each in range(len(counts))]
    table = matrix(names, counts, phrase)
    alignment = "<" + ">" * len(counts) + ">"
    if max(map(screen.measure, screen.columns(table, alignment, gap=1))) <= screen.width:
        screen.text((phrase("Confusion matrix: rows are true classes, columns the answers of the network:"), "ink2"))
        screen.table(table, alignment, gap=1)
    else:
        screen.text((phrase("The most frequent confusions:"), "ink2"))
        screen.table(pairs(names, counts, phrase), "<<>")


def importance(net: Network, rows: Rows) -> list[tuple[str, float]]:
    """By how much the score falls where a column is shuffled among the rows, the columns that matter most first: Breiman (2001).

    Args:
        net: The network.
        rows: The rows to score.

    Returns:
        Each column with the fall of the score, the mean of three shuffles.
    """
    whole = net.score(*rows)
    columns = {name: rows.rows.column(k) for k, name in enumerate(rows.rows.names)}
    found = []
    for name, column in columns.items():
        orders = [np.random.default_rng(seed).permutation(len(rows)) for seed in range(_SHUFFLES)]
        scores = [net.score({**columns, name: column[order]}, rows.labels) for order in orders]
        found.append((name, whole - float(np.mean(scores))))
    return sorted(found, key=lambda each: -each[1])


# ---- predict ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Answers:
    """What a network answers to the rows of a table."""

    target: str
    answers: list[Any]
    probabilities: list[float]


def predict(net: Network, files: Sequence[str], values: Values) -> int:
    """Answers for the rows of a table, as CSV.

    Args:
        net: The network.
        files: The tables, of which there must be one.
        values: The values of the command's arguments.

    Returns:
        The exit code.
    """
    if len(files) != 1:
        raise UsageError(
            "A network that learned from a table takes one table of rows:", "chainrule predict NET rows.csv"
        )
    table = read_table(files[0], _numbers_of(net))
    columns = [each.name for each in net.schema.inputs.columns]
    for name in columns:
        if name not in table.columns:
            raise CommandError("{path} has no column {name!r}, which the network needs.", path=files[0], name=name)
    target = net.source.target if net.source is not None and net.source.target else "answer"
    missing = net.schema.inputs.missing if net.schema.inputs.missing != "drop" else None
    rows = rows_of(replace(table, columns={**table.columns, target: table.lines}), columns, target, missing).rows
    answers = np.asarray(net.predict(rows)).tolist()
    sure = [] if net.numeric else net.predict_proba(rows).max(axis=1).tolist()
    made = _Answers(target, answers, sure)
    if values.json:
        print_json({"target": target, "answers": made.answers, "probabilities": made.probabilities})
        return 0
    text = _as_csv(made)
    screen, language = output(values)
    if values.output is None:
        screen.stream.write(text)
        return 0
    write_text(values.output, text)
    screen.text(say(language, "{count:,} answers written to {file}", count=len(answers), file=values.output))
    return 0


def _as_csv(made: _Answers) -> str:
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow([made.target, *(["probability"] if made.probabilities else [])])
    for row, answer in enumerate(made.answers):
        writer.writerow([answer, *([f"{made.probabilities[row]:.4f}"] if made.probabilities else [])])
    return page.getvalue()


# ---- explain ---------------------------------------------------------------------------------------------------------


def explain(net: Network, values: Values) -> int:
    """The steps of backpropagation on one row, with the columns' names and values.

    Args:
        net: The network.
        values: The values of the command's arguments.

    Returns:
        The exit code.
    """
    name, rows = own_rows(net, values, command_line(EXPLAIN, values, data="DATA"))
    at = values.example or 0
    if at >= len(rows):
        raise UsageError(
            "--example is {example:,}; the test rows count from 0 to {last:,}.", example=at, last=len(rows) - 1
        )
    row = rows.chosen(np.array([at]))
    made = net.explain(*row, learning_rate=values.learning_rate)
    screen, language = output(values)
    if values.json:
        print_json(made.plain(values.step))
        return 0
    phrase = functools.partial(say, language)
    activations = net.inputs(row.rows, "float64")[0]
    heads: list[Cell] = [(phrase(each), "ink3") for each in (message("column"), message("value"), message("input a¹"))]
    lines, start = [heads], 0
    for place, column in enumerate(net.schema.inputs.columns):
        value = row.rows.column(place)[0]
        own = activations[start : start + column.size]
        shown = "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
        lines.append([column.name, shown, ", ".join(rounded(float(each)) for each in own)])
        start += column.size
    screen.text((phrase("Test row {number:,} of {data}:", number=at, data=name), "ink2"))
    screen.table(lines, "<>>", gap=3)
    said, true = net.predict(row.rows)[0], row.labels[0]
    screen.line()
    answer = f"{said:.6g}" if net.numeric else str(said)
    truth = f"{true:.6g}" if net.numeric else str(true)
    screen.text((phrase("It answers {answer}, and it is {truth}.", answer=answer, truth=truth), "bold"))
    screen.line()
    draw(made, screen, language, [values.step] if values.step else [], "")
    return 0
