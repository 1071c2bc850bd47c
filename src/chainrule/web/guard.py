"""Guards the application: checks hosts and origins, lets in whom the entrance knows, bounds bodies, and words every refusal as a
sentence.

Pure ASGI, so that no request reaches a route unchecked. A page of another site cannot use the server, since browsers send
its origin, and a name that another site points here (DNS rebinding) is not among the hosts.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeAlias

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse

from ..show.language import SOURCE, Language, nearest, say, translated
from .entrance import Entrance
from .fields import RefusedError

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_BYTES = 12 * 2**20  # of a body: a photo from a phone
MOST_HEADER_BYTES = 32 * 1024
HEADERS = {
    b"content-security-policy": b"default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}
_LOG = logging.getLogger("chainrule.web")


class Guard:
    """Middleware that passes on only requests for one of its hosts that come from the application's own page.

    Where there is an entrance, they must come from this machine or from a browser that it knows.
    """

    def __init__(self, app: App, hosts: Iterable[str] | None, entrance: Entrance | None = None):
        self.app = app
        self.hosts = None if hosts is None else frozenset(hosts)
        self.entrance = entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        language = language_of(scope)
        started = False

        async def dressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                known = {name for name, _ in message["headers"]}
                extra = [(name, value) for name, value in HEADERS.items() if name not in known]
                if message["status"] in (408, 413):  # the rest of the body is not read
                    extra.append((b"connection", b"close"))
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        try:
            self._check(scope)
            app: App = self.app
            if self.entrance is not None and not is_from_here(scope):
                request = Request(scope, receive)
                if not self.entrance.knows(request):
                    app = await self.entrance.answer(request, language)
            await app(scope, _bounded(receive), dressed)
        except RefusedError as refusal:
            if not started:
                told = {"detail": translated(refusal, language)} | (
                    {"place": refusal.typed_at} if refusal.typed_at else {}
                )
                await JSONResponse(told, refusal.status)(scope, receive, dressed)
        except ClientDisconnect:
            pass  # nobody waits for an answer
        except Exception:
            _LOG.exception("a request failed")
            if not started:
                failed = say(language, "That failed on the server, which is still running.")
                await JSONResponse({"detail": failed}, 500)(scope, receive, dressed)

    def _check(self, scope: Scope) -> None:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        if sum(len(name) + len(value) for name, value in headers) > MOST_HEADER_BYTES:
            raise RefusedError("The headers are larger than {most} kB.", status=431, most=MOST_HEADER_BYTES // 1024)
        hosts = [value for name, value in headers if name == b"host"]
        if len(hosts) != 1 or not self._serves(hosts[0].decode("latin-1")):
            raise RefusedError(
                "This server does not answer to that host; open it by the address that it printed.", status=421
            )
        for name, value in headers:
            if name == b"origin" and value.decode("latin-1").partition("://")[2] != hosts[0].decode("latin-1"):
                raise RefusedError("Requests from pages of other sites are refused.", status=403)
            if name == b"content-length" and (not value.isdigit() or int(value) > MOST_BYTES):
                raise RefusedError("The body is larger than {most} MB.", status=413, most=MOST_BYTES // 2**20)

    def _serves(self, host: str) -> bool:
        name, _, port = host.rpartition(":") if ":" in host and not host.endswith("]") else (host, "", "")
        if port.strip("0123456789"):
            return False
        if self.hosts is not None:
            return name in self.hosts
        return name == "localhost" or is_address(name.strip("[]"))


def is_address(name: str) -> bool:
    """Whether a host is an IP address; a name could be pointed here by another site.

    Examples:
        >>> is_address("192.168.1.5"), is_address("evil.example")
        (True, False)
    """
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_from_here(scope: Scope) -> bool:
    """Whether a request comes from this machine: to the address from which it comes.

    Examples:
        >>> is_from_here({"client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 8000)})
        True
        >>> is_from_here({"client": ("192.168.1.7", 50000), "server": ("192.168.1.5", 8000)})
        False
    """
    client, server = scope.get("client"), scope.get("server")
    return client is not None and server is not None and client[0] == server[0]


def language_of(scope: Scope) -> Language:
    """The language of a request: the first of `Accept-Language`, otherwise English."""
    for name, value in scope["headers"]:
        if name == b"accept-language":
            return nearest(value.decode("latin-1"))
    return SOURCE


def _bounded(receive: Receive) -> Receive:
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > MOST_BYTES:
                raise RefusedError("The body is larger than {most} MB.", status=413, most=MOST_BYTES // 2**20)
        return message

    return bounded
