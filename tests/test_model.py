"""The user's `Network`: shapes at its border, what it predicts, its files."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import textbook
from chainrule.layers import Conv, Flatten, MaxPool
from chainrule.network.costs import COSTS
from chainrule.network.kinds import NORMALIZATIONS
from chainrule.network.layers import NetworkError
from chainrule.training.settings import SettingsError


@pytest.fixture(scope="module")
def net():
    return cr.Network([784, 30, 10], seed=0)


@pytest.fixture(scope="module")
def test_set():
    return cr.datasets.mnist()[2]


def test_the_articles_own_example_has_7840_weights_and_10_biases():
    two = cr.Network([784, 10], seed=0)
    assert (two.weights[0].size, two.biases[0].size) == (7840, 10)
    assert two.architecture.parameter_count == 7850


def test_initializers_have_the_books_spread():
    default, large = (cr.Network([784, 100, 10], seed=1, initializer=name) for name in ("default", "large"))
    assert default.weights[0].std() == pytest.approx(1 / 28, rel=0.02)
    assert default.weights[1].std() == pytest.approx(1 / 10, rel=0.1)
    assert large.weights[0].std() == pytest.approx(1, rel=0.02)
    for each in (default, large):
        assert each.biases[0].std() == pytest.approx(1, rel=0.3)
        assert abs(each.weights[0].mean()) < 0.01


def test_rows_are_examples_at_the_border(net, test_set):
    assert net(test_set.images[:7]).shape == (7, 10)
    assert net(test_set.images[0]).shape == (10,)
    assert isinstance(net.predict(test_set.images[0]), int)
    assert net.predict(test_set.images[:7]).shape == (7,)
    assert net.predict(test_set.images[:7]).dtype == np.int64


def test_every_form_of_an_image_gives_the_same_answer(net, test_set):
    square = test_set.images[:3]
    flat = square.reshape(3, 784)
    floats = (square / 255).astype(np.float32)
    for each in (flat, floats, floats.reshape(3, 784), floats.astype(np.float64)):
        np.testing.assert_allclose(net(each), net(square), rtol=1e-6)


def test_activations_equal_the_textbooks(net, test_set):
    oracle = textbook.Network([784, 30, 10])
    oracle.weights = [w.astype(float) for w in net.weights]
    oracle.biases = [b.astype(float) for b in net.biases]
    for image in test_set.images[:5]:
        np.testing.assert_allclose(net(image), oracle.feedforward(image.reshape(784, 1) / 255)[:, 0], rtol=1e-5)


def test_backprop_equals_the_textbooks(net, test_set):
    oracle = textbook.Network([784, 30, 10])
    oracle.weights = [w.astype(float) for w in net.weights]
    oracle.biases = [b.astype(float) for b in net.biases]
    label = int(test_set.labels[0])
    nabla_b, nabla_w = net.backprop(test_set.images[0], label)
    wanted_b, wanted_w = oracle.backprop(test_set.images[0].reshape(784, 1) / 255, np.eye(10)[[label]].T)
    for given, wanted in zip(nabla_b + nabla_w, wanted_b + wanted_w, strict=True):
        assert given.shape == wanted.shape
        np.testing.assert_allclose(given, wanted, rtol=0, atol=1e-12)


def test_evaluate_counts_and_averages(net, test_set):
    images, labels = test_set.images[:50], test_set.labels[:50]
    score = net.evaluate(images, labels)
    a = net(images).astype(float)
    assert score.correct == np.sum(a.argmax(axis=1) == labels)
    assert score.cost == pytest.approx(0.5 * np.sum((a - np.eye(10)[labels]) ** 2) / 50, rel=1e-6)
    assert net.score(images, labels) == score.correct / 50


def test_more_images_than_a_part_are_scored_whole(net):
    train, _, _ = cr.datasets.mnist()
    assert net(train.images[:10_003]).shape == (10_003, 10)
    np.testing.assert_array_equal(net.predict(train.images[:10_003])[-3:], net.predict(train.images[10_000:10_003]))
    across = slice(490, 510)  # 500 are fed forward together
    np.testing.assert_allclose(net(train.images[:1_003])[across], net(train.images[across]), 1e-5)


def test_bytes_become_activations_part_by_part(net):
    _, _, test = cr.datasets.mnist()
    images = test.images[:1201]
    scaled = images.astype(np.float32) / 255
    assert net(images).tobytes() == net(scaled).tobytes()


def test_no_images_have_no_score(net, test_set):
    assert net.predict(test_set.images[:0]).shape == (0,)
    with pytest.raises(SettingsError, match=r"^There are no examples to score\.$"):
        net.score(test_set.images[:0], test_set.labels[:0])
    with pytest.raises(SettingsError, match=r"^There are no examples to learn from\.$"):
        net.diagnose(test_set.images[:0], test_set.labels[:0])
    with pytest.raises(SettingsError, match=r"^There are no examples to learn from\.$"):
        net.find_learning_rate(test_set.images[:0], test_set.labels[:0])
    with pytest.raises(SettingsError, match=r"^There are no examples to explain\.$"):
        net.explain(test_set.images[:0], test_set.labels[:0])


def test_save_and_load_give_the_same_network(net, test_set, tmp_path):
    path = tmp_path / "数字.safetensors"
    net.fit(test_set.images[:20], test_set.labels[:20], epochs=1, executor="numpy")
    net.save(path)
    again = cr.load(path)
    assert again.sizes == net.sizes
    assert [p.tobytes() for p in again.parameters] == [p.tobytes() for p in net.parameters]
    assert again.provenance == net.provenance
    assert again.provenance["seed"] == 0
    assert again.provenance["runs"][-1]["executor"] == "numpy"
    np.testing.assert_array_equal(again(test_set.images[:5]), net(test_set.images[:5]))


def test_float64_networks_keep_their_type(tmp_path):
    net = cr.Network([4, 3, 2], seed=0, dtype="float64")
    net.save(tmp_path / "wide.safetensors")
    assert cr.load(tmp_path / "wide.safetensors").weights[0].dtype == np.float64


@pytest.mark.parametrize(
    ("keywords", "kind", "message"),
    [
        (
            {"initializer": "huge"},
            NetworkError,
            "There is no initializer 'huge'; choose one of default, large, glorot, he, orthogonal, zeros.",
        ),
        ({"dtype": "float16"}, NetworkError, "A network computes in float32 or float64, not in 'float16'."),
        ({"seed": -1}, SettingsError, "The seed is -1; it must be a whole number from 0."),
        (
            {"activation": 3, "layers": [784, 5, 10]},
            NetworkError,
            "There is no activation 3; choose one of sigmoid, tanh, relu, leaky-relu, elu, gelu, softplus, linear, softmax.",
        ),
        (
            {"normalization": None, "layers": [784, 5, 10]},
            NetworkError,
            f"There is no normalization None; choose one of {', '.join(NORMALIZATIONS)}.",
        ),
        (
            {"cost": None},
            NetworkError,
            f"There is no cost None; choose one of {', '.join(COSTS)}.",
        ),
        (
            {"layers": None},
            NetworkError,
            "The layers are None; they must be whole numbers, from the input to the output: [784, 30, 10].",
        ),
        ({"seed": 1.5}, SettingsError, "The seed is 1.5; it must be a whole number from 0."),
    ],
)
def test_what_makes_no_network(keywords, kind, message):
    with pytest.raises(kind) as error:
        cr.Network(**{"layers": [784, 10], **keywords})
    assert str(error.value) == message


# ---- what it is given, and what it gives ------------------------------------------------------------------------------


def test_nested_lists_are_learned_from_and_read():
    net = cr.Network([2, 8, 2], seed=0)
    net.fit([[0, 1], [1, 0]], [0, 1], epochs=200, batch_size=2)
    assert net.predict([[0, 1], [1, 0]]).tolist() == [0, 1]
    assert net.predict([0, 1]) == 0


def test_levels_of_0_to_16_as_bytes_are_no_grays():
    levels = np.random.default_rng(0).integers(0, 17, (40, 8, 8), np.uint8)
    net = cr.Network([64, 10], seed=0)
    net.fit(levels, np.arange(40) % 10, epochs=1)
    assert net.schema.inputs.scaling == "standard"
    wide = levels.reshape(40, 64).astype(float)
    np.testing.assert_allclose(net.inputs(levels, "float64"), (wide - wide.mean(axis=0)) / wide.std(axis=0), atol=1e-12)


def test_a_scale_is_the_division_done_by_hand_and_kept_in_the_file(tmp_path):
    levels = np.random.default_rng(0).integers(0, 17, (60, 8, 8), np.uint8)
    labels = levels.reshape(60, -1).sum(axis=1) % 3
    scaled, by_hand = cr.Network([64, 5, 3], seed=0, scale=16), cr.Network([64, 5, 3], seed=0)
    scaled.fit(levels, labels, epochs=2)
    by_hand.fit((levels / 16).astype(np.float32), labels, epochs=2)
    for one, other in zip(scaled.parameters, by_hand.parameters, strict=True):
        np.testing.assert_array_equal(one, other)
    scaled.save(tmp_path / "net")
    loaded = cr.load(tmp_path / "net")
    assert loaded.schema.inputs.scaling == 16
    np.testing.assert_array_equal(loaded(levels), by_hand(levels / 16))
    made = scaled.explain(levels[0], 1)
    np.testing.assert_array_equal(made.values["a1"].ravel(), levels[0].ravel() / 16)
    assert made.line("a1").python == "a1 = np.reshape(x, (64, 1)) / 16"


def test_a_checkpoint_keeps_scale_and_classes(tmp_path):
    levels, labels = np.random.default_rng(0).integers(0, 17, (30, 4), np.uint8), np.arange(30) % 2
    net = cr.Network([4, 2], seed=0, scale=16, classes=["even", "odd"])
    net.fit(levels, labels, epochs=3, checkpoint=tmp_path / "ck", callbacks=[lambda epoch: epoch.number == 1])
    resumed, history = cr.resume(tmp_path / "ck", levels, labels)
    assert len(history.epochs) == 3
    assert (resumed.schema.inputs.scaling, resumed.classes) == (16, ("even", "odd"))


def test_names_of_classes_are_kept_and_are_one_for_each_output(tmp_path):
    cr.Network([4, 3], seed=0, classes=["circle", "square", "star"]).save(tmp_path / "net")
    assert cr.load(tmp_path / "net").classes == ("circle", "square", "star")
    for wrong in (["circle"], "abc", ["a", "b", "b"], ["a", "b", []]):
        with pytest.raises(NetworkError, match=r"they must be 3 different names or labels, one for each output\.$"):
            cr.Network([4, 3], classes=wrong)


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("cost", ["mean-squared-error", "mean-absolute-error", "huber"])
def test_a_regression_predicts_numbers(cost, outputs, tmp_path):
    x = np.random.default_rng(0).normal(size=(50, 3))
    y = x @ np.arange(3 * outputs).reshape(3, outputs)
    net = cr.Network([3, outputs], cost=cost, seed=0)
    net.fit(x, y[:, 0] if outputs == 1 else y, epochs=150, learning_rate=0.05)
    assert net.score(x, y[:, 0] if outputs == 1 else y) > 0.9
    net.save(tmp_path / "net")
    for each in (net, cr.load(tmp_path / "net")):
        found = each.predict(x)
        assert found.shape == ((50,) if outputs == 1 else (50, 2))
        np.testing.assert_array_equal(found.reshape(50, outputs), each(x))
        np.testing.assert_allclose(np.ravel(each.predict(x[0])), np.ravel(found[0]), rtol=1e-5)


def test_a_regression_takes_whole_numbers_in_lists():
    net = cr.Network([1, 1], cost="mean-squared-error", seed=0)
    net.fit([[0], [1], [2], [3]], [[1], [3], [5], [7]], epochs=300, learning_rate=0.05)
    np.testing.assert_allclose(net.predict([[4]]), [9], atol=0.1)


def test_a_cost_for_regression_that_learned_classes_answers_with_classes(tmp_path, test_set):
    net = cr.Network([784, 10], cost="mean-squared-error", seed=0)
    net.fit(test_set.images[:200], test_set.labels[:200], epochs=1, learning_rate=0.01)
    net.save(tmp_path / "net")
    assert cr.load(tmp_path / "net").predict(test_set.images[:3]).dtype == np.int64


# ---- what a person at a prompt sees ----------------------------------------------------------------------------------


def test_progress_true_prints_a_line_an_epoch(capsys, test_set):
    images, labels = (each[:100] for each in test_set)
    net = cr.Network([784, 10], seed=0)
    history = net.fit(images, labels, epochs=2, validation=(images, labels), progress=True)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("   ")[:2] for line in lines] == [
        [f"epoch {each.number} of 2", f"C = {each.train.cost:.4f}"] for each in history.epochs
    ]
    assert f"valid {history.epochs[0].validation.accuracy:.1%}".replace("%", " %") in lines[0]
    net.fit(images, labels, epochs=1, progress=False)
    assert capsys.readouterr().out == ""


def test_a_function_is_no_progress(test_set):
    with pytest.raises(SettingsError, match=r"a function to be called after each epoch belongs in callbacks=\[…\]\.$"):
        cr.Network([784, 10]).fit(*test_set, progress=print)


@pytest.mark.parametrize(
    "keywords",
    [
        {},
        {"activation": "relu", "cost": "log-likelihood"},
        {"activation": ["tanh", "relu"], "output": "tanh"},
        {"cost": "cross-entropy", "normalization": "batch", "dropout": 0.5},
        {"dropout": [0.1, 0.2, 0.3], "initializer": "he", "dtype": "float64", "scale": 16},
        {"classes": ("yes", "no")},
    ],
)
def test_the_repr_makes_the_network_again(keywords):
    net = cr.Network([4, 3, 3, 2], **keywords)
    again = eval(repr(net), {"Network": cr.Network})
    assert again.architecture == net.architecture
    assert (again.dtype, again.schema) == (net.dtype, net.schema)
    assert again.provenance["initializer"] == net.provenance["initializer"]
    for name, value in keywords.items():
        assert f"{name}={value!r}" in repr(net)


def test_what_is_long_is_short_where_it_is_not_printed(net, test_set):
    made = net.explain(*(each[0] for each in test_set))
    for shown in (repr(made), repr(net.backward_program)):
        assert len(shown) < 120
        assert "print it to read" in shown
    assert len(str(made)) > 5000


def test_the_derivative_of_a_normalized_network_is_that_of_a_batch(test_set):
    """Of a batch of one the variance is 0, and so is every gradient before it."""
    images, labels = (each[:12] for each in test_set)
    net = cr.Network([784, 5, 10], normalization="batch", seed=0)
    assert net.backward_program.inputs[-1].shape == (10, 10)
    net.fit(images, labels, epochs=1, batch_size=6)
    assert net.backward_program.inputs[-1].shape == (10, 6)
    assert cr.Network([784, 5, 10], normalization="layer").backward_program.inputs[-1].shape == (10, 1)
    learned = [
        array.astype(float)
        for name, array in zip(net.architecture.shapes, net.parameters, strict=True)
        if name in net.architecture.learned
    ]
    y = np.eye(10)[labels[:6]].T
    gradients = dict(
        zip(
            net.architecture.learned,
            net.backward_program(*learned, net.inputs(images[:6], "float64").T, y),
            strict=True,
        )
    )
    assert np.abs(gradients["w2"]).max() > 1e-6


def test_many_images_are_read_as_few_are():
    """As machine code, where that can be had, and ten at a time; the last, of which there are fewer, by NumPy."""
    images = cr.datasets.mnist()[2].images[:507]
    net = cr.Network([Conv(3, 5), MaxPool(2), Flatten(), 10], input=(1, 28, 28), cost="log-likelihood", seed=1)
    together = net(images)
    apart = np.concatenate([net(images[:300]), net(images[300:])])
    np.testing.assert_allclose(together, apart, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(together, net(images / np.float32(255)))
    net.parameters[-1][...] = np.arange(10).reshape(10, 1)
    assert np.abs(net(images) - together).max() > 0.1, "the parameters are those of now"


def test_the_activations_of_a_layer_are_those_of_the_textbook(net, test_set):
    images = test_set.images[:600]
    w, b = net.weights[0].astype(float), net.biases[0].astype(float)
    by_hand = 1 / (1 + np.exp(-(images.reshape(600, 784) / 255 @ w.T + b.T)))
    np.testing.assert_allclose(net.activations(images, layer=2), by_hand, rtol=1e-4)
    np.testing.assert_allclose(net.activations(images[0], layer=2), by_hand[0], rtol=1e-4)
    np.testing.assert_allclose(net.activations(images, layer=3), net(images), rtol=1e-5)
    np.testing.assert_array_equal(net.activations(images, layer=1), net.inputs(images))
    maps = cr.Network(
        [Conv(3, 5), MaxPool(2), Flatten(), 10], input=(1, 28, 28), cost="log-likelihood", seed=1, dropout=0.5
    )
    assert maps.activations(images[:7], layer=2).shape == (7, 3, 24, 24)
    assert maps.activations(images[0], layer=3).shape == (3, 12, 12)
    np.testing.assert_allclose(maps.activations(images[:7], layer=5), maps(images[:7]), rtol=1e-5)
    for wrong in (0, 4, True, "2"):
        with pytest.raises(NetworkError, match=r"layers count from 1, the input, to 3\.$"):
            net.activations(images, layer=wrong)
