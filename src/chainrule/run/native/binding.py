"""Compiled loops as a Python function: it brings inputs into the memory, runs the steps, and takes copies of what came out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.nouns import Array, Program
from ...core.structure import LEAF, Tree
from ..aligned import LINE
from .plain import Seat, Written

if TYPE_CHECKING:
    from .machine import Code

_KEPT = 2**22  # bytes of a memory that is kept from one call to the next; a larger one would be missed elsewhere


def bound(program: Program, loops: Written, code: Code) -> Callable[..., Any]:
    """A function of the program's arguments, nested as they were.

    A memory is taken out of `kept` while it is in use, so that threads never share one.
    """
    constants = _memory(sum(-(-value.nbytes // LINE) * LINE for value, _ in loops.constants))
    for value, seat in loops.constants:
        _seen(constants, seat)[...] = value
    paths = [path for k, (_, tree) in enumerate(program.arguments) for _, path in tree.paths(f"x{k}")]
    inputs = [(path, seat) for path, seat in zip(paths, loops.inputs, strict=True) if seat is not None]
    views = [seat for _, seat in inputs]
    scope: dict[str, Any] = {"matmul": np.matmul, "constants": constants.ctypes.data, "held": (constants, code)}
    steps: list[str] = []

    def view(seat: Seat) -> str:
        views.append(seat)
        return f"v{len(views) - 1}"

    for step in loops.steps:
        if isinstance(step, str):
            scope[step] = code.function(step)
            steps.append(f"wrong |= {step}(memory, constants)")
        else:
            steps.append(f"matmul({', '.join(map(view, step))})")
    results = []
    for k, output in enumerate(loops.outputs):
        if isinstance(output, Seat):
            results.append(f"{view(output)}{'.copy()' if output.shape else '[()]'}")
        else:
            scope[f"c{k}"] = np.asarray(output)
            results.append(f"c{k}{'.copy()' if np.ndim(output) else '[()]'}")

    def fresh() -> tuple[Any, ...]:
        memory = _memory(loops.size)
        return (memory, memory.ctypes.data, *(_seen(constants if s.place.constant else memory, s) for s in views))

    flat = Tree(tuple, tuple(range(len(program.outputs))), (LEAF,) * len(program.outputs))
    plain = program.results in (LEAF, flat)
    arguments = ", ".join(f"x{k}" for k in range(len(program.arguments)))
    taken = results[0] if program.results == LEAF else f"({''.join(f'{each}, ' for each in results)})"
    lines = [
        f"def run({arguments}):",
        "    try: space = kept.pop()",
        "    except IndexError: space = fresh()",
        f"    _, memory, {''.join(f'v{k}, ' for k in range(len(views)))}= space",
        *(f"    v{k}[...] = {path}" for k, (path, _) in enumerate(inputs)),
        "    wrong = 0",
        *(f"    {step}" for step in steps),
        f"    if wrong: return again({arguments})",
        f"    results = {taken}",
        *(["    kept.append(space)"] if loops.size <= _KEPT else []),
        f"    return {'results' if plain else 'build(iter(results))'}",
    ]
    scope |= {"fresh": fresh, "kept": [], "again": program._function, "build": program.results.build}
    exec(compile("\n".join(lines), f"<native {program.name}>", "exec"), scope)
    run: Callable[..., Any] = scope["run"]
    return run


def _memory(size: int) -> Array:
    """Bytes that begin at a cache line."""
    raw = np.empty(size + LINE, np.uint8)
    start = -raw.ctypes.data % LINE
    return raw[start : start + size]


def _seen(memory: Array, seat: Seat) -> Array:
    """The numbers of a place as an array."""
    dtype = seat.place.dtype
    size = int(np.prod(seat.shape, dtype=np.int64)) * dtype.itemsize
    seen = memory[seat.place.start : seat.place.start + size].view(dtype).reshape(seat.shape)
    return seen.T if seat.turned else seen
