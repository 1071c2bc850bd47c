"""Keeps the names of a program's symbols apart from those that generated source uses itself."""

from __future__ import annotations

import itertools
import keyword
import re
from dataclasses import replace

from ...core.nouns import Operand, Program, Symbol

_OWN = re.compile(
    r"[a-xz]|[xij]\d+|(part|kernel|gather)_\d+|at_.*|.*_here|np|math|numba|inf|nan|number|known|run|top|best|at|right|usual|float32|memory"
    r"|inputs|targets|weights|labels|order|numbers|draws|outputs|places|counts|told|scratch|sizes|thread|steps|pack|k_|part|parts|barrier|doze|nap|meet|own_.*"
)
"""Names of generated source: its counters, buffers and functions."""


def apart(program: Program, taken: frozenset[str] = frozenset()) -> Program:
    """The program with another name for each symbol whose name is `taken`, or one that generated source uses.

    >>> from chainrule.core.tracing import trace
    >>> import numpy as np
    >>> [symbol.name for symbol in apart(trace(lambda x, w2: x * w2, [np.ones(2)] * 2)).inputs]
    ['x_1', 'w2']
    """
    symbols = [*program.inputs, *(target for equation in program.equations for target in equation.targets)]
    names = {symbol.name for symbol in symbols} | {constant.name for constant in program.constants}
    new: dict[str, str] = {}
    for name in sorted(names):
        if _OWN.fullmatch(name) or name in taken or keyword.iskeyword(name):
            tries = (f"{name}_{k}" for k in itertools.count(1))
            new[name] = next(each for each in tries if each not in names and each not in new.values())
    if not new:
        return program

    def own(operand: Operand) -> Operand:
        return replace(operand, name=new[operand.name]) if operand.name in new else operand

    def own_symbol(symbol: Symbol) -> Symbol:
        return replace(symbol, name=new.get(symbol.name, symbol.name))

    return replace(
        program,
        inputs=tuple(map(own_symbol, program.inputs)),
        arguments=tuple((new.get(name, name), tree) for name, tree in program.arguments),
        equations=tuple(
            replace(e, targets=tuple(map(own_symbol, e.targets)), inputs=tuple(map(own, e.inputs)))
            for e in program.equations
        ),
        outputs=tuple(map(own, program.outputs)),
        conditions=tuple(replace(c, symbol=own_symbol(c.symbol)) for c in program.conditions),
    )
