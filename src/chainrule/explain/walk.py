"""What happens to the article's digit in each step, told with its own numbers: data, as in `outline`."""

from __future__ import annotations

from collections.abc import Iterator

from .quantities import (
    SLOPE,
    at,
    elements,
    has_slope,
    incoming,
    largest,
    of_example,
    of_neuron,
    outgoing,
    weighted_input,
)
from .recording import Recording
from .vocabulary import Expression, Item, Name, Part, Slot, either, sentence, where


def walk(made: Recording, step: int) -> Iterator[Item]:
    """What is said of a step of an explanation with a label, where there is something to say."""
    last, layer = len(made.sizes), made.layer
    j, outputs = f"neuron{layer}", f"a{last}"
    neuron: dict[str, Part] = {"neuron": Slot(j, "count"), "layer": str(layer)}
    answers: dict[str, Part] = {
        "label": Slot("label", "count"), "truth": Slot(of_neuron(outputs, "label")),
        "answer": Slot("answer", "count"), "value": Slot(of_neuron(outputs, "answer")),
    }  # fmt: skip
    slots: dict[str, Part]
    if step == 1:
        inked: Expression = ("count", (">", of_example("a1"), 0))
        yield sentence(
            "In this digit, {ink} pixels have ink. The other {blank} are 0: whatever their weights, they add nothing.",
            ink=Slot(inked, "count"), blank=Slot(("-", "n1", inked), "count"),
        )  # fmt: skip
    if step == 2:
        factors = incoming(made, layer, j)
        slots = neuron | answers | {
            "count": Slot(("size", factors[0]), "count"), "total": Slot(("sum", ("*", *factors))),
            "bias": Slot(at(f"b{layer}", j, 0)), "z": Slot(of_neuron(weighted_input(made, layer), j)),
            "a": Slot(of_neuron(f"a{layer}", j)),
        }  # fmt: skip
        right = sentence(
            "Take neuron {neuron} of layer {layer}: its {count} products w a add up to {total}, its bias is {bias}, so z = "
            "{z} and a = σ(z) = {a}. At the end, output {answer} is the largest, {value}, and the network correctly reads a "
            "{answer}.", **slots,
        )  # fmt: skip
        wrong = sentence(
            "Take neuron {neuron} of layer {layer}: its {count} products w a add up to {total}, its bias is {bias}, so z = "
            "{z} and a = σ(z) = {a}. At the end, output {answer} is the largest, {value}, and the network reads a {answer}. "
            "The digit is a {label}, whose output is only {truth}.", **slots,
        )  # fmt: skip
        yield either(("==", "label", "answer"), right, wrong)
    if step == 3 and SLOPE in made.values and has_slope(made, last):
        slots = answers
        for way, output in (("up", "label"), ("down", "answer")):
            for name, symbol in ((way, SLOPE), (f"slope_{way}", f"slope{last}"), (f"delta_{way}", f"δ{last}")):
                slots[name] = Slot(of_neuron(symbol, output))
        words = sentence(
            "Output {label} should be 1 and is {truth}, so ∇ₐC is {up} there: it is too low. Output {answer} should be 0 and "
            "is {value}, so ∇ₐC is {down}: it is too high. The slopes σ′ are {slope_up} and {slope_down}, and the products "
            "are the errors δ: {delta_up} and {delta_down}. A δ below 0 says push z up; above 0, push it down.", **slots,
        )  # fmt: skip
        yield where(("!=", "label", "answer"), words)
    if step == 4 and layer < last and has_slope(made, layer):
        factors = outgoing(made, layer, j)
        products: Expression = ("*", *factors)
        first, delta = largest(products), of_neuron(f"δ{layer}", j)
        weight, error, product = (Slot(("at", each, first)) for each in (*factors, products))
        slots = neuron | {
            "after": str(layer + 1), "from": Slot(first, "count"), "w": Name(f"w{layer + 1}", (first, j)),
            "weight": weight, "error": error, "product": product, "total": Slot(("sum", products)),
            "slope": Slot(of_neuron(f"slope{layer}", j)), "delta": Slot(delta),
        }  # fmt: skip
        less = sentence(
            "Neuron {neuron} of layer {layer} again: its largest share comes from neuron {from} of layer {after}, whose "
            "error {error} times the weight {w} = {weight} is {product}. All shares add up to {total}; times the neuron’s "
            "own slope {slope} that is δ = {delta}, above 0: this neuron should fire less.", **slots,
        )  # fmt: skip
        more = sentence(
            "Neuron {neuron} of layer {layer} again: its largest share comes from neuron {from} of layer {after}, whose "
            "error {error} times the weight {w} = {weight} is {product}. All shares add up to {total}; times the neuron’s "
            "own slope {slope} that is δ = {delta}, below 0: this neuron should fire more.", **slots,
        )  # fmt: skip
        yield either((">", delta, 0), less, more)
    if step == 5:
        row, k = elements(made, f"dC_dw{layer}")[0][1]
        gradient = at(f"dC_dw{layer}", row, k)
        slots = {
            "w": Name(f"w{layer}", (row, k)), "delta": Slot(of_neuron(f"δ{layer}", row)),
            "a": Slot(of_neuron(f"a{layer - 1}", k)), "gradient": Slot(gradient),
            "change": Slot(("abs", ("*", 0.01, gradient))),
        }  # fmt: skip
        rises = sentence(
            "For example, {w} has the error {delta} after it and the activation {a} before it; their product is {gradient}. "
            "Make this weight larger by 0.01, and the cost rises by about {change}: so it should become smaller.", **slots,
        )  # fmt: skip
        falls = sentence(
            "For example, {w} has the error {delta} after it and the activation {a} before it; their product is {gradient}. "
            "Make this weight larger by 0.01, and the cost falls by about {change}: so it should become larger.", **slots,
        )  # fmt: skip
        yield either((">", gradient, 0), rises, falls)
