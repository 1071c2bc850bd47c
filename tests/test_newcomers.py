"""A new layer is written in one place, and all that is done with networks is done with it: both executors train it alike, a
file keeps it, and it is explained, checked, diagnosed and shown in dimensions.

A new operation is in `explain/test_one_declaration.py`, and what layers of one's own are asked further in
`network/test_roles.py`.
"""

import numpy as np
import pytest

import chainrule as cr
from chainrule.calculus import name
from chainrule.core.messages import message
from chainrule.explain.soundness import soundness
from chainrule.network.kinds import LAYERS, Kind, fully_connected
from chainrule.network.layers import of_kind
from chainrule.show.language import translated


def root_mean_square_normalized(a, w, b, gamma):
    """Zhang and Sennrich (2019): every example is divided by the root mean square of its weighted sums."""
    r = name("r", w @ a)
    return gamma * (r / np.sqrt(np.mean(r**2, axis=0, keepdims=True) + 1e-5)) + b


def scaled(a, gamma, beta):
    return gamma * a + beta


SCALED = cr.Layer(
    scaled, [cr.Parameter("gamma", ("n_in", 1), "scale"), cr.Parameter("beta", ("n_in", 1), "shift")], "tanh"
)


def residual(a, gamma, w, b):
    """He, Zhang, Ren and Sun (2016): what a layer adds to its input; γ is one scale per neuron."""
    return a + gamma * np.tanh(w @ a + b)


RESIDUAL = Kind(
    residual,
    (("gamma", ("n_out", 1), "scale"), ("w", ("n_out", "n_in"), "weight"), ("b", ("n_out", 1), "bias")),
    title=message("residual"),
)


@pytest.fixture(params=["a normalization", "another kind", "a user's own"])
def make(request, monkeypatch):
    """What makes the network, and what is given with its file."""
    keywords = {"seed": 0, "dtype": "float64"}
    if request.param == "a user's own":
        return lambda: cr.Network([SCALED, cr.Dense(6), cr.Dense(3)], input=4, **keywords), {"scaled": scaled}
    if request.param == "another kind":
        monkeypatch.setitem(LAYERS, "residual", RESIDUAL)
        return lambda: cr.Network([4, of_kind("residual", 4), 3], **keywords), {}
    monkeypatch.setitem(LAYERS, "root-mean-square", fully_connected(root_mean_square_normalized, gamma="scale"))
    return lambda: cr.Network([4, 6, 3], normalization="root-mean-square", **keywords), {}


def test_a_layer_written_in_one_place(make, tmp_path):
    made, functions = make
    random = np.random.default_rng(0)
    x, labels = random.random((60, 4)), random.integers(0, 3, 60)
    trained = {}
    for executor in ("numpy", "native"):
        net = trained[executor] = made()
        history = net.fit(x, labels, epochs=3, learning_rate=0.1, executor=executor)
        assert history.executor == executor
        assert history.epochs[-1].train.cost < history.epochs[0].train.cost
    for one, other in zip(*(net.parameters for net in trained.values()), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)

    net.save(tmp_path / "net.safetensors")
    again = cr.load(tmp_path / "net.safetensors", functions=functions)
    assert again.architecture == net.architecture
    np.testing.assert_array_equal(again(x), net(x))

    explanation = net.explain(x[0], int(labels[0]))
    assert explanation.proof().agrees
    assert explanation.line("dC_dgamma2").layer == 2
    assert "γ²   ⊙" in str(explanation)
    assert "gamma2 *" in explanation._repr_html_()
    found = soundness(net.architecture, net.parameters, x.T[:, :6], np.eye(3)[labels[:6]].T)
    assert found.ok
    assert {each.parameter for each in found.parameters} == set(net.architecture.learned) > {"gamma2"}
    assert isinstance(net.diagnose(x, labels, trials=False), tuple)
    assert "∂C/∂γ²" in str(net.dimensions(7))


def test_a_kind_of_layer_of_the_package_is_called_by_its_words_and_none_of_the_users_own(monkeypatch):
    monkeypatch.setitem(LAYERS, "residual", RESIDUAL)
    net = cr.Network([4, of_kind("residual", 4, "relu", dropout=0.25), 3], seed=0)
    assert net.architecture.own == []
    assert [translated(each, "zh") for each in net.architecture.titles("zh")] == ["4", "4 残差", "3"]
    assert "4 → 4 residual → 3" in str(net.explain(np.ones(4)))
    assert "γ²" in str(net.dimensions(7))
    assert net.architecture.dropouts == (0.0, 0.25)
    assert residual.__name__ in repr(net)
