"""`chainrule derive`: the derivative of a network's cost, or of a function in a file, printed as Python or LaTeX."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Iterator, Sequence

from ..calculus import derive
from ..core.messages import message
from ..core.nouns import Program
from ..network.equations import programs
from ..program.dimension_errors import DimensionWarning
from ..saved import load
from ..show.language import say as told_in
from ..show.language import spoken
from ..show.screen import Line, Screen, expression
from .errors import UsageError
from .functions import Function, function_in, run_user_code, specs
from .streams import say


def run(values: argparse.Namespace) -> int:
    """Derive, and print a program that runs as printed."""
    function = function_in(values.target)
    program = _of_network(values) if function is None else _of_function(function, values)
    screen = Screen(sys.stdout)
    if values.latex:
        lines = [r"\begin{align*}", *program.latex().splitlines(), r"\end{align*}"]
        for line in lines:
            screen.line(line)
    else:
        if function is None:
            told = told_in(
                spoken(values.lang, screen.encoding),
                "Your arrays have one example per row, the equations one per column: a1 = x.T.",
            )
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


def _of_network(values: argparse.Namespace) -> Program:
    """The backward pass of a network, for one example or the requested batch."""
    for flag, given in (("--shapes", values.shapes), ("--wrt", values.wrt)):
        if given is not None:
            raise UsageError(
                "{flag} belongs to a function, FILE.py:FUNCTION, and {target} is a network.",
                flag=flag,
                target=values.target,
            )
    net = load(values.target)
    batch = values.batch or net.batch_of_run
    if batch == 1 and net.architecture.pairs:
        raise UsageError(
            "--batch is 1, and {target} normalizes each batch: the variance of one example is 0; give 2 or more.",
            target=values.target,
        )
    return programs(net.architecture, batch, form=values.form, distributions=not net.numeric).backprop


def _of_function(function: Function, values: argparse.Namespace) -> Program:
    """The derivative of a user's function, which is traced once; what it prints goes to standard error."""
    if values.batch is not None:
        raise UsageError(
            "--batch belongs to a network, and {target} is a function: give its sizes in --shapes.",
            target=values.target,
        )
    arguments = specs(function, values.shapes)
    wrt = None if values.wrt is None else ", ".join(values.wrt)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DimensionWarning)
        try:
            program = run_user_code(function, lambda: derive(function.call, arguments, wrt, values.form))
        finally:
            found = {str(warning.message): warning.message for warning in caught}
            for text, warning in found.items():
                if f"({function.file.name}:" in text:
                    say(message("DimensionWarning: {warning}", warning=warning), values.lang)
    return program
