"""A training step on buffers with fused updates: small parameters are updated together, large ones piece by piece.

Parameters that are updated by the same equations (w2, b2, w3, b3 in `w ← w − η ∂C/∂w`) are stored in one array, and so are
their gradients, so each equation is one call for all of them. If that array is large, all equations run on one piece after
another, and each piece stays in the processor's cache. Between steps the parameters and the optimizer's state stay there:
`begin` copies them in, and `end` copies them back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..core.nouns import Array, Equation, Operand, Program, Symbol
from ..core.structure import LEAF, Tree
from .aligned import aligned
from .buffered import buffered, by_columns, ufunc_name

PIECE = 32_768
"""The number of elements in a piece. A handful of pieces fit into a core's cache."""
_LINE = 16  # float32 elements per cache line; each array starts at a line


@dataclass(frozen=True)
class Packed:
    """A program bound to its buffers: call `begin()`, `step()` any number of times, and `end()`.

    The `outputs` that are written in place are valid after `end()`, the others after each step.
    """

    source: str
    begin: Callable[[], None]
    step: Callable[[], None]
    end: Callable[[], None]
    outputs: tuple[Array, ...]


def packed(program: Program, inputs: Mapping[str, Array], in_place: Mapping[int, str]) -> Packed:
    """Bind a program to buffers; `inputs` and `in_place` are as for `buffered`."""
    groups: dict[object, list[_Update]] = {}
    for update in _updates(program, in_place):
        groups.setdefault(update.key, []).append(update)
    flats = [_FusedUpdate(updates) for updates in groups.values()]
    given = {**inputs, **{name: view for flat in flats for name, view in flat.views.items()}}

    first, places = _without_updates(program, in_place, [update for flat in flats for update in flat.updates])
    bound = buffered(first, {symbol.name: given[symbol.name.removesuffix(_TARGET)] for symbol in first.inputs}, places)
    given |= {o.name: array for o, array in zip(first.outputs, bound.outputs, strict=True) if isinstance(o, Symbol)}
    updates = [flat.bound(given) for flat in flats]
    compute, steps = bound.step, [(update, pieces) for _, update, pieces in updates]

    def step() -> None:
        compute()
        for update, pieces in steps:
            for arrays in pieces:
                update(*arrays)

    moves = [(inputs[name], given[name]) for name in in_place.values() if inputs[name] is not given[name]]

    def begin() -> None:
        for mine, held in moves:
            held[...] = mine

    def end() -> None:
        for mine, held in moves:
            mine[...] = held

    outputs = tuple(
        inputs[in_place[k]] if k in in_place else given[o.name] if isinstance(o, Symbol) else np.asarray(o.value)
        for k, o in enumerate(program.outputs)
    )
    return Packed("\n".join([bound.source, *(source for source, _, _ in updates)]), begin, step, end, outputs)


# ---- fused updates ---------------------------------------------------------------------------------------------------

_TARGET = "_to"  # appended to a gradient's name, gives the name of its buffer


@dataclass(frozen=True)
class _Update:
    """The elementwise equations from a gradient to the outputs written in place; `arrays` are what they read."""

    equations: tuple[Equation, ...]
    arrays: tuple[Symbol, ...]
    over: Mapping[str, str]

    @property
    def key(self) -> object:
        """Equal for updates that differ only in the names and sizes of their arrays."""
        places = {symbol.name: k for k, symbol in enumerate(self.arrays)}
        for equation in self.equations:
            places[equation.target.name] = len(places)
        lines = [
            (e.primitive.name, e.params, *(places.get(o.name, o) if isinstance(o, Symbol) else o for o in e.inputs))
            for e in self.equations
        ]
        return tuple(lines), tuple((places[o], places[i]) for o, i in self.over.items()), self.arrays[0].dtype


def _updates(program: Program, over: Mapping[int, str]) -> Iterator[_Update]:
    """The updates in a program: equations whose results nothing else reads, in groups that share no array."""
    outputs = {o.name: over.get(k) for k, o in enumerate(program.outputs) if isinstance(o, Symbol)}
    kept = {name for name, place in outputs.items() if place is None} | {c.symbol.name for c in program.conditions}
    last: dict[str, Equation] = {}
    for equation in reversed(program.equations):
        target = equation.target
        if (
            target.name not in kept
            and all(e.target.name in last for e in program.equations if target in e.inputs)
            and _is_elementwise(equation)
        ):
            last[target.name] = equation
    groups: list[tuple[set[str], list[Equation]]] = []
    for equation in reversed(last.values()):
        names = {equation.target.name, *(o.name for o in equation.inputs if isinstance(o, Symbol) and o.shape)}
        joined = [group for group in groups if group[0] & names]
        groups = [group for group in groups if not group[0] & names]
        lines = [each for group in joined for each in group[1]]
        groups.append((names.union(*(group[0] for group in joined)), [*lines, equation]))
    given = {symbol.name for symbol in program.inputs}
    for _, equations in groups:
        written = {e.target.name: place for e in equations if (place := outputs.get(e.target.name))}
        operands = {o.name: o for e in equations for o in e.inputs if isinstance(o, Symbol) and o.shape}
        arrays = tuple(o for name, o in operands.items() if name not in last)
        alike = len({by_columns(symbol) for symbol in arrays}) == 1
        if written and alike and {s.name for s in arrays} & given == set(written.values()):
            yield _Update(tuple(equations), arrays, written)


def _is_elementwise(equation: Equation) -> bool:
    """Whether an equation is an elementwise float ufunc on numbers and on arrays with the shape and dtype of its result."""
    target = equation.target
    return bool(
        ufunc_name(equation.primitive.name)
        and target.shape
        and target.dtype.kind == "f"
        and all(
            (o.shape, o.dtype) == (target.shape, target.dtype) if isinstance(o, Symbol) and o.shape else o.shape == ()
            for o in equation.inputs
        )
    )


def _without_updates(
    program: Program, over: Mapping[int, str], updates: Sequence[_Update]
) -> tuple[Program, dict[int, str]]:
    """The program without its updates, which writes the gradients into their buffers; and its outputs in place."""
    done = {equation.target.name for update in updates for equation in update.equations}
    given = {symbol.name for symbol in program.inputs}
    gradients = [s for update in updates for s in update.arrays if s.name not in given]
    numbers = {
        o.name: o
        for u in updates
        for e in u.equations
        for o in e.inputs
        if isinstance(o, Symbol) and o.name not in done
    }
    numbers = {name: o for name, o in numbers.items() if not o.shape and name not in given}
    rest = [(over.get(k), o) for k, o in enumerate(program.outputs) if not isinstance(o, Symbol) or o.name not in done]
    outputs: list[tuple[str | None, Operand]] = [*rest, *((s.name + _TARGET, s) for s in gradients)]
    outputs += [(None, o) for o in numbers.values()]
    places = tuple(replace(s, name=s.name + _TARGET) for s in gradients)
    equations = tuple(e for e in program.equations if e.target.name not in done)
    made = _program(program, (*program.inputs, *places), equations, [o for _, o in outputs])
    return made, {k: place for k, (place, _) in enumerate(outputs) if place}


def _program(
    like: Program, inputs: Sequence[Symbol], equations: Sequence[Equation], outputs: Sequence[Operand]
) -> Program:
    return replace(
        like,
        inputs=tuple(inputs),
        equations=tuple(equations),
        outputs=tuple(outputs),
        arguments=tuple((symbol.name, LEAF) for symbol in inputs),
        results=Tree(tuple, tuple(range(len(outputs))), (LEAF,) * len(outputs)),
    ).check()


class _FusedUpdate:
    """Updates by the same equations, with their arrays concatenated; `views` are the individual arrays, by name."""

    def __init__(self, updates: Sequence[_Update]):
        self.updates = updates
        model = updates[0]
        sizes = [-(-math.prod(update.arrays[0].shape) // _LINE) * _LINE for update in updates]
        pieces = -(-sum(sizes) // PIECE) if len(model.equations) > 1 else 1
        self.size = -(-sum(sizes) // (pieces * _LINE)) * _LINE  # of a piece
        self.arrays = [aligned((self.size * pieces,), s.dtype, k) for k, s in enumerate(model.arrays)]
        self.views: dict[str, Array] = {}
        for update, end in zip(updates, np.cumsum(sizes), strict=True):
            start = end - -(-math.prod(update.arrays[0].shape) // _LINE) * _LINE
            for symbol, array in zip(update.arrays, self.arrays, strict=True):
                part = array[start : start + math.prod(symbol.shape)]
                turned = by_columns(symbol)
                self.views[symbol.name] = part.reshape(symbol.shape[::-1]).T if turned else part.reshape(symbol.shape)

    def bound(self, given: Mapping[str, Array]) -> tuple[str, Callable[..., None], list[tuple[Array, ...]]]:
        """The source, the function, and the arrays of each piece to call it on."""
        model = self.updates[0]

        def flat(symbol: Symbol) -> Symbol:
            return replace(symbol, shape=(self.size,)) if symbol.shape else symbol

        equations = [
            replace(
                e,
                targets=(flat(e.target),),
                inputs=tuple(flat(o) if isinstance(o, Symbol) else o for o in e.inputs),
            )
            for e in model.equations
        ]
        made = {e.target.name: e.target for e in equations}
        arrays = [flat(symbol) for symbol in model.arrays]
        numbers = {o.name: o for e in equations for o in e.inputs if isinstance(o, Symbol) and not o.shape}
        like = Program("update", (), (), (), (), Tree(tuple))
        outputs = [made[name] for name in model.over]
        program = _program(like, [*arrays, *numbers.values()], equations, outputs)
        names = [symbol.name for symbol in arrays]
        pieces = list(zip(*(array.reshape(-1, self.size) for array in self.arrays), strict=True))
        inputs = {**dict(zip(names, pieces[0], strict=True)), **{name: given[name] for name in numbers}}
        bound = buffered(program, inputs, dict(enumerate(model.over.values())), names)
        return bound.source, bound.step, pieces
