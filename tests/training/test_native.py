"""The native executor learns what the NumPy executor learns, within rounding, whatever the network and the rule."""

import os
import platform
import re
import subprocess
import sys

import numpy as np
import pytest

import chainrule as cr
from chainrule.run.loops import cache, machine_code
from chainrule.run.loops.processor import KINDS, VARIABLE, processor
from chainrule.run.lowering import contractions
from chainrule.training import native
from chainrule.training.chunk import Chunk
from chainrule.training.loop import DivergenceError
from chainrule.training.optimizers import OPTIMIZERS
from chainrule.training.settings import grouped

pytest.importorskip("llvmlite")

RANDOM = np.random.default_rng(8)
IMAGES = np.where(RANDOM.random((95, 37)) < 0.6, 0.0, RANDOM.random((95, 37))).astype(np.float32)
LABELS = RANDOM.integers(0, 7, 95)


def learned(executor, network, fit, images=IMAGES, labels=LABELS, sizes=(37, 21, 7)):
    net = cr.Network(list(sizes), seed=3, **network)
    history = net.fit(images, labels, executor=executor, **grouped({"epochs": 2, "learning_rate": 0.05, **fit}))
    assert history.executor == executor
    return net, history


def agree(network, fit, sizes=(37, 21, 7), rtol=2e-4, **given):
    one, told = learned("native", network, fit, sizes=sizes, **given)
    other, expected = learned("numpy", network, fit, sizes=sizes, **given)
    for name, a, b in zip(one.architecture.shapes, one.parameters, other.parameters, strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol * np.abs(b).max(), err_msg=name)
    for a, b in zip(told.epochs, expected.epochs, strict=True):
        assert a.train.cost == pytest.approx(b.train.cost, rel=1e-4)
        assert abs((a.train.correct or 0) - (b.train.correct or 0)) <= 1
    return one


SLOW = {"learning_rate": 0.002}
CASES = {  # each compiles a step of its own, which takes longer than all else: what goes together stands together
    "the book's, three layers": ({}, {}, (37, 21, 18, 7)),
    "softmax after batch normalization": (
        {"cost": "log-likelihood", "activation": "relu", "normalization": "batch"},
        {"optimizer": "momentum", **SLOW},
        (37, 12, 7),
    ),
    "cross-entropy, large batches, penalties": (
        {"cost": "cross-entropy", "activation": "tanh"},
        {"batch_size": 40, "optimizer": "nesterov", "l1": 0.1, "l2": 0.3, "max_norm": 2.0, **SLOW},
    ),
    "one at a time, dropout, layer normalization": (
        {"activation": "leaky-relu", "dropout": [0.2, 0.5], "normalization": "layer"},
        {"batch_size": 1},
    ),
    "clipped": ({"activation": "elu"}, {"clip_norm": 0.1, "clip_value": 0.02, "optimizer": "adamw", **SLOW}),
    "weighted": (
        {"activation": "gelu"},
        {"sample_weight": np.linspace(0.5, 2, 95), "label_smoothing": 0.1, "optimizer": "adam", **SLOW},
    ),
    "softplus, a schedule": (
        {"activation": "softplus", "cost": "log-likelihood"},
        {"schedule": "cosine", "optimizer": "rmsprop", **SLOW},
    ),
    "float64": ({"dtype": "float64", "dropout": [0.2]}, {"optimizer": "adam", **SLOW}, (37, 7)),
    "hinge": ({"cost": "hinge", "activation": "linear"}, {}, (37, 7)),
}


@pytest.mark.parametrize("name", CASES)
def test_learns_as_numpy_does(name):
    agree(*CASES[name])


def test_every_optimizer_is_among_them():
    assert {fit.get("optimizer", "sgd") for _, fit, *_ in CASES.values()} == set(OPTIMIZERS)


@pytest.mark.parametrize("cost", ["mean-squared-error", "mean-absolute-error", "huber"])
def test_regression(cost):
    labels = np.sin(IMAGES[:, :2]).astype(np.float32)
    agree({"cost": cost}, {}, sizes=(37, 2), labels=labels)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch_size", [1, 2, 33])
def test_batches_of_every_size_in_either_precision(batch_size, dtype):
    """Of 95 examples, 1, 2 and 33 leave no rest, one, and 29, which NumPy learns."""
    rtol = 2e-4 if dtype == "float32" else 1e-11
    agree({"dtype": dtype, "activation": "tanh"}, {"batch_size": batch_size}, rtol=rtol)


BYTES = np.where(RANDOM.random((95, 37)) < 0.6, 0, RANDOM.integers(0, 256, (95, 37))).astype(np.uint8)
INPUTS = {
    "bytes, most of them 0": BYTES,
    "bytes, none of them 0": np.maximum(BYTES, 1),
    "float32, none of them 0": np.maximum(BYTES, 1).astype(np.float32) / 255,
    "float64": BYTES.astype(np.float64) / 255,
    "-0": np.where(IMAGES == 0, np.float32(-0.0), IMAGES),
    "columns first": np.asfortranarray(IMAGES),
    "every second": np.repeat(IMAGES, 2, axis=1)[:, ::2],
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", INPUTS)
def test_inputs_of_every_kind(kind, dtype):
    agree({"dtype": dtype}, {}, images=INPUTS[kind], rtol=2e-4 if dtype == "float32" else 1e-11)


@pytest.mark.parametrize("size", [1, 15, 16, 17, 31, 33, 64, 65])
def test_images_of_every_size(size):
    """Around whole vectors, of which the last is filled up."""
    images = np.where(RANDOM.random((95, size)) < 0.6, 0, RANDOM.random((95, size))).astype(np.float32)
    agree({}, {}, images=images, sizes=(size, 2 * size + 1, 7))


def convolved(a, kernel, b):
    """A layer whose parameter has three axes: sums over windows of an image's line, for each of some kernels."""
    windows = np.stack([a[k : k + 30] for k in range(8)])
    return np.einsum("fkp,kpn->fn", kernel, windows) + b


def reshaped(a, w, b):
    squares = np.reshape(a, (2, 3, -1))
    return w @ np.reshape(np.swapaxes(squares, 0, 1), (6, -1)) + b


def attending(a, query, key, value):
    """What a softmax of products weighs, over neurons."""
    scores = np.exp((query @ a) * (key @ a) / 3)
    return value @ a * scores / np.sum(scores, axis=0, keepdims=True)


OWN = {
    "convolved": (convolved, [("kernel", (6, 8, 30), "weight"), ("b", (6, 1), "bias")], 37),
    "reshaped": (reshaped, [("w", (5, 6), "weight"), ("b", (5, 1), "bias")], 6),
    "attending": (attending, [(name, (5, "n_in"), "weight") for name in ("query", "key", "value")], 37),
}


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_layers_of_ones_own(name, optimizer):
    function, parameters, size = OWN[name]
    nets = []
    for executor in ("native", "numpy"):
        layer = cr.Layer(function, [cr.Parameter(*each) for each in parameters], "tanh")
        net = cr.Network([layer, cr.Dense(9), cr.Dense(7)], input=size, seed=3)
        history = net.fit(
            IMAGES[:, :size], LABELS, epochs=2, learning_rate=0.01, optimizer=optimizer, executor=executor
        )
        assert history.executor == executor
        nets.append(net)
    for one, other in zip(*(net.parameters for net in nets), strict=True):
        np.testing.assert_allclose(one, other, rtol=5e-4, atol=5e-4 * np.abs(other).max())


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="where they cost time")
def test_numbers_too_small_to_be_normal_are_0_while_it_learns_and_not_after():
    small = np.full_like(IMAGES[:90], 1e-39)  # whole batches: a rest would be learned by NumPy
    changed = {}
    for executor in ("native", "numpy"):
        net, _ = learned(executor, {"initializer": "zeros"}, {"learning_rate": 3.0}, images=small, labels=LABELS[:90])
        changed[executor] = np.count_nonzero(net.parameters[0])
    assert changed["native"] == 0 < changed["numpy"]
    assert np.float32(1e-39) * np.float32(0.5) > 0


@pytest.mark.parametrize("executor", ["native", "numpy"])
def test_what_a_callback_does_to_the_weights_stays(executor):
    net = cr.Network([37, 9, 7], seed=3)

    def forget(epoch):
        net.weights[0][...] = epoch.number

    net.fit(IMAGES, LABELS, epochs=2, learning_rate=0.1, executor=executor, callbacks=[forget])
    assert (net.weights[0] == 2).all()
    assert not (net.weights[1] == cr.Network([37, 9, 7], seed=3).weights[1]).any()


def test_the_bits_of_a_weighted_cost_do_not_tell_where_chunks_end(monkeypatch):
    costs = []
    for seconds in (0.0, 1.0):  # one batch a chunk, and as many as come
        monkeypatch.setattr(native, "_LONGEST", seconds)
        _, history = learned("native", {}, {"batch_size": 2, "sample_weight": np.linspace(0.5, 2, 95)})
        costs.append([epoch.train.cost for epoch in history.epochs])
    assert costs[0] == costs[1]


def test_both_name_the_first_step_whose_cost_is_no_number():
    """The cost overflows while the outputs are still numbers."""
    images, numbers = np.eye(4, dtype=np.float32), np.full((4, 1), 1e3)
    said = []
    for executor in ("native", "numpy"):
        net = cr.Network([4, 1], cost="mean-squared-error", initializer="zeros", scale="none")
        with pytest.raises(DivergenceError) as error:
            net.fit(
                np.tile(images, (50, 1)),
                np.tile(numbers, (50, 1)),
                learning_rate=100.0,
                batch_size=4,
                executor=executor,
            )
        said.append((error.value.epoch, error.value.step))
    assert said[0] == said[1]
    assert said[0][1] < 20


# ---- other processors, other starts ------------------------------------------------------------------------------------

FIT = """
import hashlib
import numpy as np, chainrule as cr
from chainrule.run.loops import machine_code
from chainrule.run.loops.processor import processor
from chainrule.training import chunk, native
chunk.WORTH, native.cores = 0, lambda: 2
made = []
real = machine_code._object_code
machine_code._object_code = lambda text: made.append(1) or real(text)
random = np.random.default_rng(8)
images = np.where(random.random((43, 37)) < 0.6, 0, random.integers(0, 256, (43, 37))).astype(np.uint8)
labels = random.integers(0, 7, 43)
nets = [cr.Network([37, 21, 7], seed=3, activation="relu", cost="log-likelihood") for _ in range(2)]
for net, executor in zip(nets, ("native", "numpy")):
    fit = {"learning_rate": 0.05, "batch_size": 20}
    assert net.fit(images, labels, epochs=2, executor=executor, **fit).executor == executor
for a, b in zip(*(net.parameters for net in nets)):
    np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-4)
digest = hashlib.sha256(b"".join(each.tobytes() for each in nets[0].parameters)).hexdigest()
print(processor().name, len(made), digest)
"""


def process(**environment):
    """Learn in a process of its own: for which processor, what was compiled, and a digest of what was learned."""
    environment = {**os.environ, **environment}
    done = subprocess.run([sys.executable, "-c", FIT], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    kind, made, digest = re.fullmatch(r"(\S+) (\d+) (\w+)\n", done.stdout).groups()
    return kind, int(made), digest


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="the kinds are of Intel's")
@pytest.mark.parametrize("kind", ["avx2", "sse4.2"])
def test_other_processors_learn_the_same(kind):
    """Written in tiles for a smaller processor, and compiled for it, in two threads."""
    if processor().register < KINDS[kind].register:
        pytest.skip("this one is smaller")
    assert process(**{VARIABLE: kind})[0] == kind


def test_a_known_network_starts_without_compiling(tmp_path):
    """And learns the same to the last bit; where nothing can be kept, it is compiled each time."""
    first = process(**{cache.VARIABLE: str(tmp_path)})
    again = process(**{cache.VARIABLE: str(tmp_path)})
    assert first[1] > 0 == again[1]
    assert first[2] == again[2]
    (tmp_path / "file").write_text("in the way")
    assert process(**{cache.VARIABLE: str(tmp_path / "file")}) == first


# ---- planted faults ----------------------------------------------------------------------------------------------------


def differs(network=None, fit=None, sizes=(37, 21, 7)):
    nets = [learned(executor, network or {}, fit or {}, sizes=sizes)[0] for executor in ("native", "numpy")]
    pairs = zip(*(net.parameters for net in nets), strict=True)
    return not all(np.allclose(a, b, rtol=2e-4, atol=2e-4 * np.abs(b).max()) for a, b in pairs)


def test_what_differs_is_not_there_without_a_fault():
    assert not differs()


def a_tile_short_of_a_row(patch):
    tiles = Chunk.tiles

    def short(self, count, high):
        for index, many in tiles(self, count, high):
            yield index, max(many - 1, 1)

    patch.setattr(Chunk, "tiles", short)


def a_sum_short_of_a_term(patch):
    contract = contractions.contract

    def short(workspace, number, shape, operands, out, finish, listed=None, sparse=None):
        shape = [*shape[:out], *(max(size - 1, 1) for size in shape[out:])]
        contract(workspace, number, shape, operands, out, finish, listed, sparse)

    patch.setattr(contractions, "contract", short)


def another_example(patch):
    example = Chunk._example
    patch.setattr(Chunk, "_example", lambda self, step, column: self.block.let(example(self, step, column) * 0))


def a_rate_twice_as_large(patch):
    learn = native.NativeRunner.learn
    patch.setattr(
        native.NativeRunner, "learn", lambda self, order, rates, done: learn(self, order, [2 * r for r in rates], done)
    )


def changed_text(old, new):
    def plant(patch):
        text = machine_code.module_text

        def wrong(functions):
            changed = text(functions).replace(old, new)
            assert changed != text(functions)
            return changed

        patch.setattr(machine_code, "module_text", wrong)

    return plant


FAULTS = {
    "a tile short of a row": a_tile_short_of_a_row,
    "a sum short of a term": a_sum_short_of_a_term,
    "one example only": another_example,
    "a rate twice as large": a_rate_twice_as_large,
    "added, not taken away": changed_text(" fsub ", " fadd "),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_faults_are_seen(fault, monkeypatch):
    FAULTS[fault](monkeypatch)
    assert differs(fit={"batch_size": 13})
