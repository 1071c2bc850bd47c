"""Every number of an explanation against the article's own code, walked for networks of two to five layers."""

import io

import numpy as np
import pytest

import chainrule as cr
from chainrule import textbook
from chainrule.core.primitive import Primitive
from chainrule.data.shipped import shipped
from chainrule.explain.scope import evaluator
from chainrule.explain.terminal import draw
from chainrule.explain.vocabulary import Slot
from chainrule.show.screen import Screen

SIZES = ([12, 4], [12, 6, 4], [12, 7, 5, 4], [12, 7, 6, 5, 4])


def example(sizes, m=1):
    random = np.random.default_rng(1)
    return random.uniform(size=(m, sizes[0])), random.integers(0, sizes[-1], m)


def by_hand(net, x, label):
    """What the article's code computes: all a, z, δ and gradients by the names of an explanation."""
    book = textbook.Network(net.sizes)
    book.weights = [w.astype(np.float64) for w in net.weights]
    book.biases = [b.astype(np.float64) for b in net.biases]
    y = np.eye(net.sizes[-1])[:, [label]]
    nabla_b, nabla_w = book.backprop(x.reshape(-1, 1), y)
    found = {"a1": x.reshape(-1, 1), "y": y}
    for layer, (w, b) in enumerate(zip(book.weights, book.biases, strict=True), start=2):
        found[f"z{layer}"] = w @ found[f"a{layer - 1}"] + b
        found[f"a{layer}"] = textbook.sigmoid(found[f"z{layer}"])
        found[f"w{layer}"], found[f"b{layer}"] = w, b
        found[f"δ{layer}"] = found[f"dC_db{layer}"] = nabla_b[layer - 2]
        found[f"dC_dw{layer}"] = nabla_w[layer - 2]
    output = found[f"a{len(net.sizes)}"]
    found["nabla_a"] = book.cost_derivative(output, y)
    found["C"] = 0.5 * np.linalg.norm(y - output) ** 2
    return book, found


@pytest.mark.parametrize("sizes", SIZES, ids=len)
def test_every_number_is_the_textbooks(sizes):
    net = cr.Network(sizes, seed=2)
    x, (label,) = example(sizes)
    made = net.explain(x[0], label, learning_rate=0.5)
    book, wanted = by_hand(net, x[0], label)
    book.update_mini_batch([(wanted["a1"], wanted["y"])], eta=0.5)
    walked = set()
    for step in made.steps:
        for line in step.lines:
            name = line.symbol
            right = wanted[name]
            if step.number == 6:
                right = {"w": book.weights, "b": book.biases}[name[0]][int(name[1]) - 2]
            np.testing.assert_allclose(line.value, right, rtol=1e-12, atol=1e-15)
            walked.add((step.number, name))
            assert line.zeros == np.mean(np.asarray(right) == 0)
            for numbers in line.numbers:
                assert numbers.result == pytest.approx(float(np.asarray(right)[numbers.index]), rel=1e-9, abs=1e-12)
    layers = range(2, len(sizes) + 1)
    assert walked == {
        *((1, name) for name in ("a1", "y")),
        *((2, f"{letter}{layer}") for letter in "za" for layer in layers),
        *((3, name) for name in ("C", "nabla_a", f"δ{len(sizes)}")),
        *((4, f"δ{layer}") for layer in layers[:-1]),
        *((5, f"dC_d{letter}{layer}") for letter in "wb" for layer in layers),
        *((6, f"{letter}{layer}") for letter in "wb" for layer in layers),
    }


@pytest.mark.parametrize("sizes", SIZES, ids=len)
def test_a_batch_is_the_textbooks_sum(sizes):
    net = cr.Network(sizes, seed=2)
    x, labels = example(sizes, 3)
    made = net.explain(x, labels)
    each = [by_hand(net, row, label)[1] for row, label in zip(x, labels, strict=True)]
    for step in made.steps[:5]:
        for line in step.lines:
            values = [one[line.symbol] for one in each]
            right = np.hstack(values) if line.value.shape[-1:] == (3,) and step.number != 5 else sum(values)
            np.testing.assert_allclose(line.value, right, rtol=1e-11, atol=1e-14)
    assert made.cost == pytest.approx(np.mean([one["C"] for one in each]))
    assert made.steps[5].lines[0].formula.text == "w² ← w² − (η / 3) ∂C/∂w²"


def test_two_layers_have_no_fourth_step():
    assert cr.Network([12, 4], seed=0).explain(*(each[0] for each in example([12, 4]))).steps[3].lines == ()


def test_the_output_error_stands_in_two_lines_as_in_the_article():
    made = cr.Network([784, 30, 10], seed=0).explain(np.zeros(784), 3)
    texts = [(line.formula.text, line.formula.dimensions, line.python) for line in made.steps[2].lines]
    assert texts == [
        ("C = 0.5 Σ (a³ − y)²", "() = Σ (10×1 − 10×1)²", "C = 0.5 * np.sum((a3 - y) ** 2)"),
        ("∇ₐC = a³ − y", "10×1 = 10×1 − 10×1", "nabla_a = a3 - y"),
        ("δ³ = ∇ₐC ⊙ σ′(z³)", "10×1 = 10×1 ⊙ σ′(10×1)", "δ3 = nabla_a * sigmoid_prime(z3)"),
    ]


def test_the_forward_equations_that_a_line_is_the_derivative_of():
    made = cr.Network([12, 6, 5, 4], seed=0).explain(*(each[0] for each in example([12, 4])))
    found = {line.symbol: line.forward for step in made.steps[:5] for line in step.lines if line.forward}
    assert found == {
        "nabla_a": ("C",), "δ4": ("a4",), "δ3": ("a3", "z4"), "δ2": ("a2", "z3"),
        "dC_dw2": ("z2",), "dC_db2": ("z2",), "dC_dw3": ("z3",), "dC_db3": ("z3",), "dC_dw4": ("z4",), "dC_db4": ("z4",),
    }  # fmt: skip


OTHERS = [
    {"activation": "tanh"}, {"activation": "relu", "cost": "log-likelihood"}, {"activation": "gelu"},
    {"activation": "elu"}, {"cost": "cross-entropy"}, {"cost": "hinge"}, {"cost": "huber"}, {"output": "softmax"},
    {"output": "linear"}, {"normalization": "batch"}, {"normalization": "layer"}, {"dropout": 0.5},
    {"activation": "leaky-relu", "cost": "mean-squared-error"},
]  # fmt: skip


@pytest.mark.parametrize("m", [1, 3])
@pytest.mark.parametrize("settings", OTHERS, ids=str)
def test_any_layer_and_cost_against_finite_differences(settings, m):
    net = cr.Network([12, 6, 4], seed=3, **settings)
    for name, array in zip(net.architecture.shapes, net.parameters, strict=True):
        if name.startswith(("mean", "variance")):
            array += np.random.default_rng(0).uniform(0, 0.5, array.shape).astype(array.dtype)
    x, labels = example([12, 4], m)
    made = net.explain(x, labels)
    names = list(net.architecture.shapes)
    inputs = [made.values[name] for name in (*names, "a1", "y")]
    for at, name in enumerate(names):
        if name.startswith(("mean", "variance")):
            continue
        gradient = made.line(f"dC_d{name}").value
        index = np.unravel_index(int(np.argmax(np.abs(gradient))), gradient.shape)
        sides = []
        for step in (1e-6, -1e-6):
            moved = inputs[at].copy()
            moved[index] += step
            sides.append(float(made.forward(*inputs[:at], moved, *inputs[at + 1 :])))
        assert gradient[index] == pytest.approx((sides[0] - sides[1]) / 2e-6, rel=2e-6, abs=1e-9)
    outputs = net(x.astype(np.float64))
    np.testing.assert_allclose(made.values[f"a{len(net.sizes)}"].T, outputs, rtol=2e-5, atol=2e-6)
    for line in made.lines:
        for numbers in line.numbers:
            value = line.value[numbers.index]
            assert numbers.result == pytest.approx(float(value), rel=1e-9, abs=1e-12)


def test_images_become_activations_in_a_line_that_says_how():
    test = cr.datasets.mnist()[2]
    net = cr.Network([784, 10], seed=0)
    gray = net.explain(test.images[0]).line("a1")
    assert gray.python == "a1 = np.reshape(x, (784, 1)) / 255"
    np.testing.assert_array_equal(gray.value[:, 0], test.images[0].ravel() / 255)
    assert net.explain(test.images[:3]).line("a1").python == "a1 = np.reshape(x, (3, 784)).T / 255"
    assert net.explain(test.images[0] / 255).line("a1").python == "a1 = np.reshape(x, (784, 1))"


def test_without_a_label_the_first_two_steps_are_explained():
    net = cr.Network([12, 6, 4], seed=0)
    x, _ = example([12, 4])
    made = net.explain(x[0])
    assert [step.number for step in made.steps] == [1, 2]
    assert [line.symbol for line in made.lines] == ["a1", "z2", "a2", "z3", "a3"]
    assert (made.label, made.cost, made.answer) == (None, None, net.predict(x[0].reshape(1, -1))[0])


def test_nothing_of_an_explanation_can_be_changed():
    net = cr.Network([12, 6, 4], seed=0)
    x, labels = example([12, 4])
    made = net.explain(x[0], labels[0])
    before = made.values["w2"].copy()
    net.parameters[0][...] = 0
    np.testing.assert_array_equal(made.values["w2"], before)
    for array in (*made.values.values(), *(line.value for line in made.lines)):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    with pytest.raises(TypeError):
        made.values["w2"] = before
    with pytest.raises(AttributeError):
        made.learning_rate = 1.0


@pytest.mark.names
def test_a_function_of_your_own_is_explained_by_the_same_code():
    def cost(w, b, x, y):
        z = w @ x + b
        return 0.5 * np.sum((1 / (1 + np.exp(-z)) - y) ** 2)

    random = np.random.default_rng(0)
    args = [random.normal(size=shape) for shape in ((3, 2), (3, 1), (2, 4), (3, 4))]
    made = cr.explain(cost, args)
    assert [[line.symbol for line in step.lines] for step in made.steps] == [
        ["w", "b", "x", "y"], ["z", "C"], ["v1", "δ_z"], [], ["dC_dy", "dC_db", "dC_dw", "dC_dx"],
    ]  # fmt: skip
    wanted = cr.grad(cost, (0, 1, 2, 3))(*args)
    for name, right in zip(("w", "b", "x", "y"), wanted, strict=True):
        np.testing.assert_allclose(made.line(f"dC_d{name}").value, right, rtol=1e-12)
    assert made.line("C").value == pytest.approx(cost(*args))


@pytest.mark.parametrize(
    ("neuron", "message"),
    [
        ((1, 0), "There is no layer 1 to choose a neuron from; choose from 2 to 3."),
        ((4, 0), "There is no layer 4 to choose a neuron from; choose from 2 to 3."),
        ((2, 6), "Layer 2 has no neuron 6; it has 0 to 5."),
    ],
)
def test_a_neuron_that_is_not_there(neuron, message):
    x, labels = example([12, 4])
    with pytest.raises(cr.ChainruleError) as error:
        cr.Network([12, 6, 4], seed=0).explain(x[0], labels[0], neuron=neuron)
    assert str(error.value) == message


def test_a_chosen_neuron_is_the_one_whose_numbers_are_shown():
    x, labels = example([12, 4])
    made = cr.Network([12, 6, 4], seed=0).explain(x[0], labels[0], neuron=(2, 4))
    assert made.line("z2").numbers[0].symbol == "z²[4]"
    assert made.line("dC_dw2").numbers[0].index[0] == 4


def test_a_planted_fault_in_a_rule_is_seen(monkeypatch):
    """The walk fails where a derivative is wrong."""
    net = cr.Network([12, 6, 4], seed=2)
    x, (label,) = example([12, 4])
    _, wanted = by_hand(net, x[0], label)
    np.testing.assert_allclose(net.explain(x[0], label).line("δ3").value, wanted["δ3"], rtol=1e-12)
    function = Primitive.function

    def faulty(primitive, *args):
        made = function(primitive, *args)
        return (lambda z: made(z) * 1.001) if primitive.name == "sigmoid_prime" else made

    monkeypatch.setattr(Primitive, "function", faulty)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(net.explain(x[0], label).line("δ3").value, wanted["δ3"], rtol=1e-12)


def test_printed_it_is_what_a_terminal_shows(monkeypatch):
    monkeypatch.setenv("CHAINRULE_LANG", "en")
    made = cr.explain(lambda w, x: np.sum(np.tanh(w @ x)), (np.ones((1, 2)), np.ones((2, 1))))
    page = io.StringIO()
    draw(made, Screen(page, width=80, depth="none"))
    assert str(made) == page.getvalue()
    assert "dC_dx = w.T @" in str(made)
    monkeypatch.setenv("CHAINRULE_LANG", "zh")
    assert "梯度" in str(made)


def test_the_arguments_of_a_function_have_their_dimensions_on_a_terminal(monkeypatch):
    monkeypatch.setenv("CHAINRULE_LANG", "en")

    def cost(w, x, t):
        z = w @ x
        return np.sum((z - t) ** 2)

    text = str(cr.explain(cost, (np.ones((3, 2)), np.ones((2, 1)), 0.5)))
    for line in ("w  3×2  given", "x  2×1  given", "t  ()  given"):
        assert f"\n   {line}\n" in text


def test_python_that_is_too_wide_for_a_terminal_goes_on_further_in(monkeypatch):
    monkeypatch.setenv("CHAINRULE_LANG", "en")

    def cost(x):
        return np.sum(np.sin(x) * np.cos(x) * np.tanh(x) * np.exp(x) + np.sin(x) ** 2 * np.cos(x) ** 2 * np.tanh(x))

    lines = str(cr.explain(cost, (np.ones((2, 1)),))).splitlines()
    at = next(at for at, line in enumerate(lines) if "▏" in line and "np.sin(x) * np.cos(x)" in line)
    assert lines[at + 1].startswith("   ▏     ")
    assert max(len(line) for line in lines if "▏" in line) <= 80


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "There is no step 3 here: no named line lies between the arguments and the result."),
        ("zh", "这里没有第 3 步：参数与结果之间没有有名字的行。"),
    ],
)
def test_a_function_of_one_line_has_no_step_three_and_says_so(monkeypatch, language, words):
    monkeypatch.setenv("CHAINRULE_LANG", language)
    made = cr.explain(lambda x: np.sum(np.sin(x)), (np.ones((2, 1)),))
    assert "".join(words.split()) in "".join(str(made).split())
    assert words in made._repr_html_()


def test_the_result_of_a_function_is_not_called_a_cost_of_answers(monkeypatch):
    monkeypatch.setenv("CHAINRULE_LANG", "en")
    made = cr.explain(lambda x: np.sum(np.sin(x)), (np.ones((2, 1)),))
    assert "\n   C  the result, one number\n" in str(made)
    assert "answers" not in str(made)


# ---- numbers that show what they are there to show ---------------------------------------------------------------------


@pytest.mark.parametrize("rate", [3.0, 0.1, 1e-3, 1e-6])
def test_an_update_is_written_with_the_digits_that_its_change_needs(rate):
    """The old number, the change and the new one are there with so many digits that the sum can be checked by eye."""
    sizes = [784, 30, 10]
    x, (label,) = example(sizes)
    made = cr.Network(sizes, seed=2).explain(x[0], label, learning_rate=rate)
    for line in made.steps[5].lines:
        (numbers,) = line.numbers
        old, _, change = (term.text for term in numbers.stages[1] if term.kind != "bracket")
        written = [read(each) for each in (old, change, numbers.written)]
        assert written[0] != written[2]
        exact = rate * float(made.values[f"dC_d{line.symbol}"][numbers.index])
        assert written[1] == pytest.approx(exact, rel=0.0051)
        assert written[0] - written[1] == pytest.approx(written[2], abs=1.1 * 10.0**-numbers.decimals)


def read(text):
    return float(text.replace("−", "-"))


def underflowing():
    """A mistake of the network in the package with hidden neurons whose σ′ is too small for a float."""
    net, test = cr.load(shipped("book")), cr.datasets.mnist()[2]
    return net.explain(test.images[8], test.labels[8])


def test_what_is_0_by_rounding_alone_is_not_counted_as_0():
    made = underflowing()
    assert (made.values["δ2"] == 0).any()  # σ′ is never 0
    assert made.line("δ2").zeros == 0
    assert made.line("dC_db2").zeros == 0
    blank = np.mean(made.values["a1"] == 0)
    assert np.mean(made.values["dC_dw2"] == 0) > blank
    assert made.line("dC_dw2").zeros == blank == made.line("a1").zeros


def test_what_is_really_0_is_counted():
    x, (label,) = example([784, 20, 10])
    made = cr.Network([784, 20, 10], seed=1, activation="relu", cost="log-likelihood").explain(x[0], label)
    off = made.values["z2"] < 0
    assert made.line("a2").zeros == made.line("δ2").zeros == off.mean() > 0
    wanted = 1 - np.outer(~off, made.values["a1"] != 0).mean()
    assert made.line("dC_dw2").zeros == pytest.approx(wanted)


def test_a_mean_of_which_nothing_but_rounding_is_left_is_0():
    """The errors of softmax outputs add up to 0."""
    net = cr.Network([784, 20, 10], seed=1, cost="log-likelihood")
    for at in range(8):
        x, (label,) = example([784, 20, 10])
        made = net.explain(np.roll(x[0], at), label)
        assert abs(made.values["δ3"].mean()) < 1e-15
        assert evaluator(made).text(Slot(("mean", "δ3"))) == "0"


# ---- the neuron that is followed ---------------------------------------------------------------------------------------

NETWORKS = {
    "none": {},
    "batch": {"normalization": "batch"},
    "layer": {"normalization": "layer"},
    "softmax": {"activation": "tanh", "cost": "log-likelihood"},
}


@pytest.mark.parametrize("settings", NETWORKS)
def test_all_lines_of_a_hidden_layer_follow_the_same_neuron(settings):
    """Lines that only help with others, too, such as that of √(σ² + ε)."""
    x, (label,) = example([12, 7, 6, 4])
    made = cr.Network([12, 7, 6, 4], seed=3, **NETWORKS[settings]).explain(x[0], label)
    sizes, helpers = {7: 2, 6: 3}, 0
    for line in (line for step in made.steps[1:4] for line in step.lines if len(np.atleast_1d(line.value)) in sizes):
        layer = sizes[len(line.value)]
        helpers += line.symbol.startswith("v")
        assert {numbers.index[0] for numbers in line.numbers} == {made.neuron(layer)}, line.symbol
    assert bool(helpers) == (settings in ("batch", "layer"))


def test_what_an_own_layer_computes_on_its_way_is_given_no_meaning_of_a_built_in_one():
    """A sum that is called s is that of a normalized layer only where the package's own function computes it."""

    def own(a, w, b):
        s = np.tanh(w @ a)
        mean = np.mean(s, axis=0, keepdims=True)
        return s - mean + b

    layer = cr.Layer(own, [cr.Parameter("w", (5, "n_in"), "weight"), cr.Parameter("b", (5, 1), "bias")], "sigmoid")
    made = cr.Network([layer, 3], input=4, seed=0).explain(np.ones(4), 1)
    found = {line.symbol: line.meaning for line in made.lines if line.symbol.startswith(("s", "mean"))}
    assert found
    assert set(found.values()) == {"own"}
    normalized = cr.Network([4, 5, 3], seed=0, normalization="layer").explain(np.ones(4), 1)
    assert normalized.line("s2").meaning == "the weighted sum of layer {layer}, before it is normalized"


def test_a_function_is_given_as_plain_data_too():
    made = cr.explain(lambda w, x: np.sum(np.tanh(w @ x)), (np.ones((2, 3)) / 3, np.ones(3)))
    found = made.plain()
    assert found["cost"] == pytest.approx(2 * np.tanh(1))
    assert [step["step"] for step in found["steps"]] == [step.number for step in made.steps]
    assert not {"digit", "outputs"} & found.keys()
