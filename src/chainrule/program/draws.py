"""Random numbers drawn while a function is traced would be part of the program, the same at every call: they are refused.

The generators that a function can reach by the names in its code have their states compared before it runs and after. One that
it makes itself without a seed is noticed where NumPy asks the operating system for that seed.
"""

from __future__ import annotations

import dis
import functools
import gc
import inspect
import pickle
import random
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar, Token
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from ..core.errors import TracingError
from ..core.location import is_machinery, refusal_in, refuse

_GENERATORS = (np.random.Generator, np.random.RandomState, np.random.BitGenerator, random.Random)
# The generators behind the functions of the two modules, which are its methods.
_GLOBAL = {np.random: getattr(np.random.rand, "__self__", None), random: getattr(random.random, "__self__", None)}
_MOST = 512  # functions and objects that are looked through
_WHAT = "random numbers are drawn, and a program would hold them, the same at every call"
_INSTEAD = "draw them outside, and pass them as an argument"
_watching: ContextVar[bool] = ContextVar("watching", default=False)


class Draws:
    """Runs a function, `with Draws(function, args):`, and raises a `TracingError` by line where it draws random numbers."""

    def __init__(self, function: Callable[..., Any], args: Sequence[Any]):
        self.function = function
        found = {id(generator): (generator, code, name) for generator, code, name in _reached(function, args)}
        for generator in _GLOBAL.values():
            found.setdefault(id(generator), (generator, None, ""))
        self.before = [(each, _state(each[0])) for each in found.values()]

    def __enter__(self) -> None:
        _watch_seeds()
        self.token: Token[bool] = _watching.set(True)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        _watching.reset(self.token)
        if kind is None:
            self._refuse()

    def _refuse(self) -> None:
        for (generator, code, name), state in self.before:
            if _state(generator) != state:
                code = code or getattr(inspect.unwrap(self.function), "__code__", None)
                raise TracingError(refusal_in(code, _line(code, name) if code else 0, _WHAT, _INSTEAD))


@functools.cache
def _watch_seeds() -> None:
    """From now on, look at each seed that NumPy asks the operating system for; outside of tracing it is given as before."""
    seeds: Any = getattr(np.random, "bit_generator", None)
    given = getattr(seeds, "randbits", None)
    if given is None:  # another NumPy, in which it has another name: there, such generators are not noticed
        return

    def randbits(k: int) -> int:
        if _watching.get():
            refuse(_WHAT, _INSTEAD)
        bits: int = given(k)
        return bits

    seeds.randbits = randbits


def _state(generator: Any) -> bytes:
    if isinstance(generator, random.Random):
        return pickle.dumps(generator.getstate())
    if isinstance(generator, np.random.RandomState):
        return pickle.dumps(generator.get_state(legacy=False))
    return pickle.dumps(getattr(generator, "bit_generator", generator).state)


def _line(code: CodeType, name: str) -> int:
    """The first line of a code in which a name stands; its own where there is none."""
    steps = dis.get_instructions(code)
    found = (step.positions.lineno for step in steps if step.argval == name and step.positions)
    return next((line for line in found if line), code.co_firstlineno)


def _reached(function: Any, args: Sequence[Any]) -> Iterator[tuple[Any, CodeType | None, str]]:
    """Each generator that is found behind a name, with the code and the name."""
    function = inspect.unwrap(function)  # what a derivative is taken of
    waiting: deque[tuple[Any, CodeType | None, str]] = deque([(function, None, "")])
    code = getattr(function, "__code__", None)
    waiting += [(arg, code, name) for name, arg in zip(code.co_varnames if code else (), args, strict=False)]
    seen: set[int] = set()
    while waiting and len(seen) < _MOST:
        held, code, name = waiting.popleft()
        if id(held) in seen:
            continue
        seen.add(id(held))
        generator = held if isinstance(held, _GENERATORS) else getattr(held, "__self__", None)
        if isinstance(held, ModuleType):
            generator = _GLOBAL.get(held)
        if isinstance(generator, _GENERATORS):
            if not isinstance(generator, random.SystemRandom):
                yield generator, code, name
        elif isinstance(held, FunctionType):
            if not is_machinery(held.__code__.co_filename):
                waiting += _named(held)
        elif isinstance(held, (list, tuple)):
            waiting += [(each, code, name) for each in held[:16]]
        elif isinstance(held, dict):
            waiting += [(each, code, name) for each in list(held.values())[:16]]
        elif isinstance(held, type):
            if held.__module__.partition(".")[0] not in sys.stdlib_module_names | {"numpy"}:
                waiting += [(part, code, name) for part in list(vars(held).values())[:64]]
        elif not isinstance(held, (ModuleType, np.ndarray)):
            for each in (held, generator):
                waiting += [(part, code, name) for part in list(getattr(each, "__dict__", {}).values())[:64]]
            parts = [
                getattr(held, of, None) for of in ("__func__", "func", "args", "keywords")
            ]  # of methods and partials
            parts += [type(held), *gc.get_referents(held)[:64]]  # attributes of the class, slots, what a generator has
            waiting += [(part, code, name) for part in parts if part is not None]


def _named(function: FunctionType) -> list[tuple[Any, CodeType | None, str]]:
    """What the names in a function's code stand for."""
    found: list[tuple[Any, CodeType | None, str]] = []
    codes = [function.__code__]
    for code in codes:
        codes += [each for each in code.co_consts if isinstance(each, CodeType)]
        for name in code.co_names:
            held = function.__globals__.get(name)
            found.append((held, code, name))
            if isinstance(held, ModuleType):  # np.random, model.rng
                found += [(vars(held).get(other), code, other) for other in code.co_names]
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=False)
    for name, cell in cells:
        try:
            found.append((cell.cell_contents, function.__code__, name))
        except ValueError:  # it is not bound yet
            continue
    found += [(each, function.__code__, "") for each in function.__defaults__ or ()]
    found += [(each, function.__code__, name) for name, each in (function.__kwdefaults__ or {}).items()]
    return [each for each in found if each[0] is not None]
