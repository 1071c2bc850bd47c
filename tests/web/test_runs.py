"""Runs for visitors: what they tell, that they begin and go on as is asked, wait their turn, and end with who asked for them."""

import asyncio
import base64
import sys
import threading

import numpy as np
import pytest

import chainrule as cr
from chainrule.cli.opening import opened
from chainrule.web import runs
from chainrule.web.app import application
from chainrule.web.fields import RefusedError
from chainrule.web.runs import Runs
from chainrule.web.site import Saved, Site, network_of
from chainrule.web.training import train

from .conftest import PROCESS, Running, digits, served
from .test_site import weights_of

NEW = {"activations": (), "layers": (), "cost": "quadratic", "weights": b"", "seed": 1}


def array(text):
    return np.frombuffer(base64.b64decode(text), np.float32)


def test_a_run_is_that_of_fit(server, site):
    shown, told = site.shown("book"), []
    with server.run(network="book", eta=2.5, epochs=2, seed=7) as lines:
        for line in lines:
            told.append(line)
            if "findings" in line and any("done" in each for each in told):
                break
    epochs = [each for each in told if "epoch" in each]
    net = shown.net.again(7)
    assert np.array_equal(array(epochs[0]["weights"]), np.concatenate([each.ravel() for each in net.parameters]))
    history = net.fit(*shown.learned, epochs=2, learning_rate=2.5, validation=shown.validated)
    for line, epoch in zip(epochs[1:], history.epochs, strict=True):
        assert line["epoch"] == epoch.number
        assert line["accuracy"] == epoch.train.accuracy
        assert line["validation"] == epoch.validation.accuracy
        assert line["cost"] == pytest.approx(epoch.train.cost, rel=1e-6)
    assert np.array_equal(array(epochs[-1]["weights"]), np.concatenate([each.ravel() for each in net.parameters]))


def lines_of(shown, **asked):
    """What a run tells, in this process."""
    told = []
    train(shown, {**NEW, "eta": 3.0, "epochs": 1, "batch": 10, **asked}, "en", told.append)
    return told


@pytest.fixture
def few():
    return digits(cr.Network([784, 5, 10], seed=0), 300)


def test_a_run_goes_on_from_the_weights_that_are_sent(few):
    mine = cr.Network([784, 5, 10], seed=9)
    told = lines_of(few, weights=base64.b64decode(weights_of(mine)), eta=1e-6)
    assert np.array_equal(array(told[0]["weights"]), np.concatenate([each.ravel() for each in mine.parameters]))
    np.testing.assert_allclose(array(told[1]["weights"]), array(told[0]["weights"]), atol=1e-3)


def test_a_run_has_the_layers_that_are_asked_for(few):
    told = lines_of(few, activations=("relu", "tanh", "softmax"), layers=(7, 6), cost="log-likelihood", eta=0.1)
    assert array(told[1]["weights"]).size == 784 * 7 + 7 + 7 * 6 + 6 + 6 * 10 + 10
    assert told[1]["cost"] < np.log(10) * 1.2
    assert few.net.sizes == [784, 5, 10]


def test_of_many_epochs_thirty_have_their_weights(few):
    told = [each for each in lines_of(few, epochs=61, batch=100) if "epoch" in each]
    assert [each["epoch"] for each in told] == list(range(62))
    kept = [each["epoch"] for each in told if each["weights"]]
    assert kept == [0, *range(3, 61, 3), 61]


def test_a_run_that_diverges_says_so_with_a_smaller_rate(few):
    large = np.full(784 * 5 + 5 + 5 * 10 + 10, 1e30, np.float32)
    told = lines_of(
        few, activations=("relu", "softmax"), layers=(5,), cost="log-likelihood", eta=3.0, weights=large.tobytes()
    )
    assert [set(line) for line in told[1:]] == [{"findings"}, {"error"}]
    (finding,) = told[1]["findings"]
    assert finding["name"] == "diverged"
    assert finding["settings"]["learning_rate"] < 3.0
    assert told[2]["error"].startswith("The cost became infinite or NaN at step 1 of epoch 1, with learning rate 3;")


def test_what_is_wrong_with_a_run_is_said_in_words_with_what_repairs_it(few):
    told = lines_of(few, activations=("sigmoid", "sigmoid"), layers=(5,), cost="cross-entropy", eta=1e-5, epochs=3)
    finding = told[-1]["findings"][0]
    assert set(finding["words"]) == {"en", "zh"}
    assert finding["settings"]["learning_rate"] > 1e-5
    assert finding["remedy"]["en"].startswith("To repair it, ")


def test_a_saved_network_stays_as_it_is(few):
    before = [each.copy() for each in few.net.parameters]
    lines_of(few)
    assert all(np.array_equal(one, other) for one, other in zip(before, few.net.parameters, strict=True))
    made = network_of(few.net, {**NEW, "weights": base64.b64decode(weights_of(few.net))})
    made.parameters[0] += 1
    assert all(np.array_equal(one, other) for one, other in zip(before, few.net.parameters, strict=True))


SLEEPER = [
    sys.executable,
    "-c",
    "import sys; sys.stdin.readline(); print('{\"begun\": 1}', flush=True); sys.stdin.read()",
]


def test_those_that_wait_are_told_their_place_and_move_up(monkeypatch):
    monkeypatch.setattr(runs, "AT_ONCE", 1)
    monkeypatch.setattr(runs, "MOST_WAITING", 2)

    async def scene():
        room = Runs(SLEEPER)
        first, second, third = (room.lines({}, "en") for _ in range(3))
        assert await anext(first) == b'{"begun": 1}\n'
        assert await anext(second) == b'{"waiting": 1}\n'
        assert await anext(third) == b'{"waiting": 2}\n'
        with pytest.raises(RefusedError, match="Too many runs"):
            room.lines({}, "en")
        await first.aclose()
        assert await anext(second) == b'{"begun": 1}\n'
        assert await anext(third) == b'{"waiting": 1}\n'
        await third.aclose()  # one that leaves while it waits takes no place
        await second.aclose()
        assert room.count == 0

    asyncio.run(asyncio.wait_for(scene(), 60))


def test_a_run_that_takes_too_long_is_ended_with_a_sentence(monkeypatch):
    monkeypatch.setattr(runs, "SECONDS", 0.6)

    async def scene():
        return [line async for line in Runs(SLEEPER).lines({}, "zh")]

    last = asyncio.run(asyncio.wait_for(scene(), 60))[-1].decode()
    assert last == '{"error": "这里的一次训练最多 0.01 分钟；这一次已被结束。"}\n'


def test_who_closes_the_connection_ends_the_run(site):
    began, ended = threading.Event(), threading.Event()

    class Watched(Runs):
        async def _written(self, request):
            began.set()
            try:
                async for line in super()._written(request):
                    yield line
            finally:
                ended.set()

    app_runs = runs.Runs
    try:
        import chainrule.web.app as app_module

        app_module.Runs = Watched
        server = Running(served(application(site, ["127.0.0.1"])))
    finally:
        app_module.Runs = app_runs
    with server.run(epochs=300) as lines:
        assert next(lines)["epoch"] == 0
        assert began.is_set()
        assert not ended.is_set()
    assert ended.wait(20)


def test_runs_do_not_keep_memory_of_the_server(site):
    """A server that had twenty runs in it took ten times its memory, and kept it."""
    import resource

    server = Running(served(application(site, ["127.0.0.1"])))
    server.ask("GET", "/")

    def run():
        with server.run(epochs=1, layers=[300], activations=["sigmoid", "sigmoid"], cost="quadratic") as lines:
            assert next(lines)["epoch"] == 0

    run()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(4):
        run()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000  # kB


def test_layers_of_ones_own_train_in_the_process_that_has_their_file(tmp_path):
    (tmp_path / "own.py").write_text(
        "import numpy as np\nimport chainrule as cr\n\n"
        "def gated(a, w, v, b):\n    return (w @ a) * (1 / (1 + np.exp(-(v @ a)))) + b\n\n"
        "parts = (('w', (6, 'n_in'), 'weight'), ('v', (6, 'n_in'), 'weight'), ('b', (6, 1), 'bias'))\n"
        "gate = cr.Layer(gated, [cr.Parameter(*each) for each in parts], 'tanh')\n"
        "net = cr.Network([784, gate, 10], seed=0)\n"
    )
    space: dict = {}
    exec((tmp_path / "own.py").read_text(), space)
    space["net"].save(tmp_path / "gated.safetensors")
    saved = Saved(str(tmp_path / "gated.safetensors"), str(tmp_path / "own.py"))
    server = Running(served(application(Site({"gated": saved}, opened, PROCESS), ["127.0.0.1"])))
    assert server.ask("GET", "/")[0] == 200
    with server.run(epochs=1) as lines:
        told = [line for line in lines if "epoch" in line]
    assert told[1]["accuracy"] > 0.5
    refused = server.ask(
        "POST", "/api/train", {"eta": 1.0, "epochs": 1, "seed": 1, "layers": [4], "activations": ["tanh", "sigmoid"]}
    )
    assert refused[2]["detail"].startswith("The layers of this network stay as they are")
