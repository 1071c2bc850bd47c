"""A network as a C99 header: no heap, nothing to link but the mathematics of the C library, parameters as constant arrays.

What it computes are the loops of the forward pass of one example, the same that run natively, without vectors. With `int8`,
weights are stored as whole numbers of one byte each.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..core.dims import shape_text
from ..core.nouns import Array, Program
from ..core.python import function_text
from ..run.loops.c import TYPES, Written, identifier, literal
from ..run.loops.language import Kind
from ..run.lowering.binding import constants_of
from ..run.lowering.elementwise import NUMBERS
from ..run.lowering.own_arrays import Apart, apart
from ..run.lowering.refusal import Unsupported
from ..run.lowering.webassembly import reasons_of
from ..version import __version__
from .errors import ExportError
from .quantized import quantized
from .trained import Trained

_WIDTH = 110
_BYTES = {"float": 4, "double": 8, "int32_t": 4, "int64_t": 8, "uint8_t": 1}


@dataclass(frozen=True)
class Header:
    """A header, and the weights with which it computes where they are not the network's."""

    text: str
    weights: Mapping[str, Array]


def c_header(trained: Trained, int8: bool = False) -> Header:
    """The header of a network.

    Args:
        trained: The network.
        int8: Whether weights are rounded to whole numbers of one byte, with a scale for each row.

    Returns:
        Its text, which begins with how it is used, and the weights that were rounded.

    Raises:
        ExportError: An operation has no loops; the message names the equation.
    """
    program, arrays = trained.feedforward(1, "fast"), dict(trained.arrays)
    stored: dict[str, str] = {}
    weights: Mapping[str, Array] = {}
    if int8:
        made = quantized(program, arrays)
        if not made.whole:
            raise ExportError(
                "{name} has no weights that can be whole numbers: those of fully connected layers and of convolutions can.",
                name=trained.title,
            )
        program, weights = made.program, made.weights
        arrays = arrays | dict(made.whole) | dict(made.scales)
        stored = dict.fromkeys(made.whole, "int8_t")
    try:
        loops = apart(program, ["a"])
    except Unsupported as unsupported:
        raise ExportError(
            "{name} cannot be written as C: only NumPy computes {equation}.",
            name=trained.title,
            equation=unsupported.reason,
        ) from None
    return Header(_text(trained, program, loops, arrays, stored), weights)


def _text(
    trained: Trained, program: Program, loops: Apart, arrays: Mapping[str, Array], stored: Mapping[str, str]
) -> str:
    name = trained.title
    written = Written(loops.functions, f"{name}_", stored)
    constants = constants_of(loops.lowered.constants)
    (output,) = program.outputs
    numbers = {"x": TYPES[NUMBERS[np.dtype(trained.dtype)]], "a": TYPES[NUMBERS[output.dtype]]}  # type: ignore[union-attr]
    reasons = reasons_of(program, loops.lowered.reasons)
    used = written.arrays["main"]
    kept = [_array(f"{name}_{identifier(each)}", arrays[each]) for each in used if each in arrays]
    if "constants" in used:
        own = constants.view("f8" if written.types["constants"] == "double" else "u1")
        own = constants.view("f4") if written.types["constants"] == "float" else own
        kept.append(_array(f"{name}_constants", own))
    if trained.classes:
        quoted = ", ".join(f'"{_escaped(each)}"' for each in trained.classes)
        kept.append(f"static const char *const {name}_classes[{trained.outputs}] = {{{quoted}}};")
    if reasons:
        quoted = ", ".join(f'"{_escaped(each)}"' for each in reasons)
        kept.append(f"static const char *const {name}_errors[] = {{{quoted}}};")
    memory = written.types.get("memory", "uint8_t")
    given = [_given(each, name, written, arrays, numbers) for each in used]
    call = f"{written.names['main']}({', '.join(given)});"
    named = f", and {name}_classes[answer] its name" if trained.classes else ""
    fill = {
        "name": name,
        "guard": f"CHAINRULE_{name.upper()}_H",
        "version": __version__,
        "described": trained.described(),
        "inputs": trained.inputs,
        "outputs": trained.outputs,
        "scaled": _scaled(trained),
        "forward": textwrap.indent(_commented(function_text(trained.feedforward(1))), "   "),
        "number": numbers["x"],
        "result": numbers["a"],
        "memory": f"{memory} memory[{loops.lowered.size // _BYTES[memory]}]",
        "bytes": loops.lowered.size,
        "answer": "" if trained.numeric else f"; answer is which of them, from 0, is the largest{named}",
        "ask": "" if trained.numeric else _CLASS_USE.format(name=name),
        "head": "\n".join(written.head),
        "arrays": "\n".join(kept),
        "functions": "\n".join(written.functions),
        "call": _CALL_WITH_ERRORS.format(call=call) if reasons else f"  {call}\n  return 0;",
        "unused": "" if "memory" in used else "  (void)net;\n",
        "last": "" if trained.numeric else _CLASS.format(name=name, result=numbers["a"], outputs=trained.outputs),
    }
    return _HEADER.format(**fill)


def _given(array: str, name: str, written: Written, arrays: Mapping[str, Array], numbers: Mapping[str, str]) -> str:
    """An array as the argument of the function of loops."""
    if array == "memory":
        return "net->memory"
    text = f"{name}_{identifier(array)}" if array in arrays or array == "constants" else array
    return f"({'' if array in written.changed else 'const '}uint8_t *){text}" if written.is_bytes(array) else text


def _scaled(trained: Trained) -> str:
    if trained.scale is not None:
        return f", which are divided by {trained.scale:g} here"
    return " as the network has learned from them: grays of images divided by 255" if trained.grays else ""


def _array(name: str, array: Array) -> str:
    """An array as a constant, row by row."""
    kinds = {"f4": "f32", "f8": "f64", "i1": "i32", "u1": "i32"}
    number = kinds[array.dtype.str[1:]]
    types = {"i1": "int8_t", "u1": "uint8_t"}
    text = ", ".join(literal(each, Kind(number)) for each in array.reshape(-1).tolist())
    lines = textwrap.fill(text, _WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
    size = f" /* {shape_text(array.shape)} */" if array.ndim > 1 else ""
    return f"static const {types.get(array.dtype.str[1:], TYPES[number])} {name}[{array.size}] = {{{size}\n{lines}\n}};"


def _escaped(text: str) -> str:
    """Text as a string of C, in UTF-8."""
    plain = {ord('"'): '\\"', ord("\\"): "\\\\", ord("\n"): "\\n", ord("?"): "\\?"}
    return "".join(
        plain[ord(c)] if ord(c) in plain else c if c.isascii() and c.isprintable() else _octal(c) for c in text
    )


def _octal(c: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in c.encode())


def _commented(text: str) -> str:
    """Text that may stand in a comment of C."""
    return text.replace("*/", "* /").replace("/*", "/ *")


_HEADER = """/* {name}.h: a neural network in C99, written by chainrule {version}. Its layers: {described}.

       #include "{name}.h"
       static {name} net;
       {number} x[{inputs}];
       {result} a[{outputs}];
       {name}_run(&net, x, a);
{ask}
   x are {inputs} numbers{scaled}.
   a are the {outputs} output activations{answer}.
   net is where it computes, in {bytes:,} bytes: each thread may have its own. Nothing is taken from the heap. Link -lm.

   What it computes, in Python:

{forward} */

#ifndef {guard}
#define {guard}

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef {result} {name}_result; /* of a */
typedef struct {name} {{
  {memory};
}} {name};

{arrays}

{head}

{functions}

/* The output activations of one example; returns 0, or the number of an error, from 1. */
static inline int {name}_run({name} *net, const {number} x[{inputs}], {result} a[{outputs}]) {{
{unused}{call}
}}
{last}
#endif
"""
_CLASS_USE = """       int answer = {name}_class(a);
"""
_CALL_WITH_ERRORS = """  memset(net->memory, 0, 8);
  {call}
  {{
    int64_t wrong;
    memcpy(&wrong, net->memory, sizeof wrong);
    return (int)wrong;
  }}"""
_CLASS = """
/* The class with the largest activation, the first if several are equal. */
static inline int {name}_class(const {result} a[{outputs}]) {{
  int best = 0;
  for (int k = 1; k < {outputs}; k++) {{
    if (a[best] < a[k]) best = k;
  }}
  return best;
}}
"""
