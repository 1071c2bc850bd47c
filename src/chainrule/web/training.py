"""A run of training that a page watches: told line by line, epoch by epoch, with the weights as they form."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from ..show.language import Language, translated
from ..training.callbacks import Moment
from ..training.history import Epoch, Score
from ..training.loop import DivergenceError
from .advice import advice, diverged, due
from .site import Shown, network_of

Tell: TypeAlias = Callable[[Mapping[str, Any]], None]

_SNAPSHOTS = 30  # epochs whose weights the page gets to keep; front/worker.js has as many


def train(shown: Shown, asked: Mapping[str, Any], language: Language, tell: Tell) -> None:
    """Train a network on its examples, and tell of each epoch.

    Args:
        shown: The saved network, with its examples.
        asked: As in `network_of`, with `eta`, `epochs` and `batch`.
        language: The language of what is said.
        tell: Takes the lines. Of each epoch, first of epoch 0, `{"epoch", "cost", "accuracy", "validation", "seconds",
            "weights"}`, with null for what is not known or not kept; `{"findings"}`; and at last `{"done"}`, or `{"error"}`.
    """
    net, epochs, done = network_of(shown.net, asked), int(asked["epochs"]), list[Epoch]()
    settings: dict[str, Any] = {
        "batch_size": min(int(asked["batch"]), len(shown.learned[1])),
        "learning_rate": float(asked["eta"]),
    }
    every = math.ceil(epochs / _SNAPSHOTS)

    def weights() -> str:
        return base64.b64encode(b"".join(np.ascontiguousarray(each).tobytes() for each in net.parameters)).decode()

    def told(moment: Moment) -> None:
        done.append(Epoch(moment.number, moment.train, moment.validation, moment.seconds, moment.learning_rate))
        kept = moment.number % every == 0 or moment.number == epochs
        tell({"epoch": moment.number, "cost": _finite(moment.train.cost), "accuracy": _share(moment.train),
              "validation": _share(moment.validation), "seconds": moment.seconds,
              "weights": weights() if kept else None})  # fmt: skip
        if moment.number < epochs and due(moment.number):
            tell({"findings": advice(net, shown, done, settings, over=False)})

    held = shown.validated if len(shown.validated[1]) else None
    try:
        with np.errstate(all="ignore"):  # what overflows is seen by its result
            unseen = None if held is None or net.numeric else net.score(*held)
            tell(
                {"epoch": 0, "cost": None, "accuracy": None, "validation": unseen, "seconds": 0.0, "weights": weights()}
            )
            net.fit(*shown.learned, epochs=epochs, validation=held, callbacks=[told], progress=False, **settings)
            tell({"done": True})
            tell({"findings": advice(net, shown, done, settings, over=True)})
    except DivergenceError as error:
        tell({"findings": [diverged(error.learning_rate, error.smaller)]})
        tell({"error": translated(error, language)})


def _share(score: Score | None) -> float | None:
    return None if score is None else _finite(score.accuracy)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
