"""The outline of an explanation as data: its sentences, their order and their conditions, made from its programs and layers.

The words are in the catalog; the numbers are filled in where it is shown, by `evaluation` or in a browser.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..core.messages import message
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
    "reshape": message("reshape arranges the same numbers in another shape, row by row"),
    "sigmoid": message("σ(z) = 1 / (1 + exp(−z)), always between 0 and 1"),
    "sigmoid_prime": message("σ′(z) = σ(z) (1 − σ(z)), the slope of σ"),
    "relu": message("relu(z) is z where z is above 0, and 0 elsewhere"),
    "relu_prime": message("relu′(z), its slope, is 1 where z is above 0, and 0 elsewhere"),
    "softmax": message("softmax(z) = exp(z) / Σ exp(z): its results add up to 1"),
    "⊙": message("⊙ multiplies element by element"),
    "ᵀ": message("ᵀ exchanges rows and columns"),
    "η": message("η, the learning rate, says how far a step goes"),
}
STEPS = {
    1: message("Input"),
    2: message("Feedforward"),
    3: message("Output error"),
    4: message("Error, backwards"),
    5: message("Gradients"),
    6: message("Update"),
}
"""The titles of the steps."""
_DONE = {
    "function": {
        1: message("The arguments of the function."),
        2: message("Your own lines, with their values."),
        3: message("Now backwards. How does the result change with the last named line? That is its error δ."),
        4: message("From each error the errors of the lines before it."),
        5: message(
            "How does the result change with each number of each argument? A gradient has the shape of its argument."
        ),
    },
    "network": {
        2: message("Each neuron weighs its inputs, adds its bias, and squashes the sum to between 0 and 1."),
        3: message("How far off each answer is, times how strongly it still reacts: that is the error δ."),
        4: message("Every hidden neuron gets its share of the blame, sent back through the same weights."),
        5: message(
            "How much does the cost change with one weight? By the error after it, times the activation before it."
        ),
    },
    "empty function": {
        3: message("There is no step 3 here: no named line lies between the arguments and the result."),
        4: message("There is no step 4 here: no other named line lies between the arguments and the result."),
    },
    "empty network": {
        4: message(
            "There is no step 4 here: with two layers, nothing lies between input and output, so no error "
            "goes further back."
        )
    },
}
"""What a step does, of a function and of a network, with lines and without."""
_MEANINGS = {
    "input": message("the activations of the input layer, one per pixel"),
    "input_numbers": message("the activations of the input layer"),
    "desired": message("the desired output: 1 at the right answer, 0 elsewhere"),
    "desired_numbers": message("the desired output"),
    "weighted_input": message("the weighted input of each neuron of layer {layer}"),
    "activation": message("the activation of each neuron of layer {layer}"),
    "answer": message("the answers: how strongly each output neuron says yes"),
    "answer_numbers": message("the outputs: the numbers that the network gives"),
    "product": message("the weighted sum of layer {layer}, before it is normalized"),
    "normalized": message("the same with mean 0 and variance 1"),
    "mean": message("its mean"),
    "variance": message("its variance"),
    "cost": message("the cost: one number that says how far off the answers are"),
    "result": message("the result, one number"),
    "slope_of_cost": message("how the cost changes with each answer"),
    "output_error": message("the error of each output neuron, ∂C/∂z"),
    "hidden_error": message("the error of each neuron of layer {layer}, ∂C/∂z"),
    "error": message("the error of {subject}, ∂C/∂{subject}"),
    "gradient_w": message("how the cost changes with each weight of layer {layer}"),
    "gradient_b": message("how the cost changes with each bias of layer {layer}"),
    "gradient_gamma": message("how the cost changes with each scale γ of layer {layer}"),
    "gradient_shift": message("how the cost changes with each shift of layer {layer}"),
    "gradient": message("how the result changes with each number of {subject}"),
    "w": message("the weights of layer {layer}"),
    "b": message("the biases of layer {layer}"),
    "gamma": message("the scales γ of layer {layer}"),
    "shift": message("the shifts of layer {layer}"),
    "new_w": message("the new weights of layer {layer}"),
    "new_b": message("the new biases of layer {layer}"),
    "new_gamma": message("the new scales γ of layer {layer}"),
    "new_shift": message("the new shifts of layer {layer}"),
    "argument": message("given"),
    "own": message("in between"),
}
"""What the symbols mean."""
QUESTIONS = ("value", "why", "blame", "one_step", "proof", "layers")


def sentence(english: str, role: str = "", /, **slots: Part) -> Sentence:
    """A sentence by its English, with what its `{places}` are filled with."""
    return Sentence(english, slots, role)


def at(symbol: str, *index: Expression) -> Expression:
    """An element of a value."""
    return ("at", symbol, *index)


def listed(parts: Sequence[Part], last: str = "{words}, {word}") -> Part:
    """Parts, one after another, as the language lists them; `last` is how it joins the last one."""
    words, *more = parts
    for place, part in enumerate(more, 1):
        words = Sentence(last if place == len(more) else "{words}, {word}", {"words": words, "word": part})
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
            return Sentence("The derivative of {name}, line by line", {"name": made.name})
        if not made.classifies:
            return Sentence("How does the network come to its answer?")
        if made.label is None:
            return Sentence("What does the network read here?")
        answers: dict[str, Part] = {name: Slot(name, "class") for name in ("label", "answer")}
        return either(
            ("==", "answer", "label"),
            Sentence("How did the network read this {label}?", answers),
            Sentence("Why did the network read this {label} as {answer}?", answers),
        )

    def verdict(self) -> Iterator[Item]:
        """What it answers, what it should, and what that costs, in a few words each."""
        made = self.made
        if made.classifies:
            yield sentence("It reads {answer}", "strong", answer=Slot("answer", "class"))
        else:
            yield sentence("It gives {answer}", "strong", answer=self._numbers(f"a{self.last}"))
            if made.backward is not None:
                yield sentence("desired: {answer}", answer=self._numbers("y"))
        if made.label is not None:
            label = Slot("label", "class")
            yield either(
                ("==", "answer", "label"),
                sentence("and it is {label}", label=label),
                sentence("it is {label}", label=label),
            )
        if made.cost is not None:
            yield sentence("cost C = {cost}", "strong", cost=Slot("cost", "fixed", 4))

    def _numbers(self, symbol: str) -> Part:
        """Outputs as numbers, the first few of many."""
        count = self.made.outputs.size
        shown = [Slot(at(symbol, each, "example")) for each in range(min(count, _MOST_NUMBERS))]
        return listed([*shown, *["…"] * (count > _MOST_NUMBERS)])

    def introduction(self) -> Iterator[Item]:
        """What was given, what came out, what it cost, and what follows, in two paragraphs."""
        made = self.made
        if made.architecture is None:
            yield Sentence(
                "Below is every line of the function and of its derivative, on the given values. Each symbol "
                "keeps its color; its dimensions are written below it."
            )
            return
        first: list[Item] = [
            Sentence(
                "A network of {sizes} neurons.",
                {"sizes": listed([f"{each}" for each in made.sizes], "{words} and {word}")},
            )
        ]
        if made.classifies and made.outputs.size > 1:
            known: dict[str, Part] = {
                "answer": Slot("answer", "class"),
                "activation": Slot(at(f"a{self.last}", "answer", "example"), "rounded"),
            }
            gives: Item = Sentence("It gives {answer} an activation of {activation}.", known)
            if made.label is not None:
                truth = {
                    "label": Slot("label", "class"),
                    "truth": Slot(at(f"a{self.last}", "label", "example"), "rounded"),
                }
                gives = either(
                    ("==", "answer", "label"),
                    gives,
                    Sentence(
                        "It gives {answer} an activation of {activation}, and {label}, the truth, {truth}.",
                        {**known, **truth},
                    ),
                )
            first.append(gives)
        if made.cost is not None:
            cost = Inline(("C = ", Slot("cost", "rounded", 4)))
            first.append(Sentence("The cost of this answer is {cost}.", {"cost": cost}))
        words: Part = first[0]  # type: ignore[assignment]
        for each in (
            *first[1:],
            *self.batch(
                message(
                    "There are {m} examples, one per column; pictures and numbers of a single one belong to "
                    "example {example}, counted from 0. This C is the mean over all examples; in the equations, C "
                    "is their sum."
                )
            ),
        ):
            words = Sentence("{words} {word}", {"words": words, "word": each})  # type: ignore[dict-item]
        yield words
        yield Sentence(
            "Below is everything that happened, in the five steps of backpropagation and one update. Each "
            "symbol keeps its color; its dimensions are written below it."
            if made.backward is not None
            else "Below is everything that happened on the way to this answer. Each symbol keeps its color; "
            "its dimensions are written below it. To see what the network would learn from it, say what "
            "it should have read."
        )

    def batch(self, english: str = "") -> Iterator[Sentence]:
        """Which of several examples is shown; in these words, or in those for a screen without pictures."""
        if self.made.m > 1:
            own = message(
                "There are {m} examples, one per column; single numbers belong to example {example}, counted from 0. The "
                "cost C above is the mean over all examples; in the equations, C is their sum."
            )
            yield sentence(english or own, m=str(self.made.m), example=Slot("example", "count"))

    def counting(self) -> Iterator[Sentence]:
        """How layers and neurons are counted, and which is followed."""
        made = self.made
        layer, j = made.layer, Slot(f"neuron{made.layer}", "count")
        assert made.architecture is not None
        if made.architecture.pairs:
            yield sentence(
                "Batch normalization uses its running means and variances here, as it does when the network "
                "reads. The derivative that trained the network uses those of each batch: chainrule derive "
                "shows it."
            )
        output = sentence("output 0 is the first number that it gives")
        if made.classifies:
            output = sentence("output 1 is class 1" if made.classes else "output 3 is the digit 3")
        yield sentence(
            "Layers are counted from 1, the input, and neurons from 0: {output}. Below each symbol are "
"its dimensions, rows × columns. z{raised}[{neuron}] belongs to neuron {neuron} of layer "
"{layer}; w{raised}[{neuron},0] is the weight that leads to it from neuron 0 of layer "
"{before}. Neuron {neuron} is followed here because {why}. Numbers are rounded for display, "
"and computed in full.", output=output, layer=str(layer), before=str(layer - 1),
            neuron=j, raised=symbol_text(f"z{layer}")[1:], why=self.followed(layer),
        )  # fmt: skip

    # ---- the steps ---------------------------------------------------------------------------------------------------

    def step(self, step: Step, questions: bool = True) -> Section:
        """A step: its title and sentence, its lines, and what follows them, `questions` or only a proof and what changes."""
        number = step.number
        after = [item for item in self._after(number) if questions or not isinstance(item, Section)]
        content = (self._sentence(step), *self.lines(step), *after)
        return Section(f"step{number}", sentence(STEPS[number]), content, number)

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
            yield sentence("What this one step with η = {rate} changes:", "lead", rate=Slot("η", "plain"))
            yield from self.change()

    def _sentence(self, step: Step) -> Item:
        """What a step does, in one sentence, for this network or function."""
        made, number = self.made, step.number
        architecture, nothing = made.architecture, "empty " * (step.number in (3, 4) and not step.lines)
        if architecture is None:
            return sentence(_DONE[f"{nothing}function"][number], "say")
        if number == 1:
            return sentence(
                "The {n} input numbers are the activations of the first layer."
                if image_shape(made) is None
                else "Each of the {n} pixels becomes one activation between 0 (paper) and 1 (ink).",
                "say",
                n=Slot("n1", "count"),
            )
        if number == 2 and any(layer.applied.letter != "σ" for layer in architecture.stack):
            names = [each if isinstance(each, str) else each.__name__ for each in architecture.activations]
            return sentence(
                "Each neuron weighs its inputs, adds its bias, and turns the sum into its activation: {activations}.",
                "say",
                activations=listed([*dict.fromkeys(names)]),
            )
        if number == 3 and SLOPE not in made.values:
            return sentence(
                "How far off each answer is: with this cost and this activation, that alone is the error δ."
                if self._is_difference()
                else "How does the cost change with the weighted input of each output neuron? That is the error δ.",
                "say",
            )
        if number == 6:
            rose = either(
                (">", "after cost", "cost"),
                sentence(
                    "Use the gradients of the five steps: move every weight and bias against its own gradient. "
                    "This step was too long, and the cost rose: η is too large.",
                    "say",
                ),
                sentence(
                    "Use the gradients of the five steps: move every weight and bias a little against its own "
                    "gradient. The cost stays as it is.",
                    "say",
                ),
            )
            return either(
                ("<", "after cost", "cost"),
                sentence(
                    "Use the gradients of the five steps: move every weight and bias a little against its own "
                    "gradient. The cost falls.",
                    "say",
                ),
                rose,
            )
        return sentence(_DONE[f"{nothing}network"][number], "say")

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
        return sentence(_MEANINGS[key], layer=str(line.layer), subject=Name(subject))

    def _new_signs(self, rule: Formula) -> Iterator[Sentence]:
        """The words for those signs of a line, such as σ′, ⊙ and ᵀ, that are not explained yet."""
        for term in rule.terms:
            sign = "ᵀ" if term.transposed else term.name if term.kind == "function" else term.text
            if sign in _SIGNS and self._is_new(sign):
                yield sentence(_SIGNS[sign])

    def _elements(self, line: Line, updates: bool) -> Iterator[Item]:
        """The elements whose numbers are shown, and what stands beside them."""
        found = elements(self.made, f"dC_d{line.symbol}" if updates else line.symbol)
        for condition, index in found[:1] if updates else found:
            beside = [*self._verdict(line, index[0])] if index else []
            rest = next((each.inner for each in line.numbers if each.inner > 3 and "⋯" in str(each.stages)), 0)
            if rest and self._is_new(f"⋯ {rest}"):
                beside.append(sentence("⋯ is the rest of {count}", "aside", count=f"{rest:,}"))
            yield Choice(((condition, (Worked(index, tuple(beside)),)),))

    def _verdict(self, line: Line, row: Expression) -> Iterator[Item]:
        """Beside an output: whether it is the truth or the answer; beside its error, which way to push it."""
        if self.made.label is None:
            return
        if line.meaning == "output_error":
            error = at(line.symbol, row, "example")
            low, high = (
                Inline((mark, sentence(words)))
                for mark, words in (("▲ ", message("too low: push it up")), ("▼ ", message("too high: push it down")))
            )
            pushed = Choice(((("<", error, 0), (low,)), ((">", error, 0), (high,))))
            yield Choice(((("or", ("==", row, "answer"), ("==", row, "label")), (pushed,)),))
        if line.meaning == "answer":
            yield self._mark(row)

    def _mark(self, row: Expression) -> Choice:
        """The mark of an output that is the truth or the answer."""
        cases: list[tuple[Expression, tuple[Item, ...]]] = [
            (("==", row, "answer"), (Inline(("◀ ", sentence("answer"))),))
        ]
        if self.made.label is not None:
            cases.insert(0, (("==", row, "label"), (Inline(("□ ", sentence("truth"))),)))
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
            yield sentence("{low} to {high}, mean {mean}", "statistic", **ends)
            if line.meaning == "input" and pixels:
                yield sentence("{share} of the pixels are blank", "statistic", share=Slot("blank", "share"))
            else:
                zeros, share = f"zeros {name}", Slot(f"zeros {name}", "share")
                said: Item = sentence("{share} are 0", "statistic", share=share)
                if pixels and line.layer == 2 and line.meaning == "gradient_w":
                    said = either(
                        ("==", zeros, "blank"),
                        sentence("{share} are 0, those of the blank pixels", "statistic", share=share),
                        said,
                    )
                yield Choice((((">", zeros, 0), (said,)),))
        if line.statistics.saturated is not None and line.meaning in ("activation", "answer"):
            flat = Slot(("count", ("<", ("abs", f"slope{line.layer}"), FLAT)), "count")
            yield sentence(
                "{count} of {total} neurons saturated", "statistic", count=flat, total=Slot(("size", name), "count")
            )
            if self._is_new("saturated"):
                yield sentence(
                    "a saturated neuron sits on a flat end of its activation: the slope there is below 0.01, and "
                    "hardly any error gets back through it",
                    "statistic",
                )

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
            some = sentence(
                "{count} of {total} neurons of layer {layer} are saturated: they sit on the flat parts of the "
                "curve (gray), where its slope {slope} is below 0.01. Hardly any error will get back through "
                "them.",
                **slots,
            )
            if step.number != 2:
                some = sentence(
                    "{count} of {total} neurons of layer {layer} are saturated (gray): {slope} is below 0.01 "
                    "there, so hardly any error passes.",
                    **slots,
                )
            none = sentence(
                "None of the {total} neurons of layer {layer} is saturated: {slope} is at least 0.01 "
                "everywhere, and errors can pass.",
                **slots,
            )
            words = either((">", flat, 0), some, none)
            yield Picture("curve", layer=layer, caption=(words,))

    def followed(self, layer: int) -> Choice:
        """Why the numbers of a layer are those of its chosen neuron."""
        ranked = ranked_by(self.made, layer)
        largest: Expression = ("largest", ("column", f"{'δ' if ranked == 'error' else 'a'}{layer}", "example"), 0)
        return either(
            ("==", f"neuron{layer}", largest),
            sentence(
                "its error δ is the largest of its layer"
                if ranked == "error"
                else "its activation is the largest of its layer"
            ),
            sentence("you asked for it"),
        )

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
        title = sentence("Why is {symbol} = {value}?", symbol=Name(a, (j,)), value=Slot(at(a, j, "example")))
        words = sentence(
            "Neuron {neuron} of layer {layer} adds up {count} products w × a and its bias. The largest are:",
            "say",
            neuron=n,
            layer=str(layer),
            count=Slot(("size", products), "count"),
        )
        return Section("value", title, (words, Table(">^>>^>", rows)))

    def blame(self) -> Section:
        """What flows back to a neuron, the slope, and its error."""
        made, layer, j, _ = self.made, self.made.layer, *self._chosen()
        error, after = f"δ{layer}", layer + 1
        rows: tuple[Item, ...] = ()
        slope: tuple[Item, ...] = ()
        if made.architecture is not None and has_slope(made, layer):
            slope = (_end(sentence("times the slope"), Slot(at(f"slope{layer}", j, "example")), "×"),)
        if layer < self.last:
            require_sum(made, after)
            w, errors = f"w{after}", f"δ_s{after}" if f"δ_s{after}" in made.values else f"δ{after}"
            products: Expression = ("*", ("column", w, j), ("column", errors, "example"))
            rows = tuple(self._parts(products, (w, ("k", j)), (f"δ{after}", ("k",)), after))
            words = sentence(
                "The errors of layer {after} flow back to it, each through the weight that had carried its "
                "activation forward:",
                "say",
                after=str(after),
            )
        elif SLOPE in made.values and slope:
            rows = (_end(Name(SLOPE, (j,), strong=True), Slot(at(SLOPE, j, "example"), sign=True, kind="g")),)
            words = sentence(
                "It is an output neuron. How the cost changes with its answer, times how strongly the answer "
                "still reacts:",
                "say",
            )
        else:
            words, slope = (
                sentence(
                    "It is an output neuron, and with this cost its error is simply how far off its answer is.", "say"
                ),
                (),
            )
        result = _end(Name(error, (j,), strong=True), Slot(at(error, j, "example"), sign=True, kind="d", strong=True))
        title = sentence(
            "Where does {symbol} = {value} come from?", symbol=Name(error, (j,)), value=Slot(at(error, j, "example"))
        )
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
            where = sentence("pixel, row {row}, column {column}", "aside", **place)
        else:
            where = sentence("neuron {neuron} of layer {layer}", "aside", neuron=Slot("k", "count"), layer=str(layer))
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
        others = sentence("{count} others", "aside", count=Slot(("size", "others"), "count"))
        rest = Row(("", "", "", others, "", Slot(("sum", ("at", products, "others")), sign=True)))
        yield Each("k", products, _MOST, (row,), (rest,))
        yield Row(
            (
                "",
                "",
                "",
                sentence(message("sum", "total"), "aside"),
                "=",
                Slot(("sum", products), sign=True, strong=True),
            ),
            "sum",
        )

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
            sentence("pixel" if pixels else "neuron"),
            Name(a, strong=True),
            *(sentence("for {digit}", digit=each) for each in answers.values()),
        )
        number = Slot("k", "count", strong=True)
        thumb = Inline((Picture("weights", index=("k",), layer=2), number)) if pictured else number
        vote = Row((thumb, Slot(at(a, "k", "example"), kind="a"), *said([("at", each, "k") for each in votes])))
        rest = Row(
            (
                sentence("{count} others", "aside", count=Slot(("size", "others"), "count")),
                "",
                *said([("sum", ("at", each, "others")) for each in votes]),
            )
        )
        z_pair, a_pair = ([at(each, answer, "example") for answer in pair] for each in (inputs, f"a{self.last}"))
        z_said = (Slot(each, decimals=2, sign=True, kind="z", strong=True) for each in z_pair)
        a_said = (Slot(each, kind="a", strong=True) for each in a_pair)
        rows: tuple[Item, ...] = (
            Row((*heads, sentence("difference")), "head"),
            Each("k", difference, _MOST, (vote,), (rest,)),
            Row((Inline((sentence("bias"), " ", Name(b, strong=True))), "", *said(biases))),
            Row((Name(z, strong=True), "", *z_said, _leaning(("-", *z_pair))), "sum"),
            Row((Name(f"a{self.last}", strong=True), "", *a_said, "")),
        )
        items: list[Item] = [
            sentence(
                "Each pixel argues for {this} and for {other}: its ink times the weight that leads there. The "
                "difference between the two decides."
                if pixels
                else "Each neuron of layer {layer} argues for {this} and for {other}: its activation times the "
                "weight that leads there. The difference between the two decides.",
                "say",
                layer=str(before),
                **answers,
            ),
            Table("<>>>>", rows),
        ]
        if image_shape(made) is not None:
            exact = sentence(
                "exact here, where pixels and answers meet directly"
                if before == 1
                else "a first estimate of what each pixel does"
            )
            items.append(
                Picture(
                    "evidence",
                    "evidence",
                    caption=(
                        sentence(
                            "Evidence per pixel: above 0 it is for {this}, below 0 for {other}. It is input times slope, "
                            "{exact}.",
                            exact=exact,
                            **answers,
                        ),
                    ),
                )
            )
        return Section("why", sentence("Why {this}, and not {other}?", **answers), tuple(items))

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
            items.append(
                sentence(
                    "Of the other {total} test images, {before} were read correctly before and {after} after: "
                    "{gained} became right, {lost} became wrong."
                    if self.made.classes
                    else "Of the other {total} test digits, {before} were read correctly before and {after} after: "
                    "{gained} became right, {lost} became wrong.",
                    **counts,
                )
            )
            items.append(
                Choice(
                    (
                        (
                            (">", "became wrong", 0),
                            (
                                sentence(
                                    "A new image improves the weights on average, not every time. That is why steps are small "
                                    "and taken on batches.",
                                    "aside",
                                ),
                            ),
                        ),
                    )
                )
            )
        return Section(
            "one_step",
            sentence("What does one step of learning with η = {rate} change?", rate=Slot("η", "plain")),
            tuple(items),
        )

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
            Row(("", sentence("before"), sentence("after")), "head"),
            Row((sentence("cost C", "strong"), *_before_and_after("cost", "after cost"))),
            *shown,
        ]
        if made.label is not None:
            answers = [
                Inline((Slot(each, "plain", strong=True), either(("==", each, "label"), " ✓")))
                for each in ("answer", "after answer")
            ]
            rows.append(Row((sentence("it reads", "strong"), *answers)))
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
        leading = sentence(
            ", mostly for output {leader}, whose error is {times} times as large",
            leader=Slot(leader, "count"),
            times=often,
        )
        led: Expression = ("and", ("!=", leader, neuron), (">=", times, 1.5))
        slots: dict[str, Part] = {
            "neuron": Slot(neuron, "count"), "delta": Name(error, (neuron,)), "z": Name(z, (neuron,)),
            "own": Slot(("-", own, before), sign=True), "shared": Slot(("-", after, own), sign=True),
            "before": Slot(before, "rounded", ("decimals", moved)), "after": Slot(after, "rounded", ("decimals", moved)),
            "leading": either(led, leading),
        }  # fmt: skip
        items: list[Item] = [
            either(
                ("<", moved, 0),
                sentence(
                    "{neuron} fell, although {delta} pushes it up. By its own weights and bias alone, {z} would "
                    "have moved by {own}; but the step also moved the hidden neurons, which all outputs "
                    "share{leading}, and that moved {z} by {shared}: together from {before} to {after}.",
                    **slots,
                ),
                sentence(
                    "{neuron} rose, although {delta} pushes it down. By its own weights and bias alone, {z} would "
                    "have moved by {own}; but the step also moved the hidden neurons, which all outputs "
                    "share{leading}, and that moved {z} by {shared}: together from {before} to {after}.",
                    **slots,
                ),
            )
        ]
        if last > 2 and made.architecture is not None and made.architecture.layer(last).normalization == "none":
            shift: Expression = ("-", ("column", f"after {hidden}", "example"), ("column", hidden, "example"))
            products: Expression = ("*", ("row", f"after {w}", neuron), shift)
            agreeing: Expression = ("*", products, (">", ("*", products, moved), 0))
            old, new = _before_and_after(at(hidden, "k", "example"), at(f"after {hidden}", "k", "example"))
            most = sentence(
                "The largest part came through neuron {neuron} of layer {layer}: {a} went from {before} to "
"{after}, and that change times {w} = {weight} is {product}.",
                "more", neuron=Slot("k", "count"), layer=str(last - 1), a=Name(hidden, ("k",)), before=old,
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
        return Inline(
            (
                sentence(
                    "Proof: move {parameter} alone by ±0.00001 and measure C twice. Slope {measured}, "
                    "backpropagation {derived}",
                    parameter=Name(name, index),
                    **slots,
                ),
                self._agreement(),
            )
        )

    def _agreement(self) -> Choice:
        return either("agrees", Inline((" ✓",)), Inline((" ≠",)))

    def proof(self) -> Section:
        """A gradient beside its measurement."""
        name, index = self._parameter()
        step = "0.00001"
        apart: Expression = ("abs", ("-", "derived", "measured"))
        rounding: Expression = ("and", "agrees", (">=", "relative error", 1e-5))
        error = either(
            rounding,
            sentence("none: {apart} apart is rounding", apart=Slot(apart, "small")),
            Slot("relative error", "small"),
        )
        rows = (
            Row((sentence("C with +{step}", step=step), Slot("C plus", "fixed", 12))),
            Row((sentence("C with −{step}", step=step), Slot("C minus", "fixed", 12))),
            Row((sentence("measured slope"), Slot("measured", "fixed", 10, strong=True))),
            Row((sentence("backpropagation"), Slot("derived", "fixed", 10, kind="g", strong=True))),
            Row((sentence("relative error"), Inline((error, self._agreement())))),
        )
        words = sentence(
            "Move {parameter} alone by ±{step}, run the network forward twice, and see how C changes.",
            "say",
            parameter=Name(name, index),
            step=step,
        )
        return Section(
            "proof", sentence("Is {symbol} right?", symbol=Name(f"dC_d{name}", index)), (words, Table("<<", rows))
        )

    def layers(self) -> Section:
        """Saturated neurons and the length of the error, layer by layer."""
        architecture = require_label(self.made)
        lengths = {layer: ("norm", ("column", f"δ{layer}", "example")) for layer in range(2, self.last + 1)}
        heads = (sentence("layer"), sentence("neurons"), sentence("saturated"), "‖δ‖", "‖∂C/∂w‖")
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
        return Section(
            "layers",
            sentence("Which neurons are saturated, and how does the error fade?"),
            (
                sentence(
                    "A neuron is saturated where its slope is below 0.01: it sits on a flat end of its "
                    "activation, and hardly any error passes. ‖δ‖ is the length of a layer's error.",
                    "say",
                ),
                Table(">>>>>", tuple(rows)),
            ),
        )


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
