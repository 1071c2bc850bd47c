"""In this house each file stands above those that it imports: no circle, not even one that types alone would need.

The places of the house are in the order in which the table in CONTRIBUTING.md shows them.
"""

import ast
import functools
import graphlib
import re
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
        ("core.traced", "program.operations.linalg"),
        ("core.traced", "program.operations.special"),
        ("explain.recording", "explain.questions"),
        ("explain.answers", "explain.terminal"),
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


PICTURE = Path(__file__).parents[1] / "CONTRIBUTING.md"


def rows_of(text):
    """The places of the house by the rows of the table, those first that import the least."""
    section = text.partition("\n## The house\n")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return [re.findall(r"`([^`]+)`", cell) for cell in cells]


def place_of(name):
    """The place of a file, as the table writes it: `core/` for a folder, `model.py` for a file."""
    first = name.partition(".")[2].partition(".")[0] or "__init__"
    return f"{first}/" if f"chainrule.{first}" in PACKAGES else f"{first}.py"


def against(rows, sources):
    """The imports from a place further down, and those of what stands apart in the last row."""
    rank = {place: number for number, row in enumerate(rows) for place in row}
    for name, text in sources.items():
        for found in imports_of(name, text):
            here, there = rank[place_of(name)], rank[place_of(found)]
            if there > here or (there == len(rows) - 1 and here != there):
                yield f"{name} imports {found}"


ROWS = rows_of(PICTURE.read_text(encoding="utf-8"))


def test_the_table_shows_every_place_once():
    shown = [place for row in ROWS for place in row]
    assert sorted(shown) == sorted({place_of(name) for name in FILES})
    assert len(ROWS) > 10 and ROWS[-1] == ["textbook.py", "compat/"]


def test_each_place_imports_only_from_those_above_it():
    assert not list(against(ROWS, SOURCES))


@pytest.mark.parametrize(
    ("file", "planted", "found"),
    [
        ("core.traced", "from ..program import names\n", "program.names"),
        ("program.latex", "def late():\n    from ..show import screen\n", "show.screen"),
        ("calculus.reverse", "if TYPE_CHECKING:\n    from ..network.costs import MSE\n", "network.costs"),
        ("training.step", "from .. import Network\n", ""),
        ("network.costs", "from .. import model\n", "model"),
        ("model", 'importlib.import_module(".web.server", "chainrule")\n', "web.server"),
        ("cli.app", "from ..textbook import Network\n", "textbook"),
        ("version", "from .core.errors import TracingError\n", "core.errors"),
    ],
)
def test_a_planted_import_from_below_is_found(file, planted, found):
    name = f"chainrule.{file}"
    wrong = list(against(ROWS, {**SOURCES, name: f"{SOURCES[name]}\n{planted}"}))
    assert wrong == [f"{name} imports {f'chainrule.{found}'.rstrip('.')}"]


@pytest.mark.parametrize("row", range(len(ROWS) - 2))
def test_a_table_in_another_order_is_found(row):
    """Unless nothing of the two rows imports the other."""
    swapped = [*ROWS[:row], ROWS[row + 1], ROWS[row], *ROWS[row + 2 :]]
    pairs = {(place_of(name), place_of(found)) for name, text in SOURCES.items() for found in imports_of(name, text)}
    imports = {(a, b) for a, b in pairs if a in ROWS[row + 1] and b in ROWS[row]}
    wrong = list(against(swapped, SOURCES))
    assert bool(wrong) == bool(imports)


def test_the_places_that_compute_stand_above_those_with_words_and_screens():
    """So that, by the tests above, they give data alone."""
    order = [place for row in ROWS for place in row]
    for place in ("core/", "program/", "run/", "calculus/", "network/", "training/"):
        assert order.index(place) < order.index("show/")


def clock_readers(sources):
    """The files that can ask for the time."""
    return {
        name
        for name, source in sources.items()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        and {"time", "datetime"} & {getattr(node, "module", None), *(alias.name for alias in node.names)}
    }


def test_what_is_said_and_kept_follows_from_no_clock():
    """A mistake is named, a page made and an answer explained alike on a busy machine: what may be tried is counted."""
    assert clock_readers({"planted": "import time\n", "too": "from time import perf_counter\n"}) == {"planted", "too"}
    rooms = ("practice", "page", "explain", "exercises", "calculus", "core", "network", "export")
    inside = {name: source for name, source in SOURCES.items() if name.split(".")[1:2] and name.split(".")[1] in rooms}
    assert len(inside) > 100
    assert clock_readers(inside) == set()
