"""Functions of branches and `while` loops written at random: derivatives at other arguments than those that were traced."""

import numpy as np
import pytest

import chainrule as cr

from ..program.texts import executed
from . import random_branches, random_slices, random_triangles


# 3192226179 writes to an array that is written with another name than its own, 3192226196 in a `while` within one; 2405100209 to
# what a loop in a loop has passed on, which is a view that cannot be written to; a loop of 829908975, in a side, reads at its
# start what one of its results is called.
@pytest.mark.wide
@pytest.mark.parametrize("seed", [*range(16), 3192226179, 3192226196, 2405100209, 829908975])
def test_a_random_function(seed, tmp_path):
    f = random_branches.function(seed, tmp_path)
    first, *others = random_branches.arguments(seed, 4)
    program = cr.derive(f, first, wrt=(0, 1, 2))
    text = executed(program)
    for point in (first, *others):
        expected = cr.grad(f, (0, 1, 2))(*point)
        try:
            slopes = program(*point), text(*point)
        except (cr.BranchError, ValueError):  # a branch that could not stay one
            assert point is not first
            continue
        for run in slopes:
            for slope, wanted in zip(run, expected, strict=True):
                np.testing.assert_allclose(slope, wanted, rtol=1e-8, atol=1e-10)


def test_most_random_functions_keep_all_their_branches(tmp_path):
    texts = [
        str(cr.derive(random_branches.function(seed, tmp_path), random_branches.arguments(seed, 1)[0]))
        for seed in range(16)
    ]
    assert sum("made where" not in text for text in texts) >= 12


@pytest.mark.wide
@pytest.mark.parametrize("seed", range(16))
def test_a_random_function_over_triangles_is_right_for_other_sizes(seed, tmp_path):
    f, random = random_triangles.function(seed, tmp_path), np.random.default_rng(seed)
    arguments = [(0.5 * random.normal(size=(n, n)), 0.7 * random.normal(size=n)) for n in (4, 4, 6)]
    program = cr.derive(f, arguments[0], wrt=(0, 1))
    assert "made where" not in str(program)
    for point in arguments:
        for slope, wanted in zip(executed(program)(*point), cr.grad(f, (0, 1))(*point), strict=True):
            np.testing.assert_allclose(slope, wanted, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("seed", [*range(24), 829909600])  # where a counter has the letter of a variable
def test_a_random_function_over_slices_is_right_for_other_sizes(seed, tmp_path):
    f, random = random_slices.function(seed, tmp_path), np.random.default_rng(seed)
    arguments = [(0.5 * random.normal(size=(n, n)), 0.7 * random.normal(size=n)) for n in (6, 6, 8, 3)]
    run = executed(cr.derive(f, arguments[0], wrt=(0, 1)))
    for point in arguments:
        try:
            slopes = run(*point)
        except ValueError as error:  # a slice that would be longer than its array
            if point is arguments[0] or not str(error).startswith("made "):
                raise
            continue
        for slope, wanted in zip(slopes, cr.grad(f, (0, 1))(*point), strict=True):
            np.testing.assert_allclose(slope, wanted, rtol=1e-8, atol=1e-10)


@pytest.mark.wide
@pytest.mark.parametrize("seed", range(24))
def test_a_random_function_over_slices_in_the_form_to_run(seed, tmp_path):
    """Sizes are not kept there, and a slice whose length changes has no length that holds for all turns."""
    f, random = random_slices.function(seed, tmp_path), np.random.default_rng(seed)
    point = 0.5 * random.normal(size=(6, 6)), 0.7 * random.normal(size=6)
    program = cr.derive(f, point, wrt=(0, 1), form="fast")
    for slope, wanted in zip(program(*point), cr.grad(f, (0, 1))(*point), strict=True):
        np.testing.assert_allclose(slope, wanted, rtol=1e-8, atol=1e-10)
