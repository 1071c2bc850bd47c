"""The live channel: drawing, teaching and undoing, training and pausing, a break in the line, and garbage."""

import base64
import contextlib
import json
import threading
import time

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from chainrule.web import live
from chainrule.web.app import application

from .conftest import Running, awaited, done, served


def array(text, kind=np.float32):
    return np.frombuffer(base64.b64decode(text), kind)


@pytest.fixture
def page(server):
    with server.page() as (line, hello):
        yield line, hello


def test_hello_says_what_there_is(page, site):
    _, hello = page
    assert hello["on"] == "hello"
    assert hello["networks"] == ["book", "plain"]
    assert hello["network"]["sizes"] == [784, 12, 10]
    assert hello["network"]["correct"] == site.networks["book"].evaluate(*site.test).correct
    assert hello["look"] is None
    assert [site.test.labels[each] for each in hello["samples"]] == [3, 5, 8]


def test_a_test_digit_is_seen_as_the_network_computes_it(page, site):
    line, _ = page
    found = done(line, "pick", index=0)["look"]
    net, image, label = site.networks["book"], site.test.images[0], int(site.test.labels[0])
    assert np.array_equal(array(found["pixels"], np.uint8).reshape(28, 28), image)
    assert np.allclose(array(found["a"][-1]), net(image), rtol=1e-5)
    nabla_b, nabla_w = net.backprop(image, label)
    for delta, b in zip(found["delta"], nabla_b, strict=True):
        assert np.allclose(array(delta), b.ravel(), rtol=1e-5)
    by_hand = net.weights[0].T.astype(float) @ nabla_b[0]
    assert np.allclose(array(found["dx"]), by_hand.ravel(), rtol=1e-4, atol=1e-8)
    assert found["cost"] == pytest.approx(0.5 * np.sum((net(image) - np.eye(10)[label]) ** 2), rel=1e-5)
    assert nabla_w[0].shape == (12, 784)


def test_a_drawing_is_framed_and_read_and_then_told_the_truth(page, site):
    line, _ = page
    big = np.kron(site.test.images[0], np.ones((5, 5), np.uint8))
    drawing = base64.b64encode(big.tobytes()).decode()
    seen = done(line, "see", drawing=drawing, side=140)
    assert seen["look"]["digit"] == 7
    assert seen["look"]["delta"] is None
    assert np.array_equal(array(seen["look"]["pixels"], np.uint8).reshape(28, 28), site.test.images[0])
    assert done(line, "see", drawing=drawing, side=140, framed=False)["look"]["digit"] == 7
    told = done(line, "truth", label=1)["look"]
    assert told["label"] == 1
    assert told["cost"] > 0.5


def test_a_step_changes_the_answer_and_undo_takes_it_back(page, site):
    line, hello = page
    wrong = done(line, "mistake", after=-1)
    before = wrong["look"]
    assert before["digit"] != before["label"]
    taught = done(line, "teach", rate=5.0)
    assert taught["before"]["cost"] == before["cost"]
    assert taught["look"]["cost"] < before["cost"]
    change = len(taught["newly_right"]) - len(taught["newly_wrong"])
    assert taught["network"]["correct"] == hello["network"]["correct"] + change
    assert taught["undo"] == 1
    undone = done(line, "undo")
    assert undone["look"] == before
    assert undone["network"] == hello["network"]
    assert done(line, "undo")["undo"] == 0


def test_training_is_not_undone_with_a_step_that_came_before_it(page):
    line, _ = page
    assert done(line, "reset", hidden=[10], activation="sigmoid", cost="quadratic", epochs=1)["undo"] == 0
    done(line, "pick", index=0)
    assert done(line, "teach", rate=1.0)["undo"] == 1
    done(line, "go", what="batch")
    learned = awaited(line, lambda message: message["on"] == "state")
    assert learned["undo"] == 0
    assert done(line, "undo")["network"] == learned["network"]


def test_one_page_does_not_teach_anothers_network(server, page):
    line, hello = page
    with server.page() as (other, _):
        done(other, "mistake")
        done(other, "teach", rate=50.0)
        assert done(line, "use", network="book")["network"] == hello["network"]


def test_a_network_without_hidden_layers(page):
    line, _ = page
    assert done(line, "use", network="plain")["network"]["sizes"] == [784, 10]
    found = done(line, "pick", index=5)["look"]
    assert len(found["a"]) == len(found["delta"]) == 1


def test_training_runs_pauses_goes_on_and_ends(page):
    line, _ = page
    settings = {"hidden": [10], "activation": "sigmoid", "cost": "quadratic", "epochs": 2, "batch_size": 100}
    fresh = done(line, "reset", **settings)
    assert fresh["network"]["sizes"] == [784, 10, 10]
    start = array(done(line, "weights")["w"][0])
    done(line, "go", what="batch")
    state = awaited(line, lambda message: message["on"] == "state")
    assert (state["state"], state["epochs"]) == ("paused", 0)
    assert not np.array_equal(array(state["w"][0]), start)
    done(line, "go", what="epoch")
    first = awaited(line, lambda message: message["on"] == "epoch")
    assert (first["epoch"], first["valid"]["accuracy"] > 0.2) == (1, True)
    assert awaited(line, lambda message: message["on"] == "state")["state"] == "paused"
    done(line, "go", what="start")
    assert awaited(line, lambda message: message["on"] == "epoch")["epoch"] == 2
    assert awaited(line, lambda message: message["on"] == "state" and message["state"] == "ended")["epochs"] == 2


def test_without_a_learning_rate_the_networks_own_is_taken_and_told(page):
    line, _ = page
    settings = {"hidden": [10], "activation": "relu", "cost": "log-likelihood", "epochs": 1}
    assert done(line, "reset", **settings, optimizer="adam")["learning_rate"] == 0.003
    assert done(line, "reset", **settings, optimizer="sgd")["learning_rate"] == 0.1
    assert done(line, "reset", **settings, learning_rate=0.02)["learning_rate"] == 0.02


def test_nothing_is_taught_while_it_trains(page):
    line, _ = page
    done(line, "reset", hidden=[30], activation="sigmoid", cost="quadratic", epochs=1000)
    done(line, "pick", index=0)
    done(line, "go", what="start")
    assert done(line, "teach", rate=1.0)["detail"] == "Pause the training first."
    assert done(line, "go", what="pause")["on"] == "done"


def test_a_page_that_comes_back_finds_what_it_had(server):
    with server.page() as (line, hello):
        done(line, "pick", index=3)
        taught = done(line, "teach", rate=2.0)
    with server.page(session=hello["session"]) as (_, back):
        assert back["session"] == hello["session"]
        assert back["look"] == taught["look"]
        assert back["undo"] == 1
        with server.page(session=hello["session"]) as (_, other):  # a second window
            assert other["session"] != hello["session"]


def test_mistakes_come_with_their_pictures(page, site):
    line, _ = page
    found = done(line, "mistakes")
    table = np.array(found["confusion"])
    assert table.sum() == 10_000
    assert found["count"] == table.sum() - np.trace(table)
    images = array(found["images"], np.uint8).reshape(-1, 28, 28)
    assert np.array_equal(images[0], site.test.images[found["items"][0]["index"]])
    one = done(line, "mistakes", truth=4, read=9)
    assert one["count"] == table[4, 9]
    assert all(each["label"] == 4 and each["digit"] == 9 for each in one["items"])


@pytest.mark.parametrize(
    "message",
    ["", "x", "[]", "{}", '{"do": "exec"}', '{"do": ["a"]}', '{"do": "pick"}', '{"do": "pick", "index": NaN}',
     '{"do": "pick", "index": 0, "x": 1}', '{"do": "teach", "rate": 1}', '{"do": "use", "network": "../../etc"}',
     '{"do": "see", "drawing": "AAAA", "side": 28}', '{"do": "reset", "hidden": [99999], "activation": "relu", "cost": "x"}',
     '{"do": "reset", "hidden": [5], "activation": "relu", "cost": "cross-entropy", "epochs": 99999999}'],
)  # fmt: skip
def test_garbage_is_refused_in_a_sentence_and_the_line_lives_on(page, message):
    line, _ = page
    line.send(message)
    refused = json.loads(line.recv(30))
    assert refused["on"] == "refused"
    assert refused["detail"]
    assert done(line, "pick", index=1)["on"] == "done"


def test_bytes_and_frames_that_are_too_large(server):
    with server.page() as (line, _):
        line.send(b"\x00\xff")
        assert json.loads(line.recv(30))["on"] == "refused"
        line.send("x" * 600_000)
        with pytest.raises(ConnectionClosed):
            line.recv(30)
    assert server.ask("GET", "/")[0] == 200


def test_a_line_that_does_not_say_hello_is_closed(server):
    with connect(f"ws://127.0.0.1:{server.port}/ws") as line:
        line.send('{"do": "pick", "index": 0}')
        with pytest.raises(ConnectionClosed):
            line.recv(30)


def test_a_page_of_another_site_gets_no_line(server):
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://127.0.0.1:{server.port}/ws", origin="https://evil.example").__enter__()
    assert refused.value.response.status_code == 403


def test_refusals_are_in_the_language_of_the_page(server):
    with server.page(language="zh") as (line, _):
        assert done(line, "teach", rate=1.0)["detail"] == "请先指出这个数字其实是几。"
        done(line, "speak", language="en")
        assert done(line, "teach", rate=1.0)["detail"] == "Say first what the digit really is."


def test_a_neuron_is_the_sum_of_its_terms(page, site):
    line, _ = page
    done(line, "pick", index=0)
    found = done(line, "value", layer=2, neuron=3)
    net, x = site.networks["book"], site.test.images[0].ravel() / 255
    products = net.weights[0][3] * x
    largest = np.argsort(-abs(products))[:6]
    assert {term[0] for term in found["terms"]} == set(largest)
    assert [term[3] for term in found["terms"]] == pytest.approx(products[largest], rel=1e-5)
    assert found["others"] == 778
    assert sum(term[3] for term in found["terms"]) + found["rest"] + found["bias"] == pytest.approx(found["z"])
    assert found["z"] == pytest.approx(products.sum() + net.biases[0][3, 0], rel=1e-5)
    assert found["a"] == pytest.approx(1 / (1 + np.exp(-found["z"])))
    nabla_b, _ = net.backprop(site.test.images[0], int(site.test.labels[0]))
    assert found["error"]["delta"] == pytest.approx(nabla_b[0][3, 0], rel=1e-5)
    assert found["error"]["total"] * found["error"]["slope"] == pytest.approx(found["error"]["delta"])
    assert done(line, "value", layer=2, neuron=12)["on"] == "refused"


SETTINGS = {"hidden": [10], "activation": "sigmoid", "cost": "quadratic", "batch_size": 100}


def test_a_rate_that_is_too_large_is_named_with_its_remedy_in_both_languages(page):
    line, _ = page
    done(line, "reset", **SETTINGS, epochs=1, learning_rate=1000.0)
    done(line, "go", what="start")
    (finding,) = awaited(line, lambda message: message["on"] == "diagnosis")["findings"]
    assert finding["name"] == "rate-too-large"
    assert finding["words"]["en"].startswith("The learning rate is too large: with η = 1000 the cost came to ")
    assert finding["words"]["zh"].startswith("学习率太大：")
    assert 0 < finding["settings"]["learning_rate"] < 1000
    assert finding["remedy"]["en"].startswith("To repair it, set η to ")
    done(line, "reset", **SETTINGS, epochs=1, **finding["settings"])
    done(line, "go", what="start")
    assert awaited(line, lambda message: message["on"] == "epoch")["valid"]["accuracy"] > 0.5
    assert awaited(line, lambda message: message["on"] == "diagnosis")["findings"] == []


def test_a_run_pauses_when_its_page_goes_and_is_there_when_it_comes_back(server):
    with server.page() as (line, hello):
        done(line, "reset", **SETTINGS, epochs=1000)
        done(line, "go", what="start")
        awaited(line, lambda message: message["on"] == "epoch")
    with server.page(session=hello["session"]) as (line, back):
        assert back["network"]["sizes"] == [784, 10, 10]
        assert back["training"]["state"] == "paused"
        reports = back["training"]["reports"]
        assert [each["epoch"] for each in reports] == list(range(1, len(reports) + 1))
        done(line, "go", what="start")
        assert awaited(line, lambda message: message["on"] == "epoch")["epoch"] == len(reports) + 1


def test_a_page_that_stays_away_is_forgotten_and_its_run_ends(site, monkeypatch):
    monkeypatch.setattr(live, "KEPT", 0.2)
    own = Running(served(application(site, ["127.0.0.1"])))
    with own.page() as (line, hello):
        done(line, "reset", **SETTINGS, epochs=1000)
        done(line, "go", what="start")
        awaited(line, lambda message: message["on"] == "epoch")
        before = [each for each in threading.enumerate() if each.name == "training"]
    deadline = time.monotonic() + 30
    while any(each.is_alive() for each in before[-1:]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not before[-1].is_alive()
    with own.page(session=hello["session"]) as (_, back):
        assert back["session"] != hello["session"]
        assert back["training"] is None


def test_work_is_bounded(page):
    line, _ = page
    for beyond in ({"hidden": [1001]}, {"hidden": [10] * 5}, {"epochs": 1001}, {"batch_size": 0}, {"batch_size": 1001}):
        assert done(line, "reset", **{**SETTINGS, **beyond})["on"] == "refused"


def test_pages_that_have_gone_make_room_for_those_that_come(server):
    for _ in range(live._MOST_SESSIONS + 3):
        with server.page() as (_, hello):
            assert hello["on"] == "hello"


def test_a_page_without_a_place_is_told_so_and_gets_one_when_another_goes(site, monkeypatch):
    monkeypatch.setattr(live, "_MOST_SESSIONS", 2)
    monkeypatch.setattr(live, "_MOST_WAITING", 2)
    own = Running(served(application(site, ["127.0.0.1"])))
    full = "All 2 places are taken: this page waits, and goes on by itself when another one is closed."
    address = f"ws://127.0.0.1:{own.port}/ws"
    with own.page(), contextlib.ExitStack() as second:
        second.enter_context(own.page())
        with connect(address) as third, connect(address) as fourth:
            for line, language in ((third, "en"), (fourth, "zh")):
                line.send(json.dumps({"do": "hello", "language": language}))
                told = json.loads(line.recv(30))
                assert told["on"] == "full"
                assert told["detail"] == (
                    full if language == "en" else "2 个位置都已占用：本页会等待，有页面关闭后自动继续。"
                )
            assert done(third, "pick", index=0) == {"on": "refused", "id": 7, "detail": full}
            with connect(address) as fifth:
                fifth.send(json.dumps({"do": "hello"}))
                with pytest.raises(ConnectionClosed, match="Too many pages are waiting already; come back later"):
                    fifth.recv(30)
            second.close()
            assert json.loads(third.recv(30))["on"] == "hello"
            assert done(third, "pick", index=0)["on"] == "done"
            with pytest.raises(TimeoutError):
                fourth.recv(0.2)
            third.close()
            assert json.loads(fourth.recv(30))["on"] == "hello"


def test_a_page_that_leaves_while_it_waits_takes_no_place(site, monkeypatch):
    monkeypatch.setattr(live, "_MOST_SESSIONS", 1)
    own = Running(served(application(site, ["127.0.0.1"])))
    address = f"ws://127.0.0.1:{own.port}/ws"
    with own.page():
        with connect(address) as gone:
            gone.send(json.dumps({"do": "hello"}))
            assert json.loads(gone.recv(30))["on"] == "full"
        with connect(address) as next_one:
            next_one.send(json.dumps({"do": "hello"}))
            assert json.loads(next_one.recv(30))["on"] == "full"
    with own.page() as (_, hello):
        assert hello["on"] == "hello"


def test_text_that_is_no_utf_8_is_refused_in_a_sentence_without_a_traceback(server, caplog):
    with server.page() as (line, _):
        line.protocol.send_text(b"\xff\xfe")
        line.socket.sendall(b"".join(line.protocol.data_to_send()))
        assert json.loads(line.recv(30))["on"] == "refused"
        assert done(line, "pick", index=1)["on"] == "done"
    assert caplog.records == []
