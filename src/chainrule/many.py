"""`fit_many`: networks of one architecture, with other seeds and settings, trained side by side; and what comes of them."""

from __future__ import annotations

import functools
import io
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .examples import as_pairs, prepare, require_pairs
from .model import Network
from .network.makers import Part
from .show.many_fits import draw
from .show.screen import Screen
from .training.choice import executor_with_warning
from .training.history import History, Score
from .training.many import Callback, Learners, ManyRunner, train_many
from .training.optimizers import Optimizer
from .training.runner import Learner
from .training.schedules import Plateau, Schedule
from .training.settings import Clipping, Executor, Regularization, SettingsError, plain, settings
from .training.weights import ClassWeight


@dataclass(frozen=True)
class ManyFits:
    """Networks that were trained side by side; printed, it is a table of the best of them.

    Attributes:
        networks: The networks, in the order of the settings.
        settings: What they differ in: for each its seed, η, and λ of the penalties.
        histories: The history of each.
    """

    networks: tuple[Network, ...]
    settings: tuple[Mapping[str, Any], ...]
    histories: tuple[History, ...]

    def __len__(self) -> int:
        return len(self.networks)

    @functools.cached_property
    def scores(self) -> tuple[Score | None, ...]:
        """The score of each network in its last epoch, or with `patience` the best: on the validation examples, or without them
        on those that it learned from. `None` if there was no epoch, since the cost became NaN or infinite in the first.
        """
        return tuple(map(_score, self.histories))

    @functools.cached_property
    def order(self) -> tuple[int, ...]:
        """The numbers of the networks, the best first: by accuracy, then by cost; those that diverged come last."""

        def key(number: int) -> tuple[bool, int, float]:
            score = self.scores[number]
            if score is None:
                return True, 0, 0.0
            return self.histories[number].diverged, -(score.correct or 0), score.cost

        return tuple(sorted(range(len(self)), key=key))

    @property
    def best(self) -> Network:
        """The network that did best."""
        return self.networks[self.order[0]]

    def rows(self) -> list[dict[str, Any]]:
        """The networks as dictionaries, of which a table or a data frame can be made.

        Returns:
            One dictionary per network: its settings, epochs, cost and accuracy, and whether it diverged.
        """
        found = []
        for given, history, score in zip(self.settings, self.histories, self.scores, strict=True):
            told = {
                "epochs": history.best or len(history.epochs),
                "cost": None if score is None else score.cost,
                "accuracy": None if score is None or score.correct is None else score.accuracy,
                "diverged": history.diverged,
            }
            found.append({**given, **told})
        return found

    def __repr__(self) -> str:
        """One line: how many there are, and the best of them."""
        given = ", ".join(f"{name}={value!r}" for name, value in self.settings[self.order[0]].items())
        one = len(self) == 1
        return f"<{'1 network' if one else f'{len(self)} networks'}; the best has {given}; print it to see the table>"

    def __str__(self) -> str:
        """The table."""
        page = io.StringIO()
        draw(Screen(page, width=80, depth="none"), self.settings, self.histories, self.scores, self.order)
        return page.getvalue()


def _score(history: History) -> Score | None:
    if not history.epochs:
        return None
    epoch = history.epochs[history.best - 1] if history.best else history.epochs[-1]
    return epoch.validation or epoch.train


def fit_many(
    network: Network | Sequence[Part],
    x: Any,
    y: Any,
    *,
    seeds: int | Iterable[int] = (0,),
    learning_rate: float | Sequence[float] | None = None,
    l2: float | Sequence[float] = 0.0,
    l1: float | Sequence[float] = 0.0,
    epochs: int = 30,
    batch_size: int = 10,
    optimizer: str | Optimizer = "sgd",
    schedule: str | Schedule | Plateau = "constant",
    max_norm: float | None = None,
    label_smoothing: float = 0.0,
    clipping: Clipping | None = None,
    sample_weight: ArrayLike | None = None,
    class_weight: ClassWeight | None = None,
    shuffle: bool = True,
    order: int | None = 0,
    validation: tuple[Any, Any] | float | None = None,
    patience: int | None = None,
    executor: Executor = "auto",
    callbacks: Sequence[Callback] = (),
) -> ManyFits:
    """Train networks of one architecture side by side: one for each combination of seed, η and λ.

    The step that trains one network is derived once, and has one more axis for all of them. As machine code, each lane of the
    processor's vectors belongs to a network, which pays for small networks above all, and all cores share them. A network gets
    the same weights, bit for bit, whichever others are trained beside it.

    Args:
        network: A network, of which only the architecture counts, its number type, scale, classes and initializer; or layers, as
            `Network` takes them.
        x: The examples, as in `Network.fit`.
        y: Their labels, as in `Network.fit`.
        seeds: The seeds of the initial weights.
        learning_rate: η, one or several; by default that of `Network.default_learning_rate`.
        l2: λ of the L2 penalty, one or several.
        l1: The same of the L1 penalty.
        epochs: The number of passes over the examples.
        batch_size: m, the number of examples per step.
        optimizer: As in `Network.fit`.
        schedule: As in `Network.fit`.
        max_norm: As in `Regularization`.
        label_smoothing: As in `Regularization`.
        clipping: As in `Network.fit`.
        sample_weight: As in `Network.fit`, the same for all networks.
        class_weight: As in `Network.fit`.
        shuffle: As in `Network.fit`.
        order: The seed of the order of the examples, and of what dropout drops, which all networks share. With `None` each has
            an order of its own, that of `Network.fit` for its seed; then networks are trained one after another.
        validation: As in `Network.fit`.
        patience: As in `Network.fit`, for each network.
        executor: As in `Network.fit`.
        callbacks: Functions that are called after each epoch with a `Standing`: the costs of all networks, and which still run.
            If one gives a true value, training ends; if it gives one truth value for each network, those networks end.

    Returns:
        The networks, their histories and scores.

    Raises:
        DataError: The examples or labels do not match the network or each other.
        SettingsError: A setting is invalid.

    Examples:
        >>> found = fit_many([2, 8, 2], [[0, 1], [1, 0]], [0, 1], seeds=range(3), learning_rate=[0.1, 3.0], epochs=50)
        >>> len(found), found.settings[1]
        (6, {'seed': 0, 'learning_rate': 3.0, 'l2': 0.0, 'l1': 0.0})
        >>> found.best.predict([0, 1])
        0
    """
    net = network if isinstance(network, Network) else Network(network)
    if learning_rate is None:
        learning_rate = net.default_learning_rate(optimizer)
    lists = {"seed": seeds, "learning_rate": learning_rate, "l2": l2, "l1": l1}
    each = tuple(
        dict(zip(lists, values, strict=True))
        for values in itertools.product(*(_several(name, given) for name, given in lists.items()))
    )
    networks = [net.again(given["seed"]) for given in each]
    shaping = {"label_smoothing": label_smoothing, "class_weight": as_pairs(class_weight), "augment": None}
    prepared = prepare(net.architecture, net.schema, x, y, sample_weight, shaping, net.dtype, validation)
    data, held = prepared.examples, prepared.held
    chosen = [
        settings(
            len(data), epochs=epochs, batch_size=batch_size, learning_rate=given["learning_rate"], optimizer=optimizer,
            schedule=schedule, regularization=Regularization(given["l2"], given["l1"], max_norm), clipping=clipping,
            patience=patience, executor=executor, shuffle=shuffle,
        )
        for given in each
    ]  # fmt: skip
    if held is None and patience is not None:
        raise SettingsError("patience needs validation=(x, y), by which it sees what becomes better.")
    if held is None and isinstance(chosen[0].schedule, Plateau):
        raise SettingsError("The schedule 'plateau' needs validation=(x, y), by which it sees what becomes better.")
    if callable(callbacks):
        raise SettingsError("callbacks must be a list of functions.")
    if order is not None and (isinstance(order, bool) or not isinstance(order, (int, np.integer)) or order < 0):
        raise SettingsError("order is {order!r}; it must be a seed, a whole number from 0, or None.", order=order)
    require_pairs(net.architecture, len(data), batch_size)
    runs = executor_with_warning(net.executor_for(len(data), chosen[0], **data.kind))
    chosen = [replace(one, executor=runs) for one in chosen]  # type: ignore[arg-type]  # one of them
    learners = Learners(
        [np.stack(arrays) for arrays in zip(*(one.parameters for one in networks), strict=True)],
        [],
        [one._random for one in networks] if order is None else [np.random.default_rng(order)],
        order is not None,
    )
    rule = chosen[0].rule.optimizer
    learned = net.architecture.learned_of(learners.parameters)
    learners.state += [np.zeros_like(array) for _ in rule.state for array in learned]
    runner = _runner(runs)(net.architecture, learners, data, chosen)
    histories = train_many(net.architecture, learners, data, chosen, runner, held, callbacks)
    told = {"epochs": epochs, "batch_size": batch_size, "optimizer": plain(optimizer), "schedule": schedule}
    for k, (one, history) in enumerate(zip(networks, histories, strict=True)):
        given = {name: value for name, value in each[k].items() if name != "seed"}
        histories[k] = replace(history, settings={**told, **given})
        for array, found in zip(one.parameters, learners.parameters, strict=True):
            array[...] = found[k]
        state = [array[k].copy() for array in learners.state]
        one._taught(
            Learner(rule.name, one.parameters, state, one._random, learners.steps), histories[k], data, prepared.schema
        )
    return ManyFits(tuple(networks), each, tuple(histories))


def _runner(executor: str) -> type[ManyRunner]:
    if executor == "numpy":
        return ManyRunner
    if executor == "jax":
        from .training.many_on_jax import ManyOnJax

        return ManyOnJax
    from .training.lanes import NativeRunner

    return NativeRunner


def _several(name: str, given: Any) -> list[Any]:
    """A setting as the list of its values."""
    found = [plain(given)] if np.ndim(given) == 0 and not isinstance(given, Iterable) else list(map(plain, given))
    if not found:
        raise SettingsError("There is no value of {name}; give one, or several in a list.", name=name)
    return found
