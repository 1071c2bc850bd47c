"""Small drawings for a browser: neurons on the curve of their activation function, counts, a slope chart, functions through
points.

Their colors are the tokens of the style sheet, and their texts are the caller's: a drawing without a `label` is hidden from
screen readers, since the text beside it says the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .markup import Html, tag
from .numbers import rounded

Floats = NDArray[np.float64]


def drawing(width: float, height: float, *content: str, class_: str, label: str = "") -> Html:
    """A drawing that shrinks to the room it has."""
    view = f"0 0 {width:g} {height:g}"
    spoken = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    return tag("svg", *content, class_=class_, width=width, height=height, viewBox=view, **spoken)


def path(points: Sequence[tuple[float, float]], class_: str) -> Html:
    """A line through points."""
    return tag("path", class_=class_, d="M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points))


def text(x: float, y: float, *content: str, anchor: str = "start", class_: str | None = None) -> Html:
    """Letters at a place."""
    return tag("text", *content, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor, class_=class_)


# ---- neurons on the curve --------------------------------------------------------------------------------------------

FLAT = 0.01
"""Where the slope is less than this, a neuron is saturated."""


def curve_of_neurons(
    f: Callable[[Floats], Floats],
    z: Floats,
    chosen: int,
    *,
    names: Sequence[str] | Mapping[int, str] = (),
    slope_name: str = "σ′",
    label: str = "",
) -> Html:
    """Where the neurons with weighted inputs z sit on their activation's curve; the flat parts are gray.

    The chosen one has its tangent and its slope, named by its index or by `names`. Those beyond ±8 stand at the edge.
    """
    width, height, low, high, margin, top, bottom = 330.0, 118.0, -8.0, 8.0, 8.0, 14.0, 26.0
    xs = np.linspace(low, high, 97)
    ys = f(xs)
    span = float(ys.max() - ys.min()) or 1.0

    def X(value: float) -> float:
        return margin + (min(max(value, low), high) - low) / (high - low) * (width - 2 * margin)

    def Y(value: float) -> float:
        return height - bottom - (value - float(ys.min())) / span * (height - top - bottom)

    def slope(at: float) -> float:
        h = 1e-5
        above, below = f(np.array([at + h, at - h]))
        return float(above - below) / (2 * h)

    flat = [abs(slope(float(x))) < FLAT for x in xs]
    parts = []
    for start, end in _runs(flat):
        x0, x1 = X(float(xs[start])), X(float(xs[end]))
        parts.append(
            tag("rect", class_="cr-flat", x=f"{x0:.1f}", y="4", width=f"{x1 - x0:.1f}", height=f"{height - bottom:g}")
        )
    zero = Y(0.0) if ys.min() <= 0 <= ys.max() else height - bottom
    parts.append(tag("path", class_="cr-axis", d=f"M{margin:g} {zero:.1f}H{width - margin:g}"))
    parts.append(path([(X(float(x)), Y(float(y))) for x, y in zip(xs, ys, strict=True)], "cr-curve"))
    values = np.clip(np.ravel(z), low, high)
    places = (
        (f"{X(value):.1f}", f"{Y(level):.1f}") for value, level in zip(values.tolist(), f(values).tolist(), strict=True)
    )
    parts += [tag("circle", class_="cr-dot", cx=x, cy=y, r="3.5") for x, y in dict.fromkeys(places)]
    at = float(np.ravel(z)[chosen])
    here, rise = float(values[chosen]), slope(at)
    level = float(f(np.array([here]))[0])
    reach = min(2.0, 0.35 * span / abs(rise)) if rise else 2.0
    ends = [(X(here + step), Y(level + rise * step)) for step in (-reach, reach)]
    parts.append(tag("path", class_="cr-tangent", d="M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ends)))
    parts.append(tag("circle", class_="cr-pick", cx=f"{X(here):.1f}", cy=f"{Y(level):.1f}", r="5.5"))
    left = X(here) > 0.55 * width  # the words stand where the curve is not
    name = names[chosen] if names else str(chosen)
    said = [tag("tspan", f"{name}:", class_="cr-bold"), f" {slope_name} = {rounded(rise)}"]
    x, y = X(here) + (-14 if left else 14), Y(level) - 12 if left == (rise >= 0) else Y(level) + 20
    if not left and y > height - bottom - 4:  # at the low end there is no room below the curve: above it, at the left
        left, x, y = True, max(X(here) - 14, margin + 90), Y(level) - 12
    elif left and y < 14 and abs(rise) < 0.05 * span:  # and the other way round at a flat upper end
        left, x, y = False, min(X(here) + 14, width - margin - 90), Y(level) + 20
    parts.append(text(x, max(y, 14), *said, anchor="end" if left else "start"))
    for value, anchor, words in ((low, "start", "z ≤ −8"), (0.0, "middle", "0"), (high, "end", "z ≥ 8")):
        parts.append(text(X(value), height - 7, words, anchor=anchor, class_="cr-minor"))
    return drawing(width, height, *parts, class_="cr-neurons", label=label)


def _runs(flags: Sequence[bool]) -> list[tuple[int, int]]:
    """First and last place of each run of what is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(flags, np.int8), [0]])))
    return [(int(start), int(end) - 1) for start, end in edges.reshape(-1, 2)]


# ---- how often ------------------------------------------------------------------------------------------------------


def counts_chart(rows: Sequence[tuple[str, str, int]], *, label: str = "") -> Html:
    """A bar for each count, its number behind it; its name and what is meant by it stand above."""
    width, bar, row = 640.0, 560.0, 52.0
    most = max((count for *_, count in rows), default=1)
    parts = []
    for place, (name, meant, count) in enumerate(rows):
        y, end = place * row, bar * count / most
        parts += [
            text(0, y + 16, tag("tspan", name, class_="cr-bold"), f"  {meant}"),
            tag("rect", class_="cr-count", x="0", y=f"{y + 23:g}", width=f"{end:.1f}", height="14"),
            text(end + 8, y + 35, str(count)),
        ]
    return drawing(width, row * len(rows), *parts, class_="cr-counts", label=label)


# ---- before and after ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """A value before and after; `mark` is `"truth"`, `"answer"` or nothing."""

    name: str
    before: float
    after: float
    mark: str = ""


def slope_chart(changes: Sequence[Change], *, top: float = 1.0, label: str = "") -> Html:
    """Values up to `top` before (left) and after (right), the marked ones with name and number; the lowest line is 0."""
    low = min(0.0, *(value for change in changes for value in (change.before, change.after)))
    width, height, left, right, edge = 330.0, 190.0, 92.0, 238.0, 14.0

    def Y(value: float) -> float:
        return height - edge - min((value - low) / (top - low), 1) * (height - 2 * edge)

    parts = [tag("path", class_="cr-axis", d=f"M{x:g} {edge:g}V{height - edge:g}") for x in (left, right)]
    for change in sorted(changes, key=lambda each: bool(each.mark)):
        kind = f"cr-slope cr-{change.mark}" if change.mark else "cr-slope"
        parts.append(path([(left, Y(change.before)), (right, Y(change.after))], kind))
        if change.mark:
            for x, value in ((left, change.before), (right, change.after)):
                parts.append(tag("circle", class_=f"cr-end cr-{change.mark}", cx=f"{x:g}", cy=f"{Y(value):.1f}", r="5"))
    marked = [change for change in changes if change.mark]
    for x, anchor, side in ((left - 12, "end", "before"), (right + 12, "start", "after")):
        values = [float(getattr(change, side)) for change in marked]
        for change, value, y in zip(marked, values, _spread([Y(value) for value in values], 20), strict=True):
            name = tag("tspan", change.name, class_="cr-bold")
            parts.append(text(x, y + 5, name, f"  {rounded(value)}", anchor=anchor))
    return drawing(width, height, *parts, class_="cr-slopes", label=label)


def _spread(places: Sequence[float], least: float) -> list[float]:
    """The places moved apart, so that neighbors are at least so far from each other."""
    order = sorted(range(len(places)), key=places.__getitem__)
    moved = list(places)
    for lower, upper in pairwise(order):
        missing = least - (moved[upper] - moved[lower])
        if missing > 0:
            moved[lower] -= missing / 2
            moved[upper] += missing / 2
    return moved


# ---- functions through points ----------------------------------------------------------------------------------------


def through_points(
    points: Sequence[tuple[float, float]], lines: Sequence[tuple[str, Sequence[tuple[float, float]]]]
) -> Html:
    """Points, and lines that go through them better and better: the last is strong; each has its name at its right end."""
    width, height, left, right, edge = 330.0, 190.0, 10.0, 62.0, 14.0
    xs, ys = zip(*points, *(place for _, line in lines for place in line), strict=True)

    def place(x: float, y: float) -> tuple[float, float]:
        share = (y - min(ys)) / ((max(ys) - min(ys)) or 1.0)
        across = (x - min(xs)) / ((max(xs) - min(xs)) or 1.0)
        return left + across * (width - left - right), height - edge - share * (height - 2 * edge)

    parts = []
    for at, (_, line) in enumerate(lines):
        last = at == len(lines) - 1
        parts.append(path([place(*each) for each in line], "cr-line cr-a" if last else "cr-slope"))
    parts += [
        tag("circle", class_="cr-dot", cx=f"{x:.1f}", cy=f"{y:.1f}", r="3.5")
        for x, y in (place(*each) for each in points)
    ]
    ends = _spread([place(*line[-1])[1] for _, line in lines], 17)
    for at, ((name, _), y) in enumerate(zip(lines, ends, strict=True)):
        strong = at == len(lines) - 1
        parts.append(text(width - right + 10, y + 5, name, class_="cr-bold cr-a" if strong else "cr-minor"))
    return drawing(width, height, *parts, class_="cr-fit")


# ---- over epochs -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Series:
    """Values over epochs, with a name that stands at the end of its line, and the kind of symbol whose color it has."""

    name: str
    kind: str
    epochs: Sequence[int]
    values: Sequence[float]


def epochs_chart(series: Sequence[Series], axis: Callable[[float], str], *, label: str = "") -> Html:
    """A line for each series; its last value behind its name, the largest and the smallest at the left, the epochs below.

    Args:
        series: The series, each with finite values of one epoch or more.
        axis: Writes a value.
        label: What a screen reader says of it.

    Returns:
        The drawing.
    """
    width, height, left, right, top, bottom = 330.0, 190.0, 58.0, 104.0, 12.0, 26.0
    values = [value for line in series for value in line.values]
    first, last = min(line.epochs[0] for line in series), max(line.epochs[-1] for line in series)
    low, high = min(values), max(values)

    def place(epoch: int, value: float) -> tuple[float, float]:
        across = (epoch - first) / ((last - first) or 1)
        share = (value - low) / ((high - low) or 1.0)
        return left + across * (width - left - right), height - bottom - share * (height - top - bottom)

    parts = [tag("path", class_="cr-axis", d=f"M{left:g} {top:g}V{height - bottom:g}H{width - right:g}")]
    for value in dict.fromkeys((high, low)):
        parts.append(text(left - 8, place(first, value)[1] + 4, axis(value), anchor="end", class_="cr-minor"))
    for epoch in dict.fromkeys((first, last)):
        parts.append(text(place(epoch, low)[0], height - 6, str(epoch), anchor="middle", class_="cr-minor"))
    for line in series:
        points = [place(*point) for point in zip(line.epochs, line.values, strict=True)]
        parts.append(path(points, f"cr-line cr-{line.kind}"))
        parts.append(
            tag("circle", class_=f"cr-last cr-{line.kind}", cx=f"{points[-1][0]:.1f}", cy=f"{points[-1][1]:.1f}", r="3")
        )
    ends = _spread([place(line.epochs[-1], line.values[-1])[1] for line in series], 17)
    for line, y in zip(series, ends, strict=True):
        name = tag("tspan", line.name, class_=f"cr-bold cr-{line.kind}")
        parts.append(text(width - right + 8, y + 5, name, f" {axis(line.values[-1])}"))
    return drawing(width, height, *parts, class_="cr-epochs", label=label)
