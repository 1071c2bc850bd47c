"""The executor that was chosen for a run of learning, and what is to be said about it. How it is chosen is in `choice.py`."""

from __future__ import annotations

from dataclasses import dataclass

from ..show.language import Language, say

INSTALL = 'pip install "chainrule[native]"'
"""Brings what native loops need."""


@dataclass(frozen=True)
class Choice:
    """The executor, `"numpy"` or `"native"`, and what is to be said about it: a text of the catalog and its values."""

    executor: str
    key: str = ""
    values: tuple[tuple[str, str], ...] = ()

    def said(self, language: Language) -> str:
        """What is to be said about it: one sentence, or nothing."""
        return say(language, f"training.executor.{self.key}", **dict(self.values)) if self.key else ""

    @property
    def note(self) -> str:
        """What is to be said about it, in English.

        >>> Choice("numpy", "install", (("command", INSTALL),)).note
        'Native code would be faster; to get it, install Numba: pip install "chainrule[native]".'
        """
        return self.said("en")
