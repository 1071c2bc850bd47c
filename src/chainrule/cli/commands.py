"""The tables of commands, with their arguments, options and descriptions, from which the parser and the help are made.

Each command is carried out in a file of its own; `arguments.py` has the parts of these tables."""

from __future__ import annotations

from .arguments import (
    Argument,
    Command,
    Heading,
    TableName,
    chapter,
    flag,
    layers,
    layers_or_file,
    names,
    one_of,
    option,
    optional,
    penalty,
    rate,
    seed,
    share,
    whole,
)
from .lessons import APP, ARTICLE, CHECK, EXPLAIN, FUNCTIONS, JSON, LABELS, LANGUAGE, PRACTICE, TESTED

# ---- the tables ------------------------------------------------------------------------------------------------------

_DATA = Argument(
    "DATA",
    "a folder with files named like MNIST's, and optionally class names in classes.txt, one per line; or a folder with a folder "
    "of pictures for each class, all of one size; or a file of images, with --labels; or a table, with --target: CSV, TSV or "
    "Parquet; default: the bundled MNIST digits",
    count="?",
)
_EXECUTOR = option(
    "--executor auto", "what runs the computation: auto, numpy or native", one_of("auto", "numpy", "native")
)
_NET_WORDS = ("NET", "a network saved by `chainrule train`: net.safetensors")
_EPOCH = ("epoch", "once through all training images, in a new random order")
_BATCH = ("batch", "the few images that one step learns from")
_LAYERS = (
    (
        "conv 20x5",
        "a convolution: 20 maps, each by a kernel of 5 × 5 that slides over the images; behind it may stand step 2, how far "
        "it moves, and pad 2, or same, zeros around the images",
    ),
    ("pool 2", "the largest of each 2 × 2 places of a map; average pool 2: their mean"),
    ("dropout 0.5", "half of what the layer before gives is dropped at random in each training step"),
    (
        "batch norm",
        "each map or neuron of the layer before, with mean 0 and variance 1 over the batch; layer norm: each image",
    ),
)
_ETA = ("learning rate", "η: how far each step goes against the gradient, the slope of the cost")

TRAIN = Command(
    "train",
    "Train a network to read handwritten digits, test it, and save it.",
    "chainrule train [DATA] [options]",
    (
        _DATA,
        LABELS,
        optional("--target COLUMN", "of a table: the column to learn"),
        option(
            "--task auto",
            "of a table: classes or numbers; auto takes texts and at most 20 different whole numbers for classes",
            one_of("auto", "classes", "numbers"),
        ),
        optional("--without A,B", "of a table: columns to leave out", names),
        optional(
            "--missing mean",
            "of a table: what stands in for missing values, mean or median, or drop, which leaves out their rows",
            one_of("mean", "median", "drop"),
        ),
        optional(
            "--train-size N",
            "learn from the first N training images only; validate on at most 3 N of others, but on 1,000 at least",
            whole,
        ),
        optional("--test-size N", "test on the first N test images only", whole),
        flag("--color", "of pictures in folders: learn from their colors; default: where their classes need them"),
        flag("--gray", "of pictures in folders: learn from their grays"),
        flag("--expand", "turn each image into five: itself, and shifted by one pixel in each direction"),
        option(
            "--augment none",
            "vary all images again in every epoch: light (shifted, rotated, slanted, scaled), elastic (also "
            "bent) or strong (also thicker or thinner strokes)",
            TableName("data.augmentation:AUGMENTATIONS"),
        ),
        optional(
            "--preset NAME",
            "a set of settings: fast, 98 %; best, 99.4 %; or with convolutions: sprint, 99 %; conv, the most; options typed "
            "beside it override it",
            TableName("training.presets:PRESETS"),
        ),
        optional(
            "--scale N",
            "divide all inputs by N, such as 16 for images with values from 0 to 16; default: grays are divided by 255",
            rate,
        ),
        flag(
            "--gpt",
            "learn to write instead: train a small GPT on DATA, a text file with one name or sentence per line; default: "
            "5,163 first names, which come with the package",
        ),
        optional("--steps N", "with --gpt: how many steps, each from one line; default: 10000", whole),
        Heading("the network"),
        optional(
            "--layers 784,30,10",
            'the layers from the pixels to the answers: neurons; layers of images, as in "conv 20x5, pool 2, 100, 10" '
            "(the words are below); or the name of a layer of your own, with --functions",
            layers,
        ),
        FUNCTIONS,
        option(
            "--activation sigmoid",
            "the activation function of hidden neurons, applied to the weighted input: sigmoid, tanh, relu, "
            "leaky-relu, elu, gelu or softplus",
            TableName("network.activations:ACTIVATIONS"),
        ),
        option(
            "--cost quadratic",
            "the cost function, which training makes small: quadratic, cross-entropy, log-likelihood (with "
            "softmax outputs), hinge and others",
            TableName("network.costs:COSTS"),
        ),
        option(
            "--normalization none",
            "batch or layer: bring the weighted inputs of hidden neurons to mean 0 and variance 1",
            TableName("network.kinds:NORMALIZATIONS"),
        ),
        option("--dropout 0", "the share of hidden activations dropped at random in each training step", share),
        option(
            "--initializer default",
            "how weights start: default, smaller where a neuron has many inputs; large, all N(0, 1) as in "
            "the article, where some runs never learn one of the digits",
            TableName("network.initializers:INITIALIZERS"),
        ),
        Heading("learning"),
        option("--epochs 30", "how many times to go through all training images", whole),
        option("--batch-size 10", "how many images each step learns from", whole),
        optional(
            "--learning-rate N",
            "η, how large the steps are; default: chosen to suit the activation, the cost and the optimizer; "
            "3.0 for the default ones",
            rate,
        ),
        flag(
            "--find-rate",
            "do not train; try learning rates in short runs, plot the cost, and suggest one to start with",
        ),
        option(
            "--optimizer sgd",
            "how a gradient changes the weights: sgd, momentum, nesterov, rmsprop, adam or adamw",
            TableName("training.optimizers:OPTIMIZERS"),
        ),
        option(
            "--schedule constant",
            "how η changes over the run: constant, step, linear, cosine, one-cycle or plateau",
            TableName("training.schedules:SCHEDULES"),
        ),
        option("--l2 0", "λ: how strongly large weights are penalized", penalty),
        option("--l1 0", "the same, by absolute value instead of square", penalty),
        optional("--max-norm N", "the largest norm that the weights of a neuron may have", rate),
        optional("--clip-norm N", "the largest norm that the gradient of a step may have", rate),
        option("--label-smoothing 0", "the share of each desired answer that is spread over all digits", share),
        flag("--balanced", "let rare digits count as much as frequent ones"),
        optional(
            "--patience N",
            "stop after N epochs without progress on the validation images, and keep the best weights",
            whole,
        ),
        option("--seed 0", "the seed of the random numbers; the same seed gives the same network", seed),
        _EXECUTOR,
        Heading("files"),
        optional(
            "-o, --output FILE",
            "where to save the network; default: net.safetensors, or net-2.safetensors if that exists",
        ),
        optional("--checkpoint FILE", "a file, rewritten after each epoch, from which the run can continue"),
        optional("--resume FILE", "continue the run of a checkpoint to its end, with its data and settings"),
        optional("--more-epochs N", "with --resume: train N more epochs than planned", whole),
        LANGUAGE,
        JSON,
    ),
    (
        _EPOCH,
        _BATCH,
        _ETA,
        *_LAYERS,
        ("cost C", "how far the answers are from the truth, averaged over all images; training makes it small"),
        ("valid", "images not used for learning; they show how well the network reads what it has not seen"),
        ("test", "other such images, used only once, at the end"),
    ),
    (
        ("chainrule train", "50,000 digits"),
        ("chainrule train --train-size 1000 --test-size 100", "the article's example"),
        ("chainrule train --layers 784,100,10 -o big.safetensors", "100 hidden neurons"),
        ('chainrule train --layers "conv 20x5, pool 2, 100, 10"', "a convolutional network"),
        ("chainrule train --cost cross-entropy --learning-rate 0.5 --l2 5", "the book's chapter 3"),
        ("chainrule train prices.csv --target price", "a table"),
        ("chainrule train --gpt", "a small GPT that invents names"),
    ),
)

SAMPLE = Command(
    "sample",
    "Let a small GPT write: names or lines like those that it has learned.",
    "chainrule sample GPT [options]",
    (
        Argument("GPT", "a network saved by `chainrule train --gpt`: gpt.safetensors"),
        option("--count 20", "how many lines", whole),
        optional("--start TEXT", "how each line begins; the network goes on"),
        option(
            "--temperature 0.5",
            "how much chance has a say: near 0 it writes the most probable letter, at 1 each as often as it is probable",
            rate,
        ),
        option("--seed 0", "the seed of the random numbers; the same seed gives the same lines", seed),
        LANGUAGE,
        JSON,
    ),
    (("cost C", "how improbable the network finds the line: the mean over its letters of −ln p"),),
    (
        ("chainrule sample gpt.safetensors", "twenty lines"),
        ("chainrule sample gpt.safetensors --start mar --count 5", "five that begin with mar"),
    ),
)

EVALUATE = Command(
    "evaluate",
    "Test a saved network: its accuracy, its confusion matrix and its mistakes.",
    "chainrule evaluate NET [DATA] [options]",
    (Argument(*_NET_WORDS), TESTED, LABELS, FUNCTIONS, LANGUAGE, JSON),
    (),
    (
        ("chainrule evaluate net.safetensors", "on the test images of its own data"),
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
            "PNG, JPEG, GIF, WebP, BMP or TIFF files, each with a digit or a number; if one of the files is "
            "a network (net.safetensors), it reads the pictures, otherwise the bundled reader does",
            count="+",
        ),
        optional(
            "-o, --output FILE", "of a table of rows: where the answers are written, as CSV; default: they are printed"
        ),
        FUNCTIONS,
        LANGUAGE,
        JSON,
    ),
    (
        (
            "activation",
            "how strongly the output neuron of a digit answers, from 0 to 1; the strongest one is the answer",
        ),
        ("runner-up", "the digit with the second strongest activation"),
        (
            "unsure",
            "the picture may not show a digit: the activation of the bundled reader is too small; for a number, the "
            "row is about its least certain digit",
        ),
    ),
    (
        ("chainrule predict photo.png", "with the bundled reader"),
        ("chainrule predict net.safetensors 1.png 2.png", "with your own network"),
        ("chainrule predict net.safetensors rows.csv -o answers.csv", "with a network that learned from a table"),
    ),
)

SHAPES = Command(
    "shapes",
    "Show the dimensions of every symbol of a network, forward and backward.",
    "chainrule shapes [LAYERS | NET] [options]",
    (
        Argument(
            "LAYERS",
            "the layers from the input to the output, as `chainrule train --layers` takes them; or a saved network",
            shown="784,30,10",
            read=layers_or_file,
            defaulted=True,
            count="?",
        ),
        FUNCTIONS,
        option("--batch 10", "how many examples go through at once, one column each", whole),
        LANGUAGE,
        JSON,
    ),
    (
        ("w, b", "weights and biases, which are learned; w2 leads into layer 2, and the input is layer 1"),
        ("z, a", "the weighted input of each neuron, and its activation a = σ(z)"),
        ("δ", "the error: how the cost changes with z"),
        ("∂C/∂w", "the gradient: how the cost changes with each weight"),
        *_LAYERS,
        ("2×3 · 3×4", "a matrix product, @ in Python: the inner sizes must be equal"),
        ("2×3 ⊙ 2×3", "an elementwise product, * in Python: each number times the one in the same place"),
    ),
    (
        ("chainrule shapes 784,30,10 --batch 10", "the article's network"),
        ("chainrule shapes 2,3,1 --batch 4", "one small enough for pencil and paper"),
        ('chainrule shapes "conv 20x5, pool 2, 100, 10"', "a convolutional network"),
        ("chainrule shapes net.safetensors", "a saved network"),
    ),
)

DERIVE = Command(
    "derive",
    "Print the derivative of a network's cost, or of your own NumPy function, as Python.",
    "chainrule derive NET | FILE.py:FUNCTION --shapes w=30x784,b=30x1 [options]",
    (
        Argument("TARGET", "a saved network, or a function in a Python file: model.py:cost"),
        optional(
            "--shapes w=30x784,…",
            "the shape of each argument: w=30x784 a matrix, v=30 a row of numbers, t= (nothing) a single number; of a dict or a "
            "list, that of each part: params.w=30x784, layers.0=30",
        ),
        optional("--wrt w,b", "with respect to these arguments only", names),
        option(
            "--form textbook",
            "textbook, to read; fast, which reuses what is already computed",
            one_of("textbook", "fast"),
        ),
        optional(
            "--batch M",
            "for a network: how many examples, one column each; default: 1, or with batch normalization the "
            "batch size of its training",
            whole,
        ),
        FUNCTIONS,
        flag("--latex", "as mathematics, for LaTeX"),
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
            "the derivative of your own function",
        ),
        ("chainrule derive net.safetensors --latex", "its equations, for a paper"),
    ),
)

EXPORT = Command(
    "export",
    "Write a network to a file that runs elsewhere, without chainrule: Python with NumPy alone, C, JavaScript, ONNX, or a page.",
    "chainrule export NET FILE [DATA] [options]",
    (
        Argument(*_NET_WORDS),
        Argument(
            "FILE",
            "the file to write; its end says its kind: .py, .h for a header of C99, .js or .mjs for JavaScript, .onnx, .html for "
            "a page that looks inside the network, teaches and trains it in any browser",
        ),
        TESTED,
        LABELS,
        optional(
            "--verify N",
            "run the file on the first N test images, and write it only if its answers are those of the network; C needs a "
            "compiler, cc, JavaScript needs node, and ONNX needs onnxruntime",
            whole,
        ),
        flag("--learns", "write a step of training, too, with which the file goes on learning as the network did"),
        optional(
            "--training-digits N", "for .html: carry N of MNIST's training digits, so that the page can train", whole
        ),
        flag("--int8", "for C: store weights as whole numbers of one byte; --verify then shows what that loses"),
        FUNCTIONS,
        LANGUAGE,
        JSON,
    ),
    (),
    (
        ("chainrule export net.safetensors digits.py --verify 1000", "NumPy alone, with the equations to read"),
        ("chainrule export net.safetensors digits.h --int8 --verify 1000", "for a microcontroller"),
        ("chainrule export net.safetensors digits.js --learns", "for a page of your own that goes on learning"),
        (
            "chainrule export net.safetensors page.html --training-digits 5000",
            "a page that opens from disk, and trains",
        ),
        ("chainrule export net.safetensors digits.onnx --verify 1000", "for other runtimes"),
    ),
)

SITE = Command(
    "site",
    "Write the page of a network as a folder of files, which any host on the web can show.",
    "chainrule site DIR [NET] [DATA] [options]",
    (
        Argument("DIR", "the folder to write: a new one, an empty one, or one that this command has written before"),
        Argument("NET", "a network saved by `chainrule train`; default: the bundled network of the book", count="?"),
        TESTED,
        LABELS,
        optional(
            "--training-digits N",
            "how many of MNIST's training digits the page can learn from; they are a file of their own, which is fetched when "
            "somebody trains; default: 50,000",
            whole,
        ),
        FUNCTIONS,
        LANGUAGE,
        JSON,
    ),
    (),
    (
        ("chainrule site public", "the network of the book, with all it learned from"),
        ("chainrule site public net.safetensors", "your own network"),
    ),
)

REPRODUCE = Command(
    "reproduce",
    "Rerun the experiments of Nielsen's book, and compare its figures with ours.",
    "chainrule reproduce [options]",
    (
        optional("--chapter N", "of one chapter only: 1, 3, 5 or 6", chapter),
        optional("--row NAME", "one row only"),
        flag("--quick", "one seed, and only the quick experiments"),
        option("--seeds 15", "how many runs of each experiment; seeds count from 0", whole),
        _EXECUTOR,
        option("-o, --output reproduction.json", "where runs are stored; stored runs are not repeated"),
        LANGUAGE,
        JSON,
    ),
    (
        _EPOCH,
        ("seed", "the start of the random numbers: initial weights and the order of the images"),
        ("holds", "the book's figure lies within the range of our seeds, or within 0.2 points of it"),
        ("set apart", "runs that never learn a digit, as happens with large weights; they are listed"),
        ("best of 3", "where the book chose the best of three runs, our runs are taken in threes too"),
    ),
    (
        ("chainrule reproduce --quick", "the quick ones, one seed each"),
        ("chainrule reproduce --chapter 5", "how deep networks learn"),
        ("chainrule reproduce --row quadratic-30", "one row, with 15 seeds"),
    ),
)

SHELL = Command(
    "shell",
    "Print what a shell asks for: completion of commands and options, or the manual page.",
    "chainrule shell FOR",
    (
        Argument(
            "FOR",
            "bash, zsh, fish or powershell: a script that completes what is typed; man: the manual page",
            read=one_of("bash", "zsh", "fish", "powershell", "man"),
        ),
        LANGUAGE,
    ),
    (),
    (
        ("chainrule shell bash", 'a script; eval "$(chainrule shell bash)" in ~/.bashrc runs it'),
        ("chainrule shell man", "the manual page; man -l - shows it"),
    ),
)

COMMANDS = {
    command.name: command
    for command in (
        TRAIN,
        EVALUATE,
        PREDICT,
        SAMPLE,
        EXPLAIN,
        SHAPES,
        DERIVE,
        EXPORT,
        SITE,
        CHECK,
        ARTICLE,
        PRACTICE,
        REPRODUCE,
        APP,
        SHELL,
    )
}
