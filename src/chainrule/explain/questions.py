"""What a learner asks of an explanation, answered in numbers: why this value, why this answer, where an error comes from, what
a step of learning changes, whether a gradient is right, and where errors fade. `answers` says the same in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from ..core.nouns import Array
from .evaluation import Evaluator
from .measures import compared, require_label, require_network
from .quantities import (
    SLOPE,
    Factors,
    at,
    bias,
    error_length,
    gradient_length,
    has_error,
    has_slope,
    hidden_moves,
    incoming,
    leader,
    leads_by,
    moved_back,
    movement,
    normalizes,
    of_chosen,
    of_neuron,
    outgoing,
    past_skipped,
    pooled_error,
    saturated,
    scaled,
    shares_hidden,
    weighted_input,
)  # fmt: skip
from .recording import Recording
from .scope import evaluator
from .steps import require_error, require_neuron, require_sum
from .vocabulary import Expression


@dataclass(frozen=True)
class Part:
    """What one neuron adds to a sum: its number, the weight on the way, its activation or error, and their product."""

    neuron: int
    weight: float
    value: float
    product: float


@dataclass(frozen=True)
class Value:
    """Why a neuron has its value: the parts w_jk a_k, the largest first; their sum, the bias, z and a.

    Where the layer normalizes its sums, z = `scaled` + `bias`, where `scaled` is the sum after it is normalized and multiplied
    by its scale γ; elsewhere `scaled` is missing, and z = `total` + `bias`.
    """

    layer: int
    neuron: int
    parts: tuple[Part, ...] = field(repr=False)
    total: float
    scaled: float | None
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
    """Why `this` answer and not the `other`: what each neuron says for them, their biases, weighted inputs and activations.

    Where the answers are normalized sums, `scaled` is what the sums of the votes become before the biases are added. `pixels`
    is, for each input, how far it moved z of this answer away from that of the other: input times slope, which is exact where
    inputs and answers meet directly and nothing is normalized, and a first-order estimate elsewhere.
    """

    this: int
    other: int
    votes: tuple[Vote, ...] = field(repr=False)
    biases: tuple[float, float]
    z: tuple[float, float]
    a: tuple[float, float]
    pixels: Array = field(repr=False)
    scaled: tuple[float, float] | None = None


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
class LayerState:
    """A layer on this example: its neurons, how many are saturated, the length ‖δ‖ of its error and that of ∂C/∂w."""

    layer: int
    neurons: int
    saturated: int | None
    error: float
    gradient: float


def value_of(made: Recording, layer: int, neuron: int) -> Value:
    """Why a neuron has its value on this example. Raises `NetworkError` where there is no such neuron."""
    require_neuron(require_network(made), layer, neuron)
    require_sum(made, layer)
    made = made.following(layer, neuron)
    given = evaluator(made)
    parts, total = _parts(given, incoming(made, layer, neuron))
    ends = bias(made, layer), *(of_chosen(made, each, layer) for each in (weighted_input(made, layer), f"a{layer}"))
    product = float(given.value(scaled(layer, neuron))) if normalizes(made, layer) else None
    return Value(layer, neuron, parts, total, product, *(float(given.value(each)) for each in ends))


def why(made: Recording, this: int | None = None, other: int | None = None) -> Evidence:
    """Why this answer and not the other: without them, the network's answer and the right one, or the runner-up.

    Raises `NetworkError` where there is no such answer, or the two are one.
    """
    pair, last = compared(made, this, other), len(made.sizes)
    given = evaluator(made, pair)
    for_this, for_other = (_parts(given, incoming(made, last, each), ranked=False)[0] for each in pair)
    both = zip(for_this, for_other, strict=True)
    votes = [Vote(one.neuron, one.value, one.product, another.product) for one, another in both]
    votes.sort(key=lambda vote: -abs(vote.difference))

    def two(quantity: Callable[[int], Expression]) -> tuple[float, float]:
        one, another = (float(given.value(quantity(each))) for each in pair)
        return one, another

    biases = two(lambda each: at(f"b{last}", each, 0))
    z, a = (two(partial(of_neuron, symbol)) for symbol in (weighted_input(made, last), f"a{last}"))
    products = two(partial(scaled, last)) if normalizes(made, last) else None
    return Evidence(*pair, tuple(votes), biases, z, a, given.value("evidence"), products)


def blame(made: Recording, layer: int, neuron: int) -> Blame:
    """Where a neuron's error comes from. Raises `NetworkError` without a desired output, or such a neuron."""
    require_neuron(require_label(made), layer, neuron)
    require_error(made, layer)
    made, last = made.following(layer, neuron), len(made.sizes)
    given = evaluator(made)
    delta = float(given.value(of_chosen(made, f"δ{layer}", layer)))
    slope = float(given.value(of_chosen(made, f"slope{layer}", layer))) if has_slope(made, layer) else None
    straight = sum(float(given.value(of_chosen(made, f"δ{each}", layer))) for each in past_skipped(made, layer))
    if layer < last and (share := pooled_error(made, layer)) is not None:
        return Blame(layer, neuron, (), float(given.value(share)) + straight, slope, delta)
    if layer < last:
        require_sum(made, layer + 1)
        parts, total = _parts(given, outgoing(made, layer, neuron))
        return Blame(layer, neuron, parts, total + straight, slope, delta)
    if SLOPE in made.values and slope is not None:
        return Blame(layer, neuron, (), float(given.value(of_neuron(SLOPE, neuron))), slope, delta)
    return Blame(layer, neuron, (), delta, None, delta)


def one_step(made: Recording, others: tuple[Array, Array] | None = None) -> Change:
    """What one step of learning on this example changes; `others` are the activations (n × n1) and classes of other images.

    Raises `NetworkError` without a desired output.
    """
    require_label(made)
    given = evaluator(made, others=others)
    cost, after, outputs = (given.value(each) for each in ("cost", "after cost", f"after a{len(made.sizes)}"))
    activations = made.outputs, outputs[:, made.example]
    found = made.learning_rate, (cost, after), activations, tuple(_against(made, given))
    if others is None:
        return Change(*found)
    before, now = map(given.value, ("right", "after right"))
    return Change(*found, given.value("images"), (before, now), *map(given.value, ("became right", "became wrong")))


def layers(made: Recording) -> tuple[LayerState, ...]:
    """How saturated each layer is on this example, and how ‖δ‖ changes from the last layer to the first.

    Raises `NetworkError` without a desired output.
    """
    architecture, given = require_label(made), evaluator(made)
    found = []
    for layer in architecture.layers:
        if not has_error(made, layer):
            continue
        flat = int(given.value(saturated(layer))) if has_slope(made, layer) else None
        lengths = (float(given.value(each)) for each in (error_length(layer), gradient_length(made, layer)))
        found.append(LayerState(layer, architecture.sizes[layer - 1], flat, *lengths))
    return tuple(found)


# ---- within ------------------------------------------------------------------------------------------------------------


def _parts(given: Evaluator, factors: Factors, ranked: bool = True) -> tuple[tuple[Part, ...], float]:
    """The products of weights with what comes through them, the largest first unless they are not to be `ranked`; their sum."""
    weights, values = map(given.value, factors)
    products = weights * values
    order = np.argsort(-np.abs(products), kind="stable") if ranked else range(len(products))
    parts = tuple(Part(int(k), float(weights[k]), float(values[k]), float(products[k])) for k in order)
    return parts, float(sum(part.product for part in parts))


def _against(made: Recording, given: Evaluator) -> Iterator[Against]:
    """The right answer and the network's, where the step moves them against their errors."""
    for neuron in dict.fromkeys(each for each in (made.label, made.answer) if each is not None):
        if not given.value(moved_back(made, neuron)):
            continue
        before, own, after = (float(given.value(each)) for each in movement(made, neuron))
        most = None
        if shares_hidden(made):
            parts, _ = _parts(given, hidden_moves(made, neuron))
            most = next((part for part in parts if part.product * (after - before) > 0), None)
        delta, times = (
            float(given.value(each)) for each in (of_neuron(f"δ{len(made.sizes)}", neuron), leads_by(made, neuron))
        )
        ahead = int(given.value(leader(made)))
        yield Against(neuron, delta, (before, own, after), most, None if ahead == neuron else ahead, times)
