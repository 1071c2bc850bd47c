"""The cases themselves: they run in NumPy, leave their arguments' copies alone, and have slopes that finite differences find."""

import warnings

import numpy as np
import pytest

from .cases import CASES, reset


def value(function, args):
    """What plain NumPy gives for fresh copies of the arguments."""
    reset()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "Setting the shape on a NumPy", DeprecationWarning)  # from 2.5 on
        return float(function(*[np.array(each) for each in args]))


def slopes(function, args, step):
    """The derivative with respect to each number of each argument, by central differences."""
    found = []
    for k, each in enumerate(args):
        slope = np.empty_like(each)
        for place in np.ndindex(each.shape):
            ends = []
            for sign in (1, -1):
                moved = [np.array(arg) for arg in args]
                moved[k][place] += sign * step
                ends.append(value(function, moved))
            slope[place] = (ends[0] - ends[1]) / (2 * step)
        found.append(slope)
    return found


@pytest.mark.unnamed
@pytest.mark.uncompiled
@pytest.mark.parametrize("name", CASES)
def test_a_case_is_a_number_with_a_slope(name):
    function, args = CASES[name]
    here = value(function, args)
    assert np.isfinite(here)
    assert value(function, args) == here  # nothing is kept from call to call
    coarse, fine = (slopes(function, args, step) for step in (1e-5, 1e-6))
    for one, other in zip(coarse, fine, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-7)
    assert any(np.abs(slope).max() > 1e-3 for slope in fine)
