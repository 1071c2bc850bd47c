"""Several networks on JAX arrays, side by side by JAX's `vmap` of the step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..core.nouns import Array
from .many import ManyRunner, Piece, added_up, padded
from .on_jax import Kind, numbers_of, placed, precision, steps_of


class JaxGroup:
    """Networks that JAX trains side by side."""

    def __init__(self, runner: ManyRunner, penalties: tuple[str, ...]):
        self._runner, self._penalties = runner, penalties
        self.views, self.before = (
            [np.empty((runner.places(), *a.shape[1:]), a.dtype) for a in runner.changed] for _ in range(2)
        )
        self.members: list[int] = []
        self.finite = True
        examples = runner.examples
        with precision(runner.dtype):
            given = (examples.inputs, examples.targets, examples.labels, examples.weights)
            self._data = [None if each is None else placed(each) for each in given]

    def learn(self, piece: Piece, sums: Array) -> Array:
        """Learn from batches; from the costs and correct answers of the members to those with the piece's."""
        runner, m = self._runner, piece.order.shape[2]
        rule, shared = replace(runner.settings[0].rule, l2=0.0, l1=0.0), runner.learners.shared
        examples, count = runner.examples, piece.order.shape[1]
        labeled, here = examples.labels is not None, padded(self.members, runner.places())
        kind = Kind(
            examples.weights is not None, examples.distributions, labeled, self._penalties, runner.places(), shared
        )
        steps = steps_of(runner.architecture, m, runner.dtype.name, rule, kind)
        own: Any = 0 if shared else here
        order, draws = piece.order[own], piece.draws[own]
        if not shared:
            order, draws = order.swapaxes(0, 1), draws.swapaxes(0, 1)
        penalties = (
            np.tile([getattr(runner.settings[number].rule, name) for number in here], (count, 1))
            for name in self._penalties
        )
        numbers = numbers_of(rule, piece.rates[:, here], piece.done, runner.dtype, *penalties)
        with precision(runner.dtype):
            given = [placed(order), [placed(each) for each in numbers], placed(draws)]
            changed, (told, right) = steps.run([*map(placed, self.views)], self._data, *given)
            for kept, view, array in zip(self.before, self.views, changed, strict=True):
                kept[...], view[...] = view, np.asarray(array)
            self.finite = all(bool(np.isfinite(view.sum())) for view in self.views)
            return added_up(sums, np.stack([told, right], 1))


class ManyOnJax(ManyRunner):
    """Runs all networks that have the same penalties in one group, by JAX's `vmap`."""

    def places(self) -> int:
        """As many as there are networks."""
        return len(self.learners)

    def made(self, penalties: tuple[str, ...]) -> JaxGroup:
        """A group of JAX's."""
        return JaxGroup(self, penalties)
