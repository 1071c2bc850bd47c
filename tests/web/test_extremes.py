"""Extreme settings, rates and edits: whatever is asked of a session is answered, with numbers that JSON can say or with a
sentence, and the session goes on with a network that is whole."""

import base64
import itertools
import json
import queue

import numpy as np
import pytest

import chainrule as cr
from chainrule.web.fields import RefusedError, record
from chainrule.web.live import Live, encoded
from chainrule.web.protocol import REQUESTS, do
from chainrule.web.session import Session
from chainrule.web.site import Site


@pytest.fixture(scope="module")
def small():
    """A site with few digits, so that much can be tried."""
    site = Site({"untrained": cr.Network([784, 5, 10], seed=0)}, "untrained")
    sets = [each._replace(images=each.images[:200], labels=each.labels[:200]) for each in cr.datasets.mnist()]
    site.__dict__["_sets"] = tuple(sets)
    return site


class Page:
    """What a page asks of its session, and what it hears; each answer is put into JSON and read again."""

    def __init__(self, site):
        self.session = Session(site)
        self.heard = queue.Queue()
        self.session.tell = lambda report: self.heard.put(json.loads(encoded(report, "en")))

    def ask(self, name, **values):
        """The answer, or the sentence of a refusal."""
        try:
            found = json.loads(encoded(do(self.session, name, record(values, REQUESTS[name].fields)), "en"))
            return found.get("detail", found)
        except RefusedError as refusal:
            return str(refusal)

    def go(self, what):
        """Learn, until the run stands again; its findings on the way."""
        while not self.heard.empty():
            self.heard.get()
        assert self.ask("go", what=what)["running"] in (True, False)
        findings = []
        while True:
            report = self.heard.get(timeout=60)
            assert report["on"] != "refused"
            if report["on"] == "diagnosis":
                findings += report["findings"]
            if report["on"] == "state" and report["state"] in ("paused", "ended"):
                return report["state"], findings

    def must_be_whole(self):
        """The network's numbers are finite, and the digit on the stage is seen."""
        assert all(np.isfinite(each).all() for each in self.session.net.parameters)
        assert self.ask("pick", index=3)["look"]["cost"] >= 0
        hello = self.ask("hello")
        assert hello["look"] is not None


def settings_of(activation, cost, optimizer, rate, **more):
    return {
        "hidden": [8], "activation": activation, "cost": cost, "optimizer": optimizer, "learning_rate": rate, "epochs": 2,
        "batch_size": 100, **more,
    }  # fmt: skip


ACTIVATIONS, COSTS, OPTIMIZERS = (
    [*REQUESTS["reset"].fields[name].schema["enum"]] for name in ("activation", "cost", "optimizer")
)
PAIRS = list(itertools.product(ACTIVATIONS, COSTS))


@pytest.mark.parametrize(("activation", "cost"), PAIRS)
def test_every_rate_with_every_network_is_answered(small, activation, cost):
    """Each pair of them with one rate and optimizer; each rate, optimizer and other setting with several pairs."""
    at = PAIRS.index((activation, cost))
    page, rate = Page(small), (1e4, 100.0, 1e4, 1e-6)[at % 4]
    optimizer = OPTIMIZERS[(at + at // 4) % len(OPTIMIZERS)]
    more = [{}, {"normalization": "batch"}, {"initializer": "large", "l2": 1e4}, {"hidden": []}][at // 4 % 4]
    assert page.ask("reset", **settings_of(activation, cost, optimizer, rate, **more))["network"]
    page.ask("pick", index=0)
    for what in ("batch", "batch", "epoch", "start"):
        state, _ = page.go(what)
        page.must_be_whole()
        if state == "ended":  # it has diverged, and nothing is left to do
            break
    for edit in (100.0, 1e-4):
        taught = page.ask("teach", rate=edit)
        assert isinstance(taught, str) or np.isfinite(taught["look"]["cost"])
        page.must_be_whole()
    for step in (3, 6):
        page.ask("step", step=step, layer=2, neuron=1, rate=100.0, language="en")
    for each in ("weights", "undo", "mistakes"):
        assert not isinstance(page.ask(each), str)
    page.ask("value", layer=2, neuron=1)
    page.ask("proof", layer=2, neuron=1, weight=400)
    page.must_be_whole()
    page.session.end()


def test_a_step_that_goes_too_far_is_taken_back_and_a_rate_named_that_works(small):
    page = Page(small)
    page.ask("reset", **settings_of("leaky-relu", "log-likelihood", "sgd", 1.0))
    for parameter in page.session.net.parameters:
        parameter *= 1e18
    digit = page.ask("pick", index=0)["look"]["digit"]
    page.ask("truth", label=(digit + 1) % 10)
    before = [each.copy() for each in page.session.net.parameters]
    hello = page.ask("hello")
    refused = page.ask("teach", rate=100.0)
    assert refused.startswith("A step with η = 100 goes too far: its numbers overflow. It was taken back; η = ")
    assert page.ask("hello") == hello
    assert all(np.array_equal(one, other) for one, other in zip(before, page.session.net.parameters, strict=True))
    rate = float(refused.rpartition("η = ")[2].removesuffix(" works."))
    assert page.ask("teach", rate=rate)["undo"] == 1


@pytest.mark.parametrize(
    ("activation", "cost", "rate"),
    [("sigmoid", "cross-entropy", 1e4), ("relu", "log-likelihood", 1000.0), ("relu", "quadratic", 1e4)],
)
def test_a_run_that_diverges_is_told_with_a_smaller_rate_and_ends_at_its_last_good_weights(
    small, activation, cost, rate
):
    page = Page(small)
    page.ask("reset", **settings_of(activation, cost, "sgd", rate))
    page.ask("pick", index=0)
    state, findings = page.go("start")
    page.must_be_whole()
    if findings and findings[0]["name"] == "diverged":
        assert state == "ended"
        assert page.ask("hello")["training"]["diagnosis"] == findings


def test_a_number_that_json_cannot_say_is_a_sentence():
    assert json.loads(encoded({"on": "done", "id": 3, "value": float("nan")}, "en")) == {
        "on": "refused", "id": 3,
        "detail": "The numbers of this network overflow here: one is infinite or NaN.",
    }  # fmt: skip
    assert json.loads(encoded({"on": "done", "id": 3, "value": float("inf")}, "zh"))["detail"].startswith(
        "这个网络的数值"
    )


def test_steps_that_can_be_taken_back_are_bounded(small, monkeypatch):
    monkeypatch.setattr(
        "chainrule.web.session._MOST_KEPT", 10 * sum(each.nbytes for each in small.networks["untrained"].parameters)
    )
    page = Page(small)
    page.ask("pick", index=0)
    assert [page.ask("teach", rate=0.01)["undo"] for _ in range(12)] == [*range(1, 11), 10, 10]
    assert page.ask("undo")["undo"] == 9


def test_a_session_that_cannot_be_taken_up_again_is_a_new_one(server, monkeypatch):
    with server.page() as (_, hello):
        pass
    network = Session._network

    def fails(self):
        if self.token == hello["session"]:
            raise ValueError("it is spoiled")
        return network(self)

    monkeypatch.setattr(Session, "_network", fails)
    with server.page(session=hello["session"]) as (_, fresh):
        assert fresh["on"] == "hello"
        assert fresh["session"] != hello["session"]


def test_answers_of_equal_networks_are_computed_once(monkeypatch):
    site = Site({"plain": cr.Network([784, 10], seed=0)}, "plain")
    asked = []
    call = cr.Network.__call__
    monkeypatch.setattr(cr.Network, "__call__", lambda self, images: asked.append(len(images)) or call(self, images))
    pages = [Page(site) for _ in range(5)]
    found = {page.ask("hello")["network"]["correct"] for page in pages}
    assert (len(found), asked) == (1, [10_000])
    taught = pages[0]
    taught.ask("pick", index=0)
    taught.ask("teach", rate=1.0)
    taught.ask("undo")
    assert [each for each in asked if each == 10_000] == [10_000, 10_000]  # beside what is asked of one digit


def test_one_digit_alone_is_not_taught_to_batch_normalization(small):
    page = Page(small)
    alone = "A network with batch normalization learns from several digits at a time: one alone has no variance."
    settings = settings_of("relu", "quadratic", "sgd", 0.1, normalization="batch")
    assert page.ask("reset", **settings | {"batch_size": 1}) == alone
    page.ask("reset", **settings)
    page.ask("pick", index=0)
    assert page.ask("teach", rate=1.0) == alone


def test_what_the_first_page_would_wait_for_is_done_at_the_start():
    site = Site({"plain": cr.Network([784, 10], seed=0)}, "plain")
    Live(site).warm(lambda: True)
    assert not site._known
    Live(site).warm(lambda: False)
    assert len(site._known) == 1


def test_the_first_steps_of_a_digit_without_a_label_are_said(small):
    """What a sentence counts within itself must not be asked of the explanation, which here has no cost."""
    page = Page(small)
    drawing = base64.b64encode(cr.datasets.mnist()[2].images[0].tobytes()).decode()
    page.ask("see", drawing=drawing, side=28, framed=False)
    for step in (1, 2):
        said = page.ask("step", step=step, layer=2, neuron=1, rate=1.0, language="en")
        assert said["section"]["items"]
        assert said["values"]
        assert not {"images", "others"} & set(said["values"])
