"""Binds stand-ins for functions that NumPy's protocols do not reach while a function is traced, and restores them afterwards.

Only names that the function and its callees look up are rebound, only if they refer to something with a stand-in, and only in
the user's code, not in Python's own libraries, NumPy and SciPy: in namespaces of modules, enclosing functions, defaults, lists,
dicts, classes and objects. Other threads that run the same code meanwhile call the stand-ins too, which behave like the
originals if nothing is traced. If a name is not found, as in a nest that is too large, traced arrays are refused as usual.

When the last trace that needs a name ends, also by an error, the name is restored, unless it has been rebound since.
"""

from __future__ import annotations

import copy
import functools
import threading
from collections.abc import Callable, Sequence, Set
from contextvars import ContextVar
from types import CodeType, ModuleType
from typing import Any

import numpy as np

from ..core.errors import TracingError
from ..core.location import line_at, refusal_in
from ..core.messages import message
from ..core.traced import Tape, Traced, current
from .inplace.outside import outside
from .inplace.plain import SEEN, Plain
from .reach import (
    ASKS_PLAIN,
    LEAVES,
    LISTS,
    RESHAPES,
    WRITES,
    Reach,
    Watched,
    are_leaves,
    is_only_called,
    is_unchanged,
    look_up,
    may_hold_lists,
)
from .sizes.keeping import asks_for_sizes, length
from .stand_ins import FLOAT, IMPORT, ON_IMPORT, is_needed, load, methods_for, stand_in

_IMMUTABLE_TYPE, _HEAP_TYPE = 1 << 8, 1 << 9  # Py_TPFLAGS_… of CPython


class Place:
    """A place where something is bound, and the number of traces that need a stand-in there."""

    __slots__ = ("holder", "key", "look", "ours", "own", "traces", "where")

    def __init__(self, holder: Any, key: Any, own: Any, ours: Any):
        self.holder, self.key, self.own, self.ours, self.traces = holder, key, own, ours, 0
        self.look, self.where = look_up(holder)

    def enter(self) -> None:
        """Bind the stand-in, unless something else has been bound here since."""
        if self.bound() is self.own:
            self.bind(self.ours)

    def leave(self) -> None:
        """Bind what was bound here, unless something else has been since."""
        if self.bound() is self.ours:
            self.bind(self.own)

    def bound(self) -> Any:
        """The value that is bound here now."""
        try:
            return self.look(self.where, self.key)
        except LookupError:  # a list has become shorter
            return None

    def bind(self, value: Any) -> None:
        """Bind a value here."""
        if isinstance(self.holder, (dict, list)):
            self.holder[self.key] = value
        else:
            (type.__setattr__ if isinstance(self.holder, type) else setattr)(self.holder, self.key, value)


class Read(Place):
    """A place of an array from outside, which the function sees as an `Outside`; another may be bound there at each trace."""

    __slots__ = ("name",)

    def __init__(self, holder: Any, key: Any, name: str):
        super().__init__(holder, key, None, None)
        self.name = name

    def enter(self) -> None:
        """Bind what the function is to see of the array that is bound now."""
        held = self.bound()
        if type(held) is Plain and not held.tape.open:
            held = held.memory.array
        if type(held) is np.ndarray:
            self.own, self.ours = held, outside(held)
            self.bind(self.ours)

    def leave(self) -> None:
        """Bind the array again, or that which the function has put there."""
        held = self.bound()
        if held is self.ours:
            self.bind(self.own)
        elif type(held) is Plain:
            self.bind(held.memory.array)


class Added(Place):
    """A name that a module does not have itself: `float`, which is Python's."""

    __slots__ = ()

    def bound(self) -> Any:
        """The value that the name has in the module's code."""
        return self.holder.get(self.key, self.own)

    def bind(self, value: Any) -> None:
        """Give the name to the module, or take it away again."""
        if value is self.own:
            self.holder.pop(self.key, None)
        else:
            self.holder[self.key] = value


_places: dict[tuple[int, Any], Place] = {}  # where stand-ins are bound now, by the id of the holder and the key
_lock = threading.RLock()


class Bound:
    """`with Bound(function, places) as called:` there stand-ins are bound; `called` is the function, or its own.

    Several may be in it at once: as long as one is, its places are those that all traces share.
    """

    __slots__ = ("asks", "called", "imported", "places", "used")

    def __init__(self, function: Callable[..., Any], places: Sequence[Place], used: set[str]):
        self.called: Callable[..., Any] = stand_in(function)
        self.places = places
        self.used = used if imports(used) else set()
        # By a module and names, the places that their import leads to, and the names that are used there.
        self.imported: dict[tuple[ModuleType, tuple[str, ...]], tuple[list[Place], set[str]]] = {}
        self.asks = used & ASKS_PLAIN
        if self.asks:
            self.called = functools.partial(_of_outside, self.called)

    def beside(self, args: Sequence[Any]) -> Bound:
        """The same for a call with these arguments, of which some may also be arrays from outside."""
        if WRITES not in self.asks:
            return self
        same = [
            (position, place.name)
            for place in self.places
            if type(place) is Read and type(held := place.bound()) is np.ndarray
            for position, arg in enumerate(args)
            if type(arg) is np.ndarray and np.may_share_memory(held, arg)
        ]
        if not same:
            return self
        made = copy.copy(self)
        made.called = functools.partial(_watched, self.called, same)
        return made

    def __enter__(self) -> Callable[..., Any]:
        if self.asks:
            _tell(current.get(), self.asks)
        self.places = _entered(self.places)
        if self.used:
            _importing.set((*_importing.get(), (self, [])))
        return self.called

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        _leave(self.places)
        if self.used:
            *others, (_, late) = _importing.get()
            _importing.set(tuple(others))
            _leave(late)


def _tell(tape: Tape | None, used: Set[str]) -> None:
    """Let the trace know what code with these names may do to plain arrays."""
    if tape is not None:
        tape.writes = tape.writes or WRITES in used
        tape.allocates = tape.allocates or not used.isdisjoint(ASKS_PLAIN)


# The traces in this context whose functions import, and the places that have been bound since for what they have imported.
_importing: ContextVar[tuple[tuple[Bound, list[Place]], ...]] = ContextVar("importing", default=())


def _entered(places: Sequence[Place]) -> Sequence[Place]:
    """Bind the stand-ins of these places, or of those that other traces have there."""
    if not places:
        return places
    with _lock:
        places = [_places.setdefault((id(each.holder), each.key), each) for each in places]
        for each in places:
            each.traces += 1
            each.enter()
    return places


def _leave(places: Sequence[Place]) -> None:
    """Bind what was bound before, where no other trace needs the stand-in."""
    if not places:
        return
    with _lock:
        for each in places:
            each.traces -= 1
            if not each.traces:
                del _places[id(each.holder), each.key]
                each.leave()


def _imported(module: ModuleType, names: tuple[str, ...]) -> None:
    """Bind the stand-ins for what a traced function has imported, until it returns."""
    if not (running := _importing.get()):
        return
    bound, late = running[-1]
    if (module, names) not in bound.imported:
        reach = Reach.of_import(module, names, bound.used)
        bound.imported[module, names] = places_of(reach), reach.used
    places, used = bound.imported[module, names]
    _tell(current.get(), used)
    late += _entered(places)


ON_IMPORT.append(_imported)


def imports(used: set[str]) -> bool:
    """Whether code that uses these names imports something while it runs."""
    return "import_module" in used or any(name.startswith("import ") for name in used)


class Interception:
    """`with Interception(function)(args) as called:` stand-ins are bound while `called`, the function or its own, runs.

    Their places are remembered, and searched again if something on the way to them has changed.
    """

    __slots__ = ("function", "known")

    def __init__(self, function: Callable[..., Any]):
        self.function = function
        self.known: dict[bool, tuple[list[Watched], Bound]] = {}  # by whether arguments may hold lists

    def __call__(self, args: Sequence[Any]) -> Bound:
        """A context manager for a call of the function with these arguments."""
        lasting, nested = are_leaves(args), may_hold_lists(args)
        if lasting and (known := self.known.get(nested)) is not None and is_unchanged(known[0]):
            return known[1].beside(args)
        with _lock:  # nothing is undone meanwhile
            reach = Reach(self.function, () if lasting else args)
            if nested:
                reach.used.add(LISTS)
            bound = Bound(self.function, places_of(reach), reach.used)
            if lasting:
                self.known[nested] = reach.watched(), bound
        return bound.beside(args)


def places_of(reach: Reach) -> list[Place]:
    """The places of the stand-ins that a function needs."""
    found = [Place(*each) for each in methods_for(reach)]
    load()
    found += [Place(*IMPORT)] if imports(reach.used) else []
    if RESHAPES in reach.used or asks_for_sizes():
        found += [Place(*each) for each in SEEN]
    if "float" in reach.used:
        found += _builtin(reach, "float", float, FLOAT)
    if "len" in reach.used and asks_for_sizes():
        found += _builtin(reach, "len", len, length)
    asks = not reach.used.isdisjoint(ASKS_PLAIN)
    for held, holder, key, _, name in reach.met:
        if asks and type(held) in (np.ndarray, Plain) and holder is not None:
            found.append(Read(holder, key, name))
        elif holder is not None and type(held) not in LEAVES:
            ours = stand_in(held)
            if ours is not held:
                if is_needed(held, reach.used) and not _is_immutable(holder):
                    found.append(Place(holder, key, held, ours))
            elif _places and (place := _places.get((id(holder), key))) is not None:  # it is one, for another trace
                found.append(place)
    return found


def _is_immutable(holder: Any) -> bool:
    """Whether nothing can be bound in a class, which is one of C's: they are static, or have the flag of immutable ones."""
    return isinstance(holder, type) and (not holder.__flags__ & _HEAP_TYPE or bool(holder.__flags__ & _IMMUTABLE_TYPE))


def _of_outside(function: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    """Call the function with its plain arrays as arrays from outside."""
    return function(*map(outside, args), **{key: outside(each) for key, each in keywords.items()})


def _watched(function: Callable[..., Any], same: Sequence[tuple[int, str]], *args: Any, **keywords: Any) -> Any:
    """Call the function, and refuse that it writes to a traced argument that has another name, which would not see it."""
    result = function(*args, **keywords)
    for position, name in same:
        argument = args[position]
        if type(argument) is Traced and argument.memory is not None and argument.memory.block.version:
            written = argument.memory.block.node
            what = message("{argument} is written to, and {name} is the same array", argument=argument.name, name=name)
            place = written.code, line_at(written.code, written.offset)
            raise TracingError(refusal_in(*place, what, "pass a copy, as np.array({name})", name=name))
    return result


def _builtin(reach: Reach, called: str, own: Any, ours: Any) -> list[Place]:
    """The modules whose code calls one of Python's own, but for those where it is more than called, as in `dtype=float`."""
    naming: dict[int, tuple[Any, list[CodeType | None]]] = {}
    for held, holder, key, code, name in reach.met:
        if name == key == called and held is None and type(holder) is dict:
            naming.setdefault(id(holder), (holder, []))[1].append(code)
    return [
        Added(holder, called, own, ours)
        for holder, codes in naming.values()
        if all(code is not None and is_only_called(code, called) for code in codes)
    ]
