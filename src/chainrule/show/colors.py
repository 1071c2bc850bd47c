"""The table of colors for terminal, page, document and plots: of each kind of symbol, and of everything around it.
Nothing here draws; how a color reaches a terminal is in `screen`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Theme = Literal["light", "dark"]

# Hues of Okabe and Ito, moved in lightness so that w, b and δ also differ in brightness. The last two columns
# are for terminals with 16 colors; a token without a name there keeps the terminal's own color.
_TABLE = {
    #          light      dark       light, dark with 16 colors
    "a": ("#0069A8", "#5FB0F2", "blue", "bright_blue"),
    "z": ("#00604A", "#66DDB4", "green", "bright_green"),
    "w": ("#7C4A00", "#E6A02C", "yellow", "yellow"),
    "b": ("#4A4600", "#EFE77A", "cyan", "bright_yellow"),  # bright yellow cannot be read on white
    "d": ("#CB3A06", "#FF7E52", "red", "bright_red"),
    "g": ("#9A3C7A", "#E9A3CC", "magenta", "bright_magenta"),
    "y": ("#1A1C21", "#ECEDEF", "", ""),
    "paper": ("#FFFFFF", "#14161B", "", ""),
    "ground": ("#F6F6F3", "#0D0F13", "", ""),
    "ink": ("#1A1C21", "#ECEDEF", "", ""),
    "ink2": ("#4C515A", "#B4B9C2", "", ""),
    "ink3": ("#646A74", "#9097A2", "bright_black", "bright_black"),  # the faintest that text may be
    "line": ("#DEDED8", "#2B2F37", "bright_black", "bright_black"),
    "line2": ("#8A8F98", "#69707C", "bright_black", "bright_black"),
    "neg": ("#1F62A8", "#86BDF5", "blue", "bright_blue"),
    "pos": ("#B5460F", "#FFA876", "red", "bright_red"),
}


@dataclass(frozen=True, eq=False)
class Palette:
    """The colors of one theme: `palette["w"]` is `#RRGGBB`. In both ramps zero is the color of the paper."""

    theme: Theme
    colors: Mapping[str, str]
    ansi: Mapping[str, str]
    sequential: tuple[str, ...]
    diverging: tuple[str, ...]

    def __getitem__(self, token: str) -> str:
        return self.colors[token]


def _column(index: int) -> Mapping[str, str]:
    return MappingProxyType({token: row[index] for token, row in _TABLE.items() if row[index]})


LIGHT = Palette(
    theme="light",
    colors=_column(0),
    ansi=_column(2),
    sequential=("#FFFFFF", "#8DBFE0", "#2B7FB8", "#0B2E4F"),
    diverging=("#0A3F86", "#5B97D6", "#FFFFFF", "#EE8F55", "#962B00"),
)
DARK = Palette(
    theme="dark",
    colors=_column(1),
    ansi=_column(3),
    sequential=("#14161B", "#1F5C8C", "#66BCEF", "#F2FAFF"),
    diverging=("#A9D3FF", "#2C6DB3", "#14161B", "#B4531F", "#FFC29E"),
)
PALETTES: Mapping[Theme, Palette] = MappingProxyType({"light": LIGHT, "dark": DARK})


def shade(ramp: Sequence[str], t: float) -> str:
    """The color at `t` of a ramp, which runs from 0 to 1: `shade(LIGHT.sequential, 0.25)`."""
    place = min(1.0, max(0.0, t)) * (len(ramp) - 1)  # in this order NaN is 0
    low = min(int(place), len(ramp) - 2)
    pairs = zip(bytes.fromhex(ramp[low][1:]), bytes.fromhex(ramp[low + 1][1:]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * (place - low)):02X}" for a, b in pairs)
