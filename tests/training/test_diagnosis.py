"""Each finding on a run that has the fault, and none on runs that are well; what a remedy says, repairs the run."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.cli.remedy import command
from chainrule.show.findings import remedy, sentence
from chainrule.show.language import LANGUAGES, catalog
from chainrule.training import facts
from chainrule.training.diagnosis import EARLY, Finding
from chainrule.training.history import Epoch, History, Score

TRAIN, VALID, TEST = cr.datasets.mnist()
RELU = {"activation": "relu", "cost": "log-likelihood", "initializer": "he"}
DEEP = (784, 30, 30, 30, 30, 30, 10)
NETWORK = ("normalization", "initializer", "activation", "seed")


def images(n=5000, change=lambda each: each):
    return change(TRAIN.images[:n] / 255), TRAIN.labels[:n]


def rare(label, one_of):
    """20,000 images, of one class only every so many."""
    keep = (TRAIN.labels[:20_000] != label) | (np.arange(20_000) % one_of == 0)
    return TRAIN.images[:20_000][keep], TRAIN.labels[:20_000][keep]


def trained(data, sizes, network, fit, validation):
    net = cr.Network(sizes, **{"seed": 0, **network})
    history = net.fit(*data, validation=validation, **{"epochs": 5, **fit})
    found = net.diagnose(*data, history=history, validation=validation)
    return net, found


FAULTS = {
    # name of the finding: data, sizes, what Network is given, what fit is given
    "faint-inputs": [
        (images(change=lambda each: each / 255), (784, 30, 10), {}, {}),
        (images(change=lambda each: each * 0.06), (784, 30, 10), {}, {}),
    ],
    "rate-too-large": [
        (images(), (784, 30, 10), {}, {"learning_rate": 30.0}),
        (images(), (784, 30, 10), {}, {"learning_rate": 300.0}),
        (images(), (784, 30, 10), RELU, {"learning_rate": 3.0}),
        (images(), (784, 30, 10), {"cost": "cross-entropy"}, {"learning_rate": 30.0}),
        (images(change=lambda each: 1 - each), (784, 30, 10), {}, {}),  # white on black: 0.87 of all ink
    ],
    "rate-too-small": [
        (images(), (784, 30, 10), {}, {"learning_rate": 0.003}),
        (images(), (784, 30, 10), {}, {"learning_rate": 0.03}),
        (images(), (784, 30, 10), RELU, {"learning_rate": 0.0003}),
        (images(), (784, 30, 10), RELU, {"learning_rate": 1e-6, "optimizer": "adam", "batch_size": 100}),
    ],
    "vanishing": [
        (images(), DEEP, {}, {}),
        (images(), DEEP, {"cost": "cross-entropy"}, {"learning_rate": 0.5}),
    ],
    "saturated": [
        (images(change=lambda each: 1 - each), (784, 30, 10), {"initializer": "large"}, {"learning_rate": 0.3}),
    ],
    "dead": [
        (images(), (784, 30, 10), RELU, {"learning_rate": 1.0}),
        (images(), (784, 30, 10), RELU, {"learning_rate": 0.1, "optimizer": "adam", "batch_size": 100}),
    ],
    "lost-flat": [(images(), (784, 10), {"initializer": "large", "seed": 3}, {})],
    "not-yet": [(images(200), (784, 30, 10), {}, {"epochs": 1})],
    "unbalanced": [(rare(7, 50), (784, 30, 10), {}, {}), (rare(0, 100), (784, 30, 10), {}, {})],
    "by-heart": [
        (images(1000), (784, 30, 10), {}, {"epochs": 12}),
        (images(1000), (784, 30, 10), RELU, {"epochs": 20, "learning_rate": 0.1}),  # varied images take longer
    ],
}


@pytest.mark.parametrize(
    ("name", "run"),
    [pytest.param(name, run, id=f"{name}-{k}") for name, runs in FAULTS.items() for k, run in enumerate(runs)],
)
def test_a_fault_is_found_and_its_remedy_repairs_it(name, run):
    data, sizes, network, fit = run
    held_out = VALID.images / 255
    if data[0].dtype.kind == "f" and data[0].mean() > 0.5:
        held_out = 1 - held_out
    elif name == "faint-inputs":
        held_out = held_out * data[0].max()
    validation = (held_out, VALID.labels)
    net, found = trained(data, sizes, network, fit, validation)
    assert found[0].name == name, found
    changes = dict(found[0].remedy)
    assert changes
    network = {**network, **{key: value for key, value in changes.items() if key in NETWORK}}
    fit = {**fit, **{key: value for key, value in changes.items() if key not in NETWORK}}
    repaired, left = trained(data, sizes, network, fit, validation)
    names = [each.name for each in left]
    if name == "by-heart":
        assert next((each.numbers["ahead"] for each in left), 0) < found[0].numbers["ahead"] - 2
    else:
        assert name not in names, left
    assert repaired.score(*validation) > net.score(*validation)


def test_errors_that_explode():
    """Five hidden layers of weights N(0, 1): a step at the usual rate ends at no number, and the last weights tell why."""
    net = cr.Network(DEEP, **{**RELU, "initializer": "large"}, seed=0)
    with pytest.raises(cr.ChainruleError, match="infinite or no number"):
        net.fit(*images(), learning_rate=0.1)
    (finding,) = (each for each in net.diagnose(*images()) if each.name == "exploding")
    assert finding.numbers["ratio"] > 100
    assert finding.remedy["initializer"] == "he"
    again = cr.Network(DEEP, **{**RELU, "initializer": finding.remedy["initializer"]}, seed=0)
    history = again.fit(*images(), learning_rate=finding.remedy["learning_rate"], epochs=5)
    assert history.epochs[-1].train.accuracy > 0.9
    assert "exploding" not in [each.name for each in again.diagnose(*images(), history=history)]


def test_numbers_that_are_far_from_their_scale():
    random = np.random.default_rng(0)
    x = random.normal(2000, 500, (500, 3))
    y = (x @ [[0.1], [-0.2], [0.3]] / 500).astype(float)
    net = cr.Network([3, 20, 1], activation="tanh", cost="mean-squared-error", seed=0)
    with pytest.raises(cr.ChainruleError, match="infinite or no number"):
        net.fit(x, y, epochs=30, learning_rate=0.1)
    finding = net.diagnose(x, y)[0]
    assert (finding.name, finding.remedy) == ("far-inputs", {"normalization": "batch"})
    again = cr.Network([3, 20, 1], activation="tanh", cost="mean-squared-error", normalization="batch", seed=0)
    again.fit(x, y, epochs=30, learning_rate=0.1)
    assert again.score(x, y) > 0.9 > net.score(x, y)


HEALTHY = {
    "default": ((784, 30, 10), {}, {"epochs": 3}, 50_000),
    "100 hidden": ((784, 100, 10), {}, {"epochs": 2}, 50_000),
    "chapter 3": ((784, 30, 10), {"cost": "cross-entropy"}, {"epochs": 2, "learning_rate": 0.5, "l2": 5.0}, 50_000),
    "large weights": ((784, 30, 10), {"initializer": "large"}, {"epochs": 2}, 50_000),
    "no hidden layer": ((784, 10), {}, {"epochs": 2, "learning_rate": 0.5}, 20_000),
    "two hidden": ((784, 30, 30, 10), {}, {"epochs": 2}, 20_000),
    "five of relu": (DEEP, RELU, {"epochs": 2, "learning_rate": 0.03}, 20_000),
    "five of tanh": (DEEP, {**RELU, "activation": "tanh"}, {"epochs": 2, "learning_rate": 0.03}, 20_000),
    "batch normalization": (DEEP, {"normalization": "batch"}, {"epochs": 2}, 20_000),
    "adam": ((784, 30, 10), RELU, {"epochs": 2, "learning_rate": 0.001, "optimizer": "adam"}, 20_000),
    "fast": ((784, 160, 10), RELU, {**cr.PRESETS["fast"].fit, "epochs": 1}, 50_000),
    "best, smaller": ((784, 100, 50, 10), RELU, {**cr.PRESETS["best"].fit, "epochs": 2}, 20_000),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_a_run_that_is_well_has_no_finding(name):
    sizes, network, fit, n = HEALTHY[name]
    early = []
    net = cr.Network(sizes, **network, seed=1)
    data = (TRAIN.images[:n], TRAIN.labels[:n])

    def watch(epoch):
        if epoch.number == 1:
            history = History((epoch,), "numpy", settings=fit)
            early.extend(each for each in net.diagnose(*data, history=history) if each.name in EARLY)

    history = net.fit(*data, **fit, validation=VALID, callbacks=[watch])
    assert early == []
    assert net.diagnose(*data, history=history, validation=VALID) == ()


def test_a_network_that_has_learnt_nothing_yet_has_no_finding_but_its_answers():
    assert {each.name for each in cr.Network([784, 30, 10], seed=0).diagnose(*TRAIN)} <= {"not-yet"}


def test_a_loaded_network_remembers_its_settings(tmp_path):
    net = cr.Network([784, 10], initializer="large", seed=3)
    net.fit(*images(), epochs=2, learning_rate=2.0)
    net.save(tmp_path / "net.safetensors")
    assert cr.load(tmp_path / "net.safetensors").diagnose(*images()) == net.diagnose(*images())


def test_the_errors_are_those_of_the_textbook():
    """δ of both layers, measured here, against ∂C/∂b of one example at a time."""
    net = cr.Network([784, 30, 10], seed=0, dtype="float64")
    inputs, _, targets = net._pair(TEST.images[:4], TEST.labels[:4])
    found = facts._passes(net.architecture, net.parameters, inputs, targets)
    for k in range(4):
        nabla_b, _ = net.backprop(TEST.images[k], TEST.labels[k])
        for (_, _, error), b in zip(found, nabla_b, strict=True):
            np.testing.assert_allclose(error[:, k : k + 1], b, rtol=1e-10)


def test_every_finding_and_every_change_has_words():
    names = {*FAULTS, "exploding", "far-inputs", "lost"}
    table = set(catalog("diagnosis"))
    assert names <= table
    assert {key.removesuffix(".many") for key in table if not key.startswith("to.")} - names == {
        "remedy", "at most", "comma", "and", "then",
    }  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_finding_in_words(language):
    finding = Finding(
        "lost-flat",
        {"labels": (3, 5, 8, 9), "shown": 4000, "right": 1, "slopes": (1e-5, 2e-7, 3e-6, 4e-4)},
        {"initializer": "default", "learning_rate": 0.5},
    )
    said = sentence(language, finding.name, finding.numbers), remedy(language, finding.remedy)
    assert (
        said
        == {
            "en": (
                "3, 5, 8 and 9 are never the answer: of 4,000 images that show them, 1 are read right. On them the slopes σ′ of "
                "these output neurons are 4·10⁻⁴ at most: on so flat an end of σ hardly any error passes, and these neurons "
                "cannot learn any more.",
                "To repair it, let weights start as `default` has them and set η to 0.5:",
            ),
            "zh": (
                "3、5、8 和 9 从来不是答案：4,000 张这样的图像中读对了 1 张。这时这些输出神经元的斜率 σ′ 为 4·10⁻⁴ 以下："
                "σ 的两端这么平，"
                "误差几乎传不过去，这些神经元再也学不动了。",
                "补救办法：用 `default` 方式初始化权重，并把学习率 η 设为 0.5：",
            ),
        }[language]
    )


def test_a_remedy_is_a_whole_command():
    values = {"train_size": 500, "learning_rate": 30.0, "epochs": 30}
    assert command(values, {"learning_rate": 3.0}) == "chainrule train --train-size 500 --learning-rate 3.0"
    assert command(values, {"class_weight": "balanced"}) == (
        "chainrule train --train-size 500 --learning-rate 30.0 --balanced"
    )


def test_a_fault_that_is_planted_in_the_measuring_is_noticed(monkeypatch):
    """Were δ measured as 1 everywhere, five hidden layers of σ would seem to be well."""
    measured = facts._passes
    monkeypatch.setattr(facts, "_passes", lambda *args: [(z, a, np.ones_like(a)) for z, a, _ in measured(*args)])
    data, sizes, network, fit = FAULTS["vanishing"][0]
    _, found = trained(data, sizes, network, fit, None)
    assert "vanishing" not in [each.name for each in found]


def test_no_more_neurons_are_stuck_than_there_are():
    """A sigmoid thrown far enough answers exactly 0: on its flat end, and dead as a rectifier would be."""
    net = cr.Network([784, 30, 10], seed=0)
    history = net.fit(*images(2000), epochs=1, learning_rate=1000.0)
    (finding,) = (each for each in net.diagnose(*images(2000), history=history) if each.name == "rate-too-large")
    assert (finding.numbers["stuck"], finding.numbers["neurons"]) == (10, 10)


def test_points_ahead_are_those_between_the_shares_that_are_printed():
    def ahead(train, valid):
        epoch = Epoch(1, Score(0.1, train, 20_000), Score(0.1, valid, 10_000), 1.0, 3.0)
        net = cr.Network([784, 10], seed=0)
        found = net.diagnose(*images(100), history=History((epoch,), "numpy", settings={"epochs": 1}))
        return next(each.numbers for each in found if each.name == "by-heart")

    said = sentence("en", "by-heart", ahead(19_791, 9_501))
    assert said.startswith("Learning by heart: training is 4.0 points ahead. 99.0 % of the images")
    assert "95.0 % of those that validate" in said
