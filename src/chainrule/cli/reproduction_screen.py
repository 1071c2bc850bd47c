"""The screen of a reproduction: the book's figures beside ours, row by row, and a summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..core.messages import listed, message
from ..dimensions import count_text
from ..reproduction import rows as table
from ..reproduction.comparison import ENOUGH, Compared, Outcome
from ..reproduction.rows import LONG, Convolutional, Darkness, Figure, Guess, Lengths, Row
from ..show.language import Language, filled, say
from ..show.screen import Line, Screen

_STATISTIC, _NUMBER, _RANGE = 36, 8, 18  # columns
_VERDICTS = {True: message("holds"), False: message("missed"), None: message("few runs")}
_STATISTICS: Mapping[str, str] = {
    "best": message("best epoch"),
    "best epoch": message("which epoch is best, from 0"),
    "last": message("last epoch"),
    "epoch": message("epoch {at}"),
    "best on training": message("best epoch, training images"),
    "last on training": message("last epoch, training images"),
    "gap": message("training minus test, best of each"),
    "length": message("length of δ{layer}"),
    "read right": message("accuracy"),
    "at best validation": message("test, where validation is best"),
}
_COSTS = {"quadratic": message("quadratic cost"), "cross-entropy": message("cross-entropy")}
_WEIGHTS = {"large": message("large weights"), "default": message("small weights")}
_SCORED_ON = {"test": message("test", "set"), "valid": message("validation")}


class ReproductionScreen:
    """Writes the table to a screen, in one language."""

    def __init__(self, screen: Screen, language: Language, path: Path):
        self.screen = screen
        self._language: Language = language
        self._path = path
        self._chapter = 0

    def say(self, text: str, **values: object) -> str:
        """A text in the reader's language.

        Args:
            text: The English template.
            **values: What fills it.

        Returns:
            The text.
        """
        return say(self._language, text, **values)

    def head(self) -> None:
        """What is compared with what."""
        self.screen.text(
            self.say(
                "The figures of Nielsen's book beside ours, in % of images read correctly unless stated otherwise. A "
                "figure holds if it lies within the range of our seeds, or within 0.2 points of it."
            )
        )

    def row(self, found: Outcome) -> None:
        """A row: what is trained, and every figure."""
        row = found.row
        if row.chapter != self._chapter:
            self._chapter = row.chapter
            head: Line = [(self.say("chapter {number}", number=row.chapter), "bold")]
            self.screen.line()
            self._columns(head, self.say("book"), self.say("ours"), self.say("least … most"), "", "ink3")
        self.screen.line()
        self.screen.text((row.name, "bold"), "  ", (self.say(about(row)), "ink2"))
        for each in found.compared:
            self._figure(each, bool(found.runs))
        for note in notes(found):
            self.screen.text((self.say(note), "ink3"), indent=2)

    def summary(self, outcomes: Sequence[Outcome]) -> None:
        """How many rows hold, which do not, and where the runs are."""
        judged = [each for each in outcomes if each.holds is not None]
        unjudged = [each for found in outcomes for each in found.compared if _is_open(each)]
        self.screen.line()
        if judged:
            held = sum(each.holds is True for each in judged)
            self.screen.text((self.say("rows that hold: {held} of {judged}", held=held, judged=len(judged)), "bold"))
            missed = [each.row.name for each in judged if not each.holds]
            if missed:
                self.screen.text(self.say("missed: {rows}", rows=listed(missed, context="clauses")))
        if unjudged:
            unjudged_text = self.say(
                "figures near the book's with few runs: {near} of {count}; whether they hold takes {enough} runs, or as "
                "many groups where the best of each counts: --seeds {enough} or more, without --quick",
                near=sum(each.beyond == 0 for each in unjudged),
                count=len(unjudged),
                enough=ENOUGH,
            )
            self.screen.text(unjudged_text)
        self.kept()

    def kept(self) -> None:
        """Where the runs are."""
        kept = self.say("runs are kept in {path}; the same command continues from there", path=self._path)
        self.screen.text((kept, "ink3"))

    def _figure(self, each: Compared, ran: bool) -> None:
        figure = each.figure
        book = "-" if figure.book is None else number(figure, figure.book, figure.decimals)
        ours, between = "", ""
        if each.values:
            least, most = (number(figure, value) for value in (min(each.values), max(each.values)))
            ours, between = number(figure, each.median), f"{least} … {most}" if len(each.values) > 1 else ""
        if figure.statistic == "quoted":
            remark: str = message("not run")
        elif figure.book is None:
            remark = ""
        elif not ran:
            remark = message("not run")
        elif _is_open(each):  # too few runs for a verdict still say how near they are
            beyond = each.beyond or 0.0
            by = number(figure, beyond) if beyond < 10 else f"{beyond:.0f}"
            remark = message("{by} off", by=by) if beyond else message("near")
        else:
            remark = _VERDICTS[each.holds]
        head: Line = ["  ", self.say(label(figure))]
        self._columns(head, book, ours, between, self.say(remark), verdict="bold" if each.holds is False else "")

    def _columns(
        self, head: Line, book: str, ours: str, between: str, remark: str, style: str = "", verdict: str = ""
    ) -> None:
        screen = self.screen
        line = [
            *screen.pad(head, _STATISTIC),
            *screen.pad((book, style), _NUMBER, ">"),
            *screen.pad((ours, style or "bold"), _NUMBER, ">"),
            *screen.pad((between, style or "ink2"), _RANGE, ">"),
        ]
        if remark:
            line += ["  ", (remark, verdict)]
        screen.line(*line)


def notes(found: Outcome) -> list[str]:
    """Remarks on a row."""
    row, experiment = found.row, found.row.experiment
    remarks = [row.note] if row.note else []
    if experiment is not None and experiment.seconds > LONG and len(found.runs) < row.vote:
        minutes = f"{experiment.seconds / 60:.0f}"
        remarks.append(
            message(
                "a run takes about {minutes} minutes, and is made when asked for: --row {row}",
                minutes=minutes,
                row=row.name,
            )
        )
    if found.apart:
        lost = [
            message(
                "seed {seed} ({digits}) {best}",
                seed=run.seed,
                digits=listed(run.lost, context="clauses"),
                best=f"{max(run.scored, default=0):.2f}",
            )
            for run in found.apart
        ]
        remarks.append(
            message(
                "runs set apart, in which a digit is never learned: {count} of {total}: {runs}",
                count=len(found.apart),
                total=len(found.runs),
                runs=listed(lost, "{words}; {word}"),
            )
        )
    diverged = [run.diverged for run in found.counted if run.diverged is not None]
    if diverged:
        remarks.append(
            message(
                "weights become infinite in epoch {epoch}; from then on every output is NaN, which counts as the answer 0",
                epoch=min(diverged),
            )
        )
    return remarks


def about(row: Row) -> str:
    """What a row's experiment is, in a few words."""
    experiment = row.experiment
    if experiment is None:
        return message("reached by others")
    if isinstance(experiment, Guess):
        return message("answers drawn at random")
    if isinstance(experiment, Darkness):
        return message("the digit whose images have, on average, as much ink")
    if isinstance(experiment, Convolutional):
        return listed(_convolutional(row, experiment), context="clauses")
    sizes = " → ".join(map(str, experiment.sizes))
    if isinstance(experiment, Lengths):
        return message("{sizes}, before training", sizes=sizes)
    parts = [sizes, _COSTS[experiment.cost], _WEIGHTS[experiment.initializer], f"η = {experiment.learning_rate:g}"]
    if experiment.l2:
        parts.append(f"λ = {experiment.l2:g}")
    if experiment.images != table.IMAGES:
        parts.append(message("{count:,} images", count=experiment.images))
    parts += [message("{count:,} epochs", count=experiment.epochs), _SCORED_ON[experiment.scored_on]]
    if row.best_of > 1:
        parts.append(message("best of {count} runs", count=row.best_of))
    return listed(parts, context="clauses")


def _convolutional(row: Row, experiment: Convolutional) -> list[str]:
    parts = [" → ".join(map(count_text, experiment.shapes))]
    parts += [experiment.activation, f"η = {experiment.learning_rate:g}"]
    if experiment.l2:
        parts.append(f"λ = {experiment.l2:g}")
    if experiment.dropout:
        parts.append(message("dropout {share}", share=f"{experiment.dropout:.0%}"))
    if experiment.expanded:
        parts.append(message("{count:,} images", count=5 * experiment.images))
    parts.append(message("{count:,} epochs", count=experiment.epochs))
    if row.vote > 1:
        parts.append(message("vote of {count} networks", count=row.vote))
    if row.best_of > 1:
        parts.append(message("best of {count} runs", count=row.best_of))
    return parts


def label(figure: Figure) -> str:
    """What a figure measures, such as the best accuracy."""
    quoted = figure.statistic == "quoted"
    return figure.of if quoted else filled(_STATISTICS[figure.statistic], at=figure.at, layer=figure.at + 2)


def number(figure: Figure, value: float, decimals: int = 2) -> str:
    """A value with as many decimals as the book prints, or more.

    Args:
        figure: The figure that the value belongs to.
        value: The value.
        decimals: The least number of decimals.

    Returns:
        The value as text; an epoch has no decimals.
    """
    return f"{value:g}" if figure.statistic == "best epoch" else f"{value:.{max(figure.decimals, decimals)}f}"


def _is_open(each: Compared) -> bool:
    """Whether there are too few runs for a verdict."""
    return bool(each.values) and each.holds is None and each.figure.book is not None
