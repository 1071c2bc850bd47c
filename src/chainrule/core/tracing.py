"""Traces a function: its arguments become inputs, it runs once, and the recorded operations become a program."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

import numpy as np

from . import (
    hooks,
    operators,  # noqa: F401  # traced arrays have them from now on
    python,  # noqa: F401  # and programs their text
)
from .border import leaf, place_of, program_of
from .dims import Shape
from .location import refuse
from .messages import message
from .nouns import Program
from .structure import flatten
from .traced import Tape, Traced, current


@dataclass(frozen=True)
class Spec:
    """The shape and dtype of an array, to trace a function without values.

    Examples:
        >>> Spec((30, 784))
        Spec(shape=(30, 784), dtype=dtype('float64'))
    """

    shape: Shape
    dtype: np.dtype[Any] = field(default=np.dtype(np.float64))


LEAF_TYPES: tuple[type, ...] = (np.ndarray, float, np.floating, complex, np.complexfloating, Traced, Spec)


def trace(f: Callable[..., Any], args: Sequence[object], *, naming: bool = True, loops: bool = True) -> Program:
    """Record the operations of `f` on these arguments as a program.

    Values that `f` reads from outside are frozen in it. A branch that is taken becomes a condition of the program.

    Args:
        f: A function of NumPy arrays and floats, nested in tuples, lists, dicts and dataclasses.
        args: Its arguments. Each array, float and `Spec` is an input of the program; anything else is static.
        naming: Whether to look for the names of the user's variables.
        loops: Whether a `for` whose turns are alike stays a loop.

    Returns:
        The program, which takes and returns what `f` does.

    Raises:
        TracingError: `f` does something that cannot be traced, such as taking a branch that depends on a `Spec`.
        DimensionError: The shapes of an operation do not match.

    Examples:
        >>> program = trace(lambda x: x + 1.0, [Spec((3,))])
        >>> program(np.zeros(3))
        array([1., 1., 1.])
    """
    require_function("trace", f, args)
    names = argument_names(f, len(args))
    with Recording(naming, freezing=True) as tape:
        tape.places = [] if loops else None
        inputs: list[Traced] = []
        nested: list[Any] = []
        flat = [flatten(arg, LEAF_TYPES) for arg in args]
        arguments = tuple((name, tree) for name, (_, tree) in zip(names, flat, strict=True))
        parts = iter(hooks.active.part_names(f, arguments))
        for leaves, tree in flat:
            nodes = [input_node(tape, next(parts), value) for value in leaves]
            nested.append(tree.build(iter(nodes)))
            inputs += nodes
        with hooks.active.running(f, once=True)(args) as called:
            output = hooks.active.returned(called(*nested))
        if output is None:
            refuse("{subject} returns nothing", "write a return", subject=name_of(f))
        outputs, results = flatten(output, (*LEAF_TYPES, int))
        outputs = hooks.active.finished(tape, outputs, 0) if loops else outputs
        conditions = [(node, expected, place_of(code, line)) for node, expected, code, line in tape.conditions]
        name = getattr(f, "__name__", "function")
        return program_of(name if name.isidentifier() else "function", inputs, outputs, arguments, results, conditions)


def require_function(what: str, f: object, args: object = ()) -> None:
    """Refuse anything but a function, and arguments that are not in a tuple or a list."""
    if not callable(f):
        told = {"what": what, "gives": _described(f)}
        refuse("{what} takes a function, and is given {gives}", "write f itself where f(x) stands", **told)
    if not isinstance(args, (tuple, list)):
        told = {"what": what, "gives": _described(args)}
        refuse("{what} takes the arguments in a tuple, and is given {gives}", "write {what}(f, (x,), …)", **told)


def _described(value: object) -> str:
    if isinstance(value, np.ndarray):
        return message("an array of shape {shape}", shape=value.shape)
    name = type(value).__name__
    return message("an {type}" if name[0] in "aeiou" else "a {type}", type=name)


def input_node(tape: Tape, name: str, value: Any) -> Traced:
    """The node of an input, with its value if it is known."""
    if isinstance(value, Spec):
        return leaf(tape, name, value.shape, np.dtype(value.dtype))
    array = numbers_of(name, value)
    return leaf(tape, name, array.shape, array.dtype, array)


def numbers_of(name: str, value: Any) -> Any:
    """An argument as an array or a NumPy number; what does not hold numbers, or computes otherwise, is refused."""
    value = getattr(value, "from_outside", value)  # as an array from outside of a function that is being traced around
    array = value if isinstance(value, (np.ndarray, np.generic)) else np.array(value)[()]
    if (kind := type(array).__name__) in ("MaskedArray", "matrix"):
        refuse("{name} is a {type}, which computes in its own way", "pass np.asarray({name})", name=name, type=kind)
    if array.dtype.kind not in "fbiuc":
        instead = message("make it an array of numbers, with .astype(float)")
        refuse("{name} is an array of {dtype}", instead, name=name, dtype=array.dtype)
    return array


class Recording:
    """`with Recording(…) as tape`: a tape that is open inside the block and closed afterwards."""

    __slots__ = ("tape", "token")

    def __init__(self, naming: bool, freezing: bool = False):
        self.tape = Tape(naming, sys._getframe(1).f_back if naming else None, freezing)

    def __enter__(self) -> Tape:
        self.token = current.set(self.tape)
        return self.tape

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        current.reset(self.token)
        self.tape.open = False
        hooks.active.closed(self.tape, error)


def name_of(f: Callable[..., Any]) -> str:
    """The name of a function in messages."""
    name: str = getattr(f, "__name__", message("the function"))
    return message("the lambda") if name == "<lambda>" else name


def _counted(count: int) -> str:
    return message("1 argument" if count == 1 else "{count} arguments" if count else "no arguments", count=count)


def argument_names(f: Callable[..., Any], count: int) -> list[str]:
    """The names of a function's first arguments; `x0, x1, …` if its signature is unknown."""
    plain = getattr(f, "__func__", f)
    if type(plain) is FunctionType and not vars(plain):  # its code says the same, ten times as fast
        known = plain.__code__.co_varnames[plain is not f : plain.__code__.co_argcount]
        if count <= len(known):
            return list(known[:count])
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        return [f"x{position}" for position in range(count)]
    names: list[str] = []
    for parameter in parameters:
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            names.append(parameter.name)
        elif parameter.kind == parameter.VAR_POSITIONAL:
            names += [f"{parameter.name}_{position}" for position in range(count - len(names))]
    if len(names) < count:
        told = {"subject": name_of(f), "counted": _counted(len(names)), "given": count}
        refuse("{subject} takes {counted}, and is given {given}", "leave the others out", **told)
    return names[:count]
