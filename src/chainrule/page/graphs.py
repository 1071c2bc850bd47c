"""A program as the Derive view shows it: its graph, the slope along each edge, its derivative in Python and in mathematics, and
the WebAssembly that computes all of these numbers.

Every slope is derived, by `differentiate`; the page multiplies them along the paths, and their sum is what `derive` gives.
Between arrays an edge has no single slope: there stands what comes back along it. A program of many operations is shown without
its graph.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..calculus import derive
from ..core.derivative import differentiate
from ..core.dims import shape_text
from ..core.errors import ChainruleError
from ..core.nouns import Array, Constant, Equation, Operand, Program, Symbol
from ..core.simplification import simplify
from ..core.structure import LEAF, Tree
from ..core.tracing import Spec, trace
from ..loops.noun import LOOP
from ..network.equations import called
from ..program.formulas import formulas
from ..program.symbol_names import symbol_text
from ..run.lowering.webassembly import webassembly
from ..show.language import SOURCE, Language, translated
from ..show.markup import Html
from ..show.mathml import formula, math, operator, right_side, symbol
from ..show.slopes import Named

MOST_NODES = 12
"""The most operations of which a graph is drawn."""
_LONGEST = 1_500  # characters of MathML beside an edge


@dataclass(frozen=True)
class Slider:
    """A variable: where it stands at first, a number or an array, and between which numbers each number of it moves."""

    at: Any
    low: float
    high: float


@dataclass(frozen=True)
class Shown:
    """What is shown.

    Attributes:
        function: A function of numbers and arrays that gives a number.
        result: The name of its result.
        sliders: Its variables.
        rate: By how much of its slope a variable moves in one step downhill.
        by: The variables that move so, which the printed derivative is taken by; by default all.
        loops: Whether a `for` may stay a loop.
    """

    function: Callable[..., Any]
    result: str
    sliders: Mapping[str, Slider]
    rate: float = 0.1
    by: tuple[str, ...] = ()
    loops: bool = False

    @property
    def moved(self) -> tuple[str, ...]:
        """The variables that a step moves."""
        return self.by or tuple(self.sliders)

    @property
    def specs(self) -> list[Spec]:
        """The shapes of the variables."""
        return [Spec(np.shape(each.at)) for each in self.sliders.values()]


@dataclass(frozen=True)
class Edge:
    """From a symbol to an equation that reads it, with the program of the slope between: ∂ target / ∂ symbol.

    Where one of them is an array, the program is that of what comes back: the symbol's part of the target's error.
    """

    symbol: Symbol
    equation: Equation
    slope: Program

    @property
    def is_number(self) -> bool:
        """Whether the slope is one number."""
        return self.symbol.shape == self.equation.target.shape == ()


def traced(shown: Shown) -> Program:
    """The forward program, an equation an operation."""
    program = trace(shown.function, shown.specs, loops=shown.loops)
    return replace(program, name=shown.result)


def has_graph(program: Program) -> bool:
    """Whether its graph is drawn: it is small, has no loop, ends with an operation, and each operation gives one array."""
    if any(each.primitive is LOOP for each in program.equations):
        return False
    targets = [each.targets for each in program.equations]
    return (
        0 < len(targets) <= MOST_NODES and all(len(each) == 1 for each in targets) and program.outputs[0] in targets[-1]
    )


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
    """The derivative of one equation by one of the symbols that it reads; of an array, times the error of the result."""
    alone = _alone(equation)
    if not (_slopes_pass(by) and _slopes_pass(equation.target)):
        return _program("node", _read(equation), [], Constant(0.0))
    if by.shape or equation.target.shape:
        alone = _weighted(alone, f"δ_{equation.target.name}")
    return simplify(differentiate(alone, [by.name], LEAF), "textbook")


def _weighted(alone: Program, error: str) -> Program:
    """The sum of an equation's numbers, each times its error."""
    names = [error, *(each.name for each in alone.inputs)]
    shapes = [alone.outputs[0].shape, *(each.shape for each in alone.inputs)]
    return trace(called(lambda δ, *read: np.sum(δ * alone(*read)), "node", names), [Spec(each) for each in shapes])


def _slopes_pass(symbol: Symbol) -> bool:
    """Whether a symbol holds numbers that have slopes, and not whether something is so."""
    return symbol.dtype.kind == "f"


def _error(program: Program, symbol: Symbol) -> Program:
    """The derivative of the result by a variable or a node between: what stands before it is given."""
    targets = [each.target for each in program.equations]
    done = targets.index(symbol) + 1 if symbol in targets else 0
    rest = _program("error", [*program.inputs, *targets[:done]], program.equations[done:], program.outputs[0])
    return differentiate(rest, [symbol.name], LEAF)


def numbers(program: Program) -> list[Program]:
    """The programs of all numbers that are shown, each of a list of the variables; the first has the result.

    They give the `values` of the nodes, the `slopes` along those edges that have one, and the `errors`, the derivatives by each
    variable and by each node but the last, for which it is 1. Without a graph, it is the result, and the derivatives apart, so
    that a loop stays one.
    """
    if not has_graph(program):
        names = [each.name for each in program.inputs]
        return [
            _of_list(program, "values", 1),
            _of_list(differentiate(program, names, _listed(len(names))), "errors", len(names)),
        ]
    targets = tuple(each.target for each in program.equations)
    forward = replace(program, outputs=targets, results=_listed(len(targets)))
    symbols = [*program.inputs, *targets]
    slopes = [each.slope for each in edges(program) if each.is_number]
    errors = [_error(program, each) for each in symbols[:-1] if _slopes_pass(each)]

    def every(given: list[Any]) -> dict[str, list[Any]]:
        values = forward(*given)
        known = dict(zip((each.name for each in symbols), [*given, *values], strict=True))

        def run(each: Program) -> Any:
            return each(*(known[name] for name, _ in each.arguments))

        found = map(run, errors)
        return {
            "values": values,
            "slopes": [run(each) for each in slopes],
            "errors": [next(found) if _slopes_pass(each) else np.zeros(each.shape) for each in symbols[:-1]],
        }

    return [trace(every, [[Spec(each.shape) for each in program.inputs]])]


def _of_list(program: Program, kind: str, count: int) -> Program:
    """A program that takes its arguments as a list, and gives its results as one, by what they are."""
    arguments = (("given", _listed(len(program.inputs))),)
    return replace(program, arguments=arguments, results=Tree(dict, (kind,), (_listed(count),)))


def computed(program: Program, given: Sequence[Any]) -> dict[str, list[Any]]:
    """All numbers that are shown, computed by NumPy."""
    return {kind: found for each in numbers(program) for kind, found in each([*given]).items()}


def _listed(count: int) -> Tree:
    return Tree(list, tuple(range(count)), (LEAF,) * count)


# ---- as the page takes it --------------------------------------------------------------------------------------------


def entry(shown: Shown, language: Language = SOURCE) -> dict[str, Any]:
    """A program as the page takes it.

    Args:
        shown: The program and its variables.
        language: That of the sentence that says why the browser cannot compute it.

    Returns:
        Its variables, its nodes with what they read and what stands at these edges, its texts, and the JavaScript modules that
        compute `numbers`. Variables and nodes are counted together, variables first. Where an operation is computed by NumPy
        only, there is no module but the sentence that names the equation, and the `numbers` where the variables stand.

    Raises:
        ChainruleError: The function cannot be traced or differentiated.

    Examples:
        >>> made = entry(Shown(lambda x: (x - 1) ** 2, "f", {"x": Slider(2.6, -1.5, 3.5)}))
        >>> [node["reads"] for node in made["nodes"]], made["variables"][0]["at"]
        ([[0], [1]], [2.6])
    """
    program = traced(shown)
    derivative = derive(shown.function, shown.specs, wrt=", ".join(shown.moved), loops=shown.loops)
    named = Named(shown.result, single=len(shown.sliders) == 1)
    found = {
        "result": math(symbol(shown.result)),
        "variables": [_variable(name, each, name in shown.moved) for name, each in shown.sliders.items()],
        "rate": shown.rate,
        "nodes": _nodes(program, shown.result) if has_graph(program) else [],
        "forward": [math(formula(each)) for each in formulas(program)],
        "backward": [named.mathml(line) for line in _lines(derivative, shown.moved)],
        "python": named.python(str(replace(derivative, name=f"{shown.result}_gradient"))),
        "dimensions": _dimensions(derivative, shown.moved, named) if any(each.shape for each in program.inputs) else [],
    }
    every = [replace(each, name=shown.result) for each in numbers(program)]
    try:
        return {**found, "javascript": [webassembly(each, vectors=False).javascript for each in every]}
    except ChainruleError as error:
        told = named.python(translated(error, language))
        return {**found, "javascript": None, "told": told, "numbers": _computed(program, shown)}


def _variable(name: str, slider: Slider, moves: bool) -> dict[str, Any]:
    at = np.asarray(slider.at, float)
    return {
        "name": name, "math": math(symbol(name)), "moves": moves, "shape": list(at.shape),
        "at": at.ravel().tolist(), "low": slider.low, "high": slider.high,
    }  # fmt: skip


def _nodes(program: Program, result: str) -> list[dict[str, Any]]:
    places = {each.name: at for at, each in enumerate([*program.inputs, *(each.target for each in program.equations)])}
    between = edges(program)
    return [
        {
            "math": math(symbol(equation.target.name if equation.target != program.outputs[0] else result)),
            "computes": math(_right(_alone(equation))),
            "shape": [int(each) for each in equation.target.shape],
            "reads": [places[each.symbol.name] for each in between if each.equation is equation],
            "slopes": [_beside(each) for each in between if each.equation is equation],
        }
        for equation in program.equations
    ]


def _beside(edge: Edge) -> Html:
    """What stands beside an edge: the slope or, between arrays, what comes back along it, if that is one short line."""
    if not edge.is_number and len(formulas(edge.slope)) > 1:
        return Html("")
    written = math(_right(edge.slope))
    return written if edge.is_number or len(written) <= _LONGEST else Html("")


def _right(program: Program) -> Html:
    """What the one line of a program computes; where it has none, its result is a symbol."""
    lines = formulas(program)
    return right_side(lines[-1]) if lines else symbol(program.outputs[0].name)


def _lines(derivative: Program, variables: Sequence[str]) -> list[Html]:
    """The lines of a derivative; a gradient that is another symbol has none of its own, and gets one."""
    lines = [math(formula(line)) for line in formulas(derivative)]
    for name, found in _unwritten(derivative, variables):
        lines.append(math(symbol(f"dC_d{name}"), operator("="), symbol(found.name)))
    return lines


def _unwritten(derivative: Program, variables: Sequence[str]) -> list[tuple[str, Symbol]]:
    """The variables whose gradient is another symbol."""
    pairs = zip(variables, derivative.outputs, strict=True)
    return [(name, found) for name, found in pairs if isinstance(found, Symbol) and found.name != f"dC_d{name}"]


def _dimensions(derivative: Program, variables: Sequence[str], named: Named) -> list[list[str]]:
    """Of each line of a derivative the symbol, its shape, the equation, and the equation in dimensions."""
    rows = [[row.symbol, shape_text(row.shape), row.equation, row.dimensions] for row in derivative.shape_table()]
    for name, found in _unwritten(derivative, variables):
        sizes = shape_text(found.shape)
        rows.append([symbol_text(f"dC_d{name}"), sizes, symbol_text(found.name), sizes])
    return [[named.plain(symbol), shape, named.plain(equation), sizes] for symbol, shape, equation, sizes in rows]


def _computed(program: Program, shown: Shown) -> dict[str, list[list[float | None]]]:
    """The numbers where the variables stand; those that are not finite are left out."""
    with np.errstate(all="ignore"):
        found = computed(program, [np.asarray(each.at, float) for each in shown.sliders.values()])
    return {kind: [_finite(np.asarray(each)) for each in arrays] for kind, arrays in found.items()}


def _finite(array: Array) -> list[float | None]:
    return [float(each) if np.isfinite(each) else None for each in array.ravel()]
