"""Keeps parts of a page between runs: those that follow from this version alone, from a network's layers, or from MNIST's digits.

They lie in the folder of compiled loops, whose files are trusted and limited as `run/loops/cache.py` says. Where nothing can be
kept, a part is made anew each time.
"""

from __future__ import annotations

import functools
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from ..run.loops import cache
from ..version import __version__

Json: TypeAlias = Any
_PACKAGE = Path(__file__).parents[1]
_SOURCES = ("*.py", "*.po")  # what a part is made by, and its sentences


def stored(name: str, make: Callable[[], Json], *depends_on: Json) -> Json:
    """Return a part of a page: the one that an earlier run made, or a new one, which is kept.

    Args:
        name: What the part is called among all parts.
        make: Makes it; it must follow from the package and from `depends_on` alone.
        depends_on: What tells one part of this name from another, as JSON can hold it.

    Returns:
        The part, as reading its JSON gives it.
    """

    def encode() -> bytes:
        return json.dumps(make(), ensure_ascii=False, separators=(",", ":")).encode()

    return json.loads(stored_bytes(name, encode, *depends_on))


def stored_bytes(name: str, make: Callable[[], bytes], *depends_on: Json) -> bytes:
    """Return a part of a page that is bytes; as `stored`.

    Args:
        name: As in `stored`, like the others.
        make: Makes it.
        depends_on: What tells one part of this name from another.

    Returns:
        The part.
    """
    made_of = [name, __version__, np.__version__, sys.version, _digest_of_sources(), *depends_on]
    key = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:20]
    content = cache.read(key)
    if content is None:
        content = make()
        cache.write(key, content)
    return content


@functools.cache
def _digest_of_sources() -> str:
    """The digest of the package's sources and sentences, so that a change in a clone makes all parts anew."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in _SOURCES for path in _PACKAGE.rglob(pattern)):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(_PACKAGE).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()
