"""Parses what is typed in the Derive view: mathematics as people write it, with a list of NumPy's names, never run as Python.

A text of assignments and one last expression becomes a function of the names that it leaves free. `_Reader` parses it into
Python's syntax tree: `2x`, `sin x`, `x²`, `|x|` and `y = …` beside NumPy's notation. The tree is interpreted node by node,
on arrays of which only the shape is known, so no text can cause a large computation.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import keyword
import math
import operator
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..calculus import name as symbol
from ..core.dims import Shape
from ..core.primitive import DISPATCHERS, HELPERS
from ..program.operations.activations import relu, sigmoid, softmax
from .fields import RefusedError

MOST_CHARACTERS, MOST_PARTS, MOST_DEPTH, MOST_NUMBERS, MOST_NAMES = 2_000, 800, 40, 50_000, 12

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
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
}  # fmt: skip
_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip


_FACTORS: Mapping[str, type[ast.operator]] = {"*": ast.Mult, "/": ast.Div, "@": ast.MatMult}
_COMPARISONS: Mapping[str, type[ast.cmpop]] = {"<": ast.Lt, "<=": ast.LtE, ">": ast.Gt, ">=": ast.GtE}
_ALIASES: Mapping[str, str] = {
    "ln": "log", "lg": "log10", "tg": "tan", "sgn": "sign", "asin": "arcsin", "acos": "arccos", "atan": "arctan",
    "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh", "σ": "sigmoid", "√": "sqrt", "∛": "cbrt",
}  # fmt: skip
_INVERSE: Mapping[str, str] = {
    name: f"arc{name}" for name in ("sin", "cos", "tan", "sinh", "tanh")
}  # what sin⁻¹ stands for
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿˣ", "0123456789+-nx")
_SIGNS = {"×": "*", "·": "*", "⋅": "*", "∙": "*", "÷": "/", "−": "-", "–": "-", "^": "**", "≤": "<=", "≥": ">="}
_FULL = {0xFF01 + k: 0x21 + k for k in range(94)} | {0x3000: 0x20}  # full-width signs, as Chinese keyboards type them
_TOKEN = re.compile(
    r"""(?P<gap>[ \t\f\v]+) | (?P<line>[;\r\n]+) | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿˣ]+) | (?P<turned>\.T\b|ᵀ)
    | (?P<name>π | (?:(?:np|numpy)\.(?:linalg\.)?)?(?![0-9_])(?:(?![π⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿˣᵀ])\w)+)
    | (?P<sign>\*\*|<=|>=|==|[-+*/@^<>=≤≥×·⋅∙÷−–()\[\]|,:√∛])""",
    re.VERBOSE,
)


_SLOPE = re.compile(r"\s*d\s*/\s*d([^\W\d_])\b(?!\s*(?:[=*/+^.-]|$))")  # `d/dx` before an expression
_TAKEN = frozenset({"np", "numpy", "scipy", "inf", "nan", *HELPERS, *DISPATCHERS})  # what the printed derivative calls


def _not_on_the_list(part: str) -> RefusedError:
    return RefusedError("{part} is not among what can be typed here.", part=part)


def _no_expression() -> RefusedError:
    return RefusedError("That cannot be read as an expression; write something like x² sin(x) or x**2 * sin(x).")


class _Token(NamedTuple):
    """A part of a text: its kind, how it is written, where it begins and where it ends. The last one is of kind `end`."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Typed:
    """A parsed text: its free names in order of appearance, and its function.

    `by` are the names to differentiate by, `result` is the text's name for its value, `read` the text in NumPy's notation.
    """

    names: tuple[str, ...]
    function: Callable[..., Any]
    by: tuple[str, ...]
    result: str
    read: str


def understood(text: str) -> Typed:
    """Parse a text into a function. Raises `RefusedError` for anything that is not on the list.

    >>> typed = understood("z = w * x; sum(z**2)")
    >>> typed.names, float(typed.function(2.0, np.array([1.0, 3.0])))
    (('w', 'x'), 40.0)
    >>> understood("f(x) = 2x sin²x").read
    '2 * x * sin(x) ** 2'
    """
    if len(text) > MOST_CHARACTERS:
        raise RefusedError("The text is longer than {most:,} characters.", most=MOST_CHARACTERS)
    text = text.translate(_FULL)
    asked = _SLOPE.match(text)
    reader = _Reader(text[asked.end() :] if asked else text)
    lines = reader.lines()
    assignments, last = lines[:-1], lines[-1][1]
    names = _free(lines)
    if not names:
        raise RefusedError("There is no variable in it to differentiate by; write x somewhere.")
    if len(names) > MOST_NAMES:
        raise RefusedError("The expression has more than {most} variables.", most=MOST_NAMES)

    def function(*values: Any) -> Any:
        known = dict(zip(names, values, strict=True))
        try:
            with np.errstate(all="ignore"):  # numbers that are none are refused
                for target, value in assignments:
                    known[target] = symbol(target, _value(value, known))
                return _value(last, known)
        except RecursionError:
            raise RefusedError(
                "The expression is too long: it may have {most} numbers, names and signs.", most=MOST_PARTS
            ) from None

    function.__name__ = "f"
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    function.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # what inspect.signature reads first
        [inspect.Parameter(name, kind) for name in names]
    )
    written = [f"{target} = {ast.unparse(value)}" for target, value in assignments]
    wanted = asked.groups() if asked else reader.arguments
    by = tuple(name for name in names if name in wanted) or names
    return Typed(names, function, by, lines[-1][0] or "f", "\n".join([*written, ast.unparse(last)]))


class _Reader:
    """Reads a text, from its first token to its last, into lines: a name, or none for the last, and an expression."""

    def __init__(self, text: str):
        self.text = text
        self.tokens = [*_tokens(text), _Token("end", "", len(text), len(text))]
        if len(self.tokens) > MOST_PARTS + 1:
            raise RefusedError(
                "The expression is too long: it may have {most} numbers, names and signs.", most=MOST_PARTS
            )
        self.at = 0
        self.depth = 0
        self.bars = 0  # how many |…| are open
        self.arguments: tuple[str, ...] = ()  # of a last line `f(x) = …`
        self.given: set[str] = set()  # names that lines before have given a value

    def lines(self) -> list[tuple[str, ast.expr]]:
        """All lines, of which the last is the value."""
        found: list[tuple[str, ast.expr]] = []
        while self._skip_lines() != "end":
            _must(not self.arguments and not (found and not found[-1][0]))  # only the last line is not an assignment
            found.append(self._line())
            self.given.add(found[-1][0])
            _must(self.next.kind in ("line", "end"))
        _must(bool(found))
        return found

    def _line(self) -> tuple[str, ast.expr]:
        """`expression`, `name = expression`, or `f(x, y) = expression`."""
        end = self.at
        while self.tokens[end].kind not in ("line", "end"):
            end += 1
        head = [token.text for token in self.tokens[self.at : end]]
        equals = head.index("=") if "=" in head else -1
        name = head[0] if equals > 0 and self.next.kind == "name" else ""
        if not name or (equals > 1 and (head[1], head[equals - 1]) != ("(", ")")) or "(" in head[2:equals]:
            return "", self._expression()  # also a keyword in a call, whose sign is the same
        _must(not (name in FUNCTIONS or name in _ALIASES or name in NUMBERS or "." in name or keyword.iskeyword(name)))
        inner = head[2 : equals - 1]
        if equals > 1:
            _must(bool(inner) and all(each.isidentifier() for each in inner[::2]) and {*inner[1::2]} <= {","})
            self.arguments = tuple(inner[::2])
        self.at += equals + 1
        return name, self._expression()

    # ---- from the loosest sign to the tightest --------------------------------------------------------------------

    def _expression(self) -> ast.expr:
        """A sum, or the comparison of two."""
        with self._inside():
            left = self._sum()
            sign = self._take(*_COMPARISONS)
            return ast.Compare(left, [_COMPARISONS[sign]()], [self._sum()]) if sign else left

    def _sum(self) -> ast.expr:
        left = self._product()
        while sign := self._take("+", "-"):
            left = ast.BinOp(left, ast.Add() if sign == "+" else ast.Sub(), self._product())
        return left

    def _product(self) -> ast.expr:
        """Factors with a sign between them or side by side; all bind alike, from left to right, as on a calculator."""
        left = self._signed()
        while True:
            sign = self._take("*", "/", "@")
            if sign:
                left = ast.BinOp(left, _FACTORS[sign](), self._signed())
            elif self._begins_factor():
                left = ast.BinOp(left, ast.Mult(), self._power())
            else:
                return left

    def _signed(self) -> ast.expr:
        signs = []
        while sign := self._take("+", "-"):
            signs.append(sign)
            if len(signs) > MOST_DEPTH:
                raise RefusedError(
                    "The expression is nested too deeply: at most {most} brackets, powers or functions inside one another.",
                    most=MOST_DEPTH,
                )
        found = self._power()
        for sign in reversed(signs):
            found = ast.UnaryOp(ast.USub(), found) if sign == "-" else found
        return found

    def _power(self) -> ast.expr:
        return self._raised(self._part())

    def _raised(self, base: ast.expr) -> ast.expr:
        """What stands above: x², x^2, x**2; of a tower the top first."""
        if token := self._take_kind("raised"):
            base = ast.BinOp(base, ast.Pow(), self._above(token))
        if self._take("**"):
            with self._inside():
                above = self._signed()
            natural = isinstance(base, ast.Name) and base.id == "e" and not hasattr(base, "col_offset")
            base = _call("exp", above) if natural else ast.BinOp(base, ast.Pow(), above)
        return base

    def _above(self, token: _Token) -> ast.expr:
        text = token.text.translate(_RAISED)
        sign = text[0] if text[0] in "+-" else ""
        rest = text.removeprefix(sign)
        _must(rest.isdigit() or rest in ("n", "x"))
        above: ast.expr = ast.Constant(int(rest)) if rest.isdigit() else self._name(rest, token)
        return ast.UnaryOp(ast.USub(), above) if sign == "-" else above

    def _part(self) -> ast.expr:
        """A number, a name, a function of something, or what stands in brackets, with indices and ᵀ behind it."""
        token = self.next
        self.at += token.kind != "end"
        found: ast.expr
        if token.kind == "number":
            found = ast.Constant(_number(token))
        elif token.text == "(":
            found = self._expression()
            self._require(")")
        elif token.text == "|":
            self.bars += 1
            found = _call("abs", self._expression())
            self._require("|")
            self.bars -= 1
        elif token.text in ("√", "∛"):
            with self._inside():
                found = _call(_ALIASES[token.text], self._part())
        elif token.kind == "name":
            found = self._named(token)
        else:
            raise _no_expression()
        while True:
            if self._take_kind("turned"):
                found = ast.Attribute(found, "T")
            elif self._take("["):
                found = ast.Subscript(found, self._index())
            else:
                return found

    def _named(self, token: _Token) -> ast.expr:
        """A variable, a number with a name, or a function of what follows, in brackets or not."""
        written = token.text.rpartition(".")[2]
        plain = written == token.text
        if keyword.iskeyword(written):
            raise _not_on_the_list(written)
        if plain and written in self.given:
            return self._name(written, token)
        called = self.next.text == "("
        known = _ALIASES.get(written, written)
        if known in FUNCTIONS and (called or written != "σ"):
            return self._function(known)
        if known == "π" or known in NUMBERS:
            return ast.Name("pi" if known == "π" else known)
        if not plain:
            raise _not_on_the_list(token.text[:40])
        if called and len(written.rstrip("0123456789")) > 1:
            raise _not_on_the_list(f"{written[:36]}(…)")
        for name in sorted((*FUNCTIONS, *_ALIASES), key=len, reverse=True):
            rest = written.removeprefix(name)
            if len(name) > 1 and len(rest) == 1 and rest != written and not rest.isdigit():  # sinx
                return _call(_ALIASES.get(name, name), self._raised(self._name(rest, token)))
        return self._name(written, token)

    def _function(self, name: str) -> ast.expr:
        """`sin(x)`, `sin x`, `sin 2x`, `sin²x`, `sin⁻¹ x`; without brackets it takes what stands side by side."""
        power: ast.expr | None = None
        if token := self._take_kind("raised"):
            power = self._above(token)
        elif self._take("**"):
            power = self._signed_number()
        if isinstance(power, ast.UnaryOp) and isinstance(power.operand, ast.Constant) and power.operand.value == 1:
            if name not in _INVERSE:
                raise _not_on_the_list(f"{name}⁻¹")
            name, power = _INVERSE[name], None
        if self._take("("):
            call = self._call(name)
        else:
            with self._inside():
                minus = self._take("-")
                inner = self._power()
                while self._begins_factor() and not self._begins_function():
                    inner = ast.BinOp(inner, ast.Mult(), self._power())
            call = _call(name, ast.UnaryOp(ast.USub(), inner) if minus else inner)
        return call if power is None else ast.BinOp(call, ast.Pow(), power)

    def _signed_number(self) -> ast.expr:
        minus = self._take("-")
        token = self.next
        _must(token.kind in ("number", "name"))
        self.at += 1
        above: ast.expr = self._name(token.text, token) if token.kind == "name" else ast.Constant(_number(token))
        return ast.UnaryOp(ast.USub(), above) if minus else above

    def _call(self, name: str) -> ast.expr:
        """The arguments of a function, after its bracket has been opened."""
        arguments: list[ast.expr] = []
        keywords: list[ast.keyword] = []
        while not self._take(")"):
            if arguments or keywords:
                self._require(",")
            token = self.next
            if token.kind == "name" and self.tokens[self.at + 1].text == "=":
                if token.text not in _KEYWORDS:
                    raise _not_on_the_list(token.text[:40])
                self.at += 2
                keywords.append(ast.keyword(token.text, self._literal((",", ")"))))
            else:
                arguments.append(self._expression())
        return ast.Call(ast.Name(name), arguments, keywords)

    def _index(self) -> ast.expr:
        inner = self._literal(("]",), "_[{}]")
        assert isinstance(inner, ast.Subscript)
        self._require("]")
        return inner.slice

    def _literal(self, ends: tuple[str, ...], within: str = "({})") -> ast.expr:
        """What stands up to one of these signs, outside of brackets, as Python reads it."""
        start, depth = self.at, 0
        while self.next.kind != "end" and not (depth == 0 and self.next.text in ends):
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(self.next.text, 0)
            self.at += 1
        _must(self.next.kind != "end" and self.at > start)
        source = self.text[self.tokens[start].start : self.tokens[self.at - 1].end]
        try:
            return ast.parse(within.format(source), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise _no_expression() from None

    @contextlib.contextmanager
    def _inside(self) -> Iterator[None]:
        """One level deeper, down to a limit."""
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise RefusedError(
                "The expression is nested too deeply: at most {most} brackets, powers or functions inside one another.",
                most=MOST_DEPTH,
            )
        yield
        self.depth -= 1

    # ---- tokens ---------------------------------------------------------------------------------------------------

    @property
    def next(self) -> _Token:
        """The token that comes next."""
        return self.tokens[self.at]

    def _take(self, *texts: str) -> str:
        """The sign that comes next, if it is one of these, in the spelling of Python."""
        sign = _SIGNS.get(self.next.text, self.next.text)
        if self.next.kind != "sign" or sign not in texts:
            return ""
        self.at += 1
        return sign

    def _take_kind(self, kind: str) -> _Token | None:
        """The token that comes next, if it is of this kind."""
        token = self.next
        if token.kind != kind:
            return None
        self.at += 1
        return token

    def _require(self, text: str) -> None:
        _must(bool(self._take(text)))

    def _skip_lines(self) -> str:
        """Pass over ends of lines; the kind of what comes next."""
        while self._take_kind("line"):
            pass
        return self.next.kind

    def _begins_factor(self) -> bool:
        """Whether what comes next stands side by side with what came before: a product without a sign."""
        token = self.next
        if token.kind == "number":  # `x 2`, but not `2 3`, where a sign is missing
            return self.tokens[self.at - 1].kind != "number"
        if token.text == "|":  # after an operand it ends the one that is open
            return not self.bars
        return token.kind == "name" or token.text in ("(", "√", "∛")

    def _begins_function(self) -> bool:
        written = self.next.text.rpartition(".")[2]
        known = _ALIASES.get(written, written) in FUNCTIONS
        return known and self.next.kind == "name" and self.next.text not in self.given

    def _name(self, name: str, token: _Token) -> ast.Name:
        """A variable, whose place says in which order names appear."""
        if not name.isidentifier() or unicodedata.normalize("NFKC", name) != name or name in _TAKEN:
            raise _not_on_the_list(name[:40])
        return ast.Name(name, lineno=1, col_offset=token.start)


def _must(right: bool) -> None:
    """Refuse a text that is not an expression."""
    if not right:
        raise _no_expression()


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _not_on_the_list(text[at : at + 40].split("\n")[0])
        kind, at = str(match.lastgroup), match.end()
        if kind != "gap":
            yield _Token(kind, match[0], match.start(), at)


def _call(name: str, operand: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name), [operand], [])


def _number(token: _Token) -> float | int:
    value = float(token.text)
    if not math.isfinite(value):
        raise RefusedError(
            "{part} is larger than any number a computer can hold, or not a number at all.", part=token.text[:40]
        )
    return value if re.search("[.eE]", token.text) or value > 2**53 else int(token.text)


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
            raise RefusedError("{part} is not the shape of a variable; write one as in w=30x784.", part=part[:40])
        if name not in found:
            raise RefusedError(
                "{name} is not a variable of the expression; the variables are {names}.",
                name=name[:40],
                names=", ".join(names),
            )
        found[name] = tuple(int(each) for each in digits if len(each) < 9)
        if not 0 < math.prod(found[name]) <= MOST_NUMBERS or len(found[name]) != len(digits):
            raise RefusedError("An array would have more than {most:,} numbers.", most=MOST_NUMBERS)
    return found


def _free(lines: Sequence[tuple[str, ast.expr]]) -> tuple[str, ...]:
    """The names that are used before anything is assigned to them, in order of appearance."""
    bound: set[str] = set()
    found: dict[str, None] = {}
    for target, value in lines:
        reads = [node for node in ast.walk(value) if isinstance(node, ast.Name) and hasattr(node, "col_offset")]
        for node in sorted(reads, key=lambda node: node.col_offset):
            if node.id not in bound:
                found[node.id] = None
        bound.add(target)
    return tuple(found)


def _value(node: ast.expr, known: Mapping[str, Any]) -> Any:
    """What a node stands for, with every array bounded and every number finite.

    It is kept in no variable, whose name the symbol would get.
    """
    return _small(_evaluated(node, known), node)


def _small(value: Any, node: ast.expr) -> Any:
    if math.prod(getattr(value, "shape", ())) > MOST_NUMBERS:
        raise RefusedError("An array would have more than {most:,} numbers.", most=MOST_NUMBERS)
    if isinstance(value, (int, float)) and not math.isfinite(value):
        raise RefusedError(
            "{part} is larger than any number a computer can hold, or not a number at all.", part=ast.unparse(node)[:40]
        )
    return value


def _evaluated(node: ast.expr, known: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return node.value
    if isinstance(node, ast.Name):
        return known[node.id] if hasattr(node, "col_offset") else NUMBERS[node.id]
    if isinstance(node, ast.BinOp):
        return _combined(node, (_value(node.left, known), _value(node.right, known)))
    if isinstance(node, ast.UnaryOp):
        return -_value(node.operand, known)
    if isinstance(node, ast.Compare):
        return _COMPARE[type(node.ops[0])](_value(node.left, known), _value(node.comparators[0], known))
    if isinstance(node, ast.Attribute):
        return np.transpose(_value(node.value, known))
    if isinstance(node, ast.Subscript):
        return _value(node.value, known)[_index(node.slice)]
    assert isinstance(node, ast.Call)  # there is nothing else that `_Reader` makes
    assert isinstance(node.func, ast.Name)
    keywords = {str(each.arg): _plain(each.value) for each in node.keywords}
    return FUNCTIONS[node.func.id](*(_value(each, known) for each in node.args), **keywords)


def _combined(node: ast.BinOp, pair: tuple[Any, Any]) -> Any:
    if all(isinstance(each, (int, float)) for each in pair) and not isinstance(node.op, ast.MatMult):
        # As floats: whole numbers would grow without end, and Python's own floats raise.
        return float(_BINARY[type(node.op)](*map(np.float64, pair)))
    return _BINARY[type(node.op)](*pair)


def _plain(node: ast.expr) -> Any:
    """A keyword's value: a whole number, a truth value, or several numbers."""
    try:
        value = ast.literal_eval(node)
    except ValueError:
        value = ...
    parts = value if isinstance(value, tuple) else (value,)
    if not all(part is None or (isinstance(part, (bool, int)) and abs(part) < 100) for part in parts):
        raise _not_on_the_list(ast.unparse(node)[:40])
    return value


def _index(node: ast.expr) -> Any:
    """An index of whole numbers and slices."""
    if isinstance(node, ast.Tuple):
        return tuple(map(_index, node.elts))
    if isinstance(node, ast.Slice):
        return slice(*(None if each is None else _plain(each) for each in (node.lower, node.upper, node.step)))
    return _plain(node)
