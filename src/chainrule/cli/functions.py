"""A user's Python file: imports it, finds functions and layers in it, and makes networks of them.

It is run only where the user names it, never because a saved network does. Its errors are reported with their line.
"""

from __future__ import annotations

import contextlib
import difflib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from ..core.errors import ChainruleError
from ..core.messages import listed, message
from ..model import Network
from ..network.architecture import Architecture
from ..network.description import MissingFunctionError
from ..network.equations import programs
from ..network.layers import Layer
from ..saved import PausedRun
from .errors import CommandError, UsageError
from .files import TARGET, require_functions
from .layers import DIGIT, read_layers

Read = TypeVar("Read", Network, PausedRun)


@dataclass(frozen=True)
class Function:
    """A function in a user's file.

    Attributes:
        file: The file.
        name: Its name there.
        call: The function itself.
    """

    file: Path
    name: str
    call: Callable[..., object]

    @property
    def arguments(self) -> list[inspect.Parameter]:
        """The parameters that it takes."""
        return list(inspect.signature(self.call).parameters.values())


def function_in(target: str) -> Function | None:
    """The function that `model.py:cost` names; `None` if the target is not a Python file.

    Raises:
        CommandError: There is no such file, it cannot be imported, or it has no such function.
        UsageError: The target names no function.
    """
    match = TARGET.fullmatch(target)
    if match is None:
        return None
    file, name = Path(match["file"]), match["function"]
    if not name:
        raise UsageError(
            "{file} is a Python file; name a function in it:", f"chainrule derive {file}:FUNCTION", file=file
        )
    contents = _imported(file)
    found = contents.get(name)
    for part in (
        name.split(".") if name not in contents else ()
    ):  # a static method, or a method of an object in the file
        found = getattr(found, part, None) if found is not None else contents.get(part)
    if not callable(found):
        raise _no_function(file, name, contents)
    return Function(file, name, found)


# ---- networks of the user's own functions and layers -----------------------------------------------------------------


def read_network(read: Callable[..., Read], path: str, functions: str | None) -> Read:
    """Read a network, or a run that was stopped, with the user's functions that it is made of.

    Args:
        read: `load` or `paused`.
        path: The file of the network or checkpoint.
        functions: The Python file with the functions, if any.

    Returns:
        What `read` returns.

    Raises:
        CommandError: The network needs a function that is not there, or one of them raises an error on shapes.
        UsageError: A file of functions is named, and the network needs none.
    """
    contents = _contents(functions)
    own = {each.name: each.function for each in contents.values() if isinstance(each, Layer)}
    own |= {name: each for name, each in contents.items() if callable(each)}
    with running(functions):
        try:
            found = read(path, functions=own)
        except MissingFunctionError as error:
            if functions is not None:
                raise _no_function(Path(functions), error.name, contents) from None
            raise CommandError(
                "{path} uses {name}, a function of your own that is not saved with it; name the Python file that defines it:",
                "--functions FILE.py",
                path=path,
                name=error.name,
            ) from None
        network = found if isinstance(found, Network) else found.network
        require_used(functions, network.architecture)
    return found


def network_of(layers: Sequence[int | str], functions: str | None, image: tuple[int, ...] = DIGIT) -> dict[str, Any]:
    """What `Network` takes for layers as they are typed, `784,gated,10`, with the user's own in the place of their names.

    Args:
        layers: Numbers of neurons, layers of the package as they are typed, and names of layers.
        functions: The Python file that defines these layers, if any.
        image: The rows and columns of an image.

    Returns:
        The arguments `layers` and `input`.

    Raises:
        CommandError: The file has no layer of a name.
        UsageError: A name is given, and no file; or the layers make no sense.
    """
    contents = _contents(functions)

    def own(name: str) -> Layer:
        layer = contents.get(name)
        if not isinstance(layer, Layer):
            raise CommandError(
                "{file} has no layer {name}; define it there: {name} = chainrule.Layer(function, parameters)",
                file=functions,
                name=name,
            )
        return layer

    return read_layers(layers, own if functions is not None else None, image)


def require_used(functions: str | None, architecture: Architecture | None = None) -> None:
    """Refuse a file of functions that a network does not need.

    Functions that it needs are run here once, on shapes, so that an error in them is reported before anything is done.

    Args:
        functions: The Python file, if any.
        architecture: The layers of the network, if it is known.

    Raises:
        UsageError: A file is named, and the network has no function of the user's own.
    """
    if architecture is not None and architecture.own:
        programs(architecture.whole, 2)
    elif functions is not None:
        raise UsageError("--functions has no effect on a network without functions of your own; leave it out.")


@contextlib.contextmanager
def running(file: Path | str | None) -> Iterator[None]:
    """A context in which functions of a user's file run: an error in them is reported with its line."""
    try:
        yield
    except ChainruleError:
        raise
    except Exception as error:
        function, line = _place_in(Path(file or ""), error.__traceback__)
        if not line:
            raise
        raise CommandError(
            "{function} raises {error} at {file}:{line}, called on shapes without values.",
            function=function,
            error=_named(error),
            file=file,
            line=line,
        ) from error


# ---- the file --------------------------------------------------------------------------------------------------------


def _contents(functions: str | None) -> Mapping[str, object]:
    """Everything that the file of --functions defines; nothing without one."""
    if functions is None:
        return {}
    require_functions(functions)
    return _imported(Path(functions))


def _no_function(file: Path, name: str, contents: Mapping[str, object]) -> CommandError:
    """The error for a file without this function, with the nearest one, or those that it has."""
    own = [key for key, value in contents.items() if inspect.isfunction(value) and not key.startswith("_")]
    near = difflib.get_close_matches(name, own, n=1)
    return CommandError(
        "{wrong}; did you mean {near}?"
        if near
        else "{wrong}; it has {listed}."
        if own
        else "{wrong}; it defines none.",
        wrong=message(
            "{name} in {file} is not a function" if name in contents else "{file} has no function {name}",
            name=name,
            file=file,
        ),
        near="".join(near),
        listed=listed(own),
    )


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
        spec.loader.exec_module(module)
    except SyntaxError as error:
        place = f"{error.filename}:{error.lineno}" if error.lineno else str(file)
        raise CommandError(
            "{file} cannot be imported: {message}, at {where}.", file=file, message=error.msg, where=_short(file, place)
        ) from error
    except (Exception, SystemExit) as error:
        _, line = _place_in(file, error.__traceback__)
        raise CommandError(
            "{file} cannot be imported: line {line} raises {error}.", file=file, line=line, error=_named(error)
        ) from error
    finally:
        sys.path.remove(folder)
        if known is module:
            del sys.modules[file.stem]
    return vars(module)


def _place_in(file: Path, trace: TracebackType | None) -> tuple[str, int]:
    """The last function and line of the file in an error's traceback; line 0 where there is none."""
    function, line = "", 0
    while trace is not None:
        code = trace.tb_frame.f_code
        if Path(code.co_filename).name == file.name and Path(code.co_filename).resolve() == file.resolve():
            function, line = code.co_name, trace.tb_lineno
        trace = trace.tb_next
    return function, line


def _named(error: BaseException) -> str:
    """An error as in the last line of a traceback."""
    text = str(error).strip().split("\n")[0].rstrip(".")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _short(file: Path, place: str) -> str:
    return place.replace(str(file.resolve()), str(file))
