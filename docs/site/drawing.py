"""Draws the pictures of the gallery as SVG, in the colors of the package's table."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import numpy as np

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
    frame = f'viewBox="-8 -4 {_WIDTH + 16} {y + tallest + 12}" width="{_WIDTH + 16}"'
    style = f'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="15" fill="{LIGHT["ink"]}"'
    ground = f'<rect x="-8" y="-4" width="100%" height="100%" fill="{LIGHT["paper"]}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {frame} {style}>{ground}{"".join(parts)}</svg>'
