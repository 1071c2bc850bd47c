"""Texts as HTML, in one language or in several side by side, of which only the reader's is visible."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..core.messages import Message
from .language import Language, languages, tag_of, template_in, translated
from .markup import Html, joined, tag


class Said(Html):
    """A text in several languages side by side, which within a longer text is only in that one's language."""

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
        """A text, its `{places}` filled in with markup as it is, and with all else escaped."""
        values = {**text.values, **values} if isinstance(text, Message) else values
        return self.each({each: template_in(each, text) for each in self.languages}, **values)

    def listed(self, parts: Sequence[Html], joint: str = "{words}, {word}") -> Html:
        """Parts one after another, as each language joins two of them."""
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
        whole = Said(joined(*(tag("span", text, lang=tag_of(language)) for language, text in found.items())))
        whole.texts = found
        return whole


def _filled(value: object, language: Language) -> Html:
    if isinstance(value, Said):
        return value.texts[language]
    return value if isinstance(value, Html) else joined(translated(value, language))
