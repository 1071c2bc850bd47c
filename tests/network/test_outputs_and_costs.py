"""Every output activation with every cost and one, two and three outputs: the network learns, or is refused with the cause."""

import warnings

import numpy as np
import pytest

import chainrule as cr
from chainrule.layers import Dense
from chainrule.network.activations import ACTIVATIONS, softmax
from chainrule.network.costs import COSTS
from chainrule.network.layers import NetworkError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 4))
WITH_SIGMOID = (
    "The softmax of one output is always 1, so the network could learn nothing; take output='sigmoid', or an output for each "
    "class."
)
WITH_CROSS_ENTROPY = (
    "The softmax of one output is always 1, so the network could learn nothing; take cost='cross-entropy', whose output is "
    "sigmoid, or an output for each class."
)


def draw_labels(cost, outputs):
    """Numbers for costs of regression, else a class for each example."""
    if COSTS[cost].regression:
        return RANDOM.random((60, outputs))
    return RANDOM.integers(0, max(outputs, 2), 60)


def use(net, y):
    """Train a network and ask of it all that is asked behind `fit`."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        history = net.fit(X, y, epochs=1, validation=(X[:20], y[:20]), executor="numpy", learning_rate=0.01)
        net.diagnose(X, y, validation=(X[:20], y[:20]), trials=False)
    assert np.isfinite(history.epochs[-1].validation.cost)
    assert np.isfinite(net.evaluate(X, y).cost)
    assert len(net.predict(X)) == len(y)
    assert np.isfinite(net.score(X, y))


@pytest.mark.wide
@pytest.mark.parametrize("outputs", [1, 2, 3])
@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("output", ACTIVATIONS)
def test_each_combination_learns_or_is_refused_with_its_cause(output, cost, outputs):
    needed = COSTS[cost].output if COSTS[cost].only else output
    if output == needed and (output, outputs) != ("softmax", 1):
        use(cr.Network([4, outputs], output=output, cost=cost, seed=0), draw_labels(cost, outputs))
        return
    with pytest.raises(NetworkError) as error:
        cr.Network([4, outputs], output=output, cost=cost, seed=0)
    if output != needed:
        assert str(error.value) == f"The cost '{cost}' needs '{needed}' as output activation, not '{output}'."
    else:
        assert str(error.value) == (WITH_CROSS_ENTROPY if cost == "log-likelihood" else WITH_SIGMOID)


@pytest.mark.parametrize("outputs", [1, 2, 3])
@pytest.mark.parametrize("cost", ["quadratic", "cross-entropy", "hinge"])
def test_outputs_that_decide_alone_are_diagnosed_with_trials(cost, outputs):
    """One output that tells two classes apart, or several of which each says yes or no."""
    y = (X[:, :outputs] > 0).astype(int)
    net = cr.Network([4, 5, outputs], cost=cost, seed=0)
    net.fit(X, y, epochs=2, learning_rate=1e-6, executor="numpy")
    (finding, *_) = net.diagnose(X, y, validation=(X, y))
    assert finding.name in ("rate-too-small", "too-few-steps")


@pytest.mark.parametrize(
    ("layers", "keywords"),
    [
        ([4, 3, 1], {"output": softmax}),
        ([Dense(3), Dense(1, "softmax")], {"input": 4}),
        ([4, 3, 1], {"cost": "mean-squared-error", "output": "softmax"}),
        ([4, 3, 1], {"cost": lambda a, y: np.sum((a - y) ** 2), "output": "softmax"}),
    ],
)
def test_softmax_of_one_output_is_refused_however_it_is_written(layers, keywords):
    with pytest.raises(NetworkError) as error:
        cr.Network(layers, **keywords)
    assert str(error.value) == WITH_SIGMOID


def test_what_is_advised_for_one_output_learns():
    y = (X[:, 0] > 0).astype(int)
    for keywords in ({"output": "sigmoid"}, {"cost": "cross-entropy"}):
        net = cr.Network([4, 1], seed=0, **keywords)
        net.fit(X, y, epochs=300, executor="numpy")
        assert net.score(X, y) > 0.9


def test_a_hidden_neuron_alone_with_softmax_is_refused():
    with pytest.raises(NetworkError) as error:
        cr.Network([4, 1, 2], activation="softmax")
    assert str(error.value) == (
        "The softmax of one neuron is always 1, so layer 2 would pass nothing on; give it another activation, such as 'sigmoid', "
        "or more neurons."
    )
