"""Runs autograd's own tests with NumPy in the place of autograd.numpy, and writes docs/coverage-autograd.md.

    python docs/autograd_suite.py [FOLDER]    # FOLDER: autograd's unpacked source; without it, it is fetched with pip

The tests are read where they lie, and never copied here. Every failure must have its reason in `REASONS`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE / "coverage-autograd.md"
REASONS = [
    (r"cannot be made into a plain NumPy array",
     "`np.r_`, `np.c_`, `np.mean([x, y])`, `np.int64(x)` and the like make plain arrays before a traced "
     "one is asked; refused, with `np.stack` named"),
    (r"whose result is one number", "a gradient of an array of one element; here a gradient is taken of a number"),
    (r"np\.linalg\.eig has", "`np.linalg.eig` is complex; refused, with `np.linalg.eigh` named"),
    (r"of complex numbers has no derivative", "a function that has no derivative of complex numbers here, refused by name"),
    (r"derivatives are taken of floats", "a derivative of what holds no floats is refused"),
    (r"has no attribute '(_dot|make_diagonal)'", "a function that autograd has and NumPy has not"),
    (r"unexpected keyword argument|takes \d+ positional", "autograd's own signature of a transform"),
    (r"DID NOT RAISE .*TypeError", "a write to an array, which autograd refuses; here it is differentiated"),
    (r"DID NOT RAISE .*NotImplementedError", "a transform that autograd has no derivative of; here it has one"),
    (r"ImportError|ModuleNotFoundError", "(files, in none of the counts above) about autograd's insides, which they import"),
]  # fmt: skip


def fetched(folder: Path) -> Path:
    """autograd's source distribution, unpacked into a folder."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "--no-binary",
        "autograd",
        "autograd",
        "-d",
        str(folder),
    ]
    subprocess.run(command, check=True)
    (archive,) = folder.glob("autograd-*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return next(path for path in folder.iterdir() if path.is_dir())


def run(source: Path) -> str:
    """What pytest says of the suite."""
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "autograd_stand_in", "-p", "no:cacheprovider", "-W", "ignore",
        "-c", os.devnull, "--rootdir=tests", "--continue-on-collection-errors", "-rfE", "--tb=line", "tests",
    ]  # fmt: skip
    environment = os.environ | {
        "PYTHONPATH": str(HERE.parent / "tests" / "peers"),
        "COLUMNS": "1000",
        "PYTHONUTF8": "1",
        "PYTEST_ADDOPTS": "",  # options of a run of our own tests, which this suite does not know
    }
    done = subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True, check=False)
    return done.stdout


def report(said: str, version: str) -> str:
    """The page: n of N, and the reason of each failure."""
    lines = [line for line in said.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    numbers = {
        word: int(number)
        for number, word in re.findall(r"(\d+) (passed|failed|skipped|errors?)", said.splitlines()[-1])
    }
    by_reason: dict[str, list[str]] = {}
    for line in lines:
        test, _, message = line.partition(" ")[2].partition(" - ")
        if line.startswith("ERROR ") and not message:  # of a file that could not be collected, pytest says no more here
            message = "ImportError" if "ImportError" in said or "ModuleNotFoundError" in said else ""
        reason = next((reason for pattern, reason in REASONS if re.search(pattern, message)), None)
        if reason is None:
            raise SystemExit(f"No reason is known for {line}")
        by_reason.setdefault(reason, []).append(test.removeprefix("tests/").replace("::", ": "))
    passed, failed = numbers.get("passed", 0), numbers.get("failed", 0)
    counts = Counter({reason: len(tests) for reason, tests in by_reason.items()})
    rows = "\n".join(
        f"| {count} | {reason} | {', '.join(sorted(by_reason[reason]))} |" for reason, count in counts.most_common()
    )
    return (
        "## autograd's own tests\n\n"
        f"With NumPy itself in the place of `autograd.numpy`, **{passed} of {passed + failed}** of the tests of "
        f"autograd {version} that can be run pass; {numbers.get('skipped', 0)} are skipped (nothing "
        f"in them can be checked, or they need xarray), and "
        f"{numbers.get('errors', numbers.get('error', 0))} files of tests import autograd's insides. "
        "Written by `python docs/autograd_suite.py`.\n\n"
        f"| tests | why they fail | which |\n|---|---|---|\n{rows}\n"
    )


def main() -> int:
    """Run the suite and write the page."""
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(sys.argv[1]) if len(sys.argv) > 1 else fetched(Path(temporary))
        made = report(run(source), source.name.partition("-")[2])
    PAGE.write_text(made, encoding="utf-8")
    print(made.splitlines()[2])
    return 0


if __name__ == "__main__":
    sys.exit(main())
