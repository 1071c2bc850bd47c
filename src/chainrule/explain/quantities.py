"""Quantities of an explained network as expressions over its values, for sentences, answers and numbers alike."""

from __future__ import annotations

import numpy as np

from ..core.nouns import Array
from .recording import Recording
from .vocabulary import TRUE, Expression
from .windows import kind, place_of, pool, pools_apart

FLAT = 0.01  # a slope below it lets hardly any error pass
SLOPE = "nabla_a"  # ∇ₐC, the derivative of the cost with respect to the outputs
Factors = tuple[Expression, Expression]
"""Weights, and what is multiplied by them: vectors."""


def at(symbol: str, *index: Expression) -> Expression:
    """An element of a value."""
    return ("at", symbol, *index)


def of_example(symbol: str) -> Expression:
    """The column of a value that belongs to the example."""
    return ("column", symbol, "example")


def of_neuron(symbol: str, neuron: Expression) -> Expression:
    """The number of a neuron on the example."""
    return at(symbol, neuron, "example")


def largest(values: Expression) -> Expression:
    """The place of a vector's element of the largest size."""
    return ("largest", values, 0)


# ---- a layer -----------------------------------------------------------------------------------------------------------


def weighted_input(made: Recording, layer: int) -> str:
    """The symbol z of a layer; a where the two are not told apart."""
    return f"z{layer}" if f"z{layer}" in made.values else f"a{layer}"


def has_slope(made: Recording, layer: int) -> bool:
    """Whether each neuron of a layer has a slope of its own."""
    assert made.architecture is not None
    return made.architecture.layer(layer).applied.elementwise and f"z{layer}" in made.values


def has_error(made: Recording, layer: int) -> bool:
    """Whether the error of a layer is known: not without a desired output, nor of a first layer that learns nothing."""
    return f"δ{layer}" in made.values


def saturated(layer: int) -> Expression:
    """How many neurons of a layer are saturated on the example."""
    return ("count", ("<", ("abs", of_example(f"slope{layer}")), FLAT))


def error_length(layer: int) -> Expression:
    """‖δ‖ of a layer on the example."""
    return ("norm", of_example(f"δ{layer}"))


def gradient_length(made: Recording, layer: int) -> Expression:
    """‖∂C/∂w‖ over all weights of a layer; 0 where it has none."""
    assert made.architecture is not None
    weights = [f"dC_d{each.name}" for each in made.architecture.of_layer(layer) if each.meaning.decayed]
    return ("norm", *weights) if weights else 0


def normalizes(made: Recording, layer: int) -> bool:
    """Whether a layer normalizes its sums of products before they become z."""
    assert made.architecture is not None
    return made.architecture.layer(layer).normalization != "none" and kind(made, layer) != "convolution"


# ---- a neuron ----------------------------------------------------------------------------------------------------------


def chosen_by(made: Recording, layer: int) -> str:
    """The symbol that chooses the neuron of a layer that is followed: the one of the largest error or, where errors are not
    known and of the outputs, of the largest activation."""
    return f"{'a' if not has_error(made, layer) or layer == len(made.sizes) else 'δ'}{layer}"


def of_chosen(made: Recording, symbol: str, layer: int) -> Expression:
    """The number of the chosen neuron of a layer on the example."""
    return at(symbol, *place(made, layer))


def bias(made: Recording, layer: int) -> Expression:
    """The bias of the chosen neuron of a layer, or of its map."""
    return at(f"b{layer}", *((0, f"map{layer}", 0, 0) if made.maps(layer) else (f"neuron{layer}", 0)))


def place(made: Recording, layer: int) -> tuple[Expression, ...]:
    """Where the chosen neuron of a layer stands in its activations, errors and slopes."""
    if made.maps(layer):
        return "example", f"map{layer}", f"row{layer}", f"column{layer}"
    if made.places(layer):
        return "example", f"place{layer}", f"channel{layer}"
    return f"neuron{layer}", "example"


def incoming(made: Recording, layer: int, neuron: Expression) -> Factors:
    """The weights that lead to a neuron, and the activations that come through them."""
    if made.maps(layer):
        return f"kernel {layer}", f"window {layer}"
    return ("row", f"w{layer}", neuron), of_example(f"a{layer - 1}")


def scaled(layer: int, neuron: Expression) -> Expression:
    """γ u: the sum of a neuron, normalized and scaled, to which its bias is added."""
    return ("*", at(f"gamma{layer}", neuron, 0), of_neuron(f"u{layer}", neuron))


def error_sent_back(made: Recording, layer: int) -> str:
    """The error that a layer sends back through its weights: the one that their gradient is made of."""
    formula = made.line(f"dC_dw{layer}").formula
    assert formula is not None
    return formula.terms[0].name


def pooled_error(made: Recording, layer: int) -> Expression | None:
    """The error that the chosen neuron of a layer is given by the pooling, flattening or adding layer after it; nothing where
    what follows is another layer, or its windows overlap."""
    after = f"δ{layer + 1}"
    if kind(made, layer + 1) == "residual":
        return of_chosen(made, after, layer)
    if kind(made, layer + 1) == "flattened":
        return at(after, f"neuron{layer}", "example")
    found = pool(made, layer, made.neuron(layer)) if made.maps(layer) else None
    if found is None:
        return 0 if pools_apart(made, layer + 1) else None
    error = at(after, "example", *found.place)
    if kind(made, layer + 1) == "averaged":
        return ("/", error, found.values.size)
    return error if found.winner == place_of(made, layer, made.neuron(layer))[1:] else 0


def past_skipped(made: Recording, layer: int) -> list[int]:
    """The layers that add to their input what a layer gives, past those between: their errors come back to it, too."""
    assert made.architecture is not None
    every = made.architecture.layers
    return [each for each in every if (back := made.architecture.layer(each).back) and each - 1 - back == layer]


def outgoing(made: Recording, layer: int, neuron: Expression) -> Factors:
    """The weights that lead from a neuron to the layer after it, and the errors that come back through them."""
    if made.maps(layer + 1):
        return f"sent {layer}", f"errors {layer}"
    return ("column", f"w{layer + 1}", neuron), of_example(error_sent_back(made, layer + 1))


def elements(made: Recording, name: str) -> list[tuple[Expression, tuple[Expression, ...]]]:
    """The elements of a value whose numbers are shown, each with the condition that it is.

    Of a layer that is the chosen neuron; of the outputs first the truth. Of anything else it is the largest.
    """
    if made.reading is not None:
        return [(TRUE, _of_reading(made, name))]
    value, last = made.values[name], len(made.sizes)
    layer = last if name == SLOPE else made.layer_of(name)
    if not value.size or value.ndim > 4 or np.isneginf(value).any():  # −∞ is what attention does not see
        return []
    if value.ndim == 4 and layer > 1 and (maps := made.maps(layer)):
        fits = name.startswith("dC_d") or value.shape[1:] == maps
        return [(TRUE, _element_of_maps(name, value, layer))] if fits else []
    if layer > 1 and value.ndim == 3 and value.shape[1:] == made.places(layer) and not name.startswith("dC_d"):
        return [(TRUE, ("example", f"place{layer}", f"channel{layer}"))]
    if not layer or value.ndim != 2 or value.shape[0] not in (1, made.sizes[layer - 1]):
        return [(TRUE, tuple(("largest", name, axis) for axis in range(value.ndim)))]
    rows: list[tuple[Expression, Expression]] = [(TRUE, 0 if value.shape[0] == 1 else f"neuron{layer}")]
    gradient = name.startswith("dC_d")
    if layer == last and made.label is not None and not gradient and value.shape[0] > 1:
        rows = [(TRUE, "label"), (("!=", "label", f"neuron{layer}"), f"neuron{layer}")]
    column: Expression = "example" if value.shape[1] == made.m else 0
    if gradient and value.shape[1] > 1:
        return [(shown, (row, ("largest", ("row", name, row), 0))) for shown, row in rows]
    return [(shown, (row, column)) for shown, row in rows]


def _of_reading(made: Recording, name: str) -> tuple[Expression, ...]:
    """Of a text the followed place, head and place from which it takes; of anything else the largest number."""
    shape, places = made.values[name].shape, len(made.values["tokens"])
    if name.startswith("dC_d") or name in ("wte", "wpe") or not shape:
        return tuple(("largest", name, axis) for axis in range(len(shape)))
    if len(shape) == 3 and shape[1] == places:
        last: Expression = "source" if shape[2] == places else ("largest", at(name, "head", "followed"), 0)
        return "head", "followed", last
    if shape[0] == places:
        return ("followed", ("largest", ("row", name, "followed"), 0)) if len(shape) == 2 else ("followed",)
    return tuple(("largest", name, axis) for axis in range(len(shape)))


def _element_of_maps(name: str, value: Array, layer: int) -> tuple[Expression, ...]:
    """The chosen place of a layer's maps; of its parameters those of the chosen map, of a kernel the largest number."""
    if name.startswith("dC_d"):
        if value.shape[0] == 1 and value.shape[2:] == (1, 1):
            return 0, f"map{layer}", 0, 0
        return f"map{layer}", *(("largest", ("row", name, f"map{layer}"), axis) for axis in range(3))
    return "example", f"map{layer}", f"row{layer}", f"column{layer}"


# ---- what a step changes -----------------------------------------------------------------------------------------------


def movement(made: Recording, neuron: Expression) -> tuple[Expression, Expression, Expression]:
    """The weighted input of an output before a step, after one of its own layer alone, and after the whole step."""
    z = weighted_input(made, len(made.sizes))
    before, own, after = (of_neuron(f"{when}{z}", neuron) for when in ("", "own ", "after "))
    return before, own, after


def moved_back(made: Recording, neuron: Expression) -> Expression:
    """Whether a step moves an output against its error: its weighted input, and its activation as it is shown."""
    last = len(made.sizes)
    error = of_neuron(f"δ{last}", neuron)
    moves = (
        ("-", of_neuron(f"after {name}", neuron), of_neuron(name, neuron))
        for name in (weighted_input(made, last), f"a{last}")
    )
    return ("and", *((">", ("*", move, error), 0) for move in moves))


def leader(made: Recording) -> Expression:
    """The output of the largest error."""
    return largest(of_example(f"δ{len(made.sizes)}"))


def leads_by(made: Recording, neuron: Expression) -> Expression:
    """How many times as large as that of an output the largest error is."""
    error = f"δ{len(made.sizes)}"
    return ("/", *(("abs", of_neuron(error, each)) for each in (leader(made), neuron)))


def hidden_moves(made: Recording, neuron: Expression) -> Factors:
    """The weights that lead to an output after a step, and how far the step moves the activations that come through them."""
    last = len(made.sizes)
    hidden = f"a{last - 1}"
    return ("row", f"after w{last}", neuron), ("-", of_example(f"after {hidden}"), of_example(hidden))


def shares_hidden(made: Recording) -> bool:
    """Whether the outputs are weighted sums of neurons that a step moves, too."""
    last = len(made.sizes)
    return last > 2 and not normalizes(made, last)
