"""What reaches a terminal: the spelling for streams that cannot carry our signs, widths, color, bars, tables,
the live line. Streams are real text streams with real encodings, over bytes in memory."""

import io
import os
import re
from collections.abc import Callable

import pytest

from chainrule.program.symbol_names import KINDS
from chainrule.show.colors import DARK, LIGHT
from chainrule.show.screen import Line, Progress, Screen, Span, expression
from chainrule.show.spelling import ALPHABET, carries, columns_of, in_ascii

ENVIRONMENT = ("NO_COLOR", "FORCE_COLOR", "TERM", "COLORTERM", "COLORFGBG", "COLUMNS")
everywhere = pytest.mark.parametrize("encoding", ["ascii", "cp1252", "gbk", "gb18030", "utf-8", "utf-16"])


class Stream(io.TextIOWrapper):
    """A strict stream in memory, of any encoding, that may pass for a terminal."""

    def __init__(self, encoding: str = "utf-8", terminal: bool = False):
        self.bytes = io.BytesIO()
        self.terminal = terminal
        super().__init__(self.bytes, encoding=encoding, newline="\n")

    def isatty(self) -> bool:
        return self.terminal

    def written(self) -> str:
        self.flush()
        return self.bytes.getvalue().decode(self.encoding)


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)


def printed(write: Callable[[Screen], None], encoding: str = "utf-8", terminal: bool = False) -> str:
    stream = Stream(encoding, terminal)
    write(Screen(stream))
    return stream.written()


# --- spelling, width, tables


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "gbk"])
def test_no_line_is_half_in_ascii(encoding: str) -> None:
    """cp1252 has × and ², gbk has δ and →: they are spelled all the same, but a user's own text is kept."""
    assert printed(lambda s: s.line("30×784 δ² → é"), encoding).startswith("30x784 delta^2 -> ")
    assert ("é" in printed(lambda s: s.line("é"), encoding)) == (encoding != "ascii")


@everywhere
def test_any_text_can_be_written(encoding: str) -> None:
    """No exception, no question mark, no control character, whatever a file is called."""
    out = printed(lambda s: s.line(ALPHABET, ("数字-é-\udcff-😀\x1b[2J\r\n\x9b.png", "ink3")), encoding)
    signs = ALPHABET if carries(encoding) else "".join(in_ascii(ALPHABET))
    name = {"ascii": r"\u6570\u5b57-\xe9", "cp1252": r"\u6570\u5b57-é"}.get(encoding, "数字-é")
    face = "😀" if carries(encoding) else r"\U0001f600"
    assert out == signs + name + r"-\udcff-" + face + r"\x1b[2J\r\n\x9b.png" + "\n"


def test_gaps_give_way_to_what_got_longer() -> None:
    line = ["a1 ", *expression("δ³   =     w²     a¹"), "|"]
    assert printed(lambda s: s.line(*line), "ascii") == "a1 delta^3  =  w^2   a^1|\n"
    assert printed(lambda s: s.line("    δ³  =  w²"), "ascii") == "    delta^3  =  w^2\n", "not below two"
    assert printed(lambda s: s.line("\u4f60    |"), "ascii") == "\\u4f60  |\n"
    screen = Screen(Stream("ascii"))
    once = screen.spell(*line, "  " * 9, "é  ≠  ·")
    assert screen.spell(*once) == once


def test_width(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Screen(io.StringIO()).width == 80
    assert Screen(io.StringIO(), width=60).width == 60
    for said, width in (("72", 72), ("250", 100), ("0", 80), ("5", 20), ("wide", 80)):
        monkeypatch.setenv("COLUMNS", said)
        assert Screen(Stream()).width == width
    monkeypatch.delenv("COLUMNS")
    monkeypatch.delattr(os, "get_terminal_size")  # as in a browser's Python
    assert Screen(io.StringIO()).width == Screen(Stream()).width == 80


def test_paragraphs_are_broken_at_the_width() -> None:
    words = "Each neuron weighs what it sees, adds its bias, and squashes the sum into 0 to 1."
    symbols: list[Span] = [" ", ("w2", "w"), ", ", ("b2", "b"), "."]
    lines = printed(lambda s: s.text(words, *symbols, indent=3)).splitlines()
    assert lines == ["   " + words[:-6], "   to 1. w2, b2."]
    assert len(lines[0]) == 78, "with the next word it is 81"
    full, path = "w" * 40 + " " + "x" * 39, "a/" * 60
    assert printed(lambda s: s.text(full)) == full + "\n"
    assert printed(lambda s: s.text(full + "x")) == full.replace(" ", "\n") + "x\n"
    assert printed(lambda s: s.text("saved in", " ", path)) == f"saved in\n{path}\n"


def test_styles_survive_the_breaking_of_lines() -> None:
    stream = Stream()
    Screen(stream, width=20, depth="truecolor").text("drop the row of ", ("ones and zeros", "ink3"))
    faint = "\x1b[38;2;144;151;162m"
    assert stream.written() == f"drop the row of {faint}ones\x1b[0m\n{faint}and zeros\x1b[0m\n"


ROWS: list[list[Span | Line]] = [
    [("backward", "bold"), ("shape", "ink3"), "count"],
    [["  ", *expression("δ3")], "10×10", "100"],
    [["  ", *expression("∂C/∂w3")], "10×30", "1,234"],
    [],
    ["数字", "", "7"],
    ["in all", "and a note that runs on", ""],
    ["in all", "23,860 as float32"],
]


@everywhere
def test_columns_stand_under_one_another(encoding: str) -> None:
    lines = printed(lambda s: s.table(ROWS, "<^>", gap=3, indent=1), encoding).splitlines()
    assert {columns_of(lines[at]) for at in (0, 1, 2, 4)} == {columns_of(lines[0])}, "the right edge"
    shape = columns_of(lines[0].partition("shape")[0])
    assert [columns_of(re.split(r"10.10|10.30", lines[at])[0]) for at in (1, 2)] == [shape, shape]
    assert lines[3] == ""
    assert not any(line.endswith(" ") for line in lines)


def test_a_table_to_the_letter() -> None:
    rows = [["a", "bb", "c"], ["dddd", "e", "ff"], ["x", "runs on and on"]]
    assert printed(lambda s: s.table([*rows], "<>")) == "a     bb  c\ndddd   e  ff\nx     runs on and on\n"
    tied = printed(lambda s: s.table([["δ³", "|"], ["10×1", "|"]], "^", gap=1), "ascii")
    assert tied == "delta^3 |\n 10x1   |\n"
    assert printed(lambda s: s.table([])) == ""


def test_pictures_at_the_end_of_a_row_are_not_cut() -> None:
    [line] = Screen(Stream()).columns([["a", ("  ", "on #0B2E4F")]])
    assert line[-1] == ("  ", "on #0B2E4F")


# --- bars and rules


@pytest.mark.parametrize(
    ("fraction", "bar", "in_ascii"),
    [
        (0, "", ""),
        (0.05, "╸", "-"),
        (0.1, "━", "="),
        (0.46, "━━━━╸", "====-"),
        (1, "━━━━━━━━━━", "=========="),
        (7, "━━━━━━━━━━", "=========="),
        (-1, "", ""),
        (float("nan"), "", ""),
    ],
)
def test_bars(fraction: float, bar: str, in_ascii: str) -> None:
    for encoding, expected in (("utf-8", bar), ("ascii", in_ascii)):
        assert printed(lambda s: s.line(*s.bar(fraction, 10, "a")), encoding) == expected + "\n"
        tracked = printed(lambda s: s.line(*s.bar(fraction, 10, track="line2"), "|"), encoding)
        assert tracked == f"{expected:10}|\n", "without color the track is blank"


def test_a_track_is_told_apart_by_its_color() -> None:
    screen = Screen(Stream(), depth="truecolor")
    assert screen.bar(0.25, 6, "bold", track="line2") == [("━╸", "bold"), ("━━━━", "line2")]


@everywhere
def test_rules_are_as_wide_as_the_screen(encoding: str) -> None:
    assert printed(Screen.rule, encoding) == ("─" if carries(encoding) else "-") * 80 + "\n"
    labeled = printed(lambda s: s.rule("当 δ³ →"), encoding)
    assert columns_of(labeled.rstrip("\n")) == 80


# --- color


def test_truecolor_is_the_table() -> None:
    for palette in (LIGHT, DARK):
        for token in [*KINDS, "ink2", "ink3", "line", "line2", "paper", "neg", "pos"]:
            stream = Stream()
            Screen(stream, depth="truecolor", theme=palette.theme).line(("w2", f"{token} bold"), "!")
            r, g, b = (int(palette[token][at : at + 2], 16) for at in (1, 3, 5))
            color = "" if token == "y" else f"38;2;{r};{g};{b};"  # y has the terminal's own ink
            assert stream.written() == f"\x1b[{color}1mw2\x1b[0m!\n"


def test_sixteen_colors_are_names() -> None:
    dark = {"a": 94, "z": 92, "w": 33, "b": 93, "d": 91, "g": 95, "ink3": 90}
    light = {"a": 34, "z": 32, "w": 33, "b": 36, "d": 31, "g": 35, "ink3": 90}
    for palette, codes in ((DARK, dark), (LIGHT, light)):
        for token, code in codes.items():
            stream = Stream()
            Screen(stream, depth="ansi", theme=palette.theme).line(("w2", token))
            assert stream.written() == f"\x1b[{code}mw2\x1b[0m\n"


def test_styles() -> None:
    stream = Stream()
    screen = Screen(stream, depth="truecolor")
    screen.line(("+ ", "#FFFFFF on #0102FF"), ("x", "ink"), ("y", "underline dim"), ("", "a"))
    assert stream.written() == "\x1b[38;2;255;255;255;48;2;1;2;255m+ \x1b[0mx\x1b[4;2my\x1b[0m\n"
    assert printed(lambda s: s.line(("+ ", "#FFFFFF on #0102FF bold"))) == "+ \n"
    for depth in ("none", "ansi", "truecolor"):
        with pytest.raises(ValueError, match="no color is called 'actvation'"):
            Screen(Stream(), depth=depth).line(("a1", "actvation"))


@pytest.mark.parametrize(
    ("environment", "terminal", "depth"),
    [
        ("TERM=xterm-256color", True, "ansi"),
        ("COLORTERM=truecolor", True, "truecolor"),
        ("COLORTERM=24bit NO_COLOR=", True, "truecolor"),
        ("COLORTERM=truecolor NO_COLOR=1", True, "none"),
        ("COLORTERM=truecolor TERM=dumb", True, "none"),
        ("COLORTERM=truecolor", False, "none"),
        ("FORCE_COLOR=1", False, "ansi"),
        ("FORCE_COLOR=1 COLORTERM=truecolor", False, "truecolor"),
        ("FORCE_COLOR=3 TERM=dumb", False, "truecolor"),
        ("FORCE_COLOR=0 COLORTERM=truecolor", True, "none"),
        ("FORCE_COLOR=3 NO_COLOR=1", True, "none"),
    ],
)
def test_depth(monkeypatch: pytest.MonkeyPatch, environment: str, terminal: bool, depth: str) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for setting in environment.split():
        monkeypatch.setenv(*setting.split("="))
    assert Screen(Stream(terminal=terminal)).depth == depth
    out = printed(lambda s: s.line(*expression("δ3 = a3 - y   # 10×1")), terminal=terminal)
    assert ("\x1b" in out) == (depth != "none")


def test_theme(monkeypatch: pytest.MonkeyPatch) -> None:
    for theme, all_said in (("light", "0;15 0;default;7 0;11"), ("dark", "15;0 15;8 0;x ;")):
        for said in all_said.split():
            monkeypatch.setenv("COLORFGBG", said)
            assert Screen(Stream()).palette.theme == theme, said


def test_expression() -> None:
    z2, w2, a1 = ("z2", "z bold"), ("w2", "w bold"), ("a1", "a bold")
    expected = [z2, " = ", w2, " @ ", a1, "   ", ("# 30×1, a sum", "ink3")]
    assert expression("z2 = w2 @ a1   # 30×1, a sum") == expected
    assert expression("") == []


# --- the live line


def on_screen(text: str) -> list[str]:
    """What a terminal shows after all returns of the cursor."""
    shown = []
    for line in text.split("\n"):
        cells: list[str] = []
        for part in line.split("\r"):
            cells[: len(part)] = part
        shown.append("".join(cells).rstrip())
    return shown


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_the_live_line_stands_below_other_lines(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Stream(encoding, terminal=True)
    screen = Screen(stream)
    with Progress(screen) as progress:
        progress.update(("epoch 1 of 2", "bold"), " ", *screen.bar(0.5, 8, track="line2"), "  2 s left")
        bar = "━━━━" if encoding == "utf-8" else "===="
        assert on_screen(stream.written()) == [f"epoch 1 of 2 {bar}      2 s left"]
        screen.line("epoch 1 done")
        progress.update("epoch 2")
        assert on_screen(stream.written()) == ["epoch 1 done", "epoch 2"]
        progress.update("2")
        assert on_screen(stream.written())[-1] == "2"
    assert on_screen(stream.written()) == ["epoch 1 done", ""]
    assert "\x1b" not in stream.written()
    assert stream.written().endswith("\r"), "the cursor is back at the left"


def test_the_live_line_never_fills_the_last_column_nor_what_ctrl_c_writes() -> None:
    stream = Stream(terminal=True)
    Progress(Screen(stream, width=20)).update(("网络" * 3, "bold"), "网络" * 9)
    assert on_screen(re.sub(r"\x1b\[[\d;]*m", "", stream.written())) == ["网络网络网络网络"]


@pytest.mark.parametrize("columns", [5, 17, 40])
def test_nothing_of_the_live_line_stays_where_ctrl_c_was_pressed(columns: int) -> None:
    """The terminal writes ^C where the cursor is; on a full line it would go to the next, and the line would stay."""
    stream = Stream(terminal=True)
    screen = Screen(stream, width=20)
    progress = Progress(screen)
    progress.update("x" * columns)
    stream.write("^C")
    progress.close()
    screen.line("stopped")
    row, column, cells = 0, 0, {}
    for letter in stream.written():
        if letter == "\r":
            column = 0
        elif letter == "\n":
            row, column = row + 1, 0
        else:
            if column == 20:
                row, column = row + 1, 0
            cells[row, column] = letter
            column += 1
    assert "".join(cells[place] for place in sorted(cells)).strip() == "stopped"
    assert {place[0] for place, letter in cells.items() if letter != " "} == {0}


def test_there_is_no_live_line_where_it_could_not_be_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def write(screen: Screen) -> None:
        with Progress(screen) as progress:
            progress.update("epoch 1")

    assert printed(write, terminal=False) == ""
    monkeypatch.setenv("TERM", "dumb")
    assert printed(write, terminal=True) == ""


def test_a_closed_pipe_is_the_business_of_the_caller() -> None:
    class Closed(Stream):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        Screen(Closed()).line("nobody reads this")
