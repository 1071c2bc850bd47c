"""Texts of the page with places in them are right for every digit and every number: articles, plurals, measure words."""

import re
import sys
from pathlib import Path

import pytest

from chainrule.show import po
from chainrule.show.language import FOLDER

from ..browser.engines import in_node

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
import catalog

FRONT = catalog.ROOT / "page" / "front"
TEXTS = sorted({text for path in FRONT.glob("*.js") for _, text in catalog.texts_in(path.read_text(encoding="utf-8"))})
PLACED = [text for text in TEXTS if catalog.places(text)]
NUMBERS = (0, 1, 2, 11)
ONE = "①"  # a 1 that was put in, not one of the text itself
PLACE = re.compile(r"\{(\w+)(?::([^{}|]*)(?:\|([^{}]*))?)?\}")

NAMES = {
    "j",
    "k",
    "map",
    "layer",
    "neuron",
    "number",
    "step",
    "row",
    "column",
    "before",
    "read",
    "truth",
    "name",
    "first",
    "who",
    "sign",
}
"""Places that have a name or a number by which something is called, after which a verb may stand: neuron 1 says."""
NEVER_ONE = {
    ("The text has {count:,} different characters; a small GPT learns up to {most:,}.", "count"),
    ("Train {hidden} hidden {activation} neurons at learning rate {eta} for {epochs} epochs", "activation"),  # fields
    ("Train {hidden} hidden {activation} neurons at learning rate {eta} for {epochs} epochs", "epochs"),
    ("Train this network at learning rate {eta} for {epochs} epochs", "epochs"),
    ("Overfitting: accuracy is {points} points higher on training examples than on unseen ones.", "points"),  # 1.5
    ("It hardly learns: only {share} are read right. Try another learning rate.", "share"),  # 12.0 %
    ("The page has no {cost} cost of {output} outputs.", "output"),  # softmax
} | {(text, "count") for text in PLACED if text.startswith("{deaf} of {count}")}  # then `deaf` is 1, too
NO_NOUNS = {"less", "as", "is", "was", "has"}
MEASURES = "个张层轮步项道种次行列条秒位块字节类份处遍组页例题点名"


def put_in(text, numbers):
    """A text with numbers in its places, as `t` of `dom.js` puts them in."""

    def said(place):
        name, singular, plural = place.groups()
        if plural is None:
            return str(numbers.get(name, "x"))
        return singular if numbers.get(name) in (1, ONE) else plural

    return PLACE.sub(said, text)


def wrong_plurals(text, name):
    """Where a text has 1 before a plural if 1 is put into a place."""
    pattern = rf"(?<![\w.,×]){ONE} (?:[a-z]+ )?([a-z]+s|are|were)\b"
    found = re.finditer(pattern, put_in(text, {name: ONE}))
    return [part[0].replace(ONE, "1") for part in found if part[1] not in NO_NOUNS]


def test_the_page_puts_numbers_in_as_here():
    asked = [[text, {name: number}] for text in PLACED for name in catalog.places(text) for number in NUMBERS]
    code = (FRONT / "dom.js").read_text(encoding="utf-8").replace("export ", "")
    found = in_node(f"async (asked) => {{ {code}; return asked.map(([text, values]) => t(text, values)); }}", asked)
    for (text, values), said in zip(asked, found, strict=True):
        assert said == put_in(text, dict.fromkeys(catalog.places(text), "") | values), text


@pytest.mark.parametrize("text", PLACED)
def test_no_number_stands_before_the_wrong_form_of_a_word(text):
    for name in catalog.places(text) - NAMES:
        if (text, name) not in NEVER_ONE:
            assert wrong_plurals(text, name) == []
    assert not re.search(r"\b(?:the|[Aa]n)other \{|\bthe other \{", text)  # "the other 1", "another 0"


def test_planted_fault_a_plural_behind_one_is_noticed():
    assert wrong_plurals("{n} others and the biases", "n") == ["1 others"]
    assert wrong_plurals("{count} hidden neurons", "count") and not wrong_plurals("{n} {n:step|steps}", "n")


@pytest.mark.parametrize("text", PLACED)
def test_no_article_is_written_before_a_place(text):
    """Whether it is a or an hangs on the digit: `called` of wording.js says it."""
    assert not re.search(r"\b[Aa]n? \{", text)


def test_digits_and_numbers_have_their_article():
    code = (FRONT / "wording.js").read_text(encoding="utf-8")
    code = re.sub(r"^import .*$", "const state = { language: 'en' };", code, flags=re.MULTILINE).replace("export ", "")
    names = [*map(str, range(120)), "setosa"]
    found = in_node(f"async (names) => {{ {code}; return names.map(called); }}", names)
    for name, said in zip(names[:-1], found[:-1], strict=True):
        with_vowel = name.startswith("8") or name in ("11", "18")  # eight, eleven, eighteen, eighty
        assert said == f"{'an' if with_vowel else 'a'}\u00a0{name}"
    assert found[-1] == "setosa"


def test_counted_things_have_a_measure_word_in_chinese():
    chinese = po.read((FOLDER / "zh.po").read_text(encoding="utf-8"), "zh.po")
    entries = {english: said for (_, english), said in chinese.items()}
    for text in PLACED:
        for name in {place[1] for place in PLACE.finditer(text) if place[3] is not None}:
            behind = re.findall(rf"\{{{name}(?::,)?\}}(?:\*\*)?\s*(.)", entries[text])
            assert any(sign in MEASURES for sign in behind), (text, entries[text])
