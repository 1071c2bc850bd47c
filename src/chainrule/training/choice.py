"""Chooses the executor that trains: the requested one, or native code wherever it can be had, never by caches, clock or load."""

from __future__ import annotations

import importlib.util
import math
import warnings
from dataclasses import dataclass
from typing import Literal

from ..core.messages import message
from ..network.architecture import Architecture
from ..run.loops.processor import IN_BROWSER
from .optimizers import Optimizer
from .settings import SettingsError
from .step import UpdateRule
from .work import count_multiplications

LONG = 2.0
"""The estimated seconds with NumPy from which it is said that native code would be faster, where llvmlite is missing."""

_CALL = 2e-5  # seconds per layer and step
_PRODUCTS = 3e10  # multiplications, each with an addition, per second
_NUMBER = 5e-10  # seconds per number that is updated

INSTALL = 'pip install "chainrule[native]"'
"""The command that installs what native loops need."""
JAX = 'pip install "chainrule[jax]"'
"""The command that installs JAX."""


@dataclass(frozen=True)
class Choice:
    """An executor, and a remark on it.

    Attributes:
        executor: The executor.
        note: A sentence that can be translated, or nothing.
    """

    executor: Literal["numpy", "native", "wasm", "jax"]
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
    numbers = architecture.parameter_count * (1 + 4 * len(optimizer.state))
    products = 3 * m * count_multiplications(architecture) / _PRODUCTS
    step = _CALL * len(architecture.layers) + products + numbers * _NUMBER
    return steps * step


def has_llvmlite() -> bool:
    """Whether llvmlite is installed."""
    try:
        return importlib.util.find_spec("llvmlite") is not None
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
    **kind: bool,
) -> Choice:
    """The executor for a training run: the requested one, or one by the amount of work.

    Args:
        executor: `"auto"`, `"numpy"`, `"native"`, `"wasm"` or `"jax"`.
        architecture: The layers and the cost.
        examples: The number of examples.
        epochs: The number of epochs.
        batch_size: The number of examples in a batch.
        rule: How the gradient updates the parameters.
        dtype: `"float32"` or `"float64"`.
        kind: What native code is written for, as `Examples.kind`; by default, each example has a class.

    Returns:
        The executor, with a remark if it is not the one that was wanted or could be faster.

    Raises:
        SettingsError: What the requested executor needs, llvmlite or JAX, is missing; or the executor is that of another system.
    """
    if executor == "numpy":
        return Choice("numpy")
    if executor == "jax":
        if importlib.util.find_spec("jax") is None:
            raise SettingsError("The executor 'jax' needs JAX; install it with {command}.", command=JAX)
        return Choice("jax")
    if executor == "wasm" and not IN_BROWSER:
        raise SettingsError("The executor 'wasm' is for Python that runs in a browser; choose 'native' here.")
    if executor == "native" and IN_BROWSER:
        raise SettingsError(
            "The executor 'native' needs llvmlite, which does not run in a browser; choose 'wasm' here."
        )
    if not IN_BROWSER and not has_llvmlite():
        if executor == "native":
            raise SettingsError("The executor 'native' needs llvmlite; install it with {command}.", command=INSTALL)
        seconds = numpy_seconds(architecture, examples, epochs, batch_size, rule.optimizer)
        slow = message("Native code would be faster; to get it, install llvmlite: {command}.", command=INSTALL)
        return Choice("numpy", slow if seconds >= LONG else "")
    from ..run.loops.machine_code import unusable
    from ..run.lowering.refusal import Unsupported
    from .native import chunk_of

    if wrong := unusable():
        compiler = "WebAssembly" if IN_BROWSER else "llvmlite"
        return Choice(
            "numpy",
            message("Training runs on NumPy: {compiler} cannot be used ({error}).", compiler=compiler, error=wrong),
        )
    try:
        chunk_of(architecture, min(batch_size, examples), dtype, rule, **kind)
    except Unsupported as unsupported:
        unknown = (
            message("Training runs on NumPy: WebAssembly cannot compute {what}.", what=unsupported.reason)
            if IN_BROWSER
            else message("Training runs on NumPy: native code cannot compute {what}.", what=unsupported.reason)
        )
        return Choice("numpy", unknown)
    return Choice("wasm" if IN_BROWSER else "native")


def executor_with_warning(choice: Choice) -> str:
    """The chosen executor; a remark on the choice becomes an `ExecutorWarning`."""
    if choice.note:
        warnings.warn(choice.note, ExecutorWarning, stacklevel=4)
    return choice.executor
