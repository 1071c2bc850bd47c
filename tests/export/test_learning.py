"""Files that go on learning come to the weights that `fit` comes to, from the same batches: Python, C and JavaScript."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule.export import verification, writing
from chainrule.export.errors import ExportError
from chainrule.export.verification import compilers
from chainrule.layers import BatchNorm, Conv, Flatten, MaxPool
from chainrule.training.optimizers import adam
from chainrule.training.settings import SettingsError

from .networks import NETWORKS, of, rows

KINDS = [
    "net.py",
    pytest.param(
        "net.h",
        marks=[pytest.mark.elsewhere, pytest.mark.skipif(not compilers(), reason="there is no C compiler")],
    ),
    pytest.param(
        "net.js",
        marks=[pytest.mark.elsewhere, pytest.mark.skipif(not shutil.which("node"), reason="there is no Node")],
    ),
]
STEPS, BATCH, RATE = 200, 5, 0.05


def batches(net, steps=STEPS, batch=BATCH):
    random = np.random.default_rng(8)
    x = random.random((steps * batch, net.sizes[0])).astype(np.float32) * net.schema.inputs.scale[0]
    if net.numeric:
        return x, random.normal(size=(len(x), net.sizes[-1])).astype(np.float32)
    return x, (x.sum(axis=1) * 7).astype(int) % net.sizes[-1]


def gone_on(net, file, x, y, monkeypatch, folder, rate=RATE, **learning):
    """The parameters of a file after the steps: the file is run as `verify` runs it, on these batches."""
    found = []

    def given(trained, rows, columns):
        m = trained.learning.batch
        k = len(x) // m
        sent = trained.rows(x).reshape(k, m, -1)
        answers = np.asarray(y, trained.dtype if trained.numeric else np.int32).reshape(k, m, -1)
        return verification.Given(rows, sent, answers if trained.numeric else answers[..., 0])

    monkeypatch.setattr(verification, "_rate", lambda trained: rate)
    monkeypatch.setattr(writing, "given_of", given)
    monkeypatch.setattr(
        writing, "wanted_of", lambda trained, a, given: found.append(given) or verification.Gave(a, np.zeros(1))
    )
    monkeypatch.setattr(writing, "_largest", lambda one, other: found.append(one) or 0.0)
    net.export(folder / file, verify=x[:3], learns=True, batch_size=BATCH, **learning)
    flat = next(each for each in found if isinstance(each, np.ndarray) and each.ndim == 1)
    sizes = np.cumsum([array.size for array in net.parameters])[:-1]
    return [each.reshape(array.shape) for each, array in zip(np.split(flat, sizes), net.parameters, strict=True)]


def networks():
    images = {"input": (1, 8, 8), "activation": "relu", "cost": "log-likelihood"}
    return {
        "the book's": cr.Network([12, 8, 3], seed=1),
        "scaled": cr.Network([12, 8, 3], scale=16, cost="cross-entropy", normalization="batch", seed=1),
        "numbers": cr.Network([12, 8, 2], cost="huber", activation="tanh", normalization="layer", scale="none", seed=1),
        "images": cr.Network([Conv(2, 3), BatchNorm(), MaxPool(2), Flatten(), 3], initializer="he", seed=1, **images),
    }


@pytest.mark.parametrize("file", KINDS)
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("name", networks())
def test_after_200_steps_weights_are_those_of_fit(name, optimizer, file, tmp_path, monkeypatch):
    net = networks()[name]
    x, y = batches(net)
    found = gone_on(net, file, x, y, monkeypatch, tmp_path, optimizer=optimizer)
    before = [each.copy() for each in net.parameters]
    net.fit(x, y, epochs=1, batch_size=BATCH, learning_rate=RATE, optimizer=optimizer, shuffle=False, executor="numpy")
    for own, fitted, old in zip(found, net.parameters, before, strict=True):
        assert np.abs(own - fitted).max() < 1e-4
        assert np.abs(fitted - old).max() > 0.02


@pytest.mark.parametrize("freeze", [(), 2], ids=["all", "a frozen layer"])
@pytest.mark.parametrize("file", KINDS)
def test_a_file_goes_on_where_the_run_stopped(file, freeze, tmp_path, monkeypatch):
    """With its settings, the state of its optimizer, the number of its steps, and what is frozen."""
    settings = {
        "freeze": freeze,
        "batch_size": BATCH, "learning_rate": 0.03, "optimizer": "adam", "shuffle": False, "executor": "numpy",
        "regularization": cr.Regularization(l2=3.0, label_smoothing=0.2), "clipping": cr.Clipping(norm=0.5),
    }  # fmt: skip
    net, other = (cr.Network([12, 8, 3], cost="cross-entropy", seed=1) for _ in range(2))
    x, y = batches(net)
    for each in (net, other):
        each.fit(x, y, epochs=1, **settings)
    net.save(tmp_path / "net.safetensors")
    found = gone_on(net, file, x, y, monkeypatch, tmp_path, rate=0.03)
    other.fit(x, y, epochs=1, **settings)
    for own, fitted in zip(found, other.parameters, strict=True):
        assert np.abs(own - fitted).max() < 1e-4
    assert freeze == () or np.array_equal(found[0], net.parameters[0])
    loaded = cr.load(tmp_path / "net.safetensors")._learning(None, None)
    assert loaded.rule.optimizer.name == "adam" and loaded.rule.l2 == 3.0 / len(x) and loaded.steps == 0
    assert (loaded.batch, loaded.rate, loaded.smoothing, loaded.rule.clip_norm) == (BATCH, 0.03, 0.2, 0.5)


@pytest.mark.wide
@pytest.mark.parametrize("file", KINDS)
@pytest.mark.parametrize("name", NETWORKS)
def test_steps_are_verified_for_every_kind_of_layer(name, file, tmp_path):
    net = of(name)
    made = net.export(tmp_path / file, verify=rows(net), learns=True, optimizer=adam(beta1=0.8))
    if net.architecture.masks:
        assert made.learned is None
    else:
        assert made.learned < 1e-5


@pytest.mark.parametrize("file", KINDS)
def test_dropout_drops_its_share(file, tmp_path, monkeypatch):
    """A network of one neuron per input with the weight 1, whose dropped inputs have no gradient."""
    net = cr.Network([400, 2], dropout=[0.75], cost="quadratic", seed=1)
    for each in net.parameters:
        each[...] = 0
    x = np.ones((STEPS, 400), np.float32)[:BATCH]
    found = gone_on(net, file, x, np.zeros(BATCH, int), monkeypatch, tmp_path, rate=1.0)
    w = found[0]
    shares = w[0] / w[0].max()  # multiples of one example's share of the step
    assert len(np.unique(np.round(shares, 4))) <= BATCH + 1
    assert 0.1 < (shares < 1e-6).mean() < 0.4  # 0.75 ** 5 = 0.24 of the inputs are dropped in all five examples


# ---- what goes wrong -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", KINDS)
def test_a_file_that_learns_otherwise_is_not_written(file, tmp_path, monkeypatch):
    kind = writing.KINDS[f".{file.split('.')[1]}"]

    def wrong(trained, int8):
        learning = trained.learning.rule.optimizer
        update = learning.update
        other = type(learning)("sgd", lambda w, g, rate: update(w, 1.01 * g, rate))
        rule = type(trained.learning.rule)(other)
        return kind.write(replace(trained, learning=replace(trained.learning, rule=rule)), int8)

    monkeypatch.setitem(writing.KINDS, f".{file.split('.')[1]}", replace(kind, write=wrong))
    net = of("the book's")
    said = rf"^{file} learns other parameters than the network, by up to .*, so nothing was written\.$"
    with pytest.raises(ExportError, match=said):
        net.export(tmp_path / file, verify=rows(net), learns=True)
    assert not [*tmp_path.iterdir()]


def test_what_cannot_be_asked_for(tmp_path):
    net = of("tanh")
    with pytest.raises(
        ExportError, match=r"^Weights that are whole numbers cannot be learned; leave out int8 or learns\.$"
    ):
        net.export(tmp_path / "net.h", int8=True, learns=True)
    for settings in ({"batch_size": 3}, {"optimizer": "adam"}):
        with pytest.raises(
            SettingsError, match=r"^batch_size and optimizer are for a file that learns; add learns=True"
        ):
            net.export(tmp_path / "net.h", **settings)
    with pytest.raises(SettingsError, match="batch_size"):
        net.export(tmp_path / "net.h", learns=True, batch_size=0)
    with pytest.raises(SettingsError, match="There is no optimizer 'best'"):
        net.export(tmp_path / "net.h", learns=True, optimizer="best")
    assert not [*tmp_path.iterdir()]


def test_a_step_takes_a_whole_batch(tmp_path):
    net = of("tanh")
    net.export(tmp_path / "net.py", learns=True, batch_size=4)
    scope = {}
    exec((tmp_path / "net.py").read_text(encoding="utf-8"), scope)
    with pytest.raises(ValueError, match=r"^a step takes 4 examples, and was given 3 with 4 answers$"):
        scope["Network"]().step(rows(net)[:3], [0, 1, 2, 0], 0.1)
