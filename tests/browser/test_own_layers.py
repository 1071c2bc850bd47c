"""The page with a network of the user's own layers, and with a normalized one."""

import re
import threading

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import expect

import chainrule as cr
from chainrule.web.app import application
from chainrule.web.server import serve
from chainrule.web.site import Site

from ..web.test_own_layers import gate
from .visitor import PHONE, WIDE, Visitor

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address():
    """A server for the two networks, the first with a layer of the user's own."""
    networks = {
        "gated": cr.Network([784, gate(6), 10], seed=0),
        "layer": cr.Network([784, 6, 10], normalization="layer", seed=0),
    }
    ready, found = threading.Event(), []

    def told(port):
        found.append(port)
        ready.set()

    app = application(Site(networks, "gated"), ["127.0.0.1"])
    threading.Thread(target=serve, args=(app, "127.0.0.1", 0, told), daemon=True).start()
    assert ready.wait(30)
    return f"http://127.0.0.1:{found[0]}/"


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_layer_of_ones_own_is_shown_and_says_what_cannot_be_asked_of_it(open_page, address, axe, size):
    visitor = Visitor(open_page(address=address, size=size))
    visitor.pick(0)
    assert "6 gated" in visitor.network.inner_text()
    visitor.neurons.get_by_role("button").first.click()
    visitor.sees(re.compile("^Layer 2 computes gated, which is no weighted sum of activations"))
    panel = visitor.steps.get_by_role("tabpanel")
    expect(panel).to_contain_text("gate")
    drawn = "(all) => all.map((each) => new Set(each.getContext('2d').getImageData(0, 0, each.width, each.height).data).size)"
    thumbs = panel.locator(".cr-thumb canvas")
    assert thumbs.count() == 6
    assert min(thumbs.evaluate_all(drawn)) > 3  # not one color
    assert axe(visitor.page) == []
    assert visitor.page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_normalized_neuron_shows_its_sum_and_then_z(open_page, address):
    visitor = Visitor(open_page(address=address))
    visitor.network.select_option("layer")
    visitor.pick(0)
    visitor.neurons.get_by_role("button").first.click()
    visitor.sees("normalized and scaled:")
