"""Functions and layers of the user's own on the command line: `--functions FILE.py` gives what a saved network is made of."""

import json
import re

import numpy as np
import pytest

import chainrule as cr

LAYERS = """\
import numpy as np

import chainrule as cr

print("imported")


def gated(a, w, v, b):
    print("called")
    gate = 1 / (1 + np.exp(-(v @ a)))
    return (w @ a) * gate + b


def bent(z):
    return np.maximum(z, 0.2 * z)


def fails(a):
    return undefined(a)


def _parameters(n):
    roles = (("w", (n, "n_in"), "weight"), ("v", (n, "n_in"), "weight"), ("b", (n, 1), "bias"))
    return [cr.Parameter(*each) for each in roles]


gate5 = cr.Layer(gated, _parameters(5), "tanh", words={"en": "gated", "zh": "门控"})
gate2 = cr.Layer(gated, _parameters(2))
broken = cr.Layer(fails)
narrow = cr.Layer(gated, _parameters(1))
"""


@pytest.fixture
def own(folder, dataset):
    """A file with layers; a run that stopped after two epochs, with its network."""
    (folder / "layers.py").write_text(LAYERS, encoding="utf-8")
    return folder


@pytest.fixture
def trained(run, own, undiagnosed):
    done = run(
        "train", "tiny", "--layers", "4,gate5,2", "--functions", "layers.py", "--epochs", "2", "--learning-rate", "0.01",
        "--checkpoint", "run.checkpoint", "-o", "own.safetensors",
    )  # fmt: skip
    assert done.code == 0, done.err
    return done


def test_training_names_the_file_in_what_it_suggests(trained):
    assert "4 → 5 gated → 2" in trained.out
    suggested = [line.split("chainrule ")[1] for line in trained.out.splitlines() if "  chainrule " in line]
    assert [each.split()[0] for each in suggested] == ["explain", "evaluate", "derive", "train"]
    assert all("--functions layers.py" in each for each in suggested)
    for printed in ("imported", "called"):
        assert printed not in trained.out
        assert printed in trained.err


def test_it_is_the_network_that_python_makes_of_the_file(run, trained, monkeypatch):
    monkeypatch.syspath_prepend(".")
    import layers

    images, labels = cr.datasets.load_folder("tiny")[0]
    net = cr.Network([4, layers.gate5, 2], seed=0, classes=("0", "1"))
    net.fit(images, labels, epochs=2, learning_rate=0.01)
    read = cr.load("own.safetensors", functions={"gated": layers.gated})
    for one, other in zip(net.parameters, read.parameters, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (["evaluate", "own.safetensors"], "4 → 5 gated → 2"),
        (["explain", "own.safetensors", "--example", "0"], "gate2"),
        (["explain", "own.safetensors", "--example", "0", "--proof"], "✓"),
        (["check", "own.safetensors"], "All gradients are right ✓"),
        (["shapes", "own.safetensors"], "v2 a¹"),
        (["derive", "own.safetensors"], "dC_dv2 ="),
        (["train", "--resume", "run.checkpoint", "--more-epochs", "1"], "4 → 5 gated → 2"),
    ],
)
def test_every_command_that_reads_a_network_takes_them(run, trained, typed, shown):
    done = run(*typed, "--functions", "layers.py")
    assert done.code == 0, done.err
    assert shown in done.out
    refused = run(*typed)
    name = next(each for each in typed if "." in each)
    assert (refused.code, refused.out) == (1, "")
    assert " ".join(refused.err.split()) == (
        f"chainrule: {name} uses gated, a function of your own that is not saved with it; name the Python file "
        "that defines it: --functions FILE.py"
    )


def test_only_questions_that_have_an_answer_are_suggested(run, own, undiagnosed):
    trained = ["--functions", "layers.py", "--epochs", "1", "-o", "last.safetensors"]
    assert run("train", "tiny", "--layers", "4,3,gate2", *trained).code == 0
    done = run("explain", "last.safetensors", "--functions", "layers.py", "--example", "0")
    assert done.code == 0, done.err
    assert "gate3" in done.out
    asked = re.findall(r"chainrule explain last.safetensors --functions layers.py --example 0 --([-\w]+)", done.out)
    assert asked == ["value", "one-step", "proof", "layers"]
    for question in asked:
        assert (
            run("explain", "last.safetensors", "--functions", "layers.py", "--example", "0", f"--{question}").code == 0
        )


@pytest.mark.parametrize("typed", [
    ["check", "own.safetensors"], ["shapes", "own.safetensors"], ["shapes", "4,gate5,2"], ["evaluate", "own.safetensors"],
    ["explain", "own.safetensors", "--example", "0"], ["train", "tiny", "--layers", "4,gate5,2", "--epochs", "1"],
], ids=" ".join)  # fmt: skip
def test_json_stays_json_whatever_the_functions_print(run, trained, typed):
    done = run(*typed, "--functions", "layers.py", "--json")
    assert json.loads(done.out)
    assert "called" in done.err


def test_shapes_of_layers_that_are_typed(run, own):
    typed = run("shapes", "4,gate5,2", "--functions", "layers.py", "--json")
    found = {row["symbol"]: row["shape"] for row in json.loads(typed.out)["forward"]}
    assert found["gate2"] == [5, 10]


def test_shapes_of_a_saved_network_are_those_of_its_sizes(run, folder):
    cr.Network([4, 3, 2], seed=0).save("plain.safetensors")
    assert run("shapes", "plain.safetensors").out == run("shapes", "4,3,2").out


def test_activations_and_costs_of_ones_own_are_taken_from_the_file_too(run, own, monkeypatch):
    monkeypatch.syspath_prepend(".")
    import layers

    cr.Network([4, 3, 2], activation=layers.bent, seed=0).save("bent.safetensors")
    assert run("check", "bent.safetensors", "--functions", "layers.py").code == 0
    assert "uses bent" in " ".join(run("check", "bent.safetensors").err.split())


def test_a_run_is_diagnosed_though_its_layers_cannot_be_given_other_sizes(run, own):
    done = run(
        "train", "tiny", "--layers", "4,narrow,2", "--functions", "layers.py", "--epochs", "20", "--batch-size", "1"
    )
    assert done.code == 0, done.err


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [
        (
            ["shapes", "4,gate,2", "--functions", "layers.py"],
            1,
            "layers.py has no layer gate; define it there: gate = chainrule.Layer(function, parameters)",
        ),
        (
            ["shapes", "4,gate5,2"],
            2,
            "gate5 is not a number of neurons; if it is a layer of your own, name the Python file that defines it: "
            "--functions FILE.py",
        ),
        (
            ["shapes", "4,broken,2", "--functions", "layers.py"],
            1,
            "fails raises NameError: name 'undefined' is not defined at layers.py:19, called on shapes without values.",
        ),
        (
            ["train", "tiny", "--layers", "4,broken,2", "--functions", "layers.py"],
            1,
            "fails raises NameError: name 'undefined' is not defined at layers.py:19, called on shapes without values.",
        ),
        (
            ["check", "own.safetensors", "--functions", "missing.py"],
            1,
            "--functions missing.py is not a Python file; give the path of one: layers.py",
        ),
        (
            ["check", "own.safetensors", "--functions", "own.safetensors"],
            1,
            "--functions own.safetensors is not a Python file; give the path of one: layers.py",
        ),
        (
            ["check", "own.safetensors", "--functions", "other.py"],
            1,
            "other.py has no function gated; did you mean gate?",
        ),
        (
            ["check", "own.safetensors", "--functions", "wrong.py"],
            1,
            "wrong.py cannot be imported: line 1 raises ZeroDivisionError: division by zero.",
        ),
        (
            ["shapes", "4,3,2", "--functions", "layers.py"],
            2,
            "--functions has no effect on a network without functions of your own; leave it out.",
        ),
        (
            ["predict", "photo.png", "--functions", "layers.py"],
            2,
            "--functions has no effect on a network without functions of your own; leave it out.",
        ),
        (
            ["derive", "layers.py:bent", "--shapes", "z=3", "--functions", "layers.py"],
            2,
            "--functions belongs to a network, and layers.py:bent is a function; leave it out.",
        ),
    ],
)
def test_refusals_say_what_would_be_right(run, trained, folder, typed, code, said):
    (folder / "other.py").write_text("def gate(a):\n    return a\n", encoding="utf-8")
    (folder / "wrong.py").write_text("1 / 0\n", encoding="utf-8")
    (folder / "photo.png").touch()
    done = run(*typed)
    assert done.code == code, done.err
    assert done.out == ""
    assert said in " ".join(done.err.split())
    assert "chainrule itself" not in done.err
    chinese = run(*typed, "--lang", "zh")
    assert chinese.code == code
    assert any("一" <= each <= "鿿" for each in chinese.err)


def test_nothing_that_a_network_names_is_run(run, trained, folder):
    """A module of the function's name beside the network, and on the path, is left alone."""
    (folder / "gated.py").write_text("raise SystemExit(77)\n", encoding="utf-8")
    assert run("check", "own.safetensors").code == 1
