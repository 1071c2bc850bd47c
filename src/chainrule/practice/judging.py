"""The judge: compares what a learner's function gives with the derivative, or with the values that are asked for, and says
what is right, what is wrong, and which mistake it is."""

from __future__ import annotations

import contextlib
import inspect
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

import numpy as np

from ..calculus.checking import as_float64
from ..core.dims import shape_text
from ..core.location import file_name
from ..core.messages import Message, listed, message
from ..core.nouns import Operand
from ..core.structure import flatten
from ..core.tracing import LEAF_TYPES
from ..show.language import SOURCE, Language, translated
from .forms import Derivative, Form
from .lines import expression_of, first_of, last_values, line_of, line_of_name, line_of_program, traced
from .mutations import WORDS
from .notebook import reader, verdict_html
from .parts import sizes_of
from .probes import probes
from .recognition import RIGHT, Named, Own, Problem, own_program, recognized, same, wrong_in
from .wording import LearnerNames, is_readable_size, names_in, readable, rewrite


@dataclass(frozen=True)
class Mistake:
    """A mistake whose numbers are those of the gradient that was checked.

    Attributes:
        name: Its kind, such as `"transpose"`.
        symbol: The symbol of the derivative that it is in.
        line: The line of the derivative that makes the symbol.
        said: The sentence.
        yours: Your line that is the first to make its numbers: file, number and text; empty where none makes them.
    """

    name: str
    symbol: str
    line: str
    said: Message
    yours: str = ""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is right or wrong with a function; as text, the sentences.

    Attributes:
        ok: Whether all that it gives is right.
        mistakes: What was named, in order; empty where nothing is wrong, or where it is not known what.
        unfinished: Whether nothing is wrong so far, but a blank is left.
        said: The sentences.
    """

    ok: bool
    mistakes: tuple[Mistake, ...] = ()
    unfinished: bool = False
    said: tuple[Message, ...] = field(default=(), repr=False)

    def text(self, language: Language = SOURCE) -> str:
        """The sentences in a language, one a line."""
        return "\n".join(translated(each, language) for each in self.said)

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return verdict_html("□" if self.unfinished else "✓" if self.ok else "≠", self.said, reader())


_LINE = 100  # characters of a line that can be read
_READABLE = 40  # characters of a part that are read at a glance
_WHOLE = 10  # up to which a number may be a factor that was forgotten
_BEGINNINGS = ("dC_d", "dL_d", "dJ_d", "grad_", "nabla_", "d_", "d", "δ_", "delta_")


class _StopError(Exception):
    """The learner's function does not come to its end, or gives what cannot be compared; with what is said of it."""

    def __init__(self, said: Message, unfinished: bool = False):
        super().__init__(said)
        self.verdict = Verdict(ok=False, unfinished=unfinished, said=(said,))


def stopped(code: CodeType | None, error: Exception) -> Verdict:
    """Say where and why a learner's code does not come to its end.

    Args:
        code: The learner's.
        error: What ended it.

    Returns:
        What is said; a blank that is left is no mistake.
    """
    frames = traceback.extract_tb(error.__traceback__)
    own = [each for each in frames if code and each.filename == code.co_filename]
    last = own[-1] if own else frames[-1]
    place = f"{file_name(last.filename)}:{last.lineno}"
    if "ellipsis" in str(error):
        said = message("{place}: ... is still to be written here.", place=place)
        return Verdict(ok=False, unfinished=True, said=(said,))
    line = last.line or ""
    reason = str(error)
    if not reason or isinstance(error, KeyError):  # such as MemoryError, whose name is all that it says
        reason = traceback.format_exception_only(error)[-1].strip()
    said = message("{place}: {line} stops: {error}", place=place, line=line, error=reason)
    name = error.name if isinstance(error, NameError) else ""
    if name and hasattr(np, name):
        said = message("{place}: {line} stops: {name} is NumPy's; write np.{name}.", place=place, line=line, name=name)
    elif "truth value of an array" in str(error):
        said = message(
            "{place}: {line} stops: one yes or no is needed, and an array has many; np.where chooses number by number.",
            place=place, line=line,
        )  # fmt: skip
    return Verdict(ok=False, said=(said,))


class Judge:
    """Knows the derivative and its numbers on some inputs, and judges any function beside it.

    Attributes:
        derivative: The derivative.
        function: What the derivative is of.
        telling: Whether the right lines are told; in exercises they are to be found.
    """

    def __init__(
        self,
        made: Callable[..., Derivative],
        f: Callable[..., Any],
        args: Sequence[Any],
        wrt: object = None,
        *,
        telling: bool = True,
    ):
        self.telling = telling
        self.function = f
        self.called_with = list(inspect.signature(f).parameters)
        parts = [flatten(as_float64(each), LEAF_TYPES) for each in args]
        self.trees = [tree for _, tree in parts]
        leaves = [leaf for found, _ in parts for leaf in found]
        self.derivative = made(f, self.nested(leaves), wrt)
        inputs = self.derivative.forms[0].program.inputs
        moved = {place for place, symbol in enumerate(inputs) if symbol.name in self.derivative.names}
        self.leaves = leaves
        forms = self.derivative.forms
        self.probes = [place for place, _ in probes(forms[0], leaves, moved)]
        values = [[form.run(place) or {} for form in forms] for place in self.probes]
        runs = [number for number in range(len(forms)) if all(each[number] for each in values)]
        self.forms = [forms[number] for number in runs]
        self.values = [[each[number] for number in runs] for each in values]

    def nested(self, leaves: Sequence[Any]) -> list[Any]:
        """The arguments, of copies of the leaves, which the learner may write into."""
        rest = iter([np.copy(each) if isinstance(each, np.ndarray) else each for each in leaves])
        return [tree.build(rest) for tree in self.trees]

    def verdict(self, mine: Callable[..., Any]) -> Verdict:
        """Judge a function.

        Args:
            mine: It takes the arguments, and gives what is asked for.

        Returns:
            What is said of it.
        """
        if misfits := self.uncalled(mine):
            return Verdict(ok=False, said=misfits)
        program, misfits = traced(mine, self.nested(self.leaves))
        if misfits:
            return Verdict(ok=False, said=misfits)
        try:
            answers = [self.answer(mine, leaves) for leaves in self.probes]
        except _StopError as stop:
            return stop.verdict
        probes, values = self.probes, self.values
        if len(answers) > 1 and all(
            same(each[name], answers[-1][name], 0.0) for each in answers[:-1] for name in answers[-1]
        ):  # it does not look at its arguments, so that it is judged by these alone
            answers, probes, values = answers[-1:], probes[-1:], values[-1:]
        watched: list[dict[str, Operand]] = []
        for form in self.forms:
            known = dict(zip(self.derivative.asked, form.program.outputs, strict=True))
            made = {target.name: target for each in form.program.equations for target in each.targets}
            watched.append(
                {name: known.get(name) or made[name] for name in answers[0] if name in known or name in made}
            )
        problem = Problem(self.forms, watched, values, answers, self.factors())
        shaped = self.reshaped(problem)
        wrong = wrong_in(problem)
        if not wrong and not shaped:
            return Verdict(ok=True, said=(message("Right: {symbols}.", symbols=listed(answers[0])),))
        own = own_program(program, probes, answers) if wrong else None
        named = (*shaped, *recognized(problem, wrong, own)) if wrong else shaped
        names = LearnerNames(mine, self.function, self.derivative)
        mistakes = tuple(self.mistake(mine, probes[0], problem, each, own, names) for each in named)
        return Verdict(ok=False, mistakes=mistakes, said=tuple(self.sentences(problem, wrong, mistakes, names)))

    def first_wrong(self, mine: Callable[..., Any]) -> str:
        """The first name of the derivative that has other numbers in the learner's function; empty if there is none."""
        values = last_values(mine, self.nested(self.probes[0]))
        for each in self.forms[0].program.equations:
            name = each.target.name
            if name in values and not same(values[name], self.values[0][0][name], RIGHT):
                return name
        return ""

    def uncalled(self, mine: Callable[..., Any]) -> tuple[Message, ...]:
        """What is said of a function that does not take the arguments; nothing if it does, or if that cannot be known."""
        with contextlib.suppress(ValueError, TypeError):  # of what is not written in Python nothing is known
            taken = inspect.signature(mine)
            try:
                taken.bind(*self.trees)
            except TypeError:
                name, found = getattr(mine, "__name__", "f"), listed(taken.parameters) or "()"
                return (
                    message(
                        "{function} is called with {wanted}, and takes {found}.",
                        function=name, wanted=listed(self.called_with), found=found,
                    ),
                )  # fmt: skip
        return ()

    def answer(self, mine: Callable[..., Any], leaves: Sequence[Any]) -> dict[str, Any]:
        """The learner's numbers, by the names of symbols."""
        try:
            with np.errstate(all="ignore"):
                given = mine(*self.nested(leaves))
        except Exception as error:
            stop = stopped(getattr(mine, "__code__", None), error)
            raise _StopError(stop.said[0], stop.unfinished) from error
        names = self.derivative.asked
        if given is None:
            raise _StopError(message("Nothing is returned: write a return."))
        parts = given.values() if isinstance(given, dict) else given if isinstance(given, (tuple, list)) else (given,)
        if any(each is ... for each in parts):
            raise _StopError(message("Something is still to be written where ... stands."), unfinished=True)
        if isinstance(given, dict) and self.derivative.forms[0].program.results.kind is not dict:
            pairs = [pair for key, value in given.items() for pair in self.by_name(str(key), value)]
        else:
            found, _ = flatten(given, (*LEAF_TYPES, int))
            if len(found) != len(names):
                said = _OTHER_COUNT if self.telling else _OTHER_COUNT_RETURNED
                raise _StopError(message(said.template, "", names=listed(names), wanted=len(names), found=len(found)))
            pairs = list(zip(names, found, strict=True))
        for name, value in pairs:
            if np.asarray(value).dtype.kind not in "biuf":
                raise _StopError(message("{symbol} is not made of numbers, or not of real ones.", symbol=name))
        return {name: np.array(value) for name, value in pairs}

    def by_name(self, key: str, value: Any) -> list[tuple[str, Any]]:
        """The symbols that an entry of a dictionary gives."""
        derivative = self.derivative
        made = {name for form in derivative.forms for name in form.made_at}
        found, _ = flatten(value, (*LEAF_TYPES, int))
        rests = [key, *(key.removeprefix(each) for each in _BEGINNINGS if key.startswith(each))]
        for rest in rests:
            leaves = derivative.arguments.get(rest, (rest,))
            if len(leaves) == 1 and isinstance(value, list):  # an array, number by number
                found = [np.asarray(value)]
            if set(leaves) <= set(derivative.names) and len(leaves) == len(found):
                return [(f"dC_d{leaf}", each) for leaf, each in zip(leaves, found, strict=True)]
        symbols = [each for each in (key, *(f"δ_{rest}" for rest in rests)) if each in made]
        if not symbols or len(found) != 1:
            equations = derivative.forms[0].program.equations
            known = [each.target.name for each in equations if each.target.kind != "temporary"]
            raise _StopError(
                message(
                    "{key} is no symbol of the derivative, which has {symbols}.", key=repr(key), symbols=listed(known)
                )
            )
        return [(symbols[0], found[0])]

    def factors(self) -> dict[str, float]:
        """The numbers that a gradient may have lost, or have too many of, with what they are called."""
        known: dict[str, float] = {}
        for symbol, leaf in zip(self.derivative.forms[0].program.inputs, self.leaves, strict=True):
            if not np.shape(leaf) and leaf and symbol.name not in self.derivative.names:
                known |= {symbol.name: float(leaf), f"1/{symbol.name}": 1 / float(leaf)}
        sizes = sorted({int(size) for leaf in self.leaves for size in np.shape(leaf) if size > 1})
        whole = sorted({*range(2, _WHOLE + 1), *sizes, *(one * other for one in (2, *sizes) for other in sizes)})
        known |= {f"{number}": 1.0 * number for number in whole} | {f"1/{number}": 1 / number for number in whole}
        known |= {f"{one}/{other}": one / other for one in (2, *sizes) for other in sizes}
        known |= {f"{size}/{size - 1}": size / (size - 1) for size in sizes}
        known |= {f"√{size}": size**0.5 for size in sizes} | {f"1/√{size}": size**-0.5 for size in sizes}
        signed = [(f"{sign}{name}", float(f"{sign}1") * each) for sign in ("", "-") for name, each in known.items()]
        found: dict[float, str] = {-1.0: "-1"}
        for name, number in signed:
            if number != 1:
                found.setdefault(number, name)  # a setting's name, which says more, comes before its number
        return {name: number for number, name in found.items()}

    def reshaped(self, problem: Problem) -> tuple[Named, ...]:
        """Name what has the right numbers in other dimensions, and give the numbers the right ones."""
        named: list[Named] = []
        for name in problem.answers[0]:
            rights = [problem.right(probe, name) for probe in range(len(problem.answers))]
            wanted, found = np.shape(rights[0]), np.shape(problem.answers[0][name])
            turned, said = found == wanted[::-1], _TRANSPOSED
            if wanted == found:
                numbers = [each[name] for each in problem.answers]
                turned = not all(map(_right, numbers, rights)) and all(
                    _right(n.T, r) for n, r in zip(numbers, rights, strict=True)
                )
                said = _TURNED
            if not turned and (found == wanted or _without_ones(found) != _without_ones(wanted)):
                continue
            for each in problem.answers:
                each[name] = each[name].T if turned else each[name].reshape(wanted)
            said = said if turned else _FLAT if len(found) < len(wanted) else _DIMENSIONS
            values = {"symbol": name, "found": shape_text(found), "wanted": shape_text(wanted)}
            named.append(Named("transposed" if turned else "dimensions", name, message(said.template, "", **values)))
        return tuple(named)

    def mistake(
        self,
        mine: Callable[..., Any],
        leaves: Sequence[Any],
        problem: Problem,
        named: Named,
        own: Own | None,
        names: LearnerNames,
    ) -> Mistake:
        """A mistake with the line of the derivative that it is in, and the learner's, in the learner's names."""
        line, _ = self.line(named.symbol)
        answer = problem.answers[0]
        numbers = named.numbers or ((answer[named.symbol],) if named.symbol in answer else ())
        yours = ""
        if numbers and own is not None:
            yours = line_of_program(mine, own, named, problem.has, self.errors(named.symbol))
        if numbers and not yours:
            yours = line_of(mine, self.nested(leaves), numbers, problem.has)
        found = answer.get(named.symbol)
        if found is not None and not any(
            same(found, each, RIGHT) for each in numbers if yours
        ):  # they are right elsewhere
            yours = line_of_name(mine, self.nested(leaves), named.symbol) or yours
        elif yours and self.is_wrong(mine, named.symbol):
            yours = first_of(yours, line_of_name(mine, self.nested(leaves), named.symbol))
        said = readable(self.by_way(named.said))
        right = np.asarray(self.errors(named.symbol).get(named.symbol))
        is_whole = sizes_of(np.asarray(named.value).shape) == sizes_of(right.shape)  # not only a part of it
        if own is not None and is_whole and not names.has(named.symbol):
            text = expression_of(own, named.value, names)
            said = rewrite(said, lambda value: text if text and value == named.symbol else value)
        return Mistake(named.name, named.symbol, line, names.say(said), yours)

    def is_wrong(self, mine: Callable[..., Any], name: str) -> bool:
        """Whether the learner has a name of the derivative's, and other numbers for it."""
        values, rights = last_values(mine, self.nested(self.probes[0])), self.errors(name)
        return name in values and name in rights and not same(values[name], rights[name], RIGHT)

    def errors(self, *others: str) -> dict[str, Any]:
        """The right values of the derivative's errors and gradients, and of some others, by name."""
        return {
            symbol.name: values[symbol.name]
            for form, values in zip(self.forms, self.values[0], strict=True)
            for symbol in form.symbols
            if symbol.kind in ("error", "gradient") or symbol.name in others
        }

    def line(self, name: str) -> tuple[str, str]:
        """The line of the derivative that makes a symbol, in Python and in dimensions, from a form in which nothing in it lacks a
        name; else with all of it written out, if that is short. Empty where there is none."""
        for form in self.derivative.forms:
            if name in form.lines:
                line, dimensions = form.lines[name]
                unnamed = {symbol.name for symbol in form.symbols if symbol.kind == "temporary"}
                if unnamed.isdisjoint(names_in(line)):
                    return line, dimensions
        form = self.derivative.forms[0]
        number = form.made_at.get(name)
        line = "" if number is None else f"{name} = {form.written(form.program.equations[number])}"
        return (line, "") if len(line) <= _LINE else ("", "")

    def by_way(self, said: Message) -> Message:
        """The same sentence, in which a part that is too long to be read is told by the value that it comes back by."""
        part = str(said.values.get("part", "")) if said.template == WORDS["summand"].template else ""
        if len(part) > _READABLE:
            for form in self.derivative.forms:
                for each in form.program.equations:
                    for operand in each.inputs if each.primitive.name in ("add", "subtract") else ():
                        way = _way(form, operand) if form.text(operand) == part else ""
                        if way:
                            return message(
                                "The way back by {way} is left out in {symbol}.", way=way, symbol=said.values["symbol"]
                            )
        return said

    def sentences(
        self, problem: Problem, wrong: Sequence[str], mistakes: Sequence[Mistake], names: LearnerNames
    ) -> Iterator[Message]:
        """What is said of an answer that is not right."""
        for mistake in mistakes:
            yield mistake.said
            if mistake.yours:
                yield message("Wrong from here on: {line}", line=mistake.yours)
            if mistake.line and self.telling:
                yield message("The derivative: {line}", line=names.rename(mistake.line))
        if names.known & {"convolve", "correlate"} and any(mistake.name == "flipped" for mistake in mistakes):
            yield message("np.convolve turns its second argument round by itself; np.correlate does not.")
        if not wrong:
            return
        first = wrong[0]
        probe = next(
            n for n, each in enumerate(problem.answers) if not same(each[first], problem.right(n, first), RIGHT)
        )
        found, right = problem.answers[probe][first], np.asarray(problem.right(probe, first))
        named = len(mistakes) > sum(each.name in ("transposed", "dimensions") for each in mistakes)
        shapes = {"symbol": first, "found": shape_text(found.shape), "wanted": shape_text(right.shape)}
        fits, line, dimensions = found.shape == right.shape, "", ""
        if not named:
            line, dimensions = self.line(first)
        if not named and fits:
            yield message("{symbol} is the first that is wrong; no mistake known here gives its numbers.", symbol=first)
        elif not fits and found.size == 1 and first.startswith("dC_d"):
            yield message(
                "{symbol} is one number, where {wanted} is right: each number of {of} has a slope of its own.",
                of=first.removeprefix("dC_d"), **shapes,
            )  # fmt: skip
        elif not fits:
            yield message(_DIMENSIONS.template, "", **shapes)
        if line and self.telling:
            yield message("The derivative: {line}", line=names.rename(line))
        if is_readable_size(dimensions):
            yield message("In dimensions: {dimensions}", dimensions=dimensions)
        if not fits:
            return
        gap = np.abs(np.subtract(found, right, dtype=float))
        place = np.unravel_index(int(np.argmax(np.where(np.isnan(gap), np.inf, gap))), right.shape)
        yield message(
            "{place}: yours is {mine:.6g}, where {right:.6g} is right.",
            place=f"{first}[{', '.join(str(each) for each in place)}]" if place else first,
            mine=float(found[place]),
            right=float(right[place]),
        )


def _way(form: Form, part: Operand) -> str:
    """The name of the value by which a part of an error comes back; empty if it comes back by none that has a name."""
    before = [form.equation_of(part)]
    for each in before:
        if each is not None:
            name = each.origin.derivative_of
            if name in form.made_at and form.program.equations[form.made_at[name]].target.kind == "named":
                return name
            made_of = (form.equation_of(operand) for operand in each.inputs)
            before += [found for found in made_of if found is not None and found.target.kind == "temporary"]
    return ""


def _right(found: Any, wanted: Any) -> bool:
    return same(found, wanted, RIGHT)


def _without_ones(shape: Sequence[int]) -> list[int]:
    return [size for size in shape if size != 1]


_TURNED = message("{symbol} is transposed.")
_TRANSPOSED = message("{symbol} is transposed: it is {found}, where {wanted} is right.")
_DIMENSIONS = message("{symbol} has the dimensions {found}, where {wanted} is right.")
_OTHER_COUNT = message(
    "{found} arrays are given, where {wanted} are wanted: {names}; name with wrt those that yours are of."
)
_OTHER_COUNT_RETURNED = message("To be returned: {names}, {wanted} in all; yours returns {found}.")
_FLAT = message(
    "{symbol} has the dimensions {found}, where {wanted} is right; a sum with keepdims=True keeps its axis."
)
