"""`chainrule shapes`: the dimensions of every symbol of a network, forward and backward."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..core.nouns import Row
from ..network.architecture import stacked
from ..network.equations import programs
from ..saved import load
from ..show.dimensions import Dimensions, dimensions
from .arguments import Values
from .functions import network_of, read_network, require_used, running
from .streams import output, print_json


def run(values: Values) -> int:
    """Derive the network's backward pass, and show every line's dimensions."""
    shown = _dimensions(values.layers, values.functions, values.batch)
    if values.json:
        rows = {"forward": _plain(shown.forward), "backward": _plain(shown.backward)}
        print_json({**rows, "parameters": shown.parameter_count})
    else:
        shown.draw(*output(values))
    return 0


def _dimensions(layers: Sequence[int | str] | str, functions: str | None, batch: int) -> Dimensions:
    """The dimensions of a saved network, or of layers that are typed."""
    if isinstance(layers, str):
        return read_network(load, layers, functions).dimensions(batch)
    made = network_of(layers, functions)
    with running(functions):
        architecture = stacked(**made)
        require_used(functions, architecture)
    derived = programs(architecture, batch)
    return dimensions(derived.feedforward, derived.backprop)


def _plain(rows: Iterable[Row]) -> list[dict[str, object]]:
    return [
        {"symbol": row.symbol, "shape": [int(size) for size in row.shape], "equation": row.equation} for row in rows
    ]
