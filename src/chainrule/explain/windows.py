"""Where a number of an image layer comes from and goes to: the window of a convolution's place, and the pooling that keeps it.

A neuron of such a layer is counted as `Flatten` counts: map after map, row after row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core.nouns import Array
from ..program import helpers
from ..program.formulas import Formula
from .recording import Recording

Place = tuple[int, ...]
"""Of a number in the maps of a layer: map, row, column."""
POOLING = ("largest", "averaged")
"""The kinds of layers that pool."""


@dataclass(frozen=True, eq=False)
class Window:
    """What a place of a convolution sees.

    `corner` is the row and column of the image before at which the window begins, below 0 where it begins in the padding;
    `values` are the numbers in it and `kernel` those they are multiplied by, both c × i × j; `first` is the map with which
    it begins, 0 unless the channels are in groups.
    """

    place: Place
    corner: tuple[int, int]
    first: int
    values: Array = field(repr=False)
    kernel: Array = field(repr=False)

    @property
    def loudest(self) -> int:
        """The channel of the window whose products say the most."""
        return int(np.argmax(np.abs((self.values * self.kernel).sum(axis=(1, 2)))))


@dataclass(frozen=True, eq=False)
class Pool:
    """A window of a pooling layer: the place that it becomes, where it begins in the map before, its numbers, and the one of
    them that is the largest, by its row and column in the map before."""

    place: Place
    corner: tuple[int, int]
    values: Array = field(repr=False)
    winner: tuple[int, int]


def options(made: Recording, layer: int) -> dict[str, Any]:
    """The options of a layer's function: kernel, stride, …."""
    assert made.architecture is not None
    return dict(made.architecture.layer(layer).options)


def kind(made: Recording, layer: int) -> str:
    """The kind of a layer in `network.kinds.LAYERS`; nothing where there is no such layer, or it is the user's own."""
    last = len(made.sizes)
    return made.architecture.layer(layer).kind if made.architecture is not None and 2 <= layer <= last else ""


def place_of(made: Recording, layer: int, neuron: int) -> Place:
    """Map, row and column of a neuron of a layer of images."""
    maps = made.maps(layer)
    assert maps is not None
    return tuple(int(each) for each in np.unravel_index(neuron, maps))


def window(made: Recording, layer: int, neuron: int) -> Window:
    """The window of a neuron of a convolution, on the example."""
    given, place = options(made, layer), place_of(made, layer, neuron)
    before, w = made.values[f"a{layer - 1}"][made.example], made.values[f"w{layer}"]
    (rows, columns), padding, channels = given["kernel"], given["padding"], w.shape[1]
    top, left = (at * step for at, step in zip(place[1:], given["stride"], strict=True))
    first = place[0] // (len(w) // given["groups"]) * channels
    padded = np.pad(before, ((0, 0), *((each, each) for each in padding)))
    seen = padded[first : first + channels, top : top + rows, left : left + columns]
    return Window(place, (top - padding[0], left - padding[1]), first, seen, w[place[0]])


def pools_apart(made: Recording, layer: int) -> bool:
    """Whether a layer pools windows that do not overlap."""
    return kind(made, layer) in POOLING and options(made, layer)["size"] == options(made, layer)["stride"]


def pool(made: Recording, layer: int, neuron: int) -> Pool | None:
    """The window of the pooling layer after this one in which a neuron lies; nothing where no such layer follows, its windows
    overlap, or the neuron lies in none, at an edge that is cut off."""
    after = layer + 1
    if kind(made, after) not in POOLING or made.maps(layer) is None:
        return None
    given, (channel, row, column) = options(made, after), place_of(made, layer, neuron)
    (rows, columns), maps = given["size"], made.maps(after)
    assert maps is not None
    at = channel, row // rows, column // columns
    if not pools_apart(made, after) or at[1] >= maps[1] or at[2] >= maps[2]:
        return None
    top, left = at[1] * rows, at[2] * columns
    values = made.values[f"a{layer}"][made.example, channel, top : top + rows, left : left + columns]
    down, across = divmod(int(np.argmax(values)), columns)
    return Pool(at, (top, left), values, (top + down, left + across))


def winners_of(made: Recording, formula: Formula) -> dict[str, Array]:
    """Where a line multiplies by the winners of windows, those under the name of the windows: 1 at a winner, else 0."""
    at = next((place for place, term in enumerate(formula.terms) if term.name == "winners"), None)
    if at is None:
        return {}
    name = next(term.name for term in formula.terms[at:] if term.kind == "symbol")
    values = made.values[name]
    axes = (4, 5) if _overlap(made, values.shape) else (3, 5)
    return {name: _winners(values, axes)}


def _winners(values: Array, axes: tuple[int, int]) -> Array:
    """1 at the first of the largest numbers along axes, else 0."""
    found: Array = helpers.winners(values, values.max(axis=axes, keepdims=True), axes)  # type: ignore[no-untyped-call]  # plain NumPy
    return found.astype(np.float64)


def folded(made: Recording, values: Array) -> Array:
    """Windows, put together to a map in which they lie beside each other; anything else unchanged."""
    if values.ndim != 6:
        return values
    apart = np.moveaxis(values, 4, 3) if _overlap(made, values.shape) else values
    m, c, y, i, x, j = apart.shape
    return apart.reshape(m, c, y * i, x * j)


def _overlap(made: Recording, shape: tuple[int, ...]) -> bool:
    """Whether an array with so many windows lies as those do that may overlap, m × c × y × x × i × j."""
    for layer in range(2, len(made.sizes)):
        maps = made.maps(layer)
        if (
            kind(made, layer) in POOLING
            and maps is not None
            and (*maps[1:], *options(made, layer)["size"]) == shape[2:]
        ):
            return bool(options(made, layer)["size"] != options(made, layer)["stride"])
    return False


def sent_back(made: Recording, layer: int, neuron: int) -> tuple[Array, Array, Array]:
    """What comes back to a neuron from the convolution after its layer: the weights through which it was seen, the errors of the
    places that saw it, and of each pair where they stand: map, row and column of the error, row and column of the weight.

    The further a place lies to the right, the further to the left is the weight: the kernel is turned.
    """
    given, (channel, row, column) = options(made, layer + 1), place_of(made, layer, neuron)
    w, delta = made.values[f"w{layer + 1}"], made.values[f"δ{layer + 1}"][made.example]
    maps, channels = len(w) // given["groups"], w.shape[1]
    group = channel // channels
    found = []
    for i, j in np.ndindex(*given["kernel"]):
        (y, past), (x, beyond) = (
            divmod(at + margin - tap, step)
            for at, margin, tap, step in zip((row, column), given["padding"], (i, j), given["stride"], strict=True)
        )
        if not past and not beyond and 0 <= y < delta.shape[1] and 0 <= x < delta.shape[2]:
            found += [(f, y, x, i, j) for f in range(group * maps, (group + 1) * maps)]
    places = np.array(found, int).reshape(-1, 5).T
    f, y, x, i, j = places
    return w[f, channel % channels, i, j], delta[f, y, x], places


def pooled_place(made: Recording, layer: int, before: int) -> int | None:
    """The neuron of a pooling or flattening layer to which a neuron of the layer `before` it goes, where it goes to one."""
    if kind(made, layer) == "flattened" and made.maps(layer - 1) is not None:
        return before
    found, maps = pool(made, layer - 1, before), made.maps(layer)
    return None if found is None or maps is None else int(np.ravel_multi_index(found.place, maps))
