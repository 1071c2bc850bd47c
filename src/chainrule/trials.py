"""Trials of remedies: copies of a network that are trained again on part of its run, and scored on held-out examples.

A trial learns from at most as many examples as the run did, and from so few that it takes a fifth of the budget of all advice,
`training/work.py`; it is scored on so few that this takes a twelfth at most. That is counted in multiplications, not in
seconds, so the same run gets the same advice on every machine.
Trials run on the executor of the run; on NumPy's where another step would have to be compiled for less work than that takes.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from .core.errors import ChainruleError
from .core.nouns import Array
from .data.augmentation import Augmentation
from .network.architecture import Architecture
from .prediction import compute_answers, explained
from .training.choice import numpy_seconds
from .training.facts import constant_answer_cost
from .training.history import History, Silent
from .training.loop import DivergenceError
from .training.optimizers import sgd
from .training.runner import Examples, are_right
from .training.settings import grouped
from .training.trial import FULL_TRIAL, TRIAL, Trial, can_share_step
from .training.work import count_multiplications, count_work, limit_rows, plan_budget

_MAX_EXAMPLES = 30_000  # of a trial, unless a tenth of the run is more
_SHARE = 0.1  # of the run's examples
_BATCH = 10  # the size of batches that a remedy asks for at the least
_COMPILING = 1.0  # seconds, or more, that NumPy must take before another step is compiled
# Examples on which a network is scored: held-out ones, and as many that it learned from.
_ROWS, _FEWEST_ROWS = 2_000, 500
_NETWORK_SETTINGS = frozenset(
    {"layers", "activation", "output", "cost", "normalization", "dropout", "initializer", "seed"}
)
_FIT_SETTINGS = (
    "batch_size", "learning_rate", "optimizer", "schedule", "l2", "l1", "max_norm", "clip_norm", "clip_value",
    "label_smoothing", "class_weight", "augment",
)  # fmt: skip


class Trials:
    """Trials of a `Network`: `start` are its parameters before training, `run` the settings of `fit`.

    `held` are held-out examples; without them, a tenth of the training examples is held out, by a fixed shuffle. `budget` is
    that of the run's advice, and `progress` is told, as trials go on, which share of it is taken.
    """

    def __init__(
        self,
        net: Any,
        start: Sequence[Array],
        examples: Examples,
        held: Examples | None,
        history: History,
        progress: Callable[[float], object] = lambda share: None,
    ):
        self._net, self._start, self._run, self._progress = net, start, history.settings, progress
        self._examples = examples
        n = len(examples)
        self._cache: dict[Hashable, Trial | None] = {}
        known = history.epochs or history.interrupted  # the settings of a loaded network tell how many there were
        epochs = len(history.epochs) if known else int(self._run.get("epochs", 1))
        self.run_examples = max(1, epochs) * n
        batch = min(int(self._run.get("batch_size", 10)), n)
        work = count_work(net.architecture, batch, bool(self._run.get("augment")))
        self.budget = plan_budget(self.run_examples * work)
        forward = count_multiplications(net.architecture)
        self._rows = min(_ROWS, limit_rows(self.budget, 2 * forward, _FEWEST_ROWS))
        order = np.random.default_rng(0).permutation(n)
        apart = 0 if held is not None else max(1, n // 10)
        self._training_rows, tenth = order[apart:], order[:apart]
        if held is None:
            self._held_out = _select_scored(examples, tenth[: self._rows])
        else:
            some = np.random.default_rng(0).permutation(len(held))[: self._rows]
            self._held_out = _select_scored(held, np.sort(some))
        # The run itself is the trial of its settings, where others may be as long.
        repeatable = held is not None and bool(history.epochs) and not history.diverged
        self._is_trial = repeatable and self.run_examples * work <= FULL_TRIAL * self.budget.total
        affordable = TRIAL * self.budget.total / count_work(net.architecture, min(batch, _BATCH))
        shorter = int(max(1, min(affordable, max(_MAX_EXAMPLES, _SHARE * self.run_examples))))
        self.max_examples = max(shorter, self.run_examples) if self._is_trial else shorter

    @functools.cached_property
    def present(self) -> Trial:
        """The scores of the present network."""
        learned = _select_scored(self._examples, self._training_rows[: self._rows])
        return self._scored(self._net.architecture, self._net.parameters, learned, self._held_out, self.run_examples)

    def __call__(
        self, changes: Mapping[str, Any] | None = None, *, scaled: str = "", times: int = 1, reverse: bool = False
    ) -> Trial | None:
        """The trial of a copy with these settings changed; `None` if they are refused, or the budget does not cover it.

        `scaled` ("inputs" or "targets") normalizes each column to mean 0 and variance 1, or into 0…1 if inputs are bounded;
        `times` is the length relative to the run; `reverse` takes the examples in the opposite order.
        """
        changes = dict(changes or {})
        if self._is_trial and not (changes or scaled or reverse) and times == 1:
            return self.present
        key = _key(changes, scaled, times, reverse)
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
        inputs, labels = _select_learned(self._examples, rows)
        learned, held = _select_scored(self._examples, rows[: self._rows]), self._held_out
        if scaled == "inputs":
            bounded = not self._net.architecture.declared_cost.regression
            inputs = self._examples.rows(rows)
            change = _plan_scaling(inputs, bounded)
            inputs = change(inputs)
            learned, held = ((change(x), y, z) for x, y, z in (learned, held))
        elif scaled == "targets":
            change = _plan_scaling(labels, False)
            labels = change(labels)
            learned, held = ((x, change(y), z) for x, y, z in (learned, held))
        try:
            copy = self._copy(changes)
            epochs = max(1, round(amount / count))
            work = epochs * count * count_work(copy.architecture, m, "augment" in run)
            # A trial of the present settings is of use with two of a remedy, and the first of a remedy with another one.
            more = 0 if reverse or scaled or times > 1 else 1 if changes else 2
            if not self.budget.covers((1 + more) * work):
                return None
            executor = self._executor(copy.architecture, {*changes, *["inputs"] * bool(scaled)}, epochs * count, m)
            observer = _Observer(
                lambda share: self._progress((self.budget.spent + share * work) / self.budget.total), epochs
            )
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                history = copy.fit(inputs, labels, epochs=epochs, executor=executor, progress=observer, **grouped(run))
            self.budget.take(work)
        except DivergenceError:
            self.budget.take(work)
            return Trial(math.inf, math.inf, -1.0, -1.0, self._scored_rows, amount)
        except ChainruleError:
            return None
        if history.interrupted:
            raise KeyboardInterrupt
        return self._scored(copy.architecture, copy.parameters, learned, held, amount)

    def _executor(self, architecture: Architecture, changes: Collection[str], examples: int, m: int) -> str:
        """The executor of the run, or NumPy's if that ends before another step would be compiled."""
        of_run = str(self._run.get("executor"))
        if of_run not in ("native", "wasm"):
            return "numpy"
        alike = can_share_step(self._run, changes)
        return of_run if alike or numpy_seconds(architecture, examples, 1, m, sgd()) > _COMPILING else "numpy"

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

    def _scored(
        self, architecture: Architecture, parameters: Sequence[Array], learned: _Rows, held: _Rows, examples: int
    ) -> Trial:
        def score(a: Array, targets: Array, labels: Array | None) -> float:
            if labels is None:
                return max(-1.0, explained(a, targets))
            right = are_right(architecture, a, labels)
            classes = labels if labels.ndim == 1 else labels[:, 0] if labels.shape[1] == 1 else np.zeros(len(labels))
            return float(np.mean([right[classes == each].mean() for each in np.unique(classes)]))

        def answers(inputs: Array) -> Array:
            return compute_answers(architecture, parameters, inputs.__getitem__, len(inputs))

        inputs, targets, labels = held
        with np.errstate(all="ignore"):
            a = answers(inputs)
            cost = architecture.measured(a.T, targets.T) / len(a)
            nothing = constant_answer_cost(architecture, targets)
            on_learned = score(answers(learned[0]), *learned[1:])
            return Trial(
                cost,
                cost / nothing if nothing else math.nan,
                score(a, targets, labels),
                on_learned,
                self._scored_rows,
                examples,
            )


def _key(changes: Mapping[str, Any], scaled: str, times: int, reverse: bool) -> Hashable:
    return repr(sorted(changes.items(), key=lambda setting: setting[0])), scaled, times, reverse


class _Observer(Silent):
    """Tells which share of a trial is done."""

    def __init__(self, progress: Callable[[float], object], epochs: int):
        self._progress, self._epochs = progress, epochs

    def progressed(self, epoch: int, done: int, total: int, seconds: float) -> None:
        """Tell the share."""
        self._progress((epoch - 1 + done / total) / self._epochs)


_Rows: TypeAlias = tuple[Array, Array, Array | None]
"""Inputs, desired outputs, and labels if there are any, as a network computes with them."""


def _select_scored(examples: Examples, rows: Array) -> _Rows:
    return examples.rows(rows), examples.targets[rows], None if examples.labels is None else examples.labels[rows]


def _select_learned(examples: Examples, rows: Array) -> tuple[Array, Array]:
    """The inputs and labels of these rows, as `fit` takes them; bytes stay bytes, so that the run's own step fits them."""
    inputs = examples.rows(rows) if examples.pixels is None else examples.pixels[rows]
    return inputs, examples.targets[rows] if examples.labels is None else examples.labels[rows]


def _plan_scaling(learned: Array, bounded: bool) -> Callable[[Array], Array]:
    """Scale each column into 0…1 if `bounded`, else to mean 0 and variance 1, by the statistics of the training examples."""
    a = learned.astype(np.float64)
    if bounded:
        low, by = a.min(axis=0), np.ptp(a, axis=0)
    else:
        low, by = a.mean(axis=0), a.std(axis=0)
    by = np.where(by > 1e-9 * np.abs(low), by, 1)

    def scale(x: Array) -> Array:
        y: Array = ((x - low) / by).astype(learned.dtype)
        return np.clip(y, 0.0, 1.0, out=y) if bounded else y

    return scale
