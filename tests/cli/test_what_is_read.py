"""Commands that show test images read no others: of the bundled MNIST, and of a folder that is named."""

import sys

import numpy as np
import pytest
from PIL import Image

import chainrule as cr
from chainrule.cli.opening import opened
from chainrule.data import datasets
from chainrule.data.shipped import shipped
from chainrule.web.site import Saved, Site

TRAINING, TEST = "train-images-idx3-ubyte", "t10k-images-idx3-ubyte"


@pytest.fixture
def read(monkeypatch):
    """The names of the files that are read from now on, the package's own and those of folders."""
    names = []
    for name in ("mnist", "mnist_test"):
        getattr(datasets, name).cache_clear()
    for name in ("_bundled", "read_idx"):
        make = getattr(datasets, name)
        monkeypatch.setattr(
            datasets, name, lambda file, make=make: names.append(getattr(file, "name", file)) or make(file)
        )
    return names


@pytest.fixture
def net(folder):
    """The network of the book, and a picture of a digit."""
    cr.load(shipped("book")).save("net.safetensors")
    picture = np.full((28, 28), 255, np.uint8)
    picture[4:24, 12:16] = 0
    Image.fromarray(picture).save("one.png")
    return "net.safetensors"


@pytest.mark.parametrize(
    "typed",
    [
        "evaluate net.safetensors",
        "evaluate net.safetensors --json",
        "explain",
        "explain net.safetensors --mistake 2",
        "explain net.safetensors --example 3 --one-step",
        "check net.safetensors",
        "export net.safetensors net.py --verify 20",
        "export net.safetensors page.html",
        "site public net.safetensors --training-digits 50",
        "train --epochs 1 --train-size 100 --test-size 10",
    ],
)
def test_of_mnist_only_what_is_shown_is_read(run, net, read, undiagnosed, typed):
    assert run(*typed.split()).code == 0
    assert TEST in read
    assert (TRAINING in read) == (typed.startswith(("site", "train ")))
    assert len(read) == len({*read})


@pytest.mark.parametrize("typed", ["predict one.png", "predict net.safetensors one.png", "explain --image one.png"])
def test_a_picture_of_ones_own_needs_none_of_it(run, net, read, typed):
    assert run(*typed.split()).code == 0
    assert read == []


def test_of_a_folder_only_the_test_images_are_read(run, net, read, folder):
    for name, array in (
        (TRAINING, np.zeros((6, 28, 28), np.uint8)),
        ("train-labels-idx1-ubyte", np.arange(6, dtype=np.uint8)),
        (TEST, np.zeros((4, 28, 28), np.uint8)),
        ("t10k-labels-idx1-ubyte", np.arange(4, dtype=np.uint8)),
    ):
        head = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
        (folder / name).write_bytes(head + array.tobytes())
    assert "4" in run("evaluate", net, ".").out
    assert sorted(read) == [TEST, "t10k-labels-idx1-ubyte"]
    (folder / TRAINING).unlink()
    assert "has no file train-images-idx3-ubyte" in " ".join(run("evaluate", net, ".").err.split())


def test_the_page_of_app_waits_for_no_training_images(net, read):
    site = Site({"net": Saved(net)}, opened, [sys.executable])
    site.page()
    assert TEST in read and TRAINING not in read
    learned, validated = site.shown().learned, site.shown().validated
    assert TRAINING in read
    assert site.shown().counts == (len(learned[1]), len(validated[1])) == (50_000, 10_000)
