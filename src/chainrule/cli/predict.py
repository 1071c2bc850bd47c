"""`chainrule predict`: reads the digit or number in each picture; those that cannot be read are reported, and the others read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..certainty import SURE, Certainty, certainty
from ..core.nouns import Array
from ..data.errors import DataError
from ..data.folders import read_picture
from ..data.images import Digit, read_digits
from ..data.shipped import shipped
from ..model import Network
from ..regular_files import open_regular
from ..saved import load
from ..show.language import Language
from ..show.language import say as phrase
from ..show.numbers import class_text
from ..show.screen import Cell, Screen
from . import table
from .arguments import Values
from .errors import CommandError, UsageError
from .functions import read_network, require_used
from .sets import own_shape, require_classes
from .streams import output, print_json, say

_SHIPPED = "reader"


@dataclass(frozen=True)
class Answer:
    """A network's answer for a digit.

    Attributes:
        activations: The output activations.
        box: Left, top, right and bottom of the digit, in pixels of the picture.
        certainty: How certain the answer is, if the classes are the digits.
    """

    activations: Array
    box: tuple[int, int, int, int]
    certainty: Certainty | None

    @property
    def ranked(self) -> list[int]:
        """The classes, strongest first."""
        order: list[int] = self.activations.argsort(kind="stable")[::-1].tolist()
        return order


@dataclass(frozen=True)
class Reading:
    """The digits of a file, from left to right."""

    file: str
    answers: list[Answer]

    @property
    def number(self) -> str:
        """The digits as one number."""
        return "".join(str(answer.ranked[0]) for answer in self.answers)


def run(values: Values) -> int:
    """Read every picture; 1 where one could not be read."""
    net, files = _network(values)
    if table.is_of_table(net):
        return table.predict(net, files, values)
    if values.output is not None:
        raise UsageError("-o is for the answers of a network that learned from a table; leave it out.")
    readings: list[Reading] = []
    for file in files:
        try:
            shape = own_shape(net)
            digits = read_digits(file) if shape is None else [_whole(file, shape)]
            readings.append(Reading(file, [_answer(net, digit) for digit in digits]))
        except (DataError, OSError) as error:
            say(error, values.lang)
    if values.json:
        print_json([_plain(reading, net.classes) for reading in readings])
    elif readings:
        _draw(*output(values), readings, net.classes)
    return 0 if len(readings) == len(files) else 1


def _whole(file: str, shape: tuple[int, ...]) -> Digit:
    """A whole picture, as if it were a digit."""
    picture = read_picture(file, shape)
    return Digit(picture, (0, 0, shape[-1], shape[-2]))


def _answer(net: Network, digit: Digit) -> Answer:
    activations = net(digit.image)
    return Answer(
        activations, digit.box, certainty(activations, digit.image) if net.sizes[-1] == 10 and not net.classes else None
    )


def _network(values: Values) -> tuple[Network, list[str]]:
    """The network among the files, or the bundled reader; and the pictures."""
    networks = [file for file in values.image if file.endswith(".safetensors") or _is_safetensors(Path(file))]
    if len(networks) > 1:
        raise UsageError(
            "predict takes one network, and {other} is another:",
            f"chainrule predict {networks[0]} photo.png",
            other=networks[1],
        )
    if networks:
        pictures = [file for file in values.image if file != networks[0]]
        if not pictures:
            raise UsageError("predict needs a picture too:", f"chainrule predict {networks[0]} photo.png")
        net = read_network(load, networks[0], values.functions)
        if table.is_of_table(net):
            return net, pictures
        if net.sizes[0] != 784 and own_shape(net) is None:
            raise CommandError(
                "{net} has {inputs} inputs, and a picture of a digit has 28 × 28 = 784 pixels.",
                net=networks[0],
                inputs=net.sizes[0],
            )
        require_classes(net, networks[0], "predict")
        return net, pictures
    require_used(values.functions)
    screen, language = output(values, aside=True)
    screen.text(
        (
            phrase(
                language,
                "Read by the bundled reader, a network trained on augmented digits. explain shows another, the "
                "book's network. To use your own: predict NET IMAGE...",
            ),
            "ink3",
        )
    )
    return load(shipped(_SHIPPED)), values.image


def _is_safetensors(path: Path) -> bool:
    """Whether a file begins as a safetensors file does: the size of its header, and the header, which is JSON."""
    try:
        with open_regular(path) as file:
            start = file.read(9)
    except OSError:
        return False
    return start[8:] == b"{"


def _plain(reading: Reading, classes: tuple[str, ...]) -> dict[str, object]:
    digits = [
        {
            "digit": answer.ranked[0],
            **({"class": classes[answer.ranked[0]]} if classes else {}),
            "activations": [float(activation) for activation in answer.activations],
            "sure": None if answer.certainty is None else answer.certainty.sure,
            "box": list(answer.box),
        }
        for answer in reading.answers
    ]
    one = digits[0] if len(digits) == 1 else {"digit": None, "activations": None}
    return {
        "file": reading.file,
        "digit": one["digit"],
        "activations": one["activations"],
        "sure": None if digits[0]["sure"] is None else all(digit["sure"] for digit in digits),
        "digits": digits,
    }


def _draw(screen: Screen, language: Language, readings: list[Reading], classes: tuple[str, ...]) -> None:
    heads = (
        phrase(language, "file"), phrase(language, "it reads" if classes else "digit"), phrase(language, "activation"),
        phrase(language, "runner-up"),
    )  # fmt: skip
    head: list[Cell] = [(each, "ink3") for each in heads]
    rows: list[list[Cell]] = [[*head, ""]]
    for reading in readings:
        # Of a number, the figures are those of its least sure digit.
        least = min(reading.answers, key=lambda answer: answer.certainty.second if answer.certainty else 0.0)
        answer, *others = least.ranked
        names = ", ".join(class_text(each.ranked[0], classes) for each in reading.answers)
        row: list[Cell] = [reading.file, (names if classes else reading.number, "bold")]
        row.append(f"{least.activations[answer]:.3f}")
        second = f"{class_text(others[0], classes)}  {least.activations[others[0]]:.3f}" if others else ""
        row.append((second, "ink2"))
        found, doubt = least.certainty, ""
        if found is not None and not found.sure:
            doubt = phrase(language, "unsure: {second:.2f}, sure from {least:.2f}", second=found.second, least=SURE)
        rows.append([*row, (doubt, "bold")])
    screen.table(rows, "<>>><", gap=3)
