"""What the site's pages say is true: their code runs, prints what they print, and both languages say the same."""

import builtins
import importlib.util
import inspect
import re
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.images import read_digit
from chainrule.show import po

spec = importlib.util.spec_from_file_location("site_pages", Path(__file__).with_name("pages.py"))
site = importlib.util.module_from_spec(spec)
spec.loader.exec_module(site)
ENGLISH, CHINESE, running = site.ENGLISH, site.CHINESE, site.running
REPORTS = re.search(r"^REPORTS = \((.*?)^\)", (site.SITE / "made.py").read_text(encoding="utf-8"), flags=re.S | re.M)[1]
LINK = re.compile(r"\]\(([^)\s#]+\.md)")


@pytest.mark.names
@pytest.mark.parametrize("name", [each for each in ENGLISH if running.blocks(ENGLISH[each])])
def test_the_code_of_a_page_prints_what_stands_there(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    assert running.renewed(ENGLISH[name]) == ENGLISH[name]


START = next(name for name in ENGLISH if name.endswith("start.md"))


def test_the_start_counts_the_lines_that_stand_there():
    (printed,) = [each.text for each in running.blocks(ENGLISH[START]) if "def backprop(" in each.text]
    lines = [line for line in printed.partition("def backprop(")[2].splitlines()[1:] if " = " in line]
    forward = next(k for k, line in enumerate(lines) if line.strip().startswith("δ"))
    assert (forward, len(lines) - forward) == (4, 6)
    assert "\nFour lines forward, six lines backward." in ENGLISH[START]
    assert "\n前四行是前向，后六行是反向。" in CHINESE[START]


def test_the_error_that_the_start_shows_is_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    net = cr.Network([784, 30, 10], seed=0)  # as `chainrule train` does
    net.fit(*cr.datasets.mnist()[0], epochs=30, batch_size=10, learning_rate=3.0)
    scope = {}
    for block in running.blocks(ENGLISH[START]):
        if ".save(" in block.text:
            exec(block.text, scope)
    (asked,) = re.findall(r"chainrule explain net\.safetensors --image (\S+) --label (\d)", ENGLISH[START])
    activations = net(read_digit(asked[0]))[0]
    answer, truth = int(activations.argmax()), int(asked[1])
    assert f"Here is a {truth} of the test images that it reads as a {answer}." in ENGLISH[START]
    assert f"测试图像里有一个 {truth}，它读作 {answer}。" in CHINESE[START]
    slopes = activations * (1 - activations)  # σ′ of the outputs, small where they are saturated
    errors = np.abs((activations - np.eye(10)[truth]) * slopes)
    assert errors[[answer, truth]].min() > 0.01, "there is an error to see"


def test_what_is_printed_otherwise_is_found():
    page = "```python\nprint(1 + 1)\n```\n\n<!-- prints -->\n```text\n3\n```\n"
    assert running.renewed(page) == page.replace("3", "2")


def test_code_that_fails_is_found():
    with pytest.raises(ZeroDivisionError):
        running.run("```python\n1 / 0\n```\n")
    with pytest.raises(RuntimeError, match=r"derive nothing\.safetensors failed"):
        running.run("```sh\nchainrule derive nothing.safetensors\n```\n")


def test_both_languages_have_the_same_pages():
    assert ENGLISH.keys() == CHINESE.keys()


@pytest.mark.parametrize("index", [ENGLISH["reports/index.md"], CHINESE["reports/index.md"]], ids=["en", "zh"])
def test_every_report_stands_in_the_contents(index):
    """Sphinx refuses to build a site that has a page without its place."""
    (contents,) = re.findall(r"```\{toctree\}\n:hidden:\n\n(.*?)\n```", index, flags=re.S)
    listed = [re.sub(r".*<(.*)>", r"\1", line) for line in contents.splitlines()]
    assert sorted(listed) == sorted(re.findall(r'"([\w-]+)"', REPORTS))


@pytest.mark.parametrize("name", ENGLISH)
def test_both_languages_have_the_same_parts_and_code(name):
    def code(page):
        return [
            (block.language, re.sub(r"\s+(#|// ).*", "", block.text))
            for block in running.blocks(page)
            if block.mark or block.language != "text"  # what stands there to be read alone is in the reader's language
        ]

    def parts(page):
        bare = re.sub(r"^(`{3,}).*?^\1$", "", page, flags=re.S | re.M)
        return [line.partition(" ")[0] for line in bare.splitlines() if re.match("#+ ", line)]

    assert code(CHINESE[name]) == code(ENGLISH[name])
    assert parts(CHINESE[name]) == parts(ENGLISH[name])
    assert sorted({*LINK.findall(CHINESE[name])}) == sorted({*LINK.findall(ENGLISH[name])})


@pytest.mark.parametrize("name", ENGLISH)
def test_links_hold_in_the_repository(name):
    """But for those to pages that are made when the site is built."""
    for folder in ("en", "zh"):
        page = site.pages(folder)[name]
        for link in re.findall(r"\]\(([^)\s#]+\.(?:md|svg|webp))", page):
            path = (site.SITE / folder / name).parent / link
            assert path.is_file() or path.parent.name in ("core", "gallery") or re.match(r"\w+:", link), link


GLOSSARY_FILE = Path(__file__).parents[1] / "show" / "test_glossary.py"


def test_chinese_pages_say_the_one_word():
    spec = importlib.util.spec_from_file_location("glossary", GLOSSARY_FILE)
    glossary = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(glossary)
    wrong = [
        (name, found[0], preferred)
        for name, page in CHINESE.items()
        for preferred, other in glossary.GLOSSARY.items()
        if (found := re.search(other, re.sub(r"`[^`]*`|“[^”]*”", "", page))) and not found[0].isascii()
    ]
    assert not wrong


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_public_name_stands_in_the_reference_once(language):
    listed = site.shown(language).keys()
    wanted = set(site.public_names()) - {"__version__", "datasets"}
    assert {"grad", "layers.Conv", "datasets.mnist", "sklearn.from_sklearn", "training.optimizers.adam"} <= wanted
    assert not {each for each in wanted if each not in listed and f"layers.{each}" not in listed}


def test_what_public_functions_give_and_raise_stands_in_the_reference():
    listed = {name.rpartition(".")[2] for name in site.shown()}
    missing = set()
    for name, thing in site.documented():
        given = str(thing.__annotations__.get("return", "")) if inspect.isfunction(thing) else ""
        raised = re.search(r"^Raises:\n(.*?)(?:\n\n|\Z)", inspect.getdoc(thing) or "", re.S | re.M)
        named = re.findall(r"(?m)^    (\w+):", raised[1] if raised else "") + re.findall(r"\b[A-Z]\w+", given)
        missing |= {(each, name) for each in named if each not in listed and not hasattr(builtins, each)}
    assert {each for each, _ in missing} <= PLAIN, missing


PLAIN = {"Any", "Array", "Callable", "Example", "Function", "Iterator", "Mapping", "Operand", "Row", "Schedule", "Self",
         "Sequence", "Shape"}  # fmt: skip
"""Types that say nothing which a page of their own could add."""


# ---- what newcomers ask, fixed before the pages were written; each answer is at most two clicks from the first page ----

ASKED = {
    "What is δ?": "error",
    "Which formula is applied to which number?": "chainrule explain",
    "Where do I see values in the middle of a network, and errors?": "made.values",
    "Which of my shapes is wrong?": "the inner dimensions differ",
    "My gradient is wrong. Where?": "check_grad",
    "My network does not learn.": "net.diagnose",
    "What is a good learning rate?": "find_learning_rate",
    "Does the download of MNIST still work?": "come with the package",
    "Can code that writes to arrays be differentiated?": "dC_du[1:-1]",
    "How do I get the weights out?": "net.export",
}


@pytest.mark.parametrize("question", ASKED)
def test_what_newcomers_ask_is_answered_within_two_clicks(question):
    assert "questions.md" in LINK.findall(ENGLISH["index.md"])
    _, _, rest = ENGLISH["questions.md"].partition(question)
    answer = LINK.search(rest.split("\n\n")[0])
    assert ASKED[question] in ENGLISH[answer[1]]


# ---- the reference in Chinese: the first sentence of each docstring --------------------------------------------------


def first_paragraphs():
    return {" ".join(inspect.getdoc(each).split("\n\n")[0].split()) for _, each in site.documented()}


def test_the_reference_says_in_chinese_what_each_name_is():
    path = site.SITE / "locale" / "zh_CN" / "LC_MESSAGES" / "reference.po"
    entries = {english: text for (_, english), text in po.read(path.read_text(encoding="utf-8")).items() if english}
    assert all(
        re.search(r"[\u4e00-\u9fff]", text) or english.startswith("`targets") for english, text in entries.items()
    )
    assert first_paragraphs() <= entries.keys()


def test_headings_of_chinese_pages_are_chinese():
    same = {
        line
        for page in CHINESE.values()
        for line in re.sub(r"^(`{3,}).*?^\1$", "", page, flags=re.S | re.M).splitlines()
        if re.match("#+ ", line) and not re.search(r"[\u4e00-\u9fff]", line)
    }
    assert same == {"# chainrule", "# scikit-learn", "## NaN"} | {
        f"## {peer}"
        for peer in ("JAX", "PyTorch", "TensorFlow Playground", "autograd", "jax-js", "scikit-learn", "tangent-ad")
    }
