"""Every text for people in English and 简体中文, in one table a subject: key → (English, 中文)."""

from __future__ import annotations

from typing import TypeAlias

Texts: TypeAlias = dict[str, tuple[str, str]]
