"""The bundled MNIST is the published one; other sets of the same form are read, and what does not fit is refused by name."""

import gzip
import hashlib
import subprocess
import sys
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from chainrule.data import datasets
from chainrule.data.errors import DataError

# SHA-256 of the files once on yann.lecun.com, decompressed, as many projects pin them.
PUBLISHED = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
BUNDLED = Path(str(resources.files("chainrule.data"))) / "mnist"


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_bundled_files_are_the_published_ones(name):
    content = (BUNDLED / f"{name}.gz").read_bytes()
    assert hashlib.sha256(gzip.decompress(content)).hexdigest() == PUBLISHED[name]
    license_text = (BUNDLED / "LICENSE.md").read_text(encoding="utf-8")
    assert hashlib.sha256(content).hexdigest() in license_text
    assert PUBLISHED[name] in license_text


def test_mnist_is_split_as_in_the_book():
    train, valid, test = datasets.mnist()
    for part, count in ((train, 50_000), (valid, 10_000), (test, 10_000)):
        images, labels = part
        assert images.shape == (count, 28, 28)
        assert labels.shape == (count,)
        assert (images.dtype, labels.dtype) == (np.uint8, np.int64)
        for array in (images, labels):
            assert not array.flags.writeable
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0


def test_the_test_digits_alone_are_those_of_the_whole():
    assert datasets.mnist_test() is datasets.mnist()[2]
    counts = [len(part.labels) for part in datasets.mnist()[:2]]
    assert counts == [datasets.TRAINING_DIGITS, datasets.VALIDATION_DIGITS]


def test_what_is_known_about_mnist():
    train, valid, test = datasets.mnist()
    assert train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert valid.labels[:5].tolist() == [3, 8, 6, 9, 6]
    assert test.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert np.bincount(train.labels).tolist() == [4932, 5678, 4968, 5101, 4859, 4506, 4951, 5175, 4842, 4988]
    assert np.bincount(np.r_[train.labels, valid.labels]).tolist() == (
        [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    )
    assert np.bincount(test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    pixels = np.concatenate([train.images, valid.images])
    assert round(pixels.mean() / 255, 4) == 0.1307
    counts = np.bincount(pixels.ravel(), minlength=256)
    grays = np.arange(256) / 255
    assert round(float(np.sqrt(counts @ (grays - 0.1306604762738429) ** 2 / pixels.size)), 4) == 0.3081


def test_mnist_is_read_once():
    assert datasets.mnist() is datasets.mnist()


def test_a_dataset_says_what_it_holds_and_unpacks():
    test = datasets.mnist()[2]
    assert repr(test) == "Dataset(images: uint8 10,000 × 28 × 28, labels: int64 10,000)"
    assert [*test] == [test.images, test.labels] == [test[0], test[1]]


def test_reading_mnist_needs_numpy_only_and_no_network():
    program = """
import sys
sys.modules["PIL"] = None
import socket
def refuse(*_, **__): raise AssertionError("the network was used")
socket.socket = refuse
from chainrule.data import datasets, idx, images, ink, inputs
datasets.mnist()
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)


def packaged(tmp_path, monkeypatch, name, content):
    """A package whose file of this name has another content, or is missing."""
    folder = tmp_path / "mnist"
    folder.mkdir()
    for stem in PUBLISHED:
        (folder / f"{stem}.gz").symlink_to(BUNDLED / f"{stem}.gz")
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    monkeypatch.setattr(datasets.resources, "files", lambda _: tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "t10k-labels-idx1-ubyte.gz",
            None,
            "t10k-labels-idx1-ubyte.gz is missing from the package; install chainrule again.",
        ),
        (
            "train-labels-idx1-ubyte.gz",
            gzip.compress(b"other", mtime=0),
            "train-labels-idx1-ubyte.gz in the package is damaged (its SHA-256 differs); install chainrule again.",
        ),
    ],
)
def test_a_damaged_package(tmp_path, monkeypatch, name, content, message):
    packaged(tmp_path, monkeypatch, name, content)
    monkeypatch.setattr(datasets, "mnist_test", datasets.mnist_test.__wrapped__)
    with pytest.raises(DataError) as refused:
        datasets.mnist.__wrapped__()
    assert str(refused.value) == message


def idx(array):
    array = np.asarray(array, np.uint8)
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def images(count, rows=2, columns=3):
    return np.arange(count * rows * columns).reshape(count, rows, columns) % 256


def write(folder, train=12, test=4, dot=False, ending="", **other):
    content = {
        "train-images-idx3-ubyte": images(train),
        "train-labels-idx1-ubyte": np.arange(train) % 10,
        "t10k-images-idx3-ubyte": images(test),
        "t10k-labels-idx1-ubyte": np.arange(test) % 10,
    }
    content.update({name.replace("_", "-"): array for name, array in other.items()})
    for name, array in content.items():
        raw = gzip.compress(idx(array)) if ending == ".gz" else idx(array)
        (folder / ((name.replace("-idx", ".idx") if dot else name) + ending)).write_bytes(raw)
    return folder


@pytest.mark.parametrize("dot", [False, True])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_folder(tmp_path, dot, ending):
    train, valid, test = datasets.load_folder(write(tmp_path, 13, 4, dot, ending))
    np.testing.assert_array_equal(np.concatenate([train.images, valid.images]), images(13))
    np.testing.assert_array_equal(test.images, images(4))
    assert train.labels.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0]
    assert valid.labels.tolist() == [1, 2]  # a sixth of 13, rounded down
    assert test.labels.tolist() == [0, 1, 2, 3]
    for part in (train, valid, test):
        assert part.images.dtype == np.uint8
        assert part.labels.dtype == np.int64
        assert not part.images.flags.writeable
        assert not part.labels.flags.writeable


def test_the_folder_of_mnist_itself_is_mnist():
    for read, bundled in zip(datasets.load_folder(str(BUNDLED)), datasets.mnist(), strict=True):
        np.testing.assert_array_equal(read.images, bundled.images)
        np.testing.assert_array_equal(read.labels, bundled.labels)


def test_plain_goes_before_compressed_and_folders_are_passed_over(tmp_path):
    write(tmp_path, ending=".gz")
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(np.full(12, 7)))
    (tmp_path / "t10k-labels-idx1-ubyte").mkdir()
    train, _, test = datasets.load_folder(tmp_path)
    assert set(train.labels.tolist()) == {7}
    assert test.labels.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (
            {"t10k_images_idx3_ubyte": images(4, 3, 3)},
            "FOLDER has training images of 2 × 3 and test images of 3 × 3; they must be of one size.",
        ),
        (
            {"train": 5},
            "FOLDER has 5 training images, where at least 6 are expected, since the last sixth is for validation.",
        ),
        (
            {"train_labels_idx1_ubyte": np.zeros(11)},
            "FOLDER/train-images-idx3-ubyte has 12 images, and FOLDER/train-labels-idx1-ubyte has 11 labels;"
            " the numbers must be equal.",
        ),
        (
            {"t10k_images_idx3_ubyte": np.zeros(4)},
            "FOLDER/t10k-images-idx3-ubyte is 1-dimensional, where images (3-dimensional) are expected.",
        ),
        (
            {"t10k_labels_idx1_ubyte": images(4)},
            "FOLDER/t10k-labels-idx1-ubyte is 3-dimensional, where labels (1-dimensional) are expected.",
        ),
    ],
)
def test_a_folder_that_does_not_fit(tmp_path, other, message):
    write(tmp_path, **other)
    with pytest.raises(DataError) as refused:
        datasets.load_folder(tmp_path)
    assert str(refused.value).replace(str(tmp_path), "FOLDER") == message


@pytest.mark.parametrize("missing", PUBLISHED)
def test_a_folder_without_one_of_the_files(tmp_path, missing):
    write(tmp_path)
    (tmp_path / missing).unlink()
    with pytest.raises(DataError) as refused:
        datasets.load_folder(tmp_path)
    assert str(refused.value) == (
        f"{tmp_path} has no file {missing} or {missing}.gz; give a folder with files named like MNIST's, or "
        "with a folder of pictures for each class."
    )


@pytest.mark.parametrize("name", ["missing", "file"])
def test_what_is_no_folder(tmp_path, name):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError) as refused:
        datasets.load_folder(tmp_path / name)
    assert str(refused.value) == f"{tmp_path / name} is not a folder; give one with files named like MNIST's."


def test_two_files(tmp_path):
    (tmp_path / "a").write_bytes(idx(images(3)))
    (tmp_path / "b").write_bytes(gzip.compress(idx([200, 0, 255])))
    read = datasets.load(tmp_path / "a", str(tmp_path / "b"))
    np.testing.assert_array_equal(read.images, images(3))
    assert read.labels.tolist() == [200, 0, 255]
    with pytest.raises(DataError) as refused:
        datasets.load(tmp_path / "b", tmp_path / "a")
    assert str(refused.value) == f"{tmp_path / 'b'} is 1-dimensional, where images (3-dimensional) are expected."
