"""A line with an example's numbers, for one element: which numbers stand in the place of its symbols.

A walk over the line's tree that gives a tree of numbers, whatever is computed; that one is written like any other. Of a long
sum the largest terms are shown.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..core.layout import Node, Operation, layout
from ..core.nouns import Array, Constant, Equation, Operand, Program
from ..core.primitive import PRIMITIVES, Primitive
from ..program.formulas import Figure, Term, line, number_text
from ..program.operations.windows import Part, read, sizes_of
from ..program.symbol_names import kind_of, symbol_text
from ..show.numbers import figure, rounded
from .recording import Numbers, shown_index

_MOST_PRODUCTS, _MOST_TERMS = 2, 3
_DOTS = Figure(np.nan, text="⋯")
_GROUP = replace(PRIMITIVES["identity"], latex="({0})", _functions={})
_PASSED_ON = ("identity", "astype", "broadcast_to")


class Calculator:
    """Works out elements of a program's equations from the known values of its symbols."""

    def __init__(self, program: Program, values: Mapping[str, Array]):
        self.values = values
        self.plan = layout(program)
        self.equations = {target.name: equation for equation in program.equations for target in equation.targets}
        self.inner = 0
        self.decimals: Mapping[str, int] = {}

    def numbers(self, symbol: str, index: tuple[int, ...]) -> Numbers:
        """The equation of a symbol with the numbers of one of its elements."""
        return self.worked(self.equations[symbol], symbol, index)

    def worked(
        self, equation: Equation, symbol: str, index: tuple[int, ...], decimals: Mapping[str, int] | None = None
    ) -> Numbers:
        """The same for an equation whose result is shown under another name.

        `decimals` are those of symbols, by their names in the program, for which the usual ones are too few.
        """
        self.inner, self.decimals = 0, decimals or {}
        name = next((each.name for each in equation.targets if each.name == symbol), equation.target.name)
        result = np.asarray(self.values[name])
        stages = self._stages(equation, index) if len(equation.targets) == 1 else []
        at = shown_index(symbol, result.shape, index)
        shown = symbol_text(symbol) + (f"[{','.join(map(str, at))}]" if index else "")
        made = Numbers(index, shown, tuple(stages), float(result[index]), self.inner, self.decimals.get(name))
        is_passed_on = len(stages) == 1 and "".join(term.text for term in stages[0]) == made.written
        return replace(made, stages=()) if is_passed_on else made

    def _stages(self, equation: Equation, index: tuple[int, ...]) -> list[tuple[Term, ...]]:
        """The right side in numbers, and its last operation with its operands worked out; nothing where it is one number."""
        tree = self.plan.tree(equation)
        deep = line(self._numeric(tree, index), numeric=True)
        if len(deep) == 1:  # what is only passed on, or is too special to be written out
            return [deep] if equation.primitive.name == "identity" else []
        if equation.primitive.elementwise and len(equation.inputs) > 1:
            operands = tuple(self._one(each, _at(each, index)) for each in equation.inputs)
            shallow = line(replace(tree, operands=operands), numeric=True)
            is_alike = [term.text for term in shallow] == [term.text for term in deep]  # their names may differ
            return [deep] if is_alike else [deep, shallow]
        return [deep]

    def _numeric(self, node: Node, index: tuple[int, ...]) -> Node:
        """One element of a tree as a tree of single numbers."""
        if not isinstance(node, Operation):
            return self._one(node, index)
        equation, inputs = node.equation, node.equation.inputs
        name = equation.primitive.name
        if name in _PASSED_ON:
            return self._numeric(node.operands[0], _at(inputs[0], index))
        if name == "T":
            return self._numeric(node.operands[0], index[::-1])
        if name == "matmul" and len(inputs[0].shape) == len(inputs[1].shape) == 2 and inputs[0].shape[-1]:
            return self._products(inputs, self._value(inputs[0])[index[0]], self._value(inputs[1])[:, index[1]])
        if name == "windowed_einsum":
            one, other = over_windows(dict(equation.params), self._value(inputs[0]), self._value(inputs[1]), index)
            if one.size:
                return self._products(inputs, one, other)
        if name == "sum" and self._value(inputs[0]).size:
            part = self._summed(equation, index)
            return self._largest(part, _MOST_TERMS, lambda k, _: _figure(self._name(inputs[0]), part[k]))
        if equation.primitive.elementwise:
            operands = zip(node.operands, inputs, strict=True)
            return replace(node, operands=tuple(self._numeric(each, _at(operand, index)) for each, operand in operands))
        return _figure(equation.target.name, np.asarray(self.values[equation.target.name])[index])

    def _products(self, inputs: tuple[Operand, ...], one: Array, other: Array) -> Node:
        """The largest products of two vectors, in which a sum of products meets."""
        names = [self._name(each) for each in inputs]

        def product(k: int, is_first: bool) -> Node:
            left, right = (
                _figure(each, factor[k], 2 if kind_of(each) == "w" else 3)
                for each, factor in zip(names, (one, other), strict=True)
            )
            grouped = left.text.startswith("−") and not is_first
            return _operation(PRIMITIVES["multiply"], _operation(_GROUP, left) if grouped else left, right)

        return self._largest(one * other, _MOST_PRODUCTS, product)

    def _summed(self, equation: Equation, index: tuple[int, ...]) -> Array:
        """The terms of a sum for one of its elements."""
        params = dict(equation.params)
        value = self._value(equation.inputs[0])
        axes = params["axis"]
        axes = tuple(range(value.ndim)) if axes is None else (axes,) if isinstance(axes, int) else axes
        kept = iter(index if not params["keepdims"] else [i for at, i in enumerate(index) if at not in axes])
        return value[tuple(slice(None) if axis in axes else next(kept) for axis in range(value.ndim))].ravel()

    def _largest(self, terms: Array, most: int, written: Callable[[int, bool], Node]) -> Node:
        """A sum: its largest terms, and dots for the others."""
        order = np.argsort(-np.abs(np.asarray(terms, np.float64)), kind="stable")[:most]
        self.inner = max(self.inner, len(terms)) if len(terms) > 1 else self.inner
        shown = [written(int(k), not at) for at, k in enumerate(order)] + [_DOTS] * (len(terms) > len(order))
        return functools.reduce(functools.partial(_operation, PRIMITIVES["add"]), shown)

    def _one(self, operand: Operand, index: tuple[int, ...]) -> Figure:
        """An operand's element as one number."""
        if isinstance(operand, Constant) and not operand.shape:
            return Figure(float(np.asarray(operand.value)), text=number_text(operand.value))
        name, value = self._name(operand), self._value(operand)[index]
        if not operand.shape and name == operand.name:  # a number that was given, such as η
            return Figure(float(value), name, f"{float(value):g}".replace("-", "−"))
        if operand.name in self.decimals:
            return Figure(float(value), name, rounded(float(value), self.decimals[operand.name]))
        return _figure(name, value)

    def _value(self, operand: Operand) -> Array:
        return np.asarray(operand.value if isinstance(operand, Constant) else self.values[operand.name])

    def _name(self, operand: Operand) -> str:
        """The symbol by which an operand is known; of one that is written inside another line, what it is made from."""
        node = self.plan.node(operand)
        while isinstance(node, Operation):
            if node.equation.primitive.name != "T":
                return ""
            node = node.operands[0]
        return node.name


def over_windows(params: Mapping[str, Any], one: Array, other: Array, index: tuple[int, ...]) -> tuple[Array, Array]:
    """The factors that meet in one element of an Einstein sum over windows, as two vectors.

    >>> one, other = np.arange(2.0), np.arange(4.0)
    >>> [each.tolist() for each in over_windows({"subscripts": "i,(y+i)->y", "shape": None}, one, other, (2,))]
    [[0.0, 1.0], [2.0, 3.0]]
    """
    terms = read(params["subscripts"])
    sizes = sizes_of(terms, one.shape, other.shape, params["shape"])
    places: dict[str, Any] = {
        axis[0].letter: at for axis, at in zip(terms.result, index, strict=True) if len(axis) == 1
    }
    free = [letter for letter in sizes if letter not in places]
    every = np.indices([sizes[letter] for letter in free]).reshape(len(free), -1)
    places |= dict(zip(free, every, strict=True))

    def along(axis: Sequence[Part]) -> Any:
        return sum(part.step * places[part.letter] for part in axis)

    meets = np.ones(every.shape[1], bool)
    for axis, at in zip(terms.result, index, strict=True):
        meets &= along(axis) == at

    def factors(array: Array, term: Sequence[Sequence[Part]]) -> Array:
        found: Array = np.broadcast_to(array[tuple(map(along, term))], meets.shape)[meets]
        return found

    return factors(one, terms.one), factors(other, terms.other)


def _figure(name: str, value: Any, decimals: int = 3) -> Figure:
    number = float(value)
    return Figure(number, name, figure(number, 0 if kind_of(name) == "y" and number.is_integer() else decimals))


def _operation(primitive: Primitive, *operands: Node) -> Operation:
    """An operation on single numbers."""
    return Operation(Equation((), primitive, tuple(Constant(0.0) for _ in operands)), operands)


def _at(operand: Operand, index: tuple[int, ...]) -> tuple[int, ...]:
    """Where an operand's element stands that goes into an element of an elementwise result."""
    shape = operand.shape
    return tuple(0 if size == 1 else at for size, at in zip(shape, index[len(index) - len(shape) :], strict=True))
