"""The values over which an explanation's data are evaluated: those recorded, and those worked out on demand."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..core.nouns import Array
from . import measures
from .evaluation import Evaluator
from .recording import Recording, of_example
from .steps import slopes
from .windows import sent_back, window


class Scope(dict[str, Any]):
    """The values of an explanation by name.

    Beside those recorded: `slope2`, of a layer's activations; `after a3` and `own a3`, after the step and after one of the last
    layer alone; `zeros a2`, the share that is 0, and `blank`, that of the inputs; what a gradient's proof gives; `this` and
    `other`, the answers that are compared, and the `evidence` of pixels; what a step does to other images; `window 2`,
    `kernel 2`, `corner 2`, what the chosen place of a layer of maps sees, and `sent 2`, `errors 2`, `seen 2`, what comes back;
    of a text, the `loss` of each place, and how much error places have `sent` each other through attention.
    """

    def __init__(self, made: Recording, pair: tuple[int, int] | None = None, others: tuple[Array, Array] | None = None):
        super().__init__({**made.values, **made.facts})
        self.made, self.pair, self.images = made, pair, others

    def __missing__(self, name: str) -> Any:
        found = self._worked_out(name)
        self.update(found)
        return found[name]

    def _worked_out(self, name: str) -> Mapping[str, Any]:
        """Values of which this is one, or none."""
        made, when = self.made, name.partition(" ")[0]
        if name in ("loss", "sent") and made.reading is not None:
            return {name: (measures.losses if name == "loss" else measures.sent_lengths)(made)}
        if name.startswith("slope") and made.architecture is not None:
            return {f"slope{key[1:]}": each for key, each in slopes(made.architecture, made.values).items()}
        if when in ("window", "kernel", "corner", "sent", "errors", "seen"):
            return self._of_place(when, int(name.partition(" ")[2]))
        if when == "zeros":
            return {f"zeros {line.symbol}": line.zeros for line in made.lines}
        if name == "blank":
            return {name: float(np.mean((made.values["a1"] == 0).all(axis=int(made.values["a1"].ndim == 2))))}
        if name in ("this", "other"):
            return dict(zip(("this", "other"), measures.compared(made, *(self.pair or ())), strict=True))
        if name == "evidence":
            return {name: measures.evidence(made, self["this"], self["other"])}
        if name in ("measured", "derived", "C plus", "C minus", "relative error", "agrees"):
            proof = measures.proof(made)
            measured = {"measured": proof.measured, "derived": proof.derivative, "relative error": proof.relative_error}
            return {**measured, "agrees": proof.agrees, "C plus": proof.costs[0], "C minus": proof.costs[1]}
        if name in ("images", "right", "after right", "became right", "became wrong") and self.images is not None:
            before, after = measures.others_read(made, *self.images)
            right = {"images": len(before), "right": int(before.sum()), "after right": int(after.sum())}
            return {**right, "became right": int((after & ~before).sum()), "became wrong": int((before & ~after).sum())}
        if when in ("after", "own"):
            stepped = measures.step_values(made, [] if when == "after" else [len(made.sizes)])
            if made.reading is not None:
                return {f"{when} {key}": each for key, each in stepped.items()}
            answer = int(np.argmax(of_example(stepped[f"a{len(made.sizes)}"], made.example)))
            facts = {"cost": float(stepped["C"]) / made.m, "answer": answer}
            return {f"{when} {key}": each for key, each in {**stepped, **facts}.items()}
        return {}

    def _of_place(self, what: str, layer: int) -> Mapping[str, Any]:
        """What the chosen place of a layer of maps sees, and what comes back to it: see `windows`."""
        made = self.made
        if what in ("window", "kernel", "corner"):
            seen = window(made, layer, made.neuron(layer))
            corner = np.array((seen.first, *seen.corner))
            found = {"window": seen.values.ravel(), "kernel": seen.kernel.ravel(), "corner": corner}
        else:
            weights, errors, places = sent_back(made, layer, made.neuron(layer))
            found = {"sent": weights, "errors": errors, "seen": places}
        return {f"{name} {layer}": each for name, each in found.items()}


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
