"""A network as a module of JavaScript for browsers and Node, which holds its loops as WebAssembly and needs nothing else."""

from __future__ import annotations

import base64
import math
import textwrap
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..core.nouns import Array
from ..core.python import function_text
from ..program.sizes.text import without_checks
from ..quoting import c_comment, javascript, printable, url_part
from ..run.aligned import LINE
from ..run.loops.tiling import cut
from ..run.loops.webassembly import LONGEST, module
from ..run.lowering.elementwise import NUMBERS, dtype_of
from ..run.lowering.webassembly import PAGE, REGISTER, TYPED, reasons_of
from ..version import __version__
from .errors import ExportError
from .parts import Part, parts_of
from .trained import Learning, Trained


def javascript_text(trained: Trained) -> str:
    """The module of a network.

    Args:
        trained: The network.

    Returns:
        Its text, which begins with how it is used.

    Raises:
        ExportError: An operation has no loops; the message names the equation.
    """

    def refused(equation: str) -> ExportError:
        return ExportError(
            "{name} cannot be written as WebAssembly: only NumPy computes {equation}.",
            name=trained.title,
            equation=equation,
        )

    parts = parts_of(trained, trained.feedforward(1, "fast"), REGISTER, refused)
    begun: dict[str, Array] = {name: np.asarray(each, trained.dtype) for name, each in trained.arrays.items()}
    begun |= {} if trained.learning is None else trained.learning.state
    for part in parts:
        begun |= part.loops.constants
    arrays, memories, size = _placed(parts, begun)
    data = np.zeros(max((arrays[name][1] + each.nbytes for name, each in begun.items()), default=0), np.uint8)
    for name, array in begun.items():
        at = arrays[name][1]
        data[at : at + array.nbytes] = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    pages = -(-size // PAGE)
    places = {name: where[1] for name, where in arrays.items()}
    code = {}
    for part in parts:
        name = part.program.name
        functions = [piece for each in part.loops.functions for piece in cut(each, LONGEST)]
        made = module(functions, places | {"memory": memories[name]}, pages, given=True)
        code[name] = [base64.b64encode(made).decode(), memories[name], reasons_of(part.program, part.loops.reasons)]
    learned = {name: list(where) for name, where in arrays.items() if "_c" not in name or name in trained.arrays}
    with without_checks():
        forward = c_comment(function_text(trained.feedforward(1)))
    return "\n".join(
        [
            f"/* {c_comment(printable(trained.file))}: a neural network in JavaScript, written by chainrule {__version__}. "
            f"Its layers: {c_comment(trained.described())}.\n",
            *(f"     {c_comment(line)}" for line in _use(trained)),
            *(f"   {c_comment(line)}".rstrip() for line in _said(trained)),
            f"\n   What it computes, in Python:\n\n{textwrap.indent(forward, '   ')} */\n",
            *([f"const columns = {_columns(trained)}; // name, texts, what stands in"] if trained.columns else []),
            *([f"export const classes = {javascript(_plain(trained.classes))};"] if trained.classes else []),
            f"const arrays = {javascript(learned)}; // by name: type, place and length",
            f"const parts = {javascript(code, indent=1)}; // code, its memory, its errors",
            f'const begun = "{base64.b64encode(data.tobytes()).decode()}";',
            _class(trained, pages),
        ]
    )


def _placed(parts: list[Part], begun: dict[str, Array]) -> tuple[dict[str, tuple[str, int, int]], dict[str, int], int]:
    """The types, places and lengths of arrays, those first that begin with numbers; the parts' memories, and the whole size.

    Arrays of one name are one array, as long as the longest.
    """
    wanted = {name: (array.dtype, array.size) for name, array in begun.items()}
    for part in parts:
        named = [(each.name, each) for each in part.program.inputs]
        for name, each in [*named, *zip(part.results, part.program.outputs, strict=True)]:
            count = math.prod(map(int, each.shape))
            wanted[name] = (dtype_of(each), max(count, wanted[name][1] if name in wanted else 0))
    arrays, memories, size = {}, {}, 0
    for name, (dtype, count) in wanted.items():
        arrays[name] = (TYPED[NUMBERS[np.dtype(dtype)]], size, count)
        size += -(-np.dtype(dtype).itemsize * count // LINE) * LINE
    for part in parts:
        memories[part.program.name] = size
        size += -(-part.loops.size // LINE) * LINE
    return arrays, memories, size


def _use(trained: Trained) -> Iterator[str]:
    yield f'import {{ Network }} from "./{url_part(trained.file)}";'
    yield "const net = await Network.create();"
    row = f", or of a row of the table: {{ {', '.join(map(_key, trained.columns))} }}" if trained.columns else ""
    yield f"net.run(x); // the {trained.outputs} output activations of {trained.inputs} numbers{row}"
    yield f"net.predict(x); // {_ANSWERS[trained.kind]}"
    if trained.learning is not None:
        m, rate = trained.learning.batch, trained.learning.rate
        ys = f"{trained.outputs} numbers each" if trained.by_rows else "their classes, from 0"
        yield f"net.step(xs, ys, {rate:g}); // learns from {m} examples with the learning rate {rate:g}; ys are {ys}"


def _said(trained: Trained) -> Iterator[str]:
    yield ""
    said = trained.said()
    yield from said
    if trained.grays and not said:
        yield "Arrays of bytes are grays, which are divided by 255."
    other = "" if trained.file.endswith(".mjs") else " In Node, let the name of the file end with .mjs."
    yield f"`get` and `set` reach all arrays by name.{other}"


def _class(trained: Trained, pages: int) -> str:
    learning = trained.learning
    best = {
        "classes": "a.reduce((best, each, k) => (each > a[best] ? k : best), 0)",
        "binary": f"Number(a[0] > {trained.threshold!r})",
        "several": f"Array.from(a, (each) => Number(each > {trained.threshold!r}))",
        "numbers": "a.length > 1 ? a : a[0]",
    }[trained.kind]
    wrong, said = _INFINITE if trained.completes else _MISSING
    answer = f"classes[{best}]" if trained.classes and trained.kind != "several" else best
    return _filled(
        _NETWORK, PAGES=pages, INPUTS=trained.inputs, ANSWER=answer, GRAYS=_GRAYS if trained.grays else "",
        TABLE=_TABLE if trained.columns else "", ROWS=_ROWS if trained.columns else "",
        WRONG=wrong, SAID=said,
        STEP="" if learning is None else _step(trained, learning),
    )  # fmt: skip


def _filled(text: str, **values: object) -> str:
    """JavaScript with values at its places."""
    for name, value in values.items():
        text = text.replace(name, str(value))
    return text


def _step(trained: Trained, learning: Learning) -> str:
    m, outputs = learning.batch, trained.outputs
    y = f'this.#put("y", ys, {m * outputs});'
    if not trained.by_rows:
        yes, no = trained.desired
        y = _filled(_DESIRED, YES=repr(yes), NO=repr(no), MANY=m, OUTPUTS=outputs)
    draws = [_filled(_DRAWN, LAYER=layer) for _, layer in trained.architecture.masks]
    return _filled(
        _STEP, INPUTS=m * trained.inputs, DESIRED=y, DRAWS="".join(draws), BEGUN=learning.steps, MANY=m,
        NUMBERS='\n    this.array("t")[0] = this.steps;\n    this.#call("numbers");' if trained.numbers_of_step else "",
    )  # fmt: skip


_ANSWERS = {
    "classes": "the class, by its name if it has one", "binary": "the class, by its name if it has one",
    "several": "0 or 1 for each label", "numbers": "what it answers",
}  # fmt: skip


def _columns(trained: Trained) -> str:
    """The columns: their names, their texts, and what stands in for a missing one; missing numbers are the program's."""
    rows = [
        [name, list(each.levels) or None, each.fill if each.levels else None] for name, each in trained.columns.items()
    ]
    return javascript(rows)


def _key(name: str) -> str:
    """A name as that of a property."""
    return name if name.isidentifier() and name.isascii() else javascript(name)


def _plain(classes: tuple[Any, ...]) -> list[Any]:
    """Classes as JavaScript has them; what it has not, as text."""
    return [each if isinstance(each, (str, int, float, bool)) else str(each) for each in classes]


_TABLE = """
const isRow = (x) =>
  typeof x === "object" && !ArrayBuffer.isView(x) && (!Array.isArray(x) || x.some((each) => typeof each === "string"));

/** The numbers of a row of the table: an object with its columns, or an array of them in their order. */
function numbersOf(row) {
  if (Array.isArray(row)) row = Object.fromEntries(columns.map(([name], k) => [name, row[k]]));
  return columns.flatMap(([name, texts, other]) => {
    if (!(name in row)) throw new Error(`The row has no ${name}; its columns are ${columns.map(([each]) => each).join(", ")}.`);
    let given = row[name];
    if (given === "" && !texts?.includes("")) given = null;
    if (!texts) return [number(given, name)];
    if (given === null || given === undefined || Number.isNaN(given)) given = other;
    if (!texts.includes(given))
      throw new Error(`${name} is ${JSON.stringify(given)}; the network knows ${JSON.stringify(texts)}.`);
    return texts.map((text) => Number(text === given));
  });
}
"""
_NETWORK = """const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** A number, NaN where it is missing. */
function number(given, name) {
  if (given === null || given === undefined) return NaN;
  if (typeof given === "number" || typeof given === "boolean") return Number(given);
  throw new Error(`${name} is ${JSON.stringify(given)}, where a number is expected.`);
}
TABLE
export class Network {
  #memory;
  #mains = {};
  /** A network as it was written. */
  static async create() {
    const net = new Network();
    net.#memory = new WebAssembly.Memory({ initial: PAGES });
    for (const [name, [code]] of Object.entries(parts)) {
      const { instance } = await WebAssembly.instantiate(bytes(code), { env: { memory: net.#memory }, Math });
      net.#mains[name] = instance.exports.main;
    }
    new Uint8Array(net.#memory.buffer).set(bytes(begun));
    return net;
  }
  /** An array itself, such as `w2`, row by row: what is written into it counts. */
  array(name) {
    if (!arrays[name]) throw new Error(`There is no array ${name}; there are ${Object.keys(arrays).join(", ")}.`);
    const [type, place, length] = arrays[name];
    return new globalThis[type](this.#memory.buffer, place, length);
  }
  /** A copy of an array. */
  get(name) {
    return this.array(name).slice();
  }
  /** New numbers for an array. */
  set(name, numbers) {
    this.#put(name, numbers, this.array(name).length);
  }
  #put(name, given, count) {ROWS
    let numbers = given;
    if (!ArrayBuffer.isView(given)) {
      const flat = given.flatMap((row) => (typeof row === "object" && row ? [...row] : [row]));
      numbers = flat.map((each) => number(each, name));
    }
    if (numbers.length !== count) throw new Error(`${name} takes ${count} numbers, and was given ${numbers.length}.`);GRAYS
    const put = this.array(name);
    put.set(numbers);
    if (name === "x" && put.some(WRONG)) throw new Error("SAID");
  }
  #call(name) {
    const [, memory, errors] = parts[name];
    const wrong = new Int32Array(this.#memory.buffer, memory, 1);
    wrong[0] = 0;
    this.#mains[name]();
    if (errors.length && wrong[0]) throw new Error(errors[wrong[0] - 1]);
  }
  /** The output activations of one example. */
  run(x) {
    this.#put("x", x, INPUTS);
    this.#call("feedforward");
    return this.get("a");
  }
  /** Its answer to one example. */
  predict(x) {
    const a = this.run(x);
    return ANSWER;
  }STEP
}
"""
_GRAYS = """
    const grays = [Uint8Array, Uint8ClampedArray].some((type) => given instanceof type || given[0] instanceof type);
    if (name === "x" && grays) numbers = Array.from(numbers, (gray) => gray / 255);"""
_ROWS = """
    if (name === "x" && isRow(given)) given = numbersOf(given);
    if (name === "x" && Array.isArray(given) && given.some(isRow)) given = given.flatMap(numbersOf);"""
_MISSING = "(each) => !Number.isFinite(each)", "A number is missing or infinite."
_INFINITE = "(each) => Math.abs(each) === Infinity", "A number is infinite."
_DRAWN = """
    for (let k = 0, drawn = this.array("drawsLAYER"); k < drawn.length; k++) drawn[k] = Math.random();"""
_STEP = """
  /** How many steps it has taken. */
  steps = BEGUN;
  /** Learn from MANY examples. */
  step(xs, ys, rate) {
    this.#put("x", xs, INPUTS);
    DESIREDDRAWS
    this.array("rate")[0] = rate;
    this.steps += 1;NUMBERS
    this.#call("step");
  }"""
_DESIRED = """if (ys.length !== MANY) throw new Error(`y takes MANY classes, and was given ${ys.length}.`);
    const y = this.array("y").fill(NO);
    ys.forEach((answer, k) => (y[OUTPUTS * k + answer] = YES));"""
