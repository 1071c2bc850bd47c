"""The process in which a network of the page is trained: it reads one request, and writes what it tells, an object a line.

Started as `python -m chainrule.cli.native`; whoever started it may end it at any time.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Mapping

from ..core.errors import ChainruleError
from ..show.language import Language, translated
from ..web.answers import training_of
from ..web.fields import Json, RefusedError
from ..web.site import Saved
from ..web.training import train
from .opening import opened


def main() -> None:
    """Read the request, and train."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends this process, too
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what else is printed, as by the user's functions, is no line of the answer
    request = json.loads(sys.stdin.readline())
    language: Language = request["language"]

    def tell(line: Mapping[str, Json]) -> None:
        lines.write(json.dumps(line, ensure_ascii=False) + "\n")
        lines.flush()

    try:
        train(opened(Saved(**request["saved"])), training_of(request["asked"]), language, tell)
    except (ChainruleError, RefusedError) as error:
        tell({"error": translated(error, language)})


if __name__ == "__main__":
    main()
