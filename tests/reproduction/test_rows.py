"""The table of rows against the book: every figure of its chapters 1, 3, 5 and 6 is typed here again, by hand."""

import pytest

from chainrule.reproduction.comparison import STATISTICS
from chainrule.reproduction.rows import LONG, ROWS, Convolutional, Darkness, Guess, Lengths, Training

NAMED = {row.name: row for row in ROWS}

# Figures in the order of the row; a settings tuple is sizes, cost, initializer, epochs, η, λ, images, scored on.
CHAPTER_1 = {
    "quadratic-30": (
        [95.42, 91.29, 92.95, 93.48, 95.28, 95.42, 95.34],
        ((784, 30, 10), "quadratic", "large", 30, 3.0, 0, 50_000, "test"),
    ),
    "quadratic-100": ([96.59], ((784, 100, 10), "quadratic", "large", 30, 3.0, 0, 50_000, "test")),
    "rate-0.001": ([11.39, 21.42], ((784, 100, 10), "quadratic", "large", 30, 0.001, 0, 50_000, "test")),
    "rate-100": ([10.09, 9.82], ((784, 30, 10), "quadratic", "large", 30, 100.0, 0, 50_000, "test")),
    "no-hidden": ([None], ((784, 10), "quadratic", "large", 30, 3.0, 0, 50_000, "test")),
}
CHAPTER_3 = {
    "cross-entropy-30": ([95.49], ((784, 30, 10), "cross-entropy", "large", 30, 0.5, 0, 50_000, "test")),
    "cross-entropy-100": ([96.82], ((784, 100, 10), "cross-entropy", "large", 30, 0.5, 0, 50_000, "test")),
    "overfitting-1000": (
        [82.27, 374, 82.23, 100],
        ((784, 30, 10), "cross-entropy", "large", 400, 0.5, 0, 1000, "test"),
    ),
    "overfitting-all": (
        [95.33, 24, 97.86, 2.53],
        ((784, 30, 10), "cross-entropy", "large", 30, 0.5, 0, 50_000, "test"),
    ),
    "regularized-1000": ([87.1, 86.95], ((784, 30, 10), "cross-entropy", "large", 400, 0.5, 0.1, 1000, "test")),
    "regularized-30": ([96.49, 95.61, 97.12], ((784, 30, 10), "cross-entropy", "large", 30, 0.5, 5.0, 50_000, "test")),
    "regularized-100": ([97.92], ((784, 100, 10), "cross-entropy", "large", 30, 0.5, 5.0, 50_000, "valid")),
    "sixty-epochs-100": ([98.04], ((784, 100, 10), "cross-entropy", "default", 60, 0.1, 5.0, 50_000, "valid")),
    "start-30-large": ([86.43, 96.37], ((784, 30, 10), "cross-entropy", "large", 30, 0.1, 5.0, 50_000, "valid")),
    "start-30-default": ([92.70, 96.50], ((784, 30, 10), "cross-entropy", "default", 30, 0.1, 5.0, 50_000, "valid")),
    "start-100-large": ([89.94, 97.42], ((784, 100, 10), "cross-entropy", "large", 30, 0.1, 5.0, 50_000, "valid")),
    "start-100-default": ([92.95, 97.81], ((784, 100, 10), "cross-entropy", "default", 30, 0.1, 5.0, 50_000, "valid")),
    "bad-30": ([10.30, 9.67], ((784, 30, 10), "cross-entropy", "default", 30, 10.0, 1000.0, 50_000, "valid")),
    "bad-10-lambda-1000": ([10, 10, 10], ((784, 10), "cross-entropy", "default", 30, 10.0, 1000.0, 1000, "valid")),
    "bad-10-eta-10": ([12, 14, 25, 18], ((784, 10), "cross-entropy", "default", 30, 10.0, 20.0, 1000, "valid")),
    "bad-10-eta-100": ([10, 10, 10, 10], ((784, 10), "cross-entropy", "default", 30, 100.0, 20.0, 1000, "valid")),
    "bad-10-eta-1": ([62, 42, 43, 61], ((784, 10), "cross-entropy", "default", 30, 1.0, 20.0, 1000, "valid")),
}
CHAPTER_5 = {
    "hidden-1": ([96.48], ((784, 30, 10), "cross-entropy", "default", 30, 0.1, 5.0, 50_000, "valid")),
    "hidden-2": ([96.90], ((784, 30, 30, 10), "cross-entropy", "default", 30, 0.1, 5.0, 50_000, "valid")),
    "hidden-3": ([96.57], ((784, 30, 30, 30, 10), "cross-entropy", "default", 30, 0.1, 5.0, 50_000, "valid")),
    "hidden-4": ([96.53], ((784, 30, 30, 30, 30, 10), "cross-entropy", "default", 30, 0.1, 5.0, 50_000, "valid")),
}
# n, epochs (1.5 million images in all), λ = n/10,000, our network, the support vector machine.
FEWER = [
    (100, 15_000, 0.01, 69.09, 25.07),
    (200, 7_500, 0.02, 76.37, 48.93),
    (500, 3_000, 0.05, 85.29, 75.13),
    (1_000, 1_500, 0.1, 88.85, 83.87),
    (2_000, 750, 0.2, 91.27, 88.49),
    (5_000, 300, 0.5, 93.24, 91.46),
    (10_000, 150, 1.0, 94.89, 92.45),
    (20_000, 75, 2.0, 95.85, 93.47),
    (50_000, 30, 5.0, 95.97, 94.48),
]
# Filters, fully connected layers but the last, activation, epochs, η, λ, dropout, training images.
CHAPTER_6 = {
    "connected-100": (97.80, ((), (100,), "sigmoid", 60, 0.1, 0, 0, 50_000)),
    "convolution-1": (98.78, ((20,), (100,), "sigmoid", 60, 0.1, 0, 0, 50_000)),
    "convolution-2": (99.06, ((20, 40), (100,), "sigmoid", 60, 0.1, 0, 0, 50_000)),
    "rectifiers": (99.23, ((20, 40), (100,), "relu", 60, 0.03, 0.1, 0, 50_000)),
    "expanded-100": (99.37, ((20, 40), (100,), "relu", 60, 0.03, 0.1, 0, 250_000)),
    "expanded-300": (99.46, ((20, 40), (300,), "relu", 60, 0.03, 0.1, 0, 250_000)),
    "expanded-1000": (99.43, ((20, 40), (1000,), "relu", 60, 0.03, 0.1, 0, 250_000)),
    "expanded-100-100": (99.43, ((20, 40), (100, 100), "relu", 60, 0.03, 0.1, 0, 250_000)),
    "expanded-300-300": (99.48, ((20, 40), (300, 300), "relu", 60, 0.03, 0.1, 0, 250_000)),
    "expanded-1000-1000": (99.47, ((20, 40), (1000, 1000), "relu", 60, 0.03, 0.1, 0, 250_000)),
    "dropout": (99.60, ((20, 40), (1000, 1000), "relu", 40, 0.03, 0, 0.5, 250_000)),
    "vote": (99.67, ((20, 40), (1000, 1000), "relu", 40, 0.03, 0, 0.5, 250_000)),
}
LENGTHS = {
    "lengths-2": ((784, 30, 30, 10), [0.07, 0.31]),
    "lengths-3": ((784, 30, 30, 30, 10), [0.012, 0.060, 0.283]),
    "lengths-4": ((784, 30, 30, 30, 30, 10), [0.003, 0.017, 0.070, 0.285]),
}


def settings(training):
    return (
        training.sizes,
        training.cost,
        training.initializer,
        training.epochs,
        training.learning_rate,
        training.l2,
        training.images,
        training.scored_on,
    )


@pytest.mark.parametrize(
    ("chapter", "name", "figures", "made_with"),
    [
        (chapter, name, *facts)
        for chapter, rows in ((1, CHAPTER_1), (3, CHAPTER_3), (5, CHAPTER_5))
        for name, facts in rows.items()
    ],
)
def test_trained_rows(chapter, name, figures, made_with):
    row = NAMED[name]
    assert row.chapter == chapter
    assert [figure.book for figure in row.figures] == figures
    assert settings(row.experiment) == made_with
    assert row.best_of == (3 if chapter == 1 and name != "no-hidden" else 1)


def test_what_each_figure_is_of():
    told = {name: [(each.statistic, each.at) for each in row.figures] for name, row in NAMED.items()}
    transcript = [("epoch", at) for at in (0, 1, 2, 27, 28, 29)]
    assert told["quadratic-30"] == [("best", 0), *transcript]
    assert told["overfitting-1000"] == [("best", 0), ("best epoch", 0), ("last", 0), ("last on training", 0)]
    assert told["overfitting-all"] == [("best", 0), ("best epoch", 0), ("best on training", 0), ("gap", 0)]
    assert told["regularized-30"] == [("best", 0), ("last", 0), ("best on training", 0)]
    assert told["bad-10-eta-1"] == [("epoch", at) for at in range(4)]
    assert told["start-100-default"] == [("epoch", 0), ("last", 0)]
    assert {tuple(told[f"hidden-{layers}"]) for layers in range(1, 5)} == {(("best", 0),)}


@pytest.mark.parametrize("name", CHAPTER_6)
def test_rows_of_chapter_6(name):
    row, (figure, made_with) = NAMED[name], CHAPTER_6[name]
    it = row.experiment
    assert isinstance(it, Convolutional)
    assert (row.chapter, row.best_of) == (6, 1 if name == "vote" else 3)
    statistic = "read right" if name == "vote" else "at best validation"
    assert [(each.book, each.statistic) for each in row.figures] == [(figure, statistic)]
    images = it.images * (5 if it.expanded else 1)
    assert made_with == (
        it.filters, it.hidden, it.activation, it.epochs, it.learning_rate, it.l2, it.dropout, images
    )  # fmt: skip
    assert row.vote == (5 if name == "vote" else 1)


def test_what_takes_minutes_waits_to_be_named():
    """All with convolutions; nothing else."""
    waiting = {row.name for row in ROWS if row.experiment is not None and row.experiment.seconds > LONG}
    assert waiting == {*CHAPTER_6} - {"connected-100"}


def test_the_networks_that_vote_are_those_of_dropout():
    assert NAMED["vote"].experiment == NAMED["dropout"].experiment


def test_fewer_images():
    for n, epochs, l2, network, machine in FEWER:
        row = NAMED[f"images-{n}"]
        assert settings(row.experiment)[:6] == ((784, 30, 10), "cross-entropy", "large", epochs, 0.5, pytest.approx(l2))
        assert settings(row.experiment)[6:] == (n, "valid")
        assert n * row.experiment.epochs == 1_500_000
        assert [(each.book, each.statistic) for each in row.figures] == [(network, "last"), (machine, "quoted")]


def test_lengths():
    for name, (sizes, figures) in LENGTHS.items():
        row = NAMED[name]
        assert (row.chapter, row.experiment) == (5, Lengths(sizes, 1000))
        assert [(each.book, each.statistic, each.at) for each in row.figures] == [
            (figure, "length", layer) for layer, figure in enumerate(figures)
        ]


def test_what_is_guessed_and_what_is_quoted():
    assert NAMED["random"].experiment == Guess()
    assert [each.book for each in NAMED["random"].figures] == [10]
    assert NAMED["darkness"].experiment == Darkness()
    assert [each.book for each in NAMED["darkness"].figures] == [22.25]
    assert NAMED["svm"].experiment is None
    assert [(each.book, each.statistic) for each in NAMED["svm"].figures] == [
        (94.35, "quoted"), (98.5, "quoted"), (99.79, "quoted"),
    ]  # fmt: skip


def test_there_is_nothing_else():
    known = {*CHAPTER_1, *CHAPTER_3, *CHAPTER_5, *CHAPTER_6, *LENGTHS, *(f"images-{n}" for n, *_ in FEWER)}
    assert {row.name for row in ROWS} == known | {"random", "darkness", "svm"}
    assert len(NAMED) == len(ROWS) == 53


def test_the_hundred_validation_images_are_scored_in_float64_where_weights_explode():
    bad = [row.experiment for name, row in NAMED.items() if name.startswith("bad-10")]
    assert {each.scored for each in bad} == {100}
    assert {each.dtype for each in bad if each.l2 == 1000} == {"float64"}
    assert {row.name for row in ROWS if row.bad} == {
        "rate-0.001", "rate-100", "bad-30", "bad-10-lambda-1000", "bad-10-eta-10", "bad-10-eta-100", "bad-10-eta-1",
    }  # fmt: skip


def test_what_a_figure_needs_is_measured():
    for row in ROWS:
        for figure in row.figures:
            assert figure.statistic in (*STATISTICS, "quoted")
            if isinstance(row.experiment, Training):
                assert "training" not in figure.statistic or row.experiment.on_training
                assert figure.statistic in ("last", "quoted") or not row.experiment.only_last
