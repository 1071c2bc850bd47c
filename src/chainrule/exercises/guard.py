"""What learners' code may not do where a class is checked: write files, open connections, start programs, take all memory.

This stops accidents and idle tricks, not an attacker: Python code that wants to can get around it, it may read any file that the
user may read, and on Windows and macOS memory is not limited. Whoever checks code of strangers runs it in a container.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any

_REFUSED = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.startfile", "os.kill",
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown", "os.putenv",
    "shutil.", "tempfile.", "ctypes.", "webbrowser.", "urllib.Request", "ftplib.", "smtplib.", "winreg.",
)  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC
_active = False
_hooked = False


@contextlib.contextmanager
def guarded(strict: bool) -> Iterator[None]:
    """While learners' code runs, refuse what it may not do. Where it is not strict, nothing is refused."""
    global _active, _hooked
    if strict and not _hooked:
        sys.addaudithook(_heard)
        _hooked = True
    _active = strict
    try:
        yield
    finally:
        _active = False


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if not _active:
        return
    if event.startswith(_REFUSED):
        raise PermissionError(f"{event} is refused here")
    if event == "open" and len(arguments) == 3:
        _, mode, flags = arguments
        writes = any(letter in mode for letter in "wax+") if isinstance(mode, str) else bool(flags & _WRITING)
        if writes:
            raise PermissionError("writing to files is refused here")


def limited(megabytes: int) -> None:
    """Limit the memory of this process, and the size of files that it writes to none, where the system can."""
    if not megabytes:
        return
    try:
        import resource
    except ImportError:  # Windows
        return
    for what, limit in ((resource.RLIMIT_AS, megabytes * 2**20), (resource.RLIMIT_FSIZE, 0)):
        with contextlib.suppress(OSError, ValueError):  # a smaller limit holds already, or the system has none
            resource.setrlimit(what, (limit, limit))
