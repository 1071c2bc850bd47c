"""A program as a WebAssembly module and the JavaScript that contains it, for browsers and Node, without Python.

Arguments keep their values between runs. Arrays that are not row-major in the loops are copied before and after a run.
"""

from __future__ import annotations

import base64
import math
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...calls.noun import inlined
from ...core.dims import shape_text
from ...core.errors import ChainruleError
from ...core.nouns import Condition, Program
from ...core.simplification import simplify
from ...core.structure import Tree
from ...program.calling import failed_branch
from ...quoting import javascript
from ..aligned import LINE
from ..loops.language import I64, Call, Function, at, constant
from ..loops.tiling import cut
from ..loops.webassembly import LONGEST, module
from .binding import seen
from .elementwise import NUMBERS, dtype_of
from .nests import ITEM, View
from .program import Lowered, lowered
from .refusal import Unsupported
from .workspace import Workspace

REGISTER = 16  # bytes of WebAssembly's vectors
PAGE = 2**16
TYPED = {
    "f32": "Float32Array", "f64": "Float64Array", "i32": "Int32Array", "i64": "BigInt64Array", "bool": "Uint8Array",
}  # fmt: skip


@dataclass(frozen=True)
class WebAssembly:
    """A program, or the training of a network, for browsers and Node, made by `webassembly` or `Network.webassembly`.

    `code` is a WebAssembly module; `javascript` is a JavaScript module that contains it and needs nothing else.
    """

    code: bytes
    javascript: str

    def __repr__(self) -> str:
        return f"<WebAssembly of {len(self.code):,} bytes; its JavaScript has {len(self.javascript):,} characters>"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the JavaScript module to a file.

        Args:
            path: The file's name, which ends with `.mjs` for Node.
        """
        Path(path).write_text(self.javascript, encoding="utf-8", newline="\n")


def webassembly(program: Program, *, vectors: bool = True) -> WebAssembly:
    r"""Write a program as a WebAssembly module, for browsers and Node.

    In JavaScript, `const { inputs, run } = await instantiate()` prepares the program. `inputs` has the arguments by name,
    nested as they were; `run()` runs the program and returns its results. Each array is a row-major typed array in the
    module's memory, and a number is one of length 1. `inputs` keep their values; a result is valid until the next run.
    `run()` throws an `Error` if a branch goes another way than when the program was traced, a matrix is singular, or an index
    is out of bounds.

    `instantiate(memory, at)` uses a given memory, such as Pyodide's, from the byte `at` on, a multiple of 64; `size` is the
    number of bytes that it takes there. Nothing needs to be installed or loaded.

    Args:
        program: A program from `trace`, `derive` or `Network.programs`; it is written in its fast form.
        vectors: Whether loops take several numbers at once. Without vectors the module is several times smaller, and as fast
            where numbers have 64 bits and a run is short.

    Returns:
        The module, `code`, and a JavaScript module that contains it, `javascript`, which `save` writes to a file.

    Raises:
        ChainruleError: An operation is computed only by NumPy, such as `np.linalg.eigh`; the message names the equation.

    Examples:
        >>> import numpy as np
        >>> from chainrule import derive
        >>> made = webassembly(derive(lambda x: np.sum(x**2), (np.ones(3),)))
        >>> made.code[:4], len(made.code) < 1000
        (b'\x00asm', True)
        >>> print(*(line.strip() for line in made.javascript.splitlines() if "/* (3,) */" in line), sep="\n")
        x: array(Float64Array, 64, 3) /* (3,) */,
        return array(Float64Array, 128, 3) /* (3,) */;
    """
    program = simplify(inlined(program), "fast")
    register = REGISTER if vectors else 0
    loops = _lowered(program, register)
    data = np.zeros(sum(LINE * -(-value.nbytes // LINE) for value, _ in loops.constants), np.uint8)
    for value, view in loops.constants:
        seen(data, view)[...] = value
    space = Workspace(register, fused=False)
    space.size = loops.size
    space.block.store(at("memory"), constant(0, I64))
    inputs = []
    for view in filter(None, loops.inputs):  # all have a place, since they are also results
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
        wrong=_WRONG.format(reasons=javascript(reasons_of(program, loops.reasons))) * bool(loops.reasons),
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


def _lowered(program: Program, register: int) -> Lowered:
    """The loops of a program, with its inputs as additional outputs, so that nothing overwrites their places."""
    for each in (*program.inputs, *program.outputs):
        if dtype_of(each) not in NUMBERS:
            raise ChainruleError(
                "{name} cannot be written as WebAssembly: {symbol} holds numbers of type {dtype}.",
                name=program.name,
                symbol=each.name,
                dtype=dtype_of(each),
            )
    try:
        return lowered(replace(program, outputs=(*program.outputs, *program.inputs)), register)
    except Unsupported as unsupported:
        raise refused(program.name, unsupported.reason) from None


def refused(name: str, equation: str) -> ChainruleError:
    """The error for a program with an equation that has no loops."""
    return ChainruleError(
        "{name} cannot be written as WebAssembly: only NumPy computes {equation}.", name=name, equation=equation
    )


def _by_rows(space: Workspace, view: View) -> View:
    """The place of an array for JavaScript: the one in the loops if it is row-major, or a separate one."""
    return view if view.array == "memory" and view.is_rows else _rows(space, view.number, view.shape)


def _rows(space: Workspace, number: str, shape: tuple[int, ...]) -> View:
    return View.rows("memory", number, shape, space.reserve(ITEM[number] * math.prod(shape)))


def reasons_of(program: Program, reasons: Iterable[str | Condition]) -> list[str]:
    """The error messages, by the numbers that the loops store."""
    return [
        failed_branch(program, each) if isinstance(each, Condition) else f"{program.name}: {each}." for each in reasons
    ]


def _nested(tree: Tree, views: Iterator[View]) -> str:
    """A nested value in JavaScript, whose leaves are typed arrays."""
    if tree.fixed is not None:
        value = tree.fixed[1]
        return javascript(value) if value is None or isinstance(value, (bool, int, str)) else "undefined"
    if tree.is_leaf:
        view = next(views)
        shape = f" /* {shape_text(view.shape)} */" if view.shape else ""
        return f"array({TYPED[view.number]}, {view.offset}, {math.prod(view.shape)}){shape}"
    parts = [_nested(child, views) for child in tree.children]
    if tree.kind in (tuple, list):
        return f"[{', '.join(parts)}]"
    # In brackets, since "__proto__" would otherwise be no key.
    keys = (key if key.isidentifier() and key != "__proto__" else f"[{javascript(key)}]" for key in map(str, tree.keys))
    return f"{{ {', '.join(f'{key}: {part}' for key, part in zip(keys, parts, strict=True))} }}"
