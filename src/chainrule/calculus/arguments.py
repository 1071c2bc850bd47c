"""Which arguments a derivative is taken of, put on the tape; and the refusals that are about a whole function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeAlias

import numpy as np

from ..program.blame import file_name
from ..program.errors import TracingError
from ..program.nouns import Constant, Symbol
from ..program.primitive import PRIMITIVES
from ..program.structure import LEAF, Tree, flatten
from ..program.traced import Tape, Traced, bind
from ..program.tracing import LEAF_TYPES, input_node

Argnums: TypeAlias = int | str | Sequence[int | str]


def inputs_on(
    f: Callable[..., Any], names: Sequence[str], tape: Tape, args: Sequence[Any], positions: Sequence[int]
) -> tuple[list[Traced], list[Tree], list[Any]]:
    """Put the chosen arguments on the tape as fresh nodes."""
    nodes: list[Traced] = []
    trees: list[Tree] = []
    nested = list(args)
    for position in positions:
        if type(args[position]) in (np.ndarray, float):  # the usual case, in one look
            leaves, tree = [args[position]], LEAF
        else:
            leaves, tree = flatten(args[position], LEAF_TYPES)
        if not leaves:
            refuse_function(
                f, f"{names[position]} is {args[position]!r}, and derivatives are taken of floats", "pass a float"
            )
        fresh = []
        paths = (names[position],) if tree is LEAF else [n for n, _ in tree.paths(names[position])]
        for path, each in zip(paths, leaves, strict=True):
            node = bind(PRIMITIVES["identity"], (each,)) if isinstance(each, Traced) else input_node(tape, path, each)
            if node.dtype.kind != "f":
                refuse_function(
                    f, f"{path} is of {node.dtype}, and derivatives are taken of floats", f"pass {path}.astype(float)"
                )
            fresh.append(node)
        nodes += fresh
        trees.append(tree)
        nested[position] = tree.build(iter(fresh))
    return nodes, trees, nested


def leaf_names(names: Sequence[str], positions: Sequence[int], trees: Sequence[Tree]) -> list[str]:
    """What the leaves of the chosen arguments are called in a program."""
    return [leaf for position, tree in zip(positions, trees, strict=True) for leaf, _ in tree.paths(names[position])]


def placed(
    f: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments in their places, as far as those given by name have one."""
    if not keywords:
        return args, keywords
    try:
        bound = inspect.signature(f).bind(*args, **keywords)
    except (
        TypeError,
        ValueError,
    ):  # a function of which nothing is known, or one that will refuse its arguments itself
        return args, keywords
    return bound.args, bound.kwargs


def positions_of(f: Callable[..., Any], argnums: Argnums, names: Sequence[str]) -> tuple[list[int], bool]:
    """Where the arguments named by `argnums` stand, and whether they are several: their gradients are a tuple then."""
    count = len(names)
    several = not isinstance(argnums, (int, str))
    wanted = list(argnums) if not isinstance(argnums, (int, str)) else [argnums]
    positions = []
    for each in wanted:
        if isinstance(each, str):
            if each not in names:
                refuse_function(f, f"{name_of(f)} has no argument {each!r}", f"name one of {', '.join(names)}")
            positions.append(names.index(each))
        elif not -count <= each < count:
            last = f"count from 0 to {count - 1}" if count else "pass it by position"
            refuse_function(f, f"{name_of(f)} is called without an argument number {each}", last)
        else:
            positions.append(each % count)
    return positions, several


def split_extra(f: Callable[..., Any], result: Any) -> tuple[Any, Any]:
    """The two parts of what a function returns that has something to say beside its result."""
    if not isinstance(result, tuple) or len(result) != 2:
        found = f"a tuple of {len(result)}" if isinstance(result, tuple) else f"a {type(result).__name__}"
        refuse_function(
            f,
            f"has_aux=True needs a function that returns a pair, and {name_of(f)} gives {found}",
            "return (result, extra)",
        )
    return result


def require_number(what: str, f: Callable[..., Any], output: Any) -> None:
    """Refuse a function whose result has no gradient: an array, a container, a truth value, nothing."""
    needs = f"{what} needs a function whose result is one number, and {name_of(f)} gives"
    if output is None:
        refuse_function(f, f"{needs} nothing", "write a return")
    if not isinstance(output, (Traced, Symbol, Constant, np.ndarray, np.generic, float, int)):
        refuse_function(f, f"{needs} a {type(output).__name__}", "return one of its parts")
    shape = tuple(map(int, getattr(output, "shape", ())))
    if shape != ():
        refuse_function(
            f, f"{needs} an array of shape {shape}", "sum it" if what == "derive" else "sum it, or use jacobian"
        )
    if isinstance(output, (Traced, Symbol)) and output.dtype.kind != "f":
        refuse_function(f, f"{needs} a number of type {output.dtype}, which has no slope", "return a float")


def refuse_function(f: Callable[..., Any], what: str, instead: str) -> NoReturn:
    """Raise a `TracingError` about a whole function: it names where that is defined."""
    code = getattr(inspect.unwrap(f), "__code__", None)
    place = f"{file_name(code.co_filename)}:{code.co_firstlineno}: " if code else ""
    raise TracingError(f"{place}{what}; {instead}.")


def name_of(f: Callable[..., Any]) -> str:
    """What a message calls a function."""
    name: str = getattr(f, "__name__", "the function")
    return "the lambda" if name == "<lambda>" else name


def named_after(
    made: Callable[..., Any], f: Callable[..., Any], prefix: str, names: Sequence[str] | None = None
) -> Callable[..., Any]:
    """Name a function after the one that it was made from; its signature is that one's too, or takes these names."""
    made.__name__ = made.__qualname__ = f"{prefix}_{getattr(f, '__name__', 'f').strip('<>')}"
    made.__wrapped__ = f  # type: ignore[attr-defined]
    if names is not None:
        taken = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in names]
        made.__signature__ = inspect.Signature(taken)  # type: ignore[attr-defined]
    return made
