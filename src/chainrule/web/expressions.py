"""Parses what is typed in the Derive view: mathematics as people write it, with a list of NumPy's names, never run as Python.

A text of assignments and one last expression becomes a function of the names that it leaves free. `_Writer` writes it in
Python's notation: `2x`, `sin x`, `x²` and `|x|` as `2 * x`, `sin(x)`, `x ** 2` and `abs(x)`. What Python's parser makes of that
is interpreted node by node, on arrays of which only the shape is known, so no text can cause a large computation.
"""

from __future__ import annotations

import ast
import bisect
import inspect
import itertools
import json
import keyword
import math
import operator
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ..calculus import name as symbol
from ..core.dims import Shape
from ..core.messages import listed
from ..core.nouns import Array
from ..core.primitive import DISPATCHERS, HELPERS
from ..program.operations.activations import relu, sigmoid, softmax
from .fields import RefusedError

MOST_CHARACTERS, MOST_PARTS, MOST_DEPTH, MOST_NUMBERS, MOST_NAMES = 2_000, 800, 40, 50_000, 12

_NUMPY = (
    "abs", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "cbrt", "clip", "cos", "cosh", "cumsum",
    "dot", "exp", "exp2", "expm1", "hypot", "inner", "log", "log10", "log1p", "log2", "logaddexp", "max", "maximum", "mean",
    "min", "minimum", "outer", "prod", "reciprocal", "sign", "sin", "sinh", "sqrt", "square", "std", "sum", "tan", "tanh",
    "trace", "transpose", "var", "where",
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


_ALIASES: Mapping[str, str] = {
    "ln": "log", "lg": "log10", "tg": "tan", "sgn": "sign", "asin": "arcsin", "acos": "arccos", "atan": "arctan",
    "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh", "σ": "sigmoid", "√": "sqrt", "∛": "cbrt",
}  # fmt: skip
_INVERSE: Mapping[str, str] = {
    name: f"arc{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")
}  # what sin⁻¹ stands for
_ROOT = "√"
_BEGINS: Mapping[str, tuple[str, str, str]] = {
    "(": ("(", ")", ")"), "[": ("[", "]", "]"), "|": ("abs(", "|", ")"), "√": ("sqrt(", _ROOT, ")"), "∛": ("cbrt(", _ROOT, ")"),
}  # fmt: skip
"""What a bracket or a root is written as, what ends it, and what is then written."""
_HEAD = re.compile(r"(\w+)(?: \( (\w+(?: , \w+)*) \))?")  # of a line `y = …` or `f(x, y) = …`
_GLUED = re.compile(rf"({'|'.join(sorted((*FUNCTIONS, *_ALIASES), key=len, reverse=True))})(\w)")  # sinx
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


Point: TypeAlias = Shape | Array
"""Where a variable stands: its value, or only its shape."""
MOST_AXES = 4
_SHAPE = re.compile(r"[0-9]+(?:\s*[x×*]\s*[0-9]+)+|\(\s*(?:[0-9]+\s*(?:,\s*[0-9]+\s*)*,?\s*)?\)")
_MINUS = str.maketrans("−–", "--")

_SLOPE = re.compile(r"\s*d\s*/\s*d([^\W\d_])\b(?!\s*(?:[=*/+^.-]|$))")  # `d/dx` before an expression
_TAKEN = frozenset({"np", "numpy", "scipy", "inf", "nan", *HELPERS, *DISPATCHERS})  # what the printed derivative calls


def _not_on_the_list(part: str) -> RefusedError:
    return RefusedError("{part} is not among what can be typed here.", part=part)


def _no_expression() -> RefusedError:
    return RefusedError("That cannot be read as an expression; write something like x² sin(x) or x**2 * sin(x).")


class _Token(NamedTuple):
    """A part of a text: its kind, how it is written, and where it begins."""

    kind: str
    text: str
    at: int = 0

    @property
    def place(self) -> tuple[int, int]:
        """From which character of the text to which it goes."""
        return self.at, self.at + len(self.text)


@dataclass(frozen=True)
class Typed:
    """A parsed expression.

    Attributes:
        names: Its free names in order of appearance.
        function: The function of these.
        by: The names to differentiate by.
        result: The expression's own name for its value.
        read: The expression in NumPy's notation.
    """

    names: tuple[str, ...]
    function: Callable[..., Any]
    by: tuple[str, ...]
    result: str
    read: str


def understood(text: str) -> Typed:
    """Parse an expression into a function.

    Raises:
        RefusedError: It has something that is not on the list of what is allowed.

    Examples:
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
    lines, arguments = _lines([*_tokens(text, asked.end() if asked else 0)])
    assignments, last = lines[:-1], lines[-1][1]
    names = _free(lines)
    if not names:
        raise RefusedError("There is no variable in it to differentiate by; write x somewhere.")
    if len(names) > MOST_NAMES:
        raise RefusedError("The expression has more than {most} variables.", most=MOST_NAMES)

    def function(*values: Any) -> Any:
        known = dict(zip(names, values, strict=True))
        try:
            with np.errstate(all="ignore"):  # infinities and NaN are refused later
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
    wanted = asked.groups() if asked else arguments
    by = tuple(name for name in names if name in wanted) or names
    return Typed(names, function, by, lines[-1][0] or "f", "\n".join([*written, ast.unparse(last)]))


def _lines(tokens: Sequence[_Token]) -> tuple[list[tuple[str, ast.expr]], tuple[str, ...]]:
    """The lines, each a name (empty for a last line without one) and an expression; and the arguments of a last `f(x) = …`."""
    if len(tokens) > MOST_PARTS:
        raise RefusedError("The expression is too long: it may have {most} numbers, names and signs.", most=MOST_PARTS)
    found: list[tuple[str, ast.expr]] = []
    arguments: tuple[str, ...] = ()
    for is_end, group in itertools.groupby(tokens, lambda token: token.kind == "line"):
        if is_end:
            continue
        line = [*group]
        whole = line[0].at, line[-1].place[1]
        try:
            _must(
                not arguments and (not found or bool(found[-1][0]))
            )  # what has no name, or arguments, is the last line
            head, body = _parted(line)
            named = _HEAD.fullmatch(" ".join(token.text for token in head))
            name = named[1] if named else ""
            _must(not head or (bool(name) and not (name in FUNCTIONS or name in _ALIASES or name in NUMBERS)))
            arguments = tuple(named[2].split(" , ")) if named and named[2] else ()
            found.append((name, _parsed(body, {name for name, _ in found})))
        except RefusedError as error:
            raise _placed(error, whole) from None
    _must(bool(found))
    return found, arguments


def _parted(line: list[_Token]) -> tuple[list[_Token], list[_Token]]:
    """What stands before and after the equals sign of a line; one within brackets belongs to a keyword."""
    depth = 0
    for at, token in enumerate(line):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if token.text == "=" and depth == 0:
            _must(at > 0)
            return line[:at], line[at + 1 :]
    return [], line


def _parsed(tokens: list[_Token], given: set[str]) -> ast.expr:
    """An expression as Python reads it, with `e ** x` as `exp(x)`; each node knows its place in the text."""
    parts = _Writer(tokens, given).written_out()
    try:
        tree = ast.parse(" ".join(text for text, _ in parts), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _no_expression() from None
    _place(tree, parts)
    found: ast.expr = _Exponential().visit(tree)
    return found


def _place(tree: ast.expr, parts: Sequence[tuple[str, _Token]]) -> None:
    """Note at each node from which character of the typed text to which it goes."""
    ends = [*itertools.accumulate(len(text.encode()) + 1 for text, _ in parts)]  # Python counts bytes
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            first, last = bisect.bisect(ends, node.col_offset), bisect.bisect(ends, (node.end_col_offset or 1) - 1)
            tokens = [token for _, token in parts[first : last + 1]]
            node.place = min(each.at for each in tokens), max(each.place[1] for each in tokens)  # type: ignore[attr-defined]


class _Exponential(ast.NodeTransformer):
    """Reads `e ** x` as `exp(x)`."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """One operation, its operands first."""
        self.generic_visit(node)
        if isinstance(node.op, ast.Pow) and isinstance(node.left, ast.Name) and node.left.id == "e":
            call = ast.Call(ast.Name("exp"), [node.right], [])
            call.place = node.place  # type: ignore[attr-defined]
            return call
        return node


class _Open(NamedTuple):
    """An open bracket: what ends it, what is written then, and where its operand begins.

    An argument without brackets ends with "", at the next sign; the number under a root ends with its one operand.
    """

    end: str
    after: str
    start: int


class _Writer:
    """Writes the tokens of an expression in Python's notation; `given` are the names that earlier lines have assigned."""

    def __init__(self, tokens: list[_Token], given: set[str]):
        self.tokens, self.given = tokens, given
        self.token = tokens[0] if tokens else _Token("", "")  # the one that is read
        self.written: list[tuple[str, _Token]] = []  # each part with the token that it comes from
        self.open: list[_Open] = []
        self.ended = False  # whether an operand has ended: one that follows is a factor
        self.start = 0  # where in `written` it began
        self.above = 0  # powers and signs within one another

    def written_out(self) -> list[tuple[str, _Token]]:
        """All of it, in parts."""
        try:
            self._read()
        except RefusedError as error:
            raise _placed(error, self.token.place) from None
        return self.written

    def _read(self) -> None:
        last = ""
        while self.tokens:
            token = self._take()
            if self.ended and token.text != "[" and token.kind != "turned":
                self._finish(_ROOT)
            _must(not token.kind == last == "number")  # `2 3`, where a sign is missing
            last = token.kind
            if token.kind == "number":
                self._operand(repr(_number(token.text)))
            elif token.kind == "name":
                self._name(token)
            elif token.kind == "raised":
                self._raise(_above(token))
            elif token.kind == "turned":
                self._write(".T")
            else:
                self._sign(_SIGNS.get(token.text, token.text))
        self._finish("", _ROOT)
        _must(not self.open)

    def _sign(self, sign: str) -> None:
        if sign in _BEGINS and not (sign == "|" and self.ended and self._innermost() == "|"):
            if sign != "[":
                self._factor()
            self._begin(*_BEGINS[sign])
        elif sign in (")", "]", "|"):
            self._finish("", _ROOT)
            _must(self._innermost() == sign)
            self._end()
        elif sign in ("+", "-") and not self.ended:
            self._write(sign.replace("+", ""))
            self._deeper()
        elif sign == "**":
            _must(self.ended)
            self._put(sign)
            self._deeper()
        else:
            _must(self.ended or sign in (",", ":", "="))
            self._finish("", _ROOT)
            self._put(sign)
            self.above = 0

    def _name(self, token: _Token) -> None:
        """A variable, a number with a name, or a function of what follows, in brackets or not."""
        word = token.text.rpartition(".")[2]
        plain, called, known = word == token.text, self._next() == "(", _ALIASES.get(word, word)
        if plain and (word in self.given or word in ("True", "False", "None") or (self.open and self._next() == "=")):
            self._operand(word)
        elif keyword.iskeyword(word):
            raise _not_on_the_list(word)
        elif known in FUNCTIONS and (called or word != "σ"):
            self._function(known)
        elif known == "π" or known in NUMBERS:
            self._operand("pi" if known == "π" else known)
        elif not plain:
            raise _not_on_the_list(token.text[:40])
        elif called and len(word.rstrip("0123456789")) > 1:
            raise _not_on_the_list(f"{word[:36]}(…)")
        elif (glued := _GLUED.fullmatch(word)) and not glued[2].isdigit():  # sinx
            self.tokens.insert(0, _Token("name", glued[2], token.at + len(glued[1])))
            self._function(_ALIASES.get(glued[1], glued[1]))
        else:
            self._operand(_variable(word))

    def _function(self, name: str) -> None:
        """`sin(x)`, `sin x`, `sin 2x`, `sin²x`, `sin⁻¹ x`; without brackets it takes what stands side by side."""
        begun = self.token
        if self.ended:
            self._finish("", _ROOT)
        self._factor()
        power = ""
        if self.tokens and self.tokens[0].kind == "raised":
            power = _above(self._take())
        elif self._next() == "**":
            self._take()
            minus = "-" if self._next() == "-" and self._take() else ""
            _must(bool(self.tokens) and self.tokens[0].kind in ("number", "name"))
            token = self._take()
            power = minus + (_variable(token.text) if token.kind == "name" else repr(_number(token.text)))
        if power == "-1":
            if name not in _INVERSE:
                raise _not_on_the_list(f"{name}⁻¹")
            name, power = _INVERSE[name], ""
        bracket = self._next() == "(" and bool(self._take())
        last, self.token = self.token, begun
        self._begin(f"({name}(", ")" if bracket else "", f") ** {power})" if power else "))")
        self.token = last

    # ---- parts of what is written ---------------------------------------------------------------------------------

    def _next(self) -> str:
        """The token that comes next, in the spelling of Python."""
        return _SIGNS.get(self.tokens[0].text, self.tokens[0].text) if self.tokens else ""

    def _innermost(self) -> str:
        """What ends the innermost bracket."""
        return next((each.end for each in reversed(self.open) if each.end not in ("", _ROOT)), "")

    def _take(self) -> _Token:
        self.token = self.tokens.pop(0)
        return self.token

    def _write(self, text: str) -> None:
        self.written.append((text, self.token))

    def _put(self, sign: str) -> None:
        self._write(sign)
        self.ended = False

    def _factor(self) -> None:
        """Begin a factor: after an operand it is one of a product without a sign."""
        if self.ended:
            self._put("*")
            self.above = 0
        self.start = len(self.written)

    def _operand(self, text: str) -> None:
        self._factor()
        self._write(text)
        self.ended = True

    def _raise(self, power: str) -> None:
        """Put what stands above behind the operand."""
        _must(self.ended)
        self.written.insert(self.start, ("(", self.token))
        self._write(f"** {power})")

    def _begin(self, written: str, end: str, after: str) -> None:
        self._put(written)
        self.open.append(_Open(end, after, self.start))
        self._deeper()

    def _end(self) -> None:
        """Close what is innermost; it is an operand."""
        _, after, self.start = self.open.pop()
        self._write(after)
        self.ended = True
        self.above = 0

    def _finish(self, *ends: str) -> None:
        """Close arguments without brackets, and roots."""
        while self.open and self.open[-1].end in ends:
            _must(self.ended)
            self._end()

    def _deeper(self) -> None:
        self.above += 1
        if self.above + len(self.open) > MOST_DEPTH:
            raise RefusedError(
                "The expression is nested too deeply: at most {most} brackets, powers or functions inside one another.",
                most=MOST_DEPTH,
            )


def _must(right: bool) -> None:
    """Refuse a text that is not an expression."""
    if not right:
        raise _no_expression()


def _tokens(text: str, at: int) -> Iterator[_Token]:
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            part = text[at : at + 40].split("\n")[0]
            raise _placed(_not_on_the_list(part), (at, at + len(part)))
        kind, begun, at = str(match.lastgroup), at, match.end()
        if kind != "gap":
            yield _Token(kind, match[0], begun)


def _placed(error: Exception, place: tuple[int, int] | None) -> Exception:
    """An error, which keeps the place in the text that was noted for it first."""
    if place_of(error) is None:
        error.typed_at = place  # type: ignore[attr-defined]
    return error


def place_of(error: Exception) -> tuple[int, int] | None:
    """From which character of the expression to which an error is about, if that is known.

    Examples:
        >>> try:
        ...     understood("x + os.x")
        ... except RefusedError as error:
        ...     place_of(error)
        (6, 8)
    """
    found: tuple[int, int] | None = getattr(error, "typed_at", None)
    return found


def _above(token: _Token) -> str:
    """The value of a raised token: ⁻¹ is -1."""
    text = token.text.translate(_RAISED)
    sign, digits = ("-" if text[0] == "-" else ""), text[text[0] in "+-" :]
    _must(digits.isdigit() or digits in ("n", "x"))
    return sign + (repr(_number(digits)) if digits.isdigit() else digits)


def _variable(name: str) -> str:
    """A name, checked to be one that a variable may have."""
    if not name.isidentifier() or unicodedata.normalize("NFKC", name) != name or name in _TAKEN:
        raise _not_on_the_list(name[:40])
    return name


def _number(text: str) -> float | int:
    value = float(text)
    if not math.isfinite(value):
        raise RefusedError(
            "{part} is larger than any number a computer can hold, or not a number at all.", part=text[:40]
        )
    return value if re.search("[.eE]", text) or value > 2**53 else int(text)


def points_of(text: str, names: Sequence[str], exact: bool = True) -> dict[str, Point]:
    """Where variables stand, as it is typed: numbers, `x = 1.5`, `v = [1, 2]`, or shapes, `w = 30×784`, `v = (4,)`, `t = ()`.

    Args:
        text: The text.
        names: The names of the variables.
        exact: Whether the text may name no others; otherwise they are left out.

    Returns:
        The value of each variable, an array; or its shape, where only that is given. One that is left out is a single number.

    Raises:
        RefusedError: The text is something else, or names another variable.

    Examples:
        >>> points_of("w = 2×3, x = 0.5", ["w", "x", "y"])
        {'w': (2, 3), 'x': array(0.5), 'y': ()}
    """
    found: dict[str, Point] = dict.fromkeys(names, ())
    for part in filter(None, map(str.strip, _apart(text.translate(_FULL)))):
        name, equals, written = (each.strip() for each in part.partition("="))
        point = _point(written) if equals and name.isidentifier() else None
        if point is None:
            raise RefusedError(
                "{part} is neither a value nor a shape; write x = 1.5, x = [1, 2, 3] or w = 30×784.", part=part[:40]
            )
        if name not in found:
            if not exact:
                continue
            raise RefusedError(
                "{name} is not a variable of the expression; the variables are {names}.",
                name=name[:40],
                names=listed(names),
            )
        shape = point.shape if isinstance(point, np.ndarray) else point
        if 0 in shape:
            raise RefusedError("{name} would have no numbers; each size is 1 or more.", name=name[:40])
        if math.prod(shape) > MOST_NUMBERS:
            raise RefusedError("An array would have more than {most:,} numbers.", most=MOST_NUMBERS)
        found[name] = point
    return found


def _apart(text: str) -> Iterator[str]:
    """The parts between commas, semicolons and ends of lines; those within brackets part nothing."""
    depth = begun = 0
    for at, sign in enumerate(text):
        depth += (sign in "[(") - (sign in ")]")
        if sign in ",;\n" and depth <= 0:
            yield text[begun:at]
            begun = at + 1
    yield text[begun:]


def _point(text: str) -> Point | None:
    """A value or a shape; none where it is neither."""
    text = text.translate(_MINUS)
    sizes = _SHAPE.fullmatch(text)
    if sizes:
        digits = re.findall("[0-9]+", text)
        return tuple(min(int(each[:9]), MOST_NUMBERS + 1) for each in digits)
    try:
        value = np.array(json.loads(re.sub(r"(?<![0-9])\.(?=[0-9])", "0.", text)))
    except (ValueError, RecursionError):
        return None
    plain = value.dtype.kind in "iuf" and value.size > 0 and value.ndim <= MOST_AXES and bool(np.isfinite(value).all())
    return value.astype(float) if plain else None


def _free(lines: Sequence[tuple[str, ast.expr]]) -> tuple[str, ...]:
    """The names that are used before anything is assigned to them, in order of appearance."""
    bound: set[str] = set()
    found: dict[str, None] = {}
    for target, value in lines:
        names = (node for node in ast.walk(value) if isinstance(node, ast.Name))
        reads = [node for node in names if node.id not in bound and node.id not in FUNCTIONS and node.id not in NUMBERS]
        found |= {node.id: None for node in sorted(reads, key=lambda node: node.col_offset)}
        bound.add(target)
    return tuple(found)


def _value(node: ast.expr, known: Mapping[str, Any]) -> Any:
    """The value of a node, with every array bounded and every number finite.

    It is not kept in a variable, since its symbol would get that name.
    """
    try:
        return _small(_evaluated(node, known), node)
    except Exception as error:
        raise _placed(error, getattr(node, "place", None)) from None


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
        return known[node.id] if node.id in known else NUMBERS[node.id]
    if isinstance(node, ast.BinOp):
        return _combined(node, (_value(node.left, known), _value(node.right, known)))
    if isinstance(node, ast.UnaryOp):
        return -_value(node.operand, known)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARE:
        return _COMPARE[type(node.ops[0])](_value(node.left, known), _value(node.comparators[0], known))
    if isinstance(node, ast.Attribute):
        return np.transpose(_value(node.value, known))
    if isinstance(node, ast.Subscript):
        return _value(node.value, known)[_index(node.slice)]
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        raise _no_expression()
    for each in node.keywords:
        if each.arg not in _KEYWORDS:
            raise _not_on_the_list(str(each.arg))
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
