"""What a case is: a run, whether it is sick, with what, and which change showed it.

A cause is a word of `CAUSES`, which knows nothing of how findings are called. Nothing here was written from what
`diagnose` finds: a case is sick because a change of its settings or data measurably helps, healthy because none of a grid
does; `python benchmarks/diagnosis.py --verify` measures both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .data import Data

CAUSES: Mapping[str, frozenset[str]] = {
    cause: frozenset(truths)
    for cause, truths in {
        # cause: what else may truly be said of such a run, since the cause brings it about or has the same effect
        "rate too high": ["dead neurons", "saturated", "exploding"],
        "rate too low": ["too few steps"],
        "too few steps": ["rate too low"],
        "dead neurons": [],
        "saturated": ["vanishing"],
        "symmetry": [],
        "vanishing": ["saturated"],
        "exploding": ["saturated", "rate too high"],
        "inputs unscaled": ["saturated", "dead neurons", "exploding", "rate too high"],
        "inputs offset": ["inputs unscaled", "saturated", "dead neurons", "rate too high"],
        "inputs faint": ["inputs unscaled", "rate too low", "too few steps"],
        "constant inputs": ["inputs offset"],
        "inputs in different units": ["inputs unscaled", "inputs offset", "saturated", "dead neurons"],
        "targets unscaled": ["rate too high", "dead neurons", "saturated", "exploding"],
        "unbalanced": [],
        "label noise": ["overfit"],
        "labels shuffled": ["label noise", "overfit"],
        "leakage": [],
        "duplicates": ["overfit"],
        "overfit": [],
        "cost and output do not fit": ["dead neurons", "saturated"],
        "too much regularization": [],
        "network too small": [],
    }.items()
}


@dataclass(frozen=True)
class Case:
    """A run, and what is known of it.

    `causes` are the causes that may be named, of which one is enough; none in a healthy run. `tolerated` may truly be
    said beside them. `cure` changes settings of `Network` and `fit`, `cured` the data: with them the run is better.
    `begin` sets parameters by hand, as they were before training; it belongs to the initializer, and a change of the
    initializer takes its place.
    """

    name: str
    kind: str
    data: Callable[[], Data]
    network: Mapping[str, Any]
    fit: Mapping[str, Any]
    causes: frozenset[str] = frozenset()
    tolerated: frozenset[str] = frozenset()
    cure: Mapping[str, Any] = field(default_factory=dict)
    cured: Callable[[], Data] | None = None
    begin: Callable[[Any], None] | None = None

    @property
    def sick(self) -> bool:
        """Whether something is wrong with it."""
        return bool(self.causes)


def sick(
    kind: str,
    name: str,
    data: Callable[[], Data],
    network: Mapping[str, Any],
    fit: Mapping[str, Any],
    *causes: str,
    cure: Mapping[str, Any] | None = None,
    cured: Callable[[], Data] | None = None,
    begin: Callable[[Any], None] | None = None,
    tolerated: tuple[str, ...] = (),
) -> Case:
    """A run with a fault: `causes` are its accepted names, by default the kind itself."""
    accepted = frozenset(causes or [kind])
    beside = frozenset(tolerated).union(*(CAUSES[cause] for cause in accepted)) - accepted
    return Case(f"{kind}: {name}", kind, data, network, fit, accepted, beside, cure or {}, cured, begin)


def healthy(kind: str, name: str, data: Callable[[], Data], network: Mapping[str, Any], fit: Mapping[str, Any]) -> Case:
    """A run with nothing wrong that a change of settings would better by much."""
    return Case(f"{kind}: {name}", kind, data, network, fit)


def net(*sizes: int, **settings: Any) -> dict[str, Any]:
    """What `Network` is given; the seed is 0 unless another is named."""
    return {"layers": list(sizes), "seed": 0, **settings}


def soft(*sizes: int, **settings: Any) -> dict[str, Any]:
    """Rectifiers with softmax and the log-likelihood cost, begun as is usual for them."""
    return net(*sizes, **{"activation": "relu", "cost": "log-likelihood", "initializer": "he", **settings})


def number(*sizes: int, **settings: Any) -> dict[str, Any]:
    """A regression by tanh neurons, begun as is usual for them."""
    return net(*sizes, **{"activation": "tanh", "cost": "mean-squared-error", "initializer": "glorot", **settings})


def biases_at(value: float) -> Callable[[Any], None]:
    """Set by hand: the biases of all hidden layers."""

    def begin(network: Any) -> None:
        for bias in network.biases[:-1]:
            bias[...] = value

    return begin
