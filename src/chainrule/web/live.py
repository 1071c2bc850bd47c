"""The live channel: one WebSocket a page. It says `{"do": …, "id": …}`, and is answered `{"on": "done", "id": …}`.

The first message is `hello`, with the session of before a break, if any. What one page asks is done in order, off the loop;
a page that goes lets its run pause, and its session waits a minute for it to come back.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from typing import Any

import anyio.to_thread
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from ..show.language import LANGUAGES, say
from . import fields
from .asked import DOES, do
from .fields import RefusedError, parsed, record
from .guard import language_of, sentence
from .session import Session
from .site import Site

_LOG = logging.getLogger("chainrule.web")
KEPT = 60.0  # seconds that a session waits for its page
_MOST_SESSIONS = 32
_HELLO = {
    "do": fields.one_of("hello"), "session": fields.text(64, ""), "language": fields.one_of(*LANGUAGES, default="en"),
    "id": fields.whole(0, 2**31, 0),
}  # fmt: skip
_WAITING = 64  # messages to a page that does not read them; a report of progress is left out then


class Live:
    """All open pages of a site."""

    def __init__(self, site: Site):
        self.site = site
        self.sessions: dict[str, Session] = {}
        self._leaving: dict[str, asyncio.TimerHandle] = {}

    async def serve(self, socket: WebSocket) -> None:
        """Talk with one page until it goes."""
        await socket.accept()
        try:
            session, ident = await self._welcome(socket)
        except RefusedError as refusal:
            await socket.close(1008, sentence(refusal, language_of(socket.scope))[:100])
            return
        except (TimeoutError, WebSocketDisconnect):
            return
        loop, waiting = asyncio.get_running_loop(), asyncio.Queue[dict[str, Any]](_WAITING)

        def put(message: dict[str, Any]) -> None:
            if not waiting.full():
                waiting.put_nowait(message)

        session.tell = lambda message: _soon(loop, put, message)
        writer: asyncio.Task[None] | None = None
        try:
            hello = await anyio.to_thread.run_sync(session.hello)
            await _send(socket, {"on": "hello", "id": ident, **hello})
            writer = asyncio.create_task(_write(socket, waiting))  # what a run tells meanwhile comes after hello
            while True:
                message = await _received(socket)
                await waiting.put(await self._answer(session, message))
        except WebSocketDisconnect:
            pass
        finally:
            if writer is not None:
                writer.cancel()
            session.tell = lambda message: None
            session.pause()
            self._leaving[session.token] = loop.call_later(KEPT, self._free, session.token)

    async def _welcome(self, socket: WebSocket) -> tuple[Session, int]:
        """The session of a page that has said hello: its old one, or a new one."""
        async with asyncio.timeout(10):
            hello = record(parsed(await _received(socket)), _HELLO)
        known = self.sessions.get(str(hello["session"]))
        leaving = None if known is None else self._leaving.pop(known.token, None)
        if known is None or leaving is None:  # a second window of the same page begins anew
            if len(self.sessions) >= _MOST_SESSIONS and self._leaving:
                longest = next(iter(self._leaving))  # who is here now needs the room more than who left first
                self._leaving[longest].cancel()
                self._free(longest)
            if len(self.sessions) >= _MOST_SESSIONS:
                raise RefusedError("web.full", status=503)
            known = await anyio.to_thread.run_sync(Session, self.site)
            self.sessions[known.token] = known
        else:
            leaving.cancel()
        known.speak(str(hello["language"]))
        return known, int(str(hello["id"]))

    async def _answer(self, session: Session, message: str) -> dict[str, Any]:
        ident: object = None
        try:
            given = parsed(message)
            name = str(given.pop("do", "")) if isinstance(given, dict) else ""
            if not isinstance(given, dict) or name not in DOES:
                raise RefusedError("web.no_do", names=", ".join(DOES))
            ident = given.pop("id", None)
            values = record(given, DOES[name].fields)
            reply = await anyio.to_thread.run_sync(do, session, name, values)
        except RefusedError as refusal:
            return {"on": "refused", "id": _plain(ident), "detail": sentence(refusal, session.language)}
        except Exception:  # this program's own fault ends one question, not the page
            _LOG.exception("a message failed")
            return {"on": "refused", "id": _plain(ident), "detail": say(session.language, "web.failed")}
        return {"on": "done", "id": _plain(ident), "do": name, **reply}

    def _free(self, token: str) -> None:
        self._leaving.pop(token, None)
        session = self.sessions.pop(token, None)
        if session is not None:
            asyncio.get_running_loop().run_in_executor(None, session.end)


def _plain(ident: object) -> int | None:
    """The number by which a page knows its question; anything else is none."""
    return ident if isinstance(ident, int) and not isinstance(ident, bool) and abs(ident) < 2**53 else None


def _soon(loop: asyncio.AbstractEventLoop, put: Any, message: dict[str, Any]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody listens any more
        loop.call_soon_threadsafe(put, message)


async def _received(socket: WebSocket) -> str:
    """The next message as text; bytes are none of this channel's."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1006))
    return message.get("text") or ""


async def _write(socket: WebSocket, waiting: asyncio.Queue[dict[str, Any]]) -> None:
    while socket.application_state is WebSocketState.CONNECTED:
        await _send(socket, await waiting.get())


async def _send(socket: WebSocket, message: dict[str, Any]) -> None:
    await socket.send_text(json.dumps(message, allow_nan=False, ensure_ascii=False))
