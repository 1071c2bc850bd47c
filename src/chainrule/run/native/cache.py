"""Where generated source and what is compiled of it are kept from one start to the next: a folder of the user's."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import os
import re
import sys
import types
from collections.abc import Callable
from pathlib import Path

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


KERNELS = ("elementwise", "gate", "gather", "products", "scalar", "small", "texts", "vector", "vectored")
"""The files that hold the kernels that generated source calls."""


@functools.cache
def _kernels() -> bytes:
    """The text of the kernels that generated source calls: where it changes, all must be compiled anew."""
    return b"".join(Path(__file__).with_name(f"{name}.py").read_bytes() for name in KERNELS)


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


def read(name: str) -> bytes | None:
    """A file of the folder, or nothing, where there is none to be read."""
    try:
        return (folder() / name).read_bytes()
    except (OSError, RuntimeError):
        return None


def write(name: str, data: bytes) -> bool:
    """Keep a file in the folder, in one step: another process sees all of it or nothing. False, where it cannot be."""
    try:
        place = folder()
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = place / f"{name}.{os.getpid()}.part"
        part.write_bytes(data)
        part.replace(place / name)
    except (OSError, RuntimeError):  # no home, no room, no right
        return False
    return True


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
