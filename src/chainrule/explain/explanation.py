"""An explanation: a recording that answers questions, and prints on a terminal and in a notebook."""

from __future__ import annotations

import io
from dataclasses import dataclass

from ..show.language import preferred
from ..show.screen import Screen
from . import measures, questions
from .document import fragment
from .recording import Recording
from .terminal import draw


@dataclass(frozen=True, eq=False, repr=False)
class Explanation(Recording):
    """Backpropagation on one example or a batch, recorded: its steps, their lines and values, and answers to questions.

    `Recording` describes its data.
    """

    def __str__(self) -> str:
        """The whole explanation as on a terminal of 80 columns, in the reader's language, without colors."""
        page = io.StringIO()
        draw(self, Screen(page, width=80, depth="none"), preferred())
        return page.getvalue()

    def __repr__(self) -> str:
        """One line: what it explains, and how to read it."""
        what = self.name or f"{list(self.sizes)}"
        return (
            f"<Explanation of {what}, {len(list(self.lines))} lines in {len(self.steps)} steps; print it to read them>"
        )

    def _repr_html_(self) -> str:
        """The explanation for notebooks, in the reader's language, without a script."""
        return fragment(self)

    value_of = questions.value_of
    why = questions.why
    blame = questions.blame
    one_step = questions.one_step
    proof = measures.proof
    layers = questions.layers
