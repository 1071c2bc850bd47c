"""A printed line in its parts: symbols with their shapes, operators, brackets, functions, numbers, in mathematics and as
Python, and the ties that say which sizes of which neighbors must agree. Whatever sets a line builds on these.

Made from a program alone, whatever it computes. How parts are set is written elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeAlias

from ..core.dims import BATCH, Dim, Shape, shape_text
from ..core.layout import Layout, layout
from ..core.nouns import Condition, Constant, Equation, Operand, Program, Symbol
from ..core.python import expression
from ..core.template import ATOM, POWER, PRIMARY, PRODUCT, UNARY, Need, Piece, param_text, same_value
from ..program.symbol_names import RAISED, Kind, kind_of, symbol_text

TermKind: TypeAlias = Literal["symbol", "number", "operator", "function", "bracket"]

_FUNCTIONS = {
    "sigmoid": "σ", "sigmoid_prime": "σ′", "relu_prime": "relu′", "log": "ln", "sum": "Σ", "maximum": "max",
    "minimum": "min",
}  # fmt: skip
_OPERATORS = {"@": "", "*": "⊙", "-": "−", "<=": "≤", ">=": "≥", "!=": "≠", "==": "="}
_REDUCTIONS = ("sum", "mean", "max", "min", "any", "all", "argmax")
_PASSED_ON = ("identity", "astype", "broadcast_to")
_PIECE = re.compile(r"\{(\d|[a-z]+|\*)\}")
_KEYWORD = re.compile(r", (\w+)=\{(\w+)\}")
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True)
class Term:
    """One part of a line. `text` is mathematics (`w³ᵀ`, `⊙`, `σ′`; nothing between factors), `python` the same in Python.

    A symbol has the `name` that the program gives it, its `color`, and its `shape` as it stands here, transposed or not. A
    number may be `raised`: the ² of w². A function that runs over an axis says which `under` it: m, the examples.
    """

    kind: TermKind
    text: str
    python: str
    name: str = ""
    color: Kind | None = None
    shape: Shape | None = None
    transposed: bool = False
    raised: bool = False
    under: str = ""

    @property
    def size(self) -> str:
        """The dimensions of a symbol as text, `30×784`; of anything else, nothing."""
        return "" if self.shape is None else shape_text(self.shape)


@dataclass(frozen=True)
class Tie:
    """Two sizes that must agree: that of `left` on `left_axis` and that of `right` on `right_axis`, places of terms."""

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
class Rule:
    """A line in its parts: `target = terms`, or `target ← terms` where the sign says that the old value is replaced."""

    target: Term
    terms: tuple[Term, ...]
    ties: tuple[Tie, ...]
    python: str
    places: tuple[Place, ...]
    sign: str = "="

    @property
    def text(self) -> str:
        """The line in mathematics, on one line: `δ² = (w³ᵀ δ³) ⊙ σ′(z²)`."""
        return f"{self.target.text} {self.sign} {spaced([term.text for term in self.terms], self.terms)}"

    @property
    def dimensions(self) -> str:
        """The same with dimensions in the place of symbols, tied sizes in brackets: `30×1 = 30×[784 · 784]×1 + 30×1`."""
        left = {tie.left: tie for tie in self.ties}
        right = {tie.right: tie for tie in self.ties}
        parts: list[str] = []
        for at, term in enumerate(self.terms):
            if not term.shape:
                factor = term.kind == "number" and _is_factor(self.terms, at)  # a number times an array changes no size
                parts.append("·" if term.python == "@" else "" if factor else term.text)
                continue
            sizes = [str(int(size)) for size in term.shape]
            if at in right:
                sizes[right[at].right_axis] += "]"
            if at in left:
                sizes[left[at].left_axis] = f"[{sizes[left[at].left_axis]}"
            parts.append("×".join(sizes))
        return f"{self.target.size} {self.sign} {spaced(parts, self.terms)}"

    def replaced(self, **changes: object) -> Rule:
        """The rule with other fields, as in `dataclasses.replace`."""
        return replace(self, **changes)  # type: ignore[arg-type]  # the names and types of its own fields


def spaced(parts: Sequence[str], terms: Sequence[Term]) -> str:
    """Texts of terms, joined with the spaces of mathematics: none within brackets, one around operators."""
    kept = [(part, term) for part, term in zip(parts, terms, strict=True) if part]
    seen = [term for _, term in kept]
    return "".join(f" {part}" if at and _gap(seen, at) else part for at, (part, _) in enumerate(kept))


def _gap(terms: Sequence[Term], at: int) -> bool:
    """Whether a space stands before a term."""
    before, term = terms[at - 1], terms[at]
    if term.raised or term.text in (")", "[", "]", ",", "ᵀ") or before.text in ("(", "[", "√"):
        return False
    if before.kind == "function" and term.text == "(":
        return before.text == "Σ"
    if before.text == "−":  # a minus that is no difference sticks to its operand
        return at >= 2 and terms[at - 2].kind != "operator" and terms[at - 2].text not in ("(", "[")
    return True


def _is_factor(terms: Sequence[Term], at: int) -> bool:
    """Whether a number stands in front of a product with an array."""
    leads = at == 0 or terms[at - 1].kind in ("bracket", "function") or terms[at - 1].python in ("+", "-", ",")
    return leads and at + 1 < len(terms) and terms[at + 1].text == "" and terms[at + 1].python == "*"


def rules(program: Program) -> tuple[Rule, ...]:
    """The lines of a program in their parts, in its order: one for each line that `str(program)` has, but conditions.

    A result that is written in the return is a line of its own, named after the program.

    >>> from chainrule import Spec, trace
    >>> def f(w, x, b):
    ...     z = w @ x + b
    ...     return z
    >>> (rule,) = rules(trace(f, [Spec((2, 3)), Spec((3, 1)), Spec((2, 1))]))
    >>> rule.text, rule.dimensions
    ('z = w x + b', '2×1 = 2×[3 · 3]×1 + 2×1')
    """
    plan = layout(program)
    parts = _Parts(plan)
    shapes = {symbol.name: symbol.shape for symbol in program.inputs}
    shapes |= {target.name: target.shape for equation in program.equations for target in equation.targets}
    shapes |= {constant.name: constant.shape for constant in program.constants}
    found = []
    for line in plan.lines(program):
        if not isinstance(line, Condition):
            name = ", ".join(target.name for target in line.targets)
            found.append(_rule(name, line.target.shape, parts.of(line), expression(plan.tree(line)).text, shapes))
    for output in program.outputs:
        if isinstance(output, Symbol) and output.name in plan.inlined:
            equation = plan.inlined[output.name]
            piece, text = parts.of(equation), expression(plan.tree(equation)).text
            found.append(_rule(program.name, output.shape, piece, text, shapes))
    return tuple(found)


def symbol_term(name: str, shape: Shape) -> Term:
    """A symbol that stands alone."""
    return Term("symbol", symbol_text(name), name, name, kind_of(name), shape)


# ---- making ----------------------------------------------------------------------------------------------------------


class _Part(NamedTuple):
    """Terms, their ties, how strongly they bind, and which term has their first and their last axis."""

    terms: tuple[Term, ...]
    ties: tuple[Tie, ...] = ()
    strength: int = ATOM
    operator: str = ""
    first: tuple[int, int] | None = None
    last: tuple[int, int] | None = None


class _Parts:
    """Writes the equations of one program in terms, those that are written inside others inside them."""

    def __init__(self, plan: Layout):
        self.inlined = plan.inlined
        self._made: dict[str, _Part] = {}

    def of(self, equation: Equation) -> _Part:
        """The right side of an equation."""
        if equation.primitive.name == "multiply":
            equation = _number_in_front(equation)
        primitive, inputs = equation.primitive, equation.inputs
        operands = [self._operand(each) for each in inputs]
        name = primitive.name
        if name in _PASSED_ON:
            return operands[0]
        if name == "T":
            return _transposed(operands[0], equation)
        if name in ("power", "square"):
            return _power(operands, inputs)
        if name in _REDUCTIONS:
            return _reduction(name, operands[0], equation)
        if name == "sqrt":
            return _joined([_function("√", "np.sqrt"), _enclosed(operands[0])], PRIMARY)
        if name == "absolute":
            return _joined([_function("abs", "np.abs"), _enclosed(operands[0])], PRIMARY)
        made = _from_template(equation, operands)
        return made if name == "matmul" else _with_axes(made, equation)

    def _operand(self, operand: Operand) -> _Part:
        if isinstance(operand, Constant):
            if operand.name:
                return _symbol(operand.name, operand.shape)
            text = _number_text(operand.value)
            return _Part((Term("number", text, repr(operand.value)),), strength=UNARY if text[0] == "−" else ATOM)
        if operand.name not in self.inlined:
            return _symbol(operand.name, operand.shape)
        if operand.name not in self._made:
            self._made[operand.name] = self.of(self.inlined[operand.name])
        return self._made[operand.name]


def _number_in_front(equation: Equation) -> Equation:
    """A product with a number behind, the other way round: `x * 5` is 5 x."""
    one, other = equation.inputs
    if other.shape or (not one.shape and (isinstance(one, Constant) or not isinstance(other, Constant))):
        return equation
    return replace(equation, inputs=(other, one))


def _symbol(name: str, shape: Shape) -> _Part:
    return _Part((symbol_term(name, shape),), first=(0, 0), last=(0, len(shape) - 1)) if shape else _scalar(name)


def _scalar(name: str) -> _Part:
    return _Part((symbol_term(name, ()),))


def _bracket(text: str) -> _Part:
    return _Part((Term("bracket", text, text),))


def _function(text: str, python: str, under: str = "") -> _Part:
    return _Part((Term("function", text, python, under=under),))


def _joined(parts: Sequence[_Part], strength: int, operator: str = "") -> _Part:
    """Parts one after the other, their ties moved along."""
    terms: list[Term] = []
    ties: list[Tie] = []
    for part in parts:
        shift = len(terms)
        ties += [replace(tie, left=tie.left + shift, right=tie.right + shift) for tie in part.ties]
        terms += part.terms
    return _Part(tuple(terms), tuple(ties), strength, operator)


def _enclosed(part: _Part) -> _Part:
    """A part in brackets; its axes are where they were, one term on."""
    made = _joined([_bracket("("), part, _bracket(")")], ATOM)
    first, last = (None if end is None else (end[0] + 1, end[1]) for end in (part.first, part.last))
    return made._replace(first=first, last=last)


def _fitted(part: _Part, need: Need, is_last: bool = False) -> _Part:
    """A part in brackets where its place needs them; a sum at the end of a product needs none."""
    if part.operator == "Σ":
        return part if is_last or not need.strength else _enclosed(part)
    return part if need.admits(Piece("", part.strength, part.operator)) else _enclosed(part)


def _transposed(part: _Part, equation: Equation) -> _Part:
    if len(part.terms) == 1 and part.terms[0].kind == "symbol" and not part.terms[0].transposed:
        (term,) = part.terms
        shape = equation.target.shape
        turned = replace(term, text=f"{term.text}ᵀ", python=f"{term.python}.T", shape=shape, transposed=True)
        return _Part((turned,), first=(0, 0), last=(0, len(shape) - 1))
    inner = part if part.strength >= PRIMARY else _enclosed(part)
    return _joined([inner, _Part((Term("operator", "ᵀ", ".T"),))], PRIMARY)


def _power(operands: Sequence[_Part], inputs: Sequence[Operand]) -> _Part:
    base = operands[0] if operands[0].strength == ATOM else _enclosed(operands[0])
    if len(base.terms) == 1 and _ends_raised(base.terms[0].text):
        base = _enclosed(base)
    exponent = inputs[1] if len(inputs) > 1 else Constant(2)
    if isinstance(exponent, Constant) and not exponent.name and float(exponent.value).is_integer():
        raised = Term("number", str(int(exponent.value)).translate(RAISED), f"** {exponent.value!r}", raised=True)
        return _joined([base, _Part((raised,))], POWER)._replace(first=base.first, last=base.last)
    power = operands[1] if operands[1].strength == ATOM else _enclosed(operands[1])
    return _joined([base, _Part((Term("operator", "^", "**"),)), power], POWER)._replace(
        first=base.first, last=base.last
    )


def _ends_raised(text: str) -> bool:
    return text[-1] in "⁰¹²³⁴⁵⁶⁷⁸⁹ᵀ"


def _reduction(name: str, operand: _Part, equation: Equation) -> _Part:
    """Σ x, or mean(x), with what it runs over under it; nothing where it runs over all."""
    params = dict(equation.params)
    axis = params.get("axis")
    axes = () if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    shape = equation.inputs[0].shape
    under = ", ".join(_axis_text(shape[each], each) for each in axes)
    function = _function(_FUNCTIONS.get(name, name), f"np.{name}", under)
    if name == "sum":
        inner = operand if operand.strength >= PRODUCT else _enclosed(operand)
        return _joined([function, inner], PRODUCT, "Σ")
    return _joined([function, _enclosed(operand)], PRIMARY)


def _axis_text(size: int, axis: int) -> str:
    return BATCH if isinstance(size, Dim) and size.name == BATCH else f"axis {axis}"


def _from_template(equation: Equation, operands: Sequence[_Part]) -> _Part:
    """Terms as the Python template orders them, in the signs of mathematics."""
    primitive, params = equation.primitive, dict(equation.params)
    template = primitive.python
    source = _KEYWORD.sub(lambda match: _kept(match, params, primitive.params), template.source)
    parts: list[_Part] = []
    places: dict[int, int] = {}  # operand → place in parts
    end = 0
    for match in _PIECE.finditer(source):
        parts += _literal(source[end : match.start()], equation)
        end = match.end()
        if match[1] == "*":
            for at, operand in enumerate(operands):
                parts += [_Part((Term("operator", ",", ","),))] * bool(at) + [operand]
        elif match[1].isdigit():
            at = int(match[1])
            places[at] = len(parts)
            if (
                at == 0
                and operands[0].operator == "/"
                and primitive.name == "multiply"
                and not equation.inputs[0].shape
            ):
                operands = [_enclosed(operands[0]), *operands[1:]]  # (η / m) x: nothing stands between the factors
            parts.append(_fitted(operands[at], template.needs[match[1]], at == len(operands) - 1))
        else:
            parts.append(_Part((Term("number", param_text(params[match[1]]), param_text(params[match[1]])),)))
    parts += _literal(source[end:], equation)
    operator = template.operator
    if parts and parts[-1].operator == "Σ":
        operator = "Σ"
    made = _joined(parts, template.strength, operator)
    if primitive.name == "matmul":
        starts = [sum(len(part.terms) for part in parts[: places[at]]) for at in (0, 1)]
        left, right = (parts[places[at]] for at in (0, 1))
        return _tied(made, _moved(left, starts[0]), _moved(right, starts[1]), equation)
    return made


def _kept(match: re.Match[str], params: Mapping[str, object], defaults: Mapping[str, object]) -> str:
    name = match[2]
    return "" if name in defaults and same_value(params[name], defaults[name]) else match[0]


def _literal(text: str, equation: Equation) -> Iterator[_Part]:
    """What a template says between its operands."""
    for word in re.findall(r"np\.\w+|[^\W\d]\w*=?|\*\*|[<>=!]=|[^\s\w]", text):
        bare = word.removeprefix("np.")
        if word in "()[]":
            yield _bracket(word)
        elif _WORD.fullmatch(bare):
            yield _function(_FUNCTIONS.get(bare, bare), word)
        else:
            yield _Part((Term("operator", _operator_text(word, equation), word),))


def _operator_text(word: str, equation: Equation) -> str:
    """The sign of mathematics; a number times an array has none."""
    if word == "*" and equation.inputs[0].shape == ():
        return ""
    return _OPERATORS.get(word, word)


def _moved(part: _Part, by: int) -> _Part:
    first, last = (None if end is None else (end[0] + by, end[1]) for end in (part.first, part.last))
    return part._replace(first=first, last=last)


def _tied(made: _Part, left: _Part, right: _Part, equation: Equation) -> _Part:
    """A matrix product: the last axis of the left side must agree with the first but last of the right one."""
    a, b = (operand.shape for operand in equation.inputs)
    ties = made.ties
    if left.last is not None and right.first is not None:
        axis = right.first[1] + max(len(b) - 2, 0)
        ties = (*ties, Tie(*left.last, right.first[0], axis, int(a[-1])))
    return made._replace(ties=ties, first=left.first, last=right.last if len(b) > 1 else None)


def _with_axes(part: _Part, equation: Equation) -> _Part:
    """An elementwise result has its axes in the first term that has its shape."""
    shape = equation.target.shape
    if shape and equation.primitive.elementwise:
        for at, term in enumerate(part.terms):
            if term.shape == shape:
                return part._replace(first=(at, 0), last=(at, len(shape) - 1))
    return part


def _number_text(value: object) -> str:
    text = repr(value).replace("inf", "∞")
    mantissa, _, exponent = text.partition("e")
    if exponent:
        text = f"{mantissa}·10{str(int(exponent)).translate(RAISED)}"
    return text.removesuffix(".0").replace("-", "−")


def _rule(name: str, shape: Shape, part: _Part, python: str, shapes: Mapping[str, Shape]) -> Rule:
    line = f"{name} = {python}"
    return Rule(symbol_term(name, shape), part.terms, part.ties, line, places_in(line, {**shapes, name: shape}))


def places_in(line: str, shapes: Mapping[str, Shape]) -> tuple[Place, ...]:
    """Where symbols stand in a line of Python, with their shapes there.

    >>> places_in("z2 = w2.T @ a1", {"z2": (30, 1), "w2": (784, 30)})
    (Place(column=0, name='z2', shape=(30, 1)), Place(column=5, name='w2', shape=(30, 784)))
    """
    found = []
    for match in _WORD.finditer(line):
        shape = shapes.get(match[0])
        if shape is not None and line[match.start() - 1 : match.start()] != ".":
            turned = line[match.end() : match.end() + 2] == ".T" and not line[match.end() + 2 :][:1].isalnum()
            found.append(Place(match.start(), match[0], shape[::-1] if turned else shape))
    return tuple(found)
