"""A network as a Python file that needs NumPy alone: its programs as they print, its parameters, and a class around them."""

from __future__ import annotations

import base64
import keyword
import re
import textwrap
from collections.abc import Iterator, Mapping

import numpy as np

from ..core.nouns import Array, Program
from ..core.python import function_text
from ..program.sizes.text import without_checks
from ..quoting import python_docstring
from ..version import __version__
from .trained import Trained


@without_checks()
def numpy_text(trained: Trained) -> str:
    """The file of a network.

    Args:
        trained: The network.

    Returns:
        Its text, which begins with how it is used.
    """
    m, learning = trained.some, trained.learning
    forward = trained.feedforward(m, any_size=True)
    programs = [forward]
    stored = {"PARAMETERS": {name: np.asarray(array, trained.dtype) for name, array in trained.arrays.items()}}
    if learning is not None:
        programs += [trained.step(), *([trained.numbers()] if trained.numbers_of_step else [])]
        stored["STATE"] = dict(learning.state)
    constants = {f"{name}_of_{p.name}": value for p in programs for name, value in _constants(p).items()}
    if constants:
        stored["CONSTANTS"] = constants
    columns = {name: (list(each.levels), each.fill) for name, each in trained.columns.items()}
    parts = [
        _head(trained, m),
        *([f"COLUMNS = {columns!r}  # the texts of each, and what stands in for a missing value"] if columns else []),
        *([f"CLASSES = {list(trained.classes)!r}"] if trained.classes else []),
        *_definitions(*programs),
        "\n\n".join(_network(trained, programs)),
        _ARRAY,
        *(_stored(name, arrays) for name, arrays in stored.items() if arrays),
    ]
    return "\n\n\n".join(each.strip("\n") for each in parts) + "\n"


def _head(trained: Trained, m: int) -> str:
    """How the file is used."""
    learning = trained.learning
    answers = {"numbers": "the numbers that it answers with", "several": "0 or 1 for each label"}.get(
        trained.kind, "the class of each, the name if it has one"
    )
    stem, plain = trained.file.removesuffix(".py"), python_docstring(repr(trained.file))
    lines = [
        *([f"from {stem} import Network", ""] if stem.isidentifier() and not keyword.iskeyword(stem) else
          ["import runpy", "", f"Network = runpy.run_path({plain})['Network']"]),
        "net = Network()",
        f"net(x)  # the output activations: of n × {trained.inputs} numbers, n × {trained.outputs}",
        f"net.predict(x)  # {answers}",
    ]  # fmt: skip
    said = f"`feedforward` is what it computes, with the size of each result for {m} examples; any number may be given."
    if learning is not None:
        y = f"{trained.outputs} numbers each" if trained.by_rows else "their classes, from 0"
        lines.append(f"net.step(x, y, {learning.rate:g})  # learns from {learning.batch} examples; y are {y}")
        said += f"\n`step` is a step of training with the learning rate η, by {learning.rule.optimizer.name}, derivative and all."
    more = python_docstring("\n".join(trained.said()))
    said = f"{said}\n\n{more}" if more else said
    return _HEAD.format(
        version=__version__,
        described=python_docstring(trained.described()),
        use=textwrap.indent("\n".join(lines), "    "),
        said=said,
    )


def _network(trained: Trained, programs: list[Program]) -> Iterator[str]:
    """The class, method by method."""
    learning, forward = trained.learning, programs[0]
    dtype = f"np.{trained.dtype}"
    begun = ["self.parameters = {name: each.copy() for name, each in PARAMETERS.items()}"]
    if learning is not None:
        state = "{name: each.copy() for name, each in STATE.items()}" if learning.state else "{}"
        begun += [f"self.state = {state}  # of the optimizer", f"self.steps = {learning.steps}  # taken so far"]
        if trained.architecture.masks:
            begun.append("self.random = np.random.default_rng()  # says what dropout drops")
    more = "" if learning is None else ", `state` those of its optimizer"
    layers = python_docstring(trained.described())
    yield _lines(
        "class Network:",
        f'    """The network, whose layers are {layers}; `parameters` are its arrays by name{more}."""',
        "",
        "    def __init__(self):",
        *(f"        {each}" for each in begun),
    )
    grays = (
        ["        if x.dtype == np.uint8:  # grays from 0 to 255", "            x = x / 255"] if trained.grays else []
    )
    yield _lines(
        "    def inputs(self, x):",
        '        """Examples as it takes them, one per row."""',
        *(_TABLE.splitlines() if trained.columns else []),
        "        x = np.asarray(x)",
        *grays,
        f"        x = x.astype({dtype}).reshape(-1, {trained.inputs})",
        *(_COMPLETED if trained.completes else _WHOLE).splitlines(),
        "        return x",
    )
    given = ["*self.parameters.values()", "self.inputs(x)", *_given_constants(forward)]
    yield _lines(
        "    def __call__(self, x):",
        f'        """The output activations, one row of {trained.outputs} per example."""',
        f"        return feedforward({', '.join(given)})",
    )
    best = {
        "classes": "np.argmax(self(x), axis=1)",
        "binary": f"(self(x)[:, 0] > {trained.threshold!r}).astype(int)",
        "several": f"(self(x) > {trained.threshold!r}).astype(int)",
        "numbers": "self(x)[:, 0]" if trained.outputs == 1 else "self(x)",
    }[trained.kind]
    answer = best
    if trained.classes and trained.kind != "several":
        simple = {type(each) for each in trained.classes} in ({str}, {int}, {bool})
        answer = f"np.array(CLASSES)[{best}]" if simple else f"[CLASSES[k] for k in {best}]"
    yield _lines("    def predict(self, x):", '        """Its answers, one per example."""', f"        return {answer}")
    if learning is not None:
        yield from _learning(trained, programs)


def _learning(trained: Trained, programs: list[Program]) -> Iterator[str]:
    """The methods of a network that learns."""
    learning, dtype = trained.learning, f"np.{trained.dtype}"
    assert learning is not None
    m = learning.batch
    if trained.by_rows:
        wanted = [f"        return np.asarray(y, {dtype}).reshape(-1, {trained.outputs})"]
    else:
        yes, no = trained.desired
        wanted = [
            f"        right = np.arange({trained.outputs}) == np.asarray(y).reshape(-1, 1)",
            f"        return np.where(right, {yes!r}, {no!r}).astype({dtype})",
        ]
    yield _lines(
        "    def targets(self, y):",
        f'        """The desired outputs, {"one row per example" if trained.by_rows else "of classes"}."""',
        *wanted,
    )
    draws = [
        f"self.random.random(({m}, {trained.architecture.sizes[layer - 1]}), {dtype})"
        for _, layer in trained.architecture.masks
    ]
    given = [
        "*self.parameters.values()", "*self.state.values()", *draws, "x", "y", f"{dtype}(rate)",
        *(["*numbers(np.float64(self.steps))"] if trained.numbers_of_step else []), *_given_constants(programs[1]),
    ]  # fmt: skip
    yield _lines(
        "    def step(self, x, y, rate):",
        f'        """Learn from {m} examples with the learning rate η."""',
        "        x, y = self.inputs(x), self.targets(y)",
        f"        if not len(x) == len(y) == {m}:",
        f'            raise ValueError(f"a step takes {m} examples, and was given {{len(x)}} with {{len(y)}} answers")',
        "        self.steps += 1",
        f"        given = [{', '.join(given[: 2 + len(draws)])}]",
        f"        changed = iter(step(*given, {', '.join(given[2 + len(draws) :])}))",
        "        for arrays in (self.parameters, self.state):",
        "            for name in arrays:",
        "                arrays[name] = next(changed)",
    )


def _lines(*lines: str) -> str:
    return "\n".join(lines)


def _constants(program: Program) -> dict[str, Array]:
    """The constants that a program's function takes as its last arguments; others it makes itself."""
    (head,) = re.findall(rf"^def {program.name}\((.*)\):$", function_text(program), re.MULTILINE)
    taken = head.split(", ")[len(program.arguments) :]
    return {each.name: np.asarray(each.value) for each in program.constants if each.name in taken}


def _given_constants(program: Program) -> list[str]:
    return [f'CONSTANTS["{name}_of_{program.name}"]' for name in _constants(program)]


def _definitions(*programs: Program) -> list[str]:
    """The functions that programs print, each once, in their order."""
    parts = [part for program in programs for part in re.split(r"\n{3,}", str(program).strip("\n"))]
    return [part for part in dict.fromkeys(parts) if not part.startswith("import ")]


def _stored(name: str, arrays: Mapping[str, Array]) -> str:
    """Arrays as a dictionary of text."""
    lines = [f"{name} = {{"]
    for each, array in arrays.items():
        if not array.any():
            lines.append(f'    "{each}": np.zeros({array.shape}, "{array.dtype}"),')
            continue
        little = np.asarray(array).astype(array.dtype.newbyteorder("<"))
        text = textwrap.fill(base64.b64encode(little.tobytes()).decode(), 116)
        lines.append(f'    "{each}": array("{array.dtype}", {array.shape}, """\n{text}\n"""),')
    return "\n".join([*lines, "}"])


_HEAD = '''"""A neural network in NumPy alone, written by chainrule {version}. Its layers: {described}.

{use}

{said}
"""

import base64

import numpy as np'''
_TABLE = """        if not hasattr(x, "keys") and np.asarray(x).dtype.kind in "OUS":  # rows with texts, in the columns' order
            x = dict(zip(COLUMNS, np.array(x, object).T, strict=True))
        if hasattr(x, "keys"):  # a table, by the names of its columns: a text becomes a number for each that there is
            parts = []
            for name, (texts, other) in COLUMNS.items():
                given = [other if each is None or each != each else each for each in np.array(x[name], object)]
                for each in given:
                    if each not in texts if texts else not isinstance(each, (int, float, np.number)):
                        raise ValueError(f"{name} is {each!r}; it must be {f'one of {texts}' if texts else 'a number'}")
                rows = [[each == text for text in texts] if texts else [each] for each in given]
                parts.append(np.array(rows, float).reshape(-1, len(texts) or 1))
            x = np.concatenate(parts, axis=1)"""
_WHOLE = """        if not np.isfinite(x).all():
            raise ValueError("a number is missing or infinite")"""
_COMPLETED = """        if np.isinf(x).any():
            raise ValueError("a number is infinite")"""
_ARRAY = '''def array(dtype, shape, text):
    """An array from its bytes, in base64."""
    return np.frombuffer(base64.b64decode(text), np.dtype(dtype).newbyteorder("<")).astype(dtype).reshape(shape)'''
