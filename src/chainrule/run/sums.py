"""Rewrites that make programs faster in NumPy: small sums become matrix products, and triangle masks become constants.

They are applied just before a program runs in NumPy; printed programs and native loops are unaffected.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..core.nouns import Constant, Equation, Operand, Program
from ..core.rewrite import Apply, Expression, Scope, rewrite

FEW = 64
"""Up to this length, the sum of a row is faster as a product. NumPy adds longer rows with vector instructions."""
MANY = 4096
"""Up to this many rows, their sum is a product. Beyond it, memory bandwidth decides."""


def with_products(program: Program) -> Program:
    """The program with its small sums as products; the results are equal within rounding.

    Examples:
        >>> from chainrule.core.tracing import trace
        >>> print(with_products(trace(lambda x: np.sum(x, axis=1), [np.ones((3, 2))])))  # doctest: +ELLIPSIS
        import numpy as np
        ...
            return x @ ones
        <BLANKLINE>
    """
    return rewrite(program, (_sum, _tie_shares, _triangle, _reshaped_again))


def _sum(scope: Scope, equation: Equation) -> Expression | None:
    """The sum over the last axes is x 1, over the first ones 1ᵀ x, with x reshaped to a matrix."""
    if equation.primitive.name != "sum" or equation.target.dtype.kind != "f":
        return None
    (x,), target = equation.inputs, equation.target
    if _dtype(x) != target.dtype or len(x.shape) < 2:
        return None
    return _product(x, dict(equation.params), target.shape, target.dtype)


def _tie_shares(scope: Scope, equation: Equation) -> Expression | None:
    """at / Σ at for a Boolean mask, which is counted by a product with ones too."""
    if equation.primitive.name != "divide":
        return None
    total = scope.made_by(equation.inputs[1], "sum")
    if total is None or _dtype(total.inputs[0]) != np.bool_ or len(total.inputs[0].shape) < 2:
        return None
    counted = _product(total.inputs[0], dict(total.params), total.target.shape, equation.target.dtype)
    return None if counted is None else Apply("divide", (equation.inputs[0], counted))


def _triangle(scope: Scope, equation: Equation) -> Expression | None:
    """The mask of a triangle as a constant; np.tril and np.triu would create it at every call."""
    name = equation.primitive.name
    if name not in ("tril", "triu") or equation.target.dtype.kind != "f":
        return None
    (x,) = equation.inputs
    mask = getattr(np, name)(np.ones(tuple(map(int, x.shape[-2:])), bool), dict(equation.params)["k"])
    return Apply("where", (Constant(mask, "triangle"), x, Constant(0.0)))


def _reshaped_again(scope: Scope, equation: Equation) -> Expression | None:
    """Two reshapes in a row become one."""
    inner = scope.made_by(equation.inputs[0], "reshape") if equation.primitive.name == "reshape" else None
    return None if inner is None else Apply("reshape", inner.inputs, equation.params)


def _product(
    x: Operand, params: dict[str, object], shape: Sequence[int], dtype: np.dtype[np.generic]
) -> Expression | None:
    sizes = [int(size) for size in x.shape]
    axis = params["axis"]
    axes = sorted(a % len(sizes) for a in (axis if isinstance(axis, tuple) else (axis,))) if axis is not None else []
    k = len(axes)
    n = math.prod(sizes[a] for a in axes)
    last, first = axes == list(range(len(sizes) - k, len(sizes))), axes == list(range(k))
    rest = math.prod(sizes) // n if n else 0
    if not (0 < k < len(sizes)) or rest < 2 or not ((last and 1 < n <= FEW) or (first and 1 < n <= MANY)):
        return None
    flat = (rest, n) if last else (n, rest)
    matrix = x if tuple(sizes) == flat else Apply("reshape", (x,), (("shape", flat),))
    column = bool(params["keepdims"]) and len(sizes) == 2
    ones = Constant(np.ones((n, 1) if column and last else (1, n) if column else n, dtype), "ones")
    product = Apply("matmul", (matrix, ones) if last else (ones, matrix))
    made = ((rest, 1) if last else (1, rest)) if column else (rest,)
    return (
        product
        if made == tuple(map(int, shape))
        else Apply("reshape", (product,), (("shape", tuple(map(int, shape))),))
    )


def _dtype(operand: Operand) -> np.dtype[np.generic]:
    return np.asarray(operand.value).dtype if isinstance(operand, Constant) else operand.dtype
