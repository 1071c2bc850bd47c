"""The packed training step gives what the printed step gives, however its arrays are held and cut into pieces."""

import numpy as np
import pytest

from chainrule.network.architecture import stacked
from chainrule.run import packed as module
from chainrule.run.packed import packed
from chainrule.training.optimizers import OPTIMIZERS, adam, sgd
from chainrule.training.step import UpdateRule, state_names, training_step

RULES = {
    **{name: UpdateRule(make()) for name, make in OPTIMIZERS.items()},
    "l2": UpdateRule(sgd(), l2=0.01),
    "l1": UpdateRule(adam(), l1=0.01),
    "max norm": UpdateRule(sgd(), max_norm=0.7),
    "clipped": UpdateRule(adam(), clip_norm=0.1, clip_value=0.02),
}
NETWORKS = {
    "σ, quadratic": stacked([40, 12, 3]),
    "layers of one size": stacked([7, 6, 6, 6, 3]),
    "softmax": stacked([7, 6, 5, 3], "relu", None, "log-likelihood"),
    "as wide as the batch": stacked([4, 4, 4, 4], "sigmoid"),
    "tanh, batch normalization": stacked([7, 5, 3], "tanh", None, "cross-entropy", "batch"),
    "σ, layer normalization, dropout": stacked([7, 5, 3], "sigmoid", None, "cross-entropy", "layer", 0.5),
}


def bound(architecture, rule, m):
    """A program, its inputs at random, and the names of those in place."""
    random = np.random.default_rng(1)
    program = training_step(architecture, m, "float64", rule)
    inputs = {}
    for symbol in program.inputs:
        columns = len(symbol.shape) == 2 and symbol.name in ("a1", "y", *(name for name, _ in architecture.masks))
        shape = symbol.shape[::-1] if columns else symbol.shape
        values = 0.1 + np.asarray(random.random(shape))  # variances and second moments are positive
        inputs[symbol.name] = values.T if columns else values
    names = [*architecture.shapes, *state_names(architecture, rule)]
    return program, inputs, names


def compare(architecture, rule, m, steps=3):
    program, inputs, names = bound(architecture, rule, m)
    expected = {name: array.copy() for name, array in inputs.items()}
    made = packed(program, inputs, dict(enumerate(names)))
    made.begin()
    for _ in range(steps):
        made.step()
        results = program(*expected.values())
        expected |= dict(zip(names, results, strict=False))
        np.testing.assert_allclose(made.outputs[-1], results[-1], rtol=1e-9, atol=1e-12)
    made.end()
    for name in names:
        np.testing.assert_allclose(inputs[name], expected[name], rtol=1e-9, atol=1e-12, err_msg=name)
    return made


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("piece", [1 << 15, 32])
def test_equals_the_printed_step(network, rule, piece, monkeypatch):
    monkeypatch.setattr(module, "PIECE", piece)
    compare(NETWORKS[network], RULES[rule], 4)


@pytest.mark.parametrize("m", [1, 2, 9])
def test_equals_it_for_batches_of_every_size(m):
    compare(NETWORKS["σ, quadratic"], RULES["sgd"], m)


def test_all_parameters_are_updated_in_one_call():
    source = compare(NETWORKS["σ, quadratic"], RULES["sgd"], 4).source
    assert source.count("def step(") == 2
    assert source.endswith("    def step(w2, v14):\n        np_subtract(w2, v14, w2)\n\n    return step, (w2,)\n")
    assert compare(NETWORKS["σ, quadratic"], RULES["adam"], 4).source.count("np_sqrt(") == 1


def test_allocates_nothing_in_a_step():
    source = compare(NETWORKS["σ, quadratic"], RULES["adam"], 4).source
    bodies = [part.partition("return")[0].splitlines()[1:] for part in source.split("def step(")[1:]]
    lines = [line.strip() for body in bodies for line in body if line.strip()]
    assert lines
    assert all(line.startswith("np_") and line.endswith(")") for line in lines)  # calls that write, no `x = …`


def test_begin_reads_what_end_wrote():
    program, inputs, names = bound(stacked([7, 5, 3]), RULES["adam"], 4)
    made = packed(program, inputs, dict(enumerate(names)))
    made.begin()
    made.step()
    made.end()
    held = [inputs[name].copy() for name in names]
    inputs["b2"] += 1.0  # somebody else's, as when bad weights are put back
    made.begin()
    made.end()
    held[names.index("b2")] += 1.0
    for name, array in zip(names, held, strict=True):
        np.testing.assert_allclose(inputs[name], array, rtol=0, atol=1e-15)


def test_a_planted_fault_is_seen(monkeypatch):
    """Updates that are taken for equal although their equations differ: decayed weights and biases."""
    monkeypatch.setattr(module._Update, "key", "all alike")
    with pytest.raises(AssertionError):
        compare(NETWORKS["σ, quadratic"], RULES["l2"], 4)
