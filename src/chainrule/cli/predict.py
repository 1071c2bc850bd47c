"""`chainrule predict`: which digit a picture shows. A picture that cannot be read is said, and the others are read."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from ..data.errors import DataError
from ..data.images import read_digit
from ..data.shipped import shipped
from ..model import Network
from ..program.nouns import Array
from ..saved import load
from ..show.language import Language, spoken
from ..show.language import say as told
from ..show.screen import Cell, Screen
from .errors import CommandError, UsageError
from .streams import say

_SHIPPED = "reader"


@dataclass(frozen=True)
class Reading:
    """What a network makes of a file: the output activations."""

    file: str
    activations: Array

    @property
    def ranked(self) -> list[int]:
        """The classes, the strongest first."""
        order: list[int] = self.activations.argsort(kind="stable")[::-1].tolist()
        return order


def run(values: argparse.Namespace) -> int:
    """Read every picture that can be read; 1 where one could not."""
    net, files = _network(values.image, values.lang)
    readings: list[Reading] = []
    for file in files:
        try:
            readings.append(Reading(file, net.activations(read_digit(file))))
        except (DataError, OSError) as error:
            say(str(error), values.lang)
    if values.json:
        print(json.dumps([_plain(reading) for reading in readings]))
    elif readings:
        screen = Screen(sys.stdout)
        _draw(screen, readings, spoken(values.lang, screen.encoding))
    return 0 if len(readings) == len(files) else 1


def _network(files: list[str], asked: str | None) -> tuple[Network, list[str]]:
    """The network that the first file is, or one from the package; and the pictures."""
    first = files[0]
    if first.endswith(".safetensors") or _is_safetensors(Path(first)):
        if len(files) == 1:
            raise UsageError("predict needs a picture too:", f"chainrule predict {first} photo.png")
        net, pictures = load(first), files[1:]
        if net.sizes[0] != 784:
            raise CommandError(f"{first} has {net.sizes[0]} inputs, and a picture of a digit has 28 × 28 = 784 pixels.")
        return net, pictures
    screen = Screen(sys.stderr)
    screen.text((told(spoken(asked, screen.encoding), "tables.shipped"), "ink3"))
    return load(shipped(_SHIPPED)), files


def _is_safetensors(path: Path) -> bool:
    """Whether a file begins as a safetensors file does: the size of its header, and the header, which is JSON."""
    try:
        with path.open("rb") as file:
            start = file.read(9)
    except OSError:
        return False
    return start[8:] == b"{"


def _plain(reading: Reading) -> dict[str, object]:
    return {
        "file": reading.file,
        "digit": reading.ranked[0],
        "activations": [float(activation) for activation in reading.activations],
    }


def _draw(screen: Screen, readings: list[Reading], language: Language) -> None:
    heads = ("file", "digit", "activation", "runner-up")
    head: list[Cell] = [(told(language, f"tables.{each}"), "ink3") for each in heads]
    rows: list[list[Cell]] = [head]
    for reading in readings:
        answer, *others = reading.ranked
        row: list[Cell] = [reading.file, (str(answer), "bold"), f"{reading.activations[answer]:.3f}"]
        rows.append([*row, (f"{others[0]}  {reading.activations[others[0]]:.3f}" if others else "", "ink2")])
    screen.table(rows, "<>>>", gap=3)
