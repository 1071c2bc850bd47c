"""`chainrule evaluate` and `chainrule predict`."""

import io
import json

import numpy as np
import pytest
from PIL import Image

import chainrule as cr
from chainrule.cli.confusion import draw_confusion
from chainrule.data.augmentation import Augmentation
from chainrule.data.shipped import shipped
from chainrule.layers import Conv, Dense, Flatten, MaxPool
from chainrule.show.screen import Screen
from chainrule.show.spelling import columns_of


@pytest.fixture
def blank(folder):
    Image.new("L", (300, 300), 255).save(folder / "blank.png")
    return "blank.png"


# ---- evaluate --------------------------------------------------------------------------------------------------------


def test_evaluate_counts(run, net):
    test = cr.datasets.mnist()[2]
    correct = cr.load(net).evaluate(*test).correct
    done = run("evaluate", net)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[:3] == [
        "network   784 → 30 → 10   sigmoid, quadratic cost, 23,860 parameters",
        "data      MNIST, bundled   10,000 to test",
        f"test      {correct / 100:.1f} %   {correct:,} of 10,000 correct, {10_000 - correct:,} wrong",
    ]
    found = json.loads(run("evaluate", net, "--json").out)
    assert (found["correct"], found["total"], found["accuracy"]) == (correct, 10_000, correct / 10_000)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_evaluate_shows_what_is_taken_for_what(run, net, language):
    images, labels = cr.datasets.mnist()[2]
    activations = cr.load(net)(images)
    answers = activations.argmax(axis=1)
    counts = [[int(((labels == i) & (answers == j)).sum()) for j in range(10)] for i in range(10)]
    found = json.loads(run("evaluate", net, "--json").out)
    assert found["confusion"] == counts
    assert found["classes"] == [str(digit) for digit in range(10)]
    mistakes = found["mistakes"]
    assert sorted(each["index"] for each in mistakes) == np.flatnonzero(answers != labels).tolist()
    strengths = [each["activation"] for each in mistakes]
    assert strengths == sorted(strengths, reverse=True)
    for each in mistakes[:20]:
        at = each["index"]
        assert (each["label"], each["answer"]) == (labels[at], answers[at])
        assert each["activation"] == pytest.approx(activations[at].max())
    lines = run("evaluate", net, "--lang", language).out.splitlines()
    head = next(at for at, line in enumerate(lines) if line.split()[:10] == [str(digit) for digit in range(10)])
    for digit in range(10):
        row = [0 if cell == "-" else int(cell.replace(",", "")) for cell in lines[head + 1 + digit].split()[:11]]
        assert row == [digit, *counts[digit]]
    assert max(columns_of(line) for line in lines if "chainrule" not in line) <= 80
    listed = [line.split() for line in lines if line.split()[-1:] == [f"{strengths[0]:.3f}"]]
    assert listed[0][0].replace(",", "") == str(mistakes[0]["index"])


def test_many_classes_are_shown_by_their_most_frequent_confusions(run, folder, write_idx):
    random = np.random.default_rng(0)
    path = folder / "letters"
    path.mkdir()
    labels = random.integers(0, 40, 300)  # a matrix of 40 columns is too wide
    for stem in ("train", "t10k"):
        write_idx(path / f"{stem}-images-idx3-ubyte", random.integers(0, 256, (300, 4, 4)))
        write_idx(path / f"{stem}-labels-idx1-ubyte", labels)
    run("train", path, "--epochs", "1")
    found = json.loads(run("evaluate", "net.safetensors", "--json").out)
    off = np.array(found["confusion"])
    np.fill_diagonal(off, 0)
    lines = run("evaluate", "net.safetensors").out.splitlines()
    head = lines.index("it is  it reads  times")
    shown = [tuple(map(int, line.split())) for line in lines[head + 1 : head + 11]]
    assert [count for *_, count in shown] == sorted(off.ravel(), reverse=True)[:10]
    assert all(off[truth, answer] == count for truth, answer, count in shown)


def test_evaluate_on_data_that_does_not_fit(run, net, dataset):
    done = run("evaluate", net, dataset)
    assert done.code == 1
    assert " ".join(done.err.split()) == (
        "chainrule: The examples have 4 values each, and the network expects 784; the array is 30 × 2 × 2."
    )


# ---- predict ---------------------------------------------------------------------------------------------------------


def test_predict_reads_pictures(run, net, photos):
    done = run("predict", net, *photos)
    assert (done.code, done.err) == (0, "")
    head, *rows = done.out.splitlines()
    assert head.split() == ["file", "digit", "activation", "runner-up"]
    assert [row.split()[1] for row in rows] == ["7", "2", "1", "0"]
    for row in rows:
        file, digit, activation, runner_up, second = row.split()
        assert file.endswith(f"{digit}.png")
        assert 0.5 < float(activation) <= 1
        assert digit != runner_up
        assert float(second) < float(activation)


def test_without_a_network_the_shipped_one_reads_and_says_so(run, photos):
    done = run("predict", photos[0])
    assert done.code == 0
    assert done.err == (
        "Read by the bundled reader, a network trained on augmented digits. explain shows\n"
        "another, the book's network. To use your own: predict NET IMAGE...\n"
    )
    assert done.out.splitlines()[1].split()[1] == "7"


def test_the_shipped_network_is_what_train_makes():
    net = cr.load(shipped("book"))
    assert net.sizes == [784, 30, 10]
    assert net.provenance["seed"] == 0
    assert [run["epochs"] for run in net.provenance["runs"]] == [30]
    assert net.score(*cr.datasets.mnist()[2]) > 0.95


def test_the_reader_is_small_and_reads():
    net = cr.load(shipped("reader"))
    assert shipped("reader").stat().st_size < 200_000
    images, labels = cr.datasets.mnist()[2]
    assert net.score(images[:2000], labels[:2000]) > 0.985


def test_the_reader_reads_digits_that_are_moved_turned_and_pale():
    """It was trained on such images: where the book's network, which was not, reads three in four, it reads nearly all."""
    images, labels = (each[:2000] for each in cr.datasets.mnist()[2])
    change = Augmentation(shift=2, rotation=15, slant=15, scale=0.15, stroke=1, contrast=0.3, noise=0.1)
    varied = change.apply(images, np.random.default_rng(0))
    reader, book = (cr.load(shipped(name)).score(varied, labels) for name in ("reader", "book"))
    assert reader > 0.96
    assert book < reader - 0.1


def test_the_mistakes_of_a_network_of_images_are_explained_as_evaluate_advises(run, folder):
    layers = [Conv(2, 5, activation="relu"), MaxPool(4), Flatten(), Dense(10)]
    cr.Network(layers, input=(1, 28, 28), seed=0).save(folder / "images.safetensors")
    done = run("evaluate", "images.safetensors")
    assert done.code == 0
    advised = next(line.split() for line in done.out.splitlines() if "chainrule explain" in line)
    explained = run(*advised[1 : advised.index("--example") + 2])
    assert explained.code == 0
    assert f"test digit {int(advised[advised.index('--example') + 1]):,}" in explained.out


def test_predict_as_json(run, net, photos):
    done = run("predict", net, *photos[:2], "--json")
    readings = json.loads(done.out)
    assert [list(reading) for reading in readings] == [["file", "digit", "activations", "sure", "digits"]] * 2
    assert [reading["digit"] for reading in readings] == [7, 2]
    assert readings[0]["file"] == str(photos[0])
    assert len(readings[0]["activations"]) == 10
    assert int(np.argmax(readings[0]["activations"])) == 7
    assert [reading["sure"] for reading in readings] == [True, True]
    [digit] = readings[0]["digits"]
    assert (digit["digit"], digit["activations"], digit["sure"]) == (7, readings[0]["activations"], True)
    left, top, right, bottom = digit["box"]
    assert 80 <= left < right <= 360
    assert 120 <= top < bottom <= 400


@pytest.fixture
def number(folder):
    """2, 1, 0 and 4, side by side."""
    test = cr.datasets.mnist()[2]
    page = np.concatenate([test.images[at] for at in (1, 2, 3, 4)], axis=1).repeat(5, 0).repeat(5, 1)
    Image.fromarray(255 - np.pad(page, 30)).save(folder / "number.png")
    return "number.png"


def test_a_number_is_read_from_left_to_right(run, net, number):
    done = run("predict", net, number)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[1].split()[:2] == ["number.png", "2104"]
    [reading] = json.loads(run("predict", net, number, "--json").out)
    assert (reading["digit"], reading["activations"]) == (None, None)
    assert [each["digit"] for each in reading["digits"]] == [2, 1, 0, 4]
    assert [list(each) for each in reading["digits"]] == [["digit", "activations", "sure", "box"]] * 4
    lefts = [each["box"][0] for each in reading["digits"]]
    assert lefts == sorted(lefts)
    assert reading["sure"] == all(each["sure"] for each in reading["digits"])


@pytest.fixture
def square(folder):
    page = np.full((200, 200), 250, np.uint8)
    page[60:140, 60:140] = 20
    Image.fromarray(page).save(folder / "square.png")
    return "square.png"


def test_what_is_no_digit_is_told_as_unsure(run, net, photos, square):
    for asked in ([], [net]):
        done = run("predict", *asked, square, photos[0])
        drawn, digit = done.out.splitlines()[1:]
        assert "unsure: 0." in drawn
        assert drawn.endswith(", sure from 0.75")
        assert "unsure" not in digit
        [reading] = json.loads(run("predict", *asked, square, "--json").out)
        assert (reading["sure"], reading["digits"][0]["sure"]) == (False, False)
    assert run("predict", square, "--lang", "zh").out.splitlines()[1].endswith("，0.75 起才算确定")


def test_a_network_of_other_classes_is_not_asked_about_digits(run, photos, folder):
    cr.Network([784, 3], seed=0).save("three.safetensors")
    done = run("predict", "three.safetensors", photos[0])
    assert (done.code, "unsure" in done.out) == (0, False)
    [reading] = json.loads(run("predict", "three.safetensors", photos[0], "--json").out)
    assert (reading["sure"], reading["digits"][0]["sure"]) == (None, None)


def test_the_network_may_stand_anywhere(run, net, photos):
    first, last, between = (
        run("predict", *order).out for order in ([net, *photos[:2]], [*photos[:2], net], [photos[0], net, photos[1]])
    )
    assert first == last == between
    done = run("predict", net, photos[0], net)
    assert done.code == 2
    assert " ".join(done.err.split()).startswith(f"chainrule: predict takes one network, and {net} is another:")


def test_a_picture_that_cannot_be_read_is_no_guess(run, net, photos, blank, folder):
    (folder / "text.png").write_text("no picture")
    done = run("predict", net, blank, photos[0], "text.png", "nothing.png")
    assert done.code == 1
    assert [line.split()[1] for line in done.out.splitlines()[1:]] == ["7"], "the others are read"
    assert done.err.count("chainrule: ") == 3
    assert "chainrule: blank.png" in done.err
    alone = run("predict", net, blank)
    assert (alone.code, alone.out) == (1, "")
    assert json.loads(run("predict", net, blank, "--json").out) == []


def test_a_network_that_is_missing_or_damaged_is_not_replaced_by_another(run, photos, folder, net):
    done = run("predict", "nothing.safetensors", photos[0])
    assert (done.code, done.out) == (1, "")
    said = "chainrule: nothing.safetensors does not exist; give the path of a safetensors file."
    assert " ".join(done.err.split()) == said
    (folder / "renamed").write_bytes(net.read_bytes())
    assert run("predict", "renamed", photos[0]).err == "", "a network is known by what is in it"
    (folder / "half.safetensors").write_bytes(net.read_bytes()[:5000])
    assert run("predict", "half.safetensors", photos[0]).code == 1


def test_a_network_for_other_images_reads_no_pictures(run, photos, folder):
    cr.Network([4, 2], seed=0).save("small.safetensors")
    done = run("predict", "small.safetensors", photos[0])
    assert done.code == 1
    assert " ".join(done.err.split()) == (
        "chainrule: small.safetensors has 4 inputs, and a picture of a digit has 28 × 28 = 784 pixels."
    )


# ---- in Chinese ------------------------------------------------------------------------------------------------------


def test_both_in_chinese(run, net, photos):
    test = cr.datasets.mnist()[2]
    correct = cr.load(net).evaluate(*test).correct
    assert run("evaluate", net, "--lang", "zh").out.splitlines()[:3] == [
        "网络      784 → 30 → 10   sigmoid，二次代价，23,860 个参数",
        "数据      MNIST（随包附带）   测试 10,000 个样本",
        f"测试      {correct / 100:.1f} %   10,000 个中认对 {correct:,} 个，认错 {10_000 - correct:,} 个",
    ]
    done = run("predict", photos[0], "--lang", "zh")
    assert done.err == (
        "由随包附带的“识别网络”识别，它的训练用了数据增强。explain 用的是另一个，即“书中\n"
        "的网络”。用你自己的：predict NET IMAGE...\n"
    )
    assert done.out.splitlines()[0].split() == ["文件", "数字", "激活值", "第二名"]
    done = run("predict", net, photos[0], "nothing.png", "--lang", "zh")
    assert done.err == "chainrule: nothing.png 不存在；请给出 PNG、JPEG、GIF、WebP、BMP 或 TIFF 图片。\n"


@pytest.mark.parametrize(("errors", "said"), [(0, ""), (3, "The most frequent confusions:")])
def test_a_matrix_too_wide_for_the_screen_is_a_list_of_confusions_if_there_are_any(errors, said):
    counts = 5 * np.eye(30, dtype=int)
    counts[4, 7] = errors
    stream = io.StringIO()
    draw_confusion(Screen(stream, width=40), (), counts, lambda text, context="": str(text))
    lines = stream.getvalue().splitlines()
    assert " ".join(lines[:1]) == said and [line.split() for line in lines[2:]] == [["4", "7", "3"]] * bool(errors)
