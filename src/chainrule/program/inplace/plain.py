"""Arrays that a traced function creates, such as np.zeros(30), before any traced number is written to them.

A `Plain` computes with NumPy, as its array does. The first traced number written to its block turns it and all views of it
into traced arrays.
"""

from __future__ import annotations

import functools
import math
import sys
import weakref
from collections.abc import Callable, Mapping, Sequence
from types import CodeType
from typing import Any, NamedTuple

import numpy as np

from ...core import hooks
from ...core.binding import bind
from ...core.location import is_machinery, refuse, user_frame
from ...core.operators import BINARY, COMPARISONS, array_function, array_ufunc
from ...core.primitive import PRIMITIVES, UFUNCS
from ...core.symbols import Array
from ...core.traced import FUNCTIONS, Tape, Traced
from .. import names
from ..operations.creating import Creation, fill
from ..operations.gathering import index_plain
from ..operations.indexing import Index
from ..operations.updating import write
from ..sizes.keeping import note_filled
from ..sizes.numbers import Sized, is_sized, note_numbers, symbolic
from .memory import Block, Version, View, advance, holds_traced, mapped, outdate_others, require_undoable
from .windows import oriented, window

_TYPE: Any = vars(object)["__class__"]  # the real class; traced arrays show user code another
_MOST_READS = 8  # of single numbers that are remembered
_MOST_WRITES = 8  # of plain numbers that are recorded one by one; an array with more begins as a constant


class Plain(Traced):
    """An array that the traced function has created and that holds no traced number so far."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        is_kept = (
            method == "__call__" and not keywords and is_symbolic(inputs) and (ufunc in UFUNCS or ufunc in FUNCTIONS)
        )
        if is_kept or holds_traced((inputs, keywords)):
            return array_ufunc(self, ufunc, method, *inputs, **keywords)
        return run(ufunc if method == "__call__" else getattr(ufunc, method), inputs, keywords, writes=method == "at")

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        if holds_traced((args, keywords)) or (function in FUNCTIONS and traced_where_symbolic((args, keywords))):
            return array_function(self, function, types, args, keywords)
        return run(function, args, keywords, writes=function in WRITING)

    def __getitem__(self, index: Any) -> Any:
        if holds_traced(index):
            if self.memory.block.plain.traced_for_sizes(self.memory.block):
                return self[index]
            return index_plain(self.memory.block.plain.snapshot(self.memory), index)
        if is_symbolic((self,)):
            one = type(self.memory.block.plain.number) is not Creation and _is_of_ints(index, self.ndim)
            if not one and traced_where_symbolic((self,)):
                return self[index]
        found = run(np.ndarray.__getitem__, (self, index), {}, again=lambda: self[index])
        if self.tape.places is not None and isinstance(found, np.generic):
            self.memory.block.plain.was_read(self, index, found)
        return found

    def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
        """The array for a library, which may keep it: as long as it does, no traced number can be written here."""
        if copy or dtype not in (None, self.dtype):
            return np.array(self.memory.array, dtype)
        given: Array = self.memory.array.view()
        self.memory.block.plain.leaks.append(weakref.ref(given))
        return given

    def __bool__(self) -> bool:
        return bool(self.memory.array)

    def __float__(self) -> float:
        return float(self.memory.array)

    def __int__(self) -> int:
        return int(self.memory.array)

    def __index__(self) -> int:
        return int(self.memory.array.__index__())

    def __complex__(self) -> complex:
        return complex(self.memory.array)

    def __repr__(self) -> str:
        return repr(self.memory.array)

    def __format__(self, spec: str) -> str:
        return format(self.memory.array, spec)

    def __contains__(self, value: object) -> bool:
        return value in self.memory.array

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self.memory.array, attribute)


def is_symbolic(values: Any) -> bool:
    """Whether some of these are numbers that are made of sizes, or plain arrays of such sizes."""
    return any(isinstance(each, Sized) or (type(each) is Plain and is_sized(each.shape)) for each in values)


def traced_where_symbolic(value: Any) -> bool:
    """Let plain arrays of sizes in nested arguments become traced, so that what is made of them holds for other sizes."""
    met: list[Plain] = []
    mapped(value, lambda each: met.append(each) if is_symbolic((each,)) else None)
    for each in met:
        if type(each) is Plain:
            trace_block(each.memory.block)
    return bool(met)


def _is_of_ints(index: Any, count: int) -> bool:
    places = index if type(index) is tuple else (index,)
    return len(places) == count and all(type(each) is int for each in places)


class Moment(NamedTuple):
    """When and where something was done that is recorded later, once its array holds traced numbers."""

    number: int
    place: Any
    recorded: int  # operations before it
    code: CodeType
    offset: int
    name: str


def _moment(array: Traced) -> Moment | None:
    tape = array.tape
    frame = None if tape.places is None else user_frame()
    if tape.places is None or frame is None:
        return None
    before = len(tape.places)
    hooks.active.placed(array)
    if len(tape.places) == before:
        return None
    tape.count += 1
    _, place = tape.places.pop()
    name = hooks.active.stored_name(frame, tape.outermost) if tape.naming else ""
    told = name if isinstance(name, str) else ""
    return Moment(tape.count, place, len(tape.places), frame.f_code, frame.f_lasti, told)


def _settle(node: Traced, moment: Moment | None) -> None:
    """Let an operation that was just recorded stand where it was done."""
    places = node.tape.places
    if moment is not None and places and places[-1][0] is node:
        node.id, node.code, node.offset = moment.number, moment.code, moment.offset
        places[-1] = (node, moment.place)


class Plainness:
    """What is known of a block that holds no traced numbers: its first contents, the writes since, and its views."""

    __slots__ = ("begun", "handles", "leaks", "number", "reads", "tape", "writes")

    def __init__(self, tape: Tape, number: Any):
        self.tape = tape
        self.number = number  # that filled it at first; `None` if there is no single one
        self.begun: Moment | None = None
        self.writes: list[tuple[tuple[Any, ...], Any, Moment | None]] = []
        self.reads: list[
            tuple[Any, Any, Moment | None]
        ] = []  # of single numbers and of the whole, since the last write
        self.handles: list[weakref.ref[Plain]] = []
        self.leaks: list[weakref.ref[Array]] = []

    def was_read(self, array: Plain, index: Any, number: Any) -> None:
        """Note that a number was read, which turns out to be traced if the array is written to in a loop."""
        places = index if type(index) is tuple else (index,)
        whole = array.memory.array is array.memory.block.home
        if self.number is not None and whole and all(type(each) is int for each in places):
            self.reads[: -_MOST_READS + 1] = []
            self.reads.append((number, places, _moment(array)))

    @property
    def is_written_at_its_beginning(self) -> bool:
        """Whether nothing else was written: other places may be counted from the end."""
        return {place if type(place) is int else None for parts, _, _ in self.writes for place in parts} <= {0}

    def become_traced(self, block: Block) -> None:
        """Let it become traced."""
        trace_block(block)

    def traced_for_sizes(self, block: Block) -> bool:
        """Whether it becomes traced, since its contents of now, as numbers, would be those of the sizes at hand."""
        is_kept = bool(self.writes) and self.is_written_at_its_beginning
        has_sizes = is_kept and self.number is not None and is_sized(block.base.shape)
        if has_sizes:
            trace_block(block)
        return has_sizes

    def snapshot(self, view: View) -> Array:
        """A copy of the current contents; the same copy until they change."""
        if view.version != view.block.version or not isinstance(view.node, np.ndarray):
            view.node, view.version = view.array.copy(order="K"), view.block.version
            if view.block.name and view.array is view.block.home:
                self.tape.constants[id(view.node)] = view.block.name
            if self.number is not None and view.array is view.block.home:
                self.reads.append((view.node, (), _moment(view.block.base)))
                if not self.writes:
                    note_filled(view.node, _creation(view.block))
        if self.number is None or self.writes or view.array is not view.block.home:
            # Each time, since what a part has noted is forgotten when it is recorded again.
            note_numbers(view.block.base.shape)
        found: Array = view.node
        return found


def _creation(block: Block) -> Any:
    """How the first contents of a block are made."""
    number = block.plain.number
    return number if type(number) is Creation else fill(block.base.shape, number, block.home.dtype)


def run(
    function: Callable[..., Any],
    args: Sequence[Any],
    keywords: Mapping[str, Any],
    writes: bool = False,
    again: Callable[[], Any] | None = None,
) -> Any:
    """Call a NumPy function on plain arrays; the arrays that it returns are plain too, or views of its arguments."""
    met: list[Plain] = []

    def live(each: Plain) -> Array:
        met.extend([each] * each.tape.open)  # what a finished trace has left is an array as any other
        array: Array = each.memory.array
        return array

    given, named = mapped(tuple(args), live), mapped(dict(keywords), live)
    writes = writes or keywords.get("out") is not None
    for each in met if writes else ():
        require_undoable(each.memory.block)
    for each in met if function is not np.ndarray.__getitem__ else ():
        note_numbers(each.memory.block.base.shape)
    result = function(*given, **named)
    if writes:
        for each in met:
            changed(each.memory.block)
    return _made(result, met, again or (lambda: function(*args, **keywords)))


def _made(result: Any, given: Sequence[Plain], again: Callable[[], Any]) -> Any:
    if isinstance(result, np.ndarray) and result.dtype.kind in "fbiuc":
        for each in given:
            if each.memory.array is result:
                return each
            if np.may_share_memory(result, each.memory.block.home):
                return handle(result, each.memory.block, again)
        return fresh(result, given[0].tape) if given else result
    if type(result) in (list, tuple):
        parts = (_made(part, given, lambda place=place: again()[place]) for place, part in enumerate(result))  # type: ignore[misc]
        return type(result)(parts)
    return result


def fresh(array: Array, tape: Tape, number: Any = None) -> Plain:
    """A plain array with memory of its own; `number`, if given, is the number that fills it."""
    array = array if array.flags.writeable else array.copy()
    made = Plain(tape, None, (), (), array, array.shape, array.dtype)
    block = Block(array, made, None)
    block.plain = Plainness(tape, number)
    block.plain.begun = _moment(made)
    _look_into(made, block, array, None)
    frame = user_frame()
    name = hooks.active.stored_name(frame, tape.outermost) if tape.naming and frame is not None else ""
    block.name = name if isinstance(name, str) else ""
    return made


def handle(array: Array, block: Block, again: Callable[[], Any] | None) -> Plain:
    """A plain array that is a view of a block."""
    made = Plain(block.plain.tape, None, (), (), array, array.shape, array.dtype)
    _look_into(made, block, array, again)
    return made


def _look_into(made: Plain, block: Block, array: Array, again: Callable[[], Any] | None) -> None:
    made.memory = View(block, array, None, again)
    block.plain.handles.append(weakref.ref(made))


def changed(block: Block, written: tuple[Array, Any] | None = None) -> None:
    """Note that a plain block has changed, and record the write where possible."""
    outdate_others(block)
    block.version += 1
    state = block.plain
    state.reads = []
    if state.number is None:
        return
    if written is None or len(state.writes) >= _MOST_WRITES:
        state.number = None
        return
    part, value = written
    place = window(part, block.home)
    if any(isinstance(each, np.ndarray) for each in place.parts):
        state.number = None
        return
    if place.is_whole(block.home) and not np.ndim(value):
        state.number, state.writes, state.begun = value, [], _moment(block.base)
        return
    value = oriented(np.array(value, block.home.dtype)[()], part.shape, block.home[place.parts].shape, place.order)
    state.writes.append((place.parts, np.array(value)[()], _moment(block.base)))


def trace_block(block: Block) -> None:
    """Turn a plain block into a traced one, since a traced number is about to be written to it."""
    require_undoable(block)
    state = block.plain
    if any(leak() is not None for leak in state.leaks):
        refuse(
            "a traced value cannot be put into an array that a library holds as a plain one",
            "give the library a copy, as np.array(b)",
        )
    if not state.tape.open:
        refuse(
            "a traced value cannot be put into an array that comes from outside of the function",
            "copy it first, as in b = np.array(b)",
        )
    block.version += 1
    state.tape.written = True
    if state.number is None or not state.is_written_at_its_beginning:
        note_numbers(block.base.shape)
    if state.number is None:
        node = bind(PRIMITIVES["identity"], (block.home.copy(order="K"),), (), state.tape)
    else:
        node = bind(PRIMITIVES["full"], (), (("fill", _creation(block)),), state.tape)
        _settle(node, state.begun)
    node.name, node.kind, block.node = block.name, "temporary", node
    content = node.value
    for parts, value, moment in state.writes if state.number is not None else ():
        content = content.copy()
        content[parts] = value
        node = write(state.tape, node, value, parts)
        _settle(node, moment)
        advance(block, node, known=True)
        node.value = content
    # What reads it before the first write may be a view of the block.
    if node.memory is None:
        node.memory = Version(block, block.home, node)
    for each in state.handles:
        if (found := each()) is not None:
            _TYPE.__set__(found, Traced)
    for number, places, moment in state.reads:
        _read_again(node, number, places, moment)
    block.plain = None


def _read_again(node: Traced, number: Any, places: tuple[int, ...], moment: Moment | None) -> None:
    """Let the operations since a read of places, or of the whole, read the array, as they do in the further turns of a loop."""
    if moment is None or node.tape.places is None:
        return
    since = [each for each, _ in node.tape.places[moment.recorded :] if any(o is number for o in each.inputs)]
    if since:
        read = node
        if places:
            read = bind(PRIMITIVES["getitem"], (node,), (("index", Index(places)),), node.tape)
            _settle(read, moment)
            read.name = moment.name
        for each in since:
            for one in each.siblings or (each,):
                one.inputs = tuple(read if o is number else o for o in each.inputs)


def _set_shape(array: Traced, shape: Any) -> None:
    """Do `array.shape = shape`; a node keeps its shape, since others have read it."""
    if is_machinery(sys._getframe(1).f_code.co_filename):
        _SHAPE.__set__(array, shape)
        return
    view = array.memory
    if view is None or array.primitive is not None or array.kind == "input":
        name = names.variable(array) or "x"
        refuse("the shape of a traced array cannot be assigned to", "write {name} = {name}.reshape(…)", name=name)
    made = view.array.view()
    made.shape = shape
    if view.block.plain is None:
        former = Traced(array.tape, None, (), (), None, view.array.shape, array.dtype)
        former.memory = View(view.block, view.array, view.node, view.reread)
        former.memory.version = view.version
    else:
        former = handle(view.array, view.block, view.reread)
    if view.block.base is array:
        view.block.base = former
    array.memory = View(view.block, made, None, lambda: former.reshape(made.shape))
    array.memory.version = -1
    _SHAPE.__set__(array, made.shape)


def _get_shape(array: Traced) -> Any:
    shape = _SHAPE.__get__(array)
    return shape if is_machinery(sys._getframe(1).f_code.co_filename) else tuple(map(symbolic, shape))


def _get_size(array: Traced) -> Any:
    size = math.prod(_SHAPE.__get__(array))
    return size if is_machinery(sys._getframe(1).f_code.co_filename) else symbolic(size)


def _length(array: Traced) -> int:
    note_numbers(_SHAPE.__get__(array)[:1])
    count: int = _LENGTH(array)
    return count


def _iterate(array: Traced) -> Any:
    note_numbers(_SHAPE.__get__(array)[:1])
    return _ITERATE(array)


_ITERATE: Any = vars(Traced)["__iter__"]
_SHAPE: Any = vars(Traced)["shape"]
_LENGTH: Any = vars(Traced)["__len__"]
SEEN = (
    (Traced, "shape", _SHAPE, property(_get_shape, _set_shape)),
    (Traced, "size", vars(Traced)["size"], property(_get_size)),
    (Traced, "__len__", _LENGTH, _length),
    (Traced, "__iter__", _ITERATE, _iterate),
)
"""The places of what a traced array tells of its shape, and what stands there while code is traced that assigns to a shape, or
whose sizes are kept: the code sees them as symbolic numbers."""

WRITING = frozenset({np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis})
WRITING_METHODS = frozenset({"sort", "partition", "byteswap", "setfield", "itemset", "put", "fill", "resize"})
"""NumPy's functions and methods that write to an array."""


def _operator(ufunc: np.ufunc, reverse: bool) -> Callable[[Plain, Any], Any]:
    if reverse:
        return lambda self, other: ufunc(other, self)
    return lambda self, other: ufunc(self, other)


def _in_place(ufunc: np.ufunc) -> Callable[[Plain, Any], Any]:
    def update(self: Plain, other: Any) -> Any:
        ufunc(self, other, out=self)
        return self

    return update


def _method(name: str) -> Callable[..., Any]:
    own = getattr(np.ndarray, name)
    writes = name in WRITING_METHODS

    def method(self: Plain, *args: Any, **keywords: Any) -> Any:
        kept = not writes and is_symbolic((self,)) and hasattr(Traced, name)
        if holds_traced((args, keywords)) or (kept and traced_where_symbolic((self, args, keywords))):
            return getattr(Traced, name)(self, *args, **keywords)
        return run(own, (self, *args), keywords, writes, again=lambda: getattr(self, name)(*args, **keywords))

    return method


def _install() -> None:
    for name, ufunc in BINARY.items():
        setattr(Plain, f"__{name}__", _operator(ufunc, reverse=False))
        setattr(Plain, f"__r{name}__", _operator(ufunc, reverse=True))
        setattr(Plain, f"__i{name}__", _in_place(ufunc))
    for name, ufunc in COMPARISONS.items():
        setattr(Plain, f"__{name}__", _operator(ufunc, reverse=False))
    for name, ufunc in {"neg": np.negative, "abs": np.absolute, "invert": np.invert, "pos": np.positive}.items():
        setattr(Plain, f"__{name}__", functools.partialmethod(lambda self, ufunc: ufunc(self), ufunc))
    for name in dir(np.ndarray):
        if not name.startswith("_") and callable(getattr(np.ndarray, name)):
            setattr(Plain, name, _method(name))
    for name in ("real", "imag"):
        setattr(
            Plain, name, property(functools.partial(lambda self, function: function(self), function=getattr(np, name)))
        )


_install()
