"""Writes a network's page to a file, as `Network.export` says."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from ..core.nouns import Array
from ..exchange.atomic import write_bytes
from ..export.errors import ExportError
from ..export.trained import Trained
from ..export.writing import Exported, title_of
from .digits import carried_digits
from .file import page_text


def export_page(
    path: str | os.PathLike[str],
    trained: Callable[[str], Trained],
    answer: Callable[[Array], Array],
    training: int = 0,
) -> Exported:
    """Write the page of a network that reads digits.

    Args:
        path: The file.
        trained: Makes what is written, with this title.
        answer: The network: gives the output activations of images, one row each.
        training: How many training digits the page carries.

    Returns:
        What was written.

    Raises:
        ExportError: The network does not read digits.
        ChainruleError: It has an operation that only NumPy computes; the message names the equation.
        DataError: There are not so many training digits.
        OSError: The file cannot be written.
    """
    made = trained(title_of(Path(path)))
    if (made.inputs, made.outputs, made.kind) != (784, 10, "classes"):
        raise ExportError(
            "A page shows a network that reads digits: 784 pixels in and 10 classes out, not {inputs:,} and {outputs:,}.",
            inputs=made.inputs,
            outputs=made.outputs,
        )
    content = page_text(made, carried_digits(made, answer, training)).encode()
    write_bytes(path, content)
    return Exported(str(path), len(content))
