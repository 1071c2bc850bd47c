"""What advice may take: multiplications are counted as they are done, one budget covers all trials, and what cannot gain is not
tried."""

import dataclasses

import numpy as np
import pytest

import chainrule as cr
from chainrule import model, trials
from chainrule.budget import Budget
from chainrule.layers import AveragePool, Conv, Dense, Embedding, Flatten, MaxPool, Recurrent
from chainrule.network.architecture import stacked
from chainrule.network.equations import feedforward
from chainrule.training import facts
from chainrule.training.trial import Trial
from chainrule.training.work import count_multiplications, count_work, plan_budget

RANDOM = np.random.default_rng(0)


def clouds(n, width):
    """Three clouds, which hardly overlap at width 0.05, and little at 0.15."""
    centers = np.array([[0.2, 0.2, 0.5], [0.8, 0.2, 0.5], [0.5, 0.8, 0.5]])
    y = RANDOM.integers(0, 3, n)
    return np.clip(centers[y] + width * RANDOM.standard_normal((n, 3)), 0, 1), y


NEAR, FAR = clouds(900, 0.15), clouds(900, 0.05)


def count_uses(architecture):
    """How often weights are used for one example: the sum of what each layer gives where all weights and activations are 1."""
    total = 0
    for number, layer in zip(architecture.layers, architecture.stack, strict=True):
        for parameter in architecture.of_layer(number):
            if parameter.meaning.decayed:
                alone = dataclasses.replace(architecture, input=architecture.examples[number - 2], stack=(layer,))
                values = {name: np.zeros(shape) for name, shape in alone.shapes.items()}
                (weight,) = [each.name for each in alone.parameters if each.meaning.decayed]
                values[weight] = np.ones_like(values[weight])
                ones = alone.inputs(np.ones((1, int(np.prod(alone.input)))))
                total += round(float(feedforward(alone, values, ones).sum()))
    return total


@pytest.mark.parametrize(
    ("layers", "input"),
    [
        ([784, 30, 10], None),
        ([Conv(4, 3, activation="linear"), MaxPool(2), Flatten(), 5], (1, 10, 10)),
        (
            [Conv(4, 3, stride=2, activation="linear"), Conv(2, 2, activation="linear"), AveragePool(2), Flatten(), 5],
            (3, 11, 9),
        ),
        ([Dense(6, "linear"), Flatten(), 5], (7, 3)),
    ],
)
def test_multiplications_are_counted_as_often_as_each_weight_is_used(layers, input):
    linear = {"activation": "linear", "output": "linear", "cost": "mean-squared-error"}
    architecture = stacked(layers, input=input, **linear)
    assert count_multiplications(architecture) == count_uses(architecture)


def test_tokens_are_looked_up_and_states_are_computed_at_every_place():
    for whole, behind in ((False, [4]), (True, [Flatten(), 4])):
        architecture = stacked([Embedding(100, 8), Recurrent(5, "lstm", whole=whole), *behind], input=12)
        at_a_place = 4 * 5 * (8 + 5)
        assert count_multiplications(architecture) == 12 * at_a_place + (12 if whole else 1) * 5 * 4


def test_the_budget_is_a_fifth_of_the_run_within_bounds():
    assert plan_budget(0).total == 0.2 * 5e10
    assert plan_budget(1e12).total == 2e11
    assert plan_budget(1e15).total == 10 * 5e10
    budget = Budget(10.0)
    assert (budget.take(6.0), budget.take(6.0), budget.take(4.0), budget.left) == (True, False, True, 0.0)


class Spy:
    """Counts in multiplications of its own: what trials learn and score, the steps of searches, and each measurement."""

    def __init__(self, monkeypatch):
        self.work, self.measuring, self.executors = 0.0, [], []
        learn, search, answer, measure = (
            cr.Network.fit,
            facts.search,
            trials.compute_answers,
            facts.Facts.remaining_cost,
        )

        def fit(net, x, y, **how):
            m = min(how.get("batch_size", 10), len(x))
            self.work += how["epochs"] * len(x) * count_work(net.architecture, m, how.get("augment") is not None)
            self.executors.append(how["executor"])
            return learn(net, x, y, **how)

        def searched(architecture, *given, steps, batch_size, **how):
            self.work += 8 * steps * batch_size * count_work(architecture, batch_size)
            self.executors.append("numpy" if how["runner"] is None else "native")
            return search(architecture, *given, steps=steps, batch_size=batch_size, **how)

        def answered(architecture, parameters, rows, n):
            self.measuring.append(n * count_multiplications(architecture))
            return answer(architecture, parameters, rows, n)

        def measured(self_, rate):
            begin = facts.NumpyRunner.run

            works = []

            def run(runner, order, *given):
                works.append(order.size * count_work(self_.architecture, order.shape[1]))
                return begin(runner, order, *given)

            with monkeypatch.context() as patch:
                patch.setattr(facts.NumpyRunner, "run", run)
                share = measure(self_, rate)
            self.measuring.append(sum(works))
            return share

        monkeypatch.setattr(cr.Network, "fit", fit)
        monkeypatch.setattr(facts, "search", searched)
        monkeypatch.setattr(facts.Facts, "remaining_cost", measured)
        for module in (model, trials):
            monkeypatch.setattr(module, "compute_answers", answered)


@pytest.mark.parametrize("layers", [[784, 30, 10], [Conv(4, 5), MaxPool(2), Flatten(), 10]])
@pytest.mark.parametrize("fault", [{"learning_rate": 1e-5}, {"epochs": 60, "batch_size": 20}])
def test_all_advice_together_stays_within_one_budget(monkeypatch, layers, fault):
    train, valid, _ = cr.datasets.mnist()
    x, y, held = train.images[:200], train.labels[:200], (valid.images[:200], valid.labels[:200])
    input = None if layers[0] == 784 else (1, 28, 28)
    net = cr.Network(layers, input=input, seed=0)
    history = net.fit(x, y, executor="numpy", **{"epochs": 2, **fault})
    spy, shares = Spy(monkeypatch), []
    net.diagnose(x, y, validation=held, progress=shares.append)
    m = fault.get("batch_size", 10)
    whole = plan_budget(len(history.epochs) * len(x) * count_work(net.architecture, m)).total
    assert 0 < spy.work <= whole
    assert 0 < max(spy.measuring) <= whole / 12
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] <= 1


@pytest.mark.parametrize("fault", [{}, {"learning_rate": 1e-5}])
@pytest.mark.parametrize("divided", [True, False])
def test_no_scoring_of_a_network_of_convolutions_reads_more_images_than_the_budget_allows(monkeypatch, fault, divided):
    """Where each image takes millions of multiplications, scoring thousands of images takes more than learning from few."""
    train, valid, _ = cr.datasets.mnist()
    layers = [Conv(32, 5), MaxPool(2), Conv(32, 5), MaxPool(2), Flatten(), 10]
    net = cr.Network(layers, input=(1, 28, 28), activation="relu", cost="log-likelihood", seed=0)
    x, y = (train.images[:100], train.labels[:100]) if divided else valid
    history = net.fit(x[:100], y[:100], epochs=1, executor="numpy", **fault)
    spy = Spy(monkeypatch)
    net.diagnose(x, y, history=history, validation=tuple(valid) if divided else None)
    m = count_multiplications(net.architecture)
    assert len(valid.labels) * m > 2 * plan_budget(0).total, "all held-out images would take more than the budget"
    whole = plan_budget(len(x) * count_work(net.architecture, 10)).total
    assert spy.work <= whole
    assert spy.measuring
    assert max(spy.measuring) <= max(whole / 12, 1000 * m), "no measurement reads more than a thousand images"


def test_nothing_is_tried_where_nothing_can_be_gained(monkeypatch):
    """Nearly all is right: no remedy is, by three points more."""
    x, y = FAR
    net = cr.Network([3, 16, 3], cost="log-likelihood", activation="relu", initializer="he", seed=0)
    net.fit(x[:600], y[:600], epochs=20, validation=(x[600:], y[600:]), executor="numpy")
    assert net.score(x[600:], y[600:]) > 0.98
    monkeypatch.setattr(facts, "_passes", None)
    monkeypatch.setattr(facts, "neighbors", None)
    spy = Spy(monkeypatch)
    assert net.diagnose(x[:600], y[:600], validation=(x[600:], y[600:])) == ()
    assert spy.work == 0


def test_after_the_first_epoch_a_run_that_learns_is_measured_by_one_forward_pass(monkeypatch):
    x, y = FAR
    net = cr.Network([3, 16, 3], cost="log-likelihood", activation="relu", initializer="he", seed=0)
    history = net.fit(x, y, epochs=2, executor="numpy")
    monkeypatch.setattr(facts, "_passes", None)
    monkeypatch.setattr(facts, "best_column", None)
    assert net.diagnose(x, y, history=history, early=True) == ()


@pytest.mark.parametrize("margin", [(0.01, 0.1), (0.03, 0.25), (0.1, 0.5)])
@pytest.mark.parametrize("rows", [0, 40, 2000])
def test_what_leaves_nothing_to_learn_is_beaten_by_no_trial(margin, rows):
    """The bound is exact: a run leaves something to learn just where a trial without any fault would count as better."""
    faultless = Trial(0.0, 0.0, 1.0, 1.0, rows, 1000)
    for learned in np.linspace(0, 1, 41):
        for score in np.linspace(0, 1, 41):
            run = Trial(0.5, 0.5, float(score), float(learned), rows, 1000)
            assert run.leaves_to_learn(margin) == faultless.learns_more(run, margin)
            assert run.is_beatable(margin) == faultless.beats(run, margin)


@pytest.mark.uncompiled
def test_trials_run_on_the_executor_of_the_run_where_its_step_serves(monkeypatch):
    pytest.importorskip("llvmlite")
    x, y = NEAR
    net = cr.Network([3, 16, 3], cost="log-likelihood", activation="relu", initializer="he", seed=0)
    net.fit(x[:600], y[:600], epochs=3, learning_rate=1e-6, validation=(x[600:], y[600:]), executor="native")
    from chainrule.training import native

    written, chunk_of = [], native._chunk_of
    monkeypatch.setattr(
        native, "_chunk_of", lambda *of, **kind: written.append((of, tuple(kind.items()))) or chunk_of(*of, **kind)
    )
    spy = Spy(monkeypatch)
    (finding,) = net.diagnose(x[:600], y[:600], validation=(x[600:], y[600:]))
    assert finding.name == "rate-too-small"
    assert set(spy.executors) == {"native"}
    assert len(set(written)) == 1, "no other step was compiled"


def test_ctrl_c_in_a_trial_ends_the_diagnosis(monkeypatch):
    x, y = NEAR
    net = cr.Network([3, 16, 3], seed=0)
    net.fit(x[:600], y[:600], epochs=3, learning_rate=1e-6, validation=(x[600:], y[600:]), executor="numpy")

    def stopped(share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        net.diagnose(x[:600], y[:600], validation=(x[600:], y[600:]), progress=stopped)
