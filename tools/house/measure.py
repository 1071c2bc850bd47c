"""Counts what a reader must hold of the package: syntax-tree nodes of rooms, their doors, tables that other files fill, names.

A room is a folder or a file at the top of the package. A door is what other rooms import from a room.
"""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from importlib.util import resolve_name
from pathlib import Path

BARE = frozenset(
    re.findall(
        r"\w+",
        "given found made told taken written asked kept wanted chosen known begun seen owned noted done left "
        "held meant called drawn read shown said added moved placed joined split grouped counted listed named "
        "sorted passed reached needed used met built filled gathered brought changed learned trained looked "
        "entered bound sought lost formed",
    )
)
"""Local names that tell a state and not what is in it."""
EMPTY = frozenset(
    re.findall(
        r"\w+",
        "each one other whole some more rest all both own here there beside before after now first last",
    )
)
"""Local names that tell nothing."""
WIDTH = 100
"""The most characters of a line of JavaScript."""
_FILLS = ("append", "extend", "update", "insert", "setdefault", "add", "register")


@dataclass
class Room:
    """What a room has: nodes of its syntax trees, names that others import from it, tables of others that it fills."""

    nodes: int = 0
    door: int = 0
    fills: int = 0


@dataclass
class House:
    """What the package has: its rooms; of each Python file its nodes, bare and empty local names; wide lines of each script."""

    rooms: dict[str, Room] = field(default_factory=dict)
    files: dict[str, list[int]] = field(default_factory=dict)
    wide: dict[str, int] = field(default_factory=dict)


def measure(package: Path) -> House:
    """Count what a package has.

    Args:
        package: The folder of the package.

    Returns:
        Its figures.
    """
    files = {path.relative_to(package).as_posix(): path for path in sorted(package.rglob("*.py"))}
    trees = {place: ast.parse(path.read_text(encoding="utf-8")) for place, path in files.items()}
    house, doors = House(), defaultdict[str, set[str]](set)
    for place, tree in trees.items():
        room = house.rooms.setdefault(room_of(place), Room())
        nodes = [node for node in ast.walk(tree) if not isinstance(node, ast.expr_context)]
        room.nodes += len(nodes)
        imported = {local: (source, name) for local, source, name in _imports(place, nodes, files.keys())}
        for source, name in imported.values():
            if room_of(source) != room_of(place):
                doors[room_of(source)].add(f"{source}:{name}")
        room.fills += len({table for table in _filled(tree) if table in imported})
        bindings = Counter(_bindings(nodes))
        house.files[place] = [len(nodes), *(sum(bindings[word] for word in words) for words in (BARE, EMPTY))]
    for name, taken in doors.items():
        house.rooms[name].door = len(taken)
    for path in sorted(package.rglob("*.js")):
        lines = path.read_text(encoding="utf-8").splitlines()
        house.wide[path.relative_to(package).as_posix()] = sum(len(line) > WIDTH for line in lines)
    return house


def room_of(place: str) -> str:
    """The room of a file: the folder or the file at the top of the package."""
    return place.partition("/")[0]


def _imports(place: str, nodes: list[ast.AST], places: Container[str]) -> Iterator[tuple[str, str, str]]:
    """The names that a file imports from others of the package: as it calls them, that file's place, as they are called there."""
    package = ".".join(["package", *place.split("/")[:-1]])
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.level:
            module = resolve_name("." * node.level + (node.module or ""), package).split(".")[1:]
            for alias in node.names:
                paths = (path for parts in ([*module, alias.name], module) for path in _places_of(parts))
                source = next((path for path in paths if path in places), None)
                if source is not None:
                    yield alias.asname or alias.name, source, alias.name


def _places_of(module: list[str]) -> tuple[str, str]:
    return f"{'/'.join(module)}.py", "/".join([*module, "__init__.py"])


def _filled(tree: ast.Module) -> Iterator[str]:
    """The names of tables that a file fills when it is imported: `X[key] = …`, `X.append(…)`, `X |= …`."""
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
        )
        for target in targets:
            base = target.value if isinstance(target, (ast.Subscript, ast.Attribute)) else target
            if isinstance(base, ast.Name) and (target is not base or isinstance(node, ast.AugAssign)):
                yield base.id
        call = node.value if isinstance(node, ast.Expr) else None
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in _FILLS:
            base = call.func.value
            if isinstance(base, ast.Name):
                yield base.id


def _bindings(nodes: list[ast.AST]) -> Iterator[str]:
    """The names that a file binds: variables and parameters."""
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
