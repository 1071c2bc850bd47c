"""Draws the pictures of the gallery as SVG, in the colors of the package's table."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from chainrule.show.colors import LIGHT, shade

_CELL, _GAP, _WIDTH, _LABEL = 18, 26, 640, 20


def sensitivities(slopes: Mapping[str, Any]) -> str:
    """Heat maps of a derivative, one for each argument: white is zero, orange above, blue below.

    Args:
        slopes: The derivative with respect to each argument, by its name: a number, a vector or a matrix.

    Returns:
        SVG.
    """
    parts, x, y, tallest = [], 0, 0, 0
    for name, slope in slopes.items():
        cells = np.atleast_2d(np.asarray(slope, float))
        rows, columns = cells.shape
        size = min(_CELL * (2 if cells.size < 8 else 1), _WIDTH // columns)
        width = max(size * columns, 11 * len(name) + 10)
        if x and x + width > _WIDTH:
            x, y, tallest = 0, y + tallest + _GAP, 0
        top = float(np.max(np.abs(cells))) or 1.0
        parts.append(f'<text x="{x}" y="{y + 14}">{html.escape(name)}</text>')
        for row in range(rows):
            for column in range(columns):
                color = shade(LIGHT.diverging, 0.5 + 0.5 * cells[row, column] / top)
                at = f'x="{x + size * column}" y="{y + _LABEL + size * row}"'
                parts.append(f'<rect {at} width="{size}" height="{size}" fill="{color}"/>')
        edge = f'x="{x}" y="{y + _LABEL}" width="{size * columns}" height="{size * rows}"'
        parts.append(f'<rect {edge} fill="none" stroke="{LIGHT["line2"]}"/>')
        x, tallest = x + width + _GAP, max(tallest, _LABEL + size * rows)
    return _svg(parts, y + tallest)


# ---- points, curves and images ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Marks:
    """Points or a curve of a panel.

    Attributes:
        x: Their places across.
        y: Their heights, as many; of a curve, NaN is a gap.
        color: A token of the table of colors.
        points: Whether they are points, not a curve.
        width: Of a curve, or the radius of a point.
    """

    x: Any
    y: Any
    color: str
    points: bool = False
    width: float = 2.0


def chart(*panels: Sequence[Marks], alike: bool = False, logarithmic: bool = False) -> str:
    """Panels side by side, each with its points and curves, and with the least and the largest number at both sides.

    Args:
        panels: What each shows, the last on top.
        alike: Whether a step across is as long as a step up.
        logarithmic: Whether heights are drawn by their logarithms.

    Returns:
        SVG.
    """
    side, high, parts = (_WIDTH - _GAP * (len(panels) - 1)) / len(panels), 240.0, []
    for place, marks in enumerate(panels):
        left = place * (side + _GAP)
        xs = np.concatenate([np.ravel(each.x) for each in marks]).astype(float)
        ys = np.concatenate([np.ravel(each.y) for each in marks]).astype(float)
        low, top = np.nanmin(ys), np.nanmax(ys)
        first, last = xs.min(), xs.max()
        up = np.log10 if logarithmic else np.asarray
        across, tall = (side - 8) / (last - first), (high - 8) / float(up(top) - up(low) or 1)
        wide = side
        if alike:
            across = tall = min(across, tall)
            wide = (last - first) * across + 8
        for each in marks:
            px = left + 4 + (np.asarray(each.x, float) - first) * across
            py = high - 4 - (up(np.asarray(each.y, float)) - up(low)) * tall
            if each.points:
                dots = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in zip(px, py, strict=True))
                drawn = f'd="{dots}" stroke-width="{2 * each.width}" stroke-linecap="round"'
            else:
                pieces, pen = [], "M"
                for x, y in zip(px, py, strict=True):
                    pieces += [f"{pen}{x:.1f} {y:.1f}"] if np.isfinite(y) else []
                    pen = "L" if np.isfinite(y) else "M"
                drawn = f'd="{"".join(pieces)}" stroke-width="{each.width}" stroke-linejoin="round"'
            parts.append(f'<path {drawn} fill="none" stroke="{LIGHT[each.color]}"/>')
        parts.append(
            f'<rect x="{left}" y="0" width="{wide:.1f}" height="{high}" fill="none" stroke="{LIGHT["line"]}"/>'
        )
        ends = (first, left, high + 17, "start"), (last, left + wide, high + 17, "end")
        for number, x, y, anchor in (*ends, (low, left + 5, high - 6, "start"), (top, left + 5, 16, "start")):
            parts.append(f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" {_HALO}>{_short(number)}</text>')
    return _svg(parts, high + 24)


def images(pictures: Mapping[str, Any], *, signed: bool = False) -> str:
    """Pictures side by side, each with its name above.

    Args:
        pictures: Rows and columns of numbers, by name.
        signed: Whether white is zero, orange above, blue below; else white is the least number and dark the largest.

    Returns:
        SVG.
    """
    parts, x, tallest = [], 0.0, 0.0
    side = (_WIDTH - _GAP * (len(pictures) - 1)) / len(pictures)
    for name, numbers in pictures.items():
        cells = np.asarray(numbers, float)
        low, top = (-np.abs(cells).max(), np.abs(cells).max()) if signed else (cells.min(), cells.max())
        ramp = LIGHT.diverging if signed else LIGHT.sequential
        shades = np.array([list(bytes.fromhex(shade(ramp, t / 255)[1:])) for t in range(256)], np.uint8)
        kept = io.BytesIO()
        Image.fromarray(shades[np.uint8(np.round((cells - low) / (top - low) * 255))]).save(kept, "PNG", optimize=True)
        high = side * cells.shape[0] / cells.shape[1]
        data = base64.b64encode(kept.getvalue()).decode()
        place = f'x="{x:.1f}" y="{_LABEL}" width="{side:.1f}" height="{high:.1f}"'
        parts.append(f'<text x="{x:.1f}" y="14">{html.escape(name)}</text>')
        parts.append(f'<image {place} href="data:image/png;base64,{data}" style="image-rendering:pixelated"/>')
        parts.append(f'<rect {place} fill="none" stroke="{LIGHT["line2"]}"/>')
        x, tallest = x + side + _GAP, max(tallest, high)
    return _svg(parts, _LABEL + tallest)


_HALO = f'paint-order="stroke" stroke="{LIGHT["paper"]}" stroke-width="4" stroke-linejoin="round"'


def _short(number: float) -> str:
    """A number at a side of a panel."""
    return (f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}").replace("-", "−")


def _svg(parts: Sequence[str], height: float) -> str:
    """A picture of parts."""
    frame = f'viewBox="-8 -4 {_WIDTH + 16} {height + 12:.0f}" width="{_WIDTH + 16}"'
    style = f'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="15" fill="{LIGHT["ink"]}"'
    ground = f'<rect x="-8" y="-4" width="100%" height="100%" fill="{LIGHT["paper"]}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {frame} {style}>{ground}{"".join(parts)}</svg>'
