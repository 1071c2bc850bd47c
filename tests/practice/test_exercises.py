"""Each exercise is solved by its solution, and its typical mistakes fail it by their names and sentences, in both languages."""

import linecache
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.structure import flatten
from chainrule.exercises import CHAPTERS, EXERCISES
from chainrule.exercises.bug_hunts import BugHunt
from chainrule.exercises.predictions import Prediction

pytestmark = pytest.mark.names  # a mistake is told by the symbol that it is in

WRITTEN = [name for name, each in EXERCISES.items() if not isinstance(each, (BugHunt, Prediction))]
HUNTS = [name for name, each in EXERCISES.items() if isinstance(each, BugHunt)]
FORESEEN = [name for name, each in EXERCISES.items() if isinstance(each, Prediction)]
TYPICAL = [
    line.split("\t") for line in Path(__file__).with_name("typical.tsv").read_text(encoding="utf-8").splitlines()
]
"""The exercise, what is changed in its solution, the names of what is then said, and the first sentence."""


def function_of(name, text):
    """The function that an exercise asks for, from a file with this text."""
    file = f"{name}.py"
    linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file
    space = {}
    exec(compile(text, file, "exec"), space)
    return space[cr.exercise(name).entry]


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_is_solved_by_its_solution(name):
    found = cr.exercise(name).check(function_of(name, cr.exercise(name).solution))
    assert found.ok and str(found).startswith(("Right: ", "All foreseen."))


@pytest.mark.wide
@pytest.mark.parametrize(("name", "old", "new", "kinds", "sentence"), TYPICAL)
def test_typical_mistakes_are_named(name, old, new, kinds, sentence):
    before, mark, body = cr.exercise(name).solution.rpartition("def ")
    assert old in body
    found = cr.exercise(name).check(function_of(name, before + mark + body.replace(old, new, 1)))
    assert not found.ok
    assert " ".join(each.name for each in found.mistakes) == kinds, str(found)
    assert str(found).splitlines()[0] == sentence
    for english, chinese in zip(str(found).splitlines(), found.text("zh").splitlines(), strict=True):
        assert english != chinese or english.startswith("    ")  # the learner's own line


def test_each_exercise_has_typical_mistakes():
    for name in WRITTEN:
        assert sum(each[0] == name for each in TYPICAL) >= 2, name


@pytest.mark.parametrize("name", WRITTEN)
def test_the_file_has_a_blank_and_says_so(name):
    text = cr.exercise(name).file()
    compile(text, name, "exec")
    assert "..." in text
    found = cr.exercise(name).check(function_of(name, text))
    assert not found.ok and not found.mistakes and "still to be written" in str(found)
    assert cr.exercise(name).file("zh") != text


@pytest.mark.parametrize("name", EXERCISES)
def test_what_is_to_be_written_is_said_in_both_languages(name):
    found = cr.exercise(name)
    english, chinese = found.text().splitlines(), found.text("zh").splitlines()
    assert english[0] != chinese[0] and english[-1] != chinese[-1]
    assert len(found.hints) == 3


@pytest.mark.parametrize("name", [name for name, each in EXERCISES.items() if each.of and each.entry != name])
def test_the_solution_is_the_gradient(name):
    """Beside finite differences, which know nothing of the derived program."""
    found = cr.exercise(name)
    numbers = iter(flatten(function_of(name, found.solution)(*found.arguments), (np.ndarray, float))[0])
    places = [list(found.given).index(each) for each in found.of]
    for place in places:
        leaves, tree = flatten(found.arguments[place], (np.ndarray, float))
        for at, leaf in enumerate(leaves):
            measured = np.zeros(np.shape(leaf))
            for index in np.ndindex(measured.shape):
                step = np.zeros(np.shape(leaf))
                step[index] = 1e-6
                ends = []
                for moved in (leaf + step, leaf - step):
                    rest = tree.build(iter([*leaves[:at], moved, *leaves[at + 1 :]]))
                    ends.append(found.function(*found.arguments[:place], rest, *found.arguments[place + 1 :]))
                measured[index] = (ends[0] - ends[1]) / 2e-6
            np.testing.assert_allclose(next(numbers), measured, rtol=1e-5, atol=1e-7)


def test_the_file_and_the_dimensions():
    assert (
        cr.exercise("weights").file()
        == """\
# C = ½ Σ (w a + b − y)²: a gradient has the dimensions of what it is taken of.
# w: 4×3, b: 4×1, a: 3×1, y: 4×1
# Write a function of w, b, a, y that returns dC_dw, dC_db: the slopes ∂C/∂w, ∂C/∂b.

import numpy as np


def cost(w, b, a, y):
    # w: 4×3
    # b: 4×1
    # a: 3×1
    # y: 4×1
    z = w @ a + b  # 4×1
    return 0.5 * np.sum((z - y) ** 2)


def weights_gradient(w, b, a, y):
    z = w @ a + b  # 4×1
    dC_dw = ...    # 4×3
    dC_db = ...    # 4×1
    return dC_dw, dC_db
"""
    )


@pytest.mark.parametrize("name", HUNTS)
def test_a_bug_hunt_s_file_runs_and_has_one_mistake_which_stays_untold(name):
    hunt = cr.exercise(name)
    wrong = hunt.check(function_of(name, hunt.file()))
    assert not wrong.ok and len(wrong.mistakes) == 1
    assert str(wrong).startswith("There still is a mistake; the first line whose numbers are wrong is ")
    assert str(wrong.mistakes[0].said) not in str(wrong)
    right, mistaken = (text.splitlines() for text in (hunt.solution, hunt.file()))
    assert len({*mistaken} - {*right} - {line for line in mistaken if line.startswith("#")}) == 1
    assert wrong.text("zh") != str(wrong)


@pytest.mark.parametrize("name", FORESEEN)
def test_what_was_foreseen_is_compared_with_measured_slopes(name):
    """The weight is moved a little each way; the numbers are those in the learner's file."""
    asked, space = cr.exercise(name), {}
    exec(asked.file(), space)
    given = {each: np.array(space[each]) for each in ("w2", "b2", "w3", "b3", "x", "y")}

    def cost(w2, b2, w3, b3, x, y):
        a3 = 1 / (1 + np.exp(-(w3 @ (1 / (1 + np.exp(-(w2 @ x + b2)))) + b3)))
        return 0.5 * np.sum((a3 - y) ** 2)

    for place, (answer, said) in asked.truth.items():
        if place != "blame":
            array, index = given[place[:2]], tuple(map(int, place[3:-1].split(",")))
            ends = []
            for step in (1e-6, -2e-6):
                array[index] += step
                ends.append(cost(**given))
            array[index] += 1e-6
            slope = (ends[0] - ends[1]) / 2e-6
            assert answer == ("stays" if abs(slope) < 1e-9 else "down" if slope > 0 else "up")
            assert abs(slope) < 1e-9 or f"{abs(slope):.4f}" in said
    answers = {place: answer for place, (answer, _) in asked.truth.items()}
    assert asked.check(lambda: answers).ok
    assert "Answer all of them first" in str(asked.check(lambda: {}))
    wrong = asked.check(lambda: {**answers, "blame": 1 - answers["blame"]})
    assert not wrong.ok and "foreseen." in str(wrong) and "The errors of the neurons are" in str(wrong)


def test_there_are_seven_chapters():
    assert [str(title) for title, _ in CHAPTERS] == [
        "Dimensions", "The chain rule", "The five steps", "Training", "Layers of all kinds",
        "Bug hunts", "Which way?",
    ]  # fmt: skip
    assert len(EXERCISES) >= 30


def test_an_exercise_that_there_is_not():
    with pytest.raises(cr.TracingError, match=r"^There is no exercise 'x'; choose one of shapes, examples, "):
        cr.exercise("x")


def test_a_notebook_shows_an_exercise_and_an_answer(monkeypatch):
    shown = cr.exercise("delta")._repr_html_()
    assert "delta" in shown and "hint 3 of 3" in shown and "..." in shown and "<script" not in shown
    wrong = cr.exercise("delta").check(lambda z2, w3, b3, y: 1 / 0 if b3.size < 3 else "<")
    answer = wrong._repr_html_()
    assert answer.startswith("<div") and "≠ " in answer and "size &lt; 3" in answer
    monkeypatch.setenv("CHAINRULE_LANG", "zh")
    assert 'lang="zh-Hans"' in cr.exercise("delta")._repr_html_() and "提示 1/3" in cr.exercise("delta")._repr_html_()
