"""The executor that was chosen for a run of learning, and what is to be said about it. How it is chosen is in `choice.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

INSTALL = 'pip install "chainrule[native]"'
"""Brings what native loops need."""


@dataclass(frozen=True)
class Choice:
    """The executor, and what is to be said about it: a sentence, a `Message` that other languages can fill, or nothing."""

    executor: Literal["numpy", "native"]
    note: str = ""
