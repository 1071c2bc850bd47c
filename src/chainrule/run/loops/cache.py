"""Where generated source and what is compiled of it are kept from one start to the next: a folder of the user's.

What is read here is run, so it is trusted by who can have written it: only files of the user's own, in a folder of the
user's own, that nobody else may write to. A digest cannot vouch for that, since whoever writes a file can write its digest.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import os
import re
import stat
import sys
import time
import types
import warnings
from collections.abc import Callable
from pathlib import Path

from ...core.messages import message

VARIABLE = "CHAINRULE_CACHE"
"""Names another folder for what is generated."""


def folder() -> Path:
    """The folder for what is generated, as the platform has it: under XDG_CACHE_HOME, Library/Caches or LOCALAPPDATA."""
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


KERNELS = ("barrier", "denormals", "elementwise", "gather", "products", "scalar", "texts", "vector", "vectored")
"""The files that hold the kernels that generated source calls."""


@functools.cache
def _kernels() -> bytes:
    """The text of the kernels that generated source calls: where it changes, all must be compiled anew."""
    return b"".join((Path(__file__).parents[1] / "native" / f"{name}.py").read_bytes() for name in KERNELS)


def name(source: str, stem: str) -> str:
    """The name of what is kept of a source: it changes with the source, and with the kernels that this calls."""
    return f"{stem}_{hashlib.sha256(source.encode() + _kernels()).hexdigest()[:20]}"


@functools.cache
def numba_version() -> str:
    """The version of Numba that is installed, without importing it, which would take longer than all else at a start."""
    spec = importlib.util.find_spec("numba")
    for place in (spec.submodule_search_locations or []) if spec is not None else []:
        with contextlib.suppress(OSError):
            found = re.search(r'"version": "([^"]+)"', (Path(place) / "_version.py").read_text(encoding="utf-8"))
            if found is not None:
                return found[1]
    from importlib.metadata import version

    return version("numba")


class CacheWarning(UserWarning):
    """The folder for what is compiled is not used, since others could write to it."""


_ABANDONED = 600
"""Seconds after which a file that was to be renamed has been left behind by a process that was killed."""


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


def read(name: str) -> bytes | None:
    """A file of the folder, or nothing, where there is none that can be trusted."""
    place = _folder()
    if place is None:
        return None
    try:
        with (place / name).open("rb") as file:
            status = os.fstat(file.fileno())
            return file.read() if stat.S_ISREG(status.st_mode) and _private(status) else None
    except OSError:
        return None


def write(name: str, data: bytes) -> bool:
    """Keep a file in the folder, in one step: another process sees all of it or nothing. False, where it cannot be."""
    place = _folder(make=True)
    if place is None:
        return False
    part = place / f"{name}.{os.getpid()}.part"
    try:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()  # of an earlier process with this number
        with open(part, "xb", opener=_for_the_user) as file:
            file.write(data)
        part.replace(place / name)
    except OSError:  # no room, no right
        with contextlib.suppress(OSError):
            part.unlink()
        return False
    for left in place.glob("*.part"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _ABANDONED:
                left.unlink()
    return True


def _for_the_user(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def proven(what: str, prove: Callable[[], str]) -> str:
    """What a trial says that takes a second, and is done once: that it found nothing wrong is kept in the folder."""
    mark = name(what, "proven")
    if read(mark) is not None:
        return ""
    wrong = prove()
    if not wrong:
        write(mark, b"")  # where it cannot be kept, it is tried again
    return wrong


def module(source: str, stem: str) -> types.ModuleType:
    """Run generated source, which is kept in the folder to be read there, and by debuggers, if it can be."""
    own = f"{name(source, stem)}.py"
    kept = read(own) == source.encode() or write(own, source.encode())
    made = types.ModuleType(own)
    exec(compile(source, str(folder() / own) if kept else f"<{own}>", "exec"), made.__dict__)
    return made
