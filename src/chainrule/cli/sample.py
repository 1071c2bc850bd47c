"""`chainrule sample`: a small GPT writes lines like those that it has learned."""

from __future__ import annotations

from ..gpt.saved import load
from ..show.language import say
from ..show.screen import Cell
from .arguments import Values
from .streams import output, print_json


def run(values: Values) -> int:
    """Write lines, each with its cost, on standard output."""
    gpt = load(values.gpt)
    written = gpt.write(values.count, start=values.start or "", temperature=values.temperature, seed=values.seed)
    costs = [gpt.cost(line) for line in written]
    if values.json:
        print_json([{"text": line, "cost": cost} for line, cost in zip(written, costs, strict=True)])
        return 0
    screen, language = output(values)
    rows: list[list[Cell]] = [[(say(language, "it writes"), "ink3"), (say(language, "cost C"), "ink3")]]
    rows += [[line, (f"{cost:.2f}", "ink2")] for line, cost in zip(written, costs, strict=True)]
    screen.table(rows, "<>", gap=3)
    return 0
