"""Builds the site: `python docs/site/build.py [FOLDER]` writes build/site (or FOLDER) with index.html, en/ and zh/.

Nothing is fetched, and pages load nothing from elsewhere. The pages stand in docs/site/en and docs/site/zh, with links that
hold in the repository. What is made by other commands or is source code joins them here: reports, the gallery, the files of the
core, the commands' help.
Warnings are errors.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "src"), str(HERE), str(HERE.parent)]

import made

from chainrule.show.colors import DARK, LIGHT
from chainrule.show.style import style_sheet, tokens

LANGUAGES = {"en": "en", "zh": "zh_CN"}
"""The folder of each language, and what Sphinx calls it."""

TAKEN = {
    **{f"docs/{name}.md": f"reports/{name}" for name in made.REPORTS},
    "docs/from-autograd.md": "howto/from-autograd",
    "docs/decisions/README.md": "project/decisions",
    "CHANGELOG.md": "project/changelog",
    "CONTRIBUTING.md": "project/contributing",
    "CREDITS.md": "project/credits",
}
"""Pages that have their place elsewhere in the repository, and what they are called here."""

ONLY_ENGLISH = "```{note}\n本页只有英文。\n```\n\n"
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


def relinked(text: str, source: str, name: str) -> str:
    """A page of the repository with links that hold on the site; those to files that are not on it become plain words.

    Args:
        text: The page.
        source: Its path in the repository.
        name: What it is called on the site.

    Returns:
        The page with other links.
    """
    up = "../" * name.count("/")

    def link(found: re.Match[str]) -> str:
        mark, words, target = found.groups()
        if re.match(r"\w+:|#", target):
            return found[0]
        path, _, anchor = target.partition("#")
        place = os.path.normpath(os.path.join(os.path.dirname(source), path)).replace(os.sep, "/")
        place = place + "/README.md" if (ROOT / place / "README.md").is_file() else place
        if place.startswith("docs/site/"):
            return found[0]
        if place in TAKEN:
            return f"[{words}]({up}{TAKEN[place]}.md{'#' + anchor if anchor else ''})"
        if place.startswith("docs/pictures/"):
            return f"{mark}[{words}]({up}{place.removeprefix('docs/')})"
        return words

    return _LINK.sub(link, text)


def stage(folder: Path, language: str) -> None:
    """Lay out the sources of a language: its own pages, and those that are taken or made.

    Args:
        folder: Where to.
        language: `"en"` or `"zh"`.
    """
    for path in sorted((HERE / language).rglob("*.md")):
        name = path.relative_to(HERE / language)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        text = relinked(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix(), name.as_posix())
        (folder / name).write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "docs" / "pictures", folder / "pictures")
    for source in ("examples", "src/chainrule/core", "src/chainrule/gpt"):  # of which pages include parts
        shutil.copytree(ROOT / source, folder / source, ignore=shutil.ignore_patterns("__pycache__"))
    pages = {
        name: relinked((ROOT / source).read_text(encoding="utf-8"), source, name) for source, name in TAKEN.items()
    }
    if language != "en":
        pages = {name: re.sub(r"\A(#+ .*\n+)?", rf"\g<0>{ONLY_ENGLISH}", page) for name, page in pages.items()}
    pages |= made.pages(language)
    for name, page in pages.items():
        path = folder / (name if "." in name.rpartition("/")[2] else f"{name}.md")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")


def build(folder: Path) -> None:
    """Build the site.

    Args:
        folder: Where to.
    """
    work = folder.with_name(folder.name + "-source")
    for each in (work, folder):
        shutil.rmtree(each, ignore_errors=True)
    for language, sphinx in LANGUAGES.items():
        stage(work / language, language)
        subprocess.run(
            [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "-c", HERE, "-D", f"language={sphinx}",
             "-d", work / f"{language}-trees", work / language, folder / language],
            check=True, env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        )  # fmt: skip
        made.documents(folder / language, language)
        dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{tokens(DARK)};color-scheme:dark}}}}"
        css = f":root{{{tokens(LIGHT)};color-scheme:light}}\n{dark}\n"
        (folder / language / "_static" / "tokens.css").write_text(css + style_sheet(), encoding="utf-8")
        for name, text in made.live_files().items():
            (folder / language / "_static" / name).write_text(text, encoding="utf-8")
    shutil.copy(HERE / "index.html", folder / "index.html")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "site"
    build(target.resolve())
    print(f"written to {target}: open {target / 'index.html'} in any browser")
