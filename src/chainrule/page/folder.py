"""Writes a page's files into a folder, whole or not at all; of what lies there it takes away only what it wrote itself.

How it knows that: a file's name holds the hash of what is in it, and `index.html` ends with its own.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from ..exchange.atomic import write_bytes
from ..export.errors import ExportError
from .file import digest

INDEX = "index.html"
_HASHED = re.compile(r"\w+\.([0-9a-f]{12})\.\w+")
_SEALED = re.compile(rb"(.*)<!-- ([0-9a-f]{12}) -->\n", re.DOTALL)


def write_folder(folder: Path, files: Mapping[str, bytes]) -> int:
    """Write the files of a page.

    A new folder is written beside its place and then renamed. One that was written before keeps working all the while: first
    come the new files, then `index.html`, which names them, and only then the old ones go.

    Args:
        folder: The folder: a new one, an empty one, or one that this wrote before.
        files: What is in each file, by its name; `index.html` is the last.

    Returns:
        The bytes of all files.

    Raises:
        ExportError: The folder holds other things, or there is none to put it in.
        OSError: It cannot be written; nothing has changed then.
    """
    place = folder.resolve()  # since "." has no name
    files = {name: content if name != INDEX else _sealed(content) for name, content in files.items()}
    if place.exists():
        _replace(place, _own(folder), files)
    elif not place.parent.is_dir():
        raise ExportError("{folder}: there is no folder {parent}; make it first.", folder=folder, parent=place.parent)
    else:
        temporary = place.with_name(f".chainrule-{secrets.token_hex(8)}.tmp")
        try:
            temporary.mkdir()
            for name, content in files.items():
                write_bytes(temporary / name, content)
            temporary.rename(place)
        except BaseException as error:
            shutil.rmtree(temporary, ignore_errors=True)
            if isinstance(error, OSError):  # users do not know the temporary name
                raise OSError(error.errno, error.strerror, str(folder)) from error
            raise
    return sum(map(len, files.values()))


def _replace(place: Path, before: set[str], files: Mapping[str, bytes]) -> None:
    """Write into a folder that is there."""
    written = []
    try:
        for name, content in files.items():
            if name not in before:
                written.append(name)
            if name not in before or name == INDEX:
                write_bytes(place / name, content)
    except BaseException:
        for name in written:
            with contextlib.suppress(OSError):
                (place / name).unlink()
        raise
    for name in before - files.keys():
        (place / name).unlink()


def _own(folder: Path) -> set[str]:
    """The names of all that a folder holds. Raises `ExportError` if something of it was not written here."""
    if not folder.is_dir():
        raise ExportError("{folder} is a file; give the name of a folder.", folder=folder)
    for path in folder.iterdir():
        if not (path.is_file() and _is_own(path)):
            raise ExportError(
                "{folder} holds {name}, which chainrule has not written, or not as it is now; give a new folder.",
                folder=folder,
                name=path.name,
            )
    return {path.name for path in folder.iterdir()}


def _is_own(path: Path) -> bool:
    if path.name == INDEX:
        found = _SEALED.fullmatch(path.read_bytes())
        return found is not None and digest(found[1]).encode() == found[2]
    hashed = _HASHED.fullmatch(path.name)
    return hashed is not None and digest(path.read_bytes()) == hashed[1]


def _sealed(content: bytes) -> bytes:
    """`index.html` with its own hash behind it."""
    return content + f"<!-- {digest(content)} -->\n".encode()
