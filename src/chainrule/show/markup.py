"""Composes HTML for everything that a browser shows: text is escaped unless it is marked as markup, and elements are closed.
A text may stand in several languages side by side; the style sheet shows only the reader's."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from ..core.messages import Message
from ..quoting import printable
from .language import Language, languages, tag_of, template_in, translated

_EMPTY = frozenset({"br", "col", "hr", "img", "input", "meta", "source", "wbr"})  # elements that have no end


class Html(str):
    """Markup; any other `str` is text, and is escaped when it becomes part of markup."""


def joined(*parts: str, by: str = "") -> Html:
    """Markup and texts, one after another.

    >>> joined(Html("<b>w</b>"), " < 1")
    '<b>w</b> &lt; 1'
    """
    return Html(_escaped(by).join(map(_escaped, parts)))


def tag(name: str, /, *children: str, **attributes: str | float | bool | None) -> Html:
    """One element. An attribute is left out where it is None or False; `class_`, `for_` and `aria_label` stand for
    `class`, `for` and `aria-label`.

    >>> tag("span", "a < b", class_="dim", hidden=True, title=None)
    '<span class="dim" hidden>a &lt; b</span>'
    >>> tag("img", alt='"3"')
    '<img alt="&quot;3&quot;">'
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(_clean(str(value)))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    end = "" if name in _EMPTY else f"</{name}>"
    return Html(f"<{name}{written}>{joined(*children)}{end}")


def _escaped(part: str) -> str:
    return part if isinstance(part, Html) else escape(_clean(part), quote=False)


def _clean(text: str) -> str:
    """Escape what would turn or hide the text that follows it."""
    return printable(text, keep="\t\n")


# ---- in several languages ---------------------------------------------------------------------------------------------


class Multilingual(Html):
    """A text in several languages side by side; as a part of a longer text it is in the language of that text."""

    texts: dict[Language, Html]


@dataclass(frozen=True)
class Speaker:
    """Says texts in these languages; in all that there are unless they are named.

    >>> Speaker(("zh",))("seed {seed}", seed=0)
    '种子 0'
    >>> Speaker()("test")
    '<span lang="en">test</span><span lang="zh-Hans">测试</span>'
    """

    languages: Sequence[Language] = field(default_factory=languages)

    def __call__(self, text: str, **values: object) -> Html:
        """A text with its `{places}` filled in; markup is inserted as it is, everything else is escaped."""
        values = {**text.values, **values} if isinstance(text, Message) else values
        return self.each({each: template_in(each, text) for each in self.languages}, **values)

    def listed(self, parts: Sequence[Html], joint: str = "{words}, {word}") -> Html:
        """Parts as a list, joined the way each language joins two of them."""
        return functools.reduce(lambda words, word: self(joint, words=words, word=word), parts)

    def each(self, texts: Mapping[Language, str], **values: object) -> Html:
        """A text given in each language."""
        found = {
            language: Html(
                joined(texts[language]).format(**{key: _filled(each, language) for key, each in values.items()})
            )
            for language in self.languages
        }
        if len(found) == 1:
            return next(iter(found.values()))
        whole = Multilingual(joined(*(tag("span", text, lang=tag_of(language)) for language, text in found.items())))
        whole.texts = found
        return whole


def _filled(value: object, language: Language) -> Html:
    if isinstance(value, Multilingual):
        return value.texts[language]
    return value if isinstance(value, Html) else joined(translated(value, language))
