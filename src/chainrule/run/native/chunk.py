"""Writes a chunk of training as one function: gather, the step, the running cost and right answers, for many batches."""

from __future__ import annotations

from dataclasses import dataclass

from ...program.nouns import Program, Symbol
from ...version import __version__
from .processor import LANES, Processor
from .texts import TEXTS
from .tiled import Tiled, padded, tile_rows, tiled


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
    places: int  # how many the lists of rows that are not 0 need
    scratch: int  # how many numbers behind the memory's end it uses in passing


CALLED = (
    "at",
    "flush",
    "gather",
    "greatest",
    "least",
    "load",
    "masked",
    "product",
    "restore",
    "splat",
    "store",
    "total",
    "transpose",
    "update",
)
"""What generated source calls beside the operations."""
ARGUMENTS = (
    "memory", "inputs", "targets", "weights", "labels", "order", "numbers", "draws", "outputs", "places", "counts",
    "told",
)  # fmt: skip
"""The arrays that the function takes, as pointers, after one to how many numbers each has."""


def chunk(task: Task, processor: Processor) -> Chunk:
    """Write the chunk. Raises `Unsupported`, naming the equation, where the step has what cannot be written."""
    made = tiled(task.program, task.over, processor, task.gathered[0] if task.sparse else "")
    lines = ["usual = flush()", f"for k in range(order.shape[0] // {task.batch}):"]
    gathered, gathers = _gather(task, made, processor)
    lines += [f"    {line}" for line in gathered]
    lines += [f"    {name} = splat(at(numbers, k * {len(task.numbers)} + {i}))" for i, name in enumerate(task.numbers)]
    lines += [f"    {line}" for line in made.lines]
    lines += [f"    {line}" for line in _tell(task, made, processor.lanes)]
    lines += ["restore(usual)"]
    rows, _ = made.shapes[task.gathered[0]]
    groups = _groups(task, made, processor)[0]
    used = sorted({*TEXTS} & {word for line in lines for word in _words(line)})
    kinds = _kinds(task, made.dtype.name)
    signature = f"void({', '.join(f'CPointer({kind})' for kind in ('int64', *kinds))})"
    module = "vector" if processor.lanes > 1 else "scalar"
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
            "",
            f"number, inf, nan = np.{made.dtype.name}, np.inf, np.nan",
            "known = operations(number)",
            *(f'{name} = known["{name}"]' for name in used),
            "",
            *(f"at_{name} = {place}  # {_shape(made, name)}" for name, place in made.places.items()),
            f"scratch = {made.size}",
            "",
            *(f"gather_{i} = {kernel}" for i, kernel in enumerate(gathers, start=1)),
            *(f"kernel_{i} = {kernel}" for i, kernel in enumerate(made.kernels, start=1)),
            "",
            "",
            f"@numba.cfunc('{signature}', error_model='numpy', boundscheck=False)",
            f"def steps(sizes, {', '.join(ARGUMENTS)}):",
            *(f"    {name} = numba.carray({name}, (sizes[{i}],))" for i, name in enumerate(ARGUMENTS)),
            *(f"    {line}" for line in lines),
            "",
        ]
    )
    return Chunk(source, kinds, made, groups * (padded(rows) + LANES), max(made.scratch, padded(rows)))


def _shape(made: Tiled, name: str) -> str:
    rows, columns = made.shapes[name]
    return f"{rows}×{columns}"


def _words(line: str) -> list[str]:
    return "".join(c if c.isalnum() or c == "_" else " " for c in line).split()


def _kinds(task: Task, dtype: str) -> tuple[str, ...]:
    given = ("uint8" if task.bytes else dtype, dtype, dtype, "int64", "int64", dtype, dtype)
    return (dtype, *given, dtype, "int32", "int64", "float64")


def _groups(task: Task, made: Tiled, processor: Processor) -> tuple[int, int]:
    """In how many groups of how many examples the first product goes through the batch."""
    first = next((e for e in task.program.equations if e.primitive.name == "matmul"), None)
    rows = int(first.target.shape[0]) if first is not None else LANES
    size = tile_rows(task.batch, padded(rows) // LANES, processor)
    return -(-task.batch // size), size


def _gather(task: Task, made: Tiled, processor: Processor) -> tuple[list[str], list[str]]:
    """Bring a batch's examples into the memory, and list the rows of a1 that are not 0, group by group."""
    a1, y, *weight = task.gathered
    m = task.batch
    width = padded(made.shapes[a1][0])
    size = _groups(task, made, processor)[1]
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
        lines += [f"for g in range({whole}):"] * bool(indent)
        call = f"gather_{len(kernels)}(memory, inputs, order, k * {m} + {first}, {places})"
        lines.append(f"{indent}counts[{group}] = {call}")
    rows = padded(made.shapes[y][0])
    lines += [
        f"for c in range({m}):",
        f"    x = at(order, k * {m} + c)",
        f"    for q in range(0, {rows}, {processor.lanes}):",
        f"        store(memory, at_{y} + c * {rows} + q, load(targets, x * {rows} + q))",
    ]
    lines += [f"    store(memory, at_{each} + c * {LANES}, splat(at(weights, x)))" for each in weight]
    start, total = 0, sum(made.shapes[name][0] for name, _ in task.masks) * m
    for name, share in task.masks:
        rows = made.shapes[name][0]
        lines += [
            f"for c in range({m}):",
            f"    for q in range(0, {padded(rows)}, {processor.lanes}):",
            f"        v = greater_equal(load(draws, k * {total} + {start} + c * {rows} + q), splat(number({share!r})))",
            f"        store(memory, at_{name} + c * {padded(rows)} + q, multiply(v, splat(number({1 / (1 - share)!r}))))",
        ]
        start += rows * m
    return lines, kernels


def _tell(task: Task, made: Tiled, lanes: int) -> list[str]:
    """Add up the cost and the right answers, and stop where the cost is no number."""
    rows, width, m = made.shapes[task.output][0], padded(made.shapes[task.output][0]), task.batch
    lines = []
    if task.cost is not None:
        lines += [f"told[0] += total({task.cost}) / {lanes}"]
    else:
        lines += [
            f"for c in range({m}):",
            f"    for r in range({rows}):",
            f"        outputs[(k * {m} + c) * {rows} + r] = at(memory, at_{task.output} + c * {width} + r)",
        ]
    if task.labeled:
        lines += [
            "right = 0",
            f"for c in range({m}):",
            f"    best, top = 0, at(memory, at_{task.output} + c * {width})",
            f"    for r in range(1, {rows}):",
            f"        a = at(memory, at_{task.output} + c * {width} + r)",
            "        if a > top:",
            "            best, top = r, a",
            f"    right += best == at(labels, at(order, k * {m} + c))",
            "told[1] += right",
        ]
    if task.cost is not None:
        lines += ["if not np.isfinite(told[0]):", "    told[2] = k", "    break"]
    return lines


def numbers_of(program: Program) -> tuple[str, ...]:
    """The inputs of a program that are numbers without axes."""
    return tuple(symbol.name for symbol in program.inputs if isinstance(symbol, Symbol) and not symbol.shape)
