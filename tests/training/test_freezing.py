"""What is frozen stays, bit for bit, and the rest learns as if the gradient of what is frozen were 0."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.layers import Conv, Flatten, MaxPool
from chainrule.network.layers import NetworkError

RANDOM = np.random.default_rng(0)
X = RANDOM.random((64, 6)).astype(np.float32)
LABELS = RANDOM.integers(0, 3, 64)
EXECUTORS = ["numpy", "native"]


def network(normalization="none", dropout=0.0, dtype="float32"):
    return cr.Network(
        [6, 5, 4, 3], activation="tanh", cost="log-likelihood", normalization=normalization, dropout=dropout,
        dtype=dtype, seed=1,
    )  # fmt: skip


def learned(net, freeze, executor="numpy", **settings):
    """The names of the parameters that changed."""
    if executor == "native":
        pytest.importorskip("llvmlite")
    before = net.architecture.by_name([each.copy() for each in net.parameters])
    settings = {"epochs": 3, "batch_size": 16, "learning_rate": 0.1, **settings}
    history = net.fit(X, LABELS, freeze=freeze, executor=executor, **settings)
    assert history.executor == executor
    after = net.architecture.by_name(net.parameters)
    return [name for name in before if before[name].tobytes() != after[name].tobytes()]


CASES = [
    ("none", 2, ["w3", "b3", "w4", "b4"]),
    ("none", "w3", ["w2", "b2", "b3", "w4", "b4"]),
    ("none", [2, "b4"], ["w3", "b3", "w4"]),
    ("none", "w2, b2, w3, b3", ["w4", "b4"]),
    ("none", 4, ["w2", "b2", "w3", "b3"]),
    ("batch", 2, ["w3", "b3", "gamma3", "mean3", "variance3", "w4", "b4"]),
    ("layer", [2, 3], ["w4", "b4"]),
]


@pytest.mark.wide
@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize(("normalization", "freeze", "changed"), CASES)
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_what_is_frozen_stays(executor, normalization, freeze, changed, optimizer):
    net = network(normalization, dropout=0.1)
    assert learned(net, freeze, executor, optimizer=optimizer, regularization=cr.Regularization(l2=1.0)) == changed


@pytest.mark.parametrize("normalization", ["none", "layer"])
@pytest.mark.parametrize("optimizer", ["sgd", "nesterov", "adam"])
def test_the_rest_learns_as_by_writing_back_what_is_frozen_after_each_step(normalization, optimizer):
    """No learned parameter's step depends on that of another, so that this is the same."""
    frozen, other = network(normalization), network(normalization)
    learned(frozen, [2, "w4"], optimizer=optimizer, shuffle=False)
    kept = other.architecture.by_name([each.copy() for each in other.parameters])

    def back(moment):
        for name, array in other.architecture.by_name(other.parameters).items():
            if name.endswith("2") or name == "w4":
                array[...] = kept[name]

    learned(other, (), optimizer=optimizer, shuffle=False, callbacks=[cr.training.callbacks.Every(1, back)])
    for one, two in zip(frozen.parameters, other.parameters, strict=True):
        np.testing.assert_allclose(one, two, rtol=2e-5, atol=1e-6)


def test_a_frozen_batch_normalization_computes_with_the_moments_that_it_has():
    """As in prediction: one step of gradient descent is that of the cost of the outputs that `net(x)` gives."""
    net = network("batch", dtype="float64")
    net.fit(X, LABELS, epochs=2, batch_size=16, learning_rate=0.1)
    before = [each.copy() for each in net.parameters]
    names = [*net.architecture.shapes]

    def cost(w4):
        parameters = [w4 if name == "w4" else each for name, each in zip(names, before, strict=True)]
        a = net.apply(parameters, X.astype(np.float64))
        return -np.sum(np.log(a[np.arange(len(X)), LABELS]))

    at = names.index("w4")
    slope = cr.grad(cost)(before[at])
    net.fit(X, LABELS, epochs=1, batch_size=64, learning_rate=0.5, freeze=[2, 3], executor="numpy")
    np.testing.assert_allclose(net.parameters[at], before[at] - 0.5 * slope / 64, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("executor", EXECUTORS)
def test_convolutions(executor):
    if executor == "native":
        pytest.importorskip("llvmlite")
    x, y = RANDOM.random((40, 1, 8, 8)).astype(np.float32), RANDOM.integers(0, 2, 40)
    net = cr.Network([Conv(3, 3, "relu"), MaxPool(2), Flatten(), 2], input=(1, 8, 8), cost="log-likelihood", seed=0)
    kernels, head = net.parameters[0].copy(), net.parameters[-2].copy()
    assert net.fit(x, y, epochs=2, learning_rate=0.1, freeze=2, executor=executor).executor == executor
    assert np.array_equal(net.parameters[0], kernels)
    assert not np.array_equal(net.parameters[-2], head)


def test_a_frozen_parameter_goes_on_with_the_state_that_it_had():
    """The state of what is frozen waits, and belongs to no other."""
    net = network()
    learned(net, "w2, b2", optimizer="momentum")
    states = net._last.state
    assert [bool(each.any()) for each in states] == [False, False, True, True, True, True]
    learned(net, "w4, b4", optimizer="momentum", epochs=1)
    assert all(each.any() for each in net._last.state)


def test_a_run_that_was_killed_goes_on_with_what_is_frozen(tmp_path):
    def killed(moment):
        return moment.number == 2

    whole, part = network(), network()
    learned(whole, 2, optimizer="adam")
    learned(part, 2, optimizer="adam", checkpoint=tmp_path / "run", callbacks=[killed])
    again, _ = cr.resume(tmp_path / "run", X, LABELS)
    assert [each.tobytes() for each in again.parameters] == [each.tobytes() for each in whole.parameters]
    assert again.provenance["runs"][-1]["freeze"] == "w2, b2"


def test_it_is_said_of_the_run_and_kept_in_the_file(tmp_path):
    net = network()
    history = net.fit(X, LABELS, epochs=1, freeze=[2, "b3"])
    assert history.settings["freeze"] == "w2, b2, b3"
    assert ", w2, b2, b3 frozen;" in repr(history)
    net.save(tmp_path / "net.safetensors")
    assert cr.load(tmp_path / "net.safetensors").provenance["runs"][-1]["freeze"] == "w2, b2, b3"
    assert "frozen" not in repr(net.fit(X, LABELS, epochs=1))


@pytest.mark.parametrize(
    ("freeze", "says"),
    [
        (1, "freeze names 1; give the number of a layer that has parameters, 2, 3, 4, or names of them, w2, b2, w3, …"),
        (
            "w7",
            "freeze names 'w7'; give the number of a layer that has parameters, 2, 3, 4, or names of them, w2, b2, …",
        ),
        (
            [2, None],
            "freeze names None; give the number of a layer that has parameters, 2, 3, 4, or names of them, w2, …",
        ),
        (
            2.5,
            "freeze names 2.5; give the number of a layer that has parameters, 2, 3, 4, or names of them, w2, b2, w3, …",
        ),
        ([2, 3, 4], "freeze names all that is learned; leave something out."),
    ],
)
def test_what_cannot_be_frozen(freeze, says):
    with pytest.raises(NetworkError) as error:
        network().fit(X, LABELS, freeze=freeze)
    assert str(error.value) == says.replace("w2, …", "w2, b2, …").replace("b2, …", "b2, w3, …").replace(
        "w3, …", "w3, b3, w4, b4."
    )
