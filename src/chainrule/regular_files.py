"""Opens files whose content or path comes from somebody else: only regular files, which end, and without waiting for a pipe."""

from __future__ import annotations

import errno
import os
import re
import stat
from io import BufferedReader, TextIOWrapper
from pathlib import Path

_NONBLOCKING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_WINDOWS = os.name == "nt"
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[\d¹²³]|lpt[\d¹²³])(\..*)?|.*:.*|.*[. ]", re.IGNORECASE)
"""Names that are devices, streams or other names in any folder of Windows."""
_JUNCTION = 0xA0000003
_MOST_LINKS = 40  # as Linux follows


def open_regular(path: str | os.PathLike[str]) -> BufferedReader:
    """Open a regular file for reading.

    Args:
        path: The file; a symbolic link is followed.

    Returns:
        The open file.

    Raises:
        OSError: There is none, or it is a folder, a pipe, a socket or a device; none of them is waited for.

    Examples:
        >>> open_regular(os.devnull)
        Traceback (most recent call last):
        OSError: [Errno 22] not a regular file: '/dev/null'
    """
    # Opening a device can do something by itself, so it is looked at first; and once more, since it may have been replaced.
    _require_regular(os.stat(path), path)
    descriptor = os.open(path, os.O_RDONLY | _NONBLOCKING)
    try:
        _require_regular(os.fstat(descriptor), path)
        return open(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_text(path: str | os.PathLike[str], errors: str = "strict") -> str:
    """Read a regular file of UTF-8 text as `Path.read_text` does; like `open_regular`."""
    with TextIOWrapper(open_regular(path), "utf-8", errors) as file:
        return file.read()


def _require_regular(status: os.stat_result, path: str | os.PathLike[str]) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", os.fspath(path))


# ---- paths that a file names -------------------------------------------------------------------------------------------


def resolve_below(path: str | os.PathLike[str], folder: str | os.PathLike[str]) -> Path | None:
    """Resolve a path that a file names, touching nothing outside of a folder: no other folder, no device, no network.

    Args:
        path: The path, relative to the folder or absolute.
        folder: The folder, which may lie anywhere.

    Returns:
        The path without symbolic links; `None` if it or a link on its way leads out of the folder.

    Examples:
        >>> resolve_below("/dev/zero", "."), resolve_below("../x", "."), resolve_below(r"//server/share/x", ".")
        (None, None, None)
    """
    folder = Path(os.path.realpath(folder))
    ahead = _parts_below(path, folder)
    current, links = folder, 0
    while ahead:
        current = current / ahead.pop(0)
        if _WINDOWS and _RESERVED.fullmatch(current.name):
            return None
        try:
            is_link = _is_link(os.lstat(current))
        except OSError:  # nothing is there, or nothing that may be looked at
            return current.joinpath(*ahead)
        if is_link:
            target = os.path.join(current.parent, os.readlink(current).removeprefix("\\\\?\\"))
            links, rest = links + 1, _parts_below(target, folder)
            ahead = None if rest is None or links > _MOST_LINKS else [*rest, *ahead]
            current = folder
    return None if ahead is None else current


def find_link_out(inside: Path, folder: str | os.PathLike[str]) -> Path | None:
    """Find a symbolic link that leads out of a folder.

    Args:
        inside: Where to look, folders within it included.
        folder: The folder that links must stay in.

    Returns:
        The first link that leads out; `None` if none does.
    """
    folders = [inside]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if _is_link(entry.stat(follow_symlinks=False)):
                    if resolve_below(entry.path, folder) is None:
                        return Path(entry.path)
                elif entry.is_dir(follow_symlinks=False):
                    folders.append(Path(entry.path))
    return None


def _parts_below(path: str | os.PathLike[str], folder: Path) -> list[str] | None:
    """Split a path from a folder on, by its text alone; `None` if it does not lie below."""
    whole = Path(os.path.normpath(os.path.join(folder, path)))
    return [*whole.relative_to(folder).parts] if whole.is_relative_to(folder) else None


def _is_link(status: os.stat_result) -> bool:
    """Whether something is a symbolic link, or what Windows calls a junction."""
    return stat.S_ISLNK(status.st_mode) or getattr(status, "st_reparse_tag", 0) == _JUNCTION
