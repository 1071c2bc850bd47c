"""Networks in the lanes of vectors learn what NumPy's do, on every kind of processor, in any number of threads."""

import os
import subprocess
import sys

import numpy as np
import pytest

import chainrule as cr
from chainrule.network.architecture import stacked
from chainrule.run.loops.processor import KINDS, VARIABLE, processor
from chainrule.run.lowering import contractions, reductions
from chainrule.training import lanes
from chainrule.training.lanes import in_lanes, shared_out

pytest.importorskip("llvmlite")

RANDOM = np.random.default_rng(8)
IMAGES = np.where(RANDOM.random((95, 37)) < 0.6, 0, RANDOM.integers(0, 256, (95, 37))).astype(np.uint8)
LABELS = RANDOM.integers(0, 7, 95)


def learned(executor, network=None, fit=None, images=IMAGES, sizes=(37, 21, 7), seeds=range(5)):
    given = {"epochs": 2, "learning_rate": 0.05, **(fit or {})}
    return cr.fit_many(
        cr.Network(list(sizes), **(network or {})), images, LABELS, seeds=seeds, executor=executor, **given
    )


def differ(one, other, rtol=2e-4):
    pairs = [
        pair
        for nets in zip(one.networks, other.networks, strict=True)
        for pair in zip(*(n.parameters for n in nets), strict=True)
    ]
    return not all(np.allclose(a, b, rtol=rtol, atol=rtol * np.abs(b).max()) for a, b in pairs)


def same_bits(one, other):
    return all(
        np.array_equal(a, b)
        for nets in zip(one.networks, other.networks, strict=True)
        for a, b in zip(*(net.parameters for net in nets), strict=True)
    )


@pytest.mark.wide
@pytest.mark.parametrize(
    ("network", "fit"),
    [
        ({}, {"learning_rate": 1.0, "batch_size": 13}),
        ({"cost": "log-likelihood", "activation": "relu"}, {"l2": 0.5, "optimizer": "nesterov", "batch_size": 40}),
        ({"activation": "elu", "normalization": "batch"}, {"l1": 0.1, "optimizer": "adamw", "learning_rate": 0.002}),
        (
            {"activation": "gelu", "normalization": "layer"},
            {"max_norm": 1.5, "optimizer": "rmsprop", "learning_rate": 0.002},
        ),
        ({"cost": "cross-entropy", "dropout": [0.2, 0.5]}, {"batch_size": 1, "label_smoothing": 0.1}),
        ({"dtype": "float64"}, {"optimizer": "adam", "clipping": cr.Clipping(norm=0.1, value=0.02)}),
    ],
    ids=["the book's", "softmax", "batch normalization", "layer normalization", "dropout", "float64"],
)
def test_learn_what_numpys_learn(network, fit):
    """Bytes, most of them 0, of which rows of zeros are skipped."""
    one, other = learned("native", network, fit), learned("numpy", network, fit)
    assert not differ(one, other, 1e-9 if network.get("dtype") else 2e-4)
    for a, b in zip(one.histories, other.histories, strict=True):
        assert a.epochs[-1].train.cost == pytest.approx(b.epochs[-1].train.cost, rel=1e-4)
        assert abs(a.epochs[-1].train.correct - b.epochs[-1].train.correct) <= 1


@pytest.mark.parametrize("sizes", [(37, 1), (37, 5, 3, 2, 7), (37, 64, 64, 7), (37, 3, 7)])
def test_layers_of_all_sizes(sizes):
    images = IMAGES.astype(np.float32) / 255
    cost = {"cost": "mean-squared-error"} if sizes[-1] == 1 else {}
    assert not differ(
        learned("native", cost, sizes=sizes, images=images), learned("numpy", cost, sizes=sizes, images=images)
    )


def own(a, w, g):
    """A layer that multiplies its inputs by a row of numbers, and takes sums of three of them."""
    near = np.stack([a[:-2], a[1:-1], a[2:]])
    return w @ (np.sum(near, axis=0) * g) / 3


def test_a_layer_of_ones_own():
    layer = cr.Layer(own, [cr.Parameter("w", (6, 35), "weight"), cr.Parameter("g", (35, 1), "scale")])
    network = {"input": 37}
    nets = []
    for executor in ("native", "numpy"):
        net = cr.Network([layer, 7], **network)
        nets.append(cr.fit_many(net, IMAGES, LABELS, seeds=range(3), epochs=2, executor=executor, learning_rate=0.1))
    assert not differ(*nets)


@pytest.mark.parametrize("batch_size", [7, 1])
@pytest.mark.parametrize("order", [0, None])
@pytest.mark.parametrize("labels", ["binary", "several"])
def test_where_each_output_decides_alone(labels, order, batch_size):
    """Right answers are counted in the loops, of one network and of several, as `evaluate` counts them."""
    truth = IMAGES[:, :3] > 100 if labels == "several" else LABELS > 3
    net = cr.Network([37, 5, 3 if labels == "several" else 1], cost="cross-entropy")
    fit = {"epochs": 3, "batch_size": batch_size, "learning_rate": 0.1, "validation": (IMAGES, truth.astype(int))}
    found = [
        cr.fit_many(net, IMAGES, truth.astype(int), seeds=range(7), order=order, executor=executor, **fit)
        for executor in ("native", "numpy")
    ]
    assert not differ(*found)
    for one, other, net in zip(found[0].histories, found[1].histories, found[0].networks, strict=True):
        for a, b in zip(one.epochs, other.epochs, strict=True):
            assert (a.train.correct, a.validation.correct) == (b.train.correct, b.validation.correct)
        assert net.evaluate(IMAGES, truth.astype(int)).correct == one.epochs[-1].validation.correct
        assert one.epochs[-1].train.correct > 0
    one, other = (net.again(4), net.again(4))
    for each, executor in ((one, "native"), (other, "numpy")):
        each.fit(IMAGES, truth.astype(int), executor=executor, **{**fit, "sample_weight": np.linspace(0.5, 2, 95)})
    assert [e.train.correct for e in one._history.epochs] == [e.train.correct for e in other._history.epochs]


def turned_back(a, w):
    return np.linalg.solve(w, a[:3])


def summed_of_three(a, w, g):
    """A sum of products of three arrays, two of which are the network's own."""
    return np.einsum("ij,jk,km->im", w, g, a)


@pytest.mark.parametrize("order", [0, None])
def test_numpy_reports_what_loops_only_notice(order):
    net = cr.Network([cr.Layer(turned_back, [cr.Parameter("w", (3, 3), "weight")]), 7], input=37)
    one, other = (
        cr.fit_many(net, IMAGES, LABELS, seeds=range(3), epochs=2, executor=executor, learning_rate=1e-3, order=order)
        for executor in ("native", "numpy")
    )
    assert not differ(one, other, 1e-2)
    singular = cr.Network(
        [cr.Layer(turned_back, [cr.Parameter("w", (3, 3), "weight")]), 7], input=37, initializer="zeros"
    )
    with pytest.raises(np.linalg.LinAlgError):
        cr.fit_many(singular, IMAGES, LABELS, epochs=1, executor="native", order=order)


def test_products_of_three():
    parameters = [cr.Parameter("w", (4, 5), "weight"), cr.Parameter("g", (5, 37), "weight")]
    net = cr.Network([cr.Layer(summed_of_three, parameters), 7], input=37)
    fit = {"seeds": range(3), "epochs": 2, "learning_rate": 0.1}
    assert not differ(*(cr.fit_many(net, IMAGES, LABELS, executor=each, **fit) for each in ("native", "numpy")))


CODE = """
import sys; import numpy as np; import chainrule as cr
from chainrule.training import lanes
images, labels = np.arange(95 * 37).reshape(95, 37) * 7919 % 256, np.arange(95) % 7
images = np.where(images < 150, 0, images).astype(np.uint8)
many = cr.fit_many([37, 21, 7], images, labels, seeds=range(20), epochs=2, executor="native", learning_rate=0.5)
alone = cr.fit_many([37, 21, 7], images, labels, seeds=[17], epochs=2, executor="native", learning_rate=0.5)
theirs = cr.fit_many([37, 21, 7], images, labels, seeds=[17], epochs=2, executor="numpy", learning_rate=0.5)
pairs = list(zip(many.networks[17].parameters, alone.networks[0].parameters, theirs.networks[0].parameters))
assert all(np.array_equal(a, b) and np.allclose(a, c, rtol=2e-4, atol=1e-5) for a, b, c in pairs)
print(lanes.machine_code.register_bytes())
"""


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "neon"])
def test_on_every_kind_of_processor_a_network_has_the_same_bits_alone_and_among_others(kind):
    if processor().register < KINDS[kind].register:
        pytest.skip("this one is smaller")
    made = subprocess.run(
        [sys.executable, "-c", CODE], env={**os.environ, VARIABLE: kind}, capture_output=True, text=True, check=True
    )
    assert int(made.stdout) == KINDS[kind].register


@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.parametrize("order", [0, None])
def test_threads_change_no_bit(threads, order, monkeypatch):
    fit = {"order": order, "epochs": 3}
    monkeypatch.setattr(lanes, "cores", lambda: 1)
    one = learned("native", fit=fit, seeds=range(70))
    monkeypatch.setattr(lanes, "cores", lambda: threads)
    assert same_bits(one, learned("native", fit=fit, seeds=range(70)))


def test_costs_do_not_tell_where_pieces_end(monkeypatch):
    costs = []
    for seconds in (0.0, 1.0):
        monkeypatch.setattr(lanes, "_LONGEST", seconds)
        costs.append([each.train.cost for each in learned("native", fit={"batch_size": 3}).histories[2].epochs])
    assert costs[0] == costs[1]


@pytest.mark.parametrize(("groups", "parts"), [(1, 1), (2, 2), (5, 2), (7, 3), (8, 8), (100, 7)])
def test_threads_share_all_steps_of_all_groups(groups, parts):
    """Each step once; a shared group is begun by one at once, and the other is not there before it has done its own."""
    steps = 11
    shares = shared_out(groups, steps, parts)
    done = [(group, step) for own in shares for group, start, stop in own for step in range(start, stop)]
    assert sorted(done) == [(group, step) for group in range(groups) for step in range(steps)]
    sizes = [sum(stop - start for _, start, stop in own) for own in shares]
    assert max(sizes) - min(sizes) <= 1
    for own, size in zip(shares, sizes, strict=True):
        for _, start, stop in own:
            if start:  # the first part, which another does at once, is no longer than what is done here before
                assert start <= size - (stop - start) + 1


def test_convolutions_and_orders_of_their_own_are_trained_one_after_another(monkeypatch):
    assert not in_lanes(stacked([2, 3, 1]), 10, 64, shared=False)
    from chainrule.layers import Conv, Flatten

    net = cr.Network([Conv(3, 3), Flatten(), 7], input=(1, 6, 6), activation="relu", cost="log-likelihood")
    images = RANDOM.random((95, 36)).astype(np.float32)
    fit = {"seeds": range(3), "epochs": 2, "learning_rate": 0.05}
    one, other = (cr.fit_many(net, images, LABELS, executor=executor, **fit) for executor in ("native", "numpy"))
    assert not differ(one, other)
    seen = []
    monkeypatch.setattr(lanes, "Lanes", lambda *args: seen.append(args))
    cr.fit_many(net, images, LABELS, executor="native", **fit)
    assert not seen


# ---- planted faults ----------------------------------------------------------------------------------------------------


def another_lane(monkeypatch):
    """Each network learns with the rate of the next."""
    right = lanes.padded
    monkeypatch.setattr(lanes, "padded", lambda members, places: np.roll(right(members, places), 1).tolist())


def a_difference_for_a_sum(monkeypatch):
    monkeypatch.setitem(reductions.JOINS, "sum", (lambda s, x: s - x, 0))


def a_step_twice(monkeypatch):
    right = lanes.shared_out
    monkeypatch.setattr(lanes, "shared_out", lambda *args: [[*own, own[-1]] for own in right(*args)])


def a_neuron_less(monkeypatch):
    right = contractions.taken_by_each
    monkeypatch.setattr(
        contractions, "taken_by_each", lambda space, place, *rest: right(space, place.within(1, 0, 20), *rest)
    )


FAULTS = [another_lane, a_difference_for_a_sum, a_step_twice, a_neuron_less]


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_faults_are_seen(fault, monkeypatch):
    network, fit = {"cost": "log-likelihood"}, {"batch_size": 13, "learning_rate": [0.05, 0.5]}
    good = learned("numpy", network, fit, seeds=range(9))
    assert not differ(learned("native", network, fit, seeds=range(9)), good)
    fault(monkeypatch)
    assert differ(learned("native", network, fit, seeds=range(9)), good)
