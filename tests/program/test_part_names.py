"""Parts of arguments have the names that the source gives them."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

import chainrule as cr

from .texts import executed

RANDOM = np.random.default_rng(8)
W, V = RANDOM.normal(size=(3, 4)), RANDOM.normal(size=(2, 3))
b, c, x = RANDOM.normal(size=3), RANDOM.normal(size=2), RANDOM.normal(size=4)


@dataclass
class Layer:
    weights: np.ndarray
    bias: np.ndarray


class Pair(NamedTuple):
    weights: np.ndarray
    bias: np.ndarray


def of_tuple(params, x):
    W, b = params
    h = np.tanh(W @ x + b)
    return h @ h


def of_dict(params, x):
    W = params["W"]
    b, h = params["b"], 1.0
    h = np.tanh(W @ x + b) * h
    return h @ h


def of_dataclass(layer, x):
    W, b = layer.weights, layer.bias
    h = np.tanh(W @ x + b)
    return h @ h


def of_named_tuple(layer, x):
    weights, bias = layer
    h = np.tanh(weights @ x + bias)
    return h @ h


def nested(params, x):
    (W, b), last = params
    V, c = last
    h = np.tanh(W @ x + b)
    return np.sum((V @ h + c) ** 2)


def by_index(params, x):
    first = params[0]
    W = first[0]
    h = np.tanh(W @ x + first[1])
    return np.sum((params[1][0] @ h) ** 2)


def looped(layers, x):
    for W, b in layers:
        x = np.tanh(W @ x + b)
    return x @ x


def zipped(weights, biases, x):
    for W, b in zip(weights, biases, strict=True):
        x = np.tanh(W @ x + b)
    return x @ x


def enumerated(layers, x):
    total = 0.0
    for k, (W, b) in enumerate(layers):
        x = np.tanh(W @ x + b)
        total = total + k * (x @ x)
    return total


def reassigned(params, x):
    W, b = params
    W = W * 2
    h = np.tanh(W @ x + b)
    return h @ h


def in_another_order(params, x):
    W, b = params
    params = (b, W)
    return np.sum(params[1] @ x + params[0])


def taken(layers, x):
    W1 = 3.0
    for W, b in layers:
        x = np.tanh(W @ x + b) * W1
    return x @ x


def by_two_names(params, x):
    W, b = params
    same, b = params
    return np.sum((W + same) @ x + b)


def through_a_lambda(params, x):
    W = params[0]
    h = (lambda W: W @ x)(params[0])
    return h @ W @ x


LAYERS = [(W, b), (V, c)]
NAMES = {
    of_tuple: (((W, b), x), "W b x"),
    of_dict: (({"W": W, "b": b}, x), "W b x"),
    of_dataclass: ((Layer(W, b), x), "W b x"),
    of_named_tuple: ((Pair(W, b), x), "layer_weights layer_bias x"),
    nested: ((((W, b), (V, c)), x), "W b V c x"),
    by_index: (((([W, b]), (V, c)), x), "W params_0_1 params_1_0 params_1_1 x"),
    looped: ((LAYERS, x), "W1 b1 W2 b2 x"),
    zipped: (([W, V], [b, c], x), "W1 W2 b1 b2 x"),
    enumerated: ((LAYERS, x), "W1 b1 W2 b2 x"),
    reassigned: (((W, b), x), "params_0 b x"),
    in_another_order: (((W, b), x), "params_0 params_1 x"),
    taken: ((LAYERS, x), "layers_0_0 b1 W2 b2 x"),
    by_two_names: (((W, b), x), "same params_1 x"),
    through_a_lambda: (((W, b), x), "W params_1 x"),
}


@pytest.mark.parametrize("f", NAMES, ids=lambda f: f.__name__)
def test_parts_are_called_as_in_the_source(f):
    args, names = NAMES[f]
    program = cr.derive(f, args)
    assert " ".join(symbol.name for symbol in program.inputs) == names
    wanted = cr.grad(f, tuple(range(len(args))))(*args)
    for found in (program(*args), executed(program)(*args)):
        for one, other in zip(leaves(found), leaves(wanted), strict=True):
            np.testing.assert_allclose(one, other)


def leaves(value):
    if isinstance(value, (tuple, list)):
        return [leaf for part in value for leaf in leaves(part)]
    if isinstance(value, dict):
        return leaves(list(value.values()))
    if isinstance(value, Layer):
        return [value.weights, value.bias]
    return [value]


def test_parts_are_taken_as_people_write_it():
    lines = str(cr.derive(of_tuple, ((W, b), x))).splitlines()
    assert lines[5:7] == [
        "    if len(params) != 2:",
        "        raise ValueError('made for len(params) = 2; make it again for other arguments')",
    ]
    assert lines[7].split("  ")[:3] == ["", "", "W, b = params"]
    assert lines[-1] == "    return ((dC_dW, dC_db), dC_dx)"


@pytest.mark.parametrize("wrt", ["W", "params_0"])
def test_a_part_is_chosen_by_either_name(wrt):
    args = (W, b), x
    np.testing.assert_allclose(cr.derive(of_tuple, args, wrt=wrt)(*args), cr.grad(of_tuple)(*args)[0])
