"""The server process: uvicorn with bounded connections, headers and frames; Ctrl-C ends it within seconds."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from ..core.messages import message
from .guard import MOST_HEADER_BYTES, App

PATIENCE = 10.0  # seconds that the headers of a request may take
_MOST_CONNECTIONS = 200
_MOST_FRAME_BYTES = 512 * 1024  # a drawing, with room to spare


class Protocol(H11Protocol):
    """HTTP that closes connections whose headers do not arrive in time, with a sentence that says why."""

    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its parent has it
        """Start the timer for the first request."""
        super().connection_made(transport)
        self._patience = self.loop.call_later(PATIENCE, self._give_up)

    def handle_events(self) -> None:
        """Continue reading; the timer runs while the headers of a request are incomplete."""
        super().handle_events()
        between = self.cycle is None or self.cycle.response_complete
        if between and self.conn.trailing_data[0]:
            if self._patience is None:
                self._patience = self.loop.call_later(PATIENCE, self._give_up)
        elif self.scope is not None and self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if self.transport.is_closing() or self.transport.get_protocol() is not self:  # a WebSocket by now
            return
        if self.conn.trailing_data[0]:
            late = message("The request did not arrive completely within {seconds:g} seconds.", seconds=PATIENCE)
            body = json.dumps({"detail": late}).encode()
            head = b"HTTP/1.1 408 Request Timeout\r\ncontent-type: application/json\r\nconnection: close\r\n"
            self.transport.write(head + b"content-length: %d\r\n\r\n" % len(body) + body)
        self.transport.close()


class Channel(WebSocketsSansIOProtocol):
    """WebSockets that treat text which is not UTF-8 as bytes, so that it is refused in a sentence and no error is logged."""

    def send_receive_event_to_app(self) -> None:
        """Pass a complete message to the application."""
        try:
            b"".join(self.frames).decode()
        except UnicodeDecodeError:
            self.curr_msg_data_type = "bytes"
        super().send_receive_event_to_app()


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
        ws=Channel,
        log_level="error",
        access_log=False,
        limit_concurrency=_MOST_CONNECTIONS,
        h11_max_incomplete_event_size=MOST_HEADER_BYTES,
        ws_max_size=_MOST_FRAME_BYTES,
        ws_max_queue=16,
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


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[int], None]):
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: Any = None) -> None:
        """Start, and report the port."""
        await super().startup(sockets=sockets)
        if not self.should_exit:
            self._ready(sockets[0].getsockname()[1])
