"""The tables of the commands that explain and show: `explain`, `check`, `article`, `practice`, `app`; shared options."""

from __future__ import annotations

from ..show.language import languages
from .arguments import (
    Argument,
    Command,
    Heading,
    TableName,
    flag,
    one_of,
    option,
    optional,
    pair,
    place,
    port,
    rate,
    seed,
    step,
    whole,
)

_CODES = languages()
LANGUAGE = optional(
    f"--lang {'|'.join(_CODES)}", "the language of what is printed; default: that of the terminal", one_of(*_CODES)
)
TESTED = Argument(
    "DATA",
    "a folder with files named like MNIST's, or a file of images, with --labels; default: the data "
    "that the network was trained on",
    count="?",
)
LABELS = optional("--labels FILE", "the labels of a file of images")
FUNCTIONS = optional(
    "--functions FILE.py",
    "a Python file with the functions and layers of your own that the network is made of; it is run",
)
JSON = flag("--json", "print one JSON object for programs to read")

EXPLAIN = Command(
    "explain",
    "Show the steps of backpropagation on an image, with every symbol, every dimension and every number.",
    "chainrule explain [NET] [DATA] [options]",
    (
        Argument("NET", "a network saved by `chainrule train`; default: the bundled network of the book", count="?"),
        TESTED,
        LABELS,
        FUNCTIONS,
        Heading("which image"),
        optional(
            "--mistake K",
            "the K-th test image that it misreads, from 1; default: the first from which one step visibly learns",
            whole,
        ),
        optional("--example N", "test image N, from 0", seed),
        optional("--image FILE", "a picture of a digit of your own: PNG, JPEG, GIF, WebP, BMP or TIFF"),
        optional("--label 3", "which digit the picture shows; needed to compute errors", seed),
        optional(
            "--text emma", "a text instead of an image; NET is then a small GPT, saved by `chainrule train --gpt`"
        ),
        Heading("what is shown"),
        optional("--step 1-6", "one of the five steps only, or 6, the update", step),
        optional(
            "--neuron l:j",
            "show the numbers of this neuron: layers count from 1, the input; neurons from 0; map 9, row 18, column 7 of "
            "layer 2 is 2:9,18,7",
            place,
        ),
        option("--learning-rate 0.1", "η of the update", rate),
        LANGUAGE,
        Heading("questions, each answered alone"),
        flag("--value", "why does the neuron have this value?"),
        flag("--why", "why this answer, and not the right one?"),
        optional("--between A,B", "why the first of these answers, and not the second?", pair),
        flag("--blame", "where does the neuron's error come from?"),
        flag("--one-step", "what would one step of learning change, here and on all other test digits?"),
        flag("--proof", "is this gradient right? Compare it with a measured slope"),
        flag("--layers", "which neurons are saturated, and where does the error fade?"),
        Heading("files"),
        optional("--html FILE", "write everything as a web page that works offline"),
        JSON,
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
        ("chainrule explain gpt.safetensors --text emma", "how a small GPT reads a name"),
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
        FUNCTIONS,
        option("--samples 5", "how many numbers to measure for each parameter", whole),
        LANGUAGE,
        JSON,
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
    (LANGUAGE, optional("--html FILE", "write it as a web page that works offline")),
    (),
    (
        ("chainrule article", "from top to bottom"),
        ("chainrule article --lang zh", "in Chinese"),
    ),
)

PRACTICE = Command(
    "practice",
    "Write derivatives by hand, in files that are checked whenever you save them, and be told which mistake it is.",
    "chainrule practice [FOLDER] [options]",
    (
        Argument(
            "FOLDER",
            "where your files are, none of which is ever written over; it goes on where you left off; default: practice",
            count="?",
        ),
        optional(
            "--exercise NAME", "this one instead of the first that is not solved", TableName("exercises:EXERCISES")
        ),
        Heading("instead of waiting for you to save"),
        flag("--once", "check the file once; exit code 1 where it is not right"),
        flag("--hint", "show the next of three hints, from gentle to plain"),
        flag("--solution", "show the solution, which is the derived program; your file stays as it is"),
        flag("--reset", "begin the exercise again; your file is kept under another name"),
        flag("--list", "show all exercises, and which of them are solved"),
        Heading("for teachers"),
        optional(
            "--classroom DIR",
            "check the submissions in a folder, anna/14_delta.py or anna_14_delta.py, each in a process of its own, which may "
            "not write, connect or start programs; code that wants to can get around this, and can read files: run strangers' "
            "code in a container",
        ),
        option("--seconds 10", "with --classroom: how long a submission may take", rate),
        option(
            "--megabytes 2000", "with --classroom: how much memory it may take, where the system can limit it", whole
        ),
        optional(
            "--worksheet FILE.html",
            "write a worksheet for paper, with numbers of a small network, and its key beside it, as FILE-key.html",
        ),
        option("--count 1", "with --worksheet: how many sheets, each with other numbers", whole),
        option("--seed 1", "with --worksheet: what the numbers of the first one follow from", seed),
        optional(
            "-o, --output FILE.csv",
            "with --classroom: where the results are written; default: results.csv in the current folder",
        ),
        LANGUAGE,
    ),
    (
        ("δ", "the error of a neuron: how the cost changes with its weighted input"),
        ("dC_dw", "∂C/∂w, the gradient: how the cost changes with each weight"),
    ),
    (
        ("chainrule practice", "from the dimensions of a layer to attention"),
        ("chainrule practice --exercise delta", "one exercise"),
        ("chainrule practice --list", "how far you are"),
        ("chainrule practice --worksheet sheets.html --count 30", "thirty sheets for paper"),
        ("chainrule practice --classroom submissions", "what a class has handed in"),
    ),
)

APP = Command(
    "app",
    "Open the page: draw a digit, watch the network think, see its error, teach it.",
    "chainrule app [NET] [DATA] [options]",
    (
        Argument(
            "NET",
            "a saved network, or a folder of them; default: the network of the book, the reader, and those in the present folder",
            count="?",
        ),
        Argument(
            "DATA",
            "data that it is shown on: a folder like MNIST's, of pictures, or a table; default: the data that it was trained on",
            count="?",
        ),
        FUNCTIONS,
        option("--port 8000", "the port of the page", port),
        option(
            "--host 127.0.0.1", "127.0.0.1: this machine only; 0.0.0.0: also others in the network, who enter a code"
        ),
        flag("--no-browser", "serve the page without opening a browser"),
        LANGUAGE,
    ),
    (("δ", "the error that flows back from a wrong answer"), ("η", "the learning rate: how far one step goes")),
    (
        ("chainrule app", "with the book's network and the reader"),
        ("chainrule app net.safetensors", ("with your own network")),
    ),
)
