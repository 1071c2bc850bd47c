"""Reads `house.toml`, compares it with what the package has, and writes it with lower figures."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .measure import House, Room, measure, room_of

ROOT = Path(__file__).parents[2]
FILE = ROOT / "house.toml"
PACKAGE = ROOT / "src" / "chainrule"
_FIGURES = {
    "nodes": "nodes of syntax trees",
    "door": "names that other rooms import from it",
    "fills": "tables of other files that it fills when it is imported",
}
_NAMES = (
    "nodes",
    "local names that tell a state (given, found, made)",
    "local names that tell nothing (each, one, other)",
)


@dataclass
class Budget:
    """What the package may have at most.

    Attributes:
        total: The most nodes of all rooms together, so that one is raised only after another was lowered.
        house: The most of everything else.
        raises: The rooms that got more since the last release: room, nodes and why.
    """

    total: int
    house: House
    raises: list[dict[str, Any]]


def read_budget(file: Path = FILE) -> Budget:
    """The budget as it is written."""
    read = tomllib.loads(file.read_text(encoding="utf-8"))
    rooms = {name: Room(**figures) for name, figures in read["rooms"].items()}
    return Budget(read["total"], House(rooms, read["files"], read["wide"]), read.get("raises", []))


def write_budget(budget: Budget, file: Path = FILE) -> None:
    """Write a budget, a line for each room, file, script and raise."""
    lines = [
        "# What the package may have at most; nothing rises. `python -m tools.house` writes lower figures where it has less.",
        f"total = {budget.total}  # nodes of all rooms together, at most; set anew at a release",
        "",
        "[rooms]  # a room imports only from those above it",
        *(
            f'"{name}" = {{ {", ".join(f"{figure} = {count}" for figure, count in asdict(room).items())} }}'
            for name, room in budget.house.rooms.items()
        ),
        "",
        "[files]  # nodes, and local names that tell a state, and nothing",
        *(f'"{place}" = {figures}' for place, figures in sorted(budget.house.files.items())),
        "",
        "[wide]  # lines of more than 100 characters",
        *(f'"{place}" = {count}' for place, count in sorted(budget.house.wide.items())),
    ]
    for each in budget.raises:
        lines += ["", "[[raises]]", *(f"{key} = {_written(value)}" for key, value in each.items())]
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")


def _written(value: object) -> str:
    if isinstance(value, int):
        return str(value)
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def faults(budget: Budget, house: House) -> Iterator[str]:
    """What the package has more of than its budget allows, one sentence each: how much, where it grew, what to do.

    Args:
        budget: What it may have.
        house: What it has.
    """
    for name, room in house.rooms.items():
        allowed = budget.house.rooms.get(name)
        if allowed is None:
            yield f"{name} is a new room; put it into one that is there, or enter it in house.toml, with its figures."
            continue
        for figure, words in _FIGURES.items():
            more = getattr(room, figure) - getattr(allowed, figure)
            if more > 0:
                grown = f"; {_grown(name, budget, house)}" if figure == "nodes" else ""
                instead = (
                    f'take as much away, or: python -m tools.house raise {name} {more} "why"'
                    if grown
                    else "take one away"
                )
                yield f"{name} has {getattr(room, figure):,} {words}, {more:,} more than house.toml allows{grown}; {instead}."
    for place, figures in house.files.items():
        most = budget.house.files.get(place, [0, 0, 0])
        for words, count, allowed_count in zip(_NAMES[1:], figures[1:], most[1:], strict=True):
            if count > allowed_count:
                yield f"{place} has {count} {words}, {count - allowed_count} more than house.toml allows; say what is in them."
    for place, count in house.wide.items():
        if count > budget.house.wide.get(place, 0):
            most_wide = budget.house.wide.get(place, 0)
            yield f"{place} has {count} lines of more than 100 characters, and {most_wide} are allowed; break them."
    spent = sum(room.nodes for room in budget.house.rooms.values())
    if spent > budget.total:
        yield (
            f"The rooms may have {spent:,} nodes together, and house.toml allows {budget.total:,}; "
            "lower one before another is raised."
        )


def _grown(room: str, budget: Budget, house: House) -> str:
    """The file of a room that grew most: `branches/repeating.py grew by 402`."""
    growth = {
        place: figures[0] - budget.house.files.get(place, [0])[0]
        for place, figures in house.files.items()
        if room_of(place) == room
    }
    place = max(growth, key=growth.__getitem__)
    return f"{place} grew by {growth[place]:,}"


def lowered(budget: Budget, house: House) -> Budget:
    """The budget with the figures of the package where they are lower; files and rooms that are gone have none."""
    rooms = {
        name: Room(*(min(getattr(room, figure), getattr(allowed, figure)) for figure in _FIGURES))
        for name, allowed in budget.house.rooms.items()
        if (room := house.rooms.get(name)) is not None
    }
    files = {
        place: [figures[0], *map(min, figures[1:], budget.house.files.get(place, [0, 0, 0])[1:])]
        for place, figures in house.files.items()
    }
    wide = {place: min(count, budget.house.wide.get(place, 0)) for place, count in house.wide.items()}
    return Budget(budget.total, House(rooms, files, wide), budget.raises)


def raised(budget: Budget, room: str, nodes: int, why: str) -> Budget:
    """The budget in which a room may have more nodes, with the reason."""
    rooms = {**budget.house.rooms}
    rooms[room] = Room(rooms[room].nodes + nodes, rooms[room].door, rooms[room].fills)
    raises = [*budget.raises, {"room": room, "nodes": nodes, "why": why}]
    return Budget(budget.total, House(rooms, budget.house.files, budget.house.wide), raises)


def measured() -> House:
    """What the package of this checkout has."""
    return measure(PACKAGE)
