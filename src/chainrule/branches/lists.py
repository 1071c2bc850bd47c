"""Lists that a loop appends to, where nothing of them but the whole is read: they become arrays, whatever the number of turns.

`with_rows` finds such lists in the source of a function; `Rows` is what stands for one while the function is recorded.
"""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Collection, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from ..core.traced import Traced
from ..program.inplace import memory

OF_LISTS = ("array", "asarray", "max", "mean", "median", "min", "prod", "std", "sum", "var")
"""The functions of NumPy's that take a list of rows for an array."""


def is_numpy(module: Any) -> bool:
    """Whether a module is NumPy, or what stands for it while a function is traced."""
    return type(module) is ModuleType and module.__name__ == "numpy"


# ---- while a function is recorded --------------------------------------------------------------------------------------------


class Rows:
    """A list without its last part, and that part: an item, or the items of all turns of a loop, which are one array.

    It is no data class, which would be a nest of arrays.
    """

    __slots__ = ("alias", "before", "is_array", "is_open", "part")

    def __init__(
        self,
        before: Rows | None = None,
        part: Any = None,
        is_array: bool = False,
        alias: Any = None,
        is_open: bool = False,
    ):
        """Make a list.

        Args:
            before: The rest of the list; `None` of an empty one.
            part: An item, or an array of items.
            is_array: Which of the two.
            alias: A variable that holds the last item, too.
            is_open: Whether it stands for what a list is before each turn of a loop, whose items are not known.
        """
        self.before, self.part, self.is_array, self.alias, self.is_open = before, part, is_array, alias, is_open

    def parts(self, since: Rows | None = None) -> list[Rows] | None:
        """The parts in order, or those after an earlier state of the list; `None` if that is none of it."""
        found, rows = [], self
        while rows is not since and rows.before is not None:
            found.append(rows)
            rows = rows.before
        return found[::-1] if since is None or rows is since else None

    def whole(self) -> Any:
        """The items: an array where a loop has appended, else a list.

        Raises:
            TypeError: The items are not known, or one has been written to through another name.
        """
        begun = self
        while begun.before is not None:
            begun = begun.before
        if begun.is_open:
            raise TypeError("the items of the list differ between turns")
        parts = self.parts() or []
        if not any(each.is_array for each in parts):
            return [each.part for each in parts]
        if any(type(each.alias) is Traced and memory.newest(each.alias) is not each.alias for each in parts):
            raise TypeError("an item of the list has been written to")
        arrays: list[Any] = []
        for is_array, group in itertools.groupby(parts, lambda each: each.is_array):
            items = [each.part for each in group]
            arrays += items if is_array else [np.stack(items)]
        return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


# ---- in the source -----------------------------------------------------------------------------------------------------------


def with_rows(function: ast.FunctionDef, runtime: str, modules: Collection[str]) -> ast.FunctionDef:
    """A function whose lists are `Rows`, where it appends to them and else reads only the whole, or the last item.

    Args:
        function: The syntax.
        runtime: The name of what has `rows`, `appended`, `items` and `summed`.
        modules: The names that NumPy has.
    """
    function = _apart(function)
    comprehensions = _comprehensions(function)
    while True:
        spelled = copy.deepcopy(function)
        spelled.body = _block(_SpelledOut(comprehensions), spelled.body)
        written, names = _rewritten(spelled, runtime, modules)
        if comprehensions <= names:
            return written
        comprehensions &= names


def _rewritten(function: ast.FunctionDef, runtime: str, modules: Collection[str]) -> tuple[ast.FunctionDef, set[str]]:
    """The function with `Rows`, and the names of these."""
    names = {found[0] for part in ast.walk(function) if (found := _append(part)) is not None}
    names -= {part.arg for part in ast.walk(function.args) if isinstance(part, ast.arg)}
    while names:
        last = {name for part in ast.walk(function) if (name := _read_last(part))}
        rewriter = _Rewriter(names, last, runtime, modules)
        written = copy.deepcopy(function)
        written.body = _block(rewriter, written.body)
        own = set(map(id, rewriter.own))
        others = {part.id for part in ast.walk(written) if isinstance(part, ast.Name) and id(part) not in own}
        if names.isdisjoint(others):
            return written, names
        names -= others
    return function, names


def _comprehensions(function: ast.FunctionDef) -> set[str]:
    """The names of lists that comprehensions make, of which no variable has the name of another one."""
    every = [part for part in ast.walk(function) if isinstance(part, (*_COMPREHENSIONS, ast.Lambda, ast.FunctionDef))]
    inside = {id(name) for each in every if each is not function for name in ast.walk(each)}
    taken = {part.id for part in ast.walk(function) if isinstance(part, ast.Name) and id(part) not in inside}
    taken |= {part.arg for part in ast.walk(function) if isinstance(part, ast.arg)}
    names = set()
    for part in ast.walk(function):
        match part:
            case ast.Assign([ast.Name(name)], ast.ListComp(_, generators)):
                own = {each.id for part in generators for each in ast.walk(part.target) if isinstance(each, ast.Name)}
                is_plain = not any(isinstance(each, (ast.NamedExpr, ast.Starred)) for each in ast.walk(part))
                names |= {name} if is_plain and own.isdisjoint(taken) else set()
    return names


_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class _SpelledOut(ast.NodeTransformer):
    """Writes `name = [item for … in …]`, of some names, as a loop that appends to a list."""

    def __init__(self, names: Collection[str]):
        self.names = names

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """A function that is defined in the function, which is left as it is."""
        return node

    def visit_Assign(self, node: ast.Assign) -> Any:
        """`name = [item for … in …]`"""
        match node:
            case ast.Assign([ast.Name(name)], ast.ListComp(item, generators)) if name in self.names:
                body: list[ast.stmt] = [
                    ast.Expr(ast.Call(ast.Attribute(ast.Name(name, ast.Load()), "append", ast.Load()), [item], []))
                ]
                for each in generators[::-1]:
                    for test in each.ifs[::-1]:
                        body = [ast.If(test, body, [])]
                    body = [ast.For(each.target, each.iter, body, [])]
                return [_located(node, part) for part in (ast.Assign(node.targets, ast.List([], ast.Load())), *body)]
        return node


def _apart(function: ast.FunctionDef) -> ast.FunctionDef:
    """A function whose list has another name than the array that is made of it, after `name = np.array(name)`."""
    written = copy.deepcopy(function)
    for place, part in enumerate(written.body):
        match part:
            case ast.Assign([ast.Name(name)], ast.Call() as value) if _names(value, name):
                before, after = written.body[:place], written.body[place + 1 :]
                grows, grows_again = (_grows(ast.Module(each, []), name) for each in (before, after))
                inner = [each for each in ast.walk(written) if isinstance(each, (ast.FunctionDef, ast.Lambda))]
                is_read_within = any(_names(each, name) for each in inner if each is not written)
                if grows and not grows_again and not is_read_within:
                    for each in (*_names(ast.Module(before, []), name), *_names(value, name)):
                        each.id = f"{name}_·list"
    return written


def _grows(node: ast.AST, name: str) -> bool:
    return any(found[0] == name for part in ast.walk(node) if (found := _append(part)) is not None)


def _names(node: ast.AST, name: str) -> list[ast.Name]:
    return [part for part in ast.walk(node) if isinstance(part, ast.Name) and part.id == name]


def _append(node: ast.AST) -> tuple[str, ast.expr] | None:
    """The name and the item of `name.append(item)` or `name += [item]`."""
    match node:
        case ast.Expr(ast.Call(ast.Attribute(ast.Name(name), "append"), [item], [])) | ast.AugAssign(
            ast.Name(name), ast.Add(), ast.List([item])
        ) if not isinstance(item, ast.Starred):
            return name, item
    return None


def _read_last(node: ast.AST) -> str:
    """The name in `name[-1]`, where that is read; of anything else, nothing."""
    match node:
        case ast.Subscript(ast.Name(name), ast.UnaryOp(ast.USub(), ast.Constant(1)), ast.Load()):
            return name
    return ""


class _Rewriter(ast.NodeTransformer):
    """Writes what is done with lists of some names as what is done with their `Rows`."""

    def __init__(self, names: Collection[str], last: Collection[str], runtime: str, modules: Collection[str]):
        self.names, self.last, self.runtime, self.modules = names, last, runtime, modules
        self.own: list[ast.Name] = []  # the names that it has written

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """A function that is defined in the function, which is left as it is."""
        return node

    def visit_Assign(self, node: ast.Assign) -> Any:
        """`name = []`, and several such in one."""
        match node:
            case ast.Assign([ast.Tuple(targets)], ast.Tuple(values)) if len(targets) == len(values):
                pairs = list(zip(targets, values, strict=True))
            case ast.Assign([target], value):
                pairs = [(target, value)]
            case _:
                return self.generic_visit(node)
        lists = [isinstance(one, ast.Name) and isinstance(value, ast.List) for one, value in pairs]
        if not all(lists) or not any(one.id in self.names for one, _ in pairs if isinstance(one, ast.Name)):
            return self.generic_visit(node)
        return [each for target, value in pairs for each in self._begun(node, target, value)]

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        """`name: list = []`"""
        begins = isinstance(node.target, ast.Name) and node.target.id in self.names and isinstance(node.value, ast.List)
        return self._begun(node, node.target, node.value) if begins else self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> Any:
        """`name.append(item)`"""
        return self._appended(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        """`name += [item]`"""
        return self._appended(node)

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        """`name[-1]`"""
        name = _read_last(node)
        return ast.copy_location(self._name(_last(name)), node) if name in self.names else self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> Any:
        """A call that takes the whole list."""
        match node:
            case ast.Call(ast.Name("len"), [ast.Name(name)], []) if name in self.names:
                node.args = [self._asked("items", self._name(name))]
            case ast.Call(ast.Name("sum"), [ast.Name(name)], []) if name in self.names:
                return _located(node, self._asked("summed", node.func, self._name(name)))
            case ast.Call(ast.Attribute(ast.Name(module), function), [ast.Name(name), *others]) if (
                name in self.names
                and module in self.modules
                and (function in OF_LISTS or (function == "stack" and not others and not node.keywords))
            ):
                assert isinstance(node.func, ast.Attribute)
                node.func.attr = "array" if function in ("asarray", "stack") else function  # of a list, a new array
                node.args[0] = self._asked("items", self._name(name))
        return _located(node, self.generic_visit(node))

    def _begun(self, node: ast.stmt, target: Any, value: Any) -> list[ast.stmt]:
        if target.id not in self.names:
            made: ast.stmt = _located(node, ast.Assign([target], self.visit(value)))
            return [made]
        items: list[ast.expr] = [self.visit(part) for part in value.elts]
        before: list[ast.stmt] = []
        if target.id in self.last:
            # The last item of no list, or of a longer one, is not read, but by a function that is then recorded as it runs.
            unread = ast.Attribute(ast.Name(self.runtime, ast.Load()), "undefined", ast.Load())
            before = [self._assigned(node, _last(target.id), items[0] if len(items) == 1 else unread)]
            items = [self._name(_last(target.id))] if len(items) == 1 else items
        return [*before, self._assigned(node, target.id, self._asked("rows", ast.List(items, ast.Load())))]

    def _appended(self, node: ast.stmt) -> Any:
        found = _append(node)
        if found is None or found[0] not in self.names:
            return self.generic_visit(node)
        name, item = found[0], self.visit(found[1])
        if name not in self.last:
            return [self._assigned(node, name, self._asked("appended", self._name(name), item))]
        last = self._name(_last(name))
        again = self._asked("appended", self._name(name), last)
        return [self._assigned(node, _last(name), item), self._assigned(node, name, again)]

    def _assigned(self, node: ast.stmt, name: str, value: ast.expr) -> ast.stmt:
        target = self._name(name)
        target.ctx = ast.Store()
        made: ast.stmt = _located(node, ast.Assign([target], value))
        return made

    def _asked(self, name: str, *arguments: ast.expr) -> ast.expr:
        return ast.Call(ast.Attribute(ast.Name(self.runtime, ast.Load()), name, ast.Load()), list(arguments), [])

    def _name(self, name: str) -> ast.Name:
        self.own.append(ast.Name(name, ast.Load()))
        return self.own[-1]


def _located(node: ast.AST, made: Any) -> Any:
    for part in ast.walk(made):
        if "lineno" in part._attributes and not hasattr(part, "lineno"):
            ast.copy_location(part, node)
    return made


def _block(rewriter: ast.NodeTransformer, statements: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Statements, rewritten."""
    output: list[ast.stmt] = []
    for part in statements:
        visited = rewriter.visit(part)
        output += visited if isinstance(visited, list) else [visited]
    return output


def _last(name: str) -> str:
    """The name of the variable that holds the last item of a list."""
    return f"{name}_·last"
