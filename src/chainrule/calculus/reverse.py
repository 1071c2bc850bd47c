"""Reverse mode on values: `grad`, `value_and_grad` and `vjp`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..core.binding import bind
from ..core.derivative import fitted, pull_back
from ..core.dims import shape_text
from ..core.location import refuse
from ..core.primitive import PRIMITIVES
from ..core.structure import LEAF, flatten
from ..core.traced import Tape, Traced, current
from ..core.tracing import LEAF_TYPES, Recording, argument_names, require_function
from . import backward_cache
from .arguments import (
    Wrt,
    given_float,
    inputs_on,
    leaf_names,
    named_after,
    placed,
    positions_of,
    refuse_function,
    require_arrays,
    require_number,
    split_extra,
)


def grad(f: Callable[..., Any], wrt: Wrt = 0, *, has_aux: bool = False) -> Callable[..., Any]:
    """The gradient of `f` as a function of the same arguments.

    `wrt` says with respect to which arguments, by position or name; several, as `(0, 1)` or `"w, b"`, and a list or tuple
    of one, give a tuple. A gradient has the shape, the number type and the nesting of its argument. With `has_aux`, `f`
    returns a pair of its number and anything else, and the gradient comes in a pair with that. `f` must not change an
    array after it has used it.

    `f` is traced at every call, so what it reads from outside is never stale; where the same is recorded again, the
    backward pass that runs is compiled.

    Raises `TracingError` where the result is not one number, or an argument is no float.

    >>> import numpy as np
    >>> grad(lambda x: np.sum(x ** 2))(np.array([1.0, 2.0]))
    array([2., 4.])
    >>> grad(lambda x: (x ** 2, "extra"), has_aux=True)(3.0)
    (np.float64(6.0), 'extra')
    """
    both = value_and_grad(f, wrt, has_aux=has_aux)

    def gradient(*args: Any, **keywords: Any) -> Any:
        value, found = both(*args, **keywords)
        return (found, value[1]) if has_aux else found

    return named_after(gradient, f, "grad")


def value_and_grad(f: Callable[..., Any], wrt: Wrt = 0, *, has_aux: bool = False) -> Callable[..., tuple[Any, Any]]:
    """Like `grad`, but the function gives `(value, gradient)`; with `has_aux`, `((value, extra), gradient)`.

    >>> import numpy as np
    >>> value_and_grad(lambda x: np.sum(x ** 2))(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    """

    require_function("grad", f)
    known: dict[int, tuple[list[str], list[int], bool]] = {}  # by how many arguments there are: to ask f takes time

    def both(*args: Any, **keywords: Any) -> tuple[Any, Any]:
        if keywords:
            args, keywords = placed(f, args, keywords)
        if len(args) not in known:
            names = argument_names(f, len(args))
            known[len(args)] = (names, *positions_of(f, wrt, names))
        names, positions, several = known[len(args)]
        with open_tape() as (tape, mark):
            inputs, trees, new_args = inputs_on(f, names, tape, args, positions)
            output = f(*new_args, **keywords)
            extra = None
            if has_aux:
                output, extra = split_extra(f, output)
            require_number("grad", f, output)
            found: list[Any]
            if not isinstance(output, Traced):
                found, value = owned([None] * len(inputs), inputs), output
            elif reaches(output, mark):
                one = bind(PRIMITIVES["identity"], (output.dtype.type(1),), (), tape)
                named = _naming(tape, dict(zip(inputs, leaf_names(names, positions, trees), strict=True)))
                found, value = owned(pull_back([(output, one)], inputs, record=True, finish=named), inputs), output
            else:
                slopes, arguments = backward_cache.gradients([output], None, inputs)
                found, value = owned(slopes, inputs, arguments), plain(output.value)
            if has_aux:
                value = value, _plain_parts(extra, mark)
        if len(trees) == 1 and trees[0] is LEAF:
            return value, (found[0],) if several else found[0]
        leaves = iter(found)
        built = tuple(tree.build(leaves) for tree in trees)
        return value, built if several else built[0]

    return named_after(both, f, "value_and_grad")


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """The value of `f`, and the function from an error of the output to the errors of the inputs.

    With `has_aux`, `f` returns a pair of its result and anything else, which comes third.

    >>> import numpy as np
    >>> value, pull = vjp(lambda x: x ** 2, np.array([1.0, 2.0]))
    >>> value, pull(np.array([1.0, 10.0]))
    (array([1., 4.]), (array([ 2., 40.]),))
    """
    require_function("vjp", f)
    with open_tape() as (tape, mark):
        tape.lasting = tape.lasting or not mark  # an error may be pulled back after its arrays were changed
        names = argument_names(f, len(primals))
        inputs, trees, args = inputs_on(f, names, tape, primals, list(range(len(primals))))
        output = f(*args)
        extra = None
        if has_aux:
            output, extra = split_extra(f, output)
        require_arrays("vjp", f, output)
        if has_aux:
            extra = _plain_parts(extra, mark)
        outputs, results = flatten(output, LEAF_TYPES)
        record = any(isinstance(output, Traced) and reaches(output, mark) for output in outputs)
    value = results.build(iter([o if record or not isinstance(o, Traced) else plain(o.value) for o in outputs]))

    def pull(error: Any) -> tuple[Any, ...]:
        errors, given = flatten(given_float(error), LEAF_TYPES)
        if given != results:
            refuse_function(
                f,
                "the error given to a vjp does not nest as the function's result does",
                "give one for each part of it",
            )
        pairs = [(o, fitted_error(e, o)) for o, e in zip(outputs, errors, strict=True) if isinstance(o, Traced)]
        if record or any(isinstance(e, Traced) for _, e in pairs):
            found = owned(pull_back(pairs, inputs, record=record), inputs, errors)
        else:
            nodes, values = [o for o, _ in pairs], [e for _, e in pairs]
            found, arguments = backward_cache.gradients(nodes, values, inputs)
            found = owned(found, inputs, (*arguments, *errors, *values))
        leaves = iter(found)
        return tuple(tree.build(leaves) for tree in trees)

    return (value, pull, extra) if has_aux else (value, pull)


# ---- shared with the other transforms --------------------------------------------------------------------------------


class open_tape:  # noqa: N801  # a function in a with statement, which costs half of what a generator does
    """`with open_tape() as (tape, mark)`: the open tape, or a new one; and how much was on it before."""

    __slots__ = ("recording",)

    def __enter__(self) -> tuple[Tape, int]:
        tape = current.get()
        self.recording: Recording | None = None
        if tape is not None and tape.open:
            return tape, tape.count
        self.recording = recording = Recording(naming=False)
        return recording.__enter__(), 0

    def __exit__(self, *error: Any) -> None:
        if self.recording is not None:
            self.recording.__exit__(*error)


def _naming(tape: Tape, wanted: Mapping[Traced, str]) -> Callable[[Traced, Any], Any]:
    """Give errors and gradients the names that a derived program has them under, where a program is to be read."""

    def name(node: Traced, error: Any) -> Any:
        if tape.naming and isinstance(error, Traced) and error.source is not None and not error.name:
            if node in wanted:
                error.name, error.kind = f"dC_d{wanted[node]}", "gradient"
            elif node.name:
                error.name, error.kind = f"δ_{node.name}", "error"
        return error

    return name


def reaches(output: Traced, mark: int) -> bool:
    """Whether a result depends on what was on the tape before: then its derivative must be recorded too."""
    if mark == 0:
        return False
    waiting, seen = [output], set()
    while waiting:
        node = waiting.pop()
        if node.id <= mark:
            return True
        if node.id not in seen:
            seen.add(node.id)
            waiting += [each for each in node.inputs if isinstance(each, Traced)]
    return False


def owned(gradients: Sequence[Any], nodes: Sequence[Traced], given: Sequence[Any] = ()) -> list[Any]:
    """Gradients that may be written to: no views, none twice and none that was given; zeros where nothing flowed."""
    result: list[Any] = []
    not_owned = {id(each) for each in given}
    for gradient, node in zip(gradients, nodes, strict=True):
        if gradient is None:
            gradient = np.zeros(node.shape, node.dtype)
        elif type(gradient) is np.ndarray:
            if gradient.base is not None or id(gradient) in not_owned:
                gradient = gradient.copy()
            not_owned.add(id(gradient))
        elif type(gradient) is float:  # a program may return a bare number
            gradient = node.dtype.type(gradient)
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


def _plain_parts(extra: Any, mark: int) -> Any:
    """What a function returned beside its number, as plain arrays, but for parts that an outer derivative goes through."""
    leaves, tree = flatten(extra, (Traced,))
    return tree.build(
        iter([plain(e.value) if e.value is not None and not reaches(e, mark) else e for e in leaves]),
    )
