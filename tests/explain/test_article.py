"""The article as HTML: its order, its code as it stands in the textbook, its notes, in both languages."""

import inspect
import re

import pytest

import chainrule as cr
from chainrule import textbook
from chainrule.explain import article
from chainrule.explain.article import SECTIONS, code_of
from chainrule.show.language import catalog


@pytest.fixture(scope="module")
def html():
    test = cr.datasets.mnist()[2]
    made = cr.Network([784, 12, 10], seed=0).explain(test.images[3], test.labels[3])
    return article.article(made, language="zh")


def test_it_is_one_file_without_script_or_request(html):
    assert "<script" not in html
    assert not re.search(r"https?:|url\(|@import", html)
    assert all(address.startswith("data:image/png;base64,") for address in re.findall(r'src="([^"]+)"', html))


@pytest.mark.parametrize("language", [0, 1])
def test_its_sections_stand_in_the_articles_order(html, language):
    titles = [catalog("article")[section.name][language] for section in SECTIONS]
    places = [re.search(rf"<h2>(?:<i>\d</i>)?.*?>{re.escape(title)}</span>", html).start() for title in titles]
    assert places == sorted(places)


@pytest.mark.parametrize("section", [each for each in SECTIONS if each.code], ids=lambda each: each.name)
def test_its_code_is_the_textbooks(section, html):
    source = [line.strip() for line in inspect.getsource(textbook).splitlines()]
    code = code_of(section).splitlines()
    lines = [line.strip() for line in code]
    source = [line.strip() for line in re.sub(r'"""[\s\S]*?"""\n', "", inspect.getsource(textbook)).splitlines()]
    source = [line for at, line in enumerate(source) if line or source[at - 1]]
    ends = [at for at, line in enumerate(lines) if line.startswith("def ")] or [len(lines)]
    for piece in filter(None, (lines[: ends[0]], lines[ends[0] :])):
        while not piece[-1]:
            piece.pop()
        at = source.index(piece[0])
        assert source[at : at + len(piece)] == piece
    assert len(lines) >= 3
    assert not code[0].startswith(" ")
    for line in lines:
        assert line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in html


def test_all_code_of_backprop_is_shown():
    """Of the article's backpropagation nothing is left out but the lists of zeros that it starts from, and the return."""
    shown = {line.strip() for section in SECTIONS for line in code_of(section).splitlines()}
    lines = [line.strip() for line in inspect.getsource(textbook.Network.backprop).splitlines()]
    body = lines[lines.index("# 1 Input: a^1 = x") :]
    assert [line for line in body if line and not line.startswith(("#", "return")) and line not in shown] == []


def test_every_word_of_the_catalog_is_used(html):
    for key, (english, chinese) in catalog("article").items():
        for text in (english, chinese):
            longest = max(re.split(r"\{\w+\}", text), key=len)
            assert longest in html or key == "kind"
