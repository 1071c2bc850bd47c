"""Records a part of a function apart, and cuts it out of the recording as a program of what it reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np

from ..calls.hooks import forget_calls
from ..core import hooks
from ..core.primitive import PRIMITIVES
from ..core.structure import flatten
from ..core.traced import Tape, Traced
from ..core.tracing import LEAF_TYPES
from ..program.inplace import memory

NUMBERS = (*LEAF_TYPES, bool, int)
"""What may differ between sides and turns: arrays and numbers."""
_PYTHONS = (np.dtype(float), np.dtype(int), np.dtype(bool))
_MOST = 1000  # objects that are looked through for changes


class NotAlikeError(TypeError):
    """The sides of a branch or the turns of a loop cannot be one equation, and it is taken as it runs; nobody is told of it."""


@dataclass
class Recorded:
    """A part that was recorded: what it gives, what is in the arrays that it has written to, its branches, and its operations."""

    results: tuple[Any, ...]
    written: dict[memory.Block, Any]
    conditions: list[Any]
    placed: list[Any]

    def finished(self, tape: Tape, outputs: list[Any], mark: int) -> tuple[list[Any], list[Any]]:
        """The outputs and the branches, with the loops that are found in the part."""
        places, conditions = tape.places, tape.conditions
        tape.places, tape.conditions = self.placed, self.conditions
        try:
            rolled = hooks.active.finished(tape, outputs, mark)
            return rolled, list(tape.conditions)
        finally:
            tape.places, tape.conditions = places, conditions


def record_apart(
    tape: Tape,
    part: Callable[..., tuple[Any, ...]],
    values: Sequence[Any],
    contents: Mapping[memory.Block, Traced],
    mark: int,
) -> Recorded:
    """Record a part, and put all back as it was.

    Args:
        tape: The recording.
        part: The part, a function.
        values: What it takes.
        contents: What is in some arrays while it runs.
        mark: The number of the last node before the part.

    Returns:
        What was recorded.

    Raises:
        NotAlikeError: The part changes a list or an object, or may take items from an iterator.
    """
    places, conditions = tape.places, tape.conditions
    tape.places, tape.conditions = [], []
    held = _contents(values, part)
    journal = memory.Journal(mark)
    token = memory.JOURNAL.set(journal)
    try:
        for block, content in contents.items():
            memory.leave(block)
            block.node, block.version = content, block.version + 1
        results = tuple(map(newest, part(*values)))
        old = {block: contents.get(block, before.node) for block, before in journal.before.items()}
        written = {block: block.node for block in journal.before if block.node is not old[block]}
        changed = _restored(held)
        placed, made = tape.places, tape.conditions
    finally:
        memory.JOURNAL.reset(token)
        for block, before in journal.before.items():
            before.restore(block)
        tape.places, tape.conditions = places, conditions
        forget_calls(tape, mark)
    if changed:
        raise NotAlikeError
    return Recorded(results, written, made, placed)


# ---- values ------------------------------------------------------------------------------------------------------------------


def truth_of(test: Any) -> Any:
    """A value as the truth that Python takes it for."""
    truth = test if test.dtype == bool else np.not_equal(test, 0)
    return truth if not truth.shape else np.reshape(truth, ())


def newest(result: Any) -> Any:
    """A nested value with the newest contents of its arrays."""
    leaves, tree = flatten(result, LEAF_TYPES)
    return tree.build(iter([memory.newest(each) if isinstance(each, Traced) else each for each in leaves]))


def dtype_of_value(value: Any) -> np.dtype[Any]:
    """The dtype of an array or a number."""
    return np.dtype(value.dtype) if hasattr(value, "dtype") else np.asarray(value).dtype


def cast(value: Any, dtype: np.dtype[Any]) -> Any:
    """An array or a number of another dtype; a number that Python has, too, is Python's."""
    if dtype_of_value(value) == dtype and not isinstance(value, np.generic):
        return value
    if isinstance(value, Traced) or np.ndim(value):
        return value.astype(dtype)
    number = np.asarray(value, dtype)[()]
    return number.item() if dtype in _PYTHONS else number


# ---- what a part reads -----------------------------------------------------------------------------------------------------


def collect(ends: Sequence[Any], mark: int, read: dict[int, Traced], hoisted: bool) -> None:
    """Find the nodes from before the mark that others depend on, by number.

    Args:
        ends: The others.
        mark: The number of the last node before the part.
        read: What has been found.
        hoisted: Whether what takes a part of such a node counts as one, since in a loop that is another part in each turn.
    """
    waiting, seen = list(ends), set()
    while waiting:
        node = waiting.pop()
        if not isinstance(node, Traced) or id(node) in seen:
            continue
        seen.add(id(node))
        if node.id <= mark or (hoisted and _takes_part(node, mark)):
            read[node.id] = node
        else:
            waiting += node.inputs


def part_of(node: Traced) -> Any:
    """What is the same for nodes that take the same part of the same array; for another node, the node itself."""
    if node.primitive is PRIMITIVES["getitem"] and len(node.inputs) == 1:
        return id(node.inputs[0]), node.params
    return id(node)


def _takes_part(node: Traced, mark: int) -> bool:
    (source, *others) = (*node.inputs, None)
    takes = node.primitive is PRIMITIVES["getitem"] and others == [None]
    return takes and isinstance(source, Traced) and source.id <= mark


def cut(ends: Sequence[Any], inside: Mapping[int, Traced]) -> list[Any]:
    """Nodes made of inputs alone: the nodes `inside` stand for those of these numbers."""
    done: set[int] = set()

    def get(node: Any) -> Any:
        return inside.get(node.id, node) if isinstance(node, Traced) else node

    waiting = [each for each in ends if isinstance(each, Traced)]
    while waiting:
        node = waiting.pop()
        if id(node) in done or node.id in inside:
            continue
        done.add(id(node))
        inputs = tuple(map(get, node.inputs))
        waiting += [each for each in node.inputs if isinstance(each, Traced)]
        for each in node.siblings or (node,):
            each.inputs = inputs
    return list(map(get, ends))


# ---- what a part may not change --------------------------------------------------------------------------------------------


def _contents(values: Sequence[Any], side: Callable[..., Any]) -> list[tuple[Any, Any]]:
    """The lists, dictionaries and objects that a side can reach, and what they hold."""
    cells = getattr(side, "__closure__", None) or ()
    waiting = [*values, *(cell.cell_contents for cell in cells if not _is_empty(cell))]
    found: dict[int, tuple[Any, Any]] = {}
    while waiting and len(found) < _MOST:
        each = waiting.pop()
        if id(each) in found or isinstance(each, (Traced, np.ndarray, type)):
            continue
        if hasattr(each, "__next__"):
            raise NotAlikeError
        if isinstance(each, FunctionType):
            inner = each.__closure__ or ()
            waiting += [cell.cell_contents for cell in inner if not _is_empty(cell)]
            found[id(each)] = (each, None)
        elif isinstance(each, (list, dict, set)):
            found[id(each)] = (each, each.copy())
            waiting += list(each.values()) if isinstance(each, dict) else list(each)
        elif isinstance(each, tuple):
            waiting += each
        elif isinstance(held := getattr(each, "__dict__", None), dict) and not callable(each):
            found[id(held)] = (held, held.copy())
            waiting += list(held.values())
    return list(found.values())


def _is_empty(cell: Any) -> bool:
    try:
        return cell.cell_contents is None
    except ValueError:
        return True


def _restored(held: Sequence[tuple[Any, Any]]) -> bool:
    """Put lists, dictionaries and objects back as they were; whether any had changed."""
    changed = False
    for each, before in held:
        if before is None or (len(each) == len(before) and _same(each, before)):
            continue
        changed = True
        each.clear()
        each.extend(before) if isinstance(each, list) else each.update(before)
    return changed


def _same(now: Any, before: Any) -> bool:
    if isinstance(now, list):
        return all(one is other for one, other in zip(now, before, strict=True))
    if isinstance(now, dict):
        return all(key in before and before[key] is value for key, value in now.items())
    return bool(now == before)
