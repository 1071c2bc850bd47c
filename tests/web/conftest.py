"""A real server on a free port of this machine, with a small network that learns in no time."""

import contextlib
import http.client
import json
import socket
import threading

import pytest
from websockets.sync.client import connect

import chainrule as cr
from chainrule.web.app import application
from chainrule.web.server import serve
from chainrule.web.site import Site


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
    def page(self, **hello):
        """A WebSocket that has said hello, and the answer to it."""
        with connect(f"ws://127.0.0.1:{self.port}/ws", max_size=None, open_timeout=30) as line:
            line.send(json.dumps({"do": "hello", **hello}))
            yield line, json.loads(line.recv(30))


def done(line, do, **values):
    """Ask for something, and take its answer; reports that come in between are passed over."""
    line.send(json.dumps({"do": do, "id": 7, **values}))
    return awaited(line, lambda message: message.get("id") == 7)


def awaited(line, wanted, wait=60):
    """The first message that is wanted."""
    while True:
        message = json.loads(line.recv(wait))
        if wanted(message):
            return message


@pytest.fixture(scope="session")
def site():
    """Two small networks, the first trained a little."""
    train, _, _ = cr.datasets.mnist()
    net = cr.Network([784, 12, 10], seed=0)
    net.fit(train.images[:5000], train.labels[:5000], epochs=2, executor="numpy")
    return Site({"book": net, "plain": cr.Network([784, 10], seed=0)}, "book")


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
