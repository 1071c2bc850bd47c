"""What the default learning rates and initializers train: each option of the command line alone, 200 of their combinations
drawn with a fixed seed, and what `find_learning_rate` advises beside the best rate of a grid.

Runs that are among the results already, of the same machine and with the same learning rate, are not made again, so that it
can be stopped and goes on: `python benchmarks/defaults.py [--only rates]`.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import numpy as np

import chainrule as cr
from chainrule.network.activations import ACTIVATIONS
from chainrule.network.costs import COSTS
from chainrule.network.initializers import INITIALIZERS
from chainrule.network.normalizations import NORMALIZATIONS
from chainrule.training.loop import DivergenceError
from chainrule.training.optimizers import OPTIMIZERS
from machine import line, machine

HERE = Path(__file__).parent
EPOCHS, ENOUGH = 3, 85.0
COMBINATIONS, SEED = 200, 0
OPTIONS = {
    "optimizer": tuple(OPTIMIZERS),
    "activation": tuple(ACTIVATIONS),
    "cost": tuple(COSTS),
    "initializer": tuple(INITIALIZERS),
    "normalization": NORMALIZATIONS,
}
USUAL = {
    "optimizer": "sgd",
    "activation": "sigmoid",
    "cost": "quadratic",
    "initializer": "default",
    "normalization": "none",
}


def alone() -> list[dict]:
    """The defaults, and each other choice of one option."""
    return [USUAL, *({**USUAL, name: each} for name, of in OPTIONS.items() for each in of if each != USUAL[name])]


def combinations() -> list[dict]:
    """Choices of all five options, no two alike."""
    random, found = np.random.default_rng(SEED), []
    while len(found) < COMBINATIONS:
        drawn = {name: of[random.integers(len(of))] for name, of in OPTIONS.items()}
        if drawn not in found:
            found.append(drawn)
    return found


def exception(chosen: dict) -> str:
    """Why this need not train, if so."""
    if chosen["initializer"] == "zeros":
        return "zeros: all neurons of a hidden layer stay alike"
    return ""


def network(chosen: dict) -> cr.Network:
    """The network of these choices."""
    return cr.Network([784, 30, 10], seed=0, **{name: each for name, each in chosen.items() if name != "optimizer"})


def run(chosen: dict, images: int = 50_000) -> dict:
    """Train with these choices and the default learning rate, and read the validation images."""
    train, valid, _ = cr.datasets.mnist()
    net, began = network(chosen), time.process_time()
    found = {"chosen": chosen, "learning_rate": net.default_learning_rate(chosen["optimizer"])}
    try:
        net.fit(train.images[:images], train.labels[:images], epochs=EPOCHS, optimizer=chosen["optimizer"], executor="numpy")
    except DivergenceError as error:
        found["error"] = str(error)
    right = 100 * net.score(*valid)
    return found | {"right": round(right, 2), "seconds": round(time.process_time() - began, 1)}
