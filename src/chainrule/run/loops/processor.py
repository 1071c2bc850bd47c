"""What the processor offers: how many vectors its registers hold, from which tiles and batches' groups are chosen."""

# mypy: disable-error-code="import-untyped"
# llvmlite has no types.

from __future__ import annotations

import functools
import os
from dataclasses import dataclass

VARIABLE = "CHAINRULE_NATIVE_CPU"
"""Set to `avx512`, `avx2` or `sse4.2`, code is written for such a processor, whatever the present one is; set to `plain`,
for one of which nothing is known, as where Numba does not compile vectors."""
LANES = 16
"""Numbers of a vector, to whose multiples columns are padded."""


@dataclass(frozen=True)
class Processor:
    """A kind of processor: how many sums a tile may keep, in vectors of 16, how many rows it may have, what Numba is told
    to compile for where it is not the present one, and how many numbers an operation takes at once.
    """

    name: str
    sums: int
    rows: int
    cpu: str
    features: str
    lanes: int = LANES

    @property
    def outer(self) -> int:
        """Up to how many outer products are sooner taken from a matrix one after the other than added up first."""
        return 2 * self.rows if self.lanes > 1 else 32

    @property
    def fuses(self) -> bool:
        """Whether one instruction multiplies and adds; elsewhere a function does, in the time of fifty."""
        return "+fma" in self.features or self.name == "neon"


KINDS = {
    kind.name: kind
    for kind in (
        Processor("avx512", 24, 12, "skylake-avx512", "+avx512f,+avx512bw,+avx512dq,+avx512vl,+avx2,+fma"),
        Processor("avx2", 6, 6, "haswell", "+avx2,+fma"),
        Processor("neon", 6, 6, "generic", ""),
        Processor("sse4.2", 3, 3, "nehalem", "+sse4.2"),
        Processor("plain", 1, 1, "", "", 1),
    )
}


@functools.cache
def processor() -> Processor:
    """The kind of the present processor, or the one that the environment variable names."""
    named = os.environ.get(VARIABLE, "")
    if named:
        if named not in KINDS:
            raise ValueError(f"{VARIABLE} is {named!r}; it must be one of {', '.join(KINDS)}.")
        return KINDS[named]
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features()
    if features.get("avx512f"):
        return KINDS["avx512"]
    if features.get("avx2") and features.get("fma"):
        return KINDS["avx2"]
    return KINDS["neon" if features.get("neon") else "sse4.2"]


@functools.cache
def target() -> tuple[str, str]:
    """The name and the features of the processor that code is compiled for, as LLVM has them."""
    import llvmlite.binding as llvm

    kind = processor()
    if os.environ.get(VARIABLE) and kind.cpu:
        return kind.cpu, kind.features
    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


def imitate() -> None:
    """Let Numba compile for the processor that the environment variable names, if it is not the present one."""
    if os.environ.get(VARIABLE):
        from numba.core import config

        cpu, features = target()
        vars(config).update(CPU_NAME=cpu, CPU_FEATURES=features)
