"""`chainrule train`: the options that say how to learn, and a run that goes on from its checkpoint."""

import json

import numpy as np
import pytest

import chainrule as cr
from chainrule.cli.sets import training_sets

from .test_train import NATIVE, RUNS

pytestmark = pytest.mark.usefixtures("undiagnosed")

SMALL = ["--train-size", "200", "--test-size", "50"]


def test_the_header_says_how_is_learned(run):
    options = ["--activation", "relu", "--cost", "log-likelihood", "--initializer", "he", "--optimizer", "adam"]
    done = run(
        "train", *SMALL, *options, "--learning-rate", "0.01", "--schedule", "cosine", "--l2", "5", "--epochs", "2"
    )
    assert done.code == 0
    assert done.out.splitlines()[:5] == [
        "network   784 → 30 → 10",
        "          relu and softmax, log-likelihood cost, 23,860 parameters",
        "data      MNIST, bundled   200 to train, 1,000 to validate, 50 to test",
        "learning  η = 0.01, batches of 10",
        f"          Adam, cosine η, λ = 5, seed 0, he weights, {RUNS}",
    ]
    net = cr.load("net.safetensors")
    assert net.architecture.activations == ("relu", "softmax")
    assert net.architecture.cost == "log-likelihood"
    (last,) = net.provenance["runs"]
    assert (last["optimizer"], last["schedule"], last["l2"]) == ("adam", "cosine", 5.0)


def test_the_header_says_what_holds_weights_down(run):
    options = ["--l1", "0.5", "--max-norm", "3", "--clip-norm", "1", "--epochs", "1"]
    head = " ".join(run("train", *SMALL, *options).out.split("epoch ")[0].split())
    assert f"SGD, L1 λ = 0.5, weight norm at most 3, gradient norm at most 1, seed 0, {RUNS}" in head
    head = run("train", *SMALL, *options, "--lang", "zh").out.split("轮 ")[0]
    assert f"SGD，L1 λ = 0.5，权重范数不超过 3，梯度范数不超过 1，种子 0，{'机器码' if NATIVE else 'NumPy'}" in head


def test_patience_ends_a_run(run):
    done = run("train", *SMALL, "--epochs", "50", "--patience", "2", "--json")
    assert done.code == 0
    assert len(json.loads(done.out)["epochs"]) < 50


def test_a_run_goes_on_from_its_checkpoint(run, folder):
    whole = run("train", *SMALL, "--epochs", "3", "-o", "whole.safetensors", "--checkpoint", "run.checkpoint")
    again = run("train", *SMALL, "--resume", "run.checkpoint", "-o", "again.safetensors")
    assert (whole.code, again.code) == (0, 0)
    one, other = cr.load("whole.safetensors"), cr.load("again.safetensors")
    assert [p.tobytes() for p in one.parameters] == [p.tobytes() for p in other.parameters]
    assert again.out.splitlines()[0] == whole.out.splitlines()[0]
    assert "seed 0" in again.out


def test_a_checkpoint_of_other_data_is_refused(run, folder, write_idx):
    run("train", *SMALL, "--epochs", "1", "--checkpoint", "run.checkpoint")
    (folder / "other").mkdir()
    for stem in ("train", "t10k"):
        write_idx(folder / "other" / f"{stem}-images-idx3-ubyte", np.full((2000, 28, 28), 200))
        write_idx(folder / "other" / f"{stem}-labels-idx1-ubyte", np.arange(2000) % 10)
    done = run("train", "other", "--resume", "run.checkpoint")
    assert done.code == 1
    said = " ".join(done.err.split())
    assert said == "chainrule: The checkpoint was made on other examples or labels; resume it on the same."


@pytest.mark.parametrize(
    "typed",
    [
        ("--epochs", "9"),
        ("--layers", "784,10"),
        ("--executor", "numpy" if NATIVE else "native"),
        ("--balanced",),
        ("--find-rate",),
        ("--checkpoint", "other"),
        ("--preset", "fast"),
    ],
)
def test_a_run_that_goes_on_takes_no_other_settings(run, folder, typed):
    run("train", *SMALL, "--epochs", "1", "--checkpoint", "run.checkpoint", "-o", "one.safetensors")
    done = run("train", *SMALL, "--resume", "run.checkpoint", *typed)
    assert done.code == 2
    assert " ".join(done.err.split()) == (
        f"chainrule: {typed[0]} is not as the run in run.checkpoint has it; a run that goes on keeps its settings, so "
        f"leave {typed[0]} out."
    )
    assert sorted(each.name for each in folder.iterdir()) == ["one.safetensors", "run.checkpoint"]


def test_a_run_that_goes_on_may_be_typed_as_it_was_begun(run):
    options = ["--preset", "fast", "--epochs", "1", "--seed", "2", "--balanced", "--checkpoint", "run.checkpoint"]
    whole = run("train", *SMALL, *options)
    again = run("train", *SMALL, *options, "--executor", "auto", "--resume", "run.checkpoint")
    assert again.code == 0
    head = whole.out.split("\n\n")[0]
    assert f"label smoothing 0.05, classes balanced, seed 2, he weights, {RUNS}" in " ".join(head.split())
    assert again.out.split("\n\n")[0] == head


@pytest.mark.parametrize(
    ("option", "value"), [("--cost", "zero"), ("--optimizer", "ada"), ("--schedule", "up"), ("--activation", "sine")]
)
def test_a_name_that_is_none(run, option, value):
    done = run("train", option, value)
    assert done.code == 2
    near = " did you mean adam? It" if value == "ada" else " it"
    assert done.err.startswith(f"chainrule: {option} is {value!r};{near} must be ")


def test_an_output_that_does_not_go_with_the_cost(run):
    """A cost brings its own output activation, so every cost can be asked for alone."""
    for cost in ("cross-entropy", "log-likelihood", "hinge"):
        assert run("train", *SMALL, "--epochs", "1", "--cost", cost).code == 0


@pytest.mark.parametrize(
    ("options", "rate"),
    [((), "3.0"), (("--activation", "relu"), "0.3"), (("--optimizer", "adam"), "0.003"), (("--cost", "hinge"), "0.1")],
)
def test_the_learning_rate_goes_with_the_rest_and_is_said(run, options, rate):
    done = run("train", *SMALL, "--epochs", "1", *options, "-o", "net.safetensors")
    assert f"\nlearning  η = {rate}, batches of 10 " in done.out
    assert cr.load("net.safetensors").provenance["runs"][0]["learning_rate"] == float(rate)


def test_the_header_says_what_is_chosen_beside(run):
    options = [
        "--normalization",
        "batch",
        "--dropout",
        "0.2",
        "--label-smoothing",
        "0.1",
        "--balanced",
        "--augment",
        "light",
    ]
    done = run("train", *SMALL, *options, "--expand", "--epochs", "1")
    assert done.code == 0
    head = " ".join(done.out.split("epoch ")[0].split())
    assert "sigmoid, quadratic cost, batch normalization, dropout 0.2, 23,890 parameters" in head
    assert "1,000 to train" in head
    assert f"SGD, label smoothing 0.1, classes balanced, images augmented, seed 0, {RUNS}" in head
    assert cr.load("net.safetensors").architecture.dropouts == (0.0, 0.2)


def test_a_rate_is_found_and_nothing_trained(run, folder):
    done = run("train", "--train-size", "2000", "--find-rate", "--cost", "cross-entropy")
    assert done.code == 0
    lines = done.out.splitlines()
    assert "learning  η to be found, batches of 10   SGD, seed 0, NumPy" in lines
    rate = lines[-3].removeprefix("learning rate η; start with ")
    assert lines[-1] == f"train with it   chainrule train --train-size 2000 --cost cross-entropy --learning-rate {rate}"
    assert not list(folder.iterdir())
    lines = run(
        "train", "--train-size", "2000", "--find-rate", "--cost", "cross-entropy", "--lang", "zh"
    ).out.splitlines()
    assert "代价 C" in lines
    assert lines[-3] == f"学习率 η；建议从 {rate} 开始"


@pytest.mark.parametrize("option", ["--dropout", "--label-smoothing"])
def test_a_share_is_below_one(run, option):
    done = run("train", option, "1.5")
    assert done.code == 2
    said = " ".join(done.err.split())
    assert said == f"chainrule: {option} is '1.5'; it must be a share from 0 to below 1, such as 0.2."


def test_a_preset_is_what_is_not_typed(run):
    done = run("train", *SMALL, "--preset", "fast", "--epochs", "1", "--learning-rate", "3.0")
    assert done.code == 0
    head = " ".join(done.out.split("epoch ")[0].split())
    assert "784 → 160 → 10 relu and softmax, log-likelihood cost" in head
    assert f"η = 3.0, batches of 8 SGD, linear η, label smoothing 0.05, seed 0, he weights, {RUNS}" in head
    (last,) = cr.load("net.safetensors").provenance["runs"]
    assert last["epochs"] == 1


@pytest.mark.parametrize("name", cr.PRESETS)
def test_presets_are_arguments_of_network_and_fit(name):
    preset = cr.PRESETS[name]
    train, _, _ = cr.datasets.mnist()
    net = cr.Network(**preset.network, seed=0)
    history = net.fit(train.images[:100], train.labels[:100], **{**preset.fit, "epochs": 1})
    assert len(history.epochs) == 1


def test_a_preset_of_convolutions_is_typed_layers(run):
    done = run("train", *SMALL, "--preset", "sprint", "--epochs", "1", "--learning-rate", "1e30")
    assert done.code == 1
    assert "--layers 'conv 8x5, pool 2, conv 24x5, pool 2, 128, 10' --activation relu --cost log-likelihood" in done.err
    read = cr.load("net.safetensors").architecture
    assert read == cr.Network(**cr.PRESETS["sprint"].network, seed=0).architecture


@pytest.mark.parametrize(("options", "learned", "validated"), [
    (["--train-size", "100"], 100, 1_000),
    (["--train-size", "1200"], 1_200, 3_600),
    (["--train-size", "400", "--expand"], 2_000, 1_200),
    (["--train-size", "4000"], 4_000, 10_000),
])  # fmt: skip
def test_scoring_after_each_epoch_takes_no_longer_than_learning(options, learned, validated):
    """An image that is learned from takes as many passes as three that are read; a thousand are read in any case."""
    size, expanded = int(options[1]), "--expand" in options
    sets = training_sets(None, None, size, expanded=expanded)
    assert (len(sets.train.labels), len(sets.valid.labels)) == (learned, validated)
    assert len(training_sets(None, None).valid.labels) == 10_000
