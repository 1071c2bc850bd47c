"""Writes a chunk of training as one function: gather, the step, the running cost and right answers, for many batches."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...core.nouns import Program, Symbol
from ...version import __version__
from ..loops.processor import LANES, Processor
from .layout import padded
from .texts import TEXTS
from .tiled import MEET, Tiled, tiled


@dataclass(frozen=True)
class Task:
    """What a chunk is written for: the step as a program, and what its inputs are.

    `over` says which output replaces which input. `gathered` are the inputs that are taken from the examples, `masks`
    those that drop activations, with the share dropped; `numbers` are given for each step. `output` is aL, `cost` the
    symbol of the batch's cost, if the program computes it. Images are `bytes`, or floats; `sparse`, if most are 0.
    """

    program: Program
    over: dict[str, str]
    batch: int
    gathered: tuple[str, ...]
    masks: tuple[tuple[str, float], ...]
    numbers: tuple[str, ...]
    output: str
    cost: str | None
    labeled: bool
    bytes: bool
    sparse: bool


@dataclass(frozen=True)
class Chunk:
    """The source of a chunk, and where its arrays lie."""

    source: str
    kinds: tuple[str, ...]  # the dtypes of the arrays that it takes
    tiled: Tiled
    places: int  # how many numbers the lists of what is not 0 need
    counts: int  # and how many lists there are
    scratch: int  # how many numbers behind the memory's end each thread uses in passing
    shared: bool  # whether several threads may run it together


CALLED = (
    "at",
    "filled",
    "flush",
    "gather",
    "greatest",
    "least",
    "load",
    "masked",
    "product",
    "restore",
    "soon",
    "splat",
    "store",
    "total",
    "transpose",
    "update",
)
"""What generated source calls beside the operations."""
ARGUMENTS = (
    "memory", "inputs", "targets", "weights", "labels", "order", "numbers", "draws", "outputs", "places", "counts",
    "told", "barrier", "thread",
)  # fmt: skip
"""The arrays that the function takes, as pointers, after one to how many numbers each has."""
WORTH = 2**24
"""Floating-point operations of a step's products from which on it is shared among threads: their meetings take some µs."""


def chunk(task: Task, processor: Processor) -> Chunk:
    """Write the chunk. Raises `Unsupported`, naming the equation, where the step has what cannot be written."""
    brought = (*task.gathered, *(name for name, _ in task.masks))
    split = is_shared(task, processor)
    made = tiled(task.program, task.over, processor, task.gathered[0] if task.sparse else "", brought, split)
    lines = ["usual = flush()", f"for k in range(sizes[{ARGUMENTS.index('order')}] // {task.batch}):"]
    gathered, gathers = _gather(task, made, processor, split)
    lines += [f"    {line}" for line in ("# the examples", *gathered)]
    lines += [f"    {name} = splat(at(numbers, k * {len(task.numbers)} + {i}))" for i, name in enumerate(task.numbers)]
    lines += [f"    {line}" for line in made.lines]
    lines += [f"    {line}" for line in ("# cost and right answers", *_tell(task, made, processor.lanes, split))]
    if split:
        lines.append(f"    {MEET}")
    lines.append("restore(usual)")
    rows, _ = made.layout.shapes[task.gathered[0]]
    groups = -(-task.batch // made.group)
    scratch = max(made.scratch, padded(rows))
    begin = [
        "part, parts, doze, nap = thread[0], thread[1], thread[2], thread[3]",
        f"scratch = {made.layout.size} + part * {scratch}",
        f"pack = scratch + {made.pack}",
    ]
    if split:
        begin += [
            f"own_from, own_to = part * {groups} // parts, (part + 1) * {groups} // parts",
            f"own_first, own_end = own_from * {made.group}, min(own_to * {made.group}, {task.batch})",
        ]
    used = sorted({*TEXTS} & {word for line in lines for word in _words(line)})
    kinds = _kinds(task, made.dtype.name)
    signature = f"void({', '.join(f'CPointer({kind})' for kind in ('int64', *kinds))})"
    module, sized = ("vectored", ()) if processor.lanes > 1 else ("scalar", ARGUMENTS)
    source = "\n".join(
        [
            f'"""A chunk of training, written by chainrule {__version__} for {processor.name} from the program below.',
            "",
            str(task.program).replace("\\", "\\\\").replace('"""', "'''"),
            '"""',
            "",
            "import numba",
            "import numpy as np",
            f"from chainrule.run.native.{module} import {', '.join(CALLED)}, operations",
            *["from chainrule.run.native.barrier import meet"] * split,
            "",
            f"number, inf, nan = np.{made.dtype.name}, np.inf, np.nan",
            "known = operations(number)",
            *(f'{name} = known["{name}"]' for name in used),
            "",
            *(f"at_{name} = {place}  # {_shape(made, name)}" for name, place in made.layout.places.items()),
            "",
            *(f"gather_{i} = {kernel}" for i, kernel in enumerate(gathers, start=1)),
            *(f"kernel_{i} = {kernel}" for i, kernel in enumerate(made.kernels, start=1)),
            "",
            "",
            f"@numba.cfunc('{signature}', error_model='numpy', boundscheck=False)",
            f"def steps(sizes, {', '.join(ARGUMENTS)}):",
            *(f"    {name} = numba.carray({name}, (sizes[{i}],))" for i, name in enumerate(sized)),
            *(f"    {line}" for line in [*begin, *lines]),
            "",
        ]
    )
    return Chunk(source, kinds, made, made.listed, made.counted, scratch, split)


def _shape(made: Tiled, name: str) -> str:
    rows, columns = made.layout.shapes[name]
    return f"{rows}×{columns}"


def _words(line: str) -> list[str]:
    return "".join(c if c.isalnum() or c == "_" else " " for c in line).split()


def _kinds(task: Task, dtype: str) -> tuple[str, ...]:
    given = ("uint8" if task.bytes else dtype, dtype, dtype, "int64", "int64", dtype, dtype)
    return (dtype, *given, dtype, "int32", "int64", "float64", "int64", "int64")


def is_shared(task: Task, processor: Processor) -> bool:
    """Whether a step's work is worth being shared among threads: by its size alone.

    Where products take all examples at once, there is nothing to share.
    """
    products = [e for e in task.program.equations if e.primitive.name == "matmul"]
    numbers = sum(math.prod(e.target.shape) * int(e.inputs[0].shape[1]) for e in products)
    return processor.lanes > 1 and 2 * numbers >= WORTH


def _gather(task: Task, made: Tiled, processor: Processor, split: bool) -> tuple[list[str], list[str]]:
    """Bring a batch's examples into the memory, and list the rows of a1 that are not 0, group by group."""
    columns = _columns(task.batch, split)
    a1, y, *weight = task.gathered
    m = task.batch
    width = padded(made.layout.shapes[a1][0])
    size = made.group
    sizes = f"width={width}, listed={task.sparse}, compress={processor.name == 'avx512'}"
    scale = ", scale=1 / 255" if task.bytes else ""
    lines: list[str] = []
    kernels: list[str] = []
    whole, rest = divmod(m, size)
    for rows, group, indent in ((size, "g", "    "), (rest, str(whole), "")):
        if not rows:
            continue
        kernels.append(f"gather(rows={rows}, {sizes}{scale})")
        first = f"{group} * {size}"
        places = f"at_{a1} + {first} * {width}, places, {group} * {width + LANES}"
        if indent:
            lines.append(f"for g in {f'range(own_from, min(own_to, {whole}))' if split else f'range({whole})'}:")
        elif split:
            lines.append(f"if own_to > {whole}:")
            indent = "    "
        call = f"gather_{len(kernels)}(memory, inputs, order, k * {m} + {first}, {places})"
        lines.append(f"{indent}counts[{group}] = {call}")
    rows = padded(made.layout.shapes[y][0])
    lines += [
        f"for c in {columns}:",
        f"    x = at(order, k * {m} + c)",
        f"    for q in range(0, {rows}, {processor.lanes}):",
        f"        store(memory, at_{y} + c * {rows} + q, load(targets, x * {rows} + q))",
    ]
    lines += [f"    store(memory, at_{each} + c * {LANES}, splat(at(weights, x)))" for each in weight]
    start, total = 0, sum(made.layout.shapes[name][0] for name, _ in task.masks) * m
    for name, share in task.masks:
        rows = made.layout.shapes[name][0]
        lines += [
            f"for c in {columns}:",
            f"    for q in range(0, {padded(rows)}, {processor.lanes}):",
            f"        v = greater_equal(load(draws, k * {total} + {start} + c * {rows} + q), splat(number({share!r})))",
            f"        store(memory, at_{name} + c * {padded(rows)} + q, multiply(v, splat(number({1 / (1 - share)!r}))))",
        ]
        start += rows * m
    return lines, kernels


def _columns(m: int, split: bool) -> str:
    """The range of a batch's examples, or of those that are a thread's own."""
    return "range(own_first, own_end)" if split else f"range({m})"


def _tell(task: Task, made: Tiled, lanes: int, split: bool) -> list[str]:
    """Add up the cost and the right answers, and stop where the cost is no number."""
    rows, width, m = made.layout.shapes[task.output][0], padded(made.layout.shapes[task.output][0]), task.batch
    columns, lines = _columns(m, split), []
    cost, right, fault = (f"told[{f'part * 3 + {i}' if split else i}]" for i in range(3))
    if task.cost is not None:
        lines += [f"{cost} += total({task.cost}) / {lanes}"]
    else:
        lines += [
            f"for c in {columns}:",
            f"    for r in range({rows}):",
            f"        outputs[(k * {m} + c) * {rows} + r] = at(memory, at_{task.output} + c * {width} + r)",
        ]
    if task.labeled:
        lines += [
            "right = 0",
            f"for c in {columns}:",
            f"    best, top = 0, at(memory, at_{task.output} + c * {width})",
            f"    for r in range(1, {rows}):",
            f"        a = at(memory, at_{task.output} + c * {width} + r)",
            "        if a > top:",
            "            best, top = r, a",
            f"    right += best == at(labels, at(order, k * {m} + c))",
            f"{right} += right",
        ]
    if task.cost is not None:
        lines += [f"if not np.isfinite({cost}):", f"    {fault} = k", "    break"]
    return lines


def numbers_of(program: Program) -> tuple[str, ...]:
    """The inputs of a program that are numbers without axes."""
    return tuple(symbol.name for symbol in program.inputs if isinstance(symbol, Symbol) and not symbol.shape)
