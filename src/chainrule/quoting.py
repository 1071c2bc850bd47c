"""Writes texts of strangers, such as names of columns, into other languages: one function for each place that a text can take.

Whoever gives the text may know how a comment, a string or a line ends there. Markup is `show/markup.py`'s.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
# Ends and beginnings of comments of C and JavaScript, tags and comments of HTML, in which scripts may stand, and trigraphs.
_BREAKS_COMMENT = re.compile(r"\*(?=/)|/(?=\*)|<(?=[/!])|-(?=->)|\?(?=\?)")
_JOINS_LINES = re.compile(r"\\(?=[ \t]*$)", re.MULTILINE)
_LATEX = {
    "\\": r"\backslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\hat{}", "~": r"\sim{}",
}  # fmt: skip


def some(words: Iterable[object], most: int) -> list[str]:
    """The first of many words, and a sign that there are others, to be `listed`.

    >>> some("abcd", 2), some("ab", 2)
    (['a', 'b', '…'], ['a', 'b'])
    """
    texts = [*map(str, words)]
    return texts if len(texts) <= most else [*texts[:most], "…"]


def printable(text: str, keep: str = "") -> str:
    r"""Escape control characters, ends of lines, halves of characters and signs that turn the direction of what follows.

    Args:
        text: The text.
        keep: Control characters that may stay.

    Returns:
        It, as one line that a terminal shows and does not obey.

    Examples:
        >>> print(printable("w\r\x1b[2J\u202e"))
        w\r\x1b[2J\u202e
    """
    return _CONTROLS.sub(lambda match: match[0] if match[0] in keep else _escape(match[0]), text)


def c_comment(text: str) -> str:
    """Write a text of one line or more into a block comment of C or JavaScript, which it does not end.

    Examples:
        >>> c_comment("*/ x /*"), c_comment("</script>"), c_comment("*??/")
        ('* / x / *', '< /script>', '*? ?/')
    """
    return _BREAKS_COMMENT.sub(r"\g<0> ", _JOINS_LINES.sub(r"\\.", printable(text, keep="\n")))


def c_string(text: str) -> str:
    r"""Write a text as a string of C, in UTF-8.

    Examples:
        >>> print(c_string('a "ö"?'))
        "a \"\303\266\"\?"
    """
    plain = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "?": "\\?"}
    return f'"{"".join(plain.get(c) or (c if c.isascii() and c.isprintable() else _octal(c)) for c in text)}"'


def url_part(name: str) -> str:
    """Write a file's name into an address, and so behind `from` in JavaScript: letters and digits stay.

    Examples:
        >>> url_part("变 2.mjs"), url_part('*"%?.js')
        ('变%202.mjs', '%2A%22%25%3F.js')
    """
    return "".join(c if c.isalnum() else quote(c, errors="surrogateescape") for c in name)


def javascript(value: Any, **layout: Any) -> str:
    r"""Write plain data as JavaScript that may stand in a file or in a page's script.

    Args:
        value: Data that JSON can hold.
        **layout: As `json.dumps` takes it.

    Returns:
        The text, which is JSON, too.

    Examples:
        >>> print(javascript(["变", "</script>\u2028"]))
        ["变", "\u003c/script>\u2028"]
    """
    text = json.dumps(value, ensure_ascii=False, **layout)
    return _CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}" if match[0] != "\n" else "\n", text).replace(
        "<", "\\u003c"
    )


def python_docstring(text: str) -> str:
    r'''Write a text of one line or more into a string between three quotation marks, which it does not end.

    Examples:
        >>> print(python_docstring('""" \\ "'))
        \"\"\" \\ \"
    '''
    return printable(text, keep="\n").replace("\\", "\\\\").replace('"', '\\"')


def latex_text(text: str) -> str:
    r"""Write a text into LaTeX's mathematics, within `\mathrm{…}` or `\text{…}`.

    Examples:
        >>> print(latex_text("a_b}$%"))
        a\_b\}\$\%
    """
    return "".join(_LATEX.get(c, c) for c in printable(text))


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _octal(character: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in character.encode(errors="replace"))
