"""The processor that code is compiled for: the current one, one named by an environment variable, or WebAssembly's."""

# mypy: disable-error-code="import-untyped"
# llvmlite has no types.

from __future__ import annotations

import functools
import os
import sys
from dataclasses import dataclass

IN_BROWSER = sys.platform == "emscripten"
"""Whether Python itself runs as WebAssembly, as Pyodide does: in a browser, mostly, or in Node."""
VARIABLE = "CHAINRULE_NATIVE_CPU"
"""If set to the name of one of `KINDS`, code is compiled for such a processor, whatever the current one is."""


@dataclass(frozen=True)
class Processor:
    """A kind of processor: the bytes of its vectors, and LLVM's name and features for it."""

    name: str
    register: int
    cpu: str
    features: str

    @property
    def fuses(self) -> bool:
        """Whether it has an instruction that multiplies and adds; without one, a function does it, fifty times as slowly."""
        return "+fma" in self.features or self.name == "neon"


KINDS = {
    kind.name: kind
    for kind in (
        Processor("avx512", 64, "skylake-avx512", "+avx512f,+avx512bw,+avx512dq,+avx512vl,+avx2,+fma"),
        Processor("avx2", 32, "haswell", "+avx2,+fma"),
        Processor("neon", 16, "generic", ""),
        Processor("sse4.2", 16, "nehalem", "+sse4.2"),
    )
}

_WEBASSEMBLY = Processor("wasm", 16, "", "")


@functools.cache
def processor() -> Processor:
    """The current processor, with its own name and features, or the kind that the environment variable names."""
    if IN_BROWSER:
        return _WEBASSEMBLY
    named = os.environ.get(VARIABLE, "")
    if named:
        if named not in KINDS:
            raise ValueError(f"{VARIABLE} is {named!r}; it must be one of {', '.join(KINDS)}.")
        return KINDS[named]
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features()
    if features.get("avx512f"):
        name = "avx512"
    elif features.get("avx2") and features.get("fma"):
        name = "avx2"
    else:
        name = "neon" if features.get("neon") else "sse4.2"
    return Processor(name, KINDS[name].register, llvm.get_host_cpu_name(), features.flatten())
