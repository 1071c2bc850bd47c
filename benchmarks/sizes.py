"""How much an installation weighs: each package with all it needs, alone in a new folder; writes `results/sizes.json`."""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
INSTALLED = {
    "chainrule": [str(HERE.parent)],
    "chainrule[native]": [f"{HERE.parent}[native]"],
    "JAX": ["jax"],
    "PyTorch": ["torch"],
    "scikit-learn": ["scikit-learn"],
}


def megabytes(packages: list[str]) -> float:
    """What pip puts into a new folder, in units of 1,000,000 bytes."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", folder, *packages]
        subprocess.run(command, check=True)
        return round(
            sum(p.stat().st_size for p in Path(folder).rglob("*") if p.is_file() and not p.is_symlink()) / 1e6, 1
        )


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="chainrule alone; nothing is written")
    quick = parser.parse_args().quick
    found = {}
    for name, packages in list(INSTALLED.items())[: 1 if quick else None]:
        found[name] = megabytes(packages)
        print(f"{name}: {found[name]} MB", flush=True)
    if not quick:
        (HERE / "results" / "sizes.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
