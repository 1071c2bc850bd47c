"""What the READMEs say is true: their code runs, prints what they print, and both languages say the same."""

import os
import re
from pathlib import Path

import pytest

import chainrule as cr

ROOT = Path(__file__).resolve().parents[1]
ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh.md").read_text(encoding="utf-8")


def blocks(text, language):
    return re.findall(rf"```{language}\n(.*?)```", text, re.S)


@pytest.mark.names
def test_the_derivative_is_printed_as_shown(capsys):
    source, shown, *_ = blocks(ENGLISH, "python")
    exec(compile(source, "README.md", "exec"), {})
    assert capsys.readouterr().out.endswith("\n\n" + shown + "\n")


def test_the_network_examples_run(tmp_path, monkeypatch):
    sources = [block for block in blocks(ENGLISH, "python") if "mnist()" in block]
    train, valid, test = cr.datasets.mnist()
    small = tuple(cr.datasets.Dataset(each.images[:300], each.labels[:300]) for each in (train, valid, test))
    monkeypatch.setattr(cr.datasets, "mnist", lambda: small)
    monkeypatch.chdir(tmp_path)
    sizes = []
    for source in sources:
        scope = {}
        exec(compile(re.sub(r"epochs=\d+", "epochs=1", source), "README.md", "exec"), scope)
        sizes.append(scope["net"].sizes)
    assert sizes == [[784, 30, 10], [784, 100, 10], [784, 100, 10], *[[784, 30, 10]] * 3]
    assert {*os.listdir(tmp_path)} == {"digits.safetensors", "digits.py", "digits.h", "page.html", "digits.js"}


def test_the_rosenbrock_example_runs():
    source = next(block for block in blocks(ENGLISH, "python") if "rosenbrock" in block)
    scope = {}
    exec(compile(source, "README.md", "exec"), scope)
    assert scope["fast"](scope["x"]) == pytest.approx(scope["rosenbrock"](scope["x"]))


def test_the_convolution_is_written_as_the_comment_says(capsys):
    source = next(block for block in blocks(ENGLISH, "python") if "sliding_window_view" in block)
    exec(compile(source, "README.md", "exec"), {})
    latex = capsys.readouterr().out
    assert [latex.count(each) for each in (r"w \star a", r"\delta_{z} \star a", r"\delta_{z} * w")] == [1, 1, 1]


def test_the_examples_for_those_who_come_from_elsewhere_run():
    found = []
    for source in blocks((ROOT / "docs" / "from-autograd.md").read_text(encoding="utf-8"), "python"):
        *_, last = source.rstrip().splitlines()
        scope = {}
        exec(compile(source, "from-autograd.md", "exec"), scope)
        found.append(eval(last, scope))
    (gradient, second), moved, (slope, direction) = found
    assert [abs(each) for each in moved] == pytest.approx(
        [0.005] * 3, rel=0.1
    )  # the first steps of Adam have all one length
    assert gradient.shape == (5,) and second.shape == (5, 5)
    assert slope == 1.0 and direction == pytest.approx([0.6, 0.8])


def test_the_dimension_error_is_as_shown(tmp_path):
    (shown,) = (block for block in blocks(ENGLISH, "text") if block.startswith("DimensionError"))
    model = tmp_path / "model.py"
    lines = [""] * 9 + [
        "import numpy as np",
        "def layer(w2, b2, x, ones):",
        "    a1 = np.vstack([x, ones])",
        "    # the bias",
        "    z2 = w2 @ a1 + b2",
        "    return np.sum(z2)",
    ]
    model.write_text("\n".join(lines))
    scope = {}
    exec(compile(model.read_text(), str(model), "exec"), scope)
    shapes = [(30, 784), (30, 1), (784, 10), (1, 10)]
    with pytest.raises(cr.DimensionError) as error:
        cr.trace(scope["layer"], [cr.Spec(shape) for shape in shapes])
    assert f"DimensionError: {error.value}\n" == shown


def test_the_webassembly_example_runs(tmp_path, monkeypatch):
    """`tests/browser/` has what Node prints of it."""
    monkeypatch.chdir(tmp_path)
    exec(next(block for block in blocks(ENGLISH, "python") if "webassembly" in block), {})
    assert "instantiate" in (tmp_path / "slope.mjs").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["python", "sh", "powershell", "text", "js"])
def test_both_languages_show_the_same_code(language):
    def bare(text):
        return [re.sub(r"\s+(#|// ).*", "", block) for block in blocks(text, language)]

    assert bare(ENGLISH) == bare(CHINESE)
    assert bare(ENGLISH)


def test_both_languages_have_the_same_parts():
    def headings(text):
        return [line.partition(" ")[0] for line in text.splitlines() if re.match("#+ ", line)]

    def figures(text):
        return re.findall(r"!\[[^\]]*\]\([^)]*\)", text)

    assert headings(ENGLISH) == headings(CHINESE)
    assert figures(ENGLISH) == figures(CHINESE)
