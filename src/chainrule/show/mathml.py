"""Mathematics for a browser, as MathML Core: symbols in their colors, numbers, and the rule that a line of Python is.

A symbol is an italic letter with its layer above and its index below; classes `cr-a`, `cr-w`, … carry its color.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..program.symbol_names import kind_of, symbol_parts
from .markup import Html, joined, tag
from .numbers import rounded
from .terms import Rule, Term

_LOWERED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789−")


def math(*parts: str) -> Html:
    """A formula, which does not break; several in a row break between them."""
    return tag("math", *parts)


def titled(content: str, spoken: str) -> Html:
    """A formula as the heading of a row or a column, which screen readers read as this text."""
    return joined(tag("span", math(content), aria_hidden="true"), tag("span", spoken, class_="cr-spoken"))


def formula(parts: Sequence[str]) -> Html:
    """A formula that is too long for one line: browsers do not break a formula, so it is one for each part.

    >>> formula([operator("="), operator("×")])
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


def number(value: float, decimals: int = 3, kind: str | None = None) -> Html:
    """A number as people read it, negative with a true minus; `kind` gives it the color of a symbol.

    >>> number(-0.14652)
    '<mrow><mo form="prefix">−</mo><mn>0.147</mn></mrow>'
    """
    return written_number(rounded(value, decimals), kind)


def written_number(text: str, kind: str | None = None) -> Html:
    """The same for a number that is already written: `−0.147`, `4·10⁻⁵`.

    >>> written_number("2.40")
    '<mrow><mn>2.40</mn></mrow>'
    """
    digits, _, exponent = text.removeprefix("−").partition("·10")
    shown = tag("mn", digits)
    if exponent:
        power = tag("msup", tag("mn", "10"), written_number(exponent.translate(_LOWERED)))
        shown = joined(shown, tight("·"), power)
    sign = [tag("mo", "−", form="prefix")] if text.startswith("−") else []
    return tag("mrow", *sign, shown, class_=f"cr-{kind}" if kind else None)


def factor(value: float, decimals: int = 3) -> Html:
    """A number that stands after an operator: in brackets where it is negative."""
    return bracketed(number(value, decimals)) if rounded(value, decimals).startswith("−") else number(value, decimals)


# ---- symbols ---------------------------------------------------------------------------------------------------------


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
    row = tag("mrow", *joined_by(tag("mo", ","), written))
    return tag("msubsup", base, row, tag("mn", layer)) if layer else tag("msub", base, row)


def _number(text: str) -> Html:
    return tag("mn" if text.isdigit() else "mi", text)


def joined_by(separator: Html, parts: Sequence[Html]) -> list[Html]:
    """The parts with a separator between each two."""
    return [piece for part in parts for piece in (separator, part)][1:]


# ---- a line in its parts ---------------------------------------------------------------------------------------------


def rule(line: Rule) -> Html:
    """A line with its target: `δ² = ((w³)ᵀ δ³) ⊙ σ′(z²)`."""
    return joined(symbol(line.target.name), operator(line.sign), terms(line.terms))


def terms(parts: Sequence[Term]) -> Html:
    """The right side of a line, or a part of it. Its brackets do not grow, and functions are upright but for σ.

    >>> terms([Term("function", "ln", "np.log"), Term("bracket", "(", "(")])
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
        return tag("mo", part.text, form="prefix" if part.text in "([" else "postfix", stretchy="false")
    if part.kind == "function":
        if part.text == "Σ":
            sign = tag("mo", "∑", movablelimits="false")
            return tag("munder", sign, tag("mtext", part.under)) if part.under else sign
        name = tag("mi", part.text.removesuffix("′"))
        return joined(name, tight("′")) if part.text.endswith("′") else name
    if part.kind == "operator":
        is_prefix = part.text == "−" and (before is None or before.kind == "operator" or before.text in ("(", "["))
        return tag("mo", part.text or "\N{INVISIBLE TIMES}", form="prefix" if is_prefix else "infix")
    return written_number(part.text, part.color)
