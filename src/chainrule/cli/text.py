"""`chainrule explain GPT --text emma`: how a small GPT reads a text, and the steps of backpropagation on it."""

from __future__ import annotations

import contextlib

from ..exchange.atomic import write_text
from ..exchange.errors import FileFormatError
from ..explain.document import document
from ..explain.terminal import draw
from ..gpt.saved import load
from ..show.language import say
from .arguments import Values
from .destination import require_writable
from .entries import with_words
from .errors import UsageError
from .lessons import EXPLAIN
from .parsing import command_line
from .streams import output, print_json

_TAKES = {"net", "text", "step", "learning_rate", "html", "lang", "json"}


def run(values: Values) -> int:
    """Explain a text on the screen, as a page, or as data."""
    _require_used(values)
    screen, language = output(values)
    if values.html is not None:
        require_writable(values.html, values.lang)
    made = load(values.net).explain(values.text, learning_rate=values.learning_rate)
    again = command_line(EXPLAIN, values, step=None, html=None, json=False)
    if values.html is not None:
        write_text(values.html, document(made, language=language, command=again))
        if not values.json:
            screen.text(say(language, "written to {file}: open it in any browser", file=values.html))
            return 0
    if values.json:
        print_json(made.plain(values.step))
        return 0
    draw(made, screen, language, [values.step] if values.step else [])
    screen.line()
    page = command_line(EXPLAIN, values, step=None, html="text.html", json=False)
    with_words(screen, [(page, say(language, "the same as a web page, with pictures"))])
    return 0


def refuse_gpt(path: str, page: str = "", *, served: bool = False) -> None:
    """Refuse a file that holds a small GPT, which reads texts and no images.

    Args:
        path: The file.
        page: The page of it that was asked for, if one was.
        served: Whether it was to be served.

    Raises:
        UsageError: It holds one; the message names the command that reads a text.
    """
    with contextlib.suppress(FileFormatError, OSError):
        load(path)
        if page:
            raise UsageError(
                "{path} is a small GPT, of which export writes no page; explain does, of a text that it reads:",
                f"chainrule explain {path} --text emma --html {page}",
                path=path,
            )
        if served:
            raise UsageError(
                "{path} is a small GPT, which this page does not show; one that learns in the browser is in the gallery of "
                "the site, and explain shows how yours reads a text:",
                f"chainrule explain {path} --text emma --html text.html",
                path=path,
            )
        raise UsageError(
            "{path} is a small GPT; name a text that it reads:", f"chainrule explain {path} --text emma", path=path
        )


def _require_used(values: Values) -> None:
    """Refuse options that belong to images, or have no effect."""
    for argument in EXPLAIN.arguments:
        if argument.key in values.typed - _TAKES:
            raise UsageError(
                "{flag} is not for --text; leave it out.", flag=argument.flags[-1] if argument.flags else argument.name
            )
    if values.net is None:
        raise UsageError(
            "--text is read by a small GPT; name its file:", "chainrule explain gpt.safetensors --text emma"
        )
    if values.html is not None and values.step is not None:
        raise UsageError("--html writes all steps and answers; leave out {flag}.", flag="--step")
    if "learning_rate" in values.typed and values.step not in (None, 6):
        raise UsageError("--learning-rate has no effect on step {step}; leave it out.", step=values.step)
