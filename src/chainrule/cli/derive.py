"""`chainrule derive`: the derivative of a network's cost, or of a function in a file, printed as Python or LaTeX."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence

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

_SHAPE = re.compile(r"(?P<name>\w+)=(?P<sizes>\(\)|\d*(?:[x×]\d+)*)")


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
        finally:
            found = {str(warning.message): warning.message for warning in caught}
            for text, warning in found.items():
                if f"({function.file.name}:" in text:
                    say(message("DimensionWarning: {warning}", warning=warning), values.lang)
    return program


def _specs(function: Function, shapes: str | None) -> list[object]:
    """The arguments to trace a function with: a `Spec` for each shape, and the default of an argument without one."""
    given = _parsed(shapes) if shapes is not None else {}
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
            raise UsageError(
                "--shapes: {function} has no argument {name}; it takes {listed}."
                if names
                else "--shapes: {function} has no argument {name}; it takes no arguments.",
                function=function.name,
                name=name,
                listed=listed(names),
            )
    missing = [a.name for a in takes if a.name not in given and a.default is a.empty]
    if missing:
        example = ",".join(f"{name}={'x'.join(map(str, given[name])) if name in given else '…'}" for name in names)
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
    return [Spec(given[a.name]) if a.name in given else a.default for a in takes]


def _parsed(shapes: str) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for part in shapes.replace(" ", "").split(","):
        match = _SHAPE.fullmatch(part)
        if match is None:
            raise UsageError(
                "--shapes has {part!r}; write name=sizes with commas between: w=30x784 a matrix, v=30 a row of "
                "numbers, t= (nothing) a single number.",
                part=part,
            )
        sizes = match["sizes"].strip("()")
        if match["name"] in found:
            raise UsageError("--shapes has {name} twice.", name=match["name"])
        found[match["name"]] = tuple(map(int, re.split("[x×]", sizes))) if sizes else ()
    return found
