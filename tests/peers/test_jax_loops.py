"""Loops run on JAX as its own scans, nests too; where slices move with the turns, every turn is written out."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.simplification import simplify

from ..loops.functions import FUNCTIONS
from ..loops.test_loops import close, loops_in

pytestmark = pytest.mark.peers
jax = pytest.importorskip("jax")
from chainrule.run import jax as executor  # noqa: E402

UNSCANNED = {"windows", "overlapping_slices", "views_in_use"}


@pytest.mark.wide
@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_gradients(name):
    function, args = FUNCTIONS[name]
    program = simplify(cr.trace(function, args), "fast")
    assert executor.scans(program) == (name not in UNSCANNED)
    for f in (function, cr.grad(function, tuple(range(len(args))))):
        narrow = "in_float32" in name
        close(cr.compile(f, "jax")(*args), cr.compile(f, "numpy")(*args), within=1e-5 if narrow else 1e-10)


def test_a_scan_is_compiled_once_however_many_turns_there_are():
    def recurrence(a, x):
        h = 0.0
        for t in range(len(x)):
            h = np.tanh(a * h + x[t])
        return h

    sizes = []
    for count in (20, 200):
        derived = cr.derive(recurrence, (0.5, np.ones(count)), form="fast")
        assert loops_in(derived) == 2
        text = str(jax.make_jaxpr(executor.compiled(derived))(jax.numpy.asarray(0.5), jax.numpy.ones(count)))
        assert text.count("scan") >= 2
        sizes.append(len(text))
    assert sizes[1] < 1.2 * sizes[0]


def test_jax_differentiates_through_it():
    function, args = FUNCTIONS["recurrent"]
    program = executor.compiled(cr.trace(function, args))
    ours = cr.grad(function)(*args)
    theirs = jax.grad(lambda w: program(w, *map(jax.numpy.asarray, args[1:])))(jax.numpy.asarray(args[0]))
    np.testing.assert_allclose(theirs, ours, rtol=1e-4, atol=1e-5)
