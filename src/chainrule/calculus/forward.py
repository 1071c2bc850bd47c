"""Derivatives along directions and whole matrices of them, all made of reverse mode: no operation has a forward rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.border import leaf
from ..core.derivative import pull_back
from ..core.structure import flatten
from ..core.traced import Traced
from ..core.tracing import LEAF_TYPES, argument_names, require_function
from . import backward_cache
from .arguments import Wrt, fitting_tangents, inputs_on, named_after, placed, positions_of, require_arrays
from .reverse import fitted_error, grad, open_tape, owned, plain, reaches, vjp


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of `f`, and its derivative along `tangents`.

    Computed as the derivative of the reverse pass with respect to its own error, so no forward rules are needed.

    >>> import numpy as np
    >>> jvp(lambda x: x ** 2, (np.array([1.0, 2.0]),), (np.array([1.0, 0.5]),))
    (array([1., 4.]), array([2., 2.]))
    """
    require_function("jvp", f, primals)
    require_function("jvp", f, tangents)
    tangents = fitting_tangents("jvp", f, primals, tangents)
    with open_tape() as (tape, mark):
        names = argument_names(f, len(primals))
        inputs, _, args = inputs_on(f, names, tape, primals, list(range(len(primals))))
        output = f(*args)
        require_arrays("jvp", f, output)
        outputs, results = flatten(output, LEAF_TYPES)
        record = any(isinstance(output, Traced) and reaches(output, mark) for output in outputs)
        traced = [output for output in outputs if isinstance(output, Traced)]
        errors = [leaf(tape, "", o.shape, o.dtype, np.zeros(o.shape, o.dtype)) for o in traced]
        pulled = pull_back(list(zip(traced, errors, strict=True)), inputs, record=True)
        moves = [each for tangent in tangents for each in flatten(tangent, LEAF_TYPES)[0]]
        ahead = [(g, fitted_error(m, g)) for g, m in zip(pulled, moves, strict=True) if isinstance(g, Traced)]
        if record or any(isinstance(move, Traced) for _, move in ahead):
            found = owned(pull_back(ahead, errors, record=record), errors, moves)
        else:
            slopes, arguments = backward_cache.gradients([g for g, _ in ahead], [m for _, m in ahead], errors)
            found = owned(slopes, errors, (*arguments, *moves))
    rest = iter(found)
    values = [o if record or not isinstance(o, Traced) else plain(o.value) for o in outputs]
    flat = [next(rest) if isinstance(o, Traced) else np.zeros(np.shape(o)) for o in outputs]
    return results.build(iter(values)), results.build(iter(flat))


def hvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, ...]:
    """The product of the Hessian of `f` with `tangents`, without the Hessian: one error of each primal's shape.

    The Hessian is symmetric, so its product with a direction is that direction pulled back through the gradient.

    >>> import numpy as np
    >>> hvp(lambda x: x[0] ** 2 * x[1], (np.array([1.0, 3.0]),), (np.array([1.0, 0.0]),))
    (array([6., 2.]),)
    """
    require_function("hvp", f, primals)
    require_function("hvp", f, tangents)
    tangents = fitting_tangents("hvp", f, primals, tangents)
    slopes: tuple[Any, ...] = vjp(grad(f, range(len(primals))), *primals)[1](tangents)
    return slopes


def jacobian(f: Callable[..., Any], wrt: Wrt = 0) -> Callable[..., Any]:
    """The Jacobian of `f`: the output's axes first, then the argument's.

    A result that nests gives a Jacobian for each of its parts, nested likewise, and an argument that nests one for each
    of its own inside; several `wrt` give a tuple.

    >>> import numpy as np
    >>> jacobian(lambda x: x[0] * x)(np.array([2.0, 3.0]))
    array([[4., 0.],
           [3., 2.]])
    """

    require_function("jacobian", f)

    def rows(*args: Any, **keywords: Any) -> Any:
        args, keywords = placed(f, args, keywords)
        names = argument_names(f, len(args))
        positions, several = positions_of(f, wrt, names)

        def only(*chosen: Any) -> Any:
            full = list(args)
            for position, each in zip(positions, chosen, strict=True):
                full[position] = each
            output = f(*full, **keywords)
            require_arrays("jacobian", f, output)
            return output

        chosen = [args[position] for position in positions]
        value, pull = vjp(named_after(only, f, "part", [names[position] for position in positions]), *chosen)
        parts, results = flatten(value, LEAF_TYPES)
        nested = tuple(chosen) if several else chosen[0]
        leaves, tree = flatten(nested, LEAF_TYPES)
        shapes = [np.shape(part) for part in parts]
        blocks = []
        for position, shape in enumerate(shapes):
            found: list[list[Any]] = []
            for unit in np.eye(size := int(np.prod(shape, dtype=int))).reshape(size, *shape):
                errors = [unit if p == position else np.zeros(each) for p, each in enumerate(shapes)]
                pulled = pull(results.build(iter(errors)))
                found.append(flatten(pulled if several else pulled[0], LEAF_TYPES)[0])
            columns = [
                plain(np.reshape(np.stack([row[k] for row in found]), (*shape, *np.shape(each))))
                if found
                else np.zeros((*shape, *np.shape(each)), np.result_type(each))
                for k, each in enumerate(leaves)
            ]
            blocks.append(tree.build(iter(columns)))
        return results.build(iter(blocks))

    return named_after(rows, f, "jacobian")


def hessian(f: Callable[..., Any], wrt: Wrt = 0) -> Callable[..., Any]:
    """The matrix of second derivatives of `f` with respect to one argument; of several, or one that nests, its blocks.

    >>> import numpy as np
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
    array([[6., 2.],
           [2., 0.]])
    """
    return named_after(jacobian(grad(f, wrt), wrt), f, "hessian")
