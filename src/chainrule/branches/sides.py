"""Records a part of a function apart, and cuts it out of the recording as a program of what it reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..calls.hooks import take_calls
from ..calls.outlining import outlined
from ..calls.recording import Called
from ..core import hooks
from ..core.location import user_frame
from ..core.messages import message
from ..core.nouns import Constant
from ..core.primitive import PRIMITIVES
from ..core.structure import Tree, flatten, members_of
from ..core.traced import Tape, Traced
from ..core.tracing import LEAF_TYPES
from ..loops.derivative import zeros
from ..program.inplace import memory
from ..program.operations.callbacks import operand_of
from ..program.sizes.keeping import creation_of
from ..program.sizes.numbers import Sized
from .choices import NotAlikeError
from .reached import UNCHANGING, Reached

NUMBERS = (*LEAF_TYPES, bool, int)
"""What may differ between sides and turns: arrays and numbers."""
PYTHONS = (np.dtype(float), np.dtype(int), np.dtype(bool))
"""The dtypes of Python's own numbers."""
_ARRAYS = (Traced, np.ndarray, np.generic)


@dataclass
class Recorded:
    """A part that was recorded.

    Attributes:
        results: Its results, with what is in their arrays then.
        held: The results as the function holds them.
        reached: The objects from before it that it can reach, by id.
        written: What is in the arrays that it has written to.
        conditions: Its branches.
        placed: Its operations.
        calls: Its calls.
    """

    results: tuple[Any, ...]
    held: tuple[Any, ...]
    reached: dict[int, Any]
    written: dict[memory.Block, Any]
    conditions: list[Any]
    placed: list[Any]
    calls: list[Called]

    def finished(self, tape: Tape, outputs: list[Any], mark: int, repeats: bool = False) -> tuple[list[Any], list[Any]]:
        """The outputs and the branches, with the loops and the calls that are found in the part; `repeats`, if it is a turn."""
        places, conditions = tape.places, tape.conditions
        tape.places, tape.conditions = self.placed, self.conditions
        try:
            if repeats:
                outlined(tape, self.calls, outputs, mark, least=1)
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
    functions: Sequence[Callable[..., Any]] = (),
) -> Recorded:
    """Record a part, and put all back as it was.

    Args:
        tape: The recording.
        part: The part, a function.
        values: What it takes.
        contents: What is in some arrays while it runs.
        mark: The number of the last node before the part.
        functions: The functions of the user's that the part calls, if it is none itself.

    Returns:
        What was recorded.

    Raises:
        NotAlikeError: The part changes a list or an object, or may take items from an iterator.
    """
    places, conditions = tape.places, tape.conditions
    # Where the function runs by values, all else that the part does should be done in every turn.
    held = Reached(values, functions or (part,), only_computes=places is None)
    tape.places, tape.conditions = [], []
    journal = memory.Journal(mark)
    token = memory.JOURNAL.set(journal)
    try:
        for block, content in contents.items():
            memory.leave(block)
            block.node, block.version = content, block.version + 1
            content.memory = memory.Version(block, block.home, content)
        own = part(*values)
        results = tuple(map(newest, own))
        old = {block: contents.get(block, before.node) for block, before in journal.before.items()}
        written = {block: block.node for block in journal.before if block.node is not old[block]}
        placed, made = tape.places, tape.conditions
    finally:
        memory.JOURNAL.reset(token)
        changed = held.restore()
        lost = [block.outdated for block, before in journal.before.items() if block.outdated is not before.outdated]
        for block, before in journal.before.items():
            before.restore(block)
        memory.end_sharing(tape, mark)
        tape.places, tape.conditions = places, conditions
        calls = take_calls(tape, mark)
    if changed:
        raise NotAlikeError(message("it changes an object, a dictionary or a list"))
    if lost:  # which the next part, or the next turn, would read
        raise lost[0]
    return Recorded(results, own, held.objects, written, made, placed, calls)


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
    if isinstance(value, Sized):
        return np.dtype(value.weak_type)
    return np.dtype(value.dtype) if hasattr(value, "dtype") else np.asarray(value).dtype


def promoted(*values: Any) -> np.dtype[Any]:
    """The dtype of an array that holds any of some arrays and numbers; a number of Python's takes that of the others."""
    return np.result_type(*(each if type(each) in (bool, int, float) else dtype_of_value(each) for each in values))


def meetings(
    nodes: Iterable[Traced], numbers: Iterable[int], pairs: Iterable[tuple[Any, Any]]
) -> tuple[dict[int, set[int]], dict[int, np.dtype[Any]]]:
    """What numbers of Python's that a part takes meet: NumPy makes them as narrow as an array that they are computed with.

    Args:
        nodes: The operations of the part, in order.
        numbers: The ids of the nodes that stand for the numbers, as wide as Python's.
        pairs: Values that become one value.

    Returns:
        The numbers of which alone a value is computed, by the value's id; the dtype of what a number meets, by its id.
    """
    sources = {number: {number} for number in numbers}
    met: dict[int, np.dtype[Any]] = {}
    groups = [*((node.inputs, node.siblings or (node,)) for node in nodes), *((pair, ()) for pair in pairs)]
    for operands, results in groups:
        own = {number for each in operands for number in sources.get(id(each), ())}
        arrays = [each.dtype for each in operands if isinstance(each, _ARRAYS) and id(each) not in sources]
        if not own:
            continue
        if not arrays:
            sources |= {id(each): own for each in results}
        elif not results or results[0].dtype.kind in "fc":
            dtype = np.zeros((), np.result_type(*arrays)).real.dtype
            if dtype.kind == "f" and dtype.itemsize < min([8, *(each.dtype.itemsize for each in results[:1])]):
                met |= dict.fromkeys(own, dtype)
    return sources, met


def cast(value: Any, dtype: np.dtype[Any]) -> Any:
    """An array or a number of another dtype; a number that Python has, too, is Python's."""
    if dtype_of_value(value) == dtype and not isinstance(value, np.generic):
        return value
    if isinstance(value, Traced) or np.ndim(value):
        return value.astype(dtype)
    number = np.asarray(value, dtype)[()]
    return number.item() if dtype in PYTHONS else number


def zeros_apart(node: Traced, tape: Tape) -> Any:
    """Zeros like a node that stand nowhere in the function, where they could be taken for turns of a loop."""
    places, tape.places = tape.places, None
    try:
        found = zeros(node, tape)
    finally:
        tape.places = places
    if isinstance(found, Traced):
        found.shape = node.shape  # whose sizes may be those of arguments
    return found


def with_its_sizes(value: Any, tape: Tape) -> Any:
    """A number that is made of sizes as an operand, and an array as the program makes it; anything else as it is."""
    if isinstance(value, Sized):
        return value.operand
    is_made = type(value) is np.ndarray and creation_of(value) is not None
    return hooks.active.keep(value, tape) if is_made else value


def operands_of(arrays: Sequence[Constant], tape: Tape) -> list[Any]:
    """The arrays that the programs of parts hold as operands of their equation, under the user's names."""
    for array in arrays:
        if array.name and not re.fullmatch(r"c\d+", array.name):  # which the program has given it
            tape.constants[id(array.value)] = array.name
    return [operand_of(array) for array in arrays]


# ---- which object a value is ----------------------------------------------------------------------------------------------


def here() -> tuple[str, int] | None:
    """The line of the user's that runs."""
    frame = user_frame()
    return None if frame is None else (frame.f_code.co_filename, frame.f_lineno)


def is_same_tree(one: Tree, other: Tree) -> bool:
    """Whether two structures are alike, and the objects in them that can change are the same."""
    if one.fixed is None or other.fixed is None:
        parts = zip(one.children, other.children, strict=False)
        return (one.kind, one.keys, one.fixed) == (other.kind, other.keys, other.fixed) and all(
            is_same_tree(*pair) for pair in parts
        )
    (kind, value), (_, like) = one.fixed, other.fixed
    return value is like or (isinstance(value, UNCHANGING) and (kind, value) == other.fixed)


def is_new(value: Any, reached: Mapping[int, Any], met: dict[int, Any] | None = None) -> bool:
    """Whether a nested value can be made anew: no list or object in it is from before, or stands in it twice.

    Args:
        value: The value.
        reached: The objects from before, by id.
        met: Those that other values hold; takes those of this one.
    """
    met = {} if met is None else met
    nested = None if isinstance(value, NUMBERS) else members_of(value)
    if nested is None:
        return True
    if not isinstance(value, tuple):
        if id(value) in met or id(value) in reached:
            return False
        met[id(value)] = value
    return all(is_new(each, reached, met) for each in nested[2])


def is_settled(value: Any, reached: Mapping[int, Any]) -> bool:
    """Whether a value holds nothing that a part has computed, but whole numbers, text and objects from before it."""
    if id(value) in reached or isinstance(value, UNCHANGING):
        return not isinstance(value, (Traced, float, complex))
    nested = members_of(value)
    return nested is not None and all(is_settled(each, reached) for each in nested[2])


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
