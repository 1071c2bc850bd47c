"""Pictures in folders by class on the command line: learned from, tested, explained, read, exported."""

import base64
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import chainrule as cr
from chainrule.data.folders import Files, find_pictures, needs_color

NAMES = ("circle", "square", "zigzag")


def draw(kind, random):
    """A bright picture of 20 × 24 with a dark shape somewhere in it."""
    picture = Image.new("RGB", (24, 20), tuple(random.integers(180, 255, 3).tolist()))
    page, (x, y) = ImageDraw.Draw(picture), random.integers(2, 8, 2).tolist()
    ink = tuple(random.integers(0, 90, 3).tolist())
    if kind == "circle":
        page.ellipse([x, y, x + 10, y + 10], outline=ink, width=2)
    elif kind == "square":
        page.rectangle([x, y, x + 10, y + 10], outline=ink, width=2)
    else:
        page.line([(x, y), (x + 10, y), (x, y + 10), (x + 10, y + 10)], fill=ink, width=2)
    return picture


def drawn(folder, count=30, names=NAMES, seed=0):
    random = np.random.default_rng(seed)
    for name in names:
        (folder / name).mkdir(parents=True)
        for k in range(count):
            draw(name, random).save(folder / name / f"{k:03}.{('png', 'jpg')[k % 2]}")


@pytest.fixture
def pictures(folder):
    drawn(folder / "shapes")
    (folder / "shapes" / "square" / "notes.txt").write_text("no picture")
    return folder


def said(done):
    return " ".join(done.err.split())


def test_pictures(run, pictures, undiagnosed):
    done = run("train", "shapes", "--epochs", "12", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert told["total"] == 15 and told["accuracy"] > 0.6
    assert "63 to train, 12 to validate, 15 to test" in done.err
    net = cr.load("net.safetensors")
    assert (net.sizes, net.classes, net.source.shape) == ([480, 30, 3], NAMES, (20, 24))
    found = json.loads(run("evaluate", "net.safetensors", "--json").out)
    assert found["accuracy"] == told["accuracy"] and found["classes"] == ["0 circle", "1 square", "2 zigzag"]
    paths = ["shapes/circle/000.png", "shapes/zigzag/001.jpg"]
    read = json.loads(run("predict", "net.safetensors", *paths, "--json").out)
    for each, path in zip(read, paths, strict=True):
        grays = np.asarray(Image.open(path).convert("L"))
        near = 1e-6 if path.endswith("png") else 1e-2  # a JPEG is decoded in gray, not turned into it
        np.testing.assert_allclose(each["activations"], net(grays[None])[0], atol=near)
        assert each["digits"][0]["class"] == net.classes[each["digit"]]
    explained = run("explain", "net.safetensors", "--image", paths[0], "--label", "0")
    assert "000.png, network 480 → 30 → 3" in explained.out
    told = json.loads(run("export", "net.safetensors", "net.py", "--verify", "15", "--json").out)
    assert told["accuracy"] == found["accuracy"] and told["difference"] < 1e-5
    assert run("check", "net.safetensors").code == 0


def test_folders_for_learning_and_testing(run, folder, undiagnosed):
    for part, seed in (("train", 0), ("test", 1)):
        drawn(folder / "shapes" / part, 20, seed=seed)
    done = run("train", "shapes", "--epochs", "1")
    assert done.code == 0, done.err
    assert "50 to train, 10 to validate, 60 to test" in done.out
    assert json.loads(run("evaluate", "net.safetensors", "--json").out)["total"] == 60


def test_a_network_is_tested_on_other_pictures_by_the_names_of_their_classes(run, pictures, undiagnosed):
    run("train", "shapes", "--epochs", "1")
    drawn(pictures / "others", 10, ("zigzag", "square"), seed=3)
    found = json.loads(run("evaluate", "net.safetensors", "others", "--json").out)
    assert np.sum(found["confusion"], axis=1).tolist() == [0, 10, 10]
    drawn(pictures / "strange", 10, ("square", "circle", "zigzag"), seed=3)
    (pictures / "strange" / "circle").rename(pictures / "strange" / "blob")
    refused = run("evaluate", "net.safetensors", "strange")
    assert refused.code == 1
    assert (
        "strange has pictures of 'blob', a class that the network does not know; it knows circle, square, zigzag."
        in said(refused)
    )


def test_a_run_goes_on(run, pictures, undiagnosed):
    run("train", "shapes", "--epochs", "2", "--checkpoint", "whole.checkpoint", "-o", "whole.safetensors")
    run("train", "shapes", "--epochs", "1", "--checkpoint", "run.checkpoint", "-o", "half.safetensors")
    run("train", "--resume", "run.checkpoint", "--more-epochs", "1", "-o", "again.safetensors")
    whole, again = cr.load("whole.safetensors"), cr.load("again.safetensors")
    assert all(np.array_equal(one, other) for one, other in zip(whole.parameters, again.parameters, strict=True))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda at: Image.new("L", (30, 30)).save(at / "square" / "zz.png"),
         "zz.png is 30 × 30, and the others are 20 × 24; make all pictures of one size."),
        (lambda at: (at / "square" / "zz.png").write_bytes((at / "square" / "000.png").read_bytes()[:90]),
         "zz.png is a PNG image that is damaged (image file is truncated); save it again."),
        (lambda at: (at / "square" / "zz.png").write_text("text"), "where a PNG, JPEG, GIF, WebP, BMP or TIFF image"),
        (lambda at: [(at / name).rename(at.parent / name) for name in ("square", "zigzag")],
         "shapes has pictures of one class alone; give a folder for each class."),
        (lambda at: [each.unlink() for name in NAMES for each in (at / name).glob("0[0-2]?.*") if "000" not in each.name],
         "shapes has 3 pictures; at least 12 are needed, to learn from some and test on others."),
    ],
)  # fmt: skip
def test_pictures_that_cannot_be_learned_from(run, pictures, spoil, message):
    spoil(pictures / "shapes")
    before = set(pictures.rglob("*"))
    refused = run("train", "shapes")
    assert refused.code == 1 and message in said(refused) and not refused.out
    assert set(pictures.rglob("*")) == before


def test_pictures_of_another_size_are_not_read(run, pictures, undiagnosed):
    run("train", "shapes", "--epochs", "1")
    Image.new("L", (28, 28)).save("digit.png")
    done = run("predict", "net.safetensors", "digit.png", "shapes/circle/000.png")
    assert done.code == 1 and "digit.png is 28 × 28, and the others are 20 × 24" in said(done)
    assert "shapes/circle/000.png" in done.out
    refused = run("train", "shapes", "--augment", "light")
    assert refused.code == 2 and "--augment varies images of ink, not pictures; leave it out." in said(refused)
    assert not refused.out


HUES = {"blue": (80, 80, 220), "green": (50, 140, 50), "red": (200, 60, 60)}
LUMA = np.array([0.299, 0.587, 0.114])


def paint(folder, count=30, seed=0, gray=False):
    """Disks whose classes differ in hue alone: all have the same range of grays. Or all of one hue, on gray paper."""
    random = np.random.default_rng(seed)
    for name, hue in HUES.items():
        (folder / name).mkdir(parents=True)
        for k in range(count):
            color = np.full(3, 1.0) if gray else np.array(hue) / (LUMA @ np.array(hue))
            picture = Image.new("RGB", (24, 20), (235, 235, 235))
            x, y = random.integers(1, 9, 2).tolist()
            ink = np.clip(color * random.uniform(90, 110), 0, 255).astype(int)
            ImageDraw.Draw(picture).ellipse([x, y, x + 11, y + 10], fill=tuple(ink.tolist()))
            picture.save(folder / name / f"{k:03}.png")


@pytest.fixture
def disks(folder):
    paint(folder / "disks")
    return folder


def test_classes_that_differ_in_hue_alone_are_learned_in_color(run, disks, undiagnosed):
    done = run("train", "disks", "--epochs", "10", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["accuracy"] > 0.9
    told = said(done)
    assert "colors used, since a linear classifier of thumbnails gets 100.0 % of 63 pictures right by color" in told
    assert "; --gray learns from grays" in told
    net = cr.load("net.safetensors")
    assert (net.sizes[0], net.source.shape) == (3 * 20 * 24, (3, 20, 24))

    in_grays = run("train", "disks", "--gray", "--epochs", "10", "--json", "-o", "gray.safetensors")
    assert json.loads(in_grays.out)["accuracy"] < 0.7
    assert "colors used" not in said(in_grays)
    assert cr.load("gray.safetensors").source.shape == (20, 24)


def test_a_network_that_learned_from_colors_reads_them_in_every_command(run, disks, undiagnosed):
    run("train", "disks", "--epochs", "10")
    net = cr.load("net.safetensors")
    path = "disks/green/003.png"
    colors = np.moveaxis(np.asarray(Image.open(path)), -1, 0)
    (read,) = json.loads(run("predict", "net.safetensors", path, "--json").out)
    np.testing.assert_allclose(read["activations"], net(colors[None])[0], atol=1e-6)
    assert read["digits"][0]["class"] == "green" and read["digits"][0]["box"] == [0, 0, 24, 20]
    assert json.loads(run("evaluate", "net.safetensors", "--json").out)["total"] == 15
    paint(disks / "others", 4, seed=5)
    assert json.loads(run("evaluate", "net.safetensors", "others", "--json").out)["accuracy"] > 0.9
    assert run("check", "net.safetensors", "--samples", "20").code == 0
    explained = run("explain", "net.safetensors", "--image", path, "--label", "1")
    assert "Each of the 480 pixels is three numbers, how red, green and blue it is." in " ".join(explained.out.split())
    assert "3×20×24" in explained.out
    asked = run("explain", "net.safetensors", "--image", path, "--value").out
    assert re.search(r"(red|green|blue) of the pixel in row \d+, column \d+", asked)
    verified = json.loads(run("export", "net.safetensors", "net.py", "--verify", "10", "--json").out)
    assert verified["difference"] < 1e-5
    run("train", "disks", "--epochs", "1", "--checkpoint", "run.checkpoint", "-o", "one.safetensors")
    assert run("train", "--resume", "run.checkpoint", "--more-epochs", "1", "-o", "two.safetensors").code == 0
    assert cr.load("two.safetensors").source.shape == (3, 20, 24)


def test_an_explanation_draws_the_picture_in_its_colors(run, disks, undiagnosed):
    """The picture of HTML, decoded, has the bytes of the file; for dense layers and for convolutions."""
    path = "disks/blue/007.png"
    for layers in (["--layers", "1440,8,3"], ["--layers", "conv 4x5, pool 2, 3"]):
        run("train", "disks", "--epochs", "1", *layers, "-o", "net.safetensors")
        assert run("explain", "net.safetensors", "--image", path, "--html", "why.html").code == 0
        address = re.search(r'<img alt="" src="data:image/png;base64,([^"]+)"', Path("why.html").read_text("utf-8"))
        drawn = Image.open(io.BytesIO(base64.b64decode(address[1])))
        np.testing.assert_array_equal(np.asarray(drawn), np.asarray(Image.open(path)))


def test_pictures_whose_classes_need_no_color_are_read_in_grays(run, pictures, undiagnosed):
    done = run("train", "shapes", "--epochs", "1")
    assert "colors not used, since a linear classifier of thumbnails gets" in " ".join(done.out.split())
    assert cr.load("net.safetensors").source.shape == (20, 24)
    paint(pictures / "plain", gray=True)
    done = run("train", "plain", "--epochs", "1", "-o", "plain.safetensors")
    assert "colors none in these pictures, which are read as grays" in " ".join(done.out.split())
    assert cr.load("plain.safetensors").source.shape == (20, 24)
    run("train", "plain", "--color", "--epochs", "1", "-o", "color.safetensors")
    assert cr.load("color.safetensors").source.shape == (3, 20, 24)


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        (["disks", "--color", "--gray"], "--color and --gray exclude each other; leave one of them out."),
        (["--color"], "--color is for a folder of pictures in folders by class:"),
        (["disks", "--layers", "480,10,3"], "the images have 1440 numbers, red, green and blue of each pixel:"),
    ],
)
def test_colors_that_cannot_be_learned_from(run, disks, typed, refusal):
    refused = run("train", *typed)
    assert refused.code == 2 and refusal in said(refused) and not refused.out


def test_planted_fault_grays_that_tell_classes_apart_ask_for_no_color(folder):
    """Hue and gray tell the same classes: the simpler is taken; with shuffled labels neither tells, and grays are taken."""
    for name, gray in (("dark", 60), ("light", 200)):
        (folder / "tones" / name).mkdir(parents=True)
        for k in range(20):
            Image.new("RGB", (12, 12), (gray, gray // 2, gray // 3 + k)).save(folder / "tones" / name / f"{k:02}.png")
    files = find_pictures(folder / "tones").undivided
    need = needs_color(files)
    assert (need.color, need.by_gray, need.by_color, need.size) == (False, 1.0, 1.0, 40)
    shuffled = Files(files.paths, np.random.default_rng(0).permutation(files.labels))
    assert not needs_color(shuffled).color
