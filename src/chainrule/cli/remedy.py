"""Turns a finding's remedy, settings by name, into the command that trains again with them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ..data.augmentation import AUGMENTATIONS
from ..model import Network
from ..training.diagnosis import Setting
from .commands import TRAIN
from .layers import options_of
from .parsing import command_line


def command(values: Mapping[str, object], remedy: Mapping[str, Setting]) -> str:
    """The command that trains again with a remedy.

    Args:
        values: The options of the run, by their keys.
        remedy: The settings of the remedy.

    Returns:
        The command line; empty if no options make that run.
    """
    if not values:
        return ""
    changes: dict[str, object] = dict(remedy)
    changes.pop("output", None)  # on the command line it follows from the cost, and --output names a file
    if changes.pop("class_weight", None) is not None:
        changes["balanced"] = True
    return command_line(TRAIN, {**values, **changes})


def of_checkpoint(net: Network, settings: Mapping[str, Any], values: Mapping[str, object]) -> dict[str, object]:
    """The options of a run that continues from a checkpoint.

    Args:
        net: The network in the checkpoint.
        settings: The settings in the checkpoint.
        values: The options that were typed, by their keys.

    Returns:
        The options that would make the run from the start, by their keys.
    """
    architecture = net.architecture
    names = {argument.key for argument in TRAIN.arguments}
    found = {
        **values,
        **{key: value for key, value in settings.items() if key in names},
        "resume": None,
        "executor": "auto",
    }
    found |= {
        **(options_of(architecture) or {"layers": architecture.sizes}),
        "cost": architecture.cost,
        "seed": net.provenance.get("seed"),
        "initializer": net.provenance.get("initializer"),
        "balanced": settings.get("class_weight") == "balanced",
        "scale": None if isinstance(net.schema.inputs.scaling, str) else net.schema.inputs.scaling,
        "augment": next(
            (name for name, each in AUGMENTATIONS.items() if dataclasses.asdict(each) == settings.get("augment")),
            "none",
        ),
    }
    if net.source is not None:
        found |= {name: getattr(net.source, name) for name in ("train_size", "expand")}
    return found
