"""A class's submissions: found in a folder, each checked in a process of its own, with limits of time and memory."""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.messages import message
from ..show.language import Language, say, tag_of, translated
from ..show.markup import Html, tag
from ..show.style import style_sheet
from ..show.svg import counts_chart
from . import EXERCISES
from .process import Answer, Checker

SHOWN = 10  # of a class's mistakes
_PAGE = """
body { margin: 2em auto; max-width: 46em }
.cr table { border-collapse: collapse; margin: 1em 0 }
.cr td, .cr th { padding: .3em 1em .3em 0; text-align: right; font-weight: 400 }
.cr td:first-child, .cr th:first-child { text-align: left }
.cr th { color: var(--ink2) }
"""
_FILE = re.compile(
    r"(?:(?P<student>.+?)[ _-]+)??(?:\d+[_-])?(?P<name>" + "|".join(sorted(EXERCISES, key=len, reverse=True)) + r")\.py"
)


@dataclass(frozen=True)
class Submission:
    """A student's file for an exercise.

    Attributes:
        student: Whose it is: the folder that it is in, or what stands before the exercise's name in that of the file.
        exercise: The exercise.
        path: The file.
    """

    student: str
    exercise: str
    path: Path


def submissions(folder: Path) -> list[Submission]:
    """The submissions in a folder: `anna/14_delta.py`, `anna_14_delta.py` or `delta.py`.

    Args:
        folder: The folder.

    Returns:
        The submissions, by student and exercise; other files are left out, and `find_unassigned` names them.
    """
    found = []
    for path in sorted(folder.rglob("*.py")):
        match = _FILE.fullmatch(path.name)
        if match is not None and path.is_file():
            within = path.parent.relative_to(folder).as_posix()
            student = "/".join(part for part in ("" if within == "." else within, match["student"] or "") if part)
            found.append(Submission(student or "-", match["name"], path))
    order = list(EXERCISES)
    return sorted(found, key=lambda each: (each.student, order.index(each.exercise)))


def find_unassigned(folder: Path) -> list[str]:
    """Find the Python files whose names do not say which exercise they are of.

    Args:
        folder: The folder of the submissions.

    Returns:
        Their paths below the folder.
    """
    files = (path for path in sorted(folder.rglob("*.py")) if path.is_file() and not _FILE.fullmatch(path.name))
    return [path.relative_to(folder).as_posix() for path in files]


def checked(
    found: Sequence[Submission], language: Language, seconds: float, megabytes: int
) -> Iterator[tuple[Submission, Answer]]:
    """Check submissions, each in a new process that may not write, connect or start anything.

    Args:
        found: The submissions.
        language: The language of what is said.
        seconds: The time that each may take.
        megabytes: The memory that each may take, where the system can limit it.

    Yields:
        Each submission with what is said of it.
    """
    for each in found:
        with contextlib.closing(Checker(language, seconds, strict=True, megabytes=megabytes)) as checker:
            yield each, checker.check(each.exercise, each.path)


def as_csv(results: Sequence[tuple[Submission, Answer]]) -> str:
    """The results as a table: a row for each submission.

    Args:
        results: The submissions and what was said of them.

    Returns:
        CSV, with a heading.
    """
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["student", "exercise", "right", "mistakes", "said"])
    for each, answer in results:
        names = "; ".join(f"{name} in {symbol}" for name, symbol in answer.mistakes)
        first = answer.said.splitlines()[0] if answer.said else ""
        state = "yes" if answer.ok else "unfinished" if answer.unfinished else "no"
        cells = [each.student, each.exercise, state, names, first]
        rows.writerow([f"'{cell}" if cell[:1] in "=+-@\t" and len(cell) > 1 else cell for cell in cells])  # no formulas
    return text.getvalue()


@dataclass(frozen=True)
class Common:
    """A mistake of a class.

    Attributes:
        exercise: The exercise.
        name: The name of the mistake; empty where submissions are wrong in a way that has none.
        said: What was said first of one of them.
        count: How many submissions have it.
    """

    exercise: str
    name: str
    said: str
    count: int


def most_common(results: Sequence[tuple[Submission, Answer]]) -> list[Common]:
    """The mistakes of a class, the most common first, those without a name last; what is only unfinished is none.

    Args:
        results: The submissions and what was said of them.

    Returns:
        The mistakes.
    """
    counts: Counter[tuple[str, str]] = Counter()
    said: dict[tuple[str, str], str] = {}
    for each, answer in results:
        if answer.ok or answer.unfinished:
            continue
        names = dict.fromkeys(name for name, _ in answer.mistakes) or {"": None}
        for name in names:
            counts[each.exercise, name] += 1
        first = answer.said.splitlines()[0] if answer.said else ""
        said.setdefault((each.exercise, next(iter(names))), first)
    found = [Common(*key, said.get(key, ""), count) for key, count in counts.most_common()]
    return sorted(found, key=lambda each: not each.name)


def report(results: Sequence[tuple[Submission, Answer]], language: Language) -> str:
    """The class as a page: how many of each exercise are right, and the most common mistakes as a chart.

    Args:
        results: The submissions and what was said of them.
        language: The language.

    Returns:
        The page.
    """
    title = say(language, "A class's derivatives")
    heads = (message("exercise"), message("right"), message("unfinished"), message("wrong"))
    rows = [tag("tr", *(tag("th", translated(each, language)) for each in heads))]
    for name in dict.fromkeys(each.exercise for each, _ in results):
        answers = [answer for each, answer in results if each.exercise == name]
        right, unfinished = sum(each.ok for each in answers), sum(each.unfinished for each in answers)
        cells = (name, right, unfinished, len(answers) - right - unfinished)
        rows.append(tag("tr", *(tag("td", str(each)) for each in cells)))
    common = [each for each in most_common(results) if each.name][:SHOWN]
    heading = say(language, "the most common mistakes")
    chart = counts_chart([(each.exercise, each.said, each.count) for each in common], label=heading)
    parts = [tag("h1", title), tag("table", *rows), *([tag("h2", heading), chart] if common else [])]
    style = Html(style_sheet() + _PAGE)
    head = tag("head", tag("meta", charset="utf-8"), tag("title", title), tag("style", style))
    return f"<!doctype html>\n{tag('html', head, tag('body', *parts, class_='cr'), lang=tag_of(language))}\n"
