"""`chainrule practice` as a learner uses it: files are written once, checked at each save, and nothing of theirs is lost."""

import csv
import errno
import io
import re
import sys
import threading
import time

import pytest

from chainrule.exercises import EXERCISES
from chainrule.exercises.process import Answer, Checker

pytestmark = pytest.mark.names


def filled(folder, name, text):
    """Write the learner's file of an exercise."""
    (path,) = folder.glob(f"practice/*_{name}.py")
    path.write_text(text, encoding="utf-8")
    return path


def test_once_says_what_is_wrong_and_the_next_time_goes_on(run, folder):
    done = run("practice", "--once")
    assert done.code == 1 and "□ Right so far; still to be written: w2, b2" in " ".join(done.out.split())
    filled(folder, "shapes", EXERCISES["shapes"].solution)
    done = run("practice", "--once")
    assert done.code == 0 and done.out.strip().startswith("✓ Right: w2, b2")
    assert "Return a dictionary" not in run("practice", "--once", "--lang", "zh").out
    assert (folder / "practice" / "02_examples.py").exists()


def test_a_mistake_is_named_on_the_screen(run, folder):
    run("practice", "--exercise", "weights", "--once")
    text = EXERCISES["weights"].solution.replace("z - y ", "y - z ")
    filled(folder, "weights", text)
    done = run("practice", "--exercise", "weights", "--once")
    assert done.code == 1
    assert done.out.strip().startswith("≠ δ_z has the wrong sign.")
    assert "Wrong from here on: 10_weights.py:10: δ_z = y - z" in done.out
    done = run("practice", "--exercise", "weights", "--once", "--lang", "zh")
    assert done.out.strip().startswith("≠ δ_z 的符号反了。")


def test_hints_solution_reset_and_list(run, folder):
    run("practice", "--once")
    hints = [run("practice", "--exercise", "delta", "--hint").out for _ in range(4)]
    assert [each.split("  ")[0] for each in hints] == ["hint 1 of 3", "hint 2 of 3", "hint 3 of 3", "hint 3 of 3"]
    run("practice", "--exercise", "delta", "--once")
    filled(folder, "delta", "mine")
    assert run("practice", "--exercise", "delta", "--solution").out == EXERCISES["delta"].solution
    assert filled(folder, "delta", "mine").read_text(encoding="utf-8") == "mine"
    done = run("practice", "--exercise", "delta", "--reset")
    assert done.out == "14_delta.py is as it was at first; yours is now 14_delta-2.py.\n"
    assert (folder / "practice" / "14_delta-2.py").read_text(encoding="utf-8") == "mine"
    listed = run("practice", "--list").out
    assert "→  1  shapes" in listed and listed.endswith("0 of 39 solved\n")


def test_a_session_checks_at_each_save_and_goes_on(run, folder, monkeypatch):
    """The learner types, saves a wrong file, then a right one, and stops."""
    reading = threading.Event()

    class Keyboard(io.StringIO):
        def __iter__(self):
            yield "l\n"
            path = folder / "practice" / "05_square.py"
            yield "what\n"
            yield "05_square\n"
            while not path.exists():
                time.sleep(0.01)
            text = EXERCISES["square"].solution
            time.sleep(0.3)
            path.write_text(text.replace("* u)", ")"), encoding="utf-8")
            reading.wait(20)
            path.write_text(text, encoding="utf-8")
            while not (folder / "practice" / "06_branches.py").exists():
                time.sleep(0.01)
            yield "q\n"

    class Screen(io.StringIO):
        encoding = "utf-8"

        def write(self, text):
            if "is left out" in text:
                reading.set()
            return super().write(text)

    shown = Screen()
    monkeypatch.setattr(sys, "stdin", Keyboard())
    monkeypatch.setattr(sys, "stdout", shown)
    assert run("practice", "--exercise", "shapes").code == 0
    text = shown.getvalue()
    assert "what is none of h, s, n, r, l and q, and no exercise's number or name." in text
    assert "≠ The factor u is left out in dC_du." in text
    assert "✓ Right: dC_du." in text
    assert "1 of 39 solved" in text and "The chain rule · 6 · branches" in text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["--hint", "--list"], "Give one of these alone: --hint, --list."),
        (["--seed", "3"], "--seed belongs to --worksheet."),
        (["--worksheet", "a.html", "--exercise", "delta"], "--exercise is for learners; leave it out."),
        (["--list", "--exercise", "delta"], "--list shows all exercises; leave out --exercise."),
    ],
)
def test_what_does_not_go_together(run, typed, said):
    done = run("practice", *typed)
    assert done.code == 2 and said in " ".join(done.err.split())


def test_a_folder_of_something_else_is_left_alone(run, folder):
    (folder / "practice").mkdir()
    (folder / "practice" / "progress.json").write_text("[1]", encoding="utf-8")
    done = run("practice", "--once")
    assert done.code == 1 and "is not a file of chainrule practice" in " ".join(done.err.split())
    assert (folder / "practice" / "progress.json").read_text(encoding="utf-8") == "[1]"


def test_a_class_s_submissions_are_checked_and_counted(run, folder):
    for student, change in {"anna": ("", ""), "ben": ("z2)  #", "a2)  #"), "carl": ("z2)  #", "a2)  #")}.items():
        (folder / "class" / student).mkdir(parents=True)
        text = EXERCISES["delta"].solution.replace("sigmoid_prime(z2)", "sigmoid_prime(a2)") if change[0] else None
        (folder / "class" / student / "14_delta.py").write_text(text or EXERCISES["delta"].solution, encoding="utf-8")
    (folder / "class" / "fay_14_delta.py").write_text(EXERCISES["delta"].file(), encoding="utf-8")
    (folder / "class" / "dora_14_delta.py").write_text("while True:\n    pass\n", encoding="utf-8")
    (folder / "class" / "=eve_14_delta.py").write_text("open('stolen.txt', 'w')\n", encoding="utf-8")
    done = run("practice", "--classroom", "class", "--seconds", "2")
    assert done.code == 0 and "1 of 6 right   6 students, 1 unfinished" in done.out
    *_, bar, sentence = done.out.splitlines()
    assert bar.split() == ["delta", "━" * 20, "2"]
    assert sentence.strip() == "dC_dz2 is made with a2, where z2 belongs."
    page = (folder / "results.html").read_text(encoding="utf-8")
    assert page.count('class="cr-count"') == 1 and "dC_dz2 is made with a2, where z2 belongs." in page
    rows = list(csv.reader((folder / "results.csv").read_text(encoding="utf-8").splitlines()))
    assert rows[0] == ["student", "exercise", "right", "mistakes", "said"]
    said = {row[0]: row[2:] for row in rows[1:]}
    assert said["anna"] == ["yes", "", "Right: dC_dz2."]
    assert said["ben"] == said["carl"] == ["no", "symbol in dC_dz2", "dC_dz2 is made with a2, where z2 belongs."]
    assert said["fay"][:2] == ["unfinished", ""] and "still to be written" in said["fay"][2]
    assert "was stopped after 2 s" in said["dora"][2] and "refused here" in said["'=eve"][2]
    assert not (folder / "stolen.txt").exists()
    run("practice", "--classroom", "class", "--seconds", "2")
    assert (folder / "results-2.csv").exists()


def test_worksheets_are_never_written_over(run, folder):
    assert run("practice", "--worksheet", "sheet.html", "--count", "2").code == 0
    kept = (folder / "sheet.html").read_text(encoding="utf-8")
    assert (folder / "sheet-key.html").exists()
    done = run("practice", "--worksheet", "sheet.html", "--seed", "9")
    assert done.code == 1 and "sheet.html exists; give another name." in " ".join(done.err.split())
    assert (folder / "sheet.html").read_text(encoding="utf-8") == kept


@pytest.mark.parametrize(
    "typed",
    [
        ("--list",),
        ("--hint",),
        ("--solution",),
        ("--exercise", "delta", "--hint"),
        ("--exercise", "delta", "--solution"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("begun", [False, True], ids=["before anything is begun", "in a folder that is begun"])
def test_what_only_shows_makes_no_file(run, folder, typed, begun):
    if begun:
        run("practice", "--once")
    before = files_in(folder)
    assert run("practice", *typed).code == 0
    after = files_in(folder)
    assert before == {name: text for name, text in after.items() if name in before}
    assert set(after) - set(before) <= ({"practice/progress.json"} if begun and "--hint" in typed else set())


def files_in(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_hint_that_is_not_counted_says_how_the_next_one_comes(run, folder):
    hints = [run("practice", "--exercise", "delta", "--hint").out for _ in range(2)]
    assert hints[0] == hints[1]
    assert hints[0].startswith("hint 1 of 3") and "Begin with chainrule practice" in hints[0]
    run("practice", "--once")
    assert "Begin with" not in run("practice", "--exercise", "delta", "--hint").out
    assert run("practice", "--exercise", "delta", "--hint").out.startswith("hint 2 of 3")


@pytest.fixture
def thirty(folder, monkeypatch):
    """A class of thirty students, whose submissions are answered at once; the number of those that were checked."""
    (folder / "class").mkdir()
    for number in range(30):
        file = folder / "class" / f"student{number:02}_14_delta.py"
        file.write_text(EXERCISES["delta"].solution, encoding="utf-8")
    checked = []

    def check(self, name, path):
        checked.append(path)
        return Answer(len(checked) % 2 == 0, f"said of {path.name}")

    monkeypatch.setattr(Checker, "check", check)
    return checked


def results_in(path):
    return list(csv.reader(path.read_text(encoding="utf-8").splitlines()))


def test_a_class_of_thirty_is_graded_twice_into_one_folder(run, folder, thirty):
    first = run("practice", "--classroom", "class")
    kept = files_in(folder)
    second = run("practice", "--classroom", "class")
    assert first.code == second.code == 0 and len(thirty) == 60
    assert kept == {name: text for name, text in files_in(folder).items() if name in kept}
    assert set(files_in(folder)) - set(kept) == {"results-2.csv", "results-2.html"}
    assert [len(results_in(folder / name)) for name in ("results.csv", "results-2.csv")] == [31, 31]
    assert "results-2.csv" in second.out and "results-2.html" in second.out


def test_files_of_no_exercise_are_named_since_they_get_no_grade(run, folder, thirty):
    for name in ("14_detla.py", "hello world.py", "a\nb.py"):
        (folder / "class" / name).write_text("", encoding="utf-8")
    done = run("practice", "--classroom", "class")
    assert done.code == 0
    (line,) = [each for each in done.out.splitlines() if each.startswith("left out")]
    assert line.startswith("left out  14_detla.py, a\\nb.py, hello world.py")
    assert len(results_in(folder / "results.csv")) == 31


@pytest.mark.parametrize("existing", ["results.csv", "results.html"])
def test_a_table_and_its_chart_have_one_number(run, folder, thirty, existing):
    (folder / existing).write_text("kept", encoding="utf-8")
    assert run("practice", "--classroom", "class").code == 0
    assert (folder / existing).read_text(encoding="utf-8") == "kept"
    assert len(results_in(folder / "results-2.csv")) == 31 and (folder / "results-2.html").exists()


@pytest.mark.parametrize(
    ("existing", "output", "said"),
    [
        (
            "marks.csv",
            "marks.csv",
            "marks.csv exists; give another name.",
        ),
        ("marks.html", "marks.csv", "marks.html exists; give another name."),
        ("marks-chart.html", "marks.html", "marks-chart.html exists; give another name."),
        ("", "nowhere/marks.csv", "there is no folder nowhere; make it first."),
        ("", "class", "class exists; give another name."),
    ],
)
def test_nothing_is_checked_where_the_results_cannot_be_written(run, folder, thirty, existing, output, said):
    if existing:
        (folder / existing).write_text("kept", encoding="utf-8")
    done = run("practice", "--classroom", "class", "-o", output)
    assert done.code == 1 and said in " ".join(done.err.replace("\\", "/").split())
    assert thirty == []
    assert not existing or (folder / existing).read_text(encoding="utf-8") == "kept"


def test_a_table_that_is_called_like_a_chart_is_a_table(run, folder, thirty):
    done = run("practice", "--classroom", "class", "-o", "marks.html")
    assert done.code == 0 and "marks-chart.html" in done.out
    assert len(results_in(folder / "marks.html")) == 31
    assert (folder / "marks-chart.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_results_whose_name_was_taken_in_the_meantime_are_written_under_another(run, folder, thirty, monkeypatch):
    check = Checker.check

    def slow_check(self, name, path):
        for name_ in ("results.csv", "results.html"):
            (folder / name_).write_text("of another command", encoding="utf-8")
        return check(self, name, path)

    monkeypatch.setattr(Checker, "check", slow_check)
    done = run("practice", "--classroom", "class")
    assert done.code == 0
    assert "results.csv could not be written (it exists by now); the results are in results-2.csv" in " ".join(
        done.err.split()
    )
    assert (folder / "results.csv").read_text(encoding="utf-8") == "of another command"
    assert len(results_in(folder / "results-2.csv")) == 31 and (folder / "results-2.html").exists()


def test_results_that_no_folder_takes_are_printed(run, folder, thirty, monkeypatch):
    def full(path, text):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr("chainrule.cli.practice.write_text", full)
    done = run("practice", "--classroom", "class")
    assert done.code == 1 and "results.csv could not be written (" in done.err
    assert len([line for line in done.err.splitlines() if line.startswith("student")]) == 31


def test_what_was_checked_before_ctrl_c_is_written(run, folder, thirty, monkeypatch):
    check = Checker.check

    def interrupted(self, name, path):
        if len(thirty) == 12:
            raise KeyboardInterrupt
        return check(self, name, path)

    monkeypatch.setattr(Checker, "check", interrupted)
    done = run("practice", "--classroom", "class")
    assert done.code == 130 and "6 of 12 right" in done.out and "12 students" in done.out
    assert len(results_in(folder / "results.csv")) == 13


def test_sheets_count_from_one(run, folder):
    run("practice", "--worksheet", "sheets.html", "--count", "3")
    for name in ("sheets.html", "sheets-key.html"):
        text = (folder / name).read_text(encoding="utf-8")
        assert re.findall(r"Sheet (\d+)</h1>", text) == ["1", "2", "3"]
