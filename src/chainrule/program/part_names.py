"""The names that a function's source gives to the parts of its arguments, as in `W, b = params`.

A name is that of a part where it is assigned once, from the part itself. In `for W, b in layers` it is that of a part in every
element, and those are numbered: W1, W2.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..core.structure import Tree

_EVERY = "[*]"
_ELEMENT = re.compile(r"\[\d+\]")


def part_names(function: Callable[..., Any], arguments: Sequence[tuple[str, Tree]]) -> list[str]:
    """A name for every leaf of some arguments.

    Args:
        function: The function that takes the arguments.
        arguments: The name of each argument, and its structure.

    Returns:
        The names: those of the source, or `params_0` where it gives none.

    Examples:
        >>> from chainrule.core.structure import flatten
        >>> part_names(lambda x: x, [("x", flatten(((1.0,), 2.0), (float,))[1])])
        ['x_0_0', 'x_1']
    """
    leaves = [pair for name, tree in arguments for pair in tree.paths(name)]
    if all(tree.is_leaf for _, tree in arguments):
        return [name for name, _ in leaves]
    source = _source(function)
    if source is None:
        return [name for name, _ in leaves]
    finder = _Finder(source)
    named = [(finder.name_of(path), plain) for plain, path in leaves]
    count = Counter(name for name, _ in named)
    taken = {*finder.stores, *(name for name, _ in arguments), *(plain for plain, _ in leaves)} - finder.parts.keys()
    return [name if name and count[name] == 1 and name not in taken else plain for name, plain in named]


def _source(function: Callable[..., Any]) -> ast.FunctionDef | None:
    """The syntax of a function that is defined by `def`."""
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    if code is None:
        return None
    try:
        tree = ast.parse(textwrap.dedent("".join(inspect.getsourcelines(code)[0])))
    except (OSError, TypeError, SyntaxError, ValueError, RecursionError):
        return None
    first = tree.body[0] if tree.body else None
    return first if isinstance(first, ast.FunctionDef) and first.name == code.co_name else None


class _Finder:
    """Finds what the assignments of a function call the parts of its arguments: `parts` are the paths of names."""

    def __init__(self, function: ast.FunctionDef):
        arguments = [part.arg for part in ast.walk(function.args) if isinstance(part, ast.arg)]
        every = [part for part in ast.walk(function) if isinstance(part, ast.Name)]
        self.stores = Counter(part.id for part in every if not isinstance(part.ctx, ast.Load)) + Counter(arguments)
        self.paths = {name: name for name in arguments if self.stores[name] == 1}
        self.parts: dict[str, str] = {}
        for statement in _statements(function.body):
            if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                self._assign(statement.targets[0], statement.value)
            elif isinstance(statement, ast.For):
                self._iterate(statement.target, statement.iter)

    def name_of(self, path: str) -> str:
        """The name of the part at a path; empty, if it has none."""
        called = {where: name for name, where in self.parts.items()}
        if path in called:
            return called[path]
        for element in _ELEMENT.finditer(path):
            name = called.get(path[: element.start()] + _EVERY + path[element.end() :])
            if name:
                return f"{name}{'_' * name[-1].isdigit()}{int(element[0][1:-1]) + 1}"
        return ""

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            for one, other in zip(target.elts, value.elts, strict=True):
                self._assign(one, other)
        elif path := self._path(value):
            self._name(target, path)

    def _iterate(self, target: ast.expr, iterable: ast.expr) -> None:
        called = iterable.func.id if isinstance(iterable, ast.Call) and isinstance(iterable.func, ast.Name) else ""
        if isinstance(iterable, ast.Call) and called in ("zip", "enumerate") and isinstance(target, ast.Tuple):
            pairs = zip(target.elts if called == "zip" else target.elts[1:], iterable.args, strict=False)
            for one, other in pairs:
                self._iterate(one, other)
        elif path := self._path(iterable):
            self._name(target, path + _EVERY)

    def _name(self, target: ast.expr, path: str) -> None:
        if isinstance(target, ast.Name) and self.stores[target.id] == 1:
            self.paths[target.id] = self.parts[target.id] = path
        elif isinstance(target, ast.Tuple) and not any(isinstance(part, ast.Starred) for part in target.elts):
            for place, part in enumerate(target.elts):
                self._name(part, f"{path}[{place}]")

    def _path(self, value: ast.expr) -> str:
        """The path of the part that an expression is; empty, if it is none."""
        if isinstance(value, ast.Name):
            return self.paths.get(value.id, "")
        if isinstance(value, ast.Attribute) and (path := self._path(value.value)):
            return f"{path}.{value.attr}"
        if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Constant):
            path = self._path(value.value)
            return path and f"{path}[{value.slice.value!r}]"
        return ""


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a body, with those inside of loops, branches and `with`."""
    for part in body:
        yield part
        if isinstance(part, (ast.For, ast.While, ast.If, ast.With)):
            yield from _statements([*part.body, *getattr(part, "orelse", ())])
