"""An explanation and the article as self-contained HTML files, and an explanation as a notebook cell; none has a script.

All languages stand in a file, and the reader switches between them. What stands in it is set in `html`.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..show.language import Language, languages, own_name, preferred, tag_of
from ..show.markup import Html, Speaker, joined, tag
from ..show.style import style_sheet
from .article import SECTIONS, opening, sections
from .html import HtmlRenderer
from .outline import STEPS
from .recording import Recording

_SHEET = ("chainrule.explain", "document.css")
_PAGE = "html,body{margin:0}@page{margin:16mm 15mm}"


def document(
    made: Recording, *, language: Language | None = None, command: str = "", columns: Sequence[Sequence[str]] = ()
) -> str:
    """The explanation as an HTML file in all languages, opened in `language`; `command` is what made it, and `columns` are what a
    row of a table has, below their heads.
    """
    say = Speaker()
    body = [HtmlRenderer(made, say, anchors=True).whole(_as_table(columns, say) if columns else "")]
    if command:
        words = say(
            "Neurons are counted from 0, as in Python, so output 3 is the answer 3; layers are counted from 1, the input. A "
            "weight has two indices: first the neuron that it leads to, then the one that it comes from. Numbers are rounded "
            "for display, and computed in full."
        )
        said = tag("p", words) if made.reading is None else ""
        body.append(tag("footer", said, tag("code", command, class_="cr-py", tabindex="0")))
    title = HtmlRenderer(made, Speaker((language or preferred(),))).title()
    steps = [(step.number, say(STEPS[step.number])) for step in made.steps]
    return page(title, joined(*body), steps, say("explain"), language or preferred())


def _as_table(rows: Sequence[Sequence[str]], say: Speaker) -> Html:
    """Rows of texts as a table, the first of which are its heads."""
    heads = tag("tr", *(tag("th", say(each), scope="col") for each in rows[0]))
    body = (tag("tr", *(tag("td", each) for each in row)) for row in rows[1:])
    return tag("div", tag("table", tag("thead", heads), tag("tbody", *body), class_="cr-answer"), class_="cr-wide")


def article(made: Recording, *, language: Language | None = None) -> str:
    """The article as an HTML file in all languages, opened in `language`, on what `made` explains: a network with a label.

    It asks for nothing outside, and has no script.
    """
    say = Speaker()
    renderer = HtmlRenderer(made, say, anchors=True)
    title, *words = renderer.evaluator.give(opening(made))
    body = [tag("h1", renderer.inline(title)), renderer.hero(), *renderer.items(words), renderer.legend()]
    body += map(renderer.section, renderer.evaluator.give(sections(made)))
    links = [(section.step, say(section.title)) for section in SECTIONS if section.step]
    heading = Speaker((language or preferred(),))(title.text)
    return page(heading, joined(*body, renderer.dimensions()), links, say("article"), language or preferred())


def fragment(made: Recording, language: Language | None = None) -> str:
    """The explanation as a cell of a notebook shows it, in one language, with its style."""
    language = language or preferred()
    content = HtmlRenderer(made, Speaker((language,))).whole()
    style = tag("style", Html(style_sheet(_SHEET)))
    return tag("div", style, tag("div", content, class_="cr-cell"), class_="cr", lang=tag_of(language))


def step_lines(made: Recording, number: int, language: Language) -> Html:
    """The lines of one step alone, in one language, without the style and without what is said of the step.

    Raises `IndexError` where the explanation does not come to that step.
    """
    renderer, step = HtmlRenderer(made, Speaker((language,))), made.steps[number - 1]
    return joined(*renderer.items(renderer.evaluator.give(renderer.outline.lines(step))))


def page(title: str, body: Html, steps: Sequence[tuple[int, Html]], kind: Html, language: Language) -> str:
    """A whole file: a bar with the steps and the switch of languages, and under it what is said."""
    switches = [
        tag("input", type="radio", name="cr-language", id=f"cr-{each}", class_="cr-spoken", checked=each == language)
        for each in languages()
    ]
    labels = [tag("label", own_name(each), for_=f"cr-{each}", lang=tag_of(each)) for each in languages()]
    links = [tag("a", tag("i", str(at)), tag("span", name), href=f"#step-{at}") for at, name in steps]
    bar = tag(
        "header",
        tag("b", "chainrule ", tag("span", kind)),
        tag("nav", *links) if links else "",
        tag("span", *labels, class_="cr-languages"),
        class_="cr-bar",
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width,initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title.replace("\u200b", "")),
        tag("style", Html(_PAGE + style_sheet(_SHEET))),
    )
    content = tag("body", tag("main", *switches, bar, tag("article", body)), class_="cr")
    return f"<!doctype html>\n{tag('html', head, content, lang=tag_of(language))}\n"
