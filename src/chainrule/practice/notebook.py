"""Exercises and what is said of answers, in a notebook: as HTML that brings its own style, and needs no script."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.messages import Message
from ..show.language import Language, preferred, say, tag_of, translated
from ..show.markup import Html, joined, tag
from ..show.notebook import line, listing
from ..show.style import style_sheet


def reader() -> Language:
    """The language of a notebook's reader."""
    return preferred()


def exercise_html(name: str, said: Sequence[str], code: str, hints: Sequence[Message], language: Language) -> Html:
    """What is to be written, with its dimensions, and the hints one under another, each to be opened.

    Args:
        name: What the exercise is called.
        said: What is to be written: why, dimensions, what is asked for.
        code: What is given, and the blank.
        hints: The hints.
        language: The reader's language.

    Returns:
        The HTML.
    """
    why, *rest = said
    opened = [
        tag(
            "details",
            tag("summary", say(language, "hint {number} of {count}", number=number, count=len(hints))),
            tag("p", translated(each, language)),
        )
        for number, each in enumerate(hints, 1)
    ]
    lines = listing(joined(*map(line, code.rstrip("\n").split("\n")), by="\n"))
    return _framed(language, tag("p", tag("b", name), " · ", why), *(tag("p", each) for each in rest), lines, *opened)


def verdict_html(mark: str, said: Sequence[Message], language: Language) -> Html:
    """What is right or wrong: the first sentence bold, lines of code as such.

    Args:
        mark: What stands before them: whether it is right.
        said: The sentences.
        language: The reader's language.

    Returns:
        The HTML.
    """
    first, *rest = [translated(each, language) for each in said] or [""]
    code = [each for each in rest if each.startswith("    ")]
    lines = [tag("p", each) for each in rest if not each.startswith("    ")]
    shown = [listing("\n".join(each[4:] for each in code))] if code else []
    return _framed(language, tag("p", f"{mark} ", tag("b", first)), *shown, *lines)


def _framed(language: Language, *parts: Html) -> Html:
    return tag("div", tag("style", Html(style_sheet())), *parts, class_="cr", lang=tag_of(language))
