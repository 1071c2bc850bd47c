"""The error of `chainrule.data`, and a table of file signatures that names an unexpected file.

Whatever is wrong with a file, an image or an array of labels is a `DataError` whose message is one sentence:
the file or the array, what is wrong with it, and what would be right. This module reads no file.
"""

import codecs
import errno
from collections.abc import Iterable
from pathlib import Path

from ..core.errors import ChainruleError
from ..core.messages import Message, message


class DataError(ChainruleError, ValueError):
    """A file, image or array cannot be used as it is; the message says why and what would be right.

    Examples:
        >>> from chainrule.data.errors import DataError
        >>> issubclass(DataError, ValueError)
        True
    """


HEAD_SIZE = 512
"""The number of leading bytes that `describe` needs."""

_SIGNATURES: tuple[tuple[bytes, Message], ...] = (
    (b"\x89PNG\r\n\x1a\n", message("a PNG image")),
    (b"\xff\xd8\xff", message("a JPEG image")),
    (b"GIF8", message("a GIF image")),
    (b"II*\x00", message("a TIFF image")),
    (b"MM\x00*", message("a TIFF image")),
    (b"%PDF", message("a PDF document")),
    (b"\x93NUMPY", message("a NumPy .npy array")),
    (b"PK\x03\x04", message("a ZIP archive (as are .npz, .keras and PyTorch's .pt)")),
    (b"\x89HDF\r\n\x1a\n", message("an HDF5 file")),
    (b"PAR1", message("a Parquet table")),
    (b"\x1f\x8b", message("gzip-compressed data")),
    (b"BZh", message("bzip2-compressed data")),
    (b"\xfd7zXZ\x00", message("xz-compressed data")),
    (b"7z\xbc\xaf", message("a 7-Zip archive")),
    *((bytes([0x80, protocol]), message("a Python pickle")) for protocol in (2, 3, 4, 5)),  # its PROTO opcode
    (b"GGUF", message("a GGUF model")),
    (b"\x00\x00\x08\x01", message("an IDX file of labels")),
    (b"\x00\x00\x08\x03", message("an IDX file of images")),
    (b"version https://git-lfs", message("a Git LFS pointer")),
)


def describe(head: bytes) -> Message:
    """Name the kind of a file by its first bytes, as a noun phrase for a message.

    Args:
        head: The first `HEAD_SIZE` bytes of the file, or all of a shorter one.

    Returns:
        A noun phrase, such as `"a PNG image"`; for bytes of no known kind, the first four in hexadecimal.

    References:
        The signatures are taken from each format's own specification.

    Examples:
        >>> describe(b"<!DOCTYPE html><title>404")
        'an HTML page'
        >>> describe(b"\\x00\\x01\\x02\\x03")
        'unknown data (it begins 00 01 02 03)'
    """
    if not head:
        return message("an empty file")
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return name
    # These formats begin with a size or a name; their signature follows it.
    if head[:2] == b"BM" and head[6:10] == bytes(4):
        return message("a BMP image")
    if head[257:262] == b"ustar":
        return message("a tar archive")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return message("a WebP image")
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"avif"):
        return message("a HEIC or AVIF image")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return message("an HTML page")
    if start.startswith((b"<svg", b"<?xml")):
        return message("an XML or SVG document")
    if _is_text(head):
        return message("text")
    return message("unknown data (it begins {bytes})", bytes=head[:4].hex(" "))


def existing_file(path: Path, expected: str) -> None:
    """Refuse a path that is not a regular file.

    Args:
        path: A path that a user gave.
        expected: What it should be, such as `"an IDX file"`.

    Raises:
        DataError: The path is missing, a folder, or a pipe or device, whose content may be endless.

    Examples:
        >>> existing_file(Path("no-such-file"), "an IDX file")  # doctest: +IGNORE_EXCEPTION_DETAIL
        Traceback (most recent call last):
        chainrule.data.errors.DataError: no-such-file does not exist; give an IDX file.
    """
    if path.is_file():
        return
    if path.is_dir():
        raise DataError("{path} is a folder; give {expected}.", path=path, expected=expected)
    if path.exists():
        raise DataError("{path} is not a regular file; give {expected}.", path=path, expected=expected)
    raise DataError("{path} does not exist; give {expected}.", path=path, expected=expected)


def sizes_text(shape: Iterable[int]) -> Message:
    """A shape in words.

    Examples:
        >>> sizes_text((30, 784)), sizes_text(())
        ('30 × 784', 'a single number')
    """
    sizes = " × ".join(f"{size:,}" for size in shape)
    return message("{sizes}", sizes=sizes) if sizes else message("a single number")


_REASONS = {
    errno.ENOENT: message("No such file or directory"),
    errno.EACCES: message("Permission denied"),
    errno.EPERM: message("Operation not permitted"),
    errno.EISDIR: message("Is a directory"),
    errno.ENOTDIR: message("Not a directory"),
    errno.EEXIST: message("File exists"),
    errno.ENAMETOOLONG: message("File name too long"),
    errno.ENOSPC: message("No space left on device"),
    errno.EROFS: message("Read-only file system"),
    errno.EIO: message("Input/output error"),
    errno.EADDRINUSE: message("Address already in use"),
    errno.EADDRNOTAVAIL: message("Cannot assign requested address"),
}


def reason_of(error: OSError) -> str:
    """The operating system's reason for an error, which can be translated if it is in the table above."""
    return _REASONS.get(error.errno or 0, error.strerror or str(error))


def _is_text(head: bytes) -> bool:
    try:
        # HEAD_SIZE may cut a character in two; the end of a file may not.
        text = codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < HEAD_SIZE)
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\t\r\n" for character in text)
