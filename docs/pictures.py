"""Make the README's pictures from the commands themselves: run each, and draw what it printed as an SVG.

`python docs/pictures.py` writes `docs/pictures/*.svg`. The train picture is the default command with seed 0.
Pictures of the page move: `moving.py` makes them.
"""

import html
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from chainrule.show.colors import DARK

HERE = Path(__file__).parent / "pictures"
COMMANDS = {
    "train": ["train"],
    "shapes": ["shapes", "784,30,10", "--batch", "10"],
    "derive": ["derive", "net.safetensors"],
}
COLUMN, ROW, MARGIN = 9.0, 19, 20
_STYLE = re.compile(r"\x1b\[([\d;]*)m")


def printed(arguments: list[str], folder: str) -> str:
    """What a command prints on a dark terminal of 80 columns that has all colors."""
    environment = {**os.environ, "FORCE_COLOR": "3", "COLORFGBG": "15;0", "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "chainrule", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
    return done.stdout.decode("utf-8")


def runs(line: str) -> list[tuple[int, str, str, bool, bool]]:
    """Stretches of one style: column, text, color, bold, underlined."""
    found, column, color, bold, underlined = [], 0, DARK["ink"], False, False
    for position, part in enumerate(_STYLE.split(line)):
        if position % 2 == 0:
            if part:
                found.append((column, part, color, bold, underlined))
            column += len(part)
            continue
        codes = [int(code) for code in part.split(";") if code] or [0]
        while codes:
            code = codes.pop(0)
            if code == 0:
                color, bold, underlined = DARK["ink"], False, False
            elif code == 1:
                bold = True
            elif code == 4:
                underlined = True
            elif code == 39:
                color = DARK["ink"]
            elif code == 38 and codes[:1] == [2]:
                color = "#{:02X}{:02X}{:02X}".format(*codes[1:4])
                codes = codes[4:]
    return found


def drawn(command: str, text: str) -> str:
    """The text as an SVG. Every stretch is given its width, so that columns align in any monospaced font."""
    lines = [f"\x1b[38;2;144;151;162m$\x1b[0m \x1b[1m{command}\x1b[0m", "", *text.rstrip().splitlines()]
    width = round(2 * MARGIN + 80 * COLUMN)
    height = 2 * MARGIN + ROW * len(lines)
    rows = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f"<title>{html.escape(command)}</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="{DARK["paper"]}"/>',
        '<g font-family="ui-monospace, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="15">',
    ]
    for number, line in enumerate(lines):
        for column, part, color, bold, underlined in runs(line):
            for piece in re.finditer(r"\S+(?: \S+)*", part):  # browsers take several spaces together
                rows.append(
                    f'<text x="{MARGIN + (column + piece.start()) * COLUMN:g}" y="{MARGIN + ROW * number + 14}" fill="{color}"'
                    f' textLength="{len(piece[0]) * COLUMN:g}" lengthAdjust="spacingAndGlyphs"'
                    + (' font-weight="bold"' if bold else "")
                    + (' text-decoration="underline"' if underlined else "")
                    + f">{html.escape(piece[0])}</text>"
                )
    return "\n".join([*rows, "</g>", "</svg>", ""])


def main() -> None:
    """Run every command in one fresh folder, in order, and draw them."""
    HERE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, arguments in COMMANDS.items():
            text = printed(arguments, folder)
            (HERE / f"{name}.svg").write_text(drawn(f"chainrule {' '.join(arguments)}", text), encoding="utf-8")
            print(f"{name}.svg")


if __name__ == "__main__":
    main()
