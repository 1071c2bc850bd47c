"""A run of training as users see it who have typed nothing but `fit`: one line while it lasts, and what it gave in a notebook."""

import io
import subprocess
import sys

import numpy as np
import pytest

import chainrule as cr
from chainrule.show import epochs
from chainrule.show.run import html
from chainrule.training.history import Epoch, History, Score

X = np.random.default_rng(0).uniform(size=(60, 4))
Y = (X[:, 0] > 0.5).astype(int)


def fit(**how):
    """Train a small network, looked on by whoever reads standard error."""
    return cr.Network([4, 3, 2], seed=0).fit(X, Y, epochs=3, batch_size=10, executor="numpy", **how)


class Terminal(io.StringIO):
    """Where somebody looks on."""

    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("CHAINRULE_LANG", "en")
    return Terminal()


def test_a_long_run_draws_one_line_on_a_terminal_and_clears_it(terminal, monkeypatch):
    monkeypatch.setattr(epochs, "_QUIET", 0.0)
    monkeypatch.setattr(epochs, "_PAUSE", 0.0)
    monkeypatch.setattr(sys, "stderr", terminal)  # here: pytest puts its own there before each test
    fit()
    shown = terminal.getvalue()
    assert "epoch 1 of 3" in shown and "epoch 3 of 3   C = " in shown
    assert "\n" not in shown and not shown.rpartition("\r")[2].strip()


@pytest.mark.parametrize("how", [{}, {"progress": False}], ids=["short", "progress=False"])
def test_nothing_is_drawn_where_it_is_not_wanted(terminal, monkeypatch, how):
    monkeypatch.setattr(epochs, "_QUIET", 0.0 if how else 60.0)
    monkeypatch.setattr(sys, "stderr", terminal)
    fit(**how)
    assert terminal.getvalue() == ""


def test_nothing_is_drawn_after_a_run_that_ends_otherwise(terminal, monkeypatch):
    monkeypatch.setattr(epochs, "_QUIET", 0.0)

    def stop(moment):
        raise RuntimeError

    monkeypatch.setattr(sys, "stderr", terminal)
    with pytest.raises(RuntimeError):
        fit(callbacks=[stop])
    assert "epoch 1 of 3" in terminal.getvalue()
    assert not terminal.getvalue().rpartition("\r")[2].strip()


def test_pipes_get_nothing_and_ipython_is_not_imported():
    program = (
        "import sys, numpy as np, chainrule as cr\n"
        "from chainrule.show import epochs\n"
        "epochs._QUIET = epochs._PAUSE = 0.0\n"
        "x = np.eye(4)\n"
        "cr.Network([4, 3, 2], seed=0).fit(x, [0, 1, 1, 0], epochs=3, batch_size=2, executor='numpy')\n"
        "print([name for name in sys.modules if name.startswith(('IPython', 'ipywidgets'))])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n" and done.stderr == ""


def test_a_line_is_drawn_a_few_times_a_second(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(epochs.time, "perf_counter", lambda: now[0])
    drawn = []
    line = epochs.LiveLine(10, "en", lambda part, words: drawn.append((now[0], part, words)))
    for step in range(1000):
        now[0] = step / 100
        line.progressed(step // 100 + 1, step % 100, 100, 0.0)
    assert drawn[0][:2] == (2.0, 0.2) and drawn[0][2] == "epoch 3 of 10   2.0 s"
    assert 38 <= len(drawn) <= 40
    assert all(0 <= part <= 1 for _, part, _ in drawn)


def epoch(number, validation=True, correct=80):
    score = Score(1 / number, correct, 100)
    return Epoch(number, score, score if validation else None, 0.5, 0.1, {"recall": 0.25})


@pytest.mark.parametrize(
    ("history", "charts", "rows", "said"),
    [
        (History((), "numpy"), 0, 0, "0 epochs on numpy in 0 ms"),
        (History((epoch(1),), "numpy"), 2, 1, "one epoch on numpy in 0.50 s"),
        (History(tuple(map(epoch, range(1, 13))), "native", best=7), 2, 12, "the best is epoch 7"),
        (
            History(tuple(map(epoch, range(1, 101))), "native", best=40),
            2,
            13,
            "13 of 100 epochs; rows() gives them all",
        ),
        (History((epoch(1, validation=False), epoch(2, validation=False)), "numpy", interrupted=True), 2, 2, "stopped"),
        (History((epoch(1, correct=None), epoch(2, correct=None)), "numpy", diverged=True), 1, 2, "diverged"),
    ],
)
def test_a_run_in_a_notebook(history, charts, rows, said, monkeypatch):
    monkeypatch.setenv("CHAINRULE_LANG", "en")
    shown = history._repr_html_()
    assert shown.count("<svg") == charts and max(shown.count("<tr") - 1, 0) == rows
    assert said in shown and "<script" not in shown and "nan" not in shown
    assert shown.count('class="cr-best"') == (history.best is not None)
    chinese = html(history, "zh")
    assert 'lang="zh-Hans"' in chinese and said not in chinese


def test_costs_that_are_no_numbers_are_left_out_of_the_curve():
    broken = Epoch(2, Score(np.inf, 10, 100), Score(np.nan, 10, 100), 0.5, 0.1)
    assert html(History((epoch(1), broken), "numpy"), "en").count("<svg") == 2
    assert html(History((broken,), "numpy"), "en").count("<svg") == 1
