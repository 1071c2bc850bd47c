r"""The text of a program in LaTeX: one aligned line an equation, as `align*` takes it."""

from __future__ import annotations

import re
from typing import Any

from ..core.dims import Shape, shape_text
from ..core.layout import layout
from ..core.nouns import TEXTS, Constant, Equation, Operand, Program
from ..core.template import ATOM, LOOSE, POWER, PRIMARY, PRODUCT, SUM, UNARY, Piece, parse_latex, parse_python

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau",
    "φ": "varphi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda",
    "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
_SPELLED = set(_GREEK.values()) | {"varepsilon", "phi"}
_LAYERED = frozenset({"w", "b", "z", "a", "δ", "gamma", "mean", "variance", "keep"})
"""What the book counts by layers."""


def latex(program: Program) -> str:
    """Write every equation as a line `name &= expression`, joined by line breaks."""
    plan = layout(program)
    pieces: dict[str, Piece] = {}

    def operand(each: Operand) -> Piece:
        if isinstance(each, Constant):
            return _symbol(each.name) if each.name else _number(each.value)
        if each.name not in plan.inlined:
            return _symbol(each.name)
        if each.name not in pieces:
            pieces[each.name] = expression(plan.inlined[each.name])
        return pieces[each.name]

    def expression(equation: Equation) -> Piece:
        primitive = equation.primitive
        pieces = [operand(each) for each in equation.inputs]
        if primitive.name == "multiply" and any(each.shape == () for each in equation.inputs):
            return _scaled(equation.inputs, pieces)
        if primitive.name == "broadcast_to" and isinstance(equation.inputs[0], Constant) and equation.target.shape:
            return _spread(pieces[0], equation.target.shape)
        inner = primitive.name == "matmul" and all(len(each.shape) == 1 for each in equation.inputs)
        template = _INNER if inner else primitive.latex
        written = template.write(pieces, dict(equation.params), primitive.params)
        return _with_offset(_over_axes(written, equation), equation)

    lines = [
        f"{', '.join(symbol_latex(target.name) for target in equation.targets)} &= {expression(equation).text}"
        for equation in program.equations
        if equation.target.name not in plan.inlined
    ]
    for output in program.outputs:
        written = operand(output)
        if isinstance(output, Constant) or output.name in plan.inlined:
            lines.append(f"\\text{{{program.name.replace('_', chr(92) + '_')}}} &= {written.text}")
    return " \\\\\n".join(lines)


def _spread(number: Piece, shape: Shape) -> Piece:
    r"""A number in every place of a shape: a bold 1 or 0 with its dimensions, as in `3 \, \mathbf{1}_{2 \times 4}`."""
    sizes = shape_text(shape, r" \times ")
    below = f"_{{{sizes}}}"
    if number.text in ("0", "1"):
        return Piece(rf"\mathbf{{{number.text}}}{below}", PRIMARY)
    return Piece(rf"{number.text} \, \mathbf{{1}}{below}", UNARY if number.strength == UNARY else PRODUCT, "scaled")


_INNER = parse_latex(r"{0}^T \, {1}", parse_python("{0} @ {1}"))  # two vectors of one axis


def _scaled(inputs: tuple[Operand, ...], pieces: list[Piece]) -> Piece:
    """A product with a number, without ⊙: `6 x`. The number stands in front, and one that is written out before all."""

    def order(position: int) -> tuple[bool, bool]:
        number = isinstance(inputs[position], Constant) and pieces[position].strength != UNARY
        return not number, inputs[position].shape != ()

    first, second = sorted((0, 1), key=order)
    left, right = pieces[first], pieces[second]
    one = left.text if left.strength > PRODUCT or left.operator == "scaled" else f"({left.text})"
    other = right.text if right.strength > PRODUCT and right.strength != UNARY else f"({right.text})"
    strength = UNARY if one.startswith("-") else PRODUCT
    if right.operator == "sum":
        other, strength = right.text, LOOSE  # `2 Σ x` reads as it stands
    # A symbol before a bracket would read as a function of what is in it.
    named = other.startswith("(") and not isinstance(inputs[first], Constant)
    sign = r" \cdot " if named or re.match(r"\d", other) else " "
    return Piece(one + sign + other, strength, "scaled")


_HEAD = re.compile(r"\\ln \\sum|\\(?:sum|prod|max|min|bigvee|bigwedge)\b|\\operatorname\{[^}]*\}")


def _over_axes(written: Piece, equation: Equation) -> Piece:
    """A reduction with the axes that it goes over below its sign, where those are not all."""
    operator = "sum" if equation.primitive.name in ("sum", "prod") else written.operator
    axis = dict(equation.params).get("axis")
    head = _HEAD.match(written.text)
    if head is not None and written.strength == SUM:
        written = written._replace(strength=LOOSE)  # `Σ a + b` would read as the sum of both
    axes = axis if isinstance(axis, tuple) else (axis,)
    if axis is None or head is None or len(axes) == len(equation.inputs[0].shape):
        return written._replace(operator=operator)
    word = "axis" if len(axes) == 1 else "axes"
    below = rf"_{{\mathrm{{{word}}}\,{','.join(map(str, axes))}}}"
    return Piece(head[0] + below + written.text[head.end() :], written.strength, operator)


def _with_offset(written: Piece, equation: Equation) -> Piece:
    """A triangle or a diagonal with how far it is off the main one, and a roll with how far it goes."""
    params = dict(equation.params)
    offset = params.get("k") or params.get("offset") or params.get("shift")
    if not isinstance(offset, (int, tuple)) or not offset or not written.text.endswith(")"):
        return written
    told = ", ".join(map(str, offset)) if isinstance(offset, tuple) else offset
    return written._replace(text=f"{written.text[:-1]}, {told})")


def _symbol(name: str) -> Piece:
    """A symbol as an operand: one with a layer above it, or an index below, takes no second, and is bracketed there."""
    written = symbol_latex(name)
    return Piece(written, POWER if "^" in written else PRIMARY if "_" in written else ATOM)


def symbol_latex(name: str) -> str:
    r"""A symbol in mathematics: `w2` is w², `δ3` δ³, `dC_dw2` ∂C/∂w², `weights_0` weights₀, `x1` x₁.

    >>> symbol_latex("w2"), symbol_latex("dC_dw2"), symbol_latex("δ_z1"), symbol_latex("x1")
    ('w^{2}', '\\frac{\\partial C}{\\partial w^{2}}', '\\delta_{z^{1}}', 'x_{1}')
    """
    if name.startswith("dC_d") and len(name) > 4:
        return rf"\frac{{\partial C}}{{\partial {symbol_latex(name[4:])}}}"
    if name.startswith("δ_"):
        return rf"\delta_{{{symbol_latex(name[2:])}}}"
    stem, _, index = name.partition("_") if not name.endswith("_") else (name, "", "")
    match = re.fullmatch(r"([^\W\d_]+)(\d*)", stem)
    if match is None:
        return rf"\mathrm{{{name.replace('_', chr(92) + '_')}}}"
    letters, layer = match.groups()
    layer, index = above_and_below(letters, layer, index)
    if letters in _GREEK or letters in _SPELLED:
        base = "\\" + _GREEK.get(letters, letters)
    else:
        base = letters if len(letters) == 1 else rf"\mathrm{{{letters}}}"
    written = base + (f"^{{{layer}}}" if layer else "")
    if not index:
        return written
    short = all(len(part) == 1 or part.isdigit() for part in index.split("_"))
    below = index.replace("_", ",") if short else rf"\mathrm{{{index.replace('_', chr(92) + '_')}}}"
    return rf"{written}_{{{below}}}"


def above_and_below(letters: str, number: str, index: str) -> tuple[str, str]:
    """What stands above a symbol and what below: of what the book counts by layers the number above, of all else below,
    before its index. x² would be a square.

    >>> above_and_below("w", "2", "0"), above_and_below("x", "2", "0"), above_and_below("x", "", "i")
    (('2', '0'), ('', '2_0'), ('', 'i'))
    """
    return (number, index) if letters in _LAYERED else ("", "_".join(filter(None, (number, index))))


def _number(value: Any) -> Piece:
    text = repr(value)
    if "e" in text:
        mantissa, _, exponent = text.partition("e")
        text = rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
    text = text.replace("inf", r"\infty").removesuffix(".0")
    return Piece(text, UNARY if text.startswith("-") else PRIMARY)


TEXTS["latex"] = latex
