"""Warns of slopes that are 0 although the result changes, since only branches, comparisons or rounding lead to it.

Bisection is such a function: what it returns is put together of constants that branches have chosen. A step function has the
same slope, rightly; so the function is evaluated beside the point before it is said that something is wrong.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..core.location import file_name, source_line
from ..core.messages import message
from ..core.nouns import Origin, Program
from ..core.structure import flatten
from ..core.traced import Tape, Traced, current
from ..core.tracing import LEAF_TYPES, Spec, name_of

_STEPS = (-0.02, -0.01, 0.01, 0.02)  # in units of the point
_AGREEMENT = 0.2  # of secants that show a slope
_DELIBERATE = "stop_gradient"


class FlatSlopeWarning(UserWarning):
    """The slope is 0, although the result changes: the argument reaches it through branches, comparisons or rounding alone."""

    __module__ = "chainrule"


def warn_of_flat_slopes(
    f: Callable[..., Any],
    tape: Tape,
    output: Any,
    inputs: Mapping[str, Traced],
    slopes: Sequence[Any],
    call: Callable[[Sequence[Any]], Any],
) -> None:
    """Warn of each input whose slope is 0 or missing although the result changes with it.

    Args:
        f: The function, for its name.
        tape: The recording, with its branches.
        output: The result, a node or a number.
        inputs: The nodes of the differentiated inputs, by name.
        slopes: The slope of each, or None where no path leads from the result to it.
        call: The function of the values of the inputs.
    """
    branches = {id(condition): (condition, code, line) for condition, _, code, line in tape.conditions}
    for position, (name, node) in enumerate(inputs.items()):
        if slopes[position] is not None and np.any(slopes[position]):
            continue
        ways = [each for each in branches.values() if node.id in _ancestors([each[0]])]
        if not ways and node.id not in _ancestors([output]):
            continue
        values = [each.value for each in inputs.values()]
        if _has_slope(functools.partial(_called_with, call, values, position), node.value):
            _, code, line = ways[-1] if ways else (None, None, 0)
            _warn(f, name, code.co_filename if code else "", line, source_line(code, line), depth=7)


def warn_of_flat_derivative(
    f: Callable[..., Any], args: Sequence[Any], program: Program, names: Sequence[str], derivative: Program
) -> None:
    """Warn as `warn_of_flat_slopes` does of a derivative that is a program, by the inputs of these names."""
    parts = [flatten(arg, LEAF_TYPES) for arg in args]
    values = dict(
        zip((each.name for each in program.inputs), (leaf for leaves, _ in parts for leaf in leaves), strict=True)
    )
    if any(isinstance(each, (Traced, Spec)) for each in values.values()):
        return
    constant = [not _inputs_behind(derivative, [output.name]) for output in derivative.outputs]
    if not any(constant):
        return
    slopes = flatten(derivative(*args), LEAF_TYPES)[0]
    leads = _inputs_behind(program, [output.name for output in program.outputs])

    def call(name: str, x: Any) -> Any:
        leaves = iter([x if each == name else value for each, value in values.items()])
        return f(*(tree.build(leaves) for _, tree in parts))

    for name, slope, is_constant in zip(names, slopes, constant, strict=True):
        if not is_constant or np.any(slope):
            continue
        origins = [each.origin for each in program.conditions if name in _inputs_behind(program, [each.symbol.name])]
        regions = (each for each in program.equations if each.primitive.name in ("branch", "loop"))
        origins += [
            e.origin for e in regions if name in _inputs_behind(program, [operand.name for operand in e.inputs])
        ]
        if (origins or name in leads) and _has_slope(functools.partial(call, name), values[name]):
            origin = origins[-1] if origins else Origin()
            _warn(f, name, origin.file, origin.line, origin.text, depth=4)


def _inputs_behind(program: Program, names: Iterable[str]) -> set[str]:
    """The inputs of a program that symbols of these names are computed of."""
    behind = set(names)
    for equation in reversed(program.equations):
        if equation.primitive.name != _DELIBERATE and any(target.name in behind for target in equation.targets):
            behind.update(operand.name for operand in equation.inputs)
    return behind & {symbol.name for symbol in program.inputs}


def _called_with(call: Callable[[Sequence[Any]], Any], values: Sequence[Any], position: int, x: Any) -> Any:
    """Call a function of several values with another one at one position."""
    return call([*values[:position], x, *values[position + 1 :]])


def _ancestors(roots: Iterable[Any]) -> set[int]:
    """The numbers of the nodes that some nodes are computed of; a deliberately stopped derivative ends the way."""
    ancestors: set[int] = set()
    waiting = [root for root in roots if isinstance(root, Traced)]
    while waiting:
        node = waiting.pop()
        if node.id not in ancestors:
            ancestors.add(node.id)
            if node.primitive is None or node.primitive.name != _DELIBERATE:
                waiting += [operand for operand in node.inputs if isinstance(operand, Traced)]
    return ancestors


def _has_slope(function: Callable[[Any], Any], point: Any) -> bool:
    """Whether secants to both sides of a point agree on a slope that is not 0."""
    point = np.asarray(point)
    size = np.abs(point)
    direction = np.where(size > 0, size, 1.0) * (1 + 0.3 * np.cos(np.arange(point.size)).reshape(point.shape))
    around = current.set(None)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            middle = float(function(point.copy()[()]))
            secants = [(float(function((point + step * direction)[()])) - middle) / step for step in _STEPS]
    except Exception:  # beside the point the function need not be defined; then nothing is said
        return False
    finally:
        current.reset(around)
    typical = float(np.median(secants))
    return bool(np.isfinite(typical) and typical and np.all(np.abs(np.array(secants) / typical - 1) < _AGREEMENT))


def _warn(f: Callable[..., Any], name: str, file: str, line: int, text: str, depth: int) -> None:
    said = message(
        "the slope of {subject} by {name} is 0, although {subject} changes with {name}: only branches, comparisons or rounding "
        "lead there; search for a root with chainrule.root(f, x0), and leave rounding out.",
        subject=name_of(f),
        name=name,
    )
    if file:
        place = f"{file_name(file)}:{line}"
        said = message("{place}: {said}\n    {line}" if text else "{place}: {said}", place=place, said=said, line=text)
    warnings.warn(said, FlatSlopeWarning, stacklevel=depth)
