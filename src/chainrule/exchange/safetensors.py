"""The safetensors format: arrays and texts, each by its name, in one file that can hold no code.

    bytes 0–7    n, the number of bytes of the header, little-endian
    then         n bytes of JSON: {"__metadata__": {name: text, …}, name: {dtype, shape, data_offsets}, …}
    then         the numbers of all arrays, little-endian, without gap or overlap

The package `safetensors` encodes, decodes and checks that sizes and positions agree. Checked here is what it accepts: a
name twice, unknown fields, other types, NaN, and sizes beyond a limit. What names and texts mean is said in
`network_file.py`.
"""

import math
import os
from collections.abc import Callable, Iterable, Mapping
from io import BufferedReader
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..core.messages import listed, message
from ..data.errors import HEAD_SIZE, describe, reason_of
from . import plain_json
from .atomic import replacing
from .errors import FileFormatError, shown
from .plain_json import Json, JsonProblem

Tensor: TypeAlias = NDArray[np.generic]
Accept: TypeAlias = Callable[[list[str], dict[str, str]], None]

LARGEST = 2**30
"""The most bytes that a file may have unless its reader says otherwise: 1 GiB."""

LARGEST_HEADER = 2**24
"""The most bytes that a header may have: 16 MiB, names for some 150,000 tensors."""

_DTYPES: dict[str, np.dtype[np.generic]] = {
    f"{kind[0].upper()}{bits}": np.dtype(f"{kind}{bits}")
    for kind, sizes in {"float": (16, 32, 64), "int": (8, 16, 32, 64), "uint": (8, 16, 32, 64)}.items()
    for bits in sizes
}
_METADATA = "__metadata__"
_ENTRY = {"dtype", "shape", "data_offsets"}
_MOST_AXES = 32
_PREFIX = "Error while deserializing: "  # of every error of the package; it adds nothing


def write(path: str | os.PathLike[str], tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write arrays and texts to a safetensors file, replacing an existing one atomically; equal content makes equal bytes.

    Args:
        path: The file to create or replace.
        tensors: Arrays of floats or integers, in any memory order; floats must be finite.
        metadata: Texts by name.

    Raises:
        FileFormatError: Something that `read` would refuse, such as a NaN; no file is touched.
        OSError: The file cannot be written; see `atomic.replacing`.

    References:
        https://huggingface.co/docs/safetensors, "Format".

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "net.safetensors"
        >>> write(path, {"b2": np.zeros((30, 1))}, {"format": "example"})
        >>> tensors, metadata = read(path)
        >>> tensors["b2"].shape, metadata
        ((30, 1), {'format': 'example'})
    """
    from safetensors.numpy import save

    about = message("{path} cannot be saved", path=path)
    _require_text([*tensors, *metadata, *metadata.values()], about)
    if _METADATA in tensors:
        raise FileFormatError("{about}: a tensor is named __metadata__, where the texts belong.", about=about)
    arrays = {name: _in_order(array, name, about) for name, array in tensors.items()}
    for name, array in arrays.items():
        _require_finite(name, array, about)
    encoded = save(arrays)
    begin = 8 + int.from_bytes(encoded[:8], "little")
    # The package writes texts in an order that changes between runs, so they are inserted here, sorted.
    head = _head(encoded[8:begin], metadata, about)
    with replacing(path) as file:
        file.write(head)
        file.write(memoryview(encoded)[begin:])


def read(
    path: str | os.PathLike[str],
    *,
    limit: int = LARGEST,
    accept: Accept | None = None,
) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read the arrays and texts of a safetensors file, whoever wrote it.

    Args:
        path: The file.
        limit: The largest size in bytes.
        accept: Called with the names of the arrays and the texts, before any array is read; it raises an error
            to refuse the file.

    Returns:
        The arrays, read-only, in the order of the header, and the texts.

    Raises:
        FileFormatError: The file is missing, foreign, damaged, too large, or holds a NaN or an infinity.

    References:
        https://huggingface.co/docs/safetensors, "Format".

    See `write` for an example.
    """
    path = Path(path)
    try:
        if path.is_dir():
            raise FileFormatError("{path} is a folder, where a safetensors file is expected.", path=path)
        if not path.is_file():
            # A pipe or a device may be endless.
            if path.exists():
                raise FileFormatError("{path} is not a regular file; give the path of a safetensors file.", path=path)
            raise FileFormatError("{path} does not exist; give the path of a safetensors file.", path=path)
        with path.open("rb") as file:
            return _read(file, str(path), limit, accept)
    except OSError as error:
        raise FileFormatError("{path} cannot be read: {error}.", path=path, error=reason_of(error)) from error


# ---- reading -----------------------------------------------------------------------------------------------


def _read(
    file: BufferedReader, name: str, limit: int, accept: Accept | None
) -> tuple[dict[str, Tensor], dict[str, str]]:
    size = os.fstat(file.fileno()).st_size
    head = _read_head(file, size, name)
    about = message("{path} cannot be loaded", path=name)
    described, metadata = _parse(head[8:], about)
    if accept is not None:
        accept(list(described), dict(metadata))
    if size > limit:
        raise FileFormatError(
            "{path} has {size:,} bytes, where at most {most:,} are accepted.", path=name, size=size, most=limit
        )
    data = file.read(max(size - len(head), 0) + 1)
    decoded = _decoded(head, data, described, name)
    arrays = {
        tensor: _array(each, decoded[tensor], limit, message("{about}: tensor {name}", about=about, name=shown(tensor)))
        for tensor, each in described.items()
    }
    for tensor, array in arrays.items():
        _require_finite(tensor, array, about)
        array.flags.writeable = False
    return arrays, metadata


def _read_head(file: BufferedReader, size: int, name: str) -> bytes:
    """The first 8 bytes, and the header whose size they give."""
    start = file.read(HEAD_SIZE)
    if 4 <= len(start) <= 8 and not any(start[3:]):  # the beginning of a size, and of nothing else
        raise FileFormatError(
            "{name} is truncated: it ends after {count} bytes, before its header.", name=name, count=len(start)
        )
    length = int.from_bytes(start[:8], "little")
    if start[8:9] != b"{" or length > 10**8:  # the format allows no longer header
        raise FileFormatError(
            "{path} is {looks}, where a safetensors file is expected.", path=name, looks=describe(start)
        )
    if length > LARGEST_HEADER:
        raise FileFormatError(
            "{name} declares a header of {size:,} bytes, where at most {most:,} are accepted.",
            name=name,
            size=length,
            most=LARGEST_HEADER,
        )
    file.seek(0)
    head = file.read(min(8 + length, size))  # `read` reserves as much memory as it is asked for
    if len(head) < 8 + length:
        raise FileFormatError(
            "{name} is truncated: its header should have {size:,} bytes, and only {count:,} follow.",
            name=name,
            size=length,
            count=len(head) - 8,
        )
    return head


def _parse(header: bytes, about: str) -> tuple[dict[str, Json], dict[str, str]]:
    """The descriptions of the arrays, not yet checked, and the texts."""
    try:
        parsed = plain_json.parse(header.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise FileFormatError(
            "{about}: its header is not UTF-8 text (byte {position:,}).", about=about, position=error.start
        ) from error
    except JsonProblem as problem:
        raise FileFormatError("{about}: its header {problem}.", about=about, problem=problem) from problem
    assert isinstance(parsed, dict)  # since it begins with a brace
    texts = parsed.pop(_METADATA, {})
    if not isinstance(texts, dict):
        raise FileFormatError(
            "{about}: its __metadata__ is {found}, where an object is expected.", about=about, found=shown(repr(texts))
        )
    metadata = {}
    for name, value in texts.items():
        if not isinstance(value, str):
            raise FileFormatError(
                "{about}: its __metadata__ has {value} at {name}, where text is expected.",
                about=about,
                value=shown(repr(value)),
                name=shown(name),
            )
        metadata[name] = value
    return parsed, metadata


def _decoded(head: bytes, data: bytes, described: Mapping[str, Json], name: str) -> dict[str, Any]:
    """What the package makes of a file. It accepts no gap, no overlap and no size that disagrees with the bytes."""
    from safetensors import SafetensorError, deserialize

    try:
        return dict(deserialize(head + data))
    except SafetensorError as error:
        declared = _length(described)
        if declared is not None and len(data) < declared:
            raise FileFormatError(
                "{name} is truncated: its header declares {size} bytes of numbers, and only {count:,} follow.",
                name=name,
                size=shown(f"{declared:,}"),
                count=len(data),
            ) from error
        if declared is not None and len(data) > declared:
            raise FileFormatError(
                "{name} goes on after the {size:,} bytes of numbers that its header declares.", name=name, size=declared
            ) from error
        raise FileFormatError(
            "{about}: the safetensors package refuses it ({error}); save or fetch it again.",
            about=message("{path} cannot be loaded", path=name),
            error=shown(str(error).removeprefix(_PREFIX)),
        ) from error


def _length(described: Mapping[str, Json]) -> int | None:
    """How many bytes of numbers a header declares; nothing where it gives no range of them."""
    length = 0
    for each in described.values():
        match each:
            case {"data_offsets": [int(begin), int(end)]} if 0 <= begin <= end:
                length = max(length, end)
            case _:
                return None
    return length


def _array(described: Json, decoded: Mapping[str, Any], limit: int, about: str) -> Tensor:
    """The array. The package accepts fields that it does not know, types that NumPy lacks, and empty arrays of any size."""
    assert isinstance(described, dict)
    dtype, shape = decoded["dtype"], decoded["shape"]
    if described.keys() != _ENTRY:
        raise FileFormatError(
            "{about} is described by {found}, where dtype, shape and data_offsets are expected.",
            about=about,
            found=shown(", ".join(described)),
        )
    if dtype not in _DTYPES:
        raise FileFormatError(
            "{about} is of type {found}, where one of {listed} is expected.",
            about=about,
            found=dtype,
            listed=listed(_DTYPES),
        )
    if len(shape) > _MOST_AXES or math.prod(size or 1 for size in shape) > limit:
        raise FileFormatError(
            "{about} has the shape {shape}, where at most {axes} axes and {most:,} numbers are accepted.",
            about=about,
            shape=shown(repr(shape)),
            axes=_MOST_AXES,
            most=limit,
        )
    kind = _DTYPES[dtype]
    return np.frombuffer(decoded["data"], kind.newbyteorder("<")).reshape(shape).astype(kind, copy=False)


def _require_finite(name: str, array: Tensor, about: str) -> None:
    if not np.issubdtype(array.dtype, np.floating):
        return
    finite = np.isfinite(array)
    if finite.all():
        return
    first = np.unravel_index(int(np.argmin(finite)), array.shape)
    place = f"[{', '.join(str(int(i)) for i in first)}]" if array.ndim else ""
    raise FileFormatError(
        "{about}: {name}{place} is {value}, where finite numbers are expected.",
        about=about,
        name=shown(name),
        place=place,
        value=array[first],
    )


# ---- writing -----------------------------------------------------------------------------------------------


def _in_order(array: Tensor, name: str, about: str) -> Tensor:
    """The array in C order; the package would write a transposed one in its order in memory."""
    given = np.asarray(array).dtype
    dtype = next((each for each in _DTYPES.values() if each == given.newbyteorder("=")), None)
    if dtype is None:
        kinds = ", ".join(each.name for each in _DTYPES.values())
        raise FileFormatError(
            "{about}: {name} is {type}, where one of {listed} is expected.",
            about=about,
            name=shown(name),
            type=given.name,
            listed=kinds,
        )
    return np.asarray(array, dtype, order="C")


def _require_text(texts: Iterable[object], about: str) -> None:
    for text in texts:
        if not isinstance(text, str):
            raise FileFormatError(
                "{about}: it would hold {text}, where text is expected.", about=about, text=shown(repr(text))
            )
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise FileFormatError("{about}: {text} holds half a character.", about=about, text=shown(text)) from error


def _head(header: bytes, metadata: Mapping[str, str], about: str) -> bytes:
    """The first 8 bytes and the header with the texts, padded so that the numbers begin at a multiple of 8."""
    described = plain_json.parse(header.decode("utf-8"))
    assert isinstance(described, dict)
    texts: dict[str, Json] = {_METADATA: dict(metadata)} if metadata else {}
    complete = plain_json.text({**texts, **described}).encode("utf-8")
    complete += b" " * (-len(complete) % 8)
    if len(complete) > LARGEST_HEADER:
        raise FileFormatError(
            "{about}: its header would have {size:,} bytes, where at most {most:,} are accepted.",
            about=about,
            size=len(complete),
            most=LARGEST_HEADER,
        )
    return len(complete).to_bytes(8, "little") + complete
