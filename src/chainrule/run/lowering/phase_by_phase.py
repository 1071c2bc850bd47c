"""What a program computes of maps in phases, phase by phase, so that one loop over places does all of it.

The maximum over a pooling window, which of its places wins, and the error that goes there are then arithmetic on a few arrays,
one for each phase, that no loop needs to write and read again. What is needed as a whole, as the error of a convolution, is put
together where its parts are computed: `assembling.py`.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

from ...core.nouns import Constant, Equation, Operand, Params, Program, Symbol
from ...core.primitive import PRIMITIVES
from ...program.operations.indexing import Index
from .assembling import assembled
from .operations import ELEMENTWISE
from .phases import in_phases, orders_of, phases_in
from .reductions import axes_of

_FOLDS = {"max": "maximum", "first_max": "maximum", "min": "minimum", "sum": "add", "mean": "add"}
_MOST = 9  # phases, as of 3 × 3 places
_CHEAP = {"relu", "relu_prime", "negative", "absolute", "square", "identity"}
"""Operations that are done again rather than written and read again."""


def regrouped(program: Program) -> Program:
    """The program as it is written as loops: its maps in phases, and computed phase by phase."""
    finer = in_phases(program)
    phased = {shape: phases_in(order) for shape, order in orders_of(finer).items()}
    return assembled(_ByPhases(finer, phased).made() if phased else finer)


class _ByPhases:
    """Rewrites equations. `parts` has the phases of arrays, row by row; `alike` other names of the same array."""

    def __init__(self, program: Program, phased: dict[tuple[int, ...], list[int]]):
        self.program, self.phased = program, phased
        self.equations: list[Equation] = []
        self.parts: dict[str, list[Operand]] = {}
        self.whole_of: dict[str, Equation] = {}  # the equations whose results have parts
        self.alike: dict[str, Operand] = {}
        self.waiting: dict[str, Equation] = {}  # cheap equations that are written where they are needed
        self.flat: dict[str, Operand] = {}  # what a symbol is a reshape of
        self.joined: set[str] = set()  # arrays with parts that were put together
        self.wins: set[str] = set()  # truth values that say which place of a window wins
        self.won: dict[str, tuple[Operand, Operand]] = {}  # by product with such truth values: its factors
        self.ends = {o.name for o in (*program.outputs, *(each.symbol for each in program.conditions)) if o.name}
        self.count = 0

    def made(self) -> Program:
        """The program."""
        for equation in self.program.equations:
            inputs = tuple(self.alike.get(each.name, each) for each in equation.inputs)
            self._rewrite(replace(equation, inputs=inputs))
        for name in [each for each in self.parts if each in self.ends]:  # in an order that all processes share
            self._whole(name)
        return replace(self.program, equations=tuple(self._needed()))

    def _needed(self) -> list[Equation]:
        """The equations without those of won errors that are only needed times a slope."""
        read = {each.name for equation in self.equations for each in equation.inputs}
        return [each for each in self.equations if each.target.name not in self.won or each.target.name in read]

    def _rewrite(self, equation: Equation) -> None:
        name, target, params = equation.primitive.name, equation.target, dict(equation.params)
        source, shape = next(iter(equation.inputs), None), _shape(target)
        axes = axes_of(params["axis"], len(source.shape)) if source is not None and "axis" in params else []
        whole = _shape(source) if source is not None else ()
        if name == "reshape" and source is not None and whole == shape and target.name not in self.ends:
            self.alike[target.name] = source
        elif name in _FOLDS and source is not None and self._is_over_phases(whole, axes, source, target):
            self._fold(equation, axes)
        elif name == "winners" and axes == self._phases(whole):
            self._find_winners(equation)
        elif name in _CHEAP and self._phases(shape) and target.name not in self.ends and self._is_one(equation):
            self.waiting[target.name] = equation
        elif name == "multiply" and self._is_error_of_winners(equation):
            self._multiply_winners(equation)
        elif name in ELEMENTWISE and len(equation.targets) == 1 and self._is_by_phases(equation):
            self._by_phases(equation)
        else:
            for each in equation.inputs:
                self._whole(each.name)
            if source is not None and (name == "reshape" or (name == "getitem" and _adds_axes(params["index"]))):
                self.flat[target.name] = source
            self.equations.append(equation)

    # ---- which equations -------------------------------------------------------------------------------------------------

    def _phases(self, shape: tuple[int, ...]) -> list[int]:
        """The axes of an array's phases; none if it has no phases, or too many."""
        found = self.phased.get(shape, [])
        return found if math.prod(shape[axis] for axis in found) <= _MOST else []

    def _is_over_phases(self, shape: tuple[int, ...], axes: Sequence[int], source: Operand, target: Symbol) -> bool:
        """Whether a reduction is one of the phases; a sum may be over more, if what it adds has parts."""
        phases = self._phases(shape)
        if not phases or target.dtype.kind != "f" or not {*phases} <= {*axes}:
            return False
        return list(axes) == phases or source.name in self.parts

    def _is_one(self, equation: Equation) -> bool:
        """Whether an equation reads one array of its shape, which is not in parts."""
        (source,) = equation.inputs
        return _shape(source) == _shape(equation.target) and bool(source.name) and source.name not in self.parts

    def _is_by_phases(self, equation: Equation) -> bool:
        """Whether an elementwise equation has an operand in parts, or one with a number for all phases of a place."""
        shape = _shape(equation.target)
        phases = self._phases(shape)
        if not phases:
            return False
        pooled = tuple(1 if axis in phases else size for axis, size in enumerate(shape))
        return any(each.name in self.parts or (each.name and _shape(each) == pooled) for each in equation.inputs)

    def _is_error_of_winners(self, equation: Equation) -> bool:
        """Whether an equation multiplies an error that winners have by the slope of the ReLU behind which they are."""
        error, slope = equation.inputs
        is_slope = slope.name in self.waiting and self.waiting[slope.name].primitive.name == "relu_prime"
        return is_slope and all(each.name in self.won for each in self.parts.get(error.name, [error]))

    # ---- equations -------------------------------------------------------------------------------------------------------

    def _add(
        self, name: str, inputs: Sequence[Operand], like: Equation, shape: tuple[int, ...], params: Params | None = None,
        target: Symbol | None = None,
    ) -> Symbol:  # fmt: skip
        """Add an equation; its target is new, unless given."""
        primitive, params = PRIMITIVES[name], like.params if params is None else params
        if target is None:
            self.count += 1
            ((_, dtype),) = primitive.infer(inputs, params)
            target = Symbol(f"{like.target.name} by phases {self.count}", shape, dtype)
        self.equations.append(
            replace(like, targets=(target,), primitive=primitive, inputs=tuple(inputs), params=params)
        )
        return target

    def _by_phases(self, equation: Equation) -> None:
        """Compute number by number, phase by phase."""
        name, shape = equation.primitive.name, _shape(equation.target)
        inner = _without(shape, self._phases(shape))
        own = tuple((key, inner if key == "shape" else value) for key, value in equation.params)
        columns = list(zip(*(self._phases_of(each, shape) for each in equation.inputs), strict=True))
        parts = [self._add(name, column, equation, inner, own) for column in columns]
        self.parts[equation.target.name], self.whole_of[equation.target.name] = list(parts), equation
        for part, (given, *wins) in zip(parts, columns, strict=True):
            if name == "multiply" and wins[0].name in self.wins:
                self.won[part.name] = given, wins[0]

    def _phases_of(self, operand: Operand, shape: tuple[int, ...]) -> list[Operand]:
        """An operand of an equation whose result has a shape, phase by phase."""
        axes, own = self._phases(shape), _shape(operand)
        count = math.prod(shape[axis] for axis in axes)
        if not operand.name or not own:
            return [operand] * count
        if operand.name in self.parts and own == shape:
            return self.parts[operand.name]
        if operand.name in self.waiting and own == shape:
            equation = self.waiting[operand.name]
            inner = _without(shape, axes)
            name, (source,) = equation.primitive.name, equation.inputs
            return [self._add(name, [each], equation, inner) for each in self._phases_of(source, shape)]
        missing = len(shape) - len(own)
        found: list[Operand] = []
        places = {
            axis: range(shape[axis]) if axis >= missing and own[axis - missing] > 1 else range(1) for axis in axes
        }
        seen: dict[tuple[int, ...], Operand] = {}
        for place in itertools.product(*(range(shape[axis]) for axis in axes)):
            at = tuple(k if len(places[axis]) > 1 else 0 for axis, k in zip(axes, place, strict=True))
            flat = self.flat.get(operand.name)
            if flat is not None and _shape(flat) == _without(own, [axis - missing for axis in axes if axis >= missing]):
                seen[at] = flat
            if at not in seen:
                named = dict(zip(axes, at, strict=True))
                parts = tuple(named.get(axis, (None, None, None)) for axis in range(missing, len(shape)))
                inner = _without(own, [axis - missing for axis in axes if axis >= missing])
                seen[at] = self._getitem(operand, parts, inner)
            found.append(seen[at])
        return found

    def _getitem(self, operand: Operand, parts: tuple[object, ...], shape: tuple[int, ...]) -> Symbol:
        self.count += 1
        dtype = operand.dtype if isinstance(operand, Symbol) else operand.value.dtype  # type: ignore[union-attr]
        target = Symbol(f"{operand.name} by phases {self.count}", shape, dtype)
        params = (("index", Index(parts)),)
        self.equations.append(Equation((target,), PRIMITIVES["getitem"], (operand,), params))
        return target

    def _fold(self, equation: Equation, axes: Sequence[int]) -> None:
        """Reduce phases: those of a place by arithmetic, and then what remains to be reduced."""
        (source,) = equation.inputs
        name, shape, target, params = equation.primitive.name, _shape(source), equation.target, dict(equation.params)
        phases = self._phases(shape)
        inner = _without(shape, phases)
        total: Operand = functools.reduce(
            lambda one, other: self._add(_FOLDS[name], (one, other), equation, inner, ()),
            self._phases_of(source, shape),
        )
        if name == "mean":
            count = float(math.prod(shape[axis] for axis in phases))
            total = self._add("divide", (total, Constant(count)), equation, inner, ())
        among = [axis for axis in range(len(shape)) if axis not in phases]
        over = tuple(place for place, axis in enumerate(among) if axis in axes)
        if over:
            total = self._add(name, [total], equation, _without(inner, over), (("axis", over), ("keepdims", False)))
        self._add("reshape", [total], equation, _shape(target), (("shape", _shape(target)),), target)
        if not params["keepdims"] and target.name not in self.ends:
            self.equations.pop()
            self.alike[target.name] = total

    def _find_winners(self, equation: Equation) -> None:
        """For each phase whether its number is the largest, and none before it was."""
        x, largest = equation.inputs
        shape = _shape(x)
        inner = _without(shape, self._phases(shape))
        parts, found = list[Operand](), list[Operand]()
        for one, other in zip(self._phases_of(x, shape), self._phases_of(largest, shape), strict=True):
            is_largest: Operand = self._add("equal", (one, other), equation, inner, ())
            if found:
                none = self._add("logical_not", found[-1:], equation, inner, ())
                parts.append(self._add("logical_and", (is_largest, none), equation, inner, ()))
                is_largest = self._add("logical_or", (is_largest, found[-1]), equation, inner, ())
            else:
                parts.append(is_largest)
            found.append(is_largest)
        self.parts[equation.target.name], self.whole_of[equation.target.name] = parts, equation
        self.wins |= {each.name for each in parts}

    def _multiply_winners(self, equation: Equation) -> None:
        """Of an error that winners have, what passes through a ReLU: whether there is any is known on the way forward, as a
        truth value, which takes less room than what it is told from.
        """
        error, slope = equation.inputs
        shape = _shape(equation.target)
        inner = _without(shape, self._phases(shape))
        (source,) = self.waiting[slope.name].inputs
        pairs = [self.won[each.name] for each in self.parts[error.name]]
        above = [self._add("greater", (z, Constant(0)), equation, inner, ()) for z in self._phases_of(source, shape)]
        both = [
            self._add("logical_and", (wins, each), equation, inner, ())
            for (_, wins), each in zip(pairs, above, strict=True)
        ]
        parts = [
            self._add("multiply", (given, each), equation, inner) for (given, _), each in zip(pairs, both, strict=True)
        ]
        self.parts[equation.target.name] = list(parts)
        self.whole_of[equation.target.name] = equation

    def _whole(self, name: str) -> None:
        """Write an array, if it is not there yet, or only in parts."""
        waited = self.waiting.pop(name, None)
        if waited is not None:
            self._whole(waited.inputs[0].name)
            self.equations.append(waited)
        if name not in self.parts or name in self.joined:
            return
        self.joined.add(name)
        equation = self.whole_of[name]
        shape = _shape(equation.target)
        axes = self._phases(shape)
        places = itertools.product(*(range(shape[axis]) for axis in axes))
        named = [dict(zip(axes, place, strict=True)) for place in places]
        indices = tuple(
            Index(tuple(each.get(a, (None, None, None)) for a in range(len(shape))), True) for each in named
        )
        params: Params = (("indices", indices), ("shape", shape))
        self._add("scatter", self.parts[name], equation, shape, params, equation.target)


def _shape(operand: Operand) -> tuple[int, ...]:
    return tuple(map(int, operand.shape))


def _adds_axes(index: Index) -> bool:
    """Whether an index selects all of an array, and only gives it more axes."""
    return all(part in (None, Ellipsis, (None, None, None)) for part in index.parts)


def _without(shape: Sequence[int], axes: Sequence[int]) -> tuple[int, ...]:
    return tuple(size for axis, size in enumerate(shape) if axis not in axes)
