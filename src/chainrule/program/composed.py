"""Derivatives of operations that NumPy computes and that a combination of others differentiates.

The value is NumPy's to the last bit, for infinities, missing numbers and all number types; the combination, written in
NumPy as well, only has to have the right slopes.
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
    """The rules of an operation of so many inputs, each the derivative of the combination with respect to one."""

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
