"""What is computed on demand for an explained example: values after a step of learning, a measured slope, evidence by pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..calculus import grad
from ..calculus.checking import measured_slope
from ..core.nouns import Array, Program
from ..network.architecture import Architecture
from ..network.equations import programs
from ..network.layers import NetworkError
from ..run import checked
from .quantities import weighted_input
from .recording import Recording
from .steps import require_neuron, require_sum

_STEP = 1e-5  # how far a parameter is nudged to measure a slope


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


def proof(made: Recording, symbol: str | None = None, index: tuple[int, ...] | None = None) -> Proof:
    """Move one number of a parameter or argument by ±0.00001, measure C twice, and hold the slope against the gradient.

    Without a symbol it is the weight of the first hidden layer whose gradient the steps work out.
    Raises `NetworkError` without a desired output, and `KeyError` for a symbol without a gradient.
    """
    require_cost(made)
    symbol = measured_parameter(made) if symbol is None else symbol
    line = made.line(f"dC_d{symbol}")
    index = line.numbers[0].index if index is None else index

    def cost(moved: Array) -> Any:
        leaves = iter([moved if each.name == symbol else made.values[each.name] for each in made.forward.inputs])
        return made.forward(*(tree.build(leaves) for _, tree in made.forward.arguments))

    slope, _, costs = measured_slope(cost, made.values[symbol], index, _STEP)
    return Proof(symbol, index, float(line.value[index]), slope, _STEP, costs)


def measured_parameter(made: Recording) -> str:
    """The parameter whose gradient is measured where none is named: a weight, of the layer that questions are about."""
    if made.reading is not None:
        return made.reading.weights[-1]
    if made.architecture is None:
        return made.steps[4].lines[-1].symbol.removeprefix("dC_d")
    learned = [each for each in made.architecture.parameters if each.meaning.learned]
    return min(learned, key=lambda each: (not each.meaning.decayed, each.layer != made.layer)).name


def step_values(made: Recording, layers: Sequence[int] = ()) -> dict[str, Array]:
    """All values of the forward program after the step, or where only the parameters of these layers take it."""
    learned = {line.symbol: line.value for line in made.steps[5].lines if not layers or line.layer in layers}
    given = {symbol.name: learned.get(symbol.name, made.values[symbol.name]) for symbol in made.forward.inputs}
    found = checked.values(made.forward, list(given.values()))
    (output,) = made.forward.outputs
    return {**found, "C": found[getattr(output, "name", "")]}


def compared(made: Recording, this: int | None = None, other: int | None = None) -> tuple[int, int]:
    """Two answers: unless they are given, the network's and the right one, or the runner-up.

    Raises `NetworkError` where there is no such answer, or the two are one.
    """
    architecture, last = require_network(made), len(made.sizes)
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
    return this, other


def evidence(made: Recording, this: int, other: int) -> Array:
    """How far each input moved z of one answer away from that of the other: input times slope, by the feedforward program."""
    architecture = require_network(made)
    program = programs(architecture, 1, training=False).feedforward
    outputs = weighted_input(made, len(made.sizes))
    z = next(each.target for each in program.equations if each.target.name == outputs)
    to_z = Program(program.name, program.inputs, program.equations, (z,), program.arguments, program.results)
    parameters = [made.values[name] for name in architecture.shapes]

    def difference(a1: Any) -> Any:
        z = to_z(*parameters, a1)
        return z[this, 0] - z[other, 0]

    batch = made.values["a1"]
    inputs = batch[:, [made.example]] if batch.ndim == 2 else batch[[made.example]]
    pixels: Array = (inputs * grad(difference)(inputs)).ravel()
    return pixels


def others_read(made: Recording, images: Array, classes: Array) -> tuple[Array, Array]:
    """Whether each of other images (activations, n × n1) is read right, before the step and after it."""
    architecture, stepped = require_label(made), step_values(made)
    feedforward, given = programs(architecture, len(images), training=False).feedforward, architecture.inputs(images)
    outputs = (feedforward(*(values[name] for name in architecture.shapes), given) for values in (made.values, stepped))
    before, after = (np.asarray(np.argmax(each, axis=0) == classes) for each in outputs)
    return before, after


# ---- of a text that is read ------------------------------------------------------------------------------------------


def losses(made: Recording) -> Array:
    """−ln p of what does come next, at each place."""
    p, targets = made.values["p"], made.values["targets"]
    found: Array = -np.log(p[np.arange(len(targets)), targets])
    return found


def sent(made: Recording) -> Array:
    """The errors that go back through attention, t × t × n: from each place to each that it took from, summed over the heads.

    What comes back through the query of a place belongs to that place. The sum over the senders is the error of n.
    """
    values = made.values
    wq, wk, wv = (values[name].reshape(len(values["q"]), -1, values[name].shape[1]) for name in ("wq", "wk", "wv"))
    found = np.einsum("hij,hic,hcn->ijn", values["attention"], values["δ_mixed"], wv)
    found += np.einsum("hij,hic,hcn->ijn", values["δ_products"], values["q"], wk)
    own = np.einsum("hic,hcn->in", values["δ_q"], wq)
    found[np.arange(len(own)), np.arange(len(own))] += own
    result: Array = found
    return result


def sent_lengths(made: Recording) -> Array:
    """The lengths of these errors, t × t."""
    found: Array = np.sqrt(np.sum(sent(made) ** 2, axis=2))
    return found


# ---- what a question needs ---------------------------------------------------------------------------------------------


def require_network(made: Recording) -> Architecture:
    """The architecture of what is explained. Raises `NetworkError` where it is a function."""
    if made.architecture is None:
        raise NetworkError("{name} is a function, and this is asked of a network's neurons.", name=made.name)
    return made.architecture


def require_label(made: Recording) -> Architecture:
    """The architecture of a network whose error is known. Raises `NetworkError` where it is not."""
    architecture = require_network(made)
    if made.backward is None:
        raise NetworkError("Without a desired output there is no error; give the label too.")
    return architecture


def require_cost(made: Recording) -> None:
    """Raise `NetworkError` where there is no gradient."""
    if made.backward is None:
        raise NetworkError("Without a desired output there is no cost, and no gradient of it.")
