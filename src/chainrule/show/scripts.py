"""The texts of pages: their English stands in scripts and markup, and is the key of their translations."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from importlib import resources

from .language import Language, catalog

_STRING = r'("(?:[^"\\]|\\.)*")'
_SAID = re.compile(
    rf"\bmessage\({_STRING}(?:, {_STRING})?\)"  # anywhere in a script, perhaps with a context
    rf"|(?:\bt\(|\b(?:say|label): \[?|\bdata-(?:t|label)=){_STRING}"  # said where it stands; in markup as an attribute
)
_APART = "\x04"  # between context and text, as gettext and the page have it


def texts_in(source: str) -> Iterator[tuple[str, str]]:
    """The texts of a script or of markup, each with its context.

    >>> list(texts_in('el("h2", { say: "Draw a digit" }); tool(message("Next", "tour"), go)'))
    [('', 'Draw a digit'), ('tour', 'Next')]
    """
    for marked, context, said in _SAID.findall(source):
        yield json.loads(context or '""'), json.loads(marked or said)


@functools.cache
def texts_of(package: str, folder: str) -> frozenset[tuple[str, str]]:
    """All texts of the scripts and the markup in a folder of a package."""
    files = (resources.files(package) / folder).iterdir()
    sources = (each.read_text(encoding="utf-8") for each in files if each.name.endswith((".js", ".html")))
    return frozenset(text for source in sources for text in texts_in(source))


def translations(language: Language, package: str, folder: str) -> dict[str, str]:
    """The texts of such a folder in a language, by their English, preceded by their context if they have one."""
    known = texts_of(package, folder)
    return {
        (context + _APART if context else "") + english: translation
        for (context, english), translation in catalog(language).items()
        if (context, english) in known
    }
