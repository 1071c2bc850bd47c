"""JAX trains as NumPy does: a network, several side by side, on several devices, in several processes of which one is lost."""

import json
import os
import socket
import subprocess
import sys

import numpy as np
import pytest

import chainrule as cr
from chainrule.training import choice
from chainrule.training.callbacks import Every
from chainrule.training.loop import DivergenceError
from chainrule.training.settings import SettingsError

pytestmark = pytest.mark.peers
jax = pytest.importorskip("jax")

RANDOM = np.random.default_rng(5)
X = RANDOM.random((47, 6)).astype(np.float32)
LABELS = (X[:, 0] > X[:, 1]).astype(int) + (X[:, 2] > 0.5)


def alike(one, other, rtol=2e-4):
    for a, b in zip(one.parameters, other.parameters, strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol * np.abs(b).max())


CASES = {
    "the book's": ({}, {}),
    "dropout, Adam": ({"dropout": [0.1, 0.4]}, {"optimizer": "adam", "learning_rate": 0.01}),
    "float64, batch normalization, a schedule": (
        {"dtype": "float64", "normalization": "batch"},
        {"schedule": "cosine", "learning_rate": 0.5},
    ),
    "a frozen layer, momentum": (
        {"normalization": "batch"},
        {"freeze": [2, "b3"], "optimizer": "momentum", "learning_rate": 0.1},
    ),
    "softmax, weights, a penalty": (
        {"cost": "log-likelihood", "activation": "relu"},
        {"sample_weight": np.linspace(0.5, 2, 47), "regularization": cr.Regularization(l2=1.0), "learning_rate": 0.05},
    ),
}


@pytest.mark.wide
@pytest.mark.parametrize("case", CASES)
def test_learns_as_numpy_does(case):
    network, fit = CASES[case]
    nets = [cr.Network([6, 5, 3], seed=1, **network) for _ in range(2)]
    for net, executor in zip(nets, ("jax", "numpy"), strict=True):
        history = net.fit(X, LABELS, epochs=3, executor=executor, **fit)
        assert history.executor == executor
    alike(*nets, 1e-12 if network.get("dtype") else 2e-4)
    (one, other) = (net._history.epochs[-1].train for net in nets)
    assert one.cost == pytest.approx(other.cost, rel=1e-4) and abs(one.correct - other.correct) <= 1


def test_what_is_frozen_stays_and_what_a_callback_writes_too():
    net, told = cr.Network([6, 5, 3], seed=1), []
    before = net.weights[0].copy()

    def write(moment):
        told.append((moment.step, moment.network.weights[1].copy(), moment.batch.tolist()))
        if moment.step == 2:
            moment.network.biases[0][...] = 7.0

    net.fit(X, LABELS, epochs=1, executor="jax", freeze=2, shuffle=False, callbacks=[Every(2, write)])
    assert np.array_equal(net.weights[0], before)
    assert (net.biases[0] == 7.0).all()
    assert [(step, batch) for step, _, batch in told] == [(2, list(range(10, 20))), (4, list(range(30, 40)))]
    assert not np.array_equal(told[0][1], told[1][1])


def test_images_and_convolutions():
    from chainrule.layers import Conv, Flatten, MaxPool

    images, layers = RANDOM.random((40, 100)).astype(np.float32), [Conv(4, 3), MaxPool(2), Flatten(), 3]
    nets = [cr.Network(layers, input=(1, 10, 10), activation="relu", seed=2) for _ in range(2)]
    for net, executor in zip(nets, ("jax", "numpy"), strict=True):
        net.fit(images, LABELS[:40], epochs=2, executor=executor, learning_rate=0.1)
    alike(*nets)


@pytest.mark.parametrize("order", [0, None])
def test_several_side_by_side(order):
    """47 examples leave a batch of 7; one of the rates is too high."""
    net = cr.Network([6, 5, 3], dropout=0.2, cost="mean-squared-error", activation="relu")
    fit = {"learning_rate": [0.05, 1e4], "l2": [0.0, 1.0], "epochs": 3, "order": order, "seeds": range(3)}
    one, other = (cr.fit_many(net, X, LABELS, executor=executor, **fit) for executor in ("jax", "numpy"))
    assert (
        [h.diverged for h in one.histories] == [h.diverged for h in other.histories] == [False, False, True, True] * 3
    )
    for a, b, history in zip(one.networks, other.networks, one.histories, strict=True):
        if not history.diverged:
            alike(a, b)
            assert history.executor == "jax"


def test_weights_of_examples_side_by_side():
    how = {"epochs": 2, "sample_weight": np.linspace(0.2, 2, 47), "seeds": range(3), "validation": (X, LABELS)}
    ours, plain = (cr.fit_many([6, 5, 3], X, LABELS, executor=executor, **how) for executor in ("jax", "numpy"))
    for one, other in zip(ours.networks, plain.networks, strict=True):
        alike(one, other)
    for one, other in zip(ours.histories, plain.histories, strict=True):
        assert one.epochs[-1].train.cost == pytest.approx(other.epochs[-1].train.cost, rel=1e-4)


def test_a_cost_that_becomes_no_number():
    said = []
    for executor in ("jax", "numpy"):
        net = cr.Network([6, 3], cost="mean-squared-error", seed=0)
        with pytest.raises(DivergenceError) as error:
            net.fit(X, LABELS, learning_rate=1e6, epochs=50, executor=executor)
        said.append((error.value.epoch, error.value.step))
        assert all(np.isfinite(each).all() for each in net.parameters)
    assert said[0] == said[1]


def test_where_jax_is_missing(monkeypatch):
    monkeypatch.setattr(choice.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SettingsError) as refused:
        cr.Network([6, 3]).fit(X, LABELS, executor="jax")
    assert str(refused.value) == "The executor 'jax' needs JAX; install it with pip install \"chainrule[jax]\"."


# ---- several devices and processes -----------------------------------------------------------------------------------

FIT = """
import json, os, sys
import numpy as np
import jax
port, index, path, what = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
if what != "devices":
    jax.distributed.initialize(f"localhost:{port}", 2, index, heartbeat_timeout_seconds=10)
import chainrule as cr
random = np.random.default_rng(5)
x = random.random((95, 6)).astype(np.float32)
labels = (x[:, 0] > x[:, 1]).astype(int) + (x[:, 2] > 0.5)

def lose(epoch):
    if what == "lost" and index == 1 and epoch.number == 3:
        os._exit(7)

if what == "resumed":
    net, history = cr.resume(path, x, labels)
else:
    net = cr.Network([6, 5, 3], seed=1, dropout=0.2, normalization="batch")
    checkpoint = path if index == 0 else None
    history = net.fit(
        x, labels, epochs=6, optimizer="adam", learning_rate=0.01, executor="jax", callbacks=[lose], checkpoint=checkpoint
    )
print("learned:", json.dumps([len(jax.devices()), [each.tolist() for each in net.parameters]]))
"""


def processes(what, path, count=2, **environment):
    """What processes that train together say, and how they end."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", FIT, str(port)]
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    begun = [
        subprocess.Popen([*command, str(k), str(path), what], env={**os.environ, **environment}, **pipe)
        for k in range(count)
    ]
    said = [each.communicate(timeout=120)[0] for each in begun]
    told = [text.partition("learned: ")[2] for text in said]  # Gloo says something, too
    return [json.loads(text) if text else None for text in told], [each.returncode for each in begun]


def test_devices_share_each_batch(tmp_path):
    """The last batch, of 5, cannot be shared by two."""
    ((devices, found),), _ = processes(
        "devices", tmp_path / "run", 1, XLA_FLAGS="--xla_force_host_platform_device_count=2"
    )
    assert devices == 2
    random = np.random.default_rng(5)
    x = random.random((95, 6)).astype(np.float32)
    labels = (x[:, 0] > x[:, 1]).astype(int) + (x[:, 2] > 0.5)
    net = cr.Network([6, 5, 3], seed=1, dropout=0.2, normalization="batch")
    net.fit(x, labels, epochs=6, optimizer="adam", learning_rate=0.01, executor="numpy")
    for a, b in zip(net.parameters, found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)


def test_a_run_that_lost_a_process_goes_on_from_its_checkpoint_to_the_same_bits(tmp_path):
    whole, ended = processes("whole", tmp_path / "whole")
    assert ended == [0, 0] and whole[0] == whole[1] and whole[0][0] == 2
    nothing, ended = processes("lost", tmp_path / "run")
    assert nothing == [None, None] and ended[1] == 7 and ended[0] != 0  # the other does not wait for ever
    resumed, ended = processes("resumed", tmp_path / "run")
    assert ended == [0, 0] and resumed == whole
