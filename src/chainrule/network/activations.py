"""Activation functions, in plain NumPy: each takes a layer's weighted input z, and is differentiated by tracing it."""

from __future__ import annotations

from collections.abc import Callable

from ..program.nouns import Array
from ..program.operations.elementwise import sigmoid

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {"sigmoid": sigmoid}
