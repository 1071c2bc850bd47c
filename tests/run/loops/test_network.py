"""A network trained by loops: the numbers of NumPy, and the same bits in every tile, at every width, compiled or interpreted."""

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from chainrule.run.loops import machine_code
from chainrule.run.loops.language import check
from chainrule.run.loops.tiling import cut

from .interpreter import Interpreter
from .network import ARRAYS, Network

SMALL = [5, 9, 3]


def trained(network, rows, vectors, steps, most=0):
    """The arrays after some steps; functions are cut into parts of at most so many expressions."""
    function = network.function(rows, vectors)
    functions = cut(function, most) if most else [function]
    check(functions)
    given = network.start(3, steps)
    code = machine_code.compiled(functions)
    code.function("main")(*(given[name].ctypes.data for name in ARRAYS), steps)
    return given


def learned(network, given):
    parts = [part(layer, given["memory"]) for layer in network.layers for part in (network.weights, network.biases)]
    return np.concatenate([part.ravel() for part in parts])


@pytest.mark.parametrize(("number", "near"), [("f32", 2e-6), ("f64", 1e-14)])
@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("sizes", [[784, 30, 10], [4, 16, 3], [7, 20, 11, 5]])
def test_it_learns_what_numpy_learns(sizes, number, near, fused):
    network = Network(sizes, 10, number, 8 * machine_code.register_bytes(), fused=fused)
    given = trained(network, 4, 2, 20)
    weights, biases = network.by_hand(network.start(3, 20), 20)
    wanted = np.concatenate([part.ravel() for pair in zip(weights, biases, strict=True) for part in pair])
    assert np.max(np.abs(learned(network, given) - wanted)) < near
    assert np.max(np.abs(learned(network, network.start(3, 20)) - wanted)) > 1e-2


@pytest.mark.parametrize("number", ["f32", "f64"])
def test_every_tile_and_width_gives_the_same_bits(number):
    wanted = None
    for bits in (128, 256, 512):
        for rows, vectors in ((1, 1), (2, 2), (3, 1), (10, 2)):
            network = Network(SMALL, 10, number, bits, vectors)
            found = learned(network, trained(network, rows, vectors, 6))
            assert wanted is None or np.array_equal(found, wanted)
            wanted = found


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("number", ["f32", "f64"])
def test_the_interpreter_gives_the_same_bits(number, fused):
    network = Network(SMALL, 3, number, fused=fused)
    given = network.start(3, 2)
    flat = [given[name].reshape(-1).view(np.uint8) for name in ARRAYS]
    Interpreter([network.function(2, 2)]).run("main", flat, [2])
    assert np.array_equal(given["memory"], trained(network, 2, 2, 2)["memory"])


def test_a_step_that_is_cut_into_functions_gives_the_same_bits():
    network = Network(SMALL, 10)
    whole = trained(network, 4, 2, 6)["memory"]
    assert len(cut(network.function(4, 2), 100)) > 5
    assert np.array_equal(trained(network, 4, 2, 6, most=100)["memory"], whole)
