"""Training: the step as a program, the loop against the textbook's, what is reported, refused and kept."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import textbook
from chainrule.data.errors import DataError
from chainrule.network.architecture import stacked
from chainrule.training import facts, native
from chainrule.training.loop import DivergenceError
from chainrule.training.settings import SettingsError
from chainrule.training.step import UpdateRule, training_step


@pytest.fixture(scope="module")
def digits():
    train, valid, test = cr.datasets.mnist()
    return (
        (train.images[:600], train.labels[:600]),
        (valid.images[:200], valid.labels[:200]),
        (test.images[:200], test.labels[:200]),
    )


def order_of(seed, n, epochs):
    """The network's own shuffling, repeated."""
    random = np.random.default_rng(np.random.SeedSequence(seed).spawn(2)[1])
    return [random.permutation(n) for _ in range(epochs)]


@pytest.mark.parametrize(("sizes", "batch"), [([784, 10], 10), ([784, 12, 10], 10), ([784, 8, 9, 10], 7)])
def test_weights_equal_the_textbooks_after_two_epochs(digits, sizes, batch):
    """7 does not divide 600: the last batch is short, and its rate is η over its own length."""
    images, labels = digits[0]
    net = cr.Network(sizes, seed=3, dtype="float64")
    oracle = textbook.Network(sizes)
    oracle.weights, oracle.biases = [w.copy() for w in net.weights], [b.copy() for b in net.biases]
    net.fit(images, labels, epochs=2, batch_size=batch, learning_rate=3.0)
    examples = [
        ((image.reshape(784, 1) / 255), np.eye(10)[[label]].T) for image, label in zip(images, labels, strict=True)
    ]
    for order in order_of(3, 600, 2):
        for start in range(0, 600, batch):
            oracle.update_mini_batch([examples[i] for i in order[start : start + batch]], 3.0)
    for given, wanted in zip(net.weights + net.biases, oracle.weights + oracle.biases, strict=True):
        np.testing.assert_allclose(given, wanted, rtol=0, atol=1e-9)


def test_the_epochs_figures_are_those_of_its_own_forward_passes(digits):
    images, labels = digits[0]
    net = cr.Network([784, 12, 10], seed=1, dtype="float64")
    before = [p.copy() for p in net.parameters]
    history = net.fit(images, labels, epochs=1, batch_size=50, learning_rate=0.5)
    replay = cr.Network([784, 12, 10], seed=1, dtype="float64")
    cost = correct = 0.0
    for parameter, start in zip(replay.parameters, before, strict=True):
        parameter[...] = start
    (order,) = order_of(1, 600, 1)
    for rows in order.reshape(-1, 50):
        a = replay(images[rows])
        cost += 0.5 * np.sum((a - np.eye(10)[labels[rows]]) ** 2)
        correct += np.sum(a.argmax(axis=1) == labels[rows])
        nabla_b, nabla_w = replay.backprop(images[rows], labels[rows])
        for parameter, gradient in zip(replay.weights + replay.biases, nabla_w + nabla_b, strict=True):
            parameter -= 0.5 / 50 * gradient
    (epoch,) = history.epochs
    assert epoch.train.cost == pytest.approx(cost / 600, rel=1e-9)
    assert (epoch.train.correct, epoch.train.total) == (correct, 600)


def test_validation_is_scored_only_where_given(digits):
    net = cr.Network([784, 10], seed=0)
    assert net.fit(*digits[0], epochs=1).epochs[0].validation is None
    epoch = net.fit(*digits[0], epochs=1, validation=digits[1]).epochs[0]
    assert epoch.validation == net.evaluate(*digits[1])


def test_the_same_seed_gives_the_same_bits_and_another_does_not(digits):
    def trained(seed):
        net = cr.Network([784, 12, 10], seed=seed)
        net.fit(*digits[0], epochs=2)
        return [p.tobytes() for p in net.parameters]

    assert trained(5) == trained(5)
    assert trained(5) != trained(6)


def test_fit_goes_on_from_the_present_weights_and_random_state(digits):
    once, twice = cr.Network([784, 10], seed=2), cr.Network([784, 10], seed=2)
    once.fit(*digits[0], epochs=3)
    twice.fit(*digits[0], epochs=1)
    twice.fit(*digits[0], epochs=2)
    assert [p.tobytes() for p in once.parameters] == [p.tobytes() for p in twice.parameters]


def test_a_batch_larger_than_the_data_is_all_of_it(digits):
    images, labels = digits[0]
    net = cr.Network([784, 10], seed=0)
    assert net.fit(images[:7], labels[:7], epochs=1, batch_size=50).epochs[0].train.total == 7


@pytest.mark.names
def test_the_step_prints_the_update():
    text = str(training_step(stacked([784, 30, 10]), 10, "float32", UpdateRule()))
    assert "δ3 = (a3 - y) * (a3 * (1.0 - a3))" in text
    assert "v1 = 0.1 * rate * δ3 " in text  # the rate multiplies the last error, not the 30×784 gradient
    assert "v2 = (w3.T @ v1) * (a2 * (1.0 - a2)) " in text  # and reaches the error before through it
    assert "new_w2 = w2 - (v2 @ a1.T) " in text
    assert "return (new_w2, new_b2, new_w3, new_b3, a3)" in text


class Recorder:
    def __init__(self, interrupt_at=None):
        self.calls, self.interrupt_at = [], interrupt_at

    def progressed(self, epoch, done, total, seconds):
        self.calls.append((epoch, done, total))
        if len(self.calls) == self.interrupt_at:
            raise KeyboardInterrupt

    def finished(self, epoch):
        self.calls.append(epoch)


def test_progress_is_told_in_order_and_to_the_end(digits):
    recorder = Recorder()
    history = cr.Network([784, 10], seed=0).fit(*digits[0], epochs=2, progress=recorder)
    told = [call for call in recorder.calls if isinstance(call, tuple)]
    assert told == sorted(told)
    assert [call for call in told if call[1] == 600] == [(1, 600, 600), (2, 600, 600)]
    assert tuple(call for call in recorder.calls if not isinstance(call, tuple)) == history.epochs


@pytest.mark.parametrize(("executor", "interrupt_at"), [("numpy", 3), ("native", 45)])
def test_ctrl_c_keeps_what_was_learned(digits, executor, interrupt_at, monkeypatch):
    """In the second epoch; native loops learn the first 20 batches at once, and then come back after each."""
    if executor == "native":
        pytest.importorskip("llvmlite")
        monkeypatch.setattr(native, "_LONGEST", 0.0)
    net = cr.Network([784, 10], seed=0)
    start = net.weights[0].copy()
    history = net.fit(*digits[0], epochs=5, progress=Recorder(interrupt_at=interrupt_at), executor=executor)
    assert history.interrupted
    assert len(history.epochs) == 1
    assert not np.array_equal(net.weights[0], start)
    assert np.isfinite(net.weights[0]).all()


def test_a_cost_that_becomes_no_number_stops_and_keeps_the_last_good_weights(digits):
    net = cr.Network([784, 10], seed=0)
    before = [p.tobytes() for p in net.parameters]
    with pytest.raises(DivergenceError) as error:
        net.fit(*digits[0], epochs=3, learning_rate=1e300)  # infinite as float32: the second step's outputs are NaN
    assert (error.value.epoch, error.value.step) == (1, 2)
    assert str(error.value) == (
        "The cost became infinite or NaN at step 2 of epoch 1, with learning rate 1e+300; "
        "the last good weights are kept. Try a smaller rate, such as 3."
    )
    assert before == [p.tobytes() for p in net.parameters]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 0}, "epochs is 0; it must be a whole number from 1."),
        ({"epochs": 2.5}, "epochs is 2.5; it must be a whole number from 1."),
        ({"batch_size": 0}, "batch_size is 0; it must be a whole number from 1."),
        ({"batch_size": True}, "batch_size is True; it must be a whole number from 1."),
        ({"learning_rate": 0}, "learning_rate is 0; it must be a number above 0, such as 3.0."),
        ({"learning_rate": -1.0}, "learning_rate is -1.0; it must be a number above 0, such as 3.0."),
        ({"learning_rate": float("nan")}, "learning_rate is nan; it must be a number above 0, such as 3.0."),
        ({"learning_rate": float("inf")}, "learning_rate is inf; it must be a number above 0, such as 3.0."),
        ({"executor": "gpu"}, "There is no executor 'gpu'; choose one of auto, numpy, native, wasm, jax."),
    ],
)
def test_settings_that_make_no_sense_change_nothing(digits, settings, message):
    net = cr.Network([784, 10], seed=0)
    before = [p.tobytes() for p in net.parameters]
    with pytest.raises(SettingsError) as error:
        net.fit(*digits[0], **settings)
    assert str(error.value) == message
    assert before == [p.tobytes() for p in net.parameters]


def test_data_that_does_not_fit_changes_nothing(digits):
    net = cr.Network([784, 10], seed=0)
    before = [p.tobytes() for p in net.parameters]
    images, labels = digits[0]
    for wrong in [
        (images[:, 1:], labels),
        (images, np.arange(len(labels)) % 11),
        (images, labels[:-1]),
    ]:
        with pytest.raises(DataError):
            net.fit(*wrong)
    with pytest.raises(SettingsError, match=r"^There are no examples to learn from\.$"):
        net.fit(images[:0], labels[:0])
    assert before == [p.tobytes() for p in net.parameters]


def test_classes_are_counted_with_the_measured_slope():
    a = np.array([[0.9, 0.2, 0.0], [0.1, 0.8, 0.0], [0.7, 0.3, 0.02], [0.6, 0.3, 0.04]])
    learned = np.array([0, 0, 0, 1, 2])
    zero, one, two = facts._classes(stacked([4, 3]), learned, a, np.array([0, 1, 2, 2]))
    assert (zero.learned, zero.shown, zero.right, one.right, two.right) == (3, 1, 1, 1, 0)
    assert two.slope == pytest.approx((0.02 * 0.98 + 0.04 * 0.96) / 2)
    assert facts._classes(stacked([4, 3], cost="cross-entropy"), learned, a, np.array([0, 1, 2, 2]))[2].slope is None


def test_the_default_network_learns_to_read():
    """One small seed: an epoch over 5,000 digits reads most of 1,000 others."""
    train, valid, _ = cr.datasets.mnist()
    net = cr.Network([784, 30, 10], seed=0)
    net.fit(train.images[:5000], train.labels[:5000], epochs=2)
    assert net.score(valid.images[:1000], valid.labels[:1000]) > 0.85
