"""What happens to the article's digit in each step, in words with its own numbers."""

from __future__ import annotations

from collections.abc import Callable

from ..show.numbers import figure
from . import questions
from .recording import Recording
from .steps import SLOPE

Element = Callable[..., object]


def walk(made: Recording, step: int, element: Element) -> tuple[str, dict[str, object]] | None:
    """The key of the words for a step of an explanation with a label, and what stands in them; nothing where there is
    nothing to say. `element` writes a symbol with its index."""
    last, label, answer = len(made.sizes), made.label, made.answer
    assert label is not None
    layer, neuron = made.chosen

    def number(name: str, k: int) -> float:
        return float(made.values[name][k, made.example])

    if step == 1:
        pixels = made.values["a1"][:, made.example]
        ink = int((pixels > 0).sum())
        return "walk input", {"ink": f"{ink:,}", "blank": f"{pixels.size - ink:,}"}
    if step == 2:
        value = questions.value_of(made, layer, neuron)
        return "walk feedforward" + " right" * (label == answer), {
            "neuron": neuron, "layer": layer, "count": f"{len(value.parts):,}", "total": figure(value.total),
            "bias": figure(value.bias), "z": figure(value.z), "a": figure(value.a),
            "answer": answer, "value": figure(float(made.outputs[answer])),
            "label": label, "truth": figure(float(made.outputs[label])),
        }  # fmt: skip
    if step == 3 and SLOPE in made.values and label != answer:
        up, down = (questions.blame(made, last, k) for k in (label, answer))
        if up.slope is None or down.slope is None:
            return None
        return "walk error", {
            "label": label, "truth": figure(float(made.outputs[label])), "up": figure(number(SLOPE, label)),
            "slope_up": figure(up.slope), "delta_up": figure(up.delta),
            "answer": answer, "value": figure(float(made.outputs[answer])), "down": figure(number(SLOPE, answer)),
            "slope_down": figure(down.slope), "delta_down": figure(down.delta),
        }  # fmt: skip
    if step == 4 and layer < last:
        found = questions.blame(made, layer, neuron)
        if found.slope is None:
            return None
        part = found.parts[0]
        return "walk backwards " + ("down" if found.delta > 0 else "up"), {
            "neuron": neuron, "layer": layer, "after": layer + 1, "from": part.neuron,
            "w": element(f"w{layer + 1}", part.neuron, neuron), "weight": figure(part.weight),
            "error": figure(part.value), "product": figure(part.product), "total": figure(found.total),
            "slope": figure(found.slope), "delta": figure(found.delta),
        }  # fmt: skip
    if step == 5:
        line = made.line(f"dC_dw{layer}")
        j, k = line.numbers[0].index
        gradient = float(line.value[j, k])
        return "walk gradients " + ("rises" if gradient > 0 else "falls"), {
            "w": element(f"w{layer}", j, k), "delta": figure(number(f"δ{layer}", j)),
            "a": figure(number(f"a{layer - 1}", k)), "gradient": figure(gradient), "change": figure(abs(0.01 * gradient)),
        }  # fmt: skip
    return None
