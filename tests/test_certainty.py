"""Whether an answer is sure: what is no digit is told, digits are believed, whichever network has answered."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.certainty import LEAST_INK, SURE, certainty
from chainrule.data.errors import DataError
from chainrule.data.shipped import shipped

IMAGES, LABELS = cr.datasets.mnist()[2]
NETWORKS = {name: cr.load(shipped(name)) for name in ("book", "reader")}


def asked(net, image):
    return certainty(net(image), image)


def drawn(*boxes):
    image = np.zeros((28, 28), np.uint8)
    for top, left, bottom, right in boxes:
        image[top:bottom, left:right] = 255
    return image


NO_DIGITS = {
    "a square": drawn((4, 4, 24, 24)),
    "a window": drawn((4, 4, 6, 24), (22, 4, 24, 24), (4, 4, 24, 6), (4, 22, 24, 24), (13, 4, 15, 24), (4, 13, 24, 15)),
    "E": drawn((4, 8, 24, 11), (4, 8, 7, 21), (13, 8, 16, 19), (21, 8, 24, 21)),
    "H": drawn((4, 6, 24, 9), (4, 19, 24, 22), (13, 6, 16, 22)),
    "stripes": drawn(*((4, left, 24, left + 2) for left in range(4, 24, 5))),
    "nothing": drawn(),
    "noise": np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8),
}  # fmt: skip


@pytest.mark.parametrize("net", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("image", NO_DIGITS.values(), ids=NO_DIGITS)
def test_what_is_no_digit_is_unsure(net, image):
    found = asked(net, image)
    assert not found.sure
    assert found.second < SURE or found.ink < LEAST_INK


@pytest.mark.parametrize("net", NETWORKS.values(), ids=NETWORKS)
def test_right_answers_are_sure_and_wrong_ones_for_the_most_part_not(net):
    answers = [asked(net, image) for image in IMAGES[:1500]]
    right = np.array([answer.digit for answer in answers]) == LABELS[:1500]
    sure = np.array([answer.sure for answer in answers])
    assert np.mean(sure[right]) > 0.95
    assert np.mean(sure[~right]) < 0.6


def test_what_it_rests_on():
    image = IMAGES[0]
    found = asked(NETWORKS["book"], image)
    reader = NETWORKS["reader"](image)
    assert (found.sure, found.digit, found.other) == (True, 7, int(reader.argmax()))
    assert found.activation == NETWORKS["book"](image).max()
    assert found.second == reader[7]
    wrong = certainty(np.eye(10)[3], image)
    assert (wrong.sure, wrong.digit, wrong.other, wrong.second) == (False, 3, 7, reader[3])


def test_the_image_may_be_flat_or_floats():
    image = IMAGES[5]
    outputs = NETWORKS["book"](image)
    expected = certainty(outputs, image)
    assert certainty(outputs, image.ravel()) == expected
    floats = certainty(outputs, image / np.float32(255))
    assert (floats.sure, floats.second, round(floats.ink, 3)) == (
        expected.sure,
        expected.second,
        round(expected.ink, 3),
    )


@pytest.mark.parametrize(("outputs", "image"), [(np.ones(9), IMAGES[0]), (np.ones(10), IMAGES[:2])])
def test_what_is_not_one_answer(outputs, image):
    with pytest.raises(DataError) as refused:
        certainty(outputs, image)
    assert str(refused.value) == (
        f"activations are of shape {outputs.shape} and the image of shape {image.shape}; "
        "give the 10 outputs for one image of 28 × 28."
    )
