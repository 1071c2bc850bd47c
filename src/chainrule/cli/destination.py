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


def require_writable(output: str | None, flag: str = "-o", default: str = _DEFAULT) -> None:
    """Refuse a file that could not be written, before the work whose result it is to hold.

    Args:
        output: The file; `None` is the default in the current folder.
        flag: The option that names it, for the message.
        default: The name of the file if none is given.

    Raises:
        CommandError: The file is a folder, may not be written, or its folder does not exist or cannot be written to.
    """
    path = Path(output if output is not None else default)
    if path.is_dir() and output is not None:
        raise CommandError(
            "{flag} {output} is a folder; give the name of a file in it: {flag} {path}",
            flag=flag,
            output=output,
            path=path / default,
        )
    if path.exists() and not path.is_file() and output is not None:
        return  # a device
    folder = path.parent
    if not folder.is_dir():
        raise CommandError(
            "{flag} {output}: there is no folder {folder}; make it first.", flag=flag, output=output, folder=folder
        )
    if output is not None and path.exists() and not os.access(path, os.W_OK):
        raise CommandError("{flag} {output} may not be written over; give another name.", flag=flag, output=output)
    if output is not None:
        require_own(path)
    try:
        with tempfile.TemporaryFile(dir=folder):  # permissions alone are not reliable everywhere
            pass
    except OSError as error:
        raise CommandError(
            "The current folder cannot be written to ({error}); use {flag} FILE."
            if output is None
            else "The folder {folder} cannot be written to ({error}); use {flag} FILE.",
            folder=folder,
            error=reason_of(error),
            flag=flag,
        ) from error


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
    for other in other_places(name):
        with contextlib.suppress(OSError):
            net.save(other)
            written = message(
                "{path} could not be written ({error}); the network is saved in {other}.",
                path=path,
                error=why,
                other=other,
            )
            say(written, language)
            return other, False
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


# ---- files that are there ----------------------------------------------------------------------------------------------

_HEAD = 4096  # bytes in which a file says who wrote it
_SIGNS = (b"written by chainrule", b".cr{--", b"\x12\x09chainrule")  # of exported files, pages, and ONNX


def require_replaceable(output: str, language: str | None, first_line: str | None = None) -> None:
    """Refuse, before the work, a file that cannot be written or that somebody else wrote; say which file will be replaced.

    Args:
        output: The file.
        language: The language that was asked for, if any.
        first_line: The first line of such a file, by which a table is known.

    Raises:
        CommandError: There is a folder of that name, or a file that chainrule did not write, or no folder for it.
    """
    require_no_folder(output)
    require_own(Path(output), first_line)
    tell_replaced(output, language)


def require_no_folder(output: str) -> None:
    """Refuse the name of a file where a folder has that name, or where there is no folder for it. Raises `CommandError`."""
    path = Path(output)
    if path.is_dir():
        raise CommandError("{path} is a folder; give the name of a file.", path=output)
    if not path.parent.is_dir():
        raise CommandError("{path}: there is no folder {folder}; make it first.", path=output, folder=path.parent)


def tell_replaced(output: str | None, language: str | None) -> None:
    """Say that a file will be replaced, if it is there and no device.

    Args:
        output: The file, if one was named.
        language: The language that was asked for, if any.
    """
    if output is not None and Path(output).is_file():
        say(message("{path} is there, and will be replaced.", path=output), language)


def require_own(path: Path, first_line: str | None = None) -> None:
    """Refuse to replace a file that chainrule did not write.

    Args:
        path: The file.
        first_line: The first line of such a file, by which a table is known.

    Raises:
        CommandError: Somebody else wrote it.
    """
    if not path.is_file():
        return
    with path.open("rb") as file:
        head = file.read(_HEAD)
    signed = any(sign in head for sign in _SIGNS) or is_own(path)
    if first_line is not None:
        signed = head.partition(b"\n")[0].rstrip() == first_line.encode()
    if head and not signed:
        raise CommandError(
            "{path} is there, and chainrule did not write it; give another name, or move it away.", path=path
        )
