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
from ..data.codes import pack, unpack
from ..data.errors import DataError
from ..data.source import Source
from ..data.tables import Table, read_table, require_known
from ..exchange.atomic import write_text
from ..explain.explanation import Explanation
from ..model import Network
from ..saved import PausedRun
from ..schema.given import Given
from ..schema.inputs import Column, Inputs
from ..show.language import Language, say, translated
from ..show.numbers import alike, percent, read_right, rounded
from ..show.screen import Cell, Screen
from ..training.history import History
from ..training.loop import DivergenceError
from ..training.settings import grouped
from .arguments import Values
from .commands import EVALUATE, TRAIN
from .confusion import draw_confusion
from .destination import require_writable, save
from .entries import entry, with_words
from .errors import CommandError, UsageError
from .lessons import EXPLAIN
from .outcome import exit_code, find_checkpoint, find_rate, read_settings, report_divergence
from .parsing import command_line
from .remedy import command
from .sets import require_reachable, require_unchanged
from .streams import output, print_json
from .streams import say as say_aside
from .tables import HIDDEN, Parts, Rows, defaults, fingerprint, parts_of, rows_of
from .tested import Tested, choose_tested
from .training_screen import TrainingScreen, network_line

_NOT_FOR_TABLES = (
    "labels", "train_size", "test_size", "color", "gray", "expand", "augment", "preset", "scale", "functions", "steps",
)  # fmt: skip
_WITH_RESUME = {"data", "output", "resume", "more_epochs", "lang", "json"}
_IMPORTANT = 10  # columns whose importance is shown
_SHUFFLES = 3  # how often a column is shuffled for its importance


def is_of_table(net: Network) -> bool:
    """Whether a network has learned from a table."""
    return bool(net.schema.inputs.columns)


# ---- train -----------------------------------------------------------------------------------------------------------


def train(values: Values, run_on: PausedRun | None = None) -> int:
    """Learn from a table, save, test; or go on with a run that was.

    Args:
        values: The values of the command's arguments.
        run_on: The run to go on with.

    Returns:
        The exit code.
    """
    for name in _NOT_FOR_TABLES:
        if name in values.typed:
            raise UsageError("--{name} is not for tables; leave it out.", name=name.replace("_", "-"))
    options = dict(vars(values))  # as they were typed
    learn: Callable[..., History]
    if run_on is not None:
        parts, run_on = _continue(values, run_on)
        net, learn, options = run_on.network, run_on.finish, {}
        screen = TrainingScreen(*output(values, aside=values.json))
        screen.header(net, parts, run_on.settings | run_on.shaping)
    else:
        parts = parts_of(values.data, values.target, values.task, values.without or (), values.missing)
        for name, value in defaults(parts.numbers).items():
            if name not in values.typed:
                setattr(values, name, value)
        net = _network(values, parts)
        settings = read_settings(values)
        screen = TrainingScreen(*output(values, aside=values.json))
        header = {**settings, "executor": "native" if values.executor == "auto" else values.executor}
        if values.find_rate:
            screen.header(net, parts, header)
            return find_rate(screen, net, parts.train, values, options)
        if values.learning_rate is None:
            settings["learning_rate"] = header["learning_rate"] = net.default_learning_rate(values.optimizer)
        screen.header(net, parts, header)
        _told(screen.screen, net, parts, screen.language)
        learn = functools.partial(net.fit, **grouped(settings), checkpoint=values.checkpoint)
    try:
        history = learn(*parts.train, validation=tuple(parts.valid), progress=screen)
    except DivergenceError as error:
        screen.close()
        path, _ = save(net, values.output, values.lang)
        raise report_divergence(error, path, command(options, {"learning_rate": error.smaller})) from error
    screen.close()
    path, as_asked = save(net, values.output, values.lang)
    test, fits = net.evaluate(*parts.test), net.score(*parts.test)
    screen.closing(history, test, str(path), path.stat().st_size, fits)
    saved = {"net": path, "lang": values.lang}
    checkpoint = find_checkpoint(screen, values, history)
    again = {"resume": checkpoint, "output": values.output, "lang": values.lang, "json": values.json}
    stopped = history.interrupted and checkpoint is not None and history.epochs
    screen.offer(
        [
            *([(command_line(TRAIN, again), message("continue where it stopped"))] if stopped else []),
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
    return exit_code(screen.output.problem, history.interrupted, path, as_asked)


def _continue(values: Values, run_on: PausedRun) -> tuple[Parts, PausedRun]:
    """Check that a run can go on as it was asked to; return its table, and the run, perhaps with more epochs."""
    net = run_on.network
    source = _own_source(net, values.resume)
    for name in sorted(values.typed - _WITH_RESUME):
        if (name, getattr(values, name)) != ("target", source.target):
            raise UsageError(
                "{flag} is not as the run in {path} has it; a run that goes on keeps its settings, so leave {flag} out.",
                flag=f"--{name.replace('_', '-')}",
                path=values.resume,
            )
    path = values.data
    if path is None:
        path = _require_own(source, values.resume, command_line(TRAIN, values, data="DATA"))
    parts = _divided(net, source, path)
    run_on.require_same(*parts.train)
    return parts, run_on if values.more_epochs is None else run_on.longer(values.more_epochs)


def _network(values: Values, parts: Parts) -> Network:
    """The network that was asked for, or one with a hidden layer, for a table's columns and its answers."""
    inputs = _inputs(parts, values.missing)
    outputs = 1 if parts.numbers else len(np.unique(parts.whole.labels.astype(str)))
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
    # Of all rows, as texts of inputs are: a rare class may stand in the rows to test alone.
    answers = net.schema.outputs
    if not parts.numbers:
        answers = answers.fit(parts.whole.labels, len(parts.whole), net.architecture)
    net.schema = replace(net.schema, inputs=inputs, outputs=answers)
    path = str(Path(parts.name).resolve())
    net.source = Source(
        path, "", fingerprint(path), (len(inputs.columns),), None, None, False, parts.target, parts.numbers,
        tuple(values.without or ()), False, pack(parts.learned), parts.comma,
    )  # fmt: skip
    return net


def _inputs(parts: Parts, missing: str | None) -> Inputs:
    """The columns, scaled by the rows to learn from, with the texts of all rows: rare ones may stand in the others only."""

    def fitted(rows: Given) -> Inputs:
        kept = Inputs(None, missing).complete(rows)
        return Inputs(None, missing).fit(rows if kept is None else rows.selected(kept), None)

    learned, whole = fitted(parts.train.rows), fitted(parts.whole.rows)
    columns, shift, scale, at = list[Column](), list[float](), list[float](), 0
    for column, every in zip(learned.columns, whole.columns, strict=True):
        columns.append(replace(column, levels=every.levels) if every.levels else column)
        size = columns[-1].size
        shift += [0.0] * size if every.levels else learned.shift[at : at + size]
        scale += [1.0] * size if every.levels else learned.scale[at : at + size]
        at += column.size
    return replace(learned, columns=tuple(columns), shift=tuple(shift), scale=tuple(scale))


def _told(screen: Screen, net: Network, parts: Parts, language: Language) -> None:
    """Say how the numbers of a table are read, where that is not plain, and what the columns are."""
    for line in (*parts.notes, *net.schema.lines()):
        screen.text((translated(line, language), "ink2"), indent=2 * line.startswith(" "))
    screen.line()


# ---- a network's own table ---------------------------------------------------------------------------------------------


def own_rows(net: Network, values: Values, again: str) -> Tested[Rows]:
    """The rows to test a network with: of its own table those that training has not used, and all of another that was named.

    Args:
        net: The network.
        values: The values of the command's arguments.
        again: A command that names other data, for messages.

    Returns:
        The rows.

    Raises:
        CommandError: The table is unknown, has moved, or has changed.
    """
    source = _own_source(net, values.net)
    path = _require_own(source, values.net, again) if values.data is None else values.data
    table = _readable(net, path, values.lang, source.target)
    columns, missing = [column.name for column in net.schema.inputs.columns], net.schema.inputs.missing
    rows = rows_of(table, columns, source.target, missing)
    codes = rows.codes()
    if not source.numbers:
        rows = replace(rows, labels=_labels(net, rows.labels))
    name = Path(path).name if values.data is None else values.data
    return choose_tested(name, rows, codes, _trained_codes(net, source, values.net, path), Rows.chosen)


def _trained_codes(net: Network, source: Source, file: str, path: str) -> list[bytes] | None:
    """The codes of the rows that training used, as the network's file has them; of a file of an earlier version, those of its
    own table: the one at this path, or the one that the file names, where that may be read.
    """
    if source.learned:
        return unpack(source.learned)
    if fingerprint(path) == source.fingerprint:
        return _divided(net, source, path).learned
    try:
        return own_parts(net, file, "").learned
    except (CommandError, DataError):  # it is not what is asked for
        return None


def own_parts(net: Network, file: str, again: str) -> Parts:
    """The table that a network was trained on, divided as it was then.

    Args:
        net: The network.
        file: Its file, for messages.
        again: A command that names other data, for messages.

    Returns:
        Its parts.

    Raises:
        CommandError: The table has moved, or has changed.
    """
    source = _own_source(net, file)
    return _divided(net, source, _require_own(source, file, again))


def _own_source(net: Network, file: str) -> Source:
    """Where the table lies that a network was trained on. Raises `CommandError` if its file does not say it."""
    if net.source is None or not net.source.target:
        raise CommandError("{file} does not say which table it was trained on.", file=file)
    return net.source


def _divided(net: Network, source: Source, path: str) -> Parts:
    """A network's own table, which lies at a path, divided as it was to train."""
    task = "numbers" if source.numbers else "classes"
    return parts_of(path, source.target, task, source.without, net.schema.inputs.missing)


def _require_own(source: Source, file: str, again: str) -> str:
    """Refuse a table that lies elsewhere, has moved, or has changed; return where it is. Raises `CommandError`."""
    path, _ = require_reachable(file, source, again)
    require_unchanged(file, source, fingerprint(path), again)
    return path


def _readable(net: Network, path: str, language: str | None, *more: str) -> Table:
    """A table with the columns that a network needs, and `more`; how its numbers are read is said where it is not plain.

    Raises if a column is missing, or has texts that the network does not know.
    """
    inputs = net.schema.inputs.columns
    of_texts = [each.name for each in inputs if each.levels]
    comma = net.source is not None and net.source.comma
    table = read_table(path, [column.name for column in inputs if not column.levels], of_texts, comma)
    for name in (*(each.name for each in inputs), *more):
        if name not in table.columns:
            raise CommandError("{path} has no column {name!r}, which the network needs.", path=path, name=name)
    for note in table.notes:
        say_aside(note, language)
    require_known(table, {each.name: each.levels for each in inputs if each.levels})
    return table


def _labels(net: Network, labels: Array) -> Array:
    """Labels of a file as those that the network knows."""
    if labels.dtype.kind != "f":
        return labels
    if all(isinstance(each, str) for each in net.schema.outputs.labels) and net.schema.outputs.labels:
        texts = np.empty(len(labels), object)
        texts[:] = [f"{each:g}" for each in labels]
        return texts
    return labels.astype(np.int64)


# ---- evaluate --------------------------------------------------------------------------------------------------------


def evaluate(net: Network, values: Values) -> int:
    """Test on rows of a table: the confusion matrix or the residuals, and how much each column matters.

    Args:
        net: The network.
        values: The values of the command's arguments.

    Returns:
        The exit code.
    """
    if values.labels is not None:
        raise UsageError("--labels is not for tables; leave it out.")
    tested = own_rows(net, values, command_line(EVALUATE, values, data="DATA"))
    rows = tested.examples
    score = net.evaluate(*rows)
    fits, matters = net.score(*rows), importance(net, rows)
    answers = net.predict(rows.rows)
    found: dict[str, Any] = {"score": fits, "cost": score.cost, "correct": score.correct, "total": score.total}
    found["used_in_training"] = tested.count_seen
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
    entry(screen, phrase("data"), tested.name, translated(tested.tell(), language))
    share = f"R² = {fits:.3f}" if net.numeric else percent(fits)
    entry(
        screen,
        phrase("training" if tested.only_seen else "test"),
        share,
        read_right(score.correct, score.total, language),
    )
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
        numbers: list[Cell] = [*alike(np.quantile(residuals, (0, 0.25, 0.5, 0.75, 1)).tolist())]
        screen.table([[(each, "ink3") for each in heads], numbers], ">>>>>", gap=3)
    else:
        draw_confusion(screen, net.classes, counts, phrase)
    screen.line()
    screen.text((phrase("How much worse it is where a column is shuffled among the rows:"), "ink2"))
    screen.table([[column, f"{worse:+.3f}".replace("-", "−")] for column, worse in matters[:_IMPORTANT]], "<>", gap=3)
    screen.line()
    with_words(screen, [(command_line(EXPLAIN, values, data=None, example=0), phrase("one row, step by step"))])
    return 0


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
    if values.output is not None:
        require_writable(values.output, values.lang, first_line=_first_line(net))
    table = _readable(net, files[0], values.lang)
    columns = [each.name for each in net.schema.inputs.columns]
    target = _answered(net)
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
        screen.data(text)
        return 0
    write_text(values.output, text)
    screen.text(say(language, "{count:,} answers written to {file}", count=len(answers), file=values.output))
    return 0


def _answered(net: Network) -> str:
    """The column that a network answers with."""
    return net.source.target if net.source is not None and net.source.target else "answer"


def _first_line(net: Network) -> str:
    """The first line of its answers as CSV."""
    return _as_csv(_Answers(_answered(net), [], [] if net.numeric else [0.0])).splitlines()[0]


def _as_csv(made: _Answers) -> str:
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow([made.target, *(["probability"] if made.probabilities else [])])
    for row, answer in enumerate(made.answers):
        writer.writerow([answer, *([f"{made.probabilities[row]:.4f}"] if made.probabilities else [])])
    return page.getvalue()


# ---- explain ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """A row that is explained.

    Attributes:
        made: The explanation.
        columns: Of each column its name, its value, and the inputs that it makes.
        data: The name of the table.
        place: The number of the row among those that test.
        line: Its line in the table.
        words: What it is called: `TEST_ROW`, `SEEN_ROW` or `OTHER_ROW`.
        answer: What the network answers.
        truth: What is right.
        others: The activations and classes of all other rows; `None` where the network answers with numbers.
    """

    made: Explanation
    columns: list[tuple[str, str, str]]
    data: str
    place: int
    line: int
    words: str
    answer: str
    truth: str
    others: tuple[Array, Array] | None

    def tell(self, screen: Screen, language: Language) -> None:
        """Say which row it is, and what comes of it.

        Args:
            screen: Where it is printed.
            language: In which language.
        """
        phrase = functools.partial(say, language)
        heads: list[Cell] = [(phrase(each), "ink3") for each in HEADS]
        row = phrase(self.words, number=self.place, data=self.data, line=self.line)
        screen.text((row, "ink2"))
        screen.table([heads, *map(list, self.columns)], "<>>", gap=3)
        screen.line()
        said = phrase("It answers {answer}, and it is {truth}.", answer=self.answer, truth=self.truth)
        screen.text((said, "bold"))
        screen.line()


TEST_ROW = message("Test row {number:,} of {data}, in line {line:,}:")
SEEN_ROW = message("Row {number:,} of {data}, in line {line:,}, which training used:")
OTHER_ROW = message("Row {number:,} of {data}, in line {line:,}:")
HEADS = (message("column"), message("value"), message("input a¹"))


def explained(net: Network, values: Values, neuron: tuple[int, tuple[int, ...]] | None) -> Shown:
    """A row explained: the one that was named, or the first; of mistakes, the K-th.

    Args:
        net: The network.
        values: The values of the command's arguments.
        neuron: The neuron whose numbers are shown.

    Returns:
        The row with its explanation.

    Raises:
        UsageError: There is no such row, or an option is for pictures.
    """
    if values.image is not None:
        raise UsageError(
            "--image is for networks of pictures; name a row of the table:", "chainrule explain NET --example 0"
        )
    if net.numeric and (values.why or values.between):
        raise UsageError("--why is about classes, and the network answers with numbers; take --value or --blame.")
    tested = own_rows(net, values, command_line(EXPLAIN, values, data="DATA"))
    rows = tested.examples
    at = values.example or 0
    if at >= len(rows):
        raise UsageError(
            "--example is {example:,}; the test rows count from 0 to {last:,}."
            if tested.is_test_set
            else "--example is {example:,}; the rows count from 0 to {last:,}.",
            example=at,
            last=len(rows) - 1,
        )
    if values.mistake is not None:
        if net.numeric:
            raise UsageError("--mistake is for classes, and the network answers with numbers; take --example.")
        wrong = np.flatnonzero(np.asarray(net.predict(rows.rows)) != rows.labels)
        if values.mistake > len(wrong):
            raise UsageError(
                "--mistake is {number:,}; the network makes {count:,} of {total:,}.",
                number=values.mistake,
                count=len(wrong),
                total=len(rows),
            )
        at = int(wrong[values.mistake - 1])
    row = rows.chosen(np.array([at]))
    made = net.explain(*row, learning_rate=values.learning_rate, neuron=neuron)
    activations = net.inputs(row.rows, "float64")[0]
    columns, start = list[tuple[str, str, str]](), 0
    for place, column in enumerate(net.schema.inputs.columns):
        value = row.rows.column(place)[0]
        own = activations[start : start + column.size]
        shown = "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
        columns.append((column.name, shown, ", ".join(rounded(float(each)) for each in own)))
        start += column.size
    said, true = net.predict(row.rows)[0], row.labels[0]
    answer, truth = (f"{said:.6g}", f"{true:.6g}") if net.numeric else (str(said), str(true))
    others = None
    if not net.numeric:
        rest = rows.chosen(np.delete(np.arange(len(rows)), at))
        positions, _ = net.outputs.desired(rest.labels, len(rest), net.sizes[-1], "float64")
        assert positions is not None
        others = net.inputs(rest.rows, "float64"), positions
    words = SEEN_ROW if tested.was_seen(at) else TEST_ROW if tested.is_test_set else OTHER_ROW
    return Shown(made, columns, tested.name, at, int(row.lines[0]), words, answer, truth, others)
