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

from ..show.language import Language
from . import EXERCISES
from .process import Answer, Checker

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
        The submissions, by student and exercise; other files are left out.
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
        cells = [each.student, each.exercise, "yes" if answer.ok else "no", names, first]
        rows.writerow([f"'{cell}" if cell[:1] in "=+-@\t" and len(cell) > 1 else cell for cell in cells])  # no formulas
    return text.getvalue()


def most_common(results: Sequence[tuple[Submission, Answer]]) -> list[tuple[str, str, int]]:
    """The mistakes of a class, the most common first.

    Args:
        results: The submissions and what was said of them.

    Returns:
        The exercise, the name of the mistake, and how many submissions have it.
    """
    counts = Counter(
        (each.exercise, name) for each, answer in results for name in {name for name, _ in answer.mistakes}
    )
    return [(exercise, name, count) for (exercise, name), count in counts.most_common()]
