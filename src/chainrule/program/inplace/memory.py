"""Blocks of memory that a traced function writes to, and their versions.

A traced array is a node, and also the object that the function holds. Once it is written to, its block has versions: a write
makes a node for the new contents, a read gets the newest node, and older nodes keep their values. Reading a view repeats, on the
newest version, the operation that made it. NumPy decides what is a view: it does the same on `home`, the block's real memory.

While a derivative is recorded, nodes stand for themselves: its rules read a version, not the current contents.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import numpy as np

from ...core.binding import bind
from ...core.errors import TracingError
from ...core.messages import message
from ...core.structure import members_of
from ...core.symbols import Array
from ...core.template import Block as CodeBlock
from ...core.traced import Tape, Traced
from .. import names
from .outside import Outside

VIEWS = frozenset(
    {"T", "at", "broadcast_to", "diagonal", "einsum", "getitem", "imag", "real", "reshape", "transpose", "windows"}
)
"""The operations for which NumPy may return a view of the operand; NumPy is asked whether it does."""


WRITERS: set[Callable[..., Any]] = set()
"""Our versions of functions that write to an array; they get the array itself, not its newest version."""


class Turning:
    """What counts the turns of loops of which not all are recorded, the innermost loop first."""

    __slots__ = ()
    counts: tuple[int, ...]
    loops: tuple[Any, ...]


def moving(parts: tuple[Any, ...]) -> Any:
    """What moves in an index with the turns of a loop whose body is recorded once; `None` if nothing does."""
    for part in parts:
        for each in (part.start, part.stop, part.step) if type(part) is slice else (part,):
            if hasattr(type(each), "extremes"):
                return each
    return None


class Block:
    """A block of memory. `home` receives the same writes; `node` is the newest version, or `None` while the block is plain."""

    __slots__ = ("base", "home", "kept", "name", "node", "outdated", "plain", "version")

    def __init__(self, home: Array, base: Traced, node: Traced | None):
        self.home = home
        self.base = base  # the array of the whole block, as the function holds it
        self.node = node
        self.name = base.name
        self.version = 0
        self.kept = True  # whether a rule may ask for the value of the newest version
        self.plain: Any = None  # what `plain.py` knows of the block while it holds no traced numbers
        self.outdated: Any = None  # what may have been written to it under another name, as an error that a read raises


class View:
    """A traced array's view of a block: NumPy's view of `home`, and the node at a given version."""

    __slots__ = ("array", "block", "node", "reread", "version")

    def __init__(self, block: Block, array: Array, node: Any, reread: Callable[[], Any] | None = None):
        self.block = block
        self.array = array
        self.node = node
        self.reread = reread  # makes the node again; `None` for the whole block
        self.version = block.version


class Version(View):
    """The view of a version's own node, which stands for that version alone and is not held by the function."""

    __slots__ = ()


def stand_alone(node: Traced) -> None:
    """Let the node of a view stand for the version that it was recorded with, since the function that holds it has ended."""
    view: View | None = node.memory
    if type(view) is View:
        node.memory = Version(view.block, view.array, node)


def newest(array: Traced) -> Any:
    """The node of an array's current contents, including the last write to its memory; a copy, if the array is plain."""
    view: View | None = array.memory
    if view is None and array.primitive is not None and array.primitive.name in VIEWS:
        view = look(array)
    if view is None or type(view) is Version:
        return array
    block = view.block
    if block.outdated is not None:
        raise block.outdated
    if block.node is None and not block.plain.traced_for_sizes(block):
        return block.plain.snapshot(view)
    if view.version != block.version:
        view.node = block.node if view.reread is None else _node(view.reread())
        if view.node is not block.node and isinstance(view.node, Traced) and not view.node.name:
            view.node.name = array.name
        view.version = block.version
    return view.node


def _node(made: Any) -> Any:
    """The current contents of a result of `reread`, which may be an array that the function holds."""
    return newest(made) if isinstance(made, Traced) else made


def look(array: Traced) -> View | None:
    """The array's view of a block, if it is part of one that is written to."""
    view: View | None = array.memory
    if view is not None:
        return view
    source = _source(array)
    inner = look(source) if source is not None else None
    if inner is None or (made := _same_view(array, inner)) is None:
        return None
    array.memory = View(inner.block, made, array, lambda: _again(array))
    found: View = array.memory
    found.version = -1
    return found


def _source(array: Traced) -> Traced | None:
    """The array that this one may be a view of."""
    if array.primitive is None or array.primitive.name not in VIEWS:
        return None
    source, *counters = array.inputs
    if any(getattr(each, "id", None) not in array.tape.layouts for each in counters):
        return None
    if type(source) is not Traced or (array.primitive.name == "broadcast_to" and not source.shape):
        return None  # a repeated number, as in np.full_like
    return source


def _chain(array: Traced) -> list[Traced]:
    """An array, the array that it may be a view of, and so on."""
    chain = [array]
    while (source := _source(chain[-1])) is not None:
        chain.append(source)
    return chain


def _same_view(array: Traced, inner: View) -> Array | None:
    """The same view of the block's memory, if NumPy returns a view."""
    assert array.primitive is not None
    counters = [layout_of(each)[()] for each in array.inputs[1:]]  # with which its place moves
    made = array.primitive.function(array.params, len(array.inputs))(inner.array, *counters)
    return made if isinstance(made, np.ndarray) and np.may_share_memory(made, inner.array) else None


def _again(array: Traced) -> Any:
    """The node of a view, made again from the current contents."""
    assert array.primitive is not None
    source, *counters = array.inputs
    inner = look(source)
    now = inner.block.node if type(inner) is Version else newest(source)
    return bind(array.primitive, (now, *counters), array.params, array.tape)


class Contents:
    """What a block held, to put it back."""

    __slots__ = ("holds_value", "home", "node", "outdated")

    def __init__(self, block: Block):
        self.node, self.home, self.outdated = block.node, block.home.copy(), block.outdated
        self.holds_value = block.node is not None and block.node.value is block.home

    def restore(self, block: Block) -> None:
        """Let the block hold this again."""
        block.node, block.kept, block.outdated = self.node, True, self.outdated
        block.version += 1  # views are read anew
        block.home[...] = self.home
        if self.holds_value and self.node is not None:
            self.node.value = block.home


class Journal:
    """What blocks held before they were written to, since a node of this number was recorded."""

    __slots__ = ("before", "mark")

    def __init__(self, mark: int):
        self.mark = mark
        self.before: dict[Block, Contents] = {}


JOURNAL: ContextVar[Journal | None] = ContextVar("journal", default=None)
"""The journal that is kept now, while a recording may have to be undone."""


class StillPlain(BaseException):
    """A plain block is written to where the write may have to be undone; no handler of the user's is to see it."""

    def __init__(self, block: Block):
        self.block = block


def require_undoable(block: Block) -> None:
    """Raise `StillPlain` for a plain block that is older than the journal that is kept."""
    journal = JOURNAL.get()
    if journal is not None and block.base.id <= journal.mark:
        raise StillPlain(block)


def written(array: Traced) -> View:
    """The view of an array that is about to be written to; its block is made if there is none yet."""
    if (view := look(array)) is not None:
        return view
    chain = _chain(array)
    base = chain.pop()
    home = _home(base)
    inner = View(Block(home, base, base), home, base)
    while chain:
        following = chain.pop()
        made = _same_view(following, inner)
        if made is None:  # a copy, with memory of its own
            base, home = following, _home(following)
            inner = View(Block(home, base, base), home, base)
        else:
            inner = View(inner.block, made, following)
    base.memory = View(inner.block, home, base)
    base.tape.written = True
    if base.tape.naming:
        inner.block.name = inner.block.name or names.variable(base)
    found = look(array)
    assert found is not None
    return found


def _home(node: Traced) -> Array:
    """New memory for an array, with the same layout as its value."""
    value = layout_of(node)
    if not value.ndim:
        return np.full((), value, node.dtype)
    if 0 in value.strides:
        return value.copy()
    low, high = np.lib.array_utils.byte_bounds(value)
    start = value.__array_interface__["data"][0] - low
    home: Array = np.ndarray(value.shape, value.dtype, np.empty(high - low, np.uint8), start, value.strides)
    home[...] = value
    return home


def lies_by_rows(array: Traced, order: str = "C") -> bool:
    """Whether an array is contiguous in memory, in row-major (C) or column-major (F) order."""
    flags = layout_of(array).flags
    return bool(flags.c_contiguous if order == "C" else flags.f_contiguous)


def layout_of(array: Traced) -> Array:
    """An array whose elements lie in memory as those of a traced one: its value, or where only shapes are known a stand-in."""
    if (view := look(array)) is not None:
        return view.array
    waiting = [array]
    while waiting:
        node = waiting[-1]
        missing = [] if _layout_if_known(node) is not None else _inputs_without_layout(node)
        if missing:
            waiting += missing
            continue
        if _layout_if_known(node) is None:
            nodes = node.siblings or (node,)
            for sibling, layout in zip(nodes, _inferred_layouts(node), strict=True):
                node.tape.layouts[sibling.id] = layout
        waiting.pop()
    known = _layout_if_known(array)
    assert known is not None
    return known


def _layout_if_known(node: Traced) -> Array | None:
    """The node's part of a block, its value, or its stand-in, if there is one yet."""
    if node.memory is not None:
        part: Array = node.memory.array
        return part
    if node.value is not None:
        value: Array = np.asarray(node.value)
        return value
    found = node.tape.layouts.get(node.id)
    return found if isinstance(found, np.ndarray) else None


def _inputs_without_layout(node: Traced) -> list[Traced]:
    if not _follows_inputs(node):
        return []
    return [each for each in node.inputs if isinstance(each, Traced) and _layout_if_known(each) is None]


def _follows_inputs(node: Traced) -> bool:
    """Whether the layout of a result is inferred from those of its inputs; otherwise it lies by rows.

    Only where a function writes to arrays does it see more than which views of its arguments lie by rows. What calls functions,
    such as a solver of differential equations, is not done twice.
    """
    primitive = node.primitive
    if primitive is None or any(isinstance(value, CodeBlock) for _, value in node.params):
        return False
    return node.tape.writes or primitive.name in VIEWS


def _inferred_layouts(node: Traced) -> tuple[Array, ...]:
    """Stand-ins for the results of an operation, which NumPy makes of those for its inputs."""
    nodes = node.siblings or (node,)
    by_rows = tuple(_stand_in(sibling) for sibling in nodes)
    if not _follows_inputs(node):
        return by_rows
    assert node.primitive is not None
    operands = [_layout_if_known(each) if isinstance(each, Traced) else each for each in node.inputs]
    arrange = node.tape.layouts.get(node.id) or node.primitive.function(node.params, len(operands))
    try:
        with np.errstate(all="ignore"):
            made = arrange(*operands)
    except (
        ValueError,
        ArithmeticError,
    ):  # of the stand-ins' numbers there is no result, as of a matrix without inverse
        return by_rows
    results = tuple(map(np.asarray, made if node.siblings else (made,)))
    return results if [each.shape for each in results] == [each.shape for each in by_rows] else by_rows


def _stand_in(node: Traced) -> Array:
    """An array of the node's shape that lies by rows: of ones, or of identity matrices, which most operations can take."""
    shape = tuple(map(int, node.shape))
    stand_in = np.zeros(shape, node.dtype if node.tape.writes else np.bool_)
    if stand_in.dtype.kind in "fc":
        stand_in[...] = np.eye(shape[-2], shape[-1]) if len(shape) > 1 else 1.0
    return stand_in


def laid_out(make: Callable[[], Any], arrange: Callable[..., Array]) -> Any:
    """The array that `make` records, which lies in memory as `arrange` lays out the same numbers, called with its operands.

    An operation that returns this at once records under the user's name.
    """
    node = make()
    if type(node) is not Traced or not node.tape.writes:
        return node
    if node.value is None:
        node.tape.layouts[node.id] = arrange
    elif isinstance(node.value, np.ndarray):
        node.value = arrange(*(each.value if isinstance(each, Traced) else each for each in node.inputs))
    return node


def leave(block: Block) -> None:
    """Keep the value of the newest version if a rule may ask for it, since `home` is about to change."""
    if block.outdated is not None:
        raise block.outdated
    _keep_contents(block)
    outdate_others(block)
    node = block.node
    if node is not None and node.value is block.home:
        # If only views of this version were read, no rule reads all of it; should one do so, NaN would show it.
        nothing = np.asarray(np.nan if node.dtype.kind in "fc" else 0, node.dtype)
        node.value = block.home.copy(order="K") if block.kept else np.broadcast_to(nothing, node.shape)


def _keep_contents(block: Block) -> None:
    journal = JOURNAL.get()
    if journal is not None and block.base.id <= journal.mark and block not in journal.before:
        journal.before[block] = Contents(block)


def advance(block: Block, node: Traced, known: bool) -> None:
    """Make a node the newest version of a block; if its value is `known`, `home` has it."""
    block.version += 1
    block.node = node
    block.kept = node.primitive is None or not node.primitive.writes  # a rule may ask for its operation's own result
    node.memory = Version(block, block.home, node)
    node.name = block.name
    node.kind = block.base.kind if block.base.kind != "input" else "named"
    node.value = block.home if known else None


def replace(block: Block, node: Traced) -> None:
    """Let a block hold what a branch or a loop has made of its contents."""
    leave(block)
    known = node.value is not None
    if known:
        block.home[...] = node.value
    advance(block, node, known)


# ---- arrays that may be one ------------------------------------------------------------------------------------------------


SHARED = message("it passes on an array or a list that has another name, and one of the two is changed later")


class SharedError(TracingError):
    """A branch or a loop has given an array a second name, its memory is written to under one, and read under another.

    Attributes:
        place: Where the branch or loop stands.
    """

    def __init__(self, place: Any):
        super().__init__(SHARED)
        self.place = place


class _Sharing:
    """Which arrays may be the same memory: those that a branch or a loop chooses from, and what it gives."""

    def __init__(self) -> None:
        self.arrays: dict[int, Any] = {}  # by id; alive, so that no other has the number
        self.beside: dict[int, list[tuple[int, Any]]] = {}  # by id: the others, and the place by which they are
        self.ended: set[int] = set()  # of a part that was recorded, after which nothing holds them
        self.watched: list[
            tuple[Any, list[Any], Any]
        ] = []  # lists that have been copied, their contents then, the place


_sharing: weakref.WeakKeyDictionary[Tape, _Sharing] = weakref.WeakKeyDictionary()


def owner(array: Any) -> Any:
    """The array whose memory another one is, or may be a view of; `None` of a number."""
    if not isinstance(array, Traced):
        return array if isinstance(array, np.ndarray) else None
    base = _chain(array)[-1] if array.memory is None else array
    if base.memory is not None:
        return base.memory.block.base
    return base if array.shape else None


def share(tape: Tape, one: Any, other: Any, place: Any) -> None:
    """Note that two arrays may be the same memory, as a branch or a loop at some place has it."""
    one, other = owner(one), owner(other)
    if one is None or other is None or one is other:
        return
    sharing = _sharing.setdefault(tape, _Sharing())
    for each, beside in ((one, other), (other, one)):
        sharing.arrays[id(each)] = each
        sharing.beside.setdefault(id(each), []).append((id(beside), place))


def outdate_others(block: Block) -> None:
    """Let what may be the same memory as a block, which is written to, be read no more."""
    sharing = _sharing.get(block.base.tape)
    if sharing is None or id(block.base) not in sharing.beside:
        return
    waiting, seen = [id(block.base)], {id(block.base)}
    while waiting:
        for number, place in sharing.beside[waiting.pop()]:
            if number not in seen:
                seen.add(number)
                waiting.append(number)
                array = sharing.arrays[number]
                if not isinstance(array, Traced):
                    raise SharedError(place)
                if number not in sharing.ended:
                    _outdate(array, place)


def _outdate(array: Traced, place: Any) -> None:
    if array.memory is not None and array.memory.block.node is None:
        array.memory.block.plain.become_traced(array.memory.block)
    block = written(array).block
    _keep_contents(block)
    block.outdated = SharedError(place)


def end_sharing(tape: Tape, mark: int) -> None:
    """Note that nothing holds the arrays any more that were recorded since a mark."""
    sharing = _sharing.get(tape)
    if sharing is not None:
        sharing.ended |= {
            number for number, each in sharing.arrays.items() if isinstance(each, Traced) and each.id > mark
        }


def watch(tape: Tape, value: Any, place: Any) -> None:
    """Note the lists, dicts and objects in a nested value of which a branch or a loop at some place makes others."""
    nested = members_of(value)
    if nested is None or isinstance(value, np.ndarray):
        return
    if not isinstance(value, tuple):
        _sharing.setdefault(tape, _Sharing()).watched.append((value, list(nested[2]), place))
    for each in nested[2]:
        watch(tape, each, place)


def require_unchanged(tape: Tape) -> None:
    """Raise a `SharedError` if anything has changed that was noted so."""
    sharing = _sharing.get(tape)
    for value, before, place in sharing.watched if sharing is not None else ():
        nested = members_of(value)
        now = () if nested is None else nested[2]
        if len(now) != len(before) or any(one is not other for one, other in zip(now, before, strict=True)):
            raise SharedError(place)


def read(node: Traced) -> None:
    """Note the reads of a new node, whose operands may be views of blocks; a view of one of them is a view of its block too."""
    assert node.primitive is not None
    for operand in node.inputs:
        view = operand.memory if type(operand) is Traced else None
        if view is None:
            continue
        if node.primitive.name in VIEWS and (len(node.inputs) == 1 or _source(node) is operand):
            made = None if isinstance(node.value, np.generic) else _same_view(node, view)
            if made is not None:
                node.memory = View(view.block, made, node, lambda: _again(node))
                node.value = node.value if node.value is None else made.copy(order="K")
        elif view.block.node is operand and not (node.primitive.writes and operand is node.inputs[0]):
            view.block.kept = True
        if isinstance(node.value, np.ndarray) and np.may_share_memory(node.value, view.block.home):
            node.value = node.value.copy(order="K")


def held(result: Any) -> Any:
    """A result as a function may hold it: the array itself, not a version of it."""
    if type(result) is Traced and type(result.memory) is Version:
        return result.memory.block.base
    if type(result) in (list, tuple):
        return type(result)(map(held, result))
    return result


def holds_traced(value: Any) -> bool:
    """Whether an argument is traced, or counts turns, or nested arguments contain such a one."""
    kind = type(value)
    if kind is tuple or kind is list:
        return not _ARE_THEMSELVES.issuperset(map(type, value)) and any(map(holds_traced, value))
    if kind is slice:
        return any(map(holds_traced, (value.start, value.stop, value.step)))
    return kind is Traced or issubclass(kind, Turning) or (kind is dict and any(map(holds_traced, value.values())))


_ARE_THEMSELVES = frozenset({int, float, str, bool, type(None), type(Ellipsis), np.ndarray})


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """Nested arguments with `change` applied to every traced or plain array; those from outside as they are."""
    kind = type(value)
    if kind in _ARE_THEMSELVES:
        return value
    if issubclass(kind, Traced):
        return change(value)
    if kind is tuple or kind is list:
        return kind([mapped(each, change) for each in value])
    if kind is dict:
        return {key: mapped(each, change) for key, each in value.items()}
    if kind is Outside:
        return value.from_outside
    if kind is slice:
        ends = (value.start, value.stop, value.step)
        return value if _ARE_THEMSELVES.issuperset(map(type, ends)) else slice(*(mapped(each, change) for each in ends))
    return value


def opened(value: Any) -> Any:
    """Arguments with the arrays from outside as NumPy arrays."""
    return mapped(value, lambda array: array)


def settled(value: Any) -> Any:
    """Arguments with their current contents: traced arrays as their newest nodes, others as NumPy arrays."""
    return mapped(value, newest)
