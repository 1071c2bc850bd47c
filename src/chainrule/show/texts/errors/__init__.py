"""What the package's errors say, in 简体中文: one table a family, English template → Chinese template.

Errors are raised in English. `show/translation.py` finds the template that made a sentence, and fills in the other one. A place
whose name is in `PHRASES` holds one of those phrases; any other holds a name or a number, which is the same in both.
"""

from __future__ import annotations

from . import command, data, files, networks, phrases, program, refusals

SENTENCES: dict[str, str] = {
    **command.SENTENCES,
    **data.SENTENCES,
    **files.SENTENCES,
    **networks.SENTENCES,
    **program.SENTENCES,
}
PHRASES: dict[str, dict[str, str]] = {**phrases.PHRASES, **program.PHRASES, **refusals.PHRASES}
