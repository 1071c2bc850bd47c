"""The live channel: one WebSocket per page. It sends `{"do": …, "id": …}` and receives `{"on": "done", "id": …}`.

The first message is `hello`, with the earlier session after a reconnection; where all places are taken, the page is told
by `{"on": "full", "detail": …}`, and answered when one is free. Requests of a page are handled in order, off the loop. When
a page disconnects, its run pauses, and its session waits a minute for it to come back.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

import anyio.to_thread
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from ..show.language import SOURCE, Language, languages, say, translated
from . import fields
from .fields import RefusedError, parsed, record
from .guard import language_of
from .protocol import REQUESTS, do
from .session import Session
from .site import Site

_LOG = logging.getLogger("chainrule.web")
KEPT = 60.0  # seconds that a session waits for its page
_MOST_SESSIONS, _MOST_WAITING = 32, 64
_HELLO = {
    "do": fields.one_of("hello"), "session": fields.text(64, ""), "language": fields.one_of(*languages(), default=SOURCE),
    "id": fields.whole(0, 2**31, 0),
}  # fmt: skip
_WAITING = 64  # messages queued for a page that does not read them; further reports are dropped


class Live:
    """All open pages of a site, at most `_MOST_SESSIONS` at a time."""

    def __init__(self, site: Site):
        self.site = site
        self.sessions: dict[str, Session] = {}
        self._leaving: dict[str, asyncio.TimerHandle] = {}
        self._waiting: deque[asyncio.Event] = deque()  # pages without a place, in order of arrival

    async def serve(self, socket: WebSocket) -> None:
        """Serve one page until it disconnects."""
        await socket.accept()
        loop, waiting = asyncio.get_running_loop(), asyncio.Queue[str](_WAITING)

        def put(message: dict[str, Any]) -> None:
            if not waiting.full():
                waiting.put_nowait(encoded(message, session.language))

        try:
            session, hello = await self._welcome(socket)
        except RefusedError as refusal:
            await socket.close(1008, translated(refusal, language_of(socket.scope))[:100])
            return
        except (TimeoutError, WebSocketDisconnect):
            return
        session.tell = lambda message: _soon(loop, put, message)
        writer: asyncio.Task[None] | None = None
        try:
            await socket.send_text(hello)
            writer = asyncio.create_task(_write(socket, waiting))  # reports of a run are sent after hello
            while True:
                message = await _received(socket)
                await waiting.put(encoded(await self._answer(session, message), session.language))
        except WebSocketDisconnect:
            pass
        finally:
            if writer is not None:
                writer.cancel()
            session.tell = lambda message: None
            session.pause()
            self._leaving[session.token] = loop.call_later(KEPT, self._forget, session.token)
            self._call_next()

    async def _welcome(self, socket: WebSocket) -> tuple[Session, str]:
        """The session of a page that has said hello, an earlier one or a new one, and the reply."""
        async with asyncio.timeout(10):
            hello = record(parsed(await _received(socket)), _HELLO)
        language, ident = str(hello["language"]), hello["id"]
        known = self._known(str(hello["session"]))
        if known is not None:
            try:
                known.speak(language)
                return known, await self._hello(known, ident)
            except Exception:  # its state cannot be shown: it begins anew
                _LOG.exception("a session could not be resumed")
                self._free(known.token)
        while not self._has_room():
            await self._wait(socket, language)
        fresh = Session(self.site)
        self.sessions[fresh.token] = fresh
        try:
            fresh.speak(language)
            return fresh, await self._hello(fresh, ident)
        except BaseException:
            self._forget(fresh.token)
            raise

    async def _hello(self, session: Session, ident: object) -> str:
        hello = await anyio.to_thread.run_sync(do, session, "hello", {})
        return json.dumps({"on": "hello", "id": ident, **hello}, allow_nan=False, ensure_ascii=False)

    def _known(self, token: str) -> Session | None:
        """The earlier session of a page, if it is waiting; a second window of the same page begins anew."""
        leaving = self._leaving.pop(token, None)
        if leaving is None:
            return None
        leaving.cancel()
        return self.sessions[token]

    def _has_room(self) -> bool:
        """Whether there is a place for one more page. If needed, the session that has waited longest for its page is dropped."""
        if len(self.sessions) >= _MOST_SESSIONS and self._leaving:
            longest = next(iter(self._leaving))
            self._leaving[longest].cancel()
            self._free(longest)
        return len(self.sessions) < _MOST_SESSIONS

    async def _wait(self, socket: WebSocket, language: Language) -> None:
        """Tell a page that there is no place, and return when there may be one. Raises if it disconnects, or too many wait."""
        if len(self._waiting) >= _MOST_WAITING:
            raise RefusedError("Too many pages are waiting already; come back later.")
        full = say(
            language,
            "All {most} places are taken: this page waits, and goes on by itself when another one is closed.",
            most=_MOST_SESSIONS,
        )
        await socket.send_text(json.dumps({"on": "full", "detail": full}, ensure_ascii=False))
        called = asyncio.Event()
        self._waiting.append(called)
        place, left = asyncio.create_task(called.wait()), asyncio.create_task(_turned_away(socket, full))
        try:
            await asyncio.wait((place, left), return_when=asyncio.FIRST_COMPLETED)
            if left.done():
                left.result()
        except BaseException:
            if called.is_set():
                self._call_next()
            raise
        finally:
            place.cancel()
            left.cancel()
            if not called.is_set():
                self._waiting.remove(called)

    def _call_next(self) -> None:
        """Wake the page that has waited longest for a place."""
        if self._waiting:
            self._waiting.popleft().set()

    async def _answer(self, session: Session, message: str) -> dict[str, Any]:
        ident: object = None
        try:
            given = parsed(message)
            name = str(given.pop("do", "")) if isinstance(given, dict) else ""
            if not isinstance(given, dict) or name not in REQUESTS:
                raise RefusedError("A message says in `do` what is asked: {names}.", names=", ".join(REQUESTS))
            ident = given.pop("id", None)
            values = record(given, REQUESTS[name].fields)
            reply = await anyio.to_thread.run_sync(do, session, name, values)
        except RefusedError as refusal:
            return {"on": "refused", "id": _plain(ident), "detail": translated(refusal, session.language)}
        except Exception:  # a fault of this program ends one request, not the connection
            _LOG.exception("a message failed")
            return {
                "on": "refused",
                "id": _plain(ident),
                "detail": say(session.language, "That failed on the server, which is still running."),
            }
        return {"on": "done", "id": _plain(ident), "do": name, **reply}

    def warm(self, over: Callable[[], bool]) -> None:
        """Do in advance what the first page would wait for: read all test digits, derive and compile what is shown of one.

        Returns early once `over` returns true.
        """
        session = Session(self.site)
        shown = {"layer": 2, "neuron": 0, "rate": 1.0, "language": "en"}
        first: list[tuple[str, dict[str, object]]] = [("hello", {}), ("pick", {"index": int(self.site.samples[0])})]
        for name, values in (*first, *(("step", {"step": step, **shown}) for step in range(1, 7))):
            if over():
                return
            do(session, name, values)

    def _free(self, token: str) -> None:
        self._leaving.pop(token, None)
        session = self.sessions.pop(token, None)
        if session is not None:
            asyncio.get_running_loop().run_in_executor(None, session.end)

    def _forget(self, token: str) -> None:
        """Stop waiting for a page that has disconnected."""
        self._free(token)
        self._call_next()


def _plain(ident: object) -> int | None:
    """The number that identifies a request; `None` for anything else."""
    return ident if isinstance(ident, int) and not isinstance(ident, bool) and abs(ident) < 2**53 else None


def _soon(loop: asyncio.AbstractEventLoop, put: Any, message: dict[str, Any]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has ended
        loop.call_soon_threadsafe(put, message)


async def _received(socket: WebSocket) -> str:
    """The next message as text; empty for bytes, which this channel does not take."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1006))
    return message.get("text") or ""


async def _turned_away(socket: WebSocket, full: str) -> None:
    """Answer every request of a page without a place with the same sentence, until it disconnects."""
    while True:
        try:
            given = parsed(await _received(socket))
        except RefusedError:
            given = None
        ident = _plain(given.get("id")) if isinstance(given, dict) else None
        await socket.send_text(json.dumps({"on": "refused", "id": ident, "detail": full}, ensure_ascii=False))


async def _write(socket: WebSocket, waiting: asyncio.Queue[str]) -> None:
    while socket.application_state is WebSocketState.CONNECTED:
        await socket.send_text(await waiting.get())


def encoded(message: dict[str, Any], language: Language) -> str:
    """A message as JSON; one with a number that is not finite becomes a refusal.

    Args:
        message: The message.
        language: The language of the refusal.

    Returns:
        The JSON.
    """
    try:
        return json.dumps(message, allow_nan=False, ensure_ascii=False)
    except ValueError:
        refused = {
            "on": "refused",
            "id": message.get("id"),
            "detail": say(language, "The numbers of this network overflow here: one is infinite or NaN."),
        }
        return json.dumps(refused, ensure_ascii=False)
