"""What a part of a function can reach and change, beside traced arrays: once the part is recorded, all is put back as it was.

A side or a turn runs while it is recorded, though the program may never come there, or comes there many times.
"""

from __future__ import annotations

import copy
import datetime
import decimal
import dis
import fractions
import functools
import operator
import pathlib
import re
import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from ..core.messages import message
from ..core.traced import Traced
from ..program.draws import GENERATORS
from ..program.inplace.outside import original
from ..program.keeping import freeze, release
from ..program.reach import LEAVES, is_foreign
from ..program.stand_ins import state_of
from .choices import NotAlikeError

UNCHANGING = (
    Traced, np.generic, np.dtype, np.ufunc, type(np.sum), ModuleType, CodeType, property, str, bytes, int, float,
    complex, range, slice, type(None), type(...), type(NotImplemented), re.Pattern, decimal.Decimal, fractions.Fraction,
    pathlib.PurePath, datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo, operator.attrgetter,
    operator.itemgetter, operator.methodcaller, types.GetSetDescriptorType, types.MemberDescriptorType,
    types.MethodDescriptorType, types.MethodWrapperType, types.WrapperDescriptorType, types.ClassMethodDescriptorType,
)  # fmt: skip
"""What has no parts that a function could change, or whose changes are seen elsewhere."""
_CONTAINERS = (list, dict, set, deque, bytearray)
_MOST = 1000  # objects that are looked through
_ASSIGNS_GLOBALS = frozenset(dis.opmap[name] for name in ("STORE_GLOBAL", "DELETE_GLOBAL"))
_ABSENT = object()
_QUIET = {
    "builtins", "chainrule", "cmath", "collections", "decimal", "fractions", "functools", "itertools", "math", "numbers", "numpy",
    "operator", "scipy", "statistics", "string", "typing",
}  # fmt: skip
"""The foreign modules that do nothing but compute."""
_LOUD = {
    "breakpoint", "compile", "delattr", "dump", "eval", "exec", "fromfile", "globals", "input", "load", "memmap", "open", "print",
    "random", "rvs", "save", "savetxt", "savez", "savez_compressed", "set_printoptions", "setattr", "seterr", "tofile", "vars",
}  # fmt: skip
"""The names in Python and NumPy of what does more."""


class Reached:
    """What a part can reach, and what it holds before the part runs."""

    def __init__(self, values: Sequence[Any], functions: Sequence[Callable[..., Any]], only_computes: bool):
        """Look through all that a part can reach, and make the arrays there read-only.

        Args:
            values: What the part takes.
            functions: The functions that it consists of.
            only_computes: Whether the part must do nothing else, such as write or draw random numbers.

        Raises:
            NotAlikeError: It does more; or there is something whose changes would not be seen, as an iterator.
        """
        self._containers: list[tuple[Any, Any]] = []  # lists, sets, the attributes of objects, and what they hold
        self._classes: list[tuple[type, dict[str, Any]]] = []
        self._cells: list[tuple[CellType, Any]] = []
        self._globals: list[tuple[dict[str, Any], str, Any]] = []
        self._generators: list[tuple[Any, Any]] = []
        self._frozen: dict[int, np.ndarray[Any, Any]] = {}  # arrays, which cannot be written to while the part runs
        self._is_silent = True  # whether nothing that is reached does more than compute
        self.objects = seen = dict[int, Any]()  # by id; kept alive, so that no other has their number
        arrays: list[np.ndarray[Any, Any]] = []
        self._waiting = [*values, *functions]
        while self._waiting:
            each = self._waiting.pop()
            if not _is_quiet(each):
                self._is_silent = False
            if isinstance(each, UNCHANGING) or id(each) in seen:
                continue
            seen[id(each)] = each
            if len(seen) > _MOST:
                raise NotAlikeError(message("it can reach more objects than are searched"))
            arrays += [each] if isinstance(each, np.ndarray) and each.flags.writeable else []
            self._look_at(each)
        if only_computes and not self._is_silent:
            raise NotAlikeError(message("its body does more than compute"))
        if not all(freeze(original(array), self._frozen) for array in arrays):
            release(self._frozen)
            raise NotAlikeError(message("it can reach an array that it shares with another library"))

    def _look_at(self, each: Any) -> None:
        if isinstance(each, type):
            self._look_at_class(each)
        elif hasattr(type(each), "__next__"):
            raise NotAlikeError(message("it can reach an iterator, which a turn may advance"))
        elif isinstance(each, GENERATORS):
            self._generators.append((each, copy.deepcopy(each)))
        elif isinstance(each, FunctionType):
            self._look_at_function(each)
        elif isinstance(each, CellType):
            self._cells.append((each, content_of(each)))
            self._look_on([content_of(each)])
        elif isinstance(each, MethodType):
            self._waiting += [each.__self__, each.__func__]
        elif isinstance(each, BuiltinFunctionType):
            self._waiting.append(each.__self__)
        elif isinstance(each, (staticmethod, classmethod)):
            self._waiting.append(each.__func__)
        elif isinstance(each, functools.partial):
            self._look_on([each.func, *each.args, *each.keywords.values()])
        elif isinstance(each, (tuple, frozenset)):
            self._look_on(each)
        elif not isinstance(each, np.ndarray):
            self._look_at_object(each)

    def _look_on(self, parts: Iterable[Any]) -> None:
        self._waiting += [
            part for part in parts if (type(part) not in LEAVES or isinstance(part, np.ndarray)) and part is not _ABSENT
        ]

    def _look_at_object(self, each: Any) -> None:
        """A container or an object: what it holds, and the attributes of its class."""
        is_container = isinstance(each, _CONTAINERS)
        if is_container:
            self._containers.append((each, each.copy()))
            self._look_on(each.values() if isinstance(each, dict) else () if isinstance(each, bytearray) else each)
        own = getattr(each, "__dict__", None)
        if type(own) is dict:
            self._containers.append((own, own.copy()))
            self._look_on(own.values())
        elif not is_container and not _is_ours(each):
            kind = type(each).__name__
            raise NotAlikeError(
                message("it can reach an object of the type {kind}, which a turn may change", kind=kind)
            )
        self._waiting.append(type(each))

    def _look_at_class(self, each: type) -> None:
        if not is_foreign(each.__module__):
            attributes = {name: held for name, held in vars(each).items() if not name.startswith(("__", "_abc_"))}
            self._classes.append((each, attributes))
            self._look_on([*attributes.values(), *each.__bases__])

    def _look_at_function(self, each: FunctionType) -> None:
        if is_foreign(each.__module__):
            return
        self._waiting += each.__closure__ or ()
        self._look_on([*(each.__defaults__ or ()), *(each.__kwdefaults__ or {}).values()])
        scope = each.__globals__
        for code in codes_in(each.__code__):
            named = [scope[name] for name in code.co_names if name in scope]
            self._look_on(named)
            self._is_silent &= _LOUD.isdisjoint(code.co_names)
            if not _ASSIGNS_GLOBALS.isdisjoint(code.co_code[::2]):
                self._look_at_names(scope, code)
            for module in named:
                if isinstance(module, ModuleType) and not is_foreign(module.__name__):
                    self._look_at_names(vars(module), code)

    def _look_at_names(self, scope: dict[str, Any], code: CodeType) -> None:
        """What stands in a module under the names of a code."""
        self._globals += [(scope, name, scope.get(name, _ABSENT)) for name in code.co_names]
        self._look_on(scope[name] for name in code.co_names if name in scope)

    def restore(self) -> bool:
        """Put all back as it was.

        Returns:
            Whether anything had changed.
        """
        changed = False
        release(self._frozen)
        for container, before in self._containers:
            if len(container) != len(before) or not _same(container, before):
                changed = True
                container.clear()
                container.extend(before) if hasattr(container, "extend") else container.update(before)
        for kind, attributes in self._classes:
            for name in {*attributes, *(name for name in vars(kind) if not name.startswith(("__", "_abc_")))}:
                if vars(kind).get(name, _ABSENT) is not attributes.get(name, _ABSENT):
                    changed = True
                    setattr(kind, name, attributes[name]) if name in attributes else delattr(kind, name)
        for cell, held in self._cells:
            if content_of(cell) is not held:
                changed = True
                if held is _ABSENT:
                    del cell.cell_contents
                else:
                    cell.cell_contents = held
        for scope, name, held in self._globals:
            if scope.get(name, _ABSENT) is not held:
                changed = True
                scope.update({name: held}) if held is not _ABSENT else scope.pop(name)
        for generator, before in self._generators:
            if state_of(generator) != state_of(before):
                changed = True
                _set_back(generator, before)
        return changed


def codes_in(code: CodeType) -> Iterator[CodeType]:
    """A code, and that of the functions in it."""
    yield code
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from codes_in(part)


def _is_quiet(each: Any) -> bool:
    """Whether a foreign module, function or class does nothing but compute."""
    if isinstance(each, (FunctionType, BuiltinFunctionType, type)):
        module = each.__module__
    elif isinstance(each, ModuleType):
        module = each.__name__
    else:
        return True
    return not is_foreign(module) or (module or "builtins").partition(".")[0] in _QUIET


def _is_ours(each: Any) -> bool:
    """Whether something is an object of this package, as what asks the recording is."""
    return str(type(each).__module__).partition(".")[0] == __name__.partition(".")[0]


def content_of(cell: CellType) -> Any:
    """What a variable of a surrounding function holds, if it has been assigned."""
    try:
        return cell.cell_contents
    except ValueError:
        return _ABSENT


def _set_back(generator: Any, before: Any) -> None:
    """Let a generator of random numbers stand where another one does."""
    if hasattr(generator, "setstate"):
        generator.setstate(before.getstate())
    elif hasattr(generator, "set_state"):
        generator.set_state(before.get_state())
    else:
        getattr(generator, "bit_generator", generator).state = getattr(before, "bit_generator", before).state


def _same(now: Any, before: Any) -> bool:
    """Whether two containers of the same length hold the same."""
    if isinstance(now, dict):
        return all(key in before and before[key] is value for key, value in now.items())
    if isinstance(now, (set, bytearray)):
        return bool(now == before)
    return all(one is other for one, other in zip(now, before, strict=True))
