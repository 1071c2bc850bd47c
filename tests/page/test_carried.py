"""What a page carries, and the file that it makes of it."""

import base64
import json
import re
import zlib

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.datasets import mnist
from chainrule.data.errors import DataError
from chainrule.data.shipped import shipped
from chainrule.export.errors import ExportError
from chainrule.page import carried
from chainrule.training.settings import SettingsError


@pytest.fixture(scope="module")
def book():
    return cr.load(shipped("book"))


def unpacked(html):
    return json.loads(zlib.decompress(base64.b64decode(re.search('id="packed">([^<]+)<', html)[1])))


def rows_of(data, kind):
    return np.frombuffer(zlib.decompress(base64.b64decode(data["examples"])), kind)


def test_digits_are_fair_misread_and_to_learn_from(book):
    net = book
    train, valid, test = mnist()
    found = carried.digits(net._trained("net"), net._raw, 1000)
    shown = len(found.numbers)
    assert shown == 200 and len(set(found.numbers)) == 200
    assert found.numbers[: found.fair].tolist() == list(range(found.fair)) and found.fair >= 150
    answers = net.predict(test.images)
    rest = found.numbers[found.fair :]
    assert (answers[rest] != test.labels[rest]).all()
    assert found.numbers[found.opening] in np.flatnonzero(answers != test.labels)
    assert found.accuracy == (np.mean(answers == test.labels), 10_000)
    assert found.learned == (200, 1200) and found.validated == (1200, 1400)
    np.testing.assert_array_equal(found.rows[:200], test.images[found.numbers])
    np.testing.assert_array_equal(found.rows[200:1200], train.images[:1000])
    np.testing.assert_array_equal(found.labels[1200:], valid.labels[:200])


def test_without_training_digits_it_learns_from_fair_ones_and_measures_by_others(book):
    found = carried.digits(book._trained("net"), book._raw)
    assert found.learned == (0, 120) and found.validated == (120, 150) and len(found.rows) == 200


def test_a_page_opens_on_a_mistake_that_one_step_mends(book):
    found = carried.digits(book._trained("net"), book._raw)
    image, label = mnist()[2].images[found.numbers[found.opening]], int(found.labels[found.opening])
    assert book.predict(image) != label
    gradients = book.backprop(image, label)
    taught = book.again(0)
    for own, old, slope in zip(
        taught.weights + taught.biases, book.weights + book.biases, gradients[1] + gradients[0], strict=True
    ):
        own[...] = old - carried.RATE * slope
    assert taught.predict(image) == label


def test_the_file_holds_the_network_and_asks_for_nothing(book, tmp_path):
    made = book.export(tmp_path / "page.html")
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert made.size == len(html.encode()) <= 400_000
    assert not re.search(r'(?:src|href)="(?!#|data:)|https?://(?!www\.w3\.org)|@import|url\(', html)
    found = unpacked(html)
    assert not re.search(
        r"https?://(?!www\.w3\.org)|\bfetch\(|XMLHttpRequest|WebSocket", found["main"] + found["worker"]
    )
    by_bytes = np.frombuffer(base64.b64decode(found["data"]["weights"]), np.uint8)
    weights = by_bytes.reshape(4, -1).T.copy().view(np.float32).ravel()
    np.testing.assert_array_equal(weights, np.concatenate([np.ravel(each) for each in book.parameters]))
    network = found["data"]["network"]
    assert network["sizes"] == [784, 30, 10] and network["parameters"] == 23_860 and network["accuracy"] == 0.9582
    assert set(found["words"]) == {"en", "zh"} and found["words"]["zh"]["texts"]["Look inside"] == "看透"
    assert rows_of(found["data"], np.uint8).reshape(200, 28, 28)[3].tolist() == mnist()[2].images[3].tolist()
    assert book.export(tmp_path / "page.html", training=5000).size <= 3_000_000


def test_examples_of_ones_own_are_shown_in_their_units():
    rows = {"age": np.array([30.0, 50, 41, 66]), "town": np.array(["Ulm", "Bern", "Bern", "Ulm"])}
    net = cr.Network([3, 4, 2], seed=0)
    net.fit(rows, ["a", "b", "a", "b"], epochs=1, batch_size=2)
    found = unpacked(net.look(rows, ["a", "b", "a", "b"]).html)["data"]
    np.testing.assert_array_equal(
        rows_of(found, np.float32).reshape(4, 3), [[30, 0, 1], [50, 1, 0], [41, 1, 0], [66, 0, 1]]
    )
    inputs = found["network"]["inputs"]
    a1 = (np.array([30, 0, 1]) - inputs["shift"]) / inputs["scale"]
    np.testing.assert_allclose(a1, net.inputs({name: each[:1] for name, each in rows.items()})[0], atol=1e-6)
    assert found["network"]["classes"] == ["a", "b"] and inputs["kind"] == "columns"


def test_grays_that_are_standardized_are_shown_as_ink():
    images = np.random.default_rng(0).integers(0, 256, (30, 6, 6)).astype(np.uint8)
    net = cr.Network([36, 4, 2], scale="standard", seed=0)
    net.fit(images, np.arange(30) % 2, epochs=1)
    found = unpacked(net.look(images, np.arange(30) % 2).html)["data"]
    inputs, ink = found["network"]["inputs"], images[3].ravel() / 255
    np.testing.assert_allclose((ink - inputs["shift"]) / inputs["scale"], net.inputs(images[3])[0], atol=1e-5)
    assert inputs["shape"] == [1, 6, 6] and found["network"]["carried"]["kind"] == "grays"


def test_one_example_without_a_label(book):
    found = unpacked(book.look(mnist()[2].images[0]).html)["data"]
    labels = np.frombuffer(zlib.decompress(base64.b64decode(found["labels"])), np.int16)
    assert labels.tolist() == [carried.UNKNOWN] and found["network"]["carried"]["shown"] == 1
    assert found["network"]["accuracy"] is None


def test_what_cannot_be_a_page_is_refused(book, tmp_path):
    path = tmp_path / "page.html"
    for given, error, said in [
        ({"learns": True}, ExportError, "learns is not for a page, which always learns"),
        ({"verify": np.zeros((1, 784))}, ExportError, "verify is not for a page"),
        ({"int8": True}, ExportError, "int8 is not for a page"),
        ({"training": 3}, DataError, "A page carries 10 to 50,000 training digits, or none, and not 3."),
        ({"training": 60_000}, DataError, "A page carries 10 to 50,000 training digits"),
        ({"examples": (np.zeros((2, 5)), [0, 1])}, DataError, "The examples have 5 values each"),
    ]:
        with pytest.raises(error, match=f"^{said}"):
            book.export(path, **given)
    with pytest.raises(
        ExportError, match=r"^A page shows a network on examples; give some, with their labels: export\("
    ):
        cr.Network([5, 3]).export(path)
    with pytest.raises(SettingsError, match=r"^examples and training are for a page, whose file ends with \.html"):
        book.export(tmp_path / "page.py", training=10)
    assert not [*tmp_path.iterdir()]
