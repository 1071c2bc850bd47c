"""Images and labels at the border of a network: exact numbers, every arrangement, and exact refusals."""

from fractions import Fraction

import numpy as np
import pytest

from chainrule.data.errors import DataError
from chainrule.data.inputs import as_activations, as_labels, is_one_image, one_hot

GRAYS = np.arange(256, dtype=np.uint8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_gray_becomes_the_number_nearest_to_its_255th(dtype):
    activations = as_activations(GRAYS, 256, dtype)
    assert activations.dtype == dtype
    assert activations.shape == (1, 256)
    for gray, activation in enumerate(activations[0]):
        exact = Fraction(gray, 255)
        error = abs(Fraction(float(activation)) - exact)
        for neighbor in (np.nextafter(activation, dtype(2)), np.nextafter(activation, dtype(-1))):
            assert error <= abs(Fraction(float(neighbor)) - exact)


@pytest.mark.parametrize(
    ("shape", "n", "one"),
    [
        ((784,), 1, True),
        ((28, 28), 1, True),
        ((784, 1), 1, True),
        ((28, 28, 1), 1, True),
        ((1, 784), 1, False),
        ((1, 28, 28), 1, False),
        ((5, 784), 5, False),
        ((5, 28, 28), 5, False),
        ((5, 28, 28, 1), 5, False),
        ((784, 784), 784, False),
        ((0, 784), 0, False),
        ((0, 28, 28), 0, False),
    ],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_every_arrangement_of_784_values(shape, n, one, dtype):
    images = (np.arange(np.prod(shape)).reshape(shape) % 2).astype(dtype)
    activations = as_activations(images, 784)
    assert activations.shape == (n, 784)
    np.testing.assert_array_equal(activations.ravel() != 0, images.ravel() != 0)
    assert is_one_image(images, 784) is one


def test_a_network_of_one_input():
    assert as_activations([0.0, 0.5, 1.0], 1).tolist() == [[0.0], [0.5], [1.0]]


def test_floats_are_taken_as_they_are():
    images = np.random.default_rng(0).random((3, 28, 28))
    np.testing.assert_array_equal(as_activations(images, 784, np.float64), images.reshape(3, 784))
    np.testing.assert_array_equal(as_activations(images, 784), images.reshape(3, 784).astype(np.float32))
    same = np.random.default_rng(0).random((3, 784), dtype=np.float32)
    assert np.shares_memory(as_activations(same, 784), same)
    assert as_activations([[0.0, 1.0]], 2).tolist() == [[0, 1]]


@pytest.mark.parametrize(
    ("images", "n_inputs", "message"),
    [
        (
            np.zeros((10, 785)),
            784,
            "The examples have 785 values each, and the network expects 784; the array is 10 × 785.",
        ),
        (
            np.zeros((5, 28, 29)),
            784,
            "The examples have 812 values each, and the network expects 784; the array is 5 × 28 × 29.",
        ),
        (np.zeros(785), 784, "The examples have 785 values each, and the network expects 784; the array is 785."),
        (
            np.zeros(5),
            1234,
            "The examples have 5 values each, and the network expects 1,234; the array is 5.",
        ),
        (0.5, 784, "The examples have 1 values each, and the network expects 784; the array is a single number."),
        (np.zeros((784, 10)), 784, "The examples are 784 × 10, one per column; give one per row: x.T."),
        (np.zeros((2, 784), complex), 784, "images are complex128; give grays 0…255 as uint8, or numbers in 0…1."),
        (["a"], 1, "images are <U1; give grays 0…255 as uint8, or numbers in 0…1."),
    ],
)
def test_images_that_do_not_fit(images, n_inputs, message):
    with pytest.raises(DataError) as refused:
        as_activations(images, n_inputs)
    assert str(refused.value) == message


@pytest.mark.parametrize("kind", [list, bool, np.int8, np.int64, np.uint16, np.float16])
def test_whole_numbers_and_lists_are_activations_too(kind):
    rows = [[0, 1, 1], [1, 0, 0]]
    images = rows if kind is list else np.array(rows, kind)
    assert as_activations(images, 3).tolist() == rows
    assert as_activations(images, 3).dtype == np.float32


def test_a_whole_number_above_1_is_refused():
    with pytest.raises(DataError, match=r"images\[1, 0\] is 2; divide grays by 255, or give them as uint8."):
        as_activations([[0, 1], [2, 0]], 2)


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        (np.nan, "nan; activations must be in 0…1."),
        (np.inf, "inf; activations must be in 0…1."),
        (-np.inf, "-inf; activations must be in 0…1."),
        (-0.25, "-0.25; activations must be in 0…1."),
        (1.5, "1.5; divide grays by 255, or give them as uint8."),
        (255.0, "255.0; divide grays by 255, or give them as uint8."),
        (256.0, "256.0; activations must be in 0…1."),
        (np.nextafter(1, 2), "1.0000000000000002; divide grays by 255, or give them as uint8."),
    ],
)
def test_a_value_outside_is_refused_at_its_place(value, advice):
    images = np.full((4, 28, 28), 0.5)
    images[2, 3, 4] = images[3, 0, 0] = value
    for arrangement, place in ((images, "2, 3, 4"), (images.reshape(4, 784), "2, 88")):
        with pytest.raises(DataError) as refused:
            as_activations(arrangement, 784)
        assert str(refused.value) == f"images[{place}] is {advice}"


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int32, np.int64, np.uint64, np.float32, np.float64])
def test_labels(dtype):
    labels = as_labels(np.array([0, 9, 3], dtype), 10, 3)
    assert labels.tolist() == [0, 9, 3]
    assert labels.dtype == np.int64


def test_one_label_and_none():
    assert as_labels(7, 10, 1).tolist() == [7]
    assert as_labels([], 10, 0).tolist() == []
    assert as_labels((1, 2), 3, 2).tolist() == [1, 2]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 10, 11], "labels[1] is 10; the network has 10 classes, 0 to 9."),
        ([0, 1, -1], "labels[2] is -1; the network has 10 classes, 0 to 9."),
        ([0, 2.5, 1], "labels[1] is 2.5; the network has 10 classes, 0 to 9."),
        ([np.nan, 1, 2], "labels[0] is nan; the network has 10 classes, 0 to 9."),
        ([1, np.inf, 2], "labels[1] is inf; the network has 10 classes, 0 to 9."),
        (
            np.array([0, 1, 2**63], np.uint64),
            "labels[2] is 9223372036854775808; the network has 10 classes, 0 to 9.",
        ),
        ([0, 1], "There are 3 examples and 2 labels; the numbers must be equal."),
        (5, "There are 3 examples and 1 labels; the numbers must be equal."),
        (["5", "0", "4"], "labels are <U1; give whole numbers, 0 to 9."),
        ([True, False, True], "labels are bool; give whole numbers, 0 to 9."),
        ([None, 1, 2], "labels are object; give whole numbers, 0 to 9."),
        (np.zeros((3, 1)), "labels are 3 × 1; give one number for each example, 0 to 9."),
        (np.eye(10)[:3], "labels are 3 × 10; give one number for each example, 0 to 9."),
    ],
)
def test_labels_that_do_not_fit(labels, message):
    with pytest.raises(DataError) as refused:
        as_labels(labels, 10, 3)
    assert str(refused.value) == message


def test_labels_are_a_copy():
    mine = np.array([1, 2])
    as_labels(mine, 10, 2)[0] = 5
    assert mine.tolist() == [1, 2]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_one_hot(dtype):
    rows = one_hot(np.array([2, 0, 2]), 3, dtype)
    assert rows.dtype == dtype
    assert rows.tolist() == [[0, 0, 1], [1, 0, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    ("labels", "classes", "message"),
    [
        ([[1], [1, 2]], 3, "labels are lists of different lengths; give one array, with rows of one length."),
    ],
)
def test_labels_of_which_the_way_out_is_said(labels, classes, message):
    with pytest.raises(DataError) as error:
        as_labels(labels, classes, 2)
    assert str(error.value) == message


def test_rows_of_different_lengths():
    with pytest.raises(DataError) as error:
        as_activations([[0.0, 1.0], [1.0]], 2)
    assert str(error.value) == "images are lists of different lengths; give one array, with rows of one length."
