"""`chainrule app`: where the page is, said in the reader's language, and opened in it."""

import re

import pytest

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


def test_in_chinese(run, opened):
    done = run("app", "--lang", "zh", "--host", "0.0.0.0", "--port", "8123")
    page, code = done.out.splitlines()
    assert page == "网页      http://localhost:8123/#inside?lang=zh   按 Ctrl-C 结束"
    found = re.fullmatch("口令      ([a-z2-9]{6})   从别的机器打开网页的人要输入一次", code)
    assert found
    assert opened == [f"http://localhost:8123/?code={found[1]}#inside?lang=zh"]  # which this browser then keeps
