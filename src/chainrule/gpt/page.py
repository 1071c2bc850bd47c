"""The small GPT on a page, without Python: its steps of training and its answers as WebAssembly, with the names of the package.

The sizes of a module are fixed, and texts have any letters. So there are modules for several numbers of tokens, and of those a
text has the first ones, which are *known*: the others never come next. What trains the known ones is then what trains a network
that has no others.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources
from typing import Any

import numpy as np

from ..calculus import value_and_grad
from ..calls.hooks import calls_kept
from ..core.nouns import Program
from ..core.structure import LEAF, Tree
from ..core.tracing import Spec, trace
from ..page.modules import joined
from ..run.lowering.webassembly import webassembly
from .learning import beginning, numbers_at, taught
from .model import BLOCK, WEIGHTS, Array, first_weights, probabilities
from .text import MOST_LETTERS, names

TOKENS = (27, 128, MOST_LETTERS + 1)
"""The numbers of tokens for which there are modules: the letters of the names and their end; most texts; any."""
STEPS = 10
"""Steps of one run of a module: few enough to be watched, enough for what a run takes by itself."""


def answers(weights: Any, tokens: Array, known: Array) -> Array:
    """For each place, how probable each known token is to come next."""
    p = probabilities(*(*weights, tokens)) * known
    return p / np.sum(p, axis=-1, keepdims=True)


def cost_among(
    wte: Array, wpe: Array, wq: Array, wk: Array, wv: Array, wo: Array, w1: Array, w2: Array, wlm: Array, tokens: Array,
    targets: Array, share: Array, known: Array,
) -> Array:  # fmt: skip
    """The cost of a row of tokens, as `model.cost` has it, among those that are known."""
    p = answers((wte, wpe, wq, wk, wv, wo, w1, w2, wlm), tokens, known)
    return -np.sum(share * np.log(p[np.arange(len(tokens)), targets]))


def learned_among(
    weights: Any, means: Any, squares: Any, tokens: Array, targets: Array, share: Array, numbers: Array, known: Array
) -> tuple[Array, ...]:
    """Steps of training, as `learning.learned` has them, among the tokens that are known."""
    slope = value_and_grad(cost_among, WEIGHTS)
    return taught(slope, weights, means, squares, tokens, targets, share, numbers, known)


def programs(tokens: int) -> tuple[Program, Program]:
    """The steps of training for so many tokens, and the answers with the attention of each head that they come from."""
    weights = tuple(Spec(each.shape, _FLOATS) for each in first_weights(tokens, np.random.default_rng(0)))
    known, places = Spec((tokens,), _FLOATS), Spec((STEPS, BLOCK), _PLACES)
    rows = places, places, Spec((STEPS, BLOCK), _FLOATS), Spec((STEPS, 3), _FLOATS)
    with calls_kept():  # so that attention has its name
        made = trace(answers, (weights, Spec((BLOCK,), _PLACES), known))
    (attention,) = [each.target for each in made.equations if each.target.name == "attention"]
    results = Tree(dict, ("p", "attention"), (LEAF, LEAF))
    return (
        trace(learned_among, (weights, weights, weights, *rows, known)),
        replace(made, outputs=(*made.outputs, attention), results=results),
    )


_FLOATS, _PLACES = np.dtype(np.float32), np.dtype(np.int64)


def modules() -> dict[str, str]:
    """The JavaScript modules, by the names by which `front/lesson.js` imports them: `gpt-programs.js` lists the others."""
    found, listed = {}, []
    for tokens in TOKENS:
        for kind, program in zip(("steps", "answers"), programs(tokens), strict=True):
            found[f"{kind}-{tokens}.js"] = webassembly(program).javascript
        listed.append(f"{{ tokens: {tokens}, steps: steps{tokens}, answers: answers{tokens} }}")
    numbers = trace(numbers_at, (Spec(()), Spec(())))
    found["numbers.js"] = webassembly(numbers, vectors=False).javascript
    imports = [
        f'import * as {kind}{each} from "./{kind}-{each}.js";' for each in TOKENS for kind in ("steps", "answers")
    ]
    exports = {"STEPS": STEPS, "programs": f"[{', '.join(listed)}]", "numbers": "numbersOf"}
    lines = [*imports, 'import * as numbersOf from "./numbers.js";']
    lines += [f"export const {name} = {value};" for name, value in exports.items()]
    return {**found, "gpt-programs.js": "\n".join(lines)}


def front() -> dict[str, str]:
    """The scripts and styles of the page, by their names."""
    folder = resources.files("chainrule.page") / "front"
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def carried() -> dict[str, Any]:
    """What a page carries beside its own script: the Worker's script, and what `learn` begins with for the names of the package.

    Returns:
        The `worker`, as text; the `known` names in the order of training and those that are `unseen`, a line each; the first
        `weights`, in base64.
    """
    begin = beginning(names(), seed=0)
    return {
        "worker": joined({**front(), **modules()}, "teacher.js"),
        "known": _lines(begin.letters.all, begin.known),
        "unseen": _lines(begin.letters.all, begin.unseen),
        "weights": base64.b64encode(b"".join(each.tobytes() for each in begin.weights)).decode(),
    }


def _lines(letters: str, pieces: Sequence[Array]) -> str:
    """The lines that pieces are of, each of which is one piece."""
    _, targets, share = pieces
    rows = [row[given > 0] for row, given in zip(targets, share, strict=True)]
    return "\n".join("".join(letters[token] for token in row[:-1]) for row in rows)
