"""What a learner asks of an explanation, on a terminal: each answer a title, a sentence, and a table or a picture."""

from __future__ import annotations

import numpy as np

from ..core.nouns import Array
from ..program.symbol_names import symbol_text
from ..show.cells import grid
from ..show.language import Language, say
from ..show.numbers import figure, small
from ..show.screen import Cell, Screen
from ..show.screen import Line as Spans
from . import questions
from .questions import Part
from .recording import Recording
from .terminal import Page, shown_image

_MOST = 8  # parts of a sum that are listed
QUESTIONS = ("value", "why", "blame", "one_step", "proof", "layers")


def answer(
    made: Recording,
    question: str,
    screen: Screen,
    language: Language = "en",
    pair: tuple[int, int] | None = None,
    others: tuple[Array, Array] | None = None,
) -> None:
    """Write the answer to one of `QUESTIONS`. `pair` are the two answers of `why`, `others` the other images of `one_step`.

    Questions about a neuron are about the chosen one of the last hidden layer, or of the layer that was chosen.
    """
    sheet = _Sheet(made, screen, language)
    if question == "why":
        sheet.why(pair)
    elif question == "one_step":
        sheet.one_step(others)
    else:
        {"value": sheet.value, "blame": sheet.blame, "proof": sheet.proof, "layers": sheet.layers}[question]()


class _Sheet:
    def __init__(self, made: Recording, screen: Screen, language: Language):
        self.made, self.screen, self.language = made, screen, language

    def say(self, key: str, **values: object) -> str:
        return say(self.language, f"explain.{key}", **values)

    def title(self, text: str) -> None:
        """A question, over its answer."""
        self.screen.line()
        self.screen.text((text, "bold"))

    def sentence(self, text: str) -> None:
        self.screen.text((text, "ink2"), indent=3)
        self.screen.line()

    # ---- about a neuron ----------------------------------------------------------------------------------------------

    def value(self) -> None:
        """The largest products of a neuron, their sum, its bias, z and a."""
        made, layer, neuron = self.made, *self.made.chosen
        found = questions.value_of(made, layer, neuron)
        self.title(self.say("value_title", symbol=f"{symbol_text(f'a{layer}')}[{neuron}]", value=figure(found.a)))
        self.sentence(self.say("value_say", neuron=neuron, layer=layer, count=f"{len(found.parts):,}"))
        w, a = symbol_text(f"w{layer}"), symbol_text(f"a{layer - 1}")
        rows = [
            self._part(part, f"{w}[{neuron},{part.neuron}]", f"{a}[{part.neuron}]", layer - 1)
            for part in found.parts[:_MOST]
        ]
        rows += self._rest(found.parts)
        rows.append(
            [
                [],
                "",
                "",
                [(f"{symbol_text(f'b{layer}')}[{neuron}]", "b bold")],
                "=",
                (figure(found.bias, sign=True), "b"),
            ]
        )
        z = f"{symbol_text(f'z{layer}')}[{neuron}]"
        rows.append([[], "", "", [(z, "z bold")], "=", (figure(found.z, sign=True), "z bold")])
        rows.append(
            [
                [],
                "",
                "",
                [(f"{symbol_text(f'a{layer}')}[{neuron}]", "a bold")],
                "=",
                (figure(found.a), "a bold"),
            ]
        )
        self.screen.table(rows, ">^>>^>", gap=1, indent=3)

    def _part(self, part: Part, weight: str, value: str, layer: int) -> list[Cell]:
        """A product w × a, or w × δ, and where it comes from."""
        color = "d" if value.startswith("δ") else "a"
        image = shown_image(self.made)
        if layer == 1 and image is not None:
            row, column = divmod(part.neuron, image.shape[1])
            where = self.say("value_pixel", row=row, column=column)
        else:
            where = self.say("value_neuron", neuron=part.neuron, layer=layer)
        symbols: Spans = [(weight, "w bold"), " × ", (value, f"{color} bold")]
        numbers: Spans = [(figure(part.weight, 2), "w"), " × ", (_bracketed(part.value), color)]
        return [symbols, "=", "", numbers, "=", figure(part.product, sign=True), (where, "ink3")]

    def _rest(self, parts: tuple[Part, ...]) -> list[list[Cell]]:
        rest = [part.product for part in parts[_MOST:]]
        rows: list[list[Cell]] = []
        if rest:
            rows.append(
                [[], "", "", (self.say("others", count=f"{len(rest):,}"), "ink3"), "", figure(sum(rest), sign=True)]
            )
        rows.append(
            [[], "", "", (self.say("sum"), "ink3"), "=", (figure(sum(p.product for p in parts), sign=True), "bold")]
        )
        return rows

    def blame(self) -> None:
        """What flows back to a neuron, the slope, and its error."""
        made, layer, neuron = self.made, *self.made.chosen
        found = questions.blame(made, layer, neuron)
        symbol = f"{symbol_text(f'δ{layer}')}[{neuron}]"
        self.title(self.say("blame_title", symbol=symbol, value=figure(found.delta)))
        rows: list[list[Cell]] = []
        if found.parts:
            self.sentence(self.say("blame_say", after=layer + 1))
            w, d = symbol_text(f"w{layer + 1}"), symbol_text(f"δ{layer + 1}")
            rows += [
                self._part(p, f"{w}[{p.neuron},{neuron}]", f"{d}[{p.neuron}]", layer + 1) for p in found.parts[:_MOST]
            ]
            rows += self._rest(found.parts)
        elif found.slope is not None:
            self.sentence(self.say("blame_output"))
            rows.append([[], "", "", [(f"∇ₐC[{neuron}]", "g bold")], "=", (figure(found.total, sign=True), "g")])
        else:
            self.sentence(self.say("blame_direct"))
        if found.slope is not None:
            rows.append([[], "", "", (self.say("blame_slope"), "ink3"), "×", figure(found.slope)])
        rows.append([[], "", "", [(symbol, "d bold")], "=", (figure(found.delta, sign=True), "d bold")])
        self.screen.table(rows, ">^>>^>", gap=1, indent=3)

    # ---- about the answer --------------------------------------------------------------------------------------------

    def why(self, pair: tuple[int, int] | None) -> None:
        """What each neuron says for one answer and for the other, and each pixel."""
        made = self.made
        found = questions.why(made, *(pair or ()))
        this, other, before = found.this, found.other, len(made.sizes) - 1
        self.title(self.say("why_title", this=this, other=other))
        self.sentence(self.say("why_say", layer=before, this=this, other=other))
        a = symbol_text(f"a{before}")
        heads = [
            self.say("why_neuron"),
            a,
            self.say("why_for", digit=this),
            self.say("why_for", digit=other),
            self.say("why_difference"),
        ]
        rows: list[list[Cell]] = [[(head, "a bold" if head == a else "ink3") for head in heads]]
        for vote in found.votes[:_MOST]:
            said = (figure(each, 2, sign=True) for each in (vote.this, vote.other))
            rows.append([str(vote.neuron), (figure(vote.activation), "a"), *said, _leaning(vote.difference)])
        rest = found.votes[_MOST:]
        if rest:
            sums = (sum(vote.this for vote in rest), sum(vote.other for vote in rest))
            name = (self.say("others", count=f"{len(rest):,}"), "ink3")
            rows.append([name, "", *(figure(each, 2, sign=True) for each in sums), _leaning(sums[0] - sums[1])])
        biases = (figure(each, 2, sign=True) for each in found.biases)
        rows.append([(self.say("why_bias"), "b bold"), "", *biases, _leaning(found.biases[0] - found.biases[1])])
        z = symbol_text(f"z{before + 1}")
        inputs: list[Cell] = [(figure(each, 2, sign=True), "z bold") for each in found.z]
        rows.append([(z, "z bold"), "", *inputs, _leaning(found.z[0] - found.z[1])])
        outputs: list[Cell] = [(figure(each), "a bold") for each in found.a]
        rows.append([(symbol_text(f"a{before + 1}"), "a bold"), "", *outputs])
        self.screen.table(rows, "<>>>>", gap=3, indent=3)
        self._pixels(found.pixels, this, other)

    def _pixels(self, pixels: Array, this: int, other: int) -> None:
        image = shown_image(self.made)
        if image is None or 2 * image.shape[1] + 3 > self.screen.width:
            return
        exact = self.say("why_exact" if len(self.made.sizes) == 2 else "why_first_order")
        self.screen.line()
        self.screen.text((self.say("why_pixels", this=this, other=other, exact=exact), "ink2"), indent=3)
        rows = np.flatnonzero(image.max(axis=1) > 0)
        part = pixels.reshape(image.shape)[rows[0] : rows[-1] + 1] if len(rows) else pixels.reshape(image.shape)
        for line in grid(self.screen, part):
            self.screen.line("   ", *line)

    # ---- about learning ----------------------------------------------------------------------------------------------

    def one_step(self, others: tuple[Array, Array] | None) -> None:
        """Cost, answers and the other images before and after one step."""
        made = self.made
        found = questions.one_step(made, others)
        self.title(self.say("step_title", rate=f"{made.learning_rate:g}"))
        self.screen.line()
        Page(made, self.screen, self.language).change(found, most=4)
        if found.others:
            self.screen.line()
            text = self.say(
                "step_others_own" if made.classes else "step_others",
                total=f"{found.others:,}",
                before=f"{found.right[0]:,}",
                after=f"{found.right[1]:,}",
                gained=f"{found.became_right:,}",
                lost=f"{found.became_wrong:,}",
            )
            self.screen.text(text, indent=3)
            if found.became_wrong:
                self.screen.text((self.say("step_moral"), "ink2"), indent=3)

    def proof(self) -> None:
        """A derivative beside its measurement."""
        made = self.made
        layer = made.chosen[0] if made.architecture is not None else 0
        found = questions.proof(made, f"w{layer}" if layer else None)
        index = f"[{','.join(map(str, found.index))}]" if found.index else ""
        parameter = symbol_text(found.symbol) + index
        gradient = symbol_text(f"dC_d{found.symbol}") + index
        self.title(self.say("proof_title", symbol=gradient))
        self.sentence(self.say("proof_say", parameter=parameter, step="0.00001"))
        step = "0.00001"
        rows: list[list[Cell]] = [
            [self.say("proof_plus", step=step), f"{found.costs[0]:.12f}"],
            [self.say("proof_minus", step=step), f"{found.costs[1]:.12f}"],
            [self.say("proof_measured"), (f"{found.measured:.10f}".replace("-", "−"), "bold")],
            [self.say("proof_derived"), (f"{found.derivative:.10f}".replace("-", "−"), "g bold")],
            [self.say("proof_error"), self._error(found)],
        ]
        self.screen.table(rows, "<<", gap=3, indent=3)

    def _error(self, found: questions.Proof) -> str:
        """How far apart they are; where that is less than C can be measured, this is said, since a relative error of
        rounding tells nothing."""
        if found.agrees and not found.relative_error < 1e-5:
            return self.say("proof_rounding", apart=small(abs(found.derivative - found.measured))) + " ✓"
        return small(found.relative_error) + (" ✓" if found.agrees else " ≠")

    def layers(self) -> None:
        """Saturated neurons and the length of the error, layer by layer."""
        self.title(self.say("layers_title"))
        self.sentence(self.say("layers_say"))
        states = questions.layers(self.made)
        heads = [self.say("layers_layer"), self.say("layers_neurons"), self.say("layers_saturated"), "‖δ‖", "‖∂C/∂w‖"]
        rows: list[list[Cell]] = [[(head, "ink3") for head in heads]]
        most = max(state.error for state in states) or 1.0
        for state in states:
            bar = self.screen.bar(state.error / most, 16, "d")
            count = "" if state.saturated is None else str(state.saturated)
            numbers = [str(state.layer), str(state.neurons), count, figure(state.error), figure(state.gradient)]
            rows.append([*numbers, [*bar]])
        self.screen.table(rows, ">>>>>", gap=3, indent=3)


def _leaning(value: float) -> Cell:
    """A difference, in the color of its sign."""
    return (figure(value, 2, sign=True), "pos" if value > 0 else "neg")


def _bracketed(value: float) -> str:
    text = figure(value)
    return f"({text})" if text.startswith("−") else text
