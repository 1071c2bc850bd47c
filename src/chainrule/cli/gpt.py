"""`chainrule train --gpt`: a small GPT learns from a text, is saved, and writes some lines."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from ..gpt.learning import Lesson, Progress, learn
from ..gpt.model import BLOCK, first_weights
from ..gpt.text import Letters, lines_of, names
from ..show.language import Language, say
from ..show.numbers import duration, size_text
from ..show.screen import Cell, Screen
from .arguments import Values
from .commands import SAMPLE, TRAIN
from .destination import require_writable, save
from .entries import entry, hanging, with_words
from .errors import UsageError
from .outcome import exit_code
from .parsing import command_line
from .streams import LastingOutput, output, print_json

_STEPS = 10_000
_WIDE = 10  # a column of the table
_SHOWN = 10  # about so many lines tell how training goes
_WRITTEN = 20  # lines that the network writes at the end
_TAKES = {"gpt", "data", "steps", "seed", "executor", "output", "lang", "json"}


def run(values: Values) -> int:
    """Train a small GPT, save it, and let it write."""
    for argument in TRAIN.arguments:
        if argument.flags and argument.key in values.typed - _TAKES:
            flag = argument.flags[-1]
            raise UsageError("{flag} is not for --gpt; leave it out.", flag=flag)
    require_writable(values.output, values.lang)
    lines = names() if values.data is None else lines_of(values.data)
    count = _STEPS if values.steps is None else values.steps
    letters = Letters.of(lines)
    screen, language = output(values, aside=values.json)
    lasting = LastingOutput(screen)
    _header(screen, language, values, lines, letters, count)
    every = max(count // _SHOWN, 1)

    def row(cells: Sequence[Cell]) -> None:
        screen.line(*(span for cell in cells for span in screen.pad(cell, _WIDE, ">")))

    def progress(report: Progress) -> None:
        if report.step % every == 0 or report.step == count:
            costs = ((f"{each:.3f}", "bold") for each in (report.cost, report.held_out))
            row((f"{report.step:,}", *costs, (duration(report.seconds), "ink3")))

    heads = (say(language, "step"), say(language, "cost C"), say(language, "unseen"), say(language, "time"))
    row([(each, "ink3") for each in heads])
    lesson = learn(lines, count, seed=values.seed, executor=values.executor, progress=progress)
    if not lesson.reports:
        raise KeyboardInterrupt
    path, as_asked = save(lesson.gpt, values.output, values.lang, "gpt.safetensors")
    written = lesson.gpt.write(_WRITTEN, seed=values.seed)
    screen.line()
    hanging(screen, (say(language, "it writes"), "ink3"), 12, ", ".join(written))
    saved = say(language, "saved, {size}", size=size_text(path.stat().st_size))
    entry(screen, say(language, "network"), str(path), saved)
    again = command_line(SAMPLE, {"gpt": path, "lang": values.lang})
    with_words(screen, [(again, say(language, "more of what it writes"))])
    if values.json:
        print_json(_report(lesson, str(path), written))
    return exit_code(lasting.problem, lesson.interrupted, path, as_asked)


def _header(
    screen: Screen, language: Language, values: Values, lines: list[str], letters: Letters, count: int
) -> None:  # fmt: skip
    size = sum(each.size for each in first_weights(letters.end + 1, np.random.default_rng(0)))
    what = say(language, "a small GPT, {size:,} parameters", size=size)
    entry(screen, say(language, "network"), what, say(language, "it reads up to {block} letters", block=BLOCK))
    name = say(language, "first names, bundled") if values.data is None else values.data
    counts = say(language, "{lines:,} lines, {letters:,} different letters", lines=len(lines), letters=letters.end)
    entry(screen, say(language, "data"), name, counts)
    screen.line()


def _report(lesson: Lesson, path: str, written: list[str]) -> dict[str, object]:
    return {
        "reports": [dataclasses.asdict(each) for each in lesson.reports],
        "interrupted": lesson.interrupted,
        "file": path,
        "written": written,
    }
