"""The answers of plain HTTP: a table of name, fields and function, from which routes and OpenAPI are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.nouns import Array
from ..data.errors import DataError
from ..data.images import SIDE, digit_in, frame
from ..show.language import Language, languages, own_name, tag_of
from ..show.scripts import translations
from . import fields
from .derivative import derived
from .expressions import MOST_CHARACTERS
from .fields import Fields, Json, RefusedError
from .guard import MOST_BYTES
from .site import Site
from .snapshot import packed

PIXELS = fields.numbers(SIDE * SIDE, 0, 255)


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
        media: The media type of the answer.
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
    at_once: int | None = None  # how many are computed at the same time, where one takes much memory


def _predict(site: Site, language: Language, values: dict[str, Any]) -> Any:
    activations = site.networks[site.first](_image(values))
    return {"digit": int(activations.argmax()), "activations": [float(each) for each in activations]}


def _explain(site: Site, language: Language, values: dict[str, Any]) -> Any:
    net, label = site.networks[site.first], values["label"]
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
        return {"pixels": packed(digit_in(values["image"]))}
    except DataError as error:
        raise RefusedError("The image cannot be read: {reason}", reason=error) from None


def _texts(site: Site, language: Language, values: dict[str, Any]) -> Any:
    return {
        each: {
            "name": own_name(each),
            "tag": tag_of(each),
            "texts": translations(each, __package__, "page"),
        }
        for each in languages()
    }


def _test(site: Site, language: Language, values: dict[str, Any]) -> Any:
    at = values["index"]
    return {"pixels": packed(site.test.images[at]), "label": int(site.test.labels[at])}


def _derive(site: Site, language: Language, values: dict[str, Any]) -> Any:
    return derived(values["expression"], values["at"], language)


# ---- the table -------------------------------------------------------------------------------------------------------

_OBJECT: Mapping[str, Json] = {"type": "object"}
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
        },
        _derive,
        "Differentiate an expression, as people write it or in NumPy's names; `at` says where its variables stand.",
        "How it was understood; its graph, its derivative as Python, as mathematics and line by line with dimensions, and a "
        "JavaScript module that computes all values and slopes.",
        _OBJECT,
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
    Answer("texts", "GET", {}, _texts, "The words of the page.", "Each text in each language.", _OBJECT),
)
