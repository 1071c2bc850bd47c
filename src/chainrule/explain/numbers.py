"""A rule with an example's numbers, for one element: which numbers stand in the place of its symbols.

Made from a program's equations, whatever they compute; of a long sum the largest products are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from ..core.layout import layout
from ..core.nouns import Array, Constant, Equation, Operand, Program
from ..core.template import ATOM, PRIMARY, PRODUCT, SUM, Need, Piece
from ..program.symbol_names import symbol_text
from ..show.numbers import figure, rounded
from ..show.terms import Term, symbol_term
from .recording import Numbers

_MOST_PRODUCTS = 2
_SIGNS = {"add": "+", "subtract": "−", "multiply": "×", "divide": "/"}
_CALLED = {
    "sigmoid": "σ",
    "sigmoid_prime": "σ′",
    "tanh": "tanh",
    "relu": "relu",
    "relu_prime": "relu′",
    "exp": "exp",
    "log": "ln",
}


class _Stretch(NamedTuple):
    terms: tuple[Term, ...]
    strength: int = ATOM
    operator: str = ""


class Worker:
    """Works out elements of a program's symbols, whose values are known."""

    def __init__(self, program: Program, values: Mapping[str, Array]):
        self.values = values
        self.inlined = layout(program).inlined
        self.equations = {equation.target.name: equation for equation in program.equations}
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
        deep = self._expanded(equation, index)
        shallow = self._worked_out(equation, index)
        stages = [deep.terms] if shallow is None or shallow.terms == deep.terms else [deep.terms, shallow.terms]
        if len(deep.terms) == 1:  # what is only passed on, or is too special to be written out
            stages = [deep.terms] if equation.primitive.name == "identity" else []
        shown = symbol_text(symbol) + (
            f"[{','.join(map(str, _told(self.values_of(equation), index)))}]" if index else ""
        )
        result = float(self.values_of(equation)[index])
        return Numbers(index, shown, tuple(stages), result, self.inner, self.decimals.get(equation.target.name))

    def values_of(self, equation: Equation) -> Array:
        """The value of an equation's target."""
        return np.asarray(self.values[equation.target.name])

    def _expanded(self, equation: Equation, index: tuple[int, ...]) -> _Stretch:
        """An equation in numbers, what is written inside it written out too."""
        name, inputs = equation.primitive.name, equation.inputs
        if name == "matmul" and inputs[0].shape[-1:] and len(inputs[0].shape) == len(inputs[1].shape) == 2:
            return self._products(inputs, index)
        if name == "T":
            return self._operand(inputs[0], index[::-1])
        if name == "sum":
            return self._sum(equation, index)
        if name == "power" and isinstance(inputs[1], Constant) and not inputs[1].shape:
            base = self._operand(inputs[0], _at(inputs[0], index))
            whole = float(inputs[1].value).is_integer()
            raised = str(int(inputs[1].value)).translate(str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")) if whole else ""
            if whole:
                return _Stretch((*_enclosed(base).terms, Term("number", raised, f"**{raised}", raised=True)), PRIMARY)
        if name == "negative":
            inner = _fitted(self._operand(inputs[0], index), Need(PRODUCT), after=True)
            return _Stretch((Term("operator", "−", "-"), *inner.terms), SUM)
        if equation.primitive.elementwise and name in _SIGNS:
            return _binary(name, [self._operand(each, _at(each, index)) for each in inputs])
        if equation.primitive.elementwise and name in _CALLED:
            function = Term("function", _CALLED[name], name)
            inner = self._operand(inputs[0], _at(inputs[0], index))
            return _Stretch((function, Term("bracket", "(", "("), *inner.terms, Term("bracket", ")", ")")), PRIMARY)
        if name in ("identity", "astype"):
            return self._operand(inputs[0], index)
        return _Stretch((_number(equation.target.name, self.values_of(equation)[index]),))

    def _worked_out(self, equation: Equation, index: tuple[int, ...]) -> _Stretch | None:
        """The last operation of an equation, its operands worked out."""
        name = equation.primitive.name
        if name not in _SIGNS or not equation.primitive.elementwise:
            return None
        return _binary(name, [_Stretch((self._one(each, _at(each, index)),)) for each in equation.inputs])

    def _products(self, inputs: Sequence[Operand], index: tuple[int, ...]) -> _Stretch:
        """A row times a column: the largest products, and dots for the others."""
        row, column = self._value(inputs[0])[index[0]], self._value(inputs[1])[:, index[1]]
        order = np.argsort(-np.abs(row * column), kind="stable")[:_MOST_PRODUCTS]
        self.inner = max(self.inner, len(row)) if len(row) > 1 else self.inner
        terms: list[Term] = []
        for at, k in enumerate(order):
            factors = [
                _number(self._name(each), v, 2 if _is_weight(self._name(each)) else 3)
                for each, v in zip(inputs, (row[k], column[k]), strict=True)
            ]
            terms += [Term("operator", "+", "+")] * bool(at)
            left, right = (_Stretch((factor,)) for factor in factors)
            terms += _binary("multiply", [_fitted(left, Need(), after=bool(at)), right]).terms
        if len(row) > len(order):
            terms += [Term("operator", "+", "+"), Term("number", "⋯", "...")]
        return _Stretch(tuple(terms), SUM if len(terms) > 3 else PRODUCT)

    def _sum(self, equation: Equation, index: tuple[int, ...]) -> _Stretch:
        """A sum: its largest terms, and dots for the others."""
        params = dict(equation.params)
        (operand,) = equation.inputs
        value = self._value(operand)
        axes = params["axis"]
        axes = tuple(range(value.ndim)) if axes is None else (axes,) if isinstance(axes, int) else axes
        kept = iter(index if not params["keepdims"] else [i for at, i in enumerate(index) if at not in axes])
        part = value[tuple(slice(None) if axis in axes else next(kept) for axis in range(value.ndim))].ravel()
        order = np.argsort(-np.abs(part), kind="stable")[: _MOST_PRODUCTS + 1]
        self.inner = max(self.inner, part.size) if part.size > 1 else self.inner
        terms: list[Term] = []
        for at, k in enumerate(order):
            terms += [Term("operator", "+", "+")] * bool(at)
            terms += _fitted(_Stretch((_number(self._name(operand), part[k]),)), Need(), after=bool(at)).terms
        if part.size > len(order):
            terms += [Term("operator", "+", "+"), Term("number", "⋯", "...")]
        return _Stretch(tuple(terms), SUM if len(terms) > 1 else ATOM)

    def _operand(self, operand: Operand, index: tuple[int, ...]) -> _Stretch:
        if not isinstance(operand, Constant) and operand.name in self.inlined:
            return self._expanded(self.inlined[operand.name], index)
        return _Stretch((self._one(operand, index),))

    def _one(self, operand: Operand, index: tuple[int, ...]) -> Term:
        """An operand's element as one number."""
        if isinstance(operand, Constant) and not operand.shape:
            return Term("number", f"{operand.value!r}".removesuffix(".0").replace("-", "−"), repr(operand.value))
        if not operand.shape and operand.name not in self.inlined:  # a number that was given, such as η
            return Term("number", f"{float(self._value(operand)):g}".replace("-", "−"), operand.name, operand.name)
        name, value = self._name(operand), self._value(operand)[index]
        if operand.name in self.decimals:
            return replace(_number(name, value), text=rounded(float(value), self.decimals[operand.name]))
        return _number(name, value)

    def _value(self, operand: Operand) -> Array:
        return np.asarray(operand.value if isinstance(operand, Constant) else self.values[operand.name])

    def _name(self, operand: Operand) -> str:
        """The symbol by which an operand is known; of one that is written inside another line, what it is made from."""
        if isinstance(operand, Constant):
            return operand.name
        while operand.name in self.inlined:
            inputs = [each for each in self.inlined[operand.name].inputs if not isinstance(each, Constant)]
            if self.inlined[operand.name].primitive.name != "T" or not inputs:
                return ""
            operand = inputs[0]
        return operand.name


def _number(name: str, value: Any, decimals: int = 3) -> Term:
    shown = symbol_term(name, ()) if name else None
    color = shown.color if shown else None
    text = figure(float(value), 0 if color == "y" and float(value).is_integer() else decimals)
    return Term("number", text, repr(float(value)), name, color)


def _binary(name: str, operands: Sequence[_Stretch]) -> _Stretch:
    """Two numbers and a sign between them, in brackets where needed; a negative one too, unless it comes first."""
    strength = PRODUCT if name in ("multiply", "divide") else SUM
    left = _fitted(operands[0], Need(strength))
    right = _fitted(operands[1], Need(strength + (name in ("subtract", "divide"))), after=True)
    sign = Term("operator", _SIGNS[name], {"×": "*", "−": "-"}.get(_SIGNS[name], _SIGNS[name]))
    return _Stretch((*left.terms, sign, *right.terms), strength)


def _fitted(stretch: _Stretch, need: Need, after: bool = False) -> _Stretch:
    negative = after and stretch.terms[0].text.startswith("−")
    return _enclosed(stretch) if negative or not need.admits(Piece("", stretch.strength)) else stretch


def _enclosed(stretch: _Stretch) -> _Stretch:
    if len(stretch.terms) == 1 and not stretch.terms[0].text.startswith("−"):
        return stretch
    return _Stretch((Term("bracket", "(", "("), *stretch.terms, Term("bracket", ")", ")")))


def _is_weight(name: str) -> bool:
    return bool(name) and symbol_term(name, ()).color == "w"


def _at(operand: Operand, index: tuple[int, ...]) -> tuple[int, ...]:
    """Where an operand's element stands that goes into an element of an elementwise result."""
    shape = operand.shape
    return tuple(0 if size == 1 else at for size, at in zip(shape, index[len(index) - len(shape) :], strict=True))


def _told(value: Array, index: tuple[int, ...]) -> tuple[int, ...]:
    """An index as people are told it: of a column only the row."""
    return index[:1] if value.ndim == 2 and value.shape[1] == 1 else index
