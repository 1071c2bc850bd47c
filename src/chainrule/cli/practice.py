"""`chainrule practice`: derivatives to write by hand, each in a file that is checked whenever it is saved."""

from __future__ import annotations

import contextlib
import itertools
import os
import queue
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from ..core.messages import Message, listed, message
from ..data.errors import reason_of
from ..exchange.atomic import write_text
from ..exchange.network_file import next_free
from ..exercises import CHAPTERS, EXERCISES
from ..exercises.classroom import SHOWN, Submission, as_csv, checked, find_unassigned, most_common, report, submissions
from ..exercises.folder import Folder
from ..exercises.process import Answer, Checker
from ..exercises.worksheet import worksheets
from ..quoting import printable
from ..regular_files import read_text
from ..show.language import Language, say, translated
from ..show.screen import Progress, Screen, expression
from .arguments import Values
from .destination import other_places, require_writable
from .entries import entry, with_words
from .errors import CommandError, UsageError
from .streams import output
from .streams import say as tell

_FOLDER = "practice"
_PAUSE = 0.04  # seconds between two looks at the file
_ACTIONS = ("once", "hint", "solution", "reset", "list", "classroom", "worksheet")
_OF = {
    "seconds": "classroom",
    "megabytes": "classroom",
    "output": "classroom",
    "count": "worksheet",
    "seed": "worksheet",
}
_KEYS: tuple[tuple[str, Message], ...] = (
    ("h", message("a hint; Enter after each letter")),
    ("s", message("the solution")),
    ("n", message("the next exercise")),
    ("r", message("begin this one again; your file is kept under another name")),
    ("l", message("all exercises; the number or name of one takes you there")),
    ("q", message("stop; next time it goes on here")),
)


def run(values: Values) -> int:
    """Wait for the learner's files until all are solved, or do the one thing that was asked for."""
    asked = [each for each in _ACTIONS if getattr(values, each)]
    if len(asked) > 1:
        raise UsageError("Give one of these alone: {options}.", options=listed(f"--{each}" for each in asked))
    for option, action in _OF.items():
        if option in values.typed and not getattr(values, action):
            raise UsageError("--{option} belongs to --{action}.", option=option, action=action)
    screen, language = output(values)
    if values.classroom or values.worksheet:
        for given, typed in (("FOLDER", values.folder), ("--exercise", values.exercise)):
            if typed:
                raise UsageError("{given} is for learners; leave it out.", given=given)
        (_classroom if values.classroom else _worksheet)(values, screen, language)
        return 0
    folder = Folder(Path(values.folder or _FOLDER), language)
    name = values.exercise or folder.current
    if values.list:
        if values.exercise:
            raise UsageError("--list shows all exercises; leave out --exercise.")
        _list(screen, language, folder)
        return 0
    if name is None:
        screen.text(_all_solved(language))
        return 0
    lesson = Lesson(screen, language, folder, name)
    if values.hint or values.solution or values.reset:
        (lesson.hint if values.hint else lesson.solution if values.solution else lesson.reset)()
        return 0
    with contextlib.closing(Checker(language)) as checker:
        checker.prepare(name)
        if values.once:
            return 0 if lesson.check(checker) else 1
        with contextlib.suppress(KeyboardInterrupt):
            _watch(lesson, checker, _typed(sys.stdin))
    return 0


class Lesson:
    """The exercise that a learner is at, on a screen."""

    def __init__(self, screen: Screen, language: Language, folder: Folder, name: str):
        self.screen, self.language, self.folder = screen, language, folder
        self.name = name

    @property
    def path(self) -> Path:
        """The learner's file."""
        return self.folder.begun(self.name)

    def say(self, text: str, **values: object) -> str:
        """A text in the learner's language.

        Args:
            text: The English text.
            **values: The values of its places.

        Returns:
            The text.
        """
        return say(self.language, text, **values)

    def show(self) -> None:
        """What is to be written, and where."""
        screen, names = self.screen, list(EXERCISES)
        title = next(title for title, each in CHAPTERS if EXERCISES[self.name] in each)
        done, count = len(self.folder.solved), len(names)
        screen.line()
        screen.line(
            *screen.bar(done / count, 20, "a", "line2"),
            "  ",
            (self.say("{done} of {count} solved", done=done, count=count), "ink3"),
        )
        heading = f"{names.index(self.name) + 1} · {self.name}"
        screen.line((f"{translated(title, self.language)} · ", "ink3"), (heading, "bold"))
        for line in EXERCISES[self.name].text(self.language).splitlines():
            screen.text(line)
        blank = "..." in EXERCISES[self.name].file()
        do = self.say("put your lines where ... stands, and save") if blank else self.say("mend it, and save")
        entry(screen, self.say("file"), str(self.path), do)

    def check(self, checker: Checker) -> bool:
        """Check the file, and say what is right or wrong with it."""
        answer = checker.check(self.name, self.path)
        self._judged(answer)
        if answer.ok:
            self.folder.solve(self.name)
        return answer.ok

    def _judged(self, answer: Answer) -> None:
        first, *rest = answer.said.splitlines()
        screen = self.screen
        screen.line()
        if answer.printed.strip():
            screen.text((self.say("Your code prints:"), "ink3"))
            for line in answer.printed.splitlines():
                screen.line("    ", line)
        mark = ("✓ ", "a bold") if answer.ok else ("□ ", "ink3") if answer.unfinished else ("≠ ", "d bold")
        screen.text(mark, (first, "bold"))
        for line in rest:
            if line.startswith("    "):
                screen.line(line)
            else:
                screen.text(line, indent=2)

    def hint(self) -> None:
        """Show the next hint."""
        hints = EXERCISES[self.name].hints
        number = self.folder.hint(self.name)
        text = translated(hints[number - 1], self.language)
        of = self.say("hint {number} of {count}", number=number, count=len(hints))
        self.screen.text((f"{of}  ", "ink3"), text)
        if not self.folder.path.exists():
            self.screen.text((self.say("Begin with chainrule practice; then each --hint shows the next one."), "ink3"))

    def solution(self) -> None:
        """Show the solution."""
        for line in EXERCISES[self.name].solution.rstrip("\n").split("\n"):
            self.screen.line(*expression(line))

    def reset(self) -> None:
        """Begin again."""
        kept = self.folder.reset(self.name)
        if kept is None:
            self.screen.text(self.say("{file} is new.", file=self.path.name))
        else:
            self.screen.text(
                self.say("{file} is as it was at first; yours is now {kept}.", file=self.path.name, kept=kept.name)
            )

    def go(self, name: str, checker: Checker) -> None:
        """Go to another exercise.

        Args:
            name: The exercise.
            checker: What makes itself ready for it.
        """
        self.name = name
        checker.prepare(name)
        self.show()


def _watch(lesson: Lesson, checker: Checker, typed: Iterator[str]) -> None:
    """Check the file at each save, and do what is typed, until all is solved."""
    screen, language = lesson.screen, lesson.language
    lesson.show()
    screen.line()
    with_words(screen, [(key, translated(words, language)) for key, words in _KEYS], say(language, "type"), 10)
    screen.stream.flush()
    seen = _blank(lesson)
    changing = seen
    for word in typed:
        if word == "q":
            return
        if word == "n":
            lesson.go(lesson.folder.after(lesson.name) or lesson.name, checker)
        elif name := _meant(word):
            lesson.go(name, checker)
        elif word in _DOES:
            _DOES[word](lesson)
        elif word == "l":
            _list(screen, language, lesson.folder)
        elif word:
            screen.text(
                say(language, "{word} is none of h, s, n, r, l and q, and no exercise's number or name.", word=word)
            )
        if word:
            seen = changing = _stamp(lesson.path) if word in "hsl" else _blank(lesson)
            screen.stream.flush()
            continue
        now = _stamp(lesson.path)
        if now in (seen, None) or now != changing:  # an editor may still be writing
            changing = now
            continue
        seen = now
        if lesson.check(checker):
            following = lesson.folder.after(lesson.name)
            if following is None:
                screen.text(_all_solved(language))
                return
            lesson.go(following, checker)
            seen = changing = _blank(lesson)
        screen.stream.flush()


def _meant(word: str) -> str:
    """The exercise that is typed: its number, its name, or both, as its file is called; empty if there is none."""
    for number, name in enumerate(EXERCISES, 1):
        if word in (name, f"{number}", f"{number:02}", f"{number:02}_{name}"):
            return name
    return ""


_DOES = {"h": Lesson.hint, "s": Lesson.solution, "r": Lesson.reset}


def _stamp(path: Path) -> tuple[int, int] | None:
    """What changes when a file is saved; none while an editor replaces it."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _blank(lesson: Lesson) -> tuple[int, int] | None:
    """The stamp of a file that nobody has written in yet; of any other none, so that it is checked at once."""
    text = read_text(lesson.path, errors="replace")
    return _stamp(lesson.path) if text == EXERCISES[lesson.name].file(lesson.language) else None


def _typed(stream: TextIO) -> Iterator[str]:
    """What is typed, a word at a time, and nothing in each pause between, until there is no more to read."""
    words: queue.Queue[str] = queue.Queue()

    def read() -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in stream:
                words.put(line.strip().lower())
        words.put("q")

    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            yield words.get(timeout=_PAUSE)
        except queue.Empty:
            yield ""


def _list(screen: Screen, language: Language, folder: Folder) -> None:
    """All exercises, and which are solved."""
    number = 0
    for title, exercises in CHAPTERS:
        screen.line((translated(title, language), "bold"))
        for each in exercises:
            number += 1
            solved = each.name in folder.solved
            mark = "✓" if solved else "→" if each.name == folder.current else " "
            screen.line(f"  {mark} {number:>2}  ", (each.name, "ink3" if solved else ""))
    screen.line((say(language, "{done} of {count} solved", done=len(folder.solved), count=number), "ink3"))


def _all_solved(language: Language) -> str:
    return say(language, "All {count} exercises are solved.", count=len(EXERCISES))


def _worksheet(values: Values, screen: Screen, language: Language) -> None:
    """Write sheets and keys, never over a file."""
    path = Path(values.worksheet)
    key = path.with_name(f"{path.stem}-key{path.suffix}")
    _require_free(path, key)
    texts = worksheets(range(values.seed, values.seed + values.count), language)
    for each, text in zip((path, key), texts, strict=True):
        write_text(each, text)
    entry(screen, say(language, "sheets"), str(path), say(language, "to be printed"))
    entry(screen, say(language, "keys"), str(key), say(language, "for you"))


def _classroom(values: Values, screen: Screen, language: Language) -> None:
    """Check a class's submissions, write the results, and show what it gets wrong most."""
    folder = Path(values.classroom)
    if not folder.is_dir():
        raise CommandError("There is no folder {folder}.", folder=str(folder))
    found = submissions(folder)
    if not found:
        raise CommandError(
            "{folder} has no submissions; they are called as their exercises are: anna/14_delta.py, or anna_14_delta.py.",
            folder=str(folder),
        )
    table, chart = _result_files(values.output, values.lang)
    results: list[tuple[Submission, Answer]] = []
    try:
        with Progress(screen) as line:
            for number, result in enumerate(checked(found, language, values.seconds, values.megabytes), 1):
                line.update(*screen.bar(number / len(found), 30, track="line2"), f" {number}/{len(found)}")
                results.append(result)
    finally:  # what is known of a class is kept, also where Ctrl-C ends the rest of it
        if results:
            table = _write_results(table, as_csv(results), values.lang)
            chart = _write_results(chart, report(results, language), values.lang)
            _show_results(results, table, chart, screen, language)
            _show_unassigned(find_unassigned(folder), screen, language)


def _show_unassigned(files: Sequence[str], screen: Screen, language: Language) -> None:
    """Show which files of a class were not checked, since their names do not say the exercise."""
    if files:
        named = [printable(file) for file in files[:SHOWN]] + ["…"] * (len(files) > SHOWN)
        entry(
            screen,
            say(language, "left out"),
            ", ".join(named),
            say(language, "called as no exercise is; rename them, as in anna/14_delta.py"),
        )


def _result_files(output: str | None, lang: str | None) -> tuple[Path, Path]:
    """Choose the files of a class's table and chart, neither of which exists.

    Args:
        output: The file that was asked for, for the table; `None` is `results.csv`, or the first free one of `results-2.csv`, …
        lang: The language that was asked for, if any.

    Returns:
        The table's file, and the chart's beside it.

    Raises:
        CommandError: One of them exists, or they could not be written.
    """
    if output is None:
        names = itertools.chain(["results"], (f"results-{number}" for number in itertools.count(2)))
        pairs = ((Path(f"{name}.csv"), Path(f"{name}.html")) for name in names)
        table, chart = next(pair for pair in pairs if not any(map(os.path.lexists, pair)))  # a broken link is not free
    else:
        table = Path(output)
        is_page = table.suffix.lower() == ".html"
        chart = table.with_name(f"{table.stem}-chart.html") if is_page else table.with_suffix(".html")
        _require_free(table, chart)
    require_writable(output, lang)
    return table, chart


def _require_free(*files: Path) -> None:
    """Refuse files that exist, broken links among them. Raises `CommandError`."""
    for file in files:
        if os.path.lexists(file):
            raise CommandError("{file} exists; give another name.", file=str(file))


def _write_results(path: Path, text: str, lang: str | None) -> Path:
    """Write what is known of a class, never over a file; elsewhere, and said so, where its own file is not to be had.

    Args:
        path: The file.
        text: What is written.
        lang: The language that was asked for, if any.

    Returns:
        The file that was written.

    Raises:
        CommandError: Nothing can be written anywhere; the results then stand on standard error.
    """
    why: object = message("it exists by now")
    places = itertools.chain([next_free(path)], other_places(path.name))
    for place in places:
        try:
            write_text(place, text)
        except OSError as error:
            why = reason_of(error)
            continue
        if place != path:
            said = message("{path} could not be written ({error}); the results are in {other}.")
            tell(message(said.template, "", path=str(path), error=why, other=str(place)), lang)
        return place
    screen = Screen(sys.stderr)
    for line in text.splitlines():
        screen.line(line)
    raise CommandError(
        "{path} could not be written ({error}), nor could a file in any other folder; what it would hold stands above.",
        path=str(path),
        error=why,
    )


def _show_results(
    results: Sequence[tuple[Submission, Answer]], table: Path, chart: Path, screen: Screen, language: Language
) -> None:
    """Show how many submissions are right, where the results are, and what the class gets wrong most."""
    right = sum(answer.ok for _, answer in results)
    students = len({submission.student for submission, _ in results})
    unfinished = sum(answer.unfinished for _, answer in results)
    entry(
        screen, say(language, "class"), say(language, "{right} of {count} right", right=right, count=len(results)),
        say(language, "{students} students, {unfinished} unfinished", students=students, unfinished=unfinished)
        if unfinished
        else say(language, "{students} students", students=students),
    )  # fmt: skip
    entry(screen, say(language, "results"), str(table), say(language, "a row for each submission"))
    entry(screen, say(language, "chart"), str(chart), say(language, "for a browser"))
    common = [each for each in most_common(results) if each.name][:SHOWN]
    if common:
        screen.line()
        screen.line((say(language, "the most common mistakes"), "ink3"))
        most = common[0].count
        width = max(len(each.exercise) for each in common)
        for each in common:
            bar = screen.bar(each.count / most, 20, "d")
            blank = " " * (20 - sum(len(part[0]) for part in bar))
            screen.line(f"  {each.exercise.ljust(width)}  ", *bar, f"{blank}  {each.count}")
            screen.text((each.said, "ink2"), indent=4 + width)
