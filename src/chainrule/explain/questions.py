"""What a learner asks of an explanation: why this value, why this answer, where an error comes from, what a step of learning
changes, whether a gradient is right, and where errors fade. Each answer is plain data; how it is shown is in `terminal`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..calculus import grad
from ..core.nouns import Array, Program
from ..network.architecture import Architecture
from ..network.equations import programs
from ..network.layers import NetworkError
from ..run import checked
from .evaluation import Evaluator
from .recording import Recording
from .steps import FLAT, require_neuron, require_sum, slopes
from .vocabulary import Expression

_STEP = 1e-5  # how far a parameter is nudged to measure a slope


@dataclass(frozen=True)
class Part:
    """What one neuron adds to a sum: its number, the weight on the way, its activation or error, and their product."""

    neuron: int
    weight: float
    value: float
    product: float


@dataclass(frozen=True)
class Value:
    """Why a neuron has its value: the parts w_jk a_k, the largest first; their sum, the bias, z and a."""

    layer: int
    neuron: int
    parts: tuple[Part, ...] = field(repr=False)
    total: float
    bias: float
    z: float
    a: float


@dataclass(frozen=True)
class Vote:
    """What a neuron of the last hidden layer says for one answer and for another: w_ik a_k and w_jk a_k."""

    neuron: int
    activation: float
    this: float
    other: float

    @property
    def difference(self) -> float:
        """What it says for the one more than for the other."""
        return self.this - self.other


@dataclass(frozen=True, eq=False)
class Evidence:
    """Why `this` answer and not the `other`: what each neuron says for them, their biases and weighted inputs.

    `pixels` is, for each input, how far it moved z of this answer away from that of the other: input times slope, which is
    exact where inputs and answers meet directly, and the first order of it elsewhere.
    """

    this: int
    other: int
    votes: tuple[Vote, ...] = field(repr=False)
    biases: tuple[float, float]
    z: tuple[float, float]
    a: tuple[float, float]
    pixels: Array = field(repr=False)


@dataclass(frozen=True)
class Blame:
    """Where a neuron's error comes from: the parts w_ij δ_i of the layer after, their sum, the slope, and δ.

    Of an output neuron there are no parts, and `total` is ∇ₐC; where the two are not told apart, as with cross-entropy, it
    is δ itself and the slope is missing.
    """

    layer: int
    neuron: int
    parts: tuple[Part, ...] = field(repr=False)
    total: float
    slope: float | None
    delta: float


@dataclass(frozen=True)
class Against:
    """An output neuron that a step moves against its own error: up where δ is above 0, or down where it is below.

    `z` is its weighted input before the step, with its own layer's parameters stepped alone, and after the whole step; so
    the rest is what the hidden neurons do, which all outputs share. `most` is the largest part of that: by how much a
    hidden neuron's activation changes, times the stepped weight; nothing where the layer is normalized. `leader` is the
    output with the largest error, and `times` how many times as large that is; nothing where it is this one.
    """

    neuron: int
    delta: float
    z: tuple[float, float, float]
    most: Part | None
    leader: int | None
    times: float


@dataclass(frozen=True, eq=False)
class Change:
    """What one step w ← w − (η/m) ∂C/∂w changes: cost and activations before and after, and on other images.

    `against` are the right answer and the network's, where the step moves them against their errors. Of the others: how
    many there are, how many were read right before and are after, how many became right and wrong.
    """

    learning_rate: float
    cost: tuple[float, float]
    activations: tuple[Array, Array] = field(repr=False)
    against: tuple[Against, ...] = ()
    others: int = 0
    right: tuple[int, int] = (0, 0)
    became_right: int = 0
    became_wrong: int = 0

    @property
    def answers(self) -> tuple[int, int]:
        """What it answered, and what it answers now."""
        before, after = (int(np.argmax(each)) for each in self.activations)
        return before, after


@dataclass(frozen=True)
class Proof:
    """A derivative beside its measurement: one parameter moved by ± `step`, and C measured twice."""

    symbol: str
    index: tuple[int, ...]
    derivative: float
    measured: float
    step: float
    costs: tuple[float, float]

    @property
    def relative_error(self) -> float:
        """How far the two are apart, measured by the larger."""
        size = max(abs(self.derivative), abs(self.measured))
        if not np.isfinite(size + abs(self.measured)):
            return float(np.inf)
        return abs(self.derivative - self.measured) / size if size else 0.0

    @property
    def agrees(self) -> bool:
        """Whether they are equal as far as a measurement can tell: within 10⁻⁵, or the rounding of C itself."""
        rounding = 4 * np.finfo(float).eps * max(abs(self.costs[0]), 1.0) / (2 * self.step)
        return bool(self.relative_error < 1e-5 or abs(self.derivative - self.measured) < rounding)


@dataclass(frozen=True)
class LayerState:
    """A layer on this example: its neurons, how many are saturated, the length ‖δ‖ of its error and that of ∂C/∂w."""

    layer: int
    neurons: int
    saturated: int | None
    error: float
    gradient: float


def value_of(made: Recording, layer: int, neuron: int) -> Value:
    """Why a neuron has its value on this example. Raises `NetworkError` where there is no such neuron."""
    architecture, k = _network(made), made.example
    require_neuron(architecture, layer, neuron)
    require_sum(made, layer)
    values = made.values
    parts = _parts(values[f"w{layer}"][neuron], values[f"a{layer - 1}"][:, k])
    z = values.get(f"z{layer}", values[f"a{layer}"])
    total = float(sum(part.product for part in parts))
    bias = float(values[f"b{layer}"][neuron, 0])
    return Value(layer, neuron, parts, total, bias, float(z[neuron, k]), float(values[f"a{layer}"][neuron, k]))


def why(made: Recording, this: int | None = None, other: int | None = None) -> Evidence:
    """Why this answer and not the other: without them, the network's answer and the right one, or the runner-up.

    Raises `NetworkError` where there is no such answer, or the two are one.
    """
    architecture, k = _network(made), made.example
    last = len(architecture.sizes)
    ranked = [int(each) for each in np.argsort(-made.outputs, kind="stable")]
    this = made.answer if this is None else this
    if other is None:
        other = made.label if made.label not in (None, this) else next((each for each in ranked if each != this), this)
    assert other is not None
    for each in (this, other):
        require_neuron(architecture, last, each)
    require_sum(made, last)
    if this == other:
        raise NetworkError("{this} and {other} are the same answer; name two that differ.", this=this, other=other)
    values = made.values
    w, a, b = values[f"w{last}"], values[f"a{last - 1}"][:, k], values[f"b{last}"]
    votes = [Vote(j, float(a[j]), float(w[this, j] * a[j]), float(w[other, j] * a[j])) for j in range(len(a))]
    votes.sort(key=lambda vote: -abs(vote.difference))
    z = values.get(f"z{last}", values[f"a{last}"])
    pair = (this, other)
    biases, inputs, outputs = (
        tuple(float(each[i, at]) for i in pair) for each, at in ((b, 0), (z, k), (values[f"a{last}"], k))
    )
    pixels = values["a1"][:, k] * _slope_of_difference(made, this, other)
    return Evidence(this, other, tuple(votes), _two(biases), _two(inputs), _two(outputs), pixels)


def blame(made: Recording, layer: int, neuron: int) -> Blame:
    """Where a neuron's error comes from. Raises `NetworkError` without a desired output, or such a neuron."""
    architecture, k = require_label(made), made.example
    require_neuron(architecture, layer, neuron)
    values, last = made.values, len(architecture.sizes)
    delta = float(values[f"δ{layer}"][neuron, k])
    known = slopes(architecture, values).get(f"z{layer}")
    slope = None if known is None else float(known[neuron, k])
    if layer == last:
        apart = "nabla_a" in values and slope is not None
        return Blame(
            layer, neuron, (), float(values["nabla_a"][neuron, k]) if apart else delta, slope if apart else None, delta
        )
    require_sum(made, layer + 1)
    after = values.get(f"δ_s{layer + 1}", values[f"δ{layer + 1}"])[:, k]
    parts = _parts(values[f"w{layer + 1}"][:, neuron], after)
    return Blame(layer, neuron, parts, float(sum(part.product for part in parts)), slope, delta)


def one_step(made: Recording, others: tuple[Array, Array] | None = None) -> Change:
    """What one step of learning on this example changes; `others` are the activations (n × n1) and classes of other images.

    Raises `NetworkError` without a desired output.
    """
    architecture, last = require_label(made), f"a{len(made.sizes)}"
    stepped, names = step_values(made), list(require_label(made).shapes)
    outputs = made.outputs, stepped[last][:, made.example]
    costs = float(made.values["C"]) / made.m, float(stepped["C"]) / made.m
    found = Change(made.learning_rate, costs, outputs, tuple(_against(made, stepped)))
    if others is None:
        return found
    before, after = ([values[name] for name in names] for values in (made.values, stepped))
    images, classes = others
    right = [np.argmax(_outputs(architecture, each, images.T), axis=0) == classes for each in (before, after)]
    became = right[1] & ~right[0], right[0] & ~right[1]
    counts = _two([int(each.sum()) for each in right])
    return replace(
        found, others=len(classes), right=counts, became_right=int(became[0].sum()), became_wrong=int(became[1].sum())
    )


def step_values(made: Recording, layers: Sequence[int] = ()) -> dict[str, Array]:
    """All values of the forward program after the step, or where only the parameters of these layers take it."""
    learned = {line.symbol: line.value for line in made.steps[5].lines if not layers or line.layer in layers}
    given = {symbol.name: learned.get(symbol.name, made.values[symbol.name]) for symbol in made.forward.inputs}
    found = checked.values(made.forward, list(given.values()))
    (output,) = made.forward.outputs
    return {**found, "C": found[getattr(output, "name", "")]}


def output_of(made: Recording) -> str:
    """The weighted input of the outputs; their activation, where those are not told apart."""
    last = len(made.sizes)
    return f"z{last}" if f"z{last}" in made.values else f"a{last}"


def moved_back(made: Recording, neuron: Expression) -> Expression:
    """Whether a step moves an output against its error: its weighted input, and its activation as it is shown."""

    def moved(name: str) -> Expression:
        return ("-", ("at", f"after {name}", neuron, "example"), ("at", name, neuron, "example"))

    last = len(made.sizes)
    error: Expression = ("at", f"δ{last}", neuron, "example")
    against = ((">", ("*", moved(name), error), 0) for name in (output_of(made), f"a{last}"))
    return ("and", *against)


def proof(made: Recording, symbol: str | None = None, index: tuple[int, ...] | None = None) -> Proof:
    """Move one number of a parameter or argument by ±0.00001, measure C twice, and hold the slope against the gradient.

    Without a symbol it is the weight of the first hidden layer whose gradient the steps work out.
    Raises `NetworkError` without a desired output, and `KeyError` for a symbol without a gradient.
    """
    require_cost(made)
    symbol = measured_parameter(made) if symbol is None else symbol
    line = made.line(f"dC_d{symbol}")
    index = line.numbers[0].index if index is None else index
    at = [each.name for each in made.forward.inputs].index(symbol)
    leaves = [made.values[each.name] for each in made.forward.inputs]
    costs, places = [], []
    for step in (_STEP, -_STEP):
        moved = np.array(leaves[at])
        moved[index] += step
        places.append(float(moved[index]))
        costs.append(_cost(made, [*leaves[:at], moved, *leaves[at + 1 :]]))
    slope = (costs[0] - costs[1]) / (places[0] - places[1])
    return Proof(symbol, index, float(line.value[index]), slope, _STEP, _two(costs))


def require_cost(made: Recording) -> None:
    """Raise `NetworkError` where there is no gradient."""
    if made.backward is None:
        raise NetworkError("Without a desired output there is no cost, and no gradient of it.")


def measured_parameter(made: Recording) -> str:
    """The parameter whose gradient is measured where none is named: a weight, of the layer that questions are about."""
    if made.architecture is None:
        return made.steps[4].lines[-1].symbol.removeprefix("dC_d")
    learned = [each for each in made.architecture.parameters if each.meaning.learned]
    return min(learned, key=lambda each: (not each.meaning.decayed, each.layer != made.layer)).name


def layers(made: Recording) -> tuple[LayerState, ...]:
    """How saturated each layer is on this example, and how ‖δ‖ changes from the last layer to the first.

    Raises `NetworkError` without a desired output.
    """
    architecture, k = require_label(made), made.example
    known = slopes(architecture, made.values)
    found = []
    for layer in architecture.layers:
        slope = known.get(f"z{layer}")
        flat = None if slope is None else int((np.abs(slope[:, k]) < FLAT).sum())
        weights = [each.name for each in architecture.of_layer(layer) if each.meaning.decayed]
        gradients = [made.values[f"dC_d{each}"].ravel() for each in weights]
        error, gradient = made.values[f"δ{layer}"][:, k], np.concatenate([*gradients, np.zeros(0)])
        norms = (float(np.linalg.norm(each)) for each in (error, gradient))
        found.append(LayerState(layer, architecture.sizes[layer - 1], flat, *norms))
    return tuple(found)


# ---- within ----------------------------------------------------------------------------------------------------------


def _network(made: Recording) -> Architecture:
    if made.architecture is None:
        raise NetworkError("{name} is a function, and this is asked of a network's neurons.", name=made.name)
    return made.architecture


def require_label(made: Recording) -> Architecture:
    """The layers of a network whose error is known. Raises `NetworkError` where it is not."""
    architecture = _network(made)
    if made.backward is None:
        raise NetworkError("Without a desired output there is no error; give the label too.")
    return architecture


def _parts(weights: Array, values: Array) -> tuple[Part, ...]:
    products = weights * values
    order = np.argsort(-np.abs(products), kind="stable")
    return tuple(Part(int(k), float(weights[k]), float(values[k]), float(products[k])) for k in order)


def _outputs(architecture: Architecture, parameters: Sequence[Array], a1: Array) -> Array:
    outputs: Array = programs(architecture, a1.shape[1], training=False).feedforward(*parameters, a1)
    return outputs


def _against(made: Recording, stepped: dict[str, Array]) -> Iterator[Against]:
    """The right answer and the network's, where the step moves them against their errors."""
    last, z = len(made.sizes), output_of(made)
    error, hidden = made.values[f"δ{last}"][:, made.example], f"a{last - 1}"
    given = Evaluator({**made.values, **made.facts, **{f"after {name}": value for name, value in stepped.items()}})
    for neuron in dict.fromkeys(each for each in (made.label, made.answer) if each is not None):
        if not given.value(moved_back(made, neuron)):
            continue
        moved = made.values, step_values(made, [last]), stepped
        start, alone, end = (float(each[z][neuron, made.example]) for each in moved)
        most = None
        if last > 2 and _network(made).layer(last).normalization == "none":
            shifts = (stepped[hidden] - made.values[hidden])[:, made.example]
            parts = _parts(stepped[f"w{last}"][neuron], shifts)
            most = next((part for part in parts if part.product * (end - start) > 0), None)
        leader = int(np.argmax(np.abs(error)))
        times = float(abs(error[leader] / error[neuron]))
        yield Against(
            neuron, float(error[neuron]), (start, alone, end), most, None if leader == neuron else leader, times
        )


def _slope_of_difference(made: Recording, this: int, other: int) -> Array:
    """The derivative of z_this − z_other with respect to each input, by the feedforward program itself."""
    architecture = _network(made)
    program = programs(architecture, 1, training=False).feedforward
    last = len(architecture.sizes)
    named = {equation.target.name: equation.target for equation in program.equations}
    z = named.get(f"z{last}", named[f"a{last}"])
    to_z = Program(program.name, program.inputs, program.equations, (z,), program.arguments, program.results)
    parameters = [made.values[name] for name in architecture.shapes]

    def difference(a1: Any) -> Any:
        z = to_z(*parameters, a1)
        return z[this, 0] - z[other, 0]

    slope: Array = grad(difference)(made.values["a1"][:, [made.example]])
    return slope[:, 0]


def _cost(made: Recording, leaves: Sequence[Array]) -> float:
    """C of other values: the forward program, its arguments nested as they were."""
    rest = iter(leaves)
    return float(made.forward(*(tree.build(rest) for _, tree in made.forward.arguments)))


def _two(pair: Sequence[Any]) -> tuple[Any, Any]:
    first, second = pair
    return first, second
