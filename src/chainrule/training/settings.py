"""How to learn, as checked data: what `fit` and the command line offer, and what makes no sense."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core.errors import ChainruleError
from .optimizers import OPTIMIZERS, Optimizer
from .schedules import SCHEDULES, Plateau, Schedule, constant
from .step import UpdateRule


class SettingsError(ChainruleError, ValueError):
    """A setting of `fit` or `Network` that makes no sense."""


@dataclass(frozen=True)
class Settings:
    """How to learn. With `patience`, learning ends when validation has not become better for so many epochs."""

    epochs: int
    batch_size: int
    learning_rate: float
    rule: UpdateRule = field(default_factory=UpdateRule)
    schedule: Schedule | Plateau = field(default_factory=constant)
    patience: int | None = None
    executor: str = "numpy"  # of a run: what trains; before it is chosen, what was asked for


def settings(
    examples: int,
    *,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    optimizer: str | Optimizer = "sgd",
    schedule: str | Schedule | Plateau = "constant",
    l2: float = 0.0,
    l1: float = 0.0,
    max_norm: float | None = None,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    patience: int | None = None,
    executor: str = "auto",
) -> Settings:
    """Check every setting and put them together; `l2` and `l1` are the book's λ, which is divided by the examples n.

    Raises `SettingsError`, naming the setting, what it is and what it may be.
    """
    require_whole("epochs", epochs)
    require_whole("batch_size", batch_size)
    rule = optimizer_of(optimizer)
    require_number("learning_rate", learning_rate, "above 0, such as 3.0", zero=False)
    for name, value in (("l2", l2), ("l1", l1)):
        require_number(name, value, "from 0, such as 5.0", zero=True)
    for name, bound in (("max_norm", max_norm), ("clip_norm", clip_norm), ("clip_value", clip_value)):
        if bound is not None:
            require_number(name, bound, "above 0, such as 1.0", zero=False)
    if patience is not None:
        require_whole("patience", patience)
    if schedule not in SCHEDULES if isinstance(schedule, str) else not callable(getattr(schedule, "after", schedule)):
        raise SettingsError(f"There is no schedule {schedule!r}; choose one of {', '.join(SCHEDULES)}.")
    if executor not in ("auto", "numpy", "native"):
        raise SettingsError(f"There is no executor {executor!r}; choose one of auto, numpy, native.")
    return Settings(
        epochs,
        batch_size,
        float(learning_rate),
        UpdateRule(
            rule,
            l2 / examples,
            l1 / examples,
            max_norm,
            clip_norm,
            clip_value,
        ),
        SCHEDULES[schedule]() if isinstance(schedule, str) else schedule,
        patience,
        executor,
    )


def optimizer_of(optimizer: str | Optimizer) -> Optimizer:
    """The optimizer of a name, or itself. Raises `SettingsError` where there is none of this name."""
    if isinstance(optimizer, Optimizer):
        return optimizer
    if not isinstance(optimizer, str) or optimizer not in OPTIMIZERS:
        raise SettingsError(f"There is no optimizer {optimizer!r}; choose one of {', '.join(OPTIMIZERS)}.")
    return OPTIMIZERS[optimizer]()


def plain(value: Any) -> Any:
    """A number of NumPy's as one of Python's, which files can hold; all else as it is.

    >>> plain(np.int64(3)), plain(np.float32(0.5)), plain("sgd")
    (3, 0.5, 'sgd')
    """
    return value.item() if isinstance(value, np.generic) else value


def require_whole(setting: str, value: object) -> None:
    """Raise `SettingsError` where a setting is no whole number from 1."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise SettingsError(f"{setting} is {value!r}; it must be a whole number from 1.")


def require_number(setting: str, value: object, must: str, *, zero: bool) -> None:
    """Raise `SettingsError` where a setting is no number above 0, or from 0 where `zero` is allowed."""
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not good or not (value > 0 or (zero and value == 0)):  # type: ignore[operator]  # a number, as just seen
        raise SettingsError(f"{setting} is {value!r}; it must be a number {must}.")
