"""Trials of remedies: copies of a network that are trained again on part of its run, and scored on held-out examples.

A trial trains on at most a tenth of the examples of the run, or on as many as a small network processes in half a second,
whichever is more, but never on more than the run itself. This budget is counted in examples, not in seconds, so the same run
gets the same advice on every machine.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .core.errors import ChainruleError
from .core.nouns import Array
from .data.augmentation import Augmentation
from .network.architecture import Architecture
from .training.facts import constant_answer_cost
from .training.loop import DivergenceError
from .training.runner import Examples
from .training.settings import grouped
from .training.trial import Trial

_SHARE = 0.1  # of the run's examples
_WORK = 8e8  # parameters times examples: half a second on one core
_MIN_EXAMPLES, _MAX_EXAMPLES = (
    2_000,
    30_000,
)  # the least and the most examples of a trial, unless a tenth of the run is more
_ROWS = 2_000  # examples on which a network is scored
_NETWORK_SETTINGS = frozenset(
    {"layers", "activation", "output", "cost", "normalization", "dropout", "initializer", "seed"}
)
_FIT_SETTINGS = (
    "batch_size", "learning_rate", "optimizer", "schedule", "l2", "l1", "max_norm", "clip_norm", "clip_value",
    "label_smoothing", "class_weight", "augment",
)  # fmt: skip


class Trials:
    """Trials of a `Network`: `start` are its parameters before training, `run` the settings of `fit`.

    `held` are held-out examples; without them, a tenth of the training examples is held out, by a fixed shuffle.
    """

    def __init__(
        self,
        net: Any,
        start: Sequence[Array],
        examples: Examples,
        held: Examples | None,
        run: Mapping[str, Any],
        epochs: int,
    ):
        self._net, self._start, self._run = net, start, run
        self._examples = examples
        n = len(examples)
        order = np.random.default_rng(0).permutation(n)
        apart = 0 if held is not None else max(1, n // 10)
        self._training_rows, tenth = order[apart:], order[:apart]
        if held is None:
            self._held_out = _select(examples, tenth)
        else:
            some = np.random.default_rng(0).permutation(len(held))[:_ROWS]
            self._held_out = _select(held, np.sort(some))
        self._cache: dict[Any, Trial | None] = {}
        floor = min(max(_MIN_EXAMPLES, _WORK / net.architecture.parameter_count), _MAX_EXAMPLES)
        self.run_examples = max(1, epochs) * n
        self.max_examples = int(max(floor, _SHARE * self.run_examples))

    def present(self) -> Trial:
        """The scores of the present network."""
        rows = self._training_rows[:_ROWS]
        as_it_is = self._copy({}, self._net.parameters)
        return self._scored(as_it_is, _select(self._examples, rows), self._held_out, self.run_examples)

    def __call__(
        self, changes: Mapping[str, Any] | None = None, *, scaled: str = "", times: int = 1, reverse: bool = False
    ) -> Trial | None:
        """The trial of a copy with these settings changed, or None if they are refused or it would take too long.

        `scaled` ("inputs" or "targets") normalizes each column to mean 0 and variance 1, or into 0…1 if inputs are bounded;
        `times` is the length relative to the run; `reverse` takes the examples in the opposite order.
        """
        changes = dict(changes or {})
        key = (repr(sorted(changes.items(), key=lambda each: each[0])), scaled, times, reverse)
        if key not in self._cache:
            self._cache[key] = self._run_trial(changes, scaled, times, reverse)
        return self._cache[key]

    def _run_trial(self, changes: Mapping[str, Any], scaled: str, times: int, reverse: bool) -> Trial | None:
        amount = int(min(self.max_examples, times * self.run_examples))
        if times > 1 and amount < times * self.run_examples:
            return None
        run = {name: self._run[name] for name in _FIT_SETTINGS if self._run.get(name) is not None}
        run |= {name: value for name, value in changes.items() if name in _FIT_SETTINGS}
        if isinstance(run.get("class_weight"), list):
            run["class_weight"] = dict(run["class_weight"])
        if isinstance(run.get("augment"), dict):
            run["augment"] = Augmentation(**run["augment"])
        available = len(self._training_rows)
        m = min(int(run.get("batch_size", 10)), available)
        count = min(amount, available)
        count = max(m, count - count % m) if count >= m else count
        rows = (self._training_rows[::-1] if reverse else self._training_rows)[:count]
        share = count / len(self._examples)  # λ is divided by the examples
        for penalty in ("l2", "l1"):
            if penalty in run:
                run[penalty] = float(run[penalty]) * share
        inputs, labels = _select(self._examples, rows)
        held_inputs, held_labels = self._held_out
        if scaled == "inputs":
            bounded = not self._net.architecture.declared_cost.regression
            inputs, held_inputs = _normalized(inputs, held_inputs, bounded)
        elif scaled == "targets":
            labels, held_labels = _normalized(labels, held_labels, False)
        try:
            copy = self._copy(changes)
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                copy.fit(
                    inputs,
                    labels,
                    epochs=max(1, round(amount / count)),
                    executor="numpy",
                    progress=False,
                    **grouped(run),
                )
        except DivergenceError:
            return Trial(math.inf, math.inf, -1.0, -1.0, self._scored_rows, amount)
        except ChainruleError:
            return None
        return self._scored(copy, (inputs[:_ROWS], labels[:_ROWS]), (held_inputs, held_labels), amount)

    @property
    def _scored_rows(self) -> int:
        return 0 if self._examples.labels is None else len(self._held_out[1])

    def _copy(self, changes: Mapping[str, Any], begun: Sequence[Array] | None = None) -> Any:
        """A network with these settings changed, which starts from the same parameters unless the changes affect them."""
        was, begins = self._net.architecture, {"initializer": "default", "seed": None}
        given = {name: self._net.provenance.get(name, usual) for name, usual in begins.items()}
        given |= {name: each for name, each in changes.items() if name in _NETWORK_SETTINGS}
        scaling = self._net.schema.inputs.scaling
        scale = "none" if scaling in ("standard", "min-max", "none") else "gray"  # the inputs are scaled already
        copy: Any = type(self._net)(
            **was.keywords(**given),
            dtype="float64" if self._net.dtype == "float64" else "float32",
            scale=None if was.vocabulary else scale,
            target_scale="none",
        )
        if not {"initializer", "seed", "layers", "activation"} & set(changes):
            start = was.by_name(begun or self._start)
            for name, parameter in copy.architecture.by_name(copy.parameters).items():
                if name in start and start[name].shape == parameter.shape:
                    parameter[...] = start[name]
        return copy

    def _scored(self, net: Any, learned: tuple[Array, Array], held: tuple[Array, Array], examples: int) -> Trial:
        def score(inputs: Array, labels: Array) -> float:
            if self._examples.labels is None:
                return max(-1.0, float(net.score(inputs, labels)))
            right = net(inputs).argmax(axis=1) == labels
            return float(np.mean([right[labels == label].mean() for label in np.unique(labels)]))

        with np.errstate(all="ignore"):
            cost = net.evaluate(*held).cost
            nothing = _baseline_cost(net.architecture, held[1])
            return Trial(
                cost,
                cost / nothing if nothing else math.nan,
                score(*held),
                score(*learned),
                self._scored_rows,
                examples,
            )


def _select(examples: Examples, rows: Array) -> tuple[Array, Array]:
    """The inputs and labels of these rows, as `fit` takes them."""
    return examples.rows(rows), examples.targets[rows] if examples.labels is None else examples.labels[rows]


def _baseline_cost(architecture: Architecture, labels: Array) -> float | None:
    """The cost per example of the best constant answer, for labels or targets as `fit` takes them."""
    k = architecture.sizes[-1]
    targets = np.eye(k, dtype=np.float64)[labels] if labels.ndim == 1 and labels.dtype.kind != "f" else labels
    return constant_answer_cost(architecture, np.asarray(targets, np.float64).reshape(len(labels), -1))


def _normalized(learned: Array, held: Array, bounded: bool) -> tuple[Array, Array]:
    """Each column scaled into 0…1 if `bounded`, else to mean 0 and variance 1, by the statistics of the training examples."""
    a = learned.astype(np.float64)
    if bounded:
        low, by = a.min(axis=0), np.ptp(a, axis=0)
    else:
        low, by = a.mean(axis=0), a.std(axis=0)
    by = np.where(by > 1e-9 * np.abs(low), by, 1)

    def changed(x: Array) -> Array:
        y: Array = ((x - low) / by).astype(learned.dtype)
        return np.clip(y, 0.0, 1.0, out=y) if bounded else y

    return changed(learned), changed(held)
