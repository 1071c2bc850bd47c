"""`chainrule reproduce`: runs the experiments of the book, and stores each run as soon as it is done."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from ..core.messages import listed
from ..reproduction import rows as table
from ..reproduction.comparison import Outcome, outcome
from ..reproduction.experiments import Run
from ..reproduction.experiments import run as run_once
from ..reproduction.results import Results
from ..reproduction.rows import Darkness, Row
from ..show.screen import Progress
from ..training.history import Silent
from ..training.settings import Executor
from .arguments import Values
from .destination import require_no_folder
from .errors import UsageError
from .reproduction_screen import ReproductionScreen
from .streams import output, print_json

QUICK = 10.0  # seconds of a run, as they are estimated
_BAR = 24


def run(values: Values) -> int:
    """Run what is missing, and print the table row by row."""
    chosen = _chosen(values)
    require_no_folder(values.output)
    results = Results(values.output)
    results.save()  # before any work, to see whether it can be written
    screen, language = output(values, aside=values.json)
    report = ReproductionScreen(screen, language, results.path)
    report.head()
    seeds = range(1 if values.quick else values.seeds)
    outcomes = []
    try:
        with Progress(screen) as line:
            for row in chosen:
                live = functools.partial(_Live, report, line)
                runs = _runs(row, results, seeds, values.executor, live, row.name == values.row)
                outcomes.append(outcome(row, runs))
                report.row(outcomes[-1])
    except KeyboardInterrupt:
        report.kept()
        raise
    report.summary(outcomes)
    if values.json:
        print_json({"rows": [_plain(each) for each in outcomes], "file": str(results.path)})
    return 0


def _chosen(values: Values) -> list[Row]:
    """The requested rows. Raises `UsageError` for a name that no row has."""
    names = [row.name for row in table.ROWS]
    if values.row is not None and values.row not in names:
        raise UsageError("There is no row {row!r}; the rows are {listed}.", row=values.row, listed=listed(names))
    if values.quick and "seeds" in values.typed:
        raise UsageError("--quick runs one seed; leave out --seeds.")
    chosen = [row for row in table.ROWS if values.row in (None, row.name)]
    if values.row is not None and values.chapter not in (None, chosen[0].chapter):
        raise UsageError(
            "{row} belongs to chapter {chapter}; leave out --chapter.", row=values.row, chapter=chosen[0].chapter
        )
    chosen = [row for row in chosen if values.chapter in (None, row.chapter)]
    quick = [row for row in chosen if row.experiment is None or row.experiment.seconds <= QUICK]
    if values.quick and values.row is not None and not quick:
        raise UsageError("{row} takes longer than --quick allows; leave out --quick.", row=values.row)
    if values.quick and not quick:
        raise UsageError("No rows of chapter {chapter} are quick; leave out --quick.", chapter=values.chapter)
    return quick if values.quick else chosen


def _runs(
    row: Row, results: Results, seeds: range, executor: Executor, live: functools.partial[_Live], named: bool
) -> Sequence[Run]:
    """The runs with these seeds: those that are stored, and the others, which are run now and stored one by one; long ones only
    of a row that is named.
    """
    experiment = row.experiment
    if experiment is None:
        return ()
    wanted = range(1) if isinstance(experiment, Darkness) else seeds
    if experiment.seconds > table.LONG and not named:
        return [each for each in results.of(experiment) if each.seed in wanted]
    kept = {each.seed for each in results.of(experiment)}
    for seed in wanted:
        if seed not in kept:
            results.add(experiment, run_once(experiment, seed, executor, live(row, seed)))
            results.save()
    return [each for each in results.of(experiment) if each.seed in wanted]


class _Live(Silent):
    """Draws one run as one live line."""

    def __init__(self, report: ReproductionScreen, line: Progress, row: Row, seed: int):
        self._screen, self._line = report.screen, line
        self._text = report.say("{row}, seed {seed}", row=row.name, seed=seed)
        self._epochs = getattr(row.experiment, "epochs", 1)

    def progressed(self, epoch: int, done: int, total: int, seconds: float) -> None:
        """Redraw the line."""
        share = (epoch - 1 + done / total) / self._epochs
        self._line.update((f"{self._text}  ", "bold"), *self._screen.bar(share, _BAR, "", "line2"))


def _plain(found: Outcome) -> dict[str, object]:
    return {
        "name": found.row.name,
        "chapter": found.row.chapter,
        "holds": found.holds,
        "runs": len(found.runs),
        "apart": [{"seed": run.seed, "lost": list(run.lost)} for run in found.apart],
        "figures": [
            {
                "statistic": each.figure.statistic,
                "at": each.figure.at,
                "book": each.figure.book,
                "values": list(each.values),
                "holds": each.holds,
            }
            for each in found.compared
        ],
    }
