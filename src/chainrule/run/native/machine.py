"""LLVM's text into machine code, in this process. All that programs need of llvmlite is in this file."""

# mypy: disable-error-code="import-untyped"
# llvmlite has no types.

from __future__ import annotations

import ctypes
import os
import threading
import weakref
from collections.abc import Sequence
from typing import Any

import llvmlite
import llvmlite.binding as llvm

from .processor import KINDS, VARIABLE

_CALL = ctypes.PYFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)
_MEMORY = ("memset", "memcpy", "memmove")  # what LLVM makes of loops that clear or copy
_lock = threading.Lock()


class Code:
    """The machine code of a module; it is there as long as this is."""

    def __init__(self, text: str, needed: Sequence[str]):
        if not hasattr(llvm, "create_pass_builder"):
            raise RuntimeError(f"llvmlite {llvmlite.__version__} is too old for it")
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        machine = _machine()
        module = llvm.parse_assembly(text)
        module.triple, module.data_layout = machine.triple, str(machine.target_data)
        _optimize(module, machine)
        self.engine = llvm.create_mcjit_compiler(module, machine)
        for name in (*needed, *_MEMORY):  # an engine that misses one would end the process
            if llvm.address_of_symbol(name) is None:
                raise RuntimeError(f"the C library's {name} is not found")
        self.engine.finalize_object()

    def function(self, name: str) -> Any:
        """A function of the addresses of the memory and of the constants; it gives 0 where nothing is wrong."""
        return _CALL(self.engine.get_function_address(name))


_known: weakref.WeakValueDictionary[str, Code] = weakref.WeakValueDictionary()


def code(text: str, needed: Sequence[str]) -> Code:
    """A module as machine code; `needed` are the functions of the C library that it calls.

    Raises `RuntimeError` where this llvmlite, or this system, cannot make it.
    """
    with _lock:
        found = _known.get(text)
        if found is None:
            try:
                found = Code(text, needed)
            except (AttributeError, TypeError, OSError) as error:  # an llvmlite whose ways have changed
                raise RuntimeError(f"llvmlite {llvmlite.__version__} cannot compile it: {error}") from error
            _known[text] = found
        return found


def _machine() -> Any:
    kind = KINDS.get(os.environ.get(VARIABLE, ""))
    cpu, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    if kind is not None:
        cpu, features = kind.cpu, kind.features
    return llvm.Target.from_default_triple().create_target_machine(cpu=cpu, features=features, opt=2, jit=True)


def _optimize(module: Any, machine: Any) -> None:
    tuning = llvm.create_pipeline_tuning_options(speed_level=2)
    tuning.loop_vectorization = tuning.slp_vectorization = True
    tuning.loop_unrolling = False  # a loop of a known number of turns would be unrolled before vectors are made of it
    builder = llvm.create_pass_builder(machine, tuning)
    builder.getModulePassManager().run(module, builder)
