"""The arguments of differentiated functions: which of them `wrt` selects, their nodes on the tape, and their checks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeAlias

import numpy as np

from ..core.binding import bind
from ..core.errors import TracingError
from ..core.location import file_name, refusal_in
from ..core.messages import listed, message
from ..core.nouns import Constant, Symbol
from ..core.primitive import PRIMITIVES
from ..core.structure import LEAF, Tree, flatten
from ..core.traced import Tape, Traced
from ..core.tracing import LEAF_TYPES, argument_names, input_node, name_of
from ..program.keeping import keep

Wrt: TypeAlias = int | str | Sequence[int | str]
"""The arguments to differentiate with respect to: a position, a name, or several of them."""


def trace_arguments(
    f: Callable[..., Any], names: Sequence[str], tape: Tape, args: Sequence[Any], positions: Sequence[int]
) -> tuple[list[Traced], list[Tree], list[Any]]:
    """Put the arguments at these positions on the tape; return their nodes, their trees, and all arguments with them."""
    nodes: list[Traced] = []
    trees: list[Tree] = []
    nested = list(args)
    for position in positions:
        if type(args[position]) in (np.ndarray, float):  # the usual case, decided fast
            leaves, tree = [args[position]], LEAF
        else:
            leaves, tree = flatten(args[position], LEAF_TYPES)
        if tree is not LEAF:
            _refuse_integers(f, tree, names[position])
            if not leaves:
                _refuse_no_floats(f, names[position], args[position])
        fresh = []
        paths = (names[position],) if tree is LEAF else [n for n, _ in tree.paths(names[position])]
        for path, each in zip(paths, leaves, strict=True):
            node = bind(PRIMITIVES["identity"], (each,)) if isinstance(each, Traced) else _input(tape, path, each)
            if node.dtype.kind not in "fc":
                refuse_function(
                    f,
                    "{path} is of {dtype}, and derivatives are taken of floats",
                    "pass {path}.astype(float)",
                    path=path,
                    dtype=node.dtype,
                )
            fresh.append(node)
        nodes += fresh
        trees.append(tree)
        nested[position] = fresh[0] if tree is LEAF else tree.build(iter(fresh))
    return nodes, trees, nested


def _input(tape: Tape, path: str, value: Any) -> Traced:
    """The node of an argument; its array is protected, since the function may also reach it by another name and write."""
    node = input_node(tape, path, value)
    if type(node.value) is np.ndarray:
        node.value = keep(node.value, tape)
    # To a program that is being traced around this derivative, a value is a constant: it has its own inputs.
    return bind(PRIMITIVES["identity"], (node.value,), (), tape) if tape.freezing else node


def _refuse_integers(f: Callable[..., Any], tree: Tree, path: str) -> None:
    """Refuse an int where a float is meant; an int in a dataclass or a named tuple is a setting and is left alone."""
    if tree.fixed is not None and type(tree.fixed[1]) is int:
        number = tree.fixed[1]
        refuse_function(
            f,
            "{path} is {number}, an int, and derivatives are taken of floats",
            "write {number}.0",
            path=path,
            number=number,
        )
    if tree.kind in (tuple, list, dict):
        for key, child in zip(tree.keys, tree.children, strict=True):
            _refuse_integers(f, child, f"{path}[{key!r}]")


def _refuse_no_floats(f: Callable[..., Any], name: str, value: Any) -> NoReturn:
    told = value is None or isinstance(value, (bool, str)) or not np.size(value)
    refuse_function(
        f,
        "{path} is {value!r}, and derivatives are taken of floats"
        if told
        else "{path} is of type {type}, and derivatives are taken of floats",
        "pass floats, arrays of them, or tuples, lists, dicts and dataclasses of these",
        path=name,
        value=value if told else None,
        type=type(value).__name__,
    )


def leaf_names(names: Sequence[str], positions: Sequence[int], trees: Sequence[Tree]) -> list[str]:
    """The names of the selected arguments' leaves in a program."""
    return [leaf for position, tree in zip(positions, trees, strict=True) for leaf, _ in tree.paths(names[position])]


def as_positional(
    f: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Move keyword arguments to their positions, where they have one; the rest stay keywords."""
    if not keywords:
        return args, keywords
    try:
        bound = inspect.signature(f).bind(*args, **keywords)
    except (TypeError, ValueError):  # no signature, or arguments that the call itself will refuse
        return args, keywords
    return bound.args, bound.kwargs


def wrt_positions(f: Callable[..., Any], wrt: Wrt, names: Sequence[str]) -> tuple[list[int], bool]:
    """The positions of the arguments in `wrt`, and whether their gradients are returned as a tuple."""
    wanted, several = parse_wrt(f, wrt)
    positions = []
    for each in wanted:
        if isinstance(each, int):
            positions.append(argument_position(f, each, len(names)))
        elif each in names:
            positions.append(names.index(each))
        else:
            _refuse_by_keyword(f, each)
            refuse_function(
                f,
                "{subject} has no argument {name!r}",
                "name one of {listed}",
                subject=name_of(f),
                name=each,
                listed=listed(names),
            )
    return positions, several


def parse_wrt(f: Callable[..., Any], wrt: Wrt) -> tuple[list[int | str], bool]:
    """The positions and names in `wrt` (`"w, b"` is two names), and whether it was written as several."""
    if isinstance(wrt, str):
        names: list[int | str] = [each.strip() for each in wrt.split(",")]
        return names, len(names) > 1
    several = isinstance(wrt, Sequence)
    wanted: list[int | str] = list(wrt) if isinstance(wrt, Sequence) else [wrt]
    if not all(isinstance(each, (int, str)) and not isinstance(each, bool) for each in wanted):
        refuse_function(f, "wrt is {wrt!r}", "give a position, a name, or a tuple of them", wrt=wrt)
    return wanted, several


def argument_position(f: Callable[..., Any], number: int, count: int) -> int:
    """An argument's position from 0; a negative number counts from the end."""
    if not -count <= number < count:
        refuse_function(
            f,
            "{subject} is called without an argument number {number}",
            "count from 0 to {last}" if count else "pass it by position",
            subject=name_of(f),
            number=number,
            last=count - 1,
        )
    return number % count


def _refuse_by_keyword(f: Callable[..., Any], name: str) -> None:
    """Refuse an argument that `f` has but that is not among this call's positional ones."""
    try:
        parameter = inspect.signature(f).parameters.get(name)
    except (TypeError, ValueError):
        return
    if parameter is not None and parameter.kind == parameter.KEYWORD_ONLY:
        refuse_function(
            f, "{subject} takes {name!r} by keyword alone", "let it be given by position", subject=name_of(f), name=name
        )
    if parameter is not None and parameter.kind == parameter.POSITIONAL_OR_KEYWORD:
        refuse_function(
            f, "{subject} is called without a value for {name!r}", "pass one in the call", subject=name_of(f), name=name
        )


def split_aux(f: Callable[..., Any], result: Any) -> tuple[Any, Any]:
    """The pair (result, extra) that a function returns under `has_aux`."""
    if not isinstance(result, tuple) or len(result) != 2:
        found = message("a tuple of {count}", count=len(result)) if isinstance(result, tuple) else _kind(result)
        refuse_function(
            f,
            "has_aux=True needs a function that returns a pair, and {subject} gives {gives}",
            "return (result, extra)",
            subject=name_of(f),
            gives=found,
        )
    return result


def require_scalar(what: str, f: Callable[..., Any], output: Any) -> None:
    """Refuse a result that is not one float: an array, a container, a Boolean, None."""
    shape = tuple(map(int, getattr(output, "shape", ())))
    gives, instead = "", message("return a float")
    if output is None:
        gives, instead = message("nothing"), message("write a return")
    elif isinstance(output, (complex, np.complexfloating)) or getattr(output, "dtype", np.dtype(float)).kind == "c":
        gives = message("a complex one")
        instead = message("return its real part, or the square of its absolute value")
    elif not isinstance(output, (Traced, Symbol, Constant, np.ndarray, np.generic, float, int)):
        gives = _kind(output)
        if isinstance(output, (tuple, list, dict)):
            instead = message("return one of its parts")
    elif shape:
        gives = message("an array of shape {shape}", shape=shape)
        instead = message(
            "sum it with np.sum, or derive np.sum(v * it), which is the derivative along v"
            if what == "derive"
            else "sum it with np.sum, or use jacobian twice"
            if what == "hessian"
            else "sum it with np.sum, or use jacobian"
        )
    elif isinstance(output, (Traced, Symbol)) and output.dtype.kind != "f":
        gives = message("a number of type {dtype}, which has no slope", dtype=output.dtype)
    if gives:
        refuse_function(
            f,
            "{what} needs a function whose result is one number, and {subject} gives {gives}",
            instead,
            what=what,
            subject=name_of(f),
            gives=gives,
        )


def refuse_function(f: Callable[..., Any], what: str, instead: str, /, **values: object) -> NoReturn:
    """Raise a `TracingError` that begins with where `f` is defined."""
    code = getattr(inspect.unwrap(f), "__code__", None)
    said = refusal_in(None, 0, what, instead, **values)
    if code:
        said = message("{place}: {said}", place=f"{file_name(code.co_filename)}:{code.co_firstlineno}", said=said)
    raise TracingError(said)


def require_arrays(what: str, f: Callable[..., Any], output: Any) -> None:
    """Refuse a result that is neither a float array nor a nest of such arrays."""
    gives, instead = "", message("return floats")
    if output is None:
        gives, instead = message("nothing"), message("write a return")
    elif isinstance(output, str):
        gives, instead = _kind(output), message("return an array, or a nest of them")
    elif isinstance(output, (Traced, np.ndarray, np.generic)) and output.dtype.kind in "biu":
        gives = message("numbers of type {dtype}, which have no slope", dtype=output.dtype)
    if gives:
        refuse_function(
            f,
            "{what} needs a function whose result is an array, and {subject} gives {gives}",
            instead,
            what=what,
            subject=name_of(f),
            gives=gives,
        )


def as_float(value: Any) -> Any:
    """A tangent or error given as an int, as a float."""
    return float(value) if type(value) is int else value


def checked_tangents(
    what: str, f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]
) -> tuple[Any, ...]:
    """The tangents, refused unless they nest as the primals do and have the same shapes."""
    names = argument_names(f, len(primals))
    tangents = tuple(map(as_float, tangents))
    parts = [[flatten(each, LEAF_TYPES) for each in given] for given in (primals, tangents)]
    for name, (_, tree) in zip(names, parts[0], strict=True):
        _refuse_integers(f, tree, name)
    if len(primals) != len(tangents) or any(one[1] != other[1] for one, other in zip(*parts, strict=True)):
        refuse_function(
            f, "the tangents of {what} do not nest as its primals do", "give one for each of them", what=what
        )
    for name, (leaves, tree), (moves, _) in zip(names, *parts, strict=True):
        for (_, path), leaf, move in zip(tree.paths(name), leaves, moves, strict=True):
            if np.shape(leaf) != np.shape(move):
                refuse_function(
                    f,
                    "{path} is of shape {leaf}, and its tangent of shape {move}",
                    "give one of the same shape",
                    path=path,
                    leaf=np.shape(leaf),
                    move=np.shape(move),
                )
    return tangents


def _kind(value: Any) -> str:
    return message("one array") if isinstance(value, Traced) else message("a {type}", type=type(value).__name__)


def named_after(
    made: Callable[..., Any], f: Callable[..., Any], prefix: str, names: Sequence[str] | None = None
) -> Callable[..., Any]:
    """Name `made` after `f`; its signature is that of `f`, or takes these names."""
    made.__name__ = made.__qualname__ = f"{prefix}_{getattr(f, '__name__', 'f').strip('<>')}"
    made.__wrapped__ = f  # type: ignore[attr-defined]
    if names is not None:
        taken = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in names]
        made.__signature__ = inspect.Signature(taken)  # type: ignore[attr-defined]
    return made
