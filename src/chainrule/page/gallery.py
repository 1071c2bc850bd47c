"""The gallery of the Derive view: small programs of numbers, each with its graph, the slope along each edge, its derivative in
Python and in mathematics, and one WebAssembly program that computes all of these numbers.

Every slope is derived, by `differentiate`; the page multiplies them along the paths, and their sum is what `derive` gives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from ..calculus import derive
from ..core.derivative import differentiate
from ..core.nouns import Equation, Operand, Program, Symbol
from ..core.simplification import simplify
from ..core.structure import LEAF, Tree
from ..core.tracing import Spec, trace
from ..program.formulas import formulas
from ..program.operations.activations import sigmoid
from ..run.lowering.webassembly import webassembly
from ..show.markup import Html
from ..show.mathml import formula, math, operator, right_side, symbol
from ..show.slopes import Named


@dataclass(frozen=True)
class Slider:
    """A variable: where it stands at first, and between which numbers it moves."""

    at: float
    low: float
    high: float


@dataclass(frozen=True)
class Shown:
    """A program of the gallery.

    Attributes:
        function: A function of numbers.
        result: The name of its result.
        sliders: Its variables.
        rate: By how much of its slope a variable moves in one step downhill.
        by: The variables that move so, which the printed derivative is taken by; by default all.
    """

    function: Callable[..., Any]
    result: str
    sliders: Mapping[str, Slider]
    rate: float = 0.1
    by: tuple[str, ...] = ()

    @property
    def moved(self) -> tuple[str, ...]:
        """The variables that a step moves."""
        return self.by or tuple(self.sliders)


def _neuron(w: Any, b: Any, x: Any, y: Any) -> Any:
    z = w * x + b
    a = sigmoid(z)
    return 0.5 * (a - y) ** 2


GALLERY: Mapping[str, Shown] = {
    "parabola": Shown(lambda x: (x - 1) ** 2, "f", {"x": Slider(2.6, -1.5, 3.5)}),
    "paths": Shown(lambda x: x * np.sin(x**2), "f", {"x": Slider(1.2, -0.5, 2.7)}),
    "valleys": Shown(lambda x: np.sin(3 * x) + x**2 / 4, "f", {"x": Slider(3.1, -3.5, 3.5)}, rate=0.08),
    "sigmoid": Shown(lambda x: 1 / (1 + np.exp(-x)), "f", {"x": Slider(1.5, -6.0, 6.0)}, rate=2.0),
    "softplus": Shown(lambda x: np.log(1 + np.exp(x)), "f", {"x": Slider(1.5, -5.0, 5.0)}, rate=1.0),
    "neuron": Shown(
        _neuron,
        "C",
        {
            "w": Slider(1.5, -4.0, 4.0),
            "b": Slider(-0.5, -4.0, 4.0),
            "x": Slider(1.0, -2.0, 2.0),
            "y": Slider(0.0, 0.0, 1.0),
        },
        rate=3.0,
        by=("w", "b"),
    ),
}
"""The programs, by the names under which `derive.js` has a sentence for each; the first is what a visitor meets."""


@dataclass(frozen=True)
class Edge:
    """From a symbol to an equation that reads it, with the program of the slope between: ∂ target / ∂ symbol."""

    symbol: Symbol
    equation: Equation
    slope: Program


def traced(shown: Shown) -> Program:
    """The forward program, an equation an operation."""
    program = trace(shown.function, [Spec(()) for _ in shown.sliders])
    return replace(program, name=shown.result)


def edges(program: Program) -> list[Edge]:
    """The edges of a program's graph, in the order of its equations."""
    return [Edge(each, equation, _slope(equation, each)) for equation in program.equations for each in _read(equation)]


def _read(equation: Equation) -> list[Symbol]:
    """The symbols that an equation reads, each once."""
    return list(dict.fromkeys(each for each in equation.inputs if isinstance(each, Symbol)))


def _program(name: str, inputs: Sequence[Symbol], equations: Sequence[Equation], output: Operand) -> Program:
    arguments = tuple((each.name, LEAF) for each in inputs)
    return Program(name, tuple(inputs), tuple(equations), (output,), arguments, LEAF)


def _alone(equation: Equation) -> Program:
    """One equation as a program of what it reads."""
    return _program("node", _read(equation), [equation], equation.target)


def _slope(equation: Equation, by: Symbol) -> Program:
    """The derivative of one equation by one of the symbols that it reads."""
    return simplify(differentiate(_alone(equation), [by.name], LEAF), "textbook")


def _error(program: Program, symbol: Symbol) -> Program:
    """The derivative of the result by a variable or a node between: what stands before it is given."""
    targets = [each.target for each in program.equations]
    done = targets.index(symbol) + 1 if symbol in targets else 0
    rest = _program("error", [*program.inputs, *targets[:done]], program.equations[done:], program.outputs[0])
    return differentiate(rest, [symbol.name], LEAF)


def numbers(program: Program) -> Program:
    """The program of all numbers that the graph shows, of a list of the variables: the `values` of the nodes, the `slopes` along
    the edges, and the `errors`, the derivatives by each variable and by each node but the last, for which it is 1.
    """
    targets = tuple(each.target for each in program.equations)
    tree = Tree(list, tuple(range(len(targets))), (LEAF,) * len(targets))
    forward = replace(program, outputs=targets, results=tree)
    symbols = [*program.inputs, *targets]
    slopes = [each.slope for each in edges(program)]
    errors = [_error(program, each) for each in symbols[:-1]]

    def every(given: list[Any]) -> dict[str, list[Any]]:
        values = forward(*given)
        known = dict(zip((each.name for each in symbols), [*given, *values], strict=True))
        back = {"slopes": slopes, "errors": errors}
        return {"values": values} | {
            kind: [each(*(known[name] for name, _ in each.arguments)) for each in programs]
            for kind, programs in back.items()
        }

    return trace(every, [[Spec(())] * len(program.inputs)])


# ---- as the page takes it --------------------------------------------------------------------------------------------


def gallery() -> list[dict[str, Any]]:
    """All of the gallery, as the page takes it.

    Returns:
        For each program its variables, its nodes with what they read and the slopes along these edges, its texts, and the
        JavaScript module that computes `numbers`. Variables and nodes are counted together, variables first.

    Examples:
        >>> first = gallery()[0]
        >>> first["name"], [node["reads"] for node in first["nodes"]]
        ('parabola', [[0], [1]])
    """
    return [_data(name, shown) for name, shown in GALLERY.items()]


def _data(name: str, shown: Shown) -> dict[str, Any]:
    program = traced(shown)
    between = edges(program)
    derivative = derive(shown.function, [Spec(()) for _ in shown.sliders], wrt=", ".join(shown.moved))
    places = {each.name: at for at, each in enumerate([*program.inputs, *(each.target for each in program.equations)])}
    named = Named(shown.result, single=len(shown.sliders) == 1)
    return {
        "name": name,
        "result": math(symbol(shown.result)),
        "variables": [
            {"name": name, "math": math(symbol(name)), "moves": name in shown.moved, **asdict(slider)}
            for name, slider in shown.sliders.items()
        ],
        "rate": shown.rate,
        "nodes": [
            {
                "math": math(symbol(equation.target.name if equation.target != program.outputs[0] else shown.result)),
                "computes": math(_right(_alone(equation))),
                "reads": [places[each.symbol.name] for each in between if each.equation is equation],
                "slopes": [math(_right(each.slope)) for each in between if each.equation is equation],
            }
            for equation in program.equations
        ],
        "forward": [math(formula(each)) for each in formulas(program)],
        "backward": [named.mathml(line) for line in _lines(derivative, shown.moved)],
        "python": named.python(str(replace(derivative, name=f"{shown.result}_gradient"))),
        "javascript": webassembly(numbers(program)).javascript,
    }


def _right(program: Program) -> Html:
    """What the one line of a program computes; where it has none, its result is a symbol."""
    lines = formulas(program)
    return right_side(lines[-1]) if lines else symbol(program.outputs[0].name)


def _lines(derivative: Program, variables: Sequence[str]) -> list[Html]:
    """The lines of a derivative; a gradient that is another symbol has none of its own, and gets one."""
    lines = [math(formula(line)) for line in formulas(derivative)]
    for name, found in zip(variables, derivative.outputs, strict=True):
        if isinstance(found, Symbol) and found.name != f"dC_d{name}":
            lines.append(math(symbol(f"dC_d{name}"), operator("="), symbol(found.name)))
    return lines
