"""An explanation in a notebook: run by nbconvert in a fresh kernel, exported, and found in the page."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

CELL = """\
import numpy as np, chainrule as cr
test = cr.datasets.mnist()[2]
cr.Network([784, 12, 10], seed=0).explain(test.images[0], test.labels[0])
"""


def test_a_notebook_shows_the_steps(tmp_path, monkeypatch):
    nbformat, nbconvert = pytest.importorskip("nbformat"), pytest.importorskip("nbconvert")
    monkeypatch.setenv("CHAINRULE_LANG", "en")
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    beside = Path(nbconvert.__file__).parents[4] / "share" / "jupyter"  # its templates, wherever it is installed
    monkeypatch.setenv("JUPYTER_PATH", str(beside))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    nbconvert.preprocessors.ExecutePreprocessor(timeout=120).preprocess(notebook, {"metadata": {"path": str(tmp_path)}})
    (output,) = notebook.cells[0].outputs
    html = output["data"]["text/html"]
    assert "<script" not in html
    assert len(re.findall(r'<section class="cr-step"', html)) == 7
    page, _ = nbconvert.HTMLExporter().from_notebook_node(notebook)
    assert page.count('<section class="cr-step"') == 7
    assert page.count("<math>") == html.count("<math>")
    pictures = re.findall(r'src="(data:image/png;base64,[^"]+)"', html)
    assert pictures
    assert all(each in page for each in pictures)
