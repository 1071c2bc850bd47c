"""A program in a notebook: its Python text, each symbol in the color of its kind, the dimensions faint, without a script; where
there is no HTML, the text alone, or the mathematics. And a run of training, as a curve and a table."""

from __future__ import annotations

from ..core.nouns import Program
from ..program.symbol_names import symbols
from ..training.history import History
from .markup import Html, joined, tag
from .style import style_sheet

# Notebooks have rules of their own for all pre elements, which come before those of a style sheet that does not know them.
_LISTING = (
    "font-family:ui-monospace,'Noto Sans Mono','SF Mono',Menlo,Consolas,'DejaVu Sans Mono','Noto Sans CJK SC',monospace;"
    "font-size:13px;line-height:1.5;white-space:pre;word-break:normal;overflow-wrap:normal;word-wrap:normal;overflow-x:auto;"
    "tab-size:4;text-align:left;margin:0;padding:4px 0;border:0;background:transparent;color:inherit"
)


def html(program: Program) -> str:
    """The program as HTML that brings its own style, which changes nothing around it."""
    lines = joined(*map(line, str(program).rstrip("\n").split("\n")), by="\n")
    return tag("div", tag("style", Html(style_sheet())), listing(lines), class_="cr")


def listing(text: str) -> Html:
    """Text in letters of one width, whose lines are not broken, whatever style the notebook has for it."""
    return tag("pre", text, style=_LISTING)


def line(text: str) -> str:
    """A line of Python, each symbol in the color of its kind, the comment faint."""
    code, mark, comment = text.partition("#")
    parts = [tag("b", part, class_=f"cr-{kind}") if kind else part for part, kind in symbols(code)]
    return joined(*parts, tag("span", mark + comment, style="color:var(--ink3)")) if mark else joined(*parts)


def _markdown(program: Program) -> str:
    return f"```python\n{program}```"


def _latex(program: Program) -> str:
    return f"$$\\begin{{aligned}}\n{program.latex()}\n\\end{{aligned}}$$"


def _run(history: History) -> str:
    from .run import html as run_html

    return run_html(history)


setattr(History, "_repr_html_", _run)  # noqa: B010
for _format, _shown in {"html": html, "markdown": _markdown, "latex": _latex}.items():
    setattr(Program, f"_repr_{_format}_", _shown)
