"""Where machine code is kept from one start to the next: a folder of the user's, which never grows beyond a bound.

What is read here is run, so it is trusted by who can have written it: only files of the user's own, in a folder of the
user's own, that nobody else may write to. The digest in front of each file says whether it is whole, and vouches for nothing:
whoever writes a file can write its digest. Whoever may rename the folders above it is trusted as well, as for all that
the user runs.

Several processes may read, write and remove at once: a file appears whole or not at all, and may be gone at any moment.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import stat
import sys
import tempfile
import time
import warnings
from pathlib import Path

from ...core.messages import message

VARIABLE = "CHAINRULE_CACHE"
"""Names another folder for what is compiled."""
LIMIT = 64 * 2**20
"""Bytes that the folder may hold: about a thousand training steps, or some ten thousand small programs. Where there are more,
those go that have not been loaded for longest, until a quarter of it is free."""
_OFTEN = 16  # into how many parts the limit is divided; after each that a process writes, it looks through the folder
_BLOCK = 4096  # bytes by which file systems give room
_ABANDONED = 600  # seconds after which a part of a file has been left behind by a process that was killed
_DIGEST = 32  # bytes in front of what is kept, by which a file that is not whole is known
_PREFIX, _WHOLE, _PART = "loops_", ".object", ".part"

_written: float = math.inf  # bytes since this process looked through the folder


class CacheWarning(UserWarning):
    """The folder for what is compiled is not used, since others could write to it."""


def folder() -> Path:
    """The folder for what is compiled, as the platform has it: under XDG_CACHE_HOME, Library/Caches or LOCALAPPDATA."""
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE])
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "chainrule" / "native"


def read(key: str) -> bytes | None:
    """What is kept under a key, or nothing, where there is nothing that is whole and can be trusted."""
    place = _folder()
    if place is None:
        return None
    path = place / f"{_PREFIX}{key}{_WHOLE}"
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            whole = file.read() if stat.S_ISREG(status.st_mode) and _private(status) else b""
    except OSError:
        return None
    data = whole[_DIGEST:]
    if whole[:_DIGEST] != hashlib.sha256(data).digest():
        return None
    with contextlib.suppress(OSError):
        os.utime(path)  # by which it is known what has not been loaded for longest
    return data


def write(key: str, data: bytes) -> bool:
    """Keep data under a key, in one step: another process sees all of it or nothing. False, where it cannot be kept."""
    global _written
    place = _folder(make=True)
    if place is None:
        return False
    name = f"{_PREFIX}{key}{_WHOLE}"
    try:
        number, part = tempfile.mkstemp(_PART, f"{name}.", place)  # which only the user may read and write
        try:
            with open(number, "wb") as file:
                file.write(hashlib.sha256(data).digest() + data)
            Path(part).replace(place / name)
        except OSError:
            Path(part).unlink()
            raise
    except OSError:  # no room, no right
        return False
    _written += len(data)
    if _written >= LIMIT // _OFTEN:
        _tidy(place, name)
        _written = 0
    return True


def _private(status: os.stat_result) -> bool:
    """Whether a file or folder is the user's, and nobody else may write to it.

    Windows has no such bits; there the folder lies in the user's profile, which Windows guards.
    """
    if not hasattr(os, "geteuid"):
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _folder(make: bool = False) -> Path | None:
    """The folder, or nothing, where it cannot be had or is not the user's alone, which is said once."""
    try:
        place = folder()
        if make:
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
        private = _private(place.stat())
    except (OSError, RuntimeError):  # no home, no room, no right
        return None
    if not private:
        warnings.warn(
            message(
                "Compiled code is not kept in {folder}, because others can write to that folder; remove their write "
                "permission, or choose another folder with {variable}.",
                folder=place,
                variable=VARIABLE,
            ),
            CacheWarning,
            stacklevel=2,
        )
        return None
    return place


def _tidy(place: Path, new: str) -> None:
    """Remove what killed processes left behind, and what has not been loaded for longest, as long as there is too much.

    What has just been written stays, and so does all that this module did not write.
    """
    found: list[tuple[float, int, str]] = []
    total = 0
    with contextlib.suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            if not entry.name.startswith(_PREFIX) or not entry.name.endswith((_WHOLE, _PART)):
                continue
            with contextlib.suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                size = -(-status.st_size // _BLOCK) * _BLOCK
                if entry.name.endswith(_PART) and time.time() - status.st_mtime > _ABANDONED:
                    os.unlink(entry.path)
                    continue
                total += size
                if entry.name.endswith(_WHOLE) and entry.name != new:
                    found.append((status.st_mtime, size, entry.path))
    if total <= LIMIT:
        return
    for _, size, path in sorted(found):
        if total <= LIMIT * 3 // 4:
            return
        with contextlib.suppress(OSError):
            os.unlink(path)
            total -= size
