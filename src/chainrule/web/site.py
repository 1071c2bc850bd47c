"""What the server shows: networks by name, each with its examples, and the page of each, made once when it is first asked for.

Nothing is kept for a visitor: the browser has the network that it teaches, and asks here for files, and for runs (`runs.py`).
"""

from __future__ import annotations

import copy
import gzip
import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, TypeAlias, TypeVar

import numpy as np

from ..core.messages import listed
from ..core.nouns import Array
from ..model import Network
from ..page.carried import rows_of
from ..page.file import page_text
from ..page.templates import HIDDEN, OUTPUTS, is_plain
from ..page.writing import READS_DIGITS, chosen
from .fields import RefusedError

Examples: TypeAlias = tuple[Any, Any]
Part: TypeAlias = Literal["learn", "test"]
Made = TypeVar("Made")

SHOWN = 200
"""How many examples a page carries; the others it asks for."""
MOST_PARAMETERS = 2**21
"""Of a network that is trained here, or saved."""
_MOST_KEPT = 16  # pages, and as many networks and blocks of examples


@dataclass(frozen=True)
class Saved:
    """Where a network lies.

    Attributes:
        file: Its file.
        functions: The Python file with the user's functions that it is made of.
        data: Other data than its own.
        again: The command that names other data, for messages.
    """

    file: str
    functions: str | None = None
    data: str | None = None
    again: str = ""


@dataclass(frozen=True)
class Shown:
    """A network with its examples, of which those to learn from are read when somebody trains.

    Attributes:
        net: The network.
        tested: Examples on which it is shown, as `fit` takes them.
        read_training: Reads those to learn from, and those by which learning is measured.
        counts: How many there are of these two.
        bundled: Whether they are MNIST's digits, of which a page chooses.
    """

    net: Network
    tested: Examples
    read_training: Callable[[], tuple[Examples, Examples]]
    counts: tuple[int, int]
    bundled: bool = False

    @classmethod
    def of(
        cls, net: Network, learned: Examples, validated: Examples, tested: Examples, *, bundled: bool = False
    ) -> Shown:
        """A network with examples that have been read."""
        counts = len(learned[1]), len(validated[1])
        return cls(net, tested, lambda: (learned, validated), counts, bundled)

    @cached_property
    def _training(self) -> tuple[Examples, Examples]:
        return self.read_training()

    @property
    def learned(self) -> Examples:
        """Examples to learn from."""
        return self._training[0]

    @property
    def validated(self) -> Examples:
        """Examples by which learning is measured."""
        return self._training[1]


class Page:
    """A page as it is sent: compressed, with a name for what it contains."""

    def __init__(self, text: str):
        content = text.encode()
        self.content, self.tag = gzip.compress(content, 6), f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'

    def text(self) -> bytes:
        """The page as it is, for who takes nothing that is compressed."""
        return gzip.decompress(self.content)


class Site:
    """The networks that a server shows.

    Attributes:
        saved: Where each lies, by its name.
        first: The name of the one that the page shows unless another is asked for.
        process: The command that trains one of them; it is written a request, as `training.py` reads it.
    """

    def __init__(self, saved: Mapping[str, Saved], opened: Callable[[Saved], Shown], process: Sequence[str]):
        self.saved, self.first, self.process = dict(saved), next(iter(saved)), tuple(process)
        self._opened = opened
        self._made: dict[tuple[str, ...], Any] = {}
        self._making = threading.RLock()

    def _once(self, key: tuple[str, ...], make: Callable[[], Made]) -> Made:
        """What was made under this key, or is made now: one at a time, so that many who ask at once cost what one does."""
        found: Made | None = self._made.get(key)
        if found is not None:
            return found
        with self._making:
            found = self._made.get(key)
            if found is None:
                self._made[key] = found = make()
            alike = [each for each in self._made if each[0] == key[0]]
            for each in alike[:-_MOST_KEPT]:
                del self._made[each]
            return found

    def shown(self, name: str = "") -> Shown:
        """A network with its examples; without a name the first.

        Raises:
            RefusedError: There is none of this name.
            ChainruleError: It cannot be read, or its data are not there.
        """
        name = name or self.first
        if name not in self.saved:
            raise RefusedError(
                "There is no network {name}; the networks are {names}.",
                status=404,
                name=name,
                names=listed(self.saved),
            )
        return self._once(("network", name), lambda: self._opened(self.saved[name]))

    def ready(self, name: str = "") -> Page | None:
        """The page of a network, if it has been made."""
        return self._made.get(("page", name or self.first))

    def page(self, name: str = "") -> Page:
        """The page of a network; raises as `shown` does, and where no page can show the network."""
        name = name or self.first
        shown = self.shown(name)
        return self._once(("page", name), lambda: Page(self.text(name, shown.net, shown)))

    def text(self, name: str, net: Network, shown: Shown, alone: bool = False) -> str:
        """The page of a network on these examples.

        Args:
            name: The name of the network that the page is of.
            net: The network.
            shown: Its examples.
            alone: Whether the page becomes a file, which knows of no server.

        Returns:
            Its text.
        """
        trained = net._trained(name)
        examples = None if shown.bundled and _reads_digits(net) else first(shown.tested, SHOWN)
        carried = chosen(trained, net._raw, examples)
        if alone:
            return page_text(trained, carried)
        learned, held = shown.counts
        begin = len(carried.numbers)
        behind = replace(carried, learned=(begin, begin + learned), validated=(begin + learned, begin + learned + held))
        return page_text(
            trained,
            behind,
            {"network": name, "networks": list(self.saved), "tested": len(shown.tested[1]), "most": MOST_PARAMETERS},
        )

    def examples(self, name: str, part: Part) -> bytes:
        """All examples of a part as the page takes them.

        Args:
            name: The name of the network.
            part: Those that test, or those to learn from, behind which are those by which learning is measured.

        Returns:
            The bytes of the rows and then of their labels, compressed.
        """
        shown = self.shown(name)
        name = "MNIST" if shown.bundled else name or self.first
        return self._once((part, name), lambda: _packed(shown, part))

    def reader(self) -> Network:
        """The first network that reads MNIST's digits. Raises `RefusedError` where there is none."""
        for name in self.saved:
            net = self.shown(name).net
            if _reads_digits(net):
                return net
        raise RefusedError("No network here reads digits of 28 × 28 pixels.", status=404)


def _reads_digits(net: Network) -> bool:
    return (net.sizes[0], net.sizes[-1], net.outputs.kind) == READS_DIGITS


def first(examples: Examples, count: int) -> Examples:
    """The first of some examples.

    Args:
        examples: Arrays, or the rows of a table with their labels.
        count: How many, if there are as many.

    Returns:
        The same of these.
    """
    x, y = examples
    return (x.selected(np.arange(min(count, len(y)))) if hasattr(x, "selected") else x[:count]), y[:count]


def _packed(shown: Shown, part: Part) -> bytes:
    trained = shown.net._trained("page")
    parts = (shown.learned, shown.validated) if part == "learn" else (shown.tested,)
    found = [rows_of(trained, *each)[:2] for each in parts]
    labels = [each.astype(np.float32 if trained.numeric else np.int16) for _, each in found]
    return gzip.compress(
        b"".join(np.ascontiguousarray(each).tobytes() for each in (*(x for x, _ in found), *labels)), 5
    )


# ---- the network that a visitor has ----------------------------------------------------------------------------------


def network_of(net: Network, asked: Mapping[str, Any]) -> Network:
    """The network that a visitor asks for: like a saved one, or of other layers; with weights that are given, or new ones.

    Args:
        net: The saved network, which stays as it is.
        asked: `activations`, of all layers but the first, none for those of the saved network; `layers`, the numbers of neurons
            of the hidden ones, and `cost`; `weights`, the bytes of all parameters, none for new ones; and the `seed`.

    Returns:
        The network.

    Raises:
        RefusedError: The saved network cannot have other layers, these are too large, or there are not as many weights.
    """
    made = copy.copy(net)
    if asked["activations"]:
        made = _other(net, asked)
    count = sum(each.size for each in made.parameters)
    if count > MOST_PARAMETERS:
        raise RefusedError(
            "A network has {given:,} parameters; here it may have {most:,}.", given=count, most=MOST_PARAMETERS
        )
    if not asked["weights"]:
        return made.again(asked["seed"])
    if len(asked["weights"]) != count * np.dtype(made.dtype).itemsize:
        raise RefusedError("The network has {count:,} parameters, and other weights were sent.", count=count)
    given, at = np.frombuffer(asked["weights"], made.dtype), 0
    if not np.isfinite(given).all():
        raise RefusedError("The numbers of this network overflow here: one is infinite or NaN.")
    parameters: list[Array] = []
    for each in made.parameters:
        parameters.append(given[at : at + each.size].reshape(each.shape).copy())
        at += each.size
    made = copy.copy(made)
    made.parameters, made._random = parameters, np.random.default_rng(asked["seed"])
    made._last = made._history = made._start = None
    return made


def _other(net: Network, asked: Mapping[str, Any]) -> Network:
    """A network of other fully connected layers, untrained, that answers as another does."""
    *hidden, output = asked["activations"]
    if not (is_plain(net.architecture) and net.outputs.kind == "classes" and net.dtype == "float32"):
        raise RefusedError("The layers of this network stay as they are: it is not of fully connected layers alone.")
    if len(hidden) != len(asked["layers"]) or not all(each in HIDDEN for each in hidden):
        raise RefusedError("Each hidden layer has one activation: {known}.", known=listed(HIDDEN))
    if output not in OUTPUTS[asked["cost"]]:
        raise RefusedError("The page has no {cost} cost of {output} outputs.", cost=asked["cost"], output=output)
    sizes = [net.sizes[0], *asked["layers"], net.sizes[-1]]
    made = Network(sizes, activation=hidden or "sigmoid", output=output, cost=asked["cost"], seed=asked["seed"])
    made.schema, made.source = net.schema, net.source
    return made
