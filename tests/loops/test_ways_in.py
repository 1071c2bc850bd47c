"""Loops are found however the package is entered: by its own name, by a part of it, by the command line."""

import subprocess
import sys

import pytest

FILE = """\
import numpy as np


def settled(x, a):
    for _ in range(9):
        x = np.tanh(a * x)
    return np.sum(x)
"""
WAYS = {
    "the package": [
        "-c",
        "import chainrule as cr, model; print(cr.derive(model.settled, [cr.Spec((3,)), cr.Spec(())]))",
    ],
    "a part of it": [
        "-c",
        "from chainrule.calculus.programs import derive\nfrom chainrule.core.tracing import Spec\nimport model\n"
        "print(derive(model.settled, [Spec((3,)), Spec(())]))",
    ],
    "a command": ["-m", "chainrule", "derive", "model.py:settled", "--shapes", "x=3,a="],
}


@pytest.mark.unnamed
@pytest.mark.uncompiled
@pytest.mark.parametrize("way", WAYS)
def test_a_loop_is_found(way, tmp_path):
    (tmp_path / "model.py").write_text(FILE, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-X", "utf8", *WAYS[way]], cwd=tmp_path, capture_output=True, encoding="utf-8"
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count(" in range(") + ended.stdout.count(" in reversed(range(") == 2
