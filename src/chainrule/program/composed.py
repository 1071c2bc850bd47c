"""Derivatives of operations that NumPy computes, taken from a composition of others.

The value is exactly NumPy's, also for infinities, NaN and all dtypes; the composition, written in NumPy as well, only has to
have the same derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.binding import bind
from ..core.border import leaf
from ..core.derivative import pull_back
from ..core.primitive import PRIMITIVES, DerivativeRule
from ..core.traced import Tape, Traced


def rules_of(combination: Callable[..., Any], count: int) -> tuple[DerivativeRule, ...]:
    """The rules of an operation with `count` inputs: the derivatives of the composition with respect to each."""

    def rule(position: int) -> DerivativeRule:
        def error(g: Any, y: Any, *inputs: Any, **params: Any) -> Any:
            traced = next((each for each in (g, *inputs) if isinstance(each, Traced)), None)
            if traced is None:
                tape = Tape()
                nodes = [leaf(tape, "", np.shape(each), np.result_type(each), each) for each in inputs]
            else:
                nodes = [bind(PRIMITIVES["identity"], (each,), (), traced.tape) for each in inputs]
            found = combination(*nodes, **params)
            return pull_back([(found, g)], [nodes[position]], record=traced is not None)[0]

        return error

    return tuple(map(rule, range(count)))
