"""The languages that people are spoken to in: the catalog of all texts, and which language someone reads.

The tables are in `texts/`, one a subject; an entry has both languages side by side, so that neither can be forgotten.
"""

from __future__ import annotations

import functools
import os
import pkgutil
from collections.abc import Mapping
from importlib import import_module
from string import Formatter
from typing import Literal, TypeAlias

from . import texts
from .texts import Texts

Language: TypeAlias = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
SUBJECTS = tuple(sorted(each.name for each in pkgutil.iter_modules(texts.__path__) if not each.ispkg))


@functools.cache
def catalog(subject: str) -> Texts:
    """The table of a subject: key → (English, 中文).

    >>> catalog("training")["key.test"]
    ('test', '测试')
    """
    table: Texts = import_module(f".texts.{subject}", __package__).TEXTS
    return table


def say(language: Language, key: str, **values: object) -> str:
    """A text, `subject.key`, in a language, its `{places}` filled in.

    Raises `KeyError` for a key that no table has, or a place without a value.

    >>> say("zh", "training.seed", seed=0)
    '种子 0'
    """
    subject, _, name = key.partition(".")
    return catalog(subject)[name][LANGUAGES.index(language)].format(**values)


def places(text: str) -> set[str]:
    """The names of the `{places}` of a text."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def preferred(environment: Mapping[str, str] = os.environ) -> Language:
    """The language of whoever sits at this terminal: `CHAINRULE_LANG` where it is set, else the locale's.

    >>> preferred({"LANG": "zh_CN.UTF-8"}), preferred({"LANG": "de_DE.UTF-8"}), preferred({})
    ('zh', 'en', 'en')
    """
    for name in ("CHAINRULE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def spoken(asked: str | None, encoding: str | None) -> Language:
    """The language to speak on a stream: the one that was asked for, or else `preferred`; but English where the stream's
    encoding has no Chinese letters.

    >>> spoken("zh", "utf-8"), spoken("zh", "cp1252"), spoken("en", "gbk")
    ('zh', 'en', 'en')
    """
    language: Language = preferred() if asked is None else "zh" if asked == "zh" else "en"
    try:
        "中文".encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return "en"
    return language
