"""Writes a network's page to a file, as `Network.export` says, or to a folder, and shows it in a notebook."""

from __future__ import annotations

import os
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

from ..core.nouns import Array
from ..exchange.atomic import write_bytes
from ..export.errors import ExportError
from ..export.trained import Trained
from ..export.writing import Exported, title_of
from . import carried
from .carried import Carried
from .file import page_files, page_text
from .folder import write_folder

READS_DIGITS = (784, 10, "classes")


class Look:
    """A network's page, which a notebook shows. Made by `Network.look`; its `html` is the whole file."""

    def __init__(self, title: str, html: str):
        self._title, self.html = title, html

    def __repr__(self) -> str:
        return f"<Look into {self._title}, a page of {len(self.html.encode()):,} bytes; a notebook shows it>"

    def _repr_html_(self) -> str:
        frame = f'srcdoc="{escape(self.html)}" title="{escape(self._title)}" allow="clipboard-write"'
        return f'<iframe {frame} style="width:100%;height:860px;border:0"></iframe>'


def made(
    trained: Trained,
    answer: Callable[[Any], Array],
    examples: tuple[Any, Any] | None = None,
    training: int | tuple[Any, Any] = 0,
) -> str:
    """The page of a network.

    Args:
        trained: The network.
        answer: Gives its output activations of examples, one row each.
        examples: What is shown, x and y; by default MNIST's test digits, where the network reads them.
        training: What the page can learn from, x and y, or how many of MNIST's training digits.

    Returns:
        The file's text.

    Raises:
        ExportError: Nothing is known that the network could be shown on, or a page cannot show it.
        ChainruleError: It has an operation that only NumPy computes; the message names the equation.
        DataError: The examples do not match the network, or there are not so many training digits.
    """
    return page_text(trained, chosen(trained, answer, examples, training))


def chosen(
    trained: Trained,
    answer: Callable[[Any], Array],
    examples: tuple[Any, Any] | None = None,
    training: int | tuple[Any, Any] = 0,
) -> Carried:
    """The examples that the page of a network carries; as `made`."""
    if trained.architecture.vocabulary is not None or trained.kind == "several":
        raise ExportError(
            "A page shows networks that give one answer to images or columns of numbers; this one does not. net.explain(x, y) "
            "tells of it."
        )
    if examples is not None:
        if isinstance(training, int) and training:
            raise ExportError(
                "A page with examples of your own learns from such; give training=(x, y) in the place of a number."
            )
        return carried.given(trained, answer, *examples, training=training if isinstance(training, tuple) else None)
    if (trained.inputs, trained.outputs, trained.kind) == READS_DIGITS and isinstance(training, int):
        return carried.digits(trained, answer, training)
    raise ExportError(
        "A page shows a network on examples; give some, with their labels: export({file!r}, examples=(x, y)).",
        file="page.html",
    )


def export_page(
    path: str | os.PathLike[str],
    trained: Callable[[str], Trained],
    answer: Callable[[Any], Array],
    examples: tuple[Any, Any] | None = None,
    training: int | tuple[Any, Any] = 0,
) -> Exported:
    """Write the page of a network.

    Args:
        path: The file.
        trained: Makes what is written, with this title.
        answer: As in `made`, like the others.
        examples: What is shown.
        training: What is learned from.

    Returns:
        What was written. Raises as `made` does, and `OSError` where the file cannot be written.
    """
    content = made(trained(title_of(Path(path))), answer, examples, training).encode()
    write_bytes(path, content)
    return Exported(str(path), len(content))


def export_site(
    folder: str | os.PathLike[str],
    trained: Callable[[str], Trained],
    answer: Callable[[Any], Array],
    examples: tuple[Any, Any] | None = None,
    training: int | tuple[Any, Any] = 0,
) -> Exported:
    """Write the page of a network as a folder of files.

    Args:
        folder: The folder.
        trained: Makes what is written, with this title.
        answer: As in `made`, like the others.
        examples: What is shown.
        training: What is learned from.

    Returns:
        What was written. Raises as `made` does, `ExportError` where the folder holds other things, and `OSError` where it
        cannot be written.
    """
    network = trained(title_of(Path(folder)))
    files = page_files(network, chosen(network, answer, examples, training))
    return Exported(str(folder), write_folder(Path(folder), files))
