"""What a function leads to: the names in its code, what they are bound to where it runs, and so on from there.

Only what is named is looked at: of a module, an object or a class the attributes whose names stand in a code that is
reached. What was looked up is watched, so that a derivative that is asked for again need not look through all of it anew.
"""

from __future__ import annotations

import dis
import functools
import gc
import inspect
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, TypeAlias

import numpy as np

from ..core.location import PACKAGE, is_machinery
from ..core.traced import Traced

# What is met, where it is bound (a namespace, a list, a class, a function or a cell, and the key or attribute there; `None`
# where it cannot be bound anew), and the code and the name that led there.
Met: TypeAlias = "tuple[Any, Any, Any, CodeType | None, str]"

# How something was looked up, and what was found there that matters to where it leads.
Watched: TypeAlias = "tuple[Callable[[Any], Any], Any, Any]"

_OURS = ("chainrule.core.", "chainrule.program.", "chainrule.run.", "chainrule.calculus.")
_CALCULUS = os.path.join(PACKAGE, "calculus", "")
_MOST = 512  # functions and objects that are looked through
MOST_ITEMS = 16  # of a list or a dict, whose items are mostly alike
_MOST_REFERENTS = 64  # of an object that names none of its parts
_FOREIGN = sys.stdlib_module_names | {"numpy", "scipy", "chainrule"}
_LEAVES = frozenset({
    str, bytes, int, float, complex, bool, type(None), np.ndarray, np.ufunc, np.dtype, type(np.sum), CodeType, Traced,
    *np.sctypeDict.values(),
})  # fmt: skip
# Of which it matters which one it is; of others, as of arrays that change, only of which type.
_TELLING = frozenset({FunctionType, ModuleType, MethodType, type, tuple, functools.partial, staticmethod, classmethod})
_IMPORT = dis.opmap["IMPORT_NAME"]
_codes: dict[int, tuple[CodeType, dict[str, CodeType]]] = {}  # by id, since to hash a code takes microseconds


def names_in(code: CodeType) -> dict[str, CodeType]:
    """The names of globals and attributes in a code and in its inner functions, each with the code that it stands in.

    For an import it is as `import numpy`.
    """
    known = _codes.get(id(code))
    if known is None:
        if len(_codes) >= 4096:
            _codes.clear()
        found = {name: code for name in code.co_names if not name.startswith("@")}  # which a rewritten `assert` calls
        if _IMPORT in code.co_code[::2]:
            steps = dis.get_instructions(code)
            found |= {f"import {step.argval}": code for step in steps if step.opcode == _IMPORT}
        for inner in code.co_consts:
            if isinstance(inner, CodeType):
                found = names_in(inner) | found
        known = _codes[id(code)] = (code, found)
    return known[1]


def is_foreign(module: str | None) -> bool:
    """Whether a module is Python's own, NumPy's, SciPy's or this package's, in which no name is the user's."""
    return module is not None and module.partition(".")[0] in _FOREIGN


def are_leaves(values: Iterable[Any]) -> bool:
    """Whether values lead to nothing: arrays, numbers, text, and nests of these."""
    for each in values:
        kind = type(each)
        if kind not in _LEAVES:
            if kind is dict:
                each = each.values()
            elif kind is not list and kind is not tuple:
                return False
            if not are_leaves(each):
                return False
    return True


def _telling(held: Any) -> Any:
    """What of a thing matters to where it leads: for most only of which type it is."""
    kind = type(held)
    return None if kind in _LEAVES else held if kind in _TELLING else kind


class Reach:
    """What a function leads to: `met`, each thing under each of its names; the names `used`; and what is to be `watched`."""

    def __init__(self, function: Callable[..., Any], args: Sequence[Any] = ()):
        self.met: list[Met] = []
        self.used: set[str] = set()
        self.watched: list[Watched] = []
        self.only_namespaces = True  # of modules and classes: nothing of a function's or an object's own is watched
        self._unused: list[Met] = []  # attributes whose names stand in no code so far
        code = getattr(inspect.unwrap(function), "__code__", None)
        names = code.co_varnames[: code.co_argcount] if code else ()
        self._meet(function, None, None, code, "")
        for position, arg in enumerate(args):
            self._meet(arg, None, None, code, names[position] if position < len(names) else "")
        seen: set[int] = set()
        position = 0
        while position < len(self.met) and len(seen) < _MOST:
            held, _, _, code, name = self.met[position]
            position += 1
            if id(held) not in seen:
                seen.add(id(held))
                self._look_through(held, code, name)
            if position == len(self.met) and self._unused:
                waiting, self._unused = self._unused, []
                for each in waiting:
                    self._meet_attribute(*each)

    def _meet(self, held: Any, holder: Any, key: Any, code: CodeType | None, name: str) -> None:
        if holder is not None:
            self.watched.append((look_up(holder), key, _telling(held)))
            self.only_namespaces &= isinstance(holder, type) or (type(holder) is dict and "__builtins__" in holder)
        if type(held) not in _LEAVES:
            self.met.append((held, holder, key, code, name))

    def _meet_attribute(self, held: Any, holder: Any, key: Any, code: CodeType | None, name: str) -> None:
        if key in self.used or (type(held) is FunctionType and key.startswith("__")):
            self._meet(held, holder, key, code, name)
        else:
            self._unused.append((held, holder, key, code, name))

    def _look_through(self, held: Any, code: CodeType | None, name: str) -> None:
        kind = type(held)
        if kind is FunctionType:
            file = held.__code__.co_filename
            if file.startswith(_CALCULUS):  # made by `grad` and its kin, which hold the user's function
                self._look_through_variables(held, code)
            elif not is_machinery(file) and held.__module__ not in sys.stdlib_module_names:
                self._look_through_function(held)
        elif kind is ModuleType:
            pass  # what is named of it was looked up with its name
        elif kind is list or kind is tuple:
            for position, each in enumerate(held[:MOST_ITEMS]):
                self._meet(each, held if kind is list else None, position, code, name)
        elif kind is dict:
            for key, each in list(held.items())[:MOST_ITEMS]:
                self._meet(each, held, key, code, name)
        elif isinstance(held, type):
            if not is_foreign(held.__module__):
                for key, each in list(vars(held).items()):
                    self._meet_attribute(each, held, key, code, name)
                for base in held.__bases__:
                    self._meet(base, None, None, code, name)
        else:
            self._look_through_object(held, code, name)

    def _look_through_function(self, function: FunctionType) -> None:
        code, scope = function.__code__, function.__globals__
        names = names_in(code)
        self.used.update(names)
        look = scope.get
        for name, where in names.items():
            held = look(name)
            if type(held) in _LEAVES:
                self.watched.append((look, name, None))
                continue
            self._meet(held, scope, name, where, name)
            if type(held) is ModuleType:
                within = vars(held)
                foreign = is_foreign(held.__name__)
                for other, at in names.items():
                    if type(each := within.get(other)) is ModuleType or not foreign:  # np.random, model.rng
                        self._meet(each, None if foreign else within, other, at, other)
        if function.__closure__:
            self._look_through_variables(function, code)
        if function.__defaults__:
            self._meet(function.__defaults__, function, "__defaults__", code, "")
        if function.__kwdefaults__:
            self._meet(function.__kwdefaults__, function, "__kwdefaults__", code, "")

    def _look_through_variables(self, function: FunctionType, code: CodeType | None) -> None:
        """The variables of the functions around, as the user's code is said to lead to them."""
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
            self._meet(_content(cell), cell, "cell_contents", code, name)

    def _look_through_object(self, held: Any, code: CodeType | None, name: str) -> None:
        if type(held).__module__.startswith(_OURS):  # as what remembers where stand-ins belong
            return
        own = getattr(held, "__dict__", None)
        if type(own) is dict:
            for key, each in list(own.items()):
                self._meet_attribute(each, own, key, code, name)
        self._meet(type(held), None, None, code, name)
        if not isinstance(bound_to := getattr(held, "__self__", None), ModuleType):
            self._meet(bound_to, None, None, code, name)
        if not own or is_foreign(type(held).__module__):  # slots, or what a method, a partial or a generator has
            for each in gc.get_referents(held)[:_MOST_REFERENTS]:
                if each is not own and not isinstance(each, (type, ModuleType)):
                    self._meet(each, None, None, code, name)


def is_unchanged(watched: Iterable[Watched]) -> bool:
    """Whether what was looked up is still bound to the same functions, classes and modules, and types of objects."""
    try:
        for look, key, telling in watched:
            held = look(key)
            kind = type(held)  # as in `_telling`, without a call
            if (None if kind in _LEAVES else held if kind in _TELLING else kind) is not telling:
                return False
    except LookupError:  # a list has become shorter
        return False
    return True


def _content(cell: CellType) -> Any:
    """What a variable of the function around is bound to; nothing where it is not bound yet."""
    try:
        return cell.cell_contents
    except ValueError:
        return None


def look_up(holder: Any) -> Callable[[Any], Any]:
    """What looks up a key or an attribute there."""
    if type(holder) is dict:
        return holder.get
    if type(holder) is list:
        return holder.__getitem__
    if isinstance(holder, CellType):
        return lambda _: _content(holder)
    return vars(holder).get if isinstance(holder, type) else functools.partial(getattr, holder)
