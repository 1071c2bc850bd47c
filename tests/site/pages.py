"""The pages of the site, and what runs them: `docs/site/running.py`."""

import importlib.util
import sys
from pathlib import Path

SITE = Path(__file__).resolve().parents[2] / "docs" / "site"


def module(name):
    """A file of docs/site as a module."""
    spec = importlib.util.spec_from_file_location(f"site_{name}", SITE / f"{name}.py")
    made = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


running = module("running")


def pages(language):
    """The pages of a language that are written by hand, by their names."""
    folder = SITE / language
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in running.written(folder)}


ENGLISH, CHINESE = pages("en"), pages("zh")
