"""Loops as a shared library of WebAssembly, where Python itself runs as WebAssembly, as Pyodide does.

`dlopen` loads it into Python's own memory, as it loads NumPy. So its functions take the addresses of arrays, as machine code
does, and nothing is copied.
"""

from __future__ import annotations

import ctypes
import os
import tempfile
from collections.abc import Sequence

from .language import Function
from .tiling import cut
from .webassembly import LONGEST, module


def loaded(functions: Sequence[Function]) -> dict[str, int]:
    """Compile functions.

    Args:
        functions: The functions of a module, which `check` accepts; their vectors have 128 bits.

    Returns:
        The address of each, by name; they stay in memory until Python ends.

    Raises:
        RuntimeError: The browser cannot compile them.
    """
    code = module([part for each in functions for part in cut(each, LONGEST)], library=True)
    descriptor, path = tempfile.mkstemp(".so")  # a name of its own: a library that is loaded again is not read again
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(code)
        library = ctypes.CDLL(path)
    except OSError as error:
        raise RuntimeError(f"this browser cannot compile it: {error}") from error
    finally:
        os.unlink(path)
    return {each.name: ctypes.cast(library[each.name], ctypes.c_void_p).value or 0 for each in functions}
