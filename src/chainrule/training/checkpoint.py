"""Converts a training run to plain data and back, so that a run that was killed continues with identical results.

The data are arrays by name and JSON; `exchange/` writes the file.
"""

from __future__ import annotations

import dataclasses
import functools
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..core.errors import ChainruleError
from ..core.nouns import Array
from .history import Epoch, Score
from .runner import Best, Learner


class CheckpointWarning(UserWarning):
    """A checkpoint could not be written; the run continues without it."""


class CheckpointError(ChainruleError, ValueError):
    """A checkpoint that does not match the data or network of the run."""


def fingerprint(data: Sequence[Array]) -> int:
    """A CRC-32 checksum of the training data, by which another run recognizes them."""
    return functools.reduce(lambda code, array: zlib.crc32(np.ascontiguousarray(array).tobytes(), code), data, 0)


def require_same(made_on: int, given: int) -> None:
    """Refuse other data than those of a run, by their fingerprints.

    Args:
        made_on: The fingerprint of the data of the run.
        given: That of the data that it is to be resumed on.

    Raises:
        CheckpointError: They differ.
    """
    if made_on != given:
        raise CheckpointError("The checkpoint was made on other examples or labels; resume it on the same.")


def packed(learner: Learner) -> tuple[dict[str, Array], dict[str, Any]]:
    """A learner as arrays by name, and what else it has as JSON."""
    arrays = {f"parameter.{place}": array for place, array in enumerate(learner.parameters)}
    arrays |= {f"state.{place}": array for place, array in enumerate(learner.state)}
    if learner.best is not None:
        arrays |= {f"best.{place}": array for place, array in enumerate(learner.best.parameters)}
    return arrays, {
        "optimizer": learner.optimizer,
        "steps": learner.steps,
        "epochs": [dataclasses.asdict(epoch) for epoch in learner.epochs],
        "best_epoch": learner.best.epoch if learner.best is not None else None,
        "random": learner.random.bit_generator.state,
    }


def unpacked(arrays: Mapping[str, Array], about: Mapping[str, Any]) -> Learner:
    """The learner that `packed` made plain data of.

    Args:
        arrays: The arrays by name.
        about: The JSON.

    Returns:
        A learner with copies of the arrays.

    Raises:
        CheckpointError: A part is missing or invalid.
    """
    try:
        epochs = [_epoch(each) for each in about["epochs"]]
        random = np.random.default_rng()
        random.bit_generator.state = about["random"]
        parameters, state = _numbered(arrays, "parameter"), _numbered(arrays, "state")
        learner = Learner(str(about["optimizer"]), parameters, state, random, int(about["steps"]), epochs)
        if about["best_epoch"] is not None:
            validation = epochs[int(about["best_epoch"]) - 1].validation
            if validation is None:
                raise KeyError("validation")
            learner.best = Best(int(about["best_epoch"]), validation, _numbered(arrays, "best"))
            if len(learner.best.parameters) != len(parameters):
                raise KeyError("best")
        if learner.steps < 0:
            raise KeyError("steps")
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        raise CheckpointError(
            "The checkpoint is damaged: {name} is missing or makes no sense; take an older one.", name=error
        ) from error
    return learner


def _numbered(arrays: Mapping[str, Array], stem: str) -> list[Array]:
    count = sum(name.startswith(f"{stem}.") for name in arrays)
    return [arrays[f"{stem}.{place}"].copy() for place in range(count)]


def _score(cost: Any, correct: Any, total: Any) -> Score:
    return Score(float(cost), None if correct is None else int(correct), int(total))


def _epoch(data: Mapping[str, Any]) -> Epoch:
    validation = data["validation"]
    return Epoch(
        int(data["number"]),
        _score(**data["train"]),
        None if validation is None else _score(**validation),
        float(data["seconds"]),
        float(data["learning_rate"]),
        {str(name): float(value) for name, value in data["metrics"].items()},
    )
