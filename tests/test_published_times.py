"""A time that stands beside a command was measured by running that command.

Pages (README, docs, the site in all languages) and the commands' help are read in blocks: a row of a table; an item of a list; a
paragraph, with the lines of the shell before it, or after it where it ends with a colon. A block names command lines: in code
spans and lines of the shell that begin with `chainrule`; an option alone, `--preset sprint`, is one of the first command that has
it. In a help text the command is known, and a clause of an option's words, up to a semicolon, may name its value.

A time is a number with a unit; a number in a column of a table whose heading names a unit, but no target and no API; or words,
*about two seconds*, *a few seconds*. It must agree with at least one command line of its block, exactly as this line stands in
the results that `benchmarks/waits.py`, `presets.py` and `sprint.py` wrote when they ran it as a process of its own: a number in
digits is the rounded median, least or most, by the clock or of the processor, of first or later runs; the median is off a number
in words by at most half of it; *seconds* without a number are at most 20 of the processor, *minutes* one to twenty.
"""

import json
import re
import statistics
from pathlib import Path

import pytest

from chainrule.cli.arguments import Argument
from chainrule.cli.commands import COMMANDS
from chainrule.show.language import languages, say

ROOT = Path(__file__).parents[1]
RESULTS = ("waits", "presets", "sprint")
PAGES = sorted([*ROOT.glob("README*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/site/*/**/*.md")])

UNITS = {
    **dict.fromkeys(("µs", "微秒"), 1e-6),
    **dict.fromkeys(("ms", "毫秒"), 1e-3),
    **dict.fromkeys(("s", "second", "seconds", "秒"), 1.0),
    **dict.fromkeys(("min", "minute", "minutes", "分钟"), 60.0),
    **dict.fromkeys(("h", "hour", "hours", "小时"), 3600.0),
}
NUMBERS = {
    word: number
    for number, words in enumerate(
        (
            "a an one 一",
            "two 两 二",
            "three 三",
            "four 四",
            "five 五",
            "six 六",
            "seven 七",
            "eight 八",
            "nine 九",
            "ten 十",
        ),
        1,
    )
    for word in words.split()
}
SEVERAL = {1.0: (0.0, 20.0), 60.0: (60.0, 1200.0), 3600.0: (3600.0, 72000.0)}
"""Between which processor seconds a time lies of which only the unit is said."""

_UNIT = "|".join(sorted(UNITS, key=len, reverse=True))
_DIGITS = re.compile(rf"(?<![\w.,])(\d[\d,]*(?:\.\d+)?)(?:\s?[–-]\s?(\d[\d,]*(?:\.\d+)?))?\s?({_UNIT})(?![\w%])")
_WORDS = re.compile(
    rf"\b(?:({'|'.join(NUMBERS)})|in|within|after|for|takes?|took|few|some|several)\s+"
    r"(seconds|minutes|hours|(?<=[an] )(?:minute|hour)|(?<=one )second)\b"
    rf"|(?:({'|'.join(NUMBERS)})|几|数)(秒|分钟|小时)",
    re.I,
)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINE = re.compile(r"(?:\S*/)?(chainrule .+)")


# ---- what was measured -----------------------------------------------------------------------------------------------


def measured(results):
    """The runs of each command line in results: its first ones and its later ones, as lists."""
    found = {}

    def visit(part):
        if isinstance(part, dict):
            if "command" in part and "runs" in part:
                groups = [[part["first"]] if part.get("first") else [], part["runs"]]
                timed = [[run for run in group if "seconds" in run] for group in groups]
                found.setdefault(normal(part["command"]), []).extend(filter(None, timed))
            for each in part.values():
                visit(each)

    for each in results:
        visit(each)
    return {line: groups for line, groups in found.items() if groups}


def normal(line):
    return " ".join(line.split())


def figures(groups, which, *summaries):
    """Medians, or other summaries, of groups of runs."""
    numbers = [[run[which] for run in group if run[which] is not None] for group in groups]
    return [summary(each) for each in numbers if each for summary in summaries]


def agrees(time, groups):
    """Whether a time is one that was measured."""
    kind, number, unit = time
    middle = [each for which in ("seconds", "processor_seconds") for each in figures(groups, which, statistics.median)]
    if kind == "digits":
        decimals = len(number.partition(".")[2])
        value = float(number.replace(",", ""))
        every = [
            each for which in ("seconds", "processor_seconds")
            for each in figures(groups, which, min, statistics.median, max)
        ]  # fmt: skip
        return any(abs(each / unit - value) <= 0.5000001 * 10**-decimals for each in every)
    if kind == "number":
        return any(abs(each - number * unit) <= number * unit / 2 for each in middle)
    least, most = SEVERAL[unit]
    return any(least <= each <= most for each in figures(groups, "processor_seconds", statistics.median))


# ---- what is published -----------------------------------------------------------------------------------------------


def times(text):
    """The times that a text says, each once."""
    text = re.sub(r"\]\([^)]*\)", "]", text)
    found = []
    for first, second, unit in _DIGITS.findall(text):
        found += [("digits", each, UNITS[unit]) for each in (first, second) if each]
    for english, unit, chinese, chinese_unit in _WORDS.findall(_DIGITS.sub("", text)):
        number, seconds = (english or chinese).lower(), UNITS[(unit or chinese_unit).lower()]
        found.append(("number", NUMBERS[number], seconds) if number else ("several", "", seconds))
    return list(dict.fromkeys(found))


def named(text):
    """The command lines in code spans and lines of the shell."""
    found = []
    for span in _SPAN.findall(text):
        if line := _LINE.fullmatch(span):
            found.append(line[1])
        elif span.startswith("--"):
            flag = span.split()[0].partition("=")[0]
            owners = [name for name, command in COMMANDS.items() for each in command.arguments if flag in each.flags]
            found += [f"chainrule {owners[0]} {span}"] if owners else []
    return [normal(line) for line in found]


def shell_lines(text):
    """The command lines of a block of the shell."""
    parts = (part.partition(" #")[0].strip() for line in text.splitlines() for part in line.split("&&"))
    return [normal(line[1]) for part in parts if (line := _LINE.fullmatch(part))]


def published(page):
    """The blocks of a page that name command lines and times: both of each."""
    lines = []  # of the shell, which the next paragraph may be about
    introduction = ""
    parts = re.split(r"(^```.*?^```$)|\n[ \t]*\n", re.sub(r"<!--.*?-->\n?", "", page), flags=re.S | re.M)
    for part in filter(None, (each and each.strip() for each in parts)):
        if part.startswith("```"):
            lines = shell_lines(part) if re.match(r"```(sh|console|bash|powershell|text)\b", part) else []
            yield from ((lines, times(each)) for each in (introduction, part))
            introduction = ""
        elif part.startswith("|"):
            yield from rows(part)
        elif part.rstrip("*_").endswith((":", "：")):
            introduction = part
            yield named(part), times(part)
        else:
            items = re.split(r"\n(?=\s*(?:[-*]|\d+\.) )", part)
            yield from ((lines * (len(items) == 1) + named(each), times(each)) for each in items)
            lines, introduction = [], ""


def rows(table):
    """The rows of a table, with the numbers of those columns whose heading names a unit."""
    head, *body = (
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))] for line in table.splitlines()
    )
    column = re.compile(rf"(?<!\w)({_UNIT})(?!\w)")
    for cells in body:
        found = []
        for heading, cell in zip(head, cells, strict=False):
            unit = None if re.search("target|API", heading) else column.search(heading)
            found += times(cell)
            if unit is not None:
                found += [
                    ("digits", each, UNITS[unit[1]]) for each in re.findall(r"(?<![\w.,`])\d[\d,]*(?:\.\d+)?", cell)
                ]
        yield named(" ".join(cells)), found


def helped(language):
    """The texts of the help, as blocks: the command lines that a clause of one may be about, and its times."""
    for command in COMMANDS.values():
        yield [f"chainrule {command.name}"], times(say(language, command.purpose))
        for line, words in command.examples:
            yield [normal(line)], times(say(language, words))
        for each in (each for each in command.listed if isinstance(each, Argument)):
            for clause in re.split("[;；]", say(language, each.words)):
                start = f"chainrule {command.name}"
                flags = [f"{start} {flag}" for flag in each.flags]
                values = [f"{flag} {value}" for flag in flags for value in re.findall(r"[\w-]+", clause)]
                yield [start, *flags, *values], times(clause)


def unmeasured(blocks, known):
    """The times that no command line of their block agrees with, with these command lines."""
    for lines, said in blocks:
        for time in said if lines else ():
            if not any(agrees(time, known.get(line, [])) for line in lines):
                yield lines, time


KNOWN = measured(
    json.loads((ROOT / "benchmarks" / "results" / f"{name}.json").read_text(encoding="utf-8")) for name in RESULTS
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_times_beside_commands_were_measured_by_running_them(page):
    assert list(unmeasured(published(page.read_text(encoding="utf-8")), KNOWN)) == []


@pytest.mark.parametrize("language", languages())
def test_times_in_the_help_were_measured_by_running_the_commands(language):
    assert list(unmeasured(helped(language), KNOWN)) == []


def test_the_pages_that_benchmarks_write_have_their_figures_beside_commands():
    page = (ROOT / "docs" / "waits.md").read_text(encoding="utf-8")
    assert sum(len(said) for lines, said in published(page) if lines) > 50


RUNS = [{"seconds": 2.443, "processor_seconds": 3.7}, {"seconds": 2.5, "processor_seconds": 9.0}]
PLANTED = {"chainrule train": [RUNS], "chainrule train --preset fast": [RUNS]}


@pytest.mark.parametrize(
    "page",
    [
        "`chainrule train` takes 2.4 s, 3.7 s of the processor.",
        "`chainrule train` takes 2.44–2.5 s.",
        "`.venv/bin/chainrule train` takes about two seconds.",
        "```sh\npip install chainrule && chainrule train   # learn\n```\n\nA few seconds later it reads.",
        "This takes 2.5 s:\n\n```sh\nchainrule train\n```",
        "```sh\nchainrule train\n```\n\nAnd this runs the tests, in ten minutes:\n\n```sh\npytest\n```",
        "| command | right | seconds | target, s |\n|---|---|---|---|\n| `chainrule train` | 99 % of 10 | 2.5 | 1 |",
        "Presets: `--preset fast`, within seconds.",
        "`chainrule train` 大约两秒钟。几秒钟后就学好了。",
        "- `chainrule derive f.py` prints it.\n- It took 12.3 s.",
        "`chainrule train` learns in 30 epochs of 5,000 steps; the second one is 3 times as good.",
    ],
)
def test_what_was_measured_is_let_pass(page):
    assert list(unmeasured(published(page), PLANTED)) == []


@pytest.mark.parametrize(
    "page",
    [
        "`chainrule train` takes 0.7 s.",
        "`chainrule train` takes 2.5–2.7 s.",
        "`chainrule train --preset sprint` takes 2.5 s.",
        "`chainrule train` takes four minutes.",
        "`chainrule train` takes a minute.",
        "`chainrule train` takes minutes.",
        "```sh\nchainrule train --preset sprint\n```\n\nIt reads, within seconds.",
        "This takes 2.6 s:\n\n```sh\nchainrule train\n```",
        "```sh\nchainrule train   # 0.7 s\n```",
        "| command | seconds: median |\n|---|---|\n| `chainrule train` | **0.7** |",
        "| command | told |\n|---|---|\n| `chainrule train` | in 0.7 s |",
        "Presets: `--preset sprint`, within seconds.",
        "`chainrule train` 大约一秒钟。",
        "`chainrule train` 几分钟后就学好了。",
        "- `chainrule train` reads 95 % after 700 ms.",
    ],
)
def test_planted_fault_a_time_that_nobody_measured_is_noticed(page):
    assert len([*unmeasured(published(page), PLANTED)]) == 1


def test_planted_fault_a_time_in_the_help_is_noticed(monkeypatch):
    first = next(iter(COMMANDS.values()))
    words = first.listed[0].words + "; light, within minutes"
    argument = Argument(**{**vars(first.listed[0]), "words": words})
    changed = type(first)(**{**vars(first), "listed": (argument,)})
    monkeypatch.setitem(COMMANDS, first.name, changed)
    assert [time for _, time in unmeasured(helped("en"), KNOWN)] == [("several", "", 60.0)]
