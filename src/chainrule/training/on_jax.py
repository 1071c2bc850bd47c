"""Training on JAX arrays: the same derived step, compiled by JAX, some steps in one scan.

If JAX has several devices, in this process or in several that `jax.distributed` connects, each takes a part of every batch, and
parameters are the same on all. Every process runs the same program on the same data, so what they decide is the same, too.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..core.nouns import Array
from ..core.structure import LEAF, Tree
from ..network.architecture import Architecture
from ..network.batches import batch_from
from ..run.jax import compiled
from .runner import Examples, Learner, figures
from .step import UpdateRule, training_step, with_cost

_PIECE = 100  # steps of a scan: the same number in every process, whatever its pace, since all must meet


def _jax() -> Any:
    import jax

    return jax


@contextmanager
def precision(dtype: np.dtype[Any]) -> Iterator[None]:
    """Within, JAX computes in a number type, products included.

    Args:
        dtype: The number type.

    Returns:
        A context.
    """
    jax = _jax()
    with jax.default_matmul_precision("highest"), jax.enable_x64(dtype == np.float64):
        yield


def placed(array: Array) -> Any:
    """An array on all devices, of all processes.

    Args:
        array: The array, the same in every process.

    Returns:
        JAX's array.
    """
    jax = _jax()
    if jax.process_count() == 1:
        return jax.numpy.asarray(array)
    mesh = jax.sharding.Mesh(np.array(jax.devices()), ("examples",))
    everywhere = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec())
    return jax.make_array_from_callback(array.shape, everywhere, lambda index: array[index])


@dataclass(frozen=True)
class Kind:
    """What steps are compiled for.

    Attributes:
        weighted: Whether each example has a weight.
        distributions: Whether the desired outputs of each example sum to 1.
        labeled: Whether there are classes.
        penalties: The penalties that are given with each step.
        count: How many networks learn side by side, if several do.
        shared: Whether those learn from the same examples.
    """

    weighted: bool
    distributions: bool
    labeled: bool
    penalties: tuple[str, ...] = ()
    count: int | None = None
    shared: bool = True


class Steps:
    """Steps of training, one after another, as one function of JAX arrays: `run`.

    Args: the architecture, the batch size m, the number type, the rule of the update, and the kind.
    """

    def __init__(self, architecture: Architecture, m: int, dtype: str, rule: UpdateRule, kind: Kind):
        jax = _jax()
        step = training_step(architecture, m, dtype, rule, kind.weighted, kind.distributions, kind.penalties)
        program, cost = with_cost(step, architecture)
        if cost is not None:
            found = next(t for each in program.equations for t in each.targets if t.name == cost)
            program = replace(program, outputs=(*program.outputs, found))
        size = len(program.outputs)
        program = replace(program, results=Tree(tuple, tuple(range(size)), (LEAF,) * size))
        self._jax, self._architecture, self._m, self._kind = jax, architecture, m, kind
        self._step, self._changed, self._tells_cost = compiled(program), len(step.outputs) - 1, cost is not None
        devices = jax.devices()
        divided = len(devices) > 1 and m % len(devices) == 0 and kind.count is None
        self._mesh = jax.sharding.Mesh(np.array(devices), ("examples",)) if divided else None
        self.run: Callable[..., Any] = jax.jit(self._all)

    def _all(self, changed: Any, data: Any, order: Any, numbers: Any, draws: Any) -> Any:
        """Steps one after another: parameters and state behind them, and what each tells."""

        def one(changed: Any, each: Any) -> Any:
            return self._one(changed, data, *each)

        return self._jax.lax.scan(one, tuple(changed), (order, numbers, draws))

    def _one(self, changed: Any, data: Any, indices: Any, numbers: Any, draws: Any) -> Any:
        """A step, of one network or of several."""
        gathered = [None if each is None else self._lying(each[indices], "examples") for each in data]
        if self._kind.count is None:
            return self._lying(self._of_one(changed, gathered, numbers, draws))
        common = None if self._kind.shared else 0
        own = len(self._kind.penalties)
        of_numbers = [0, *[None] * (len(numbers) - 1 - own), *[0] * own]
        return self._jax.vmap(self._of_one, in_axes=(0, common, of_numbers, common))(changed, gathered, numbers, draws)

    def _lying(self, arrays: Any, *axes: str) -> Any:
        """Arrays of which each device has a part along the axes named, and all else as a whole."""
        if self._mesh is None:
            return arrays
        jax = self._jax
        parts = jax.sharding.NamedSharding(self._mesh, jax.sharding.PartitionSpec(*axes))
        return jax.tree.map(lambda each: jax.lax.with_sharding_constraint(each, parts), arrays)

    def _of_one(self, changed: Any, gathered: Any, numbers: Any, draws: Any) -> Any:
        """A step of one network: parameters and state behind it, and its cost (or its outputs) and correct answers."""
        jnp, architecture, m = self._jax.numpy, self._architecture, self._m
        x, y, labels, weights = gathered
        masks, start = [], 0
        for _, layer in architecture.masks:
            size, share = m * architecture.sizes[layer - 1], architecture.dropouts[layer - 1]
            rows = draws[start : start + size].reshape(m, -1)
            kept = jnp.where(rows >= share, jnp.asarray(1 / (1 - share), rows.dtype), 0)
            masks.append(batch_from(kept, architecture.examples[layer - 1]))
            start += size
        given = [*masks, batch_from(x, architecture.input), y.T, *([weights.T] if weights is not None else [])]
        results = self._step(*changed, *given, *numbers)
        output = results[self._changed]
        told = results[-1] if self._tells_cost else output
        right = jnp.zeros(())
        if labels is not None and labels.ndim > 1:  # each output decides for itself
            said = jnp.transpose(output) > architecture.declared_cost.threshold
            right = jnp.sum((said == (labels > 0)).all(axis=1))
        elif labels is not None:
            right = jnp.sum(jnp.argmax(output, 0) == labels)
        return tuple(results[: self._changed]), (told, right)


steps_of = functools.lru_cache(maxsize=16)(Steps)
"""Steps that are compiled once for all runs of their kind."""


def numbers_of(rule: UpdateRule, rates: Array, done: int, dtype: np.dtype[Any], *more: Array) -> list[Array]:
    """What is given for each step.

    Args:
        rule: The rule of the update, with its optimizer.
        rates: η of each step, of one network or of each.
        done: The number of steps before these.
        dtype: The number type.
        more: The penalties of each step and network.

    Returns:
        η, the numbers of the optimizer, and the penalties.
    """
    steps = [rule.optimizer.numbers(done + k + 1) for k in range(len(rates))]
    return [np.asarray(each, dtype) for each in (rates, *zip(*steps, strict=True), *more)]


class JaxRunner:
    """The JAX executor as a `Runner`."""

    def __init__(self, architecture: Architecture, learner: Learner, examples: Examples, rule: UpdateRule):
        self._architecture, self._learner, self._examples, self._rule = architecture, learner, examples, rule
        self._dtype = examples.targets.dtype
        self._masked = sum(architecture.sizes[layer - 1] for _, layer in architecture.masks)
        self._kind = Kind(examples.weights is not None, examples.distributions, examples.labels is not None)
        self.cost, self.correct = 0.0, 0

    def begin(self) -> None:
        """Reset the sums for an epoch, and bring parameters and examples to JAX."""
        self.cost, self.correct = 0.0, 0
        examples = self._examples
        with precision(self._dtype):
            given = (examples.inputs, examples.targets, examples.labels, examples.weights)
            self._data = [None if each is None else placed(each) for each in given]
        self.resume()

    def resume(self) -> None:
        """Bring the current parameters and state to JAX."""
        with precision(self._dtype):
            self._changed = [placed(each) for each in (*self._learner.parameters, *self._learner.state)]

    def piece(self, left: int) -> int:
        """The number of batches of a scan."""
        return min(left, _PIECE)

    def learn(self, order: Array, rates: Sequence[float], done: int) -> int | None:
        """Learn from the batches, as `Runner` says."""
        steps = steps_of(self._architecture, order.shape[1], self._dtype.name, self._rule, self._kind)
        draws = self._learner.random.random((len(order), order.shape[1] * self._masked), dtype=self._dtype)
        numbers = numbers_of(self._rule, np.array(rates), done, self._dtype)
        with precision(self._dtype):
            given = [placed(order), [placed(each) for each in numbers], placed(draws)]
            changed, (told, right) = steps.run(self._changed, self._data, *given)
            told, right = np.asarray(told), np.asarray(right)
            count = len(self._learner.parameters)
            fine = all(bool(np.isfinite(np.asarray(each.sum()))) for each in changed[:count])
        costs = told
        if told.ndim > 1:
            outputs = told.transpose(0, 2, 1)
            each_step = (slice(k, k + 1) for k in range(len(order)))
            costs = np.array([figures(self._architecture, self._examples, order[k], outputs[k])[0] for k in each_step])
        if not fine or not np.isfinite(costs).all():
            wrong = ~np.isfinite(costs)
            return int(np.argmax(wrong)) if wrong.any() else len(order) - 1
        for each in costs.tolist():  # one by one, so that the sum does not depend on where pieces end
            self.cost += each
        self.correct += int(right.sum())
        self._changed = list(changed)
        return None

    def settle(self) -> None:
        """Copy parameters and state back to the learner's arrays."""
        for array, found in zip((*self._learner.parameters, *self._learner.state), self._changed, strict=True):
            array[...] = np.asarray(found)
