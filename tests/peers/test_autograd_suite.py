"""autograd's own tests against chainrule: every failure has a reason that docs/coverage.md tells, and the figures there hold.

The tests are read from `CHAINRULE_AUTOGRAD`, a folder with autograd's source distribution, or fetched with pip.
"""

import importlib.util
import os
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.peers
pytest.importorskip("scipy")
ROOT = Path(__file__).resolve().parents[2]


def test_the_figures_hold(tmp_path):
    spec = importlib.util.spec_from_file_location("autograd_suite", ROOT / "docs" / "autograd_suite.py")
    suite = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(suite)
    folder = os.environ.get("CHAINRULE_AUTOGRAD")
    try:
        source = Path(folder) if folder else suite.fetched(tmp_path)
    except subprocess.CalledProcessError:
        pytest.skip("autograd's source distribution cannot be fetched; name its folder in CHAINRULE_AUTOGRAD")
    made = suite.report(suite.run(source), source.name.partition("-")[2])
    assert made == suite.PAGE.read_text(encoding="utf-8"), "run python docs/autograd_suite.py"
