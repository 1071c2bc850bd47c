"""Parameters and layers by role: what a parameter is for decides what is done with it, whatever it is called."""

import sys
from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule.exchange import network_file
from chainrule.network.architecture import stacked
from chainrule.network.layers import NetworkError
from chainrule.training.settings import Regularization
from chainrule.training.step import UpdateRule, training_step


def gated(a, odd, other, x):
    gate = 1 / (1 + np.exp(-(other @ a)))
    return (odd @ a) * gate + x


def centered(a, kernel, offset, seen=None):
    """Its running mean is that of what it weighs."""
    s = kernel @ a
    if seen is None:
        seen = np.mean(s, axis=1, keepdims=True)
    return s - seen + offset, seen


PARAMETERS = [
    cr.Parameter("odd", (5, "n_in"), "weight"),
    cr.Parameter("other", (5, "n_in"), "weight"),
    cr.Parameter("x", (5, 1), "bias"),
]
GATED = cr.Layer(gated, PARAMETERS, "tanh", words={"en": "gated", "zh": "门控"})
CENTERED = cr.Layer(
    centered,
    [
        cr.Parameter("kernel", (6, "n_in"), "weight"),
        cr.Parameter("offset", (6, 1), "shift"),
        cr.Parameter("seen", (6, 1), "running mean"),
    ],
)
FUNCTIONS = {"gated": gated, "centered": centered}


def network(**keywords):
    return cr.Network([GATED, CENTERED, cr.Dense(3)], input=4, seed=0, **{"dtype": "float64", **keywords})


def examples(n=60):
    random = np.random.default_rng(0)
    return random.random((n, 4)), random.integers(0, 3, n)


def test_whole_numbers_are_short_for_fully_connected_layers():
    short = cr.Network([4, 5, 3], activation="tanh", normalization="batch", dropout=0.25, seed=0)
    long = cr.Network([cr.Dense(5, "tanh", "batch", 0.25), cr.Dense(3)], input=4, seed=0)
    assert short.architecture == long.architecture
    assert cr.Network([4, cr.Dense(5, "tanh", "batch", 0.25), 3], seed=0).architecture == short.architecture
    for one, other in zip(short.parameters, long.parameters, strict=True):
        np.testing.assert_array_equal(one, other)


def test_parameters_begin_by_their_roles():
    net = network(initializer="large")
    named = net.architecture.by_name(net.parameters)
    assert list(named) == ["odd2", "other2", "x2", "kernel3", "offset3", "seen3", "w4", "b4"]
    assert {name for name, array in named.items() if not array.any()} == {"offset3", "seen3"}
    assert [w.shape for w in net.weights] == [(5, 4), (5, 4), (6, 5), (3, 6)]
    assert [b.shape for b in net.biases] == [(5, 1), (3, 1)]
    assert net.architecture.learned == ("odd2", "other2", "x2", "kernel3", "offset3", "w4", "b4")


def test_roles_and_not_names_decide_what_is_decayed_and_bounded():
    """A weight that is called `b` and a bias that is called `w`: a step with a gradient of 0, so that only λ acts."""

    def turned(a, b, w):
        return b @ a + w

    layer = cr.Layer(turned, [cr.Parameter("b", (3, "n_in"), "weight"), cr.Parameter("w", (3, 1), "bias")])
    architecture = stacked([layer], cost="mean-squared-error", input=2)
    b, w, x = np.full((3, 2), 2.0), np.full((3, 1), 5.0), np.ones((2, 4))
    y = np.broadcast_to(b @ x + w, (3, 4))
    decayed = training_step(architecture, 4, "float64", UpdateRule(l2=0.5))(b, w, x, y, 1.0)
    np.testing.assert_allclose(decayed[0], 1.0)
    np.testing.assert_allclose(decayed[1], 5.0)
    bounded = training_step(architecture, 4, "float64", UpdateRule(max_norm=1.0))(b, w, x, y, 1.0)
    np.testing.assert_allclose(np.linalg.norm(bounded[0], axis=1), 1.0)
    np.testing.assert_allclose(bounded[1], 5.0)


def test_the_derivative_of_a_layer_of_ones_own_is_what_finite_differences_measure():
    net, (x, labels) = network(), examples(6)
    y = np.eye(3)[labels].T
    learned = net.architecture.learned_of(net.parameters)
    made = net.programs(6)
    for place, (name, found) in enumerate(zip(net.architecture.learned, made.backprop(*learned, x.T, y), strict=True)):
        measured = np.zeros_like(found)
        for index in np.ndindex(found.shape):
            sides = []
            for step in (1e-6, -1e-6):
                moved = [each.copy() for each in learned]
                moved[place][index] += step
                sides.append(float(made.cost(*moved, x.T, y)))
            measured[index] = (sides[0] - sides[1]) / 2e-6
        np.testing.assert_allclose(found, measured, rtol=1e-5, atol=1e-8, err_msg=name)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_both_executors_train_layers_of_ones_own_alike(optimizer):
    x, labels = examples()
    found = {}
    for executor in ("numpy", "native"):
        net = network()
        begun = [each.copy() for each in net.parameters]
        history = net.fit(
            x, labels, epochs=4, batch_size=10, learning_rate=0.05, optimizer=optimizer, executor=executor,
            regularization=Regularization(l2=1.0, max_norm=3.0),
        )  # fmt: skip
        assert history.executor == executor
        assert history.epochs[-1].train.cost < history.epochs[0].train.cost
        assert all((one != other).any() for one, other in zip(begun, net.parameters, strict=True))
        found[executor] = net.parameters
    for one, other in zip(found["numpy"], found["native"], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_running_moments_follow_the_batches():
    """One step: the running mean is 9 parts what it was and 1 part the batch's."""
    net, (x, labels) = network(), examples(20)
    w, gates, bias, kernel = (each.copy() for each in net.parameters[:4])
    net.fit(x, labels, epochs=1, batch_size=20, learning_rate=0.1, executor="numpy")
    s = kernel @ np.tanh(gated(x.T, w, gates, bias))
    np.testing.assert_allclose(
        net.architecture.by_name(net.parameters)["seen3"], 0.1 * s.mean(axis=1, keepdims=True), rtol=1e-9
    )


# ---- files -----------------------------------------------------------------------------------------------------------


def test_a_file_has_the_names_of_functions_alone_and_asks_for_them(tmp_path):
    path = tmp_path / "own.safetensors"
    net, (x, labels) = network(), examples()
    net.fit(x, labels, epochs=1)
    net.save(path)
    assert b"def " not in path.read_bytes()
    with pytest.raises(NetworkError) as error:
        cr.load(path)
    assert str(error.value) == (
        f"{path} cannot be used: gated is a function of your own, which is not kept; give it: functions={{'gated': gated}}."
    )
    again = cr.load(path, functions=FUNCTIONS)
    assert again.architecture == net.architecture
    assert again.architecture.stack[0].words == {"en": "gated", "zh": "门控"}
    np.testing.assert_array_equal(again(x), net(x))


def test_what_a_file_names_is_never_imported(tmp_path, monkeypatch):
    path = tmp_path / "own.safetensors"
    network().save(path)
    for name in FUNCTIONS:
        (tmp_path / f"{name}.py").write_text("raise SystemExit", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NetworkError):
        cr.load(path)
    assert not set(FUNCTIONS) & set(sys.modules)


def test_activations_and_costs_of_ones_own_are_saved_by_their_names_too(tmp_path):
    def bent(z):
        return np.maximum(z, 0.2 * z)

    def fourth(a, y):
        return np.sum((a - y) ** 4)

    path = tmp_path / "own.safetensors"
    net = cr.Network([4, 5, 3], activation=bent, cost=fourth, seed=0)
    net.save(path)
    assert cr.load(path, functions={"bent": bent, "fourth": fourth}).architecture == net.architecture
    with pytest.raises(
        NetworkError, match=r"kept by its name, and <function .*<lambda> at \w+> has none; define it with def"
    ):
        cr.Network([4, 3], cost=lambda a, y: np.sum((a - y) ** 2)).save(path)


def test_a_run_with_layers_of_ones_own_is_resumed_with_the_same_bits(tmp_path):
    x, labels = examples()
    whole = network()
    whole.fit(x, labels, epochs=4, learning_rate=0.1)
    path = str(tmp_path / "run")
    network().fit(x, labels, epochs=4, learning_rate=0.1, checkpoint=path, callbacks=[lambda epoch: epoch.number == 2])
    again, _ = cr.resume(path, x, labels, functions=FUNCTIONS)
    for one, other in zip(whole.parameters, again.parameters, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_damaged_description_of_layers_is_refused(tmp_path):
    path = tmp_path / "own.safetensors"
    network().save(path)
    good = network_file.load(path)
    own = good.architecture["layers"]["2"]
    for layers in (
        [3],
        {"2": {}},
        {"9": own},
        {"2": {**own, "kind": "unknown"}},
        {"2": {**own, "parameters": 3}},
        {"2": {**own, "words": None}},
        {"2": {**own, "parameters": [["odd", [0, "n_in"], "weight"]]}},
    ):
        wrong = replace(good, architecture={**good.architecture, "layers": layers})
        with pytest.raises(network_file.FileFormatError):
            network_file.save(path, wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"activations": "tanh"}, "does not say what its layers compute; save it with chainrule again."),
        ({"cost": 3}, "does not say what its layers compute; save it with chainrule again."),
        ({"dropouts": 0.5}, "does not say what its layers compute; save it with chainrule again."),
        ({"dropouts": [0.5]}, "cannot be used: its arrays are not those of the layers [4, 5, 6, 3]."),
        (
            {"activations": ["tanh"]},
            "cannot be used: There are 1 activations; the layers [4, 5, 6, 3] have 3, one for each but the input.",
        ),
        ({"activations": ["bent", "tanh", "sigmoid"]}, "cannot be used: There is no activation 'bent'; choose one of "),
    ],
)
def test_a_file_that_does_not_describe_its_layers_is_refused(tmp_path, wrong, message):
    path = tmp_path / "own.safetensors"
    network().save(path)
    good = network_file.load(path)
    network_file.save(path, replace(good, architecture={**good.architecture, **wrong}))
    with pytest.raises(NetworkError) as error:
        cr.load(path, functions=FUNCTIONS)
    assert str(error.value).startswith(f"{path} {message}")


# ---- what is said of it ----------------------------------------------------------------------------------------------


def test_a_layer_of_ones_own_is_explained_and_its_gradients_proved():
    net, (x, labels) = network(), examples()
    made = net.explain(x[0], int(labels[0]))
    assert made.line("gate2").layer == 2
    assert made.line("dC_dother2").meaning == "gradient of weight"
    assert made.line("dC_doffset3").meaning == "gradient of shift"
    assert {line.symbol for line in made.steps[5].lines} == set(net.architecture.learned)
    for name in net.architecture.learned:
        assert made.proof(name).agrees
    assert made.proof().agrees
    assert "gate2" in str(made)
    assert "how the cost changes with each shift of layer 3" in " ".join(str(made).split())

    assert "gate" in made._repr_html_()
    assert [each.layer for each in made.layers()] == [2, 3, 4]
    with pytest.raises(NetworkError, match=r"^Layer 2 computes gated, which is no weighted sum of activations; ask"):
        made.value_of(2, 0)
    assert made.value_of(4, 0).parts


def test_a_network_whose_answers_are_no_weighted_sums_is_explained():
    net = cr.Network([4, 5, GATED], seed=0, dtype="float64")
    x, labels = examples()
    made = net.explain(x[0], int(labels[0]))
    assert "gate3" in str(made)
    assert "gate3" in made._repr_html_()
    with pytest.raises(NetworkError, match=r"^Layer 3 computes gated, which is no weighted sum of activations; ask"):
        made.why()


def test_a_network_with_layers_of_ones_own_is_diagnosed():
    x, labels = examples()
    net = network(initializer="zeros")
    net.fit(x, labels, epochs=2)
    assert "All 5 neurons of layer 2 are alike" in "\n".join(map(str, net.diagnose(x, labels, trials=False)))
    assert isinstance(net.diagnose(x, labels), tuple)


def test_a_layer_is_called_by_its_own_words():
    net = network()
    assert repr(net).startswith("Network([4, Layer(gated), Layer(centered), 3], ")
    assert net.architecture.titles("zh") == ["4", "5 门控", "6 centered", "3"]
    assert "4 → 5 gated → 6 centered → 3" in str(net.explain(examples()[0][0]))


def test_dimensions_of_layers_of_ones_own():
    text = str(network().dimensions(7))
    assert "other2" in text
    assert "5×4" in text


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: cr.Parameter("w", (3,), "gain"),
            "There is no role 'gain'; choose one of weight, bias, scale, shift, ",
        ),
        (lambda: cr.Parameter("w2", (3,)), "A parameter cannot be called 'w2'; give it a name of letters"),
        (lambda: cr.Parameter("a", (3,)), "A parameter cannot be called 'a'; give it a name of letters"),
        (lambda: cr.Layer(3), "A layer's function is 3; it must be a function in plain NumPy."),
        (lambda: cr.Layer(gated, [3]), "The parameters of a layer are [3]; give a list of Parameter(…)."),
        (
            lambda: cr.Layer(gated, PARAMETERS[:1] * 2),
            "The parameters of a layer are called odd, odd; each needs a name",
        ),
        (lambda: cr.Network([cr.Dense(3)]), "The first layer is no number; say how many inputs it has: input=784."),
        (
            lambda: cr.Network([cr.Layer(lambda a: a[0])], input=3),
            "The layer <lambda> gives (4,) of 3×4; it must give its neurons × the examples, which are the columns.",
        ),
        (
            lambda: cr.Network([cr.Layer(lambda a, w: w @ a, [cr.Parameter("w", (2, 9))])], input=3),
            "The layer <lambda> does not fit 3 inputs.",
        ),
        (
            lambda: cr.Network([cr.Dense(2, dropout=0.5)], input=3),
            "The last layer drops a share of its activations, which are the answer; only others may.",
        ),
    ],
)
def test_what_makes_no_layer(make, message):
    with pytest.raises(NetworkError) as error:
        make()
    assert str(error.value).startswith(message)
