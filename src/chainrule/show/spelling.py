"""Plain text on a terminal: its spelling for a stream that cannot carry our signs, the columns that it takes,
and where its lines may break. Color and layout are in `screen`."""

from __future__ import annotations

import re
import unicodedata

from ..quoting import printable

_GREEK = {c: unicodedata.name(c).split()[-1].lower() for c in "αβγδεζηθικμνξοπρστυφχψω"} | {"λ": "lambda"}
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᴸˡᵗᶻ", "0123456789+-Lltz", strict=True))

# Where there is a choice the spelling is what Python writes: ⊙ is `*`, a product of sizes `@`.
SPELLINGS = {
    **_GREEK,
    **{letter.upper(): name.capitalize() for letter, name in _GREEK.items()},
    **_RAISED,
    "∂": "d",
    "∇": "nabla",
    "Σ": "sum",
    "ₐ": "_a ",
    "ᵀ": "^T",
    "′": "'",
    "⊙": "*",
    "×": "x",
    "−": "-",
    "·": ".",
    "←": "<-",
    "→": "->",
    "≠": "!=",
    "≈": "~",
    "≤": "<=",
    "≥": ">=",
    "°": " deg",
    "µ": "u",
    "…": "...",
    "⋯": "...",
    "✓": "ok",
    "━": "=",
    "╸": "-",
    "─": "-",
    "└": "+",
    "┘": "+",
    "▏": "|",
    "█": "#",
    "▓": "*",
    "▒": "=",
    "░": ":",
    "▀": '"',
    "▄": "_",
    "□": "o",
    "◀": "<",
    "▲": "^",
    "▼": "v",
    **dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)),
    "ᵢ": "_i",
    "ⱼ": "_j",
    "½": "1/2",
    "⋆": "conv",
    "∗": "spread",
    "√": "sqrt",
    "∞": "inf",
    "∏": "prod",
    "⋁": "any",
    "⋀": "all",
    "¬": "not ",
    "∧": "and",
    "∨": "or",
    "⊕": "xor",
    "⊗": "kron",
    "∘": "o",
    "⌊": "floor(",
    "⌋": ")",
    "⌈": "ceil(",
    "⌉": ")",
    "±": "+-",
    "‖": "|",
    "“": '"',
    "”": '"',
    "’": "'",
}
ALPHABET = "".join(SPELLINGS)

# One sign that is spelled by what stands around it; {} is its spelling otherwise.
_CONTEXT = tuple(
    (re.compile(pattern), spelling)
    for pattern, spelling in (
        (r"(?<=\d)·(?=\d)", "*"),  # 4·10⁻⁵
        (r"(?<=[\d)] )·(?= [\d(])", "@"),  # 30×784 · 784×10
        (rf"(?<![{''.join(_RAISED)}])[{''.join(_RAISED)}]", "^{}"),  # one ^ for w¹²
        (r"[∇Σ](?=\w)(?![_ₐ])", "{} "),  # ∇C
        (r"\u0302", "_hat"),  # m̂: an accent takes no column, and so is no sign of the alphabet
        (r"≠(?=─)", "!"),  # └─≠─┘ stays as wide as it is
        (r"(?<=≠)─", "="),
    )
)


def carries(encoding: str) -> bool:
    """Whether an encoding has all of the alphabet. It is all or nothing: no output is half in ASCII."""
    try:
        ALPHABET.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def in_ascii(text: str) -> list[str]:
    """The ASCII spelling of each character of a line; what is not in the alphabet stays as it is."""
    spelled = [SPELLINGS.get(character, character) for character in text]
    for pattern, spelling in _CONTEXT:
        for match in pattern.finditer(text):
            spelled[match.start()] = spelling.format(spelled[match.start()])
    return spelled


def escaped(text: str, encoding: str) -> str:
    r"""Escape what the encoding lacks, and what a terminal would obey, as `\x1b`: a file may have any name."""
    if not text.isprintable():
        text = printable(text)
    return text.encode(encoding, "backslashreplace").decode(encoding)


def columns_of(text: str) -> int:
    """How many columns a text takes: two for a Chinese character, none for a combining accent."""
    return len(text) if text.isascii() else sum(map(_columns_of, text))


def _columns_of(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


_OPEN = "（《「『【“‘"
_CLOSE = "，。、；：？！）》」』】”’…"
_WIDE = "\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\U00020000-\U0003fffd"
_BEFORE, _BEHIND = r"(\[{'\"", r",.;:!?)\]}'\""  # in ASCII, where Chinese stands on the other side
_UNBROKEN = re.compile(
    f"[{_OPEN}]*(?:[^\\s{_WIDE}]*[{_BEFORE}](?=[{_WIDE}]))?"
    f"(?:[{_WIDE}]|[^\\s{_WIDE}]+)"
    f"(?:[{_CLOSE}]|[{_BEHIND}]+(?=[\\s{_WIDE}]|$)|(?<=\\d) %)*"
)


def broken(text: str, width: int) -> list[tuple[int, int]]:
    """Where each line of a paragraph starts and ends: broken at spaces and between Chinese characters, but not before
    their commas, nor before a %. A word that is longer than a line stays whole, so that a path can be copied."""
    lines = [(0, 0)]
    for match in _UNBROKEN.finditer(text):
        start, end = lines[-1]
        if end > start and columns_of(text[start : match.end()]) > width:
            lines.append((match.start(), match.end()))
        else:
            lines[-1] = (start, match.end())
    return lines
