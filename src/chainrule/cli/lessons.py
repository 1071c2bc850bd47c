"""The commands that explain: what can be typed to see a network's steps, to check its gradients, to read the article."""

from __future__ import annotations

from .arguments import FLAG, Argument, Command, Heading, one_of, pair, place, port, rate, seed, step, whole

LANGUAGE = Argument(
    "--lang", "the language: en or zh; without it that of the terminal", ("--lang",), "en|zh", None, one_of("en", "zh")
)
TESTED = Argument(
    "DATA",
    "a folder with files named as MNIST's, or a file of images with --labels; without it, the data that the network was "
    "trained on",
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
            "a network that `chainrule train` saved; without it, the book's network, which is in the package",
            count="?",
        ),
        TESTED,
        LABELS,
        Heading("which image"),
        Argument(
            "--mistake",
            "the K-th test image that it reads wrong, from 1; without it, the first from which a step visibly learns",
            ("--mistake",),
            "K",
            None,
            whole,
        ),
        Argument("--example", "test image N, from 0", ("--example",), "N", None, seed),
        Argument(
            "--image", "a picture of a digit of your own: PNG, JPEG, GIF, WebP, BMP or TIFF", ("--image",), "FILE"
        ),
        Argument("--label", "which digit the picture shows; errors need to know it", ("--label",), "3", None, seed),
        Heading("what is shown"),
        Argument("--step", "one of the five steps only, or 6, the update", ("--step",), "1-6", None, step),
        Argument(
            "--neuron",
            "the numbers of this neuron: layer from 1 at the input, neuron from 0",
            ("--neuron",),
            "l:j",
            None,
            place,
        ),
        Argument("--learning-rate", "η of the update", ("--learning-rate",), "0.1", 0.1, rate),
        LANGUAGE,
        Heading("questions, each answered alone"),
        Argument("--value", "why has the neuron its value?", ("--value",), FLAG),
        Argument("--why", "why this answer, and not the right one?", ("--why",), FLAG),
        Argument("--between", "why the first of these answers, and not the second?", ("--between",), "A,B", None, pair),
        Argument("--blame", "where does the neuron's error come from?", ("--blame",), FLAG),
        Argument(
            "--one-step",
            "what would one step of learning change, here and on all other test digits?",
            ("--one-step",),
            FLAG,
        ),
        Argument("--proof", "is this gradient right? Measured beside it", ("--proof",), FLAG),
        Argument("--layers", "which neurons are saturated, and where does the error fade?", ("--layers",), FLAG),
        Heading("files"),
        Argument("--html", "write all of it as a web page that needs no network", ("--html",), "FILE"),
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
    "Hold a network's gradients against measured slopes, layer by layer, and its cost against its gradient.",
    "chainrule check NET [DATA] [options]",
    (
        Argument("NET", "a network that `chainrule train` saved: net.safetensors"),
        TESTED,
        LABELS,
        Argument("--samples", "how many numbers of each parameter are measured", ("--samples",), "5", 5, whole),
        LANGUAGE,
        _JSON,
    ),
    (
        ("measured slope", "a weight is moved by a little to both sides, and the cost computed twice"),
        ("relative error", "how far two slopes are apart, measured by the largest of the parameter"),
    ),
    (("chainrule check net.safetensors", "exit code 1 where they disagree"),),
)

ARTICLE = Command(
    "article",
    "Read how a neural network works: the steps of the article on real data, with its code and its dimensions.",
    "chainrule article [options]",
    (LANGUAGE, Argument("--html", "write it as a web page that needs no network", ("--html",), "FILE")),
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
            "a network that `chainrule train` saved; without it, the reader and the book's network, which are in the "
            "package",
            count="?",
        ),
        Argument(
            "DATA",
            "a folder with files named as MNIST's, of ten classes; without it, the data that the network was trained on",
            count="?",
        ),
        Argument("--port", "where the page is served", ("--port",), "8000", 8000, port),
        Argument(
            "--host",
            "127.0.0.1 for this machine only; 0.0.0.0 for everybody who reaches it over the network",
            ("--host",),
            "127.0.0.1",
            "127.0.0.1",
        ),
        Argument("--no-browser", "only serve, and open nothing", ("--no-browser",), FLAG),
        LANGUAGE,
    ),
    (("δ", "the error that flows back from a wrong answer"), ("η", "the learning rate: how far one step goes")),
    (("chainrule app", "with the reader and the book's network"), ("chainrule app net.safetensors", "with your own")),
)
