"""What can be typed: every command with its arguments, its options and their plain words. The parser and the help are
made from these tables; what the commands do is in one file each."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from dataclasses import dataclass

LAYERS = (784, 30, 10)
FLAG = ""  # the value of an option that takes none
_DIGITS = 18  # no number here has more


@dataclass(frozen=True)
class Argument:
    """An argument in its place (`NET`), or an option (`--epochs 30`, `flags` not empty).

    `read` turns the typed text into the value; it raises `ValueError` with what would be right. `shown` is the value in
    the help: the default, or a stand-in such as `FILE`.
    """

    name: str
    words: str
    flags: tuple[str, ...] = ()
    shown: str = ""
    default: object = None
    read: Callable[[str], object] = str
    count: str = ""  # of an argument in its place: "" one, "?" at most one, "+" any number from one

    @property
    def key(self) -> str:
        """Its name in what is parsed."""
        return self.name.lstrip("-").replace("-", "_").lower()


@dataclass(frozen=True)
class Heading:
    """What the options after it are about, in the help."""

    words: str


@dataclass(frozen=True)
class Command:
    """A command: what it is for, in one line; how it is typed; its arguments; words to know; examples."""

    name: str
    purpose: str
    usage: str
    listed: tuple[Argument | Heading, ...]
    words: tuple[tuple[str, str], ...]
    examples: tuple[tuple[str, str], ...]

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """The arguments without the headings between them."""
        return tuple(each for each in self.listed if isinstance(each, Argument))


# ---- reading values --------------------------------------------------------------------------------------------------


def whole(text: str) -> int:
    """A whole number from 1."""
    if not text.isdecimal() or len(text) > _DIGITS or int(text) < 1:
        raise ValueError("a whole number from 1")
    return int(text)


def seed(text: str) -> int:
    """A whole number from 0."""
    if not text.isdecimal() or len(text) > _DIGITS:
        raise ValueError("a whole number from 0")
    return int(text)


def rate(text: str) -> float:
    """A number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise ValueError("a number above 0, such as 3.0")
    return value


def layers(text: str) -> tuple[int, ...]:
    """Two or more whole numbers with commas."""
    parts = [part.strip() for part in text.split(",")]
    try:
        sizes = tuple(map(whole, parts))
    except ValueError:
        sizes = ()
    if len(sizes) < 2:
        raise ValueError("the neurons of two layers or more with commas between them, such as 784,30,10")
    return sizes


def chapter(text: str) -> int:
    """A chapter of the book whose experiments can be run."""
    return int(one_of("1", "3", "5")(text))


def names(text: str) -> tuple[str, ...]:
    """Names with commas."""
    parts = tuple(part.strip() for part in text.split(","))
    if not all(parts):
        raise ValueError("names with commas between them, such as w,b")
    return parts


def one_of(*choices: str) -> Callable[[str], str]:
    """One of a few words."""

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"{', '.join(choices[:-1])} or {choices[-1]}")
        return text

    return read


def named(table: str) -> Callable[[str], str]:
    """One of the names in a table of the package, `"network.costs:COSTS"`, which is read only when it is needed."""

    def read(text: str) -> str:
        module, _, attribute = table.partition(":")
        return one_of(*getattr(importlib.import_module(f"..{module}", __package__), attribute))(text)

    return read


def penalty(text: str) -> float:
    """A number from 0."""
    return 0.0 if text.strip() in ("0", "0.0") else rate(text)


def share(text: str) -> float:
    """A share of a whole."""
    try:
        value = penalty(text)
    except ValueError:
        value = math.inf
    if value >= 1:
        raise ValueError("a share from 0 to below 1, such as 0.2")
    return value


# ---- the tables ------------------------------------------------------------------------------------------------------

_DATA = Argument(
    "DATA",
    "a folder with files named as MNIST's, or a file of images with --labels; without it, MNIST's handwritten digits, "
    "which are in the package",
    count="?",
)
_LABELS = Argument("--labels", "the labels of a file of images", ("--labels",), "FILE")
_LANG = Argument(
    "--lang", "the language: en or zh; without it that of the terminal", ("--lang",), "en", None, one_of("en", "zh")
)
_JSON = Argument("--json", "print one JSON object for programs to read", ("--json",), FLAG)
_EXECUTOR = Argument(
    "--executor",
    "what computes: auto, numpy or native",
    ("--executor",),
    "auto",
    "auto",
    one_of("auto", "numpy", "native"),
)
_NET_WORDS = ("NET", "a network that `chainrule train` saved: net.safetensors")
_EPOCH = ("epoch", "once through all training images, in a new random order")
_BATCH = ("batch", "the few images that one step learns from")
_ETA = ("learning rate", "η: how far each step goes against the gradient, the slope of the cost")

TRAIN = Command(
    "train",
    "Train a network to read handwritten digits, test it, and save it.",
    "chainrule train [DATA] [options]",
    (
        _DATA,
        _LABELS,
        Argument("--train-size", "learn from the first N training images only", ("--train-size",), "N", None, whole),
        Argument("--test-size", "test on the first N test images only", ("--test-size",), "N", None, whole),
        Argument(
            "--expand",
            "learn from five images for each: itself, and moved by a pixel to each side",
            ("--expand",),
            FLAG,
        ),
        Argument(
            "--augment",
            "vary all images anew for each epoch: light (shifted, turned, slanted, scaled), elastic (and bent) or "
            "strong (and strokes thicker or thinner)",
            ("--augment",),
            "none",
            "none",
            named("data.augmentation:AUGMENTATIONS"),
        ),
        Argument(
            "--preset",
            "settings that go together: fast, 98 % within seconds, or best, more than 99 % within minutes; what is typed "
            "beside it counts",
            ("--preset",),
            "NAME",
            None,
            named("training.presets:PRESETS"),
        ),
        Heading("the network"),
        Argument(
            "--layers",
            "neurons of each layer, from the pixels to the answers",
            ("--layers",),
            "784,30,10",
            None,
            layers,
        ),
        Argument(
            "--activation",
            "what hidden neurons make of their weighted input: sigmoid, tanh, relu, leaky-relu, elu, gelu or softplus",
            ("--activation",),
            "sigmoid",
            "sigmoid",
            named("network.activations:ACTIVATIONS"),
        ),
        Argument(
            "--cost",
            "what is made small: quadratic, cross-entropy, log-likelihood (with softmax outputs), hinge and others",
            ("--cost",),
            "quadratic",
            "quadratic",
            named("network.costs:COSTS"),
        ),
        Argument(
            "--normalization",
            "batch or layer: hidden neurons' weighted inputs brought to mean 0 and variance 1",
            ("--normalization",),
            "none",
            "none",
            named("network.normalizations:NORMALIZATIONS"),
        ),
        Argument(
            "--dropout",
            "the share of hidden activations that is dropped at each step; not when reading",
            ("--dropout",),
            "0",
            0.0,
            share,
        ),
        Argument(
            "--initializer",
            "how weights start: default, small where a neuron has many inputs; large, all N(0, 1) as in the article, "
            "with which some runs never learn a digit",
            ("--initializer",),
            "default",
            "default",
            named("network.initializers:INITIALIZERS"),
        ),
        Heading("learning"),
        Argument("--epochs", "how often all images are gone through", ("--epochs",), "30", 30, whole),
        Argument("--batch-size", "how many images a step learns from", ("--batch-size",), "10", 10, whole),
        Argument("--learning-rate", "η, how large the steps are", ("--learning-rate",), "3.0", 3.0, rate),
        Argument(
            "--find-rate",
            "train nothing: try learning rates on a few batches, draw the cost, and name the one to begin with",
            ("--find-rate",),
            FLAG,
        ),
        Argument(
            "--optimizer",
            "how a gradient changes the weights: sgd, momentum, nesterov, rmsprop, adam or adamw",
            ("--optimizer",),
            "sgd",
            "sgd",
            named("training.optimizers:OPTIMIZERS"),
        ),
        Argument(
            "--schedule",
            "how η changes over the run: constant, step, linear, cosine, one-cycle or plateau",
            ("--schedule",),
            "constant",
            "constant",
            named("training.schedules:SCHEDULES"),
        ),
        Argument("--l2", "λ, how much large weights are punished", ("--l2",), "0", 0.0, penalty),
        Argument("--l1", "the same by their size, not its square", ("--l1",), "0", 0.0, penalty),
        Argument("--max-norm", "the longest that a neuron's weights may be", ("--max-norm",), "N", None, rate),
        Argument("--clip-norm", "the longest that a step's gradient may be", ("--clip-norm",), "N", None, rate),
        Argument(
            "--label-smoothing",
            "the share of each desired answer that is spread over all digits",
            ("--label-smoothing",),
            "0",
            0.0,
            share,
        ),
        Argument("--balanced", "let rare digits count as much as frequent ones", ("--balanced",), FLAG),
        Argument(
            "--patience",
            "stop when so many epochs have not read the validation images better, and keep the best weights",
            ("--patience",),
            "N",
            None,
            whole,
        ),
        Argument("--seed", "where chance starts; the same seed, the same network", ("--seed",), "0", 0, seed),
        _EXECUTOR,
        Heading("files"),
        Argument(
            "--output",
            "where the network is saved; without it net.safetensors, or net-2.safetensors where there is one",
            ("-o", "--output"),
            "FILE",
        ),
        Argument("--checkpoint", "a file that is replaced after each epoch, to go on from", ("--checkpoint",), "FILE"),
        Argument(
            "--resume",
            "go on from a checkpoint to the end of its run; its settings are in it",
            ("--resume",),
            "FILE",
        ),
        _LANG,
        _JSON,
    ),
    (
        _EPOCH,
        _BATCH,
        _ETA,
        ("cost C", "how far the answers are from the truth, the mean of all images; training makes it small"),
        ("valid", "images that are not learnt from, to see how well the network reads what it has not seen"),
        ("test", "other such images, looked at once, at the end"),
    ),
    (
        ("chainrule train", "50,000 digits"),
        ("chainrule train --train-size 1000 --test-size 100", "the article's example"),
        ("chainrule train --layers 784,100,10 -o big.safetensors", "100 hidden neurons"),
        ("chainrule train --cost cross-entropy --learning-rate 0.5 --l2 5", "the book's chapter 3"),
    ),
)

EVALUATE = Command(
    "evaluate",
    "Count how many images a saved network reads right.",
    "chainrule evaluate NET [DATA] [options]",
    (Argument(*_NET_WORDS), _DATA, _LABELS, _JSON),
    (),
    (
        ("chainrule evaluate net.safetensors", "on the 10,000 test digits of MNIST"),
        ("chainrule evaluate net.safetensors fashion/", "on the test set of a folder"),
    ),
)

PREDICT = Command(
    "predict",
    "Read a digit in a picture: a photo, a scan or a drawing, dark on light or light on dark.",
    "chainrule predict [NET] IMAGE... [options]",
    (
        Argument(
            "IMAGE",
            "PNG or JPEG files with one digit each; where the first file is a network (net.safetensors), it reads "
            "them, else one that is in the package",
            count="+",
        ),
        _JSON,
    ),
    (
        (
            "activation",
            "how strongly the output neuron of a digit answers, from 0 to 1; the strongest one is the answer",
        ),
        ("runner-up", "the digit with the second strongest activation"),
    ),
    (
        ("chainrule predict photo.png", "with the network in the package"),
        ("chainrule predict net.safetensors 1.png 2.png", "with your own"),
    ),
)

SHAPES = Command(
    "shapes",
    "Show the dimensions of every symbol of a network, forward and backward.",
    "chainrule shapes [LAYERS] [options]",
    (
        Argument("LAYERS", "neurons of each layer, from the input to the output", (), "784,30,10", LAYERS, layers, "?"),
        Argument("--batch", "how many examples go through at once, one column each", ("--batch",), "10", 10, whole),
        _JSON,
    ),
    (
        ("w, b", "weights and biases, what is learnt; w2 leads into layer 2, and the input is layer 1"),
        ("z, a", "the weighted input of each neuron, and its activation a = σ(z)"),
        ("δ", "the error: how the cost changes with z"),
        ("∂C/∂w", "the gradient: how the cost changes with each weight"),
        ("2×3 · 3×4", "a matrix product, @ in Python: the inner sizes must be equal"),
        ("2×3 ⊙ 2×3", "each number times the one in the same place, * in Python"),
    ),
    (
        ("chainrule shapes 784,30,10 --batch 10", "the article's network"),
        ("chainrule shapes 2,3,1 --batch 4", "one small enough for pencil and paper"),
    ),
)

DERIVE = Command(
    "derive",
    "Print the derivative of a network's cost, or of your own NumPy function, as Python.",
    "chainrule derive NET | FILE.py:FUNCTION --shapes w=30x784,b=30x1 [options]",
    (
        Argument("TARGET", "a saved network, or a function in a Python file: model.py:cost"),
        Argument(
            "--shapes",
            "the shape of each argument: w=30x784 a matrix, v=30 a row of numbers, t= (nothing) a single number",
            ("--shapes",),
            "w=30x784,…",
        ),
        Argument("--wrt", "with respect to these arguments only", ("--wrt",), "w,b", None, names),
        Argument(
            "--form",
            "textbook, to read; fast, with what is computed anyway used again",
            ("--form",),
            "textbook",
            "textbook",
            one_of("textbook", "fast"),
        ),
        Argument("--latex", "as mathematics, for LaTeX", ("--latex",), FLAG),
    ),
    (
        ("derivative", "how the result changes with each number of each argument: dC_dw has the shape of w"),
        ("δ", "the error of a symbol, the derivative with respect to it: δ_z or δ3"),
    ),
    (
        ("chainrule derive net.safetensors", "the derivative that trained a network"),
        (
            "chainrule derive model.py:cost --shapes w=30x784,x=784x1 --wrt w",
            "that of your own function",
        ),
        ("chainrule derive net.safetensors --latex", "its equations, for a paper"),
    ),
)

REPRODUCE = Command(
    "reproduce",
    "Run the experiments of Nielsen's book, and set its figures beside ours.",
    "chainrule reproduce [options]",
    (
        Argument("--chapter", "of one chapter only: 1, 3 or 5", ("--chapter",), "N", None, chapter),
        Argument("--row", "one row only", ("--row",), "NAME"),
        Argument("--quick", "one seed, and only what takes less than about 10 s", ("--quick",), FLAG),
        Argument("--seeds", "how many runs of each experiment, with seeds from 0", ("--seeds",), "15", 15, whole),
        _EXECUTOR,
        Argument(
            "--output",
            "where runs are kept; those that are there already are not made again",
            ("-o", "--output"),
            "reproduction.json",
            "reproduction.json",
        ),
        _JSON,
    ),
    (
        _EPOCH,
        ("seed", "where chance starts: weights, and the order of the images"),
        ("holds", "the book's figure lies within the range of our seeds, or within 0.2 points of it"),
        ("set apart", "runs that never learn a digit, as happens with large weights; they are listed"),
        ("best of 3", "where the book chose the best of three runs, our runs are taken in threes too"),
    ),
    (
        ("chainrule reproduce --quick", "one seed of what is soon done"),
        ("chainrule reproduce --chapter 5", "how deep networks learn"),
        ("chainrule reproduce --row quadratic-30", "one row, with 15 seeds"),
    ),
)

COMMANDS = {command.name: command for command in (TRAIN, EVALUATE, PREDICT, SHAPES, DERIVE, REPRODUCE)}
