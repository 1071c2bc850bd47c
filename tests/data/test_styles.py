"""Ways of writing drawn onto MNIST's digits: where ink comes and where it goes, seeded, framed, and as a class apart."""

import numpy as np
import pytest

from chainrule.data.datasets import mnist
from chainrule.data.errors import DataError
from chainrule.data.images import frame
from chainrule.data.styles import restyled

TRAIN = mnist()[0]
SOME = slice(0, 3000)


@pytest.fixture(scope="module")
def changed():
    return restyled(TRAIN.images[SOME], TRAIN.labels[SOME], np.random.default_rng(0))


def drawn(*boxes):
    """An image of full ink in these boxes: top, left, bottom, right."""
    image = np.zeros((28, 28), np.uint8)
    for top, left, bottom, right in boxes:
        image[top:bottom, left:right] = 255
    return image


def each(image, digit, count=40):
    """Many restylings of one image."""
    return restyled(np.repeat(image[None], count, 0), np.full(count, digit), np.random.default_rng(0)).images


def ink(images):
    return images.reshape(len(images), -1).sum(1) / 255


def test_only_the_four_digits_come_out_and_nearly_all_of_them(changed):
    given, made = np.bincount(TRAIN.labels[SOME], minlength=10), np.bincount(changed.labels, minlength=10)
    assert set(np.flatnonzero(made)) == {1, 4, 7, 9}
    assert np.all(made <= given)
    assert np.all(made[[1, 4, 7, 9]] >= 0.9 * given[[1, 4, 7, 9]])
    assert (changed.images.dtype, changed.images.shape[1:]) == (np.uint8, (28, 28))


def test_the_same_state_gives_the_same_images():
    first, again, other = (
        restyled(TRAIN.images[:200], TRAIN.labels[:200], np.random.default_rng(seed)).images for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_they_are_framed_as_mnist_is(changed):
    again = np.stack([frame(image) for image in changed.images[:200]])
    assert np.mean(np.abs(again.astype(int) - changed.images[:200]).max(axis=(1, 2)) <= 3) > 0.97


def test_a_one_gets_a_flag_to_its_left_at_the_top_or_a_foot_to_both_sides_at_the_bottom():
    stem = drawn((4, 13, 24, 15))
    images = each(stem, 1)
    rows = images > 127
    wide = rows.sum(2)
    flag = wide[:, 4:14].max(1) > 2
    foot = wide[:, 21:24].max(1) > 5
    assert np.all(flag | foot)
    assert {(bool(a), bool(b)) for a, b in zip(flag, foot, strict=True)} == {(True, True), (True, False), (False, True)}
    for image in images[flag & ~foot]:
        column = np.flatnonzero(image[20] > 127).mean()
        assert np.flatnonzero((image[4:14] > 127).any(0)).min() < column - 2
        assert np.flatnonzero((image[4:14] > 127).any(0)).max() <= column + 2


def test_a_seven_gets_a_bar_across_its_stem():
    seven = drawn((4, 6, 7, 21), (7, 18, 24, 21))
    for image in each(seven, 7):
        stem = np.flatnonzero(image[np.flatnonzero((image > 127).any(1))[-1]] > 127)
        middle = (image[10:21] > 127).any(0)
        assert middle[: stem.min()].any()
        assert middle[stem.max() + 1 :].any()


def test_a_nine_gets_a_hook_to_the_left_at_its_bottom():
    nine = drawn((4, 8, 6, 20), (12, 8, 14, 20), (4, 8, 14, 10), (4, 18, 24, 20))
    before = np.flatnonzero(nine[16:].any(0)).min()
    for image in each(nine, 9):
        stem = np.flatnonzero(image[14] > 127).max()
        assert np.flatnonzero((image[18:] > 127).any(0)).min() < stem - 4
    assert before == 18, "and the nine itself had none"


def test_a_four_loses_the_upper_part_of_its_stem():
    four = drawn((4, 7, 16, 9), (14, 7, 16, 22), (4, 18, 24, 20))
    for image in each(four, 4):
        rows = np.flatnonzero((image > 127).any(1))
        first = np.flatnonzero(image[rows[0]] > 127)
        assert first.max() < 14, "the left stroke alone reaches the top"
        assert (image[rows[-1]] > 127).any(), "and the stem the bottom"
    assert np.all(ink(each(four, 4)) < ink(four[None]))


def test_a_four_of_one_stroke_is_left_out():
    assert len(each(drawn((4, 13, 24, 15)), 4)) == 0


def test_lines_are_as_wide_as_the_digit():
    thin, thick = (each(drawn((4, 14 - width, 24, 14 + width)), 1) for width in (1, 2))
    assert np.median(ink(thick)) > 1.5 * np.median(ink(thin))


def test_blank_and_pale_images_are_left_out():
    assert len(each(drawn(), 7)) == len(each(drawn((4, 13, 24, 15)) // 3, 1)) == 0


@pytest.mark.parametrize(
    ("images", "labels"),
    [(np.zeros((2, 28, 28)), [1, 1]), (np.zeros((2, 784), np.uint8), [1, 1]), (np.zeros((2, 28, 28), np.uint8), [1])],
)
def test_what_is_refused(images, labels):
    with pytest.raises(DataError, match=r"^images are .* give grays as uint8, n × 28 × 28, and n labels\.$"):
        restyled(images, labels, np.random.default_rng(0))


def test_a_seven_whose_stem_is_broken_where_the_bar_would_be_is_left_out():
    image = drawn((2, 6, 5, 20), (5, 17, 9, 20), (23, 17, 26, 20))
    assert len(restyled(image[None], [7], np.random.default_rng(0)).labels) == 0
