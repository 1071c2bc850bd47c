"""The one error of `chainrule.data`, and the table that names a file which is something else than expected.

Whatever is wrong with a file, an image or an array of labels is a `DataError` whose message is one sentence:
the file or the array, what is wrong with it, and what would be right. No file is read here.
"""

import codecs
from pathlib import Path

from chainrule.core.errors import ChainruleError


class DataError(ChainruleError, ValueError):
    """A file, image or array cannot be used as it is; the message says why and what would be right.

    Example:
        >>> from chainrule.data.errors import DataError
        >>> issubclass(DataError, ValueError)
        True
    """


HEAD_SIZE = 512
"""How many bytes `describe` wants to see of a file."""

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"%PDF", "a PDF document"),
    (b"\x93NUMPY", "a NumPy .npy array"),
    (b"PK\x03\x04", "a ZIP archive (or .npz)"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"PAR1", "a Parquet table"),
    (b"\x1f\x8b", "gzip-compressed data"),
    (b"BZh", "bzip2-compressed data"),
    (b"\xfd7zXZ\x00", "xz-compressed data"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\x80\x04\x95", "a Python pickle"),
    (b"\x00\x00\x08\x01", "an IDX file of labels"),
    (b"\x00\x00\x08\x03", "an IDX file of images"),
    (b"version https://git-lfs", "a Git LFS pointer"),
)


def describe(head: bytes) -> str:
    """What a file looks like by its first bytes, as words for the end of a sentence.

    Args:
        head: up to the first `HEAD_SIZE` bytes of the file.

    Returns:
        A noun phrase, such as `"a PNG image"`; for bytes of no known kind, the first four in hexadecimal.

    Source:
        The magic numbers are those of each format's own specification.

    Example:
        >>> describe(b"<!DOCTYPE html><title>404")
        'an HTML page'
        >>> describe(b"\\x00\\x01\\x02\\x03")
        'unknown data (it begins 00 01 02 03)'
    """
    if not head:
        return "an empty file"
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return name
    # These put sizes or names first, and what tells them apart after that.
    if head[:2] == b"BM" and head[6:10] == bytes(4):
        return "a BMP image"
    if head[257:262] == b"ustar":
        return "a tar archive"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "a WebP image"
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"avif"):
        return "a HEIC or AVIF image"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "an HTML page"
    if start.startswith((b"<svg", b"<?xml")):
        return "an XML or SVG document"
    if _is_text(head):
        return "text"
    return f"unknown data (it begins {head[:4].hex(' ')})"


def existing_file(path: Path, expected: str) -> None:
    """Refuse what is no file to read, by name.

    Args:
        path: a path that a user gave.
        expected: what it should be, such as `"an IDX file"`.

    Raises:
        DataError: it is missing, a folder, or a pipe or device, which could be read without end.

    Example:
        >>> existing_file(Path("no-such-file"), "an IDX file")  # doctest: +IGNORE_EXCEPTION_DETAIL
        Traceback (most recent call last):
        chainrule.data.errors.DataError: no-such-file does not exist; give an IDX file.
    """
    if path.is_file():
        return
    wrong = "is a folder" if path.is_dir() else "is not a regular file" if path.exists() else "does not exist"
    raise DataError(f"{path} {wrong}; give {expected}.")


def _is_text(head: bytes) -> bool:
    try:
        # What is cut off after HEAD_SIZE bytes may be cut within a letter, which only the end of a file may not be.
        text = codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < HEAD_SIZE)
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\t\r\n" for character in text)
