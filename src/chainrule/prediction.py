"""What a network answers: forward passes of arrays, which may be traced, and how many of the answers are right."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .core.messages import listed
from .core.nouns import Array
from .core.traced import Traced
from .data.inputs import as_tokens, is_one_image, require_size
from .network.architecture import Architecture
from .network.equations import feedforward, programs
from .network.layers import NetworkError
from .run.loops.processor import IN_BROWSER
from .run.threads import threads_for
from .schema.inputs import Inputs
from .schema.outputs import Outputs
from .training.choice import has_llvmlite
from .training.history import Score
from .training.loop import largest_product
from .training.runner import Examples, are_right
from .training.settings import SettingsError

_PART = 500  # examples that are fed forward in one part: their activations stay in the processor's cache
_IMAGES = 10  # the same of images, whose windows NumPy gathers in memory, and loops do not


def applied(architecture: Architecture, inputs: Inputs, outputs: Outputs, parameters: Sequence[Array], x: Any) -> Array:
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
        shift, by = inputs.change(x.dtype)
        rows = np.reshape(rows, (-1, n_inputs))
        rows = rows if isinstance(shift, float) and shift == 0 else rows - shift
        rows = rows if isinstance(by, (int, float)) and by == 1 else rows / by
    else:
        numbers = inputs.numbers(inputs.given(x, n_inputs))
        if architecture.vocabulary is not None:
            rows = as_tokens(numbers, n_inputs, architecture.vocabulary, parameters[0].dtype)
        else:
            rows = inputs.scaled(numbers, str(parameters[0].dtype))
    found = outputs.numbers(feedforward(architecture, values, architecture.inputs(rows)).T)
    one = is_one_image(x, n_inputs) if isinstance(x, Traced) else inputs.is_one(x, n_inputs)
    alone: Array = found[0] if one else found
    return alone


def outputs_of(
    architecture: Architecture, parameters: Sequence[Array], rows: Callable[[Any], Array], n: int, dtype: str
) -> Array:
    """The output activations, n × n_L, part by part; `rows` makes the activations of some examples, given an index of rows."""

    def of(part: Array) -> Array:
        outputs: Array = (
            programs(architecture.whole, len(part), dtype).feedforward(*parameters, architecture.inputs(part)).T
        )
        return outputs

    if n <= _PART:
        return of(rows(slice(None)))
    if not architecture.columns and dtype == "float32":
        of_images, whole = _of_images(architecture), n // _IMAGES * _IMAGES
        parts = (rows(slice(start, start + _IMAGES)) for start in range(0, whole, _IMAGES))
        found = [of_images(*parameters, architecture.inputs(part)).T for part in parts]
        return np.concatenate([*found, *([of(rows(slice(whole, n)))] if n > whole else [])])
    with threads_for(largest_product(architecture, _PART)):
        return np.concatenate([of(rows(slice(start, start + _PART))) for start in range(0, n, _PART)])


def activations_of(
    architecture: Architecture, parameters: Sequence[Array], rows: Callable[[Any], Array], n: int, layer: int
) -> Array:
    """The activations of a layer, an example in each row, part by part; `rows` as for `outputs_of`."""
    values = architecture.by_name(parameters)
    until = replace(architecture, stack=architecture.stack[: layer - 1]).whole
    example = architecture.examples[layer - 1]

    def of(part: Array) -> Array:
        found: Array = feedforward(until, values, until.inputs(part))
        return found.T if len(example) == 1 else found.reshape(len(part), *example)

    with np.errstate(all="ignore"):
        parts = [of(rows(slice(start, start + _PART))) for start in range(0, max(n, 1), _PART)]
    return np.concatenate(parts)


def compute_answers(
    architecture: Architecture, parameters: Sequence[Array], rows: Callable[[Any], Array], n: int
) -> Array:
    """The output activations, n × n_L, of a network that answers a few times only: where NumPy is fast enough, by no program,
    since deriving one would take longer.
    """
    if architecture.columns:
        return activations_of(architecture, parameters, rows, n, len(architecture.sizes))
    return outputs_of(architecture, parameters, rows, n, str(parameters[0].dtype))


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
        raise SettingsError("There are no examples to score.")
    labels = examples.labels
    right = None if labels is None else int(np.count_nonzero(are_right(architecture, a, labels)))
    return Score(architecture.measured(a.T, examples.targets.T) / len(a), right, len(a))


def explained(a: Array, y: Array) -> float:
    """R² = 1 − Σ (y − a)² / Σ (y − ȳ)², the mean over the outputs, as in scikit-learn.

    >>> explained(np.array([[1.0], [2.5]]), np.array([[1.0], [3.0]]))
    0.875
    """
    spread = ((y - y.mean(axis=0)) ** 2).sum(axis=0, dtype=np.float64)
    left = ((y - a) ** 2).sum(axis=0, dtype=np.float64)
    return float(np.mean(1 - left / np.where(spread > 0, spread, 1)))
