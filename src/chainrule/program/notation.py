r"""How an equation is written in mathematics: one tree, made from what its operations declare, and one walk over it.

The tree of an equation (`layout.tree`) has operations as its nodes. How an operation is written is a smaller tree, read once
from its LaTeX template: `\frac{{0}}{{1}}` is a fraction of two operands, `\sigma({0})` a word with a bracket; without a
template, an operation is written as a function with its Python name. `Notation` walks both trees and decides where brackets
are needed. Each way of writing is a subclass that says how a symbol, a fraction or a root is set: `latex.py`, `formulas.py`
(one line of text, also in dimensions and in numbers), and for browsers `show/mathml.py`.
"""

from __future__ import annotations

import functools
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

import numpy as np

from ..core.dims import BATCH, Dim, Shape, broadcast
from ..core.layout import Layout, Node, Operation, layout
from ..core.nouns import TEXTS, Condition, Constant, Equation, Program, Symbol
from ..core.primitive import PRIMITIVES, Primitive
from ..core.python import functions_of
from ..core.template import (
    ATOM,
    COMPARE,
    FIELD,
    LOOSE,
    POWER,
    PRIMARY,
    PRODUCT,
    SUM,
    UNARY,
    Block,
    param_text,
    parse_python,
    same_value,
)  # fmt: skip
from .operations.windows import read as parts_of
from .operations.windows import written_term
from .symbol_names import GREEK

T = TypeVar("T")

# ---- the lines of a program ------------------------------------------------------------------------------------------


class Line(NamedTuple):
    """A line of mathematics: names on its left, a tree on its right. In a program that an equation holds, `depth` is 1 or
    more, and the line that says what such a program returns is `of` the names of its inputs."""

    names: tuple[str, ...]
    tree: Node
    program: Program
    depth: int = 0
    of: tuple[str, ...] = ()


_TOGETHER = Primitive(
    name="together", shape=lambda *shapes: (), dtype=lambda *dtypes: np.dtype(float), derivative=(None,),
    python=parse_python("({*})"), latex="({*})", params={}, examples=lambda random: (), helper="",
)  # fmt: skip
"""What a function returns, if that is several things."""

STATEMENTS: dict[str, Callable[[Equation, Layout, Program, int], Iterator[Line]]] = {}
"""Operations that have lines of their own: from an equation, the layout and the program around it, and how deep that is."""


class Spelled(ABC):
    """A number that is written as a tree, in which sizes have names: 2/n."""

    @property
    @abstractmethod
    def tree(self) -> Node:
        """The tree; a size is a constant with a name."""


def written(name: str, *nodes: Node) -> Operation:
    """An elementwise operation that is only written, not computed."""
    inputs = tuple(node.equation.target if isinstance(node, Operation) else node for node in nodes)
    target = Symbol("", broadcast(*(each.shape for each in inputs)), np.dtype(float))
    return Operation(Equation((target,), PRIMITIVES[name], inputs), nodes)


def lines(program: Program, depth: int = 0, *, sizes: bool = False) -> Iterator[Line]:
    """Every line in order: first those of the functions that it calls; at the end one for each output that has no line yet.
    Where numbers are made of `sizes`, they may have these by name, each of which has a line before all others."""
    for function in () if depth else functions_of(program):
        yield from lines(function, 1, sizes=sizes)
    if not sizes:
        yield from _own_lines(program, depth)
        return
    program, *_ = TEXTS["presented"](program)
    own = list(_own_lines(program, depth))
    for size in dict.fromkeys(size for each in own for size in _sizes(each.tree)):
        yield Line((size.name,), Constant(size.value), program, depth)
    yield from own


def _sizes(node: Node, spelled: bool = False) -> Iterator[Constant]:
    """The sizes with names in numbers that are spelled."""
    if isinstance(node, Operation):
        for each in node.operands:
            yield from _sizes(each, spelled)
    elif isinstance(node, Constant) and isinstance(node.value, Spelled):
        yield from _sizes(node.value.tree, True)
    elif isinstance(node, Constant) and node.name and spelled:
        yield node


def _own_lines(program: Program, depth: int) -> Iterator[Line]:
    plan = layout(program)
    for each in plan.lines(program):
        if isinstance(each, Condition):
            continue
        if each.primitive.name in STATEMENTS:
            yield from STATEMENTS[each.primitive.name](each, plan, program, depth)
        else:
            yield Line(tuple(target.name for target in each.targets), plan.tree(each), program, depth)
    of = tuple(symbol.name for symbol in program.inputs)
    if depth and len(program.outputs) > 1:
        targets = (Symbol(program.name, (), np.dtype(float)),)
        every = Operation(Equation(targets, _TOGETHER, program.outputs), tuple(map(plan.node, program.outputs)))
        yield Line((program.name,), every, program, depth, of)
        return
    for output in program.outputs:
        if depth or isinstance(output, Constant) or output.name in plan.inlined:
            yield Line((program.name,), plan.node(output), program, depth, of if depth else ())


# ---- what an operation's template says -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Slot:
    """The place of an operand; without a position, of all operands, with commas."""

    position: int | None


@dataclass(frozen=True)
class Param:
    """The place of a param, written as a value or as an upright name."""

    name: str
    upright: bool = False


@dataclass(frozen=True)
class Sign:
    """A sign before an operand or between two, as text and in LaTeX."""

    text: str
    latex: str
    strength: int = PRODUCT


@dataclass(frozen=True)
class Word:
    """The name of a function, a letter or a number, as text and in LaTeX; or a large sign, such as Σ."""

    text: str
    latex: str
    large: bool = False


@dataclass(frozen=True)
class Row:
    """Parts beside one another."""

    parts: tuple[Mark, ...]


@dataclass(frozen=True)
class List:
    """Parts separated by commas; a part whose param is at its default is left out."""

    parts: tuple[Mark, ...]


@dataclass(frozen=True)
class Fence:
    """Brackets or bars around a part, given in LaTeX."""

    opening: str
    inside: Mark
    closing: str


@dataclass(frozen=True)
class Call:
    """A function's name with what it is applied to. The name may be a param, or have an index or, as an inverse, a power."""

    name: Word | Param | Index | Power
    fence: Fence


@dataclass(frozen=True)
class Fraction:
    """One part over another."""

    over: Mark
    under: Mark


@dataclass(frozen=True)
class Power:
    """A part with another above it."""

    base: Mark
    exponent: Mark


@dataclass(frozen=True)
class Index:
    """A part with another below it."""

    base: Mark
    below: Mark


@dataclass(frozen=True)
class Root:
    """A root: the square root where no degree is given."""

    inside: Mark
    degree: Mark | None = None


Mark: TypeAlias = Slot | Param | Sign | Word | Row | List | Fence | Call | Fraction | Power | Index | Root

_SIGNS = {
    sign.latex: sign
    for sign in (
        Sign("+", "+", SUM), Sign("−", "-", SUM), Sign("⊙", r"\odot"), Sign("×", r"\times"), Sign("/", "/"),
        Sign("·", r"\cdot"), Sign("∗", "*"), Sign("mod", r"\bmod"), Sign("∧", r"\wedge"), Sign("∨", r"\vee"),
        Sign("⊕", r"\oplus"), Sign("⊗", r"\otimes"), Sign("∘", r"\circ"), Sign("⋆", r"\star"), Sign("¬", r"\neg"),
        Sign(">", ">", COMPARE), Sign("<", "<", COMPARE), Sign("=", "=", COMPARE), Sign("≥", r"\ge", COMPARE),
        Sign("≤", r"\le", COMPARE), Sign("≠", r"\ne", COMPARE),
    )
}  # fmt: skip
_SIGNS |= {
    rf"\text{{{word}}}": Sign(word, rf"\;\text{{{word}}}\;", LOOSE) for word in ("with", "plus", "at")
}  # of what is written to arrays
TIMES, OVER, COMMA = _SIGNS[r"\times"], _SIGNS["/"], Sign(",", ",")
_LETTERS = {name: letter for letter, name in GREEK.items()} | {"infty": "∞"}
_LARGE = {"sum": "Σ", "prod": "∏", "bigvee": "⋁", "bigwedge": "⋀"}
_PAIRS = {
    ("(", ")"): "()", (r"\left(", r"\right)"): "()", ("[", "]"): "[]", (r"\left[", r"\right]"): "[]",
    (r"\left|", r"\right|"): "||", (r"\left\lVert", r"\right\rVert"): "‖‖", (r"\lfloor", r"\rfloor"): "⌊⌋",
    (r"\lceil", r"\rceil"): "⌈⌉",
}  # fmt: skip
_CLOSING = dict(_PAIRS.keys())
FENCES = {latex: sign for pair, signs in _PAIRS.items() for latex, sign in zip(pair, signs, strict=True)}
_TOKEN = re.compile(
    r"""\\(?:operatorname|mathrm|text)\{(?:\{(?P<param>\w+)\}|(?P<name>[^{}]*))\}
      | \\(?:left|right)(?:\\[a-zA-Z]+|.)
      | \{(?P<field>\d|[a-z_][a-z_0-9]*|\*)\}
      | \\(?P<command>[a-zA-Z]+|.)
      | \d+ | \S""",
    re.VERBOSE,
)


class _Reader:
    """Reads a LaTeX template; what it does not know is a word."""

    def __init__(self, source: str):
        self.tokens = list(_TOKEN.finditer(source))
        self.at = 0

    def row(self, closing: str = "") -> Mark:
        """The parts up to a closing sign, or to the end."""
        lists: list[list[Mark]] = [[]]
        while self.at < len(self.tokens) and self._text() != closing:
            if self._text() == ",":
                self.at += 1
                lists.append([])
            elif not lists[-1] and self._text() == "-" and self.tokens[self.at + 1][0].isdigit():
                self.at += 2
                lists[-1].append(Word(f"−{self.tokens[self.at - 1][0]}", f"-{self.tokens[self.at - 1][0]}"))
            elif (found := self.mark()) is not None:
                lists[-1].append(found)
        rows = [_beside(each) for each in lists]
        return rows[0] if len(rows) == 1 else List(tuple(rows))

    def mark(self) -> Mark | None:
        """The next part, with what stands above or below it and what it is applied to; `None` for a space."""
        found = self._plain()
        while found is not None and self.at < len(self.tokens):
            match found, self._text():
                case ((Word() | Param(upright=True) | Index(Word()) | Power(Word())), ("(" | r"\left(") as opening):
                    self.at += 1
                    found = Call(found, self._fenced(opening))
                case Word(text, latex), "'":
                    self.at += 1
                    found = Word(f"{text}′", f"{latex}'")
                case _, ("^" | "_") as sign:
                    self.at += 1
                    other = self._plain()
                    assert other is not None
                    found = Power(found, other) if sign == "^" else Index(found, other)
                case _:
                    break
        return found

    def _plain(self) -> Mark | None:
        token = self._take()
        text, command = token[0], token["command"]
        if token["param"]:
            return Param(token["param"], upright=True)
        if text in _SIGNS:
            return _SIGNS[text]
        if token["name"]:
            return Word(token["name"].replace("\\", ""), text)
        if token["field"]:
            return _field(token["field"])
        if text == "{":
            self.at -= 1
            return self._group()
        if text in _CLOSING:
            return self._fenced(text)
        if command in ("frac", "tfrac"):
            return Fraction(self._group(), self._group())
        if command == "sqrt":
            degree = None
            if self._text() == "[":
                self.at += 1
                degree = self.row("]")
                self.at += 1
            return Root(self._group(), degree)
        if command and not command.isalpha():
            return None
        if command in _LARGE:
            return Word(_LARGE[command], text, large=True)
        return Word(_LETTERS.get(command, command) if command else text, text)

    def _fenced(self, opening: str) -> Fence:
        inside = self.row(_CLOSING[opening])
        self.at += 1
        return Fence(opening, inside, _CLOSING[opening])

    def _group(self) -> Mark:
        """The parts in braces, or a single field without braces."""
        if self._text() != "{":
            return _field(self._take()["field"])
        self.at += 1
        found = self.row("}")
        self.at += 1
        return found

    def _text(self) -> str:
        return self.tokens[self.at][0]

    def _take(self) -> re.Match[str]:
        self.at += 1
        return self.tokens[self.at - 1]


def _beside(parts: Sequence[Mark]) -> Mark:
    return parts[0] if len(parts) == 1 else Row(tuple(parts))


def _field(name: str) -> Mark:
    return Slot(None) if name == "*" else Slot(int(name)) if name.isdigit() else Param(name)


@functools.lru_cache(maxsize=1024)
def read(template: str) -> Mark:
    r"""Read a LaTeX template.

    >>> read(r"\sigma({0})")
    Call(name=Word(text='σ', latex='\\sigma', large=False), fence=Fence(opening='(', inside=Slot(position=0), closing=')'))
    """
    return _Reader(template).row()


_SILENT = ("axis", "keepdims")  # the axes stand under the name, and sizes are known
_GIVEN = re.compile(r"(?:(\w+)=)?'?\{(\d|[a-z_]+|\*)\}'?")


def _called(primitive: Primitive) -> str:
    """The template of an operation that declares none: a function of its operands and params, with its Python name."""
    source = primitive.python.source
    called = re.match(r"[\w.]*\b(\w+)\(", source)
    escaped = (called[1] if called else primitive.name).replace("_", r"\_")
    given = [
        rf"\mathrm{{{key}}} = {{{name}}}".replace(key, key.replace("_", r"\_"), 1) if key else f"{{{name}}}"
        for key, name in _GIVEN.findall(source)
        if name not in _SILENT
    ]
    return rf"\operatorname{{{escaped}}}({', '.join(given)})"


_INNER = Row((Power(Slot(0), Word("T", "T")), Slot(1)))  # two vectors of one axis
_TIMES = Row((Slot(0), TIMES, Slot(1)))


@functools.lru_cache(maxsize=256)
def _sliding(subscripts: str) -> Mark:
    """w ⋆ a, where w slides over a; δ ∗ w, where each δ adds w. Beside the sign is what is special: groups, and steps."""
    terms = parts_of(subscripts)
    assert terms.windowed is not None
    pairs = [axis for axis in terms[terms.windowed] if len(axis) > 1]
    if terms.windowed < 2:
        order, text, sign = (1 - terms.windowed, terms.windowed), "⋆", r"\star"
    else:  # what has the places comes first
        order, text, sign = (0, 1) if pairs[0][0].letter in written_term(terms.one) else (1, 0), "∗", "*"
    special = sorted(set.intersection(*({part.letter for axis in term for part in axis} for term in terms)))
    special += [written_term((axis,))[1:-1] for axis in pairs if any(part.step > 1 for part in axis)]
    if special:
        text, sign = f"{text}[{', '.join(special)}]", rf"{sign}_{{{', '.join(special)}}}"
    return Row((Slot(order[0]), Sign(text, sign), Slot(order[1])))


# ---- the walk --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part(Generic[T]):
    """A part as it is set, with how strongly it binds, the operator at its top, and what it begins with."""

    content: T
    strength: int = ATOM
    operator: str = ""
    lead: str = ""  # "number", "minus" or "bracket"


@dataclass(frozen=True)
class _Around(Generic[T]):
    """The operation whose template is set, and its operands."""

    node: Operation
    operands: tuple[Part[T], ...]

    @property
    def params(self) -> Mapping[str, Any]:
        return dict(self.node.equation.params)

    def is_default(self, mark: Mark) -> bool:
        """Whether a part only shows a param that is at its default."""
        inside = mark.parts[-1] if isinstance(mark, Row) else mark
        defaults = self.node.equation.primitive.params
        return (
            isinstance(inside, Param)
            and inside.name in defaults
            and same_value(self.params[inside.name], defaults[inside.name])
        )

    @functools.cached_property
    def axes(self) -> tuple[str, ...]:
        """The axes that the operation runs over, unless it runs over all: `0`, or `m` if the axis counts examples."""
        if "over" in self.params:  # of a sum over turns, which they are
            return (str(self.params["over"]),)
        axis = self.params.get("axis")
        shape: Shape = self.node.equation.inputs[0].shape if self.node.equation.inputs else ()
        axes = axis if isinstance(axis, tuple) else (axis,)
        if axis is None or len(axes) == len(shape):
            return ()
        return tuple(
            BATCH if isinstance(size := shape[each], Dim) and size.name == BATCH else str(each % len(shape))
            for each in axes
        )


def number_part(content: T, negative: bool) -> Part[T]:
    """The part that a number is, with the precedence of its minus."""
    return Part(content, *((UNARY, "", "minus") if negative else (ATOM, "", "number")))


def _one_fraction(node: Operation) -> Operation:
    """A fraction that is divided again, and again, over all of it at once: a/b/b is a over b²."""
    over: Node = node
    below: list[Node] = []
    while isinstance(over, Operation) and over.equation.primitive.name == "divide":
        over, under = over.operands
        below.insert(0, under)
    if len(below) < 2:
        return node
    counts = Counter(below)
    powers = (each if count == 1 else written("power", each, Constant(count)) for each, count in counts.items())
    return written("divide", over, functools.reduce(functools.partial(written, "multiply"), powers))


class Notation(ABC, Generic[T]):
    """One way of writing. `flat`: on one line, so that a fraction is `a / b`; `numeric`: all operands are single numbers,
    whose product is written ×."""

    flat = False
    numeric = False

    def part(self, node: Node) -> Part[T]:
        """Set a tree."""
        if isinstance(node, Operation):
            node = node if self.flat else _one_fraction(node)
            around = _Around(node, tuple(map(self.part, node.operands)))
            return self.finished(self._operation(around), node, around.operands)
        if isinstance(node, Symbol) or node.name:
            return self.symbol(node)
        if isinstance(node.value, Spelled):
            return self.part(node.value.tree)
        return number_part(self.number(node.value), repr(node.value).startswith("-"))

    def finished(self, part: Part[T], node: Operation, operands: Sequence[Part[T]]) -> Part[T]:
        """Add to a part what else this way of writing needs to know of an operation; most need nothing."""
        return part

    def _operation(self, around: _Around[T]) -> Part[T]:
        equation, operands = around.node.equation, around.operands
        name, inputs = equation.primitive.name, equation.inputs
        if name == "multiply":
            if self.numeric:
                return self._marked(_TIMES, around)
            if any(each.shape == () for each in inputs):
                return self._scaled(around)
        if name == "matmul" and all(len(each.shape) == 1 for each in inputs):
            return self._marked(_INNER, around)
        if name == "windowed_einsum":
            return self._marked(_sliding(around.params["subscripts"]), around)
        if name == "broadcast_to" and isinstance(inputs[0], Constant) and equation.target.shape and not self.flat:
            return self.spread(operands[0], equation.target.shape)
        return self._marked(read(equation.primitive.latex or _called(equation.primitive)), around)

    def _scaled(self, around: _Around[T]) -> Part[T]:
        """A product with a number, without ⊙: `6 x`. The number goes in front, a literal one before all."""
        inputs, parts = around.node.equation.inputs, around.operands

        def order(position: int) -> tuple[bool, bool]:
            number = isinstance(inputs[position], Constant) and parts[position].strength != UNARY
            return not number, inputs[position].shape != ()

        first, second = sorted((0, 1), key=order)
        left, right = parts[first], parts[second]
        if left.strength <= PRODUCT and left.operator != "scaled":
            left = self.fenced(left)
        strength = UNARY if left.lead == "minus" else PRODUCT
        if right.operator == "Σ":
            strength = LOOSE  # `2 Σ x` reads as it stands
        elif right.strength <= PRODUCT or right.strength == UNARY:
            right = self.fenced(right)
        # A symbol before a bracket would read as a function of what is in it.
        named = right.lead == "bracket" and not isinstance(inputs[first], Constant)
        sign = r"\cdot" if named or right.lead == "number" else ""
        content = self.beside([left.content, *self.product(around.node, sign), right.content])
        return Part(content, strength, "scaled", left.lead)

    def fenced(self, part: Part[T]) -> Part[T]:
        """A part in round brackets."""
        return Part(self.fence("(", part.content, ")"), PRIMARY, "", "bracket")

    def _fitted(
        self, mark: Mark, least: int, around: _Around[T], *, factor_of: str = "", after_sign: bool = False
    ) -> Part[T]:
        """A part, in brackets if it binds less strongly than its place requires, if it is a matrix product or a convolution
        beside another product, or if it begins with a minus after another sign."""
        part = self._marked(mark, around)
        other = part.strength == PRODUCT and factor_of != part.operator
        mixed = other and any(each[:1] in ("@", "⋆", "∗") for each in (factor_of, part.operator))
        if part.strength < least or (factor_of and mixed) or (after_sign and part.strength == UNARY):
            return self.fenced(part)
        return part

    # ---- a template's parts ----

    def _marked(self, mark: Mark, around: _Around[T]) -> Part[T]:
        match mark:
            case Slot(None):
                return Part(self.beside([each.content for each in around.operands], ","))
            case Slot(position):
                assert position is not None
                return around.operands[position]
            case Param(name, upright):
                value = around.params[name]
                if upright or isinstance(value, Block):
                    written, escape = param_text(value), r"\_"
                    return Part(
                        self.word(Word(written, rf"\mathrm{{{written.replace('_', escape)}}}"), (), around.node)
                    )
                alone = type(value) is tuple and len(value) == 1  # only Python needs the comma of `(2,)`
                return self._param(param_text(value[0] if alone else value), around)
            case Word():
                return Part(self.word(mark, around.axes if mark.large else (), around.node))
            case Sign():
                return Part(self.sign(mark))
            case List(parts):
                kept = [self._marked(each, around).content for each in parts if not around.is_default(each)]
                return Part(self.beside(kept, ","))
            case Fence(opening, inside, closing):
                content = self.fence(opening, self._marked(inside, around).content, closing)
                return Part(content, PRIMARY, "", "bracket" if FENCES[opening] == "(" else "")
            case Call(name, fence):
                axes = around.axes
                head = (
                    self.word(name, axes, around.node) if isinstance(name, Word) else self._marked(name, around).content
                )
                return Part(self.beside([head, self._marked(fence, around).content], ""), PRIMARY)
            case Fraction(over, under):
                if self.flat:
                    return self._infix(over, OVER, under, around)
                numerator, denominator = (self._marked(each, around).content for each in (over, under))
                return Part(self.fraction(numerator, denominator), POWER)
            case Power(base, exponent):
                above = self._marked(exponent, around)
                if self.flat and base == Word("e", "e"):
                    function = self.word(Word("exp", r"\exp"), (), around.node)
                    return Part(self.beside([function, self.fence("(", above.content, ")")], ""), PRIMARY)
                return self.power(self._fitted(base, PRIMARY, around), above)
            case Index(base, below):
                inner = self._fitted(base, PRIMARY if self.flat else ATOM, around)
                return Part(self.index(inner.content, self._marked(below, around).content), PRIMARY, "", inner.lead)
            case Root(inside, degree):
                small = None if degree is None else self._marked(degree, around).content
                return Part(self.root(self._marked(inside, around).content, small), PRIMARY)
            case Row(parts):
                return self._row(parts, around)

    def _row(self, parts: tuple[Mark, ...], around: _Around[T]) -> Part[T]:
        signs = [(each.strength, -at) for at, each in enumerate(parts) if at and isinstance(each, Sign)]
        heads = next(
            (at for at, each in enumerate(parts) if not isinstance(each, Word)), len(parts)
        )  # the words in ln Σ x
        if signs and (not heads or min(signs)[0] < PRODUCT):  # the last one of those that bind least
            at = -min(signs)[1]
            left, sign, right = _beside(parts[:at]), parts[at], _beside(parts[at + 1 :])
            assert isinstance(sign, Sign)
            return self._infix(left, sign, right, around)
        if isinstance(parts[0], Sign):
            inner = self._marked(_beside(parts[1:]), around)
            is_sum = inner.operator == "Σ"  # `−Σ x` reads as it stands
            if not is_sum and inner.strength <= UNARY:
                inner = self.fenced(inner)
            content = self.beside([self.sign(parts[0], prefix=True), inner.content], "")
            return Part(content, LOOSE if is_sum else UNARY, "", "minus")
        if 0 < heads < len(parts):
            words = [self._marked(each, around).content for each in parts[:heads]]
            inner = self._fitted(_beside(parts[heads:]), PRODUCT, around)
            return Part(self.beside([*words, inner.content]), LOOSE, "Σ")
        fitted = [self._fitted(each, PRODUCT + bool(at), around, factor_of="@") for at, each in enumerate(parts)]
        contents = [fitted[0].content]
        for factor in fitted[1:]:
            contents += [*self.product(around.node, ""), factor.content]
        return Part(self.beside(contents), PRODUCT, "@", fitted[0].lead)

    def _infix(self, left: Mark, sign: Sign, right: Mark, around: _Around[T]) -> Part[T]:
        factor_of = sign.text if sign.strength == PRODUCT else ""
        is_relation = sign.strength == COMPARE
        one = self._fitted(left, sign.strength + is_relation, around, factor_of=factor_of)
        other = self._fitted(right, sign.strength + 1, around, factor_of=factor_of, after_sign=not is_relation)
        content = self.beside([one.content, self.sign(sign), other.content])
        return Part(content, sign.strength, sign.text, one.lead)

    def _param(self, text: str, around: _Around[T]) -> Part[T]:
        """A param's value, which may name operands itself."""
        contents: list[T] = []
        end = 0
        for match in FIELD.finditer(text):
            contents += [self.text(text[end : match.start()]), around.operands[int(match[1])].content]
            end = match.end()
        contents += [self.text(text[end:])] * (end < len(text) or not contents)
        return Part(contents[0] if len(contents) == 1 else self.beside(contents, ""))

    # ---- how each is set ----

    @abstractmethod
    def symbol(self, symbol: Symbol | Constant) -> Part[T]:
        """A symbol, or an array constant, by its name."""

    @abstractmethod
    def number(self, value: Any) -> T:
        """A number that the program holds."""

    @abstractmethod
    def text(self, text: str) -> T:
        """A param's value, or a part of it."""

    @abstractmethod
    def word(self, word: Word, under: Sequence[str], node: Operation) -> T:
        """A function's name or a large sign, and the axes that it runs over."""

    @abstractmethod
    def sign(self, sign: Sign, prefix: bool = False) -> T:
        """A sign."""

    @abstractmethod
    def product(self, node: Operation, sign: str) -> Iterator[T]:
        r"""What stands between two factors of a product that has no sign of its own; `sign` is `\cdot` or empty."""

    @abstractmethod
    def beside(self, contents: Sequence[T], between: str = " ") -> T:
        """Contents side by side: with the spacing of mathematics (`" "`), with none (`""`), or separated by commas (`","`)."""

    @abstractmethod
    def fence(self, opening: str, content: T, closing: str) -> T:
        """A content between brackets, which are given in LaTeX."""

    @abstractmethod
    def fraction(self, over: T, under: T) -> T:
        """A fraction; only where there is more than one line."""

    @abstractmethod
    def power(self, base: Part[T], exponent: Part[T]) -> Part[T]:
        """A power, a transpose or an inverse."""

    @abstractmethod
    def index(self, base: T, below: T) -> T:
        """A content with another below it."""

    @abstractmethod
    def root(self, inside: T, degree: T | None) -> T:
        """A root."""

    @abstractmethod
    def spread(self, number: Part[T], shape: Shape) -> Part[T]:
        """A number at every position of a shape."""
