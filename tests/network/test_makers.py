"""The layers of `chainrule.layers`: each in a network that is checked, trained, kept in a file, described and diagnosed.

Their gradients beside PyTorch's are in `peers/test_torch_layers.py`.
"""

import warnings

import numpy as np
import pytest

import chainrule as cr
from chainrule import layers
from chainrule.data.errors import DataError
from chainrule.explain.soundness import soundness
from chainrule.layers import (
    Attention,
    AveragePool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    LayerNorm,
    MaxPool,
    Recurrent,
    Residual,
    RMSNorm,
)
from chainrule.network.architecture import stacked
from chainrule.network.equations import programs
from chainrule.network.layers import NetworkError
from chainrule.run import checked
from chainrule.training import facts
from chainrule.training.choice import ExecutorWarning
from chainrule.training.step import UpdateRule, training_step

NETWORKS = {
    "columns": lambda **given: cr.Network(
        [Dense(6, "tanh"), BatchNorm("sigmoid"), Dropout(0.25), LayerNorm(), RMSNorm("tanh"), 3], input=4, **given
    ),
    "sequences": lambda **given: cr.Network(
        [Dense(6, "tanh"), BatchNorm(), LayerNorm(), RMSNorm(), Dropout(0.25), Flatten(), 3], input=(5, 4), **given
    ),
    "images": lambda **given: cr.Network(
        [BatchNorm("tanh"), LayerNorm(), RMSNorm(), Dropout(0.25), Flatten(), 3], input=(2, 3, 4), **given
    ),
    "convolution": lambda **given: cr.Network(
        [Conv(4, 3, "tanh"), MaxPool(2), Conv(2, (2, 3), stride=2, padding=(0, 1)), Flatten(), 3],
        input=(2, 8, 10),
        cost="log-likelihood",
        **given,
    ),
    "groups": lambda **given: cr.Network(
        [
            Conv(4, 3, "relu", padding="same", groups=2, dropout=0.25),
            AveragePool((2, 3)),
            Residual([Conv(4, padding=1)]),
            MaxPool(3, stride=1),
            Flatten(),
            5,
            3,
        ],
        input=(2, 6, 9),
        **given,
    ),
    "ties": lambda **given: cr.Network(
        [MaxPool(2, ties="share"), Conv(3, 2), MaxPool(2, 1, "share"), AveragePool(2, 1), Flatten(), 3],
        input=(2, 9, 9),
        **given,
    ),
    "recurrent": lambda **given: cr.Network([Recurrent(5), 3], input=(4, 6), **given),
    "long short-term memory": lambda **given: cr.Network(
        [Recurrent(5, "lstm", whole=True), Dropout(0.25), Recurrent(4, "lstm"), 3], input=(4, 6), **given
    ),
    "states of all places": lambda **given: cr.Network([Recurrent(5, whole=True), Flatten(), 3], input=(4, 6), **given),
    "attention": lambda **given: cr.Network(
        [Attention(2), LayerNorm(), Attention(3), Flatten(), 3], input=(4, 6), **given
    ),
    "transformer": lambda **given: cr.Network(
        [
            Embedding(7, 6, positions=True),
            Residual([RMSNorm(), Attention(2, causal=True)]),
            Residual([LayerNorm(), Dense(12, "gelu"), Dense(6, "linear")]),
            Flatten(),
            3,
        ],
        input=4,
        cost="log-likelihood",
        **given,
    ),
    "residual": lambda **given: cr.Network(
        [Dropout(0.25), 6, Residual([12, Dropout(0.25), Residual([LayerNorm()]), Dense(6, "linear")], "tanh"), 3],
        input=4,
        **given,
    ),
    "residual sequences": lambda **given: cr.Network(
        [Residual([LayerNorm(), Dense(8), Dense(4, "linear")]), Flatten(), Dense(3)], input=(5, 4), **given
    ),
}


@pytest.fixture(params=NETWORKS)
def make(request):
    return NETWORKS[request.param]


def examples(net, n=60):
    random = np.random.default_rng(0)
    vocabulary, shape = net.architecture.vocabulary, (n, *net.architecture.input)
    return random.random(shape) if vocabulary is None else random.integers(0, vocabulary, shape), random.integers(
        0, 3, n
    )


def test_its_gradients_are_what_is_measured(make):
    net = make(seed=0, dtype="float64")
    x, labels = examples(net, 6)
    found = soundness(net.architecture, net.parameters, net.architecture.inputs(net.inputs(x)), np.eye(3)[labels].T)
    assert found.ok, found.worst
    assert {each.parameter for each in found.parameters} == set(net.architecture.learned)


def test_both_forms_are_the_same_equation_by_equation(make):
    net = make()
    architecture, random = net.architecture, np.random.default_rng(0)
    given = [random.normal(size=architecture.shapes[name]) for name in architecture.learned]
    given += [2.0 * (random.random(architecture.batch(layer, 4)) > 0.5) for _, layer in architecture.masks]
    x, labels = examples(net, 4)
    given += [architecture.inputs(net.inputs(x, "float64")), np.eye(3)[labels].T]
    textbook, fast = (programs(architecture, 4, form=form).backprop for form in ("textbook", "fast"))
    for one, other in zip(textbook(*given), fast(*given), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
    values = checked.values(textbook, given)
    for name, one in zip(architecture.learned, textbook(*given), strict=True):
        assert one.shape == architecture.shapes[name]
        np.testing.assert_array_equal(values[f"dC_d{name}"], one)


@pytest.mark.wide
def test_it_learns_alike_on_numpy_and_native(make):
    trained = {}
    for executor in ("numpy", "native"):
        net = trained[executor] = make(seed=0, dtype="float64")
        x, labels = examples(net)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            history = net.fit(x, labels, epochs=3, learning_rate=0.1, executor=executor)
        assert history.executor == executor or [each.category for each in told] == [ExecutorWarning]
        assert history.epochs[-1].train.cost < history.epochs[0].train.cost
    for one, other in zip(*(net.parameters for net in trained.values()), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_a_step_is_the_same_on_buffers(make):
    """The runner's step beside the same step's printed text."""
    net = make(seed=0, dtype="float64")
    x, labels = examples(net, 10)
    before = [each.copy() for each in net.parameters]
    made = cr.Network(**net.architecture.whole.keywords(), seed=0, dtype="float64")
    for mine, theirs in zip(made.parameters, before, strict=True):
        mine[...] = theirs
    made.fit(x, labels, epochs=1, batch_size=10, learning_rate=0.5, executor="numpy")
    step = training_step(made.architecture, 10, "float64", UpdateRule())
    after = step(*before, made.architecture.inputs(made.inputs(x)), np.eye(3)[labels].T, 0.5)
    for mine, theirs in zip(made.parameters, after, strict=False):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-15)


@pytest.mark.wide
def test_a_file_rebuilds_it(make, tmp_path):
    net = make(seed=0)
    x, labels = examples(net)
    net.fit(x, labels, epochs=1, executor="numpy")
    net.save(tmp_path / "net.safetensors")
    again = cr.load(tmp_path / "net.safetensors")
    assert again.architecture == net.architecture
    np.testing.assert_array_equal(again(x), net(x))
    np.testing.assert_array_equal(net(x[0]), net(x[:1])[0])


def test_a_stopped_run_goes_on_with_the_same_bits(make, tmp_path):
    whole, path = make(seed=0), str(tmp_path / "run")
    x, labels = examples(whole)
    whole.fit(x, labels, epochs=4, executor="numpy")
    stopped = make(seed=0)
    stopped.fit(
        x, labels, epochs=4, executor="numpy", checkpoint=path, callbacks=[lambda epoch: epoch.number == 2]
    )  # fmt: skip
    again, _ = cr.resume(path, x, labels)
    for one, other in zip(whole.parameters, again.parameters, strict=True):
        np.testing.assert_array_equal(one, other)


def test_its_call_makes_it_again(make):
    net = make(dtype="float64")
    again = eval(repr(net), {**vars(layers), "Network": cr.Network})
    assert again.architecture == net.architecture
    assert again.dtype == net.dtype


@pytest.mark.wide
def test_it_is_described_and_diagnosed(make):
    net = make(seed=0)
    x, labels = examples(net)
    net.fit(x, labels, epochs=2, executor="numpy")
    assert isinstance(net.diagnose(x, labels), tuple)
    text = str(net.dimensions(7))
    assert all(f"∂C/∂{name[0]}" in text or "γ" in text for name in net.architecture.learned)
    if net.architecture.vocabulary is None:
        assert cr.grad(lambda x: net(x)[1])(x[0]).shape == x[0].shape
    backward = net.backprop(x[:6], labels[:6])
    assert [each.shape for each in backward[1]] == [each.shape for each in net.weights]


def test_it_is_explained(make):
    net = make(seed=0)
    x, labels = examples(net, 1)
    assert net.explain(x[0], int(labels[0])).proof().agrees


# ---- what each computes --------------------------------------------------------------------------------------------------


def test_normalizations_of_images_and_sequences_by_hand():
    random = np.random.default_rng(0)
    x = random.random((7, 2, 3, 4))
    for layer, expected in [
        (BatchNorm(), (x - x.mean((0, 2, 3), keepdims=True)) / np.sqrt(x.var((0, 2, 3), keepdims=True) + 1e-5)),
        (LayerNorm(), (x - x.mean((1, 2, 3), keepdims=True)) / np.sqrt(x.var((1, 2, 3), keepdims=True) + 1e-5)),
        (RMSNorm(), x / np.sqrt((x**2).mean((1, 2, 3), keepdims=True) + 1e-5)),
    ]:
        gamma, beta = random.random((2, 1, 2, 1, 1))
        given = [gamma, beta, None, None][: len(layer.parameters)]
        found, _ = layer.weighted_input(x, given)
        shift = beta if len(given) > 1 else 0
        np.testing.assert_allclose(found, gamma * expected + shift, rtol=1e-12, err_msg=layer.name)
    rows = x[:, 0]  # 7 × 3 × 4: each place has its own mean
    found, _ = LayerNorm().weighted_input(rows, [np.ones((1, 1, 4)), np.zeros((1, 1, 4))])
    expected = (rows - rows.mean(2, keepdims=True)) / np.sqrt(rows.var(2, keepdims=True) + 1e-5)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_batch_normalization_of_images_keeps_running_moments():
    net = cr.Network([BatchNorm(), Flatten(), 3], input=(2, 3, 4), seed=0, dtype="float64")
    x, labels = examples(net, 20)
    net.fit(x, labels, epochs=1, batch_size=20, learning_rate=0.1, executor="numpy")
    kept = net.architecture.by_name(net.parameters)
    np.testing.assert_allclose(kept["mean2"].ravel(), 0.1 * x.mean((0, 2, 3)), rtol=1e-9)
    np.testing.assert_allclose(kept["variance2"].ravel(), 0.9 + 0.1 * x.var((0, 2, 3)), rtol=1e-9)


def test_a_small_convolution_reads_digits():
    """1,000 digits, three times: a network of as many weights without a convolution reads less than 80 % after them."""
    train, valid, _ = cr.datasets.mnist()
    net = cr.Network(
        [Conv(8, 5), MaxPool(2), Flatten(), 10], input=(1, 28, 28), activation="relu", cost="log-likelihood",
        initializer="he", seed=0,
    )  # fmt: skip
    net.fit(train.images[:1000], train.labels[:1000], epochs=3, learning_rate=0.1, executor="numpy")
    assert net.score(valid.images[:1000], valid.labels[:1000]) > 0.85
    assert net(valid.images[0]).shape == (10,)
    assert net.predict(valid.images[:1, None]) == net.predict(valid.images[0])


def test_a_convolution_is_diagnosed_by_its_maps():
    """Four maps that begin alike are four neurons, not one for each place; pooling is not dead where the maps are."""
    net = cr.Network(
        [Conv(4, 3), Conv(3, 3, "relu"), MaxPool(2), Flatten(), 3], input=(2, 8, 10), initializer="zeros", seed=0
    )
    x, labels = examples(net)
    net.fit(x, labels, epochs=2, learning_rate=0.1, executor="numpy")
    assert "All 4 neurons of layer 2 are alike" in "\n".join(map(str, net.diagnose(x, labels, trials=False)))
    net.parameters[3][...] = -100  # the bias of the second convolution
    measured = facts._layers(net.architecture, net.parameters, net.inputs(x), np.eye(3)[labels])
    assert [(layer.neurons, layer.dead) for layer in measured] == [(4, 0), (3, 3), (3, 0), (18, 0), (3, 0)]


def test_a_convolution_by_hand():
    """Two maps of one image, each the sum of the products with a window of 2 × 2, and its bias."""
    a = np.arange(12.0).reshape(1, 1, 3, 4)
    w, b = np.array([[[[1.0, 0.0], [0.0, 0.0]]], [[[0.0, 1.0], [-1.0, 2.0]]]]), np.array([[[[0.5]], [[0.0]]]])
    z, _ = Conv(2, 2).weighted_input(a, [w, b])
    np.testing.assert_array_equal(z[0, 0], [[0.5, 1.5, 2.5], [4.5, 5.5, 6.5]])
    np.testing.assert_array_equal(z[0, 1], [[7.0, 9.0, 11.0], [15.0, 17.0, 19.0]])
    padded, _ = Conv(1, 3, padding="same", stride=2).weighted_input(a, [np.ones((1, 1, 3, 3)), np.zeros((1, 1, 1, 1))])
    np.testing.assert_array_equal(padded[0, 0], [[10.0, 24.0], [26.0, 48.0]])


def test_glorot_counts_all_places_of_a_kernel():
    """As PyTorch's `xavier_normal_`: 2 / (fan_in + fan_out), here 2 / (3·25 + 40·25)."""
    net = cr.Network([Conv(40, 5), Flatten(), 2], input=(3, 9, 9), initializer="glorot", seed=0)
    assert np.var(net.weights[0]) == pytest.approx(2 / (43 * 25), rel=0.05)


def test_dropout_is_the_argument_of_the_layer_before():
    long = stacked([784, Dropout(0.2), 30, Dropout(0.5), 10])
    assert long == stacked([784, 30, 10], dropout=[0.2, 0.5])
    assert stacked([Dropout(0.2), Dense(30, dropout=0.5), 10], input=784) == long


def test_a_column_of_a_flattened_image_is_the_image_row_by_row():
    x = np.arange(24.0).reshape(2, 1, 3, 4)
    z, _ = Flatten().weighted_input(x, [])
    np.testing.assert_array_equal(z, np.arange(24.0).reshape(2, 12).T)


# ---- what makes no network -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: cr.Network([10], input=(1, 28, 28)),
            "The layer Dense takes n / t×n of each example, and gets 1×28×28.",
        ),
        (
            lambda: cr.Network([Dense(9, normalization="batch"), 10], input=(28, 28)),
            "The layer Dense takes columns, and gets 28×28 of each example; put Flatten() before it.",
        ),
        (
            lambda: cr.Network([BatchNorm()], input=(1, 28, 28)),
            "The last layer gives 1×28×28 of each example, where an answer is a column; put Flatten() and Dense(10) behind it.",
        ),
        (
            lambda: cr.Network([BatchNorm("softmax"), Flatten(), 10], input=(1, 28, 28)),
            "The activation 'softmax' takes columns, and BatchNorm gives 1×28×28 of each example; put Flatten() before it.",
        ),
        (
            lambda: cr.Network([Flatten(), 10], input=784),
            "The layer Flatten takes t×n / c×y×x of each example, and gets 784.",
        ),
        (
            lambda: cr.Network([10], input=(1, 2, 3, 4)),
            "input is (1, 2, 3, 4); it must be the shape of an example: 784, ",
        ),
        (lambda: cr.Network([10], input=(1, 0, 28)), "input is (1, 0, 28); it must be the shape of an example: 784, "),
        (
            lambda: cr.Network([784, Residual([30]), 10]),
            "The layer Residual does not fit 30 inputs.\n",
        ),
        (
            lambda: cr.Network([Conv(3), Flatten(), 10], input=784),
            "The layer Conv takes c×y×x of each example, and gets 784.",
        ),
        (
            lambda: cr.Network([Conv(3, 9), Flatten(), 3], input=(1, 8, 9)),
            "The layer Conv does not fit 1×8×9 inputs.\n",
        ),
        (
            lambda: cr.Network([MaxPool(9), Flatten(), 3], input=(1, 8, 9)),
            "The layer MaxPool leaves nothing of 1×8×9, which is smaller than its windows.",
        ),
        (
            lambda: cr.Network([Conv(4, 3, groups=2), Flatten(), 3], input=(3, 8, 9)),
            "The 3 neurons or channels cannot be divided into 2 groups.",
        ),
        (
            lambda: cr.Network([Attention(4), Flatten(), 3], input=(5, 6)),
            "The layer Attention does not fit 5×6 inputs.\n",
        ),
        (lambda: Attention(0), "heads is 0; it must be a whole number from 1."),
        (lambda: Recurrent(True), "neurons is True; it must be a whole number from 1."),
        (lambda: Recurrent(3, "gru"), "There is no cell 'gru'; choose one of simple, lstm."),
        (lambda: Embedding(7.5, 3), "vocabulary is 7.5; it must be a whole number from 1."),
        (
            lambda: cr.Network([4, Embedding(7, 3), Flatten(), 3], input=4),
            "A layer that takes the numbers of tokens, such as Embedding, must be the first.",
        ),
        (
            lambda: cr.Network([Dropout(0.5), Embedding(7, 3), Flatten(), 3], input=4),
            "The inputs are numbers of tokens, of which none can be dropped; put Dropout behind the embedding.",
        ),
        (
            lambda: cr.Network([Embedding(7, 3), Flatten(), 3], input=4, scale=7),
            "The inputs are numbers of tokens, which are not divided; leave scale out.",
        ),
        (lambda: Conv(3, groups=2), "The 3 neurons or channels cannot be divided into 2 groups."),
        (lambda: Conv(3, 4, padding="same"), "padding='same' needs a kernel of odd sizes, not of 4×4."),
        (lambda: Conv(3, 0), "kernel is 0; it must be a whole number from 1, or for rows and columns two."),
        (lambda: Conv(3, 3, stride=(1, 2, 3)), "stride is (1, 2, 3); it must be a whole number from 1, or for "),
        (
            lambda: Conv(3, 3, padding=-1),
            "padding is -1; it must be a whole number from 0, or for rows and columns two.",
        ),
        (lambda: MaxPool(2.0), "size is 2.0; it must be a whole number from 1, or for rows and columns two."),
        (lambda: MaxPool(2, ties="last"), "ties is 'last'; choose one of first, share."),
        (lambda: cr.Network([784, Residual([]), 10]), "Residual([]) has no layers; give those that it skips."),
        (
            lambda: cr.Network([784, Residual([Dropout(0.5), 784]), 10]),
            "Dropout(0.5) has no layer of its own before it; put it behind the layer whose activations it drops.",
        ),
        (
            lambda: cr.Network([784, 30, Dropout(0.5), Dropout(0.5), 10]),
            "Dropout(0.5) has no layer of its own before it; put it behind the layer whose activations it drops.",
        ),
        (
            lambda: cr.Network([784, Dropout(1.5), 10]),
            "A dropout is 1.5; it must be a share of activations, from 0 to ",
        ),
        (
            lambda: cr.Network([cr.Layer(lambda a, b: a + b, back=2), 3], input=3),
            "Layer 2 skips 2 layers, and 0 stand before it.",
        ),
    ],
)
def test_what_makes_no_network(make, message):
    with pytest.raises(NetworkError) as error:
        make()
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        ([[0, 1, 7, 2]], "tokens[0, 2] is 7; the network has a vocabulary of 7 tokens, 0 to 6."),
        ([[0, 1, 2, -1.0]], "tokens[0, 3] is -1.0; the network has a vocabulary of 7 tokens, 0 to 6."),
        ([[0.5, 1, 2, 3]], "tokens[0, 0] is 0.5; the network has a vocabulary of 7 tokens, 0 to 6."),
        ([["a", "b", "c", "d"]], "Column 0 is 'a' in row 0, where a number is expected."),
    ],
)
def test_what_is_no_token(tokens, message):
    net = cr.Network([Embedding(7, 3), Flatten(), 3], input=4, seed=0)
    for ask in (net, net.predict, lambda x: net.apply(net.parameters, x)):
        with pytest.raises(DataError) as error:
            ask(tokens)
        assert str(error.value) == message


def test_tokens_are_no_grays():
    net = cr.Network([Embedding(7, 3), Flatten(), 3], input=4, seed=0)
    tokens = np.array([[0, 1, 2, 6], [3, 3, 3, 3]])
    np.testing.assert_array_equal(net(tokens.astype(np.uint8)), net(tokens))
    np.testing.assert_array_equal(net(tokens.astype(np.uint8)), net.apply(net.parameters, tokens.astype(float)))
    w, (dense, b) = net.parameters[0], net.parameters[1:]
    by_hand = 1 / (1 + np.exp(-(w[tokens].reshape(2, 12) @ dense.T + b.T)))
    np.testing.assert_allclose(net(tokens), by_hand, rtol=1e-5)


def test_a_place_takes_nothing_from_those_behind_it():
    random = np.random.default_rng(0)
    weights = [random.normal(size=(6, 6)) for _ in range(4)]
    x = random.random((2, 5, 6))
    changed = x.copy()
    changed[:, 3:] += 1
    for causal in (True, False):
        one, other = (Attention(2, causal=causal).weighted_input(each, weights)[0] for each in (x, changed))
        assert np.array_equal(one[:, :3], other[:, :3]) == causal
        assert not np.array_equal(one[:, 3:], other[:, 3:])


def test_a_recurrent_network_counts_what_it_has_seen():
    """Whether a sequence of six signs has more than two ones, which depends on all of them."""
    random = np.random.default_rng(0)
    x = (random.random((400, 6, 1)) < 0.4).astype(float)
    labels = (x.sum(axis=(1, 2)) > 2).astype(int)
    for cell in ("simple", "lstm"):
        net = cr.Network([Recurrent(8, cell), 2], input=(6, 1), cost="log-likelihood", initializer="glorot", seed=0)
        net.fit(x, labels, epochs=30, learning_rate=0.02, optimizer="adam", executor="numpy")
        assert net.score(x, labels) > 0.97
