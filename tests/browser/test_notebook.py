"""What is shown in a notebook: run by nbconvert in a fresh kernel, exported, and found in the page; and listings and runs of
training beside the style sheets of notebooks."""

import re
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.show.run import html as run_html
from chainrule.training.history import Epoch, History, Score

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


HOSTS = {  # what notebooks say of the output of a cell, in our words: whatever they say, a listing stays one
    "JupyterLab": (
        '<div class="jp-OutputArea-output jp-RenderedHTMLCommon jp-RenderedHTML">{}</div>',
        """.jp-RenderedHTMLCommon { font-family: sans-serif; font-size: 14px; line-height: 1.6; text-align: justify }
        .jp-RenderedHTMLCommon pre, .jp-OutputArea-output pre { font-family: sans-serif; border: 1px solid; margin: 9px;
          padding: 9px; word-break: break-all; overflow-wrap: break-word; white-space: pre-wrap; background: #eee }
        .jp-RenderedHTMLCommon td { white-space: normal; text-align: left; font-family: serif }
        .jp-RenderedHTMLCommon table { table-layout: fixed; width: 100%; margin: 1em auto }""",
    ),
    "nbconvert, classic": (
        '<div class="output_area"><div class="output_html rendered_html output_subarea">{}</div></div>',
        """div.output_subarea { max-width: calc(100% - 14ex); font-family: Helvetica, sans-serif }
        div.output_area pre, div.output_subarea pre, .rendered_html pre { font-family: sans-serif; white-space: pre-wrap;
          word-wrap: break-word; line-height: 1.2; padding: 1em; margin: 1em 2em; background: #fff; color: #000 }
        .rendered_html td { white-space: normal; max-width: none }""",
    ),
    "VS Code": (
        '<div class="output_container"><div class="output"><div class="vscode-light">{}</div></div></div>',
        """.output_container, .output { font-family: system-ui, sans-serif; white-space: normal }
        .output_container .output pre, #container .output pre { font-family: system-ui; white-space: pre-wrap;
          overflow-wrap: anywhere; line-height: 22px }
        .output_container td { white-space: normal }""",
    ),
    "Colab": (
        '<div id="output-body" class="output-body"><div class="display_data output_subarea output_html">{}</div></div>',
        """.output-body { font-family: Roboto, Noto, sans-serif }
        #output-body pre, .output-body pre { font-family: Roboto, sans-serif; white-space: pre-wrap; word-break: break-word;
          font-size: 14px; padding: 0 8px }
        .output-body td { white-space: normal }""",
    ),
}
LAYOUT = """(listing) => {
  const style = getComputedStyle(listing);
  const range = document.createRange();
  const lines = new Map();  // of each character, the line that it is drawn in, by the line that it is written in
  const columns = new Map();  // and where it stands, by its column
  const walker = document.createTreeWalker(listing, NodeFilter.SHOW_TEXT);
  let line = 0;
  let column = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    for (let at = 0; at < node.length; at += 1) {
      if (node.data[at] === "\\n") { line += 1; column = 0; continue; }
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      const box = range.getBoundingClientRect();
      const middle = Math.round((box.top + box.bottom) / 2 / parseFloat(style.lineHeight));
      lines.set(line, (lines.get(line) ?? new Set()).add(middle));
      if (node.data.charCodeAt(at) < 128) columns.set(column, (columns.get(column) ?? new Set()).add(Math.round(box.left)));
      column += 1;
    }
  return {
    font: style.fontFamily, space: style.whiteSpace, count: lines.size,
    broken: [...lines.values()].filter((each) => Math.max(...each) - Math.min(...each) > 1).length,
    uneven: [...columns.values()].filter((each) => Math.max(...each) - Math.min(...each) > 1).length,
  };
}"""


def layer(w, b, x, y):
    z = w @ x + b
    activation_with_a_name_that_makes_lines_longer_than_notebooks_are_wide = 1 / (1 + np.exp(-z))
    return 0.5 * np.sum((activation_with_a_name_that_makes_lines_longer_than_notebooks_are_wide - y) ** 2)


def listings():
    """What is shown as text whose columns count, by what it is."""
    program = cr.derive(layer, [np.ones((3, 4)), np.ones((3, 1)), np.ones((4, 5)), np.ones((3, 5))], ("w", "b"))
    return {
        "a derivative": program._repr_html_(),
        "an exercise": cr.exercise("delta")._repr_html_(),
        "dimensions": cr.Network([784, 30, 10]).dimensions()._repr_html_(),
    }


def require_columns(page, signs=False):
    """Each line is drawn as one, in letters of one width; where there are signs of mathematics, which few fonts of one width
    have, those may differ."""
    elements = page.locator("pre").all()
    assert elements
    for element in elements:
        found = element.evaluate(LAYOUT)
        assert found["font"].startswith("ui-monospace") and found["space"] == "pre", found
        assert found["count"] >= 3 and found["broken"] == 0 and (signs or found["uneven"] == 0), found


@pytest.mark.wide
@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("order", ["before", "after"])
def test_a_listing_keeps_its_columns_whatever_the_notebook_says(chromium, host, order):
    frame, rules = HOSTS[host]
    with chromium.new_page(viewport={"width": 640, "height": 800}) as page:
        for name, html in listings().items():
            style = f"<style>{rules}</style>"
            content = style + frame.format(html) if order == "before" else frame.format(html) + style
            page.set_content(f'<!doctype html><meta charset="utf-8"><body id="container">{content}</body>')
            require_columns(page, signs=name == "dimensions")


def runs():
    """Runs as they end in all ways: with validation and without, of one epoch and of many, of numbers, diverged."""

    def score(cost, correct=90):
        return Score(cost, correct, 100)

    def run(count, validation=True, correct=90, **how):
        epochs = [
            Epoch(number, score(1 / number, correct), score(2 / number, correct) if validation else None, 0.5, 0.1)
            for number in range(1, count + 1)
        ]
        return History(tuple(epochs), "numpy", **how)

    return [run(1), run(7, validation=False), run(100, best=40), run(5, correct=None), run(3, diverged=True), run(0)]


@pytest.mark.wide
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("host", HOSTS)
def test_a_run_is_a_curve_and_a_table(chromium, axe, host, scheme):
    frame, rules = HOSTS[host]
    with chromium.new_page(viewport={"width": 760, "height": 800}, color_scheme=scheme) as page:
        for history in runs():
            for language in ("en", "zh"):
                html = frame.format(run_html(history, language))
                page.set_content(
                    f"<!doctype html><html lang='en'><title>Run</title><meta charset='utf-8'><style>{rules}</style>"
                    f"<body id='container'><main><h1>Run</h1>{html}</main></body></html>"
                )
                assert page.locator("svg").count() == (
                    2 if history.epochs and history.epochs[-1].train.correct else 1
                ) * bool(history.epochs)
                rows = page.locator("table tr").all()
                assert len(rows) == (min(len(history.epochs), 12) + bool(history.best) + 1 if history.epochs else 0)
                for row in rows:  # each in one line
                    assert row.bounding_box()["height"] < 36
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
                assert [fault for fault in axe(page) if not fault.startswith("region")] == []


FITTING = """\
import numpy as np, chainrule as cr
from chainrule.show import epochs
epochs._QUIET = {quiet}
x = np.random.default_rng(0).uniform(size=(60, 4))
history = cr.Network([4, 3, 2], seed=0).fit(x, (x[:, 0] > 0.5).astype(int), epochs=3, batch_size=10, executor="numpy")
history
"""


DERIVING = """\
import numpy as np, chainrule as cr
cr.derive(lambda w, x: np.sum(np.tanh(w @ x)), (np.ones((2, 3)), np.ones(3)))
"""


def test_a_long_run_shows_where_it_is_below_its_cell(tmp_path, monkeypatch, chromium):
    nbformat, nbconvert = pytest.importorskip("nbformat"), pytest.importorskip("nbconvert")
    monkeypatch.setenv("CHAINRULE_LANG", "en")
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.setenv("JUPYTER_PATH", str(Path(nbconvert.__file__).parents[4] / "share" / "jupyter"))
    cells = [FITTING.format(quiet=0), FITTING.format(quiet=60), DERIVING]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbconvert.preprocessors.ExecutePreprocessor(timeout=120).preprocess(notebook, {"metadata": {"path": str(tmp_path)}})
    line, run = notebook.cells[0].outputs
    assert line["data"]["text/plain"].startswith("epoch 3 of 3   C = ")
    assert '<progress value="1.000"' in line["data"]["text/html"]
    assert run["data"]["text/html"].count("<svg") == 2
    assert len(notebook.cells[1].outputs) == 1  # the run alone: it was short
    html, _ = nbconvert.HTMLExporter().from_notebook_node(notebook)
    with chromium.new_page() as page:
        page.set_content(html, wait_until="domcontentloaded")
        (listing,) = page.locator(".jp-OutputArea-output .cr pre").all()
        found = listing.evaluate(LAYOUT)
        assert found["font"].startswith("ui-monospace") and found["space"] == "pre" and found["broken"] == 0
