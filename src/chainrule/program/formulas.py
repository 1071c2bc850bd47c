"""The lines of a program in mathematics, each as one line of text and as its parts (symbols with their shapes, signs,
functions, brackets, numbers), with the ties that say which sizes of neighbors must agree.

They are made from the program alone, whatever it computes: `formulas(program)` gives its lines, `line(tree)` the terms of any
tree. `Formula.text` is a line in mathematics, `Formula.dimensions` the same line in dimensions. `show/` sets the parts on
screens and in figures; `explain/numbers.py` puts an example's numbers in the place of symbols.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, TypeAlias

from ..core.dims import Shape, shape_text
from ..core.layout import Node, Operation, layout
from ..core.nouns import Constant, Equation, Program, Symbol
from ..core.python import ARRANGEMENTS, STATEMENTS, expression
from ..core.template import POWER, PRIMARY
from .notation import COMMA, FENCES, Line, Notation, Part, Sign, Word, lines, number_part
from .symbol_names import LOWERED, RAISED, Kind, is_subscript, kind_of, symbol_text

TermKind: TypeAlias = Literal["symbol", "number", "operator", "function", "bracket"]

_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True)
class Term:
    """One part of a line, as text: `w³ᵀ`, `⊙`, `σ′`; empty between the factors of a product that has no sign.

    A symbol has the `name` that the program gives it, and its `shape` as it stands here, transposed or not; a function or a
    product has the name of its operation. A number may be `raised`, like the ² of w². A number in the place of a symbol has its
    exact `value`. A function that runs over an axis has that `under` it, such as m for the examples; one that is all of an
    elementwise `operation`, as in σ(z), has that operation. A bracket `opens` a part or closes one. A term stands `apart` from
    the one before it where mathematics has a space.
    """

    kind: TermKind
    text: str
    name: str = ""
    shape: Shape | None = None
    transposed: bool = False
    raised: bool = False
    under: str = ""
    value: float | None = None
    operation: Equation | None = None
    opens: bool = False
    apart: bool = False

    @property
    def color(self) -> Kind | None:
        """The kind of its symbol, which determines its color."""
        return kind_of(self.name) if self.kind in ("symbol", "number") and self.name else None

    @property
    def size(self) -> str:
        """The dimensions of a symbol as text, `30×784`; empty for anything else."""
        return "" if self.shape is None else shape_text(self.shape)


@dataclass(frozen=True)
class Tie:
    """Two sizes that must agree: of the term at `left` on `left_axis`, and of the term at `right` on `right_axis`."""

    left: int
    left_axis: int
    right: int
    right_axis: int
    size: int

    @property
    def text(self) -> str:
        """`784 = 784`."""
        return f"{int(self.size)} = {int(self.size)}"


@dataclass(frozen=True)
class Place:
    """Where a symbol stands in a line of Python: its column, its name, and its shape there."""

    column: int
    name: str
    shape: Shape


@dataclass(frozen=True)
class Formula:
    """A line in its parts: `target = terms`, or `target ← terms` if a value is replaced.

    `tree` is its right side, which every way of writing walks; `python` is the line that runs, and `places` are the symbols in
    it. A line of a program that an equation holds, such as the body of a loop, has a `depth` of 1 or more.
    """

    target: Term
    terms: tuple[Term, ...]
    ties: tuple[Tie, ...]
    python: str
    places: tuple[Place, ...]
    tree: Node
    sign: str = "="
    depth: int = 0

    @property
    def text(self) -> str:
        """The line in mathematics, on one line: `δ² = (w³ᵀ δ³) ⊙ σ′(z²)`."""
        return f"{self.target.text} {self.sign} {self.right_side}"

    @property
    def right_side(self) -> str:
        """The text after the sign."""
        return spaced([term.text for term in self.terms], self.terms)

    @property
    def dimensions(self) -> str:
        """The line with dimensions in the place of symbols, and tied sizes in brackets: `30×1 = 30×[784 · 784]×1 + 30×1`."""
        content = _LINE.part(_with_ones(self.tree)).content
        marks = {(tie.left, tie.left_axis): "[{}" for tie in content.ties}
        marks |= {(tie.right, tie.right_axis): "{}]" for tie in content.ties}
        return f"{self.target.size} {self.sign} {_in_sizes(content.terms, marks)}"

    @property
    def sizes(self) -> str:
        """The right side in dimensions, as short as possible: without marks, and without functions that change no size."""
        terms = line(_with_ones(self.tree))
        applied = [at for at, term in enumerate(terms) if term.operation is not None]
        return _in_sizes(terms, {}, {at + each for at in applied for each in (0, 1, 3)})


def _with_ones(node: Node) -> Node:
    """A tree in which each part that is made of single numbers, none of them an array, is `()`, and a row is a symbol."""
    if not isinstance(node, Operation):
        return _ONE if isinstance(node, Symbol) and not node.shape else node
    target = node.equation.target
    if node.equation.primitive.name == "at":  # a part, such as a row, is of its own shape
        return target
    operands = tuple(map(_with_ones, node.operands))
    is_number = not target.shape and all(isinstance(each, Constant) and not each.shape for each in operands)
    has_one = any(each is _ONE for each in operands)
    return _ONE if is_number and has_one else Operation(node.equation, operands)


def _in_sizes(terms: Sequence[Term], marks: Mapping[tuple[int, int], str], left_out: Container[int] = ()) -> str:
    """Terms in sizes; `marks` say how a size that must agree with another is written, by term and axis."""
    parts: list[str] = []
    for at, term in enumerate(terms):
        behind = terms[at + 1] if at + 1 < len(terms) else None
        if at in left_out:
            parts.append("")
        elif term.shape:
            sizes = _with_marks(term.shape, [marks.get((at, axis), "{}") for axis in range(len(term.shape))])
            raised = behind is not None and (behind.raised or behind.text in ("ᵀ", "^"))
            parts.append(f"({sizes})" if raised and len(term.shape) > 1 else sizes)
        elif _is_product(term):
            parts.append("" if term.name == "multiply" else "·")
        else:  # a number times an array changes no size
            is_factor = term.kind == "number" and not term.raised and behind is not None and _is_product(behind)
            parts.append("" if is_factor else term.text)
    return spaced(parts, terms)


def _with_marks(shape: Shape, marks: Sequence[str]) -> str:
    """A shape in which each size is marked; of a vector the mark stands outside of its brackets: `[(3,)`."""
    if len(shape) == 1:
        return marks[0].format(shape_text(shape))
    return shape_text([mark.format(getattr(size, "shown", size)) for mark, size in zip(marks, shape, strict=True)])


def _is_product(term: Term) -> bool:
    return term.kind == "operator" and not term.text


def spaced(parts: Sequence[str], terms: Sequence[Term]) -> str:
    """The texts of terms, joined with the spacing of mathematics; what a sum runs over is in brackets: `Σ[axis 0] x`."""
    made, is_apart, is_opened = "", False, True
    for part, term in zip(parts, terms, strict=True):
        is_apart = is_apart or term.apart
        if part:
            made += f" {part}" if is_apart and not is_opened else part
            made += f"[{term.under}]" if term.under else ""
            is_apart, is_opened = False, term.opens
    return made


@dataclass(frozen=True, eq=False)
class Figure(Constant):
    """A number in the place of a symbol, of which it is an element, with the text that shows it."""

    text: str = ""


_ONE = Figure(1.0, text=shape_text(()))


def formulas(program: Program) -> tuple[Formula, ...]:
    """The lines of a program in order: one for each line of `str(program)` that is not a condition.

    A result that is written in the return is a line of its own, named after the program. The lines of a program that an
    equation holds come first.

    >>> from chainrule import Spec, trace
    >>> def f(w, x, b):
    ...     z = w @ x + b
    ...     return z
    >>> (formula,) = formulas(trace(f, [Spec((2, 3)), Spec((3, 1)), Spec((2, 1))]))
    >>> formula.text, formula.dimensions
    ('z = w x + b', '2×1 = 2×[3 · 3]×1 + 2×1')
    """
    shown = [each for each in lines(program) if each.depth or not isinstance(each.tree, Constant)]
    written = {id(each): _Written(each) for each in {id(line.program): line.program for line in shown}.values()}
    return tuple(_formula(each, written[id(each.program)]) for each in shown)


def line(tree: Node, *, numeric: bool = False) -> tuple[Term, ...]:
    """The terms of a tree; `numeric` if it consists of single numbers, so that a product is written ×."""
    return (_NUMERIC if numeric else _LINE).part(tree).content.terms


def symbol_term(name: str, shape: Shape) -> Term:
    """The term of a symbol that stands alone, or of several: `w, v`."""
    return Term("symbol", ", ".join(map(symbol_text, name.split(", "))), name, shape)


def number_text(value: object) -> str:
    """A number of a program, as mathematics writes it: `2`, `−0.5`, `1·10⁻⁵`, ∞.

    >>> number_text(-2.0), number_text(1e-5)
    ('−2', '1·10⁻⁵')
    """
    text = repr(value)
    if isinstance(value, bool):
        return text
    mantissa, _, exponent = text.replace("inf", "∞").partition("e")
    if exponent:
        text = f"{mantissa}·10{str(int(exponent)).translate(RAISED)}"
    return text.replace("inf", "∞").removesuffix(".0").replace("-", "−")


def places_in(line: str, shapes: Mapping[str, Shape]) -> tuple[Place, ...]:
    """Where symbols stand in a line of Python, with their shapes there.

    >>> places_in("z2 = w2.T @ a1", {"z2": (30, 1), "w2": (784, 30)})
    (Place(column=0, name='z2', shape=(30, 1)), Place(column=5, name='w2', shape=(30, 784)))
    """
    found = []
    for match in _WORD.finditer(line):
        shape = None if is_subscript(line, match.start()) else shapes.get(match[0])
        if shape is not None and line[match.start() - 1 : match.start()] != ".":
            turned = line[match.end() : match.end() + 2] == ".T" and not line[match.end() + 2 :][:1].isalnum()
            found.append(Place(match.start(), match[0], shape[::-1] if turned else shape))
    return tuple(found)


class _Written:
    """A program's lines in Python, by the names that are bound in them, and the shapes of all names there."""

    def __init__(self, program: Program):
        plan = layout(program)
        for arrange in ARRANGEMENTS:
            plan = arrange(program, plan)
        self.lines: dict[tuple[str, ...], str] = {}
        for each in plan.lines(program):
            if isinstance(each, Equation) and each.primitive.name not in STATEMENTS:
                own = [(f"{each.written_targets} = {expression(plan.tree(each)).text}", "")]
                rows = plan.statements.get(each.target.name, own)
                self.lines[tuple(target.name for target in each.targets)] = "; ".join(code for code, _ in rows)
        targets = [target for each in program.equations for target in each.targets]
        named: list[Symbol | Constant] = [*program.inputs, *targets, *program.constants]
        self.shapes = {symbol.name: symbol.shape for symbol in named}
        self.names = plan.names
        self.shapes |= {plan.names[symbol.name]: symbol.shape for symbol in named if symbol.name in plan.names}

    def named(self, node: Node) -> Node:
        """A tree with the names that its symbols have in Python."""
        if isinstance(node, Operation):
            return Operation(node.equation, tuple(map(self.named, node.operands)))
        return (
            replace(node, name=self.names[node.name]) if isinstance(node, Symbol) and node.name in self.names else node
        )


def _formula(line: Line, written: _Written) -> Formula:
    content = _LINE.part(line.tree).content
    owner = line.tree.equation.target if isinstance(line.tree, Operation) else line.tree
    shape = owner.shape
    target = symbol_term(", ".join(line.names), shape)
    if line.of:
        target = replace(target, text=f"{target.text}({', '.join(map(symbol_text, line.of))})")
    python = written.lines.get(line.names) or f"{target.name} = {expression(written.named(line.tree)).text}"
    places = places_in(python, {**written.shapes, target.name: shape})
    return Formula(target, content.terms, content.ties, python, places, line.tree, depth=line.depth)


# ---- the walk --------------------------------------------------------------------------------------------------------


class _End(NamedTuple):
    """The term that shows an axis of a value, by its place; the axis of that term; and the size."""

    place: int
    axis: int
    size: int


@dataclass(frozen=True)
class _Terms:
    """Terms, their ties, and the term that shows each axis of their value, where a single term does."""

    terms: tuple[Term, ...]
    ties: tuple[Tie, ...] = ()
    ends: tuple[_End | None, ...] = ()

    def behind(self, count: int) -> _Terms:
        """The same after so many other terms."""
        ties = tuple(replace(tie, left=tie.left + count, right=tie.right + count) for tie in self.ties)
        return _Terms(self.terms, ties, tuple(end and end._replace(place=end.place + count) for end in self.ends))


def _axes(place: int, shape: Shape) -> tuple[_End, ...]:
    return tuple(_End(place, axis, int(size)) for axis, size in enumerate(shape))


def _one(term: Term) -> _Terms:
    return _Terms((term,), ends=_axes(0, term.shape or ()))


def _joined(contents: Sequence[_Terms], every: int = 0) -> _Terms:
    """Contents one after the other; each `every`-th one stands apart."""
    terms: list[Term] = []
    ties: list[Tie] = []
    for at, each in enumerate(contents):
        ties += each.behind(len(terms)).ties
        is_apart = every and at and at % every == 0
        terms += [replace(each.terms[0], apart=True), *each.terms[1:]] if is_apart else each.terms
    return _Terms(tuple(terms), tuple(ties))


def _product(left: _Terms, sign: _Terms, right: _Terms) -> _Terms:
    """A matrix product: the last axis of the left factor is tied to the first axis of the right one."""
    made, ends = _joined([left, sign, right], 1), right.behind(len(left.terms) + 1).ends or (None, None)
    one, other = (left.ends or (None,))[-1], ends[-2:][0]
    if one is not None and other is not None:
        made = replace(made, ties=(*made.ties, Tie(one.place, one.axis, other.place, other.axis, one.size)))
    return replace(made, ends=(*left.ends[:-1], *ends[1:][-1:]))


class _Line(Notation[_Terms]):
    """Writes one line of text."""

    flat = True

    def __init__(self, numeric: bool = False):
        self.numeric = numeric

    def finished(self, part: Part[_Terms], node: Operation, operands: Sequence[Part[_Terms]]) -> Part[_Terms]:
        """Find the axes of an elementwise result in the first term that has its shape."""
        equation, content = node.equation, part.content
        if self.numeric or not equation.primitive.elementwise:
            return part
        shape = equation.target.shape
        owner = next((at for at, term in enumerate(content.terms) if shape and term.shape == shape), None)
        if owner is not None:
            content = replace(content, ends=_axes(owner, shape))
        if [term.kind for term in content.terms] == ["function", "bracket", "symbol", "bracket"]:
            function = replace(content.terms[0], operation=equation)
            content = replace(content, terms=(function, *content.terms[1:]))
        return replace(part, content=content)

    def part(self, node: Node) -> Part[_Terms]:
        """Set a tree, which may hold figures."""
        if isinstance(node, Figure):
            number = float(node.value)  # type: ignore[arg-type]  # explanations have no complex ones
            term = Term("number", node.text, node.name, value=number)
            return number_part(_one(term), node.text.startswith("−"))
        return super().part(node)

    def symbol(self, symbol: Symbol | Constant) -> Part[_Terms]:
        return Part(_one(symbol_term(symbol.name, symbol.shape)))

    def number(self, value: Any) -> _Terms:
        return _one(Term("number", number_text(value)))

    def text(self, text: str) -> _Terms:
        return _one(Term("number", text))

    def word(self, word: Word, under: Sequence[str], node: Operation) -> _Terms:
        if word.text.removeprefix("−").isdigit() or word.text in ("π", "e", "∞"):
            return _one(Term("number", word.text))
        axes = ", ".join(f"axis {each}" if each.isdigit() else each for each in under)
        return _one(Term("function", word.text, node.equation.primitive.name, under=axes))

    def sign(self, sign: Sign, prefix: bool = False) -> _Terms:
        return _one(Term("operator", sign.text))

    def product(self, node: Operation, sign: str) -> Iterator[_Terms]:
        text = "×" if self.numeric else "·" if sign else ""
        yield _one(Term("operator", text, node.equation.primitive.name))

    def beside(self, contents: Sequence[_Terms], between: str = " ") -> _Terms:
        if between == ",":
            return _joined([piece for each in contents for piece in (self.sign(COMMA), each)][1:], 2)
        is_product = len(contents) == 3 and contents[1].terms[0].name == "matmul"
        return _product(*contents) if is_product else _joined(contents, len(between))

    def fence(self, opening: str, content: _Terms, closing: str) -> _Terms:
        before, after = (_one(Term("bracket", FENCES[each], opens=each is opening)) for each in (opening, closing))
        return replace(_joined([before, content, after]), ends=content.behind(1).ends)

    def fraction(self, over: _Terms, under: _Terms) -> _Terms:
        raise AssertionError("a line has no fraction")

    def power(self, base: Part[_Terms], exponent: Part[_Terms]) -> Part[_Terms]:
        """What has raised signs is raised; all else follows ^."""
        (above, *more), (symbol, *others) = exponent.content.terms, base.content.terms
        raised = above.text.translate(RAISED)
        if raised == "ᵀ" and symbol.kind == "symbol" and not others and not symbol.transposed:
            shape = (symbol.shape or ())[::-1]
            return Part(_one(replace(symbol, text=f"{symbol.text}ᵀ", shape=shape, transposed=True)), PRIMARY)
        if base.content.terms[-1].text[-1] in "⁰¹²³⁴⁵⁶⁷⁸⁹⁺ᵀ":
            base = self.fenced(base)
        if not more and set(above.text) <= set("0123456789-−+T"):
            kind: TermKind = "operator" if raised == "ᵀ" else "number"
            term = _one(Term(kind, raised, raised=kind == "number", value=above.value))
            return Part(_joined([base.content, term]), PRIMARY if raised == "ᵀ" else POWER, "", base.lead)
        behind = exponent if exponent.strength >= PRIMARY else self.fenced(exponent)
        content = _joined([base.content, _one(Term("operator", "^")), behind.content])
        return Part(content, POWER, "", base.lead)

    def index(self, base: _Terms, below: _Terms) -> _Terms:
        head, first = base.terms[-1], below.terms[0]
        if head.kind == "function" and len(base.terms) == 1:
            if first.text.isdigit():
                return _one(replace(head, text=head.text + first.text.translate(LOWERED)))
            return _one(replace(head, under=first.text))
        if first.text == "[":
            below = replace(below, terms=(replace(first, opens=False), *below.terms[1:]))
            return _joined([base, below])
        return _joined([base, _one(Term("operator", "_")), below])

    def root(self, inside: _Terms, degree: _Terms | None) -> _Terms:
        above = "" if degree is None else degree.terms[0].text.translate(RAISED)
        return _joined([_one(Term("function", f"{above}√")), self.fence("(", inside, ")")])

    def spread(self, number: Part[_Terms], shape: Shape) -> Part[_Terms]:
        return number


_LINE, _NUMERIC = _Line(), _Line(numeric=True)
