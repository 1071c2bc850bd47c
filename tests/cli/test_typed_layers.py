"""Layers as they are typed make what Python makes, are written as they were read, and errors say what would be right."""

import json

import numpy as np
import pytest

import chainrule as cr
from chainrule.cli.arguments import layers
from chainrule.cli.layers import options_of, read_layers
from chainrule.cli.parsing import together
from chainrule.layers import AveragePool, BatchNorm, Conv, Dense, Dropout, Embedding, Flatten, LayerNorm, MaxPool
from chainrule.network.architecture import stacked

DIGIT = (1, 28, 28)
TYPED = {
    "784,30,10": ([784, 30, 10], None),
    "784, dropout 0.2, 30, dropout 0.5, 20, 10": ([784, Dropout(0.2), 30, Dropout(0.5), 20, 10], None),
    "conv 20x5, pool 2, 100, 10": ([Conv(20, 5), MaxPool(2), Flatten(), 100, 10], DIGIT),
    "conv 20x5 same, average pool 2, dropout 0.25, conv 8x3x5 step 2x1 pad 2x1 groups 4, 10": (
        [
            Conv(20, 5, padding="same"), AveragePool(2), Dropout(0.25),
            Conv(8, (3, 5), stride=(2, 1), padding=(2, 1), groups=4), Flatten(), 10,
        ],
        DIGIT,
    ),
    "conv 4x3 step 2, batch norm, pool 3x2 step 1, layer norm, flatten, batch norm, 10": (
        [Conv(4, 3, stride=2), BatchNorm(), MaxPool((3, 2), 1), LayerNorm(), Flatten(), BatchNorm(), 10],
        DIGIT,
    ),
    "28x28,30,10": ([Flatten(), 30, 10], DIGIT),
    "3x32x32, conv 8x3, 10": ([Conv(8, 3), Flatten(), 10], (3, 32, 32)),
    "dropout 0.1, conv 8x3, 10": ([Dropout(0.1), Conv(8, 3), Flatten(), 10], DIGIT),
}  # fmt: skip


@pytest.mark.parametrize("text", TYPED)
def test_what_is_typed_is_what_python_makes(text):
    made, shape = TYPED[text]
    assert stacked(**read_layers(layers(text))) == stacked(made, input=shape)


@pytest.mark.parametrize("text", TYPED)
def test_they_are_written_as_they_were_read(text):
    made, shape = TYPED[text]
    options = options_of(stacked(made, input=shape, activation="tanh"))
    assert together(options["layers"]) == text
    assert options["activation"] == "tanh"


def test_what_the_hidden_layers_have_in_common_is_an_option():
    made = [Conv(4, 5), Dropout(0.1), MaxPool(2), Flatten(), 20, 30, 10]
    found = options_of(stacked(made, input=DIGIT, activation="relu", normalization="batch", dropout=0.5))
    assert found == {
        "layers": ("conv 4x5", "dropout 0.1", "pool 2", 20, 30, 10),
        "activation": "relu", "normalization": "batch", "dropout": 0.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    "made",
    [
        [Conv(4, 5, "tanh"), MaxPool(2), Flatten(), 10, 10],
        [MaxPool(2, ties="share"), Flatten(), 10],
        [Conv(4, 5), BatchNorm("relu"), Flatten(), 10],
        [Conv(4, 5), Flatten(), Dense(20, normalization="batch"), 20, 10],
    ],
)
def test_what_cannot_be_typed_has_no_options(made):
    assert options_of(stacked(made, input=DIGIT)) == {}


def test_nor_have_tokens():
    assert options_of(stacked([Embedding(27, 4), Flatten(), 27], input=8)) == {}


def test_spaces_and_signs_are_free(run):
    neat = run("shapes", "conv 4x5 same step 2, pool 2, 10")
    assert neat.code == 0, neat.err
    assert run("shapes", " conv  4×5 step 2  same,pool 2,10 ").out == neat.out
    assert run("shapes", "28x28, conv 4x5 step 2 same, pool 2, 10").out == neat.out


RIGHT = {
    "784, conv 20x5, 10": "conv 20x5 takes images, with rows and columns, and not 784 numbers; leave 784 out: 'conv 20x5, 10'",
    "conv 4x5, 50, pool 2, 10": "pool 2 takes images, with rows and columns, and not 50 neurons; put it in front of them.",
    "conv 4x5, pool 2": "The last layer, pool 2, gives images; put a number of neurons behind it, one for each answer: "
    "'conv 4x5, pool 2, 10'",
    "cnv 20x5, 10": "There is no layer 'cnv 20x5'; did you mean conv?",
    "conv 4x5, gated, 10": "gated is not a number of neurons; if it is a layer of your own, name the Python file that "
    "defines it: --functions FILE.py",
    "conv 20, 10": "The layer 'conv 20' must be maps and the size of a kernel, such as conv 20x5, with step 2, pad 2, same "
    "or groups 4 behind it or not.",
    "conv 4x5 step 2 step 3, 10": "The layer 'conv 4x5 step 2 step 3' must be maps and the size of a kernel, such as conv "
    "20x5, with step 2, pad 2, same or groups 4 behind it or not.",
    "conv 4x5, pool 2 pad 1, 10": "The layer 'pool 2 pad 1' must be the size of a window, such as pool 2, with step 1 behind "
    "it or not.",
    "conv 4x5, average pool, 10": "The layer 'average pool' must be the size of a window, such as average pool 2, with step 1 "
    "behind it or not.",
    "conv 4x5, dropout 2, 10": "The layer 'dropout 2' must be a share from 0 to below 1, such as dropout 0.5.",
    "conv 4x5, flatten 2, 10": "The layer 'flatten 2' must be flatten alone.",
    "conv 0x5, 10": "filters is 0; it must be a whole number from 1.",
    "conv 4x5 groups 3, 10": "The 4 neurons or channels cannot be divided into 3 groups.",
    "conv 4x5, pool 30, 10": "The layer MaxPool leaves nothing of 4×24×24, which is smaller than its windows.",
}  # fmt: skip


@pytest.mark.parametrize("text", RIGHT)
def test_an_error_says_what_would_be_right(run, text):
    done = run("shapes", text)
    assert (done.out, " ".join(done.err.split())) == ("", f"chainrule: {RIGHT[text]}")


LISTS = "layers with commas between them, such as 784,30,10 or conv 20x5, pool 2, 100, 10"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("conv 20x5", None),
        ("10", None),
        ("gated,10", "gated"),
        ("conv 4x5,,10", None),
        ("10,28x28", "28x28"),
        ("conv 4x5, 1O", "1O"),
        ("784,30,0", "0"),
        ("784,30,-10", "-10"),
        ("784,30.5,10", "30.5"),
        ("784;30,10", "784;30"),
    ],
)
def test_what_is_no_list_of_layers_is_named(run, text, part):
    done = run("train", "--layers", text)
    assert done.code == 2
    none = f"; {part!r} is none" if part else ""
    assert " ".join(done.err.split()) == f"chainrule: --layers is {text!r}; it must be {LISTS}{none}."


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("784-30-10", "784,30,10"),
        ("784 30 10", "784,30,10"),
        ("784 → 30 → 10", "784,30,10"),
        ("784 -> 30 -> 10", "784,30,10"),
        ("784/30/10", "784,30,10"),
        ("784;30;10", "784,30,10"),
        ("conv8x5,pool2,10", '"conv 8x5, pool 2, 10"'),
        ("conv8x5, average pool2,dropout.5, 10", '"conv 8x5, average pool 2, dropout .5, 10"'),
    ],
)
@pytest.mark.parametrize("command", [["shapes"], ["train", "--layers"]])
def test_layers_that_are_written_otherwise_are_written_right(run, folder, text, meant, command):
    done = run(*command, text)
    name = command[-1] if len(command) > 1 else "LAYERS"
    assert done.code == 2
    assert " ".join(done.err.split()) == f"chainrule: {name} is {text!r}; did you mean {meant}? It must be {LISTS}."
    assert run("shapes", meant.strip('"')).code == 0  # what is advised is right


def test_a_file_whose_name_looks_like_layers_is_a_file(run, folder):
    cr.Network([4, 3, 2], seed=0).save("784-30-10")
    assert "3×4" in run("shapes", "784-30-10").out


def test_a_layer_without_its_space_is_named(run):
    for text, part in (
        ("conv 8x5, pool2,10", "pool 2"),
        ("28x28, conv8x5, 10", "conv 8x5"),
        ("784,dropout0.5,10", "dropout 0.5"),
    ):
        done = run("shapes", text)
        glued = part.replace(" ", "")
        assert " ".join(done.err.split()) == f"chainrule: There is no layer {glued!r}; did you mean {part}?"


# ---- training ----------------------------------------------------------------------------------------------------------

SMALL = ["--train-size", "200", "--test-size", "50", "--epochs", "2"]
CONV = ["--layers", "conv 3x5, pool 4, dropout 0.1, 10, 10", "--activation", "relu", "--cost", "log-likelihood"]


def test_a_convolutional_network_is_trained_as_python_trains_it(run, folder, undiagnosed):
    done = run("train", *SMALL, *CONV, "--normalization", "batch", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["parameters"] == 3 * 26 + 108 * 10 + 20 + 10 * 11
    train, _, _ = cr.datasets.mnist()
    made = [Conv(3, 5), MaxPool(4), Dropout(0.1), Flatten(), Dense(10, "relu", normalization="batch"), 10]
    net = cr.Network(made, input=DIGIT, activation="relu", cost="log-likelihood", seed=0)
    net.fit(train.images[:200], train.labels[:200], epochs=2, batch_size=10)
    read = cr.load("net.safetensors")
    assert read.architecture == net.architecture
    for one, other in zip(read.parameters, net.parameters, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_it_suggests_runs(run, folder, undiagnosed):
    done = run("train", *SMALL, *CONV, "--checkpoint", "run.checkpoint")
    suggested = [line.split("chainrule ")[1].split() for line in done.out.splitlines() if "  chainrule " in line]
    assert [each[0] for each in suggested] == ["explain", "evaluate", "derive", "train"]  # the page shows columns
    assert all(len(line) <= 80 for line in done.out.splitlines()[:3])  # the network, which takes more, is wrapped
    again = run(
        "train", *SMALL[:4], *CONV, "--resume", "run.checkpoint", "--more-epochs", "1", "-o", "again.safetensors"
    )
    assert again.code == 0, again.err
    other = run("train", "--resume", "run.checkpoint", "--layers", "conv 3x5, pool 4, dropout 0.2, 10, 10")
    assert other.code == 2
    assert "--layers is not as the run in run.checkpoint has it" in " ".join(other.err.split())


def test_layers_are_quoted_in_what_is_suggested(run, folder):
    done = run("train", *SMALL, *CONV, "--learning-rate", "1e30", "-o", "wild.safetensors")
    assert done.code == 1
    assert "--layers 'conv 3x5, pool 4, dropout 0.1, 10, 10' --activation relu" in done.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("20x20, conv 3x5, 10", "--layers begins with 20x20, and the images have 784 pixels: --layers '28x28, conv 3x5, 10'"),
        ("conv 3x5, pool 4, 3", "--layers ends with 3, and there are labels 0 to 9, a neuron for each: "
         "--layers 'conv 3x5, pool 4, 10'"),
    ],
)  # fmt: skip
def test_layers_that_do_not_go_with_the_data(run, text, said):
    done = run("train", *SMALL, "--layers", text)
    assert (done.code, " ".join(done.err.split())) == (2, f"chainrule: {said}")


@pytest.mark.parametrize(
    ("activation", "cost", "rate"), [("relu", "log-likelihood", 0.1), ("sigmoid", "quadratic", 1.0)]
)
def test_pooling_has_no_say_in_the_default_rate(activation, cost, rate):
    """It has no weights; of the article's own rate, 3.0, kernels learn nothing."""
    for between in ([], [MaxPool(2)], [MaxPool(2), BatchNorm()]):
        net = cr.Network([Conv(4, 5), *between, Flatten(), 10], input=DIGIT, activation=activation, cost=cost)
        assert net.default_learning_rate() == rate
