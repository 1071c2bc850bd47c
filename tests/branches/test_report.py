"""A program reports which loops and branches it keeps, and of the others why; its text says so, too."""

import contextlib
import re
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.branches import tracing
from chainrule.branches.recording import Branches
from chainrule.show.language import translated

HERE = Path(__file__).name
X = np.arange(1.0, 6.0)


def halved(x):
    if x > 1:
        return 0.5 * x
    return x


def kept(x, n):
    total = 0.0
    for k in range(n):
        total = np.tanh(total + x[k])
    while total > 0.1:
        total = 0.5 * total
    return halved(total)


def grows(x):
    parts = np.zeros(1)
    for k in range(4):
        parts = np.append(parts, x[k])
    return np.sum(parts**2)


def keyed(x):
    total = 0.0
    for k in range(len(x)):
        total = total + (1.0, 2.0, 4.0, 8.0, 16.0)[k] * x[k] ** 2
    return total


def layers(weights):
    total = 0.0
    for w in weights:
        total = total + np.sum(w**2)
    return total


def guarded(x):
    total = np.sum(x)
    for k in range(4):
        with contextlib.suppress(ZeroDivisionError):
            total = total + x[k] ** 2
    if x[0] > 0:
        with contextlib.suppress(ZeroDivisionError):
            total = 2.0 * total
    return total


def short(x):
    total = 0.0
    for k in range(2):
        total = total + x[k] ** 2
    return total


def after(f, line):
    """The place of a line of a function, which is counted from its first."""
    return f"{HERE}:{f.__code__.co_firstlineno + line}"


REPORTS = {
    kept: (
        (X, 4),
        [(after(halved, 1), "if", "kept"), (after(kept, 2), "for", "kept"), (after(kept, 4), "while", "kept")],
    ),
    grows: (
        (X,),
        [(after(grows, 2), "for", "unrolled: a turn changes the shape of parts from (1,) to (2,)")],
    ),
    keyed: (
        (X,),
        [(after(keyed, 2), "for", "unrolled: it needs the number of the turn as a plain integer, for example as a key")],
    ),
    layers: (([X, X],), [(after(layers, 2), "for", "unrolled: it does not loop over an array or a range")]),
    guarded: (
        (X,),
        [
            (after(guarded, 2), "for", "unrolled: its body does more than compute"),
            (after(guarded, 5), "if", "only the side that ran: its body does more than compute"),
        ],
    ),
    short: ((X,), [(after(short, 2), "for", "unrolled: it has fewer than three turns")]),
}  # fmt: skip


@pytest.mark.parametrize("f", REPORTS, ids=lambda f: f.__name__)
def test_what_became_of_each_line(f):
    args, expected = REPORTS[f]
    program = cr.derive(f, args, wrt=0)
    assert [tuple(re.split("  +", line)) for line in program.report().splitlines()] == expected


@pytest.mark.parametrize("f", REPORTS, ids=lambda f: f.__name__)
def test_the_text_tells_of_what_is_not_kept(f):
    args, expected = REPORTS[f]
    text = str(cr.derive(f, args, wrt=0))
    above = [line for line in text.splitlines() if line.startswith("# ")]
    told = re.sub(r"\s+#?\s*", " ", " ".join(above))
    for place, kind, said in expected:
        is_told = said != "kept" and f is not layers  # of which the argument says how many there are
        assert (f"{place}: {kind}, {said}" in told) is is_told
    assert all(len(line) <= 100 for line in above)
    exec(compile(text, "<text>", "exec"), {})


def test_a_function_that_cannot_be_read():
    scope = {"np": np}
    exec("def f(x):\n    if x[0] > 0:\n        return np.sum(x**2)\n    return np.sum(x)", scope)
    program = cr.derive(scope["f"], (X,))
    assert program.report() == (
        "<string>:1  def  only what ran: its source cannot be found, or differs from the code that runs"
    )
    assert "\n# <string>:1: def, only what ran:" in str(program)


def test_a_function_that_cannot_be_read_and_has_no_branch():
    scope = {"np": np}
    exec("def f(x):\n    return np.sum(x**2)", scope)
    assert cr.derive(scope["f"], (X,)).report() == "no loop or branch depends on the arguments"


def test_a_program_without_branches_and_one_that_is_traced():
    assert cr.derive(lambda x: np.sum(x**2), (X,)).report() == "no loop or branch depends on the arguments"
    assert cr.trace(keyed, (X,)).report().startswith("recorded as the function ran; ")


def test_what_was_kept_by_a_recording_that_failed_is_not_told(monkeypatch):
    monkeypatch.setattr(tracing, "statics_in", lambda tree, path: [(path, Branches.undefined)])
    program = cr.derive(kept, (X, 4), wrt=0)
    assert program.report() == (
        f"{after(kept, 0)}  def  only what ran: it may return a variable that no line has assigned"
    )


def test_an_error_that_is_caught_is_told_if_an_operation_on_the_arguments_raised_it():
    def f(x, A):
        try:
            scale = {}["scale"]
        except KeyError:
            scale = 2.0
        try:
            root = np.linalg.cholesky(A)
        except np.linalg.LinAlgError:
            root = np.eye(2)
        return scale * np.sum(root @ x)

    x, definite, indefinite = np.ones(2), np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([[1.0, 2.0], [2.0, 1.0]])
    program = cr.derive(f, (x, indefinite), wrt=0)
    told = f"{after(f, 7)}: except, only what ran: an operation on the arguments raised an error here"
    assert program.report() == told.replace(": except, ", "  except  ")
    assert f"\n# {told}\ndef f_gradient(" in str(program)
    program = cr.derive(f, (x, definite), wrt=0)
    assert program.report() == "no loop or branch depends on the arguments"
    np.testing.assert_allclose(program(x, definite), cr.grad(f)(x, definite))


def test_an_annotation_of_a_function_inside_changes_nothing():
    def f(x: np.ndarray) -> float:
        def step(state: np.ndarray, h: float = 0.5) -> np.ndarray:
            return state + h * np.sin(state)

        state = 2.0 * x
        for _ in range(6):
            state = step(state)
        return np.sum(state)

    program = cr.derive(f, (X,))
    assert program.report() == f"{after(f, 5)}  for  kept"
    np.testing.assert_allclose(program(X), cr.grad(f)(X), rtol=1e-12)


def test_reasons_are_translated():
    (choice,) = vars(cr.derive(grows, (X,)))["choices"]
    assert translated(choice.why, "zh") == "某一轮把 parts 的形状从 (1,) 变成了 (2,)"
