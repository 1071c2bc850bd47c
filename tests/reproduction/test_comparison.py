"""Statistics, groups, ranges and verdicts, on numbers worked by hand."""

import pytest

from chainrule.reproduction.comparison import STATISTICS, chosen, outcome, tolerance, value
from chainrule.reproduction.experiments import Run
from chainrule.reproduction.rows import Darkness, Figure, Guess, Row

ONE = Run(
    3,
    (90.0, 94.5, 94.25, 94.5, 93.0),
    valid=(90.0, 92.0, 95.0, 93.0, 95.0),
    training=(91.0, 96.0, 97.5, 97.0, 96.5),
    lengths=(0.25, 0.5),
)


@pytest.mark.parametrize(
    ("statistic", "at", "expected"),
    [
        ("best", 0, 94.5),
        ("best epoch", 0, 1),  # the first of two that are as good, counted from 0
        ("last", 0, 93.0),
        ("epoch", 0, 90.0),
        ("epoch", 2, 94.25),
        ("best on training", 0, 97.5),
        ("last on training", 0, 96.5),
        ("gap", 0, 3.0),  # 97.5 − 94.5, though they are of different epochs
        ("length", 1, 0.5),
        ("read right", 0, 90.0),
        ("at best validation", 0, 93.0),  # the last of two that are as good, as the book's code has it
    ],
)
def test_statistics_by_hand(statistic, at, expected):
    assert value(Figure(0, statistic, at), ONE) == expected


def test_every_statistic_is_tried_above():
    tried = {
        "best", "best epoch", "last", "epoch", "best on training", "last on training", "gap", "length", "read right",
        "at best validation",
    }  # fmt: skip
    assert set(STATISTICS) == tried


def runs(*peaks, lost=()):
    """One run a peak, with seeds from 0; those whose seed is in `lost` never learn the digit 8."""
    good = (95.0,) * 10
    return [
        Run(seed, scored=(peak - 1, peak), digits=(*good[:8], 0.5, 95.0) if seed in lost else good)
        for seed, peak in enumerate(peaks)
    ]


def test_a_row_holds_within_the_range_and_two_tenths_of_a_point():
    found = {
        book: outcome(Row("r", 1, (Figure(book),), Guess()), runs(95.0, 95.4, 95.2, 95.1, 95.3)).holds
        for book in (94.79, 94.8, 95.2, 95.6, 95.61)
    }
    assert found == {94.79: False, 94.8: True, 95.2: True, 95.6: True, 95.61: False}


def test_fewer_than_five_values_say_nothing():
    row = Row("r", 1, (Figure(95.0),), Guess())
    assert outcome(row, runs(95, 95, 95, 95)).holds is None
    assert outcome(row, runs(95, 95, 95, 95, 95)).holds is True
    assert outcome(row, []).holds is None
    assert outcome(Row("d", 1, (Figure(22.25, "read right"),), Darkness()), [Run(0, scored=(22.25,))]).holds is True


def test_the_best_of_three_by_hand():
    three = runs(95.0, 95.5, 94.0, 93.0, 92.0, 91.0, 99.0, 99.5)
    assert [run.seed for run in chosen(three, 3)] == [1, 3]  # seeds 6 and 7 make no three
    assert [run.seed for run in chosen(three[:2], 3)] == [1]
    assert [run.seed for run in chosen(three, 1)] == list(range(8))
    row = Row("r", 1, (Figure(95.5), Figure(94.5, "epoch", 0)), Guess(), best_of=3)
    found = outcome(row, three)
    assert [each.values for each in found.compared] == [(95.5, 93.0), (94.5, 92.0)]
    assert found.holds is None


def test_the_best_is_the_one_with_the_highest_peak_of_any_epoch():
    rising, falling = Run(0, scored=(10.0, 95.0, 90.0)), Run(1, scored=(50.0, 94.0, 94.0))
    assert chosen([rising, falling], 2) == (rising,)


def test_runs_that_lost_a_digit_are_set_apart():
    row = Row("r", 1, (Figure(85.0),), Guess())
    made = runs(95.0, 85.0, 95.1, 95.2, 95.3, 95.4, lost={1})
    found = outcome(row, made)
    assert [run.seed for run in found.apart] == [1]
    assert found.compared[0].values == (95.0, 95.1, 95.2, 95.3, 95.4)
    assert found.holds is False
    assert len(found.runs) == 6


def test_in_threes_only_a_three_that_lost_one_altogether_is_set_apart():
    row = Row("r", 1, (Figure(95.0),), Guess(), best_of=3)
    found = outcome(row, runs(95.0, 85.0, 84.0, 86.0, 87.0, 85.0, lost={1, 2, 3, 4, 5}))
    assert found.compared[0].values == (95.0,)
    assert [run.seed for run in found.apart] == [1, 2, 3, 4, 5]


def test_with_bad_settings_all_runs_count():
    row = Row("r", 3, (Figure(10.0),), Guess(), bad=True)
    found = outcome(row, runs(9.8, 10.3, 11.35, 9.8, 10.1, lost={0, 1, 2, 3, 4}))
    assert (found.apart, found.holds) == ((), True)
    assert len(found.compared[0].values) == 5


def test_a_row_is_missed_where_one_figure_is():
    row = Row("r", 1, (Figure(95.0), Figure(10.0, "last")), Guess())
    found = outcome(row, runs(95, 95, 95, 95, 95))
    assert [each.holds for each in found.compared] == [True, False]
    assert found.holds is False


def test_quoted_and_open_figures_are_not_judged():
    row = Row("r", 1, (Figure(98.5, "quoted", of="support vector machine"), Figure(None)), Guess())
    found = outcome(row, runs(95, 95, 95, 95, 95))
    assert [(len(each.values), each.holds) for each in found.compared] == [(0, None), (5, None)]
    assert found.holds is None


def test_the_middle_value():
    row = Row("r", 1, (Figure(95.0),), Guess())
    assert outcome(row, runs(1.0, 9.0, 4.0)).compared[0].median == 4.0
    assert outcome(row, runs(1.0, 9.0, 4.0, 5.0)).compared[0].median == 4.5


def test_other_tolerances():
    """A length is rounded as the book prints it; the number of an epoch lies in the range or not."""
    assert tolerance(Figure(0.012, "length", decimals=3)) == 0.0005
    assert tolerance(Figure(24, "best epoch", decimals=0)) == 0
    assert tolerance(Figure(2.53, "gap")) == 0.2
