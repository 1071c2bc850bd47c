"""Explanations of networks of sequences and of skipped layers: no kind of layer is without words, all numbers are measured."""

import io

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.document import document
from chainrule.explain.outline import MEANINGS, Outline
from chainrule.explain.terminal import answer, draw
from chainrule.layers import Dense, LayerNorm, Recurrent, Residual
from chainrule.network.equations import feedforward
from chainrule.network.kinds import LAYERS
from chainrule.network.layers import NetworkError
from chainrule.show.language import translated
from chainrule.show.screen import Screen

from ..network.test_makers import NETWORKS, examples

ALL = NETWORKS | {
    "batch normalized": lambda **given: cr.Network([4, 6, 3], normalization="batch", **given),
    "layer normalized": lambda **given: cr.Network([4, 6, 3], normalization="layer", **given),
}


def explained(name):
    net = ALL[name](seed=3, dtype="float64")
    x, labels = examples(net, 2)
    return net, net.explain(x[1], int(labels[1]), learning_rate=0.05)


@pytest.fixture(scope="module", params=ALL)
def both(request):
    return explained(request.param)


def drawn(made, language="en", width=80):
    page = io.StringIO()
    draw(made, Screen(page, width=width, depth="none"), language)
    return page.getvalue()


def meanings(made):
    """What is said of each symbol, by the symbol."""
    outline = Outline(made)
    pairs = [pair for step in made.steps for pair in zip(step.lines, outline.lines(step), strict=True)]
    return {line.symbol: item.meaning for line, item in pairs}


def in_words(item):
    slots = {
        key: in_words(each) if hasattr(each, "text") else getattr(each, "symbol", each)
        for key, each in item.slots.items()
    }
    return item.text.format(**slots)


def test_no_kind_of_layer_is_left_out():
    kinds = {layer.kind for name in ALL for layer in ALL[name](seed=0).architecture.stack}
    assert kinds == set(LAYERS)


def test_every_symbol_has_words_in_both_languages(both):
    _, made = both
    targets = (
        target for program in (made.forward, made.backward) for each in program.equations for target in each.targets
    )
    named = {target.name for target in targets if target.kind != "temporary"}
    for symbol, meaning in meanings(made).items():
        assert meaning.text != MEANINGS["own"], symbol
        assert symbol not in named or meaning.text != MEANINGS["helper"], symbol
        for part in (meaning, *(each for each in meaning.slots.values() if hasattr(each, "text"))):
            assert translated(part.text, "zh") != part.text, part.text


def cost_of(net, made, values):
    outputs = feedforward(net.architecture, values, made.values["a1"])
    return float(net.architecture.declared_cost.function(outputs, made.values["y"]))


def test_its_gradients_are_finite_differences_of_plain_numpy(both):
    net, made = both
    parameters = {each.name: made.values[each.name] for each in net.architecture.parameters}
    assert made.cost == pytest.approx(cost_of(net, made, parameters), rel=1e-12)
    random = np.random.default_rng(1)
    for name in net.architecture.learned:
        value, gradient = parameters[name], made.values[f"dC_d{name}"]
        assert gradient.shape == value.shape
        for flat in random.permutation(value.size)[:4]:
            index = np.unravel_index(flat, value.shape)
            costs = []
            for step in (1e-6, -1e-6):
                moved = value.copy()
                moved[index] += step
                costs.append(cost_of(net, made, {**parameters, name: moved}))
            slope = (costs[0] - costs[1]) / 2e-6
            assert gradient[index] == pytest.approx(slope, rel=1e-4, abs=2e-8), (name, index)


def test_the_step_moves_every_parameter_and_is_measured(both):
    net, made = both
    lines = {line.symbol: line.value for line in made.steps[5].lines}
    assert set(lines) == set(net.architecture.learned)
    for name, value in lines.items():
        np.testing.assert_allclose(value, made.values[name] - 0.05 * made.values[f"dC_d{name}"], rtol=1e-12)


@pytest.mark.wide
def test_it_prints_on_every_screen_and_page(both):
    _, made = both
    for language in ("en", "zh"):
        for width in (80, 120):
            assert max(map(len, drawn(made, language, width).splitlines())) <= width
    page = document(made)
    assert "<script" not in page
    assert page.count('class="cr-step"') >= 6


# ---- skipped layers ----------------------------------------------------------------------------------------------------


def skipping(inner):
    net = cr.Network([5, Residual(inner), 3], input=4, activation="tanh", cost="log-likelihood", seed=0)
    return net, net.explain(np.array([0.1, 0.4, 0.2, 0.9]), 1)


def test_the_error_of_a_sum_goes_back_both_ways():
    _, made = skipping([Dense(6, "relu"), Dense(5, "linear")])
    v = made.values
    np.testing.assert_allclose(v["a5"], v["a4"] + v["a2"])
    np.testing.assert_allclose(v["δ4"], v["δ5"])
    back = v["δ5"] + v["w3"].T @ ((v["w4"].T @ v["δ4"]) * (v["z3"] > 0))
    np.testing.assert_allclose(v["δ2"], back * (1 - v["a2"] ** 2))
    assert made.line("δ4").python == "δ4 = δ5"
    assert made.line("dC_dw4").python == "dC_dw4 = δ4 @ a3.T"
    said = meanings(made)
    assert in_words(said["a5"]) == "what the skipped layers made of a2, added to it"
    assert (
        in_words(said["δ5"]) == "the error of the sum: it goes back both ways, straight on to a2 and through the layers"
    )
    assert in_words(said["δ4"]) == "the same error, on its way through the skipped layers"
    text = " ".join(drawn(made).split())
    assert "Where layers are skipped, what they make of their input is added to that input." in text
    assert "At the sum, the error goes back both ways: straight on, and through the skipped layers." in text


def test_a_neuron_says_where_its_error_comes_from_on_both_ways():
    _, made = skipping([Dense(6, "relu"), Dense(5, "linear")])
    for layer in (2, 3, 4, 5):
        for neuron in (0, 3):
            found = made.blame(layer, neuron)
            slope = 1.0 if found.slope is None else found.slope
            assert found.total * slope == pytest.approx(found.delta, rel=1e-9, abs=1e-15)
    page = io.StringIO()
    answer(made.following(2, 3), "blame", Screen(page, width=80, depth="none"))
    assert "δ⁵[3], past the skipped layers" in page.getvalue()
    page = io.StringIO()
    answer(made.following(4, 3), "blame", Screen(page, width=80, depth="none"))
    assert "Layer 5 added it to what was skipped" in page.getvalue()


def test_questions_about_places_are_refused():
    net = NETWORKS["transformer"](seed=0)
    x, labels = examples(net, 1)
    made = net.explain(x[0], int(labels[0]))
    for ask in (lambda: made.value_of(7, 3), lambda: made.blame(7, 3), lambda: made.blame(4, 3) and made.blame(3, 1)):
        with pytest.raises(NetworkError):
            ask()
    assert made.why() is not None
    assert len(made.layers()) == len(net.architecture.layers)


def test_a_sum_that_has_an_activation_is_the_weighted_input_of_that():
    made = NETWORKS["residual"](seed=0).explain(np.ones(4), 1)
    layer = next(
        each for each in made.architecture.layers if f"z{each}" in made.values and made.architecture.layer(each).back
    )
    said = meanings(made)
    assert in_words(said[f"z{layer}"]).startswith("what the skipped layers made of ")
    assert in_words(said[f"a{layer}"]) == f"the activation of each neuron of layer {layer}"


def test_skipped_layers_that_are_one_or_nested():
    for inner in ([LayerNorm()], [Residual([LayerNorm()]), Dense(5)], [Dense(5), Residual([LayerNorm()])]):
        net, made = skipping(inner)
        for layer in net.architecture.layers:
            assert f"δ{layer}" in made.values
        assert made.proof().agrees


# ---- time --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["simple", "lstm"])
def test_each_place_in_time_is_told_by_its_number(cell):
    net = cr.Network([Recurrent(3, cell), 2], input=(4, 2), cost="log-likelihood", seed=2)
    made = net.explain(np.random.default_rng(0).random((4, 2)), 1)
    said = meanings(made)
    places = {symbol: meaning.slots["place"] for symbol, meaning in said.items() if "place" in meaning.slots}
    assert [places[f"s2_{k}"] for k in (1, 2, 3, 4)] == ["1", "2", "3", "4"]
    assert [places[f"h2_{k}"] for k in (1, 2, 3)] == ["1", "2", "3"]
    if cell == "lstm":
        assert [places[f"f2_{k}"] for k in (1, 2, 3)] == ["2", "3", "4"]  # at the first there is nothing to forget
        assert [places[f"c2_{k}"] for k in (1, 2, 3, 4)] == ["1", "2", "3", "4"]
    text = " ".join(drawn(made).split())
    assert "A recurrent layer reads one place after another" in text
    assert "the error goes back in time, from each place to the one before" in text


def test_a_place_and_its_channel_are_chosen():
    net = NETWORKS["transformer"](seed=0)
    x, labels = examples(net, 1)
    made = net.explain(x[0], int(labels[0]), neuron=(7, (2, 5)))
    assert made.facts["place7"] == 2
    assert made.facts["channel7"] == 5
    assert made.line("a7").numbers[0].index == (0, 2, 5)
    assert made.line("a7").numbers[0].symbol == "a⁷[2,5]"
