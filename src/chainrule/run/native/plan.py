"""Plans how a program becomes loops: which transposes are never made, and which equations share a loop."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...core.nouns import Equation, Operand, Program, Symbol
from ...core.primitive import PRIMITIVES
from ..lowering.refusal import Unsupported
from .texts import TEXTS

REDUCTIONS = {"sum": ("add", "total", 0.0), "mean": ("add", "total", 0.0),
              "max": ("maximum", "greatest", -math.inf), "min": ("minimum", "least", math.inf)}  # fmt: skip
"""How a reduction joins vectors, how the lanes of one, and what it begins with."""


@dataclass
class Node:
    """Some equations that share a loop: a product or none, and elementwise ones of one shape; or one of another kind."""

    kind: str  # "loop", "product", "reduction", "softmax", "turn"
    shape: tuple[int, ...]
    equations: list[Equation] = field(default_factory=list)

    @property
    def made(self) -> set[str]:
        """The symbols that it makes."""
        return {equation.target.name for equation in self.equations}


@dataclass(frozen=True)
class Plan:
    """The loops in their order, and equations of numbers that come before all (`given`).

    `turned` says of a transpose that is never made what it is the transpose of; `symbols` are all by name, and `where` says
    which node makes one.
    """

    nodes: Sequence[Node]
    given: Sequence[Equation]
    turned: Mapping[str, str]
    symbols: dict[str, Symbol]
    where: Mapping[str, int]
    dtype: np.dtype[Any]

    def read(self, equation: Equation) -> list[str]:
        """The arrays that an equation reads."""
        return [self.turned.get(o.name, o.name) for o in equation.inputs if isinstance(o, Symbol)]


def planned(program: Program) -> Plan:
    """Plan the loops of a program. Raises `Unsupported`, naming the equation that cannot be written."""
    planner = _Planner(program)
    return Plan(planner.nodes, planner.given, planner.turned, planner.symbols, planner.where, planner.dtype)


class _Planner:
    def __init__(self, program: Program):
        self.program = program
        self.dtype = next((s.dtype for s in program.inputs), np.dtype(np.float32))
        self.symbols = {symbol.name: symbol for symbol in program.inputs}
        self.turned: dict[str, str] = {}
        self.equations = self._without_transposes()
        for equation in self.equations:
            self.symbols[equation.target.name] = equation.target
        self.nodes: list[Node] = []
        self.given: list[Equation] = []
        self.where: dict[str, int] = {}
        self._plan()

    def _without_transposes(self) -> list[Equation]:
        """The equations with each transpose that only products read left out, and c xᵀ written as (c x)ᵀ."""
        found: list[Equation] = []
        for equation in self.program.equations:
            target, name = equation.target, equation.primitive.name
            arrays = [o for o in equation.inputs if isinstance(o, Symbol) and o.shape]
            if name == "T" and len(target.shape) == 2 and arrays:
                self.turned[target.name] = arrays[0].name
                self.symbols[arrays[0].name] = arrays[0]
            elif name in TEXTS and arrays and all(o.name in self.turned and o.shape == target.shape for o in arrays):
                upright = Symbol(f"{target.name}_T", target.shape[::-1], target.dtype)
                inputs = tuple(self._upright(o) for o in equation.inputs)
                found.append(Equation((upright,), equation.primitive, inputs, equation.params))
                self.symbols[upright.name] = upright
                self.turned[target.name] = upright.name
            else:
                found.append(equation)
                continue
        made: list[Equation] = []
        needed = self._needed_transposes(found)
        originals = {e.target.name: e.target for e in self.program.equations}
        done: set[str] = set()
        for equation in found:
            for name in (o.name for o in equation.inputs if isinstance(o, Symbol)):
                if name in needed and name not in done:
                    done.add(name)
                    made.append(Equation((originals[name],), PRIMITIVES["T"], (self.symbols[self.turned[name]],)))
            made.append(equation)
        for name in needed - done:
            made.append(Equation((originals[name],), PRIMITIVES["T"], (self.symbols[self.turned[name]],)))
        for name in needed:
            self.turned.pop(name)
        return made

    def _upright(self, operand: Operand) -> Operand:
        if isinstance(operand, Symbol) and operand.name in self.turned:
            return self.symbols[self.turned[operand.name]]
        return operand

    def _needed_transposes(self, equations: Iterable[Equation]) -> set[str]:
        """The transposes that something else than the right side of a product reads."""
        needed = {o.name for o in self.program.outputs if isinstance(o, Symbol) and o.name in self.turned}
        for equation in equations:
            for position, operand in enumerate(equation.inputs):
                if isinstance(operand, Symbol) and (equation.primitive.name, position) != ("matmul", 1):
                    needed |= {operand.name} & set(self.turned)
        return needed

    def _plan(self) -> None:
        """Put each equation into a node: a loop of its own shape that is open to it, or a new one."""
        for equation in self.equations:
            target, name = equation.target, equation.primitive.name
            self._require(equation)
            earliest = max((self.where[o] for o in self._read(equation) if o in self.where), default=-1)
            if name in TEXTS and not target.shape and earliest < 0:
                self.given.append(equation)  # computed from numbers only, before all else
                continue
            if name in TEXTS and target.shape:
                home = self._open(equation, earliest)
                if home is None:
                    self.nodes.append(Node("loop", target.shape))
                    home = len(self.nodes) - 1
            else:
                kind = {"matmul": "product", "T": "turn", "softmax": "softmax"}.get(name)
                kind = kind or ("reduction" if name in REDUCTIONS else "number")
                self.nodes.append(Node(kind, target.shape))
                home = len(self.nodes) - 1
            self.nodes[home].equations.append(equation)
            self.where[target.name] = home

    def _open(self, equation: Equation, earliest: int) -> int | None:
        """The last node that this equation may join: of its shape, and no later one makes what it reads."""
        for home in range(len(self.nodes) - 1, max(earliest, 0) - 1, -1):
            node = self.nodes[home]
            if node.kind in ("loop", "product") and node.shape == equation.target.shape:
                # What is read as a whole must be complete before the loop begins.
                partial = [o for o in equation.inputs if isinstance(o, Symbol) and o.name in node.made]
                if all(o.shape == node.shape for o in partial):
                    return home
        return None

    def _read(self, equation: Equation) -> list[str]:
        return [self.turned.get(o.name, o.name) for o in equation.inputs if isinstance(o, Symbol)]

    def _require(self, equation: Equation) -> None:
        name, target = equation.primitive.name, equation.target
        shapes = [o.shape for o in (*equation.inputs, target)]
        known = name in TEXTS or name in REDUCTIONS or name in ("matmul", "T", "softmax")
        good = known and all(len(shape) in (0, 2) and 0 not in shape for shape in shapes)
        kinds = [o.dtype for o in (*equation.inputs, target) if isinstance(o, Symbol)]
        good = good and all(kind in (self.dtype, np.dtype(bool)) for kind in kinds)
        params = dict(equation.params)
        if name == "matmul":
            good = good and all(len(o.shape) == 2 and isinstance(o, Symbol) for o in equation.inputs)
        elif name in REDUCTIONS:
            good = good and (params["keepdims"] or not target.shape) and _dtype_of(equation.inputs[0]).kind == "f"
            good = good and bool(equation.inputs[0].shape)
        elif name == "softmax":
            good = good and len(target.shape) == 2 and params["axis"] in (0, -2)
        elif name == "T":
            good = good and len(target.shape) == 2 and isinstance(equation.inputs[0], Symbol)
        if not good:
            raise Unsupported(equation)


def _dtype_of(operand: Operand) -> np.dtype[Any]:
    return operand.dtype if isinstance(operand, Symbol) else np.asarray(operand.value).dtype
