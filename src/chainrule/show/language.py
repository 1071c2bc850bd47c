"""The user's language: texts in it, and how it is chosen.

English is written in the line that shows it, and is the key of its translations. Each other language is one file,
`languages/CODE.po`; its header has the language's HTML tag (`Language`) and its own name (`X-Name`).
"""

from __future__ import annotations

import functools
import os
import re
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from ..core.messages import Message, message
from ..quoting import printable
from . import po
from .spelling import columns_of

Language: TypeAlias = str
SOURCE: Language = "en"
"""The language in which the package is written."""
FOLDER = Path(__file__).parent / "languages"


@functools.cache
def languages() -> tuple[Language, ...]:
    """The codes of all languages, English first."""
    return (SOURCE, *sorted(path.stem for path in FOLDER.glob("*.po")))


@functools.cache
def catalog(language: Language) -> po.Entries:
    """The translations of a language: (context, English) → text.

    >>> catalog("zh")["", "There are no examples to learn from."]
    '没有可供学习的样本。'
    """
    if language == SOURCE:
        return {}
    path = FOLDER / f"{language}.po"
    return po.read(path.read_text(encoding="utf-8"), path.name)


@functools.cache
def _header(language: Language) -> Mapping[str, str]:
    return {"Language": SOURCE, "X-Name": "English"} | po.header(catalog(language))


def tag_of(language: Language) -> str:
    """The tag that HTML has for a language.

    >>> tag_of("zh")
    'zh-Hans'
    """
    return _header(language)["Language"]


def own_name(language: Language) -> str:
    """The name of a language in itself.

    >>> own_name("en"), own_name("zh")
    ('English', '中文')
    """
    return _header(language)["X-Name"]


@functools.cache
def letters(language: Language) -> str:
    """All letters of a language's texts and their punctuation, but for what `spelling` writes in ASCII where it must.

    >>> letters("en"), "网" in letters("zh"), "δ" in letters("zh")
    ('', True, False)
    """
    written = {sign for text in catalog(language).values() for sign in text if not sign.isascii()}
    return "".join(sorted(sign for sign in written if columns_of(sign) == 2))


def translated(said: object, language: Language) -> str:
    """Translate a message, or the message of an error; any other text stays as it is.

    >>> translated(message("There are no examples to learn from."), "zh")
    '没有可供学习的样本。'
    >>> translated("Nobody knows this.", "zh")
    'Nobody knows this.'
    """
    if isinstance(said, BaseException) and said.args and isinstance(said.args[0], Message):
        said = said.args[0]
    if not isinstance(said, Message):
        return str(said)
    is_safe = printable(said) == said
    if language == SOURCE and is_safe:
        return str(said)
    template = template_in(language, said)
    values = {
        name: _Sentence(translated(value, language)) if isinstance(value, Message | BaseException) else value
        for name, value in said.values.items()
    }
    if not values:
        return template
    return template.format_map(values) if is_safe else _Filler().vformat(template, (), values)


class _Sentence(str):
    """A message within a message: its ends of lines are ours."""


class _Filler(string.Formatter):
    """Fills a template with names that a stranger may have given: they begin no line, and a terminal does not obey them."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """Write a value in the place of its field."""
        text: str = format(value, format_spec)
        return text if isinstance(value, _Sentence) else printable(text)


def template_in(language: Language, text: str) -> str:
    """The template of a text in a language, or the English one if it has no translation."""
    context, template = (text.context, text.template) if isinstance(text, Message) else ("", text)
    return catalog(language).get((context, template), template) if template else ""


def filled(text: str, **values: object) -> Message:
    """Fill in the `{places}` of a text, which may be an unfilled message from a table.

    >>> filled(message("{n:,} images"), n=1000)
    '1,000 images'
    """
    if isinstance(text, Message) and values:
        return message(text.template, text.context, **values)
    return message(text, "", **values)


def say(language: Language, text: str, **values: object) -> str:
    """A text in a language, its `{places}` filled in.

    >>> say("zh", "seed {seed}", seed=0)
    '种子 0'
    """
    return translated(filled(text, **values), language)


def nearest(tag: str) -> Language:
    """The available language of a tag or locale, English for any other.

    >>> nearest("zh_TW.UTF-8"), nearest("ZH"), nearest("tlh")
    ('zh', 'zh', 'en')
    """
    codes = re.split("[-_.,;]", tag.lower())
    return next((language for language in languages() if language.lower() == codes[0]), SOURCE)


def preferred(environment: Mapping[str, str] = os.environ) -> Language:
    """The language of this terminal's user: `CHAINRULE_LANG` if it is set, else that of the locale.

    >>> preferred({"LANG": "zh_CN.UTF-8"}), preferred({"LANG": "xx_XX.UTF-8"}), preferred({})
    ('zh', 'en', 'en')
    """
    for name in ("CHAINRULE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name, "")
        if value:
            return nearest(value)
    return SOURCE


def spoken(asked: str | None, encoding: str | None) -> Language:
    """The language for a stream: the requested one, or else `preferred`; English if the stream's encoding lacks its letters.

    >>> spoken("zh", "utf-8"), spoken("zh", "cp1252"), spoken("zh", "big5"), spoken("en", "gbk")
    ('zh', 'en', 'en', 'en')
    """
    language = preferred() if asked is None else nearest(asked)
    try:
        letters(language).encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return SOURCE
    return language
