"""Directional derivatives, Jacobians and Hessians, all built from reverse mode: no operation has a forward rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..branches.by_values import by_values
from ..core import hooks
from ..core.binding import bind
from ..core.derivative import pull_back
from ..core.structure import flatten
from ..core.traced import Traced
from ..core.tracing import LEAF_TYPES, argument_names, require_function
from ..program.guards import direction
from . import backward_cache
from .arguments import (
    Wrt,
    as_positional,
    checked_tangents,
    named_after,
    refuse_function,
    require_arrays,
    trace_arguments,
    wrt_positions,
)
from .reverse import depends_on_outer, grad, gradient_for, matched_error, open_tape, owned, unwrap_scalar, vjp


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of `f` and its Jacobian-vector product, the derivative along `tangents`.

    It is the derivative of the backward pass with respect to the error that the pass starts from (the double-backward
    trick), so operations need no forward rules.

    Args:
        f: A function of NumPy arrays and floats, or nests of them, whose result is one array or a nest of arrays.
        primals: The arguments at which `f` is evaluated.
        tangents: One direction per primal, with its shape and nesting.

    Returns:
        `(value, derivative)`, both with the shapes and nesting of the result.

    Raises:
        TracingError: The result is no float array, or the tangents do not match the primals.

    Examples:
        >>> import numpy as np
        >>> jvp(lambda x: x ** 2, (np.array([1.0, 2.0]),), (np.array([1.0, 0.5]),))
        (array([1., 4.]), array([2., 2.]))
    """
    require_function("jvp", f, primals)
    require_function("jvp", f, tangents)
    tangents = checked_tangents("jvp", f, primals, tangents)
    with open_tape() as (tape, mark):
        names = argument_names(f, len(primals))
        inputs, _, args = trace_arguments(f, names, tape, primals, list(range(len(primals))))
        turns, tape.turns = tape.turns, True  # a loop's derivative has results that its own derivative does not need
        with hooks.active.running(f, once=False)(primals) as called:
            output = hooks.active.returned(called(*args))
        tape.turns = turns
        require_arrays("jvp", f, output)
        outputs, results = flatten(output, LEAF_TYPES)
        record = any(isinstance(output, Traced) and depends_on_outer(output, mark) for output in outputs)
        traced = [output for output in outputs if isinstance(output, Traced)]
        errors = [bind(direction, (np.zeros(o.shape, o.dtype)[()],), (), tape) for o in traced]
        pulled = pull_back(list(zip(traced, errors, strict=True)), inputs, record=True)
        moves = [each for tangent in tangents for each in flatten(tangent, LEAF_TYPES)[0]]
        ahead = [(g, matched_error(m, g)) for g, m in zip(pulled, moves, strict=True) if isinstance(g, Traced)]
        if record or any(isinstance(move, Traced) for _, move in ahead):
            derivatives = owned(pull_back(ahead, errors, record=record), errors, moves)
        else:
            slopes, arguments = backward_cache.gradients([g for g, _ in ahead], [m for _, m in ahead], errors)
            derivatives = owned(slopes, errors, (*arguments, *moves))
    rest = iter(derivatives)
    values = [o if record or not isinstance(o, Traced) else unwrap_scalar(o.value) for o in outputs]
    flat = [next(rest) if isinstance(o, Traced) else np.zeros(np.shape(o)) for o in outputs]
    return results.build(iter(values)), results.build(iter(flat))


def hvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, ...]:
    """The Hessian-vector product of `f`, computed without the Hessian.

    The Hessian is symmetric, so its product with a direction is that direction pulled back through the gradient.

    Args:
        f: A function of NumPy arrays and floats, or nests of them, whose result is one float.
        primals: The arguments at which `f` is evaluated.
        tangents: One direction per primal, with its shape and nesting.

    Returns:
        A tuple of one product per primal, with its shape and nesting.

    Raises:
        TracingError: The result is not one float, or the tangents do not match the primals.

    Examples:
        >>> import numpy as np
        >>> hvp(lambda x: x[0] ** 2 * x[1], (np.array([1.0, 3.0]),), (np.array([1.0, 0.0]),))
        (array([6., 2.]),)
    """
    require_function("hvp", f, primals)
    require_function("hvp", f, tangents)
    tangents = checked_tangents("hvp", f, primals, tangents)
    slopes: tuple[Any, ...] = vjp(grad(f, range(len(primals))), *primals)[1](tangents)
    return slopes


def jacobian(f: Callable[..., Any], wrt: Wrt = 0) -> Callable[..., Any]:
    """The Jacobian of `f`, as a function of the same arguments.

    Args:
        f: A function of NumPy arrays and floats, or nests of them, whose result is one array or a nest of arrays.
        wrt: The arguments to differentiate with respect to, by position or name.

    Returns:
        A function that returns an array with the axes of the result first, then those of the argument. For a nested
        result, or a nested argument, or several `wrt`, it returns one such block per leaf, nested as the result is, and
        within that as the argument is.

    Raises:
        TracingError: When called, if the result is no float array, or an argument in `wrt` is not made of floats.

    Examples:
        >>> import numpy as np
        >>> jacobian(lambda x: x[0] * x)(np.array([2.0, 3.0]))
        array([[4., 0.],
               [3., 2.]])
    """
    require_function("jacobian", f)

    def matrix(*args: Any, **keywords: Any) -> Any:
        args, keywords = as_positional(f, args, keywords)
        names = argument_names(f, len(args))
        positions, several = wrt_positions(f, wrt, names)

        def pulled_back(function: Callable[..., Any], chosen: Sequence[Any]) -> tuple[tuple[Any, ...], int]:
            def partial(*chosen: Any) -> Any:
                full = list(args)
                for position, each in zip(positions, chosen, strict=True):
                    full[position] = each
                output = function(*full, **keywords)
                require_arrays("jacobian", f, output)
                return output

            labels = [names[position] for position in positions]
            return vjp(named_after(partial, f, "part", labels), *chosen), 0

        chosen = [args[position] for position in positions]
        value, pull = by_values(f, pulled_back)(chosen)
        parts, results = flatten(value, LEAF_TYPES)
        if any(np.iscomplexobj(each) for each in (*parts, *flatten(chosen, LEAF_TYPES)[0])):
            refuse_function(
                f,
                "a Jacobian of complex numbers is not one matrix",
                "take real and imaginary parts, as arguments and as results, or use vjp or jvp",
            )
        nested = tuple(chosen) if several else chosen[0]
        leaves, tree = flatten(nested, LEAF_TYPES)
        shapes = [np.shape(part) for part in parts]
        blocks = []
        for position, shape in enumerate(shapes):
            rows: list[list[Any]] = []
            for unit in np.eye(size := int(np.prod(shape, dtype=int))).reshape(size, *shape):
                errors = [unit if p == position else np.zeros(each) for p, each in enumerate(shapes)]
                pulled = pull(results.build(iter(errors)))
                rows.append(flatten(pulled if several else pulled[0], LEAF_TYPES)[0])
            columns = [
                unwrap_scalar(np.reshape(np.stack([row[k] for row in rows]), (*shape, *np.shape(each))))
                if rows
                else np.zeros((*shape, *np.shape(each)), np.result_type(each))
                for k, each in enumerate(leaves)
            ]
            blocks.append(tree.build(iter(columns)))
        return results.build(iter(blocks))

    return named_after(matrix, f, "jacobian")


def hessian(f: Callable[..., Any], wrt: Wrt = 0) -> Callable[..., Any]:
    """The Hessian of `f`, as a function of the same arguments.

    Args:
        f: A function of NumPy arrays and floats, or nests of them, whose result is one float.
        wrt: The arguments to differentiate with respect to, by position or name.

    Returns:
        A function that returns an array with the argument's axes twice; for a nested argument or several `wrt`, the blocks
        ∂²f/∂a∂b of all pairs of leaves, nested twice.

    Raises:
        TracingError: When called, if the result is not one float, or an argument in `wrt` is not made of floats.

    Examples:
        >>> import numpy as np
        >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
        array([[6., 2.],
               [2., 0.]])
    """
    return named_after(jacobian(gradient_for("hessian", f, wrt), wrt), f, "hessian")
