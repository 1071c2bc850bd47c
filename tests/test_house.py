"""In this house each file stands above those that it imports: no circle, not even one that types alone would need."""

import ast
import functools
import graphlib
from importlib.util import resolve_name
from pathlib import Path

import pytest

import chainrule

HOUSE = Path(chainrule.__file__).parent


def module_of(path):
    parts = path.relative_to(HOUSE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_of(path): path for path in HOUSE.rglob("*.py")}
SOURCES = {name: path.read_text(encoding="utf-8") for name, path in FILES.items()}
PACKAGES = {name for name, path in FILES.items() if path.name == "__init__.py"}


@functools.cache
def imports_of(name, source):
    """The files that a file imports, wherever in it the import stands: a package only where a name is taken from it.

    That which is looked up by a name in a table, as a command's file, is not known here.
    """
    return set(_imports_of(name, source))


def _imports_of(name, source):
    package = name if name in PACKAGES else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level:
            module = resolve_name("." * node.level + (node.module or ""), package)
            for alias in node.names:
                yield f"{module}.{alias.name}" if f"{module}.{alias.name}" in FILES else module
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "import_module":
            target = node.args[0]
            if isinstance(target, ast.Constant) and target.value.startswith("."):
                yield resolve_name(target.value, package)


def order(sources):
    graph = {name: imports_of(name, text) for name, text in sources.items()}
    assert set().union(*graph.values()) <= set(FILES)
    return [name.removeprefix("chainrule.") for name in graphlib.TopologicalSorter(graph).static_order()]


def test_no_file_imports_in_a_circle():
    found = order(SOURCES)
    assert len(found) == len(FILES) > 200
    for lower, upper in [
        ("core.symbols", "core.primitive"),
        ("core.primitive", "core.nouns"),
        ("core.nouns", "core.layout"),
        ("core.layout", "core.python"),
        ("core.traced", "program.operations.products"),
        ("core.traced", "program.operations.special"),
        ("explain.recording", "explain.questions"),
        ("explain.questions", "explain.terminal"),
        ("explain.document", "explain.explanation"),
        ("explain.explanation", "explain.record"),
    ]:
        assert found.index(lower) < found.index(upper)


@pytest.mark.parametrize(
    ("file", "late"),
    [
        ("core.symbols", "def late():\n    from .nouns import Program\n"),
        ("explain.recording", "if TYPE_CHECKING:\n    from . import questions\n"),
        ("core.traced", 'def late():\n    importlib.import_module("..program.operations.special", __package__)\n'),
        ("show.screen", "from .. import Network\n"),
    ],
)
def test_a_planted_circle_is_found(file, late):
    name = f"chainrule.{file}"
    with pytest.raises(graphlib.CycleError):
        order({**SOURCES, name: f"{SOURCES[name]}\n{late}"})


def absolute_imports(sources):
    """The files that import from the package by its full name, which the walks above would overlook."""
    return {
        name
        for name, text in sources.items()
        for node in ast.walk(ast.parse(text))
        if (isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").split(".")[0] == "chainrule")
        or (isinstance(node, ast.Import) and any(each.name.split(".")[0] == "chainrule" for each in node.names))
    }


def test_files_import_from_the_package_relatively():
    assert not absolute_imports(SOURCES)
    assert absolute_imports({"show.screen": "from chainrule.model import Network\n"}) == {"show.screen"}


def taken_from_elsewhere(sources):
    """What the files of the core import from the rest of the package."""
    core = {name: text for name, text in sources.items() if name.startswith("chainrule.core")}
    return {
        (name, found)
        for name, text in core.items()
        for found in imports_of(name, text)
        if found != "chainrule.core" and not found.startswith("chainrule.core.")
    }


def test_the_core_imports_nothing_from_the_rest_of_the_package():
    assert not taken_from_elsewhere(SOURCES)


@pytest.mark.parametrize(
    "late",
    [
        "def late():\n    from ..program import keeping\n",
        "if TYPE_CHECKING:\n    from ..show.screen import Screen\n",
        'importlib.import_module("..program.operations", __package__)\n',
    ],
)
@pytest.mark.parametrize("file", ["core.binding", "core"])
def test_a_planted_import_from_the_rest_is_found(file, late):
    name = f"chainrule.{file}"
    ((found, _),) = taken_from_elsewhere({**SOURCES, name: f"{SOURCES[name]}\n{late}"})
    assert found == name
