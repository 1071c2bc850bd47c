"""The article as HTML: its order, its code as it stands in the textbook, its notes, in both languages."""

import ast
import inspect
import re
import textwrap
from html import unescape
from pathlib import Path

import pytest

import chainrule as cr
from chainrule import textbook
from chainrule.data.shipped import shipped
from chainrule.explain import document
from chainrule.explain.article import SECTIONS, code_of
from chainrule.explain.vocabulary import as_data
from chainrule.explain.walk import walk
from chainrule.show.language import template_in


@pytest.fixture(scope="module")
def html():
    test = cr.datasets.mnist()[2]
    made = cr.Network([784, 12, 10], seed=0).explain(test.images[3], test.labels[3])
    return document.article(made, language="zh")


def test_it_is_one_file_without_script_or_request(html):
    assert "<script" not in html
    assert not re.search(r"https?:|url\(|@import", html)
    assert all(address.startswith("data:image/png;base64,") for address in re.findall(r'src="([^"]+)"', html))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_its_sections_stand_in_the_articles_order(html, language):
    titles = [template_in(language, section.title) for section in SECTIONS]
    places = [re.search(rf"<h2>(?:<i>\d</i>)?.*?>{re.escape(title)}</span>", html).start() for title in titles]
    assert places == sorted(places)


SECTIONS_WITH_CODE = [each for each in SECTIONS if each.code]


def bare(source):
    """Lines of Python without docstrings and types."""
    source = re.sub(r'"""[\s\S]*?"""\n', "", source)
    source = re.sub(r": (list\[Array\]|Array)(?= =|,|\))| -> Array(?=:)", "", source)
    return [line.strip() for line in source.splitlines()]


@pytest.mark.parametrize("section", SECTIONS_WITH_CODE, ids=lambda each: str(each.title))
def test_its_code_is_the_textbooks(section):
    source = [line for line in bare(inspect.getsource(textbook)) if line]
    code = code_of(section)
    pieces = [piece.splitlines() for piece in code.split("\n\n")]
    assert sum(map(len, pieces)) >= 3
    assert len(pieces) == len(section.code)
    for piece in pieces:
        assert not piece[0].startswith(" ")
        lines = [line.strip() for line in piece]
        at = source.index(lines[0])
        assert source[at : at + len(lines)] == lines


@pytest.mark.parametrize(("language", "hidden"), [("en", "zh-Hans"), ("zh", "en")])
def test_the_page_shows_its_code_line_by_line_with_comments_in_the_readers_language(html, language, hidden):
    *blocks, _derived = re.findall(r'<code class="cr-py cr-told".*?</code>', html, flags=re.S)
    assert len(blocks) == len(SECTIONS_WITH_CODE)
    for section, block in zip(SECTIONS_WITH_CODE, blocks, strict=True):
        seen = re.sub(rf'<span lang="{hidden}">.*?</span>', "", block)
        assert unescape(re.sub("<[^>]+>", "", seen)) == code_of(section, language)


def test_no_comment_of_its_code_is_english_in_chinese():
    for section in SECTIONS_WITH_CODE:
        for said, chinese in zip(code_of(section).splitlines(), code_of(section, "zh").splitlines(), strict=True):
            code, _, comment = chinese.partition("# ")
            assert said.startswith(code)
            assert not re.search(r"\b(?!BP\d)[A-Za-z]{3,}\b", comment), comment


def test_all_code_of_backprop_is_shown_each_line_in_the_step_of_its_equation():
    """Of the article's backpropagation nothing is left out but the lists of zeros that it starts from, and the return."""
    where = {line.strip(): section.step for section in SECTIONS for line in code_of(section).splitlines()}
    lines = bare(inspect.getsource(textbook.Network.backprop))
    step, found = 0, {}
    for line in lines[lines.index("# 1 Input: a^1 = x") :]:
        step = int(line[2]) if re.match(r"# \d ", line) else step
        if line and not line.startswith(("#", "return")):
            found[line] = step
    assert found == {line: where.get(line) for line in found}
    assert [line for line, at in found.items() if at == 5 and line.startswith("nabla_")] == [
        line for line in found if line.startswith("nabla_")
    ]


def test_all_four_equations_of_the_book_are_named():
    shown = "\n".join(map(code_of, SECTIONS))
    assert all(f"(BP{number})" in shown for number in (1, 2, 3, 4))


def test_l_is_always_the_layer_from_the_input():
    """No loop counts with l; what counts from the end has a name of its own."""
    for section in SECTIONS_WITH_CODE:
        names = {node.id for node in ast.walk(ast.parse(textwrap.dedent(loop_as_block(code_of(section)))))
                 if isinstance(node, ast.Name)}  # fmt: skip
        assert "l" not in names


def loop_as_block(code):
    """Code that parses though its function's head is elsewhere."""
    return "\n".join(line for line in code.splitlines() if not line.startswith("def ")).replace("    return ", "")


# ---- where it departs from the original ------------------------------------------------------------------------------

NOTES = [note for section in SECTIONS for note in section.notes]
FRAGMENTS = Path(__file__).parents[1] / "textbook" / "article.md"


@pytest.mark.parametrize("note", NOTES)
def test_a_departure_says_what_the_article_says_what_is_here_and_why(note):
    said, chinese = note.template, template_in("zh", note)
    assert re.match(r"The article(’s code)? .+; here .+, because .+\.", said)
    assert re.match("文章.+；这里.+因为.+。", chinese)
    assert len(re.findall("“", said)) == len(re.findall("“", chinese)) <= 1


@pytest.mark.parametrize("note", NOTES)
def test_it_quotes_the_article_as_it_stands(note):
    text = FRAGMENTS.read_text(encoding="utf-8")
    for tex, sign in {
        r"\sum": "Σ",
        r"\rightarrow": "→",
        r"\eta": "η",
        r"\frac{\partial C}{\partial b_l}": "∂C/∂b_l",
    }.items():
        text = text.replace(tex, sign)
    text = re.sub(r"[\s`&$]", "", text)
    for quoted in re.findall("“([^”]*)”", template_in("zh", note)):
        assert re.sub(r"\s", "", quoted).replace("−", "-") in text


def test_every_departure_is_marked(html):
    marked = re.findall(r'<p class="cr-margin" role="note">▲ ', html)
    assert len(marked) == len(NOTES)


# ---- one digit, from the first step to the last ------------------------------------------------------------------------


def test_the_last_step_shows_before_and_after(html):
    step = html[html.index('id="step-6"') :]
    assert "cr-slopes" in step[: step.index("</section>")]


def sentences_in(item):
    """The texts of all sentences in data, whichever of their cases holds."""
    if isinstance(item, dict):
        own = {item["text"]} if item.get("is") == "Sentence" else set()
        return own.union(*map(sentences_in, item.values()))
    return set().union(*map(sentences_in, item)) if isinstance(item, list) else set()


def test_all_its_words_are_used(html):
    net, test = cr.load(shipped("book")), cr.datasets.mnist()[2]
    made = [net.explain(test.images[at], test.labels[at]) for at in (0, 8, 33)]
    pages = [html, *(document.article(each, language="en") for each in made)]
    walked = set().union(*(sentences_in(as_data((*walk(each, step),))) for each in made for step in range(1, 7)))
    assert len(walked) > 6
    own = [text for section in SECTIONS for text in (section.title, section.words, *section.notes)]
    for text in (*own, *walked):
        for each in (getattr(text, "template", text), template_in("zh", text)):
            longest = max(re.split(r"\{\w+\}", each), key=len)
            assert any(longest in page for page in pages), each
