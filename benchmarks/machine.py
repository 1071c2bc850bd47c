"""What a result was measured on: versions and processor."""

import platform
from pathlib import Path

import numpy as np

import chainrule


def machine() -> dict[str, str]:
    """Versions, operating system and processor, as plain data."""
    cpu = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        cpu = f"{len(names)} × {names[0]}" if names else cpu
    return {
        "chainrule": chainrule.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "system": platform.system(),
        "processor": cpu,
    }


def line(found: dict[str, str]) -> str:
    """The same as one line for a page."""
    return (
        f"chainrule {found['chainrule']}, Python {found['python']}, NumPy {found['numpy']}, {found['system']}, "
        f"{found['processor']}"
    )
