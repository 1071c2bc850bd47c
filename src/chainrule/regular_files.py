"""Opens files whose content or path comes from somebody else: only regular files, which end, and without waiting for a pipe."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from io import BufferedReader

_NONBLOCKING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


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


def sha256_of(path: str | os.PathLike[str]) -> str:
    """The SHA-256 of a regular file, read in pieces, so that a large file takes no memory. Raises as `open_regular`."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _require_regular(status: os.stat_result, path: str | os.PathLike[str]) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", os.fspath(path))
