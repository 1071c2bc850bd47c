"""Networks for the page, with their examples, as the server and the process that trains one of them read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..data import datasets
from ..data.inputs import as_labels
from ..data.shipped import shipped
from ..exchange.network_file import is_network
from ..model import Network
from ..quoting import printable
from ..saved import load
from ..web.site import Saved, Shown
from . import table
from .arguments import Values
from .errors import UsageError
from .functions import read_network
from .lessons import APP
from .parsing import command_line
from .sets import choose_images, named_parts, own_sets, own_source, tested_images
from .text import refuse_gpt

BUNDLED = ("book", "reader")
"""The networks in the package that the page shows, the first of which it opens with."""
ENDING = ".safetensors"


def saved_networks(values: Values) -> dict[str, Saved]:
    """The networks that a page shows.

    Args:
        values: The values of the command: a network, or a folder of networks, without which those in the present folder are
            shown behind the bundled ones; data for the network; and the file with the functions that it is made of.

    Returns:
        Where each lies, by the names on the page's list, first the one that the page opens with.

    Raises:
        UsageError: The folder has no networks, the file holds a small GPT, or the data belong to none.
    """
    net, again = values.net, command_line(APP, values, data="DATA")
    if net is None and values.data is not None:
        raise UsageError("DATA belongs to a network of your own, which is missing:", "chainrule app NET DATA")
    bundled = {name: Saved(str(shipped(name))) for name in BUNDLED}
    if net is not None and not Path(net).is_dir():
        refuse_gpt(net, served=True)
        return {printable(Path(net).stem): Saved(net, values.functions, values.data, again), **bundled}
    files = [each for each in sorted(Path(net or ".").glob(f"*{ENDING}")) if is_network(each)]
    networks = {printable(file.stem): Saved(str(file), values.functions, values.data, again) for file in files}
    if net is None:
        return bundled | {name: each for name, each in networks.items() if name not in bundled}
    if not networks:
        raise UsageError(
            "{path} has no networks in it; save one there:", f"chainrule train -o {net}/net{ENDING}", path=net
        )
    return networks


def opened(saved: Saved) -> Shown:
    """A network with its examples.

    Args:
        saved: Where it lies.

    Returns:
        Both.

    Raises:
        ChainruleError: It cannot be read, or its data are not there or are of another kind.
    """
    net, path = read_network(load, saved.file, saved.functions), saved.file
    again = saved.again
    if saved.data is not None:
        return _on(net, saved, again)
    if table.is_of_table(net):
        parts = table.own_parts(net, path, again)
        return Shown.of(net, tuple(parts.train), tuple(parts.valid), tuple(parts.test))
    if not own_source(net, path, again).path:
        counts = datasets.TRAINING_DIGITS, datasets.VALIDATION_DIGITS
        return Shown(net, datasets.mnist_test(), lambda: datasets.mnist()[:2], counts, bundled=True)
    sets = own_sets(net, path, again)
    return Shown.of(net, sets.train, sets.valid, sets.test)


def _on(net: Network, saved: Saved, again: str) -> Shown:
    """A network on data that are named, divided as they say or as they were to train; of others all is shown and learned from."""
    data = str(saved.data)
    if table.is_of_table(net):
        tested = table.own_rows(net, Values(net=saved.file, data=data, lang=None), again)
        rows, learned = tested.examples, tested.trained or tested.examples
        return Shown.of(net, tuple(learned), tuple(rows.chosen(np.arange(0))), tuple(rows))
    parts: Any = named_parts(net, data) if Path(data).is_dir() else None
    if parts is None or isinstance(parts, datasets.Dataset):
        named = (
            tested_images(net, saved.file, data, None, again)
            if parts is None
            else choose_images(net, saved.file, data, parts)
        )
        every = named.examples
        parts = named.trained or every, datasets.Dataset(every.images[:0], every.labels[:0]), every
    for part in parts:
        net.inputs(part.images[:1])
        as_labels(part.labels, net.sizes[-1], len(part.labels))
    return Shown.of(net, *parts)
