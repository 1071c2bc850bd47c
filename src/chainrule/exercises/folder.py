"""A learner's folder: a file for each exercise that was begun, none of them ever written over, and what is solved.

Reading it writes nothing: the folder is made with the first file in it.
"""

from __future__ import annotations

import json
from pathlib import Path

from ..core.errors import ChainruleError
from ..exchange.atomic import write_text
from ..exchange.network_file import next_free
from ..regular_files import read_text
from ..show.language import SOURCE, Language
from . import EXERCISES

_PROGRESS = "progress.json"


class Folder:
    """A learner's folder.

    Attributes:
        path: Where it is.
        solved: The names of exercises that were solved, in the order in which they were.
        hints: How many hints were shown, by exercise.
    """

    def __init__(self, path: Path, language: Language = SOURCE):
        self.path, self.language = path, language
        self.solved: list[str] = []
        self.hints: dict[str, int] = {}
        kept = path / _PROGRESS
        if kept.exists():
            try:
                found = json.loads(read_text(kept))
                self.solved = [name for name in found["solved"] if name in EXERCISES]
                self.hints = {name: int(count) for name, count in found["hints"].items() if name in EXERCISES}
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise ChainruleError(
                    "{file} is not a file of chainrule practice; give another folder, or move it.", file=str(kept)
                ) from error

    @property
    def current(self) -> str | None:
        """The first exercise that is not solved; none where all are."""
        return next((name for name in EXERCISES if name not in self.solved), None)

    def after(self, name: str) -> str | None:
        """The next one that is not solved, behind this one first."""
        names = list(EXERCISES)
        place = names.index(name) + 1
        return next((each for each in names[place:] + names[:place] if each not in self.solved), None)

    def file(self, name: str) -> Path:
        """The file of an exercise."""
        return self.path / f"{list(EXERCISES).index(name) + 1:02}_{name}.py"

    def begun(self, name: str) -> Path:
        """The file of an exercise, which is written if there is none."""
        path = self.file(name)
        if not path.exists():
            self.path.mkdir(parents=True, exist_ok=True)
            write_text(path, EXERCISES[name].file(self.language))
        return path

    def reset(self, name: str) -> Path | None:
        """Begin an exercise again.

        Args:
            name: The exercise.

        Returns:
            What the learner's file is called now; none where there was no file.
        """
        path, kept = self.file(name), None
        if path.exists():
            kept = next_free(path)
            path.rename(kept)
        self.begun(name)
        if name in self.solved:
            self.solved.remove(name)
        self.hints.pop(name, None)
        self.keep()
        return kept

    def hint(self, name: str) -> int:
        """Count one more hint, where there is a folder to keep the count in; the number of the one that is to be shown."""
        self.hints[name] = min(self.hints.get(name, 0) + 1, len(EXERCISES[name].hints))
        if self.path.exists():
            self.keep()
        return self.hints[name]

    def solve(self, name: str) -> None:
        """Note that an exercise is solved."""
        if name not in self.solved:
            self.solved.append(name)
            self.keep()

    def keep(self) -> None:
        """Write down what is solved."""
        self.path.mkdir(parents=True, exist_ok=True)
        write_text(self.path / _PROGRESS, json.dumps({"solved": self.solved, "hints": self.hints}, indent=2) + "\n")
