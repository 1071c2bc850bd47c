"""The random programs themselves: they are the same for a seed, use every kind of step, and have slopes that both oracles agree on."""

import numpy as np
import pytest

import chainrule as cr

from . import random_programs

SEEDS = range(30)


@pytest.mark.parametrize("seed", SEEDS)
def test_complex_numbers_and_differences_agree(seed):
    text, x = random_programs.source(seed), random_programs.argument(seed)
    assert text == random_programs.source(seed)
    step, differences = 1e-6, np.empty(12)
    for k in range(12):
        ends = []
        for sign in (1, -1):
            moved = x.copy()
            moved[k] += sign * step
            ends.append(random_programs.value(text, moved))
        differences[k] = (ends[0] - ends[1]) / (2 * step)
    np.testing.assert_allclose(random_programs.slopes(text, x), differences, rtol=1e-5, atol=1e-6, err_msg=text)


def test_every_kind_of_step_is_drawn():
    texts = "\n".join(random_programs.source(seed) for seed in range(60))
    parts = (
        "+=",
        "[::-1]",
        ".T",
        "np.add.at",
        "out=",
        "for row",
        "for k",
        ".copy()",
        "fill_diagonal",
        ".flat[",
        "> 0.",
        "shift(",
        "order='F'",
    )
    assert all(part in texts for part in parts)


def run(function, x, way):
    if way == "grad":
        return cr.value_and_grad(function)(x)
    derivative = cr.derive(function, (x,))
    if way == "native":
        pytest.importorskip("llvmlite")
        derivative = cr.compile(derivative, executor="native")
    return cr.trace(function, (x,))(x), derivative(x)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # that NumPy is called between loops
@pytest.mark.parametrize("way", ["grad", "derive", "native"])
def test_gradients_are_those_of_complex_numbers(way):
    for seed in range({"grad": 60, "derive": 30, "native": 12}[way]):
        text, x = random_programs.source(seed), random_programs.argument(seed)
        value, slope = run(random_programs.made(text), x.copy(), way)
        np.testing.assert_allclose(value, random_programs.value(text, x), rtol=1e-9, atol=1e-10, err_msg=text)
        np.testing.assert_allclose(slope, random_programs.slopes(text, x), rtol=1e-7, atol=1e-9, err_msg=text)
