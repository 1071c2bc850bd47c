"""Reads `.po` files, the format of translators; Python's `gettext` reads only compiled ones.

    msgctxt "why the same text stands here twice"      (only where it does)
    msgid "There are {n} images."
    msgstr "有 {n} 张图像。"

A text may go on in strings on the lines below. Comments begin with `#`; an entry marked `#, fuzzy` is not used, as with
gettext. Plurals are not known: one and many are two texts.
"""

from __future__ import annotations

import ast
import re
from typing import TypeAlias

Entries: TypeAlias = dict[tuple[str, str], str]
"""(context or "", English) → the translation; that of ("", "") is the header."""

_LINE = re.compile(r'(msgctxt|msgid|msgstr)?\s*("(?:[^"\\]|\\["\\abfnrtv])*")\s*')
_NEXT = {"": ("msgctxt", "msgid"), "msgctxt": ("msgid",), "msgid": ("msgstr",), "msgstr": ("msgctxt", "msgid")}


class CatalogError(ValueError):
    """A `.po` file that cannot be read; the message names its line."""


def read(text: str, name: str = "catalog") -> Entries:
    r"""The entries of a catalog; those without a translation are left out.

    Args:
        text: What the file holds.
        name: The name of the file, for errors.

    Returns:
        The translations by context and English.

    Raises:
        CatalogError: a line is no part of an entry, or an entry stands twice.

    Examples:
        >>> read('msgid "seed {seed}"\nmsgstr "种子 {seed}"')
        {('', 'seed {seed}'): '种子 {seed}'}
    """
    entries: Entries = {}
    entry = {"msgctxt": "", "msgid": "", "msgstr": ""}
    part, begins, fuzzy, marked = "", 0, False, False

    def keep() -> None:
        key = entry["msgctxt"], entry["msgid"]
        if key in entries:
            raise CatalogError(f"{name}:{begins}: the entry {key[1]!r} stands twice.")
        if entry["msgstr"] and not fuzzy:
            entries[key] = entry["msgstr"]

    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if line.startswith("#") or not line.strip():
            marked = marked or (line.startswith("#,") and "fuzzy" in line)
            continue
        found = _LINE.fullmatch(line)
        keyword = found[1] or part if found else ""
        if not found or not keyword or (found[1] and found[1] not in _NEXT[part]):
            expected = " or ".join(_NEXT[part])
            raise CatalogError(f"{name}:{number}: {line.strip()[:40]!r}, where {expected} is expected.")
        if found[1] and part in ("", "msgstr"):
            if part:
                keep()
            entry, begins, fuzzy, marked = {"msgctxt": "", "msgid": "", "msgstr": ""}, number, marked, False
        part = keyword
        entry[part] += ast.literal_eval(found[2])
    if part not in ("", "msgstr"):
        raise CatalogError(f"{name}:{begins}: the entry has no msgstr.")
    if part:
        keep()
    return entries


def header(entries: Entries) -> dict[str, str]:
    """The fields of a catalog's header, by name."""
    pairs = (line.partition(":") for line in entries.get(("", ""), "").splitlines())
    return {field.strip(): value.strip() for field, _, value in pairs}
