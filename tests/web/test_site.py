"""What a served page gets beyond itself: all examples, files of the network that it has, and the page of each network."""

import base64
import gzip
import io
import zlib

import numpy as np
import pytest
from safetensors.numpy import load as arrays_of

import chainrule as cr
from chainrule.web.site import MOST_PARAMETERS


def packed(html):
    """What a page carries."""
    import json
    import re

    return json.loads(zlib.decompress(base64.b64decode(re.search(rb'id="packed">([^<]*)<', html)[1])))


def weights_of(net):
    return base64.b64encode(b"".join(each.tobytes() for each in net.parameters)).decode()


def test_each_network_has_its_page_which_knows_the_others(server, site):
    for name in ("book", "plain"):
        status, _, html = server.ask("GET", f"/?network={name}")
        assert status == 200
        data = packed(html)["data"]
        assert data["served"] == {
            "network": name,
            "networks": ["book", "plain"],
            "tested": 10_000,
            "most": MOST_PARAMETERS,
        }
        assert data["network"]["sizes"] == site.shown(name).net.sizes
        carried = data["network"]["carried"]
        begin = carried["shown"]
        assert 150 < begin <= 200
        assert (carried["learned"], carried["validated"]) == ([begin, begin + 50_000], [begin + 50_000, begin + 60_000])
    assert server.ask("GET", "/?network=other")[::2] == (
        404,
        {"detail": "There is no network other; the networks are book, plain."},
    )


def test_a_page_is_sent_compressed_and_once(server):
    _, headers, plain = server.ask("GET", "/")
    _, _, sent = server.ask("GET", "/", accept_encoding="gzip")
    assert gzip.decompress(sent) == plain
    assert len(sent) < 0.8 * len(plain)
    assert server.ask("GET", "/", if_none_match=headers["etag"])[::2] == (304, b"")


def test_all_examples_are_those_of_mnist(server):
    train, valid, test = cr.datasets.mnist()
    block = gzip.decompress(server.ask("GET", "/api/examples?part=test")[2])
    assert np.array_equal(np.frombuffer(block, np.uint8, 7_840_000).reshape(-1, 28, 28), test.images)
    assert np.array_equal(np.frombuffer(block, np.int16, offset=7_840_000), test.labels)
    block = gzip.decompress(server.ask("GET", "/api/examples?part=learn&network=plain")[2])
    rows = np.frombuffer(block, np.uint8, 47_040_000).reshape(-1, 28, 28)
    assert np.array_equal(rows[:50_000], train.images)
    assert np.array_equal(rows[50_000:], valid.images)
    assert np.array_equal(np.frombuffer(block, np.int16, offset=47_040_000), [*train.labels, *valid.labels])


def test_a_network_is_saved_with_the_weights_that_are_sent(server, tmp_path):
    mine = cr.Network([784, 12, 10], seed=5)
    status, _, content = server.ask("POST", "/api/save", {"kind": "network", "weights": weights_of(mine)})
    assert status == 200
    path = tmp_path / "mine.safetensors"
    path.write_bytes(content)
    digit = cr.datasets.mnist()[2].images[:20]
    np.testing.assert_array_equal(cr.load(path)(digit), mine(digit))


def test_a_network_of_other_layers_is_saved_too_and_its_page(server, tmp_path):
    mine = cr.Network([784, 8, 6, 10], activation=["tanh", "relu"], cost="log-likelihood", seed=5)
    asked = {
        "layers": [8, 6], "activations": ["tanh", "relu", "softmax"], "cost": "log-likelihood", "weights": weights_of(mine),
    }  # fmt: skip
    content = server.ask("POST", "/api/save", {"kind": "network", **asked})[2]
    assert np.array_equal(arrays_of(content)["w3"], mine.weights[1])
    (tmp_path / "mine.safetensors").write_bytes(content)
    digit = cr.datasets.mnist()[2].images[:20]
    np.testing.assert_array_equal(cr.load(tmp_path / "mine.safetensors")(digit), mine(digit))
    data = packed(server.ask("POST", "/api/save", {"kind": "page", **asked})[2])["data"]
    assert data["served"] is None
    assert data["network"]["sizes"] == [784, 8, 6, 10]
    planes = np.frombuffer(base64.b64decode(data["weights"]), np.uint8).reshape(
        4, -1
    )  # the first bytes of all, then the second
    assert planes.T.tobytes() == base64.b64decode(asked["weights"])


@pytest.mark.parametrize(
    ("asked", "detail"),
    [
        ({"weights": "AAAA"}, "The network has 9,550 parameters, and other weights were sent."),
        ({"weights": base64.b64encode(np.full(9550, np.nan, np.float32).tobytes()).decode()},
         "The numbers of this network overflow here: one is infinite or NaN."),
        ({"layers": [3], "activations": ["tanh"]}, "Each hidden layer has one activation: sigmoid, tanh, relu."),
        ({"layers": [3], "activations": ["softmax", "sigmoid"]}, "Each hidden layer has one activation: sigmoid, tanh, relu."),
        ({"layers": [3], "activations": ["tanh", "tanh"], "cost": "cross-entropy"},
         "The page has no cross-entropy cost of tanh outputs."),
        ({"layers": [1024] * 3, "activations": ["relu"] * 3 + ["sigmoid"]},
         "A network has 2,913,290 parameters; here it may have 2,097,152."),
    ],
)  # fmt: skip
def test_a_network_that_cannot_be_is_refused_in_a_sentence(server, asked, detail):
    assert server.ask("POST", "/api/save", {"kind": "network", **asked})[::2] == (422, {"detail": detail})


def test_one_picture_does_not_take_much_memory():
    """A picture of 8191 × 8191 pixels in four channels took 1.4 GB."""
    from PIL import Image

    from chainrule.data.errors import DataError
    from chainrule.data.images import digit_in

    page = io.BytesIO()
    Image.new("RGBA", (8191, 8191)).save(page, "PNG")
    with pytest.raises(DataError, match="pixels"):
        digit_in(page.getvalue())
