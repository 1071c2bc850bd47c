"""Factorizations and systems of equations as loops: Cholesky's, and `solve` by elimination with row exchanges.

`solve` looks at its matrix first: a triangular one is only substituted in. Where a matrix is singular or not positive
definite, `wrong` is set; NumPy then says so.
"""

from __future__ import annotations

from dataclasses import replace

from ...core.nouns import Equation, Symbol
from .loops import OPERATIONS, Loops

LARGEST = 128
"""Rows up to which these loops are taken: LAPACK wins beyond."""


def scratch(equation: Equation) -> Symbol | None:
    """An array that the loops of an equation need beside its operands: `solve` eliminates in a copy of its matrix."""
    if equation.primitive.name != "solve":
        return None
    matrix = equation.inputs[0]
    return replace(equation.target, name=f"{equation.target.name} eliminated", shape=matrix.shape)


def small(equation: Equation) -> bool:
    """Whether an equation is one of these, of one small matrix."""
    shapes = [operand.shape for operand in equation.inputs]
    return len(shapes[0]) == 2 and len(shapes[-1]) <= 2 and int(shapes[0][0]) <= LARGEST


_CHOLESKY = """
for r in range({n}):
    for c in range({n}):
        {y}[r * {n} + c] = 0.0
for r in range({n}):
    for c in range(r):
        s = {a}[r * {n} + c] * 1.0
        for k in range(c):
            s -= {y}[r * {n} + k] * {y}[c * {n} + k]
        {y}[r * {n} + c] = s / {y}[c * {n} + c]
    s = {a}[r * {n} + r] * 1.0
    for k in range(r):
        s -= {y}[r * {n} + k] * {y}[r * {n} + k]
    if s > 0:
        {y}[r * {n} + r] = math.sqrt(s)
    else:
        wrong = True
        {y}[r * {n} + r] = 1.0
"""

_SOLVE = """
for i in range({n} * {m}):
    {y}[i] = {b}[i]
below = False
above = False
for r in range({n}):
    for c in range({n}):
        x = {a}[r * {n} + c]
        {lu}[r * {n} + c] = x
        if r > c:
            below = below or x != 0
        if r < c:
            above = above or x != 0
if below:
    if above:
        for k in range({n}):
            best = k
            top = abs({lu}[k * {n} + k])
            for r in range(k + 1, {n}):
                x = abs({lu}[r * {n} + k])
                if x > top:
                    top = x
                    best = r
            if best != k:
                for c in range({n}):
                    x = {lu}[k * {n} + c]
                    {lu}[k * {n} + c] = {lu}[best * {n} + c]
                    {lu}[best * {n} + c] = x
                for c in range({m}):
                    x = {y}[k * {m} + c]
                    {y}[k * {m} + c] = {y}[best * {m} + c]
                    {y}[best * {m} + c] = x
            for r in range(k + 1, {n}):
                x = {lu}[r * {n} + k] / {lu}[k * {n} + k]
                for c in range(k + 1, {n}):
                    {lu}[r * {n} + c] -= x * {lu}[k * {n} + c]
                for c in range({m}):
                    {y}[r * {m} + c] -= x * {y}[k * {m} + c]
if above or not below:
    for q in range({n}):
        r = {n} - 1 - q
        for k in range(r + 1, {n}):
            x = {lu}[r * {n} + k]
            for c in range({m}):
                {y}[r * {m} + c] -= x * {y}[k * {m} + c]
        x = {lu}[r * {n} + r]
        wrong = wrong or x == 0 or x != x
        for c in range({m}):
            {y}[r * {m} + c] /= x
else:
    for r in range({n}):
        for k in range(r):
            x = {lu}[r * {n} + k]
            for c in range({m}):
                {y}[r * {m} + c] -= x * {y}[k * {m} + c]
        x = {lu}[r * {n} + r]
        wrong = wrong or x == 0 or x != x
        for c in range({m}):
            {y}[r * {m} + c] /= x
"""


def _cholesky(loops: Loops, equation: Equation) -> None:
    (matrix,), target = equation.inputs, equation.target
    _write(loops, _CHOLESKY, a=loops.array(matrix), y=loops.array(target), n=int(matrix.shape[0]))


def _solve(loops: Loops, equation: Equation) -> None:
    (matrix, right), target, beside = equation.inputs, equation.target, scratch(equation)
    assert beside is not None
    m = int(right.shape[1]) if len(right.shape) == 2 else 1
    names = {"a": matrix, "b": right, "y": target, "lu": beside}
    _write(loops, _SOLVE, **{name: loops.array(each) for name, each in names.items()}, n=int(matrix.shape[0]), m=m)


def _write(loops: Loops, text: str, **names: str | int) -> None:
    for line in text.strip().format(**names).splitlines():
        loops.line(0, line)


OPERATIONS |= {"cholesky": _cholesky, "solve": _solve}
