"""The signs of an equation that are no symbols of their own, such as σ′, ⊙ and ᵀ: which words say what each does, once."""

from __future__ import annotations

from ..show.terms import Rule

_WORDS = {
    "reshape": "reshape", "σ": "sigmoid", "σ′": "sigmoid_slope", "relu": "relu", "relu′": "relu_slope",
    "softmax": "softmax", "⊙": "times", "ᵀ": "transposed", "η": "rate",
}  # fmt: skip


def new_signs(rule: Rule, told: set[str]) -> list[str]:
    """The keys of the words for those signs of a line that are not told yet; from now on they are."""
    found = []
    for term in rule.terms:
        sign = _WORDS.get("ᵀ" if term.transposed else term.text, "")
        if sign and sign not in told:
            told.add(sign)
            found.append(f"explain.sign_{sign}")
    return found
