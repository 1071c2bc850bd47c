"""Reverse mode on values: `grad`, `value_and_grad` and `vjp`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..program.derivative import fitted, pull_back
from ..program.dims import shape_text
from ..program.primitive import PRIMITIVES
from ..program.structure import flatten
from ..program.traced import Tape, Traced, bind, current, refuse
from ..program.tracing import LEAF_TYPES, argument_names, recording
from .arguments import (
    Argnums,
    inputs_on,
    named_after,
    placed,
    positions_of,
    refuse_function,
    require_number,
)


def grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The gradient of `f` as a function of the same arguments.

    `argnums` says with respect to which arguments, by position or name; several give a tuple. A gradient has the shape,
    the number type and the nesting of its argument. `f` must not change an array after it has used it.

    Raises `TracingError` where the result is not one number, or an argument is no float.

    >>> import numpy as np
    >>> grad(lambda x: np.sum(x ** 2))(np.array([1.0, 2.0]))
    array([2., 4.])
    """
    both = value_and_grad(f, argnums)

    def gradient(*args: Any, **keywords: Any) -> Any:
        return both(*args, **keywords)[1]

    return named_after(gradient, f, "grad")


def value_and_grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., tuple[Any, Any]]:
    """Like `grad`, but the function gives `(value, gradient)`.

    >>> import numpy as np
    >>> value_and_grad(lambda x: np.sum(x ** 2))(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    """

    known: dict[int, tuple[list[str], list[int], bool]] = {}  # by how many arguments there are: to ask f takes time

    def both(*args: Any, **keywords: Any) -> tuple[Any, Any]:
        args, keywords = placed(f, argnums, args, keywords)
        if len(args) not in known:
            names = argument_names(f, len(args))
            known[len(args)] = (names, *positions_of(f, argnums, names))
        names, positions, several = known[len(args)]
        with open_tape() as (tape, mark):
            inputs, trees, new_args = inputs_on(f, names, tape, args, positions)
            output = f(*new_args, **keywords)
            require_number("grad", f, output)
            if not isinstance(output, Traced):
                gradients = owned([None] * len(inputs), inputs)
                value = output
            else:
                record = reaches(output, mark)
                one = output.dtype.type(1)
                seed = bind(PRIMITIVES["identity"], (one,), (), tape) if record else one
                gradients = owned(pull_back([(output, seed)], inputs, record=record), inputs)
                value = output if record else plain(output.value)
        leaves = iter(gradients)
        built = tuple(tree.build(leaves) for tree in trees)
        return value, built if several else built[0]

    return named_after(both, f, "value_and_grad")


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of `f`, and the function from an error of the output to the errors of the inputs.

    >>> import numpy as np
    >>> value, pull = vjp(lambda x: x ** 2, np.array([1.0, 2.0]))
    >>> value, pull(np.array([1.0, 10.0]))
    (array([1., 4.]), (array([ 2., 40.]),))
    """
    with open_tape() as (tape, mark):
        names = argument_names(f, len(primals))
        inputs, trees, args = inputs_on(f, names, tape, primals, list(range(len(primals))))
        outputs, results = flatten(f(*args), LEAF_TYPES)
        record = any(isinstance(output, Traced) and reaches(output, mark) for output in outputs)
    value = results.build(iter([o if record or not isinstance(o, Traced) else plain(o.value) for o in outputs]))

    def pull(error: Any) -> tuple[Any, ...]:
        errors, given = flatten(error, LEAF_TYPES)
        if given != results:
            refuse_function(
                f,
                "the error given to a vjp does not nest as the function's result does",
                "give one for each part of it",
            )
        pairs = [(o, fitted_error(e, o)) for o, e in zip(outputs, errors, strict=True) if isinstance(o, Traced)]
        gradients = iter(owned(pull_back(pairs, inputs, record=record), inputs, errors))
        return tuple(tree.build(gradients) for tree in trees)

    return value, pull


@contextmanager
def open_tape() -> Iterator[tuple[Tape, int]]:
    """The open tape, or a new one; and how much was on it before."""
    tape = current.get()
    if tape is not None and tape.open:
        yield tape, tape.count
        return
    with recording(naming=False) as new:
        yield new, 0


def reaches(output: Traced, mark: int) -> bool:
    """Whether a result depends on what was on the tape before: then its derivative must be recorded too."""
    if mark == 0:
        return False
    waiting, seen = [output], set()
    while waiting:
        node = waiting.pop()
        if node.id <= mark:
            return True
        if id(node) not in seen:
            seen.add(id(node))
            waiting += [each for each in node.inputs if isinstance(each, Traced)]
    return False


def owned(gradients: Sequence[Any], nodes: Sequence[Traced], given: Sequence[Any] = ()) -> list[Any]:
    """Gradients that may be written to: no views, none twice and none that was given; zeros where nothing flowed."""
    result: list[Any] = []
    for gradient, node in zip(gradients, nodes, strict=True):
        if gradient is None:
            gradient = np.zeros(node.shape, node.dtype)
        elif isinstance(gradient, np.ndarray) and (
            gradient.base is not None or any(gradient is each for each in (*result, *given))
        ):
            gradient = gradient.copy()
        result.append(gradient if isinstance(gradient, Traced) else plain(gradient))
    return result


def fitted_error(error: Any, node: Traced) -> Any:
    """An error given by the user, checked against the symbol that it belongs to."""
    given = error if isinstance(error, Traced) else np.asarray(error)
    if given.shape != node.shape:
        refuse(
            f"an error of shape {shape_text(given.shape)} is given for a result of shape {shape_text(node.shape)}",
            "give one of the same shape",
        )
    return fitted(given, node.shape, node.dtype)


def plain(value: Any) -> Any:
    """An array without axes as a number, like NumPy's own results."""
    return value[()] if isinstance(value, np.ndarray) and not value.shape else value
