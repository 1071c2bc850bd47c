"""Programs as WebAssembly, as far as nothing runs them: what is refused, and what is asked for. `browser/` runs them."""

import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule.training.optimizers import adam


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


def lowest(z):
    return z * np.linalg.eigvalsh(z @ z.T)[0]


@pytest.mark.parametrize(
    ("network", "how", "said"),
    [
        ({"activation": lowest}, {}, "step cannot be written as WebAssembly: only NumPy computes v10 = eigvalsh(5×5)."),
        ({}, {"optimizer": "best"}, "There is no optimizer 'best'; choose one of "),
        ({}, {"batch_size": 0}, "batch_size is 0; it must be a whole number from 1."),
        ({}, {"regularization": cr.Regularization(label_smoothing=1.5)}, "label_smoothing is 1.5; it must be below 1"),
        (
            {"cost": "huber"},
            {"regularization": cr.Regularization(label_smoothing=0.5)},
            "label_smoothing is 0.5; it must",
        ),
        ({"normalization": "batch"}, {"batch_size": 1}, "batch_size is 1, which leaves a batch of one"),
    ],
)
def test_training_that_cannot_be_written_is_refused(network, how, said):
    with pytest.raises(cr.ChainruleError, match=f"^{re.escape(said)}"):
        cr.Network([3, 5, 2], seed=0, **network).webassembly(100, **how)


def eigenvalue(t):
    return np.linalg.eigvalsh(t * np.eye(2))[0], 1.0


def mean_of_past(t):
    return np.sum(t * np.arange(5.0)), 1.0


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        (eigenvalue, "numbers cannot be written as WebAssembly: only NumPy computes v2 = eigvalsh(2×2)."),
        (mean_of_past, "step cannot be written as WebAssembly: only NumPy computes numbers(t)."),
        (lambda t: (1.0, 2.0) if t < 10 else (2.0, 1.0), "test_webassembly.py:"),
    ],
)
def test_numbers_of_an_optimizer_that_loops_cannot_give_are_refused(numbers, said):
    with pytest.raises(cr.ChainruleError, match=f"^{re.escape(said)}"):
        cr.Network([3, 5, 2]).webassembly(100, optimizer=replace(adam(), numbers=numbers))


def test_the_same_training_gives_the_same_module():
    one, other = (cr.Network([20, 5, 3], seed=0).webassembly(100, optimizer="adam", pixels=True) for _ in range(2))
    assert one == other


WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(["llvmlite", "scipy"]))
import chainrule as cr
made = cr.webassembly(cr.Network([784, 30, 10], seed=0).programs(10, "float32").backprop)
print(made.code[:4] == b"\\0asm")
made = cr.Network([784, 30, 10], seed=0).webassembly(100)
print(made.code[:4] == b"\\0asm")
"""


def test_nothing_but_numpy_is_asked_for():
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]
