"""An explanation: a recording that answers questions, and prints on a terminal and in a notebook."""

from __future__ import annotations

import io
from dataclasses import dataclass

from ..core.nouns import Array
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

    # ---- what a learner asks -----------------------------------------------------------------------------------------

    def value_of(self, layer: int, neuron: int) -> questions.Value:
        """Why this neuron has its value: its largest contributions w_jk a_k."""
        return questions.value_of(self, layer, neuron)

    def why(self, this: int | None = None, other: int | None = None) -> questions.Evidence:
        """Why this answer and not the other: evidence by neuron and by pixel."""
        return questions.why(self, this, other)

    def blame(self, layer: int, neuron: int) -> questions.Blame:
        """Where the error δ of this neuron comes from."""
        return questions.blame(self, layer, neuron)

    def one_step(self, others: tuple[Array, Array] | None = None) -> questions.Change:
        """What one step of learning changes, here and on other images (n × n1 activations, n classes)."""
        return questions.one_step(self, others)

    def proof(self, symbol: str | None = None, index: tuple[int, ...] | None = None) -> measures.Proof:
        """Is this gradient right? The derivative beside a finite difference."""
        return measures.proof(self, symbol, index)

    def layers(self) -> tuple[questions.LayerState, ...]:
        """Which neurons are saturated, and how ‖δ‖ changes layer by layer."""
        return questions.layers(self)
