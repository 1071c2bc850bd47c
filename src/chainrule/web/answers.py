"""The answers of HTTP: a table of name, fields and function, from which routes and OpenAPI are made."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..core.nouns import Array
from ..data.datasets import mnist_test
from ..data.errors import DataError
from ..data.images import SIDE, digit_in, frame
from ..page.templates import HIDDEN, OUTPUTS
from ..show.language import Language
from . import fields
from .derivative import derived
from .expressions import MOST_CHARACTERS
from .fields import Fields, Json, RefusedError, record
from .guard import MOST_BYTES
from .site import MOST_PARAMETERS, Site, network_of

PIXELS = fields.numbers(SIDE * SIDE, 0, 255)
MOST_OF_A_NAME = 1_000
"""Characters of a network's name: that of its file, in which some may be escaped."""
_NETWORK: Fields = {
    "network": fields.text(MOST_OF_A_NAME, ""),
    "layers": fields.wholes(8, 1, 1024, ()),
    "activations": fields.words(
        9, dict.fromkeys([*HIDDEN, *(each for known in OUTPUTS.values() for each in known)]), ()
    ),
    "cost": fields.one_of(*OUTPUTS, default="quadratic"),
    "weights": fields.bytes64(4 * MOST_PARAMETERS, b""),
}
_RUN: Fields = {
    **_NETWORK,
    "eta": fields.number(1e-6, 1e4),
    "epochs": fields.whole(1, 300),
    "batch": fields.whole(1, 10**6, 10),
    "seed": fields.whole(0, 2**32 - 1),
}


@dataclass(frozen=True)
class Answer:
    """One address of the HTTP interface.

    Attributes:
        name: Its path.
        method: Its HTTP method.
        fields: The fields of a request.
        compute: Makes the answer from the site, the language and the fields.
        summary: What it does, for the description.
        gives: What it answers, for the description.
        result: The answer as a JSON schema.
        media: The media type of the answer. Of lines, `compute` makes the request to the process that writes them.
        encoding: How an answer of bytes is compressed.
        at_once: How many requests are computed at the same time, where one takes much memory.
    """

    name: str
    method: str
    fields: Fields
    compute: Callable[[Site, Language, dict[str, Any]], Any]
    summary: str
    gives: str
    result: Mapping[str, Json]
    media: str = "application/json"
    at_once: int | None = None
    encoding: str | None = None


def _predict(site: Site, language: Language, values: dict[str, Any]) -> Any:
    activations = site.reader()(_image(values))
    return {"digit": int(activations.argmax()), "activations": [float(each) for each in activations]}


def _explain(site: Site, language: Language, values: dict[str, Any]) -> Any:
    net, label = site.reader(), values["label"]
    return net.explain(_image(values), None if label < 0 else label).plain(values["step"] or None)


def _image(values: Mapping[str, Any]) -> Array:
    """The 28×28 grays of a request, framed as MNIST's images are unless they already are."""
    pixels = np.array(values["pixels"]).reshape(SIDE, SIDE)
    if values["framed"]:
        pixels = pixels.round()
    if not pixels.any():
        raise RefusedError("The drawing is blank; draw a digit.")
    return pixels.astype(np.uint8) if values["framed"] else frame(pixels)


def _frame(site: Site, language: Language, values: dict[str, Any]) -> Any:
    try:
        return {"pixels": base64.b64encode(digit_in(values["image"]).tobytes()).decode()}
    except DataError as error:
        raise RefusedError("The image cannot be read: {reason}", reason=error) from None


def _test(site: Site, language: Language, values: dict[str, Any]) -> Any:
    at, test = values["index"], mnist_test()
    return {"pixels": base64.b64encode(test.images[at].tobytes()).decode(), "label": int(test.labels[at])}


def _examples(site: Site, language: Language, values: dict[str, Any]) -> Any:
    return site.examples(values["network"], values["part"])


def _train(site: Site, language: Language, values: dict[str, Any]) -> Any:
    shown = site.shown(values["network"])
    name = values["network"] or site.first
    network_of(shown.net, values)  # what is wrong with it is said at once
    asked = {**values, "weights": base64.b64encode(values["weights"]).decode()}
    return {"saved": asdict(site.saved[name]), "asked": asked}


def training_of(asked: Mapping[str, Json]) -> dict[str, object]:
    """The fields of a run, as they were checked before they were passed on to a process."""
    return record(dict(asked), _RUN)


def _save(site: Site, language: Language, values: dict[str, Any]) -> Any:
    shown = site.shown(values["network"])
    net = network_of(shown.net, {**values, "seed": 0})
    if values["kind"] == "page":
        return site.text(values["network"] or site.first, net, shown, alone=True).encode()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.safetensors"
        net.save(path)
        return path.read_bytes()


def _derive(site: Site, language: Language, values: dict[str, Any]) -> Any:
    return derived(values["expression"], values["at"], language, values["exact"])


# ---- the table -------------------------------------------------------------------------------------------------------

BYTES, LINES = "application/octet-stream", "application/x-ndjson"
_OBJECT: Mapping[str, Json] = {"type": "object"}
_BINARY: Mapping[str, Json] = {"type": "string", "contentMediaType": BYTES}
_ACTIVATIONS: Json = {"type": "array", "items": {"type": "number"}, "minItems": 10, "maxItems": 10}
ANSWERS: tuple[Answer, ...] = (
    Answer(
        "predict",
        "POST",
        {"pixels": PIXELS, "framed": fields.flag(True)},
        _predict,
        "Read one digit.",
        "The digit, and how strongly each of the ten answers is given.",
        {"type": "object", "properties": {"digit": {"type": "integer"}, "activations": _ACTIVATIONS}},
    ),
    Answer(
        "explain",
        "POST",
        {
            "pixels": PIXELS,
            "framed": fields.flag(True),
            "label": fields.whole(-1, 9, -1),
            "step": fields.whole(0, 6, 0),
        },
        _explain,
        "The five steps of backpropagation on one digit, and the update: every symbol with its shape and its numbers.",
        "Without a label (−1) only what needs none; with a step from 1 to 6 that one alone.",
        _OBJECT,
    ),
    Answer(
        "frame",
        "POST",
        {"image": fields.bytes64(MOST_BYTES * 3 // 4)},
        _frame,
        "Find, center and scale the digit in a picture: PNG, JPEG, GIF, WebP, BMP or TIFF.",
        "28×28 grays in base64.",
        _OBJECT,
        at_once=2,
    ),
    Answer(
        "derive",
        "POST",
        {
            "expression": fields.text(MOST_CHARACTERS),
            "at": fields.text(MOST_CHARACTERS, ""),
            "exact": fields.flag(True),
        },
        _derive,
        "Differentiate an expression, as people write it or in NumPy's names; `at` says where its variables stand and, unless "
        "`exact`, may name others.",
        "How it was understood; its graph, its derivative as Python, as mathematics and line by line with dimensions, and "
        "JavaScript modules that compute all values and slopes.",
        _OBJECT,
        at_once=2,  # a long one takes seconds
    ),
    Answer(
        "test",
        "GET",
        {"index": fields.whole(0, 9_999)},
        _test,
        "One of the test digits.",
        "Its grays and label.",
        _OBJECT,
    ),
    Answer(
        "examples",
        "GET",
        {"network": fields.text(MOST_OF_A_NAME, ""), "part": fields.one_of("learn", "test")},
        _examples,
        "All examples of a network, on which it is tested or from which it learns.",
        "Rows and then their labels, as bytes: grays, or float32; classes as int16, or float32 for numbers.",
        _BINARY,
        BYTES,
        encoding="gzip",
    ),
    Answer(
        "train",
        "POST",
        _RUN,
        _train,
        "Train a network here, from the weights that are sent or from new ones; other activations make other layers.",
        "A line for each place in the queue, {waiting}, for each epoch, {epoch, cost, accuracy, validation, seconds, weights}, "
        "for what is diagnosed, {findings}, and at the end, {done} or {error}. Whoever closes the connection ends the run.",
        _OBJECT,
        LINES,
    ),
    Answer(
        "save",
        "POST",
        {**_NETWORK, "kind": fields.one_of("network", "page")},
        _save,
        "Save a network with the weights that are sent.",
        "The file: of the network, in safetensors, or of the page that shows it.",
        _BINARY,
        BYTES,
        at_once=2,
    ),
)
