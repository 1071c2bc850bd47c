"""The noun: a branch is two programs of the same inputs, of which a value decides, and an equation holds both as params.

The equation's inputs are the truth value, then the inputs of the sides; its targets are the outputs of the side that ran.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..core.nouns import Constant, Equation, Operand, Program, Symbol
from ..core.primitive import PRIMITIVES, Primitive, dtype_of
from ..core.rewrite import TRIMMED, without_dead_code
from ..core.structure import LEAF, Tree
from ..core.symbols import Params
from ..loops.noun import takes_number, with_operands
from ..loops.places import inner
from ..program.inplace.storage import owned
from ..program.operations.callbacks import lift_constants

THEN, OTHER = "if so", "if not"
"""The names of the sides, which are no names of functions."""


@dataclass(frozen=True)
class Side(Program):
    """One of the two programs."""

    def again(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """Those of an equation's inputs that it may read more than once: all that are not the truth value."""
        return inputs[len(inputs) - len(self.inputs) :]

    @functools.cached_property
    def shares(self) -> bool:
        """Whether an array that it gives may be one that it takes, or a view that cannot be written to."""
        arrays = [each.name for each in self.outputs if each.shape]
        return not owned(self).issuperset(arrays) or len({*arrays}) < len(arrays)


def side_of(program: Program, name: str) -> Side:
    """A program as a side, whose arguments and results match its inputs and outputs."""
    held = {each: getattr(program, each) for each in ("inputs", "equations", "outputs")}
    count = len(program.outputs)
    results = Tree(tuple, tuple(range(count)), (LEAF,) * count)
    arguments = tuple((each.name, LEAF) for each in program.inputs)
    return Side(name=name, arguments=arguments, results=results, **held)


def sides_of(equation: Equation) -> tuple[Side, Side]:
    """The sides that an equation holds: what runs if the value is true, and if it is not."""
    params = dict(equation.params)
    return params["then"], params["other"]


class _Branches(Primitive):
    """The operation whose function runs one of two programs."""

    takes_numbers = True

    def function(self, params: Params, arity: int) -> Callable[..., Any]:
        """The side that the value chooses, compiled once per params."""
        if (arity, params) not in self._functions:
            then, other = (dict(params)[name] for name in ("then", "other"))
            run_then, run_other = (replace(each, name="side")._function for each in (then, other))
            dtypes = [np.dtype(dtype_of(each)) for each in then.outputs]

            def run(test: Any, *operands: Any) -> tuple[Any, ...]:
                made = (run_then if test else run_other)(*operands)
                return tuple(np.asarray(each, dtype)[()] for each, dtype in zip(made, dtypes, strict=True))

            self._functions[arity, params] = run
        return self._functions[arity, params]


RULE: list[Callable[..., Any]] = []
BRANCH = _Branches(
    **vars(
        inner(
            "branch",
            shape=lambda *shapes, then, other: tuple(each.shape for each in then.outputs),
            dtype=lambda *dtypes, then, other: tuple(np.dtype(dtype_of(each)) for each in then.outputs),
            derivative=lambda g, y, *inputs, then, other: RULE[0](g, y, inputs, then, other),
            python="branch({*})",
            results=lambda *nodes: nodes,
        )
    )
)
"""`targets = then(inputs) if test else other(inputs)`."""


def _same(equation: Equation, place: int) -> Operand | None:
    """The input that a result of a branch is on either side; `None`, if it is none."""
    sides = sides_of(equation)
    outputs = [side.outputs[place] for side in sides]
    inputs = [side.inputs.index(each) for side, each in zip(sides, outputs, strict=True) if each in side.inputs]
    return equation.inputs[1 + inputs[0]] if len(inputs) == 2 and inputs[0] == inputs[1] else None


def _trimmed(equation: Equation, needed: set[str]) -> list[Equation]:
    """A branch without results and inputs that nobody needs; arrays that its sides hold are inputs."""
    wanted = [place for place, target in enumerate(equation.targets) if target.name in needed]
    plain = {place: operand for place in wanted if (operand := _same(equation, place)) is not None}
    if plain:
        others = needed - {equation.targets[place].name for place in plain}
        rest = _trimmed(equation, others) if len(plain) < len(wanted) else []
        copies = (((equation.targets[place],), (operand,)) for place, operand in plain.items())
        return [*(Equation(one, PRIMITIVES["identity"], other, (), equation.origin) for one, other in copies), *rest]
    sides = [
        without_dead_code(replace(side, outputs=tuple(side.outputs[place] for place in wanted)))
        for side in sides_of(equation)
    ]
    numbers = {
        place: operand
        for place, operand in enumerate(equation.inputs[1:])
        if isinstance(operand, Constant) and not operand.name and sides[0].inputs[place].dtype == np.float64
    }
    for place, number in numbers.items():
        names = [side.inputs[place] for side in sides]
        if all(takes_number(side, symbol, number) for side, symbol in zip(sides, names, strict=True)):
            sides = [with_operands(s, {each.name: number}) for s, each in zip(sides, names, strict=True)]
    read = [{each.name for each in side.operands() if isinstance(each, Symbol)} for side in sides]
    places = range(len(sides[0].inputs))
    kept = [k for k in places if any(side.inputs[k].name in own for side, own in zip(sides, read, strict=True))]
    sides = [replace(side, inputs=tuple(side.inputs[place] for place in kept)) for side in sides]
    then, other = (side_of(side, name) for side, name in zip(sides, (THEN, OTHER), strict=True))
    trimmed = replace(
        equation,
        targets=tuple(equation.targets[place] for place in wanted),
        inputs=(equation.inputs[0], *(equation.inputs[1 + place] for place in kept)),
        params=(("then", then), ("other", other)),
    )
    trimmed = lift_constants(trimmed, ["then", "other"])
    return [equation if trimmed == equation else trimmed]


TRIMMED["branch"] = _trimmed
