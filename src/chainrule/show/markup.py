"""Composes HTML for everything shown in a browser: text is escaped unless it is marked as markup, and elements are closed."""

from __future__ import annotations

from html import escape

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
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    end = "" if name in _EMPTY else f"</{name}>"
    return Html(f"<{name}{written}>{joined(*children)}{end}")


def _escaped(part: str) -> str:
    return part if isinstance(part, Html) else escape(part, quote=False)
