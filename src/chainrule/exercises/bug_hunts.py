"""Chapter 6: programs with one mistake, to be found and mended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..core.messages import message
from ..practice.exercise import Exercise
from ..practice.judging import Verdict
from ..show.language import Language, say
from . import five_steps, layers, training


@dataclass(frozen=True, repr=False)
class BugHunt(Exercise):
    """A program with a mistake.

    Attributes:
        planted: What stands in the solution, and what stands there instead.
    """

    planted: tuple[str, str] = ("", "")

    def check(self, mine: Callable[..., Any]) -> Verdict:
        """Check the mended function. Which mistake it is stays untold, only which symbol is wrong.

        Args:
            mine: The function.

        Returns:
            Whether it is right.
        """
        found = super().check(mine)
        if found.ok or not found.mistakes:
            return found
        symbol = self.judge.first_wrong(mine) or found.mistakes[0].symbol
        said = message(
            "There still is a mistake; the first line whose numbers are wrong is {symbol} = …", symbol=symbol
        )
        return Verdict(ok=False, mistakes=found.mistakes, said=(said, found.said[-1]))

    def _asked(self, language: Language) -> Iterator[str]:
        yield say(language, "This program has one mistake. Find it, mend it, and save.")

    def _blanked(self) -> list[str]:
        right, wrong = self.planted
        lines = self.solution.rstrip("\n").split("\n")
        place = max(number for number, line in enumerate(lines) if right in line)
        code, mark, comment = lines[place].partition("  # ")
        width = len(code)  # a comment that is moved would give it away
        lines[place] = (code.replace(right, wrong, 1).rstrip().ljust(width) if mark else code) + mark + comment
        return lines


def _hunt(name: str, why: Any, of: Exercise, planted: tuple[str, str], *hints: Any) -> BugHunt:
    return BugHunt(name, why, of.function, of.given, of.of, hints, planted)


_KNOWN = {each.name: each for chapter in (five_steps, training, layers) for each in chapter.EXERCISES}

TITLE = message("Bug hunts")
EXERCISES: tuple[Exercise, ...] = (
    _hunt(
        "hunt_slope",
        message("Backpropagation through two layers, which learns, but not as well as it should."),
        _KNOWN["backprop"],
        ("sigmoid_prime(z2)", "sigmoid_prime(a2)"),
        message("All dimensions are right. Compare each line with its step."),
        message("δ³ is right. What does δ² need of layer 2?"),
        message("The slope of σ is taken at the weighted input z, not at the activation."),
    ),
    _hunt(
        "hunt_batch",
        message("The mean over a batch, where the biases learn five times too slowly."),
        _KNOWN["mean"],
        ("np.sum(δ_z", "np.mean(δ_z"),
        message("Five is the number of examples."),
        message("How often is the bias's gradient divided by m?"),
        message("δ_z has 1/m in it already: its columns are added up, with np.sum."),
    ),
    _hunt(
        "hunt_axis",
        message("Back through softmax, where the error leaks from one example to another."),
        _KNOWN["softmax"],
        ("(r - np.sum(r * p, axis=1", "(r - np.sum(r * p, axis=0"),
        message("Each row is an example. What may one row know of another?"),
        message("The way forward is right. Look at the sum on the way back."),
        message("The sum runs over each row: axis=1."),
    ),
    _hunt(
        "hunt_adam",
        message("Adam, whose first steps are far too large."),
        _KNOWN["adam"],
        ("np.sqrt(v_hat)", "np.sqrt(new_v)"),
        message("Both running means begin at 0, and are corrected for it."),
        message("One of the two corrected means is not used."),
        message("The step divides by the root of v_hat, not of new_v."),
    ),
)
