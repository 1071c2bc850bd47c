"""Inside `program/` each file stands above those that it imports: no circle, not even one that types alone would need."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import chainrule.program

HOUSE = Path(chainrule.program.__file__).parent


def module_of(path):
    return ".".join(path.relative_to(HOUSE).with_suffix("").parts)


FILES = {module_of(path): path for path in HOUSE.rglob("*.py") if path.name != "__init__.py"}


def imports_of(name, source):
    """The files of `program/` that a file imports, wherever in it the import stands."""
    package = name.split(".")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            full = [*base, *(node.module.split(".") if node.module else [])]
            for each in (".".join(full), *(".".join([*full, alias.name]) for alias in node.names)):
                if each in FILES and len(package) >= node.level - 1:
                    yield each


def order(sources):
    return list(TopologicalSorter({name: set(imports_of(name, text)) for name, text in sources.items()}).static_order())


def test_no_file_imports_in_a_circle():
    found = order({name: path.read_text(encoding="utf-8") for name, path in FILES.items()})
    assert found.index("symbols") < found.index("primitive") < found.index("nouns") < found.index("layout")
    assert found.index("layout") < found.index("python") and found.index("traced") < found.index("operations.products")


def test_a_planted_circle_is_found():
    import graphlib

    import pytest

    sources = {name: path.read_text(encoding="utf-8") for name, path in FILES.items()}
    sources["symbols"] += "\ndef late():\n    from .nouns import Program\n"
    with pytest.raises(graphlib.CycleError):
        order(sources)
