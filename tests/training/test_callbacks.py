"""Callbacks: what they are given, within epochs and after them, the best weights, and the file that has them."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.training.callbacks import Every, SaveBest
from chainrule.training.settings import SettingsError

RANDOM = np.random.default_rng(0)
X = RANDOM.random((70, 6)).astype(np.float32)
LABELS = (X[:, 0] + X[:, 1] > X[:, 2] + 0.5).astype(int)
EXECUTORS = ["numpy", "native"]


def learned(callbacks, executor="numpy", **settings):
    if executor == "native":
        pytest.importorskip("llvmlite")
    net = cr.Network([6, 5, 2], seed=0)
    settings = {"epochs": 2, "batch_size": 8, "learning_rate": 1.0, "executor": executor, **settings}
    return net, net.fit(X, LABELS, callbacks=callbacks, **settings)


@pytest.mark.parametrize("executor", EXECUTORS)
def test_within_epochs_every_so_many_steps(executor):
    told = []
    every = Every(
        4, lambda moment: told.append((moment.number, moment.step, moment.train.total, moment.batch.tolist()))
    )
    _, history = learned([every], executor, shuffle=False)
    batches = [list(range(8 * (step - 1), min(8 * step, 70))) for step in (4, 8)]
    assert told == [(number, step, 8 * step, batches[step // 4 - 1]) for number in (1, 2) for step in (4, 8)]
    assert [epoch.train.total for epoch in history.epochs] == [70, 70]


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_looking_changes_no_bit(executor, optimizer):
    """The rest of an epoch, a smaller batch, included."""
    looked = []

    def look(moment):
        looked.append(moment.network.weights[0].copy())

    plain, history = learned([], executor, optimizer=optimizer)
    net, other = learned([Every(1, look), Every(3, look)], executor, optimizer=optimizer)
    assert [p.tobytes() for p in plain.parameters] == [p.tobytes() for p in net.parameters]
    assert [epoch.train.correct for epoch in history.epochs] == [epoch.train.correct for epoch in other.epochs]
    assert len({each.tobytes() for each in looked}) == 18  # each of nine steps of two epochs, whichever looked


@pytest.mark.parametrize("executor", EXECUTORS)
def test_what_is_written_stays_after_ctrl_c(executor):
    def stop(moment):
        moment.network.weights[1][...] = 0.5
        raise KeyboardInterrupt

    net, history = learned([Every(3, stop)], executor)
    assert history.interrupted and not history.epochs
    assert (net.weights[1] == 0.5).all()


@pytest.mark.parametrize("executor", EXECUTORS)
def test_what_is_written_within_an_epoch_stays(executor):
    """As two epochs of half the examples, with weights written between them."""

    def forget(moment):
        if moment.step == 1:
            moment.network.weights[1][...] = 0.5

    steps = {"epochs": 1, "batch_size": 35, "shuffle": False}
    within, _ = learned([Every(1, forget)], executor, **steps)
    apart, plain = cr.Network([6, 5, 2], seed=0), learned([], executor, **steps)[0]
    for half in (slice(35), slice(35, None)):
        apart.fit(X[half], LABELS[half], learning_rate=1.0, executor=executor, **steps)
        apart.weights[1][...] = 0.5 if half == slice(35) else apart.weights[1]
    for found, wanted in zip(within.parameters, apart.parameters, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-7)
    assert not np.allclose(within.weights[1], plain.weights[1])
    last, _ = learned([Every(9, lambda moment: moment.network.weights[1].fill(0.5))], executor)
    assert (last.weights[1] == 0.5).all()  # after the last step, too


def test_the_rate_of_the_schedule_is_told():
    rates = []
    _, history = learned([Every(1, lambda moment: rates.append(moment.learning_rate))], schedule="cosine")
    assert len(rates) == 18
    assert rates == sorted(rates, reverse=True)
    assert [rates[8], rates[17]] == [epoch.learning_rate for epoch in history.epochs]
    assert len(set(rates)) == 18


def test_an_epoch_that_a_callback_ends_does_not_count():
    net, history = learned([Every(5, lambda moment: moment.number == 2)])
    assert (len(history.epochs), history.interrupted) == (1, False)
    other, _ = learned([], epochs=1)
    assert not np.array_equal(net.weights[0], other.weights[0])  # but what it has learned stays


def test_after_an_epoch_there_is_the_network_and_the_whole_score():
    told = []
    net, history = learned([told.append], validation=0.2)
    assert [each.network for each in told] == [net, net]
    assert [(each.number, each.train, each.validation) for each in told] == [
        (each.number, each.train, each.validation) for each in history.epochs
    ]
    assert [each.step for each in told] == [7, 7]


def best_of(history):
    """The epoch with the most correct answers on the validation data, by the least cost among equals; the first of those."""
    keys = [(-epoch.validation.correct, epoch.validation.cost) for epoch in history.epochs]
    return 1 + keys.index(min(keys))


def test_the_best_weights_are_kept_and_saved_while_it_runs(tmp_path):
    valid = X[:25], LABELS[:25]
    weights = []

    def watch(moment):
        weights.append([each.copy() for each in moment.network.parameters])
        moment.network.biases[1][...] += 0.3 * (-1) ** moment.number * moment.number  # so that the last is not the best

    path = tmp_path / "best.safetensors"
    net, history = learned([SaveBest(path), watch], validation=valid, epochs=8, keep="best")
    best = best_of(history)
    assert len(history.epochs) == 8 > best
    assert history.best == best
    saved = cr.load(path)
    for found, file, wanted in zip(net.parameters, saved.parameters, weights[best - 1], strict=True):
        assert np.array_equal(found, wanted)
        assert np.array_equal(file, wanted)
    last, history = learned([watch], validation=valid, epochs=8)
    assert history.best is None
    assert not np.array_equal(last.weights[0], net.weights[0])


def test_the_best_after_resuming_is_that_of_the_whole_run(tmp_path):
    told, valid = [], (X[:25], LABELS[:25])
    learned([lambda moment: moment.number == 3], validation=valid, epochs=6, checkpoint=tmp_path / "run", keep="best")
    _, history = cr.resume(tmp_path / "run", X, LABELS, validation=valid, callbacks=[told.append])
    whole, again = [], learned([], validation=valid, epochs=6, keep="best")[1]
    learned([whole.append], validation=valid, epochs=6)
    assert [each.best for each in told] == [each.best for each in whole[3:]]
    assert history.best == again.best == best_of(history)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"keep": "best"}, "keep='best' needs validation=(x, y), by which it sees what becomes better."),
        ({"keep": "last"}, "keep is 'last'; it can be 'best', or left out."),
        ({"callbacks": Every(2, print)}, "callbacks must be a list of functions."),
    ],
)
def test_what_makes_no_sense(settings, says):
    with pytest.raises(SettingsError) as error:
        learned(settings.pop("callbacks", []), **settings)
    assert str(error.value) == says


@pytest.mark.parametrize("steps", [0, 1.5, True])
def test_steps_are_whole(steps):
    with pytest.raises(SettingsError, match=r"^steps is .*; it must be a whole number from 1\.$"):
        Every(steps, print)
