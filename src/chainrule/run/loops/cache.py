"""Where machine code is kept between runs: a folder of the user's, whose size is bounded.

What is read here is executed, so trust depends on who can have written it: only files that the user owns, in a folder that
the user owns, and that nobody else may write to. The digest at the start of each file shows whether the file is complete; it
proves nothing else, since whoever writes a file can write its digest. Whoever may rename the parent folders is trusted too,
as for everything that the user runs.

Several processes may read, write and remove files at once: a file appears complete or not at all, and may vanish at any time.
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
from types import FrameType

from ...core.messages import message
from ...regular_files import open_regular

_PACKAGE = str(Path(__file__).parents[2]) + os.sep  # as in core/location.py, which needs NumPy
VARIABLE = "CHAINRULE_CACHE"
"""The environment variable that names another folder for compiled code."""
LIMIT = 64 * 2**20
"""Bytes that the folder may hold: about a thousand training steps, or some ten thousand small programs. Beyond that, the least
recently loaded files are removed until a quarter of it is free."""
_OFTEN = 16  # a process checks the folder whenever it has written a 16th of the limit
_BLOCK = 4096  # bytes of a file system block
_ABANDONED = 600  # seconds; an older partial file was left behind by a killed process
_DIGEST = 32  # bytes at the start of a file, which reveal an incomplete one
_PREFIX, _WHOLE, _PART = "loops_", ".object", ".part"

_written: float = math.inf  # bytes since this process last checked the folder


class CacheWarning(UserWarning):
    """The folder for compiled code is not used, since others could write to it."""


def folder() -> Path:
    """The folder for compiled code, by the platform's convention: under XDG_CACHE_HOME, Library/Caches or LOCALAPPDATA."""
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
    """The data stored under a key, or `None` if there are none that are complete and can be trusted."""
    place = _folder()
    if place is None:
        return None
    path = place / f"{_PREFIX}{key}{_WHOLE}"
    try:
        with open_regular(path) as file:
            whole = file.read() if _private(os.fstat(file.fileno())) else b""
    except OSError:
        return None
    data = whole[_DIGEST:]
    if whole[:_DIGEST] != hashlib.sha256(data).digest():
        return None
    with contextlib.suppress(OSError):
        os.utime(path)  # records when it was last loaded
    return data


def write(key: str, data: bytes) -> bool:
    """Store data under a key atomically: another process sees all of it or nothing. Returns whether it was stored."""
    global _written
    place = _folder(make=True)
    if place is None:
        return False
    name = f"{_PREFIX}{key}{_WHOLE}"
    try:
        number, part = tempfile.mkstemp(_PART, f"{name}.", place)  # only the user may read and write it
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
    """Whether the user owns a file or folder and nobody else may write to it.

    Windows has no such permission bits; there the folder lies in the user's profile, which Windows protects.
    """
    if not hasattr(os, "geteuid"):
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _folder(make: bool = False) -> Path | None:
    """The folder, or `None` if it is unavailable or others may write to it; the latter causes a warning, once."""
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
            stacklevel=_count_own_frames(),
        )
        return None
    return place


def _count_own_frames() -> int:
    """Count the frames up to the first outside of this package, the user's line, which a warning is to name."""
    frame: FrameType | None = sys._getframe(1)
    levels = 1
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, levels = frame.f_back, levels + 1
    return levels


def _tidy(place: Path, new: str) -> None:
    """Remove what killed processes left behind, and, if the folder is too large, the least recently loaded files.

    The file just written stays, and so does everything that this module did not write.
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
