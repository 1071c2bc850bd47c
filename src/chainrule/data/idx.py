"""Reads IDX files, the format in which MNIST is published: unsigned bytes, plain or gzip-compressed.

Nothing in a file is trusted: the header is checked before memory is reserved, and a compressed file is never
expanded beyond the size that its header declares. `datasets.py` says which files make up a data set.

    bytes 0–1   zero
    byte  2     type of the elements; 0x08 is an unsigned byte
    byte  3     number of dimensions: 1 for labels, 3 for images
    then        one 4-byte size for each dimension, big-endian
    then        the elements, last dimension fastest
"""

import gzip
import io
import math
import os
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..core.messages import message
from .errors import HEAD_SIZE, DataError, describe, existing_file, reason_of, sizes_text

LARGEST = 2**31
"""The most elements (bytes) that a file may declare: 2 GiB, 46 times MNIST."""

_UNSIGNED_BYTE = 0x08
_OTHER_TYPES = {
    0x09: message("signed bytes"),
    0x0B: message("16-bit integers"),
    0x0C: message("32-bit integers"),
    0x0D: message("32-bit floats"),
    0x0E: message("64-bit floats"),
}


def read_idx(path: str | os.PathLike[str]) -> NDArray[np.uint8]:
    """Read an IDX file, plain or gzip-compressed; its content decides, not its name.

    Args:
        path: The file.

    Returns:
        A read-only array of the shape that the file declares: n for labels, n × rows × columns for images.

    Raises:
        DataError: The file is missing, damaged or not an IDX file, or has another element type or an impossible size.

    References:
        Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits", on its file formats.

    Examples:
        >>> import tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "labels"
        >>> _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4]))
        >>> read_idx(path)
        array([5, 0, 4], dtype=uint8)
    """
    path = Path(path)
    existing_file(path, message("an IDX file"))
    try:
        with path.open("rb") as file:
            return decode_idx(file, str(path))
    except OSError as error:
        raise DataError("{path} cannot be read: {error}.", path=path, error=reason_of(error)) from error


def decode_idx(file: io.BufferedIOBase, name: str) -> NDArray[np.uint8]:
    """Read an open IDX file; like `read_idx`, for files without a path.

    Args:
        file: a seekable binary file at its beginning.
        name: The file's name in messages.

    Returns:
        A read-only array of the shape that the file declares.

    Raises:
        DataError: As `read_idx`.

    Examples:
        >>> decode_idx(io.BytesIO(bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 2])), "labels")
        array([7, 2], dtype=uint8)
    """
    compressed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    if not compressed:
        return _decode(file, name)
    try:
        with gzip.GzipFile(fileobj=file) as expanded:
            return _decode(expanded, name)
    except EOFError as error:
        raise DataError(
            "{name} cannot be expanded: the gzip data end too early; fetch the file again.", name=name
        ) from error
    except (zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            "{name} cannot be expanded: the gzip data are damaged ({error}); fetch the file again.",
            name=name,
            error=error,
        ) from error


def _decode(file: io.BufferedIOBase, name: str) -> NDArray[np.uint8]:
    shape = _read_header(file, name)
    count = math.prod(shape)
    content = _read_at_most(count, file)
    if len(content) < count:
        sizes = sizes_text(shape)
        raise DataError(
            "{name} is truncated: the header declares {sized} bytes, and only {count:,} follow.",
            name=name,
            sized=sizes,
            count=len(content),
        )
    # Only one byte: the rest may be gigabytes. Reading to the end also lets gzip verify its checksum.
    if file.read(1):
        raise DataError(
            "{name} goes on after the {sized} bytes that the header declares.", name=name, sized=sizes_text(shape)
        )
    elements = np.frombuffer(content, np.uint8).reshape(shape)
    elements.flags.writeable = False
    return elements


def _read_header(file: io.BufferedIOBase, name: str) -> tuple[int, ...]:
    head = file.read(4)
    if len(head) < 4 or head[:2] != b"\x00\x00":
        looks = describe(head + file.read(HEAD_SIZE - len(head)))
        if isinstance(file, gzip.GzipFile):
            raise DataError(
                "{name} holds {looks}, where an IDX file is expected (it begins 00 00 08).", name=name, looks=looks
            )
        raise DataError(
            "{name} is {looks}, where an IDX file is expected (it begins 00 00 08).", name=name, looks=looks
        )
    kind, dimensions = head[2], head[3]
    if kind != _UNSIGNED_BYTE:
        elements = _OTHER_TYPES.get(kind, message("elements of an unknown type"))
        raise DataError(
            "{name} holds {elements} (type 0x{kind:02X}), where unsigned bytes (type 0x08) are expected.",
            name=name,
            elements=elements,
            kind=kind,
        )
    if not 1 <= dimensions <= 3:
        raise DataError(
            "{name} has {axes} dimensions, where 1 (labels) to 3 (images) are expected.", name=name, axes=dimensions
        )
    sizes = file.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        raise DataError("{name} is truncated: it ends within the header.", name=name)
    shape = tuple(int(size) for size in np.frombuffer(sizes, ">u4"))
    if 0 in shape:
        raise DataError(
            "{name} declares {sized} elements, where at least one is expected.", name=name, sized=sizes_text(shape)
        )
    if math.prod(shape) > LARGEST:
        raise DataError(
            "{name} declares {sized} bytes, where at most {most:,} (2 GiB) are accepted.",
            name=name,
            sized=sizes_text(shape),
            most=LARGEST,
        )
    return shape


def _read_at_most(count: int, file: io.BufferedIOBase) -> bytearray:
    """Read `count` bytes, or fewer where the file ends.

    Memory grows with what is read, not with what is declared: a tiny file that declares 2 GiB needs little.
    """
    content = bytearray()
    while len(content) < count and (part := file.read(min(2**20, count - len(content)))):
        content += part
    return content
