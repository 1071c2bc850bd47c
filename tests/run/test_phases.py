"""Maps whose axes are split as a program reshapes them, and parts of arrays that are computed where they belong."""

import functools

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from chainrule.calculus import value_and_grad
from chainrule.core.simplification import simplify
from chainrule.core.tracing import trace
from chainrule.program.operations.activations import relu
from chainrule.program.operations.reductions import first_max
from chainrule.run.lowering import assembling, batches, phase_by_phase, phases
from chainrule.run.lowering import program as lowering
from chainrule.run.lowering.nests import indexed

from .test_lowering import compare

RANDOM = np.random.default_rng(8)


def numbers(*shape, dtype=np.float64):
    return RANDOM.normal(0, 0.3, size=shape).astype(dtype)


def convolved(x, w, b):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
    return np.einsum("fcij,ncyxij->nfyx", w, windows) + b[:, None, None]


def apart(z):
    n, f, y, x = z.shape
    return z.reshape(n, f, y // 2, 2, x // 2, 2)


def shared(z):
    return apart(z).max((3, 5))


def first(z):
    parts = [apart(z)[:, :, :, i, :, j] for i in range(2) for j in range(2)]
    return functools.reduce(lambda best, each: np.where(best >= each, best, each), parts)


def first_alone(z):
    return first_max(apart(z), axis=(3, 5))


def averaged(z):
    return np.mean(apart(z), axis=(3, 5), keepdims=True)[:, :, :, 0, :, 0]


def turned(z):
    n, f, y, x = z.shape
    return apart(z).transpose(0, 1, 2, 4, 3, 5).reshape(n, f, y // 2, x // 2, 4).max(-1)


POOLS = [shared, first, first_alone, averaged, turned]


def network(pool):
    def cost(w, b, w2, b2, v, x):
        a = np.maximum(pool(convolved(x, w, b)), 0)
        a = np.tanh(pool(convolved(a, w2, b2)))
        return np.sum((a.reshape(len(x), -1) @ v) ** 2)

    return value_and_grad(cost, (0, 1, 2, 3, 4))


def seen_whole(w, b, x):
    """Maps that are also read as they are, and given back."""
    z = convolved(x, w, b)
    return z, np.sum(shared(z) * z[:, :, ::2, ::2]), np.sum(z, axis=(0, 2, 3)), np.cumsum(z, axis=3)


def in_two_ways(w, b, x):
    """Maps whose rows are split in two ways, and so in none."""
    z = convolved(x, w, b)
    n, f, y, wide = z.shape
    return shared(z), z.reshape(n, f, y // 4, 4, wide).max(3)


def in_a_row(w, b, x):
    """Of which one axis alone is split."""
    z = convolved(x, w, b)
    n, f, y, wide = z.shape
    return np.max(np.exp(z).reshape(n, f, y // 2, 2, wide), axis=3) + np.mean(b), np.max(z, axis=2, keepdims=True)


def arguments(dtype, channels=2):
    return numbers(3, channels, 3, 3, dtype=dtype), numbers(3, dtype=dtype), numbers(2, channels, 10, 14, dtype=dtype)


def of_network(dtype):
    given = [(3, 1, 3, 3), (3,), (4, 3, 3, 2), (4,), (16, 5), (2, 1, 14, 12)]
    return [numbers(*shape, dtype=dtype) for shape in given]


def in_fast_form(function, args):
    return simplify(trace(function, args, loops=False), "fast")


@pytest.mark.wide
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("pool", POOLS)
def test_networks_that_pool(pool, dtype):
    args = of_network(dtype)
    program = in_fast_form(network(pool), args)
    assert split(program) == ["yx"] * 5
    compare(program, args)


def split(program):
    """For each sum over windows the indices that are split."""
    every = [dict(equation.params).get("parts", ()) for equation in phases.in_phases(program).equations]
    return ["".join(letter for letter, _ in parts) for parts in every if parts]


@pytest.mark.parametrize(("function", "letters"), [(seen_whole, "yx"), (in_two_ways, "x"), (in_a_row, "y")])
def test_maps_that_are_seen_in_several_ways(function, letters):
    args = arguments(np.float32)
    program = in_fast_form(function, args)
    assert split(program) == [letters]
    compare(program, args)


def test_rewritten_programs_are_well_formed():
    args = of_network(np.float64)
    for pool in POOLS:
        program = phase_by_phase.regrouped(in_fast_form(network(pool), args))
        known = {each.name for each in program.inputs}
        for equation in program.equations:
            assert {o.name for o in equation.inputs if o.name} <= known | {each.name for each in program.constants}
            if not {"parts", "indices"} & {*dict(equation.params)}:
                types = equation.primitive.infer(equation.inputs, equation.params)
                assert [(tuple(shape), dtype) for shape, dtype in types] == [
                    (tuple(each.shape), each.dtype) for each in equation.targets
                ]
            known |= {each.name for each in equation.targets}


def test_shapes_are_aligned_group_by_group():
    assert list(phases.aligned((6, 4), (2, 3, 4))) == [([0], [0, 1]), ([1], [2])]
    assert list(phases.aligned((2, 3, 4), (6, 4))) == [([0, 1], [0]), ([2], [1])]
    assert list(phases.aligned((4, 6), (6, 4))) == [([0, 1], [0, 1])]
    groups = list(phases.aligned((1, 5, 1), (5,)))
    assert sorted(k for one, _ in groups for k in one) == [0, 1, 2]


def overlapping(x):
    return np.sum(x[:4] * x[1:5] ** 2)


def in_parts(x):
    """Parts that are disjoint and make up all, in two ways; and some that leave places out."""
    halves = np.tanh(x[:, 0]) * x[:, 1] + np.exp(x[:, 2])
    return np.sum(halves**2) + np.sum(x[::2] * x[1::2]) + np.sum(x[0] ** 3)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("function", [overlapping, in_parts])
def test_parts_of_arrays_are_put_together(function, dtype):
    args = [numbers(6, 3, 20, dtype=dtype)]
    compare(in_fast_form(value_and_grad(function), args), args)


@pytest.mark.parametrize("pool", [first, first_alone])
def test_disjoint_parts_are_computed_where_they_belong(pool):
    args = of_network(np.float32)
    program = phase_by_phase.regrouped(in_fast_form(network(pool), args))
    names = [equation.primitive.name for equation in program.equations]
    joined = [equation for equation in program.equations if "indices" in dict(equation.params)]
    assert [len(each.inputs) for each in joined] == [4, 4]
    assert names.count("scatter") == 2
    assert len(assembling.homes(program)) == 8
    written = lowering.Lowering(lowering.prepared(program, ()), 64, False)
    written.written()
    for part, (array, index) in assembling.homes(program).items():
        assert written.views[part] == indexed(written.views[array.name], index)
    loose = in_fast_form(value_and_grad(overlapping), [numbers(6, 3, 20)])
    assert assembling.assembled(loose) is loose


def test_a_pooling_and_its_derivative_are_arithmetic_on_phases():
    program = phase_by_phase.regrouped(in_fast_form(network(first_alone), of_network(np.float32)))
    names = {equation.primitive.name for equation in program.equations}
    assert not names & {"max", "first_max", "winners"}
    finer = {shape for shape in phases.orders_of(program) if len(shape) == 6}
    made = [equation for equation in program.equations if tuple(equation.target.shape) in finer]
    assert {equation.primitive.name for equation in made} <= {"windowed_einsum", "add", "reshape", "scatter"}


def test_which_of_equal_numbers_wins():
    """On blank ground all places of a window are equal, and the first one wins alone; NaN wins nowhere, as in NumPy's text."""
    w, x = np.ones((16, 1, 3, 3)), np.zeros((2, 1, 12, 12))
    x[0, 0, 3:6, 4:9], x[1, 0, 5] = 1.0, np.nan

    def cost(w, x):
        z = convolved(x, w, np.zeros(16))
        return np.sum(first_alone(z) * np.arange(25.0).reshape(5, 5)), first_alone(z)

    program = in_fast_form(lambda w, x: (value_and_grad(lambda x: cost(w, x)[0])(x), cost(w, x)[1]), [w, x])
    assert "winners" not in {e.primitive.name for e in phase_by_phase.regrouped(program).equations}
    compare(program, [w, x])


def behind_relu(w, b, v, x):
    """A layer's pooling, of what a ReLU has let pass, as layers write it."""
    return np.sum(first_alone(relu(convolved(x, w, b))).reshape(len(x), -1) @ v)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_what_passes_a_relu_is_told_on_the_way_forward(dtype):
    """By truth values, so that no number of the way forward is kept for the way back."""
    args = [numbers(*shape, dtype=dtype) for shape in ((3, 1, 3, 3), (3,), (144, 5), (8, 1, 18, 14))]
    args[-1][:, :, :9] = 0  # blank, where all places of a window are equal
    args[1][0] = -9
    program = in_fast_form(value_and_grad(behind_relu, (0, 1, 2)), args)
    compare(program, args)
    written = lowering.Lowering(lowering.prepared(phase_by_phase.regrouped(program), ()), 64, False)
    assert "relu_prime" not in {each.primitive.name for node in written.nodes for each in node.equations}
    forward, back = (node for node in written.nodes if node.operation is None and len(node.single) > 3)
    found = {each.primitive.name for each in forward.single}
    assert found >= {"relu", "maximum", "equal", "logical_and", "greater"}
    assert {each.primitive.name for each in back.single} == {"multiply", "add"}
    read = {o.name for each in back.single for o in each.inputs} - {each.target.name for each in back.single}
    truths = {each.target.name for each in forward.single if each.target.dtype == bool}
    assert len(read & truths) == 4
    assert len(read - truths) == 1


def in_small_chunks(monkeypatch):
    monkeypatch.setattr(batches, "_LARGE", 0)
    monkeypatch.setattr(batches, "_CHUNK", 2**12)


@pytest.mark.parametrize("pool", POOLS)
def test_large_batches_are_computed_in_chunks(pool, monkeypatch):
    in_small_chunks(monkeypatch)
    args = of_network(np.float32)
    args[-1] = numbers(6, 1, 14, 12, dtype=np.float32)
    program = in_fast_form(network(pool), args)
    prepared = lowering.prepared(phase_by_phase.regrouped(program), ())
    segments = lowering.Lowering(prepared, 16, False).segments.values()
    assert len(segments) >= 2
    assert {each.examples for each in segments} == {6}
    assert {each.size for each in segments} <= {1, 2, 3}
    compare(program, args)


def test_what_is_read_as_a_whole_is_there_after_a_chunk(monkeypatch):
    in_small_chunks(monkeypatch)
    args = [numbers(3, 2, 3, 3), numbers(3), numbers(4, 2, 10, 14)]
    for function in (seen_whole, in_two_ways, in_a_row):
        compare(in_fast_form(function, args), args)
        compare(in_fast_form(value_and_grad(lambda *args, f=function: np.sum(f(*args)[1]), (0, 1, 2)), args), args)


def test_a_chunk_that_forgets_a_sum_is_seen(monkeypatch):
    in_small_chunks(monkeypatch)
    monkeypatch.setattr(batches.Writing, "_sums", lambda self, node: [])
    args = of_network(np.float32)
    with pytest.raises((AssertionError, KeyError)):
        compare(in_fast_form(network(shared), args), args)


def test_what_is_needed_as_a_whole_comes_in_the_order_of_the_program():
    """Not in that of a set of names, by which processes differ, and with them the machine code that they keep."""

    def function(w, x):
        z = convolved(x, w, np.zeros(len(w)))
        h, r = apart(np.tanh(z)), apart(np.exp(z))
        wide, high = (each.max((3, 5))[:, :, :, None, :, None] for each in (h, r))
        return (h == wide) * h, (r == high) * 2.0 * r, h * wide, r * high, (h == wide) * r

    program = simplify(trace(function, [numbers(4, 1, 3, 3), numbers(2, 1, 8, 8)]), "fast")
    order = [each.target.name for each in program.equations]
    found = [
        each.target.name for each in phase_by_phase.regrouped(program).equations if each.primitive.name == "scatter"
    ]
    assert len(found) == 5
    assert found == sorted(found, key=order.index)
