"""A network as a C99 header: no heap, nothing to link but the mathematics of the C library, parameters as constant arrays.

What it computes are the loops of the forward pass of one example, the same that run natively, without vectors. With `int8`,
weights are stored as whole numbers of one byte each. A network that learns holds its parameters in its struct, with a step of
training as loops, too.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ..core.dims import Shape, shape_text
from ..core.nouns import Array
from ..core.python import function_text
from ..program.sizes.text import without_checks
from ..quoting import c_comment, c_string, printable
from ..run.loops.c import TYPES, Written, identifier, literal
from ..run.loops.language import Kind
from ..run.lowering.elementwise import NUMBERS
from ..run.lowering.webassembly import reasons_of
from ..version import __version__
from .errors import ExportError
from .parts import Part, parts_of
from .quantized import quantized
from .trained import Learning, Trained

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

    def refused(equation: str) -> ExportError:
        return ExportError(
            "{name} cannot be written as C: only NumPy computes {equation}.", name=trained.title, equation=equation
        )

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
    return Header(_Text(trained, parts_of(trained, program, 0, refused), arrays, stored).whole(), weights)


class _Text:
    """The parts of a header."""

    def __init__(self, trained: Trained, parts: list[Part], arrays: Mapping[str, Array], stored: Mapping[str, str]):
        self.trained, self.name, self.parts, self.arrays = trained, trained.title, parts, dict(arrays)
        self.written = {
            part.program.name: Written(
                part.loops.functions, f"{self.name}_{part.program.name}_", stored, f"{self.name}_"
            )
            for part in parts
        }
        self.learning = trained.learning
        self.number = TYPES[NUMBERS[np.dtype(trained.dtype)]]
        (output,) = parts[0].program.outputs
        self.result = TYPES[NUMBERS[np.asarray(0, output.dtype).dtype]]  # type: ignore[union-attr]
        self.held: dict[str, tuple[str, Shape]] = {}  # the arrays in the struct
        if self.learning is not None:
            self.arrays |= self.learning.state
            self.held = {each: (self.number, array.shape) for each, array in self.arrays.items()}
            given = {each.name: each.shape for each in parts[1].program.inputs}
            own = [each for each in given if each.startswith("draws") or (each == "y" and not trained.by_rows)]
            self.held |= {each: (self.number, given[each]) for each in [*own, *trained.numbers_of_step]}
        for part in parts:
            self.arrays |= part.loops.constants

    # ---- the whole -------------------------------------------------------------------------------------------------------

    @without_checks()
    def whole(self) -> str:
        """The header."""
        written = self.written.values()
        sections = [
            _HEAD.format(
                file=c_comment(printable(self.trained.file)),
                guard=f"CHAINRULE_{self.name.upper()}_H",
                version=__version__,
                described=c_comment(self.trained.described()),
                use="".join(f"       {c_comment(line)}\n" for line in self._use()),
                said="".join(f"   {c_comment(line)}\n" for line in self._said()),
                forward=textwrap.indent(c_comment(function_text(self.trained.feedforward(1))), "   "),
            ),
            f"typedef {self.result} {self.name}_result; /* the type of an output activation */",
            "\n".join([f"typedef struct {self.name} {{", *self._members(), f"}} {self.name};"]),
            *self._row(),
            "\n".join(self._constants()),
            "\n".join(dict.fromkeys(line for each in written for line in each.head)),
            *(line for each in written for line in each.functions),
            *self._functions(),
            "#endif\n",
        ]
        return "\n\n".join(each for each in sections if each)

    def _use(self) -> Iterator[str]:
        name, trained = self.name, self.trained
        net = "net" if name != "net" else "it"  # C has one name for one thing
        file, renamed = trained.file, f'#include "{name}.h" // once this file has that name'
        yield f'#include "{file}"' if c_comment(printable(file)) == file and not {*'"\\'} & {*file} else renamed
        yield f"static {name} {net};"
        yield f"{self.number} x[{trained.inputs}];"
        yield f"{self.result} a[{trained.outputs}];"
        if trained.reads_texts:
            yield f"{name}_row row = {{{', '.join(f'.{each} = …' for each in self.fields.values())}}};"
        if self.learning is not None:
            yield f"{name}_begin(&{net});"
        if trained.reads_texts:
            yield f"int wrong = {name}_inputs(&row, x); // 0, or the column, from 1, whose text is unknown"
        yield f"{name}_run(&{net}, x, a);"
        if trained.kind in ("classes", "binary"):
            yield f"int answer = {name}_class(a);"
        if self.learning is not None:
            yield f"{name}_step(&{net}, xs, ys, {literal(self.learning.rate, Kind('f32'))});"

    def _said(self) -> Iterator[str]:
        trained, name = self.trained, self.name
        gray = ", of images grays divided by 255" if trained.grays else ""
        yield f"x are {trained.inputs} numbers{gray}; what is done to them before the first layer is done here, too."
        named = f", and {name}_classes[answer] its name" if trained.classes else ""
        yield f"a are the {trained.outputs} {'answers' if trained.numeric else 'output activations'}."
        if trained.kind == "classes":
            yield f"answer is which of them, from 0, is the largest{named}."
        elif trained.kind == "binary":
            yield f"answer is 1 if a[0] > {trained.threshold:g}, else 0{named}."
        elif trained.kind == "several":
            yield f"Label k is given if a[k] > {trained.threshold:g}{f': {name}_classes[k]' if trained.classes else ''}."
        if self.learning is not None:
            m, rule = self.learning.batch, self.learning.rule.optimizer.name
            ys = f"{m}×{trained.outputs} desired answers" if trained.by_rows else f"{m} classes, from 0"
            yield f"A step learns from a batch by {rule}: xs are {m}×{trained.inputs} numbers, ys {ys}; the last number is η."
        yield from trained.said()
        size = sum(part.loops.size for part in self.parts)
        size += sum(_BYTES[kind] * math.prod(map(int, shape)) for kind, shape in self.held.values())
        yield f"A {name} takes {size:,} bytes, and each thread may have its own. Nothing is taken from the heap. Link -lm."

    def _row(self) -> Iterator[str]:
        """A row of the table, where it has texts."""
        if not self.trained.reads_texts:
            return
        lines = [
            f"  {'const char *' if column.levels else f'{self.number} '}{field};{said}"
            for (title, column), field in zip(self.trained.columns.items(), self.fields.values(), strict=True)
            for said in [f" /* {c_comment(title)} */" if title != field else ""]
        ]
        yield "\n".join(
            ["/* A row of the table, in which a text that is NULL or empty is missing, and so is NAN. */",
             f"typedef struct {self.name}_row {{", *lines, f"}} {self.name}_row;"]
        )  # fmt: skip

    @property
    def fields(self) -> dict[str, str]:
        """What the columns are called in a row, names that C takes, each once."""
        made: dict[str, str] = {}
        for title in self.trained.columns:
            field = identifier(title)
            field = f"column{field}" if field[0].isdigit() else field
            while field in made.values():
                field += "_"
            made[title] = field
        return made

    def _members(self) -> Iterator[str]:
        """The lines of the struct."""
        for each, (kind, shape) in self.held.items():
            sizes = f" /* {shape_text(shape)} */" if len(shape) > 1 else ""
            yield f"  {kind} {identifier(each)}[{math.prod(map(int, shape))}];{sizes}"
        if self.learning is not None:
            yield "  int64_t steps; /* taken so far */"
            if self.trained.architecture.masks:
                yield "  uint32_t random; /* says what dropout drops */"
        for part in self.parts:
            kind = self.written[part.program.name].types.get("memory", "uint8_t")
            yield f"  {kind} {part.program.name}_memory[{part.loops.size // _BYTES[kind]}];"

    def _constants(self) -> Iterator[str]:
        """The arrays outside of the struct."""
        used = dict.fromkeys(each for written in self.written.values() for each in written.arrays["main"])
        if self.learning is not None:  # what is frozen, and its state, may be read by none
            used |= dict.fromkeys([*self.trained.arrays, *self.learning.state])
        for each in used:
            if each in self.arrays:
                yield _array(f"{self.name}_{identifier(each)}", self.arrays[each])
        if self.trained.classes:
            yield _strings(f"{self.name}_classes", [*map(str, self.trained.classes)])
        for part in self.parts:
            if part.loops.reasons:
                yield _strings(self._errors(part), reasons_of(part.program, part.loops.reasons))

    # ---- functions -------------------------------------------------------------------------------------------------------

    def _functions(self) -> Iterator[str]:
        """What users call."""
        name, trained, learning = self.name, self.trained, self.learning
        if learning is not None:
            names = [identifier(each) for each in (*trained.arrays, *learning.state)]
            lines = [f"  memcpy(net->{each}, {name}_{each}, sizeof net->{each});" for each in names]
            lines.append(f"  net->steps = {learning.steps};")
            lines += ["  net->random = 1;"] if trained.architecture.masks else []
            head = f"static inline void {name}_begin({name} *net)"
            yield _function("The network as it was written.", head, lines)
        if trained.reads_texts:
            yield from self._inputs()
        head = f"const {self.number} x[{trained.inputs}], {self.result} a[{trained.outputs}]"
        yield _function(
            f"The output activations of one example; {self._returned('feedforward')}.",
            f"static inline int {name}_run({name} *net, {head})",
            [self._checked(f"{trained.inputs}"), *self._called("feedforward")],
        )
        if trained.kind == "binary":
            yield _BINARY.format(name=name, result=self.result, threshold=trained.threshold)
        elif trained.kind == "classes":
            yield _CLASS.format(name=name, result=self.result, outputs=trained.outputs)
        if learning is not None:
            yield self._step(learning)

    def _inputs(self) -> Iterator[str]:
        """The function that makes numbers of a row, and what it takes."""
        name, lines, at = self.name, list[str](), 0
        columns = self.trained.columns.items()
        for place, ((_, column), field) in enumerate(zip(columns, self.fields.values(), strict=True), 1):
            if not column.levels:
                lines.append(f"  x[{at}] = row->{field};")
            else:
                other = column.levels.index(column.fill) if column.fill in column.levels else -1
                given = f"row->{field}, {name}_{field}_texts, {len(column.levels)}, {other}, x + {at}"
                lines.append(f"  if ({name}_place({given})) return {place};")
                yield _strings(f"{name}_{field}_texts", column.levels)
            at += column.size
        yield _PLACE.format(name=name, number=self.number)
        yield _function(
            "The numbers of a row; returns 0, or the column, from 1, whose text is unknown, or missing with nothing to stand in.",
            f"static inline int {name}_inputs(const {name}_row *row, {self.number} x[{self.trained.inputs}])",
            [*lines, "  return 0;"],
        )

    def _step(self, learning: Learning) -> str:
        """The function that learns."""
        name, trained, m, number = self.name, self.trained, learning.batch, self.number
        y = f"const {number} y[{m * trained.outputs}]" if trained.by_rows else f"const int y[{m}]"
        lines = [self._checked(f"{m * trained.inputs}")]
        if not trained.by_rows:
            yes, no = trained.desired
            lines += _DESIRED.format(m=m, outputs=trained.outputs, number=number, yes=yes, no=no).splitlines()
        for each in (each for each in self.held if each.startswith("draws")):
            count = math.prod(map(int, self.held[each][1]))
            lines += _DRAWN.format(count=count, each=each, number=number).splitlines()
        lines.append("  net->steps += 1;")
        if "numbers" in self.written:
            called = [f"  {line}" for line in self._called("numbers", last=False)]
            lines += ["  {", "    const double t = (double)net->steps;", *called, "  }"]
        return _function(
            f"Learn from {m} examples with the learning rate η; {self._returned('step')}.",
            f"static inline int {name}_step({name} *net, const {number} x[{m * trained.inputs}], {y}, {number} rate)",
            [*lines, *self._called("step")],
        )

    def _errors(self, part: Part) -> str:
        """The name of the array of what may go wrong in a part."""
        return f"{self.name}_{'run' if part.program.name == 'feedforward' else part.program.name}_errors"

    def _returned(self, name: str) -> str:
        part = next(each for each in self.parts if each.program.name == name)
        wrong = f"-1 if a number is {'infinite' if self.trained.completes else 'missing or infinite'}"
        more = f", k if {self._errors(part)}[k - 1] happened" if part.loops.reasons else ""
        return f"returns 0{more}, or {wrong}"

    def _checked(self, count: str) -> str:
        """The lines that refuse what is no number."""
        return _CHECKED.format(inputs=count, wrong="isinf(x[k])" if self.trained.completes else "!isfinite(x[k])")

    def _called(self, part: str, last: bool = True) -> Iterator[str]:
        """The lines that call the loops of a part; with the `last`, that return its error."""
        written = self.written[part]
        loops = next(each.loops for each in self.parts if each.program.name == part)
        used = written.arrays["main"]
        memory = f"net->{part}_memory"
        if loops.reasons:
            yield f"  memset({memory}, 0, 8);"
        if "memory" not in used and not (set(used) & set(self.held)):
            yield "  (void)net;"
        yield f"  {written.names['main']}({', '.join(self._given(written, part, each) for each in used)});"
        if not last:
            return
        if loops.reasons:
            yield from (
                "  {",
                "    int64_t wrong;",
                f"    memcpy(&wrong, {memory}, sizeof wrong);",
                "    return (int)wrong;",
                "  }",
            )
        else:
            yield "  return 0;"

    def _given(self, written: Written, part: str, array: str) -> str:
        """An array as the argument of the function of loops."""
        plain = identifier(array)
        if array == "memory":
            return f"net->{part}_memory"
        text = f"net->{plain}" if array in self.held else f"{self.name}_{plain}" if array in self.arrays else plain
        text = f"&{text}" if array in ("rate", "t") else text
        return f"({'' if array in written.changed else 'const '}uint8_t *){text}" if written.is_bytes(array) else text


def _function(said: str, head: str, lines: Iterable[str]) -> str:
    return "\n".join([f"/* {c_comment(said)} */", f"{head} {{", *lines, "}"])


def _array(name: str, array: Array) -> str:
    """An array as a constant, row by row."""
    kind = {"f4": "f32", "f8": "f64", "i8": "i64"}.get(array.dtype.str[1:], "i32")
    text = ", ".join(literal(each, Kind(kind)) for each in array.reshape(-1).tolist())
    lines = textwrap.fill(text, _WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
    size = f" /* {shape_text(array.shape)} */" if array.ndim > 1 else ""
    type_ = {"i1": "int8_t", "b1": "uint8_t"}.get(array.dtype.str[1:], TYPES[kind])
    return f"static const {type_} {name}[{array.size}] = {{{size}\n{lines}\n}};"


def _strings(name: str, texts: tuple[str, ...] | list[str]) -> str:
    return f"static const char *const {name}[{len(texts)}] = {{{', '.join(map(c_string, texts))}}};"


_HEAD = """/* {file}: a neural network in C99, written by chainrule {version}. Its layers: {described}.

{use}
{said}
   What it computes, in Python:

{forward} */

#ifndef {guard}
#define {guard}

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>"""
_CHECKED = """  for (int k = 0; k < {inputs}; k++) {{
    if ({wrong}) return -1;
  }}"""
_PLACE = """/* 1 at the place of a text among some, `other` for one that is missing, else 0; returns whether it has no place. */
static inline int {name}_place(const char *text, const char *const texts[], int count, int other, {number} x[]) {{
  int place = text == NULL || text[0] == 0 ? other : -1;
  for (int k = 0; k < count; k++) {{
    if (text != NULL && strcmp(text, texts[k]) == 0) place = k;
  }}
  for (int k = 0; k < count; k++) x[k] = k == place;
  return place < 0;
}}"""
_CLASS = """/* The class with the largest activation, the first if several are equal. */
static inline int {name}_class(const {result} a[{outputs}]) {{
  int best = 0;
  for (int k = 1; k < {outputs}; k++) {{
    if (a[best] < a[k]) best = k;
  }}
  return best;
}}"""
_BINARY = """/* 1 for the second class, else 0. */
static inline int {name}_class(const {result} a[1]) {{
  return a[0] > ({result}){threshold!r};
}}"""
_DESIRED = """  for (int k = 0; k < {m}; k++) {{
    for (int j = 0; j < {outputs}; j++) net->y[{outputs} * k + j] = ({number})(j == y[k] ? {yes!r} : {no!r});
  }}"""
_DRAWN = """  for (int k = 0; k < {count}; k++) {{ /* xorshift: Marsaglia (2003) */
    net->random ^= net->random << 13;
    net->random ^= net->random >> 17;
    net->random ^= net->random << 5;
    net->{each}[k] = ({number})(net->random >> 8) / 16777216;
  }}"""
