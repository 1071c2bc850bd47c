"""The style sheet that document, notebook and page share: the tokens of the color table, and `style.css` beside this file."""

from __future__ import annotations

import functools
from importlib import resources

from ..program.symbol_names import KINDS
from .colors import DARK, LIGHT, Palette

_SHARED = ("chainrule.show", "style.css")


def tokens(palette: Palette) -> str:
    """The colors of a theme as custom properties: `--a:#0069A8;…`, and its two ramps as gradients."""
    ramps = {"seq": palette.sequential, "div": palette.diverging}
    colors = [f"--{name}:{color}" for name, color in palette.colors.items()]
    return ";".join([*colors, *(f"--{name}:linear-gradient(90deg,{','.join(stops)})" for name, stops in ramps.items())])


@functools.cache
def style_sheet(*sheets: tuple[str, str]) -> str:
    """The shared style, and then others, each a package and the name of its file: `("chainrule.explain", "document.css")`.

    Everything in it stands below `.cr`, the class of what is shown, so that it changes nothing around a notebook's cell.
    """
    kinds = "".join(f".cr .cr-{kind}{{color:var(--{kind})}}" for kind in KINDS)
    own = [(resources.files(package) / name).read_text(encoding="utf-8") for package, name in (_SHARED, *sheets)]
    return "".join(
        [
            f".cr{{{tokens(LIGHT)};color-scheme:light}}",
            f"@media screen and (prefers-color-scheme:dark){{.cr{{{tokens(DARK)};color-scheme:dark}}}}",
            *own,
            kinds,
        ]
    )
