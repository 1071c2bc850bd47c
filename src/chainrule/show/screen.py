"""Writes to terminals: a `Screen` wraps a stream and decides color, spelling and width. It sets lines, paragraphs, tables, bars
and the live line."""

# Plain ANSI, not rich: it takes a dozen lines, starts at once, and Windows understands it; a console from
# before 2016 gets the same text without color.
from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, Self, TextIO

from .colors import PALETTES, Palette, Theme
from .spelling import broken, carries, columns_of, escaped, in_ascii

Span = str | tuple[str, str]
"""Text in ink, or text with its style, such as `"a bold"`, `"ink3 underline"`, `"#8DBFE0 on #0B2E4F"`."""
Line = list[Span]
Cell = Span | Line
"""Of a table: one span, or a list of them."""
Depth = Literal["none", "ansi", "truecolor"]

_ECHO = 2  # columns of the ^C that a terminal writes where Ctrl-C is pressed
_WIDEST = 100  # longer lines are hard to read
_ATTRIBUTES = {"bold": "1", "dim": "2", "underline": "4"}
_ANSI = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")


class Screen:
    """A text stream that lines of styled spans are written to, in the colors and letters that it can show.

    Arguments: `stream`, and for a screen that is not to be found out from the stream and the environment, its
    `width` in columns, `depth` of color and `theme`.

    Example: `Screen(sys.stdout).line(("z2", "z bold"), " = ", ("w2", "w bold"), " @ a1")`
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        width: int | None = None,
        depth: Depth | None = None,
        theme: Theme | None = None,
    ):
        terminal = stream.isatty()
        self.stream = stream
        self.encoding: str = getattr(stream, "encoding", None) or "utf-8"
        self.ascii = not carries(self.encoding)
        self.live = terminal and os.environ.get("TERM") != "dumb"  # can a line be drawn again?
        self.width = min(_WIDEST, width or _width(stream))
        self.depth: Depth = depth or _depth(stream, self.live)
        self.palette: Palette = PALETTES[theme or _theme()]
        self._drawn = 0  # columns of the live line that stands on the screen

    def spell(self, *spans: Span) -> list[tuple[str, str]]:
        """The spans as they will be printed. Where that is longer, the next gaps of three spaces or more
        shrink to no less than two, so that columns stay in place. Spelling again changes nothing."""
        pairs = [_pair(span) for span in spans]
        text = _plain(pairs)
        spelled = [escaped(part, self.encoding) for part in (in_ascii(text) if self.ascii else text)]
        longer = 0
        for at, (before, after) in enumerate(zip(text, spelled, strict=True)):
            longer += columns_of(after) - columns_of(before)
            if longer > 0 and text[max(0, at - 2) : at + 1] == "   ":
                spelled[at] = ""
                longer -= 1
        parts = iter(spelled)
        return [("".join(next(parts) for _ in part), style) for part, style in pairs]

    def measure(self, cell: Cell) -> int:
        """The width of a cell in columns, as it will be printed."""
        return columns_of(_plain(self.spell(*_spans(cell))))

    def line(self, *spans: Span) -> None:
        """Write one line."""
        self._redraw([])
        self.stream.write(self._painted(self.spell(*spans)) + "\n")

    def text(self, *spans: Span, indent: int = 0, head: Sequence[Span] = ()) -> None:
        """Write a paragraph, broken into lines of the width. The first begins with `head`, which is as wide as the indent."""
        pairs = self.spell(*spans)
        for start, end in broken(_plain(pairs), self.width - indent):
            self.line(*(head or [" " * indent]), *_cut(pairs, start, end))
            head = ()

    def data(self, text: str) -> None:
        """Write lines of data: to the letter into a file or a program, and escaped on a terminal."""
        if not self.stream.isatty():
            self.stream.write(text)
            return
        for line in text.removesuffix("\n").split("\n"):
            self.stream.write(escaped(line, self.encoding) + "\n")

    def rule(self, label: str = "") -> None:
        """Write a horizontal line over the whole width, after its label."""
        head = self.spell((f"{label} " if label else "", "ink3"))
        self.line(*head, ("─" * (self.width - self.measure([*head])), "line2"))

    def bar(self, fraction: float, width: int, style: str = "", track: str | None = None) -> Line:
        """A bar in steps of half a column. With the style of a `track` the rest of the width follows, blank
        where there is no color to tell them apart."""
        halves = round(min(1.0, max(0.0, fraction)) * width * 2)  # in this order NaN is 0
        done = "━" * (halves // 2) + "╸" * (halves % 2)
        rest = ("━" if self.depth != "none" else " ") * (width - len(done))
        return [(done, style)] if track is None else [(done, style), (rest, track)]

    def pad(self, cell: Cell, width: int, align: str = "<") -> Line:
        """The cell filled with blanks up to a width: to the left `<`, the right `>` or the middle `^`."""
        blank = max(0, width - self.measure(cell))
        left = {"<": 0, ">": blank, "^": blank // 2}[align]
        return [" " * left, *self.spell(*_spans(cell)), " " * (blank - left)]

    def columns(self, rows: Sequence[Sequence[Cell]], align: str = "", gap: int = 2) -> list[Line]:
        """The lines of a table, `align` having `<`, `>` or `^` for each column (`<` where it ends). The last
        cell of a row with fewer cells than others may run on beyond its column."""
        widths = [0] * max((len(row) for row in rows), default=0)
        for row in rows:
            for at, cell in enumerate(row):
                if at < len(row) - 1 or len(row) == len(widths):
                    widths[at] = max(widths[at], self.measure(cell))
        align = align.ljust(len(widths), "<")
        lines: list[Line] = []
        for row in rows:
            line: Line = []
            for at, cell in enumerate(row):
                line += [" " * gap if at else "", *self.pad(cell, widths[at], align[at])]
            while line and _blank(line[-1]):
                line.pop()
            lines.append(line)
        return lines

    def table(self, rows: Sequence[Sequence[Cell]], align: str = "", gap: int = 2, indent: int = 0) -> None:
        """Write a table; an empty row is an empty line."""
        for line in self.columns(rows, align, gap):
            self.line(*[" " * indent, *line] if line else line)

    def _painted(self, pairs: Sequence[tuple[str, str]]) -> str:
        codes = [_codes(style, self.depth, self.palette) for _, style in pairs]
        return "".join(
            f"\x1b[{code}m{text}\x1b[0m" if code and text else text
            for code, (text, _) in zip(codes, pairs, strict=True)
        )

    def _redraw(self, spans: Sequence[Span]) -> None:
        """Put these spans in the place of the live line, without escape codes for those who want none."""
        if not spans and not self._drawn:
            return
        pairs = self.spell(*spans)
        end = len(_plain(pairs))
        # A full line would wrap on some consoles, and so would the ^C that a terminal writes at its end.
        while columns_of(_plain(pairs)[:end]) >= self.width - _ECHO:
            end -= 1
        pairs = _cut(pairs, 0, end)
        columns = columns_of(_plain(pairs))
        blank = " " * (self._drawn - columns + (0 if pairs else _ECHO))
        self.stream.write("\r" + self._painted(pairs) + blank + ("" if pairs else "\r"))
        self.stream.flush()
        self._drawn = columns


class Progress:
    """One line that is drawn again and again on a terminal, and never on anything else. Other lines of the
    screen are written above it, and closing it leaves nothing behind.

    Example: `with Progress(screen) as line: line.update("epoch 3 ", *screen.bar(0.3, 40, track="line2"))`
    """

    def __init__(self, screen: Screen):
        self.screen = screen

    def update(self, *spans: Span) -> None:
        """Draw the line anew."""
        if self.screen.live:
            self.screen._redraw(spans)

    def close(self) -> None:
        """Clear the line."""
        self.screen._redraw([])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def expression(text: str) -> Line:
    """A line of Python or mathematics, its symbols in their colors and its comment (the dimensions) faint."""
    from ..program.symbol_names import symbols  # here, since help and refusals have none: it comes with all operations

    code, mark, comment = text.partition("#")
    line: Line = [(part, f"{kind} bold") if kind else part for part, kind in symbols(code)]
    return [*line, (mark + comment, "ink3")] if mark else line


def _pair(span: Span) -> tuple[str, str]:
    return (span, "") if isinstance(span, str) else span


def _plain(pairs: Sequence[tuple[str, str]]) -> str:
    return "".join(text for text, _ in pairs)


def _blank(span: Span) -> bool:
    text, style = _pair(span)
    return not text.strip() and "on" not in style.split()


def _spans(cell: Cell) -> Line:
    return cell if isinstance(cell, list) else [cell]


def _cut(pairs: Sequence[tuple[str, str]], start: int, end: int) -> list[tuple[str, str]]:
    cut, at = [], 0
    for text, style in pairs:
        if piece := text[max(0, start - at) : max(0, end - at)]:
            cut.append((piece, style))
        at += len(text)
    return cut


# --- color


@lru_cache(maxsize=4096)
def _codes(style: str, depth: Depth, palette: Palette) -> str:
    """The escape codes of a style; with 16 colors a `#RRGGBB` is left out."""
    codes, background = [], False
    for word in style.split():
        if word == "on":
            background = True
        elif word in _ATTRIBUTES:
            codes.append(_ATTRIBUTES[word])
        else:
            codes += _color(word, background, depth, palette)
    return ";".join(codes) if depth != "none" else ""


def _color(word: str, background: bool, depth: Depth, palette: Palette) -> list[str]:
    value = word if word.startswith("#") else palette.colors.get(word)
    if value is None:
        raise ValueError(f"no color is called {word!r}; there are {', '.join(palette.colors)}")
    if word in ("ink", "y") and not background:
        return []  # ink is whatever the terminal writes with, so it can be read on any background
    if depth == "truecolor":
        return ["48" if background else "38", "2", *map(str, bytes.fromhex(value[1:]))]
    name = palette.ansi.get(word)
    if name is None:
        return []
    bright = 60 if name.startswith("bright_") else 0
    return [str(30 + _ANSI.index(name.removeprefix("bright_")) + bright + (10 if background else 0))]


# --- what the stream and the environment say


def _width(stream: TextIO) -> int:
    said = os.environ.get("COLUMNS", "")
    try:
        columns = int(said) if said.isdecimal() else os.get_terminal_size(stream.fileno()).columns
    except (AttributeError, OSError, ValueError):  # Python in a browser; a pipe, a file, or a stream in memory
        return 80
    return max(columns, 20) if columns else 80


def _depth(stream: TextIO, live: bool) -> Depth:
    """NO_COLOR before FORCE_COLOR before what the stream is, as Python's own tracebacks have it."""
    forced = os.environ.get("FORCE_COLOR", "")
    able = live and _understands_ansi(stream)
    if os.environ.get("NO_COLOR") or forced == "0" or not (forced or able):
        return "none"
    full = forced == "3" or os.environ.get("COLORTERM") in ("truecolor", "24bit") or sys.platform == "win32"
    return "truecolor" if full else "ansi"


def _theme() -> Theme:
    """COLORFGBG is `foreground;background` as numbers of ANSI colors."""
    background = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    return "light" if background.isdecimal() and int(background) in (7, *range(9, 16)) else "dark"


def _understands_ansi(stream: TextIO) -> bool:
    """Consoles of Windows understand escape codes once they are told to; all other terminals do anyway."""
    if sys.platform != "win32":
        return True
    import ctypes
    import msvcrt

    try:
        handle = ctypes.c_void_p(msvcrt.get_osfhandle(stream.fileno()))
    except OSError:  # a shell that is drawn in a window
        return False
    mode = ctypes.c_ulong()
    kernel = ctypes.windll.kernel32
    return bool(kernel.GetConsoleMode(handle, ctypes.byref(mode)) and kernel.SetConsoleMode(handle, mode.value | 4))
