"""The lists of operations that may give views, held against every operation of the registry."""

import numpy as np
import pytest

from chainrule.core.primitive import PRIMITIVES
from chainrule.program.inplace.memory import VIEWS
from chainrule.program.inplace.storage import ALIASES
from chainrule.program.operations.complex_numbers import conjugate, imag, real

pytestmark = pytest.mark.unnamed


def shares(primitive):
    """Whether the result of an operation is memory of an operand on one of its examples, or on them turned or in other order."""
    for inputs, params in primitive.examples(np.random.default_rng(0)):
        for turn in (lambda each: each, np.asfortranarray):
            given = [turn(each) if isinstance(each, np.ndarray) and each.ndim else each for each in inputs]
            with np.errstate(all="ignore"):
                made = primitive.function(tuple({**primitive.params, **params}.items()), len(given))(*given)
            for result in made if isinstance(made, tuple) else (made,):
                arrays = [each for each in given if isinstance(each, np.ndarray)]
                if isinstance(result, np.ndarray) and any(np.may_share_memory(result, each) for each in arrays):
                    return True
    return False


@pytest.mark.filterwarnings("ignore")
def test_what_may_give_a_view_is_listed():
    sharing = {name for name, primitive in PRIMITIVES.items() if shares(primitive)}
    z = np.ones(2, complex)
    sharing |= {each.name for each in (real, imag, conjugate) if np.may_share_memory(each.function((), 1)(z), z)}
    assert {"real", "imag"} <= sharing
    assert sharing <= ALIASES
    assert sharing - {"identity", "stop_gradient"} <= VIEWS
    assert VIEWS - {"at"} <= sharing  # which is declared with the loops, and takes a part as getitem does
