"""The requests of a page to its session: a table of names, the fields of each, and the method that answers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..core.errors import ChainruleError
from ..data.errors import DataError
from ..data.images import SIDE
from ..network.activations import ACTIVATIONS
from ..network.costs import COSTS
from ..network.initializers import INITIALIZERS
from ..network.kinds import NORMALIZATIONS
from ..show.language import SOURCE, languages
from ..training.optimizers import OPTIMIZERS
from . import fields
from .fields import Fields, RefusedError
from .session import LEAST_RATE, Reply, Session

MOST_EPOCHS = 1_000


@dataclass(frozen=True)
class Request:
    """One kind of request: its fields, and the method that answers it."""

    run: Callable[..., Reply]
    fields: Fields


_SETTINGS: Fields = {
    "hidden": fields.wholes(4, 1, 1_000),
    "activation": fields.one_of(
        *(name for name, each in ACTIVATIONS.items() if each.elementwise and each.family != "linear")
    ),
    "cost": fields.one_of(*(name for name, each in COSTS.items() if ACTIVATIONS[each.output].reach == (0, 1))),
    "initializer": fields.one_of(*INITIALIZERS, default="default"),
    "seed": fields.whole(0, 2**31 - 1, 0),
    "epochs": fields.whole(1, MOST_EPOCHS, 30),
    "batch_size": fields.whole(1, 1_000, 10),
    "learning_rate": fields.number(1e-6, 1e4, None),
    "optimizer": fields.one_of(*OPTIMIZERS, default="sgd"),
    "l2": fields.number(0.0, 1e4, 0.0),
    "l1": fields.number(0.0, 1e4, 0.0),
    "clip_norm": fields.number(0.0, 1e6, 0.0),
    "normalization": fields.one_of(*NORMALIZATIONS, default="none"),
    "augment": fields.one_of("none", "light", default="none"),
}
CHOICES = {name: field.schema["enum"] for name, field in _SETTINGS.items() if "enum" in field.schema}
"""What the page offers for the settings that are one of a few words."""
_RATE = fields.number(LEAST_RATE, 100.0)
_NEURON: Fields = {"layer": fields.whole(2, 6), "neuron": fields.whole(0, 999)}
REQUESTS: Mapping[str, Request] = {
    "hello": Request(Session.hello, {}),
    "speak": Request(Session.speak, {"language": fields.one_of(*languages())}),
    "use": Request(Session.use, {"network": fields.text(40)}),
    "weights": Request(Session.weights, {}),
    "see": Request(
        Session.see,
        {"drawing": fields.bytes64(280 * 280), "side": fields.whole(SIDE, 280), "framed": fields.flag(True)},
    ),
    "pick": Request(Session.pick, {"index": fields.whole(0, 9_999)}),
    "mistake": Request(Session.mistake, {"after": fields.whole(-1, 9_999, -1)}),
    "truth": Request(Session.truth, {"label": fields.whole(0, 9)}),
    "step": Request(
        Session.step,
        {"step": fields.whole(1, 6), **_NEURON, "rate": _RATE, "language": fields.one_of(*languages())},
    ),
    "value": Request(Session.value, _NEURON),
    "proof": Request(Session.proof, {**_NEURON, "weight": fields.whole(0, 9_999)}),
    "keep": Request(
        Session.keep,
        {"what": fields.one_of("network", "explanation"), "language": fields.one_of(*languages(), default=SOURCE)},
    ),
    "teach": Request(Session.teach, {"rate": _RATE}),
    "undo": Request(Session.undo, {}),
    "reset": Request(Session.reset, _SETTINGS),
    "rate": Request(Session.rate, {name: _SETTINGS[name] for name in ("hidden", "activation", "cost", "optimizer")}),
    "go": Request(Session.go, {"what": fields.one_of("start", "pause", "epoch", "batch")}),
    "robust": Request(Session.robust, {}),
    "mistakes": Request(
        Session.mistakes,
        {"start": fields.whole(0, 9_999, 0), "truth": fields.whole(-1, 9, -1), "read": fields.whole(-1, 9, -1)},
    ),
}


def do(session: Session, name: str, values: Mapping[str, object]) -> Reply:
    """Answer a request; overflows show in the result, not as warnings.

    Args:
        session: The session of the page.
        name: The name of the request in `REQUESTS`.
        values: The values of its fields, by name.

    Returns:
        The answer as plain data.

    Raises:
        RefusedError: It cannot be done.
    """
    try:
        with np.errstate(all="ignore"):
            return REQUESTS[name].run(session, **values)
    except ArithmeticError:
        raise RefusedError("The numbers of this network overflow here: one is infinite or NaN.") from None
    except (ChainruleError, DataError) as error:
        raise RefusedError("That cannot be done: {reason}", reason=error) from None
