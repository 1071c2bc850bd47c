"""Training by L-BFGS, for small tables: each step sees all examples, and an epoch is a step.

The cost and its gradient are the network's derived program in float64; SciPy's L-BFGS-B goes down it where SciPy is there, else
the package's own, which is also `chainrule.minimize`.
"""

from __future__ import annotations

import functools
import importlib.util
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..calculus.minimizing import descend, require_finite
from ..core.nouns import Array, Program
from ..core.simplification import simplify
from ..network.architecture import Architecture
from ..run.buffered import buffered
from ..run.threads import threads_for
from .callbacks import Callback, Calls, Every
from .history import Epoch, History, Score
from .loop import Watch, history_of, is_done, largest_product, noted
from .runner import Examples, Learner, are_right
from .settings import Settings, SettingsError, grouped, settings
from .step import gradient

_OF_BATCHES = {"batch_size": 10, "learning_rate": None, "schedule": "constant"}  # the defaults of what it does not have
_NOT_SMOOTH = ("clip_norm", "clip_value", "l1", "max_norm")
_EVALUATIONS = 20  # of the cost per step, the most of a run


def settings_of(examples: int, given: Mapping[str, Any]) -> tuple[Settings, dict[str, Any]]:
    """The settings of a run by L-BFGS.

    Args:
        examples: The number of examples.
        given: The settings of `fit`, each under its own name.

    Returns:
        The settings, and those that were given without what it does not have.

    Raises:
        SettingsError: Something is set that it does not have.
    """
    for name, usual in {**_OF_BATCHES, **dict.fromkeys(_NOT_SMOOTH)}.items():
        value = given.get(name, usual)
        if value and value != usual:
            raise SettingsError(
                "The optimizer 'lbfgs' learns from all examples in each step, whose length it finds; leave {name}={value!r} out."
                if name in _OF_BATCHES
                else "The optimizer 'lbfgs' goes down a smooth cost as it is; leave {name}={value!r} out.",
                name=name,
                value=value,
            )
    if given["executor"] not in ("auto", "numpy"):
        raise SettingsError(
            "The optimizer 'lbfgs' runs on NumPy; leave executor={value!r} out.", value=given["executor"]
        )
    kept = {name: value for name, value in given.items() if name not in (*_OF_BATCHES, *_NOT_SMOOTH)}
    step = {"optimizer": "sgd", "executor": "numpy", "batch_size": examples, "learning_rate": 1.0}
    return settings(examples, **grouped({**kept, **step})), kept


def require_at_once(
    architecture: Architecture, examples: Examples, callbacks: Sequence[Callback], more: Mapping[str, object]
) -> None:
    """Refuse what changes the cost from step to step, or has a part within an epoch.

    Args:
        architecture: The layers.
        examples: The training examples.
        callbacks: The callbacks.
        more: Other arguments of `fit`, which must be left out.

    Raises:
        SettingsError: Something of this is there.
    """
    if architecture.masks:
        raise SettingsError(
            "The optimizer 'lbfgs' goes down one cost, and dropout makes another in each step; leave it out."
        )
    for name, value in more.items():
        if value is not None:
            raise SettingsError("The optimizer 'lbfgs' goes down one cost, without stops; leave {name} out.", name=name)
    if examples.source is not None:
        raise SettingsError(
            "The optimizer 'lbfgs' takes all {count:,} examples at once, which are too many; choose another, such as 'adam'.",
            count=len(examples),
        )
    if any(isinstance(each, Every) for each in callbacks):
        raise SettingsError("The optimizer 'lbfgs' has one step in an epoch; give the callback without Every.")


def train_at_once(
    architecture: Architecture,
    learner: Learner,
    examples: Examples,
    settings: Settings,
    watch: Watch,
    *,
    tolerance: float,
) -> History:
    """Learn from all examples at each step. Ctrl-C ends training early and keeps what was learned.

    Args:
        architecture: The layers and the cost.
        learner: The parameters and all else that training changes.
        examples: The training examples.
        settings: How to learn; its epochs are the most steps.
        watch: What happens around the epochs.
        tolerance: The largest number that the gradient may have at the end.

    Returns:
        All epochs of the run; the cost of each is that of the weights after it.

    Raises:
        MinimizeError: The cost at the start is NaN or infinite.
    """
    interrupted = False
    with threads_for(largest_product(architecture, len(examples))), np.errstate(all="ignore"):
        run = _Run(architecture, learner, examples, settings, watch)
        start = run.packed()
        require_finite(*run.told(start))
        try:
            _minimized(run, start, tolerance, settings.epochs - len(learner.epochs))
            if not learner.epochs:  # the start was as low as it gets
                run.accepted(start)
        except StopIteration:
            pass
        except KeyboardInterrupt:
            interrupted = True
    return history_of(learner, settings, interrupted)


def _minimized(run: _Run, start: Array, tolerance: float, steps: int) -> None:
    """Go down, telling `run` of each place that is accepted."""
    if importlib.util.find_spec("scipy") is None:
        descend(run.told, start, tolerance=tolerance, steps=steps, accepted=run.accepted)
        return
    from scipy import optimize

    most = {"maxiter": steps, "maxfun": _EVALUATIONS * steps, "gtol": tolerance}
    optimize.minimize(run.told, start, jac=True, method="L-BFGS-B", callback=run.accepted, options=most)


class _Run:
    """A cost and its gradient as functions of one array, and what is told of the places on the way."""

    def __init__(
        self, architecture: Architecture, learner: Learner, examples: Examples, settings: Settings, watch: Watch
    ):
        self._architecture, self._learner, self._examples = architecture, learner, examples
        self._settings, self._watch = settings, watch
        self._calls = Calls(watch.callbacks, watch.network, learner.epochs)
        self._began = time.perf_counter()
        n, weights = len(examples), examples.weights
        self._targets = examples.targets.T.astype(np.float64)
        self._weights = None if weights is None else np.ascontiguousarray(weights.T, np.float64)
        self._own = {  # the parameters in float64, in the program's buffers
            name: np.array(array, np.float64)
            for name, array in zip(architecture.shapes, learner.parameters, strict=True)
        }
        self._decayed = [each.name for each in architecture.parameters if each.meaning.decayed]
        a1 = np.ascontiguousarray(architecture.inputs(examples.inputs.astype(np.float64)))
        given = {**self._own, "a1": a1, "y": self._targets}
        program = _program(architecture, n, weights is not None, examples.distributions)
        if self._weights is not None:
            given["weight"] = self._weights
        self._bound = buffered(program, {each.name: given[each.name] for each in program.inputs})
        self._last: tuple[Array, float] | None = None

    def packed(self) -> Array:
        """The parameters that are trained, as one array."""
        return np.concatenate([self._own[name].reshape(-1) for name in self._architecture.trained])

    def told(self, flat: Array) -> tuple[float, Array]:
        """The cost per example with its penalty, and its gradient."""
        start, n = 0, len(self._examples)
        for name in self._architecture.trained:
            own = self._own[name]
            own[...] = flat[start : start + own.size].reshape(own.shape)
            start += own.size
        self._bound.step()
        *gradients, output = self._bound.outputs[: len(self._architecture.trained) + 1]
        cost = self._architecture.measured(output, self._targets, self._weights)
        self._last = flat.copy(), cost / n
        decay, value, found = self._settings.rule.l2, cost / n, []
        for name, slope in zip(self._architecture.trained, gradients, strict=True):
            own = self._own[name]
            penalty = decay * own if name in self._decayed else 0.0
            value += 0.5 * float(np.sum(penalty * own))
            found.append((slope / n + penalty).reshape(-1))
        return value, np.concatenate(found)

    def accepted(self, flat: Array) -> None:
        """Note an epoch: the parameters are those of a place that was accepted. Raises `StopIteration` where training ends."""
        if self._last is None or not np.array_equal(self._last[0], flat):
            self.told(flat)
        assert self._last is not None
        learner, n = self._learner, len(self._examples)
        *_, output = self._bound.outputs[: len(self._architecture.trained) + 1]
        moments = self._bound.outputs[len(self._architecture.trained) + 1 :]
        for name, moment in zip(self._architecture.running, moments, strict=True):
            self._own[name][...] = moment
        for array, own in zip(learner.parameters, self._own.values(), strict=True):
            array[...] = own
        labels, number = self._examples.labels, len(learner.epochs) + 1
        correct = None if labels is None else int(are_right(self._architecture, output.T, labels).sum())
        now = time.perf_counter()
        epoch = Epoch(number, Score(self._last[1], correct, n), None, now - self._began, 1.0)
        epoch = noted(epoch, learner, self._settings, self._watch)
        learner.epochs.append(epoch)
        learner.steps += 1
        self._watch.observer.progressed(number, n, n, epoch.seconds)
        self._watch.observer.finished(epoch)
        before = [each.copy() for each in learner.parameters]
        ended = self._calls.after(epoch, 1, np.arange(n))
        if any(not np.array_equal(one, other) for one, other in zip(before, learner.parameters, strict=True)):
            raise SettingsError("A callback changed weights, from which the optimizer 'lbfgs' cannot go on.")
        self._began = time.perf_counter()
        if ended or is_done(learner, self._settings):
            raise StopIteration


@functools.lru_cache(maxsize=8)
def _program(architecture: Architecture, n: int, weighted: bool, distributions: bool) -> Program:
    """The gradient, summed over n examples, with the outputs and the moments that batch normalization measures."""
    derived = gradient(architecture, n, "float64", weighted, distributions)
    return simplify(derived, "fast").check()
