"""`chainrule evaluate`: how many images a saved network reads right."""

from __future__ import annotations

import argparse
import json
import sys

from ..saved import load
from ..show.numbers import percent, read_right
from ..show.screen import Screen
from .sets import test_set
from .setting import entry
from .training_screen import network_line


def run(values: argparse.Namespace) -> int:
    """Count, and say so."""
    net = load(values.net)
    name, images = test_set(values.data, values.labels)
    score = net.evaluate(*images)
    if values.json:
        print(json.dumps({"correct": score.correct, "total": score.total, "accuracy": score.accuracy}))
        return 0
    layers, rest = network_line(net.architecture)
    screen = Screen(sys.stdout)
    entry(screen, "network", layers, rest)
    entry(screen, "data", name, f"{len(images.labels):,} to test")
    result = f"C = {score.cost:.4f}" if score.correct is None else percent(score.accuracy)
    entry(screen, "test", result, read_right(score.correct, score.total))
    return 0
