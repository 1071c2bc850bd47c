"""The values over which an explanation's data are evaluated: what is recorded, and what is worked out when it is asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..core.nouns import Array
from . import questions
from .evaluation import Evaluator
from .recording import Recording
from .steps import slopes


class Scope(dict[str, Any]):
    """The values of an explanation by name.

    Beside those recorded: `slope2`, of a layer's activations; `after a3` and `own a3`, after the step and after one of the last
    layer alone; `zeros a2`, the share that is 0, and `blank`, that of the inputs; what a gradient's proof gives; `this` and
    `other`, the answers that are compared, and the `evidence` of pixels; what a step does to other images.
    """

    def __init__(self, made: Recording, pair: tuple[int, int] | None = None, others: tuple[Array, Array] | None = None):
        super().__init__({**made.values, **made.facts})
        self.made, self.pair, self.images = made, pair, others

    def __missing__(self, name: str) -> Any:
        self.update(self._found(name))
        return self[name]

    def _found(self, name: str) -> Mapping[str, Any]:
        made = self.made
        if name.startswith("slope"):
            assert made.architecture is not None
            return {f"slope{key[1:]}": each for key, each in slopes(made.architecture, made.values).items()}
        if name.startswith("zeros "):
            return {f"zeros {line.symbol}": line.statistics.zeros for line in made.lines}
        if name == "blank":
            return {"blank": float(np.mean((made.values["a1"] == 0).all(axis=1)))}
        if name in ("this", "other", "evidence"):
            found = questions.why(made, *(self.pair or ()))
            return {"this": found.this, "other": found.other, "evidence": found.pixels}
        if name in ("measured", "derived", "C plus", "C minus", "relative error", "agrees"):
            proof = questions.proof(made)
            costs = {"C plus": proof.costs[0], "C minus": proof.costs[1]}
            measured = {"measured": proof.measured, "derived": proof.derivative}
            return {**costs, **measured, "relative error": proof.relative_error, "agrees": proof.agrees}
        if name in ("images", "right", "after right", "became right", "became wrong"):
            step = questions.one_step(made, self.images)
            counts = {"right": step.right[0], "after right": step.right[1]}
            return {
                **counts,
                "images": step.others,
                "became right": step.became_right,
                "became wrong": step.became_wrong,
            }
        when, _, _ = name.partition(" ")
        if when not in ("after", "own"):
            raise KeyError(name)
        stepped = questions.step_values(made, [] if when == "after" else [len(made.sizes)])
        facts = {
            "cost": float(stepped["C"]) / made.m,
            "answer": int(np.argmax(stepped[f"a{len(made.sizes)}"][:, made.example])),
        }
        return {f"{when} {key}": each for key, each in {**stepped, **facts}.items()}


def evaluator(
    made: Recording, pair: tuple[int, int] | None = None, others: tuple[Array, Array] | None = None
) -> Evaluator:
    """What evaluates the data of an explanation; `pair` are the answers that `why` compares, `others` are images."""
    return Evaluator(Scope(made, pair, others), made.classes)


def known(made: Recording, names: Iterable[str]) -> dict[str, Any]:
    """Those of the names that are values of an explanation: others are bound within its data."""
    scope, found = Scope(made), {}
    for name in names:
        with contextlib.suppress(KeyError):
            found[name] = scope[name]
    return found
