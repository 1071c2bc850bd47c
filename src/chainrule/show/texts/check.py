"""What `chainrule check` says of a network's gradients: what was measured, on what, and whether it agrees."""

from . import Texts

TEXTS: Texts = {
    "network": "network",
    "data": "data",
    "digits": "{count} test digits",
    "images": "{count} test images",
    "random": "{count} examples of random numbers",
    "float64": "in float64",
    # ---- the table ----
    "parameter": "parameter",
    "shape": "shape",
    "measured": "measured",
    "derivative": "derivative",
    "slope": "slope",
    "relative error": "relative error",
    "worst": (
        "Each row shows the worst number measured in a parameter. It is moved a little up and a little down, and the "
        "cost is computed each time."
    ),
    "rises": "Does the cost fit its gradient? Along the gradient, C rises with a measured slope of ",
    "promises": "; the length of the gradient is ",
    # ---- the verdict ----
    "right": "All gradients are right ✓",
    "wrong": "The gradient of {place} is wrong: ",
    "off": "it is off by {error}, where {allowed} is allowed.",
    "unmeasured": "The cost is infinite here, because outputs are rounded to 0 or 1: no slope can be measured.",
    "apart": "The cost does not fit its gradient.",
}
