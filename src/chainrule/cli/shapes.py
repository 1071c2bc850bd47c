"""`chainrule shapes`: the dimensions of every symbol of a network, forward and backward."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable

from ..core.nouns import Row
from ..network.architecture import stacked
from ..network.equations import programs
from ..show.dimensions import dimensions
from ..show.language import spoken
from ..show.screen import Screen
from .streams import print_json


def run(values: argparse.Namespace) -> int:
    """Derive the network's backward pass, and show every line's dimensions."""
    derived = programs(stacked(values.layers), values.batch)
    shown = dimensions(derived.feedforward, derived.backprop)
    if values.json:
        rows = {"forward": _plain(shown.forward), "backward": _plain(shown.backward)}
        print_json({**rows, "parameters": shown.parameter_count})
    else:
        screen = Screen(sys.stdout)
        shown.draw(screen, spoken(values.lang, screen.encoding))
    return 0


def _plain(rows: Iterable[Row]) -> list[dict[str, object]]:
    return [
        {"symbol": row.symbol, "shape": [int(size) for size in row.shape], "equation": row.equation} for row in rows
    ]
