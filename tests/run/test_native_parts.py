"""The parts of the native executor: vector functions, the cache, imitated processors; and faults planted in them."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba")

import numba

from chainrule.network.architecture import stacked
from chainrule.run.loops import cache, processor
from chainrule.run.loops.processor import KINDS, VARIABLE
from chainrule.run.native import elementwise, layout, objects, vector, vectors
from chainrule.show.language import translated
from chainrule.training import choice
from chainrule.training.choice import Choice, verdict
from chainrule.training.settings import SettingsError
from chainrule.training.step import UpdateRule

POINTS = np.concatenate(
    [np.linspace(-87, 88, 2000), np.linspace(-2, 2, 2000), [0, 1e-20, -1e-7, 1e-7, np.inf, -np.inf, np.nan, 88.6]]
).astype(np.float32)
POINTS = np.concatenate([POINTS, np.ones(-len(POINTS) % 16, np.float32)])
EXPECTED = {
    "exp": np.exp, "log": np.log, "log1p": np.log1p, "expm1": np.expm1, "tanh": np.tanh, "sqrt": np.sqrt,
    "sin": np.sin, "cos": np.cos, "absolute": np.abs, "sign": np.sign,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)), "relu": lambda z: np.where(z > 0, z, 0),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_vector_functions_are_right_to_the_last_bits(name):
    operation, load, store = elementwise.OPERATIONS[name], vector.load, vector.store

    @numba.njit
    def apply(x, y):
        for q in range(0, x.size, 16):
            store(y, q, operation(load(x, q)))

    y = np.empty_like(POINTS)
    apply(POINTS, y)
    with np.errstate(all="ignore"):
        wanted = EXPECTED[name](POINTS.astype(np.float64)).astype(np.float32)
    np.testing.assert_allclose(y, wanted, rtol=3e-7, atol=1.5e-38)


def test_this_numba_is_usable():
    assert elementwise.usable() == ""


def test_the_cache_folder_may_be_missing_or_closed(tmp_path, monkeypatch):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "new"))
    assert cache.module("answer = 42", "one").answer == 42
    (kept,) = (tmp_path / "new").iterdir()
    assert (kept.suffix, kept.read_text()) == (".py", "answer = 42")
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "file"))
    assert cache.module("answer = 43", "one").answer == 43
    assert cache.proven("x", lambda: "") == ""


def test_a_file_of_the_name_with_other_text_is_not_run(tmp_path, monkeypatch):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    file = tmp_path / f"{cache.name('answer = 44', 'one')}.py"
    file.write_text("raise SystemExit")
    assert cache.module("answer = 44", "one").answer == 44
    assert file.read_text() == "answer = 44"


def test_the_folder_is_the_platforms(monkeypatch, tmp_path):
    monkeypatch.delenv(cache.VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setattr(cache.sys, "platform", "linux")
    assert cache.folder() == tmp_path / "chainrule" / "native"
    monkeypatch.setattr(cache.sys, "platform", "win32")
    assert cache.folder() == tmp_path / "chainrule" / "native"
    monkeypatch.setattr(cache.sys, "platform", "darwin")
    assert cache.folder() == Path.home() / "Library" / "Caches" / "chainrule" / "native"


def test_what_cannot_be_written_is_named():
    odd = stacked([5, 4, 3], activation=lambda z: np.tril(z))
    chosen, has_vectors = verdict(odd, 2, "float32", UpdateRule(), False)
    assert (chosen.executor, has_vectors) == ("numpy", True)
    assert chosen.note == "Training runs on NumPy: native code cannot compute a2 = tril(4×2)."
    assert translated(chosen.note, "zh") == "训练由 NumPy 执行：机器码无法计算 a2 = tril(4×2)。"


@pytest.fixture
def plain(monkeypatch):
    """A processor of which nothing is known, as where Numba does not compile vectors."""
    monkeypatch.setenv(VARIABLE, "plain")
    found = (processor.processor, vectors.no_vectors)
    [each.cache_clear() for each in found]
    yield
    [each.cache_clear() for each in found]


def test_without_vectors_loops_are_plain_where_they_win_and_that_is_said(plain):
    given = {"examples": 50_000, "rule": UpdateRule(), "dtype": "float32"}
    net, wide = stacked([784, 30, 10]), stacked([784, 512, 10])
    chosen = choice.choose("native", net, epochs=1, batch_size=10, **given)
    assert chosen.executor == "native"
    assert chosen.note == (
        f"Native code runs without vector instructions ({VARIABLE} is plain): slower, with the same results."
    )
    for network, batch in ((net, 64), (wide, 10)):
        chosen = choice.choose("native", network, epochs=1, batch_size=batch, **given)
        assert chosen.executor == "numpy"
        assert chosen.note.startswith("Training runs on NumPy, which is faster here than native code without vector")
    assert choice.choose("auto", net, epochs=10, batch_size=10, **given) == Choice("numpy")
    assert choice.choose("auto", net, epochs=100, batch_size=10, **given).executor == "native"


def test_a_numba_that_does_not_compile_vectors(monkeypatch, tmp_path):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    monkeypatch.setattr(elementwise, "usable", lambda: "LoweringError: no such thing")
    vectors.no_vectors.cache_clear()
    try:
        said = f"Numba {numba.__version__} does not compile vectors: LoweringError: no such thing"
        assert vectors.no_vectors() == said
        assert vectors.kind_for("float32") == KINDS["plain"]
    finally:
        vectors.no_vectors.cache_clear()


def test_native_without_numba(monkeypatch):
    monkeypatch.setattr(choice, "has_numba", lambda: False)
    given = {"examples": 50_000, "epochs": 30, "batch_size": 10, "rule": UpdateRule(), "dtype": "float32"}
    with pytest.raises(SettingsError) as error:
        choice.choose("native", stacked([784, 30, 10]), **given)
    assert str(error.value) == "The executor 'native' needs Numba; install it with pip install \"chainrule[native]\"."
    chosen = choice.choose("auto", stacked([784, 30, 10]), **given)
    assert chosen.executor == "numpy"
    assert chosen.note == 'Native code would be faster; to get it, install Numba: pip install "chainrule[native]".'
    with pytest.warns(choice.ExecutorWarning, match="^Native code would be faster"):
        assert choice.executor_with_warning(chosen) == "numpy"


PROGRAM = """
import numpy as np, chainrule as cr
from chainrule.run.native import chunk
from chainrule.training import native
chunk.WORTH, native.cores = 0, lambda: 2
random = np.random.default_rng(8)
images = np.where(random.random((43, 37)) < 0.6, 0, random.integers(0, 256, (43, 37))).astype(np.uint8)
labels = random.integers(0, 7, 43)
nets = [cr.Network([37, 21, 7], seed=3, activation="relu", cost="log-likelihood") for _ in range(2)]
for net, executor in zip(nets, ("native", "numpy")):
    fit = {"learning_rate": 0.05, "batch_size": 20}
    assert net.fit(images, labels, epochs=2, executor=executor, **fit).executor == executor
for a, b in zip(*(net.parameters for net in nets)):
    np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-4)
from chainrule.run.loops.processor import processor
print(processor().name)
"""


@pytest.mark.parametrize("kind", ["avx2", "sse4.2", "plain"])
def test_other_processors_learn_the_same(kind):
    """Written in tiles for a smaller processor, and compiled for it, in two threads; or without vectors, in one."""
    environment = {**os.environ, VARIABLE: kind}
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=environment)
    assert (done.stdout, done.returncode) == (f"{kind}\n", 0), done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_tiles_fit_the_registers(kind):
    for columns in (1, 7, 10, 128, 784, 787):
        for width in (1, 2, 13):
            for whole in (False, True):
                rows, at_once = layout.tile(columns, width, KINDS[kind], whole=whole)
                assert rows <= KINDS[kind].rows
                assert at_once == width if whole else at_once <= width
                assert rows * at_once <= KINDS[kind].sums or (whole and rows == 1)


@pytest.mark.parametrize(
    "planted",
    [
        lambda text: text.replace("subtract(a3, y)", "subtract(y, a3)"),
        lambda text: text.replace("x_step=1", "x_step=2", 1),
        lambda text: text.replace("rows=37,", "rows=36,"),
        lambda text: text.replace("store(memory, at_new_b2", "store(memory, at_w2"),
    ],
)
def test_faults_planted_in_the_source_are_seen(planted, monkeypatch):
    from chainrule.training import native

    def faulty(source, stem, kinds, compiling):
        wrong = planted(source)
        assert wrong != source
        return objects.function(wrong, stem, kinds, compiling)

    monkeypatch.setattr(native, "function", faulty)
    random = np.random.default_rng(8)
    import chainrule as cr

    images, labels = random.random((40, 37)).astype(np.float32), random.integers(0, 7, 40)
    nets = [cr.Network([37, 21, 7], seed=3) for _ in range(2)]
    for net, executor in zip(nets, ("native", "numpy"), strict=True):
        net.fit(images, labels, epochs=1, executor=executor)
    pairs = list(zip(*(net.parameters for net in nets), strict=True))
    assert not all(np.allclose(a, b, rtol=2e-4, atol=2e-4) for a, b in pairs)
