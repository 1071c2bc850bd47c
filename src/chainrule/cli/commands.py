"""What can be typed: every command with its arguments, its options and their plain words. The parser and the help are
made from these tables; what the commands do is in one file each, and what arguments are in `arguments`."""

from __future__ import annotations

from .arguments import (
    FLAG,
    LAYERS,
    Argument,
    Command,
    Heading,
    chapter,
    layers,
    named,
    names,
    one_of,
    penalty,
    rate,
    seed,
    share,
    whole,
)
from .lessons import APP, ARTICLE, CHECK, EXPLAIN, LABELS, LANGUAGE, TESTED

# ---- the tables ------------------------------------------------------------------------------------------------------

_DATA = Argument(
    "DATA",
    "a folder with files named as MNIST's, and names of classes in classes.txt if you like, one a line; or a file of "
    "images with --labels; without it, MNIST's handwritten digits, which are in the package",
    count="?",
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
        LABELS,
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
        Argument(
            "--scale",
            "what all inputs are divided by, such as 16 for images of 0 to 16; without it grays are divided by 255",
            ("--scale",),
            "N",
            None,
            rate,
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
        Argument(
            "--learning-rate",
            "η, how large the steps are; without it, what goes with the activation, the cost and the optimizer: 3.0 for "
            "the defaults of all three",
            ("--learning-rate",),
            "N",
            None,
            rate,
        ),
        Argument(
            "--find-rate",
            "train nothing: try learning rates in short runs, draw the cost, and name the one to begin with",
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
            "go on from a checkpoint to the end of its run; its data and settings are in it",
            ("--resume",),
            "FILE",
        ),
        Argument(
            "--more-epochs",
            "with --resume: so many epochs more than the run was to have",
            ("--more-epochs",),
            "N",
            None,
            whole,
        ),
        LANGUAGE,
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
    "Count how many images a saved network reads right, and show which it takes for which.",
    "chainrule evaluate NET [DATA] [options]",
    (Argument(*_NET_WORDS), TESTED, LABELS, LANGUAGE, _JSON),
    (),
    (
        ("chainrule evaluate net.safetensors", "on the test images of the data that it was trained on"),
        ("chainrule evaluate net.safetensors fashion/", "on the test set of a folder"),
    ),
)

PREDICT = Command(
    "predict",
    "Read a digit or a number in a picture: a photo, a scan or a drawing, dark on light or light on dark.",
    "chainrule predict [NET] IMAGE... [options]",
    (
        Argument(
            "IMAGE",
            "PNG, JPEG, GIF, WebP, BMP or TIFF files with a digit or a number each; where one of the files is a network "
            "(net.safetensors), it reads the pictures, else the reader, which is in the package",
            count="+",
        ),
        LANGUAGE,
        _JSON,
    ),
    (
        (
            "activation",
            "how strongly the output neuron of a digit answers, from 0 to 1; the strongest one is the answer",
        ),
        ("runner-up", "the digit with the second strongest activation"),
        (
            "unsure",
            "what the picture shows may be no digit: the reader in the package gives the answer too small an activation; "
            "of a number, the figures are those of its least sure digit",
        ),
    ),
    (
        ("chainrule predict photo.png", "with the reader"),
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
        LANGUAGE,
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
        Argument(
            "--batch",
            "how many examples of a network's, one column each; without it one, or with batch normalization as many as "
            "trained it",
            ("--batch",),
            "M",
            None,
            whole,
        ),
        Argument("--latex", "as mathematics, for LaTeX", ("--latex",), FLAG),
        LANGUAGE,
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
        LANGUAGE,
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

COMMANDS = {
    command.name: command
    for command in (TRAIN, EVALUATE, PREDICT, EXPLAIN, SHAPES, DERIVE, CHECK, ARTICLE, REPRODUCE, APP)
}
