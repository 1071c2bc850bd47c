"""Every elementwise operation that native loops know, by the name of its primitive, as Numba computes it for single numbers."""

from __future__ import annotations

import string

TEXTS = {
    "identity": "{0}", "broadcast_to": "{0}", "astype": "{0}",
    "add": "{0} + {1}", "subtract": "{0} - {1}", "multiply": "{0} * {1}", "divide": "{0} / {1}", "negative": "-{0}",
    "square": "{0} * {0}", "sqrt": "math.sqrt({0})", "exp": "math.exp({0})", "log": "np.log({0})",
    "log1p": "np.log1p({0})", "expm1": "math.expm1({0})", "sin": "math.sin({0})", "cos": "math.cos({0})",
    "tanh": "math.tanh({0})", "power": "{0} ** {1}", "absolute": "abs({0})", "sign": "np.sign({0})",
    "maximum": "{0} if {0} > {1} or {0} != {0} else {1}", "minimum": "{0} if {0} < {1} or {0} != {0} else {1}",
    "where": "{1} if {0} else {2}", "relu": "{0} if {0} > 0 else 0 * {0}",
    "relu_prime": "1.0 if {0} > 0 else (0.0 if {0} == {0} else {0})",
    "sigmoid": "1 / (1 + math.exp(-{0}))",
    "sigmoid_prime": "1 / (1 + math.exp(-{0})) * (1 - 1 / (1 + math.exp(-{0})))",
    "logaddexp": "max({0}, {1}) + (math.log1p(math.exp(-abs({0} - {1}))) if {0} != {1} else math.log(2.0))",
    "greater": "{0} > {1}", "greater_equal": "{0} >= {1}", "less": "{0} < {1}", "less_equal": "{0} <= {1}",
    "equal": "{0} == {1}", "not_equal": "{0} != {1}",
    "logical_and": "bool({0}) and bool({1})", "logical_or": "bool({0}) or bool({1})", "logical_not": "not {0}",
}  # fmt: skip


def arity(name: str) -> int:
    """How many operands an operation takes.

    >>> arity("where")
    3
    """
    return len({field for _, field, _, _ in string.Formatter().parse(TEXTS[name]) if field})
