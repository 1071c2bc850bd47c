"""Writes a network to a file for elsewhere, once that has run on real rows; and the kinds of files, by the ends of names."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ..core.messages import listed
from ..core.nouns import Array
from ..exchange.atomic import write_bytes
from ..run.loops.c import identifier
from .c_file import c_header
from .errors import ExportError
from .javascript_file import javascript_text
from .numpy_file import numpy_text
from .onnx_file import onnx_bytes
from .trained import Trained
from .verification import Gave, Given, by_c, by_node, by_onnxruntime, by_python, given_of, wanted_of

PAGE = ".html"
"""The end of a page's name, which the package `page` writes."""
TOLERANCES = {"float32": 1e-4, "float64": 1e-9}
"""How far the answers of a file may be from the network's, as a share of the largest if that is above 1."""


@dataclass(frozen=True)
class Exported:
    """A network in a file for elsewhere, as `Network.export` wrote it.

    Attributes:
        path: The file.
        size: Its length in bytes.
        rows: The number of examples on which the file was run; 0 if it was not.
        difference: The largest difference from the network's output activations on them.
        same: The share of them that get the same answer, if it answers with classes.
        learned: The largest difference of a parameter after five steps of training, if the file goes on learning.
        outputs: The output activations that the file gave for them.
    """

    path: str
    size: int
    rows: int = 0
    difference: float | None = None
    same: float | None = None
    learned: float | None = None
    outputs: Array | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class _Made:
    """The content of a file, and the weights with which it computes where they are not the network's."""

    content: bytes
    weights: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class _Kind:
    """A kind of file: what writes it, what runs it on rows, and whether it can have whole weights and go on learning."""

    write: Callable[[Trained, bool], _Made]
    run: Callable[[Trained, bytes, Given], Gave]
    int8: bool = False
    learns: bool = True


def _python(trained: Trained, int8: bool) -> _Made:
    return _Made(numpy_text(trained).encode())


def _header(trained: Trained, int8: bool) -> _Made:
    made = c_header(trained, int8)
    return _Made(made.text.encode(), made.weights)


def _module(trained: Trained, int8: bool) -> _Made:
    return _Made(javascript_text(trained).encode())


def _onnx(trained: Trained, int8: bool) -> _Made:
    return _Made(onnx_bytes(trained))


KINDS: dict[str, _Kind] = {
    ".py": _Kind(_python, by_python),
    ".h": _Kind(_header, by_c, int8=True),
    ".js": _Kind(_module, by_node),
    ".mjs": _Kind(_module, by_node),
    ".onnx": _Kind(_onnx, by_onnxruntime, learns=False),
}
"""The kinds of files, by the ends of their names."""


def export(
    path: str | os.PathLike[str],
    trained: Callable[[str], Trained],
    *,
    int8: bool = False,
    verify: tuple[Array, Array, Mapping[str, Array]] | None = None,
) -> Exported:
    """Write a network to a file for elsewhere, as `Network.export` says.

    Args:
        path: The file; the end of its name says its kind.
        trained: Makes what is written, with this title.
        int8: Whether weights are rounded to whole numbers of one byte.
        verify: Rows as users give them, the network's output activations of them, and the columns of a table with texts.

    Returns:
        What was written.

    Raises:
        ExportError: The network cannot be written as such a file, or the file does not do what the network does.
        OSError: The file cannot be written.
    """
    path = Path(path)
    kind = KINDS.get(path.suffix)
    if kind is None:
        raise ExportError(
            "{file} has no known end; a network is exported as one of {listed}.",
            file=path.name,
            listed=listed([*KINDS, PAGE]),
        )
    if int8 and not kind.int8:
        raise ExportError(
            "Weights as whole numbers of one byte are for C: int8 takes a file that ends with .h, and {file} does not.",
            file=path.name,
        )
    network = replace(trained(title_of(path)), file=path.name)
    if int8 and network.learning is not None:
        raise ExportError("Weights that are whole numbers cannot be learned; leave out int8 or learns.")
    if network.learning is not None and not kind.learns:
        raise ExportError(
            "An ONNX model gives answers and does not learn; leave out learns, or export as .py, .h or .js."
        )
    made = kind.write(network, int8)
    found = Exported(str(path), len(made.content))
    if verify is not None:
        found = _verified(found, network, made, kind, *verify)
    write_bytes(path, made.content)
    return found


def require_page(**given: object) -> None:
    """Refuse what is for other files than pages. Raises `ExportError` for the first that is given."""
    for name, value in given.items():
        if value is not None and value is not False:
            raise ExportError(
                "{name} is not for a page, which always learns, in numbers as they are; leave it out.", name=name
            )


def title_of(path: Path) -> str:
    """What a network is called in a file: the file's name as an identifier of Python, C and JavaScript."""
    plain = "".join(c if c.isascii() and c.isalnum() else "_" for c in path.stem)
    return plain if plain.isidentifier() and identifier(plain) == plain else f"net_{plain}"


def _verified(
    found: Exported, network: Trained, made: _Made, kind: _Kind, x: Array, own: Array, columns: Mapping[str, Array]
) -> Exported:
    """The differences of a file's answers. Raises `ExportError` if they are not those of the weights that it has."""
    expected = own
    if made.weights:
        parameters = [made.weights.get(name, array) for name, array in network.arrays.items()]
        expected = network.feedforward(len(x))(*parameters, network.rows(x)) if len(x) else own
    given = given_of(network, x, columns)
    gave, wanted = kind.run(network, made.content, given), wanted_of(network, expected, given)
    pairs = [(gave.a, wanted.a), *([(gave.parameters, wanted.parameters)] if len(given.batches) else [])]
    for one, other in pairs:
        off, most = _largest(one, other), TOLERANCES[network.dtype] * max(1.0, float(np.abs(other).max(initial=0)))
        if not off <= most:
            raise ExportError(
                "{file} gives other answers than the network, by up to {off:.2g}, so nothing was written."
                if one is gave.a
                else "{file} learns other parameters than the network, by up to {off:.2g}, so nothing was written.",
                file=Path(found.path).name,
                off=off,
            )
    same = None
    if not network.numeric:
        alike = network.positions(gave.a) == network.positions(own)
        same = float(alike.reshape(len(x), -1).all(axis=1).mean()) if len(x) else 1.0
    learned = _largest(gave.parameters, wanted.parameters) if len(given.batches) else None
    return replace(found, rows=len(x), difference=_largest(gave.a, own), same=same, learned=learned, outputs=gave.a)


def _largest(one: Array, other: Array) -> float:
    """The largest difference; NaN is one, unless both are."""
    if one.shape != other.shape:
        return np.inf
    return float(np.where(np.isnan(one) & np.isnan(other), 0, np.abs(one - other)).max(initial=0.0))
