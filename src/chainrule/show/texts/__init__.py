"""English texts for people, in one table a subject: key → English, which is the key of its translations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Texts: TypeAlias = Mapping[str, str]
