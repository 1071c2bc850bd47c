"""Where a network is saved: checked before training, with another folder as a fallback if saving fails afterwards."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from ..core.messages import message
from ..data.errors import reason_of
from ..exchange.network_file import is_own, next_free
from .errors import CommandError
from .streams import say

_DEFAULT = "net.safetensors"


class Kept(Protocol):
    """What can be saved in a file."""

    def save(self, path: Path, /) -> object:
        """Write the file."""


def require_writable(output: str | None, language: str | None, *, first_line: str | None = None) -> None:
    """Refuse a file that could not be written or that somebody else wrote, before the work whose result it is to hold; say that a
    file of chainrule's will be replaced.

    Args:
        output: The file; `None` is a new one in the current folder.
        language: The language that was asked for, if any.
        first_line: The first line of such a file, by which a table is known.

    Raises:
        CommandError: There is a folder of that name, a file that chainrule did not write or that may not be written over, no
            folder for it, or one that cannot be written to.
    """
    path = Path(output or _DEFAULT)
    if output is not None:
        require_no_folder(output)
        if path.exists() and not path.is_file():
            return  # a device
        _require_own(path, first_line)
        if path.exists() and not os.access(path, os.W_OK):
            raise CommandError("{path} is read-only; give another name.", path=output)
    try:
        with tempfile.TemporaryFile(dir=path.parent):  # permissions alone are not reliable everywhere
            pass
    except OSError as error:
        raise CommandError(
            "The current folder cannot be written to ({error}); use -o FILE."
            if output is None
            else "{path} cannot be written ({error}); give the name of a file in another folder.",
            path=output,
            error=reason_of(error),
        ) from error
    if output is not None and path.exists():
        say(message("{path} exists and will be replaced.", path=output), language)


def require_no_folder(output: str) -> None:
    """Refuse the name of a file where a folder has that name, or where there is no folder for it. Raises `CommandError`."""
    path = Path(output)
    if path.is_dir():
        raise CommandError("{path} is a folder; give the name of a file.", path=output)
    if not path.parent.is_dir():
        raise CommandError("{path}: there is no folder {folder}; make it first.", path=output, folder=path.parent)


_HEAD = 4096  # bytes in which a file says who wrote it
_SIGNS = (b"written by chainrule", b".cr{--", b"\x12\x09chainrule")  # of exported files, pages, and ONNX


def _require_own(path: Path, first_line: str | None) -> None:
    """Refuse to replace a file that chainrule did not write, unless it is empty. Raises `CommandError`."""
    if not path.exists():
        return
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if first_line is None:
        signed = any(sign in head for sign in _SIGNS) or is_own(path)
    else:
        signed = head.partition(b"\n")[0].rstrip() == first_line.encode()
    if head and not signed:
        raise CommandError(
            "{path} exists, and chainrule did not write it; give another name, or move it away.", path=path
        )


def save(net: Kept, output: str | None, language: str | None, default: str = _DEFAULT) -> tuple[Path, bool]:
    """Save a network; if the disk is full or cannot be written to, save it in another folder and say so.

    Args:
        net: The network.
        output: The file; `None` is the default, or the next free name.
        language: The language that was asked for, if any.
        default: The name of the file if none is given.

    Returns:
        The file, and whether it is the one that was asked for.

    Raises:
        CommandError: No folder can be written to.
    """
    path = Path(output) if output is not None else next_free(default)
    try:
        net.save(path)
    except OSError as error:
        why = reason_of(error)
    else:
        return path, True
    name = path.name if path.suffix else default
    for place in other_places(name):
        with contextlib.suppress(OSError):
            net.save(place)
            written = message(
                "{path} could not be written ({error}); the network is saved in {other}.",
                path=path,
                error=why,
                other=place,
            )
            say(written, language)
            return place, False
    raise CommandError(
        "{path} could not be written ({error}), nor could any other folder; the network is lost.", path=path, error=why
    )


def other_places(name: str) -> Iterator[Path]:
    """Where a file can be written instead if its own folder cannot be: free names in folders that users look into.

    Args:
        name: The name of the file.

    Returns:
        The files, the likeliest first.
    """
    for folder in (Path.cwd(), Path.home(), Path(tempfile.gettempdir())):
        yield next_free(folder / name)
