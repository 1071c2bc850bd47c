"""Displays for Matplotlib: what is drawn are the numbers, in axes of one's own or new ones."""

import numpy as np
import pytest

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
pytestmark = pytest.mark.peers

from matplotlib import pyplot  # noqa: E402
from matplotlib.text import Text  # noqa: E402

import chainrule as cr  # noqa: E402
from chainrule import plot  # noqa: E402
from chainrule.core.errors import ChainruleError  # noqa: E402
from chainrule.data.errors import DataError  # noqa: E402
from chainrule.layers import Conv, Flatten, MaxPool  # noqa: E402
from chainrule.network.layers import NetworkError  # noqa: E402
from chainrule.plot import (  # noqa: E402
    ConfusionDisplay,
    ExplanationDisplay,
    LearningCurveDisplay,
    RateSearchDisplay,
    WeightsDisplay,
)

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(90, 4))
KINDS = np.array(["iris", "rose", "tulip"])[(X[:, 0] > 0).astype(int) + (X[:, 1] > 0)]


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


@pytest.fixture(scope="module")
def taught():
    net = cr.Network([4, 6, 3], seed=0)
    history = net.fit(X, KINDS, epochs=6, validation=0.2, patience=5, metrics={"error": lambda a, y: 1.0 + len(y)})
    return net, history


def said(display):
    return {each.get_text() for each in display.figure_.findobj(Text)}


def test_learning_curve(taught):
    _, history = taught
    display = LearningCurveDisplay.from_history(history)
    train, validation, best = display.ax_.lines
    rows = history.rows()
    np.testing.assert_array_equal(train.get_ydata(), [row["train_cost"] for row in rows])
    np.testing.assert_array_equal(validation.get_ydata(), [row["validation_cost"] for row in rows])
    assert best.get_xdata()[0] == history.best
    assert {"cost C", "epoch", "training", "validation", "the best epoch"} <= said(display)
    for quantity, lines in (("accuracy", 3), ("learning_rate", 2), ("error", 2)):
        assert len(LearningCurveDisplay.from_history(history, quantity=quantity).ax_.lines) == lines
    with pytest.raises(DataError, match=r"^The run has no 'loss'; it has learning_rate, cost, accuracy, error\.$"):
        LearningCurveDisplay.from_history(history, quantity="loss")


def test_axes_of_one_s_own(taught):
    _, history = taught
    figure, (left, right) = pyplot.subplots(1, 2)
    display = LearningCurveDisplay.from_history(history, ax=left)
    assert (display.ax_, display.figure_) == (left, figure)
    assert display.plot(ax=right) is display and display.ax_ is right
    assert len(left.lines) == len(right.lines) == 3


def test_costs_that_differ_by_much_are_on_a_logarithmic_axis():
    assert LearningCurveDisplay([1, 2], {"train": [1.0, 0.01]}).plot().ax_.get_yscale() == "log"
    assert LearningCurveDisplay([1, 2], {"train": [1.0, 0.5]}).plot().ax_.get_yscale() == "linear"


def test_rate_search():
    search = cr.Network([4, 6, 3], seed=0).find_learning_rate(X, KINDS, steps=32)
    display = RateSearchDisplay.from_search(search)
    curve, line = display.ax_.lines
    np.testing.assert_array_equal(curve.get_xydata(), np.transpose([search.rates, search.costs]))
    assert line.get_xdata()[0] == search.suggested and display.ax_.get_xscale() == "log"


def test_confusion(taught):
    net, _ = taught
    display = ConfusionDisplay.from_network(net, X, KINDS)
    answers = net.predict(X)
    counts = [[((truth == KINDS) & (answers == each)).sum() for each in net.classes] for truth in net.classes]
    np.testing.assert_array_equal(display.counts, counts)
    assert {"iris", "rose", "tulip", str(counts[0][0])} <= said(display)
    shares = ConfusionDisplay.from_network(net, X, KINDS, normalize=True).counts
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    binary = cr.Network([4, 1], cost="cross-entropy", seed=0)
    binary.fit(X, KINDS == "rose", epochs=1)
    assert ConfusionDisplay.from_network(binary, X, KINDS == "rose").counts.sum() == len(X)
    numbers = cr.Network([4, 1], cost="mean-squared-error", seed=0)
    numbers.fit(X, X[:, 0], epochs=1)
    with pytest.raises(NetworkError, match="of which the network does not choose one"):
        ConfusionDisplay.from_network(numbers, X, X[:, 0])


def test_weights(taught):
    net, _ = taught
    (shown,) = WeightsDisplay.from_network(net).ax_.images
    np.testing.assert_array_equal(shown.get_array(), net.weights[0])
    digits = cr.Network([784, 30, 10], seed=0)
    display = WeightsDisplay.from_network(digits)
    np.testing.assert_array_equal(display.pictures, digits.weights[0].reshape(30, 28, 28))
    page = display.ax_.images[0].get_array()
    np.testing.assert_array_equal(page[:28, 29:57], digits.weights[0][1].reshape(28, 28))
    kernels = cr.Network([Conv(5, 3), Flatten(), 4], input=(2, 8, 8), seed=0)
    assert WeightsDisplay.from_network(kernels).pictures.shape == (10, 3, 3)
    with pytest.raises(NetworkError, match=r"^Layer 3 has no weights; layers 2, 4 have\.$"):
        WeightsDisplay.from_network(kernels, layer=3)


def test_weights_of_a_table_have_the_names_of_its_columns():
    net = cr.Network([3, 4, 2], seed=0)
    net.fit({"age": [1.0, 2.0], "town": ["Ulm", "Köln"]}, [0, 1], epochs=1)
    assert {"age", "town = Köln"} <= said(WeightsDisplay.from_network(net))


def test_explanation(taught):
    net, _ = taught
    made = net.explain(X[0], KINDS[0])
    display = ExplanationDisplay.from_explanation(made)
    assert len(display.ax_.child_axes) == 5 and {"a¹", "a²", "a³", "δ²", "δ³"} <= said(display)
    bars = next(each for each in display.ax_.child_axes if each.get_title() == "a³").patches
    np.testing.assert_allclose([each.get_width() for each in bars], made.values["a3"].ravel())
    assert f"the answer is {net.predict(X[0])}, and right is {KINDS[0]}" in said(display)
    assert len(ExplanationDisplay.from_explanation(net.explain(X[0])).ax_.child_axes) == 3
    images = cr.Network([Conv(3, 3), MaxPool(2), Flatten(), 10], input=(1, 8, 8), seed=0)
    whole = ExplanationDisplay.from_explanation(images.explain(RANDOM.random((8, 8)), 3))
    assert whole.activations[0].shape == (8, 8) and whole.activations[1].shape == (13, 13)
    with pytest.raises(NetworkError, match="explain a network"):
        ExplanationDisplay.from_explanation(cr.explain(lambda x: np.sum(x**2), (X[0],)))


def test_words_are_the_reader_s(taught, monkeypatch):
    _, history = taught
    monkeypatch.setenv("CHAINRULE_LANG", "zh")
    monkeypatch.setattr(plot, "_chinese_font", lambda: "Noto Sans CJK SC")
    assert {"代价 C", "轮", "验证集"} <= said(LearningCurveDisplay.from_history(history))
    monkeypatch.setattr(plot, "_chinese_font", lambda: None)
    assert {"cost C", "epoch"} <= said(LearningCurveDisplay.from_history(history))


def test_without_matplotlib(taught, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.pyplot", None)
    with pytest.raises(ChainruleError, match=r"^Displays need Matplotlib: pip install 'chainrule\[plot\]'\.$"):
        LearningCurveDisplay.from_history(taught[1])
