"""Which of a network's mistakes is shown where none is named: one from which a step of learning is seen to learn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

from . import questions
from .recording import Recording

_FALL, _RISE = 0.1, 0.05  # of the cost, as a share of it; of the right answer's activation
_TRIED = 50


def instructive(explain: Callable[[int], Recording], mistakes: Iterable[int]) -> int:
    """The place among `mistakes`, which has at least one, of the first from which a step visibly learns.

    That is: the step lowers the cost by a tenth or more, and raises the activation of the right answer by 0.05 or more.
    `explain` gives the recording of a mistake, with its label. Where none of the first 50 is such a mistake, it is the one
    of them whose cost falls by the largest share.
    """
    falls = []
    for place, mistake in enumerate(islice(mistakes, _TRIED)):
        made = explain(mistake)
        step, truth = questions.one_step(made), made.label
        assert truth is not None
        before, after = step.cost
        fall = (before - after) / abs(before) if before else 0.0
        if fall >= _FALL and float(step.activations[1][truth] - step.activations[0][truth]) >= _RISE:
            return place
        falls.append(fall)
    return falls.index(max(falls))
