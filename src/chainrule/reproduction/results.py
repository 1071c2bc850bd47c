"""The file of runs: JSON, replaced atomically after each run, so that a stopped reproduction can be continued.

Runs are stored under the settings of their experiment, so a changed table of rows does not mix them up.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..exchange import atomic, plain_json
from ..exchange.errors import FileFormatError
from ..exchange.plain_json import Json, JsonProblem
from ..regular_files import read_text
from .experiments import Run
from .rows import Experiment

FORMAT = "chainrule reproduction 1"


class Results:
    """The runs in a file, which need not exist yet.

    Raises:
        FileFormatError: The file holds something else.
        OSError: The file cannot be read.
    """

    def __init__(self, path: str | os.PathLike[str]):
        self.path = Path(path)
        self._runs: dict[str, dict[int, Run]] = {}
        if not self.path.exists():
            return
        try:
            self._read(plain_json.parse(read_text(self.path)))
        except (JsonProblem, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
            raise FileFormatError(
                "{path} cannot be read as the results of a reproduction; give another name, or move it away.", path=path
            ) from error

    def of(self, experiment: Experiment) -> tuple[Run, ...]:
        """The runs of an experiment, in the order of their seeds."""
        return tuple(run for _, run in sorted(self._runs.get(_key(experiment), {}).items()))

    def add(self, experiment: Experiment, run: Run) -> None:
        """Add a run; `save` writes it.

        Args:
            experiment: The experiment.
            run: The run, which replaces one with the same seed.
        """
        self._runs.setdefault(_key(experiment), {})[run.seed] = run

    def take(self, other: Results) -> None:
        """Add all runs of another file."""
        for key, runs in other._runs.items():
            self._runs.setdefault(key, {}).update(runs)

    def save(self, about: Mapping[str, Json] | None = None) -> None:
        """Write the file, one run per line; `about` is written before the runs, and is not read back."""
        lines = [f'"format": {json.dumps(FORMAT)}']
        lines += [f"{json.dumps(name)}: {plain_json.text(value)}" for name, value in (about or {}).items()]
        blocks = []
        for key, runs in self._runs.items():
            listed = ",\n  ".join(plain_json.text(_plain(run)) for _, run in sorted(runs.items()))
            blocks.append(f'{{"settings": {key}, "runs": [\n  {listed}\n ]}}')
        lines.append('"experiments": [\n ' + ",\n ".join(blocks) + "\n]")
        atomic.write_text(self.path, "{" + ",\n".join(lines) + "}\n")

    def _read(self, data: Json) -> None:
        if not isinstance(data, Mapping) or data["format"] != FORMAT:
            raise ValueError(f"no {FORMAT}")
        for block in _list(data["experiments"]):
            if not isinstance(block, Mapping):
                raise TypeError("an experiment is an object")
            runs = map(_run, _list(block["runs"]))
            self._runs[plain_json.text(block["settings"])] = {run.seed: run for run in runs}


def _key(experiment: Experiment) -> str:
    return plain_json.text({"kind": type(experiment).__name__.lower(), **dataclasses.asdict(experiment)})


def _plain(run: Run) -> dict[str, Json]:
    """The fields of a run that are not empty."""
    return {name: value for name, value in dataclasses.asdict(run).items() if value not in ((), None, "")}


def _list(value: Json) -> Sequence[Json]:
    if not isinstance(value, list):
        raise TypeError("a list is expected")
    return value


def _run(data: Json) -> Run:
    """The run of a JSON object. Raises `TypeError` where a field is missing, unknown, or of another type."""
    if not isinstance(data, Mapping):
        raise TypeError("a run is an object")
    fields: dict[str, Any] = {name: tuple(each) if isinstance(each, list) else each for name, each in data.items()}
    fields["misread"] = tuple((int(place), int(answer)) for place, answer in fields.get("misread", ()))
    run = Run(**{"version": "", **fields})
    series = (run.scored, run.valid, run.training, run.lengths, run.digits)
    if not all(isinstance(each, tuple) and all(isinstance(number, (int, float)) for number in each) for each in series):
        raise TypeError("accuracies and lengths are lists of numbers")
    if not isinstance(run.seed, int) or "seconds" not in fields or not isinstance(run.seconds, (int, float)):
        raise TypeError("seed and seconds are numbers")
    return run
