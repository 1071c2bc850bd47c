"""Used as it should not be, a command says in one sentence what would be right; and help helps."""

import shlex
import subprocess
import sys

import pytest

from chainrule.cli import main
from chainrule.cli.commands import COMMANDS
from chainrule.cli.parsing import command_line, parse

WRONG = [
    ("trian", "There is no command 'trian'; did you mean this one?\n  chainrule train"),
    ("xyzzy", f"There is no command 'xyzzy'; the commands are {', '.join(COMMANDS)}."),
    ("--json train", "--json must come after the command:\n  chainrule train --json"),
    ("--frob", f"There is no command '--frob'; the commands are {', '.join(COMMANDS)}."),
    ("train --epoch 5", "train has no option --epoch; did you mean --epochs?"),
    ("train --latex", "train has no option --latex; derive has it."),
    ("train --zzz", "train has no option --zzz; see chainrule train --help."),
    ("train --epochs", "--epochs needs a value: --epochs 30"),
    ("train --epochs 0", "--epochs is '0'; it must be a whole number from 1."),
    ("train --epochs 1.5", "--epochs is '1.5'; it must be a whole number from 1."),
    (
        "train --epochs 99999999999999999999",
        "--epochs is '99999999999999999999'; it must be a whole number from 1 of at most 18 digits.",
    ),
    (
        "train --seed 18446744073709551616",
        "--seed is '18446744073709551616'; it must be a whole number from 0 of at most 18 digits.",
    ),
    (
        "train --activation sigmod",
        "--activation is 'sigmod'; did you mean sigmoid? It must be sigmoid, tanh, relu, leaky-relu, elu, gelu, "
        "softplus, linear or softmax.",
    ),
    (
        "train --more-epochs 5",
        "--more-epochs continues from a checkpoint, and needs --resume:\n  chainrule train --resume FILE --more-epochs 5",
    ),
    ("reproduce --quick --seeds 3", "--quick runs one seed; leave out --seeds."),
    ("reproduce --row quadratic-30 --chapter 3", "quadratic-30 belongs to chapter 1; leave out --chapter."),
    ("train --seed -1", "--seed is '-1'; it must be a whole number from 0."),
    ("train --learning-rate nan", "--learning-rate is 'nan'; it must be a number above 0, such as 3.0."),
    ("train --l2 -1", "--l2 is '-1'; it must be a number from 0, such as 0.1."),
    ("train --learning-rate -3", "--learning-rate is '-3'; it must be a number above 0, such as 3.0."),
    (
        "train --initializer huge",
        "--initializer is 'huge'; it must be default, large, glorot, he, orthogonal or zeros.",
    ),
    ("train --executor gpu", "--executor is 'gpu'; it must be auto, numpy or native."),
    ("train a b", "train does not take 'b':\n  chainrule train [DATA] [options]"),
    ("train --json=3", "--json takes no value, and '3' was given."),
    (
        "train --layers 784",
        "--layers is '784'; it must be layers with commas between them, such as 784,30,10 or conv 20x5, pool 2, 100, 10.",
    ),
    ("train --layers 100,10", "--layers begins with 100, and the images have 784 pixels:\n  --layers 784,10"),
    (
        "train --layers 784,5",
        "--layers ends with 5, and there are labels 0 to 9, a neuron for each:\n  --layers 784,10",
    ),
    ("train --train-size 60000", "--train-size is 60,000, and there are 50,000 training images."),
    ("train --test-size 10001", "--test-size is 10,001, and there are 10,000 test images."),
    ("train --labels x", "--labels belongs to a file of images, which is missing:\n  IMAGES --labels x"),
    ("evaluate", "evaluate needs a NET:\n  chainrule evaluate NET [DATA] [options]"),
    ("predict", "predict needs an IMAGE:\n  chainrule predict [NET] IMAGE... [options]"),
    ("predict net.safetensors", "predict needs a picture too:\n  chainrule predict net.safetensors photo.png"),
    (
        "shapes 784,x",
        "x is not a number of neurons; if it is a layer of your own, name the Python file that defines it:"
        "\n  --functions FILE.py",
    ),
    ("shapes 784,10 3", "shapes does not take '3':\n  chainrule shapes [LAYERS | NET] [options]"),
    ("derive net --form faster", "--form is 'faster'; did you mean fast? It must be textbook or fast."),
]


@pytest.mark.parametrize(("typed", "said"), WRONG)
def test_wrong_use(run, typed, said):
    done = run(*typed.split())
    assert (done.code, done.out) == (2, "")
    assert done.err.count("chainrule: ") == 1
    first, _, instead = said.partition("\n")
    lines = done.err.splitlines()
    if instead:
        assert lines.pop() == instead
    assert " ".join(lines) == f"chainrule: {first}"
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    "typed", [typed for typed, said in WRONG if "\n  chainrule" in said and "[options]" not in said]
)
def test_what_is_suggested_keeps_the_language(run, typed):
    suggested = [
        line for line in run(*typed.split(), "--lang", "zh").err.splitlines() if line.startswith("  chainrule ")
    ]
    assert suggested
    assert all("--lang zh" in line for line in suggested)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("evaluate nothing", "nothing does not exist; give the path of a safetensors file."),
        ("evaluate text.py", "text.py is text, where a safetensors file is expected."),
        (
            "train nothing",
            "nothing does not exist; give a folder or a file of images, or a table: CSV, TSV or Parquet.",
        ),
        (
            "train .",
            ". has no file train-images-idx3-ubyte or train-images-idx3-ubyte.gz; give a folder with files named like "
            "MNIST's, or with a folder of pictures for each class.",
        ),
        ("train -o no/where", "no/where: there is no folder no; make it first."),
        ("train -o .", ". is a folder; give the name of a file."),
        (
            "train --layers 784,9999999,10",
            "The layers [784, 9999999, 10] make 7,949,999,215 parameters; at most 500,000,000 are allowed.",
        ),
    ],
)
def test_failures_are_one_sentence(run, folder, typed, said):
    (folder / "text.py").write_text("x = 1\n")
    done = run(*typed.split())
    assert (done.code, done.out) == (1, "")
    assert " ".join(done.err.split()) == f"chainrule: {said}"


def test_a_bare_command_welcomes(run):
    done = run()
    assert (done.code, done.err) == (0, "")
    assert done.out.count("chainrule ") >= 6
    assert all(f"\n  {name} " in done.out for name in COMMANDS)
    assert run("--help").out == run("help").out == done.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained(run, name):
    done = run(name, "--help")
    assert (done.code, done.err) == (0, "")
    for argument in COMMANDS[name].arguments:
        assert f"\n  {argument.flags[0] if argument.flags else argument.name}" in done.out
    assert "\nexamples\n" in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    assert run("help", name).out == done.out


@pytest.mark.parametrize("name", COMMANDS)
def test_the_examples_can_be_typed(name):
    for example, _ in COMMANDS[name].examples:
        words = shlex.split(example)
        assert words[:2] == ["chainrule", name]
        parse(COMMANDS[name], words[2:])


def test_the_defaults_are_what_is_shown():
    found = {argument.key: argument.default for argument in COMMANDS["train"].arguments}
    assert (found["epochs"], found["dropout"], found["cost"], found["seed"]) == (30, 0.0, "quadratic", 0)
    assert (found["learning_rate"], found["output"], found["layers"]) == (None, None, None)
    assert found["json"] is False
    assert {argument.key: argument.default for argument in COMMANDS["shapes"].arguments}["layers"] == (784, 30, 10)


def test_a_run_can_be_told_again():
    train = COMMANDS["train"]
    typed = [
        "a folder",
        "--layers",
        "784,10",
        "--epochs",
        "3",
        "--learning-rate",
        "0.5",
        "--seed",
        "0",
        "-o",
        "x y",
        "--json",
    ]
    values = parse(train, typed)
    again = "chainrule train 'a folder' --layers 784,10 --epochs 3 --learning-rate 0.5 -o 'x y' --json"
    assert command_line(train, vars(values)) == again.replace("'", '"' if sys.platform == "win32" else "'")


def test_the_version(run):
    from chainrule import __version__

    assert run("--version").out == f"chainrule {__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_version_everywhere(run, name):
    assert run(name, "--version") == run("--version")
    assert run(name, "-V") == run("--version")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_language_may_stand_before_the_command(run, name):
    assert run("--lang", "zh", name, "--help") == run(name, "--help", "--lang", "zh")
    assert run("--lang=zh", name, "--frob") == run(name, "--frob", "--lang=zh")
    assert run("--lang", "zh") == run("--help", "--lang", "zh")


def test_a_fault_of_ours_asks_to_be_reported(run, monkeypatch):
    import chainrule.cli.shapes

    def broken(values):
        raise KeyError("surprise")

    monkeypatch.setattr(chainrule.cli.shapes, "run", broken)
    done = run("shapes")
    assert done.code == 1
    assert " ".join(done.err.split()) == (
        "chainrule: something is wrong in chainrule itself (KeyError: 'surprise'). "
        "Please report it, with what the same command prints with --debug."
    )
    assert "Traceback" in run("shapes", "--debug").err
    assert "Traceback" in run("--debug", "shapes").err
    monkeypatch.setenv("CHAINRULE_DEBUG", "1")
    assert "Traceback" in run("shapes").err


def test_an_interruption_is_no_traceback(run, monkeypatch):
    import chainrule.cli.shapes

    def stopped(values):
        raise KeyboardInterrupt

    monkeypatch.setattr(chainrule.cli.shapes, "run", stopped)
    done = run("shapes")
    assert (done.code, done.err) == (130, "chainrule: stopped.\n")


def test_help_needs_neither_pillow_nor_safetensors(command):
    program = (
        "import sys; from chainrule.cli import main; main(['--help']); main(['train', '--help']);"
        "sys.exit(bool({'PIL', 'safetensors'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True).returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="a shell's pipe")
def test_a_reader_that_goes_away_is_no_error(folder, dataset):
    for typed in ("shapes", "train tiny --epochs 12"):
        line = f"{sys.executable} -m chainrule {typed} | head -n 1; echo ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, timeout=120)
        assert done.stderr == b""
        assert done.stdout.splitlines()[-1] == b"0"
    assert (folder / "net.safetensors").exists(), "the training goes on without its reader"


@pytest.mark.skipif(sys.platform == "win32", reason="/dev/full")
def test_output_that_cannot_be_written_is_an_error(folder):
    if not __import__("os").path.exists("/dev/full"):
        pytest.skip("no /dev/full")
    line = f"{sys.executable} -m chainrule shapes > /dev/full"
    done = subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, timeout=120)
    assert (done.returncode, done.stderr) == (1, b"chainrule: No space left on device.\n")


def test_main_is_the_entry_point():
    from importlib.metadata import entry_points

    (script,) = [each for each in entry_points(group="console_scripts") if each.name == "chainrule"]
    assert script.load() is main
