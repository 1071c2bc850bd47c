"""What became of the loops and branches of a function, and why: the report of a program."""

from __future__ import annotations

import textwrap
from collections.abc import Collection
from dataclasses import dataclass
from types import CodeType, FrameType

from ..core.location import file_name
from ..core.messages import Message, message
from ..core.nouns import TEXTS, Program
from ..core.python import text
from ..program.sizes.numbers import VaryingError
from ..program.sizes.programs import ASSUMED
from ..program.wrapping import WIDTH, wrap_lines


class NotAlikeError(TypeError):
    """The sides of a branch or the turns of a loop cannot be one equation, and it is taken as it runs; the report says why."""


@dataclass(frozen=True, order=True)
class Choice:
    """What became of a loop, a branch or a whole function.

    Attributes:
        file: The name of its file.
        line: The line where it begins.
        kind: `for`, `while`, `if`, `except`, or `def`, for the whole function.
        why: Why the program has only what ran; empty where it has the loop or the branch itself.
        in_text: Whether the text of the program says so, too.
    """

    file: str
    line: int
    kind: str
    why: str = ""
    in_text: bool = True


class Choices(dict[tuple[str, int, str], Choice]):
    """The last choice of each place; recording a part again, around which something has changed, decides anew."""

    def note(
        self, frame: FrameType | None, kind: str, why: str = "", *, is_new: bool = False, in_text: bool = True
    ) -> None:
        """Note what became of the line that runs in a frame; if it `is_new`, only where nothing is noted of it."""
        if frame is not None and not (is_new and (frame.f_code.co_filename, frame.f_lineno, kind) in self):
            self.note_at(frame.f_code, frame.f_lineno, kind, why, in_text=in_text)

    def note_at(self, code: CodeType, line: int, kind: str, why: str, *, in_text: bool = True) -> None:
        """Note what became of a line of some code."""
        path = code.co_filename
        self[path, line, kind] = Choice(file_name(path), line, kind, why, in_text)


def reason(error: Exception) -> str:
    """Why a part is as it ran, from the error that ended its recording."""
    if isinstance(error, NotAlikeError):
        return error.args[0] if error.args else ""
    if isinstance(error, VaryingError):
        return error.args[0] or message("it needs the number of the turn as a plain integer, for example as a key")
    return message("recording it raised {error}", error=f"{type(error).__name__}: {str(error).partition(chr(10))[0]}")


def keep_choices(program: Program, choices: Collection[Choice]) -> Program:
    """The program, whose report tells these, and which branches it only checks."""
    found = {(each.file, str(each.line)): each for each in choices}
    is_read = all(each.kind != "def" for each in choices)
    for condition in program.conditions:
        file, _, line = condition.origin.place.rpartition(":")
        if is_read and line.isdigit() and (file, line) not in found and condition.origin.rule != ASSUMED:
            found[file, line] = Choice(file, int(line), "if", message("its body does more than compute"))
    vars(program)["choices"] = tuple(sorted({*found.values(), *choices}))
    return program


def choices_of(program: Program) -> tuple[Choice, ...]:
    """What became of the loops and branches of the function that a program was made of."""
    found: tuple[Choice, ...] = vars(program).get("choices", ())
    return found


def report(program: Program) -> str:
    """A line for each loop and branch: whether it is one of the program's, or what ran, and then why."""
    if "choices" not in vars(program):
        return message("recorded as the function ran; the program contains only the branches that were taken")
    choices = choices_of(program)
    if not choices:
        return message("no loop or branch depends on the arguments")
    places = [f"{each.file}:{each.line}" for each in choices]
    width, kinds = max(map(len, places)), max(len(each.kind) for each in choices)
    return "\n".join(
        f"{place:<{width}}  {each.kind:<{kinds}}  {_told(each)}" for place, each in zip(places, choices, strict=True)
    )


def _told(choice: Choice) -> Message:
    if not choice.why:
        return message("kept")
    if choice.kind in ("def", "except"):
        return message("only what ran: {why}", why=choice.why)
    if choice.kind == "if":
        return message("only the side that ran: {why}", why=choice.why)
    return message("unrolled: {why}", why=choice.why)


def text_with_choices(program: Program) -> str:
    """The text of a program; above its function, what of the user's function it has only as it ran."""
    unkept = [each for each in choices_of(program) if each.why and each.in_text]
    if not unkept:
        return wrap_lines(text(program))
    lines = [f"# {each.file}:{each.line}: {each.kind}, {_told(each)}" for each in unkept]
    above, define, below = wrap_lines(text(program)).rpartition(f"def {program.name}(")
    return "".join(
        [above, *(f"{textwrap.fill(each, WIDTH, subsequent_indent='#     ')}\n" for each in lines), define, below]
    )


TEXTS["report"] = report
TEXTS["python"] = text_with_choices
