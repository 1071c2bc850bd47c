"""The article as one HTML file: its steps in its order, its code, and the derived program, on a real digit.

The code is read from `textbook.py`, line by line; the words are in the catalog; the steps are those of an explanation.
"""

from __future__ import annotations

import functools
import json
import re
import textwrap
from dataclasses import dataclass
from importlib import resources

from ..core.messages import Message, listed, message
from ..show.bilingual import Speaker
from ..show.language import Language, preferred, translated
from ..show.markup import Html, joined, tag
from ..show.numbers import percent
from .document import page
from .ending import ending
from .fitting import WAVE
from .recording import Recording
from .walk import walk
from .writer import Writer


@dataclass(frozen=True)
class Section:
    """A part of the article: its title and words, the step that it shows (0: none), where its code starts and ends (each
    piece of it), and its notes, which say where what stands here departs from the article."""

    title: Message
    words: Message
    step: int = 0
    code: tuple[tuple[str, str], ...] = ()
    notes: tuple[Message, ...] = ()


SECTIONS = (
    Section(
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
    Section(
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
    Section(
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
    Section(
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
    Section(
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
    Section(
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
    Section(
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
    Section(
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


def code_of(section: Section, language: Language = "en") -> str:
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
    code = _TYPES.sub("", "\n\n".join(pieces))
    return "\n".join(_told(line, language) for line in code.splitlines())


def _told(line: str, language: Language) -> str:
    """A line of code with its comment in a language."""
    code, sign, comment = line.partition("# ")
    return f"{code}{sign}{translated(message(comment), language)}"


@functools.cache
def measured() -> dict[str, str]:
    """The figures of the notes, as `benchmarks/squashed_input.py` measured them."""
    text = (resources.files(__package__) / "squashed_input.json").read_text(encoding="utf-8")
    found = json.loads(text)
    return {
        "scaled": percent(found["scaled"]),
        "squashed": percent(found["squashed"]),
        "epochs": str(found["epochs"]),
        "seeds": str(found["seeds"]),
    }


def article(made: Recording, *, language: Language | None = None) -> str:
    """The article as an HTML file in all languages, opened in `language`, on what `made` explains: a network with a label.

    It asks for nothing outside, and has no script.
    """
    assert made.architecture is not None
    say = Speaker()
    writer = Writer(made, say, statistics=False)
    sizes = listed(made.sizes, last="{words} and {word}")
    top = [
        tag("h1", say("How a neural network works")),
        writer.hero(),
        tag(
            "p",
            say(
                "A neural network learns by repeating five steps, called backpropagation, and an update that "
                "uses their result. Here they are in the order of the article “How a Neural Network Works”, "
                "on a real digit and a real network of {sizes} neurons: first the article’s code, with every "
                "dimension, then the equations that the program derived by itself, with this digit’s numbers. "
                "Both compute the same thing. (BP1) to (BP4) number the equations in Nielsen’s book.",
                sizes=sizes,
            ),
            class_="cr-text",
        ),
        tag(
            "p",
            tag(
                "b", say("One thing to hold on to: know the dimensions of every symbol. Then you can read every line.")
            ),
            class_="cr-text",
        ),
        tag(
            "p",
            say(
                "▲ marks where this departs from the article: what the article says, what is done here, and "
                "why. Its words are translated from Chinese."
            ),
            class_="cr-text",
        ),
        writer.legend(),
    ]
    sections = [_section(section, writer, say) for section in SECTIONS]
    links = [(section.step, say(section.title)) for section in SECTIONS if section.step]
    title = Speaker((language or preferred(),))("How a neural network works")
    body = joined(*top, *sections, writer.dimensions())
    return page(title, body, links, say("article"), language or preferred())


def _section(section: Section, writer: Writer, say: Speaker) -> Html:
    made = writer.made
    number = tag("i", str(section.step)) if section.step else ""
    count = f"{made.architecture.parameter_count:,}" if made.architecture else ""
    parts = [
        tag("h2", number, say(section.title)),
        tag("p", say(section.words, parameters=count, wave=WAVE.count), class_="cr-say"),
    ]
    parts += writer.items(writer.evaluator.give([*walk(made, section.step)]))
    if section.code:
        parts.append(tag("p", say("the article’s code"), class_="cr-head"))
        parts.append(_code(section, say))
    parts += [tag("p", "▲ ", say(note, **measured()), class_="cr-margin", role="note") for note in section.notes]
    if section.step:
        parts.append(tag("p", say("derived by the program, on this digit"), class_="cr-head cr-derived"))
        step = made.steps[section.step - 1]
        parts += writer.content(step, writer.evaluator.one(writer.outline.step(step, questions=False)).items[1:])
    if section is SECTIONS[-1]:
        parts += ending(writer)
    return tag("section", *parts, class_="cr-step", id=f"step-{section.step}" if section.step else None)


def _code(section: Section, say: Speaker) -> Html:
    """The article's code; where a screen is too narrow for a line, it goes on further in."""
    lines = []
    for line in code_of(section).splitlines():
        code, sign, comment = line.partition("# ")
        told = tag("i", sign, say(comment)) if sign else ""
        lines.append(tag("span", code, told, style=f"--in:{len(line) - len(line.lstrip())}"))
    return tag("code", joined(*lines, by="\n"), class_="cr-py cr-told", tabindex="0")
