"""The value of a line of mathematics, computed from what a reader sees of it: its signs, in their order.

Nothing here knows how the package writes: each sign's meaning is said again, and Python's own parser decides what its
brackets hold together.
"""

import numpy as np
from scipy import special

from chainrule.program import scipy_helpers


class Number(np.float64):
    """A number that is a truth value between ∧, ∨ and ⊕, and behind ¬."""

    __and__ = __rand__ = lambda self, other: bool(self) and bool(other)
    __or__ = __ror__ = lambda self, other: bool(self) or bool(other)
    __xor__ = __rxor__ = lambda self, other: bool(self) != bool(other)

    def __invert__(self):
        return not self


class Raised:
    """A function whose power has a meaning of its own: an inverse, or a derivative."""

    def __init__(self, plain, raised):
        self.plain, self.raised = plain, raised

    def __call__(self, *args):
        return self.plain(*args)


MEANINGS = {
    "erf": Raised(special.erf, {-1: special.erfinv}.get), "erfc": Raised(special.erfc, {-1: special.erfcinv}.get),
    "Φ": Raised(special.ndtr, {-1: special.ndtri}.get),
    "ψ": Raised(special.digamma, lambda n: lambda x: special.polygamma(int(n), x)), "Γ": special.gamma, "B": special.beta,
    "K": special.ellipk, "E": special.ellipe, "W₀": lambda x: special.lambertw(x).real,
    "E₁": special.exp1, "Ei": special.expi, "I₀": special.i0, "I₁": special.i1, "K₀": special.k0, "K₁": special.k1, "J₀": special.j0, "J₁": special.j1,
    "gammainc": special.gammainc, "gammaincc": special.gammaincc, "betainc": special.betainc, "betaincc": special.betaincc,
    "jv": special.jv, "iv": special.iv, "kv": special.kv, "stdtr": special.stdtr, "gammainc_order": scipy_helpers.gammainc_order, "betainc_order": scipy_helpers.betainc_order, "i0e": special.i0e, "i1e": special.i1e, "Y₀": special.y0, "Y₁": special.y1,
    "σ": special.expit, "σ′": lambda x: special.expit(x) * (1 - special.expit(x)), "relu": lambda x: np.where(x > 0, x, 0 * x),
    "relu′": lambda x: np.where(x > 0, 1.0, 0.0), "ln": np.log, "log₂": np.log2, "log₁₀": np.log10, "√": np.sqrt, "³√": np.cbrt,
    "arsinh": np.arcsinh, "arcosh": np.arccosh, "artanh": np.arctanh, "atan2": np.arctan2, "stop": lambda x: x,
    "max": lambda *a: np.max(a[0]) if len(a) == 1 else np.maximum(*a),
    "min": lambda *a: np.min(a[0]) if len(a) == 1 else np.minimum(*a),
    "softmax": special.softmax, "round": np.round, "Σ": np.sum,
    "choose": lambda index, *choices: _chosen(int(index), [each for each in choices if not isinstance(each, str)], choices[-1]),
}  # fmt: skip
SIGNS = {
    "⊙": "*", "×": "*", "·": "*", "−": "-", "=": "==", "≠": "!=", "≥": ">=", "≤": "<=", "∧": "&", "∨": "|", "⊕": "^", "^": "**",
    "mod": "%", "¬": "~", "ᵀ": ".T",
}  # fmt: skip
BRACKETS = {"⌊": ("np.floor(", ")"), "⌈": ("np.ceil(", ")"), "|": ("np.abs(", ")"), "[": ("(", ")"), "(": ("(", ")")}


def _chosen(index, choices, mode):
    return choices[index % len(choices) if mode == "wrap" else min(max(index, 0), len(choices) - 1)]


DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--")


def value_of(terms, values, *, exact=True):
    """The value; numbers as exactly as they are known, or as they are written."""
    return eval(
        source_of(terms, exact=exact),
        {
            "np": np,
            "special": special,
            "inf": np.inf,
            "nan": np.nan,
            "meaning": MEANINGS,
            "Number": Number,
            "wrap": "wrap",
            "clip": "clip",
        },
        values,
    )


def source_of(terms, *, exact=True):
    """A line of mathematics as Python."""
    made, closing, sums = [], [], []
    for at, term in enumerate(terms):
        before = terms[at - 1] if at else None
        while (
            sums
            and sums[-1] == len(closing)
            and term.kind == "operator"
            and term.text in ("+", "−")
            and before.text != "Σ"
        ):
            made.append(")")
            sums.pop()
        if term.kind == "bracket" and closing and not term.opens and term.text != "[":
            while sums and sums[-1] == len(closing):
                made.append(")")
                sums.pop()
            made.append(closing.pop())
        elif term.kind == "bracket":
            opening, end = BRACKETS[term.text] if term.opens else ("[", "]")
            made.append(opening)
            closing.append(end)
        elif term.text == "Σ":
            made.append("np.sum(")
            sums.append(len(closing))
        else:
            after = terms[at + 1] if at + 1 < len(terms) else None
            is_of_a_name = before is not None and before.kind == "function"
            if is_of_a_name and term.text == "^":
                made.append(".raised")
            elif term.kind == "function" and after is not None and after.kind == "function":
                made.append(f"{_part(term, exact)}(")
                sums.append(len(closing))
            else:
                made.append(
                    f".raised({_part(term, exact)[2:]})" if is_of_a_name and term.raised else _part(term, exact)
                )
    return " ".join([*made, ")" * len(sums)])


def _part(term, exact):
    if term.kind == "symbol":
        return f"{term.name}.T" if term.text.endswith("ᵀ") else term.name
    if term.kind == "number":
        if exact and term.value is not None and not term.raised:
            return f"Number({float(term.value)!r})"
        text = term.text.replace("·10", "e").replace("∞", "inf").replace("π", "np.pi").translate(DIGITS)
        return f"** {text}" if term.raised else text
    if term.kind == "function":
        if term.text in MEANINGS:
            return f"meaning[{term.text!r}]"
        return (
            f"special.{term.text}" if hasattr(special, term.text) and not hasattr(np, term.text) else f"np.{term.text}"
        )
    if not term.text:
        return "*" if term.name == "multiply" else "@"
    return SIGNS.get(term.text, term.text)
