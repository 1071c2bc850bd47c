"""What an explanation says, in which order and under which condition, as data made from its programs and layers.

English stands where it is said; numbers are filled in where it is shown, by `evaluation` or in a browser. The answers to a
learner's questions are in `answers`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ..core.messages import message
from ..dimensions import count_text
from ..program.formulas import Formula
from ..program.symbol_names import symbol_text
from . import answers
from .picture_style import image_shape, is_ink
from .quantities import FLAT, SLOPE, chosen_by, elements, has_slope, largest, of_example, of_neuron, saturated
from .recording import Line, Recording, Step
from .vocabulary import (
    Choice,
    Equation,
    Expression,
    Inline,
    Item,
    Name,
    Part,
    Picture,
    Section,
    Sentence,
    Slot,
    Worked,
    either,
    listed,
    sentence,
    where,
)  # fmt: skip
from .windows import POOLING, kind, pooled_place

_MOST_NUMBERS = 10  # outputs that are told as numbers
_STRIP = 100  # neurons of a layer that are shown as cells
_NUMBERED = re.compile(r"\d_\d+$")
"""At the end of the name of what a layer computes at one of its places."""
_MANY = 4  # lines of which one may be told to be the derivative
_NO_STRIP = ("gradient of weight", "gradient of bias", "weighted input", "slope of cost")
STEPS = {
    1: message("Input"),
    2: message("Feedforward"),
    3: message("Output error"),
    4: message("Error, backwards"),
    5: message("Gradients"),
    6: message("Update"),
}
"""The titles of the steps."""
_DOES = {
    2: message("Each neuron weighs its inputs, adds its bias, and squashes the sum to between 0 and 1."),
    3: message("How far off each answer is, times how strongly it still reacts: that is the error δ."),
    4: message("Every hidden neuron gets its share of the blame, sent back through the same weights."),
    5: message("How much does the cost change with one weight? By the error after it, times the activation before it."),
}
"""What a step of a network does."""
_DOES_WITH_MAPS = {
    2: message(
        "Kernels slide over the image, and each makes a map: at every place it weighs the window under it and adds its bias. "
        "Pooling shrinks the maps, and in the end neurons weigh what is left."
    ),
    4: message(
        "The error goes back the way that the activations came: through the same weights, in each pooling window to the one "
        "that won, and through the same kernels, turned half round."
    ),
    5: message(
        "How much does the cost change with one weight? By the error after it, times the activation before it. A weight of a "
        "kernel works at every place, and its products are added up."
    ),
}
"""The same where layers are images."""
_DOES_OF_KIND = {
    2: {
        "dense": message("Each neuron weighs its inputs, adds its bias, and turns the sum into its activation."),
        "embedding": message("An embedding gives each token its row of numbers."),
        "attention": message(
            "In attention, each place takes from the others, as much as its query meets their keys; in each head by itself."
        ),
        "recurrent": message(
            "A recurrent layer reads one place after another, and carries a state on from each to the next."
        ),
        "residual": message("Where layers are skipped, what they make of their input is added to that input."),
        "normalization": message("A normalization gives the numbers the same size everywhere."),
    },
    4: {
        "dense": message("Every hidden neuron gets its share of the blame, sent back through the same weights."),
        "attention": message("Through attention, the error of a place goes to those that it took from."),
        "recurrent": message(
            "Through a recurrent layer, the error goes back in time, from each place to the one before."
        ),
        "residual": message("At the sum, the error goes back both ways: straight on, and through the skipped layers."),
    },
    5: {
        "dense": message(
            "How much does the cost change with one weight? By the error after it, times the activation before it."
        ),
        "places": message("Where the same weights work at every place, the products of all places are added up."),
    },
}
"""What a step of a network does, told of the kinds of its layers, where there are sequences or skipped layers."""
_DOES_OF_FUNCTION = {
    1: message("The arguments of the function."),
    2: message("Your own lines, with their values."),
    3: message("Now backwards. How does the result change with the last named line? That is its error δ."),
    4: message("From each error the errors of the lines before it."),
    5: message(
        "How does the result change with each number of each argument? A gradient has the shape of its argument."
    ),
}
_NONE_OF_FUNCTION = {
    3: message("There is no step 3 here: no named line lies between the arguments and the result."),
    4: message("There is no step 4 here: no other named line lies between the arguments and the result."),
}
_SIGNS = {
    "reshape": message("reshape arranges the same numbers in another shape, row by row"),
    "sigmoid": message("σ(z) = 1 / (1 + exp(−z)), always between 0 and 1"),
    "sigmoid_prime": message("σ′(z) = σ(z) (1 − σ(z)), the slope of σ"),
    "relu": message("relu(z) is z where z is above 0, and 0 elsewhere"),
    "relu_prime": message("relu′(z), its slope, is 1 where z is above 0, and 0 elsewhere"),
    "⋆": message("⋆ slides a kernel over the maps: at each place, the sum of kernel ⊙ window"),
    "∗": message(
        "∗ lays a kernel down at each place, times the error there, and adds up: at each place, the sum of the turned "
        "kernel ⊙ the window of errors"
    ),
    "winners": message(
        "winners is 1 at the largest number of each window, the first where several are equal, and 0 elsewhere"
    ),
    "softmax": message("softmax(z) = exp(z) / Σ exp(z): its results add up to 1"),
    "⊙": message("⊙ multiplies element by element"),
    "ᵀ": message("ᵀ exchanges rows and columns"),
    "η": message("η, the learning rate, says how far a step goes"),
}
"""Signs and functions, explained where they stand first."""
MEANINGS = {
    "input": message("the activations of the input layer"),
    "pixels": message("the activations of the input layer, one per pixel"),
    "desired": message("the desired output"),
    "desired class": message("the desired output: 1 at the right answer, 0 elsewhere"),
    "weighted input": message("the weighted input of each neuron of layer {layer}"),
    "activation": message("the activation of each neuron of layer {layer}"),
    "answer": message("the answers: how strongly each output neuron says yes"),
    "outputs": message("the outputs: the numbers that the network gives"),
    "cost": message("the cost: one number that says how far off the answers are"),
    "result": message("the result, one number"),
    "slope of cost": message("how the cost changes with each answer"),
    "output error": message("the error of each output neuron, ∂C/∂z"),
    "hidden error": message("the error of each neuron of layer {layer}, ∂C/∂z"),
    "error": message("the error of {subject}, ∂C/∂{subject}"),
    "gradient of weight": message("how the cost changes with each weight of layer {layer}"),
    "gradient of bias": message("how the cost changes with each bias of layer {layer}"),
    "gradient of scale": message("how the cost changes with each scale γ of layer {layer}"),
    "gradient of shift": message("how the cost changes with each shift of layer {layer}"),
    "gradient": message("how the result changes with each number of {subject}"),
    "weight": message("the weights of layer {layer}"),
    "bias": message("the biases of layer {layer}"),
    "scale": message("the scales γ of layer {layer}"),
    "shift": message("the shifts of layer {layer}"),
    "new weight": message("the new weights of layer {layer}"),
    "new bias": message("the new biases of layer {layer}"),
    "new scale": message("the new scales γ of layer {layer}"),
    "new shift": message("the new shifts of layer {layer}"),
    "weighted input of maps": message("the weighted input at each place of the maps of layer {layer}"),
    "activation of maps": message("the maps of layer {layer}: the activation at each place"),
    "largest": message("the maps of layer {layer}: the largest activation of each window"),
    "averaged": message("the maps of layer {layer}: the mean activation of each window"),
    "flattened": message("the same activations as one column, map after map, row after row"),
    "windows": message("the maps of layer {before}, cut into the windows of layer {layer}"),
    "margin": message("the maps of layer {before} with a margin of zeros"),
    "error of maps": message("the error at each place of the maps of layer {layer}, ∂C/∂z"),
    "error of pooled maps": message("the error at each place of the maps of layer {layer}, ∂C/∂a"),
    "flattened places": message("the same numbers as one column, place after place"),
    "token numbers": message("the tokens, by their numbers"),
    "error of column": message("the error of each number of the column, ∂C/∂a"),
    "error of windows": message("the same error, in each window at its largest activation"),
    "gradient of kernels": message("how the cost changes with each weight of the kernels of layer {layer}"),
    "gradient of map biases": message("how the cost changes with the bias of each map of layer {layer}"),
    "kernels": message("the kernels of layer {layer}"),
    "map biases": message("the biases of layer {layer}, one for each map"),
    "new kernels": message("the new kernels of layer {layer}"),
    "new map biases": message("the new biases of layer {layer}"),
    "argument": message("given"),
    "own": message("in between"),
    "helper": message("used in the lines below"),
    "weighted input of places": message("the weighted input of each neuron of layer {layer}, at each place"),
    "activation of places": message("the activation of each neuron of layer {layer}, at each place"),
    "error of places": message("the error of each neuron of layer {layer}, at each place"),
    "numbers": message("what layer {layer} gives"),
    "numbers of places": message("what layer {layer} gives each place"),
    "error of numbers": message("the error of what layer {layer} gives, ∂C/∂a"),
    "embedding": message("the embedding of each token: its row of the weights"),
    "embedding of places": message("the embedding of each token: its row of the weights, plus the row of its place"),
    "last state": message("the state after the last place"),
    "states": message("the state after each place"),
    "sum": message("what the skipped layers made of {before}, added to it"),
    "error of sum": message(
        "the error of the sum: it goes back both ways, straight on to {before} and through the layers"
    ),
    "error of summand": message("the same error, on its way through the skipped layers"),
    "place": message("of place {place}: {meaning}"),
}
"""What a symbol stands for."""


class Outline:
    """Makes the data of one explanation; a sign or a word is explained where it stands first in what is made.

    Without `statistics` nothing is said of how large the numbers of a value are.
    """

    def __init__(self, made: Recording, statistics: bool = True):
        self.made, self.statistics = made, statistics
        self.last = len(made.sizes)
        self.explained: set[str] = set()  # signs and words
        self.origin: tuple[str, ...] = ()  # of the line before

    def _is_new(self, word: str) -> bool:
        new = word not in self.explained
        self.explained.add(word)
        return new

    # ---- the top -----------------------------------------------------------------------------------------------------

    def title(self) -> Item:
        """The question that is answered."""
        made = self.made
        if made.architecture is None:
            return sentence("The derivative of {name}, line by line", name=made.name)
        if not made.classifies:
            return sentence("How does the network come to its answer?")
        if made.label is None:
            return sentence("What does the network read here?")
        label, answer = Slot("label", "class"), Slot("answer", "class")
        right = sentence("How did the network read this {label}?", label=label)
        return either(
            ("==", "answer", "label"), right,
            sentence("Why did the network read this {label} as {answer}?", label=label, answer=answer),
        )  # fmt: skip

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
            right, wrong = sentence("and it is {label}", label=label), sentence("it is {label}", label=label)
            yield either(("==", "answer", "label"), right, wrong)
        if made.cost is not None:
            yield sentence("cost C = {cost}", "strong", cost=Slot("cost", "fixed", 4))

    def _numbers(self, symbol: str) -> Part:
        """Outputs as numbers, the first few of many."""
        count = self.made.outputs.size
        shown = [Slot(of_neuron(symbol, each)) for each in range(min(count, _MOST_NUMBERS))]
        return listed([*shown, *["…"] * (count > _MOST_NUMBERS)])

    def introduction(self) -> Iterator[Item]:
        """What was given, what came out, what it cost, and what follows, in two paragraphs."""
        made = self.made
        if made.architecture is None:
            yield sentence(
                "Below is every line of the function and of its derivative, on the given values. Each symbol keeps its "
                "color; its dimensions are written below it."
            )
            return
        words: Part = sentence(
            "A network of {sizes} neurons.", sizes=listed([*map(str, made.sizes)], last="{words} and {word}")
        )
        if not made.architecture.columns:
            words = sentence(
                "A network of {count} layers: {sizes}.", count=str(self.last), sizes=listed(self._layers())
            )
        for each in (*self._outcome(), *self.batch()):
            words = sentence("{words} {word}", words=words, word=each)
        yield words
        if made.backward is None:
            yield sentence(
                "Below is everything that happened on the way to this answer. Each symbol keeps its color; its dimensions "
                "are written below it. To see what the network would learn from it, say what it should have read."
            )
        else:
            yield sentence(
                "Below is everything that happened, in the five steps of backpropagation and one update. Each symbol keeps "
                "its color; its dimensions are written below it."
            )

    def _layers(self) -> list[Part]:
        """The layers from the input on, by their sizes and what they do."""
        architecture = self.made.architecture
        assert architecture is not None
        first, *others = map(count_text, architecture.examples)
        pairs = zip(others, architecture.stack, strict=True)
        return [
            first,
            *(size if each.normalization else sentence("{size} {layer}", size=size, layer=sentence(each.called("en")))
              for size, each in pairs),
        ]  # fmt: skip

    def _outcome(self) -> Iterator[Part]:
        """The answer's activation, that of the truth, and the cost."""
        made, a = self.made, f"a{self.last}"
        if made.classifies and made.outputs.size > 1:
            slots = {"answer": Slot("answer", "class"), "activation": Slot(of_neuron(a, "answer"), "rounded")}
            gives = sentence("It gives {answer} an activation of {activation}.", **slots)
            if made.label is None:
                yield gives
            else:
                slots |= {"label": Slot("label", "class"), "truth": Slot(of_neuron(a, "label"), "rounded")}
                both = sentence(
                    "It gives {answer} an activation of {activation}, and {label}, the truth, {truth}.", **slots
                )
                yield either(("==", "answer", "label"), gives, both)
        if made.cost is not None:
            yield sentence("The cost of this answer is {cost}.", cost=Inline(("C = ", Slot("cost", "rounded", 4))))

    def batch(self, pictures: bool = True) -> Iterator[Sentence]:
        """Which of several examples is shown, in `pictures` and in numbers."""
        slots: dict[str, Part] = {"m": str(self.made.m), "example": Slot("example", "count")}
        if self.made.m > 1 and pictures:
            yield sentence(
                "There are {m} examples, one per column; pictures and numbers of a single one belong to example {example}, "
                "counted from 0. This C is the mean over all examples; in the equations, C is their sum.", **slots,
            )  # fmt: skip
        elif self.made.m > 1:
            yield sentence(
                "There are {m} examples, one per column; single numbers belong to example {example}, counted from 0. The "
                "cost C above is the mean over all examples; in the equations, C is their sum.", **slots,
            )  # fmt: skip

    def counting(self) -> Iterator[Sentence]:
        """How layers and neurons are counted, and which is followed."""
        made, layer = self.made, self.made.layer
        assert made.architecture is not None
        if made.architecture.pairs:
            yield sentence(
                "Batch normalization uses its running means and variances here, as it does when the network reads. The "
                "derivative that trained the network uses those of each batch: chainrule derive shows it."
            )
        if any(made.places(each) for each in range(1, self.last + 1)):
            yield sentence(
                "The dimensions of sequences are examples × places × channels: a⁵[2,7] is channel 7 of place 2 in layer 5, both "
                "counted from 0."
            )
        output = sentence("output 0 is the first number that it gives")
        if made.classifies:
            output = sentence("output 1 is class 1" if made.classes else "output 3 is the digit 3")
        if made.maps(layer):
            yield sentence(
                "Layers are counted from 1, the input, and neurons from 0: {output}. Below each symbol are its dimensions: of "
                "maps examples × maps × rows × columns. z{raised}[{map},{row},{column}] is the weighted input of map {map} of "
                "layer {layer} in row {row} and column {column}, counted from 0. That place is followed here because {why}. "
                "Numbers are rounded for display, and computed in full.",
                output=output, raised=symbol_text(f"z{layer}")[1:], layer=str(layer), why=self.why_followed(layer),
                **{name: Slot(f"{name}{layer}", "count") for name in ("map", "row", "column")},
            )  # fmt: skip
            return
        yield sentence(
            "Layers are counted from 1, the input, and neurons from 0: {output}. Below each symbol are its dimensions, "
            "rows × columns. z{raised}[{neuron}] belongs to neuron {neuron} of layer {layer}; w{raised}[{neuron},0] is the "
            "weight that leads to it from neuron 0 of layer {before}. Neuron {neuron} is followed here because {why}. "
            "Numbers are rounded for display, and computed in full.",
            output=output, layer=str(layer), before=str(layer - 1), neuron=Slot(f"neuron{layer}", "count"),
            raised=symbol_text(f"z{layer}")[1:], why=self.why_followed(layer),
        )  # fmt: skip

    def why_followed(self, layer: int) -> Choice:
        """Why the numbers of a layer are those of its chosen neuron."""
        made, symbol = self.made, chosen_by(self.made, layer)
        if layer > 2 and pooled_place(made, layer, made.neuron(layer - 1)) == made.neuron(layer):
            goes = sentence("the place that is followed in layer {before} goes there", before=str(layer - 1))
            return either(("!=", f"neuron{layer}", -1), goes)
        ranked = sentence(
            "its error δ is the largest of its layer"
            if symbol == f"δ{layer}"
            else "its activation is the largest of its layer"
        )
        first: Expression = ("==", f"neuron{layer}", largest(of_example(symbol)))
        return either(first, ranked, sentence("you asked for it"))

    # ---- the steps ---------------------------------------------------------------------------------------------------

    def step(self, step: Step, questions: bool = True) -> Section:
        """A step: its title and sentence, its lines, and what follows them, `questions` or only a proof and what changes."""
        number = step.number
        after = [item for item in self._after(number) if questions or not isinstance(item, Section)]
        content = (self._what_it_does(step), *self.lines(step), *after)
        return Section(f"step{number}", sentence(STEPS[number]), content, number)

    def lines(self, step: Step) -> Iterator[Equation]:
        """The lines of a step."""
        for place, line in enumerate(step.lines):
            after = step.lines[place + 1 :]
            yield self._equation(step, line, all(each.layer != line.layer for each in after))

    def _after(self, number: int) -> Iterator[Item]:
        made = self.made
        if made.architecture is None:
            return
        if number == 2 and (layer := self._convolution()):
            yield answers.value(made.following(layer, made.neuron(layer)))
        if number == 2 and made.classifies and made.outputs.size > 1 and made.architecture.stack[-1].normalization:
            yield answers.why(made)
        if number == 4 and (layer := self._convolution()):
            pooled = layer + 1 if kind(made, layer + 1) in POOLING and kind(made, layer + 2) == "convolution" else 0
            followed = (each for each in (pooled, layer) if each and answers.comes_back(made, each))
            for each in followed:
                yield answers.blame(made.following(each, made.neuron(each)))
        if number == 4 and self.last > 2:
            yield answers.layers(made)
        if number == 5:
            yield answers.proved(made)
        if number == 6:
            yield sentence("What this one step with η = {rate} changes:", "lead", rate=Slot("η", "plain"))
            yield from answers.changes(made)

    def _convolution(self) -> int:
        """The convolution of which a window is shown: that of the chosen neuron, or the first; 0 if there is none."""
        found = [layer for layer in range(2, self.last + 1) if kind(self.made, layer) == "convolution"]
        return self.made.layer if self.made.layer in found else next(iter(found), 0)

    def _what_kinds_do(self, number: int) -> Item | None:
        """What a step does in the layers that there are, where there are sequences or skipped layers."""
        made, table = self.made, _DOES_OF_KIND.get(number)
        kinds = [kind(made, layer) for layer in range(2, self.last + 1)]
        sequences = any(made.places(layer) for layer in range(1, self.last + 1))
        if table is None or not (sequences or "residual" in kinds):
            return None
        groups = {"normalization" if each.endswith("normalization") else each for each in kinds}
        groups |= {"dense"} | ({"places"} if sequences else set())
        words: list[Part] = [sentence(text) for group, text in table.items() if group in groups]
        if number in _DOES_WITH_MAPS and "convolution" in kinds:
            words[0] = sentence(_DOES_WITH_MAPS[number])
        told = words[0]
        for word in words[1:]:
            told = sentence("{words} {word}", words=told, word=word)
        return Sentence("{words}", {"words": told}, "say")

    def _what_it_does(self, step: Step) -> Item:
        """What a step does, in one sentence, for this network or function."""
        made, number, architecture = self.made, step.number, self.made.architecture
        if architecture is None:
            table = _DOES_OF_FUNCTION if step.lines else _DOES_OF_FUNCTION | _NONE_OF_FUNCTION
            return sentence(table[number], "say")
        if number == 1:
            if architecture.vocabulary is not None:
                return sentence("The {n} inputs are tokens, by their numbers.", "say", n=Slot("n1", "count"))
            image = image_shape(made)
            if image is not None and image.channels > 1:
                return sentence(
                    "Each of the {pixels} pixels is three numbers, how red, green and blue it is. These {n} numbers become the "
                    "activations of the first layer.",
                    "say", pixels=f"{image.rows * image.columns:,}", n=Slot("n1", "count"),
                )  # fmt: skip
            n = Slot("n1", "count")
            if is_ink(made):
                return sentence(
                    "Each of the {n} pixels becomes one activation between 0 (paper) and 1 (ink).", "say", n=n
                )
            if image is not None:
                return sentence("Each of the {n} pixels becomes one activation.", "say", n=n)
            return sentence("The {n} input numbers are the activations of the first layer.", "say", n=n)
        if (told := self._what_kinds_do(number)) is not None:
            return told
        if not architecture.columns and number in _DOES_WITH_MAPS:
            return sentence(_DOES_WITH_MAPS[number], "say")
        if number == 2 and any(layer.applied.letter != "σ" for layer in architecture.stack):
            names = [each if isinstance(each, str) else each.__name__ for each in architecture.activations]
            return sentence(
                "Each neuron weighs its inputs, adds its bias, and turns the sum into its activation: {activations}.",
                "say", activations=listed([*dict.fromkeys(names)]),
            )  # fmt: skip
        if number == 3 and SLOPE not in made.values:
            if self._is_difference():
                return sentence(
                    "How far off each answer is: with this cost and this activation, that alone is the error δ.", "say"
                )
            return sentence(
                "How does the cost change with the weighted input of each output neuron? That is the error δ.", "say"
            )
        if number == 4 and not step.lines:
            return sentence(
                "There is no step 4 here: with two layers, nothing lies between input and output, so no error goes "
                "further back.", "say",
            )  # fmt: skip
        return self._what_an_update_does() if number == 6 else sentence(_DOES[number], "say")

    def _what_an_update_does(self) -> Choice:
        falls = sentence(
            "Use the gradients of the five steps: move every weight and bias a little against its own gradient. The cost "
            "falls.", "say",
        )  # fmt: skip
        rises = sentence(
            "Use the gradients of the five steps: move every weight and bias against its own gradient. This step was too "
            "long, and the cost rose: η is too large.", "say",
        )  # fmt: skip
        stays = sentence(
            "Use the gradients of the five steps: move every weight and bias a little against its own gradient. The cost "
            "stays as it is.", "say",
        )  # fmt: skip
        return either(("<", "after cost", "cost"), falls, either((">", "after cost", "cost"), rises, stays))

    def _is_difference(self) -> bool:
        """Whether the output error is a − y alone."""
        error = self.made.line(f"δ{self.last}").formula
        return error is not None and [term.name or term.text for term in error.terms] == [f"a{self.last}", "−", "y"]

    # ---- a line ------------------------------------------------------------------------------------------------------

    def _equation(self, step: Step, line: Line, is_last: bool) -> Equation:
        """A line with all that is said of it; `is_last` is whether its layer has no other in the step."""
        updates = step.number == 6
        origin = () if updates or line.forward == self.origin else self._told(line)
        self.origin = line.forward
        brief = updates and line.layer != min(each.layer for each in step.lines)
        signs = () if line.formula is None or brief else tuple(self._new_signs(line.formula))
        notes = () if updates else tuple(self._notes(step, line, is_last))
        worked = tuple(self._elements(line, updates)) if line.numbers else ()
        meaning, lasting = self._meaning(line, line.meaning), self._meaning(line, line.meaning.removeprefix("new "))
        return Equation(line.symbol, step.number, meaning, lasting, line.layer, worked, signs, notes, origin, brief)

    def _told(self, line: Line) -> tuple[str, ...]:
        """The forward lines of which a line is the derivative; of many those alone that its symbol goes into."""
        if len(line.forward) <= _MANY:
            return line.forward
        formulas = {each: self.made.line(each).formula for each in line.forward}
        subject = line.symbol.removeprefix("dC_d").removeprefix("δ_")
        names = {subject, f"a{line.layer}", f"z{line.layer}"} if line.symbol == f"δ{line.layer}" else {subject}
        return tuple(name for name, each in formulas.items() if each and names & {term.name for term in each.terms})

    def _meaning(self, line: Line, meaning: str) -> Sentence:
        """What the symbol of a line stands for."""
        made = self.made
        image = image_shape(made)
        if meaning == "input" and image is not None and image.channels == 1:
            meaning = "pixels"
        if meaning == "input" and made.architecture is not None and made.architecture.vocabulary is not None:
            meaning = "token numbers"
        if meaning == "desired" and made.labels:
            meaning = "desired class"
        if meaning == "answer" and not made.classifies:
            meaning = "outputs"
        subject = line.symbol.removeprefix("dC_d").removeprefix("δ_")
        if line.layer > 1 and made.architecture is not None and not made.architecture.columns:
            meaning = self._of_maps(line, meaning)
        if line.layer > 1 and made.architecture is not None:
            meaning = self._of_kind(line, meaning)
        english = MEANINGS.get(meaning, meaning)
        before: Part = str(line.layer - 1)
        if line.layer > 1 and made.architecture is not None and (back := made.architecture.layer(line.layer).back):
            before = Name(f"a{line.layer - 1 - back}")
        slots: dict[str, Part] = {"layer": str(line.layer), "before": before, "subject": Name(subject)}
        said = sentence(english, **{name: each for name, each in slots.items() if f"{{{name}}}" in english})
        if meaning != "error" and (place := self._place_in_time(subject, line.layer)):
            return sentence(MEANINGS["place"], place=str(place), meaning=said)
        return said

    def _place_in_time(self, symbol: str, layer: int) -> int:
        """The place, from 1, at which a recurrent layer computes a symbol, as many as it has read until then; 0 where it is
        none of these."""
        if kind(self.made, layer) != "recurrent" or not _NUMBERED.search(symbol):
            return 0
        names = [equation.target.name for equation in self.made.forward.equations]
        return sum(name.startswith(f"s{layer}_") for name in names[: names.index(symbol) + 1]) if symbol in names else 0

    def _of_kind(self, line: Line, meaning: str) -> str:
        """What the meaning of a line is called in sequences, and in layers of which the numbers are no weighted sums."""
        made, layer = self.made, line.layer
        assert made.architecture is not None
        of, options = kind(made, layer), made.architecture.layer(layer).keywords
        is_sum, has_input = bool(made.architecture.layer(layer).normalization), f"z{layer}" in made.values
        found: dict[str, str] = {}
        if not is_sum and of and not has_input and made.maps(layer) is None:
            found = {"activation": "numbers", "hidden error": "error of numbers"}
        if made.places(layer):
            found = {"weighted input": "weighted input of places", "activation": "activation of places"} | found
            found = {"hidden error": "error of places"} | found
            found["activation"] = found["activation"].replace("numbers", "numbers of places")
        if of == "flattened":
            before = "flattened places" if made.places(layer - 1) else "flattened"
            found = {"activation": before, "hidden error": "error of column", "flattened": before}
        elif of == "embedding":
            found["activation"] = "embedding of places" if options.get("positions") else "embedding"
        elif of == "recurrent":
            found["activation"] = "states" if options.get("whole") else "last state"
        elif of == "residual":
            summed = ("weighted input", "weighted input of maps") if has_input else ("activation", "activation of maps")
            found |= dict.fromkeys(summed, "sum")
            found |= dict.fromkeys(("hidden error", "error of maps", "error of pooled maps"), "error of sum")
        if line.passes_on and layer < self.last and kind(made, layer + 1) == "residual":
            found |= dict.fromkeys(("hidden error", "error of maps", "error of pooled maps"), "error of summand")
        return found.get(meaning, meaning)

    def _of_maps(self, line: Line, meaning: str) -> str:
        """What the meaning of a line is called where its layer is one of images, or makes them a column."""
        made, of, is_image = self.made, kind(self.made, line.layer), self.made.maps(line.layer) is not None
        if of == "flattened":
            return {"activation": "flattened", "hidden error": "error of column"}.get(meaning, meaning)
        if not is_image:
            return meaning
        pooled = of in POOLING
        windows = "windows" if pooled else "margin"
        found = {
            "weighted input": "weighted input of maps", "activation": of if pooled else "activation of maps",
            "hidden error": "error of maps" if f"z{line.layer}" in made.values else "error of pooled maps",
        }  # fmt: skip
        for role, word in (("weight", "kernels"), ("bias", "map biases")):
            found |= {each.format(role): each.format(word) for each in ("{}", "new {}", "gradient of {}")}
        if line.symbol == f"v{line.layer}":
            return windows
        return (
            "error of windows" if line.symbol == f"δ_v{line.layer}" and of == "largest" else found.get(meaning, meaning)
        )

    def _new_signs(self, formula: Formula) -> Iterator[Sentence]:
        """The words for those signs of a line, such as σ′, ⊙ and ᵀ, that are not explained yet."""
        for term in formula.terms:
            sign = "ᵀ" if term.transposed else term.name if term.kind == "function" else term.text
            if sign in _SIGNS and self._is_new(sign):
                yield sentence(_SIGNS[sign])

    def _elements(self, line: Line, updates: bool) -> Iterator[Item]:
        """The elements whose numbers are shown, and what stands beside them."""
        found = elements(self.made, f"dC_d{line.symbol}" if updates else line.symbol)
        for condition, index in found[:1] if updates else found:
            beside = [*self._beside(line, index[0])] if index else []
            rest = next((each.inner for each in line.numbers if each.inner > 3 and "⋯" in str(each.stages)), 0)
            if rest and self._is_new(f"⋯ {rest}"):
                beside.append(sentence("⋯ is the rest of {count}", "aside", count=f"{rest:,}"))
            yield where(condition, Worked(index, tuple(beside)))

    def _beside(self, line: Line, row: Expression) -> Iterator[Item]:
        """Beside an output: whether it is the truth or the answer; beside its error, which way to push it."""
        if self.made.label is None:
            return
        if line.meaning == "output error":
            error = of_neuron(line.symbol, row)
            low = Inline(("▲ ", sentence("too low: push it up")))
            high = Inline(("▼ ", sentence("too high: push it down")))
            asked: Expression = ("or", ("==", row, "answer"), ("==", row, "label"))
            yield where(asked, where(("<", error, 0), low), where((">", error, 0), high))
        if line.meaning == "answer":
            yield answers.mark(self.made, row)

    def _notes(self, step: Step, line: Line, is_last: bool) -> Iterator[Item]:
        """A layer's numbers as cells; how large the numbers are, how many are 0, and where the neurons sit on their curve."""
        made, value = self.made, line.value
        maps = made.maps(line.layer) if line.layer > 1 else None
        is_kernel = maps is not None and line.meaning == "gradient of weight"
        if is_kernel or (maps is not None and value.shape[1:] == maps):
            yield Picture("map")
        is_layer = made.architecture is not None and value.ndim == 2 and value.shape[1] == made.m and line.layer != 1
        if is_layer and 1 < len(value) <= _STRIP and line.meaning not in _NO_STRIP:
            yield Picture("strip")
        says_nothing = value.size < 2 or line.passes_on or (line.formula is None and made.architecture is not None)
        if self.statistics and not says_nothing and np.isfinite(value).all():
            yield from self._statistics(line)
        saturation = () if says_nothing else tuple(self._saturation(line))
        curve = self._curve(step, line, saturation) if is_last else None
        yield from saturation if curve is None else (curve,)

    def _statistics(self, line: Line) -> Iterator[Item]:
        """How large the numbers of a value are, and how many are 0."""
        name, image = line.symbol, is_ink(self.made)
        ends = {"low": Slot(("min", name)), "high": Slot(("max", name)), "mean": Slot(("mean", name))}
        yield sentence("{low} to {high}, mean {mean}", "statistic", **ends)
        if line.meaning == "input" and image:
            yield sentence("{share} of the pixels are blank", "statistic", share=Slot("blank", "share"))
            return
        zeros, share = f"zeros {name}", Slot(f"zeros {name}", "share")
        words: Item = sentence("{share} are 0", "statistic", share=share)
        if image and line.layer == 2 and line.meaning == "gradient of weight":
            blank = sentence("{share} are 0, those of the blank pixels", "statistic", share=share)
            words = either(("==", zeros, "blank"), blank, words)
        yield where((">", zeros, 0), words)

    def _saturation(self, line: Line) -> Iterator[Sentence]:
        """How many neurons of an activation are saturated, in all examples."""
        if line.meaning not in ("activation", "answer") or not has_slope(self.made, line.layer):
            return
        flat = Slot(("count", ("<", ("abs", f"slope{line.layer}"), FLAT)), "count")
        total = Slot(("size", line.symbol), "count")
        yield sentence("{count} of {total} neurons saturated", "statistic", count=flat, total=total)
        if self._is_new("saturated"):
            yield sentence(
                "a saturated neuron sits on a flat end of its activation: the slope there is below 0.01, and hardly any error "
                "gets back through it", "statistic",
            )  # fmt: skip

    def _curve(self, step: Step, line: Line, instead: tuple[Item, ...]) -> Picture | None:
        """Where the neurons of a layer sit on their activation's curve, in the steps in which that matters; without a
        picture something is said `instead`."""
        made, layer, number = self.made, line.layer, step.number
        if made.architecture is None or not layer or f"z{layer}" not in made.values:
            return None
        activation = made.architecture.layer(layer).applied
        matters = number in (3, 4) or (number == 2 and (layer < self.last or made.backward is None))
        if not matters or not activation.elementwise or activation.family == "linear":
            return None
        slots: dict[str, Part] = {
            "count": Slot(saturated(layer), "count"), "total": Slot(f"n{layer}", "count"), "layer": str(layer),
            "slope": f"{activation.letter}′",
        }  # fmt: skip
        none = sentence(
            "None of the {total} neurons of layer {layer} is saturated: {slope} is at least 0.01 everywhere, and errors can "
            "pass.", **slots,
        )  # fmt: skip
        some = sentence(
            "{count} of {total} neurons of layer {layer} are saturated (gray): {slope} is below 0.01 there, so hardly any "
            "error passes.", **slots,
        )  # fmt: skip
        if number == 2:
            some = sentence(
                "{count} of {total} neurons of layer {layer} are saturated: they sit on the flat parts of the curve (gray), "
                "where its slope {slope} is below 0.01. Hardly any error will get back through them.", **slots,
            )  # fmt: skip
        return Picture("curve", layer=layer, caption=(either((">", saturated(layer), 0), some, none),), instead=instead)


def said_of(made: Recording, number: int) -> Section:
    """A step without its lines: what is said of it, and what a learner asks there."""
    section = Outline(made).step(made.steps[number - 1])
    return replace(section, items=tuple(item for item in section.items if not isinstance(item, Equation)))
