"""The programs that a page runs, beside the explanation of the same example."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.network.initializers import INITIALIZERS
from chainrule.page.programs import beginnings, look_program, read_program

from ..export.networks import NETWORKS

FEW = ["the book's", "tanh", "linear", "softmax", "own activation", "layer", "residual", "images"]
RANDOM = np.random.default_rng(0)


def slope_by_hand(activation, z, h=1e-6):
    return (activation(z + h) - activation(z - h)) / (2 * h)


@pytest.mark.parametrize("name", FEW)
def test_a_look_is_what_explain_says(name):
    net = NETWORKS[name]()
    x, y = RANDOM.random(net.architecture.input), 1
    program, names = look_program(net.architecture, True)
    inputs = dict(zip(net.architecture.shapes, net.parameters, strict=True))
    given = [np.float64(inputs[each.name]) for each in program.inputs if each.name in inputs]
    a1, target = net.architecture.inputs(x.reshape(1, -1)), np.eye(net.sizes[-1])[:, [y]]
    found = dict(zip(names, program(*given, a1, target), strict=True))
    told = net.explain(x, y)
    for layer in net.architecture.layers:
        for symbol in (f"z{layer}", f"a{layer}", f"δ{layer}"):
            assert (symbol in found) == (symbol in told.values)
            if symbol in found:
                np.testing.assert_allclose(found[symbol], told.values[symbol], atol=1e-12)
        applied = net.architecture.layer(layer).applied
        assert (f"slope{layer}" in found) == applied.elementwise
        if applied.elementwise:
            z = told.values.get(f"z{layer}", told.values[f"a{layer}"])
            np.testing.assert_allclose(found[f"slope{layer}"], slope_by_hand(applied.function, z), atol=1e-6)
    for parameter in net.architecture.learned:
        np.testing.assert_allclose(found[f"gradient of {parameter}"], told.values[f"dC_d{parameter}"], atol=1e-12)
    np.testing.assert_allclose(found["cost"], told.cost, atol=1e-12)


@pytest.mark.parametrize("name", ["the book's", "batch", "images"])
def test_reading_is_the_forward_pass(name):
    net = NETWORKS[name]()
    x = RANDOM.random((7, *net.architecture.input)).astype(np.float32)
    a1 = net.architecture.inputs(x.reshape(7, -1))
    np.testing.assert_allclose(read_program(net.architecture, 7, "float32")(*net.parameters, a1).T, net(x), atol=1e-6)


def test_first_weights_are_drawn_as_by_default():
    net = cr.Network([400, 300, 200], normalization="layer", activation="relu", seed=0)
    told = beginnings(net.architecture)
    assert told["w2"] == (0, pytest.approx(400**-0.5)) and told["b2"] == (0.1, 0)
    bounded = beginnings(cr.Network([400, 300, 200], seed=0).architecture)
    assert bounded["b2"] == (0, 1)
    for name, (mean, deviation) in told.items():
        array = net.architecture.by_name(net.parameters)[name].astype(np.float64)
        assert np.mean(array) == pytest.approx(np.float32(mean), abs=4 * deviation / np.sqrt(array.size) + 1e-9)
        assert np.std(array) == pytest.approx(deviation, rel=4 / np.sqrt(array.size), abs=1e-9)
    assert any(deviation == 0 and mean == 1 for mean, deviation in told.values())  # γ
    assert "default" in INITIALIZERS
