"""The screen of a reproduction: the book's figures beside ours, row by row, and a summary."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..reproduction import rows as table
from ..reproduction.comparison import ENOUGH, Compared, Outcome
from ..reproduction.rows import Darkness, Figure, Guess, Lengths, Row
from ..show.language import Language, say
from ..show.screen import Line, Screen

_STATISTIC, _NUMBER, _RANGE = 36, 8, 18  # columns
_VERDICTS: Mapping[bool | None, str] = {True: "holds", False: "missed", None: "too few"}


class ReproductionScreen:
    """Writes the table to a screen, in one language."""

    def __init__(self, screen: Screen, language: Language, path: Path):
        self.screen = screen
        self.say = functools.partial(_phrase, language)
        self._language: Language = language
        self._path = path
        self._chapter = 0

    def head(self) -> None:
        """What is compared with what."""
        self.screen.text(self.say("about"))

    def row(self, found: Outcome) -> None:
        """A row: what is trained, and every figure."""
        row = found.row
        if row.chapter != self._chapter:
            self._chapter = row.chapter
            head: Line = [(self.say("chapter", number=row.chapter), "bold")]
            self.screen.line()
            self._columns(head, self.say("book"), self.say("ours"), self.say("range"), "", "ink3")
        self.screen.line()
        self.screen.text((row.name, "bold"), "  ", (about(row, self._language), "ink2"))
        for each in found.compared:
            self._figure(each)
        for note in notes(found, self._language):
            self.screen.text((note, "ink3"), indent=2)

    def summary(self, outcomes: Sequence[Outcome]) -> None:
        """How many rows hold, which do not, and where the runs are."""
        judged = [each for each in outcomes if each.holds is not None]
        unjudged = [each for found in outcomes for each in found.compared if _is_open(each)]
        self.screen.line()
        if judged:
            self.screen.text((self.say("summary", held=sum(map(_holds, judged)), judged=len(judged)), "bold"))
            missed = [each.row.name for each in judged if not each.holds]
            if missed:
                self.screen.text(self.say("missed rows", rows=self.say("comma").join(missed)))
        if unjudged:
            near = sum(each.beyond == 0 for each in unjudged)
            self.screen.text(self.say("unjudged", near=near, count=len(unjudged), enough=ENOUGH))
        self.kept()

    def kept(self) -> None:
        """Where the runs are."""
        self.screen.text((self.say("kept", path=self._path), "ink3"))

    def _figure(self, each: Compared) -> None:
        figure = each.figure
        quoted = figure.statistic == "quoted"
        book = "-" if figure.book is None else number(figure, figure.book, figure.decimals)
        verdict = "not run" if quoted else "" if figure.book is None else _VERDICTS[each.holds]
        ours, between = "", ""
        if each.values:
            least, most = (number(figure, value) for value in (min(each.values), max(each.values)))
            ours, between = number(figure, each.median), f"{least} … {most}" if len(each.values) > 1 else ""
        remark = self.say(verdict) if verdict else ""
        if _is_open(each):  # too few runs for a verdict still say how near they are
            beyond = each.beyond or 0.0
            remark = (
                self.say("off", by=number(figure, beyond) if beyond < 10 else f"{beyond:.0f}")
                if beyond
                else self.say("near")
            )
        self._columns(
            ["  ", label(figure, self._language)],
            book,
            ours,
            between,
            remark,
            verdict="bold" if each.holds is False else "",
        )

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


def notes(found: Outcome, language: Language) -> list[str]:
    """Remarks on a row."""
    phrase = functools.partial(_phrase, language)
    remarks = []
    if found.row.note:
        remarks.append(phrase(found.row.note))
    if found.apart:
        lost = [
            phrase(
                "lost",
                seed=run.seed,
                digits=phrase("comma").join(map(str, run.lost)),
                best=f"{max(run.scored, default=0):.2f}",
            )
            for run in found.apart
        ]
        remarks.append(phrase("apart", count=len(found.apart), total=len(found.runs), runs="; ".join(lost)))
    diverged = [run.diverged for run in found.counted if run.diverged is not None]
    if diverged:
        remarks.append(phrase("diverged", epoch=min(diverged)))
    return remarks


def about(row: Row, language: Language) -> str:
    """What a row's experiment is, in a few words."""
    phrase = functools.partial(_phrase, language)
    experiment = row.experiment
    if experiment is None:
        return phrase("others")
    if isinstance(experiment, (Guess, Darkness)):
        return phrase("guess" if isinstance(experiment, Guess) else "darkness")
    sizes = " → ".join(map(str, experiment.sizes))
    if isinstance(experiment, Lengths):
        return phrase("lengths", sizes=sizes)
    parts = [
        sizes,
        phrase(experiment.cost),
        phrase(experiment.initializer),
        f"η = {experiment.learning_rate:g}",
        *([f"λ = {experiment.l2:g}"] if experiment.l2 else []),
        *([phrase("images", count=f"{experiment.images:,}")] if experiment.images != table.IMAGES else []),
        phrase("epochs", count=f"{experiment.epochs:,}"),
        phrase(f"on {experiment.scored_on}"),
        *([phrase("best of", count=row.best_of)] if row.best_of > 1 else []),
    ]
    return phrase("comma").join(parts)


def label(figure: Figure, language: Language) -> str:
    """What a figure is of."""
    key = figure.of if figure.statistic == "quoted" else figure.statistic
    return _phrase(language, key, at=figure.at, layer=figure.at + 2)


def number(figure: Figure, value: float, decimals: int = 2) -> str:
    """A value with the decimals that the book prints, ours with two, or with three where they are lengths."""
    if figure.statistic == "best epoch":
        return f"{value:g}"
    return f"{value:.{max(figure.decimals, decimals)}f}"


def _phrase(language: Language, key: str, **places: object) -> str:
    return say(language, f"reproduction.{key}", **places)


def _holds(found: Outcome) -> bool:
    return found.holds is True


def _is_open(each: Compared) -> bool:
    """Whether there are too few runs for a verdict."""
    return bool(each.values) and each.holds is None and each.figure.book is not None
