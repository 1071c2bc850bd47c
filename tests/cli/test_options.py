"""No option is ignored silently: beside every way of output each changes what is done, or is refused."""

import json
import re
import shutil

import numpy as np
import pytest

import chainrule as cr
from chainrule.cli.arguments import TableName
from chainrule.cli.commands import COMMANDS
from chainrule.reproduction import rows

TAKES_TIME = re.compile(r'("seconds": )[-\d.e]+|\d[\d.,]* ?(ms|µs|s)\b|━*╸?')
VALUES = {
    "train": {
        "--labels": "x", "--train-size": "60", "--test-size": "10", "--augment": "light", "--preset": "fast",
        "--scale": "300", "--layers": "4,5,2", "--functions": "own.py", "--activation": "tanh", "--cost": "cross-entropy",
        "--normalization": "layer", "--dropout": "0.2", "--initializer": "large", "--epochs": "3", "--batch-size": "20",
        "--learning-rate": "1", "--optimizer": "momentum", "--schedule": "cosine", "--l2": "1", "--l1": "1",
        "--max-norm": "0.5", "--clip-norm": "0.01", "--label-smoothing": "0.1", "--patience": "1", "--seed": "3",
        "-o": "other.safetensors", "--checkpoint": "run.checkpoint", "--resume": "missing", "--more-epochs": "3",
        "--steps": "500", "--target": "x", "--task": "numbers", "--without": "x", "--missing": "mean",
    },
    "sample": {"--count": "3", "--start": "an", "--temperature": "50", "--seed": "1"},
    "evaluate": {"--labels": "x", "--functions": "own.py"},
    "predict": {"-o": "answers.csv", "--functions": "own.py"},
    "explain": {
        "--labels": "x", "--functions": "own.py", "--mistake": "2", "--example": "1", "--image": "x.png",
        "--label": "1", "--step": "4",
        "--neuron": "2:0", "--learning-rate": "0.7", "--between": "0,1", "--html": "page.html", "--text": "anna",
    },
    "shapes": {"--functions": "own.py", "--batch": "3"},
    "derive": {"--shapes": "w=3", "--wrt": "w", "--form": "fast", "--batch": "3", "--functions": "own.py"},
    "export": {"--labels": "x", "--verify": "10", "--functions": "own.py", "--training-digits": "20"},
    "site": {"--labels": "x", "--functions": "own.py", "--training-digits": "20"},
    "check": {"--labels": "x", "--functions": "own.py", "--samples": "2"},
    "article": {"--html": "page.html"},
    "practice": {
        "--exercise": "delta", "--classroom": "tiny", "--worksheet": "sheet.html", "--seconds": "3", "--megabytes": "500",
        "--count": "2", "--seed": "1", "-o": "other.csv",
    },
    "reproduce": {"--chapter": "3", "--row": "three", "--seeds": "2", "-o": "other.json"},
    "app": {"--functions": "own.py", "--port": "8123", "--host": "0.0.0.0"},
    "shell": {},
}  # fmt: skip
BASES = {
    "train": ["tiny", "--epochs", "12", "--layers", "4,3,2", "--dropout", "0.5"],
    "evaluate": ["net.safetensors"],
    "predict": ["7.png"],
    "sample": ["gpt.safetensors", "--count", "5"],
    "explain": ["net.safetensors"],
    "shapes": [],
    "derive": ["net.safetensors"],
    "export": ["net.safetensors", "digits.h"],
    "site": ["public", "net.safetensors"],
    "check": ["net.safetensors"],
    "article": [],
    "practice": ["."],
    "reproduce": [],
    "app": [],
    "shell": ["man"],
}
MODES = {
    "train": ["--json", "--find-rate"],
    "explain": [
        "--json",
        "--html page.html",
        "--step 4",
        "--value",
        "--why",
        "--blame",
        "--one-step",
        "--proof",
        "--layers",
    ],
    "derive": ["--latex"],
    "article": ["--html page.html"],
}  # beside --json, where the command has it
CHOICE = {"explain": ["--mistake", "1"]}
"""What is explained beside every way of output but the first, where the choice is the command's own and takes longest."""
CHOOSING = {"--mistake", "--example", "--image", "--label"}
WITHOUT = {
    "--executor": "auto names what runs, which may be what was typed",
    "--debug": "it shows what is behind an error",
}
NO_LANGUAGE = {"--json", "--html page.html", "--latex"}  # but for programs to read; --html is told apart below

CASES = [
    (name, mode, argument.flags[-1] if argument.flags[-1] in VALUES.get(name, {}) else argument.flags[0])
    for name, command in COMMANDS.items()
    for mode in dict.fromkeys(["", *MODES.get(name, []), *(["--json"] if "--json" in str(command.arguments) else [])])
    for argument in command.arguments
    if argument.flags and argument.flags[0] not in WITHOUT and argument.flags[0] != mode.split(" ")[0]
]


@pytest.fixture
def world(dataset, folder, photos, monkeypatch):
    """A folder with a network, its data and a picture; a table of quick experiments; a page that nobody waits for."""
    from chainrule.reproduction.rows import Figure, Guess, Row

    made = []
    for index, (row, chapter) in enumerate((("one", 1), ("two", 1), ("three", 3))):
        made.append(Row(row, chapter, (Figure(10.0 + index, "read right", decimals=0),), Guess()))
    monkeypatch.setattr(rows, "ROWS", tuple(made))
    (folder / "7.png").write_bytes(photos[0].read_bytes())
    (folder / "own.py").write_text("", encoding="utf-8")
    monkeypatch.setattr("sys.dont_write_bytecode", True)  # which would be left beside that file
    from chainrule.cli import main

    # A network that errs, so that there is something to explain.
    (folder / "names.txt").write_text("anna\nhanna\nann\njohanna\n", encoding="utf-8")
    main(["train", "--gpt", "names.txt", "--steps", "500", "-o", "gpt.safetensors"])
    main(["train", "tiny", "--epochs", "1", "--learning-rate", "0.01", "-o", "net.safetensors"])
    monkeypatch.setattr("webbrowser.open", lambda address: print("opened", address))
    monkeypatch.setattr("chainrule.web.server.serve", lambda app, host, port, ready: (print(host), ready(port)))
    return folder


def outcome(run, folder, name, typed):
    """All that a command does, but for how long it took: code, what it says, and what it leaves."""
    kept = set(folder.iterdir())
    done = run(name, *typed)
    left = {}
    for path in sorted(set(folder.iterdir()) - kept):
        if path.suffix == ".safetensors":
            left[path.name] = b"".join(array.tobytes() for array in cr.load(path).parameters)
        elif path.is_dir():
            left[path.name] = {each.name: each.read_bytes() for each in path.iterdir()}
            shutil.rmtree(path)
            continue
        else:
            left[path.name] = None if path.suffix == ".checkpoint" else path.read_bytes()
        path.unlink()
    out, err = (" ".join(TAKES_TIME.sub(r"\1", text).split()) for text in (done.out, done.err))
    return done.code, out, err, left


def test_every_option_is_known_here():
    assert set(VALUES) == set(BASES) == set(COMMANDS), "enter what is typed for each command in VALUES and BASES"
    for name, command in COMMANDS.items():
        valued = {flag for argument in command.arguments if argument.shown for flag in argument.flags}
        known = {*VALUES[name], *WITHOUT, "--lang", "--output"}
        assert valued <= known | {"-o"}, f"enter in VALUES another value for each of these options of {name}"


@pytest.mark.wide
@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_an_effect_or_is_refused_beside_every_output(run, world, name, capsys):
    before = {}
    for command, mode, flag in CASES:
        if command != name:
            continue
        shown = next(each.shown for each in COMMANDS[name].arguments if flag in each.flags)
        choice = CHOICE.get(name, []) if mode and flag not in CHOOSING else []
        bare = base = [*BASES[name], *mode.split(), *choice]
        if flag in BASES[name]:
            at = base.index(flag)
            base = base[:at] + base[at + 2 :]
        value = [] if not shown else ["zh"] if flag == "--lang" else [VALUES[name][flag]]
        if flag == "--lang" and mode in NO_LANGUAGE and mode != "--html page.html":
            continue
        if tuple(bare) not in before:
            outcome(run, world, name, bare)  # a warning may come once only
            before[tuple(bare)] = outcome(run, world, name, bare)
        after = outcome(run, world, name, [*base, flag, *value])
        assert after[0] == 2 or after != before[tuple(bare)], f"{name} {mode} ignores {flag}"


@pytest.mark.parametrize("question", ["value", "why", "blame", "one-step", "proof", "layers"])
def test_the_answers_are_there_for_programs_too(run, world, question):
    found = json.loads(run("explain", "net.safetensors", "--example", "0", f"--{question}", "--json").out)
    assert list(found) == [question.replace("-", "_")]
    net = cr.load("net.safetensors")
    images, labels = cr.datasets.load_folder("tiny")[2]
    made = net.explain(images[0], labels[0])
    answer = found[question.replace("-", "_")]
    if question == "proof":
        proof = made.proof("w2")
        assert (answer["derivative"], answer["measured"]) == (proof.derivative, proof.measured)
    if question == "one-step":
        change = made.one_step((net.inputs(images[1:], "float64"), labels[1:]))
        assert answer["cost"] == list(change.cost)
        assert answer["others"] == len(labels) - 1
        np.testing.assert_array_equal(answer["activations"], change.activations)
    if question == "layers":
        assert [each["error"] for each in answer] == [each.error for each in made.layers()]


@pytest.mark.parametrize("name", COMMANDS)
def test_suggested_commands_keep_the_language(run, world, name):
    for typed in ([name, *BASES[name], "--lang", "zh"], [name, "--help", "--lang", "zh"]):
        done = run(*typed)
        lines = [re.sub("^(接下来|用它训练)? +", "", line) for line in (done.out + done.err).splitlines()]
        for line in lines[1:]:  # the first of a command's help is how it is typed
            word = line.removeprefix("chainrule ").partition(" ")[0]
            if line.startswith("chainrule ") and word in COMMANDS:
                assert "--lang zh" in line


def test_defaults_are_names_of_their_tables():
    """They are taken without a look at the table, which would have to be imported."""
    named = [each for command in COMMANDS.values() for each in command.arguments if isinstance(each.read, TableName)]
    defaulted = [each for each in named if each.defaulted]
    assert len(defaulted) >= 7
    assert [each.read(each.default) for each in defaulted] == [each.default for each in defaulted]
