"""The sentences that the package's errors can say, read from its source: every `SomeError("…")`, its branches spelt out."""

from __future__ import annotations

import ast
import functools
import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import chainrule

ROOT = Path(chainrule.__file__).parent


class Raised(NamedTuple):
    """One sentence: where it stands, the name of the error or function, and the template with a `{name}` for each value."""

    place: str
    name: str
    template: str


# Functions whose result is a phrase of a table of `show/texts/errors/`, and that table.
_PHRASES = {
    "describe": "looks",
    "sizes_text": "sized",
    "_at": "place",
    "_foreign": "foreign",
    "_kind": "gives",
    "_described": "gives",
    "_counted": "counted",
}


def raised(called: Mapping[str, int]) -> Iterator[Raised]:
    """What is given to these errors or functions, anywhere in the package, as their argument of this number."""
    for path in sorted(ROOT.rglob("*.py")):
        tree = _parsed(path)
        for scope in _scopes(tree):
            for node in _own(scope):
                name = _called(node)
                if isinstance(node, ast.Call) and name in called and len(node.args) > called[name]:
                    place = f"{path.relative_to(ROOT).as_posix()}:{node.lineno}"
                    for template in _spelt(node.args[called[name]], scope, tree):
                        yield Raised(place, name, template.split("\n")[0])


def _called(node: ast.AST) -> str:
    """The name of the function that is called, without what it belongs to."""
    function = node.func if isinstance(node, ast.Call) else None
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def _scopes(tree: ast.Module) -> Iterator[ast.AST]:
    yield tree
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@functools.cache
def _own(scope: ast.AST) -> tuple[ast.AST, ...]:
    """What stands in a function, and not in one within it."""
    return tuple(_within(scope))


def _within(scope: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(scope):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
            yield from _within(node)


@functools.cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _spelt(expression: ast.expr, scope: ast.AST, tree: ast.AST) -> list[str]:
    """The templates of an expression that makes text: one for each way through its branches."""
    if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
        return [expression.value.replace("{", "{{").replace("}", "}}")]
    if isinstance(expression, ast.JoinedStr):
        return _products([_spelt(part, scope, tree) for part in expression.values])
    if isinstance(expression, ast.FormattedValue):
        return _spelt(expression.value, scope, tree)
    if isinstance(expression, ast.BinOp) and any(
        isinstance(side, ast.JoinedStr) or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        for side in (expression.left, expression.right)
    ):
        return _products([_spelt(expression.left, scope, tree), _spelt(expression.right, scope, tree)])
    if isinstance(expression, ast.IfExp):
        return [*_spelt(expression.body, scope, tree), *_spelt(expression.orelse, scope, tree)]
    if isinstance(expression, ast.Name):
        where = tree if expression.id.isupper() else scope
        values = [each for node in _own(where) for each in _assigned(node, expression.id)]
        if values and all(_is_text(each, expression.id) for each in values):
            return [text for each in values for text in _spelt(each, scope, tree)]
    return [f"{{{_name(expression)}}}"]


def _is_text(value: ast.expr, name: str) -> bool:
    """Whether a value is text that can be spelt out, and not made of what the name held before."""
    again = any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(value))
    return isinstance(value, ast.Constant | ast.JoinedStr | ast.IfExp) and not again


def _assigned(node: ast.AST, name: str) -> Iterator[ast.expr]:
    """What a statement makes of a name: its value, and for anything that is no plain assignment, a call."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = zip(target.elts, node.value.elts, strict=True)
                yield from (value for each, value in pairs if isinstance(each, ast.Name) and each.id == name)
            elif any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(target)):
                yield node.value
    elif isinstance(node, ast.For | ast.NamedExpr | ast.AugAssign | ast.AnnAssign) and any(
        isinstance(each, ast.Name) and each.id == name for each in ast.walk(node.target)
    ):
        yield ast.Call(ast.Name("unknown"), [], [])


def _products(parts: list[list[str]]) -> list[str]:
    return ["".join(chosen) for chosen in itertools.product(*parts)]


def _name(expression: ast.expr) -> str:
    """A name for a value: the variable's, the attribute's, or that of what a call is given."""
    if isinstance(expression, ast.Name):
        return expression.id.strip("_").lower()
    if isinstance(expression, ast.Attribute):
        return expression.attr.strip("_")
    if isinstance(expression, ast.BoolOp):
        return _name(expression.values[-1])
    if _called(expression) in _PHRASES:
        return _PHRASES[_called(expression)]
    if isinstance(expression, ast.Call) and expression.args:
        return _name(expression.args[0])
    if isinstance(expression, ast.Subscript):
        return _name(expression.value)
    return "value"
