r"""The text of a program in LaTeX, one aligned line per equation, for `align*`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..core.dims import Shape
from ..core.layout import Operation
from ..core.nouns import TEXTS, Constant, Program, Symbol
from ..core.template import ATOM, POWER, PRIMARY, PRODUCT, UNARY
from ..dimensions import count_text
from ..quoting import latex_text
from .notation import Line, Notation, Part, Sign, Word, lines
from .symbol_names import symbol_latex


class _Latex(Notation[str]):
    """Writes LaTeX."""

    def symbol(self, symbol: Symbol | Constant) -> Part[str]:
        """A symbol, which is bracketed if it already has a superscript or a subscript of the same kind."""
        written = symbol_latex(symbol.name)
        return Part(written, POWER if "^" in written else PRIMARY if "_" in written else ATOM)

    def number(self, value: Any) -> str:
        text = repr(value)
        if "e" in text and not isinstance(value, bool):
            mantissa, _, exponent = text.partition("e")
            text = rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
        return text.replace("inf", r"\infty").removesuffix(".0")

    def text(self, text: str) -> str:
        return text

    def word(self, word: Word, under: Sequence[str], node: Operation) -> str:
        if not under:
            return word.latex
        names = ",".join(under).replace("…", r"\dots")
        below = rf"\mathrm{{{'axis' if len(under) == 1 else 'axes'}}}\,{names}" if names[0].isdigit() else names
        return f"{word.latex}_{{{below}}}"

    def sign(self, sign: Sign, prefix: bool = False) -> str:
        return f"{sign.latex} " if prefix and sign.latex[-1].isalpha() else sign.latex

    def product(self, node: Operation, sign: str) -> Iterator[str]:
        if sign or node.equation.primitive.name != "multiply":
            yield sign or r"\,"

    def beside(self, contents: Sequence[str], between: str = " ") -> str:
        return between.replace(",", ", ").join(contents)

    def fence(self, opening: str, content: str, closing: str) -> str:
        apart = " " if opening[-1].isalpha() else ""
        return f"{opening}{apart}{content}{apart}{closing}"

    def fraction(self, over: str, under: str) -> str:
        return rf"\frac{{{over}}}{{{under}}}"

    def power(self, base: Part[str], exponent: Part[str]) -> Part[str]:
        above = exponent.content if exponent.content == "T" else f"{{{exponent.content}}}"
        return Part(f"{base.content}^{above}", POWER, "", base.lead)

    def index(self, base: str, below: str) -> str:
        return f"{base}_{{{below}}}"

    def root(self, inside: str, degree: str | None) -> str:
        return rf"\sqrt[{degree}]{{{inside}}}" if degree else rf"\sqrt{{{inside}}}"

    def spread(self, number: Part[str], shape: Shape) -> Part[str]:
        r"""A bold 1 or 0 with its dimensions, as in `3 \, \mathbf{1}_{2 \times 4}`."""
        sizes = count_text(shape, r" \times ")
        below = f"_{{{sizes}}}"
        if number.content in ("0", "1"):
            return Part(rf"\mathbf{{{number.content}}}{below}", PRIMARY)
        strength = UNARY if number.strength == UNARY else PRODUCT
        return Part(rf"{number.content} \, \mathbf{{1}}{below}", strength, "scaled", number.lead)


LATEX = _Latex()


def latex(program: Program) -> str:
    """Write every line as `name &= expression`, joined by line breaks; the lines of a program that it holds indented."""
    return " \\\\\n".join(map(_line, lines(program, sizes=True)))


def _line(line: Line) -> str:
    left = ", ".join(map(symbol_latex, line.names))
    if line.names == (line.program.name,):
        left = rf"\text{{{latex_text(line.program.name)}}}" + (
            f"({', '.join(map(symbol_latex, line.of))})" if line.depth else ""
        )
    return "\\quad " * line.depth + f"{left} &= {LATEX.part(line.tree).content}"


TEXTS["latex"] = latex
