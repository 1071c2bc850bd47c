"""Networks with layers of the user's own, and normalized ones, on the page: drawn, asked, explained, taught, trained."""

import base64

import numpy as np
import pytest

import chainrule as cr
from chainrule.web.app import application
from chainrule.web.site import Site

from .conftest import Running, awaited, done, served


def gated(a, w, v, b):
    gate = 1 / (1 + np.exp(-(v @ a)))
    return (w @ a) * gate + b


def scaled(a, gamma, beta):
    return gamma * a + beta


def gate(n, activation="tanh"):
    roles = (("w", (n, "n_in"), "weight"), ("v", (n, "n_in"), "weight"), ("b", (n, 1), "bias"))
    return cr.Layer(gated, [cr.Parameter(*each) for each in roles], activation, words={"en": "gated", "zh": "门控"})


SCALED = cr.Layer(
    scaled, [cr.Parameter("gamma", ("n_in", 1), "scale"), cr.Parameter("beta", ("n_in", 1), "shift")], "tanh"
)


@pytest.fixture(scope="module")
def networks():
    return {
        "gated": cr.Network([784, gate(6), 10], seed=0),
        "scaled": cr.Network([784, SCALED, 6, 10], seed=0),
        "last": cr.Network([784, 6, gate(10, "softmax")], cost="log-likelihood", seed=0),
        "layer": cr.Network([784, 6, 10], normalization="layer", seed=0),
    }


@pytest.fixture(scope="module")
def own(networks):
    return Running(served(application(Site(networks, "gated"), ["127.0.0.1"])))


@pytest.fixture
def page(own, request):
    """A page that shows one of the networks, and a digit on it."""
    with own.page() as (line, _):
        shown = done(line, "use", network=request.param)["network"]
        look = done(line, "pick", index=0)["look"]
        yield line, shown, look


@pytest.mark.parametrize("page", ["gated", "scaled", "last", "layer"], indirect=True)
def test_each_is_explained_taught_and_trained(page):
    line, shown, look = page
    assert len(look["a"]) == len(shown["sizes"]) - 1
    for step in range(1, 7):
        found = done(line, "step", step=step, layer=2, neuron=0, rate=0.1, language="en")
        assert found["on"] == "done", found
    taught = done(line, "teach", rate=0.01)
    assert taught["look"]["cost"] < look["cost"]
    assert done(line, "undo")["look"] == look
    assert done(line, "go", what="batch")["running"]
    state = awaited(line, lambda message: message["on"] == "state")
    assert len(state["w"]) == len(shown["sizes"]) - 1


@pytest.mark.parametrize("page", ["gated"], indirect=True)
def test_the_first_matrix_of_a_layer_is_drawn_and_proved(page, networks):
    line, shown, _ = page
    assert (shown["sums"], shown["letters"]) == (["", "z"], ["w", "w"])
    assert shown["titles"]["zh"] == ["784", "6 门控", "10"]
    drawn = [np.frombuffer(base64.b64decode(each), np.float32) for each in done(line, "weights")["w"]]
    for found, w in zip(drawn, [networks["gated"].weights[0], networks["gated"].weights[2]], strict=True):
        np.testing.assert_array_equal(found, w.ravel())
    assert done(line, "proof", layer=2, neuron=1, weight=300)["agrees"]
    assert done(line, "value", layer=3, neuron=0)["terms"]
    found = done(line, "value", layer=2, neuron=0)
    assert found["reason"].startswith("Layer 2 computes gated, which is no weighted sum of activations")
    assert found["error"]["terms"]  # the layer after it is one
    done(line, "speak", language="zh")
    assert done(line, "value", layer=2, neuron=0)["reason"].startswith("第 2 层")


@pytest.mark.parametrize("page", ["scaled"], indirect=True)
def test_a_layer_without_a_matrix_has_none_to_draw(page):
    line, shown, _ = page
    assert (shown["sums"], shown["letters"]) == (["", "z", "z"], [None, "w", "w"])
    assert [each is None for each in done(line, "weights")["w"]] == [True, False, False]
    refused = done(line, "proof", layer=2, neuron=0, weight=0)
    assert refused["detail"] == "Layer 2 has no matrix of weights, neurons × inputs."


@pytest.mark.parametrize("page", ["layer"], indirect=True)
def test_the_sum_of_a_normalized_layer_is_not_yet_z(page):
    line, shown, _ = page
    assert shown["sums"] == ["s", "z"]
    found = done(line, "value", layer=2, neuron=0)
    assert found["total"] == pytest.approx(sum(term[3] for term in found["terms"]) + found["rest"])
    assert found["z"] != pytest.approx(found["total"] + found["bias"])
    assert found["z"] == pytest.approx(found["scaled"] + found["bias"])


def test_every_normalization_of_the_package_can_be_chosen(own):
    with own.page() as (line, _):
        made = done(
            line, "reset", hidden=[6], activation="sigmoid", cost="quadratic", normalization="layer", batch_size=100
        )
        assert made["network"]["sums"] == ["s", "z"]
