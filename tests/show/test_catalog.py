"""The catalogs of languages: every text that the package can say has its translation, with the same places, and nothing else."""

import ast
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chainrule.core.errors import ChainruleError
from chainrule.show.language import catalog, languages
from chainrule.show.po import read
from chainrule.show.scripts import texts_in

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("catalog_script", ROOT / "docs" / "catalog.py")
script = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(script)

ENGLISH = re.compile(
    r"(?<![.\w-])(a|an|and|are|be|by|cannot|expected|for|from|give|has|have|is|it|its|must|needs?|no|not|of|on|or|out|take|than|that|"
    r"the|there|they|to|use|was|where|which|with|write)(?![=\w])"
)


def faults(entries, templates):
    """What is wrong with the entries of a language, of which the templates are to be said."""
    for (context, english), translation in entries.items():
        if (context, english) == ("", ""):
            continue
        if (context, english) not in templates:
            yield f"unused: {english}"
        try:
            alike = script.places(translation) == script.places(english)
        except ValueError:
            alike = False
        if not alike:
            yield f"other places: {english}"
    for key in templates:
        if script.needed(key[1]) and not entries.get(key):
            yield f"missing: {key[1]}"


@pytest.mark.parametrize("language", languages()[1:])
def test_every_text_has_its_translation_with_the_same_places(language):
    found = list(faults(catalog(language), script.templates()))
    assert not found, "python docs/catalog.py writes what is missing, for a translator to fill in"


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({("", "seed {seed}"): "种子"}, "other places: seed {seed}"),
        ({("", "seed {seed}"): "种子 {seeds}"}, "other places: seed {seed}"),
        ({("", "seed {seed}"): "种子 {"}, "other places: seed {seed}"),
        ({("", "seed {seed}"): ""}, "missing: seed {seed}"),
        ({("", "nobody says this"): "没有人这样说"}, "unused: nobody says this"),
    ],
)
def test_a_planted_fault_is_seen(changed, fault):
    assert list(faults(catalog("zh") | changed, script.templates())).count(fault) >= 1


def test_a_template_that_is_composed_is_seen():
    """What is given as a template is a literal, so that it can be found: no f-string, no sum of texts."""
    composed = []
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in script.ROOT.rglob("*.py")}
    takes = script.TAKES | dict.fromkeys(script.errors(trees), (0,))
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                given = [node.args[at] for at in takes.get(name, ()) if name in takes and at < len(node.args)]
                if any(isinstance(each, ast.JoinedStr) for each in given) and name != "__init__":
                    composed.append(f"{path.name}:{node.lineno}")
    assert not composed


def test_a_template_stands_in_the_call_that_says_it():
    """A literal that a variable holds before it is given as a template is not found, so it would have no translation."""
    hidden = []
    for path in sorted(script.ROOT.rglob("*.py")):
        functions = [
            node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)
        ]
        hidden += [f"{path.name}: {name}" for function in functions for name in templates_in_variables(function)]
    assert not hidden


def templates_in_variables(function):
    """The variables of a function that hold a literal with words and are given as templates."""
    nodes = list(ast.walk(function))
    literals = {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and any(map(script.needed, script._literals(node.value)))
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in nodes:
        if isinstance(node, ast.Call):
            positions = script.TAKES.get(getattr(node.func, "id", getattr(node.func, "attr", "")), ())
            arguments = [node.args[place] for place in positions if place < len(node.args)]
            yield from (each.id for each in arguments if isinstance(each, ast.Name) and each.id in literals)


@pytest.mark.parametrize("line", ['raise DataError(f"{path} is gone")', 'refuse("x", f"write {code}")'])
def test_the_check_for_composed_templates_catches(line):
    call = next(node for node in ast.walk(ast.parse(line)) if isinstance(node, ast.Call))
    assert any(isinstance(each, ast.JoinedStr) for each in call.args)


NO_TEXTS = {"picture source", "not all", "one number1", "one cost"}  # a selector, a media query, names of arrays


def unmarked(source):
    """Strings of a script with words that it does not give as a text."""
    texts = {english for _, english in texts_in(source)}
    code = re.sub(r"(?m)^\s*(//|/?\*).*$|(?<=[;{}(,]) // .*$", "", source)
    strings = re.findall(r'"((?:[^"\\\n]|\\.)*)"', code)
    return [each for each in strings if re.search("[A-Za-z]{2} [a-z]{2}", each) and each not in texts | NO_TEXTS]


NOT_SPOKEN = {"index", "place", "sizes", "found"}
"""Values with commas that each language leaves: places in arrays, sizes, and what a file has."""


def joined_in_english(source):
    """Words that stand in a text, and are put together so that no language joins them in its own way."""
    for node in ast.walk(ast.parse(source)):
        listing = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and (node.left, node.right)
        if any(isinstance(each, ast.Call) and getattr(each.func, "id", "") == "listed" for each in listing or ()):
            yield node.lineno
        if not isinstance(node, ast.Call):
            continue
        named = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
        if named in ("message", "say", "sentence", "filled") or named.endswith("Error"):
            values = [each.value for each in node.keywords if each.arg not in NOT_SPOKEN]
            inside = [each.func for value in values for each in ast.walk(value) if isinstance(each, ast.Call)]
            if any(isinstance(each, ast.Attribute) and ast.unparse(each) == "', '.join" for each in inside):
                yield node.lineno


def test_words_one_after_another_are_joined_by_each_language():
    """Chinese has 、 between them, where `", ".join(…)` and `listed(…) + ", …"` leave the English comma."""
    assert [*joined_in_english('DataError("{names}", names=", ".join(names))')] == [1]
    assert [*joined_in_english('texts = listed(names[:2]) + ", …"')] == [1]
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted((ROOT / "src" / "chainrule").rglob("*.py"))
        for line in joined_in_english(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_every_sentence_of_the_page_is_given_as_a_text():
    pages = {path.name: unmarked(path.read_text(encoding="utf-8")) for path in script.ROOT.rglob("*.js")}
    assert not any(pages.values()), pages
    assert unmarked('tool("Next mistake", go); el("p.cap", { say: "Draw a digit" })') == ["Next mistake"]


def test_chinese_has_its_own_punctuation_and_no_english_left():
    for (_, english), chinese in catalog("zh").items():
        if not english:
            continue
        bare = re.sub(r"\{.*?\}|`.*?`|'.*?'|\(.*?\)|\[.*?\]|chainrule [ -~]*|--\S+", "", chinese)
        assert not re.search(r"[一-鿿][,;:!?](?!\w)|[,;:!?][一-鿿]", bare), chinese
        assert not re.search(r"[一-鿿]\.$", chinese), chinese


def test_a_catalog_is_written_anew_with_what_it_has_and_another_is_begun():
    for language in languages()[1:]:
        assert read(script.written(language)) == catalog(language)
    begun = script.written("zxx")
    assert read(begun).keys() == {("", "")}  # nothing is translated
    assert begun.count("\nmsgid ") == sum(script.needed(template) for _, template in script.templates())


# ---- a language is a file --------------------------------------------------------------------------------------------

RUN = """
import pathlib, sys
from chainrule.show import language
language.FOLDER = pathlib.Path(sys.argv.pop(1))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The languages with one more, in which every letter of English stands between marks."""
    folder = tmp_path_factory.mktemp("languages")
    lines = ['msgid ""', 'msgstr "Language: tlh\\nX-Name: tlhIngan\\n"']
    for context, english in script.templates():
        lines += [f"msgctxt {script._quoted(context)}"] if context else []
        lines += [f"msgid {script._quoted(english)}", f"msgstr {script._quoted(f'⟦{english}⟧')}"]
    (folder / "tlh.po").write_text("\n".join(lines), encoding="utf-8")
    zh = ROOT / "src/chainrule/show/languages/zh.po"
    (folder / "zh.po").write_bytes(zh.read_bytes())
    return folder


def spoken(folder, code, *typed):
    """What Python prints, with the languages of this folder."""
    done = subprocess.run(
        [sys.executable, "-c", RUN + code, str(folder), *typed],
        capture_output=True, encoding="utf-8", timeout=300, check=False,
        env=os.environ | {"PYTHONIOENCODING": "utf-8", "COLUMNS": "300", "CHAINRULE_LANG": ""},
    )  # fmt: skip
    return done.stdout + done.stderr


COMMAND = "from chainrule.cli import main; sys.exit(main(sys.argv[1:]))"


def test_another_language_is_another_file_for_errors_and_help(folder):
    assert "⟦There is no command 'trane'; did you mean this one?⟧" in spoken(folder, COMMAND, "trane", "--lang", "tlh")
    assert "⟦--epochs is '0'; it must be ⟦a whole number from 1⟧.⟧" in spoken(
        folder, COMMAND, "train", "--epochs", "0", "--lang=tlh"
    )
    told = spoken(folder, COMMAND, "shapes", "--help", "--lang", "tlh")
    assert "--lang en|tlh|zh" in told
    assert "⟦examples⟧" in told


def test_another_language_is_another_file_for_screens(folder):
    told = spoken(folder, COMMAND, "shapes", "4,3", "--lang", "tlh")
    assert "⟦" in told
    bare = told.replace("\n", " ")
    while "⟦" in bare and "⟧" in bare:
        bare, before = re.sub("⟦[^⟦⟧]*⟧", "", bare), bare
        if bare == before:
            break
    assert not ENGLISH.search(bare), bare


def test_another_language_is_another_file_for_an_explanation_and_for_the_page(folder):
    code = """
import chainrule as cr, numpy as np
from chainrule.explain.document import document
html = document(cr.Network([4, 3], seed=0).explain(np.zeros(4), 1), language="tlh")
assert 'lang="tlh"' in html and "⟦" in html and "tlhIngan" in html and "中文" in html
import base64, json, re, zlib
page = cr.Network([4, 3, 2], seed=0).look(np.eye(4), [0, 1, 1, 0]).html
words = json.loads(zlib.decompress(base64.b64decode(re.search('id="packed">([^<]*)<', page)[1])))["words"]
assert list(words) == ["en", "tlh", "zh"] and words["tlh"]["tag"] == "tlh" and words["tlh"]["name"] == "tlhIngan"
assert words["tlh"]["texts"]["Train"] == "⟦Train⟧" and words["tlh"]["texts"]["setting\x04seed"] == "⟦seed⟧"
print("said")
"""
    assert spoken(folder, code) == "said\n"


@pytest.mark.parametrize("language", languages()[1:])
def test_the_code_of_a_language_stands_in_no_line(language):
    """But in examples: the languages are the files that there are, for the page's scripts as well."""
    found = []
    for path in script.ROOT.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found += [
            (path.name, each.lineno)
            for each in ast.walk(tree)
            if isinstance(each, ast.Constant) and each.value == language
        ]
    for path in [*script.ROOT.rglob("*.js"), *script.ROOT.rglob("*.html")]:
        found += [path.name] * len(re.findall(rf"[\"'`]{language}\b", path.read_text(encoding="utf-8")))
    assert not found


def test_every_error_of_the_package_carries_its_template():
    assert ChainruleError("{a} is {b}.", a=1, b=2).args[0].template == "{a} is {b}."
