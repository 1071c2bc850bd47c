"""Random functions whose loops write to arrays, as loops and turn by turn, on NumPy and as machine code; the oracle is NumPy."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.simplification import simplify
from chainrule.loops.noun import LOOP
from chainrule.run import checked

from .random_writes import slopes, written
from .test_loops import close, loops_in
from .test_random import COUNT

every_seed = pytest.mark.parametrize("seed", [seed for seed in range(COUNT) if written(seed) is not None])


def writes_in_loops(program):
    """How many writes to arrays stand in loops."""
    inner = [e for part in program.parts() if part is not program for e in part.equations if e.primitive is not LOOP]
    return sum(each.primitive.writes for each in inner)


@pytest.mark.wide
@every_seed
def test_value_and_slopes_are_numpys(seed):
    f, args, text = written(seed)
    close(cr.trace(f, args)(*args), f(*args), within=1e-9)
    derived, wanted = cr.derive(f, args), slopes(text, args)
    for run in (derived(*args), checked.run(derived, args), cr.derive(f, args, loops=False)(*args)):
        for found, slope in zip(run, wanted, strict=True):
            np.testing.assert_allclose(found, slope, rtol=1e-8, atol=1e-8, err_msg=text)


@pytest.mark.wide
@every_seed
def test_machine_code_has_the_same_numbers(seed):
    pytest.importorskip("llvmlite")
    from chainrule.run import lowering

    f, args, _ = written(seed)
    for program in (simplify(cr.trace(f, args), "fast"), cr.derive(f, args, form="fast")):
        run = lowering.compiled(program)
        for _ in range(2):
            close(run(*args), program(*args), within=1e-8)


@pytest.mark.wide
@pytest.mark.parametrize("seed", range(200, 200 + max(COUNT // 3, 1)))
def test_second_derivatives_are_those_of_its_turns(seed):
    if written(seed) is None:
        pytest.skip("NumPy cannot run it")
    f, args, _ = written(seed)

    def along(*args):
        return sum(np.sum(slope * slope) for slope in cr.grad(f, (0, 1, 2, 3))(*args))

    rolled, unrolled = (cr.derive(along, args, loops=loops)(*args) for loops in (True, False))
    close(rolled, unrolled, within=1e-7)


def test_most_of_them_write_within_loops():
    found = [cr.trace(*made[:2]) for made in map(written, range(24)) if made is not None]
    assert len(found) > 12
    assert sum(loops_in(each) > 0 for each in found) > 0.8 * len(found)
    assert sum(writes_in_loops(each) > 0 for each in found) > 0.6 * len(found)
