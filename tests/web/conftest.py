"""A real server on a free port of this machine, with a small network that learns in no time."""

import contextlib
import http.client
import json
import socket
import sys
import threading

import pytest

import chainrule as cr
from chainrule.cli.opening import opened
from chainrule.web.app import application
from chainrule.web.server import serve
from chainrule.web.site import Saved, Shown, Site


class Running:
    """The server under test, and what one asks it."""

    def __init__(self, port):
        self.port = port

    def ask(self, method, path, body=None, **headers):
        """Status, headers and body of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        raw = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        given = {"content-type": "application/json"} if raw is not None else {}
        connection.request(method, path, raw, given | {k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        is_json = answer.headers.get("content-type", "").startswith("application/json")
        return answer.status, answer.headers, json.loads(content) if is_json else content

    def raw(self, data, wait=30):
        """What comes back when these bytes are sent as they are."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait) as line:
            line.sendall(data)
            found = b""
            while part := line.recv(65536):
                found += part
        return found

    @contextlib.contextmanager
    def run(self, **asked):
        """A run of training: its lines, which are read as they come."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        body = json.dumps({"eta": 3.0, "epochs": 2, "seed": 1, **asked})
        connection.request("POST", "/api/train", body, {"content-type": "application/json"})
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        try:
            yield (json.loads(line) for line in answer)
        finally:
            answer.close()
            connection.close()


PROCESS = [sys.executable, "-m", "chainrule.cli.native"]


def digits(net, few=None):
    """A network with MNIST's digits, or the first of each part."""
    parts = [each if few is None else (each.images[:few], each.labels[:few]) for each in cr.datasets.mnist()]
    return Shown.of(net, *parts, bundled=True)


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Two small networks, the first trained a little."""
    folder = tmp_path_factory.mktemp("networks")
    train, _, _ = cr.datasets.mnist()
    net = cr.Network([784, 12, 10], seed=0)
    net.fit(train.images[:5000], train.labels[:5000], epochs=2, executor="numpy")
    for name, each in {"book": net, "plain": cr.Network([784, 10], seed=0)}.items():
        each.save(folder / f"{name}.safetensors")
    return Site({each: Saved(str(folder / f"{each}.safetensors")) for each in ("book", "plain")}, opened, PROCESS)


def served(app):
    """The port of a server of this application, in a thread that ends with the tests."""
    ready, found = threading.Event(), []

    def told(port):
        found.append(port)
        ready.set()

    threading.Thread(target=serve, args=(app, "127.0.0.1", 0, told), daemon=True).start()
    assert ready.wait(30)
    return found[0]


@pytest.fixture(scope="session")
def server(site):
    """A server of that site."""
    return Running(served(application(site, ["127.0.0.1", "localhost"])))
