"""What the page offers is what the package declares: its script has no list of its own."""

import json

import chainrule as cr
from chainrule.network.activations import ACTIVATIONS
from chainrule.network.costs import COSTS
from chainrule.network.initializers import INITIALIZERS
from chainrule.network.kinds import NORMALIZATIONS
from chainrule.training.optimizers import OPTIMIZERS
from chainrule.web.app import FILES


def test_the_page_offers_what_is_declared():
    script = FILES["choices.js"].decode()
    offered = json.loads(script.removeprefix("export const CHOICES = ").rstrip(";\n"))
    assert offered["initializer"] == list(INITIALIZERS)
    assert offered["optimizer"] == list(OPTIMIZERS)
    assert offered["normalization"] == list(NORMALIZATIONS)
    assert set(ACTIVATIONS) - set(offered["activation"]) == {"linear", "softmax"}
    assert set(COSTS) - set(offered["cost"]) == {"mean-squared-error", "mean-absolute-error", "huber", "hinge"}
    for activation in offered["activation"]:
        for cost in offered["cost"]:
            cr.Network([784, 3, 10], activation=activation, cost=cost)


def test_the_script_lists_none_of_them_again():
    script = FILES["train.js"].decode()
    assert 'import { CHOICES } from "./choices.js"' in script
    assert not [each for each in (*ACTIVATIONS, *COSTS, *OPTIMIZERS) if f'"{each}", "' in script]
