"""An error's sentence in the reader's language: errors are raised in English, and said in the language of who reads them.

The tables in `texts/errors/` hold pairs of templates. Of those that a sentence fits, the one with the most words of its own is
the one that made it. A sentence that fits none stays as it is.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from string import Formatter

from ..core.messages import Message
from .language import SOURCE, Language
from .language import translated as language_translated

_SENTENCE = (
    "error"  # a place of this name may hold a sentence of the tables, what the operating system says, or anything else
)
_CODE = "code"  # a place of this name holds a call, such as `np.stack([…])`, perhaps behind a name and a sign
_CALL = r"(?:\w+ [-+*/] )?[^\s(]+\([^;]*\)"
_LONGEST = 2_000  # letters of a line that is looked up
_LIST = "listed"  # a place of this name holds words with commas between them, or "and", or "or"


def translated(message: object, language: Language) -> str:
    """A message of an error in a language, line by line; lines that are no known sentence are kept.

    >>> translated("There are no images to learn from.", "zh")
    '没有可供学习的图像。'
    >>> translated("Nobody knows this.", "zh")
    'Nobody knows this.'
    """
    if isinstance(message, BaseException) and message.args and isinstance(message.args[0], Message):
        message = message.args[0]
    found = language_translated(message, language)
    if language == SOURCE or found != str(message):
        return found
    message = str(message)
    from .texts.errors import SENTENCES

    return "\n".join(_said(line, SENTENCES) or line for line in message.split("\n"))


def phrase(name: str, text: str, language: Language) -> str:
    """A phrase of the table of this name in a language; one that is not there is kept.

    >>> phrase("reason", "the sizes differ", "zh")
    '大小不同'
    """
    return text if language == "en" else _said(text, _phrases(name) or {}) or text


def _said(text: str, table: Mapping[str, str]) -> str:
    """A text by the template of a table that made it; nothing where none did."""
    for template in _by_length(tuple(table)) if len(text) <= _LONGEST else ():
        if not all(piece in text for piece in _pieces(template)):
            continue
        match = _pattern(template).fullmatch(text)
        if match:
            values = {name: _value(name, value) for name, value in match.groupdict().items()}
            return table[template].format(**values)
    return ""


def _value(name: str, text: str) -> str:
    if name == _SENTENCE:
        return phrase("system", translated(text, "zh"), "zh")
    if name == _LIST:
        return re.sub(", | and ", "、", text).replace(" or ", " 或 ")
    phrases = _phrases(name)
    return text if phrases is None else _said(text, phrases)


def _phrases(name: str) -> Mapping[str, str] | None:
    from .texts.errors import PHRASES

    return PHRASES.get(name)


@functools.cache
def _by_length(templates: tuple[str, ...]) -> tuple[str, ...]:
    """Those with the most words of their own first."""
    return tuple(sorted(templates, key=lambda template: -sum(map(len, _pieces(template)))))


@functools.cache
def _pieces(template: str) -> tuple[str, ...]:
    return tuple(literal for literal, *_ in Formatter().parse(template) if literal)


@functools.cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(_expression(template, named=True), re.DOTALL)


def _expression(template: str, *, named: bool) -> str:
    """A regular expression for what a template can make: a place takes one of its phrases, or else any text."""
    parts = []
    for literal, name, _, _ in Formatter().parse(template):
        parts.append(re.escape(literal))
        if name is not None:
            phrases = _phrases(name)
            inner = _CALL if name == _CODE else ".+?"
            if phrases is not None:
                inner = "|".join(_expression(each, named=False) for each in _by_length(tuple(phrases)))
            parts.append(f"(?P<{name}>{inner})" if named else f"(?:{inner})")
    return "".join(parts)
