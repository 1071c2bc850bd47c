"""The color table: read on both backgrounds, told apart by those who see fewer colors; the kinds of names.
The formulas are written here again, so that the table is held against them and not against itself."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.program.symbol_names import KINDS, Kind, kind_of, symbols
from chainrule.show.colors import DARK, LIGHT, Palette, shade

both_themes = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])

# Linear RGB as it is seen with no, red, green or blue cones missing (Machado, Oliveira and Fernandes, 2009).
EYES = {
    "normal": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
LEAST = {
    "light": {"normal": 25, "protan": 6, "deutan": 13, "tritan": 13},
    "dark": {"normal": 35, "protan": 20, "deutan": 15, "tritan": 15},
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(color: str) -> NDArray[np.float64]:
    c = np.array(list(bytes.fromhex(color[1:]))) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    dark, light = sorted(float(linear(color) @ XYZ[1]) + 0.05 for color in (one, other))
    return light / dark


def lab(color: str, eyes: str) -> NDArray[np.float64]:
    seen = np.clip(np.array(EYES[eyes]) @ linear(color), 0, 1)
    ratio = XYZ @ seen / [0.9505, 1, 1.089]
    x, y, z = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def least_distance(palette: Palette, eyes: str) -> float:
    seen = [lab(palette[kind], eyes) for kind in KINDS]
    return min(float(np.linalg.norm(one - other)) for one, other in combinations(seen, 2))


def test_the_formulas_give_known_values() -> None:
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)  # the gray that just fails
    assert lab("#FF0000", "normal") == pytest.approx([53.24, 80.09, 67.2], abs=0.1)
    gray = [lab("#808080", eyes) for eyes in EYES]
    assert all(one == pytest.approx(gray[0], abs=0.1) for one in gray), "gray is gray to everyone"


@both_themes
@pytest.mark.parametrize("background", ["paper", "ground"])
def test_text_can_be_read(palette: Palette, background: str) -> None:
    for token in (*KINDS, "ink", "ink2", "ink3", "neg", "pos"):
        assert contrast(palette[token], palette[background]) >= 4.5, token
    assert contrast(palette["line2"], palette[background]) >= 2.95, "borders of controls"


@both_themes
@pytest.mark.parametrize("eyes", EYES)
def test_kinds_are_told_apart(palette: Palette, eyes: str) -> None:
    assert round(least_distance(palette, eyes)) >= LEAST[palette.theme][eyes]


@both_themes
def test_sixteen_colors_tell_kinds_apart(palette: Palette) -> None:
    assert len({palette.ansi.get(kind) for kind in KINDS}) == len(KINDS)
    assert set(palette.ansi) < set(palette.colors)


@both_themes
def test_ramps_have_zero_in_the_color_of_paper(palette: Palette) -> None:
    assert palette.sequential[0] == palette.diverging[2] == palette["paper"]
    away_from_paper = [contrast(color, palette["paper"]) for color in palette.sequential]
    assert all(low < high for low, high in pairwise(away_from_paper))


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        LIGHT.colors["a"] = "#000000"  # type: ignore[index]
    with pytest.raises(AttributeError):
        LIGHT.theme = "dark"  # type: ignore[misc]


def test_shade() -> None:
    ramp = ("#000000", "#80FF00", "#FFFFFF")
    assert [shade(ramp, t) for t in (0, 0.25, 0.5, 1)] == ["#000000", "#408000", "#80FF00", "#FFFFFF"]
    assert [shade(ramp, t) for t in (-3, 7, float("nan"))] == ["#000000", "#FFFFFF", "#000000"]


NAMES: dict[Kind | None, str] = {
    "a": "a a1 a² aᴸ a1_2 a_0 x x1 activation activations",
    "z": "z z2 z12 z³ zs",
    "w": "w w2 w³ᵀ w_0 weights weights_1",
    "b": "b b3 b² bias biases biases_0",
    "d": "δ δ3 δ³ δ_z2 δ_hidden_out delta",
    "g": "dC_dw2 dC_dbias_3 ∂C/∂w2 ∂C/∂w² ∂C/∂wᴸ⁻¹ ∂C/∂· dC/dw3 nabla_w nabla_b",
    "y": "y y1",
    None: "eta σ σ′ C sigmoid v1 c1 ab xs wide batch nabla 2 dC ∂C w2.T",
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, row in NAMES.items() for name in row.split()])
def test_kind_of(kind: Kind | None, name: str) -> None:
    assert kind_of(name) == kind


@pytest.mark.parametrize(
    "text",
    [
        "{δ2:d} = ({w3:w}.T @ {δ3:d}) * sigmoid_prime({z2:z})",
        "{∂C/∂w²:g}  =   {δ²:d}   {a¹ᵀ:a}   −  η",
        "{z2:z} = np.maximum({a1:a}, 0.1 * {a1:a}).sum(axis=0)[{x:a}] + 30×784",
        "{dC_db2:g} = {δ2:d}.sum(1, keepdims=True); self.w2 + w2x + _w2",
        "nothing of ours",
    ],
)
def test_symbols(text: str) -> None:
    """The braces are put around what was found; nothing is lost on the way."""
    plain = "".join(part.partition(":")[0] for part in text.replace("{", "}").split("}"))
    found = list(symbols(plain))
    assert "".join(f"{{{part}:{kind}}}" if kind else part for part, kind in found) == text
    assert all(part for part, _ in found)
