"""Object code: what Numba has compiled, kept as one file, and loaded by LLVM alone, so that what is known needs no Numba.

Generated source has a function `steps` for it, a C callback that takes pointers alone: to how many numbers each array
has, then to each array's numbers. It is called in the same way whether it was compiled just now or long ago.
"""

# mypy: disable-error-code="import-untyped"
# llvmlite has no types.

from __future__ import annotations

import ctypes
import functools
import hashlib
import itertools
import re
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...core.messages import message
from ...core.nouns import Array
from ..loops import cache
from ..loops.defer_interrupt import interrupt_deferred
from ..loops.processor import imitate, target

_DIGEST = 32  # bytes before the object code, by which a file that is not whole is known
_NEVER_CALLED = ("NRT_MemInfo_call_dtor", 1)
"""What frees an array that Numba has made: there are none, and so what is at this address does not matter."""
_numbered = itertools.count()
_loaded: dict[str, Callable[..., object]] = {}


class NotKeptWarning(UserWarning):
    """What was compiled cannot be kept, so the next start compiles it again."""


def function(
    source: str, stem: str, kinds: Sequence[str], compiling: Callable[[], None] | None = None
) -> Callable[..., None]:
    """The function `steps` of generated source, for flat arrays of these dtypes: loaded, if it was compiled before; else
    compiled, of which `compiling` is told before.

    Raises `TypeError` for arrays of other kinds, which would be read beyond their end.
    """
    name = _name(source, stem)
    if name not in _loaded:
        _loaded[name] = _kept(name, len(kinds)) or _made(source, stem, name, len(kinds), compiling)
    return functools.partial(_called, _loaded[name], [np.dtype(kind) for kind in kinds])


def _called(steps: Callable[..., object], dtypes: Sequence[np.dtype[Any]], *arrays: Array) -> None:
    for array, dtype in zip(arrays, dtypes, strict=True):
        if array.dtype != dtype or array.ndim != 1 or not array.flags.c_contiguous:
            raise TypeError(f"An array is {array.dtype} of shape {array.shape}; it must be flat and {dtype}.")
    sizes = np.array([array.size for array in arrays], np.int64)
    steps(sizes.ctypes.data, *(array.ctypes.data for array in arrays))


def _name(source: str, stem: str) -> str:
    """The name of the file: it changes with all that object code depends on."""
    import llvmlite

    made_of = "\n".join((source, cache.numba_version(), llvmlite.__version__, *target()))
    return f"{cache.name(made_of, stem)}.object"


def _kept(name: str, count: int) -> Callable[..., object] | None:
    """The function that was kept, or nothing, if there is none, or its file is not whole."""
    kept = cache.read(name)
    if kept is None or hashlib.sha256(kept[_DIGEST:]).digest() != kept[:_DIGEST]:
        return None
    try:
        return _load(kept[_DIGEST:], count)
    except Exception:  # whatever an LLVM raises that cannot load it: it is compiled anew
        return None


def _made(source: str, stem: str, name: str, count: int, compiling: Callable[[], None] | None) -> Callable[..., object]:
    """The function, compiled now, and kept if it can be; if its object code cannot be had, as Numba calls it."""
    if compiling is not None:
        compiling()
    with interrupt_deferred():
        imitate()
        steps = cache.module(source, stem).steps
        try:
            code = _code(steps, count)
            made = _load(code, count)
        except Exception as error:  # whatever a Numba raises whose insides are others
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            said = message("What was compiled cannot be kept for the next start ({reason}).", reason=reason)
            warnings.warn(said, NotKeptWarning, stacklevel=2)
            return ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * (count + 1))(steps.address)
    cache.write(name, hashlib.sha256(code).digest() + code)
    return made


def _code(steps: Any, count: int) -> bytes:
    """The object code of a Numba C callback's inner function, named `steps`.

    The callback around it is left away: it leans on Numba's own library where it tells of exceptions, and there are none.
    """
    import llvmlite.binding as llvm

    module = llvm.parse_assembly(steps.inspect_llvm())
    inner = module.get_function(steps.native_name.removeprefix("cfunc."))
    head = str(inner).split("{\n")[0]
    if not re.search(rf"define [^@]*\bi32 @[^%]*%retptr,[^%]*%excinfo(,[^%]*%arg\.\w+){{{count + 1}}}\)", head):
        raise ValueError(f"unknown arguments in {head[:200]}")
    for each in module.functions:
        if not each.is_declaration and each.name.startswith("cfunc."):
            each.linkage = "available_externally"
    inner.name = "steps"
    cpu, features = target()
    machine = llvm.Target.from_default_triple().create_target_machine(cpu, features, opt=3, reloc="pic")
    return bytes(machine.emit_object(module))


@functools.cache
def _jit() -> Any:
    """What loads object code."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.create_lljit_compiler(suppress_errors=True)  # they are raised


def _load(code: bytes, count: int) -> Callable[..., object]:
    """Load object code; a symbol that cannot be found is an error of LLVM's. It stays loaded to the end of the process."""
    import llvmlite.binding as llvm

    builder = llvm.JITLibraryBuilder().add_object_img(code).add_current_process()
    library = builder.import_symbol(*_NEVER_CALLED).export_symbol("steps").link(_jit(), str(next(_numbered)))
    address = library["steps"]
    library.detach()
    inner = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * (count + 3))(address)

    def steps(*pointers: int) -> None:
        spare = (ctypes.c_void_p * 2)()  # where Numba's functions return, and tell of an exception
        inner(ctypes.addressof(spare), ctypes.addressof(spare) + ctypes.sizeof(ctypes.c_void_p), *pointers)

    return steps
