"""What a function leads to: the names in its code, what they are bound to where it runs, and so on from there.

Only what is named is looked at: of a module, an object or a class the attributes whose names stand in a code that is
reached. What was looked up can be watched, so that a derivative that is asked for again need not look through all of it anew.
"""

from __future__ import annotations

import dis
import functools
import gc
import inspect
import itertools
import operator
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import CellType, CodeType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any, TypeAlias

import numpy as np

from ..core.location import PACKAGE, is_machinery
from ..core.traced import Traced
from .inplace.outside import Outside

# What is met, where it is bound (a namespace, a list, a class, a function or a cell, and the key or attribute there; `None`
# where it cannot be bound anew), and the code and the name that led there.
Met: TypeAlias = "tuple[Any, Any, Any, CodeType | None, str]"

# What looks things up, where, the keys, and what of that which was found there tells where it leads.
Watched: TypeAlias = "tuple[Callable[[Any, Any], Any], list[Any], list[Any], list[Any]]"

_OURS = ("chainrule.core.", "chainrule.program.", "chainrule.run.", "chainrule.calculus.")
_CALCULUS = os.path.join(PACKAGE, "calculus", "")
_MOST = 512  # functions and objects that are looked through
MOST_ITEMS = 16  # of a list or a dict, whose items are mostly alike
_MOST_REFERENTS = 64  # of an object that names none of its parts
_FOREIGN = sys.stdlib_module_names | {"numpy", "scipy", "chainrule", "pandas"}
LEAVES = frozenset({
    str, bytes, int, float, complex, bool, type(None), np.ndarray, Outside, np.ufunc, np.dtype, CodeType, Traced,
    *np.sctypeDict.values(),
})  # fmt: skip
# Of which it matters which one it is; of others, as of arrays that change, only of which type.
_OF_NUMPY = type(np.sum)
_TELLING = frozenset({
    FunctionType, ModuleType, MethodType, type, tuple, functools.partial, staticmethod, classmethod, _OF_NUMPY,
})  # fmt: skip
_METHODS = (FunctionType, staticmethod, classmethod)
_IMPORT = dis.opmap["IMPORT_NAME"]
_MAKE_LISTS = frozenset(dis.opmap[name] for name in ("BUILD_LIST", "LIST_APPEND", "BUILD_TUPLE"))
LISTS, WRITES, DOTS, RESHAPES = "[…]", "[…] =", "….dot(", "….shape ="
"""What stands among the names of a code with lists or tuples, that may write to arrays, or that has `a.dot` or `a.shape =`."""
ASKS_PLAIN = frozenset({
    WRITES, DOTS, "argmax", "argmin", "argpartition", "argsort", "astype", "digitize", "lexsort", "nanargmax", "nanargmin",
    "scan", "searchsorted", "steps", "unravel_index",
})  # fmt: skip
"""The names of code that may write to plain arrays, ask one for its `dot` with a traced array, or index it with traced places."""
_STORES = frozenset(opcode for name, opcode in dis.opmap.items() if name in ("STORE_SUBSCR", "STORE_SLICE"))
_OPERATOR, _IN_PLACE = (
    dis.opmap.get("BINARY_OP", -1),
    range(13, 26),
)  # `+=` and its like; 26 is `x[i]` from Python 3.14 on
_WRITING = {"at", "copyto", "fill", "fill_diagonal", "place", "put", "put_along_axis", "putmask", "sort"}
_codes: dict[int, tuple[CodeType, dict[str, CodeType]]] = {}  # by id, since to hash a code takes microseconds


def names_in(code: CodeType) -> dict[str, CodeType]:
    """The names of globals and attributes in a code and in its inner functions, each with the code that it stands in.

    For an import it is as `import numpy`; `LISTS`, `WRITES`, `DOTS` and `RESHAPES` tell of what is no name.
    """
    known = _codes.get(id(code))
    if known is None:
        if len(_codes) >= 4096:
            _codes.clear()
        found = {name: code for name in code.co_names if not name.startswith("@")}  # which a rewritten `assert` calls
        if _IMPORT in code.co_code[::2]:
            steps = dis.get_instructions(code)
            found |= {f"import {step.argval}": code for step in steps if step.opcode == _IMPORT}
        if code.co_flags & inspect.CO_VARARGS or not _MAKE_LISTS.isdisjoint(code.co_code[::2]):
            found[LISTS] = code
        if _may_write(code):
            found[WRITES] = code
        if "dot" in code.co_names and _asks_for_dot(code):
            found[DOTS] = code
        if "shape" in code.co_names and any(each.opname == "STORE_ATTR" for each in _steps_of(code, "shape")):
            found[WRITES] = found[RESHAPES] = code
        for inner in code.co_consts:
            if isinstance(inner, CodeType):
                found = names_in(inner) | found
        known = _codes[id(code)] = (code, found)
    return known[1]


def _steps_of(code: CodeType, name: str) -> Iterator[dis.Instruction]:
    return (step for step in dis.get_instructions(code) if step.argval == name)


def is_only_called(code: CodeType, name: str) -> bool:
    """Whether a code and its inner functions do nothing with a global but call it."""
    loads = (step for step in _steps_of(code, name) if step.opname.startswith("LOAD_"))
    if not all(step.opname == "LOAD_GLOBAL" and (step.arg or 0) & 1 for step in loads):  # with the slot of a call
        return False
    return all(is_only_called(inner, name) for inner in code.co_consts if isinstance(inner, CodeType))


def _may_write(code: CodeType) -> bool:
    """Whether a code has `a[i] = x`, `a += x` or a keyword `out`, or names what writes."""
    steps = code.co_code
    if not _STORES.isdisjoint(steps[::2]) or not _WRITING.isdisjoint(code.co_names):
        return True
    if any(type(each) is tuple and "out" in each for each in code.co_consts):
        return True
    return any(steps[place] == _OPERATOR and steps[place + 1] in _IN_PLACE for place in range(0, len(steps), 2))


def _asks_for_dot(code: CodeType) -> bool:
    """Whether a code has `dot` of anything but NumPy itself."""
    steps = [step for step in dis.get_instructions(code) if step.opname not in ("CACHE", "EXTENDED_ARG")]
    of = [
        one.argval for one, other in itertools.pairwise(steps) if other.argval == "dot" and other.opname[-4:] != "OBAL"
    ]
    return not set(of) <= {"np", "numpy"}


def is_foreign(module: object) -> bool:
    """Whether a module is Python's own, NumPy's, SciPy's or this package's, in which no name is the user's.

    What is made by Cython may have a descriptor in place of its module's name.
    """
    return module is not None and (not isinstance(module, str) or module.partition(".")[0] in _FOREIGN)


def are_leaves(values: Iterable[Any]) -> bool:
    """Whether values lead to nothing: arrays, numbers, text, and nests of these."""
    for each in values:
        kind = type(each)
        if kind not in LEAVES:
            if kind is dict:
                each = each.values()
            elif kind is not list and kind is not tuple:
                return False
            if not are_leaves(each):
                return False
    return True


def may_hold_lists(args: Iterable[Any]) -> bool:
    """Whether one of the arguments is no array, number or text, so that a list of numbers may be in it."""
    return not all(type(each) in LEAVES for each in args)


class Reach:
    """What a function and its arguments lead to: `met`, each thing under each of its names, and the names `used`."""

    def __init__(self, function: Callable[..., Any] | None, args: Sequence[Any] = ()):
        self.met: list[Met] = []
        self.used: set[str] = set()
        self._unused: list[Met] = []  # attributes whose names stand in no code so far
        self._seen: set[int] = set()
        self._modules: set[tuple[int, int]] = set()  # by id: parts of modules, and the names that are looked up there
        self.met.append((function, None, None, None, ""))
        if args:
            code = getattr(inspect.unwrap(function), "__code__", None) if function else None
            names = code.co_varnames[: code.co_argcount] if code else ()
            self.met += [(arg, None, None, code, name) for arg, name in itertools.zip_longest(args, names[: len(args)])]
        self._look_on()

    @classmethod
    def of_import(cls, module: ModuleType, names: tuple[str, ...], used: set[str]) -> Reach:
        """What a module leads to, or names that are imported from it, for code that uses further names."""
        reach = cls(None)
        reach.used |= used
        wanted = dict.fromkeys(names or used)
        reach._look_through_module(module, wanted)
        reach._look_on()
        return reach

    def _look_on(self) -> None:
        for position, (held, _, _, code, name) in enumerate(self.met, 1):  # which grows meanwhile
            if type(held) not in LEAVES and id(held) not in self._seen and len(self._seen) < _MOST:
                self._seen.add(id(held))
                self._look_through(held, code, name)
            if position == len(self.met) and self._unused:
                named = [each for each in self._unused if each[2] in self.used]
                if not named and "getattr" in self.used:  # by names that are put together; last, since they are many
                    named = [each for each in self._unused if type(each[0]) is FunctionType]
                self.met += named
                left = set(map(id, named))
                self._unused = [each for each in self._unused if id(each) not in left]

    def _meet_attributes(self, named: Iterable[tuple[str, Any]], holder: Any, code: CodeType | None, name: str) -> None:
        for key, held in list(named):
            if key in self.used or (type(held) in _METHODS and key.startswith("__")):  # as operators and calls ask for
                self.met.append((held, holder, key, code, name))
            else:
                self._unused.append((held, holder, key, code, name))

    def _look_through(self, held: Any, code: CodeType | None, name: str) -> None:
        kind = type(held)
        if kind is FunctionType:
            self._look_through_function(held, code)
        elif kind is list:
            self.met += [(each, held, place, code, name) for place, each in enumerate(held[:MOST_ITEMS])]
        elif kind is tuple:
            self.met += [(each, None, place, code, name) for place, each in enumerate(held[:MOST_ITEMS])]
        elif kind is dict:
            self.met += [(each, held, key, code, name) for key, each in list(held.items())[:MOST_ITEMS]]
        elif kind is np.vectorize:
            self.met.append((held.pyfunc, vars(held), "pyfunc", code, name))
        elif isinstance(held, type):
            if not is_foreign(held.__module__):
                self._meet_attributes(vars(held).items(), held, code, name)
                self.met += [(base, None, None, code, name) for base in held.__bases__]
        elif kind is ModuleType:
            if code is not None:  # held by a variable of the function around, an object, a list or a default
                self._look_through_module(held, names_in(code))
        elif not str(kind.__module__).startswith(_OURS):  # as what remembers where stand-ins belong
            own = getattr(held, "__dict__", None)
            if type(own) is dict:
                self._meet_attributes(own.items(), own, code, name)
            self.met.append((kind, None, None, code, name))
            if not own or is_foreign(kind.__module__):  # slots, or what a method, a partial or a generator has
                found = gc.get_referents(held)[:_MOST_REFERENTS]
                self.met += [(e, None, None, code, name) for e in found if e is not own and type(e) is not ModuleType]

    def _look_through_function(self, function: FunctionType, led_by: CodeType | None) -> None:
        code, scope = function.__code__, function.__globals__
        if code.co_filename.startswith(_CALCULUS):  # made by `grad` and its kin, which hold the user's function
            at = led_by
        elif is_machinery(code.co_filename) or function.__module__ in sys.stdlib_module_names:
            return
        else:
            at = code
            names = names_in(code)
            self.used.update(names)
            for name, where in names.items():
                held = scope.get(name)
                self.met.append((held, scope, name, where, name))
                if type(held) is ModuleType:
                    self._look_through_module(held, names)
            for key in ("__defaults__", "__kwdefaults__"):
                if defaults := getattr(function, key):
                    self.met.append((defaults, function, key, code, ""))
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            self.met.append((_content(cell, ""), cell, "cell_contents", at, name))

    def _look_through_module(self, module: ModuleType, names: Mapping[str, CodeType | None]) -> None:
        """What a code may name of a module: of a foreign one only other modules, as np.random, which are not bound anew."""
        if (id(module), id(names)) in self._modules:
            return
        self._modules.add((id(module), id(names)))
        within, foreign = vars(module), is_foreign(module.__name__)
        for name, where in names.items():
            held = within.get(name)
            if type(held) is ModuleType or not foreign:
                self.met.append((held, None if foreign else within, name, where, name))
            if type(held) is ModuleType and not foreign:  # a.b.c
                self._look_through_module(held, names)

    def leads_into(self, library: str) -> bool:
        """Whether something that was met belongs to a library, or code imports from it, or not all was looked through."""
        if len(self._seen) >= _MOST or any(
            name.startswith(f"import {library.partition('.')[0]}") for name in self.used
        ):
            return True
        return any(f"{_module_of(each[0])}.".startswith(f"{library}.") for each in self.met)

    def watched(self) -> list[Watched]:
        """How to look up again what was met, to tell whether it still leads to the same."""
        groups: dict[tuple[Any, bool], Watched] = {}  # by how it is looked up, and whether all of it tells itself
        for held, holder, key in {(id(each[1]), each[2]): each[:3] for each in self.met}.values():
            if holder is not None:
                look, where = look_up(holder)
                telling = _telling(held)
                _, *columns = groups.setdefault((look, telling is held), (look, [], [], []))
                for column, each in zip(columns, (where, key, telling), strict=True):
                    column.append(each)
        return list(groups.values())


def _telling(held: Any) -> Any:
    kind = type(held)
    return None if kind in LEAVES else held if kind in _TELLING else kind


def is_unchanged(watched: Iterable[Watched]) -> bool:
    """Whether what was looked up is still bound to the same functions, classes and modules, and types of objects."""
    try:
        for look, where, keys, telling in watched:  # at once where all of it tells itself, as functions do
            if not all(map(operator.is_, map(look, where, keys), telling)) and not all(
                map(operator.is_, map(_telling, map(look, where, keys)), telling)
            ):
                return False
    except LookupError:  # a list has become shorter
        return False
    return True


def _module_of(held: Any) -> Any:
    """The name of the module that something is, or belongs to as a function, a class or an object of one."""
    if type(held) is ModuleType:
        return held.__name__
    return (held if isinstance(held, (type, FunctionType)) else type(held)).__module__


def _content(cell: CellType, _: Any) -> Any:
    """What a variable of the function around is bound to; nothing where it is not bound yet."""
    try:
        return cell.cell_contents
    except ValueError:
        return None


def look_up(holder: Any) -> tuple[Callable[[Any, Any], Any], Any]:
    """What looks up a key or an attribute there, and what it takes before the key."""
    if type(holder) is dict:
        return dict.get, holder
    if type(holder) is list:
        return operator.getitem, holder
    if isinstance(holder, CellType):
        return _content, holder
    return (MappingProxyType.get, vars(holder)) if isinstance(holder, type) else (getattr, holder)
