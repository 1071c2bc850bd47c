"""Networks that come with the package, for whoever has not trained one yet.

- `book`: what `chainrule train` makes on NumPy with nothing else said: layers 784, 30, 10, seed 0, 30 epochs. It is the
  network to explain.
- `reader`: layers 784, 512, 10, for handwriting that is not MNIST's. It is the network that reads; it was also trained
  on drawings that are no digits, so that `certainty` can ask it whether an answer is sure.

`python benchmarks/ship.py` makes both, `python benchmarks/handwriting.py` measures them.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from ..errors import DataError


def shipped(name: str) -> Path:
    """The file of a network in the package.

    Raises `DataError` where there is none of this name.

    >>> shipped("book").name
    'book.safetensors'
    """
    path = Path(str(resources.files(__package__) / f"{name}.safetensors"))
    if not path.is_file():
        raise DataError(f"The network {name} is missing from the package; install chainrule again.")
    return path
