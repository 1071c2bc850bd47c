r"""The text of a program in LaTeX: one aligned line an equation, as `align*` takes it."""

from __future__ import annotations

import re
from typing import Any

from .layout import layout
from .nouns import TEXTS, Constant, Equation, Operand, Program
from .template import ATOM, POWER, PRIMARY, UNARY, Piece

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau",
    "φ": "varphi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda",
    "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
_SPELLED = set(_GREEK.values()) | {"varepsilon", "phi"}


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
        return primitive.latex.write(
            [operand(each) for each in equation.inputs], dict(equation.params), primitive.params
        )

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


def _symbol(name: str) -> Piece:
    """A symbol as an operand: one with a layer above it, or an index below, takes no second, and is bracketed there."""
    written = symbol_latex(name)
    return Piece(written, POWER if "^" in written else PRIMARY if "_" in written else ATOM)


def symbol_latex(name: str) -> str:
    r"""A symbol in mathematics: `w2` is w², `δ3` δ³, `dC_dw2` ∂C/∂w², `weights_0` weights₀.

    >>> symbol_latex("w2"), symbol_latex("dC_dw2"), symbol_latex("δ_z1")
    ('w^{2}', '\\frac{\\partial C}{\\partial w^{2}}', '\\delta_{z^{1}}')
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
    if letters in _GREEK or letters in _SPELLED:
        base = "\\" + _GREEK.get(letters, letters)
    else:
        base = letters if len(letters) == 1 else rf"\mathrm{{{letters}}}"
    written = base + (f"^{{{layer}}}" if layer else "")
    return written + (rf"_{{{index.replace('_', ',')}}}" if index else "")


def _number(value: Any) -> Piece:
    text = repr(value)
    if "e" in text:
        mantissa, _, exponent = text.partition("e")
        text = rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
    text = text.replace("inf", r"\infty").removesuffix(".0")
    return Piece(text, UNARY if text.startswith("-") else PRIMARY)


TEXTS["latex"] = latex
