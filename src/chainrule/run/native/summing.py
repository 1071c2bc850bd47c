"""Sums over named axes, and running sums, as loops: einsum and cumsum."""

from __future__ import annotations

from ...core.nouns import Equation, Operand
from .loops import OPERATIONS, Loops, cast, flat
from .refusal import Unsupported

_WIDE = 4  # numbers of the result side by side, from which on they are added up together


def _einsum(loops: Loops, equation: Equation) -> None:
    subscripts, target = str(dict(equation.params)["subscripts"]), equation.target
    given, _, out = subscripts.partition("->")
    if "." in subscripts or "->" not in subscripts:
        raise Unsupported(equation)
    sizes: dict[str, int] = {}
    for letters, operand in zip(given.split(","), equation.inputs, strict=True):
        for letter, size in zip(letters, operand.shape, strict=True):
            sizes[letter] = max(sizes.get(letter, 1), int(size))

    def at(letters: str, operand: Operand) -> str:
        places = [f"i{ord(a)}" if int(size) > 1 else "0" for a, size in zip(letters, operand.shape, strict=True)]
        return f"{loops.array(operand)}[{flat(operand.shape, places)}]"

    y = at(out, target)
    term = " * ".join(at(letters, operand) for letters, operand in zip(given.split(","), equation.inputs, strict=True))
    rest = [letter for letter in sizes if letter not in out]
    wide = bool(rest) and bool(out) and sizes[out[-1]] >= _WIDE
    depth = loops.open([sizes[a] for a in out[:-1]], [f"i{ord(a)}" for a in out[:-1]])
    last = f"for i{ord(out[-1])} in range({sizes[out[-1]]}):" if out else ""
    if wide:
        loops.line(depth, last)
        loops.line(depth + 1, f"{y} = {cast(target, '0')}")
        inner = loops.open([sizes[a] for a in rest], [f"i{ord(a)}" for a in rest], depth)
        loops.line(inner, last)
        loops.line(inner + 1, f"{y} += {term}")
        return
    if out:
        loops.line(depth, last)
        depth += 1
    loops.line(depth, f"s = {cast(target, '0')}")
    inner = loops.open([sizes[a] for a in rest], [f"i{ord(a)}" for a in rest], depth)
    loops.line(inner, f"s += {term}")
    loops.line(depth, f"{y} = s")


def _cumsum(loops: Loops, equation: Equation) -> None:
    (source,), target = equation.inputs, equation.target
    shape, axis = source.shape, int(str(dict(equation.params)["axis"])) % len(source.shape)
    indices = [f"i{a}" for a in range(len(shape))]
    outer = [a for a in range(len(shape)) if a != axis]
    depth = loops.open([shape[a] for a in outer], [indices[a] for a in outer])
    loops.line(depth, f"s = {cast(target, '0')}")
    inner = loops.open([shape[axis]], [indices[axis]], depth)
    loops.line(inner, f"s += {loops.at(source, shape, indices)}")
    loops.line(inner, f"{loops.at(target, shape, indices)} = s")


OPERATIONS |= {"einsum": _einsum, "cumsum": _cumsum}
