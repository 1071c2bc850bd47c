"""Optimizers, schedules and penalties against their definitions, worked by an independent loop in float64."""

import dataclasses
import math

import numpy as np
import pytest

import chainrule as cr
from chainrule.training import optimizers, schedules
from chainrule.training.settings import SettingsError, flat, grouped, settings


@pytest.fixture(scope="module")
def digits():
    train, valid, _ = cr.datasets.mnist()
    return train.images[:60], train.labels[:60], valid.images[:100], valid.labels[:100]


def by_definition(name, w, gradients, rate):
    """Each optimizer, one scalar formula a line, from its paper."""
    w, v, s = w.copy(), np.zeros_like(w), np.zeros_like(w)
    for t, g in enumerate(gradients, start=1):
        if name == "sgd":
            w = w - rate * g
        elif name == "momentum":
            v = 0.9 * v + g
            w = w - rate * v
        elif name == "nesterov":
            v = 0.9 * v + g
            w = w - rate * (g + 0.9 * v)
        elif name == "rmsprop":
            s = 0.99 * s + 0.01 * g**2
            w = w - rate * g / (np.sqrt(s) + 1e-8)
        else:
            if name == "adamw":
                w = w * (1 - rate * 0.01)
            v = 0.9 * v + 0.1 * g
            s = 0.999 * s + 0.001 * g**2
            w = w - rate * (v / (1 - 0.9**t)) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8)
    return w


@pytest.mark.parametrize("name", optimizers.OPTIMIZERS)
def test_update_equals_its_definition(name):
    random = np.random.default_rng(0)
    w, gradients = random.normal(size=(3, 4)), random.normal(size=(6, 3, 4))
    optimizer = optimizers.OPTIMIZERS[name]()
    new, state = w, [np.zeros_like(w) for _ in optimizer.state]
    for t, g in enumerate(gradients, start=1):
        new, *state = optimizer.update(new, g, *state, 0.05, *optimizer.numbers(t))
    np.testing.assert_allclose(new, by_definition(name, w, gradients, 0.05), rtol=1e-12)


@pytest.mark.parametrize("name", optimizers.OPTIMIZERS)
def test_fit_takes_the_same_steps(digits, name):
    """The traced, simplified, buffered step, over whole batches in order: 4 epochs of one batch each."""
    images, labels, *_ = digits
    net = cr.Network([784, 6, 10], seed=0, dtype="float64")
    start = cr.Network([784, 6, 10], seed=0, dtype="float64")
    net.fit(images, labels, epochs=4, batch_size=60, learning_rate=0.05, optimizer=name)
    # The same four gradients, each at the weights that the definition has reached.
    gradients = [[] for _ in start.parameters]
    for _ in range(4):
        replay = cr.Network([784, 6, 10], seed=0, dtype="float64")
        for place, (w, found) in enumerate(zip(start.parameters, gradients, strict=True)):
            replay.parameters[place][...] = by_definition(name, w, found, 0.05)
        nabla_b, nabla_w = replay.backprop(images, labels)
        pairs = [g for pair in zip(nabla_w, nabla_b, strict=True) for g in pair]
        for found, g in zip(gradients, pairs, strict=True):
            found.append(g / 60)
    for given, w, found in zip(net.parameters, start.parameters, gradients, strict=True):
        np.testing.assert_allclose(given, by_definition(name, w, found, 0.05), rtol=0, atol=1e-10)


def one_step(digits, **keywords):
    images, labels, *_ = digits
    net = cr.Network([784, 5, 10], seed=1, dtype="float64")
    before = [p.copy() for p in net.parameters]
    nabla_b, nabla_w = net.backprop(images, labels)
    net.fit(images, labels, epochs=1, batch_size=60, learning_rate=0.5, **keywords)
    return net, before, [g / 60 for pair in zip(nabla_w, nabla_b, strict=True) for g in pair]


def test_l2_shrinks_weights_by_eta_lambda_over_n_and_spares_biases(digits):
    net, before, g = one_step(digits, regularization=cr.Regularization(l2=6.0))
    for place, after in enumerate(net.parameters):
        shrink = 1 - 0.5 * 6.0 / 60 if place % 2 == 0 else 1.0
        np.testing.assert_allclose(after, shrink * before[place] - 0.5 * g[place], rtol=0, atol=1e-12)


def test_l1_moves_weights_towards_zero(digits):
    net, before, g = one_step(digits, regularization=cr.Regularization(l1=6.0))
    np.testing.assert_allclose(net.weights[0], before[0] - 0.5 * (g[0] + 0.1 * np.sign(before[0])), rtol=0, atol=1e-12)
    np.testing.assert_allclose(net.biases[0], before[1] - 0.5 * g[1], rtol=0, atol=1e-12)


def test_max_norm_bounds_each_neurons_weights(digits):
    net, before, g = one_step(digits, regularization=cr.Regularization(max_norm=0.7))
    free = before[0] - 0.5 * g[0]
    length = np.sqrt(np.sum(free**2, axis=1, keepdims=True))
    assert (length > 0.7).any()
    np.testing.assert_allclose(net.weights[0], free * np.minimum(1, 0.7 / length), rtol=1e-10)


def test_clipping_the_whole_gradient_keeps_its_direction(digits):
    net, before, g = one_step(digits, clipping=cr.Clipping(norm=0.01))
    length = math.sqrt(sum(float(np.sum(each**2)) for each in g))
    assert length > 0.01
    for place, after in enumerate(net.parameters):
        np.testing.assert_allclose(after, before[place] - 0.5 * g[place] * 0.01 / (length + 1e-6), rtol=0, atol=1e-12)


def test_clipping_each_number(digits):
    net, before, g = one_step(digits, clipping=cr.Clipping(value=1e-3))
    assert np.abs(g[0]).max() > 1e-3
    np.testing.assert_allclose(net.weights[0], before[0] - 0.5 * np.clip(g[0], -1e-3, 1e-3), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("schedule", "factors"),
    [
        (schedules.constant(), [1, 1, 1, 1]),
        (schedules.linear(), [1, 0.75, 0.5, 0.25]),
        (schedules.cosine(), [1, (1 + math.sqrt(0.5)) / 2, 0.5, (1 - math.sqrt(0.5)) / 2]),
        (schedules.step(0.5, 0.1), [1, 1, 0.1, 0.1]),
        (schedules.warm_up(2, schedules.linear()), [0.5, 0.75, 0.5, 0.25]),
    ],
)
def test_schedules_by_hand(schedule, factors):
    assert [schedule(t, 4) for t in range(4)] == pytest.approx(factors)


def test_one_cycle_rises_to_one_and_falls_to_nearly_nothing():
    factors = [schedules.one_cycle()(t, 100) for t in range(100)]
    assert factors[0] == pytest.approx(1 / 25)
    assert factors[29] == pytest.approx(1)
    assert factors[99] == pytest.approx(1e-4 / 25)
    assert factors[:30] == sorted(factors[:30])
    assert factors[29:] == sorted(factors[29:], reverse=True)


def test_a_schedule_changes_the_steps_of_a_run(digits):
    """Two steps at η and η/2 are a run of one step at η, and one at η/2 after it."""
    images, labels, *_ = digits
    whole, parts = (cr.Network([784, 10], seed=0, dtype="float64") for _ in range(2))
    whole.fit(images, labels, epochs=2, batch_size=60, learning_rate=0.5, schedule="linear")
    parts.fit(images, labels, epochs=1, batch_size=60, learning_rate=0.5)
    parts.fit(images, labels, epochs=1, batch_size=60, learning_rate=0.25)
    np.testing.assert_allclose(whole.weights[0], parts.weights[0], rtol=0, atol=1e-12)


def test_patience_ends_early_and_keeps_the_best_weights(digits):
    images, labels, held_images, held_labels = digits
    net = cr.Network([784, 12, 10], seed=0)
    history = net.fit(images, labels, epochs=60, validation=(held_images, held_labels), patience=2)
    scores = [epoch.validation.correct for epoch in history.epochs]
    assert len(scores) < 60
    assert len(scores) == history.best + 2
    assert scores[history.best - 1] == max(scores)
    assert net.evaluate(held_images, held_labels) == history.epochs[history.best - 1].validation


def test_the_optimizers_state_lives_on_between_fits(digits):
    images, labels, *_ = digits
    once, twice = (cr.Network([784, 10], seed=0, dtype="float64") for _ in range(2))
    once.fit(images, labels, epochs=4, learning_rate=0.01, optimizer="adam")
    twice.fit(images, labels, epochs=1, learning_rate=0.01, optimizer="adam")
    twice.fit(images, labels, epochs=3, learning_rate=0.01, optimizer="adam")
    assert once.weights[0].tobytes() == twice.weights[0].tobytes()


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        (
            {"optimizer": "ada"},
            "There is no optimizer 'ada'; choose one of sgd, momentum, nesterov, rmsprop, adam, adamw.",
        ),
        (
            {"schedule": "up"},
            "There is no schedule 'up'; choose one of constant, step, linear, cosine, one-cycle, plateau.",
        ),
        ({"l2": -1.0}, "l2 is -1.0; it must be a number from 0, such as 5.0."),
        ({"l1": math.nan}, "l1 is nan; it must be a number from 0, such as 5.0."),
        ({"max_norm": 0}, "max_norm is 0; it must be a number above 0, such as 1.0."),
        ({"clip_norm": -1}, "clip_norm is -1; it must be a number above 0, such as 1.0."),
        ({"clip_value": "a"}, "clip_value is 'a'; it must be a number above 0, such as 1.0."),
        ({"patience": 0}, "patience is 0; it must be a whole number from 1."),
    ],
)
def test_settings_that_make_no_sense(keywords, message):
    with pytest.raises(SettingsError) as error:
        settings(100, epochs=1, batch_size=10, learning_rate=1.0, **grouped(keywords))
    assert str(error.value) == message


def test_patience_without_validation(digits):
    with pytest.raises(SettingsError, match=r"^patience needs validation=\(x, y\), by which it sees"):
        cr.Network([784, 10], seed=0).fit(*digits[:2], patience=3)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        (
            {"regularization": 5.0},
            "regularization is 5.0; give a group of settings, such as chainrule.Regularization(l2=5.0).",
        ),
        (
            {"clipping": {"norm": 1.0}},
            "clipping is {'norm': 1.0}; give a group of settings, such as chainrule.Clipping(norm=1.0).",
        ),
        ({"clipping": cr.Regularization()}, "clipping is Regularization(l2=0.0, l1=0.0, max_norm=None, "),
    ],
)
def test_a_group_of_settings_is_one(keywords, message, digits):
    with pytest.raises(SettingsError) as error:
        cr.Network([784, 10], seed=0).fit(*digits[:2], **keywords)
    assert str(error.value).startswith(message)


def test_a_setting_stands_in_one_group_alone(digits):
    for old in ("l2", "l1", "max_norm", "clip_norm", "clip_value", "label_smoothing"):
        with pytest.raises(TypeError, match=f"unexpected keyword argument '{old}'"):
            cr.Network([784, 10], seed=0).fit(*digits[:2], **{old: 0.5})


def test_settings_under_names_of_their_own_are_those_of_fit():
    given = {"epochs": 2, "l2": 0.5, "max_norm": 2.0, "clip_value": 0.1}
    keywords = {"epochs": 2, "regularization": cr.Regularization(0.5, max_norm=2.0), "clipping": cr.Clipping(value=0.1)}
    assert grouped(given) == keywords
    assert flat(keywords) == {**given, "l1": 0.0, "label_smoothing": 0.0, "clip_norm": None}
    assert grouped({"epochs": 2}) == {"epochs": 2}
    for kind in (cr.Regularization, cr.Clipping):
        with pytest.raises(dataclasses.FrozenInstanceError):
            kind().norm = 1.0
