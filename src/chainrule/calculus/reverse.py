"""Reverse-mode differentiation of values: `grad`, `value_and_grad` and `vjp`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..branches.by_values import by_values
from ..core import hooks
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
    as_float,
    as_positional,
    leaf_names,
    named_after,
    refuse_function,
    require_arrays,
    require_scalar,
    split_aux,
    trace_arguments,
    wrt_positions,
)
from .flat_slopes import warn_of_flat_slopes


def grad(f: Callable[..., Any], wrt: Wrt = 0, *, has_aux: bool = False) -> Callable[..., Any]:
    """The gradient of `f`, as a function of the same arguments.

    `f` is traced at every call, so values that it reads from outside are never stale; when the same operations are
    recorded again, a compiled backward pass runs.

    Args:
        f: A function of NumPy arrays and floats, or nests of them, whose result is one float; it must not write to an
            array that it has already used.
        wrt: The arguments to differentiate with respect to, by position or name.
        has_aux: Whether `f` returns a pair (result, extra), of which only the result is differentiated.

    Returns:
        A function that returns the gradient, with the shape, dtype and nesting of its argument; for several arguments in
        `wrt`, such as `(0, 1)` or `"w, b"`, or a list or tuple of one, a tuple of gradients; with `has_aux`, a pair
        (gradient, extra).

    Raises:
        TracingError: When called, if the result is not one float, or an argument in `wrt` is not made of floats.

    Examples:
        >>> import numpy as np
        >>> grad(lambda x: np.sum(x ** 2))(np.array([1.0, 2.0]))
        array([2., 4.])
        >>> grad(lambda x: (x ** 2, "extra"), has_aux=True)(3.0)
        (np.float64(6.0), 'extra')
    """
    return gradient_for("grad", f, wrt, has_aux=has_aux)


def gradient_for(what: str, f: Callable[..., Any], wrt: Wrt, *, has_aux: bool = False) -> Callable[..., Any]:
    """The gradient of `f` for a transform of this name, which a refusal says."""
    value_and_gradient = _with_value(what, f, wrt, has_aux)

    def gradient(*args: Any, **keywords: Any) -> Any:
        value, result = value_and_gradient(*args, **keywords)
        return (result, value[1]) if has_aux else result

    return named_after(gradient, f, "grad")


def value_and_grad(f: Callable[..., Any], wrt: Wrt = 0, *, has_aux: bool = False) -> Callable[..., tuple[Any, Any]]:
    """The value and the gradient of `f`, as a function of the same arguments.

    Args:
        f: As for `grad`.
        wrt: As for `grad`.
        has_aux: As for `grad`.

    Returns:
        A function that returns `(value, gradient)`; with `has_aux`, `((value, extra), gradient)`.

    Raises:
        TracingError: As for `grad`.

    Examples:
        >>> import numpy as np
        >>> value_and_grad(lambda x: np.sum(x ** 2))(np.array([1.0, 2.0]))
        (np.float64(5.0), array([2., 4.]))
    """
    return _with_value("grad", f, wrt, has_aux)


def _with_value(what: str, f: Callable[..., Any], wrt: Wrt, has_aux: bool) -> Callable[..., tuple[Any, Any]]:
    require_function(what, f)
    signatures: dict[int, tuple[list[str], list[int], bool]] = {}  # by the number of arguments; inspecting f is slow
    looked = False  # whether a slope of 0 has been looked into
    runs: dict[Callable[..., Any], hooks.Running] = {}

    def value_and_gradient(*args: Any, **keywords: Any) -> tuple[Any, Any]:
        if keywords:
            args, keywords = as_positional(f, args, keywords)
        return computed(args, keywords)

    def run(function: Callable[..., Any], args: Sequence[Any], keywords: dict[str, Any]) -> tuple[tuple[Any, Any], int]:
        nonlocal looked
        if function not in runs:
            runs[function] = hooks.active.running(function, once=False)
        if len(args) not in signatures:
            names = argument_names(f, len(args))
            signatures[len(args)] = (names, *wrt_positions(f, wrt, names))
        names, positions, several = signatures[len(args)]
        with open_tape() as (tape, mark):
            inputs, trees, new_args = trace_arguments(f, names, tape, args, positions)
            begun = tape.count
            with runs[function](args) as called:
                output = hooks.active.returned(called(*new_args, **keywords))
            extra = None
            if has_aux:
                output, extra = split_aux(f, output)
            if isinstance(output, Traced) and output.shape and output.size == 1:
                output = np.reshape(output, ())  # as `w @ x` of a row and a column
            require_scalar(what, f, output)
            if tape.places is not None:
                (output,) = hooks.active.finished(tape, [output], begun)
            gradients: list[Any]
            slopes: Sequence[Any] = [None] * len(inputs)
            if not isinstance(output, Traced):
                gradients, value = owned([None] * len(inputs), inputs), output
            elif depends_on_outer(output, mark):
                one = bind(PRIMITIVES["identity"], (output.dtype.type(1),), (), tape)
                named = _naming(tape, dict(zip(inputs, leaf_names(names, positions, trees), strict=True)))
                found = pull_back([(output, one)], inputs, record=True, finish=named)
                gradients, value = owned(conjugated(found, inputs), inputs), output
            else:
                slopes, arguments = backward_cache.gradients([output], None, inputs)
                gradients, value = owned(conjugated(slopes, inputs), inputs, arguments), unwrap_scalar(output.value)
            if not (looked or mark) and any(each is None or (tape.conditions and not np.any(each)) for each in slopes):
                looked = True
                labels = leaf_names(names, positions, trees)

                def call(values: Sequence[Any]) -> Any:
                    leaves = iter(values)
                    full = [arg.copy() if type(arg) is np.ndarray else arg for arg in args]
                    for position, tree in zip(positions, trees, strict=True):
                        full[position] = tree.build(leaves)
                    found = f(*full, **keywords)
                    return found[0] if has_aux else found

                warn_of_flat_slopes(f, tape, output, dict(zip(labels, inputs, strict=True)), slopes, call)
            if has_aux:
                value = value, _unwrapped_aux(extra, mark)
        if len(trees) == 1 and trees[0] is LEAF:
            return (value, (gradients[0],) if several else gradients[0]), tape.count - mark
        leaves = iter(gradients)
        nested = tuple(tree.build(leaves) for tree in trees)
        return (value, nested if several else nested[0]), tape.count - mark

    computed = by_values(f, run)
    return named_after(value_and_gradient, f, "value_and_grad")


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """The value of `f` and its vector-Jacobian product, the function that pulls an error of the result back to the inputs.

    Args:
        f: A function of NumPy arrays and floats, or nests of them, whose result is one array or a nest of arrays.
        *primals: The arguments at which `f` is evaluated.
        has_aux: Whether `f` returns a pair (result, extra), of which only the result is differentiated.

    Returns:
        `(value, pull)`, or `(value, pull, extra)` with `has_aux`. `pull(error)` takes an error that has the shapes and
        nesting of the value, and returns a tuple of one error per primal, with the shapes and nesting of the primals.

    Raises:
        TracingError: The result is no float array, a primal is not made of floats, or the error given to `pull` does not
            match the value.

    Examples:
        >>> import numpy as np
        >>> value, pull = vjp(lambda x: x ** 2, np.array([1.0, 2.0]))
        >>> value, pull(np.array([1.0, 10.0]))
        (array([1., 4.]), (array([ 2., 40.]),))
    """
    require_function("vjp", f)

    def run(function: Callable[..., Any], primals: Sequence[Any]) -> tuple[Any, int]:
        with open_tape() as (tape, mark):
            tape.lasting = tape.lasting or not mark  # pull may be called after the arrays were written to
            names = argument_names(f, len(primals))
            inputs, trees, args = trace_arguments(f, names, tape, primals, list(range(len(primals))))
            begun = tape.count
            with hooks.active.running(function, once=False)(primals) as called:
                output = hooks.active.returned(called(*args))
            extra = None
            if has_aux:
                output, extra = split_aux(f, output)
            require_arrays("vjp", f, output)
            if has_aux:
                extra = _unwrapped_aux(extra, mark)
            outputs, results = flatten(output, LEAF_TYPES)
            if tape.places is not None:
                outputs = hooks.active.finished(tape, outputs, begun)
            record = any(isinstance(output, Traced) and depends_on_outer(output, mark) for output in outputs)
            return (outputs, results, inputs, trees, record, extra), tape.count - mark

    outputs: Sequence[Any]
    outputs, results, inputs, trees, record, extra = by_values(f, run)(primals)
    value = results.build(iter([o if record or not isinstance(o, Traced) else unwrap_scalar(o.value) for o in outputs]))

    def pull(error: Any) -> tuple[Any, ...]:
        errors, given = flatten(as_float(error), LEAF_TYPES)
        if given != results:
            refuse_function(
                f,
                "the error given to a vjp does not nest as the function's result does",
                "give one for each part of it",
            )
        traced = [(o, matched_error(e, o)) for o, e in zip(outputs, errors, strict=True) if isinstance(o, Traced)]
        ends = [o for o, _ in traced]
        pairs = list(zip(ends, conjugated([e for _, e in traced], ends), strict=True))
        if record or any(isinstance(e, Traced) for _, e in pairs):
            found = owned(conjugated(pull_back(pairs, inputs, record=record), inputs), inputs, errors)
        else:
            nodes, values = [o for o, _ in pairs], [e for _, e in pairs]
            found, arguments = backward_cache.gradients(nodes, values, inputs)
            found = owned(conjugated(found, inputs), inputs, (*arguments, *errors, *values))
        leaves = iter(found)
        return tuple(tree.build(leaves) for tree in trees)

    return (value, pull, extra) if has_aux else (value, pull)


# ---- shared with the other transforms --------------------------------------------------------------------------------


class open_tape:  # noqa: N801  # used like a function; a class costs half of what a generator does here
    """`with open_tape() as (tape, mark)`: the open tape or a new one, and how many nodes were already on it."""

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
    """A function that names errors δ_… and gradients dC_d… as a derived program does, on tapes that record names."""

    def name(node: Traced, error: Any) -> Any:
        if tape.naming and isinstance(error, Traced) and error.source is not None and not error.name:
            if node in wanted:
                error.name, error.kind = f"dC_d{wanted[node]}", "gradient"
            elif node.name:
                error.name, error.kind = f"δ_{node.name}", "error"
        return error

    return name


def depends_on_outer(output: Traced, mark: int) -> bool:
    """Whether a result depends on nodes from before the mark; its derivative must then be recorded too."""
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
    """Gradients that the caller may write to: no views, no array twice, none of `given`; zeros where no error arrived."""
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
        result.append(gradient if isinstance(gradient, Traced) else unwrap_scalar(gradient))
    return result


def conjugated(errors: Sequence[Any], nodes: Sequence[Traced]) -> list[Any]:
    """The errors of complex nodes as gradients, or gradients as errors: one is the conjugate of the other."""
    return [
        np.conj(error) if node.dtype.kind == "c" and error is not None else error
        for error, node in zip(errors, nodes, strict=True)
    ]


def matched_error(error: Any, node: Traced) -> Any:
    """An error given by the user, checked against the shape of its node and cast to its dtype."""
    given = error if isinstance(error, Traced) else np.asarray(error)
    if given.shape != node.shape:
        refuse(
            "an error of shape {shape} is given for a result of shape {result}",
            "give one of the same shape",
            shape=shape_text(given.shape),
            result=shape_text(node.shape),
        )
    return fitted(given, node.shape, node.dtype)


def unwrap_scalar(value: Any) -> Any:
    """A zero-dimensional array as a NumPy scalar, as NumPy's own functions return it."""
    return value[()] if isinstance(value, np.ndarray) and not value.shape else value


def _unwrapped_aux(extra: Any, mark: int) -> Any:
    """The extra result, traced values replaced by their arrays except where an outer derivative passes through them."""
    leaves, tree = flatten(extra, (Traced,))
    return tree.build(
        iter([unwrap_scalar(e.value) if e.value is not None and not depends_on_outer(e, mark) else e for e in leaves]),
    )
