"""The user's `Network`: shapes at its border, what it predicts, its files."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import textbook
from chainrule.network.architecture import NetworkError
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
    assert net.activations(test_set.images[:7]).shape == (7, 10)
    assert net.activations(test_set.images[0]).shape == (10,)
    assert isinstance(net.predict(test_set.images[0]), int)
    assert net.predict(test_set.images[:7]).shape == (7,)
    assert net.predict(test_set.images[:7]).dtype == np.int64


def test_every_form_of_an_image_gives_the_same_answer(net, test_set):
    square = test_set.images[:3]
    flat = square.reshape(3, 784)
    floats = (square / 255).astype(np.float32)
    for each in (flat, floats, floats.reshape(3, 784), floats.astype(np.float64)):
        np.testing.assert_allclose(net.activations(each), net.activations(square), rtol=1e-6)


def test_activations_equal_the_textbooks(net, test_set):
    oracle = textbook.Network([784, 30, 10])
    oracle.weights = [w.astype(float) for w in net.weights]
    oracle.biases = [b.astype(float) for b in net.biases]
    for image in test_set.images[:5]:
        np.testing.assert_allclose(
            net.activations(image), oracle.feedforward(image.reshape(784, 1) / 255)[:, 0], rtol=1e-5
        )


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
    a = net.activations(images).astype(float)
    assert score.correct == np.sum(a.argmax(axis=1) == labels)
    assert score.cost == pytest.approx(0.5 * np.sum((a - np.eye(10)[labels]) ** 2) / 50, rel=1e-6)
    assert net.score(images, labels) == score.correct / 50


def test_more_images_than_a_part_are_scored_whole(net):
    train, _, _ = cr.datasets.mnist()
    assert net.activations(train.images[:10_003]).shape == (10_003, 10)
    np.testing.assert_array_equal(net.predict(train.images[:10_003])[-3:], net.predict(train.images[10_000:10_003]))
    across = slice(490, 510)  # 500 are fed forward together
    np.testing.assert_allclose(
        net.activations(train.images[:1_003])[across], net.activations(train.images[across]), 1e-5
    )


def test_bytes_become_activations_part_by_part(net):
    _, _, test = cr.datasets.mnist()
    images = test.images[:1201]
    scaled = images.astype(np.float32) / 255
    assert net.activations(images).tobytes() == net.activations(scaled).tobytes()


def test_no_images_have_no_score(net, test_set):
    assert net.predict(test_set.images[:0]).shape == (0,)
    with pytest.raises(SettingsError, match=r"^There are no images to score\.$"):
        net.score(test_set.images[:0], test_set.labels[:0])
    with pytest.raises(SettingsError, match=r"^There are no images to learn from\.$"):
        net.diagnose(test_set.images[:0], test_set.labels[:0])
    with pytest.raises(SettingsError, match=r"^There are no images to learn from\.$"):
        net.find_learning_rate(test_set.images[:0], test_set.labels[:0])
    with pytest.raises(SettingsError, match=r"^There are no images to explain\.$"):
        net.explain(test_set.images[:0], test_set.labels[:0])


def test_save_and_load_give_the_same_network(net, test_set, tmp_path):
    path = tmp_path / "数字.safetensors"
    net.fit(test_set.images[:20], test_set.labels[:20], epochs=1)
    net.save(path)
    again = cr.load(path)
    assert again.sizes == net.sizes
    assert [p.tobytes() for p in again.parameters] == [p.tobytes() for p in net.parameters]
    assert again.provenance == net.provenance
    assert again.provenance["seed"] == 0
    assert again.provenance["runs"][-1]["executor"] == "numpy"
    np.testing.assert_array_equal(again.activations(test_set.images[:5]), net.activations(test_set.images[:5]))


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
            "There is no initializer 'huge'; there is default, large, glorot, he, orthogonal, zeros.",
        ),
        ({"dtype": "float16"}, NetworkError, "A network computes in float32 or float64, not in 'float16'."),
        ({"seed": -1}, SettingsError, "The seed is -1; it must be a whole number from 0."),
        (
            {"activation": 3, "sizes": [784, 5, 10]},
            NetworkError,
            "There is no activation 3; there is sigmoid, tanh, relu, leaky-relu, elu, gelu, softplus, linear, softmax.",
        ),
        (
            {"normalization": None, "sizes": [784, 5, 10]},
            NetworkError,
            "There is no normalization None; there is none, batch, layer.",
        ),
        (
            {"cost": None},
            NetworkError,
            "There is no cost None; there is quadratic, cross-entropy, log-likelihood, mean-squared-error, "
            "mean-absolute-error, huber, hinge.",
        ),
        (
            {"sizes": None},
            NetworkError,
            "The layers are None; they must be whole numbers, from the input to the output: [784, 30, 10].",
        ),
        ({"seed": 1.5}, SettingsError, "The seed is 1.5; it must be a whole number from 0."),
    ],
)
def test_what_makes_no_network(keywords, kind, message):
    with pytest.raises(kind) as error:
        cr.Network(**{"sizes": [784, 10], **keywords})
    assert str(error.value) == message
