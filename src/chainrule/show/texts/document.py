"""What the explanation says as a document, beside the words of its steps: title, introduction, headings, captions.

A zero-width space stands where a Chinese heading may break.
"""

from ...core.messages import message
from . import Texts

TEXTS: Texts = {
    # ---- the top
    "kind": "explain",
    "wrong": "Why did the network read this {label} as {answer}?",
    "right": "How did the network read this {label}?",
    "unknown": "What does the network read here?",
    "regression": "How does the network come to its answer?",
    "function": "The derivative of {name}, line by line",
    "network": "A network of {sizes} neurons.",
    "gives": "It gives {answer} an activation of {activation}.",
    "gives truth": "It gives {answer} an activation of {activation}, and {label}, the truth, {truth}.",
    "costs": "The cost of this answer is {cost}.",
    "batch": (
        "There are {m} examples, one per column; pictures and numbers of a single one belong to example {example}, "
        "counted from 0. This C is the mean over all examples; in the equations, C is their sum."
    ),
    "below": (
        "Below is everything that happened, in the five steps of backpropagation and one update. Each symbol keeps its "
        "color; its dimensions are written below it."
    ),
    "below forward": (
        "Below is everything that happened on the way to this answer. Each symbol keeps its color; its dimensions are "
        "written below it. To see what the network would learn from it, say what it should have read."
    ),
    "below function": (
        "Below is every line of the function and of its derivative, on the given values. Each symbol keeps its color; "
        "its dimensions are written below it."
    ),
    "colors": "In the pictures:",
    "colors activation": "activation",
    "colors signed": "below zero, zero, above zero",
    "it is": "it is",
    "it reads": "it reads",
    "counted": (
        "Neurons are counted from 0, as in Python, so output 3 is the answer 3; layers are counted from 1, the input. "
        "A weight has two indices: first the neuron that it leads to, then the one that it comes from. Numbers are "
        "rounded for display, and computed in full."
    ),
    # ---- lines
    "chosen": "with numbers, neuron {neuron} of layer {layer}",
    "chosen because": "{head}, followed here because {why}",
    "with numbers": "with numbers",
    "derivative of": "derivative of",
    "layer": "Layer {layer}",
    "flat": (
        "{count} of {total} neurons of layer {layer} are saturated (gray): {slope} is below 0.01 there, so"
        " hardly any error "
        "passes."
    ),
    "none saturated": (
        "None of the {total} neurons of layer {layer} is saturated: {slope} is at least 0.01 everywhere, and "
        "errors can pass."
    ),
    "saturated neurons": (
        "{count} of {total} neurons of layer {layer} are saturated: they sit on the flat parts of the "
        "curve (gray), where its "
        "slope {slope} is below 0.01. Hardly any error will get back through them."
    ),
    "lying": "row by row, drawn sideways",
    "card": "1 of {count}: neuron {neuron}",
    "as row": "as a row",
    "this example": "example {example} of {count}",
    "after": message("after", "step"),
    "before": message("before", "step"),
    "rate": "learning rate",
    # ---- the answer
    # ---- the end
    "dimensions": "All dimensions on one page",
    "dimensions words": "A gradient has the shape of its parameter or argument; an error has the shape of its layer.",
    "symbol": "symbol",
    "equation": "equation",
    "with dimensions": "with dimensions",
    "dimension": "dimensions",
}
