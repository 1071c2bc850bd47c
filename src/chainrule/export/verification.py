"""Runs an exported file on real rows outside of chainrule, where what runs it is at hand: a Python of its own, a C compiler."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ..core.nouns import Array
from .errors import ExportError
from .trained import Trained

_SECONDS = 600  # after which a run is given up


def by_python(trained: Trained, content: bytes, x: Array) -> Array:
    """The output activations of a Python file, of rows as users give them."""
    main = f"import sys\n\nimport numpy as np\n\nfrom {trained.title} import Network\n{_MAIN_PY}"
    files = {f"{trained.title}.py": content, "main.py": main.encode(), "x.npy": _saved(x)}
    return _answers(trained, files, [[sys.executable, "-B", "main.py"]], b"")


def by_c(trained: Trained, content: bytes, x: Array) -> Array:
    """The output activations of a C header, compiled by the C compiler that there is."""
    compiler = compilers()
    if not compiler:
        raise ExportError(
            "{file} cannot be verified here without a C compiler, cc; install one, or export without verify.",
            file=f"{trained.title}.h",
        )
    main = _MAIN_C.replace("TITLE", trained.title).replace("INPUTS", str(trained.inputs))
    number = "double" if trained.dtype == "float64" else "float"
    main = main.replace("OUTPUTS", str(trained.outputs)).replace("NUMBER", number)
    files = {f"{trained.title}.h": content, "main.c": main.encode()}
    built = [*compiler, "-std=c99", "-O2", "main.c", "-o", "main", "-lm"]
    return _answers(trained, files, [built, ["./main"]], trained.rows(x).tobytes())


def compilers() -> list[str]:
    """The command of the C compiler, `CC` if that is set; empty if there is none."""
    given = shlex.split(os.environ.get("CC", "")) or next(
        ([each] for each in ("cc", "gcc", "clang") if shutil.which(each)), []
    )
    return given if given and shutil.which(given[0]) else []


def _answers(trained: Trained, files: Mapping[str, bytes], commands: Sequence[Sequence[str]], given: bytes) -> Array:
    """What the last of some commands writes, as float64, in a folder with some files."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        for command in commands:
            last = command is commands[-1]
            done = subprocess.run(
                command, cwd=folder, input=given if last else b"", capture_output=True, timeout=_SECONDS, check=False
            )
            if done.returncode:
                said = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"]
                raise ExportError(
                    "{file} does not run here, so nothing was written: {said}", file=next(iter(files)), said=said[-1]
                )
        return np.frombuffer(done.stdout, np.float64).reshape(-1, trained.outputs)


def _saved(x: Array) -> bytes:
    """An array as a file that NumPy reads."""
    import io

    buffer = io.BytesIO()
    np.save(buffer, x, allow_pickle=False)
    return buffer.getvalue()


_MAIN_PY = """
a = Network()(np.load("x.npy"))
sys.stdout.buffer.write(np.ascontiguousarray(a, np.float64).tobytes())
"""
_MAIN_C = """#include <stdio.h>
#include "TITLE.h"

static TITLE net;

int main(void) {
  NUMBER x[INPUTS];
  TITLE_result a[OUTPUTS];
  while (fread(x, sizeof x, 1, stdin) == 1) {
    if (TITLE_run(&net, x, a)) return 1;
    for (int k = 0; k < OUTPUTS; k++) {
      double number = (double)a[k];
      fwrite(&number, sizeof number, 1, stdout);
    }
  }
  return 0;
}
"""
