"""The page as one HTML file: the network, its programs as WebAssembly, examples, words in all languages, style and scripts.

The file asks for nothing else, so that it opens from disk, in a notebook's frame, or on any host. What it computes is written
from the derived programs (`programs.py`); how its scripts become one is in `modules.py`.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import numpy as np

from ..core.nouns import Array
from ..export.trained import Trained
from ..run.lowering.webassembly import webassembly
from ..show.colors import DARK, LIGHT
from ..show.language import Language, languages, own_name, preferred, tag_of, translated
from ..show.scripts import translations
from ..show.style import style_sheet, tokens
from ..training.settings import settings
from ..training.webassembly import training_module
from ..version import __version__
from .gallery import gallery
from .modules import joined
from .programs import beginnings, look_program, read_program

BATCH = 10
"""How many examples a step of training has, and how many are read at once."""


@dataclass(frozen=True)
class Carried:
    """The examples in a file: rows that are shown, and behind them rows to learn from.

    Attributes:
        rows: All rows, as users give them; bytes are grays.
        labels: Their classes from 0, or numbers.
        numbers: Of those that are shown, the places among all test examples.
        fair: How many of the first ones were chosen whatever the network says of them.
        opening: The place of the one on which the page opens.
        learned: From where to where are those to learn from.
        validated: From where to where are those by which learning is measured.
        accuracy: How much of all test examples the network reads right, and how many those are.
    """

    rows: Array
    labels: Array
    numbers: Array
    fair: int
    opening: int = 0
    learned: tuple[int, int] = (0, 0)
    validated: tuple[int, int] = (0, 0)
    accuracy: tuple[float, int] | None = None
    shape: tuple[int, ...] = field(default=())


def page_text(trained: Trained, carried: Carried, *, language: Language | None = None) -> str:
    """The page of a network.

    Args:
        trained: The network.
        carried: The examples.
        language: The language in which it opens, unless the visitor chose one; by default that of this terminal's user.

    Returns:
        The file's text.

    Raises:
        ChainruleError: The network has an operation that only NumPy computes; the message names the equation.
    """
    front = {path.name: path.read_text(encoding="utf-8") for path in (resources.files(__package__) / "front").iterdir()}
    look, looked = look_program(trained.architecture, not trained.numeric)
    known = _known(trained, carried, looked)
    programs = {
        "program-look.js": webassembly(look).javascript,
        "program-read.js": webassembly(read_program(trained.architecture, BATCH, trained.dtype)).javascript,
        "program-training.js": _training(trained, carried),
    }
    scripts = {name: text for name, text in front.items() if name.endswith(".js")}
    worker = joined({**scripts, **programs}, "worker.js")
    data = {
        "network": known,
        "weights": _packed(np.concatenate([np.ravel(each) for each in trained.parameters]).astype(trained.dtype)),
        "examples": _packed(zlib.compress(np.ascontiguousarray(carried.rows).tobytes(), 7)),
        "labels": _packed(carried.labels.astype(np.float32 if trained.numeric else np.uint8)),
        "gallery": gallery(),
    }
    code = language or preferred()
    sheets = [name for name in sorted(front) if name.endswith(".css") and name != "page.css"]
    style = style_sheet(*((f"{__package__}.front", name) for name in ("page.css", *sheets)))
    return _PAGE.format(
        language=code,
        tag=tag_of(code),
        version=__version__,
        style=style + _THEMES,
        body=front["page.html"],
        words=_json({each: _words(each) for each in languages()}),
        data=_json(data),
        worker=_script(worker),
        main=_script(joined(scripts, "main.js")),
    )


def _known(trained: Trained, carried: Carried, looked: list[str]) -> dict[str, Any]:
    """What the page is told of the network."""
    architecture, inputs = trained.architecture, trained.schema.inputs
    arrays = trained.arrays
    drawn = beginnings(architecture)
    grays = carried.rows.dtype == np.uint8
    accuracy, total = carried.accuracy or (None, 0)
    return {
        "sizes": list(architecture.sizes),
        "shapes": [list(each) for each in architecture.examples],
        "titles": {code: [translated(each, code) for each in architecture.titles(code)] for code in languages()},
        "activations": [each if isinstance(each, str) else "f" for each in architecture.activations],
        "cost": architecture.cost if isinstance(architecture.cost, str) else "C",
        "kind": trained.kind,
        "threshold": trained.threshold if trained.kind in ("binary", "several") else 0.5,
        "dtype": trained.dtype,
        "classes": [str(each) for each in trained.classes] or [str(k) for k in range(trained.outputs)],
        "parameters": sum(each.size for each in arrays.values()),
        "accuracy": accuracy,
        "total": total,
        "arrays": [
            {"name": each.name, "layer": each.layer, "role": each.role, "shape": list(arrays[each.name].shape),
             "count": arrays[each.name].size, "drawn": list(drawn[each.name])}
            for each in architecture.parameters
        ],
        "learned": list(architecture.learned),
        "looked": looked,
        "batch": BATCH,
        "read": {"m": BATCH, "columns": architecture.columns},
        "inputs": {
            "kind": "image" if carried.shape else "columns",
            "shape": list(carried.shape),
            "names": list(inputs.names),
            "shift": list(inputs.shift if not grays else (0.0,)),
            "scale": list(inputs.scale if not grays else (1.0,)),
        },
        "carried": {
            "kind": "grays" if grays else "numbers",
            "shown": len(carried.numbers),
            "fair": carried.fair,
            "opening": carried.opening,
            "learned": list(carried.learned),
            "validated": list(carried.validated),
            "numbers": [int(each) for each in carried.numbers],
        },
    }  # fmt: skip


def _training(trained: Trained, carried: Carried) -> str:
    """The module with which the page trains; the parameters are given to it later."""
    zeros = [np.zeros_like(each) for each in trained.parameters]
    begin, end = carried.learned
    chosen = settings(end - begin, epochs=1, batch_size=BATCH, learning_rate=1.0, optimizer="sgd")
    return training_module(
        trained.architecture, zeros, chosen, end - begin,
        numeric=trained.numeric, pixels=carried.rows.dtype == np.uint8, smoothing=0.0,
    ).javascript  # fmt: skip


def _words(language: Language) -> dict[str, Any]:
    """A language as the page has it: what it calls itself, its tag, and its texts."""
    texts = translations(language, __package__, "front")
    return {"name": own_name(language), "tag": tag_of(language), "texts": texts}


def _packed(array: Array | bytes) -> str:
    return base64.b64encode(array if isinstance(array, bytes) else array.tobytes()).decode()


def _json(value: Mapping[str, Any]) -> str:
    """JSON that may stand in a script element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _script(text: str) -> str:
    """JavaScript that may stand in a script element, which ends where `</script` stands, be it in a string."""
    return text.replace("</", "<\\/").replace("<!--", "<\\!--")


_THEMES = "".join(
    f"[data-theme={palette.theme}],[data-theme={palette.theme}] .cr{{{tokens(palette)};color-scheme:{palette.theme}}}"
    for palette in (LIGHT, DARK)
)
_PAGE = """<!doctype html>
<html lang="{tag}" data-language="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="chainrule {version}">
<title>chainrule</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body class="cr">
{body}<script type="application/json" id="words">{words}</script>
<script type="application/json" id="data">{data}</script>
<script type="text/plain" id="worker">{worker}</script>
<script>{main}</script>
</body>
</html>
"""
