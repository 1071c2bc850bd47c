"""The tables of `chainrule shapes`, `evaluate` and `predict`."""

from ...core.messages import message
from . import Texts

TEXTS: Texts = {
    # ---- the dimensions of a network
    "forward": "forward",
    "backward": "backward",
    "parameters": "parameters",
    "shape": "shape",
    "equation": "equation",
    "with dimensions": "with dimensions",
    "count": "count",
    "in all": "total",
    "batch": "the batch, one column each",
    "one": "one example, as a column",
    "memory": "{size} as {dtype}, as much again for the gradients",
    "meet": "A gradient has the shape of its parameter. In a product the inner sizes match:",
    "end": ".",
    "kept": "For the backward pass, {size} of values are kept for {count:,} examples.",
    "kept one": "For the backward pass, {size} of values are kept for one example.",
    "columns": "Your arrays have one example per row, the equations one per column: a¹ = xᵀ.",
    "bytes": "{count} bytes",
    "rows × columns": " A shape is rows × columns.",
    # ---- evaluate
    "to test": "{count:,} to test",
    "confusion": "Confusion matrix: rows are true classes, columns the answers of the network:",
    "confusions": "The most frequent confusions:",
    "truth": message("it is", "table"),
    "answer": "it reads",
    "times": "times",
    "image": "image",
    "mistakes": "{count:,} mistakes; the {shown} it was most confident about:",
    "look": "how it came to misread the first one",
    # ---- predict
    "file": "file",
    "digit": "digit",
    "activation": "activation",
    "runner-up": "runner-up",
    "unsure": "unsure: {second:.2f}, sure from {least:.2f}",
    "shipped": (
        "Read by the bundled reader, a network trained on augmented digits. explain shows another, the book's network. "
        "To use your own: predict NET IMAGE..."
    ),
}
