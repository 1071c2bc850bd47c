"""The article as data: its sections in its order, its code, our notes where what stands here departs from it, and what the
program derives, on a real digit; and what it ends with.

Its code is read from `textbook.py`, line by line. Each note says what the article says, what is done here, and why; the
article's words are quoted as they stand, in English translated.
"""

from __future__ import annotations

import functools
import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources

from ..core.messages import Message, message
from ..show.language import Language, translated
from ..show.numbers import percent
from .fitting import LINE, WAVE, Task, derivative, fitted
from .outline import Outline
from .recording import Recording
from .vocabulary import Code, Item, Name, Part, Picture, Row, Section, Slot, Table, listed, sentence
from .walk import walk


@dataclass(frozen=True)
class ArticleSection:
    """A part of the article: its title and words, the step that it shows (0: none), where its code starts and ends (each
    piece of it), and its notes, which say where what stands here departs from the article."""

    title: Message
    words: Message
    step: int = 0
    code: tuple[tuple[str, str], ...] = ()
    notes: tuple[Message, ...] = ()


SECTIONS = (
    ArticleSection(
        message("The network"),
        message(
            "How do 784 pixels become 10 answers? Each neuron of a layer has one weight for each neuron "
            "of the layer before it, and one bias of its own. So a layer with n neurons after one with k "
            "has n × k weights and n biases."
        ),
        0,
        (("self.num_layers = len", "def feedforward"),),
        (
            message(
                "The article says “give the first layer a bias”; here every neuron after the first layer has "
                "a bias and the first layer has none, because a bias belongs to the neuron that adds it. The "
                "article’s code does the same: sizes[1:]."
            ),
            message(
                "The article says “we have 784*10 weights and 10 biases”; here a hidden layer lies between "
                "input and output, because without one, step 4 would have nothing to do."
            ),
            message(
                "The article says “the first neuron of the second layer”, counting from 1; here that is "
                "neuron 0, because Python counts from 0, and output 3 is then the digit 3."
            ),
        ),
    ),
    ArticleSection(
        message("Input"),
        message(
            "The digit is a picture of 28 × 28 = 784 pixels, each a gray value from 0 to 255. Divided by "
            "255 and stacked in one column, they are the first activations, a¹."
        ),
        1,
        (("# 1 Input", "# 2 Feedforward"),),
        (
            message(
                "The article says “we use the sigmoid function to activate the first layer, too”; here gray "
                "values are divided by 255, because σ of a gray value is 0.5 for paper and 1 for nearly "
                "everything else. The network would then learn far worse: it would read {squashed} of the "
                "test digits correctly instead of {scaled} (mean of {seeds} seeds, {epochs} epochs)."
            ),
        ),
    ),
    ArticleSection(
        message("Feedforward"),
        message(
            "Layer by layer: the activations of the layer before, times the weights, plus the biases, "
            "give z; σ squashes z to between 0 and 1 and gives a, the activations of this layer. The last "
            "a are ten independent confidences: they need not add up to 1."
        ),
        2,
        (("# 2 Feedforward", "# 3 Output error"),),
        (
            message(
                "The article says “we use the value of the last layer”; here a of layer l − 1 is that of the "
                "layer before, because the last layer is L, the output."
            ),
            message(
                "The article writes “Σ_j w_j x_j”; here it is Σ_k w_jk a_k, because a weight has two indices, "
                "and step 5 needs both: j is the neuron that it leads to, k the one that it comes from."
            ),
            message(
                "The article says “the result of training on a batch shows in 10 neurons”; here the 10 "
                "outputs are the answer to one image, because what training leaves behind is in the weights "
                "and biases."
            ),
        ),
    ),
    ArticleSection(
        message("Output error"),
        message(
            "First ∇ₐC: how the cost changes with each answer; for this cost it is simply answer minus "
            "truth. Then times σ′: how strongly each answer still reacts. The product is the error δ of "
            "the last layer."
        ),
        3,
        (("# 3 Output error", "# 5 Output, for layer L"), ("def cost_derivative", "def update_mini")),
        (
            message(
                "The article does not say what C is; here C = 0.5 Σ (a − y)², because the derivative of that "
                "is a − y, which is what its cost_derivative returns."
            ),
            message(
                "The article says of the derivatives of C with respect to weights and biases “that is the "
                "sigmoid_prime below”; here σ′ is one factor of them, because ∂C/∂w is the product of all "
                "links from the weight to the cost, and step 5 adds the last one."
            ),
        ),
    ),
    ArticleSection(
        message("Error, backwards"),
        message(
            "The error flows back through the same weights, transposed: each neuron that sent its "
            "activation forward gets its share of the blame. Times σ′ again, that is the error of the "
            "layer before."
        ),
        4,
        (("# 4 Backpropagated", "# 5 Output, for this layer"),),
        (
            message(
                "The article’s code says “for l in range(2, self.num_layers)”; here the loop counts with "
                "back, because l is the number of a layer from the input, and this counts from the end: "
                "[-back] is layer L − back + 1, so back = 2 is the last hidden layer."
            ),
        ),
    ),
    ArticleSection(
        message("Output: the gradients"),
        message(
            "How much does the cost change with one weight? By the error after it, times the activation "
            "before it. A column times a row gives all gradients at once, in the shape of the weights."
        ),
        5,
        (
            ("# 5 Output, for layer L", "# The equation's l"),
            ("# 5 Output, for this layer", "return (nabla_b, nabla_w)"),
        ),
        (
            message(
                "The article has these lines in steps 3 and 4; here they are in step 5, because they are its "
                "equations. The code computes them earlier because the loop has δ at hand."
            ),
        ),
    ),
    ArticleSection(
        message("The update"),
        message(
            "The five steps give the gradients; the update learns from them. Take the mean of the "
            "gradients over a mini-batch (batch for short), and move every weight and bias a small step "
            "against it. The learning rate η says how small."
        ),
        6,
        (("for x, y in mini_batch", "def SGD"),),
        (
            message(
                "The article writes “b_l → b_l' = b_l − η ∂C/∂b_l” in step 3; here the update comes last and "
                "is b ← b − (η/m) Σ ∂C/∂b, because the gradients are known only after step 5, because a batch "
                "of m images takes their mean, as in the article’s code, and because l is a layer, not the "
                "number of a bias."
            ),
            message(
                "The article says “we make the weights and biases more right” with each new image; here that "
                "holds on average only, because a step for one image can spoil another. That is why steps are "
                "small and taken on batches."
            ),
        ),
    ),
    ArticleSection(
        message("In the end"),
        message(
            "Nothing here is neural and nothing is deep: it is the chain rule, applied to composed "
            "functions. A line is fitted to points in the same way, with one weight and one bias; a wave "
            "takes {wave} numbers, and digits take {parameters}. The rest is knowing the dimensions."
        ),
        0,
        (),
        (),
    ),
)
"""The article's sections, in its order; the sixth is the update, which follows its five steps."""
_DOCSTRING = re.compile(r'\n *"""[\s\S]*?"""')
_TYPES = re.compile(r"(?<=\w): (?:list\[Array\]|Array)(?= =|[,)])| -> Array(?=:)")


def opening(made: Recording) -> Iterator[Item]:
    """The title, and what stands before the first section."""
    yield sentence("How a neural network works")
    yield sentence(
        "A neural network learns by repeating five steps, called backpropagation, and an update that uses their result. Here "
        "they are in the order of the article “How a Neural Network Works”, on a real digit and a real network of {sizes} "
        "neurons: first the article’s code, with every dimension, then the equations that the program derived by itself, with "
        "this digit’s numbers. Both compute the same thing. (BP1) to (BP4) number the equations in Nielsen’s book.",
        sizes=listed([*map(str, made.sizes)], last="{words} and {word}"),
    )  # fmt: skip
    yield sentence(
        "One thing to hold on to: know the dimensions of every symbol. Then you can read every line.", "strong"
    )
    yield sentence(
        "▲ marks where this departs from the article: what the article says, what is done here, and why. Its words are "
        "translated from Chinese."
    )


def sections(made: Recording) -> Iterator[Section]:
    """The sections on what `made` explains: a network with a label."""
    assert made.architecture is not None
    outline, count = Outline(made, statistics=False), f"{made.architecture.parameter_count:,}"
    for section in SECTIONS:
        items: list[Item] = [sentence(section.words, "words", parameters=count, wave=str(WAVE.count))]
        items += walk(made, section.step)
        if section.code:
            items += [
                sentence("the article’s code", "heading"),
                Code(tuple(map(_commented, code_of(section).splitlines()))),
            ]
        items += [sentence(note, "departure", **measured()) for note in section.notes]
        if section.step:
            items.append(sentence("derived by the program, on this digit", "derived"))
            items += outline.step(made.steps[section.step - 1], questions=False).items[1:]
        if section is SECTIONS[-1]:
            items += _ending(count)
        yield Section(f"section{section.step}", sentence(section.title), tuple(items), section.step)


def _ending(count: str) -> Iterator[Item]:
    """Functions that are fitted, from a line through a wave to digits, and the sentence that the article ends with."""
    yield sentence("derived by the program, of a line’s cost", "derived")
    yield Picture("derivation")
    lines = (line.strip() for line in str(derivative()).splitlines() if line.startswith("    ") and " = " in line)
    yield Code(tuple((line, "") for line in lines))
    line = sentence(
        "A line: the same calculus on {points} points. w and b step against their gradients with η = {rate}.", "figure",
        points=str(LINE.x.size), rate=str(LINE.rate),
    )  # fmt: skip
    wave = sentence(
        "A wave: {points} points of a sine curve, and a network of 1, {hidden} and 1 neurons; its {parameters} numbers step "
        "against their gradients with η = {rate}.", "figure",
        points=str(WAVE.x.size), hidden=str(WAVE.start[0].size), parameters=str(WAVE.count), rate=str(WAVE.rate),
    )  # fmt: skip
    digits = sentence(
        "A line: 2 numbers are fitted. A wave: {wave}. Digits: {parameters}, by the same chain rule and the same step.",
        "strong", parameters=count, wave=str(WAVE.count),
    )  # fmt: skip
    tables = _costs(LINE, ("w", "b")), _costs(WAVE)
    yield Picture("fits", caption=(line, wave, digits), instead=(line, tables[0], wave, tables[1], digits))
    yield sentence(
        "Machine learning basically means taking derivatives to fit functions; deep learning means fitting more complicated "
        "functions. … That is why I would rather call this field differentiable computing, and building models differentiable "
        "programming.", "quote",
    )  # fmt: skip
    yield sentence("Wang Yin, quoted at the end of the article; translated from Chinese", "quoted")


def _costs(task: Task, names: Sequence[str] = ()) -> Table:
    """The cost after so many steps, and the parameters where they have names."""
    heads: list[Part] = [sentence("steps"), *(Name(name, strong=True) for name in (*names, "C"))]
    rows = [Row(tuple(heads), "head")]
    for fit in fitted(task):
        parameters = [Slot(float(each)) for each in fit.parameters] if names else []
        rows.append(Row((Slot(fit.steps, "count"), *parameters, Slot(fit.cost))))
    return Table(">" * len(heads), tuple(rows))


def code_of(section: ArticleSection, language: Language = "en") -> str:
    """The article's code of a section, as it stands in `textbook.py`, without docstrings and types; nothing where it has
    none. Comments are in the reader's language.

    >>> print(code_of(SECTIONS[1]).splitlines()[0])
    # 1 Input: a^1 = x
    >>> print(code_of(SECTIONS[1], "zh").splitlines()[0])
    # 1 输入：a^1 = x
    """
    lines = (resources.files("chainrule") / "textbook.py").read_text(encoding="utf-8").splitlines()
    pieces = []
    for start, end in section.code:
        first = next(at for at, line in enumerate(lines) if line.strip().startswith(start))
        last = next(at for at in range(first + 1, len(lines)) if lines[at].strip().startswith(end))
        pieces.append(_DOCSTRING.sub("", textwrap.dedent("\n".join(lines[first:last])).strip()))
    code = (line.partition("# ") for line in _TYPES.sub("", "\n\n".join(pieces)).splitlines())
    return "\n".join(f"{line}{sign}{translated(message(comment), language)}" for line, sign, comment in code)


def _commented(line: str) -> tuple[str, Part]:
    """A line of code, and its comment."""
    code, sign, comment = line.partition("# ")
    return code, sentence(comment) if sign else ""


@functools.cache
def measured() -> dict[str, str]:
    """The figures of the notes, as `benchmarks/squashed_input.py` measured them."""
    found = json.loads((resources.files(__package__) / "squashed_input.json").read_text(encoding="utf-8"))
    shares = {name: percent(found[name]) for name in ("scaled", "squashed")}
    return {**shares, "epochs": str(found["epochs"]), "seeds": str(found["seeds"])}
