"""Pictures in folders by class on the command line: learned from, tested, explained, read, exported."""

import json

import numpy as np
import pytest
from PIL import Image, ImageDraw

import chainrule as cr

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
