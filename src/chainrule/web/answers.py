"""The answers of plain HTTP: a table of name, fields and function, from which routes and OpenAPI are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..calculus import derive
from ..core.dims import Shape, shape_text
from ..core.errors import ChainruleError
from ..core.messages import Message, listed, message
from ..core.nouns import Array, Program, Symbol
from ..core.tracing import Spec, trace
from ..data.errors import DataError
from ..data.images import SIDE, digit_in, frame
from ..dimensions import DimensionError
from ..program.formulas import formulas
from ..program.symbol_names import symbol_text
from ..show.language import Language, languages, own_name, tag_of
from ..show.markup import joined, tag
from ..show.mathml import formula, math, operator, symbol
from ..show.scripts import translations
from ..show.slopes import Named
from . import fields
from .expressions import MOST_CHARACTERS, MOST_PARTS, Typed, shapes_of, understood
from .fields import Fields, Json, RefusedError
from .guard import MOST_BYTES
from .site import Site
from .snapshot import packed

PIXELS = fields.numbers(SIDE * SIDE, 0, 255)
_CURVE = 241  # points of a curve


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


# ---- derivatives -----------------------------------------------------------------------------------------------------


def _derive(site: Site, language: Language, values: dict[str, Any]) -> Any:
    typed = understood(values["expression"])
    shapes = shapes_of(values["shapes"], typed.names)
    given = [Spec(shapes[name]) for name in typed.names]
    try:
        forward = trace(typed.function, given, loops=False)
        if forward.results.leaves != 1 or forward.outputs[0].shape:
            shape = shape_text(forward.outputs[0].shape) if forward.outputs else "1"
            raise RefusedError(
                "The result is {shape}, and a derivative is taken of one number; put sum(…) around it.", shape=shape
            )
        with np.errstate(all="ignore"):
            program = derive(typed.function, given, wrt=", ".join(typed.by), form=values["form"], loops=False)
            return _derivative(typed, shapes, forward, program, values)
    except (ChainruleError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        raise RefusedError("That cannot be differentiated: {reason}", reason=_reason(error)) from None
    except RecursionError:
        raise RefusedError(
            "The expression is too long: it may have {most} numbers, names and signs.", most=MOST_PARTS
        ) from None


def _derivative(
    typed: Typed, shapes: Mapping[str, Shape], forward: Program, program: Program, values: Mapping[str, Any]
) -> Any:
    """The derivative as text, in mathematics and line by line, in the name that was typed: dy/dx of `y = …`."""
    named = Named(typed.result, single=len(typed.names) == 1)
    rows = [[row.symbol, shape_text(row.shape), row.equation, row.dimensions] for row in program.shape_table()]
    lines = [math(formula(line)) for line in formulas(program)]
    for name, found in zip(typed.by, program.outputs, strict=True):
        if isinstance(found, Symbol) and found.name != f"dC_d{name}":  # another symbol, so it has no line of its own
            sizes = shape_text(shapes[name])
            rows.append([symbol_text(f"dC_d{name}"), sizes, symbol_text(found.name), sizes])
            lines.append(math(symbol(f"dC_d{name}"), operator("="), symbol(found.name)))
    return {
        "names": {name: shape_text(shapes[name]) for name in typed.names},
        "understood": typed.read,
        "result": typed.result,
        "python": named.python(str(program)),
        "latex": named.latex(program.latex()),
        "mathml": named.mathml(joined(*(tag("div", line) for line in lines))),
        "shapes": [
            [named.plain(symbol), shape, named.plain(equation), sizes] for symbol, shape, equation, sizes in rows
        ],
        "curve": _curve(forward, program, values) if list(shapes.values()) == [()] else None,
    }


def _reason(error: Exception) -> object:
    """What is wrong with an expression, in a sentence, without the server's file and line."""
    if isinstance(error, DimensionError):
        sizes = listed([f"{each.name} {shape_text(each.shape)}" for each in error.operands])
        told = {"operation": error.operation, "reason": error.reason, "sizes": sizes, "advice": error.advice}
        return message(
            "{operation}: {reason} ({sizes}). {advice}" if error.advice else "{operation}: {reason} ({sizes}).", **told
        )
    said = error.args[0] if error.args and isinstance(error.args[0], Message) else str(error)
    return said.values.get("said", said) if isinstance(said, Message) else said.split("\n")[0]


def _curve(forward: Program, program: Program, values: Mapping[str, Any]) -> Json:
    """f and f′ of one variable over an interval; values that are not finite become gaps."""
    x = (
        np.linspace(values["low"], values["high"], _CURVE)
        if values["low"] < values["high"]
        else np.array([values["low"]])
    )
    with np.errstate(all="ignore"):
        f, slope = ([float(each(point)) for point in x] for each in (forward, program))
    gap = [[value if np.isfinite(value) else None for value in curve] for curve in (f, slope)]
    return {"x": [float(each) for each in x], "f": gap[0], "slope": gap[1]}  # type: ignore[dict-item]


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
            "shapes": fields.text(200, ""),
            "form": fields.one_of("textbook", "fast", default="textbook"),
            "low": fields.number(-1e6, 1e6, -4.0),
            "high": fields.number(-1e6, 1e6, 4.0),
        },
        _derive,
        "Differentiate an expression, as people write it or in NumPy's names.",
        "How it was understood; the derivative as Python, as mathematics, and line by line with dimensions; a curve where "
        "it has one variable.",
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
