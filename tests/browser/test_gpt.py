"""Steps of training of the small GPT as a module of JavaScript, in Node: the numbers of NumPy by hand, and of machine code."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.structure import flatten
from chainrule.core.tracing import LEAF_TYPES
from chainrule.gpt.learning import learned

from ..gpt.test_gpt import begun, by_hand
from .engines import in_node
from .test_programs import RUN, arrays, case

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("dtype", "within"), [(np.float64, 1e-9), (np.float32, 1e-4)])
def test_it_is_trained_in_a_browser_as_here(dtype, within):
    weights, *rest = begun(12, dtype)
    zeros = [np.zeros_like(each) for each in weights]
    args = (weights, zeros, zeros, *rest)
    program = cr.trace(learned, args)
    given = [leaf for each in args for leaf in flatten(each, LEAF_TYPES)[0]]
    (found,) = in_node(RUN, [case(program, given)])
    assert not isinstance(found, str), found
    found = arrays(found[0], program)
    np.testing.assert_allclose(found[0], list(by_hand.in_numpy(weights, *rest)), rtol=within)
    here = flatten(cr.compile(learned, "native")(*args), LEAF_TYPES)[0]
    for one, other in zip(found, here, strict=True):
        np.testing.assert_allclose(one, other, rtol=within, atol=within / 10)
