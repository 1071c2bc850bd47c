"""An exercise: something to write by hand, a file with a blank for it, and a judge. The solution is the derived program."""

from __future__ import annotations

import functools
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..calculus.programs import derive
from ..core.dims import shape_text
from ..core.messages import Message, listed, message
from ..core.simplification import simplify
from ..core.tracing import trace
from ..program.sizes.text import without_checks
from ..show.language import SOURCE, Language, say, translated
from ..show.spelling import broken
from .forms import derivative_of, values_of
from .judging import Judge, Mistake, Verdict, stopped
from .notebook import exercise_html, reader
from .wording import ROOTS


@dataclass(frozen=True, repr=False)
class Exercise:
    """Something to write by hand; as text, what it is.

    Attributes:
        name: What it is called.
        why: What it is about.
        function: The cost whose gradient is asked for; without `of`, what is to be computed.
        given: Its arguments: the dimensions of arrays that are drawn at random, or a value.
        of: The arguments that the gradient is taken of.
        hints: From gentle to plain.
    """

    name: str
    why: Message
    function: Callable[..., Any]
    given: Mapping[str, Any]
    of: tuple[str, ...]
    hints: tuple[Message, ...]

    @property
    def entry(self) -> str:
        """The name of the function that is to be written."""
        return f"{self.name}_gradient" if self.of else self.name

    @functools.cached_property
    def arguments(self) -> tuple[Any, ...]:
        """Numbers for the arguments, the same each time."""
        random = np.random.default_rng(1)

        def drawn(what: Any) -> Any:
            if isinstance(what, list):
                return [drawn(each) for each in what]
            return random.standard_normal(what) if isinstance(what, tuple) else what

        return tuple(map(drawn, self.given.values()))

    @functools.cached_property
    def judge(self) -> Judge:
        """Knows what is right."""
        made = derivative_of if self.of else values_of
        return Judge(made, self.function, self.arguments, self.of or None, telling=False)

    @property
    def solution(self) -> str:
        """The derived program, in Python."""
        program = derive(self.function, self.arguments, self.of) if self.of else self._forward
        return self._code(program, self.entry)

    @functools.cached_property
    def _forward(self) -> Any:
        return simplify(trace(self.function, self.arguments), "textbook")

    def check(self, mine: Callable[..., Any]) -> Verdict:
        """Check a function of the same arguments that gives what is asked for: one array, or several in their order.

        Args:
            mine: The function.

        Returns:
            Whether it is right, or which mistake it has.

        Examples:
            >>> import numpy as np
            >>> from chainrule import exercise
            >>> print(exercise("square").check(lambda u: np.cos(u**2)).mistakes[0].said)
            The factor 2 * u is left out in dC_du.
        """
        return self.judge.verdict(mine)

    def text(self, language: Language = SOURCE) -> str:
        """What is to be written, in a language."""
        return "\n".join([translated(self.why, language), *self._asked(language)])

    def _asked(self, language: Language) -> Iterator[str]:
        names = list(self.given)
        number = say(language, "a number")
        sizes = [number if isinstance(each, float) else _sizes(each) for each in self.arguments]
        yield ", ".join(f"{name}: {size}" for name, size in zip(names, sizes, strict=True))
        asked = {"arguments": listed(names), "symbols": listed(self._wanted)}
        if self.of:
            asked["slopes"] = listed(f"∂C/∂{name}" for name in self.of)
            if len(self.of) == 1 and isinstance(self.given[self.of[0]], float):
                yield say(
                    language, "Write a function of {arguments} that returns {symbols}: the slope {slopes}.", **asked
                )
                return
            yield say(language, "Write a function of {arguments} that returns {symbols}: the slopes {slopes}.", **asked)
        else:
            yield say(language, "Write a function of {arguments} that returns {symbols}.", **asked)

    @property
    def _wanted(self) -> list[str]:
        """The names of what is to be written."""
        return [f"dC_d{name}" for name in self.of] or list(self.judge.derivative.asked)

    def file(self, language: Language = SOURCE) -> str:
        """A Python file to write the function in, with a blank for each array that is asked for."""
        texts = self.text(language).splitlines()
        said = [f"# {text[start:end].rstrip()}" for text in texts for start, end in broken(text, _COMMENT)]
        return "\n".join([*said, "", *self._blanked()]) + "\n"

    def _blanked(self) -> list[str]:
        helpers, head, body = _parts(self._code(self._forward, "cost" if self.of else self.name))
        if any(isinstance(each, list) for each in self.arguments):  # however many layers: with the loop that it has
            body = [*map(_comment, self.given, self.arguments), *_body(self.function)]
        blanks = [f"    {name} = ..." for name in self._wanted]
        end = f"    return {', '.join(self._wanted)}"
        if not self.of:
            return [*helpers, head, *(line for line in body if line.startswith(_SAID)), *blanks, end]
        steps = [line for line in body if not line.lstrip().startswith(("# ", "return"))]
        shapes = dict(zip(self.given, self.arguments, strict=True))
        width = max(map(len, [*blanks, *(line.rpartition("  # ")[0] for line in steps)]))
        blanks = [f"{line.ljust(width)}  # {_sizes(shapes[name])}" for line, name in zip(blanks, self.of, strict=True)]
        return [*helpers, head, *body, "", "", head.replace("cost", self.entry, 1), *steps, *blanks, end]

    def _code(self, program: Any, name: str) -> str:
        """A program under another name, in which roots of whole numbers are written as such."""
        with without_checks():
            return _ROOT.sub(_root, str(replace(program, name=name)))

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        language = reader()
        said = self.text(language).splitlines()
        return exercise_html(self.name, said, "\n".join(self._blanked()), self.hints, language)

    def __repr__(self) -> str:
        return f"<Exercise {self.name}; print it to read what is to be written>"


WRONG_DIMENSIONS: Mapping[str, Message] = {
    "two": message("{symbol} needs two numbers, its rows and its columns, where you have {found}."),
    "reversed": message("{symbol} is turned round: {found} has rows and columns exchanged."),
    "shared": message("{symbol} is not {found}: it is one for all examples."),
    "each": message("{symbol} is not {found}: each example has a column of its own."),
    "gradient": message("{symbol} is not {found}: a gradient is as large as what it is taken of."),
    "dimensions": message("{symbol} does not have the dimensions {found}."),
}
"""What is said of dimensions that are wrong, by the kind of mistake."""


@dataclass(frozen=True, repr=False)
class Dimensions(Exercise):
    """Dimensions to be written down.

    Attributes:
        symbols: The symbols whose dimensions are asked for.
    """

    symbols: tuple[str, ...] = ()

    @property
    def entry(self) -> str:
        """The name of the function that is to be written."""
        return self.name

    @functools.cached_property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """The dimensions of all symbols of the derived program."""
        derivative = derivative_of(self.function, self.arguments, self.of)
        program = derivative.forms[0].program
        symbols = [*program.inputs, *(target for each in program.equations for target in each.targets)]
        known = {symbol.name: tuple(map(int, symbol.shape)) for symbol in symbols}
        return {**known, **{f"dC_d{name}": known[name] for name in derivative.names}}

    @property
    def solution(self) -> str:
        """The dimensions of the derived program, in Python."""
        rows = [f'        "{name}": {self.shapes[name]},' for name in self.symbols]
        return "\n".join([f"def {self.entry}():", "    return {", *rows, "    }"]) + "\n"

    def check(self, mine: Callable[..., Any]) -> Verdict:
        """Check a function without arguments that gives the dimensions by symbol, such as `{"w": (30, 784)}`.

        Args:
            mine: The function.

        Returns:
            Whether they are right, or what is wrong with the first that is not.

        Examples:
            >>> from chainrule import exercise
            >>> print(exercise("shapes").check(lambda: {"w2": (784, 30)}))
            w2 is turned round: 784×30 has rows and columns exchanged.
        """
        try:
            found = mine()
        except Exception as error:
            return stopped(getattr(mine, "__code__", None), error)
        if not isinstance(found, dict):
            return Verdict(ok=False, said=(message("Return a dictionary: dimensions by symbol."),))
        for name in self.symbols:
            if name in found and found[name] is not ...:
                mistake = self._mistake(name, found[name])
                if mistake is not None:
                    return Verdict(ok=False, mistakes=(mistake,), said=(mistake.said,))
        left = [name for name in self.symbols if found.get(name, ...) is ...]
        if left:
            said = message("Right so far; still to be written: {symbols}.", symbols=listed(left))
            return Verdict(ok=False, unfinished=True, said=(said,))
        return Verdict(ok=True, said=(message("Right: {symbols}.", symbols=listed(self.symbols)),))

    def _mistake(self, name: str, found: Any) -> Mistake | None:
        """What is wrong with the dimensions of a symbol."""
        wanted = self.shapes[name]
        sizes = tuple(found) if isinstance(found, (tuple, list)) else (found,)
        if sizes == wanted:
            return None
        examples = self.shapes["x"][1]
        if len(sizes) != 2 or ... in sizes:
            kind = "two"
        elif sizes == wanted[::-1]:
            kind = "reversed"
        elif sizes == (wanted[0], examples):
            kind = "shared"
        elif sizes == (wanted[0], 1):
            kind = "each"
        else:
            kind = "gradient" if name.startswith("dC_d") else "dimensions"
        said = WRONG_DIMENSIONS[kind]
        text = shape_text([str(size) for size in sizes]) if isinstance(found, (tuple, list)) else str(found)
        text = "..." if ... in sizes else text
        called = {"two": "dimensions", "shared": "examples", "each": "examples"}.get(kind, kind)
        return Mistake(called, name, "", message(said.template, "", symbol=name, found=text))

    def _asked(self, language: Language) -> Iterator[str]:
        yield say(
            language, "Write down the dimensions of {symbols}: rows, then columns, such as (784, 1).",
            symbols=listed(self.symbols),
        )  # fmt: skip

    def _blanked(self) -> list[str]:
        with without_checks():
            helpers, head, body = _parts(str(replace(self._forward, name="cost")))
        known = {name for name in self.given if name not in self.symbols}
        code = [line.split("  # ")[0].rstrip() for line in body if not line.startswith(_SAID)]
        shown = [*(line for line in body if line.startswith(_SAID) and line[6:].split(":")[0] in known), *code]
        blanks = [f'        "{name}": ...,' for name in self.symbols]
        return [*helpers, head, *shown, "", "", f"def {self.entry}():", "    return {", *blanks, "    }"]


_SAID = "    # "
_COMMENT = 88  # columns of the text above the code
_ROOT = re.compile(rf"({'|'.join(re.escape(repr(each)) for each in ROOTS)})( *(?=  #))?")


def _root(found: re.Match[str]) -> str:
    """A root as it is written; a comment behind it stays where it is."""
    root = ROOTS[float(found[1])]
    return root if found[2] is None else root.ljust(len(found[0]))


def _comment(name: str, value: Any) -> str:
    return f"{_SAID}{name}: {_sizes(value)}"


def _body(function: Callable[..., Any]) -> list[str]:
    """The lines in a function, as it is written."""
    _, *lines = textwrap.dedent(inspect.getsource(function)).rstrip().split("\n")
    return lines


def _parts(text: str) -> tuple[list[str], str, list[str]]:
    """A program's text: what stands before its function, the line with its name, and the lines in it."""
    lines = text.rstrip("\n").split("\n")
    at = max(number for number, line in enumerate(lines) if line.startswith("def "))
    return lines[:at], lines[at], lines[at + 1 :]


def _sizes(value: Any) -> str:
    return f"[{', '.join(map(_sizes, value))}]" if isinstance(value, list) else shape_text(np.shape(value))
