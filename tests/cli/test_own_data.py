"""Data of one's own through all commands: what a network was trained on is in its file, and MNIST never takes its place."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.measures import Proof

NAMES = ("dot", "bar", "box")


@pytest.fixture
def shapes(folder, write_idx):
    """A folder of 28×28 images of three named classes, which are dots, bars and boxes."""
    random = np.random.default_rng(0)
    path = folder / "shapes"
    path.mkdir()
    for stem, count in (("train", 240), ("t10k", 60)):
        labels = random.integers(0, 3, count)
        images = np.zeros((count, 28, 28))
        for image, label in zip(images, labels, strict=True):
            row, column = random.integers(4, 16, 2)
            image[row : row + (3, 3, 9)[label], column : column + (3, 9, 9)[label]] = random.integers(150, 256)
        write_idx(path / f"{stem}-images-idx3-ubyte", images)
        write_idx(path / f"{stem}-labels-idx1-ubyte", labels)
    (path / "classes.txt").write_text("\n".join(NAMES) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def trained(run, shapes, undiagnosed):
    """A network that has learned them a little, and errs."""
    assert run("train", "shapes", "--epochs", "2", "--executor", "numpy", "-o", "own.safetensors").code == 0
    return cr.load("own.safetensors")


def test_a_network_has_as_many_outputs_as_there_are_classes_and_keeps_their_names(trained, shapes):
    assert trained.sizes == [784, 30, 3]
    assert trained.classes == NAMES
    assert trained.source.path == str(shapes.resolve())
    assert trained.source.shape == (28, 28)


@pytest.mark.usefixtures("undiagnosed")
def test_classes_without_names_are_numbers(run, shapes):
    (shapes / "classes.txt").unlink()
    run("train", "shapes", "--epochs", "1")
    assert cr.load("net.safetensors").classes == ("0", "1", "2")
    run("train", "shapes", "--epochs", "1", "--layers", "784,5")
    assert cr.load("net-2.safetensors").sizes == [784, 5]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"one\ntwo\n", "names 2 classes, and there are labels 0 to 2; give a name for each, one per line."),
        (b"\xff\xfe\x00", "is not UTF-8 text; it must have the names of the classes, one per line."),
    ],
)
def test_names_that_do_not_fit_are_refused(run, shapes, content, said):
    (shapes / "classes.txt").write_bytes(content)
    done = run("train", "shapes")
    assert done.code == 1
    assert said in " ".join(done.err.split())


def test_evaluate_takes_the_networks_own_test_images(run, trained):
    images, labels = cr.datasets.load_folder("shapes")[2]
    found = json.loads(run("evaluate", "own.safetensors", "--json").out)
    assert (found["correct"], found["total"]) == (int((trained.predict(images) == labels).sum()), 60)
    assert found["classes"] == ["0 dot", "1 bar", "2 box"]
    assert "2 box" in run("evaluate", "own.safetensors").out


def test_explain_shows_its_own_first_mistake_by_name(run, trained):
    images, labels = cr.datasets.load_folder("shapes")[2]
    answers = trained.predict(images)
    at = int(np.flatnonzero(answers != labels)[0])
    done = run("explain", "own.safetensors", "--mistake", "1")
    assert done.code == 0
    assert f"It reads {answers[at]} {NAMES[answers[at]]}   it is {labels[at]} {NAMES[labels[at]]}" in done.out
    assert f"test image {at} of shapes" in done.out
    assert "digit" not in done.out
    found = json.loads(run("explain", "own.safetensors", "--example", "5", "--json").out)
    assert found["label"] == labels[5]
    np.testing.assert_array_equal(np.array(found["steps"][0]["equations"][0]["value"]).ravel() * 255, images[5].ravel())
    zh = run("explain", "own.safetensors", "--mistake", "1", "--lang", "zh").out
    assert f"测试集第 {at} 张" in zh
    assert "数字 3" not in zh


def test_one_step_is_told_on_its_own_test_images(run, trained):
    assert "Of the other 59 test examples, " in run("explain", "own.safetensors", "--example", "0", "--one-step").out


def test_predict_names_the_classes(run, trained, photos):
    (head, row) = run("predict", "own.safetensors", photos[0]).out.splitlines()
    (found,) = json.loads(run("predict", "own.safetensors", photos[0], "--json").out)
    assert head.split()[:4] == ["file", "it", "reads", "activation"]
    assert found["digits"][0]["class"] == NAMES[found["digit"]]
    assert f" {found['digit']} {NAMES[found['digit']]} " in row


def test_check_measures_on_its_own_images(run, trained):
    assert "\ndata      10 test images   in float64\n" in run("check", "own.safetensors").out


@pytest.fixture
def sites(monkeypatch):
    """What the command would serve."""
    found = []
    monkeypatch.setattr("chainrule.web.app.application", lambda site, *_: found.append(site))
    monkeypatch.setattr("chainrule.web.server.serve", lambda app, host, port, ready: None)
    return found


def test_the_page_shows_networks_of_other_classes(run, trained, sites):
    assert run("app", "own.safetensors", "--no-browser").code == 0
    site = sites.pop()
    assert list(site.saved) == ["own", "book", "reader"]
    assert site.shown().net.sizes[-1] == 3
    assert b'id="packed"' in site.page().text()


@pytest.mark.usefixtures("undiagnosed")
def test_the_page_shows_the_networks_own_data(run, folder, write_idx, sites):
    random = np.random.default_rng(0)
    path = folder / "ten"
    path.mkdir()
    for stem, count in (("train", 60), ("t10k", 30)):
        write_idx(path / f"{stem}-images-idx3-ubyte", random.integers(0, 256, (count, 28, 28)))
        write_idx(path / f"{stem}-labels-idx1-ubyte", np.arange(count) % 10)
    run("train", "ten", "--epochs", "1")
    for typed in (["net.safetensors"], ["net.safetensors", "ten"]):
        assert run("app", *typed).code == 0
        site = sites.pop()
        assert next(iter(site.saved)) == "net"
        np.testing.assert_array_equal(site.shown().tested[0], cr.datasets.load_folder("ten")[2].images)
        assert not site.shown().bundled
    run("app")
    site = sites.pop()
    assert list(site.saved) == ["book", "reader", "net"]  # the one that was saved here, too
    assert len(site.shown().tested[1]) == 10_000


def test_the_page_shows_the_networks_of_a_folder(run, folder, sites):
    (folder / "nets").mkdir()
    assert "nets has no networks in it; save one there:" in " ".join(run("app", "nets").err.split())
    (folder / "nets" / "notes.safetensors").write_text("none")
    for name in ("one", "two"):
        cr.Network([784, 10], seed=0).save(folder / "nets" / f"{name}.safetensors")
    assert run("app", "nets").code == 0
    assert list(sites.pop().saved) == ["one", "two"]


@pytest.mark.parametrize("command", ["evaluate", "explain", "check", "app"])
@pytest.mark.parametrize(("language", "words"), [("en", "no longer"), ("zh", "已不")])
def test_data_that_have_moved_or_changed_are_not_replaced(run, trained, shapes, command, language, words, write_idx):
    if command == "app":
        trained = cr.Network([784, 10], seed=0)
        trained.source = cr.load("own.safetensors").source
        trained.save("own.safetensors")
    images = shapes / "t10k-images-idx3-ubyte"
    kept = images.read_bytes()
    write_idx(images, np.zeros((60, 28, 28)))
    changed = run(command, "own.safetensors", "--lang", language)
    images.write_bytes(kept)
    shutil.move(shapes, shapes.with_name("moved"))
    gone = run(command, "own.safetensors", "--lang", language)
    for done in (changed, gone):
        assert done.code == 1
        assert words in " ".join(done.err.split())
        assert f"\n  chainrule {command} own.safetensors DATA --lang {language}\n" in done.err
    if command != "app":
        assert run(command, "own.safetensors", "moved").code == 0


@pytest.mark.usefixtures("undiagnosed")
def test_a_file_of_images_with_its_labels_is_found_again(run, shapes):
    images, labels = shapes / "train-images-idx3-ubyte", shapes / "train-labels-idx1-ubyte"
    run("train", images, "--labels", labels, "--epochs", "1")
    assert json.loads(run("evaluate", "net.safetensors", "--json").out)["total"] == 240 // 6
    labels.rename(shapes / "elsewhere")
    done = run("evaluate", "net.safetensors")
    assert "chainrule evaluate net.safetensors DATA --labels FILE" in done.err


def test_a_network_that_does_not_say_its_data_is_asked_for_them(run, folder):
    cr.Network([784, 3], seed=0).save("three.safetensors")
    done = run("evaluate", "three.safetensors")
    assert done.code == 1
    assert " ".join(done.err.split()) == (
        "chainrule: three.safetensors does not say which data it was trained on; name them: "
        "chainrule evaluate three.safetensors DATA"
    )


def test_a_file_of_an_earlier_version_still_means_mnist(run, net):
    assert cr.load(net).source is None
    assert "MNIST, bundled" in run("evaluate", net).out
    assert "test digit " in run("explain", net, "--mistake", "1").out


@pytest.mark.usefixtures("undiagnosed")
def test_images_of_0_to_16_are_scaled_by_themselves_or_as_asked(run, folder, write_idx):
    random = np.random.default_rng(0)
    path = folder / "eight"
    path.mkdir()
    for stem in ("train", "t10k"):
        write_idx(path / f"{stem}-images-idx3-ubyte", random.integers(0, 17, (60, 8, 8)))
        write_idx(path / f"{stem}-labels-idx1-ubyte", np.arange(60) % 10)
    assert run("train", "eight", "--epochs", "1", "-o", "own.safetensors").code == 0
    assert cr.load("own.safetensors").schema.inputs.scaling == "standard"
    assert run("train", "eight", "--scale", "16", "--epochs", "1").code == 0
    assert cr.load("net.safetensors").schema.inputs.scaling == 16
    for command in ("evaluate", "check", "explain"):
        assert run(command, "net.safetensors").code == 0
    Path("x.png").write_bytes(b"")
    refused = run("predict", "net.safetensors", "x.png")
    assert "has 64 inputs, and a picture of a digit has 28 × 28 = 784 pixels." in " ".join(refused.err.split())


@pytest.mark.parametrize("command", ["evaluate", "explain", "predict"])
def test_a_regression_is_refused_in_a_sentence_that_is_true(run, folder, command):
    net = cr.Network([784, 1], cost="mean-squared-error", seed=0)
    net.fit(np.zeros((4, 784)), [0.0, 1.0, 2.0, 3.0], epochs=1)
    net.save("line.safetensors")
    Path("x.png").write_bytes(b"")
    done = run(command, "line.safetensors", *(["x.png"] if command == "predict" else []))
    assert done.code == 1
    assert f"is a regression: it answers with numbers, and {command} is about classes;" in " ".join(done.err.split())
    assert run("check", "line.safetensors").code == 0
    assert run("derive", "line.safetensors").code == 0


# ---- going on --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("undiagnosed")
def test_a_run_that_goes_on_knows_its_data(run, shapes):
    options = ["shapes", "--train-size", "60", "--expand", "--executor", "numpy"]
    run("train", *options, "--epochs", "5", "-o", "whole.safetensors")
    run("train", *options, "--epochs", "3", "--checkpoint", "ck", "-o", "part.safetensors")
    done = run("train", "--resume", "ck", "--more-epochs", "2", "-o", "longer.safetensors")
    assert done.code == 0
    assert "\ndata      shapes   300 to train, 40 to validate, 60 to test\n" in done.out
    whole, longer = cr.load("whole.safetensors"), cr.load("longer.safetensors")
    for one, other in zip(whole.parameters, longer.parameters, strict=True):
        np.testing.assert_array_equal(one, other)
    assert longer.classes == NAMES
    wrong = run("train", "--resume", "ck", "--train-size", "30")
    assert "--train-size is not as the run in ck has it" in " ".join(wrong.err.split())


@pytest.mark.usefixtures("undiagnosed")
def test_data_of_a_run_that_have_moved_are_named(run, shapes):
    run("train", "shapes", "--train-size", "60", "--epochs", "2", "--checkpoint", "ck")
    shutil.move(shapes, shapes.with_name("moved"))
    done = run("train", "--resume", "ck", "--lang", "zh")
    assert done.code == 1
    assert "\n  chainrule train DATA --resume ck --lang zh\n" in done.err
    assert run("train", "--resume", "ck", "moved", "--more-epochs", "1").code == 0


@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize("schedule", ["step", "linear", "cosine", "one-cycle"])
def test_a_schedule_that_ends_with_its_run_gets_no_more_epochs(run, shapes, schedule):
    run("train", "shapes", "--epochs", "2", "--schedule", schedule, "--checkpoint", "ck")
    done = run("train", "--resume", "ck", "--more-epochs", "1")
    assert done.code == 1
    assert f"The schedule '{schedule}' ends with its run" in " ".join(done.err.split())


@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize("language", [[], ["--lang", "zh"]])
@pytest.mark.parametrize("kept", [True, False])
def test_after_ctrl_c_it_is_said_how_to_go_on(run, shapes, monkeypatch, kept, language):
    def stopped(screen, epoch):
        if epoch.number == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("chainrule.cli.training_screen.TrainingScreen.finished", stopped)
    checkpoint = ["--checkpoint", "ck"] if kept else []
    done = run("train", "shapes", "--epochs", "4", *checkpoint, "-o", "own.safetensors", *language)
    assert done.code == 130
    monkeypatch.undo()
    (line,) = [each for each in done.out.splitlines() if "--resume" in each or "--checkpoint" in each]
    typed = line[line.index("chainrule ") :].split("   ")[0].split()[1:]
    end = ["--lang", "zh"] if language else []
    if not kept:
        assert typed == [
            "train",
            "shapes",
            "--epochs",
            "4",
            "-o",
            "own.safetensors",
            "--checkpoint",
            "own.checkpoint",
            *end,
        ]
        return
    assert typed == ["train", "-o", "own.safetensors", "--resume", "ck", *end]


@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize("flag", ["--checkpoint", "--resume"])
def test_a_network_is_not_saved_over_its_checkpoint(run, shapes, flag):
    begun = ("train", "shapes", "--epochs", "1", "--executor", "numpy", "--checkpoint", "kept", "-o", "own.safetensors")
    assert run(*begun).code == 0
    before = (shapes.parent / "kept").read_bytes()
    found = run("train", flag, "kept", "-o", "./kept", "--lang", "en")
    assert found.code == 2
    assert f"-o and {flag} are the same file" in found.err
    assert (shapes.parent / "kept").read_bytes() == before


@pytest.mark.parametrize("command", ["evaluate", "explain", "check", "app"])
def test_images_of_another_size_are_refused_by_their_size_before_their_grays(run, folder, write_idx, command):
    cr.Network([784, 30, 10], seed=0).save("net.safetensors")
    (folder / "small").mkdir()
    for stem in ("train", "t10k"):
        write_idx(folder / "small" / f"{stem}-images-idx3-ubyte", np.arange(12 * 64).reshape(12, 8, 8) % 17)
        write_idx(folder / "small" / f"{stem}-labels-idx1-ubyte", np.arange(12) % 10)
    found = run(command, "net.safetensors", "small", *(["--no-browser"] if command == "app" else []))
    assert found.code == 1
    assert "64 values each, and the network expects 784" in " ".join(found.err.split())


def _thrown(path, size):
    """A network of three classes whose weights have been thrown so far that its cost is infinite."""
    net = cr.Network([784, 30, 3], activation="relu", cost="log-likelihood", seed=0)
    for array in net.parameters:
        array *= size
    net.save(path)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("size", [1e6, 1e12])
def test_a_network_that_was_thrown_far_is_checked_and_its_json_is_json(run, shapes, size):
    _thrown("far.safetensors", size)
    for command in (
        ("check", "far.safetensors", "shapes"),
        ("explain", "far.safetensors", "shapes", "--example", "0"),
        ("explain", "far.safetensors", "shapes", "--example", "0", "--one-step", "--proof"),
        ("evaluate", "far.safetensors", "shapes"),
    ):
        found = run(*command, "--json")
        json.loads(found.out, parse_constant=pytest.fail)
    found = run("check", "far.safetensors", "shapes")
    assert found.code == 1
    assert "no slope can be measured" in " ".join(found.out.split())


@pytest.mark.parametrize("measured", [float("nan"), float("inf")])
def test_a_slope_that_cannot_be_measured_agrees_with_nothing(measured):
    proof = Proof("w2", (0, 0), 0.0, measured, 1e-5, (measured, measured))
    assert not proof.agrees
    assert proof.relative_error == float("inf")


def test_a_whole_scale_is_told_as_it_was_typed(run, folder, write_idx):
    (folder / "small").mkdir()
    for stem in ("train", "t10k"):
        write_idx(folder / "small" / f"{stem}-images-idx3-ubyte", np.arange(24 * 64).reshape(24, 8, 8) % 17)
        write_idx(folder / "small" / f"{stem}-labels-idx1-ubyte", np.arange(24) % 10)
    found = run("train", "small", "--scale", "16", "--find-rate", "--executor", "numpy")
    assert "--scale 16 " in found.out
    assert "16.0" not in found.out


def test_a_way_to_type_a_command_is_no_command_in_a_language(run, folder):
    assert "--lang" not in run("predict", "--lang", "zh").err


@pytest.mark.parametrize(("epochs", "faultless"), [("1", False), ("40", True)])
def test_each_command_that_is_offered_after_training_runs(run, shapes, monkeypatch, epochs, faultless):
    monkeypatch.setattr("chainrule.web.server.serve", lambda *args, **keywords: None)
    done = run("train", "shapes", "--epochs", epochs, "--learning-rate", "0.5", "--lang", "en", "--json")
    test = json.loads(done.out)
    assert (test["correct"] == test["total"]) == faultless
    offered = re.findall(r"chainrule \w+ \S+(?: --\w+ \w+)*", done.err.partition("now try")[2])
    assert len(offered) == 3
    for command in offered:
        assert run(*command.split()[1:]).code == 0, command
