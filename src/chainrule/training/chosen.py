"""The executor chosen for a training run, and a remark on the choice. `choice.py` makes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

INSTALL = 'pip install "chainrule[native]"'
"""The command that installs what native loops need."""


@dataclass(frozen=True)
class Choice:
    """The executor, and a remark: a sentence, a `Message` that can be translated, or nothing."""

    executor: Literal["numpy", "native"]
    note: str = ""
