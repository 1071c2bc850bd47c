"""The commands that explain: what can be typed to see a network's steps, to check its gradients, to read the article."""

from __future__ import annotations

from .arguments import FLAG, Argument, Command, Heading, one_of, pair, place, port, rate, seed, step, whole

LANGUAGE = Argument(
    "--lang",
    ("the language: en or zh; default: the language of the terminal"),
    ("--lang",),
    "en|zh",
    None,
    one_of("en", "zh"),
)
TESTED = Argument(
    "DATA",
    "a folder with files named like MNIST's, or a file of images, with --labels; default: the data that the network "
    "was trained on",
    count="?",
)
LABELS = Argument("--labels", "the labels of a file of images", ("--labels",), "FILE")
_JSON = Argument("--json", "print one JSON object for programs to read", ("--json",), FLAG)

EXPLAIN = Command(
    "explain",
    "Show the steps of backpropagation on an image, with every symbol, every dimension and every number.",
    "chainrule explain [NET] [DATA] [options]",
    (
        Argument(
            "NET",
            "a network saved by `chainrule train`; default: the bundled network of the book",
            count="?",
        ),
        TESTED,
        LABELS,
        Heading("which image"),
        Argument(
            "--mistake",
            "the K-th test image that it misreads, from 1; default: the first from which one step visibly learns",
            ("--mistake",),
            "K",
            None,
            whole,
        ),
        Argument("--example", "test image N, from 0", ("--example",), "N", None, seed),
        Argument(
            "--image", "a picture of a digit of your own: PNG, JPEG, GIF, WebP, BMP or TIFF", ("--image",), "FILE"
        ),
        Argument("--label", "which digit the picture shows; needed to compute errors", ("--label",), "3", None, seed),
        Heading("what is shown"),
        Argument("--step", "one of the five steps only, or 6, the update", ("--step",), "1-6", None, step),
        Argument(
            "--neuron",
            "show the numbers of this neuron: layers count from 1, the input; neurons from 0",
            ("--neuron",),
            "l:j",
            None,
            place,
        ),
        Argument("--learning-rate", "η of the update", ("--learning-rate",), "0.1", 0.1, rate),
        LANGUAGE,
        Heading("questions, each answered alone"),
        Argument("--value", "why does the neuron have this value?", ("--value",), FLAG),
        Argument("--why", "why this answer, and not the right one?", ("--why",), FLAG),
        Argument("--between", "why the first of these answers, and not the second?", ("--between",), "A,B", None, pair),
        Argument("--blame", "where does the neuron's error come from?", ("--blame",), FLAG),
        Argument(
            "--one-step",
            "what would one step of learning change, here and on all other test digits?",
            ("--one-step",),
            FLAG,
        ),
        Argument("--proof", "is this gradient right? Compare it with a measured slope", ("--proof",), FLAG),
        Argument("--layers", "which neurons are saturated, and where does the error fade?", ("--layers",), FLAG),
        Heading("files"),
        Argument("--html", "write everything as a web page that works offline", ("--html",), "FILE"),
        _JSON,
    ),
    (
        ("δ", "the error of a neuron: how the cost changes with its weighted input"),
        ("∂C/∂w", "the gradient: how the cost changes with each weight"),
        ("saturated", "on a flat end of its activation, where hardly any error passes"),
    ),
    (
        ("chainrule explain", "a mistake of the book's network"),
        ("chainrule explain net.safetensors --mistake 3 --why", "why it was misread"),
        ("chainrule explain --example 0 --step 4 --neuron 2:13", "one step, one neuron"),
        ("chainrule explain --image photo.png --label 3", "on your own handwriting"),
        ("chainrule explain net.safetensors fashion/", "on the test images of a folder"),
    ),
)

CHECK = Command(
    "check",
    "Compare a network's gradients with measured slopes, layer by layer, and its cost with its gradient.",
    "chainrule check NET [DATA] [options]",
    (
        Argument("NET", "a network saved by `chainrule train`: net.safetensors"),
        TESTED,
        LABELS,
        Argument("--samples", "how many numbers to measure for each parameter", ("--samples",), "5", 5, whole),
        LANGUAGE,
        _JSON,
    ),
    (
        ("measured slope", "the cost is computed twice, with a weight moved a little up and a little down"),
        ("relative error", "how far apart the two slopes are, relative to the largest one of the parameter"),
    ),
    (("chainrule check net.safetensors", "exit code 1 where they disagree"),),
)

ARTICLE = Command(
    "article",
    "Read how a neural network works: the steps of the article on real data, with its code and its dimensions.",
    "chainrule article [options]",
    (LANGUAGE, Argument("--html", "write it as a web page that works offline", ("--html",), "FILE")),
    (),
    (
        ("chainrule article", "from top to bottom"),
        ("chainrule article --lang zh", "in Chinese"),
    ),
)

APP = Command(
    "app",
    "Open the page: draw a digit, watch the network think, see its error, teach it.",
    "chainrule app [NET] [DATA] [options]",
    (
        Argument(
            "NET",
            "a network saved by `chainrule train`; default: the bundled reader and the bundled network of the book",
            count="?",
        ),
        Argument(
            "DATA",
            "a folder of ten classes with files named like MNIST's; default: the data that the network was trained on",
            count="?",
        ),
        Argument("--port", "the port of the page", ("--port",), "8000", 8000, port),
        Argument(
            "--host",
            "127.0.0.1: this machine only; 0.0.0.0: everyone who can reach it over the network",
            ("--host",),
            "127.0.0.1",
            "127.0.0.1",
        ),
        Argument("--no-browser", "serve the page without opening a browser", ("--no-browser",), FLAG),
        LANGUAGE,
    ),
    (("δ", "the error that flows back from a wrong answer"), ("η", "the learning rate: how far one step goes")),
    (
        ("chainrule app", "with the reader and the book's network"),
        ("chainrule app net.safetensors", ("with your own network")),
    ),
)
