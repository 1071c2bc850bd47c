"""Curves as SVG, in the house's colors, light or dark as the reader has it: bands of many runs, their middle, and points.

What is drawn is said by the benchmark that draws it; nothing is measured here.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.show.colors import PALETTES

WIDTH, HEIGHT = 720, 380
LEFT, RIGHT, TOP, BOTTOM = 62, 168, 56, 46
LEAST_GAP = 17  # between two labels
_COLORS = ("paper", "ink", "ink2", "ink3", "line", "a", "z", "w", "b", "d", "g")


@dataclass(frozen=True)
class Curve:
    """Values over x: least, middle and most of our runs, and beside them the `points` (x, y) of the book.

    `color` is one of the color table's; a curve without values has points only, drawn as squares.
    """

    label: str
    color: str
    x: Sequence[float] = ()
    least: Sequence[float] = ()
    middle: Sequence[float] = ()
    most: Sequence[float] = ()
    points: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True)
class Axis:
    """An axis from `first` to `last` with these ticks."""

    label: str
    first: float
    last: float
    ticks: Sequence[float]
    logarithmic: bool = False

    def share(self, value: float) -> float:
        """Where a value lies, 0 at the first and 1 at the last."""
        first, last, at = (math.log(each) if self.logarithmic else each for each in (self.first, self.last, value))
        return (at - first) / (last - first)


def plot(title: str, x: Axis, y: Axis, curves: Sequence[Curve]) -> str:
    """The picture of some curves; labels stand beside their ends, kept apart."""

    def across(value: float) -> str:
        return f"{LEFT + x.share(value) * (WIDTH - LEFT - RIGHT):.1f}"

    def down(value: float) -> str:
        inside = min(max(y.share(value), -0.02), 1.0)  # what lies below the picture runs along its edge
        return f"{TOP + (1 - inside) * (HEIGHT - TOP - BOTTOM):.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">',
        f"<title>{html.escape(title)}</title>",
        f"<style>{_styles()}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}" rx="8"/>',
        f'<text x="{LEFT}" y="24" class="ink" font-weight="bold">{html.escape(title)}</text>',
    ]
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    for tick in y.ticks:
        parts.append(f'<path class="grid" d="M{LEFT} {down(tick)}H{right}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{float(down(tick)) + 4:.1f}" class="ink3 end">{tick:g}</text>')
    for tick in x.ticks:
        parts.append(f'<text x="{across(tick)}" y="{bottom + 18}" class="ink3 middle">{tick:,g}</text>')
    parts.append(f'<text x="{(LEFT + right) / 2}" y="{bottom + 37}" class="ink2 middle">{html.escape(x.label)}</text>')
    parts.append(f'<text x="{LEFT}" y="{TOP - 5}" class="ink2 small">{html.escape(y.label)}</text>')
    curves = [curve for curve in curves if curve.x or curve.points]
    for curve in curves:
        if curve.x:
            there = [f"{across(at)} {down(value)}" for at, value in zip(curve.x, curve.most, strict=True)]
            back = [f"{across(at)} {down(value)}" for at, value in zip(curve.x, curve.least, strict=True)]
            parts.append(f'<path class="{curve.color} band" d="M{"L".join([*there, *reversed(back)])}Z"/>')
            middle = [f"{across(at)} {down(value)}" for at, value in zip(curve.x, curve.middle, strict=True)]
            parts.append(f'<path class="{curve.color} line" d="M{"L".join(middle)}"/>')
        for at, value in curve.points:
            if curve.x:
                parts.append(f'<circle class="{curve.color} point" cx="{across(at)}" cy="{down(value)}" r="4.5"/>')
            else:
                left, top = float(across(at)) - 4, float(down(value)) - 4
                parts.append(f'<rect class="{curve.color} point" x="{left:.1f}" y="{top:.1f}" width="8" height="8"/>')
    ends: dict[str, list[tuple[float, Curve]]] = {}
    for curve in curves:
        at, value = (curve.x[-1], curve.middle[-1]) if curve.x else curve.points[-1]
        ends.setdefault(across(at), []).append((float(down(value)) + 4, curve))
    for end, labeled in ends.items():
        for at, (_, curve) in zip(_apart([at for at, _ in labeled]), labeled, strict=True):
            text = html.escape(curve.label)
            parts.append(f'<text x="{float(end) + 10:.1f}" y="{at:.1f}" class="{curve.color}">{text}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _apart(places: Sequence[float]) -> list[float]:
    """The places, moved down where they would stand on one another, and up again where they would leave the picture."""
    order = sorted(range(len(places)), key=lambda at: places[at])
    moved = list(places)
    least, most = -math.inf, float(HEIGHT - BOTTOM + 4)
    for at in order:
        moved[at] = max(moved[at], least)
        least = moved[at] + LEAST_GAP
    for at in reversed(order):
        moved[at] = min(moved[at], most)
        most = moved[at] - LEAST_GAP
    return moved


def _styles() -> str:
    font = "font:13px system-ui,-apple-system,'Segoe UI','Noto Sans',sans-serif"
    rules = [f"text{{{font}}}.end{{text-anchor:end}}.middle{{text-anchor:middle}}"]
    for theme in ("light", "dark"):
        palette = PALETTES[theme]
        colors = "".join(f"text.{name},rect.{name}{{fill:{palette[name]}}}" for name in _COLORS)
        for name in _COLORS[5:]:
            color = palette[name]
            colors += f".{name}.line{{fill:none;stroke:{color};stroke-width:2}}.{name}.band{{fill:{color};opacity:.2}}"
            colors += f".{name}.point{{fill:{palette['paper']};stroke:{color};stroke-width:2}}"
        colors += f".grid{{stroke:{palette['line']}}}"
        rules.append(colors if theme == "light" else f"@media(prefers-color-scheme:dark){{{colors}}}")
    return "".join(rules)
