"""Factors of two products: what both have is taken away, and what is left is compared, but for a number."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from .parts import SAME, Factor, Part, equal, multiplied, sizes_of


def factor_of(items: list[Factor], part: Part) -> Factor:
    """The factor that is this part; a new one if there is none yet."""
    for each in items:
        if equal(each.part, part):
            return each
    items.append(Factor(part))
    return items[-1]


def taken_away(extra: list[Factor], missing: list[Factor], again: list[Factor]) -> float:
    """Take away factors of the one whose product is, but for a number, that of factors of the other; the number.

    What both have, one of them oftener, is taken away from as well.
    """
    oftener = [each for each in again if each.mine * each.right > 0]
    for each in oftener:
        more = each.mine - each.right
        several = extra if more * each.mine > 0 else missing
        several.append(Factor(each.part, more) if several is extra else Factor(each.part, 0.0, -more))
    ratio = _divided(extra, missing)
    for each in oftener:
        left = [one for one in (*extra, *missing) if one.part is each.part]
        if sum(one.mine - one.right for one in left) == each.mine - each.right:
            extra[:] = [one for one in extra if one not in left]
            missing[:] = [one for one in missing if one not in left]
        else:
            again.remove(each)
    return ratio


def _divided(extra: list[Factor], missing: list[Factor]) -> float:
    ratio = 1.0
    for several in (extra, missing):
        for each in [*several]:
            times = each.mine or each.right
            if times == int(times) and abs(times) > 1:  # some of them may be enough
                several.remove(each)
                unit = math.copysign(1.0, times)
                split = (unit, 0.0) if each.mine else (0.0, unit)
                several += [Factor(each.part, *split) for _ in range(abs(int(times)))]
    for count, others in ((1, 1), (2, 1), (1, 2), (3, 1), (2, 2), (1, 3)):
        for mine in itertools.combinations(extra, count):
            for right in itertools.combinations(missing, others):
                if any(each not in extra for each in mine) or any(each not in missing for each in right):
                    continue
                number = proportion(mine, right)
                if number:
                    ratio *= number
                    extra[:] = [each for each in extra if each not in mine]
                    missing[:] = [each for each in missing if each not in right]
    return ratio


def proportion(mine: Sequence[Factor], right: Sequence[Factor]) -> float:
    """By which number products differ, the same on all inputs; 0 if they differ otherwise."""
    ratios = []
    for probe in range(len(mine[0].part.values)):
        with np.errstate(all="ignore"):
            try:
                one = multiplied([(each.part.values[probe], each.mine) for each in mine])
                other = multiplied([(each.part.values[probe], each.right) for each in right])
            except ValueError:
                return 0.0
        if np.size(one) < 2 or sizes_of(one.shape) != sizes_of(other.shape):
            return 0.0
        if one.shape != other.shape:
            other = other.T if one.shape == other.shape[::-1] else other.reshape(one.shape)
        one, other = np.ravel(one), np.ravel(other)
        square = float(other @ other)
        if not square or not np.isfinite(square) or np.ptp(other) == 0:
            return 0.0
        ratio = float(one @ other) / square
        if not np.all(np.abs(one - ratio * other) <= SAME * max(float(np.max(np.abs(one))), 1e-12)):
            return 0.0
        ratios.append(ratio)
    return ratios[0] if all(math.isclose(each, ratios[0], rel_tol=SAME) for each in ratios) else 0.0
