"""The entrance of a server that other machines can reach: a code, which is entered once and kept by the browser as a cookie.

The code is short, since people type it, so a machine that has entered wrong ones must wait.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections import OrderedDict
from html import escape
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from ..core.messages import message
from ..show.language import Language, say, tag_of
from ..show.style import style_sheet

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is easily taken for another
_LENGTH = 6
_TRIES, _REST = 10, 60.0  # wrong codes of a machine in so many seconds
_MOST_MACHINES = 4096  # whose wrong codes are remembered
_MOST_BYTES = 1024  # of what is entered
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


class Entrance:
    """Who is let in: browsers in which the code has been entered.

    Attributes:
        code: The code, which the terminal shows.
    """

    def __init__(self, code: str = ""):
        self.code = code or "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
        self._pass = secrets.token_urlsafe(24)
        self._cookie = f"chainrule{secrets.token_hex(4)}"  # that of another server on this machine has another name
        self._wrong: OrderedDict[str, list[float]] = OrderedDict()

    def knows(self, request: Request) -> bool:
        """Whether a browser has the pass."""
        try:
            found = SimpleCookie(request.headers.get("cookie", "")).get(self._cookie)
        except CookieError:
            return False
        return found is not None and hmac.compare_digest(found.value.encode(), self._pass.encode())

    async def answer(self, request: Request, language: Language) -> Response:
        """What somebody gets who has not been let in yet: the page that asks for the code, or the pass for it.

        Args:
            request: The request; the code comes in a form, or in a link that has it: `?code=…`.
            language: The language of the page.

        Returns:
            The page, or where to go with the pass.
        """
        asked = dict(request.query_params)
        given = asked.pop("code", "")
        if request.method == "POST" and request.headers.get("content-type", "") == "application/x-www-form-urlencoded":
            body = b""
            async for part in request.stream():
                body += part
                if len(body) > _MOST_BYTES:
                    break
            given = parse_qs(body[:_MOST_BYTES].decode("utf-8", "replace")).get("code", [" "])[0]
        wrong = self._wrong_of(given, request.client.host if request.client else "") if given else ""
        if given and not wrong:
            there = RedirectResponse(request.url.path + (f"?{urlencode(asked)}" if asked else ""), 303)
            there.set_cookie(self._cookie, self._pass, max_age=12 * 3600, httponly=True, samesite="lax")
            return there
        status = 429 if wrong == _TOO_MANY else 401
        if "text/html" not in request.headers.get("accept", ""):
            return JSONResponse({"detail": say(language, wrong or _ASKS)}, status)
        headers = {
            "content-security-policy": _POLICY, "cache-control": "no-store",
            "referrer-policy": "same-origin",  # without it a browser does not say that the form is of this page
        }  # fmt: skip
        return HTMLResponse(_page(language, wrong), status, headers)

    def _wrong_of(self, given: str, machine: str) -> str:
        """What is wrong with a code that a machine gives; nothing, if it is the code."""
        now = time.monotonic()
        recent = [each for each in self._wrong.pop(machine, ()) if now - each < _REST]
        tired, plain = len(recent) >= _TRIES, "".join(each for each in given.lower() if each.isalnum())
        right = hmac.compare_digest(plain.encode(), self.code.encode())
        if not right and not tired:
            recent.append(now)
        if recent:
            self._wrong[machine] = recent
        while len(self._wrong) > _MOST_MACHINES:
            self._wrong.popitem(last=False)
        return _TOO_MANY if tired else "" if right else _WRONG


_ASKS = message("This page asks for a code, which the terminal that serves it shows.")
_WRONG = message("That is not the code.")
_TOO_MANY = message("Too many wrong codes came from this machine; try again in a minute.")


def _page(language: Language, wrong: str) -> str:
    """The page that asks for the code."""

    def phrase(text: str) -> str:
        return escape(say(language, text))

    return _PAGE.format(
        tag=tag_of(language), style=style_sheet(), asks=phrase(_ASKS), code=phrase("code"), open=phrase("Open the page"),
        wrong=f'<p role="alert" class="cr-d">{phrase(wrong)}</p>' if wrong else "",
    )  # fmt: skip


_PAGE = """<!doctype html>
<html lang="{tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>chainrule</title>
<link rel="icon" href="data:,">
<style>{style}
html {{ background: var(--paper) }}
main {{ max-width: 24em; margin: 15vh auto 0; padding: 0 20px; font-size: 18px }}
h1 {{ font-size: 26px }}
form {{ display: flex; flex-wrap: wrap; gap: 10px; align-items: end; margin-top: 24px }}
label {{ display: grid; gap: 4px; flex: 1 }}
input, button {{ font: inherit; min-height: 44px; box-sizing: border-box; width: 100%; padding: 6px 14px; border: 1px solid;
  border-radius: 8px }}
button {{ width: auto; font-weight: 600; cursor: pointer }}
</style>
</head>
<body class="cr">
<main>
<h1>chainrule</h1>
<p>{asks}</p>
<form method="post">
<label>{code} <input name="code" autocomplete="off" autocapitalize="none" spellcheck="false" required autofocus></label>
<button>{open}</button>
</form>
{wrong}
</main>
</body>
</html>
"""
