"""Where generated source and what Numba compiles of it are kept from one start to the next: a folder of the user's."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
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


@functools.cache
def _kernels() -> bytes:
    """The text of the kernels that generated source calls: where it changes, all must be compiled anew."""
    return b"".join(Path(__file__).with_name(f"{name}.py").read_bytes() for name in ("vector", "scalar", "texts"))


def _name(source: str, stem: str) -> str:
    return f"{stem}_{hashlib.sha256(source.encode() + _kernels()).hexdigest()[:20]}"


def known(source: str, stem: str) -> bool:
    """Whether generated source has been compiled before, and that was kept."""
    name = _name(source, stem)
    try:
        return f"{__package__}.generated.{name}" in sys.modules or any((folder() / "__pycache__").glob(f"{name}.*.nbi"))
    except (OSError, RuntimeError):
        return False


def proven(what: str, prove: Callable[[], str]) -> str:
    """What a trial says that takes a second, and is done once: that it found nothing wrong is kept in the folder."""
    mark = f"proven_{hashlib.sha256(what.encode() + _kernels()).hexdigest()[:20]}"
    try:
        if (folder() / mark).exists():
            return ""
        folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    except (OSError, RuntimeError):
        return prove()
    wrong = prove()
    if not wrong:
        with contextlib.suppress(OSError):  # where it cannot be kept, it is tried again
            (folder() / mark).touch()
    return wrong


def module(source: str, stem: str) -> types.ModuleType:
    """Import generated source from the folder, where it is written first if it is not there yet.

    Its name has a digest of the source, so a file never changes its meaning. Where the folder cannot be written, the
    source is run all the same, and compiled anew at every start: `CACHED` is then false in it.
    """
    name = _name(source, stem)
    full = f"{__package__}.generated.{name}"
    if full in sys.modules:
        return sys.modules[full]
    path = _written(source, name)
    made = types.ModuleType(full)
    made.__dict__["CACHED"] = path is not None
    if path is not None:
        made.__file__ = str(path)
    sys.modules[full] = made  # Numba finds the functions of a cached module by its name
    exec(compile(source, str(path or f"<{name}>"), "exec"), made.__dict__)
    return made


def _written(source: str, name: str) -> Path | None:
    """The file of a source, or nothing where it cannot be written or is not what it should be."""
    try:
        place = folder()
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = place / f"{name}.py"
        if not path.exists():
            part = path.with_suffix(f".{os.getpid()}.part")
            part.write_text(source, encoding="utf-8", newline="\n")
            part.replace(path)  # in one step: another process sees all of it or nothing
        if path.read_text(encoding="utf-8") != source:
            return None
        (place / "__pycache__").mkdir(exist_ok=True)
        return path if os.access(place / "__pycache__", os.W_OK) else None
    except (OSError, RuntimeError, UnicodeDecodeError):  # no home, no room, no right, another's file
        return None
