"""Runs commands as people do, each as a process of its own, and tells how long one took from its start to its end.

Seconds are those of the clock, processor seconds those of all its threads and of the processes that it started.
"""

from __future__ import annotations

import os
import shlex
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any


class Process:
    """A process that was started.

    Attributes:
        command: The program and its arguments.
        began: When it was started, by `time.perf_counter`.
        run: How long it took, once it has ended: `seconds`, `processor_seconds`, and the machine's `load` then.
        code: Its exit code, once it has ended; the negative number of the signal that ended it.
        out: What it has written on standard output, once it has ended.
        err: What it has written on standard error, once it has ended.
    """

    def __init__(
        self, command: Sequence[str], folder: Path, environment: dict[str, str], out: IO[bytes], err: IO[bytes]
    ):
        self.command = command
        self.run: dict[str, float] = {}
        self.code: int | None = None
        self.out = self.err = ""
        self._out = out
        self.began = time.perf_counter()
        self._popen = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=out, stderr=err
        )

    def printed(self) -> str:
        """What it has written on standard output so far."""
        return _text(self._out)

    def ended(self, wait: bool = False) -> bool:
        """Whether it has ended; or wait until it has."""
        if self.code is None:
            number, status, used = os.wait4(self._popen.pid, 0 if wait else os.WNOHANG)
            if number:
                self.run = {
                    "seconds": round(time.perf_counter() - self.began, 3),
                    "processor_seconds": round(used.ru_utime + used.ru_stime, 3),
                    "load": round(os.getloadavg()[0], 1),
                }
                self.code = self._popen.returncode = os.waitstatus_to_exitcode(status)
        return self.code is not None

    def send(self, number: int) -> None:
        """Send it a signal, if it has not ended."""
        if not self.ended():
            os.kill(self._popen.pid, number)

    def close(self) -> None:
        """End its standard input, and wait for its end."""
        assert self._popen.stdin is not None
        self._popen.stdin.close()
        self.ended(wait=True)


def _text(file: IO[bytes]) -> str:
    """What a process has written into a file so far, read without moving the place at which it goes on writing."""
    return os.pread(file.fileno(), 2**20, 0).decode(errors="replace")


@contextmanager
def started(command: Sequence[str], folder: Path, cache: Path) -> Iterator[Process]:
    """Start a process, and wait for its end where the block ends.

    Args:
        command: The program and its arguments.
        folder: Where it runs.
        cache: The folder of compiled loops; one that is missing or empty makes the process the first of its kind.

    Yields:
        The process, whose figures are there after the block.
    """
    environment = os.environ | {"CHAINRULE_CACHE": str(cache), "CHAINRULE_LANG": "en"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its bytecode
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = Process(command, folder, environment, out, err)
        try:
            yield process
        except BaseException:
            process.send(signal.SIGKILL)
            raise
        finally:
            process.close()
            process.out, process.err = _text(out), _text(err)


def arguments_of(line: str) -> list[str]:
    """The arguments that start a command line of chainrule as a process: its script, or where there is none, its module."""
    name, *arguments = shlex.split(line)
    if name != "chainrule":
        raise ValueError(f"{line!r} is no command line of chainrule")
    script = Path(sys.executable).parent / "chainrule"
    return [*([str(script)] if script.exists() else [sys.executable, "-m", "chainrule"]), *arguments]


def run(command: Sequence[str], folder: Path, cache: Path) -> Process:
    """Run a process to its end. Raises `RuntimeError` with what it says where it fails; see `started` for the arguments."""
    with started(command, folder, cache) as process:
        pass
    if process.code:
        raise RuntimeError(f"{shlex.join(command)} ended with {process.code}: {process.err[-2000:]}")
    return process


def median(runs: Sequence[dict[str, Any]], which: str = "processor_seconds") -> float:
    """The median of some runs."""
    return statistics.median(each[which] for each in runs)


def in_words(runs: Sequence[dict[str, Any]], which: str) -> str:
    """A cell of a table: the median, and the least and the most where there are several runs."""
    least, most = (f(each[which] for each in runs) for f in (min, max))
    middle = f"{median(runs, which):.2f}"
    return middle if len(runs) == 1 else f"{middle} ({least:.2f}–{most:.2f})"
