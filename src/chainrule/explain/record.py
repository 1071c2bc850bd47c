"""Runs a derived program once in float64, keeps every value, and makes an explanation of them.

The textbook form runs, equation by equation. `steps` decides which line belongs to which step.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from ..calculus import derive
from ..calculus.arguments import refuse_function
from ..calls.hooks import calls_kept
from ..calls.settling import settled
from ..core.layout import layout
from ..core.nouns import Array, Equation, Kind, Operand, Program, Symbol
from ..core.primitive import PRIMITIVES
from ..core.simplification import simplify
from ..core.structure import flatten
from ..core.tracing import LEAF_TYPES, Spec, trace
from ..network.architecture import Architecture
from ..network.costs import are_distributions
from ..network.equations import programs
from ..run import checked
from .explanation import Explanation
from .quantities import SLOPE
from .recording import Reading
from .steps import Chosen, arranged

_IMAGES = 4  # axes of images, m × c × y × x; what has more is in windows


def of_network(
    architecture: Architecture,
    parameters: Sequence[Array],
    image: Array,
    inputs: Array,
    targets: Array | None,
    labels: Sequence[int] = (),
    *,
    learning_rate: float = 0.1,
    neuron: Chosen | None = None,
    scaling: tuple[Array | float, Array | float] = (0.0, 1.0),
    classes: tuple[str, ...] = (),
    numeric: bool = False,
) -> Explanation:
    """Explain a network on m examples: `inputs` n1 × m, or of images m × c1 × y1 × x1, and, where they are known, `targets`
    n_L × m, in float64.

    `image` is what was given, from which the inputs were made by `scaling`: what is subtracted, and what is divided by. `neuron`
    is one to choose, (layer, neuron); `classes` are the names of the answers, `numeric` whether they are numbers.
    """
    m = inputs.shape[inputs.ndim == 2]
    distributions = targets is None or are_distributions(targets, 0)
    made = programs(architecture, m, training=False, distributions=distributions)
    arguments = [*(each.astype(np.float64) for each in parameters), inputs]
    backward = None
    if targets is None:
        forward = made.feedforward
        values = checked.values(forward, arguments)
    else:
        backward = _with_skips(_with_slope(made.backprop, len(architecture.sizes)), architecture)
        forward, backward = _with_windows(made.cost, backward) if not architecture.columns else (made.cost, backward)
        forward = _apart(forward, backward)
        arguments.append(targets)
        values = checked.values(forward, arguments) | checked.values(backward, arguments)
        values["C"] = values[_result(forward)]
    explanation = Explanation(
        "",
        (),
        _frozen(values),
        forward,
        backward,
        architecture,
        _own(image),
        tuple(labels),
        learning_rate=learning_rate,
        classes=classes,
        numeric=numeric,
    )
    return arranged(explanation, _input_program(image, inputs, *scaling), neuron)


def explain(f: Callable[..., Any], args: Sequence[Any]) -> Explanation:
    """Explain the steps of backpropagation through a function of your own.

    Args:
        f: A function of NumPy arrays and floats, or nests of them, whose result is one float.
        args: The arguments on which it is explained.

    Returns:
        The explanation, with every line, dimension and number; print it to read it.

    Raises:
        TracingError: The result is not one float, or no argument is made of floats.

    Examples:
        >>> def cost(w, x, y):
        ...     z = w @ x
        ...     return 0.5 * np.sum((z - y) ** 2)
        >>> made = explain(cost, (np.ones((1, 2)), np.ones((2, 1)), np.zeros((1, 1))))
        >>> [line.python for line in made.lines][-2:]
        ['dC_dw = δ_z @ x.T', 'dC_dx = w.T @ δ_z']
    """
    wide = [_wide(arg) for arg in args]
    backward = derive(f, wide, loops=False)
    if any(each.dtype.kind == "c" for each in backward.operands() if isinstance(each, Symbol)):
        refuse_function(f, "an explanation has real numbers", "read the derivative itself, print(derive(f, args))")
    forward = _apart(simplify(trace(f, wide, loops=False), "textbook"), backward)
    values = checked.values(forward, wide) | checked.values(backward, wide)
    values["C"] = values[_result(forward)]
    explanation = Explanation(getattr(f, "__name__", "f").strip("<>"), (), _frozen(values), forward, backward, None)
    return arranged(explanation)


def of_text(f: Callable[..., Any], args: Sequence[Any], reading: Reading, learning_rate: float) -> Explanation:
    """Explain how a small GPT reads a text: `f` is its cost, of its weights, the tokens, those that come next, and the share of
    each place in the mean; functions that it calls stay functions."""
    wide = [_wide(arg) for arg in args]
    backward = derive(f, wide, wrt=reading.weights)
    with calls_kept():
        forward = simplify(trace(f, wide), "textbook")
    forward = _apart(settled(forward, forward), backward)
    values = checked.values(forward, wide) | checked.values(backward, wide)
    values["C"] = values[_result(forward)]
    targets = values["targets"]
    followed = int(np.argmin(values["p"][np.arange(len(targets)), targets]))
    head, source = np.unravel_index(np.argmax(values["attention"][:, followed]), values["attention"][:, followed].shape)
    reading = replace(reading, followed=followed, head=int(head), source=int(source))
    explanation = Explanation(
        "",
        (),
        _frozen(values),
        forward,
        backward,
        None,
        classes=reading.seen,
        learning_rate=learning_rate,
        reading=reading,
    )
    return arranged(explanation)


# ---- programs --------------------------------------------------------------------------------------------------------


def _result(program: Program) -> str:
    (output,) = program.outputs
    assert isinstance(output, Symbol)
    return output.name


def _with_slope(program: Program, last: int) -> Program:
    """The backward pass with ∇ₐC on a line of its own, where it is a factor of the output error.

    With cross-entropy and the like δ is a − y at once, and nothing is to be set apart.
    """
    by_name = {equation.target.name: equation for equation in program.equations}
    if f"z{last}" not in by_name:  # a is z itself, and ∇ₐC is the error
        return program
    inlined = layout(program).inlined
    error = by_name[f"δ{last}"]
    if f"δ_a{last}" in by_name:
        return _renamed(program, {f"δ_a{last}": SLOPE})
    found = [
        each.name
        for each in error.inputs
        if isinstance(each, Symbol) and each.name in inlined and inlined[each.name].origin.derivative_of != f"a{last}"
    ]
    return _renamed(program, {found[0]: SLOPE}) if len(found) == 1 else program


def _with_skips(program: Program, architecture: Architecture) -> Program:
    """The backward pass in which the error of a sum is on a line of its own as that of its summand, too, and is called so in
    what the layer of that summand makes of it: where layers are skipped, δ4 = δ5."""
    for layer in reversed(architecture.layers[1:]):
        error, before = f"δ{layer}", f"δ{layer - 1}"
        made = {target.name: target for each in program.equations for target in each.targets}
        if not architecture.layer(layer).back or before in made or error not in made:
            continue
        own = {each.name for each in architecture.of_layer(layer - 1)}
        summand = replace(made[error], name=before)
        equations: list[Equation] = []
        for each in program.equations:
            read = {operand.name for operand in each.inputs if isinstance(operand, Symbol)}
            if own & read or each.target.name.removeprefix("dC_d") in own:
                swapped = (summand if operand == made[error] else operand for operand in each.inputs)
                each = replace(each, inputs=tuple(swapped))
            equations.append(each)
            if each.target == made[error]:
                equations.append(Equation((summand,), PRIMITIVES["identity"], (made[error],), (), each.origin))
        program = replace(program, equations=tuple(equations)).check()
    return program


def _apart(forward: Program, backward: Program) -> Program:
    """The forward program, called C, with none of its temporaries called as a symbol of the backward one is."""
    taken = {equation.target.name for program in (forward, backward) for equation in program.equations}
    free = (name for name in map("t{}".format, itertools.count(1)) if name not in taken)
    temporaries = [each.target.name for each in forward.equations if each.target.kind == "temporary"]
    return replace(_renamed(forward, dict(zip(temporaries, free, strict=False)), "temporary"), name="C")


def _with_windows(forward: Program, backward: Program) -> tuple[Program, Program]:
    """Both programs with one name for what both compute between images: v3 for the windows that layer 3 pools, or for its input
    with a margin; and in the backward one δ_v3 for the error of those windows."""
    plan = layout(backward).inlined
    shown = [each for each in backward.equations if each.target.kind == "temporary" and each.target.name not in plan]
    by_what = {_computed(each, backward): each.target for each in shown if len(each.target.shape) >= _IMAGES}
    before, after, layer = dict[str, str](), dict[str, str](), 2
    for equation in forward.equations:
        target, found = equation.target, by_what.get(_computed(equation, forward))
        if target.kind == "temporary" and found is not None and f"v{layer}" not in before.values():
            before[target.name] = after[found.name] = f"v{layer}"
        layer += target.name == f"a{layer}"
    shapes = {
        target.shape: after[target.name]
        for target in by_what.values()
        if len(target.shape) > _IMAGES and target.name in after
    }
    for equation in shown:
        target = equation.target
        name = shapes.get(target.shape, "")
        if equation.primitive.name == "multiply" and name and f"δ_{name}" not in after.values():
            after[target.name] = f"δ_{name}"
    return _renamed(_numbered(forward, before), before), _renamed(_numbered(backward, after), after)


def _numbered(program: Program, but: Mapping[str, str]) -> Program:
    """The program with its temporaries called t1, t2, …, but those that get other names."""
    temporaries = [each.target.name for each in program.equations if each.target.kind == "temporary"]
    kept = [each for each in temporaries if each not in but]
    return _renamed(program, {name: f"t{place}" for place, name in enumerate(kept, 1)}, "temporary")


def _computed(equation: Equation, program: Program) -> tuple[object, ...]:
    """What an equation computes, of which symbols that have names."""
    made = {each.target.name: each for each in program.equations if each.target.kind == "temporary"}

    def of(operand: Operand) -> object:
        if not isinstance(operand, Symbol):
            return str(operand)
        return operand.name if operand.name not in made else whole(made[operand.name])

    def whole(each: Equation) -> tuple[object, ...]:
        return each.primitive.name, each.params, *map(of, each.inputs)

    return whole(equation)


def _renamed(program: Program, names: Mapping[str, str], kind: Kind = "named") -> Program:
    """The program with other names for some of its symbols."""

    def symbol(each: Symbol) -> Symbol:
        return replace(each, name=names[each.name], kind=kind) if each.name in names else each

    def operand(each: Operand) -> Operand:
        return symbol(each) if isinstance(each, Symbol) else each

    equations = tuple(
        replace(e, targets=tuple(map(symbol, e.targets)), inputs=tuple(map(operand, e.inputs)))
        for e in program.equations
    )
    conditions = tuple(replace(c, symbol=symbol(c.symbol)) for c in program.conditions)
    return replace(
        program, equations=equations, outputs=tuple(map(operand, program.outputs)), conditions=conditions
    ).check()


def _input_program(image: Array, inputs: Array, shift: Array | float, scale: Array | float) -> Program:
    """How the images that were given become a1: row after row, a column an example, or as maps; then (x − shift) / scale."""
    m = inputs.shape[inputs.ndim == 2]
    n = inputs.size // m

    def columns(x: Array) -> Array:
        if inputs.ndim > 2:
            return np.reshape(x, inputs.shape)
        return np.reshape(x, (n, 1)) if m == 1 else np.reshape(x, (m, n)).T

    def lying(each: Array | float) -> Array | float:
        if not isinstance(each, np.ndarray):
            return each
        return each.reshape(-1, 1) if inputs.ndim == 2 else each.reshape(inputs.shape[1:])

    def a1(x: Array) -> Array:
        if isinstance(shift, np.ndarray) or shift != 0:
            return (columns(x) - lying(shift)) / lying(scale)
        return columns(x) / lying(scale) if isinstance(scale, np.ndarray) or scale != 1 else columns(x)

    return trace(a1, [Spec(image.shape, image.dtype)], loops=False)


# ---- values ----------------------------------------------------------------------------------------------------------


def _frozen(values: Mapping[str, Any]) -> Mapping[str, Array]:
    return MappingProxyType({name: _own(np.asarray(value)) for name, value in values.items()})


def _own(value: Array) -> Array:
    """A copy that cannot be written to."""
    own = np.array(value)
    own.flags.writeable = False
    return own


def _wide(arg: Any) -> Any:
    """An argument with its floats in float64."""
    leaves, tree = flatten(arg, LEAF_TYPES)
    wide = [np.asarray(each, np.float64)[()] if np.asarray(each).dtype.kind == "f" else each for each in leaves]
    return tree.build(iter(wide))
