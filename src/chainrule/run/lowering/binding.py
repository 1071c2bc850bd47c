"""Compiled loops as a Python function: it brings inputs into the memory, runs them, and takes copies of what came out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...core.nouns import Array, Program
from ...core.structure import LEAF, Tree
from ..aligned import LINE
from ..loops.machine_code import Code
from .elementwise import NUMBERS
from .nests import View
from .program import Lowered

DTYPES = {number: np.dtype(name) for name, number in NUMBERS.items()}
_KEPT = 2**22  # bytes of a memory that is kept from one call to the next; a larger one would be missed elsewhere


def bound(program: Program, loops: Lowered, code: Code) -> Callable[..., Any]:
    """A function of the program's arguments, nested as they were.

    A memory is taken out of `kept` while it is in use, so that threads never share one.
    """
    constants = constants_of(loops.constants)
    paths = [path for k, (_, tree) in enumerate(program.arguments) for _, path in tree.paths(f"x{k}")]
    inputs = [(path, view) for path, view in zip(paths, loops.inputs, strict=True) if view is not None]
    views = [view for _, view in inputs]
    scope: dict[str, Any] = {"main": code.function("main"), "constants": constants.ctypes.data, "held": constants}
    results = []
    for k, output in enumerate(loops.outputs):
        if isinstance(output, View):
            views.append(output)
            results.append(f"v{len(views) - 1}{'.copy()' if output.shape else '[()]'}")
        else:
            scope[f"c{k}"] = np.asarray(output)[()]
            results.append(f"c{k}")

    def fresh() -> tuple[Any, ...]:
        memory = memory_of(loops.size)
        seen(memory, _WRONG)[...] = 0
        given = (seen(constants if v.array == "constants" else memory, v) for v in views)
        return (memory, memory.ctypes.data, seen(memory, _WRONG), *given)

    flat = Tree(tuple, tuple(range(len(program.outputs))), (LEAF,) * len(program.outputs))
    plain = program.results in (LEAF, flat)
    arguments = ", ".join(f"x{k}" for k in range(len(program.arguments)))
    taken = results[0] if program.results == LEAF else f"({''.join(f'{each}, ' for each in results)})"
    lines = [
        f"def run({arguments}):",
        "    try: space = kept.pop()",
        "    except IndexError: space = fresh()",
        f"    _, memory, wrong, {''.join(f'v{k}, ' for k in range(len(views)))}= space",
        *(f"    v{k}[...] = {path}" for k, (path, _) in enumerate(inputs)),
        "    main(memory, constants)",
        f"    if wrong: return again({arguments})",
        f"    results = {taken}",
        *(["    kept.append(space)"] if loops.size <= _KEPT else []),
        f"    return {'results' if plain else 'build(iter(results))'}",
    ]
    scope |= {"fresh": fresh, "kept": [], "again": program._function, "build": program.results.build}
    exec(compile("\n".join(lines), f"<native {program.name}>", "exec"), scope)
    run: Callable[..., Any] = scope["run"]
    return run


_WRONG = View("memory", "i64", (), ())


def constants_of(constants: Sequence[tuple[Array, View]]) -> Array:
    """The memory that constants lie in."""
    memory = memory_of(max((view.offset + view.extent for _, view in constants), default=0))
    for value, view in constants:
        seen(memory, view)[...] = value
    return memory


def memory_of(size: int) -> Array:
    """Bytes that begin at a cache line."""
    raw = np.empty(size + LINE, np.uint8)
    start = -raw.ctypes.data % LINE
    return raw[start : start + size]


def seen(memory: Array, view: View) -> Array:
    """The numbers of a view as an array."""
    return np.ndarray(view.shape, DTYPES[view.number], memory, view.offset, view.strides)
