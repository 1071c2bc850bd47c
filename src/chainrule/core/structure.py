"""Nested arguments and results: flattened into named leaves, rebuilt, and written as Python.

Tuples, lists, dicts, named tuples and dataclasses nest; arrays and floats are leaves; everything else (None, text, ints,
Booleans) is a static part of the structure.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Tree:
    """The structure of a nested value. `kind` is the container's type, `None` for a leaf; `fixed` is a static value."""

    kind: type | None = None
    keys: tuple[Any, ...] = ()
    children: tuple[Tree, ...] = ()
    fixed: tuple[type, Any] | None = None  # the type is part of it, since 1 == 1.0 == True == np.True_

    @property
    def is_leaf(self) -> bool:
        """Whether it is a leaf."""
        return self.kind is None and self.fixed is None

    @property
    def leaves(self) -> int:
        """The number of leaves."""
        return 1 if self.is_leaf else sum(child.leaves for child in self.children)

    def build(self, leaves: Iterator[Any]) -> Any:
        """Build a value of this structure from the next leaves."""
        if self.fixed is not None:
            return self.fixed[1]
        if self.kind is None:
            return next(leaves)
        parts = [child.build(leaves) for child in self.children]
        if self.kind is dict:
            return dict(zip(self.keys, parts, strict=True))
        if self.kind in (tuple, list):
            return self.kind(parts)
        return builder(self.kind)(**dict(zip(self.keys, parts, strict=True)))

    def text(self, names: Iterator[str]) -> str:
        """The nested value as a Python expression of the leaves' names."""
        if self.fixed is not None:
            return repr(self.fixed[1])
        if self.kind is None:
            return next(names)
        parts = [child.text(names) for child in self.children]
        if self.kind is dict:
            return "{" + ", ".join(f"{key!r}: {part}" for key, part in zip(self.keys, parts, strict=True)) + "}"
        if self.kind is list:
            return f"[{', '.join(parts)}]"
        if self.kind is not tuple:
            written = ", ".join(f"{key}={part}" for key, part in zip(self.keys, parts, strict=True))
            return f"{self.kind.__name__}({written})"
        return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"

    def classes(self) -> Iterator[type]:
        """The named tuples and dataclasses in it, which its text calls by name."""
        if self.kind is not None and self.kind not in (tuple, list, dict):
            yield self.kind
        for child in self.children:
            yield from child.classes()

    def paths(self, name: str, path: str = "") -> Iterator[tuple[str, str]]:
        """Each leaf's printed name and the Python expression that reaches it: `weights_0`, `weights[0]`."""
        path = path or name
        if self.is_leaf:
            yield name, path
        for key, child in zip(self.keys, self.children, strict=True):
            yield from child.paths(f"{name}_{key}", self.part(path, key))

    def part(self, path: str, key: Any) -> str:
        """The Python expression of one of its parts, from its own: `weights[0]`, `model.weights`."""
        return f"{path}[{key!r}]" if self.kind in (tuple, list, dict) else f"{path}.{key}"


LEAF = Tree()


def flatten(value: object, leaf_types: tuple[type, ...]) -> tuple[list[Any], Tree]:
    """The leaves of a nested value, left to right, and its tree."""
    leaves: list[Any] = []

    def walk(part: Any) -> Tree:
        if isinstance(part, leaf_types):
            leaves.append(part)
            return LEAF
        found = members_of(part)
        if found is None:
            return Tree(fixed=(type(part), part))
        kind, keys, members = found
        return Tree(kind, keys, tuple(walk(member) for member in members))

    tree = walk(value)
    return leaves, tree


def builder(kind: type[Any]) -> Callable[..., Any]:
    """A function that makes a named tuple or a dataclass from all its parts.

    A dataclass gets exactly these parts, whatever `__post_init__` does, since that has run on the originals already.
    """
    if issubclass(kind, tuple):
        return kind
    initial = {field.name for field in dataclasses.fields(kind) if field.init}

    def build(**parts: Any) -> Any:
        try:
            made = kind(**{name: part for name, part in parts.items() if name in initial})
        except Exception:  # of a check that takes no traced array, or for want of an InitVar
            made = object.__new__(kind)
        for name, part in parts.items():
            if getattr(made, name, None) is not part:
                object.__setattr__(made, name, part)
        return made

    return build


def members_of(part: Any) -> tuple[type, tuple[Any, ...], Sequence[Any]] | None:
    """The kind of a container, its keys and its parts; `None` of anything else."""
    if isinstance(part, tuple) and hasattr(part, "_fields"):
        return type(part), part._fields, part
    if isinstance(part, (tuple, list)):
        return tuple if isinstance(part, tuple) else list, tuple(range(len(part))), part
    if isinstance(part, dict):
        return dict, tuple(part), list(part.values())
    if dataclasses.is_dataclass(part) and not isinstance(part, type):
        keys = tuple(field.name for field in dataclasses.fields(part))
        return type(part), keys, [getattr(part, key) for key in keys]
    return None
