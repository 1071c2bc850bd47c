"""The server process: uvicorn with bounded connections and headers; Ctrl-C ends it within seconds."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from ..core.messages import message
from .guard import MOST_HEADER_BYTES, App

PATIENCE = 10.0  # seconds that the headers of a request may take, or a part of an answer
_MOST_CONNECTIONS = 2000
_SPARE = 100  # files that are not connections


class Protocol(H11Protocol):
    """HTTP that does not wait for the slow: headers that do not arrive in time are answered with a sentence that says so, and who
    does not take an answer is left. Where there is no place for another connection, the oldest that asks for nothing makes room.
    """

    _patience: asyncio.TimerHandle | None = None
    _taking: asyncio.TimerHandle | None = None
    _begun = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its parent has it
        """Start the timer for the first request."""
        super().connection_made(transport)
        self._begun = self.loop.time()
        self._patience = self.loop.call_later(PATIENCE, self._give_up)
        limit = self.limit_concurrency
        if limit is not None and len(self.connections) >= limit - 1:
            others: list[Any] = [each for each in self.connections if each is not self]
            idle = [each for each in others if each.between and not each.transport.is_closing()]
            if idle:
                min(idle, key=lambda each: each._begun).transport.abort()

    @property
    def between(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def pause_writing(self) -> None:
        """Start the timer of an answer that is not taken."""
        super().pause_writing()
        self._taking = self.loop.call_later(PATIENCE, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop it."""
        super().resume_writing()
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timers."""
        super().connection_lost(exc)
        for timer in (self._patience, self._taking):
            if timer is not None:
                timer.cancel()

    def handle_events(self) -> None:
        """Continue reading; the timer runs while the headers of a request are incomplete."""
        super().handle_events()
        if self.between and self.conn.trailing_data[0]:
            if self._patience is None:
                self._patience = self.loop.call_later(PATIENCE, self._give_up)
        elif self.scope is not None and self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if self.transport.is_closing():
            return
        if self.conn.trailing_data[0]:
            late = message("The request did not arrive completely within {seconds:g} seconds.", seconds=PATIENCE)
            body = json.dumps({"detail": late}).encode()
            head = b"HTTP/1.1 408 Request Timeout\r\ncontent-type: application/json\r\nconnection: close\r\n"
            self.transport.write(head + b"content-length: %d\r\n\r\n" % len(body) + body)
        self.transport.close()


def serve(app: App, host: str, port: int, ready: Callable[[int], None]) -> None:
    """Serve until Ctrl-C.

    Args:
        app: The ASGI application.
        host: The address to listen at.
        port: The port; 0 is a free one.
        ready: Called with the port once connections are accepted.

    Raises:
        OSError: The port cannot be used.
    """
    listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        log_level="error",
        access_log=False,
        limit_concurrency=min(_MOST_CONNECTIONS, _files() - _SPARE),
        h11_max_incomplete_event_size=MOST_HEADER_BYTES,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=2,
        server_header=False,
    )
    try:
        _Server(config, ready).run(sockets=[listening])
    except KeyboardInterrupt:
        pass  # the usual end of a server
    finally:
        listening.close()


def _files() -> int:
    """How many files and connections this process may have open, after asking for as many as it can get."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return _MOST_CONNECTIONS + _SPARE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_CONNECTIONS + _SPARE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return wanted if soft == resource.RLIM_INFINITY else soft


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[int], None]):
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: Any = None) -> None:
        """Start, and report the port."""
        await super().startup(sockets=sockets)
        if not self.should_exit:
            self._ready(sockets[0].getsockname()[1])
