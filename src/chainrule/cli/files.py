"""Refuses files that do not exist before the command is imported that would read them, so that nobody waits for a refusal.

Whether a file is what it should be is found out where it is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ..core.messages import message
from .arguments import Command, Values
from .errors import CommandError

TARGET = re.compile(r"(?P<file>.+\.py)(?::(?P<function>[^:]*))?")
"""A function in a Python file, `model.py:cost`."""

NETWORK = ".safetensors"
"""How the name of a network's file ends."""

_IMAGES_OR_TABLE = message("a folder or a file of images, or a table: CSV, TSV or Parquet")
_LINES = message("a text file with one name or sentence per line")
_PICTURE = message("a PNG, JPEG, GIF, WebP, BMP or TIFF image")
_PICTURE_OR_TABLE = message("a picture, or a table for a network that learned from one")


def require_files(command: Command, values: Values) -> None:
    """Refuse files that a command is to read and that do not exist.

    Args:
        command: The command.
        values: The values of its arguments.

    Raises:
        CommandError: A file does not exist; where an argument names several, none of them does, since a command reports a
            single missing one and reads the others, and asks for pictures where only networks are named.
    """
    for argument in command.arguments:
        require = _CHECKS.get(argument.name)
        value = getattr(values, argument.key)
        if require is None or value is None:
            continue
        if not isinstance(value, list):
            require(value, values)
        elif (pictures := _pictures(value)) and not any(Path(name).is_file() for name in pictures):
            for name in value:
                require(name, values)


def _pictures(files: Sequence[str]) -> list[str]:
    return [name for name in files if not name.endswith(NETWORK)]


def require_functions(file: str) -> None:
    """Refuse a file of functions that is not a Python file, or does not exist.

    Args:
        file: The value of --functions.

    Raises:
        CommandError: It is none.
    """
    if Path(file).suffix != ".py" or not Path(file).is_file():
        raise CommandError("--functions {file} is not a Python file; give the path of one: layers.py", file=file)


def _require_network(name: object, _: Values) -> None:
    """Layers that are typed are a tuple, which names no file."""
    if isinstance(name, str) and not Path(name).exists():
        raise CommandError("{path} does not exist; give the path of a safetensors file.", path=name)


def _require_data(name: str, values: Values) -> None:
    if getattr(values, "text", None) is not None:
        return  # explain refuses DATA beside --text, whether they exist or not
    _require_existing(name, _LINES if getattr(values, "gpt", False) else _IMAGES_OR_TABLE)


def _require_labels(name: str, values: Values) -> None:
    if values.data is not None:  # without images they are refused whether they exist or not
        _require_existing(name, message("an IDX file"))


def _require_target(name: str, values: Values) -> None:
    match = TARGET.fullmatch(name)
    if match is None:
        _require_network(name, values)
    elif not Path(match["file"]).is_file():
        raise CommandError(
            "{file} does not exist; give the path of a Python file, and a function in it: model.py:cost",
            file=match["file"],
        )


def _require_existing(name: str, expected: str) -> None:
    path = Path(name)
    if not path.exists():
        raise CommandError("{path} does not exist; give {expected}.", path=name, expected=expected)
    if not (path.is_file() or path.is_dir()):
        raise CommandError("{path} is not a regular file; give {expected}.", path=name, expected=expected)


def _require_picture(name: str, values: Values) -> None:
    if name.endswith(NETWORK):
        _require_network(name, values)
    else:
        for_network = isinstance(values.image, list) and len(_pictures(values.image)) < len(values.image)
        _require_existing(name, _PICTURE_OR_TABLE if for_network else _PICTURE)


_CHECKS: Mapping[str, Callable[..., None]] = {
    "NET": _require_network,
    "GPT": _require_network,
    "LAYERS": _require_network,
    "TARGET": _require_target,
    "DATA": _require_data,
    "IMAGE": _require_picture,
    "--resume": _require_network,
    "--labels": _require_labels,
    "--image": _require_picture,
    "--functions": lambda name, _: require_functions(name),
}
"""How a file is refused that does not exist, by the argument that names it."""
