"""Which changes of a derivative, one or several, give the learner's numbers.

Each form is tried with each mistake of the table, then with the same mistake in every layer. What explains the first symbol that
is wrong is kept, and a second and third mistake are looked for in what is left. A name counts only if it holds on other inputs.
"""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np

from ..core.messages import Message, message
from ..core.nouns import Constant, Operand
from .forms import Change, Form, Values
from .mutations import MUTATIONS, Mutant

RIGHT = 1e-4
"""The largest difference that a right answer may have, relative to the largest number of its array: as float32 rounds."""
_SAME = 1e-6  # of a mistake's numbers, which are recognized among others
_BEAM = 10
_SECONDS = 1.2  # of the processor, so that a busy machine names as many
_PARTS = 24  # of one kind, two of which may be in one gradient, so that neither explains anything alone

Answer: TypeAlias = dict[str, Any]
"""The learner's numbers by the names of symbols."""


@dataclass(frozen=True)
class Named:
    """A mistake that gives the learner's numbers: its name, the symbol, its sentence, and the numbers that only it makes."""

    name: str
    symbol: str
    said: Message
    numbers: tuple[Any, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True)
class _Candidate:
    rank: int
    form: int
    changes: Mapping[int, Change]
    named: tuple[Named, ...]
    parts: tuple[Mapping[int, Change], ...]  # the changes of each that is named


@dataclass(frozen=True)
class Problem:
    """What is to be recognized.

    Attributes:
        forms: The derivative.
        watched: The symbols that the learner gives, and what they are in each form.
        probes: The values of all symbols of each form, by probe.
        answers: The learner's numbers, by probe.
        sizes: The numbers that a factor may be, with what they are called.
    """

    forms: Sequence[Form]
    watched: Sequence[Mapping[str, Operand]]
    probes: Sequence[Sequence[Values]]
    answers: Sequence[Answer]
    sizes: Mapping[str, float]

    def right(self, probe: int, name: str) -> Any:
        """The right value of a watched symbol."""
        for form, watched, values in zip(self.forms, self.watched, self.probes[probe], strict=True):
            if name in watched:
                return form.value(watched[name], values)
        raise KeyError(name)

    def has(self, numbers: Any, probe: int = 0) -> bool:
        """Whether numbers are those of a symbol of the derivative."""
        return any(same(numbers, each, _SAME) for values in self.probes[probe] for each in values.values())


def same(found: Any, wanted: Any, tolerance: float) -> bool:
    """Whether arrays have the same shape and, within a tolerance relative to the largest number, the same numbers."""
    if np.shape(found) != np.shape(wanted):
        return False
    largest = max(float(np.max(np.abs(wanted), initial=0.0)), 1e-12)
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(np.subtract(found, wanted, dtype=float)) <= tolerance * largest))


def wrong_in(problem: Problem) -> list[str]:
    """The symbols that differ from the derivative, in the order in which it makes them."""
    names = list(problem.answers[0])
    wrong = [
        name
        for name in names
        if not all(same(each[name], problem.right(probe, name), RIGHT) for probe, each in enumerate(problem.answers))
    ]
    return sorted(wrong, key=lambda name: _position(problem, name))


def _position(problem: Problem, name: str) -> int:
    for form, watched in zip(problem.forms, problem.watched, strict=True):
        if name in watched:
            operand = watched[name]
            return -1 if isinstance(operand, Constant) else form.made_at.get(operand.name, -1)
    raise KeyError(name)


def recognized(problem: Problem, wrong: Sequence[str]) -> tuple[Named, ...]:
    """The mistakes that give the learner's numbers, in the order in which they were found; none if they are unknown.

    Args:
        problem: What is to be recognized.
        wrong: The symbols that differ, the first to be made first.
    """
    if simple := _plain(problem, wrong):
        return simple
    deadline = time.process_time() + _SECONDS
    singles = [list(_candidates(number, form)) for number, form in enumerate(problem.forms)]
    partial: list[tuple[tuple[int, int], _Candidate]] = []
    found: list[tuple[int, _Candidate]] = []
    for each in sorted(itertools.chain.from_iterable(singles), key=lambda each: each.rank):
        if time.process_time() > deadline or any(count == 1 and best.rank <= each.rank for count, best in found):
            break  # what is likelier was tried before
        _try(problem, wrong, each, found, partial)
    if not found:
        for pair in itertools.chain.from_iterable(map(_pairs, singles)):
            if time.process_time() > deadline:
                break
            _try(problem, wrong, _both(*pair), found, partial)
    for _ in range(2):
        if found:
            return _best(problem, found)
        partial.sort(key=lambda pair: (pair[0], pair[1].rank))
        kept, partial = partial[:_BEAM], []
        for _, base in kept:
            for more in singles[base.form]:
                if time.process_time() > deadline:
                    break
                if base.changes.keys().isdisjoint(more.changes):
                    _try(problem, wrong, _both(base, more), found, partial)
    return _best(problem, found) if found else ()


def _best(problem: Problem, found: Sequence[tuple[int, _Candidate]]) -> tuple[Named, ...]:
    """What the likeliest candidate names, each with the numbers that only it makes."""
    best = min(found, key=lambda pair: (pair[0], pair[1].rank))[1]
    form = problem.forms[best.form]
    before = problem.probes[0][best.form]
    after = form.changed(before, best.changes) or before
    parts = [*best.parts, *({} for _ in best.named[len(best.parts) :])]
    pairs = zip(best.named, parts, strict=True)
    return tuple(replace(named, numbers=_numbers(problem, form, after, changes)) for named, changes in pairs)


def _numbers(problem: Problem, form: Form, after: Values, changes: Mapping[int, Change]) -> tuple[Any, ...]:
    """What changed equations make, with the values named after them; all that follows, where these are right elsewhere."""
    if not changes:
        return ()
    made = [target.name for number in changes for target in form.program.equations[number].targets]
    here = [after[name] for name in dict.fromkeys([*made, *(form.named(number) for number in changes)])]
    following = [target.name for each in form.program.equations[min(changes) :] for target in each.targets]
    return tuple(each for each in here if not problem.has(each)) or tuple(
        after[name] for name in following if not problem.has(after[name])
    )


def _pairs(several: Sequence[_Candidate]) -> Iterator[tuple[_Candidate, _Candidate]]:
    """Two mistakes of one kind, at two places."""
    kinds: dict[str, list[_Candidate]] = defaultdict(list)
    for each in several:
        if len(each.changes) == 1 and each.named[0].name != "symbol":
            kinds[each.named[0].name].append(each)
    for alike in kinds.values():
        for one, other in itertools.combinations(alike[:_PARTS], 2):
            if one.changes.keys().isdisjoint(other.changes):
                yield one, other


def _both(one: _Candidate, other: _Candidate) -> _Candidate:
    changes = {**one.changes, **other.changes}
    return _Candidate(one.rank + other.rank, one.form, changes, one.named + other.named, one.parts + other.parts)


def _try(
    problem: Problem,
    wrong: Sequence[str],
    each: _Candidate,
    found: list[tuple[int, _Candidate]],
    partial: list[tuple[tuple[int, int], _Candidate]],
) -> None:
    """Note a candidate that explains all that is wrong, or the first of it."""
    outcome = _explained(problem, each, 0)
    if outcome is None:
        return
    left, scaled = outcome
    if not left:
        if all(_explained(problem, each, probe) == outcome for probe in range(1, len(problem.answers))):
            made = replace(each, named=(*each.named, _scaled(scaled))) if scaled else each
            found.append((len(made.named), made))
    elif wrong[0] not in left and len(left) < len(wrong) and all(name in wrong for name in left):
        partial.append(((len(left), len(each.named)), each))


def _explained(problem: Problem, each: _Candidate, probe: int) -> tuple[list[str], tuple[str, ...]] | None:
    """The symbols that a candidate leaves unexplained; and a known factor, and those that are its numbers times this factor."""
    form, watched = problem.forms[each.form], problem.watched[each.form]
    values = form.changed(problem.probes[probe][each.form], each.changes)
    if values is None:
        return None
    answer = problem.answers[probe]
    left: list[str] = []
    factors: dict[str, list[str]] = defaultdict(list)
    for name, found in answer.items():
        if name not in watched:
            continue
        mutated = form.value(watched[name], values)
        if same(found, mutated, _tolerance(found)):
            continue
        factor = _factor(problem, found, mutated)
        if factor:
            factors[factor].append(name)
        left.append(name)
    if len(factors) != 1:
        return left, ()
    ((factor, names),) = factors.items()
    return [name for name in left if name not in names], (factor, *names)


def _tolerance(found: Any) -> float:
    return RIGHT if np.asarray(found).dtype.itemsize < 8 else _SAME


def _factor(problem: Problem, found: Any, wanted: Any) -> str:
    """The name of the factor by which numbers differ, if it is one that learners forget or put in; empty if not."""
    if np.shape(found) != np.shape(wanted) or np.size(found) < 2:
        return ""
    found, wanted = np.ravel(found).astype(float), np.ravel(wanted).astype(float)
    square = float(wanted @ wanted)
    if not square or not np.isfinite(square):
        return ""
    ratio = float(found @ wanted) / square
    if not same(found, ratio * wanted, _tolerance(found)):
        return ""
    for name, size in problem.sizes.items():
        if abs(ratio - size) <= 1e-6 * abs(size):
            return name
    return ""


def _scaled(scaled: tuple[str, ...]) -> Named:
    factor, *names = scaled
    symbols = ", ".join(names)
    return Named(
        "scale",
        names[0],
        message("Yours is {factor} times what is right in {symbols}.", symbols=symbols, factor=factor),
    )


def _plain(problem: Problem, wrong: Sequence[str]) -> tuple[Named, ...]:
    """Mistakes that need no change of the program: zeros, gradients exchanged, a factor."""
    answers = problem.answers
    blank = [name for name in wrong if not any(np.any(each[name]) for each in answers)]
    if blank and list(wrong) == blank:
        return tuple(
            Named("zero", name, message("{symbol} is 0 everywhere: nothing is written into it.", symbol=name))
            for name in wrong
        )
    for one, other in itertools.combinations(wrong, 2):
        pairs = [(one, other), (other, one)]
        if len(wrong) == 2 and all(
            same(answers[probe][a], problem.right(probe, b), RIGHT) for a, b in pairs for probe in range(len(answers))
        ):
            return (Named("exchanged", one, message("{symbol} and {other} are exchanged.", symbol=one, other=other)),)
    factors = {
        _factor(problem, each[name], problem.right(probe, name)) for name in wrong for probe, each in enumerate(answers)
    }
    factor = next(iter(factors))
    # the sign has a sentence of its own, and one gradient alone may have lost a factor that has a name
    return (_scaled((factor, *wrong)),) if len(factors) == 1 and factor and factor != "-1" else ()


def _candidates(number: int, form: Form) -> Iterator[_Candidate]:
    """Each mistake at each place of a form, and each as a habit."""
    for rank, mutation in enumerate(MUTATIONS):
        habits: dict[tuple[object, ...], list[Mutant]] = defaultdict(list)
        for mutant in mutation.mutants(form):
            named = _named(mutation.name, mutation.words, mutant)
            yield _Candidate(10 * rank + number, number, mutant.changes, (named,), (mutant.changes,))
            habits[mutant.habit].append(mutant)
            habits[*mutant.habit, str(mutant.words["symbol"])].append(mutant)  # in one gradient only
        for alike in habits.values():
            places = [place for mutant in alike for place in mutant.changes]
            if len(alike) > 1 and len(set(places)) == len(places):
                changes = {place: change for mutant in alike for place, change in mutant.changes.items()}
                said = tuple(dict.fromkeys(_named(mutation.name, mutation.words, mutant) for mutant in alike))
                one = said[0] if len(said) == 1 else _habit(said)
                yield _Candidate(10 * rank + number + 5, number, changes, (one,), (changes,))


def _named(name: str, words: Message, mutant: Mutant) -> Named:
    return Named(name, str(mutant.words["symbol"]), message(words.template, "", **mutant.words))


def _habit(said: Sequence[Named]) -> Named:
    more = ", ".join(dict.fromkeys(each.symbol for each in said[1:] if each.symbol != said[0].symbol))
    if not more:
        return said[0]
    return Named(
        said[0].name, said[0].symbol, message("{said} The same holds of {symbols}.", said=said[0].said, symbols=more)
    )
