"""Which images a command works on: the digits in the package, a folder, or one file with its labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..data import datasets
from ..data.datasets import Dataset
from ..data.errors import DataError
from .errors import UsageError

_HELD_OUT = 6  # of one file, a sixth tests and another validates, as MNIST's makers and the book split theirs


@dataclass(frozen=True)
class Sets:
    """Images to learn from, to validate with and to test on, and what they are called; whether they are the package's."""

    name: str
    train: Dataset
    valid: Dataset
    test: Dataset
    bundled: bool = False


def training_sets(data: str | None, labels: str | None, train_size: int | None, test_size: int | None) -> Sets:
    """The three sets to train with; of the first and the last, only the first images where a size is given."""
    if data is None and labels is None:
        name, (train, valid, test) = "MNIST, bundled", datasets.mnist()
    elif data is not None and Path(data).is_dir():
        _no_labels(data, labels)
        name, (train, valid, test) = data, datasets.load_folder(data)
    else:
        name, (train, valid, test) = str(data), _split(*_one_file(data, labels))
    bundled = data is None
    return Sets(name, _first(train, train_size, "train"), valid, _first(test, test_size, "test"), bundled)


def test_set(data: str | None, labels: str | None) -> tuple[str, Dataset]:
    """The name of what is tested on, and its images: the test set of a folder, or all of one file."""
    if data is None and labels is None:
        return "MNIST, bundled", datasets.mnist()[2]
    if data is not None and Path(data).is_dir():
        _no_labels(data, labels)
        return data, datasets.load_folder(data)[2]
    return str(data), _one_file(data, labels)[1]


def _one_file(data: str | None, labels: str | None) -> tuple[str, Dataset]:
    if data is None:
        raise UsageError("--labels belongs to a file of images, which is missing:", f"IMAGES --labels {labels}")
    if labels is None:
        if not Path(data).exists():
            raise DataError(f"{data} does not exist; give a folder with files named as MNIST's, or a file of images.")
        raise UsageError(f"{data} is a file; if it holds images, give their labels too:", f"{data} --labels FILE")
    return data, datasets.load(data, labels)


def _no_labels(folder: str, labels: str | None) -> None:
    if labels is not None:
        raise UsageError(f"{folder} is a folder, which has its labels in it; leave out --labels.")


def _split(name: str, every: Dataset) -> tuple[Dataset, Dataset, Dataset]:
    count = len(every.labels)
    if count < _HELD_OUT:
        raise DataError(
            f"{name} has {count} images; at least {_HELD_OUT} are needed, to learn from some and test on others."
        )
    part = count // _HELD_OUT
    cuts = (slice(count - 2 * part), slice(count - 2 * part, count - part), slice(count - part, count))
    train, valid, test = (Dataset(every.images[cut], every.labels[cut]) for cut in cuts)
    return train, valid, test


def _first(images: Dataset, size: int | None, which: str) -> Dataset:
    if size is None:
        return images
    if size > len(images.labels):
        kind = "training" if which == "train" else "test"
        raise UsageError(f"--{which}-size is {size:,}, and there are {len(images.labels):,} {kind} images.")
    return Dataset(images.images[:size], images.labels[:size])
