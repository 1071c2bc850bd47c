"""Numbers brought to another place, as loops: transposes, parts of arrays, triangles, arrays side by side."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

from ...core.nouns import Equation, Symbol
from .loops import OPERATIONS, Loops, cast, flat
from .refusal import Unsupported


def _moved(loops: Loops, equation: Equation, source_at: Callable[[Sequence[str]], Sequence[str]]) -> None:
    """A result whose number at each place is the source's at another."""
    source, target = equation.inputs[0], equation.target
    indices = [f"i{axis}" for axis in range(len(target.shape))]
    depth = loops.open(target.shape, indices)
    place = flat(source.shape, source_at(indices))
    loops.line(depth, f"{loops.at(target, target.shape, indices)} = {loops.array(source)}[{place}]")


def _turned(loops: Loops, equation: Equation) -> None:
    _moved(loops, equation, lambda indices: indices[::-1])


def _transpose(loops: Loops, equation: Equation) -> None:
    axes = dict(equation.params)["axes"]
    _moved(loops, equation, lambda indices: [indices[axes.index(a)] for a in range(len(axes))])


def _reshape(loops: Loops, equation: Equation) -> None:
    source, target = equation.inputs[0], equation.target
    loops.line(0, f"for i in range({math.prod(map(int, target.shape))}):")
    loops.line(1, f"{loops.array(target)}[i] = {loops.array(source)}[i]")


def _getitem(loops: Loops, equation: Equation) -> None:
    index = dict(equation.params)["index"].value()
    _moved(loops, equation, lambda indices: _indexed(equation.inputs[0].shape, index, indices))


def _cleared(loops: Loops, target: Symbol) -> None:
    loops.line(0, f"for i in range({math.prod(map(int, target.shape))}):")
    loops.line(1, f"{loops.array(target)}[i] = 0")


def _scatter(loops: Loops, equation: Equation) -> None:
    source, target, params = equation.inputs[0], equation.target, dict(equation.params)
    _cleared(loops, target)
    indices = [f"i{axis}" for axis in range(len(source.shape))]
    depth = loops.open(source.shape, indices)
    place = flat(target.shape, _indexed(target.shape, params["index"].value(), indices))
    loops.line(depth, f"{loops.array(target)}[{place}] = {loops.at(source, source.shape, indices)}")


def _triangle(loops: Loops, equation: Equation) -> None:
    """The numbers of a matrix on one side of a diagonal; 0 on the other."""
    source, target = equation.inputs[0], equation.target
    indices = [f"i{axis}" for axis in range(len(target.shape))]
    depth = loops.open(target.shape, indices)
    row, column = indices[-2:]
    compare = "<=" if equation.primitive.name == "tril" else ">="
    test = f"{column} - {row} {compare} {dict(equation.params)['k']}"
    x, y = (loops.at(o, o.shape, indices) for o in (source, target))
    loops.line(depth, f"{y} = {x} if {test} else {cast(target, '0')}")


def _diagonal(loops: Loops, equation: Equation) -> None:
    """The numbers of a matrix on a diagonal, or a matrix that has these there and 0 elsewhere."""
    source, target, params = equation.inputs[0], equation.target, dict(equation.params)
    matrix, line = (source, target) if equation.primitive.name == "diagonal" else (target, source)
    if len(matrix.shape) != 2 or (params["axis1"], params["axis2"]) != (0, 1):
        raise Unsupported(equation)
    offset = int(str(params["offset"]))
    if matrix is target:
        _cleared(loops, target)
    loops.open(line.shape, ["i0"])
    place = flat(matrix.shape, [f"(i0 + {max(-offset, 0)})", f"(i0 + {max(offset, 0)})"])
    loops.line(
        1,
        f"{loops.array(target)}[{'i0' if matrix is source else place}] = "
        f"{loops.array(source)}[{place if matrix is source else 'i0'}]",
    )


def _take(loops: Loops, equation: Equation) -> None:
    _along(loops, equation, lambda target, source: f"{target} = {source}")


def _put(loops: Loops, equation: Equation) -> None:
    _cleared(loops, equation.target)
    _along(loops, equation, lambda target, source: f"{source} += {target}")


def _along(loops: Loops, equation: Equation, line: Callable[[str, str], str]) -> None:
    """Go over the places that index arrays name along an axis: those of the large array, and of the taken one."""
    first, chosen = equation.inputs
    axis = dict(equation.params)["axis"]
    large, taken = (first, equation.target) if equation.primitive.name == "take" else (equation.target, first)
    before = [f"i{a}" for a in range(axis)]
    inner = [f"j{a}" for a in range(len(chosen.shape))]
    after = [f"i{a}" for a in range(axis + 1, len(large.shape))]
    sizes = [*large.shape[:axis], *chosen.shape, *large.shape[axis + 1 :]]
    size = int(large.shape[axis])
    depth = loops.open(sizes, [*before, *inner, *after])
    loops.line(depth, f"k = {loops.at(chosen, chosen.shape, inner)}")
    loops.line(depth, f"k = k + {size} if k < 0 else k")
    one = f"{loops.array(taken)}[{flat(taken.shape, [*before, *inner, *after])}]"
    other = f"{loops.array(large)}[{flat(large.shape, [*before, 'k', *after])}]"
    loops.line(depth, f"if k < 0 or k >= {size}:")  # NumPy then says so
    loops.line(depth + 1, "wrong = True")
    loops.line(depth, "else:")
    loops.line(depth + 1, line(one, other))


def _indexed(shape: Sequence[int], index: tuple[Any, ...], indices: Sequence[str]) -> list[str]:
    """Where in an array of a shape the number is that a basic index brings to a place."""
    missing = len(shape) - sum(part is not None and part is not Ellipsis for part in index)
    if Ellipsis not in index:
        index = (*index, Ellipsis)
    axes, places, found = itertools.count(), iter(indices), []
    for part in index:
        if part is Ellipsis:
            found += [next(places) for _ in range(missing)]
            for _ in range(missing):
                next(axes)
        elif part is None:
            next(places)
        elif isinstance(part, slice):
            start, _, step = part.indices(int(shape[next(axes)]))
            found.append(f"({start} + {next(places)} * {step})")
        else:
            found.append(str(part % int(shape[next(axes)])))
    return found


def _concatenate(loops: Loops, equation: Equation) -> None:
    target, axis, start = equation.target, dict(equation.params)["axis"], 0
    for part in equation.inputs:
        indices = [f"i{a}" for a in range(len(part.shape))]
        depth = loops.open(part.shape, indices)
        moved = [f"({i} + {start})" if a == axis else i for a, i in enumerate(indices)]
        value = loops.at(part, part.shape, indices)
        loops.line(depth, f"{loops.array(target)}[{flat(target.shape, moved)}] = {value}")
        start += int(part.shape[axis])


OPERATIONS |= {
    "T": _turned, "transpose": _transpose, "reshape": _reshape, "getitem": _getitem, "scatter": _scatter, "take": _take,
    "put": _put, "concatenate": _concatenate, "diagonal": _diagonal, "on_diagonal": _diagonal,
    "tril": _triangle, "triu": _triangle,
}  # fmt: skip
