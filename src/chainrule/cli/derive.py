"""`chainrule derive`: the derivative of a network's cost, or of a function in a file, printed as Python or LaTeX."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from ..calculus import derive
from ..core.messages import listed, message
from ..core.nouns import Program
from ..core.tracing import Spec
from ..network.equations import programs
from ..program.dimension_errors import DimensionWarning
from ..saved import load
from ..show.dimensions import FORMS
from ..show.language import translated
from ..show.screen import Line, Screen, expression
from .arguments import Values
from .errors import CommandError, UsageError
from .functions import Function, function_in, read_network, running
from .streams import output, say

_SHAPE = re.compile(r"(?P<name>\w+(?:\.\w+)*)=(?P<sizes>\(\)|\(\d+,?\)|\d*(?:[x×]\d+)*)")
_BETWEEN = re.compile(r",(?!\))")  # no comma of a vector, (30,)
_KEY = re.compile(r"'(\w+)' is no index")  # what is said of an array that is used as a dict


def run(values: Values) -> int:
    """Derive, and print a program that runs as printed."""
    function = function_in(values.target)
    program = _of_network(values) if function is None else _of_function(function, values)
    screen, language = output(values)
    if values.latex:
        lines = [r"\begin{align*}", *program.latex().splitlines(), r"\end{align*}"]
        for line in lines:
            screen.line(line)
    else:
        if function is None:
            a1 = next(each for each in program.inputs if each.name == "a1")
            told = translated(FORMS[len(a1.shape)], language)
            screen.line((f"# {told}", "ink3"))
        for spans in _aligned(screen, str(program).rstrip("\n").split("\n")):
            screen.line(*spans)
    return 0


def _aligned(screen: Screen, lines: Sequence[str]) -> Iterator[Line]:
    """The lines with their dimensions in one column, also where symbols are spelled longer, `δ3` as `delta3`."""
    parts = [line.partition("  # ") for line in lines]
    beside = [code for code, mark, _ in parts if mark and code.strip()]
    column = min(map(len, beside), default=0)  # what is longer runs on beyond it
    width = max([column, *(screen.measure(code.rstrip()) for code in beside if len(code) == column)])
    for line, (code, mark, note) in zip(lines, parts, strict=True):
        if mark and len(code) == column:
            spelled: Line = [*screen.spell(*expression(code.rstrip()))]
            yield [*screen.pad(spelled, width), (mark + note, "ink3")]
        else:
            yield expression(line)


def _of_network(values: Values) -> Program:
    """The backward pass of a network, for one example or the requested batch."""
    for flag, given in (("--shapes", values.shapes), ("--wrt", values.wrt)):
        if given is not None:
            raise UsageError(
                "{flag} belongs to a function, FILE.py:FUNCTION, and {target} is a network.",
                flag=flag,
                target=values.target,
            )
    net = read_network(load, values.target, values.functions)
    batch = values.batch or net.batch_of_run
    if batch == 1 and net.architecture.pairs:
        raise UsageError(
            "--batch is 1, and {target} normalizes each batch: the variance of one example is 0; give 2 or more.",
            target=values.target,
        )
    return programs(net.architecture, batch, form=values.form, distributions=not net.numeric).backprop


def _of_function(function: Function, values: Values) -> Program:
    """The derivative of a user's function, which is traced once."""
    if values.batch is not None:
        raise UsageError(
            "--batch belongs to a network, and {target} is a function: give its sizes in --shapes.",
            target=values.target,
        )
    if values.functions is not None:
        raise UsageError(
            "--functions belongs to a network, and {target} is a function; leave it out.", target=values.target
        )
    arguments = _specs(function, values.shapes)
    wrt = None if values.wrt is None else ", ".join(values.wrt)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DimensionWarning)
        try:
            with running(function.file):
                program = derive(function.call, arguments, wrt, values.form)
        except CommandError as error:
            key = _KEY.search(str(error.__cause__))
            if key is None or not _dict_with(key[1], function):
                raise
            raise CommandError(
                "{function} takes a dict with {key!r}; in --shapes each of its parts has a shape:",
                f"--shapes {_dict_with(key[1], function)}.{key[1]}=…",
                function=function.name,
                key=key[1],
            ) from error
        finally:
            found = {str(warning.message): warning.message for warning in caught}
            for text, warning in found.items():
                if f"({function.file.name}:" in text:
                    say(message("DimensionWarning: {warning}", warning=warning), values.lang)
    return program


def _specs(function: Function, shapes: str | None) -> list[object]:
    """The arguments to trace a function with: a `Spec` for each shape, dicts and lists of them, and the defaults of others."""
    given = _parsed(shapes) if shapes is not None else {}
    typed = {name: _typed(name, part) for name, part in given.items()}
    for argument in function.arguments:
        if argument.kind == argument.VAR_POSITIONAL or (
            argument.kind == argument.KEYWORD_ONLY and argument.default is argument.empty
        ):
            raise CommandError(
                "{function} takes the *{argument}, which --shapes cannot give; give it one plain argument for each array."
                if argument.kind == argument.VAR_POSITIONAL
                else "{function} takes the keyword-only {argument}, which --shapes cannot give; "
                "give it one plain argument for each array.",
                function=function.name,
                argument=argument.name,
            )
    takes = [a for a in function.arguments if a.kind in (a.POSITIONAL_ONLY, a.POSITIONAL_OR_KEYWORD)]
    names = [argument.name for argument in takes]
    for name in given:
        if name not in names:
            owner = _dict_with(name, function)
            raise UsageError(
                "--shapes: {function} has no argument {name}; it takes {listed}:"
                if owner in names
                else "--shapes: {function} has no argument {name}; it takes {listed}."
                if names
                else "--shapes: {function} has no argument {name}; it takes no arguments.",
                f"--shapes {owner}.{name}=…" if owner in names else "",
                function=function.name,
                name=name,
                listed=listed(names),
            )
    missing = [a.name for a in takes if a.name not in given and a.default is a.empty]
    if missing:
        example = ",".join(typed.get(name, f"{name}=…") for name in names)
        raise UsageError(
            "--shapes is needed; {function} takes a shape for each argument:"
            if shapes is None
            else "--shapes lacks {listed}; {function} takes a shape for each argument:",
            f"--shapes {example}",
            function=function.name,
            listed=listed(missing),
        )
    while takes and takes[-1].name not in given:  # left to their defaults
        takes.pop()
    return [_argument(a.name, given[a.name]) if a.name in given else a.default for a in takes]


def _dict_with(key: str, function: Function) -> str:
    """The variable of a function's file that is used as a dict with this key; empty if there is none."""
    text = function.file.read_text(encoding="utf-8", errors="replace")
    match = re.search(rf"(\w+)\[(['\"]){re.escape(key)}\2\]", text)
    return match[1] if match else ""


_Part: TypeAlias = "tuple[int, ...] | dict[str, _Part]"
"""A shape, or the parts of a dict or a list by their keys."""


def _parsed(shapes: str) -> dict[str, _Part]:
    """The shape of each argument, or of its parts: `params.w=30x784`, `layers.0.b=30`."""
    arguments: dict[str, _Part] = {}
    for part in _BETWEEN.split(shapes.replace(" ", "")):
        match = _SHAPE.fullmatch(part)
        if match is None:
            raise UsageError(
                "--shapes has {part!r}; write name=sizes with commas between: w=30x784 a matrix, v=30 a row of "
                "numbers, t= (nothing) a single number.",
                part=part,
            )
        *outer, last = match["name"].split(".")
        parts = arguments
        for name in outer:
            inner = parts.setdefault(name, {})
            if isinstance(inner, tuple):
                raise UsageError("--shapes has {name} twice.", name=match["name"])
            parts = inner
        if last in parts:
            raise UsageError("--shapes has {name} twice.", name=match["name"])
        sizes = match["sizes"].strip("(),")
        parts[last] = tuple(map(int, re.split("[x×]", sizes))) if sizes else ()
    return arguments


def _argument(name: str, part: _Part) -> object:
    """A `Spec`; or a dict of such, or a list where the keys are numbers from 0."""
    if isinstance(part, tuple):
        return Spec(part)
    inner_arguments = {key: _argument(f"{name}.{key}", inner) for key, inner in part.items()}
    if not all(key.isdecimal() for key in part):
        return inner_arguments
    for place in range(len(part)):
        if str(place) not in part:
            raise UsageError(
                "--shapes has no {name}.{place}; the parts of a list count from 0.", name=name, place=place
            )
    return [inner_arguments[str(place)] for place in range(len(part))]


def _typed(name: str, part: _Part) -> str:
    """An argument as it is typed in --shapes."""
    if isinstance(part, tuple):
        return f"{name}={'x'.join(map(str, part))}"
    return ",".join(_typed(f"{name}.{key}", inner) for key, inner in part.items())
