"""The page as one HTML file: the network, its programs as WebAssembly, examples, words in all languages, style and scripts.

The file asks for nothing else, so that it opens from disk, in a notebook's frame, or on any host. What it computes is written
from the derived programs (`programs.py`); how its scripts become one is in `modules.py`.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from importlib import resources
from typing import Any

import numpy as np

from ..core.nouns import Array
from ..export.trained import Trained
from ..run.lowering.webassembly import webassembly
from ..show.colors import DARK, LIGHT
from ..show.language import Language, languages, own_name, tag_of, translated
from ..show.scripts import translations
from ..show.style import style_sheet, tokens
from ..training.settings import settings
from ..training.webassembly import training_module
from ..version import __version__
from .carried import RATE, Carried
from .gallery import gallery
from .modules import joined
from .programs import beginnings, look_program, read_program
from .templates import is_plain, templates

BATCH = 10
"""How many examples a step of training has, and how many are read at once."""


def page_text(trained: Trained, carried: Carried, served: Mapping[str, Any] | None = None) -> str:
    """The page of a network.

    Args:
        trained: The network.
        carried: The examples.
        served: What the page is told of the server that serves it, for `front/server.js`; a file has none.

    Returns:
        The file's text.

    Raises:
        ChainruleError: The network has an operation that only NumPy computes; the message names the equation.
    """
    front = _front()
    look, looked = look_program(trained.architecture, not trained.numeric)
    known = _known(trained, carried, looked)
    programs = {
        "program-look.js": webassembly(look).javascript,
        "program-read.js": webassembly(read_program(trained.architecture, BATCH, trained.dtype)).javascript,
        "program-training.js": _training(trained, carried),
    }
    boot, main = scripts(served is not None)
    worker = joined({**front, **programs}, "worker.js")
    data = {
        "network": known,
        "weights": _packed(np.concatenate([np.ravel(each) for each in trained.parameters]).astype(trained.dtype)),
        "examples": _deflated(carried.rows),
        "labels": _deflated(carried.labels.astype(np.float32 if trained.numeric else np.int16)),
        "gallery": gallery(),
        "templates": templates()[0] if trained.kind == "classes" else None,
        "served": served,
    }
    sheets = [name for name in sorted(front) if name.endswith(".css") and name != "page.css"]
    packed = {
        "words": {each: _words(each) for each in languages()},
        "data": data,
        "worker": worker,
        "style": "".join(front[name] for name in sheets),
        "main": main,
    }
    return _PAGE.format(
        version=__version__,
        style=style_sheet((f"{__package__}.front", "page.css")) + _THEMES,
        body=front["page.html"],
        packed=_deflated(json.dumps(packed, ensure_ascii=False, separators=(",", ":")).encode(), 9),
        boot=boot,
    )


def scripts(served: bool) -> tuple[str, str]:
    """The scripts that run in the page itself, to the letter: what unpacks it, and `main.js` with all that it imports.

    Args:
        served: Whether a server serves the page; a file has nothing in it that could ask for anything.
    """
    front = _front()
    alone = {} if served else {"server.js": front["alone.js"]}
    return f"\n{front['boot.js']}", joined({**front, **alone}, "main.js")


def _front() -> dict[str, str]:
    """What the browser gets, by the names of its files."""
    return {path.name: path.read_text(encoding="utf-8") for path in (resources.files(__package__) / "front").iterdir()}


def _known(trained: Trained, carried: Carried, looked: list[str]) -> dict[str, Any]:
    """What the page is told of the network."""
    architecture, inputs = trained.architecture, trained.schema.inputs
    arrays = trained.arrays
    drawn = beginnings(architecture)
    outputs, grays = trained.schema.outputs, carried.rows.dtype == np.uint8
    by = 255.0 if grays else 1.0  # what is shown of a gray lies in 0 … 1
    accuracy, total = carried.accuracy or (None, 0)
    return {
        "sizes": list(architecture.sizes),
        "shapes": [list(each) for each in architecture.examples],
        "titles": {code: [translated(each, code) for each in architecture.titles(code)] for code in languages()},
        "layers": [
            {"kind": each.kind, "normalization": each.normalization, "given": _plain(each.keywords)}
            for each in architecture.stack
        ],
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
        "plain": is_plain(architecture) and trained.dtype == "float32",
        "looked": looked,
        "batch": BATCH,
        "eta": RATE,
        "read": {"m": BATCH, "columns": [len(architecture.examples[place]) == 1 for place in (0, -1)]},
        "pixels": grays and trained.grays,
        "inputs": {
            "kind": "image" if carried.shape else "columns",
            "shape": list(carried.shape),
            "names": list(inputs.names),
            "shift": [each / by for each in ((0.0,) if grays and trained.grays else inputs.shift)],
            "scale": [each / by for each in ((255.0,) if grays and trained.grays else inputs.scale)],
        },
        "outputs": {"shift": list(outputs.shift), "scale": list(outputs.scale), "names": list(outputs.names)},
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


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """What JSON can hold of a layer's keywords."""
    return {name: each for name, each in values.items() if isinstance(each, (bool, int, float, str, type(None)))}


def _training(trained: Trained, carried: Carried) -> str:
    """The module with which the page trains; the parameters are given to it later."""
    zeros = [np.zeros_like(each) for each in trained.parameters]
    count = max(carried.learned[1] - carried.learned[0], 1)
    chosen = settings(count, epochs=1, batch_size=BATCH, learning_rate=1.0, optimizer="sgd")
    return training_module(
        trained.architecture, zeros, chosen, count,
        numeric=trained.numeric, pixels=carried.rows.dtype == np.uint8 and trained.grays, smoothing=0.0,
    ).javascript  # fmt: skip


def _words(language: Language) -> dict[str, Any]:
    """A language as the page has it: what it calls itself, its tag, and its texts."""
    texts = translations(language, __package__, "front")
    return {"name": own_name(language), "tag": tag_of(language), "texts": texts}


def _packed(array: Array) -> str:
    return base64.b64encode(array.tobytes()).decode()


def _deflated(content: Array | bytes, level: int = 7) -> str:
    """An array or a text in short: most pixels are paper, and words recur."""
    given = content if isinstance(content, bytes) else np.ascontiguousarray(content).tobytes()
    return base64.b64encode(zlib.compress(given, level)).decode()


_THEMES = "".join(
    f"[data-theme={palette.theme}],[data-theme={palette.theme}] .cr{{{tokens(palette)};color-scheme:{palette.theme}}}"
    for palette in (LIGHT, DARK)
)
_PAGE = """<!doctype html>
<html lang="en">
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
{body}<script type="text/plain" id="packed">{packed}</script>
<script>{boot}</script>
</body>
</html>
"""
