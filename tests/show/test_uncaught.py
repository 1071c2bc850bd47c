"""An uncaught dimension error: drawn on a terminal, told by Python everywhere else."""

import os
import subprocess
import sys

import pytest

from chainrule.core.dims import Dim
from chainrule.core.tracing import Spec, trace
from chainrule.dimensions import DimensionError, Operand
from chainrule.show import uncaught
from chainrule.show.drawing import draw
from chainrule.show.screen import Screen

from .test_screen import Stream

PROGRAM = """\
import numpy as np
import chainrule as cr

def cost(w, x):
    z = w @ x
    return np.sum(z)

cr.grad(cost)(np.ones((30, 784)), np.ones((785, 10)))
"""
ERROR = DimensionError(
    "z = w @ x",
    "model.py:5",
    "w @ x",
    "the inner dimensions differ",
    (Operand("w", (30, 784), "given"), Operand("x", (785, 10), "given")),
    (1, 0),
    "w expects 784 inputs and gets 785.",
)


def raised(error):
    try:
        raise error
    except Exception as found:
        return type(found), found, found.__traceback__


def test_it_is_drawn_on_a_terminal_under_the_users_own_lines(monkeypatch):
    stream = Stream(terminal=True)
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("NO_COLOR", "1")
    uncaught.tell(*raised(ERROR))
    told = stream.written()
    assert "test_uncaught.py" in told.splitlines()[1]
    assert "≠" in told
    assert told.splitlines()[-1].strip() == "w expects 784 inputs and gets 785."


@pytest.mark.parametrize(("language", "said"), [
    ("en", "w @ x: one is n1 and the other m; they are equal only by chance"),
    ("zh", "w @ x：一个是 n1，另一个是 m；两者只是碰巧相等"),
])  # fmt: skip
def test_sizes_that_differ_by_name_are_drawn_by_name(monkeypatch, language, said):
    monkeypatch.setenv("NO_COLOR", "1")
    with pytest.raises(DimensionError) as error:
        trace(lambda w, x: w @ x, [Spec((Dim("n2", 4), Dim("n1", 3))), Spec((Dim("m", 3), 2))])
    stream = Stream(terminal=True)
    draw(error.value, Screen(stream, width=100, depth="none"), language)
    lines = stream.written().splitlines()
    assert lines[2].strip() == said
    assert lines[5:7] == ["    n2×n1  m×2", "       └─≠─┘"]


@pytest.mark.parametrize(("error", "terminal"), [(ERROR, False), (ZeroDivisionError("by zero"), True)])
def test_anything_else_is_pythons_to_tell(monkeypatch, error, terminal):
    told = []
    monkeypatch.setattr(sys, "stderr", Stream(terminal=terminal))
    monkeypatch.setattr(sys, "__excepthook__", lambda *parts: told.append(parts))
    parts = raised(error)
    uncaught.tell(*parts)
    assert told == [parts]


def test_a_hook_of_somebody_elses_stays(monkeypatch):
    def theirs(*parts):
        """Another library's."""

    monkeypatch.setattr(sys, "excepthook", theirs)
    uncaught.install()
    assert sys.excepthook is theirs


def test_into_a_pipe_a_program_ends_with_the_written_error_alone(tmp_path):
    program = tmp_path / "model.py"
    program.write_text(PROGRAM, encoding="utf-8")
    run = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, encoding="utf-8", check=False,
                         env={**os.environ, "PYTHONUTF8": "1"})  # fmt: skip
    assert run.returncode == 1
    assert run.stderr.endswith(
        "chainrule.DimensionError: z = w @ x      (model.py:5)\n"
        "  w @ x: the inner dimensions differ\n    w : 30 × 784\n    x : 785 × 10\n  w expects 784 inputs and gets 785.\n"
    )
    assert "During handling" not in run.stderr
    assert "direct cause" not in run.stderr
