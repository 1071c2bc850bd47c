"""Runs what stands on the pages of the site: `python docs/site/running.py` writes anew what their code prints.

Every block of Python on a page runs, in order, in one namespace and one folder, and so does every line `chainrule …` of a
block of `sh`, but `chainrule app`, which would wait for a browser. What a block prints stands after it, below
`<!-- prints -->`. `<!-- not run: why -->` excuses a block, and so does `<!-- needs sklearn -->` where that is not installed.
Pages of other languages have the same blocks; comments in them may differ.
"""

from __future__ import annotations

import contextlib
import io
import linecache
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from chainrule.cli import main

PAGES = Path(__file__).parent
_BLOCK = re.compile(r"^(?:<!-- (prints|not run|needs \w+)\b[^\n]*-->\n)?```(\w+)\n(.*?)^```$", re.S | re.M)


@dataclass(frozen=True)
class Block:
    """A block of a page.

    Attributes:
        language: What it is written in.
        text: It.
        mark: What is said above it: `prints` of what the block before it prints, `not run`, `needs sklearn`, or nothing.
        place: From where to where its text stands in the page.
    """

    language: str
    text: str
    mark: str
    place: tuple[int, int]


def blocks(page: str) -> list[Block]:
    """The blocks of a page."""
    return [Block(found[2], found[3], found[1] or "", found.span(3)) for found in _BLOCK.finditer(page)]


def written(folder: Path) -> Iterator[Path]:
    """The pages of a language that are written by hand."""
    return iter(sorted(folder.rglob("*.md")))


def run(page: str) -> list[tuple[Block, str]]:
    """Run a page's blocks in the present folder.

    Args:
        page: The page.

    Returns:
        Each block that runs, with what it prints.
    """
    scope: dict[str, Any] = {"__name__": "__main__"}
    found = []
    for block in blocks(page):
        if block.language not in ("python", "sh") or block.mark in ("prints", "not run"):
            continue
        if block.mark and find_spec(block.mark.removeprefix("needs ")) is None:
            continue
        with contextlib.redirect_stdout(io.StringIO()) as out:
            if block.language == "python":
                name = f"{len(found)}/model.py"  # of which errors name the last part, with the line
                linecache.cache[name] = len(block.text), None, block.text.splitlines(keepends=True), name
                exec(compile(block.text, name, "exec"), scope)
            else:
                for line in commands(block.text):
                    if main(line):
                        raise RuntimeError(f"{shlex.join(line)} failed")
        found.append((block, out.getvalue()))
    return found


def commands(text: str) -> Iterator[list[str]]:
    """The commands of a block of sh that run: their arguments."""
    for line in text.splitlines():
        name, *arguments = shlex.split(line, comments=True) or [""]
        if name == "chainrule" and arguments[:1] != ["app"]:
            yield arguments


def renewed(page: str) -> str:
    """The page with what its blocks print today."""
    every = blocks(page)
    for block, out in reversed(run(page)):
        at = every.index(block) + 1
        if at < len(every) and every[at].mark == "prints":
            start, end = every[at].place
            page = page[:start] + tidy(out) + page[end:]
    return page


def tidy(out: str) -> str:
    """What was printed, as it stands on a page: without empty lines around it and spaces at the end of lines."""
    return "\n".join(line.rstrip() for line in out.strip("\n").splitlines()) + "\n"


if __name__ == "__main__":
    os.environ["COLUMNS"] = "80"
    for path in (each for language in ("en", "zh") for each in written(PAGES / language)):
        page = path.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            new = renewed(page)
        if new != page:
            path.write_text(new, encoding="utf-8")
            sys.stdout.write(f"written: {path.relative_to(PAGES)}\n")
