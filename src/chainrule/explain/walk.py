"""What happens to the article's digit in each step, in words with its own numbers: data, as in `outline`."""

from __future__ import annotations

from collections.abc import Iterator

from .outline import at, sentence
from .recording import Recording
from .steps import SLOPE, elements, has_slope
from .vocabulary import Choice, Expression, Item, Name, Part, Slot, either


def walk(made: Recording, step: int) -> Iterator[Item]:
    """What is said of a step of an explanation with a label, where there is something to say."""
    last, layer = len(made.sizes), made.layer
    neuron, outputs = f"neuron{layer}", f"a{len(made.sizes)}"
    chosen: dict[str, Part] = {"neuron": Slot(neuron, "count"), "layer": str(layer)}
    answers: dict[str, Part] = {
        "label": Slot("label", "count"), "truth": Slot(at(outputs, "label", "example")),
        "answer": Slot("answer", "count"), "value": Slot(at(outputs, "answer", "example")),
    }  # fmt: skip

    def sums(products: Expression) -> dict[str, Part]:
        return {"total": Slot(("sum", products))}

    if step == 1:
        inked: Expression = ("count", (">", ("column", "a1", "example"), 0))
        blank: Expression = ("-", "n1", inked)
        yield sentence(
            "In this digit, {ink} pixels have ink. The other {blank} are 0: whatever their weights, they add nothing.",
            ink=Slot(inked, "count"),
            blank=Slot(blank, "count"),
        )
    if step == 2:
        products: Expression = ("*", ("row", f"w{layer}", neuron), ("column", f"a{layer - 1}", "example"))
        z = f"z{layer}" if f"z{layer}" in made.values else f"a{layer}"
        slots = chosen | answers | sums(products)
        slots |= {
            "count": Slot(("size", products), "count"), "bias": Slot(at(f"b{layer}", neuron, 0)),
            "z": Slot(at(z, neuron, "example")), "a": Slot(at(f"a{layer}", neuron, "example")),
        }  # fmt: skip
        yield either(
            ("==", "label", "answer"),
            sentence(
                "Take neuron {neuron} of layer {layer}: its {count} products w a add up to {total}, its bias "
                "is {bias}, so z = {z} and a = σ(z) = {a}. At the end, output {answer} is the largest, "
                "{value}, and the network correctly reads a {answer}.",
                **slots,
            ),
            sentence(
                "Take neuron {neuron} of layer {layer}: its {count} products w a add up to {total}, its bias "
                "is {bias}, so z = {z} and a = σ(z) = {a}. At the end, output {answer} is the largest, "
                "{value}, and the network reads a {answer}. The digit is a {label}, whose output is only "
                "{truth}.",
                **slots,
            ),
        )
    if step == 3 and SLOPE in made.values and has_slope(made, last):
        slots = answers
        for way, output in (("up", "label"), ("down", "answer")):
            for name, symbol in ((way, SLOPE), (f"slope_{way}", f"slope{last}"), (f"delta_{way}", f"δ{last}")):
                slots[name] = Slot(at(symbol, output, "example"))
        yield Choice(
            (
                (
                    ("!=", "label", "answer"),
                    (
                        sentence(
                            "Output {label} should be 1 and is {truth}, so ∇ₐC is {up} there: it is too low. Output "
                            "{answer} should be 0 and is {value}, so ∇ₐC is {down}: it is too high. The slopes σ′ are "
                            "{slope_up} and {slope_down}, and the products are the errors δ: {delta_up} and {delta_down}. "
                            "A δ below 0 says push z up; above 0, push it down.",
                            **slots,
                        ),
                    ),
                ),
            )
        )
    if step == 4 and layer < last and has_slope(made, layer):
        w, error = f"w{layer + 1}", f"δ_s{layer + 1}" if f"δ_s{layer + 1}" in made.values else f"δ{layer + 1}"
        products = ("*", ("column", w, neuron), ("column", error, "example"))
        first: Expression = ("largest", products, 0)
        delta = at(f"δ{layer}", neuron, "example")
        slots = chosen | sums(products)
        slots |= {
            "after": str(layer + 1), "from": Slot(first, "count"), "w": Name(w, (first, neuron)),
            "weight": Slot(at(w, first, neuron)),
            "error": Slot(at(error, first, "example")), "product": Slot(("at", products, first)),
            "slope": Slot(at(f"slope{layer}", neuron, "example")), "delta": Slot(delta),
        }  # fmt: skip
        yield either(
            (">", delta, 0),
            sentence(
                "Neuron {neuron} of layer {layer} again: its largest share comes from neuron {from} of layer "
                "{after}, whose error {error} times the weight {w} = {weight} is {product}. All shares add up "
                "to {total}; times the neuron’s own slope {slope} that is δ = {delta}, above 0: this neuron "
                "should fire less.",
                **slots,
            ),
            sentence(
                "Neuron {neuron} of layer {layer} again: its largest share comes from neuron {from} of layer "
                "{after}, whose error {error} times the weight {w} = {weight} is {product}. All shares add up "
                "to {total}; times the neuron’s own slope {slope} that is δ = {delta}, below 0: this neuron "
                "should fire more.",
                **slots,
            ),
        )
    if step == 5:
        j, k = elements(made, f"dC_dw{layer}")[0][1]
        gradient = at(f"dC_dw{layer}", j, k)
        slots = {
            "w": Name(f"w{layer}", (j, k)), "delta": Slot(at(f"δ{layer}", j, "example")),
            "a": Slot(at(f"a{layer - 1}", k, "example")), "gradient": Slot(gradient),
            "change": Slot(("abs", ("*", 0.01, gradient))),
        }  # fmt: skip
        yield either(
            (">", gradient, 0),
            sentence(
                "For example, {w} has the error {delta} after it and the activation {a} before it; their "
                "product is {gradient}. Make this weight larger by 0.01, and the cost rises by about "
                "{change}: so it should become smaller.",
                **slots,
            ),
            sentence(
                "For example, {w} has the error {delta} after it and the activation {a} before it; their "
                "product is {gradient}. Make this weight larger by 0.01, and the cost falls by about "
                "{change}: so it should become larger.",
                **slots,
            ),
        )
