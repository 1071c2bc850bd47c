"""Explanations of networks of images: every value against loops in plain NumPy, and what is printed and drawn of them."""

import io
import itertools
import re

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.errors import ChainruleError
from chainrule.explain.document import document
from chainrule.explain.figures import Figures
from chainrule.explain.numbers import over_windows
from chainrule.explain.terminal import answer
from chainrule.explain.windows import folded, pool, sent_back, window, winners_of
from chainrule.layers import AveragePool, BatchNorm, Conv, Dense, Flatten, LayerNorm, MaxPool
from chainrule.show.markup import Speaker
from chainrule.show.screen import Screen

SIDE, MAPS, CHANNELS = 9, 3, 2


def network():
    layers = [Conv(MAPS, 3, "tanh"), MaxPool(2), Conv(4, 2, "sigmoid"), Flatten(), Dense(5)]
    return cr.Network(layers, input=(CHANNELS, SIDE, SIDE), cost="log-likelihood", seed=3)


def example():
    return np.random.default_rng(5).uniform(size=(CHANNELS, SIDE, SIDE)), 2


@pytest.fixture(scope="module")
def made():
    return network().explain(*example())


def correlated(a, w, b):
    """z = w ⋆ a + b, place by place."""
    maps, _, rows, columns = w.shape
    z = np.zeros((maps, a.shape[1] - rows + 1, a.shape[2] - columns + 1))
    for f, y, x in np.ndindex(z.shape):
        z[f, y, x] = np.sum(w[f] * a[:, y : y + rows, x : x + columns]) + b[f]
    return z


def by_loops(net, image, label):
    """All values of the network's steps, by the definitions."""
    w2, b2, w4, b4, w6, b6 = (np.asarray(each, np.float64) for each in net.parameters)
    z2 = correlated(image, w2, b2.ravel())
    a2 = np.tanh(z2)
    a3, winners = np.zeros((MAPS, 3, 3)), {}
    for f, y, x in np.ndindex(a3.shape):
        places = [(f, 2 * y + i, 2 * x + j) for i, j in itertools.product(range(2), range(2))]
        winners[f, y, x] = max(places, key=lambda place: a2[place])
        a3[f, y, x] = a2[winners[f, y, x]]
    z4 = correlated(a3, w4, b4.ravel())
    a4 = 1 / (1 + np.exp(-z4))
    a5 = a4.reshape(-1, 1)
    z6 = w6 @ a5 + b6
    a6 = np.exp(z6) / np.exp(z6).sum()
    y = np.zeros((5, 1))
    y[label] = 1
    δ6 = a6 - y
    δ5 = w6.T @ δ6
    δ4 = δ5.reshape(a4.shape) * a4 * (1 - a4)
    dC_dw4, δ3 = np.zeros(w4.shape), np.zeros(a3.shape)
    for f, c, i, j in np.ndindex(w4.shape):
        for at in np.ndindex(δ4.shape[1:]):
            dC_dw4[f, c, i, j] += δ4[f][at] * a3[c, at[0] + i, at[1] + j]
            δ3[c, at[0] + i, at[1] + j] += δ4[f][at] * w4[f, c, i, j]
    δ2 = np.zeros(a2.shape)
    for place, winner in winners.items():
        δ2[winner] = δ3[place] * (1 - a2[winner] ** 2)
    dC_dw2 = np.zeros(w2.shape)
    for f, c, i, j in np.ndindex(w2.shape):
        dC_dw2[f, c, i, j] = np.sum(δ2[f] * image[c, i : i + δ2.shape[1], j : j + δ2.shape[2]])
    found = dict(locals())
    names = ["z2", "a2", "a3", "z4", "a4", "a5", "z6", "a6", "δ6", "δ5", "δ4", "δ3", "δ2", "dC_dw4", "dC_dw2"]
    biases = {"dC_db2": δ2.sum(axis=(1, 2)), "dC_db4": δ4.sum(axis=(1, 2))}
    return {name: found[name] for name in names} | biases


def test_every_value_is_that_of_loops_over_places(made):
    values = by_loops(network(), *example())
    for name, expected in values.items():
        got = made.line(name).value
        np.testing.assert_allclose(got.reshape(expected.shape), expected, rtol=1e-12, atol=1e-14, err_msg=name)


def test_the_steps_have_windows_their_errors_and_the_transpose_of_flatten_as_lines(made):
    symbols = [[line.symbol for line in step.lines] for step in made.steps]
    assert symbols[1] == ["z2", "a2", "v3", "a3", "z4", "a4", "a5", "z6", "a6"]
    assert symbols[3] == ["δ5", "δ4", "δ3", "δ_v3", "δ2"]
    assert made.line("a5").python == "a5 = np.reshape(a4, (1, 16)).T"
    assert made.line("δ_v3").forward == ("a3",)
    assert {made.line(each).layer for each in ("v3", "δ_v3", "δ3", "a3")} == {3}


def test_the_numbers_of_a_place_are_its_products(made):
    for name in ("z2", "z4", "δ3", "dC_dw2", "dC_dw4"):
        (numbers,) = made.line(name).numbers
        assert numbers.result == made.values[name][numbers.index]
        assert numbers.inner > 3
        first = "".join(term.text for term in numbers.stages[0])
        assert first.count("×") == 2
    (numbers,) = made.line("z2").numbers
    neuron = made.neuron(2)
    assert numbers.symbol == f"z²[{','.join(map(str, np.unravel_index(neuron, (MAPS, 7, 7))))}]"
    assert numbers.inner == CHANNELS * 9


@pytest.mark.parametrize(
    "subscripts", ["fcij,nc(y+i)(x+j)->nfyx", "nfyx,nc(y+i)(x+j)->fcij", "nfyx,fcij->nc(y+i)(x+j)"]
)
def test_the_factors_of_a_sum_over_windows_come_to_the_sum(subscripts):
    from chainrule.program.helpers import windowed_einsum

    random = np.random.default_rng(1)
    arrays = {"fcij": (2, 3, 2, 2), "nc(y+i)(x+j)": (1, 3, 5, 4), "nfyx": (1, 2, 4, 3)}
    one, other = (random.normal(size=arrays[each]) for each in subscripts.partition("->")[0].split(","))
    whole = windowed_einsum(subscripts, one, other)
    for index in np.ndindex(whole.shape):
        left, right = over_windows({"subscripts": subscripts, "shape": None}, one, other, index)
        np.testing.assert_allclose(np.sum(left * right), whole[index], rtol=1e-12, atol=1e-14)


def test_a_followed_place_goes_through_its_pooling(made):
    """The place of layer 2 has the largest error, so it has won; in layer 3 the window is followed that it won."""
    seen, pooled = window(made, 2, made.neuron(2)), pool(made, 2, made.neuron(2))
    assert pooled is not None
    assert pooled.winner == seen.place[1:]
    assert np.ravel_multi_index(pooled.place, (MAPS, 3, 3)) == made.neuron(3)
    image = example()[0]
    top, left = seen.corner
    np.testing.assert_array_equal(seen.values, image[:, top : top + 3, left : left + 3])
    z = np.sum(seen.values * seen.kernel) + made.values["b2"].ravel()[seen.place[0]]
    np.testing.assert_allclose(z, made.of_example("z2")[made.neuron(2)])


def test_a_window_begins_in_the_margin_moves_by_the_stride_and_sees_the_channels_of_its_group():
    net = cr.Network([Conv(4, 3, stride=2, padding=1, groups=2), Flatten(), Dense(3)], input=(4, 7, 7), seed=0)
    image = np.random.default_rng(0).uniform(size=(4, 7, 7))
    made = net.explain(image, 1)
    for neuron in range(4 * 4 * 4):
        seen = window(made, 2, neuron)
        z = np.sum(seen.values * seen.kernel) + made.values["b2"].ravel()[seen.place[0]]
        np.testing.assert_allclose(z, made.of_example("z2")[neuron], rtol=1e-12)
    assert window(made, 2, 0).corner == (-1, -1)
    assert window(made, 2, 63).first == 2


def test_winners_are_drawn_as_winners_and_windows_as_the_map_they_are_cut_from(made):
    formula = made.line("δ_v3").formula
    mask = winners_of(made, formula)["v3"]
    assert mask.sum() == MAPS * 9
    np.testing.assert_array_equal(folded(made, made.values["v3"])[0], made.values["a2"][0, :, :6, :6])
    np.testing.assert_array_equal((mask * made.values["v3"]).max(axis=(3, 5)), made.values["a3"])


@pytest.mark.wide
@pytest.mark.parametrize(
    "layers",
    [
        [Conv(3, 3, padding="same"), MaxPool(3, stride=2), Conv(4, 3, stride=2), AveragePool(2), Flatten(), Dense(4)],
        [Conv(2, 3), AveragePool(3, stride=2), MaxPool(2, ties="share"), Flatten(), Dense(4)],
        [MaxPool(2), Conv(4, 3), BatchNorm("relu"), LayerNorm("tanh"), AveragePool(2), Flatten(), Dense(4)],
        [Conv(4, 3, padding=1), Conv(6, 3, groups=2), MaxPool(2), Flatten(), Dense(4)],
        [Flatten(), Dense(6), Dense(4)],
        [Conv(1, 9, "linear"), Flatten(), Dense(4)],
    ],
    ids=["overlapping", "averaged", "normalized", "groups", "flat", "one-number"],
)
@pytest.mark.parametrize("label", [None, 1])
def test_every_kind_of_layer_is_explained_within_80_columns_and_as_a_document(layers, label):
    net = cr.Network(layers, input=(1, 17, 17) if len(layers) > 3 else (1, 9, 9), seed=1)
    made = net.explain(np.random.default_rng(2).integers(0, 256, net.architecture.input).astype(np.uint8), label)
    assert max(map(len, str(made).splitlines())) <= 80
    written = document(made)
    assert "1×1×" in written
    if label is not None:
        assert made.proof().agrees
        assert made.one_step().cost[1] < made.one_step().cost[0]
        assert made.why().pixels.size == made.sizes[0]


def test_the_dimensions_under_python_are_those_of_symbols_not_of_subscripts(made):
    places = made.line("z2").formula.places
    assert [each.name for each in places] == ["z2", "w2", "a1", "b2"]
    assert made.line("z2").python.index("w2") == places[1].column


def test_a_map_is_drawn_with_what_it_is(made):
    html = str(Figures(made, Speaker(("en",))).of(made.line("z4")))
    assert re.search(r"1 of 12: kernel \d, for map \d", html)
    assert re.search(r"1 of 4: map \d", html)


def test_a_batch_of_images_is_explained():
    images = np.random.default_rng(8).uniform(size=(3, CHANNELS, SIDE, SIDE))
    made = network().explain(images, [0, 1, 2])
    assert made.m == 3
    np.testing.assert_allclose(made.outputs, network()(images)[0], rtol=1e-5)
    assert max(map(len, str(made).splitlines())) <= 80


def answered(made, question, language="en"):
    page = io.StringIO()
    answer(made, question, Screen(page, width=80, depth="none"), language)
    said = page.getvalue()
    assert max(map(len, said.splitlines())) <= 80
    return " ".join(said.split())


def test_a_place_is_explained_by_its_window(made):
    z2 = by_loops(network(), *example())["z2"]
    for place in ((0, 0, 0), (2, 6, 6), (1, 3, 4)):
        neuron = int(np.ravel_multi_index(place, z2.shape))
        found = made.value_of(2, neuron)
        assert len(found.parts) == CHANNELS * 9
        np.testing.assert_allclose([found.total + found.bias, found.z], z2[place], rtol=1e-12)
        np.testing.assert_allclose(found.a, np.tanh(z2[place]), rtol=1e-12)
        chosen = network().explain(*example(), neuron=(2, place))
        assert chosen.chosen == (2, neuron)
        said = answered(chosen, "value")
        assert f"Why is a²[{','.join(map(str, place))}] =" in said
        assert f"that begin in row {place[1]}, column {place[2]} of the maps of layer 1" in said


def test_the_error_of_every_place_is_explained(made):
    values = by_loops(network(), *example())
    for layer in (2, 3, 4):
        error = values[f"δ{layer}"].ravel()
        for neuron in range(0, error.size, 5):
            found = made.blame(layer, neuron)
            np.testing.assert_allclose(found.delta, error[neuron], rtol=1e-12, atol=1e-15)
            slope = 1 if found.slope is None else found.slope
            np.testing.assert_allclose(found.total * slope, error[neuron], rtol=1e-10, atol=1e-15)


def test_a_place_that_wins_gets_the_whole_error_and_one_that_loses_nothing(made):
    pooled = pool(made, 2, made.neuron(2))
    (channel, row, column), (top, left) = (pooled.place[0], *pooled.winner), pooled.corner
    loser = (channel, top + (row == top), left + (column == left))
    won, lost = (network().explain(*example(), neuron=(2, place)) for place in ((channel, row, column), loser))
    assert "It was the largest of its pooling window" in answered(won, "blame")
    assert "It is the largest, and goes on" in answered(won, "value")
    winner = f"a²[{channel},{row},{column}]"
    assert f"goes to {winner}, and nothing comes here: its share = 0" in answered(lost, "blame")
    assert f"is the largest, but {winner}" in answered(lost, "value")
    assert "所以第 3 层的误差" in answered(won, "blame", "zh")


@pytest.mark.parametrize(
    "convolution",
    [
        Conv(6, 3),
        Conv(6, 3, padding="same"),
        Conv(6, 3, stride=2),
        Conv(6, (2, 3), stride=(2, 1), padding=(1, 2), groups=2),
    ],
    ids=["plain", "padded", "strided", "all"],
)
def test_the_error_comes_back_through_the_turned_kernel(convolution):
    net = cr.Network([Conv(4, 2, "tanh"), convolution, Flatten(), Dense(3)], input=(1, 8, 8), seed=2)
    made = net.explain(np.random.default_rng(4).uniform(size=(1, 8, 8)), 2)
    for neuron in range(4 * 7 * 7):
        weights, errors, _ = sent_back(made, 2, neuron)
        slope = 1 - made.of_example("a2")[neuron] ** 2
        np.testing.assert_allclose(
            np.sum(weights * errors) * slope, made.of_example("δ2")[neuron], rtol=1e-10, atol=1e-16
        )
        assert made.blame(2, neuron).delta == made.of_example("δ2")[neuron]
    assert "the kernel is turned" in answered(made.following(2, 60), "blame")


def test_a_mean_is_shared_among_its_places():
    net = cr.Network([Conv(2, 3, "tanh"), AveragePool(2), Flatten(), Dense(3)], input=(1, 8, 8), seed=2)
    made = net.explain(np.random.default_rng(4).uniform(size=(1, 8, 8)), 2)
    found = made.blame(2, made.neuron(2))
    np.testing.assert_allclose(found.total, made.of_example("δ3")[made.neuron(3)] / 4)
    assert "each of the 4 places gets an equal share" in answered(made.following(2, made.neuron(2)), "blame")
    assert "Their mean goes on" in answered(made.following(2, made.neuron(2)), "value")


def test_the_document_lights_the_window_and_numbers_its_products(made):
    seen = window(made, 2, made.neuron(2))
    html = str(Figures(made, Speaker(("en",))).window(2))
    top, left = seen.corner
    place = (
        f"top:{100 * top / SIDE:.4g}%;height:{300 / SIDE:.4g}%;left:{100 * left / SIDE:.4g}%;width:{300 / SIDE:.4g}%"
    )
    assert place in html
    products = seen.values[seen.loudest] * seen.kernel[seen.loudest]
    numbers = re.findall(r"<td[^>]*>([^<]*)</td>", html.partition("cr-products")[2].partition("</table>")[0])
    shown = [float(each.replace("−", "-").replace("≈", "")) for each in numbers]
    np.testing.assert_allclose(shown, products.ravel(), atol=0.0051)
    written = document(made)
    assert written.count('cr-window"') == 1
    assert "卷积核" in written


@pytest.mark.parametrize(
    ("neuron", "sentence"),
    [
        ((2, (3, 0, 0)), "Layer 2 has 3×7×7 for each example, and no place 3,0,0."),
        ((6, (0, 0, 0)), "Layer 6 has 5 for each example, and no place 0,0,0."),
        ((9, (0, 0, 0)), "There is no layer 9 to choose a neuron from; choose from 2 to 6."),
    ],
)
def test_a_place_that_there_is_not_is_refused(neuron, sentence):
    with pytest.raises(ChainruleError, match=re.escape(sentence)):
        network().explain(*example(), neuron=neuron)


def test_a_layer_before_all_that_learn_has_no_error():
    net = cr.Network([MaxPool(3), Flatten(), Dense(5)], input=(CHANNELS, SIDE, SIDE), seed=0)
    made = net.explain(*example())
    for asked in (lambda: made.blame(2, 0), lambda: answered(made.following(2, 0), "blame")):
        with pytest.raises(ChainruleError, match="Layer 2 has no error here, since no layer up to it learns anything"):
            asked()
