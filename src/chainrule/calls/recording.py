"""Which of the user's functions are called while a function is traced: when each begins and ends, and what it takes and gives."""

from __future__ import annotations

import dataclasses
import inspect
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import CodeType, FrameType
from typing import Any

import numpy as np

from ..core import hooks
from ..core.binding import bind
from ..core.location import PACKAGE, is_machinery
from ..core.traced import Tape, Traced
from ..loops.paths import Place, place_of
from ..program.inplace.memory import Version

_HIDDEN = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
_RECORDS = bind.__code__
_STANDARD = os.path.dirname(os.__file__) + os.sep
_MODEL = os.path.join(PACKAGE, "gpt", "model.py")
"""Of the package's own functions, these alone are written as users write theirs, and read as theirs."""
_MOST = 64  # parts of an argument or a result that are looked at


@dataclasses.dataclass(slots=True)
class Called:
    """One call: its nodes are those numbered from `begun` + 1 to `ended`, and it stands at a place of the caller's."""

    code: CodeType
    name: str
    frame: int  # its id, while it runs
    begun: int
    place: Place
    caller: CodeType | None
    offset: int
    stored: str | tuple[str, ...]  # the caller's names of the result
    arguments: list[tuple[str, Any]]  # the arrays and numbers that it takes, by printed name
    within: tuple[CodeType, ...]  # the functions that it is called from
    ended: int = 0
    results: list[Traced] = dataclasses.field(default_factory=list)
    names: dict[int, str] = dataclasses.field(default_factory=dict)  # of results, where they are stored, by id


class Watching:
    """Runs a function, and notes the calls of the user's functions on a tape."""

    def __init__(self, tape: Tape):
        self.tape = tape
        self.calls: list[Called] = []
        self.running: list[Called] = []
        self.known: dict[CodeType, bool] = {}
        self.runs = self.is_on = False

    def run(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call the function; nothing is noted while another profiler runs."""
        if sys.getprofile() is not None:
            return function(*args)
        self.runs = True
        self.go_on()
        try:
            return function(*args)
        finally:
            self.runs = self.is_on = False
            sys.setprofile(None)

    def pause(self) -> None:
        """Note no calls while an operation is recorded, which calls much, but no function of the user's."""
        if self.is_on and self.tape.source is None and self.tape.places is not None:
            self.is_on = False
            sys.setprofile(None)

    def go_on(self) -> None:
        """Note calls again, after an operation has been recorded."""
        if not self.is_on and self.runs:
            self.is_on = True
            sys.setprofile(self._note)

    def _note(self, frame: FrameType, event: str, given: Any) -> None:
        if event == "call":
            code = frame.f_code
            if code is _RECORDS:
                self.pause()
                return
            users = self.known.get(code)
            if users is None:
                users = self.known[code] = _is_users(code)
            if users and self.tape.source is None:
                self._begin(frame, code)
        elif event == "return" and self.running and self.running[-1].frame == id(frame):
            call = self.running.pop()
            call.ended = self.tape.count
            if call.ended > call.begun:
                call.results = [_now(each) for _, each in _parts("", given) if isinstance(each, Traced)]
                several = isinstance(call.stored, tuple) and isinstance(given, (tuple, list))
                pairs = zip(call.stored, given, strict=False) if several else [(call.stored, given)]
                call.names = {id(_now(each)): str(name) for name, each in pairs if type(each) is Traced}
                self.calls.append(call)

    def _begin(self, frame: FrameType, code: CodeType) -> None:
        around, each = set(), frame.f_back
        while each is not None:
            around.add(id(each))
            each = each.f_back
        while self.running and self.running[-1].frame not in around:
            self.running.pop()  # it ended while nothing was noted
        caller = frame.f_back
        while caller is not None and is_machinery(caller.f_code.co_filename):
            caller = caller.f_back
        outermost = self.tape.outermost
        self.running.append(
            Called(
                code=code,
                name=_name(code),
                frame=id(frame),
                begun=self.tape.count,
                place=Place(0, ()) if frame.f_back is None else place_of(frame.f_back, self.tape),
                caller=None if caller is None else caller.f_code,
                offset=0 if caller is None else caller.f_lasti,
                stored="" if caller is None else hooks.active.stored_name(caller, outermost),
                arguments=_arguments(frame),
                within=tuple(each.code for each in self.running),
            )
        )


def _is_users(code: CodeType) -> bool:
    """Whether it is the code of a function that the user has defined: no lambda, comprehension, generator or class."""
    file = code.co_filename
    if is_machinery(file) or (file.startswith(PACKAGE) and file != _MODEL) or code.co_name.startswith("<"):
        return False
    if file.startswith((_STANDARD, "<frozen")) and "-packages" not in file:
        return False
    if file == "<string>" and code.co_name.startswith("__"):  # a method that a data class was given, ours or a user's
        return False
    return bool(code.co_flags & inspect.CO_OPTIMIZED) and not code.co_flags & _HIDDEN


def _name(code: CodeType) -> str:
    """The name of a function in programs; that of the class where the function has none that says what it does."""
    *around, name = code.co_qualname.rpartition("<locals>.")[2].split(".")
    if name.startswith("__") and around:
        return around[-1] if name in ("__call__", "__init__") else f"{around[-1]}_{name.strip('_')}"
    return name


def _arguments(frame: FrameType) -> list[tuple[str, Any]]:
    code = frame.f_code
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    variables = frame.f_locals  # not to be cleared: up to Python 3.12, a profiler's frame is filled from it again
    found = [part for name in code.co_varnames[:count] for part in _parts(name, variables.get(name))]
    return [(name, _now(each) if isinstance(each, Traced) else each) for name, each in found[:_MOST]]


def _parts(name: str, value: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """The arrays and the numbers in a nest, by printed name."""
    kind = type(value)
    if kind in (Traced, np.ndarray, float, int):
        yield name, value
    elif depth > 3:
        return
    elif kind is dict:
        for key, each in list(value.items())[:_MOST]:
            yield from _parts(f"{name}_{key}", each, depth + 1)
    elif kind in (tuple, list):
        for number, each in enumerate(value[:_MOST]):
            yield from _parts(f"{name}_{number}", each, depth + 1)
    elif issubclass(kind, tuple) and hasattr(value, "_fields"):
        for key, each in zip(value._fields, value, strict=False):
            yield from _parts(f"{name}_{key}", each, depth + 1)
    elif dataclasses.is_dataclass(kind):
        for field in dataclasses.fields(kind):
            held = vars(value).get(field.name) if hasattr(value, "__dict__") else getattr(value, field.name, None)
            yield from _parts(f"{name}_{field.name}", held, depth + 1)


def _now(node: Traced) -> Traced:
    """The node of what is in an array now, where that is known without reading anew."""
    view = node.memory
    if view is None or type(view) is Version or view.reread is not None or view.block.node is None:
        return node
    now: Traced = view.block.node
    return now


class Watched:
    """`with Watched(context, watching) as called:` what the context gives, its calls noted."""

    def __init__(self, context: AbstractContextManager[Callable[..., Any]], watching: Watching):
        self.context, self.watching = context, watching

    def __enter__(self) -> Callable[..., Any]:
        called = self.context.__enter__()
        return lambda *args: self.watching.run(called, *args)

    def __exit__(self, *error: Any) -> bool | None:
        return self.context.__exit__(*error)
