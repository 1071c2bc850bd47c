"""The application: its routes. `answers.py` computes the answers, `live.py` serves the live channel."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import re
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from importlib import resources

import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route, WebSocketRoute

from ..show.colors import DARK, LIGHT
from ..show.language import say
from ..show.style import style_sheet, tokens
from .answers import ANSWERS, Answer
from .fields import Json, RefusedError, parsed, record, schema
from .guard import App, Guard, language_of
from .live import Live
from .protocol import CHOICES
from .site import Site

BODY_PATIENCE = 60.0  # seconds that a body may take: a photo from a phone
_KINDS = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_THEMES = "".join(
    f"[data-theme={palette.theme}],[data-theme={palette.theme}] .cr{{{tokens(palette)};color-scheme:{palette.theme}}}"
    for palette in (LIGHT, DARK)
)
_OF_BOTH_PAGES = ("dom.js", "paint.js")
FILES: Mapping[str, bytes] = {
    path.name: path.read_bytes()
    for path in (
        *(resources.files(__package__) / "page").iterdir(),
        *(resources.files("chainrule.page") / "front" / name for name in _OF_BOTH_PAGES),
    )
    if path.name.rpartition(".")[2] in _KINDS
} | {
    "style.css": (
        style_sheet(("chainrule.explain", "document.css"), (f"{__package__}.page", "page.css")) + _THEMES
    ).encode(),
    "choices.js": f"export const CHOICES = {json.dumps(CHOICES)};\n".encode(),
}
"""The page's files, in memory; no other path is served."""


def application(site: Site, hosts: Iterable[str] | None) -> App:
    """The page and its server.

    Args:
        site: The networks and digits.
        hosts: The hosts that it answers to; `None` is any address.

    Returns:
        An ASGI application.
    """
    live = Live(site)

    @contextlib.asynccontextmanager
    async def warmed(_: Starlette) -> AsyncIterator[None]:
        over = threading.Event()
        warming = threading.Thread(target=live.warm, args=(over.is_set,), name="warming")
        warming.start()  # a page, or Ctrl-C, may come before it is done
        yield
        over.set()
        warming.join()

    routes = [
        Route("/", _file("index.html")),
        Route("/next", _next(site)),
        *(Route(f"/page/{name}", _file(name)) for name in FILES),
        Route("/openapi.json", _openapi),
        *(Route(f"/api/{answer.name}", _answering(site, answer), methods=[answer.method]) for answer in ANSWERS),
        WebSocketRoute("/ws", live.serve),
    ]
    guard = Middleware(Guard, hosts=hosts)  # answers what the routes refuse, and what fails in them
    return Starlette(routes=routes, middleware=[guard], exception_handlers={HTTPException: _nowhere}, lifespan=warmed)


def _next(site: Site) -> Callable[[Request], Awaitable[Response]]:
    """The page of the first network, as a file has it; soon the only one."""
    from ..page.carried import digits
    from ..page.file import page_text, scripts

    net = site.networks[site.first]
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'" for each in scripts(served=True)
    )
    policy = (
        f"default-src 'none'; script-src {hashes} blob: data: 'wasm-unsafe-eval'; worker-src blob:; style-src 'unsafe-inline'; "
        "img-src data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )

    async def send(request: Request) -> Response:
        def text() -> str:
            trained = net._trained("page")
            return page_text(trained, digits(trained, net._raw), {})

        return HTMLResponse(await anyio.to_thread.run_sync(text), headers={"content-security-policy": policy})

    return send


def _file(name: str) -> Callable[[Request], Awaitable[Response]]:
    kind = _KINDS[name.rpartition(".")[2]]

    async def send(request: Request) -> Response:
        return Response(FILES[name], media_type=kind, headers={"cache-control": "no-cache"})

    return send


def _answering(site: Site, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    """A route that reads the fields of an answer from the body, or of a GET from the query, and computes off the loop."""

    limiter = None if answer.at_once is None else anyio.CapacityLimiter(answer.at_once)

    async def respond(request: Request) -> Response:
        if answer.method == "GET":
            given: Json = {  # what looks like a whole number is one
                name: int(value) if re.fullmatch("[0-9]{1,9}", value) else value
                for name, value in request.query_params.multi_items()
            }
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
        result = await anyio.to_thread.run_sync(lambda: answer.compute(site, language, values), limiter=limiter)
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
