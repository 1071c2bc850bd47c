"""Mathematics for a browser, as MathML Core: symbols in their colors, numbers, and the lines of a program.

A symbol is an italic letter with its layer above and its index below; classes `cr-a`, `cr-w`, … carry its color.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..core.dims import Shape
from ..core.layout import Node, Operation
from ..core.nouns import Constant, Symbol
from ..core.template import ATOM, POWER, PRIMARY, PRODUCT, UNARY
from ..dimensions import count_text
from ..program.formulas import Formula, Term, number_text
from ..program.notation import FENCES, Notation, Part, Sign, Word
from ..program.symbol_names import kind_of, symbol_parts
from .markup import Html, joined, tag

_COMMA = tag("mo", ",")
_APART = tag("mspace", width=".25em")
"""Between factors of which one is a word: taken wo."""
_LOWERED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789−")


def math(*parts: str) -> Html:
    """A formula, which does not break; several in a row break between them."""
    return tag("math", *parts)


def titled(content: str, spoken: str) -> Html:
    """A formula as the heading of a row or a column, which screen readers read as this text."""
    return joined(tag("span", math(content), aria_hidden="true"), tag("span", spoken, class_="cr-spoken"))


def broken(parts: Sequence[str]) -> Html:
    """A formula that is too long for one line: browsers do not break a formula, so it is one for each part.

    >>> broken([operator("="), operator("×")])
    '<math><mo form="infix">=</mo></math><wbr><math><mo form="infix">×</mo></math>'
    """
    return joined(*map(math, parts), by=tag("wbr"))


def operator(sign: str) -> Html:
    """A sign between two terms, with the space that it has there even where it begins a formula."""
    return tag("mo", sign, form="infix")


def tight(sign: str) -> Html:
    """A sign without space around it, such as the bar of an absolute value."""
    return tag("mo", sign, lspace="0", rspace="0", stretchy="false")


def bracketed(*parts: str) -> Html:
    """Round brackets that do not grow."""
    brackets = (tag("mo", sign, form=form, stretchy="false") for sign, form in (("(", "prefix"), (")", "postfix")))
    opening, closing = brackets
    return tag("mrow", opening, *parts, closing)


# ---- numbers ---------------------------------------------------------------------------------------------------------


def written_number(text: str, kind: str | None = None) -> Html:
    """A number that is already written, such as `−0.147` and `4·10⁻⁵`; `kind` gives it the color of a symbol.

    >>> written_number("−2.40")
    '<mrow><mo form="prefix">−</mo><mn>2.40</mn></mrow>'
    """
    digits, _, exponent = text.removeprefix("−").partition("·10")
    shown = tag("mn", digits)
    if exponent:
        power = tag("msup", tag("mn", "10"), written_number(exponent.translate(_LOWERED)))
        shown = joined(shown, tight("·"), power)
    sign = [tag("mo", "−", form="prefix")] if text.startswith("−") else []
    return tag("mrow", *sign, shown, class_=f"cr-{kind}" if kind else None)


# ---- symbols ---------------------------------------------------------------------------------------------------------


def element(name: str, *index: int | str) -> Html:
    """An element of an array of the user's, whose name may end in a number: x₁[2, 10]."""
    inside = joined(*(tag("mn", str(each)) for each in index), by=_COMMA)
    return joined(symbol(name), tight("["), inside, tight("]")) if index else symbol(name)


def symbol(name: str, *index: int | str, transposed: bool = False) -> Html:
    """A symbol by the name that Python has for it, in its color: `w2` is w², `dC_dw2` ∂C/∂w², `δ_z` δ with z below it.

    `index` stands below, as in `symbol("w2", 13, 123)`.

    >>> symbol("b2")
    '<mrow class="cr-b"><msup><mi>b</mi><mn>2</mn></msup></mrow>'
    """
    kind = kind_of(name)
    core = _symbol(name, [str(each) for each in index])
    if transposed:
        raised = "<msup>" in core or "<msubsup>" in core or "<mfrac>" in core
        core = tag("msup", bracketed(core) if raised else core, tag("mi", "T", mathvariant="normal"))
    return tag("mrow", core, class_=f"cr-{kind}" if kind else None)


def _symbol(name: str, index: Sequence[str]) -> Html:
    if name == "nabla_a":
        nabla = tag("msub", tag("mo", "∇", form="prefix", lspace="0", rspace="0"), tag("mi", "a"))
        derivative = tag("mrow", nabla, tag("mi", "C"))
        return tag("msub", bracketed(derivative), tag("mrow", *map(_number, index))) if index else derivative
    prefix, letters, layer, below_name = symbol_parts(name)
    if prefix:
        above = tag("mrow", tight("∂"), tag("mi", "C"))
        return tag("mfrac", above, tag("mrow", tight("∂"), _symbol(name.removeprefix("dC_d"), index)))
    base = tag("mi", letters)
    below = [part for part in below_name.split("_") if part]
    written = [*(_symbol(part, ()) if not part.isdigit() else tag("mn", part) for part in below), *map(_number, index)]
    if not written:
        return tag("msup", base, tag("mn", layer)) if layer else base
    row = tag("mrow", joined(*written, by=_COMMA))
    return tag("msubsup", base, row, tag("mn", layer)) if layer else tag("msub", base, row)


def _number(text: str) -> Html:
    return tag("mn" if text.isdigit() else "mi", text)


# ---- a line ----------------------------------------------------------------------------------------------------------


class _MathML(Notation[Html]):
    """Writes MathML."""

    def symbol(self, symbol: Symbol | Constant) -> Part[Html]:
        written = _named(symbol.name)
        raised, lowered = any(each in written for each in ("<msup>", "<msubsup>")), "<msub>" in written
        return Part(written, POWER if raised else PRIMARY if lowered else ATOM)

    def number(self, value: Any) -> Html:
        return written_number(number_text(value))

    def text(self, text: str) -> Html:
        return tag("mtext", text)

    def word(self, word: Word, under: Sequence[str], node: Operation) -> Html:
        if word.text.removeprefix("−").isdigit():
            return written_number(word.text)
        return _function(word.text, ", ".join(f"axis {each}" if each.isdigit() else each for each in under))

    def sign(self, sign: Sign, prefix: bool = False) -> Html:
        return tag("mo", sign.text, form="prefix") if prefix else operator(sign.text)

    def product(self, node: Operation, sign: str) -> Iterator[Html]:
        yield operator("·" if sign else "\N{INVISIBLE TIMES}")
        if not sign and any(map(_has_words, node.operands)):
            yield _APART

    def beside(self, contents: Sequence[Html], between: str = " ") -> Html:
        return joined(*contents, by=_COMMA if between == "," else "")

    def fence(self, opening: str, content: Html, closing: str) -> Html:
        stretchy = None if "<mfrac" in content else "false"
        before = tag("mo", FENCES[opening], form="prefix", stretchy=stretchy)
        return tag("mrow", before, content, tag("mo", FENCES[closing], form="postfix", stretchy=stretchy))

    def fraction(self, over: Html, under: Html) -> Html:
        return tag("mfrac", tag("mrow", over), tag("mrow", under), displaystyle="true")

    def power(self, base: Part[Html], exponent: Part[Html]) -> Part[Html]:
        above = tag("mi", "T", mathvariant="normal") if exponent.content == tag("mi", "T") else exponent.content
        return Part(tag("msup", tag("mrow", base.content), tag("mrow", above)), POWER, "", base.lead)

    def index(self, base: Html, below: Html) -> Html:
        return tag("msub", tag("mrow", base), tag("mrow", below))

    def root(self, inside: Html, degree: Html | None) -> Html:
        return tag("msqrt", inside) if degree is None else tag("mroot", tag("mrow", inside), degree)

    def spread(self, number: Part[Html], shape: Shape) -> Part[Html]:
        """A bold 1 with its dimensions, as in LaTeX."""
        ones = tag("msub", tag("mn", "\N{MATHEMATICAL BOLD DIGIT ONE}"), tag("mtext", count_text(shape)))
        if number.content == written_number("1"):
            return Part(ones, PRIMARY)
        content = joined(number.content, operator("\N{INVISIBLE TIMES}"), ones)
        return Part(content, UNARY if number.strength == UNARY else PRODUCT, "scaled", number.lead)


_MATHML = _MathML()


def formula(line: Formula) -> Html:
    """A line with its target: `δ² = ((w³)ᵀ δ³) ⊙ σ′(z²)`."""
    left = tag("mtext", line.target.text) if line.depth and "(" in line.target.text else _named(line.target.name)
    indent = [tag("mspace", width=f"{2 * line.depth}em")] if line.depth else []
    return joined(*indent, left, operator(line.sign), right_side(line))


def right_side(line: Formula) -> Html:
    """What a line computes."""
    return _MATHML.part(line.tree).content


def _has_words(node: Node) -> bool:
    """Whether what is written has a symbol of several letters, or a function."""
    if isinstance(node, Operation):
        return node.equation.primitive.name != "T" or any(map(_has_words, node.operands))
    return isinstance(node, Symbol) and len(symbol_parts(node.name)[1]) > 1


def _named(name: str) -> Html:
    """A symbol, or several as `w, v`."""
    return joined(*map(symbol, name.split(", ")), by=_COMMA)


def _function(text: str, under: str) -> Html:
    """A function's name, upright but for a letter; or a large sign; with what it runs over."""
    if text in "Σ∏⋁⋀":
        sign = tag("mo", text.replace("Σ", "∑"), movablelimits="false")
        return tag("munder", sign, tag("mtext", under)) if under else sign
    name = tag("mi", text.removesuffix("′"))
    written = joined(name, tight("′")) if text.endswith("′") else name
    return tag("msub", tag("mrow", written), tag("mtext", under)) if under else written


def terms(parts: Sequence[Term]) -> Html:
    """The terms of a line, or a part of them, on one line. Its brackets do not grow.

    >>> terms([Term("function", "ln"), Term("bracket", "(", opens=True)])
    '<mi>ln</mi><mo form="prefix" stretchy="false">(</mo>'
    """
    return joined(*(_term(part, parts[at - 1] if at else None) for at, part in enumerate(parts)))


def _term(part: Term, before: Term | None) -> Html:
    if part.kind == "symbol":
        return symbol(part.name, transposed=part.transposed)
    if part.raised or part.text == "ᵀ":
        raised = tag("mn", part.text.translate(_LOWERED)) if part.raised else tag("mi", "T", mathvariant="normal")
        return tag("msup", tag("mrow"), raised)
    if part.kind == "bracket":
        return tag("mo", part.text, form="prefix" if part.opens else "postfix", stretchy="false")
    if part.kind == "function":
        return _function(part.text, part.under)
    if part.kind == "operator":
        is_prefix = part.text in "−¬" and (before is None or before.kind == "operator" or before.opens)
        return tag("mo", part.text or "\N{INVISIBLE TIMES}", form="prefix" if part.text and is_prefix else "infix")
    return written_number(part.text, part.color)
