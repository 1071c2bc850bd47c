"""Writes the catalogs of languages anew, in the order of the source: python docs/catalog.py [CODE …]

What is translated stays, what no line says any longer goes, and what is missing comes with an empty translation. A code that has
no catalog yet begins one. Without a code, all catalogs are written.
"""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter

import chainrule
from chainrule.cli import help as command_help
from chainrule.explain.article import SECTIONS, code_of
from chainrule.show import language, po
from chainrule.show.scripts import texts_in

ROOT = Path(chainrule.__file__).parent
TAKES = {
    "message": (0,), "listed": (1,), "say": (0, 1), "_say": (0, 1), "phrase": (0, 1), "told_in": (0, 1),
    "refuse": (0, 1), "refusal": (0, 1), "require_same": (2,), "sentence": (0,), "Sentence": (0,),
    "refuse_function": (1, 2), "__init__": (0,), "Field": (1,), "refusal_at": (1, 2), "refusal_in": (2, 3),
}  # fmt: skip
"""Functions that take templates, and as which arguments; errors take theirs first."""
NAMED = ("joint", "last", "gives")
"""Arguments and parameters that are templates by their names."""
APART = {"ProgramError"}
"""A fault of this program, which its users can do nothing about."""


@functools.cache
def templates() -> dict[tuple[str, str], str]:
    """Every text that the package can say, by its context and English, in the order of the source: the file that says it."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(ROOT.rglob("*.py"))}
    takes = TAKES | dict.fromkeys(errors(trees), (0,))
    found: dict[tuple[str, str], str] = {}
    for path in sorted(each for each in ROOT.rglob("*") if each.suffix in (".py", ".js", ".html")):
        place = path.relative_to(ROOT).as_posix()
        page = path not in trees
        texts = texts_in(path.read_text(encoding="utf-8")) if page else _in_code(trees[path], takes)
        for key in (*_in_tables(place), *texts):
            found.setdefault(key, place)
    return found


def errors(trees: Mapping[Path, ast.Module]) -> set[str]:
    """The names of all errors whose message is a template: those that inherit from `ChainruleError`."""
    classes = [node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    found, before = {"ChainruleError", "RefusedError", "ShapeMismatch"}, 0
    while len(found) > before:
        before = len(found)
        found |= {each.name for each in classes if found & {getattr(base, "id", "") for base in each.bases}}
    return found - APART


def needed(template: str) -> bool:
    """Whether a text has words, which another language must have its own for."""
    return re.search("[A-Za-z]{2}", re.sub(r"\{[^{}]*\}", "", template)) is not None


def places(text: str) -> set[str]:
    """The names of the `{places}` of a text."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def _in_tables(place: str) -> Iterator[tuple[str, str]]:
    """The texts that are listed apart from the lines that show them."""
    if place == "cli/help.py":
        yield from (("", text) for text in command_help.texts())
    elif place == "explain/article.py":
        comments = (line.partition("# ")[2] for section in SECTIONS for line in code_of(section).splitlines())
        yield from (("", comment) for comment in comments if needed(comment))


def _in_code(tree: ast.Module, takes: Mapping[str, tuple[int, ...]]) -> Iterator[tuple[str, str]]:
    """The literals that are given as templates, both of `a if x else b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            arguments = [*node.args.posonlyargs, *node.args.args]
            pairs = zip(reversed(arguments), reversed(node.args.defaults), strict=False)
            yield from (("", text) for each, value in pairs if each.arg in NAMED for text in _literals(value))
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            keywords = {each.arg: each.value for each in node.keywords}
            given = [node.args[place] for place in takes.get(name, ()) if place < len(node.args)]
            given += [keywords[named] for named in NAMED if named in keywords]
            second = _literals(node.args[1]) if name == "message" and node.args[1:] else []
            context = (_literals(keywords.get("context")) or second or [""])[0]
            if name == "listed" and len(node.args) == 1 and "joint" not in keywords:
                given.append(ast.Constant("{words}, {word}"))  # its default, in this context
            yield from ((context, text) for each in given for text in _literals(each))


def _literals(value: ast.expr | None) -> list[str]:
    if isinstance(value, ast.IfExp):
        return [*_literals(value.body), *_literals(value.orelse)]
    return [value.value] if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value else []


def written(code: str) -> str:
    """A language's catalog, as it should stand in its file."""
    path = language.FOLDER / f"{code}.po"
    entries = po.read(path.read_text(encoding="utf-8"), path.name) if path.exists() else {}
    fields = {"Language": code, "X-Name": code, "MIME-Version": "1.0", "Content-Type": "text/plain; charset=UTF-8"}
    fields |= {"Content-Transfer-Encoding": "8bit"} | po.header(entries)
    lines = ['msgid ""', 'msgstr ""', *(_quoted(f"{field}: {value}\n") for field, value in fields.items())]
    last = ""
    for (context, template), place in templates().items():
        translation = entries.get((context, template), "")
        if not translation and not needed(template):
            continue
        lines += [
            "",
            *([f"#: {place}"] if place != last else []),
            *([f"msgctxt {_quoted(context)}"] if context else []),
        ]
        lines += [f"msgid {_quoted(template)}", f"msgstr {_quoted(translation)}"]
        last = place
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n"))


if __name__ == "__main__":
    for code in sys.argv[1:] or language.languages()[1:]:
        (language.FOLDER / f"{code}.po").write_text(written(code), encoding="utf-8", newline="\n")
