"""What is said of a text that a small GPT reads letter by letter: data, as in `outline`.

Letters stand as they are, and which of them are the most probable is read from the recording; numbers are filled in later.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..core.messages import Message, message
from ..core.nouns import Array
from ..program.formulas import Formula
from .measures import sent_lengths
from .outline import Outline
from .quantities import at, elements
from .recording import Line, Reading, Recording, Step
from .vocabulary import (
    Bar,
    Equation,
    Expression,
    Inline,
    Item,
    Name,
    Part,
    Row,
    Section,
    Sentence,
    Shade,
    Slot,
    Table,
    either,
    listed,
    sentence,
)

_FEW = 10  # places whose numbers have room for decimals
_LETTERS = 5  # that are told as the most probable ones
FOLLOWED = "wlm"
"""The weights of which one is followed to its new value."""
_DOES = {
    1: message(
        "Each letter is a token, a number. It becomes a row of numbers, its embedding, to which the row of its place is added. "
        "The token · begins and ends a text."
    ),
    2: message(
        "At each place, attention takes from that place and those before it, as much as queries and keys say; then neurons work "
        "on what stands there. Both only add to it. In the end, each token has a probability to come next."
    ),
    3: message(
        "How far off is each probability? The error of the logits is p − y, times the share of the place in the mean; y is 1 at "
        "the token that does come next, and 0 elsewhere."
    ),
    4: message(
        "The error goes back the way that the numbers came: straight on, since what stood there was only added to, and through "
        "neurons and attention. Attention sends it from each place to those that it took from."
    ),
    5: message(
        "How much does the cost change with one weight? By the error after it, times the number before it, added up over all "
        "places, since the same weights work at each."
    ),
}
_MEANINGS = {
    "tokens": message("the token at each place"),
    "targets": message("the token that comes next"),
    "share": message("the share of each place in the mean"),
    "embedded": message("at each place, the row of its token plus the row of the place"),
    "x1": message("the same, each row with a root mean square of 1"),
    "n": message("what attention works on, normalized"),
    "q": message("queries: what each place looks for, by head"),
    "k": message("keys: what each place can be found by"),
    "v": message("values: what each place gives"),
    "products": message("how well the query of each place meets the key of each other"),
    "scores": message("the same, divided by the root of the size of a key"),
    "masked": message("the same, but −∞ where a place comes later"),
    "attention": message("how much each place takes from each, in shares of 1"),
    "mixed": message("what each place has taken, by head"),
    "taken": message("the same, the heads side by side"),
    "x2": message("what stood there, plus what attention took"),
    "m": message("what the neurons work on, normalized"),
    "z": message("the weighted input of each neuron, at each place"),
    "a": message("the activation of each neuron, at each place"),
    "x3": message("what stood there, plus what the neurons made"),
    "logits": message("a number for each token, the larger the more probable"),
    "p": message("how probable each token is to come next"),
    "C": message("the cost: the mean of −ln p of what does come next"),
    "δ_logits": message("the error of the logits: p − y, times the share of the place"),
    "wte": message("the embeddings: a row for each token"),
    "wpe": message("the embeddings of places: a row for each"),
    "wq": message("the weights of the queries"),
    "wk": message("the weights of the keys"),
    "wv": message("the weights of the values"),
    "wo": message("the weights of what attention took"),
    "w1": message("the weights that lead to the neurons"),
    "w2": message("the weights that lead from the neurons"),
    "wlm": message("the weights of the logits: a row for each token"),
}
_IN_BETWEEN = {
    "heads_adjoint": message("the same error, the heads side by side"),
    "[": message("1 where the neuron fires, and 0 elsewhere"),
}
"""What helper lines are, by what they begin with."""
_SIGNS = {
    "rmsnorm": message("rmsnorm(x) divides each row by the root of its mean square, √(mean x² + 0.00001)"),
    "heads": message("heads deals the channels of each place out to the heads"),
    "transpose": message("transpose puts the axes in another order"),
    "where": message("where(causal, s, −∞) is s where a place reads from itself or one before it, and −∞ elsewhere"),
    "softmax_adjoint": message("softmax_adjoint(z, δ) = p ⊙ (δ − Σ δ ⊙ p), with p = softmax(z), gives the error of z"),
    "rmsnorm_adjoint": message("rmsnorm_adjoint(x, δ) gives the error of x from that of rmsnorm(x)"),
    "heads_adjoint": message("heads_adjoint puts the channels of the heads side by side again"),
    "add_at": message("add_at is 0 everywhere but at the tokens that do come next"),
    "put": message("put adds each row to that of its token"),
    "scatter": message("scatter puts each row at its place, and 0 elsewhere"),
}


def outline_of(made: Recording, statistics: bool = True) -> Outline:
    """What makes the data of an explanation."""
    return Outline(made, statistics) if made.reading is None else TextOutline(made, made.reading, statistics)


class TextOutline(Outline):
    """Makes the data of an explanation of a text."""

    def __init__(self, made: Recording, reading: Reading, statistics: bool = True):
        super().__init__(made, statistics)
        self.reading, self.places = reading, len(reading.seen)
        self.few = self.places <= _FEW

    # ---- the top -----------------------------------------------------------------------------------------------------

    def title(self) -> Item:
        """The question that is answered."""
        return sentence("How does the network read “{line}”?", line=self._line())

    def verdict(self) -> Iterator[Item]:
        """What it reads, and what that costs."""
        yield sentence("It reads “{line}”", "strong", line=self._line())
        yield sentence("cost C = {cost}", "strong", cost=Slot("cost", "fixed", 4))

    def introduction(self) -> Iterator[Item]:
        """What is read, what the network thought of it, and what follows."""
        yield sentence(
            "A small GPT reads a text letter by letter, and tells at each place how probable each letter is to come next. The "
            "less probable the one that does come next, the more there is to learn.",
        )  # fmt: skip
        if self.is_cut():
            yield sentence("Of this text, the first {count} letters are shown.", count=str(self.places))
        yield self.next_letters()
        yield sentence(
            "Below is everything that happened, in the five steps of backpropagation and one update. Each symbol keeps its "
            "color; its dimensions are written below it."
        )
        yield from self.counting()

    def _line(self) -> str:
        """The text, or what is shown of it."""
        return f"{self.reading.line[: self.places]}…" if self.is_cut() else self.reading.line

    def is_cut(self) -> bool:
        """Whether the text is longer than what is shown."""
        return len(self.reading.line) >= self.places

    def counting(self) -> Iterator[Sentence]:
        """How places, channels and heads are counted, and which are followed."""
        yield sentence(
            "Places, channels and heads are counted from 0: x2[place, channel], q[head, place, channel], attention[head, place, "
            "place it takes from]. Followed is place {place}, where the loss is the largest, with head {head}, in which it takes "
            "the most from one place. Numbers are rounded for display, and computed in full.",
            place=Slot("followed", "class"), head=Slot("head", "count"),
        )  # fmt: skip

    def next_letters(self) -> Table:
        """At each place: the letter, what comes next and how probable that was, and what was the most probable."""
        heads = (
            message("place"), message("letter"), message("next"), message("p of it"), message("most probable"),
            message("loss −ln p"),
        )  # fmt: skip
        rows: list[Item] = [Row(tuple(map(_head, heads)), "head")]
        p = self.made.values["p"]
        for place, (seen, following) in enumerate(zip(self.reading.seen, self.reading.following, strict=True)):
            best = int(np.argmax(p[place]))
            right: Expression = at("p", place, at("targets", place))
            mark = " ✓" if self.reading.letters[best] == following else ""
            most = Inline((self.reading.letters[best], " ", Slot(at("p", place, best), kind="a"), mark))
            rows.append(
                Row((str(place), seen, following, Slot(right, kind="a"), most, Slot(at("loss", place), strong=True)))
            )
        rows.append(Row((sentence("mean"), "", "", "", "", Slot("C", strong=True)), "sum"))
        return Table(">^^><>", tuple(rows))

    # ---- the steps ---------------------------------------------------------------------------------------------------

    def _what_it_does(self, step: Step) -> Item:
        if step.number != 6:
            return sentence(_DOES[step.number], "say")
        falls = sentence(
            "Use the gradients of the five steps: move every weight a little against its own gradient. The cost falls. Training "
            "takes such steps, too, each on another text; there, Adam chooses their sizes.", "say",
        )  # fmt: skip
        rises = sentence(
            "Use the gradients of the five steps: move every weight against its own gradient. This step was too long, and the "
            "cost rose: η is too large.", "say",
        )  # fmt: skip
        return either((">", "after C", "C"), rises, falls)

    def _after(self, number: int) -> Iterator[Item]:
        if number == 2:
            yield self._attention()
            yield self._probabilities()
        if number == 3:
            yield self._errors_of_logits()
        if number == 4:
            yield self._lengths()
            yield self._sources()
        if number == 5:
            yield self._weight()
        if number == 6:
            yield sentence("What this one step with η = {rate} changes:", "lead", rate=Slot("η", "plain"))
            yield self._changes()

    def _grid(self, name: str, index: tuple[Expression, ...], top: Expression, caption: Part) -> Table:
        """A matrix over pairs of places, of which none stands where a place comes later: each number on its color."""
        rows: list[Item] = [Row(("", *self.reading.seen), "head")]
        for place, letter in enumerate(self.reading.seen):
            cells: list[Part] = []
            for other in range(self.places):
                value: Expression = at(name, *index, place, other)
                hundredths: Expression = ("*", value, 100) if name == "attention" else ("/", ("*", value, 100), top)
                text = Slot(value, "fixed", 2 if name == "attention" else 3)
                cells.append(
                    Shade(value, top, text if self.few else Slot(hundredths, "count")) if other <= place else ""
                )
            rows.append(Row((letter, *cells)))
        return Table("^" + ">" * self.places, tuple(rows), caption)

    def _attention(self) -> Section:
        heads = len(self.made.values["attention"])
        words = sentence(
            "A row is a place that reads, and a column a place that it takes from. A row adds up to 1. Where there is no cell, "
            "the place comes later, and is not seen.", "say",
        )  # fmt: skip
        grids = [self._grid("attention", (head,), 1, sentence("head {head}", head=str(head))) for head in range(heads)]
        return Section(
            "attention",
            sentence("How much does each place take from each?"),
            (words, *self._in_hundredths("1"), *grids),
        )

    def _in_hundredths(self, whole: str) -> Iterator[Sentence]:
        """What the numbers are, where decimals have no room."""
        if not self.few:
            yield sentence(
                "The numbers are hundredths of 1." if whole == "1" else "The numbers are hundredths of the largest."
            )

    def _probabilities(self) -> Section:
        """The most probable letters at the followed place, and the one that does come next."""
        place, right = self.reading.followed, int(self.made.values["targets"][self.reading.followed])
        rows: list[Item] = []
        for token in self._most(self.made.values["p"][place], right):
            value: Expression = at("p", place, token)
            mark: Part = Inline(("□ ", sentence("truth"))) if token == right else ""
            bar = Bar(value, ("max", ("row", "p", place)), "a")
            rows.append(Row((self.reading.letters[token], bar, Slot(value, kind="a"), mark)))
        beginning = "".join(self.reading.seen[1 : place + 1])
        title = sentence("What comes after “{beginning}”?", beginning=beginning)
        if not beginning:
            title = sentence("How does the text begin?")
        slots: dict[str, Part] = {"p": Slot(at("p", place, right)), "loss": Slot(at("loss", place))}
        loss = sentence(
            "p is {p} for what does come next, so the loss is −ln {p} = {loss}, which is the cost C.", **slots
        )
        if self.places > 1:
            loss = sentence(
                "p is {p} for what does come next, so the loss of this place is −ln {p} = {loss}. The cost is the mean "
                "over all {count} places: C = {cost}.", count=str(self.places), cost=Slot("C"), **slots,
            )  # fmt: skip
        return Section("next", title, (Table("^<><", tuple(rows)), loss))

    def _most(self, values: Array, right: int) -> list[int]:
        """The tokens with the largest numbers, in their order, and the one that does come next."""
        order = [int(each) for each in np.argsort(-np.abs(values), kind="stable")[:_LETTERS]]
        return order if right in order else [*order, right]

    def _errors_of_logits(self) -> Section:
        place, right = self.reading.followed, int(self.made.values["targets"][self.reading.followed])
        heads = (
            sentence("token"),
            Name("p", strong=True),
            Name("y", strong=True),
            "p − y",
            sentence("share"),
            Name("δ_logits", strong=True),
        )
        rows: list[Item] = [Row(heads, "head")]
        for token in self._most(self.made.values["δ_logits"][place], right):
            p, y = at("p", place, token), float(token == right)
            rows.append(
                Row(
                    (
                        self.reading.letters[token], Slot(p, kind="a"), Slot(y, "count", kind="y"), Slot(("-", p, y), sign=True),
                        Slot(at("share", place)), Slot(at("δ_logits", place, token), kind="d", sign=True, strong=True),
                    )
                )
            )  # fmt: skip
        words = sentence(
            "Below 0: this token should be more probable. Above 0: less. The errors of a place add up to 0.", "say"
        )
        title = sentence("What should change at place {place}?", place=Slot("followed", "class"))
        return Section("logits", title, (words, Table("^>>>>>", tuple(rows))))

    def _lengths(self) -> Section:
        """How large the error is at each place, from the logits back to the embeddings."""
        names = ("δ_logits", "δ_x3", "δ_x2", "δ_x1", "δ_embedded")
        rows: list[Item] = [Row((_head(message("place")), *(Name(name, strong=True) for name in names)), "head")]
        for place, letter in enumerate(self.reading.seen):
            cells = [self._length(name, place) for name in names]
            rows.append(Row((f"{place} {letter}", *cells)))
        words = sentence(
            "Shown is the length of the error of each place, ‖δ‖, the root of the sum of its squares, from the logits back to "
            "the embeddings.", "say",
        )  # fmt: skip
        return Section(
            "lengths",
            sentence("How large is the error at each place?"),
            (words, Table("<" + ">" * len(names), tuple(rows))),
        )

    def _length(self, name: str, place: int) -> Shade:
        value: Expression = ("norm", ("row", name, place))
        top: Expression = ("max", *(("norm", ("row", name, each)) for each in range(self.places)))
        return Shade(value, top, Slot(value))

    def _sources(self) -> Section:
        words = sentence(
            "A row is a place that sends its error, and a column the place that gets it, since it was taken from. Shown is the "
            "length of what goes back through attention alone, through values, keys and, to the place itself, its query; all "
            "heads together. The column of a place adds up, as vectors, to its row of δ_n.", "say",
        )  # fmt: skip
        lengths = sent_lengths(self.made)
        sender, receiver = map(int, np.unravel_index(np.argmax(np.tril(lengths, -1)), lengths.shape))
        said: list[Item] = []
        if sender > receiver:
            said.append(
                sentence(
                    "Most of it between two places goes from place {sender} to place {receiver}: {length}. So what {receiver} "
                    "gave was part of the mistake that was made at {sender}.",
                    sender=Slot(sender, "class"), receiver=Slot(receiver, "class"), length=Slot(at("sent", sender, receiver)),
                )
            )  # fmt: skip
        grid = self._grid("sent", (), ("max", "sent"), "")
        title = sentence("From where does the error come through attention?")
        return Section("sources", title, (words, *self._in_hundredths("top"), grid, *said))

    def _weight(self) -> Section:
        """One weight: the terms of its gradient, the gradient measured, and its new value."""
        ((_, (token, channel)),) = elements(self.made, f"dC_d{FOLLOWED}")
        heads = (_head(message("place")), Name("δ_logits", strong=True), "×", Name("x3", strong=True), "=", "")
        rows: list[Item] = [Row(heads, "head")]
        for place, letter in enumerate(self.reading.seen):
            error, x = at("δ_logits", place, token), at("x3", place, channel)
            product: Expression = ("*", error, x)
            rows.append(
                Row(
                    (f"{place} {letter}", Slot(error, kind="d", sign=True), "×", Slot(x), "=", Slot(product, sign=True))
                )
            )
        gradient = at(f"dC_d{FOLLOWED}", token, channel)
        rows.append(
            Row(
                (
                    Name(f"dC_d{FOLLOWED}", (token, channel)),
                    "",
                    "",
                    "",
                    "=",
                    Slot(gradient, kind="g", sign=True, strong=True),
                ),
                "sum",
            )
        )
        name = Name(FOLLOWED, (token, channel))
        chosen = int(
            np.unravel_index(np.argmax(np.abs(self.made.values[f"dC_d{FOLLOWED}"])), self.made.values[FOLLOWED].shape)[
                0
            ]
        )
        words = sentence(
            "{weight} says how much channel {channel} speaks for the letter {letter}. Its gradient has a term for each place: "
            "the error of the logit of {letter} there, times what stands in the channel.", "say",
            weight=name, channel=Slot(channel, "count"), letter=self.reading.letters[chosen],
        )  # fmt: skip
        proof = sentence(
            "Proof: move {parameter} alone by ±0.00001 and measure C twice. Slope {measured}, backpropagation {derived}",
            parameter=name, measured=Slot("measured", decimals=7), derived=Slot("derived", decimals=7),
        )  # fmt: skip
        agrees = either("agrees", Inline((" ✓",)), Inline((" ≠",)))
        title = sentence("One weight: {weight}", weight=name)
        return Section("weight", title, (words, Table("<>^>^>", tuple(rows)), Inline((proof, agrees))))

    def _changes(self) -> Table:
        """The cost, and how probable each letter that does come next was, before and after the step."""
        rows: list[Item] = [Row(("", "", sentence("before"), sentence("after")), "head")]
        rows.append(Row((sentence("cost C", "strong"), "", *_before_and_after("C", "after C"))))
        for place, (seen, following) in enumerate(zip(self.reading.seen, self.reading.following, strict=True)):
            right: tuple[Expression, ...] = (place, at("targets", place))
            rows.append(
                Row(
                    (
                        f"{place} {seen}",
                        f"p({following})",
                        *_before_and_after(at("p", *right), at("after p", *right), "a"),
                    )
                )
            )
        return Table("<<>>", tuple(rows))

    # ---- a line ------------------------------------------------------------------------------------------------------

    def _equation(self, step: Step, line: Line, is_last: bool) -> Equation:
        found = super()._equation(step, line, is_last)
        if step.number != 6 or line.symbol == FOLLOWED:
            return found
        return Equation(found.symbol, found.step, found.meaning, found.lasting, brief=True)

    def _meaning(self, line: Line, meaning: str) -> Sentence:
        subject = line.symbol.removeprefix("dC_d")
        if meaning == "gradient":
            return sentence("how the cost changes with each number of {subject}", subject=Name(subject))
        begins = line.formula.terms[0].text if line.formula is not None else ""
        known = _MEANINGS.get(subject) or (_IN_BETWEEN.get(begins) if meaning == "own" else None)
        return super()._meaning(line, meaning) if known is None else sentence(known)

    def _notes(self, step: Step, line: Line, is_last: bool) -> Iterator[Item]:
        if line.symbol in ("tokens", "targets"):
            letters = " ".join(self.reading.seen if line.symbol == "tokens" else self.reading.following)
            numbers = [Slot(at(line.symbol, place), "count") for place in range(self.places)]
            yield sentence("{letters}, as numbers {numbers}", "statistic", letters=letters, numbers=listed(numbers))
        elif line.symbol == "share":
            yield sentence("1 / {count} each", "statistic", count=str(self.places))
        else:
            yield from super()._notes(step, line, is_last)

    def _new_signs(self, formula: Formula) -> Iterator[Sentence]:
        for term in formula.terms:
            if term.text in _SIGNS and self._is_new(term.text):
                yield sentence(_SIGNS[term.text])
        yield from super()._new_signs(formula)


def _head(text: Message) -> Part:
    return sentence(text)


def _before_and_after(before: Expression, after: Expression, kind: str = "") -> tuple[Slot, Slot]:
    decimals: Expression = ("apart", before, after)
    return Slot(before, "figure", decimals, kind=kind), Slot(after, "figure", decimals, kind=kind, strong=True)
