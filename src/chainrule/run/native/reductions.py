"""Writes the loops of operations that need all of a matrix: transposes, reductions, softmax."""

from __future__ import annotations

from ...core.nouns import Constant, Symbol
from ..loops.processor import LANES
from .layout import padded
from .plan import REDUCTIONS, Node
from .sharing import divided
from .writer import Writer, float_text


def transpose(w: Writer, position: int, node: Node) -> None:
    """A transpose that must be made: 16 × 16 numbers at once, panel by panel."""
    (equation,) = node.equations
    source, target = equation.inputs[0], equation.target.name
    assert isinstance(source, Symbol)
    w.place(target), w.place(source.name)
    held, held_there = w.layout.held(source.name), w.layout.held(target)
    w.said(equation)
    for v0, v1, wide in w.layout.parts(source.name):
        for u0, u1, wide_there in w.layout.parts(target):
            shared = "v" if v1 - v0 > wide else "c"  # by threads
            w.line(0, f"for v in {divided(v1, wide) if w.split and shared == 'v' else f'range({v0}, {v1}, {wide})'}:")
            w.line(1, f"for u in range({u0}, {u1}, {wide_there}):")
            by_threads = w.split and shared == "c"
            w.line(2, f"for c in {divided(wide_there, LANES) if by_threads else f'range(0, {wide_there}, {LANES})'}:")
            w.line(3, f"for q in range(0, {wide}, {LANES}):")
            x = f"at_{source.name} + v * {held} + (u + c) * {wide} + q, {wide}"
            out = f"at_{target} + u * {held_there} + (v + q) * {wide_there} + c, {wide_there}"
            w.line(4, f"transpose(memory, {x}, {out})")


def reduction(w: Writer, position: int, node: Node) -> None:
    """A sum, mean, maximum or minimum of a matrix over its columns, its rows, or both."""
    (equation,) = node.equations
    name, source, params = equation.primitive.name, equation.inputs[0], dict(equation.params)
    symbol = w.constant(source) if isinstance(source, Constant) else source
    rows, columns = map(int, symbol.shape)
    axis = params["axis"]
    axes = {0, 1} if axis is None else {each % 2 for each in (axis if isinstance(axis, tuple) else (axis,))}
    join, fold, first = REDUCTIONS[name]
    width, target, count = padded(rows), equation.target.name, 1
    at = f"at_{symbol.name} + c * {width} + q"
    w.place(symbol.name)
    begin = f"splat(number({float_text(first)}))"
    w.said(equation)
    if axes == {1}:
        w.place(target)
        w.line(0, f"for q in {w.over_rows(node, width)}:")
        w.line(1, f"s = {begin}")
        w.line(1, f"for c in range({columns}):")
        w.line(2, f"s = {join}(s, load(memory, {at}))")
        text, depth, count, place = "s", 1, columns, f"at_{target} + q"
    else:
        depth = 1 if axes == {0} else 0
        if axes == {0}:
            w.line(0, f"for c in {w.over_columns(node, columns)}:")
            w.line(1, f"s = {begin}")
        else:
            w.line(0, f"s = {begin}")
            w.line(0, f"for c in range({columns}):")
        if rows >= LANES:
            w.line(1, f"for q in range(0, {rows // LANES * LANES}, {w.step}):")
            w.line(2, f"s = {join}(s, load(memory, {at}))")
        if rows % LANES:
            w.line(1, f"for q in range({rows // LANES * LANES}, {width}, {w.step}):")
            w.line(2, f"s = {join}(s, masked(load(memory, {at}), {rows} - q, number({float_text(first)})))")
        text, count = f"splat({fold}(s))", rows if axes == {0} else rows * columns
        place = f"at_{target}" + (f" + c * {padded(1)}" if axes == {0} else "")
    if name == "mean":
        text = f"divide({text}, splat(number({count})))"
    if equation.target.shape:
        w.place(target)
        w.line(depth, f"store(memory, {place}, {text})")
    else:
        w.line(depth, f"{target} = {text}")


def softmax(w: Writer, position: int, node: Node) -> None:
    """eᶻ over its sum, column by column, the largest z taken off first."""
    (equation,) = node.equations
    source, target = equation.inputs[0], equation.target.name
    assert isinstance(source, Symbol)
    rows, columns = map(int, source.shape)
    width = padded(rows)
    w.place(source.name), w.place(target)
    low = "number(-inf)"
    z = f"load(memory, at_{source.name} + c * {width} + q)"
    w.said(equation)
    w.line(0, f"for c in {w.over_columns(node, columns)}:")
    w.line(1, f"top = splat({low})")
    w.line(1, f"for q in range(0, {width}, {w.step}):")
    w.line(2, f"top = maximum(top, masked({z}, {rows} - q, {low}))")
    w.line(1, "top = splat(greatest(top))")
    w.line(1, "s = splat(number(0.0))")
    w.line(1, f"for q in range(0, {width}, {w.step}):")
    w.line(2, f"e = exp(subtract(masked({z}, {rows} - q, {low}), top))")
    w.line(2, "s = add(s, e)")
    w.line(2, f"store(memory, at_{target} + c * {width} + q, e)")
    w.line(1, "s = splat(total(s))")
    w.line(1, f"for q in range(0, {width}, {w.step}):")
    place = f"at_{target} + c * {width} + q"
    w.line(2, f"store(memory, {place}, divide(load(memory, {place}), s))")
