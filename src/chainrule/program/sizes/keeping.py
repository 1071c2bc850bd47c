"""While a function is traced, the sizes of its arguments and its int arguments are kept in what it makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from ...core.binding import infer
from ...core.dims import Dim
from ...core.structure import Tree, flatten
from ...core.traced import Tape, Traced, current
from ...core.tracing import LEAF_TYPES, argument_names
from .numbers import TAKEN, is_sized, number_of, symbolic
from .terms import ARGUMENT, Axis, Terms

_asked: ContextVar[list[Tape] | None] = ContextVar("sizes", default=None)
_only: ContextVar[str] = ContextVar("only", default="")
_filled: ContextVar[dict[int, tuple[Any, Any]] | None] = ContextVar("filled", default=None)
"""Arrays that a function has made of sizes, by id, with how they are made."""


@contextmanager
def sizes_kept(only: str = "") -> Iterator[None]:
    """The first function that is traced inside gets arguments whose sizes are kept, or `only` those of this name."""
    token, named, taken, filled = _asked.set([]), _only.set(only), TAKEN.set([]), _filled.set({})
    try:
        yield
    finally:
        _filled.reset(filled)
        TAKEN.reset(taken)
        _only.reset(named)
        _asked.reset(token)


def asks_for_sizes() -> bool:
    """Whether a function that is about to be traced gets such arguments."""
    return _asked.get() == []


@contextmanager
def with_sizes(
    function: Callable[..., Any], running: AbstractContextManager[Callable[..., Any]]
) -> Iterator[Callable[..., Any]]:
    """What the context gives, called with arguments of a function, whose sizes are kept."""
    with running as called:
        yield lambda *nested: called(*_with_sizes(function, nested))


def _with_sizes(function: Callable[..., Any], nested: tuple[Any, ...]) -> tuple[Any, ...]:
    asked, tape = _asked.get(), current.get()
    if asked == [] and tape is not None:
        asked.append(tape)
        tape.allocates = True  # an array of ones knows of which sizes it is
        for node in flatten(nested, LEAF_TYPES)[0]:
            if isinstance(node, Traced):
                names = (size.name if isinstance(size, Dim) else "" for size in node.shape)
                axes = [Axis(node.name, axis, name) for axis, name in enumerate(names)]
                sizes = zip(node.shape, axes, strict=True)
                node.shape = tuple(
                    size
                    if size < 2 or _only.get() not in ("", axis.name)
                    else number_of(Terms(1, ((axis, int(size), 1),)))
                    for size, axis in sizes
                )
        if not _only.get():
            return tuple(map(_with_int_arguments, argument_names(function, len(nested)), nested))
    return nested


def _with_int_arguments(name: str, value: Any) -> Any:
    """An argument whose ints know that they are arguments."""
    leaves, tree = flatten(value, LEAF_TYPES)
    kept = with_ints(tree, name)
    return value if kept is tree else kept.build(iter(leaves))


def keep_sizes(node: Traced) -> None:
    """Give a node whose value is known its shape from those of its inputs, where sizes are kept."""
    asked, primitive = _asked.get(), node.primitive
    if asked and node.tape is asked[0] and node.value is not None and primitive is not None and not primitive.results:
        ((node.shape, _),) = infer(primitive, node.inputs, node.params)


def note_filled(array: Any, creation: Any) -> None:
    """Keep how an array is made of sizes; it must not change."""
    filled = _filled.get()
    if filled is not None and is_sized(creation.shape):
        filled[id(array)] = array, creation


def creation_of(array: Any) -> Any:
    """How such an array is made; `None` for any other."""
    found = (_filled.get() or {}).get(id(array))
    return None if found is None else found[1]


def length(x: Any) -> int:
    """`len`, which for a traced array gives its size as it is kept."""
    return symbolic(x.shape[0]) if isinstance(x, Traced) and x.shape else len(x)


def with_ints(tree: Tree, name: str, path: str = "", make: Callable[[Any], Any] = symbolic) -> Tree:
    """The structure of an argument, with what is made of each int in it that is no 0 or 1, which select rather than count.

    Args:
        tree: The structure.
        name: The name of the argument, or of its part.
        path: The expression of the part; by default, the name.
        make: What is made of an int, as it is kept.
    """
    path = path or name
    if tree.fixed is not None:
        kind, value = tree.fixed
        if kind is not int or value < 2:
            return tree
        return replace(tree, fixed=(int, make(number_of(Terms(1, ((Axis(path, ARGUMENT, name), value, 1),))))))
    parts = zip(tree.keys, tree.children, strict=True)
    children = tuple(with_ints(child, f"{name}_{key}", tree.part(path, key), make) for key, child in parts)
    is_same = all(one is other for one, other in zip(children, tree.children, strict=True))
    return tree if is_same else replace(tree, children=children)
