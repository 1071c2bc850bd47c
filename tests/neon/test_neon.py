"""The loops for NEON, which 64-bit ARM processors have, do what those for AVX2 do: training, and derived programs."""

import itertools
import os

import numpy as np
import pytest

import chainrule as cr
from chainrule.gpt import learning
from chainrule.gpt.model import first_weights
from chainrule.gpt.text import Letters
from chainrule.layers import Conv, Flatten, MaxPool
from chainrule.run.loops import machine_code, processor
from chainrule.run.lowering import binding
from chainrule.training import native
from chainrule.training.chunk import Chunk
from chainrule.training.settings import grouped
from chainrule.training.step import UpdateRule

from .emulation import MISSING, Emulated, Runner, assembly

llvm = pytest.importorskip("llvmlite.binding")
pytestmark = pytest.mark.neon
RANDOM = np.random.default_rng(3)
IMAGES = np.where(RANDOM.random((64, 1, 14, 14)) < 0.6, 0.0, RANDOM.random((64, 1, 14, 14))).astype(np.float32)
LABELS = RANDOM.integers(0, 7, 64)
AVX2 = "avx2" if llvm.get_host_cpu_features().get("avx2") else ""
"""What is compared with: what this processor is, if it has no AVX2."""
STEEP = {"activation": "relu", "cost": "log-likelihood"}
CASES = {
    "the book's": ((37, 21, 7), {}),
    "N1, small": ((Conv(5, 3), MaxPool(2), Flatten(), 20, 7), STEEP),
    "N2, small": ((Conv(5, 3), MaxPool(2), Conv(6, 3), MaxPool(2), Flatten(), 20, 7), STEEP),
}


@pytest.fixture
def use(monkeypatch, tmp_path):
    """A function that lets loops run on this processor, as AVX2's if it has that, or on an emulated one with NEON."""
    if MISSING and os.environ.get("CHAINRULE_TEST_NEON") != "1":
        pytest.skip(f"{' and '.join(MISSING)} not installed")
    assert not MISSING, f"{' and '.join(MISSING)} must be installed here"
    numbers = itertools.count()

    def use(name):
        monkeypatch.setenv(processor.VARIABLE, name)
        processor.processor.cache_clear()
        if name != "neon":
            return
        known = {}
        monkeypatch.setattr(Emulated, "runs", [])

        def compiled(functions, making=lambda: None):
            folder = tmp_path / str(next(numbers))
            folder.mkdir()
            return Emulated(functions, folder, known)

        def memory_of(size, made=binding.memory_of):
            found = made(size)
            known[found.ctypes.data] = found
            return found

        monkeypatch.setattr(machine_code, "compiled", compiled)
        monkeypatch.setattr(binding, "memory_of", memory_of)
        monkeypatch.setattr(Runner, "known", known)
        monkeypatch.setattr(native, "NativeRunner", Runner)

    yield use
    monkeypatch.undo()
    processor.processor.cache_clear()


def trained(case, batch):
    sizes, network = CASES[case]
    net = cr.Network(list(sizes), seed=2, **network, **({} if sizes[0] == 37 else {"input": (1, 14, 14)}))
    images = IMAGES.reshape(64, -1)[:, 60:97] if sizes[0] == 37 else IMAGES
    given = grouped({"epochs": 2, "learning_rate": 0.1, "batch_size": batch})
    history = net.fit(images, LABELS, executor="native", **given)
    return net.parameters, history.epochs[-1].train


@pytest.mark.parametrize("batch", [10, 32])
@pytest.mark.parametrize("case", CASES)
def test_training_learns_what_it_learns_with_avx2(case, batch, use):
    use(AVX2)
    expected, score = trained(case, batch)
    use("neon")
    found, told = trained(case, batch)
    assert Emulated.runs
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-6 * np.abs(other).max())
    assert told.cost == pytest.approx(score.cost, rel=1e-6)
    assert told.correct == score.correct


def test_a_sum_for_a_difference_is_found(use, monkeypatch):
    """A fault planted in the code for NEON alone."""
    use(AVX2)
    expected, _ = trained("N1, small", 10)
    use("neon")
    text = machine_code.module_text
    monkeypatch.setattr(machine_code, "module_text", lambda *given: text(*given).replace("fsub", "fadd", 1))
    found, _ = trained("N1, small", 10)
    assert not all(
        np.allclose(one, other, rtol=2e-5, atol=2e-6 * np.abs(other).max())
        for one, other in zip(found, expected, strict=True)
    )


def test_a_small_gpt_learns_what_it_learns_with_avx2(use):
    names = ["anna", "hanna", "susanna", "emma", "otto", "ada", "alan", "grace"]
    letters = Letters.of(names)
    weights = tuple(each.astype(np.float32) for each in first_weights(letters.end + 1, np.random.default_rng(0)))
    zeros = tuple(map(np.zeros_like, weights))
    tokens, targets, share = letters.pieces(names)
    numbers = learning.numbers_of(0, len(tokens), 100).astype(np.float32)

    def learned():
        run = cr.compile(learning.learned, "native")
        costs, found, *_ = run(weights, zeros, zeros, tokens, targets, share.astype(np.float32), numbers)
        return costs, found

    use(AVX2)
    costs, expected = learned()
    use("neon")
    told, found = learned()
    assert Emulated.runs == ["main"]
    np.testing.assert_allclose(told, costs, rtol=1e-5)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4 * np.abs(other).max())


def test_products_multiply_and_add_four_numbers_at_once(use):
    use("neon")
    sizes, network = CASES["N1, small"]
    net = cr.Network(list(sizes), input=(1, 14, 14), **network)
    task = native.task_of(net.architecture, 10, "float32", UpdateRule(), weighted=False)
    chunk = Chunk(task, machine_code.register_bytes(), processor.processor().fuses)
    text = assembly([*chunk.parts, chunk.function])
    assert text.count("fmla\tv") > 100
    assert "bl\tfmaf" not in text
