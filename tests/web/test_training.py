"""A run that is watched: what it tells is how it stands, also where it is told to pause while it is telling."""

import threading

import numpy as np

import chainrule as cr
from chainrule.web.training import Digits, Training


def test_a_pause_while_an_epoch_is_being_told_is_told_last():
    train, _, _ = cr.datasets.mnist()
    images, labels = (np.float32(train.images[:100].reshape(100, 784)) / 255, train.labels[:100])
    told, paused = [], threading.Event()

    def tell(report):
        if report == {"on": "state", "state": "running", "epochs": 2}:
            run.go("pause")  # the page's word comes first, and this report after it
        told.append(report)
        if report["on"] == "state" and report["state"] == "paused":
            paused.set()

    run = Training(
        cr.Network([784, 5, 10], seed=0), Digits(images, labels, (images, labels)),
        {"batch_size": 10, "learning_rate": 1.0, "executor": "numpy"}, 1000, tell, lambda: True,
    )  # fmt: skip
    run.go("start")
    assert paused.wait(60)
    assert [each["state"] for each in told if each["on"] == "state"] == ["running", "running", "paused"]
    assert len(run.done) == 2
    run.end()
