"""The file of a checkpoint: arrays by name, and one JSON object that describes them.

It is replaced atomically, so a run that is killed while writing leaves the previous checkpoint.
"""

import os
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..core.messages import message
from . import plain_json, safetensors
from .errors import FileFormatError, format_text, shown
from .plain_json import Json, JsonProblem

FORMAT = "chainrule checkpoint"
VERSION = "1"


def save(path: str | os.PathLike[str], arrays: Mapping[str, NDArray[np.generic]], about: Mapping[str, Json]) -> None:
    """Write a checkpoint.

    Args:
        path: The file to create or replace.
        arrays: Arrays by name.
        about: Their description, plain JSON.

    Raises:
        FileFormatError: The description is not plain JSON.
        OSError: The file cannot be written.
    """
    try:
        text = plain_json.text(dict(about))
    except JsonProblem as problem:
        raise FileFormatError(
            "{about}: its description {problem}.", about=message("{path} cannot be saved", path=path), problem=problem
        ) from problem
    safetensors.write(path, arrays, {"format": FORMAT, "format_version": VERSION, "about": text})


def load(path: str | os.PathLike[str]) -> tuple[dict[str, NDArray[np.generic]], Mapping[str, Json]]:
    """Read a checkpoint.

    Args:
        path: The file.

    Returns:
        The arrays by name, and their description.

    Raises:
        FileFormatError: The file is not a checkpoint, or is damaged.
    """

    def require_checkpoint(names: list[str], metadata: dict[str, str]) -> None:
        found = metadata.get("format", "")
        if found != FORMAT:
            if not found.startswith("chainrule "):
                raise FileFormatError(
                    "{path} is another safetensors file, where a checkpoint of chainrule is expected.", path=path
                )
            raise FileFormatError(
                "{path} is a {format}, where a checkpoint of chainrule is expected.",
                path=path,
                format=format_text(found),
            )
        if metadata.get("format_version") != VERSION:
            raise FileFormatError(
                "{path} was made by another chainrule (format version {version}, and this one reads {own}).",
                path=path,
                version=shown(metadata.get("format_version", "")),
                own=VERSION,
            )

    about = message("{path} cannot be loaded", path=path)
    arrays, metadata = safetensors.read(path, accept=require_checkpoint)
    try:
        described = plain_json.parse(metadata.get("about", ""))
    except JsonProblem as problem:
        raise FileFormatError("{about}: its description {problem}.", about=about, problem=problem) from problem
    if not isinstance(described, dict):
        raise FileFormatError("{about}: its description is not a JSON object.", about=about)
    return dict(arrays), described
