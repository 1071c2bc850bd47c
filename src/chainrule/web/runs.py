"""Runs of training for visitors: a process for each, a few at once, while the others wait and are told their place.

A process has all that a run needs, so that its end, also by a visitor who leaves, gives everything back.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path

from ..core.messages import message
from ..show.language import Language, translated
from .fields import Json, RefusedError

AT_ONCE = max(1, (os.cpu_count() or 2) // 2)
"""How many runs there are at the same time."""
MOST_WAITING = 64
SECONDS = 900.0
"""How long a run may take."""
_LINE = 2**25  # bytes of a line, which has all weights of a network
_HOME = str(Path(__file__).parents[2])


class Runs:
    """The runs of a server; each is begun by the command `process`, which is written a request, and writes lines."""

    def __init__(self, process: Sequence[str]):
        self.process = tuple(process)
        self._order: list[object] = []  # those that run, then those that wait
        self._moved = asyncio.Event()

    @property
    def count(self) -> int:
        """How many run or wait."""
        return len(self._order)

    def lines(self, request: Mapping[str, Json], language: Language) -> AsyncGenerator[bytes, None]:
        """The lines of a run, which ends where nobody takes them any longer.

        Args:
            request: What is asked of the process.
            language: The language of what it says.

        Returns:
            First `{"waiting": place}` for each place in the queue; then what the process writes.

        Raises:
            RefusedError: Too many wait already.
        """
        if len(self._order) >= AT_ONCE + MOST_WAITING:
            raise RefusedError("Too many runs are waiting here already; try again later.", status=503)
        return self._lines(request, language)

    async def _lines(self, request: Mapping[str, Json], language: Language) -> AsyncGenerator[bytes, None]:
        run, told = object(), 0
        self._order.append(run)
        try:
            while (place := self._order.index(run) + 1 - AT_ONCE) > 0:
                if place == told:
                    await self._moved.wait()
                else:
                    told = place
                    yield _line({"waiting": place})
            try:
                written = self._written({**request, "language": language})
                async with asyncio.timeout(SECONDS), contextlib.aclosing(written):
                    async for line in written:
                        yield line
            except TimeoutError:
                late = message("A run may take {minutes:g} minutes here; this one was ended.", minutes=SECONDS / 60)
                yield _line({"error": translated(late, language)})
        finally:
            self._order.remove(run)
            self._moved.set()
            self._moved = asyncio.Event()

    async def _written(self, request: Mapping[str, Json]) -> AsyncGenerator[bytes, None]:
        """What the process writes, line by line; it is ended with its reader."""
        paths = [_HOME, *filter(None, [os.environ.get("PYTHONPATH")])]
        process = await asyncio.create_subprocess_exec(
            *self.process, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_LINE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(_line(request))
            await process.stdin.drain()
            async for line in process.stdout:
                yield line
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.communicate()  # what it has still written is read, so that its pipes are closed


def _line(what: Mapping[str, Json]) -> bytes:
    return json.dumps(what, ensure_ascii=False).encode() + b"\n"
