"""What is typed in the Derive view: parsed against a list of NumPy's names, and never run as Python.

A text of assignments and one last expression becomes a function of the names that it leaves free. It is interpreted, node
by node, on arrays of which only the shape is known; so nothing is computed that the text could make large.
"""

from __future__ import annotations

import ast
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..calculus import name as symbol
from ..program.dims import Shape
from ..program.operations.activations import relu, softmax
from ..program.operations.elementwise import sigmoid
from .fields import RefusedError

MOST_CHARACTERS, MOST_NODES, MOST_NUMBERS, MOST_NAMES = 2_000, 300, 50_000, 12

_NUMPY = (
    "abs", "arccos", "arcsin", "arctan", "arctan2", "arcsinh", "arctanh", "cbrt", "clip", "cos", "cosh", "cumsum", "dot",
    "exp", "exp2", "expm1", "hypot", "inner", "log", "log10", "log1p", "log2", "logaddexp", "max", "maximum", "mean", "min",
    "minimum", "outer", "prod", "reciprocal", "sign", "sin", "sinh", "sqrt", "square", "std", "sum", "tan", "tanh", "trace",
    "transpose", "var", "where",
)  # fmt: skip
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{name: getattr(np, name) for name in _NUMPY},
    **{name: getattr(np.linalg, name) for name in ("det", "inv", "norm", "solve")},
    "sigmoid": sigmoid, "relu": relu, "softmax": softmax,
}  # fmt: skip
NUMBERS: Mapping[str, float] = {"pi": math.pi, "e": math.e}
_KEYWORDS = ("axis", "keepdims")
_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b, ast.Sub: lambda a, b: a - b, ast.Mult: lambda a, b: a * b, ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b, ast.MatMult: lambda a, b: a @ b,
}  # fmt: skip
_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: lambda a, b: a < b, ast.LtE: lambda a, b: a <= b, ast.Gt: lambda a, b: a > b, ast.GtE: lambda a, b: a >= b,
}  # fmt: skip


@dataclass(frozen=True)
class Typed:
    """A text that was understood: its free names in order of appearance, and the function that it is."""

    names: tuple[str, ...]
    function: Callable[..., Any]


def understood(text: str) -> Typed:
    """The function that a text is. Raises `RefusedError` for anything that is not on the list.

    >>> typed = understood("z = w * x; sum(z**2)")
    >>> typed.names, float(typed.function(2.0, np.array([1.0, 3.0])))
    (('w', 'x'), 40.0)
    """
    if len(text) > MOST_CHARACTERS:
        raise RefusedError("web.long", most=MOST_CHARACTERS)
    try:
        lines = ast.parse(text.strip().replace("^", "**")).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise RefusedError("web.no_expression") from None
    if sum(1 for line in lines for _ in ast.walk(line)) > MOST_NODES:
        raise RefusedError("web.many_parts", most=MOST_NODES)
    assignments, last = lines[:-1], lines[-1] if lines else None
    if not isinstance(last, ast.Expr) or not all(_assigns(line) for line in assignments):
        raise RefusedError("web.no_expression")
    names = _free(lines)
    if not names:
        raise RefusedError("web.no_variable")
    if len(names) > MOST_NAMES:
        raise RefusedError("web.many_names", most=MOST_NAMES)

    def function(*values: Any) -> Any:
        known = dict(zip(names, values, strict=True))
        for line in assignments:
            assert isinstance(line, ast.Assign)
            (target,) = line.targets
            assert isinstance(target, ast.Name)
            known[target.id] = symbol(target.id, _value(line.value, known))
        return _value(last.value, known)

    function.__name__ = "f"
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    function.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # what inspect.signature reads first
        [inspect.Parameter(name, kind) for name in names]
    )
    return Typed(names, function)


def shapes_of(text: str, names: Sequence[str]) -> dict[str, Shape]:
    """Shapes as they are typed, `w=30x784, b=30x1`; a name that is left out is one number. Raises `RefusedError`.

    >>> shapes_of("w = 2×3", ["w", "x"])
    {'w': (2, 3), 'x': ()}
    """
    found: dict[str, Shape] = dict.fromkeys(names, ())
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, equals, sizes = (each.strip() for each in part.partition("="))
        digits = sizes.replace("×", "x").split("x") if sizes else []
        if (
            not name.isidentifier()
            or not equals
            or not all(each.strip().isascii() and each.strip().isdigit() for each in digits)
        ):
            raise RefusedError("web.shape", part=part[:40])
        if name not in found:
            raise RefusedError("web.no_such_name", name=name[:40], names=", ".join(names))
        found[name] = tuple(int(each) for each in digits if len(each) < 9)
        if not 0 < math.prod(found[name]) <= MOST_NUMBERS or len(found[name]) != len(digits):
            raise RefusedError("web.size", most=MOST_NUMBERS)
    return found


def _assigns(line: ast.stmt) -> bool:
    if not isinstance(line, ast.Assign) or len(line.targets) != 1 or not isinstance(line.targets[0], ast.Name):
        return False
    return line.targets[0].id not in (*FUNCTIONS, *NUMBERS, "np")


def _free(lines: Sequence[ast.stmt]) -> tuple[str, ...]:
    """The names that are used before anything is assigned to them, and are no function's."""
    bound = {"np", *FUNCTIONS, *NUMBERS}
    found: dict[str, None] = {}
    for line in lines:
        value = line.value if isinstance(line, (ast.Assign, ast.Expr)) else line
        reads = [node for node in ast.walk(value) if isinstance(node, ast.Name)]
        for node in sorted(reads, key=lambda node: (node.lineno, node.col_offset)):
            if node.id not in bound:
                found[node.id] = None
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
            bound.add(line.targets[0].id)
    return tuple(found)


def _value(node: ast.expr, known: Mapping[str, Any]) -> Any:
    """What a node stands for, with every array bounded. It is kept in no variable, whose name the symbol would get."""
    return _small(_evaluated(node, known))


def _small(value: Any) -> Any:
    if math.prod(getattr(value, "shape", ())) > MOST_NUMBERS:
        raise RefusedError("web.size", most=MOST_NUMBERS)
    return value


def _evaluated(node: ast.expr, known: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return _bounded(node.value)
    if isinstance(node, ast.Name) and node.id in known:
        return known[node.id]
    if isinstance(node, ast.Name) and node.id in NUMBERS:
        return NUMBERS[node.id]
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        return _combined(node.op, (_value(node.left, known), _value(node.right, known)))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        return -_value(node.operand, known) if isinstance(node.op, ast.USub) else _value(node.operand, known)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARE:
        return _COMPARE[type(node.ops[0])](_value(node.left, known), _value(node.comparators[0], known))
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return np.transpose(_value(node.value, known))
    if isinstance(node, ast.Attribute) and _is_numpy(node.value) and node.attr in NUMBERS:
        return NUMBERS[node.attr]
    if isinstance(node, ast.Subscript):
        return _value(node.value, known)[_index(node.slice)]
    if isinstance(node, ast.Call):
        function = FUNCTIONS.get(_called(node.func))
        if function is not None and all(each.arg in _KEYWORDS for each in node.keywords):
            keywords = {str(each.arg): _plain(each.value) for each in node.keywords}
            return function(*(_value(each, known) for each in node.args), **keywords)
    raise RefusedError("web.not_on_the_list", part=ast.unparse(node)[:40])


def _combined(operator: ast.operator, pair: tuple[Any, Any]) -> Any:
    if all(isinstance(each, (int, float)) for each in pair) and not isinstance(operator, ast.MatMult):
        with np.errstate(all="ignore"):  # whole numbers would grow without end, and Python's floats raise
            return float(_BINARY[type(operator)](*map(np.float64, pair)))
    return _BINARY[type(operator)](*pair)


def _bounded(value: Any) -> Any:
    """A number as it is typed; a whole one that float cannot hold would never end."""
    if abs(value) > 1e15:
        return float(min(value, 10**308))
    return value


def _called(function: ast.expr) -> str:
    """`sin`, `np.sin` or `np.linalg.det`, without what stands before the last point."""
    if isinstance(function, ast.Name):
        return function.id
    if isinstance(function, ast.Attribute):
        inner = function.value
        linalg = isinstance(inner, ast.Attribute) and inner.attr == "linalg" and _is_numpy(inner.value)
        return function.attr if linalg or _is_numpy(inner) else ""
    return ""


def _is_numpy(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "np"


def _plain(node: ast.expr) -> Any:
    """A keyword's value: a whole number, a truth value, or several numbers."""
    try:
        value = ast.literal_eval(node)
    except ValueError:
        value = ...
    parts = value if isinstance(value, tuple) else (value,)
    if not all(part is None or (isinstance(part, (bool, int)) and abs(part) < 100) for part in parts):
        raise RefusedError("web.not_on_the_list", part=ast.unparse(node)[:40])
    return value


def _index(node: ast.expr) -> Any:
    """An index of whole numbers and slices."""
    if isinstance(node, ast.Tuple):
        return tuple(map(_index, node.elts))
    if isinstance(node, ast.Slice):
        return slice(*(None if each is None else _plain(each) for each in (node.lower, node.upper, node.step)))
    return _plain(node)
