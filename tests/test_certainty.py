"""Whether an answer is sure: what is no digit is told, digits are believed, whichever network has answered."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.certainty import SURE, certainty
from chainrule.data.errors import DataError
from chainrule.data.shipped import shipped

IMAGES, LABELS = cr.datasets.mnist()[2]
NETWORKS = {name: cr.load(shipped(name)) for name in ("book", "reader")}


def asked(net, image):
    return certainty(net.activations(image), image)


def test_what_it_rests_on():
    image = IMAGES[0]
    found = asked(NETWORKS["book"], image)
    reader = NETWORKS["reader"].activations(image)
    assert (found.sure, found.digit, found.other) == (True, 7, int(reader.argmax()))
    assert found.activation == NETWORKS["book"].activations(image).max()
    assert found.second == reader[7]
    wrong = certainty(np.eye(10)[3], image)
    assert (wrong.sure, wrong.digit, wrong.other, wrong.second) == (False, 3, 7, reader[3])


def test_the_image_may_be_flat_or_floats():
    image = IMAGES[5]
    outputs = NETWORKS["book"].activations(image)
    assert certainty(outputs, image) == certainty(outputs, image.ravel()) == certainty(outputs, image / np.float32(255))


@pytest.mark.parametrize(("outputs", "image"), [(np.ones(9), IMAGES[0]), (np.ones(10), IMAGES[:2])])
def test_what_is_not_one_answer(outputs, image):
    with pytest.raises(DataError) as refused:
        certainty(outputs, image)
    assert str(refused.value) == (
        f"activations are of shape {outputs.shape} and the image of shape {image.shape}; "
        "give the 10 outputs for one image of 28 × 28."
    )
