"""Functions in a user's file: finds and imports them, and pairs their arguments with shapes.

Errors in the file are reported with their line.
"""

from __future__ import annotations

import contextlib
import difflib
import importlib.util
import inspect
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from ..core.errors import ChainruleError
from ..core.messages import listed, message
from ..core.tracing import Spec
from .errors import CommandError, UsageError

T = TypeVar("T")
_TARGET = re.compile(r"(?P<file>.+\.py)(?::(?P<function>[^:]*))?")
_SHAPE = re.compile(r"(?P<name>\w+)=(?P<sizes>\(\)|\d*(?:[x×]\d+)*)")


@dataclass(frozen=True)
class Function:
    """A function, the file it is in, and its name there."""

    file: Path
    name: str
    call: Callable[..., object]

    @property
    def arguments(self) -> list[inspect.Parameter]:
        """What it takes."""
        return list(inspect.signature(self.call).parameters.values())


def function_in(target: str) -> Function | None:
    """The function that `model.py:cost` names; `None` where the target is not a Python file."""
    match = _TARGET.fullmatch(target)
    if match is None:
        return None
    file, name = Path(match["file"]), match["function"]
    if not file.is_file():
        raise CommandError(
            "{file} does not exist; give the path of a Python file, and a function in it: model.py:cost", file=file
        )
    if not name:
        raise UsageError(
            "{file} is a Python file; name a function in it:", f"chainrule derive {file}:FUNCTION", file=file
        )
    module = _imported(file)
    found: object = module.get(name)
    for part in name.split(".") if name not in module else ():  # a static method, or a method of an object in the file
        found = getattr(found, part, None) if found is not None else module.get(part)
    if not callable(found):
        own = [key for key, value in module.items() if inspect.isfunction(value) and not key.startswith("_")]
        near = difflib.get_close_matches(name, own, n=1)
        raise CommandError(
            "{wrong}; did you mean {near}?"
            if near
            else "{wrong}; it has {listed}."
            if own
            else "{wrong}; it defines none.",
            wrong=message(
                "{name} in {file} is not a function" if name in module else "{file} has no function {name}",
                name=name,
                file=file,
            ),
            near="".join(near),
            listed=listed(own),
        )
    return Function(file, name, found)


def specs(function: Function, shapes: str | None) -> list[object]:
    """The arguments to trace a function with: a `Spec` for each shape, and its default for one without a shape."""
    given = _parsed(shapes) if shapes is not None else {}
    for argument in function.arguments:
        if argument.kind == argument.VAR_POSITIONAL or (
            argument.kind == argument.KEYWORD_ONLY and argument.default is argument.empty
        ):
            raise CommandError(
                "{function} takes the *{argument}, which --shapes cannot give; give it one plain argument for each array."
                if argument.kind == argument.VAR_POSITIONAL
                else "{function} takes the keyword-only {argument}, which --shapes cannot give; "
                "give it one plain argument for each array.",
                function=function.name,
                argument=argument.name,
            )
    takes = [a for a in function.arguments if a.kind in (a.POSITIONAL_ONLY, a.POSITIONAL_OR_KEYWORD)]
    names = [argument.name for argument in takes]
    for name in given:
        if name not in names:
            raise UsageError(
                "--shapes: {function} has no argument {name}; it takes {listed}."
                if names
                else "--shapes: {function} has no argument {name}; it takes no arguments.",
                function=function.name,
                name=name,
                listed=listed(names),
            )
    missing = [a.name for a in takes if a.name not in given and a.default is a.empty]
    if missing:
        example = ",".join(f"{name}={'x'.join(map(str, given[name])) if name in given else '…'}" for name in names)
        raise UsageError(
            "--shapes is needed; {function} takes a shape for each argument:"
            if shapes is None
            else "--shapes lacks {listed}; {function} takes a shape for each argument:",
            f"--shapes {example}",
            function=function.name,
            listed=listed(missing),
        )
    while takes and takes[-1].name not in given:  # left to their defaults
        takes.pop()
    return [Spec(given[a.name]) if a.name in given else a.default for a in takes]


def run_user_code(function: Function, work: Callable[[], T]) -> T:
    """Call `work`, which runs the user's function: its output goes to standard error, and its errors name their line."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return work()
    except ChainruleError:
        raise
    except Exception as error:
        line = _line_in(function.file, error.__traceback__)
        if not line:
            raise
        raise CommandError(
            "{function} raises {error} at {file}:{line}, called on shapes without values.",
            function=function.name,
            error=_named(error),
            file=function.file,
            line=line,
        ) from error


def _parsed(shapes: str) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for part in shapes.replace(" ", "").split(","):
        match = _SHAPE.fullmatch(part)
        if match is None:
            raise UsageError(
                "--shapes has {part!r}; write name=sizes with commas between: w=30x784 a matrix, v=30 a row of "
                "numbers, t= (nothing) a single number.",
                part=part,
            )
        sizes = match["sizes"].strip("()")
        if match["name"] in found:
            raise UsageError("--shapes has {name} twice.", name=match["name"])
        found[match["name"]] = tuple(map(int, re.split("[x×]", sizes))) if sizes else ()
    return found


def _imported(file: Path) -> dict[str, object]:
    """Everything that a Python file defines."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise CommandError("{file} cannot be imported.", file=file)
    module = importlib.util.module_from_spec(spec)
    folder = str(file.resolve().parent)
    sys.path.insert(0, folder)  # as Python does, so that the file can import its neighbors
    known = sys.modules.setdefault(file.stem, module)  # dataclasses look for their own module there
    try:
        with contextlib.redirect_stdout(sys.stderr):
            spec.loader.exec_module(module)
    except SyntaxError as error:
        place = f"{error.filename}:{error.lineno}" if error.lineno else str(file)
        raise CommandError(
            "{file} cannot be imported: {message}, at {where}.", file=file, message=error.msg, where=_short(file, place)
        ) from error
    except (Exception, SystemExit) as error:
        line = _line_in(file, error.__traceback__)
        raise CommandError(
            "{file} cannot be imported: line {line} raises {error}.", file=file, line=line, error=_named(error)
        ) from error
    finally:
        sys.path.remove(folder)
        if known is module:
            del sys.modules[file.stem]
    return vars(module)


def _line_in(file: Path, trace: TracebackType | None) -> int:
    """The last line of the file in an error's traceback; 0 where there is none."""
    line = 0
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if Path(name).name == file.name and Path(name).resolve() == file.resolve():
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _named(error: BaseException) -> str:
    """An error as in the last line of a traceback."""
    text = str(error).strip().split("\n")[0].rstrip(".")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _short(file: Path, place: str) -> str:
    return place.replace(str(file.resolve()), str(file))
