"""The learner's own program beside the derivative: from each gradient that is wrong back to where the two part.

Where both multiply or add, what both have is taken away; what is left over is the mistake. So mistakes are found that no table
has, however many there are: each is looked for with what the learner has made before, wrong as it may be.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..core.messages import Message, message
from ..core.nouns import Constant, Equation, Operand, Symbol
from ..core.primitive import PRIMITIVES
from .forms import Form, Values
from .mutations import INSTEAD, SLOPED, WORDS

_VIEWS = ("T", "transpose", "reshape", "broadcast_to", "identity", "copy")
_PRODUCTS = ("matmul", "outer")
_DEEPEST = 40
_MOST = 3  # mistakes that are named at once
_WIDEST = 3  # operations that may stand between what is right and what is used in the place of something else
_SAME = 1e-6
_MONOMIALS = 12
_PAIRED = 3  # parts of a sum that are compared each with each


@dataclass(frozen=True)
class Found:
    """Where a program parts from the derivative: the kind of mistake, its symbol and sentence, and the numbers made there."""

    name: str
    symbol: str
    said: Message
    habit: tuple[object, ...]
    numbers: tuple[Any, ...] = field(default=(), compare=False, repr=False)
    ratio: float = field(default=1.0, compare=False, repr=False)
    known: bool = True  # whether what stands there has a name, or is right elsewhere
    within: bool = field(default=False, compare=False, repr=False)  # a function that is not linear, such as cos


@dataclass(frozen=True, eq=False)
class _Part:
    """What an operand is in a program, on each input."""

    form: Form
    operand: Operand
    values: tuple[Any, ...]
    made: Equation | None  # what makes it

    @functools.cached_property
    def text(self) -> str:
        return self.form.text(self.operand)

    @functools.cached_property
    def sizes(self) -> list[int]:
        """The sizes that are not 1, in any order: rows may be columns."""
        return _sizes(np.shape(self.values[0]))

    @functools.cached_property
    def weight(self) -> float:
        """Alike for equal numbers, in whatever order."""
        return float(np.sum(np.abs(np.asarray(self.values[0], dtype=float))))

    @functools.cached_property
    def is_fixed(self) -> bool:
        """Whether it is the same whatever the arguments are."""
        if self.made is None:
            return isinstance(self.operand, Constant)
        return all(_Part(self.form, each, (), self.form.equation_of(each)).is_fixed for each in self.made.inputs)


@dataclass(eq=False)
class _Factor:
    """A factor of the learner's, of the derivative, or of both, and how often each has it."""

    part: _Part
    mine: float = 0.0
    right: float = 0.0


@dataclass(eq=False)
class _Monomial:
    """A number times factors."""

    number: float
    factors: list[tuple[_Part, float]]

    @functools.cached_property
    def values(self) -> tuple[Any, ...] | None:
        """Its numbers on each input; none where the factors do not fit."""
        count = len(self.factors[0][0].values) if self.factors else 0
        try:
            with np.errstate(all="ignore"):
                return tuple(
                    self.number * _multiplied([(part.values[probe], exponent) for part, exponent in self.factors])
                    for probe in range(count)
                )
        except ValueError:
            return None

    @property
    def text(self) -> str:
        return _written(self.factors)

    def is_equal(self, other: _Monomial) -> bool:
        """Whether the numbers are the same."""
        if not self.values or not other.values:
            return False
        return all(agree(a, b) for a, b in zip(self.values, other.values, strict=True))


class Alignment:
    """Compares a learner's program with one form of the derivative.

    Args:
        mine: The learner's program.
        made: The values of its symbols, on each input.
        form: The form of the derivative.
        right: The values of its symbols, on the same inputs.
        known: The name of a factor that learners put in or leave out; empty of any other number.
        outputs: What the learner's program gives, by name.
        deadline: When it takes too long, in seconds of the processor's.
    """

    def __init__(
        self,
        mine: Form,
        made: Sequence[Values],
        form: Form,
        right: Sequence[Values],
        known: Callable[[float], str],
        outputs: Mapping[str, Operand],
        deadline: float,
    ):
        self.known = known
        self.outputs = outputs
        self._values = {id(mine): made, id(form): right}
        self.mine, self.form = mine, form
        self._parts: dict[tuple[object, ...], _Part] = {}
        self._memory: dict[tuple[int, int, str], list[Found] | None] = {}
        self._rights: dict[tuple[int, bool], bool] = {}
        self._had: dict[int, bool] = {}
        self._deadline = deadline

    def parted(self, outputs: Mapping[str, tuple[Operand, Operand]]) -> list[Found] | None:
        """Where the programs part, given what each has for the gradients that are wrong; `None` where it is not found."""
        found: list[Found] = []
        for name, (mine, right) in outputs.items():
            here = self._aligned(self._part(self.mine, mine), self._part(self.form, right), name, 0)
            if not here:
                return None
            found += here
        return _once(found)

    def _part(self, form: Form, operand: Operand) -> _Part:
        key = (id(form), operand.name if isinstance(operand, Symbol) else operand)
        if key not in self._parts:
            values = tuple(form.value(operand, each) for each in self._values[id(form)])
            self._parts[key] = _Part(form, operand, values, form.equation_of(operand))
        return self._parts[key]

    def _aligned(self, mine: _Part, right: _Part, symbol: str, depth: int) -> list[Found] | None:
        """Where the learner's part differs from what belongs there; empty where it does not, `None` where it is not found."""
        if _equal(mine, right):
            return []
        made = right.made
        named = made is not None and made.target.kind != "temporary" and len(made.targets) == 1
        if named and made is not None and not self._has(right) and self._may_be(mine, made.target):
            symbol = made.target.name
        if isinstance(mine.operand, Constant) and isinstance(right.operand, Constant) and not right.operand.shape:
            return [_found("symbol", INSTEAD, symbol, mine, other=mine.text, right=right.text)]
        key = (id(mine), id(right), symbol)
        if key not in self._memory and depth < _DEEPEST and time.process_time() < self._deadline:
            self._memory[key] = None  # while it is looked for
            ways: tuple[Callable[..., list[Found] | None], ...] = (
                functools.partial(self._products, deep=False), functools.partial(self._sums, deep=False),
                functools.partial(self._products, deep=True), functools.partial(self._sums, deep=True),
                self._matrices, self._reductions, self._alike,
                functools.partial(self._expanded, all_of_it=False), functools.partial(self._expanded, all_of_it=True),
            )  # fmt: skip
            best: list[Found] | None = None
            for way in ways:
                found = _once(way(mine, right, symbol, depth + 1) or ())
                if found and _count(found) <= _MOST and not _contradictory(found) and not _is_guessed(found):
                    if best is None or (_count(found), len(found)) < (_count(best), len(best)):
                        best = found
                    if len(best) == 1:
                        break
            if (
                best is not None
                and depth
                and self._is_right(mine, named=True)
                and (len(best) > 1 or best[0].name == "symbol")
            ):
                best = None  # it is right elsewhere, and was only taken for another
            self._memory[key] = best
        return self._memory.get(key)

    def _may_be(self, mine: _Part, target: Symbol) -> bool:
        """Whether a part is the learner's for a symbol, wrong as it may be; on the way forward, only if it is called so."""
        forward = self.form.made_at[target.name] not in self.form.backward
        return not forward or (isinstance(mine.operand, Symbol) and mine.operand.name == target.name)

    def _has(self, right: _Part) -> bool:
        """Whether a value of the derivative's is one of the learner's."""
        if id(right) not in self._had:
            self._had[id(right)] = any(
                _equal(self._part(self.mine, target), right)
                for each in self.mine.program.equations
                for target in each.targets
            )
        return self._had[id(right)]

    # ---- products ----------------------------------------------------------------------------------------------------

    def _factors(self, part: _Part, deep: bool, inner: bool = False) -> tuple[float, list[tuple[_Part, float]]]:
        """A number, and factors with their exponents, whose product a part is; deep, also within what has a name."""
        operand, made = part.operand, part.made
        if inner and not deep and isinstance(operand, Symbol) and operand.kind != "temporary":
            return 1.0, [(part, 1.0)]
        if isinstance(operand, Constant) and not operand.shape:
            return float(np.real(np.asarray(operand.value))), []
        if made is None or len(made.targets) > 1:
            return 1.0, [(part, 1.0)]
        name, operands = made.primitive.name, [self._part(part.form, each) for each in made.inputs]
        if _is_view(made):
            return self._factors(operands[0], deep, True)
        if name == "negative":
            number, factors = self._factors(operands[0], deep, True)
            return -number, factors
        if name == "mean":
            count = np.size(operands[0].values[0]) / max(np.size(part.values[0]), 1)
            return 1 / count, [(self._summed(part, made, count), 1.0)]
        if name in ("multiply", "divide"):
            sign = 1.0 if name == "multiply" else -1.0
            (one, first), (other, second) = (self._factors(each, deep, True) for each in operands)
            if other or sign > 0:
                return one * other**sign, [*first, *((each, sign * exponent) for each, exponent in second)]
        exponent = _exponent(made)
        if exponent is not None:
            number, factors = self._factors(operands[0], deep, True)
            if number > 0 or exponent == int(exponent):
                return number**exponent, [(each, exponent * times) for each, times in factors]
        if name == "where":
            for one, other in ((1, 2), (2, 1)):
                if _equal(part, operands[one]):
                    return self._factors(operands[one], deep, True)
                if _is_zero(made.inputs[other]) and one == 1:
                    number, factors = self._factors(operands[one], deep, True)
                    return number, [*factors, (operands[0], 1.0)]
        return 1.0, [(part, 1.0)]

    def _summed(self, part: _Part, made: Equation, count: float) -> _Part:
        """The sum that a mean is a part of."""
        key = (id(part.form), part.operand, "sum")
        if key not in self._parts:
            values = tuple(count * each for each in part.values)
            self._parts[key] = _Part(part.form, part.operand, values, replace(made, primitive=PRIMITIVES["sum"]))
        return self._parts[key]

    def _products(self, mine: _Part, right: _Part, symbol: str, depth: int, deep: bool) -> list[Found] | None:
        """Both as products: what both have is taken away."""
        number, mines = self._factors(mine, deep)
        other, rights = self._factors(right, deep)
        one_power = len(mines) == len(rights) == 1 and _equal(mines[0][0], rights[0][0])
        if len(mines) < 2 and len(rights) < 2 and number == other and not one_power:
            return None
        return self._compared(number, mines, other, rights, mine, right, symbol, depth)

    def _compared(
        self,
        number: float,
        mines: list[tuple[_Part, float]],
        other: float,
        rights: list[tuple[_Part, float]],
        mine: _Part,
        right: _Part,
        symbol: str,
        depth: int,
    ) -> list[Found] | None:
        if not number or not other:
            return None
        ratio = number / other
        items: list[_Factor] = []
        for part, exponent in mines:
            _item(items, part).mine += exponent
        for part, exponent in rights:
            _item(items, part).right += exponent
        extra = [each for each in items if each.mine and not each.right]
        missing = [each for each in items if each.right and not each.mine]
        again = [each for each in items if each.mine and each.right and each.mine != each.right]
        shared = any(each.mine and each.mine == each.right for each in items)
        ratio *= _taken_away(extra, missing, again)
        found: list[Found] = []
        for single in [*extra]:
            pairs = [
                (inner, each)
                for each in missing
                if single.mine == each.right
                and single.part.sizes == each.part.sizes
                and (inner := self._aligned(single.part, each.part, symbol, depth)) is not None
            ]
            if pairs:
                inner, lost = min(pairs, key=lambda pair: len(pair[0]))
                found += inner
                extra.remove(single)
                missing.remove(lost)
                shared = True
        outside = extra or missing or again or not math.isclose(ratio, 1.0, rel_tol=_SAME)
        if outside and any(each.within and each.symbol == symbol for each in found):
            return None  # cos(2u) for 2u cos(u²) is another formula altogether
        shared = shared or bool(again)
        if extra and missing:
            instead = self._instead(extra, missing, symbol, mine, shared)
            if instead is None:
                return None
            found += instead
        else:
            if not shared and (extra or missing):
                return None
            if not all(self._is_of_here(each.part) for each in extra):
                return None
            if sum(each.part.made is not None for each in missing) > 1:  # then it is another formula altogether
                return None
            found += [_left_out(each, symbol, mine, right) for each in missing]
            found += _too_many(extra, symbol, mine)
        found += [_otherwise(each, symbol, mine) for each in again]
        left = extra and missing and len(extra) + len(missing) > 2
        if len(found) > 1 and (left or (again and any(each.said.template == INSTEAD.template for each in found))):
            return None  # what is left of another formula needs no second explanation
        for each in found:
            if math.isclose(each.ratio * ratio, 1.0, rel_tol=_SAME) and each.ratio != 1:  # one makes up for the other
                return [one for one in found if one is not each]
        if not math.isclose(ratio, 1.0, rel_tol=_SAME):
            scaled = self._scale(ratio, symbol, right, mine)
            if scaled is None:
                return None
            found.append(scaled)
        return found

    def _scale(self, ratio: float, symbol: str, right: _Part, mine: _Part) -> Found | None:
        if math.isclose(ratio, -1.0, rel_tol=_SAME):
            return _found("sign", WORDS["sign"], symbol, mine)
        factor = self.known(ratio)
        where = right.text if len(right.text) < 30 else symbol
        made = _found("scale", WORDS["scale"], symbol, mine, symbols=where, factor=factor)
        return replace(made, ratio=ratio) if factor else None

    def _instead(
        self, extra: list[_Factor], missing: list[_Factor], symbol: str, mine: _Part, shared: bool
    ) -> list[Found] | None:
        """Something is used that is right elsewhere, or made of it in a few steps."""
        if not shared or not all(self._is_of_here(each.part) for each in extra):
            return None
        other = _written([(each.part, each.mine) for each in extra])
        if len(extra) == 1 and extra[0].mine == 1:
            other = self._called(extra[0].part)
        alone = len(missing) == 1 and missing[0].right == 1
        belongs = _short(missing[0].part.text) if alone else _written([(each.part, each.right) for each in missing])
        if other == belongs:
            return None
        made = _found("symbol", INSTEAD, symbol, mine, other=other, right=belongs)
        return [replace(made, known=other.isidentifier() or all(self._is_right(each.part) for each in extra))]

    def _near(self, part: _Part, steps: int) -> bool:
        """Whether few operations lead to a part from inputs and from what is right."""
        made = part.made
        if made is None or self._is_right(part):
            return True
        return steps > 0 and all(self._near(self._part(part.form, each), steps - 1) for each in made.inputs)

    def _is_of_here(self, part: _Part) -> bool:
        """Whether a part of the learner's is one of the derivative's, or made of such and of the arguments in a few steps."""
        return self._is_right(part) or (_is_made(part) and self._near(part, _WIDEST))

    def _called(self, part: _Part) -> str:
        """What a part of the learner's is called: as in the derivative, if it has it and the learner has no name for it."""
        text = part.text
        if text.isidentifier() or not self._is_right(part):
            return _short(text)
        names = [
            target.name
            for each in self.form.program.equations
            for target in each.targets
            if target.kind != "temporary" and _equal(part, self._part(self.form, target))
        ]
        return names[0] if names else _short(text)

    def _is_right(self, part: _Part, named: bool = False) -> bool:
        """Whether a value of the learner's is one of the derivative's, perhaps of those with a name."""
        key = id(part), named
        if key not in self._rights:
            self._rights[key] = any(
                _equal(part, self._part(self.form, target))
                for each in self.form.program.equations
                for target in each.targets
                if target.kind != "temporary" or not named
            )
        return self._rights[key]

    # ---- sums --------------------------------------------------------------------------------------------------------

    def _terms(self, part: _Part, deep: bool, inner: bool = False) -> list[tuple[_Part, int]]:
        """What is added and subtracted, with its sign; deep, also within what has a name."""
        operand, made = part.operand, part.made
        if not np.any(part.values[0]) and part.is_fixed:
            return []
        named = inner and not deep and isinstance(operand, Symbol) and operand.kind != "temporary"
        if made is None or len(made.targets) > 1 or named:
            return [(part, 1)]
        name, operands = made.primitive.name, [self._part(part.form, each) for each in made.inputs]
        if name in ("add", "subtract"):
            sign = 1 if name == "add" else -1
            first, second = (self._terms(each, deep, True) for each in operands)
            return [*first, *((each, sign * other) for each, other in second)]
        if name == "negative":
            return [(each, -sign) for each, sign in self._terms(operands[0], deep, True)]
        if name == "where":
            for each in operands[1:]:
                if _equal(part, each):
                    return self._terms(each, deep, True)
        if _is_view(made):
            return self._terms(operands[0], deep, True)
        return [(part, 1)]

    def _sums(self, mine: _Part, right: _Part, symbol: str, depth: int, deep: bool) -> list[Found] | None:
        """Both as sums: what both have is taken away."""
        mines, rights = self._terms(mine, deep), self._terms(right, deep)
        if len(mines) < 2 and len(rights) < 2:
            if mines == [(mine, 1)] and rights == [(right, 1)]:
                return None
            paired = self._paired(mines, rights, symbol, depth)
            return paired[0] if paired and mines and rights else None
        found: list[Found] = []
        shared = 0
        for part, sign in [*mines]:
            for other in rights:
                turned = not _equal(part, other[0])
                opposite = (sign != other[1]) != turned
                if not turned or _is_negative(part, other[0]):
                    if opposite:
                        words = {"part": _short(other[0].text)}
                        found.append(_found("part-sign", WORDS["part-sign"], symbol, mine, **words))
                    shared += not opposite
                    mines.remove((part, sign))
                    rights.remove(other)
                    break
        if len(mines) > _PAIRED or len(rights) > _PAIRED:
            return None
        paired = self._paired(mines, rights, symbol, depth)
        if paired is None:
            if shared and len(mines) == len(rights) == 1 and mines[0][1] == rights[0][1]:
                extra, missing = [_Factor(mines[0][0], 1.0)], [_Factor(rights[0][0], 0.0, 1.0)]
                instead = self._instead(extra, missing, symbol, mine, True)
                return None if instead is None else [*found, *instead]
            return None
        inner, mines, rights = paired
        if not shared and not found and (mines or rights) and not inner:
            return None
        found += inner
        if mines and not rights and self._is_step(mines, right):
            return [*found, _found("updated", UPDATED, symbol, mine, weight=right.text)]
        if not all(self._is_of_here(part) for part, _ in mines):
            return None
        if mines and not rights and self._unviewed(right).made is None:
            return [*found, _found("symbol", INSTEAD, symbol, mine, other=_short(mine.text), right=right.text)]
        for part, _ in rights:
            found.append(_found("summand", WORDS["summand"], symbol, mine, part=_short(part.text)))
        for part, _ in mines:
            found.append(_found("summand", _PART_TOO_MANY, symbol, mine, part=_short(part.text)))
        return found

    def _is_step(self, extra: Sequence[tuple[_Part, int]], right: _Part) -> bool:
        """Whether what is added to a weight is its own gradient times a number: then it is the weight after a step."""
        step = self.outputs.get(f"dC_d{self._unviewed(right).text}")
        if step is None or len(extra) != 1:
            return False
        wanted = self._part(self.mine, step)
        return bool(_proportion([_Factor(extra[0][0], 1.0)], [_Factor(wanted, 0.0, 1.0)]))

    def _paired(
        self, mines: list[tuple[_Part, int]], rights: list[tuple[_Part, int]], symbol: str, depth: int
    ) -> tuple[list[Found], list[tuple[_Part, int]], list[tuple[_Part, int]]] | None:
        """The parts that are left, each with the one that it differs from least; and those without one."""
        best: tuple[int, list[Found], list[tuple[_Part, int]], list[tuple[_Part, int]]] | None = None
        count = min(len(mines), len(rights))
        for chosen in itertools.permutations(range(len(mines)), count):
            for others in itertools.combinations(range(len(rights)), count):
                found: list[Found] = []
                for one, other in zip(chosen, others, strict=True):
                    (part, sign), (wanted, wanted_sign) = mines[one], rights[other]
                    here = self._aligned(part, wanted, symbol, depth)
                    if sign != wanted_sign:
                        number, mine_factors = self._factors(part, True)
                        right_number, right_factors = self._factors(wanted, True)
                        signed = self._compared(
                            -number, mine_factors, right_number, right_factors, part, wanted, symbol, depth
                        )
                        words = {"part": _short(wanted.text)}
                        turned = _found("part-sign", WORDS["part-sign"], symbol, part, **words)
                        either = [
                            each for each in (signed, None if here is None else [*here, turned]) if each is not None
                        ]
                        here = min(either, key=len, default=None)
                    if here is None:
                        break
                    found += here
                else:
                    if best is None or len(found) < best[0]:
                        left = [each for place, each in enumerate(mines) if place not in chosen]
                        rest = [each for place, each in enumerate(rights) if place not in others]
                        best = (len(found), found, left, rest)
        return None if best is None else best[1:]

    def _monomials(self, part: _Part, kept: Callable[[_Part], bool]) -> list[_Monomial]:
        """A part with all brackets multiplied out, but for those that are kept."""
        made: list[_Monomial] = []
        for each, sign in self._terms(part, True):
            number, factors = self._factors(each, True)
            several = [
                (place, self._terms(one, True))
                for place, (one, exponent) in enumerate(factors)
                if exponent == 1 and not kept(one)
            ]
            place, inner = max(several, key=lambda pair: len(pair[1]), default=(0, []))
            if len(inner) < 2:
                made.append(_Monomial(sign * number, factors))
                continue
            rest = [*factors[:place], *factors[place + 1 :]]
            for one, other in inner:
                for monomial in self._monomials(one, kept):
                    made.append(_Monomial(sign * number * other * monomial.number, [*monomial.factors, *rest]))
            if len(made) > _MONOMIALS:
                break
        return made

    def _expanded(self, mine: _Part, right: _Part, symbol: str, depth: int, all_of_it: bool) -> list[Found] | None:
        """Both with brackets multiplied out; what both have is taken away, and one part compared with another.

        Brackets that both have are kept at first.
        """
        mines = self._monomials(mine, lambda each: not all_of_it and self._is_right(each))
        rights = self._monomials(right, lambda each: not all_of_it and self._has(each))
        if not 2 <= max(len(mines), len(rights)) <= _MONOMIALS or not mines or not rights:
            return None
        for one in [*mines]:
            for other in rights:
                if one.is_equal(other):
                    mines.remove(one)
                    rights.remove(other)
                    break
        if len(mines) > _PAIRED or len(rights) > _PAIRED:
            return None
        best: list[Found] | None = None
        count = min(len(mines), len(rights))
        for chosen in itertools.permutations(range(len(mines)), count):
            for others in itertools.combinations(range(len(rights)), count):
                found: list[Found] = []
                for a, b in zip(chosen, others, strict=True):
                    here = self._compared(
                        mines[a].number,
                        mines[a].factors,
                        rights[b].number,
                        rights[b].factors,
                        mine,
                        right,
                        symbol,
                        depth,
                    )
                    if here is None:
                        break
                    found += here
                else:
                    left = [each for place, each in enumerate(mines) if place not in chosen]
                    rest = [each for place, each in enumerate(rights) if place not in others]
                    if all(self._is_of_here(part) for each in left for part, _ in each.factors):
                        found += [_found("summand", WORDS["summand"], symbol, mine, part=each.text) for each in rest]
                        found += [_found("summand", _PART_TOO_MANY, symbol, mine, part=each.text) for each in left]
                        if best is None or len(found) < len(best):
                            best = found
        return best

    # ---- matrix products, sums along axes, and what is alike ------------------------------------------------------------

    def _matrices(self, mine: _Part, right: _Part, symbol: str, depth: int) -> list[Found] | None:
        """Both are matrix products, one factor of which both have."""
        mine, right = self._unviewed(mine), self._unviewed(right)
        one, other = mine.made, right.made
        if one is None or other is None or {one.primitive.name, other.primitive.name} - {*_PRODUCTS}:
            return None
        parts = [self._part(part.form, each) for part, made in ((mine, one), (right, other)) for each in made.inputs]
        found = self._factors_of_matrices(parts, mine, symbol, depth)
        numbers, inner = zip(*map(self._unscaled, parts), strict=True)
        ratio = numbers[0] * numbers[1] / (numbers[2] * numbers[3])
        if any(a is not b for a, b in zip(parts, inner, strict=True)) and (found is None or _count(found) > 1):
            less = self._factors_of_matrices(inner, mine, symbol, depth)
            if less is not None and not math.isclose(ratio, 1.0, rel_tol=_SAME):
                scaled = self._scale(ratio, symbol, right, mine)
                less = None if scaled is None else [*less, scaled]
            if less and (found is None or _count(less) < _count(found)):
                return less
        return found or None

    def _factors_of_matrices(self, parts: Sequence[_Part], mine: _Part, symbol: str, depth: int) -> list[Found] | None:
        """Two factors of the learner's, and two of the derivative's."""
        a, b, c, d = parts
        for (left, first), (rest, second) in (((a, c), (b, d)), ((b, d), (a, c)), ((a, d), (b, c)), ((b, c), (a, d))):
            if _equal(left, first):
                if _equal(rest, second):
                    turned = next((y for x, y in ((left, first), (rest, second)) if not _as_it_is(x, y)), None)
                    if turned is None:
                        return (
                            [] if (left, first) in ((a, c), (b, d)) else [_found("order", WORDS["order"], symbol, mine)]
                        )
                    words = {"factor": _short(turned.text)}
                    return [_found("transpose", WORDS["transpose"], symbol, mine, **words)]
                inner = self._aligned(rest, second, symbol, depth)
                if inner is None and (self._is_right(rest) or not self._is_error(second)):
                    inner = self._instead([_Factor(rest, 1.0)], [_Factor(second, 0.0, 1.0)], symbol, mine, True)
                if inner is not None:
                    return inner
        for (left, first), (rest, second) in (((a, c), (b, d)), ((a, d), (b, c))):
            one_side = self._aligned(left, first, symbol, depth)
            other_side = self._aligned(rest, second, symbol, depth) if one_side else None
            if one_side and other_side:
                return [*one_side, *other_side]
        return None

    def _unscaled(self, part: _Part) -> tuple[float, _Part]:
        """What a part is a number times."""
        number, made = 1.0, part.made
        while made is not None and made.primitive.name in ("negative", "multiply", "divide"):
            scalars = [each for each in made.inputs if isinstance(each, Constant) and np.size(each.value) == 1]
            if made.primitive.name == "negative":
                number, part = -number, self._part(part.form, made.inputs[0])
            elif len(scalars) == 1 and (made.primitive.name == "multiply" or scalars[0] is made.inputs[1]):
                value = float(np.real(np.ravel(scalars[0].value)[0]))
                number *= value if made.primitive.name == "multiply" else 1 / value
                part = self._part(part.form, next(each for each in made.inputs if each is not scalars[0]))
            else:
                break
            made = part.made
        return number, part

    def _is_error(self, right: _Part) -> bool:
        """Whether a part is made on the way back; that it is wrong says nothing yet."""
        number = self.form.made_at.get(right.operand.name) if isinstance(right.operand, Symbol) else None
        return number is not None and number in self.form.backward

    def _unviewed(self, part: _Part) -> _Part:
        """What a part is another view of."""
        while (made := part.made) is not None and _is_view(made):
            part = self._part(part.form, made.inputs[0])
        return part

    def _reductions(self, mine: _Part, right: _Part, symbol: str, depth: int) -> list[Found] | None:
        """Sums and means: left out, along another axis, one for the other."""
        mine, right = self._unviewed(mine), self._unviewed(right)
        one, other = mine.made, right.made
        names = ("sum", "mean")
        if other is None or other.primitive.name not in names:
            return None
        inner = self._part(right.form, other.inputs[0])
        if one is None or one.primitive.name not in names:
            if _equal(mine, inner):
                return [_found("unsummed", WORDS["unsummed"], symbol, mine)]
            return None
        summed = self._part(mine.form, one.inputs[0])
        axis, wanted = (dict(each.params).get("axis") for each in (one, other))
        found = self._aligned(summed, inner, symbol, depth)
        if found is None and one.primitive.name == other.primitive.name and axis == wanted:
            return None
        if not found and found is not None and one.primitive.name == other.primitive.name:
            words = {"axis": "all" if axis is None else axis}
            return [_found("axis", WORDS["axis"], symbol, mine, **words)]
        if not found and found is not None and axis == wanted:
            which = "mean" if one.primitive.name == "mean" else "divisor"
            words = {"factor": str(np.size(summed.values[0]) // max(np.size(mine.values[0]), 1))}
            return [_found(which, WORDS[which], symbol, mine, **words)]
        return found if one.primitive.name == other.primitive.name and axis == wanted else None

    def _alike(self, mine: _Part, right: _Part, symbol: str, depth: int) -> list[Found] | None:
        """The same operation on other operands; or another function, or none, of the same number."""
        one, other = mine.made, right.made
        if (
            one is not None
            and one.primitive.name in ("astype", "trunc", "floor")
            and _equal(self._part(mine.form, one.inputs[0]), right)
        ):
            return [_found("integers", _WHOLE, symbol, mine)]
        if one is not None and other is not None and one.primitive is other.primitive and one.params == other.params:
            if len(one.inputs) == len(other.inputs):
                found: list[Found] = []
                for a, b in zip(one.inputs, other.inputs, strict=True):
                    here = self._aligned(self._part(mine.form, a), self._part(right.form, b), symbol, depth)
                    if here is None and len(one.inputs) == 1:
                        here = self._instead(
                            [_Factor(self._part(mine.form, a), 1.0)],
                            [_Factor(self._part(right.form, b), 0.0, 1.0)], symbol, mine, True,
                        )  # fmt: skip
                    if here is None:
                        return None
                    bent = one.primitive.elementwise and one.primitive.name not in ("negative", "multiply", "divide")
                    found += [replace(each, ratio=1.0, within=True) for each in here] if bent else here
                return found or None
            return None
        if other is None or not other.primitive.elementwise or len(other.inputs) != 1:
            return None
        inner = self._part(right.form, other.inputs[0])
        if _equal(mine, inner) and not _is_view(other):
            return [_found("function", WORDS["function"], symbol, mine, function=right.text)]
        return None


def _is_guessed(found: Sequence[Found]) -> bool:
    """Whether several unknown things stand where others belong: then it is another formula altogether."""
    return _count(each for each in found if not each.known) > 1


def _contradictory(found: Sequence[Found]) -> bool:
    """Whether something is left out and something else too many in one symbol: then it is another formula altogether."""
    kinds = [
        {each.symbol for each in found if each.said.template in templates}
        for templates in (_LEFT_OUT, _TOO_MANY, (INSTEAD.template,))
    ]
    return any(one & other for one, other in itertools.combinations(kinds, 2))


def _found(name: str, words: Message, symbol: str, part: _Part, /, **values: object) -> Found:
    said = message(words.template, "", **{"symbol": symbol, **values})
    own = rf"([^a-zA-Z_]*){re.escape(symbol.removeprefix('dC_d'))}([^a-zA-Z_]*)"  # 0.1 * w1 in dC_dw1
    texts = (re.sub(own, r"\1@\2", str(value)) if re.fullmatch(rf"(?=.*\W){own}", str(value)) else str(value)
             for place, value in values.items() if place != "symbols")  # fmt: skip
    return Found(
        name, symbol, said, (name, words.template, *(re.sub(r"\d+", "", each) for each in texts)), (part.values[0],)
    )


def _once(found: Iterable[Found]) -> list[Found]:
    """Each mistake once, though it was met on several ways; a part that is left out and too many is at the wrong place."""
    once = list({(each.name, each.symbol, str(each.said)): each for each in found}.values())
    for one in once:
        for other in once:
            part = one.said.values.get("part")
            kinds = (one.said.template, other.said.template)
            if kinds == (_PART_TOO_MANY.template, WORDS["summand"].template) and part == other.said.values["part"]:
                said = message(_TOO_EARLY.template, "", symbol=other.symbol, part=part)
                moved = replace(other, said=said, habit=(_TOO_EARLY.template, part))
                return _once([moved, *(each for each in once if each.said.values.get("part") != part)])
    return once


def _count(found: Iterable[Found]) -> int:
    """How many mistakes these are: one that is made in several symbols is one."""
    return len({each.habit for each in found})


def _left_out(each: _Factor, symbol: str, mine: _Part, right: _Part) -> Found:
    words = "factor" if each.right > 0 else "divisor"
    rule = right.made.origin.rule if right.made is not None else ""
    name = "slope" if rule in SLOPED and each.right > 0 and each.part.made is not None else words
    return _found(name, WORDS[words], symbol, mine, factor=_written([(each.part, abs(each.right))]))


def _too_many(extra: Sequence[_Factor], symbol: str, mine: _Part) -> list[Found]:
    above = [(each.part, each.mine) for each in extra if each.mine > 0]
    below = [(each.part, -each.mine) for each in extra if each.mine < 0]
    found = [_found("again", _FACTOR_TOO_MANY, symbol, mine, factor=_written(above))] if above else []
    return [*found, _found("divided", _DIVISOR_TOO_MANY, symbol, mine, factor=_written(below))] if below else found


def _otherwise(each: _Factor, symbol: str, mine: _Part) -> Found:
    """A factor that both have, one of them oftener."""
    factor, more = each.part.text, each.mine - each.right
    if each.mine * each.right < 0:
        name = "divided" if each.mine < 0 else "multiplied"
    elif each.mine == 2 * each.right:
        name = "twice"
    elif abs(each.mine) > abs(each.right):
        return _too_many([replace(each, mine=more)], symbol, mine)[0]
    else:
        name = "factor" if each.right > 0 else "divisor"
        factor = _written([(each.part, abs(more))])
    return _found(name, WORDS[name], symbol, mine, factor=factor)


def _item(items: list[_Factor], part: _Part) -> _Factor:
    for each in items:
        if _equal(each.part, part):
            return each
    items.append(_Factor(part))
    return items[-1]


def _taken_away(extra: list[_Factor], missing: list[_Factor], again: list[_Factor]) -> float:
    """Take away factors of the one whose product is, but for a number, that of factors of the other; the number.

    What both have, one of them oftener, is taken away from as well.
    """
    oftener = [each for each in again if each.mine * each.right > 0]
    for each in oftener:
        more = each.mine - each.right
        several = extra if more * each.mine > 0 else missing
        several.append(_Factor(each.part, more) if several is extra else _Factor(each.part, 0.0, -more))
    ratio = _divided(extra, missing)
    for each in oftener:
        left = [one for one in (*extra, *missing) if one.part is each.part]
        if sum(one.mine - one.right for one in left) == each.mine - each.right:
            extra[:] = [one for one in extra if one not in left]
            missing[:] = [one for one in missing if one not in left]
        else:
            again.remove(each)
    return ratio


def _divided(extra: list[_Factor], missing: list[_Factor]) -> float:
    ratio = 1.0
    for several in (extra, missing):
        for each in [*several]:
            times = each.mine or each.right
            if times == int(times) and abs(times) > 1:  # some of them may be enough
                several.remove(each)
                unit = math.copysign(1.0, times)
                split = (unit, 0.0) if each.mine else (0.0, unit)
                several += [_Factor(each.part, *split) for _ in range(abs(int(times)))]
    for count, others in ((1, 1), (2, 1), (1, 2), (3, 1), (2, 2), (1, 3)):
        for mine in itertools.combinations(extra, count):
            for right in itertools.combinations(missing, others):
                if any(each not in extra for each in mine) or any(each not in missing for each in right):
                    continue
                number = _proportion(mine, right)
                if number:
                    ratio *= number
                    extra[:] = [each for each in extra if each not in mine]
                    missing[:] = [each for each in missing if each not in right]
    return ratio


def _proportion(mine: Sequence[_Factor], right: Sequence[_Factor]) -> float:
    """By which number products differ, the same on all inputs; 0 if they differ otherwise."""
    ratios = []
    for probe in range(len(mine[0].part.values)):
        with np.errstate(all="ignore"):
            try:
                one = _multiplied([(each.part.values[probe], each.mine) for each in mine])
                other = _multiplied([(each.part.values[probe], each.right) for each in right])
            except ValueError:
                return 0.0
        if np.size(one) < 2 or _sizes(one.shape) != _sizes(other.shape):
            return 0.0
        if one.shape != other.shape:
            other = other.T if one.shape == other.shape[::-1] else other.reshape(one.shape)
        one, other = np.ravel(one), np.ravel(other)
        square = float(other @ other)
        if not square or not np.isfinite(square) or np.ptp(other) == 0:
            return 0.0
        ratio = float(one @ other) / square
        if not np.all(np.abs(one - ratio * other) <= _SAME * max(float(np.max(np.abs(one))), 1e-12)):
            return 0.0
        ratios.append(ratio)
    return ratios[0] if all(math.isclose(each, ratios[0], rel_tol=_SAME) for each in ratios) else 0.0


def _multiplied(factors: Sequence[tuple[Any, float]]) -> Any:
    made: Any = np.array(1.0)
    for value, exponent in factors:
        made = made * np.power(np.asarray(value, dtype=float), exponent)
    return made


def _written(factors: Sequence[tuple[_Part, float]]) -> str:
    """A product as Python."""
    above = [_power(part, exponent) for part, exponent in factors if exponent > 0]
    below = [_power(part, -exponent) for part, exponent in factors if exponent < 0]
    text = " * ".join(above) or "1"
    return _short(f"{text} / {' / '.join(below)}" if below else text)


def _power(part: _Part, exponent: float) -> str:
    text = part.text
    simple = text.replace("_", "").isalnum()
    if exponent == 1:
        return text if simple or (text.endswith(")") and "(" in text.split(" ")[0]) else f"({text})"
    return f"{text if simple else f'({text})'} ** {exponent:g}"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:50].rstrip()} …"


def _exponent(made: Equation) -> float | None:
    """The exponent of a power that is a number."""
    name = made.primitive.name
    if name == "power":
        last = made.inputs[-1]
        return float(np.real(np.asarray(last.value))) if isinstance(last, Constant) and not last.shape else None
    return {"square": 2.0, "sqrt": 0.5, "reciprocal": -1.0}.get(name)


def _is_view(made: Equation) -> bool:
    """Whether the same numbers stand there in another order, or of another kind."""
    kinds = made.inputs[0].value if isinstance(made.inputs[0], Constant) else made.inputs[0]
    converted = made.primitive.name == "astype" and (
        made.target.dtype.kind == "f" or getattr(kinds, "dtype", np.dtype(float)).kind in "bi"
    )
    return made.primitive.name in _VIEWS or converted


def _is_zero(operand: Operand) -> bool:
    return isinstance(operand, Constant) and not np.any(operand.value)


def _is_made(part: _Part) -> bool:
    """Whether a part is made of the arguments, and not of arrays from elsewhere."""
    made = part.made
    if made is None:
        return isinstance(part.operand, Symbol) or not part.operand.shape
    return all(_is_made(_Part(part.form, each, (), part.form.equation_of(each))) for each in made.inputs)


def _sizes(shape: Sequence[Any]) -> list[int]:
    """The sizes that are not 1, in any order: rows may be columns."""
    return sorted(int(size) for size in shape if size != 1)


def _equal(one: _Part, other: _Part) -> bool:
    """Whether the numbers are the same, perhaps in rows instead of columns."""
    if one.sizes != other.sizes or not math.isclose(one.weight, other.weight, rel_tol=1e-5, abs_tol=1e-12):
        return False
    return all(agree(a, b) for a, b in zip(one.values, other.values, strict=True))


def _is_negative(one: _Part, other: _Part) -> bool:
    """Whether the numbers are the same but for the sign."""
    if one.sizes != other.sizes or not math.isclose(one.weight, other.weight, rel_tol=1e-5, abs_tol=1e-12):
        return False
    return all(agree(-np.asarray(a), b) for a, b in zip(one.values, other.values, strict=True))


def agree(a: Any, b: Any) -> bool:
    """Whether the numbers are the same, perhaps in rows instead of columns."""
    a, b = np.asarray(a), np.asarray(b)
    if _sizes(a.shape) != _sizes(b.shape):
        return False
    if a.shape == b.shape and _close(a, b):
        return True
    a, b = np.squeeze(a), np.squeeze(b)
    return (a.shape == b.shape and _close(a, b)) or (a.ndim == 2 and a.shape == b.shape[::-1] and _close(a, b.T))


def _close(a: Any, b: Any) -> bool:
    largest = max(float(np.max(np.abs(b), initial=0.0)), 1e-12)
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(np.subtract(a, b, dtype=float)) <= _SAME * largest))


def _as_it_is(one: _Part, other: _Part) -> bool:
    """Whether the numbers are the same, rows as rows."""
    return all(np.shape(a) == np.shape(b) and _close(a, b) for a, b in zip(one.values, other.values, strict=True))


UPDATED = message("{symbol} is made with {weight} as it is after the step, where {weight} before it belongs.")
_TOO_EARLY = message("{part} is added too early in {symbol}: to what is multiplied, not to the result.")
_WHOLE = message("{symbol} is cut to whole numbers.")
_PART_TOO_MANY = message("{symbol} has a part too many: {part}.")
_FACTOR_TOO_MANY = message("{symbol} has a factor too many: {factor}.")
_DIVISOR_TOO_MANY = message("{symbol} is divided by {factor}, which it should not be.")
_LEFT_OUT = tuple(WORDS[name].template for name in ("factor", "divisor", "summand"))
_TOO_MANY = (_PART_TOO_MANY.template, _FACTOR_TOO_MANY.template, _DIVISOR_TOO_MANY.template)
