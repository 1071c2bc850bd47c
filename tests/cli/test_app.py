"""`chainrule app`: where the page is, said in the reader's language, and opened in it."""

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
    assert done.out.splitlines() == [
        "网页      http://localhost:8123/?lang=zh   按 Ctrl-C 结束",
        "          能通过网络连到这台机器的人都可以打开它。",
    ]
    assert opened == ["http://localhost:8123/?lang=zh"]
