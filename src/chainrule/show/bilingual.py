"""Texts of the catalog as HTML, in one language or in several side by side, of which the reader's one is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .language import LANGUAGES, Language, catalog
from .markup import Html, joined, tag

TAGS: dict[Language, str] = {"en": "en", "zh": "zh-Hans"}
"""What HTML calls each language."""


class Said(Html):
    """A text in several languages side by side, which within a longer text is only in that one's language."""

    texts: dict[Language, Html]


@dataclass(frozen=True)
class Speaker:
    """Says the texts of the catalog in these languages.

    >>> Speaker(("zh",))("training.key.test")
    '测试'
    >>> Speaker()("training.key.test")
    '<span lang="en">test</span><span lang="zh-Hans">测试</span>'
    """

    languages: Sequence[Language] = LANGUAGES

    def __call__(self, key: str, **values: object) -> Html:
        """A text, `subject.key`, its `{places}` filled in with markup as it is, and with all else escaped."""
        subject, _, name = key.partition(".")
        entry = catalog(subject)[name]
        return self.each({language: entry[LANGUAGES.index(language)] for language in self.languages}, **values)

    def each(self, texts: dict[Language, str], **values: object) -> Html:
        """A text that is given in each language."""
        said = {
            language: Html(
                joined(texts[language]).format(**{key: _filled(each, language) for key, each in values.items()})
            )
            for language in self.languages
        }
        if len(said) == 1:
            return next(iter(said.values()))
        whole = Said(joined(*(tag("span", text, lang=TAGS[language]) for language, text in said.items())))
        whole.texts = said
        return whole


def _filled(value: object, language: Language) -> Html:
    if isinstance(value, Said):
        return value.texts[language]
    return value if isinstance(value, Html) else joined(str(value))
