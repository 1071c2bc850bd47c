"""`chainrule evaluate`: how many images a saved network reads right."""

from __future__ import annotations

import argparse
import functools
import json
import sys

from ..saved import load
from ..show.language import say, spoken
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
    screen = Screen(sys.stdout)
    language = spoken(values.lang, screen.encoding)
    key = functools.partial(say, language)
    entry(screen, key("training.key.network"), *network_line(net.architecture, language))
    name = key("training.mnist") if values.data is None else name
    entry(screen, key("training.key.data"), name, key("tables.to test", count=len(images.labels)))
    result = f"C = {score.cost:.4f}" if score.correct is None else percent(score.accuracy)
    entry(screen, key("training.key.test"), result, read_right(score.correct, score.total, language))
    return 0
