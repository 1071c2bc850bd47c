"""Programs as WebAssembly, as far as nothing runs them: what is refused, and what is asked for. `browser/` runs them."""

import re
import subprocess
import sys

import numpy as np
import pytest

import chainrule as cr


def test_what_only_numpy_computes_is_refused_with_its_equation():
    def f(x):
        lowest = np.linalg.eigvalsh(x)[0]
        return np.sum(x) * lowest

    said = "f cannot be written as WebAssembly: only NumPy computes v1 = eigvalsh(3×3)."
    with pytest.raises(cr.ChainruleError, match=f"^{re.escape(said)}$"):
        cr.webassembly(cr.trace(f, [np.eye(3)]))


@pytest.mark.parametrize("read", [True, False])
def test_kinds_of_numbers_that_loops_do_not_have_are_refused(read):
    said = "f cannot be written as WebAssembly: x holds numbers of type uint8."
    f = (lambda x, y: x * y) if read else (lambda x, y: y)
    f.__name__ = "f"
    with pytest.raises(cr.ChainruleError, match=f"^{re.escape(said)}$"):
        cr.webassembly(cr.trace(f, [np.ones(3, "u1"), np.ones(3)]))


def test_the_same_program_gives_the_same_module():
    def f(x, y):
        return np.exp(x @ y + np.arange(4.0))

    made = [cr.webassembly(cr.trace(f, [np.ones((5, 3)), np.ones((3, 4))])) for _ in range(2)]
    assert made[0] == made[1]


WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(["llvmlite", "scipy"]))
import chainrule as cr
made = cr.webassembly(cr.Network([784, 30, 10], seed=0).programs(10, "float32").backprop)
print(made.code[:4] == b"\\0asm")
"""


def test_nothing_but_numpy_is_asked_for():
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"]
