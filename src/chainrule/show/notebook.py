"""A program in a notebook: its Python text, each symbol in the color of its kind, the dimensions faint, without a script; where
there is no HTML, the text alone, or the mathematics."""

from __future__ import annotations

from ..core.nouns import Program
from ..program.symbol_names import symbols
from .markup import Html, joined, tag
from .style import style_sheet


def html(program: Program) -> str:
    """The program as HTML that brings its own style, which changes nothing around it."""
    lines = joined(*map(line, str(program).rstrip("\n").split("\n")), by="\n")
    return tag("div", tag("style", Html(style_sheet())), tag("pre", lines), class_="cr")


def line(text: str) -> str:
    """A line of Python, each symbol in the color of its kind, the comment faint."""
    code, mark, comment = text.partition("#")
    parts = [tag("b", part, class_=f"cr-{kind}") if kind else part for part, kind in symbols(code)]
    return joined(*parts, tag("span", mark + comment, style="color:var(--ink3)")) if mark else joined(*parts)


def _markdown(program: Program) -> str:
    return f"```python\n{program}```"


def _latex(program: Program) -> str:
    return f"$$\\begin{{aligned}}\n{program.latex()}\n\\end{{aligned}}$$"


for _format, _shown in {"html": html, "markdown": _markdown, "latex": _latex}.items():
    setattr(Program, f"_repr_{_format}_", _shown)
