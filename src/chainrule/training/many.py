"""Several networks of one architecture, trained in one run: what it changes, its loop, and NumPy's runner.

Arrays have one more axis, the first: that of the networks. `side_by_side` gives a program that axis.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from ..calculus import vmap
from ..core.nouns import Array, Equation, Program
from ..core.simplification import simplify
from ..core.structure import LEAF, Tree
from ..core.tracing import Spec, trace
from ..network.architecture import Architecture
from ..network.costs import clipped_outputs
from ..network.equations import called, programs
from ..run.aligned import aligned
from ..run.packed import packed
from ..run.threads import threads_for
from .history import Epoch, History, Score
from .loop import largest_product
from .runner import Examples
from .schedules import Plateau, always
from .settings import Settings, SettingsError
from .step import UpdateRule, training_step, with_cost

_PIECE = 200  # batches between two checks of the cost
_GROUP = 32  # networks that NumPy trains in one call of each operation
_NUMBERS = 2**20  # the most activations of a layer for which scores are computed at once


def side_by_side(program: Program, own: Collection[str], count: int) -> Program:
    """A program for several networks out of that for one: `vmap` over the inputs in `own`, while the others are shared.

    Args:
        program: The program for one network.
        own: The names of the inputs that have one more axis, the first.
        count: The number of networks.

    Returns:
        The program, all of whose results have that axis.

    Examples:
        >>> doubled = trace(lambda w, x: w @ x, [Spec((2, 3)), Spec((3,))])
        >>> side_by_side(doubled, {"w"}, 5).outputs[0].shape
        (5, 2)
    """
    names = [symbol.name for symbol in program.inputs]

    def one(*args: Any) -> Any:
        return program(*args)

    mapped = vmap(called(one, program.name, names), [0 if name in own else None for name in names])
    shapes = [((count,) if each.name in own else ()) + each.shape for each in program.inputs]
    specs = [Spec(shape, each.dtype) for shape, each in zip(shapes, program.inputs, strict=True)]
    return trace(called(mapped, program.name, names), specs, loops=False).check()


@functools.lru_cache(maxsize=16)
def steps_of_many(
    architecture: Architecture,
    m: int,
    dtype: str,
    rule: UpdateRule,
    weighted: bool,
    distributions: bool,
    penalties: tuple[str, ...],
    shared: bool,
    count: int,
) -> Program:
    """The training step of several networks, whose last result is the cost of the batch in each.

    Args:
        architecture: The layers and the cost.
        m: The number of examples in the batch.
        dtype: `"float32"` or `"float64"`.
        rule: How the gradient updates the parameters.
        weighted: Whether each example has a weight.
        distributions: Whether the desired outputs of each example sum to 1.
        penalties: The penalties that each network has a number of its own for.
        shared: Whether all networks learn from the same examples and have the same masks.
        count: The number of networks.

    Returns:
        The program. η, penalties, parameters, state, and what is not `shared` have the axis of networks.
    """
    step = training_step(architecture, m, dtype, rule, weighted, distributions, penalties)
    whole, cost = with_cost(step, architecture)
    if cost is None:
        raise SettingsError(
            "Networks side by side cannot weight examples by a cost that takes no single one; leave sample_weight out."
        )
    found = next(t for each in whole.equations for t in each.targets if t.name == cost)
    count_of_results = len(step.outputs) + 1
    results = Tree(tuple, tuple(range(count_of_results)), (LEAF,) * count_of_results)
    whole = replace(whole, outputs=(*step.outputs, found), results=results)
    common = {each.name for each in step.inputs if each.name.startswith("number")}
    if shared:
        common |= {"a1", "y", "weight", *(name for name, _ in architecture.masks)}
    made = side_by_side(whole, [each.name for each in step.inputs if each.name not in common], count)
    return _numbers_first(made, {"rate", *penalties} | {each for each in common if each.startswith("number")})


def _numbers_first(program: Program, numbers: set[str]) -> Program:
    """The program with the equations first that depend on numbers alone, so that updates can follow products at once."""
    first: list[Equation] = []
    rest: list[Equation] = []
    for equation in program.equations:
        alone = all(each.name in numbers or not each.name for each in equation.inputs)
        (first if alone else rest).append(equation)
        numbers |= {each.name for each in equation.targets} if alone else set()
    return replace(program, equations=(*first, *rest)).check()


# ---- what a run changes --------------------------------------------------------------------------------------------------


@dataclass
class Learners:
    """What a run of several networks changes.

    Attributes:
        parameters: The parameters, N × their shapes.
        state: The state of the optimizer, N × the shapes.
        random: Generators that shuffle and draw masks: one that all networks share, or one for each.
        shared: Whether all networks share a generator, and so the order of examples.
        steps: The number of steps.
    """

    parameters: list[Array]
    state: list[Array]
    random: list[np.random.Generator]
    shared: bool
    steps: int = 0

    def __len__(self) -> int:
        return len(self.parameters[0])


@dataclass(frozen=True)
class Piece:
    """Batches to learn from, one after another.

    Attributes:
        order: The positions of the examples, k × m, of all networks or of each: 1 × k × m or N × k × m.
        rates: η of each batch and network, k × N.
        draws: The random numbers of dropout, likewise: 1 or N × k × as many as a batch needs.
        done: The number of steps before these.
    """

    order: Array
    rates: Array
    draws: Array
    done: int


class Group(Protocol):
    """Networks that learn side by side.

    Attributes:
        members: The numbers of the networks in the run; the last places may be taken by none.
        finite: Whether no parameter is NaN or infinite after the last piece.
    """

    members: list[int]
    finite: bool

    @property
    def views(self) -> Sequence[Array]:
        """Their parameters and state, with an axis of networks in front."""

    @property
    def before(self) -> Sequence[Array]:
        """Copies of the views from before the last piece."""


class ManyRunner:
    """Runs pieces of an epoch, group by group; networks that no longer run leave their groups.

    Attributes:
        sums: The cost of each network, summed over the epoch's examples so far, and the number of correct answers, 2 × N.
    """

    def __init__(
        self, architecture: Architecture, learners: Learners, examples: Examples, settings: Sequence[Settings]
    ):
        self.architecture, self.learners, self.examples, self.settings = architecture, learners, examples, settings
        self.dtype = examples.targets.dtype
        self.masked = sum(architecture.sizes[layer - 1] for _, layer in architecture.masks)
        self.changed = [*learners.parameters, *learners.state]
        self.groups: list[Group] = []
        self.sums = np.zeros((2, len(learners)))
        self._spare: dict[tuple[str, ...], list[Group]] = {}
        self._running = self._grouped = np.zeros(len(learners), bool)

    def places(self) -> int:
        """How many networks a group has room for."""
        return min(_GROUP, max(2, len(self.learners)))

    def made(self, penalties: tuple[str, ...]) -> Group:
        """A new group, of networks with these penalties."""
        return NumpyGroup(self, penalties, self.places())

    def piece(self, left: int, m: int) -> int:
        """How many batches to run before progress is looked at."""
        return min(left, _PIECE)

    def begin(self, running: Array) -> None:
        """Begin an epoch, in which these networks run."""
        self.sums = np.zeros((2, len(running)))
        if np.array_equal(running, self._grouped):
            return
        self.settle()
        self._running, self._grouped = running.copy(), running.copy()
        for group in self.groups:
            self._spare.setdefault(self._kind(group.members[0]), []).append(group)
        self.groups = []
        kinds: dict[tuple[str, ...], list[int]] = {}
        for number in np.flatnonzero(running).tolist():
            kinds.setdefault(self._kind(number), []).append(number)
        for kind, members in kinds.items():
            for start in range(0, len(members), self.places()):
                group = self._spare[kind].pop() if self._spare.get(kind) else self.made(kind)
                group.members = members[start : start + self.places()]
                here = padded(group.members, self.places())
                for view, array in zip(group.views, self.changed, strict=True):
                    view[...] = array[here]
                self.groups.append(group)

    def _kind(self, number: int) -> tuple[str, ...]:
        """The penalties of a network, which belong to its program: it must not depend on what others have."""
        rule = self.settings[number].rule
        return tuple(name for name in ("l2", "l1") if getattr(rule, name))

    def learn(self, piece: Piece) -> list[int]:
        """Learn from batches; returns the networks whose cost became NaN or infinite, after they were restored."""
        sums = [self.sums[:, group.members] for group in self.groups]
        faulty: list[int] = []
        for group, found in zip(self.groups, self.all_learn(piece, sums), strict=True):
            self.sums[:, group.members] = found
            fine = np.isfinite(found[0])
            if fine.all() and group.finite:
                continue
            for view in group.views[: len(self.learners.parameters)]:
                fine &= np.isfinite(view[: len(fine)].reshape(len(fine), -1).sum(1))
            for place in np.flatnonzero(~fine & self._running[group.members]).tolist():
                faulty.append(group.members[place])
                for array, view in zip(self.changed, group.before, strict=True):
                    array[group.members[place]] = view[place]
        self._running[faulty] = False
        return faulty

    def all_learn(self, piece: Piece, sums: Sequence[Array]) -> list[Array]:
        """Let every group learn from batches.

        Args:
            piece: The batches.
            sums: Of each group, the costs and the correct answers of its members so far, 2 × members.

        Returns:
            The same with those of the piece.
        """
        groups: list[NumpyGroup] = self.groups  # type: ignore[assignment]  # such are made here
        return [group.learn(piece, own) for group, own in zip(groups, sums, strict=True)]

    def settle(self) -> None:
        """Write parameters and state of the networks that run to the learners' arrays."""
        for group in self.groups:
            places = np.flatnonzero(self._running[group.members])
            for array, view in zip(self.changed, group.views, strict=True):
                array[np.array(group.members)[places]] = view[places]


def added_up(sums: Array, told: Array) -> Array:
    """Sums with what each step adds, one by one: so they do not depend on where a piece ends.

    Args:
        sums: What has been added up so far, … × the members of a group.
        told: What each step adds, k × … × places.

    Returns:
        The new sums.

    Examples:
        >>> added_up(np.array([1.0, 2.0]), np.array([[1, 10, 0], [2, 20, 0]]))
        array([ 4., 32.])
    """
    *shape, places = told.shape[1:]
    rows = np.zeros((len(told) + 1, *shape, max(places, 2)))  # NumPy adds row to row where a row has several numbers
    rows[0, ..., : sums.shape[-1]] = sums
    rows[1:, ..., :places] = told
    found: Array = rows.sum(0)[..., : sums.shape[-1]]
    return found


def padded(members: Sequence[int], places: int) -> list[int]:
    """The members of a group, with the last one again in each place that none takes.

    Args:
        members: The numbers of networks.
        places: How many the group has room for.

    Returns:
        As many numbers as there are places.

    Examples:
        >>> padded([3, 7], 4)
        [3, 7, 7, 7]
    """
    return [*members, *[members[-1]] * (places - len(members))]


# ---- by NumPy ------------------------------------------------------------------------------------------------------------


class NumpyGroup:
    """A group that NumPy trains: each operation is one call for all networks."""

    def __init__(self, runner: ManyRunner, penalties: tuple[str, ...], places: int):
        self._runner, self._penalties, self._places = runner, penalties, places
        self.views, self.before = (
            [np.empty((places, *a.shape[1:]), a.dtype) for a in runner.changed] for _ in range(2)
        )
        self.members: list[int] = []
        self.finite = True
        rule = runner.settings[0].rule
        numbers = ["rate", *(f"number{k + 1}" for k, _ in enumerate(rule.optimizer.numbers(1))), *penalties]
        shapes = [() if name.startswith("number") else (places,) for name in numbers]
        self._numbers = {name: np.zeros(shape, runner.dtype) for name, shape in zip(numbers, shapes, strict=True)}
        self._batches: dict[int, tuple[Any, ...]] = {}

    def learn(self, piece: Piece, sums: Array) -> Array:
        """Learn from batches; from the costs and correct answers of the members to those with the piece's."""
        runner, steps, m = self._runner, *piece.order.shape[1:]
        here = padded(self.members, self._places)
        for kept, view in zip(self.before, self.views, strict=True):
            kept[...] = view
        own = 0 if runner.learners.shared else here
        for name in self._penalties:
            self._numbers[name][...] = [getattr(runner.settings[number].rule, name) for number in here]
        program, gathers, masks = self._batch(m)
        order, draws, labels = piece.order[own], piece.draws[own], runner.examples.labels
        told = np.zeros((steps, 2, self._places))
        rate, *numbers = (self._numbers[name] for name in self._numbers if name not in self._penalties)
        program.begin()
        for k in range(steps):
            indices = order[..., k, :]
            for values, buffer in gathers:
                values.take(indices, 0, buffer, "clip")
            start = 0
            for mask, share in masks:
                size = mask.shape[-2] * mask.shape[-1]
                drawn = draws[..., k, start : start + size].reshape(mask.shape)
                np.multiply(drawn >= share, 1 / (1 - share), out=mask)
                start += size
            rate[...] = piece.rates[k, here]
            for number, value in zip(
                numbers, runner.settings[0].rule.optimizer.numbers(piece.done + k + 1), strict=True
            ):
                number[...] = value
            program.step()
            *_, outputs, cost = program.outputs
            told[k, 0] = cost
            if labels is not None:
                told[k, 1] = right_of(runner.architecture, outputs, labels[indices], labels.ndim > 1)
        program.end()
        self.finite = all(bool(np.isfinite(view.sum())) for view in self.views)
        return added_up(sums, told)

    def _batch(self, m: int) -> tuple[Any, ...]:
        """The step for batches of m, the arrays that it gathers, and the masks with the shares that they drop."""
        if m in self._batches:
            return self._batches[m]
        runner, architecture = self._runner, self._runner.architecture
        examples, front = runner.examples, () if runner.learners.shared else (self._places,)
        rule = replace(runner.settings[0].rule, l2=0.0, l1=0.0)
        program = steps_of_many(
            architecture, m, runner.dtype.name, rule, examples.weights is not None, examples.distributions,
            self._penalties, runner.learners.shared, self._places,
        )  # fmt: skip
        layers = {"a1": 1, "y": len(architecture.sizes), **dict(architecture.masks)}
        rows = {
            name: aligned((*front, m, architecture.sizes[layer - 1]), runner.dtype) for name, layer in layers.items()
        }
        lying = {}
        for name, layer in layers.items():
            example = architecture.examples[layer - 1]
            columns = len(example) == 1 or name == "y"
            lying[name] = rows[name].swapaxes(-1, -2) if columns else rows[name].reshape(*front, m, *example)
        if examples.weights is not None:
            weights = np.empty((*front, m, 1), runner.dtype)
            lying["weight"] = weights.swapaxes(-1, -2)
        names = [each.name for each in program.inputs[: len(self.views)]]
        changed = dict(zip(names, self.views, strict=True))
        made = packed(program, {**changed, **lying, **self._numbers}, dict(enumerate(names)))
        gathers = [(examples.inputs, rows["a1"]), (examples.targets, rows["y"])]
        if examples.weights is not None:
            gathers.append((examples.weights, weights))
        masks = [(rows[name], architecture.dropouts[layer - 1]) for name, layer in architecture.masks]
        self._batches[m] = made, gathers, masks
        return self._batches[m]


# ---- scores --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scores:
    """The scores of several networks on a data set: of each the mean cost per example and, for classes, the correct answers.

    Attributes:
        costs: N numbers.
        correct: N numbers; `None` for regression.
        total: The number of examples.
    """

    costs: Array
    correct: Array | None
    total: int

    @property
    def accuracies(self) -> Array:
        """The fractions of correct answers; NaN for regression."""
        return np.full(len(self.costs), np.nan) if self.correct is None else self.correct / self.total

    def of(self, number: int) -> Score:
        """The score of one network."""
        right = None if self.correct is None else int(self.correct[number])
        return Score(float(self.costs[number]), right, self.total)


def right_of(architecture: Architecture, outputs: Array, labels: Array, alone: bool) -> Array:
    """How many answers of each network are right.

    Args:
        architecture: The layers and the cost.
        outputs: Their outputs, N × n_L × m.
        labels: The classes, m or N × m; with an axis more for the outputs, where each decides alone.
        alone: Whether each output decides alone.

    Returns:
        N numbers.
    """
    if alone:
        said = outputs.swapaxes(1, 2) > architecture.declared_cost.threshold
        right: Array = (said == (labels > 0)).all(axis=2)
    else:
        right = outputs.argmax(1) == labels
    found: Array = np.count_nonzero(right, axis=1)
    return found


@functools.lru_cache(maxsize=16)
def _scoring(architecture: Architecture, m: int, dtype: str, count: int) -> Program:
    """The outputs and the cost of several networks, for m examples."""
    forward = programs(architecture.whole, m, dtype).feedforward
    names = [each.name for each in forward.inputs]
    y_shape = architecture.batch(len(architecture.sizes), m)

    def scored(*args: Any) -> Any:
        *given, y = args
        a = forward(*given)
        return a, architecture.declared_cost.function(clipped_outputs(a) if architecture.clips else a, y)

    specs = [*(Spec(each.shape, each.dtype) for each in forward.inputs), Spec(y_shape, np.dtype(dtype))]
    made = simplify(trace(called(scored, "scored", [*names, "y"]), specs, loops=False), "fast")
    return side_by_side(made, names[:-1], count)


def scores_of(architecture: Architecture, parameters: Sequence[Array], examples: Examples) -> Scores:
    """Score several networks.

    Args:
        architecture: The layers and the cost.
        parameters: Their parameters, N × the shapes.
        examples: The examples.

    Returns:
        Their scores.
    """
    count, total, dtype = len(parameters[0]), len(examples), examples.targets.dtype
    part = max(1, min(total, _NUMBERS // (max(architecture.sizes) * count)))
    costs, correct = np.zeros(count), np.zeros(count)
    with threads_for(largest_product(architecture, part)), np.errstate(all="ignore"):
        for start in range(0, total, part):
            here = slice(start, min(start + part, total))
            inputs, y = architecture.inputs(examples.rows(here)), examples.targets[here].T
            program = _scoring(architecture, y.shape[1], dtype.name, count)
            outputs, cost = program(*parameters, np.asarray(inputs, dtype), y)
            costs += cost
            if examples.labels is not None:
                correct += right_of(architecture, outputs, examples.labels[here], examples.labels.ndim > 1)
    return Scores(costs / total, None if examples.labels is None else correct, total)


# ---- the loop ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """How the networks of a run stand after an epoch, which callbacks are told.

    Attributes:
        epoch: The number of the epoch, from 1.
        epochs: The number of epochs of the run.
        running: Which networks still learn, N truth values.
        train: Their scores on the training examples, summed up while they learned; NaN for those that do not run.
        validation: Their scores on the validation examples, if there are any.
        seconds: The duration of the epoch, of all networks together.
        rates: η of each network's last step.
    """

    epoch: int
    epochs: int
    running: Array
    train: Scores
    validation: Scores | None
    seconds: float
    rates: Array

    def __repr__(self) -> str:
        """One line: the epoch, how many networks run, and the best cost among them."""
        scores = self.validation or self.train
        least = f", C = {np.nanmin(scores.costs):.4g} at best" if np.isfinite(scores.costs).any() else ""
        return f"<epoch {self.epoch} of {self.epochs}: {self.running.sum()} of {len(self.running)} networks run{least}>"


@dataclass
class _Run:
    """What is noted of a run."""

    best: Array  # the best epoch of each network so far; 0 where it is not looked for
    told: list[Standing] = field(default_factory=list)
    diverged: list[int] = field(default_factory=list)
    interrupted: bool = False


Callback = Callable[[Standing], Any]


def train_many(
    architecture: Architecture,
    learners: Learners,
    examples: Examples,
    settings: Sequence[Settings],
    runner: ManyRunner,
    validation: Examples | None = None,
    callbacks: Sequence[Callback] = (),
) -> list[History]:
    """Let several networks learn from the same examples. Ctrl-C ends training early and keeps what was learned.

    A network whose cost becomes NaN or infinite keeps its last good parameters, and the others go on.

    Args:
        architecture: The layers and the cost.
        learners: The parameters and all else that training changes.
        examples: The training examples.
        settings: How each network learns; only η and the penalties differ.
        runner: Runs the steps.
        validation: What the networks are scored on after each epoch.
        callbacks: Are called after each epoch. A true value ends training; N truth values end that of some networks.

    Returns:
        The history of each network.
    """
    count, chosen = len(learners), settings[0]
    run = _Run(np.zeros(count, int))
    running = np.ones(count, bool)
    kept = [each.copy() for each in learners.parameters] if chosen.patience is not None else []
    best = Scores(np.full(count, np.inf), np.full(count, -1), 1)
    try:
        with threads_for(largest_product(architecture, chosen.batch_size)), np.errstate(all="ignore"):
            for number in range(1, chosen.epochs + 1):
                started = time.perf_counter()
                runner.begin(running)
                last = np.zeros(count)
                for piece in _pieces(learners, runner, settings, run.told):
                    faulty = runner.learn(piece)
                    learners.steps += piece.order.shape[1]
                    running[faulty], last = False, piece.rates[-1]
                    run.diverged += faulty
                    if not running.any():
                        return _histories(run, chosen.executor)
                costs, right = runner.sums
                costs = np.where(running, costs / len(examples), np.nan)
                train = Scores(costs, None if examples.labels is None else right, len(examples))
                seconds, scored = time.perf_counter() - started, None
                if validation is not None:
                    runner.settle()
                    scored = scores_of(architecture, learners.parameters, validation)
                    if chosen.patience is not None:
                        better = running & _is_better(scored, best)
                        best.costs[better] = scored.costs[better]
                        if best.correct is not None and scored.correct is not None:
                            best.correct[better] = scored.correct[better]
                        run.best[better] = number
                        for good, array in zip(kept, learners.parameters, strict=True):
                            good[better] = array[better]
                run.told.append(Standing(number, chosen.epochs, running.copy(), train, scored, seconds, last))
                for each in [_ended(callback(run.told[-1]), count) for callback in callbacks]:
                    running &= ~each
                if chosen.patience is not None:
                    running &= number - run.best < chosen.patience
                if not running.any():
                    break
    except KeyboardInterrupt:
        run.interrupted = True
    finally:
        runner.settle()
        for array, good in zip(learners.parameters, kept, strict=False):
            array[...] = good
    return _histories(run, chosen.executor)


def _is_better(scores: Scores, best: Scores) -> Array:
    """More correct answers, or as many at less cost; a network that has no best yet has infinite cost."""
    if scores.correct is None or best.correct is None:
        better: Array = scores.costs < best.costs
        return better
    alike = scores.correct == best.correct
    found: Array = (scores.correct > best.correct) | (alike & (scores.costs < best.costs))
    return found


def _ended(answer: Any, count: int) -> Array:
    """Which networks a callback ends."""
    if answer is None or np.ndim(answer) == 0:
        return np.full(count, bool(answer))
    if np.shape(answer) != (count,):
        raise SettingsError(
            "A callback gave {shape} values; it must give a truth value, or one for each of the {count} networks.",
            shape=np.shape(answer),
            count=count,
        )
    return np.asarray(answer, bool)


def _pieces(
    learners: Learners, runner: ManyRunner, settings: Sequence[Settings], told: Sequence[Standing]
) -> Iterator[Piece]:
    """The batches of the next epoch, piece by piece."""
    n, chosen = len(runner.examples), settings[0]
    m = min(chosen.batch_size, n)
    rates_of = _rates(settings, told, -(-n // m))
    order = np.stack([each.permutation(n) if chosen.shuffle else np.arange(n) for each in learners.random])
    parts = [order[:, : n - n % m].reshape(len(order), -1, m)]
    if n % m:
        parts.append(order[:, np.newaxis, n - n % m :])
    step = 0
    for part in parts:
        start, count = 0, part.shape[1]
        while start < count:
            batches = part[:, start : start + runner.piece(count - start, part.shape[2])]
            steps = batches.shape[1]
            shape = (steps, runner.masked * batches.shape[2])
            draws = np.stack([each.random(shape, dtype=runner.dtype) for each in learners.random])
            yield Piece(batches, rates_of(range(step, step + steps)), draws, learners.steps)
            start += steps
            step += steps


def _rates(settings: Sequence[Settings], told: Sequence[Standing], steps_an_epoch: int) -> Callable[[range], Array]:
    """The learning rates of the next epoch: a function from k steps in it to k × N."""
    schedule, etas = settings[0].schedule, np.array([each.learning_rate for each in settings])
    done, total = len(told) * steps_an_epoch, settings[0].epochs * steps_an_epoch
    if isinstance(schedule, Plateau):
        costs = np.array([each.validation.costs for each in told if each.validation is not None]).T
        etas = etas * [schedule.after(each) for each in costs.tolist() or [[]] * len(etas)]
    elif schedule is not always:
        return lambda steps: etas * np.array([[schedule(done + step, total)] for step in steps])
    return lambda steps: np.broadcast_to(etas, (len(steps), len(etas)))


def _histories(run: _Run, executor: str) -> list[History]:
    found = []
    for k in range(len(run.best)):
        epochs = tuple(
            Epoch(
                each.epoch, each.train.of(k), None if each.validation is None else each.validation.of(k),
                each.seconds, float(each.rates[k]),
            )
            for each in run.told if each.running[k]
        )  # fmt: skip
        best = int(run.best[k]) or None
        found.append(History(epochs, executor, run.interrupted, best, diverged=k in run.diverged))
    return found
