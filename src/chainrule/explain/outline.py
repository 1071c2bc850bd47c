"""The outline of an explanation as data: its sentences, their order and their conditions, made from its programs and layers.

The words are in the catalog; the numbers are filled in where it is shown, by `evaluation` or in a browser.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..program.formulas import Formula
from ..program.symbol_names import kind_of, symbol_text
from .picture_style import image_shape
from .questions import measured_parameter, moved_back, output_of, require_cost, require_label
from .recording import Line, Recording, Step
from .steps import FLAT, SLOPE, elements, has_slope, ranked_by, require_sum
from .vocabulary import (
    Bar,
    Choice,
    Each,
    Equation,
    Expression,
    Inline,
    Item,
    Name,
    Part,
    Picture,
    Row,
    Section,
    Sentence,
    Slot,
    Table,
    Worked,
    either,
    otherwise,
)  # fmt: skip

_MOST = 8  # parts of a sum that are listed
_MOST_NUMBERS = 10  # outputs that are told as numbers
_STRIP = 100  # neurons of a layer that are shown as cells
_TOLD = 3  # outputs whose change is told, where they are numbers
_SIGNS = {
    "reshape": "reshape", "sigmoid": "sigmoid", "sigmoid_prime": "sigmoid_slope", "relu": "relu", "relu_prime": "relu_slope",
    "softmax": "softmax", "⊙": "times", "ᵀ": "transposed", "η": "rate",
}  # fmt: skip
QUESTIONS = ("value", "why", "blame", "one_step", "proof", "layers")


def say(key: str, role: str = "", /, **slots: Part) -> Sentence:
    """A sentence of the explanation's catalog."""
    return Sentence(f"explain.{key}", slots, role)


def at(symbol: str, *index: Expression) -> Expression:
    """An element of a value."""
    return ("at", symbol, *index)


def listed(parts: Sequence[Part], last: str = "explain.listed") -> Part:
    """Parts, one after another, as the language lists them; `last` is how it joins the last one."""
    words, *more = parts
    for place, part in enumerate(more, 1):
        words = Sentence(last if place == len(more) else "explain.listed", {"words": words, "word": part})
    return words


class Outline:
    """Makes the data of one explanation; a sign or a word is explained where it stands first in what is made.

    Without `statistics` nothing is said of how large the numbers of a value are.
    """

    def __init__(self, made: Recording, statistics: bool = True):
        self.made, self.statistics = made, statistics
        self.last = len(made.sizes)
        self.told: set[str] = set()
        self.origin: tuple[str, ...] = ()  # of the line before

    def _is_new(self, word: str) -> bool:
        new = word not in self.told
        self.told.add(word)
        return new

    # ---- the top -----------------------------------------------------------------------------------------------------

    def title(self) -> Item:
        """The question that is answered."""
        made = self.made
        if made.architecture is None:
            return Sentence("document.function", {"name": made.name})
        if not made.classifies:
            return Sentence("document.regression")
        if made.label is None:
            return Sentence("document.unknown")
        answers: dict[str, Part] = {name: Slot(name, "class") for name in ("label", "answer")}
        return either(
            ("==", "answer", "label"), Sentence("document.right", answers), Sentence("document.wrong", answers)
        )

    def verdict(self) -> Iterator[Item]:
        """What it answers, what it should, and what that costs, in a few words each."""
        made = self.made
        if made.classifies:
            yield say("reads", "strong", answer=Slot("answer", "class"))
        else:
            yield say("gives_numbers", "strong", answer=self._numbers(f"a{self.last}"))
            if made.backward is not None:
                yield say("desired_are", answer=self._numbers("y"))
        if made.label is not None:
            label = Slot("label", "class")
            yield either(("==", "answer", "label"), say("right", label=label), say("is", label=label))
        if made.cost is not None:
            yield say("cost_is", "strong", cost=Slot("cost", "fixed", 4))

    def _numbers(self, symbol: str) -> Part:
        """Outputs as numbers, the first few of many."""
        count = self.made.outputs.size
        shown = [Slot(at(symbol, each, "example")) for each in range(min(count, _MOST_NUMBERS))]
        return listed([*shown, *["…"] * (count > _MOST_NUMBERS)])

    def introduction(self) -> Iterator[Item]:
        """What was given, what came out, what it cost, and what follows, in two paragraphs."""
        made = self.made
        if made.architecture is None:
            yield Sentence("document.below function")
            return
        first: list[Item] = [
            Sentence("document.network", {"sizes": listed([f"{each}" for each in made.sizes], "explain.listed_last")})
        ]
        if made.classifies and made.outputs.size > 1:
            known: dict[str, Part] = {
                "answer": Slot("answer", "class"),
                "activation": Slot(at(f"a{self.last}", "answer", "example"), "rounded"),
            }
            gives: Item = Sentence("document.gives", known)
            if made.label is not None:
                truth = {
                    "label": Slot("label", "class"),
                    "truth": Slot(at(f"a{self.last}", "label", "example"), "rounded"),
                }
                gives = either(("==", "answer", "label"), gives, Sentence("document.gives truth", {**known, **truth}))
            first.append(gives)
        if made.cost is not None:
            cost = Inline(("C = ", Slot("cost", "rounded", 4)))
            first.append(Sentence("document.costs", {"cost": cost}))
        words: Part = first[0]  # type: ignore[assignment]
        for each in (*first[1:], *self.batch("document.batch")):
            words = Sentence("explain.sentences", {"words": words, "word": each})  # type: ignore[dict-item]
        yield words
        yield Sentence("document.below" if made.backward is not None else "document.below forward")

    def batch(self, key: str = "explain.batch") -> Iterator[Sentence]:
        """Which of several examples is shown."""
        if self.made.m > 1:
            yield Sentence(key, {"m": str(self.made.m), "example": Slot("example", "count")})

    def counting(self) -> Iterator[Sentence]:
        """How layers and neurons are counted, and which is followed."""
        made = self.made
        layer, j = made.layer, Slot(f"neuron{made.layer}", "count")
        assert made.architecture is not None
        if made.architecture.pairs:
            yield say("moments")
        output = "output_class" if made.classes else "output_digit"
        yield say(
            "counting", output=say(output if made.classifies else "output_number"), layer=str(layer), before=str(layer - 1),
            neuron=j, raised=symbol_text(f"z{layer}")[1:], why=self.followed(layer),
        )  # fmt: skip

    # ---- the steps ---------------------------------------------------------------------------------------------------

    def step(self, step: Step, questions: bool = True) -> Section:
        """A step: its title and sentence, its lines, and what follows them, `questions` or only a proof and what changes."""
        number = step.number
        after = [item for item in self._after(number) if questions or not isinstance(item, Section)]
        content = (self._sentence(step), *self.lines(step), *after)
        return Section(f"step{number}", say(f"step{number}"), content, number)

    def lines(self, step: Step) -> Iterator[Equation]:
        """The lines of a step."""
        for place, line in enumerate(step.lines):
            ends = line is step.lines[-1] or (step.number != 3 and step.lines[place + 1].layer != line.layer)
            yield self._equation(step, line, ends)

    def _after(self, number: int) -> Iterator[Item]:
        made = self.made
        if made.architecture is None:
            return
        if number == 2 and made.classifies and made.outputs.size > 1:
            yield self.why()
        if number == 4 and self.last > 2:
            yield self.layers()
        if number == 5:
            yield self._proved()
        if number == 6:
            yield say("step_changes", "lead", rate=Slot("η", "plain"))
            yield from self.change()

    def _sentence(self, step: Step) -> Item:
        """What a step does, in one sentence, for this network or function."""
        made, number, key = self.made, step.number, f"say{step.number}"
        architecture, nothing = made.architecture, "_none" * (step.number in (3, 4) and not step.lines)
        if architecture is None:
            return say(f"{key}_function{nothing}", "say")
        if number == 1:
            return say(key + "_numbers" * (image_shape(made) is None), "say", n=Slot("n1", "count"))
        if number == 2 and any(layer.applied.letter != "σ" for layer in architecture.stack):
            names = [each if isinstance(each, str) else each.__name__ for each in architecture.activations]
            return say("say2_other", "say", activations=listed([*dict.fromkeys(names)]))
        if number == 3 and SLOPE not in made.values:
            return say("say3_plain" if self._is_difference() else "say3_other", "say")
        if number == 6:
            rose = either((">", "after cost", "cost"), say("say6_rose", "say"), say("say6_same", "say"))
            return either(("<", "after cost", "cost"), say("say6", "say"), rose)
        return say(f"{key}{nothing}", "say")

    def _is_difference(self) -> bool:
        """Whether the output error is a − y alone."""
        error = self.made.line(f"δ{self.last}").rule
        return error is not None and [term.name or term.text for term in error.terms] == [f"a{self.last}", "−", "y"]

    # ---- a line ------------------------------------------------------------------------------------------------------

    def _equation(self, step: Step, line: Line, ends: bool) -> Equation:
        """A line with all that is said of it; `ends` is whether it is the last of its layer in the step."""
        updates = step.number == 6
        origin = () if updates or line.forward == self.origin else line.forward
        self.origin = line.forward
        brief = updates and line.layer != min(each.layer for each in step.lines)
        signs = () if line.rule is None or brief else tuple(self._new_signs(line.rule))
        notes = (
            () if updates else (*self._strip(line), *self._statistics(line), *(self._curve(step, line) if ends else ()))
        )
        worked = tuple(self._elements(line, updates)) if line.numbers else ()
        meaning, of = (self._meaning(line, new) for new in (True, False))
        return Equation(line.symbol, step.number, meaning, of, line.layer, worked, signs, notes, origin, brief)

    def _meaning(self, line: Line, new: bool) -> Sentence:
        """What the symbol of a line means; of an updated parameter what it is then or, where it is not `new`, at all times."""
        made = self.made
        numbers = {
            "input": made.architecture is not None and image_shape(made) is None,
            "desired": not made.labels,
            "answer": made.architecture is not None and not made.classifies,
        }.get(line.meaning, False)
        key = line.meaning.removeprefix("" if new else "new_") + "_numbers" * numbers
        subject = line.symbol.removeprefix("dC_d").removeprefix("δ_")
        return say(key, layer=str(line.layer), subject=Name(subject))

    def _new_signs(self, rule: Formula) -> Iterator[Sentence]:
        """The words for those signs of a line, such as σ′, ⊙ and ᵀ, that are not explained yet."""
        for term in rule.terms:
            sign = _SIGNS.get("ᵀ" if term.transposed else term.name if term.kind == "function" else term.text, "")
            if sign and self._is_new(sign):
                yield say(f"sign_{sign}")

    def _elements(self, line: Line, updates: bool) -> Iterator[Item]:
        """The elements whose numbers are shown, and what stands beside them."""
        found = elements(self.made, f"dC_d{line.symbol}" if updates else line.symbol)
        for condition, index in found[:1] if updates else found:
            beside = [*self._verdict(line, index[0])] if index else []
            rest = next((each.inner for each in line.numbers if each.inner > 3 and "⋯" in str(each.stages)), 0)
            if rest and self._is_new(f"⋯ {rest}"):
                beside.append(say("products", "aside", count=f"{rest:,}"))
            yield Choice(((condition, (Worked(index, tuple(beside)),)),))

    def _verdict(self, line: Line, row: Expression) -> Iterator[Item]:
        """Beside an output: whether it is the truth or the answer; beside its error, which way to push it."""
        if self.made.label is None:
            return
        if line.meaning == "output_error":
            error = at(line.symbol, row, "example")
            low, high = (Inline((mark, say(word))) for mark, word in (("▲ ", "too_low"), ("▼ ", "too_high")))
            pushed = Choice(((("<", error, 0), (low,)), ((">", error, 0), (high,))))
            yield Choice(((("or", ("==", row, "answer"), ("==", row, "label")), (pushed,)),))
        if line.meaning == "answer":
            yield self._mark(row)

    def _mark(self, row: Expression) -> Choice:
        """The mark of an output that is the truth or the answer."""
        cases: list[tuple[Expression, tuple[Item, ...]]] = [(("==", row, "answer"), (Inline(("◀ ", say("said"))),))]
        if self.made.label is not None:
            cases.insert(0, (("==", row, "label"), (Inline(("□ ", say("truth"))),)))
        return Choice((*cases, otherwise("")))

    def _strip(self, line: Line) -> Iterator[Item]:
        """A layer's numbers as cells."""
        value, meaning = line.value, line.meaning
        column = (
            self.made.architecture is not None and value.ndim == 2 and line.layer != 1 and value.shape[1] == self.made.m
        )
        if (
            column
            and 1 < len(value) <= _STRIP
            and meaning not in ("gradient_w", "gradient_b", "weighted_input", "slope_of_cost")
        ):
            yield Picture("strip")

    def _statistics(self, line: Line) -> Iterator[Item]:
        """How large the numbers of a value are, how many are 0, and how many neurons are saturated."""
        made, name = self.made, line.symbol
        if line.value.size < 2 or line.passes_on or (line.rule is None and made.architecture is not None):
            return
        pixels = image_shape(made) is not None
        if self.statistics:
            ends = {"low": Slot(("min", name)), "high": Slot(("max", name)), "mean": Slot(("mean", name))}
            yield say("range", "statistic", **ends)
            if line.meaning == "input" and pixels:
                yield say("blank", "statistic", share=Slot("blank", "share"))
            else:
                zeros, share = f"zeros {name}", Slot(f"zeros {name}", "share")
                said: Item = say("zeros", "statistic", share=share)
                if pixels and line.layer == 2 and line.meaning == "gradient_w":
                    said = either(("==", zeros, "blank"), say("zeros_blank", "statistic", share=share), said)
                yield Choice((((">", zeros, 0), (said,)),))
        if line.statistics.saturated is not None and line.meaning in ("activation", "answer"):
            flat = Slot(("count", ("<", ("abs", f"slope{line.layer}"), FLAT)), "count")
            yield say("saturated", "statistic", count=flat, total=Slot(("size", name), "count"))
            if self._is_new("saturated"):
                yield say("sign_saturated", "statistic")

    def _curve(self, step: Step, line: Line) -> Iterator[Item]:
        """Where the neurons of a layer sit on their activation's curve, in the steps in which that matters."""
        made, layer = self.made, line.layer
        if made.architecture is None or not layer or f"z{layer}" not in made.values:
            return
        activation = made.architecture.layer(layer).applied
        matters = step.number in (3, 4) or (step.number == 2 and (layer < self.last or made.backward is None))
        if matters and activation.elementwise and activation.family != "linear":
            flat: Expression = ("count", ("<", ("abs", ("column", f"slope{layer}", "example")), FLAT))
            slots: dict[str, Part] = {
                "count": Slot(flat, "count"),
                "total": Slot(f"n{layer}", "count"),
                "layer": str(layer),
            }
            slots["slope"] = f"{activation.letter}′"
            some = "document.saturated neurons" if step.number == 2 else "document.flat"
            words = either((">", flat, 0), Sentence(some, slots), Sentence("document.none saturated", slots))
            yield Picture("curve", layer=layer, caption=(words,))

    def followed(self, layer: int) -> Choice:
        """Why the numbers of a layer are those of its chosen neuron."""
        ranked = ranked_by(self.made, layer)
        largest: Expression = ("largest", ("column", f"{'δ' if ranked == 'error' else 'a'}{layer}", "example"), 0)
        return either(("==", f"neuron{layer}", largest), say(f"followed_{ranked}"), say("followed_chosen"))

    # ---- questions ---------------------------------------------------------------------------------------------------

    def question(self, name: str, others: bool = False) -> Section:
        """The answer to one of `QUESTIONS`; `others` is whether other images are known for `one_step`."""
        if name == "proof":
            require_cost(self.made)
        elif name in ("blame", "one_step", "layers"):
            require_label(self.made)
        if name == "one_step":
            return self.one_step(others)
        made = {"value": self.value, "why": self.why, "blame": self.blame, "proof": self.proof, "layers": self.layers}
        return made[name]()

    def value(self) -> Section:
        """The largest products of a neuron, their sum, its bias, z and a."""
        require_sum(self.made, self.made.layer)
        layer, j, n = self.made.layer, *self._chosen()
        w, before, a = f"w{layer}", f"a{layer - 1}", f"a{layer}"
        products: Expression = ("*", ("row", w, j), ("column", before, "example"))
        z = f"z{layer}" if f"z{layer}" in self.made.values else a
        ends = (
            _end(Name(f"b{layer}", (j,), strong=True), Slot(at(f"b{layer}", j, 0), sign=True, kind="b")),
            _end(Name(f"z{layer}", (j,), strong=True), Slot(at(z, j, "example"), sign=True, kind="z", strong=True)),
            _end(Name(a, (j,), strong=True), Slot(at(a, j, "example"), kind="a", strong=True)),
        )
        rows = (*self._parts(products, (w, (j, "k")), (before, ("k",)), layer - 1), *ends)
        title = say("value_title", symbol=Name(a, (j,)), value=Slot(at(a, j, "example")))
        words = say("value_say", "say", neuron=n, layer=str(layer), count=Slot(("size", products), "count"))
        return Section("value", title, (words, Table(">^>>^>", rows)))

    def blame(self) -> Section:
        """What flows back to a neuron, the slope, and its error."""
        made, layer, j, _ = self.made, self.made.layer, *self._chosen()
        error, after = f"δ{layer}", layer + 1
        rows: tuple[Item, ...] = ()
        slope: tuple[Item, ...] = ()
        if made.architecture is not None and has_slope(made, layer):
            slope = (_end(say("blame_slope"), Slot(at(f"slope{layer}", j, "example")), "×"),)
        if layer < self.last:
            require_sum(made, after)
            w, errors = f"w{after}", f"δ_s{after}" if f"δ_s{after}" in made.values else f"δ{after}"
            products: Expression = ("*", ("column", w, j), ("column", errors, "example"))
            rows = tuple(self._parts(products, (w, ("k", j)), (f"δ{after}", ("k",)), after))
            words = say("blame_say", "say", after=str(after))
        elif SLOPE in made.values and slope:
            rows = (_end(Name(SLOPE, (j,), strong=True), Slot(at(SLOPE, j, "example"), sign=True, kind="g")),)
            words = say("blame_output", "say")
        else:
            words, slope = say("blame_direct", "say"), ()
        result = _end(Name(error, (j,), strong=True), Slot(at(error, j, "example"), sign=True, kind="d", strong=True))
        title = say("blame_title", symbol=Name(error, (j,)), value=Slot(at(error, j, "example")))
        return Section("blame", title, (words, Table(">^>>^>", (*rows, *slope, result))))

    def _chosen(self) -> tuple[Expression, Slot]:
        """The neuron that questions are about: where it stands, and its number as it is written."""
        name = f"neuron{self.made.layer}"
        return name, Slot(name, "count")

    def _parts(
        self,
        products: Expression,
        weight: tuple[str, tuple[Expression, ...]],
        value: tuple[str, tuple[Expression, ...]],
        layer: int,
    ) -> Iterator[Item]:
        """The largest products of weights and what goes through them, where each comes from, the others, and their sum."""
        image = image_shape(self.made)
        kind = kind_of(value[0]) or ""
        if layer == 1 and image is not None:
            place = {"row": Slot(("//", "k", image[1]), "count"), "column": Slot(("%", "k", image[1]), "count")}
            where = say("value_pixel", "aside", **place)
        else:
            where = say("value_neuron", "aside", neuron=Slot("k", "count"), layer=str(layer))
        symbols = Inline((Name(*weight, strong=True), " × ", Name(*value, strong=True)))
        number = at(value[0], "k", "example")
        factor = Inline(("(", Slot(number, kind=kind), ")"))
        numbers = Inline(
            (
                Slot(at(weight[0], *weight[1]), decimals=2, kind="w"),
                " × ",
                either(("<", number, 0), factor, Slot(number, kind=kind)),
            )
        )
        row = Row((symbols, "=", "", numbers, "=", Slot(("at", products, "k"), sign=True), where))
        others = say("others", "aside", count=Slot(("size", "others"), "count"))
        rest = Row(("", "", "", others, "", Slot(("sum", ("at", products, "others")), sign=True)))
        yield Each("k", products, _MOST, (row,), (rest,))
        yield Row(("", "", "", say("sum", "aside"), "=", Slot(("sum", products), sign=True, strong=True)), "sum")

    def why(self) -> Section:
        """What each neuron says for one answer and for the other, and each pixel."""
        require_sum(self.made, self.last)
        made, before = self.made, self.last - 1
        w, a, b, z = f"w{self.last}", f"a{before}", f"b{self.last}", f"z{self.last}"
        inputs = z if z in made.values else f"a{self.last}"
        pair: tuple[Expression, Expression] = ("this", "other")
        votes = [("*", ("row", w, each), ("column", a, "example")) for each in pair]
        difference: Expression = ("-", *votes)
        biases = [at(b, each, 0) for each in pair]
        top: Expression = ("max", *(("abs", each) for each in (*votes, *biases)))

        def said(values: Sequence[Expression]) -> Iterator[Part]:
            for each in values:
                yield Inline((Bar(each, top), Slot(each, decimals=2, sign=True)))
            yield _leaning(("-", *values))

        pixels = before == 1 and image_shape(made) is not None
        pictured = before == 2 and image_shape(made) is not None
        answers = {name: Slot(name, "class") for name in ("this", "other")}
        heads: tuple[Part, ...] = (
            say("why_pixel" if pixels else "why_neuron"),
            Name(a, strong=True),
            *(say("why_for", digit=each) for each in answers.values()),
        )
        number = Slot("k", "count", strong=True)
        thumb = Inline((Picture("weights", index=("k",), layer=2), number)) if pictured else number
        vote = Row((thumb, Slot(at(a, "k", "example"), kind="a"), *said([("at", each, "k") for each in votes])))
        rest = Row(
            (
                say("others", "aside", count=Slot(("size", "others"), "count")),
                "",
                *said([("sum", ("at", each, "others")) for each in votes]),
            )
        )
        z_pair, a_pair = ([at(each, answer, "example") for answer in pair] for each in (inputs, f"a{self.last}"))
        z_said = (Slot(each, decimals=2, sign=True, kind="z", strong=True) for each in z_pair)
        a_said = (Slot(each, kind="a", strong=True) for each in a_pair)
        rows: tuple[Item, ...] = (
            Row((*heads, say("why_difference")), "head"),
            Each("k", difference, _MOST, (vote,), (rest,)),
            Row((Inline((say("why_bias"), " ", Name(b, strong=True))), "", *said(biases))),
            Row((Name(z, strong=True), "", *z_said, _leaning(("-", *z_pair))), "sum"),
            Row((Name(f"a{self.last}", strong=True), "", *a_said, "")),
        )
        items: list[Item] = [
            say("why_say_pixels" if pixels else "why_say", "say", layer=str(before), **answers),
            Table("<>>>>", rows),
        ]
        if image_shape(made) is not None:
            exact = say("why_exact" if before == 1 else "why_first_order")
            items.append(Picture("evidence", "evidence", caption=(say("why_pixels", exact=exact, **answers),)))
        return Section("why", say("why_title", **answers), tuple(items))

    # ---- about learning ----------------------------------------------------------------------------------------------

    def one_step(self, others: bool = False) -> Section:
        """Cost, answers and other images before and after one step."""
        items = [*self.change(most=4)]
        if others:
            counts = {
                name: Slot(of, "count")
                for name, of in (
                    ("total", "images"),
                    ("before", "right"),
                    ("after", "after right"),
                    ("gained", "became right"),
                    ("lost", "became wrong"),
                )
            }
            items.append(say("step_others_own" if self.made.classes else "step_others", **counts))
            items.append(Choice((((">", "became wrong", 0), (say("step_moral", "aside"),)),)))
        return Section("one_step", say("step_title", rate=Slot("η", "plain")), tuple(items))

    def change(self, most: int = 0) -> Iterator[Item]:
        """Cost and answers before and after a step: the right answer, the network's, and of the others so many that moved
        `most`; and why one moved against its error."""
        made, a = self.made, f"a{self.last}"
        told: list[Expression] = ["answer"] if made.classifies else [*range(min(_TOLD, made.outputs.size))]
        if made.classifies and made.label is not None:
            told.insert(0, "label")
        shown: list[Item] = []
        for place, each in enumerate(told):
            shown.append(_unless(each, told[:place], self._changed(each)))
        if most:
            moved: Expression = ("-", ("column", f"after {a}", "example"), ("column", a, "example"))
            shown.append(Each("k", moved, most, (_unless("k", told, self._changed("k")),)))
        rows = [
            Row(("", say("step_before"), say("step_after")), "head"),
            Row((say("step_cost", "strong"), *_before_and_after("cost", "after cost"))),
            *shown,
        ]
        if made.label is not None:
            answers = [
                Inline((Slot(each, "plain", strong=True), either(("==", each, "label"), " ✓")))
                for each in ("answer", "after answer")
            ]
            rows.append(Row((say("step_answer", "strong"), *answers)))
        yield Table("<>><", tuple(rows))
        yield Picture("change", a)
        errors: list[Expression] = [*(["label"] if made.label is not None else []), "answer"]
        for place, each in enumerate(errors):
            yield _unless(each, errors[:place], *self._against(each))

    def _changed(self, neuron: Expression) -> Row:
        """An output before and after a step."""
        a = f"a{self.last}"
        mark = self._mark(neuron) if self.made.classifies else ""
        values = _before_and_after(at(a, neuron, "example"), at(f"after {a}", neuron, "example"), "a")
        return Row((Name(a, (neuron,), strong=True), *values, mark))

    def _against(self, neuron: Expression) -> Iterator[Item]:
        """Why a step moves an output against its error, where it does, in one or two sentences."""
        made, last = self.made, self.last
        z, error, hidden, w = output_of(made), f"δ{last}", f"a{last - 1}", f"w{last}"
        before, own, after = (at(f"{when}{z}", neuron, "example") for when in ("", "own ", "after "))
        moved: Expression = ("-", after, before)
        leader: Expression = ("largest", ("column", error, "example"), 0)
        times: Expression = ("/", ("abs", at(error, leader, "example")), ("abs", at(error, neuron, "example")))
        often = either((">=", times, 10), Slot(times, "count"), Slot(times, "fixed", 1))
        leading = say("against_leading", leader=Slot(leader, "count"), times=often)
        led: Expression = ("and", ("!=", leader, neuron), (">=", times, 1.5))
        slots: dict[str, Part] = {
            "neuron": Slot(neuron, "count"), "delta": Name(error, (neuron,)), "z": Name(z, (neuron,)),
            "own": Slot(("-", own, before), sign=True), "shared": Slot(("-", after, own), sign=True),
            "before": Slot(before, "rounded", ("decimals", moved)), "after": Slot(after, "rounded", ("decimals", moved)),
            "leading": either(led, leading),
        }  # fmt: skip
        items: list[Item] = [either(("<", moved, 0), say("against_fell", **slots), say("against_rose", **slots))]
        if last > 2 and made.architecture is not None and made.architecture.layer(last).normalization == "none":
            shift: Expression = ("-", ("column", f"after {hidden}", "example"), ("column", hidden, "example"))
            products: Expression = ("*", ("row", f"after {w}", neuron), shift)
            agreeing: Expression = ("*", products, (">", ("*", products, moved), 0))
            old, new = _before_and_after(at(hidden, "k", "example"), at(f"after {hidden}", "k", "example"))
            most = say(
                "against_most", "more", neuron=Slot("k", "count"), layer=str(last - 1), a=Name(hidden, ("k",)), before=old,
                after=replace(new, strong=False), w=Name(w, (neuron, "k")), weight=Slot(at(f"after {w}", neuron, "k")),
                product=Slot(("at", products, "k"), sign=True),
            )  # fmt: skip
            items.append(Each("k", agreeing, 1, (Choice(((("!=", ("at", agreeing, "k"), 0), (most,)),)),)))
        yield Choice(((moved_back(made, neuron), tuple(items)),))

    # ---- about a gradient, and all layers ----------------------------------------------------------------------------

    def _parameter(self) -> tuple[str, tuple[Expression, ...]]:
        """The parameter whose gradient is measured, and which of its elements."""
        name = measured_parameter(self.made)
        return name, elements(self.made, f"dC_d{name}")[0][1]

    def _proved(self) -> Item:
        """A gradient beside its measurement, in a sentence."""
        name, index = self._parameter()
        slots = {"measured": Slot("measured", decimals=7), "derived": Slot("derived", decimals=7)}
        return Inline((say("proved", parameter=Name(name, index), **slots), self._agreement()))

    def _agreement(self) -> Choice:
        return either("agrees", Inline((" ✓",)), Inline((" ≠",)))

    def proof(self) -> Section:
        """A gradient beside its measurement."""
        name, index = self._parameter()
        step = "0.00001"
        apart: Expression = ("abs", ("-", "derived", "measured"))
        rounding: Expression = ("and", "agrees", (">=", "relative error", 1e-5))
        error = either(rounding, say("proof_rounding", apart=Slot(apart, "small")), Slot("relative error", "small"))
        rows = (
            Row((say("proof_plus", step=step), Slot("C plus", "fixed", 12))),
            Row((say("proof_minus", step=step), Slot("C minus", "fixed", 12))),
            Row((say("proof_measured"), Slot("measured", "fixed", 10, strong=True))),
            Row((say("proof_derived"), Slot("derived", "fixed", 10, kind="g", strong=True))),
            Row((say("proof_error"), Inline((error, self._agreement())))),
        )
        words = say("proof_say", "say", parameter=Name(name, index), step=step)
        return Section("proof", say("proof_title", symbol=Name(f"dC_d{name}", index)), (words, Table("<<", rows)))

    def layers(self) -> Section:
        """Saturated neurons and the length of the error, layer by layer."""
        architecture = require_label(self.made)
        lengths = {layer: ("norm", ("column", f"δ{layer}", "example")) for layer in range(2, self.last + 1)}
        heads = (say("layers_layer"), say("layers_neurons"), say("layers_saturated"), "‖δ‖", "‖∂C/∂w‖")
        rows: list[Item] = [Row(heads, "head")]
        for layer, length in lengths.items():
            flat: Expression = ("count", ("<", ("abs", ("column", f"slope{layer}", "example")), FLAT))
            count: Part = Slot(flat, "count") if has_slope(self.made, layer) else ""
            weights = [each.name for each in architecture.of_layer(layer) if each.meaning.decayed]
            gradient: Part = Slot(("norm", f"dC_d{weights[0]}")) if len(weights) == 1 else ""
            rows.append(
                Row(
                    (
                        str(layer),
                        Slot(f"n{layer}", "count"),
                        count,
                        Slot(length),
                        gradient,
                        Bar(length, ("max", *lengths.values()), "d"),
                    )
                )
            )
        return Section("layers", say("layers_title"), (say("layers_say", "say"), Table(">>>>>", tuple(rows))))


def said_of(made: Recording, number: int) -> Section:
    """A step without its lines: what is said of it, and what a learner asks there."""
    section = Outline(made).step(made.steps[number - 1])
    return replace(section, items=tuple(item for item in section.items if not isinstance(item, Equation)))


def _end(symbol: Part, value: Slot, sign: str = "=") -> Row:
    """What a sum comes to, below it."""
    return Row(("", "", "", symbol, sign, value))


def _leaning(value: Expression) -> Choice:
    """A difference, in the color of its sign."""
    return either(
        (">", value, 0), Slot(value, decimals=2, sign=True, kind="pos"), Slot(value, decimals=2, sign=True, kind="neg")
    )


def _before_and_after(before: Expression, after: Expression, kind: str = "") -> tuple[Slot, Slot]:
    """Two numbers in as many decimals as it takes to tell them apart."""
    decimals: Expression = ("apart", before, after)
    return Slot(before, decimals=decimals), Slot(after, decimals=decimals, kind=kind, strong=True)


def _unless(neuron: Expression, told: Sequence[Expression], *items: Item) -> Choice:
    """Items of a neuron that is none of those that were told."""
    return Choice(((("not", ("or", *(("==", neuron, each) for each in told))), items),))
