"""A program whose weights are whole numbers from −127 to 127, each row of them with a scale of its own.

Where w multiplies from the left, z = w a + b becomes z = (q a) ⊙ s + b: the scale comes last, once for each neuron or map.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..core.nouns import Array, Equation, Program, Symbol
from ..core.primitive import PRIMITIVES
from ..core.structure import LEAF


@dataclass(frozen=True)
class Quantized:
    """A program in which some parameters hold whole numbers, and further inputs, behind the others, their scales.

    Attributes:
        program: The program.
        whole: The whole numbers, of type int8, by the names of their parameters.
        scales: The scales, by the names of their inputs.
        weights: q ⊙ s by the names of the parameters: the weights with which the program computes.
    """

    program: Program
    whole: Mapping[str, Array]
    scales: Mapping[str, Array]
    weights: Mapping[str, Array]


def quantized(program: Program, parameters: Mapping[str, Array]) -> Quantized:
    """Make whole numbers of the parameters that only multiply from the left, in fully connected layers and convolutions.

    Args:
        program: The program.
        parameters: The values of its parameters, by name.

    Returns:
        The program with scales.
    """
    axes = {name: _axis(program, name) for name in parameters}
    axes = {name: axis for name, axis in axes.items() if axis is not None}
    whole, scales, weights, symbols = {}, {}, {}, {}
    for symbol in program.inputs:
        axis = axes.get(symbol.name)
        if axis is None:
            continue
        w = parameters[symbol.name]
        others = tuple(range(1, w.ndim))
        largest = np.abs(w).max(axis=others, keepdims=True)
        s = np.where(largest > 0, largest / 127, 1).astype(w.dtype)
        whole[symbol.name] = np.rint(w / s).astype(np.int8)
        weights[symbol.name] = whole[symbol.name] * s
        target = next(e.target for e in program.equations if symbol in e.inputs)
        shape = tuple(size if k == axis else 1 for k, size in enumerate(target.shape))
        name = f"{symbol.name}_scale"
        scales[name] = s.reshape([int(size) for size in shape])
        symbols[symbol.name] = Symbol(name, shape, symbol.dtype, "input")
    equations: list[Equation] = []
    for each in program.equations:
        scale = symbols.get(each.inputs[0].name) if each.inputs else None
        if scale is None:
            equations.append(each)
            continue
        before = replace(each.target, name=f"{each.target.name}_whole", kind="temporary")
        equations.append(replace(each, targets=(before,)))
        equations.append(Equation(each.targets, PRIMITIVES["multiply"], (before, scale), origin=each.origin))
    added = tuple(symbols.values())
    made = replace(
        program,
        inputs=(*program.inputs, *added),
        equations=tuple(equations),
        arguments=(*program.arguments, *((each.name, LEAF) for each in added)),
    )
    return Quantized(made.check(), whole, scales, weights)


def _axis(program: Program, name: str) -> int | None:
    """The axis of the result along which a parameter's rows lie, if it is only read as the left operand of products."""
    found: set[int | None] = set()
    for each in program.equations:
        places = [k for k, operand in enumerate(each.inputs) if operand.name == name]
        if not places:
            continue
        if places != [0]:
            return None
        if each.primitive.name == "matmul" and len(each.inputs[0].shape) == len(each.inputs[1].shape) == 2:
            found.add(0)
        elif each.primitive.name == "windowed_einsum":
            left, _, result = dict(each.params)["subscripts"].replace("->", ",").split(",")
            found.add(result.find(left[0]) if result.isalpha() and left[0] in result else None)
        else:
            return None
    return next(iter(found)) if len(found) == 1 else None
