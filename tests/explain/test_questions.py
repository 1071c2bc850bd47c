"""What a learner asks, each answer against sums worked out by hand from the weights."""

import io
import re

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.shipped import shipped
from chainrule.explain.document import document
from chainrule.explain.terminal import answer, draw
from chainrule.show.screen import Screen
from chainrule.show.spelling import columns_of


@pytest.fixture(scope="module")
def case():
    train, _, test = cr.datasets.mnist()
    net = cr.Network([784, 8, 10], seed=0)
    net.fit(train.images[:3000], train.labels[:3000], epochs=3)
    wrong = int(np.flatnonzero(net.predict(test.images) != test.labels)[0])
    return net, test, wrong, net.explain(test.images[wrong], test.labels[wrong], learning_rate=0.5)


def parameters(net):
    return [each.astype(np.float64) for each in net.parameters]


def test_a_neurons_value_is_the_sum_of_its_parts(case):
    net, test, wrong, made = case
    found = made.value_of(2, 3)
    w, b, *_ = parameters(net)
    x = test.images[wrong].ravel() / 255
    assert found.total == pytest.approx(float(w[3] @ x))
    assert (found.bias, found.z) == pytest.approx((b[3, 0], float(w[3] @ x + b[3, 0])))
    assert found.a == pytest.approx(1 / (1 + np.exp(-found.z)))
    assert [part.neuron for part in found.parts[:5]] == list(np.argsort(-np.abs(w[3] * x), kind="stable")[:5])
    assert all(part.product == part.weight * part.value for part in found.parts)


def test_why_this_answer_and_not_that(case):
    net, _, _, made = case
    found = made.why()
    assert (found.this, found.other) == (made.answer, made.label)
    *_, w, b = parameters(net)
    for vote in found.votes:
        assert vote.this == pytest.approx(w[found.this, vote.neuron] * vote.activation)
        assert vote.other == pytest.approx(w[found.other, vote.neuron] * vote.activation)
    total = sum(vote.difference for vote in found.votes) + found.biases[0] - found.biases[1]
    assert total == pytest.approx(found.z[0] - found.z[1])
    assert found.biases == pytest.approx((b[found.this, 0], b[found.other, 0]))
    assert made.why(1, 2).this == 1


def test_pixels_are_exact_where_inputs_and_answers_meet():
    net = cr.Network([784, 10], seed=0)
    test = cr.datasets.mnist()[2]
    found = net.explain(test.images[0]).why(3, 8)
    w, _ = parameters(net)
    np.testing.assert_allclose(found.pixels, (w[3] - w[8]) * test.images[0].ravel() / 255, rtol=1e-12)


def test_pixels_are_input_times_slope(case):
    net, test, wrong, made = case
    found = made.why()
    x = test.images[wrong].ravel() / 255
    at = int(np.argmax(np.abs(found.pixels)))
    w2, b2, w3, b3 = parameters(net)

    def difference(x):
        z = w3 @ (1 / (1 + np.exp(-(w2 @ x + b2[:, 0])))) + b3[:, 0]
        return z[found.this] - z[found.other]

    nudge = np.eye(784)[at] * 1e-6
    slope = (difference(x + nudge) - difference(x - nudge)) / 2e-6
    assert found.pixels[at] == pytest.approx(x[at] * slope, rel=1e-6)


def test_where_an_error_comes_from(case):
    net, _, _, made = case
    found = made.blame(2, 5)
    *_, w, _ = parameters(net)
    assert found.total == pytest.approx(float(w[:, 5] @ made.values["δ3"][:, 0]))
    assert found.delta == pytest.approx(found.total * found.slope)
    output = made.blame(3, made.label)
    assert (output.parts, output.total) == ((), pytest.approx(made.outputs[made.label] - 1))
    assert output.delta == pytest.approx(output.total * output.slope)


def test_with_cross_entropy_the_output_error_is_told_as_it_is():
    net = cr.Network([784, 4, 10], seed=0, cost="cross-entropy")
    made = net.explain(np.zeros(784), 3)
    assert made.blame(3, 3).slope is None
    assert made.blame(3, 3).total == made.blame(3, 3).delta == pytest.approx(made.outputs[3] - 1)


def test_one_step_of_learning(case):
    net, test, wrong, made = case
    rest = np.arange(10_000) != wrong
    others = (test.images[rest].reshape(-1, 784) / 255, test.labels[rest])
    found = made.one_step(others)
    twin = cr.Network([784, 8, 10], seed=0, dtype="float64")
    nabla_b, nabla_w = net.backprop(test.images[wrong], test.labels[wrong])
    for at, array in enumerate(twin.parameters):
        array[...] = parameters(net)[at] - 0.5 * (nabla_w, nabla_b)[at % 2][at // 2]
    after = twin(test.images[wrong])
    np.testing.assert_allclose(found.activations[1], after, rtol=1e-9)
    y = np.eye(10)[test.labels[wrong]]
    assert found.cost == pytest.approx((made.cost, 0.5 * np.sum((after - y) ** 2)))
    assert found.cost[1] < found.cost[0]
    right = twin.predict(test.images[rest]) == test.labels[rest]
    assert found.right[1] == right.sum()
    assert found.others == 9_999
    assert found.right[1] - found.right[0] == found.became_right - found.became_wrong
    assert found.answers == (made.answer, int(np.argmax(after)))


def test_a_gradient_is_proved_by_measuring(case):
    *_, made = case
    for symbol in ("w2", "b2", "w3", "b3"):
        assert made.proof(symbol).relative_error < 1e-6
    found = made.proof("w3", (2, 4))
    assert found.derivative == made.values["dC_dw3"][2, 4]
    assert found.costs[0] != found.costs[1]


def test_a_function_is_proved_too():
    made = cr.explain(lambda w, x: np.sum(np.tanh(w @ x)), (np.ones((2, 3)) / 3, np.ones(3)))
    assert made.proof().relative_error < 1e-8
    assert made.proof("w", (1, 2)).derivative == made.values["dC_dw"][1, 2]
    with pytest.raises(cr.ChainruleError, match=r"is a function, and this is asked of a network's neurons\."):
        made.value_of(2, 0)


def test_layers_saturation_and_length_of_error():
    net = cr.Network([784, 30, 30, 30, 10], seed=0)
    made = net.explain(cr.datasets.mnist()[2].images[0], 7)
    found = made.layers()
    assert [each.layer for each in found] == [2, 3, 4, 5]
    for each in found:
        z = made.values[f"z{each.layer}"]
        a = 1 / (1 + np.exp(-z))
        assert each.saturated == int((a * (1 - a) < 0.01).sum())
        assert each.error == pytest.approx(np.sqrt(np.sum(made.values[f"δ{each.layer}"] ** 2)))
    assert found[0].error < found[1].error < found[2].error  # the vanishing gradient of the book's chapter 5


def test_questions_about_errors_need_a_label(case):
    net, test, _, _ = case
    made = net.explain(test.images[0])
    for ask in (lambda: made.blame(2, 0), made.one_step, made.layers):
        with pytest.raises(
            cr.ChainruleError, match=r"Without a desired output there is no error; give the label too\."
        ):
            ask()
    with pytest.raises(cr.ChainruleError, match=r"Without a desired output there is no cost, and no gradient of it\."):
        made.proof()
    with pytest.raises(cr.ChainruleError, match=r"3 and 3 are the same answer; name two that differ\."):
        made.why(3, 3)


# ---- an output that moves against its error --------------------------------------------------------------------------


def shipped_mistakes(count):
    net, test = cr.load(shipped("book")), cr.datasets.mnist()[2]
    wrong = np.flatnonzero(net.predict(test.images[:1200]) != test.labels[:1200])[:count]
    return net, [net.explain(test.images[at], test.labels[at]) for at in wrong]


def weighted(w2, b2, w3, b3, x):
    a2 = 1 / (1 + np.exp(-(w2 @ x + b2)))
    return a2, w3 @ a2 + b3


def test_why_an_output_moves_against_its_error_is_worked_out_from_the_weights():
    """The truth or the answer is named exactly where z moves the way that raises the cost, with the parts of that."""
    net, explained = shipped_mistakes(45)
    named = 0
    for made in explained:
        w2, b2, w3, b3 = parameters(net)
        x, y = made.values["a1"], made.values["y"]
        a2, z3 = weighted(w2, b2, w3, b3, x)
        a3 = 1 / (1 + np.exp(-z3))
        d3 = (a3 - y) * a3 * (1 - a3)
        d2 = (w3.T @ d3) * a2 * (1 - a2)
        new = w2 - 0.1 * d2 @ x.T, b2 - 0.1 * d2, w3 - 0.1 * d3 @ a2.T, b3 - 0.1 * d3
        new_a2, new_z3 = weighted(*new, x)
        own = z3 - 0.1 * d3 * (a2.T @ a2 + 1)
        wanted = [k for k in (made.label, made.answer) if (new_z3[k, 0] - z3[k, 0]) * d3[k, 0] > 0]
        found = made.one_step().against
        assert [each.neuron for each in found] == wanted
        for each in found:
            named += 1
            k = each.neuron
            assert each.delta == pytest.approx(d3[k, 0])
            assert each.z == pytest.approx((z3[k, 0], own[k, 0], new_z3[k, 0]))
            assert (each.z[1] - each.z[0]) * each.delta < 0 < (each.z[2] - each.z[1]) * each.delta
            products = (new[2][k] * (new_a2 - a2)[:, 0]) * np.sign(each.z[2] - each.z[1])
            assert each.most.neuron == int(np.argmax(products))
            assert abs(each.most.product) == pytest.approx(products.max())
            assert each.leader in (None, int(np.argmax(np.abs(d3))))
    assert named >= 5


def test_without_hidden_neurons_nothing_moves_against_its_error():
    test, net = cr.datasets.mnist()[2], cr.Network([784, 10], seed=3)
    assert [net.explain(test.images[at], test.labels[at]).one_step().against for at in range(20)] == [()] * 20


SETTINGS = [
    {"activation": "relu", "cost": "log-likelihood"},
    {"initializer": "large", "normalization": "layer"},
    {"initializer": "large", "activation": "tanh"},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_in_other_networks_too_what_is_named_has_moved_against_its_error(settings):
    test, found = cr.datasets.mnist()[2], 0
    net = cr.Network([784, 12, 8, 10], seed=1, **settings)
    for at in range(60):
        made = net.explain(test.images[at], test.labels[at], learning_rate=0.3)
        step = made.one_step()
        before, after = step.activations
        for each in step.against:
            found += 1
            assert (after[each.neuron] - before[each.neuron]) * each.delta > 0
            assert (each.z[2] - each.z[0]) * each.delta > 0
            assert each.most is not None
    assert found


def test_it_is_said_where_it_happens_and_nowhere_else():
    _, explained = shipped_mistakes(12)
    words = {"en": "although δ³[{0}] pushes it up", "zh": "δ³[{0}] 要把 {0} 往上推，它却降了"}
    for made in explained:
        against = made.one_step().against
        fell = [each.neuron for each in against if each.z[2] < each.z[0]]
        for language, said in words.items():
            page = io.StringIO()
            draw(made, Screen(page, width=100, depth="none"), language)
            text = "".join(page.getvalue().split())
            assert ("".join(said.format(made.label).split()) in text) == (made.label in fell)
        html = re.sub("<[^>]+>", "", document(made, language="en"))  # in both languages
        assert ("although" in html) == bool(against)
        assert ("它却" in html) == bool(against)


def test_the_sentence_has_the_numbers_of_the_step():
    made = shipped_mistakes(1)[1][0]
    (found,) = made.one_step().against
    page = io.StringIO()
    draw(made, Screen(page, width=100, depth="none"), "en", [6])
    text = " ".join(page.getvalue().split())
    before, own, after = found.z
    said = re.search(
        r"z³\[5\] would have moved by (\S+);.* moved z³\[5\] by (\S+): together from (\S+) to (\S+)\.", text
    )
    numbers = [
        float(re.sub(r"·10⁻(.)", lambda m: f"e-{'⁰¹²³⁴⁵⁶⁷⁸⁹'.index(m[1])}", each.replace("−", "-")))
        for each in said.groups()
    ]
    assert numbers == pytest.approx([own - before, after - own, before, after], rel=0.05)
    assert numbers[3] < numbers[2]


# ---- tables on a terminal ----------------------------------------------------------------------------------------------


def gaps(lines):
    """How many columns are empty between the columns of a table."""
    width = max(map(columns_of, lines))
    cells = ["".join(char + "_" * (columns_of(char) - 1) for char in line).ljust(width) for line in lines]
    empty = "".join(" " if all(line[at] == " " for line in cells) else "x" for at in range(width))
    return [len(run) for run in re.findall("(?<=x) {2,}(?=x)", empty)]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("question", ["why", "layers", "one_step"])
def test_no_column_of_a_table_is_wider_than_what_stands_in_it(case, question, language):
    *_, made = case
    page = io.StringIO()
    answer(made, question, Screen(page, width=100, depth="none"), language)
    tables = [
        part.splitlines() for part in page.getvalue().split("\n\n") if re.search(r"\S {3,}\S", part.splitlines()[-1])
    ]
    assert tables
    for lines in tables:
        found = gaps(lines)
        assert found
        assert set(found) == {3}


def test_a_column_that_is_too_wide_is_seen():
    assert gaps(["neuron         a   difference", "13         0.992        +7.95"]) == [5, 3]
    assert gaps(["neuron       a   difference", "13       0.992        +7.95"]) == [3, 3]


def by_hand(net, x, moved=None):
    """Parameters, s, γ u, z and a of each layer of a normalized network on a column; `moved` is added to the bias of layer 2."""
    a, found = x, []
    for layer in (2, 3):
        of_all = zip(net.architecture.shapes, parameters(net), strict=True)
        own = {name[:-1]: each for name, each in of_all if name[-1] == str(layer)}
        s = own["w"] @ a
        scaled = own["gamma"] * (s - own.get("mean", s.mean())) / np.sqrt(own.get("variance", s.var()) + 1e-5)
        z = scaled + own["b"] + (moved if moved is not None and layer == 2 else 0)
        a = 1 / (1 + np.exp(-z))
        found.append((own, s, scaled, z, a))
    return found


@pytest.fixture(scope="module", params=["batch", "layer"])
def normalized(request):
    """A trained network whose hidden and output layers are normalized, a digit, and its explanation."""
    train, _, test = cr.datasets.mnist()
    layers = [cr.Dense(size, normalization=request.param) for size in (6, 10)]
    net = cr.Network(layers, input=784, seed=0)
    net.fit(train.images[:2000], train.labels[:2000], epochs=2)
    return net, test.images[0].reshape(784, 1) / 255, net.explain(test.images[0], 7)


def shown(made, question):
    page = io.StringIO()
    answer(made, question, Screen(page, width=100, depth="none"), "en")
    return page.getvalue()


def test_a_normalized_sum_is_shown_to_become_z(normalized):
    net, x, made = normalized
    layer, j = made.chosen
    found = made.value_of(layer, j)
    own, s, scaled, z, a = by_hand(net, x)[0]
    expected = tuple(each[j, 0] for each in (s, scaled, own["b"], z, a))
    assert (found.total, found.scaled, found.bias, found.z, found.a) == pytest.approx(expected)
    assert found.z == pytest.approx(found.scaled + found.bias)
    ends = [line.split(" = ")[0].strip() for line in shown(made, "value").splitlines()[-5:]]
    assert ends == ["sum", f"γ²[{j}] × u2[{j}]", f"b²[{j}]", f"z²[{j}]", f"a²[{j}]"]
    assert f"It normalizes the sum to u2[{j}] = " in shown(made, "value")


def test_the_votes_for_a_normalized_answer_are_shown_to_become_z(normalized):
    net, x, made = normalized
    found = made.why(7, 3)
    _, s, scaled, z, a = by_hand(net, x)[1]
    pair = [found.this, found.other]
    assert [sum(getattr(vote, side) for vote in found.votes) for side in ("this", "other")] == pytest.approx(
        list(s[pair, 0])
    )
    assert (found.scaled, found.z, found.a) == tuple(pytest.approx(tuple(each[pair, 0])) for each in (scaled, z, a))
    text = shown(made, "why")
    heads = [re.split(" {3,}", line.strip())[0] for line in text.splitlines()]
    assert heads[heads.index("s3") :][:5] == ["s3", "γ³ × u3", "bias b³", "z³", "a³"]
    assert "Each sum is then normalized and scaled before its bias is added." in text


def test_the_errors_that_flow_back_through_a_normalized_layer_are_those_of_its_sums(normalized):
    net, x, made = normalized
    layer, j = made.chosen
    y, step = np.eye(10)[:, [7]], 1e-5 * np.eye(6)[:, [j]]
    above, below = (0.5 * np.sum((by_hand(net, x, each)[1][-1] - y) ** 2) for each in (step, -step))
    found = made.blame(layer, j)
    assert found.delta == pytest.approx((above - below) / 2e-5, rel=1e-5)
    assert found.total * found.slope == pytest.approx(found.delta)
    assert [" × δ_s3[" in shown(made, "blame"), " × δ³[" in shown(made, "blame")] == [True, False]


def test_pixels_are_a_first_estimate_for_normalized_answers():
    test = cr.datasets.mnist()[2]
    net = cr.Network([cr.Dense(10, normalization="layer")], input=784, seed=0)
    assert "a first estimate of what each pixel does" in " ".join(shown(net.explain(test.images[0], 7), "why").split())


def test_a_sum_that_is_not_normalized_comes_to_z_with_its_bias(case):
    found = case[-1].value_of(2, 3)
    assert found.scaled is None
    assert found.z == pytest.approx(found.total + found.bias)
    assert case[-1].why().scaled is None
    assert not {"γ", "u2", "normalized"} & set(re.findall(r"\w+", shown(case[-1], "value") + shown(case[-1], "why")))
