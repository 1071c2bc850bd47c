"""Native loops in several threads learn to the last bit what one thread does, and that is what NumPy learns."""

import os
import threading

import numpy as np
import pytest

import chainrule as cr
from chainrule.layers import AveragePool, BatchNorm, Conv, Dropout, Flatten, MaxPool, Residual
from chainrule.network.architecture import stacked
from chainrule.run import threads
from chainrule.run.loops import run_threads
from chainrule.run.lowering import batches, nests, step, winners
from chainrule.training import chunk, native
from chainrule.training.settings import grouped
from chainrule.training.step import UpdateRule

pytest.importorskip("llvmlite")

RANDOM = np.random.default_rng(8)
IMAGES = np.where(RANDOM.random((130, 37)) < 0.6, 0.0, RANDOM.random((130, 37))).astype(np.float32)
MAPS = np.where(RANDOM.random((130, 2, 14, 14)) < 0.5, 0.0, RANDOM.random((130, 2, 14, 14))).astype(np.float32)
LABELS = RANDOM.integers(0, 7, 130)
WEIGHTS = np.linspace(0.5, 2, 130)
DEEP = {"cost": "log-likelihood", "activation": "relu"}
CASES = {  # each compiles a step of its own, which takes longer than all else: what goes together stands together
    "the book's": ((37, 21, 18, 7), {}, {}),
    "in panels": ((37, 90, 70, 7), DEEP, {}),
    "in panels, one after the other": ((37, 90, 7), {}, {"batch_size": 24}),
    "dropout and penalties": ((37, 90, 7), {"dropout": [0.2, 0.5]}, {"l1": 0.1, "l2": 0.3, "max_norm": 2.0}),
    "batch normalization and decay": (
        (37, 90, 7),
        {"normalization": "batch"},
        {"optimizer": "adamw", "learning_rate": 0.01},
    ),
    "layer normalization, clipped and weighted": (
        (37, 90, 7),
        {"normalization": "layer", "activation": "elu"},
        {"clip_norm": 0.1, "clip_value": 0.02, "sample_weight": WEIGHTS, "label_smoothing": 0.1},
    ),
    "two convolutions, few examples": (
        (Conv(5, 3), MaxPool(2), Conv(6, 3), MaxPool(2), Flatten(), 20, 7),
        {**DEEP, "input": MAPS.shape[1:]},
        {"batch_size": 10},
    ),
    "places that share a maximum": (
        (Conv(5, 3), MaxPool(2, ties="share"), Flatten(), 7),
        {**DEEP, "input": MAPS.shape[1:]},
        {},
    ),
    "convolutions, many examples, more sums": (
        (Conv(5, 3), BatchNorm(), AveragePool(2), Dropout(0.2), Residual([Conv(5, 3, padding=1)]), Flatten(), 20, 7),
        {**DEEP, "input": MAPS.shape[1:]},
        {"optimizer": "momentum", "learning_rate": 0.01, "clip_norm": 0.5, "sample_weight": WEIGHTS},
    ),
}


@pytest.fixture(autouse=True)
def shared(monkeypatch):
    """Every work is worth being shared."""
    monkeypatch.setattr(chunk, "WORTH", 0)
    monkeypatch.setattr(step, "HEAVY", 0)


def learned(case, count, monkeypatch, executor="native"):
    sizes, network, fit = CASES[case]
    monkeypatch.setattr(native, "cores", lambda: count)
    net = cr.Network(list(sizes), seed=3, **network)
    given = {"epochs": 3, "learning_rate": 0.05, "batch_size": 52, **fit}
    history = net.fit(MAPS if "input" in network else IMAGES, LABELS, executor=executor, **grouped(given))
    assert history.executor == executor
    return net.parameters, history.epochs[-1].train


@pytest.mark.wide
@pytest.mark.parametrize("case", CASES)
def test_the_same_bits_with_any_number_of_threads(case, monkeypatch):
    (one, score), *others = (learned(case, count, monkeypatch) for count in (1, 2, 3))
    for parameters, told in others:
        assert told == score
        for a, b in zip(one, parameters, strict=True):
            np.testing.assert_array_equal(a, b)
    other, expected = learned(case, 1, monkeypatch, "numpy")
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, rtol=3e-4, atol=3e-4 * np.abs(b).max())
    assert score.cost == pytest.approx(expected.cost, rel=1e-4)


def test_chunks_within_lots_are_added_up(monkeypatch):
    """Each thread adds up the chunks of its own lots: with other chunks the result is the same, and with other threads, too."""
    case = "two convolutions, few examples"
    at_once, _ = learned(case, 1, monkeypatch)
    for size in (2**30, 1):
        native._chunk_of.cache_clear()
        monkeypatch.setattr(batches, "_CHUNK", size)
        one, *others = (learned(case, count, monkeypatch)[0] for count in (1, 2, 3))
        for found in others:
            for a, b in zip(one, found, strict=True):
                np.testing.assert_array_equal(a, b)
        for a, b in zip(one, at_once, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5 * np.abs(b).max())
    native._chunk_of.cache_clear()


def test_which_sums_over_examples_are_made_chunk_by_chunk():
    """Those that are no larger than what they read of an example: to add up others would cost more than to read it again."""
    layers = [Conv(20, 5), MaxPool(2), Conv(40, 5), MaxPool(2), Flatten(), 100, 10]
    task = native.task_of(stacked(layers, input=(1, 28, 28)), 128, "float32", UpdateRule(), weighted=False)
    made = chunk.Chunk(task, 64)
    summed = {}
    for each in made.segments.values():
        names = {node.operation.target.name for node in each.nodes if node.operation is not None}
        summed |= dict.fromkeys({name for name in names if name.endswith("in lots")}, (each.lots, each.size))
    of_kernels = {name for name in summed if name.startswith("dC_dw")}
    assert of_kernels == {"dC_dw2 in lots"}
    assert summed.keys() > of_kernels
    assert {lots for lots, _ in summed.values()} == {8}
    assert all(128 // 8 % size == 0 for _, size in summed.values())


def test_lists_of_winners_are_read_by_each_thread(monkeypatch):
    """Kernels are laid out once for all chunks of examples, and each thread lists the winners of its own."""
    expected, _ = learned("two convolutions, few examples", 1, monkeypatch)
    done = []
    for name in ("gradient", "error_before"):
        real = getattr(winners.Winners, name)

        def noted(self, *given, name=name, real=real):
            done.append((name, len(self.workspace.prepared)))
            real(self, *given)

        monkeypatch.setattr(winners.Winners, name, noted)
    native._chunk_of.cache_clear()
    found, _ = learned("two convolutions, few examples", 2, monkeypatch)
    assert done == [("gradient", 1), ("error_before", 1)]
    native._chunk_of.cache_clear()
    monkeypatch.setattr(winners, "_LEFT", 1e9)  # lists never pay
    dense, _ = learned("two convolutions, few examples", 2, monkeypatch)
    assert len(done) == 2
    for a, b, c in zip(expected, found, dense, strict=True):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_allclose(a, c, rtol=1e-4, atol=1e-5 * np.abs(c).max())


def test_without_a_gate_threads_differ(monkeypatch):
    """A fault planted: where threads do not wait for one another, the result is another one."""
    expected, _ = learned("in panels, one after the other", 1, monkeypatch)

    def in_turn(call, parts):
        for part in range(parts):
            call(np.zeros(run_threads.BARRIER, np.int64), np.array([part, parts, *[0] * 6]))

    native._chunk_of.cache_clear()
    monkeypatch.setattr(chunk.Chunk, "meet", lambda self: None)
    monkeypatch.setattr(native, "run_threads", in_turn)
    found, _ = learned("in panels, one after the other", 2, monkeypatch)
    assert not all(np.array_equal(a, b) for a, b in zip(expected, found, strict=True))


def test_where_no_thread_can_be_started_one_does_all(monkeypatch):
    expected, _ = learned("in panels, one after the other", 1, monkeypatch)
    real, count = threading.Thread.start, []

    def start(thread):
        count.append(thread)
        if len(count) % 2 == 0:
            raise RuntimeError("can't start new thread")
        real(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    found, _ = learned("in panels, one after the other", 3, monkeypatch)
    assert len(count) >= 2
    for a, b in zip(expected, found, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("batch", [10, 128])
def test_no_loop_goes_through_maps_number_by_number(batch, monkeypatch):
    """Not even where an error is read that a dense layer has left with the examples beside each other."""
    real, found = nests.Nests.elementwise, []

    def noted(self, shape, reads, writes, *others):
        views = [*(each.broadcast(shape) for each in reads), *writes]
        axes = nests.merged(shape, [each.strides for each in views])
        if len(writes) >= 4:  # of four places of a window
            items = [nests.ITEM[each.number] for each in views]
            found.append(nests.lane_axis(axes, items, self.vectors([each.number for each in views])[0]))
        real(self, shape, reads, writes, *others)

    monkeypatch.setattr(nests.Nests, "elementwise", noted)
    layers = stacked([Conv(20, 5), MaxPool(2), Flatten(), 100, 10], activation="relu", input=(1, 28, 28))
    chunk.Chunk(native.task_of(layers, batch, "float32", UpdateRule(), weighted=False), 64)
    assert found
    assert None not in found


def test_small_work_is_not_shared(monkeypatch):
    monkeypatch.undo()
    for sizes, batch, expected in (
        ([784, 30, 10], 10, False),
        ([784, 30, 10], 1000, True),
        ([784, 512, 512, 10], 128, True),
        ([Conv(4, 3), MaxPool(2), Flatten(), 10], 10, False),
        ([Conv(20, 5), MaxPool(2), Flatten(), 100, 10], 10, True),
    ):
        given = {} if isinstance(sizes[0], int) else {"input": (1, 28, 28)}
        task = native.task_of(stacked(sizes, **given), batch, "float32", UpdateRule(), weighted=False)
        assert chunk.is_shared(task) is expected


def test_as_many_threads_as_the_process_has_cores(monkeypatch):
    monkeypatch.delenv(threads.LIMIT, raising=False)
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert threads.cores() == usable
    for said, expected in (("1", 1), ("1,2", 1), ("4096", usable), ("0", usable), ("many", usable)):
        monkeypatch.setenv(threads.LIMIT, said)
        assert threads.cores() == expected
