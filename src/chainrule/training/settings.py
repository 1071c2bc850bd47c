"""The settings of training, as checked data, which `fit` and the command line share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from ..core.errors import ChainruleError
from ..core.messages import listed, message
from .optimizers import OPTIMIZERS, Optimizer, lbfgs_of
from .schedules import SCHEDULES, Plateau, Schedule, constant
from .step import UpdateRule


class SettingsError(ChainruleError, ValueError):
    """An invalid setting of `fit` or `Network`."""


Executor: TypeAlias = Literal["auto", "numpy", "native", "wasm", "jax"]
"""What runs the training step; `"auto"` chooses by the amount of work."""


@dataclass(frozen=True)
class Regularization:
    """Measures against overfitting.

    Args:
        l2: The book's λ, the penalty on the squares of the weights; it is divided by the number of examples.
        l1: The same for the absolute values of the weights.
        max_norm: The largest Euclidean length of one neuron's weights; longer ones are scaled down to it after each step.
        label_smoothing: The share of each desired output that is spread over all classes, from 0 to 1.

    Raises:
        SettingsError: A value is not a number, or is out of range.

    Examples:
        >>> Regularization(l2=5.0)
        Regularization(l2=5.0, l1=0.0, max_norm=None, label_smoothing=0.0)
    """

    l2: float = 0.0
    l1: float = 0.0
    max_norm: float | None = None
    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        for name, penalty in (("l2", self.l2), ("l1", self.l1)):
            require_number(name, penalty, message("from 0, such as {example}", example="5.0"), zero=True)
        _require_bound("max_norm", self.max_norm)


@dataclass(frozen=True)
class Clipping:
    """Bounds of the gradient of a batch, before its step is taken.

    Args:
        norm: The largest Euclidean length of the whole gradient; a longer one is scaled down to it.
        value: The largest absolute value of each of its numbers.

    Raises:
        SettingsError: a value is not a number above 0.

    Examples:
        >>> Clipping(norm=1.0)
        Clipping(norm=1.0, value=None)
    """

    norm: float | None = None
    value: float | None = None

    def __post_init__(self) -> None:
        _require_bound("clip_norm", self.norm)
        _require_bound("clip_value", self.value)


_GROUPS: dict[str, tuple[type[Regularization | Clipping], str, dict[str, str]]] = {
    "regularization": (
        Regularization,
        "Regularization(l2=5.0)",
        {name: name for name in ("l2", "l1", "max_norm", "label_smoothing")},
    ),
    "clipping": (Clipping, "Clipping(norm=1.0)", {"clip_norm": "norm", "clip_value": "value"}),
}
"""The keywords of `fit` that hold several settings: their kind, an example, and each setting's name in files and reports."""


def flat(given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of `fit`, each under its own name, as files, reports and the command line have them.

    Args:
        given: The keywords of `fit`, some of which hold a group of settings.

    Returns:
        Settings by name.

    Raises:
        SettingsError: A keyword that holds a group of settings is given something else.

    Examples:
        >>> flat({"epochs": 3, "clipping": Clipping(norm=1.0)})
        {'epochs': 3, 'clip_norm': 1.0, 'clip_value': None}
    """
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name not in _GROUPS:
            found[name] = plain(value)
            continue
        kind, such, fields = _GROUPS[name]
        value = kind() if value is None else value
        if not isinstance(value, kind):
            raise SettingsError(
                "{name} is {value!r}; give a group of settings, such as chainrule.{such}.",
                name=name,
                value=value,
                such=such,
            )
        found |= {each: plain(getattr(value, its)) for each, its in fields.items()}
    return found


def grouped(given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings under their own names as the keywords of `fit`, the inverse of `flat`.

    Args:
        given: Settings by name.

    Returns:
        The keywords of `fit`.

    Examples:
        >>> grouped({"epochs": 3, "clip_norm": 1.0})
        {'epochs': 3, 'clipping': Clipping(norm=1.0, value=None)}
    """
    found = dict(given)
    for name, (kind, _, fields) in _GROUPS.items():
        own = {its: found.pop(each) for each, its in fields.items() if each in found}
        if own:
            found[name] = kind(**own)
    return found


@dataclass(frozen=True)
class Settings:
    """How to learn.

    Attributes:
        epochs: The number of epochs.
        batch_size: The number of examples in a batch.
        learning_rate: η.
        rule: How the gradient of a batch updates the parameters.
        schedule: How η changes during the run.
        patience: The number of epochs without a better validation score after which training ends; None to run all epochs.
        keep: `"best"` to have, at the end, the parameters of the epoch with the best validation score, as with `patience`.
        executor: What runs the training step.
        shuffle: Whether each epoch has an order of its own; without, that of the examples.
        freeze: The names of the parameters that stay as they are, in a text.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    rule: UpdateRule = field(default_factory=UpdateRule)
    schedule: Schedule | Plateau = field(default_factory=constant)
    patience: int | None = None
    keep: Literal["best"] | None = None
    executor: Executor = "numpy"  # the chosen one in a run; before the choice, the requested one
    shuffle: bool = True
    freeze: str = ""

    @property
    def keeps_best(self) -> bool:
        """Whether the best parameters are kept."""
        return self.keep is not None or self.patience is not None


def settings(
    examples: int,
    *,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    optimizer: str | Optimizer = "sgd",
    schedule: str | Schedule | Plateau = "constant",
    regularization: Regularization | None = None,
    clipping: Clipping | None = None,
    patience: int | None = None,
    keep: Literal["best"] | None = None,
    executor: Executor = "auto",
    shuffle: bool = True,
    freeze: str = "",
) -> Settings:
    """Check every setting of `fit` and combine them; λ is divided by the number of examples.

    Args:
        examples: The number of training examples.
        epochs: The number of epochs, from 1.
        batch_size: The number of examples in a batch, from 1.
        learning_rate: η, above 0.
        optimizer: A name in `OPTIMIZERS`, or an optimizer.
        schedule: A name in `SCHEDULES`, or a schedule.
        regularization: Measures against overfitting; none by default.
        clipping: Bounds of the gradient; none by default.
        patience: The number of epochs without a better validation score after which training ends.
        keep: `"best"`, or nothing.
        executor: `"auto"`, `"numpy"`, `"native"`, `"wasm"` or `"jax"`.
        shuffle: Whether each epoch has an order of its own.
        freeze: The names of the parameters that stay as they are, in a text.

    Returns:
        The settings.

    Raises:
        SettingsError: A setting is invalid; the message names it, its value, and what it may be.
    """
    require_whole("epochs", epochs)
    require_whole("batch_size", batch_size)
    rule = optimizer_of(optimizer)
    penalties, bounds = regularization or Regularization(), clipping or Clipping()
    require_number("learning_rate", learning_rate, message("above 0, such as {example}", example="3.0"), zero=False)
    if patience is not None:
        require_whole("patience", patience)
    if keep not in (None, "best"):
        raise SettingsError("keep is {value!r}; it can be 'best', or left out.", value=keep)
    if schedule not in SCHEDULES if isinstance(schedule, str) else not callable(getattr(schedule, "after", schedule)):
        raise SettingsError(
            "There is no schedule {name!r}; choose one of {listed}.", name=schedule, listed=listed(SCHEDULES)
        )
    if executor not in get_args(Executor):
        raise SettingsError(
            "There is no executor {name!r}; choose one of auto, numpy, native, wasm, jax.", name=executor
        )
    return Settings(
        epochs,
        batch_size,
        float(learning_rate),
        UpdateRule(
            rule,
            penalties.l2 / examples,
            penalties.l1 / examples,
            penalties.max_norm,
            bounds.norm,
            bounds.value,
        ),
        SCHEDULES[schedule]() if isinstance(schedule, str) else schedule,
        patience,
        keep,
        executor,
        bool(shuffle),
        freeze,
    )


def optimizer_of(optimizer: str | Optimizer) -> Optimizer:
    """The optimizer of this name, or the one given.

    Raises:
        SettingsError: There is no optimizer of this name.
    """
    if isinstance(optimizer, Optimizer):
        return optimizer
    if lbfgs_of(optimizer) is not None:
        raise SettingsError(
            "The optimizer 'lbfgs' is for fit alone; choose one of {listed}.", listed=listed(OPTIMIZERS)
        )
    if not isinstance(optimizer, str) or optimizer not in OPTIMIZERS:
        raise SettingsError(
            "There is no optimizer {name!r}; choose one of {listed}.", name=optimizer, listed=listed(OPTIMIZERS)
        )
    return OPTIMIZERS[optimizer]()


def plain(value: Any) -> Any:
    """A NumPy number as a Python number, which files can store; anything else unchanged.

    Examples:
        >>> plain(np.int64(3)), plain(np.float32(0.5)), plain("sgd")
        (3, 0.5, 'sgd')
    """
    return value.item() if isinstance(value, np.generic) else value


def require_whole(setting: str, value: object) -> None:
    """Refuse a setting that is not a whole number from 1.

    Args:
        setting: The name of the setting.
        value: Its value.

    Raises:
        SettingsError: The value is something else.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise SettingsError("{setting} is {value!r}; it must be a whole number from 1.", setting=setting, value=value)


def _require_bound(setting: str, value: float | None) -> None:
    if value is not None:
        require_number(setting, value, message("above 0, such as {example}", example="1.0"), zero=False)


def require_number(setting: str, value: object, must: str, *, zero: bool) -> None:
    """Refuse a setting that is not a finite number above 0.

    Args:
        setting: The name of the setting.
        value: Its value.
        must: What the message says that it must be.
        zero: Whether 0 is allowed, too.

    Raises:
        SettingsError: The value is something else.
    """
    value = plain(value)
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not good or not (value > 0 or (zero and value == 0)):  # type: ignore[operator]  # a number, as just seen
        raise SettingsError(
            "{setting} is {value!r}; it must be a number {must}.", setting=setting, value=value, must=must
        )
