"""Which changes of a derivative, one or several, give the learner's numbers.

Each form is tried with each mistake of the table, then with the same mistake in every layer. What explains the first symbol that
is wrong is kept, and a second and third mistake are looked for in what is left. A name counts only if it holds on other inputs.
"""

from __future__ import annotations

import bisect
import functools
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np

from ..budget import Budget
from ..core.messages import Message, listed, message
from ..core.nouns import Constant, Operand, Program, Symbol
from .alignment import Alignment
from .forms import Change, Form, Values
from .mistakes import UPDATED
from .mutations import MUTATIONS, Mutant, in_place
from .parts import agree
from .wording import readable, rewrite, sorted_factors

RIGHT = 1e-4
"""The largest difference that a right answer may have, relative to the largest number of its array: as float32 rounds."""
_SAME = 1e-6  # of a mistake's numbers, which are recognized among others
_BEAM = 10
_MOST = 3  # mistakes that are named at once
_EQUATIONS = 400_000  # that are evaluated, changed: about a second on one core
_PAIRS_OF_PARTS = 4_000  # that are compared with the learner's program: about half a second
_MAKING = 30  # equations take as long as making a candidate
_PARTS = 24  # of one kind, two of which may be in one gradient, so that neither explains anything alone

Answer: TypeAlias = dict[str, Any]
"""The learner's numbers by the names of symbols."""


@dataclass(frozen=True)
class Named:
    """A mistake that gives the learner's numbers: its name, the symbol, its sentence, the numbers that only it makes, and those
    that the symbol then has, with what they are called in the learner's program; nothing where these are not known."""

    name: str
    symbol: str
    said: Message
    numbers: tuple[Any, ...] = field(default=(), compare=False, repr=False)
    value: Any = field(default=None, compare=False, repr=False)
    operand: Operand | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Candidate:
    """Changes of a form, and what they are called.

    Attributes:
        rank: The likelier, the smaller.
        form: Which of the forms it is of.
        changes: What equations give instead, by their positions.
        named: The mistakes.
        parts: The changes of each.
    """

    rank: int
    form: int
    changes: Mapping[int, Change]
    named: tuple[Named, ...]
    parts: tuple[Mapping[int, Change], ...]


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

    @functools.cached_property
    def _sorted(self) -> list[tuple[float, str]]:
        return sorted((size, name) for name, size in self.sizes.items())

    def changed(self, each: Candidate) -> Values:
        """The values of all symbols of a candidate's form on the first inputs, with what it changes."""
        before = self.probes[0][each.form]
        return self.forms[each.form].changed(before, each.changes) or before

    def known(self, ratio: float) -> str:
        """The name of a factor that learners put in or leave out; empty of any other number."""
        at = bisect.bisect(self._sorted, (ratio, ""))
        for size, name in self._sorted[max(at - 2, 0) : at + 2]:
            if abs(ratio - size) <= 1e-6 * abs(size):
                return name
        return ""

    def has(self, numbers: Any, probe: int = 0) -> bool:
        """Whether numbers are those of a symbol of the derivative."""
        return any(same(numbers, each, _SAME) for values in self.probes[probe] for each in values.values())


@dataclass(frozen=True)
class Own:
    """The learner's program: the values of its symbols by probe, and what it has for each symbol that is asked for."""

    form: Form
    probes: Sequence[Values]
    outputs: Mapping[str, Operand]

    @functools.cached_property
    def made(self) -> list[Any]:
        """What each of its equations makes of the first inputs."""
        return [self.probes[0][target.name] for each in self.form.program.equations for target in each.targets]


def own_program(program: Program | None, probes: Sequence[Sequence[Any]], answers: Sequence[Answer]) -> Own | None:
    """What a learner's function computes on its way, if its program gives the same answers.

    Args:
        program: The program, if the function could be traced.
        probes: The arguments, by probe.
        answers: What the function itself gives.

    Returns:
        The program with its values; none if it gives something else, or takes another branch.
    """
    if program is None or len(program.outputs) != len(answers[0]):
        return None
    form = Form(program, whole=True)
    outputs = dict(zip(answers[0], program.outputs, strict=True))
    values = []
    for leaves, answer in zip(probes, answers, strict=True):
        try:
            made = form.run(leaves)
        except (ValueError, TypeError, IndexError, KeyError, ArithmeticError, np.linalg.LinAlgError):
            return None
        if made is None or not all(agree(form.value(each, made), answer[name]) for name, each in outputs.items()):
            return None
        values.append(made)
    return Own(form, values, outputs)


def same(found: Any, wanted: Any, tolerance: float) -> bool:
    """Whether arrays have the same shape and, within a tolerance relative to the largest number, the same numbers."""
    if np.shape(found) != np.shape(wanted):
        return False
    largest = max(float(np.max(np.abs(wanted), initial=0.0)), 1e-12)
    if not np.isfinite(largest):
        return False
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


def recognized(problem: Problem, wrong: Sequence[str], own: Own | None = None) -> tuple[Named, ...]:
    """The mistakes that give the learner's numbers, in the order in which they were found; none if they are unknown.

    Args:
        problem: What is to be recognized.
        wrong: The symbols that differ, the first to be made first.
        own: The learner's program, if it could be traced.
    """
    if simple := _plain(problem, wrong):
        return simple
    budget = Budget(_EQUATIONS)
    singles: list[list[Candidate]] = []
    for number, form in enumerate(problem.forms):
        singles.append([])
        for each in candidates(number, form):
            singles[-1].append(each)
            if not budget.take(_MAKING):
                break
    partial: list[tuple[tuple[int, int], Candidate]] = []
    found: list[tuple[int, Candidate]] = []
    ranked = sorted(itertools.chain.from_iterable(singles), key=lambda candidate: candidate.rank)
    for each in _affordable(problem, ranked, budget):
        if any(count == 1 and best.rank < each.rank for count, best in found):
            break  # what is likelier was tried before
        _try(problem, wrong, each, own, found, partial)
    taken = [_taken(problem, name) for name in wrong]
    if not found and all(taken):
        return tuple(
            Named("symbol", name, message("{symbol} has the numbers of {other}.", symbol=name, other=other))
            for name, other in zip(wrong, taken, strict=True)
        )
    if all(len(best.named) > 1 for _, best in found) and own is not None and (parted := _parted(problem, wrong, own)):
        return parted
    if not found:
        pairs = itertools.starmap(_both, itertools.chain.from_iterable(map(_pairs, singles)))
        for each in _affordable(problem, pairs, budget):
            _try(problem, wrong, each, own, found, partial)
    for _ in range(2):
        if found:
            return _best(problem, found, own)
        partial.sort(key=lambda pair: (pair[0], pair[1].rank))
        kept, partial = partial[:_BEAM], []
        for _, base in kept:
            more = (_both(base, one) for one in singles[base.form] if base.changes.keys().isdisjoint(one.changes))
            for each in _affordable(problem, more, budget):
                _try(problem, wrong, each, own, found, partial)
    return _best(problem, found, own) if found else _stepped(problem, wrong) or _unwritten(problem, wrong)


def _affordable(problem: Problem, candidates: Iterable[Candidate], budget: Budget) -> Iterator[Candidate]:
    """The candidates until trying one would take more than what is left of the budget."""
    for candidate in candidates:
        if not budget.take(problem.forms[candidate.form].work_from[min(candidate.changes)]):
            return
        yield candidate


def _is_supported(problem: Problem, each: Candidate, own: Own | None) -> bool:
    """Whether what is said of the way forward, and of brackets, is seen in the learner's program.

    A symbol of the way forward is wrong only if its wrong numbers are among the learner's, and its right ones are not. Where
    nothing is seen, a mistake of the way forward has to explain everything alone.
    """
    form = problem.forms[each.form]
    if form.whole:
        return True
    if own is None:
        return len(each.named) == 1 or form.backward.issuperset(each.changes)
    before, after = problem.probes[0][each.form], problem.changed(each)

    def is_made(numbers: Any) -> bool:
        return any(agree(value, numbers) for value in own.made)

    for named, changes in zip(each.named, each.parts, strict=False):
        for number in changes:
            forward = number not in form.backward
            name = form.named(number) if forward else form.program.equations[number].target.name
            if (forward or named.name == "brackets") and not is_made(after[name]):
                return False  # without brackets another sum is made, too
            if forward and not agree(before[name], after[name]) and is_made(before[name]):
                return False
    return True


def _parted(problem: Problem, wrong: Sequence[str], own: Own) -> tuple[Named, ...]:
    """Where the learner's program parts from the derivative: from the form in which there is least to say."""
    best: tuple[Named, ...] = ()
    left: float = _PAIRS_OF_PARTS
    for number, form in enumerate(problem.forms):
        # one form that takes many leaves some for the next
        budget = Budget(left / (len(problem.forms) - number))
        watched = problem.watched[number]
        if any(name not in watched for name in wrong):
            continue
        values = [each[number] for each in problem.probes]
        found = Alignment(own.form, own.probes, form, values, problem.known, own.outputs, budget).parted(
            {name: (own.outputs[name], watched[name]) for name in wrong}
        )
        left -= budget.spent
        kinds: dict[tuple[object, ...], list[Named]] = defaultdict(list)
        for each in found or ():
            kinds[each.habit].append(
                Named(each.name, each.symbol, each.said, each.numbers, each.numbers[0], each.operand)
            )
        named = tuple(_habit(each) for each in kinds.values())
        if named and len(named) <= _MOST and (not best or len(named) < len(best)):
            best = named
    return best


def _best(problem: Problem, found: Sequence[tuple[int, Candidate]], own: Own | None) -> tuple[Named, ...]:
    """What the likeliest candidate names, each with the numbers that only it makes.

    Where one mistake of the table gives the same numbers at several places, it is the one that the learner's program shows;
    if it shows none, it is one of these.
    """
    count, best = min(found, key=lambda pair: (pair[0], pair[1].rank))
    alike: dict[str, Candidate] = {}
    for many, one in found:
        if many == count == 1 and one.rank == best.rank:
            # 0.1 * w and w * 0.1 are one part, whichever of the two is left out
            alike.setdefault(str(rewrite(readable(one.named[0].said), sorted_factors)), one)
    places = sorted(alike.values(), key=lambda one: min(one.changes))
    shown = places if own is None else _shown(problem, places, own)
    best = shown[0] if shown else places[0] if places else best
    if len(places) > 1 and len(shown) != 1:
        several = listed([one.named[0].said for one in places[:_MOST]], "{words} Or: {word}")
        said = message("One of these, which give the same numbers: {several}", several=several)
        return (replace(best.named[0], said=said),)
    form, after = problem.forms[best.form], problem.changed(best)
    parts = [*best.parts, *({} for _ in best.named[len(best.parts) :])]
    pairs = zip(best.named, parts, strict=True)
    return tuple(
        replace(named, numbers=_numbers(problem, form, after, changes), value=after.get(named.symbol))
        for named, changes in pairs
    )


def _shown(problem: Problem, places: Sequence[Candidate], own: Own) -> list[Candidate]:
    """Of places of a mistake, those whose wrong numbers the learner's program makes on its way; else those not right in it."""
    answers = problem.answers[0].values()
    # an answer is wrong wherever the mistake is
    on_the_way = [one for one in own.made if not any(agree(one, answer) for answer in answers)]

    def made(each: Candidate, values: Values, within: Sequence[Any]) -> bool:
        equations = problem.forms[each.form].program.equations
        names = [target.name for number in each.changes for target in equations[number].targets]
        return all(any(agree(one, values[name]) for one in within) for name in names)

    possible = [each for each in places if not made(each, problem.probes[0][each.form], own.made)]
    return [each for each in possible if made(each, problem.changed(each), on_the_way)] or possible


def _numbers(problem: Problem, form: Form, after: Values, changes: Mapping[int, Change]) -> tuple[Any, ...]:
    """What changed equations make, and all that is made of it, but for what is right elsewhere."""
    following: dict[str, None] = {}
    for number, each in enumerate(form.program.equations):
        if number in changes or any(
            isinstance(operand, Symbol) and operand.name in following for operand in each.inputs
        ):
            following |= dict.fromkeys(target.name for target in each.targets)
    return tuple(after[name] for name in following if not problem.has(after[name]))


def _pairs(several: Sequence[Candidate]) -> Iterator[tuple[Candidate, Candidate]]:
    """Two mistakes of one kind, at two places."""
    kinds: dict[str, list[Candidate]] = defaultdict(list)
    for each in several:
        if len(each.changes) == 1 and each.named[0].name != "symbol":
            kinds[each.named[0].name].append(each)
    for alike in kinds.values():
        for one, other in itertools.combinations(alike[:_PARTS], 2):
            if one.changes.keys().isdisjoint(other.changes):
                yield one, other


def _both(one: Candidate, other: Candidate) -> Candidate:
    changes = {**one.changes, **other.changes}
    return Candidate(one.rank + other.rank, one.form, changes, one.named + other.named, one.parts + other.parts)


def _try(
    problem: Problem,
    wrong: Sequence[str],
    each: Candidate,
    own: Own | None,
    found: list[tuple[int, Candidate]],
    partial: list[tuple[tuple[int, int], Candidate]],
) -> None:
    """Note a candidate that explains all that is wrong, or the first of it."""
    outcome = _explained(problem, each, 0, wrong[0])
    if outcome is None:
        return
    left, scaled = outcome
    if not left:
        others = range(1, len(problem.answers))
        explained = all(_explained(problem, each, probe, wrong[0]) == outcome for probe in others)
        if explained and _is_supported(problem, each, own):
            made = replace(each, named=(*each.named, _scaled(scaled))) if scaled else each
            found.append((len(made.named), made))
    elif wrong[0] not in left and len(left) < len(wrong) and all(name in wrong for name in left):
        partial.append(((len(left), len(each.named)), each))


def _explained(problem: Problem, each: Candidate, probe: int, first: str) -> tuple[list[str], tuple[str, ...]] | None:
    """The symbols that a candidate leaves unexplained; and a known factor, and those that are its numbers times this factor.

    `None` if it does not explain the first that is wrong.
    """
    form, watched = problem.forms[each.form], problem.watched[each.form]
    values = form.changed(problem.probes[probe][each.form], each.changes)
    if values is None:
        return None
    answer = problem.answers[probe]
    left: list[str] = []
    factors: dict[str, list[str]] = defaultdict(list)
    for name in (first, *(other for other in answer if other != first)):
        if name not in watched:
            continue
        found, mutated = answer[name], form.value(watched[name], values)
        if same(found, mutated, _tolerance(found)):
            continue
        factor = _factor(problem, found, mutated)
        if factor:
            factors[factor].append(name)
        elif name == first:
            return None
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
    found, wanted = np.asarray(found, dtype=float), np.asarray(wanted, dtype=float)
    place = int(np.argmax(np.abs(wanted)))
    largest = float(wanted.flat[place])
    if not largest or not np.isfinite(largest):
        return ""
    ratio = float(found.flat[place]) / largest
    name = problem.known(ratio)
    return name if name and same(found, ratio * wanted, _tolerance(found)) else ""


def _scaled(scaled: tuple[str, ...]) -> Named:
    factor, *names = scaled
    return Named(
        "scale",
        names[0],
        message("Yours is {factor} times what is right in {symbols}.", symbols=listed(names), factor=factor),
    )


def _plain(problem: Problem, wrong: Sequence[str]) -> tuple[Named, ...]:
    """Mistakes that need no change of the program: zeros, gradients exchanged, a factor."""
    answers = problem.answers
    blank = [name for name in wrong if _is_blank(problem, name)]
    if blank and list(wrong) == blank:
        written = any(np.any(each[name]) for each in answers for name in wrong)  # and was taken away again
        said = message("{symbol} is 0 everywhere.") if written else _BLANK
        return tuple(Named("zero", name, message(said.template, "", symbol=name)) for name in wrong)
    for one, other in itertools.combinations(wrong, 2):
        pairs = [(one, other), (other, one)]
        if len(wrong) == 2 and all(
            same(answers[probe][a], problem.right(probe, b), RIGHT) for a, b in pairs for probe in range(len(answers))
        ):
            return (Named("exchanged", one, message("{symbol} and {other} are exchanged.", symbol=one, other=other)),)
    if all(_is_turned(each[name], problem.right(probe, name)) for name in wrong for probe, each in enumerate(answers)):
        return tuple(Named("flipped", name, message("{symbol} is turned round.", symbol=name)) for name in wrong)
    scaled: dict[str, list[str]] = defaultdict(list)
    for name in wrong:
        pairs = [(each[name], problem.right(probe, name)) for probe, each in enumerate(answers)]
        factors = {_factor(problem, *pair) for pair in pairs if any(map(np.any, pair))}
        scaled[factors.pop() if len(factors) == 1 else ""].append(name)
    # the sign has a sentence of its own
    if "" in scaled or "-1" in scaled or len(scaled) > _MOST:
        return ()
    return tuple(_scaled((factor, *names)) for factor, names in scaled.items())


_BLANK = message("{symbol} is 0 everywhere: nothing is written into it.")


def _is_blank(problem: Problem, name: str) -> bool:
    """Whether a symbol is 0 on all inputs, but for rounding."""
    pairs = [(each[name], problem.right(probe, name)) for probe, each in enumerate(problem.answers)]
    smallest = [
        1e-12 * float(np.max(np.abs(right))) if np.shape(found) == np.shape(right) else 0.0 for found, right in pairs
    ]
    return all(bool(np.all(np.abs(found) <= least)) for (found, _), least in zip(pairs, smallest, strict=True))


def _stepped(problem: Problem, wrong: Sequence[str]) -> tuple[Named, ...]:
    """A weight is used after a step of any length: what is wrong is that length times what its gradient gives in its place."""
    form, watched = problem.forms[0], problem.watched[0]
    for symbol in form.program.inputs:
        name = f"dC_d{symbol.name}"
        using = [n for n in form.backward if symbol in form.program.equations[n].inputs]
        if name not in problem.answers[0] or name in wrong or not using:
            continue
        lengths: list[float] = []
        for answer, (values, *_) in zip(problem.answers, problem.probes, strict=True):
            made = form.changed(values, {n: in_place(form, n, symbol, answer[name]) for n in using})
            for other in wrong:
                difference = np.subtract(form.value(watched[other], values), answer[other])
                lengths.append(0.0 if made is None else _ratio(difference, form.value(watched[other], made)))
        if lengths[0] and all(abs(each - lengths[0]) <= 1e-4 * abs(lengths[0]) for each in lengths):
            return (Named("updated", wrong[0], message(UPDATED.template, "", symbol=wrong[0], weight=symbol.name)),)
    return ()


def _ratio(found: Any, wanted: Any) -> float:
    """By which number arrays differ; 0 if they differ otherwise."""
    if np.shape(found) != np.shape(wanted) or not np.any(wanted):
        return 0.0
    ratio = float(np.vdot(found, wanted) / np.vdot(wanted, wanted))
    return ratio if same(found, ratio * np.asarray(wanted), 1e-5) else 0.0


def _unwritten(problem: Problem, wrong: Sequence[str]) -> tuple[Named, ...]:
    """Symbols of which only a block is written, and right: a loop that ends too early."""
    for name in wrong:
        found = [np.asarray(each[name]) for each in problem.answers]
        if not found[0].shape:
            return ()
        places = np.nonzero(np.any(found, axis=0))
        if not all(map(np.size, places)):
            return ()
        block = tuple(slice(int(np.min(each)), int(np.max(each)) + 1) for each in places)
        for probe, each in enumerate(found):
            written = np.zeros(each.shape)
            right = problem.right(probe, name)
            if written.shape != np.shape(right) or written[block].size == written.size:
                return ()
            written[block] = right[block]
            if not same(each, written, RIGHT):
                return ()
    said = message("{symbol} is right where it is not 0; the rest is never written.")
    return tuple(Named("unwritten", name, message(said.template, "", symbol=name)) for name in wrong)


def _taken(problem: Problem, name: str) -> str:
    """The other symbol whose right numbers stand here; empty if there is none."""
    answers = list(enumerate(problem.answers))
    for other in problem.answers[0]:
        if other != name and all(same(each[name], problem.right(probe, other), _SAME) for probe, each in answers):
            return other
    return ""


def _is_turned(found: Any, right: Any) -> bool:
    """Whether numbers stand in reversed order along all axes."""
    return np.ndim(found) > 0 and same(np.flip(found), right, RIGHT)


def candidates(number: int, form: Form) -> Iterator[Candidate]:
    """Each mistake at each place of a form, and each as a habit.

    Args:
        number: Which of the forms it is.
        form: The form.

    Yields:
        The candidates.
    """
    for rank, mutation in enumerate(MUTATIONS):
        habits: dict[tuple[object, ...], list[Mutant]] = defaultdict(list)
        for mutant in mutation.mutants(form):
            named = _named(mutation.name, mutation.words, mutant)
            yield Candidate(10 * rank + number, number, mutant.changes, (named,), (mutant.changes,))
            habits[mutant.habit].append(mutant)
            habits[*mutant.habit, str(mutant.words["symbol"])].append(mutant)  # in one gradient only
        for alike in habits.values():
            places = [place for mutant in alike for place in mutant.changes]
            if len(alike) > 1 and len(set(places)) == len(places):
                changes = {place: change for mutant in alike for place, change in mutant.changes.items()}
                said = tuple(dict.fromkeys(_named(mutation.name, mutation.words, mutant) for mutant in alike))
                one = said[0] if len(said) == 1 else _habit(said)
                yield Candidate(10 * rank + number + 5, number, changes, (one,), (changes,))


def _named(name: str, words: Message, mutant: Mutant) -> Named:
    return Named(name, str(mutant.words["symbol"]), message(words.template, "", **mutant.words))


def _habit(said: Sequence[Named]) -> Named:
    more = listed(dict.fromkeys(each.symbol for each in said[1:] if each.symbol != said[0].symbol))
    if not more:
        return said[0]
    return replace(said[0], said=message("{said} The same holds of {symbols}.", said=said[0].said, symbols=more))
