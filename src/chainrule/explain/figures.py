"""The figures of an explanation in HTML: a line as pictures of its values, or as a table; its Python with dimensions; the
picture of an image, of weights, of neurons on their curve."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from math import prod

import numpy as np

from ..core.dims import BATCH, Dim, shape_text
from ..core.messages import message
from ..core.nouns import Symbol
from ..program.formulas import Formula, Term, symbol_term
from ..program.symbol_names import symbols
from ..show.cells import readable
from ..show.equation import Group, equation, groups
from ..show.figure import Column, figure
from ..show.heat import Scale, color_of, scale
from ..show.markup import Html, Speaker, joined, tag
from ..show.mathml import math, symbol, terms, titled
from ..show.numbers import rounded
from ..show.picture import Floats, Look, Picture, cell_text, numbers, photo, picture, summary
from ..show.svg import curve_of_neurons, through_points
from .fitting import Task, fitted
from .picture_style import PictureStyles, image_shape, picture_of
from .recording import Line, Recording
from .windows import folded, kind, place_of, pool, window, winners_of

_NUMBERED = 7  # columns of numbers that have room in a row
_BELONGING = re.compile(r"(?:\.T)?[)\]]*")


class Figures:
    """Draws the lines and values of one explanation; what is to be read in them is said in the languages of a speaker."""

    def __init__(self, made: Recording, say: Speaker):
        self.made, self.say, self.styles = made, say, PictureStyles(made)
        self.image = self.styles.image
        self.values: dict[str, Floats] = dict(made.values)
        for program in (made.forward, made.backward):
            self.values |= {} if program is None else {each.name: np.asarray(each.value) for each in program.constants}
        if made.architecture is not None:
            self.values["x"] = np.asarray(made.image)
        self.values.setdefault("η", np.asarray(made.learning_rate))

    # ---- a line ------------------------------------------------------------------------------------------------------

    def of(self, line: Line) -> Html:
        """A line as a figure or, where its columns are short, as a table; what is given, as its picture."""
        formula = line.formula
        if formula is None or (self.made.architecture is not None and line.symbol == "a1"):
            return self.given(line)
        if self.is_plain(line):
            return equation(formula, self.values, None, self.say)
        if _is_short(line):
            return self.table(line, formula)

        def look(group: Group, value: Floats) -> Look:
            return self.styles.of(group, formula, value, self.values)

        def caption(group: Group) -> str:
            return self.caption(group, formula)

        values, result = self.values, line.value
        if self.made.maps(max(line.layer, 1)) is not None:
            values = {name: folded(self.made, each) for name, each in (values | winners_of(self.made, formula)).items()}
            result = folded(self.made, result)
        return equation(formula, values, look, self.say, caption_of=caption, result=result)

    def is_plain(self, line: Line) -> bool:
        """Whether pictures would add nothing: a line that passes a value on, or gives a single number; new biases."""
        if line.formula is None:
            return False
        if line.symbol == f"v{line.layer}" and self.made.maps(line.layer):
            return True
        return line.value.size == 1 or line.passes_on or (line.formula.sign == "←" and line.formula.target.color == "b")

    def caption(self, group: Group, formula: Formula) -> str:
        """What stands under a picture that shows only a part, or another side of it than its symbol says."""
        assert group.symbol is not None
        if formula.sign == "←":
            words = {formula.target.name: message("before", "step"), "η": message("learning rate")}
            if group.symbol is formula.target:
                return self.say(message("after", "step"))
            if group.symbol.name in words:
                return self.say(words[group.symbol.name])
        if len(group.shape) > 2:
            return self._caption_of_map(group)
        axis = self.styles.image_axis(group.shape)
        if axis is None:
            return ""
        other = group.shape[1 - axis]
        if int(other) == 1:
            return self.say("as a row") if axis == 1 else ""
        if isinstance(other, Dim) and other.name == BATCH:
            return self.say("example {example} of {count}", example=self.made.example, count=other)
        return self.say("1 of {count}: neuron {neuron}", count=other, neuron=self.styles.chosen(other))

    def _caption_of_map(self, group: Group) -> str:
        """Which of the maps, kernels or heads is shown, where there are several."""
        if self.made.reading is not None:
            return self.say("1 of {count}: head {head}", count=group.shape[0], head=self.made.reading.head)
        assert group.symbol is not None
        if kind(self.made, self.made.layer_of(group.symbol.name)) == "attention" and len(group.shape) == 4:
            return self.say("1 of {count}: head {head}", count=group.shape[1], head=0)
        count = prod(map(int, group.shape[: 2 if len(group.shape) == 4 else -4]))
        if count == 1 or tuple(map(int, group.shape[-2:])) == (1, 1):
            return ""
        places = [self.styles.chosen(size) for size in group.shape[:2]]
        assert group.symbol is not None
        if group.symbol.color in ("w", "g"):
            if int(group.shape[1]) == 1:
                return self.say("1 of {count}: kernel {kernel}", count=count, kernel=places[0])
            return self.say(
                "1 of {count}: kernel {kernel}, for map {map}", count=count, kernel=places[0], map=places[1]
            )
        return self.say("1 of {count}: map {map}", count=count, map=places[1])

    def given(self, line: Line) -> Html:
        """A given value as a picture."""
        term = symbol_term(line.symbol, line.value.shape)
        alone = Formula(term, (), (), "", (), Symbol(line.symbol, line.value.shape, line.value.dtype))
        look = self.styles.of(Group((term,), term), alone, line.value, self.values)
        drawn = self._drawn(line.value, look)
        written = math(symbol(line.symbol)), line.value.shape, drawn
        return joined(figure([Column(symbol(line.symbol), line.value.shape, drawn)]), numbers([written], self.say))

    def table(self, line: Line, formula: Formula) -> Html:
        """The line as a table with every number, for columns of at most ten rows that meet element by element."""
        target = Group((formula.target,), formula.target)
        head, columns = [], []
        for group in (*groups(formula.terms)[0], Group((Term("operator", "="),)), target):
            written = terms(group.terms)
            if group.symbol is None:
                head.append(tag("td", math(written), class_="cr-op"))
                columns.append([tag("td", math(written), class_="cr-op", aria_hidden="true")] * len(line.value))
                continue
            value = group.value(self.values)
            column = self.made.example if len(group.shape) > 1 and group.shape[1] > 1 else 0
            size = tag("span", shape_text(group.shape), class_="cr-dim")
            head.append(tag("th", titled(written, "".join(term.text for term in group.terms)), size, scope="col"))
            whole = group.symbol.color == "y" and group.function is None
            colors = self.styles.scale(group, value)
            columns.append([_cell(number, colors, whole, group is target) for number in value[:, column].tolist()])
        rows = []
        for at, cells in enumerate(zip(*columns, strict=True)):
            hit = self.made.architecture is not None and at in (self.made.label, self.made.answer)
            rows.append(tag("tr", tag("th", str(at), scope="row"), *cells, class_="cr-hit" if hit else None))
        table = tag("table", tag("thead", tag("tr", tag("td"), *head)), tag("tbody", *rows), class_="cr-ten")
        return tag("div", table, class_="cr-wide", tabindex="0", role="group")

    # ---- other pictures ----------------------------------------------------------------------------------------------

    def _drawn(self, values: Floats, look: Look) -> Picture:
        """A picture, with what is to be read in it for those who do not see it."""
        shown = picture(values, look, self.say)
        return replace(shown, html=joined(shown.html, tag("span", summary(values, self.say), class_="cr-spoken")))

    def column_of_example(self, lying: bool = False, large: bool = False) -> Picture:
        """The example's image, as it is or as the column `lying` on its side; the upright one is read with that."""
        colors = picture_of(self.made)
        if not lying and colors is not None and colors.ndim > 2:
            return photo(colors, self.made.of_example("a1"), self.say, large)
        values = self.made.of_example("a1").reshape(-1, 1)
        look = Look(self.styles.scale_of("a1"), self.image, 0, lying=lying, large=large)
        return self._drawn(values, look) if lying or large else picture(values, look, self.say)

    def of_example(self, large: bool = False) -> Html:
        """The picture of the example's image."""
        return self.column_of_example(large=large).html

    def pixels(self, values: Floats) -> Html:
        """What each pixel says for one answer or the other, in color the sum of what its three numbers say."""
        shape = image_shape(self.made)
        assert shape is not None
        values = values.reshape(shape.channels, -1).sum(axis=0).reshape(-1, 1)
        image = shape.rows, shape.columns
        return self._drawn(values, Look(scale(values, share=0.995, diverging=True), image, 0, large=True)).html

    def weights(self, neuron: int) -> Html:
        """The weights of a neuron of the first hidden layer as a small picture."""
        values = self.made.values["w2"]
        look = Look(scale(values, share=0.995, diverging=True), self.image, 1, small=True)
        return picture(values[neuron : neuron + 1], look, Speaker(("en",))).html

    def window(self, layer: int) -> Html:
        """What the followed place of a convolution sees: the window lit on the map before, its kernel, their products with
        their numbers, and the place lit on the map that they make, with the window that pooling takes there."""
        made, say, neuron = self.made, self.say, self.made.neuron(layer)
        seen, pooled = window(made, layer, neuron), pool(made, layer, neuron)
        at, (map_, row, column), (_, rows, columns) = seen.loudest, seen.place, seen.kernel.shape
        before, after = f"a{layer - 1}", f"a{layer}"
        products = seen.values[at] * seen.kernel[at]
        total = rounded(float(products.sum()))
        corner, size = (pooled.corner, pooled.values.shape) if pooled is not None else ((row, column), (1, 1))

        def map_of(symbol_name: str, number: int) -> Picture:
            values = made.values[symbol_name]
            return self._drawn(values[made.example, number], Look(self.styles.scale_of(symbol_name)))

        kernel = self._drawn(seen.kernel[at], Look(scale(made.values[f"w{layer}"], share=0.995, diverging=True)))
        parts = [
            (lit(map_of(before, seen.first + at), seen.corner, (rows, columns), made.values[before].shape[2:]),
             say("{symbol}: the window", symbol=math(symbol(before)))),
            (kernel.html, say("{symbol}, kernel {kernel}", symbol=math(symbol(f"w{layer}")), kernel=map_)),
            (cells(products), say("their {count} products, in all {total}", count=products.size, total=total)),
            (lit(map_of(after, map_), corner, size, made.values[after].shape[2:]),
             say("{symbol}: its place", symbol=math(symbol(after))) if pooled is None
             else say("{symbol}: the window that is pooled", symbol=math(symbol(after)))),
        ]  # fmt: skip
        drawn = [tag("figure", each, tag("figcaption", words, class_="cr-note")) for each, words in parts]
        note = Html()
        if len(seen.kernel) > 1:
            words = say(
                "Shown is map {map}, which says the most of {count}.", map=seen.first + at, count=len(seen.kernel)
            )
            note = tag("p", words, class_="cr-note")
        signs = ("⊙", "=", "→", "")
        row_of = [
            part
            for each, sign in zip(drawn, signs, strict=True)
            for part in (each, tag("span", sign, class_="cr-sign") if sign else "")
        ]
        return joined(tag("div", *row_of, class_="cr-window"), note)

    def curve(self, layer: int) -> Html:
        """The positions of a layer's neurons on the curve of their activation."""
        assert self.made.architecture is not None
        activation = self.made.architecture.layer(layer).applied
        z, function = self.made.of_example(f"z{layer}"), activation.function
        slope, neuron = f"{activation.letter}′", self.made.neuron(layer)
        names: dict[int, str] = {}
        if self.made.maps(layer):
            names = {neuron: ",".join(map(str, place_of(self.made, layer, neuron)))}
        return curve_of_neurons(lambda value: np.asarray(function(value)), z, neuron, names=names, slope_name=slope)


def fits(task: Task) -> Html:
    """The points of a task, and through them its fits."""
    grid = np.linspace(task.x.min(), task.x.max(), 81)
    x = grid.reshape(1, -1) if task.x.ndim == 2 else grid
    curves = [(f"{fit.steps:,}", _pairs(grid, task.outputs(*fit.parameters, x))) for fit in fitted(task)]
    return through_points(_pairs(task.x, task.y), curves)


def lit(drawn: Picture, corner: tuple[int, int], size: tuple[int, int], shape: tuple[int, int]) -> Html:
    """A map on which a window is framed, and all else faint."""
    sides = zip(("top", "left"), ("height", "width"), corner, size, shape, strict=True)
    style = ";".join(
        f"{start}:{100 * at / of:.4g}%;{side}:{100 * many / of:.4g}%" for start, side, at, many, of in sides
    )
    return tag("span", drawn.html, tag("i", style=style), class_="cr-lit")


def cells(values: Floats) -> Html:
    """Numbers as a picture with each number in its cell, where there is room for them; else as a picture alone."""
    colors = scale(values, diverging=True)
    rows = []
    for line in values.tolist():
        row = []
        for value in line:
            style = _grounds(value, colors)
            text = cell_text(value, 2) if len(line) <= _NUMBERED else ""
            row.append(tag("td", text, style=style))
        rows.append(tag("tr", *row))
    return tag("table", tag("tbody", *rows), class_="cr-products")


def ground(share: float) -> str:
    """The style of a cell of a table that is the darker, the larger a share of 1."""
    return _grounds(share, Scale(1.0, False))


def _grounds(value: float, colors: Scale) -> str:
    light, dark = color_of(value, colors, "light"), color_of(value, colors, "dark")
    return f"--l:{light};--tl:{readable(light)};--d:{dark};--td:{readable(dark)}"


def _pairs(x: Floats, y: Floats) -> list[tuple[float, float]]:
    return list(zip(np.ravel(x).tolist(), np.ravel(y).tolist(), strict=True))


def _is_short(line: Line) -> bool:
    """Whether every number has room: columns of two to ten rows that meet element by element, at most four of them."""
    if line.formula is None or line.formula.ties or line.value.ndim != 2 or not 2 <= len(line.value) <= 10:
        return False
    if line.value.shape[1] > 1 and not line.layer:
        return False
    own = [group for group in groups(line.formula.terms)[0] if group.symbol is not None]
    return 2 <= len(own) <= 3 and all(group.shape == line.value.shape for group in own)


def _cell(value: float, colors: Scale, whole: bool, signed: bool) -> Html:
    """A number beside its color; what the others come to has its sign."""
    light, dark = (color_of(value, colors, theme) for theme in ("light", "dark"))
    text = rounded(value, signed=True) if signed and abs(value) >= 0.0005 else cell_text(value)
    if whole and value.is_integer():
        text = f"{value:.0f}"
    chip = tag("i", class_="cr-chip", style=f"--l:{light};--d:{dark}")
    return tag("td", tag("span", chip, tag("span", text), class_="cr-with"))


def cut(stage: Sequence[Term]) -> list[Html]:
    """A stage of a line in numbers, cut before each sign of a sum, and before a × that stands outside all brackets."""
    cuts, depth = [0], 0
    for at, term in enumerate(stage):
        depth += {"(": 1, ")": -1}.get(term.text, 0)
        if at and (term.text == "+" or (term.text == "×" and not depth and len(stage) > 5)):
            cuts.append(at)
    return [terms(stage[start:end]) for start, end in zip(cuts, [*cuts[1:], len(stage)], strict=True)]


def python(line: Formula) -> Html:
    """A line of Python in the colors of its symbols, and under each its dimensions; gaps open where those need room.

    >>> from chainrule.program.formulas import Place
    >>> b = symbol_term("b2", (30, 1))
    >>> places = (Place(0, "b2", (30, 784)), Place(5, "b2", (30, 784)))
    >>> python(Formula(b, (b,), (), "b2 = b2", places, Symbol("b2", (30, 784), np.dtype(float))))
    '<span class="cr-b">b2</span>   = <span class="cr-b">b2</span>\\n<i>30×784 30×784</i>'
    """
    code, below, end = "", "", 0
    gap = 0  # where the last symbol has ended, and what belongs to it
    for place in line.places:
        code += line.python[end : place.column]
        missing = len(below) + 1 - len(code) if below else 0
        code = code[:gap] + " " * missing + code[gap:]
        below = below.ljust(len(code)) + shape_text(place.shape)
        code += place.name
        end = place.column + len(place.name)
        belonging = _BELONGING.match(line.python, end)
        gap = len(code) + (len(belonging[0]) if belonging else 0)
    code += line.python[end:]
    colored = joined(*(tag("span", part, class_=f"cr-{kind}") if kind else part for part, kind in symbols(code)))
    return joined(colored, "\n", tag("i", below))
