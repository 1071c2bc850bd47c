"""Networks that come with the package, for users who have not trained one yet.

- `book`: the result of `chainrule train` on NumPy with its defaults: layers 784, 30, 10, seed 0, 30 epochs. It is the
  network to explain.
- `reader`: a convolutional network for handwriting unlike MNIST's. It was also trained on drawings that are not digits, so
  that `certainty` can tell whether its answer is sure. `predict` asks it, and the page shows both.

`python benchmarks/ship.py` makes them, `python benchmarks/handwriting.py` measures them.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from ..errors import DataError


def shipped(name: str) -> Path:
    """The file of a network in the package.

    Args:
        name: `"book"` or `"reader"`.

    Returns:
        Its path.

    Raises:
        DataError: There is no network of this name.

    Examples:
        >>> shipped("book").name
        'book.safetensors'
    """
    path = Path(str(resources.files(__package__) / f"{name}.safetensors"))
    if not path.is_file():
        raise DataError("The network {name} is missing from the package; install chainrule again.", name=name)
    return path
