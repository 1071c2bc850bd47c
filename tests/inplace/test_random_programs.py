"""The random programs themselves: they are the same for a seed, use every kind of step, and have slopes that both oracles agree on."""

import numpy as np
import pytest

from . import random_programs

pytestmark = [pytest.mark.unnamed, pytest.mark.uncompiled]
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
    )
    assert all(part in texts for part in parts)
