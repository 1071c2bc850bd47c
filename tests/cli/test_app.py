"""`chainrule app`: where the page is, said in the reader's language, and opened in it."""

import re
import socket

import pytest

from chainrule.cli.app import own_address
from chainrule.web import server


@pytest.fixture
def opened(monkeypatch):
    """What the browser is opened at; nothing is served."""
    addresses = []
    monkeypatch.setattr("chainrule.cli.app.webbrowser.open", addresses.append)
    monkeypatch.setattr(server, "serve", lambda app, host, port, ready: ready(port))
    return addresses


def test_the_page_is_opened_where_it_is_said_to_be(run, opened):
    done = run("app")
    assert (done.code, done.out) == (0, "page      http://localhost:8000/   Ctrl-C ends it\n")
    assert opened == ["http://localhost:8000/"]


def test_in_chinese(run, opened, monkeypatch):
    monkeypatch.setattr("chainrule.cli.app.own_address", lambda host: "192.168.1.5")
    done = run("app", "--lang", "zh", "--host", "0.0.0.0", "--port", "8123")
    page, others, code = done.out.splitlines()
    assert page == "网页      http://localhost:8123/#inside?lang=zh   按 Ctrl-C 结束"
    assert others == "别的机器  http://192.168.1.5:8123/   供同一网络里的机器打开"
    assert re.fullmatch("口令      ([a-z2-9]{6})   从别的机器打开网页的人要输入一次", code)
    assert opened == ["http://localhost:8123/#inside?lang=zh"]


@pytest.mark.parametrize(
    ("host", "address", "told"),
    [
        ("0.0.0.0", "192.168.1.5", "others    http://192.168.1.5:8000/   for machines in the same network"),
        ("::", "fd00::5", "others    http://[fd00::5]:8000/   for machines in the same network"),
        ("0.0.0.0", "", "This machine has no address in a network, so no other can open the page."),
    ],
)
def test_the_address_that_others_type_is_told(run, opened, monkeypatch, host, address, told):
    monkeypatch.setattr("chainrule.cli.app.own_address", lambda host: address)
    lines = run("app", "--host", host).out.splitlines()
    assert lines[0].startswith("page      http://localhost:8000/ ") and lines[1] == told
    assert lines[2].startswith("code      ") and len(lines) == 3
    assert opened == ["http://localhost:8000/"]


def test_an_address_that_is_named_is_the_one_that_is_told(run, opened):
    page, code = run("app", "--host", "192.168.1.5").out.splitlines()
    assert page.startswith("page      http://192.168.1.5:8000/ ") and code.startswith("code ")


def test_the_own_address_is_found_without_sending_anything(monkeypatch):
    sent = []

    class Line(socket.socket):
        def send(self, *data):
            sent.append(data)

        sendto = sendall = send

    monkeypatch.setattr("socket.socket", Line)
    monkeypatch.setattr("socket.getaddrinfo", lambda *name: sent.append(name))  # which may ask a server of names
    address = own_address("0.0.0.0")
    assert not sent
    if address:  # else this machine is in no network
        with socket.create_server((address, 0)):
            pass


def test_without_a_network_there_is_no_address(monkeypatch):
    def unreachable(self, address):
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr("chainrule.cli.app.socket.socket.connect", unreachable, raising=False)
    assert own_address("0.0.0.0") == own_address("::") == ""


def test_a_host_that_is_no_address_of_this_machine_is_refused_in_the_users_language(run, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    done = run("app", "--host", "nowhere.invalid", "--no-browser", "--lang", "zh")
    assert done.code == 1
    assert "nowhere.invalid 不是本机的地址" in done.err
    assert "nowhere.invalid:" not in done.err
