"""Derivatives along directions, made of reverse mode: `jvp`, `jacobian` and `hessian`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..program.border import leaf
from ..program.derivative import pull_back
from ..program.structure import flatten
from ..program.traced import Traced
from ..program.tracing import LEAF_TYPES, argument_names
from .arguments import inputs_on, named_after, positions_of, refuse_function
from .reverse import fitted_error, grad, open_tape, owned, plain, reaches, vjp


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of `f`, and its derivative along `tangents`.

    Computed as the derivative of the reverse pass with respect to its own error, so no forward rules are needed.

    >>> import numpy as np
    >>> jvp(lambda x: x ** 2, (np.array([1.0, 2.0]),), (np.array([1.0, 0.5]),))
    (array([1., 4.]), array([2., 2.]))
    """
    with open_tape() as (tape, mark):
        names = argument_names(f, len(primals))
        inputs, trees, args = inputs_on(f, names, tape, primals, list(range(len(primals))))
        directions = [flatten(tangent, LEAF_TYPES) for tangent in tangents]
        if [tree for _, tree in directions] != trees:
            refuse_function(f, "the tangents of a jvp do not nest as its primals do", "give one for each of them")
        outputs, results = flatten(f(*args), LEAF_TYPES)
        record = any(isinstance(output, Traced) and reaches(output, mark) for output in outputs)
        traced = [output for output in outputs if isinstance(output, Traced)]
        errors = [leaf(tape, "", o.shape, o.dtype, np.zeros(o.shape, o.dtype)) for o in traced]
        pulled = pull_back(list(zip(traced, errors, strict=True)), inputs, record=True)
        moves = [each for leaves, _ in directions for each in leaves]
        ahead = [(g, fitted_error(m, g)) for g, m in zip(pulled, moves, strict=True) if isinstance(g, Traced)]
        found = owned(pull_back(ahead, errors, record=record), errors, moves)
    slopes = iter(found)
    values = [o if record or not isinstance(o, Traced) else plain(o.value) for o in outputs]
    flat = [next(slopes) if isinstance(o, Traced) else np.zeros(np.shape(o)) for o in outputs]
    return results.build(iter(values)), results.build(iter(flat))


def jacobian(f: Callable[..., Any], argnums: int | str = 0) -> Callable[..., Any]:
    """The Jacobian of `f`: the output's axes first, then the argument's.

    >>> import numpy as np
    >>> jacobian(lambda x: x[0] * x)(np.array([2.0, 3.0]))
    array([[4., 0.],
           [3., 2.]])
    """

    def rows(*args: Any, **keywords: Any) -> Any:
        (position,), _ = positions_of(f, argnums, argument_names(f, len(args)))

        def only(x: Any) -> Any:
            return f(*args[:position], x, *args[position + 1 :], **keywords)

        value, pull = vjp(only, args[position])
        shape = np.shape(value)
        units = np.eye(int(np.prod(shape, dtype=int))).reshape(-1, *shape)
        parts = [pull(unit if shape else np.float64(unit))[0] for unit in units]
        return np.reshape(np.stack(parts), (*shape, *np.shape(args[position])))

    return named_after(rows, f, "jacobian")


def hessian(f: Callable[..., Any], argnums: int | str = 0) -> Callable[..., Any]:
    """The matrix of second derivatives of `f` with respect to one argument.

    >>> import numpy as np
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
    array([[6., 2.],
           [2., 0.]])
    """
    return named_after(jacobian(grad(f, argnums), argnums), f, "hessian")
