"""The spelling of every sign in ASCII, the columns that a text takes, and where its lines are broken."""

import io

import pytest

from chainrule.program import notation
from chainrule.show.cells import shaded
from chainrule.show.language import catalog
from chainrule.show.screen import Screen
from chainrule.show.spelling import ALPHABET, SPELLINGS, broken, carries, columns_of, escaped, in_ascii

PROMISED = "δ∂ησ′⊙×−←→²³ᵀ∇Σ━╸─└┘≠▏✓…·█▀▄▓░◀□▲▼°≈≤≥µ%¹⁴⁵⁻⋯λε"


def spelled(text: str) -> str:
    return "".join(in_ascii(text))


@pytest.mark.parametrize("sign", sorted({*PROMISED, *ALPHABET}))
def test_every_sign_has_an_ascii_spelling(sign: str) -> None:
    assert sign.isascii() or sign in SPELLINGS
    assert spelled(sign).strip()
    assert spelled(sign).isascii()
    assert columns_of(sign) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("δ3 = (a3 - y) * σ′(z3)", "delta3 = (a3 - y) * sigma'(z3)"),
        ("∂C/∂w3 ← w² − η δ³ a²ᵀ", "dC/dw3 <- w^2 - eta delta^3 a^2^T"),
        ("δ_z2 ⊙ wᵀ w³ᵀ w¹² aᴸ⁻¹", "delta_z2 * w^T w^3^T w^12 a^L-1"),
        ("4·10⁻⁵ 30×784 · 784×10 = 30×10", "4*10^-5 30x784 @ 784x10 = 30x10"),
        ("(30×10 · 10×10) ⊙ 30×10 → 30×10", "(30x10 @ 10x10) * 30x10 -> 30x10"),
        ("∇C ∇_a Σ_j Σw · ∂C/∂·", "nabla C nabla_a sum_j sum w . dC/d."),
        ("└───┘ └──≠──┘ a ≠ b", "+---+ +--!=-+ a != b"),
        ("▏ ✓ … ≈ 5° 3 µs λ = 5", "| ok ... ~ 5 deg 3 us lambda = 5"),
        ("w² ⋆ a¹, δ ∗ w, ½ m̂ / (1 − 0.9ᵗ)", "w^2 conv a^1, delta spread w, 1/2 m_hat / (1 - 0.9^t)"),
        ("e⁻ᶻ pⱼ − pᵢ", "e^-z p_j - p_i"),
    ],
)
def test_spelling_in_context(text: str, expected: str) -> None:
    assert spelled(text) == expected
    assert spelled(expected) == expected


def test_every_sign_that_equations_and_tables_are_written_with_is_in_the_alphabet() -> None:
    screen = Screen(io.StringIO(), depth="none")
    cells = "".join(shaded(screen, share / 10, "")[0] for share in range(11))
    signs = "".join(sign.text for sign in notation._SIGNS.values()) + "".join(notation.FENCES.values())
    signs += "".join((*notation._LETTERS.values(), *notation._LARGE.values()))
    assert {sign for sign in cells + signs if not spelled(sign).isascii()} == set()


def test_every_text_can_be_spelled_without_escapes() -> None:
    """English in ASCII, Chinese in GBK, whatever signs its equations have; U+200B is where pages may break a heading."""
    english = {sign for _, text in catalog("zh") for sign in spelled(text) if not sign.isascii()}
    chinese = {sign for text in catalog("zh").values() for sign in spelled(text).replace("\u200b", "")}
    assert english == set()
    assert {sign for sign in chinese if not sign.encode("gbk", "ignore")} == set()


def test_the_alphabet_is_carried_whole_or_not_at_all() -> None:
    assert [carries(name) for name in ("utf-8", "utf-16", "gb18030")] == [True] * 3
    assert not any(carries(name) for name in ("ascii", "latin-1", "cp1252", "cp437", "gbk", "shift_jis"))


def test_what_an_encoding_lacks_is_escaped() -> None:
    assert escaped("w2 é 数.png", "utf-8") == "w2 é 数.png"
    assert escaped("é 数😀", "cp1252") == "é \\u6570\\U0001f600"
    assert escaped("\x1b[2J\t\n\x7f\x9b\udcff", "utf-8") == r"\x1b[2J\t\n\x7f\x9b\udcff"


def test_columns_of() -> None:
    texts = ["w2 = a1", "网络看到", "ｗ２", "e\u0301", "か\u3099", "δ² ⊙ ━", "😀", "a\u200db", ""]
    assert [columns_of(text) for text in texts] == [7, 8, 4, 1, 2, 6, 2, 2, 0]


def test_lines_are_broken_at_spaces() -> None:
    words = "Each neuron weighs what it sees"
    for width, expected in ((31, [words]), (30, ["Each neuron weighs what it", "sees"]), (4, words.split())):
        assert [words[start:end] for start, end in broken(words, width)] == expected
    assert broken("", 80) == [(0, 0)]


def test_chinese_is_broken_between_characters_but_not_before_a_comma() -> None:
    text = "每个像素，都成为（w2）“激活”值。"
    lines = [text[start:end] for start, end in broken(text, 10)]
    assert lines == ["每个像素，", "都成为", "（w2）“激", "活”值。"]
    assert max(map(columns_of, lines)) == 10


@pytest.mark.parametrize(
    "text",
    [
        "q[头, 位置, 通道]，attention[头, 位置, 取自的位置]。",
        "网络没有学过；它知道 '上海', '北京', '广州'。",
        "一套设置：fast，达到 98 %；best，达到 99.4 %；sprint，达到 99 %。",
        "a set of settings: fast, 98 %; best, 99.4 %; or with convolutions: sprint, 99 %",
        "“书中的网络”（784 → 30 → 10）见文件 model.py，或(见下)。",
    ],
)
def test_no_line_begins_with_what_closes_or_ends_with_what_opens(text: str) -> None:
    for width in range(12, 60):
        lines = [text[start:end] for start, end in broken(text, width)]
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        for line in lines:
            assert line[0] not in "，。、；：）”,.;:)]}%", (width, line)
            assert line[-1] not in "（“([{", (width, line)
        assert not any(line.endswith(" '") or line.startswith("',") for line in lines), width
