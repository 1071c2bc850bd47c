"""The training step as one program: forward, backward, update. `runner.py` runs it over batches."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..calculus import name as symbol
from ..core.dims import Dim, Shape
from ..core.errors import ChainruleError
from ..core.nouns import Array, Equation, Operand, Program, Symbol
from ..core.simplification import simplify
from ..core.tracing import Spec, trace
from ..network.architecture import Architecture, each_cost
from ..network.costs import clipped_outputs
from ..network.equations import backpropagation, called, known_facts, programs
from ..network.kinds import remembered
from .optimizers import Optimizer, sgd


@dataclass(frozen=True)
class UpdateRule:
    """How the gradient of a batch updates the parameters: clipping, penalties, optimizer.

    Attributes:
        optimizer: The optimizer.
        l2: λ/n of the L2 penalty on weights: the book's equations (85) to (97).
        l1: λ/n of the L1 penalty on weights.
        max_norm: The largest length of a neuron's weights after the step; None for no bound.
        clip_norm: The largest length of the whole gradient; None for no bound.
        clip_value: The largest absolute value of each number of the gradient; None for no bound.
    """

    optimizer: Optimizer = field(default_factory=sgd)
    l2: float = 0.0
    l1: float = 0.0
    max_norm: float | None = None
    clip_norm: float | None = None
    clip_value: float | None = None


@functools.lru_cache(maxsize=64)
def training_step(
    architecture: Architecture,
    m: int,
    dtype: str,
    rule: UpdateRule,
    weighted: bool = False,
    distributions: bool = True,
    penalties: tuple[str, ...] = (),
) -> Program:
    """The training step for one batch, as a program.

    Its inputs are the parameters, the optimizer's state, the masks of dropout (n_l × m), a1 (n_1 × m), y (n_L × m), the weights
    of the examples (1 × m) if they are `weighted`, η, the numbers of the optimizer, and those `penalties` that are not to be in
    the program, so that it is the same for several. It returns the new parameters, the new
    state, and aL (n_L × m); what is frozen as it came. Layers of images are m × c × y × x: `network/batches.py`.

    Args:
        architecture: The layers and the cost.
        m: The number of examples in the batch.
        dtype: `"float32"` or `"float64"`.
        rule: How the gradient updates the parameters.
        weighted: Whether each example has a weight.
        distributions: Whether the desired outputs of each example sum to 1.
        penalties: Of `l2` and `l1`, which are inputs; the rule has those of the others.

    Returns:
        The program.
    """
    shapes, learned, last, columns = architecture.shapes, architecture.learned, len(architecture.sizes), Dim("m", m)
    decayed = {each.name for each in architecture.parameters if each.meaning.decayed}
    measured = architecture.running
    derived = gradient(architecture, m, dtype, weighted, distributions)
    slots = rule.optimizer.state

    state: dict[str, Shape] = {f"{slot}_{name}": shapes[name] for slot in slots for name in learned}
    batch: dict[str, Shape] = {name: architecture.batch(layer, columns) for name, layer in architecture.masks}
    batch |= {"a1": architecture.batch(1, columns), "y": architecture.batch(last, columns)}
    if weighted:
        batch["weight"] = (1, columns)
    numbers: dict[str, Shape] = {"rate": (), **{f"number{k + 1}": () for k, _ in enumerate(rule.optimizer.numbers(1))}}
    inputs = {**shapes, **state, **batch, **numbers, **dict.fromkeys(penalties, ())}

    def step(*args: Any) -> tuple[Any, ...]:
        given = dict(zip(inputs, args, strict=True))
        taken = (name for name in shapes if name not in measured)
        gradients, output, *moments = derived(*(given[name] for name in (*taken, *batch)))
        gradients = clipped([(1 / m) * gradient for gradient in gradients], rule)
        new = {name: remembered(given[name], moment) for name, moment in zip(measured, moments, strict=True)}
        for name, g in zip(architecture.trained, gradients, strict=True):
            w = given[name]
            if name in decayed:
                g = penalized(w, g, rule, {each: given[each] for each in penalties})
            before = [given[f"{slot}_{name}"] for slot in slots]
            w, *after = rule.optimizer.update(w, g, *before, *(given[number] for number in numbers))
            if name in decayed and rule.max_norm is not None:
                axes = 1 if len(shapes[name]) == 2 else tuple(range(1, len(shapes[name])))
                w = w * np.minimum(1.0, rule.max_norm / (np.sqrt(np.sum(w * w, axis=axes, keepdims=True)) + 1e-12))
            new |= {name: w, **{f"{slot}_{name}": each for slot, each in zip(slots, after, strict=True)}}
        return (
            *(symbol(f"new_{name}", new[name]) if name in new else given[name] for name in (*shapes, *state)),
            output,
        )

    specs = [Spec(shape, np.dtype(dtype)) for shape in inputs.values()]
    return simplify(trace(called(step, "step", list(inputs)), specs, loops=False), "fast").check()


def gradient(architecture: Architecture, m: int, dtype: str, weighted: bool, distributions: bool) -> Program:
    """The gradient of the cost, summed over a batch, as a program that also returns aL and the moments that are measured.

    Args:
        architecture: The layers and the cost.
        m: The number of examples in the batch.
        dtype: `"float32"` or `"float64"`.
        weighted: Whether each example has a weight, in the last input (1 × m).
        distributions: Whether the desired outputs of each example sum to 1.

    Returns:
        The program.
    """
    weight = Symbol("weight", (1, Dim("m", m)), np.dtype(dtype), "input") if weighted else None
    kept = f"a{len(architecture.sizes)}", *architecture.running
    derivative = backpropagation(architecture, programs(architecture, m, dtype).cost, kept, weight)
    return simplify(derivative, "textbook", known_facts(distributions))


def with_cost(program: Program, architecture: Architecture) -> tuple[Program, str | None]:
    """The step, extended by the cost of its batch from its own output, and the name of the cost's symbol, if there is one.

    As in `measured`, an output that was rounded to 0 or 1 is replaced by the nearest number that is neither.

    Args:
        program: The step.
        architecture: The layers and the cost.

    Returns:
        The longer program, and the name; `None` if examples have weights, and the cost cannot be traced for one of them.
    """
    output = program.outputs[-1]
    if not isinstance(output, Symbol):
        return program, None
    given = {symbol.name: symbol for symbol in program.inputs}
    names: dict[str, Symbol] = {"a": output}
    names |= {name: given[name] for name in ("y", "weight") if name in given}

    def cost(a: Array, y: Array, weight: Array | None = None) -> Array:
        a = clipped_outputs(a) if architecture.clips else a
        if weight is None:
            return architecture.declared_cost.function(a, y)
        total: Array = np.sum(weight[0] * each_cost(architecture.declared_cost.function, a, y))
        return total

    specs = [Spec(each.shape, each.dtype) for each in names.values()]
    try:
        made = simplify(trace(called(cost, "cost", list(names)), specs, loops=False), "fast")
    except ChainruleError:
        if "weight" in given:
            return program, None
        raise
    result = made.outputs[0]
    if not isinstance(result, Symbol) or result.shape:
        return program, None

    def own(operand: Operand) -> Operand:
        if not isinstance(operand, Symbol):
            return operand
        return names.setdefault(operand.name, replace(operand, name=f"cost_{operand.name}"))

    added = []
    for equation in made.equations:
        targets = tuple(replace(t, name=f"cost_{t.name}") for t in equation.targets)
        inputs = tuple(own(each) for each in equation.inputs)
        names.update({t.name: new for t, new in zip(equation.targets, targets, strict=True)})
        added.append(Equation(targets, equation.primitive, inputs, equation.params, equation.origin))
    whole = replace(program, equations=(*program.equations, *added))
    return whole, names[result.name].name


def state_names(architecture: Architecture, rule: UpdateRule) -> list[str]:
    """The names of the optimizer's state, one for each state array of each learned parameter.

    Args:
        architecture: The layers.
        rule: The rule with the optimizer.

    Returns:
        The names in the order of the state: `["v_w2", "v_b2", …]`.
    """
    return [f"{slot}_{name}" for slot in rule.optimizer.state for name in architecture.learned]


def clipped(gradients: Sequence[Array], rule: UpdateRule) -> list[Array]:
    """Clip the gradients: each number to `clip_value`, then all together to the length `clip_norm`.

    Args:
        gradients: One gradient per learned parameter.
        rule: The rule with the bounds.

    Returns:
        The gradients, in the same order and shapes.
    """
    if rule.clip_value is not None:
        gradients = [np.clip(gradient, -rule.clip_value, rule.clip_value) for gradient in gradients]
    if rule.clip_norm is not None:
        squares = [np.sum(gradient * gradient) for gradient in gradients]
        length = np.sqrt(functools.reduce(lambda one, other: one + other, squares))
        gradients = [gradient * np.minimum(1.0, rule.clip_norm / (length + 1e-6)) for gradient in gradients]
    return list(gradients)


def penalized(w: Array, g: Array, rule: UpdateRule, given: Mapping[str, Array]) -> Array:
    """Add the penalties on large weights to their gradient: λ/n · w for L2, λ/n · sign(w) for L1.

    Args:
        w: The weights.
        g: Their gradient, of the same shape.
        rule: The rule with `l2` and `l1`.
        given: Those of them that are inputs.

    Returns:
        The gradient, of the same shape.
    """
    if "l2" in given or rule.l2:
        g = g + given.get("l2", rule.l2) * w
    if "l1" in given or rule.l1:
        g = g + given.get("l1", rule.l1) * np.sign(w)
    return g
