"""`python -m tools.house` lowers the budget to what the package has, and says what is more; `raise` raises a room's."""

from __future__ import annotations

import sys

from .budget import FILE, faults, lowered, measured, raised, read_budget, write_budget

_USAGE = 'Usage: python -m tools.house, or python -m tools.house raise ROOM NODES "WHY"'


def main(words: list[str]) -> int:
    """Run the command; 0 if nothing is over its budget."""
    budget = read_budget()
    if words:
        if len(words) != 4 or words[0] != "raise" or not words[2].isdecimal() or words[1] not in budget.house.rooms:
            print(f"{_USAGE}; the rooms are {', '.join(budget.house.rooms)}.", file=sys.stderr)
            return 2
        budget = raised(budget, words[1], int(words[2]), words[3])
    house = measured()
    found = list(faults(budget, house))
    for sentence in found:
        print(sentence, file=sys.stderr)
    before = FILE.read_text(encoding="utf-8")
    write_budget(lowered(budget, house))
    return int(bool(found) or FILE.read_text(encoding="utf-8") != before)


sys.exit(main(sys.argv[1:]))
