"""The file of a checkpoint: arrays by name, and one JSON object that says what they are.

Like every file here it is replaced all at once, so a run that is killed while it writes leaves the checkpoint before.
"""

import os
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from chainrule.exchange import plain_json, safetensors
from chainrule.exchange.errors import FileFormatError, shown
from chainrule.exchange.plain_json import Json, JsonProblem

FORMAT = "chainrule checkpoint"
VERSION = "1"


def save(path: str | os.PathLike[str], arrays: Mapping[str, NDArray[np.generic]], about: Mapping[str, Json]) -> None:
    """Write a checkpoint. Raises `FileFormatError` for what is no plain JSON, `OSError` where it cannot be written."""
    try:
        text = plain_json.text(dict(about))
    except JsonProblem as problem:
        raise FileFormatError(f"{path} cannot be saved: its description {problem}.") from problem
    safetensors.write(path, arrays, {"format": FORMAT, "format_version": VERSION, "about": text})


def load(path: str | os.PathLike[str]) -> tuple[dict[str, NDArray[np.generic]], Mapping[str, Json]]:
    """Read a checkpoint. Raises `FileFormatError` for a file that is none."""

    def require_checkpoint(names: list[str], metadata: dict[str, str]) -> None:
        found = metadata.get("format", "")
        if found != FORMAT:
            kind = f"a {shown(found)}" if found.startswith("chainrule ") else "another safetensors file"
            raise FileFormatError(f"{path} is {kind}, where a checkpoint of chainrule is expected.")
        if metadata.get("format_version") != VERSION:
            raise FileFormatError(
                f"{path} was made by another chainrule (format version {shown(metadata.get('format_version', ''))}, "
                f"and this one reads {VERSION})."
            )

    arrays, metadata = safetensors.read(path, accept=require_checkpoint)
    try:
        about = plain_json.parse(metadata.get("about", ""))
    except JsonProblem as problem:
        raise FileFormatError(f"{path} cannot be loaded: its description {problem}.") from problem
    if not isinstance(about, dict):
        raise FileFormatError(f"{path} cannot be loaded: its description is not a JSON object.")
    return dict(arrays), about
