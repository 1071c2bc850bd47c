"""The network's own file: weights and biases under the book's names, and texts that describe them.

    w2, b2, w3, b3, …   the parameters of each layer: w_l is n_l × n_(l−1), b_l is n_l × 1; layer 1, the input, has none
    gamma2, …           of a normalized layer, n_l × 1; with batch normalization mean2 and variance2 too
    format              "chainrule network"
    format_version      "1"; "2" where a function of the user's own is part of the network; "3" where it has a schema
    architecture        JSON: {"sizes": [784, 30, 10], …}
    preprocessing       JSON: what is done to the inputs: {"input": in words, "schema": {"inputs": …, "outputs": …}}
    provenance          JSON: how the network came about
    data                JSON: which data it was trained on, and the names of its classes; not in every file

A loaded file is complete and consistent. The model knows which activations and costs exist; `safetensors.py` has the
underlying format.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..core.messages import Message, listed, message
from ..data.errors import sizes_text
from ..network.architecture import Architecture
from ..network.description import layers_of
from ..network.layers import NetworkError
from ..quoting import some
from . import plain_json, safetensors
from .errors import FileFormatError, format_text, shown
from .plain_json import Json, JsonProblem

FORMAT = "chainrule network"
VERSION = 3
MOST_LAYERS = 1000
_LARGEST_LAYER = 2**31
_DTYPES = ("float32", "float64")
# The names by which packages mark their files.
_MAKERS = {"pt": "PyTorch", "tf": "TensorFlow", "flax": "Flax", "mlx": "MLX"}


@dataclass(frozen=True, eq=False)
class NetworkFile:
    """The content of a network's file: numbers, and plain JSON that describes them.

    Attributes:
        sizes: The number of neurons of each layer, the input first.
        arrays: The parameters by name, `w2` n_2 × n_1, `b2` n_2 × 1, …; float32 or float64, the same for all.
        architecture: The rest of the function: activations, cost. A `"dtype"` must be that of the arrays.
        preprocessing: What is done to an input before layer 1.
        provenance: How the network came about: version, seed, settings, executor.
        data: Which data it was trained on, and the names of its classes, where they are known.

    Examples:
        >>> file = NetworkFile(
        ...     sizes=(784, 30, 10),
        ...     arrays={"w2": np.zeros((30, 784)), "b2": np.zeros((30, 1)), "w3": np.zeros((10, 30)), "b3": np.zeros((10, 1))},
        ...     architecture={"activations": ["sigmoid", "sigmoid"], "cost": "quadratic", "dtype": "float64"},
        ...     preprocessing={"input": "gray 0–255 divided by 255"},
        ...     provenance={"seed": 0},
        ... )
    """

    sizes: tuple[int, ...]
    arrays: Mapping[str, NDArray[np.floating]]
    architecture: Mapping[str, Json]
    preprocessing: Mapping[str, Json]
    provenance: Mapping[str, Json]
    data: Mapping[str, Json] = field(default_factory=dict)

    @property
    def version(self) -> int:
        """The first version of the format that knows all that the network has."""
        if "schema" in self.preprocessing:  # of inputs and outputs, without which its answers would be wrong
            return 3
        parts = [self.architecture.get(each) for each in ("layers", "cost", "activations")]
        own = any(isinstance(each, dict) for part in parts for each in (part if isinstance(part, list) else [part]))
        return 2 if own else 1


def save(path: str | os.PathLike[str], file: NetworkFile) -> None:
    """Write a network's file, replacing an existing one atomically; the same network makes the same bytes.

    Args:
        path: The file to create or replace.
        file: The network.

    Raises:
        FileFormatError: `load` would refuse it: sizes and shapes disagree, a NaN; no file is touched.
        OSError: The file cannot be written; see `atomic.replacing`.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "and.safetensors"
        >>> save(path, NetworkFile((2, 1), {"w2": np.array([[2.0, 2.0]]), "b2": np.array([[-3.0]])}, {}, {}, {}))
        >>> load(path).arrays["w2"]
        array([[2., 2.]])
    """
    about = message("{path} cannot be saved", path=path)
    if "sizes" in file.architecture:
        raise FileFormatError(
            "{about}: its architecture has sizes, where only the file's own sizes are expected.", about=about
        )
    tensors: dict[str, NDArray[np.generic]] = dict(file.arrays)
    metadata = {"format": FORMAT, "format_version": str(file.version)}
    parts: dict[str, dict[str, Json]] = {
        "architecture": {**file.architecture, "sizes": list(file.sizes)},
        "preprocessing": dict(file.preprocessing),
        "provenance": dict(file.provenance),
    }
    if file.data:
        parts["data"] = dict(file.data)
    for name, part in parts.items():
        try:
            metadata[name] = plain_json.text(part)
        except JsonProblem as problem:
            raise FileFormatError(
                "{about}: its {name} {problem}.", about=about, name=name, problem=problem
            ) from problem
    _put_together(tensors, metadata, about)
    safetensors.write(path, tensors, metadata)


def load(path: str | os.PathLike[str], *, limit: int = safetensors.LARGEST) -> NetworkFile:
    """Read a network's file.

    Args:
        path: The file.
        limit: The most bytes that it may have.

    Returns:
        The network, its arrays read-only.

    Raises:
        FileFormatError: The file is missing, foreign, damaged, too new, or disagrees with itself.

    See `save` for an example.
    """

    def require_network(names: list[str], metadata: dict[str, str]) -> None:
        _require_network(str(path), names, metadata)

    tensors, metadata = safetensors.read(path, limit=limit, accept=require_network)
    return _put_together(tensors, metadata, message("{path} cannot be loaded", path=path))


def is_network(path: str | os.PathLike[str]) -> bool:
    """Whether the head of a file says that it is a network; its arrays are not read.

    Args:
        path: The file.

    Returns:
        Whether it does.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "notes.safetensors"
        >>> _ = path.write_text("no network")
        >>> is_network(path)
        False
    """

    def accept(names: list[str], metadata: dict[str, str]) -> None:
        _require_network(str(path), names, metadata)

    return _has_head(path, accept)


def is_own(path: str | os.PathLike[str]) -> bool:
    """Whether the head of a file says that chainrule wrote it: a network, a checkpoint or a small GPT.

    Args:
        path: The file.

    Returns:
        Whether it does.
    """

    def accept(names: list[str], metadata: dict[str, str]) -> None:
        if not metadata.get("format", "").startswith("chainrule "):
            raise FileFormatError("{path}: {names}", path=path, names=names)

    return _has_head(path, accept)


def _has_head(path: str | os.PathLike[str], accept: safetensors.Accept) -> bool:
    """Whether the head of a safetensors file is accepted; its arrays are not read."""

    def only_head(names: list[str], metadata: dict[str, str]) -> None:
        accept(names, metadata)
        raise _EnoughError

    try:
        safetensors.read(path, accept=only_head)
    except _EnoughError:
        return True
    except FileFormatError:
        return False
    raise AssertionError


class _EnoughError(Exception):
    """The head of a file has been read, and nothing else is needed."""


def next_free(path: str | os.PathLike[str]) -> Path:
    """The path itself if it is free, else the first free one of `net-2`, `net-3`, … with the same suffix.

    Nothing is reserved: call it just before writing, since a concurrent call gets the same answer.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "net.safetensors"
        >>> next_free(path).name
        'net.safetensors'
        >>> path.touch()
        >>> next_free(path).name
        'net-2.safetensors'
    """
    path = free = Path(path)
    number = 1
    while os.path.lexists(free):  # a broken link is not free
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free


def _require_network(name: str, tensors: list[str], metadata: dict[str, str]) -> None:
    """Refuse a file of another program, or of a newer version of this one."""
    found = metadata.get("format", "")
    if found != FORMAT:
        raise FileFormatError(
            "{name} {foreign}, where a network saved by chainrule is expected.",
            name=name,
            foreign=_foreign(found, tensors),
        )
    version = metadata.get("format_version", "")
    if not re.fullmatch("[1-9][0-9]{0,8}", version):
        raise FileFormatError(
            "{path} has the format version {version}, where {own} is expected.",
            path=name,
            version=shown(version),
            own=f"1–{VERSION}",
        )
    if int(version) > VERSION:
        raise FileFormatError(
            "{path} was made by a newer chainrule (format version {version}, and this one reads {own}); upgrade "
            "chainrule.",
            path=name,
            version=version,
            own=VERSION,
        )


def _foreign(format: str, tensors: list[str]) -> Message:
    if format.startswith("chainrule "):
        return message("is a {format}", format=format_text(format))
    first = listed(some(map(shown, tensors), 2))
    if len(tensors) == 1:
        holds = message("1 tensor: {names}", names=first)
    else:
        holds = message(
            "{count:,} tensors: {names}" if tensors else "{count:,} tensors", count=len(tensors), names=first
        )
    maker = _MAKERS.get(format)
    if maker is None and any(name.endswith((".weight", ".bias")) for name in tensors):
        maker = _MAKERS["pt"]
    if maker is None:
        return message("is another safetensors file ({holds})", holds=holds)
    return message(
        "looks like an {maker} model ({holds})" if maker == "MLX" else "looks like a {maker} model ({holds})",
        maker=maker,
        holds=holds,
    )


def _put_together(tensors: Mapping[str, NDArray[np.generic]], metadata: Mapping[str, str], about: str) -> NetworkFile:
    """The network from these arrays and texts, which must be consistent."""
    architecture = _part("architecture", metadata, about)
    sizes = _sizes(architecture.pop("sizes", None), about)
    try:
        layers = layers_of(sizes, architecture)
    except NetworkError as error:
        raise FileFormatError("{about}: {error}", about=about, error=error) from error
    asked = message("where the sizes {sizes} ask for", sizes=_listed(sizes))
    _check_names(tensors, layers, about, asked)
    arrays: dict[str, NDArray[np.floating]] = {}
    for each in layers.parameters:
        name, tensor, shape = each.name, tensors[each.name], layers.shapes[each.name]
        if tensor.shape != shape:
            raise FileFormatError(
                "{about}: {name} is {sized}, {asked} {wanted}.",
                about=about,
                name=name,
                sized=sizes_text(tensor.shape),
                asked=asked,
                wanted=sizes_text(shape),
            )
        arrays[name] = _floats(name, tensor, about)
        if (arrays[name] < each.meaning.least).any():
            raise FileFormatError(
                "{about}: {name} has a number below 0, where variances are expected.", about=about, name=name
            )
    _check_dtypes(arrays, architecture, about)
    return NetworkFile(
        sizes=sizes,
        arrays=arrays,
        architecture=architecture,
        preprocessing=_part("preprocessing", metadata, about),
        provenance=_part("provenance", metadata, about),
        data=_part("data", metadata, about) if "data" in metadata else {},
    )


def _part(name: str, metadata: Mapping[str, str], about: str) -> dict[str, Json]:
    if name not in metadata:
        raise FileFormatError("{about}: it has no {name}, where a JSON object is expected.", about=about, name=name)
    try:
        part = plain_json.parse(metadata[name])
    except JsonProblem as problem:
        raise FileFormatError("{about}: its {name} {problem}.", about=about, name=name, problem=problem) from problem
    if not isinstance(part, dict):
        raise FileFormatError(
            "{about}: its {name} is {found}, where a JSON object is expected.",
            about=about,
            name=name,
            found=shown(metadata[name]),
        )
    return part


def _sizes(value: Json, about: str) -> tuple[int, ...]:
    given = value if isinstance(value, list) else []
    sizes = tuple(each for each in given if type(each) is int and 1 <= each <= _LARGEST_LAYER)
    if not 2 <= len(sizes) <= MOST_LAYERS or len(sizes) != len(given):
        if len(given) > MOST_LAYERS:
            raise FileFormatError(
                "{about}: its architecture has the sizes {count:,} of them, where 2 to {most:,} whole numbers from 1 "
                "are expected.",
                about=about,
                count=len(given),
                most=MOST_LAYERS,
            )
        raise FileFormatError(
            "{about}: its architecture has the sizes {found}, where 2 to {most:,} whole numbers from 1 are expected.",
            about=about,
            found=shown(repr(value)),
            most=MOST_LAYERS,
        )
    return sizes


def _check_names(found: Mapping[str, object], expected: Architecture, about: str, asked: str) -> None:
    last = expected.layers[-1]
    layers = message(
        "{asked} {first} to {last}" if last > 2 else "{asked} {first}",
        asked=asked,
        first="w2, b2",
        last=f"w{last}, b{last}",
    )
    if not expected.dense:
        layers = message("{asked} {first}", asked=asked, first=listed(expected.shapes))
    elif expected.normalizations:
        layers = message("{layers} and those of the normalized layers", layers=layers)
    for name in expected.shapes:
        if name not in found:
            raise FileFormatError("{about}: {name} is missing, {layers}.", about=about, name=name, layers=layers)
    for name in found:
        if name not in expected.shapes:
            raise FileFormatError(
                "{about}: it holds {name} too, {layers}.", about=about, name=shown(name), layers=layers
            )


def _floats(name: str, tensor: NDArray[np.generic], about: str) -> NDArray[np.floating]:
    if tensor.dtype.name not in _DTYPES:
        raise FileFormatError(
            "{about}: {name} is {type}, where {listed} is expected.",
            about=about,
            name=name,
            type=tensor.dtype.name,
            listed=listed(_DTYPES, "{words} or {word}"),
        )
    return tensor.astype(np.float32 if tensor.dtype.name == "float32" else np.float64, copy=False)


def _check_dtypes(arrays: Mapping[str, NDArray[np.floating]], architecture: Mapping[str, Json], about: str) -> None:
    one, first = next(((name, array.dtype.name) for name, array in arrays.items()), ("", _DTYPES[0]))
    for name, array in arrays.items():
        if array.dtype.name != first:
            raise FileFormatError(
                "{about}: {name} is {type} and {one} is {other}, where one type is expected.",
                about=about,
                name=name,
                type=array.dtype.name,
                one=one,
                other=first,
            )
    said = architecture.get("dtype", first)
    if arrays and said != first:
        raise FileFormatError(
            "{about}: {one} is {type}, where its architecture says {said}.",
            about=about,
            one=one,
            type=first,
            said=shown(str(said)),
        )


def _listed(sizes: Sequence[int]) -> str:
    if len(sizes) > 8:
        return f"{', '.join(map(str, sizes[:3]))}, …, {sizes[-1]}"
    return ", ".join(map(str, sizes))
