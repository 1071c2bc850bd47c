"""`chainrule evaluate`: the accuracy of a saved network, its confusion matrix, and its mistakes."""

from __future__ import annotations

import functools

import numpy as np

from ..saved import load
from ..show.language import say, translated
from ..show.numbers import class_text, percent, read_right
from ..show.screen import Cell
from . import table
from .arguments import Values
from .commands import EVALUATE
from .confusion import SHOWN, TRUTH, draw_confusion
from .entries import entry, with_words
from .functions import read_network
from .lessons import EXPLAIN
from .parsing import command_line
from .sets import require_classes, tested_images
from .streams import output, print_json
from .training_screen import network_line


def run(values: Values) -> int:
    """Evaluate, and print the result."""
    net = read_network(load, values.net, values.functions)
    if table.is_of_table(net):
        return table.evaluate(net, values)
    require_classes(net, values.net, "evaluate")
    again = command_line(EVALUATE, values, data="DATA")
    tested = tested_images(net, values.net, values.data, values.labels, again)
    images = tested.examples
    score = net.evaluate(*images)
    activations = net(images.images)
    answers = activations.argmax(axis=1)
    counts = np.zeros((net.sizes[-1],) * 2, int)
    np.add.at(counts, (images.labels, answers), 1)
    wrong = np.flatnonzero(answers != images.labels)
    surest = wrong[np.argsort(-activations[wrong, answers[wrong]], kind="stable")]
    if values.json:
        mistakes = [
            {"index": at, "label": int(images.labels[at]), "answer": int(answers[at]), "activation": float(strength)}
            for at, strength in ((int(each), activations[each, answers[each]]) for each in surest)
        ]
        scores = {"correct": score.correct, "total": score.total, "accuracy": score.accuracy, "cost": score.cost}
        scores["used_in_training"] = tested.count_seen
        names = [class_text(each, net.classes) for each in range(net.sizes[-1])]
        print_json({**scores, "classes": names, "confusion": counts.tolist(), "mistakes": mistakes})
        return 0
    screen, language = output(values)
    phrase = functools.partial(say, language)
    entry(screen, phrase("network"), *network_line(net.architecture, language))
    entry(screen, phrase("data"), tested.name or phrase("MNIST, bundled"), translated(tested.tell(), language))
    entry(
        screen,
        phrase("training" if tested.only_seen else "test"),
        percent(score.accuracy),
        read_right(score.correct, score.total, language),
    )
    screen.line()
    draw_confusion(screen, net.classes, counts, phrase)
    if len(wrong):
        screen.line()
        screen.text(
            (
                phrase(
                    "{count:,} mistakes; the {shown} it was most confident about:" if len(wrong) > 1 else "1 mistake:",
                    count=len(wrong),
                    shown=min(SHOWN, len(wrong)),
                ),
                "ink2",
            )
        )
        heads: list[list[Cell]] = [
            [(each, "ink3") for each in (phrase("image"), phrase(TRUTH), phrase("it reads"), phrase("activation"))]
        ]
        screen.table(
            heads
            + [
                [
                    f"{at:,}",
                    class_text(int(images.labels[at]), net.classes),
                    (class_text(int(answers[at]), net.classes), "bold"),
                    f"{activations[at, answers[at]]:.3f}",
                ]
                for at in surest[:SHOWN]
            ],
            "><<>",
            gap=3,
        )
        screen.line()
        look = command_line(EXPLAIN, values, example=int(surest[0]))
        with_words(screen, [(look, phrase("how it came to misread the first one"))])
    return 0
