"""What a network answers: forward passes of arrays, which may be traced, and how many of the answers are right."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .core.messages import listed
from .core.nouns import Array
from .core.traced import Traced
from .data.inputs import as_activations, is_one_image, require_size
from .examples import inputs_of
from .network.architecture import Architecture
from .network.equations import feedforward, programs
from .network.layers import NetworkError
from .run.loops.processor import IN_BROWSER
from .run.threads import threads_for
from .training.choice import has_llvmlite
from .training.history import Score
from .training.loop import largest_product
from .training.runner import Examples
from .training.settings import SettingsError

_PART = 500  # examples that are fed forward in one part: their activations stay in the processor's cache
_IMAGES = 10  # the same of images, whose windows NumPy gathers in memory, and loops do not


def applied(architecture: Architecture, parameters: Sequence[Array], x: ArrayLike, scale: float | None) -> Array:
    """`Network.apply`: the output activations of examples with these parameters, all of which may be traced.

    Raises:
        DataError: The examples do not have the size of the input layer.
        NetworkError: The number of parameters is wrong.
    """
    names = list(architecture.shapes)
    if len(parameters) != len(names):
        raise NetworkError(
            "There are {given} parameters; the network has {count}: {listed}.",
            given=len(parameters),
            count=len(names),
            listed=listed(names),
        )
    values = dict(zip(names, parameters, strict=True))
    n_inputs = architecture.sizes[0]
    rows: Any = x
    if isinstance(x, Traced):
        require_size(x.shape, n_inputs)
        divisor = 255 if scale is None and x.dtype == np.uint8 else scale
        rows = np.reshape(rows if divisor is None else rows / divisor, (-1, n_inputs))
    elif architecture.vocabulary is not None:
        rows = inputs_of(architecture, x, str(parameters[0].dtype), scale)
    else:
        rows = as_activations(x, n_inputs, parameters[0].dtype, bounded=False, scale=scale)
    outputs = feedforward(architecture, values, architecture.inputs(rows)).T
    return outputs[0] if is_one_image(x, n_inputs) else outputs


def outputs_of(
    architecture: Architecture, parameters: Sequence[Array], inputs: Array, dtype: str, scale: float | None
) -> Array:
    """The output activations (n × n_L) of inputs (n × n_1), part by part; bytes become activations in their part."""

    def of(part: Array) -> Array:
        if part.dtype == np.uint8:
            part = inputs_of(architecture, part, dtype, scale)
        outputs: Array = (
            programs(architecture.whole, len(part), dtype).feedforward(*parameters, architecture.inputs(part)).T
        )
        return outputs

    if len(inputs) <= _PART:
        return of(inputs)
    if not architecture.columns and dtype == "float32":
        of_images, whole = _of_images(architecture), len(inputs) // _IMAGES * _IMAGES
        parts = [inputs[start : start + _IMAGES] for start in range(0, whole, _IMAGES)]
        if inputs.dtype == np.uint8:
            parts = [inputs_of(architecture, part, dtype, scale) for part in parts]
        found = [of_images(*parameters, architecture.inputs(part)).T for part in parts]
        return np.concatenate([*found, *([of(inputs[whole:])] if len(inputs) > whole else [])])
    with threads_for(largest_product(architecture, _PART)):
        return np.concatenate([of(inputs[start : start + _PART]) for start in range(0, len(inputs), _PART)])


@functools.lru_cache(maxsize=8)
def _of_images(architecture: Architecture) -> Callable[..., Array]:
    """The forward pass of a few images, as machine code where that can be had."""
    program = programs(architecture.whole, _IMAGES, "float32").feedforward
    if not IN_BROWSER and not has_llvmlite():
        return program
    from .run import lowering
    from .run.loops.machine_code import unusable

    found = "" if unusable() else lowering.trusting(program, calls=True)
    return program if isinstance(found, str) else found


def scored(architecture: Architecture, a: Array, examples: Examples) -> Score:
    """The cost per example of outputs, and how many of them are right. Raises `SettingsError` if there are none."""
    if not len(a):
        raise SettingsError("There are no images to score.")
    right = None if examples.labels is None else int(np.count_nonzero(a.argmax(axis=1) == examples.labels))
    return Score(architecture.measured(a.T, examples.targets.T) / len(a), right, len(a))


def explained(a: Array, y: Array) -> float:
    """R² = 1 − Σ (y − a)² / Σ (y − ȳ)², the mean over the outputs, as in scikit-learn.

    >>> explained(np.array([[1.0], [2.5]]), np.array([[1.0], [3.0]]))
    0.875
    """
    spread = ((y - y.mean(axis=0)) ** 2).sum(axis=0, dtype=np.float64)
    left = ((y - a) ** 2).sum(axis=0, dtype=np.float64)
    return float(np.mean(1 - left / np.where(spread > 0, spread, 1)))
