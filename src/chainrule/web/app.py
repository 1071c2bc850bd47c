"""The application: its routes. `answers.py` computes the answers, `runs.py` trains."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from typing import TypeVar

import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from ..core.errors import ChainruleError
from ..data.errors import DataError
from ..page.file import scripts
from ..show.language import say
from .answers import ANSWERS, BYTES, LINES, Answer
from .entrance import Entrance
from .fields import Json, RefusedError, from_query, parsed, record, schema
from .guard import App, Guard, Receive, Scope, Send, language_of
from .runs import Runs
from .site import Site

Made = TypeVar("Made")

BODY_PATIENCE = 60.0  # seconds that a body may take: a photo from a phone


def application(site: Site, hosts: Iterable[str] | None, entrance: Entrance | None = None) -> App:
    """The page and its server.

    Args:
        site: The networks that it shows.
        hosts: The hosts that it answers to; `None` is any address.
        entrance: Who is let in; `None` is everyone.

    Returns:
        An ASGI application.
    """
    runs = Runs(site.process)

    @contextlib.asynccontextmanager
    async def warmed(_: Starlette) -> AsyncIterator[None]:
        warming = threading.Thread(target=_warm, args=(site,), name="warming", daemon=True)
        warming.start()  # a page, or Ctrl-C, may come before it is done
        yield

    routes = [
        Route("/", _page(site)),
        Route("/openapi.json", _openapi),
        *(Route(f"/api/{answer.name}", _answering(site, runs, answer), methods=[answer.method]) for answer in ANSWERS),
    ]
    guard = Middleware(Guard, hosts=hosts, entrance=entrance)  # answers what the routes refuse, and what fails in them
    return Starlette(routes=routes, middleware=[guard], exception_handlers={HTTPException: _nowhere}, lifespan=warmed)


def _warm(site: Site) -> None:
    """Make the first page before somebody waits for it; what is wrong with it is said to who asks."""
    with contextlib.suppress(RefusedError, ChainruleError, DataError):
        site.page()


def _page(site: Site) -> Callable[[Request], Awaitable[Response]]:
    """The page of the network that the address names, else of the first."""
    known = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'" for each in scripts(served=True)
    )
    policy = (
        f"default-src 'none'; script-src {known} blob: data: 'wasm-unsafe-eval'; worker-src blob:; style-src 'unsafe-inline'; "
        "img-src data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )

    async def send(request: Request) -> Response:
        name = request.query_params.get("network", "")
        page = site.ready(name)
        if page is None:
            page = await anyio.to_thread.run_sync(_refusing(lambda: site.page(name)))
        headers = {
            "content-security-policy": policy, "cache-control": "no-cache", "etag": page.tag, "vary": "accept-encoding, cookie",
        }  # fmt: skip
        if request.headers.get("if-none-match") == page.tag:
            return Response(status_code=304, headers=headers)
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(page.text(), media_type="text/html", headers=headers)
        return Response(page.content, media_type="text/html", headers={**headers, "content-encoding": "gzip"})

    return send


class _Lines(StreamingResponse):
    """Lines that come one by one; where nobody takes them any longer, what makes them is closed at once."""

    def __init__(self, lines: AsyncGenerator[bytes, None]):
        super().__init__(lines, media_type=LINES)
        self._lines = lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._lines.aclose()


def _refusing(compute: Callable[[], Made]) -> Callable[[], Made]:
    """The same, where what a user's network or data refuse is refused to the visitor."""

    def run() -> Made:
        try:
            return compute()
        except (ChainruleError, DataError) as error:
            raise RefusedError("That cannot be done: {reason}", reason=error) from None

    return run


def _answering(site: Site, runs: Runs, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    """A route that reads the fields of an answer from the body, or of a GET from the query, and computes off the loop."""

    limiter = None if answer.at_once is None else anyio.CapacityLimiter(answer.at_once)

    async def respond(request: Request) -> Response:
        if answer.method == "GET":
            given: Json = from_query(dict(request.query_params.multi_items()), answer.fields)
        else:
            if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
                raise RefusedError("Send JSON, with the content type application/json.", status=415)
            try:
                async with asyncio.timeout(BODY_PATIENCE):
                    body = await request.body()
            except TimeoutError:
                raise RefusedError(
                    "The request did not arrive completely within {seconds:g} seconds.",
                    status=408,
                    seconds=BODY_PATIENCE,
                ) from None
            given = parsed(body)
        values = record(given, answer.fields)
        language = language_of(request.scope)
        compute = _refusing(lambda: answer.compute(site, language, values))
        result = await anyio.to_thread.run_sync(compute, limiter=limiter)
        if answer.media == LINES:
            return _Lines(runs.lines(result, language))
        if answer.media == BYTES:
            headers = {"content-encoding": answer.encoding} if answer.encoding else None
            return Response(result, media_type=BYTES, headers=headers)
        return JSONResponse(result)

    return respond


async def _nowhere(request: Request, error: Exception) -> Response:
    """One of Starlette's refusals, as a sentence."""
    assert isinstance(error, HTTPException)
    language = language_of(request.scope)
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        detail = say(
            language, "This address takes {methods} only.", methods=allowed.replace("HEAD, ", "").replace(", HEAD", "")
        )
    else:
        detail = say(language, "There is nothing at this address.")
    return JSONResponse({"detail": detail}, error.status_code, headers=error.headers)


async def _openapi(request: Request) -> Response:
    return JSONResponse(openapi())


def openapi() -> dict[str, Json]:
    """The HTTP interface as OpenAPI 3.1, made from the same tables that check what is sent."""
    refused: Json = {
        "description": "A sentence that says what cannot be taken, in English or, where Accept-Language asks for it, Chinese.",
        "content": {
            "application/json": {
                "schema": {"type": "object", "properties": {"detail": {"type": "string"}}, "required": ["detail"]}
            }
        },
    }
    paths: dict[str, Json] = {}
    for answer in ANSWERS:
        found: dict[str, Json] = {
            "summary": answer.summary,
            "operationId": answer.name,
            "responses": {
                "200": {"description": answer.gives, "content": {answer.media: {"schema": dict(answer.result)}}},
                "4XX": refused,
            },
        }
        if answer.method == "POST":
            found["requestBody"] = {
                "required": True,
                "content": {"application/json": {"schema": schema(answer.fields)}},
            }
        else:
            found["parameters"] = [
                {"name": name, "in": "query", "required": field.required, "schema": dict(field.schema)}
                for name, field in answer.fields.items()
            ]
        paths[f"/api/{answer.name}"] = {answer.method.lower(): found}
    about: Json = {"title": "chainrule", "version": "1", "description": "What the page of chainrule asks its server."}
    return {"openapi": "3.1.0", "info": about, "paths": paths}
