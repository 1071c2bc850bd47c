"""Chooses the executor that trains: the requested one, or one by the amount of work, never by caches, clock or load."""

from __future__ import annotations

import importlib.util
import math
import warnings
from dataclasses import dataclass
from typing import Literal

from ..core.messages import message
from ..network.architecture import Architecture
from .optimizers import Optimizer
from .settings import SettingsError
from .step import UpdateRule

LONG = 2.0
"""The estimated seconds with NumPy from which native loops are chosen; compiling them takes about as long."""

LONG_WITHOUT = 15.0
"""The same without vector instructions, as for float64: compiling takes longer, and the loops gain less."""

_CALL = 2e-5  # seconds per layer and step
_RATE = 6e10  # multiplications and additions per second
_NUMBER = 5e-10  # seconds per number that is updated


_PLAIN = 2**17  # numbers in a matrix above which NumPy's BLAS is faster than loops without vectors

INSTALL = 'pip install "chainrule[native]"'
"""The command that installs what native loops need."""


@dataclass(frozen=True)
class Choice:
    """An executor, and a remark on it.

    Attributes:
        executor: The executor.
        note: A sentence that can be translated, or nothing.
    """

    executor: Literal["numpy", "native"]
    note: str = ""


class ExecutorWarning(UserWarning):
    """Training runs on a slower executor than is possible, or without vector instructions."""


def numpy_seconds(
    architecture: Architecture, examples: int, epochs: int, batch_size: int, optimizer: Optimizer
) -> float:
    """A rough estimate of the time that NumPy would take on a processor of 2020.

    Args:
        architecture: The layers.
        examples: The number of examples.
        epochs: The number of epochs.
        batch_size: The number of examples in a batch.
        optimizer: The optimizer.

    Returns:
        Seconds.

    Examples:
        >>> from chainrule.network.architecture import stacked
        >>> from chainrule.training.optimizers import sgd
        >>> round(numpy_seconds(stacked([784, 30, 10]), 50_000, 30, 10, sgd()))
        11
    """
    m = min(batch_size, examples)
    steps = epochs * math.ceil(examples / m)
    parameters = architecture.parameter_count
    numbers = parameters * (1 + 4 * len(optimizer.state))
    step = _CALL * len(architecture.layers) + 6 * m * parameters / _RATE + numbers * _NUMBER
    return steps * step


def has_numba() -> bool:
    """Whether Numba is installed."""
    try:
        return importlib.util.find_spec("numba") is not None
    except ImportError:
        return False


def choose(
    executor: str,
    architecture: Architecture,
    *,
    examples: int,
    epochs: int,
    batch_size: int,
    rule: UpdateRule,
    dtype: str,
    weighted: bool = False,
) -> Choice:
    """The executor for a training run: the requested one, or one by the amount of work.

    Args:
        executor: `"auto"`, `"numpy"` or `"native"`.
        architecture: The layers and the cost.
        examples: The number of examples.
        epochs: The number of epochs.
        batch_size: The number of examples in a batch.
        rule: How the gradient updates the parameters.
        dtype: `"float32"` or `"float64"`.
        weighted: Whether each example has a weight.

    Returns:
        The executor, with a remark if it is not the one that was wanted or could be faster.

    Raises:
        SettingsError: Native loops are requested, and Numba is missing.
    """
    if executor == "numpy":
        return Choice("numpy")
    seconds = numpy_seconds(architecture, examples, epochs, batch_size, rule.optimizer)
    if executor == "auto" and seconds < LONG:
        return Choice("numpy")
    if not has_numba():
        if executor == "native":
            raise SettingsError("The executor 'native' needs Numba; install it with {command}.", command=INSTALL)
        return Choice(
            "numpy", message("Native code would be faster; to get it, install Numba: {command}.", command=INSTALL)
        )
    from ..run.loops.defer_interrupt import interrupt_deferred

    with interrupt_deferred():
        try:
            from . import native as _  # noqa: F401  # whether it can be imported
        except (ImportError, AttributeError, TypeError) as error:  # a Numba with other internals
            return Choice(
                "numpy",
                message("Training runs on NumPy: this version of Numba cannot be used ({error}).", error=str(error)),
            )
        choice, vectors = verdict(architecture, min(batch_size, examples), dtype, rule, weighted)
    if executor == "auto" and not vectors and (seconds < LONG_WITHOUT or dtype != "float32"):
        return Choice(choice.executor if seconds >= LONG_WITHOUT else "numpy")
    return choice


def verdict(
    architecture: Architecture, batch: int, dtype: str, rule: UpdateRule, weighted: bool
) -> tuple[Choice, bool]:
    """The executor for a network if native loops are wanted.

    Args:
        architecture: The layers and the cost.
        batch: The number of examples in a batch.
        dtype: `"float32"` or `"float64"`.
        rule: How the gradient updates the parameters.
        weighted: Whether each example has a weight.

    Returns:
        The executor with a remark, and whether native loops would use vector instructions.
    """
    from ..run.lowering.refusal import Unsupported
    from ..run.native.chunk import chunk
    from ..run.native.vectors import kind_for, no_vectors
    from .native import task_of

    kind = kind_for(dtype)
    vectors = kind.lanes > 1
    reason = no_vectors() or f"there are no vectors of {dtype}"
    largest = max(map(math.prod, architecture.shapes.values()))
    if not vectors and (batch > kind.outer or largest > _PLAIN):
        slower = message(
            "Training runs on NumPy, which is faster here than native code without vector instructions ({reason}).",
            reason=reason,
        )
        return Choice("numpy", slower), vectors
    try:
        chunk(task_of(architecture, batch, dtype, rule, weighted=weighted), kind)
    except Unsupported as unsupported:
        unknown = message("Training runs on NumPy: native code cannot compute {what}.", what=unsupported.reason)
        return Choice("numpy", unknown), vectors
    if not no_vectors():
        return Choice("native"), vectors
    plain = message(
        "Native code runs without vector instructions ({reason}): slower, with the same results.", reason=reason
    )
    return Choice("native", plain), vectors


def executor_with_warning(choice: Choice) -> str:
    """The chosen executor; a remark on the choice becomes an `ExecutorWarning`."""
    if choice.note:
        warnings.warn(choice.note, ExecutorWarning, stacklevel=4)
    return choice.executor
