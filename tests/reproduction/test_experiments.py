"""Experiments on few images: what a run measures, against the book's own code and the network itself."""

import random
from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule.compat import mnist_loader, network2, network3
from chainrule.reproduction.chapter6 import network_of
from chainrule.reproduction.comparison import chosen, outcome, value, voted
from chainrule.reproduction.experiments import Run, by_darkness, by_plurality, run
from chainrule.reproduction.results import Results
from chainrule.reproduction.rows import ROWS, Convolutional, Darkness, Figure, Guess, Lengths, Training

FEW = Training((784, 12, 10), 0.5, 3, l2=0.1, images=200, scored=100, on_training=True)
NAMED = {row.name: row for row in ROWS}


def test_a_run_measures_what_the_network_itself_says():
    made = run(FEW, seed=4, executor="numpy")
    train, valid, test = cr.datasets.mnist()
    net = cr.Network([784, 12, 10], seed=4, cost="cross-entropy", initializer="large")
    scored, training = [], []
    for _ in range(3):
        net.fit(
            train.images[:200],
            train.labels[:200],
            epochs=1,
            learning_rate=0.5,
            regularization=cr.Regularization(l2=0.1),
        )
        scored.append(100 * net.score(test.images[:100], test.labels[:100]))
        training.append(100 * net.score(train.images[:200], train.labels[:200]))
    assert made.scored == pytest.approx(scored, abs=1e-4)
    assert made.training == pytest.approx(training, abs=1e-4)
    answers = net.predict(test.images)
    right = [100 * np.mean(answers[test.labels == digit] == digit) for digit in range(10)]
    assert made.digits == pytest.approx(right, abs=1e-4)
    assert made.lost == tuple(digit for digit in range(10) if right[digit] < 20)
    assert (made.seed, made.executor, made.version, made.diverged) == (4, "numpy", cr.__version__, None)
    on_valid = run(replace(FEW, scored_on="valid", only_last=True, on_training=False), seed=4, executor="numpy")
    assert on_valid.scored == (pytest.approx(100 * net.score(valid.images[:100], valid.labels[:100])),)
    assert on_valid.training == ()


def test_the_same_seed_gives_the_same_run_and_another_does_not():
    one, same, other = (run(FEW, seed, "numpy") for seed in (1, 1, 2))
    assert replace(one, seconds=0) == replace(same, seconds=0)
    assert one.scored != other.scored


CHAPTER_6 = Convolutional((3,), (8,), 0.2, epochs=2, l2=0.4, activation="relu", images=60)


def few_scored(monkeypatch):
    """Only so many images are scored that a test takes no time."""
    train, *others = cr.datasets.mnist()
    sets = (train, *(cr.datasets.Dataset(images[:100], labels[:100]) for images, labels in others))
    monkeypatch.setattr("chainrule.data.datasets.mnist", lambda: sets)
    return sets


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_a_run_of_chapter_6_is_that_of_the_books_code(monkeypatch, capsys, dropout):
    """From the same weights, with the same draws, `compat.network3` prints the same accuracies."""
    train, valid, test = few_scored(monkeypatch)
    experiment = replace(CHAPTER_6, dropout=dropout)
    made = run(experiment, seed=2)
    ours = network_of(experiment, 2)
    net = network3.Network(
        [
            network3.ConvPoolLayer((3, 1, 5, 5), (10, 1, 28, 28), activation_fn=network3.ReLU),
            network3.FullyConnectedLayer(432, 8, network3.ReLU, dropout), network3.SoftmaxLayer(8, 10, dropout),
        ], 10,
    )  # fmt: skip
    for place, now in zip(net._network.parameters, ours.parameters, strict=True):
        place[...] = now
    net._network._random = ours._random
    training, *scored = [(images.reshape(-1, 784), labels) for images, labels in (train, valid, test)]
    net.SGD(tuple(each[:60] for each in training), 2, 10, 0.2, *scored, lmbda=0.4)
    printed = capsys.readouterr().out
    for epoch, accuracy in enumerate(made.valid):
        assert f"Epoch {epoch}: validation accuracy {accuracy:.2f}%" in printed
    last = max(epoch for epoch in range(2) if made.valid[epoch] == max(made.valid))
    assert printed.endswith(f"Corresponding test accuracy of {made.scored[last]:.2f}%\n")
    assert value(Figure(0, "at best validation"), made) == made.scored[last]
    assert made.valid != (made.valid[0],) * 2


def test_the_start_of_chapter_6():
    net = network_of(Convolutional((20, 40), (100, 300), 0.1), 0)
    spreads = [float(np.std(w)) for w in net.weights]
    assert spreads == pytest.approx([125**-0.5, 250**-0.5, 100**-0.5, 300**-0.5, 0], rel=0.1)
    assert [float(np.std(b)) for b in net.biases] == pytest.approx([1, 1, 1, 1, 0], rel=0.4)


def test_a_vote(monkeypatch, tmp_path):
    """Of the networks of each three runs, which were kept meanwhile; which is right, is counted by hand."""
    _, _, test = few_scored(monkeypatch)
    experiment = replace(CHAPTER_6, epochs=1)
    nets = []
    monkeypatch.setattr(
        "chainrule.reproduction.experiments.network_of", lambda *given: nets.append(network_of(*given)) or nets[-1]
    )
    results = Results(tmp_path / "results.json")
    for seed in range(7):
        results.add(experiment, run(experiment, seed))
    results.save()
    runs = Results(results.path).of(experiment)
    made = voted(runs, 3)
    assert [each.seed for each in made] == [0, 3], "the seventh is no group"
    for first, each in zip((0, 3), made, strict=True):
        answers = np.array([net.predict(test.images) for net in nets[first : first + 3]])
        most = np.array([np.bincount(one, minlength=10).argmax() for one in answers.T])
        assert each.scored == (pytest.approx(100 * np.mean(most == test.labels)),)
        assert each.misread == tuple((at, most[at]) for at in np.flatnonzero(most != test.labels))
    row = replace(NAMED["vote"], experiment=experiment, vote=3, bad=True)
    (figure,) = outcome(row, runs).compared
    assert figure.values == tuple(each.scored[0] for each in made)
    assert outcome(row, runs[:2]).compared[0].values == (), "two of three have no vote yet"
    assert by_plurality([np.array([7, 2]), np.array([1, 2])]).tolist() == [1, 2], "of equally many, the smaller"


def test_the_best_of_three_is_chosen_on_validation_images():
    runs = [Run(seed, (99.0 - seed, 95.0), valid=(97.0, 96.0 + seed)) for seed in range(3)]
    (best,) = chosen(runs, 3)
    assert best.seed == 2
    assert value(Figure(0, "at best validation"), best) == 95.0
    assert value(Figure(0, "at best validation"), Run(0, (1.0, 2.0, 3.0), valid=(5.0, 5.0, 4.0))) == 2.0, (
        "the last of equals"
    )


def test_weights_that_explode_are_followed_as_the_books_code_does(capsys):
    """λ = 1000 on 1,000 images with η = 10 makes each weight −9 times itself; after 323 steps no float64 can hold it."""
    experiment = NAMED["bad-10-lambda-1000"].experiment
    made = run(experiment, seed=0, executor="numpy")
    assert made.diverged == 3  # steps 301 to 400
    zeros = int(np.count_nonzero(cr.datasets.mnist()[1].labels[:100] == 0))
    assert zeros == 10
    assert made.scored[3:] == (zeros,) * 27
    random.seed(0)
    np.random.seed(0)
    training_data, validation_data, _ = mnist_loader.load_data_wrapper()
    with np.errstate(all="ignore"):
        book = network2.Network([784, 10]).SGD(
            training_data[:1000], 5, 10, 10.0, lmbda=1000.0, evaluation_data=validation_data[:100],
            monitor_evaluation_accuracy=True,
        )  # fmt: skip
    capsys.readouterr()
    assert book[1][3:] == [zeros, zeros]


def test_lengths_are_those_of_the_mean_gradient_of_the_biases():
    """Against the book's backprop, example by example, on the same weights."""
    made = run(Lengths((784, 5, 4, 10), images=20), seed=3)
    net = cr.Network([784, 5, 4, 10], seed=3, cost="cross-entropy")
    book = network2.Network([784, 5, 4, 10])
    book.weights = [w.astype(np.float64) for w in net.weights]
    book.biases = [b.astype(np.float64) for b in net.biases]
    images, labels = cr.datasets.mnist()[0]
    gradients = [
        book.backprop(image.reshape(784, 1) / 255, network2.vectorized_result(digit))[0]
        for image, digit in zip(images[:20], labels[:20], strict=True)
    ]
    expected = [np.linalg.norm(np.mean([each[layer] for each in gradients], axis=0)) for layer in (0, 1)]
    assert made.lengths == pytest.approx(expected, rel=1e-4)


def test_darkness_is_the_books_figure():
    assert run(Darkness(), 0).scored == (22.25,)
    images, _ = cr.datasets.mnist()[0]
    assert by_darkness(np.zeros((1, 28, 28), np.uint8)).tolist() == [1], "the digit with the least ink"
    assert by_darkness(np.full((1, 28, 28), 255, np.uint8)).tolist() == [0], "the digit with the most"
    assert by_darkness(images[:50]).shape == (50,)


def test_guesses_are_right_one_time_in_ten():
    shares = [run(Guess(), seed).scored[0] for seed in range(20)]
    assert 9 < min(shares) < max(shares) < 11
    assert abs(np.mean(shares) - 10) < 0.3


def test_half_a_run_is_none():
    """Ctrl-C in training ends it; what was learned so far is no run."""

    class Stops:
        def progressed(self, epoch, done, total, seconds):
            raise KeyboardInterrupt

        def finished(self, epoch):
            pass

    with pytest.raises(KeyboardInterrupt):
        run(FEW, 0, "numpy", Stops())


def test_lost_is_less_than_a_fifth():
    assert Run(0, digits=(20.0, 19.99, 0.0)).lost == (1, 2)
    assert Run(0).lost == ()
