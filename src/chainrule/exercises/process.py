"""Learners' code runs in a process of its own: kept warm, so that an answer takes no time, and ended where the code does not end.
`python -m chainrule.exercises.process` is that process; it reads requests and writes answers, one JSON object a line.
"""

from __future__ import annotations

import contextlib
import io
import json
import linecache
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from ..core.location import file_name
from ..core.messages import Message, message
from ..practice.judging import Verdict, stopped
from ..regular_files import read_text
from ..show.language import SOURCE, Language, translated
from . import EXERCISES
from .guard import guarded, limited

_STARTING = 60.0  # seconds that a process may take to begin
_PRINTED = 2000  # characters that are shown of what a learner's code prints


@dataclass(frozen=True)
class Answer:
    """What is said of a learner's file.

    Attributes:
        ok: Whether it is right.
        said: The sentences, in the learner's language.
        mistakes: The name and the symbol of each mistake that was named.
        unfinished: Whether nothing is wrong so far, but a blank is left.
        printed: What the learner's code printed.
    """

    ok: bool
    said: str
    mistakes: tuple[tuple[str, str], ...] = ()
    unfinished: bool = False
    printed: str = ""


# ---- the process -----------------------------------------------------------------------------------------------------


def verdict_of(name: str, path: Path) -> Verdict:
    """Run a learner's file and judge the function that the exercise asks for.

    Args:
        name: The exercise.
        path: The file.

    Returns:
        What is said of it.
    """
    exercise = EXERCISES[name]
    try:
        text = read_text(path)
        linecache.cache[str(path)] = len(text), None, text.splitlines(keepends=True), str(path)
        code = compile(text, str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        return _not(
            message("{place}: this is not Python yet: {error}.", place=f"{path.name}:{error.lineno}", error=error.msg)
        )
    except (OSError, ValueError) as error:
        return _not(message("{file} cannot be read: {error}.", file=path.name, error=str(error)))
    space: dict[str, Any] = {"__name__": "exercise", "__file__": str(path)}
    try:
        exec(code, space)
    except Exception as error:
        return stopped(code, error)
    function = space.get(exercise.entry)
    if not text.strip():
        return _not(message("{file} is empty; begin it again, and the blank is back.", file=path.name))
    if not callable(function):
        return _not(message("{file} has no function {name}, which is asked for.", file=path.name, name=exercise.entry))
    return exercise.check(function)


def _not(said: Message) -> Verdict:
    return Verdict(ok=False, said=(said,))


def _answered(request: Mapping[str, Any], strict: bool) -> dict[str, Any]:
    if "file" not in request:
        EXERCISES[request["name"]].check(lambda *_: None)  # so that all is known when the file comes
        return {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), guarded(strict):
        try:
            verdict = verdict_of(request["name"], Path(request["file"]))
        except BaseException as error:  # also what ends a program, such as exit()
            verdict = _not(message("{file} stops: {error}", file=file_name(request["file"]), error=repr(error)))
    return {
        "ok": verdict.ok,
        "unfinished": verdict.unfinished,
        "said": verdict.text(request["language"]),
        "mistakes": [(each.name, each.symbol) for each in verdict.mistakes],
        "printed": printed.getvalue()[:_PRINTED],
    }


def serve(strict: bool, megabytes: int) -> None:
    """Answer requests until there are no more.

    Args:
        strict: Whether learners' code may not write files, open connections or start programs.
        megabytes: The memory that it may take, where the system can limit it; 0 is no limit.
    """
    requests, answers = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    with open(
        os.devnull, "r+b"
    ) as nothing:  # for learners' code, which has no keyboard and no way to write between answers
        os.dup2(nothing.fileno(), 0)
        os.dup2(nothing.fileno(), 1)
    limited(megabytes)
    for line in requests:
        request = json.loads(line)
        answer = {"number": request["number"], **_answered(request, strict)}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


# ---- whoever asks it -------------------------------------------------------------------------------------------------


class Checker:
    """Checks learners' files in a process of its own, and begins another one where that has ended.

    Attributes:
        seconds: How long a file may take.
    """

    def __init__(self, language: Language = SOURCE, seconds: float = 10.0, *, strict: bool = False, megabytes: int = 0):
        self.language, self.seconds = language, seconds
        self._options = [str(int(strict)), str(megabytes)]
        self._number = 0
        self._prepared = ""
        self._begin()

    def _begin(self) -> None:
        home = str(Path(__file__).parents[2])
        paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONIOENCODING": "utf-8"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "chainrule.exercises.process", *self._options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8", env=environment,
        )  # fmt: skip
        assert self._process.stdout is not None
        self._answers: queue.Queue[str] = queue.Queue()
        threading.Thread(target=_read, args=(self._process.stdout, self._answers), daemon=True).start()
        self._ready = False

    def prepare(self, name: str) -> None:
        """Let the process make what it needs for an exercise, while its file is being written."""
        self._prepared = name
        self._ready = False
        self._send(name=name)

    def check(self, name: str, path: Path) -> Answer:
        """Check a file.

        Args:
            name: The exercise.
            path: The file.

        Returns:
            What is said of it, also where its code does not end.
        """
        if self._process.poll() is not None:
            self._again(name)
        elif self._prepared != name:
            self.prepare(name)
        if not self._ready:
            self._ready = self._received(_STARTING) is not None
        self._send(name=name, file=str(path), language=self.language)
        found = self._received(self.seconds)
        if found is not None:
            mistakes = tuple((kind, symbol) for kind, symbol in found["mistakes"])
            return Answer(found["ok"], found["said"], mistakes, found["unfinished"], found["printed"])
        said = message(
            "{file} was stopped after {seconds:g} s: is there a loop that does not end?",
            file=path.name,
            seconds=self.seconds,
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(0.2)
            said = message("{file} has ended the process that it ran in.", file=path.name)
        self._again(name)
        return Answer(False, translated(said, self.language))

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                assert stream is not None
                stream.close()

    def _again(self, name: str) -> None:
        """Begin another process."""
        self.close()
        self._begin()
        self.prepare(name)

    def _send(self, **request: str) -> None:
        self._number += 1
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it has ended, which is found when no answer comes
            self._process.stdin.write(json.dumps({"number": self._number, **request}) + "\n")
            self._process.stdin.flush()

    def _received(self, seconds: float) -> dict[str, Any] | None:
        """The answer to the last request; none if it does not come in time, or the process has ended."""
        with contextlib.suppress(queue.Empty):
            while line := self._answers.get(timeout=seconds):
                found: dict[str, Any] = json.loads(line)
                if found["number"] == self._number:
                    return found
        return None


def _read(stream: TextIO, answers: queue.Queue[str]) -> None:
    """Pass lines on; an empty one says that there are no more."""
    with contextlib.suppress(OSError, ValueError):
        for line in stream:
            answers.put(line)
    answers.put("")


if __name__ == "__main__":
    serve(sys.argv[1] == "1", int(sys.argv[2]))
