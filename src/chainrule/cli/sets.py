"""The images of a command: the bundled digits, a folder, or one file with its labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..core.messages import listed
from ..core.nouns import Array
from ..data import datasets
from ..data.augmentation import expand
from ..data.codes import codes_of_images, pack, unpack
from ..data.datasets import Dataset
from ..data.errors import DataError
from ..data.folders import CHANNELS, ColorNeed, Files, Pictures, find_pictures, has_pictures, needs_color, read_pictures
from ..data.source import Source, fingerprint_of
from ..examples import split
from ..explain.mistakes import TRIED, instructive
from ..model import Network
from ..regular_files import find_link_out, resolve_below
from .errors import CommandError, UsageError
from .parsing import quoted
from .tested import Tested, choose_tested

_HELD_OUT = 6  # of one file, a sixth tests and another validates, as MNIST's makers and the book split theirs
_PASSES = 3  # an image that is learned from takes as many passes as three that are read
_FEWEST_VALIDATED = 1_000  # of which a score is exact to a point or two


@dataclass(frozen=True)
class Sets:
    """The images of a command.

    Attributes:
        name: What they are called.
        train: The images to train with.
        valid: The images to validate with.
        test: The images to test with.
        source: Where they are, as a network's file keeps it.
        classes: The names of their classes; empty for MNIST, whose classes are the digits.
        outputs: The number of outputs that a network needs for them.
        color_need: Whether the classes of pictures need colors, where this was found out.
    """

    name: str
    train: Dataset
    valid: Dataset
    test: Dataset
    source: Source
    classes: tuple[str, ...]
    outputs: int
    color_need: ColorNeed | None = None

    @property
    def bundled(self) -> bool:
        """Whether they are the bundled digits."""
        return not self.source.path


def training_sets(
    data: str | None,
    labels: str | None,
    train_size: int | None = None,
    test_size: int | None = None,
    expanded: bool = False,
    color: bool | None = None,
) -> Sets:
    """The images to train, validate and test with.

    Args:
        data: A folder, or a file of images; `None` is MNIST.
        labels: The file of labels that belongs to a file of images.
        train_size: How many of the training images to use, the first, with so many validation images that reading them after
            each epoch takes no longer than learning; `None` is all.
        test_size: How many of the test images to use, the first; `None` is all.
        expanded: Whether each training image gets four copies, moved by one pixel.
        color: Whether pictures are read in color; `None` looks whether their classes need it.

    Returns:
        The three sets.

    Raises:
        DataError: The data cannot be read.
        UsageError: The options do not fit each other or the data.
    """
    path, names, pictures = "", tuple[str, ...](), data is not None and _of_pictures(data)
    need: ColorNeed | None = None
    apart = False  # whether they are divided here
    if color is not None and not pictures:
        raise UsageError(
            "--{name} is for a folder of pictures in folders by class:",
            f"chainrule train FOLDER --{'color' if color else 'gray'}",
            name="color" if color else "gray",
        )
    if data is None and labels is None:
        name, parts = "MNIST, bundled", datasets.mnist()
    elif data is not None and pictures:
        _no_labels(data, labels)
        listing = find_pictures(data)
        name, names, apart = data, listing.classes, listing.undivided is not None
        files = _divided(listing)
        if color is None:
            need = needs_color(files[0])
            color = need.color
        parts = _read_parts(files, color)
    elif data is not None and Path(data).is_dir():
        _no_labels(data, labels)
        name, parts, names = data, datasets.load_folder(data), datasets.class_names(data)
    else:
        name, parts, apart = str(data), _split(*_one_file(data, labels)), True
    train, valid, test = parts
    outputs = max(1 + max(int(each.labels.max(initial=0)) for each in parts), 2)
    if data is not None:
        path = str(Path(data).resolve())
        if names and len(names) < outputs:
            raise DataError(
                "{path} names {count} classes, and there are labels 0 to {last}; give a name for each, one per line.",
                path=Path(data) / datasets.CLASSES,
                count=len(names),
                last=outputs - 1,
            )
        names = names or tuple(map(str, range(outputs)))
        outputs = len(names)
    source = Source(
        path,
        str(Path(labels).resolve()) if labels is not None else "",
        fingerprint_of(array for each in parts for array in each) if path else "",
        train.images.shape[1:],
        train_size,
        test_size,
        expanded,
        pictures=pictures,
        learned=pack([*codes_of_images(*train), *codes_of_images(*valid)]) if apart else "",
    )
    train, test = _first(train, train_size, "train"), _first(test, test_size, "test")
    if expanded:
        train = expand(*train)
    if train_size is not None:
        most = max(_FEWEST_VALIDATED, _PASSES * train_size)
        valid = Dataset(valid.images[:most], valid.labels[:most])
    return Sets(name, train, valid, test, source, names, outputs, need)


def own_source(net: Network, file: str, suggestion: str) -> Source:
    """Where the data lie that a network was trained on; raises as `own_sets` where they are unknown.

    Args:
        net: The network.
        file: Its file, for messages.
        suggestion: A command that names other data, for messages.

    Returns:
        Where they lie.
    """
    if net.source is not None:
        return net.source
    if (net.sizes[0], net.sizes[-1]) != (784, 10):
        raise CommandError("{file} does not say which data it was trained on; name them:", suggestion, file=file)
    return Source()


def require_reachable(file: str, source: Source, suggestion: str) -> tuple[str, str]:
    """Refuse data that a file names and that lie elsewhere: whoever wrote the file chose the path, which may be a device, a pipe
    without an end or a folder of another machine.

    Args:
        file: The file.
        source: The data that it names.
        suggestion: A command that names other data as DATA, for messages.

    Returns:
        The paths of the data and of their labels, both below the file's folder; empty where there are none.

    Raises:
        CommandError: They are outside of the file's folder, or are no longer there, or are no regular files.
    """
    folder = Path(file).resolve().parent
    paths = [resolve_below(path, folder) if path else None for path in (source.path, source.labels)]
    if any(path is None and named for path, named in zip(paths, (source.path, source.labels), strict=True)):
        raise CommandError(
            "{file} names data outside of its folder, {path}, which are read only where you name them:",
            _naming(source, suggestion),
            file=file,
            path=source.path,
        )
    for path in filter(None, paths):
        if not path.exists():
            raise CommandError(
                "The data that {file} was trained on are no longer at {path}; if they have moved, name them:",
                suggestion + (" --labels FILE" if source.labels else ""),
                file=file,
                path=source.path,
            )
        if not (path.is_file() or (path.is_dir() and not source.target)):
            raise CommandError("{file} names {path}, which is not a regular file.", file=file, path=path)
        link = find_link_out(path, folder) if path.is_dir() else None
        if link is not None:
            raise CommandError(
                "{link} leads out of the folder of {file}, which names it; if that is meant, name the data:",
                _naming(source, suggestion),
                link=link,
                file=file,
            )
    images, labels = (str(path or "") for path in paths)
    return images, labels


def require_unchanged(file: str, source: Source, fingerprint: str, suggestion: str) -> None:
    """Refuse data that are no longer as they were.

    Args:
        file: The file of the network, for the message.
        source: The data, as the file knows them.
        fingerprint: What their fingerprint is now.
        suggestion: A command that names other data, for the message.

    Raises:
        CommandError: The fingerprints differ.
    """
    if fingerprint != source.fingerprint:
        raise CommandError(
            "The data at {path} are no longer those that {file} was trained on; to use them all the same, name them:",
            suggestion + (" --labels FILE" if source.labels else ""),
            path=source.path,
            file=file,
        )


def _naming(source: Source, suggestion: str) -> str:
    """A command with the data of a network in the place of DATA."""
    head, _, tail = suggestion.rpartition(" DATA")
    apart = source.labels and Path(source.labels).parent != Path(source.path).parent
    return f"{head} {quoted(source.path)}{tail}" + (f" --labels {quoted(source.labels)}" if apart else "")


def same_sets(net: Network, data: str | None, labels: str | None) -> Sets | None:
    """The data that a network was trained on, where it is these that a user names; `None` where they are others.

    Args:
        net: The network.
        data: What the user named.
        labels: The file of labels, if it was named; without it, that beside the images.

    Returns:
        The three sets.
    """
    source = net.source
    if source is None or not source.path or data is None or Path(data).resolve() != Path(source.path):
        return None
    beside = Path(source.labels).parent == Path(source.path).parent if source.labels else True
    if str(Path(labels).resolve()) != source.labels if labels is not None else not beside:
        return None
    sets = training_sets(str(data), source.labels or None, color=_color_of(source))
    return sets if sets.source.fingerprint == source.fingerprint else None


def own_sets(net: Network, file: str, suggestion: str, as_trained: bool = False) -> Sets:
    """The data that a network was trained on.

    They are MNIST for a network of 784 inputs and ten classes that does not name its data.

    Args:
        net: The network.
        file: Its file, for messages.
        suggestion: A command that names other data, for messages.
        as_trained: Whether to take only the part that was used.

    Returns:
        The three sets.

    Raises:
        CommandError: The data are unknown, have moved, or have changed.
    """
    source = own_source(net, file, suggestion)
    cut = (source.train_size, source.test_size, source.expand) if as_trained else ()
    if not source.path:
        return training_sets(None, None, *cut)
    images, labels = require_reachable(file, source, suggestion)
    sets = training_sets(images, labels or None, *(cut or (None, None, False)), _color_of(source))
    require_unchanged(file, source, sets.source.fingerprint, suggestion)
    current, path = Path.cwd(), Path(sets.name)
    return replace(sets, name=str(path.relative_to(current))) if path.is_relative_to(current) else sets


def tested_images(net: Network, file: str, data: str | None, labels: str | None, suggestion: str) -> Tested[Dataset]:
    """The images to test a network on: the test set of its own data or of a named folder; of other data that are named, those
    that training has not used.

    Args:
        net: The network.
        file: Its file, for messages.
        data: A folder, or a file of images, if one was named.
        labels: The file of labels that belongs to a file of images.
        suggestion: A command that names other data, for messages.

    Returns:
        The images.
    """
    if data is None and labels is None:
        if not own_source(net, file, suggestion).path:
            return Tested("", datasets.mnist_test())
        sets = own_sets(net, file, suggestion)
        return Tested(sets.name, sets.test)
    if data is None or not Path(data).is_dir():
        name, images = _one_file(data, labels)
        return choose_images(net, file, name, images, labels)
    _no_labels(data, labels)
    if not _of_pictures(data):
        return Tested(data, datasets.load_test(data))
    parts = named_parts(net, data)
    return choose_images(net, file, data, parts) if isinstance(parts, Dataset) else Tested(data, parts[2])


def named_parts(net: Network, folder: str) -> tuple[Dataset, Dataset, Dataset] | Dataset:
    """The images of a named folder: to learn from, to validate and to test with, or all where the folder does not say.

    Args:
        net: The network, which knows the classes of pictures.
        folder: The folder.

    Returns:
        The images.
    """
    if not _of_pictures(folder):
        return datasets.load_folder(folder)
    pictures, color = _known(net, folder), is_color(net.source)
    if pictures.undivided is not None:
        return read_pictures(pictures.undivided, color)
    return _read_parts(_divided(pictures), color)


def choose_images(net: Network, file: str, path: str, images: Dataset, labels: str | None = None) -> Tested[Dataset]:
    """Of images that nothing divides, those to test on.

    Args:
        net: The network.
        file: Its file.
        path: The file or folder that the user named.
        images: All of them.
        labels: The file of their labels, if it was named.

    Returns:
        What the network is tested on.
    """
    codes = _trained_codes(net, file, path, images, labels)
    return choose_tested(path, images, codes_of_images(*images), codes, _selected)


def _trained_codes(net: Network, file: str, path: str, images: Dataset, labels: str | None) -> list[bytes] | None:
    """The codes of the images that training used, as the network's file has them; else those of its own data, if the user names
    them, or they may be read and are as they were.
    """
    source = net.source or Source()
    if source.shape != images.images.shape[1:]:
        return []
    if source.learned:
        return unpack(source.learned)
    try:
        sets = same_sets(net, path, labels) or own_sets(net, file, "")
    except (CommandError, DataError):  # they are not what is asked for
        return None
    return [*codes_of_images(*sets.train), *codes_of_images(*sets.valid)]


def _selected(images: Dataset, places: Array) -> Dataset:
    return Dataset(images.images[places], images.labels[places])


def require_classes(net: Network, file: str, command: str) -> None:
    """Refuse a network whose outputs are numbers, not classes.

    Args:
        net: The network.
        file: Its file, for the message.
        command: What cannot be done with it, for the message.

    Raises:
        CommandError: The network is a regression.
    """
    if net.numeric:
        raise CommandError(
            "{file} is a regression: it answers with numbers, and {command} is about classes; in Python, load it "
            "with chainrule.load.",
            file=file,
            command=command,
        )


def _one_file(data: str | None, labels: str | None) -> tuple[str, Dataset]:
    if data is None:
        raise UsageError("--labels belongs to a file of images, which is missing:", f"IMAGES --labels {labels}")
    if labels is None:
        raise UsageError(
            "{file} is a file; if it holds images, give their labels too:", f"{data} --labels FILE", file=data
        )
    return data, datasets.load(data, labels)


def own_shape(net: Network) -> tuple[int, ...] | None:
    """The shape of the pictures that a network has learned from as they are, in folders by class; else `None`.

    Args:
        net: The network.

    Returns:
        The rows and the columns, with 3 in front of them where it learned from colors.
    """
    return net.source.shape if net.source is not None and net.source.pictures else None


def _color_of(source: Source) -> bool | None:
    """Whether a network's own pictures are read in color; `None` where its data are no pictures in folders."""
    return is_color(source) if source.pictures else None


def is_color(source: Source | None) -> bool:
    """Whether a network learned from pictures in color.

    Args:
        source: The network's data.

    Returns:
        Whether it did.
    """
    return source is not None and source.pictures and len(source.shape) == CHANNELS


def _of_pictures(data: str) -> bool:
    """Whether a path is a folder of pictures, and not one with files named like MNIST's."""
    return Path(data).is_dir() and has_pictures(data) and not any(Path(data).glob("train-images*"))


def _divided(pictures: Pictures) -> tuple[Files, Files, Files]:
    """Pictures to learn from, to validate and to test with."""

    def parted(files: Files) -> tuple[Files, Files]:
        learned, held = split(len(files.labels), files.labels, np.zeros((len(files.labels), 1)), 1 / _HELD_OUT)
        return files.select(learned), files.select(held)

    learned_and_held, test = (
        (pictures.train, pictures.test) if pictures.undivided is None else parted(pictures.undivided)
    )
    assert learned_and_held is not None
    assert test is not None
    train, valid = parted(learned_and_held) if pictures.valid is None else (learned_and_held, pictures.valid)
    return train, valid, test


def _read_parts(files: tuple[Files, Files, Files], color: bool) -> tuple[Dataset, Dataset, Dataset]:
    """The pictures to learn from, to validate and to test with, all of one size."""
    train = read_pictures(files[0], color)
    size = train.images.shape[-2:]
    return train, read_pictures(files[1], color, size), read_pictures(files[2], color, size)


def _known(net: Network, data: str) -> Pictures:
    """The pictures of a folder with the labels that the network gives their classes.

    Raises `DataError` for a class that it does not know.
    """
    pictures = find_pictures(data)
    strange = [name for name in pictures.classes if name not in net.classes]
    if strange:
        raise DataError(
            "{path} has pictures of {name!r}, a class that the network does not know; it knows {classes}.",
            path=data,
            name=strange[0],
            classes=listed(net.classes),
        )
    places = np.array([net.classes.index(name) for name in pictures.classes])
    parts = [part and Files(part.paths, places[part.labels]) for part in pictures[1:]]
    return Pictures(pictures.classes, *parts)


def _no_labels(folder: str, labels: str | None) -> None:
    if labels is not None:
        raise UsageError("{folder} is a folder, which has its labels in it; leave out --labels.", folder=folder)


def _split(name: str, every: Dataset) -> tuple[Dataset, Dataset, Dataset]:
    count = len(every.labels)
    if count < _HELD_OUT:
        raise DataError(
            "{name} has {count} images; at least {least} are needed, to learn from some and test on others.",
            name=name,
            count=count,
            least=_HELD_OUT,
        )
    part = count // _HELD_OUT
    cuts = (slice(count - 2 * part), slice(count - 2 * part, count - part), slice(count - part, count))
    train, valid, test = (Dataset(every.images[cut], every.labels[cut]) for cut in cuts)
    return train, valid, test


def _first(images: Dataset, size: int | None, which: str) -> Dataset:
    if size is None:
        return images
    if size > len(images.labels):
        raise UsageError(
            "{option} is {size:,}, and there are {count:,} training images."
            if which == "train"
            else "{option} is {size:,}, and there are {count:,} test images.",
            option=f"--{which}-size",
            size=size,
            count=len(images.labels),
        )
    return Dataset(images.images[:size], images.labels[:size])


def chosen_mistake(net: Network, test: Dataset, wrong: Array) -> int:
    """The mistake that is explained if none is named: the most instructive of the first ones.

    Args:
        net: The network.
        test: The test images.
        wrong: The positions of those that are misread.

    Returns:
        A position in `wrong`.
    """
    first = wrong[:TRIED]
    return instructive(
        net.architecture, net.parameters, net.inputs(test.images[first], "float64").T, test.labels[first]
    )
