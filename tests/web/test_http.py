"""The page's HTTP: what is answered, what is refused in a sentence, and that the server lives on after it."""

import asyncio
import base64
import contextlib
import io
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

import chainrule as cr
from chainrule.page.gallery import gallery
from chainrule.web.app import application
from chainrule.web.guard import HEADERS, MOST_BYTES, Guard, is_address

from .conftest import Running, served

BLANK = [0] * 784


@pytest.fixture
def digit(site):
    return cr.datasets.mnist()[2].images[0]


def test_the_page_and_its_headers(server):
    status, headers, body = server.ask("GET", "/")
    assert status == 200
    assert body.startswith(b"<!doctype html>")
    for name, value in HEADERS.items():
        assert name == b"content-security-policy" or headers[name.decode()] == value.decode()
    policy = headers["content-security-policy"]
    assert policy.startswith(
        "default-src 'none'; script-src 'sha256-"
    )  # scripts that are not the page's own run nowhere
    assert "'unsafe-inline'" not in policy.partition("style-src")[0]


def test_predict_is_the_networks_own_answer(server, site, digit):
    status, _, found = server.ask("POST", "/api/predict", {"pixels": digit.ravel().tolist(), "framed": True})
    net = site.shown("book").net
    assert status == 200
    assert found["digit"] == net.predict(digit)
    assert found["activations"] == pytest.approx(net(digit).tolist(), rel=1e-6)


def test_predict_frames_what_is_not_framed(server, digit):
    small = np.zeros((28, 28), int)
    small[2:12, 2:12] = np.asarray(Image.fromarray(digit[4:24, 4:24]).resize((10, 10)))
    _, _, framed = server.ask("POST", "/api/predict", {"pixels": small.ravel().tolist(), "framed": False})
    assert framed["digit"] == 7
    for blank in ({"pixels": BLANK, "framed": False}, {"pixels": BLANK}, {"pixels": [0.4] * 784, "framed": True}):
        status, _, refused = server.ask("POST", "/api/predict", blank)
        assert (status, refused) == (422, {"detail": "The drawing is blank; draw a digit."})


def test_explain_is_the_networks_own_explanation(server, site, digit):
    request = {"pixels": digit.ravel().tolist(), "label": 7}
    status, _, found = server.ask("POST", "/api/explain", request)
    assert status == 200
    assert found == json.loads(json.dumps(site.shown("book").net.explain(digit, 7).plain()))
    _, _, one = server.ask("POST", "/api/explain", request | {"step": 3})
    assert [each["step"] for each in one["steps"]] == [3]
    _, _, unknown = server.ask("POST", "/api/explain", {"pixels": digit.ravel().tolist()})
    assert [each["step"] for each in unknown["steps"]] == [1, 2]


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        (b"{", 422, "The body is not JSON; send one object."),
        (b'{"pixels": [NaN]}', 422, "The body has NaN, which is not a number in JSON."),
        (
            {"pixels": BLANK[1:]},
            422,
            "pixels is [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, …; it must be 784 numbers from 0 to 255.",
        ),
        ({"pixels": BLANK, "frame": 1}, 422, "There is no field frame; the fields are pixels, framed."),
        ({}, 422, "The field pixels is missing."),
    ],
    ids=["not JSON", "NaN", "783 numbers", "unknown key", "no pixels"],
)
def test_wrong_bodies_are_refused_in_a_sentence(server, body, status, detail):
    assert server.ask("POST", "/api/predict", body)[::2] == (status, {"detail": detail})


def test_a_refusal_speaks_chinese_where_that_is_asked_for(server):
    _, _, found = server.ask("POST", "/api/predict", {}, accept_language="zh-CN,zh;q=0.9")
    assert found == {"detail": "缺少字段 pixels。"}


def test_the_reason_within_a_refusal_is_in_its_language_too(server):
    page = base64.b64encode(b"<!DOCTYPE html>").decode()
    refused = server.ask("POST", "/api/frame", {"image": page})[::2]
    assert refused == (
        422,
        {
            "detail": "The image cannot be read: the image is an HTML page, "
            "where a PNG, JPEG, GIF, WebP, BMP or TIFF image is expected."
        },
    )
    refused = server.ask("POST", "/api/frame", {"image": page}, accept_language="zh-CN")[::2]
    assert refused == (
        422,
        {"detail": "无法读取这张图片：这张图片是 HTML 网页，应为 PNG、JPEG、GIF、WebP、BMP 或 TIFF 图片。"},
    )


def test_shapes_that_do_not_fit_are_told_in_the_language_that_is_asked_for(server):
    asked = {"expression": "sum(w @ x)", "at": "w=3x4,x=3x5"}
    found = server.ask("POST", "/api/derive", asked)[2]
    detail = found["detail"]
    assert found["place"] == [4, 9]
    assert detail == (
        "That cannot be differentiated: w @ x: the inner dimensions differ (w 3×4, x 3×5). w.T @ x would fit: 4×3 · 3×5."
    )
    detail = server.ask("POST", "/api/derive", asked, accept_language="zh-CN")[2]["detail"]
    assert detail == "无法求导：w @ x：内侧的维度不同（w 3×4、x 3×5）。w.T @ x 就能相配：4×3 · 3×5。"
    nothing = server.ask("POST", "/api/derive", {"expression": "x > 0"}, accept_language="zh-CN")[2]["detail"]
    assert (
        nothing == "无法求导：derive 需要结果是一个数的函数，而 f 的结果是类型为 bool 的数，它没有斜率；请返回浮点数。"
    )


def test_other_kinds_of_bodies_and_addresses(server):
    connection = server.ask("POST", "/api/predict", b"a=1", content_type="application/x-www-form-urlencoded")
    assert connection[::2] == (415, {"detail": "Send JSON, with the content type application/json."})
    assert server.ask("GET", "/api/predict")[::2] == (405, {"detail": "This address takes POST only."})
    for path in (
        "/nothing",
        "/page/../app.py",
        "/page/%2e%2e/app.py",
        "/page/..%2fapp.py",
        "/page/",
        "//etc/passwd",
        "/api",
    ):
        assert server.ask("GET", path)[::2] == (404, {"detail": "There is nothing at this address."})


def test_a_fault_is_answered_in_a_sentence_and_logged_once(server, site, digit, monkeypatch, caplog):
    def broken():
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(site, "reader", broken)
    status, headers, found = server.ask("POST", "/api/predict", {"pixels": digit.ravel().tolist(), "framed": True})
    assert (status, found) == (500, {"detail": "That failed on the server, which is still running."})
    assert headers["x-content-type-options"] == "nosniff"
    assert [each.exc_info[0] for each in caplog.records if each.name == "chainrule.web"] == [ZeroDivisionError]
    monkeypatch.undo()
    assert server.ask("GET", "/")[0] == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "localhost@evil.example:80", "127.0.0.1:80.evil.example"]
)
def test_a_name_that_points_here_is_not_answered(server, host):
    answer = server.raw(f"GET / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 421")
    assert b"This server does not answer to that host" in answer


def test_of_two_hosts_neither_is_believed():
    """The parser in front refuses them; another one, or a proxy, may not."""
    sent, headers = [], [(b"host", b"127.0.0.1"), (b"host", b"evil.example")]

    async def page(scope, receive, send):
        pytest.fail("it is passed on")

    async def send(message):
        sent.append(message)

    asyncio.run(Guard(page, ["127.0.0.1"])({"type": "http", "headers": headers, "query_string": b""}, None, send))
    assert sent[0]["status"] == 421


def test_a_page_of_another_site_is_not_answered(server):
    status, _, found = server.ask("POST", "/api/predict", {"pixels": BLANK}, origin="https://evil.example")
    assert (status, found) == (403, {"detail": "Requests from pages of other sites are refused."})
    assert server.ask("GET", "/", origin=f"http://127.0.0.1:{server.port}")[0] == 200
    assert server.ask("GET", "/", origin="null")[0] == 403


def test_names_are_told_from_addresses_where_all_addresses_are_served():
    guard = Guard(None, None)
    assert [guard._serves(host) for host in ("192.168.0.7:8000", "[::1]:80", "localhost:80", "a.example")] == [
        True, True, True, False,
    ]  # fmt: skip
    assert not is_address("1.2.3.4.5")


def test_large_bodies_are_refused_before_they_are_read(server):
    head = f"POST /api/predict HTTP/1.1\r\nhost: 127.0.0.1:{server.port}\r\ncontent-type: application/json\r\n"
    answer = server.raw(f"{head}content-length: {MOST_BYTES + 1}\r\nconnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"The body is larger than 12 MB." in answer


def test_damaged_requests_are_refused_and_the_server_lives_on(server):
    where = f"host: 127.0.0.1:{server.port}\r\n"
    for data in (
        b"\x00\x01\x02\r\n\r\n",
        f"POST /api/predict HTTP/1.1\r\n{where}content-length: 1\r\ncontent-length: 2\r\n\r\nab".encode(),
        f"POST /api/predict HTTP/1.1\r\n{where}content-length: x\r\n\r\n".encode(),
        f"GET / HTTP/1.1\r\n{where}connection: close\r\na: {'b' * 40_000}\r\n\r\n".encode(),
        b"GET / HTTP/9.9\r\nconnection: close\r\n\r\n",
    ):
        assert server.raw(data).startswith(b"HTTP/1.1 4")
    assert server.ask("GET", "/")[0] == 200


def test_headers_that_never_end_are_not_waited_for(server, monkeypatch):
    monkeypatch.setattr("chainrule.web.server.PATIENCE", 0.3)
    started = time.monotonic()
    slow = b"GET / HTTP/1.1\r\nhost: 127"
    sentence = b'{"detail": "The request did not arrive completely within 0.3 seconds."}'
    answer = server.raw(slow, wait=20)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert answer.endswith(sentence)
    first = f"GET /openapi.json HTTP/1.1\r\nhost: 127.0.0.1:{server.port}\r\n\r\n".encode()
    answer = server.raw(first + slow, wait=20)  # the second request of a connection is waited for no longer
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(sentence)
    assert server.raw(b"", wait=20) == b""
    assert time.monotonic() - started < 15
    assert server.ask("GET", "/")[0] == 200


def test_many_slow_connections_do_not_block_others(server):
    """250 of them once did for a minute."""
    with contextlib.ExitStack() as slow:
        for _ in range(300):
            line = slow.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            line.sendall(b"GET / HTTP/1.1\r\nhost: 127")
        started = time.monotonic()
        assert server.ask("GET", "/openapi.json")[0] == 200
        assert time.monotonic() - started < 5


def test_where_no_place_is_left_the_oldest_that_asks_for_nothing_makes_room(site, monkeypatch):
    monkeypatch.setattr("chainrule.web.server._MOST_CONNECTIONS", 20)
    server = Running(served(application(site, ["127.0.0.1"])))
    with contextlib.ExitStack() as slow:
        lines = [slow.enter_context(socket.create_connection(("127.0.0.1", server.port))) for _ in range(30)]
        assert server.ask("GET", "/openapi.json")[0] == 200
        lines[0].settimeout(5)
        with contextlib.suppress(ConnectionResetError):
            assert lines[0].recv(10) == b""


def test_a_body_that_never_ends_is_not_waited_for(server, monkeypatch):
    monkeypatch.setattr("chainrule.web.app.BODY_PATIENCE", 0.3)
    head = f"POST /api/predict HTTP/1.1\r\nhost: 127.0.0.1:{server.port}\r\ncontent-type: application/json\r\n"
    answer = server.raw(f"{head}content-length: 9\r\n\r\n{{".encode(), wait=20)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert answer.endswith(b'{"detail":"The request did not arrive completely within 0.3 seconds."}')


def test_who_leaves_in_the_middle_of_a_body_is_no_failure(server, caplog):
    head = f"POST /api/predict HTTP/1.1\r\nhost: 127.0.0.1:{server.port}\r\ncontent-type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(f"{head}content-length: 9\r\n\r\n{{".encode())
        time.sleep(0.2)
    time.sleep(0.3)
    assert server.ask("GET", "/")[0] == 200
    assert caplog.records == []


def test_a_picture_is_framed_or_refused(server, digit):
    picture = io.BytesIO()
    Image.fromarray(255 - digit).save(picture, "PNG")
    status, _, found = server.ask("POST", "/api/frame", {"image": base64.b64encode(picture.getvalue()).decode()})
    assert status == 200
    assert np.array_equal(np.frombuffer(base64.b64decode(found["pixels"]), np.uint8).reshape(28, 28), digit)
    for data in (b"GIF89a", picture.getvalue()[:100], picture.getvalue()[:12], b""):
        status, _, found = server.ask("POST", "/api/frame", {"image": base64.b64encode(data).decode()})
        assert status == 422
        assert found["detail"].startswith("The image cannot be read: ")
        assert "object at" not in found["detail"]


def test_few_pictures_are_decoded_at_once(server, monkeypatch):
    now, most, lock = [0], [0], threading.Lock()

    def slow(data):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.1)
        with lock:
            now[0] -= 1
        return np.ones((28, 28), np.uint8)

    monkeypatch.setattr("chainrule.web.answers.digit_in", slow)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(server.ask, "POST", "/api/frame", {"image": "AAAA"}) for _ in range(8)]
    assert [each.result()[0] for each in asked] == [200] * 8
    assert most[0] == 2


def test_a_derivative_is_an_entry_of_the_derive_view(server):
    status, _, found = server.ask("POST", "/api/derive", {"expression": "x² sin x", "at": "x = 2"})
    assert status == 200
    assert found["read"] == "x ** 2 * sin(x)"
    assert "def f_gradient(x):" in found["python"]
    assert found.keys() - {"read"} == gallery()[0].keys() - {"name"}
    wide = {"expression": "0.5 * sum((w @ x)**2)", "at": "w=2x3, x=3x1"}
    _, _, found = server.ask("POST", "/api/derive", wide)
    assert [each["shape"] for each in found["variables"]] == [[2, 3], [3, 1]]
    assert any(row[0] == "∂f/∂w" and row[1] == "2×3" for row in found["dimensions"])


def test_a_derivative_is_called_by_what_was_typed(server):
    _, _, found = server.ask("POST", "/api/derive", {"expression": "y = 2x²"})
    assert "<mi>y</mi>" in found["result"]
    assert "dy_dx = " in found["python"]
    assert "∂" not in found["backward"][-1]
    assert ">d</mo>" in found["backward"][-1]
    _, _, found = server.ask("POST", "/api/derive", {"expression": "f(x, y) = x²y"})
    assert [each["moves"] for each in found["variables"]] == [True, True]
    assert "df_dx" in found["python"] and "df_dy" in found["python"]
    assert "<mi>C</mi>" not in "".join(found["backward"])


def test_a_derivative_that_is_another_symbol_has_its_line_too(server):
    _, _, found = server.ask("POST", "/api/derive", {"expression": "sum(x * y)", "at": "x=(3,), y=(3,)"})
    assert found["dimensions"] == [["∂f/∂x", "(3,)", "y", "(3,)"], ["∂f/∂y", "(3,)", "x", "(3,)"]]
    assert "".join(found["backward"]).count("<mfrac>") == 2


@pytest.mark.parametrize(
    ("expression", "at", "detail", "wrong"),
    [
        (
            "w @ x",
            "w=2x3, x=3x1",
            "The result is 2×1, and a derivative is taken of one number; put sum(…) around it.",
            "",
        ),
        ("1 + open('x')", "", "'x') is not among what can be typed here.", "'x')"),
        (
            "1 + sum(w @ x)",
            "w=2x3, x=(4,)",
            "That cannot be differentiated: w @ x: the inner dimensions differ",
            "w @ x",
        ),
        ("x", "x=3y", "x=3y is neither a value nor a shape; write x = 1.5, x = [1, 2, 3] or w = 30×784.", ""),
        ("x * w", "y=3", "y is not a variable of the expression; the variables are x, w.", ""),
        ("2 log(x", "", "That cannot be read as an expression; write something like x² sin(x) or x**2 * sin(x).", "x"),
    ],
)
def test_a_derivative_that_cannot_be(server, expression, at, detail, wrong):
    status, _, found = server.ask("POST", "/api/derive", {"expression": expression, "at": at})
    assert status == 422
    assert found["detail"].startswith(detail)
    assert expression[slice(*found.get("place", (0, 0)))] == wrong


def test_the_interface_is_documented_by_the_tables_that_check_it(server):
    status, _, found = server.ask("GET", "/openapi.json")
    assert status == 200
    assert found["openapi"] == "3.1.0"
    body = found["paths"]["/api/predict"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["required"] == ["pixels"]
    assert body["properties"]["pixels"]["minItems"] == 784
    assert json.dumps(found)


def test_test_digits(server, digit):
    _, _, found = server.ask("GET", "/api/test?index=0")
    assert (base64.b64decode(found["pixels"]), found["label"]) == (digit.tobytes(), 7)
    assert server.ask("GET", "/api/test?index=10000")[0] == 422
    assert server.ask("GET", "/api/test?index=x")[0] == 422
