"""`chainrule train`: what it says, what it saves, and how it ends well when it is stopped or goes wrong."""

import gzip
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys

import numpy as np
import pytest

import chainrule as cr
from chainrule.cli.training_screen import TrainingScreen
from chainrule.show.numbers import duration, percent
from chainrule.show.screen import Screen
from chainrule.show.spelling import columns_of
from chainrule.training.choice import has_llvmlite
from chainrule.training.history import Epoch, Score

QUICK = ["--train-size", "200", "--test-size", "50", "--epochs", "1"]
TINY = ["tiny", "--layers", "4,2", "--epochs", "1"]
"""For a process of its own, which would first read MNIST, and diagnose."""

NATIVE = has_llvmlite()
RUNS = "native" if NATIVE else "NumPy"

SCREEN = f"""\
network   784 → 30 → 10   sigmoid, quadratic cost, 23,860 parameters
data      MNIST, bundled   1,000 to train, 3,000 to validate, 100 to test
learning  η = 3.0, batches of 10   SGD, seed 0, {RUNS}

epoch        cost C             accuracy                                   time
         train   valid       train     valid
    1   0.NNNN  0.NNNN      NN.N %    NN.N %  BAR                          TIME
    2   0.NNNN  0.NNNN      NN.N %    NN.N %  BAR                          TIME
    3   0.NNNN  0.NNNN      NN.N %    NN.N %  BAR                          TIME
    4   0.NNNN  0.NNNN      NN.N %    NN.N %  BAR                          TIME
    5   0.NNNN  0.NNNN      NN.N %    NN.N %  BAR                          TIME
   10   0.NNNN  0.NNNN      NN.N %    NN.N %  BAR                          TIME
   15   0.NNNN  0.NNNN      NN.N %    NN.N %  BAR                          TIME
   20   0.NNNN  0.NNNN      NN.N %    NN.N %  BAR                          TIME
   25   0.NNNN  0.NNNN      NN.N %    NN.N %  BAR                          TIME
   30   0.NNNN  0.NNNN      NN.N %    NN.N %  BAR                          TIME
         bars run from 50 to 100 %

test      NN.N %   NN of 100 correct, NN wrong
valid     NN.N %   training NN.N %: N.N points higher, from overfitting
time      TIME     TIME per epoch
saved     net.safetensors   96 kB

diagnosis Overfitting: NN.N % of the 1,000 examples learned from are read
          correctly, and NN.N % of others. More examples are what helps most. 2
          remedies were tried on copies, and none was better.

now try   chainrule explain net.safetensors    one of its mistakes
          chainrule evaluate net.safetensors   what it confuses with what
          chainrule app net.safetensors        draw a digit for it
          chainrule derive net.safetensors     the derivative that trained it
"""


def masked(text):
    """The screen with what depends on rounding and on the clock left out, and every column where it was."""
    text = re.sub(r"\b0\.\d{4}\b", "0.NNNN", text)
    text = re.sub(r"\d+\.\d(?= %)", lambda m: re.sub(r"\d", "N", m[0]), text)
    text = re.sub(r"\d+\.\d points", "N.N points", text)
    text = re.sub(r"\b\d+( of 100 correct, )\d+", r"NN\1NN", text)
    text = re.sub(r"━+╸?( +)", lambda m: "BAR" + " " * (len(m[0]) - 3), text)
    text = re.sub(r"(?m)( +)[\d.]+ m?s$", lambda m: " " * (len(m[0]) - 4) + "TIME", text)
    return re.sub(r"time .*", "time      TIME     TIME per epoch", text)


# ---- a run -----------------------------------------------------------------------------------------------------------


def test_the_articles_example(run, folder):
    done = run("train", "--train-size", "1000", "--test-size", "100")
    assert (done.code, done.err) == (0, "")
    assert masked(done.out) == SCREEN
    correct = int(re.search(r"(\d+) of 100 correct", done.out)[1])
    assert correct >= 80
    net = cr.load(folder / "net.safetensors")
    test = cr.datasets.mnist()[2]
    assert net.evaluate(test.images[:100], test.labels[:100]).correct == correct


@pytest.mark.usefixtures("undiagnosed")
def test_json_is_one_object_and_the_screen_goes_to_standard_error(run, folder):
    done = run("train", *QUICK[:-1], "2", "--json", "--layers", "784,12,10")
    report = json.loads(done.out)
    assert list(report) == [
        "correct",
        "total",
        "accuracy",
        "epochs",
        "seconds",
        "parameters",
        "executor",
        "file",
        "diagnosis",
    ]
    assert report["total"] == 50
    assert report["accuracy"] == report["correct"] / 50
    assert report["parameters"] == 784 * 12 + 12 + 12 * 10 + 10
    assert report["executor"] == RUNS.lower()
    assert report["file"] == "net.safetensors"
    assert report["seconds"] == pytest.approx(sum(epoch["seconds"] for epoch in report["epochs"]))
    assert [epoch["number"] for epoch in report["epochs"]] == [1, 2]
    assert list(report["epochs"][0]) == ["number", "train", "validation", "seconds", "learning_rate", "metrics"]
    assert report["epochs"][0]["validation"]["total"] == 1_000
    assert set(report["epochs"][0]["train"]) == {"cost", "correct", "total"}
    assert done.err.startswith("network   784 → 12 → 10")
    assert f"{report['correct']} of 50 correct" in done.err


@pytest.mark.usefixtures("undiagnosed")
def test_the_same_seed_makes_the_same_file(run, folder):
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        run("train", *QUICK, "--seed", seed, "-o", name)
    a, b, c = ((folder / name).read_bytes() for name in "abc")
    assert a == b != c


@pytest.mark.usefixtures("undiagnosed")
def test_what_is_not_as_usual_is_said(run):
    done = run("train", *QUICK, "--initializer", "large", "--batch-size", "1", "--learning-rate", "0.5", "--seed", "7")
    assert f"\nlearning  η = 0.5, one image at a time   SGD, seed 7, large weights, {RUNS}\n" in done.out


@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize(
    ("epochs", "shown"),
    [
        (1, [1]),
        (10, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        (23, [1, 2, 3, 4, 5, 10, 15, 20, 23]),
        (300, [1, 2, 3, 4, 5, *range(15, 301, 15)]),
    ],
)
def test_which_epochs_are_shown(run, dataset, epochs, shown):
    out = run("train", dataset, "--layers", "4,2", "--epochs", epochs).out
    assert [int(number) for number in re.findall(r"(?m)^ +(\d+)   \d\.\d{4}", out)] == shown


def test_a_line_is_drawn_again_on_terminals_only(command, dataset):
    done = command("train", *TINY, FORCE_COLOR="3")
    assert b"\r" not in done.stdout.replace(os.linesep.encode(), b"")
    assert b"\x1b[" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="terminals as POSIX has them")
def test_the_live_line_of_a_terminal(folder, dataset):
    import pty

    program = (
        "import sys; from chainrule.cli import main, training_screen; training_screen._REDRAW = 0;"  # not by the clock
        "sys.exit(main(sys.argv[1:]))"
    )
    arguments = ["train", "tiny", "--layers", "4,2", "--epochs", "12"]
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "NO_COLOR": "1", "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}
    environment["CHAINRULE_CACHE"] = str(folder / "nothing is kept")
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments], cwd=folder, stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    written = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # what Linux says where the other side has closed
            break
        if not piece:
            break
        written += piece
    os.close(ours)
    assert process.wait(timeout=120) == 0
    text = written.decode().replace("\r\n", "\n")
    live = [part for line in text.split("\n") for part in line.split("\r")[:-1] if part.strip()]
    if NATIVE:
        assert live.pop(0) == "compiling native code for this network, once"
    search = [part for part in live if part.startswith("looking for what would help ")]
    assert search
    assert all(re.match(r"looking for what would help [━╸ ]{24}  Ctrl-C skips it *$", part) for part in search), search[
        0
    ]
    assert live[-len(search) :] == search, "what was learned is told before"
    assert text.index("\nsaved ") < text.index(search[0])
    live = live[: -len(search)]
    assert live
    assert all(re.match(r"epoch \d+ of 12 [━╸ ]{30,38}  .* each, .* left *$", part) for part in live), live[0]
    rows = [line.split("\r")[-1] for line in text.split("\n")]
    assert sum(bool(re.match(r" +\d+   0\.\d{4}", row)) for row in rows) == 7
    assert not any("left" in row or "looking" in row for row in rows), "nothing of it is left behind"


def test_what_was_learned_is_told_before_advice_is_looked_for(run, dataset, monkeypatch, capsys):
    told = []
    monkeypatch.setattr(cr.Network, "diagnose", lambda *data, **how: told.append(capsys.readouterr().out) or ())
    assert run("train", "tiny", "--layers", "4,2", "--epochs", "1").code == 0
    (before,) = told
    assert re.search(r"(?s)\ntest .*\nvalid .*\ntime .*\nsaved     net\.safetensors", before)


@pytest.mark.uncompiled
@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize("options", [[], ["--label-smoothing", "0.1"], ["--balanced"], ["--augment", "light"]])
def test_the_step_is_written_once(run, dataset, monkeypatch, options):
    """To choose the executor, whose name the screen has, and to train."""
    pytest.importorskip("llvmlite")
    from chainrule.training import native

    native._chunk_of.cache_clear()
    written, chunk = [], native.Chunk
    monkeypatch.setattr(native, "Chunk", lambda *given: written.append(given) or chunk(*given))
    assert run("train", dataset, "--layers", "4,2", "--epochs", "1", "--batch-size", "4", *options).code == 0
    assert len(written) == 1


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_ctrl_c_skips_the_advice_and_nothing_else(run, dataset, monkeypatch, options):
    """The report, the exit code and what to try next are those of a run of which nothing is found."""

    def skip(net, *data, early=False, **how):
        if not early:
            raise KeyboardInterrupt
        return ()

    arguments = ["train", "tiny", "--layers", "4,2", "--epochs", "2", "-o", "own.safetensors", *options]

    def without_times(text):
        return re.sub(r"(\"seconds\": )[\d.e-]+|[\d.]+ (ms|s)\b", r"\1", text)

    monkeypatch.setattr(cr.Network, "diagnose", lambda *data, **how: ())
    nothing = run(*arguments)
    (dataset.parent / "own.safetensors").unlink()
    monkeypatch.setattr(cr.Network, "diagnose", skip)
    skipped = run(*arguments)
    assert skipped.code == 0
    for stream in ("out", "err"):
        texts = [re.sub(r" +", " ", without_times(getattr(each, stream))) for each in (skipped, nothing)]
        assert texts[0] == texts[1]
    assert "saved" in skipped.out + skipped.err


@pytest.mark.skipif(sys.platform == "win32", reason="signals as a terminal sends them")
def test_ctrl_c_in_a_real_search_ends_as_usual(folder, dataset):
    """The signal arrives while a trial learns: `fit` would keep what was learned, and the search would go on."""
    program = (
        "import os, signal, sys; from chainrule import trials; from chainrule.cli import main;"
        "trials._Observer.progressed = lambda *told: (open('tried', 'w').close(), os.kill(os.getpid(), signal.SIGINT));"
        "sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "train", "tiny", "--layers", "4,2", "--epochs", "2", "--learning-rate", "1e-6"],
        cwd=folder, capture_output=True, timeout=120, env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode()
    assert "\nsaved     net.safetensors" in text
    assert "chainrule evaluate net.safetensors" in text
    assert (folder / "tried").exists()
    assert "To repair it" not in text


def test_what_is_left_is_reckoned_without_the_time_that_compiling_took(monkeypatch):
    stream = io.StringIO()
    stream.isatty = lambda: True
    screen = TrainingScreen(Screen(stream))
    screen.epochs = 2
    monkeypatch.setattr("chainrule.cli.training_screen.time.perf_counter", lambda: 1e6)
    screen.progressed(1, 50, 100, 1.0)
    assert re.search(r"epoch 1 of 2 .* 2\.0 s each, 3 s left", stream.getvalue())


@pytest.mark.parametrize("width", [40, 44, 47, 48, 55, 56, 62, 63, 78, 79, 80, 100])
@pytest.mark.parametrize("seconds", [0.0001, 0.05, 75.0, 754.0, 4000.0])
@pytest.mark.parametrize(("correct", "language"), [(0, "en"), (997, "en"), (1000, "zh"), (None, "en"), (None, "zh")])
def test_the_table_of_epochs_fits_every_screen(width, seconds, correct, language):
    stream = io.StringIO()
    screen = TrainingScreen(Screen(stream, width=width), language)
    screen.epochs = 2
    for number in (1, 2):
        screen.finished(Epoch(number, Score(0.4903, correct, 1000), Score(0.3989, correct, 1000), seconds, 3.0))
    screen.close()
    lines = stream.getvalue().splitlines()
    assert len([line for line in lines if re.match(r" +[12] ", line)]) == 2
    for line in lines:
        assert columns_of(line) <= width, line
        assert (
            not re.match(r" +[12] ", line)
            or ("0.4903" in line and "0.3989" in line and duration(seconds) in line)
            or width < 48
        )
    for row in lines[2:4]:
        assert correct is None or row.count(percent(correct / 1000)) == 2
        assert not re.search("[━╸]%|%[━╸]|[━╸][0-9]", row)
    assert ("bars" in stream.getvalue() or "横条" in stream.getvalue()) == (correct is not None and width >= 63)


# ---- data ------------------------------------------------------------------------------------------------------------


def test_a_folder_is_learned_from(run, dataset):
    done = run("train", dataset, "--layers", "4,3,2", "--epochs", "40")
    assert done.code == 0
    assert "100 to train, 20 to validate, 30 to test\n" in done.out
    assert "test      100.0 %   30 of 30 correct, 0 wrong\n" in done.out
    assert "chainrule derive net.safetensors" in done.out
    assert "predict" not in done.out, "its images are no pictures of digits"


@pytest.mark.usefixtures("undiagnosed")
def test_layers_fit_the_data_where_none_are_given(run, dataset):
    assert run("train", dataset, "--epochs", "1").out.startswith("network   4 → 30 → 2 ")


def test_a_file_of_images_with_its_labels(run, dataset, folder):
    images = folder / "digits.gz"
    images.write_bytes(gzip.compress((dataset / "train-images-idx3-ubyte").read_bytes()))
    labels = dataset / "train-labels-idx1-ubyte"
    done = run("train", "digits.gz", "--labels", labels, "--layers", "4,2", "--epochs", "20")
    assert done.code == 0
    assert "data      digits.gz   80 to train, 20 to validate, 20 to test\n" in done.out
    score = run("evaluate", "net.safetensors", "digits.gz", "--labels", labels, "--json")
    assert json.loads(score.out)["total"] == 20  # the others were learned from
    without = run("train", "digits.gz")
    assert without.code == 2
    assert without.err == (
        "chainrule: digits.gz is a file; if it holds images, give their labels too:\n  digits.gz --labels FILE\n"
    )
    both = run("train", dataset, "--labels", labels)
    assert (both.code, both.err.endswith("leave out --labels.\n")) == (2, True)


# ---- saving ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("undiagnosed")
def test_without_a_name_the_next_free_one_is_taken(run, folder):
    for name in ("net", "net-2", "net-3"):
        assert f"\nsaved     {name}.safetensors   96 kB\n" in run("train", *QUICK).out
    assert sorted(path.name for path in folder.iterdir()) == [
        "net-2.safetensors",
        "net-3.safetensors",
        "net.safetensors",
    ]


@pytest.mark.usefixtures("undiagnosed")
def test_a_named_file_is_replaced(run, folder):
    (folder / "mine.safetensors").write_text("something else")
    refused = run("train", *QUICK, "-o", "mine.safetensors")
    assert (refused.code, refused.out) == (1, "")
    assert "mine.safetensors exists, and chainrule did not write it" in refused.err
    cr.Network([3, 2]).save("mine.safetensors")
    assert run("train", *QUICK, "-o", "mine.safetensors").code == 0
    assert cr.load("mine.safetensors").sizes == [784, 30, 10]
    assert [path.name for path in folder.iterdir()] == ["mine.safetensors"], "and nothing is left beside it"


@pytest.mark.usefixtures("undiagnosed")
def test_a_name_with_spaces_can_be_typed_again(run, folder):
    out = run("train", *QUICK, "-o", "my net.safetensors").out
    line = next(line for line in out.splitlines() if "chainrule derive" in line)
    words = shlex.split(line.partition("chainrule derive")[2])
    assert run("derive", words[0]).code == 0


def test_a_place_that_cannot_be_written_is_told_before_training(run, folder, monkeypatch):
    from chainrule.model import Network

    monkeypatch.setattr(Network, "fit", lambda *args, **keywords: pytest.fail("it trains first"))
    assert run("train", "-o", "no/net.safetensors").code == 1
    done = run("train", "--checkpoint", "no/run")
    assert (done.code, done.err) == (1, "chainrule: no/run: there is no folder no; make it first.\n")
    (folder / "kept").write_text("")
    monkeypatch.setattr("chainrule.cli.destination.os.access", lambda *args: False)
    done = run("train", "-o", "kept")
    assert (done.code, done.err) == (1, "chainrule: kept is read-only; give another name.\n")

    def refused(**keywords):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("chainrule.cli.destination.tempfile.TemporaryFile", refused)
    done = run("train")
    assert done.code == 1
    assert " ".join(done.err.split()) == (
        "chainrule: The current folder cannot be written to (Permission denied); use -o FILE."
    )
    assert (folder / "kept").exists()


# ---- when it goes wrong ----------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="signals as a terminal sends them")
def test_ctrl_c_saves_what_was_learned(folder):
    arguments = ["--epochs", "1000", "--train-size", "5000", "--test-size", "100", "--executor", "numpy"]
    process = subprocess.Popen(
        [sys.executable, "-m", "chainrule", "train", *arguments, "-o", "kept.safetensors"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith(b"    3 "):
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (130, b"")
    text = (b"".join(lines) + out).decode()
    assert re.search(r"\nstopped   in epoch \d+ of 1000   what was learned until then is kept\n", text)
    assert re.search(r"\ntest      .* of 100 correct", text)
    assert "\nsaved     kept.safetensors   96 kB\n" in text
    done = int(re.search(r"in epoch (\d+)", text)[1]) - 1
    assert re.findall(r"(?m)^ +(\d+)   \d\.\d{4}", text)[-1] == str(done), "the last epoch is in the table"
    net = cr.load(folder / "kept.safetensors")
    assert net.score(*cr.datasets.mnist()[2]) > 0.6


@pytest.mark.skipif(sys.platform == "win32", reason="signals as a terminal sends them")
def test_ctrl_c_before_the_first_epoch(folder):
    process = subprocess.Popen(
        [sys.executable, "-m", "chainrule", "train", "--epochs", "1000", "--executor", "numpy"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert b"Traceback" not in err


def test_divergence_keeps_the_last_good_weights(run, folder):
    done = run("train", "--train-size", "300", "--epochs", "3", "--learning-rate", "1e39", "-o", "last.safetensors")
    assert done.code == 1
    sentence = " ".join(done.err.split())
    assert re.fullmatch(
        r"chainrule: The cost became infinite or NaN at step \d of epoch 1, with learning rate 1e\+39; "
        r"the last good weights are kept\. Try a smaller rate, such as 3\. The weights are saved in last\.safetensors\. "
        r"chainrule train --train-size 300 --epochs 3 --learning-rate [123]\.0 -o last\.safetensors",
        sentence,
    )
    found = " ".join(done.out.partition("\ndiagnosis ")[2].split())
    assert re.match(
        r"The learning rate is too large: η = 1e\+39\. To repair it, set η to [123] \(tried on a copy: after 900 examples, the "
        r"cost on those kept apart is 0\.\d+, and no number without the change\)\.$",
        found,
    ), found
    assert all(np.isfinite(array).all() for array in cr.load("last.safetensors").parameters)


# ---- diagnosis -------------------------------------------------------------------------------------------------------


def told(done):
    """The first finding in one line, and the command that repairs it."""
    text = done.out.partition("\nsaved ")[2].partition("\ndiagnosis ")[2].partition("\n\n")[0]
    return " ".join(text.split()), re.search(r"chainrule train.*", text)[0]


def test_a_class_that_is_never_answered_is_named_and_repaired(run):
    """With large weights and no hidden layer, an output neuron sits on the flat end of σ from the start."""
    small = ["--train-size", "5000", "--test-size", "1000", "--epochs", "5", "-o", "lost.safetensors"]
    done = run("train", "--layers", "784,10", "--initializer", "large", "--seed", "3", *small)
    assert done.code == 0
    said, command = told(done)
    assert re.match(
        r"4 and 8 are never the answer: of 1,992 examples that show them, \d+ are read correctly\. On them the slopes σ′ of "
        r"these output neurons are \d·10⁻[⁴-⁹] and \d·10⁻[⁴-⁹]: on so flat an end of σ hardly any error passes, and these "
        r"neurons cannot learn any more\. To repair it, let weights start as `(default|glorot)` has them( and set η to 0\.\d)? \("
        r"tried on a copy: after \d+,000 examples, the cost on those kept apart is 0\.\d+, and 0\.\d+ without the change\): "
        r"chainrule train ",
        said,
    ), said
    repaired = run(*shlex.split(command)[1:])
    assert repaired.code == 0
    assert "--initializer large" not in command
    assert "never the answer" not in repaired.out
    before, after = (int(re.search(r"(\d+) of 1,000 correct", each.out)[1]) for each in (done, repaired))
    assert after > before + 100


def test_a_class_that_was_not_learned_yet_is_told_apart(run):
    said, command = told(run("train", *QUICK))
    assert said.startswith(
        "The run was too short: 20 steps in all, each on 10 examples. To repair it, learn for 20 epochs (tried"
    )
    assert "too short" not in run(*shlex.split(command)[1:]).out


def test_a_rate_too_large_is_told_after_the_first_epoch_and_at_the_end(run):
    done = run("train", "--train-size", "2000", "--test-size", "100", "--epochs", "3", "--learning-rate", "100")
    first, rest = done.out.split("\n    2   ", 1)
    early = " ".join(first.partition("\ndiagnosis ")[2].split())
    assert re.match(
        r"after epoch 1: The learning rate is too large: with η = 100 the cost came to 0\.5\d\d, and answering everything "
        r"alike costs 0\.4\d\d\. \d+ of \d+ neurons of layer [23] were thrown to where nothing moves them any more\. "
        r"Ctrl-C ends the run and keeps what was learned$",
        early,
    ), early
    assert rest.count("diagnosis The learning rate is too large") == 1
    repaired = run(*shlex.split(told(done)[1])[1:])
    assert "learning rate" not in repaired.out


def test_a_run_that_is_well_is_told_nothing(run):
    done = run("train", "--test-size", "1000", "--epochs", "3", "--json")
    assert json.loads(done.out)["diagnosis"] == []
    assert "diagnosis" not in done.err


def test_what_a_program_reads_of_a_finding(run):
    done = run("train", "--train-size", "500", "--test-size", "50", "--json")
    (finding,) = json.loads(done.out)["diagnosis"]
    assert finding["name"] == "by-heart"
    assert set(finding["numbers"]) == {"ahead", "examples", "train", "valid"}
    assert finding["remedy"] == {"augment": "light"}
    assert finding["tried"]["after"] < finding["tried"]["before"]


def test_the_screen_in_chinese(run):
    done = run("train", "--train-size", "1000", "--test-size", "100", "--epochs", "12", "--lang", "zh")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[:3] == [
        "网络      784 → 30 → 10   sigmoid，二次代价，23,860 个参数",
        "数据      MNIST（随包附带）   训练 1,000 个样本，验证 3,000 个，测试 100 个",
        f"学习      η = 3.0，每批 10 个   SGD，种子 0，{'机器码' if NATIVE else 'NumPy'}",
    ]
    assert lines[4:6] == [
        "轮           代价 C             准确率                                     用时",
        "         训练    验证        训练      验证",
    ]
    assert re.search(r"(?m)^测试      9\d\.0 %   100 个中认对 9\d 个，认错 \d 个$", done.out)
    assert re.search(r"(?m)^诊断      过拟合：学过的 1,000 个样本认对了 9\d\.\d %", done.out)
    assert re.search(r"(?m)^接下来    chainrule explain net\.safetensors --lang zh +它的一道错题$", done.out)
    english = set(re.findall(r"[A-Za-z]{4,}", re.sub(r"chainrule \S+.*", "", done.out)))
    assert english == {"MNIST", "sigmoid", "safetensors"} | (set() if NATIVE else {"NumPy"})


@pytest.mark.usefixtures("undiagnosed")
def test_the_language_is_that_of_the_terminal(run, monkeypatch):
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert run("train", *QUICK).out.startswith("网络 ")
    assert run("train", *QUICK, "--lang", "en").out.startswith("network ")


def test_what_cannot_be_written_in_chinese_is_said_in_english(command, dataset):
    done = command("train", *TINY, "--lang", "zh", PYTHONIOENCODING="cp1252")
    assert done.returncode == 0
    assert done.stdout.startswith(b"network ")


def test_a_run_from_a_checkpoint_is_repaired_with_its_own_settings(run):
    options = ["--train-size", "500", "--test-size", "50"]
    run(
        "train", *options, "--epochs", "20", "--activation", "tanh", "--cost", "cross-entropy", "--learning-rate", "0.2",
        "--l2", "1", "--label-smoothing", "0.1", "--balanced", "--checkpoint", "run.checkpoint", "-o", "one.safetensors",
    )  # fmt: skip
    done = run("train", *options, "--resume", "run.checkpoint", "-o", "two.safetensors")
    assert told(done)[1] == (
        "chainrule train --train-size 500 --test-size 50 --augment light --layers 784,30,10 --activation tanh "
        "--cost cross-entropy --epochs 20 --learning-rate 0.2 --l2 1.0 --label-smoothing 0.1 --balanced -o two.safetensors"
    )


# ---- where it cannot be written -------------------------------------------------------------------------------------

full = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")


@pytest.mark.usefixtures("undiagnosed")
@full
def test_a_disk_that_is_full_does_not_cost_the_network(run, folder, monkeypatch, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(elsewhere))
    monkeypatch.setenv("USERPROFILE", str(elsewhere))
    done = run("train", *QUICK, "-o", "/dev/full")
    assert done.code == 1
    assert " ".join(done.err.split()) == (
        "chainrule: /dev/full could not be written (No space left on device); the network is saved in "
        f"{folder / 'net.safetensors'}."
    )
    assert len(cr.load(folder / "net.safetensors").weights) == 2
    assert "of 50 correct" in done.out


@pytest.mark.usefixtures("undiagnosed")
def test_where_the_current_folder_is_full_the_network_goes_home(run, folder, monkeypatch, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(elsewhere))
    monkeypatch.setenv("USERPROFILE", str(elsewhere))
    kept = cr.Network.save

    def save(net, path):
        if elsewhere not in path.parents:
            raise OSError(28, "No space left on device")
        kept(net, path)

    monkeypatch.setattr(cr.Network, "save", save)
    done = run("train", *QUICK, "--lang", "zh")
    assert done.code == 1
    written = f"chainrule: 无法写入 net.safetensors（磁盘空间不足）；网络已保存在 {elsewhere / 'net.safetensors'}。"
    assert "".join(done.err.split()) == written.replace(" ", "")
    assert len(cr.load(elsewhere / "net.safetensors").weights) == 2


@full
@pytest.mark.parametrize("json", [[], ["--json"]])
def test_an_output_that_is_full_does_not_cost_the_network(folder, dataset, json):
    with open("/dev/full", "w") as nowhere:
        done = subprocess.run(
            [sys.executable, "-m", "chainrule", "train", *TINY, *json],
            cwd=folder,
            stdout=nowhere,
            stderr=subprocess.PIPE,
        )
    assert done.returncode == 1
    assert "No space left on device" in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert cr.load(folder / "net.safetensors").sizes == [4, 2]


@pytest.mark.usefixtures("undiagnosed")
def test_a_checkpoint_that_cannot_be_written_is_said_once(run, monkeypatch):
    from chainrule.exchange import checkpoint_file

    def no_room(*given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint_file, "save", no_room)
    done = run(
        "train", "--train-size", "200", "--test-size", "50", "--epochs", "3", "--checkpoint", "c", "-o", "n.safetensors"
    )
    sentence = "The checkpoint c could not be written (No space left on device); the run goes on without it."
    assert done.code == 0
    assert " ".join(done.out.split()).count(sentence) == 1
    assert len(cr.load("n.safetensors").weights) == 2
    assert "now try" in done.out
    assert "--resume" not in done.out, "there is no such file"


@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize("stopped", [False, True])
@pytest.mark.parametrize("written", [(), (1,), (1, 2)])
def test_a_checkpoint_is_named_only_where_this_run_has_written_it(run, folder, monkeypatch, stopped, written):
    """On a disk that fills up, a file may be there from an earlier epoch, or, of that name, from another run."""
    from chainrule.exchange import checkpoint_file
    from chainrule.saved import paused

    small = ["--train-size", "200", "--test-size", "50", "--epochs", "2", "-o", "n.safetensors"]
    run("train", *small, "--checkpoint", "c", "--seed", "7")  # another run
    save, saved = checkpoint_file.save, []

    def full(*given):
        saved.append(given)
        if len(saved) not in written:
            raise OSError(28, "No space left on device")
        save(*given)

    def stop(screen, epoch):
        if epoch.number == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint_file, "save", full)
    if stopped:
        monkeypatch.setattr("chainrule.cli.training_screen.TrainingScreen.finished", stop)
    done = run("train", *small, "--checkpoint", "c")
    assert done.code == (130 if stopped else 0)
    assert ("--resume c" in done.out) == bool(written)
    assert "--checkpoint" not in done.out
    if written:
        assert paused("c").network.provenance["seed"] == 0


@pytest.mark.skipif(os.name != "posix", reason="modes as POSIX has them")
def test_a_warning_is_a_sentence_in_the_readers_language(command, dataset, tmp_path_factory):
    pytest.importorskip("llvmlite")
    shared = tmp_path_factory.mktemp("shared")
    shared.chmod(0o777)
    done = command("train", *TINY, "--executor", "native", "--lang", "zh", CHAINRULE_CACHE=str(shared), PYTHONUTF8="1")
    assert done.returncode == 0
    said = "".join(done.stderr.decode().split())
    written = f"chainrule: 编译好的代码没有保存在 {shared}，因为别人也能写这个文件夹；"
    assert said == (written + "请取消他们的写权限，或用 CHAINRULE_CACHE 另选一个文件夹。").replace(" ", "")
