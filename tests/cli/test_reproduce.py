"""`chainrule reproduce`: the table on a screen and as JSON, runs that are kept, and rows small enough for a test."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from chainrule.cli import reproduce
from chainrule.reproduction import rows
from chainrule.reproduction.results import Results
from chainrule.reproduction.rows import Figure, Guess, Row, Training

TINY = Training((784, 15, 10), 1.0, 12, l2=0.1, initializer="default", images=400, scored=50, on_training=True)
SLOW = replace(TINY, epochs=100_000, images=50_000)
TABLE = (
    Row("tiny", 1, (Figure(50.0), Figure(2.53, "gap"), Figure(None, "last")), TINY, best_of=3),
    Row(
        "again",
        3,
        (Figure(110.0, "best on training"), Figure(1, "best epoch", decimals=0)),
        TINY,
        note=rows._RATE_NOTE,
    ),
    Row("slow", 3, (Figure(90.0),), SLOW),
    Row("random", 5, (Figure(10, "read right", decimals=0),), Guess()),
    Row(
        "others",
        5,
        (
            Figure(94.35, "quoted", of="support vector machine"),
            Figure(98.5, "quoted", decimals=1, of="the same, tuned: more than"),
        ),
    ),
)


@pytest.fixture(autouse=True)
def _table(monkeypatch):
    monkeypatch.setattr(rows, "ROWS", TABLE)
    monkeypatch.setenv("CHAINRULE_LANG", "en")


def figures(out):
    """Label and columns of each line of the table that has numbers."""
    return [re.split(r" {2,}", line.strip()) for line in out.splitlines() if re.match(r"  [a-z].* +[\d.-]+", line)]


def test_quick_runs_one_seed_of_what_is_soon_done(run, folder):
    done = run("reproduce", "--quick", "--executor", "numpy")
    assert (done.code, done.err) == (0, "")
    assert "slow" not in done.out
    made = Results("reproduction.json")
    (tiny,) = made.of(TINY)
    (guess,) = made.of(Guess())
    gap = max(tiny.training) - max(tiny.scored)
    at = tiny.scored.index(max(tiny.scored))
    read = round(guess.scored[0], 2)
    assert figures(done.out) == [
        ["best epoch", "50.00", f"{max(tiny.scored):.2f}", f"{max(tiny.scored) - 50:.0f} off"],
        ["training minus test, best of each", "2.53", f"{gap:.2f}", f"{abs(gap - 2.53):.2f} off"],
        ["last epoch", "-", f"{tiny.scored[-1]:.2f}"],
        ["best epoch, training images", "110.00", f"{max(tiny.training):.2f}", f"{110 - max(tiny.training):.0f} off"],
        ["which epoch is best, from 0", "1", str(at), f"{at - 1} off"],
        ["accuracy", "10", f"{read:.2f}", "near" if abs(read - 10) <= 0.2 else f"{abs(read - 10):.2f} off"],
        ["support vector machine", "94.35", "not run"],
        ["the same, tuned: more than", "98.5", "not run"],
    ]
    said = " ".join(done.out.split())
    assert (
        "tiny 784 → 15 → 10, cross-entropy, small weights, η = 1, λ = 0.1, 400 images, 12 epochs, test, best of 3"
        in said
    )
    assert "η is not printed in the book; with 0.1 the book's own run comes out to the digit" in said
    assert "runs are kept in reproduction.json; the same command continues from there" in said
    assert max(map(len, done.out.splitlines())) <= 80


def test_a_row_with_enough_seeds_is_judged(run):
    done = run("reproduce", "--row", "random", "--seeds", "5", "--json")
    assert done.code == 0
    (row,) = json.loads(done.out)["rows"]
    assert (row["name"], row["chapter"], row["runs"], row["holds"], row["apart"]) == ("random", 5, 5, True, [])
    (figure,) = row["figures"]
    assert (figure["statistic"], figure["book"], len(figure["values"])) == ("read right", 10, 5)
    assert "\nrows that hold: 1 of 1\n" in done.err
    missed = run("reproduce", "--row", "again", "--seeds", "5")
    assert "\nrows that hold: 0 of 1\nmissed: again\n" in missed.out
    assert re.search(r"best epoch, training images +110\.00 .* missed\n", missed.out)


def test_runs_that_are_kept_are_not_made_again(run, monkeypatch):
    first = run("reproduce", "--chapter", "1", "--seeds", "2", "-o", "mine.json")
    monkeypatch.setattr(reproduce, "run_once", lambda *arguments: pytest.fail("it is made again"))
    assert run("reproduce", "--chapter", "1", "--seeds", "2", "-o", "mine.json").out == first.out
    # Another row of the same experiment needs no runs of its own.
    assert run("reproduce", "--row", "again", "--seeds", "2", "-o", "mine.json").code == 0


def test_a_stopped_run_goes_on(run, monkeypatch):
    made = []

    def twice(experiment, seed, *rest):
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(seed)
        return run_once(experiment, seed, *rest)

    run_once = reproduce.run_once
    monkeypatch.setattr(reproduce, "run_once", twice)
    done = run("reproduce", "--row", "random", "--seeds", "4")
    assert (done.code, done.err) == (130, "chainrule: stopped.\n")
    assert done.out.endswith("runs are kept in reproduction.json; the same command continues from there\n")
    assert [each.seed for each in Results("reproduction.json").of(Guess())] == [0, 1]
    monkeypatch.setattr(reproduce, "run_once", run_once)
    done = run("reproduce", "--row", "random", "--seeds", "4", "--json")
    assert json.loads(done.out)["rows"][0]["runs"] == 4


def test_runs_that_lost_a_digit_are_listed_apart(run, monkeypatch):
    kept = Results("reproduction.json")
    for seed in range(6):
        made = reproduce.Run(seed, (80.0 + seed,), digits=(0.0 if seed == 4 else 90.0, *[90.0] * 9), seconds=1.0)
        kept.add(SLOW, made)
    kept.save()
    done = run("reproduce", "--row", "slow", "--seeds", "6")
    assert ["best epoch", "90.00", "82.00", "80.00 … 85.00", "missed"] in figures(done.out)
    said = " ".join(done.out.split())
    assert "runs set apart, in which a digit is never learned: 1 of 6: seed 4 (0) 84.00 rows that hold: 0 of 1" in said


def test_in_chinese(run, monkeypatch):
    monkeypatch.setenv("CHAINRULE_LANG", "zh")
    done = run("reproduce", "--chapter", "5", "--seeds", "5")
    assert re.search(r"\n第 5 章 +书中  本程序 +最低 … 最高\n", done.out)
    assert re.search(r"\n  准确率 +10 .* 相符\n", done.out)
    assert "\n1 行中有 1 行相符\n" in done.out
    monkeypatch.delenv("CHAINRULE_LANG")
    assert run("reproduce", "--chapter", "5", "--seeds", "5", "--lang", "zh").out == done.out


def test_used_wrongly(run, folder):
    done = run("reproduce", "--row", "none")
    assert done.code == 2
    assert " ".join(done.err.split()) == (
        "chainrule: There is no row 'none'; the rows are tiny, again, slow, random, others."
    )
    done = run("reproduce", "--chapter", "2")
    assert (done.code, done.err) == (2, "chainrule: --chapter is '2'; it must be 1, 3, 5 or 6.\n")
    (folder / "mine.json").write_text("mine")
    done = run("reproduce", "--quick", "-o", "mine.json")
    assert done.code == 1
    assert (folder / "mine.json").read_text() == "mine"
    done = run("reproduce", "--quick", "-o", "no/such.json")
    assert (done.code, done.out) == (1, "")


DRIVER = f"""
import sys
from chainrule.cli import main
from chainrule.reproduction import rows
from chainrule.reproduction.rows import *

rows.ROWS = {TABLE!r}
sys.exit(main(["reproduce", "--quick", "-o", "runs.json"]))
"""


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_encoding_carries_the_table(folder, language):
    texts = {}
    for encoding in ("utf-8", "ascii", "cp1252", "gbk"):
        done = subprocess.run(
            [sys.executable, "-c", DRIVER],
            env={**os.environ, "PYTHONIOENCODING": encoding, "CHAINRULE_LANG": language, "NO_COLOR": "1"},
            capture_output=True,
            timeout=120,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        texts[encoding] = " ".join(done.stdout.decode(encoding).split())
    assert "784 → 15 → 10" in texts["utf-8"]
    for encoding, text in texts.items():
        numbers = re.findall(r"(?<![\w\\])\d+\.\d\d(?!\w)", text)
        assert numbers == re.findall(r"(?<![\w\\])\d+\.\d\d(?!\w)", texts["utf-8"]), encoding
    assert texts["ascii"].isascii()
    assert "784 -> 15 -> 10" in texts["ascii"]
    assert not any("\\u" in text for text in texts.values())
    assert ("第 1 章" in texts["gbk"]) == (language == "zh")


def test_what_takes_long_runs_when_it_is_named(run, folder, monkeypatch):
    done = run("reproduce", "--chapter", "3", "--seeds", "1", "--executor", "numpy")
    assert (done.code, done.err) == (0, "")
    assert ["best epoch", "90.00", "not run"] in figures(done.out)
    minutes = f"{SLOW.seconds / 60:.0f}"
    said = " ".join(done.out.split())
    assert f"a run takes about {minutes} minutes, and is made when asked for: --row slow" in said
    assert Results("reproduction.json").of(SLOW) == ()
    monkeypatch.setattr(rows, "LONG", 0.0)
    assert run("reproduce", "--row", "tiny", "--seeds", "2", "--executor", "numpy").code == 0
    assert [each.seed for each in Results("reproduction.json").of(TINY)] == [0, 1]
    assert run("reproduce", "--chapter", "5", "--seeds", "1").code == 0
    assert Results("reproduction.json").of(Guess()) == ()
