"""How mathematics writes a symbol's Python name (`w2` is w², `dC_dw2` is ∂C/∂w², `x1` is x₁), and the kind of quantity that a
name stands for: a weight, an activation, an error."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Literal, cast, get_args

from ..quoting import latex_text

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau",
    "φ": "varphi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda",
    "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
_SPELLED = {name: letter for letter, name in GREEK.items()} | {"varepsilon": "ε", "phi": "φ"}
_LAYERED = frozenset({"w", "b", "z", "a", "δ", "gamma", "beta", "mean", "variance", "keep"})
"""The letters that the book counts by layers."""
SIZES, COUNTERS = "nmpqrsu", "kijtlh"
"""The letters for sizes of arguments and for counters of loops that have no name; none is in both."""
RAISED = str.maketrans("0123456789-−+T", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻⁺ᵀ")
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def symbol_parts(name: str) -> tuple[str, str, str, str]:
    """The parts of a symbol: what stands before it (∂C/∂), its letters, its layer above, its index below.

    >>> symbol_parts("dC_dw2"), symbol_parts("δ_z1"), symbol_parts("x1")
    (('∂C/∂', 'w', '2', ''), ('', 'δ', '', 'z1'), ('', 'x', '', '1'))
    """
    if name == "nabla_a":
        return "", "∇ₐC", "", ""
    if name.startswith("dC_d") and len(name) > 4:
        return "∂C/∂", *symbol_parts(name[4:])[1:]
    letters, above, below = _cut(name)
    return "", _SPELLED.get(letters, letters), above, below


def _cut(name: str) -> tuple[str, str, str]:
    """The letters of a name, what stands above them, and what stands below; a name of another form is all letters."""
    match = re.fullmatch(r"([^\W\d_]+)(\d*)(?:_(.+))?", name)
    return (name, "", "") if match is None else (match[1], *above_and_below(match[1], match[2], match[3] or ""))


def above_and_below(letters: str, number: str, index: str) -> tuple[str, str]:
    """What stands above a symbol, and what stands below. For what the book counts by layers, the number stands above; for all
    else below, before the index, since x² would be a square.

    >>> above_and_below("w", "2", "0"), above_and_below("x", "2", "0"), above_and_below("x", "", "i")
    (('2', '0'), ('', '2_0'), ('', 'i'))
    """
    return (number, index) if letters in _LAYERED else ("", "_".join(filter(None, (number, index))))


def symbol_text(name: str) -> str:
    """A symbol as mathematics writes it, in plain text, with the layer above: `w2` is w², `dC_dw2` ∂C/∂w².

    >>> [symbol_text(name) for name in ("w2", "δ3", "dC_db2", "nabla_a", "gamma2", "weights_0", "x1_0")]
    ['w²', 'δ³', '∂C/∂b²', '∇ₐC', 'γ²', 'weights_0', 'x1_0']
    """
    name, bracket, place = name.partition("[")
    if bracket:
        return f"{symbol_text(name)}[{place}"
    prefix, letters, layer, index = symbol_parts(name)
    between = "_" if index and f"_{index}" in name else ""
    return f"{prefix}{letters}{layer.translate(RAISED)}{between}{index}"


def symbol_latex(name: str) -> str:
    r"""A symbol in LaTeX: `w2` is w², `δ3` δ³, `dC_dw2` ∂C/∂w², `weights_0` weights₀, `x1` x₁.

    >>> symbol_latex("w2"), symbol_latex("dC_dw2"), symbol_latex("δ_z1"), symbol_latex("x1")
    ('w^{2}', '\\frac{\\partial C}{\\partial w^{2}}', '\\delta_{z^{1}}', 'x_{1}')
    """
    if name.endswith(" +") or name.endswith(" −"):  # what is added to
        return f"{symbol_latex(name[:-2])} {name[-1].replace('−', '-')}"
    if name.startswith("dC_d") and len(name) > 4:
        return rf"\frac{{\partial C}}{{\partial {symbol_latex(name[4:])}}}"
    if name.startswith("δ_"):
        return rf"\delta_{{{symbol_latex(name[2:])}}}"
    name, bracket, place = name.partition("[")
    if bracket:  # of a turn
        base = symbol_latex(name)
        place = re.sub(r"[^\W\d_]{2,}", lambda word: rf"\mathrm{{{word[0]}}}", f"[{place}")
        return f"{base[:-1]},{place}}}" if "_{" in base else f"{base}_{{{place}}}"
    letters, layer, index = _cut(name)
    if letters in GREEK or letters in _SPELLED:
        base = "\\" + GREEK.get(letters, letters)
    else:
        base = letters if len(letters) == 1 else rf"\mathrm{{{latex_text(letters)}}}"
    written = base + (f"^{{{layer}}}" if layer else "")
    if not index:
        return written
    short = all(len(part) == 1 or part.isdigit() for part in index.split("_"))
    below = index.replace("_", ",") if short else rf"\mathrm{{{latex_text(index)}}}"
    return rf"{written}_{{{below}}}"


def numbered(stem: str, always: bool = False) -> Iterator[str]:
    """A name, and the names with numbers that tell it apart from others; `always` leaves out the first.

    >>> [*itertools.islice(numbered("x"), 3)], [*itertools.islice(numbered("k1", always=True), 2)]
    (['x', 'x1', 'x2'], ['k1_1', 'k1_2'])
    """
    if not always:
        yield stem
    between = "_" if stem[-1:].isdigit() else ""
    yield from (f"{stem}{between}{number}" for number in itertools.count(1))


# ---- kinds -----------------------------------------------------------------------------------------------------------

Kind = Literal["a", "z", "w", "b", "d", "g", "y"]
"""Activation a, weighted input z, weight w, bias b, error δ, gradient ∂C/∂·, desired output y."""
KINDS: tuple[Kind, ...] = get_args(Kind)

# The names of the book (w2, δ³), of the article (weights, nabla_b) and of a derived program (δ_z2, dC_dw2).
_INDEX = r"\d*(?:_\d+)*[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᴸˡᵀ]*"
_SYMBOL = re.compile(
    rf"""(?<![\w.∂]) (?:
        (?P<g> (?: ∂C/∂ | dC/d | dC_d ) (?: [^\W\d]\w* | · ) [⁺⁻\w]* | nabla_[wba] | ∇ₐC )
      | (?P<d> δ (?:_\w+)? {_INDEX} | delta\d* )
      | (?P<a> (?: a | activations? | x ) {_INDEX} )
      | (?P<z> zs? {_INDEX} )
      | (?P<w> (?: w | weights? ) {_INDEX} )
      | (?P<b> (?: b | bias | biases ) {_INDEX} )
      | (?P<y> y {_INDEX} )
    ) (?!\w)""",
    re.VERBOSE,
)


def kind_of(name: str) -> Kind | None:
    """The kind of a symbol by its name: `w2` is w, `δ_z2` is d, `∂C/∂b3` is g, `x` is a, `eta` is none."""
    match = _SYMBOL.fullmatch(name)
    return cast(Kind, match.lastgroup) if match else None


def is_subscript(text: str, at: int) -> bool:
    """Whether a place in Python lies in the subscripts of an Einstein sum, where y and x are indices.

    >>> is_subscript("einsum('ix,x->i', w, x)", 11), is_subscript("einsum('ix,x->i', w, x)", 21)
    (True, False)
    """
    start, end = text.rfind("'", 0, at), text.find("'", at)
    return text.count("'", 0, at) % 2 == 1 and "->" in text[start : max(end, 0)]


def symbols(text: str) -> Iterator[tuple[str, Kind | None]]:
    """Cut Python or mathematics at its symbols: `2 * w2` gives `("2 * ", None), ("w2", "w")`."""
    end = 0
    for match in _SYMBOL.finditer(text):
        if is_subscript(text, match.start()):
            continue
        if match.start() > end:
            yield text[end : match.start()], None
        yield match[0], cast(Kind, match.lastgroup)
        end = match.end()
    if end < len(text):
        yield text[end:], None
