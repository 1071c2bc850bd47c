"""A program as a WebAssembly module, and the JavaScript that holds it: for browsers and Node, where there is no Python.

Arguments keep what they are set to from one run to the next. Arrays that do not lie row by row where the loops have them are
copied before and after.
"""

from __future__ import annotations

import base64
import json
import math
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...core.dims import shape_text
from ...core.errors import ChainruleError
from ...core.layout import layout
from ...core.nouns import Condition, Program
from ...core.python import assertion
from ...core.simplification import simplify
from ...core.structure import Tree
from ...program.calling import branch_message
from ..aligned import LINE
from ..loops.language import I64, Call, Function, at, constant
from ..loops.tiling import cut
from ..loops.webassembly import module
from .binding import seen
from .elementwise import NUMBERS, dtype_of
from .nests import ITEM, View
from .program import Lowered, lowered
from .refusal import Unsupported
from .workspace import Workspace

REGISTER = 16  # bytes of WebAssembly's vectors
LONGEST = 5_000  # expressions of a function: engines compile longer ones slowly
PAGE = 2**16
TYPED = {
    "f32": "Float32Array", "f64": "Float64Array", "i32": "Int32Array", "i64": "BigInt64Array", "bool": "Uint8Array",
}  # fmt: skip


@dataclass(frozen=True)
class WebAssembly:
    """A program, or the training of a network, for browsers and Node, made by `webassembly` or `Network.webassembly`.

    `code` is a WebAssembly module; `javascript` is a module of JavaScript that holds it and asks for nothing else.
    """

    code: bytes
    javascript: str

    def __repr__(self) -> str:
        return f"<WebAssembly of {len(self.code):,} bytes; its JavaScript has {len(self.javascript):,} characters>"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the module of JavaScript to a file.

        Args:
            path: Its name, which ends with `.mjs` for Node.
        """
        Path(path).write_text(self.javascript, encoding="utf-8", newline="\n")


def webassembly(program: Program) -> WebAssembly:
    r"""Write a program as a WebAssembly module, for browsers and Node.

    In JavaScript, `const { inputs, run } = await instantiate()` makes the program ready. `inputs` has the arguments by name,
    nested as they were; `run()` computes, and returns what the function does. Each array is a typed array in the module's
    memory, row by row, and a number is one of length 1. What `inputs` are set to stays, and a result until the next run.
    `run()` throws an `Error` where a branch goes another way than when the program was traced, a matrix is singular, or an
    index is outside of its array.

    `instantiate(memory, at)` works in a memory that is given, such as Pyodide's, from the byte `at` on, a multiple of 64;
    `size` says how many bytes it takes there. Nothing is installed for it, and nothing is loaded.

    Args:
        program: A program, as `trace` and `derive` give it, or `Network.programs`; it is written in its fast form.

    Returns:
        The module, `code`, and a module of JavaScript that holds it, `javascript`, which `save` writes to a file.

    Raises:
        ChainruleError: It has an operation that only NumPy computes, such as `np.linalg.eigh`; the message names the equation.

    Examples:
        >>> import numpy as np
        >>> from chainrule import derive
        >>> made = webassembly(derive(lambda x: np.sum(x**2), (np.ones(3),)))
        >>> made.code[:4], len(made.code) < 1000
        (b'\x00asm', True)
        >>> print(*(line.strip() for line in made.javascript.splitlines() if "/* 3 */" in line), sep="\n")
        x: array(Float64Array, 64, 3) /* 3 */,
        return array(Float64Array, 128, 3) /* 3 */;
    """
    program = simplify(program, "fast")
    loops = _lowered(program)
    data = np.zeros(sum(LINE * -(-value.nbytes // LINE) for value, _ in loops.constants), np.uint8)
    for value, view in loops.constants:
        seen(data, view)[...] = value
    space = Workspace(REGISTER, fused=False)
    space.size = loops.size
    space.block.store(at("memory"), constant(0, I64))
    inputs = []
    for view in filter(None, loops.inputs):  # all have a place, as results
        inputs.append(_by_rows(space, view))
        if inputs[-1] != view:
            space.copy(inputs[-1], view)
    space.block.add(Call("main", ("memory", "constants"), ()))
    outputs = []
    for result in loops.outputs[: len(program.outputs)]:
        if isinstance(result, View):
            outputs.append(_by_rows(space, result))
            if outputs[-1] != result:
                space.copy(result, outputs[-1])
        else:
            outputs.append(_rows(space, NUMBERS[np.asarray(result).dtype], ()))
            space.fill(outputs[-1], np.asarray(result).item())
    run = Function("run", ("memory", "constants"), (), space.block.body)
    functions = [part for function in (*loops.functions, run) for part in cut(function, LONGEST)]
    size = space.size + len(data)
    pages = -(-size // PAGE)
    code = module(functions, pages=pages, given=True, data=data.tobytes())
    arguments = iter(inputs)
    lines = {name: _nested(tree, arguments) for name, tree in program.arguments}
    text = _JAVASCRIPT.format(
        name=program.name,
        code=base64.b64encode(code).decode(),
        size=size,
        pages=pages,
        constants=space.size,
        begin=f"\n  exports.begin(at + {space.size});" * (len(data) > 0),
        inputs="".join(f"\n        {name}: {text}," for name, text in lines.items()),
        wrong=_WRONG.format(reasons=json.dumps(_reasons(program, loops.reasons), ensure_ascii=False))
        * bool(loops.reasons),
        result=_nested(program.results, iter(outputs)),
    )
    return WebAssembly(code, text)


_JAVASCRIPT = """// {name}: const {{ inputs, run }} = await instantiate(); set the arrays of inputs; run() returns the result.
const code = Uint8Array.from(atob("{code}"), (c) => c.charCodeAt(0));
export const size = {size}; // bytes of memory
export async function instantiate(memory = new WebAssembly.Memory({{ initial: {pages} }}), at = 0) {{
  const {{ exports }} = (await WebAssembly.instantiate(code, {{ env: {{ memory }}, Math }})).instance;
  const array = (Numbers, place, length) => new Numbers(memory.buffer, at + place, length);{begin}
  return {{
    memory,
    get inputs() {{
      return {{{inputs}
      }};
    }},
    run() {{
      exports.run(at, at + {constants});{wrong}
      return {result};
    }},
  }};
}}
"""
_WRONG = """
      const [wrong] = array(Int32Array, 0, 1);
      if (wrong) throw new Error({reasons}[wrong - 1]);"""


def _lowered(program: Program) -> Lowered:
    """The loops of a program, with its inputs as further outputs, so that nothing else is ever written to their places."""
    for each in (*program.inputs, *program.outputs):
        if dtype_of(each) not in NUMBERS:
            raise ChainruleError(
                "{name} cannot be written as WebAssembly: {symbol} holds numbers of type {dtype}.",
                name=program.name,
                symbol=each.name,
                dtype=dtype_of(each),
            )
    try:
        return lowered(replace(program, outputs=(*program.outputs, *program.inputs)), REGISTER)
    except Unsupported as unsupported:
        raise refused(program.name, unsupported.reason) from None


def refused(name: str, equation: str) -> ChainruleError:
    """What is said of a program with an equation that has no loops."""
    return ChainruleError(
        "{name} cannot be written as WebAssembly: only NumPy computes {equation}.", name=name, equation=equation
    )


def _by_rows(space: Workspace, view: View) -> View:
    """Where JavaScript has an array: where it lies for the loops, if it does so row by row, or in a place of its own."""
    return view if view.array == "memory" and view.is_rows else _rows(space, view.number, view.shape)


def _rows(space: Workspace, number: str, shape: tuple[int, ...]) -> View:
    return View.rows("memory", number, shape, space.reserve(ITEM[number] * math.prod(shape)))


def _reasons(program: Program, reasons: Iterable[str | Condition]) -> list[str]:
    """What is thrown, by the numbers that the loops leave."""
    plan = layout(program)
    return [
        branch_message(program, *assertion(each, plan)) if isinstance(each, Condition) else f"{program.name}: {each}."
        for each in reasons
    ]


def _nested(tree: Tree, views: Iterator[View]) -> str:
    """A nested value in JavaScript, whose leaves are typed arrays."""
    if tree.fixed is not None:
        value = tree.fixed[1]
        return json.dumps(value) if value is None or isinstance(value, (bool, int, str)) else "undefined"
    if tree.is_leaf:
        view = next(views)
        shape = f" /* {shape_text(view.shape)} */" if view.shape else ""
        return f"array({TYPED[view.number]}, {view.offset}, {math.prod(view.shape)}){shape}"
    parts = [_nested(child, views) for child in tree.children]
    if tree.kind in (tuple, list):
        return f"[{', '.join(parts)}]"
    keys = (str(key) if str(key).isidentifier() else json.dumps(str(key)) for key in tree.keys)
    return f"{{ {', '.join(f'{key}: {part}' for key, part in zip(keys, parts, strict=True))} }}"
