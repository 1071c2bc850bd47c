"""Copies an array that is contiguous along one axis to one contiguous along another: transposes squares by shuffles."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

from ..loops.language import Block, Expression, apply
from .nests import ITEM, Index, Nests, View, moved


def turned(nests: Nests, source: View, target: View) -> bool:
    """Copy an array square by square, if source and target have vectors along different axes; returns whether they do."""
    shape, item = target.shape, ITEM[target.number]
    along = [
        [axis for axis, size in enumerate(shape) if size > 1 and view.strides[axis] == item]
        for view in (source, target)
    ]
    if source.number != target.number or target.number == "bool" or len(along[0]) != 1 or len(along[1]) != 1:
        return False
    (one,), (other,) = along
    vectors, width = nests.vectors([target.number])
    room = max(shape[one], source.held)
    lanes = next((n for n in vectors if shape[other] % n == 0 and room >= n), 0)
    if one == other or not lanes:
        return False
    whole = shape[one] // lanes * lanes
    parts = [(0, whole, lanes)]
    if room >= whole + lanes > shape[one]:
        parts.append((whole, whole + lanes, shape[one] - whole))  # the padding is read, but not written
    with ExitStack() as stack:
        views = [replace(view, held=0) for view in (source, target)]
        places = [replace(view, shape=(), strides=()) for view in views]

        def move(axis: int, index: Index) -> None:
            places[:] = [moved(place, index, view.strides[axis]) for place, view in zip(places, views, strict=True)]

        for axis, size in enumerate(shape):
            if axis not in (one, other):
                move(axis, stack.enter_context(nests.loop(size)))
        move(other, stack.enter_context(nests.loop(shape[other], 0, lanes)))
        start = list(places)
        for begin, end, used in parts:
            if begin < end:
                with nests.loop(end, begin, lanes) as index:
                    move(one, index)
                    _square(nests.block, places, source.strides[other], target.strides[one], lanes, used, width)
                places[:] = start
        if parts[-1][1] < shape[one]:
            rest = [view.within(one, parts[-1][1], shape[one] - parts[-1][1]) for view in views]
            rest = [
                replace(r, offset=r.offset - v.offset + p.offset, indices=p.indices)
                for r, v, p in zip(rest, views, start, strict=True)
            ]
            lines = [
                replace(each, shape=(lanes, each.shape[one]), strides=(each.strides[other], each.strides[one]))
                for each in rest
            ]
            nests.elementwise(lines[1].shape, lines[:1], lines[1:], lambda values, lanes: values)
    return True


def _square(block: Block, places: Sequence[View], row: int, column: int, lanes: int, used: int, width: int) -> None:
    """Transpose a square of vectors: swap halves of pairs of vectors, then quarters, …"""
    source, target = places
    rows: list[Expression] = [
        replace(source, offset=source.offset + k * row).load(block, lanes, width) for k in range(lanes)
    ]
    half = lanes // 2
    while half:
        low = tuple(k if not k & half else lanes + k - half for k in range(lanes))
        high = tuple(k + half if not k & half else lanes + k for k in range(lanes))
        new = list(rows)
        for k in range(lanes):
            if not k & half:
                one, other = rows[k], rows[k + half]
                new[k] = block.let(apply("shuffle", one, other, detail=low))
                new[k + half] = block.let(apply("shuffle", one, other, detail=high))
        rows, half = new, half // 2
    for k in range(used):
        replace(target, offset=target.offset + k * column).store(block, rows[k])
