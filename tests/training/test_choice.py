"""Which executor trains: native code wherever it can be had, NumPy else, and what is said then."""

import sys

import numpy as np
import pytest

import chainrule as cr
from chainrule.network.architecture import stacked
from chainrule.run.loops import machine_code
from chainrule.show.language import translated
from chainrule.training import choice
from chainrule.training.choice import Choice, numpy_seconds
from chainrule.training.settings import SettingsError, settings
from chainrule.training.step import UpdateRule

BOOK = stacked([784, 30, 10])
LONG = {"examples": 50_000, "epochs": 30, "batch_size": 10, "rule": UpdateRule(), "dtype": "float32"}
SHORT = {**LONG, "examples": 20, "epochs": 1}


def with_a_determinant(z):
    return z * np.linalg.det(z.T @ z)


def test_native_code_from_the_start():
    pytest.importorskip("llvmlite")
    for given in (SHORT, LONG):
        for executor in ("auto", "native"):
            assert choice.choose(executor, BOOK, **given) == Choice("native")
        assert choice.choose("numpy", BOOK, **given) == Choice("numpy")
    assert cr.Network([784, 30, 10], seed=0).executor_for(
        20, settings(20, epochs=1, batch_size=10, learning_rate=3.0)
    ) == Choice("native")


@pytest.fixture
def no_llvmlite(monkeypatch):
    monkeypatch.setattr(choice, "has_llvmlite", lambda: False)


def test_native_without_llvmlite_says_what_to_install(no_llvmlite):
    with pytest.raises(SettingsError) as error:
        choice.choose("native", BOOK, **LONG)
    assert (
        str(error.value) == "The executor 'native' needs llvmlite; install it with pip install \"chainrule[native]\"."
    )
    assert translated(error.value.args[0], "zh") == (
        "执行方式 'native' 需要 llvmlite；请用 pip install \"chainrule[native]\" 安装。"
    )


def test_auto_without_llvmlite_says_so_where_it_takes_long(no_llvmlite):
    assert choice.choose("auto", BOOK, **SHORT) == Choice("numpy")
    chosen = choice.choose("auto", BOOK, **LONG)
    assert chosen.executor == "numpy"
    assert chosen.note == 'Native code would be faster; to get it, install llvmlite: pip install "chainrule[native]".'
    assert translated(chosen.note, "zh") == '编译成机器码会更快；请安装 llvmlite：pip install "chainrule[native]"。'
    with pytest.warns(choice.ExecutorWarning, match="^Native code would be faster"):
        assert choice.executor_with_warning(chosen) == "numpy"
    assert numpy_seconds(BOOK, 50_000, 30, 10, UpdateRule().optimizer) > 5


def test_without_llvmlite_nothing_of_it_is_asked_for(monkeypatch):
    """As an import that fails is found, whatever stands in its way."""
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    monkeypatch.setattr(choice.importlib.util, "find_spec", lambda name: None)
    assert choice.choose("auto", BOOK, **SHORT) == Choice("numpy")


@pytest.mark.parametrize("executor", ["auto", "native"])
def test_an_llvmlite_that_cannot_be_used(executor, monkeypatch):
    monkeypatch.setattr(choice, "has_llvmlite", lambda: True)
    monkeypatch.setattr(machine_code, "unusable", lambda: "LLVM IR parsing error")
    chosen = choice.choose(executor, BOOK, **SHORT)
    assert chosen.executor == "numpy"
    assert chosen.note == "Training runs on NumPy: llvmlite cannot be used (LLVM IR parsing error)."
    assert translated(chosen.note, "zh") == "训练由 NumPy 执行：llvmlite 无法使用（LLVM IR parsing error）。"


def test_webassembly_is_for_browsers():
    with pytest.raises(SettingsError) as error:
        choice.choose("wasm", BOOK, **SHORT)
    assert str(error.value) == "The executor 'wasm' is for Python that runs in a browser; choose 'native' here."


@pytest.mark.parametrize("executor", ["auto", "wasm"])
def test_webassembly_from_the_start_in_a_browser(executor, no_llvmlite, monkeypatch):
    monkeypatch.setattr(choice, "IN_BROWSER", True)
    monkeypatch.setattr(machine_code, "unusable", lambda: "")
    monkeypatch.setattr(machine_code, "register_bytes", lambda: 16)
    assert choice.choose(executor, BOOK, **SHORT) == Choice("wasm")
    odd = stacked([5, 4, 3], activation=with_a_determinant)
    note = "Training runs on NumPy: WebAssembly cannot compute v2 = det(2×2)."
    assert choice.choose(executor, odd, **{**SHORT, "batch_size": 2}) == Choice("numpy", note)
    monkeypatch.setattr(machine_code, "unusable", lambda: "no vectors")
    note = "Training runs on NumPy: WebAssembly cannot be used (no vectors)."
    assert choice.choose(executor, BOOK, **SHORT) == Choice("numpy", note)
    with pytest.raises(SettingsError) as error:
        choice.choose("native", BOOK, **SHORT)
    said = "The executor 'native' needs llvmlite, which does not run in a browser; choose 'wasm' here."
    assert str(error.value) == said


@pytest.mark.parametrize("executor", ["auto", "native"])
def test_what_cannot_be_written_is_named(executor):
    pytest.importorskip("llvmlite")
    odd = stacked([5, 4, 3], activation=with_a_determinant)
    chosen = choice.choose(executor, odd, **{**SHORT, "batch_size": 2})
    assert chosen.executor == "numpy"
    assert chosen.note == "Training runs on NumPy: native code cannot compute v2 = det(2×2)."
    assert translated(chosen.note, "zh") == "训练由 NumPy 执行：机器码无法计算 v2 = det(2×2)。"


def test_native_code_is_written_once(monkeypatch):
    """To see whether it can be, and to run it."""
    pytest.importorskip("llvmlite")
    from chainrule.training import native

    written = []

    class Counted(native.Chunk):
        def __init__(self, *given, **named):
            written.append(given)
            super().__init__(*given, **named)

    monkeypatch.setattr(native, "Chunk", Counted)
    native._chunk_of.cache_clear()
    x, y = np.random.default_rng(0).random((40, 6)), np.arange(40) % 3
    for given in ({"sample_weight": np.linspace(0.5, 1, 40)}, {}, {"sample_weight": np.linspace(1, 2, 40)}, {}):
        for labels in (y, np.eye(3)[y].tolist()):
            history = cr.Network([6, 4, 3], cost="cross-entropy", seed=0).fit(x, labels, epochs=2, **given)
            assert history.executor == "native"
    native._chunk_of.cache_clear()
    assert len(written) == 4  # with weights and without, of one class and of several labels
