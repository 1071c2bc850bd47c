"""The package has at most what `house.toml` allows: nodes, names in doors, tables filled from outside, bare names, wide lines."""

from dataclasses import replace

import pytest
from tools.house.budget import Budget, faults, lowered, measured, raised, read_budget, write_budget
from tools.house.measure import Room, measure

from .test_house import ROWS

SOURCES = {
    "__init__.py": "",
    "low/__init__.py": "",
    "low/table.py": "TABLE = {}\nOTHER = []\ndef add(given, size):\n    each = given\n    return each\n",
    "high/__init__.py": "from ..low.table import TABLE, add\n",
    "high/more.py": "from ..low import table\nfrom ..low.table import OTHER, TABLE as T\nT['a'] = 1\nOTHER.append(2)\n",
}


@pytest.fixture
def package(tmp_path):
    """A package of two rooms, with one script."""
    for place, source in SOURCES.items():
        path = tmp_path / "package" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    (tmp_path / "package" / "high" / "wide.js").write_text(f"{'x' * 101}\n{'x' * 100}\n", encoding="utf-8")
    return tmp_path / "package"


@pytest.fixture
def budget(package):
    """What that package has, as its budget."""
    house = measure(package)
    return Budget(sum(room.nodes for room in house.rooms.values()), house, [])


def test_a_package_is_counted(budget):
    house = budget.house
    assert {name: (room.door, room.fills) for name, room in house.rooms.items()} == {
        "__init__.py": (0, 0), "low": (4, 0), "high": (0, 2),
    }  # fmt: skip
    assert house.files["low/table.py"][1:] == [1, 1]
    assert house.wide == {"high/wide.js": 1}
    assert house.rooms["high"].nodes == house.files["high/__init__.py"][0] + house.files["high/more.py"][0] == 20


def planted(package, place, line):
    path = package / place
    path.write_text(f"{path.read_text(encoding='utf-8')}{line}\n", encoding="utf-8")
    return measure(package)


RISES = {
    (
        "low/table.py",
        "size = 1 + 2",
    ): "low has 23 nodes of syntax trees, 6 more than house.toml allows; low/table.py grew by 6; "
    'take as much away, or: python -m tools.house raise low 6 "why".',
    (
        "high/more.py",
        "from ..low.table import size",
    ): "low has 5 names that other rooms import from it, 1 more than house.toml allows; take one away.",
    (
        "high/__init__.py",
        "TABLE |= {}",
    ): "high has 3 tables of other files that it fills when it is imported, 1 more than "
    "house.toml allows; take one away.",
    (
        "low/table.py",
        "found = 1",
    ): "low/table.py has 2 local names that tell a state (given, found, made), 1 more than house.toml "
    "allows; say what is in them.",
    (
        "low/table.py",
        "other = 1",
    ): "low/table.py has 2 local names that tell nothing (each, one, other), 1 more than house.toml "
    "allows; say what is in them.",
    ("high/wide.js", "y" * 200): "high/wide.js has 2 lines of more than 100 characters, and 1 are allowed; break them.",
}


@pytest.mark.parametrize(("place", "line"), RISES)
def test_what_rises_is_told(package, budget, place, line):
    assert not list(faults(budget, measure(package)))
    assert RISES[place, line] in list(faults(budget, planted(package, place, line)))


def test_what_falls_lowers_the_budget_and_a_raise_needs_room(package, budget, tmp_path):
    house = measure(package)
    smaller = replace(house, rooms={**house.rooms, "low": Room(10, 3, 0)})
    lower = lowered(budget, smaller)
    assert lower.house.rooms["low"] == Room(10, 3, 0)
    assert lowered(lower, house).house.rooms["low"] == Room(10, 3, 0)
    assert not list(faults(raised(lower, "high", 5, "a new table"), smaller))
    (said,) = faults(raised(budget, "high", 5, "a new table"), house)
    assert said.startswith("The rooms may have ") and "lower one before another is raised" in said
    write_budget(raised(lower, "high", 5, 'it says "no"'), tmp_path / "house.toml")
    again = read_budget(tmp_path / "house.toml")
    assert again.raises == [{"room": "high", "nodes": 5, "why": 'it says "no"'}]
    assert again == raised(lower, "high", 5, 'it says "no"')


def test_a_new_room_is_told(package, budget):
    (package / "third.py").write_text("", encoding="utf-8")
    (said,) = faults(budget, measure(package))
    assert said.startswith("third.py is a new room; ")


def test_the_package_is_within_its_budget():
    budget, house = read_budget(), measured()
    assert not list(faults(budget, house))
    assert set(budget.house.rooms) == set(house.rooms)


def test_the_rooms_stand_in_the_order_of_the_table():
    rank = {place.rstrip("/"): number for number, row in enumerate(ROWS) for place in row}
    order = [rank[room] for room in read_budget().house.rooms]
    assert order == sorted(order)
