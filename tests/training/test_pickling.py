"""A network goes to another process and goes on there as here: what sweeps on joblib, Dask and Ray rest on."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

import chainrule as cr
from chainrule.training import optimizers, schedules

X = np.random.default_rng(0).random((40, 36)).astype(np.float32)
LABELS = np.arange(40) % 3


def bent(z):
    return z / np.sqrt(1 + z * z)


def images():
    from chainrule.layers import Conv, Flatten, MaxPool

    return cr.Network([Conv(2, 3), MaxPool(2), Flatten(), 3], input=(1, 6, 6), seed=0)


NETWORKS = {
    "new": lambda: cr.Network([36, 5, 3], seed=0),
    "with a function of one's own": lambda: cr.Network([36, 5, 3], seed=0, activation=bent, dropout=0.2),
    "of images": images,
}
FITS = {
    "names": {
        "optimizer": "adam",
        "schedule": "cosine",
        "validation": (X, LABELS),
        "patience": 3,
        "learning_rate": 0.01,
    },
    "objects": {
        "optimizer": optimizers.momentum(0.5),
        "schedule": schedules.warm_up(3, schedules.step(every=0.5)),
        "regularization": cr.Regularization(l2=1.0),
        "augment": None,
    },
}


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("network", NETWORKS)
def test_a_network_that_was_pickled_goes_on_to_the_same_bits(network, fit):
    net = NETWORKS[network]()
    for _ in range(2):
        other = pickle.loads(pickle.dumps(net))
        assert np.array_equal(net(X), other(X))
        assert repr(other) == repr(net) and other.provenance == net.provenance
        for each in (net, other):
            each.fit(X, LABELS, epochs=2, executor="numpy", **FITS[fit])
        assert all(np.array_equal(a, b) for a, b in zip(net.parameters, other.parameters, strict=True))


@pytest.mark.parametrize("maker", optimizers.OPTIMIZERS.values())
def test_optimizers_are_found_again(maker):
    """As the same object, by which the step that was compiled for it is found."""
    assert pickle.loads(pickle.dumps(maker())) is maker()


@pytest.mark.parametrize("name", schedules.SCHEDULES)
def test_schedules(name):
    schedule = schedules.SCHEDULES[name]()
    other = pickle.loads(pickle.dumps(schedule))
    if name == "plateau":
        assert other == schedule
    else:
        assert [other(t, 20) for t in range(20)] == [schedule(t, 20) for t in range(20)]


def test_functions_without_a_name_go_by_cloudpickle():
    cloudpickle = pytest.importorskip("cloudpickle")
    net = cr.Network([36, 5, 3], seed=0, activation=lambda z: np.tanh(2 * z))
    net.fit(X, LABELS, epochs=1, executor="numpy")
    assert np.array_equal(cloudpickle.loads(cloudpickle.dumps(net))(X), net(X))


def test_what_comes_of_many():
    found = cr.fit_many([36, 3], X, LABELS, seeds=range(3), epochs=2, executor="numpy")
    other = pickle.loads(pickle.dumps(found))
    assert str(other) == str(found) and np.array_equal(other.best(X), found.best(X))


def test_a_process_that_has_never_seen_it_takes_it(tmp_path):
    net = images()
    net.fit(X, LABELS, epochs=1, executor="numpy", **FITS["objects"])
    (tmp_path / "net").write_bytes(pickle.dumps((net, X)))
    code = "import pickle, sys; net, x = pickle.load(open(sys.argv[1], 'rb')); print(net(x).astype(float).sum())"
    said = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "net")], capture_output=True, text=True, check=True
    )
    assert float(said.stdout) == net(X).astype(float).sum()
