"""What the page needs to write the training of any fully connected network without Python: loops whose sizes are names, as JSON.

The loops of each piece of a layer (`pieces.py`, `layer_loops.py`) are cut out of networks that stand for all: one for each
activation and for each cost with what its outputs may be. `front/layers.js` puts them together for the layers that are wanted.
"""

from __future__ import annotations

import functools
import json

from ..network.architecture import Architecture, stacked
from ..run.loops.language import Body, Count
from ..training.optimizers import momentum, sgd
from ..training.rates import default_rate
from ..training.step import UpdateRule
from . import batch_loops
from .compact import Json, compact
from .layer_loops import LayerLoops
from .pieces import Piece, gradient_of, pieces_of
from .programs import beginnings

HIDDEN = ("sigmoid", "tanh", "relu")
OUTPUTS = {
    "quadratic": ("sigmoid", "tanh", "relu", "softmax"),
    "cross-entropy": ("sigmoid",),
    "log-likelihood": ("softmax",),
}
"""The activations that layers may have, and by cost those of the outputs."""
STAND_IN = (64, 48, 32, 16)
"""The sizes of the networks that pieces are cut out of: of layers of such sizes, η multiplies the errors of the outputs."""

_NUMBERS = ("rate", "share", "number1", "cost")


def stand_in(hidden: str, output: str, cost: str) -> Architecture:
    """A network that pieces are cut out of."""
    return stacked(STAND_IN, activation=hidden, output=output, cost=cost)


def is_plain(architecture: Architecture) -> bool:
    """Whether a network is one that templates make: fully connected, without normalization and dropout, of known functions."""
    *hidden, output = architecture.activations
    dense = all(each.normalization == "none" and not each.back for each in architecture.stack)
    known = all(each in HIDDEN for each in hidden) and output in OUTPUTS.get(str(architecture.cost), ())
    return dense and known and not any(architecture.dropouts)


@functools.cache
def suited_rates() -> dict[str, dict[str, float]]:
    """The learning rates with which `fit` trains the networks that templates make.

    Returns:
        The rates by the cost and the activation of the hidden layers, which is empty where there are none.

    Examples:
        >>> suited_rates()["quadratic"]["sigmoid"], suited_rates()["log-likelihood"]["relu"]
        (3.0, 0.1)
    """
    found = {}
    for cost, (output, *_) in OUTPUTS.items():
        hidden = {name: default_rate(stand_in(name, output, cost), sgd()) for name in HIDDEN}
        none = stacked([STAND_IN[0], STAND_IN[-1]], output=output, cost=cost)
        found[cost] = {**hidden, "": default_rate(none, sgd())}
    return found


class _Templates:
    """Loops, each once, and the bytes of the arrays that they use."""

    def __init__(self) -> None:
        self.bodies: dict[str, Body] = {}
        self.arrays: dict[str, Count] = dict(batch_loops.ARRAYS)

    def add(self, body: Body) -> int:
        text = json.dumps(compact(body, ("step",)))
        self.bodies.setdefault(text, body)
        return [*self.bodies].index(text)

    def of(self, piece: Piece, listed: bool = False) -> list[int]:
        loops = LayerLoops(piece, listed)
        self.arrays |= loops.arrays
        return [self.add(body) for body in loops.bodies]


@functools.cache
def templates() -> tuple[dict[str, Json], tuple[Body, ...]]:
    """The templates, and the loops that they describe.

    Returns:
        First what the page gets: `loops`; the numbers of those that make up each piece; `arrays` with their bytes, and those that
        a network has only once, `alone`; the activations that layers may have; and the deviations with which weights and biases
        are `drawn`, of weights times √n. Then the loops, by their numbers.

    Examples:
        >>> found, loops = templates()
        >>> [str(loops[number][0]) for number in found["forward"]["sigmoid"]]
        ['for p in range(0, v, 1)', 'for i in range(0, m·v, 1)']
    """
    made, sgd = _Templates(), UpdateRule()
    found: dict[str, Json] = {"forward": {}, "error": {}, "slope": {}, "drawn": {}}
    for name in HIDDEN:
        architecture = stand_in(name, "sigmoid", "quadratic")
        pieces = pieces_of(architecture, sgd)
        for kind in ("forward", "error", "slope"):
            found[kind][name] = made.of(pieces[f"{kind} 2"])
    for cost, outputs in OUTPUTS.items():
        for name in outputs:
            pieces = pieces_of(stand_in("sigmoid", name, cost), sgd)
            found["forward"][name] = made.of(pieces["forward 4"])
            begun = beginnings(stand_in("sigmoid", name, cost))
            found["drawn"][name] = [begun["w4"][1] * STAND_IN[-2] ** 0.5, begun["b4"][1]]
            found["error"][f"{cost} {name}"] = made.of(pieces["error 4"])
        found[cost] = made.of(pieces["cost"])
    plain = stand_in("sigmoid", "sigmoid", "quadratic")
    pieces = pieces_of(plain, sgd)
    found |= {name: made.of(pieces[of]) for name, of in (("begin", "begin"), ("update", "update 3"))}
    found["momentum"] = made.of(pieces_of(plain, UpdateRule(momentum()))["update 3"])
    found["gradient"] = made.of(gradient_of(plain, 3))
    found["listed"] = {
        number: other
        for name in ("forward 3", "update 3")
        for number, other in zip(made.of(pieces[name]), made.of(pieces[name], listed=True), strict=True)
    }
    batch = {
        "images": batch_loops.images(), "nonzero": batch_loops.nonzero(), "told": batch_loops.told(),
        "inputs": batch_loops.numbers("images", "a"), "targets": batch_loops.numbers("targets", "y"),
    }  # fmt: skip
    found |= {name: [made.add(body)] for name, body in batch.items()}
    found |= {"hidden": HIDDEN, "outputs": OUTPUTS}
    found["loops"] = [json.loads(text) for text in made.bodies]
    found["arrays"] = {name: count if isinstance(count, int) else str(count) for name, count in made.arrays.items()}
    found["alone"] = [*(name for name in batch_loops.ARRAYS if name not in batch_loops.LAYERS), *_NUMBERS]
    return found, tuple(made.bodies.values())


def script() -> str:
    """The templates as a module of JavaScript."""
    return f"export const templates = {json.dumps(templates()[0], ensure_ascii=False, separators=(',', ':'))};\n"
