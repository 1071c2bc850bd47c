"""The page as one HTML file: the network, its programs as WebAssembly, examples, words in all languages, style and scripts.

The file asks for nothing else, so that it opens from disk, in a notebook's frame, or on any host. What it computes is written
from the derived programs (`programs.py`); how its scripts become one is in `modules.py`. For a host the same page is also
several files, of which a browser fetches what it needs.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from importlib import resources
from typing import Any

import numpy as np

from ..core.nouns import Array
from ..explain.record import of_network
from ..export.trained import Trained
from ..run.lowering.webassembly import webassembly
from ..show.colors import DARK, LIGHT
from ..show.language import Language, languages, own_name, tag_of, translated
from ..show.scripts import translations
from ..show.style import style_sheet, tokens
from ..training.optimizers import sgd
from ..training.rates import default_rate
from ..training.settings import settings
from ..training.webassembly import training_module
from ..version import __version__
from .carried import RATE, Carried
from .exercises import exercises
from .gallery import gallery
from .modules import joined, style_in_short
from .programs import beginnings, look_program, read_program
from .stored import stored, stored_bytes
from .templates import is_plain, suited_rates, templates

_CODE = re.compile(r'atob\("([A-Za-z0-9+/=]+)"\)')
_LEVEL = 7  # of compression; above it digits take ten times as long, and are half a percent smaller
_COMMENTS = re.compile(r"^ *(//.*|/\*\*(?:(?!\*/)[\s\S])*\*/)\n", re.MULTILINE)
_ELSEWHERE = ("page.css", "gpt.css")  # that of the frame, and of the small GPT, which has a page of its own
_BLOCKS = 6  # blocks of a quarter of the usual length, since numbers, code and words follow each other: 1 % smaller
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
    front, parts, rest = _front(), _parts(trained, carried, served), _rest(trained, carried)
    if rest:
        parts["data"]["more"] = {}
    parts["worker"] = _CODE.sub(_in_letters, parts["worker"])
    boot, main = scripts(served is not None)
    texts = {"packed": _deflated(_json({"main": main, **parts}), 9)} | ({"learned": _deflated(rest)} if rest else {})
    held = "".join(f'<script type="text/plain" id="{name}">{text}</script>\n' for name, text in texts.items())
    end = f"{held}<script>{boot}</script>\n"
    return _document(front, end=end)


def page_files(trained: Trained, carried: Carried) -> dict[str, bytes]:
    """The page of a network as files of one folder, for a host.

    `index.html` is small, and shows the page's frame at once. The names of all others hold a hash of what is in them, so that
    browsers may keep them forever. What is learned from is a file of its own, which is fetched when the page is to train.

    Args:
        trained: The network.
        carried: The examples.

    Returns:
        What is in each file, by its name; `index.html` is the last.

    Raises:
        ChainruleError: As `page_text`.
    """
    front, files = _front(), dict[str, bytes]()

    def added(name: str, content: bytes) -> str:
        stem, dot, end = name.partition(".")
        files[hashed := f"{stem}.{digest(content)}{dot}{end}"] = content
        return hashed

    parts = _parts(trained, carried)
    if rest := _rest(trained, carried):
        content = _compressed(rest, carried)
        parts["data"]["more"] = {"address": added("learn.bin", content), "bytes": len(content)}
    style = added("style.css", parts.pop("style").encode())
    parts["worker"] = added("worker.js", parts["worker"].encode())
    script = f"(async () => {{\n{front['fetched.js']}{scripts(served=False)[1]}\n}})();\n"
    head = (
        f'<link rel="preload" as="fetch" crossorigin id="carried" href="{added("network.json", _json(parts))}">\n'
        f'<script src="{added("page.js", script.encode())}" defer></script>\n'
    )
    text = _document(front, head, f'<link rel="stylesheet" href="{style}">\n')
    return files | {"index.html": text.encode()}


def digest(content: bytes) -> str:
    """The hash that stands in a file's name."""
    return hashlib.sha256(content).hexdigest()[:12]


def _rest(trained: Trained, carried: Carried) -> bytes:
    """The examples behind those that are shown, rows and then labels, which wait until they are learned from."""
    shown = len(carried.numbers)
    return np.ascontiguousarray(carried.rows[shown:]).tobytes() + _labels(trained, carried)[shown:].tobytes()


def _parts(trained: Trained, carried: Carried, served: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """All of the page but its own script: words, data with the examples that are shown, the Worker's script, style."""
    front, shown = _front(), len(carried.numbers)
    look, looked = look_program(trained.architecture, not trained.numeric)
    programs = {
        "program-look.js": webassembly(look, vectors=False).javascript,
        "program-read.js": webassembly(read_program(trained.architecture, BATCH, trained.dtype)).javascript,
        "program-training.js": _training(trained, carried),
    }
    data = {
        "network": _known(trained, carried, looked),
        "weights": _packed(
            _by_bytes(np.concatenate([np.ravel(each) for each in trained.parameters]).astype(trained.dtype))
        ),
        "examples": _deflated(carried.rows[:shown], 9),
        "labels": _deflated(_labels(trained, carried)[:shown], 9),
        "more": None,
        "gallery": [
            {**each, "javascript": [_CODE.sub(_in_letters, script) for script in each["javascript"]]}
            for each in stored("gallery", gallery)
        ],
        "practice": exercises(trained),
        "templates": stored("templates", lambda: templates()[0])
        if trained.kind == "classes" and trained.architecture.columns
        else None,
        "served": served,
    }
    sheets = [name for name in sorted(front) if name.endswith(".css") and name not in _ELSEWHERE]
    worker = joined({**front, **programs}, "worker.js")
    saying = "".join((front["page.html"], front["fetched.js"], scripts(served is not None)[1], worker))
    return {  # what is alike stands together, which makes it shorter where it is packed
        "words": {each: _words(each, saying) for each in languages()},
        "style": style_in_short("".join(front[name] for name in sheets)),
        "worker": worker,
        "data": data,
    }


def _document(front: Mapping[str, str], head: str = "", end: str = "") -> str:
    style = style_sheet((f"{__package__}.front", "page.css")) + _THEMES
    return _PAGE.format(version=__version__, style=style, head=head, body=front["page.html"], end=end)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _compressed(rest: bytes, carried: Carried) -> bytes:
    """The examples to learn from in short. MNIST's are the same for all networks, and kept between runs; users' own are not."""
    if not carried.whole:
        return zlib.compress(rest, _LEVEL)
    return stored_bytes("digits", lambda: zlib.compress(rest, _LEVEL), _LEVEL, hashlib.sha256(rest).hexdigest())


def _labels(trained: Trained, carried: Carried) -> Array:
    """The labels as the page reads them."""
    return carried.labels.astype(np.float32 if trained.numeric else np.int16)


def scripts(served: bool) -> tuple[str, str]:
    """The scripts that run in the page itself, to the letter: what unpacks it, and `main.js` with all that it imports.

    Args:
        served: Whether a server serves the page; a file has nothing in it that could ask for anything.
    """
    front = _front()
    alone = {} if served else {"server.js": front["alone.js"]}
    return f"\n{front['boot.js']}", joined({**front, **alone}, "main.js")


@functools.cache
def _front() -> Mapping[str, str]:
    """What the browser gets, by the names of its files; scripts without the lines that are comments, but the one that unpacks."""
    files = {path.name: path.read_text(encoding="utf-8") for path in (resources.files(__package__) / "front").iterdir()}
    return {
        name: _COMMENTS.sub("", text) if name.endswith(".js") and name != "boot.js" else text
        for name, text in files.items()
    }


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
        "python": None if architecture.columns else _lines(trained, carried),
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
        "rate": default_rate(architecture, sgd()),
        "rates": suited_rates(),
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
            "whole": carried.whole,
            "numbers": [int(each) for each in carried.numbers],
        },
    }  # fmt: skip


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """What JSON can hold of a layer's keywords; pairs of numbers become lists."""
    return {name: each for name, each in values.items() if isinstance(each, (bool, int, float, str, tuple, type(None)))}


def _lines(trained: Trained, carried: Carried) -> dict[int, list[str]]:
    """The lines of Python of each step, as `net.explain` prints them, where the page cannot write them by itself."""
    example, known = carried.rows[carried.opening], trained.schema.inputs
    inputs = trained.architecture.inputs(known.scaled(example.reshape(1, -1), "float64"))
    desired = np.eye(trained.outputs)[:, :1]
    told = of_network(
        trained.architecture, trained.parameters, example, inputs, desired, (0,),
        scaling=known.change(example.dtype), numeric=trained.numeric,
    )  # fmt: skip
    return {step.number: [line.python for line in step.lines if line.python] for step in told.steps}


def _training(trained: Trained, carried: Carried) -> str:
    """The module with which the page trains; the parameters are given to it later."""
    zeros = [np.zeros_like(each) for each in trained.parameters]
    count = max(carried.learned[1] - carried.learned[0], 1)
    chosen = settings(count, epochs=1, batch_size=BATCH, learning_rate=1.0, optimizer="sgd")
    return training_module(
        trained.architecture, zeros, chosen, count,
        numeric=trained.numeric, pixels=carried.rows.dtype == np.uint8 and trained.grays, smoothing=0.0,
    ).javascript  # fmt: skip


def _words(language: Language, saying: str) -> dict[str, Any]:
    """A language as the page has it: what it calls itself, its tag, and those texts that its markup and scripts say."""
    known = translations(language, __package__, "front")
    texts = {key: text for key, text in known.items() if json.dumps(key.split("\4")[-1], ensure_ascii=False) in saying}
    return {"name": own_name(language), "tag": tag_of(language), "texts": texts}


def _packed(array: Array) -> str:
    return base64.b64encode(array.tobytes()).decode()


def _by_bytes(numbers: Array) -> Array:
    """The first bytes of all numbers, then the second ones, …: signs and powers are alike, and shorter once they are packed."""
    return numbers.view(np.uint8).reshape(len(numbers), -1).T


def _in_letters(found: re.Match[str]) -> str:
    """Code out of base64 as a text of a letter for each byte: what is made of it is the same, and a packed file is shorter."""
    return f'"{"".join(chr(0x100 + byte) for byte in base64.b64decode(found[1]))}"'


def _deflated(content: Array | bytes, level: int = _LEVEL) -> str:
    """An array or a text in short: most pixels are paper, and words recur."""
    given = content if isinstance(content, bytes) else np.ascontiguousarray(content).tobytes()
    packing = zlib.compressobj(level, memLevel=_BLOCKS)
    return base64.b64encode(packing.compress(given) + packing.flush()).decode()


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
{head}</head>
<body class="cr">
{body}{end}</body>
</html>
"""
