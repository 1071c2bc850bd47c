"""The code of a server that other machines can reach: who has it is let in, once, and who guesses must wait."""

import http.cookies
import re

import pytest

from chainrule.web.app import application
from chainrule.web.entrance import Entrance

from .conftest import Running, served

FORM = {"content_type": "application/x-www-form-urlencoded", "accept": "text/html"}


@pytest.fixture
def entrance():
    return Entrance()


def from_another(app):
    """The application as another machine sees it."""

    async def asked(scope, receive, send):
        await app({**scope, "client": ("192.0.2.7", 50000)} if scope["type"] == "http" else scope, receive, send)

    return asked


@pytest.fixture
def closed(site, entrance):
    return Running(served(from_another(application(site, None, entrance))))


def test_this_machine_needs_no_code(site, entrance):
    here = Running(served(application(site, None, entrance)))
    assert here.ask("GET", "/openapi.json")[0] == 200
    assert here.ask("GET", "/", host="evil.example:80")[0] == 421  # a name that another site points here
    assert here.ask("GET", "/openapi.json", origin="http://evil.example")[0] == 403
    behind = here.ask("GET", "/openapi.json", x_forwarded_for="192.0.2.7")  # through a server of this machine
    assert behind[0] == 401


def cookie(headers):
    found = http.cookies.SimpleCookie(headers["set-cookie"])
    ((name, morsel),) = found.items()
    assert morsel["httponly"]
    assert morsel["samesite"] == "lax"
    return f"{name}={morsel.value}"


def test_without_the_code_nothing_is_answered(closed, entrance):
    for path in ("/", "/openapi.json", "/api/test?index=1", "/api/examples?part=test"):
        status, _, found = closed.ask("GET", path)
        assert (status, found) == (
            401,
            {"detail": "This page asks for a code, which the terminal that serves it shows."},
        )
        assert entrance.code not in str(found)
    status, headers, page = closed.ask("GET", "/", accept="text/html", accept_language="zh-CN")
    assert status == 401
    assert '<html lang="zh-Hans">' in page.decode()
    assert "口令" in page.decode()
    assert "form-action 'self'" in headers["content-security-policy"]


def test_the_code_is_entered_once(closed, entrance):
    assert re.fullmatch("[a-z2-9]{6}", entrance.code)
    shouted = f"%20{entrance.code[:3].upper()}-{entrance.code[3:]}"
    status, headers, _ = closed.ask("POST", "/?network=plain", f"code={shouted}".encode(), **FORM)
    assert (status, headers["location"]) == (303, "/?network=plain")
    known = cookie(headers)
    assert entrance.code not in known
    assert closed.ask("GET", "/openapi.json", cookie=f"other=1; {known}")[0] == 200
    assert closed.ask("GET", "/openapi.json", cookie=f"{known}x")[0] == 401
    assert closed.ask("GET", "/openapi.json", cookie="=;;,\x7f")[0] == 401


def test_a_link_has_the_code_and_what_else_it_asks_for(closed, entrance):
    status, headers, _ = closed.ask("GET", f"/?network=plain&code={entrance.code}", accept="text/html")
    assert (status, headers["location"]) == (303, "/?network=plain")
    assert closed.ask("GET", "/api/test?index=1", cookie=cookie(headers))[0] == 200


def test_wrong_codes_are_told_and_few(closed, entrance):
    for _ in range(10):
        status, headers, page = closed.ask("POST", "/", b"code=aaaaaa", **FORM)
        assert (status, headers["set-cookie"]) == (401, None)
        assert "That is not the code." in page.decode()
    for given in (b"code=aaaaaa", f"code={entrance.code}".encode()):  # the right one, too, must wait
        status, headers, page = closed.ask("POST", "/", given, **FORM)
        assert (status, headers["set-cookie"]) == (429, None)
        assert "Too many wrong codes came from this machine; try again in a minute." in page.decode()


def test_what_is_entered_is_bounded_and_so_is_what_is_remembered(closed, monkeypatch):
    assert closed.ask("POST", "/", b"code=" + b"a" * 100_000, **FORM)[0] == 401
    assert closed.ask("POST", "/", b"\xff\xfe=&&&", **FORM)[0] == 401
    monkeypatch.setattr("chainrule.web.entrance._MOST_MACHINES", 3)
    entrance = Entrance("abcdef")
    for machine in range(10):
        assert entrance._wrong_of("x", str(machine))
    assert list(entrance._wrong) == ["7", "8", "9"]
    assert entrance._wrong_of("ABC def", "7") == ""


def test_a_server_for_this_machine_alone_asks_for_none(server):
    assert server.ask("GET", "/openapi.json")[0] == 200
