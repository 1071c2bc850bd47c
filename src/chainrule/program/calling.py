"""Calling a program: arrays run its text, traced arrays record its equations again.

A branch that goes another way than when the program was traced raises an error.
Arguments with another nesting, other shapes or other dtypes than those it was traced with are refused.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..core.border import replay
from ..core.errors import BranchError
from ..core.layout import layout
from ..core.location import user_frame
from ..core.messages import Message, message
from ..core.nouns import TEXTS, Condition, Program, Symbol
from ..core.python import assertion, function, function_text
from ..core.structure import Tree, flatten
from ..core.traced import Tape, Traced
from ..core.tracing import LEAF_TYPES, numbers_of

_PLAIN = (bool, int, str, bytes, type(None), np.integer, np.bool_)


def _call(program: Program, args: tuple[Any, ...]) -> Any:
    inputs = iter(program.inputs)
    for (name, tree), arg in zip(program.arguments, args, strict=False):
        _require_like(arg, tree, name, inputs)
    if len(args) == len(program.arguments):
        leaves = [leaf for arg in args for leaf in flatten(arg, (*LEAF_TYPES, int))[0]]
        tape = next((leaf.tape for leaf in leaves if type(leaf) is Traced), None)
        if tape is not None and not any(part.blocks for part in program.parts()):
            return _replayed(program, leaves, tape)
    return program._function(*args)


def _replayed(program: Program, leaves: list[Any], tape: Tape) -> Any:
    given = {symbol.name: leaf for symbol, leaf in zip(program.inputs, leaves, strict=True)}
    nodes = replay(program, given, tape)
    for node in (nodes[target.name] for equation in program.equations for target in equation.targets):
        if isinstance(node, Traced) and node.kind in ("error", "gradient"):  # to the caller, a name like any other
            node.kind = "named"
    frame = user_frame()
    for condition in program.conditions:
        truth = nodes[condition.symbol.name]
        if isinstance(truth, Traced):
            value = condition.expected if truth.value is None else bool(truth.value)
            tape.conditions.append((truth, condition.expected, frame and frame.f_code, frame.f_lineno if frame else 0))
        else:
            value = bool(truth)
        if value != condition.expected:
            raise BranchError(failed_branch(program, condition))
    outputs = (nodes[o.name] if isinstance(o, Symbol) else o.value for o in program.outputs)
    return program.results.build(iter([np.copy(o) if isinstance(o, np.ndarray) else o for o in outputs]))


def _require_like(value: Any, tree: Tree, path: str, inputs: Iterator[Symbol]) -> None:
    """Refuse an argument whose nesting, shape or dtype differs from that of the traced function's."""
    if tree.is_leaf:
        symbol = next(inputs)
        shape = getattr(value, "shape", ())
        if isinstance(value, (tuple, list, dict)) or shape != symbol.shape:
            found = f"a {type(value).__name__}" if isinstance(value, (tuple, list, dict)) else f"of shape {shape}"
            raise TypeError(
                f"{path} is {found}, and the program is of one of shape {symbol.shape}; trace it for this one."
            )
        if type(value) is not float or symbol.dtype != float:
            _require_dtype(value, path, symbol)
    if tree.fixed is not None:
        _require_same(value, tree.fixed[1], path)
    elif tree.kind in (tuple, list, dict):
        if not isinstance(value, tree.kind):
            wanted, found = tree.kind.__name__, type(value).__name__
            raise TypeError(f"{path} is a {found}, and was a {wanted} when the program was traced; pass a {wanted}.")
        keys = tuple(value) if isinstance(value, dict) else tuple(range(len(value)))
        if set(keys) != set(tree.keys):
            held = (
                f"the keys {', '.join(map(repr, keys))}" if tree.kind is dict else f"{len(keys)} parts",
                ", ".join(map(repr, tree.keys)) if tree.kind is dict else str(len(tree.keys)),
            )
            raise TypeError(f"{path} has {held[0]}, and had {held[1]} when the program was traced; pass the same.")
        for key, child in zip(tree.keys, tree.children, strict=True):
            _require_like(value[key], child, f"{path}[{key!r}]", inputs)
    elif tree.kind is not None:
        for key, child in zip(tree.keys, tree.children, strict=True):
            _require_like(getattr(value, key), child, f"{path}.{key}", inputs)


def _require_same(value: Any, fixed: Any, path: str) -> None:
    """Refuse another number, text or `None` than that which is fixed in the program."""
    if value is fixed or not (isinstance(value, _PLAIN) or isinstance(fixed, _PLAIN)):
        return
    alike = isinstance(value, _PLAIN) and isinstance(value, bool) == isinstance(fixed, bool) and value == fixed
    if not alike:
        shown = repr(value) if isinstance(value, _PLAIN) else f"a {type(value).__name__}"
        raise TypeError(f"{path} was {fixed!r} when the program was traced, and is {shown}; trace it for this one.")


def _require_dtype(value: Any, path: str, symbol: Symbol) -> None:
    """Refuse an argument whose dtype differs from that of the traced function's: the text would compute something else."""
    dtype, traced = (value if type(value) is Traced else numbers_of(path, value)).dtype, symbol.dtype
    if dtype != traced:
        numeric = np.can_cast(dtype, traced, "same_kind")
        instead = f"pass np.{traced}({path})" if numeric else "trace it for this one"
        raise TypeError(f"{path} is of {dtype}, and the program is of one of {traced}; {instead}.")


def guarded(program: Program, compiled: Callable[..., Any]) -> Callable[..., Any]:
    """The function; if the program has conditions, one that fails raises a `BranchError`."""
    if not any(part.conditions for part in program.parts()):
        return compiled

    def run(*args: object) -> Any:
        try:
            return compiled(*args)
        except ValueError as error:
            if not str(error).startswith("made where "):
                raise
            raise BranchError(_failed_branch(program, *_failed(program, error))) from None

    return run


def _failed(program: Program, error: ValueError) -> tuple[str, str]:
    """What did not hold by the lines of the text that raised an error, and its origin."""
    frames = traceback.walk_tb(error.__traceback__)
    line = [number for frame, number in frames if frame.f_code.co_filename == f"<{program.name}>"][-1]
    test, _, place = function_text(program).splitlines()[line - 2].partition("  # ")
    test = test.strip().removeprefix("if ").removesuffix(":")
    is_negated, truth = test.startswith("not "), test.removeprefix("not ")
    if is_negated and truth.startswith("("):
        truth = truth[1:-1]
    return truth if is_negated else f"not ({truth})", place


def failed_branch(program: Program, condition: Condition) -> Message:
    """The message about a branch that was taken when the program was traced but is not taken now."""
    return _failed_branch(program, assertion(condition, layout(program))[0], condition.origin.place)


def _failed_branch(program: Program, truth: str, place: str) -> Message:
    return message(
        "{name} was traced where {truth}, and on these values that is false; "
        "call cr.trace or cr.derive with them, or use cr.compile, which traces again by itself.",
        name=program.name,
        truth=f"{truth} ({place})" if place else truth,
    )


TEXTS["call"] = _call
TEXTS["function"] = lambda program: guarded(program, function(program))
