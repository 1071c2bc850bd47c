"""Loops as machine code for AArch64, linked with a C program and run under qemu-user, in the place of this processor's."""

import shutil
import subprocess
from dataclasses import replace

import numpy as np

from chainrule.run.loops import machine_code, system
from chainrule.run.loops.processor import KINDS
from chainrule.run.lowering.step import SCRATCH
from chainrule.training import native

TRIPLE, LINKER, EMULATOR = "aarch64-linux-gnu", "aarch64-linux-gnu-gcc", "qemu-aarch64"
MISSING = [name for name in (LINKER, EMULATOR) if shutil.which(name) is None]
"""What is not installed: Debian's packages gcc-aarch64-linux-gnu and qemu-user have both."""
_PROGRAM = """
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void {name}({kinds});

int main(int count, char **names) {{
    char *array[{arrays} + 1];
    int64_t size[{arrays} + 1], index[{indices} + 1];
    FILE *file = fopen(names[1], "r+b");
    if (fread(index, 8, {indices}, file) != {indices}) return 1;
    for (int k = 0; k < {arrays}; k++) {{
        if (fread(&size[k], 8, 1, file) != 1) return 2;
        array[k] = aligned_alloc(64, (size[k] + 127) / 64 * 64);
        if (fread(array[k], 1, size[k], file) != size[k]) return 3;
    }}
    {name}({given});
    rewind(file);
    for (int k = 0; k < {arrays}; k++) fwrite(array[k], 1, size[k], file);
    return fclose(file);
}}
"""


class Emulated:
    """Compiled functions, as `machine_code.Code`; what they are given are addresses of arrays in `known`."""

    runs: list[str] = []  # noqa: RUF012  # a test begins with a list of its own

    def __init__(self, functions, folder, known):
        self.folder, self.known = folder, known
        self.functions = {each.name: each for each in functions}
        named = [replace(each, name="main_") if each.name == "main" else each for each in functions]  # C has its own
        self.object = folder / "loops.o"
        self.object.write_bytes(machine_code.object_code(named, KINDS["neon"], TRIPLE))

    def function(self, name):
        function, named = self.functions[name], "main_" if name == "main" else name
        arrays, indices = len(function.arrays), len(function.indices)
        kinds = ["void *"] * arrays + ["int64_t"] * indices
        given = [f"array[{k}]" for k in range(arrays)] + [f"index[{k}]" for k in range(indices)]
        source, program = self.folder / f"{name}.c", self.folder / name
        source.write_text(
            _PROGRAM.format(name=named, kinds=", ".join(kinds), given=", ".join(given), arrays=arrays, indices=indices)
        )
        command = [LINKER, "-O1", "-static", "-o", str(program), str(source), str(self.object), "-lm"]
        subprocess.run(command, check=True, capture_output=True, text=True)

        def call(*values):
            here = [self.known[address] for address in values[:arrays]]
            file = self.folder / "arrays"
            parts = [np.array(values[arrays:], np.int64).tobytes()]
            parts += [part for each in here for part in (np.int64(each.nbytes).tobytes(), each.tobytes())]
            file.write_bytes(b"".join(parts))
            self.runs.append(name)
            subprocess.run([EMULATOR, str(program), str(file)], check=True, capture_output=True)
            found, start = file.read_bytes(), 0
            for each in here:
                each.reshape(-1).view(np.uint8)[...] = np.frombuffer(found, np.uint8, each.nbytes, start)
                start += each.nbytes

        return call


class Runner(native.NativeRunner):
    """Training whose steps are run by one thread of the emulated processor."""

    known: dict = {}  # noqa: RUF012

    def _call(self, arrays, steps):
        chunk = self._made.chunk
        ranges = np.array(chunk.ranges_of(1)[0], np.int64)

        def call(barrier, thread):
            thread[SCRATCH // 8] = chunk.scratch(0)
            given = [*arrays, ranges, barrier, thread]
            type(self).known |= {each.ctypes.data: each for each in given}
            self._made.steps(*(each.ctypes.data for each in given), steps)

        return call


def assembly(functions):
    """The text of AArch64's instructions."""
    import llvmlite.binding as llvm

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(TRIPLE).create_target_machine(KINDS["neon"].cpu, KINDS["neon"].features, opt=2)
    return machine.emit_assembly(llvm.parse_assembly(machine_code.module_text([*system.FUNCTIONS, *functions], TRIPLE)))
